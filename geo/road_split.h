/* road_split: from the builder's edges and forbidden routes to directed arcs, sorted by tail.
 * Internal to geo (road_builder.c calls it); one thread. Fills node, arc and their counts. */
#ifndef GEO_ROAD_SPLIT_H
#define GEO_ROAD_SPLIT_H

#include "geo/road_builder.h"

struct road_builder_edge {
    int64_t way_id;
    uint32_t from, to;
    uint32_t length_dm;
    uint32_t shape_first, shape_n;
    uint32_t name;
    uint16_t flags;
    uint8_t class;
    uint8_t maxspeed_kmh;
};

/* A forbidden route: edge_n of builder.route_edge from first on, the first of which ends at via. */
struct road_builder_route {
    uint32_t first, edge_n, via;
};

/* -1 when out of memory; road may then be half made, road_close takes it. */
int road_split(const struct road_builder *b, struct road *road);

#endif
