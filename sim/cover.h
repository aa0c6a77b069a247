/* cover: which demand lies within reach of which stations, and where one more unit covers most.
 * Demand points are put together when the same stations reach them; then a whole city is a few
 * hundred sets. One reach for each (travel mode, cover time), one demand for each raster.
 * Method: DMEXCLP (Jagtenberg 2015), as JEMSS counts it: demand * (1 - q) * q^k where k units
 * reach the set already, all priorities counted alike.
 *
 * Owner: the caller; cover_close. One thread. Errors: -1 out of memory.
 * Start here: cover_make, cover_best_station. */
#ifndef SIM_COVER_H
#define SIM_COVER_H

#include "sim/judge_city.h"

enum { COVER_REACHES_MAX = WAYS_MODES_MAX * JUDGE_PRIORITIES };

/* Sets of points that the same stations reach. */
struct cover_reach {
    uint32_t mode, set_n;
    int64_t cover_ns;
    uint32_t *first, *station;  /* stations of set i: station[first[i]] … first[i + 1] - 1 */
    uint32_t *by_station, *set; /* sets of station s: set[by_station[s]] …, upwards */
    double *weight;             /* [raster * set_n + set] */
};

struct cover {
    struct cover_reach reach[COVER_REACHES_MAX];
    uint32_t reach_n, raster_n;
};

int cover_make(struct cover *cover, struct judge_city *city);
void cover_close(struct cover *cover);

/* The reach that counts for a priority now. */
const struct cover_reach *cover_reach_of(const struct cover *cover, const struct judge_city *city,
                                         uint32_t priority, int64_t now_ns);

/* gain[station]: the share of all demand that one more unit there would cover, with at[s] units at
 * the stations already; busy: the fraction q. */
void cover_gains(const struct cover *cover, const struct judge_city *city, int64_t now_ns,
                 const uint32_t *at, double busy, double *gain);

/* The lowest of the stations where one more unit adds most, with at[s] units there already;
 * busy: the fraction q. */
uint32_t cover_best_station(const struct cover *cover, const struct judge_city *city,
                            int64_t now_ns, const uint32_t *at, double busy);

/* The share of all demand that one unit of this station covers beyond the other units at[] counts.
 * Requires: at[station] > 0. */
double cover_of_last(const struct cover *cover, const struct judge_city *city, int64_t now_ns,
                     const uint32_t *at, uint32_t station, double busy);

#endif
