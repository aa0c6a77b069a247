/* Hospitals, asked again whenever travel brings the drives from the scenes to them: which one for
 * the patient whom a crew has reached (of mass casualties: decide_mass.c). Advice only;
 * `hospital_chosen` is the crew's or the desk's. */
#include "dispatch/core/decide.h"
#include "dispatch/core/learned.h"

bool core_wants_hospital(const struct state *state, const struct incident *incident)
{
    if (incident->state != INCIDENT_OPEN || !incident->has_place)
        return false;
    if (incident->mass)
        return true;
    EACH (state, ASSIGNMENT, assignment, it)
        if (it->incident.v == incident->incident.v && it->step >= STEP_AT_SCENE &&
            it->step < STEP_AT_HOSPITAL)
            return true;
    return false;
}

/* --- what the patient needs --- */

static const struct card_rule *rule_of(const struct card_set *cards, struct text determinant)
{
    for (uint32_t i = 0; determinant.n && i < cards->rule_count; i++) {
        const char *code = card_text(cards, cards->rules[i].code);
        if (text_same(determinant, (struct text){code, (uint32_t)strlen(code)}))
            return &cards->rules[i];
    }
    return NULL;
}

/* Kinds of which any will do, by the most particular that says so: determinant, card, plan. */
uint32_t hospital_need(const struct deciding *d, const struct incident *incident)
{
    const struct card_set *cards = d->core->cards;
    if (!cards)
        return 0;
    const struct card_rule *rule = rule_of(cards, incident->determinant);
    if (rule && rule->hospitals)
        return rule->hospitals;
    const struct card *card = card_named(d, &incident->card);
    if (card && card->hospitals)
        return card->hospitals;
    const struct plan *plan = plan_by_code(cards, incident->plan.p, incident->plan.n);
    return plan ? plan->hospitals : 0;
}

/* --- what the hospitals are like now --- */

uint32_t hospital_expected_wait_s(const struct deciding *d, const struct hospital *hospital)
{
    const struct hospital_rules *rules = &d->core->policy.hospital;
    bool fresh = hospital->status_ms && d->now_ms - hospital->status_ms <= rules->report_ms;
    int64_t anywhere_s = learned_mean(d->core, LEARNED_HANDOVER, d->core->policy.handover_s);
    struct handovers known = {
        .usual_s =
            (uint32_t)learned_mean(d->core, LEARNED_HOSPITAL + hospital->hospital.v, anywhere_s),
        .seen_n = hospital->handovers,
        .mean_s = hospital->handover_mean_s,
        .reported_s = fresh ? hospital->handover_wait_s : 0,
    };
    EACH (d->state, ASSIGNMENT, assignment, it)
        known.waiting_n += it->step == STEP_AT_HOSPITAL && it->hospital.v == hospital->hospital.v;
    return hospital_wait_s(rules, &known);
}

/* The hospitals that rows [first, last) of the command lead to. */
static uint32_t gather_ways(struct deciding *d, uint32_t first, uint32_t last,
                            struct hospital_way *way)
{
    const struct propose_hospitals *c = &d->command->propose_hospitals;
    uint32_t n = 0;
    for (uint32_t i = first; i < last; i++) {
        const struct hospital *hospital = state_hospital(d->state, c->hospital.v[i]);
        if (hospital)
            way[n++] = (struct hospital_way){
                hospital->hospital.v,
                hospital->capabilities,
                hospital->status,
                (enum travel_source)c->source.v[i],
                c->drive_s.v[i],
                hospital_expected_wait_s(d, hospital)};
    }
    return n;
}

/* --- the advice --- */

static void put_rows(struct deciding *d, const struct hospital_way *way,
                     const struct hospital_row *row, uint32_t n, struct hospital_advised *fact)
{
    uint64_t *hospital = scratch(d, n * sizeof(*hospital));
    uint32_t *drive_s = scratch(d, n * sizeof(*drive_s));
    uint32_t *wait_s = scratch(d, n * sizeof(*wait_s));
    uint32_t *source = scratch(d, n * sizeof(*source));
    uint32_t *why = scratch(d, n * sizeof(*why));
    for (uint32_t i = 0; i < n; i++) {
        hospital[i] = way[row[i].way].hospital;
        drive_s[i] = way[row[i].way].drive_s;
        wait_s[i] = way[row[i].way].wait_s;
        source[i] = way[row[i].way].source;
        why[i] = row[i].why;
    }
    fact->advised_hospital = (struct u64s){hospital, n};
    fact->advised_drive_s = (struct u32s){drive_s, n};
    fact->advised_wait_s = (struct u32s){wait_s, n};
    fact->advised_source = (struct u32s){source, n};
    fact->advised_why = (struct u32s){why, n};
}

static bool differs(uint32_t a, uint32_t b, uint32_t by)
{
    return (a > b ? a - b : b - a) > by;
}

/* Other hospitals, other reasons, or other times by more than switch_s. */
static bool is_news(const struct deciding *d, const struct incident *old,
                    const struct hospital_advised *new)
{
    uint32_t switch_s = d->core->policy.hospital.switch_s;
    if (old->advised_hospital.n != new->advised_hospital.n ||
        old->advised_need != new->advised_need)
        return true;
    for (uint32_t i = 0; i < new->advised_hospital.n; i++)
        if (old->advised_hospital.v[i] != new->advised_hospital.v[i] ||
            old->advised_why.v[i] != new->advised_why.v[i] ||
            differs(old->advised_drive_s.v[i], new->advised_drive_s.v[i], switch_s) ||
            differs(old->advised_wait_s.v[i], new->advised_wait_s.v[i], switch_s))
            return true;
    return false;
}

static void advise(struct deciding *d, const struct incident *incident, uint32_t first,
                   uint32_t last)
{
    struct hospital_way *way = scratch(d, (last - first) * sizeof(*way));
    uint32_t max = d->core->policy.rows_max, n = gather_ways(d, first, last, way);
    struct hospital_row *row = scratch(d, max * sizeof(*row));
    struct hospital_advised fact = {.incident = incident->incident,
                                    .advised_need = hospital_need(d, incident)};
    n = hospital_rank(way, n, fact.advised_need, row, max);
    put_rows(d, way, row, n, &fact);
    if (is_news(d, incident, &fact) && d->out->fact_count < DECISION_FACT_MAX)
        emit(d, FACT_HOSPITAL_ADVISED)->hospital_advised = fact;
}

enum refusal decide_hospitals(struct deciding *d)
{
    const struct propose_hospitals *c = &d->command->propose_hospitals;
    uint32_t n = c->incident.n;
    if (c->hospital.n != n || c->drive_s.n != n || c->source.n != n)
        return REFUSE_BAD_VALUE;
    if (c->weights_epoch < d->state->head->weights_epoch)
        return REFUSE_OLD_WEIGHTS;
    for (uint32_t first = 0, last; first < n; first = last) {
        const struct incident *incident = state_incident(d->state, c->incident.v[first]);
        for (last = first + 1; last < n && c->incident.v[last] == c->incident.v[first];)
            last++;
        if (incident && !incident->mass && core_wants_hospital(d->state, incident))
            advise(d, incident, first, last);
    }
    share_casualties(d);
    return REFUSE_NONE;
}
