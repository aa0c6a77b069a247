/* Facts about care: readings counted, shifts, what hospitals said, check-lists, seats. */
#include "dispatch/core/apply.h"

#include "dispatch/must.h"

static struct assignment *assignment_of(struct applying *a, struct assignment_id id)
{
    struct assignment *assignment = state_assignment(a->state, id.v);
    must(assignment);
    return assignment;
}

const struct shift *shift_ended_by(const struct state *state, const struct crew_signed_on *f)
{
    EACH (state, SHIFT, shift, it)
        if (it->unit.v == f->unit.v)
            return it;
    return NULL;
}

static void crew_signed_on(struct applying *a, const struct fact *fact)
{
    const struct crew_signed_on *f = &fact->crew_signed_on;
    const struct shift *ended = shift_ended_by(a->state, f);
    if (ended)
        state_remove(a->state, OBJECT_SHIFT, ended->shift.v);
    struct shift *shift = state_add(a->state, OBJECT_SHIFT, f->shift.v);
    apply_copy(a, OBJECT_SHIFT, shift, fact);
    shift->began_ms = a->record->now_ms;
    apply_advance(&a->state->head->last_shift, f->shift.v);
}

static void unit_checked(struct applying *a, const struct fact *fact)
{
    struct shift *shift = state_shift(a->state, fact->unit_checked.shift.v);
    must(shift);
    apply_copy(a, OBJECT_SHIFT, shift, fact);
    shift->checked_ms = a->record->now_ms;
}

/* The numbers of the steps done, in the order in which they were. */
static void step_checked(struct applying *a, const struct step_checked *f)
{
    struct incident *incident = changed_incident(a, f->incident);
    uint32_t step[PLAN_STEP_MAX + 1], n = 0;
    for (uint32_t i = 0; i < incident->checked_step.n && n < PLAN_STEP_MAX; i++)
        if (incident->checked_step.v[i] != f->number)
            step[n++] = incident->checked_step.v[i];
    if (f->done)
        step[n++] = f->number;
    state_keep(a->state, &incident->checked_step, step, n, sizeof(*step));
}

static void seat_sound_reported(struct applying *a, const struct fact *fact)
{
    uint64_t id = fact->seat_sound_reported.seat.v;
    struct seat *seat = state_seat(a->state, id);
    if (!seat)
        seat = state_add(a->state, OBJECT_SEAT, id);
    apply_copy(a, OBJECT_SEAT, seat, fact);
    seat->reported_ms = a->record->now_ms;
}

bool apply_care(struct applying *a, const struct fact *fact)
{
    switch (fact->kind) {
    case FACT_VITALS_RECORDED:
        assignment_of(a, fact->vitals_recorded.assignment)->vitals++;
        break;
    case FACT_CREW_SIGNED_ON:
        crew_signed_on(a, fact);
        break;
    case FACT_UNIT_CHECKED:
        unit_checked(a, fact);
        break;
    case FACT_PATIENT_EXPECTED:
        assignment_of(a, fact->patient_expected.assignment)->expected_ms = a->record->now_ms;
        break;
    case FACT_HANDOVER_CONFIRMED:
        assignment_of(a, fact->handover_confirmed.assignment)->handover_confirmed_ms =
            fact->handover_confirmed.at_ms;
        break;
    case FACT_STEP_CHECKED:
        step_checked(a, &fact->step_checked);
        break;
    case FACT_SEAT_SOUND_REPORTED:
        seat_sound_reported(a, fact);
        break;
    default:
        return false;
    }
    return true;
}
