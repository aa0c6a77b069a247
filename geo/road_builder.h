/* road_builder: nodes and edges in, a finished road out.
 * The caller owns the builder (init, add, finish, close); one thread. Input comes from outside
 * (an import, a city file): every call checks it and refuses with a text in errmsg.
 *
 *   road_builder_init(&b);
 *   from = road_builder_node(&b, osm_node, at);  to = …         same id, same node
 *   edge = road_builder_edge(&b, &(struct road_edge){.from = from, .to = to, …});
 *   road_builder_forbid(&b, (uint32_t[]){edge, other}, 2, to);  turn restriction
 *   road_builder_finish(&b, &road);
 *   road_builder_close(&b); */
#ifndef GEO_ROAD_BUILDER_H
#define GEO_ROAD_BUILDER_H

#include "geo/road.h"

#define ROAD_ROUTE_MAX 16

struct road_edge {
    int64_t way_id;
    uint32_t from, to; /* node numbers; ROAD_ONEWAY allows from -> to only */
    enum road_class class;
    unsigned flags;           /* enum road_flag, those in ROAD_FLAGS_GIVEN */
    uint32_t maxspeed_kmh;    /* posted, 0 unknown, at most 250 */
    const char *name;         /* UTF-8, NULL for none; copied */
    const struct point *line; /* from -> to, ends included; NULL: straight; copied */
    size_t line_n;
};

/* Open addressing by 64-bit hash. */
struct road_table {
    struct road_slot *slot;
    size_t slots, used;
};

struct road_builder_edge;
struct road_builder_route;

struct road_builder {
    struct road_node *node;
    struct road_builder_edge *edge;
    struct road_builder_route *route;
    uint32_t *route_edge;
    struct point *shape;
    char *names;
    struct road_table ids;   /* node ids -> nodes */
    struct road_table texts; /* texts -> offsets in names */
    size_t node_n, node_cap, edge_n, edge_cap, route_n, route_cap, route_edge_n, route_edge_cap;
    size_t shape_n, shape_cap, names_n, names_cap;
    char errmsg[256];
};

int road_builder_init(struct road_builder *b);
/* The node's number, or negative. An id seen before gives its node; a different place refuses. */
int64_t road_builder_node(struct road_builder *b, int64_t id, struct point at);
/* The edge's number, or negative. Edges longer than 200 km are refused. */
int64_t road_builder_edge(struct road_builder *b, const struct road_edge *edge);
/* No drive along these edges one after another, the first of which ends at node via: two forbid a
 * turn, more (at most ROAD_ROUTE_MAX) a way on via other edges. Each must go on where the one
 * before ends; one-ways against it are no such drive and forbid nothing. */
int road_builder_forbid(struct road_builder *b, const uint32_t *edge, size_t n, uint32_t via);
/* Makes the road; set its label, source, attribution and synthetic afterwards. The builder can
 * only be closed then. */
int road_builder_finish(struct road_builder *b, struct road *out);
void road_builder_close(struct road_builder *b);

#endif
