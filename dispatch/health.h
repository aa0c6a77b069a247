/* health: what facts cannot give, gathered for `pass_minute`: units that are silent, stuck or late,
 * seats, terminals, readers; the covered share is added by whoever knows it.
 *
 * Stuck: on the way, with a fix slower than stuck_kmh, in this minute and the one before. Late: on
 * the way for longer than late_pct of what its travel time was said to be. Both numbers are policy
 * (deploy/warn/detectors.yaml, `units`).
 * Owner: the caller. Thread: the loop's. Errors: none. Start here: health_minute. */
#ifndef DISPATCH_HEALTH_H
#define DISPATCH_HEALTH_H

#include "dispatch/core/core.h"
#include "dispatch/ingest/track.h"
#include "dispatch/warn/watch_policy.h"

enum { HEALTH_UNITS_MAX = 256, HEALTH_ZONES_MAX = 512 };

struct health {
    uint64_t slow[HEALTH_UNITS_MAX]; /* in the minute before */
    uint32_t slow_n;
    uint64_t silent[HEALTH_UNITS_MAX], stuck[HEALTH_UNITS_MAX], late[HEALTH_UNITS_MAX];
    uint64_t zone[HEALTH_ZONES_MAX]; /* of the last coverage */
    uint32_t permille[HEALTH_ZONES_MAX];
    uint32_t zones, covered_permille;
    bool covered_known;
};

/* Fills in what is known of this minute. The lists of `minute` are borrowed until the next call. */
void health_minute(struct health *health, const struct state *state, const struct track *track,
                   const struct watch_numbers *numbers, int64_t now_ms,
                   struct pass_minute *minute);

#endif
