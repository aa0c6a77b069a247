/* Facts about calls and call-back tasks. */
#include "dispatch/core/apply.h"

#include "dispatch/must.h"

static void call_rang(struct applying *a, const struct fact *fact)
{
    struct call *call = state_add(a->state, OBJECT_CALL, fact->call_rang.call.v);
    apply_copy(a, OBJECT_CALL, call, fact);
    call->state = CALL_RINGING;
    call->ringing_ms = fact->call_rang.at_ms;
    apply_advance(&a->state->head->last_call, call->call.v);
}

static void call_moved(struct applying *a, struct call_id id, enum call_state to, int64_t at_ms)
{
    struct call *call = state_call(a->state, id.v);
    must(call);
    call->state = to;
    if (to == CALL_ANSWERED)
        call->answered_ms = at_ms;
    else
        call->ended_ms = at_ms;
}

static void call_answered(struct applying *a, const struct call_answered *f)
{
    call_moved(a, f->call, CALL_ANSWERED, f->at_ms);
    struct call *call = state_call(a->state, f->call.v);
    call->user = f->user;
    call->seat = f->seat;
}

static void callback_opened(struct applying *a, const struct callback_opened *f)
{
    struct task *task = state_add(a->state, OBJECT_TASK, f->task.v);
    task->call = f->call;
    task->opened_ms = a->record->now_ms;
    apply_advance(&a->state->head->last_task, f->task.v);
}

static void callback_finished(struct applying *a, const struct callback_finished *f)
{
    struct task *task = state_task(a->state, f->task.v);
    must(task);
    task->outcome = f->outcome;
    task->user = f->user;
    task->finished_ms = a->record->now_ms;
}

static void call_attached(struct applying *a, const struct call_attached *f)
{
    struct call *call = state_call(a->state, f->call.v);
    must(call);
    call->incident = f->incident;
}

static void call_archived(struct applying *a, struct call_id id)
{
    struct state *state = a->state;
    for (uint32_t i = state->table[OBJECT_TASK].count; i-- > 0;) {
        struct task *task = table_at(&state->table[OBJECT_TASK], i);
        if (task->call.v == id.v)
            state_remove(state, OBJECT_TASK, task->task.v);
    }
    state_remove(state, OBJECT_CALL, id.v);
}

bool apply_call(struct applying *a, const struct fact *fact)
{
    switch (fact->kind) {
    case FACT_CALL_RANG:
        call_rang(a, fact);
        break;
    case FACT_CALL_LOCATED:
        apply_copy(a, OBJECT_CALL, state_call(a->state, fact->call_located.call.v), fact);
        break;
    case FACT_CALL_ANSWERED:
        call_answered(a, &fact->call_answered);
        break;
    case FACT_CALL_ENDED:
        call_moved(a, fact->call_ended.call, CALL_ENDED, fact->call_ended.at_ms);
        break;
    case FACT_CALL_ABANDONED:
        call_moved(a, fact->call_abandoned.call, CALL_ABANDONED, fact->call_abandoned.at_ms);
        break;
    case FACT_CALL_FELL_SILENT:
        call_moved(a, fact->call_fell_silent.call, CALL_SILENT, fact->call_fell_silent.at_ms);
        break;
    case FACT_CALL_ATTACHED:
        call_attached(a, &fact->call_attached);
        break;
    case FACT_CALL_ARCHIVED:
        call_archived(a, fact->call_archived.call);
        break;
    case FACT_CALLBACK_OPENED:
        callback_opened(a, &fact->callback_opened);
        break;
    case FACT_CALLBACK_FINISHED:
        callback_finished(a, &fact->callback_finished);
        break;
    default:
        return false;
    }
    return true;
}
