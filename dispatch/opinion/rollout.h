/* rollout: what sending each of a few units would cost, tried out on sampled futures.
 *
 *   for each future: draw the calls to come: when, where, how urgent, how long each takes
 *       for each candidate: it goes to the incident; all else is served as plan_match proposes
 *
 * Every candidate meets the same calls (common random numbers), so the difference of two candidates
 * is known better than either. A cost is the time until a unit is there, being late as policy
 * prices it, weighed by grade and told in seconds of the incident's own waiting.
 * Simpler than the city: drives go between places (a unit on its way home is somewhere between the
 * two), no drive is turned round once it has begun, every unit can serve every call to come, and
 * the hospital is the nearest. It is the same for all candidates.
 * Values only: the caller's seed is the only chance, same in, same out.
 * Owner: the caller, of every array. Thread: any, one at a time; it takes long: a worker's.
 * Units: ms, seconds. Errors: false without memory, or given up.
 * Method: reference/decision.md B9. Start here: rollout_play. */
#ifndef OPINION_ROLLOUT_H
#define OPINION_ROLLOUT_H

#include <stdatomic.h>

#include "dispatch/core/plan_match.h"

enum { ROLLOUT_CANDIDATES_MAX = 8, ROLLOUT_CALLS_MAX = 1024 };

#define ROLLOUT_NEVER UINT32_MAX  /* no way leads there */
#define ROLLOUT_NOWHERE UINT32_MAX

struct rollout_incident {
    uint32_t place;
    uint32_t grade;
    int64_t waited_ms;
};

/* A place of an incident that nobody has and nobody goes to. */
struct rollout_slot {
    uint32_t incident; /* number in the list */
    uint32_t wanted;   /* capabilities */
};

struct rollout_unit {
    uint32_t capabilities;
    uint32_t home;      /* place; ROLLOUT_NOWHERE: it stays where it is */
    uint32_t from;      /* where it is, or will be when it is free */
    int64_t free_in_ms; /* busy until then */
    uint32_t to;        /* incident it is on its way to, or ROLLOUT_NOWHERE */
};

/* Places are numbered: zones, stations, hospitals, incidents; beyond them, only as where a drive
 * begins, the units' own. */
struct rollout {
    const struct plan_rules *rules;
    uint32_t zone_n, station_n, hospital_n, incident_n, unit_n, slot_n, candidate_n;
    const uint32_t *calls_a_week; /* [zone] */
    const uint32_t *drive_s;      /* [to * (places + units) + from] */
    const struct rollout_incident *incident;
    const struct rollout_unit *unit;
    const struct rollout_slot *slot; /* the first is the one asked about */
    uint32_t candidate[ROLLOUT_CANDIDATES_MAX]; /* units, the recommended one first */
    uint32_t grade_share[PLAN_GRADES];          /* how often each is among the calls to come */
    int64_t chute_station_ms, chute_mobile_ms, horizon_ms;
    int64_t scene_ms, handover_ms, clear_ms; /* means */
    uint32_t carried_permille, futures;
    uint64_t seed;
    const atomic_bool *given_up; /* NULL, or by any thread at any time: no further future */
};

struct rollout_cost {
    uint32_t here_s, next_s; /* the incident asked about; everybody else */
    uint32_t error_s;        /* standard error of the difference to the first candidate */
};

static inline uint32_t rollout_places(const struct rollout *r)
{
    return r->zone_n + r->station_n + r->hospital_n + r->incident_n;
}

/* cost[candidate_n]. Requires: at least one slot, candidate and future, and a demand. */
bool rollout_play(const struct rollout *rollout, struct rollout_cost *cost);

#endif
