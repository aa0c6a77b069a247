/* Facts of advice: what the machine proposes beside the units of an incident. None is a change of
 * what a dispatcher decides on: changed_seq stays, as it does with recommended. */
#include "dispatch/core/apply.h"

void apply_no_advice(struct applying *a, struct incident *incident)
{
    incident->advised_need = 0;
    state_keep(a->state, &incident->advised_hospital, NULL, 0, sizeof(uint64_t));
    state_keep(a->state, &incident->advised_drive_s, NULL, 0, sizeof(uint32_t));
    state_keep(a->state, &incident->advised_source, NULL, 0, sizeof(uint32_t));
    state_keep(a->state, &incident->advised_wait_s, NULL, 0, sizeof(uint32_t));
    state_keep(a->state, &incident->advised_why, NULL, 0, sizeof(uint32_t));
}

bool apply_advice(struct applying *a, const struct fact *fact)
{
    switch (fact->kind) {
    case FACT_HOSPITAL_ADVISED:
        apply_copy(a, OBJECT_INCIDENT, state_incident(a->state, fact->hospital_advised.incident.v),
                   fact);
        break;
    default:
        return false;
    }
    return true;
}
