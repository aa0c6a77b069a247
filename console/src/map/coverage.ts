// Where no free unit is near by road (the query `coverage`, dispatch/travel/coverage.h), as squares to shade.
import type { Feature, FeatureCollection } from 'geojson';
import type { Centre } from '../centre.svelte';

export interface Coverage {
    readonly as_of_ms: number;
    readonly source: string;
    readonly target_s: number;
    /** A station whose units are thought away, or 0. */
    readonly without: number;
    readonly units: number;
    readonly units_lost: number;
    readonly west_e7: number;
    readonly south_e7: number;
    readonly width_e7: number;
    readonly height_e7: number;
    readonly columns: number;
    readonly cell: readonly number[];
    /** By cell; null: no road leads there. */
    readonly eta_s: readonly (number | null)[];
    /** Below which preparedness stands out; 0: it is not asked for. */
    readonly low_milli: number;
    readonly zones: readonly ZoneCover[];
}

export interface ZoneCover {
    readonly zone: number;
    readonly cells: number;
    readonly within: number;
    readonly median_s: number | null;
    readonly worst_s: number | null;
    /** So many thousand times an hour free units could be there, for each call of an hour. */
    readonly prepared_milli: number | null;
}

/** 0 in time, 1 late, 2 twice too late or never. */
function lateness(eta_s: number | null, target_s: number): number {
    if (eta_s === null || eta_s > 2 * target_s) return 2;
    return eta_s > target_s ? 1 : 0;
}

function square(of: Coverage, cell: number, late: number): Feature {
    const west = (of.west_e7 + (cell % of.columns) * of.width_e7) / 1e7;
    const south = (of.south_e7 + Math.floor(cell / of.columns) * of.height_e7) / 1e7;
    const east = west + of.width_e7 / 1e7;
    const north = south + of.height_e7 / 1e7;
    const ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
    return {
        type: 'Feature',
        geometry: { type: 'Polygon', coordinates: [ring] },
        properties: { late },
    };
}

let shaded: { readonly of: Coverage | undefined; readonly shapes: FeatureCollection } | undefined;

/** The same object for the same answer. */
export function shading(of: Coverage | undefined): FeatureCollection {
    if (shaded && shaded.of === of) return shaded.shapes;
    const features = of?.cell.map((cell, i) => square(of, cell, lateness(of.eta_s[i] ?? null, of.target_s)));
    shaded = { of, shapes: { type: 'FeatureCollection', features: features ?? [] } };
    return shaded.shapes;
}

/** Of all squares, the share that is reached in time. */
export function sharePercent(of: Coverage): number {
    const within = of.eta_s.filter((eta_s) => lateness(eta_s, of.target_s) === 0).length;
    return of.cell.length ? Math.floor((100 * within) / of.cell.length) : 100;
}

/** Of the townships' squares, each counted once, the share that is reached in time. */
export function townshipShare(of: Coverage | undefined, centre: Centre): number | undefined {
    const townships = (of?.zones ?? []).filter(({ zone }) => centre.find('zone_name', zone)?.kind === 'township');
    const cells = townships.reduce((sum, zone) => sum + zone.cells, 0);
    const within = townships.reduce((sum, zone) => sum + zone.within, 0);
    return cells ? within / cells : undefined;
}
