#include "geo/cch_order.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"
#include "geo/cch_cut.h"

/* Of n nodes a street network is cut by some sqrt(n); several times that is no street network. */
#define CUT_FREE 256u
#define CUT_SQRTS 4u
#define PIECES_MAX 128u /* each piece is 3/4 of its whole at most, or one shrunk by its cut */

struct range {
    uint32_t low, high;
};

struct ordering {
    const struct road *road;
    struct cch_graph whole; /* neighbours, each once; degree[] of first .. are still there */
    struct cch_graph piece;
    struct cch_cut cut;
    uint32_t *degree;
    uint32_t *node;  /* what is being ordered: ranges of it are pieces */
    uint32_t *place; /* by node: where in node[]; ROAD_NONE once peeled */
    uint32_t *round; /* by node: the last round of peeling that touched it */
    uint8_t *side;
    struct range *todo;
    size_t todo_n, todo_cap;
    uint32_t *order, order_n;
    const atomic_bool *stop;
};

/* --- the graph without directions --- */

static int graph_init(struct cch_graph *g, uint32_t node_n, size_t head_n)
{
    *g = (struct cch_graph){.node_n = node_n,
                            .first = calloc((size_t)node_n + 2, sizeof *g->first),
                            .head = malloc((head_n + 1) * sizeof *g->head),
                            .x = malloc(((size_t)node_n + 1) * sizeof *g->x),
                            .y = malloc(((size_t)node_n + 1) * sizeof *g->y)};
    return g->first && g->head && g->x && g->y ? 0 : -1;
}

static void graph_close(struct cch_graph *g)
{
    free(g->first);
    free(g->head);
    free(g->x);
    free(g->y);
}

static bool is_neighbour(const struct ordering *o, uint32_t v, uint32_t w)
{
    const uint32_t *head = o->whole.head + o->whole.first[v];

    for (uint32_t i = 0; i < o->degree[v]; i++) {
        if (head[i] == w)
            return true;
    }
    return false;
}

static void put_neighbour(struct ordering *o, uint32_t v, uint32_t w)
{
    if (v != w && !is_neighbour(o, v, w))
        o->whole.head[o->whole.first[v] + o->degree[v]++] = w;
}

static void place_nodes(struct ordering *o)
{
    struct plane plane = road_plane(o->road);

    for (uint32_t v = 0; v < o->road->node_n; v++)
        plane_dm(&plane, o->road->node[v].at, &o->whole.x[v], &o->whole.y[v]);
}

static void take_graph(struct ordering *o)
{
    const struct road *road = o->road;
    uint32_t *first = o->whole.first;

    for (uint32_t i = 0; i < road->arc_n; i++) {
        first[road->arc[i].tail + 1]++;
        first[road->arc[i].head + 1]++;
    }
    for (uint32_t v = 0; v < road->node_n; v++)
        first[v + 1] += first[v];
    for (uint32_t i = 0; i < road->arc_n; i++) {
        put_neighbour(o, road->arc[i].tail, road->arc[i].head);
        put_neighbour(o, road->arc[i].head, road->arc[i].tail);
    }
    place_nodes(o);
}

/* --- peeling: nodes with at most two neighbours --- */

static void replace_neighbour(struct ordering *o, uint32_t v, uint32_t was, uint32_t now)
{
    uint32_t *head = o->whole.head + o->whole.first[v], i = 0;

    while (head[i] != was)
        i++;
    if (now != ROAD_NONE && now != v && !is_neighbour(o, v, now))
        head[i] = now;
    else
        head[i] = head[--o->degree[v]];
}

static void peel(struct ordering *o, uint32_t v, uint32_t round)
{
    uint32_t n = o->degree[v], a = ROAD_NONE, b = ROAD_NONE;

    o->place[v] = ROAD_NONE;
    o->order[o->order_n++] = v;
    if (n > 0)
        a = o->whole.head[o->whole.first[v]];
    if (n > 1)
        b = o->whole.head[o->whole.first[v] + 1];
    if (n > 0) {
        replace_neighbour(o, a, v, b);
        o->round[a] = round;
    }
    if (n > 1) {
        replace_neighbour(o, b, v, a);
        o->round[b] = round;
    }
}

/* In rounds in which no two neighbours go, so that a long chain becomes a low tree. */
static void peel_all(struct ordering *o)
{
    uint32_t left = o->road->node_n;

    for (uint32_t round = 1, before = 0; left != before; round++) {
        uint32_t kept = 0;
        before = left;
        for (uint32_t i = 0; i < left; i++) {
            uint32_t v = o->node[i];
            if (o->degree[v] <= 2 && o->round[v] != round)
                peel(o, v, round);
            else
                o->node[kept++] = v;
        }
        left = kept;
    }
    for (uint32_t i = 0; i < left; i++)
        o->place[o->node[i]] = i;
}

/* --- nested dissection --- */

/* The neighbours within a range of node[], numbered from its start. */
static void take_piece(struct ordering *o, struct range r)
{
    struct cch_graph *piece = &o->piece;
    const struct cch_graph *whole = &o->whole;
    uint32_t head_n = 0;

    piece->node_n = r.high - r.low;
    for (uint32_t i = 0; i < piece->node_n; i++) {
        uint32_t v = o->node[r.low + i];
        piece->first[i] = head_n;
        piece->x[i] = whole->x[v];
        piece->y[i] = whole->y[v];
        for (uint32_t k = whole->first[v]; k < whole->first[v] + o->degree[v]; k++) {
            uint32_t place = o->place[whole->head[k]];
            if (place >= r.low && place < r.high)
                piece->head[head_n++] = place - r.low;
        }
    }
    piece->first[piece->node_n] = head_n;
}

static uint32_t gather_side(struct ordering *o, struct range r, enum cch_side side, uint32_t to)
{
    uint32_t *moved = o->cut.queue; /* free between two cuts */

    for (uint32_t i = r.low; i < r.high; i++) {
        if (o->side[i - r.low] == side)
            moved[to++] = o->node[i];
    }
    return to;
}

static bool push(struct ordering *o, uint32_t low, uint32_t high)
{
    if (high - low < 2)
        return true;
    if (o->todo_n == o->todo_cap) {
        size_t cap = o->todo_cap * 2 + PIECES_MAX;
        struct range *more = realloc(o->todo, cap * sizeof *more);
        if (!more)
            return false;
        o->todo = more;
        o->todo_cap = cap;
    }
    o->todo[o->todo_n++] = (struct range){low, high};
    return true;
}

/* Left, right, cut: the cut is contracted last. */
static bool split(struct ordering *o, struct range r)
{
    uint32_t n = r.high - r.low, left, right;

    left = gather_side(o, r, CCH_LEFT, 0);
    right = gather_side(o, r, CCH_RIGHT, left);
    gather_side(o, r, CCH_CUT, right);
    memcpy(o->node + r.low, o->cut.queue, n * sizeof *o->node);
    for (uint32_t i = r.low; i < r.high; i++)
        o->place[o->node[i]] = i;
    return push(o, r.low, r.low + left) && push(o, r.low + left, r.low + right);
}

static bool dissect(struct ordering *o, char errmsg[CCH_ERRMSG_MAX])
{
    uint32_t n = o->road->node_n - o->order_n;

    if (!push(o, 0, n))
        return false;
    while (o->todo_n > 0) {
        struct range r = o->todo[--o->todo_n];
        uint32_t size = r.high - r.low;
        uint32_t cut_max = CUT_FREE + CUT_SQRTS * (uint32_t)sqrt(size);
        if (o->stop && atomic_load(o->stop)) {
            snprintf(errmsg, CCH_ERRMSG_MAX, "broken off");
            return false;
        }
        take_piece(o, r);
        if (cch_cut_find(&o->cut, &o->piece, cut_max, o->side) < 0) {
            snprintf(errmsg, CCH_ERRMSG_MAX,
                     "%u nodes are not parted by %u of them: no street network, or its nodes' "
                     "places are wrong",
                     size, cut_max);
            return false;
        }
        if (!split(o, r))
            return false;
    }
    memcpy(o->order + o->order_n, o->node, n * sizeof *o->node);
    return true;
}

/* --- together --- */

static bool ordering_init(struct ordering *o)
{
    uint32_t n = o->road->node_n;
    size_t head_n = 2 * (size_t)o->road->arc_n;

    o->degree = calloc(4 * ((size_t)n + 1), sizeof *o->degree);
    o->side = malloc((size_t)n + 1);
    if (!o->degree || !o->side || graph_init(&o->whole, n, head_n) ||
        graph_init(&o->piece, n, head_n) || cch_cut_init(&o->cut, n))
        return false;
    o->node = o->degree + n + 1;
    o->place = o->node + n + 1;
    o->round = o->place + n + 1;
    for (uint32_t v = 0; v < n; v++)
        o->node[v] = v;
    return true;
}

bool cch_order(const struct road *road, uint32_t *order, const atomic_bool *stop,
               char errmsg[CCH_ERRMSG_MAX])
{
    struct ordering o = {.road = road, .order = order, .stop = stop};
    bool done = false;

    snprintf(errmsg, CCH_ERRMSG_MAX, "out of memory");
    if (ordering_init(&o)) {
        take_graph(&o);
        peel_all(&o);
        done = dissect(&o, errmsg);
    }
    graph_close(&o.whole);
    graph_close(&o.piece);
    cch_cut_close(&o.cut);
    free(o.degree);
    free(o.side);
    free(o.todo);
    return done;
}
