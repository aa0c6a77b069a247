#include "dispatch/frame.h"

#include "dispatch/must.h"

#include <stdlib.h>
#include <string.h>

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
    for (int i = 0; i < 4; i++) {
        frame->length_be[i] = (uint8_t)(frame->len >> (24 - 8 * i));
    }
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
