/* feed: durable records, in order, for whoever reads them.
 *
 * The newest are kept decodable in a ring in memory (so that a console hears of a fact within the
 * turn of the loop that made it durable); everything older comes from the journal. A reader keeps
 * a sequence number, nothing else, and may fall behind as far as it likes: the ring never grows.
 * Owner: the server. Thread: the loop's. Units: sequence numbers. Errors: -1, text in errmsg.
 * Start here if you add a reader: struct reader in readers/reader.h, then feed_join. */
#ifndef LINE_FEED_H
#define LINE_FEED_H

#include "dispatch/line/personal.h"
#include "dispatch/readers/reader.h"

enum { FEED_RING = 8192, FEED_RING_BYTES = 16 * 1024 * 1024, FEED_READERS_MAX = 8 };

struct feed_entry {
    uint64_t seq;
    unsigned char *bytes; /* a Record in clear */
    size_t n;
};

struct feed {
    struct feed_entry ring[FEED_RING];
    size_t ring_bytes;
    uint64_t first, last; /* seq in the ring: [first, last]; empty when first > last */
    uint64_t durable;
    struct journal_reader *journal;
    struct personal personal;
    struct wire_arena arena;
    struct reader *reader[FEED_READERS_MAX];
    uint32_t reader_count;
    char errmsg[ERRMSG_MAX];
};

/* `vault` opens what is sealed in the journal; NULL reads that as empty. */
int feed_init(struct feed *feed, struct journal_reader *journal, struct vault *vault,
              uint64_t durable);
void feed_close(struct feed *feed);

/* A record that will become durable: `bytes` is its Record message with personal fields in clear.
 * Takes a copy. */
void feed_put(struct feed *feed, uint64_t seq, const void *bytes, size_t n);

/* Nothing is kept decodable any more: readers take all of it from the journal, where what was
 * forgotten is closed. */
void feed_empty(struct feed *feed);

/* Everything up to seq is durable: wakes every reader. What was never put (in a thread that is not
 * the pipeline's) is read from the journal. */
void feed_durable(struct feed *feed, uint64_t seq);

void feed_join(struct feed *feed, struct reader *reader);
/* It is woken no more; a reader that never joined is no harm. */
void feed_leave(struct feed *feed, const struct reader *reader);

/* Up to `max` durable records after `after_seq`, borrowed for the call; each_cb returns false to
 * stop. The number delivered, or -1. */
int64_t feed_read(struct feed *feed, uint64_t after_seq, uint64_t max,
                  bool (*each_cb)(void *context, const struct record *record), void *context);

#endif
