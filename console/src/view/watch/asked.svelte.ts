// A question to the server, asked again every so often while there is a line. What came last stays on
// screen when the next cannot be had; `why` then says so.
import type { Centre } from '../../centre.svelte';
import type { Query } from '../../wire';

export interface Asked<T> {
    readonly data: T | undefined;
    /** '' or why the last asking failed: database_away, busy, too_large, no_calls, the server's words. */
    readonly why: string;
    /** Now, not only when it is due. */
    again(): void;
}

export type Question = Partial<Query> & { readonly what: string };

/** Which report, and what of it (the functions report_… of deploy/sql). */
export function report(name: string, more: object = {}): Question {
    return { what: 'report', words: JSON.stringify({ report: name, ...more }) };
}

/** Call while a component is made. undefined: nothing is asked now. */
export function asked<T>(
    centre: () => Centre,
    question: () => Question | undefined,
    every_ms: number,
): Asked<T> {
    let data = $state.raw<T | undefined>();
    let why = $state('');
    let round = $state(0);
    const live = $derived(centre().status.line === 'live');
    /** As text, so that the same question is not asked again. */
    const wanted = $derived(JSON.stringify(question()) ?? '');

    async function once(text: string, isWanted: () => boolean): Promise<void> {
        const { what, ...more } = JSON.parse(text) as Question;
        let got: T | undefined;
        let wrong = '';
        try {
            got = await centre().session.query<T>(what, more);
        } catch (error) {
            wrong = error instanceof Error ? error.message : String(error);
        }
        if (!isWanted()) return;
        if (got !== undefined) data = got;
        why = wrong;
    }

    $effect(() => {
        void round;
        const text = wanted;
        if (!live || !text) return;
        let valid = true;
        const ask = (): void => void once(text, () => valid);
        ask();
        const timer = setInterval(ask, every_ms);
        return () => {
            valid = false;
            clearInterval(timer);
        };
    });

    return {
        get data() {
            return data;
        },
        get why() {
            return why;
        },
        again() {
            round++;
        },
    };
}
