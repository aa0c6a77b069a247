/* plan: which units the dispatcher is offered, for all open incidents at once.
 *
 * Rows are the open slots of all open incidents, columns the usable units the command brought
 * travel times for. The price of a cell, in milliseconds of weighted waiting:
 *
 *     weight(grade) * age factor * (chute + drive + penalties)
 *
 * and leaving a slot empty costs weight * age factor * none_s. The cheapest assignment of all is
 * found at once (assign.h), so that two incidents never count on the same unit. A `recommended`
 * fact is emitted only where the picks, their reasons or the order of the rows change.
 * Method: DESIGN.md §6, reference/decision.md B7; the numbers are policy (core.h). */
#include "dispatch/core/assign.h"
#include "dispatch/core/decide.h"
#include "dispatch/must.h"

enum { PLAN_ROWS_MAX = 512, PLAN_UNITS_MAX = 2048, PLAN_SLOTS_PER_INCIDENT = 32 };

/* A slot nobody fills yet. */
struct open_slot {
    const struct incident *incident;
    uint32_t index, wanted;
};

/* One travel time of the command, with the objects it names. */
struct offer {
    const struct incident *incident;
    const struct unit *unit;
    uint32_t eta_s, source, age_s;
};

struct plan_work {
    struct open_slot *slot;
    const struct unit **unit;
    int64_t *cost, *none_cost;
    int32_t slot_count, unit_count;
    struct assign_answer answer;
    const struct propose *propose;
};

size_t decision_scratch_bytes(const struct limits *limits)
{
    size_t units =
        limits->max[OBJECT_UNIT] < PLAN_UNITS_MAX ? limits->max[OBJECT_UNIT] : PLAN_UNITS_MAX;
    size_t cells = (size_t)PLAN_ROWS_MAX * units;
    size_t lists = (size_t)PLAN_ROWS_MAX * 64 * sizeof(uint64_t) * 4;
    return cells * sizeof(int64_t) + assign_workspace_bytes(PLAN_ROWS_MAX, (int32_t)units) + lists +
           (1 << 20);
}

/* Before it has a plan an incident asks for one unit of any kind. */
static uint32_t slots_wanted(const struct incident *incident)
{
    return incident->plan.n ? incident->slot_capabilities.n : 1;
}

static uint32_t wanted_of(const struct incident *incident, uint32_t slot)
{
    return slot < incident->slot_capabilities.n ? incident->slot_capabilities.v[slot] : 0;
}

/* Bits of the slots that active units fill; units beyond the plan fill the first open ones. */
static uint32_t filled_slots(const struct deciding *d, const struct incident *incident)
{
    uint32_t filled = 0, extra = 0;
    EACH (d->state, ASSIGNMENT, assignment, it) {
        if (it->incident.v != incident->incident.v || step_is_over(it->step))
            continue;
        if (it->slot < PLAN_SLOTS_PER_INCIDENT)
            filled |= 1u << it->slot;
        else
            extra++;
    }
    for (uint32_t i = 0; i < slots_wanted(incident) && extra; i++)
        if (!(filled >> i & 1u)) {
            filled |= 1u << i;
            extra--;
        }
    return filled;
}

/* Served and only waiting for its outcome: it wants no more units. */
static bool was_served(const struct deciding *d, const struct incident *incident)
{
    if (incident->waiting_ms)
        return false;
    EACH (d->state, ASSIGNMENT, assignment, it)
        if (it->incident.v == incident->incident.v && !step_is_over(it->step))
            return false;
    return true;
}

/* Bits of the slots that want a unit. */
static uint32_t open_slots(const struct deciding *d, const struct incident *incident)
{
    uint32_t wanted = slots_wanted(incident);
    if (was_served(d, incident))
        return 0;
    uint32_t all = wanted < PLAN_SLOTS_PER_INCIDENT ? (1u << wanted) - 1 : UINT32_MAX;
    return all & ~filled_slots(d, incident);
}

static void emit_if_room(struct deciding *d, const struct recommended *fact)
{
    if (d->out->fact_count < DECISION_FACT_MAX)
        emit(d, FACT_RECOMMENDED)->recommended = *fact;
}

/* The rows of the assignment; what no longer wants a unit has its last offer taken back. */
static void gather_slots(struct deciding *d, struct plan_work *w)
{
    w->slot = scratch(d, PLAN_ROWS_MAX * sizeof(*w->slot));
    EACH (d->state, INCIDENT, incident, it) {
        if (it->state != INCIDENT_OPEN)
            continue;
        uint32_t open = open_slots(d, it);
        for (uint32_t i = 0; open >> i && w->slot_count < PLAN_ROWS_MAX; i++)
            if (open >> i & 1u)
                w->slot[w->slot_count++] = (struct open_slot){it, i, wanted_of(it, i)};
        const struct recommended none = {.incident = it->incident,
                                         .weights_epoch = w->propose->weights_epoch};
        if (open == 0 && it->slot_unit.n)
            emit_if_room(d, &none);
    }
}

/* Usable units that some row of the command names, in order of id. */
static void gather_units(struct deciding *d, struct plan_work *w)
{
    w->unit = scratch(d, PLAN_UNITS_MAX * sizeof(*w->unit));
    EACH (d->state, UNIT, unit, it) {
        if (!core_unit_is_free(it) || w->unit_count == PLAN_UNITS_MAX)
            continue;
        for (uint32_t i = 0; i < w->propose->unit.n; i++)
            if (w->propose->unit.v[i] == it->unit.v) {
                w->unit[w->unit_count++] = it;
                break;
            }
    }
}

static int32_t column_of(const struct plan_work *w, uint64_t unit)
{
    int32_t low = 0, high = w->unit_count;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (w->unit[middle]->unit.v < unit)
            low = middle + 1;
        else
            high = middle;
    }
    return low < w->unit_count && w->unit[low]->unit.v == unit ? low : -1;
}

/* weight * age factor, in 1/1024; the factor grows with the square of the wait and is capped so
 * that no lower grade passes the next more urgent one at rest. It is bounded once more so that
 * every price is one that assign_solve takes: a cell's seconds are below none_s, so
 *     urgency * seconds <= urgency * none_s <= ASSIGN_COST_MAX / none_s * none_s <= ASSIGN_COST_MAX
 */
static int64_t urgency(const struct deciding *d, const struct incident *incident)
{
    const struct policy *p = &d->core->policy;
    uint32_t grade = incident->grade <= GRADE_MAX ? incident->grade : 0;
    int64_t target_ms = (int64_t)p->age_target_s[grade] * 1000;
    int64_t waited_ms = d->now_ms > incident->opened_ms ? d->now_ms - incident->opened_ms : 0;
    if (target_ms == 0 || waited_ms > 10 * target_ms)
        waited_ms = 10 * target_ms;
    int64_t ratio = target_ms ? waited_ms * 1024 / target_ms : 0;
    int64_t factor = 1024 + ratio * ratio / 1024;
    int64_t value = (int64_t)p->weight[grade] * factor;
    int64_t cap = grade > 1 ? (int64_t)p->weight[grade - 1] * 1024 : INT64_MAX;
    int64_t bound = p->none_s ? ASSIGN_COST_MAX / p->none_s : 0;
    if (value > cap)
        value = cap;
    return value < bound ? value : bound;
}

/* Seconds until the unit would be there, with what speaks against it priced in. */
static int64_t priced_s(const struct deciding *d, const struct offer *o)
{
    const struct policy *p = &d->core->policy;
    bool at_station = o->unit->returned_ms >= o->unit->free_ms;
    int64_t seconds = (int64_t)o->eta_s + (at_station ? p->chute_s_station : p->chute_s_mobile);
    if (o->age_s > p->stale_age_s)
        seconds += p->stale_penalty_s;
    return seconds;
}

/* Offered for this incident by the last recommendation. */
static bool was_offered(const struct incident *incident, const struct unit *unit)
{
    for (uint32_t i = 0; i < incident->slot_unit.n; i++)
        if (incident->slot_unit.v[i] == unit->unit.v)
            return true;
    return false;
}

/* The offer stands until another is better by switch_s: the list must not flicker. */
static int64_t kept_s(const struct deciding *d, const struct offer *o)
{
    int64_t seconds = priced_s(d, o);
    if (!was_offered(o->incident, o->unit))
        return seconds;
    int64_t kept = seconds - d->core->policy.switch_s;
    return kept > 0 ? kept : 0;
}

static struct offer offer_at(const struct deciding *d, const struct propose *c, uint32_t i)
{
    return (struct offer){state_incident(d->state, c->incident.v[i]),
                          state_unit(d->state, c->unit.v[i]), c->eta_s.v[i], c->source.v[i],
                          c->age_s.v[i]};
}

static void price_cells(struct deciding *d, struct plan_work *w)
{
    size_t cells = (size_t)w->slot_count * (size_t)w->unit_count;
    w->cost = scratch(d, cells * sizeof(*w->cost));
    w->none_cost = scratch(d, (size_t)w->slot_count * sizeof(*w->none_cost));
    for (size_t i = 0; i < cells; i++)
        w->cost[i] = ASSIGN_FORBIDDEN;
    for (int32_t s = 0; s < w->slot_count; s++)
        w->none_cost[s] = urgency(d, w->slot[s].incident) * d->core->policy.none_s;
    for (uint32_t i = 0; i < w->propose->unit.n; i++) {
        struct offer offer = offer_at(d, w->propose, i);
        int32_t column = offer.unit ? column_of(w, offer.unit->unit.v) : -1;
        for (int32_t s = 0; s < w->slot_count && column >= 0; s++) {
            const struct open_slot *slot = &w->slot[s];
            if (slot->incident != offer.incident || slot->wanted & ~offer.unit->capabilities)
                continue;
            int64_t seconds = kept_s(d, &offer);
            if (seconds < d->core->policy.none_s)
                w->cost[(size_t)s * (size_t)w->unit_count + (size_t)column] =
                    urgency(d, slot->incident) * seconds;
        }
    }
}

static void solve(struct deciding *d, struct plan_work *w)
{
    struct assign_problem problem = {w->slot_count, w->unit_count, w->cost, w->none_cost};
    w->answer.column = scratch(d, (size_t)w->slot_count * sizeof(int32_t));
    w->answer.row_price = scratch(d, (size_t)w->slot_count * sizeof(int64_t));
    w->answer.column_price = scratch(d, (size_t)w->unit_count * sizeof(int64_t) + 8);
    void *workspace = scratch(d, assign_workspace_bytes(w->slot_count, w->unit_count));
    assign_solve(&problem, workspace, &w->answer);
}

/* --- telling why --- */

static bool offers_for(const struct deciding *d, const struct plan_work *w,
                       const struct incident *incident, uint32_t i, struct offer *offer)
{
    if (w->propose->incident.v[i] != incident->incident.v)
        return false;
    *offer = offer_at(d, w->propose, i);
    return offer->unit && core_unit_is_free(offer->unit);
}

static enum why why_empty(const struct deciding *d, const struct plan_work *w,
                          const struct open_slot *slot)
{
    bool any = false, capable = false;
    if (!slot->incident->has_place)
        return WHY_NO_PLACE;
    for (int32_t u = 0; u < w->unit_count; u++) {
        any = true;
        capable = capable || (slot->wanted & ~w->unit[u]->capabilities) == 0;
    }
    if (!any) {
        EACH (d->state, UNIT, unit, it)
            any = any || core_unit_is_free(it);
        return any ? WHY_NONE_IN_REACH : WHY_NO_FREE_UNIT;
    }
    if (!capable)
        return WHY_NONE_CAPABLE;
    for (int32_t u = 0; u < w->unit_count; u++)
        if (w->cost[(size_t)(slot - w->slot) * (size_t)w->unit_count + (size_t)u] !=
            ASSIGN_FORBIDDEN)
            return WHY_BETTER_ELSEWHERE;
    return WHY_NONE_IN_REACH;
}

/* Why this unit although another's plain travel time is shorter. */
static enum why why_picked(const struct deciding *d, const struct plan_work *w,
                           const struct open_slot *slot, const struct offer *picked)
{
    const struct policy *p = &d->core->policy;
    enum why why = picked->source == SOURCE_ROAD ? WHY_NEAREST_BY_ROAD : WHY_NEAREST_BY_CROW;
    uint32_t best_s = picked->eta_s;
    for (uint32_t i = 0; i < w->propose->unit.n; i++) {
        struct offer other;
        if (!offers_for(d, w, slot->incident, i, &other) || other.eta_s >= best_s)
            continue;
        best_s = other.eta_s;
        if (slot->wanted & ~other.unit->capabilities)
            why = WHY_CAPABILITY;
        else if (other.age_s > p->stale_age_s)
            why = WHY_STALE_POSITION;
        else if (priced_s(d, &other) > priced_s(d, picked))
            why = WHY_ROLLS_SOONER;
        else if (kept_s(d, picked) > priced_s(d, &other))
            why = WHY_BETTER_ELSEWHERE;
    }
    return why;
}

static bool find_offer(const struct deciding *d, const struct plan_work *w,
                       const struct incident *incident, uint64_t unit, struct offer *offer)
{
    for (uint32_t i = 0; i < w->propose->unit.n; i++)
        if (w->propose->unit.v[i] == unit && offers_for(d, w, incident, i, offer))
            return true;
    return false;
}

/* --- rows of the first open slot --- */

/* The best offers so far: which row of the command, at what price, and the word for it. */
struct row {
    uint32_t from;
    enum why why;
    int64_t price;
    uint64_t unit;
};

struct rows {
    struct row *row;
    uint32_t n, max;
};

static bool is_before(const struct row *a, const struct row *b)
{
    return a->price != b->price ? a->price < b->price : a->unit < b->unit;
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
static enum why why_row(const struct deciding *d, const struct open_slot *slot,
                        const struct offer *offer)
{
    if (slot->wanted & ~offer->unit->capabilities)
        return WHY_CAPABILITY;
    if (offer->age_s > d->core->policy.stale_age_s)
        return WHY_STALE_POSITION;
    return offer->source == SOURCE_ROAD ? WHY_NEAREST_BY_ROAD : WHY_NEAREST_BY_CROW;
}

/* One column of the rows, out of the command's column; none when the command brought none. */
static struct u32s column_of_rows(struct deciding *d, const struct rows *rows, struct u32s column)
{
    uint32_t *list = scratch(d, rows->n * sizeof(*list));
    if (column.n == 0)
        return (struct u32s){0};
    for (uint32_t i = 0; i < rows->n; i++)
        list[i] = column.v[rows->row[i].from];
    return (struct u32s){list, rows->n};
}

/* The time that nine drives of ten keep, out of the one that half of them keep. */
static struct u32s late_column(struct deciding *d, const struct recommended *fact)
{
    uint32_t *list = scratch(d, fact->row_eta_s.n * sizeof(*list));
    for (uint32_t i = 0; i < fact->row_eta_s.n; i++) {
        uint32_t source = fact->row_source.v[i] == SOURCE_ROAD ? SOURCE_ROAD : SOURCE_CROW;
        uint64_t late_s =
            (uint64_t)fact->row_eta_s.v[i] * d->core->policy.eta_p90_pct[source] / 100;
        list[i] = late_s < UINT32_MAX ? (uint32_t)late_s : UINT32_MAX;
    }
    return (struct u32s){list, fact->row_eta_s.n};
}

static void put_rows(struct deciding *d, const struct propose *c, const struct rows *rows,
                     struct recommended *fact)
{
    uint64_t *unit = scratch(d, rows->n * sizeof(*unit));
    uint32_t *why = scratch(d, rows->n * sizeof(*why));
    for (uint32_t i = 0; i < rows->n; i++) {
        unit[i] = rows->row[i].unit;
        why[i] = rows->row[i].why;
    }
    fact->row_unit = (struct u64s){unit, rows->n};
    fact->row_why = (struct u32s){why, rows->n};
    fact->row_eta_s = column_of_rows(d, rows, c->eta_s);
    fact->row_source = column_of_rows(d, rows, c->source);
    fact->row_eta_p90_s = late_column(d, fact);
    fact->row_age_s = column_of_rows(d, rows, c->age_s);
    fact->row_lat90_e7 = column_of_rows(d, rows, c->lat90_e7);
    fact->row_lon180_e7 = column_of_rows(d, rows, c->lon180_e7);
    fact->row_course_deg = column_of_rows(d, rows, c->course_deg);
    fact->row_speed_kmh = column_of_rows(d, rows, c->speed_kmh);
}

static void fill_rows(struct deciding *d, const struct plan_work *w, const struct open_slot *slot,
                      struct recommended *fact)
{
    const struct policy *p = &d->core->policy;
    struct rows rows = {.max = p->rows_max};
    rows.row = scratch(d, rows.max * sizeof(*rows.row));
    for (uint32_t i = 0; i < w->propose->unit.n; i++) {
        struct offer offer;
        if (!offers_for(d, w, slot->incident, i, &offer))
            continue;
        struct row row = {i, why_row(d, slot, &offer), kept_s(d, &offer), offer.unit->unit.v};
        if (row.why == WHY_CAPABILITY)
            row.price += p->missing_penalty_s;
        insert_row(&rows, row);
    }
    put_rows(d, w->propose, &rows, fact);
}

static bool same_u64s(struct u64s a, struct u64s b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.v, b.v, a.n * sizeof(*a.v)) == 0);
}

static bool same_u32s(struct u32s a, struct u32s b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.v, b.v, a.n * sizeof(*a.v)) == 0);
}

/* Travel times wander by seconds; a list that only says so again is not news. */
static bool is_news(const struct deciding *d, const struct incident *old,
                    const struct recommended *new)
{
    if (!same_u64s(old->slot_unit, new->slot_unit) || !same_u32s(old->slot_why, new->slot_why) ||
        old->row_unit.n != new->row_unit.n)
        return true;
    for (uint32_t i = 0; i < new->row_eta_s.n; i++) {
        uint32_t a = old->row_eta_s.v[i], b = new->row_eta_s.v[i];
        const struct unit *unit = state_unit(d->state, old->row_unit.v[i]);
        if ((a > b ? a - b : b - a) > d->core->policy.switch_s || !unit || !core_unit_is_free(unit))
            return true;
    }
    return false;
}

/* The fact of one incident from its rows [first, last) of the assignment. */
static void emit_recommended(struct deciding *d, struct plan_work *w, int32_t first, int32_t last)
{
    const struct incident *incident = w->slot[first].incident;
    uint32_t n = (uint32_t)(last - first);
    uint64_t *unit = scratch(d, n * sizeof(*unit));
    uint32_t *eta_s = scratch(d, n * sizeof(*eta_s)), *why = scratch(d, n * sizeof(*why));
    for (uint32_t i = 0; i < n; i++) {
        const struct open_slot *slot = &w->slot[first + (int32_t)i];
        int32_t column = w->answer.column[first + (int32_t)i];
        struct offer offer;
        unit[i] = column == ASSIGN_NONE ? 0 : w->unit[column]->unit.v;
        if (unit[i] && find_offer(d, w, incident, unit[i], &offer)) {
            eta_s[i] = offer.eta_s;
            why[i] = why_picked(d, w, slot, &offer);
        } else {
            eta_s[i] = 0;
            why[i] = why_empty(d, w, slot);
        }
    }
    struct recommended fact = {.incident = incident->incident,
                               .weights_epoch = w->propose->weights_epoch,
                               .slot_unit = {unit, n},
                               .slot_eta_s = {eta_s, n},
                               .slot_why = {why, n}};
    fill_rows(d, w, &w->slot[first], &fact);
    if (is_news(d, incident, &fact))
        emit_if_room(d, &fact);
}

/* Where the units were: all four columns, or none. */
static bool places_fit(const struct propose *c)
{
    uint32_t n = c->lat90_e7.n;
    return (n == 0 || n == c->incident.n) && c->lon180_e7.n == n && c->course_deg.n == n &&
           c->speed_kmh.n == n;
}

enum refusal decide_propose(struct deciding *d)
{
    const struct propose *c = &d->command->propose;
    struct plan_work work = {.propose = c};
    if (c->unit.n != c->incident.n || c->eta_s.n != c->incident.n || c->source.n != c->incident.n ||
        c->age_s.n != c->incident.n || !places_fit(c))
        return REFUSE_BAD_VALUE;
    if (c->weights_epoch < d->state->head->weights_epoch)
        return REFUSE_OLD_WEIGHTS;
    gather_slots(d, &work);
    gather_units(d, &work);
    if (work.slot_count == 0)
        return REFUSE_NONE;
    price_cells(d, &work);
    solve(d, &work);
    for (int32_t first = 0, last; first < work.slot_count; first = last) {
        for (last = first + 1;
             last < work.slot_count && work.slot[last].incident == work.slot[first].incident;)
            last++;
        emit_recommended(d, &work, first, last);
    }
    return REFUSE_NONE;
}
