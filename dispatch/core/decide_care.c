/* What crews and hospitals say beside the course of an order: readings of a patient, who rides, the
 * vehicle's check, a patient expected, a handover confirmed, a step of a plan done, a seat that
 * sounds. None of it moves a unit, an assignment's step or a grade. */
#include "dispatch/core/alarm.h"
#include "dispatch/core/decide.h"

/* --- readings --- */

enum { VITAL_COUNT = VITAL_ETCO2 + 1 };

/* What a device can show at all; whether it is normal is not for us to say. */
static const struct {
    uint32_t low, high;
} vital_range[VITAL_COUNT] = {
    [VITAL_HEART_RATE] = {0, 350},    [VITAL_RESP_RATE] = {0, 120}, [VITAL_SYSTOLIC] = {0, 350},
    [VITAL_DIASTOLIC] = {0, 300},     [VITAL_SPO2] = {0, 100},      [VITAL_GCS] = {3, 15},
    [VITAL_TEMPERATURE] = {100, 470}, [VITAL_GLUCOSE] = {0, 1000},  [VITAL_PAIN] = {0, 10},
    [VITAL_ETCO2] = {0, 200},
};

/* "heart_rate=112" at text[*at]; *at moves behind it. NONE: not such a thing. */
static enum vital read_vital(const struct text *text, uint32_t *at)
{
    uint32_t from = *at, value = 0, digits = 0;
    while (*at < text->n && text->p[*at] != '=')
        (*at)++;
    int vital = words_find(&vital_words, text->p + from, *at - from);
    for (++*at; *at < text->n && text->p[*at] >= '0' && text->p[*at] <= '9' && digits < 5; digits++)
        value = value * 10 + (uint32_t)(text->p[(*at)++] - '0');
    if (vital <= VITAL_NONE || digits == 0 || value < vital_range[vital].low ||
        value > vital_range[vital].high)
        return VITAL_NONE;
    return (enum vital)vital;
}

/* At least one reading, each at most once, one space between two. */
static bool are_vitals(const struct text *text)
{
    uint32_t seen = 0, at = 0;
    while (at < text->n) {
        enum vital vital = read_vital(text, &at);
        if (vital == VITAL_NONE || seen >> vital & 1u)
            return false;
        seen |= 1u << vital;
        if (at < text->n && (text->p[at++] != ' ' || at == text->n))
            return false;
    }
    return seen != 0;
}

static enum refusal record_vitals(struct deciding *d)
{
    const struct record_vitals *c = &d->command->record_vitals;
    const struct assignment *assignment;
    int64_t at_ms;
    enum refusal refusal = find_assignment(d, c->assignment.v, &assignment);
    if (refusal == REFUSE_NONE && !are_vitals(&c->vitals))
        refusal = REFUSE_BAD_VALUE;
    if (refusal == REFUSE_NONE && assignment->at_scene_ms == 0 && assignment->at_patient_ms == 0)
        refusal = REFUSE_NOT_WHERE;
    if (refusal == REFUSE_NONE && assignment->vitals >= d->core->policy.vitals_max)
        refusal = REFUSE_TOO_MANY;
    if (refusal == REFUSE_NONE)
        refusal = claimed_time(d, c->at_ms, &at_ms);
    if (refusal != REFUSE_NONE)
        return refusal;
    struct vitals_recorded *fact = &emit_same(d, FACT_VITALS_RECORDED)->vitals_recorded;
    fact->incident = assignment->incident;
    fact->at_ms = at_ms;
    return REFUSE_NONE;
}

/* --- the shift --- */

static const struct shift *shift_of(const struct state *state, struct unit_id unit)
{
    EACH (state, SHIFT, shift, it)
        if (it->unit.v == unit.v)
            return it;
    return NULL;
}

static enum refusal find_own_unit(const struct deciding *d, struct unit_id id)
{
    const struct unit *unit;
    enum refusal refusal = find_unit(d, id.v, &unit);
    return refusal == REFUSE_NONE && !speaks_for_unit(d, id.v) ? REFUSE_NOT_YOURS : refusal;
}

static enum refusal sign_on_crew(struct deciding *d)
{
    const struct sign_on_crew *c = &d->command->sign_on_crew;
    enum refusal refusal = find_own_unit(d, c->unit);
    if (refusal == REFUSE_NONE && c->names.n == 0)
        refusal = REFUSE_BAD_VALUE;
    if (refusal == REFUSE_NONE && !shift_of(d->state, c->unit))
        refusal = room_for(d, OBJECT_SHIFT, 1);
    if (refusal != REFUSE_NONE)
        return refusal;
    struct crew_signed_on *fact = &emit_same(d, FACT_CREW_SIGNED_ON)->crew_signed_on;
    fact->shift.v = d->state->head->last_shift + 1;
    d->out->made = fact->shift.v;
    return REFUSE_NONE;
}

static enum refusal check_vehicle(struct deciding *d)
{
    const struct check_unit *c = &d->command->check_unit;
    enum refusal refusal = find_own_unit(d, c->unit);
    if (refusal != REFUSE_NONE)
        return refusal;
    const struct shift *shift = shift_of(d->state, c->unit);
    if (!shift)
        return REFUSE_NO_SHIFT;
    if (c->fuel_pct > 100 || c->oxygen_pct > 100)
        return REFUSE_BAD_VALUE;
    emit_same(d, FACT_UNIT_CHECKED)->unit_checked.shift = shift->shift;
    return REFUSE_NONE;
}

/* --- the hospital --- */

/* The assignment, if it brings somebody to the speaker's hospital. */
static enum refusal find_coming(const struct deciding *d, uint64_t id,
                                const struct assignment **assignment)
{
    enum refusal refusal = find_assignment(d, id, assignment);
    if (refusal == REFUSE_NONE && (*assignment)->hospital.v == 0)
        refusal = REFUSE_NO_HOSPITAL;
    if (refusal == REFUSE_NONE && !speaks_for_hospital(d, (*assignment)->hospital.v))
        refusal = REFUSE_NOT_YOURS;
    return refusal;
}

static enum refusal expect_patient(struct deciding *d)
{
    const struct assignment *assignment;
    enum refusal refusal = find_coming(d, d->command->expect_patient.assignment.v, &assignment);
    if (refusal == REFUSE_NONE && step_is_over(assignment->step))
        refusal = REFUSE_ASSIGNMENT_OVER;
    if (refusal != REFUSE_NONE || assignment->expected_ms)
        return refusal; /* said twice is said */
    struct patient_expected *fact = &emit_same(d, FACT_PATIENT_EXPECTED)->patient_expected;
    fact->hospital = assignment->hospital;
    fact->user = d->command->actor.user;
    return REFUSE_NONE;
}

/* The hospital's own word; the crew's step says when the crew was done. */
static enum refusal confirm_handover(struct deciding *d)
{
    const struct confirm_handover *c = &d->command->confirm_handover;
    const struct assignment *assignment;
    int64_t at_ms;
    enum refusal refusal = find_coming(d, c->assignment.v, &assignment);
    if (refusal == REFUSE_NONE && assignment->at_hospital_ms == 0 &&
        assignment->handed_over_ms == 0)
        refusal = REFUSE_NOT_WHERE;
    if (refusal == REFUSE_NONE)
        refusal = claimed_time(d, c->at_ms, &at_ms);
    if (refusal != REFUSE_NONE || assignment->handover_confirmed_ms)
        return refusal;
    struct handover_confirmed *fact = &emit_same(d, FACT_HANDOVER_CONFIRMED)->handover_confirmed;
    fact->hospital = assignment->hospital;
    fact->user = d->command->actor.user;
    fact->at_ms = at_ms;
    return REFUSE_NONE;
}

/* --- the desk --- */

static enum refusal check_step(struct deciding *d)
{
    const struct check_step *c = &d->command->check_step;
    const struct incident *incident;
    enum refusal refusal = find_open_incident(d, c->incident.v, &incident);
    if (refusal != REFUSE_NONE)
        return refusal;
    const struct plan *plan =
        d->core->cards ? plan_by_code(d->core->cards, incident->plan.p, incident->plan.n) : NULL;
    if (!plan || c->number == 0 || c->number > plan->step_count)
        return REFUSE_NO_STEP;
    emit_same(d, FACT_STEP_CHECKED)->step_checked.user = d->command->actor.user;
    return REFUSE_NONE;
}

static const struct alert *find_silent_seat(const struct state *state, struct seat_id seat)
{
    EACH (state, ALERT, alert, it)
        if (it->state != ALERT_CLEARED && it->seat.v == seat.v &&
            text_same(it->detector, alarm_rows[ALARM_SEAT_SILENT].name))
            return it;
    return NULL;
}

/* A seat that nobody hears is an alert until it sounds again (FIELD.md section 7, Yan'an). */
static enum refusal report_seat_sound(struct deciding *d)
{
    bool sounds = d->command->report_seat_sound.sounds;
    struct seat_id seat = {d->command->actor.seat};
    if (seat.v == 0)
        return REFUSE_NO_SEAT;
    if (!state_seat(d->state, seat.v) && state_room(d->state, OBJECT_SEAT) == 0)
        return REFUSE_FULL;
    struct seat_sound_reported *fact = &emit_same(d, FACT_SEAT_SOUND_REPORTED)->seat_sound_reported;
    fact->seat = seat;
    fact->user = d->command->actor.user;
    const struct alarm_row *silent = &alarm_rows[ALARM_SEAT_SILENT];
    const struct alert *stands = find_silent_seat(d->state, seat);
    if (sounds && stands)
        emit_alert_resolved(d, stands);
    if (!sounds && !stands && state_room(d->state, OBJECT_ALERT)) {
        struct alert_raised *raised = &emit(d, FACT_ALERT_RAISED)->alert_raised;
        raised->alert.v = d->state->head->last_alert + 1;
        raised->detector = silent->name;
        raised->level = silent->level;
        raised->since_ms = d->now_ms;
        raised->seat = seat;
        raised->words = silent->words;
    }
    return REFUSE_NONE;
}

enum refusal decide_care(struct deciding *d)
{
    switch (d->command->kind) {
    case COMMAND_RECORD_VITALS:
        return record_vitals(d);
    case COMMAND_SIGN_ON_CREW:
        return sign_on_crew(d);
    case COMMAND_CHECK_UNIT:
        return check_vehicle(d);
    case COMMAND_EXPECT_PATIENT:
        return expect_patient(d);
    case COMMAND_CONFIRM_HANDOVER:
        return confirm_handover(d);
    case COMMAND_CHECK_STEP:
        return check_step(d);
    case COMMAND_REPORT_SEAT_SOUND:
        return report_seat_sound(d);
    default:
        return REFUSE_BAD_COMMAND;
    }
}
