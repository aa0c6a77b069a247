/* weights: milliseconds to drive each arc, for one profile, hour and set of road conditions.
 * Topology never changes for a closure: a closed arc weighs ROAD_INF. The owner builds one, then
 * it is read-only and may be shared; after a change fields are opened again on it. Building takes
 * about 1 ms per 100,000 arcs; other conditions at the same hour only cost the arcs they are on
 * (weights_renew), and what changed is listed for cch_metric_update. */
#ifndef GEO_WEIGHTS_H
#define GEO_WEIGHTS_H

#include "geo/road.h"
#include "geo/speeds.h"

#define ROAD_INF (1u << 30) /* two of them add up without overflow */

/* A slow-down or closure of one arc. Two-way streets need one for the twin too. On the same arc
 * the slowest of several counts. */
struct road_condition {
    uint32_t arc;           /* an original */
    uint32_t speed_percent; /* of the normal speed: 0 closed, at most 100 */
};

struct weights {
    uint32_t arc_n;
    uint32_t *ms;      /* 1 .. ROAD_INF */
    uint32_t *free_ms; /* the same without conditions and bans, never ROAD_INF: for leaving a
                          closed arc one stands on, and for entering the one the call is on */
    uint64_t epoch;    /* the caller's number */
    uint64_t hash;     /* of network, times and conditions: equal hash, equal answers */
    uint32_t *changed; /* arcs whose ms the last weights_renew changed */
    uint32_t changed_n;
    struct weights_touch *touch; /* arcs under conditions */
    uint32_t touch_n, touch_cap;
    uint8_t *is_touched; /* by arc */
    uint64_t road_hash,
        sum; /* the hash before it is closed: a sum over arcs, so that one changes */
    bool emergency, any_turn; /* of the profile */
    char errmsg[160];
};

int weights_init(struct weights *w, const struct road *road);
/* -1 when the hour or a condition names what does not exist; w is then unchanged. */
int weights_build(struct weights *w, const struct road *road, const struct speed_profile *profile,
                  uint32_t hour_of_week, const struct road_condition *conditions, size_t n,
                  uint64_t epoch);
/* The same profile and hour under other conditions: all of them, not what is new. */
int weights_renew(struct weights *w, const struct road *road,
                  const struct road_condition *conditions, size_t n, uint64_t epoch);
/* Whether a copy's street may be entered from its tail: not over a turn that is forbidden. */
bool weights_may_enter(const struct weights *w, const struct road *road, uint32_t copy);
/* Time for dm of an arc one is on already, or ends on: a closure does not count. */
uint32_t weights_part_ms(const struct weights *w, const struct road *road, uint32_t arc,
                         uint32_t dm);
void weights_close(struct weights *w);

#endif
