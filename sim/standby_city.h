/* standby_city: what the core's stand-by engine (dispatch/core/standby.h) is asked of a judge's
 * city: the city's demand put together into at most 128 places, and what it costs to reach them.
 *
 * A call costs the drive to the middle of its place, and late_ms more for the share of the place
 * that is beyond the cover time. The cells' weights and rates become integers when it is made, and
 * from there on all is integers. Answers are kept: free units stand in few ways, again and again.
 * Owner: the caller; standby_city_close. One thread. Units: ms of the mean call. Errors: -1 out of
 * memory. Start here: standby_city_make, standby_city_see. */
#ifndef SIM_STANDBY_CITY_H
#define SIM_STANDBY_CITY_H

#include "dispatch/core/standby.h"
#include "sim/judge_city.h"

enum {
    STANDBY_PLACES_MAX = 128,
    STANDBY_VIEWS_MAX = WAYS_MODES_MAX * JUDGE_PRIORITIES,
    STANDBY_ANSWERS = 4096
};

/* What drives cost in one travel mode under one cover time. */
struct standby_drives {
    uint32_t mode;
    int64_t cover_ns;
    int64_t *price_ms; /* as in struct standby_view */
    uint32_t *order;
    int64_t *none_ms;
};

/* By what standby_city_make asks. */
struct standby_rules {
    int64_t free_ms; /* until somebody is free when nobody is */
    int64_t late_ms; /* being later than the cover time costs as much as so long a wait */
    int64_t far_permille; /* and each second of the drive beyond it so much more than a second */
};

/* How it was asked; STANDBY_ANSWERS of them. */
struct standby_question {
    int64_t busy_permille; /* -1: not yet */
    uint32_t demand, travel;
};

struct standby_city {
    const struct judge_city *city;
    uint32_t place_n;
    int64_t *weight; /* [(demand set * JUDGE_PRIORITIES + priority) * place_n + place] */
    struct standby_drives drives[STANDBY_VIEWS_MAX];
    uint32_t drives_n;
    int64_t *wait_ms; /* work of standby_see */
    struct standby_question *question;
    uint32_t *asked_at;               /* [question * station_n + station] */
    int64_t *gains_ms, *losses_ms;    /* likewise */
    const int64_t *gain_ms, *loss_ms; /* by station: of the last question */
};

int standby_city_make(struct standby_city *standby, struct judge_city *city,
                      const struct standby_rules *rules);
void standby_city_close(struct standby_city *standby);

/* Sets gain_ms and loss_ms (0 where there is none): at[station] free units, each busy when it is
 * needed with a chance of busy_permille. */
void standby_city_see(struct standby_city *standby, int64_t now_ns, const uint32_t *at,
                      int64_t busy_permille);

#endif
