/* Facts as the detectors understand them: which incident, where, of what kind, how late. */
#include "dispatch/readers/warn_follow.h"

static void set_code(struct watch_event *event, struct text code)
{
    event->code = code.p;
    event->code_n = code.n;
}

static void placed(const struct warn_follow *f, const struct incident_placed *fact,
                   struct watch_event *event)
{
    event->lat_e7 = fact->lat_e7;
    event->lon_e7 = fact->lon_e7;
    for (uint32_t i = 0; i < fact->zone.n; i++) {
        const struct zone_name *zone = state_zone_name(&f->core.state, fact->zone.v[i]);
        if (!zone)
            continue;
        if (zone->kind_mask & f->site_kinds && event->site_count < WATCH_SITES_MAX)
            event->site[event->site_count++] =
                (struct watch_site){zone->zone.v, zone->kind_mask};
        if (zone->kind_mask & KIND_BIT(ZONE_KIND_TOWNSHIP) && !event->township)
            event->township = zone->zone.v;
    }
}

static uint32_t seconds_between(int64_t from_ms, int64_t to_ms)
{
    return from_ms && to_ms > from_ms ? (uint32_t)((to_ms - from_ms) / 1000) : 0;
}

static uint32_t ordered(const struct warn_follow *f, uint64_t id, struct watch_event *event)
{
    const struct assignment *a = state_assignment(&f->core.state, id);
    if (!a || !a->eta_s)
        return 0;
    event->kind = WATCH_EXPECTED;
    event->id = a->incident.v;
    event->seconds = a->eta_s;
    return 1;
}

static uint32_t stepped(const struct warn_follow *f, const struct step_reached *fact,
                        struct watch_event *event)
{
    const struct state *state = &f->core.state;
    const struct assignment *a = state_assignment(state, fact->assignment.v);
    const struct unit *unit = a ? state_unit(state, a->unit.v) : NULL;
    if (!a)
        return 0;
    event->station = unit ? unit->station.v : 0;
    event->at_ms = fact->at_ms;
    event->hospital = a->hospital.v;
    switch (fact->step) {
    case STEP_DEPARTED:
        event->kind = WATCH_CLOCK;
        event->clock = WATCH_TURNOUT;
        event->seconds = seconds_between(a->ordered_ms, fact->at_ms);
        return 1;
    case STEP_AT_SCENE:
    case STEP_AT_PATIENT:
        event->kind = WATCH_ARRIVED;
        event->id = a->incident.v;
        return 1;
    case STEP_AT_HOSPITAL:
    case STEP_HANDED_OVER ... STEP_DIVERTED:
        event->kind = WATCH_HANDOVER;
        event->id = fact->assignment.v;
        event->began = fact->step == STEP_AT_HOSPITAL;
        return 1;
    default:
        return 0;
    }
}

static uint32_t closed(const struct incident_closed *fact, struct watch_event event[static 2])
{
    event[0].kind = WATCH_CLOSED;
    event[0].id = fact->incident.v;
    if (fact->outcome != OUTCOME_INVALID && fact->outcome != OUTCOME_DUPLICATE)
        return 1;
    event[1] = event[0];
    event[1].kind = WATCH_DROPPED;
    return 2;
}

static void minute_passed(const struct minute_passed *fact, struct watch_event *event,
                          struct watch_minute *minute)
{
    *minute = (struct watch_minute){.units_on = fact->units_on,
                                    .units_free = fact->units_free,
                                    .silent = fact->silent_unit.n,
                                    .stuck = fact->stuck_unit.n,
                                    .late = fact->late_unit.n,
                                    .silent_unit = fact->silent_unit.v,
                                    .stuck_unit = fact->stuck_unit.v,
                                    .late_unit = fact->late_unit.v,
                                    .covered_known = fact->covered_known,
                                    .covered_permille = fact->covered_permille,
                                    .prepared_milli = fact->prepared_milli.v,
                                    .prepared = fact->prepared_milli.n,
                                    .inflow_hospital = fact->inflow_hospital.v,
                                    .inflow_milli = fact->inflow_milli.v,
                                    .inflow_room = fact->inflow_room.v,
                                    .inflow = fact->inflow_hospital.n,
                                    .seats_on = fact->seats_on,
                                    .seats_mute = fact->seats_mute,
                                    .terminals_lost = fact->terminals_lost,
                                    .readers_down = fact->readers_down};
    event->kind = WATCH_MINUTE;
    event->minute = minute;
}

static uint32_t fitted(const struct warn_follow *f, const struct warning_fitted *fact,
                       struct watch_event *event)
{
    event->kind = WATCH_FITTED;
    event->gumbel = (struct gumbel){fact->alpha_milli / 1000.0, fact->beta_milli / 1000.0};
    for (uint32_t i = 0; i < f->policy.syndrome_count; i++) {
        const char *code = f->policy.syndrome[i].code;
        event->syndrome = i;
        if (text_same(fact->syndrome, (struct text){code, (uint32_t)strlen(code)}))
            return 1;
    }
    return 0;
}

static uint32_t graded(const struct warn_follow *f, uint64_t id, uint32_t grade,
                       struct watch_event *event)
{
    const struct incident *incident = state_incident(&f->core.state, id);
    if (!incident)
        return 0;
    event->kind = WATCH_GRADED;
    event->id = id;
    event->grade = grade;
    set_code(event, incident->determinant);
    return 1;
}

static uint32_t answered(const struct warn_follow *f, const struct call_answered *fact,
                         struct watch_event *event)
{
    const struct call *call = state_call(&f->core.state, fact->call.v);
    if (!call || !call->ringing_ms)
        return 0;
    event->kind = WATCH_CLOCK;
    event->clock = WATCH_ANSWER;
    event->seconds = seconds_between(call->ringing_ms, fact->at_ms);
    return 1;
}

static void signalled(const struct indicator_signalled *fact, struct watch_event *event)
{
    event->kind = WATCH_SIGNALLED;
    set_code(event, fact->indicator);
    event->signal = (struct watch_signal){.period = fact->period.p,
                                          .period_n = fact->period.n,
                                          .words = fact->words.p,
                                          .words_n = fact->words.n,
                                          .level = (enum watch_level)fact->level,
                                          .from_ms = fact->from_ms,
                                          .to_ms = fact->to_ms,
                                          .value = fact->value_milli / 1000.0,
                                          .centre = fact->centre_milli / 1000.0,
                                          .by_chance_h = fact->by_chance_h};
}

static uint32_t over(const struct warn_follow *f, uint64_t id, struct watch_event *event)
{
    const struct alert *alert = state_alert(&f->core.state, id);
    if (!alert || !alert->key)
        return 0;
    event->kind = WATCH_OVER;
    event->key = alert->key;
    return 1;
}

uint32_t warn_event(const struct warn_follow *f, const struct record *record,
                    const struct fact *fact, struct watch_event event[static 2],
                    struct watch_minute *minute)
{
    event[0] = (struct watch_event){.seq = record->seq, .now_ms = record->now_ms};
    switch (fact->kind) {
    case FACT_INCIDENT_OPENED:
        event->kind = WATCH_OPENED;
        event->id = fact->incident_opened.incident.v;
        event->call = fact->incident_opened.call.v;
        event->at_ms = fact->incident_opened.at_ms;
        return 1;
    case FACT_INCIDENT_PLACED:
        event->kind = WATCH_PLACED;
        event->id = fact->incident_placed.incident.v;
        placed(f, &fact->incident_placed, event);
        return fact->incident_placed.has_place;
    case FACT_INCIDENT_DESCRIBED:
        event->kind = WATCH_DESCRIBED;
        event->id = fact->incident_described.incident.v;
        event->patients = fact->incident_described.patients;
        set_code(event, fact->incident_described.card);
        return 1;
    case FACT_INCIDENT_GRADED:
        return graded(f, fact->incident_graded.incident.v, fact->incident_graded.grade, event);
    case FACT_INCIDENT_REGRADED:
        return graded(f, fact->incident_regraded.incident.v, fact->incident_regraded.grade, event);
    case FACT_DUPLICATE_LINKED:
        event->kind = WATCH_DROPPED;
        event->id = fact->duplicate_linked.incident.v;
        return 1;
    case FACT_INCIDENT_CLOSED:
        return closed(&fact->incident_closed, event);
    case FACT_UNIT_ORDERED:
        return ordered(f, fact->unit_ordered.assignment.v, event);
    case FACT_STEP_REACHED:
        return stepped(f, &fact->step_reached, event);
    case FACT_CALL_ANSWERED:
        return answered(f, &fact->call_answered, event);
    case FACT_MINUTE_PASSED:
        minute_passed(&fact->minute_passed, event, minute);
        return 1;
    case FACT_WARNING_FITTED:
        return fitted(f, &fact->warning_fitted, event);
    case FACT_INDICATOR_SIGNALLED:
        signalled(&fact->indicator_signalled, event);
        return 1;
    case FACT_PERIOD_CLOSED:
        event->kind = WATCH_PERIOD;
        set_code(event, fact->period_closed.period);
        return 1;
    case FACT_ALERT_CLEARED:
        return over(f, fact->alert_cleared.alert.v, event);
    default:
        return 0;
    }
}
