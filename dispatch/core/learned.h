/* learned (inside the core): how long things take here, folded from the facts.
 *
 * Each measure is a number of samples with their sum and the sum of their squares; the older half
 * weighs less and less (see learned_add). Until enough is known a default of the policy counts for
 * learned_calls samples. What is learned is advice: a full table learns nothing new and harms
 * nobody. Owner: the state. Thread: the core's. Units: names say them; errors of travel times in
 * permille of the time told. Errors: none. Start here: learned_assignment. */
#ifndef CORE_LEARNED_H
#define CORE_LEARNED_H

#include "dispatch/core/core.h"

/* Ids of table `learned`. Travel errors: one by source and quarter of the day (UTC); handovers: one
 * by hospital, LEARNED_HOSPITAL + its id. Values are stored. */
enum learned_measure {
    LEARNED_SCENE = 1,   /* s from at scene until the unit leaves or is free */
    LEARNED_CARRIED,     /* 1000: went to a hospital, 0: did not */
    LEARNED_TO_HOSPITAL, /* s from leaving the scene to the hospital */
    LEARNED_HANDOVER,    /* s from there until handed over or free, any hospital */
    LEARNED_CLEAR,       /* s from handed over until free */
    LEARNED_ERROR = 16,  /* + 4 * source + quarter */
    LEARNED_HOSPITAL = 4096,
};

/* A step has been reached: what it tells of the time before it. Requires: its time is set. */
void learned_step(struct state *state, struct assignment *assignment);

/* The mean, the policy's default counting for learned_calls samples. */
int64_t learned_mean(const struct core *core, uint64_t measure, int64_t otherwise);

/* How actual driving times lie about the ones told by this source at this time of day. */
struct travel_error {
    int64_t mean_permille, sd_permille, p90_permille;
};
struct travel_error learned_error(const struct core *core, enum travel_source source,
                                  int64_t at_ms);

#endif
