/* preparedness: how ready free units are for the calls of a zone (Andersson and Värbrand 2007).
 *
 *   p = (1 / c) * (g1 / t1 + g2 / t2 + ...)    t: driving times of the nearest free units, soonest
 *                                              first; g: 1, next, next^2, ...; c: calls
 *
 * Both in hours, so p says how many times an hour they could be there for each call of an hour;
 * told in thousandths. A time below a minute counts as one. Known of zones with a demand
 * (said by set_demand, or counted: warn/watch_demand.c), at the place where that arises.
 * Owner: coverage. Thread: the loop's. Errors: none; more zones than there is room for are unknown.
 * Start here: preparedness_milli. */
#ifndef TRAVEL_PREPAREDNESS_H
#define TRAVEL_PREPAREDNESS_H

#include "dispatch/travel/travel.h"

enum { PREPAREDNESS_ZONES_MAX = 512, PREPAREDNESS_UNITS_MAX = 8 };

/* Policy (deploy/warn/detectors.yaml). units 0: it is not asked for. low: a zone stands out. */
struct preparedness_rule {
    uint32_t units, next_pct, low_milli;
};

struct preparedness {
    struct preparedness_rule rule;
    uint64_t zone[PREPAREDNESS_ZONES_MAX];
    uint32_t calls_a_week[PREPAREDNESS_ZONES_MAX];
    struct point at[PREPAREDNESS_ZONES_MAX];
    uint32_t eta_s[PREPAREDNESS_ZONES_MAX * PREPAREDNESS_UNITS_MAX];
};

/* eta_s: rule.units of them, TRAVEL_NO_WAY behind the last. Requires: calls_a_week > 0. */
uint32_t preparedness_milli(const struct preparedness_rule *rule, const uint32_t *eta_s,
                            uint32_t calls_a_week);

/* The zones that have a demand, as what is asked of travel. */
void preparedness_gather(struct preparedness *p, const struct state *state,
                         struct travel_near *near);

/* Of a zone, from what was answered; false: not known. */
bool preparedness_of(const struct preparedness *p, const struct travel_near *near, uint64_t zone,
                     uint32_t *milli);

#endif
