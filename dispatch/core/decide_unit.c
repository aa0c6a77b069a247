/* Units: orders, steps, corrections, duty. */
#include "dispatch/core/decide.h"

enum { NO_SLOT = 0xffff }; /* beyond what the plan asked for */

/* The first slot no active unit (but the one that is replaced) fills and this unit can; else any
 * open one; else NO_SLOT. */
static uint32_t slot_for(const struct deciding *d, const struct incident *incident,
                         const struct unit *unit, const struct assignment *replaced)
{
    uint32_t taken = 0, any = NO_SLOT;
    EACH (d->state, ASSIGNMENT, assignment, it)
        if (it->incident.v == incident->incident.v && !step_is_over(it->step) && it->slot < 32 &&
            it != replaced)
            taken |= 1u << it->slot;
    for (uint32_t i = 0; i < incident->slot_capabilities.n && i < 32; i++) {
        uint32_t wanted = incident->slot_capabilities.v[i];
        if (taken >> i & 1u)
            continue;
        if ((wanted & ~unit->capabilities) == 0)
            return i;
        if (any == NO_SLOT)
            any = i;
    }
    return any;
}

static bool is_recommended(const struct incident *incident, struct unit_id unit)
{
    for (uint32_t i = 0; i < incident->slot_unit.n; i++)
        if (incident->slot_unit.v[i] == unit.v)
            return true;
    return false;
}

/* What the recommendation in force says of a unit that is not simply free: taken from which
 * incident, free in how long, in place of which unit. */
struct offer {
    uint64_t from, held;
    uint32_t free_s;
};

static uint64_t id_at(struct u64s list, uint32_t i)
{
    return i < list.n ? list.v[i] : 0;
}

static uint32_t number_at(struct u32s list, uint32_t i)
{
    return i < list.n ? list.v[i] : 0;
}

static struct offer offer_of(const struct incident *incident, struct unit_id unit)
{
    for (uint32_t i = 0; i < incident->slot_unit.n; i++)
        if (incident->slot_unit.v[i] == unit.v)
            return (struct offer){id_at(incident->slot_from, i), id_at(incident->slot_held, i),
                                  number_at(incident->slot_free_s, i)};
    for (uint32_t i = 0; i < incident->row_unit.n; i++)
        if (incident->row_unit.v[i] == unit.v)
            return (struct offer){id_at(incident->row_from, i), 0,
                                  number_at(incident->row_free_s, i)};
    return (struct offer){0};
}

/* What the four ways of committing a unit share. */
struct commitment {
    struct incident_id incident;
    struct unit_id unit;
    uint64_t seen_seq;
    uint32_t eta_s;
    enum travel_source source;
    enum reason reason;
    const struct assignment *replaced; /* by this one, as recommended; or NULL */
};

/* The dispatcher's picture must not be older than the unit or the incident. */
static enum refusal check_seen(const struct deciding *d, uint64_t seen_seq,
                               const struct incident *incident, const struct unit *unit)
{
    if (seen_seq == 0)
        return REFUSE_NONE;
    if (seen_seq > d->state->head->seq)
        return REFUSE_BAD_VALUE;
    bool stale = unit->changed_seq > seen_seq || incident->changed_seq > seen_seq;
    return stale ? REFUSE_STALE_VIEW : REFUSE_NONE;
}

static enum refusal check_commitment(const struct deciding *d, const struct commitment *c,
                                     const struct incident **incident, const struct unit **unit)
{
    enum refusal refusal = find_open_incident(d, c->incident.v, incident);
    if (refusal == REFUSE_NONE)
        refusal = find_unit(d, c->unit.v, unit);
    if (refusal == REFUSE_NONE && (*unit)->duty != DUTY_ON)
        refusal = REFUSE_UNIT_OFF_DUTY;
    if (refusal != REFUSE_NONE)
        return refusal;
    const struct assignment *now = state_assignment(d->state, (*unit)->assignment.v);
    const struct assignment *next = state_assignment(d->state, (*unit)->next.v);
    if ((now && now->incident.v == c->incident.v) || (next && next->incident.v == c->incident.v))
        return REFUSE_UNIT_HERE;
    return room_for(d, OBJECT_ASSIGNMENT, 1);
}

static struct assignment_id emit_reserved(struct deciding *d, const struct commitment *c,
                                          const struct incident *incident, const struct unit *unit)
{
    struct unit_reserved *fact = &emit(d, FACT_UNIT_RESERVED)->unit_reserved;
    fact->assignment.v = d->state->head->last_assignment + 1;
    fact->incident = c->incident;
    fact->unit = c->unit;
    fact->slot = slot_for(d, incident, unit, c->replaced);
    fact->eta_s = c->eta_s;
    fact->source = c->source;
    fact->seen_seq = c->seen_seq;
    fact->override = incident->slot_unit.n && !is_recommended(incident, c->unit);
    fact->reason = c->reason;
    d->out->made = fact->assignment.v;
    return fact->assignment;
}

static void emit_ordered(struct deciding *d, struct assignment_id assignment, int64_t at_ms,
                         struct user_id user)
{
    struct unit_ordered *fact = &emit(d, FACT_UNIT_ORDERED)->unit_ordered;
    fact->assignment = assignment;
    fact->at_ms = at_ms;
    fact->user = user;
}

/* A reserved next goes out as soon as the unit is free; no one's hand orders it. */
static void emit_next(struct deciding *d, const struct assignment *ending)
{
    const struct unit *unit = state_unit(d->state, ending->unit.v);
    if (unit->assignment.v == ending->assignment.v && unit->next.v && unit->duty == DUTY_ON)
        emit_ordered(d, unit->next, d->now_ms, (struct user_id){0});
}

static void emit_step(struct deciding *d, const struct assignment *assignment, enum step step,
                      int64_t at_ms, enum report_source source, enum reason reason)
{
    struct step_reached *fact = &emit(d, FACT_STEP_REACHED)->step_reached;
    fact->assignment = assignment->assignment;
    fact->step = step;
    fact->at_ms = at_ms;
    fact->source = source;
    fact->reason = reason;
    if (step_is_over(step) && step != STEP_DIVERTED)
        emit_next(d, assignment);
}

/* The order of the unit that the recommended one replaces, or NULL. Whoever does not say what was
 * on the screen accepts no replacement: the unit comes beside the others. */
static const struct assignment *replaced_by(const struct deciding *d,
                                            const struct incident *incident, struct unit_id unit,
                                            uint64_t seen_seq)
{
    const struct unit *held =
        seen_seq ? state_unit(d->state, offer_of(incident, unit).held) : NULL;
    const uint64_t order[] = {held ? held->assignment.v : 0, held ? held->next.v : 0};
    for (int i = 0; i < 2; i++) {
        const struct assignment *it = state_assignment(d->state, order[i]);
        if (it && it->incident.v == incident->incident.v &&
            step_may_follow(it->step, STEP_CANCELLED))
            return it;
    }
    return NULL;
}

static struct assignment_id emit_commitment(struct deciding *d, const struct commitment *c,
                                            const struct incident *incident,
                                            const struct unit *unit, int64_t at_ms)
{
    if (c->replaced)
        emit_step(d, c->replaced, STEP_CANCELLED, at_ms, REPORT_DISPATCHER, REASON_BETTER_UNIT);
    return emit_reserved(d, c, incident, unit);
}

/* Whether ordering a unit that is not free is accepting what was recommended: on its way to the
 * incident it was to be taken from, or busy and to go next. */
static bool accepts_offer(const struct deciding *d, const struct incident *incident,
                          const struct unit *unit)
{
    const struct offer offer = offer_of(incident, unit->unit);
    const struct assignment *now = state_assignment(d->state, unit->assignment.v);
    if (step_may_follow(now->step, STEP_DIVERTED) && now->step < STEP_AT_SCENE)
        return offer.from == now->incident.v && !unit->next.v;
    const struct assignment *next = state_assignment(d->state, unit->next.v);
    return offer.free_s && offer.from == (next ? next->incident.v : 0);
}

static enum reason reason_to_take(const struct deciding *d, const struct commitment *c,
                                  const struct incident *to, const struct assignment *from)
{
    const struct incident *old = state_incident(d->state, from->incident.v);
    if (c->reason != REASON_NONE)
        return c->reason;
    bool more_urgent = to->grade && (old->grade == 0 || to->grade < old->grade);
    return more_urgent ? REASON_MORE_URGENT : REASON_BETTER_UNIT;
}

/* Turned round if it is on its way, else it goes there next. */
static struct assignment_id emit_accepted(struct deciding *d, const struct commitment *c,
                                          const struct incident *incident, const struct unit *unit,
                                          int64_t at_ms)
{
    const struct assignment *now = state_assignment(d->state, unit->assignment.v);
    const struct assignment *next = state_assignment(d->state, unit->next.v);
    bool turns = now->step < STEP_AT_SCENE;
    if (turns)
        emit_step(d, now, STEP_DIVERTED, at_ms, REPORT_DISPATCHER,
                  reason_to_take(d, c, incident, now));
    else if (next)
        emit_step(d, next, STEP_CANCELLED, at_ms, REPORT_DISPATCHER,
                  reason_to_take(d, c, incident, next));
    struct assignment_id made = emit_commitment(d, c, incident, unit, at_ms);
    if (turns)
        emit_ordered(d, made, at_ms, d->command->actor.user);
    return made;
}

static enum refusal order(struct deciding *d)
{
    const struct order_unit *c = &d->command->order_unit;
    struct commitment commitment = {c->incident, c->unit,   c->seen_seq, c->eta_s,
                                    c->source,   c->reason, NULL};
    const struct incident *incident;
    const struct unit *unit;
    int64_t at_ms;
    enum refusal refusal = check_commitment(d, &commitment, &incident, &unit);
    if (refusal == REFUSE_NONE && unit->assignment.v && !accepts_offer(d, incident, unit))
        refusal = state_assignment(d->state, unit->assignment.v)->step == STEP_RESERVED
                      ? REFUSE_UNIT_RESERVED
                      : REFUSE_UNIT_BUSY;
    if (refusal == REFUSE_NONE)
        refusal = check_seen(d, c->seen_seq, incident, unit);
    if (refusal == REFUSE_NONE && c->hospital.v && !state_hospital(d->state, c->hospital.v))
        refusal = REFUSE_NO_HOSPITAL;
    if (refusal == REFUSE_NONE)
        refusal = claimed_time(d, c->at_ms, &at_ms);
    if (refusal != REFUSE_NONE)
        return refusal;
    struct assignment_id made;
    commitment.replaced = replaced_by(d, incident, c->unit, c->seen_seq);
    if (unit->assignment.v) {
        made = emit_accepted(d, &commitment, incident, unit, at_ms);
    } else {
        made = emit_commitment(d, &commitment, incident, unit, at_ms);
        emit_ordered(d, made, at_ms, d->command->actor.user);
    }
    if (c->hospital.v) {
        struct hospital_chosen *chosen = &emit(d, FACT_HOSPITAL_CHOSEN)->hospital_chosen;
        chosen->assignment = made;
        chosen->hospital = c->hospital;
    }
    return REFUSE_NONE;
}

static enum refusal reserve(struct deciding *d)
{
    const struct reserve_unit *c = &d->command->reserve_unit;
    struct commitment commitment = {c->incident, c->unit,     c->seen_seq, c->eta_s,
                                    c->source,   REASON_NONE, NULL};
    const struct incident *incident;
    const struct unit *unit;
    enum refusal refusal = check_commitment(d, &commitment, &incident, &unit);
    if (refusal == REFUSE_NONE && unit->next.v)
        refusal = REFUSE_UNIT_RESERVED;
    if (refusal == REFUSE_NONE && unit->assignment.v &&
        state_assignment(d->state, unit->assignment.v)->step == STEP_RESERVED)
        refusal = REFUSE_UNIT_RESERVED;
    if (refusal == REFUSE_NONE)
        refusal = check_seen(d, c->seen_seq, incident, unit);
    if (refusal == REFUSE_NONE)
        emit_reserved(d, &commitment, incident, unit);
    return refusal;
}

static enum refusal send_order(struct deciding *d)
{
    const struct send_order *c = &d->command->send_order;
    const struct assignment *assignment;
    int64_t at_ms;
    enum refusal refusal = find_active(d, c->assignment.v, &assignment);
    if (refusal == REFUSE_NONE && assignment->step != STEP_RESERVED)
        refusal = REFUSE_NOT_RESERVED;
    if (refusal != REFUSE_NONE)
        return refusal;
    const struct unit *unit = state_unit(d->state, assignment->unit.v);
    const struct incident *incident = state_incident(d->state, assignment->incident.v);
    if (unit->duty != DUTY_ON)
        return REFUSE_UNIT_OFF_DUTY;
    if (unit->assignment.v != c->assignment.v)
        return REFUSE_UNIT_BUSY;
    refusal = check_seen(d, c->seen_seq, incident, unit);
    if (refusal == REFUSE_NONE)
        refusal = claimed_time(d, c->at_ms, &at_ms);
    if (refusal == REFUSE_NONE)
        emit_ordered(d, c->assignment, at_ms, d->command->actor.user);
    return refusal;
}

static enum refusal explain(struct deciding *d)
{
    const struct explain_override *c = &d->command->explain_override;
    const struct assignment *assignment;
    enum refusal refusal = find_assignment(d, c->assignment.v, &assignment);
    if (refusal == REFUSE_NONE && !assignment->override)
        refusal = REFUSE_OVERRIDE_NOT_NEEDED;
    if (refusal == REFUSE_NONE && c->reason == REASON_NONE)
        refusal = REFUSE_NEEDS_REASON;
    if (refusal == REFUSE_NONE)
        emit_same(d, FACT_OVERRIDE_EXPLAINED);
    return refusal;
}

static enum refusal redirect(struct deciding *d)
{
    const struct redirect_unit *c = &d->command->redirect_unit;
    const struct assignment *assignment;
    enum refusal refusal = find_active(d, c->assignment.v, &assignment);
    if (refusal == REFUSE_NONE && !state_hospital(d->state, c->hospital.v))
        refusal = REFUSE_NO_HOSPITAL;
    if (refusal == REFUSE_NONE && assignment->step >= STEP_AT_HOSPITAL &&
        assignment->hospital.v == c->hospital.v)
        refusal = REFUSE_NOT_WHERE;
    if (refusal == REFUSE_NONE)
        emit_same(d, FACT_HOSPITAL_CHOSEN);
    return refusal;
}

/* Taken from a less urgent incident on the way: the old one ends diverted, the new is ordered. */
static enum refusal divert(struct deciding *d)
{
    const struct divert_unit *c = &d->command->divert_unit;
    struct commitment commitment = {c->incident, c->unit,   c->seen_seq, c->eta_s,
                                    c->source,   c->reason, NULL};
    const struct incident *incident;
    const struct unit *unit;
    int64_t at_ms;
    enum refusal refusal = check_commitment(d, &commitment, &incident, &unit);
    if (refusal != REFUSE_NONE)
        return refusal;
    const struct assignment *old = state_assignment(d->state, unit->assignment.v);
    if (!old || old->step == STEP_RESERVED)
        return REFUSE_NOT_ORDERED;
    if (step_has_patient(old->step))
        return REFUSE_UNIT_HAS_PATIENT;
    if (!step_may_follow(old->step, STEP_DIVERTED))
        return REFUSE_NOT_WHERE;
    if (unit->next.v)
        return REFUSE_UNIT_RESERVED;
    if (c->reason == REASON_NONE)
        return REFUSE_NEEDS_REASON;
    refusal = check_seen(d, c->seen_seq, incident, unit);
    if (refusal == REFUSE_NONE)
        refusal = claimed_time(d, c->at_ms, &at_ms);
    if (refusal != REFUSE_NONE)
        return refusal;
    commitment.replaced = replaced_by(d, incident, c->unit, c->seen_seq);
    emit_step(d, old, STEP_DIVERTED, at_ms, REPORT_DISPATCHER, c->reason);
    emit_ordered(d, emit_commitment(d, &commitment, incident, unit, at_ms), at_ms,
                 d->command->actor.user);
    return REFUSE_NONE;
}

static enum refusal cancel(struct deciding *d)
{
    const struct cancel_assignment *c = &d->command->cancel_assignment;
    const struct assignment *assignment;
    int64_t at_ms;
    enum refusal refusal = find_active(d, c->assignment.v, &assignment);
    if (refusal == REFUSE_NONE && !step_may_follow(assignment->step, STEP_CANCELLED))
        refusal = REFUSE_NOT_WHERE;
    if (refusal == REFUSE_NONE && c->reason == REASON_NONE)
        refusal = REFUSE_NEEDS_REASON;
    if (refusal == REFUSE_NONE && c->reason == REASON_UNDO && assignment->step > STEP_DELIVERED)
        refusal = REFUSE_NOT_WHERE; /* the crew has it: a cancellation with its own reason */
    if (refusal == REFUSE_NONE)
        refusal = claimed_time(d, c->at_ms, &at_ms);
    if (refusal == REFUSE_NONE)
        emit_step(d, assignment, STEP_CANCELLED, at_ms, REPORT_DISPATCHER, c->reason);
    return refusal;
}

static enum report_source source_of(const struct deciding *d)
{
    switch (d->command->actor.role) {
    case ROLE_CREW:
        return REPORT_CREW;
    case ROLE_MACHINE:
    case ROLE_GATEWAY:
        return REPORT_TERMINAL;
    default:
        return REPORT_DISPATCHER;
    }
}

static enum refusal refuse_order(struct deciding *d)
{
    const struct refuse_order *c = &d->command->refuse_order;
    const struct assignment *assignment;
    enum refusal refusal = find_active(d, c->assignment.v, &assignment);
    if (refusal == REFUSE_NONE && !step_may_follow(assignment->step, STEP_REFUSED))
        refusal = REFUSE_NOT_WHERE;
    if (refusal == REFUSE_NONE && c->reason == REASON_NONE)
        refusal = REFUSE_NEEDS_REASON;
    if (refusal == REFUSE_NONE)
        emit_step(d, assignment, STEP_REFUSED, d->now_ms, source_of(d), c->reason);
    return refusal;
}

static enum refusal deliver(struct deciding *d)
{
    const struct deliver_order *c = &d->command->deliver_order;
    const struct assignment *assignment;
    int64_t at_ms;
    enum refusal refusal = find_active(d, c->assignment.v, &assignment);
    if (refusal == REFUSE_NONE)
        refusal = claimed_time(d, c->at_ms, &at_ms);
    if (refusal != REFUSE_NONE)
        return refusal;
    if (assignment->step == STEP_RESERVED)
        return REFUSE_NOT_ORDERED;
    if (assignment->step != STEP_ORDERED)
        return REFUSE_BACKWARD; /* the crew was quicker than the device's receipt */
    emit_step(d, assignment, STEP_DELIVERED, at_ms, REPORT_TERMINAL, REASON_NONE);
    return REFUSE_NONE;
}

static enum refusal step_to(struct deciding *d, const struct assignment *assignment, enum step step,
                            int64_t claimed_ms, enum report_source source)
{
    int64_t at_ms;
    if (step < STEP_ACKNOWLEDGED || (step > STEP_COMPLETED && step != STEP_EMPTY_RUN))
        return REFUSE_BAD_VALUE; /* the others have commands of their own */
    enum refusal refusal = claimed_time(d, claimed_ms, &at_ms);
    if (refusal != REFUSE_NONE)
        return refusal;
    if (assignment->step == STEP_RESERVED)
        return REFUSE_NOT_ORDERED;
    if (!step_may_follow(assignment->step, step))
        return step <= assignment->step ? REFUSE_BACKWARD : REFUSE_NOT_WHERE;
    emit_step(d, assignment, step, at_ms, source, REASON_NONE);
    return REFUSE_NONE;
}

static enum refusal report_step(struct deciding *d)
{
    const struct report_step *c = &d->command->report_step;
    const struct assignment *assignment;
    enum refusal refusal = find_active(d, c->assignment.v, &assignment);
    if (refusal != REFUSE_NONE)
        return refusal;
    return step_to(d, assignment, c->step, c->at_ms, c->source ? c->source : source_of(d));
}

/* A terminal's button knows its unit, not its assignment. */
static enum refusal press_button(struct deciding *d)
{
    const struct press_button *c = &d->command->press_button;
    const struct unit *unit;
    enum refusal refusal = find_unit(d, c->unit.v, &unit);
    if (refusal != REFUSE_NONE)
        return refusal;
    const struct assignment *assignment = state_assignment(d->state, unit->assignment.v);
    if (!assignment)
        return REFUSE_NO_ASSIGNMENT;
    return step_to(d, assignment, c->step, c->at_ms, REPORT_TERMINAL);
}

static enum refusal correct_step(struct deciding *d)
{
    const struct correct_step *c = &d->command->correct_step;
    const struct assignment *assignment;
    int64_t at_ms;
    enum refusal refusal = find_assignment(d, c->assignment.v, &assignment);
    if (refusal == REFUSE_NONE && c->step == STEP_NONE)
        refusal = REFUSE_BAD_VALUE;
    if (refusal == REFUSE_NONE && c->reason == REASON_NONE)
        refusal = REFUSE_NEEDS_REASON;
    if (refusal == REFUSE_NONE)
        refusal = claimed_time(d, c->at_ms, &at_ms);
    if (refusal != REFUSE_NONE)
        return refusal;
    /* What lies ahead is reported, not corrected; nor can an end that did not happen be. */
    if (c->step > assignment->step || (step_is_over(c->step) && c->step != assignment->step))
        return REFUSE_NOT_WHERE;
    /* Only a wrong button takes the status back, and only while the task is active. */
    if (c->reason == REASON_WRONG_BUTTON) {
        struct assignment copy = *assignment;
        if (step_is_over(copy.step) || c->step == copy.step || c->step < STEP_ORDERED)
            return REFUSE_NOT_WHERE;
        if (c->at_ms == 0 && *step_time(&copy, c->step))
            at_ms = *step_time(&copy, c->step); /* it was reached when it was */
    }
    emit_same(d, FACT_STEP_CORRECTED)->step_corrected.at_ms = at_ms;
    return REFUSE_NONE;
}

static enum refusal set_duty(struct deciding *d)
{
    const struct set_duty *c = &d->command->set_duty;
    const struct unit *unit;
    enum refusal refusal = find_unit(d, c->unit.v, &unit);
    if (refusal == REFUSE_NONE && !speaks_for_unit(d, c->unit.v))
        refusal = REFUSE_NOT_YOURS;
    if (refusal == REFUSE_NONE && unit->duty == c->duty)
        refusal = REFUSE_DUTY_SAME;
    if (refusal == REFUSE_NONE && unit->assignment.v && c->duty != DUTY_ON)
        refusal = REFUSE_UNIT_BUSY; /* first end or hand over the task */
    if (refusal != REFUSE_NONE)
        return refusal;
    struct duty_set *fact = &emit_same(d, FACT_DUTY_SET)->duty_set;
    if (fact->crew == 0)
        fact->crew = unit->crew;
    return REFUSE_NONE;
}

static enum refusal return_unit(struct deciding *d)
{
    const struct return_unit *c = &d->command->return_unit;
    const struct unit *unit;
    int64_t at_ms;
    enum refusal refusal = find_unit(d, c->unit.v, &unit);
    if (refusal == REFUSE_NONE && !speaks_for_unit(d, c->unit.v))
        refusal = REFUSE_NOT_YOURS;
    if (refusal == REFUSE_NONE && unit->assignment.v)
        refusal = REFUSE_UNIT_BUSY;
    if (refusal == REFUSE_NONE)
        refusal = claimed_time(d, c->at_ms, &at_ms);
    if (refusal == REFUSE_NONE)
        emit_same(d, FACT_UNIT_RETURNED)->unit_returned.at_ms = at_ms;
    return refusal;
}

enum refusal decide_unit(struct deciding *d)
{
    switch (d->command->kind) {
    case COMMAND_ORDER_UNIT:
        return order(d);
    case COMMAND_RESERVE_UNIT:
        return reserve(d);
    case COMMAND_SEND_ORDER:
        return send_order(d);
    case COMMAND_EXPLAIN_OVERRIDE:
        return explain(d);
    case COMMAND_REDIRECT_UNIT:
        return redirect(d);
    case COMMAND_DIVERT_UNIT:
        return divert(d);
    case COMMAND_CANCEL_ASSIGNMENT:
        return cancel(d);
    case COMMAND_REFUSE_ORDER:
        return refuse_order(d);
    case COMMAND_DELIVER_ORDER:
        return deliver(d);
    case COMMAND_REPORT_STEP:
        return report_step(d);
    case COMMAND_PRESS_BUTTON:
        return press_button(d);
    case COMMAND_CORRECT_STEP:
        return correct_step(d);
    case COMMAND_SET_DUTY:
        return set_duty(d);
    case COMMAND_RETURN_UNIT:
        return return_unit(d);
    default:
        return REFUSE_BAD_COMMAND;
    }
}
