/* Making: from each hub in order of importance one search forwards and one backwards; a node that
 * earlier hubs already answer for is not entered and nothing beyond it is searched. */
#include "sim/hub_label.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sim/hub_heap.h"
#include "sim/hub_order.h"

struct entry {
    uint32_t hub, dm;
    int64_t ns;
};

struct list {
    struct entry *entry;
    uint32_t n, cap;
};

struct making {
    const struct hub_graph *graph;
    struct list *from, *to; /* by node */
    uint32_t *order;
    int64_t *dist; /* of the search going on */
    uint32_t *dm;
    uint32_t *touched;
    int64_t *slot; /* by hub: time between it and the root */
    uint32_t touched_n;
    struct hub_heap heap;
};

static int list_add(struct list *list, struct entry entry)
{
    if (list->n == list->cap) {
        uint32_t cap = list->cap ? list->cap * 2 : 16;
        struct entry *grown = realloc(list->entry, cap * sizeof(*grown));
        if (!grown)
            return -1;
        list->entry = grown;
        list->cap = cap;
    }
    list->entry[list->n++] = entry;
    return 0;
}

/* Whether hubs taken before know a way as short. */
static bool is_answered(const struct making *m, const struct list *list, int64_t ns)
{
    for (uint32_t i = 0; i < list->n; i++) {
        int64_t slot = m->slot[list->entry[i].hub];
        if (slot != HUB_NEVER && slot + list->entry[i].ns <= ns)
            return true;
    }
    return false;
}

static int reach(struct making *m, uint32_t node, int64_t ns, uint32_t dm)
{
    if (ns >= m->dist[node])
        return 0;
    if (m->dist[node] == HUB_NEVER)
        m->touched[m->touched_n++] = node;
    m->dist[node] = ns;
    m->dm[node] = dm;
    return hub_heap_push(&m->heap, ns, node);
}

static int reach_neighbours(struct making *m, uint32_t v, bool forwards)
{
    const struct hub_graph *g = m->graph;
    const uint32_t *first = forwards ? g->first_out : g->first_in;
    for (uint32_t i = first[v]; i < first[v + 1]; i++) {
        uint32_t arc = forwards ? i : g->in_arc[i];
        uint32_t next = forwards ? g->head[arc] : g->tail[arc];
        if (reach(m, next, m->dist[v] + g->ns[arc], m->dm[v] + g->length_dm[arc]) < 0)
            return -1;
    }
    return 0;
}

/* One pruned search; `known` are the root's lists of the other direction, `made` those that grow.
 */
static int search(struct making *m, uint32_t rank, bool forwards)
{
    uint32_t root = m->order[rank];
    const struct list *known = forwards ? &m->from[root] : &m->to[root];
    struct list *made = forwards ? m->to : m->from;
    int err = 0;
    for (uint32_t i = 0; i < known->n; i++)
        m->slot[known->entry[i].hub] = known->entry[i].ns;
    m->heap.n = m->touched_n = 0;
    err = reach(m, root, 0, 0);
    while (m->heap.n && err == 0) {
        struct hub_heap_entry top = hub_heap_pop(&m->heap);
        uint32_t v = top.item;
        if (top.key != m->dist[v] || is_answered(m, &made[v], top.key))
            continue;
        err = list_add(&made[v], (struct entry){rank, m->dm[v], top.key});
        if (err == 0)
            err = reach_neighbours(m, v, forwards);
    }
    for (uint32_t i = 0; i < m->touched_n; i++)
        m->dist[m->touched[i]] = HUB_NEVER;
    for (uint32_t i = 0; i < known->n; i++)
        m->slot[known->entry[i].hub] = HUB_NEVER;
    return err;
}

static int pack(struct hub_side *side, const struct list *list, uint32_t node_n)
{
    uint64_t total = 0;
    for (uint32_t v = 0; v < node_n; v++)
        total += list[v].n;
    if (total > UINT32_MAX)
        return -1;
    side->n = (uint32_t)total;
    side->first = malloc((node_n + 1) * sizeof(*side->first));
    side->hub = malloc(total * sizeof(*side->hub) + 1);
    side->dm = malloc(total * sizeof(*side->dm) + 1);
    side->ns = malloc(total * sizeof(*side->ns) + 1);
    if (!side->first || !side->hub || !side->dm || !side->ns)
        return -1;
    uint32_t at = 0;
    for (uint32_t v = 0; v < node_n; v++) {
        side->first[v] = at;
        for (uint32_t i = 0; i < list[v].n; i++, at++) {
            side->hub[at] = list[v].entry[i].hub;
            side->dm[at] = list[v].entry[i].dm;
            side->ns[at] = list[v].entry[i].ns;
        }
    }
    side->first[node_n] = at;
    return 0;
}

static int making_open(struct making *m, const struct hub_graph *graph)
{
    uint32_t n = graph->node_n;
    *m = (struct making){.graph = graph};
    m->from = calloc(n, sizeof(*m->from));
    m->to = calloc(n, sizeof(*m->to));
    m->order = malloc(n * sizeof(*m->order));
    m->dist = malloc(n * sizeof(*m->dist));
    m->dm = malloc(n * sizeof(*m->dm));
    m->touched = malloc(n * sizeof(*m->touched));
    m->slot = malloc(n * sizeof(*m->slot));
    if (!m->from || !m->to || !m->order || !m->dist || !m->dm || !m->touched || !m->slot)
        return -1;
    for (uint32_t v = 0; v < n; v++)
        m->dist[v] = m->slot[v] = HUB_NEVER;
    return hub_order_find(graph, m->order);
}

static void making_close(struct making *m)
{
    for (uint32_t v = 0; v < m->graph->node_n && m->from && m->to; v++) {
        free(m->from[v].entry);
        free(m->to[v].entry);
    }
    free(m->from);
    free(m->to);
    free(m->order);
    free(m->dist);
    free(m->dm);
    free(m->touched);
    free(m->slot);
    free(m->heap.entry);
}

int hub_labels_make(struct hub_labels *labels, const struct hub_graph *graph)
{
    struct making m;
    *labels = (struct hub_labels){.node_n = graph->node_n, .graph_hash = hub_graph_hash(graph)};
    int err = making_open(&m, graph);
    for (uint32_t rank = 0; rank < graph->node_n && err == 0; rank++) {
        err = search(&m, rank, true);
        if (err == 0)
            err = search(&m, rank, false);
    }
    if (err == 0)
        err = pack(&labels->from, m.from, graph->node_n);
    if (err == 0)
        err = pack(&labels->to, m.to, graph->node_n);
    making_close(&m);
    if (err < 0)
        hub_labels_close(labels);
    return err;
}

/* ---- asking ---- */

int64_t hub_time(const struct hub_labels *labels, uint32_t from, uint32_t to, uint32_t *dm)
{
    const struct hub_side *f = &labels->from, *t = &labels->to;
    uint32_t i = f->first[from], j = t->first[to];
    uint32_t i_end = f->first[from + 1], j_end = t->first[to + 1];
    int64_t best = HUB_NEVER;
    while (i < i_end && j < j_end) {
        if (f->hub[i] < t->hub[j]) {
            i++;
        } else if (f->hub[i] > t->hub[j]) {
            j++;
        } else {
            if (f->ns[i] + t->ns[j] < best) {
                best = f->ns[i] + t->ns[j];
                if (dm)
                    *dm = f->dm[i] + t->dm[j];
            }
            i++;
            j++;
        }
    }
    return best;
}

void hub_spread(const struct hub_labels *labels, uint32_t to, int64_t *slot)
{
    const struct hub_side *t = &labels->to;
    for (uint32_t j = t->first[to]; j < t->first[to + 1]; j++)
        slot[t->hub[j]] = t->ns[j];
}

void hub_unspread(const struct hub_labels *labels, uint32_t to, int64_t *slot)
{
    const struct hub_side *t = &labels->to;
    for (uint32_t j = t->first[to]; j < t->first[to + 1]; j++)
        slot[t->hub[j]] = HUB_NEVER / 2;
}

int64_t hub_time_spread(const struct hub_labels *labels, uint32_t from, const int64_t *slot)
{
    const struct hub_side *f = &labels->from;
    int64_t best = HUB_NEVER / 2;
    for (uint32_t i = f->first[from]; i < f->first[from + 1]; i++) {
        int64_t way = f->ns[i] + slot[f->hub[i]];
        best = way < best ? way : best;
    }
    return best < HUB_NEVER / 2 ? best : HUB_NEVER;
}
