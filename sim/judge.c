#include "sim/judge.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/judge_own.h"
#include "sim/judge_report.h"

static const struct judge_policy *const policies[] = {
    &policy_closest, &policy_closest_redisp, &policy_dmexclp, &policy_dmexclp_redisp, &policy_ours,
};
_Static_assert((int)JUDGE_SEEDS_MAX <= (int)JUDGE_REPORT_SEEDS_MAX, "a report takes every seed");
enum { POLICIES = sizeof(policies) / sizeof(policies[0]) };

const char *judge_policies(void)
{
    return "closest|closest_redisp|dmexclp|dmexclp_redisp|ours";
}

struct judging {
    const struct judge_options *options;
    struct judge_city city;
    struct judge_own own;
    struct judge_call *file; /* the calls that were read, when more are drawn from them */
    uint32_t file_n;
    char *errmsg;
    double load_s, run_s;
    double busy; /* share of time units are busy when the nearest goes: what move-up counts with */
    struct judge_report_entry entry[JUDGE_REPORT_POLICIES_MAX];
    int entry_n;
};

static int complain(struct judging *j, const char *why)
{
    snprintf(j->errmsg, ERRMSG_MAX, "%s", why);
    return -1;
}

static const struct judge_policy *find_policy(const char *name)
{
    for (int i = 0; i < POLICIES; i++)
        if (strcmp(policies[i]->name, name) == 0)
            return policies[i];
    return NULL;
}

static int load_jemss(struct judging *j, bool demand)
{
    const struct judge_options *o = j->options;
    if (!o->calls)
        return complain(j, "a JEMSS city needs --calls");
    if (judge_jemss_load(&j->city, o->city, demand, o->cache) < 0)
        return -1;
    return judge_jemss_calls(&j->city, o->calls);
}

static int load_own(struct judging *j)
{
    const struct judge_options *o = j->options;
    if (judge_own_open(&j->own, &j->city, o->city, o->deploy, o->calls) < 0)
        return -1;
    if (j->own.left_out)
        fprintf(stderr, "%s: %u calls without a place, or that nobody reached, are left out\n",
                o->calls, j->own.left_out);
    return o->calls ? 0 : judge_own_draw(&j->own, &j->city, o->seed);
}

static int load(struct judging *j, bool demand)
{
    const struct judge_options *o = j->options;
    struct judge_city *city = &j->city;
    clock_t start = clock();
    bool elaspy = judge_is_elaspy(o->city);
    int err;
    if (elaspy)
        err = judge_elaspy_load(city, o->city, o->elaspy_case, o->units);
    else if (judge_is_own(o->city))
        err = load_own(j);
    else
        err = load_jemss(j, demand);
    if (err == 0 && o->units && !elaspy)
        err = judge_set_units(city, o->units);
    if (err == 0)
        err = judge_check_places(city);
    j->load_s = (double)(clock() - start) / CLOCKS_PER_SEC;
    if (err < 0 && city->errmsg[0])
        complain(j, city->errmsg);
    return err;
}

/* The calls of draw `nth`; the first is there after load(). */
static int draw(struct judging *j, uint32_t nth)
{
    int err = 0;
    if (nth == 0)
        return 0;
    if (j->own.is_open && !j->options->calls) {
        err = judge_own_draw(&j->own, &j->city, j->options->seed + nth);
    } else {
        if (!j->file) {
            j->file = j->city.call;
            j->file_n = j->city.call_n;
            j->city.call = NULL;
        }
        err = judge_redraw(&j->city, j->file, j->file_n, j->options->seed + nth);
    }
    return err < 0 ? complain(j, j->city.errmsg) : 0;
}

static void set_window(const struct judging *j, struct judge_run *run)
{
    const struct judge_options *o = j->options;
    int64_t last_ns = j->city.call[j->city.call_n - 1].arrival_ns;
    run->window_from_ns = (int64_t)(o->from_day * (double)JUDGE_DAY);
    run->window_to_ns = (int64_t)(o->to_day * (double)JUDGE_DAY);
    if (o->to_day == 0)
        run->window_to_ns = last_ns / JUDGE_DAY * JUDGE_DAY;
    if (run->window_to_ns <= run->window_from_ns) { /* a short file: all of it */
        run->window_from_ns = j->city.start_ns;
        run->window_to_ns = last_ns + 1;
    }
}

static int run_one(struct judging *j, const struct judge_policy *policy, struct judge_run *run)
{
    *run = (struct judge_run){.city = &j->city,
                              .policy = policy,
                              .no_divert = j->options->no_divert,
                              .busy_fraction = j->busy};
    set_window(j, run);
    clock_t start = clock();
    if (judge_run(run) < 0)
        return complain(j, run->errmsg);
    j->run_s = fmax((double)(clock() - start) / CLOCKS_PER_SEC, 1e-6);
    return 0;
}

/* Once for each draw, by closest_redisp on the same calls, unless it is given. */
static int measure_busy(struct judging *j)
{
    struct judge_run run;
    struct judge_stats stats;
    if (j->busy > 0)
        return 0;
    if (j->options->busy > 0) {
        j->busy = j->options->busy;
        return 0;
    }
    int err = run_one(j, &policy_closest_redisp, &run);
    if (err == 0 && judge_stats_make(&stats, &run) < 0)
        err = complain(j, "out of memory");
    if (err == 0)
        j->busy = stats.busy;
    judge_run_close(&run);
    return err;
}

static void write_call(FILE *out, const struct judge_run *run, uint32_t c)
{
    const struct judge_call *call = &run->city->call[c];
    const struct judge_outcome *o = &run->outcome[c];
    fprintf(out, "%u,%u,%.6f,%.6f,%d,%.6f,%.6f,%u,%d\n", c + 1, call->priority + 1,
            judge_s(call->arrival_ns), judge_s(o->dispatch_ns), o->unit + 1,
            judge_s(o->response_ns), judge_s(o->queued_ns), o->diversions,
            o->hospital < 0 ? -1 : o->hospital + 1);
}

static int write_calls(struct judging *j, const struct judge_run *run)
{
    FILE *out = fopen(j->options->out, "w");
    if (!out) {
        snprintf(j->errmsg, ERRMSG_MAX, "%.200s: %s", j->options->out, strerror(errno));
        return -1;
    }
    fputs("call,priority,arrival_s,dispatch_s,unit,response_s,queued_s,diversions,hospital\n", out);
    for (uint32_t c = 0; c < run->city->call_n; c++)
        write_call(out, run, c);
    return fclose(out) == 0 ? 0 : complain(j, "the lines of the calls could not be written");
}

static void say_speed(const struct judging *j, const struct judge_run *run)
{
    double days = judge_s(run->now_ns - j->city.start_ns) / 86400;
    fprintf(
        stderr,
        "%s: %u calls, %.1f days, %llu events: %.0f days a CPU second (%.3f s; loading %.3f s)\n",
        run->policy->name, j->city.call_n, days, (unsigned long long)run->event_count,
        days / j->run_s, j->run_s, j->load_s);
}

static int judge_one(struct judging *j, const struct judge_policy *policy,
                     struct judge_report_entry *entry)
{
    struct judge_run run = {.policy = policy};
    if (policy->moves_up && measure_busy(j) < 0)
        return -1;
    int err = run_one(j, policy, &run);
    if (err == 0 && j->options->out)
        err = write_calls(j, &run);
    if (err == 0 && judge_report_take(entry, &run) < 0)
        err = complain(j, "out of memory");
    if (err == 0)
        say_speed(j, &run);
    judge_run_close(&run);
    return err;
}

/* Every policy on the same calls, draw after draw. */
static int judge_draws(struct judging *j, const struct judge_policy *const *policy)
{
    uint32_t seeds = j->options->seeds ? j->options->seeds : 1;
    int err = 0;
    for (uint32_t nth = 0; nth < seeds && err == 0; nth++) {
        j->busy = 0;
        err = draw(j, nth);
        for (int i = 0; i < j->entry_n && err == 0; i++)
            err = judge_one(j, policy[i], &j->entry[i]);
    }
    return err;
}

/* "closest,ours" into policy[]; how many, or -1. */
static int list_policies(struct judging *j, const struct judge_policy **policy)
{
    int n = 0;
    for (const char *at = j->options->policy; *at; at += strspn(at, ",")) {
        char name[64];
        size_t length = strcspn(at, ",");
        snprintf(name, sizeof(name), "%.*s", (int)length, at);
        if (n == JUDGE_REPORT_POLICIES_MAX || !(policy[n++] = find_policy(name))) {
            snprintf(j->errmsg, ERRMSG_MAX, "there is no policy \"%s\" (%s)", name,
                     judge_policies());
            return -1;
        }
        at += length;
    }
    if (j->options->out && (n > 1 || j->options->seeds > 1))
        return complain(j, "--out takes the calls of one policy and one seed");
    return n > 0 ? n : complain(j, "which policy?");
}

static FILE *open_file(struct judging *j, const char *path)
{
    FILE *out = fopen(path, "w");
    if (!out)
        snprintf(j->errmsg, ERRMSG_MAX, "%.200s: %s", path, strerror(errno));
    return out;
}

static void put_summary(const struct judging *j, FILE *out)
{
    judge_stats_header(out);
    for (int i = 0; i < j->entry_n; i++)
        judge_stats_write(out, &j->entry[i].stats, j->entry[i].policy);
}

static int write_summary(struct judging *j)
{
    FILE *out = open_file(j, j->options->summary);
    if (!out)
        return -1;
    put_summary(j, out);
    return fclose(out) == 0 ? 0 : complain(j, "the summary could not be written");
}

static int write_report(struct judging *j)
{
    FILE *out = open_file(j, j->options->report);
    if (!out)
        return -1;
    judge_report_write(out, j->entry, j->entry_n, j->options->city);
    return fclose(out) == 0 ? 0 : complain(j, "the report could not be written");
}

static int judge_all(struct judging *j)
{
    const struct judge_policy *policy[JUDGE_REPORT_POLICIES_MAX];
    int n = list_policies(j, policy), err = n < 0 ? -1 : 0;
    bool demand = false;
    for (int i = 0; i < n; i++)
        demand = demand || policy[i]->moves_up;
    if (err == 0)
        err = load(j, demand);
    j->entry_n = n;
    if (err == 0)
        err = judge_draws(j, policy);
    if (err == 0)
        put_summary(j, stdout);
    if (err == 0 && j->options->summary)
        err = write_summary(j);
    if (err == 0 && j->options->report)
        err = write_report(j);
    return err;
}

int judge_command(const struct judge_options *options, char errmsg[static ERRMSG_MAX])
{
    struct judging *j = calloc(1, sizeof(*j));
    if (!j) {
        snprintf(errmsg, ERRMSG_MAX, "out of memory");
        return -1;
    }
    j->options = options;
    j->errmsg = errmsg;
    errmsg[0] = 0;
    int err = judge_all(j);
    judge_own_close(&j->own);
    judge_city_close(&j->city);
    free(j->file);
    free(j);
    return err;
}
