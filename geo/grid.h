/* grid: from a place to the street it is on.
 * The owner makes one per road; read-only afterwards, any thread, no malloc in a query. Only the
 * main part of the network is found. Distances are good to 1 % within 50 km of its middle. A
 * two-way street gives two snaps, one per direction. When a unit moves, its course decides the
 * direction; score_m = distance + heading penalty. */
#ifndef GEO_GRID_H
#define GEO_GRID_H

#include "geo/road.h"

#define COURSE_UNKNOWN (-1)

struct snap {
    uint32_t arc; /* an original */
    uint32_t along_dm;
    struct point at;
    uint32_t dist_m;
    uint32_t score_m;
    uint32_t turn_ms; /* to turn round first, added to the driving time */
};

/* From the configuration. */
struct snap_config {
    uint32_t far_m;             /* farther than this is off the network */
    uint32_t heading_kmh_min;   /* slower than this, the course says nothing */
    uint32_t heading_penalty_m; /* added when driving exactly the wrong way */
    uint32_t turn_round_ms;     /* cost of turning round when moving against the arc */
};

struct snap_query {
    struct point at;
    int course_deg; /* 0..359 or COURSE_UNKNOWN */
    int speed_kmh;
};

struct grid_item {
    uint32_t arc, segment;
};

struct grid {
    const struct road *road; /* borrowed, must live longer */
    struct plane plane;
    double west_m, south_m, cell_m;
    uint32_t columns, rows;
    uint32_t *first; /* columns * rows + 1, into item */
    struct grid_item *item;
};

#define SNAPS_MAX 16

int grid_init(struct grid *grid, const struct road *road);
/* The best arcs first, at most max (<= SNAPS_MAX) of them. 0: the place is off the network. */
size_t grid_snap(const struct grid *grid, const struct snap_config *config,
                 const struct snap_query *query, struct snap *out, size_t max);
/* A place without a course (a call, a hospital): the nearest street, in both its directions where
 * it has two. 0, 1 or 2 snaps. */
size_t grid_place(const struct grid *grid, const struct snap_config *config, struct point at,
                  struct snap out[2]);
/* Every arc (main part, both directions) that may come within radius_m of a place: all that do, and
 * some that pass near; one may come several times. */
void grid_each_near(const struct grid *grid, struct point at, uint32_t radius_m,
                    void (*each_cb)(void *context, uint32_t arc), void *context);
void grid_close(struct grid *grid);

#endif
