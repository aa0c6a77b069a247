/* apply: facts change the state. The only writer; every fact it is given has happened, so nothing
 * is refused here. What a fact names must exist: decide has seen to it, and the journal is checked
 * before it is replayed. Calls, incidents and units have files of their own; here is what they
 * share, the registry, messages, alerts, and what clients were answered. */
#include "dispatch/core/apply.h"

#include <string.h>

#include "dispatch/must.h"

void apply_copy(struct applying *a, enum object_kind kind, void *object, const struct fact *fact)
{
    must(object);
    state_copy(a->state, kind, object, fact_schema(fact->kind), fact_body(fact));
}

struct incident *changed_incident(struct applying *a, struct incident_id id)
{
    struct incident *incident = state_incident(a->state, id.v);
    must(incident);
    incident->changed_seq = a->record->seq;
    return incident;
}

struct unit *changed_unit(struct applying *a, struct unit_id id)
{
    struct unit *unit = state_unit(a->state, id.v);
    must(unit);
    unit->changed_seq = a->record->seq;
    return unit;
}

void apply_advance(uint64_t *last, uint64_t id)
{
    if (id > *last)
        *last = id;
}

/* --- the registry and what is in force --- */

static void *find_or_add(struct applying *a, enum object_kind kind, uint64_t id)
{
    void *object = state_find(a->state, kind, id);
    return object ? object : state_add(a->state, kind, id);
}

static void define(struct applying *a, enum object_kind kind, uint64_t id, const struct fact *fact)
{
    apply_copy(a, kind, find_or_add(a, kind, id), fact);
}

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
    apply_copy(a, OBJECT_MESSAGE, message, fact);
    message->sent_ms = a->record->now_ms;
    apply_advance(&a->state->head->last_message, message->message.v);
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
    if (alert->plan_run.v) {
        struct plan_run *run = state_plan_run(state, alert->plan_run.v);
        return run ? &run->alerted : NULL;
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
    apply_copy(a, OBJECT_ALERT, alert, fact);
    alert->state = ALERT_RAISED;
    alert->raised_ms = alert->notice_ms = a->record->now_ms;
    alert->notice = 1;
    mark_alerted(a->state, alert, true);
    apply_advance(&a->state->head->last_alert, alert->alert.v);
}

/* It rings again when the level rises. */
static void alert_updated(struct applying *a, const struct fact *fact)
{
    struct alert *alert = state_alert(a->state, fact->alert_updated.alert.v);
    must(alert);
    if (fact->alert_updated.level > alert->level)
        alert->state = ALERT_RAISED;
    apply_copy(a, OBJECT_ALERT, alert, fact);
    alert->updated_ms = alert->notice_ms = a->record->now_ms;
}

static void alert_moved(struct applying *a, const struct fact *fact, struct alert_id id,
                        enum alert_state to)
{
    struct alert *alert = state_alert(a->state, id.v);
    must(alert);
    apply_copy(a, OBJECT_ALERT, alert, fact);
    alert->state = to;
    if (to == ALERT_ACKNOWLEDGED)
        alert->acknowledged_ms = a->record->now_ms;
    if (to == ALERT_CLEARED) {
        alert->notice++;
        alert->before_ms = alert->notice_ms;
        alert->cleared_ms = alert->notice_ms = a->record->now_ms;
        mark_alerted(a->state, alert, false);
    }
}

/* Taken is acknowledged; one that was, stays as it is under its new owner. */
static void alert_taken(struct applying *a, const struct fact *fact)
{
    struct alert *alert = state_alert(a->state, fact->alert_taken.alert.v);
    must(alert);
    if (alert->state == ALERT_RAISED)
        alert_moved(a, fact, fact->alert_taken.alert, ALERT_ACKNOWLEDGED);
    else
        alert->owner = fact->alert_taken.owner;
}

/* The alert may have left meanwhile. */
static void alert_told(struct applying *a, const struct alert_told *f)
{
    struct alert *alert = state_alert(a->state, f->alert.v);
    if (alert)
        alert->told_ms = a->record->now_ms;
    apply_advance(&a->state->head->told_seq, f->told_seq);
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
    apply_advance(&a->state->head->last_condition, fact->road_condition_set.condition.v);
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

static void apply_fact(struct applying *a, const struct fact *fact)
{
    switch (fact->kind) {
    case FACT_ALERT_RAISED:
        alert_raised(a, fact);
        break;
    case FACT_ALERT_ACKNOWLEDGED:
        alert_moved(a, fact, fact->alert_acknowledged.alert, ALERT_ACKNOWLEDGED);
        break;
    case FACT_ALERT_TAKEN:
        alert_taken(a, fact);
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
    case FACT_ALERT_UPDATED:
        alert_updated(a, fact);
        break;
    case FACT_ALERT_JUDGED:
        state_alert(a->state, fact->alert_judged.alert.v)->verdict = fact->alert_judged.verdict;
        break;
    case FACT_ALERT_TOLD:
        alert_told(a, &fact->alert_told);
        break;
    case FACT_ALERT_ARCHIVED:
        state_remove(a->state, OBJECT_ALERT, fact->alert_archived.alert.v);
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
        if (!apply_unit(a, fact) && !apply_incident(a, fact) && !apply_call(a, fact) &&
            !apply_care(a, fact) && !apply_advice(a, fact) &&
            !apply_plan(a, fact))
            apply_registry(a, fact);
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
