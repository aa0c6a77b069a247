/* Move-up: where a unit that has become free, or now and then one that waits, would save the next
 * call more than where it stands. Advice; the dispatcher sends it (`move_unit`), to wherever he
 * likes. */
#include "dispatch/core/stands.h"

enum {
    CALLS_A_WEEK_MAX = 1000000, /* of one zone */
    ANYWHERE = UINT32_MAX       /* a move from there is yet to be found */
};

static enum refusal check_demand(const struct deciding *d, uint64_t zone, int32_t lat_e7,
                                 int32_t lon_e7, uint32_t calls_a_week)
{
    if (!state_zone_name(d->state, zone))
        return REFUSE_NO_ZONE;
    if (check_place(true, lat_e7, lon_e7) != REFUSE_NONE)
        return REFUSE_BAD_PLACE;
    return calls_a_week > CALLS_A_WEEK_MAX ? REFUSE_BAD_VALUE : REFUSE_NONE;
}

static enum refusal set_demand(struct deciding *d)
{
    const struct set_demand *c = &d->command->set_demand;
    enum refusal refusal = check_demand(d, c->zone.v, c->lat_e7, c->lon_e7, c->calls_a_week);
    if (refusal == REFUSE_NONE)
        emit_same(d, FACT_DEMAND_SET);
    return refusal;
}

static enum refusal count_demand(struct deciding *d)
{
    const struct count_demand *c = &d->command->count_demand;
    enum refusal refusal = check_demand(d, c->zone.v, c->lat_e7, c->lon_e7, c->calls_a_week);
    if (refusal == REFUSE_NONE &&
        (!c->demand_weeks || core_demand_is_said(state_zone_name(d->state, c->zone.v))))
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
    const struct unit *unit; /* NULL: none yet */
    uint32_t from, to;       /* numbers of stations */
    uint32_t drive_s;
    enum travel_source source;
    int64_t worth_ms;
    bool extra;
};

static uint64_t station_at(const struct stands *s, uint32_t number)
{
    return ((const struct station *)table_at(s->station, number))->station.v;
}

/* What standing there brings: less, the longer the drive, of the time until it is wanted. */
static int64_t worth_ms(const struct stands *s, uint32_t station, uint32_t drive_s)
{
    int64_t stay_s = s->rules->stay_s;
    return s->gain_ms[station] * stay_s / (stay_s + drive_s);
}

/* The unit counts at move->to from here on. */
static void stand_there(struct stands *s, const struct move *move, struct move_advised *fact)
{
    struct stands_figures before = stands_figure(s), after;
    s->at[move->from]--;
    const struct zone_name *zone = stands_zone(s, move->to);
    s->at[move->to]++;
    s->pending++;
    after = stands_figure(s);
    fact->move_sooner_s = (int32_t)((before.drive_ms - after.drive_ms) / 1000);
    if (after.covered_permille > before.covered_permille)
        fact->move_gain_permille = after.covered_permille - before.covered_permille;
    fact->covered_permille = after.covered_permille;
    if (zone)
        fact->zone = zone->zone;
}

static void emit_move(struct deciding *d, struct stands *s, const struct move *move)
{
    if (d->out->fact_count == DECISION_FACT_MAX)
        return;
    struct move_advised *fact = &emit(d, FACT_MOVE_ADVISED)->move_advised;
    fact->unit = move->unit->unit;
    fact->move_from.v = station_at(s, move->from);
    fact->move_to.v = station_at(s, move->to);
    fact->drive_s = move->drive_s;
    fact->source = move->source;
    fact->extra = move->extra;
    stand_there(s, move, fact);
}

/* Gains without the unit that stands there. */
static void leave_out(struct stands *s, uint32_t station)
{
    s->at[station]--;
    stands_see(s);
    s->at[station]++;
}

/* Free a moment ago, on its way home, and not advised since. */
static bool is_just_freed(const struct deciding *d, const struct unit *unit)
{
    return core_unit_is_free(unit) && unit->free_ms > unit->returned_ms &&
           unit->free_ms > unit->move_ms && unit->free_ms > unit->posted_ms &&
           d->now_ms - unit->free_ms <= d->core->policy.move.life_ms;
}

/* Waits at a station, and was left in peace for long enough. */
static bool is_rested(const struct deciding *d, const struct unit *unit)
{
    return core_unit_is_free(unit) && !is_just_freed(d, unit) && !stands_pending(d, unit) &&
           (!unit->move_ms || d->now_ms - unit->move_ms >= d->core->policy.move.rest_ms);
}

/* Equals: the lower station, the shorter drive, the lower unit. */
static bool is_better(const struct move *a, const struct move *b)
{
    if (!b->unit || a->worth_ms != b->worth_ms)
        return !b->unit || a->worth_ms > b->worth_ms;
    if (a->to != b->to || a->drive_s != b->drive_s)
        return a->to < b->to || (a->to == b->to && a->drive_s < b->drive_s);
    return a->unit->unit.v < b->unit->unit.v;
}

/* Whether it may be this unit, which counts at *from: the one that was freed, or any that waits, if
 * it is where the move begins. */
static bool may_go(const struct deciding *d, const struct stands *s, const struct move *move,
                   const struct unit *unit, uint32_t *from)
{
    if (!unit || !stands_number(s->station, stands_at(d, unit), from))
        return false;
    if (!move->extra)
        return unit == move->unit;
    return is_rested(d, unit) && (move->from == ANYWHERE || move->from == *from);
}

/* The best of the command's drives, unit NULL: none. Requires: gains without the unit; from
 * anywhere, gains and losses as they are. */
static void find_best(const struct deciding *d, const struct stands *s, struct move *move)
{
    const struct propose_moves *c = s->command;
    struct move best = {.from = move->from}, other = {.extra = move->extra};
    uint32_t drive_s_max = move->extra ? s->rules->drive_s_max : UINT32_MAX;
    bool may = false;
    for (uint32_t i = 0; i < c->unit.n; i++) {
        if (i == 0 || c->unit.v[i] != c->unit.v[i - 1]) {
            other.unit = state_unit(d->state, c->unit.v[i]);
            may = may_go(d, s, move, other.unit, &other.from);
        }
        other.drive_s = c->drive_s.v[i];
        if (!may || other.drive_s > drive_s_max ||
            !stands_number(s->station, c->to.v[i], &other.to) || other.to == other.from)
            continue;
        other.source = (enum travel_source)c->source.v[i];
        other.worth_ms = worth_ms(s, other.to, other.drive_s) -
                         (move->from == ANYWHERE ? s->loss_ms[other.from] : 0);
        if (is_better(&other, &best))
            best = other;
    }
    *move = best;
}

/* What going on to where it stands by now is worth; the way there may be unknown. */
static int64_t home_ms(const struct stands *s, const struct move *move)
{
    const struct propose_moves *c = s->command;
    for (uint32_t i = 0; i < c->unit.n; i++)
        if (c->unit.v[i] == move->unit->unit.v && c->to.v[i] == station_at(s, move->from))
            return worth_ms(s, move->from, c->drive_s.v[i]);
    return s->gain_ms[move->from];
}

static void move_freed(struct deciding *d, struct stands *s)
{
    EACH (d->state, UNIT, unit, it) {
        struct move move = {.unit = it};
        if (!is_just_freed(d, it) || !stands_number(s->station, stands_at(d, it), &move.from))
            continue;
        leave_out(s, move.from);
        int64_t least_ms = home_ms(s, &move) + s->rules->gain_s * INT64_C(1000);
        find_best(d, s, &move);
        if (move.unit && move.worth_ms >= least_ms)
            emit_move(d, s, &move);
    }
}

/* --- of waiting units: so many an hour, evenly --- */

static bool may_move_one(const struct deciding *d, const struct stands *s)
{
    int64_t last_ms = d->state->head->extra_move_ms;
    if (s->rules->extra_per_h == 0 || s->pending >= s->rules->at_once)
        return false;
    return last_ms == 0 || d->now_ms - last_ms >= INT64_C(3600000) / s->rules->extra_per_h;
}

/* First from where, as units stand now; then where to, without it there. */
static void move_waiting(struct deciding *d, struct stands *s)
{
    struct move move = {.from = ANYWHERE, .extra = true};
    if (!may_move_one(d, s))
        return;
    stands_see(s);
    find_best(d, s, &move);
    if (!move.unit)
        return;
    int64_t least_ms = s->loss_ms[move.from] + s->rules->extra_s * INT64_C(1000);
    leave_out(s, move.from);
    find_best(d, s, &move);
    if (move.worth_ms >= least_ms)
        emit_move(d, s, &move);
}

static bool fits(const struct propose_moves *c)
{
    return c->reach_zone.n == c->reach_from.n && c->reach_s.n == c->reach_from.n &&
           c->to.n == c->unit.n && c->drive_s.n == c->unit.n && c->source.n == c->unit.n;
}

static enum refusal propose_moves(struct deciding *d)
{
    const struct propose_moves *c = &d->command->propose_moves;
    struct stands stands;
    if (!fits(c))
        return REFUSE_BAD_VALUE;
    if (c->weights_epoch < d->state->head->weights_epoch)
        return REFUSE_OLD_WEIGHTS;
    if (somebody_waits(d))
        return REFUSE_NONE;
    stands_gather(d, &stands);
    if (stands.place_n == 0)
        return REFUSE_NONE;
    move_freed(d, &stands);
    move_waiting(d, &stands);
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
