#include "sim/hub_order.h"

#include <string.h>

#include "sim/hub_heap.h"

enum { TREES = 96, NONE = -1 };

/* One shortest-path tree: what hangs below each node, as long as it is not cut off. */
struct tree {
    int32_t *parent, *child, *sibling;
    uint32_t *size; /* of the part below and with the node; 0: cut off */
};

struct ordering {
    const struct hub_graph *graph;
    struct tree tree[TREES];
    int tree_n;
    uint64_t *cover; /* by node: sum of its sizes */
    int64_t *dist;
    uint32_t *settled;
    uint32_t *stack;
    struct hub_heap heap;
};

static int tree_alloc(struct tree *tree, uint32_t n)
{
    tree->parent = malloc(n * sizeof(*tree->parent));
    tree->child = malloc(n * sizeof(*tree->child));
    tree->sibling = malloc(n * sizeof(*tree->sibling));
    tree->size = calloc(n, sizeof(*tree->size));
    return tree->parent && tree->child && tree->sibling && tree->size ? 0 : -1;
}

static int relax_out(struct ordering *o, struct tree *tree, uint32_t v)
{
    const struct hub_graph *g = o->graph;
    for (uint32_t a = g->first_out[v]; a < g->first_out[v + 1]; a++) {
        int64_t way = o->dist[v] + g->ns[a];
        if (way >= o->dist[g->head[a]])
            continue;
        o->dist[g->head[a]] = way;
        tree->parent[g->head[a]] = (int32_t)v;
        if (hub_heap_push(&o->heap, way, g->head[a]) < 0)
            return -1;
    }
    return 0;
}

/* Children come after their parents in `settled`, so sizes add up backwards. */
static void tree_hang(struct ordering *o, struct tree *tree, uint32_t settled_n)
{
    for (uint32_t i = settled_n; i-- > 0;) {
        uint32_t v = o->settled[i];
        tree->size[v] += 1;
        o->cover[v] += tree->size[v];
        if (tree->parent[v] == NONE)
            continue;
        uint32_t p = (uint32_t)tree->parent[v];
        tree->size[p] += tree->size[v];
        tree->sibling[v] = tree->child[p];
        tree->child[p] = (int32_t)v;
    }
}

static int tree_grow(struct ordering *o, uint32_t root)
{
    struct tree *tree = &o->tree[o->tree_n++];
    uint32_t n = o->graph->node_n, settled_n = 0;
    if (tree_alloc(tree, n) < 0)
        return -1;
    for (uint32_t v = 0; v < n; v++) {
        o->dist[v] = HUB_NEVER;
        tree->parent[v] = tree->child[v] = tree->sibling[v] = NONE;
    }
    o->dist[root] = 0;
    o->heap.n = 0;
    if (hub_heap_push(&o->heap, 0, root) < 0)
        return -1;
    while (o->heap.n) {
        struct hub_heap_entry top = hub_heap_pop(&o->heap);
        if (top.key != o->dist[top.item])
            continue;
        o->settled[settled_n++] = top.item;
        if (relax_out(o, tree, top.item) < 0)
            return -1;
    }
    tree_hang(o, tree, settled_n);
    return 0;
}

/* What v covers in this tree no longer counts, for v nor for those above it. */
static void tree_cut(struct ordering *o, struct tree *tree, uint32_t v)
{
    uint32_t size = tree->size[v], depth = 0;
    if (!size)
        return;
    for (int32_t p = tree->parent[v]; p != NONE; p = tree->parent[p]) {
        tree->size[p] -= size;
        o->cover[p] -= size;
    }
    o->stack[depth++] = v;
    while (depth) {
        uint32_t w = o->stack[--depth];
        o->cover[w] -= tree->size[w];
        tree->size[w] = 0;
        for (int32_t c = tree->child[w]; c != NONE; c = tree->sibling[c])
            if (tree->size[c])
                o->stack[depth++] = (uint32_t)c;
    }
}

/* A heap whose keys may be old: covers only shrink, so an old key is never too small. */
static int take_best(struct ordering *o, uint32_t *order)
{
    uint32_t n = o->graph->node_n, taken = 0;
    o->heap.n = 0;
    for (uint32_t v = 0; v < n; v++)
        if (hub_heap_push(&o->heap, -(int64_t)o->cover[v], v) < 0)
            return -1;
    while (o->heap.n) {
        struct hub_heap_entry top = hub_heap_pop(&o->heap);
        if (top.key != -(int64_t)o->cover[top.item]) {
            if (hub_heap_push(&o->heap, -(int64_t)o->cover[top.item], top.item) < 0)
                return -1;
            continue;
        }
        order[taken++] = top.item;
        for (int t = 0; t < o->tree_n; t++)
            tree_cut(o, &o->tree[t], top.item);
    }
    return 0;
}

int hub_order_find(const struct hub_graph *graph, uint32_t *order)
{
    static const uint64_t stride = 0x9E3779B97F4A7C15u; /* golden ratio: an even spread */
    struct ordering o = {.graph = graph};
    uint32_t n = graph->node_n;
    int err = 0;
    o.cover = calloc(n, sizeof(*o.cover));
    o.dist = malloc(n * sizeof(*o.dist));
    o.settled = malloc(n * sizeof(*o.settled));
    o.stack = malloc(n * sizeof(*o.stack));
    if (!o.cover || !o.dist || !o.settled || !o.stack)
        err = -1;
    for (uint64_t t = 1; t <= TREES && err == 0; t++)
        err = tree_grow(&o, (uint32_t)(((t * stride) >> 32) * n >> 32));
    if (err == 0)
        err = take_best(&o, order);
    for (int t = 0; t < o.tree_n; t++) {
        free(o.tree[t].parent);
        free(o.tree[t].child);
        free(o.tree[t].sibling);
        free(o.tree[t].size);
    }
    free(o.cover);
    free(o.dist);
    free(o.settled);
    free(o.stack);
    free(o.heap.entry);
    return err;
}
