#include "dispatch/warn/forecast.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"

int forecast_make(struct forecast *f, const struct forecast_policy *policy, uint32_t first_slot)
{
    must(policy->period > 0 && policy->weeks > 0 && first_slot < policy->period);
    *f = (struct forecast){.policy = *policy, .slot = first_slot, .phi = policy->phi_min};
    f->week = calloc((size_t)policy->weeks * policy->period, sizeof *f->week);
    f->profile = calloc(policy->period, sizeof *f->profile);
    f->now = calloc(policy->period, sizeof *f->now);
    if (f->week && f->profile && f->now)
        return 0;
    forecast_close(f);
    return -1;
}

void forecast_close(struct forecast *f)
{
    free(f->week);
    free(f->profile);
    free(f->now);
    *f = (struct forecast){0};
}

static double factor_of(const struct forecast *f, uint32_t special)
{
    double prior = f->policy.special_prior * f->level;
    if (special == 0 || special >= FORECAST_SPECIAL_MAX || f->expected[special] + prior <= 0)
        return 1;
    return (f->came[special] + prior) / (f->expected[special] + prior);
}

struct expectation forecast_at(const struct forecast *f, uint32_t ahead, uint32_t special)
{
    uint32_t slot = (f->slot + ahead % f->policy.period) % f->policy.period;
    double mean = f->level * f->profile[slot] * factor_of(f, special);
    return (struct expectation){mean, f->phi, f->kept > 0};
}

static double around(const struct forecast *f, uint32_t slot, uint32_t back)
{
    uint32_t period = f->policy.period;
    return f->now[(slot + period - back) % period] + f->now[(slot + back) % period];
}

/* Beside a slot lie those before and after it and, by the hour, the same hours of the days beside.
 * The running week is over: `now` is room to work in. */
static void smooth(struct forecast *f, uint32_t weeks)
{
    uint32_t period = f->policy.period, day = period / 7;
    memcpy(f->now, f->profile, period * sizeof *f->now);
    for (uint32_t i = 0; i < period; i++) {
        double calls = weeks * f->level * f->now[i];
        double beside = day > 1 ? (around(f, i, 1) + around(f, i, day)) / 4 : around(f, i, 1) / 2;
        f->profile[i] = (calls * f->now[i] + f->policy.neighbours * beside) /
                        (calls + f->policy.neighbours);
    }
}

/* A week is over: it goes into the ring in place of the oldest. */
static void close_week(struct forecast *f)
{
    uint32_t period = f->policy.period, weeks = f->policy.weeks;
    double sum = 0;
    for (uint32_t i = 0; i < period; i++)
        sum += f->now[i];
    double mean = sum / period;
    if (f->kept == 0)
        f->level = mean;
    if (mean > 0) {
        double *row = f->week + (size_t)(f->kept % weeks) * period;
        for (uint32_t i = 0; i < period; i++)
            row[i] = f->now[i] / mean;
        f->kept++;
    }
    uint32_t n = f->kept < weeks ? f->kept : weeks;
    for (uint32_t i = 0; i < period; i++) {
        double all = 0;
        for (uint32_t w = 0; w < n; w++)
            all += f->week[(size_t)w * period + i];
        f->profile[i] = n ? all / n : 1;
    }
    if (f->policy.neighbours > 0)
        smooth(f, n);
}

static void learn(struct forecast *f, double count, uint32_t special)
{
    double plain = f->level * f->profile[f->slot], mean = plain * factor_of(f, special);
    if (special > 0 && special < FORECAST_SPECIAL_MAX) {
        f->came[special] += count;
        f->expected[special] += plain;
    }
    if (mean <= 0)
        return;
    double spread = (count - mean) * (count - mean) / mean, rate = f->policy.dispersion_rate;
    f->phi = fmax(f->policy.phi_min, f->phi + rate * (spread - f->phi));
    f->level += f->policy.level_rate * f->level * (count / mean - 1);
}

void forecast_add(struct forecast *f, double count, uint32_t special)
{
    if (f->kept)
        learn(f, count, special);
    bool holiday = special > 0 && special < FORECAST_SPECIAL_MAX;
    f->now[f->slot] = holiday ? count / factor_of(f, special) : count;
    f->slot = (f->slot + 1) % f->policy.period;
    f->seen++;
    if (f->seen % f->policy.period == 0)
        close_week(f);
}

double forecast_share(double calls, double all_calls, double weight, double all_weight,
                      double prior)
{
    double expected = all_weight > 0 ? prior * weight / all_weight : 0;
    return all_calls + prior > 0 ? (calls + expected) / (all_calls + prior) : 0;
}
