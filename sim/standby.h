/* standby: what the next call is expected to cost as free units stand now, what one unit more at a
 * station would save of that, and what one unit less would lose.
 *
 * The next call comes from one of at most 128 places (demand points put together), of the
 * priority and at the rate the city has. It costs the drive that reaches it, and late_ms more for
 * the share of the place that is beyond the cover time; each of the free units, nearest first, is
 * found free with chance 1 - busy (the independence that DMEXCLP assumes). The lateness alone would
 * be DMEXCLP; the seconds tell the station that is nearer from one that is only near enough, and
 * still count where all is covered, or nothing can be.
 *
 * The cells' weights and rates become integers when it is made, and from there on all is integers.
 * Owner: the caller; standby_close. One thread. Units: ms of the mean call. Errors: -1 out of
 * memory. Method: van Barneveld and Jagtenberg 2016 (reference/decision.md B3).
 * Start here: standby_make, standby_see. */
#ifndef SIM_STANDBY_H
#define SIM_STANDBY_H

#include "sim/judge_city.h"

enum { STANDBY_PLACES_MAX = 128, STANDBY_VIEWS_MAX = WAYS_MODES_MAX * JUDGE_PRIORITIES };

#define STANDBY_ONE ((int64_t)1 << 30)

/* What drives cost in one travel mode under one cover time. */
struct standby_view {
    uint32_t mode;
    int64_t cover_ns;
    int64_t *price_ms; /* [place * station_n + station] */
    uint32_t *order;   /* [place * station_n + rank]: the stations, nearest first */
    int64_t *none_ms;  /* [place]: the price when nobody is free */
};

/* By what standby_make asks. */
struct standby_rules {
    int64_t free_ms; /* until somebody is free when nobody is */
    int64_t late_ms; /* being later than the cover time costs as much as so long a wait */
};

struct standby {
    const struct judge_city *city;
    uint32_t place_n;
    int64_t *weight; /* [raster * place_n + place]: STANDBY_ONE-th of the raster's demand */
    int64_t share[JUDGE_SETS_MAX][JUDGE_PRIORITIES]; /* STANDBY_ONE-th of the calls */
    struct standby_view view[STANDBY_VIEWS_MAX];
    uint32_t view_n;
    int64_t *wait_ms;           /* [station_n + 1]: at one place from each rank on, work */
    int64_t *gain_ms, *loss_ms; /* by station, as standby_see saw it */
    uint32_t *seen_at;          /* asked last, in these rows of the timings */
    int64_t seen_permille;      /* -1: nothing yet */
    uint32_t seen_demand, seen_travel;
};

int standby_make(struct standby *standby, struct judge_city *city,
                 const struct standby_rules *rules);
void standby_close(struct standby *standby);

/* Fills gain_ms and loss_ms (0 where there is none): at[station] free units, each busy when it is
 * needed with a chance of busy_permille. Asked the same again it has nothing to do. */
void standby_see(struct standby *standby, int64_t now_ns, const uint32_t *at,
                 int64_t busy_permille);

#endif
