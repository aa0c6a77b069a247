/* warn: the reader that watches: what the detectors see in the journal becomes alerts in it.
 *
 *   worker:  journal ─► follow ─► pending actions
 *                        └── records of WARN_CLIENT take off the list what the journal has already
 *   loop:    the first pending action ─► a command ─► line          one at a time, in order
 *
 * The detectors run in a worker, some records at a time, with a connection of their own to the
 * journal, so that nothing they work out holds up a decision; between two readings everything they
 * know is the loop's. What they know is kept in a file as often as a snapshot is made and at the
 * end (warn_keep.h): a start goes on from there. Without a good one the whole journal is read
 * again, and where its first records are gone it begins at the newest snapshot.
 * While it catches up nothing is said: what the detectors said then stands in the journal and takes
 * their actions off the list. What is left on it when the end is reached was lost by a kill, and is
 * asked for now, unless it is older than an alert may be (WARN_LATE_MS). The key (client, number)
 * makes a second asking harmless. A night's fit runs in a worker too and comes back as a fact.
 * Owner: the server. Thread: the loop's; it owns two workers. Errors: logged; dispatch goes on
 * without detectors. Start here: warn_open. */
#ifndef READERS_WARN_H
#define READERS_WARN_H

#include "dispatch/line/pipeline.h"
#include "dispatch/readers/warn_keep.h"

enum { WARN_LATE_MS = 600000 };

struct warn {
    struct reader reader;
    struct pipeline *pipeline;
    const struct config *config;
    uv_loop_t *loop;
    /* The reading: the worker's while `busy`, else the loop's. */
    uv_work_t work;
    struct journal_reader *journal;
    struct warn_follow follow;
    struct warn_pending pending;
    struct watch_fit *fit; /* wanted or under way; NULL: none */
    uint64_t lost;         /* actions without room, ever */
    uint64_t upto_seq;
    char path[CONFIG_TEXT_MAX + 32];
    bool begun, busy, keeps, fits, failed;
    /* The loop's. */
    struct warn_lists lists;
    struct reply reply; /* to what is in flight, once `replied` */
    uint64_t asked;     /* number of the action in flight */
    uint64_t caught_up_seq; /* from here on it speaks */
    uint64_t kept_seq;
    int64_t kept_ms;
    bool speaks, in_flight, replied, open, closing;
    uv_work_t fit_work;
    struct gumbel gumbel;
    bool fitting, fitted, fit_good;
    /* What the detectors do not know goes into their commands: the plan that answers them. May be
     * NULL; set after warn_open, as idle_cb: it has read all there is. */
    void (*prepare_cb)(void *server, struct command *command);
    void (*idle_cb)(void *server);
    void *server;
    void (*closed_cb)(void *context);
    void *context;
    char errmsg[ERRMSG_MAX];
};

int warn_open(struct warn *warn, uv_loop_t *loop, const struct config *config,
              const struct watch_policy *policy, struct pipeline *pipeline);

/* There are durable records that the detectors have not read, or have not said all about. */
bool warn_is_behind(const struct warn *warn);

/* closed_cb once no worker runs; at once where it was never opened. */
void warn_close(struct warn *warn, void (*closed_cb)(void *context), void *context);

#endif
