/* copies: the readers that keep PostGIS and Redis, in a thread of their own.
 *
 *   loop    feed ─► durable seq, positions, settings      how far each is, what was refused
 *                        │ (atomics, uv_async)                     ▲
 *   thread  own loop, journal reader, vault, feed ─► mirror_postgis, mirror_fix, publish_redis
 *
 * What they read, open, pack, send and parse takes a millisecond at a time, and many in a row while
 * a copy catches up: the loop that acknowledges commands has nothing of it. They read the journal's
 * file, never the loop's memory.
 *
 * Owner: the server. Thread: the loop's for every function here. Errors: copies_open -1 with
 * errmsg; afterwards a copy only lags. Start here: copies_open; a further reader that talks to
 * another house is opened beside the three. */
#ifndef READERS_COPIES_H
#define READERS_COPIES_H

#include <stdatomic.h>
#include <uv.h>

#include "dispatch/readers/mirror_fix.h"
#include "dispatch/readers/mirror_postgis.h"
#include "dispatch/readers/positions.h"
#include "dispatch/readers/publish_redis.h"

/* How one of them is, for the loop. */
struct copy {
    _Atomic uint64_t cursor; /* last seq it is done with */
    _Atomic bool down;
};

struct copies {
    struct reader reader; /* in the pipeline's feed */
    bool has_redis, has_postgres;
    struct copy redis_copy, postgres_copy;
    _Atomic int64_t quarantined;
    _Atomic uint64_t durable_seq;
    _Atomic bool ending;
    _Atomic(struct config *) new_config;
    struct positions positions;
    uv_async_t news;  /* of the thread's loop: something above has changed */
    uv_async_t ended; /* of ours */
    uv_thread_t thread;
    void (*closed_cb)(void *context);
    void *context;

    /* The thread's from here on. */
    uv_loop_t loop;
    uv_prepare_t turned;
    struct config config;
    struct journal_reader *journal;
    struct vault vault;
    struct feed feed;
    struct metrics metrics;
    struct publish_redis redis;
    struct mirror_postgis postgres;
    struct mirror_fix fixes;
    char errmsg[ERRMSG_MAX];
};

/* Those of `config` that are configured; joins `feed`. `spool_dir` outlives them. After an error
 * there are none, and the process can only end. */
int copies_open(struct copies *copies, uv_loop_t *loop, const struct config *config,
                struct feed *feed, const char *spool_dir);
/* closed_cb when the thread has ended. Only after copies_open, when there is any. */
void copies_close(struct copies *copies, void (*closed_cb)(void *context), void *context);

static inline bool copies_any(const struct copies *copies)
{
    return copies->has_redis || copies->has_postgres;
}

void copies_reload(struct copies *copies, const struct config *config);
/* Once a second: where the units are. */
void copies_second(struct copies *copies, const struct track *track);

#endif
