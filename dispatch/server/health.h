/* health: what facts cannot give, gathered for `pass_minute`: units that are silent, stuck or late,
 * seats, terminals, readers, the covered share.
 *
 * Stuck: on the way, with a fix slower than stuck_kmh, in this minute and the one before. Late: on
 * the way for longer than late_pct of what its travel time was said to be. Both numbers are policy
 * (deploy/warn/detectors.yaml, `units`).
 * Covered: where the demand of townships is known (said or counted), each weighs as much as its
 * calls a week, and alike within; where none is, every square of the ground weighs alike.
 * Beside it: the zones' preparedness, and what hospitals have to expect (inflow.h).
 * Owner: the caller. Thread: the loop's. Errors: none. Start here: health_minute,
 * health_cover. */
#ifndef SERVER_HEALTH_H
#define SERVER_HEALTH_H

#include "dispatch/core/core.h"
#include "dispatch/ingest/track.h"
#include "dispatch/server/inflow.h"
#include "dispatch/warn/watch_policy.h"

enum { HEALTH_UNITS_MAX = 256, HEALTH_ZONES_MAX = 512 };

struct health {
    uint64_t slow[HEALTH_UNITS_MAX]; /* in the minute before */
    uint32_t slow_n;
    uint64_t silent[HEALTH_UNITS_MAX], stuck[HEALTH_UNITS_MAX], late[HEALTH_UNITS_MAX];
    uint64_t zone[HEALTH_ZONES_MAX]; /* of the last coverage */
    uint32_t permille[HEALTH_ZONES_MAX];
    uint32_t zones, covered_permille;
    bool covered_known, by_demand;
    uint64_t prepared_zone[HEALTH_ZONES_MAX];
    uint32_t prepared_milli[HEALTH_ZONES_MAX], prepared;
    struct inflow inflow;
    bool calls_known;
    double calls; /* to be expected in the next 60 minutes, as the caller last heard */
};

/* A zone's squares, and those that a free unit reaches in time; its preparedness, where known. */
struct health_zone {
    uint64_t zone;
    uint32_t cells, within, prepared_milli;
    bool prepared;
};

/* Fills in what is known of this minute. The lists of `minute` are borrowed until the next call. */
void health_minute(struct health *health, const struct state *state, const struct track *track,
                   const struct watch_numbers *numbers, int64_t now_ms,
                   struct pass_minute *minute);

/* What was just found of these zones, for the minutes to come; only townships count. */
void health_cover(struct health *health, const struct state *state,
                  const struct health_zone *zone, uint32_t n);

#endif
