#include "dispatch/wire/wire_map.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every piece stands behind its size: that is how a text's length is known although protobuf-c
 * hands out texts that end at a zero byte, and a zero byte inside one is found. */
enum { HEADER = sizeof(uint64_t) };

int wire_arena_init(struct wire_arena *arena, size_t size)
{
    *arena = (struct wire_arena){.bytes = malloc(size), .size = size};
    if (!arena->bytes)
        return wire_fail(arena, "no memory for an arena of %zu bytes", size);
    return 0;
}

void wire_arena_close(struct wire_arena *arena)
{
    free(arena->bytes);
    arena->bytes = NULL;
    arena->size = arena->used = 0;
}

void wire_arena_reset(struct wire_arena *arena)
{
    arena->used = 0;
    arena->full = false;
}

int wire_fail(struct wire_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(arena->errmsg, sizeof(arena->errmsg), format, args);
    va_end(args);
    return -1;
}

static void *take(void *allocator_data, size_t n)
{
    struct wire_arena *arena = allocator_data;
    uint64_t header = n;
    if (n > arena->size || ((n + 7) & ~(size_t)7) + HEADER > arena->size - arena->used) {
        arena->full = true;
        return NULL;
    }
    unsigned char *at = arena->bytes + arena->used;
    memcpy(at, &header, HEADER);
    arena->used += HEADER + ((n + 7) & ~(size_t)7);
    return at + HEADER;
}

static void give_back(void *allocator_data, void *p)
{
    (void)allocator_data;
    (void)p; /* all at once: wire_arena_reset */
}

void *wire_alloc(struct wire_arena *arena, size_t n)
{
    void *p = take(arena, n);
    if (p)
        memset(p, 0, n);
    else
        wire_fail(arena, "message needs more than the %zu bytes set aside for it", arena->size);
    return p;
}

size_t wire_size_of(const struct wire_arena *arena, const void *p)
{
    uintptr_t at = (uintptr_t)p;
    uintptr_t first = (uintptr_t)arena->bytes;
    uint64_t n = 0;
    if (at < first + HEADER || at >= first + arena->size)
        return 0;
    memcpy(&n, (const unsigned char *)p - HEADER, HEADER);
    return n;
}

int wire_pack(struct wire_arena *arena, const ProtobufCMessage *message, size_t max,
              struct buffer *out)
{
    size_t n = protobuf_c_message_get_packed_size(message);
    if (n > max)
        return wire_fail(arena, "%s of %zu bytes is longer than %zu",
                         message->descriptor->short_name, n, max);
    unsigned char *at = buffer_extend(out, n);
    if (!at)
        return wire_fail(arena, "%s of %zu bytes does not fit into its buffer",
                         message->descriptor->short_name, n);
    protobuf_c_message_pack(message, at);
    return 0;
}

ProtobufCMessage *wire_unpack(struct wire_arena *arena, const ProtobufCMessageDescriptor *type,
                              const void *bytes, size_t n, size_t max)
{
    ProtobufCAllocator allocator = {take, give_back, arena};
    if (n > max) {
        wire_fail(arena, "%s of %zu bytes is longer than %zu", type->short_name, n, max);
        return NULL;
    }
    ProtobufCMessage *message = protobuf_c_message_unpack(type, &allocator, n, bytes);
    if (message)
        return message;
    if (arena->full)
        wire_fail(arena, "%s of %zu bytes unpacks to more than %zu", type->short_name, n,
                  arena->size);
    else
        wire_fail(arena, "%zu bytes are not a protobuf %s", n, type->short_name);
    return NULL;
}

ProtobufCMessage *wire_message(struct wire_arena *arena, const ProtobufCMessageDescriptor *type)
{
    ProtobufCMessage *message = wire_alloc(arena, type->sizeof_message);
    if (message)
        protobuf_c_message_init(type, message);
    return message;
}

int wire_known(struct wire_arena *arena, const ProtobufCMessage *message)
{
    if (message->n_unknown_fields == 0)
        return 0;
    return wire_fail(arena, "%s has a field %u that this version does not know",
                     message->descriptor->short_name, message->unknown_fields[0].tag);
}
