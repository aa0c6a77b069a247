/* A journal record: its own fields by a table written here, its facts by fact.def. */
#include "dispatch/wire/wire_map.h"

#include "fact.pb-c.h"

static const struct schema_word refusal_rows[] = {
#define REFUSAL(NAME, name, zh, en) {#name, zh, en},
#include "dispatch/core/refusal.def"
#undef REFUSAL
};
const struct schema_words wire_refusal_words = {"refusal", refusal_rows, REFUSAL_COUNT};

static const struct schema_word command_rows[] = {
    {"none", "", ""},
#define COMMAND(NAME, name, ...) {#name, "", ""},
#include "dispatch/core/command.def"
#undef COMMAND
};
static const struct schema_words command_words = {"command", command_rows, COMMAND_KIND_COUNT};

#define ROW(name, type, letter, member, words)                                                     \
    {#name, type, false, letter, offsetof(struct record, member), words}

static const struct schema_field record_fields[] = {
    ROW(seq, FIELD_U64, 0, seq, NULL),
    ROW(now_ms, FIELD_MS, 0, now_ms, NULL),
    ROW(client, FIELD_U64, 0, client, NULL),
    ROW(number, FIELD_U64, 0, number, NULL),
    ROW(user, FIELD_ID, LETTER_user, actor.user, NULL),
    ROW(role, FIELD_ENUM, 0, actor.role, &role_words),
    ROW(seat, FIELD_U32, 0, actor.seat, NULL),
    ROW(scope, FIELD_U64, 0, actor.scope, NULL),
    ROW(command, FIELD_ENUM, 0, command, &command_words),
    ROW(refusal, FIELD_ENUM, 0, refusal, &wire_refusal_words),
    ROW(made, FIELD_U64, 0, made, NULL),
};

const struct schema wire_record_schema = {"record", "", record_fields,
                                          sizeof(record_fields) / sizeof(record_fields[0]),
                                          sizeof(struct record)};

static struct wire_map record_map;

int wire_record_pair(char errmsg[static ERRMSG_MAX])
{
    return wire_map_pair(&record_map, &wire_record_schema, &mingdi__record__descriptor, errmsg);
}

static int encode_facts(struct wire_arena *arena, const struct record *record,
                        enum wire_part part, const struct wire_vault *vault, Mingdi__Record *to)
{
    to->fact = wire_alloc(arena, record->fact_count * sizeof(Mingdi__Fact *));
    if (!to->fact)
        return -1;
    for (uint32_t i = 0; i < record->fact_count; i++) {
        const struct fact *fact = &record->fact[i];
        to->fact[i] = (Mingdi__Fact *)wire_wrap(arena, &wire_facts, fact->kind, fact_body(fact),
                                                part, vault);
        if (!to->fact[i])
            return -1;
    }
    to->n_fact = record->fact_count;
    return 0;
}

ProtobufCMessage *wire_record_encode(struct wire_arena *arena, const struct record *record,
                                     enum wire_part part, const struct wire_vault *vault)
{
    ProtobufCMessage *message = wire_encode(arena, &record_map, record, WIRE_ALL);
    if (!message || encode_facts(arena, record, part, vault, (Mingdi__Record *)message) < 0)
        return NULL;
    return message;
}

static int decode_fact(struct wire_arena *arena, const ProtobufCMessage *message,
                       const struct wire_vault *vault, struct fact *fact)
{
    ProtobufCMessage *body = NULL;
    uint32_t kind = 0;
    if (wire_get_body(arena, message, &kind, &body) < 0)
        return -1;
    fact->kind = (enum fact_kind)kind;
    return wire_unwrap(arena, &wire_facts, message, vault, fact_body_of(fact));
}

int wire_record_decode(struct wire_arena *arena, const ProtobufCMessage *message,
                       const struct wire_vault *vault, struct record *record)
{
    const Mingdi__Record *from = (const Mingdi__Record *)message;
    struct record got = {0};
    if (wire_decode(arena, &record_map, message, WIRE_ALL, &got) < 0)
        return -1;
    struct fact *facts = wire_alloc(arena, from->n_fact * sizeof(*facts));
    if (!facts)
        return -1;
    for (size_t i = 0; i < from->n_fact; i++)
        if (decode_fact(arena, &from->fact[i]->base, vault, &facts[i]) < 0)
            return -1;
    got.fact = facts;
    got.fact_count = (uint32_t)from->n_fact;
    *record = got;
    return 0;
}

int wire_record_pack(struct wire_arena *arena, const struct record *record,
                     const struct wire_vault *vault, struct buffer *out)
{
    size_t used = arena->used;
    const ProtobufCMessage *message = wire_record_encode(arena, record, WIRE_ALL, vault);
    int result = message ? wire_pack(arena, message, WIRE_RECORD_MAX, out) : -1;
    arena->used = used;
    return result;
}

int wire_record_unpack(struct wire_arena *arena, const void *bytes, size_t n,
                       const struct wire_vault *vault, struct record *record)
{
    const ProtobufCMessage *message =
        wire_unpack(arena, &mingdi__record__descriptor, bytes, n, WIRE_RECORD_MAX);
    return message ? wire_record_decode(arena, message, vault, record) : -1;
}
