#include "dispatch/warn/chance.h"

#include <math.h>

struct gumbel gumbel_fit(const double *maximum, uint32_t n)
{
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += maximum[i];
    double mean = n ? sum / n : 0;
    for (uint32_t i = 0; i < n; i++)
        squares += (maximum[i] - mean) * (maximum[i] - mean);
    double sd = n > 1 ? sqrt(squares / (n - 1)) : 0;
    double beta = sd * sqrt(6) / 3.141592653589793;
    return (struct gumbel){mean - 0.5772156649015329 * beta, beta};
}

double gumbel_chance(const struct gumbel *gumbel, double score)
{
    if (gumbel->beta <= 0)
        return score > gumbel->alpha ? 0 : 1;
    return -expm1(-exp(-(score - gumbel->alpha) / gumbel->beta));
}

double monte_carlo_chance(const double *maximum, uint32_t n, double score)
{
    uint32_t reached = 0;
    for (uint32_t i = 0; i < n; i++)
        reached += maximum[i] >= score * (1 - 1e-12);
    return (1.0 + reached) / (1.0 + n);
}

double recurrence_days(double chance, double step_days)
{
    return chance > 0 ? step_days / chance : INFINITY;
}
