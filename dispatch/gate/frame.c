#include "dispatch/gate/frame.h"

#include "dispatch/must.h"

#include <stdlib.h>
#include <string.h>

static void write_heads(struct frame *frame)
{
    uint32_t len = frame->len;
    int length_bytes = len < 126 ? 0 : len <= UINT16_MAX ? 2 : 8;
    for (int i = 0; i < 4; i++) {
        frame->length_be[i] = (uint8_t)(len >> (24 - 8 * i));
    }
    frame->ws_head[0] = 0x82; /* final, binary */
    frame->ws_head[1] = (uint8_t)(length_bytes == 0 ? len : length_bytes == 2 ? 126 : 127);
    for (int i = 0; i < length_bytes; i++) {
        frame->ws_head[2 + i] = (uint8_t)((uint64_t)len >> (8 * (length_bytes - 1 - i)));
    }
    frame->ws_head_len = (uint8_t)(2 + length_bytes);
}

struct frame *frame_new(size_t len)
{
    if (len > INT32_MAX) {
        return NULL;
    }
    struct frame *frame = malloc(sizeof *frame + len);
    if (!frame) {
        return NULL;
    }
    frame->refs = 1;
    frame->len = (uint32_t)len;
    write_heads(frame);
    return frame;
}

struct frame *frame_copy(const void *bytes, size_t len)
{
    struct frame *frame = frame_new(len);
    if (frame && len) {
        memcpy(frame->bytes, bytes, len);
    }
    return frame;
}

struct frame *frame_keep(struct frame *frame)
{
    must(frame->refs > 0 && frame->refs < UINT32_MAX);
    frame->refs++;
    return frame;
}

void frame_drop(struct frame **frame)
{
    struct frame *dropped = *frame;
    *frame = NULL;
    if (!dropped) {
        return;
    }
    must(dropped->refs > 0);
    if (--dropped->refs == 0) {
        free(dropped);
    }
}
