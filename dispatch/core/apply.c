/* apply: facts change the state. The only writer; every fact it is given has happened, so nothing
 * is refused here. What a fact names must exist: decide has seen to it, and the journal is checked
 * before it is replayed. */
#include <stdio.h>
#include <string.h>

#include "dispatch/core/core.h"
#include "dispatch/core/step.h"
#include "dispatch/must.h"

/* The record being applied, handed to every case. */
struct applying {
    struct state *state;
    const struct record *record;
};

static void copy_into(struct applying *a, enum object_kind kind, void *object,
                      const struct fact *fact)
{
    must(object);
    state_copy(a->state, kind, object, fact_schema(fact->kind), fact_body(fact));
}

static void *find_or_add(struct applying *a, enum object_kind kind, uint64_t id)
{
    void *object = state_find(a->state, kind, id);
    return object ? object : state_add(a->state, kind, id);
}

static void define(struct applying *a, enum object_kind kind, uint64_t id, const struct fact *fact)
{
    copy_into(a, kind, find_or_add(a, kind, id), fact);
}

static struct incident *changed_incident(struct applying *a, struct incident_id id)
{
    struct incident *incident = state_incident(a->state, id.v);
    must(incident);
    incident->changed_seq = a->record->seq;
    return incident;
}

static struct unit *changed_unit(struct applying *a, struct unit_id id)
{
    struct unit *unit = state_unit(a->state, id.v);
    must(unit);
    unit->changed_seq = a->record->seq;
    return unit;
}

static void advance(uint64_t *last, uint64_t id)
{
    if (id > *last)
        *last = id;
}

/* --- calls --- */

static void call_rang(struct applying *a, const struct fact *fact)
{
    struct call *call = state_add(a->state, OBJECT_CALL, fact->call_rang.call.v);
    copy_into(a, OBJECT_CALL, call, fact);
    call->state = CALL_RINGING;
    call->ringing_ms = fact->call_rang.at_ms;
    advance(&a->state->head->last_call, call->call.v);
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
    advance(&a->state->head->last_task, f->task.v);
}

static void callback_finished(struct applying *a, const struct callback_finished *f)
{
    struct task *task = state_task(a->state, f->task.v);
    must(task);
    task->outcome = f->outcome;
    task->user = f->user;
    task->finished_ms = a->record->now_ms;
}

/* --- incidents --- */

static void incident_opened(struct applying *a, const struct fact *fact)
{
    const struct incident_opened *f = &fact->incident_opened;
    struct incident *incident = state_add(a->state, OBJECT_INCIDENT, f->incident.v);
    copy_into(a, OBJECT_INCIDENT, incident, fact);
    incident->state = INCIDENT_OPEN;
    incident->opened_ms = f->at_ms;
    incident->waiting_ms = f->at_ms;
    incident->changed_seq = a->record->seq;
    struct call *call = state_call(a->state, f->call.v);
    if (call && call->incident.v == 0) /* of a split the call stays with the first */
        call->incident = f->incident;
    advance(&a->state->head->last_incident, f->incident.v);
}

static void question_answered(struct applying *a, const struct question_answered *f)
{
    struct incident *incident = changed_incident(a, f->incident);
    uint32_t question[CARD_ANSWER_MAX], answer[CARD_ANSWER_MAX];
    uint32_t n = incident->question.n, at = 0;
    must(n <= CARD_ANSWER_MAX);
    copy_list(question, incident->question.v, n * sizeof(uint32_t));
    copy_list(answer, incident->answer.v, n * sizeof(uint32_t));
    while (at < n && question[at] != f->question)
        at++;
    if (at == n)
        n++;
    must(n <= CARD_ANSWER_MAX);
    question[at] = f->question;
    answer[at] = f->answer;
    state_keep(a->state, &incident->question, question, n, sizeof(uint32_t));
    state_keep(a->state, &incident->answer, answer, n, sizeof(uint32_t));
    state_keep(a->state, &incident->cards_hash, f->cards_hash.p, f->cards_hash.n, 1);
}

static bool is_listed(const struct u32s *list, uint32_t value)
{
    for (uint32_t i = 0; i < list->n; i++)
        if (list->v[i] == value)
            return true;
    return false;
}

static void answers_dropped(struct applying *a, const struct answers_dropped *f)
{
    struct incident *incident = changed_incident(a, f->incident);
    uint32_t question[CARD_ANSWER_MAX], answer[CARD_ANSWER_MAX], n = 0;
    must(incident->question.n <= CARD_ANSWER_MAX);
    for (uint32_t i = 0; i < incident->question.n; i++) {
        if (is_listed(&f->question, incident->question.v[i]))
            continue;
        question[n] = incident->question.v[i];
        answer[n++] = incident->answer.v[i];
    }
    state_keep(a->state, &incident->question, question, n, sizeof(uint32_t));
    state_keep(a->state, &incident->answer, answer, n, sizeof(uint32_t));
}

static void graded(struct applying *a, const struct fact *fact)
{
    struct incident *incident = changed_incident(a, fact->incident_graded.incident);
    copy_into(a, OBJECT_INCIDENT, incident, fact);
    if (incident->graded_ms == 0)
        incident->graded_ms = a->record->now_ms;
    incident->proposed_grade = 0;
}

static void regraded(struct applying *a, const struct incident_regraded *f)
{
    struct incident *incident = changed_incident(a, f->incident);
    incident->grade = f->grade;
    incident->provisional = false;
    incident->proposed_grade = 0;
    if (incident->graded_ms == 0)
        incident->graded_ms = a->record->now_ms;
}

static void closed(struct applying *a, const struct incident_closed *f)
{
    struct incident *incident = changed_incident(a, f->incident);
    incident->state = INCIDENT_CLOSED;
    incident->outcome = f->outcome;
    incident->closed_ms = f->at_ms;
    incident->waiting_ms = 0;
    state_keep(a->state, &incident->slot_unit, NULL, 0, sizeof(uint64_t));
    state_keep(a->state, &incident->slot_eta_s, NULL, 0, sizeof(uint32_t));
    state_keep(a->state, &incident->slot_why, NULL, 0, sizeof(uint32_t));
    state_keep(a->state, &incident->row_unit, NULL, 0, sizeof(uint64_t));
    state_keep(a->state, &incident->row_eta_s, NULL, 0, sizeof(uint32_t));
    state_keep(a->state, &incident->row_source, NULL, 0, sizeof(uint32_t));
    state_keep(a->state, &incident->row_age_s, NULL, 0, sizeof(uint32_t));
    state_keep(a->state, &incident->row_why, NULL, 0, sizeof(uint32_t));
}

static void call_attached(struct applying *a, const struct call_attached *f)
{
    struct call *call = state_call(a->state, f->call.v);
    must(call);
    call->incident = f->incident;
}

/* What belongs to an archived incident leaves with it. */
static void incident_archived(struct applying *a, struct incident_id id)
{
    struct state *state = a->state;
    for (uint32_t i = state->table[OBJECT_ASSIGNMENT].count; i-- > 0;) {
        struct assignment *assignment = table_at(&state->table[OBJECT_ASSIGNMENT], i);
        if (assignment->incident.v == id.v)
            state_remove(state, OBJECT_ASSIGNMENT, assignment->assignment.v);
    }
    state_remove(state, OBJECT_INCIDENT, id.v);
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

/* --- units and assignments --- */

static void unit_reserved(struct applying *a, const struct fact *fact)
{
    const struct unit_reserved *f = &fact->unit_reserved;
    struct assignment *assignment = state_add(a->state, OBJECT_ASSIGNMENT, f->assignment.v);
    struct incident *incident = changed_incident(a, f->incident);
    struct unit *unit = changed_unit(a, f->unit);
    copy_into(a, OBJECT_ASSIGNMENT, assignment, fact);
    assignment->step = STEP_RESERVED;
    assignment->reserved_ms = a->record->now_ms;
    incident->waiting_ms = 0;
    if (unit->assignment.v == 0)
        unit->assignment = f->assignment;
    else
        unit->next = f->assignment;
    advance(&a->state->head->last_assignment, f->assignment.v);
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

static void step_reached(struct applying *a, const struct step_reached *f)
{
    struct assignment *assignment = assignment_of(a, f->assignment);
    assignment->step = f->step;
    *step_time(assignment, f->step) = f->at_ms;
    if (f->reason != REASON_NONE)
        assignment->end_reason = f->reason;
    changed_unit(a, assignment->unit);
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

static void duty_set(struct applying *a, const struct fact *fact)
{
    struct unit *unit = changed_unit(a, fact->duty_set.unit);
    copy_into(a, OBJECT_UNIT, unit, fact);
    unit->duty_ms = a->record->now_ms;
}

/* --- the rest --- */

static void activated(struct applying *a, const struct fact *fact)
{
    const struct cards_activated *f = &fact->cards_activated; /* all three have the same fields */
    struct head *head = a->state->head;
    struct text *hash = fact->kind == FACT_CARDS_ACTIVATED   ? &head->cards_hash
                        : fact->kind == FACT_ZONES_ACTIVATED ? &head->zones_hash
                                                             : &head->weights_hash;
    uint64_t *epoch = fact->kind == FACT_CARDS_ACTIVATED   ? &head->cards_epoch
                      : fact->kind == FACT_ZONES_ACTIVATED ? &head->zones_epoch
                                                           : &head->weights_epoch;
    state_keep(a->state, hash, f->hash.p, f->hash.n, 1);
    *epoch = f->epoch;
}

static void message_sent(struct applying *a, const struct fact *fact)
{
    struct message *message = state_add(a->state, OBJECT_MESSAGE, fact->message_sent.message.v);
    copy_into(a, OBJECT_MESSAGE, message, fact);
    message->sent_ms = a->record->now_ms;
    advance(&a->state->head->last_message, message->message.v);
}

/* The object a deadline's alert watches, and its `alerted` bits. */
static uint32_t *alerted_bits(struct state *state, const struct alert *alert)
{
    if (alert->call.v) {
        struct call *call = state_call(state, alert->call.v);
        return call ? &call->alerted : NULL;
    }
    if (alert->task.v) {
        struct task *task = state_task(state, alert->task.v);
        return task ? &task->alerted : NULL;
    }
    if (alert->assignment.v) {
        struct assignment *assignment = state_assignment(state, alert->assignment.v);
        return assignment ? &assignment->alerted : NULL;
    }
    if (alert->terminal.v) {
        struct terminal *terminal = state_terminal(state, alert->terminal.v);
        return terminal ? &terminal->alerted : NULL;
    }
    struct incident *incident = state_incident(state, alert->incident.v);
    return incident ? &incident->alerted : NULL;
}

static void mark_alerted(struct state *state, const struct alert *alert, bool on)
{
    for (enum deadline d = 0; d < DEADLINE_COUNT; d++) {
        const char *name = deadline_text[d].name;
        if (!text_same(alert->detector, (struct text){name, (uint32_t)strlen(name)}))
            continue;
        uint32_t *bits = alerted_bits(state, alert);
        if (bits)
            *bits = on ? *bits | 1u << d : *bits & ~(1u << d);
    }
}

static void alert_raised(struct applying *a, const struct fact *fact)
{
    struct alert *alert = state_add(a->state, OBJECT_ALERT, fact->alert_raised.alert.v);
    copy_into(a, OBJECT_ALERT, alert, fact);
    alert->state = ALERT_RAISED;
    alert->raised_ms = a->record->now_ms;
    mark_alerted(a->state, alert, true);
    advance(&a->state->head->last_alert, alert->alert.v);
}

static void alert_moved(struct applying *a, const struct fact *fact, struct alert_id id,
                        enum alert_state to)
{
    struct alert *alert = state_alert(a->state, id.v);
    must(alert);
    copy_into(a, OBJECT_ALERT, alert, fact);
    alert->state = to;
    if (to == ALERT_ACKNOWLEDGED)
        alert->acknowledged_ms = a->record->now_ms;
    if (to == ALERT_CLEARED) {
        alert->cleared_ms = a->record->now_ms;
        mark_alerted(a->state, alert, false);
    }
}

static void terminal_moved(struct applying *a, struct terminal_id id, bool lost, int64_t at_ms)
{
    struct terminal *terminal = state_terminal(a->state, id.v);
    must(terminal);
    terminal->lost = lost;
    terminal->lost_ms = lost ? at_ms : 0;
}

static void condition_set(struct applying *a, const struct fact *fact)
{
    define(a, OBJECT_CONDITION, fact->road_condition_set.condition.v, fact);
    advance(&a->state->head->last_condition, fact->road_condition_set.condition.v);
}

static void apply_registry(struct applying *a, const struct fact *fact)
{
    switch (fact->kind) {
    case FACT_STATION_DEFINED:
        define(a, OBJECT_STATION, fact->station_defined.station.v, fact);
        break;
    case FACT_HOSPITAL_DEFINED:
        define(a, OBJECT_HOSPITAL, fact->hospital_defined.hospital.v, fact);
        break;
    case FACT_UNIT_DEFINED:
        define(a, OBJECT_UNIT, fact->unit_defined.unit.v, fact);
        changed_unit(a, fact->unit_defined.unit);
        break;
    case FACT_TERMINAL_DEFINED:
        define(a, OBJECT_TERMINAL, fact->terminal_defined.terminal.v, fact);
        break;
    case FACT_ZONE_DEFINED:
        define(a, OBJECT_ZONE_NAME, fact->zone_defined.zone.v, fact);
        break;
    case FACT_HOSPITAL_STATUS_SET:
        define(a, OBJECT_HOSPITAL, fact->hospital_status_set.hospital.v, fact);
        state_hospital(a->state, fact->hospital_status_set.hospital.v)->status_ms =
            a->record->now_ms;
        break;
    case FACT_ROAD_CONDITION_SET:
        condition_set(a, fact);
        break;
    case FACT_ROAD_CONDITION_CLEARED:
        state_remove(a->state, OBJECT_CONDITION, fact->road_condition_cleared.condition.v);
        break;
    case FACT_WEIGHTS_ACTIVATED:
    case FACT_CARDS_ACTIVATED:
    case FACT_ZONES_ACTIVATED:
        activated(a, fact);
        break;
    case FACT_TERMINAL_LOST:
        terminal_moved(a, fact->terminal_lost.terminal, true, fact->terminal_lost.at_ms);
        break;
    case FACT_TERMINAL_HEARD:
        terminal_moved(a, fact->terminal_heard.terminal, false, 0);
        break;
    default:
        break; /* booted, signed_in and other facts that leave no trace in the state */
    }
}

static void apply_call(struct applying *a, const struct fact *fact)
{
    switch (fact->kind) {
    case FACT_CALL_RANG:
        call_rang(a, fact);
        break;
    case FACT_CALL_LOCATED:
        copy_into(a, OBJECT_CALL, state_call(a->state, fact->call_located.call.v), fact);
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
        apply_registry(a, fact);
    }
}

static void apply_incident(struct applying *a, const struct fact *fact)
{
    switch (fact->kind) {
    case FACT_INCIDENT_OPENED:
        incident_opened(a, fact);
        break;
    case FACT_INCIDENT_PLACED:
        copy_into(a, OBJECT_INCIDENT, changed_incident(a, fact->incident_placed.incident), fact);
        break;
    case FACT_INCIDENT_DESCRIBED:
        copy_into(a, OBJECT_INCIDENT, changed_incident(a, fact->incident_described.incident),
                  fact);
        break;
    case FACT_ANSWERS_DROPPED:
        answers_dropped(a, &fact->answers_dropped);
        break;
    case FACT_INCIDENT_TAKEN_OVER:
        changed_incident(a, fact->incident_taken_over.incident)->owner =
            fact->incident_taken_over.owner;
        break;
    case FACT_QUESTION_ANSWERED:
        question_answered(a, &fact->question_answered);
        break;
    case FACT_INCIDENT_GRADED:
        graded(a, fact);
        break;
    case FACT_DOWNGRADE_PROPOSED:
        changed_incident(a, fact->downgrade_proposed.incident)->proposed_grade =
            fact->downgrade_proposed.grade;
        break;
    case FACT_INCIDENT_REGRADED:
        regraded(a, &fact->incident_regraded);
        break;
    case FACT_RESPONSE_PLANNED:
        copy_into(a, OBJECT_INCIDENT, changed_incident(a, fact->response_planned.incident), fact);
        break;
    case FACT_SCENE_GRADED:
        changed_incident(a, fact->scene_graded.incident)->scene_grade = fact->scene_graded.grade;
        break;
    case FACT_DUPLICATE_LINKED:
        changed_incident(a, fact->duplicate_linked.incident)->first =
            fact->duplicate_linked.first;
        break;
    case FACT_INCIDENT_CLOSED:
        closed(a, &fact->incident_closed);
        break;
    case FACT_INCIDENT_ARCHIVED:
        incident_archived(a, fact->incident_archived.incident);
        break;
    case FACT_RECOMMENDED: /* not a change of what a dispatcher saw: changed_seq stays */
        copy_into(a, OBJECT_INCIDENT, state_incident(a->state, fact->recommended.incident.v),
                  fact);
        break;
    default:
        apply_call(a, fact);
    }
}

static void apply_unit(struct applying *a, const struct fact *fact)
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
        assignment_of(a, fact->hospital_chosen.assignment)->hospital =
            fact->hospital_chosen.hospital;
        break;
    case FACT_DUTY_SET:
        duty_set(a, fact);
        break;
    case FACT_UNIT_RETURNED:
        changed_unit(a, fact->unit_returned.unit)->returned_ms = fact->unit_returned.at_ms;
        break;
    case FACT_MESSAGE_SENT:
        message_sent(a, fact);
        break;
    case FACT_MESSAGE_DELIVERED:
        state_message(a->state, fact->message_delivered.message.v)->delivered_ms =
            fact->message_delivered.at_ms;
        break;
    case FACT_MESSAGE_ARCHIVED:
        state_remove(a->state, OBJECT_MESSAGE, fact->message_archived.message.v);
        break;
    default:
        apply_incident(a, fact);
    }
}

static void apply_fact(struct applying *a, const struct fact *fact)
{
    switch (fact->kind) {
    case FACT_ALERT_RAISED:
        alert_raised(a, fact);
        break;
    case FACT_ALERT_ACKNOWLEDGED:
        alert_moved(a, fact, fact->alert_acknowledged.alert, ALERT_ACKNOWLEDGED);
        break;
    case FACT_ALERT_SHELVED:
        alert_moved(a, fact, fact->alert_shelved.alert, ALERT_SHELVED);
        break;
    case FACT_ALERT_UNSHELVED:
        alert_moved(a, fact, fact->alert_unshelved.alert, ALERT_RAISED);
        break;
    case FACT_ALERT_CLEARED:
        alert_moved(a, fact, fact->alert_cleared.alert, ALERT_CLEARED);
        break;
    case FACT_ALERT_ARCHIVED:
        state_remove(a->state, OBJECT_ALERT, fact->alert_archived.alert.v);
        break;
    default:
        apply_unit(a, fact);
    }
}

/* The client whose word is oldest makes room for a new one. */
static void forget_oldest_client(struct state *state)
{
    const struct client *oldest = NULL;
    EACH (state, CLIENT, client, it)
        if (!oldest || it->heard_ms < oldest->heard_ms)
            oldest = it;
    if (oldest)
        state_remove(state, OBJECT_CLIENT, oldest->client);
}

/* The last CLIENT_WINDOW answers of each client, newest last. */
static void remember_answer(struct state *state, const struct record *record)
{
    struct client *client = state_client(state, record->client);
    uint64_t number[CLIENT_WINDOW + 1], seq[CLIENT_WINDOW + 1], made[CLIENT_WINDOW + 1];
    uint32_t refusal[CLIENT_WINDOW + 1];
    if (!client) {
        if (state_room(state, OBJECT_CLIENT) == 0)
            forget_oldest_client(state);
        client = state_add(state, OBJECT_CLIENT, record->client);
    }
    uint32_t n = client->number.n, skip = n == CLIENT_WINDOW;
    copy_list(number, client->number.v, n * sizeof(*number));
    copy_list(seq, client->seq.v, n * sizeof(*seq));
    copy_list(made, client->made.v, n * sizeof(*made));
    copy_list(refusal, client->refusal.v, n * sizeof(*refusal));
    number[n] = record->number;
    seq[n] = record->seq;
    made[n] = record->made;
    refusal[n] = record->refusal;
    n = n + 1 - skip;
    client->heard_ms = record->now_ms;
    state_keep(state, &client->number, number + skip, n, sizeof(*number));
    state_keep(state, &client->seq, seq + skip, n, sizeof(*seq));
    state_keep(state, &client->made, made + skip, n, sizeof(*made));
    state_keep(state, &client->refusal, refusal + skip, n, sizeof(*refusal));
}

void core_apply(struct core *core, const struct record *record)
{
    struct applying applying = {&core->state, record};
    must(record->seq == core->state.head->seq + 1);
    for (uint32_t i = 0; i < record->fact_count; i++)
        apply_fact(&applying, &record->fact[i]);
    if (record->client)
        remember_answer(&core->state, record);
    core->state.head->seq = record->seq;
    if (record->now_ms > core->state.head->now_ms)
        core->state.head->now_ms = record->now_ms;
}
