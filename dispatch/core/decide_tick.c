/* What time does by itself: deadlines become alerts, alerts clear when their cause has ended,
 * shelved alerts come back, road conditions run out, closed objects leave. */
#include "dispatch/core/decide.h"

/* --- when each deadline starts to run; INT64_MAX: it does not --- */

static int64_t call_since(const struct call *call)
{
    return call->state == CALL_RINGING ? call->ringing_ms : INT64_MAX;
}

static int64_t task_since(const struct task *task)
{
    return task->outcome == TASK_OPEN ? task->opened_ms : INT64_MAX;
}

static int64_t incident_since(enum deadline deadline, const struct incident *incident)
{
    if (incident->state != INCIDENT_OPEN)
        return INT64_MAX;
    if (deadline == DEADLINE_UNGRADED)
        return incident->grade == 0 ? incident->opened_ms : INT64_MAX;
    return incident->waiting_ms && !wants_no_unit(incident) ? incident->waiting_ms : INT64_MAX;
}

static int64_t turnout_since(const struct policy *policy, const struct assignment *a)
{
    if (a->step < STEP_ORDERED || a->step >= STEP_DEPARTED)
        return INT64_MAX;
    if (!policy->turnout_from_acknowledged)
        return a->ordered_ms;
    return a->acknowledged_ms ? a->acknowledged_ms : INT64_MAX;
}

static int64_t assignment_since(const struct policy *policy, enum deadline deadline,
                                const struct assignment *a)
{
    switch (deadline) {
    case DEADLINE_UNACKNOWLEDGED:
        return a->step == STEP_ORDERED || a->step == STEP_DELIVERED ? a->ordered_ms : INT64_MAX;
    case DEADLINE_TURNOUT:
        return turnout_since(policy, a);
    case DEADLINE_LONG_SCENE:
        if (a->step != STEP_AT_SCENE && a->step != STEP_AT_PATIENT)
            return INT64_MAX;
        return a->at_scene_ms ? a->at_scene_ms : a->at_patient_ms;
    case DEADLINE_LONG_HANDOVER:
        return a->step == STEP_AT_HOSPITAL ? a->at_hospital_ms : INT64_MAX;
    default:
        return INT64_MAX;
    }
}

static int64_t terminal_since(const struct state *state, const struct terminal *terminal)
{
    const struct unit *unit = state_unit(state, terminal->unit.v);
    bool matters =
        terminal->lost && unit && unit->duty != DUTY_OFF && unit->duty != DUTY_OUT_OF_SERVICE;
    return matters ? terminal->lost_ms : INT64_MAX;
}

static int64_t since_ms(const struct core *core, enum deadline deadline, const void *object)
{
    switch (deadline) {
    case DEADLINE_UNANSWERED:
        return call_since(object);
    case DEADLINE_CALLBACK:
        return task_since(object);
    case DEADLINE_UNGRADED:
    case DEADLINE_UNASSIGNED:
        return incident_since(deadline, object);
    case DEADLINE_SILENT_TERMINAL:
        return terminal_since(&core->state, object);
    case DEADLINE_LATE_STEP:
        return plan_run_due_ms(object, 0);
    default:
        return assignment_since(&core->policy, deadline, object);
    }
}

int64_t deadline_due_ms(const struct core *core, enum deadline deadline, const void *object)
{
    int64_t limit_ms = core->policy.deadline_ms[deadline];
    int64_t since = since_ms(core, deadline, object);
    return limit_ms == 0 || since == INT64_MAX ? INT64_MAX : since + limit_ms;
}

static enum object_kind object_of(enum deadline deadline)
{
    switch (deadline) {
    case DEADLINE_UNANSWERED:
        return OBJECT_CALL;
    case DEADLINE_CALLBACK:
        return OBJECT_TASK;
    case DEADLINE_UNGRADED:
    case DEADLINE_UNASSIGNED:
        return OBJECT_INCIDENT;
    case DEADLINE_SILENT_TERMINAL:
        return OBJECT_TERMINAL;
    case DEADLINE_LATE_STEP:
        return OBJECT_PLAN_RUN;
    default:
        return OBJECT_ASSIGNMENT;
    }
}

static uint32_t alerted(enum object_kind kind, const void *object)
{
    switch (kind) {
    case OBJECT_CALL:
        return ((const struct call *)object)->alerted;
    case OBJECT_TASK:
        return ((const struct task *)object)->alerted;
    case OBJECT_INCIDENT:
        return ((const struct incident *)object)->alerted;
    case OBJECT_TERMINAL:
        return ((const struct terminal *)object)->alerted;
    case OBJECT_PLAN_RUN:
        return ((const struct plan_run *)object)->alerted;
    default:
        return ((const struct assignment *)object)->alerted;
    }
}

/* Whether the alert watches this object. */
static bool watches(const struct alert *alert, enum object_kind kind, const void *object)
{
    switch (kind) {
    case OBJECT_CALL:
        return alert->call.v == ((const struct call *)object)->call.v;
    case OBJECT_TASK:
        return alert->task.v == ((const struct task *)object)->task.v;
    case OBJECT_INCIDENT:
        return alert->assignment.v == 0 &&
               alert->incident.v == ((const struct incident *)object)->incident.v;
    case OBJECT_TERMINAL:
        return alert->terminal.v == ((const struct terminal *)object)->terminal.v;
    case OBJECT_PLAN_RUN:
        return alert->plan_run.v == ((const struct plan_run *)object)->plan_run.v;
    default:
        return alert->assignment.v == ((const struct assignment *)object)->assignment.v;
    }
}

static void name_object(struct alert_raised *fact, enum object_kind kind, const void *object)
{
    switch (kind) {
    case OBJECT_CALL:
        fact->call = ((const struct call *)object)->call;
        break;
    case OBJECT_TASK:
        fact->task = ((const struct task *)object)->task;
        break;
    case OBJECT_INCIDENT:
        fact->incident = ((const struct incident *)object)->incident;
        break;
    case OBJECT_TERMINAL:
        fact->terminal = ((const struct terminal *)object)->terminal;
        fact->unit = ((const struct terminal *)object)->unit;
        break;
    case OBJECT_PLAN_RUN:
        fact->plan_run = ((const struct plan_run *)object)->plan_run;
        fact->incident = ((const struct plan_run *)object)->incident;
        break;
    default:
        fact->assignment = ((const struct assignment *)object)->assignment;
        fact->incident = ((const struct assignment *)object)->incident;
        fact->unit = ((const struct assignment *)object)->unit;
        break;
    }
}

/* Room for this tick: the rest comes with the next, which is due at once. */
static bool tick_is_full(const struct deciding *d)
{
    return d->out->fact_count + 8 >= DECISION_FACT_MAX;
}

/* Without room nothing is raised and nothing is due: the capacity alarm rings, and the object
 * itself stays overdue on every screen. */
static bool has_alert_room(const struct state *state, uint32_t raised)
{
    enum { NAME_BYTES = 32 }; /* of a deadline */
    return state_room(state, OBJECT_ALERT) > raised &&
           state_text_room(state) >= (raised + 1) * (size_t)NAME_BYTES;
}

static void raise_deadline(struct deciding *d, enum deadline deadline, const void *object,
                           uint32_t *raised)
{
    const char *name = deadline_text[deadline].name;
    if (!has_alert_room(d->state, *raised))
        return;
    struct alert_raised *fact = &emit(d, FACT_ALERT_RAISED)->alert_raised;
    fact->alert.v = d->state->head->last_alert + ++*raised;
    fact->detector = (struct text){name, (uint32_t)strlen(name)};
    fact->level = deadline_text[deadline].level;
    fact->since_ms = since_ms(d->core, deadline, object);
    name_object(fact, object_of(deadline), object);
}

static void clear_deadline(struct deciding *d, enum deadline deadline, const void *object)
{
    const char *name = deadline_text[deadline].name;
    const struct text detector = {name, (uint32_t)strlen(name)};
    EACH (d->state, ALERT, alert, it) {
        if (it->state == ALERT_CLEARED || !text_same(it->detector, detector) ||
            !watches(it, object_of(deadline), object))
            continue;
        emit_alert_resolved(d, it);
        return;
    }
}

static void tick_deadlines(struct deciding *d)
{
    uint32_t raised = 0;
    for (enum deadline deadline = 0; deadline < DEADLINE_COUNT; deadline++) {
        const struct table *table = &d->state->table[object_of(deadline)];
        for (uint32_t i = 0; i < table->count && !tick_is_full(d); i++) {
            const void *object = table_at(table, i);
            int64_t due_ms = deadline_due_ms(d->core, deadline, object);
            bool on = alerted(object_of(deadline), object) >> deadline & 1u;
            if (!on && due_ms <= d->now_ms)
                raise_deadline(d, deadline, object, &raised);
            else if (on && due_ms == INT64_MAX)
                clear_deadline(d, deadline, object);
        }
    }
}

static void tick_alerts(struct deciding *d)
{
    EACH (d->state, ALERT, alert, it) {
        if (tick_is_full(d))
            return;
        if (it->state == ALERT_SHELVED && it->until_ms <= d->now_ms)
            emit(d, FACT_ALERT_UNSHELVED)->alert_unshelved.alert = it->alert;
        if (it->state == ALERT_CLEARED &&
            it->cleared_ms + d->core->policy.retention_ms <= d->now_ms)
            emit(d, FACT_ALERT_ARCHIVED)->alert_archived.alert = it->alert;
    }
}

static void tick_conditions(struct deciding *d)
{
    EACH (d->state, CONDITION, condition, it)
        if (it->until_ms && it->until_ms <= d->now_ms && !tick_is_full(d))
            emit(d, FACT_ROAD_CONDITION_CLEARED)->road_condition_cleared.condition = it->condition;
}

/* --- leaving: a call once it is over and its incident has left --- */

static int64_t incident_leaves_ms(const struct core *core, const struct incident *incident)
{
    if (incident->state != INCIDENT_CLOSED) /* closed: no unit is on it (close_incident) */
        return INT64_MAX;
    return incident->closed_ms + core->policy.retention_ms;
}

static bool has_open_task(const struct state *state, const struct call *call)
{
    if (call->state != CALL_ABANDONED && call->state != CALL_SILENT)
        return false;
    EACH (state, TASK, task, it)
        if (it->call.v == call->call.v && it->outcome == TASK_OPEN)
            return true;
    return false;
}

static int64_t call_may_leave_ms(const struct core *core, const struct call *call)
{
    if (call->state == CALL_RINGING || (call->state == CALL_ANSWERED && !call->incident.v))
        return INT64_MAX;
    if (call->incident.v && state_incident(&core->state, call->incident.v))
        return INT64_MAX;
    int64_t over_ms = call->ended_ms ? call->ended_ms : call->answered_ms;
    return over_ms + core->policy.retention_ms;
}

/* Does it leave before? Whether a call-back still keeps it is asked last: that walks the tasks, and
 * for nearly all calls the time alone says no. */
static bool call_leaves_before(const struct core *core, const struct call *call, int64_t ms)
{
    return call_may_leave_ms(core, call) < ms && !has_open_task(&core->state, call);
}

static int64_t message_leaves_ms(const struct core *core, const struct message *message)
{
    return message->sent_ms + core->policy.retention_ms;
}

static int64_t plan_run_leaves_ms(const struct core *core, const struct plan_run *run)
{
    return run->ended_ms ? run->ended_ms + core->policy.retention_ms : INT64_MAX;
}

static void tick_leaving(struct deciding *d)
{
    EACH (d->state, INCIDENT, incident, it)
        if (!tick_is_full(d) && incident_leaves_ms(d->core, it) <= d->now_ms)
            emit(d, FACT_INCIDENT_ARCHIVED)->incident_archived.incident = it->incident;
    EACH (d->state, CALL, call, it)
        if (!tick_is_full(d) && call_leaves_before(d->core, it, d->now_ms + 1))
            emit(d, FACT_CALL_ARCHIVED)->call_archived.call = it->call;
    EACH (d->state, MESSAGE, message, it)
        if (!tick_is_full(d) && message_leaves_ms(d->core, it) <= d->now_ms)
            emit(d, FACT_MESSAGE_ARCHIVED)->message_archived.message = it->message;
    EACH (d->state, PLAN_RUN, plan_run, it)
        if (!tick_is_full(d) && plan_run_leaves_ms(d->core, it) <= d->now_ms)
            emit(d, FACT_PLAN_ARCHIVED)->plan_archived.plan_run = it->plan_run;
}

enum refusal decide_tick(struct deciding *d)
{
    tick_deadlines(d);
    tick_alerts(d);
    tick_conditions(d);
    tick_leaving(d);
    if (!tick_is_full(d))
        tick_surge(d);
    return REFUSE_NONE;
}

/* --- when the next tick is due --- */

static void sooner(int64_t *next_ms, int64_t ms)
{
    if (ms < *next_ms)
        *next_ms = ms;
}

static int64_t next_of_deadlines(const struct core *core)
{
    int64_t next_ms = INT64_MAX;
    bool room = has_alert_room(&core->state, 0);
    for (enum deadline deadline = 0; deadline < DEADLINE_COUNT; deadline++) {
        const struct table *table = &core->state.table[object_of(deadline)];
        for (uint32_t i = 0; i < table->count; i++) {
            const void *object = table_at(table, i);
            int64_t due_ms = deadline_due_ms(core, deadline, object);
            bool on = alerted(object_of(deadline), object) >> deadline & 1u;
            if (!on && room)
                sooner(&next_ms, due_ms);
            else if (on && due_ms == INT64_MAX)
                sooner(&next_ms, core->state.head->now_ms); /* its cause has ended */
        }
    }
    return next_ms;
}

int64_t core_next_deadline_ms(const struct core *core)
{
    int64_t next_ms = next_of_deadlines(core);
    const struct state *state = &core->state;
    EACH (state, ALERT, alert, it) {
        if (it->state == ALERT_SHELVED)
            sooner(&next_ms, it->until_ms);
        if (it->state == ALERT_CLEARED)
            sooner(&next_ms, it->cleared_ms + core->policy.retention_ms);
    }
    EACH (state, CONDITION, condition, it)
        if (it->until_ms)
            sooner(&next_ms, it->until_ms);
    EACH (state, INCIDENT, incident, it)
        if (it->state == INCIDENT_CLOSED)
            sooner(&next_ms, incident_leaves_ms(core, it));
    EACH (state, CALL, call, it)
        if (call_leaves_before(core, it, next_ms))
            next_ms = call_may_leave_ms(core, it);
    EACH (state, MESSAGE, message, it)
        sooner(&next_ms, message_leaves_ms(core, it));
    EACH (state, PLAN_RUN, plan_run, it)
        sooner(&next_ms, plan_run_leaves_ms(core, it));
    if (surge_is_due(core))
        sooner(&next_ms, state->head->now_ms);
    return next_ms;
}
