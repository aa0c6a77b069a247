#include "dispatch/wire/wire_map.h"

#include <stdio.h>
#include <string.h>

#include "command.pb-c.h"
#include "dispatch/must.h"
#include "fact.pb-c.h"
#include "object.pb-c.h"

static struct wire_map command_maps[COMMAND_KIND_COUNT];
static struct wire_map fact_maps[FACT_KIND_COUNT];
static struct wire_map object_maps[OBJECT_KIND_COUNT];

const struct wire_kinds wire_commands = {&mingdi__command__descriptor, command_maps,
                                         COMMAND_KIND_COUNT};
const struct wire_kinds wire_facts = {&mingdi__fact__descriptor, fact_maps, FACT_KIND_COUNT};
const struct wire_kinds wire_objects = {&mingdi__object__descriptor, object_maps,
                                        OBJECT_KIND_COUNT};

static const struct schema *command_schema_of(uint32_t kind)
{
    return command_schema((enum command_kind)kind);
}

static const struct schema *fact_schema_of(uint32_t kind)
{
    return fact_schema((enum fact_kind)kind);
}

static const struct schema *object_schema_of(uint32_t kind)
{
    return object_schema((enum object_kind)kind);
}

void wire_init(void)
{
    static bool paired; /* again: nothing; the maps may be in use by other threads */
    char errmsg[ERRMSG_MAX] = "";
    if (paired)
        return;
    paired = true;
    if (wire_map_pair_kinds(command_maps, COMMAND_KIND_COUNT, wire_commands.wrapper,
                            command_schema_of, errmsg) < 0 ||
        wire_map_pair_kinds(fact_maps, FACT_KIND_COUNT, wire_facts.wrapper, fact_schema_of,
                            errmsg) < 0 ||
        wire_map_pair_kinds(object_maps, OBJECT_KIND_COUNT, wire_objects.wrapper,
                            object_schema_of, errmsg) < 0 ||
        wire_record_pair(errmsg) < 0 || wire_stream_pair(errmsg) < 0)
        must_fail(errmsg, __FILE__, __LINE__);
}

/* Commands. */

static const struct schema_field key_fields[] = {
    {"client", FIELD_U64, false, 0, offsetof(struct command, client), NULL},
    {"number", FIELD_U64, false, 0, offsetof(struct command, number), NULL},
};
static const struct schema key_schema = {"command", "", key_fields, 2, sizeof(struct command)};

int wire_command_check(const struct command *command, char errmsg[static ERRMSG_MAX])
{
    if (command->kind <= COMMAND_NONE || command->kind >= COMMAND_KIND_COUNT) {
        (void)snprintf(errmsg, ERRMSG_MAX, "there is no command of kind %d", (int)command->kind);
        return -1;
    }
    if (wire_check(&key_schema, command, errmsg) < 0)
        return -1;
    return wire_check(command_schema(command->kind), command_body(command), errmsg);
}

ProtobufCMessage *wire_command_encode(struct wire_arena *arena, const struct command *command)
{
    if (wire_command_check(command, arena->errmsg) < 0)
        return NULL;
    ProtobufCMessage *message =
        wire_wrap(arena, &wire_commands, command->kind, command_body(command), WIRE_ALL, NULL);
    if (message) {
        ((Mingdi__Command *)message)->client = command->client;
        ((Mingdi__Command *)message)->number = command->number;
    }
    return message;
}

int wire_command_decode(struct wire_arena *arena, const ProtobufCMessage *message,
                        struct command *command)
{
    const Mingdi__Command *from = (const Mingdi__Command *)message;
    struct command got = {.client = from->client, .number = from->number};
    ProtobufCMessage *body = NULL;
    uint32_t kind = 0;
    if (wire_get_body(arena, message, &kind, &body) < 0)
        return -1;
    got.kind = (enum command_kind)kind;
    if (wire_unwrap(arena, &wire_commands, message, NULL, command_body_of(&got)) < 0 ||
        wire_check(&key_schema, &got, arena->errmsg) < 0)
        return -1;
    *command = got;
    return 0;
}

int wire_command_pack(struct wire_arena *arena, const struct command *command, struct buffer *out)
{
    size_t used = arena->used;
    const ProtobufCMessage *message = wire_command_encode(arena, command);
    int result = message ? wire_pack(arena, message, WIRE_RECORD_MAX, out) : -1;
    arena->used = used;
    return result;
}

int wire_command_unpack(struct wire_arena *arena, const void *bytes, size_t n,
                        struct command *command)
{
    const ProtobufCMessage *message =
        wire_unpack(arena, wire_commands.wrapper, bytes, n, WIRE_RECORD_MAX);
    return message ? wire_command_decode(arena, message, command) : -1;
}

/* Objects. */

int wire_object_decode(struct wire_arena *arena, const ProtobufCMessage *message,
                       const struct wire_vault *vault, struct wire_object *object)
{
    ProtobufCMessage *inner = NULL;
    uint32_t kind = 0;
    if (wire_get_body(arena, message, &kind, &inner) < 0)
        return -1;
    void *body = wire_alloc(arena, object_maps[kind].schema->size);
    if (!body || wire_unwrap(arena, &wire_objects, message, vault, body) < 0)
        return -1;
    *object = (struct wire_object){(enum object_kind)kind, body};
    return 0;
}

int wire_object_pack(struct wire_arena *arena, struct wire_object object,
                     const struct wire_vault *vault, struct buffer *out)
{
    size_t used = arena->used;
    const ProtobufCMessage *message =
        wire_wrap(arena, &wire_objects, object.kind, object.body, WIRE_ALL, vault);
    int result = message ? wire_pack(arena, message, WIRE_RECORD_MAX, out) : -1;
    arena->used = used;
    return result;
}

int wire_object_unpack(struct wire_arena *arena, const void *bytes, size_t n,
                       const struct wire_vault *vault, struct wire_object *object)
{
    const ProtobufCMessage *message =
        wire_unpack(arena, wire_objects.wrapper, bytes, n, WIRE_RECORD_MAX);
    return message ? wire_object_decode(arena, message, vault, object) : -1;
}
