/* What the plan says, as facts: of each incident whose offer has changed the picks of its slots
 * (plan_pick.c), how sure they are, and the rows the dispatcher may choose from. */
#include "dispatch/core/chance.h"
#include "dispatch/core/learned.h"
#include "dispatch/core/plan.h"

/* --- rows of the first slot --- */

/* The best offers so far: at what price, and the word for it. */
struct row {
    const struct plan_offer *offer;
    enum why why;
    int64_t price_ms;
};

struct rows {
    struct row *row;
    uint32_t n, max;
};

static bool is_before(const struct row *a, const struct row *b)
{
    return a->price_ms != b->price_ms ? a->price_ms < b->price_ms
                                      : a->offer->column < b->offer->column;
}

static void insert_row(struct rows *rows, struct row row)
{
    uint32_t at = rows->n;
    while (at > 0 && is_before(&row, &rows->row[at - 1]))
        at--;
    if (at == rows->max)
        return;
    uint32_t moved = rows->n - at - (rows->n == rows->max);
    rows->n += rows->n < rows->max;
    memmove(rows->row + at + 1, rows->row + at, moved * sizeof(row));
    rows->row[at] = row;
}

/* A row's word: nothing speaks against it, or the first thing that does. */
static enum why why_row(const struct planning *plan, int32_t row, const struct plan_offer *offer)
{
    const struct plan_column *column = &plan->column[offer->column];
    if (plan->row[row].wanted & ~column->can)
        return WHY_CAPABILITY;
    if (plan_stale_ms(plan, plan->c->age_s.v[offer->from]))
        return WHY_STALE_POSITION;
    return plan->c->source.v[offer->from] == SOURCE_ROAD ? WHY_NEAREST_BY_ROAD
                                                         : WHY_NEAREST_BY_CROW;
}

/* Free units however far; others only where the rules let them go. */
static bool may_be_shown(const struct planning *plan, int32_t row, int32_t column)
{
    if (column == plan->slot[row].holder)
        return false;
    return plan->column[column].ready == READY_FREE || plan_may_go(plan, row, column);
}

static int64_t row_price_ms(const struct planning *plan, const struct plan_group *group,
                            int32_t row, const struct plan_offer *offer)
{
    const struct plan_column *column = &plan->column[offer->column];
    const struct plan_price price = plan_price(&plan->problem, row, offer->column);
    int64_t ms = plan->unit[offer->column].free_in_ms +
                 plan->c->eta_s.v[offer->from] * INT64_C(1000) + column->chute_ms +
                 plan_stale_ms(plan, plan->c->age_s.v[offer->from]) + price.turn_ms +
                 price.unit_ms - plan_kept_ms(plan, group->incident, column->unit->unit.v);
    if (plan->row[row].wanted & ~column->can)
        ms += plan->d->core->policy.missing_penalty_s * INT64_C(1000);
    return ms > 0 ? ms : 0;
}

/* Whether there is no place left for it in the list, whatever its price. */
static bool is_beyond(const struct planning *plan, const struct rows *rows,
                      const struct plan_offer *offer)
{
    int64_t least_ms = plan->unit[offer->column].free_in_ms +
                       plan->c->eta_s.v[offer->from] * INT64_C(1000) -
                       plan->d->core->policy.switch_s * INT64_C(1000);
    return rows->n == rows->max && (rows->n == 0 || least_ms > rows->row[rows->n - 1].price_ms);
}

static void insert_offer(const struct planning *plan, const struct plan_group *group, int32_t row,
                         const struct plan_offer *offer, struct rows *rows)
{
    insert_row(rows, (struct row){offer, why_row(plan, row, offer),
                                  row_price_ms(plan, group, row, offer)});
}

/* Who is picked stands in the list, also where nearer ones, who go elsewhere, fill it. */
static void insert_picked(const struct planning *plan, const struct plan_group *group, int32_t row,
                          const struct plan_offer *picked, struct rows *rows)
{
    if (!picked || rows->max == 0)
        return;
    for (uint32_t i = 0; i < rows->n; i++)
        if (rows->row[i].offer->column == picked->column)
            return;
    rows->n -= rows->n == rows->max;
    insert_offer(plan, group, row, picked, rows);
}

static struct rows rows_of(const struct planning *plan, const struct plan_group *group, int32_t row,
                           const struct plan_offer *picked)
{
    struct rows rows = {.max = plan->d->core->policy.rows_max};
    rows.row = scratch(plan->d, rows.max * sizeof(*rows.row) + 8);
    for (uint32_t i = 0; i < group->offer_n; i++) {
        const struct plan_offer *offer = &plan->offer[group->offer + i];
        if (offer->column != PLAN_NOBODY && !is_beyond(plan, &rows, offer) &&
            may_be_shown(plan, row, offer->column))
            insert_offer(plan, group, row, offer, &rows);
    }
    insert_picked(plan, group, row, picked, &rows);
    return rows;
}

/* One column of the rows, out of the command's column; none when the command brought none. */
static struct u32s column_of_rows(const struct planning *plan, const struct rows *rows,
                                  struct u32s column)
{
    uint32_t *list = scratch(plan->d, rows->n * sizeof(*list) + 8);
    if (column.n == 0)
        return (struct u32s){0};
    for (uint32_t i = 0; i < rows->n; i++)
        list[i] = column.v[rows->row[i].offer->from];
    return (struct u32s){list, rows->n};
}

/* A list that says nothing is left away. */
static struct u32s u32s_unless_zero(const uint32_t *list, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (list[i])
            return (struct u32s){list, n};
    return (struct u32s){0};
}

static struct u64s u64s_unless_zero(const uint64_t *list, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (list[i])
            return (struct u64s){list, n};
    return (struct u64s){0};
}

/* The time that nine drives of ten keep, out of the one that half of them keep. */
static uint32_t late_s(const struct planning *plan, const struct plan_offer *offer)
{
    enum travel_source source = (enum travel_source)plan->c->source.v[offer->from];
    struct travel_error error = learned_error(plan->d->core, source, plan->d->now_ms);
    int64_t seconds = plan->c->eta_s.v[offer->from] * error.p90_permille / 1000;
    return seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
}

static void put_rows(const struct planning *plan, const struct rows *rows, struct recommended *fact)
{
    struct deciding *d = plan->d;
    uint64_t *unit = scratch(d, rows->n * sizeof(*unit) + 8);
    uint64_t *from = scratch(d, rows->n * sizeof(*from) + 8);
    uint32_t *why = scratch(d, rows->n * sizeof(*why) + 8);
    uint32_t *late = scratch(d, rows->n * sizeof(*late) + 8);
    uint32_t *free_s = scratch(d, rows->n * sizeof(*free_s) + 8);
    for (uint32_t i = 0; i < rows->n; i++) {
        int32_t column = rows->row[i].offer->column;
        const struct assignment *to = plan->column[column].to;
        unit[i] = plan->column[column].unit->unit.v;
        from[i] = to ? to->incident.v : 0;
        why[i] = rows->row[i].why;
        late[i] = late_s(plan, rows->row[i].offer);
        free_s[i] = (uint32_t)(plan->unit[column].free_in_ms / 1000);
    }
    fact->row_unit = (struct u64s){unit, rows->n};
    fact->row_why = (struct u32s){why, rows->n};
    fact->row_eta_s = column_of_rows(plan, rows, plan->c->eta_s);
    fact->row_source = column_of_rows(plan, rows, plan->c->source);
    fact->row_eta_p90_s = (struct u32s){late, rows->n};
    fact->row_age_s = column_of_rows(plan, rows, plan->c->age_s);
    fact->row_lat90_e7 = column_of_rows(plan, rows, plan->c->lat90_e7);
    fact->row_lon180_e7 = column_of_rows(plan, rows, plan->c->lon180_e7);
    fact->row_course_deg = column_of_rows(plan, rows, plan->c->course_deg);
    fact->row_speed_kmh = column_of_rows(plan, rows, plan->c->speed_kmh);
    fact->row_from = u64s_unless_zero(from, rows->n);
    fact->row_free_s = u32s_unless_zero(free_s, rows->n);
}

/* --- how sure --- */

static struct arrival arrival_of(const struct planning *plan, const struct plan_offer *offer)
{
    enum travel_source source = (enum travel_source)plan->c->source.v[offer->from];
    struct travel_error error = learned_error(plan->d->core, source, plan->d->now_ms);
    int64_t eta_s = plan->c->eta_s.v[offer->from];
    int64_t free_ms = plan->unit[offer->column].free_in_ms;
    int64_t free_sd_ms = free_ms * READY_SD_PCT / 100, drive_sd_ms = eta_s * error.sd_permille;
    int64_t larger = free_sd_ms > drive_sd_ms ? free_sd_ms : drive_sd_ms;
    int64_t smaller = free_sd_ms + drive_sd_ms - larger;
    /* the root of the sum of two squares, within 7 %: max + 3/8 min */
    return (struct arrival){free_ms + plan->column[offer->column].chute_ms +
                                plan_stale_ms(plan, plan->c->age_s.v[offer->from]) +
                                eta_s * error.mean_permille,
                            larger + smaller * 3 / 8};
}

static bool is_picked(const struct plan_pick *pick, uint32_t n, uint64_t unit)
{
    for (uint32_t i = 0; i < n; i++)
        if (pick[i].unit == unit)
            return true;
    return false;
}

/* Against those in the rows that can and may go, and are not picked for the incident themselves. */
static uint32_t first_pct(const struct planning *plan, int32_t row, const struct plan_offer *offer,
                          const struct rows *rows, const struct plan_pick *pick, uint32_t n)
{
    enum { RIVALS = 16 };
    struct arrival arrival[RIVALS + 1];
    uint32_t count = 1;
    arrival[0] = arrival_of(plan, offer);
    for (uint32_t i = 0; i < rows->n && count <= RIVALS; i++) {
        const struct plan_offer *other = rows->row[i].offer;
        if (is_picked(pick, n, plan->column[other->column].unit->unit.v) ||
            !plan_may_go(plan, row, other->column))
            continue;
        arrival[count++] = arrival_of(plan, other);
    }
    return chance_first_pct(arrival, count);
}

/* --- the fact --- */

/* Another unit in place of one on its way is told only where that one can start. */
static bool is_told(const struct planning *plan, int32_t row)
{
    int32_t holder = plan->slot[row].holder, chosen = plan->answer[row];
    if (holder == PLAN_NOBODY)
        return true;
    return chosen != holder && chosen != PLAN_NOBODY && plan->unit[chosen].free_in_ms == 0;
}

static uint64_t *u64_column(const struct planning *plan, const struct plan_pick *pick, uint32_t n,
                            size_t offset)
{
    uint64_t *list = scratch(plan->d, n * sizeof(*list) + 8);
    for (uint32_t i = 0; i < n; i++)
        memcpy(&list[i], (const char *)&pick[i] + offset, sizeof(*list));
    return list;
}

static uint32_t *u32_column(const struct planning *plan, const struct plan_pick *pick, uint32_t n,
                            size_t offset)
{
    uint32_t *list = scratch(plan->d, n * sizeof(*list) + 8);
    for (uint32_t i = 0; i < n; i++)
        memcpy(&list[i], (const char *)&pick[i] + offset, sizeof(*list));
    return list;
}

#define IDS_OF(field) u64_column(plan, pick, n, offsetof(struct plan_pick, field))
#define NUMBERS_OF(field) u32_column(plan, pick, n, offsetof(struct plan_pick, field))

/* What is news when it changes. */
static void put_picks(const struct planning *plan, const struct plan_pick *pick, uint32_t n,
                      struct recommended *fact)
{
    fact->slot_unit = (struct u64s){IDS_OF(unit), n};
    fact->slot_eta_s = (struct u32s){NUMBERS_OF(eta_s), n};
    fact->slot_why = (struct u32s){NUMBERS_OF(why), n};
    fact->slot_from = u64s_unless_zero(IDS_OF(from), n);
    fact->slot_free_s = u32s_unless_zero(NUMBERS_OF(free_s), n);
    fact->slot_held = u64s_unless_zero(IDS_OF(held), n);
    fact->slot_costs_s = u32s_unless_zero(NUMBERS_OF(costs_s), n);
}

static void put_reasons(const struct planning *plan, const struct plan_pick *pick, uint32_t n,
                        struct recommended *fact)
{
    fact->slot_over = u64s_unless_zero(IDS_OF(over), n);
    fact->slot_term = u32s_unless_zero(NUMBERS_OF(term), n);
    fact->slot_term_s = u32s_unless_zero(NUMBERS_OF(term_s), n);
    fact->slot_term2 = u32s_unless_zero(NUMBERS_OF(term2), n);
    fact->slot_term2_s = u32s_unless_zero(NUMBERS_OF(term2_s), n);
    fact->slot_first_pct = u32s_unless_zero(NUMBERS_OF(first_pct), n);
}

static bool same_u64s(struct u64s a, struct u64s b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.v, b.v, a.n * sizeof(*a.v)) == 0);
}

static bool same_u32s(struct u32s a, struct u32s b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.v, b.v, a.n * sizeof(*a.v)) == 0);
}

static bool is_near(uint32_t a, uint32_t b, uint32_t most)
{
    return (a > b ? a - b : b - a) <= most;
}

/* Whether what a row said of its unit is still so: free, on its way there, busy. */
static bool still_stands(const struct state *state, const struct incident *incident, uint32_t i)
{
    const struct unit *unit = state_unit(state, incident->row_unit.v[i]);
    enum ready ready = unit ? ready_state(state, unit) : READY_TAKEN;
    uint64_t from = i < incident->row_from.n ? incident->row_from.v[i] : 0;
    uint32_t free_s = i < incident->row_free_s.n ? incident->row_free_s.v[i] : 0;
    if (ready == READY_ON_WAY)
        return from == state_assignment(state, unit->assignment.v)->incident.v;
    return ready == READY_FREE ? !from && !free_s : ready == READY_BUSY && free_s;
}

/* Travel times wander by seconds, busy units' remaining times shrink by themselves; a list that
 * only says so again is not news. */
static bool is_news(const struct deciding *d, const struct incident *old,
                    const struct recommended *new)
{
    uint32_t wander_s = d->core->policy.switch_s;
    if (!same_u64s(old->slot_unit, new->slot_unit) || !same_u32s(old->slot_why, new->slot_why) ||
        !same_u64s(old->slot_from, new->slot_from) || !same_u64s(old->slot_held, new->slot_held) ||
        old->slot_free_s.n != new->slot_free_s.n || old->row_unit.n != new->row_unit.n)
        return true;
    for (uint32_t i = 0; i < new->slot_free_s.n; i++)
        if (!is_near(old->slot_free_s.v[i], new->slot_free_s.v[i], 3 * wander_s))
            return true;
    for (uint32_t i = 0; i < new->row_eta_s.n; i++)
        if (!is_near(old->row_eta_s.v[i], new->row_eta_s.v[i], wander_s) ||
            !still_stands(d->state, old, i))
            return true;
    return false;
}

static void emit_if_room(struct deciding *d, const struct recommended *fact)
{
    if (d->out->fact_count < DECISION_FACT_MAX)
        emit(d, FACT_RECOMMENDED)->recommended = *fact;
}

/* What no longer wants a unit has its last offer taken back. */
static void take_back(struct planning *plan, const struct incident *incident)
{
    const struct recommended none = {.incident = incident->incident,
                                     .weights_epoch = plan->c->weights_epoch};
    if (incident->slot_unit.n)
        emit_if_room(plan->d, &none);
}

static void tell_group(struct planning *plan, const struct plan_group *group)
{
    struct plan_pick pick[PLAN_SLOTS_PER_INCIDENT];
    int32_t row[PLAN_SLOTS_PER_INCIDENT];
    struct recommended fact = {.incident = group->incident->incident,
                               .weights_epoch = plan->c->weights_epoch,
                               .left_out = plan->left_out + plan->c->left_out};
    uint32_t n = 0;
    for (int32_t r = group->row; r < group->row + group->row_n; r++)
        if (is_told(plan, r)) {
            row[n] = r;
            pick[n++] = plan_pick_of(plan, group, r);
        }
    if (n == 0) {
        take_back(plan, group->incident);
        return;
    }
    struct rows rows = rows_of(plan, group, row[0], pick[0].offer);
    put_picks(plan, pick, n, &fact);
    put_rows(plan, &rows, &fact);
    if (!is_news(plan->d, group->incident, &fact))
        return;
    for (uint32_t i = 0; i < n; i++) {
        plan_explain(plan, group, row[i], &pick[i]);
        if (pick[i].offer)
            pick[i].first_pct = first_pct(plan, row[i], pick[i].offer, &rows, pick, n);
    }
    put_reasons(plan, pick, n, &fact);
    emit_if_room(plan->d, &fact);
}

void plan_tell(struct planning *plan)
{
    for (uint32_t g = 0; g < plan->group_n; g++)
        if (!plan->group[g].left_out)
            tell_group(plan, &plan->group[g]);
}
