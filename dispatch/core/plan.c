/* plan: which units the dispatcher is offered, for all open incidents at once.
 *
 * One assignment of all slots that nobody has reached to all units that may be counted on: free, on
 * their way, or busy and free again soon; plan_match.h says at what price. Here it is fed: the wait
 * for a unit is what is left of its task, its chute and its drive; an old position costs certainty,
 * a unit that was offered before is cheaper by switch_s so that the list does not flicker, the last
 * unit of a zone and a crew that is due a meal or its end are dearer for all but the first grade.
 * What came out becomes facts in plan_tell.c.
 * Method: DESIGN.md §6, reference/decision.md B5 to B8; the numbers are policy (core.h). */
#include "dispatch/core/plan.h"

#include "dispatch/core/id_map.h"
#include "dispatch/core/stands.h"
#include "dispatch/must.h"

enum { NOT_A_COLUMN = PLAN_NOBODY };

/* Why a candidate becomes a column. */
enum { UNMARKED, NAMED, HOLDS };

static uint32_t columns_max(const struct limits *limits)
{
    uint32_t units = limits->max[OBJECT_UNIT];
    return units < PLAN_MATCH_COLUMNS_MAX ? units : PLAN_MATCH_COLUMNS_MAX;
}

size_t decision_scratch_bytes(const struct limits *limits)
{
    size_t columns = columns_max(limits), units = limits->max[OBJECT_UNIT];
    size_t cells = (size_t)PLAN_MATCH_ROWS_MAX * columns;
    size_t per_unit = sizeof(struct plan_column) + sizeof(struct plan_unit) + 128;
    size_t per_row = sizeof(struct plan_row) + sizeof(struct plan_match_slot) + 1024;
    return cells * sizeof(int64_t) + plan_match_bytes(PLAN_MATCH_ROWS_MAX, (int32_t)columns) +
           units * per_unit + 3 * id_map_bytes((uint32_t)units) + PLAN_MATCH_ROWS_MAX * per_row +
           limits->max[OBJECT_INCIDENT] * (sizeof(struct plan_group) + 8) +
           PLAN_OFFERS_MAX * (sizeof(struct plan_offer) + 2 * sizeof(uint32_t)) +
           stands_bytes(limits) + (1 << 20);
}

/* --- policy --- */

struct plan_rules core_plan_rules(const struct policy *p)
{
    struct plan_rules rules = {.turn_ms = p->turn_s * INT64_C(1000),
                               .none_ms = p->none_s * INT64_C(1000),
                               .freeze_ms = p->freeze_s * INT64_C(1000),
                               .divert_pause_ms = p->divert_pause_s * INT64_C(1000),
                               .starved_ms = p->starved_s * INT64_C(1000),
                               .unsure_ms = {[1] = p->unsure_1_s * INT64_C(1000)},
                               .red_first = true,
                               .diverts = p->diverts};
    for (int grade = 0; grade < PLAN_GRADES; grade++) {
        rules.weight[grade] = p->weight[grade];
        rules.age_target_ms[grade] = p->age_target_s[grade] * INT64_C(1000);
        rules.target_ms[grade] = p->in_time_s[grade] * INT64_C(1000);
        rules.late_ms[grade] = p->late_s[grade] * INT64_C(1000);
        rules.switch_ms[grade] = p->change_s[grade] * INT64_C(1000);
    }
    return rules;
}

/* --- groups: the open incidents, and who is on them --- */

/* An active assignment in the list of its group. */
struct on_task {
    const struct assignment *task;
    const struct unit *unit;
    uint32_t next; /* 0: the last; else one more than its place */
};

struct tasks {
    struct on_task *task;
    uint32_t *first; /* [group] */
    uint32_t n;
};

static void gather_groups(struct planning *plan)
{
    const struct state *state = plan->d->state;
    plan->group = scratch(plan->d, state->table[OBJECT_INCIDENT].count * sizeof(*plan->group) + 8);
    EACH (state, INCIDENT, incident, it)
        if (it->state == INCIDENT_OPEN)
            plan->group[plan->group_n++] = (struct plan_group){.incident = it};
}

/* Its place, or group_n. */
static uint32_t group_of(const struct planning *plan, uint64_t incident)
{
    uint32_t low = 0, high = plan->group_n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (plan->group[middle].incident->incident.v < incident)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < plan->group_n && plan->group[low].incident->incident.v == incident;
    return found ? low : plan->group_n;
}

static void add_task(struct planning *plan, struct tasks *tasks, uint64_t id,
                     const struct unit *unit)
{
    const struct assignment *task = id ? state_assignment(plan->d->state, id) : NULL;
    uint32_t group = task ? group_of(plan, task->incident.v) : plan->group_n;
    if (group == plan->group_n)
        return;
    tasks->task[tasks->n] = (struct on_task){task, unit, tasks->first[group]};
    tasks->first[group] = ++tasks->n;
}

/* An active assignment is its unit's present or next one. */
static struct tasks gather_tasks(struct planning *plan)
{
    const struct state *state = plan->d->state;
    uint32_t units = state->table[OBJECT_UNIT].count;
    struct tasks tasks = {.task = scratch(plan->d, 2 * units * sizeof(*tasks.task) + 8),
                          .first = scratch(plan->d, plan->group_n * sizeof(uint32_t) + 8)};
    memset(tasks.first, 0, plan->group_n * sizeof(uint32_t));
    EACH (state, UNIT, unit, it) {
        add_task(plan, &tasks, it->assignment.v, it);
        add_task(plan, &tasks, it->next.v, it);
    }
    return tasks;
}

/* Before it has a plan an incident asks for one unit of any kind. */
static uint32_t slots_wanted(const struct incident *incident)
{
    uint32_t n = incident->plan.n ? incident->slot_capabilities.n : 1;
    return n < PLAN_SLOTS_PER_INCIDENT ? n : PLAN_SLOTS_PER_INCIDENT;
}

static uint32_t wanted_of(const struct incident *incident, uint32_t slot)
{
    return slot < incident->slot_capabilities.n ? incident->slot_capabilities.v[slot] : 0;
}

/* Whether another unit might still go instead of this one. */
static bool is_on_its_way(const struct planning *plan, const struct on_task *on)
{
    enum ready ready = ready_state(plan->d->state, on->unit);
    bool now = on->task->assignment.v == on->unit->assignment.v;
    return now ? ready == READY_ON_WAY : ready == READY_BUSY;
}

/* The units of a group by slot: [slot] NULL where nobody is; units beyond the plan fill the first
 * slots that are empty. */
static void seat_units(const struct tasks *tasks, uint32_t group, uint32_t wanted,
                       const struct on_task *seat[PLAN_SLOTS_PER_INCIDENT])
{
    for (uint32_t at = tasks->first[group]; at; at = tasks->task[at - 1].next) {
        const struct on_task *on = &tasks->task[at - 1];
        if (on->task->slot < wanted)
            seat[on->task->slot] = on;
    }
    for (uint32_t at = tasks->first[group]; at; at = tasks->task[at - 1].next) {
        uint32_t slot = 0;
        while (slot < wanted && seat[slot])
            slot++;
        if (tasks->task[at - 1].task->slot >= wanted && slot < wanted)
            seat[slot] = &tasks->task[at - 1];
    }
}

/* Served and only waiting for its outcome, or advised by telephone: it wants no more units. */
static bool wants_units(const struct incident *incident, const struct tasks *tasks, uint32_t group)
{
    return slots_wanted(incident) && (incident->waiting_ms || tasks->first[group]);
}

static void add_rows(struct planning *plan, const struct tasks *tasks, uint32_t number)
{
    struct plan_group *group = &plan->group[number];
    const struct incident *incident = group->incident;
    const struct on_task *seat[PLAN_SLOTS_PER_INCIDENT] = {NULL};
    uint32_t wanted = slots_wanted(incident);
    seat_units(tasks, number, wanted, seat);
    group->row = plan->row_n;
    for (uint32_t i = 0; i < wanted; i++) {
        if (seat[i] && !is_on_its_way(plan, seat[i]))
            continue;
        plan->row[plan->row_n++] =
            (struct plan_row){wanted_of(incident, i), seat[i] ? seat[i]->unit : NULL};
    }
    group->row_n = plan->row_n - group->row;
}

/* The most urgent first, ungraded ones behind the first grade: of a city in flames the least urgent
 * are left out of the plan, the newest of a grade first. */
static void gather_rows(struct planning *plan, const struct tasks *tasks)
{
    static const uint32_t order[] = {1, 0, 2, 3, 4, 5};
    uint32_t slots[PLAN_GRADES] = {0}, most[PLAN_GRADES], room = PLAN_MATCH_ROWS_MAX;
    for (uint32_t g = 0; g < plan->group_n; g++)
        if (wants_units(plan->group[g].incident, tasks, g))
            slots[plan->group[g].incident->grade % PLAN_GRADES] +=
                slots_wanted(plan->group[g].incident);
    for (int i = 0; i < PLAN_GRADES; i++) {
        most[order[i]] = slots[order[i]] < room ? slots[order[i]] : room;
        room -= most[order[i]];
    }
    plan->row = scratch(plan->d, PLAN_MATCH_ROWS_MAX * sizeof(*plan->row));
    for (uint32_t g = 0; g < plan->group_n; g++) {
        const struct incident *incident = plan->group[g].incident;
        uint32_t grade = incident->grade % PLAN_GRADES, n = slots_wanted(incident);
        bool wants = wants_units(incident, tasks, g);
        plan->group[g].left_out = wants && n > most[grade];
        if (!wants || plan->group[g].left_out)
            continue;
        most[grade] -= n;
        add_rows(plan, tasks, g);
    }
}

/* --- columns: the units that may be counted on --- */

struct candidates {
    const struct unit **unit;
    int32_t *column; /* NOT_A_COLUMN until it has one */
    uint8_t *mark;
    uint32_t n;        /* [n] of both: who is none of them */
    uint32_t *named;   /* [offer of the command]: the place of its unit, or n */
    struct id_map map; /* one more than its place */
};

static struct candidates gather_candidates(struct planning *plan)
{
    struct deciding *d = plan->d;
    uint32_t units = d->state->table[OBJECT_UNIT].count;
    struct candidates c = {.unit = scratch(d, units * sizeof(*c.unit) + 8),
                           .column = scratch(d, units * sizeof(*c.column) + 8),
                           .mark = scratch(d, units * sizeof(*c.mark) + 8),
                           .named = scratch(d, plan->c->unit.n * sizeof(*c.named) + 8),
                           .map = id_map_make(d, units)};
    EACH (d->state, UNIT, unit, it) {
        if (ready_state(d->state, it) == READY_TAKEN)
            continue;
        c.unit[c.n] = it;
        c.column[c.n] = NOT_A_COLUMN;
        c.mark[c.n] = UNMARKED;
        *id_map_put(&c.map, it->unit.v) = ++c.n;
    }
    c.column[c.n] = NOT_A_COLUMN;
    return c;
}

/* Its place among the candidates, or n. */
static uint32_t candidate_of(const struct candidates *c, uint64_t unit)
{
    const uint32_t *place = id_map_find(&c->map, unit);
    return place ? *place - 1 : c->n;
}

static void add_column(struct planning *plan, const struct unit *unit)
{
    const struct core *core = plan->d->core;
    enum ready ready = ready_state(plan->d->state, unit);
    uint64_t to = ready == READY_ON_WAY ? unit->assignment.v : unit->next.v;
    plan->column[plan->column_n++] =
        (struct plan_column){.unit = unit,
                             .ready = ready,
                             .can = unit->capabilities,
                             .to = to ? state_assignment(plan->d->state, to) : NULL,
                             .chute_ms = ready_chute_ms(core, unit)};
}

static uint32_t mark_candidates(const struct planning *plan, struct candidates *c)
{
    uint32_t holders = 0;
    for (uint32_t i = 0; i < plan->c->unit.n; i++) {
        c->named[i] = candidate_of(c, plan->c->unit.v[i]);
        c->mark[c->named[i]] = NAMED;
    }
    for (int32_t r = 0; r < plan->row_n; r++)
        if (plan->row[r].holder) {
            c->mark[candidate_of(c, plan->row[r].holder->unit.v)] = HOLDS;
            holders++;
        }
    return holders;
}

/* Those on their way always, the others as long as there is room. */
static void gather_columns(struct planning *plan, struct candidates *c)
{
    uint32_t holders = mark_candidates(plan, c);
    plan->column = scratch(plan->d, c->n * sizeof(*plan->column) + 8);
    for (uint32_t i = 0; i < c->n; i++) {
        if (c->mark[i] == UNMARKED)
            continue;
        holders -= c->mark[i] == HOLDS;
        if (c->mark[i] == NAMED && (uint32_t)plan->column_n + holders >= PLAN_MATCH_COLUMNS_MAX) {
            plan->left_out++;
            continue;
        }
        c->column[i] = plan->column_n;
        add_column(plan, c->unit[i]);
    }
    for (int32_t r = 0; r < plan->row_n; r++)
        if (plan->row[r].holder)
            plan->slot[r].holder = c->column[candidate_of(c, plan->row[r].holder->unit.v)];
}

/* --- what sending a unit costs others --- */

static int64_t due_ms(const struct planning *plan, const struct unit *unit, int64_t shift_ms)
{
    const struct policy *p = &plan->d->core->policy;
    int64_t now_ms = plan->d->now_ms;
    if (p->shift_s && shift_ms && now_ms - shift_ms > p->shift_s * INT64_C(1000))
        return p->overtime_s * INT64_C(1000);
    if (p->meal_after_s && unit->duty_ms &&
        now_ms - unit->duty_ms > p->meal_after_s * INT64_C(1000))
        return p->meal_s * INT64_C(1000);
    return 0;
}

static void price_duty(struct planning *plan, const struct candidates *c)
{
    for (int32_t u = 0; u < plan->column_n; u++)
        plan->column[u].duty_ms = due_ms(plan, plan->column[u].unit, 0);
    EACH (plan->d->state, SHIFT, shift, it) {
        uint32_t place = candidate_of(c, it->unit.v);
        if (place < c->n && c->column[place] != NOT_A_COLUMN) {
            struct plan_column *column = &plan->column[c->column[place]];
            column->duty_ms = due_ms(plan, column->unit, it->began_ms);
        }
    }
}

/* A free unit that stands in a zone where no other does. */
static void price_cover(struct planning *plan, const struct candidates *c)
{
    const struct propose *p = plan->c;
    struct id_map count = id_map_make(plan->d, p->stand_zone.n);
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < p->stand_unit.n; i++) {
            uint32_t place = candidate_of(c, p->stand_unit.v[i]);
            if (place == c->n || !p->stand_zone.v[i] ||
                ready_state(plan->d->state, c->unit[place]) != READY_FREE)
                continue;
            uint32_t *free_n = id_map_put(&count, p->stand_zone.v[i]);
            *free_n += pass == 0;
            if (pass == 1 && *free_n == 1 && c->column[place] != NOT_A_COLUMN)
                plan->column[c->column[place]].cover_ms =
                    plan->d->core->policy.last_unit_s * INT64_C(1000);
        }
}

/* --- offers --- */

/* The end of the offers from `i` on that are for the same incident. */
static uint32_t run_end(struct u64s incident, uint32_t i)
{
    uint32_t end = i + 1;
    while (end < incident.n && incident.v[end] == incident.v[i])
        end++;
    return end;
}

static void add_offers(struct planning *plan, const struct candidates *c, struct plan_group *group,
                       uint32_t i, uint32_t end)
{
    struct plan_offer *offer = &plan->offer[group->offer + group->offer_n];
    group->offer_n += end - i;
    for (; i < end; i++)
        *offer++ = (struct plan_offer){c->column[c->named[i]], i};
}

/* Sorted by group, in the order of the command within each. */
static void gather_offers(struct planning *plan, const struct candidates *c)
{
    const struct propose *p = plan->c;
    uint32_t sum = 0, end;
    plan->offer = scratch(plan->d, p->incident.n * sizeof(*plan->offer) + 8);
    for (uint32_t i = 0; i < p->incident.n; i = end) {
        uint32_t group = group_of(plan, p->incident.v[i]);
        end = run_end(p->incident, i);
        if (group < plan->group_n)
            plan->group[group].offer_n += end - i;
    }
    for (uint32_t g = 0; g < plan->group_n; g++) {
        plan->group[g].offer = sum;
        sum += plan->group[g].offer_n;
        plan->group[g].offer_n = 0;
    }
    for (uint32_t i = 0; i < p->incident.n; i = end) {
        uint32_t group = group_of(plan, p->incident.v[i]);
        end = run_end(p->incident, i);
        if (group < plan->group_n)
            add_offers(plan, c, &plan->group[group], i, end);
    }
}

int64_t plan_stale_ms(const struct planning *plan, uint32_t age_s)
{
    const struct policy *p = &plan->d->core->policy;
    return age_s > p->stale_age_s ? p->stale_penalty_s * INT64_C(1000) : 0;
}

/* The offer stands until another is better by switch_s: the list must not flicker. */
int64_t plan_kept_ms(const struct planning *plan, const struct incident *incident, uint64_t unit)
{
    for (uint32_t i = 0; i < incident->slot_unit.n; i++)
        if (incident->slot_unit.v[i] == unit)
            return plan->d->core->policy.switch_s * INT64_C(1000);
    return 0;
}

static int64_t way_of(const struct planning *plan, const struct plan_group *group,
                      const struct plan_offer *offer)
{
    const struct plan_column *column = &plan->column[offer->column];
    int64_t ms = plan->c->eta_s.v[offer->from] * INT64_C(1000) + column->chute_ms +
                 plan_stale_ms(plan, plan->c->age_s.v[offer->from]) -
                 plan_kept_ms(plan, group->incident, plan->c->unit.v[offer->from]);
    return ms > 0 ? ms : 0;
}

/* What is left of the way it is on: by road as of now, else by what was told when it was ordered.
 */
static void set_way(struct planning *plan, int32_t number)
{
    const struct plan_column *column = &plan->column[number];
    struct plan_unit *unit = &plan->unit[number];
    const struct assignment *to = column->to;
    uint32_t group = group_of(plan, to->incident.v);
    const struct plan_offer *own =
        group < plan->group_n ? plan_offer_of(plan, &plan->group[group], number) : NULL;
    int64_t now_ms = plan->d->now_ms, began_ms = to->departed_ms ? to->departed_ms : to->ordered_ms;
    int64_t spent_ms = began_ms && now_ms > began_ms ? now_ms - began_ms : 0;
    int64_t eta_ms = to->eta_s * INT64_C(1000);
    if (own)
        eta_ms = plan->c->eta_s.v[own->from] * INT64_C(1000);
    else if (to->departed_ms)
        eta_ms = eta_ms > spent_ms ? eta_ms - spent_ms : 0;
    int64_t chute_ms = to->departed_ms ? 0 : column->chute_ms - spent_ms;
    unit->left_ms = unit->free_in_ms + eta_ms + (chute_ms > 0 ? chute_ms : 0);
    unit->drive_ms = spent_ms + unit->left_ms;
}

static void tell_units(struct planning *plan)
{
    const struct deciding *d = plan->d;
    plan->unit = scratch(plan->d, (size_t)plan->column_n * sizeof(*plan->unit) + 8);
    for (int32_t u = 0; u < plan->column_n; u++) {
        const struct plan_column *column = &plan->column[u];
        plan->unit[u] =
            (struct plan_unit){.free_in_ms = ready_in_ms(d->core, column->unit, d->now_ms),
                               .price_ms = column->cover_ms + column->duty_ms,
                               .slot = PLAN_NOBODY};
        if (column->to)
            set_way(plan, u);
    }
}

static void tell_slots(struct planning *plan, const struct plan_group *group)
{
    const struct incident *incident = group->incident;
    int64_t now_ms = plan->d->now_ms;
    for (int32_t r = group->row; r < group->row + group->row_n; r++) {
        struct plan_match_slot *slot = &plan->slot[r];
        slot->grade = incident->grade;
        slot->waited_ms = now_ms > incident->opened_ms ? now_ms - incident->opened_ms : 0;
        slot->since_taken_ms = incident->taken_ms ? now_ms - incident->taken_ms : PLAN_NEVER;
        if (slot->holder != PLAN_NOBODY)
            plan->unit[slot->holder].slot = r;
    }
}

/* On its way to this very incident, or to a slot that this plan leaves out. */
static bool is_promised(const struct planning *plan, const struct plan_group *group, int32_t column)
{
    const struct assignment *to = plan->column[column].to;
    return to && (plan->unit[column].slot == PLAN_NOBODY ||
                  to->incident.v == group->incident->incident.v);
}

/* The ways to one slot, of all columns. */
static void tell_ways(struct planning *plan, const struct plan_group *group, int32_t r)
{
    int64_t *way_ms = &plan->way_ms[(size_t)r * (size_t)plan->column_n];
    int32_t holder = plan->slot[r].holder;
    uint32_t wanted = plan->row[r].wanted;
    bool held = core_holds_back(plan->d->core, group->incident, plan->d->now_ms);
    for (int32_t u = 0; u < plan->column_n; u++)
        way_ms[u] = PLAN_NEVER;
    for (uint32_t i = 0; !held && i < group->offer_n; i++) {
        const struct plan_offer *offer = &plan->offer[group->offer + i];
        if (offer->column == PLAN_NOBODY || is_promised(plan, group, offer->column))
            continue;
        uint32_t can = plan->column[offer->column].can;
        int64_t ms = way_of(plan, group, offer);
        if ((wanted & ~can) == 0 && ms < way_ms[offer->column])
            way_ms[offer->column] = ms;
    }
    if (holder != PLAN_NOBODY)
        way_ms[holder] = plan->unit[holder].left_ms - plan->unit[holder].free_in_ms;
}

static void make_problem(struct planning *plan)
{
    size_t rows = (size_t)plan->row_n, cells = rows * (size_t)plan->column_n;
    tell_units(plan);
    for (uint32_t g = 0; g < plan->group_n; g++)
        tell_slots(plan, &plan->group[g]);
    plan->way_ms = scratch(plan->d, cells * sizeof(*plan->way_ms) + 8);
    for (uint32_t g = 0; g < plan->group_n; g++)
        for (int32_t r = plan->group[g].row; r < plan->group[g].row + plan->group[g].row_n; r++)
            tell_ways(plan, &plan->group[g], r);
    plan->problem = (struct plan_problem){&plan->rules, plan->slot,  plan->unit,
                                          plan->way_ms, plan->row_n, plan->column_n};
}

/* --- the command --- */

/* Columns of one length, or absent where that is allowed. */
static bool is_well_formed(const struct propose *c, uint32_t units)
{
    uint32_t n = c->incident.n, places = c->lat90_e7.n;
    return n <= PLAN_OFFERS_MAX && c->unit.n == n && c->eta_s.n == n && c->source.n == n &&
           c->age_s.n == n && (places == 0 || places == n) && c->lon180_e7.n == places &&
           c->course_deg.n == places && c->speed_kmh.n == places &&
           c->stand_unit.n == c->stand_zone.n && c->stand_unit.n <= units;
}

enum refusal decide_propose(struct deciding *d)
{
    const struct propose *c = &d->command->propose;
    struct planning plan = {.d = d, .c = c, .rules = core_plan_rules(&d->core->policy)};
    if (!is_well_formed(c, d->state->table[OBJECT_UNIT].max))
        return REFUSE_BAD_VALUE;
    if (c->weights_epoch < d->state->head->weights_epoch)
        return REFUSE_OLD_WEIGHTS;
    gather_groups(&plan);
    struct tasks tasks = gather_tasks(&plan);
    gather_rows(&plan, &tasks);
    plan.slot = scratch(d, (size_t)plan.row_n * sizeof(*plan.slot) + 8);
    for (int32_t r = 0; r < plan.row_n; r++)
        plan.slot[r] = (struct plan_match_slot){.holder = PLAN_NOBODY};
    struct candidates candidates = gather_candidates(&plan);
    gather_columns(&plan, &candidates);
    gather_offers(&plan, &candidates);
    price_duty(&plan, &candidates);
    price_cover(&plan, &candidates);
    make_problem(&plan);
    plan.answer = scratch(d, (size_t)plan.row_n * sizeof(*plan.answer) + 8);
    plan.workspace = scratch(d, plan_match_bytes(plan.row_n, plan.column_n));
    plan_match(&plan.problem, plan.workspace, plan.answer);
    plan_tell(&plan);
    return REFUSE_NONE;
}
