/* reader: whoever learns of facts from the journal and from nothing else.
 *
 * A reader keeps a cursor and works at its own pace; `wake_cb` tells that there is more, and it
 * reads with feed_read. It delivers at least once, so what it writes must be idempotent by seq.
 * Owner: the reader. Thread: the loop's. Errors are the reader's own: it retries, it never stops
 * the line. Start here if you add one: fill in a struct reader and feed_join it. */
#ifndef READERS_READER_H
#define READERS_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "dispatch/base/os.h"

/* So long a reader that has much to catch up with may read at a time before the loop goes on; to
 * send on what it read takes it some three times as long again, in the same turn. */
enum { READER_TURN_NS = 250000 };

struct reader {
    const char *name;
    void *self;
    void (*wake_cb)(void *self, uint64_t durable_seq);
    uint64_t cursor;   /* last seq it is done with, for lag and metrics */
    bool down;         /* cannot reach its other side at the moment */
};

static inline bool reader_turn_over(uint64_t began_ns)
{
    return os_mono_ns() - began_ns >= READER_TURN_NS;
}

#endif
