/* jt808_fragment: long messages put together from their parts.
 * Owned by one connection; one thread; memory only while parts are held, at most
 * JT808_FRAGMENT_BYTES. Times are milliseconds of any one clock.
 * A message is (terminal, message id, serial − (index − 1)); parts may come in any order and
 * twice. What is too big, or incomplete after JT808_FRAGMENT_AGE_MS, is dropped and counted. */
#ifndef INGEST_JT808_FRAGMENT_H
#define INGEST_JT808_FRAGMENT_H

#include "dispatch/ingest/jt808.h"

enum {
    JT808_FRAGMENT_PARTS = 64,
    JT808_FRAGMENT_BYTES = 64 * 1024,
    JT808_FRAGMENT_AGE_MS = 30 * 1000,
    JT808_FRAGMENT_OPEN = 4, /* messages in the making at once; the oldest gives way */
};

struct jt808_fragment_part {
    uint8_t *bytes;
    size_t length;
};

struct jt808_fragment_slot {
    bool used;
    char terminal[JT808_PHONE_MAX + 1];
    uint16_t msg_id;
    uint16_t first_serial;
    uint16_t total;
    uint16_t have;
    size_t bytes;
    int64_t since_ms;
    struct jt808_fragment_part parts[JT808_FRAGMENT_PARTS];
};

struct jt808_fragment {
    struct jt808_fragment_slot slots[JT808_FRAGMENT_OPEN];
    size_t bytes;     /* held in all slots */
    uint8_t *whole;   /* the last complete message, lent by jt808_fragment_put */
    uint64_t dropped; /* messages given up: too many parts, too big, too old, pushed out */
};

void jt808_fragment_init(struct jt808_fragment *f);
void jt808_fragment_close(struct jt808_fragment *f);

/* Takes a part. 1: complete, *whole is the message (its header that of the last part taken, not
 * fragmented), valid until the next call; 0: kept, or a part seen before; JT808_MALFORMED: total
 * or index make no sense or break a limit; JT808_LENGTH: no memory left for it. */
int jt808_fragment_put(struct jt808_fragment *f, const struct jt808_message *part, int64_t now_ms,
                       struct jt808_message *whole);

/* Gives up what is older than JT808_FRAGMENT_AGE_MS. */
void jt808_fragment_expire(struct jt808_fragment *f, int64_t now_ms);

#endif
