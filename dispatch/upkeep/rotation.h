/* rotation: once a day the journal's old records leave its file for a sealed one.
 *
 *   rotation_day, every minute ─► a new local day? ─► worker: journal_seal ─► journal_drop
 *
 * What is older than [journal] keep_days is sealed; the server, its readers and dispatchctl go on
 * reading it. A rotation that fails is an alert, and is tried again the next day and after a start.
 * Owner: the server's minute. Thread: the loop's; the file is written in a worker. Errors: logged.
 * Start here: rotation_day. */
#ifndef UPKEEP_ROTATION_H
#define UPKEEP_ROTATION_H

#include "dispatch/line/pipeline.h"

struct rotation {
    const struct config *config;
    struct pipeline *pipeline;
    int64_t day; /* the local day that was last rotated for */
    uv_work_t work;
    bool working;
    char dir[CONFIG_TEXT_MAX];
    int64_t before_ms;
    int sealed; /* 0, or -1 with errmsg */
    uint64_t sealed_seq;
    char errmsg[ERRMSG_MAX];
    void (*idle_cb)(void *context);
    void *context;
};

void rotation_init(struct rotation *rotation, const struct config *config,
                   struct pipeline *pipeline);

/* Nothing, but at the first minute of a day. */
void rotation_day(struct rotation *rotation);

/* idle_cb when no worker is busy with it, at once if none is. */
void rotation_close(struct rotation *rotation, void (*idle_cb)(void *context), void *context);

#endif
