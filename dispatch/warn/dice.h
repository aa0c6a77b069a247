/* dice: the random numbers of null distributions; the same seed gives the same numbers everywhere.
 *
 * Purpose: replicas of scan statistics, nothing live. Owner: the caller's struct. Thread: one.
 * Generator: xoshiro256** (Blackman and Vigna 2018), seeded by splitmix64. Start at dice_seed. */
#ifndef WARN_DICE_H
#define WARN_DICE_H

#include <stdint.h>

struct dice {
    uint64_t state[4];
};

void dice_seed(struct dice *dice, uint64_t seed);
uint64_t dice_next(struct dice *dice);

/* Evenly in [0, n); n > 0. */
uint32_t dice_below(struct dice *dice, uint32_t n);

/* Evenly in (0, 1). */
double dice_share(struct dice *dice);

double dice_normal(struct dice *dice);
/* shape > 0, scale 1 (Marsaglia and Tsang 2000). */
double dice_gamma(struct dice *dice, double shape);
uint32_t dice_poisson(struct dice *dice, double mean);
/* Variance = phi * mean; phi <= 1 gives a Poisson. */
uint32_t dice_negative_binomial(struct dice *dice, double mean, double phi);
/* Of n trials, each with the given chance. */
uint32_t dice_binomial(struct dice *dice, uint32_t n, double chance);

#endif
