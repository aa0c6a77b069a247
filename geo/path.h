/* path: the route a field implies, for drawing it and for driving along it.
 * The caller owns struct and arcs; no malloc. Made by path_find on the field's thread; reading it
 * needs only the road and the weights it was found with. Times in ms, lengths in dm. */
#ifndef GEO_PATH_H
#define GEO_PATH_H

#include "geo/field.h"

struct path {
    uint32_t *arc; /* caller's array of originals, in driving order */
    uint32_t arc_cap, arc_n;
    uint32_t from_dm; /* where on the first arc it starts */
    uint32_t to_dm;   /* where on the last arc it ends */
    uint32_t turn_ms; /* turning round before the start */
    uint32_t total_ms;
};

enum path_result { PATH_FOUND, PATH_UNREACHABLE, PATH_TOO_LONG };

/* Set arc and arc_cap before; road.node_n + 2 arcs are always enough. */
enum path_result path_find(struct path *path, struct field *f, const struct snap *from);

/* The line to draw, ends included. Returns how many points there are; at most max are written. */
size_t path_points(const struct path *path, const struct road *road, struct point *out, size_t max);

/* Where a vehicle is elapsed_ms after the start; course_deg may be NULL. At or past the end: the
 * end, and true. */
bool path_at(const struct path *path, const struct road *road, const struct weights *weights,
             uint32_t elapsed_ms, struct snap *at, double *course_deg);

#endif
