// The store and the session as a view sees them: what is read here is drawn again when it changes.
// Facts change the store at once (keys act on what is true now); drawing happens once a frame.
// Start here: `centre.all('unit')`, `centre.find('incident', 7)`, `centre.do('order_unit', …)`.
import { Session, type Outbox, type Status } from './session';
import { Store, type Position, type Topic } from './store';
import type { ToldLog } from './told';
import type { CommandBodies, CommandName, ObjectBodies, ObjectKind, Reply } from './wire';

/** Drawing waits for the next frame, and not for ever in a hidden window. */
function soon(run: () => void): void {
    let done = false;
    const once = (): void => {
        if (!done) run();
        done = true;
    };
    requestAnimationFrame(once);
    setTimeout(once, 100);
}

export class Centre {
    #version = $state<{ [topic: string]: number }>({});
    #now_ms = $state(Date.now());
    #dirty = new Set<Topic>();
    #waiting = false;
    #status: Status;
    readonly store: Store;
    readonly session: Session;

    constructor(outbox?: Outbox) {
        this.store = new Store((topic) => this.#changed(topic));
        this.session = new Session(this.store, () => this.#later(), outbox);
        this.#status = $state.raw(this.session.status);
        this.#tick();
    }

    get status(): Status {
        return this.#status;
    }

    /** The server's time, renewed every second. */
    get now_ms(): number {
        return this.#now_ms;
    }

    all<K extends ObjectKind>(kind: K): ReadonlyMap<number, ObjectBodies[K]> {
        this.watch(kind);
        return this.store.all(kind);
    }

    list<K extends ObjectKind>(kind: K): ObjectBodies[K][] {
        return [...this.all(kind).values()];
    }

    find<K extends ObjectKind>(kind: K, id: number): ObjectBodies[K] | undefined {
        return this.all(kind).get(id);
    }

    get positions(): ReadonlyMap<number, Position> {
        this.watch('position');
        return this.store.positions;
    }

    get told(): ToldLog {
        this.watch('fact');
        return this.store.told;
    }

    /** The caller is drawn again when the topic changes. */
    watch(topic: Topic): number {
        return this.#version[topic] ?? 0;
    }

    do<K extends CommandName>(kind: K, body: Partial<CommandBodies[K]>): Promise<Reply> {
        return this.session.command(kind, body);
    }

    #changed(topic: Topic): void {
        this.#dirty.add(topic);
        this.#later();
    }

    #later(): void {
        if (this.#waiting) return;
        this.#waiting = true;
        soon(() => this.#draw());
    }

    #draw(): void {
        this.#waiting = false;
        for (const topic of this.#dirty) this.#version[topic] = (this.#version[topic] ?? 0) + 1;
        this.#dirty.clear();
        this.#status = this.session.status;
    }

    /** On the server's full second, so that all clocks of a page step together. */
    #tick(): void {
        this.#now_ms = this.session.now_ms();
        setTimeout(() => this.#tick(), 1000 - (this.#now_ms % 1000));
    }
}
