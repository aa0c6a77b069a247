/* shadow: a core of a reader's own, folded exactly as far as the reader has read.
 *
 * Redis and PostGIS hold objects as well as facts. The live core is ahead of what is durable and of
 * a reader that lags, so each reader keeps its own and asks it what a record has changed. The rule
 * of what a fact does to an object stays in core/apply.c alone.
 *
 *   shadow_apply(record)   changed_cb is owed for every object the record touched
 *   shadow_flush           pays: changed_cb once for each, with its state of now
 *
 * Before an object leaves the core for good (archived), what is owed is paid and leaving_cb shows
 * it a last time.
 * Owner: the reader. Thread: the reader's. Errors: -1, text in errmsg. Memory: as large as the live
 * core at most (limits), taken once. Start here: shadow_init, shadow_begin, shadow_fold. */
#ifndef READERS_SHADOW_H
#define READERS_SHADOW_H

#include "dispatch/line/fold.h"

enum { SHADOW_TOUCHED_MAX = 4096 };

struct shadow_touched {
    enum object_kind kind;
    uint64_t id;
};

struct shadow {
    struct core core;
    struct limits limits;
    struct policy policy;
    void *memory;
    struct journal_reader *journal; /* borrowed */
    struct fold fold;
    enum object_kind kind_of_letter[128];
    struct shadow_touched touched[SHADOW_TOUCHED_MAX];
    uint32_t touched_count;
    void (*changed_cb)(void *context, enum object_kind kind, const void *object);
    void (*leaving_cb)(void *context, enum object_kind kind, const void *object);
    void *context;
    char errmsg[ERRMSG_MAX];
};

/* The callbacks and `context` are set by the caller afterwards; both must be there. */
int shadow_init(struct shadow *shadow, const struct limits *limits, const struct policy *policy,
                struct journal_reader *journal);
void shadow_close(struct shadow *shadow);

/* Goes on from seq if it stands there: filling the tables again, because a connection was lost,
 * would hold up the loop. Else starts anew from the newest snapshot at or before seq, or from
 * nothing. Nothing is owed. */
int shadow_begin(struct shadow *shadow, uint64_t seq);

/* Folds towards seq, at most `max` records, owing nothing. 1: there; 0: call again. */
int shadow_fold(struct shadow *shadow, uint64_t seq, uint64_t max);

/* Requires: record->seq is shadow_seq + 1. */
void shadow_apply(struct shadow *shadow, const struct record *record);
void shadow_flush(struct shadow *shadow);

static inline uint64_t shadow_seq(const struct shadow *shadow)
{
    return shadow->core.state.head->seq;
}

#endif
