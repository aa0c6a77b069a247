/* nearest: which of many units are the soonest at a place, without asking for all of them.
 * Units lie in square cells by the ends of the streets they are on. Cells are looked at in rings
 * around the place, until nobody further out could be among the best even at the speed of the
 * fastest arc there is (cch_metric_bound_ms). That bound is exact in integers: what is found is
 * what asking everybody would find, ties by unit number.
 * The owner inits for a number of units, puts them again when they move, and closes. One thread;
 * no malloc after the init. Times in ms. */
#ifndef GEO_NEAREST_H
#define GEO_NEAREST_H

#include "geo/field.h"

#define NEAREST_SNAPS_MAX 4 /* of one unit */

struct nearest_item {
    struct snap snap;
    int32_t x_dm, y_dm;           /* the end of its street */
    uint32_t cell, before, after; /* a list of each cell's items */
    bool used;
};

struct nearest {
    const struct cch *cch;
    struct nearest_item *item; /* NEAREST_SNAPS_MAX of each unit */
    uint32_t *first;           /* by cell */
    uint32_t unit_n, columns, rows;
    int32_t west_dm, south_dm, cell_dm;
    uint32_t asked_n; /* units' snaps worked out by the last question */
};

struct nearest_found {
    uint32_t unit, ms;
    struct snap from; /* that of its snaps which is the soonest */
};

/* Units are 0 .. unit_n - 1. */
int nearest_init(struct nearest *nearest, const struct cch *cch, uint32_t unit_n);
/* Where a unit is now, as grid_snap gave it; n 0: nowhere. */
void nearest_put(struct nearest *nearest, uint32_t unit, const struct snap *snap, size_t n);
/* The soonest k at the place that field (opened on a metric) is of, best first; fewer when no road
 * leads there from more. wants_cb, if any, says which units count. */
size_t nearest_find(struct nearest *nearest, struct field *field, struct nearest_found *out,
                    size_t k, bool (*wants_cb)(void *context, uint32_t unit), void *context);
void nearest_close(struct nearest *nearest);

#endif
