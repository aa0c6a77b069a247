#include "dispatch/warn/draw.h"

#include <math.h>

static uint64_t turned(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

void draw_seed(struct draw *draw, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        uint64_t z = seed += 0x9e3779b97f4a7c15u;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        draw->state[i] = z ^ z >> 31;
    }
}

uint64_t draw_next(struct draw *draw)
{
    uint64_t *s = draw->state;
    uint64_t result = turned(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = turned(s[3], 45);
    return result;
}

uint32_t draw_below(struct draw *draw, uint32_t n)
{
    uint64_t wide = (draw_next(draw) >> 32) * n;
    if ((uint32_t)wide < n)
        for (uint32_t floor = (uint32_t)-n % n; (uint32_t)wide < floor;)
            wide = (draw_next(draw) >> 32) * n;
    return (uint32_t)(wide >> 32);
}

double draw_share(struct draw *draw)
{
    return ((double)(draw_next(draw) >> 11) + 0.5) * 0x1p-53;
}

double draw_normal(struct draw *draw)
{
    double radius = sqrt(-2 * log(draw_share(draw)));
    return radius * cos(6.283185307179586 * draw_share(draw));
}

double draw_gamma(struct draw *draw, double shape)
{
    double boost = 1;
    if (shape < 1) {
        boost = pow(draw_share(draw), 1 / shape);
        shape += 1;
    }
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = draw_normal(draw), v = 1 + c * x;
        if (v <= 0)
            continue;
        v = v * v * v;
        if (log(draw_share(draw)) < 0.5 * x * x + d - d * v + d * log(v))
            return boost * d * v;
    }
}

/* Large means are halved by gamma steps until multiplication is quick (Ahrens and Dieter 1974). */
uint32_t draw_poisson(struct draw *draw, double mean)
{
    uint32_t count = 0;
    while (mean > 16) {
        uint32_t step = (uint32_t)(mean * 7 / 8);
        double at = draw_gamma(draw, step);
        if (at > mean)
            return count + draw_binomial(draw, step - 1, mean / at);
        count += step;
        mean -= at;
    }
    double product = 1, floor = exp(-mean);
    for (;; count++) {
        product *= draw_share(draw);
        if (product <= floor)
            return count;
    }
}

uint32_t draw_negative_binomial(struct draw *draw, double mean, double phi)
{
    if (phi <= 1 || mean <= 0)
        return mean > 0 ? draw_poisson(draw, mean) : 0;
    return draw_poisson(draw, draw_gamma(draw, mean / (phi - 1)) * (phi - 1));
}

/* A middle order statistic halves the trials until they can be counted one by one. */
uint32_t draw_binomial(struct draw *draw, uint32_t n, double chance)
{
    uint32_t count = 0;
    while (n > 32) {
        uint32_t middle = n / 2 + 1;
        double a = draw_gamma(draw, middle), b = draw_gamma(draw, n + 1 - middle);
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
        count += draw_share(draw) < chance;
    return count;
}
