/* Mass casualties: declared with the patients still at the scene, by triage class; the units they
 * ask for; how many go to which hospital. */
#include "dispatch/core/decide.h"

void emit_mass_proposal(struct deciding *d, const struct incident *incident, uint32_t patients)
{
    uint32_t from = d->core->policy.mass.patients;
    if (from == 0 || patients < from || incident->mass || incident->mass_proposed)
        return;
    struct mass_casualty_proposed *fact =
        &emit(d, FACT_MASS_CASUALTY_PROPOSED)->mass_casualty_proposed;
    fact->incident = incident->incident;
    fact->patients = patients;
}

/* --- declaring --- */

/* With what the other scenes have, all must fit the one flow. */
static enum refusal check_counts(const struct deciding *d)
{
    const struct declare_mass_casualty *c = &d->command->declare_mass_casualty;
    uint64_t patients = (uint64_t)c->red + c->yellow + c->green;
    uint32_t scenes = 1;
    EACH (d->state, INCIDENT, incident, it) {
        if (!it->mass || it->incident.v == c->incident.v || it->state != INCIDENT_OPEN)
            continue;
        patients += it->red + it->yellow + it->green;
        scenes++;
    }
    return patients > MASS_PATIENTS_MAX || scenes > MASS_SCENES_MAX ? REFUSE_TOO_MANY : REFUSE_NONE;
}

static const struct plan *plan_in_force(const struct deciding *d, const struct incident *incident)
{
    const struct card_set *cards = d->core->cards;
    return cards ? plan_by_code(cards, incident->plan.p, incident->plan.n) : NULL;
}

static enum refusal declare(struct deciding *d)
{
    const struct declare_mass_casualty *c = &d->command->declare_mass_casualty;
    const struct incident *incident;
    enum refusal refusal = find_open_incident(d, c->incident.v, &incident);
    if (refusal == REFUSE_NONE && !crew_is_on(d, c->incident))
        refusal = REFUSE_NOT_YOURS;
    if (refusal == REFUSE_NONE)
        refusal = check_counts(d);
    if (refusal != REFUSE_NONE)
        return refusal;
    const uint32_t count[TRIAGE_COUNT] = {c->red, c->yellow, c->green};
    emit_same(d, FACT_MASS_CASUALTY_DECLARED)->mass_casualty_declared.user = d->command->actor.user;
    emit_slots(d, incident, plan_in_force(d, incident), count);
    return REFUSE_NONE;
}

static enum refusal set_capacity(struct deciding *d)
{
    const struct set_hospital_capacity *c = &d->command->set_hospital_capacity;
    if (!state_hospital(d->state, c->hospital.v))
        return REFUSE_NO_HOSPITAL;
    if (!speaks_for_hospital(d, c->hospital.v))
        return REFUSE_NOT_YOURS;
    emit_same(d, FACT_HOSPITAL_CAPACITY_SET);
    return REFUSE_NONE;
}

/* --- sharing out --- */

struct sharing {
    const struct incident *incident[MASS_SCENES_MAX];
    struct mass_scene scene[MASS_SCENES_MAX];
    const struct hospital *at[MASS_HOSPITALS_MAX];
    struct mass_hospital hospital[MASS_HOSPITALS_MAX];
    struct mass_problem problem;
    struct mass_answer answer;
};

static void gather_scenes(const struct deciding *d, struct sharing *s)
{
    EACH (d->state, INCIDENT, incident, it) {
        if (!it->mass || it->state != INCIDENT_OPEN || s->problem.scene_n == MASS_SCENES_MAX)
            continue;
        s->incident[s->problem.scene_n] = it;
        s->scene[s->problem.scene_n++] =
            (struct mass_scene){{it->red, it->yellow, it->green}, hospital_need(d, it)};
    }
}

/* What the hospital told, or what one of its kind takes. */
static void set_room(const struct deciding *d, const struct hospital *from, uint32_t *room)
{
    const struct mass_rules *rules = &d->core->policy.mass;
    bool trauma = from->capabilities & KIND_BIT(HOSPITAL_KIND_TRAUMA);
    const uint32_t told[TRIAGE_COUNT] = {from->red, from->yellow, from->green};
    for (int class = 0; class < TRIAGE_COUNT; class++)
        room[class] = from->capacity_told ? told[class]
                      : trauma            ? rules->trauma_room[class]
                                          : rules->room[class];
}

static void gather_hospitals(const struct deciding *d, struct sharing *s)
{
    EACH (d->state, HOSPITAL, hospital, it) {
        if (it->status == HOSPITAL_CLOSED || s->problem.hospital_n == MASS_HOSPITALS_MAX)
            continue;
        struct mass_hospital *to = &s->hospital[s->problem.hospital_n];
        to->kinds = it->capabilities;
        to->wait_s = hospital_expected_wait_s(d, it);
        to->diverts = it->status == HOSPITAL_DIVERT;
        set_room(d, it, to->room);
        s->at[s->problem.hospital_n++] = it;
    }
}

/* The drives out of the command; what it does not name has no way. */
static const uint32_t *gather_drives(struct deciding *d, const struct sharing *s)
{
    const struct propose_hospitals *c = &d->command->propose_hospitals;
    uint32_t hospitals = s->problem.hospital_n, cells = s->problem.scene_n * hospitals;
    uint32_t *drive_s = scratch(d, cells * sizeof(*drive_s));
    for (uint32_t i = 0; i < cells; i++)
        drive_s[i] = UINT32_MAX;
    for (uint32_t i = 0; i < c->incident.n; i++)
        for (uint32_t s_i = 0; s_i < s->problem.scene_n; s_i++) {
            if (s->incident[s_i]->incident.v != c->incident.v[i])
                continue;
            for (uint32_t h = 0; h < hospitals; h++)
                if (s->at[h]->hospital.v == c->hospital.v[i])
                    drive_s[s_i * hospitals + h] = c->drive_s.v[i];
        }
    return drive_s;
}

/* The columns of one incident's shares. */
struct shares {
    uint64_t *hospital;
    uint32_t *count[TRIAGE_COUNT], *drive_s, *why, n;
};

static void add_share(const struct sharing *s, uint32_t scene, uint32_t h, struct shares *out)
{
    const struct mass_problem *p = &s->problem;
    const uint32_t *sent = &s->answer.sent[(scene * p->hospital_n + h) * TRIAGE_COUNT];
    uint32_t sum = 0;
    for (int class = 0; class < TRIAGE_COUNT; class++)
        sum += out->count[class][out->n] = sent[class];
    out->hospital[out->n] = s->at[h]->hospital.v;
    out->drive_s[out->n] = p->drive_s[scene * p->hospital_n + h];
    out->why[out->n] = sum ? mass_why(p, &s->answer, scene, h) : CHOICE_NONE;
    out->n += sum > 0;
}

static void fill_shares(struct deciding *d, const struct sharing *s, uint32_t scene,
                        struct casualties_distributed *fact)
{
    uint32_t max = s->problem.hospital_n;
    struct shares out = {.hospital = scratch(d, max * sizeof(uint64_t)),
                         .drive_s = scratch(d, max * sizeof(uint32_t)),
                         .why = scratch(d, max * sizeof(uint32_t))};
    for (int class = 0; class < TRIAGE_COUNT; class++)
        out.count[class] = scratch(d, max * sizeof(uint32_t));
    for (uint32_t h = 0; h < max; h++)
        add_share(s, scene, h, &out);
    const uint32_t *unsent = &s->answer.unsent[scene * TRIAGE_COUNT];
    *fact = (struct casualties_distributed){
        .incident = s->incident[scene]->incident,
        .share_hospital = {out.hospital, out.n},
        .share_red = {out.count[TRIAGE_RED], out.n},
        .share_yellow = {out.count[TRIAGE_YELLOW], out.n},
        .share_green = {out.count[TRIAGE_GREEN], out.n},
        .share_drive_s = {out.drive_s, out.n},
        .share_why = {out.why, out.n},
        .unplaced_red = unsent[TRIAGE_RED],
        .unplaced_yellow = unsent[TRIAGE_YELLOW],
        .unplaced_green = unsent[TRIAGE_GREEN],
    };
}

static bool same_counts(struct u32s a, struct u32s b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.v, b.v, a.n * sizeof(*a.v)) == 0);
}

/* Drives wander by seconds; who goes where is what counts. */
static bool is_news(const struct incident *old, const struct casualties_distributed *new)
{
    bool same = old->share_hospital.n == new->share_hospital.n &&
                same_counts(old->share_red, new->share_red) &&
                same_counts(old->share_yellow, new->share_yellow) &&
                same_counts(old->share_green, new->share_green) &&
                same_counts(old->share_why, new->share_why) &&
                old->unplaced_red == new->unplaced_red &&
                old->unplaced_yellow == new->unplaced_yellow &&
                old->unplaced_green == new->unplaced_green;
    for (uint32_t i = 0; same && i < new->share_hospital.n; i++)
        same = old->share_hospital.v[i] == new->share_hospital.v[i];
    return !same;
}

void share_casualties(struct deciding *d)
{
    struct sharing *s = scratch(d, sizeof(*s));
    memset(s, 0, sizeof(*s));
    gather_scenes(d, s);
    if (s->problem.scene_n == 0)
        return;
    gather_hospitals(d, s);
    uint32_t scenes = s->problem.scene_n, hospitals = s->problem.hospital_n;
    s->problem.rules = &d->core->policy.mass;
    s->problem.scene = s->scene;
    s->problem.hospital = s->hospital;
    s->problem.drive_s = gather_drives(d, s);
    s->answer.sent = scratch(d, (size_t)scenes * hospitals * TRIAGE_COUNT * sizeof(uint32_t));
    s->answer.unsent = scratch(d, (size_t)scenes * TRIAGE_COUNT * sizeof(uint32_t));
    mass_distribute(&s->problem, scratch(d, mass_bytes(scenes, hospitals)), &s->answer);
    for (uint32_t i = 0; i < scenes && d->out->fact_count < DECISION_FACT_MAX; i++) {
        struct casualties_distributed fact;
        fill_shares(d, s, i, &fact);
        if (is_news(s->incident[i], &fact))
            emit(d, FACT_CASUALTIES_DISTRIBUTED)->casualties_distributed = fact;
    }
}

enum refusal decide_mass(struct deciding *d)
{
    return d->command->kind == COMMAND_DECLARE_MASS_CASUALTY ? declare(d) : set_capacity(d);
}
