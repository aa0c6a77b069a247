#include "geo/cch_table.h"

#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"

static const struct road *road_of(const struct cch_table *t)
{
    return t->metric->cch->road;
}

/* --- the selection: every rank that a source meets on its way up --- */

/* Marks with 0; returns how many are new. */
static uint32_t mark_way_up(struct cch_table *t, uint32_t r)
{
    uint32_t n = 0;

    for (; r != ROAD_NONE && t->place[r] == ROAD_NONE; r = t->metric->cch->parent[r]) {
        t->place[r] = 0;
        n++;
    }
    return n;
}

static void mark_sources(struct cch_table *t)
{
    const struct cch *cch = t->metric->cch;

    memset(t->place, 0xff, (size_t)cch->node_n * sizeof *t->place);
    for (uint32_t i = 0; i < t->from_n; i++) {
        for (uint32_t k = 0; k < t->from[i].snap_n; k++)
            t->rank_n += mark_way_up(t, cch->rank[cch->road->arc[t->from[i].snap[k].arc].head]);
    }
}

static uint32_t count_arcs(const struct cch_table *t)
{
    const struct cch *cch = t->metric->cch;
    uint32_t n = 0;

    for (uint32_t r = 0; r < cch->node_n; r++)
        n += t->place[r] == 0 ? cch->up_first[r + 1] - cch->up_first[r] : 0;
    return n;
}

/* Arcs that are no way are left out, so no sum exceeds an int32_t. */
static void take_selection(struct cch_table *t)
{
    const struct cch *cch = t->metric->cch;
    uint32_t arc_n = 0, place = 0;

    for (uint32_t r = cch->node_n; r-- > 0;) {
        if (t->place[r] == ROAD_NONE)
            continue;
        t->rank[place] = r;
        t->place[r] = place;
        t->first[place++] = arc_n;
        for (uint32_t a = cch->up_first[r]; a < cch->up_first[r + 1]; a++) {
            if (t->metric->up[a] >= ROAD_INF)
                continue;
            t->head[arc_n] = t->place[cch->up_head[a]];
            t->up[arc_n++] = (int32_t)t->metric->up[a];
        }
    }
    t->first[place] = arc_n;
}

int cch_table_init(struct cch_table *t, const struct cch_metric *metric,
                   const struct cch_place *from, uint32_t from_n)
{
    uint32_t arc_n;

    *t = (struct cch_table){.metric = metric, .from = from, .from_n = from_n};
    t->place = malloc(((size_t)metric->cch->node_n + 1) * sizeof *t->place);
    if (!t->place || cch_search_init(&t->search, metric->cch))
        goto fail;
    mark_sources(t);
    arc_n = count_arcs(t);
    t->rank = malloc(((size_t)t->rank_n + 1) * sizeof *t->rank);
    t->first = malloc(((size_t)t->rank_n + 1) * sizeof *t->first);
    t->head = malloc(((size_t)arc_n + 1) * sizeof *t->head);
    t->up = malloc(((size_t)arc_n + 1) * sizeof *t->up);
    t->ms = malloc(((size_t)t->rank_n + 1) * sizeof *t->ms);
    if (!t->rank || !t->first || !t->head || !t->up || !t->ms)
        goto fail;
    take_selection(t);
    return 0;
fail:
    cch_table_close(t);
    return -1;
}

void cch_table_close(struct cch_table *t)
{
    cch_search_close(&t->search);
    free(t->place);
    free(t->rank);
    free(t->first);
    free(t->head);
    free(t->up);
    free(t->ms);
    *t = (struct cch_table){0};
}

/* --- destinations --- */

/* What the search against the traffic found on the way up from one end of the destination. */
static void take_way_up(struct cch_table *t, uint32_t node, uint32_t lane)
{
    const struct cch *cch = t->metric->cch;

    for (uint32_t r = cch->rank[node]; r != ROAD_NONE; r = cch->parent[r]) {
        if (t->place[r] != ROAD_NONE)
            t->ms[t->place[r]][lane] = (int32_t)t->search.ms[r];
    }
}

static void aim(struct cch_table *t, const struct cch_place *to, uint32_t lane)
{
    const struct road *road = road_of(t);
    uint32_t c;

    cch_search_open(&t->search, t->metric);
    for (uint32_t i = 0; i < to->snap_n; i++) {
        const struct snap *snap = &to->snap[i];
        uint32_t ms = weights_part_ms(t->metric->weights, road, snap->arc, snap->along_dm);
        for (c = snap->arc; c != ROAD_NONE; c = road->arc[c].next_copy) {
            if (weights_may_enter(t->metric->weights, road, c))
                cch_search_seed(&t->search, road->arc[c].tail, ms);
        }
    }
    for (uint32_t i = 0; i < to->snap_n; i++) {
        for (c = to->snap[i].arc; c != ROAD_NONE; c = road->arc[c].next_copy) {
            if (weights_may_enter(t->metric->weights, road, c))
                take_way_up(t, road->arc[c].tail, lane);
        }
    }
}

static void sweep(struct cch_table *t)
{
    for (uint32_t p = 0; p < t->rank_n; p++) {
        int32_t *ms = t->ms[p];
        for (uint32_t a = t->first[p]; a < t->first[p + 1]; a++) {
            const int32_t *head = t->ms[t->head[a]];
            int32_t up = t->up[a];
            for (int lane = 0; lane < CCH_LANES; lane++) {
                int32_t way = head[lane] + up;
                ms[lane] = way < ms[lane] ? way : ms[lane];
            }
        }
    }
}

/* As field_eta: straight ahead on the same street, or over its end. */
static uint32_t snap_ms(const struct cch_table *t, const struct snap *from,
                        const struct cch_place *to, uint32_t lane)
{
    const struct road *road = road_of(t);
    const struct weights *weights = t->metric->weights;
    const struct road_arc *arc = &road->arc[from->arc];
    uint32_t ms = ROAD_INF;

    for (uint32_t i = 0; i < to->snap_n; i++) {
        const struct snap *s = &to->snap[i];
        if (s->arc != from->arc || s->along_dm < from->along_dm)
            continue;
        uint32_t ahead = weights_part_ms(weights, road, s->arc, s->along_dm - from->along_dm);
        ms = ahead < ms ? ahead : ms;
    }
    if (ms == ROAD_INF)
        ms = (uint32_t)t->ms[t->place[t->metric->cch->rank[arc->head]]][lane] +
             weights_part_ms(weights, road, from->arc, arc->length_dm - from->along_dm);
    return ms < ROAD_INF && from->turn_ms < ROAD_INF - ms ? ms + from->turn_ms : ROAD_INF;
}

static uint32_t place_ms(const struct cch_table *t, const struct cch_place *from,
                         const struct cch_place *to, uint32_t lane)
{
    uint32_t least = ROAD_INF;

    for (uint32_t i = 0; i < from->snap_n; i++) {
        uint32_t ms = snap_ms(t, &from->snap[i], to, lane);
        least = ms < least ? ms : least;
    }
    return least;
}

void cch_table_times(struct cch_table *t, const struct cch_place *to, uint32_t to_n, uint32_t *ms)
{
    for (uint32_t first = 0; first < to_n; first += CCH_LANES) {
        uint32_t lanes = to_n - first < CCH_LANES ? to_n - first : CCH_LANES;
        for (uint32_t p = 0; p < t->rank_n; p++) {
            for (uint32_t lane = 0; lane < CCH_LANES; lane++)
                t->ms[p][lane] = (int32_t)ROAD_INF;
        }
        for (uint32_t lane = 0; lane < lanes; lane++)
            aim(t, &to[first + lane], lane);
        sweep(t);
        for (uint32_t lane = 0; lane < lanes; lane++) {
            for (uint32_t i = 0; i < t->from_n; i++)
                ms[(size_t)(first + lane) * t->from_n + i] =
                    place_ms(t, &t->from[i], &to[first + lane], lane);
        }
    }
}
