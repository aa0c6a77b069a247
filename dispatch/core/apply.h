/* apply (inside the core): what the files apply*.c share. Not for the world outside the core.
 *
 * An `applying` is one record on its way into the state. Nothing is refused here: what a fact names
 * must exist. Each apply_… takes a fact of its own kinds; false: not one of them.
 * Thread: the core's. Start here: a new kind of fact is a case in one of them. */
#ifndef CORE_APPLY_H
#define CORE_APPLY_H

#include "dispatch/core/core.h"

struct applying {
    struct state *state;
    const struct record *record;
};

bool apply_call(struct applying *a, const struct fact *fact);
bool apply_incident(struct applying *a, const struct fact *fact);
bool apply_unit(struct applying *a, const struct fact *fact);
bool apply_care(struct applying *a, const struct fact *fact);
bool apply_advice(struct applying *a, const struct fact *fact);
bool apply_plan(struct applying *a, const struct fact *fact);

/* The fact's fields into the object's fields of the same names. Requires: the object. */
void apply_copy(struct applying *a, enum object_kind kind, void *object, const struct fact *fact);

/* Requires: they exist. They now say that this record changed them. */
struct incident *changed_incident(struct applying *a, struct incident_id id);
struct unit *changed_unit(struct applying *a, struct unit_id id);

/* A closed incident is advised nothing. */
void apply_no_advice(struct applying *a, struct incident *incident);

/* Another recommendation, or another grade: nothing is known of it yet. */
void apply_no_opinion(struct applying *a, struct incident *incident);

/* A counter of ids keeps the highest. */
void apply_advance(uint64_t *last, uint64_t id);

#endif
