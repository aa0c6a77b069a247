/* Move-up: where a unit that has become free, or now and then one that waits, would cover more than
 * where it stands. Advice; the dispatcher sends it (`move_unit`), to wherever he likes. */
#include "dispatch/core/decide.h"

enum { MOVE_PAIRS_MAX = 65536 };

static enum refusal check_demand(const struct deciding *d, uint64_t zone, int32_t lat_e7,
                                 int32_t lon_e7, uint32_t calls_a_week)
{
    if (!state_zone_name(d->state, zone))
        return REFUSE_NO_ZONE;
    if (check_place(true, lat_e7, lon_e7) != REFUSE_NONE)
        return REFUSE_BAD_PLACE;
    return calls_a_week > MOVE_DEMAND_MAX ? REFUSE_BAD_VALUE : REFUSE_NONE;
}

static enum refusal set_demand(struct deciding *d)
{
    const struct set_demand *c = &d->command->set_demand;
    enum refusal refusal =
        check_demand(d, c->zone.v, c->lat_e7, c->lon_e7, c->calls_a_week);
    if (refusal == REFUSE_NONE)
        emit_same(d, FACT_DEMAND_SET);
    return refusal;
}

static enum refusal count_demand(struct deciding *d)
{
    const struct count_demand *c = &d->command->count_demand;
    enum refusal refusal =
        check_demand(d, c->zone.v, c->lat_e7, c->lon_e7, c->calls_a_week);
    if (refusal == REFUSE_NONE && (!c->demand_weeks ||
                                   core_demand_is_said(state_zone_name(d->state, c->zone.v))))
        refusal = REFUSE_BAD_VALUE;
    if (refusal == REFUSE_NONE)
        emit_same(d, FACT_DEMAND_SET);
    return refusal;
}

static enum refusal move_unit(struct deciding *d)
{
    const struct move_unit *c = &d->command->move_unit;
    const struct unit *unit;
    enum refusal refusal = find_unit(d, c->unit.v, &unit);
    if (refusal == REFUSE_NONE && !state_station(d->state, c->post.v))
        refusal = REFUSE_NO_STATION;
    if (refusal == REFUSE_NONE && unit->duty != DUTY_ON)
        refusal = REFUSE_UNIT_OFF_DUTY;
    if (refusal == REFUSE_NONE && unit->assignment.v)
        refusal = REFUSE_UNIT_BUSY;
    if (refusal != REFUSE_NONE)
        return refusal;
    struct unit_moved *fact = &emit_same(d, FACT_UNIT_MOVED)->unit_moved;
    fact->advised = unit->move_to.v == c->post.v;
    fact->user = d->command->actor.user;
    return REFUSE_NONE;
}

/* --- what is there --- */

struct moves {
    const struct move_rules *rules;
    const struct propose_moves *command;
    struct move_problem problem; /* stations and zones by their place in their tables */
    uint32_t *at, *reached;
    int64_t *gain;
    uint32_t pending; /* advices that nobody has taken yet */
};

/* The place of an id in its table; false when it has none. */
static bool index_of(const struct table *table, uint64_t id, uint32_t *at)
{
    uint32_t low = 0, high = table->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        uint64_t there;
        memcpy(&there, table_at(table, middle), sizeof(there));
        if (there < id)
            low = middle + 1;
        else
            high = middle;
    }
    uint64_t found = 0;
    if (low < table->count)
        memcpy(&found, table_at(table, low), sizeof(found));
    *at = low;
    return found == id;
}

static const struct table *stations_of(const struct deciding *d)
{
    return &d->state->table[OBJECT_STATION];
}

static uint64_t station_at(const struct deciding *d, uint32_t i)
{
    return ((const struct station *)table_at(stations_of(d), i))->station.v;
}

static bool is_pending(const struct deciding *d, const struct unit *unit)
{
    return unit->move_to.v && d->now_ms - unit->move_ms < d->core->policy.move.life_ms;
}

/* Where the unit counts: where it was advised to go, where it was sent, its own station. */
static uint64_t stands_at(const struct deciding *d, const struct unit *unit)
{
    if (is_pending(d, unit))
        return unit->move_to.v;
    return unit->post.v ? unit->post.v : unit->station.v;
}

static void gather_demand(struct deciding *d, struct moves *m)
{
    uint32_t n = d->state->table[OBJECT_ZONE_NAME].count, *demand;
    demand = scratch(d, n * sizeof(*demand));
    for (uint32_t i = 0; i < n; i++)
        demand[i] = ((const struct zone_name *)table_at(&d->state->table[OBJECT_ZONE_NAME], i))
                        ->calls_a_week;
    m->problem.demand = demand;
    m->problem.zone_n = n;
}

static void gather_pairs(struct deciding *d, struct moves *m)
{
    const struct propose_moves *c = m->command;
    struct move_pair *pair = scratch(d, MOVE_PAIRS_MAX * sizeof(*pair));
    for (uint32_t i = 0; i < c->reach_s.n && m->problem.pair_n < MOVE_PAIRS_MAX; i++) {
        struct move_pair *new = &pair[m->problem.pair_n];
        m->problem.pair_n +=
            c->reach_s.v[i] <= m->rules->cover_s &&
            index_of(stations_of(d), c->reach_from.v[i], &new->station) &&
            index_of(&d->state->table[OBJECT_ZONE_NAME], c->reach_zone.v[i], &new->zone);
    }
    m->problem.pair = pair;
}

static void gather_units(struct deciding *d, struct moves *m)
{
    uint32_t n = stations_of(d)->count, station;
    m->problem.station_n = n;
    m->at = scratch(d, n * sizeof(*m->at));
    memset(m->at, 0, n * sizeof(*m->at));
    EACH (d->state, UNIT, unit, it) {
        if (!core_unit_is_free(it))
            continue;
        m->pending += is_pending(d, it);
        if (index_of(stations_of(d), stands_at(d, it), &station))
            m->at[station]++;
    }
}

static void gather(struct deciding *d, struct moves *m)
{
    m->rules = &d->core->policy.move;
    m->command = &d->command->propose_moves;
    m->problem.busy_permille = m->rules->busy_permille;
    gather_demand(d, m);
    gather_pairs(d, m);
    gather_units(d, m);
    m->reached = scratch(d, m->problem.zone_n * sizeof(*m->reached));
    m->gain = scratch(d, m->problem.station_n * sizeof(*m->gain));
}

/* Units are needed, not cover. */
static bool somebody_waits(const struct deciding *d)
{
    EACH (d->state, INCIDENT, incident, it)
        if (it->state == INCIDENT_OPEN && it->waiting_ms && !wants_no_unit(it) &&
            !core_holds_back(d->core, it, d->now_ms))
            return true;
    return false;
}

/* --- the moves --- */

struct move {
    const struct unit *unit;
    uint32_t from, to; /* stations, by place */
    uint32_t drive_s;
    enum travel_source source;
    int64_t gain; /* in millionths, once it is there */
    bool extra;
};

/* The drive to move->to. */
static bool find_drive(const struct deciding *d, const struct moves *m, struct move *move)
{
    const struct propose_moves *c = m->command;
    for (uint32_t i = 0; i < c->unit.n; i++)
        if (c->unit.v[i] == move->unit->unit.v && c->to.v[i] == station_at(d, move->to)) {
            move->drive_s = c->drive_s.v[i];
            move->source = (enum travel_source)c->source.v[i];
            return true;
        }
    return false;
}

/* What standing there brings: less, the longer the drive, of the time until it is wanted. */
static int64_t worth(const struct moves *m, uint32_t station, uint32_t drive_s)
{
    int64_t stay_s = m->rules->stay_s;
    return m->gain[station] * stay_s / (stay_s + drive_s);
}

static void emit_move(struct deciding *d, struct moves *m, const struct move *move)
{
    if (d->out->fact_count == DECISION_FACT_MAX)
        return;
    struct move_advised *fact = &emit(d, FACT_MOVE_ADVISED)->move_advised;
    fact->unit = move->unit->unit;
    fact->move_from.v = station_at(d, move->from);
    fact->move_to.v = station_at(d, move->to);
    fact->move_gain_permille = (uint32_t)(move->gain / 1000);
    fact->drive_s = move->drive_s;
    fact->source = move->source;
    fact->extra = move->extra;
    m->at[move->from]--;
    move_gains(&m->problem, m->at, m->reached, m->gain);
    uint32_t zone = move_zone(&m->problem, m->reached, move->to);
    if (zone < m->problem.zone_n)
        fact->zone = ((const struct zone_name *)table_at(&d->state->table[OBJECT_ZONE_NAME], zone))
                         ->zone;
    m->at[move->to]++;
    move_gains(&m->problem, m->at, m->reached, m->gain);
    fact->covered_permille = (uint32_t)(move_covered(&m->problem, m->reached) / 1000);
    m->pending++;
}

/* Gains, the unit left out of the count where it stands. */
static void leave_out(struct moves *m, uint32_t station)
{
    m->at[station]--;
    move_gains(&m->problem, m->at, m->reached, m->gain);
    m->at[station]++;
}

/* Free a moment ago, on its way home, and not advised since. */
static bool is_just_freed(const struct deciding *d, const struct unit *unit)
{
    return core_unit_is_free(unit) && unit->free_ms > unit->returned_ms &&
           unit->free_ms > unit->move_ms && unit->free_ms > unit->posted_ms &&
           d->now_ms - unit->free_ms <= d->core->policy.move.life_ms;
}

/* To where a unit under way is worth most; the way to where it stands by now may be unknown. What
 * that is more than there. */
static int64_t best_freed(const struct deciding *d, const struct moves *m, struct move *move)
{
    struct move best = *move;
    best.to = best.from;
    int64_t home = worth(m, best.from, find_drive(d, m, &best) ? best.drive_s : 0), most = home;
    for (uint32_t s = 0; s < m->problem.station_n; s++) {
        struct move to = *move;
        to.to = s;
        if (s == best.from || m->gain[s] <= most || !find_drive(d, m, &to) ||
            worth(m, s, to.drive_s) <= most)
            continue;
        most = worth(m, s, to.drive_s);
        best = to;
    }
    best.gain = m->gain[best.to] - m->gain[best.from];
    *move = best;
    return most - home;
}

static void move_freed(struct deciding *d, struct moves *m)
{
    EACH (d->state, UNIT, unit, it) {
        struct move move = {.unit = it};
        if (!is_just_freed(d, it) || !index_of(stations_of(d), stands_at(d, it), &move.from))
            continue;
        leave_out(m, move.from);
        int64_t more = best_freed(d, m, &move);
        if (move.to != move.from && more >= (int64_t)m->rules->gain_permille * 1000)
            emit_move(d, m, &move);
    }
}

/* --- of waiting units: so many an hour, evenly --- */

static bool may_move_one(const struct deciding *d, const struct moves *m)
{
    int64_t last_ms = d->state->head->extra_move_ms;
    if (m->rules->extra_per_h == 0 || m->pending >= m->rules->at_once)
        return false;
    return last_ms == 0 || d->now_ms - last_ms >= INT64_C(3600000) / m->rules->extra_per_h;
}

/* Of the units that stand at `from`, rested, the one that is there soonest. */
static bool find_mover(const struct deciding *d, const struct moves *m, struct move *move)
{
    const struct unit *best = NULL;
    uint32_t best_s = m->rules->drive_s_max;
    EACH (d->state, UNIT, unit, it) {
        struct move with = *move;
        with.unit = it;
        if (!core_unit_is_free(it) || is_just_freed(d, it) ||
            stands_at(d, it) != station_at(d, move->from) || is_pending(d, it) ||
            (it->move_ms && d->now_ms - it->move_ms < m->rules->rest_ms) ||
            !find_drive(d, m, &with) || with.drive_s > best_s || (best && with.drive_s == best_s))
            continue;
        best = it;
        best_s = with.drive_s;
    }
    move->unit = best;
    return best && find_drive(d, m, move);
}

/* Of one that stands at `from`, the station that would gain most, and the unit for it. */
static bool find_extra(const struct deciding *d, struct moves *m, struct move *move)
{
    leave_out(m, move->from);
    move->to = move->from;
    for (uint32_t s = 0; s < m->problem.station_n; s++)
        if (m->gain[s] > m->gain[move->to])
            move->to = s;
    move->gain = m->gain[move->to] - m->gain[move->from];
    return move->to != move->from && find_mover(d, m, move);
}

static void move_waiting(struct deciding *d, struct moves *m)
{
    struct move best = {0};
    int64_t most = (int64_t)m->rules->extra_permille * 1000 - 1;
    if (!may_move_one(d, m))
        return;
    for (uint32_t s = 0; s < m->problem.station_n; s++) {
        struct move move = {.from = s, .extra = true};
        if (m->at[s] == 0 || !find_extra(d, m, &move))
            continue;
        int64_t more = worth(m, move.to, move.drive_s) - m->gain[s];
        if (more <= most)
            continue;
        most = more;
        best = move;
    }
    if (best.unit)
        emit_move(d, m, &best);
}

static bool fits(const struct propose_moves *c)
{
    return c->reach_zone.n == c->reach_from.n && c->reach_s.n == c->reach_from.n &&
           c->to.n == c->unit.n && c->drive_s.n == c->unit.n && c->source.n == c->unit.n;
}

static enum refusal propose_moves(struct deciding *d)
{
    const struct propose_moves *c = &d->command->propose_moves;
    struct moves moves = {0};
    if (!fits(c))
        return REFUSE_BAD_VALUE;
    if (c->weights_epoch < d->state->head->weights_epoch)
        return REFUSE_OLD_WEIGHTS;
    if (somebody_waits(d))
        return REFUSE_NONE;
    gather(d, &moves);
    move_freed(d, &moves);
    move_waiting(d, &moves);
    return REFUSE_NONE;
}

enum refusal decide_moves(struct deciding *d)
{
    switch (d->command->kind) {
    case COMMAND_SET_DEMAND:
        return set_demand(d);
    case COMMAND_COUNT_DEMAND:
        return count_demand(d);
    case COMMAND_MOVE_UNIT:
        return move_unit(d);
    default:
        return propose_moves(d);
    }
}
