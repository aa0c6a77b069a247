/* step: how an assignment may move, as a table (step.c draws it).
 * Pure, any thread, no errors. Start here: the table `may_follow`. */
#ifndef CORE_STEP_H
#define CORE_STEP_H

#include "dispatch/core/schema.h"

/* Whether an assignment in `from` may be reported in `to`. */
bool step_may_follow(enum step from, enum step to);

/* No longer active: completed, cancelled, empty run, refused or diverted. */
bool step_is_over(enum step step);

/* Between leaving the scene and the end of the handover. */
bool step_has_patient(enum step step);

/* Where the assignment stores the time of this step. Requires: step is not none. */
int64_t *step_time(struct assignment *assignment, enum step step);

#endif
