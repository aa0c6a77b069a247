#include "geo/weights.h"

#include <stdio.h>
#include <stdlib.h>

#include "dispatch/must.h"
#include "geo/hash.h"

int weights_init(struct weights *w, const struct road *road)
{
    *w = (struct weights){.arc_n = road->arc_n};
    w->ms = calloc((size_t)road->arc_n + 1, sizeof *w->ms);
    w->free_ms = calloc((size_t)road->arc_n + 1, sizeof *w->free_ms);
    if (!w->ms || !w->free_ms) {
        weights_close(w);
        snprintf(w->errmsg, sizeof w->errmsg, "out of memory");
        return -1;
    }
    return 0;
}

static int check(struct weights *w, const struct road *road, uint32_t hour_of_week,
                 const struct road_condition *conditions, size_t n)
{
    if (hour_of_week >= WEEK_HOURS) {
        snprintf(w->errmsg, sizeof w->errmsg, "hour of week %u: 0 to 167 wanted", hour_of_week);
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t arc = conditions[i].arc;
        if (arc >= road->arc_n || road->arc[arc].original != arc ||
            conditions[i].speed_percent > 100) {
            snprintf(w->errmsg, sizeof w->errmsg,
                     "condition %zu: arc %u, %u percent: no such arc "
                     "or speed",
                     i, arc, conditions[i].speed_percent);
            return -1;
        }
    }
    return 0;
}

static uint32_t at_most_inf(uint64_t ms)
{
    return ms < ROAD_INF ? (uint32_t)ms : ROAD_INF;
}

/* Rounded up, so no arc is free and no route faster than its speed. length_dm * 360 / kmh is ms. */
static uint32_t drive_ms(const struct road_arc *arc, const struct speed_profile *profile,
                         uint32_t hour)
{
    uint32_t kmh = profile->kmh[arc->class];
    uint32_t posted = arc->maxspeed_kmh * profile->posted_percent / 100;
    uint64_t divisor, ms;

    if (posted && posted < kmh)
        kmh = posted;
    divisor = (uint64_t)kmh * profile->percent[arc->class][hour];
    ms = ((uint64_t)arc->length_dm * 36000 + divisor - 1) / divisor;
    if (arc->flags & ROAD_BARRIER)
        ms += (uint64_t)profile->barrier_s * 1000;
    return ms < ROAD_INF ? (uint32_t)ms : ROAD_INF - 1;
}

static void apply(struct weights *w, const struct road *road, const struct road_condition *c)
{
    uint32_t ms = c->speed_percent
                      ? at_most_inf((uint64_t)w->free_ms[c->arc] * 100 / c->speed_percent)
                      : ROAD_INF;

    for (uint32_t arc = c->arc; arc != ROAD_NONE; arc = road->arc[arc].next_copy)
        w->ms[arc] = ms > w->ms[arc] ? ms : w->ms[arc];
}

int weights_build(struct weights *w, const struct road *road, const struct speed_profile *profile,
                  uint32_t hour_of_week, const struct road_condition *conditions, size_t n,
                  uint64_t epoch)
{
    must(w->arc_n == road->arc_n);
    if (check(w, road, hour_of_week, conditions, n))
        return -1;
    for (uint32_t i = 0; i < road->arc_n; i++) {
        bool banned = road->arc[i].flags & ROAD_EMERGENCY && !profile->emergency;
        w->free_ms[i] = drive_ms(&road->arc[i], profile, hour_of_week);
        w->ms[i] = banned ? ROAD_INF : w->free_ms[i];
    }
    for (size_t i = 0; i < n; i++)
        apply(w, road, &conditions[i]);
    w->epoch = epoch;
    w->hash = hash_bytes(HASH_START, &road->hash, sizeof road->hash);
    w->hash = hash_bytes(w->hash, w->free_ms, road->arc_n * sizeof *w->free_ms);
    w->hash = hash_bytes(w->hash, w->ms, road->arc_n * sizeof *w->ms);
    return 0;
}

uint32_t weights_part_ms(const struct weights *w, const struct road *road, uint32_t arc,
                         uint32_t dm)
{
    uint64_t ms = w->ms[arc] < ROAD_INF ? w->ms[arc] : w->free_ms[arc];

    must(dm <= road->arc[arc].length_dm);
    return (uint32_t)(ms * dm / road->arc[arc].length_dm);
}

void weights_close(struct weights *w)
{
    free(w->ms);
    free(w->free_ms);
    *w = (struct weights){0};
}
