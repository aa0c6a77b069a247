// The facts that this page has been told, oldest first: what has just happened, for sounds and for
// lines that grow. A page lives for weeks, so only the last are kept; what is older the journal has,
// and whoever needs it whole asks the server (life.svelte.ts, readings.svelte.ts).
import type { Fact } from './wire';

/** A fact with the record it stands in. */
export interface Told {
    readonly seq: number;
    readonly now_ms: number;
    readonly user: number;
    readonly fact: Fact;
}

/** Minutes of a great day, or a long drive of one crew's readings. */
export const TOLD_MAX = 4000;

/** Recomputed proposals would bury what people did. */
const quiet: ReadonlySet<string> = new Set(['recommended', 'record_opened', 'call_attached']);

export function worthTelling(told: Told): boolean {
    return !quiet.has(told.fact.kind);
}

export class ToldLog {
    #all: Told[] = [];
    /** Everything after this record is here. */
    #from_seq = 0;

    get all(): readonly Told[] {
        return this.#all;
    }

    /** Whether nothing that came after this record is missing here. */
    reaches(seq: number): boolean {
        return seq >= this.#from_seq;
    }

    /** From the newest backwards: what is asked for is nearly always short. */
    after(seq: number): readonly Told[] {
        let from = this.#all.length;
        while (from > 0 && (this.#all[from - 1]?.seq ?? 0) > seq) from--;
        return this.#all.slice(from);
    }

    push(told: Told): void {
        if (!worthTelling(told)) return;
        this.#all.push(told);
        if (this.#all.length <= TOLD_MAX) return;
        const gone = this.#all.splice(0, TOLD_MAX / 10);
        this.#from_seq = gone.at(-1)?.seq ?? this.#from_seq;
    }

    /** What came up to this record was told otherwise: by a picture, or to an earlier page. */
    begin(seq: number, kept: readonly Told[] = []): void {
        this.#all = [...kept];
        this.#from_seq = seq;
    }
}
