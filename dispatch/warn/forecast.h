/* forecast: how many calls to expect in each hour (or day), learned from those that came.
 *
 *   mean(t) = level(t) * profile[slot of the week] * factor[special day]
 *
 * profile: mean over the last weeks of count / that week's mean, drawn towards that of the slots
 * beside it while it rests on few calls. level: exponentially weighted mean
 * of count / (profile * factor). factor: of each kind of special day, what came over what would
 * have been expected, drawn towards 1 while it is young. phi: variance over mean, weighted the same
 * way. Slots are counted in UTC, so that no hour is doubled or missing.
 * Method and figures: reference/warning.md 2.1. Owner: the caller; forecast_close frees. Pure but
 * for memory at the start. Thread: one. Start at forecast_make, forecast_at, forecast_add. */
#ifndef WARN_FORECAST_H
#define WARN_FORECAST_H

#include <stdbool.h>
#include <stdint.h>

enum { FORECAST_SPECIAL_MAX = 16 }; /* kinds of special days; 0 is an ordinary day */

struct forecast_policy {
    uint32_t period;        /* slots a week: 168 by the hour, 7 by the day */
    uint32_t weeks;         /* of the profile */
    double level_rate;      /* weight of the newest count in the level */
    double dispersion_rate; /* … in phi */
    double special_prior;   /* slots of an ordinary day that a special day's factor starts with */
    double phi_min;         /* never less: 1 is Poisson */
    double neighbours;      /* calls that a slot's neighbours count for in its profile; 0: none */
};

struct forecast {
    struct forecast_policy policy;
    double *week;    /* [weeks * period] counts over their week's mean, a ring */
    double *profile; /* [period] */
    double *now;     /* [period] the running week */
    double level, phi;
    double came[FORECAST_SPECIAL_MAX], expected[FORECAST_SPECIAL_MAX];
    uint64_t seen; /* slots so far */
    uint32_t kept; /* whole weeks in the ring */
    uint32_t slot; /* of the next count */
};

struct expectation {
    double mean, phi;
    bool known; /* false: too young to say */
};

/* 0, or -1 when memory is short. first_slot: that of the first count. */
int forecast_make(struct forecast *forecast, const struct forecast_policy *policy,
                  uint32_t first_slot);
void forecast_close(struct forecast *forecast);

/* `ahead` slots from now; 0: the next count. */
struct expectation forecast_at(const struct forecast *forecast, uint32_t ahead, uint32_t special);

void forecast_add(struct forecast *forecast, double count, uint32_t special);

/* The share of one zone: its own calls, and `prior` calls spread by weight as if they had come. */
double forecast_share(double calls, double all_calls, double weight, double all_weight,
                      double prior);

#endif
