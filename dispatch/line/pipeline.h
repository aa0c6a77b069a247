/* pipeline: the line itself. A command in, an answer out once it is durable.
 *
 *   submit ─► answered before? ─► clean? space? ─► decide ─► pack ─► journal ─► apply ─► … durable
 *                                                                                      ─► answer
 *
 * The pipeline is the only one that decides and applies in the live core, and the only one that
 * appends to the journal. Nothing leaves before the commit: answers wait for it, readers are woken
 * by it. Apply runs right after the append, so the next command sees the new state.
 *
 * Owner: the server. Thread: the loop's. Times: ms since 1970, never below the last journalled.
 * Errors: -1 with a text in errmsg; a command's refusal is an answer.
 * Start here: pipeline_open, pipeline_submit. */
#ifndef LINE_PIPELINE_H
#define LINE_PIPELINE_H

#include <uv.h>

#include "dispatch/base/config.h"
#include "dispatch/base/metrics.h"
#include "dispatch/core/core.h"
#include "dispatch/line/allowance.h"
#include "dispatch/line/feed.h"

enum { PIPELINE_PENDING_MAX = 65536 };

struct reply {
    uint64_t client, number, seq;
    enum refusal refusal;
    uint64_t made;
};
/* `tag` is the caller's. Called once, when the answer may leave: from the loop, or before
 * pipeline_submit returns when nothing has to become durable for it. */
typedef void (*reply_cb)(void *context, uint64_t tag, const struct reply *answer);

struct snapshotter; /* pipeline_snapshot.c */

struct pending {
    uint64_t wait_seq; /* the answer leaves when this is durable */
    struct reply reply;
    reply_cb replied_cb;
    void *context;
    uint64_t tag, since_ns;
};

struct pipeline {
    struct core core;
    void *core_memory;
    struct decision *decision;
    struct journal *journal;
    struct journal_reader *reader;
    struct vault vault;
    struct personal personal;
    struct feed feed;
    struct wire_arena arena;
    struct buffer sealed, clear;
    struct metrics *metrics;
    struct allowance refused; /* commands that may be journalled although they were refused */
    struct pending *pending; /* a ring, in order of wait_seq */
    uint64_t pending_first, pending_last;
    uint64_t reserved_seq;   /* the last seq given out */
    bool encrypt, driven, space_ok, open;
    int64_t wall_zero_ms, driven_ms;
    uint64_t mono_zero_ns;
    int64_t clock_off_ms;  /* the machine's clock less ours, when it was last told */
    int64_t deadline_ms;   /* the next one, after the record deadline_seq; 0: look it up */
    uint64_t deadline_seq;
    uv_timer_t tick;
    uint64_t folded; /* records read at start */
    struct snapshotter *snapshotter;
    /* Sees every record right after it was applied, before it is durable: for what must be ready
     * in time (travel), never for what leaves the house. */
    void (*applied_cb)(void *context, const struct record *record);
    void (*opened_cb)(void *context); /* the BOOT record is durable: now serve */
    void *context;
    char errmsg[ERRMSG_MAX];
};

/* Limits and policy as the configuration has them. */
void pipeline_limits(const struct config *config, struct limits *limits);
void pipeline_policy(const struct config *config, struct policy *policy);

/* Opens the journal, folds it into the core and commits the BOOT record; opened_cb follows. */
int pipeline_open(struct pipeline *pipeline, const struct config *config, uv_loop_t *loop,
                  struct metrics *metrics);
/* closed_cb when everything queued is durable and the journal is closed. */
void pipeline_close(struct pipeline *pipeline, void (*closed_cb)(void *context), void *context);

int64_t pipeline_now_ms(const struct pipeline *pipeline);

/* The house's own wall clock: the machine's at the start, going on by itself, so that setting the
 * machine's clock changes nothing until a restart. For what is no fact (sessions). */
int64_t pipeline_wall_ms(const struct pipeline *pipeline);

/* What the configuration may change at run time. Loop thread. */
void pipeline_reload(struct pipeline *pipeline, const struct config *config);

/* With a driven clock: the time is now this (never backward). */
void pipeline_drive(struct pipeline *pipeline, int64_t now_ms);

/* Decides and, in time, answers. replied_cb may be NULL. */
void pipeline_submit(struct pipeline *pipeline, const struct command *command,
                     reply_cb replied_cb, void *context, uint64_t tag);

/* The house's own command (client 0, role machine), nobody waits for it. */
void pipeline_submit_own(struct pipeline *pipeline, struct command *command);

/* Calls `replied_cb` when everything applied so far is durable (at once, if it is). -1: too many
 * wait already, and it is not called. */
int pipeline_when_durable(struct pipeline *pipeline, reply_cb replied_cb, void *context,
                          uint64_t tag, uint64_t number);

uint64_t pipeline_seq(const struct pipeline *pipeline); /* last applied */

#endif
