#include "dispatch/readers/shadow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"

/* --- what a record touches --- */

static int by_kind_and_id(const void *a, const void *b)
{
    const struct shadow_touched *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

void shadow_flush(struct shadow *shadow)
{
    struct shadow_touched *touched = shadow->touched;
    uint32_t count = shadow->touched_count;
    qsort(touched, count, sizeof(*touched), by_kind_and_id);
    shadow->touched_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0 && by_kind_and_id(&touched[i - 1], &touched[i]) == 0)
            continue;
        const void *object = state_find(&shadow->core.state, touched[i].kind, touched[i].id);
        if (object)
            shadow->changed_cb(shadow->context, touched[i].kind, object);
    }
}

static void touch(struct shadow *shadow, enum object_kind kind, uint64_t id)
{
    if (shadow->touched_count == SHADOW_TOUCHED_MAX)
        shadow_flush(shadow);
    shadow->touched[shadow->touched_count++] = (struct shadow_touched){kind, id};
}

static enum object_kind kind_of(const struct shadow *shadow, const struct schema_field *field)
{
    return field->type == FIELD_ID ? shadow->kind_of_letter[field->letter & 127] : OBJECT_NONE;
}

/* Every object that a fact or an object names by id. */
static void touch_named(struct shadow *shadow, const struct schema *schema, const void *body)
{
    for (uint32_t i = 0; i < schema->count; i++) {
        enum object_kind kind = kind_of(shadow, &schema->field[i]);
        uint64_t id = kind ? field_number(&schema->field[i], body) : 0;
        if (id)
            touch(shadow, kind, id);
    }
}

/* A step of an assignment moves its unit and incident, an alert marks what it watches: what a fact
 * does beyond the ids in it reaches exactly as far as the ids in these two. */
static void touch_fact(struct shadow *shadow, const struct fact *fact)
{
    const struct schema *schema = fact_schema(fact->kind);
    const void *body = fact_body(fact);
    touch_named(shadow, schema, body);
    for (uint32_t i = 0; i < schema->count; i++) {
        enum object_kind kind = kind_of(shadow, &schema->field[i]);
        if (kind != OBJECT_ASSIGNMENT && kind != OBJECT_ALERT)
            continue;
        const void *object =
            state_find(&shadow->core.state, kind, field_number(&schema->field[i], body));
        if (object)
            touch_named(shadow, object_schema(kind), object);
    }
}

/* --- what leaves --- */

static void leave(struct shadow *shadow, enum object_kind kind, uint64_t id)
{
    const void *object = state_find(&shadow->core.state, kind, id);
    must(object);
    shadow->leaving_cb(shadow->context, kind, object);
}

static void leave_incident(struct shadow *shadow, struct incident_id id)
{
    EACH (&shadow->core.state, ASSIGNMENT, assignment, it)
        if (it->incident.v == id.v)
            shadow->leaving_cb(shadow->context, OBJECT_ASSIGNMENT, it);
    leave(shadow, OBJECT_INCIDENT, id.v);
}

static void leave_call(struct shadow *shadow, struct call_id id)
{
    EACH (&shadow->core.state, TASK, task, it)
        if (it->call.v == id.v)
            shadow->leaving_cb(shadow->context, OBJECT_TASK, it);
    leave(shadow, OBJECT_CALL, id.v);
}

static void leave_shift(struct shadow *shadow, const struct crew_signed_on *fact)
{
    const struct shift *ended = shift_ended_by(&shadow->core.state, fact);
    if (ended)
        shadow->leaving_cb(shadow->context, OBJECT_SHIFT, ended);
}

static bool removes(const struct fact *fact)
{
    return fact->kind == FACT_CALL_ARCHIVED || fact->kind == FACT_INCIDENT_ARCHIVED ||
           fact->kind == FACT_MESSAGE_ARCHIVED || fact->kind == FACT_ALERT_ARCHIVED ||
           fact->kind == FACT_ROAD_CONDITION_CLEARED || fact->kind == FACT_CREW_SIGNED_ON;
}

static void show_leaving(struct shadow *shadow, const struct fact *fact)
{
    shadow_flush(shadow);
    if (fact->kind == FACT_CALL_ARCHIVED)
        leave_call(shadow, fact->call_archived.call);
    else if (fact->kind == FACT_INCIDENT_ARCHIVED)
        leave_incident(shadow, fact->incident_archived.incident);
    else if (fact->kind == FACT_MESSAGE_ARCHIVED)
        leave(shadow, OBJECT_MESSAGE, fact->message_archived.message.v);
    else if (fact->kind == FACT_ALERT_ARCHIVED)
        leave(shadow, OBJECT_ALERT, fact->alert_archived.alert.v);
    else if (fact->kind == FACT_CREW_SIGNED_ON)
        leave_shift(shadow, &fact->crew_signed_on);
    else
        leave(shadow, OBJECT_CONDITION, fact->road_condition_cleared.condition.v);
}

void shadow_apply(struct shadow *shadow, const struct record *record)
{
    for (uint32_t i = 0; i < record->fact_count; i++)
        if (removes(&record->fact[i]))
            show_leaving(shadow, &record->fact[i]);
    core_apply(&shadow->core, record);
    for (uint32_t i = 0; i < record->fact_count; i++)
        touch_fact(shadow, &record->fact[i]);
}

/* --- life --- */

int shadow_init(struct shadow *shadow, const struct limits *limits, const struct policy *policy,
                struct journal_reader *journal)
{
    memset(shadow, 0, sizeof(*shadow));
    shadow->limits = *limits;
    shadow->policy = *policy;
    shadow->journal = journal;
    for (enum object_kind kind = 1; kind < OBJECT_KIND_COUNT; kind++) {
        const struct schema_field *id = object_schema(kind)->field;
        if (id->type == FIELD_ID)
            shadow->kind_of_letter[id->letter & 127] = kind;
    }
    shadow->memory = malloc(core_bytes(limits));
    if (!shadow->memory || fold_init(&shadow->fold, &shadow->core, journal, NULL) < 0) {
        free(shadow->memory);
        shadow->memory = NULL;
        snprintf(shadow->errmsg, sizeof(shadow->errmsg),
                 "no memory for a reader's tables: lower [limits]");
        return -1;
    }
    core_init(&shadow->core, shadow->memory, limits, policy);
    return 0;
}

void shadow_close(struct shadow *shadow)
{
    if (!shadow->memory)
        return;
    fold_close(&shadow->fold);
    free(shadow->memory);
    shadow->memory = NULL;
}

static int folded(struct shadow *shadow, int result)
{
    if (result < 0)
        snprintf(shadow->errmsg, sizeof(shadow->errmsg), "%s", shadow->fold.errmsg);
    return result;
}

int shadow_begin(struct shadow *shadow, uint64_t seq)
{
    shadow->touched_count = 0;
    if (seq > 0 && shadow_seq(shadow) == seq)
        return 0;
    core_init(&shadow->core, shadow->memory, &shadow->limits, &shadow->policy);
    if (seq == 0 || folded(shadow, fold_snapshot(&shadow->fold, seq)) == 0)
        return 0;
    core_init(&shadow->core, shadow->memory, &shadow->limits, &shadow->policy); /* no half of one */
    return -1;
}

int shadow_fold(struct shadow *shadow, uint64_t seq, uint64_t max)
{
    uint64_t from = shadow_seq(shadow);
    if (from >= seq)
        return 1;
    if (folded(shadow, fold_records(&shadow->fold, seq - from > max ? from + max : seq)) < 0)
        return -1;
    if (shadow_seq(shadow) == from) {
        snprintf(shadow->errmsg, sizeof(shadow->errmsg),
                 "the journal ends before a reader's place");
        return -1;
    }
    return shadow_seq(shadow) >= seq;
}
