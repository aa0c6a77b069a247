/* spread: the mean of a few draws and how sure it is: the 95 % interval of Student's t.
 * Values only, any thread, no errors. Start here: spread_add. */
#ifndef SIM_SPREAD_H
#define SIM_SPREAD_H

#include <stdint.h>

struct spread {
    double mean, square; /* sum of squared distances from the mean */
    uint32_t n;
};

void spread_add(struct spread *spread, double value);
/* Half of the interval; 0 with fewer than two draws. */
double spread_half(const struct spread *spread);

#endif
