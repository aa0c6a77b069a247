// The tiles' figures out of the store, by the rules of tile_at() in deploy/sql/views/watch.sql: what the
// stream told stands here at once, the database's own figures lag a little behind and are the check.
import type { Centre } from '../../centre.svelte';
import type { Assignment, Incident } from '../../wire';
import type { Outlook, TileId, TileReport } from './reports';

export interface Figure {
    readonly value: number | undefined;
    /** Oldest wait or longest stay in seconds, units on duty, P90; 1: covered by demand. */
    readonly other?: number | undefined;
    readonly p50?: number | undefined;
    readonly n: number;
    /** Seconds by grade, where grades differ. */
    readonly grades?: readonly { grade: number; p50: number; p90: number; n: number }[];
}

export type Figures = { readonly [K in TileId]: Figure };

/** Share of what is asked for that a free unit reaches in time, as last journalled: of the calls
    that townships are known to make, or, where none is known, of all squares of the ground. */
export interface Covered {
    readonly share: number;
    readonly by_demand: boolean;
}

/** Until the database has said otherwise. */
const WINDOW_MIN: { readonly [K in TileId]?: number } = { calls: 60 };
const WINDOW_ELSE_MIN = 240;
const LIMIT_S: { readonly [K in TileId]?: number } = {
    answer: 10,
    dispatch: 180,
    turnout: 180,
    response: 720,
};

/** Nearest rank, as percentile_disc. */
export function quantile(sorted: readonly number[], share: number): number | undefined {
    return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

interface Spent {
    readonly s: number;
    readonly grade: number;
}

function spentFigure(all: readonly Spent[], limit_s: number, by_grade = false): Figure {
    const kept = all.filter(({ s }) => s >= 0);
    const sorted = kept.map(({ s }) => s).sort((a, b) => a - b);
    const hits = sorted.filter((s) => s <= limit_s).length;
    const figure = {
        value: sorted.length ? hits / sorted.length : undefined,
        other: quantile(sorted, 0.9),
        p50: quantile(sorted, 0.5),
        n: sorted.length,
    };
    if (!by_grade) return figure;
    const grades = [1, 2, 3, 4, 5].flatMap((grade) => {
        const own = kept.filter((k) => k.grade === grade).map(({ s }) => s).sort((a, b) => a - b);
        const p50 = quantile(own, 0.5);
        const p90 = quantile(own, 0.9);
        return p50 === undefined || p90 === undefined ? [] : [{ grade, p50, p90, n: own.length }];
    });
    return { ...figure, grades };
}

/** The earliest such time among each incident's assignments. */
function firsts(list: readonly Assignment[], time: 'ordered_ms' | 'at_scene_ms'): Map<number, number> {
    const first = new Map<number, number>();
    for (const a of list)
        if (a[time] && a[time] < (first.get(a.incident) ?? Infinity)) first.set(a.incident, a[time]);
    return first;
}

function isMedical(incident: Incident): boolean {
    return (incident.kind === '' || incident.kind === 'medical') && incident.outcome !== 'duplicate';
}

/** The longest, of what began then, in seconds. */
function longest(since: readonly number[], now_ms: number): number | undefined {
    return since.length ? (now_ms - Math.min(...since)) / 1000 : undefined;
}

export function figures(
    centre: Centre,
    reports: ReadonlyMap<TileId, TileReport>,
    covered: Covered | undefined,
): Figures {
    const now_ms = centre.now_ms;
    const low = (tile: TileId): number =>
        now_ms - 60000 * (reports.get(tile)?.window_min ?? WINDOW_MIN[tile] ?? WINDOW_ELSE_MIN);
    const within = (tile: TileId, ms: number): boolean => ms > low(tile) && ms <= now_ms;
    const limit_s = (tile: TileId): number => reports.get(tile)?.limit_s ?? LIMIT_S[tile] ?? 0;
    const calls = centre.list('call');
    const incidents = centre.all('incident');
    const assignments = centre.list('assignment');

    const received = new Map<number, number>();
    const answered = new Map<number, number>();
    for (const c of calls) {
        const at = c.ringing_ms || c.answered_ms;
        if (at && at < (received.get(c.incident) ?? Infinity)) received.set(c.incident, at);
        if (c.answered_ms && c.answered_ms < (answered.get(c.incident) ?? Infinity))
            answered.set(c.incident, c.answered_ms);
    }
    const since = (tile: TileId, from: Map<number, number>, to: Map<number, number>): Spent[] =>
        [...to].flatMap(([id, ms]) => {
            const incident = incidents.get(id);
            const began = from.get(id);
            if (!incident || !began || !within(tile, ms) || !isMedical(incident)) return [];
            return [{ s: (ms - began) / 1000, grade: incident.grade }];
        });

    const count = calls.filter((c) => within('calls', c.ringing_ms || c.answered_ms)).length;
    const waiting = [
        ...calls.filter((c) => c.state === 'ringing').map((c) => c.ringing_ms),
        ...[...incidents.values()]
            .filter((i) => i.state === 'open' && i.waiting_ms > 0)
            .map((i) => i.opened_ms),
    ];
    const here = assignments
        .filter((a) => a.at_hospital_ms > 0 && a.ended_ms === 0)
        .map((a) => a.at_hospital_ms);
    const units = centre.list('unit').filter((u) => u.duty === 'on');
    const free = units.filter((u) => u.assignment === 0).length;
    return {
        calls: { value: count, n: count },
        waiting: { value: waiting.length, other: longest(waiting, now_ms), n: waiting.length },
        free: { value: free, other: units.length, n: units.length },
        covered: { value: covered?.share, other: covered?.by_demand ? 1 : 0, n: covered ? 1 : 0 },
        answer: spentFigure(
            calls
                .filter((c) => c.ringing_ms > 0 && within('answer', c.answered_ms))
                .map((c) => ({ s: (c.answered_ms - c.ringing_ms) / 1000, grade: 0 })),
            limit_s('answer'),
        ),
        dispatch: spentFigure(
            since('dispatch', answered, firsts(assignments, 'ordered_ms')),
            limit_s('dispatch'),
        ),
        turnout: spentFigure(
            assignments
                .filter((a) => a.ordered_ms > 0 && within('turnout', a.departed_ms))
                .map((a) => ({ s: (a.departed_ms - a.ordered_ms) / 1000, grade: 0 })),
            limit_s('turnout'),
        ),
        response: spentFigure(
            since('response', received, firsts(assignments, 'at_scene_ms')),
            limit_s('response'),
            true,
        ),
        hospital: { value: here.length, other: longest(here, now_ms), n: here.length },
    };
}

export interface Expected {
    readonly mean: number;
    readonly low: number;
    readonly high: number;
}

/** Of the last sixty minutes: the two hours they lie in, by their parts. */
export function expectedLastHour(outlook: Outlook | undefined, now_ms: number): Expected | undefined {
    if (!outlook) return undefined;
    const at = (now_ms - outlook.from_ms) / 3600000;
    const hour = Math.floor(at);
    const part = at - hour;
    const mix = (row: readonly (number | null)[]): number | undefined => {
        const now = row[hour];
        const before = row[hour - 1];
        if (now === undefined || now === null || before === undefined || before === null) return undefined;
        return part * now + (1 - part) * before;
    };
    const [mean, low, high] = [mix(outlook.mean), mix(outlook.low), mix(outlook.high)];
    return mean === undefined || low === undefined || high === undefined ? undefined : { mean, low, high };
}

export interface Standing {
    /** Misses its target. */
    readonly late: boolean;
    /** Worse than what is normal at this hour: above, below, or not (''). */
    readonly odd: '' | 'above' | 'below';
}

/** What of a tile is abnormal; only that has colour. */
export function standing(figure: Figure, report: TileReport | undefined): Standing {
    const value = figure.value;
    if (value === undefined || !report) return { late: false, odd: '' };
    const missed = report.at_least ? value < (report.target ?? -Infinity) : value > (report.target ?? Infinity);
    const isShare = report.limit_s !== null && report.tile !== 'hospital';
    const above = value > (report.high ?? Infinity) && !report.at_least;
    const below = value < (report.low ?? -Infinity) && report.at_least;
    return { late: isShare && missed, odd: above ? 'above' : below ? 'below' : '' };
}
