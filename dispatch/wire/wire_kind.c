/* A body in a wrapper's oneof, and its personal part sealed beside it: field 1 of the wrapper. */
#include "dispatch/wire/wire_map.h"

#include <string.h>

#include "dispatch/must.h"

enum { PERSONAL_NUMBER = 1 };

static const ProtobufCFieldDescriptor *body_field(const ProtobufCMessageDescriptor *wrapper,
                                                  uint32_t kind)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field(wrapper, kind + WIRE_KIND_BASE);
    must(field);
    return field;
}

const ProtobufCMessageDescriptor *wire_body_type(const ProtobufCMessageDescriptor *wrapper,
                                                 uint32_t kind)
{
    return body_field(wrapper, kind)->descriptor;
}

void wire_put_body(ProtobufCMessage *wrapper, uint32_t kind, ProtobufCMessage *body)
{
    const ProtobufCFieldDescriptor *field = body_field(wrapper->descriptor, kind);
    memcpy((char *)wrapper + field->quantifier_offset, &field->id, sizeof(field->id));
    memcpy((char *)wrapper + field->offset, &body, sizeof(body));
}

int wire_get_body(struct wire_arena *arena, const ProtobufCMessage *wrapper, uint32_t *kind,
                  ProtobufCMessage **body)
{
    const ProtobufCFieldDescriptor *first = body_field(wrapper->descriptor, 1);
    uint32_t number = 0; /* of the oneof's field, 0 for none */
    if (wire_known(arena, wrapper) < 0)
        return -1;
    memcpy(&number, (const char *)wrapper + first->quantifier_offset, sizeof(number));
    if (number == 0)
        return wire_fail(arena, "%s is empty", wrapper->descriptor->short_name);
    *kind = number - WIRE_KIND_BASE;
    memcpy(body, (const char *)wrapper + first->offset, sizeof(*body));
    return 0;
}

static ProtobufCBinaryData *personal_of(const ProtobufCMessage *wrapper)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field(wrapper->descriptor, PERSONAL_NUMBER);
    must(field && field->type == PROTOBUF_C_TYPE_BYTES);
    return (ProtobufCBinaryData *)(void *)((char *)wrapper + field->offset);
}

static bool has_personal(const struct schema *schema)
{
    for (uint32_t i = 0; i < schema->count; i++)
        if (schema->field[i].personal)
            return true;
    return false;
}

/* The first field says whose data it is. */
static uint64_t subject_of(const struct schema *schema, const void *body)
{
    must(schema->field[0].type == FIELD_ID);
    return field_number(&schema->field[0], body);
}

static int keep(struct wire_arena *arena, const struct buffer *from, ProtobufCBinaryData *to)
{
    to->data = wire_alloc(arena, from->n);
    if (!to->data)
        return -1;
    if (from->n > 0)
        memcpy(to->data, from->bytes, from->n);
    to->len = from->n;
    return 0;
}

static int seal(struct wire_arena *arena, const struct wire_map *map, const void *body,
                const struct wire_vault *vault, ProtobufCBinaryData *to)
{
    char letter = map->schema->field[0].letter;
    uint64_t id = subject_of(map->schema, body);
    struct buffer plain, sealed;
    int result = -1;
    buffer_init(&plain, WIRE_RECORD_MAX);
    buffer_init(&sealed, WIRE_RECORD_MAX);
    ProtobufCMessage *message = wire_encode(arena, map, body, WIRE_PERSONAL);
    if (!message || wire_pack(arena, message, WIRE_RECORD_MAX, &plain) < 0)
        goto out;
    int sealing = WIRE_FORGOTTEN; /* nothing was said: as good as forgotten */
    if (plain.n > 0)
        sealing = vault->seal_cb(vault->ctx, letter, id, plain.bytes, plain.n, &sealed);
    if (sealing < 0 || sealed.full)
        wire_fail(arena, "%s: personal data of %c%llu cannot be sealed", map->schema->name, letter,
                  (unsigned long long)id);
    else
        result = sealing == WIRE_FORGOTTEN ? 0 : keep(arena, &sealed, to);
out:
    buffer_close(&plain);
    buffer_close(&sealed);
    return result;
}

static int open_sealed(struct wire_arena *arena, const struct wire_map *map,
                       const struct wire_vault *vault, const ProtobufCBinaryData *from, void *body)
{
    char letter = map->schema->field[0].letter;
    uint64_t id = subject_of(map->schema, body);
    ProtobufCMessage *message = NULL;
    struct buffer plain;
    int result = -1;
    buffer_init(&plain, WIRE_RECORD_MAX);
    int opening = vault->open_cb(vault->ctx, letter, id, from->data, from->len, &plain);
    if (opening == WIRE_FORGOTTEN) {
        result = 0;
    } else if (opening < 0 || plain.full) {
        wire_fail(arena, "%s: personal data of %c%llu cannot be opened", map->schema->name, letter,
                  (unsigned long long)id);
    } else {
        message = wire_unpack(arena, map->message, plain.bytes, plain.n, WIRE_RECORD_MAX);
        if (message)
            result = wire_decode(arena, map, message, WIRE_PERSONAL, body);
    }
    buffer_close(&plain);
    return result;
}

ProtobufCMessage *wire_wrap(struct wire_arena *arena, const struct wire_kinds *kinds,
                            uint32_t kind, const void *body, enum wire_part part,
                            const struct wire_vault *vault)
{
    must(kind > 0 && kind < kinds->count);
    const struct wire_map *map = &kinds->map[kind];
    bool sealed = vault && has_personal(map->schema);
    ProtobufCMessage *wrapper = wire_message(arena, kinds->wrapper);
    ProtobufCMessage *inner = wire_encode(arena, map, body, sealed ? WIRE_PUBLIC : part);
    if (!wrapper || !inner)
        return NULL;
    if (sealed && seal(arena, map, body, vault, personal_of(wrapper)) < 0)
        return NULL;
    wire_put_body(wrapper, kind, inner);
    return wrapper;
}

int wire_unwrap(struct wire_arena *arena, const struct wire_kinds *kinds,
                const ProtobufCMessage *wrapper, const struct wire_vault *vault, void *body)
{
    uint32_t kind = 0;
    ProtobufCMessage *inner = NULL;
    if (wire_get_body(arena, wrapper, &kind, &inner) < 0)
        return -1;
    const struct wire_map *map = &kinds->map[kind];
    if (wire_decode(arena, map, inner, WIRE_ALL, body) < 0)
        return -1;
    if (kinds == &wire_commands)
        return 0; /* spoken in clear: sealed where it is kept */
    const ProtobufCBinaryData *sealed = personal_of(wrapper);
    if (sealed->len == 0 || !vault)
        return 0;
    if (!has_personal(map->schema))
        return wire_fail(arena, "%s has nothing personal, but a sealed part", map->schema->name);
    return open_sealed(arena, map, vault, sealed, body);
}
