/* road_index: what can be worked out from nodes and arcs, and therefore is not stored.
 *
 * The largest strongly connected part is found by Tarjan's algorithm with its call stack held in
 * an array: a street network is outside data and may be deeper than any thread's stack. */
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"
#include "geo/hash.h"
#include "geo/road.h"

#define UNSEEN 0u
#define CLOSED UINT32_MAX /* its component is complete */

struct walk {
    uint32_t *order; /* by node: time of discovery from 1, UNSEEN, CLOSED */
    uint32_t *low;   /* by node: earliest order reachable */
    uint32_t *next;  /* by node: next arc to look at */
    uint32_t *open;  /* stack of nodes whose component is not complete */
    uint32_t *trail; /* stack of nodes under way: the call stack */
    uint32_t *part;  /* by node: number of its component */
    uint32_t open_n, trail_n, time, part_n, best_part, best_n;
};

static void walk_enter(struct walk *w, const struct road *road, uint32_t node)
{
    w->order[node] = w->low[node] = ++w->time;
    w->next[node] = road->first_out[node];
    w->open[w->open_n++] = node;
    w->trail[w->trail_n++] = node;
}

/* The component whose first discovered node is root lies on top of the open stack. */
static void walk_complete(struct walk *w, uint32_t root)
{
    uint32_t node, n = 0;

    do {
        node = w->open[--w->open_n];
        w->order[node] = CLOSED;
        w->part[node] = w->part_n;
        n++;
    } while (node != root);
    if (n > w->best_n) {
        w->best_n = n;
        w->best_part = w->part_n;
    }
    w->part_n++;
}

static void lower(struct walk *w, uint32_t node, uint32_t to)
{
    if (to < w->low[node])
        w->low[node] = to;
}

static void walk_leave(struct walk *w)
{
    uint32_t node = w->trail[--w->trail_n];

    if (w->low[node] == w->order[node])
        walk_complete(w, node);
    else
        lower(w, w->trail[w->trail_n - 1], w->low[node]);
}

static void walk_from(struct walk *w, const struct road *road, uint32_t start)
{
    walk_enter(w, road, start);
    while (w->trail_n) {
        uint32_t node = w->trail[w->trail_n - 1];
        if (w->next[node] == road->first_out[node + 1]) {
            walk_leave(w);
            continue;
        }
        const struct road_arc *arc = &road->arc[w->next[node]++];
        uint32_t head = arc->head;
        if (arc->flags & ROAD_BANNED) /* what holds together does so by the rules */
            continue;
        if (w->order[head] == UNSEEN)
            walk_enter(w, road, head);
        else if (w->order[head] != CLOSED)
            lower(w, node, w->order[head]);
    }
}

/* An arc is of the main part when one can get onto it (through its tail or a copy's) and off it. */
static void mark_main(struct road *road, const struct walk *w)
{
    for (uint32_t i = 0; i < road->arc_n; i++) {
        struct road_arc *arc = &road->arc[i];
        bool on = false;
        arc->flags &= (uint16_t)~ROAD_MAIN;
        if (arc->original != i || w->part[arc->head] != w->best_part)
            continue;
        for (uint32_t c = i; c != ROAD_NONE; c = road->arc[c].next_copy)
            on |= w->part[road->arc[c].tail] == w->best_part && !(road->arc[c].flags & ROAD_BANNED);
        arc->flags |= on ? ROAD_MAIN : 0;
    }
    road->main_node_n = w->best_n;
}

static int find_main(struct road *road)
{
    size_t n = road->node_n;
    uint32_t *memory = calloc(6 * n + 1, sizeof *memory);
    struct walk w = {memory,
                     memory + n,
                     memory + 2 * n,
                     memory + 3 * n,
                     memory + 4 * n,
                     memory + 5 * n,
                     0,
                     0,
                     0,
                     0,
                     0,
                     0};

    if (!memory)
        return -1;
    for (uint32_t i = 0; i < n; i++) {
        if (w.order[i] == UNSEEN)
            walk_from(&w, road, i);
    }
    mark_main(road, &w);
    free(memory);
    return 0;
}

/* first[k] .. first[k + 1] - 1 become the places of key k; first has n + 1 entries. */
static void sum_up(uint32_t *first, uint32_t n)
{
    uint32_t total = 0;

    for (uint32_t i = 0; i <= n; i++) {
        uint32_t count = first[i];
        first[i] = total;
        total += count;
    }
}

static void index_out(struct road *road)
{
    for (uint32_t i = 0; i < road->arc_n; i++)
        road->first_out[road->arc[i].tail]++;
    sum_up(road->first_out, road->node_n);
}

static void index_in(struct road *road)
{
    for (uint32_t i = 0; i < road->arc_n; i++)
        road->first_in[road->arc[i].head]++;
    sum_up(road->first_in, road->node_n);
    for (uint32_t i = 0; i < road->arc_n; i++)
        road->in_arc[road->first_in[road->arc[i].head]++] = i;
    memmove(road->first_in + 1, road->first_in, road->node_n * sizeof *road->first_in);
    road->first_in[0] = 0;
}

/* Copies in ascending order behind their original. */
static void chain_copies(struct road *road)
{
    for (uint32_t i = 0; i < road->arc_n; i++)
        road->arc[i].next_copy = ROAD_NONE;
    for (uint32_t i = road->arc_n; i-- > 0;) {
        uint32_t original = road->arc[i].original;
        if (original == i)
            continue;
        road->arc[i].next_copy = road->arc[original].next_copy;
        road->arc[original].next_copy = i;
    }
}

static int by_way_then_arc(const void *left, const void *right, void *arcs)
{
    const struct road_arc *arc = arcs;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    if (arc[a].way_id != arc[b].way_id)
        return arc[a].way_id < arc[b].way_id ? -1 : 1;
    return (a > b) - (a < b);
}

static void index_ways(struct road *road)
{
    for (uint32_t i = 0; i < road->arc_n; i++) {
        if (road->arc[i].original == i)
            road->by_way[road->way_arc_n++] = i;
    }
    qsort_r(road->by_way, road->way_arc_n, sizeof *road->by_way, by_way_then_arc, road->arc);
}

static void find_bounds(struct road *road)
{
    struct point low = {INT32_MAX, INT32_MAX}, high = {INT32_MIN, INT32_MIN};

    for (uint32_t i = 0; i < road->shape_n; i++) {
        struct point p = road->shape[i];
        low.lat_e7 = p.lat_e7 < low.lat_e7 ? p.lat_e7 : low.lat_e7;
        low.lon_e7 = p.lon_e7 < low.lon_e7 ? p.lon_e7 : low.lon_e7;
        high.lat_e7 = p.lat_e7 > high.lat_e7 ? p.lat_e7 : high.lat_e7;
        high.lon_e7 = p.lon_e7 > high.lon_e7 ? p.lon_e7 : high.lon_e7;
    }
    road->south_west = road->shape_n ? low : (struct point){0, 0};
    road->north_east = road->shape_n ? high : (struct point){0, 0};
}

/* As it lies in memory: the same on machines of one byte order. */
static uint64_t hash_content(const struct road *road)
{
    uint64_t hash = hash_bytes(HASH_START, road->node, road->node_n * sizeof *road->node);

    for (uint32_t i = 0; i < road->arc_n; i++) {
        struct road_arc arc = road->arc[i];
        arc.next_copy = ROAD_NONE;
        arc.flags &= ROAD_FLAGS_STORED;
        hash = hash_bytes(hash, &arc, sizeof arc);
    }
    hash = hash_bytes(hash, road->shape, road->shape_n * sizeof *road->shape);
    return hash_bytes(hash, road->names, road->names_n);
}

_Static_assert(sizeof(struct road_node) == 16 && sizeof(struct road_arc) == 48,
               "the hash takes no padding");

int road_index(struct road *road)
{
    must(!road->first_out);
    road->hash = hash_content(road);
    road->first_out = calloc((size_t)road->node_n + 1, sizeof *road->first_out);
    road->first_in = calloc((size_t)road->node_n + 1, sizeof *road->first_in);
    road->in_arc = calloc((size_t)road->arc_n + 1, sizeof *road->in_arc);
    road->by_way = calloc((size_t)road->arc_n + 1, sizeof *road->by_way);
    if (!road->first_out || !road->first_in || !road->in_arc || !road->by_way)
        return -1;
    index_out(road);
    index_in(road);
    chain_copies(road);
    index_ways(road);
    find_bounds(road);
    return find_main(road);
}
