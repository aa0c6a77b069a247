/* state: what the core remembers, in tables sized once from limits.
 *
 * One table an object kind, its objects kept in order of id (ids are handed out upwards, so adding
 * is appending; finding is a binary search; every walk is in order of id and so the same after a
 * restart). Texts and lists live in one of two halves of a text area: when the half in use is full,
 * what is alive is copied to the other, so nothing is ever freed piece by piece.
 *
 * Owner: the caller gives the memory (state_bytes), all of it is used for the state's whole life;
 * no malloc. Thread: the one that applies facts; others may read only between two of its steps.
 * Units: the names say them. Errors: a full table or text area is seen beforehand (state_room,
 * state_text_room) by decide, which refuses; adding beyond is a bug.
 * Start here: a new object is a row in object.def and a limit in struct limits. */
#ifndef CORE_STATE_H
#define CORE_STATE_H

#include "dispatch/core/schema.h"

/* How many of each, open or closed within the retention. */
struct limits {
    uint32_t max[OBJECT_KIND_COUNT]; /* by object kind */
    size_t text_bytes;
};

/* objects: `count` pointers to slots in order of id, then the unused slots. */
struct table {
    const struct schema *schema;
    size_t slot_bytes;
    uint32_t count, max;
    void **slot;
};

/* Answers kept of each client: who never has more numbers than this between its oldest unanswered
 * command and its newest gets the first answer to each of them, however often it asks again. Every
 * client is told in its Welcome. */
enum { CLIENT_WINDOW = 64 };

struct state {
    struct head *head; /* the one object of its table */
    struct table table[OBJECT_KIND_COUNT];
    char *half[2];
    size_t text_bytes; /* the limit; a half holds this and every client's answers */
    size_t half_bytes, used, alive;
    int in_use;
};

size_t state_bytes(const struct limits *limits);
void state_init(struct state *state, void *memory, const struct limits *limits);

/* The object with this id, or NULL. */
void *state_find(const struct state *state, enum object_kind kind, uint64_t id);

#define STATE_FIND(type, OBJECT)                                                                   \
    static inline struct type *state_##type(const struct state *state, uint64_t id)                \
    {                                                                                              \
        return (struct type *)state_find(state, OBJECT_##OBJECT, id);                              \
    }
STATE_FIND(station, STATION)
STATE_FIND(hospital, HOSPITAL)
STATE_FIND(zone_name, ZONE_NAME)
STATE_FIND(unit, UNIT)
STATE_FIND(terminal, TERMINAL)
STATE_FIND(call, CALL)
STATE_FIND(task, TASK)
STATE_FIND(incident, INCIDENT)
STATE_FIND(assignment, ASSIGNMENT)
STATE_FIND(condition, CONDITION)
STATE_FIND(message, MESSAGE)
STATE_FIND(alert, ALERT)
STATE_FIND(client, CLIENT)
STATE_FIND(shift, SHIFT)
STATE_FIND(seat, SEAT)
STATE_FIND(surge, SURGE)
STATE_FIND(learned, LEARNED)
STATE_FIND(plan_run, PLAN_RUN)
#undef STATE_FIND

/* The i-th in order of id. Requires: i < count. */
static inline void *table_at(const struct table *table, uint32_t i)
{
    return table->slot[i];
}

#define EACH(state, OBJECT, type, it)                                                              \
    for (uint32_t it##_i = 0; it##_i < (state)->table[OBJECT_##OBJECT].count; it##_i++)            \
        for (struct type *it = table_at(&(state)->table[OBJECT_##OBJECT], it##_i); it; it = NULL)

static inline uint32_t state_room(const struct state *state, enum object_kind kind)
{
    return state->table[kind].max - state->table[kind].count;
}
/* Bytes of text that may still be kept, after a copying if need be. What clients were answered has
 * room of its own: a refusal is remembered even when there is no room for anything else. */
size_t state_text_room(const struct state *state);

/* Adds an object with this id, zeroed. Requires: room, no such id. */
void *state_add(struct state *state, enum object_kind kind, uint64_t id);
void state_remove(struct state *state, enum object_kind kind, uint64_t id);

/* Copies bytes into the state in place of what the field held. Requires: text room. */
void state_keep(struct state *state, void *field, const void *bytes, uint32_t n, size_t width);

/* Copies every field of `body` whose name the object also has. */
void state_copy(struct state *state, enum object_kind kind, void *object,
                const struct schema *from, const void *body);

/* Every object, kind by kind, in order of id. */
void state_walk(const struct state *state,
                void (*visit_cb)(void *context, enum object_kind kind, const void *object),
                void *context);

/* Puts a whole object (of a snapshot) into the state. false: no room, or the id is there. */
bool state_restore(struct state *state, enum object_kind kind, const void *object);

#endif
