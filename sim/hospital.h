/* hospital: an emergency department where ambulances queue for a bay.
 * First come, first served; a handover takes its time once a bay is free. Pure: time arrives in the
 * call. Owner: the caller; plain data. One thread. Times ms, waits s. */
#ifndef SIM_HOSPITAL_H
#define SIM_HOSPITAL_H

#include "dispatch/core/types.h"
#include "sim/city.h"
#include "sim/crew.h"

enum { HOSPITAL_QUEUE_MAX = CITY_UNITS_MAX, HOSPITAL_BAYS_MAX = 40 };

struct hospital_guest {
    uint64_t unit;
    int64_t done_ms; /* INT64_MAX: waits for a bay */
};

struct emergency_room {
    const struct city_hospital *of;
    struct dice dice;
    double handover_s;
    uint32_t bays;
    struct hospital_guest guest[HOSPITAL_QUEUE_MAX]; /* by arrival */
    size_t guest_n;
};

void hospital_init(struct emergency_room *room, const struct city_hospital *of,
                   const struct crew_config *config, uint64_t seed);
/* A unit with a patient; false when the yard is full (more than all units of a city). */
bool hospital_arrive(struct emergency_room *room, uint64_t unit, int64_t now_ms);
/* The next unit that is done by now, 0 when there is none; its bay goes to the next in line. */
uint64_t hospital_leave(struct emergency_room *room, int64_t now_ms);

/* How long a unit that comes now would wait until its handover is done. */
uint32_t hospital_wait_s(const struct emergency_room *room, int64_t now_ms);
/* open, busy (all bays taken) or divert (as many wait as there are bays). */
enum hospital_status hospital_status_of(const struct emergency_room *room);

#endif
