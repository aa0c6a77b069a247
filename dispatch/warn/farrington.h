/* farrington: is this week's count of a disease group above what this season of past years allows?
 *
 * The "flexible" variant (Noufaily et al. 2013): quasi-Poisson regression of all past weeks but the
 * last `exclude` on time and a ten-level season; fitted once, fitted again with past outbreaks
 * weighed down (Anscombe residual above `outlier`), bound = negative binomial quantile. Pure;
 * thread: any. reference/warning.md 2.5. */
#ifndef WARN_FARRINGTON_H
#define WARN_FARRINGTON_H

#include <stdbool.h>
#include <stdint.h>

struct farrington {
    uint32_t years;       /* of the past, b */
    uint32_t half_window; /* weeks either side of the same week, w */
    uint32_t period;      /* weeks a year */
    uint32_t exclude;     /* latest weeks left out */
    double alpha;         /* one-sided */
    double outlier;       /* residual from which a past week counts less */
    double trend_years;   /* a trend is fitted when there are at least so many years */
    uint32_t cases_min;   /* no alarm with fewer in the last weeks_min weeks */
    uint32_t weeks_min;
};

struct farrington_answer {
    double mean, phi, bound;
    bool trend, alarm;
    bool known; /* false: not enough past, or the regression did not settle */
};

/* The first t that has an answer. */
uint32_t farrington_first(const struct farrington *farrington);

struct farrington_answer farrington_at(const struct farrington *farrington, const double *count,
                                       uint32_t t);

#endif
