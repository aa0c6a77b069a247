#include "dispatch/travel/travel_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"
#include "dispatch/travel/travel_offer.h"
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
    for (int i = 0; i < TRAVEL_TARGETS_MAX; i++)
        if (job->field[i].made)
            field_close(&job->field[i].field);
    if (job->travel->has_road)
        weights_close(&job->weights);
    field_close(&job->cch_field);
    field_close(&job->cover_field);
    free(job->condition);
    free(job->arc_condition);
    free(job->time);
    free(job);
}

/* --- weights --- */

/* A closure left out would be a lie: without memory the job fails. */
static void add_arc(struct travel_job *job, uint32_t arc, uint32_t percent)
{
    if (job->arc_condition_n == job->arc_condition_max) {
        size_t max = job->arc_condition_max ? job->arc_condition_max * 2 : 256;
        struct road_condition *more = realloc(job->arc_condition, max * sizeof(*more));
        if (!more) {
            snprintf(job->errmsg, sizeof(job->errmsg), "no memory for road conditions");
            return;
        }
        job->arc_condition = more;
        job->arc_condition_max = max;
    }
    job->arc_condition[job->arc_condition_n++] = (struct road_condition){arc, percent};
}

static void add_way(struct travel_job *job, const struct travel_condition *condition)
{
    uint32_t n = 0;
    const uint32_t *arc = road_way_arcs(&job->travel->road, (int64_t)condition->way, &n);
    for (uint32_t i = 0; i < n; i++)
        add_arc(job, arc[i], condition->speed_percent);
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

struct circle {
    struct travel_job *job;
    const struct travel_condition *condition;
    struct plane plane;
};

static void add_if_within(void *context, uint32_t arc)
{
    struct circle *c = context;
    if (comes_within(&c->job->travel->road, arc, &c->plane, c->condition->radius_m))
        add_arc(c->job, arc, c->condition->speed_percent);
}

/* Every street that comes within the radius, both directions. */
static void add_circle(struct travel_job *job, const struct travel_condition *condition)
{
    struct circle circle = {job, condition, plane_at(condition->at)};
    grid_each_near(&job->travel->grid, condition->at, condition->radius_m, add_if_within, &circle);
}

static int list_conditions(struct travel_job *job)
{
    job->arc_condition_n = 0;
    for (uint32_t i = 0; i < job->condition_count; i++) {
        if (job->condition[i].way)
            add_way(job, &job->condition[i]);
        else
            add_circle(job, &job->condition[i]);
    }
    return job->errmsg[0] ? -1 : 0;
}

static int build_weights(struct travel_job *job)
{
    const struct road *road = &job->travel->road;
    const struct speed_profile *profile = speeds_profile(&job->travel->speeds, "emergency");
    uint32_t hour = speeds_hour_class(profile, job->hour);
    bool same_hour = job->has_weights && job->built_hour == hour;
    int rc;
    if (same_hour && job->built_condition_seq == job->condition_seq)
        return 0;
    if (list_conditions(job) < 0)
        return -1;
    rc = same_hour ? weights_renew(&job->weights, road, job->arc_condition, job->arc_condition_n,
                                   job->weights.epoch + 1)
                   : weights_build(&job->weights, road, profile, hour, job->arc_condition,
                                   job->arc_condition_n, job->weights.epoch + 1);
    if (rc < 0) {
        snprintf(job->errmsg, sizeof(job->errmsg), "%s", job->weights.errmsg);
        return -1;
    }
    job->has_weights = true;
    job->built_condition_seq = job->condition_seq;
    job->built_hour = hour;
    return 0;
}

/* --- fields --- */

static bool same_place(struct point a, struct point b)
{
    return a.lat_e7 == b.lat_e7 && a.lon_e7 == b.lon_e7;
}

static bool same_target(const struct travel_target *a, const struct travel_target *b)
{
    return a->id == b->id && a->is_hospital == b->is_hospital;
}

static struct travel_field *field_slot(struct travel_job *job, const struct travel_target *to)
{
    struct travel_field *unused = NULL;
    for (int i = 0; i < TRAVEL_TARGETS_MAX; i++) {
        if (same_target(&job->field[i].to, to))
            return &job->field[i];
        if (!unused && !job->field[i].used)
            unused = &job->field[i];
    }
    if (unused) {
        unused->to = *to;
        unused->epoch = 0;
        unused->used = true;
    }
    return unused;
}

/* Once for a place, then as long as weights and place are the same. */
static struct field *dijkstra_for(struct travel_job *job, const struct travel_target *to)
{
    const struct travel *t = job->travel;
    struct travel_field *slot = field_slot(job, to);
    if (!slot)
        return NULL;
    if (!slot->made) {
        if (field_init(&slot->field, &t->road) < 0)
            return NULL;
        slot->made = true;
    }
    if (slot->epoch != job->weights.epoch || !same_place(slot->to.at, to->at)) {
        struct snap target[2];
        size_t n = grid_place(&t->grid, &t->snap, to->at, target);
        slot->on_road = n > 0;
        slot->to = *to;
        slot->epoch = job->weights.epoch;
        if (slot->on_road)
            field_open(&slot->field, &job->weights, target, n);
    }
    return slot->on_road ? &slot->field : NULL;
}

static struct field *hierarchy_for(struct travel_job *job, const struct travel_target *to)
{
    struct snap target[2];
    size_t n = grid_place(&job->travel->grid, &job->travel->snap, to->at, target);
    if (n > 0)
        field_open_cch(&job->cch_field, &job->metric->metric, target, n);
    return n > 0 ? &job->cch_field : NULL;
}

/* The target's field on the weights in force, until the next is asked for. NULL: no road answer. */
static struct field *field_for(struct travel_job *job, const struct travel_target *to)
{
    if (!job->travel->has_road)
        return NULL;
    return job->metric ? hierarchy_for(job, to) : dijkstra_for(job, to);
}

/* A metric that cannot follow is given back. */
static void prepare_metric(struct travel_job *job)
{
    const struct travel *t = job->travel;
    if (!job->metric)
        return;
    if (!job->has_cch_field)
        job->has_cch_field = field_init_cch(&job->cch_field, &t->cch.cch) == 0;
    if (!job->has_cch_field ||
        !travel_metric_follow(job->metric, &t->road, job->arc_condition, job->arc_condition_n,
                              job->condition_seq, t->cch.update_arcs))
        job->metric = NULL;
    else
        must(job->metric->weights.hash == job->weights.hash);
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

static void time_to(struct travel_job *job, const struct travel_target *incident, uint32_t number,
                    struct field *field)
{
    const struct travel_unit *unit = &job->unit[number];
    const struct travel_place *place = &job->place[number];
    struct travel_time time = {incident->id, unit->unit, 0, unit->age_s, SOURCE_CROW, unit->at,
                               false};
    uint32_t ms;
    if (field && unit->on_road && place->snap_n) {
        if (!field_eta_best(field, place->snap, place->snap_n, &ms, NULL))
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
    for (int i = 0; i < TRAVEL_TARGETS_MAX; i++) {
        job->field[i].used = false;
        for (uint32_t k = 0; k < job->target_count; k++)
            if (same_target(&job->field[i].to, &job->target[k]))
                job->field[i].used = true;
    }
}

static void snap_units(struct travel_job *job)
{
    const struct travel *t = job->travel;
    for (uint32_t u = 0; t->has_road && u < job->unit_count; u++) {
        struct travel_place *place = &job->place[u];
        const struct snap_query *at = &job->unit[u].at;
        if (place->known && same_place(place->at.at, at->at) &&
            place->at.course_deg == at->course_deg && place->at.speed_kmh == at->speed_kmh)
            continue;
        place->known = true;
        place->at = *at;
        place->snap_n = (uint32_t)grid_snap(&t->grid, &t->snap, at, place->snap, TRAVEL_SNAPS);
    }
}

bool travel_job_prepare(struct travel_job *job)
{
    job->errmsg[0] = 0;
    if (job->travel->has_road && build_weights(job) < 0)
        return false;
    prepare_metric(job);
    snap_units(job);
    return true;
}

void travel_job_run(struct travel_job *job)
{
    uint64_t start_ns = os_mono_ns();
    job->time_count = 0;
    if (!travel_job_prepare(job))
        return;
    mark_used_fields(job);
    for (uint32_t i = 0; i < job->target_count; i++) {
        struct field *field = field_for(job, &job->target[i]);
        if (job->target[i].is_hospital)
            travel_trips_time(job, job->target[i].id, field);
        for (uint32_t u = 0; u < job->unit_count && !job->target[i].is_hospital; u++)
            time_to(job, &job->target[i], u, field);
    }
    travel_ways_time(job);
    if (job->time_count)
        qsort(job->time, job->time_count, sizeof(*job->time), by_incident_and_unit);
    if (!job->errmsg[0] && !travel_offer_choose(job))
        snprintf(job->errmsg, sizeof(job->errmsg), "no memory for travel times");
    job->took_us = (os_mono_ns() - start_ns) / 1000;
}

/* Hundreds of Dijkstras would keep the next offer waiting: then rather no drives. */
void travel_drives_run(struct travel_job *job)
{
    if (!travel_job_prepare(job))
        return;
    if (job->travel->has_road && !job->metric)
        snprintf(job->errmsg, sizeof(job->errmsg), "no hierarchy is at hand");
    else
        travel_ways_time_set(job, &job->drives->set);
}
