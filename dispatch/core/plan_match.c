#include "dispatch/core/plan_match.h"

#include "dispatch/core/assign.h"
#include "dispatch/must.h"

static uint32_t grade_of(const struct plan_match_slot *slot)
{
    return slot->grade < PLAN_GRADES ? slot->grade : 0;
}

/* What a slot's weight stays below, in 1/16. */
static int64_t cap_of(const struct plan_rules *rules, const struct plan_match_slot *slot)
{
    uint32_t grade = grade_of(slot);
    bool starved = rules->starved_ms && slot->waited_ms > rules->starved_ms;
    int64_t red = (int64_t)rules->weight[1] * 16;
    if (grade == 1)
        return INT64_MAX;
    int64_t above = grade == 0 || starved ? red : (int64_t)rules->weight[grade - 1] * 16;
    return rules->red_first && grade && above > red / 2 ? red / 2 : above - 1;
}

/* Weight of a ms in 1/16: it grows with the square of the wait, but stays below that of the next
 * more urgent grade at rest. */
static int64_t weight_of(const struct plan_rules *rules, const struct plan_match_slot *slot)
{
    uint32_t grade = grade_of(slot);
    int64_t target_ms = rules->age_target_ms[grade], cap = cap_of(rules, slot);
    int64_t waited_ms = slot->waited_ms < 10 * target_ms ? slot->waited_ms : 10 * target_ms;
    int64_t ratio = target_ms ? waited_ms * 64 / target_ms : 0;
    int64_t weight = (int64_t)rules->weight[grade] * (16 + ratio * ratio / 256);
    return weight < cap ? weight : cap;
}

/* How dear a slot's waiting is; bounded so that every price is one that assign_solve takes. */
struct scale {
    int64_t weight, most_ms;
};

static struct scale scale_of(const struct plan_rules *rules, const struct plan_match_slot *slot)
{
    int64_t weight = weight_of(rules, slot);
    return (struct scale){weight, ASSIGN_COST_MAX / (weight + 16) * 16};
}

static int64_t weighed(const struct scale *scale, int64_t ms)
{
    return scale->weight * (ms < 0 ? 0 : ms < scale->most_ms ? ms : scale->most_ms) / 16;
}

bool plan_may_turn(const struct plan_rules *rules, int64_t drive_ms, int64_t left_ms)
{
    return rules->diverts && left_ms > rules->freeze_ms && left_ms * 4 > drive_ms;
}

static bool turns(const struct plan_problem *p, const struct plan_unit *unit)
{
    return plan_may_turn(p->rules, unit->drive_ms, unit->left_ms);
}

/* Grade 1 from a less urgent one. */
static bool red_takes(const struct plan_match_slot *slot, const struct plan_match_slot *from)
{
    return grade_of(slot) == 1 && grade_of(from) != 1;
}

/* Whether the unit may be taken from the slot it is on its way to. */
static enum plan_bar bar_of_taking(const struct plan_problem *p, const struct plan_match_slot *slot,
                                   const struct plan_unit *unit)
{
    const struct plan_match_slot *from = &p->slot[unit->slot];
    if (!turns(p, unit))
        return PLAN_FROZEN;
    return from->since_taken_ms >= p->rules->divert_pause_ms || red_takes(slot, from) ? PLAN_OPEN
                                                                                      : PLAN_PAUSED;
}

/* Being late costs late_ms; the wait so far is the same whoever goes. */
static int64_t late_ms(const struct plan_problem *p, const struct plan_match_slot *slot, int64_t ms)
{
    uint32_t grade = grade_of(slot);
    int64_t target_ms = p->rules->target_ms[grade];
    return target_ms && slot->waited_ms + ms > target_ms ? p->rules->late_ms[grade] : 0;
}

/* What speaks against taking a unit from the slot it is on its way to. */
static int64_t turning_ms(const struct plan_problem *p, const struct plan_match_slot *slot,
                          const struct plan_unit *unit)
{
    return red_takes(slot, &p->slot[unit->slot]) ? 0 : p->rules->turn_ms;
}

static int64_t way_of(const struct plan_problem *p, int32_t s, int32_t u)
{
    return p->way_ms[(size_t)s * (size_t)p->unit_n + (size_t)u];
}

static inline struct plan_price price_of(const struct plan_problem *p, int32_t s, int32_t u)
{
    const struct plan_match_slot *slot = &p->slot[s];
    const struct plan_unit *unit = &p->unit[u];
    struct plan_price price = {.bar = PLAN_TOO_FAR};
    int64_t way_ms = way_of(p, s, u);
    if (way_ms == PLAN_NEVER || way_ms + unit->free_in_ms >= p->rules->none_ms)
        return price;
    int64_t ms = way_ms + unit->free_in_ms;
    price.bar = PLAN_OPEN;
    price.late_ms = late_ms(p, slot, ms);
    if (slot->holder == u)
        return price;
    price.unsure_ms = unit->free_in_ms ? p->rules->unsure_ms[grade_of(slot)] : 0;
    if (unit->slot != PLAN_NOBODY) {
        price.bar = bar_of_taking(p, slot, unit);
        price.turn_ms = turning_ms(p, slot, unit);
    }
    if (slot->holder != PLAN_NOBODY) {
        price.change_ms = p->rules->switch_ms[grade_of(slot)];
        if (!turns(p, &p->unit[slot->holder]))
            price.bar = PLAN_FROZEN;
    }
    price.unit_ms = grade_of(slot) == 1 ? 0 : unit->price_ms;
    return price;
}

struct plan_price plan_price(const struct plan_problem *problem, int32_t slot, int32_t unit)
{
    return price_of(problem, slot, unit);
}

static int64_t pair_cost(const struct plan_problem *p, const struct scale *scale, int32_t s,
                         int32_t u)
{
    const struct plan_price price = price_of(p, s, u);
    if (price.bar != PLAN_OPEN)
        return ASSIGN_FORBIDDEN;
    return weighed(scale, way_of(p, s, u) + p->unit[u].free_in_ms + price.unsure_ms +
                              price.late_ms + price.change_ms + price.turn_ms + price.unit_ms);
}

/* --- the workspace: what assign_solve takes and gives --- */

struct match {
    int64_t *cost, *none_cost, *row_price, *column_price;
    void *assign;
};

static struct match match_in(const struct plan_problem *problem, void *workspace)
{
    size_t rows = (size_t)problem->slot_n, columns = (size_t)problem->unit_n;
    struct match m = {.cost = workspace};
    m.none_cost = m.cost + rows * columns;
    m.row_price = m.none_cost + rows;
    m.column_price = m.row_price + rows;
    m.assign = m.column_price + columns;
    return m;
}

size_t plan_match_bytes(int32_t slot_n, int32_t unit_n)
{
    size_t rows = (size_t)slot_n, columns = (size_t)unit_n;
    return (rows * columns + 2 * rows + columns) * sizeof(int64_t) +
           assign_workspace_bytes(slot_n, unit_n);
}

static void price_all(const struct plan_problem *p, struct match *m)
{
    for (int32_t s = 0; s < p->slot_n; s++) {
        const struct scale scale = scale_of(p->rules, &p->slot[s]);
        const int64_t *way_ms = p->way_ms + (size_t)s * (size_t)p->unit_n;
        int64_t *cost = m->cost + (size_t)s * (size_t)p->unit_n;
        m->none_cost[s] = weighed(&scale, p->rules->none_ms);
        for (int32_t u = 0; u < p->unit_n; u++)
            cost[u] = way_ms[u] == PLAN_NEVER ? ASSIGN_FORBIDDEN : pair_cost(p, &scale, s, u);
    }
}

void plan_match(const struct plan_problem *problem, void *workspace, int32_t *unit)
{
    must(problem->slot_n <= PLAN_MATCH_ROWS_MAX && problem->unit_n <= PLAN_MATCH_COLUMNS_MAX);
    struct match m = match_in(problem, workspace);
    price_all(problem, &m);
    struct assign_problem assign = {problem->slot_n, problem->unit_n, m.cost, m.none_cost};
    struct assign_answer answer = {unit, m.row_price, m.column_price, 0};
    assign_solve(&assign, m.assign, &answer);
}

/* --- telling why --- */

static const int64_t *column_prices(const struct plan_problem *problem, const void *workspace)
{
    size_t rows = (size_t)problem->slot_n, columns = (size_t)problem->unit_n;
    return (const int64_t *)workspace + rows * columns + 2 * rows;
}

int32_t plan_rival(const struct plan_problem *problem, const void *workspace, int32_t slot,
                   int32_t chosen)
{
    const int64_t *cost = (const int64_t *)workspace + (size_t)slot * (size_t)problem->unit_n;
    const int64_t *column_price = column_prices(problem, workspace);
    int64_t least = INT64_MAX;
    int32_t rival = PLAN_NOBODY;
    for (int32_t u = 0; u < problem->unit_n; u++) {
        if (u == chosen || cost[u] == ASSIGN_FORBIDDEN || cost[u] - column_price[u] >= least)
            continue;
        least = cost[u] - column_price[u];
        rival = u;
    }
    return rival;
}

int64_t plan_elsewhere_ms(const struct plan_problem *problem, const void *workspace, int32_t slot,
                          int32_t unit)
{
    int64_t weight = weight_of(problem->rules, &problem->slot[slot]);
    return weight ? -column_prices(problem, workspace)[unit] / weight * 16 : 0;
}
