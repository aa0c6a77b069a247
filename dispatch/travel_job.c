#include "dispatch/travel_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geo/eta.h"

struct travel_job *travel_job_new(const struct travel *travel)
{
    struct travel_job *job = calloc(1, sizeof(*job));
    if (!job)
        return NULL;
    job->travel = travel;
    job->condition = calloc(TRAVEL_CONDITIONS_MAX, sizeof(*job->condition));
    if (!job->condition || (travel->has_road && weights_init(&job->weights, &travel->road) < 0)) {
        free(job->condition);
        free(job);
        return NULL;
    }
    return job;
}

void travel_job_free(struct travel_job *job)
{
    for (int i = 0; i < TRAVEL_FIELDS_MAX; i++)
        if (job->field[i].made)
            field_close(&job->field[i].field);
    if (job->travel->has_road)
        weights_close(&job->weights);
    free(job->condition);
    free(job->time);
    free(job);
}

/* --- weights --- */

struct arcs {
    struct road_condition *list;
    size_t n, room;
    bool failed; /* without memory; a closure left out would be a lie */
};

static void add_arc(struct arcs *arcs, uint32_t arc, uint32_t percent)
{
    if (arcs->n == arcs->room) {
        size_t room = arcs->room ? arcs->room * 2 : 256;
        struct road_condition *more = realloc(arcs->list, room * sizeof(*more));
        arcs->failed |= more == NULL;
        if (!more)
            return;
        arcs->list = more;
        arcs->room = room;
    }
    arcs->list[arcs->n++] = (struct road_condition){arc, percent};
}

static void add_way(const struct road *road, struct arcs *arcs,
                    const struct travel_condition *condition)
{
    uint32_t n = 0;
    const uint32_t *arc = road_way_arcs(road, (int64_t)condition->way, &n);
    for (uint32_t i = 0; i < n; i++)
        add_arc(arcs, arc[i], condition->speed_percent);
}

/* From the origin of the plane to the piece of street between two points of it, squared. */
static double dist2_to_piece(double ax, double ay, double bx, double by)
{
    double dx = bx - ax, dy = by - ay, length2 = dx * dx + dy * dy;
    double at = length2 > 0 ? -(ax * dx + ay * dy) / length2 : 0;
    at = at < 0 ? 0 : at > 1 ? 1 : at;
    double x = ax + at * dx, y = ay + at * dy;
    return x * x + y * y;
}

static bool comes_within(const struct road *road, uint32_t arc, const struct plane *plane,
                         uint32_t radius_m)
{
    double ax, ay, bx, by, radius2 = (double)radius_m * radius_m;
    plane_xy(plane, road_arc_point(road, arc, 0), &ax, &ay);
    for (uint32_t i = 1; i < road->arc[arc].shape_n; i++) {
        plane_xy(plane, road_arc_point(road, arc, i), &bx, &by);
        if (dist2_to_piece(ax, ay, bx, by) <= radius2)
            return true;
        ax = bx;
        ay = by;
    }
    return false;
}

/* Every street that comes within the radius, both directions. */
static void add_circle(const struct road *road, struct arcs *arcs,
                       const struct travel_condition *condition)
{
    struct plane plane = plane_at(condition->at);
    for (uint32_t arc = 0; arc < road->arc_n; arc++)
        if (road->arc[arc].original == arc && comes_within(road, arc, &plane, condition->radius_m))
            add_arc(arcs, arc, condition->speed_percent);
}

static int build_weights(struct travel_job *job)
{
    const struct travel *t = job->travel;
    const struct speed_profile *profile = speeds_profile(&t->speeds, "emergency");
    bool same = job->has_weights && job->built_condition_seq == job->condition_seq &&
                job->built_hour == job->hour;
    struct arcs arcs = {0};
    if (same)
        return 0;
    for (uint32_t i = 0; i < job->condition_count; i++) {
        if (job->condition[i].way)
            add_way(&t->road, &arcs, &job->condition[i]);
        else
            add_circle(&t->road, &arcs, &job->condition[i]);
    }
    int result = arcs.failed ? -1
                             : weights_build(&job->weights, &t->road, profile, job->hour, arcs.list,
                                             arcs.n, job->weights.epoch + 1);
    free(arcs.list);
    if (result < 0) {
        snprintf(job->errmsg, sizeof(job->errmsg), "%s",
                 arcs.failed ? "no memory for road conditions" : job->weights.errmsg);
        return -1;
    }
    job->has_weights = true;
    job->built_condition_seq = job->condition_seq;
    job->built_hour = job->hour;
    return 0;
}

/* --- fields --- */

static bool same_place(struct point a, struct point b)
{
    return a.lat_e7 == b.lat_e7 && a.lon_e7 == b.lon_e7;
}

static struct travel_field *field_slot(struct travel_job *job, uint64_t incident)
{
    struct travel_field *unused = NULL;
    for (int i = 0; i < TRAVEL_FIELDS_MAX; i++) {
        if (job->field[i].incident == incident)
            return &job->field[i];
        if (!unused && !job->field[i].used)
            unused = &job->field[i];
    }
    if (unused) {
        unused->incident = incident;
        unused->epoch = 0;
        unused->used = true;
    }
    return unused;
}

/* The incident's field, opened on the weights in force. NULL: no road answer. */
static struct field *field_for(struct travel_job *job, const struct travel_incident *incident)
{
    const struct travel *t = job->travel;
    struct travel_field *slot = t->has_road ? field_slot(job, incident->incident) : NULL;
    if (!slot)
        return NULL;
    if (!slot->made) {
        if (field_init(&slot->field, &t->road) < 0)
            return NULL;
        slot->made = true;
    }
    if (slot->epoch != job->weights.epoch || !same_place(slot->at, incident->at)) {
        struct snap target[2];
        size_t n = grid_place(&t->grid, &t->snap, incident->at, target);
        slot->on_road = n > 0;
        slot->at = incident->at;
        slot->epoch = job->weights.epoch;
        if (slot->on_road)
            field_open(&slot->field, &job->weights, target, n);
    }
    return slot->on_road ? &slot->field : NULL;
}

/* --- times --- */

static bool add_time(struct travel_job *job, struct travel_time time)
{
    if (job->time_count == job->time_max) {
        uint32_t max = job->time_max ? job->time_max * 2 : 4096;
        struct travel_time *more = realloc(job->time, max * sizeof(*more));
        if (!more)
            return false;
        job->time = more;
        job->time_max = max;
    }
    job->time[job->time_count++] = time;
    return true;
}

static void time_to(struct travel_job *job, const struct travel_incident *incident,
                    const struct travel_unit *unit, struct field *field, const struct snap *snap,
                    size_t snaps)
{
    struct travel_time time = {incident->incident, unit->unit,  0,
                               unit->age_s,        SOURCE_CROW, unit->at};
    uint32_t ms;
    if (field && unit->on_road && snaps) {
        if (!field_eta_best(field, snap, snaps, &ms, NULL))
            return; /* no road leads there */
        time.eta_s = (ms + 999) / 1000;
        time.source = SOURCE_ROAD;
    } else {
        time.eta_s =
            crow_eta_s(unit->at.at, incident->at, job->crow_factor_pct, job->crow_speed_kmh);
    }
    if (!add_time(job, time))
        snprintf(job->errmsg, sizeof(job->errmsg), "no memory for travel times");
}

static int by_incident_and_unit(const void *a, const void *b)
{
    const struct travel_time *x = a, *y = b;
    if (x->incident != y->incident)
        return x->incident < y->incident ? -1 : 1;
    return x->unit < y->unit ? -1 : x->unit > y->unit;
}

static void mark_used_fields(struct travel_job *job)
{
    for (int i = 0; i < TRAVEL_FIELDS_MAX; i++) {
        job->field[i].used = false;
        for (uint32_t k = 0; k < job->incident_count; k++)
            if (job->field[i].incident == job->incident[k].incident)
                job->field[i].used = true;
    }
}

void travel_job_run(struct travel_job *job)
{
    const struct travel *t = job->travel;
    uint64_t start_ns = os_mono_ns();
    struct field *field[TRAVEL_FIELDS_MAX];
    job->time_count = 0;
    job->errmsg[0] = 0;
    if (t->has_road && build_weights(job) < 0)
        return;
    mark_used_fields(job);
    for (uint32_t i = 0; i < job->incident_count; i++)
        field[i] = field_for(job, &job->incident[i]);
    for (uint32_t u = 0; u < job->unit_count; u++) {
        struct snap snap[SNAPS_MAX];
        size_t snaps = t->has_road && job->unit[u].on_road
                           ? grid_snap(&t->grid, &t->snap, &job->unit[u].at, snap, 4)
                           : 0;
        for (uint32_t i = 0; i < job->incident_count; i++)
            time_to(job, &job->incident[i], &job->unit[u], field[i], snap, snaps);
    }
    if (job->time_count)
        if (job->time_count)
            qsort(job->time, job->time_count, sizeof(*job->time), by_incident_and_unit);
    job->took_us = (os_mono_ns() - start_ns) / 1000;
}
