// When somebody comes to a hospital (the query `arrivals`). Driving times count from where a unit was
// seen last, so an arrival does not move while nothing is heard: it only becomes old.
import { stepNumber } from './core/step';
import type { Assignment, TravelSource } from './wire';

export interface Arrival {
    readonly assignment: number;
    readonly eta_s: number;
    readonly eta_p90_s: number;
    readonly source: TravelSource;
    /** When the unit was where it was taken to be. */
    readonly seen_ms: number;
}

/** A position older than this is told to be. */
const STALE_MS = 60000;

export interface Expected {
    readonly at_ms: number;
    readonly late_ms: number;
}

/** With the patient aboard; before that nobody knows when they leave. */
export function expected(assignment: Assignment, arrival: Arrival | undefined): Expected | undefined {
    if (!arrival || arrival.source === 'none' || assignment.step !== 'left_scene') return undefined;
    const from_ms = Math.max(arrival.seen_ms, assignment.left_scene_ms);
    return { at_ms: from_ms + arrival.eta_s * 1000, late_ms: from_ms + arrival.eta_p90_s * 1000 };
}

/** How old the position is, where that must be told; else 0. */
export function staleFor(arrival: Arrival | undefined, now_ms: number): number {
    const age_ms = arrival ? now_ms - arrival.seen_ms : 0;
    return age_ms > STALE_MS ? age_ms : 0;
}

export function isComing(assignment: Assignment): boolean {
    return stepNumber(assignment.step) < stepNumber('at_hospital');
}
