// The readings of one patient as a view sees them, the newest first: those out of the journal from
// before this page came, those told since. Start here: patientReadings(centre, () => assignment).
import { readingsTold, type Readings } from './care';
import type { Centre } from './centre.svelte';
import { flatten, type Read } from './timeline';
import type { Assignment } from './wire';

/** Called while a view is made. */
export function patientReadings(centre: Centre, assignment: () => Assignment): () => readonly Readings[] {
    let earlier = $state.raw<readonly Readings[]>([]);
    const told = $derived(readingsTold(centre.told.all, assignment().assignment));
    const all = $derived([
        ...told,
        ...earlier.filter((row) => !told.some((newer) => newer.at_ms === row.at_ms)),
    ]);
    const misses = $derived(centre.status.line === 'live' && assignment().vitals > all.length);

    async function look(): Promise<void> {
        const { incident: id, assignment: whose } = assignment();
        try {
            earlier = readingsTold(flatten(await centre.session.query<Read[]>('incident', { id })), whose);
        } catch {
            earlier = []; // no line: what this page was told is shown
        }
    }
    $effect(() => {
        if (misses) void look();
    });
    return () => all;
}
