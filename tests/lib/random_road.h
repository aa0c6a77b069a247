/* random_road: small seeded street networks for tests: two-way streets, one-ways, dual
 * carriageways, bent and parallel streets, loops, islands, and forbidden turns where asked for.
 * Edge number e is way e + 1, so a test can find its arcs. Header only; the caller closes the
 * road. */
#ifndef TESTS_RANDOM_ROAD_H
#define TESTS_RANDOM_ROAD_H

#include "dispatch/must.h"
#include "geo/road_builder.h"

#define RANDOM_EDGES_MAX 256
#define RANDOM_TURNS_MAX 64

struct random_road {
    uint64_t dice;
    uint32_t node_n, edge_n, turn_n;
    uint32_t from[RANDOM_EDGES_MAX], to[RANDOM_EDGES_MAX];
    bool oneway[RANDOM_EDGES_MAX];
    struct {
        uint32_t from_edge, via, to_edge;
    } turn[RANDOM_TURNS_MAX];
    struct road road;
};

static inline uint32_t random_below(struct random_road *r, uint32_t n)
{
    r->dice = r->dice * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(r->dice >> 33) % n;
}

static inline struct point random_place(struct random_road *r)
{
    return (struct point){384000000 + (int32_t)random_below(r, 500000),
                          1062000000 + (int32_t)random_below(r, 600000)};
}

static inline void random_edge(struct random_road *r, struct road_builder *b, uint32_t from,
                               uint32_t to, bool oneway)
{
    static const char *const names[] = {NULL, "", "Jiefang", "解放西街", "Beijing Road"};
    struct point line[3] = {b->node[from].at, random_place(r), b->node[to].at};
    bool bent = random_below(r, 4) == 0;
    struct road_edge edge = {
        .way_id = r->edge_n + 1,
        .from = from,
        .to = to,
        .class = (enum road_class)random_below(r, ROAD_CLASSES),
        .flags = (oneway ? ROAD_ONEWAY : 0) | (random_below(r, 9) ? 0 : ROAD_BARRIER) |
                 (random_below(r, 9) ? 0 : ROAD_BRIDGE),
        .maxspeed_kmh = random_below(r, 3) ? 0 : 10 * random_below(r, 12),
        .name = names[random_below(r, 5)],
        .line = bent || from == to ? line : NULL,
        .line_n = 3,
    };

    if (r->edge_n == RANDOM_EDGES_MAX)
        return;
    must(road_builder_edge(b, &edge) == r->edge_n);
    r->from[r->edge_n] = from;
    r->to[r->edge_n] = to;
    r->oneway[r->edge_n++] = oneway;
}

/* Streets among the nodes first .. first + n - 1 only, so several calls give islands. */
static inline void random_streets(struct random_road *r, struct road_builder *b, uint32_t first,
                                  uint32_t n)
{
    for (uint32_t i = 0; i < n * 2; i++) {
        uint32_t from = first + random_below(r, n), to = first + random_below(r, n);
        if (from == to && random_below(r, 3))
            continue;
        if (random_below(r, 5) == 0) { /* two carriageways */
            random_edge(r, b, from, to, true);
            random_edge(r, b, to, from, true);
        } else {
            random_edge(r, b, from, to, random_below(r, 3) == 0);
        }
    }
}

static inline void random_turns(struct random_road *r, struct road_builder *b)
{
    for (uint32_t tries = 0; tries < 200 && r->turn_n < RANDOM_TURNS_MAX / 2; tries++) {
        uint32_t from = random_below(r, r->edge_n), to = random_below(r, r->edge_n);
        uint32_t via = random_below(r, 2) ? r->from[from] : r->to[from];
        if (r->from[to] != via && r->to[to] != via)
            continue;
        must(road_builder_forbid(b, (uint32_t[]){from, to}, 2, via) == 0);
        r->turn[r->turn_n].from_edge = from;
        r->turn[r->turn_n].via = via;
        r->turn[r->turn_n++].to_edge = to;
    }
}

/* What is to be finished yet: forbidden turns, if any, are put on top. */
static inline void random_network(struct random_road *r, struct road_builder *b, uint64_t seed)
{
    uint32_t islands;

    *r = (struct random_road){.dice = seed * 977 + 1};
    r->node_n = 6 + random_below(r, 45);
    islands = 1 + random_below(r, 3);
    must(road_builder_init(b) == 0);
    for (uint32_t i = 0; i < r->node_n; i++)
        must(road_builder_node(b, 1000 + i, random_place(r)) == i);
    for (uint32_t i = 0; i < islands; i++)
        random_streets(r, b, i * (r->node_n / islands), r->node_n / islands);
    if (r->edge_n == 0)
        random_edge(r, b, 0, 1, false);
}

static inline void random_road_make(struct random_road *r, uint64_t seed, bool turns)
{
    struct road_builder b;

    random_network(r, &b, seed);
    if (turns)
        random_turns(r, &b);
    must(road_builder_finish(&b, &r->road) == 0);
    road_builder_close(&b);
}

/* The original arc that drives edge e, forwards or back; ROAD_NONE on a one-way's back. */
static inline uint32_t random_arc(const struct random_road *r, uint32_t e, bool back)
{
    uint32_t n;
    const uint32_t *arcs = road_way_arcs(&r->road, e + 1, &n);

    for (uint32_t i = 0; i < n; i++) {
        if (!(r->road.arc[arcs[i]].flags & ROAD_REVERSED) == !back)
            return arcs[i];
    }
    return ROAD_NONE;
}

#endif
