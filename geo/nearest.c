#include "geo/nearest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"

#define NONE UINT32_MAX
#define UNITS_PER_CELL 2.0
#define CELL_DM_MIN 1000

/* A question under way. */
struct asking {
    struct nearest *nearest;
    struct field *field;
    struct nearest_found *out;
    size_t n, k;
    int32_t x_dm, y_dm; /* the middle of the rings: the first end of the place */
    uint32_t reach_dm;  /* from there to the farthest end */
    bool (*wants_cb)(void *context, uint32_t unit);
    void *context;
};

static void lay_out(struct nearest *n)
{
    const struct cch *cch = n->cch;
    int32_t east_dm = INT32_MIN, north_dm = INT32_MIN;
    double width, height;

    n->west_dm = n->south_dm = INT32_MAX;
    for (uint32_t v = 0; v < cch->node_n; v++) {
        n->west_dm = cch->x_dm[v] < n->west_dm ? cch->x_dm[v] : n->west_dm;
        n->south_dm = cch->y_dm[v] < n->south_dm ? cch->y_dm[v] : n->south_dm;
        east_dm = cch->x_dm[v] > east_dm ? cch->x_dm[v] : east_dm;
        north_dm = cch->y_dm[v] > north_dm ? cch->y_dm[v] : north_dm;
    }
    width = (double)east_dm - n->west_dm + 1;
    height = (double)north_dm - n->south_dm + 1;
    double cell = sqrt(width * height * UNITS_PER_CELL / (n->unit_n + 1));
    cell = fmax(cell, fmax(width, height) * UNITS_PER_CELL / (n->unit_n + 1));
    n->cell_dm = (int32_t)fmax(cell, CELL_DM_MIN);
    n->columns = (uint32_t)(width / n->cell_dm) + 1;
    n->rows = (uint32_t)(height / n->cell_dm) + 1;
}

int nearest_init(struct nearest *n, const struct cch *cch, uint32_t unit_n)
{
    must(cch->node_n > 0);
    *n = (struct nearest){.cch = cch, .unit_n = unit_n};
    lay_out(n);
    n->item = calloc((size_t)unit_n * NEAREST_SNAPS_MAX + 1, sizeof *n->item);
    n->first = malloc((size_t)n->columns * n->rows * sizeof *n->first);
    if (!n->item || !n->first) {
        nearest_close(n);
        return -1;
    }
    memset(n->first, 0xff, (size_t)n->columns * n->rows * sizeof *n->first);
    return 0;
}

void nearest_close(struct nearest *n)
{
    free(n->item);
    free(n->first);
    *n = (struct nearest){0};
}

/* --- cells --- */

static int64_t column_of(const struct nearest *n, int32_t x_dm)
{
    return ((int64_t)x_dm - n->west_dm) / n->cell_dm;
}

static int64_t row_of(const struct nearest *n, int32_t y_dm)
{
    return ((int64_t)y_dm - n->south_dm) / n->cell_dm;
}

static void unlink_item(struct nearest *n, struct nearest_item *item)
{
    if (item->before == NONE)
        n->first[item->cell] = item->after;
    else
        n->item[item->before].after = item->after;
    if (item->after != NONE)
        n->item[item->after].before = item->before;
    item->used = false;
}

static void link_item(struct nearest *n, uint32_t number)
{
    struct nearest_item *item = &n->item[number];

    item->cell = (uint32_t)(row_of(n, item->y_dm) * n->columns + column_of(n, item->x_dm));
    item->before = NONE;
    item->after = n->first[item->cell];
    if (item->after != NONE)
        n->item[item->after].before = number;
    n->first[item->cell] = number;
    item->used = true;
}

void nearest_put(struct nearest *n, uint32_t unit, const struct snap *snap, size_t snap_n)
{
    must(unit < n->unit_n && snap_n <= NEAREST_SNAPS_MAX);
    for (uint32_t i = 0; i < NEAREST_SNAPS_MAX; i++) {
        uint32_t number = unit * NEAREST_SNAPS_MAX + i;
        struct nearest_item *item = &n->item[number];
        if (item->used)
            unlink_item(n, item);
        if (i >= snap_n)
            continue;
        must(snap[i].arc < n->cch->road->arc_n);
        uint32_t end = n->cch->road->arc[snap[i].arc].head;
        item->snap = snap[i];
        item->x_dm = n->cch->x_dm[end];
        item->y_dm = n->cch->y_dm[end];
        link_item(n, number);
    }
}

/* --- a question --- */

/* Rounded down, with room for what doubles lose. */
static uint32_t dist_dm(int32_t x, int32_t y, int32_t to_x, int32_t to_y)
{
    double dx = (double)x - to_x, dy = (double)y - to_y, dist = sqrt(dx * dx + dy * dy);

    return dist > 1 ? (uint32_t)(dist - 1) : 0;
}

static uint32_t target_node(const struct asking *q, size_t target)
{
    return q->field->road->arc[q->field->target[target].arc].tail;
}

/* From the end of its street to the place there is at least this. */
static uint32_t bound_ms(const struct asking *q, const struct nearest_item *item)
{
    const struct cch *cch = q->nearest->cch;
    uint32_t least_dm = UINT32_MAX;

    for (size_t i = 0; i < q->field->target_n; i++) {
        uint32_t node = target_node(q, i);
        uint32_t dm = dist_dm(item->x_dm, item->y_dm, cch->x_dm[node], cch->y_dm[node]);
        least_dm = dm < least_dm ? dm : least_dm;
    }
    return cch_metric_bound_ms(q->field->search.metric, least_dm) + item->snap.turn_ms;
}

static bool is_sooner(const struct nearest_found *a, const struct nearest_found *b)
{
    return a->ms < b->ms || (a->ms == b->ms && a->unit < b->unit);
}

/* Sorted in; of one unit only the soonest snap stays. */
static void keep(struct asking *q, const struct nearest_found *found)
{
    size_t at = 0;

    while (at < q->n && q->out[at].unit != found->unit)
        at++;
    if (at == q->k)
        at--; /* the last one goes, if this is sooner */
    if (at < q->n && !is_sooner(found, &q->out[at]))
        return;
    q->n += at == q->n;
    for (; at > 0 && is_sooner(found, &q->out[at - 1]); at--)
        q->out[at] = q->out[at - 1];
    q->out[at] = *found;
}

static bool is_beaten(const struct asking *q, uint32_t ms)
{
    return q->n == q->k && ms > q->out[q->n - 1].ms;
}

static void ask(struct asking *q, uint32_t number)
{
    const struct nearest_item *item = &q->nearest->item[number];
    struct nearest_found found = {number / NEAREST_SNAPS_MAX, 0, item->snap};

    if (q->wants_cb && !q->wants_cb(q->context, found.unit))
        return;
    q->nearest->asked_n++;
    if (field_eta(q->field, &item->snap, &found.ms))
        keep(q, &found);
}

/* Who is on the place's own street may drive straight there: the bound, which holds from the end
 * of the street on, says nothing of them. */
static void ask_same_street(struct asking *q)
{
    const struct nearest *n = q->nearest;

    for (size_t t = 0; t < q->field->target_n; t++) {
        uint32_t arc = q->field->target[t].arc, end = q->field->road->arc[arc].head;
        int64_t row = row_of(n, n->cch->y_dm[end]), column = column_of(n, n->cch->x_dm[end]);
        for (uint32_t i = n->first[row * n->columns + column]; i != NONE; i = n->item[i].after) {
            if (n->item[i].snap.arc == arc)
                ask(q, i);
        }
    }
}

static void ask_cell(struct asking *q, int64_t column, int64_t row)
{
    const struct nearest *n = q->nearest;

    if (column < 0 || row < 0 || column >= n->columns || row >= n->rows)
        return;
    for (uint32_t i = n->first[row * n->columns + column]; i != NONE; i = n->item[i].after) {
        if (!is_beaten(q, bound_ms(q, &n->item[i])))
            ask(q, i);
    }
}

static void ask_ring(struct asking *q, int64_t ring)
{
    int64_t column = column_of(q->nearest, q->x_dm), row = row_of(q->nearest, q->y_dm);

    for (int64_t dy = -ring; dy <= ring; dy++) {
        int64_t step = dy == -ring || dy == ring || ring == 0 ? 1 : 2 * ring;
        for (int64_t dx = -ring; dx <= ring; dx += step)
            ask_cell(q, column + dx, row + dy);
    }
}

/* Ring r is at least r - 1 cells and the way to the nearest border of the middle cell away. */
static uint32_t ring_ms(const struct asking *q, int64_t ring)
{
    const struct nearest *n = q->nearest;
    int64_t x = ((int64_t)q->x_dm - n->west_dm) % n->cell_dm;
    int64_t y = ((int64_t)q->y_dm - n->south_dm) % n->cell_dm;
    int64_t border = x < y ? x : y, other = n->cell_dm - (x > y ? x : y);
    int64_t dm = (ring - 1) * n->cell_dm + (border < other ? border : other) - q->reach_dm;

    return cch_metric_bound_ms(q->field->search.metric, dm > 1 ? (uint32_t)(dm - 1) : 0);
}

static void place_rings(struct asking *q)
{
    const struct cch *cch = q->nearest->cch;
    uint32_t middle = target_node(q, 0);

    q->x_dm = cch->x_dm[middle];
    q->y_dm = cch->y_dm[middle];
    for (size_t i = 0; i < q->field->target_n; i++) {
        uint32_t node = target_node(q, i);
        uint32_t dm = dist_dm(q->x_dm, q->y_dm, cch->x_dm[node], cch->y_dm[node]) + 2;
        q->reach_dm = dm > q->reach_dm ? dm : q->reach_dm;
    }
}

size_t nearest_find(struct nearest *n, struct field *field, struct nearest_found *out, size_t k,
                    bool (*wants_cb)(void *context, uint32_t unit), void *context)
{
    struct asking q = {n, field, out, 0, k, 0, 0, 0, wants_cb, context};
    int64_t rings = n->columns > n->rows ? n->columns : n->rows;

    must(field->search.metric && field->search.cch == n->cch && k > 0);
    n->asked_n = 0;
    place_rings(&q);
    ask_same_street(&q);
    for (int64_t ring = 0; ring < rings; ring++) {
        if (ring > 0 && is_beaten(&q, ring_ms(&q, ring)))
            break;
        ask_ring(&q, ring);
    }
    return q.n;
}
