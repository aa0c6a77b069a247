#include "geo/weights.h"

#include <stdio.h>
#include <stdlib.h>

#include "dispatch/must.h"

struct weights_touch {
    uint32_t arc, was_ms;
};

int weights_init(struct weights *w, const struct road *road)
{
    *w = (struct weights){.arc_n = road->arc_n};
    w->ms = calloc((size_t)road->arc_n + 1, sizeof *w->ms);
    w->free_ms = calloc((size_t)road->arc_n + 1, sizeof *w->free_ms);
    w->is_touched = calloc((size_t)road->arc_n + 1, 1);
    if (!w->ms || !w->free_ms || !w->is_touched) {
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

/* --- conditions --- */

/* What an arc weighs without any. */
static uint32_t base_ms(const struct weights *w, const struct road *road, uint32_t arc)
{
    uint32_t flags = road->arc[arc].flags;
    bool barred =
        (flags & ROAD_EMERGENCY && !w->emergency) || (flags & ROAD_BANNED && !w->any_turn);

    return barred ? ROAD_INF : w->free_ms[arc];
}

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static uint64_t arc_hash(const struct weights *w, uint32_t arc, uint32_t ms)
{
    return mix(mix((uint64_t)w->free_ms[arc] << 32 | ms) + arc);
}

static void touch(struct weights *w, const struct road *road, const struct road_condition *c)
{
    uint32_t ms = c->speed_percent
                      ? at_most_inf((uint64_t)w->free_ms[c->arc] * 100 / c->speed_percent)
                      : ROAD_INF;

    for (uint32_t arc = c->arc; arc != ROAD_NONE; arc = road->arc[arc].next_copy) {
        if (!w->is_touched[arc])
            w->touch[w->touch_n++] = (struct weights_touch){arc, w->ms[arc]};
        w->is_touched[arc] = 1;
        w->ms[arc] = ms > w->ms[arc] ? ms : w->ms[arc];
    }
}

/* What is as without conditions again is no longer listed. */
static void list_changes(struct weights *w, const struct road *road)
{
    uint32_t kept = 0;

    w->changed_n = 0;
    for (uint32_t i = 0; i < w->touch_n; i++) {
        uint32_t arc = w->touch[i].arc;
        if (w->ms[arc] != w->touch[i].was_ms) {
            w->changed[w->changed_n++] = arc;
            w->sum += arc_hash(w, arc, w->ms[arc]) - arc_hash(w, arc, w->touch[i].was_ms);
        }
        w->is_touched[arc] = w->ms[arc] != base_ms(w, road, arc);
        if (w->is_touched[arc])
            w->touch[kept++] = w->touch[i];
    }
    w->touch_n = kept;
}

static int reserve(struct weights *w, const struct road *road,
                   const struct road_condition *conditions, size_t n)
{
    size_t want = (size_t)w->touch_n + 1;
    struct weights_touch *more;
    uint32_t *changed;

    for (size_t i = 0; i < n; i++) {
        for (uint32_t a = conditions[i].arc; a != ROAD_NONE; a = road->arc[a].next_copy)
            want++;
    }
    want = want < (size_t)w->arc_n + 1 ? want : (size_t)w->arc_n + 1;
    if (want <= w->touch_cap)
        return 0;
    more = realloc(w->touch, want * sizeof *more);
    w->touch = more ? more : w->touch;
    changed = realloc(w->changed, want * sizeof *changed);
    w->changed = changed ? changed : w->changed;
    if (!more || !changed) {
        snprintf(w->errmsg, sizeof w->errmsg, "out of memory");
        return -1;
    }
    w->touch_cap = (uint32_t)want;
    return 0;
}

static void put_conditions(struct weights *w, const struct road *road,
                           const struct road_condition *conditions, size_t n, uint64_t epoch)
{
    for (uint32_t i = 0; i < w->touch_n; i++) {
        uint32_t arc = w->touch[i].arc;
        w->touch[i].was_ms = w->ms[arc];
        w->ms[arc] = base_ms(w, road, arc);
    }
    for (size_t i = 0; i < n; i++)
        touch(w, road, &conditions[i]);
    list_changes(w, road);
    w->epoch = epoch;
    w->hash = mix(w->road_hash ^ mix(w->sum));
}

int weights_renew(struct weights *w, const struct road *road,
                  const struct road_condition *conditions, size_t n, uint64_t epoch)
{
    must(w->arc_n == road->arc_n && w->road_hash == road->hash); /* built before */
    if (check(w, road, 0, conditions, n) || reserve(w, road, conditions, n))
        return -1;
    put_conditions(w, road, conditions, n, epoch);
    return 0;
}

int weights_build(struct weights *w, const struct road *road, const struct speed_profile *profile,
                  uint32_t hour_of_week, const struct road_condition *conditions, size_t n,
                  uint64_t epoch)
{
    must(w->arc_n == road->arc_n);
    if (check(w, road, hour_of_week, conditions, n) || reserve(w, road, conditions, n))
        return -1;
    w->emergency = profile->emergency;
    w->any_turn = profile->any_turn;
    w->road_hash = road->hash;
    w->sum = 0;
    w->touch_n = 0;
    for (uint32_t i = 0; i < road->arc_n; i++) {
        w->free_ms[i] = drive_ms(&road->arc[i], profile, hour_of_week);
        w->ms[i] = base_ms(w, road, i);
        w->is_touched[i] = 0;
        w->sum += arc_hash(w, i, w->ms[i]);
    }
    put_conditions(w, road, conditions, n, epoch);
    return 0;
}

bool weights_may_enter(const struct weights *w, const struct road *road, uint32_t copy)
{
    return w->any_turn || !(road->arc[copy].flags & ROAD_BANNED);
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
    free(w->is_touched);
    free(w->touch);
    free(w->changed);
    *w = (struct weights){0};
}
