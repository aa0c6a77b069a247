/* Facts about incidents. */
#include "dispatch/core/apply.h"

#include "dispatch/must.h"

static void incident_opened(struct applying *a, const struct fact *fact)
{
    const struct incident_opened *f = &fact->incident_opened;
    struct incident *incident = state_add(a->state, OBJECT_INCIDENT, f->incident.v);
    apply_copy(a, OBJECT_INCIDENT, incident, fact);
    incident->state = INCIDENT_OPEN;
    incident->opened_ms = f->at_ms;
    incident->waiting_ms = f->at_ms;
    incident->changed_seq = a->record->seq;
    struct call *call = state_call(a->state, f->call.v);
    if (call && call->incident.v == 0) /* of a split the call stays with the first */
        call->incident = f->incident;
    apply_advance(&a->state->head->last_incident, f->incident.v);
}

static void question_answered(struct applying *a, const struct question_answered *f)
{
    struct incident *incident = changed_incident(a, f->incident);
    uint32_t question[CARD_ANSWER_MAX], answer[CARD_ANSWER_MAX];
    uint32_t n = incident->question.n, at = 0;
    must(n <= CARD_ANSWER_MAX);
    copy_list(question, incident->question.v, n * sizeof(uint32_t));
    copy_list(answer, incident->answer.v, n * sizeof(uint32_t));
    while (at < n && question[at] != f->question)
        at++;
    if (at == n)
        n++;
    must(n <= CARD_ANSWER_MAX);
    question[at] = f->question;
    answer[at] = f->answer;
    state_keep(a->state, &incident->question, question, n, sizeof(uint32_t));
    state_keep(a->state, &incident->answer, answer, n, sizeof(uint32_t));
    state_keep(a->state, &incident->cards_hash, f->cards_hash.p, f->cards_hash.n, 1);
}

static bool is_listed(const struct u32s *list, uint32_t value)
{
    for (uint32_t i = 0; i < list->n; i++)
        if (list->v[i] == value)
            return true;
    return false;
}

static void answers_dropped(struct applying *a, const struct answers_dropped *f)
{
    struct incident *incident = changed_incident(a, f->incident);
    uint32_t question[CARD_ANSWER_MAX], answer[CARD_ANSWER_MAX], n = 0;
    must(incident->question.n <= CARD_ANSWER_MAX);
    for (uint32_t i = 0; i < incident->question.n; i++) {
        if (is_listed(&f->question, incident->question.v[i]))
            continue;
        question[n] = incident->question.v[i];
        answer[n++] = incident->answer.v[i];
    }
    state_keep(a->state, &incident->question, question, n, sizeof(uint32_t));
    state_keep(a->state, &incident->answer, answer, n, sizeof(uint32_t));
}

static void graded(struct applying *a, const struct fact *fact)
{
    struct incident *incident = changed_incident(a, fact->incident_graded.incident);
    apply_copy(a, OBJECT_INCIDENT, incident, fact);
    apply_no_opinion(a, incident);
    if (incident->graded_ms == 0)
        incident->graded_ms = a->record->now_ms;
    incident->proposed_grade = 0;
}

static void regraded(struct applying *a, const struct incident_regraded *f)
{
    struct incident *incident = changed_incident(a, f->incident);
    incident->grade = f->grade;
    apply_no_opinion(a, incident);
    incident->provisional = false;
    incident->proposed_grade = 0;
    if (incident->graded_ms == 0)
        incident->graded_ms = a->record->now_ms;
}

/* Another plan has another check-list. */
static void response_planned(struct applying *a, const struct fact *fact)
{
    struct incident *incident = changed_incident(a, fact->response_planned.incident);
    if (!text_same(incident->plan, fact->response_planned.plan))
        state_keep(a->state, &incident->checked_step, NULL, 0, sizeof(uint32_t));
    apply_copy(a, OBJECT_INCIDENT, incident, fact);
}

/* Not a change of what a dispatcher saw: changed_seq stays. */
static void recommended(struct applying *a, const struct fact *fact)
{
    struct incident *incident = state_incident(a->state, fact->recommended.incident.v);
    apply_copy(a, OBJECT_INCIDENT, incident, fact);
    apply_no_opinion(a, incident);
    incident->offered_seq = a->record->seq;
}

static void closed(struct applying *a, const struct incident_closed *f)
{
    struct incident *incident = changed_incident(a, f->incident);
    incident->state = INCIDENT_CLOSED;
    incident->outcome = f->outcome;
    incident->closed_ms = f->at_ms;
    incident->waiting_ms = 0;
    const struct fact nothing = {
        .kind = FACT_RECOMMENDED,
        .recommended = {.incident = f->incident, .weights_epoch = incident->weights_epoch}};
    recommended(a, &nothing);
    apply_no_advice(a, incident);
}

/* What belongs to an archived incident leaves with it. */
static void incident_archived(struct applying *a, struct incident_id id)
{
    struct state *state = a->state;
    for (uint32_t i = state->table[OBJECT_ASSIGNMENT].count; i-- > 0;) {
        struct assignment *assignment = table_at(&state->table[OBJECT_ASSIGNMENT], i);
        if (assignment->incident.v == id.v)
            state_remove(state, OBJECT_ASSIGNMENT, assignment->assignment.v);
    }
    state_remove(state, OBJECT_INCIDENT, id.v);
}

static void blank_personal(struct applying *a, enum object_kind kind, uint64_t id)
{
    const struct schema *schema = object_schema(kind);
    void *object = state_find(a->state, kind, id);
    for (uint32_t i = 0; object && i < schema->count; i++)
        if (schema->field[i].personal)
            state_keep(a->state, (char *)object + schema->field[i].offset, NULL, 0, 1);
}

/* Nothing else changes: a state that was rebuilt from the journal afterwards is the same. */
static void forgotten(struct applying *a, const struct incident_forgotten *f)
{
    blank_personal(a, OBJECT_INCIDENT, f->incident.v);
    for (uint32_t i = 0; i < f->call.n; i++)
        blank_personal(a, OBJECT_CALL, f->call.v[i]);
}

bool apply_incident(struct applying *a, const struct fact *fact)
{
    switch (fact->kind) {
    case FACT_INCIDENT_OPENED:
        incident_opened(a, fact);
        break;
    case FACT_INCIDENT_PLACED:
        apply_copy(a, OBJECT_INCIDENT, changed_incident(a, fact->incident_placed.incident), fact);
        break;
    case FACT_INCIDENT_DESCRIBED:
        apply_copy(a, OBJECT_INCIDENT, changed_incident(a, fact->incident_described.incident),
                   fact);
        break;
    case FACT_ANSWERS_DROPPED:
        answers_dropped(a, &fact->answers_dropped);
        break;
    case FACT_INCIDENT_TAKEN_OVER:
        changed_incident(a, fact->incident_taken_over.incident)->owner =
            fact->incident_taken_over.owner;
        break;
    case FACT_QUESTION_ANSWERED:
        question_answered(a, &fact->question_answered);
        break;
    case FACT_INCIDENT_GRADED:
        graded(a, fact);
        break;
    case FACT_DOWNGRADE_PROPOSED:
        changed_incident(a, fact->downgrade_proposed.incident)->proposed_grade =
            fact->downgrade_proposed.grade;
        break;
    case FACT_INCIDENT_REGRADED:
        regraded(a, &fact->incident_regraded);
        break;
    case FACT_RESPONSE_PLANNED:
        response_planned(a, fact);
        break;
    case FACT_SCENE_GRADED:
        changed_incident(a, fact->scene_graded.incident)->scene_grade = fact->scene_graded.grade;
        break;
    case FACT_DUPLICATE_LINKED:
        changed_incident(a, fact->duplicate_linked.incident)->first = fact->duplicate_linked.first;
        break;
    case FACT_INCIDENT_CLOSED:
        closed(a, &fact->incident_closed);
        break;
    case FACT_INCIDENT_ARCHIVED:
        incident_archived(a, fact->incident_archived.incident);
        break;
    case FACT_INCIDENT_FORGOTTEN:
        forgotten(a, &fact->incident_forgotten);
        break;
    case FACT_RECOMMENDED:
        recommended(a, fact);
        break;
    default:
        return false;
    }
    return true;
}
