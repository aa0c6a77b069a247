/* wire_map: pairs of a table of core/schema.h and a protobuf message, and the conversion between
 * them that knows neither. For wire*.c only.
 *
 *   bytes ── wire_unpack ──► ProtobufCMessage ── wire_decode ──► struct   (both in the arena)
 *   bytes ◄── wire_pack ──── ProtobufCMessage ◄── wire_encode ── struct
 *
 * A "kind" stands in a wrapper with a oneof (Command, Fact, Object, the frames): the number in the
 * oneof is the kind + WIRE_KIND_BASE.
 * Owner, thread, errors: as wire.h; maps are constant after wire_init. Start here: wire_init. */
#ifndef WIRE_WIRE_MAP_H
#define WIRE_WIRE_MAP_H

#include <protobuf-c/protobuf-c.h>

#include "dispatch/wire/wire.h"

enum { WIRE_FIELDS_MAX = 96, WIRE_KIND_BASE = 10 };

/* Which fields are meant: a redacted message has the public ones, a sealed part the personal. */
enum wire_part { WIRE_PUBLIC = 1, WIRE_PERSONAL = 2, WIRE_ALL = 3 };

struct wire_map {
    const struct schema *schema;
    const ProtobufCMessageDescriptor *message;
    const ProtobufCFieldDescriptor *field[WIRE_FIELDS_MAX]; /* of schema->field[i] */
};

/* A wrapper and its bodies; map[kind], map[0] is empty. */
struct wire_kinds {
    const ProtobufCMessageDescriptor *wrapper;
    const struct wire_map *map;
    uint32_t count;
};
extern const struct wire_kinds wire_commands, wire_facts, wire_objects;

/* wire_arena.c. Memory is zeroed and keeps its size in front of it; NULL says so in errmsg. */
void *wire_alloc(struct wire_arena *arena, size_t n);
size_t wire_size_of(const struct wire_arena *arena, const void *p); /* 0: not from the arena */
__attribute__((format(printf, 2, 3))) int wire_fail(struct wire_arena *arena, const char *format,
                                                    ...); /* -1 */
int wire_pack(struct wire_arena *arena, const ProtobufCMessage *message, size_t max,
              struct buffer *out);
/* Refuses n above `max`, and what is no such message. NULL on error. */
ProtobufCMessage *wire_unpack(struct wire_arena *arena, const ProtobufCMessageDescriptor *type,
                              const void *bytes, size_t n, size_t max);
ProtobufCMessage *wire_message(struct wire_arena *arena, const ProtobufCMessageDescriptor *type);
/* A message whose every field is known here: 0 or -1. */
int wire_known(struct wire_arena *arena, const ProtobufCMessage *message);

/* wire_map.c. Fields of either side without the other are an error, but for sub-messages, which no
 * table has, and for wrappers' own fields. */
int wire_map_pair(struct wire_map *map, const struct schema *schema,
                  const ProtobufCMessageDescriptor *message, char errmsg[static ERRMSG_MAX]);
/* Pairs each body of the wrapper's oneof with the schema of its kind, names included. */
int wire_map_pair_kinds(struct wire_map *maps, uint32_t count,
                        const ProtobufCMessageDescriptor *wrapper,
                        const struct schema *(*schema_of)(uint32_t kind),
                        char errmsg[static ERRMSG_MAX]);
/* Every value in its range, every text UTF-8 without zero bytes. */
int wire_check(const struct schema *schema, const void *body, char errmsg[static ERRMSG_MAX]);
int wire_encode_into(struct wire_arena *arena, const struct wire_map *map, const void *body,
                     enum wire_part part, ProtobufCMessage *message);
ProtobufCMessage *wire_encode(struct wire_arena *arena, const struct wire_map *map,
                              const void *body, enum wire_part part);
/* Fields of the other part keep their value in `body`. */
int wire_decode(struct wire_arena *arena, const struct wire_map *map,
                const ProtobufCMessage *message, enum wire_part part, void *body);

/* wire_kind.c. The body in a wrapper's oneof. */
const ProtobufCMessageDescriptor *wire_body_type(const ProtobufCMessageDescriptor *wrapper,
                                                 uint32_t kind);
void wire_put_body(ProtobufCMessage *wrapper, uint32_t kind, ProtobufCMessage *body);
/* Error: no body, or none that is known here. */
int wire_get_body(struct wire_arena *arena, const ProtobufCMessage *wrapper, uint32_t *kind,
                  ProtobufCMessage **body);
/* Wrapper and body of one kind; with a vault the personal part is sealed beside the body. */
ProtobufCMessage *wire_wrap(struct wire_arena *arena, const struct wire_kinds *kinds,
                            uint32_t kind, const void *body, enum wire_part part,
                            const struct wire_vault *vault);
/* `body` is zeroed memory for the kind that wire_get_body says. */
int wire_unwrap(struct wire_arena *arena, const struct wire_kinds *kinds,
                const ProtobufCMessage *wrapper, const struct wire_vault *vault, void *body);

/* What the stream's frames carry of the other files' messages. */
ProtobufCMessage *wire_command_encode(struct wire_arena *arena, const struct command *command);
int wire_command_decode(struct wire_arena *arena, const ProtobufCMessage *message,
                        struct command *command);
ProtobufCMessage *wire_record_encode(struct wire_arena *arena, const struct record *record,
                                     enum wire_part part, const struct wire_vault *vault);
int wire_record_decode(struct wire_arena *arena, const ProtobufCMessage *message,
                       const struct wire_vault *vault, struct record *record);
int wire_object_decode(struct wire_arena *arena, const ProtobufCMessage *message,
                       const struct wire_vault *vault, struct wire_object *object);
extern const struct schema wire_record_schema; /* a record without its facts */
extern const struct schema_words wire_refusal_words;
int wire_record_pair(char errmsg[static ERRMSG_MAX]);
int wire_stream_pair(char errmsg[static ERRMSG_MAX]);

#endif
