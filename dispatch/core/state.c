#include "dispatch/core/state.h"

#include <string.h>

#include "dispatch/must.h"

static size_t round8(size_t n)
{
    return (n + 7) & ~(size_t)7;
}

static uint32_t max_of(const struct limits *limits, enum object_kind kind)
{
    return kind == OBJECT_HEAD ? 1 : limits->max[kind];
}

/* The numbers, seqs, refusals and ids of a client's last answers. */
static size_t client_text_bytes(const struct limits *limits)
{
    size_t one = CLIENT_WINDOW * (3 * sizeof(uint64_t) + sizeof(uint32_t));
    return max_of(limits, OBJECT_CLIENT) * one;
}

static size_t half_bytes(const struct limits *limits)
{
    return round8(limits->text_bytes) + client_text_bytes(limits);
}

size_t state_bytes(const struct limits *limits)
{
    size_t sum = 2 * half_bytes(limits);
    for (enum object_kind kind = 1; kind < OBJECT_KIND_COUNT; kind++)
        sum += max_of(limits, kind) * (round8(object_schema(kind)->size) + sizeof(void *));
    return sum;
}

void state_init(struct state *state, void *memory, const struct limits *limits)
{
    char *at = memory;
    memset(state, 0, sizeof(*state));
    memset(memory, 0, state_bytes(limits));
    for (enum object_kind kind = 1; kind < OBJECT_KIND_COUNT; kind++) {
        struct table *table = &state->table[kind];
        table->schema = object_schema(kind);
        table->slot_bytes = round8(table->schema->size);
        table->max = max_of(limits, kind);
        table->slot = (void **)(void *)at;
        at += table->max * sizeof(void *);
        for (uint32_t i = 0; i < table->max; i++, at += table->slot_bytes)
            table->slot[i] = at;
    }
    state->text_bytes = limits->text_bytes;
    state->half_bytes = half_bytes(limits);
    state->half[0] = at;
    state->half[1] = at + state->half_bytes;
    state->head = state_add(state, OBJECT_HEAD, 1);
}

static uint64_t id_of(const void *object)
{
    uint64_t id; /* every object begins with its id */
    memcpy(&id, object, sizeof(id));
    return id;
}

/* The first place whose id is not below `id`. */
static uint32_t place_of(const struct table *table, uint64_t id)
{
    uint32_t low = 0, high = table->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (id_of(table->slot[middle]) < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void *state_find(const struct state *state, enum object_kind kind, uint64_t id)
{
    const struct table *table = &state->table[kind];
    uint32_t at = place_of(table, id);
    return at < table->count && id_of(table->slot[at]) == id ? table->slot[at] : NULL;
}

size_t state_text_room(const struct state *state)
{
    return state->alive < state->text_bytes ? state->text_bytes - state->alive : 0;
}

void *state_add(struct state *state, enum object_kind kind, uint64_t id)
{
    struct table *table = &state->table[kind];
    uint32_t at = place_of(table, id);
    must(table->count < table->max);
    must(at == table->count || id_of(table->slot[at]) != id);
    void *fresh = table->slot[table->count];
    memmove(&table->slot[at + 1], &table->slot[at], (table->count - at) * sizeof(void *));
    table->slot[at] = fresh;
    table->count++;
    memset(fresh, 0, table->slot_bytes);
    memcpy(fresh, &id, sizeof(id));
    return fresh;
}

void state_remove(struct state *state, enum object_kind kind, uint64_t id)
{
    struct table *table = &state->table[kind];
    uint32_t at = place_of(table, id);
    must(at < table->count && id_of(table->slot[at]) == id);
    void *gone = table->slot[at];
    state->alive -= schema_borrowed(table->schema, gone);
    table->count--;
    memmove(&table->slot[at], &table->slot[at + 1], (table->count - at) * sizeof(void *));
    table->slot[table->count] = gone;
}

/* Copies what an object borrows to `to`; the new end. */
static char *move_texts(const struct schema *schema, void *object, char *to)
{
    for (uint32_t i = 0; i < schema->count; i++) {
        size_t bytes = list_bytes(&schema->field[i], object);
        if (bytes == 0)
            continue;
        struct text *text = (struct text *)(void *)((char *)object + schema->field[i].offset);
        memcpy(to, text->p, bytes);
        text->p = to;
        to += round8(bytes);
    }
    return to;
}

static void copy_to_other_half(struct state *state)
{
    char *to = state->half[!state->in_use];
    for (enum object_kind kind = 1; kind < OBJECT_KIND_COUNT; kind++)
        for (uint32_t i = 0; i < state->table[kind].count; i++)
            to = move_texts(state->table[kind].schema, state->table[kind].slot[i], to);
    state->in_use = !state->in_use;
    state->used = (size_t)(to - state->half[state->in_use]);
    must(state->used == state->alive);
}

void state_keep(struct state *state, void *field, const void *bytes, uint32_t n, size_t width)
{
    struct text *text = field;
    size_t was = round8(text->n * width), now = round8(n * width);
    if (now > was) {
        /* The old bytes count as dead before a copying may run. */
        text->n = 0;
        state->alive -= was;
        must(now <= state->half_bytes - state->alive);
        if (state->used + now > state->half_bytes)
            copy_to_other_half(state);
        text->p = state->half[state->in_use] + state->used;
        state->used += now;
        state->alive += now;
    } else {
        state->alive -= was - now;
    }
    if (n)
        memmove((char *)(uintptr_t)text->p, bytes, n * width); /* it may be its own text */
    text->n = n;
}

static void copy_field(struct state *state, const struct schema_field *to, void *object,
                       const struct schema_field *from, const void *body)
{
    const struct text *list = field_text(from, body);
    void *target = (char *)object + to->offset;
    switch (to->type) {
    case FIELD_TEXT:
        state_keep(state, target, list->p, list->n, 1);
        break;
    case FIELD_U32S:
        state_keep(state, target, list->p, list->n, sizeof(uint32_t));
        break;
    case FIELD_U64S:
        state_keep(state, target, list->p, list->n, sizeof(uint64_t));
        break;
    default:
        field_set_number(to, object, field_number(from, body));
        break;
    }
}

void state_copy(struct state *state, enum object_kind kind, void *object, const struct schema *from,
                const void *body)
{
    const struct schema *schema = state->table[kind].schema;
    for (uint32_t i = 0; i < from->count; i++) {
        const char *name = from->field[i].name;
        const struct schema_field *to = schema_find(schema, name, strlen(name));
        if (to)
            copy_field(state, to, object, &from->field[i], body);
    }
}

void state_walk(const struct state *state,
                void (*visit_cb)(void *context, enum object_kind kind, const void *object),
                void *context)
{
    for (enum object_kind kind = 1; kind < OBJECT_KIND_COUNT; kind++)
        for (uint32_t i = 0; i < state->table[kind].count; i++)
            visit_cb(context, kind, state->table[kind].slot[i]);
}

bool state_restore(struct state *state, enum object_kind kind, const void *object)
{
    uint64_t id = id_of(object);
    const struct schema *schema = object_schema(kind);
    if (kind == OBJECT_HEAD && id == 1) {
        state_copy(state, kind, state->head, schema, object);
        return true;
    }
    if (id == 0 || state_room(state, kind) == 0 || state_find(state, kind, id) ||
        schema_borrowed(schema, object) > state->half_bytes - state->alive)
        return false;
    state_copy(state, kind, state_add(state, kind, id), schema, object);
    return true;
}
