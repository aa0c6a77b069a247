#include "dispatch/warn/dice.h"

#include <math.h>

static uint64_t turned(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

void dice_seed(struct dice *dice, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        uint64_t z = seed += 0x9e3779b97f4a7c15u;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        dice->state[i] = z ^ z >> 31;
    }
}

uint64_t dice_next(struct dice *dice)
{
    uint64_t *s = dice->state;
    uint64_t result = turned(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = turned(s[3], 45);
    return result;
}

uint32_t dice_below(struct dice *dice, uint32_t n)
{
    uint64_t wide = (dice_next(dice) >> 32) * n;
    if ((uint32_t)wide < n)
        for (uint32_t floor = (uint32_t)-n % n; (uint32_t)wide < floor;)
            wide = (dice_next(dice) >> 32) * n;
    return (uint32_t)(wide >> 32);
}

double dice_share(struct dice *dice)
{
    return ((double)(dice_next(dice) >> 11) + 0.5) * 0x1p-53;
}

double dice_normal(struct dice *dice)
{
    double radius = sqrt(-2 * log(dice_share(dice)));
    return radius * cos(6.283185307179586 * dice_share(dice));
}

double dice_gamma(struct dice *dice, double shape)
{
    double boost = 1;
    if (shape < 1) {
        boost = pow(dice_share(dice), 1 / shape);
        shape += 1;
    }
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = dice_normal(dice), v = 1 + c * x;
        if (v <= 0)
            continue;
        v = v * v * v;
        if (log(dice_share(dice)) < 0.5 * x * x + d - d * v + d * log(v))
            return boost * d * v;
    }
}

/* Large means are halved by gamma steps until multiplication is quick (Ahrens and Dieter 1974). */
uint32_t dice_poisson(struct dice *dice, double mean)
{
    uint32_t count = 0;
    while (mean > 16) {
        uint32_t step = (uint32_t)(mean * 7 / 8);
        double at = dice_gamma(dice, step);
        if (at > mean)
            return count + dice_binomial(dice, step - 1, mean / at);
        count += step;
        mean -= at;
    }
    double product = 1, floor = exp(-mean);
    for (;; count++) {
        product *= dice_share(dice);
        if (product <= floor)
            return count;
    }
}

uint32_t dice_negative_binomial(struct dice *dice, double mean, double phi)
{
    if (phi <= 1 || mean <= 0)
        return mean > 0 ? dice_poisson(dice, mean) : 0;
    return dice_poisson(dice, dice_gamma(dice, mean / (phi - 1)) * (phi - 1));
}

/* A middle order statistic halves the trials until they can be counted one by one. */
uint32_t dice_binomial(struct dice *dice, uint32_t n, double chance)
{
    uint32_t count = 0;
    while (n > 32) {
        uint32_t middle = n / 2 + 1;
        double a = dice_gamma(dice, middle), b = dice_gamma(dice, n + 1 - middle);
        double at = a / (a + b);
        if (at > chance) {
            n = middle - 1;
            chance /= at;
        } else {
            count += middle;
            n -= middle;
            chance = (chance - at) / (1 - at);
        }
    }
    for (; n; n--)
        count += dice_share(dice) < chance;
    return count;
}
