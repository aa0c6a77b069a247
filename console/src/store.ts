// The page's picture of the centre: objects by kind, folded from facts (core/apply.ts). The only
// mutable state.
//
// Start here: what a new kind of fact changes is a row of core/apply*.ts.
import { empty, type Message } from './codec';
import { apply } from './core/apply';
import { idField, idOf, kinds, messageName } from './core/schema';
import { ToldLog, type Told } from './told';
import type { Fact, Head, ObjectBodies, ObjectKind, Positions, Record, Thing } from './wire';

/** Where a unit was seen last. Soft: never a fact, gone with the page. */
export interface Position {
    readonly unit: number;
    readonly lat_e7: number;
    readonly lon_e7: number;
    readonly speed_dkmh: number;
    readonly course_deg: number;
    /** The server's time of the fix. */
    readonly fix_ms: number;
    readonly flags: number;
}

/** What may be watched: the kinds of objects, and what is not an object. */
export type Topic = ObjectKind | 'position' | 'fact';

export class Store {
    readonly #objects = new Map<ObjectKind, Map<number, Message>>();
    readonly positions = new Map<number, Position>();
    readonly told = new ToldLog();
    /** Of the last record that was folded. */
    seq = 0;

    /** Called with what has changed; the page draws later. */
    constructor(private readonly changed: (topic: Topic) => void = () => undefined) {
        this.clear();
    }

    clear(): void {
        for (const kind of kinds) {
            this.#objects.set(kind, new Map());
            this.changed(kind);
        }
        this.positions.clear();
        this.begin(0);
    }

    /** What is here is the centre as of this record. */
    begin(seq: number, told: readonly Told[] = []): void {
        this.seq = seq;
        this.told.begin(seq, told);
        this.changed('fact');
    }

    all<K extends ObjectKind>(kind: K): ReadonlyMap<number, ObjectBodies[K]> {
        return this.#table(kind) as unknown as ReadonlyMap<number, ObjectBodies[K]>;
    }

    find<K extends ObjectKind>(kind: K, id: number): ObjectBodies[K] | undefined {
        return this.all(kind).get(id);
    }

    /** A whole object: of the first picture, or one that has just become visible. */
    put(thing: Thing): void {
        const body = thing.body as unknown as Message;
        this.#table(thing.kind).set(idOf(thing.kind, body), body);
        this.changed(thing.kind);
    }

    /** All facts of one record. */
    fold(record: Record): void {
        for (const fact of record.fact) this.apply(record, fact);
        const head = this.#head();
        this.seq = head.seq = record.seq;
        head.now_ms = Math.max(head.now_ms, record.now_ms);
    }

    /** The one way in which anything changes. */
    apply(record: Record, fact: Fact): void {
        apply(this, record, fact);
        this.told.push({ seq: record.seq, now_ms: record.now_ms, user: record.user, fact });
        this.changed('fact');
    }

    /** Columns of differences become rows. */
    move(moved: Positions, now_ms: number): void {
        let lat_e7 = 0;
        let lon_e7 = 0;
        moved.unit.forEach((unit, i) => {
            lat_e7 = (lat_e7 + (moved.lat_e7[i] ?? 0)) | 0;
            lon_e7 = (lon_e7 + (moved.lon_e7[i] ?? 0)) | 0;
            this.positions.set(unit, {
                unit,
                lat_e7,
                lon_e7,
                speed_dkmh: moved.speed_dkmh[i] ?? 65535,
                course_deg: moved.course_deg[i] ?? 65535,
                fix_ms: now_ms - (moved.age_s[i] ?? 0) * 1000,
                flags: moved.flags[i] ?? 0,
            });
        });
        this.changed('position');
    }

    // --- for Applying only ---

    /** The object to be changed: a new one, so that a view holding the old sees a difference. */
    edit<K extends ObjectKind>(kind: K, id: number): ObjectBodies[K] | undefined {
        const was = this.find(kind, id);
        if (!was) return undefined;
        const made = { ...was };
        this.#table(kind).set(id, made as unknown as Message);
        this.changed(kind);
        return made;
    }

    add<K extends ObjectKind>(kind: K, id: number): ObjectBodies[K] {
        const made = empty(messageName(kind));
        made[idField(kind)] = id;
        this.#table(kind).set(id, made);
        this.changed(kind);
        return made as unknown as ObjectBodies[K];
    }

    remove(kind: ObjectKind, id: number): void {
        this.#table(kind).delete(id);
        this.changed(kind);
    }

    #table(kind: ObjectKind): Map<number, Message> {
        return this.#objects.get(kind) as Map<number, Message>;
    }

    #head(): Head {
        return this.edit('head', 1) ?? this.add('head', 1);
    }

    counted(counter: keyof Head, id: number): void {
        const head = this.#head();
        if (id > Number(head[counter])) Object.assign(head, { [counter]: id });
    }

    moved(now_ms: number): void {
        this.#head().extra_move_ms = now_ms;
    }

    inForce(what: 'weights' | 'cards' | 'zones', body: { epoch: number; hash: string }): void {
        Object.assign(this.#head(), { [what + '_epoch']: body.epoch, [what + '_hash']: body.hash });
    }
}
