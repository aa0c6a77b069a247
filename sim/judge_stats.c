#include "sim/judge_stats.h"

#include <math.h>
#include <stdlib.h>

#include "sim/spread.h"

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static bool counts(const struct judge_run *run, uint32_t c, int priority)
{
    const struct judge_call *call = &run->city->call[c];
    return call->arrival_ns >= run->window_from_ns && call->arrival_ns < run->window_to_ns &&
           (priority < 0 || call->priority == (uint32_t)priority);
}

uint32_t judge_stats_responses(const struct judge_run *run, int priority, double *s, uint32_t n)
{
    uint32_t taken = 0;
    for (uint32_t c = 0; c < run->city->call_n && taken < n; c++)
        if (counts(run, c, priority))
            s[taken++] = judge_s(run->outcome[c].response_ns);
    qsort(s, taken, sizeof(*s), by_size);
    return taken;
}

/* Linear between the two neighbours. Requires: sorted, n > 0. */
static double quantile(const double *s, uint32_t n, double part)
{
    double at = part * (n - 1);
    uint32_t below = (uint32_t)at;
    double rest = at - below;
    return below + 1 < n ? s[below] * (1 - rest) + s[below + 1] * rest : s[below];
}

/* Each day of the window is one draw. Calls are in order of arrival. */
static void take_days(struct judge_figures *f, const struct judge_run *run, int priority)
{
    struct spread mean = {0}, in_time = {0};
    double sum_s = 0;
    uint32_t n = 0, punctual = 0;
    int64_t day = 0;
    for (uint32_t c = 0; c <= run->city->call_n; c++) {
        bool ends = c == run->city->call_n;
        if (!ends && !counts(run, c, priority))
            continue;
        const struct judge_call *call = ends ? NULL : &run->city->call[c];
        int64_t at = ends ? -1 : (call->arrival_ns - run->window_from_ns) / JUDGE_DAY;
        if (at != day && n) {
            spread_add(&mean, sum_s / n);
            spread_add(&in_time, (double)punctual / n);
            sum_s = 0;
            n = punctual = 0;
        }
        day = at;
        if (ends)
            break;
        sum_s += judge_s(run->outcome[c].response_ns);
        punctual += run->outcome[c].response_ns <= run->city->target_ns[call->priority];
        n++;
    }
    f->mean_half_s = spread_half(&mean);
    f->in_time_half = spread_half(&in_time);
}

static void figures_make(struct judge_figures *f, const struct judge_run *run, int priority,
                         double *s)
{
    uint32_t n = judge_stats_responses(run, priority, s, run->city->call_n);
    double sum = 0;
    uint32_t in_time = 0, queued = 0;
    *f = (struct judge_figures){.calls = n};
    if (n == 0)
        return;
    for (uint32_t i = 0; i < n; i++)
        sum += s[i];
    for (uint32_t c = 0; c < run->city->call_n; c++) {
        if (!counts(run, c, priority))
            continue;
        const struct judge_call *call = &run->city->call[c];
        in_time += run->outcome[c].response_ns <= run->city->target_ns[call->priority];
        queued += run->outcome[c].queued_ns > 0;
    }
    take_days(f, run, priority);
    f->mean_s = sum / n;
    f->p50_s = quantile(s, n, 0.5);
    f->p90_s = quantile(s, n, 0.9);
    f->p99_s = quantile(s, n, 0.99);
    f->max_s = s[n - 1];
    f->in_time = (double)in_time / n;
    f->queued = (double)queued / n;
}

/* The station nearest to a call in the mode its response drives in. */
static uint32_t zone_of(const struct judge_run *run, const struct judge_call *call)
{
    struct judge_city *city = run->city;
    uint32_t mode = judge_response_mode(city, call->priority, call->arrival_ns), best = 0;
    int64_t best_ns = WAYS_NEVER;
    for (uint32_t s = 0; s < city->station_n; s++) {
        int64_t ns = ways_ns(&city->ways, mode, city->station[s].node, call->at.node);
        if (ns == WAYS_NEVER)
            continue;
        ns += judge_off_ns(city, mode, city->station[s].off_km);
        if (ns < best_ns) {
            best_ns = ns;
            best = s;
        }
    }
    return best;
}

enum { ZONE_CALLS_MIN = 30 }; /* fewer say nothing about a tail */

static int worst_zone(struct judge_stats *stats, const struct judge_run *run, double *s)
{
    uint32_t *zone = malloc((run->city->call_n + 1) * sizeof(*zone));
    if (!zone)
        return -1;
    for (uint32_t c = 0; c < run->city->call_n; c++)
        zone[c] = counts(run, c, -1) ? zone_of(run, &run->city->call[c]) : UINT32_MAX;
    for (uint32_t z = 0; z < run->city->station_n; z++) {
        uint32_t n = 0;
        for (uint32_t c = 0; c < run->city->call_n; c++)
            if (zone[c] == z)
                s[n++] = judge_s(run->outcome[c].response_ns);
        qsort(s, n, sizeof(*s), by_size);
        double p90 = n >= ZONE_CALLS_MIN ? quantile(s, n, 0.9) : 0;
        if (p90 > stats->worst_zone_p90_s) {
            stats->worst_zone_p90_s = p90;
            stats->worst_zone = z;
        }
    }
    free(zone);
    return 0;
}

int judge_stats_make(struct judge_stats *stats, const struct judge_run *run)
{
    double *s = malloc((run->city->call_n + 1) * sizeof(*s));
    int64_t busy_ns = 0, dm = 0;
    *stats = (struct judge_stats){0};
    if (!s)
        return -1;
    figures_make(&stats->all, run, -1, s);
    for (int p = 0; p < JUDGE_PRIORITIES; p++)
        figures_make(&stats->priority[p], run, p, s);
    for (uint32_t c = 0; c < run->city->call_n; c++)
        stats->diversions += counts(run, c, -1) ? run->outcome[c].diversions : 0;
    for (uint32_t u = 0; u < run->city->unit_n; u++) {
        busy_ns += run->unit[u].busy_ns;
        dm += run->unit[u].driven_dm;
    }
    stats->busy =
        (double)busy_ns / ((double)(run->window_to_ns - run->window_from_ns) * run->city->unit_n);
    stats->km = (double)dm / 1e4;
    int err = worst_zone(stats, run, s);
    free(s);
    return err;
}

static struct judge_figures figures_join(const struct judge_stats *run, uint32_t n, int priority)
{
    struct judge_figures all = {0};
    struct spread mean = {0}, in_time = {0};
    for (uint32_t i = 0; i < n; i++) {
        const struct judge_figures *f = priority < 0 ? &run[i].all : &run[i].priority[priority];
        all.calls += f->calls;
        all.max_s = fmax(all.max_s, f->max_s);
        all.p50_s += f->p50_s / n;
        all.p90_s += f->p90_s / n;
        all.p99_s += f->p99_s / n;
        all.queued += f->queued / n;
        spread_add(&mean, f->mean_s);
        spread_add(&in_time, f->in_time);
    }
    all.mean_s = mean.mean;
    all.in_time = in_time.mean;
    all.mean_half_s = spread_half(&mean);
    all.in_time_half = spread_half(&in_time);
    return all;
}

struct judge_stats judge_stats_join(const struct judge_stats *run, uint32_t n)
{
    struct judge_stats all = {.all = figures_join(run, n, -1)};
    for (int p = 0; p < JUDGE_PRIORITIES; p++)
        all.priority[p] = figures_join(run, n, p);
    for (uint32_t i = 0; i < n; i++) {
        all.diversions += run[i].diversions;
        all.busy += run[i].busy / n;
        all.km += run[i].km / n;
        if (run[i].worst_zone_p90_s > all.worst_zone_p90_s) {
            all.worst_zone_p90_s = run[i].worst_zone_p90_s;
            all.worst_zone = run[i].worst_zone;
        }
    }
    return all;
}

void judge_stats_header(FILE *out)
{
    fputs("policy,priority,calls,mean_s,p50_s,p90_s,p99_s,max_s,in_time,queued,diversions,busy,km,"
          "worst_zone,worst_zone_p90_s,mean_ci95_s,in_time_ci95\n",
          out);
}

static void write_line(FILE *out, const struct judge_stats *stats, const char *policy,
                       const char *priority, const struct judge_figures *f)
{
    fprintf(out, "%s,%s,%u,%.3f,%.3f,%.3f,%.3f,%.3f,%.6f,%.6f,", policy, priority, f->calls,
            f->mean_s, f->p50_s, f->p90_s, f->p99_s, f->max_s, f->in_time, f->queued);
    fprintf(out, "%u,%.6f,%.1f,%u,%.3f,%.3f,%.6f\n", stats->diversions, stats->busy, stats->km,
            stats->worst_zone + 1, stats->worst_zone_p90_s, f->mean_half_s, f->in_time_half);
}

void judge_stats_write(FILE *out, const struct judge_stats *stats, const char *policy)
{
    static const char *const name[JUDGE_PRIORITIES] = {"1", "2", "3"};
    write_line(out, stats, policy, "all", &stats->all);
    for (int p = 0; p < JUDGE_PRIORITIES; p++)
        if (stats->priority[p].calls)
            write_line(out, stats, policy, name[p], &stats->priority[p]);
}
