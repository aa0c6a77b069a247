/* schema: commands, facts and objects as structs, and a table of the fields of each.
 *
 * The three .def files are the one description of the domain's data; from them come the C structs
 * (here), the readable line and its parser (print.h), protobuf and JSON (dispatch/wire/wire.h), the
 * snapshot and the state hash (state.h). A field added to a .def and to proto/ needs nothing else.
 *
 * Owner: tables are constant; text and lists inside a struct are borrowed from whoever filled it.
 * Thread: any. Errors: none. Start here: add a row to command.def, fact.def or object.def. */
#ifndef CORE_SCHEMA_H
#define CORE_SCHEMA_H

#include <stddef.h>
#include <string.h>

#include "dispatch/core/fields.def"
#include "dispatch/core/types.h"

#define ID(kind) struct kind##_id kind;
#define ID_AS(kind, name) struct kind##_id name;
#define BOOL(name) bool name;
#define U32(name) uint32_t name;
#define I32(name) int32_t name;
#define U64(name) uint64_t name;
#define MS(name) int64_t name;
#define ENUM(vocabulary, name) enum vocabulary name;
#define TEXT_(name) struct text name;
#define PERSONAL(name) struct text name;
#define U32S(name) struct u32s name;
#define U64S(name) struct u64s name;
#define WORDS(vocabulary, name) U32S(name)
#define IDS(kind, name) U64S(name)

#define COMMAND(NAME, name, roles, ...) struct name { __VA_ARGS__ };
#define FACT(NAME, name, seen_by, ...) struct name { __VA_ARGS__ };
#define OBJECT(NAME, name, ...) struct name { __VA_ARGS__ };
#include "dispatch/core/command.def"
#include "dispatch/core/fact.def"
#include "dispatch/core/object.def"
#undef COMMAND
#undef FACT
#undef OBJECT

#undef ID
#undef ID_AS
#undef BOOL
#undef U32
#undef I32
#undef U64
#undef MS
#undef ENUM
#undef TEXT_
#undef PERSONAL
#undef U32S
#undef U64S
#undef WORDS
#undef IDS

enum command_kind {
    COMMAND_NONE,
#define COMMAND(NAME, name, ...) COMMAND_##NAME,
#include "dispatch/core/command.def"
#undef COMMAND
    COMMAND_KIND_COUNT
};

enum fact_kind {
    FACT_NONE,
#define FACT(NAME, name, ...) FACT_##NAME,
#include "dispatch/core/fact.def"
#undef FACT
    FACT_KIND_COUNT
};

enum object_kind {
    OBJECT_NONE,
#define OBJECT(NAME, name, ...) OBJECT_##NAME,
#include "dispatch/core/object.def"
#undef OBJECT
    OBJECT_KIND_COUNT
};

/* One command with its speaker. `client` and `number` are the idempotency key: the same pair again
 * gets the same answer and has no second effect; client 0 is the house itself and is not kept. */
struct command {
    enum command_kind kind;
    uint64_t client, number;
    struct actor actor;
    union {
#define COMMAND(NAME, name, ...) struct name name;
#include "dispatch/core/command.def"
#undef COMMAND
    };
};

struct fact {
    enum fact_kind kind;
    union {
#define FACT(NAME, name, ...) struct name name;
#include "dispatch/core/fact.def"
#undef FACT
    };
};

/* One journal record: one command, its answer and all its facts. `made` is the id of what the
 * command made (call, incident, assignment, alert, …), 0 when it made nothing. */
struct record {
    uint64_t seq;
    int64_t now_ms;
    uint64_t client, number;
    struct actor actor;
    enum command_kind command;
    enum refusal refusal;
    uint64_t made;
    const struct fact *fact;
    uint32_t fact_count;
};

enum field_type {
    FIELD_BOOL, /* bool */
    FIELD_U32,
    FIELD_I32,
    FIELD_U64,
    FIELD_MS,   /* int64_t, ms since 1970 */
    FIELD_ID,   /* struct …_id, letter says which */
    FIELD_ENUM, /* an enum of enum.def, words say it */
    FIELD_TEXT,
    FIELD_U32S, /* `words` when they are words */
    FIELD_U64S  /* `letter` when they are ids */
};

struct schema_word {
    const char *word, *zh, *en;
};

/* The words of one enum; row i is value i. */
struct schema_words {
    const char *name;
    const struct schema_word *word;
    uint32_t count;
};

struct schema_field {
    const char *name;
    enum field_type type;
    bool personal;
    char letter;
    uint32_t offset;
    const struct schema_words *words;
};

struct schema {
    const char *name; /* "unit_ordered" */
    const char *who;  /* command: the roles; fact: who may see it; object: "" */
    const struct schema_field *field;
    uint32_t count;
    uint32_t size;
};

/* Requires: a kind within its enum. Kind 0 has an empty schema. */
const struct schema *command_schema(enum command_kind kind);
const struct schema *fact_schema(enum fact_kind kind);
const struct schema *object_schema(enum object_kind kind);

struct refusal_text {
    const char *name, *zh, *en;
};
extern const struct refusal_text refusal_text[REFUSAL_COUNT];

/* `object`: the id kind it watches; `level`: of the alert it becomes. */
struct deadline_text {
    const char *name, *object;
    enum level level;
    const char *zh, *en;
};
extern const struct deadline_text deadline_text[DEADLINE_COUNT];

#define VOCABULARY(name, words) extern const struct schema_words name##_words;
#include "dispatch/core/enum.def"
#undef VOCABULARY

/* Where the kind's own struct stands inside a command or a fact. */
static inline const void *command_body(const struct command *command)
{
    return &command->define_station;
}
static inline void *command_body_of(struct command *command)
{
    return &command->define_station;
}
static inline const void *fact_body(const struct fact *fact)
{
    return &fact->booted;
}
static inline void *fact_body_of(struct fact *fact)
{
    return &fact->booted;
}

/* The kind of that name, or 0. */
enum command_kind command_kind_of(const char *name, size_t n);
enum fact_kind fact_kind_of(const char *name, size_t n);

const struct schema_field *schema_find(const struct schema *schema, const char *name, size_t n);

/* The value of a word, or -1. */
int words_find(const struct schema_words *words, const char *word, size_t n);
const char *words_name(const struct schema_words *words, int value);

/* Bytes of text and lists that a struct borrows, each rounded up to 8. */
size_t schema_borrowed(const struct schema *schema, const void *body);

/* Field access without knowing the struct: numbers of every width as uint64_t (signed ones
 * sign-extended), by the schema's table. */
uint64_t field_number(const struct schema_field *field, const void *body);
void field_set_number(const struct schema_field *field, void *body, uint64_t value);

/* Copies every field of `from` that `to` has under the same name and type; texts stay borrowed. */
void schema_copy(const struct schema *to, void *to_body, const struct schema *from,
                 const void *from_body);

/* Bytes behind a text or a list; 0 for a number. Every such field has the shape {pointer, n}. */
size_t list_bytes(const struct schema_field *field, const void *body);

/* memcpy that takes an empty list, whose pointer may be NULL. */
static inline void copy_list(void *to, const void *from, size_t bytes)
{
    if (bytes)
        memcpy(to, from, bytes);
}

static inline bool text_same(struct text a, struct text b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline const struct text *field_text(const struct schema_field *field, const void *body)
{
    return (const struct text *)(const void *)((const char *)body + field->offset);
}

#endif
