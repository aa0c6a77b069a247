/* publish_redis: the reader that keeps a live copy for other systems in Redis (publish_batch.h
 * says what lies under which key).
 *
 *   asking ─► folding ─► idle ─► writing ─► idle …      the stored seq; the shadow up to it;
 * batches └─► resetting ─► folding ─► stating ─► idle      nothing stored, or not to be trusted
 *
 * A batch is one script that runs only if the stored seq is the one before the batch; a connection
 * lost in between leaves the question which of the two it is, and asking answers it. A copy made
 * anew begins far enough back to fill the streams again. Positions go beside, at most once a
 * second. The address must be numeric: hiredis looks names up while the loop stands.
 *
 * Owner: copies. Thread: its loop's; never waits. Memory: a shadow and one batch.
 * Errors: publish_redis_open -1 with errmsg; afterwards it only lags (reader.cursor, reader.down).
 * Start here: publish_redis_open. */
#ifndef READERS_PUBLISH_REDIS_H
#define READERS_PUBLISH_REDIS_H

#include <uv.h>

#include "dispatch/base/config.h"
#include "dispatch/line/feed.h"
#include "dispatch/readers/backoff.h"
#include "dispatch/readers/positions.h"
#include "dispatch/readers/publish_batch.h"
#include "dispatch/readers/shadow.h"

struct redisAsyncContext;

enum publish_state {
    PUBLISH_DOWN,
    PUBLISH_CONNECTING,
    PUBLISH_ASKING,
    PUBLISH_RESETTING,
    PUBLISH_FOLDING,
    PUBLISH_STATING, /* writing the objects of a new copy, chunk by chunk */
    PUBLISH_IDLE,
    PUBLISH_WRITING,
};

struct publish_redis {
    struct reader reader;
    const struct config *config; /* borrowed; [redis] */
    struct feed *feed;
    struct positions *positions; /* borrowed; what is put in is shown */
    uv_loop_t *loop;
    struct redisAsyncContext *redis;
    struct shadow shadow;
    struct publish_batch batch, places;
    enum publish_state state;
    char keys[PUBLISH_KEYS_MAX];
    bool distrust;           /* a script broke off: make the copy anew */
    bool anew;               /* it is being made anew */
    uint32_t chunk;          /* stating: which one */
    uint32_t unit, incident; /* stating: the next of each table */
    uint64_t durable_seq;
    uint32_t waiting; /* for so many replies */
    bool positions_sent;
    struct backoff backoff;
    uv_timer_t work, limit, second;
    uint32_t closing; /* handles still open */
    void (*closed_cb)(void *context);
    void *context;
    char errmsg[ERRMSG_MAX];
};

/* `config`, `feed` and `positions` must outlive it. Joins the feed. */
int publish_redis_open(struct publish_redis *redis, uv_loop_t *loop, const struct config *config,
                       struct feed *feed, struct positions *positions);
void publish_redis_close(struct publish_redis *redis, void (*closed_cb)(void *context),
                         void *context);

/* "<prefix>:{<journal_id>.<epoch>}:" */
void publish_keys(char out[static PUBLISH_KEYS_MAX], const char *prefix,
                  const struct journal_head *head);

#endif
