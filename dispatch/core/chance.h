/* chance: how probable it is that one arrives before all the others.
 *
 * Arrivals are taken as independent and normal. The first one's is cut into slices of equal
 * probability; for each the chance that nobody else is there yet is a product of table look-ups.
 * Integers only. Owner: none, values. Thread: any. Units: ms, percent. Errors: none.
 * Start here: chance_first_pct. */
#ifndef CORE_CHANCE_H
#define CORE_CHANCE_H

#include <stdint.h>

struct arrival {
    int64_t mean_ms, sd_ms;
};

/* Of arrival[0], 0 to 100; 100 when there is no other. */
uint32_t chance_first_pct(const struct arrival *arrival, uint32_t n);

#endif
