/* The sentences that must hold of the state whatever came in. */
#include "dispatch/core/core.h"
#include "dispatch/core/step.h"

static const char *check_unit(const struct state *state, const struct unit *unit)
{
    const struct assignment *now = state_assignment(state, unit->assignment.v);
    const struct assignment *next = state_assignment(state, unit->next.v);
    if (unit->assignment.v && (!now || now->unit.v != unit->unit.v || step_is_over(now->step)))
        return "a unit's assignment exists, is active and is its own";
    if (unit->next.v && (!next || next->unit.v != unit->unit.v || next->step != STEP_RESERVED))
        return "a unit's next assignment exists, is reserved and is its own";
    if (unit->next.v && !unit->assignment.v)
        return "a unit has a next assignment only behind another";
    if (unit->assignment.v && (unit->post.v || unit->move_to.v))
        return "a unit on an assignment stands by nowhere";
    if (unit->assignment.v && unit->assignment.v == unit->next.v)
        return "a unit's assignment is not also its next";
    return "";
}

static const char *check_assignment(const struct state *state, const struct assignment *a)
{
    const struct unit *unit = state_unit(state, a->unit.v);
    const struct incident *incident = state_incident(state, a->incident.v);
    if (!unit || !incident)
        return "an assignment ties a unit to an incident";
    if (step_is_over(a->step))
        return a->ended_ms ? "" : "an assignment that is over has its end";
    if (unit->assignment.v != a->assignment.v && unit->next.v != a->assignment.v)
        return "an active assignment is its unit's";
    if (incident->state != INCIDENT_OPEN)
        return "no unit is on a closed incident";
    if (incident->waiting_ms)
        return "an incident with a unit does not wait";
    return "";
}

static const char *check_incident(const struct incident *incident)
{
    if (incident->grade > GRADE_MAX)
        return "a grade is 0 to 5";
    if (incident->question.n != incident->answer.n)
        return "every question has one answer";
    if (incident->state == INCIDENT_CLOSED && incident->outcome == OUTCOME_NONE)
        return "a closed incident has an outcome";
    return "";
}

static const char *check_plan_run(const struct plan_run *run)
{
    uint32_t n = run->step_due_s.n;
    if (n == 0 || n > PLAN_RUN_STEP_MAX || run->step_role.n != n || run->step_state.n != n ||
        run->step_user.n != n || run->step_taken_ms.n != n || run->step_done_ms.n != n ||
        run->step_reason.n != n)
        return "every step of a run has all its columns";
    for (uint32_t i = 0; i < n; i++)
        if ((run->step_state.v[i] >= PLAN_STEP_FINISHED) != (run->step_done_ms.v[i] != 0))
            return "a step that is over has its time";
    return "";
}

const char *core_check(const struct core *core)
{
    const struct state *state = &core->state;
    const char *broken = "";
    EACH (state, UNIT, unit, it)
        if (*broken == 0)
            broken = check_unit(state, it);
    EACH (state, ASSIGNMENT, assignment, it)
        if (*broken == 0)
            broken = check_assignment(state, it);
    EACH (state, INCIDENT, incident, it)
        if (*broken == 0)
            broken = check_incident(it);
    EACH (state, PLAN_RUN, plan_run, it)
        if (*broken == 0)
            broken = check_plan_run(it);
    return broken;
}
