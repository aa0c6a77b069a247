/* travel_job: the part of travel that runs in a worker thread. Only travel.c includes this.
 *
 * The loop fills everything down to metric, and the trips, before the job starts; the worker fills
 * the times;
 * of struct travel the worker reads only what never changes: roads, grid, speeds, snap. Weights and
 * fields live here and are touched by the worker only, or by the loop while no job runs. */
#ifndef TRAVEL_TRAVEL_JOB_H
#define TRAVEL_TRAVEL_JOB_H

#include "dispatch/core/ready.h"
#include "dispatch/travel/travel.h"
#include "geo/field.h"

enum {
    TRAVEL_SNAPS = 4,
    TRAVEL_SLOTS_MAX = 32, /* of one incident */
    TRAVEL_HOSPITALS_MAX = 128, /* with somebody on the way, by road; more are crow-flight */
    TRAVEL_TARGETS_MAX = TRAVEL_FIELDS_MAX + TRAVEL_HOSPITALS_MAX,
};

/* What a field leads to: an incident that wants units, or a hospital that expects one. */
struct travel_target {
    uint64_t id;
    bool is_hospital;
    struct point at;
    uint32_t wanted[TRAVEL_SLOTS_MAX], slot_n; /* capabilities, by slot */
};

struct travel_unit {
    uint64_t unit, station;
    struct snap_query at;
    uint32_t age_s;
    bool on_road; /* the fix is fresh enough, or it stands at its station or hospital */
    uint32_t capabilities, ready_s; /* until its wheels roll */
    enum ready ready;
    uint64_t to; /* the incident it is on its way to, or goes to next; 0 */
};

/* Where a unit was snapped to, kept while it does not move. */
struct travel_place {
    struct snap_query at;
    struct snap snap[TRAVEL_SNAPS];
    uint32_t snap_n;
    bool known;
};

struct travel_condition {
    uint64_t way; /* 0: by place */
    struct point at;
    uint32_t radius_m;
    uint32_t speed_percent;
};

/* A Dijkstra kept for a target between jobs. */
struct travel_field {
    struct travel_target to;
    struct field field;
    uint64_t epoch;
    bool made, on_road, used;
};

struct travel_job {
    const struct travel *travel;
    struct travel_target target[TRAVEL_TARGETS_MAX]; /* the incidents first */
    uint32_t target_count, incident_count, slot_count;
    uint32_t units_left_out, incidents_left_out; /* beyond the limits */
    struct travel_unit unit[TRAVEL_UNITS_MAX];
    uint32_t unit_count;
    struct travel_condition *condition;
    uint32_t condition_count;
    uint64_t condition_seq; /* changes when they do */
    uint32_t hour, crow_factor_pct, crow_speed_kmh;
    struct travel_metric *metric; /* lent for this job; NULL: Dijkstra */
    struct travel_cover *cover;   /* this job is for nothing else; or NULL */
    struct travel_drives *drives; /* likewise */

    struct weights weights;
    bool has_weights;
    uint64_t built_condition_seq;
    uint32_t built_hour;                  /* the class */
    struct road_condition *arc_condition; /* the conditions by arc */
    size_t arc_condition_n, arc_condition_max;
    struct travel_field field[TRAVEL_TARGETS_MAX];
    struct field cch_field; /* one for all targets: opening it costs next to nothing */
    bool has_cch_field;
    struct field cover_field; /* road NULL: not made yet */
    struct travel_place place[TRAVEL_UNITS_MAX];

    struct travel_time *time;
    uint32_t time_count, time_max;
    struct travel_trip trip[TRAVEL_UNITS_MAX]; /* gathered by the loop, timed by the worker */
    uint32_t trip_count;
    struct travel_ways *ways; /* gathered and submitted by the loop, timed by the worker */
    uint64_t took_us;
    char errmsg[ERRMSG_MAX];
};

struct travel_job *travel_job_new(const struct travel *travel);
void travel_job_free(struct travel_job *job);

/* In the worker. `time` comes out in order of (incident, unit). */
void travel_job_run(struct travel_job *job);
void travel_cover_run(struct travel_job *job);
void travel_drives_run(struct travel_job *job);

/* For all: weights in force, the metric on them, and where units are. False: errmsg says why. */
bool travel_job_prepare(struct travel_job *job);

#endif
