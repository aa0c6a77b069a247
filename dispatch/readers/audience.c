#include "dispatch/readers/audience.h"

#include <stdlib.h>

#include "dispatch/core/step.h"

#define SEES(role) (1u << ROLE_##role)

enum {
    SEEN_EVERYONE = SEES(DISPATCHER) | SEES(SUPERVISOR) | SEES(CREW) | SEES(HOSPITAL) |
                    SEES(GATEWAY) | SEES(OPERATOR),
    SEEN_DESK = SEES(DISPATCHER) | SEES(SUPERVISOR) | SEES(OPERATOR),
    SEEN_CONCERNED = SEEN_DESK | SEES(CREW) | SEES(HOSPITAL), /* these two: their own only */
    SEEN_SUPERVISORS = SEES(SUPERVISOR) | SEES(OPERATOR),
    SEEN_OPERATORS = SEES(SUPERVISOR) | SEES(OPERATOR),
};

static uint32_t seen_by(enum fact_kind kind)
{
    static const uint32_t roles[FACT_KIND_COUNT] = {
#define FACT(NAME, name, seen_by, ...) [FACT_##NAME] = SEEN_##seen_by,
#include "dispatch/core/fact.def"
#undef FACT
    };
    return roles[kind];
}

static bool is_for_all(enum fact_kind kind)
{
    return seen_by(kind) == SEEN_EVERYONE;
}

static bool is_own_assignment(struct audience a, const struct assignment *assignment)
{
    if (!assignment)
        return false;
    return a.role == ROLE_CREW ? assignment->unit.v == a.scope
                               : assignment->hospital.v && assignment->hospital.v == a.scope;
}

/* A crew's incident: its unit is on it, or has been today. */
static bool is_own_incident(const struct core *core, struct audience a, uint64_t incident)
{
    EACH (&core->state, ASSIGNMENT, assignment, it)
        if (it->incident.v == incident && is_own_assignment(a, it))
            return true;
    return false;
}

static uint64_t id_field(const struct schema *schema, const void *body, char letter)
{
    for (uint32_t i = 0; i < schema->count; i++)
        if (schema->field[i].type == FIELD_ID && schema->field[i].letter == letter)
            return field_number(&schema->field[i], body);
    return 0;
}

/* Whether anything the struct names is the crew's or the hospital's own. */
static bool concerns(const struct core *core, struct audience a, const struct schema *schema,
                     const void *body)
{
    uint64_t unit = id_field(schema, body, LETTER_unit);
    uint64_t hospital = id_field(schema, body, LETTER_hospital);
    uint64_t assignment = id_field(schema, body, LETTER_assignment);
    uint64_t incident = id_field(schema, body, LETTER_incident);
    if (a.role == ROLE_CREW && unit)
        return unit == a.scope;
    if (a.role == ROLE_HOSPITAL && hospital && hospital == a.scope)
        return true;
    if (assignment)
        return is_own_assignment(a, state_assignment(&core->state, assignment));
    return incident && is_own_incident(core, a, incident);
}

bool audience_sees(const struct core *core, struct audience a, const struct fact *fact)
{
    if (!(seen_by(fact->kind) >> a.role & 1u))
        return false;
    bool own_only = a.role == ROLE_CREW || a.role == ROLE_HOSPITAL;
    if (!own_only || is_for_all(fact->kind))
        return true;
    return concerns(core, a, fact_schema(fact->kind), fact_body(fact));
}

static uint32_t object_seen_by(enum object_kind kind)
{
    switch (kind) {
    case OBJECT_STATION:
    case OBJECT_HOSPITAL:
    case OBJECT_ZONE_NAME:
    case OBJECT_UNIT:
    case OBJECT_CONDITION:
        return SEEN_EVERYONE;
    case OBJECT_INCIDENT:
    case OBJECT_ASSIGNMENT:
    case OBJECT_MESSAGE:
    case OBJECT_SHIFT:
        return SEEN_CONCERNED;
    case OBJECT_CALL:
    case OBJECT_TASK:
    case OBJECT_ALERT:
    case OBJECT_TERMINAL:
    case OBJECT_SEAT:
    case OBJECT_SURGE:
    case OBJECT_PLAN_RUN:
        return SEEN_DESK;
    default:
        return 0; /* clients and the head are the house's own */
    }
}

bool audience_sees_object(const struct core *core, struct audience a, enum object_kind kind,
                          const void *object)
{
    uint32_t roles = object_seen_by(kind);
    if (!(roles >> a.role & 1u))
        return false;
    if (roles != SEEN_CONCERNED || (a.role != ROLE_CREW && a.role != ROLE_HOSPITAL))
        return true;
    return concerns(core, a, object_schema(kind), object);
}

bool audience_sees_personal(struct audience a)
{
    return a.role == ROLE_DISPATCHER || a.role == ROLE_SUPERVISOR || a.role == ROLE_CREW ||
           a.role == ROLE_HOSPITAL;
}

bool audience_sees_unit(const struct core *core, struct audience a, uint64_t unit)
{
    const struct unit *it = state_unit(&core->state, unit);
    if (a.role == ROLE_CREW)
        return unit == a.scope;
    if (a.role == ROLE_HOSPITAL)
        return it && is_own_assignment(a, state_assignment(&core->state, it->assignment.v));
    return SEEN_DESK >> a.role & 1u;
}

int audience_by_id(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

uint32_t audience_own_incidents(const struct core *core, struct audience a, uint64_t *out)
{
    uint32_t n = 0, kept = 0;
    EACH (&core->state, ASSIGNMENT, assignment, it)
        if (is_own_assignment(a, it))
            out[n++] = it->incident.v;
    qsort(out, n, sizeof(*out), audience_by_id);
    for (uint32_t i = 0; i < n; i++)
        if (kept == 0 || out[kept - 1] != out[i])
            out[kept++] = out[i];
    return kept;
}

uint64_t audience_gains(const struct core *core, struct audience a, const struct fact *fact)
{
    uint64_t assignment = 0;
    if (a.role == ROLE_CREW && fact->kind == FACT_UNIT_RESERVED)
        assignment = fact->unit_reserved.assignment.v;
    if (a.role == ROLE_HOSPITAL && fact->kind == FACT_HOSPITAL_CHOSEN)
        assignment = fact->hospital_chosen.assignment.v;
    const struct assignment *it = assignment ? state_assignment(&core->state, assignment) : NULL;
    return is_own_assignment(a, it) ? it->incident.v : 0;
}
