/* scene: what every engine of bench_recommend is asked about: units and incidents at crossings of a
 * road network, so that road engines of any kind answer the same question to the millisecond.
 *
 *   engine   answers which units are the nearest to a place, by its own idea of near
 *
 * The scene is bench_recommend's; engines borrow it and keep what they need in statics of their
 * own. One thread. Times in ms. An engine that cannot (no server, no extension) says why and is
 * left out. Start here to add an engine: a struct engine, and its row in bench_recommend.c. */
#ifndef TESTS_BENCH_SCENE_H
#define TESTS_BENCH_SCENE_H

#include "geo/grid.h"
#include "geo/weights.h"

enum { SCENE_BEST = 8, SCENE_UNITS_MAX = 10000, SCENE_INCIDENTS_MAX = 2000 };

struct stand {
    uint32_t node;
    struct point at;
    struct snap
        from;       /* to set out from the node, for a unit: the end of a street that leads there */
    struct snap to; /* to get to the node: the beginning of a street that leads away */
};

struct scene {
    const struct road *road;
    const struct weights *weights;
    struct stand unit[SCENE_UNITS_MAX], incident[SCENE_INCIDENTS_MAX];
    uint32_t unit_n, incident_n;
};

struct best {
    uint32_t unit;
    uint32_t ms; /* 0: the engine knows no times */
};

struct engine {
    const char *name;
    bool by_road;
    /* Once for the network, and for the units each time they stand elsewhere: negative and the
     * reason is told. Either may be NULL. */
    int (*network_cb)(const struct scene *scene);
    int (*units_cb)(const struct scene *scene);
    /* The best SCENE_BEST, or how many there are. This is what is timed. */
    size_t (*nearest_cb)(const struct scene *scene, uint32_t incident, struct best *out);
};

extern const struct engine engine_cch, engine_field, engine_field_all, engine_postgis, engine_redis,
    engine_pgrouting;

/* Keeps the least SCENE_BEST of what is put, by time, ties by unit. */
size_t best_put(struct best *best, size_t n, struct best one);

#endif
