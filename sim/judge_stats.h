/* judge_stats: what a run was worth, out of its calls and units; what several were worth together.
 * Only calls that arrive within the window count. A zone is what one station is nearest to.
 * Intervals are of 95 %: of one run over the means of its days, of several over their means.
 * Owner: the caller. One thread. Units: seconds, shares of 1, km. Errors: -1 out of memory.
 * Start here: judge_stats_make. */
#ifndef SIM_JUDGE_STATS_H
#define SIM_JUDGE_STATS_H

#include <stdio.h>

#include "sim/judge_run.h"

struct judge_figures {
    uint32_t calls;
    double mean_s, p50_s, p90_s, p99_s, max_s;
    double in_time, queued;           /* shares */
    double mean_half_s, in_time_half; /* of the 95 % interval: over days, over seeds */
};

struct judge_stats {
    struct judge_figures all, priority[JUDGE_PRIORITIES];
    double busy, km, worst_zone_p90_s;
    uint32_t worst_zone; /* station, from 0 */
    uint32_t diversions;
};

int judge_stats_make(struct judge_stats *stats, const struct judge_run *run);

/* Of n > 1 runs of one policy: means of their figures, sums of calls and diversions, the longest
 * wait and the worst zone of all. */
struct judge_stats judge_stats_join(const struct judge_stats *run, uint32_t n);

/* Lines of the summary, without and with the header. */
void judge_stats_header(FILE *out);
void judge_stats_write(FILE *out, const struct judge_stats *stats, const char *policy);

/* The response times of the window in order, at most n of them; how many there were. */
uint32_t judge_stats_responses(const struct judge_run *run, int priority, double *s, uint32_t n);

static inline double judge_s(int64_t ns)
{
    return (double)ns / 1e9;
}

#endif
