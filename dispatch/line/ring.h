/* ring: the server rings about itself or a unit: a row of core/alarm.def becomes an alert.
 *
 * When it rings again is the caller's to decide. Thread: the loop's. Errors: none. Start here:
 * ring_alarm. */
#ifndef LINE_RING_H
#define LINE_RING_H

#include "dispatch/core/alarm.h"
#include "dispatch/line/pipeline.h"

/* unit: whom it is about, or 0. */
void ring_alarm(struct pipeline *pipeline, enum alarm alarm, uint64_t unit);

#endif
