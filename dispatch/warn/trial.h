/* trial: what another mark of coverage or preparedness would have raised: the rule of
 * watch_service.c and the book's hold-off over one value a minute, for any mark at once.
 *
 *   low:   value  < enter    so many minutes in a row: yellow
 *   worse: severe < enter    at such a minute: orange
 *   over:  value >= leave    what was cleared holds off the same level or less for a while
 *
 * coverage: value is the share, severe twice the share. preparedness: value is the zone that is
 * lowest but so many as make an alert, severe the middle one (trial_prepared).
 * It knows nothing of alerts that people cleared by hand. Owner: the caller. Thread: one. Errors:
 * none. Start here: trial_minute. */
#ifndef WARN_TRIAL_H
#define WARN_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dispatch/warn/watch.h"

struct trial {
    uint32_t enter, leave;      /* in the unit of the values; enter <= leave */
    uint32_t minutes;           /* in a row, until it is raised */
    int64_t hold_off_ms;
    uint32_t low_min;           /* in a row, so far */
    enum watch_level open, was; /* level of what is open, or WATCH_NONE; of the last that was */
    int64_t cleared_ms;         /* when that was cleared */
    uint64_t episodes[WATCH_RED + 1]; /* that are over, by their highest level */
    uint64_t open_min;                /* minutes with one open */
};

void trial_minute(struct trial *trial, int64_t now_ms, uint32_t value, uint32_t severe);

/* With the one that is open. */
uint64_t trial_episodes(const struct trial *trial, enum watch_level level);

/* The two values of a minute's zones; they are sorted. Requires: n > 0. */
void trial_prepared(uint32_t *milli, uint32_t n, uint32_t zones, uint32_t *value,
                    uint32_t *severe);

#endif
