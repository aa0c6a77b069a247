/* travel: driving times from usable units to open incidents, as integers for the core; and of units
 * with a patient to their hospital, for whoever waits there (travel_trip.h).
 *
 *   incident, unit, fix, closure ─► dirty ─► worker: weights, fields, ETAs ─► `propose` ─► core
 *
 * One worker job at a time owns weights and fields; the loop never waits for it. An event at an
 * incident starts a job at once, a moving unit at most every settle_ms. New weights (the hour, a
 * road condition) take effect by `activate_weights` before the proposal that used them.
 * All times are the pipeline's: with a driven clock settle_ms passes as it is driven, and whoever
 * drives it is answered only when no job is under way (travel_tick, idle_cb), so that a replay's
 * proposals do not depend on how fast this machine is.
 * A unit without a fix counts where its station is; a place off the roads, a fix older than
 * lost_fix_s or no road file at all gives crow-flight times, and the source says so.
 * Fields are served by the contraction hierarchy where its weights are at hand (travel_cch.h), else
 * by a Dijkstra: the times are the same.
 * Owner: the server. Thread: the loop's, but for the job. Units: seconds, ms.
 * Errors: -1 with a text in errmsg. Start here: travel_open, travel_touch. */
#ifndef TRAVEL_TRAVEL_H
#define TRAVEL_TRAVEL_H

#include "dispatch/ingest/track.h"
#include "dispatch/line/pipeline.h"
#include "dispatch/travel/travel_cch.h"
#include "dispatch/travel/travel_trip.h"
#include "dispatch/travel/travel_ways.h"
#include "dispatch/travel/zones.h"
#include "geo/grid.h"
#include "geo/road.h"
#include "geo/speeds.h"
#include "geo/weights.h"

enum { TRAVEL_FIELDS_MAX = 512, TRAVEL_UNITS_MAX = 4096, TRAVEL_CONDITIONS_MAX = 65536 };

struct travel_job; /* travel_job.c */

/* What was last known of one unit to one incident. */
struct travel_time {
    uint64_t incident, unit;
    uint32_t eta_s, age_s;
    enum travel_source source;
    struct snap_query from; /* where the unit was taken to be */
    bool offered;           /* a row of the proposal */
};

/* The township a free unit stands in, kept while it does not move. */
struct travel_stand {
    struct point at;
    uint64_t township; /* 0: none */
    bool known;
};

#define TRAVEL_NO_WAY UINT32_MAX

/* How soon each of the nearest free units is at each of n places; by the hierarchy only. */
struct travel_near {
    const struct point *at;
    uint32_t *eta_s; /* [n * each], soonest first; TRAVEL_NO_WAY: no more of them */
    uint32_t n, each;
    bool known; /* false: no hierarchy was at hand */
};

/* How soon the nearest free unit is at each of n streets. The asker's; the worker's meanwhile. */
struct travel_cover {
    const uint32_t *arc; /* originals of the main network */
    uint32_t *eta_s;     /* by street, or TRAVEL_NO_WAY */
    uint32_t n;
    struct travel_near near;
    uint64_t without; /* a station whose units are left out, or 0 */
    bool waiting;
    int64_t as_of_ms;
    uint32_t units, units_lost; /* counted; off the roads, or not heard of for lost_fix_s */
    void (*done_cb)(void *context, const char *error); /* never after travel_close */
    void *context;
};

/* The drives of a set (travel_ways.h), of its owner; the worker's meanwhile. */
struct travel_drives {
    struct way_set set;
    bool waiting;
    void (*done_cb)(void *context, const char *error); /* never after travel_close */
    void *context;
};

struct travel {
    struct pipeline *pipeline;
    struct track *track;
    uv_loop_t *loop;
    uv_timer_t timer;
    uv_work_t work;
    bool has_road, busy, dirty, urgent, closing, timer_closed, cch_closed;
    uint64_t condition_seq; /* counts changes of road conditions */
    int64_t last_ms;        /* when the last job began */
    struct road road;
    struct grid grid;
    struct speeds speeds;
    struct snap_config snap;
    struct travel_cch cch; /* where has_road */
    uint32_t settle_ms, lost_fix_s, candidates, crow_factor_pct, crow_speed_kmh, utc_offset_min;
    struct travel_job *job;
    struct travel_ways ways; /* what is asked beside the units' times */
    struct travel_time *time; /* of the last job, in order of (incident, unit) */
    uint32_t time_count;
    struct travel_trip *trip; /* of the last job; as they were at trip_ms */
    uint32_t trip_count;
    int64_t trip_ms;
    struct travel_cover *cover; /* asked for, or NULL */
    struct travel_drives *drives; /* asked for, or NULL */
    struct zones *zones;        /* borrowed; NULL: nothing is known of townships */
    struct travel_stand *stand; /* by place in the job */
    bool leaves_out;            /* more units or incidents than are asked about */
    void (*idle_cb)(void *context); /* a job has ended and no other follows; may be NULL */
    void *context;
    void (*closed_cb)(void *context);
    void *closed_context;
    char errmsg[ERRMSG_MAX];
};

/* Without a road file has_road is false and everything is crow-flight. A damaged one is an error.
 */
int travel_open(struct travel *travel, const struct config *config, uv_loop_t *loop,
                struct pipeline *pipeline, struct track *track);
void travel_close(struct travel *travel, void (*closed_cb)(void *context), void *context);

/* What the configuration may change at run time. */
void travel_reload(struct travel *travel, const struct config *config);

/* Starts the job that is due, if one is. Whether one is under way. */
bool travel_tick(struct travel *travel);

/* A record was applied: does it change who can be where? */
void travel_applied(struct travel *travel, const struct record *record);

/* A unit moved. */
void travel_moved(struct travel *travel);

/* The last travel time of this unit to this incident, or NULL. */
const struct travel_time *travel_find(const struct travel *travel, uint64_t incident,
                                      uint64_t unit);

/* Answered after what is urgent. One at a time; needs roads. */
void travel_cover(struct travel *travel, struct travel_cover *cover);

/* Answered after all else, by hierarchy or crow-flight: while there are roads and no hierarchy, the
 * answer is an error. One at a time. */
void travel_drives(struct travel *travel, struct travel_drives *drives);

/* What works out the times: "hierarchy", "dijkstra" or "crow"; why it is no hierarchy, or "". */
const char *travel_engine(const struct travel *travel);
const char *travel_engine_why(const struct travel *travel);

#endif
