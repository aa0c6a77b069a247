#include "geo/field.h"

#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"

#define UNSEEN UINT32_MAX
#define SETTLED (UINT32_MAX - 1)
#define CHILDREN 4u

size_t field_bytes(const struct road *road)
{
    return ((size_t)road->node_n + 1) * 3 * sizeof(uint32_t);
}

int field_init(struct field *f, const struct road *road)
{
    *f = (struct field){.road = road, .ms = malloc(field_bytes(road))};
    if (!f->ms)
        return -1;
    f->slot = f->ms + road->node_n + 1;
    f->heap = f->slot + road->node_n + 1;
    return 0;
}

int field_init_cch(struct field *f, const struct cch *cch)
{
    *f = (struct field){.road = cch->road};
    return cch_search_init(&f->search, cch);
}

void field_close(struct field *f)
{
    free(f->ms);
    cch_search_close(&f->search);
    *f = (struct field){0};
}

static void put(struct field *f, uint32_t slot, uint32_t node)
{
    f->heap[slot] = node;
    f->slot[node] = slot;
}

static void rise(struct field *f, uint32_t slot, uint32_t node)
{
    while (slot > 0) {
        uint32_t parent = (slot - 1) / CHILDREN;
        if (f->ms[f->heap[parent]] <= f->ms[node])
            break;
        put(f, slot, f->heap[parent]);
        slot = parent;
    }
    put(f, slot, node);
}

static uint32_t least_child(const struct field *f, uint32_t slot)
{
    uint32_t first = slot * CHILDREN + 1, best = first;

    for (uint32_t c = first + 1; c < first + CHILDREN && c < f->heap_n; c++) {
        if (f->ms[f->heap[c]] < f->ms[f->heap[best]])
            best = c;
    }
    return best;
}

static void sink(struct field *f, uint32_t node)
{
    uint32_t slot = 0;

    while (slot * CHILDREN + 1 < f->heap_n) {
        uint32_t child = least_child(f, slot);
        if (f->ms[node] <= f->ms[f->heap[child]])
            break;
        put(f, slot, f->heap[child]);
        slot = child;
    }
    put(f, slot, node);
}

static void reach(struct field *f, uint32_t node, uint32_t ms)
{
    if (ms >= ROAD_INF || f->slot[node] == SETTLED)
        return;
    if (f->slot[node] == UNSEEN)
        f->slot[node] = f->heap_n++;
    else if (f->ms[node] <= ms)
        return;
    f->ms[node] = ms;
    rise(f, f->slot[node], node);
}

/* What is known of a node says of its neighbours; at most ROAD_INF + ROAD_INF: no overflow. */
static void spread(struct field *f, uint32_t node)
{
    const struct road *road = f->road;
    const uint32_t *weight = f->weights->ms;

    if (f->outward) {
        for (uint32_t arc = road->first_out[node]; arc < road->first_out[node + 1]; arc++)
            reach(f, road->arc[arc].head, f->ms[node] + weight[arc]);
        return;
    }
    for (uint32_t i = road->first_in[node]; i < road->first_in[node + 1]; i++) {
        uint32_t arc = road->in_arc[i];
        reach(f, road->arc[arc].tail, f->ms[node] + weight[arc]);
    }
}

static void settle_next(struct field *f)
{
    uint32_t node = f->heap[0];

    f->slot[node] = SETTLED;
    f->settled_n++;
    if (--f->heap_n > 0)
        sink(f, f->heap[f->heap_n]);
    spread(f, node);
}

static void aim(struct field *f, uint32_t node, uint32_t ms)
{
    if (f->search.cch)
        cch_search_seed(&f->search, node, ms);
    else
        reach(f, node, ms);
}

static void take_targets(struct field *f, const struct weights *weights, const struct snap *target,
                         size_t n)
{
    const struct road *road = f->road;

    must(n > 0 && n <= FIELD_TARGETS_MAX && weights->arc_n == road->arc_n);
    f->weights = weights;
    f->target_n = n;
    memcpy(f->target, target, n * sizeof *target);
    for (size_t i = 0; i < n; i++) {
        must(target[i].arc < road->arc_n && road->arc[target[i].arc].original == target[i].arc);
        uint32_t ms = weights_part_ms(weights, road, target[i].arc, target[i].along_dm);
        for (uint32_t c = target[i].arc; c != ROAD_NONE; c = road->arc[c].next_copy) {
            if (weights_may_enter(weights, road, c))
                aim(f, road->arc[c].tail, ms);
        }
    }
}

static void empty(struct field *f)
{
    must(f->ms);
    f->heap_n = f->settled_n = 0;
    f->outward = false;
    memset(f->slot, 0xff, f->road->node_n * sizeof *f->slot);
}

void field_open(struct field *f, const struct weights *weights, const struct snap *target, size_t n)
{
    empty(f);
    take_targets(f, weights, target, n);
}

void field_open_outward(struct field *f, const struct weights *weights)
{
    must(weights->arc_n == f->road->arc_n);
    empty(f);
    f->outward = true;
    f->weights = weights;
    f->target_n = 0;
}

void field_add_source(struct field *f, const struct snap *from)
{
    const struct road_arc *arc = &f->road->arc[from->arc];

    must(f->outward && f->settled_n == 0 && from->along_dm <= arc->length_dm);
    uint32_t rest_dm = arc->length_dm - from->along_dm;
    reach(f, arc->head, weights_part_ms(f->weights, f->road, from->arc, rest_dm) + from->turn_ms);
    if (from->along_dm == 0) /* it stands at this crossing */
        reach(f, arc->tail, from->turn_ms);
}

uint32_t field_arc_ms(struct field *f, uint32_t arc)
{
    const struct road *road = f->road;
    uint32_t least = ROAD_INF;

    must(f->outward && arc < road->arc_n && road->arc[arc].original == arc);
    for (uint32_t c = arc; c != ROAD_NONE; c = road->arc[c].next_copy) {
        uint32_t ms =
            weights_may_enter(f->weights, road, c) ? field_node_ms(f, road->arc[c].tail) : ROAD_INF;
        least = ms < least ? ms : least;
    }
    return least;
}

void field_open_cch(struct field *f, const struct cch_metric *metric, const struct snap *target,
                    size_t n)
{
    cch_search_open(&f->search, metric);
    take_targets(f, metric->weights, target, n);
}

uint32_t field_node_ms(struct field *f, uint32_t node)
{
    must(f->weights && node < f->road->node_n);
    while (!f->search.cch && f->slot[node] != SETTLED && f->heap_n > 0)
        settle_next(f);
    return field_known_ms(f, node);
}

uint32_t field_known_ms(struct field *f, uint32_t node)
{
    must(f->weights && node < f->road->node_n);
    if (f->search.cch)
        return cch_search_ms(&f->search, node);
    return f->slot[node] == SETTLED ? f->ms[node] : ROAD_INF;
}

bool field_settle(struct field *f, uint32_t within_ms, uint32_t max_nodes)
{
    must(f->weights);
    if (f->search.cch)
        return true;
    for (; max_nodes > 0 && f->heap_n > 0 && f->ms[f->heap[0]] <= within_ms; max_nodes--)
        settle_next(f);
    return f->heap_n == 0 || f->ms[f->heap[0]] > within_ms;
}

bool field_eta(struct field *f, const struct snap *from, uint32_t *ms)
{
    const struct road_arc *arc;
    uint32_t rest_dm, total = ROAD_INF;

    must(f->weights && from->arc < f->road->arc_n);
    arc = &f->road->arc[from->arc];
    must(from->along_dm <= arc->length_dm);
    for (size_t i = 0; i < f->target_n; i++) { /* ahead on the same arc: nothing is shorter */
        const struct snap *t = &f->target[i];
        uint32_t direct = ROAD_INF;
        if (t->arc == from->arc && t->along_dm >= from->along_dm)
            direct = weights_part_ms(f->weights, f->road, t->arc, t->along_dm - from->along_dm);
        total = direct < total ? direct : total;
    }
    if (total == ROAD_INF) {
        rest_dm = arc->length_dm - from->along_dm;
        total =
            field_node_ms(f, arc->head) + weights_part_ms(f->weights, f->road, from->arc, rest_dm);
    }
    if (total >= ROAD_INF || from->turn_ms >= ROAD_INF - total)
        return false;
    *ms = total + from->turn_ms;
    return true;
}

bool field_eta_best(struct field *f, const struct snap *from, size_t n, uint32_t *ms, size_t *best)
{
    uint32_t least = ROAD_INF, one;
    size_t which = 0;

    for (size_t i = 0; i < n; i++) {
        if (field_eta(f, &from[i], &one) && one < least) {
            least = one;
            which = i;
        }
    }
    if (least == ROAD_INF)
        return false;
    *ms = least;
    if (best)
        *best = which;
    return true;
}
