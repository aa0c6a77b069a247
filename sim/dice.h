/* dice: seeded chance, the same on every machine.
 * The owner holds one struct per independent stream (a street plan, a day's calls, one crew), so
 * that drawing more from one never shifts another. One thread each. No errors.
 * Generator: SplitMix64 (Steele, Lea, Flood 2014), 64 bits of state.
 * Start here if you add a distribution. */
#ifndef SIM_DICE_H
#define SIM_DICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

/* The stream `name` of a seed. */
struct dice dice_make(uint64_t seed, const char *name);

uint64_t dice_u64(struct dice *dice);
double dice_unit(struct dice *dice);                    /* 0 <= x < 1 */
uint32_t dice_below(struct dice *dice, uint32_t n);     /* 0 .. n-1; n > 0 */
int dice_between(struct dice *dice, int low, int high); /* both included */
bool dice_percent(struct dice *dice, double percent);
double dice_exponential(struct dice *dice, double mean);
double dice_normal(struct dice *dice, double mean, double deviation);
/* Row i with probability weight[i] / sum; the sum must be positive. */
size_t dice_pick(struct dice *dice, const double *weight, size_t n);

#endif
