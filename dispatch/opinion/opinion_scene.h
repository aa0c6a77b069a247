/* opinion_scene: what a second opinion looks at, frozen: places, units, open incidents, demand and
 * the candidates, copied from the state on the loop; then drives by travel, then futures in the
 * worker. Calls come as `set_demand` says, evenly over the week; of the grades of the incidents
 * that the core holds, with one of each of 1 to 4 added so that none is impossible.
 * Owner: opinion. Thread: the loop's, but for scene_play. Errors: NULL, nothing to ask.
 * Start here: scene_make. */
#ifndef OPINION_OPINION_SCENE_H
#define OPINION_OPINION_SCENE_H

#include "dispatch/opinion/opinion.h"
#include "dispatch/opinion/rollout.h"
#include "dispatch/travel/travel_ways.h"

struct scene {
    uint64_t incident, about_seq;
    uint32_t grade;
    struct plan_rules rules;
    struct rollout rollout;
    struct travel_drives drives; /* its `to` are the places, its `from` the units beside */
    uint32_t *calls_a_week;
    struct rollout_incident *open;
    struct rollout_unit *unit;
    struct rollout_slot *slot;
    uint32_t *units_on; /* [open incident] */
    uint64_t candidate[ROLLOUT_CANDIDATES_MAX];
    struct rollout_cost cost[ROLLOUT_CANDIDATES_MAX];
    bool played;
    uint64_t took_us;
};

/* NULL: there is no choice, nothing to foretell, no memory, or it is too large: places and units
 * by places, which is as much for every incident. */
struct scene *scene_make(const struct opinion *opinion, uint64_t incident, bool *too_large);
void scene_free(struct scene *scene);

/* In the worker, when the drives are there. */
void scene_play(struct scene *scene);

#endif
