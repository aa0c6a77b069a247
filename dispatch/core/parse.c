/* The parser of print.h's grammar. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/core/print.h"

enum { E7_MAX = 1800000000 }; /* of a coordinate: 180 degrees */

struct parse {
    const char *p, *end;
    int64_t zero_ms;
    char *store;
    size_t store_size, store_n;
    char *why;
    size_t why_size;
};

/* A token, unquoted: `key` empty when there was no "=". */
struct token {
    struct text key, value;
};

__attribute__((format(printf, 2, 3))) static int fail(struct parse *parse, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(parse->why, parse->why_size, format, args);
    va_end(args);
    return -1;
}

/* Aligned to 8, wherever the store begins. */
static void *keep(struct parse *parse, size_t bytes)
{
    size_t at = parse->store_n + (size_t)(-(uintptr_t)(parse->store + parse->store_n) & 7);
    if (at + bytes > parse->store_size)
        return NULL;
    parse->store_n = at + bytes;
    return parse->store + at;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int unescape(struct parse *parse, char *c)
{
    *c = *parse->p++;
    if (*c != '\\')
        return 0;
    if (parse->p == parse->end)
        return fail(parse, "a quoted text ends in \\");
    *c = *parse->p++;
    if (*c == 'n') {
        *c = '\n';
    } else if (*c == 'x') {
        if (parse->end - parse->p < 2 || hex_digit(parse->p[0]) < 0 || hex_digit(parse->p[1]) < 0)
            return fail(parse, "\\x needs two hexadecimal digits");
        *c = (char)(hex_digit(parse->p[0]) * 16 + hex_digit(parse->p[1]));
        parse->p += 2;
    }
    return 0;
}

static int quoted(struct parse *parse, struct text *value)
{
    char *out = keep(parse, (size_t)(parse->end - parse->p));
    if (!out)
        return fail(parse, "the line is too long");
    value->p = out;
    parse->p++;
    while (parse->p < parse->end && *parse->p != '"')
        if (unescape(parse, out++) < 0)
            return -1;
    if (parse->p == parse->end)
        return fail(parse, "a quoted text has no end");
    parse->p++;
    value->n = (uint32_t)(out - value->p);
    return 0;
}

static struct text bare(struct parse *parse, bool stop_at_equals)
{
    struct text text = {parse->p, 0};
    while (parse->p < parse->end && *parse->p != ' ' && !(stop_at_equals && *parse->p == '='))
        parse->p++;
    text.n = (uint32_t)(parse->p - text.p);
    return text;
}

/* 1 with a token, 0 at the end of the line, -1. */
static int next_token(struct parse *parse, struct token *token)
{
    while (parse->p < parse->end && (*parse->p == ' ' || *parse->p == '\t'))
        parse->p++;
    if (parse->p == parse->end)
        return 0;
    *token = (struct token){.value = bare(parse, true)};
    if (parse->p == parse->end || *parse->p != '=')
        return 1;
    token->key = token->value;
    parse->p++;
    token->value = (struct text){parse->p, 0};
    if (parse->p < parse->end && *parse->p == '"')
        return quoted(parse, &token->value) < 0 ? -1 : 1;
    token->value = bare(parse, false);
    return 1;
}

static int number(struct text text, int64_t low, uint64_t high, uint64_t *value)
{
    char digits[24];
    char *end = NULL;
    if (text.n == 0 || text.n >= sizeof(digits) || text.p[0] == '+')
        return -1;
    memcpy(digits, text.p, text.n);
    digits[text.n] = 0;
    if (digits[0] == '-') {
        long long v = strtoll(digits, &end, 10);
        *value = (uint64_t)v;
        return *end || v < low ? -1 : 0;
    }
    *value = strtoull(digits, &end, 10);
    return *end || digits[0] < '0' || digits[0] > '9' || *value > high ? -1 : 0;
}

/* "38.4872" to 384872000; digits beyond the seventh are cut. */
static int degrees(struct text text, int32_t *e7)
{
    int64_t value = 0;
    int decimals = -1;
    uint32_t i = text.n && text.p[0] == '-';
    if (i == text.n)
        return -1;
    for (; i < text.n; i++) {
        if (text.p[i] == '.' && decimals < 0) {
            decimals = 0;
        } else if (text.p[i] >= '0' && text.p[i] <= '9') {
            if (decimals < 7 && value < 10000000000)
                value = value * 10 + (text.p[i] - '0');
            if (decimals >= 0 && decimals < 7)
                decimals++;
        } else {
            return -1;
        }
    }
    for (int d = decimals < 0 ? 0 : decimals; d < 7; d++)
        value *= 10;
    if (value > E7_MAX)
        return -1;
    *e7 = (int32_t)(text.p[0] == '-' ? -value : value);
    return 0;
}

static int parse_at(struct parse *parse, const struct schema *schema, void *body, struct text value)
{
    const struct schema_field *lat = schema_find(schema, "lat_e7", 6);
    const struct schema_field *lon = schema_find(schema, "lon_e7", 6);
    const struct schema_field *has = schema_find(schema, "has_place", 9);
    const char *comma = memchr(value.p, ',', value.n);
    int32_t lat_e7, lon_e7;
    if (!lat || !lon || !comma)
        return fail(parse, "at= needs lat,lon in degrees");
    struct text first = {value.p, (uint32_t)(comma - value.p)};
    struct text second = {comma + 1, value.n - first.n - 1};
    if (degrees(first, &lat_e7) < 0 || degrees(second, &lon_e7) < 0)
        return fail(parse, "at=%.*s is not lat,lon in degrees", (int)value.n, value.p);
    field_set_number(lat, body, (uint64_t)(int64_t)lat_e7);
    field_set_number(lon, body, (uint64_t)(int64_t)lon_e7);
    if (has)
        field_set_number(has, body, 1);
    return 0;
}

/* "[h:]mm:ss[.mmm]" since zero_ms, or a plain count of ms since 1970. */
static int time_value(struct parse *parse, struct text value, int64_t *ms)
{
    char digits[32];
    int a = 0, b = 0, c = 0, milli = 0, used = 0;
    uint64_t plain;
    if (number(value, 0, INT64_MAX, &plain) == 0) {
        *ms = (int64_t)plain;
        return 0;
    }
    if (value.n >= sizeof(digits))
        return -1;
    memcpy(digits, value.p, value.n);
    digits[value.n] = 0;
    bool before = digits[0] == '-';
    const char *p = digits + before;
    if (sscanf(p, "%4d:%2d:%2d%n", &a, &b, &c, &used) != 3) {
        a = 0;
        if (sscanf(p, "%4d:%2d%n", &b, &c, &used) != 2)
            return -1;
    }
    p += used;
    if (*p == '.' && (sscanf(p, ".%3d%n", &milli, &used) != 1 || used != 4 || p[used]))
        return -1;
    if (*p && *p != '.')
        return -1;
    int64_t since = ((int64_t)a * 3600 + b * 60 + c) * 1000 + milli;
    *ms = parse->zero_ms + (before ? -since : since);
    return 0;
}

static int list_item(const struct schema_field *field, struct text one, uint64_t *item)
{
    int word = field->words ? words_find(field->words, one.p, one.n) : -1;
    if (field->words) {
        *item = (uint64_t)word;
        return word < 0 ? -1 : 0;
    }
    if (field->letter && one.n == 1 && one.p[0] == '-') {
        *item = 0;
        return 0;
    }
    if (field->letter && one.n && one.p[0] == field->letter)
        one = (struct text){one.p + 1, one.n - 1};
    return number(one, 0, field->type == FIELD_U32S ? UINT32_MAX : ID_MAX, item);
}

static int parse_list(struct parse *parse, const struct schema_field *field, void *body,
                      struct text value)
{
    uint32_t count = value.n ? 1 : 0;
    for (uint32_t i = 0; i < value.n; i++)
        count += value.p[i] == ',';
    size_t width = field->type == FIELD_U64S ? sizeof(uint64_t) : sizeof(uint32_t);
    void *list = keep(parse, count * width);
    if (!list)
        return fail(parse, "the line is too long");
    const char *p = value.p;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t item;
        const char *comma = memchr(p, ',', (size_t)(value.p + value.n - p));
        struct text one = {p, (uint32_t)((comma ? comma : value.p + value.n) - p)};
        if (list_item(field, one, &item) < 0)
            return fail(parse, "%s=%.*s is not a list of %s", field->name, (int)value.n, value.p,
                        field->words    ? field->words->name
                        : field->letter ? "ids"
                                        : "numbers");
        if (width == 4)
            ((uint32_t *)list)[i] = (uint32_t)item;
        else
            ((uint64_t *)list)[i] = item;
        p = comma ? comma + 1 : p;
    }
    struct u64s *to = (struct u64s *)(void *)((char *)body + field->offset);
    to->v = list;
    to->n = count;
    return 0;
}

static int parse_text(struct parse *parse, const struct schema_field *field, void *body,
                      struct text value)
{
    char *kept = keep(parse, value.n);
    if (!kept)
        return fail(parse, "the line is too long");
    copy_list(kept, value.p, value.n);
    *(struct text *)(void *)((char *)body + field->offset) = (struct text){kept, value.n};
    return 0;
}

static int parse_id(struct parse *parse, const struct schema_field *field, void *body,
                    struct text value)
{
    uint64_t id;
    struct text digits = value;
    if (digits.n && digits.p[0] == field->letter)
        digits = (struct text){value.p + 1, value.n - 1};
    if (number(digits, 0, ID_MAX - 1, &id) < 0)
        return fail(parse, "%s=%.*s is not an id like %c1", field->name, (int)value.n, value.p,
                    field->letter);
    field_set_number(field, body, id);
    return 0;
}

/* What `at=` stands for has its bounds under its own name, too. */
static int signed_value(const struct schema_field *field, struct text value, uint64_t *n)
{
    bool place = strcmp(field->name, "lat_e7") == 0 || strcmp(field->name, "lon_e7") == 0;
    return place ? number(value, -E7_MAX, E7_MAX, n) : number(value, INT32_MIN, INT32_MAX, n);
}

static int plain_value(const struct schema_field *field, struct text value, uint64_t *n)
{
    if (field->type == FIELD_I32)
        return signed_value(field, value, n);
    return number(value, 0,
                  field->type == FIELD_BOOL  ? 1
                  : field->type == FIELD_U32 ? UINT32_MAX
                                             : ID_MAX,
                  n);
}

static int parse_field(struct parse *parse, const struct schema_field *field, void *body,
                       struct text value)
{
    uint64_t n = 0;
    int64_t ms = 0;
    int word;
    switch (field->type) {
    case FIELD_ID:
        return parse_id(parse, field, body, value);
    case FIELD_TEXT:
        return parse_text(parse, field, body, value);
    case FIELD_U32S:
    case FIELD_U64S:
        return parse_list(parse, field, body, value);
    case FIELD_ENUM:
        word = words_find(field->words, value.p, value.n);
        if (word < 0)
            return fail(parse, "%s=%.*s is not a word of %s", field->name, (int)value.n, value.p,
                        field->words->name);
        n = (uint64_t)word;
        break;
    case FIELD_MS:
        if (time_value(parse, value, &ms) < 0)
            return fail(parse, "%s=%.*s is not a time", field->name, (int)value.n, value.p);
        n = (uint64_t)ms;
        break;
    default:
        if (plain_value(field, value, &n) < 0)
            return fail(parse, "%s=%.*s is not a number in range", field->name, (int)value.n,
                        value.p);
    }
    field_set_number(field, body, n);
    return 0;
}

/* A token without "=": an id by its letter, or a flag by its name. */
static int parse_bare(struct parse *parse, const struct schema *schema, void *body,
                      struct text value)
{
    for (uint32_t i = 0; i < schema->count; i++) {
        const struct schema_field *field = &schema->field[i];
        if (field->type == FIELD_ID && value.n > 1 && value.p[0] == field->letter &&
            value.p[1] >= '0' && value.p[1] <= '9' && field_number(field, body) == 0)
            return parse_id(parse, field, body, value);
    }
    const struct schema_field *flag = schema_find(schema, value.p, value.n);
    if (!flag || flag->type != FIELD_BOOL)
        return fail(parse, "%s does not take \"%.*s\"", schema->name, (int)value.n, value.p);
    field_set_number(flag, body, 1);
    return 0;
}

static int parse_token(struct parse *parse, const struct schema *schema, void *body,
                       const struct token *token)
{
    if (token->key.n == 0)
        return parse_bare(parse, schema, body, token->value);
    if (token->key.n == 2 && memcmp(token->key.p, "at", 2) == 0)
        return parse_at(parse, schema, body, token->value);
    const struct schema_field *field = schema_find(schema, token->key.p, token->key.n);
    if (!field)
        return fail(parse, "%s has no field \"%.*s\"", schema->name, (int)token->key.n,
                    token->key.p);
    return parse_field(parse, field, body, token->value);
}

int command_parse(struct command *command, const char *line, size_t n, int64_t zero_ms, void *store,
                  size_t store_size, char *why, size_t why_size)
{
    struct parse parse = {line, line + n, zero_ms, store, store_size, 0, why, why_size};
    struct token token;
    int got = next_token(&parse, &token);
    if (got <= 0)
        return got < 0 ? -1 : fail(&parse, "an empty line is no command");
    enum command_kind kind = command_kind_of(token.value.p, token.value.n);
    if (kind == COMMAND_NONE || token.key.n)
        return fail(&parse, "no command \"%.*s\"", (int)token.value.n, token.value.p);
    struct command parsed = {.kind = kind};
    const struct schema *schema = command_schema(kind);
    while ((got = next_token(&parse, &token)) > 0)
        if (parse_token(&parse, schema, command_body_of(&parsed), &token) < 0)
            return -1;
    if (got < 0)
        return -1;
    parsed.client = command->client;
    parsed.number = command->number;
    parsed.actor = command->actor;
    *command = parsed;
    return 0;
}
