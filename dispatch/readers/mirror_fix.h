/* mirror_fix: every fix from the daily spool into PostGIS.
 *
 * It reads the spool by place (day, offset), not the journal by seq: fixes are not facts. Each
 * batch is one transaction with the place after it (table spool_cursor); a fix that is there
 * already, by unit and time, is passed over. The partition of a day is made with its first fix;
 * fixes of doubtful date go to the one that is always there. A batch in which the database refuses
 * something is tried again fix by fix, and what is refused then goes to `quarantine`.
 *
 * Once a day, and at the start, partitions older than [postgres] fix_days are dropped.
 *
 * Owner: copies. Thread: its loop's; never waits for the database, looks into the spool once a
 * second. Memory: one batch. Errors: none at open; afterwards it only lags.
 * Start here: mirror_fix_open. */
#ifndef READERS_MIRROR_FIX_H
#define READERS_MIRROR_FIX_H

#include "dispatch/base/config.h"
#include "dispatch/base/metrics.h"
#include "dispatch/ingest/spool.h"
#include "dispatch/readers/mirror_link.h"
#include "dispatch/wire/buffer.h"

enum { MIRROR_FIXES = 1000, MIRROR_FIX_COLUMNS = 13 };

enum mirror_fix_state {
    MIRROR_FIX_DOWN,
    MIRROR_FIX_ASKING,
    MIRROR_FIX_IDLE,
    MIRROR_FIX_WRITING,
    MIRROR_FIX_DROPPING,
};

struct mirror_fix {
    struct mirror_link link;
    const struct config *config; /* borrowed; [postgres] */
    struct metrics *metrics;
    struct spool_reader spool;
    struct spool_cursor cursor; /* as the database has it */
    struct spool_cursor upto;   /* after the batch that is being written */
    struct fix fix[MIRROR_FIXES];
    struct buffer column[MIRROR_FIX_COLUMNS];
    uint32_t count;
    uint32_t one_by_one; /* so many fixes are still to be tried alone */
    enum mirror_fix_state state;
    bool refused;
    char reason[ERRMSG_MAX];
    uint64_t mirrored;  /* fixes handed over since the start */
    int64_t dropped_day; /* since 1970, when old days were last dropped; 0: not yet */
    uint64_t lost_days; /* of the spool, as last told */
    uv_timer_t second;
    uint32_t closing; /* handles still open */
    void (*closed_cb)(void *context);
    void *context;
};

/* `spool_dir` is where track keeps its files. `config` and `metrics` must outlive it. */
void mirror_fix_open(struct mirror_fix *mirror, uv_loop_t *loop, const struct config *config,
                     const char *spool_dir, struct metrics *metrics);
void mirror_fix_close(struct mirror_fix *mirror, void (*closed_cb)(void *context), void *context);

/* Whether all that is in the spool now is in the database. */
bool mirror_fix_caught_up(const struct mirror_fix *mirror);

#endif
