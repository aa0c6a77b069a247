#include "sim/cover.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"

/* One demand point on the way to its set: the stations that reach it, as bits. */
struct point {
    const uint64_t *bits;
    uint32_t index;
};

struct making {
    struct judge_city *city;
    struct cover_reach *reach;
    struct judge_place *place; /* of the points of raster 0, then 1 … */
    uint64_t *bits;            /* [point * words + …] */
    struct point *point;
    uint32_t point_n, words;
    int64_t *station_ns; /* by node: from the station at hand */
};

static uint32_t words_of(const struct judge_city *city)
{
    return (city->station_n + 63) / 64;
}

static void mark_reached(struct making *m, uint32_t station)
{
    struct judge_city *city = m->city;
    const struct judge_place *at = &city->station[station];
    int64_t off_ns = judge_off_ns(city, m->reach->mode, at->off_km);
    for (uint32_t v = 0; v < city->ways.node_n; v++)
        m->station_ns[v] = -1;
    for (uint32_t i = 0; i < m->point_n; i++) {
        const struct judge_place *place = &m->place[i];
        int64_t *ns = &m->station_ns[place->node];
        if (*ns < 0)
            *ns = ways_ns(&city->ways, m->reach->mode, at->node, place->node);
        if (*ns != WAYS_NEVER &&
            off_ns + *ns + judge_off_ns(city, m->reach->mode, place->off_km) <= m->reach->cover_ns)
            m->bits[(size_t)i * m->words + station / 64] |= (uint64_t)1 << station % 64;
    }
}

static uint32_t words_compared; /* qsort has no room for it; one thread makes covers */

static int by_bits(const void *a, const void *b)
{
    const struct point *x = a, *y = b;
    int order = memcmp(x->bits, y->bits, words_compared * sizeof(uint64_t));
    return order ? order : x->index < y->index ? -1 : x->index > y->index;
}

static bool is_new_set(const struct making *m, uint32_t i)
{
    return i == 0 ||
           memcmp(m->point[i].bits, m->point[i - 1].bits, m->words * sizeof(uint64_t)) != 0;
}

static int keep_sets(struct making *m, uint32_t raster_n)
{
    struct cover_reach *reach = m->reach;
    const struct judge_city *city = m->city;
    for (uint32_t i = 0; i < m->point_n; i++)
        reach->set_n += is_new_set(m, i);
    reach->first = calloc(reach->set_n + 1, sizeof(*reach->first));
    reach->station = malloc(((size_t)reach->set_n * city->station_n + 1) * sizeof(uint32_t));
    reach->weight = calloc((size_t)reach->set_n * raster_n + 1, sizeof(*reach->weight));
    if (!reach->first || !reach->station || !reach->weight)
        return -1;
    uint32_t set = UINT32_MAX, at = 0;
    for (uint32_t i = 0; i < m->point_n; i++) {
        if (is_new_set(m, i)) {
            reach->first[++set] = at;
            for (uint32_t s = 0; s < city->station_n; s++)
                if (m->point[i].bits[s / 64] >> s % 64 & 1u)
                    reach->station[at++] = s;
            reach->first[set + 1] = at;
        }
        uint32_t index = m->point[i].index, raster = 0;
        for (; index >= city->cells[raster].n; raster++)
            index -= city->cells[raster].n;
        reach->weight[(size_t)raster * reach->set_n + set] +=
            city->cells[raster].weight[index] / city->cells[raster].weight_sum;
    }
    return 0;
}

/* The same lists the other way round. */
static int index_stations(struct cover_reach *reach, uint32_t station_n)
{
    uint32_t *next = calloc((size_t)station_n + 2, sizeof(*next));
    reach->set = malloc(((size_t)reach->first[reach->set_n] + 1) * sizeof(*reach->set));
    reach->by_station = next;
    if (!next || !reach->set)
        return -1;
    for (uint32_t j = 0; j < reach->first[reach->set_n]; j++)
        next[reach->station[j] + 2]++;
    for (uint32_t s = 0; s < station_n; s++)
        next[s + 2] += next[s + 1];
    for (uint32_t i = 0; i < reach->set_n; i++)
        for (uint32_t j = reach->first[i]; j < reach->first[i + 1]; j++)
            reach->set[next[reach->station[j] + 1]++] = i;
    return 0;
}

static int reach_make(struct making *m, uint32_t raster_n)
{
    memset(m->bits, 0, (size_t)m->point_n * m->words * sizeof(*m->bits));
    for (uint32_t s = 0; s < m->city->station_n; s++)
        mark_reached(m, s);
    for (uint32_t i = 0; i < m->point_n; i++)
        m->point[i] = (struct point){&m->bits[(size_t)i * m->words], i};
    words_compared = m->words;
    qsort(m->point, m->point_n, sizeof(*m->point), by_bits);
    if (keep_sets(m, raster_n) < 0)
        return -1;
    return index_stations(m->reach, m->city->station_n);
}

/* One reach for each mode and cover time that some priority has at some time. */
static void list_reaches(struct cover *cover, const struct judge_city *city)
{
    for (uint32_t t = 0; t < city->travel_n; t++)
        for (uint32_t p = 0; p < JUDGE_PRIORITIES; p++) {
            uint32_t mode = city->mode_of[city->travel[t].set][city->travels_as[p]], r = 0;
            while (r < cover->reach_n &&
                   (cover->reach[r].mode != mode || cover->reach[r].cover_ns != city->cover_ns[p]))
                r++;
            if (r == cover->reach_n)
                cover->reach[cover->reach_n++] =
                    (struct cover_reach){.mode = mode, .cover_ns = city->cover_ns[p]};
        }
}

int cover_make(struct cover *cover, struct judge_city *city)
{
    struct making m = {.city = city, .words = words_of(city)};
    int err = 0;
    *cover = (struct cover){.raster_n = city->raster_n};
    list_reaches(cover, city);
    for (uint32_t r = 0; r < city->raster_n; r++)
        m.point_n += city->cells[r].n;
    m.place = malloc((m.point_n + 1) * sizeof(*m.place));
    m.bits = malloc(((size_t)m.point_n * m.words + 1) * sizeof(*m.bits));
    m.point = malloc((m.point_n + 1) * sizeof(*m.point));
    m.station_ns = malloc((city->ways.node_n + 1) * sizeof(*m.station_ns));
    if (!m.place || !m.bits || !m.point || !m.station_ns)
        err = -1;
    for (uint32_t r = 0, at = 0; r < city->raster_n && err == 0; r++)
        for (uint32_t i = 0; i < city->cells[r].n; i++, at++) {
            m.place[at] = (struct judge_place){city->cells[r].x[i], city->cells[r].y[i], 0, 0};
            judge_join(city, &m.place[at]);
        }
    for (uint32_t i = 0; i < cover->reach_n && err == 0; i++) {
        m.reach = &cover->reach[i];
        err = reach_make(&m, city->raster_n);
    }
    free(m.place);
    free(m.bits);
    free(m.point);
    free(m.station_ns);
    return err;
}

const struct cover_reach *cover_reach_of(const struct cover *cover, const struct judge_city *city,
                                         uint32_t priority, int64_t now_ns)
{
    uint32_t mode = judge_response_mode(city, priority, now_ns), r = 0;
    while (r < cover->reach_n &&
           (cover->reach[r].mode != mode || cover->reach[r].cover_ns != city->cover_ns[priority]))
        r++;
    must(r < cover->reach_n);
    return &cover->reach[r];
}

static void add_gains(const struct cover_reach *reach, const double *weight, double rate,
                      const uint32_t *at, double busy, double *gain)
{
    for (uint32_t i = 0; i < reach->set_n; i++) {
        uint32_t units = 0;
        double worth = weight[i] * rate * (1 - busy);
        for (uint32_t j = reach->first[i]; j < reach->first[i + 1]; j++)
            units += at[reach->station[j]];
        while (units--)
            worth *= busy;
        for (uint32_t j = reach->first[i]; j < reach->first[i + 1]; j++)
            gain[reach->station[j]] += worth;
    }
}

void cover_gains(const struct cover *cover, const struct judge_city *city, int64_t now_ns,
                 const uint32_t *at, double busy, double *gain)
{
    uint32_t set = judge_set(city->demand, city->demand_n, now_ns);
    double total = 0;
    memset(gain, 0, city->station_n * sizeof(*gain));
    for (uint32_t p = 0; p < JUDGE_PRIORITIES; p++) {
        const struct cover_reach *reach = cover_reach_of(cover, city, p, now_ns);
        const double *weight = reach->weight + (size_t)city->raster_of[set][p] * reach->set_n;
        total += city->rate_of[set][p];
        add_gains(reach, weight, city->rate_of[set][p], at, busy, gain);
    }
    for (uint32_t s = 0; s < city->station_n; s++)
        gain[s] = total > 0 ? gain[s] / total : 0;
}

uint32_t cover_best_station(const struct cover *cover, const struct judge_city *city,
                            int64_t now_ns, const uint32_t *at, double busy)
{
    double *gain = malloc(city->station_n * sizeof(*gain));
    uint32_t best = 0;
    must(gain);
    cover_gains(cover, city, now_ns, at, busy, gain);
    for (uint32_t s = 1; s < city->station_n; s++)
        if (gain[s] > gain[best])
            best = s;
    free(gain);
    return best;
}

/* Of a set that the station reaches. */
static double set_lost(const struct cover_reach *reach, uint32_t i, const uint32_t *at, double busy)
{
    uint32_t units = 0;
    double lost = 1 - busy;
    for (uint32_t j = reach->first[i]; j < reach->first[i + 1]; j++)
        units += at[reach->station[j]];
    while (--units)
        lost *= busy;
    return lost;
}

double cover_of_last(const struct cover *cover, const struct judge_city *city, int64_t now_ns,
                     const uint32_t *at, uint32_t station, double busy)
{
    uint32_t set = judge_set(city->demand, city->demand_n, now_ns);
    double lost = 0, total = 0;
    for (uint32_t p = 0; p < JUDGE_PRIORITIES; p++) {
        const struct cover_reach *reach = cover_reach_of(cover, city, p, now_ns);
        const double *weight = reach->weight + (size_t)city->raster_of[set][p] * reach->set_n;
        total += city->rate_of[set][p];
        for (uint32_t j = reach->by_station[station]; j < reach->by_station[station + 1]; j++)
            lost += weight[reach->set[j]] * city->rate_of[set][p] *
                    set_lost(reach, reach->set[j], at, busy);
    }
    return total > 0 ? lost / total : 0;
}

void cover_close(struct cover *cover)
{
    for (uint32_t i = 0; i < cover->reach_n; i++) {
        free(cover->reach[i].first);
        free(cover->reach[i].station);
        free(cover->reach[i].by_station);
        free(cover->reach[i].set);
        free(cover->reach[i].weight);
    }
}
