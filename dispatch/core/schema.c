#include "dispatch/core/schema.h"

#include <string.h>

#include "dispatch/must.h"

/* Enums: one table of words each. */
#define WORD(PREFIX, NAME, word, zh, en) {#word, zh, en},
#define VOCABULARY(name, words)                                                                    \
    static const struct schema_word name##_rows[] = {words};                                       \
    const struct schema_words name##_words = {#name, name##_rows,                                  \
                                              sizeof(name##_rows) / sizeof(name##_rows[0])};
#include "dispatch/core/enum.def"
#undef VOCABULARY
#undef WORD

/* Fields. Inside each table `self` is the struct; the empty last row lets a struct have none. */
#define ROW(name, type, personal, letter, words)                                                   \
    {#name, type, personal, letter, (uint32_t)offsetof(self, name), words},
#define ID(kind) ROW(kind, FIELD_ID, false, LETTER_##kind, NULL)
#define ID_AS(kind, name) ROW(name, FIELD_ID, false, LETTER_##kind, NULL)
#define BOOL(name) ROW(name, FIELD_BOOL, false, 0, NULL)
#define U32(name) ROW(name, FIELD_U32, false, 0, NULL)
#define I32(name) ROW(name, FIELD_I32, false, 0, NULL)
#define U64(name) ROW(name, FIELD_U64, false, 0, NULL)
#define MS(name) ROW(name, FIELD_MS, false, 0, NULL)
#define ENUM(vocabulary, name) ROW(name, FIELD_ENUM, false, 0, &vocabulary##_words)
#define TEXT_(name) ROW(name, FIELD_TEXT, false, 0, NULL)
#define PERSONAL(name) ROW(name, FIELD_TEXT, true, 0, NULL)
#define U32S(name) ROW(name, FIELD_U32S, false, 0, NULL)
#define U64S(name) ROW(name, FIELD_U64S, false, 0, NULL)
#define WORDS(vocabulary, name) ROW(name, FIELD_U32S, false, 0, &vocabulary##_words)
#define IDS(kind, name) ROW(name, FIELD_U64S, false, LETTER_##kind, NULL)

/* Each table is a function, so that `self` can name its struct. The last row is empty. */
#define TABLE(group, name, who, ...)                                                               \
    static const struct schema *group##_##name(void)                                               \
    {                                                                                              \
        typedef struct name self;                                                                  \
        static const struct schema_field fields[] = {__VA_ARGS__{0}};                              \
        static const struct schema schema = {                                                      \
            #name, who, fields, sizeof(fields) / sizeof(fields[0]) - 1, sizeof(self)};             \
        return &schema;                                                                            \
    }

#define COMMAND(NAME, name, roles, ...) TABLE(command, name, #roles, __VA_ARGS__)
#define FACT(NAME, name, seen_by, ...) TABLE(fact, name, #seen_by, __VA_ARGS__)
#define OBJECT(NAME, name, ...) TABLE(object, name, "", __VA_ARGS__)
#include "dispatch/core/command.def"
#include "dispatch/core/fact.def"
#include "dispatch/core/object.def"
#undef COMMAND
#undef FACT
#undef OBJECT

static const struct schema *nothing(void)
{
    static const struct schema schema = {"none", "", NULL, 0, 0};
    return &schema;
}

const struct schema *command_schema(enum command_kind kind)
{
    static const struct schema *(*const of[COMMAND_KIND_COUNT])(void) = {
        nothing,
#define COMMAND(NAME, name, ...) command_##name,
#include "dispatch/core/command.def"
#undef COMMAND
    };
    must(kind < COMMAND_KIND_COUNT);
    return of[kind]();
}

const struct schema *fact_schema(enum fact_kind kind)
{
    static const struct schema *(*const of[FACT_KIND_COUNT])(void) = {
        nothing,
#define FACT(NAME, name, ...) fact_##name,
#include "dispatch/core/fact.def"
#undef FACT
    };
    must(kind < FACT_KIND_COUNT);
    return of[kind]();
}

const struct schema *object_schema(enum object_kind kind)
{
    static const struct schema *(*const of[OBJECT_KIND_COUNT])(void) = {
        nothing,
#define OBJECT(NAME, name, ...) object_##name,
#include "dispatch/core/object.def"
#undef OBJECT
    };
    must(kind < OBJECT_KIND_COUNT);
    return of[kind]();
}

const struct refusal_text refusal_text[REFUSAL_COUNT] = {
#define REFUSAL(NAME, name, zh, en) {#name, zh, en},
#include "dispatch/core/refusal.def"
#undef REFUSAL
};

const struct deadline_text deadline_text[DEADLINE_COUNT] = {
#define DEADLINE(NAME, name, object, LEVEL, zh, en) {#name, #object, LEVEL_##LEVEL, zh, en},
#include "dispatch/core/deadline.def"
#undef DEADLINE
};

static bool same_name(const char *name, const char *given, size_t n)
{
    return strlen(name) == n && memcmp(name, given, n) == 0;
}

enum command_kind command_kind_of(const char *name, size_t n)
{
    for (enum command_kind kind = 1; kind < COMMAND_KIND_COUNT; kind++)
        if (same_name(command_schema(kind)->name, name, n))
            return kind;
    return COMMAND_NONE;
}

enum fact_kind fact_kind_of(const char *name, size_t n)
{
    for (enum fact_kind kind = 1; kind < FACT_KIND_COUNT; kind++)
        if (same_name(fact_schema(kind)->name, name, n))
            return kind;
    return FACT_NONE;
}

const struct schema_field *schema_find(const struct schema *schema, const char *name, size_t n)
{
    for (uint32_t i = 0; i < schema->count; i++)
        if (same_name(schema->field[i].name, name, n))
            return &schema->field[i];
    return NULL;
}

int words_find(const struct schema_words *words, const char *word, size_t n)
{
    for (uint32_t i = 0; i < words->count; i++)
        if (same_name(words->word[i].word, word, n))
            return (int)i;
    return -1;
}

const char *words_name(const struct schema_words *words, int value)
{
    return value >= 0 && (uint32_t)value < words->count ? words->word[value].word : "?";
}

size_t list_bytes(const struct schema_field *field, const void *body)
{
    const struct text *list = field_text(field, body); /* all lists share the shape p, n */
    switch (field->type) {
    case FIELD_TEXT:
        return list->n;
    case FIELD_U32S:
        return list->n * sizeof(uint32_t);
    case FIELD_U64S:
        return list->n * sizeof(uint64_t);
    default:
        return 0;
    }
}

size_t schema_borrowed(const struct schema *schema, const void *body)
{
    size_t sum = 0;
    for (uint32_t i = 0; i < schema->count; i++)
        sum += (list_bytes(&schema->field[i], body) + 7) & ~(size_t)7;
    return sum;
}

uint64_t field_number(const struct schema_field *field, const void *body)
{
    const char *at = (const char *)body + field->offset;
    uint32_t u32 = 0;
    int32_t i32 = 0;
    uint64_t u64 = 0;
    switch (field->type) {
    case FIELD_BOOL:
        return *(const bool *)(const void *)at;
    case FIELD_U32:
    case FIELD_ENUM:
        memcpy(&u32, at, sizeof(u32));
        return u32;
    case FIELD_I32:
        memcpy(&i32, at, sizeof(i32));
        return (uint64_t)(int64_t)i32;
    case FIELD_U64:
    case FIELD_MS:
    case FIELD_ID:
        memcpy(&u64, at, sizeof(u64));
        return u64;
    default:
        return 0;
    }
}

void field_set_number(const struct schema_field *field, void *body, uint64_t value)
{
    char *at = (char *)body + field->offset;
    uint32_t u32 = (uint32_t)value;
    switch (field->type) {
    case FIELD_BOOL:
        *(bool *)(void *)at = value != 0;
        break;
    case FIELD_U32:
    case FIELD_I32:
    case FIELD_ENUM:
        memcpy(at, &u32, sizeof(u32));
        break;
    case FIELD_U64:
    case FIELD_MS:
    case FIELD_ID:
        memcpy(at, &value, sizeof(value));
        break;
    default:
        break;
    }
}

static void copy_field(const struct schema_field *to, void *to_body,
                       const struct schema_field *from, const void *from_body)
{
    if (to->type >= FIELD_TEXT)
        memcpy((char *)to_body + to->offset, (const char *)from_body + from->offset,
               sizeof(struct text));
    else
        field_set_number(to, to_body, field_number(from, from_body));
}

void schema_copy(const struct schema *to, void *to_body, const struct schema *from,
                 const void *from_body)
{
    for (uint32_t i = 0; i < to->count; i++) {
        const char *name = to->field[i].name;
        const struct schema_field *same = schema_find(from, name, strlen(name));
        if (same && same->type == to->field[i].type)
            copy_field(&to->field[i], to_body, same, from_body);
    }
}
