/* Our own policy in the judge: the core's plan_match asked again whenever a call may be served or a
 * unit becomes free, and done as it proposes (the simulated dispatcher accepts); the move of a unit
 * that has become free to where it saves the next call most, and now and then that of a waiting
 * one. What it expects of busy units it learns from the calls it has served. Turning units round
 * has an allowance: what "always the nearest" would divert in the same places. The numbers are in
 * ours.def.
 */
#include <stdlib.h>
#include <string.h>

#include "dispatch/core/plan_match.h"
#include "dispatch/must.h"
#include "sim/judge_route.h"
#include "sim/standby_city.h"

enum {
#define OURS(name, value, what, source) OURS_##name = value,
#include "sim/ours.def"
#undef OURS
};

/* A mean that begins at a default and is learned. */
struct learned {
    int64_t sum, n;
};

struct ours {
    struct plan_rules rules;
    struct learned scene_ms, transport_permille, handover_ms;
    struct standby_city standby;
    uint32_t *at;          /* free units by station */
    uint32_t *looked_at;   /* the same when a move was last looked for */
    int64_t gone_permille; /* chance that a free unit is gone when it is needed */
    int64_t moved_ns, looked_ns;
    int64_t spare_percent; /* diversions that may be made beside what grade 1 needs, in percent */
    uint32_t *open;        /* calls nobody has reached, by arrival in the list */
    uint32_t open_n, open_cap;
    struct plan_match_slot *slot; /* rows of plan_match, open_cap of them */
    struct plan_unit *unit;
    int64_t *way_ms;
    int32_t *answer;
    void *workspace;
};

static int64_t ms_of(int64_t ns)
{
    return ns == WAYS_NEVER ? PLAN_NEVER : ns / 1000000;
}

static void learn(struct learned *l, int64_t value)
{
    l->sum += value;
    l->n++;
}

static int64_t mean(const struct learned *l)
{
    return l->sum / l->n;
}

/* ---- where free units stand ---- */

/* How scarce free units are, by how busy they are (standby.h). */
static int64_t scarcity_permille(const struct judge_run *run)
{
    int64_t busy_permille = (int64_t)(run->busy_fraction * 1000);
    return standby_scarcity_permille(busy_permille, OURS_scarce_percent * 10);
}

static void count_free(const struct judge_run *run, struct ours *o)
{
    memset(o->at, 0, run->city->station_n * sizeof(*o->at));
    for (uint32_t u = 0; u < run->city->unit_n; u++)
        o->at[run->unit[u].station] += judge_is_roaming(&run->unit[u]);
}

static void see(const struct judge_run *run, struct ours *o)
{
    standby_city_see(&o->standby, run->now_ns, o->at, o->gone_permille);
}

static void look(const struct judge_run *run, struct ours *o)
{
    count_free(run, o);
    see(run, o);
}

/* Whose unit would be missed least, or UINT32_MAX. */
static uint32_t least_missed(const struct judge_run *run, const struct ours *o)
{
    uint32_t least = UINT32_MAX;
    for (uint32_t s = 0; s < run->city->station_n; s++)
        if (o->at[s] > 0 &&
            (least == UINT32_MAX || o->standby.loss_ms[s] < o->standby.loss_ms[least]))
            least = s;
    return least;
}

/* One that stands there or is on its way there, or UINT32_MAX. */
static uint32_t unit_of(const struct judge_run *run, uint32_t station)
{
    for (uint32_t u = 0; u < run->city->unit_n; u++)
        if (judge_is_roaming(&run->unit[u]) && run->unit[u].station == station)
            return u;
    return UINT32_MAX;
}

/* WAYS_NEVER: it cannot. */
static int64_t drive_ns(struct judge_run *run, uint32_t unit, uint32_t station)
{
    struct judge_city *city = run->city;
    int64_t lead_ns;
    uint32_t mode = judge_mode(city, city->return_as, run->now_ns);
    uint32_t from = judge_route_node(city, &run->unit[unit].route, mode, run->now_ns, &lead_ns);
    int64_t ns = ways_ns(&city->ways, mode, from, city->station[station].node);
    return ns == WAYS_NEVER ? WAYS_NEVER : ns + lead_ns;
}

/* What standing there brings: less, the longer the drive, of the time until it is wanted. */
static int64_t worth_ms(struct judge_run *run, uint32_t unit, uint32_t station)
{
    const struct ours *o = run->mind;
    int64_t gain_ms = o->standby.gain_ms[station], way_ms = ms_of(drive_ns(run, unit, station));
    return way_ms == PLAN_NEVER ? -1 : gain_ms * OURS_stay_s * 1000 / (OURS_stay_s * 1000 + way_ms);
}

/* Where the unit more is worth most, its own station unless another is better: of a city whose
 * demand nobody knows all are alike. */
static uint32_t best_station(struct judge_run *run, uint32_t unit, int64_t *most_ms)
{
    uint32_t best = run->unit[unit].station;
    *most_ms = worth_ms(run, unit, best);
    for (uint32_t s = 0; s < run->city->station_n; s++) {
        int64_t ms = worth_ms(run, unit, s);
        if (ms > *most_ms) {
            *most_ms = ms;
            best = s;
        }
    }
    return best;
}

static bool is_time(const struct judge_run *run, int64_t since_ns, int64_t pause_s)
{
    return run->now_ns - since_ns >= pause_s * JUDGE_SECOND;
}

/* The unit that is missed least goes where it is worth most, when that saves enough and is due. */
static void move_one(struct judge_run *run)
{
    struct ours *o = run->mind;
    if (!is_time(run, o->moved_ns, OURS_move_pause_s) ||
        !is_time(run, o->looked_ns, OURS_move_look_s))
        return;
    o->looked_ns = run->now_ns;
    count_free(run, o);
    size_t bytes = run->city->station_n * sizeof(*o->at);
    if (memcmp(o->looked_at, o->at, bytes) == 0)
        return;
    memcpy(o->looked_at, o->at, bytes);
    see(run, o);
    uint32_t from = least_missed(run, o);
    if (from == UINT32_MAX)
        return;
    int64_t lost_ms = o->standby.loss_ms[from], most_ms;
    o->at[from]--;
    see(run, o);
    uint32_t unit = unit_of(run, from), to = best_station(run, unit, &most_ms);
    if (most_ms <= lost_ms)
        return;
    o->moved_ns = run->now_ns;
    judge_send(run, unit, to);
}

static void send_home(struct judge_run *run, uint32_t unit)
{
    int64_t most_ms;
    look(run, run->mind);
    judge_send(run, unit, best_station(run, unit, &most_ms));
}

/* ---- what the core is told ---- */

static int64_t free_in_ms(const struct judge_run *run, const struct ours *o,
                          const struct judge_unit *unit)
{
    switch (unit->state) {
    case JUDGE_AT_SCENE: /* how long it is there already says little: both ends vary as widely */
        return mean(&o->scene_ms) + mean(&o->transport_permille) *
                                        (OURS_to_hospital_s * 1000 + mean(&o->handover_ms)) / 1000;
    case JUDGE_TO_HOSPITAL:
        return ms_of(unit->route.end_ns - run->now_ns) + mean(&o->handover_ms);
    case JUDGE_AT_HOSPITAL:
        return mean(&o->handover_ms);
    default:
        return 0;
    }
}

static int64_t most_gained(const struct judge_run *run, const struct ours *o)
{
    int64_t most_ms = 0;
    for (uint32_t s = 0; s < run->city->station_n; s++)
        if (o->standby.gain_ms[s] > most_ms)
            most_ms = o->standby.gain_ms[s];
    return most_ms;
}

/* What the next call loses with it, or would have gained where it helps most. */
static int64_t price_ms(const struct judge_run *run, const struct ours *o,
                        const struct judge_unit *unit)
{
    int64_t worth =
        judge_is_roaming(unit) ? o->standby.loss_ms[unit->station] : most_gained(run, o);
    return worth * OURS_price_percent / 100;
}

static void tell_units(const struct judge_run *run, struct ours *o)
{
    look(run, o);
    for (uint32_t u = 0; u < run->city->unit_n; u++) {
        const struct judge_unit *unit = &run->unit[u];
        struct plan_unit *told = &o->unit[u];
        *told = (struct plan_unit){.slot = PLAN_NOBODY, .free_in_ms = free_in_ms(run, o, unit)};
        if (unit->state == JUDGE_TO_CALL) {
            told->drive_ms = ms_of(unit->route.end_ns - unit->route.start_ns);
            told->left_ms = ms_of(unit->route.end_ns - run->now_ns);
        } else if (told->free_in_ms == 0) {
            told->price_ms = price_ms(run, o, unit);
        }
    }
}

/* Where a busy unit will be when it is free: as far as is known now. */
static const struct judge_place *free_place(const struct judge_run *run,
                                            const struct judge_unit *unit)
{
    if (unit->state == JUDGE_AT_SCENE)
        return &run->city->call[unit->call].at;
    if (unit->state == JUDGE_TO_HOSPITAL || unit->state == JUDGE_AT_HOSPITAL)
        return &run->city->hospital[run->outcome[unit->call].hospital];
    return NULL;
}

static int64_t way_ms(struct judge_run *run, uint32_t u, uint32_t c)
{
    struct judge_city *city = run->city;
    const struct judge_call *call = &city->call[c];
    const struct judge_place *from = free_place(run, &run->unit[u]);
    if (!from)
        return ms_of(judge_eta_ns(run, u, c));
    uint32_t mode = judge_response_mode(city, call->priority, run->now_ns);
    int64_t ns = ways_ns(&city->ways, mode, from->node, call->at.node);
    return ns == WAYS_NEVER ? PLAN_NEVER
                            : ms_of(ns + judge_off_ns(city, mode, from->off_km) +
                                    judge_off_ns(city, mode, call->at.off_km));
}

static bool is_fixed(const struct ours *o, int32_t unit)
{
    return !plan_may_turn(&o->rules, o->unit[unit].drive_ms, o->unit[unit].left_ms);
}

/* Not between those of whom the plan may change nothing: their ways need not be known. */
static bool matters(const struct ours *o, uint32_t slot, uint32_t unit)
{
    int32_t holder = o->slot[slot].holder;
    if (holder == (int32_t)unit)
        return true;
    if (holder != PLAN_NOBODY && is_fixed(o, holder))
        return false;
    return o->unit[unit].slot == PLAN_NOBODY || !is_fixed(o, (int32_t)unit);
}

static void tell_slots(struct judge_run *run, struct ours *o)
{
    const struct judge_city *city = run->city;
    for (uint32_t i = 0; i < o->open_n; i++) {
        const struct judge_call *call = &city->call[o->open[i]];
        const struct judge_outcome *outcome = &run->outcome[o->open[i]];
        o->slot[i] = (struct plan_match_slot){
            .grade = call->priority + 1,
            .waited_ms = ms_of(run->now_ns - call->arrival_ns),
            .since_taken_ms =
                outcome->taken_ns < 0 ? PLAN_NEVER : ms_of(run->now_ns - outcome->taken_ns),
            .holder = outcome->waiting ? PLAN_NOBODY : outcome->unit,
        };
        if (!outcome->waiting)
            o->unit[outcome->unit].slot = (int32_t)i;
    }
    for (uint32_t i = 0; i < o->open_n; i++)
        for (uint32_t u = 0; u < city->unit_n; u++)
            o->way_ms[(size_t)i * city->unit_n + u] =
                matters(o, i, u) ? way_ms(run, u, o->open[i]) : PLAN_NEVER;
}

/* ---- what the core says ---- */

static bool is_wanted(const struct ours *o, int32_t unit)
{
    for (uint32_t i = 0; i < o->open_n; i++)
        if (o->answer[i] == unit)
            return true;
    return false;
}

static bool can_start(const struct ours *o, int32_t unit)
{
    return unit != PLAN_NOBODY && o->unit[unit].free_in_ms == 0;
}

/* A call gives up its unit when another call gets it, or when its new one can start; else it keeps
 * what it has. */
static void release_units(struct judge_run *run, struct ours *o)
{
    for (uint32_t i = 0; i < o->open_n; i++) {
        int32_t holder = o->slot[i].holder;
        if (holder == PLAN_NOBODY || o->answer[i] == holder)
            continue;
        bool wanted = is_wanted(o, holder);
        if (wanted || can_start(o, o->answer[i])) {
            judge_release(run, (uint32_t)holder, wanted);
            o->spare_percent -= 100;
        }
    }
}

/* Whether "always the nearest" would divert a unit for the call. */
static bool nearest_is_elsewhere(struct judge_run *run, uint32_t c)
{
    const struct judge_city *city = run->city;
    int64_t best_ns = WAYS_NEVER;
    bool elsewhere = false;
    for (uint32_t u = 0; u < run->city->unit_n; u++) {
        const struct judge_unit *unit = &run->unit[u];
        bool to = unit->state == JUDGE_TO_CALL &&
                  city->may_take[city->call[unit->call].priority][city->call[c].priority];
        if (!to && !judge_is_roaming(unit))
            continue;
        int64_t ns = judge_eta_ns(run, u, c);
        if (ns < best_ns) {
            best_ns = ns;
            elsewhere = to;
        }
    }
    return elsewhere;
}

/* Whether the call gives up its unit though no grade 1 takes it. */
static bool is_spare(const struct ours *o, uint32_t i)
{
    int32_t holder = o->slot[i].holder;
    if (holder == PLAN_NOBODY || o->answer[i] == holder)
        return false;
    for (uint32_t k = 0; k < o->open_n; k++)
        if (o->answer[k] == holder)
            return o->slot[k].grade != 1 || o->slot[i].grade == 1;
    return can_start(o, o->answer[i]);
}

/* Nobody else for this call, and its unit for nobody else. */
static void hold(const struct judge_run *run, struct ours *o, uint32_t i)
{
    uint32_t units = run->city->unit_n, holder = (uint32_t)o->slot[i].holder;
    for (uint32_t u = 0; u < units; u++)
        if (u != holder)
            o->way_ms[(size_t)i * units + u] = PLAN_NEVER;
    for (uint32_t k = 0; k < o->open_n; k++)
        if (k != i)
            o->way_ms[(size_t)k * units + holder] = PLAN_NEVER;
}

/* Holds what is spare beyond the allowance, grade 1 being served first; whether anything was. */
static bool ration(const struct judge_run *run, struct ours *o)
{
    int64_t left = o->spare_percent;
    bool held = false;
    for (int red = 1; red >= 0; red--)
        for (uint32_t i = 0; i < o->open_n; i++) {
            if ((o->slot[i].grade == 1) != red || !is_spare(o, i))
                continue;
            left -= 100;
            if (left >= (red ? 0 : 100 * OURS_divert_reserve))
                continue;
            hold(run, o, i);
            held = true;
        }
    return held;
}

/* What turning a unit round costs grade 1: more, the less is left of the allowance, so that it goes
 * to whom it gains most, not to whom it comes first. */
static void price_turns(struct ours *o)
{
    int64_t gone_permille = 1000 - o->spare_percent * 10 / OURS_divert_plenty;
    gone_permille = gone_permille < 0 ? 0 : gone_permille < 1000 ? gone_permille : 1000;
    o->rules.turn_1_ms = OURS_divert_s * gone_permille;
    o->rules.switch_ms[1] = OURS_switch_1_s * 1000 + o->rules.turn_1_ms;
}

static void plan(struct judge_run *run)
{
    struct ours *o = run->mind;
    uint32_t n = 0;
    for (uint32_t i = 0; i < o->open_n; i++)
        if (!run->outcome[o->open[i]].served)
            o->open[n++] = o->open[i];
    o->open_n = n;
    if (n == 0)
        return;
    tell_units(run, o);
    tell_slots(run, o);
    price_turns(o);
    const struct plan_problem problem = {&o->rules, o->slot,    o->unit,
                                         o->way_ms, (int32_t)n, (int32_t)run->city->unit_n};
    do
        plan_match(&problem, o->workspace, o->answer);
    while (ration(run, o));
    release_units(run, o);
    for (uint32_t i = 0; i < n; i++)
        if (can_start(o, o->answer[i]) && run->outcome[o->open[i]].waiting)
            judge_dispatch(run, (uint32_t)o->answer[i], o->open[i]);
}

static void decide(struct judge_run *run)
{
    plan(run);
    for (uint32_t u = 0; u < run->city->unit_n; u++)
        if (run->unit[u].state == JUDGE_FREE)
            send_home(run, u);
}

/* ---- what happens ---- */

static int grow(struct ours *o, uint32_t units)
{
    uint32_t cap = o->open_cap ? 2 * o->open_cap : 64;
    size_t rows = cap;
    free(o->slot);
    free(o->way_ms);
    free(o->answer);
    free(o->workspace);
    o->slot = malloc(rows * sizeof(*o->slot));
    o->way_ms = malloc(rows * units * sizeof(*o->way_ms));
    o->answer = malloc(rows * sizeof(*o->answer));
    o->workspace = malloc(plan_match_bytes((int32_t)cap, (int32_t)units));
    uint32_t *open = realloc(o->open, rows * sizeof(*open));
    if (open)
        o->open = open;
    o->open_cap = cap;
    return o->slot && o->way_ms && o->answer && o->workspace && open ? 0 : -1;
}

static void on_call(struct judge_run *run, uint32_t call)
{
    struct ours *o = run->mind;
    if (o->open_n == o->open_cap &&
        (o->open_cap >= PLAN_MATCH_ROWS_MAX || grow(o, run->city->unit_n) < 0)) {
        run->failed = true; /* more open calls than the plan takes: the city is lost anyway */
        return;
    }
    if (nearest_is_elsewhere(run, call))
        o->spare_percent +=
            OURS_divert_percent + OURS_divert_scarce_percent * scarcity_permille(run) / 1000;
    o->open[o->open_n++] = call;
    judge_enqueue(run, call);
    decide(run);
}

static void on_free(struct judge_run *run, uint32_t unit)
{
    struct ours *o = run->mind;
    const struct judge_call *call = &run->city->call[run->unit[unit].call];
    learn(&o->scene_ms, ms_of(call->scene_ns));
    learn(&o->transport_permille, call->transport ? 1000 : 0);
    if (call->transport)
        learn(&o->handover_ms, ms_of(call->handover_ns));
    decide(run);
}

static struct learned first(int64_t value)
{
    return (struct learned){value * OURS_learned_calls, OURS_learned_calls};
}

static void set_rules(const struct judge_run *run, struct plan_rules *rules)
{
    *rules = (struct plan_rules){
        .weight = {OURS_weight_1, OURS_weight_1, OURS_weight_2, OURS_weight_3},
        .turn_ms = OURS_turn_s * 1000,
        .none_ms = OURS_none_s * 1000,
        .freeze_ms = OURS_freeze_s * 1000,
        .divert_pause_ms = OURS_divert_pause_s * 1000,
        .starved_ms = OURS_starved_s * 1000,
        .red_first = true,
        .diverts = !run->no_divert,
    };
    rules->unsure_ms[1] = OURS_unsure_1_s * 1000;
    for (uint32_t grade = 1; grade <= JUDGE_PRIORITIES; grade++) {
        rules->age_target_ms[grade] = OURS_age_target_s * 1000;
        rules->target_ms[grade] = ms_of(run->city->target_ns[grade - 1]);
        rules->late_ms[grade] = (grade == 1 ? OURS_late_1_s : OURS_late_s) * 1000;
        rules->switch_ms[grade] = (grade == 1 ? OURS_switch_1_s : OURS_switch_s) * 1000;
    }
}

static int on_open(struct judge_run *run)
{
    struct ours *o = calloc(1, sizeof(*o));
    run->mind = o;
    if (!o)
        return -1;
    must(run->city->unit_n <= PLAN_MATCH_COLUMNS_MAX);
    o->scene_ms = first(OURS_scene_s * 1000);
    o->transport_permille = first(OURS_transport_permille);
    o->handover_ms = first(OURS_handover_s * 1000);
    o->at = calloc(run->city->station_n, sizeof(*o->at));
    o->looked_at = calloc(run->city->station_n, sizeof(*o->looked_at));
    o->unit = calloc(run->city->unit_n, sizeof(*o->unit));
    set_rules(run, &o->rules);
    if (!o->at || !o->looked_at || !o->unit)
        return -1;
    int64_t gone = (int64_t)(run->busy_fraction * 1000);
    o->gone_permille = gone < OURS_gone_percent * 10 ? gone : OURS_gone_percent * 10;
    const struct standby_rules rules = {OURS_none_free_s * 1000,
                                        OURS_cover_s * scarcity_permille(run),
                                        OURS_far_times * (1000 - scarcity_permille(run))};
    return standby_city_make(&o->standby, run->city, &rules);
}

static void on_close(struct judge_run *run)
{
    struct ours *o = run->mind;
    if (!o)
        return;
    standby_city_close(&o->standby);
    free(o->at);
    free(o->looked_at);
    free(o->open);
    free(o->slot);
    free(o->unit);
    free(o->way_ms);
    free(o->answer);
    free(o->workspace);
    free(o);
}

const struct judge_policy policy_ours = {.name = "ours",
                                         .diverts = true,
                                         .moves_up = true,
                                         .open_cb = on_open,
                                         .close_cb = on_close,
                                         .call_cb = on_call,
                                         .free_cb = on_free,
                                         .step_cb = move_one};
