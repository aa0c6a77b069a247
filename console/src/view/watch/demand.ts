// Where the calls a week of townships come from: preparedness and the covered share rest on them.
import type { Centre } from '../../centre.svelte';
import { say } from '../../language.svelte';

export interface Demand {
    /** Townships: whose calls an operator has said, were counted, are not known. */
    readonly set: number;
    readonly counted: number;
    readonly unknown: number;
    /** That were counted. */
    readonly weeks: number;
}

export function demandOf(centre: Centre): Demand {
    const townships = centre.list('zone_name').filter(({ kind }) => kind === 'township');
    const counted = townships.filter(({ demand_weeks }) => demand_weeks > 0);
    const set = townships.filter((z) => z.calls_a_week > 0 && z.demand_weeks === 0).length;
    return {
        set,
        counted: counted.length,
        unknown: townships.length - set - counted.length,
        weeks: Math.max(0, ...counted.map(({ demand_weeks }) => demand_weeks)),
    };
}

/** In words, only what there is of it. */
export function demandSays({ set, counted, unknown, weeks }: Demand): string {
    const parts = [
        set ? say('watch.demand_set', { n: set }) : '',
        counted ? say('watch.demand_counted', { n: counted, weeks }) : '',
        unknown ? say('watch.demand_unknown', { n: unknown }) : '',
    ];
    return parts.filter(Boolean).join(' · ');
}
