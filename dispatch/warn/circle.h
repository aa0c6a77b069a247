/* circle: the neighbourhoods a scan looks at: round each place, its neighbours nearest first.
 *
 * Purpose: shared by all scans over the same places. Owner: the caller; circles_close frees.
 * Thread: one while it is made, then any. Units: metres on a sphere of 6,367 km (SaTScan's), or the
 * plane's own. Start at circles_make. */
#ifndef WARN_CIRCLE_H
#define WARN_CIRCLE_H

#include <stdbool.h>
#include <stdint.h>

struct scan_place {
    double x, y; /* degrees east and north, or coordinates of a plane */
};

struct circle_limits {
    bool plane;
    bool singly; /* places equally far enter one by one, the first of the input first (as SaTScan
                    does); otherwise together */
    double radius_max;       /* metres or the plane's; 0: none */
    uint32_t neighbours_max; /* places in a circle; 0: any number */
    const double *weight;    /* of each place, or NULL */
    double weight_max;       /* of a circle */
};

struct circles {
    uint32_t places;
    uint32_t *first;  /* places + 1: where the members round a place begin */
    uint32_t *member; /* places, nearest first, itself the first */
    double *distance; /* of each member from the centre */
    bool *ends;       /* a circle may end after this member: the next one is farther away */
    uint64_t *mark;   /* of each place; a set of places is the sum of its marks */
};

/* 0, or -1 when memory is short. */
int circles_make(struct circles *circles, const struct scan_place *place, uint32_t places,
                 const struct circle_limits *limits);
void circles_close(struct circles *circles);

/* How many different sets of places the circles are. */
uint32_t circles_distinct(const struct circles *circles);

#endif
