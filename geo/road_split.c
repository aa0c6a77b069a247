/* Each edge has two halves: 2e drives from -> to, 2e + 1 drives back (absent on a one-way).
 *
 *            a                         a
 *        ---->( v )----> x         ---->( v_a )        a -> x forbidden: a gets its own end v_a,
 *        ---->(   )----> y   ===>  ---->( v )----> x   from which copies of all other halves out
 *            b                         b   \----> y    of v go on. b still ends in v.
 *
 * A half with forbidden turns always ends in its own node, so its copies do too. A copy of x behind
 * v_a is there as well, but ROAD_BANNED, and so is turning round at such an end (it would only help
 * to cheat), unless nothing else goes on. This is
 * exact for single turns and adds a few arcs for each restriction, where a full edge expansion
 * would multiply the graph by four to six. */
#include "geo/road_split.h"

#include <stdlib.h>
#include <string.h>

struct ban {
    uint32_t from, to; /* halves */
};

struct split {
    const struct road_builder *b;
    struct ban *ban; /* sorted, unique */
    size_t ban_n;
    uint32_t *end;   /* by half: the node it ends in */
    uint32_t *first; /* by node of the builder: its halves out, in out */
    uint32_t *out;
    struct road_arc *arc; /* unsorted; original = half */
    size_t arc_n, arc_cap;
    uint32_t node_n;
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

static void list_bans(struct split *s, const struct road_builder_turn *turn)
{
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t from = turn->from_edge * 2 + (i & 1), to = turn->to_edge * 2 + i / 2;
        if (half_exists(s->b, from) && half_exists(s->b, to) &&
            half_head(s->b, from) == turn->via && half_tail(s->b, to) == turn->via)
            s->ban[s->ban_n++] = (struct ban){from, to};
    }
}

static int by_from_to(const void *left, const void *right)
{
    const struct ban *a = left, *b = right;

    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    return (a->to > b->to) - (a->to < b->to);
}

static void sort_bans(struct split *s)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->b->turn_n; i++)
        list_bans(s, &s->b->turn[i]);
    qsort(s->ban, s->ban_n, sizeof *s->ban, by_from_to);
    for (size_t i = 0; i < s->ban_n; i++) {
        if (kept == 0 || by_from_to(&s->ban[kept - 1], &s->ban[i]) != 0)
            s->ban[kept++] = s->ban[i];
    }
    s->ban_n = kept;
}

/* Every half with a ban gets a node of its own to end in. */
static void place_ends(struct split *s)
{
    s->node_n = (uint32_t)s->b->node_n;
    for (uint32_t half = 0; half < s->b->edge_n * 2; half++)
        s->end[half] = half_head(s->b, half);
    for (size_t i = 0; i < s->ban_n; i++) {
        if (i == 0 || s->ban[i].from != s->ban[i - 1].from)
            s->end[s->ban[i].from] = s->node_n++;
    }
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

static int put_arc(struct split *s, uint32_t tail, uint32_t half, unsigned flags)
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
        .head = s->end[half],
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
        if (half_exists(s->b, half) && put_arc(s, half_tail(s->b, half), half, 0))
            return -1;
    }
    return 0;
}

static bool banned(const struct ban *ban, size_t n, uint32_t to)
{
    for (size_t i = 0; i < n; i++) {
        if (ban[i].to == to)
            return true;
    }
    return false;
}

static bool goes_on(const struct split *s, const struct ban *ban, size_t n)
{
    uint32_t via = half_head(s->b, ban->from);

    for (uint32_t i = s->first[via]; i < s->first[via + 1]; i++) {
        if (s->out[i] != (ban->from ^ 1) && !banned(ban, n, s->out[i]))
            return true;
    }
    return false;
}

/* The copies behind one half, whose bans are given. */
static int put_copies(struct split *s, const struct ban *ban, size_t n)
{
    uint32_t from = ban->from, via = half_head(s->b, from);
    bool may_turn_round = !goes_on(s, ban, n);

    for (uint32_t i = s->first[via]; i < s->first[via + 1]; i++) {
        uint32_t to = s->out[i];
        bool is_banned = banned(ban, n, to) || (to == (from ^ 1) && !may_turn_round);
        if (put_arc(s, s->end[from], to, is_banned ? ROAD_BANNED : 0))
            return -1;
    }
    return 0;
}

static int put_all_copies(struct split *s)
{
    for (size_t i = 0, n; i < s->ban_n; i += n) {
        for (n = 1; i + n < s->ban_n && s->ban[i + n].from == s->ban[i].from;)
            n++;
        if (put_copies(s, s->ban + i, n))
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
    for (size_t i = 0; i < s->ban_n; i++)
        road->node[s->end[s->ban[i].from]] = b->node[half_head(b, s->ban[i].from)];
    return 0;
}

int road_split(const struct road_builder *b, struct road *road)
{
    struct split s = {.b = b};
    int rc = -1;

    s.ban = calloc(b->turn_n * 4 + 1, sizeof *s.ban);
    s.end = calloc(b->edge_n * 2, sizeof *s.end);
    s.first = calloc(b->node_n + 1, sizeof *s.first);
    s.out = calloc(b->edge_n * 2, sizeof *s.out);
    if (!s.ban || !s.end || !s.first || !s.out)
        goto out;
    sort_bans(&s);
    place_ends(&s);
    list_halves_out(&s);
    if (put_originals(&s) || put_all_copies(&s) || sort_arcs(&s, road) || place_nodes(&s, road))
        goto out;
    rc = 0;
out:
    free(s.ban);
    free(s.end);
    free(s.first);
    free(s.out);
    free(s.arc);
    return rc;
}
