/* mexclp: which sites to open and how many units to put at each, so that most demand is expected to
 * find a free unit within reach (maximal expected covering, Daskin 1983): a point that k units
 * reach counts weight * (1 - busy^k).
 *
 * Greedy, then exchange: one unit to another site, or all of a site to another, as long as it
 * gains. Pure; ties go to the lowest site. tests/unit/test_site.c holds it against the exact
 * answer. Owner: the caller, of every array. Any thread. Errors: -1 out of memory. Start here:
 * mexclp_solve. */
#ifndef SIM_MEXCLP_H
#define SIM_MEXCLP_H

#include <stdint.h>

struct mexclp {
    uint32_t site_n, point_n;
    const double *weight;  /* of a point */
    const uint32_t *first; /* points that site i reaches: point[first[i]] … first[i + 1] - 1 */
    const uint32_t *point;
    double busy; /* share of time a unit is not free */
    uint32_t unit_n;
    uint32_t open_max;      /* sites that may be opened beside those that need nothing */
    const uint32_t *least;  /* units a site keeps, whatever they cover */
    const uint8_t *is_open; /* already there: having units opens nothing */
};

/* units[site]: how many. Requires: the sum of least is no more than unit_n, and there is a site
 * that is open or may be. */
int mexclp_solve(const struct mexclp *problem, uint32_t *units);
/* What it is worth: expected weight covered. -1 out of memory. */
double mexclp_value(const struct mexclp *problem, const uint32_t *units);

#endif
