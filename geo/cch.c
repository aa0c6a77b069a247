#include "geo/cch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"

/* Arcs under way. The higher neighbours of a node are those of the road and those of its children
 * in the elimination tree, which are complete when its turn comes. */
struct contraction {
    struct cch *cch;
    uint32_t *first, *head; /* the road's higher neighbours by rank */
    uint32_t *child, *next; /* by rank: children, linked */
    uint32_t *seen;         /* by rank: for which node it was listed last */
    uint32_t arc_cap;
};

static int rank_nodes(struct cch *cch, const uint32_t *order, char errmsg[CCH_ERRMSG_MAX])
{
    for (uint32_t v = 0; v < cch->node_n; v++)
        cch->rank[v] = ROAD_NONE;
    for (uint32_t r = 0; r < cch->node_n; r++) {
        if (order[r] >= cch->node_n || cch->rank[order[r]] != ROAD_NONE) {
            snprintf(errmsg, CCH_ERRMSG_MAX, "place %u of the order: node %u is none or was there",
                     r, order[r]);
            return -1;
        }
        cch->rank[order[r]] = r;
    }
    return 0;
}

static void ends_of(const struct cch *cch, uint32_t road_arc, uint32_t *low, uint32_t *high)
{
    const struct road_arc *arc = &cch->road->arc[road_arc];
    uint32_t tail = cch->rank[arc->tail], head = cch->rank[arc->head];

    *low = tail < head ? tail : head;
    *high = tail < head ? head : tail;
}

static void take_neighbours(struct contraction *c)
{
    const struct cch *cch = c->cch;
    uint32_t low, high;

    for (uint32_t i = 0; i < cch->road->arc_n; i++) {
        ends_of(cch, i, &low, &high);
        c->first[low + 2]++;
    }
    for (uint32_t r = 0; r < cch->node_n; r++)
        c->first[r + 2] += c->first[r + 1];
    for (uint32_t i = 0; i < cch->road->arc_n; i++) {
        ends_of(cch, i, &low, &high);
        c->head[c->first[low + 1]++] = high;
    }
}

static int by_rank(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

/* Short lists mostly. */
static void sort_ranks(uint32_t *list, uint32_t n)
{
    if (n > 32) {
        qsort(list, n, sizeof *list, by_rank);
        return;
    }
    for (uint32_t i = 1; i < n; i++) {
        uint32_t moved = list[i], k = i;
        for (; k > 0 && list[k - 1] > moved; k--)
            list[k] = list[k - 1];
        list[k] = moved;
    }
}

static void list_up(struct contraction *c, uint32_t of, const uint32_t *heads, uint32_t n)
{
    struct cch *cch = c->cch;

    for (uint32_t i = 0; i < n; i++) {
        if (heads[i] == of || c->seen[heads[i]] == of)
            continue;
        c->seen[heads[i]] = of;
        cch->up_head[cch->arc_n++] = heads[i];
    }
}

/* A node has no more higher neighbours than there are ranks above it. */
static int reserve(struct contraction *c, uint32_t more)
{
    uint32_t *bigger;

    if (c->arc_cap - c->cch->arc_n >= more)
        return 0;
    c->arc_cap += c->arc_cap / 2 + more;
    bigger = realloc(c->cch->up_head, (size_t)c->arc_cap * sizeof *bigger);
    if (!bigger)
        return -1;
    c->cch->up_head = bigger;
    return 0;
}

static uint32_t most_up(const struct contraction *c, uint32_t r)
{
    const struct cch *cch = c->cch;
    uint64_t n = c->first[r + 1] - c->first[r];

    for (uint32_t k = c->child[r]; k != ROAD_NONE; k = c->next[k])
        n += cch->up_first[k + 1] - cch->up_first[k];
    return n < cch->node_n - r ? (uint32_t)n : cch->node_n - r;
}

static int contract_node(struct contraction *c, uint32_t r)
{
    struct cch *cch = c->cch;
    uint32_t from = cch->arc_n;

    cch->up_first[r] = from;
    if (reserve(c, most_up(c, r)))
        return -1;
    list_up(c, r, c->head + c->first[r], c->first[r + 1] - c->first[r]);
    for (uint32_t k = c->child[r]; k != ROAD_NONE; k = c->next[k])
        list_up(c, r, cch->up_head + cch->up_first[k], cch->up_first[k + 1] - cch->up_first[k]);
    sort_ranks(cch->up_head + from, cch->arc_n - from);
    cch->up_first[r + 1] = cch->arc_n;
    cch->parent[r] = cch->arc_n > from ? cch->up_head[from] : ROAD_NONE;
    if (cch->parent[r] != ROAD_NONE) {
        c->next[r] = c->child[cch->parent[r]];
        c->child[cch->parent[r]] = r;
    }
    return 0;
}

static int contract(struct cch *cch, uint32_t arc_max, char errmsg[CCH_ERRMSG_MAX])
{
    size_t n = (size_t)cch->node_n + 2, road_n = cch->road->arc_n;
    uint32_t *memory = calloc(4 * n + road_n + 1, sizeof *memory);
    struct contraction c = {.cch = cch};
    int rc = memory ? 0 : -1;

    snprintf(errmsg, CCH_ERRMSG_MAX, "out of memory");
    if (!memory)
        return -1;
    c.first = memory;
    c.child = memory + n;
    c.next = c.child + n;
    c.seen = c.next + n;
    c.head = c.seen + n;
    memset(c.child, 0xff, 3 * n * sizeof *c.child);
    take_neighbours(&c);
    for (uint32_t r = 0; rc == 0 && r < cch->node_n; r++) {
        rc = contract_node(&c, r);
        if (rc == 0 && cch->arc_n > arc_max) {
            snprintf(errmsg, CCH_ERRMSG_MAX,
                     "%u arcs become more than %u when %u of %u nodes are contracted",
                     cch->road->arc_n, arc_max, r + 1, cch->node_n);
            rc = -1;
        }
    }
    free(memory);
    return rc;
}

/* --- what is looked up later --- */

static void index_down(struct cch *cch)
{
    uint32_t *first = cch->down_first;

    for (uint32_t r = 0; r < cch->node_n; r++) {
        for (uint32_t a = cch->up_first[r]; a < cch->up_first[r + 1]; a++) {
            cch->up_tail[a] = r;
            first[cch->up_head[a] + 2]++;
        }
    }
    for (uint32_t r = 0; r < cch->node_n; r++)
        first[r + 2] += first[r + 1];
    for (uint32_t a = 0; a < cch->arc_n; a++) {
        uint32_t at = first[cch->up_head[a] + 1]++;
        cch->down_arc[at] = a;
        cch->down_tail[at] = cch->up_tail[a];
    }
}

/* low < high; there is one: every street's ends are joined. */
static uint32_t arc_between(const struct cch *cch, uint32_t low, uint32_t high)
{
    uint32_t from = cch->up_first[low], to = cch->up_first[low + 1];

    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (cch->up_head[middle] < high)
            from = middle + 1;
        else
            to = middle;
    }
    must(cch->up_head[from] == high);
    return from;
}

static void map_road(struct cch *cch)
{
    const struct road *road = cch->road;
    uint32_t *first = cch->road_first, low, high;

    for (uint32_t i = 0; i < road->arc_n; i++) {
        ends_of(cch, i, &low, &high);
        cch->arc_of[i] = ROAD_NONE;
        if (low == high)
            continue;
        uint32_t arc = arc_between(cch, low, high);
        cch->arc_of[i] = 2 * arc + (cch->rank[road->arc[i].tail] == high);
        first[arc + 2]++;
    }
    for (uint32_t a = 0; a < cch->arc_n; a++)
        first[a + 2] += first[a + 1];
    for (uint32_t i = 0; i < road->arc_n; i++) {
        if (cch->arc_of[i] != ROAD_NONE)
            cch->road_arc[first[cch->arc_of[i] / 2 + 1]++] = i;
    }
}

static int measure_depth(struct cch *cch)
{
    uint32_t *depth = calloc((size_t)cch->node_n + 1, sizeof *depth);

    if (!depth)
        return -1;
    for (uint32_t r = cch->node_n; r-- > 0;) {
        depth[r] = cch->parent[r] == ROAD_NONE ? 1 : depth[cch->parent[r]] + 1;
        cch->depth_max = depth[r] > cch->depth_max ? depth[r] : cch->depth_max;
    }
    free(depth);
    return 0;
}

static void measure_spans(struct cch *cch)
{
    const struct road *road = cch->road;

    cch->plane = road_plane(road);
    for (uint32_t v = 0; v < road->node_n; v++)
        plane_dm(&cch->plane, road->node[v].at, &cch->x_dm[v], &cch->y_dm[v]);
    for (uint32_t i = 0; i < road->arc_n; i++) {
        uint32_t tail = road->arc[i].tail, head = road->arc[i].head;
        double dx = (double)cch->x_dm[head] - cch->x_dm[tail];
        double dy = (double)cch->y_dm[head] - cch->y_dm[tail];
        cch->span_dm[i] = (uint32_t)ceil(sqrt(dx * dx + dy * dy));
    }
}

static int index_arcs(struct cch *cch)
{
    size_t n = (size_t)cch->arc_n + 2;

    cch->up_tail = calloc(n, sizeof *cch->up_tail);
    cch->down_arc = calloc(n, sizeof *cch->down_arc);
    cch->down_tail = calloc(n, sizeof *cch->down_tail);
    cch->road_first = calloc(n, sizeof *cch->road_first);
    cch->down_first = calloc((size_t)cch->node_n + 2, sizeof *cch->down_first);
    cch->arc_of = calloc((size_t)cch->road->arc_n + 1, sizeof *cch->arc_of);
    cch->road_arc = calloc((size_t)cch->road->arc_n + 1, sizeof *cch->road_arc);
    cch->span_dm = calloc((size_t)cch->road->arc_n + 1, sizeof *cch->span_dm);
    cch->x_dm = calloc((size_t)cch->node_n + 1, sizeof *cch->x_dm);
    cch->y_dm = calloc((size_t)cch->node_n + 1, sizeof *cch->y_dm);
    if (!cch->span_dm || !cch->x_dm || !cch->y_dm || !cch->up_tail || !cch->down_arc ||
        !cch->down_tail || !cch->road_first || !cch->down_first || !cch->arc_of || !cch->road_arc)
        return -1;
    index_down(cch);
    map_road(cch);
    measure_spans(cch);
    return measure_depth(cch);
}

int cch_init(struct cch *cch, const struct road *road, const uint32_t *order,
             uint32_t ratio_percent, char errmsg[CCH_ERRMSG_MAX])
{
    size_t n = (size_t)road->node_n + 1;
    uint64_t arc_max = (uint64_t)road->arc_n * ratio_percent / 100;

    *cch = (struct cch){.road = road,
                        .node_n = road->node_n,
                        .rank = calloc(n, sizeof *cch->rank),
                        .parent = calloc(n, sizeof *cch->parent),
                        .up_first = calloc(n, sizeof *cch->up_first)};
    if (!cch->rank || !cch->parent || !cch->up_first) {
        snprintf(errmsg, CCH_ERRMSG_MAX, "out of memory");
        goto fail;
    }
    arc_max = arc_max < UINT32_MAX / 2 ? arc_max : UINT32_MAX / 2;
    if (rank_nodes(cch, order, errmsg) || contract(cch, (uint32_t)arc_max, errmsg))
        goto fail;
    if (index_arcs(cch) == 0)
        return 0;
    snprintf(errmsg, CCH_ERRMSG_MAX, "out of memory");
fail:
    cch_close(cch);
    return -1;
}

size_t cch_bytes(const struct cch *cch)
{
    size_t words = 6 * (size_t)cch->node_n + 5 * (size_t)cch->arc_n;

    return 4 * (words + 3 * (size_t)cch->road->arc_n);
}

void cch_close(struct cch *cch)
{
    free(cch->rank);
    free(cch->parent);
    free(cch->up_first);
    free(cch->up_head);
    free(cch->up_tail);
    free(cch->down_first);
    free(cch->down_arc);
    free(cch->down_tail);
    free(cch->arc_of);
    free(cch->road_first);
    free(cch->road_arc);
    free(cch->x_dm);
    free(cch->y_dm);
    free(cch->span_dm);
    *cch = (struct cch){0};
}
