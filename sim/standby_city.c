#include "sim/standby_city.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEVER_MS INT64_C(3600000) /* where no road leads */

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

/* What standby_city_make works with. */
struct making {
    struct judge_city *city;
    const struct standby_rules *rules;
    struct cluster *cluster; /* by place */
    struct point *point;
    int64_t *node_ns; /* [node * station_n + station] in the mode at hand; -1: not asked yet */
};

static int64_t parts_of(double share)
{
    return (int64_t)(share * (double)STANDBY_ALL + 0.5);
}

static int make_places(struct standby_city *o, struct making *m)
{
    const struct judge_city *city = o->city;
    uint32_t n = 0;
    for (uint32_t r = 0; r < city->raster_n; r++)
        n += city->cells[r].n;
    m->cluster = malloc(STANDBY_PLACES_MAX * sizeof(*m->cluster));
    m->point = malloc((n + 1) * sizeof(*m->point));
    m->node_ns = malloc((city->ways.node_n * (size_t)city->station_n + 1) * sizeof(*m->node_ns));
    if (!m->cluster || !m->point || !m->node_ns)
        return -1;
    if (list_points(city, m->point) > 0)
        o->place_n = make_clusters(city, m->cluster, m->point, n);
    return 0;
}

/* part[raster * place_n + place] of the raster's demand. */
static void share_places(const struct standby_city *o, const struct making *m, int64_t *part)
{
    for (uint32_t i = 0; i < o->place_n; i++)
        for (uint32_t k = m->cluster[i].first; k < m->cluster[i].first + m->cluster[i].n; k++)
            part[(size_t)m->point[k].raster * o->place_n + i] += parts_of(m->point[k].weight);
}

static void share_calls(struct standby_city *o, uint32_t set, const int64_t *part)
{
    const double *rate = o->city->rate_of[set];
    double total = 0;
    for (uint32_t p = 0; p < JUDGE_PRIORITIES; p++)
        total += rate[p];
    for (uint32_t p = 0; p < JUDGE_PRIORITIES && total > 0; p++)
        for (uint32_t i = 0; i < o->place_n; i++)
            o->weight[((size_t)set * JUDGE_PRIORITIES + p) * o->place_n + i] =
                part[(size_t)o->city->raster_of[set][p] * o->place_n + i] *
                parts_of(rate[p] / total) / STANDBY_ALL;
}

static int make_weights(struct standby_city *o, const struct making *m)
{
    const struct judge_city *city = o->city;
    uint32_t sets = 0;
    for (uint32_t i = 0; i < city->demand_n; i++)
        if (sets <= city->demand[i].set)
            sets = city->demand[i].set + 1;
    int64_t *part = calloc((size_t)city->raster_n * o->place_n + 1, sizeof(*part));
    o->weight = calloc((size_t)sets * JUDGE_PRIORITIES * o->place_n + 1, sizeof(*o->weight));
    int err = part && o->weight ? 0 : -1;
    if (err == 0)
        share_places(o, m, part);
    for (uint32_t set = 0; set < sets && err == 0; set++)
        share_calls(o, set, part);
    free(part);
    return err;
}

/* ---- drives ---- */

/* From every station to the node, asked for once. */
static const int64_t *node_ns(struct making *m, uint32_t mode, uint32_t node)
{
    uint32_t stations = m->city->station_n;
    int64_t *ns = &m->node_ns[(size_t)node * stations];
    for (uint32_t s = 0; s < stations && ns[stations - 1] < 0; s++)
        ns[s] = ways_ns(&m->city->ways, mode, m->city->station[s].node, node);
    return ns;
}

static int64_t drive_ns(struct making *m, uint32_t mode, uint32_t station,
                        const struct judge_place *to)
{
    int64_t ns = node_ns(m, mode, to->node)[station];
    if (ns == WAYS_NEVER)
        return NEVER_MS * 1000000;
    int64_t off_ns = judge_off_ns(m->city, mode, m->city->station[station].off_km);
    return ns + off_ns + judge_off_ns(m->city, mode, to->off_km);
}

/* The share of the place's points that are beyond the cover time. */
static double late_share(struct making *m, const struct standby_drives *v, const struct cluster *c,
                         uint32_t station)
{
    double late = 0;
    for (uint32_t k = c->first; k < c->first + c->n; k++)
        if (drive_ns(m, v->mode, station, &m->point[k].at) > v->cover_ns)
            late += m->point[k].weight;
    return c->weight > 0 ? late / c->weight : 0;
}

/* A drive, with what of it is beyond the cover time. */
static int64_t far_ms(const struct making *m, const struct standby_drives *v, int64_t drive_ms)
{
    int64_t beyond_ms = drive_ms - v->cover_ns / 1000000;
    return drive_ms + (beyond_ms > 0 ? m->rules->far_permille * beyond_ms / 1000 : 0);
}

static void price_place(struct making *m, struct standby_drives *v, uint32_t place)
{
    const struct cluster *c = &m->cluster[place];
    const struct judge_place middle = middle_of(m->city, c, m->point);
    size_t stations = m->city->station_n;
    int64_t *price_ms = &v->price_ms[place * stations];
    v->none_ms[place] = m->rules->free_ms + m->rules->late_ms;
    for (uint32_t s = 0; s < stations; s++) {
        int64_t ms = far_ms(m, v, drive_ns(m, v->mode, s, &middle) / 1000000);
        v->none_ms[place] += ms / (int64_t)stations;
        price_ms[s] = ms + (int64_t)((double)m->rules->late_ms * late_share(m, v, c, s));
    }
    standby_sort(price_ms, &v->order[place * stations], (uint32_t)stations);
}

static int make_drives(const struct standby_city *o, struct making *m, struct standby_drives *v)
{
    size_t cells = (size_t)o->city->station_n * o->place_n;
    v->price_ms = malloc((cells + 1) * sizeof(*v->price_ms));
    v->order = malloc((cells + 1) * sizeof(*v->order));
    v->none_ms = malloc((o->place_n + (size_t)1) * sizeof(*v->none_ms));
    if (!v->price_ms || !v->order || !v->none_ms)
        return -1;
    for (size_t i = 0; i < m->city->ways.node_n * (size_t)m->city->station_n; i++)
        m->node_ns[i] = -1;
    for (uint32_t i = 0; i < o->place_n; i++)
        price_place(m, v, i);
    return 0;
}

/* Of this mode and cover time, or the next that is not made. */
static struct standby_drives *drives_of(struct standby_city *o, uint32_t mode, int64_t cover_ns)
{
    uint32_t i = 0;
    while (i < o->drives_n && (o->drives[i].mode != mode || o->drives[i].cover_ns != cover_ns))
        i++;
    return &o->drives[i];
}

static int make_all_drives(struct standby_city *o, struct making *m)
{
    const struct judge_city *city = o->city;
    for (uint32_t t = 0; t < city->travel_n; t++)
        for (uint32_t p = 0; p < JUDGE_PRIORITIES; p++) {
            uint32_t mode = city->mode_of[city->travel[t].set][city->travels_as[p]];
            struct standby_drives *v = drives_of(o, mode, city->cover_ns[p]);
            if (v != &o->drives[o->drives_n])
                continue;
            *v = (struct standby_drives){.mode = mode, .cover_ns = city->cover_ns[p]};
            o->drives_n++;
            if (make_drives(o, m, v) < 0)
                return -1;
        }
    return 0;
}

/* Room for questions and answers. */
static int make_answers(struct standby_city *o)
{
    size_t cells = (size_t)o->city->station_n * STANDBY_ANSWERS + 1;
    o->wait_ms = malloc((o->city->station_n + (size_t)1) * sizeof(*o->wait_ms));
    o->question = malloc(STANDBY_ANSWERS * sizeof(*o->question));
    o->asked_at = malloc(cells * sizeof(*o->asked_at));
    o->gains_ms = malloc(cells * sizeof(*o->gains_ms));
    o->losses_ms = malloc(cells * sizeof(*o->losses_ms));
    if (!o->wait_ms || !o->question || !o->asked_at || !o->gains_ms || !o->losses_ms)
        return -1;
    for (size_t i = 0; i < STANDBY_ANSWERS; i++)
        o->question[i].busy_permille = -1;
    return 0;
}

int standby_city_make(struct standby_city *o, struct judge_city *city,
                      const struct standby_rules *rules)
{
    struct making m = {.city = city, .rules = rules};
    *o = (struct standby_city){.city = city};
    int err = make_answers(o);
    if (err == 0)
        err = make_places(o, &m);
    if (err == 0)
        err = make_weights(o, &m);
    if (err == 0)
        err = make_all_drives(o, &m);
    free(m.cluster);
    free(m.point);
    free(m.node_ns);
    return err;
}

/* ---- looking ---- */

/* Where the answer to this is kept; *known: it is there already. */
static size_t answer_of(struct standby_city *o, const uint32_t *at,
                        const struct standby_question *asked, bool *known)
{
    uint32_t stations = o->city->station_n;
    uint64_t hash = (uint64_t)asked->busy_permille << 32 ^ asked->demand << 8 ^ asked->travel;
    for (uint32_t s = 0; s < stations; s++)
        hash = (hash ^ at[s]) * 0x9e3779b97f4a7c15u;
    size_t i = hash >> 40 & (STANDBY_ANSWERS - 1), bytes = stations * sizeof(*at);
    struct standby_question *kept = &o->question[i];
    *known = kept->busy_permille == asked->busy_permille && kept->demand == asked->demand &&
             kept->travel == asked->travel && memcmp(&o->asked_at[i * stations], at, bytes) == 0;
    *kept = *asked;
    memcpy(&o->asked_at[i * stations], at, bytes);
    return i;
}

static void look(struct standby_city *o, const struct standby_question *asked, int64_t now_ns,
                 const uint32_t *at, size_t answer)
{
    const struct judge_city *city = o->city;
    struct standby_view view[JUDGE_PRIORITIES];
    for (uint32_t p = 0; p < JUDGE_PRIORITIES; p++) {
        uint32_t mode = judge_response_mode(city, p, now_ns);
        const struct standby_drives *v = drives_of(o, mode, city->cover_ns[p]);
        size_t row = (size_t)asked->demand * JUDGE_PRIORITIES + p;
        view[p] = (struct standby_view){v->price_ms, v->order, v->none_ms,
                                        o->weight + row * o->place_n, o->place_n};
    }
    const struct standby standby = {view, JUDGE_PRIORITIES, city->station_n, asked->busy_permille,
                                    o->wait_ms};
    standby_see(&standby, at, o->gains_ms + answer, o->losses_ms + answer);
}

void standby_city_see(struct standby_city *o, int64_t now_ns, const uint32_t *at,
                      int64_t busy_permille)
{
    const struct judge_city *city = o->city;
    const struct standby_question asked = {busy_permille,
                                           judge_set(city->demand, city->demand_n, now_ns),
                                           judge_set(city->travel, city->travel_n, now_ns)};
    bool known;
    size_t answer = answer_of(o, at, &asked, &known) * city->station_n;
    if (!known)
        look(o, &asked, now_ns, at, answer);
    o->gain_ms = o->gains_ms + answer;
    o->loss_ms = o->losses_ms + answer;
}

void standby_city_close(struct standby_city *o)
{
    for (uint32_t i = 0; i < o->drives_n; i++) {
        free(o->drives[i].price_ms);
        free(o->drives[i].order);
        free(o->drives[i].none_ms);
    }
    free(o->weight);
    free(o->wait_ms);
    free(o->question);
    free(o->asked_at);
    free(o->gains_ms);
    free(o->losses_ms);
}
