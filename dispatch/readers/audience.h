/* audience: who may see what. The allow-list of fact.def, asked at publish time.
 *
 * An audience is a role and, for crews and hospitals, whose. The desk sees everything that is not
 * the supervisors' alone; a crew sees what concerns its unit, a hospital what is on its way to it;
 * a gateway sees the registry only. What no row allows is not sent.
 * Pure; reads the live core. Thread: the core's. Start here: audience_sees. */
#ifndef READERS_AUDIENCE_H
#define READERS_AUDIENCE_H

#include "dispatch/core/core.h"

struct audience {
    enum role role;
    uint64_t scope; /* unit of a crew, hospital of a hospital; else 0 */
};

bool audience_sees(const struct core *core, struct audience audience, const struct fact *fact);
bool audience_sees_object(const struct core *core, struct audience audience,
                          enum object_kind kind, const void *object);
/* Caller, patient, address: not for operators and gateways. */
bool audience_sees_personal(struct audience audience);
bool audience_sees_unit(const struct core *core, struct audience audience, uint64_t unit);

/* Ids of the incidents of a crew or hospital, ascending, each once. Requires: room for as many as
 * there are assignments. */
uint32_t audience_own_incidents(const struct core *core, struct audience audience, uint64_t *out);
int audience_by_id(const void *a, const void *b); /* for bsearch in them */

/* The incident that this fact has just made visible to the audience, or 0. */
uint64_t audience_gains(const struct core *core, struct audience audience,
                        const struct fact *fact);

#endif
