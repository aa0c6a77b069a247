/* Incidents: opening, place, description, questions, duplicates, closing. The grade itself:
 * emit_grading.c. */
#include "dispatch/core/decide.h"

enum { AGE_MONTHS_MAX = 150 * 12 };

/* What open_incident and split_incident share. */
struct opening {
    struct call_id call;
    struct incident_id split_from;
    int64_t at_ms;
    bool has_place;
    int32_t lat_e7, lon_e7;
    const struct text *words;
    struct grading grading;
};

static enum refusal emit_opening(struct deciding *d, const struct opening *o)
{
    enum refusal refusal = check_place(o->has_place, o->lat_e7, o->lon_e7);
    if (refusal == REFUSE_NONE && o->grading.card->n && !card_named(d, o->grading.card))
        refusal = REFUSE_NO_CARD;
    if (refusal == REFUSE_NONE && o->grading.age_months > AGE_MONTHS_MAX)
        refusal = REFUSE_BAD_VALUE;
    if (refusal == REFUSE_NONE)
        refusal = room_for(d, OBJECT_INCIDENT, 1);
    if (refusal != REFUSE_NONE)
        return refusal;
    const struct incident blank = {.incident = {d->state->head->last_incident + 1}};
    struct grading grading = o->grading;
    struct incident_opened *opened = &emit(d, FACT_INCIDENT_OPENED)->incident_opened;
    opened->incident = blank.incident;
    opened->call = o->call;
    opened->split_from = o->split_from;
    opened->at_ms = o->at_ms;
    opened->owner = d->command->actor.user;
    if (o->has_place || o->words->n)
        emit_same(d, FACT_INCIDENT_PLACED)->incident_placed.incident = blank.incident;
    struct incident_described *described =
        &emit_same(d, FACT_INCIDENT_DESCRIBED)->incident_described;
    described->incident = blank.incident;
    grading.incident = &blank;
    emit_grading(d, &grading);
    emit_mass_proposal(d, &blank, described->patients);
    d->out->made = blank.incident.v;
    return REFUSE_NONE;
}

static enum refusal open_incident(struct deciding *d)
{
    const struct open_incident *c = &d->command->open_incident;
    const struct call *call = NULL;
    struct opening o = {
        .call = c->call,
        .has_place = c->has_place,
        .lat_e7 = c->lat_e7,
        .lon_e7 = c->lon_e7,
        .words = &c->words,
        .grading = {.card = &c->card, .zone = &c->zone, .age_months = c->age_months, .sex = c->sex},
    };
    enum refusal refusal = claimed_time(d, c->at_ms, &o.at_ms);
    if (refusal == REFUSE_NONE && c->call.v)
        refusal = find_call(d, c->call.v, &call);
    if (refusal == REFUSE_NONE && call && call->incident.v)
        refusal = REFUSE_CALL_HAS_INCIDENT;
    return refusal == REFUSE_NONE ? emit_opening(d, &o) : refusal;
}

static enum refusal split(struct deciding *d)
{
    const struct split_incident *c = &d->command->split_incident;
    const struct incident *incident;
    enum refusal refusal = find_open_incident(d, c->incident.v, &incident);
    if (refusal != REFUSE_NONE)
        return refusal;
    struct opening o = {
        .call = incident->call,
        .split_from = c->incident,
        .at_ms = d->now_ms,
        .has_place = c->has_place,
        .lat_e7 = c->lat_e7,
        .lon_e7 = c->lon_e7,
        .words = &c->words,
        .grading = {.card = &c->card, .zone = &c->zone, .age_months = c->age_months, .sex = c->sex},
    };
    return emit_opening(d, &o);
}

static enum refusal attach_call(struct deciding *d)
{
    const struct attach_call *c = &d->command->attach_call;
    const struct incident *incident;
    const struct call *call;
    enum refusal refusal = find_call(d, c->call.v, &call);
    if (refusal == REFUSE_NONE)
        refusal = find_open_incident(d, c->incident.v, &incident);
    if (refusal == REFUSE_NONE && call->incident.v)
        refusal = REFUSE_CALL_HAS_INCIDENT;
    if (refusal == REFUSE_NONE)
        emit_same(d, FACT_CALL_ATTACHED);
    return refusal;
}

bool crew_is_on(const struct deciding *d, struct incident_id incident)
{
    if (d->command->actor.role != ROLE_CREW)
        return true;
    const struct unit *unit = state_unit(d->state, d->command->actor.scope);
    const struct assignment *assignment =
        unit ? state_assignment(d->state, unit->assignment.v) : NULL;
    return assignment && assignment->incident.v == incident.v;
}

static struct grading grading_of(const struct incident *incident)
{
    return (struct grading){.incident = incident,
                            .card = &incident->card,
                            .zone = &incident->zone,
                            .age_months = incident->age_months,
                            .sex = incident->sex};
}

static enum refusal place(struct deciding *d)
{
    const struct place_incident *c = &d->command->place_incident;
    const struct incident *incident;
    enum refusal refusal = find_open_incident(d, c->incident.v, &incident);
    if (refusal == REFUSE_NONE && !crew_is_on(d, c->incident))
        refusal = REFUSE_NOT_YOURS;
    if (refusal == REFUSE_NONE && !c->has_place && c->words.n == 0)
        refusal = REFUSE_BAD_PLACE;
    if (refusal == REFUSE_NONE)
        refusal = check_place(c->has_place, c->lat_e7, c->lon_e7);
    if (refusal != REFUSE_NONE)
        return refusal;
    struct incident_placed *fact = &emit_same(d, FACT_INCIDENT_PLACED)->incident_placed;
    if (fact->words.n == 0)
        fact->words = incident->words;
    struct grading grading = grading_of(incident);
    grading.zone = &c->zone;
    emit_grading(d, &grading);
    return REFUSE_NONE;
}

/* What was answered to another card and this one does not ask. */
static void emit_dropped(struct deciding *d, const struct incident *incident,
                         const struct text *code)
{
    const struct card *card = card_named(d, code);
    uint32_t *question = scratch(d, CARD_ANSWER_MAX * sizeof(*question)), n = 0;
    for (uint32_t i = 0; d->core->cards && i < incident->question.n; i++)
        if (!card_asks(d->core->cards, card ? card->id : 0, incident->question.v[i]))
            question[n++] = incident->question.v[i];
    if (n == 0)
        return;
    struct answers_dropped *fact = &emit(d, FACT_ANSWERS_DROPPED)->answers_dropped;
    fact->incident = incident->incident;
    fact->question = (struct u32s){question, n};
}

static enum refusal describe(struct deciding *d)
{
    const struct describe_incident *c = &d->command->describe_incident;
    const struct incident *incident;
    enum refusal refusal = find_open_incident(d, c->incident.v, &incident);
    if (refusal == REFUSE_NONE && c->card.n && !card_named(d, &c->card))
        refusal = REFUSE_NO_CARD;
    if (refusal == REFUSE_NONE && c->age_months > AGE_MONTHS_MAX)
        refusal = REFUSE_BAD_VALUE;
    if (refusal != REFUSE_NONE)
        return refusal;
    /* What is not said stays as it was. */
    struct incident_described *fact = &emit_same(d, FACT_INCIDENT_DESCRIBED)->incident_described;
    if (fact->complaint.n == 0)
        fact->complaint = incident->complaint;
    if (fact->kind.n == 0)
        fact->kind = incident->kind;
    if (fact->card.n == 0)
        fact->card = incident->card;
    if (fact->patients == 0)
        fact->patients = incident->patients;
    if (fact->age_months == 0)
        fact->age_months = incident->age_months;
    if (fact->sex == SEX_UNKNOWN)
        fact->sex = incident->sex;
    emit_dropped(d, incident, &fact->card);
    struct grading grading = grading_of(incident);
    grading.card = &fact->card;
    grading.age_months = fact->age_months;
    grading.sex = fact->sex;
    emit_grading(d, &grading);
    emit_mass_proposal(d, incident, fact->patients);
    return REFUSE_NONE;
}

static enum refusal take_over(struct deciding *d)
{
    const struct incident *incident;
    enum refusal refusal =
        find_open_incident(d, d->command->take_over_incident.incident.v, &incident);
    if (refusal == REFUSE_NONE && incident->owner.v == d->command->actor.user.v)
        refusal = REFUSE_ALREADY_OWNER;
    if (refusal == REFUSE_NONE)
        emit_same(d, FACT_INCIDENT_TAKEN_OVER)->incident_taken_over.owner = d->command->actor.user;
    return refusal;
}

static bool has_answer(const struct incident *incident, uint32_t question)
{
    for (uint32_t i = 0; i < incident->question.n; i++)
        if (incident->question.v[i] == question)
            return true;
    return false;
}

/* An answer to a new or, when it is corrected, to an answered question of the card. */
static enum refusal put_answer(struct deciding *d, struct incident_id id, uint32_t question,
                               enum answer answer, bool correct)
{
    const struct incident *incident;
    enum refusal refusal = find_open_incident(d, id.v, &incident);
    if (refusal != REFUSE_NONE)
        return refusal;
    const struct card *card = card_named(d, &incident->card);
    if (!d->core->cards)
        return REFUSE_NO_CARD;
    if (!card_question_by_id(d->core->cards, question) ||
        !card_asks(d->core->cards, card ? card->id : 0, question))
        return card ? REFUSE_NO_QUESTION : REFUSE_NO_CARD_CHOSEN;
    if (answer == ANSWER_NOT_ASKED && !correct)
        return REFUSE_BAD_VALUE;
    if (has_answer(incident, question) != correct)
        return correct ? REFUSE_NOT_ANSWERED : REFUSE_ALREADY_ANSWERED;
    if (!correct && incident->question.n >= CARD_ANSWER_MAX)
        return REFUSE_FULL;
    struct question_answered *fact = &emit_same(d, FACT_QUESTION_ANSWERED)->question_answered;
    fact->corrected = correct;
    fact->cards_hash = cards_hash(d);
    struct grading grading = grading_of(incident);
    grading.question = question;
    grading.answer = answer;
    emit_grading(d, &grading);
    return REFUSE_NONE;
}

static enum refusal answer_question(struct deciding *d)
{
    const struct answer_question *c = &d->command->answer_question;
    return put_answer(d, c->incident, c->question, c->answer, false);
}

static enum refusal correct_answer(struct deciding *d)
{
    const struct correct_answer *c = &d->command->correct_answer;
    return put_answer(d, c->incident, c->question, c->answer, true);
}

/* Up: at once, by anyone at the desk, with a reason. Down: what a corrected answer proposes any
 * dispatcher confirms with that code; any other downgrade needs a supervisor and a reason. */
static enum refusal regrade(struct deciding *d)
{
    const struct regrade_incident *c = &d->command->regrade_incident;
    const struct incident *incident;
    enum refusal refusal = find_open_incident(d, c->incident.v, &incident);
    if (refusal != REFUSE_NONE)
        return refusal;
    if (c->grade == 0 || c->grade > GRADE_MAX)
        return REFUSE_BAD_VALUE;
    if (c->grade == incident->grade)
        return REFUSE_SAME_GRADE;
    if (c->reason == REASON_NONE)
        return REFUSE_NEEDS_REASON;
    bool down = incident->grade && c->grade > incident->grade;
    bool confirmed = c->reason == REASON_CORRECTED_ANSWER && c->grade == incident->proposed_grade;
    if (down && !confirmed && d->command->actor.role == ROLE_DISPATCHER &&
        !d->core->policy.dispatcher_downgrades)
        return REFUSE_NEEDS_SUPERVISOR;
    emit_same(d, FACT_INCIDENT_REGRADED);
    emit_plan(d, incident, c->grade, &incident->zone);
    return REFUSE_NONE;
}

static enum refusal grade_at_scene(struct deciding *d)
{
    const struct grade_at_scene *c = &d->command->grade_at_scene;
    const struct assignment *assignment;
    enum refusal refusal = find_assignment(d, c->assignment.v, &assignment);
    if (refusal != REFUSE_NONE)
        return refusal;
    if (c->grade == 0 || c->grade > GRADE_MAX)
        return REFUSE_BAD_VALUE;
    if (assignment->at_scene_ms == 0 && assignment->at_patient_ms == 0)
        return REFUSE_NOT_WHERE;
    emit_same(d, FACT_SCENE_GRADED)->scene_graded.incident = assignment->incident;
    return REFUSE_NONE;
}

static bool units_are_on(const struct deciding *d, struct incident_id incident)
{
    EACH (d->state, ASSIGNMENT, assignment, it)
        if (it->incident.v == incident.v && !step_is_over(it->step))
            return true;
    return false;
}

static enum refusal link_duplicate(struct deciding *d)
{
    const struct link_duplicate *c = &d->command->link_duplicate;
    const struct incident *incident, *first = state_incident(d->state, c->first.v);
    enum refusal refusal = find_open_incident(d, c->incident.v, &incident);
    if (refusal == REFUSE_NONE && c->incident.v == c->first.v)
        refusal = REFUSE_ITSELF;
    if (refusal == REFUSE_NONE && first && first->first.v)
        refusal = REFUSE_IS_DUPLICATE;
    if (refusal == REFUSE_NONE)
        refusal = find_open_incident(d, c->first.v, &first);
    if (refusal == REFUSE_NONE && units_are_on(d, c->incident))
        refusal = REFUSE_INCIDENT_BUSY;
    if (refusal != REFUSE_NONE)
        return refusal;
    emit_same(d, FACT_DUPLICATE_LINKED);
    struct incident_closed *closed = &emit(d, FACT_INCIDENT_CLOSED)->incident_closed;
    closed->incident = c->incident;
    closed->outcome = OUTCOME_DUPLICATE;
    closed->at_ms = d->now_ms;
    return REFUSE_NONE;
}

static enum refusal close_incident(struct deciding *d)
{
    const struct close_incident *c = &d->command->close_incident;
    const struct incident *incident;
    int64_t at_ms;
    enum refusal refusal = find_open_incident(d, c->incident.v, &incident);
    if (refusal == REFUSE_NONE)
        refusal = claimed_time(d, c->at_ms, &at_ms);
    if (refusal == REFUSE_NONE && (c->outcome == OUTCOME_NONE || c->outcome == OUTCOME_DUPLICATE))
        refusal = REFUSE_BAD_VALUE; /* a duplicate says of what: link_duplicate */
    if (refusal == REFUSE_NONE && units_are_on(d, c->incident))
        refusal = REFUSE_INCIDENT_BUSY;
    if (refusal != REFUSE_NONE)
        return refusal;
    struct grading grading = grading_of(incident);
    emit_same(d, FACT_INCIDENT_CLOSED)->incident_closed.at_ms = at_ms;
    emit_review(d, &grading);
    return REFUSE_NONE;
}

static enum refusal add_note(struct deciding *d)
{
    const struct add_note *c = &d->command->add_note;
    if (!state_incident(d->state, c->incident.v))
        return REFUSE_NO_INCIDENT;
    if (!crew_is_on(d, c->incident))
        return REFUSE_NOT_YOURS;
    if (c->words.n == 0)
        return REFUSE_BAD_VALUE;
    emit_same(d, FACT_NOTE_ADDED)->note_added.user = d->command->actor.user;
    return REFUSE_NONE;
}

/* --- forgetting --- */

enum { FORGET_CALLS_MAX = 60 }; /* and the incident: within the key changes of one record */

/* Calls of this incident that the core holds, added to `call`; or why not all may go. */
static enum refusal gather_calls(const struct deciding *d, const struct forget_incident *c,
                                 uint64_t *call, uint32_t *n)
{
    for (uint32_t i = 0; i < c->call.n; i++) {
        const struct call *held = state_call(d->state, c->call.v[i]);
        if (c->call.v[i] == 0 || c->call.v[i] > d->state->head->last_call)
            return REFUSE_NO_CALL;
        if (held && held->incident.v != c->incident.v)
            return REFUSE_CALL_HAS_INCIDENT;
        if (held)
            continue;
        if (*n == FORGET_CALLS_MAX)
            return REFUSE_TOO_MANY;
        call[(*n)++] = c->call.v[i];
    }
    EACH (d->state, CALL, call, it) {
        if (it->incident.v != c->incident.v)
            continue;
        if (*n == FORGET_CALLS_MAX)
            return REFUSE_TOO_MANY;
        call[(*n)++] = it->call.v;
    }
    return REFUSE_NONE;
}

/* An incident that the core no longer holds is closed and archived. */
static enum refusal forget(struct deciding *d)
{
    const struct forget_incident *c = &d->command->forget_incident;
    const struct incident *incident = state_incident(d->state, c->incident.v);
    uint64_t *call = scratch(d, FORGET_CALLS_MAX * sizeof(*call));
    uint32_t n = 0;
    if (c->incident.v == 0 || c->incident.v > d->state->head->last_incident)
        return REFUSE_NO_INCIDENT;
    if (incident && incident->state == INCIDENT_OPEN)
        return REFUSE_INCIDENT_OPEN;
    if (c->cause.n == 0)
        return REFUSE_NEEDS_REASON;
    enum refusal refusal = gather_calls(d, c, call, &n);
    if (refusal != REFUSE_NONE)
        return refusal;
    struct incident_forgotten *fact = &emit_same(d, FACT_INCIDENT_FORGOTTEN)->incident_forgotten;
    fact->call = (struct u64s){call, n};
    fact->user = d->command->actor.user;
    return REFUSE_NONE;
}

static enum refusal score(struct deciding *d)
{
    const struct score_incident *c = &d->command->score_incident;
    const struct incident *incident = state_incident(d->state, c->incident.v);
    if (c->incident.v == 0 || c->incident.v > d->state->head->last_incident)
        return REFUSE_NO_INCIDENT;
    if (incident && incident->state == INCIDENT_OPEN)
        return REFUSE_INCIDENT_OPEN;
    if (c->score > 100)
        return REFUSE_BAD_VALUE;
    emit_same(d, FACT_INCIDENT_SCORED)->incident_scored.user = d->command->actor.user;
    return REFUSE_NONE;
}

enum refusal decide_incident(struct deciding *d)
{
    switch (d->command->kind) {
    case COMMAND_OPEN_INCIDENT:
        return open_incident(d);
    case COMMAND_ATTACH_CALL:
        return attach_call(d);
    case COMMAND_PLACE_INCIDENT:
        return place(d);
    case COMMAND_DESCRIBE_INCIDENT:
        return describe(d);
    case COMMAND_TAKE_OVER_INCIDENT:
        return take_over(d);
    case COMMAND_ANSWER_QUESTION:
        return answer_question(d);
    case COMMAND_CORRECT_ANSWER:
        return correct_answer(d);
    case COMMAND_REGRADE_INCIDENT:
        return regrade(d);
    case COMMAND_GRADE_AT_SCENE:
        return grade_at_scene(d);
    case COMMAND_LINK_DUPLICATE:
        return link_duplicate(d);
    case COMMAND_SPLIT_INCIDENT:
        return split(d);
    case COMMAND_CLOSE_INCIDENT:
        return close_incident(d);
    case COMMAND_ADD_NOTE:
        return add_note(d);
    case COMMAND_FORGET_INCIDENT:
        return forget(d);
    case COMMAND_SCORE_INCIDENT:
        return score(d);
    default:
        return REFUSE_BAD_COMMAND;
    }
}
