/* The published simulators' own outputs, call by call, and ours against the published policies on
 * the same calls. Needs the reference data; without it: SKIP. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/judge_stats.h"
#include "sim/sheet_csv.h"

#define MANHATTAN SHARED_DATA "/optimise/jemss/manhattan"
#define UTRECHT SHARED_DATA "/optimise/elaspy_utrecht"

static int failures;

static void expect(bool holds, const char *what, double a, double b)
{
    printf("%-4s %s: %.4f, %.4f\n", holds ? "ok" : "FAIL", what, a, b);
    failures += !holds;
}

static void run(struct judge_city *city, const struct judge_policy *policy, double busy,
                struct judge_run *r)
{
    *r = (struct judge_run){.city = city,
                            .policy = policy,
                            .busy_fraction = busy,
                            .window_from_ns = JUDGE_DAY,
                            .window_to_ns = 31 * JUDGE_DAY};
    if (judge_run(r) < 0) {
        printf("FAIL %s: %s\n", policy->name, r->errmsg);
        exit(1);
    }
}

/* Rows of a published output: the unit (from `base` on) and the response time in `scale` seconds.
 */
static void compare(const struct judge_run *r, const char *path, const char *const names[2],
                    double base, double scale)
{
    static struct sheet_csv csv;
    int column[2], got;
    uint32_t c = 0, units = 0;
    double unit, response, worst_s = 0;
    if (sheet_open(&csv, path) < 0 || sheet_find(&csv, NULL, names, column, 2) < 0) {
        printf("FAIL %s\n", csv.errmsg);
        exit(1);
    }
    for (; (got = sheet_row(&csv)) > 0 && c < r->city->call_n; c++) {
        if (sheet_number(&csv, column[0], 0, 1e6, &unit) < 0 ||
            sheet_number(&csv, column[1], 0, 1e9, &response) < 0)
            break;
        units += (double)r->outcome[c].unit + base != unit;
        worst_s = fmax(worst_s, fabs(judge_s(r->outcome[c].response_ns) - response * scale));
    }
    sheet_close(&csv);
    printf("%s\n", path + strlen(SHARED_DATA));
    expect(got == 0 && c == r->city->call_n, "rows, calls", c, r->city->call_n);
    expect(units == 0, "calls with another unit", units, 0);
    expect(worst_s <= 0.001, "largest difference of response times, s", worst_s, 0.001);
}

static void check_elaspy(uint32_t number, uint32_t units)
{
    static const char *const names[2] = {"assigned_to_ambulance_nr", "response_time"};
    struct judge_stats stats[2];
    struct judge_city city;
    struct judge_run r;
    char path[512];
    if (judge_elaspy_load(&city, UTRECHT, number, units) < 0) {
        printf("FAIL %s\n", city.errmsg);
        exit(1);
    }
    run(&city, &policy_closest, 0, &r);
    snprintf(path, sizeof(path), UTRECHT "/Patient_Test_Diesel_%u.csv", number);
    compare(&r, path, names, 0, 60);
    if (judge_stats_make(&stats[0], &r) < 0)
        exit(1);
    judge_run_close(&r);
    run(&city, &policy_ours, stats[0].busy, &r);
    if (judge_stats_make(&stats[1], &r) < 0)
        exit(1);
    judge_run_close(&r);
    judge_city_close(&city);
    const struct judge_figures *theirs = stats[0].priority, *ours = stats[1].priority;
    expect(ours->in_time > theirs->in_time, "ours in time", ours->in_time, theirs->in_time);
    expect(ours->mean_s < theirs->mean_s, "ours, mean", ours->mean_s, theirs->mean_s);
}

/* What issue 5 asks of ours, against one published policy. */
static void better(const struct judge_stats *ours, const struct judge_stats *other)
{
    const struct judge_figures *a = ours->priority, *b = other->priority;
    expect(a[0].in_time > b[0].in_time, "priority 1 in time", a[0].in_time, b[0].in_time);
    expect(a[0].mean_s < b[0].mean_s, "priority 1 mean", a[0].mean_s, b[0].mean_s);
    expect(a[2].in_time > b[2].in_time, "priority 3 in time", a[2].in_time, b[2].in_time);
    expect(a[2].mean_s < b[2].mean_s, "priority 3 mean", a[2].mean_s, b[2].mean_s);
    expect(a[2].p99_s < b[2].p99_s, "priority 3 P99", a[2].p99_s, b[2].p99_s);
    expect(ours->all.p99_s < other->all.p99_s, "P99", ours->all.p99_s, other->all.p99_s);
    expect(ours->all.max_s < other->all.max_s, "longest wait", ours->all.max_s, other->all.max_s);
    expect(ours->worst_zone_p90_s < other->worst_zone_p90_s, "worst zone's P90",
           ours->worst_zone_p90_s, other->worst_zone_p90_s);
}

int main(void)
{
    static const char *const names[2] = {"amb", "response_s"};
    static const struct judge_policy *const policy[] = {&policy_closest, &policy_closest_redisp,
                                                        &policy_dmexclp, &policy_dmexclp_redisp,
                                                        &policy_ours};
    static struct judge_stats stats[5];
    struct judge_city city;
    struct judge_run r;
    char path[512];
    if (access(MANHATTAN, R_OK) != 0) {
        printf("SKIP: no reference data\n");
        return 77;
    }
    check_elaspy(3, 23);
    check_elaspy(5, 20);
    if (judge_jemss_load(&city, MANHATTAN, true, NULL) < 0 ||
        judge_jemss_calls(&city, MANHATTAN "/calls_30d.csv.gz") < 0) {
        printf("FAIL %s\n", city.errmsg);
        return 1;
    }
    for (int p = 0; p < 5; p++) {
        run(&city, policy[p], p > 1 ? stats[1].busy : 0, &r);
        snprintf(path, sizeof(path), MANHATTAN "/jemss_out_30d_%s.csv.gz", policy[p]->name);
        if (p < 4)
            compare(&r, path, names, 1, 1);
        if (judge_stats_make(&stats[p], &r) < 0)
            return 1;
        judge_run_close(&r);
    }
    judge_stats_header(stdout);
    for (int p = 0; p < 5; p++)
        judge_stats_write(stdout, &stats[p], policy[p]->name);
    better(&stats[4], &stats[1]);
    better(&stats[4], &stats[3]);
    expect(stats[4].diversions <= 1.15 * stats[1].diversions, "diversions", stats[4].diversions,
           1.15 * stats[1].diversions);
    judge_city_close(&city);
    return failures ? 1 : 0;
}
