/* cusum: a small lasting rise of a count, found soonest.
 *
 *   S = max(0, S + count - k); alarm when S >= h, then S starts again
 *
 * For a mean that changes with the hour the count is weighed (Rogerson 2004):
 * S = max(0, S + c (count - k_t)) with c = h / h_t. A head start of h / 2 finds soon what was there
 * from the beginning (Lucas and Crosier 2000). Run lengths are exact: the states are multiples of
 * the common step of h and k, a Markov chain (Brook and Evans 1972). A published table of run
 * lengths made by subtraction agrees up to about 1e8 steps. Pure; thread: any. */
#ifndef WARN_CUSUM_H
#define WARN_CUSUM_H

#include <stdbool.h>
#include <stdint.h>

struct cusum {
    double h, k;
    double s;     /* where it stands */
    double start; /* where it starts after an alarm: 0 or h / 2 */
};

/* True: alarm, and S is at `start` again. */
bool cusum_add(struct cusum *cusum, double count);

/* The reference value between a mean and a raised mean for which the test is the best one:
 * (raised - mean) / ln(raised / mean). */
double cusum_reference(double mean, double raised);

struct cusum_design {
    double mean;  /* counts per step */
    double phi;   /* variance / mean; 1 Poisson */
    double h, k;  /* rounded to multiples of 1 / 64 if no coarser step fits both */
    double start; /* S at the beginning */
};

/* The mean number of steps until the alarm, or a negative number when the chain would have more
 * than CUSUM_STATES_MAX states or no memory was left. */
enum { CUSUM_STATES_MAX = 2048 };
double cusum_run_length(const struct cusum_design *design);

/* The smallest h, in steps of `step`, whose run length without a rise is at least `run_length`; 0
 * when none up to the largest chain is. */
double cusum_find_h(double mean, double phi, double k, double step, double run_length);

#endif
