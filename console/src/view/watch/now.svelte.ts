// What the live page and the wall both ask for.
import type { Centre } from '../../centre.svelte';
import { townshipShare, type Coverage } from '../../map/coverage';
import { asked, report, type Asked } from './asked.svelte';
import type { Outlook, TilesReport } from './reports';
import type { Covered } from './tiles';

export interface Now {
    readonly tiles: Asked<TilesReport>;
    readonly outlook: Asked<Outlook>;
    readonly coverage: Asked<Coverage>;
    /** As last journalled; before that, of the ground as it is. */
    readonly covered: Covered | undefined;
    /** A handover longer than this stands out. */
    readonly handover_s: number;
    /** Patients to expect within 60 minutes by hospital that told its beds, as last journalled. */
    readonly inflow: ReadonlyMap<number, number>;
}

const HANDOVER_S = 900;

/** Call while a component is made. */
export function askNow(centre: Centre): Now {
    const tiles = asked<TilesReport>(() => centre, () => report('tiles'), 60000);
    const outlook = asked<Outlook>(() => centre, () => report('forecast'), 300000);
    const coverage = asked<Coverage>(() => centre, () => ({ what: 'coverage', id: 0 }), 15000);
    const minute = $derived.by(() => {
        const told = centre.told.all.findLast(({ fact }) => fact.kind === 'minute_passed')?.fact;
        return told?.kind === 'minute_passed' ? told.body : undefined;
    });
    const inflow = $derived(
        new Map(minute?.inflow_hospital.map((hospital, i) => [hospital, (minute.inflow_milli[i] ?? 0) / 1000]) ?? []),
    );
    const covered = $derived.by(() => {
        if (minute?.covered_known) return { share: minute.covered_permille / 1000, by_demand: minute.by_demand };
        const last = tiles.data?.tiles.find((t) => t.tile === 'covered');
        if (typeof last?.value === 'number') return { share: last.value, by_demand: last.other === 1 };
        const share = townshipShare(coverage.data, centre);
        return share === undefined ? undefined : { share, by_demand: false };
    });
    const handover_s = $derived(tiles.data?.tiles.find((t) => t.tile === 'hospital')?.limit_s ?? HANDOVER_S);
    return {
        tiles,
        outlook,
        coverage,
        get covered() {
            return covered;
        },
        get handover_s() {
            return handover_s;
        },
        get inflow() {
            return inflow;
        },
    };
}
