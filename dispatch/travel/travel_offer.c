#include "dispatch/travel/travel_offer.h"

#include <stdlib.h>
#include <string.h>

#include "dispatch/base/log.h"
#include "dispatch/core/ready.h"
#include "dispatch/core/step.h"
#include "dispatch/travel/travel_job.h"

static const struct core *core_of(const struct travel *t)
{
    return &t->pipeline->core;
}

/* --- incidents --- */

/* An open incident with a place, and who is on it. */
struct asking {
    const struct incident *incident;
    uint32_t active, on_way;
};

static uint32_t slots_wanted(const struct incident *incident)
{
    uint32_t n = incident->plan.n ? incident->slot_capabilities.n : 1;
    return n < TRAVEL_SLOTS_MAX ? n : TRAVEL_SLOTS_MAX;
}

static struct asking *find_asking(struct asking *asking, uint32_t n, uint64_t incident)
{
    uint32_t low = 0, high = n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (asking[middle].incident->incident.v < incident)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && asking[low].incident->incident.v == incident ? &asking[low] : NULL;
}

static void count_task(const struct state *state, struct asking *asking, uint32_t n, uint64_t id)
{
    const struct assignment *task = id ? state_assignment(state, id) : NULL;
    struct asking *of = task ? find_asking(asking, n, task->incident.v) : NULL;
    if (!of)
        return;
    of->active++;
    of->on_way += task->step < STEP_AT_SCENE;
}

/* It waits, wants one more, or may yet get another than the one on its way. */
static bool wants_units(const struct asking *a)
{
    if (a->active == 0)
        return a->incident->waiting_ms != 0 && slots_wanted(a->incident) > 0;
    return a->on_way > 0 || a->active < slots_wanted(a->incident);
}

static void add_incident(struct travel_job *job, const struct incident *incident)
{
    if (job->incident_count == TRAVEL_FIELDS_MAX) {
        job->incidents_left_out++;
        return;
    }
    struct travel_target *target = &job->target[job->incident_count++];
    *target = (struct travel_target){.id = incident->incident.v,
                                     .at = {incident->lat_e7, incident->lon_e7},
                                     .slot_n = slots_wanted(incident)};
    for (uint32_t i = 0; i < target->slot_n && i < incident->slot_capabilities.n; i++)
        target->wanted[i] = incident->slot_capabilities.v[i];
    job->slot_count += target->slot_n;
}

/* The most urgent first where there are more than fields. */
static void add_incidents(struct travel_job *job, const struct asking *asking, uint32_t n)
{
    static const uint32_t order[] = {1, 0, 2, 3, 4, 5};
    uint32_t wanting = 0;
    for (uint32_t i = 0; i < n; i++)
        wanting += wants_units(&asking[i]);
    for (int g = 0; g <= GRADE_MAX; g++)
        for (uint32_t i = 0; i < n; i++)
            if (wants_units(&asking[i]) &&
                (wanting <= TRAVEL_FIELDS_MAX ? g == 0 : asking[i].incident->grade == order[g]))
                add_incident(job, asking[i].incident);
}

static void gather_incidents(struct travel *t)
{
    const struct state *state = &core_of(t)->state;
    struct travel_job *job = t->job;
    struct asking *asking = calloc(state->table[OBJECT_INCIDENT].count + 1, sizeof(*asking));
    uint32_t n = 0;
    if (!asking)
        return; /* again with the next event */
    EACH (state, INCIDENT, incident, it)
        if (it->state == INCIDENT_OPEN && it->has_place && !it->first.v)
            asking[n++].incident = it;
    EACH (state, UNIT, unit, it) {
        count_task(state, asking, n, it->assignment.v);
        count_task(state, asking, n, it->next.v);
    }
    add_incidents(job, asking, n);
    free(asking);
}

/* --- units --- */

/* From its own fix; else from its station, and then its age says that nobody has seen it. */
static bool place_now(const struct travel *t, const struct unit *unit, int64_t now_ms,
                      struct travel_unit *out)
{
    const struct track_unit *seen = track_get(t->track, unit->unit.v);
    const struct station *station = state_station(&core_of(t)->state, unit->station.v);
    if (seen && seen->has_live) {
        const struct fix *fix = &seen->live;
        int64_t age_ms = now_ms > fix->at_ms ? now_ms - fix->at_ms : 0;
        out->at.at = (struct point){fix->lat_e7, fix->lon_e7};
        out->at.course_deg = fix->course_deg == UINT16_MAX ? COURSE_UNKNOWN : fix->course_deg;
        out->at.speed_kmh = fix->speed_dkmh == UINT16_MAX ? 0 : fix->speed_dkmh / 10;
        out->age_s = (uint32_t)(age_ms / 1000);
        out->on_road = out->age_s <= t->lost_fix_s;
        return true;
    }
    if (!station)
        return false;
    out->at = (struct snap_query){{station->lat_e7, station->lon_e7}, COURSE_UNKNOWN, 0};
    out->age_s = t->lost_fix_s;
    out->on_road = true;
    return true;
}

/* Where a busy unit will be free: at its hospital, as far as that is known, else where it is. */
static bool place_later(const struct travel *t, const struct unit *unit, int64_t now_ms,
                        struct travel_unit *out)
{
    const struct state *state = &core_of(t)->state;
    const struct assignment *task = state_assignment(state, unit->assignment.v);
    const struct hospital *hospital = state_hospital(state, task->hospital.v);
    if (!hospital)
        return place_now(t, unit, now_ms, out);
    out->at = (struct snap_query){{hospital->lat_e7, hospital->lon_e7}, COURSE_UNKNOWN, 0};
    out->age_s = 0;
    out->on_road = true;
    return true;
}

static uint64_t incident_ahead(const struct state *state, const struct unit *unit, enum ready ready)
{
    uint64_t id = ready == READY_ON_WAY ? unit->assignment.v : unit->next.v;
    const struct assignment *to = id ? state_assignment(state, id) : NULL;
    return to ? to->incident.v : 0;
}

static void add_unit(struct travel *t, const struct unit *unit, enum ready ready)
{
    const struct core *core = core_of(t);
    struct travel_job *job = t->job;
    int64_t now_ms = pipeline_now_ms(t->pipeline);
    if (job->unit_count == TRAVEL_UNITS_MAX) {
        job->units_left_out++;
        return;
    }
    struct travel_unit *out = &job->unit[job->unit_count];
    *out = (struct travel_unit){
        .unit = unit->unit.v,
        .station = unit->station.v,
        .capabilities = unit->capabilities,
        .ready = ready,
        .ready_s =
            (uint32_t)((ready_in_ms(core, unit, now_ms) + ready_chute_ms(core, unit)) / 1000),
        .to = incident_ahead(&core->state, unit, ready)};
    job->unit_count +=
        ready == READY_BUSY ? place_later(t, unit, now_ms, out) : place_now(t, unit, now_ms, out);
}

static void gather_units(struct travel *t, bool free_only)
{
    const struct state *state = &core_of(t)->state;
    EACH (state, UNIT, unit, it) {
        enum ready ready = ready_state(state, it);
        if (ready == READY_FREE || (ready != READY_TAKEN && !free_only))
            add_unit(t, it, ready);
    }
}

static void tell_left_out(struct travel *t)
{
    const struct travel_job *job = t->job;
    bool any = job->units_left_out || job->incidents_left_out;
    metrics_set(t->pipeline->metrics, METRIC_UNITS_LEFT_OUT, job->units_left_out);
    metrics_set(t->pipeline->metrics, METRIC_INCIDENTS_LEFT_OUT, job->incidents_left_out);
    if (any && !t->leaves_out)
        log_warn("travel-left-out", "units=%u incidents=%u", job->units_left_out,
                 job->incidents_left_out);
    t->leaves_out = any;
}

void travel_offer_gather(struct travel *t, bool free_only)
{
    struct travel_job *job = t->job;
    job->incident_count = job->target_count = job->slot_count = job->unit_count = 0;
    job->units_left_out = job->incidents_left_out = 0;
    if (!free_only)
        gather_incidents(t);
    job->target_count = job->incident_count;
    gather_units(t, free_only);
    if (!free_only)
        tell_left_out(t);
}

/* --- which times become rows --- */

/* A time of one incident, with the unit it is of. */
struct choice {
    struct travel_time *time;
    const struct travel_unit *unit;
    uint32_t arrives_s;
};

static int by_arrival(const void *a, const void *b)
{
    const struct choice *x = a, *y = b;
    if (x->arrives_s != y->arrives_s)
        return x->arrives_s < y->arrives_s ? -1 : 1;
    return x->unit->unit < y->unit->unit ? -1 : x->unit->unit > y->unit->unit;
}

/* Whether a slot that this unit can serve still wants it; it then counts for all such slots. */
static bool serves_a_slot(const struct travel_target *to, const struct travel_unit *unit,
                          uint32_t *taken, uint32_t most)
{
    bool serves = false;
    for (uint32_t i = 0; i < to->slot_n; i++)
        if ((to->wanted[i] & ~unit->capabilities) == 0 && taken[i] < most) {
            taken[i]++;
            serves = true;
        }
    return serves;
}

static void choose_of(const struct travel_job *job, const struct travel_target *to,
                      const struct choice *choice, uint32_t n)
{
    uint32_t nearest = job->travel->candidates;
    uint32_t most = job->slot_count > nearest ? job->slot_count : nearest;
    uint32_t taken[TRAVEL_SLOTS_MAX] = {0};
    for (uint32_t i = 0; i < n; i++) {
        bool serves = serves_a_slot(to, choice[i].unit, taken, most + most / 2);
        choice[i].time->offered = serves || i < nearest || choice[i].unit->to == to->id;
    }
}

/* Times of one incident stand together and in the order of job->unit, which is that of their ids.
 */
static uint32_t list_of(const struct travel_job *job, uint32_t from, struct choice *choice)
{
    uint32_t to = from, unit = 0;
    for (; to < job->time_count && job->time[to].incident == job->time[from].incident; to++) {
        while (job->unit[unit].unit != job->time[to].unit)
            unit++;
        choice[to - from] = (struct choice){&job->time[to], &job->unit[unit],
                                            job->time[to].eta_s + job->unit[unit].ready_s};
    }
    return to - from;
}

static const struct travel_target *target_of(const struct travel_job *job, uint64_t incident)
{
    uint32_t i = 0;
    while (job->target[i].id != incident)
        i++;
    return &job->target[i];
}

bool travel_offer_choose(struct travel_job *job)
{
    struct choice *choice = calloc(job->unit_count + 1, sizeof(*choice));
    if (!choice)
        return false;
    for (uint32_t from = 0, n; from < job->time_count; from += n) {
        n = list_of(job, from, choice);
        qsort(choice, n, sizeof(*choice), by_arrival);
        choose_of(job, target_of(job, job->time[from].incident), choice, n);
    }
    free(choice);
    return true;
}

/* --- the command --- */

enum { WIDE = 4, NARROW = 7 }; /* columns of each width */

/* The columns of a `propose` in one block. */
struct columns {
    uint64_t *incident, *unit, *stand_unit, *stand_zone;
    uint32_t *eta_s, *source, *age_s, *lat90_e7, *lon180_e7, *course_deg, *speed_kmh, n, stands;
};

static bool columns_open(struct columns *c, uint32_t rows)
{
    size_t n = rows + 1;
    uint64_t *wide = calloc(n, WIDE * sizeof(uint64_t) + NARROW * sizeof(uint32_t));
    if (!wide)
        return false;
    uint32_t *narrow = (uint32_t *)(wide + WIDE * n);
    *c = (struct columns){wide,
                          wide + n,
                          wide + 2 * n,
                          wide + 3 * n,
                          narrow,
                          narrow + n,
                          narrow + 2 * n,
                          narrow + 3 * n,
                          narrow + 4 * n,
                          narrow + 5 * n,
                          narrow + 6 * n,
                          0,
                          0};
    return true;
}

static void put_row(struct columns *c, const struct travel_time *time)
{
    c->incident[c->n] = time->incident;
    c->unit[c->n] = time->unit;
    c->eta_s[c->n] = time->eta_s;
    c->source[c->n] = time->source;
    c->age_s[c->n] = time->age_s;
    c->lat90_e7[c->n] = (uint32_t)(time->from.at.lat_e7 + 900000000);
    c->lon180_e7[c->n] = (uint32_t)(time->from.at.lon_e7 + INT64_C(1800000000));
    c->course_deg[c->n] = time->from.course_deg < 0 ? UINT16_MAX : (uint32_t)time->from.course_deg;
    c->speed_kmh[c->n] = (uint32_t)time->from.speed_kmh;
    c->n++;
}

/* The township it stands in, looked up only where it has moved; 0: none is known. */
static uint64_t township_of(struct travel *t, uint32_t number, struct point at)
{
    struct travel_stand *stand = &t->stand[number];
    if (!t->zones)
        return 0;
    if (!stand->known || stand->at.lat_e7 != at.lat_e7 || stand->at.lon_e7 != at.lon_e7)
        *stand = (struct travel_stand){
            at, zones_of_kind(t->zones, &core_of(t)->state, at, TEXT("township")), true};
    return stand->township;
}

static void put_stands(struct travel *t, struct columns *c)
{
    for (uint32_t i = 0; i < t->job->unit_count; i++) {
        const struct travel_unit *unit = &t->job->unit[i];
        uint64_t zone = unit->ready == READY_FREE ? township_of(t, i, unit->at.at) : 0;
        if (!zone)
            continue;
        c->stand_unit[c->stands] = unit->unit;
        c->stand_zone[c->stands++] = zone;
    }
}

static void submit(struct travel *t, const struct columns *c)
{
    struct command command = {.kind = COMMAND_PROPOSE};
    struct propose *p = &command.propose;
    p->weights_epoch = core_of(t)->state.head->weights_epoch;
    p->incident = (struct u64s){c->incident, c->n};
    p->unit = (struct u64s){c->unit, c->n};
    p->eta_s = (struct u32s){c->eta_s, c->n};
    p->source = (struct u32s){c->source, c->n};
    p->age_s = (struct u32s){c->age_s, c->n};
    p->lat90_e7 = (struct u32s){c->lat90_e7, c->n};
    p->lon180_e7 = (struct u32s){c->lon180_e7, c->n};
    p->course_deg = (struct u32s){c->course_deg, c->n};
    p->speed_kmh = (struct u32s){c->speed_kmh, c->n};
    p->stand_unit = (struct u64s){c->stand_unit, c->stands};
    p->stand_zone = (struct u64s){c->stand_zone, c->stands};
    p->left_out = t->job->units_left_out;
    pipeline_submit_own(t->pipeline, &command);
}

void travel_offer_submit(struct travel *t)
{
    struct columns columns;
    uint32_t rows = t->time_count > t->job->unit_count ? t->time_count : t->job->unit_count;
    if (!columns_open(&columns, rows)) {
        t->dirty = true; /* again after settle_ms */
        return;
    }
    for (uint32_t i = 0; i < t->time_count; i++)
        if (t->time[i].offered)
            put_row(&columns, &t->time[i]);
    put_stands(t, &columns);
    submit(t, &columns);
    free(columns.incident); /* the block */
}
