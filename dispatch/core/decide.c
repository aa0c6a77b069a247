#include "dispatch/core/decide.h"

#include <string.h>

#include "dispatch/must.h"

size_t core_bytes(const struct limits *limits)
{
    return state_bytes(limits);
}

void core_init(struct core *core, void *memory, const struct limits *limits,
               const struct policy *policy)
{
    memset(core, 0, sizeof(*core));
    core->policy = *policy;
    state_init(&core->state, memory, limits);
}

void core_set_cards(struct core *core, const struct card_set *cards)
{
    const char digits[] = "0123456789abcdef";
    core->cards = cards;
    memset(core->cards_hash, 0, sizeof(core->cards_hash));
    for (int i = 0; cards && i < CARD_HASH_BYTES; i++) {
        core->cards_hash[2 * i] = digits[cards->hash[i] >> 4];
        core->cards_hash[2 * i + 1] = digits[cards->hash[i] & 15];
    }
}

/* --- who may --- */

#define MAY(role) (1u << ROLE_##role)

enum {
    MAY_CITY = MAY(OPERATOR) | MAY(GATEWAY) | MAY(MACHINE),
    MAY_CALLS = MAY(GATEWAY) | MAY(DISPATCHER) | MAY(SUPERVISOR) | MAY(MACHINE),
    MAY_SUPERVISOR = MAY(SUPERVISOR),
    MAY_DESK = MAY(DISPATCHER) | MAY(SUPERVISOR),
    MAY_INTAKE = MAY(DISPATCHER) | MAY(SUPERVISOR) | MAY(GATEWAY),
    MAY_PLACE = MAY(DISPATCHER) | MAY(SUPERVISOR) | MAY(GATEWAY) | MAY(CREW),
    MAY_FIELD = MAY(DISPATCHER) | MAY(SUPERVISOR) | MAY(GATEWAY) | MAY(CREW),
    MAY_DEVICE = MAY(GATEWAY) | MAY(MACHINE),
    MAY_HOSPITAL = MAY(HOSPITAL) | MAY(DISPATCHER) | MAY(SUPERVISOR) | MAY(GATEWAY),
    MAY_ALERTS = MAY(DISPATCHER) | MAY(SUPERVISOR) | MAY(MACHINE),
    MAY_MACHINE = MAY(MACHINE),
    MAY_ALL = MAY(DISPATCHER) | MAY(SUPERVISOR) | MAY(CREW) | MAY(HOSPITAL) | MAY(GATEWAY) |
              MAY(OPERATOR) | MAY(MACHINE),
};

static uint32_t who_may(enum command_kind kind)
{
    static const uint32_t who[COMMAND_KIND_COUNT] = {
#define COMMAND(NAME, name, roles, ...) [COMMAND_##NAME] = MAY_##roles,
#include "dispatch/core/command.def"
#undef COMMAND
    };
    return who[kind];
}

bool is_desk(enum role role)
{
    return role == ROLE_DISPATCHER || role == ROLE_SUPERVISOR;
}

bool speaks_for_unit(const struct deciding *d, uint64_t unit)
{
    return d->command->actor.role != ROLE_CREW || d->command->actor.scope == unit;
}

bool speaks_for_hospital(const struct deciding *d, uint64_t hospital)
{
    return d->command->actor.role != ROLE_HOSPITAL || d->command->actor.scope == hospital;
}

/* --- emitting --- */

struct fact *emit(struct deciding *d, enum fact_kind kind)
{
    must(d->out->fact_count < DECISION_FACT_MAX);
    struct fact *fact = &d->out->fact[d->out->fact_count++];
    memset(fact, 0, sizeof(*fact));
    fact->kind = kind;
    return fact;
}

struct fact *emit_same(struct deciding *d, enum fact_kind kind)
{
    struct fact *fact = emit(d, kind);
    schema_copy(fact_schema(kind), fact_body_of(fact), command_schema(d->command->kind),
                command_body(d->command));
    return fact;
}

void emit_alert_resolved(struct deciding *d, const struct alert *alert)
{
    struct alert_cleared *fact = &emit(d, FACT_ALERT_CLEARED)->alert_cleared;
    fact->alert = alert->alert;
    fact->verdict = VERDICT_RESOLVED;
}

void *scratch(struct deciding *d, size_t bytes)
{
    size_t at = (d->out->scratch_used + 7) & ~(size_t)7;
    must(at + bytes <= d->out->scratch_size);
    d->out->scratch_used = at + bytes;
    return d->out->scratch + at;
}

/* --- lookups and checks --- */

enum refusal find_call(const struct deciding *d, uint64_t id, const struct call **call)
{
    *call = state_call(d->state, id);
    return *call ? REFUSE_NONE : REFUSE_NO_CALL;
}

enum refusal find_open_incident(const struct deciding *d, uint64_t id,
                                const struct incident **incident)
{
    const struct incident *found = state_incident(d->state, id);
    *incident = NULL;
    if (!found)
        return REFUSE_NO_INCIDENT;
    if (found->state != INCIDENT_OPEN)
        return REFUSE_INCIDENT_CLOSED;
    *incident = found;
    return REFUSE_NONE;
}

enum refusal find_unit(const struct deciding *d, uint64_t id, const struct unit **unit)
{
    *unit = state_unit(d->state, id);
    return *unit ? REFUSE_NONE : REFUSE_NO_UNIT;
}

enum refusal find_assignment(const struct deciding *d, uint64_t id,
                             const struct assignment **assignment)
{
    *assignment = state_assignment(d->state, id);
    if (!*assignment)
        return REFUSE_NO_ASSIGNMENT;
    if (speaks_for_unit(d, (*assignment)->unit.v))
        return REFUSE_NONE;
    *assignment = NULL;
    return REFUSE_NOT_YOURS;
}

enum refusal find_active(const struct deciding *d, uint64_t id,
                         const struct assignment **assignment)
{
    enum refusal refusal = find_assignment(d, id, assignment);
    if (refusal == REFUSE_NONE && step_is_over((*assignment)->step)) {
        *assignment = NULL;
        return REFUSE_ASSIGNMENT_OVER;
    }
    return refusal;
}

enum refusal claimed_time(const struct deciding *d, int64_t claimed_ms, int64_t *at_ms)
{
    const struct policy *policy = &d->core->policy;
    if (claimed_ms == 0) {
        *at_ms = d->now_ms;
        return REFUSE_NONE;
    }
    if (claimed_ms > d->now_ms + policy->claim_future_ms ||
        claimed_ms < d->now_ms - policy->claim_past_ms)
        return REFUSE_BAD_TIME;
    *at_ms = claimed_ms;
    return REFUSE_NONE;
}

enum refusal check_place(bool has_place, int32_t lat_e7, int32_t lon_e7)
{
    bool on_earth = lat_e7 >= -900000000 && lat_e7 <= 900000000 && lon_e7 >= -1800000000 &&
                    lon_e7 <= 1800000000;
    return has_place && !on_earth ? REFUSE_BAD_PLACE : REFUSE_NONE;
}

enum refusal room_for(const struct deciding *d, enum object_kind kind, uint32_t n)
{
    return state_room(d->state, kind) >= n ? REFUSE_NONE : REFUSE_FULL;
}

static bool are_words(const struct schema_field *field, const void *body)
{
    const struct u32s *list = (const struct u32s *)(const void *)field_text(field, body);
    for (uint32_t i = 0; field->words && i < list->n; i++)
        if (list->v[i] >= field->words->count)
            return false;
    return true;
}

/* Every text within its limit, every id and word within reach. */
static enum refusal check_fields(const struct deciding *d)
{
    const struct schema *schema = command_schema(d->command->kind);
    const void *body = command_body(d->command);
    for (uint32_t i = 0; i < schema->count; i++) {
        const struct schema_field *field = &schema->field[i];
        if (field->type == FIELD_TEXT && field_text(field, body)->n > d->core->policy.text_max)
            return REFUSE_TOO_LONG;
        if (field->type == FIELD_ID && field_number(field, body) >= ID_MAX)
            return REFUSE_BAD_ID;
        if (field->type == FIELD_ENUM && field_number(field, body) >= field->words->count)
            return REFUSE_BAD_VALUE;
        if (field->type == FIELD_U32S && !are_words(field, body))
            return REFUSE_BAD_VALUE;
        if (field->type == FIELD_MS && (int64_t)field_number(field, body) < 0)
            return REFUSE_BAD_VALUE;
    }
    return REFUSE_NONE;
}

/* Room for every text and list the facts will leave in the state. Facts without any (a step, an
 * end, a departure) always have room: a full text area can be worked empty. */
static enum refusal check_text_room(const struct deciding *d)
{
    size_t answers_bytes = 2 * CARD_ANSWER_MAX * sizeof(uint32_t);
    size_t needed = 0;
    for (uint32_t i = 0; i < d->out->fact_count; i++) {
        const struct fact *fact = &d->out->fact[i];
        needed += schema_borrowed(fact_schema(fact->kind), fact_body(fact));
        if (fact->kind == FACT_QUESTION_ANSWERED)
            needed += answers_bytes;
        if (fact->kind == FACT_PLAN_STARTED)
            needed += plan_run_bytes(fact->plan_started.step_due_s.n);
    }
    return needed == 0 || needed <= state_text_room(d->state) ? REFUSE_NONE : REFUSE_FULL;
}

static enum refusal decide_kind(struct deciding *d)
{
    switch (d->command->kind) {
    case COMMAND_DEFINE_STATION ... COMMAND_DEFINE_ZONE:
    case COMMAND_SET_HOSPITAL_STATUS ... COMMAND_ACTIVATE_ZONES:
    case COMMAND_LOSE_TERMINAL:
    case COMMAND_HEAR_TERMINAL:
        return decide_city(d);
    case COMMAND_RING_CALL ... COMMAND_FINISH_CALLBACK:
        return decide_call(d);
    case COMMAND_OPEN_INCIDENT ... COMMAND_ADD_NOTE:
    case COMMAND_FORGET_INCIDENT:
    case COMMAND_SCORE_INCIDENT:
        return decide_incident(d);
    case COMMAND_ORDER_UNIT ... COMMAND_RETURN_UNIT:
        return decide_unit(d);
    case COMMAND_PROPOSE:
        return decide_propose(d);
    case COMMAND_SEND_MESSAGE ... COMMAND_CLEAR_ALERT:
    case COMMAND_SIGN_IN ... COMMAND_BOOT:
        return decide_alert(d);
    case COMMAND_TICK:
        return decide_tick(d);
    case COMMAND_PROPOSE_HOSPITALS:
        return decide_hospitals(d);
    case COMMAND_SET_DEMAND ... COMMAND_PROPOSE_MOVES:
    case COMMAND_COUNT_DEMAND:
        return decide_moves(d);
    case COMMAND_GIVE_OPINION:
        return decide_opinion(d);
    case COMMAND_DECLARE_MASS_CASUALTY:
    case COMMAND_SET_HOSPITAL_CAPACITY:
        return decide_mass(d);
    case COMMAND_TAKE_ALERT:
    case COMMAND_UPDATE_ALERT ... COMMAND_FIT_WARNING:
    case COMMAND_SIGNAL_INDICATOR:
    case COMMAND_CLOSE_PERIOD:
        return decide_alert(d);
    case COMMAND_RECORD_VITALS ... COMMAND_REPORT_SEAT_SOUND:
        return decide_care(d);
    case COMMAND_START_PLAN ... COMMAND_END_PLAN:
        return decide_plan(d);
    case COMMAND_TELL_ALERT:
        return decide_alert(d);
    case COMMAND_NONE:
    case COMMAND_KIND_COUNT:
        break;
    }
    return REFUSE_BAD_COMMAND;
}

enum refusal core_decide(const struct core *core, const struct command *command, int64_t now_ms,
                         struct decision *decision)
{
    struct deciding d = {core, &core->state, command, now_ms, decision};
    decision->fact_count = 0;
    decision->made = 0;
    decision->scratch_used = 0;
    if (command->kind <= COMMAND_NONE || command->kind >= COMMAND_KIND_COUNT)
        return REFUSE_BAD_COMMAND;
    if (command->client >= ID_MAX || command->number >= ID_MAX)
        return REFUSE_BAD_ID;
    if (command->actor.role == ROLE_NONE)
        return REFUSE_NOT_SIGNED_IN;
    if (!(who_may(command->kind) >> command->actor.role & 1u))
        return REFUSE_NOT_ALLOWED;
    enum refusal refusal = check_fields(&d);
    if (refusal == REFUSE_NONE)
        refusal = decide_kind(&d);
    if (refusal == REFUSE_NONE)
        refusal = check_text_room(&d);
    if (refusal != REFUSE_NONE) {
        decision->fact_count = 0;
        decision->made = 0;
    }
    return refusal;
}

bool core_answered(const struct core *core, uint64_t client_id, uint64_t number,
                   struct record *answer)
{
    const struct client *client = client_id ? state_client(&core->state, client_id) : NULL;
    if (!client || client->number.n == 0 || number > client->number.v[client->number.n - 1])
        return false;
    answer->client = client_id;
    answer->number = number;
    answer->seq = 0;
    answer->made = 0;
    answer->refusal = REFUSE_OLD_NUMBER;
    for (uint32_t i = 0; i < client->number.n; i++) {
        if (client->number.v[i] != number)
            continue;
        answer->seq = client->seq.v[i];
        answer->made = client->made.v[i];
        answer->refusal = (enum refusal)client->refusal.v[i];
    }
    return true;
}
