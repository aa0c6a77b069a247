// What facts of units and their assignments change.
import type { Applying, Change } from './applying';
import { isOver, stepNumber, steps, stepTime } from './step';
import type { Assignment, FactBodies, Step, Unit } from '../wire';

/** As core/hospital_choice.h. */
const HANDOVERS_MAX = 10;

function unitReserved(a: Applying, f: FactBodies['unit_reserved']): void {
    const assignment = a.define('assignment', f.assignment, f);
    assignment.step = 'reserved';
    assignment.reserved_ms = a.record.now_ms;
    const incident = a.incident(f.incident);
    if (incident) incident.waiting_ms = 0;
    const unit = a.unit(f.unit);
    if (unit) unit.post = unit.move_to = 0;
    if (unit && unit.assignment === 0) unit.assignment = f.assignment;
    else if (unit) unit.next = f.assignment;
    a.store.counted('last_assignment', f.assignment);
}

function unitOrdered(a: Applying, f: FactBodies['unit_ordered']): void {
    const assignment = a.store.edit('assignment', f.assignment);
    if (!assignment) return;
    assignment.step = 'ordered';
    assignment.ordered_ms = f.at_ms;
    a.unit(assignment.unit);
}

function unitFreed(unit: Unit, assignment: Assignment, at_ms: number): void {
    if (unit.assignment === assignment.assignment) {
        unit.assignment = unit.next;
        unit.next = 0;
        if (unit.assignment === 0) unit.free_ms = at_ms;
    } else if (unit.next === assignment.assignment) {
        unit.next = 0;
    }
}

/** The unit is free (or goes on with its next), the incident may wait again. */
function assignmentEnded(a: Applying, assignment: Assignment, at_ms: number): void {
    const unit = a.unit(assignment.unit);
    const incident = a.incident(assignment.incident);
    assignment.ended_ms = at_ms;
    if (unit) unitFreed(unit, assignment, at_ms);
    const served = assignment.step === 'completed' || assignment.step === 'empty_run';
    const others = [...a.store.all('assignment').values()].some(
        (other) => other.incident === assignment.incident && !isOver(other.step),
    );
    if (!served && incident?.state === 'open' && !others) incident.waiting_ms = a.record.now_ms;
}

/** How long the crew was at the hospital: the mean follows, of the last ten. */
function handoverSeen(a: Applying, assignment: Assignment): void {
    const hospital = a.store.edit('hospital', assignment.hospital);
    const took_ms = assignment.handed_over_ms - assignment.at_hospital_ms;
    if (!hospital || assignment.at_hospital_ms === 0 || took_ms < 0) return;
    const n = Math.min(hospital.handovers, HANDOVERS_MAX - 1);
    const took_s = Math.floor(took_ms / 1000);
    hospital.handover_mean_s = Math.floor((hospital.handover_mean_s * n + took_s) / (n + 1));
    hospital.handovers++;
}

function stepReached(a: Applying, f: FactBodies['step_reached']): void {
    const assignment = a.store.edit('assignment', f.assignment);
    if (!assignment) return;
    assignment.step = f.step;
    Object.assign(assignment, { [stepTime(f.step)]: f.at_ms });
    if (f.reason !== 'none') assignment.end_reason = f.reason;
    a.unit(assignment.unit);
    if (f.step === 'handed_over') handoverSeen(a, assignment);
    const incident = f.step === 'diverted' ? a.incident(assignment.incident) : undefined;
    if (incident) incident.taken_ms = f.at_ms;
    if (isOver(f.step)) assignmentEnded(a, assignment, f.at_ms);
}

function stepCorrected(a: Applying, f: FactBodies['step_corrected']): void {
    const assignment = a.store.edit('assignment', f.assignment);
    if (!assignment) return;
    Object.assign(assignment, { [stepTime(f.step)]: f.at_ms });
    a.unit(assignment.unit);
    if (isOver(assignment.step)) {
        if (f.step === assignment.step) assignment.ended_ms = f.at_ms;
        return;
    }
    const to = stepNumber(f.step);
    const from = stepNumber(assignment.step);
    if (f.reason !== 'wrong_button' || to >= from) return;
    for (const later of steps.slice(to + 1, from + 1))
        Object.assign(assignment, { [stepTime(later as Step)]: 0 });
    assignment.step = f.step;
}

/** Another hospital has not said yet that it expects anybody. */
function hospitalChosen(a: Applying, f: FactBodies['hospital_chosen']): void {
    const assignment = a.store.edit('assignment', f.assignment);
    if (!assignment) return;
    if (assignment.hospital !== f.hospital)
        assignment.expected_ms = assignment.handover_confirmed_ms = 0;
    assignment.hospital = f.hospital;
}

export const unitChange = {
    unit_reserved: unitReserved,
    unit_ordered: unitOrdered,
    override_explained: (a, f) =>
        a.copy('assignment', a.store.edit('assignment', f.assignment), { reason: f.reason }),
    step_reached: stepReached,
    step_corrected: stepCorrected,
    hospital_chosen: hospitalChosen,
    duty_set: (a, f) => {
        const unit = a.unit(f.unit);
        a.copy('unit', unit, f);
        if (!unit) return;
        unit.post = unit.move_to = 0;
        unit.duty_ms = a.record.now_ms;
    },
    unit_returned: (a, f) => a.copy('unit', a.unit(f.unit), { returned_ms: f.at_ms }),
} satisfies Partial<Change>;
