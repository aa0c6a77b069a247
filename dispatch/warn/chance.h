/* chance: how often the best of a scan is reached by chance.
 *
 *   Monte Carlo  p = (1 + replicas at least as high) / (1 + replicas)
 *   Gumbel       p = 1 - exp(-exp(-(x - alpha) / beta)) by moments of the replicas' maxima
 *                (Abrams, Kulldorff and Kleinman 2010): small p without many replicas
 *
 * Pure; thread: any. */
#ifndef WARN_CHANCE_H
#define WARN_CHANCE_H

#include <stdint.h>

struct gumbel {
    double alpha, beta;
};

struct gumbel gumbel_fit(const double *maximum, uint32_t n);
double gumbel_chance(const struct gumbel *gumbel, double score);
double monte_carlo_chance(const double *maximum, uint32_t n, double score);

/* Days until chance alone is expected to do it once, looking every step_days. */
double recurrence_days(double chance, double step_days);

#endif
