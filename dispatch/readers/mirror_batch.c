#include "dispatch/readers/mirror_batch.h"

#include <inttypes.h>
#include <stdlib.h>

#include "dispatch/wire/wire_json.h"

enum { VALUES_MAX = 64 * 1024 * 1024 }; /* of one batch; a record is at most 256 KiB */

void mirror_batch_init(struct mirror_batch *batch)
{
    memset(batch, 0, sizeof(*batch));
    buffer_init(&batch->values, VALUES_MAX);
}

void mirror_batch_close(struct mirror_batch *batch)
{
    free(batch->row);
    buffer_close(&batch->values);
}

void mirror_batch_clear(struct mirror_batch *batch, uint64_t after_seq)
{
    batch->after_seq = batch->upto_seq = after_seq;
    batch->count = 0;
    batch->full = false;
    buffer_clear(&batch->values);
}

/* A row whose values the caller appends; never NULL. */
static struct mirror_row *add_row(struct mirror_batch *batch, enum mirror_statement statement,
                                  uint64_t id, int count)
{
    static struct mirror_row nowhere;
    if (batch->count == batch->room) {
        size_t room = batch->room ? batch->room * 2 : 1024;
        struct mirror_row *row = realloc(batch->row, room * sizeof(*row));
        if (!row) {
            batch->full = true;
            return &nowhere;
        }
        batch->row = row;
        batch->room = room;
    }
    struct mirror_row *row = &batch->row[batch->count++];
    *row = (struct mirror_row){.statement = statement,
                               .count = count,
                               .seq = batch->upto_seq,
                               .id = id,
                               .at = batch->values.n};
    return row;
}

void mirror_batch_object(struct mirror_batch *batch, enum object_kind kind, const void *object)
{
    uint64_t id = field_number(object_schema(kind)->field, object);
    struct mirror_row *row = add_row(batch, (enum mirror_statement)kind, id, 0);
    row->count = mirror_row_values(&batch->values, kind, object);
    batch->full = batch->full || batch->values.full;
}

void mirror_batch_condition_gone(struct mirror_batch *batch, uint64_t id)
{
    add_row(batch, MIRROR_CONDITION_GONE, id, 1);
    mirror_value_print(&batch->values, "%" PRIu64, id);
}

/* --- facts --- */

static void add_claimed(struct buffer *out, const struct schema *schema, const void *body)
{
    const struct schema_field *field = schema_find(schema, "at_ms", 5);
    int64_t at_ms = field ? (int64_t)field_number(field, body) : 0;
    if (at_ms)
        mirror_value_print(out, "%" PRId64, at_ms);
    else
        mirror_value_null(out);
}

static void add_actor(struct buffer *out, const struct actor *actor)
{
    const char *role = words_name(&role_words, (int)actor->role);
    if (actor->user.v)
        mirror_value_print(out, "%s D%" PRIu64, role, actor->user.v);
    else
        mirror_value_print(out, "%s", role);
}

static void add_fact(struct mirror_batch *batch, const struct record *record, uint32_t i)
{
    const struct fact *fact = &record->fact[i];
    const struct schema *schema = fact_schema(fact->kind);
    struct buffer *out = &batch->values;
    add_row(batch, MIRROR_FACT, 0, 8)->idx = i;
    mirror_value_print(out, "%" PRIu64, record->seq);
    mirror_value_print(out, "%" PRIu32, i);
    mirror_value_print(out, "%s", schema->name);
    mirror_value_print(out, "%" PRId64, record->now_ms);
    add_claimed(out, schema, fact_body(fact));
    mirror_value_print(out, "%" PRIu64, record->client);
    add_actor(out, &record->actor);
    buffer_add(out, "\1", 1);
    wire_json_fact(out, fact, false);
    buffer_add(out, "", 1);
}

/* One row for each thing the fact says about a person; the subject is the fact's first id. */
static void add_personal(struct mirror_batch *batch, const struct record *record, uint32_t i)
{
    const struct fact *fact = &record->fact[i];
    const struct schema *schema = fact_schema(fact->kind);
    struct buffer *out = &batch->values;
    for (uint32_t f = 0; f < schema->count; f++) {
        const struct schema_field *field = &schema->field[f];
        if (!field->personal || field_text(field, fact_body(fact))->n == 0)
            continue;
        uint64_t subject = field_number(schema->field, fact_body(fact));
        add_row(batch, MIRROR_PERSONAL, subject, 6)->idx = i;
        mirror_value_print(out, "%c", schema->field->letter);
        mirror_value_print(out, "%" PRIu64, subject);
        mirror_value_print(out, "%" PRIu64, record->seq);
        mirror_value_print(out, "%" PRIu32, i);
        mirror_value_print(out, "%s", field->name);
        mirror_value_text(out, field_text(field, fact_body(fact))->p,
                          field_text(field, fact_body(fact))->n);
    }
}

static void add_person_gone(struct mirror_batch *batch, char letter, uint64_t id)
{
    add_row(batch, MIRROR_PERSON_GONE, id, 2);
    mirror_value_print(&batch->values, "%c", letter);
    mirror_value_print(&batch->values, "%" PRIu64, id);
}

static void add_forgotten(struct mirror_batch *batch, const struct incident_forgotten *f)
{
    add_person_gone(batch, LETTER_incident, f->incident.v);
    for (uint32_t i = 0; i < f->call.n; i++)
        add_person_gone(batch, LETTER_call, f->call.v[i]);
}

void mirror_batch_facts(struct mirror_batch *batch, const struct record *record)
{
    for (uint32_t i = 0; i < record->fact_count; i++) {
        add_fact(batch, record, i);
        add_personal(batch, record, i);
        if (record->fact[i].kind == FACT_INCIDENT_FORGOTTEN)
            add_forgotten(batch, &record->fact[i].incident_forgotten);
    }
    batch->full = batch->full || batch->values.full;
}

/* --- statements --- */

const char *mirror_statement_name(enum mirror_statement statement)
{
    switch (statement) {
    case MIRROR_FACT:
        return "fact";
    case MIRROR_PERSONAL:
        return "personal";
    case MIRROR_CONDITION_GONE:
        return "condition_gone";
    case MIRROR_PERSON_GONE:
        return "person_gone";
    default:
        return object_schema((enum object_kind)statement)->name;
    }
}

void mirror_statement_sql(struct buffer *out, enum mirror_statement statement)
{
    switch (statement) {
    case MIRROR_FACT:
        buffer_add_text(out, "insert into fact (seq, idx, kind, at_ms, claimed_ms, client, actor,"
                             " body) values ($1, $2, $3::text, $4, $5, $6, $7,"
                             " $8::jsonb -> $3::text) on conflict (seq, idx) do nothing");
        break;
    case MIRROR_PERSONAL:
        buffer_add_text(out, "insert into personal (kind, id, seq, idx, field, value) values"
                             " ($1, $2, $3, $4, $5, $6) on conflict (seq, idx, field) do nothing");
        break;
    case MIRROR_CONDITION_GONE:
        buffer_add_text(out, "delete from condition where id = $1");
        break;
    case MIRROR_PERSON_GONE:
        buffer_add_text(out, "delete from personal where kind = $1 and id = $2");
        break;
    default:
        mirror_row_upsert_sql(out, (enum object_kind)statement);
    }
}

void mirror_row_json(const struct mirror_batch *batch, const struct mirror_row *row,
                     struct buffer *out)
{
    const char *value[MIRROR_VALUES_MAX];
    if (row->statement == MIRROR_PERSONAL) {
        buffer_add_text(out, "[]");
        return;
    }
    mirror_values_at(batch->values.bytes + row->at, row->count, value);
    for (int i = 0; i < row->count; i++) {
        buffer_add_text(out, i ? "," : "[");
        if (value[i])
            wire_json_text(out, (struct text){value[i], (uint32_t)strlen(value[i])});
        else
            buffer_add_text(out, "null");
    }
    buffer_add_text(out, "]");
}
