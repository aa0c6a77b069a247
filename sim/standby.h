/* standby: how long the next call is expected to wait, as free units stand now; what one unit more
 * at a station would save of that, and what one unit less would cost.
 *
 * The next call comes from one of a few hundred places (demand points put together), of the
 * priority and at the rate the city has; each of the free units, nearest first, is found free with
 * chance 1 - busy (the independence that DMEXCLP assumes). Unlike a covered share (cover.h),
 * seconds tell the station that is nearer from one that is only near enough, and still count where
 * all is covered, or nothing can be.
 *
 * Owner: the caller; standby_close. One thread. Units: seconds of the mean call. Errors: -1 out of
 * memory. Method: van Barneveld and Jagtenberg 2016 (reference/decision.md B3).
 * Start here: standby_make, standby_see. */
#ifndef SIM_STANDBY_H
#define SIM_STANDBY_H

#include "sim/judge_city.h"

enum { STANDBY_PLACES_MAX = 128 };

/* The drives in one travel mode. */
struct standby_view {
    uint32_t mode;
    double *drive_s; /* [place * station_n + station] */
    uint32_t *order; /* [place * station_n + rank]: the stations, nearest first */
    double *none_s;  /* [place]: the wait when nobody is free */
};

struct standby {
    const struct judge_city *city;
    uint32_t place_n;
    double *weight; /* [raster * place_n + place]: share of the raster's demand */
    struct standby_view view[WAYS_MODES_MAX];
    uint32_t view_n;
    double *wait_s;          /* [station_n + 1]: at one place from each rank on, work */
    double *gain_s, *loss_s; /* by station, as standby_see saw it */
};

/* free_s: how long until somebody is free when nobody is. */
int standby_make(struct standby *standby, struct judge_city *city, double free_s);
void standby_close(struct standby *standby);

/* Fills gain_s and loss_s (0 where there is none): at[station] free units, each busy with chance
 * `busy` when it is needed. */
void standby_see(struct standby *standby, int64_t now_ns, const uint32_t *at, double busy);

#endif
