/* frame: one encoded message, shared by every client it is sent to.
 *
 * Encode once into bytes[0..len), hand the same frame to many queues, drop it. Whoever stores a
 * pointer keeps a reference. Bytes do not change once the frame has been given to gate_send.
 * Owner: reference count. Thread: the loop's only. Units: bytes.
 * Errors: frame_new is NULL without memory. Start here if you send something to people. */
#ifndef GATE_FRAME_H
#define GATE_FRAME_H

#include <stddef.h>
#include <stdint.h>

enum { FRAME_WS_HEAD_MAX = 10 };

struct frame {
    uint32_t refs;
    uint32_t len;         /* of bytes */
    uint8_t length_be[4]; /* len, big-endian: what goes before bytes over TCP */
    uint8_t
        ws_head[FRAME_WS_HEAD_MAX]; /* of an unmasked binary message: what goes before it there */
    uint8_t ws_head_len;
    uint8_t bytes[];
};

/* A frame with one reference and len bytes to be filled in. */
struct frame *frame_new(size_t len);

/* A frame with a copy of the bytes. */
struct frame *frame_copy(const void *bytes, size_t len);

struct frame *frame_keep(struct frame *frame);

/* Gives the reference back and empties the pointer; *frame may be NULL. */
void frame_drop(struct frame **frame);

#endif
