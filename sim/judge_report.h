/* judge_report: policies side by side on one page: tables with confidence intervals, the intervals
 * and the distributions of response times as drawings (SVG inside the page; no script, no network).
 * Owner: the caller of file and entries. One thread. Errors: -1 out of memory.
 * Start here: judge_report_take for each run, judge_report_write. */
#ifndef SIM_JUDGE_REPORT_H
#define SIM_JUDGE_REPORT_H

#include "sim/judge_stats.h"

enum { JUDGE_REPORT_POINTS = 200, JUDGE_REPORT_POLICIES_MAX = 8, JUDGE_REPORT_SEEDS_MAX = 100 };

/* What is kept of the runs of one policy: their figures, and a mean curve for each priority. */
struct judge_report_entry {
    const char *policy;
    struct judge_stats stats; /* all of them together */
    struct judge_stats run[JUDGE_REPORT_SEEDS_MAX];
    uint32_t run_n;
    double share[JUDGE_PRIORITIES][JUDGE_REPORT_POINTS]; /* answered within … */
};

/* seconds between two points of the curves */
#define JUDGE_REPORT_STEP_S 15.0

/* Requires: fewer than JUDGE_REPORT_SEEDS_MAX were taken. */
int judge_report_take(struct judge_report_entry *entry, const struct judge_run *run);
void judge_report_write(FILE *out, const struct judge_report_entry *entry, int n,
                        const char *title);

#endif
