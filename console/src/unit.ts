// What a unit is doing, as one word with a colour and a glyph, and since when. Derived: the status
// lives on the assignment.
import type { Assignment, Step, Unit } from './wire';
import { deadlines } from './words/vocabulary';

export type Doing =
    | 'available'
    | 'reserved'
    | 'ordered'
    | 'en_route'
    | 'at_scene'
    | 'with_patient'
    | 'at_hospital'
    | 'off';

export interface Status {
    readonly doing: Doing;
    readonly since_ms: number;
    /** A limit of the centre (an alert of the core) has passed. */
    readonly late: boolean;
}

/** Never colour alone. */
export const glyphs: { readonly [K in Doing]: string } = {
    available: '○',
    reserved: '◌',
    ordered: '◔',
    en_route: '▶',
    at_scene: '■',
    with_patient: '◆',
    at_hospital: '✚',
    off: '×',
};

const doingOf: { readonly [K in Step]?: Doing } = {
    reserved: 'reserved',
    ordered: 'ordered',
    delivered: 'ordered',
    acknowledged: 'ordered',
    departed: 'en_route',
    at_scene: 'at_scene',
    at_patient: 'at_scene',
    left_scene: 'with_patient',
    at_hospital: 'at_hospital',
    handed_over: 'at_hospital',
};

const limits = deadlines.reduce((mask, d, bit) => (d.object === 'assignment' ? mask | (1 << bit) : mask), 0);

export function stepSince(assignment: Assignment): number {
    return Number(assignment[`${assignment.step}_ms` as keyof Assignment] ?? 0);
}

export function statusOf(unit: Unit, assignment: Assignment | undefined): Status {
    if (assignment) {
        const late = (assignment.alerted & limits) !== 0;
        return { doing: doingOf[assignment.step] ?? 'ordered', since_ms: stepSince(assignment), late };
    }
    const since_ms = Math.max(unit.duty_ms, unit.duty === 'on' ? unit.free_ms : 0);
    return { doing: unit.duty === 'on' ? 'available' : 'off', since_ms, late: false };
}

const order: readonly Doing[] = [
    'ordered', 'reserved', 'en_route', 'at_scene', 'with_patient', 'at_hospital', 'available', 'off',
];

/** Those somebody waits for first. */
export function byDoing(a: Doing, b: Doing): number {
    return order.indexOf(a) - order.indexOf(b);
}

/** Steps that people report by hand, in order. */
export const ladder: readonly Step[] = [
    'acknowledged', 'departed', 'at_scene', 'at_patient', 'left_scene', 'at_hospital', 'handed_over', 'completed',
];

export function nextStep(step: Step): Step | undefined {
    const at = ladder.indexOf(step);
    return at >= 0 ? ladder[at + 1] : ladder[0];
}
