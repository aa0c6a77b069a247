/* A command out of JSON. jansson reads recursively and takes memory per value, so size and nesting
 * are looked at first. */
#include "dispatch/wire/wire_json.h"

#include <jansson.h>
#include <string.h>

#include "dispatch/wire/wire_map.h"

enum { NESTING_MAX = 4 }; /* {"command": {"list": […]}} has 3 */

static bool nests_too_deep(const char *json, size_t n)
{
    uint32_t depth = 0;
    bool in_text = false;
    for (size_t i = 0; i < n; i++) {
        if (in_text && json[i] == '\\')
            i++;
        else if (json[i] == '"')
            in_text = !in_text;
        else if (!in_text && (json[i] == '{' || json[i] == '['))
            depth++;
        else if (!in_text && (json[i] == '}' || json[i] == ']') && depth > 0)
            depth--;
        if (depth > NESTING_MAX)
            return true;
    }
    return false;
}

/* A whole number from low to high; what must hold is said in errmsg. */
static int read_number(struct wire_arena *arena, const char *name, const json_t *value, int64_t low,
                       int64_t high, int64_t *number)
{
    if (!json_is_integer(value) || json_integer_value(value) < low ||
        json_integer_value(value) > high)
        return wire_fail(arena, "%s must be a whole number from %lld to %lld", name,
                         (long long)low, (long long)high);
    *number = json_integer_value(value);
    return 0;
}

static int read_text(struct wire_arena *arena, const char *name, const json_t *value,
                     struct text *text)
{
    if (!json_is_string(value))
        return wire_fail(arena, "%s must be a text", name);
    size_t n = json_string_length(value);
    char *copy = wire_alloc(arena, n + 1);
    if (!copy)
        return -1;
    memcpy(copy, json_string_value(value), n);
    *text = (struct text){copy, (uint32_t)n};
    return 0;
}

static int read_word(struct wire_arena *arena, const struct schema_field *field,
                     const json_t *value, int64_t *number)
{
    int word = -1;
    if (json_is_string(value))
        word = words_find(field->words, json_string_value(value), json_string_length(value));
    if (word < 0)
        return wire_fail(arena, "%s must be a word of %s", field->name, field->words->name);
    *number = word;
    return 0;
}

static int read_u64s(struct wire_arena *arena, const char *name, const json_t *value,
                     struct u64s *list)
{
    size_t n = json_array_size(value);
    uint64_t *numbers = wire_alloc(arena, n * sizeof(*numbers));
    int64_t number = 0;
    if (!numbers)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (read_number(arena, name, json_array_get(value, i), 0, (int64_t)ID_MAX - 1, &number) < 0)
            return -1;
        numbers[i] = (uint64_t)number;
    }
    *list = (struct u64s){numbers, (uint32_t)n};
    return 0;
}

static int read_u32s(struct wire_arena *arena, const char *name, const json_t *value,
                     struct u32s *list)
{
    size_t n = json_array_size(value);
    uint32_t *numbers = wire_alloc(arena, n * sizeof(*numbers));
    int64_t number = 0;
    if (!numbers)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (read_number(arena, name, json_array_get(value, i), 0, UINT32_MAX, &number) < 0)
            return -1;
        numbers[i] = (uint32_t)number;
    }
    *list = (struct u32s){numbers, (uint32_t)n};
    return 0;
}

static int read_list(struct wire_arena *arena, const struct schema_field *field,
                     const json_t *value, void *body)
{
    void *list = (char *)body + field->offset;
    if (!json_is_array(value))
        return wire_fail(arena, "%s must be a list", field->name);
    if (field->type == FIELD_U32S)
        return read_u32s(arena, field->name, value, list);
    return read_u64s(arena, field->name, value, list);
}

static int read_member(struct wire_arena *arena, const struct schema_field *field,
                       const json_t *value, void *body)
{
    int64_t number = 0;
    int result = 0;
    switch (field->type) {
    case FIELD_TEXT:
        return read_text(arena, field->name, value, (void *)((char *)body + field->offset));
    case FIELD_U32S:
    case FIELD_U64S:
        return read_list(arena, field, value, body);
    case FIELD_BOOL:
        if (!json_is_boolean(value))
            return wire_fail(arena, "%s must be true or false", field->name);
        number = json_is_true(value);
        break;
    case FIELD_ENUM:
        result = read_word(arena, field, value, &number);
        break;
    case FIELD_U32:
        result = read_number(arena, field->name, value, 0, UINT32_MAX, &number);
        break;
    case FIELD_I32:
        result = read_number(arena, field->name, value, INT32_MIN, INT32_MAX, &number);
        break;
    case FIELD_U64:
    case FIELD_ID:
        result = read_number(arena, field->name, value, 0, (int64_t)ID_MAX - 1, &number);
        break;
    case FIELD_MS:
        result = read_number(arena, field->name, value, -(int64_t)ID_MAX, (int64_t)ID_MAX, &number);
        break;
    }
    if (result == 0)
        field_set_number(field, body, (uint64_t)number);
    return result;
}

static int read_body(struct wire_arena *arena, const struct schema *schema, json_t *object,
                     void *body)
{
    const char *name;
    json_t *value;
    if (!json_is_object(object))
        return wire_fail(arena, "%s must be an object", schema->name);
    json_object_foreach(object, name, value)
    {
        const struct schema_field *field = schema_find(schema, name, strlen(name));
        if (!field)
            return wire_fail(arena, "%s has no member %.64s", schema->name, name);
        if (read_member(arena, field, value, body) < 0)
            return -1;
    }
    return 0;
}

static int read_command(struct wire_arena *arena, json_t *root, struct command *command)
{
    const char *name;
    json_t *value;
    int64_t number = 0;
    if (!json_is_object(root))
        return wire_fail(arena, "a command must be an object");
    json_object_foreach(root, name, value)
    {
        bool is_client = strcmp(name, "client") == 0;
        if (is_client || strcmp(name, "number") == 0) {
            if (read_number(arena, name, value, 0, (int64_t)ID_MAX - 1, &number) < 0)
                return -1;
            *(is_client ? &command->client : &command->number) = (uint64_t)number;
            continue;
        }
        enum command_kind kind = command_kind_of(name, strlen(name));
        if (kind == COMMAND_NONE)
            return wire_fail(arena, "there is no command %.64s", name);
        if (command->kind != COMMAND_NONE)
            return wire_fail(arena, "one command at a time, not also %s", name);
        command->kind = kind;
        if (read_body(arena, command_schema(kind), value, command_body_of(command)) < 0)
            return -1;
    }
    if (command->kind == COMMAND_NONE)
        return wire_fail(arena, "no command is named");
    return wire_command_check(command, arena->errmsg);
}

int wire_json_command(struct wire_arena *arena, const char *json, size_t n,
                      struct command *command)
{
    struct command got = {0};
    json_error_t error;
    if (n > WIRE_CLIENT_FRAME_MAX)
        return wire_fail(arena, "command of %zu bytes is longer than %d", n,
                         WIRE_CLIENT_FRAME_MAX);
    if (nests_too_deep(json, n))
        return wire_fail(arena, "command nests deeper than %d", NESTING_MAX);
    json_t *root = json_loadb(json, n, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        return wire_fail(arena, "line %d of the JSON: %s", error.line, error.text);
    int result = read_command(arena, root, &got);
    json_decref(root);
    if (result == 0)
        *command = got;
    return result;
}
