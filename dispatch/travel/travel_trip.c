#include "dispatch/travel/travel_trip.h"

#include <string.h>

#include "dispatch/travel/travel_job.h"
#include "geo/eta.h"

bool travel_trip_is(const struct assignment *assignment)
{
    return assignment->hospital.v && assignment->step >= STEP_AT_SCENE &&
           assignment->step < STEP_AT_HOSPITAL;
}

/* When it was at the scene last, as far as the crew has said. */
static int64_t scene_ms(const struct assignment *assignment)
{
    if (assignment->left_scene_ms)
        return assignment->left_scene_ms;
    return assignment->at_patient_ms ? assignment->at_patient_ms : assignment->at_scene_ms;
}

static bool seen_last(const struct travel *t, const struct assignment *assignment,
                      struct travel_trip *out)
{
    const struct state *state = &t->pipeline->core.state;
    const struct track_unit *seen = track_get(t->track, assignment->unit.v);
    const struct incident *incident = state_incident(state, assignment->incident.v);
    if (seen && seen->has_live && seen->live.at_ms >= assignment->at_scene_ms) {
        const struct fix *fix = &seen->live;
        out->from.at = (struct point){fix->lat_e7, fix->lon_e7};
        out->from.course_deg = fix->course_deg == UINT16_MAX ? COURSE_UNKNOWN : fix->course_deg;
        out->from.speed_kmh = fix->speed_dkmh == UINT16_MAX ? 0 : fix->speed_dkmh / 10;
        out->seen_ms = fix->at_ms;
        return true;
    }
    if (!incident || !incident->has_place)
        return false;
    out->from = (struct snap_query){{incident->lat_e7, incident->lon_e7}, COURSE_UNKNOWN, 0};
    out->seen_ms = scene_ms(assignment);
    return true;
}

static void add_target(struct travel_job *job, const struct hospital *hospital)
{
    for (uint32_t i = job->incident_count; i < job->target_count; i++)
        if (job->target[i].id == hospital->hospital.v)
            return;
    if (job->target_count < TRAVEL_TARGETS_MAX)
        job->target[job->target_count++] =
            (struct travel_target){.id = hospital->hospital.v,
                                   .is_hospital = true,
                                   .at = {hospital->lat_e7, hospital->lon_e7}};
}

void travel_trips_gather(struct travel *t)
{
    const struct state *state = &t->pipeline->core.state;
    struct travel_job *job = t->job;
    job->trip_count = 0;
    EACH (state, ASSIGNMENT, assignment, it) {
        const struct hospital *hospital = state_hospital(state, it->hospital.v);
        struct travel_trip trip = {.assignment = it->assignment.v,
                                   .hospital = it->hospital.v,
                                   .source = SOURCE_CROW};
        if (job->trip_count == TRAVEL_UNITS_MAX || !hospital || !travel_trip_is(it) ||
            !seen_last(t, it, &trip))
            continue;
        trip.eta_s = crow_eta_s(trip.from.at, (struct point){hospital->lat_e7, hospital->lon_e7},
                                t->crow_factor_pct, t->crow_speed_kmh);
        add_target(job, hospital);
        job->trip[job->trip_count++] = trip;
    }
}

void travel_trips_take(struct travel *t)
{
    t->trip_count = t->job->trip_count;
    t->trip_ms = t->last_ms;
    memcpy(t->trip, t->job->trip, t->trip_count * sizeof(*t->trip));
}

static void time_trip(const struct travel *t, struct travel_trip *trip, struct field *field)
{
    struct snap snap[TRAVEL_SNAPS];
    uint32_t ms;
    size_t n = grid_snap(&t->grid, &t->snap, &trip->from, snap, TRAVEL_SNAPS);
    if (n == 0)
        return;
    bool reached = field_eta_best(field, snap, n, &ms, NULL);
    trip->source = reached ? SOURCE_ROAD : SOURCE_NONE;
    trip->eta_s = reached ? (ms + 999) / 1000 : 0;
}

void travel_trips_time(struct travel_job *job, uint64_t hospital, struct field *field)
{
    for (uint32_t i = 0; field && i < job->trip_count; i++)
        if (job->trip[i].hospital == hospital)
            time_trip(job->travel, &job->trip[i], field);
}
