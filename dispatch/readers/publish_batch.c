#include "dispatch/readers/publish_batch.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "dispatch/must.h"
#include "dispatch/wire/wire_json.h"

enum { BYTES_MAX = 64 * 1024 * 1024 }; /* of one batch; a record is at most 256 KiB */

void publish_batch_init(struct publish_batch *batch)
{
    memset(batch, 0, sizeof(*batch));
    buffer_init(&batch->bytes, BYTES_MAX);
}

void publish_batch_close(struct publish_batch *batch)
{
    free(batch->arg);
    buffer_close(&batch->bytes);
}

void publish_batch_clear(struct publish_batch *batch, uint64_t after_seq)
{
    batch->after_seq = batch->upto_seq = after_seq;
    batch->count = 0;
    batch->full = false;
    buffer_clear(&batch->bytes);
}

/* What was added to the bytes since `at` is the next argument. */
static void end_arg(struct publish_batch *batch, size_t at)
{
    if (batch->count == batch->room) {
        size_t room = batch->room ? batch->room * 2 : 4096;
        struct publish_arg *arg = realloc(batch->arg, room * sizeof(*arg));
        if (!arg) {
            batch->full = true;
            return;
        }
        batch->arg = arg;
        batch->room = room;
    }
    batch->full = batch->full || batch->bytes.full;
    batch->arg[batch->count++] = (struct publish_arg){at, batch->bytes.n - at};
}

void publish_add(struct publish_batch *batch, const void *bytes, size_t n)
{
    size_t at = batch->bytes.n;
    if (n)
        buffer_add(&batch->bytes, bytes, n);
    end_arg(batch, at);
}

void publish_print(struct publish_batch *batch, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    must(n >= 0 && n < (int)sizeof(text));
    publish_add(batch, text, (size_t)n);
}

/* --- records --- */

static void add_to_stream(struct publish_batch *batch, const char *key, const struct record *record,
                          int32_t stream_max)
{
    publish_print(batch, "7");
    publish_print(batch, "XADD");
    publish_print(batch, "%s", key);
    publish_print(batch, "MAXLEN");
    publish_print(batch, "%" PRId32, stream_max);
    publish_print(batch, "%" PRIu64 "-0", record->seq);
    publish_print(batch, "record");
    size_t at = batch->bytes.n;
    wire_json_record(&batch->bytes, record, false);
    end_arg(batch, at);
}

static bool is_of_alert(enum fact_kind kind)
{
    return (kind >= FACT_ALERT_RAISED && kind <= FACT_ALERT_ARCHIVED) || kind == FACT_ALERT_TAKEN ||
           kind == FACT_ALERT_UPDATED || kind == FACT_ALERT_JUDGED;
}

static bool has_alert(const struct record *record)
{
    for (uint32_t i = 0; i < record->fact_count; i++)
        if (is_of_alert(record->fact[i].kind))
            return true;
    return false;
}

void publish_record(struct publish_batch *batch, const char *keys, const struct record *record,
                    int32_t stream_max)
{
    char key[PUBLISH_KEYS_MAX + 8];
    snprintf(key, sizeof(key), "%sfacts", keys);
    add_to_stream(batch, key, record, stream_max);
    if (!has_alert(record))
        return;
    snprintf(key, sizeof(key), "%salerts", keys);
    add_to_stream(batch, key, record, stream_max);
    publish_print(batch, "3");
    publish_print(batch, "PUBLISH");
    publish_print(batch, "%s", key);
    size_t at = batch->bytes.n;
    wire_json_record(&batch->bytes, record, false);
    end_arg(batch, at);
}

/* --- objects --- */

static void add_list(struct buffer *out, const struct schema_field *field, const void *body)
{
    const void *at = (const char *)body + field->offset;
    const struct u32s *narrow = at;
    const struct u64s *wide = at;
    uint32_t n = field->type == FIELD_U32S ? narrow->n : wide->n;
    for (uint32_t i = 0; i < n; i++)
        buffer_print(out, "%s%" PRIu64, i ? "," : "",
                     field->type == FIELD_U32S ? narrow->v[i] : wide->v[i]);
}

void publish_field(struct buffer *out, const struct schema_field *field, const void *body)
{
    if (field->type == FIELD_TEXT) {
        const struct text *text = field_text(field, body);
        if (text->n)
            buffer_add(out, text->p, text->n);
    } else if (field->type == FIELD_U32S || field->type == FIELD_U64S) {
        add_list(out, field, body);
    } else if (field->type == FIELD_ENUM) {
        buffer_add_text(out, words_name(field->words, (int)field_number(field, body)));
    } else {
        buffer_print(out, "%" PRId64, (int64_t)field_number(field, body));
    }
}

static void add_hash(struct publish_batch *batch, const char *keys, enum object_kind kind,
                     const void *object)
{
    const struct schema *schema = object_schema(kind);
    uint32_t fields = 0;
    for (uint32_t i = 0; i < schema->count; i++)
        fields += !schema->field[i].personal;
    publish_print(batch, "%" PRIu32, 2 + 2 * fields);
    publish_print(batch, "HSET");
    publish_print(batch, "%s%s:%" PRIu64, keys, schema->name, field_number(schema->field, object));
    for (uint32_t i = 0; i < schema->count; i++) {
        if (schema->field[i].personal)
            continue;
        publish_print(batch, "%s", schema->field[i].name);
        size_t at = batch->bytes.n;
        publish_field(&batch->bytes, &schema->field[i], object);
        end_arg(batch, at);
    }
}

uint64_t publish_queue_score(const struct incident *incident)
{
    return incident->grade * UINT64_C(10000000000000) + (uint64_t)incident->opened_ms;
}

/* The list first, the hash second, so that no hash is ever without its entry in the list. */
static void add_unit(struct publish_batch *batch, const char *keys, const struct unit *unit)
{
    publish_print(batch, "3");
    publish_print(batch, "SADD");
    publish_print(batch, "%sunits", keys);
    publish_print(batch, "%" PRIu64, unit->unit.v);
    add_hash(batch, keys, OBJECT_UNIT, unit);
}

static void add_incident(struct publish_batch *batch, const char *keys,
                         const struct incident *incident)
{
    if (incident->state == INCIDENT_OPEN) {
        publish_print(batch, "4");
        publish_print(batch, "ZADD");
        publish_print(batch, "%squeue", keys);
        publish_print(batch, "%" PRIu64, publish_queue_score(incident));
        publish_print(batch, "%" PRIu64, incident->incident.v);
        add_hash(batch, keys, OBJECT_INCIDENT, incident);
        return;
    }
    publish_print(batch, "2");
    publish_print(batch, "UNLINK");
    publish_print(batch, "%sincident:%" PRIu64, keys, incident->incident.v);
    publish_print(batch, "3");
    publish_print(batch, "ZREM");
    publish_print(batch, "%squeue", keys);
    publish_print(batch, "%" PRIu64, incident->incident.v);
}

void publish_object(struct publish_batch *batch, const char *keys, enum object_kind kind,
                    const void *object)
{
    if (kind == OBJECT_UNIT)
        add_unit(batch, keys, object);
    else if (kind == OBJECT_INCIDENT)
        add_incident(batch, keys, object);
}
