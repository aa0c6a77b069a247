/* Calls and call-back tasks. */
#include "dispatch/core/decide.h"

static enum refusal ring(struct deciding *d)
{
    const struct ring_call *c = &d->command->ring_call;
    int64_t at_ms;
    enum refusal refusal = claimed_time(d, c->at_ms, &at_ms);
    if (refusal == REFUSE_NONE)
        refusal = check_place(c->has_place, c->lat_e7, c->lon_e7);
    if (refusal == REFUSE_NONE)
        refusal = room_for(d, OBJECT_CALL, 1);
    if (refusal != REFUSE_NONE)
        return refusal;
    struct fact *rang = emit_same(d, FACT_CALL_RANG);
    rang->call_rang.call.v = d->state->head->last_call + 1;
    rang->call_rang.at_ms = at_ms;
    if (c->has_place)
        emit_same(d, FACT_CALL_LOCATED)->call_located.call = rang->call_rang.call;
    d->out->made = rang->call_rang.call.v;
    return REFUSE_NONE;
}

static enum refusal locate(struct deciding *d)
{
    const struct locate_call *c = &d->command->locate_call;
    const struct call *call;
    enum refusal refusal = find_call(d, c->call.v, &call);
    if (refusal == REFUSE_NONE && !c->has_place)
        refusal = REFUSE_BAD_PLACE;
    if (refusal == REFUSE_NONE)
        refusal = check_place(true, c->lat_e7, c->lon_e7);
    if (refusal == REFUSE_NONE)
        emit_same(d, FACT_CALL_LOCATED);
    return refusal;
}

static enum refusal answer(struct deciding *d)
{
    const struct answer_call *c = &d->command->answer_call;
    const struct call *call;
    int64_t at_ms;
    enum refusal refusal = find_call(d, c->call.v, &call);
    if (refusal == REFUSE_NONE && call->state != CALL_RINGING)
        refusal = REFUSE_CALL_NOT_RINGING;
    if (refusal == REFUSE_NONE)
        refusal = claimed_time(d, c->at_ms, &at_ms);
    if (refusal != REFUSE_NONE)
        return refusal;
    struct call_answered *fact = &emit_same(d, FACT_CALL_ANSWERED)->call_answered;
    fact->at_ms = at_ms;
    fact->user = d->command->actor.user;
    fact->seat = d->command->actor.seat;
    return REFUSE_NONE;
}

static void emit_callback(struct deciding *d, struct call_id call)
{
    struct callback_opened *task = &emit(d, FACT_CALLBACK_OPENED)->callback_opened;
    task->task.v = d->state->head->last_task + 1;
    task->call = call;
}

/* The caller hung up; nobody had answered: call back. */
static enum refusal end(struct deciding *d)
{
    const struct end_call *c = &d->command->end_call;
    const struct call *call;
    int64_t at_ms;
    enum refusal refusal = find_call(d, c->call.v, &call);
    if (refusal == REFUSE_NONE && call->state != CALL_RINGING && call->state != CALL_ANSWERED)
        refusal = REFUSE_CALL_OVER;
    if (refusal == REFUSE_NONE)
        refusal = claimed_time(d, c->at_ms, &at_ms);
    bool abandoned = refusal == REFUSE_NONE && call->state == CALL_RINGING;
    if (refusal == REFUSE_NONE && abandoned)
        refusal = room_for(d, OBJECT_TASK, 1);
    if (refusal != REFUSE_NONE)
        return refusal;
    emit_same(d, abandoned ? FACT_CALL_ABANDONED : FACT_CALL_ENDED)->call_ended.at_ms = at_ms;
    if (abandoned)
        emit_callback(d, c->call);
    return REFUSE_NONE;
}

static enum refusal report_silent(struct deciding *d)
{
    const struct report_silent_call *c = &d->command->report_silent_call;
    const struct call *call;
    int64_t at_ms;
    enum refusal refusal = find_call(d, c->call.v, &call);
    if (refusal == REFUSE_NONE && call->state != CALL_RINGING && call->state != CALL_ANSWERED)
        refusal = REFUSE_CALL_OVER;
    if (refusal == REFUSE_NONE)
        refusal = claimed_time(d, c->at_ms, &at_ms);
    if (refusal == REFUSE_NONE)
        refusal = room_for(d, OBJECT_TASK, 1);
    if (refusal != REFUSE_NONE)
        return refusal;
    emit_same(d, FACT_CALL_FELL_SILENT)->call_fell_silent.at_ms = at_ms;
    emit_callback(d, c->call);
    return REFUSE_NONE;
}

static enum refusal finish_callback(struct deciding *d)
{
    const struct finish_callback *c = &d->command->finish_callback;
    const struct task *task = state_task(d->state, c->task.v);
    if (!task)
        return REFUSE_NO_TASK;
    if (task->outcome != TASK_OPEN)
        return REFUSE_TASK_DONE;
    if (c->outcome == TASK_OPEN)
        return REFUSE_BAD_VALUE;
    emit_same(d, FACT_CALLBACK_FINISHED)->callback_finished.user = d->command->actor.user;
    return REFUSE_NONE;
}

enum refusal decide_call(struct deciding *d)
{
    switch (d->command->kind) {
    case COMMAND_RING_CALL:
        return ring(d);
    case COMMAND_LOCATE_CALL:
        return locate(d);
    case COMMAND_ANSWER_CALL:
        return answer(d);
    case COMMAND_END_CALL:
        return end(d);
    case COMMAND_REPORT_SILENT_CALL:
        return report_silent(d);
    case COMMAND_FINISH_CALLBACK:
        return finish_callback(d);
    default:
        return REFUSE_BAD_COMMAND;
    }
}
