/* draw: the random numbers of null distributions; the same seed gives the same numbers everywhere.
 *
 * Purpose: replicas of scan statistics, nothing live. Owner: the caller's struct. Thread: one.
 * Generator: xoshiro256** (Blackman and Vigna 2018), seeded by splitmix64. Start at draw_seed. */
#ifndef WARN_DRAW_H
#define WARN_DRAW_H

#include <stdint.h>

struct draw {
    uint64_t state[4];
};

void draw_seed(struct draw *draw, uint64_t seed);
uint64_t draw_next(struct draw *draw);

/* Evenly in [0, n); n > 0. */
uint32_t draw_below(struct draw *draw, uint32_t n);

/* Evenly in (0, 1). */
double draw_share(struct draw *draw);

double draw_normal(struct draw *draw);
/* shape > 0, scale 1 (Marsaglia and Tsang 2000). */
double draw_gamma(struct draw *draw, double shape);
uint32_t draw_poisson(struct draw *draw, double mean);
/* Variance = phi * mean; phi <= 1 gives a Poisson. */
uint32_t draw_negative_binomial(struct draw *draw, double mean, double phi);
/* Of n trials, each with the given chance. */
uint32_t draw_binomial(struct draw *draw, uint32_t n, double chance);

#endif
