/* road: the streets of one region as a directed graph in memory.
 * Made by road_builder (import, simulator) or road_load (file); immutable afterwards, so any
 * number of threads may read it. The owner calls road_close.
 *
 *   node   a crossing or an end          arc    one drivable direction between two nodes
 *   twin   the opposite direction of the same two-way street (one carriageway without barrier)
 *   copy   a crossing with forbidden turns is split: one more node for each arc (or drive over
 *          several) after which one may not turn freely, with copies of the arcs to continue on; a
 *          copy behind a forbidden turn is ROAD_BANNED, for vehicles that need not mind (speeds.h:
 *          turns). Originals stand for all their copies: snaps, paths, closures and drawings name
 *          originals only. A copy may end in another node than its original, at the same crossing.
 *   main   the largest strongly connected part; only its arcs are snapped to
 *
 * Arcs are sorted by tail: those out of node v are first_out[v] .. first_out[v + 1] - 1.
 * Lengths in decimetres (>= 1). Weights (times) are not here: see weights.h.
 * Start here if you add a property of a street; then road_builder.h, and load.c for the file. */
#ifndef GEO_ROAD_H
#define GEO_ROAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo/point.h"

#define ROAD_NONE UINT32_MAX
#define ROAD_TEXT_MAX 256

enum road_class {
    ROAD_MOTORWAY,
    ROAD_MOTORWAY_LINK,
    ROAD_TRUNK,
    ROAD_TRUNK_LINK,
    ROAD_PRIMARY,
    ROAD_PRIMARY_LINK,
    ROAD_SECONDARY,
    ROAD_SECONDARY_LINK,
    ROAD_TERTIARY,
    ROAD_TERTIARY_LINK,
    ROAD_UNCLASSIFIED,
    ROAD_RESIDENTIAL,
    ROAD_LIVING_STREET,
    ROAD_SERVICE,
    ROAD_TRACK,
    ROAD_PEDESTRIAN, /* squares and precincts an ambulance may enter */
    ROAD_FERRY,
    ROAD_CLASSES
};

enum road_flag {
    ROAD_ONEWAY = 1 << 0,
    ROAD_BRIDGE = 1 << 1,
    ROAD_TUNNEL = 1 << 2,
    ROAD_CARRIAGEWAY = 1 << 3, /* motorway-like: a barrier separates the other direction */
    ROAD_ROUNDABOUT = 1 << 4,
    ROAD_BARRIER = 1 << 5,   /* a gate or bollard that emergency vehicles pass, with a delay */
    ROAD_EMERGENCY = 1 << 6, /* closed to ordinary traffic: bus lane, turn-round, contraflow */
    ROAD_REVERSED = 1 << 7,  /* internal: the arc runs against its stored shape */
    ROAD_MAIN = 1 << 8,      /* internal: can be snapped to */
    ROAD_BANNED = 1 << 9     /* internal: a copy that only a forbidden turn leads onto */
};
#define ROAD_FLAGS_GIVEN 0x7fu   /* what a builder may set */
#define ROAD_FLAGS_STORED 0x2ffu /* what the file keeps; ROAD_MAIN is worked out again */

struct road_node {
    int64_t id; /* OpenStreetMap's; copies carry their original's */
    struct point at;
};

struct road_arc {
    int64_t way_id;
    uint32_t tail, head;
    uint32_t length_dm;
    uint32_t shape_first, shape_n; /* in road.shape, ends included, shared with the twin */
    uint32_t name;                 /* offset in road.names; 0 is "" */
    uint32_t twin;                 /* or ROAD_NONE; always an original */
    uint32_t original;             /* itself, unless this is a copy */
    uint32_t next_copy;            /* chain original -> copy -> copy -> ROAD_NONE */
    uint16_t flags;
    uint8_t class;
    uint8_t maxspeed_kmh; /* posted; 0 unknown */
};

struct road {
    uint32_t node_n, arc_n, shape_n, names_n;
    struct road_node *node;
    struct road_arc *arc;
    struct point *shape;
    char *names; /* NUL-terminated strings one after another, the first empty */
    /* Derived by road_index, never stored. */
    uint32_t *first_out; /* node_n + 1 */
    uint32_t *first_in;  /* node_n + 1, into in_arc */
    uint32_t *in_arc;    /* arc_n, arcs by head */
    uint32_t *by_way;    /* way_arc_n originals, by way id */
    uint32_t way_arc_n, main_node_n;
    struct point south_west, north_east;
    uint64_t hash; /* of nodes, arcs, shapes and names: the identity of this network */
    bool synthetic;
    char label[ROAD_TEXT_MAX]; /* what it is: "Porto extract", "synthetic: three districts" */
    char source[ROAD_TEXT_MAX];
    char attribution[ROAD_TEXT_MAX]; /* to be shown wherever the roads are drawn */
};

/* Arcs (originals) of a way, *n of them; NULL and 0 when there is none. */
const uint32_t *road_way_arcs(const struct road *road, int64_t way_id, uint32_t *n);

const char *road_name(const struct road *road, uint32_t arc);

/* The i-th point of an arc in driving direction, i < arc.shape_n. */
struct point road_arc_point(const struct road *road, uint32_t arc, uint32_t i);
/* The place along_dm from the tail of an arc, and the course there (course_deg may be NULL). */
struct point road_arc_along(const struct road *road, uint32_t arc, uint32_t along_dm,
                            double *course_deg);

/* Flat around the middle of the network: a measure of its own, exact for itself. */
struct plane road_plane(const struct road *road);

/* "residential" and so on, as OpenStreetMap writes them. -1 when unknown. */
int road_class_parse(const char *name, enum road_class *out);
const char *road_class_name(enum road_class class);

void road_close(struct road *road);

/* For road_builder and load: fills everything below "Derived". Requires: checked content.
 * -1 when out of memory. */
int road_index(struct road *road);

#endif
