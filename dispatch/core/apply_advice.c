/* Facts of advice: what the machine proposes beside the units of an incident, and what people say
 * to it. An advice is no change of what a dispatcher decides on: changed_seq stays, as it does with
 * `recommended`. */
#include "dispatch/core/apply.h"

static void no_shares(struct applying *a, struct incident *incident)
{
    incident->unplaced_red = incident->unplaced_yellow = incident->unplaced_green = 0;
    state_keep(a->state, &incident->share_hospital, NULL, 0, sizeof(uint64_t));
    state_keep(a->state, &incident->share_red, NULL, 0, sizeof(uint32_t));
    state_keep(a->state, &incident->share_yellow, NULL, 0, sizeof(uint32_t));
    state_keep(a->state, &incident->share_green, NULL, 0, sizeof(uint32_t));
    state_keep(a->state, &incident->share_drive_s, NULL, 0, sizeof(uint32_t));
    state_keep(a->state, &incident->share_why, NULL, 0, sizeof(uint32_t));
}

void apply_no_advice(struct applying *a, struct incident *incident)
{
    incident->advised_need = 0;
    state_keep(a->state, &incident->advised_hospital, NULL, 0, sizeof(uint64_t));
    state_keep(a->state, &incident->advised_drive_s, NULL, 0, sizeof(uint32_t));
    state_keep(a->state, &incident->advised_source, NULL, 0, sizeof(uint32_t));
    state_keep(a->state, &incident->advised_wait_s, NULL, 0, sizeof(uint32_t));
    state_keep(a->state, &incident->advised_why, NULL, 0, sizeof(uint32_t));
    no_shares(a, incident);
}

void apply_no_opinion(struct applying *a, struct incident *incident)
{
    const struct fact nothing = {.kind = FACT_OPINION_GIVEN,
                                 .opinion_given = {.incident = incident->incident}};
    apply_copy(a, OBJECT_INCIDENT, incident, &nothing);
}

/* With nobody left at the scene it is over. */
static void mass_casualty_declared(struct applying *a, const struct fact *fact)
{
    const struct mass_casualty_declared *f = &fact->mass_casualty_declared;
    struct incident *incident = changed_incident(a, f->incident);
    apply_copy(a, OBJECT_INCIDENT, incident, fact);
    incident->mass = f->red || f->yellow || f->green || f->black;
    if (!incident->mass)
        no_shares(a, incident);
}

static void hospital_capacity_set(struct applying *a, const struct fact *fact)
{
    struct hospital *hospital = state_hospital(a->state, fact->hospital_capacity_set.hospital.v);
    apply_copy(a, OBJECT_HOSPITAL, hospital, fact);
    hospital->capacity_told = true;
    hospital->capacity_ms = a->record->now_ms;
}

static void surge_changed(struct applying *a, const struct fact *fact)
{
    struct surge *surge = state_surge(a->state, 1);
    if (!surge)
        surge = state_add(a->state, OBJECT_SURGE, 1);
    apply_copy(a, OBJECT_SURGE, surge, fact);
    surge->since_ms = a->record->now_ms;
}

static void move_advised(struct applying *a, const struct fact *fact)
{
    struct unit *unit = state_unit(a->state, fact->move_advised.unit.v);
    apply_copy(a, OBJECT_UNIT, unit, fact);
    unit->move_ms = a->record->now_ms;
    if (fact->move_advised.extra)
        a->state->head->extra_move_ms = a->record->now_ms;
}

/* At its own station it has no post. */
static void unit_moved(struct applying *a, const struct unit_moved *f)
{
    struct unit *unit = changed_unit(a, f->unit);
    unit->post.v = f->post.v == unit->station.v ? 0 : f->post.v;
    unit->posted_ms = a->record->now_ms;
    unit->move_to.v = 0;
}

bool apply_advice(struct applying *a, const struct fact *fact)
{
    switch (fact->kind) {
    case FACT_HOSPITAL_ADVISED:
        apply_copy(a, OBJECT_INCIDENT, state_incident(a->state, fact->hospital_advised.incident.v),
                   fact);
        break;
    case FACT_MASS_CASUALTY_PROPOSED:
        state_incident(a->state, fact->mass_casualty_proposed.incident.v)->mass_proposed = true;
        break;
    case FACT_MASS_CASUALTY_DECLARED:
        mass_casualty_declared(a, fact);
        break;
    case FACT_HOSPITAL_CAPACITY_SET:
        hospital_capacity_set(a, fact);
        break;
    case FACT_CASUALTIES_DISTRIBUTED:
        apply_copy(a, OBJECT_INCIDENT,
                   state_incident(a->state, fact->casualties_distributed.incident.v), fact);
        break;
    case FACT_SURGE_CHANGED:
        surge_changed(a, fact);
        break;
    case FACT_DEMAND_SET:
        apply_copy(a, OBJECT_ZONE_NAME, state_zone_name(a->state, fact->demand_set.zone.v), fact);
        break;
    case FACT_MOVE_ADVISED:
        move_advised(a, fact);
        break;
    case FACT_OPINION_GIVEN:
        apply_copy(a, OBJECT_INCIDENT, state_incident(a->state, fact->opinion_given.incident.v),
                   fact);
        break;
    case FACT_UNIT_MOVED:
        unit_moved(a, &fact->unit_moved);
        break;
    default:
        return false;
    }
    return true;
}
