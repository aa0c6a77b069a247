#include "dispatch/wire/wire_json.h"

#include <stdio.h>

#include "dispatch/wire/wire_map.h"

static void write_char(struct buffer *out, unsigned char c)
{
    char escape[8];
    switch (c) {
    case '"':
        buffer_add_text(out, "\\\"");
        break;
    case '\\':
        buffer_add_text(out, "\\\\");
        break;
    case '\n':
        buffer_add_text(out, "\\n");
        break;
    default:
        if (c < 0x20 || c == 0x7f) {
            (void)snprintf(escape, sizeof(escape), "\\u%04x", c);
            buffer_add_text(out, escape);
        } else {
            buffer_add(out, &c, 1);
        }
    }
}

void wire_json_text(struct buffer *out, struct text text)
{
    buffer_add(out, "\"", 1);
    for (uint32_t i = 0; i < text.n; i++)
        write_char(out, (unsigned char)text.p[i]);
    buffer_add(out, "\"", 1);
}

static void write_u32s(struct buffer *out, const struct u32s *list)
{
    for (uint32_t i = 0; i < list->n; i++)
        buffer_print(out, "%s%lu", i ? "," : "", (unsigned long)list->v[i]);
}

static void write_u64s(struct buffer *out, const struct u64s *list)
{
    for (uint32_t i = 0; i < list->n; i++)
        buffer_print(out, "%s%llu", i ? "," : "", (unsigned long long)list->v[i]);
}

static void write_text(struct buffer *out, struct text text, bool redact)
{
    wire_json_text(out, redact && text.n > 0 ? TEXT("[redacted]") : text);
}

static void write_value(struct buffer *out, const struct schema_field *field, const void *body,
                        bool personal)
{
    const void *at = (const char *)body + field->offset;
    uint64_t value = field_number(field, body);
    switch (field->type) {
    case FIELD_BOOL:
        buffer_add_text(out, value ? "true" : "false");
        break;
    case FIELD_I32:
    case FIELD_MS:
        buffer_print(out, "%lld", (long long)value);
        break;
    case FIELD_U32:
    case FIELD_U64:
    case FIELD_ID:
        buffer_print(out, "%llu", (unsigned long long)value);
        break;
    case FIELD_ENUM:
        buffer_print(out, "\"%s\"", words_name(field->words, (int)value));
        break;
    case FIELD_TEXT:
        write_text(out, *field_text(field, body), field->personal && !personal);
        break;
    case FIELD_U32S:
    case FIELD_U64S:
        buffer_add(out, "[", 1);
        if (field->type == FIELD_U32S)
            write_u32s(out, at);
        else
            write_u64s(out, at);
        buffer_add(out, "]", 1);
        break;
    }
}

/* "a": 1, "b": 2 without the braces. */
static void write_fields(struct buffer *out, const struct schema *schema, const void *body,
                         bool personal)
{
    for (uint32_t i = 0; i < schema->count; i++) {
        buffer_print(out, "%s\"%s\":", i ? "," : "", schema->field[i].name);
        write_value(out, &schema->field[i], body, personal);
    }
}

void wire_json_body(struct buffer *out, const struct schema *schema, const void *body,
                    bool personal)
{
    buffer_print(out, "{\"%s\":{", schema->name);
    write_fields(out, schema, body, personal);
    buffer_add_text(out, "}}");
}

void wire_json_fact(struct buffer *out, const struct fact *fact, bool personal)
{
    wire_json_body(out, fact_schema(fact->kind), fact_body(fact), personal);
}

void wire_json_object(struct buffer *out, struct wire_object object, bool personal)
{
    wire_json_body(out, object_schema(object.kind), object.body, personal);
}

void wire_json_record(struct buffer *out, const struct record *record, bool personal)
{
    buffer_add(out, "{", 1);
    write_fields(out, &wire_record_schema, record, personal);
    buffer_add_text(out, ",\"fact\":[");
    for (uint32_t i = 0; i < record->fact_count; i++) {
        if (i > 0)
            buffer_add(out, ",", 1);
        wire_json_fact(out, &record->fact[i], personal);
    }
    buffer_add_text(out, "]}");
}
