#include "dispatch/opinion/opinion_scene.h"

#include <stdlib.h>
#include <string.h>

#include "dispatch/base/os.h"
#include "dispatch/core/learned.h"
#include "dispatch/core/ready.h"

enum { DRIVES_MAX = 1 << 18, SLOTS_MAX = 256 };

/* --- places --- */

static void put_place(struct scene *s, uint64_t id, int32_t lat_e7, int32_t lon_e7)
{
    struct way_set *set = &s->drives.set;
    set->to[set->to_n++] = (struct way_end){id, travel_ways_standing(lat_e7, lon_e7)};
}

static void gather_zones(struct scene *s, const struct state *state)
{
    EACH (state, ZONE_NAME, zone_name, it) {
        if (it->calls_a_week == 0)
            continue;
        s->calls_a_week[s->rollout.zone_n++] = it->calls_a_week;
        put_place(s, it->zone.v, it->lat_e7, it->lon_e7);
    }
}

/* Those that take patients now. */
static void gather_hospitals(struct scene *s, const struct state *state)
{
    EACH (state, HOSPITAL, hospital, it) {
        if (it->status == HOSPITAL_DIVERT || it->status == HOSPITAL_CLOSED)
            continue;
        s->rollout.hospital_n++;
        put_place(s, it->hospital.v, it->lat_e7, it->lon_e7);
    }
}

static void gather_incidents(struct scene *s, const struct state *state, int64_t now_ms)
{
    EACH (state, INCIDENT, incident, it) {
        if (it->state != INCIDENT_OPEN || !it->has_place || it->first.v)
            continue;
        s->open[s->rollout.incident_n++] =
            (struct rollout_incident){.place = s->drives.set.to_n,
                                      .grade = it->grade,
                                      .waited_ms =
                                          now_ms > it->opened_ms ? now_ms - it->opened_ms : 0};
        put_place(s, it->incident.v, it->lat_e7, it->lon_e7);
    }
}

static void gather_places(struct scene *s, const struct state *state, int64_t now_ms)
{
    struct way_set *set = &s->drives.set;
    gather_zones(s, state);
    EACH (state, STATION, station, it) {
        s->rollout.station_n++;
        put_place(s, it->station.v, it->lat_e7, it->lon_e7);
    }
    gather_hospitals(s, state);
    gather_incidents(s, state, now_ms);
    memcpy(set->from, set->to, set->to_n * sizeof(*set->to));
    set->from_n = set->to_n;
}

/* The place of this id among n from `first`, which stand in order of id, or ROLLOUT_NOWHERE. */
static uint32_t place_of(const struct scene *s, uint32_t first, uint32_t n, uint64_t id)
{
    const struct way_end *to = s->drives.set.to;
    uint32_t low = first, high = first + n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (to[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < first + n && to[low].id == id ? low : ROLLOUT_NOWHERE;
}

static uint32_t station_of(const struct scene *s, uint64_t id)
{
    return place_of(s, s->rollout.zone_n, s->rollout.station_n, id);
}

static uint32_t hospital_of(const struct scene *s, uint64_t id)
{
    return place_of(s, s->rollout.zone_n + s->rollout.station_n, s->rollout.hospital_n, id);
}

static uint32_t first_incident(const struct scene *s)
{
    return s->rollout.zone_n + s->rollout.station_n + s->rollout.hospital_n;
}

/* Its number in the list of open ones, or ROLLOUT_NOWHERE. */
static uint32_t incident_of(const struct scene *s, uint64_t id)
{
    uint32_t place = place_of(s, first_incident(s), s->rollout.incident_n, id);
    return place == ROLLOUT_NOWHERE ? place : place - first_incident(s);
}

/* --- units --- */

static void add_unit(struct scene *s, const struct opinion *o, const struct unit *unit,
                     enum ready ready)
{
    const struct core *core = &o->pipeline->core;
    const struct assignment *task = state_assignment(&core->state, unit->assignment.v);
    struct way_set *set = &s->drives.set;
    if (!travel_ways_place_unit(o->travel, unit, &set->from[set->from_n]))
        return;
    uint32_t hospital = ready == READY_BUSY ? hospital_of(s, task->hospital.v) : ROLLOUT_NOWHERE;
    s->unit[s->rollout.unit_n++] = (struct rollout_unit){
        .capabilities = unit->capabilities,
        .home = station_of(s, unit->post.v ? unit->post.v : unit->station.v),
        .from = hospital == ROLLOUT_NOWHERE ? set->from_n : hospital,
        .free_in_ms = ready_in_ms(core, unit, pipeline_now_ms(o->pipeline)),
        .to = ready == READY_ON_WAY ? incident_of(s, task->incident.v) : ROLLOUT_NOWHERE};
    set->from_n++;
}

static void gather_units(struct scene *s, const struct opinion *o)
{
    const struct state *state = &o->pipeline->core.state;
    EACH (state, UNIT, unit, it) {
        enum ready ready = ready_state(state, it);
        if (ready != READY_TAKEN)
            add_unit(s, o, it, ready);
    }
}

/* --- who waits --- */

/* The open incident a task is for, or ROLLOUT_NOWHERE. */
static uint32_t incident_of_task(const struct scene *s, const struct state *state, uint64_t task)
{
    const struct assignment *assignment = task ? state_assignment(state, task) : NULL;
    return assignment ? incident_of(s, assignment->incident.v) : ROLLOUT_NOWHERE;
}

static void count_units(struct scene *s, const struct state *state)
{
    EACH (state, UNIT, unit, it) {
        uint32_t now = incident_of_task(s, state, it->assignment.v);
        uint32_t next = incident_of_task(s, state, it->next.v);
        if (now != ROLLOUT_NOWHERE)
            s->units_on[now]++;
        if (next != ROLLOUT_NOWHERE && next != now)
            s->units_on[next]++;
    }
}

static void add_slots(struct scene *s, const struct state *state, uint32_t number)
{
    uint64_t id = s->drives.set.to[first_incident(s) + number].id;
    const struct incident *incident = state_incident(state, id);
    uint32_t wanted = incident->plan.n ? incident->slot_capabilities.n : 1;
    uint32_t n = s->units_on[number];
    if (n == 0 && incident->waiting_ms == 0)
        return;
    for (; n < wanted && s->rollout.slot_n < SLOTS_MAX; n++)
        s->slot[s->rollout.slot_n++] = (struct rollout_slot){
            number, n < incident->slot_capabilities.n ? incident->slot_capabilities.v[n] : 0};
}

/* Its own first. */
static void gather_slots(struct scene *s, const struct state *state)
{
    uint32_t asked = incident_of(s, s->incident);
    if (asked == ROLLOUT_NOWHERE)
        return;
    count_units(s, state);
    add_slots(s, state, asked);
    for (uint32_t i = 0; i < s->rollout.incident_n; i++)
        if (i != asked)
            add_slots(s, state, i);
}

/* --- the choice --- */

static void add_candidate(struct scene *s, const struct opinion *o, uint64_t unit)
{
    const struct way_set *set = &s->drives.set;
    uint32_t first = rollout_places(&s->rollout), n = s->rollout.candidate_n;
    for (uint32_t i = 0; i < n; i++)
        if (s->candidate[i] == unit)
            return;
    for (uint32_t u = 0; u < s->rollout.unit_n && n < o->candidates; u++)
        if (set->from[first + u].id == unit) {
            s->candidate[n] = unit;
            s->rollout.candidate[s->rollout.candidate_n++] = u;
            return;
        }
}

/* The recommended one, then the rows that can serve. */
static void gather_candidates(struct scene *s, const struct opinion *o,
                              const struct incident *asked)
{
    add_candidate(s, o, asked->slot_unit.v[0]);
    for (uint32_t i = 0; s->rollout.candidate_n && i < asked->row_unit.n; i++)
        if (asked->row_why.v[i] != WHY_CAPABILITY)
            add_candidate(s, o, asked->row_unit.v[i]);
}

/* Somebody is recommended for a place that nobody has, and nothing is known of it yet. */
static bool is_open_choice(const struct opinion *o, const struct incident *it)
{
    return it && it->state == INCIDENT_OPEN && it->has_place && it->grade >= o->first_grade &&
           it->grade < PLAN_GRADES && it->slot_unit.n && it->slot_unit.v[0] &&
           (it->slot_held.n == 0 || it->slot_held.v[0] == 0) && it->opinion_unit.n == 0 &&
           it->row_unit.n > 1;
}

/* --- all of it --- */

static void set_times(struct scene *s, const struct core *core)
{
    const struct policy *p = &core->policy;
    struct rollout *r = &s->rollout;
    r->chute_station_ms = p->chute_s_station * INT64_C(1000);
    r->chute_mobile_ms = p->chute_s_mobile * INT64_C(1000);
    r->scene_ms = learned_mean(core, LEARNED_SCENE, p->scene_s) * 1000;
    r->handover_ms = learned_mean(core, LEARNED_HANDOVER, p->handover_s) * 1000;
    r->clear_ms = learned_mean(core, LEARNED_CLEAR, p->clear_s) * 1000;
    r->carried_permille = (uint32_t)learned_mean(core, LEARNED_CARRIED, p->transport_permille);
}

static void count_grades(struct scene *s, const struct state *state)
{
    for (uint32_t grade = 1; grade <= 4; grade++)
        s->rollout.grade_share[grade] = 1;
    EACH (state, INCIDENT, incident, it)
        if (it->grade && it->grade < PLAN_GRADES)
            s->rollout.grade_share[it->grade]++;
}

static bool make_room(struct scene *s, const struct state *state)
{
    uint32_t zones = state->table[OBJECT_ZONE_NAME].count;
    uint32_t incidents = state->table[OBJECT_INCIDENT].count;
    uint32_t units = state->table[OBJECT_UNIT].count;
    uint32_t places = zones + incidents + state->table[OBJECT_STATION].count +
                      state->table[OBJECT_HOSPITAL].count;
    s->calls_a_week = calloc(zones + 1, sizeof(*s->calls_a_week));
    s->open = calloc(incidents + 1, sizeof(*s->open));
    s->unit = calloc(units + 1, sizeof(*s->unit));
    s->slot = calloc(SLOTS_MAX, sizeof(*s->slot));
    s->units_on = calloc(incidents + 1, sizeof(*s->units_on));
    return s->calls_a_week && s->open && s->unit && s->slot && s->units_on &&
           travel_ways_make(&s->drives.set, places + units, places);
}

static void point_rollout(struct scene *s, const struct opinion *o)
{
    struct rollout *r = &s->rollout;
    r->rules = &s->rules;
    r->calls_a_week = s->calls_a_week;
    r->drive_s = s->drives.set.drive_s;
    r->incident = s->open;
    r->unit = s->unit;
    r->slot = s->slot;
    r->horizon_ms = o->horizon_s * INT64_C(1000);
    r->futures = o->futures;
    r->given_up = &o->given_up;
    r->seed = s->about_seq;
}

static bool gather(struct scene *s, const struct opinion *o, const struct incident *asked,
                   bool *too_large)
{
    const struct core *core = &o->pipeline->core;
    const struct state *state = &core->state;
    struct way_set *set = &s->drives.set;
    s->incident = asked->incident.v;
    s->about_seq = asked->offered_seq;
    s->grade = asked->grade;
    s->rules = core_plan_rules(&core->policy);
    gather_places(s, state, pipeline_now_ms(o->pipeline));
    gather_units(s, o);
    *too_large = (size_t)set->from_n * set->to_n > DRIVES_MAX;
    if (*too_large)
        return false;
    gather_slots(s, state);
    gather_candidates(s, o, asked);
    set_times(s, core);
    count_grades(s, state);
    bool asks = s->rollout.zone_n && s->rollout.slot_n && s->rollout.candidate_n > 1 &&
                s->slot[0].incident == incident_of(s, s->incident);
    if (!asks || !travel_ways_make_results(set))
        return false;
    point_rollout(s, o);
    return true;
}

struct scene *scene_make(const struct opinion *o, uint64_t incident, bool *too_large)
{
    const struct state *state = &o->pipeline->core.state;
    const struct incident *asked = state_incident(state, incident);
    struct scene *s = is_open_choice(o, asked) ? calloc(1, sizeof(*s)) : NULL;
    if (s && make_room(s, state) && gather(s, o, asked, too_large))
        return s;
    scene_free(s);
    return NULL;
}

void scene_free(struct scene *s)
{
    if (!s)
        return;
    travel_ways_empty(&s->drives.set);
    free(s->calls_a_week);
    free(s->open);
    free(s->unit);
    free(s->slot);
    free(s->units_on);
    free(s);
}

void scene_play(struct scene *s)
{
    uint64_t start_ns = os_mono_ns();
    s->played = rollout_play(&s->rollout, s->cost);
    s->took_us = (os_mono_ns() - start_ns) / 1000;
}
