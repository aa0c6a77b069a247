#include "dispatch/ingest/track.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geo/point.h"

void track_config_default(struct track_config *c)
{
    *c = (struct track_config){
        .spool_bytes_max = 8ull << 30,
        .spool_days_max = 7,
        .units_max = 4096,
        .future_ms = 10 * 1000,
        .past_ms = 72ll * 3600 * 1000,
        .speed_max_kmh = 220,
        .interval_ms = 30 * 1000,
        .silent_factor_pct = 300,
        .tail_records = 200 * 1000,
    };
}

static uint32_t slot_hash(uint64_t unit)
{
    return (uint32_t)((unit * 0x9E3779B97F4A7C15ull) >> 32);
}

static struct track_unit *unit_find(const struct track *t, uint64_t unit)
{
    for (uint32_t i = slot_hash(unit);; i++) {
        uint32_t slot = t->slots[i & t->slots_mask];
        if (slot == 0)
            return NULL;
        if (t->units[slot - 1].unit == unit)
            return &t->units[slot - 1];
    }
}

/* NULL when the table is full. */
static struct track_unit *unit_take(struct track *t, uint64_t unit, int64_t heard_ms)
{
    struct track_unit *found = unit_find(t, unit);
    if (found != NULL)
        return found;
    if (t->count == t->config.units_max) {
        t->counters.unit_table_full++;
        return NULL;
    }
    uint32_t i = slot_hash(unit) & t->slots_mask;
    while (t->slots[i] != 0)
        i = (i + 1) & t->slots_mask;
    struct track_unit *u = &t->units[t->count++];
    t->slots[i] = t->count;
    *u = (struct track_unit){
        .unit = unit, .heard_ms = heard_ms, .interval_ms = t->config.interval_ms};
    for (size_t k = 0; k < TRACK_RECENT; k++)
        u->recent_ms[k] = INT64_MIN;
    return u;
}

static bool recent_has(const struct track_unit *u, int64_t at_ms)
{
    for (size_t i = 0; i < TRACK_RECENT; i++) {
        if (u->recent_ms[i] == at_ms)
            return true;
    }
    return false;
}

static void recent_add(struct track_unit *u, int64_t at_ms)
{
    u->recent_ms[u->recent_next % TRACK_RECENT] = at_ms;
    u->recent_next++;
}

static void recent_remove(struct track_unit *u, int64_t at_ms)
{
    for (size_t i = 0; i < TRACK_RECENT; i++) {
        if (u->recent_ms[i] == at_ms)
            u->recent_ms[i] = INT64_MIN;
    }
}

static struct point place_of(const struct fix *f)
{
    return (struct point){f->lat_e7, f->lon_e7};
}

/* Whether going from a to b (at or after it) would need more than the fastest speed there is. */
static bool impossible(const struct track *t, const struct fix *a, const struct fix *b)
{
    double dist_m = point_dist_m(place_of(a), place_of(b));
    double dt_s = ((double)b->at_ms - (double)a->at_ms) / 1000.0;
    double reach_m = dt_s * t->config.speed_max_kmh / 3.6;
    return dist_m > reach_m + 100.0; /* what two honest fixes may be off */
}

/* Jumps are judged against the live position; a second fix that agrees with the jumped one shows
 * that the live position was the wrong one. */
static bool jumped(const struct track *t, const struct track_unit *u, const struct fix *f)
{
    if (!u->has_live || f->at_ms < u->live.at_ms || !impossible(t, &u->live, f))
        return false;
    return !u->has_jumped || f->at_ms <= u->jumped.at_ms || impossible(t, &u->jumped, f);
}

static void track_judge(const struct track *t, const struct track_unit *u, int64_t now_ms,
                        struct fix *f)
{
    unsigned marks = f->marks;
    if (f->at_ms > now_ms + t->config.future_ms)
        marks |= FIX_FUTURE;
    if (f->at_ms < now_ms - t->config.past_ms)
        marks |= FIX_ANCIENT;
    if (!point_valid(place_of(f)))
        marks |= FIX_NO_PLACE;
    if ((marks & FIX_NOT_LIVE) == 0 && jumped(t, u, f))
        marks |= FIX_JUMP;
    f->marks = (uint16_t)marks;
}

/* Moves the live position if the fix may; true if it did. */
static bool unit_move(struct track_unit *u, const struct fix *f)
{
    if ((f->marks & FIX_NOT_LIVE) == FIX_JUMP) {
        u->jumped = *f;
        u->has_jumped = true;
    }
    bool newer = !u->has_live || f->at_ms > u->live.at_ms;
    bool refreshed = u->has_live && (u->live.marks & FIX_STALE) != 0 && f->at_ms == u->live.at_ms;
    if ((f->marks & FIX_NOT_LIVE) != 0 || !(newer || refreshed))
        return false;
    u->live = *f;
    u->has_live = true;
    u->has_jumped = false;
    return true;
}

static void unit_heard(struct track *t, struct track_unit *u, int64_t now_ms)
{
    u->heard_ms = now_ms;
    if (!u->silent)
        return;
    u->silent = false;
    if (t->silent_cb != NULL)
        t->silent_cb(t->ctx, u->unit, false, now_ms);
}

static void count_marks(struct track *t, uint16_t marks)
{
    for (int bit = 0; bit < FIX_MARKS; bit++)
        t->counters.marks[bit] += (uint64_t)(marks >> bit & 1);
}

/* What the spool did not take may come again. */
static void flush(struct track *t)
{
    if (spool_flush(&t->spool) == 0)
        return;
    t->counters.spool_errors++;
    t->unsettled = true;
    snprintf(t->errmsg, sizeof t->errmsg, "%s", t->spool.errmsg);
    for (uint32_t i = 0; i < t->spool.waiting_n; i++) {
        struct fix f;
        spool_waiting(&t->spool, i, &f);
        recent_remove(unit_find(t, f.unit), f.at_ms);
    }
    spool_forget(&t->spool);
}

int track_settle(struct track *t)
{
    flush(t);
    int result = t->unsettled ? -1 : 0;
    t->unsettled = false;
    return result;
}

int track_put(struct track *t, const struct fix *fix, int64_t now_ms, struct fix *marked)
{
    int result = track_take(t, fix, now_ms, marked);
    return track_settle(t) == 0 ? result : -1;
}

int track_take(struct track *t, const struct fix *fix, int64_t now_ms, struct fix *marked)
{
    struct track_unit *u = unit_take(t, fix->unit, now_ms);
    if (u == NULL) {
        snprintf(t->errmsg, sizeof t->errmsg, "track: all %u places for units are taken",
                 t->config.units_max);
        return -1;
    }
    unit_heard(t, u, now_ms);
    struct fix f = *fix;
    f.received_ms = now_ms;
    track_judge(t, u, now_ms, &f);
    if (marked != NULL)
        *marked = f;
    bool duplicate = recent_has(u, f.at_ms);
    bool live = unit_move(u, &f);
    if (duplicate) {
        t->counters.duplicates++;
        return TRACK_DUPLICATE;
    }
    if (t->spool.waiting_n == SPOOL_WAITING)
        flush(t);
    spool_add(&t->spool, &f);
    recent_add(u, f.at_ms);
    count_marks(t, f.marks);
    *(live ? &t->counters.live : &t->counters.history) += 1;
    return live ? TRACK_LIVE : TRACK_HISTORY;
}

void track_heard(struct track *t, uint64_t unit, int64_t now_ms)
{
    struct track_unit *u = unit_take(t, unit, now_ms);
    if (u != NULL)
        unit_heard(t, u, now_ms);
}

int track_expect(struct track *t, uint64_t unit, uint32_t interval_ms, int64_t now_ms)
{
    struct track_unit *u = unit_take(t, unit, now_ms);
    if (u == NULL)
        return -1;
    u->interval_ms = interval_ms != 0 ? interval_ms : t->config.interval_ms;
    return 0;
}

const struct track_unit *track_get(const struct track *t, uint64_t unit)
{
    return unit_find(t, unit);
}

void track_tick(struct track *t, int64_t now_ms)
{
    for (uint32_t i = 0; i < t->count; i++) {
        struct track_unit *u = &t->units[i];
        int64_t patience_ms = (int64_t)u->interval_ms * t->config.silent_factor_pct / 100;
        if (u->silent || now_ms - u->heard_ms <= patience_ms)
            continue;
        u->silent = true;
        if (t->silent_cb != NULL)
            t->silent_cb(t->ctx, u->unit, true, u->heard_ms);
    }
}

int track_sync_begin(struct track *t)
{
    return spool_sync_begin(&t->spool);
}

int track_sync_end(struct track *t, int error)
{
    if (spool_sync_end(&t->spool, error) == 0)
        return 0;
    t->counters.spool_errors++;
    snprintf(t->errmsg, sizeof t->errmsg, "%s", t->spool.errmsg);
    return -1;
}

/* One fix of the tail: it was judged when it came, so its marks are believed. */
static void tail_take(struct track *t, const struct fix *stored, int64_t now_ms)
{
    struct track_unit *u = unit_take(t, stored->unit, now_ms);
    if (u == NULL)
        return;
    struct fix f = *stored;
    f.marks |= FIX_STALE;
    if (!recent_has(u, f.at_ms))
        recent_add(u, f.at_ms);
    if (!u->has_live || f.at_ms > u->live.at_ms)
        (void)unit_move(u, &f);
}

/* Units of the tail count as heard now: after a restart silence starts anew, not all at once. */
static int tail_load(struct track *t, int64_t now_ms)
{
    struct spool_reader reader;
    struct spool_cursor cursor;
    struct fix fixes[256];
    int n = 0;
    spool_reader_init(&reader, t->config.dir);
    if (!spool_tail(&reader, t->config.tail_records, &cursor))
        return 0;
    while ((n = spool_read(&reader, &cursor, fixes, 256)) > 0) {
        for (int i = 0; i < n; i++)
            tail_take(t, &fixes[i], now_ms);
    }
    if (n < 0)
        snprintf(t->errmsg, sizeof t->errmsg, "%s", reader.errmsg);
    return n;
}

int track_open(struct track *t, const struct track_config *c, int64_t now_ms,
               void (*silent_cb)(void *ctx, uint64_t unit, bool silent, int64_t heard_ms),
               void *ctx)
{
    *t = (struct track){.config = *c, .ctx = ctx, .silent_cb = silent_cb, .slots_mask = 15};
    while (t->slots_mask < 2 * c->units_max)
        t->slots_mask = t->slots_mask * 2 + 1;
    if (spool_open(&t->spool, c->dir, c->spool_bytes_max, c->spool_days_max) != 0) {
        snprintf(t->errmsg, sizeof t->errmsg, "%s", t->spool.errmsg);
        return -1;
    }
    t->units = calloc(c->units_max, sizeof *t->units);
    t->slots = calloc((size_t)t->slots_mask + 1, sizeof *t->slots);
    if (t->units == NULL || t->slots == NULL) {
        snprintf(t->errmsg, sizeof t->errmsg, "track: no memory for %u units", c->units_max);
        goto out;
    }
    if (tail_load(t, now_ms) == 0)
        return 0;
out:
    track_close(t);
    return -1;
}

void track_close(struct track *t)
{
    spool_close(&t->spool);
    free(t->units);
    free(t->slots);
    t->units = NULL;
    t->slots = NULL;
    t->count = 0;
}
