/* travel_trip: how long the units that bring somebody to a hospital still drive.
 *
 * A trip lasts from the scene to the hospital's door. Its time is counted from where the unit was
 * seen last, at seen_ms: its newest fix, or the scene where there is none since it came there. So a
 * silent unit's arrival does not move, it only becomes old, and its age is told.
 * By road on the weights of the offers; crow-flight off the roads; nothing (SOURCE_NONE) where no
 * road leads to the hospital.
 * Owner: travel. The loop gathers and takes, the worker times. Units: seconds, ms. No errors.
 * Start here: travel.trip, travel.trip_ms. */
#ifndef TRAVEL_TRAVEL_TRIP_H
#define TRAVEL_TRAVEL_TRIP_H

#include "dispatch/core/core.h"
#include "geo/field.h"

struct travel;
struct travel_job;

struct travel_trip {
    uint64_t assignment, hospital;
    struct snap_query from;
    int64_t seen_ms;
    uint32_t eta_s;
    enum travel_source source;
};

/* From at scene to before at hospital, with a hospital chosen. */
bool travel_trip_is(const struct assignment *assignment);

/* While no job runs: the trips and their hospitals into the job; the job's out of it. */
void travel_trips_gather(struct travel *travel);
void travel_trips_take(struct travel *travel);

/* In the worker: those to one hospital. field: its own, NULL: it stands off the roads. */
void travel_trips_time(struct travel_job *job, uint64_t hospital, struct field *field);

#endif
