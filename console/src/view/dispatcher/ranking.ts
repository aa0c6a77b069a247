// The rows a dispatcher chooses a unit from, and when they may change under the hand.
//
// A list that moves between looking and pressing sends the wrong ambulance. So what is on screen is a
// `Shown` list with the seq it was drawn at; it is replaced only by `renew`, which waits while keys
// are being used, and the order names the unit of the row that was marked, with that seq.
import type { Incident } from '../../wire';

export interface Row {
    readonly unit: number;
    /** Until it is there: a busy one is free first, in free_s. */
    readonly eta_s: number;
    readonly free_s: number;
    /** The incident it is on its way to, or 0. */
    readonly from: number;
    readonly eta_p90_s: number;
    /** Of vocabulary travel_source. */
    readonly source: number;
    readonly age_s: number;
    /** Of vocabulary why. */
    readonly why: number;
    /** Proposed by the machine for an open slot. */
    readonly proposed: boolean;
}

export interface Shown {
    readonly incident: number;
    /** What was drawn is the state of this record. */
    readonly seq: number;
    readonly rows: readonly Row[];
}

export const ROWS_MAX = 5;
/** Nothing moves for so long after a key in the list. */
export const HOLD_MS = 600;
/** Rows only change places for a gain of more than this. */
const SWITCH_S = 20;

/** The first so many; who is proposed stands among them. */
export function rowsOf(incident: Incident): Row[] {
    const rows = incident.row_unit.map((unit, i) => ({
        unit,
        eta_s: (incident.row_free_s[i] ?? 0) + (incident.row_eta_s[i] ?? 0),
        free_s: incident.row_free_s[i] ?? 0,
        from: incident.row_from[i] ?? 0,
        eta_p90_s: incident.row_eta_p90_s[i] ? (incident.row_free_s[i] ?? 0) + incident.row_eta_p90_s[i] : 0,
        source: incident.row_source[i] ?? 0,
        age_s: incident.row_age_s[i] ?? 0,
        why: incident.row_why[i] ?? 0,
        proposed: incident.slot_unit.includes(unit),
    }));
    const proposed = rows.filter((row) => row.proposed);
    const others = rows.filter((row) => !row.proposed).slice(0, Math.max(0, ROWS_MAX - proposed.length));
    return rows.filter((row) => row.proposed || others.includes(row));
}

/** Of each slot: the unit and why it, compared with the next best or the one that a rule keeps away. */
export interface Reason {
    readonly unit: number;
    readonly over: number;
    /** Of vocabulary term, the larger difference first. */
    readonly terms: readonly { readonly term: number; readonly seconds: number }[];
    readonly first_pct: number;
    readonly from: number;
    readonly costs_s: number;
    readonly held: number;
}

export function reasonsOf(incident: Incident): Reason[] {
    return incident.slot_unit.map((unit, i) => ({
        unit,
        over: incident.slot_over[i] ?? 0,
        terms: [
            { term: incident.slot_term[i] ?? 0, seconds: incident.slot_term_s[i] ?? 0 },
            { term: incident.slot_term2[i] ?? 0, seconds: incident.slot_term2_s[i] ?? 0 },
        ].filter((difference) => difference.term !== 0),
        first_pct: incident.slot_first_pct[i] ?? 0,
        from: incident.slot_from[i] ?? 0,
        costs_s: incident.slot_costs_s[i] ?? 0,
        held: incident.slot_held[i] ?? 0,
    }));
}

/** The second opinion, when it is for another unit than the first choice. */
export interface Opinion {
    readonly unit: number;
    /** More than with the first choice, in seconds of this call's waiting; less than 0: it saves. */
    readonly here_s: number;
    readonly next_s: number;
    readonly error_s: number;
}

export function opinionOf(incident: Incident): Opinion | undefined {
    const at = incident.opinion_unit.indexOf(incident.opinion_for);
    if (at <= 0) return undefined;
    const more = (list: readonly number[]): number => (list[at] ?? 0) - (list[0] ?? 0);
    return {
        unit: incident.opinion_for,
        here_s: more(incident.opinion_here_s),
        next_s: more(incident.opinion_next_s),
        error_s: incident.opinion_error_s[at] ?? 0,
    };
}

/** New values in the old order, as long as the order is not wrong by more than SWITCH_S. */
export function settle(old: readonly Row[], fresh: readonly Row[]): readonly Row[] {
    const by = new Map(fresh.map((row) => [row.unit, row]));
    const sameUnits = old.length === fresh.length && old.every((row) => by.has(row.unit));
    const sameFirst = old.find((row) => row.proposed)?.unit === fresh.find((row) => row.proposed)?.unit;
    if (!sameUnits || !sameFirst) return fresh;
    const kept = old.map((row) => by.get(row.unit) as Row);
    const wrong = kept.some((row, i) => i > 0 && (kept[i - 1]?.eta_s ?? 0) - row.eta_s > SWITCH_S);
    return wrong ? fresh : kept;
}

/** What the screen should show next; the same object when nothing may change yet. */
export function renew(
    shown: Shown | undefined,
    incident: Incident,
    seq: number,
    sinceKey_ms: number,
): Shown {
    const fresh = rowsOf(incident);
    if (shown?.incident !== incident.incident) return { incident: incident.incident, seq, rows: fresh };
    if (sinceKey_ms < HOLD_MS) return shown;
    return { incident: incident.incident, seq, rows: settle(shown.rows, fresh) };
}

/** The unit that many rows below the marked one; the marked one stays when its row has gone on. */
export function moved(rows: readonly Row[], marked: number, by: number): number {
    const at = rows.findIndex((row) => row.unit === marked);
    const next = Math.min(Math.max(at + by, 0), rows.length - 1);
    return rows[next]?.unit ?? 0;
}
