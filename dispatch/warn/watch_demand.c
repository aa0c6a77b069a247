/* Calls a week by township, counted over the last complete weeks (of 168 hours, since 1970): what
 * preparedness and coverage weigh townships by where no operator has said it.
 *
 *   week % slots:  [ … | complete | complete | running ]     the running one is not counted yet
 *
 * A week counts as many hours as something was heard in, so that hours in which nobody watched make
 * no township quieter. */
#include "dispatch/warn/watch_impl.h"

enum { WEEK_HOURS = 168 };

static uint32_t slot_of(int64_t week)
{
    return (uint32_t)(week % DEMAND_SLOTS);
}

static void begin_week(struct watch_demands *d, int64_t week)
{
    uint32_t slot = slot_of(week);
    d->hours[slot] = 0;
    for (uint32_t i = 0; i < d->townships; i++)
        d->row[i].week[slot] = (struct watch_week){0};
}

void demand_pass(struct watch_state *state)
{
    struct watch_demands *d = &state->demands;
    int64_t week = state->hour / WEEK_HOURS;
    if (state->hour == d->hour)
        return;
    if (week - d->week > DEMAND_SLOTS)
        d->week = week - DEMAND_SLOTS;
    while (d->week < week)
        begin_week(d, ++d->week);
    d->hour = state->hour;
    d->hours[slot_of(week)]++;
}

/* Its row, made if there is room; NULL: none. */
static struct watch_township *row_of(struct watch_demands *d, uint64_t township)
{
    for (uint32_t i = 0; i < d->townships; i++)
        if (d->row[i].township == township)
            return &d->row[i];
    if (!township || d->townships == WATCH_DEMANDS_MAX)
        return NULL;
    d->row[d->townships] = (struct watch_township){.township = township};
    return &d->row[d->townships++];
}

static void add(struct watch_week *week, const struct watch_case *c, int by)
{
    week->calls = (uint32_t)((int64_t)week->calls + by);
    week->lat_e7 += by * (int64_t)c->lat_e7;
    week->lon_e7 += by * (int64_t)c->lon_e7;
}

static bool is_kept(const struct watch_demands *d, int64_t week)
{
    return week > 0 && week <= d->week && week > d->week - DEMAND_SLOTS;
}

void demand_count(struct watch_state *state, struct watch_case *c, bool on)
{
    struct watch_demands *d = &state->demands;
    int64_t week = c->at_ms / HOUR_MS / WEEK_HOURS;
    if (on == (c->demand_week != 0) || (on && !is_kept(d, week)))
        return;
    struct watch_township *row = row_of(d, c->township);
    if (row && on)
        add(&row->week[slot_of(week)], c, 1);
    else if (row && is_kept(d, c->demand_week))
        add(&row->week[slot_of(c->demand_week)], c, -1);
    c->demand_week = row && on ? week : 0;
}

/* --- asked --- */

static uint64_t hours_of(const struct watch_state *state, int64_t *first)
{
    const struct watch_demands *d = &state->demands;
    uint64_t hours = 0;
    *first = d->week - state->policy.number.demand_weeks;
    *first = *first < 1 ? 1 : *first;
    for (int64_t week = *first; week < d->week; week++)
        hours += d->hours[slot_of(week)];
    return hours;
}

static struct watch_demand demand_of(const struct watch_demands *d, const struct watch_township *of,
                                     int64_t first, uint64_t hours)
{
    struct watch_week sum = {0};
    for (int64_t week = first; week < d->week; week++) {
        const struct watch_week *own = &of->week[slot_of(week)];
        sum.calls += own->calls;
        sum.lat_e7 += own->lat_e7;
        sum.lon_e7 += own->lon_e7;
    }
    struct watch_demand demand = {.township = of->township};
    if (sum.calls) {
        uint64_t calls = (sum.calls * (uint64_t)WEEK_HOURS + hours / 2) / hours;
        demand.calls_a_week = calls ? (uint32_t)calls : 1;
        demand.lat_e7 = (int32_t)(sum.lat_e7 / sum.calls);
        demand.lon_e7 = (int32_t)(sum.lon_e7 / sum.calls);
    }
    return demand;
}

uint32_t watch_demand(const struct watch *watch, struct watch_demand row[WATCH_DEMANDS_MAX])
{
    const struct watch_state *state = watch->state;
    const struct watch_numbers *n = &state->policy.number;
    int64_t first;
    uint64_t hours = hours_of(state, &first);
    uint32_t weeks = (uint32_t)((hours + WEEK_HOURS / 2) / WEEK_HOURS);
    if (!n->demand_on || weeks < n->demand_known_weeks)
        return 0;
    for (uint32_t i = 0; i < state->demands.townships; i++) {
        row[i] = demand_of(&state->demands, &state->demands.row[i], first, hours);
        row[i].weeks = weeks;
    }
    return state->demands.townships;
}
