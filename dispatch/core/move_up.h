/* move_up: where one more free unit would cover most, and what it is worth (DMEXCLP).
 *
 * A zone with demand d that k free units reach in time is covered as much as d * (1 - q) * q^0 + …
 * up to k terms: each further unit helps only when those before are busy, with probability q. So a
 * unit more at a station gains the sum of d * (1 - q) * q^k over the zones within its reach, and
 * the last one there loses the same with k one less.
 *
 * Values only; decide_moves.c fills them from the state. Integers, ties to the lower station.
 * Owner: the caller, of every array. Thread: any. Units: gains in millionths of all demand.
 * Errors: none. Method: reference/decision.md B3. Start here: move_gains. */
#ifndef CORE_MOVE_UP_H
#define CORE_MOVE_UP_H

#include <stdbool.h>
#include <stdint.h>

enum { MOVE_DEMAND_MAX = 1000000 }; /* of one zone */

/* Policy: data with its source. */
struct move_rules {
    uint32_t cover_s;        /* a zone is in reach of a station within this drive */
    uint32_t busy_permille;  /* q */
    uint32_t stay_s;         /* a unit stands so long until it is wanted; a drive takes of it */
    uint32_t gain_permille;  /* of the demand: less is not worth a freed unit's detour */
    uint32_t extra_permille; /* nor this a waiting unit's move */
    uint32_t extra_per_h;    /* moves of waiting units at most; 0: none */
    uint32_t at_once;        /* advices open at a time, before another of those */
    uint32_t drive_s_max;    /* a waiting unit is not sent further */
    int64_t life_ms;         /* an advice nobody took is dropped after this */
    int64_t rest_ms;         /* and its unit left in peace until then */
};

/* This station reaches that zone in time; numbers of the caller. */
struct move_pair {
    uint32_t station, zone;
};

struct move_problem {
    const uint32_t *demand; /* [zone], at most MOVE_DEMAND_MAX */
    const struct move_pair *pair;
    uint32_t zone_n, station_n, pair_n;
    uint32_t busy_permille;
};

/* gain[station] of one more unit there, with at[station] free units already. reached: work,
 * zone_n of them. */
void move_gains(const struct move_problem *problem, const uint32_t *at, uint32_t *reached,
                int64_t *gain);

/* The zone that gains most from one more unit at the station; zone_n: none. Requires: reached as
 * move_gains left it. */
uint32_t move_zone(const struct move_problem *problem, const uint32_t *reached, uint32_t station);

/* What of all demand is covered now, as move_gains counts. reached as it left it. */
int64_t move_covered(const struct move_problem *problem, const uint32_t *reached);

#endif
