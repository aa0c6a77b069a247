#include "dispatch/travel/travel_ways.h"

#include <stdlib.h>
#include <string.h>

#include "dispatch/core/step.h"
#include "dispatch/travel/travel_job.h"
#include "geo/eta.h"

enum {
    WAY_SCENES_MAX = 256,
    WAY_HOSPITALS_MAX = 128,
    WAY_STATIONS_MAX = 512,
    WAY_ZONES_MAX = 2048,
    WAY_UNITS_MAX = 512,
};

void travel_ways_init(struct travel_ways *ways)
{
    memset(ways, 0, sizeof(*ways));
    for (int kind = 0; kind < WAY_KIND_COUNT; kind++)
        ways->set[kind].wanted = true; /* what was open before the restart is asked again */
}

void travel_ways_empty(struct way_set *set)
{
    free(set->from);
    free(set->to);
    free(set->drive_s);
    free(set->source);
    *set = (struct way_set){.wanted = set->wanted, .gathered = set->gathered};
}

void travel_ways_close(struct travel_ways *ways)
{
    for (int kind = 0; kind < WAY_KIND_COUNT; kind++)
        travel_ways_empty(&ways->set[kind]);
    if (ways->has_field)
        field_close(&ways->field);
}

/* --- what is asked --- */

/* Who is free, or what is to cover, has changed. */
static bool changes_cover(struct travel_ways *ways, const struct fact *fact)
{
    switch (fact->kind) {
    case FACT_STEP_REACHED:
        return step_is_over(fact->step_reached.step);
    case FACT_UNIT_RESERVED:
    case FACT_DUTY_SET:
    case FACT_UNIT_MOVED:
        return true;
    case FACT_DEMAND_SET:
        ways->has_demand = true;
        ways->reach_changed = true;
        return true;
    case FACT_STATION_DEFINED:
        ways->reach_changed = true;
        return true;
    default:
        return false;
    }
}

bool travel_ways_applied(struct travel_ways *ways, const struct record *record)
{
    bool asked = false;
    for (uint32_t i = 0; i < record->fact_count; i++)
        if (changes_cover(ways, &record->fact[i]) && ways->has_demand)
            ways->set[WAY_UNIT_STATION].wanted = asked = true;
    for (uint32_t i = 0; i < record->fact_count; i++) {
        switch (record->fact[i].kind) {
        case FACT_STEP_REACHED:
        case FACT_INCIDENT_PLACED:
        case FACT_INCIDENT_GRADED:
        case FACT_INCIDENT_REGRADED:
        case FACT_SCENE_GRADED:
        case FACT_VITALS_RECORDED:
        case FACT_HOSPITAL_DEFINED:
        case FACT_HOSPITAL_STATUS_SET:
        case FACT_HOSPITAL_CAPACITY_SET:
        case FACT_MASS_CASUALTY_DECLARED:
            ways->set[WAY_SCENE_HOSPITAL].wanted = asked = true;
            break;
        default:
            break;
        }
    }
    return asked;
}

struct snap_query travel_ways_standing(int32_t lat_e7, int32_t lon_e7)
{
    return (struct snap_query){{lat_e7, lon_e7}, COURSE_UNKNOWN, 0};
}

/* Ends for `max` of each; false without memory. */
bool travel_ways_make(struct way_set *set, uint32_t from_max, uint32_t to_max)
{
    travel_ways_empty(set);
    set->from = calloc(from_max + 1, sizeof(*set->from));
    set->to = calloc(to_max + 1, sizeof(*set->to));
    return set->from && set->to;
}

static void gather_scenes(const struct state *state, struct way_set *set)
{
    EACH (state, INCIDENT, incident, it)
        if (set->from_n < WAY_SCENES_MAX && core_wants_hospital(state, it))
            set->from[set->from_n++] =
                (struct way_end){it->incident.v, travel_ways_standing(it->lat_e7, it->lon_e7)};
    EACH (state, HOSPITAL, hospital, it)
        if (set->to_n < WAY_HOSPITALS_MAX)
            set->to[set->to_n++] =
                (struct way_end){it->hospital.v, travel_ways_standing(it->lat_e7, it->lon_e7)};
}

bool travel_ways_make_results(struct way_set *set)
{
    size_t n = (size_t)set->from_n * set->to_n;
    set->drive_s = calloc(n + 1, sizeof(*set->drive_s));
    set->source = calloc(n + 1, sizeof(*set->source));
    if (!set->drive_s || !set->source)
        set->from_n = set->to_n = 0;
    return set->drive_s && set->source;
}

static bool is_asked(struct way_set *set)
{
    set->gathered = set->wanted || set->gathered; /* again, when the job before this one failed */
    set->wanted = false;
    return set->gathered;
}

static bool gather_reach(const struct state *state, struct way_set *set)
{
    if (!travel_ways_make(set, WAY_STATIONS_MAX, WAY_ZONES_MAX))
        return false;
    EACH (state, STATION, station, it)
        if (set->from_n < WAY_STATIONS_MAX)
            set->from[set->from_n++] =
                (struct way_end){it->station.v, travel_ways_standing(it->lat_e7, it->lon_e7)};
    EACH (state, ZONE_NAME, zone_name, it)
        if (set->to_n < WAY_ZONES_MAX && it->calls_a_week)
            set->to[set->to_n++] =
                (struct way_end){it->zone.v, travel_ways_standing(it->lat_e7, it->lon_e7)};
    travel_ways_make_results(set);
    return set->to_n > 0;
}

/* Where it was seen, or where it stands by. */
bool travel_ways_place_unit(const struct travel *t, const struct unit *unit, struct way_end *end)
{
    const struct state *state = &t->pipeline->core.state;
    const struct track_unit *seen = track_get(t->track, unit->unit.v);
    const struct station *at =
        state_station(state, unit->post.v ? unit->post.v : unit->station.v);
    int64_t age_ms = seen ? pipeline_now_ms(t->pipeline) - seen->live.at_ms : 0;
    end->id = unit->unit.v;
    if (seen && seen->has_live && age_ms <= t->lost_fix_s * INT64_C(1000)) {
        end->at = travel_ways_standing(seen->live.lat_e7, seen->live.lon_e7);
        if (seen->live.course_deg != UINT16_MAX && seen->live.speed_dkmh != UINT16_MAX) {
            end->at.course_deg = seen->live.course_deg;
            end->at.speed_kmh = seen->live.speed_dkmh / 10;
        }
        return true;
    }
    if (at)
        end->at = travel_ways_standing(at->lat_e7, at->lon_e7);
    return at != NULL;
}

static void gather_units(const struct travel *t, struct way_set *set)
{
    const struct state *state = &t->pipeline->core.state;
    if (!travel_ways_make(set, WAY_UNITS_MAX, WAY_STATIONS_MAX))
        return;
    EACH (state, UNIT, unit, it)
        if (set->from_n < WAY_UNITS_MAX && core_unit_is_free(it))
            set->from_n += travel_ways_place_unit(t, it, &set->from[set->from_n]);
    EACH (state, STATION, station, it)
        if (set->to_n < WAY_STATIONS_MAX)
            set->to[set->to_n++] =
                (struct way_end){it->station.v, travel_ways_standing(it->lat_e7, it->lon_e7)};
    travel_ways_make_results(set);
}

void travel_ways_gather(struct travel *t)
{
    const struct state *state = &t->pipeline->core.state;
    struct way_set *set = t->ways.set;
    if (is_asked(&set[WAY_SCENE_HOSPITAL]) &&
        travel_ways_make(&set[WAY_SCENE_HOSPITAL], WAY_SCENES_MAX, WAY_HOSPITALS_MAX)) {
        gather_scenes(state, &set[WAY_SCENE_HOSPITAL]);
        travel_ways_make_results(&set[WAY_SCENE_HOSPITAL]);
    }
    if (!is_asked(&set[WAY_UNIT_STATION]))
        return;
    if (t->ways.reach_changed)
        t->ways.reach_known = t->ways.reach_changed = false;
    if (!t->ways.reach_known)
        t->ways.has_demand = gather_reach(state, &set[WAY_STATION_ZONE]);
    set[WAY_STATION_ZONE].gathered = set[WAY_UNIT_STATION].gathered = t->ways.has_demand;
    if (t->ways.has_demand)
        gather_units(t, &set[WAY_UNIT_STATION]);
}

/* --- in the worker --- */

/* The field to this place; NULL: it stands off the roads. */
static struct field *field_to(struct travel_job *job, struct point at)
{
    struct travel_ways *ways = job->ways;
    const struct travel *t = job->travel;
    struct snap target[2];
    size_t n = t->has_road ? grid_place(&t->grid, &t->snap, at, target) : 0;
    if (n == 0)
        return NULL;
    if (job->metric) {
        field_open_cch(&job->cch_field, &job->metric->metric, target, n);
        return &job->cch_field;
    }
    if (!ways->has_field)
        ways->has_field = field_init(&ways->field, &t->road) == 0;
    if (!ways->has_field)
        return NULL;
    field_open(&ways->field, &job->weights, target, n);
    return &ways->field;
}

struct snapped {
    struct snap snap[TRAVEL_SNAPS];
    size_t n;
};

static void time_one(const struct travel_job *job, struct way_set *set, uint32_t to, uint32_t from,
                     struct field *field, const struct snapped *snapped)
{
    size_t at = (size_t)to * set->from_n + from;
    uint32_t ms;
    if (field && snapped->n) {
        bool reached = field_eta_best(field, snapped->snap, snapped->n, &ms, NULL);
        set->drive_s[at] = reached ? (ms + 999) / 1000 : WAY_NEVER;
        set->source[at] = SOURCE_ROAD;
    } else {
        set->drive_s[at] = crow_eta_s(set->from[from].at.at, set->to[to].at.at,
                                      job->crow_factor_pct, job->crow_speed_kmh);
        set->source[at] = SOURCE_CROW;
    }
}

void travel_ways_time_set(struct travel_job *job, struct way_set *set)
{
    const struct travel *t = job->travel;
    struct snapped *snapped = calloc(set->from_n + 1, sizeof(*snapped));
    if (!snapped) {
        set->from_n = 0;
        return;
    }
    for (uint32_t i = 0; t->has_road && i < set->from_n; i++)
        snapped[i].n =
            (size_t)grid_snap(&t->grid, &t->snap, &set->from[i].at, snapped[i].snap, TRAVEL_SNAPS);
    for (uint32_t to = 0; to < set->to_n && set->from_n; to++) {
        struct field *field = field_to(job, set->to[to].at.at);
        for (uint32_t from = 0; from < set->from_n; from++)
            time_one(job, set, to, from, field, &snapped[from]);
    }
    free(snapped);
}

void travel_ways_time(struct travel_job *job)
{
    struct travel_ways *ways = job->ways;
    bool known = ways->reach_known && ways->reach_hash == job->weights.hash;
    for (int kind = 0; kind < WAY_KIND_COUNT; kind++)
        if (ways->set[kind].gathered && !(kind == WAY_STATION_ZONE && known))
            travel_ways_time_set(job, &ways->set[kind]);
    if (ways->set[WAY_STATION_ZONE].gathered) {
        ways->reach_known = true;
        ways->reach_hash = job->weights.hash;
    }
}

/* --- what the core is told --- */

/* The columns of one set, where there is a way. */
struct way_columns {
    uint64_t *from, *to;
    uint32_t *drive_s, *source, n;
};

static bool make_columns(struct way_columns *c, const struct way_set *set)
{
    size_t n = (size_t)set->from_n * set->to_n + 1;
    uint64_t *wide = calloc(n, 2 * sizeof(uint64_t) + 2 * sizeof(uint32_t));
    if (!wide)
        return false;
    uint32_t *narrow = (uint32_t *)(wide + 2 * n);
    *c = (struct way_columns){wide, wide + n, narrow, narrow + n, 0};
    for (uint32_t from = 0; from < set->from_n; from++)
        for (uint32_t to = 0; to < set->to_n; to++) {
            size_t at = (size_t)to * set->from_n + from;
            if (set->drive_s[at] == WAY_NEVER)
                continue;
            c->from[c->n] = set->from[from].id;
            c->to[c->n] = set->to[to].id;
            c->drive_s[c->n] = set->drive_s[at];
            c->source[c->n++] = set->source[at];
        }
    return true;
}

static void submit_hospitals(struct travel *t, const struct way_columns *c)
{
    struct command command = {.kind = COMMAND_PROPOSE_HOSPITALS};
    struct propose_hospitals *p = &command.propose_hospitals;
    p->weights_epoch = t->pipeline->core.state.head->weights_epoch;
    p->incident = (struct u64s){c->from, c->n};
    p->hospital = (struct u64s){c->to, c->n};
    p->drive_s = (struct u32s){c->drive_s, c->n};
    p->source = (struct u32s){c->source, c->n};
    pipeline_submit_own(t->pipeline, &command);
}

static void submit_moves(struct travel *t, const struct way_columns *reach,
                         const struct way_columns *units)
{
    struct command command = {.kind = COMMAND_PROPOSE_MOVES};
    struct propose_moves *p = &command.propose_moves;
    p->weights_epoch = t->pipeline->core.state.head->weights_epoch;
    p->reach_from = (struct u64s){reach->from, reach->n};
    p->reach_zone = (struct u64s){reach->to, reach->n};
    p->reach_s = (struct u32s){reach->drive_s, reach->n};
    p->unit = (struct u64s){units->from, units->n};
    p->to = (struct u64s){units->to, units->n};
    p->drive_s = (struct u32s){units->drive_s, units->n};
    p->source = (struct u32s){units->source, units->n};
    pipeline_submit_own(t->pipeline, &command);
}

static void take_hospitals(struct travel *t)
{
    struct way_set *set = &t->ways.set[WAY_SCENE_HOSPITAL];
    struct way_columns columns;
    set->gathered = false;
    if (set->from_n && set->to_n && make_columns(&columns, set)) {
        submit_hospitals(t, &columns);
        free(columns.from); /* the block */
    }
    travel_ways_empty(set);
}

/* What stations reach is kept for the next time. */
static void take_moves(struct travel *t)
{
    struct way_set *reach = &t->ways.set[WAY_STATION_ZONE];
    struct way_set *units = &t->ways.set[WAY_UNIT_STATION];
    struct way_columns from_stations, from_units;
    reach->gathered = units->gathered = false;
    if (units->from_n && make_columns(&from_stations, reach)) {
        if (make_columns(&from_units, units)) {
            submit_moves(t, &from_stations, &from_units);
            free(from_units.from);
        }
        free(from_stations.from);
    }
    travel_ways_empty(units);
}

void travel_ways_submit(struct travel *t)
{
    if (t->ways.set[WAY_SCENE_HOSPITAL].gathered)
        take_hospitals(t);
    if (t->ways.set[WAY_UNIT_STATION].gathered)
        take_moves(t);
}
