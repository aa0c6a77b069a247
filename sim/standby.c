#include "sim/standby.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHANCE ((int64_t)1 << 20)         /* a chance of one */
#define UNLIKELY (STANDBY_ONE * 4 / 1000) /* that everybody up to a rank is busy */
#define NEVER_MS INT64_C(3600000)         /* where no road leads */

/* ---- demand points into a few places ---- */

/* A demand point; weight: of its raster. */
struct point {
    struct judge_place at;
    double weight;
    uint32_t raster;
};

/* point[first … first + n - 1], what lies where; sides in km */
struct cluster {
    uint32_t first, n;
    double weight, x, y; /* of the middle of its weight */
    double half_x, half_y, width, height, size;
};

/* The middle of low … high, less than high. */
static double half_of(double low, double high)
{
    double half = low + (high - low) / 2;
    return half < high ? half : low;
}

static void measure(const struct judge_city *city, struct cluster *c, const struct point *point)
{
    double low_x = INFINITY, high_x = -INFINITY, low_y = INFINITY, high_y = -INFINITY;
    c->weight = c->x = c->y = 0;
    for (uint32_t i = c->first; i < c->first + c->n; i++) {
        const struct point *p = &point[i];
        c->weight += p->weight;
        c->x += p->at.x * p->weight;
        c->y += p->at.y * p->weight;
        low_x = fmin(low_x, p->at.x);
        high_x = fmax(high_x, p->at.x);
        low_y = fmin(low_y, p->at.y);
        high_y = fmax(high_y, p->at.y);
    }
    c->half_x = half_of(low_x, high_x);
    c->half_y = half_of(low_y, high_y);
    c->x = c->weight > 0 ? c->x / c->weight : c->half_x;
    c->y = c->weight > 0 ? c->y / c->weight : c->half_y;
    c->width = (high_x - low_x) * city->ways.x_scale;
    c->height = (high_y - low_y) * city->ways.y_scale;
    c->size = c->weight * (c->width + c->height);
}

/* Across the middle of its longer side, which leaves points in both parts. */
static struct cluster split(struct cluster *c, struct point *point)
{
    bool across = c->width > c->height;
    uint32_t low = c->first, high = c->first + c->n;
    while (low < high) {
        if (across ? point[low].at.x <= c->half_x : point[low].at.y <= c->half_y) {
            low++;
        } else {
            struct point other = point[--high];
            point[high] = point[low];
            point[low] = other;
        }
    }
    struct cluster upper = {.first = low, .n = c->first + c->n - low};
    c->n = low - c->first;
    return upper;
}

/* The heaviest and widest is split until there are enough. */
static uint32_t make_clusters(const struct judge_city *city, struct cluster *c, struct point *point,
                              uint32_t n)
{
    uint32_t count = 1;
    c[0] = (struct cluster){.n = n};
    measure(city, &c[0], point);
    while (count < STANDBY_PLACES_MAX) {
        uint32_t largest = 0;
        for (uint32_t i = 1; i < count; i++)
            if (c[i].size > c[largest].size)
                largest = i;
        if (!(c[largest].size > 0))
            break;
        c[count] = split(&c[largest], point);
        measure(city, &c[largest], point);
        measure(city, &c[count++], point);
    }
    return count;
}

/* The point nearest to the middle of the weight. */
static struct judge_place middle_of(const struct judge_city *city, const struct cluster *c,
                                    const struct point *point)
{
    double least = INFINITY;
    struct judge_place middle = {0};
    for (uint32_t i = c->first; i < c->first + c->n; i++) {
        double x_km = (point[i].at.x - c->x) * city->ways.x_scale;
        double y_km = (point[i].at.y - c->y) * city->ways.y_scale;
        if (x_km * x_km + y_km * y_km < least) {
            least = x_km * x_km + y_km * y_km;
            middle = point[i].at;
        }
    }
    return middle;
}

static uint32_t list_points(const struct judge_city *city, struct point *point)
{
    uint32_t n = 0;
    for (uint32_t r = 0; r < city->raster_n; r++)
        for (uint32_t i = 0; i < city->cells[r].n; i++) {
            const struct judge_cells *cells = &city->cells[r];
            point[n] = (struct point){
                {cells->x[i], cells->y[i], 0, 0}, cells->weight[i] / cells->weight_sum, r};
            judge_join(city, &point[n++].at);
        }
    return n;
}

/* What standby_make works with. */
struct making {
    struct judge_city *city;
    const struct standby_rules *rules;
    struct cluster *cluster; /* by place */
    struct point *point;
    int64_t *node_ns; /* by node: from the station at hand, -1: not asked yet */
};

static int64_t parts_of(double share)
{
    return (int64_t)(share * (double)STANDBY_ONE + 0.5);
}

static int make_places(struct standby *o, struct making *m)
{
    const struct judge_city *city = o->city;
    uint32_t n = 0;
    for (uint32_t r = 0; r < city->raster_n; r++)
        n += city->cells[r].n;
    m->cluster = malloc(STANDBY_PLACES_MAX * sizeof(*m->cluster));
    m->point = malloc((n + 1) * sizeof(*m->point));
    m->node_ns = malloc((city->ways.node_n + (size_t)1) * sizeof(*m->node_ns));
    o->weight = calloc((size_t)city->raster_n * STANDBY_PLACES_MAX + 1, sizeof(*o->weight));
    if (!m->cluster || !m->point || !m->node_ns || !o->weight)
        return -1;
    if (list_points(city, m->point) > 0)
        o->place_n = make_clusters(city, m->cluster, m->point, n);
    for (uint32_t i = 0; i < o->place_n; i++)
        for (uint32_t k = m->cluster[i].first; k < m->cluster[i].first + m->cluster[i].n; k++)
            o->weight[(size_t)m->point[k].raster * o->place_n + i] += parts_of(m->point[k].weight);
    return 0;
}

/* ---- drives ---- */

/* From the station whose drives node_ns keeps. */
static int64_t drive_ns(struct making *m, uint32_t mode, const struct judge_place *from,
                        const struct judge_place *to)
{
    int64_t *ns = &m->node_ns[to->node];
    if (*ns < 0)
        *ns = ways_ns(&m->city->ways, mode, from->node, to->node);
    if (*ns == WAYS_NEVER)
        return NEVER_MS * 1000000;
    int64_t off_ns = judge_off_ns(m->city, mode, from->off_km);
    return *ns + off_ns + judge_off_ns(m->city, mode, to->off_km);
}

/* The share of the place's points that are beyond the cover time. */
static double late_share(struct making *m, const struct standby_view *v, uint32_t place,
                         const struct judge_place *from)
{
    const struct cluster *c = &m->cluster[place];
    double late = 0;
    for (uint32_t k = c->first; k < c->first + c->n; k++)
        if (drive_ns(m, v->mode, from, &m->point[k].at) > v->cover_ns)
            late += m->point[k].weight;
    return c->weight > 0 ? late / c->weight : 0;
}

static void price_station(const struct standby *o, struct making *m, struct standby_view *v,
                          uint32_t station)
{
    const struct judge_place *from = &m->city->station[station];
    for (uint32_t i = 0; i < m->city->ways.node_n; i++)
        m->node_ns[i] = -1;
    for (uint32_t i = 0; i < o->place_n; i++) {
        const struct judge_place middle = middle_of(m->city, &m->cluster[i], m->point);
        int64_t ms = drive_ns(m, v->mode, from, &middle) / 1000000;
        v->none_ms[i] += ms / m->city->station_n;
        v->price_ms[(size_t)i * m->city->station_n + station] =
            ms + (int64_t)((double)m->rules->late_ms * late_share(m, v, i, from));
    }
}

static void sort_stations(const int64_t *price_ms, uint32_t *order, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = i;
        for (; at > 0 && price_ms[order[at - 1]] > price_ms[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

static int make_view(const struct standby *o, struct making *m, struct standby_view *v)
{
    uint32_t stations = o->city->station_n;
    size_t cells = (size_t)stations * o->place_n;
    v->price_ms = malloc((cells + 1) * sizeof(*v->price_ms));
    v->order = malloc((cells + 1) * sizeof(*v->order));
    v->none_ms = malloc((o->place_n + (size_t)1) * sizeof(*v->none_ms));
    if (!v->price_ms || !v->order || !v->none_ms)
        return -1;
    for (uint32_t i = 0; i < o->place_n; i++)
        v->none_ms[i] = m->rules->free_ms + m->rules->late_ms;
    for (uint32_t s = 0; s < stations; s++)
        price_station(o, m, v, s);
    for (size_t i = 0; i < o->place_n; i++)
        sort_stations(&v->price_ms[i * stations], &v->order[i * stations], stations);
    return 0;
}

/* Of this mode and cover time, or the next that is not made. */
static struct standby_view *view_of(struct standby *o, uint32_t mode, int64_t cover_ns)
{
    uint32_t i = 0;
    while (i < o->view_n && (o->view[i].mode != mode || o->view[i].cover_ns != cover_ns))
        i++;
    return &o->view[i];
}

static int make_views(struct standby *o, struct making *m)
{
    const struct judge_city *city = o->city;
    for (uint32_t t = 0; t < city->travel_n; t++)
        for (uint32_t p = 0; p < JUDGE_PRIORITIES; p++) {
            uint32_t mode = city->mode_of[city->travel[t].set][city->travels_as[p]];
            struct standby_view *v = view_of(o, mode, city->cover_ns[p]);
            if (v != &o->view[o->view_n])
                continue;
            *v = (struct standby_view){.mode = mode, .cover_ns = city->cover_ns[p]};
            o->view_n++;
            if (make_view(o, m, v) < 0)
                return -1;
        }
    return 0;
}

static void share_calls(struct standby *o)
{
    for (uint32_t set = 0; set < JUDGE_SETS_MAX; set++) {
        const double *rate = o->city->rate_of[set];
        double total = 0;
        for (uint32_t p = 0; p < JUDGE_PRIORITIES; p++)
            total += rate[p];
        for (uint32_t p = 0; p < JUDGE_PRIORITIES && total > 0; p++)
            o->share[set][p] = parts_of(rate[p] / total);
    }
}

int standby_make(struct standby *o, struct judge_city *city, const struct standby_rules *rules)
{
    struct making m = {.city = city, .rules = rules};
    *o = (struct standby){.city = city, .seen_permille = -1};
    o->seen_at = calloc(city->station_n + (size_t)1, sizeof(*o->seen_at));
    o->wait_ms = malloc((city->station_n + (size_t)1) * sizeof(*o->wait_ms));
    o->gain_ms = calloc(city->station_n + (size_t)1, sizeof(*o->gain_ms));
    o->loss_ms = calloc(city->station_n + (size_t)1, sizeof(*o->loss_ms));
    int err = o->seen_at && o->wait_ms && o->gain_ms && o->loss_ms ? 0 : -1;
    share_calls(o);
    if (err == 0)
        err = make_places(o, &m);
    if (err == 0)
        err = make_views(o, &m);
    free(m.cluster);
    free(m.point);
    free(m.node_ns);
    return err;
}

/* ---- looking ---- */

/* The ranks that matter: beyond them somebody nearer is nearly always free. */
static uint32_t count_ranks(const struct standby *o, const uint32_t *order, const uint32_t *at,
                            int64_t busy)
{
    int64_t reached = STANDBY_ONE;
    uint32_t rank = 0;
    for (; rank < o->city->station_n && reached > UNLIKELY; rank++)
        for (uint32_t n = at[order[rank]]; n > 0; n--)
            reached = reached * busy / CHANCE;
    return rank;
}

/* What a call costs from each rank on, everybody nearer being busy. */
static void wait_ranks(const struct standby *o, const int64_t *price_ms, const uint32_t *order,
                       uint32_t ranks, int64_t none_ms, const uint32_t *at, int64_t busy)
{
    int64_t from_ms = none_ms;
    for (uint32_t rank = ranks; rank-- > 0;) {
        o->wait_ms[rank + 1] = from_ms;
        for (uint32_t n = at[order[rank]]; n > 0; n--)
            from_ms = ((CHANCE - busy) * price_ms[order[rank]] + busy * from_ms) / CHANCE;
    }
    o->wait_ms[0] = from_ms;
}

/* weight: of the place, of STANDBY_ONE. */
static void see_place(struct standby *o, const struct standby_view *v, uint32_t place,
                      int64_t weight, const uint32_t *at, int64_t busy)
{
    size_t first = (size_t)place * o->city->station_n;
    const int64_t *price_ms = &v->price_ms[first];
    const uint32_t *order = &v->order[first];
    uint32_t ranks = count_ranks(o, order, at, busy);
    wait_ranks(o, price_ms, order, ranks, v->none_ms[place], at, busy);
    int64_t reached = weight * (CHANCE - busy) / CHANCE;
    for (uint32_t rank = 0; rank < ranks; rank++) {
        uint32_t station = order[rank];
        int64_t saved_ms = o->wait_ms[rank] - price_ms[station];
        if (saved_ms > 0)
            o->gain_ms[station] += reached * saved_ms;
        for (uint32_t n = at[station]; n > 1; n--)
            reached = reached * busy / CHANCE;
        if (at[station] > 0) {
            o->loss_ms[station] += reached * (o->wait_ms[rank + 1] - price_ms[station]);
            reached = reached * busy / CHANCE;
        }
    }
}

/* Whether this was asked last; remembers it. */
static bool is_seen(struct standby *o, const uint32_t *at, int64_t busy_permille, uint32_t demand,
                    uint32_t travel)
{
    size_t bytes = o->city->station_n * sizeof(*at);
    if (o->seen_permille == busy_permille && o->seen_demand == demand &&
        o->seen_travel == travel && memcmp(o->seen_at, at, bytes) == 0)
        return true;
    memcpy(o->seen_at, at, bytes);
    o->seen_permille = busy_permille;
    o->seen_demand = demand;
    o->seen_travel = travel;
    return false;
}

void standby_see(struct standby *o, int64_t now_ns, const uint32_t *at, int64_t busy_permille)
{
    const struct judge_city *city = o->city;
    uint32_t set = judge_set(city->demand, city->demand_n, now_ns);
    if (is_seen(o, at, busy_permille, set, judge_set(city->travel, city->travel_n, now_ns)))
        return;
    int64_t busy = busy_permille * CHANCE / 1000;
    memset(o->gain_ms, 0, city->station_n * sizeof(*o->gain_ms));
    memset(o->loss_ms, 0, city->station_n * sizeof(*o->loss_ms));
    for (uint32_t p = 0; p < JUDGE_PRIORITIES; p++) {
        uint32_t mode = judge_response_mode(city, p, now_ns);
        const struct standby_view *v = view_of(o, mode, city->cover_ns[p]);
        const int64_t *weight = o->weight + (size_t)city->raster_of[set][p] * o->place_n;
        for (uint32_t i = 0; i < o->place_n && o->share[set][p] > 0; i++)
            if (weight[i] > 0)
                see_place(o, v, i, weight[i] * o->share[set][p] / STANDBY_ONE, at, busy);
    }
    for (uint32_t s = 0; s < city->station_n; s++) {
        o->gain_ms[s] /= STANDBY_ONE;
        o->loss_ms[s] /= STANDBY_ONE;
    }
}

void standby_close(struct standby *o)
{
    for (uint32_t i = 0; i < o->view_n; i++) {
        free(o->view[i].price_ms);
        free(o->view[i].order);
        free(o->view[i].none_ms);
    }
    free(o->weight);
    free(o->seen_at);
    free(o->wait_ms);
    free(o->gain_ms);
    free(o->loss_ms);
}
