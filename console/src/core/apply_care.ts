// What crews, hospitals and seats say.
import type { Applying, Change } from './applying';
import type { FactBodies } from '../wire';

/** A unit's last shift only. */
function crewSignedOn(a: Applying, f: FactBodies['crew_signed_on']): void {
    for (const shift of [...a.store.all('shift').values()])
        if (shift.unit === f.unit) a.store.remove('shift', shift.shift);
    a.define('shift', f.shift, f).began_ms = a.record.now_ms;
    a.store.counted('last_shift', f.shift);
}

function unitChecked(a: Applying, f: FactBodies['unit_checked']): void {
    const shift = a.store.edit('shift', f.shift);
    a.copy('shift', shift, f);
    if (shift) shift.checked_ms = a.record.now_ms;
}

/** The numbers of the steps done, in the order in which they were. */
function stepChecked(a: Applying, f: FactBodies['step_checked']): void {
    const incident = a.incident(f.incident);
    if (!incident) return;
    const others = incident.checked_step.filter((number) => number !== f.number);
    incident.checked_step = f.done ? [...others, f.number] : others;
}

export const careChange = {
    vitals_recorded: (a, f) => {
        const assignment = a.store.edit('assignment', f.assignment);
        if (assignment) assignment.vitals++;
    },
    crew_signed_on: crewSignedOn,
    unit_checked: unitChecked,
    patient_expected: (a, f) =>
        a.copy('assignment', a.store.edit('assignment', f.assignment), {
            expected_ms: a.record.now_ms,
        }),
    handover_confirmed: (a, f) =>
        a.copy('assignment', a.store.edit('assignment', f.assignment), {
            handover_confirmed_ms: f.at_ms,
        }),
    step_checked: stepChecked,
    seat_sound_reported: (a, f) => {
        a.define('seat', f.seat, f).reported_ms = a.record.now_ms;
    },
} satisfies Partial<Change>;
