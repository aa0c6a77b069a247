/* ears: the early aberration reporting system's C1, C2 and C3 for counts by day or hour.
 *
 *   C1(t) = (y[t] - mean) / sd     over t-b .. t-1
 *   C2(t) = the same               over t-b-2 .. t-3
 *   C3(t) = sum over i = t-2..t of max(0, C2(i) - 1)
 *
 * sd with n - 1, never below sd_min. Source: Hutwagner et al. 2003; C3 by the published definition
 * (the widely used R package's differs, reference/warning.md 2.3). Pure; thread: any. */
#ifndef WARN_EARS_H
#define WARN_EARS_H

#include <stdint.h>

enum ears_method { EARS_C1, EARS_C2, EARS_C3 };

struct ears {
    enum ears_method method;
    uint32_t baseline; /* counts in the window, at least 2 */
    double alpha;      /* C1, C2: chance of an alarm, one-sided normal */
    double sd_min;
    double c3_alarm; /* C3: alarm from here on */
};

struct ears_answer {
    double mean, sd; /* of the window; C3: of the last C2's */
    double score;    /* infinite when sd is 0 and the count above the mean */
    double bound;    /* C1, C2: counts above it alarm; C3: the score that alarms */
    int alarm;
};

/* The first t, counted from 0, that has an answer. */
uint32_t ears_first(const struct ears *ears);

/* Of count[t], with count[0] .. count[t-1] before it; t >= ears_first. */
struct ears_answer ears_at(const struct ears *ears, const double *count, uint32_t t);

#endif
