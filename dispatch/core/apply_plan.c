/* Facts about plans that run. The columns of a run get their length when it starts and keep it, so
 * that a step never needs room. */
#include "dispatch/core/apply.h"

#include "dispatch/must.h"

static struct plan_run *run_of(struct applying *a, struct plan_run_id id)
{
    struct plan_run *run = state_plan_run(a->state, id.v);
    must(run);
    return run;
}

static void keep_u32s(struct applying *a, struct u32s *list, uint32_t at, uint32_t value)
{
    uint32_t copy[PLAN_RUN_STEP_MAX];
    must(at < list->n && list->n <= PLAN_RUN_STEP_MAX);
    copy_list(copy, list->v, list->n * sizeof(*copy));
    copy[at] = value;
    state_keep(a->state, list, copy, list->n, sizeof(*copy));
}

static void keep_u64s(struct applying *a, struct u64s *list, uint32_t at, uint64_t value)
{
    uint64_t copy[PLAN_RUN_STEP_MAX];
    must(at < list->n && list->n <= PLAN_RUN_STEP_MAX);
    copy_list(copy, list->v, list->n * sizeof(*copy));
    copy[at] = value;
    state_keep(a->state, list, copy, list->n, sizeof(*copy));
}

static void plan_started(struct applying *a, const struct fact *fact)
{
    const struct plan_started *f = &fact->plan_started;
    uint32_t n = f->step_due_s.n, open[PLAN_RUN_STEP_MAX], none[PLAN_RUN_STEP_MAX] = {0};
    uint64_t never[PLAN_RUN_STEP_MAX] = {0};
    must(n <= PLAN_RUN_STEP_MAX);
    for (uint32_t i = 0; i < n; i++)
        open[i] = PLAN_STEP_OPEN;
    struct plan_run *run = state_add(a->state, OBJECT_PLAN_RUN, f->plan_run.v);
    apply_copy(a, OBJECT_PLAN_RUN, run, fact);
    run->started_ms = a->record->now_ms;
    state_keep(a->state, &run->step_state, open, n, sizeof(*open));
    state_keep(a->state, &run->step_reason, none, n, sizeof(*none));
    state_keep(a->state, &run->step_user, never, n, sizeof(*never));
    state_keep(a->state, &run->step_taken_ms, never, n, sizeof(*never));
    state_keep(a->state, &run->step_done_ms, never, n, sizeof(*never));
    apply_advance(&a->state->head->last_plan_run, f->plan_run.v);
}

static void step_moved(struct applying *a, struct plan_run_id id, uint32_t number,
                       enum plan_step to, struct user_id user)
{
    struct plan_run *run = run_of(a, id);
    must(number > 0);
    keep_u32s(a, &run->step_state, number - 1, to);
    keep_u64s(a, &run->step_user, number - 1, user.v);
    keep_u64s(a, to == PLAN_STEP_TAKEN ? &run->step_taken_ms : &run->step_done_ms, number - 1,
              (uint64_t)a->record->now_ms);
}

static void step_skipped(struct applying *a, const struct step_skipped *f)
{
    step_moved(a, f->plan_run, f->number, PLAN_STEP_SKIPPED, f->user);
    keep_u32s(a, &run_of(a, f->plan_run)->step_reason, f->number - 1, f->reason);
}

/* It keeps who started it. */
static void plan_ended(struct applying *a, const struct plan_ended *f)
{
    struct plan_run *run = run_of(a, f->plan_run);
    run->reason = f->reason;
    run->ended_ms = a->record->now_ms;
}

bool apply_plan(struct applying *a, const struct fact *fact)
{
    switch (fact->kind) {
    case FACT_PLAN_STARTED:
        plan_started(a, fact);
        break;
    case FACT_STEP_TAKEN:
        step_moved(a, fact->step_taken.plan_run, fact->step_taken.number, PLAN_STEP_TAKEN,
                   fact->step_taken.user);
        break;
    case FACT_STEP_FINISHED:
        step_moved(a, fact->step_finished.plan_run, fact->step_finished.number,
                   PLAN_STEP_FINISHED, fact->step_finished.user);
        break;
    case FACT_STEP_SKIPPED:
        step_skipped(a, &fact->step_skipped);
        break;
    case FACT_PLAN_ENDED:
        plan_ended(a, &fact->plan_ended);
        break;
    case FACT_PLAN_ARCHIVED:
        state_remove(a->state, OBJECT_PLAN_RUN, fact->plan_archived.plan_run.v);
        break;
    default:
        return false;
    }
    return true;
}
