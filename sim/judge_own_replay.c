/* The calls of a recording as the judge takes them: when they rang and where, how long the first
 * unit at the scene was there, whether it took the patient somewhere and how long it was kept. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/judge_jemss.h"
#include "sim/judge_own.h"
#include "sim/replay_csv.h"

enum { DAY_MS = 86400000, SPAN_MAX_MS = DAY_MS };

struct reading {
    const struct judge_own *own;
    struct judge_city *city;
    struct replay_csv csv;
    const struct replay_response **first; /* by call: who was at the scene first, or NULL */
    int64_t start_ms;                     /* midnight (UTC) before the first call */
};

static int64_t at_ms(const struct replay_response *r, enum step step)
{
    return r->at_ms[step];
}

/* From one time point to another, `otherwise` when one is missing, or they make no sense. */
static int64_t span_ns(int64_t from_ms, int64_t to_ms, double otherwise_s)
{
    if (from_ms == 0 || to_ms <= from_ms || to_ms - from_ms > SPAN_MAX_MS)
        return llround(otherwise_s * 1e9);
    return (to_ms - from_ms) * 1000000;
}

static int list_first(struct reading *r)
{
    r->first = calloc(r->csv.call_n + 1, sizeof(*r->first));
    if (!r->first)
        return -1;
    for (size_t i = 0; i < r->csv.response_n; i++) {
        const struct replay_response *response = &r->csv.response[i];
        const struct replay_response **first = &r->first[response->call];
        int64_t scene_ms = at_ms(response, STEP_AT_SCENE);
        if (scene_ms && (!*first || scene_ms < at_ms(*first, STEP_AT_SCENE)))
            *first = response;
    }
    return 0;
}

static struct judge_call call_of(const struct reading *r, const struct replay_call *from,
                                 const struct replay_response *first)
{
    const struct crew_config *crew = &r->own->crew;
    int64_t left_ms = at_ms(first, STEP_LEFT_SCENE), done_ms = at_ms(first, STEP_COMPLETED);
    int64_t handed_ms = at_ms(first, STEP_HANDED_OVER);
    struct judge_call call = {.at = judge_own_place(r->own, from->at),
                              .arrival_ns = (from->received_ms - r->start_ms) * 1000000,
                              .hospital = JUDGE_NOBODY};
    call.transport = at_ms(first, STEP_AT_HOSPITAL) != 0;
    call.delay_ns = span_ns(from->received_ms, at_ms(first, STEP_DEPARTED), r->own->rules.delay_s);
    call.scene_ns = span_ns(at_ms(first, STEP_AT_SCENE),
                            call.transport && left_ms ? left_ms : done_ms, crew->scene_s);
    call.handover_ns = span_ns(at_ms(first, STEP_AT_HOSPITAL), done_ms ? done_ms : handed_ms,
                               crew->handover_s + crew->restock_s);
    return call;
}

struct arrival {
    int64_t ms;
    uint32_t call;
};

static int by_time(const void *a, const void *b)
{
    const struct arrival *x = a, *y = b;
    if (x->ms != y->ms)
        return x->ms < y->ms ? -1 : 1;
    return x->call < y->call ? -1 : x->call > y->call;
}

/* Calls with a place that somebody reached, by when they rang. */
static int take_calls(struct reading *r, uint32_t *left_out, struct point **place)
{
    struct judge_city *city = r->city;
    struct arrival *order = malloc((r->csv.call_n + 1) * sizeof(*order));
    uint32_t n = 0;
    if (!order)
        return -1;
    for (uint32_t c = 0; c < r->csv.call_n; c++)
        if (r->csv.call[c].has_place && r->first[c])
            order[n++] = (struct arrival){r->csv.call[c].received_ms, c};
    qsort(order, n, sizeof(*order), by_time);
    r->start_ms = n ? order[0].ms / DAY_MS * DAY_MS : 0;
    city->call = calloc((size_t)n + 1, sizeof(*city->call));
    *place = calloc((size_t)n + 1, sizeof(**place));
    for (uint32_t i = 0; i < n && city->call && *place; i++) {
        const struct replay_call *from = &r->csv.call[order[i].call];
        city->call[i] = call_of(r, from, r->first[order[i].call]);
        (*place)[i] = from->at;
    }
    city->call_n = n;
    *left_out = (uint32_t)r->csv.call_n - n;
    free(order);
    return city->call && *place ? 0 : -1;
}

/* Bases and the units that have one, instead of those of city.txt. */
static int take_units(struct reading *r)
{
    struct judge_city *city = r->city;
    uint32_t units = 0;
    for (size_t u = 0; u < r->csv.unit_n; u++)
        units += r->csv.unit[u].base < r->csv.base_n;
    if (units == 0)
        return 0;
    struct judge_place *station = calloc(r->csv.base_n, sizeof(*station));
    uint32_t *unit_station = calloc(units, sizeof(*unit_station));
    if (!station || !unit_station) {
        free(station);
        free(unit_station);
        return -1;
    }
    free(city->station);
    free(city->unit_station);
    city->station = station;
    city->unit_station = unit_station;
    city->station_n = (uint32_t)r->csv.base_n;
    city->unit_n = 0;
    for (size_t b = 0; b < r->csv.base_n; b++)
        station[b] = judge_own_place(r->own, r->csv.base[b].at);
    for (size_t u = 0; u < r->csv.unit_n; u++)
        if (r->csv.unit[u].base < r->csv.base_n)
            unit_station[city->unit_n++] = r->csv.unit[u].base;
    return 0;
}

int judge_own_replay(struct judge_own *own, struct judge_city *city, const char *path,
                     struct point **place)
{
    struct reading r = {.own = own, .city = city};
    *place = NULL;
    if (replay_csv_load(&r.csv, path) < 0) {
        snprintf(city->errmsg, sizeof(city->errmsg), "%s", r.csv.errmsg);
        return -1;
    }
    int err = list_first(&r);
    if (err == 0)
        err = take_calls(&r, &own->left_out, place);
    if (err == 0)
        err = take_units(&r);
    if (err < 0)
        snprintf(city->errmsg, sizeof(city->errmsg), "out of memory");
    if (err == 0 && city->call_n == 0) {
        snprintf(city->errmsg, sizeof(city->errmsg),
                 "%.200s: no call has a place and was reached by a unit", path);
        err = -1;
    }
    free(r.first);
    replay_csv_close(&r.csv);
    return err;
}
