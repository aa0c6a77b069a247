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

/* What a slot asks of every unit but its own. */
struct asks {
    int32_t holder;
    bool frozen;      /* its own is not to be changed */
    int64_t none_ms;  /* who comes later than this does not come */
    int64_t slack_ms; /* who comes later than this is late */
    int64_t late_ms, unsure_ms, change_ms;
};

static struct asks asks_of(const struct plan_problem *p, const struct plan_match_slot *slot)
{
    const struct plan_rules *rules = p->rules;
    uint32_t grade = grade_of(slot);
    int64_t target_ms = rules->target_ms[grade];
    struct asks asks = {.holder = slot->holder,
                        .none_ms = rules->none_ms,
                        .slack_ms = target_ms ? target_ms - slot->waited_ms : PLAN_NEVER,
                        .late_ms = rules->late_ms[grade],
                        .unsure_ms = rules->unsure_ms[grade]};
    if (slot->holder == PLAN_NOBODY)
        return asks;
    const struct plan_unit *holder = &p->unit[slot->holder];
    asks.change_ms = rules->switch_ms[grade];
    asks.frozen = !plan_may_turn(rules, holder->drive_ms, holder->left_ms);
    return asks;
}

/* What a unit says to every slot of grade 1, or to every other, but the one it is on its way to. */
struct says {
    enum plan_bar bar;
    int64_t free_in_ms, turn_ms, unit_ms;
};

static struct says says_of(const struct plan_problem *p, const struct plan_unit *unit, bool red)
{
    const struct plan_rules *rules = p->rules;
    struct says says = {
        .bar = PLAN_OPEN, .free_in_ms = unit->free_in_ms, .unit_ms = red ? 0 : unit->price_ms};
    if (unit->slot == PLAN_NOBODY)
        return says;
    const struct plan_match_slot *from = &p->slot[unit->slot];
    bool red_takes = red && grade_of(from) != 1;
    says.turn_ms = red_takes ? rules->turn_1_ms : rules->turn_ms;
    if (!plan_may_turn(rules, unit->drive_ms, unit->left_ms))
        says.bar = PLAN_FROZEN;
    else if (from->since_taken_ms < rules->divert_pause_ms && !red_takes)
        says.bar = PLAN_PAUSED;
    return says;
}

/* Being late costs late_ms; the wait so far is the same whoever goes. */
static inline struct plan_price price_of(const struct asks *asks, const struct says *says,
                                         int32_t u, int64_t way_ms)
{
    struct plan_price price = {.bar = PLAN_TOO_FAR};
    if (way_ms == PLAN_NEVER || way_ms + says->free_in_ms >= asks->none_ms)
        return price;
    price.late_ms = way_ms + says->free_in_ms > asks->slack_ms ? asks->late_ms : 0;
    price.bar = PLAN_OPEN;
    if (asks->holder == u)
        return price;
    price.bar = asks->frozen ? PLAN_FROZEN : says->bar;
    price.unsure_ms = says->free_in_ms ? asks->unsure_ms : 0;
    price.change_ms = asks->change_ms;
    price.turn_ms = says->turn_ms;
    price.unit_ms = says->unit_ms;
    return price;
}

static int64_t way_of(const struct plan_problem *p, int32_t s, int32_t u)
{
    return p->way_ms[(size_t)s * (size_t)p->unit_n + (size_t)u];
}

struct plan_price plan_price(const struct plan_problem *problem, int32_t slot, int32_t unit)
{
    const struct plan_match_slot *of = &problem->slot[slot];
    const struct asks asks = asks_of(problem, of);
    const struct says says = says_of(problem, &problem->unit[unit], grade_of(of) == 1);
    return price_of(&asks, &says, unit, way_of(problem, slot, unit));
}

/* --- the workspace: what assign_solve takes and gives --- */

struct match {
    int64_t *cost, *none_cost, *row_price, *column_price;
    struct says *says; /* [red * unit_n + unit] */
    void *assign;
};

static struct match match_in(const struct plan_problem *problem, void *workspace)
{
    size_t rows = (size_t)problem->slot_n, columns = (size_t)problem->unit_n;
    struct match m = {.cost = workspace};
    m.none_cost = m.cost + rows * columns;
    m.row_price = m.none_cost + rows;
    m.column_price = m.row_price + rows;
    m.says = (struct says *)(m.column_price + columns);
    m.assign = m.says + 2 * columns;
    return m;
}

size_t plan_match_bytes(int32_t slot_n, int32_t unit_n)
{
    size_t rows = (size_t)slot_n, columns = (size_t)unit_n;
    return (rows * columns + 2 * rows + columns) * sizeof(int64_t) +
           2 * columns * sizeof(struct says) + assign_workspace_bytes(slot_n, unit_n);
}

static int64_t pair_cost(const struct scale *scale, const struct plan_price *price, int64_t ms)
{
    return price->bar != PLAN_OPEN
               ? ASSIGN_FORBIDDEN
               : weighed(scale, ms + price->unsure_ms + price->late_ms + price->change_ms +
                                    price->turn_ms + price->unit_ms);
}

static void price_slot(const struct plan_problem *p, struct match *m, int32_t s)
{
    const struct plan_match_slot *slot = &p->slot[s];
    const struct scale scale = scale_of(p->rules, slot);
    const struct asks asks = asks_of(p, slot);
    const struct says *says = m->says + (grade_of(slot) == 1 ? p->unit_n : 0);
    const int64_t *way_ms = p->way_ms + (size_t)s * (size_t)p->unit_n;
    int64_t *cost = m->cost + (size_t)s * (size_t)p->unit_n;
    m->none_cost[s] = weighed(&scale, p->rules->none_ms);
    for (int32_t u = 0, n = p->unit_n; u < n; u++) {
        cost[u] = ASSIGN_FORBIDDEN;
        if (way_ms[u] == PLAN_NEVER)
            continue;
        const struct plan_price price = price_of(&asks, &says[u], u, way_ms[u]);
        cost[u] = pair_cost(&scale, &price, way_ms[u] + says[u].free_in_ms);
    }
}

static void price_all(const struct plan_problem *p, struct match *m)
{
    for (int32_t u = 0; u < p->unit_n; u++) {
        m->says[u] = says_of(p, &p->unit[u], false);
        m->says[p->unit_n + u] = says_of(p, &p->unit[u], true);
    }
    for (int32_t s = 0; s < p->slot_n; s++)
        price_slot(p, m, s);
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
