/* judge_report: policies side by side on one page: a table with confidence intervals and the
 * distributions of response times as drawings (SVG inside the page; no script, no network).
 * The intervals are of 95 %, from the means of the days (each day of the window is one draw).
 * Owner: the caller of file and entries. One thread. Errors: -1 out of memory.
 * Start here: judge_report_write. */
#ifndef SIM_JUDGE_REPORT_H
#define SIM_JUDGE_REPORT_H

#include "sim/judge_stats.h"

enum { JUDGE_REPORT_POINTS = 200, JUDGE_REPORT_POLICIES_MAX = 8 };

/* What is kept of a run: a curve for each priority, an interval for each figure. */
struct judge_report_entry {
    const char *policy;
    struct judge_stats stats;
    double share[JUDGE_PRIORITIES][JUDGE_REPORT_POINTS]; /* answered within … */
    double mean_half_s[JUDGE_PRIORITIES], in_time_half[JUDGE_PRIORITIES];
};

/* seconds between two points of the curves */
#define JUDGE_REPORT_STEP_S 15.0

int judge_report_take(struct judge_report_entry *entry, const struct judge_run *run);
void judge_report_write(FILE *out, const struct judge_report_entry *entry, int n,
                        const char *title);

#endif
