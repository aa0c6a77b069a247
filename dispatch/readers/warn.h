/* warn: the reader that watches: what the detectors see in the journal becomes alerts in it.
 *
 *   journal ─► follow (from the first record) ─► actions ─► one command at a time ─► line
 *                 └── records of WARN_CLIENT ─┘ take off the list what the journal has already
 *
 * After a start the whole journal is read again, a millisecond of each turn of the loop, and
 * nothing is said: what the detectors said then stands in the journal and takes their actions off
 * the list. What is left on it when the end is reached was lost by a kill, and is asked for now,
 * unless it is older than an alert may be (WARN_LATE_MS). The key (client, number) makes a second
 * asking harmless. A night's fit runs in a worker and comes back as a fact.
 * Owner: the server. Thread: the loop's; fits in a worker. Errors: logged; dispatch goes on without
 * detectors. Start here: warn_open. */
#ifndef READERS_WARN_H
#define READERS_WARN_H

#include "dispatch/pipeline.h"
#include "dispatch/readers/warn_follow.h"

enum { WARN_PENDING_MAX = 1024, WARN_LATE_MS = 600000 };

struct warn {
    struct reader reader;
    struct pipeline *pipeline;
    struct warn_follow follow;
    struct watch_action *pending; /* a ring of WARN_PENDING_MAX */
    uint64_t first, last;
    struct warn_lists lists;
    uint64_t caught_up_seq; /* from here on it speaks */
    uint64_t lost;          /* actions without room, ever */
    bool speaks, in_flight, open, closing, turn_closed;
    uv_timer_t turn;
    uv_work_t work;
    struct watch_fit *fit; /* under way; NULL: none */
    struct gumbel gumbel;
    bool fit_good;
    /* What the detectors do not know goes into their commands: the plan that answers them. May be
     * NULL; set after warn_open. */
    void (*prepare_cb)(void *server, struct command *command);
    void *server;
    void (*closed_cb)(void *context);
    void *context;
    char errmsg[ERRMSG_MAX];
};

int warn_open(struct warn *warn, uv_loop_t *loop, const struct config *config,
              const struct watch_policy *policy, struct pipeline *pipeline);

/* closed_cb once no worker runs; at once where it was never opened. */
void warn_close(struct warn *warn, void (*closed_cb)(void *context), void *context);

#endif
