/* Plans that run: started for an alert, an incident or by themselves; each step is taken, finished
 * or skipped with a reason, once.
 *
 *     open -> taken -> finished
 *       `-------`----> skipped
 *
 * A late step is an alert by the deadline `late_step`; it clears when none is late any more. */
#include "dispatch/core/decide.h"

enum { STEP_DUE_S_MAX = 30 * 24 * 3600 };

size_t plan_run_bytes(uint32_t steps)
{
    return steps * (2 * sizeof(uint32_t) + 3 * sizeof(uint64_t)) + 2 * sizeof(uint64_t);
}

static bool is_open(const struct plan_run *run, uint32_t i)
{
    return run->step_state.v[i] < PLAN_STEP_FINISHED;
}

int64_t plan_run_due_ms(const struct plan_run *run, uint32_t but)
{
    int64_t due_ms = INT64_MAX;
    for (uint32_t i = 0; run->ended_ms == 0 && i < run->step_due_s.n; i++) {
        int64_t ms = run->started_ms + run->step_due_s.v[i] * INT64_C(1000);
        if (is_open(run, i) && i + 1 != but && ms < due_ms)
            due_ms = ms;
    }
    return due_ms;
}

static bool runs_already(const struct state *state, const struct start_plan *c)
{
    EACH (state, PLAN_RUN, plan_run, it)
        if (it->ended_ms == 0 && it->alert.v == c->alert.v && it->incident.v == c->incident.v &&
            text_same(it->plan, c->plan))
            return true;
    return false;
}

/* What the server filled in from the plan's file; nothing when there is no such plan. */
static enum refusal check_steps(const struct start_plan *c)
{
    if (c->step_due_s.n == 0 || c->step_due_s.n != c->step_role.n || c->plan.n == 0)
        return REFUSE_NO_PLAN;
    if (c->step_due_s.n > PLAN_RUN_STEP_MAX)
        return REFUSE_TOO_MANY;
    for (uint32_t i = 0; i < c->step_due_s.n; i++)
        if (c->step_due_s.v[i] > STEP_DUE_S_MAX || c->step_role.v[i] == PLAN_ROLE_NONE)
            return REFUSE_BAD_VALUE;
    return REFUSE_NONE;
}

static enum refusal start(struct deciding *d)
{
    const struct start_plan *c = &d->command->start_plan;
    const struct alert *alert = c->alert.v ? state_alert(d->state, c->alert.v) : NULL;
    const struct incident *incident;
    enum refusal refusal = check_steps(c);
    if (refusal == REFUSE_NONE && c->alert.v && !alert)
        refusal = REFUSE_NO_ALERT;
    if (refusal == REFUSE_NONE && alert && alert->state == ALERT_CLEARED)
        refusal = REFUSE_ALERT_OVER;
    if (refusal == REFUSE_NONE && c->incident.v)
        refusal = find_open_incident(d, c->incident.v, &incident);
    if (refusal == REFUSE_NONE && runs_already(d->state, c))
        refusal = REFUSE_PLAN_RUNNING;
    if (refusal == REFUSE_NONE)
        refusal = room_for(d, OBJECT_PLAN_RUN, 1);
    if (refusal != REFUSE_NONE)
        return refusal;
    struct plan_started *fact = &emit_same(d, FACT_PLAN_STARTED)->plan_started;
    fact->plan_run.v = d->state->head->last_plan_run + 1;
    fact->user = d->command->actor.user;
    d->out->made = fact->plan_run.v;
    return REFUSE_NONE;
}

static enum refusal find_run(const struct deciding *d, uint64_t id, const struct plan_run **run)
{
    *run = state_plan_run(d->state, id);
    if (!*run)
        return REFUSE_NO_PLAN_RUN;
    return (*run)->ended_ms ? REFUSE_PLAN_OVER : REFUSE_NONE;
}

static enum refusal find_open_step(const struct deciding *d, uint64_t id, uint32_t number,
                                   const struct plan_run **run)
{
    enum refusal refusal = find_run(d, id, run);
    if (refusal == REFUSE_NONE && (number == 0 || number > (*run)->step_state.n))
        refusal = REFUSE_NO_STEP;
    if (refusal == REFUSE_NONE && !is_open(*run, number - 1))
        refusal = REFUSE_STEP_OVER;
    return refusal;
}

static enum refusal take(struct deciding *d)
{
    const struct take_step *c = &d->command->take_step;
    const struct plan_run *run;
    enum refusal refusal = find_open_step(d, c->plan_run.v, c->number, &run);
    if (refusal == REFUSE_NONE && run->step_user.v[c->number - 1] == d->command->actor.user.v)
        refusal = REFUSE_ALREADY_OWNER;
    if (refusal == REFUSE_NONE)
        emit_same(d, FACT_STEP_TAKEN)->step_taken.user = d->command->actor.user;
    return refusal;
}

/* When this step was the last that was late, its alert has no cause any more. */
static void clear_late_step(struct deciding *d, const struct plan_run *run, uint32_t number)
{
    if (plan_run_due_ms(run, number) <= d->now_ms)
        return;
    EACH (d->state, ALERT, alert, it) {
        if (it->state == ALERT_CLEARED || it->plan_run.v != run->plan_run.v)
            continue;
        emit_alert_resolved(d, it);
        return;
    }
}

static enum refusal finish(struct deciding *d)
{
    const struct finish_step *c = &d->command->finish_step;
    const struct plan_run *run;
    enum refusal refusal = find_open_step(d, c->plan_run.v, c->number, &run);
    if (refusal != REFUSE_NONE)
        return refusal;
    emit_same(d, FACT_STEP_FINISHED)->step_finished.user = d->command->actor.user;
    clear_late_step(d, run, c->number);
    return REFUSE_NONE;
}

static enum refusal skip(struct deciding *d)
{
    const struct skip_step *c = &d->command->skip_step;
    const struct plan_run *run;
    enum refusal refusal = find_open_step(d, c->plan_run.v, c->number, &run);
    if (refusal == REFUSE_NONE && c->reason == REASON_NONE)
        refusal = REFUSE_NEEDS_REASON;
    if (refusal != REFUSE_NONE)
        return refusal;
    emit_same(d, FACT_STEP_SKIPPED)->step_skipped.user = d->command->actor.user;
    clear_late_step(d, run, c->number);
    return REFUSE_NONE;
}

/* Before all its steps are done a plan ends only with a reason. */
static enum refusal end(struct deciding *d)
{
    const struct end_plan *c = &d->command->end_plan;
    const struct plan_run *run;
    enum refusal refusal = find_run(d, c->plan_run.v, &run);
    if (refusal == REFUSE_NONE && c->reason == REASON_NONE &&
        plan_run_due_ms(run, 0) != INT64_MAX)
        refusal = REFUSE_NEEDS_REASON;
    if (refusal == REFUSE_NONE)
        emit_same(d, FACT_PLAN_ENDED)->plan_ended.user = d->command->actor.user;
    return refusal;
}

enum refusal decide_plan(struct deciding *d)
{
    switch (d->command->kind) {
    case COMMAND_START_PLAN:
        return start(d);
    case COMMAND_TAKE_STEP:
        return take(d);
    case COMMAND_FINISH_STEP:
        return finish(d);
    case COMMAND_SKIP_STEP:
        return skip(d);
    case COMMAND_END_PLAN:
        return end(d);
    default:
        return REFUSE_BAD_COMMAND;
    }
}
