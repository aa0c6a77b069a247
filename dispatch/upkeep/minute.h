/* minute: what the house does once a minute: the fallback board to disk, the disk's growth watched,
 * and on a new day the journal rotated.
 *
 *   timer ─► sheet (in memory) ─► durable? ─► worker: board.html, board.txt replaced
 *
 * The board shows only what is durable. Its files are 0600 (personal data), replaced whole, and
 * stay when dispatchd is gone. Owner: the server. Thread: the loop's; files are written in a
 * worker. Errors: logged, and the minute after tries again. Start here: minute_open. */
#ifndef UPKEEP_MINUTE_H
#define UPKEEP_MINUTE_H

#include "dispatch/upkeep/growth.h"
#include "dispatch/upkeep/rotation.h"

struct minute {
    const struct config *config;
    struct pipeline *pipeline;
    struct metrics *metrics;
    struct growth growth;
    struct rotation rotation;
    struct buffer html, text; /* the board being written */
    uv_timer_t timer;
    uv_work_t work;
    bool open, writing, closing, growth_alarm;
    int written; /* 0 or -errno, of the last board */
    char dir[CONFIG_TEXT_MAX + 32];
    void (*closed_cb)(void *context);
    void *context;
};

void minute_open(struct minute *minute, const struct config *config, struct pipeline *pipeline,
                 struct metrics *metrics);

/* closed_cb when nothing is being written any more; at once where it was never opened. Before the
 * pipeline closes. */
void minute_close(struct minute *minute, void (*closed_cb)(void *context), void *context);

/* Where the board lies, with these settings. */
void minute_board_dir(const struct config *config, char dir[static CONFIG_TEXT_MAX + 32]);

#endif
