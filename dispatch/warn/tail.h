/* tail: how unlikely a count is. Normal, Poisson and negative binomial, upper tails and quantiles.
 *
 * Pure; thread: any. Chances in (0, 1). The negative binomial is given by its mean and its
 * dispersion phi = variance / mean; phi <= 1 means Poisson. */
#ifndef WARN_TAIL_H
#define WARN_TAIL_H

#include <stdint.h>

double normal_quantile(double chance);

/* P(X >= count). */
double poisson_tail(double mean, uint32_t count);
double count_tail(double mean, double phi, uint32_t count);

/* P(X = count). */
double count_chance(double mean, double phi, uint32_t count);

/* The smallest count with P(X <= count) >= chance. */
uint32_t count_quantile(double mean, double phi, double chance);

#endif
