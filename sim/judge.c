#include "sim/judge.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/judge_stats.h"

static const struct judge_policy *const policies[] = {
    &policy_closest, &policy_closest_redisp, &policy_dmexclp, &policy_dmexclp_redisp, &policy_ours,
};
enum { POLICIES = sizeof(policies) / sizeof(policies[0]) };

const char *judge_policies(void)
{
    return "closest|closest_redisp|dmexclp|dmexclp_redisp|ours";
}

struct judging {
    const struct judge_options *options;
    struct judge_city city;
    char *errmsg;
    double load_s, run_s;
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

static int load(struct judging *j, bool demand)
{
    const struct judge_options *o = j->options;
    struct judge_city *city = &j->city;
    uint64_t start_ns = os_mono_ns();
    int err;
    if (judge_is_elaspy(o->city)) {
        err = judge_elaspy_load(city, o->city, o->elaspy_case, o->units);
    } else {
        err = judge_jemss_load(city, o->city, demand, o->cache);
        if (err == 0)
            err = judge_jemss_calls(city, o->calls);
        if (err == 0 && o->units)
            err = judge_set_units(city, o->units);
    }
    j->load_s = (double)(os_mono_ns() - start_ns) / 1e9;
    return err < 0 ? complain(j, city->errmsg) : 0;
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

static int run_one(struct judging *j, const struct judge_policy *policy, double busy,
                   struct judge_run *run)
{
    *run = (struct judge_run){.city = &j->city,
                              .policy = policy,
                              .no_divert = j->options->no_divert,
                              .busy_fraction = busy};
    set_window(j, run);
    uint64_t start_ns = os_mono_ns();
    if (judge_run(run) < 0)
        return complain(j, run->errmsg);
    j->run_s = (double)(os_mono_ns() - start_ns) / 1e9;
    return 0;
}

/* The share of time units are busy when the nearest goes: what move-up counts with. */
static int measure_busy(struct judging *j, double *busy)
{
    struct judge_run run;
    struct judge_stats stats;
    *busy = j->options->busy;
    if (*busy > 0)
        return 0;
    if (run_one(j, &policy_closest_redisp, 0, &run) < 0)
        return -1;
    int err = judge_stats_make(&stats, &run);
    *busy = stats.busy;
    judge_run_close(&run);
    return err < 0 ? complain(j, "out of memory") : 0;
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

static int judge_one(struct judging *j, const struct judge_policy *policy)
{
    struct judge_run run = {0};
    struct judge_stats stats;
    double busy = 0;
    if (policy->moves_up && measure_busy(j, &busy) < 0)
        return -1;
    int err = run_one(j, policy, busy, &run);
    if (err == 0 && j->options->out)
        err = write_calls(j, &run);
    if (err == 0 && judge_stats_make(&stats, &run) < 0)
        err = complain(j, "out of memory");
    if (err == 0) {
        double days = judge_s(run.now_ns - j->city.start_ns) / 86400;
        judge_stats_header(stdout);
        judge_stats_write(stdout, &stats, policy->name);
        fprintf(stderr,
                "%u calls, %.1f days, %llu events: %.0f days a second (%.3f s, loading %.3f s)\n",
                j->city.call_n, days, (unsigned long long)run.event_count, days / j->run_s,
                j->run_s, j->load_s);
    }
    judge_run_close(&run);
    return err;
}

int judge_command(const struct judge_options *options, char errmsg[static ERRMSG_MAX])
{
    struct judging j = {.options = options, .errmsg = errmsg};
    const struct judge_policy *policy = find_policy(options->policy);
    if (!policy) {
        snprintf(errmsg, ERRMSG_MAX, "there is no policy \"%.40s\" (%s)", options->policy,
                 judge_policies());
        return -1;
    }
    int err = load(&j, policy->moves_up);
    if (err == 0)
        err = judge_one(&j, policy);
    judge_city_close(&j.city);
    return err;
}
