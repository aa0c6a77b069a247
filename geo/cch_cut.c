/* Dinic's algorithm on node-disjoint paths. The split nodes are never built: a path through v is
 * prev[v] and next[v], and the residual moves are read off them:
 *
 *   before v   free: to behind v             on a path: back to behind prev[v]
 *   behind v   to before any neighbour       on a path, too: back to before v
 *
 * L. Ford, D. Fulkerson (1956); Y. Dinitz (1970); inertial flow: A. Schild, C. Sommer (SEA 2015).
 */
#include "geo/cch_cut.h"

#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"

#define FREE UINT32_MAX       /* no path through it */
#define ENDS (UINT32_MAX - 1) /* the path starts or ends here */
#define UNSEEN UINT32_MAX
#define DIRECTIONS 4

int cch_cut_init(struct cch_cut *cut, uint32_t node_max)
{
    size_t n = (size_t)node_max + 1;

    *cut = (struct cch_cut){.prev = malloc(8 * n * sizeof *cut->prev),
                            .is_sink = malloc(2 * n),
                            .key = malloc(n * sizeof *cut->key)};
    if (!cut->prev || !cut->is_sink || !cut->key) {
        cch_cut_close(cut);
        return -1;
    }
    cut->next = cut->prev + n;
    cut->at = cut->next + n;
    cut->sorted = cut->at + n;
    cut->level = cut->sorted + n;
    cut->queue = cut->level + 2 * n;
    cut->side = cut->is_sink + n;
    return 0;
}

void cch_cut_close(struct cch_cut *cut)
{
    free(cut->prev);
    free(cut->is_sink);
    free(cut->key);
    *cut = (struct cch_cut){0};
}

/* --- along a direction --- */

static bool lies_before(const struct cch_cut *cut, uint32_t a, uint32_t b)
{
    return cut->key[a] < cut->key[b] || (cut->key[a] == cut->key[b] && a < b);
}

static void swap(uint32_t *a, uint32_t *b)
{
    uint32_t was = *a;
    *a = *b;
    *b = was;
}

static void pivot_to_end(struct cch_cut *cut, uint32_t low, uint32_t high)
{
    uint32_t *s = cut->sorted, middle = low + (high - low) / 2;

    if (lies_before(cut, s[middle], s[low]))
        swap(&s[middle], &s[low]);
    if (lies_before(cut, s[high], s[low]))
        swap(&s[high], &s[low]);
    if (lies_before(cut, s[middle], s[high]))
        swap(&s[middle], &s[high]);
}

/* Partly sorts [low, high] so that the first k lie before the rest. */
static void select_first(struct cch_cut *cut, uint32_t low, uint32_t high, uint32_t k)
{
    uint32_t *s = cut->sorted;

    while (low < high) {
        uint32_t kept = low;
        pivot_to_end(cut, low, high);
        for (uint32_t i = low; i < high; i++) {
            if (lies_before(cut, s[i], s[high]))
                swap(&s[i], &s[kept++]);
        }
        swap(&s[kept], &s[high]);
        if (k == kept)
            return;
        if (k < kept)
            high = kept - 1;
        else
            low = kept + 1;
    }
}

static void sort_along(struct cch_cut *cut, const struct cch_graph *graph, int direction)
{
    static const int64_t dx[DIRECTIONS] = {1, 0, 1, 1}, dy[DIRECTIONS] = {0, 1, 1, -1};
    uint32_t n = graph->node_n, quarter = n >= 4 ? n / 4 : 1;

    for (uint32_t v = 0; v < n; v++) {
        cut->key[v] = dx[direction] * graph->x[v] + dy[direction] * graph->y[v];
        cut->sorted[v] = v;
    }
    select_first(cut, 0, n - 1, quarter);
    select_first(cut, quarter, n - 1, n - quarter);
    cut->source_n = quarter;
    memset(cut->is_sink, 0, n);
    for (uint32_t i = n - quarter; i < n; i++)
        cut->is_sink[cut->sorted[i]] = 1;
}

/* --- flow --- */

static void see(struct cch_cut *cut, uint32_t state, uint32_t level, uint32_t *tail)
{
    if (cut->level[state] != UNSEEN)
        return;
    cut->level[state] = level;
    cut->queue[(*tail)++] = state;
}

static void see_from(struct cch_cut *cut, const struct cch_graph *graph, uint32_t state,
                     uint32_t *tail)
{
    uint32_t v = state / 2, level = cut->level[state] + 1;

    if (state % 2 == 0) {
        if (cut->prev[v] == FREE)
            see(cut, state + 1, level, tail);
        else if (cut->prev[v] != ENDS)
            see(cut, 2 * cut->prev[v] + 1, level, tail);
        return;
    }
    for (uint32_t i = graph->first[v]; i < graph->first[v + 1]; i++)
        see(cut, 2 * graph->head[i], level, tail);
    if (cut->prev[v] != FREE)
        see(cut, 2 * v, level, tail);
}

/* Breadth first from the sources; true when a sink is reached. */
static bool set_levels(struct cch_cut *cut, const struct cch_graph *graph)
{
    uint32_t head = 0, tail = 0;

    memset(cut->level, 0xff, 2 * (size_t)graph->node_n * sizeof *cut->level);
    for (uint32_t i = 0; i < cut->source_n; i++) {
        if (cut->prev[cut->sorted[i]] != ENDS)
            see(cut, 2 * cut->sorted[i], 0, &tail);
    }
    while (head < tail) {
        uint32_t state = cut->queue[head++];
        if (state % 2 && cut->is_sink[state / 2])
            return true;
        see_from(cut, graph, state, &tail);
    }
    return false;
}

/* The next state on a shortest way from this one, or UNSEEN. */
static uint32_t way_on(struct cch_cut *cut, const struct cch_graph *graph, uint32_t state)
{
    uint32_t v = state / 2, want = cut->level[state] + 1, to;

    if (state % 2 == 0) {
        to = cut->prev[v] == FREE   ? state + 1
             : cut->prev[v] == ENDS ? UNSEEN
                                    : 2 * cut->prev[v] + 1;
        return to != UNSEEN && cut->level[to] == want ? to : UNSEEN;
    }
    for (; cut->at[v] < graph->first[v + 1]; cut->at[v]++) {
        to = 2 * graph->head[cut->at[v]];
        if (cut->level[to] == want)
            return to;
    }
    return cut->prev[v] != FREE && cut->level[2 * v] == want ? 2 * v : UNSEEN;
}

/* Lays a path along the states, which end behind a sink. */
static void lay_path(struct cch_cut *cut, const uint32_t *state, uint32_t n)
{
    cut->prev[state[0] / 2] = ENDS;
    for (uint32_t i = 0; i + 1 < n; i++) {
        uint32_t v = state[i] / 2, w = state[i + 1] / 2;
        if (state[i] % 2 == 0)
            continue;
        cut->next[v] = v == w ? FREE : w;
        cut->prev[w] = v == w ? FREE : v;
    }
    cut->next[state[n - 1] / 2] = ENDS;
}

/* One path depth first from a source along the levels; the queue serves as the stack. */
static bool add_path(struct cch_cut *cut, const struct cch_graph *graph, uint32_t source)
{
    uint32_t n = 1;

    cut->queue[0] = 2 * source;
    while (n > 0) {
        uint32_t state = cut->queue[n - 1], to;
        if (state % 2 && cut->is_sink[state / 2]) {
            lay_path(cut, cut->queue, n);
            return true;
        }
        to = way_on(cut, graph, state);
        if (to != UNSEEN) {
            cut->queue[n++] = to;
            continue;
        }
        cut->level[state] = UNSEEN - 1; /* nothing leads on from here in this round */
        n--;
    }
    return false;
}

/* The largest flow, or one above cut_max. */
static uint32_t fill(struct cch_cut *cut, const struct cch_graph *graph, uint32_t cut_max)
{
    uint32_t flow = 0;

    memset(cut->prev, 0xff, graph->node_n * sizeof *cut->prev);
    memset(cut->next, 0xff, graph->node_n * sizeof *cut->next);
    while (flow <= cut_max && set_levels(cut, graph)) {
        memcpy(cut->at, graph->first, graph->node_n * sizeof *cut->at);
        for (uint32_t i = 0; i < cut->source_n && flow <= cut_max; i++) {
            uint32_t s = cut->sorted[i];
            if (cut->prev[s] != ENDS && cut->level[2 * s] == 0)
                flow += add_path(cut, graph, s);
        }
    }
    return flow;
}

/* --- the cut --- */

/* After a full flow: what the sources still reach is left of the cut. */
static uint32_t take_sides(struct cch_cut *cut, uint32_t n, uint32_t *smaller)
{
    uint32_t left = 0, right = 0;

    for (uint32_t i = 0; i < cut->source_n; i++)
        cut->level[2 * cut->sorted[i]] = 0;
    for (uint32_t v = 0; v < n; v++) {
        bool before = cut->level[2 * v] != UNSEEN, behind = cut->level[2 * v + 1] != UNSEEN;
        cut->side[v] = behind ? CCH_LEFT : before ? CCH_CUT : CCH_RIGHT;
        left += behind;
        right += !behind && !before;
    }
    *smaller = left < right ? left : right;
    return n - left - right;
}

int64_t cch_cut_find(struct cch_cut *cut, const struct cch_graph *graph, uint32_t cut_max,
                     uint8_t *side)
{
    uint64_t best_n = 0, best_smaller = 0;
    bool found = false;

    must(graph->node_n >= 2);
    for (int direction = 0; direction < DIRECTIONS; direction++) {
        uint32_t smaller, n;
        sort_along(cut, graph, direction);
        if (fill(cut, graph, cut_max) > cut_max)
            continue;
        n = take_sides(cut, graph->node_n, &smaller);
        if (found && n * (best_smaller + 1) >= best_n * (smaller + 1ull))
            continue;
        found = true;
        best_n = n;
        best_smaller = smaller;
        memcpy(side, cut->side, graph->node_n);
        cut_max = n < cut_max / 2 ? n * 2 : cut_max; /* what is much wider cannot win */
    }
    return found ? (int64_t)best_n : -1;
}
