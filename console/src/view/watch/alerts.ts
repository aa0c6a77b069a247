// What a supervisor is told of an alert, and in which order alerts stand.
import { metres } from '../../time';
import type { Centre } from '../../centre.svelte';
import type { Alert, Call, Hospital, Incident, Level } from '../../wire';

const levels: readonly Level[] = ['none', 'blue', 'yellow', 'orange', 'red'];
/** Never colour alone. */
export const levelGlyph: { readonly [L in Level]: string } = {
    none: ' ',
    blue: '●',
    yellow: '◆',
    orange: '▲',
    red: '■',
};

/** So many more than expected. */
export function excess(alert: Alert): number {
    return (alert.observed_milli - alert.expected_milli) / 1000;
}

export function isPattern(alert: Alert): boolean {
    return alert.observed_milli > 0 || alert.has_place || alert.evidence.length > 0;
}

/** Those that stand before those put aside; then level, excess, rarity, the newest. */
export function ranked(alerts: readonly Alert[]): Alert[] {
    const aside = (w: Alert): number => (w.state === 'shelved' ? 1 : 0);
    return [...alerts].sort(
        (a, b) =>
            aside(a) - aside(b) ||
            levels.indexOf(b.level) - levels.indexOf(a.level) ||
            excess(b) - excess(a) ||
            b.by_chance_h - a.by_chance_h ||
            b.raised_ms - a.raised_ms ||
            b.alert - a.alert,
    );
}

/** One line a detector when there are so many of it: a flood must not hide the rest. */
export const FLOOD = 6;

export interface Line {
    readonly alert: Alert;
    /** How many more of the same level and detector stand behind this one. */
    readonly more: number;
}

export function lines(alerts: readonly Alert[], opened: readonly string[]): Line[] {
    const by = new Map<string, Alert[]>();
    for (const w of alerts) by.set(kindOf(w), [...(by.get(kindOf(w)) ?? []), w]);
    return alerts.flatMap((alert) => {
        const same = by.get(kindOf(alert)) ?? [];
        const first = same[0] === alert;
        if (same.length <= FLOOD || opened.includes(kindOf(alert)))
            return [{ alert, more: first && same.length > FLOOD ? same.length - 1 : 0 }];
        return first ? [{ alert, more: same.length - 1 }] : [];
    });
}

export function kindOf(alert: Alert): string {
    return `${alert.level} ${alert.detector}`;
}

/** A call or incident behind an alert. */
export interface Case {
    readonly at_ms: number;
    readonly incident: Incident | undefined;
    readonly call: Call | undefined;
    readonly dist_m: number | undefined;
}

export function casesOf(centre: Centre, alert: Alert): Case[] {
    const ids = new Set(alert.evidence);
    if (alert.incident) ids.add(alert.incident);
    const place = (it: Incident | Call | undefined): number | undefined =>
        alert.has_place && it?.has_place ? metres(alert, it) : undefined;
    const incidents = [...ids].flatMap((id) => {
        const incident = centre.find('incident', id);
        return incident
            ? [{ at_ms: incident.opened_ms, incident, call: undefined, dist_m: place(incident) }]
            : [];
    });
    const calls = alert.evidence_call.flatMap((id) => {
        const call = centre.find('call', id);
        return call && !ids.has(call.incident)
            ? [{ at_ms: call.ringing_ms || call.answered_ms, incident: undefined, call, dist_m: place(call) }]
            : [];
    });
    return [...incidents, ...calls].sort((a, b) => a.at_ms - b.at_ms);
}

export interface Curve {
    readonly from_ms: number;
    readonly step_ms: number;
    readonly came: readonly number[];
    readonly expected: readonly number[];
}

const POINTS = 24;

/** How the cases added up, and how they should have. */
export function curveOf(alert: Alert, cases: readonly Case[], now_ms: number): Curve | undefined {
    const first = cases[0];
    if (!first || cases.length < 2) return undefined;
    const from_ms = Math.min(alert.from_ms || first.at_ms, first.at_ms);
    const to_ms = Math.max(alert.to_ms || now_ms, cases.at(-1)?.at_ms ?? 0);
    const step_ms = Math.max(1000, (to_ms - from_ms) / (POINTS - 1));
    const times = Array.from({ length: POINTS }, (_, i) => from_ms + i * step_ms);
    return {
        from_ms,
        step_ms,
        came: times.map((t) => cases.filter((c) => c.at_ms <= t).length),
        expected: times.map((_, i) => ((alert.expected_milli / 1000) * i) / (POINTS - 1)),
    };
}

const NEAREST = 3;

export function hospitalsNear(centre: Centre, alert: Alert): { hospital: Hospital; dist_m: number }[] {
    if (!alert.has_place) return [];
    return centre
        .list('hospital')
        .map((hospital) => ({ hospital, dist_m: metres(alert, hospital) }))
        .sort((a, b) => a.dist_m - b.dist_m)
        .slice(0, NEAREST);
}
