/* mirror_postgis: the reader that keeps PostGIS as the journal says.
 *
 *   asking ─► folding ─► idle ─► writing ─► idle …       the cursor; the shadow up to it; batches
 *      │                            └─► by_row ─► idle    a row was refused: one by one
 *      └─► resetting ─► folding                           the cursor is not in the chain
 *
 * A batch is what was read in one turn of the loop, and one transaction: facts, what they say about
 * persons (table personal, apart), the objects they touched as they then were, and the cursor.
 * cursor_move (deploy/sql/008_mirror.sql) comes first in it, so that a session given up but still
 * at work cannot write after its successor. A row that the database refuses (SQLSTATE 22, 23) goes
 * to `quarantine` with the reason and is counted; any other trouble ends the connection, and the
 * batch waits for the next one.
 *
 * Owner: copies. Thread: its loop's; never waits. Memory: a shadow and one batch.
 * Errors: mirror_postgis_open -1 with errmsg; afterwards it only lags (reader.cursor, reader.down).
 * Start here: mirror_postgis_open; what a row looks like is mirror_row.h. */
#ifndef READERS_MIRROR_POSTGIS_H
#define READERS_MIRROR_POSTGIS_H

#include "dispatch/base/config.h"
#include "dispatch/base/metrics.h"
#include "dispatch/line/feed.h"
#include "dispatch/readers/mirror_batch.h"
#include "dispatch/readers/mirror_link.h"
#include "dispatch/readers/shadow.h"

enum mirror_state {
    MIRROR_DOWN,
    MIRROR_ASKING,
    MIRROR_RESETTING,
    MIRROR_FOLDING,
    MIRROR_IDLE,
    MIRROR_WRITING,
    MIRROR_BY_ROW,
};

/* What the answers of one exchange with the database came to. */
enum mirror_answer { MIRROR_FINE, MIRROR_REFUSED, MIRROR_MOVED };

struct mirror_postgis {
    struct reader reader;
    const struct config *config; /* borrowed; [postgres] */
    struct feed *feed;
    struct metrics *metrics;
    struct mirror_link link;
    struct shadow shadow;
    struct mirror_batch batch;
    struct journal_head cursor; /* as the database has it */
    bool cursor_known;
    enum mirror_state state;
    enum mirror_answer answer;
    char reason[ERRMSG_MAX]; /* of a refusal */
    size_t row;              /* by_row: the one being tried; SIZE_MAX: the transaction's begin */
    bool quarantining;       /* by_row: its entry in the quarantine is being written */
    uint64_t durable_seq;
    struct backoff unreadable;
    uv_timer_t work;
    void (*closed_cb)(void *context);
    void *context;
    char errmsg[ERRMSG_MAX];
};

/* `config`, `feed` and `metrics` must outlive it. Joins the feed. */
int mirror_postgis_open(struct mirror_postgis *mirror, uv_loop_t *loop, const struct config *config,
                        struct feed *feed, struct metrics *metrics);
void mirror_postgis_close(struct mirror_postgis *mirror, void (*closed_cb)(void *context),
                          void *context);

#endif
