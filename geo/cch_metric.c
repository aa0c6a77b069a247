#include "geo/cch_metric.h"

#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"

int cch_metric_init(struct cch_metric *m, const struct cch *cch)
{
    size_t n = (size_t)cch->arc_n + 1;

    *m = (struct cch_metric){.cch = cch,
                             .up = malloc(n * sizeof *m->up),
                             .down = malloc(n * sizeof *m->down),
                             .due = malloc(n * sizeof *m->due),
                             .arc_to = malloc(((size_t)cch->node_n + 1) * sizeof *m->arc_to),
                             .is_due = calloc(n, 1)};
    if (m->up && m->down && m->due && m->arc_to && m->is_due)
        return 0;
    cch_metric_close(m);
    return -1;
}

size_t cch_metric_bytes(const struct cch *cch)
{
    return 13 * (size_t)cch->arc_n + 4 * (size_t)cch->node_n;
}

void cch_metric_close(struct cch_metric *m)
{
    free(m->up);
    free(m->down);
    free(m->due);
    free(m->arc_to);
    free(m->is_due);
    *m = (struct cch_metric){0};
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* The road's own weights of an arc, both ways. */
static void road_weights(const struct cch_metric *m, uint32_t arc, uint32_t *up, uint32_t *down)
{
    const struct cch *cch = m->cch;

    *up = *down = ROAD_INF;
    for (uint32_t i = cch->road_first[arc]; i < cch->road_first[arc + 1]; i++) {
        uint32_t road_arc = cch->road_arc[i], ms = m->weights->ms[road_arc];
        uint32_t *to = cch->arc_of[road_arc] & 1 ? down : up;
        *to = least(*to, ms);
    }
}

/* --- how fast anything can be --- */

/* Exact in integers: of all arcs the one with the most decimetres in a millisecond. */
static void be_as_fast_as(struct cch_metric *m, uint32_t road_arc)
{
    uint64_t dm = m->cch->span_dm[road_arc], ms = m->weights->ms[road_arc];

    if (ms < ROAD_INF && dm * m->far_ms > m->far_dm * ms) {
        m->far_dm = (uint32_t)dm;
        m->far_ms = (uint32_t)ms;
    }
}

uint32_t cch_metric_bound_ms(const struct cch_metric *m, uint32_t dist_dm)
{
    uint64_t ms = m->far_dm ? (uint64_t)dist_dm * m->far_ms / m->far_dm : ROAD_INF;

    return ms < ROAD_INF ? (uint32_t)ms : ROAD_INF;
}

/* --- all of it --- */

/* Lower triangles x < r < head: r -> x -> head and back, for all arcs up from r. x's arcs are
 * final; arc_to says which arc of r leads to a head. Sums reach at most 2 * ROAD_INF. */
static void relax_through(struct cch_metric *m, uint32_t x, uint32_t x_r)
{
    const struct cch *cch = m->cch;
    uint32_t r_x = m->down[x_r], to_r = m->up[x_r];
    uint32_t end = cch->up_first[x + 1];

    if (r_x >= ROAD_INF && to_r >= ROAD_INF)
        return;
    for (uint32_t x_h = x_r + 1; x_h < end; x_h++) {
        uint32_t arc = m->arc_to[cch->up_head[x_h]];
        m->up[arc] = least(m->up[arc], r_x + m->up[x_h]);
        m->down[arc] = least(m->down[arc], m->down[x_h] + to_r);
    }
}

static void build_node(struct cch_metric *m, uint32_t r)
{
    const struct cch *cch = m->cch;

    for (uint32_t a = cch->up_first[r]; a < cch->up_first[r + 1]; a++)
        m->arc_to[cch->up_head[a]] = a;
    for (uint32_t i = cch->down_first[r]; i < cch->down_first[r + 1]; i++)
        relax_through(m, cch->down_tail[i], cch->down_arc[i]);
}

void cch_metric_build(struct cch_metric *m, const struct weights *weights)
{
    const struct cch *cch = m->cch;

    must(weights->arc_n == cch->road->arc_n);
    m->weights = weights;
    for (uint32_t a = 0; a < cch->arc_n; a++)
        m->up[a] = m->down[a] = ROAD_INF;
    m->far_dm = 0;
    m->far_ms = 1;
    for (uint32_t i = 0; i < weights->arc_n; i++) {
        uint32_t arc = cch->arc_of[i] / 2;
        be_as_fast_as(m, i);
        uint32_t *to = cch->arc_of[i] & 1 ? m->down : m->up;
        if (cch->arc_of[i] != ROAD_NONE)
            to[arc] = least(to[arc], weights->ms[i]);
    }
    for (uint32_t r = 0; r < cch->node_n; r++)
        build_node(m, r);
    memset(m->arc_to, 0xff, (size_t)cch->node_n * sizeof *m->arc_to);
    m->low = ROAD_NONE;
    m->changed_n = cch->arc_n;
}

/* --- a few arcs --- */

static void push_due(struct cch_metric *m, uint32_t arc)
{
    uint32_t at = m->due_n;

    if (m->is_due[arc])
        return;
    m->is_due[arc] = 1;
    m->due_n++;
    for (; at > 0 && m->due[(at - 1) / 2] > arc; at = (at - 1) / 2)
        m->due[at] = m->due[(at - 1) / 2];
    m->due[at] = arc;
}

static uint32_t pop_due(struct cch_metric *m)
{
    uint32_t first = m->due[0], moved = m->due[--m->due_n], at = 0, child;

    for (; (child = 2 * at + 1) < m->due_n; at = child) {
        child += child + 1 < m->due_n && m->due[child + 1] < m->due[child];
        if (moved <= m->due[child])
            break;
        m->due[at] = m->due[child];
    }
    m->due[at] = moved;
    m->is_due[first] = 0;
    return first;
}

static void put_below(struct cch_metric *m, bool there)
{
    const struct cch *cch = m->cch;

    for (uint32_t i = cch->down_first[m->low]; i < cch->down_first[m->low + 1]; i++)
        m->arc_to[cch->down_tail[i]] = there ? cch->down_arc[i] : ROAD_NONE;
}

/* The arcs up to a rank, to be found by where they come from; ROAD_NONE: of no rank. Arcs are due
 * in the order of their low ends, so this often is done already. */
static void stand_at(struct cch_metric *m, uint32_t low)
{
    if (low == m->low)
        return;
    if (m->low != ROAD_NONE)
        put_below(m, false);
    m->low = low;
    if (low != ROAD_NONE)
        put_below(m, true);
}

/* Lower triangles of one arc: the ranks below both its ends. */
static void weigh(struct cch_metric *m, uint32_t arc, uint32_t *up, uint32_t *down)
{
    const struct cch *cch = m->cch;
    uint32_t low = cch->up_tail[arc];

    road_weights(m, arc, up, down);
    stand_at(m, low);
    for (uint32_t i = cch->down_first[cch->up_head[arc]]; cch->down_tail[i] < low; i++) {
        uint32_t x_low = m->arc_to[cch->down_tail[i]], x_high = cch->down_arc[i];
        if (x_low == ROAD_NONE)
            continue;
        *up = least(*up, m->down[x_low] + m->up[x_high]);
        *down = least(*down, m->down[x_high] + m->up[x_low]);
    }
    *up = least(*up, ROAD_INF);
    *down = least(*down, ROAD_INF);
}

struct change {
    uint32_t arc, up_was, down_was;
};

/* Does a sum that changed matter to a weight: was it the least, or is it now? */
static bool matters(uint32_t was, uint32_t now, uint32_t other, uint32_t weight)
{
    return was != now && (was + other == weight || now + other < weight);
}

/* The third side of a triangle whose lower sides are the changed arc and another: over leads up
 * from the changed one's head, under up to it. */
static void look_over(struct cch_metric *m, const struct change *c, uint32_t side, uint32_t third)
{
    if (matters(c->down_was, m->down[c->arc], m->up[side], m->up[third]) ||
        matters(c->up_was, m->up[c->arc], m->down[side], m->down[third]))
        push_due(m, third);
}

static void look_under(struct cch_metric *m, const struct change *c, uint32_t side, uint32_t third)
{
    if (matters(c->down_was, m->down[c->arc], m->up[side], m->down[third]) ||
        matters(c->up_was, m->up[c->arc], m->down[side], m->up[third]))
        push_due(m, third);
}

/* Where an arc stands among those down from its head. */
static uint32_t place_down(const struct cch *cch, uint32_t arc)
{
    uint32_t from = cch->down_first[cch->up_head[arc]], to = cch->down_first[cch->up_head[arc] + 1];

    while (to - from > 1) {
        uint32_t middle = from + (to - from) / 2;
        if (cch->down_arc[middle] <= arc)
            from = middle;
        else
            to = middle;
    }
    return from;
}

/* The other neighbours up from the arc's low end are all joined to its head: above it they are
 * among those up from it, below it among those down. Both lists ascend. */
static void push_upper(struct cch_metric *m, const struct change *c)
{
    const struct cch *cch = m->cch;
    uint32_t low = cch->up_tail[c->arc], head = cch->up_head[c->arc];
    uint32_t up = cch->up_first[head], down = place_down(cch, c->arc);

    for (uint32_t side = cch->up_first[low]; side < c->arc; side++) {
        while (cch->down_tail[down] != cch->up_head[side])
            down++;
        look_under(m, c, side, cch->down_arc[down]);
    }
    for (uint32_t side = c->arc + 1; side < cch->up_first[low + 1]; side++) {
        while (cch->up_head[up] != cch->up_head[side])
            up++;
        look_over(m, c, side, up);
    }
}

static bool renew(struct cch_metric *m, uint32_t arc)
{
    struct change c = {arc, m->up[arc], m->down[arc]};

    weigh(m, arc, &m->up[arc], &m->down[arc]);
    if (m->up[arc] == c.up_was && m->down[arc] == c.down_was)
        return false;
    push_upper(m, &c);
    return true;
}

static void forget_due(struct cch_metric *m)
{
    for (uint32_t i = 0; i < m->due_n; i++)
        m->is_due[m->due[i]] = 0;
    m->due_n = 0;
}

bool cch_metric_update(struct cch_metric *m, const struct weights *weights,
                       const uint32_t *road_arc, size_t n, uint32_t work_max)
{
    must(m->weights && weights->arc_n == m->cch->road->arc_n);
    m->weights = weights;
    m->changed_n = 0;
    for (size_t i = 0; i < n; i++) {
        be_as_fast_as(m, road_arc[i]);
        if (m->cch->arc_of[road_arc[i]] != ROAD_NONE)
            push_due(m, m->cch->arc_of[road_arc[i]] / 2);
    }
    for (uint32_t work = 0; m->due_n > 0 && work < work_max; work++)
        m->changed_n += renew(m, pop_due(m));
    bool done = m->due_n == 0;
    forget_due(m);
    stand_at(m, ROAD_NONE);
    return done;
}
