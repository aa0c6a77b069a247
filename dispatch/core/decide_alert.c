/* Messages, alerts, access and the boot record. */
#include "dispatch/core/decide.h"

static enum refusal send_message(struct deciding *d)
{
    const struct send_message *c = &d->command->send_message;
    enum role role = d->command->actor.role;
    const struct unit *unit;
    enum refusal refusal = find_unit(d, c->unit.v, &unit);
    if (refusal == REFUSE_NONE && !is_desk(role) && role != ROLE_CREW)
        refusal = REFUSE_NOT_ALLOWED;
    if (refusal == REFUSE_NONE && !speaks_for_unit(d, c->unit.v))
        refusal = REFUSE_NOT_YOURS;
    if (refusal == REFUSE_NONE && c->words.n == 0)
        refusal = REFUSE_BAD_VALUE;
    if (refusal == REFUSE_NONE)
        refusal = room_for(d, OBJECT_MESSAGE, 1);
    if (refusal != REFUSE_NONE)
        return refusal;
    struct message_sent *fact = &emit_same(d, FACT_MESSAGE_SENT)->message_sent;
    fact->message.v = d->state->head->last_message + 1;
    fact->user = d->command->actor.user;
    fact->to_desk = role == ROLE_CREW;
    d->out->made = fact->message.v;
    return REFUSE_NONE;
}

static enum refusal deliver_message(struct deciding *d)
{
    const struct deliver_message *c = &d->command->deliver_message;
    const struct message *message = state_message(d->state, c->message.v);
    int64_t at_ms;
    if (!message)
        return REFUSE_NO_MESSAGE;
    enum refusal refusal = claimed_time(d, c->at_ms, &at_ms);
    if (refusal == REFUSE_NONE && message->delivered_ms == 0)
        emit_same(d, FACT_MESSAGE_DELIVERED)->message_delivered.at_ms = at_ms;
    return refusal;
}

/* The core's own detectors (deadline.def) speak through `tick` only. */
static bool is_deadline(const struct text *detector)
{
    for (enum deadline i = 0; i < DEADLINE_COUNT; i++) {
        const char *name = deadline_text[i].name;
        if (text_same(*detector, (struct text){name, (uint32_t)strlen(name)}))
            return true;
    }
    return false;
}

/* Of the same detector with the same number of its own. */
static bool was_raised(const struct deciding *d, const struct raise_alert *c)
{
    EACH (d->state, ALERT, alert, it)
        if (c->key && it->key == c->key && text_same(it->detector, c->detector))
            return true;
    return false;
}

static enum refusal raise(struct deciding *d)
{
    const struct raise_alert *c = &d->command->raise_alert;
    if (c->detector.n == 0 || is_deadline(&c->detector) || c->level == LEVEL_NONE)
        return REFUSE_BAD_VALUE;
    if (c->incident.v && !state_incident(d->state, c->incident.v))
        return REFUSE_NO_INCIDENT;
    if (c->unit.v && !state_unit(d->state, c->unit.v))
        return REFUSE_NO_UNIT;
    if (c->terminal.v && !state_terminal(d->state, c->terminal.v))
        return REFUSE_NO_TERMINAL;
    if (was_raised(d, c))
        return REFUSE_ALREADY_RAISED;
    enum refusal refusal = check_place(c->has_place, c->lat_e7, c->lon_e7);
    if (refusal == REFUSE_NONE)
        refusal = room_for(d, OBJECT_ALERT, 1);
    if (refusal != REFUSE_NONE)
        return refusal;
    struct alert_raised *fact = &emit_same(d, FACT_ALERT_RAISED)->alert_raised;
    fact->alert.v = d->state->head->last_alert + 1;
    fact->since_ms = d->now_ms;
    d->out->made = fact->alert.v;
    return REFUSE_NONE;
}

static enum refusal find_alert(const struct deciding *d, uint64_t id, const struct alert **alert)
{
    *alert = state_alert(d->state, id);
    if (!*alert)
        return REFUSE_NO_ALERT;
    return (*alert)->state == ALERT_CLEARED ? REFUSE_ALERT_OVER : REFUSE_NONE;
}

static enum refusal update(struct deciding *d)
{
    const struct update_alert *c = &d->command->update_alert;
    const struct alert *alert;
    enum refusal refusal = find_alert(d, c->alert.v, &alert);
    if (refusal == REFUSE_NONE && c->level < alert->level)
        refusal = REFUSE_LOWER_LEVEL;
    if (refusal == REFUSE_NONE)
        refusal = check_place(c->has_place, c->lat_e7, c->lon_e7);
    if (refusal != REFUSE_NONE)
        return refusal;
    struct alert_updated *fact = &emit_same(d, FACT_ALERT_UPDATED)->alert_updated;
    fact->notice = alert->notice + 1;
    fact->before_ms = alert->notice_ms;
    return REFUSE_NONE;
}

static enum refusal acknowledge(struct deciding *d)
{
    const struct alert *alert;
    enum refusal refusal = find_alert(d, d->command->acknowledge_alert.alert.v, &alert);
    if (refusal == REFUSE_NONE && alert->state == ALERT_ACKNOWLEDGED)
        refusal = REFUSE_ALERT_ACKNOWLEDGED;
    if (refusal == REFUSE_NONE)
        emit_same(d, FACT_ALERT_ACKNOWLEDGED)->alert_acknowledged.owner = d->command->actor.user;
    return refusal;
}

static enum refusal take(struct deciding *d)
{
    const struct alert *alert;
    enum refusal refusal = find_alert(d, d->command->take_alert.alert.v, &alert);
    if (refusal == REFUSE_NONE && alert->owner.v == d->command->actor.user.v)
        refusal = REFUSE_ALREADY_OWNER;
    if (refusal == REFUSE_NONE)
        emit_same(d, FACT_ALERT_TAKEN)->alert_taken.owner = d->command->actor.user;
    return refusal;
}

/* Shelving always ends: at most a day ahead, and with a reason. */
static enum refusal shelve(struct deciding *d)
{
    const struct shelve_alert *c = &d->command->shelve_alert;
    const struct alert *alert;
    enum refusal refusal = find_alert(d, c->alert.v, &alert);
    if (refusal == REFUSE_NONE && c->reason == REASON_NONE)
        refusal = REFUSE_NEEDS_REASON;
    if (refusal == REFUSE_NONE &&
        (c->until_ms <= d->now_ms || c->until_ms > d->now_ms + d->core->policy.shelve_max_ms))
        refusal = REFUSE_BAD_TIME;
    if (refusal == REFUSE_NONE)
        emit_same(d, FACT_ALERT_SHELVED)->alert_shelved.owner = d->command->actor.user;
    return refusal;
}

static enum refusal clear(struct deciding *d)
{
    const struct clear_alert *c = &d->command->clear_alert;
    const struct alert *alert;
    enum refusal refusal = find_alert(d, c->alert.v, &alert);
    if (refusal == REFUSE_NONE && c->verdict == VERDICT_NONE)
        refusal = REFUSE_BAD_VALUE;
    if (refusal == REFUSE_NONE && c->merged_into.v && !state_alert(d->state, c->merged_into.v))
        refusal = REFUSE_NO_ALERT;
    if (refusal == REFUSE_NONE && c->merged_into.v == c->alert.v)
        refusal = REFUSE_ITSELF;
    if (refusal == REFUSE_NONE)
        emit_same(d, FACT_ALERT_CLEARED);
    return refusal;
}

/* Said by a person about an alert that is over, whoever cleared it. */
static enum refusal judge(struct deciding *d)
{
    const struct judge_alert *c = &d->command->judge_alert;
    const struct alert *alert = state_alert(d->state, c->alert.v);
    if (!alert)
        return REFUSE_NO_ALERT;
    if (alert->state != ALERT_CLEARED)
        return REFUSE_ALERT_NOT_OVER;
    if (c->verdict == VERDICT_NONE || c->verdict == VERDICT_RESOLVED)
        return REFUSE_BAD_VALUE;
    emit_same(d, FACT_ALERT_JUDGED)->alert_judged.user = d->command->actor.user;
    return REFUSE_NONE;
}

/* Columns of one table are equally long. */
static enum refusal pass_minute(struct deciding *d)
{
    const struct pass_minute *c = &d->command->pass_minute;
    if (c->covered_zone.n != c->zone_permille.n || c->covered_permille > 1000 ||
        c->prepared_zone.n != c->prepared_milli.n || c->inflow_hospital.n != c->inflow_milli.n ||
        c->inflow_hospital.n != c->inflow_room.n)
        return REFUSE_BAD_VALUE;
    emit_same(d, FACT_MINUTE_PASSED);
    return REFUSE_NONE;
}

static enum refusal fit_warning(struct deciding *d)
{
    const struct fit_warning *c = &d->command->fit_warning;
    if (c->detector.n == 0 || c->beta_milli == 0)
        return REFUSE_BAD_VALUE;
    emit_same(d, FACT_WARNING_FITTED);
    return REFUSE_NONE;
}

static enum refusal signal_indicator(struct deciding *d)
{
    const struct signal_indicator *c = &d->command->signal_indicator;
    if (c->indicator.n == 0 || c->period.n == 0 || c->by.n == 0 || c->rule.n == 0 ||
        c->from_ms >= c->to_ms || c->to_ms > d->now_ms || c->level == LEVEL_NONE)
        return REFUSE_BAD_VALUE;
    emit_same(d, FACT_INDICATOR_SIGNALLED);
    return REFUSE_NONE;
}

static enum refusal close_period(struct deciding *d)
{
    const struct close_period *c = &d->command->close_period;
    if (c->period.n == 0 || c->from_ms >= c->to_ms || c->to_ms > d->now_ms)
        return REFUSE_BAD_VALUE;
    emit_same(d, FACT_PERIOD_CLOSED);
    return REFUSE_NONE;
}

static enum refusal tell(struct deciding *d)
{
    if (d->command->tell_alert.told_seq > d->state->head->seq)
        return REFUSE_BAD_VALUE;
    emit_same(d, FACT_ALERT_TOLD);
    return REFUSE_NONE;
}

static enum refusal sign(struct deciding *d, bool in)
{
    const struct actor *actor = &d->command->actor;
    struct fact *fact = emit_same(d, in ? FACT_SIGNED_IN : FACT_SIGNED_OUT);
    if (in) {
        fact->signed_in.user = actor->user;
        fact->signed_in.role = actor->role;
        fact->signed_in.seat = actor->seat;
    } else {
        fact->signed_out.user = actor->user;
        fact->signed_out.seat = actor->seat;
    }
    return REFUSE_NONE;
}

static enum refusal open_record(struct deciding *d)
{
    const struct open_record *c = &d->command->open_record;
    if (!state_incident(d->state, c->incident.v))
        return REFUSE_NO_INCIDENT;
    emit_same(d, FACT_RECORD_OPENED)->record_opened.user = d->command->actor.user;
    return REFUSE_NONE;
}

static enum refusal export(struct deciding *d) {
    if (d->command->export.what.n == 0) return REFUSE_BAD_VALUE;
    emit_same(d, FACT_EXPORTED)->exported.user = d->command->actor.user;
    return REFUSE_NONE;
}

enum refusal decide_alert(struct deciding *d)
{
    switch (d->command->kind) {
    case COMMAND_SEND_MESSAGE:
        return send_message(d);
    case COMMAND_DELIVER_MESSAGE:
        return deliver_message(d);
    case COMMAND_RAISE_ALERT:
        return raise(d);
    case COMMAND_ACKNOWLEDGE_ALERT:
        return acknowledge(d);
    case COMMAND_TAKE_ALERT:
        return take(d);
    case COMMAND_SHELVE_ALERT:
        return shelve(d);
    case COMMAND_CLEAR_ALERT:
        return clear(d);
    case COMMAND_UPDATE_ALERT:
        return update(d);
    case COMMAND_JUDGE_ALERT:
        return judge(d);
    case COMMAND_PASS_MINUTE:
        return pass_minute(d);
    case COMMAND_FIT_WARNING:
        return fit_warning(d);
    case COMMAND_SIGNAL_INDICATOR:
        return signal_indicator(d);
    case COMMAND_CLOSE_PERIOD:
        return close_period(d);
    case COMMAND_TELL_ALERT:
        return tell(d);
    case COMMAND_SIGN_IN:
        return sign(d, true);
    case COMMAND_SIGN_OUT:
        return sign(d, false);
    case COMMAND_DENY:
        emit_same(d, FACT_COMMAND_DENIED);
        return REFUSE_NONE;
    case COMMAND_OPEN_RECORD:
        return open_record(d);
    case COMMAND_EXPORT:
        return export(d);
    case COMMAND_BOOT:
        emit_same(d, FACT_BOOTED);
        return REFUSE_NONE;
    default:
        return REFUSE_BAD_COMMAND;
    }
}
