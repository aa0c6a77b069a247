// An incident's life as a view sees it: out of the journal when it is looked at, then what is told.
// Start here: incidentLife(() => centre, () => incident).
import { untrack } from 'svelte';
import type { Centre } from './centre.svelte';
import { about, flatten, type Read } from './timeline';
import { worthTelling, type Told } from './told';

/** Called while a view is made. */
export function incidentLife(centre: () => Centre, incident: () => number): () => readonly Told[] {
    let lines = $state.raw<readonly Told[]>([]);
    /** The record up to which they are whole. */
    let upto_seq = 0;
    let asking = 0;

    /** Those about it, of what was told after a record. */
    function toldAfter(seq: number): Told[] {
        const { store } = centre();
        const found = store.find('incident', incident());
        if (!found) return [];
        const own = [...store.all('assignment').values()].filter((a) => a.incident === found.incident);
        return about(store.told.after(seq), found, new Set(own.map((a) => a.assignment)));
    }

    async function ask(id: number): Promise<void> {
        const asked_seq = centre().store.seq;
        asking = id;
        const got = await centre().session.query<Read[]>('incident', { id }).catch(() => undefined);
        if (asking === id) asking = 0;
        if (!got || id !== incident()) return; // no line: what this page was told is shown
        const read = flatten(got);
        upto_seq = Math.max(asked_seq, read.at(-1)?.seq ?? 0);
        lines = read.filter(worthTelling);
        hear(id);
    }

    /** What was told since; where more has come than this page keeps, the journal is asked. */
    function hear(id: number): void {
        const { store } = centre();
        if (!store.told.reaches(upto_seq)) {
            if (asking !== id) void ask(id);
            return;
        }
        const fresh = toldAfter(upto_seq);
        if (fresh.length) lines = [...lines, ...fresh];
        upto_seq = store.seq;
    }

    $effect(() => {
        const id = incident();
        untrack(() => {
            lines = toldAfter(0);
            upto_seq = centre().store.seq;
            if (id) void ask(id);
        });
    });
    $effect(() => {
        centre().watch('fact');
        untrack(() => incident() && hear(incident()));
    });
    return () => lines;
}
