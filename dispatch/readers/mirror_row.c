#include "dispatch/readers/mirror_row.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "dispatch/must.h"

/* What the core keeps for itself, or what stands in the facts only; a final _ means all such. */
static const char *const inner_fields[] = {
    "alerted",  "changed_seq", "waiting_ms",    "datum", "given_",
    "question", "answer",      "weights_epoch", "slot_", "row_",
    "taken_ms", "left_out",
    "advised_", "share_", "unplaced_", "move_",
};

static bool is_mirrored(const struct schema_field *field)
{
    for (size_t i = 0; i < sizeof(inner_fields) / sizeof(*inner_fields); i++) {
        size_t n = strlen(inner_fields[i]);
        bool all = inner_fields[i][n - 1] == '_';
        if (strncmp(field->name, inner_fields[i], n) == 0 && (all || !field->name[n]))
            return false;
    }
    return !field->personal;
}

bool mirror_has_table(enum object_kind kind)
{
    return kind != OBJECT_NONE && kind != OBJECT_CLIENT && kind != OBJECT_HEAD &&
           kind != OBJECT_SURGE && kind != OBJECT_LEARNED;
}

static void add_column(struct buffer *out, const struct schema *schema, uint32_t i)
{
    const struct schema_field *field = &schema->field[i];
    size_t n = strlen(field->name);
    if (i == 0)
        buffer_add_text(out, "id");
    else if (field->type == FIELD_MS && n > 3)
        buffer_print(out, "%.*s_at", (int)(n - 3), field->name);
    else
        buffer_print(out, "\"%s\"", field->name);
}

/* Times travel as ms and become instants here, exactly. */
static void add_parameter(struct buffer *out, const struct schema_field *field, int number)
{
    if (field->type == FIELD_MS)
        buffer_print(out, "timestamptz 'epoch' + $%d::float8 * interval '1 millisecond'", number);
    else
        buffer_print(out, "$%d", number);
}

/* The columns one after another, each as `each_cb` writes it, with `between` in between. */
static void each_column(struct buffer *out, const struct schema *schema, const char *between,
                        void (*each_cb)(struct buffer *out, const struct schema *schema, uint32_t i,
                                        int number))
{
    int number = 0;
    for (uint32_t i = 0; i < schema->count; i++) {
        if (!is_mirrored(&schema->field[i]))
            continue;
        if (number++ > 0)
            buffer_add_text(out, between);
        each_cb(out, schema, i, number);
    }
}

static void name(struct buffer *out, const struct schema *schema, uint32_t i, int number)
{
    (void)number;
    add_column(out, schema, i);
}

static void parameter(struct buffer *out, const struct schema *schema, uint32_t i, int number)
{
    add_parameter(out, &schema->field[i], number);
}

static void excluded(struct buffer *out, const struct schema *schema, uint32_t i, int number)
{
    name(out, schema, i, number);
    buffer_add_text(out, " = excluded.");
    name(out, schema, i, number);
}

static void differs(struct buffer *out, const struct schema *schema, uint32_t i, int number)
{
    buffer_add_text(out, "case when ");
    name(out, schema, i, number);
    buffer_add_text(out, " is distinct from ");
    parameter(out, schema, i, number);
    buffer_print(out, " then '%s' end", schema->field[i].name);
}

void mirror_row_upsert_sql(struct buffer *out, enum object_kind kind)
{
    const struct schema *schema = object_schema(kind);
    buffer_print(out, "insert into \"%s\" (", schema->name);
    each_column(out, schema, ", ", name);
    buffer_add_text(out, ") values (");
    each_column(out, schema, ", ", parameter);
    buffer_add_text(out, ") on conflict (id) do update set ");
    each_column(out, schema, ", ", excluded);
}

void mirror_row_differs_sql(struct buffer *out, enum object_kind kind)
{
    const struct schema *schema = object_schema(kind);
    buffer_add_text(out, "select concat_ws(',', ");
    each_column(out, schema, ", ", differs);
    buffer_print(out, ") from \"%s\" where id = $1", schema->name);
}

/* --- values --- */

void mirror_value_null(struct buffer *out)
{
    buffer_add(out, "", 1);
}

void mirror_value_text(struct buffer *out, const char *text, size_t n)
{
    buffer_add(out, "\1", 1);
    if (n)
        buffer_add(out, text, n);
    buffer_add(out, "", 1);
}

void mirror_value_print(struct buffer *out, const char *format, ...)
{
    char text[128];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    must(n >= 0 && n < (int)sizeof(text));
    mirror_value_text(out, text, (size_t)n);
}

static void add_list(struct buffer *out, const struct schema_field *field, const void *body)
{
    const void *at = (const char *)body + field->offset;
    const struct u32s *narrow = at;
    const struct u64s *wide = at;
    uint32_t n = field->type == FIELD_U32S ? narrow->n : wide->n;
    buffer_add(out, "\1{", 2);
    for (uint32_t i = 0; i < n; i++)
        buffer_print(out, "%s%" PRIu64, i ? "," : "",
                     field->type == FIELD_U32S ? narrow->v[i] : wide->v[i]);
    buffer_add(out, "}", 2);
}

static bool is_grade(const struct schema_field *field)
{
    size_t n = strlen(field->name);
    return n >= 5 && strcmp(field->name + n - 5, "grade") == 0;
}

static void add_value(struct buffer *out, const struct schema_field *field, const void *body)
{
    if (field->type == FIELD_TEXT) {
        const struct text *text = field_text(field, body);
        mirror_value_text(out, text->p, text->n);
        return;
    }
    if (field->type == FIELD_U32S || field->type == FIELD_U64S) {
        add_list(out, field, body);
        return;
    }
    uint64_t number = field_number(field, body);
    bool none = field->type == FIELD_ID || field->type == FIELD_MS || is_grade(field);
    if (number == 0 && none)
        mirror_value_null(out);
    else if (field->type == FIELD_ENUM)
        mirror_value_print(out, "%s", words_name(field->words, (int)number));
    else if (field->type == FIELD_BOOL)
        mirror_value_print(out, "%c", number ? 't' : 'f');
    else
        mirror_value_print(out, "%" PRId64, (int64_t)number);
}

int mirror_row_values(struct buffer *out, enum object_kind kind, const void *object)
{
    const struct schema *schema = object_schema(kind);
    int count = 0;
    for (uint32_t i = 0; i < schema->count; i++) {
        if (!is_mirrored(&schema->field[i]))
            continue;
        add_value(out, &schema->field[i], object);
        count++;
    }
    must(count <= MIRROR_VALUES_MAX);
    return count;
}

const unsigned char *mirror_values_at(const unsigned char *bytes, int count, const char **value)
{
    for (int i = 0; i < count; i++) {
        value[i] = *bytes ? (const char *)bytes + 1 : NULL;
        bytes += *bytes ? 1 + strlen((const char *)bytes + 1) + 1 : 1;
    }
    return bytes;
}
