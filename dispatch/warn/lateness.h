/* lateness: has the share of late responses (or abandoned calls, …) risen? A Bernoulli CUSUM.
 *
 *   S = max(0, S + x ln(p1/p0) + (1 - x) ln((1-p1)/(1-p0))), alarm when S >= h
 *
 * x is 1 for a late one. Source: Reynolds and Stoumbos 1999; reference/warning.md 2.8. Pure. */
#ifndef WARN_LATENESS_H
#define WARN_LATENESS_H

#include <stdbool.h>

struct lateness {
    double usual, raised; /* shares p0 < p1 */
    double h;
    double s;
};

/* True: alarm, and S starts again. */
bool lateness_add(struct lateness *lateness, bool late);

/* Mean number of responses until the alarm when the true share is `share`; S on a grid of `states`
 * steps between 0 and h. Negative when memory is short. */
double lateness_run_length(const struct lateness *lateness, double share, unsigned states);

/* Wilson's interval of a share: k of n, z standard deviations. */
struct share_interval {
    double low, high;
};
struct share_interval wilson(double k, double n, double z);

#endif
