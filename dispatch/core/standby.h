/* standby: what the next call is expected to cost as free units stand now, what one unit more at a
 * station would save of that, and what one unit less would lose.
 *
 * The next call comes from one of many places. Each of the free units, nearest first, is found free
 * with chance 1 - busy (the independence that DMEXCLP assumes) and costs what its station's price
 * for the place says: the drive, and more where that is too late. Lateness alone would be DMEXCLP;
 * the seconds tell the station that is nearer from one that is only near enough, and still count
 * where all is covered, or nothing can be.
 *
 * Values only; stands.c fills them from the state, sim/standby_city.c from a judge's city.
 * Integers, ties to the lower station. Owner: the caller, of every array. Thread: any. Units: ms.
 * Errors: none. Method: van Barneveld and Jagtenberg 2016 (reference/decision.md B3).
 * Start here: standby_see. */
#ifndef CORE_STANDBY_H
#define CORE_STANDBY_H

#include <stdint.h>

/* Policy: data with its source. */
struct move_rules {
    uint32_t cover_s;         /* a call that is reached later is late */
    uint32_t late_s;          /* and costs as much as so long a wait, where units are scarce */
    uint32_t far_times;       /* a second beyond cover_s costs so many more, where not */
    uint32_t none_s;          /* until somebody is free when nobody is */
    uint32_t busy_permille;   /* of a unit's time */
    uint32_t scarce_permille; /* busy share from which units are as scarce as can be */
    uint32_t gone_permille;   /* no likelier is a free unit gone when it is needed */
    uint32_t stay_s;          /* a unit stands so long until it is wanted; a drive takes of it */
    uint32_t gain_s;          /* of the next call: less is not worth a freed unit's detour */
    uint32_t extra_s;         /* nor this a waiting unit's move */
    uint32_t extra_per_h;     /* moves of waiting units at most; 0: none */
    uint32_t at_once;         /* advices open at a time, before another of those */
    uint32_t drive_s_max;     /* a waiting unit is not sent further */
    int64_t life_ms;          /* an advice nobody took is dropped after this */
    int64_t rest_ms;          /* and its unit left in peace until then */
};

#define STANDBY_ALL ((int64_t)1 << 30) /* the weight of all calls */

enum { STANDBY_PRICE_MS_MAX = INT32_MAX };

/* Calls that the same drives reach at the same price. */
struct standby_view {
    const int64_t *price_ms; /* [place * station_n + station], at most STANDBY_PRICE_MS_MAX */
    const uint32_t *order;   /* [place * station_n + rank]: the stations, cheapest first */
    const int64_t *none_ms;  /* [place]: the price when nobody is free */
    const int64_t *weight;   /* [place]: of STANDBY_ALL */
    uint32_t place_n;
};

struct standby {
    const struct standby_view *view;
    uint32_t view_n, station_n;
    int64_t busy_permille; /* how likely a free unit is gone when it is needed */
    int64_t *wait_ms;      /* [station_n + 1], work */
};

/* How scarce free units are, as the share of what counts as a busy city, cubed: with most of them
 * free a call finds one near anyhow, and keeping demand covered costs more than it brings. */
int64_t standby_scarcity_permille(int64_t busy_permille, int64_t scarce_permille);

/* order[0 … n - 1] for one place's prices. */
void standby_sort(const int64_t *price_ms, uint32_t *order, uint32_t n);

/* With at[station] free units: what one more there saves of the next call in the mean, what one
 * less loses (0 where there is none). Says what that call costs. */
int64_t standby_see(const struct standby *standby, const uint32_t *at, int64_t *gain_ms,
                    int64_t *loss_ms);

#endif
