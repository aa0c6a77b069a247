/* One slot of the plan: which unit, why this one, and the two largest differences to the next best
 * or to the one that a rule keeps away. */
#include "dispatch/core/plan.h"

/* --- what a unit's coming costs, part by part --- */

enum part {
    PART_FREE,
    PART_DRIVE,
    PART_ROLL,
    PART_STALE,
    PART_KEPT,
    PART_LATE,
    PART_CHANGE,
    PART_TURN,
    PART_COVER,
    PART_DUTY,
    PART_ELSEWHERE,
    PART_COUNT
};

/* The words of a part where the one we speak of has less of it, and more. */
static const enum term less_of[PART_COUNT] = {
    TERM_FREE_SOONER, TERM_NEARER,  TERM_ROLLS_SOONER, TERM_FRESHER, TERM_OFFERED,    TERM_IN_TIME,
    TERM_NO_CHANGE,   TERM_NO_TURN, TERM_KEEPS_COVER,  TERM_NOT_DUE, TERM_NOT_NEEDED,
};
static const enum term more_of[PART_COUNT] = {
    TERM_FREE_LATER, TERM_FARTHER, TERM_ROLLS_LATER, TERM_STALE, TERM_NOT_OFFERED,      TERM_LATE,
    TERM_CHANGE,     TERM_TURN,    TERM_UNCOVERS,    TERM_DUE,   TERM_NEEDED_ELSEWHERE,
};

struct parts {
    int64_t ms[PART_COUNT];
};

const struct plan_offer *plan_offer_of(const struct planning *plan, const struct plan_group *group,
                                       int32_t column)
{
    const struct plan_offer *best = NULL;
    for (uint32_t i = 0; column != PLAN_NOBODY && i < group->offer_n; i++) {
        const struct plan_offer *offer = &plan->offer[group->offer + i];
        if (offer->column == column &&
            (!best || plan->c->eta_s.v[offer->from] < plan->c->eta_s.v[best->from]))
            best = offer;
    }
    return best;
}

/* Of a column by its offer to the group; NULL: it has none. */
static struct parts parts_of(const struct planning *plan, const struct plan_group *group,
                             int32_t row, int32_t column, const struct plan_offer *offer)
{
    const struct plan_column *c = &plan->column[column];
    const struct plan_price price = plan_price(&plan->problem, row, column);
    bool own = plan->slot[row].holder == column, first = plan->slot[row].grade == 1;
    struct parts parts = {
        {[PART_FREE] = plan->unit[column].free_in_ms + price.unsure_ms,
         [PART_LATE] = price.late_ms,
         [PART_CHANGE] = price.change_ms,
         [PART_TURN] = price.turn_ms,
         [PART_COVER] = first || own ? 0 : c->cover_ms,
         [PART_DUTY] = first || own ? 0 : c->duty_ms,
         [PART_ELSEWHERE] = plan_elsewhere_ms(&plan->problem, plan->workspace, row, column)}};
    if (own)
        parts.ms[PART_DRIVE] = plan->unit[column].left_ms - plan->unit[column].free_in_ms;
    if (own || !offer)
        return parts;
    parts.ms[PART_DRIVE] = plan->c->eta_s.v[offer->from] * INT64_C(1000);
    parts.ms[PART_ROLL] = c->chute_ms;
    parts.ms[PART_STALE] = plan_stale_ms(plan, plan->c->age_s.v[offer->from]);
    parts.ms[PART_KEPT] = -plan_kept_ms(plan, group->incident, c->unit->unit.v);
    return parts;
}

static int64_t sum_of(const struct parts *parts)
{
    int64_t sum = 0;
    for (enum part part = 0; part < PART_ELSEWHERE; part++)
        sum += parts->ms[part];
    return sum;
}

/* --- one slot --- */

static uint32_t seconds_of(int64_t ms)
{
    return (uint32_t)((ms < 0 ? -ms : ms) / 1000);
}

static void put_term(struct plan_pick *pick, enum term term, uint32_t seconds)
{
    if (seconds == 0)
        return;
    if (seconds > pick->term_s || pick->term == TERM_NONE) {
        pick->term2 = pick->term;
        pick->term2_s = pick->term_s;
        pick->term = term;
        pick->term_s = seconds;
    } else if (seconds > pick->term2_s) {
        pick->term2 = term;
        pick->term2_s = seconds;
    }
}

/* The two largest differences of `of` to `other`. */
static void put_terms(struct plan_pick *pick, const struct parts *of, const struct parts *other)
{
    for (enum part part = 0; part < PART_COUNT; part++) {
        int64_t more_ms = of->ms[part] - other->ms[part];
        put_term(pick, more_ms > 0 ? more_of[part] : less_of[part], seconds_of(more_ms));
    }
}

/* Which rule keeps a unit from a slot that it would reach: TERM_NONE if none does. */
static enum term bar_term(const struct planning *plan, int32_t row, int32_t column)
{
    enum plan_bar bar = plan_price(&plan->problem, row, column).bar;
    return bar == PLAN_FROZEN ? TERM_FROZEN : bar == PLAN_PAUSED ? TERM_PAUSED : TERM_NONE;
}

bool plan_may_go(const struct planning *plan, int32_t row, int32_t column)
{
    return plan_price(&plan->problem, row, column).bar == PLAN_OPEN;
}

/* The unit that a rule keeps away although it would be there soonest, sooner than ms. */
static int32_t soonest_barred(const struct planning *plan, const struct plan_group *group,
                              int32_t row, int64_t ms)
{
    int32_t best = PLAN_NOBODY;
    for (uint32_t i = 0; i < group->offer_n; i++) {
        const struct plan_offer *offer = &plan->offer[group->offer + i];
        int32_t column = offer->column;
        bool may_be_barred = column != PLAN_NOBODY && (plan->unit[column].slot != PLAN_NOBODY ||
                                                       plan->slot[row].holder != PLAN_NOBODY);
        if (!may_be_barred || column == plan->slot[row].holder ||
            bar_term(plan, row, column) == TERM_NONE)
            continue;
        const struct parts parts = parts_of(plan, group, row, column, offer);
        int64_t sum = sum_of(&parts);
        if (sum > ms || (sum == ms && (best == PLAN_NOBODY || column > best)))
            continue;
        best = column;
        ms = sum;
    }
    return best;
}

/* Compared with the unit that a rule keeps away, if that one would be sooner, else the next best.
 * An empty slot tells what speaks against the unit that came nearest to being chosen. */
void plan_explain(const struct planning *plan, const struct plan_group *group, int32_t row,
                  struct plan_pick *pick)
{
    const struct parts nothing = {{0}};
    struct parts of = nothing;
    int32_t chosen = pick->offer ? pick->offer->column : PLAN_NOBODY;
    int64_t most_ms = plan->rules.none_ms;
    if (chosen != PLAN_NOBODY) {
        of = parts_of(plan, group, row, chosen, pick->offer);
        most_ms = sum_of(&of);
    }
    int32_t barred = soonest_barred(plan, group, row, most_ms);
    int32_t other =
        barred != PLAN_NOBODY ? barred : plan_rival(&plan->problem, plan->workspace, row, chosen);
    if (other == PLAN_NOBODY)
        return;
    const struct parts parts = parts_of(plan, group, row, other, plan_offer_of(plan, group, other));
    pick->over = plan->column[other].unit->unit.v;
    if (chosen == PLAN_NOBODY)
        put_terms(pick, &parts, &nothing);
    else
        put_terms(pick, &of, &parts);
    if (barred == PLAN_NOBODY)
        return;
    pick->term2 = pick->term;
    pick->term2_s = pick->term_s;
    pick->term = bar_term(plan, row, barred);
    pick->term_s = chosen == PLAN_NOBODY ? 0 : seconds_of(most_ms - sum_of(&parts));
}

static bool any_is_free(const struct planning *plan)
{
    EACH (plan->d->state, UNIT, unit, it)
        if (ready_state(plan->d->state, it) == READY_FREE)
            return true;
    return false;
}

static enum why why_empty(const struct planning *plan, const struct plan_group *group, int32_t row)
{
    bool any = false, capable = false;
    uint32_t wanted = plan->row[row].wanted;
    if (!group->incident->has_place)
        return WHY_NO_PLACE;
    if (core_holds_back(plan->d->core, group->incident, plan->d->now_ms))
        return WHY_HELD_FOR_SURGE;
    for (uint32_t i = 0; i < group->offer_n; i++) {
        int32_t column = plan->offer[group->offer + i].column;
        if (column == PLAN_NOBODY)
            continue;
        any = true;
        capable = capable || (wanted & ~plan->column[column].can) == 0;
        if (plan_price(&plan->problem, row, column).bar == PLAN_OPEN)
            return WHY_BETTER_ELSEWHERE;
    }
    if (!any)
        return any_is_free(plan) ? WHY_NONE_IN_REACH : WHY_NO_FREE_UNIT;
    return capable ? WHY_NONE_IN_REACH : WHY_NONE_CAPABLE;
}

/* What speaks against a unit that is nearer by plain travel time than the one picked. */
static enum why why_not(const struct planning *plan, const struct plan_group *group, int32_t row,
                        const struct plan_offer *nearer, const struct plan_offer *picked)
{
    const struct parts a = parts_of(plan, group, row, nearer->column, nearer);
    const struct parts b = parts_of(plan, group, row, picked->column, picked);
    enum term bar = bar_term(plan, row, nearer->column);
    if (plan->row[row].wanted & ~plan->column[nearer->column].can)
        return WHY_CAPABILITY;
    if (bar != TERM_NONE)
        return bar == TERM_FROZEN ? WHY_ALMOST_THERE : WHY_JUST_DIVERTED;
    if (sum_of(&a) < sum_of(&b) || (sum_of(&a) == sum_of(&b) && nearer->column < picked->column))
        return WHY_BETTER_ELSEWHERE;
    if (a.ms[PART_FREE] > b.ms[PART_FREE])
        return WHY_FREE_LATER;
    if (a.ms[PART_STALE] > b.ms[PART_STALE])
        return WHY_STALE_POSITION;
    if (a.ms[PART_TURN] > b.ms[PART_TURN])
        return WHY_ON_ITS_WAY;
    if (a.ms[PART_COVER] > b.ms[PART_COVER])
        return WHY_LAST_UNIT;
    if (a.ms[PART_DUTY] > b.ms[PART_DUTY])
        return WHY_CREW_DUE;
    return a.ms[PART_ROLL] > b.ms[PART_ROLL] ? WHY_ROLLS_SOONER : WHY_NONE;
}

static enum why why_picked(const struct planning *plan, const struct plan_group *group, int32_t row,
                           const struct plan_offer *offer)
{
    const uint32_t *eta_s = plan->c->eta_s.v;
    const struct plan_offer *nearest = NULL;
    enum why why =
        plan->c->source.v[offer->from] == SOURCE_ROAD ? WHY_NEAREST_BY_ROAD : WHY_NEAREST_BY_CROW;
    for (uint32_t i = 0; i < group->offer_n; i++) {
        const struct plan_offer *other = &plan->offer[group->offer + i];
        uint32_t best_s = nearest ? eta_s[nearest->from] : eta_s[offer->from];
        if (other->column == PLAN_NOBODY || other->column == offer->column ||
            other->column == plan->slot[row].holder || eta_s[other->from] > best_s ||
            (eta_s[other->from] == best_s && (!nearest || other->column > nearest->column)))
            continue;
        nearest = other;
    }
    enum why reason = nearest ? why_not(plan, group, row, nearest, offer) : WHY_NONE;
    return reason == WHY_NONE ? why : reason;
}

/* How much later the incident is reached that this unit is taken from. */
static uint32_t costs_of(const struct planning *plan, int32_t column)
{
    int32_t from = plan->unit[column].slot, instead = plan->answer[from];
    if (instead == PLAN_NOBODY)
        return seconds_of(plan->rules.none_ms);
    int64_t way_ms = plan->way_ms[(size_t)from * (size_t)plan->column_n + (size_t)instead];
    int64_t later_ms = way_ms + plan->unit[instead].free_in_ms - plan->unit[column].left_ms;
    return later_ms > 0 ? seconds_of(later_ms) : 0;
}

struct plan_pick plan_pick_of(const struct planning *plan, const struct plan_group *group,
                              int32_t row)
{
    int32_t chosen = plan->answer[row], holder = plan->slot[row].holder;
    const struct plan_offer *offer = plan_offer_of(plan, group, chosen);
    struct plan_pick pick = {.offer = offer,
                             .held = holder == PLAN_NOBODY ? 0 : plan->column[holder].unit->unit.v};
    if (!offer) {
        pick.why = why_empty(plan, group, row);
        return pick;
    }
    const struct plan_column *column = &plan->column[chosen];
    pick.unit = column->unit->unit.v;
    pick.eta_s = plan->c->eta_s.v[offer->from];
    pick.free_s = seconds_of(plan->unit[chosen].free_in_ms);
    pick.why = why_picked(plan, group, row, offer);
    if (column->to) {
        pick.from = column->to->incident.v;
        pick.costs_s = costs_of(plan, chosen);
    }
    return pick;
}
