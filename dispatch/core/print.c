#include "dispatch/core/print.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct line {
    char *out;
    size_t size, n;
    bool full;
};

__attribute__((format(printf, 2, 3))) static void put(struct line *line, const char *format, ...)
{
    va_list args;
    if (line->full)
        return;
    va_start(args, format);
    int n = vsnprintf(line->out + line->n, line->size - line->n, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= line->size - line->n) {
        line->full = true;
        line->out[line->n] = 0;
        return;
    }
    line->n += (size_t)n;
}

static size_t finish(struct line *line)
{
    const char mark[] = "…";
    if (line->full && line->size > sizeof(mark)) {
        size_t at = line->n < line->size - sizeof(mark) ? line->n : line->size - sizeof(mark);
        while (at > 0 && ((unsigned char)line->out[at] & 0xc0) == 0x80)
            at--; /* never half a character */
        memcpy(line->out + at, mark, sizeof(mark));
        line->n = at + sizeof(mark) - 1;
    }
    return line->n;
}

static bool is_plain(const struct text *text)
{
    for (uint32_t i = 0; i < text->n; i++) {
        unsigned char c = (unsigned char)text->p[i];
        if (c <= ' ' || c == '"' || c == '\\' || c == '=' || c == 0x7f)
            return false;
    }
    return true;
}

static void put_text(struct line *line, const struct text *text)
{
    if (is_plain(text)) {
        put(line, "%.*s", (int)text->n, text->p);
        return;
    }
    put(line, "\"");
    for (uint32_t i = 0; i < text->n; i++) {
        char c = text->p[i];
        if (c == '"' || c == '\\')
            put(line, "\\%c", c);
        else if (c == '\n')
            put(line, "\\n");
        else if ((unsigned char)c < ' ' || c == 0x7f)
            put(line, "\\x%02x", (unsigned)c);
        else
            put(line, "%c", c);
    }
    put(line, "\"");
}

/* Days since 1970 to year, month, day (proleptic Gregorian; the year begins in March). */
static void put_iso(struct line *line, int64_t ms)
{
    int64_t day = ms / 86400000, rest = ms % 86400000;
    if (rest < 0) {
        rest += 86400000;
        day--;
    }
    int64_t z = day + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t of_era = z - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t m = (5 * of_year + 2) / 153;
    int64_t month = m < 10 ? m + 3 : m - 9;
    put(line, "%04" PRId64 "-%02" PRId64 "-%02" PRId64 "T%02d:%02d:%02d.%03dZ",
        year + era * 400 + (month <= 2), month, of_year - (153 * m + 2) / 5 + 1,
        (int)(rest / 3600000), (int)(rest / 60000 % 60), (int)(rest / 1000 % 60),
        (int)(rest % 1000));
}

static void put_time(struct line *line, int64_t ms, int64_t zero_ms)
{
    if (zero_ms == 0) {
        put_iso(line, ms);
        return;
    }
    int64_t since = ms - zero_ms;
    if (since < 0) {
        put(line, "-");
        since = -since;
    }
    if (since >= 3600000)
        put(line, "%" PRId64 ":", since / 3600000);
    put(line, "%02d:%02d.%03d", (int)(since / 60000 % 60), (int)(since / 1000 % 60),
        (int)(since % 1000));
}

size_t time_print(char *out, size_t size, int64_t ms, int64_t zero_ms)
{
    struct line line = {out, size, 0, false};
    put_time(&line, ms, zero_ms);
    return finish(&line);
}

static void put_degrees(struct line *line, int32_t e7)
{
    int64_t v = e7;
    put(line, "%s%" PRId64 ".%07" PRId64, v < 0 ? "-" : "", (v < 0 ? -v : v) / 10000000,
        (v < 0 ? -v : v) % 10000000);
}

static void put_list(struct line *line, const struct schema_field *field, const void *body)
{
    const void *list = field_text(field, body);
    const struct u64s *wide = list;
    const struct u32s *narrow = list;
    put(line, " %s=", field->name);
    for (uint32_t i = 0; i < narrow->n; i++) {
        put(line, i ? "," : "");
        if (field->words)
            put(line, "%s", words_name(field->words, (int)narrow->v[i]));
        else if (field->letter && wide->v[i] == 0)
            put(line, "-");
        else if (field->letter)
            put(line, "%c%" PRIu64, field->letter, wide->v[i]);
        else
            put(line, "%" PRIu64, field->type == FIELD_U64S ? wide->v[i] : narrow->v[i]);
    }
}

static bool is_coordinate(const struct schema_field *field, const char *name)
{
    return field && strcmp(field->name, name) == 0;
}

static void put_number(struct line *line, const struct schema_field *field, const void *body,
                       struct print_how how)
{
    uint64_t value = field_number(field, body);
    switch (field->type) {
    case FIELD_BOOL:
        put(line, " %s", field->name);
        break;
    case FIELD_I32:
        put(line, " %s=%" PRId64, field->name, (int64_t)value);
        break;
    case FIELD_MS:
        put(line, " %s=", field->name);
        put_time(line, (int64_t)value, how.zero_ms);
        break;
    case FIELD_ENUM:
        put(line, " %s=%s", field->name, words_name(field->words, (int)value));
        break;
    default:
        put(line, " %s=%" PRIu64, field->name, value);
        break;
    }
}

/* Whether the id's field is named after its kind: then the letter says all. */
static bool is_own_name(const struct schema_field *field)
{
#define OWN_NAME(kind, l)                                                                          \
    if (field->letter == (l))                                                                      \
        return strcmp(field->name, #kind) == 0;
    ID_KINDS(OWN_NAME)
#undef OWN_NAME
    return false;
}

static void put_field(struct line *line, const struct schema_field *field, const void *body,
                      struct print_how how)
{
    const struct text *text = field_text(field, body);
    if (field->type == FIELD_TEXT) {
        if (text->n == 0)
            return;
        put(line, " %s=", field->name);
        if (field->personal && !how.personal)
            put(line, "[redacted]");
        else
            put_text(line, text);
    } else if (field->type == FIELD_U32S || field->type == FIELD_U64S) {
        if (text->n)
            put_list(line, field, body);
    } else if (field_number(field, body) == 0) {
        return;
    } else if (field->type == FIELD_ID) {
        put(line, is_own_name(field) ? " " : " %s=", field->name);
        put(line, "%c%" PRIu64, field->letter, field_number(field, body));
    } else {
        put_number(line, field, body, how);
    }
}

static void put_body(struct line *line, const struct schema *schema, const void *body,
                     struct print_how how)
{
    bool has_place = false;
    put(line, "%s", schema->name);
    for (uint32_t i = 0; i < schema->count; i++) {
        const struct schema_field *field = &schema->field[i];
        if (strcmp(field->name, "has_place") == 0) {
            has_place = field_number(field, body) != 0;
            continue;
        }
        if (is_coordinate(field, "lat_e7") && i + 1 < schema->count) {
            const struct schema_field *lon = &schema->field[++i];
            if (field_number(field, body) == 0 && field_number(lon, body) == 0 && !has_place)
                continue;
            put(line, " at=");
            put_degrees(line, (int32_t)field_number(field, body));
            put(line, ",");
            put_degrees(line, (int32_t)field_number(lon, body));
            continue;
        }
        put_field(line, field, body, how);
    }
}

size_t body_print(char *out, size_t size, const struct schema *schema, const void *body,
                  struct print_how how)
{
    struct line line = {out, size, 0, false};
    put_body(&line, schema, body, how);
    return finish(&line);
}

size_t fact_print(char *out, size_t size, const struct fact *fact, struct print_how how)
{
    return body_print(out, size, fact_schema(fact->kind), fact_body(fact), how);
}

size_t command_print(char *out, size_t size, const struct command *command, struct print_how how)
{
    return body_print(out, size, command_schema(command->kind), command_body(command), how);
}
