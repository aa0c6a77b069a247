#include "dispatch/warn/tail.h"

#include <math.h>

/* Acklam's rational start, then one step of Halley: full double precision. */
double normal_quantile(double chance)
{
    static const double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,
                               -2.759285104469687e+02, 1.383577518672690e+02,
                               -3.066479806614716e+01, 2.506628277459239e+00};
    static const double b[] = {-5.447609879822406e+01, 1.615858368580409e+02,
                               -1.556989798598866e+02, 6.680131188771972e+01,
                               -1.328068155288572e+01};
    static const double c[] = {-7.784894002430293e-03, -3.223964580411365e-01,
                               -2.400758277161838e+00, -2.549732539343734e+00,
                               4.374664141464968e+00,  2.938163982698783e+00};
    static const double d[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                               3.754408661907416e+00};
    double tail = chance < 0.5 ? chance : 1 - chance, x;
    if (tail < 0.02425) {
        double q = sqrt(-2 * log(tail));
        x = (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
            ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
    } else {
        double q = tail - 0.5, r = q * q;
        x = (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
            (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
    }
    double miss = 0.5 * erfc(-x / sqrt(2)) - tail;
    double u = miss * sqrt(6.283185307179586) * exp(x * x / 2);
    x -= u / (1 + x * u / 2);
    return chance < 0.5 ? x : -x;
}

static double log_gamma(double x)
{
    int sign;
    return lgamma_r(x, &sign);
}

double count_chance(double mean, double phi, uint32_t count)
{
    double n = count;
    if (mean <= 0)
        return count == 0;
    if (phi <= 1)
        return exp(n * log(mean) - mean - log_gamma(n + 1));
    double size = mean / (phi - 1);
    return exp(log_gamma(n + size) - log_gamma(size) - log_gamma(n + 1) - size * log(phi) +
               n * log1p(-1 / phi));
}

/* P(X = n + 1) / P(X = n). */
static double ratio(double mean, double phi, double n)
{
    if (phi <= 1)
        return mean / (n + 1);
    return (n + mean / (phi - 1)) / (n + 1) * (1 - 1 / phi);
}

/* Summed away from the mode, so that small tails keep their digits. */
double count_tail(double mean, double phi, uint32_t count)
{
    double sum = 0, chance = count_chance(mean, phi, count);
    if (count == 0)
        return 1;
    if (count > mean) {
        for (uint32_t n = count; chance > sum * 1e-17; n++) {
            sum += chance;
            chance *= ratio(mean, phi, n);
        }
        return fmin(sum, 1);
    }
    for (uint32_t n = count; n > 0; n--) {
        chance /= ratio(mean, phi, n - 1);
        sum += chance;
        if (chance < sum * 1e-17)
            break;
    }
    return fmax(0, 1 - sum);
}

double poisson_tail(double mean, uint32_t count)
{
    return count_tail(mean, 1, count);
}

uint32_t count_quantile(double mean, double phi, double chance)
{
    uint32_t high = 1;
    while (1 - count_tail(mean, phi, high + 1) < chance && high < UINT32_MAX / 4)
        high *= 2;
    uint32_t low = 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (1 - count_tail(mean, phi, middle + 1) >= chance)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}
