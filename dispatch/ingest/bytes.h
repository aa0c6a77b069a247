/* bytes: big-endian numbers read and written with a bound that is checked once per access.
 * A struct byte_reader that runs past its end turns `bad` and gives zeros from then on, so a
 * parser may read all its fields and look once; a struct byte_writer likewise with its room.
 * Pure; any thread. */
#ifndef INGEST_BYTES_H
#define INGEST_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct byte_reader {
    const uint8_t *at;
    size_t left;
    bool bad;
};

static inline struct byte_reader byte_reader(const uint8_t *bytes, size_t n)
{
    return (struct byte_reader){.at = bytes, .left = n};
}

/* A borrow of n bytes, or NULL (and bad) if they are not there. */
static inline const uint8_t *bytes_take(struct byte_reader *r, size_t n)
{
    if (r->bad || n > r->left) {
        r->bad = true;
        r->left = 0;
        return NULL;
    }
    const uint8_t *bytes = r->at;
    if (n > 0)
        r->at += n;
    r->left -= n;
    return bytes;
}

static inline uint8_t bytes_u8(struct byte_reader *r)
{
    const uint8_t *b = bytes_take(r, 1);
    return b == NULL ? 0 : b[0];
}

static inline uint16_t bytes_u16(struct byte_reader *r)
{
    const uint8_t *b = bytes_take(r, 2);
    return (uint16_t)(b == NULL ? 0 : b[0] << 8 | b[1]);
}

static inline uint32_t bytes_u32(struct byte_reader *r)
{
    uint32_t high = bytes_u16(r);
    return high << 16 | bytes_u16(r);
}

struct byte_writer {
    uint8_t *start;
    size_t room;
    size_t length;
    bool bad;
};

static inline struct byte_writer byte_writer(uint8_t *start, size_t room)
{
    return (struct byte_writer){.start = start, .room = room};
}

static inline void bytes_put(struct byte_writer *w, const void *bytes, size_t n)
{
    if (w->bad || n > w->room - w->length) {
        w->bad = true;
        return;
    }
    if (n > 0)
        memcpy(w->start + w->length, bytes, n);
    w->length += n;
}

static inline void bytes_put_u8(struct byte_writer *w, uint8_t v)
{
    bytes_put(w, &v, 1);
}

static inline void bytes_put_u16(struct byte_writer *w, uint16_t v)
{
    bytes_put(w, (const uint8_t[]){(uint8_t)(v >> 8), (uint8_t)v}, 2);
}

static inline void bytes_put_u32(struct byte_writer *w, uint32_t v)
{
    bytes_put_u16(w, (uint16_t)(v >> 16));
    bytes_put_u16(w, (uint16_t)v);
}

#endif
