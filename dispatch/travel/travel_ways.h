/* travel_ways: the drives that decisions beside the units' ask for, as integers for the core: from
 * the scene of a patient who was reached to every hospital (`propose_hospitals`); where there is
 * demand to cover, from stations to zones and from free units to stations (`propose_moves`).
 *
 * Asked for by what happened (travel_ways_applied), timed by travel's own job on the weights of its
 * offers, submitted when it is back. By road; crow-flight off the roads; no row without a way.
 * Owner: travel. The loop gathers and submits, the worker times. Units: seconds.
 * Errors: without memory nothing is asked, the next event asks again.
 * Start here: travel_ways_gather; another set of drives is a row in enum way_kind. */
#ifndef TRAVEL_TRAVEL_WAYS_H
#define TRAVEL_TRAVEL_WAYS_H

#include "dispatch/core/core.h"
#include "geo/field.h"

struct travel;
struct travel_job;

enum way_kind { WAY_SCENE_HOSPITAL, WAY_STATION_ZONE, WAY_UNIT_STATION, WAY_KIND_COUNT };

struct way_end {
    uint64_t id;
    struct snap_query at;
};

/* Every `from` to every `to`. */
struct way_set {
    struct way_end *from, *to;
    uint32_t from_n, to_n;
    uint32_t *drive_s; /* [to * from_n + from]; WAY_NEVER: no road */
    uint8_t *source;   /* likewise; enum travel_source */
    bool wanted;       /* asked for since the last gathering */
    bool gathered;     /* part of the job, and not yet submitted */
};

#define WAY_NEVER UINT32_MAX

struct travel_ways {
    struct way_set set[WAY_KIND_COUNT];
    bool has_demand;       /* there is something to cover */
    bool reach_changed;    /* the loop's: stations or zones have, since the last job was gathered */
    bool reach_known;      /* the set of stations and zones is timed, on weights of this hash */
    uint64_t reach_hash;
    struct field field; /* where there is no hierarchy */
    bool has_field;
};

void travel_ways_init(struct travel_ways *ways);
void travel_ways_close(struct travel_ways *ways);

/* Whether this record asks for drives at once. */
bool travel_ways_applied(struct travel_ways *ways, const struct record *record);

/* While no job runs. */
void travel_ways_gather(struct travel *travel);
void travel_ways_submit(struct travel *travel);

/* In the worker, after the job's weights and metric are ready. */
void travel_ways_time(struct travel_job *job);
void travel_ways_time_set(struct travel_job *job, struct way_set *set);

/* A set of its owner's: room for so many ends, then for the drives between those there are. False
 * without memory, and it is empty. */
bool travel_ways_make(struct way_set *set, uint32_t from_max, uint32_t to_max);
bool travel_ways_make_results(struct way_set *set);
void travel_ways_empty(struct way_set *set);

/* Where an end stands still; where a unit was seen, or stands by. False: nowhere. */
struct snap_query travel_ways_standing(int32_t lat_e7, int32_t lon_e7);
bool travel_ways_place_unit(const struct travel *travel, const struct unit *unit,
                            struct way_end *end);

#endif
