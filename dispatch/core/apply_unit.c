/* Facts about units and their assignments. */
#include "dispatch/core/apply.h"

#include "dispatch/core/learned.h"
#include "dispatch/core/step.h"
#include "dispatch/must.h"

static void unit_reserved(struct applying *a, const struct fact *fact)
{
    const struct unit_reserved *f = &fact->unit_reserved;
    struct assignment *assignment = state_add(a->state, OBJECT_ASSIGNMENT, f->assignment.v);
    struct incident *incident = changed_incident(a, f->incident);
    struct unit *unit = changed_unit(a, f->unit);
    apply_copy(a, OBJECT_ASSIGNMENT, assignment, fact);
    assignment->step = STEP_RESERVED;
    assignment->reserved_ms = a->record->now_ms;
    incident->waiting_ms = 0;
    unit->post.v = unit->move_to.v = 0;
    if (unit->assignment.v == 0)
        unit->assignment = f->assignment;
    else
        unit->next = f->assignment;
    apply_advance(&a->state->head->last_assignment, f->assignment.v);
}

static struct assignment *assignment_of(struct applying *a, struct assignment_id id)
{
    struct assignment *assignment = state_assignment(a->state, id.v);
    must(assignment);
    return assignment;
}

static void unit_ordered(struct applying *a, const struct unit_ordered *f)
{
    struct assignment *assignment = assignment_of(a, f->assignment);
    assignment->step = STEP_ORDERED;
    assignment->ordered_ms = f->at_ms;
    changed_unit(a, assignment->unit);
}

static bool has_active_unit(const struct state *state, struct incident_id id)
{
    EACH (state, ASSIGNMENT, assignment, it)
        if (it->incident.v == id.v && !step_is_over(it->step))
            return true;
    return false;
}

/* The unit is free (or goes on with its next), the incident may wait again. */
static void assignment_ended(struct applying *a, struct assignment *assignment, int64_t at_ms)
{
    struct unit *unit = changed_unit(a, assignment->unit);
    struct incident *incident = changed_incident(a, assignment->incident);
    assignment->ended_ms = at_ms;
    if (unit->assignment.v == assignment->assignment.v) {
        unit->assignment = unit->next;
        unit->next.v = 0;
        if (unit->assignment.v == 0)
            unit->free_ms = at_ms;
    } else if (unit->next.v == assignment->assignment.v) {
        unit->next.v = 0;
    }
    bool served = assignment->step == STEP_COMPLETED || assignment->step == STEP_EMPTY_RUN;
    if (!served && incident->state == INCIDENT_OPEN &&
        !has_active_unit(a->state, assignment->incident))
        incident->waiting_ms = a->record->now_ms;
}

/* How long the crew was at the hospital until it had handed over: what the next one may expect. */
static void handover_seen(struct applying *a, const struct assignment *assignment)
{
    struct hospital *hospital = state_hospital(a->state, assignment->hospital.v);
    int64_t took_ms = assignment->handed_over_ms - assignment->at_hospital_ms;
    if (!hospital || assignment->at_hospital_ms == 0 || took_ms < 0)
        return;
    uint32_t took_s = took_ms / 1000 < UINT32_MAX ? (uint32_t)(took_ms / 1000) : UINT32_MAX;
    hospital->handover_mean_s =
        hospital_mean_s(hospital->handover_mean_s, hospital->handovers, took_s);
    hospital->handovers++;
}

static void step_reached(struct applying *a, const struct step_reached *f)
{
    struct assignment *assignment = assignment_of(a, f->assignment);
    assignment->step = f->step;
    *step_time(assignment, f->step) = f->at_ms;
    if (f->reason != REASON_NONE)
        assignment->end_reason = f->reason;
    changed_unit(a, assignment->unit);
    learned_step(a->state, assignment);
    if (f->step == STEP_HANDED_OVER)
        handover_seen(a, assignment);
    if (f->step == STEP_DIVERTED)
        changed_incident(a, assignment->incident)->taken_ms = f->at_ms;
    if (step_is_over(f->step))
        assignment_ended(a, assignment, f->at_ms);
}

static void step_corrected(struct applying *a, const struct step_corrected *f)
{
    struct assignment *assignment = assignment_of(a, f->assignment);
    *step_time(assignment, f->step) = f->at_ms;
    changed_unit(a, assignment->unit);
    if (step_is_over(assignment->step)) {
        if (f->step == assignment->step)
            assignment->ended_ms = f->at_ms;
        return;
    }
    if (f->reason == REASON_WRONG_BUTTON && f->step < assignment->step) {
        for (enum step later = f->step + 1; later <= assignment->step; later++)
            *step_time(assignment, later) = 0;
        assignment->step = f->step;
    }
}

/* Another hospital has not said yet that it expects anybody. */
static void hospital_chosen(struct applying *a, const struct hospital_chosen *f)
{
    struct assignment *assignment = assignment_of(a, f->assignment);
    if (assignment->hospital.v != f->hospital.v)
        assignment->expected_ms = assignment->handover_confirmed_ms = 0;
    assignment->hospital = f->hospital;
}

static void duty_set(struct applying *a, const struct fact *fact)
{
    struct unit *unit = changed_unit(a, fact->duty_set.unit);
    apply_copy(a, OBJECT_UNIT, unit, fact);
    unit->post.v = unit->move_to.v = 0;
    unit->duty_ms = a->record->now_ms;
}

bool apply_unit(struct applying *a, const struct fact *fact)
{
    switch (fact->kind) {
    case FACT_UNIT_RESERVED:
        unit_reserved(a, fact);
        break;
    case FACT_UNIT_ORDERED:
        unit_ordered(a, &fact->unit_ordered);
        break;
    case FACT_OVERRIDE_EXPLAINED:
        assignment_of(a, fact->override_explained.assignment)->reason =
            fact->override_explained.reason;
        break;
    case FACT_STEP_REACHED:
        step_reached(a, &fact->step_reached);
        break;
    case FACT_STEP_CORRECTED:
        step_corrected(a, &fact->step_corrected);
        break;
    case FACT_HOSPITAL_CHOSEN:
        hospital_chosen(a, &fact->hospital_chosen);
        break;
    case FACT_DUTY_SET:
        duty_set(a, fact);
        break;
    case FACT_UNIT_RETURNED:
        changed_unit(a, fact->unit_returned.unit)->returned_ms = fact->unit_returned.at_ms;
        break;
    default:
        return false;
    }
    return true;
}
