/* spots: many weighted places put together into few, so that driving times between all of them fit
 * a table. Places of one cell of a grid become one spot, at the place of the cell nearest to the
 * middle of its weight; the cells double until there are few enough.
 * Owner: the caller; spots_close. Any thread. Units: metres, 1e-7 degree. Errors: -1 out of memory.
 * Start here: spots_make. */
#ifndef SIM_SPOTS_H
#define SIM_SPOTS_H

#include "geo/point.h"

struct spots {
    struct point *at;
    double *weight;
    uint32_t n;
    uint32_t *of; /* by place: its spot */
    double cell_m;
};

/* At most n_max spots of n > 0 places, from cells of cell_m on; weight NULL: all alike. */
int spots_make(struct spots *spots, const struct point *place, const double *weight, uint32_t n,
               uint32_t n_max, double cell_m);
void spots_close(struct spots *spots);

#endif
