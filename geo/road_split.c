/* Each edge has two halves: 2e drives from -> to, 2e + 1 drives back (absent on a one-way).
 *
 *            a                         a
 *        ---->( v )----> x         ---->( v_a )        a -> x forbidden: a gets its own end v_a,
 *        ---->(   )----> y   ===>  ---->( v )----> x   from which copies of all other halves out
 *            b                         b   \----> y    of v go on. b still ends in v.
 *
 * A route of three, a -> y -> z forbidden, makes two such ends, one for each stem (road_bans.h):
 * v_a, and behind it one for a, y, which only the copy of y out of v_a leads to. An original leads
 * to the end of its own half alone. A copy of x behind v_a is there as well, but ROAD_BANNED, and
 * so is turning round where something is forbidden (it would only help to cheat), unless nothing
 * else goes on. This is exact and adds a few arcs for each restriction, where a full edge expansion
 * would multiply the graph by four to six. */
#include "geo/road_split.h"

#include <stdlib.h>
#include <string.h>

#include "geo/road_bans.h"

struct split {
    const struct road_builder *b;
    struct road_bans bans;
    uint32_t *first; /* by node of the builder: its halves out, in out */
    uint32_t *out;
    struct road_arc *arc; /* unsorted; original = half */
    size_t arc_n, arc_cap;
    uint32_t node_n; /* the builder's, then one for each stem */
};

static uint32_t half_tail(const struct road_builder *b, uint32_t half)
{
    return half & 1 ? b->edge[half / 2].to : b->edge[half / 2].from;
}

static uint32_t half_head(const struct road_builder *b, uint32_t half)
{
    return half_tail(b, half ^ 1);
}

static bool half_exists(const struct road_builder *b, uint32_t half)
{
    return !(half & 1) || !(b->edge[half / 2].flags & ROAD_ONEWAY);
}

/* In one of the directions of the first and the last edge; those between follow from where one is.
 */
static bool walk_route(const struct split *s, const struct road_builder_route *route, uint32_t way,
                       uint32_t half[ROAD_ROUTE_MAX])
{
    const uint32_t *edge = s->b->route_edge + route->first;
    uint32_t last = route->edge_n - 1;

    half[0] = edge[0] * 2 + (way & 1);
    half[last] = edge[last] * 2 + way / 2;
    if (!half_exists(s->b, half[0]) || half_head(s->b, half[0]) != route->via)
        return false;
    for (uint32_t i = 1; i <= last; i++) {
        uint32_t here = half_head(s->b, half[i - 1]);
        if (i < last)
            half[i] = edge[i] * 2 + (half_tail(s->b, edge[i] * 2) != here);
        if (!half_exists(s->b, half[i]) || half_tail(s->b, half[i]) != here)
            return false;
    }
    return true;
}

static void list_bans(struct split *s)
{
    uint32_t half[ROAD_ROUTE_MAX];

    for (size_t i = 0; i < s->b->route_n; i++) {
        for (uint32_t way = 0; way < 4; way++) {
            if (walk_route(s, &s->b->route[i], way, half))
                road_bans_add(&s->bans, half, s->b->route[i].edge_n);
        }
    }
    road_bans_finish(&s->bans);
    s->node_n = (uint32_t)s->b->node_n + s->bans.stem_n;
}

/* Where one is after this half, driven after a stem or (ROAD_NONE) after nothing that counts. */
static uint32_t end_of(const struct split *s, uint32_t stem, uint32_t half)
{
    uint32_t after = road_bans_after(&s->bans, stem, half);

    return after == ROAD_NONE ? half_head(s->b, half) : (uint32_t)s->b->node_n + after;
}

static void list_halves_out(struct split *s)
{
    const struct road_builder *b = s->b;
    uint32_t total = 0;

    for (uint32_t half = 0; half < b->edge_n * 2; half++)
        s->first[half_tail(b, half)] += half_exists(b, half);
    for (size_t v = 0; v <= b->node_n; v++) {
        uint32_t count = s->first[v];
        s->first[v] = total;
        total += count;
    }
    for (uint32_t half = 0; half < b->edge_n * 2; half++) {
        if (half_exists(b, half))
            s->out[s->first[half_tail(b, half)]++] = half;
    }
    memmove(s->first + 1, s->first, b->node_n * sizeof *s->first);
    s->first[0] = 0;
}

static int put_arc(struct split *s, uint32_t tail, uint32_t half, uint32_t head, unsigned flags)
{
    const struct road_builder_edge *edge = &s->b->edge[half / 2];

    if (s->arc_n == s->arc_cap) {
        size_t cap = s->arc_cap * 2 + 64;
        struct road_arc *arc = realloc(s->arc, cap * sizeof *arc);
        if (!arc || cap > UINT32_MAX / 2) {
            s->arc = arc ? arc : s->arc;
            return -1;
        }
        s->arc = arc;
        s->arc_cap = cap;
    }
    s->arc[s->arc_n++] = (struct road_arc){
        .way_id = edge->way_id,
        .tail = tail,
        .head = head,
        .length_dm = edge->length_dm,
        .shape_first = edge->shape_first,
        .shape_n = edge->shape_n,
        .name = edge->name,
        .twin = half_exists(s->b, half ^ 1) ? half ^ 1 : ROAD_NONE,
        .original = half,
        .flags = (uint16_t)(edge->flags | flags | (half & 1 ? ROAD_REVERSED : 0)),
        .class = edge->class,
        .maxspeed_kmh = edge->maxspeed_kmh,
    };
    return 0;
}

static int put_originals(struct split *s)
{
    for (uint32_t half = 0; half < s->b->edge_n * 2; half++) {
        if (half_exists(s->b, half) &&
            put_arc(s, half_tail(s->b, half), half, end_of(s, ROAD_NONE, half), 0))
            return -1;
    }
    return 0;
}

static bool goes_on(const struct split *s, uint32_t stem)
{
    uint32_t half = s->bans.stem[stem].half, via = half_head(s->b, half);

    for (uint32_t i = s->first[via]; i < s->first[via + 1]; i++) {
        if (s->out[i] != (half ^ 1) && !road_bans_forbid(&s->bans, stem, s->out[i]))
            return true;
    }
    return false;
}

static int put_copies(struct split *s, uint32_t stem)
{
    uint32_t half = s->bans.stem[stem].half, via = half_head(s->b, half);
    bool may_turn_round = !road_bans_any(&s->bans, stem) || !goes_on(s, stem);

    for (uint32_t i = s->first[via]; i < s->first[via + 1]; i++) {
        uint32_t to = s->out[i];
        bool is_banned =
            road_bans_forbid(&s->bans, stem, to) || (to == (half ^ 1) && !may_turn_round);
        if (put_arc(s, (uint32_t)s->b->node_n + stem, to, end_of(s, stem, to),
                    is_banned ? ROAD_BANNED : 0))
            return -1;
    }
    return 0;
}

static int put_all_copies(struct split *s)
{
    for (uint32_t stem = 0; stem < s->bans.stem_n; stem++) {
        if (put_copies(s, stem))
            return -1;
    }
    return 0;
}

/* Sorts by tail, and turns halves into arc numbers. Originals were put first, so each is met before
 * its copies; place maps the unsorted to the sorted. */
static int sort_arcs(struct split *s, struct road *road)
{
    uint32_t *first = calloc((size_t)s->node_n + 1, sizeof *first);
    uint32_t *original = calloc(s->b->edge_n * 2, sizeof *original);

    road->arc = calloc(s->arc_n + 1, sizeof *road->arc);
    if (!first || !original || !road->arc) {
        free(first);
        free(original);
        return -1;
    }
    road->arc_n = (uint32_t)s->arc_n;
    for (size_t i = 0; i < s->arc_n; i++)
        first[s->arc[i].tail + 1]++;
    for (uint32_t v = 0; v < s->node_n; v++)
        first[v + 1] += first[v];
    for (size_t i = 0; i < s->arc_n; i++) {
        uint32_t at = first[s->arc[i].tail]++, half = s->arc[i].original;
        road->arc[at] = s->arc[i];
        if (s->arc[i].tail == half_tail(s->b, half))
            original[half] = at;
    }
    for (uint32_t i = 0; i < road->arc_n; i++) {
        struct road_arc *arc = &road->arc[i];
        arc->original = original[arc->original];
        arc->twin = arc->twin == ROAD_NONE ? ROAD_NONE : original[arc->twin];
    }
    free(first);
    free(original);
    return 0;
}

static int place_nodes(struct split *s, struct road *road)
{
    const struct road_builder *b = s->b;

    road->node = calloc((size_t)s->node_n + 1, sizeof *road->node);
    if (!road->node)
        return -1;
    road->node_n = s->node_n;
    memcpy(road->node, b->node, b->node_n * sizeof *road->node);
    for (uint32_t i = 0; i < s->bans.stem_n; i++)
        road->node[b->node_n + i] = b->node[half_head(b, s->bans.stem[i].half)];
    return 0;
}

int road_split(const struct road_builder *b, struct road *road)
{
    struct split s = {.b = b};
    int rc = -1;

    s.first = calloc(b->node_n + 1, sizeof *s.first);
    s.out = calloc(b->edge_n * 2, sizeof *s.out);
    if (!s.first || !s.out ||
        road_bans_init(&s.bans, b->edge_n * 2, b->route_n * 4, b->route_edge_n * 4))
        goto out;
    list_bans(&s);
    list_halves_out(&s);
    if (put_originals(&s) || put_all_copies(&s) || sort_arcs(&s, road) || place_nodes(&s, road))
        goto out;
    rc = 0;
out:
    road_bans_close(&s.bans);
    free(s.first);
    free(s.out);
    free(s.arc);
    return rc;
}
