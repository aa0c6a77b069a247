/* From answers to facts: the grade, when it changes; the response plan that goes with it. */
#include "dispatch/core/decide.h"

const struct card *card_named(const struct deciding *d, const struct text *code)
{
    char name[64];
    if (!d->core->cards || code->n == 0 || code->n >= sizeof(name))
        return NULL;
    memcpy(name, code->p, code->n);
    name[code->n] = 0;
    return card_find(d->core->cards, name);
}

struct text cards_hash(const struct deciding *d)
{
    const char *hash = d->core->cards_hash;
    return (struct text){hash, (uint32_t)strlen(hash)};
}

uint32_t zone_kinds(const struct deciding *d, const struct u64s *zone, uint32_t *floor)
{
    uint32_t kinds = 0;
    *floor = 0;
    for (uint32_t i = 0; i < zone->n; i++) {
        const struct zone_name *name = state_zone_name(d->state, zone->v[i]);
        if (!name)
            continue;
        kinds |= name->kind_mask;
        if (name->grade_floor && (*floor == 0 || name->grade_floor < *floor))
            *floor = name->grade_floor;
    }
    return kinds;
}

/* The incident's answers with the new one in place; returns how many. */
static uint32_t gather_answers(const struct grading *g, struct card_answer *answers)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < g->incident->question.n && n < CARD_ANSWER_MAX; i++)
        if (g->incident->question.v[i] != g->question)
            answers[n++] =
                (struct card_answer){g->incident->question.v[i], (uint8_t)g->incident->answer.v[i]};
    if (g->question && n < CARD_ANSWER_MAX)
        answers[n++] = (struct card_answer){g->question, (uint8_t)g->answer};
    return n;
}

static void emit_grade(struct deciding *d, const struct grading *g,
                       const struct grade_result *result)
{
    const char *code = result->rule ? card_text(d->core->cards, result->rule->code) : "";
    struct text determinant = {code, (uint32_t)strlen(code)};
    uint32_t now = g->incident->grade, proposed = g->incident->proposed_grade;
    if (result->grade == 0)
        return;
    if (now && result->grade > now) {
        /* A correction proposes; a further answer only renews what is proposed already. */
        bool further = d->command->kind == COMMAND_ANSWER_QUESTION && proposed == 0;
        if (further || proposed == result->grade)
            return;
        struct downgrade_proposed *fact = &emit(d, FACT_DOWNGRADE_PROPOSED)->downgrade_proposed;
        fact->incident = g->incident->incident;
        fact->grade = result->grade;
        fact->determinant = determinant;
        return;
    }
    bool same = now == result->grade && proposed == 0 &&
                g->incident->provisional == result->provisional &&
                text_same(g->incident->determinant, determinant);
    if (same)
        return;
    struct incident_graded *fact = &emit(d, FACT_INCIDENT_GRADED)->incident_graded;
    fact->incident = g->incident->incident;
    fact->grade = result->grade;
    fact->determinant = determinant;
    fact->provisional = result->provisional;
    fact->raised_by_zone = result->clinical_grade != result->grade;
    fact->cards_hash = cards_hash(d);
    emit_plan(d, g->incident, result->grade, g->zone);
}

bool wants_no_unit(const struct incident *incident)
{
    return incident->plan.n && incident->slot_capabilities.n == 0;
}

/* `answers` is the input's. */
static void fill_input(const struct deciding *d, const struct grading *g,
                       struct card_answer answers[static CARD_ANSWER_MAX],
                       struct grade_input *input)
{
    const struct card *card = card_named(d, g->card);
    uint32_t floor;
    grade_input_init(input);
    input->card_id = card ? card->id : 0;
    input->answers = answers;
    input->answer_count = gather_answers(g, answers);
    if (g->age_months)
        input->number[SUBJECT_AGE_YEARS] = (int16_t)(g->age_months / 12);
    input->sex = g->sex;
    input->zones = zone_kinds(d, g->zone, &floor);
    input->floor_grade = (uint8_t)floor;
}

void emit_grading(struct deciding *d, const struct grading *g)
{
    struct card_answer answers[CARD_ANSWER_MAX];
    struct grade_input input;
    struct grade_result result;
    if (!d->core->cards)
        return;
    fill_input(d, g, answers, &input);
    if (grade_evaluate(d->core->cards, &input, &result) == 0)
        emit_grade(d, g, &result);
}

void emit_review(struct deciding *d, const struct grading *g)
{
    const struct card_set *cards = d->core->cards;
    const struct text *code = &g->incident->plan;
    struct card_answer answers[CARD_ANSWER_MAX];
    struct grade_input input;
    if (!cards)
        return;
    uint32_t *way = scratch(d, CARD_ANSWER_MAX * sizeof(*way));
    const struct plan *plan = plan_by_code(cards, code->p, code->n);
    struct card_reviewed *fact = &emit(d, FACT_CARD_REVIEWED)->card_reviewed;
    fill_input(d, g, answers, &input);
    fact->incident = g->incident->incident;
    fact->required = (struct u32s){way, grade_way(cards, &input, way)};
    fact->steps = plan ? plan->step_count : 0;
}

enum { SLOT_MAX = 32 };

/* One entry a unit wanted: the capabilities it must have. */
static uint32_t slots_of(const struct plan *plan, uint32_t *capabilities, uint32_t max)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < plan->slot_count; i++)
        for (uint32_t k = 0; k < plan->slots[i].count && n < max; k++)
            capabilities[n++] = plan->slots[i].required;
    return n;
}

void emit_slots(struct deciding *d, const struct incident *incident, const struct plan *plan,
                const uint32_t *count)
{
    uint32_t *capabilities = scratch(d, SLOT_MAX * sizeof(*capabilities));
    uint32_t n = plan ? slots_of(plan, capabilities, SLOT_MAX) : 0;
    uint32_t wanted = count ? mass_units(&d->core->policy.mass, count) : 0;
    const char *code = plan ? card_text(d->core->cards, plan->code) : "mass-casualty";
    struct text name = {code, (uint32_t)strlen(code)};
    while (n < wanted && n < SLOT_MAX)
        capabilities[n++] = KIND_BIT(CAPABILITY_BASIC);
    const struct u32s *old = &incident->slot_capabilities;
    if (text_same(incident->plan, name) && old->n == n &&
        (n == 0 || memcmp(old->v, capabilities, n * sizeof(*capabilities)) == 0))
        return;
    struct response_planned *fact = &emit(d, FACT_RESPONSE_PLANNED)->response_planned;
    fact->incident = incident->incident;
    fact->plan = name;
    fact->slot_capabilities = (struct u32s){capabilities, n};
}

void emit_plan(struct deciding *d, const struct incident *incident, uint32_t grade,
               const struct u64s *zone)
{
    const uint32_t count[TRIAGE_COUNT] = {incident->red, incident->yellow, incident->green};
    uint32_t floor;
    if (!d->core->cards)
        return;
    int64_t local_ms = d->now_ms + (int64_t)d->core->policy.utc_offset_min * 60000;
    uint8_t hour = (uint8_t)(local_ms / 3600000 % 24);
    uint8_t surge = (uint8_t)core_surge_level(d->core);
    const struct plan *plan =
        plan_find(d->core->cards, (uint8_t)grade, zone_kinds(d, zone, &floor), hour, surge);
    if (plan)
        emit_slots(d, incident, plan, incident->mass ? count : NULL);
}
