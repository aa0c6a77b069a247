// What the files apply*.ts share.
import { fieldsOf } from './schema';
import type { Message } from '../codec';
import type { Store } from '../store';
import type {
    FactBodies,
    FactKind,
    Incident,
    ObjectBodies,
    ObjectKind,
    Record,
    Unit,
} from '../wire';

/** One record on its way into the store. */
export class Applying {
    constructor(
        readonly store: Store,
        readonly record: Record,
    ) {}

    /** The fact's fields into the object's fields of the same names. */
    copy<K extends ObjectKind>(kind: K, object: ObjectBodies[K] | undefined, fact: object): void {
        if (!object) return;
        const from = fact as Message;
        const to = object as unknown as Message;
        for (const field of fieldsOf(kind))
            if (field.name in from) to[field.name] = from[field.name] as Message[string];
    }

    define<K extends ObjectKind>(kind: K, id: number, fact: object): ObjectBodies[K] {
        const object = this.store.edit(kind, id) ?? this.store.add(kind, id);
        this.copy(kind, object, fact);
        return object;
    }

    /** Decided objects say which record changed them. */
    incident(id: number): Incident | undefined {
        const incident = this.store.edit('incident', id);
        if (incident) incident.changed_seq = this.record.seq;
        return incident;
    }

    unit(id: number): Unit | undefined {
        const unit = this.store.edit('unit', id);
        if (unit) unit.changed_seq = this.record.seq;
        return unit;
    }
}

/** What each kind of fact does to the store. */
export type Change = { [K in FactKind]: (a: Applying, f: FactBodies[K]) => void };
