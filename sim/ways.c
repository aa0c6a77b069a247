#include "sim/ways.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/os.h"
#include "dispatch/must.h"
#include "sim/hub_heap.h"

double ways_km(const struct ways *w, double x0, double y0, double x1, double y1)
{
    double dx = (x0 - x1) * w->x_scale, dy = (y0 - y1) * w->y_scale;
    return sqrt(dx * dx + dy * dy);
}

/* ---- the nearest node ---- */

static uint32_t cell_of(double at, double min, double size, uint32_t cells)
{
    double cell = floor((at - min) / size);
    return cell < 0 ? 0 : cell >= cells ? cells - 1 : (uint32_t)cell;
}

static int cells_make(struct ways *w)
{
    double x_max = -INFINITY, y_max = -INFINITY;
    w->x_min = w->y_min = INFINITY;
    for (uint32_t v = 0; v < w->node_n; v++) {
        w->x_min = fmin(w->x_min, w->x[v]);
        w->y_min = fmin(w->y_min, w->y[v]);
        x_max = fmax(x_max, w->x[v]);
        y_max = fmax(y_max, w->y[v]);
    }
    uint32_t side = (uint32_t)sqrt(w->node_n / 4.0) + 1;
    w->cells_x = w->cells_y = side;
    w->cell_x = fmax((x_max - w->x_min) / side, 1e-9);
    w->cell_y = fmax((y_max - w->y_min) / side, 1e-9);
    w->cell_first = calloc((size_t)side * side + 1, sizeof(*w->cell_first));
    w->cell_node = malloc((w->node_n + 1) * sizeof(*w->cell_node));
    uint32_t *cell = malloc((w->node_n + 1) * sizeof(*cell));
    if (!w->cell_first || !w->cell_node || !cell) {
        free(cell);
        return -1;
    }
    for (uint32_t v = 0; v < w->node_n; v++) {
        cell[v] = cell_of(w->x[v], w->x_min, w->cell_x, side) +
                  side * cell_of(w->y[v], w->y_min, w->cell_y, side);
        w->cell_first[cell[v] + 1] += w->access[v];
    }
    for (uint32_t c = 0; c < side * side; c++)
        w->cell_first[c + 1] += w->cell_first[c];
    for (uint32_t v = w->node_n; v-- > 0;)
        if (w->access[v])
            w->cell_node[--w->cell_first[cell[v] + 1]] = v;
    /* each start moved down to its cell's first: shift back by one cell */
    memmove(w->cell_first, w->cell_first + 1, (size_t)side * side * sizeof(*w->cell_first));
    uint32_t with_access = 0;
    for (uint32_t v = 0; v < w->node_n; v++)
        with_access += w->access[v];
    w->cell_first[side * side] = with_access;
    free(cell);
    return 0;
}

struct nearest {
    double x, y, km;
    uint32_t node;
};

static void look_into(const struct ways *w, uint32_t cell, struct nearest *best)
{
    for (uint32_t i = w->cell_first[cell]; i < w->cell_first[cell + 1]; i++) {
        uint32_t v = w->cell_node[i];
        double km = ways_km(w, best->x, best->y, w->x[v], w->y[v]);
        if (km < best->km || (km == best->km && v < best->node)) {
            best->km = km;
            best->node = v;
        }
    }
}

/* Ring after ring of cells, until no unseen cell can hold a nearer node. */
uint32_t ways_nearest(const struct ways *w, double x, double y, double *km)
{
    struct nearest best = {x, y, INFINITY, UINT32_MAX};
    int64_t cx = cell_of(x, w->x_min, w->cell_x, w->cells_x);
    int64_t cy = cell_of(y, w->y_min, w->cell_y, w->cells_y);
    double ring_km = fmin(w->cell_x * w->x_scale, w->cell_y * w->y_scale);
    int64_t last = w->cells_x > w->cells_y ? w->cells_x : w->cells_y;
    for (int64_t ring = 0; ring <= last && (double)(ring - 1) * ring_km <= best.km; ring++)
        for (int64_t j = cy - ring; j <= cy + ring; j++) {
            int64_t step = j == cy - ring || j == cy + ring ? 1 : 2 * ring;
            for (int64_t i = cx - ring; i <= cx + ring; i += step ? step : 1)
                if (i >= 0 && i < w->cells_x && j >= 0 && j < w->cells_y)
                    look_into(w, (uint32_t)(i + w->cells_x * j), &best);
        }
    must(best.node != UINT32_MAX);
    *km = best.km;
    return best.node;
}

/* ---- times ---- */

enum { MEMO_BITS = 16, MEMOS = 1 << MEMO_BITS };

static struct hub_graph graph_of(const struct ways *w, uint32_t mode)
{
    return (struct hub_graph){w->node_n, w->arc_n, w->first_out, w->head,     w->first_in,
                              w->in_arc, w->tail,  w->ns[mode],  w->length_dm};
}

static int labels_get(struct ways *w, uint32_t mode, const char *cache_dir)
{
    struct hub_graph graph = graph_of(w, mode);
    char path[2048] = "";
    if (cache_dir)
        snprintf(path, sizeof(path), "%s/%016llx.labels", cache_dir,
                 (unsigned long long)hub_graph_hash(&graph));
    if (path[0] && hub_labels_load(&w->labels[mode], path, &graph) == 0)
        return 0;
    if (hub_labels_make(&w->labels[mode], &graph) < 0)
        return -1;
    if (path[0] && os_make_dirs(cache_dir) == 0)
        (void)hub_labels_save(&w->labels[mode], path); /* without it the next run makes it again */
    return 0;
}

static int index_arcs(struct ways *w)
{
    w->first_out = calloc(w->node_n + 2, sizeof(*w->first_out));
    w->first_in = calloc(w->node_n + 2, sizeof(*w->first_in));
    w->in_arc = malloc((w->arc_n + 1) * sizeof(*w->in_arc));
    if (!w->first_out || !w->first_in || !w->in_arc)
        return -1;
    for (uint32_t a = 0; a < w->arc_n; a++) {
        w->first_out[w->tail[a] + 1]++;
        w->first_in[w->head[a] + 2]++;
    }
    for (uint32_t v = 0; v < w->node_n; v++) {
        w->first_out[v + 1] += w->first_out[v];
        w->first_in[v + 2] += w->first_in[v + 1];
    }
    for (uint32_t a = 0; a < w->arc_n; a++)
        w->in_arc[w->first_in[w->head[a] + 1]++] = a;
    return 0;
}

int ways_finish(struct ways *w, const char *cache_dir)
{
    w->spread_to = UINT32_MAX;
    if (cells_make(w) < 0)
        return -1;
    if (w->is_table)
        return 0;
    w->tree = calloc((size_t)w->mode_n * w->node_n, sizeof(*w->tree));
    w->slot = malloc((w->node_n + 1) * sizeof(*w->slot));
    w->memo = calloc(MEMOS, sizeof(*w->memo));
    if (!w->tree || !w->slot || !w->memo || index_arcs(w) < 0)
        return -1;
    for (uint32_t v = 0; v < w->node_n; v++)
        w->slot[v] = HUB_NEVER / 2;
    for (uint32_t mode = 0; mode < w->mode_n; mode++)
        if (labels_get(w, mode, cache_dir) < 0)
            return -1;
    return 0;
}

static void spread(struct ways *w, uint32_t mode, uint32_t to)
{
    if (w->spread_to == to && w->spread_mode == mode)
        return;
    if (w->spread_to != UINT32_MAX)
        hub_unspread(&w->labels[w->spread_mode], w->spread_to, w->slot);
    hub_spread(&w->labels[mode], to, w->slot);
    w->spread_to = to;
    w->spread_mode = mode;
}

int64_t ways_ns(struct ways *w, uint32_t mode, uint32_t from, uint32_t to)
{
    if (w->is_table)
        return w->ns[mode][(size_t)from * w->node_n + to];
    const struct ways_tree *tree = &w->tree[(size_t)mode * w->node_n + to];
    if (tree->ns)
        return tree->ns[from];
    uint64_t pair = (uint64_t)(mode + 1) << 60 ^ (uint64_t)from << 30 ^ to;
    struct ways_memo *memo = &w->memo[pair * 0x9e3779b97f4a7c15u >> (64 - MEMO_BITS)];
    if (memo->pair != pair) {
        spread(w, mode, to);
        *memo = (struct ways_memo){pair, hub_time_spread(&w->labels[mode], from, w->slot)};
    }
    return memo->ns;
}

int64_t ways_from_ns(const struct ways *w, uint32_t mode, uint32_t from, uint32_t to)
{
    return w->is_table ? w->ns[mode][(size_t)from * w->node_n + to]
                       : hub_time(&w->labels[mode], from, to, NULL);
}

uint32_t ways_dm(const struct ways *w, uint32_t mode, uint32_t from, uint32_t to)
{
    uint32_t dm = 0;
    if (!w->is_table)
        hub_time(&w->labels[mode], from, to, &dm);
    return dm;
}

/* ---- the next node ---- */

static int tree_search(const struct ways *w, uint32_t mode, uint32_t to, uint32_t *next,
                       int64_t *dist, struct hub_heap *heap)
{
    for (uint32_t v = 0; v < w->node_n; v++) {
        dist[v] = HUB_NEVER;
        next[v] = UINT32_MAX;
    }
    dist[to] = 0;
    if (hub_heap_push(heap, 0, to) < 0)
        return -1;
    while (heap->n) {
        struct hub_heap_entry top = hub_heap_pop(heap);
        for (uint32_t i = w->first_in[top.item];
             top.key == dist[top.item] && i < w->first_in[top.item + 1]; i++) {
            uint32_t arc = w->in_arc[i], v = w->tail[arc];
            int64_t way = top.key + w->ns[mode][arc];
            if (way >= dist[v])
                continue;
            dist[v] = way;
            next[v] = arc;
            if (hub_heap_push(heap, way, v) < 0)
                return -1;
        }
    }
    return 0;
}

static const uint32_t *tree_to(struct ways *w, uint32_t mode, uint32_t to)
{
    struct ways_tree *tree = &w->tree[(size_t)mode * w->node_n + to];
    struct hub_heap heap = {0};
    if (tree->next)
        return tree->next;
    tree->next = malloc(w->node_n * sizeof(*tree->next));
    tree->ns = malloc(w->node_n * sizeof(*tree->ns));
    must(tree->next && tree->ns && tree_search(w, mode, to, tree->next, tree->ns, &heap) == 0);
    free(heap.entry);
    return tree->next;
}

/* Where no arc before the last lies on a shortest path, the last does. */
uint32_t ways_next(struct ways *w, uint32_t mode, uint32_t node, uint32_t to, int64_t left_ns,
                   bool often, int64_t *ns)
{
    uint32_t a = often ? tree_to(w, mode, to)[node] : w->first_out[node];
    for (; !often && a + 1 < w->first_out[node + 1]; a++) {
        int64_t rest = left_ns - w->ns[mode][a];
        if (rest >= 0 && ways_ns(w, mode, w->head[a], to) == rest)
            break;
    }
    must(a < w->arc_n && w->ns[mode][a] <= left_ns);
    *ns = w->ns[mode][a];
    return w->head[a];
}

void ways_close(struct ways *w)
{
    for (uint32_t i = 0; w->tree && i < w->mode_n * w->node_n; i++) {
        free(w->tree[i].next);
        free(w->tree[i].ns);
    }
    for (uint32_t mode = 0; mode < WAYS_MODES_MAX; mode++) {
        hub_labels_close(&w->labels[mode]);
        free(w->ns[mode]);
    }
    free(w->x);
    free(w->y);
    free(w->access);
    free(w->first_out);
    free(w->head);
    free(w->tail);
    free(w->first_in);
    free(w->in_arc);
    free(w->length_dm);
    free(w->tree);
    free(w->memo);
    free(w->slot);
    free(w->cell_first);
    free(w->cell_node);
    *w = (struct ways){0};
}
