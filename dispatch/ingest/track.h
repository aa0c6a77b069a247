/* track: where every unit is now, and since when it has been silent. Soft state: never journalled.
 * Owner: dispatchd's main loop; one thread. Memory is taken once, in track_open, for units_max.
 * Every fix goes to the spool, odd ones with their marks; the live position is the newest fix
 * that has no FIX_NOT_LIVE mark. The same (unit, fix time) again is a duplicate: accepted,
 * not spooled twice while it is among the unit's last TRACK_RECENT times (beyond that PostGIS's
 * key does it). After a restart the spool's tail is loaded, marked FIX_STALE until heard again.
 * Times are UTC ms, now_ms is given. New oddness: track_judge in track.c. */
#ifndef INGEST_TRACK_H
#define INGEST_TRACK_H

#include "dispatch/ingest/spool.h"

enum { TRACK_RECENT = 32 };

struct track_config {
    const char *dir; /* of the spool */
    uint64_t spool_bytes_max;
    uint32_t spool_days_max;
    uint32_t units_max;
    uint32_t future_ms;         /* a fix may be this far ahead of now_ms */
    int64_t past_ms;            /* and this far behind */
    uint32_t speed_max_kmh;     /* above: a jump */
    uint32_t interval_ms;       /* expected between fixes, unless the unit has its own */
    uint32_t silent_factor_pct; /* silent after interval × this / 100 */
    uint64_t tail_records;      /* read back from the spool at start */
};
void track_config_default(struct track_config *c);

enum track_result {
    TRACK_LIVE,      /* the new live position */
    TRACK_HISTORY,   /* kept, but older than the live one, or odd */
    TRACK_DUPLICATE, /* had it */
};

struct track_unit {
    uint64_t unit;
    struct fix live;   /* valid if has_live */
    struct fix jumped; /* the last fix that jumped; a second one beside it is believed */
    int64_t heard_ms;  /* anything of it, by our clock */
    uint32_t interval_ms;
    bool has_live;
    bool has_jumped;
    bool silent;
    uint32_t recent_next;
    int64_t recent_ms[TRACK_RECENT];
};

struct track_counters {
    uint64_t live, history, duplicates, unit_table_full, spool_errors;
    uint64_t marks[FIX_MARKS];
};

struct track {
    struct track_config config;
    struct spool spool;
    struct track_unit *units; /* dense, count of them */
    uint32_t count;
    uint32_t *slots; /* open addressing: index + 1 into units */
    uint32_t slots_mask;
    struct track_counters counters;
    bool unsettled; /* some that were taken since the last track_settle did not reach the spool */
    void *ctx;
    void (*silent_cb)(void *ctx, uint64_t unit, bool silent, int64_t heard_ms); /* an edge */
    char errmsg[256];
};

/* silent_cb(unit, true, last heard) on the silent edge, (unit, false, now) when heard again. */
int track_open(struct track *t, const struct track_config *c, int64_t now_ms,
               void (*silent_cb)(void *ctx, uint64_t unit, bool silent, int64_t heard_ms),
               void *ctx);
void track_close(struct track *t);

/* The spool has the fix when this returns an enum track_result; negative (errmsg) if not: do not
 * acknowledge it. A failing spool does not stop the live position from moving. `marked`, if not
 * NULL, receives the fix as it was judged. */
int track_put(struct track *t, const struct fix *fix, int64_t now_ms, struct fix *marked);

/* The same for many at once: after track_take the spool has it only when track_settle has returned
 * 0. When that fails, none of those taken since the last one may be acknowledged; each can come
 * again and is no duplicate then. */
int track_take(struct track *t, const struct fix *fix, int64_t now_ms, struct fix *marked);
int track_settle(struct track *t);

/* A sign of life that is no fix (a heartbeat). */
void track_heard(struct track *t, uint64_t unit, int64_t now_ms);
/* 0 returns it to the default. A unit never heard of is made known, so that it can be missed. */
int track_expect(struct track *t, uint64_t unit, uint32_t interval_ms, int64_t now_ms);
/* NULL if never heard of. A borrow until the next track_put. */
const struct track_unit *track_get(const struct track *t, uint64_t unit);
/* Finds the silent; call about once a second. */
void track_tick(struct track *t, int64_t now_ms);
/* As spool_sync_begin and spool_sync_end. */
int track_sync_begin(struct track *t);
int track_sync_end(struct track *t, int error);

#endif
