/* told: the live detectors, fed as a journal or a simulation feeds them, and everything they did.
 * Each alert must say itself in both languages, or told_end fails the test. Start: told_load once,
 * told_begin, told_call, told_pass. */
#ifndef TESTS_TOLD_H
#define TESTS_TOLD_H

#include "dispatch/warn/watch.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define MONDAY INT64_C(1767571200000) /* 2026-01-05 00:00 UTC */

enum { LOG_MAX = 4096 };

/* What happened: every action of a run, in order. */
struct told {
    struct watch watch;
    uint64_t seq, incident;
    int64_t now_ms;
    struct watch_action *log;
    uint32_t logged;
    uint64_t fits;
    uint32_t grade; /* of the calls to come */
};

extern struct watch_policy told_policy;

/* A group's setup: the policy of deploy/warn. */
int told_load(void **state);

void told_feed(struct told *t, struct watch_event event);
void told_fits(struct told *t);
void told_begin(struct told *t, const struct watch_policy *p);
void told_end(struct told *t);
void told_pass(struct told *t, int64_t to_ms);
/* An incident as the desk takes it: opened, placed, described, graded. */
uint64_t told_call(struct told *t, const char *card, const char *determinant, double lat,
                   double lon, uint64_t site, uint32_t site_kinds);
const struct watch_action *told_find(const struct told *t, enum watch_act act,
                                     enum watch_detector detector);
uint32_t told_count(const struct told *t, enum watch_act act);

#endif
