#include "sim/judge_run.h"

#include <stdio.h>
#include <stdlib.h>

#include "dispatch/must.h"
#include "sim/judge_route.h"

enum event_kind { EVENT_ARRIVAL, EVENT_CALL, EVENT_UNIT };

/* ---- the list of events: earliest first, of one moment the newest first ---- */

static bool is_sooner(const struct judge_event *a, const struct judge_event *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->number > b->number;
}

static uint64_t schedule(struct judge_run *run, struct judge_event event)
{
    event.number = ++run->event_number;
    if (run->event_n == run->event_cap) {
        size_t cap = run->event_cap ? run->event_cap * 2 : 1024;
        struct judge_event *grown = realloc(run->event, cap * sizeof(*grown));
        if (!grown) {
            run->failed = true;
            return event.number;
        }
        run->event = grown;
        run->event_cap = cap;
    }
    size_t i = run->event_n++;
    for (; i > 0 && is_sooner(&event, &run->event[(i - 1) / 2]); i = (i - 1) / 2)
        run->event[i] = run->event[(i - 1) / 2];
    run->event[i] = event;
    return event.number;
}

static struct judge_event take_event(struct judge_run *run)
{
    struct judge_event top = run->event[0], last = run->event[--run->event_n];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < run->event_n; i = child) {
        if (child + 1 < run->event_n && is_sooner(&run->event[child + 1], &run->event[child]))
            child++;
        if (!is_sooner(&run->event[child], &last))
            break;
        run->event[i] = run->event[child];
    }
    run->event[i] = last;
    return top;
}

static void schedule_unit(struct judge_run *run, uint32_t unit, int64_t at_ns)
{
    run->unit[unit].event =
        schedule(run, (struct judge_event){.at_ns = at_ns, .kind = EVENT_UNIT, .unit = unit});
}

static void schedule_arrival(struct judge_run *run, uint32_t call)
{
    if (call < run->city->call_n)
        schedule(run, (struct judge_event){.at_ns = run->city->call[call].arrival_ns,
                                           .kind = EVENT_ARRIVAL,
                                           .call = call});
}

/* ---- units ---- */

static void enter(struct judge_run *run, struct judge_unit *unit, enum judge_state state)
{
    unit->state = state;
    unit->since_ns = run->now_ns;
}

static void drive(struct judge_run *run, uint32_t u, uint32_t mode, const struct judge_place *to,
                  bool often)
{
    struct judge_unit *unit = &run->unit[u];
    unit->driven_dm += judge_route_driven_dm(run->city, &unit->route, run->now_ns);
    judge_route_change(run->city, &unit->route, mode, run->now_ns, to, often);
    schedule_unit(run, u, unit->route.end_ns);
}

int64_t judge_eta_ns(struct judge_run *run, uint32_t u, uint32_t c)
{
    const struct judge_call *call = &run->city->call[c];
    uint32_t mode = judge_response_mode(run->city, call->priority, run->now_ns);
    int64_t lead_ns;
    uint32_t from = judge_route_node(run->city, &run->unit[u].route, mode, run->now_ns, &lead_ns);
    int64_t way_ns = ways_ns(&run->city->ways, mode, from, call->at.node);
    return way_ns == WAYS_NEVER ? WAYS_NEVER
                                : lead_ns + way_ns + judge_off_ns(run->city, mode, call->at.off_km);
}

static void count_busy(struct judge_run *run, struct judge_unit *unit)
{
    int64_t from =
        unit->busy_since_ns > run->window_from_ns ? unit->busy_since_ns : run->window_from_ns;
    int64_t to = run->now_ns < run->window_to_ns ? run->now_ns : run->window_to_ns;
    unit->busy_ns += to > from ? to - from : 0;
}

void judge_enqueue(struct judge_run *run, uint32_t c)
{
    run->outcome[c].waiting = true;
    run->outcome[c].queued_since_ns = run->now_ns;
}

static void lose_unit(struct judge_run *run, struct judge_outcome *outcome, bool taken)
{
    outcome->waiting = true;
    outcome->unit = JUDGE_NOBODY;
    outcome->diversions++;
    if (taken)
        outcome->taken_ns = run->now_ns;
}

static void bump(struct judge_run *run, uint32_t c)
{
    lose_unit(run, &run->outcome[c], true);
    schedule(run, (struct judge_event){.at_ns = run->now_ns, .kind = EVENT_CALL, .call = c});
}

void judge_release(struct judge_run *run, uint32_t u, bool taken)
{
    struct judge_unit *unit = &run->unit[u];
    struct judge_outcome *outcome = &run->outcome[unit->call];
    must(unit->state == JUDGE_TO_CALL);
    lose_unit(run, outcome, taken);
    count_busy(run, unit);
    unit->event = 0;
    enter(run, unit, JUDGE_FREE);
}

void judge_dispatch(struct judge_run *run, uint32_t u, uint32_t c)
{
    struct judge_unit *unit = &run->unit[u];
    const struct judge_call *call = &run->city->call[c];
    struct judge_outcome *outcome = &run->outcome[c];
    must(outcome->waiting && unit->state != JUDGE_AT_SCENE && unit->state != JUDGE_TO_HOSPITAL &&
         unit->state != JUDGE_AT_HOSPITAL);
    if (unit->state == JUDGE_TO_CALL)
        bump(run, unit->call);
    else
        unit->busy_since_ns = run->now_ns;
    if (outcome->queued_since_ns >= 0)
        outcome->queued_ns += run->now_ns - outcome->queued_since_ns;
    outcome->queued_since_ns = -1;
    outcome->waiting = false;
    outcome->unit = (int32_t)u;
    outcome->dispatch_ns = run->now_ns;
    unit->call = c;
    drive(run, u, judge_response_mode(run->city, call->priority, run->now_ns), &call->at, false);
    enter(run, unit, JUDGE_TO_CALL);
}

void judge_send(struct judge_run *run, uint32_t u, uint32_t station)
{
    struct judge_unit *unit = &run->unit[u];
    must(judge_is_roaming(unit) || unit->state == JUDGE_FREE);
    drive(run, u, judge_mode(run->city, run->city->return_as, run->now_ns),
          &run->city->station[station], true);
    enter(run, unit, station == unit->station ? JUDGE_RETURNING : JUDGE_MOVING_UP);
    unit->station = station;
}

/* ---- what happens ---- */

static uint32_t nearest_hospital(struct judge_run *run, const struct judge_call *call)
{
    struct judge_city *city = run->city;
    uint32_t mode = judge_mode(city, city->transport_as, run->now_ns), best = 0;
    int64_t best_ns = WAYS_NEVER;
    for (uint32_t h = 0; h < city->hospital_n; h++) {
        int64_t ns = ways_ns(&city->ways, mode, call->at.node, city->hospital[h].node);
        if (ns == WAYS_NEVER)
            continue;
        ns += judge_off_ns(city, mode, city->hospital[h].off_km);
        if (ns < best_ns) {
            best_ns = ns;
            best = h;
        }
    }
    return best;
}

static void leave_scene(struct judge_run *run, uint32_t u)
{
    struct judge_unit *unit = &run->unit[u];
    const struct judge_call *call = &run->city->call[unit->call];
    uint32_t hospital =
        call->hospital >= 0 ? (uint32_t)call->hospital : nearest_hospital(run, call);
    run->outcome[unit->call].hospital = (int32_t)hospital;
    drive(run, u, judge_mode(run->city, run->city->transport_as, run->now_ns),
          &run->city->hospital[hospital], false);
    enter(run, unit, JUDGE_TO_HOSPITAL);
}

static void become_free(struct judge_run *run, uint32_t u)
{
    struct judge_unit *unit = &run->unit[u];
    count_busy(run, unit);
    enter(run, unit, JUDGE_FREE);
    run->policy->free_cb(run, u);
    must(unit->state != JUDGE_FREE);
}

static void arrive_at_scene(struct judge_run *run, uint32_t u)
{
    struct judge_unit *unit = &run->unit[u];
    const struct judge_call *call = &run->city->call[unit->call];
    struct judge_outcome *outcome = &run->outcome[unit->call];
    outcome->response_ns = run->now_ns - call->arrival_ns;
    outcome->served = true;
    enter(run, unit, JUDGE_AT_SCENE);
    schedule_unit(run, u, run->now_ns + call->scene_ns);
}

static void unit_event(struct judge_run *run, uint32_t u)
{
    struct judge_unit *unit = &run->unit[u];
    const struct judge_call *call = &run->city->call[unit->call];
    switch (unit->state) {
    case JUDGE_TO_CALL:
        arrive_at_scene(run, u);
        break;
    case JUDGE_AT_SCENE:
        if (call->transport)
            leave_scene(run, u);
        else
            become_free(run, u);
        break;
    case JUDGE_TO_HOSPITAL:
        enter(run, unit, JUDGE_AT_HOSPITAL);
        schedule_unit(run, u, run->now_ns + call->handover_ns);
        break;
    case JUDGE_AT_HOSPITAL:
        become_free(run, u);
        break;
    default:
        enter(run, unit, JUDGE_IDLE);
        break;
    }
}

static void happen(struct judge_run *run, const struct judge_event *event)
{
    switch (event->kind) {
    case EVENT_ARRIVAL:
        schedule(run,
                 (struct judge_event){.at_ns = run->now_ns + run->city->call[event->call].delay_ns,
                                      .kind = EVENT_CALL,
                                      .call = event->call});
        schedule_arrival(run, event->call + 1);
        break;
    case EVENT_CALL:
        run->outcome[event->call].waiting = true;
        run->policy->call_cb(run, event->call);
        break;
    case EVENT_UNIT:
        if (run->unit[event->unit].event != event->number)
            return; /* it has been given something else to do */
        unit_event(run, event->unit);
        break;
    }
    run->event_count++;
    if (run->policy->step_cb)
        run->policy->step_cb(run);
}

/* Everybody must be able to drive everywhere and back, or a run could not go on. */
static int check_place(struct judge_city *city, const struct judge_place *place, const char *what,
                       uint32_t index)
{
    uint32_t home = city->station[0].node;
    for (uint32_t mode = 0; mode < city->ways.mode_n; mode++)
        if (ways_ns(&city->ways, mode, place->node, home) == WAYS_NEVER ||
            ways_from_ns(&city->ways, mode, home, place->node) == WAYS_NEVER) {
            snprintf(city->errmsg, sizeof(city->errmsg),
                     "%s %u: no road leads there from station 1, or none back", what, index + 1);
            return -1;
        }
    return 0;
}

int judge_check_places(struct judge_city *city)
{
    int err = 0;
    for (uint32_t i = 0; i < city->station_n && err == 0; i++)
        err = check_place(city, &city->station[i], "station", i);
    for (uint32_t i = 0; i < city->hospital_n && err == 0; i++)
        err = check_place(city, &city->hospital[i], "hospital", i);
    for (uint32_t i = 0; i < city->call_n && err == 0; i++)
        err = check_place(city, &city->call[i].at, "call", i);
    city->places_checked = true;
    return err;
}

static int run_open(struct judge_run *run)
{
    const struct judge_city *city = run->city;
    run->unit = calloc(city->unit_n, sizeof(*run->unit));
    run->outcome = calloc(city->call_n, sizeof(*run->outcome));
    if (!run->unit || !run->outcome)
        return -1;
    for (uint32_t u = 0; u < city->unit_n; u++) {
        run->unit[u].station = city->unit_station[u];
        judge_route_stand(&run->unit[u].route, &city->station[city->unit_station[u]]);
    }
    for (uint32_t c = 0; c < city->call_n; c++)
        run->outcome[c] = (struct judge_outcome){
            .queued_since_ns = -1, .taken_ns = -1, .unit = JUDGE_NOBODY, .hospital = JUDGE_NOBODY};
    return run->policy->open_cb ? run->policy->open_cb(run) : 0;
}

int judge_run(struct judge_run *run)
{
    run->now_ns = run->city->start_ns;
    if (!run->city->places_checked && judge_check_places(run->city) < 0) {
        snprintf(run->errmsg, sizeof(run->errmsg), "%s", run->city->errmsg);
        return -1;
    }
    if (run_open(run) < 0) {
        snprintf(run->errmsg, sizeof(run->errmsg), "out of memory");
        return -1;
    }
    schedule_arrival(run, 0);
    while (run->event_n && !run->failed) {
        struct judge_event event = take_event(run);
        run->now_ns = event.at_ns;
        happen(run, &event);
    }
    for (uint32_t c = 0; c < run->city->call_n && !run->failed; c++)
        if (!run->outcome[c].served) {
            snprintf(run->errmsg, sizeof(run->errmsg), "no unit can drive to call %u", c + 1);
            return -1;
        }
    if (run->failed)
        snprintf(run->errmsg, sizeof(run->errmsg), "out of memory");
    return run->failed ? -1 : 0;
}

void judge_run_close(struct judge_run *run)
{
    if (run->policy->close_cb)
        run->policy->close_cb(run);
    free(run->unit);
    free(run->outcome);
    free(run->event);
}
