/* inflow: patients that each hospital has to expect within the next 60 minutes.
 *
 *   on their way now + calls of the next 60 minutes * its share: arrivals there, by calls, of 24 h
 *
 * On their way: aboard, or of an assignment that names the hospital already. Only hospitals that
 * told how many beds are free: the rest has nothing to compare it with.
 * Owner: the caller. Thread: the loop's. Units: thousandths of a patient. Errors: none; more
 * hospitals than there is room for are left out. Start here: inflow_find. */
#ifndef SERVER_INFLOW_H
#define SERVER_INFLOW_H

#include "dispatch/core/core.h"

enum { INFLOW_HOSPITALS_MAX = 128 };

struct inflow {
    uint64_t hospital[INFLOW_HOSPITALS_MAX];
    uint32_t milli[INFLOW_HOSPITALS_MAX], room[INFLOW_HOSPITALS_MAX];
    uint32_t n;
};

/* calls: to be expected in the next 60 minutes; negative: no forecast, as many as in a mean hour of
 * the last 24. */
void inflow_find(struct inflow *inflow, const struct state *state, int64_t now_ms, double calls);

#endif
