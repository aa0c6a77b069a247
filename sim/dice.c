#include "sim/dice.h"

#include <math.h>
#include <string.h>

#include "dispatch/must.h"
#include "geo/hash.h"

struct dice dice_make(uint64_t seed, const char *name)
{
    return (struct dice){hash_bytes(seed ^ HASH_START, name, strlen(name))};
}

uint64_t dice_u64(struct dice *dice)
{
    uint64_t z = dice->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

double dice_unit(struct dice *dice)
{
    return (double)(dice_u64(dice) >> 11) * 0x1p-53;
}

uint32_t dice_below(struct dice *dice, uint32_t n)
{
    must(n > 0);
    return (uint32_t)(((dice_u64(dice) >> 32) * n) >> 32);
}

int dice_between(struct dice *dice, int low, int high)
{
    must(low <= high);
    return low + (int)dice_below(dice, (uint32_t)(high - low) + 1);
}

bool dice_percent(struct dice *dice, double percent)
{
    return dice_unit(dice) * 100.0 < percent;
}

double dice_exponential(struct dice *dice, double mean)
{
    return -mean * log(1.0 - dice_unit(dice));
}

double dice_normal(struct dice *dice, double mean, double deviation)
{
    double u = 1.0 - dice_unit(dice);
    double v = dice_unit(dice);
    return mean + deviation * sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

size_t dice_pick(struct dice *dice, const double *weight, size_t n)
{
    double sum = 0, at;

    for (size_t i = 0; i < n; i++)
        sum += weight[i];
    must(sum > 0);
    at = dice_unit(dice) * sum;
    for (size_t i = 0; i + 1 < n; i++) {
        if (at < weight[i])
            return i;
        at -= weight[i];
    }
    return n - 1;
}
