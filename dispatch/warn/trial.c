#include "dispatch/warn/trial.h"

#include <stdlib.h>

#include "dispatch/must.h"

static void report(struct trial *t, int64_t now_ms, enum watch_level level)
{
    bool held_off = t->open == WATCH_NONE && t->was >= level &&
                    t->cleared_ms > now_ms - t->hold_off_ms;
    if (level > t->open && !held_off)
        t->open = level;
}

static void end(struct trial *t, int64_t now_ms)
{
    if (t->open == WATCH_NONE)
        return;
    t->episodes[t->open]++;
    t->was = t->open;
    t->cleared_ms = now_ms;
    t->open = WATCH_NONE;
}

void trial_minute(struct trial *t, int64_t now_ms, uint32_t value, uint32_t severe)
{
    bool low = value < t->enter;
    t->low_min = low ? t->low_min + 1 : 0;
    if (low && t->low_min >= t->minutes)
        report(t, now_ms, severe < t->enter ? WATCH_ORANGE : WATCH_YELLOW);
    else if (value >= t->leave)
        end(t, now_ms);
    t->open_min += t->open != WATCH_NONE;
}

uint64_t trial_episodes(const struct trial *t, enum watch_level level)
{
    return t->episodes[level] + (t->open == level);
}

static int by_size(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

/* At least `zones` are below a mark if the zones-th lowest is; half of them if the middle is. */
void trial_prepared(uint32_t *milli, uint32_t n, uint32_t zones, uint32_t *value, uint32_t *severe)
{
    must(n > 0 && zones > 0);
    qsort(milli, n, sizeof *milli, by_size);
    *value = zones <= n ? milli[zones - 1] : UINT32_MAX;
    *severe = milli[(n + 1) / 2 - 1];
}
