#include "dispatch/core/plan_match.h"

#include "dispatch/core/assign.h"
#include "dispatch/must.h"

struct match {
    const struct plan_problem *problem;
    const struct plan_rules *rules;
    int64_t *cost, *none_cost, *row_price, *column_price;
    void *assign;
};

size_t plan_match_bytes(int32_t slot_n, int32_t unit_n)
{
    size_t rows = (size_t)slot_n, columns = (size_t)unit_n;
    return (rows * columns + 2 * rows + columns) * sizeof(int64_t) +
           assign_workspace_bytes(slot_n, unit_n);
}

static uint32_t grade_of(const struct plan_slot *slot)
{
    return slot->grade < PLAN_GRADES ? slot->grade : 0;
}

/* Weight of a ms in 1/16: it grows with the square of the wait, but stays below that of the next
 * more urgent grade at rest. */
static int64_t weight_of(const struct plan_rules *rules, const struct plan_slot *slot)
{
    uint32_t grade = grade_of(slot);
    int64_t target_ms = rules->age_target_ms[grade];
    int64_t waited_ms = slot->waited_ms < 10 * target_ms ? slot->waited_ms : 10 * target_ms;
    int64_t ratio = target_ms ? waited_ms * 64 / target_ms : 0;
    int64_t weight = (int64_t)rules->weight[grade] * (16 + ratio * ratio / 256);
    int64_t cap = grade > 1 ? (int64_t)rules->weight[grade - 1] * 16 - 1 : INT64_MAX;
    return weight < cap ? weight : cap;
}

/* Bounded so that every price is one that assign_solve takes. */
static int64_t weighed(const struct match *m, const struct plan_slot *slot, int64_t ms)
{
    int64_t weight = weight_of(m->rules, slot), most_ms = ASSIGN_COST_MAX / (weight + 16) * 16;
    return weight * (ms < 0 ? 0 : ms < most_ms ? ms : most_ms) / 16;
}

bool plan_may_turn(const struct plan_rules *rules, int64_t drive_ms, int64_t left_ms)
{
    return rules->diverts && left_ms > rules->freeze_ms && left_ms * 4 > drive_ms;
}

static bool turns(const struct match *m, const struct plan_unit *unit)
{
    return plan_may_turn(m->rules, unit->drive_ms, unit->left_ms);
}

/* Whether the slot, which another unit is on its way to, may change to one that is there in ms. */
static bool may_change(const struct match *m, const struct plan_slot *slot,
                       const struct plan_unit *to, int64_t ms)
{
    const struct plan_unit *holder = &m->problem->unit[slot->holder];
    if (!turns(m, holder))
        return false;
    return slot->since_taken_ms >= m->rules->divert_pause_ms ||
           (to->free_in_ms == 0 && ms <= holder->left_ms);
}

/* Being late costs late_ms; the wait so far is the same whoever goes. */
static int64_t waiting_ms(const struct match *m, const struct plan_slot *slot, int64_t ms)
{
    uint32_t grade = grade_of(slot);
    int64_t target_ms = m->rules->target_ms[grade];
    return target_ms && slot->waited_ms + ms > target_ms ? ms + m->rules->late_ms[grade] : ms;
}

/* What speaks against taking a unit from the slot it is on its way to. */
static int64_t turning_ms(const struct match *m, const struct plan_slot *slot,
                          const struct plan_unit *unit)
{
    const struct plan_slot *from = &m->problem->slot[unit->slot];
    bool more_urgent = grade_of(slot) && grade_of(slot) < grade_of(from);
    return more_urgent ? 0 : m->rules->turn_ms;
}

static int64_t pair_cost(const struct match *m, int32_t s, int32_t u)
{
    const struct plan_problem *p = m->problem;
    const struct plan_slot *slot = &p->slot[s];
    const struct plan_unit *unit = &p->unit[u];
    int64_t way_ms = p->way_ms[(size_t)s * (size_t)p->unit_n + (size_t)u];
    if (way_ms == PLAN_NEVER || way_ms + unit->free_in_ms >= m->rules->none_ms)
        return ASSIGN_FORBIDDEN;
    int64_t ms = way_ms + unit->free_in_ms, cost_ms = waiting_ms(m, slot, ms);
    if (slot->holder == u)
        return weighed(m, slot, cost_ms);
    if (slot->holder != PLAN_NOBODY) {
        if (!may_change(m, slot, unit, ms))
            return ASSIGN_FORBIDDEN;
        cost_ms += m->rules->switch_ms[grade_of(slot)];
    }
    if (unit->slot != PLAN_NOBODY) {
        if (!turns(m, unit))
            return ASSIGN_FORBIDDEN;
        cost_ms += turning_ms(m, slot, unit);
    }
    return weighed(m, slot, cost_ms + (grade_of(slot) == 1 ? 0 : unit->price_ms));
}

static void price(struct match *m)
{
    const struct plan_problem *p = m->problem;
    for (int32_t s = 0; s < p->slot_n; s++) {
        m->none_cost[s] = weighed(m, &p->slot[s], m->rules->none_ms);
        for (int32_t u = 0; u < p->unit_n; u++)
            m->cost[(size_t)s * (size_t)p->unit_n + (size_t)u] = pair_cost(m, s, u);
    }
}

void plan_match(const struct plan_problem *problem, void *workspace, int32_t *unit)
{
    size_t rows = (size_t)problem->slot_n, columns = (size_t)problem->unit_n;
    struct match m = {.problem = problem, .rules = problem->rules, .cost = workspace};
    must(problem->slot_n <= PLAN_MATCH_ROWS_MAX && problem->unit_n <= PLAN_MATCH_COLUMNS_MAX);
    m.none_cost = m.cost + rows * columns;
    m.row_price = m.none_cost + rows;
    m.column_price = m.row_price + rows;
    m.assign = m.column_price + columns;
    price(&m);
    struct assign_problem assign = {problem->slot_n, problem->unit_n, m.cost, m.none_cost};
    struct assign_answer answer = {unit, m.row_price, m.column_price, 0};
    assign_solve(&assign, m.assign, &answer);
}
