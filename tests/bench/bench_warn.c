/* bench_warn [calls per day] [minutes of burst]: what all detectors cost at every call, beside a
 * full recomputation of the scan that each call would otherwise need.
 *
 * Eight days at the given rate bring the forecasts and the nulls into force; then a burst of five
 * times that rate is fed call by call (opened, placed, described, graded: what a call means to
 * the detectors) and every call is timed, in processor time of this thread,
 * whatever else the machine does. What the loop notices of it: warn_lag.sh. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dispatch/must.h"
#include "dispatch/policy/warnfile.h"
#include "dispatch/warn/draw.h"
#include "dispatch/warn/scan.h"
#include "dispatch/warn/watch.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)

enum { CALLS_MAX = 400000, FULL_TIMES = 200 };

static const char *const kinds[][2] = {
    {"breathing", "breathing.3-severe"},   {"poisoning", "poisoning.3-gas"},
    {"road-traffic", "road-traffic.7-hurt"}, {"trauma", "trauma.7-minor"},
    {"abdominal", "abdominal.4-acute"},    {"stroke", "stroke.1-new-signs"},
    {"chest-pain", "chest-pain.5-other"},  {"unconscious-arrest", "unconscious-arrest.1-gasping"},
};

static struct watch_policy policy;
static struct complaints complaints;
static struct watch watch;
static uint64_t seq, incident, alerts;
static int64_t now_ms = INT64_C(1767571200000);
static struct draw draw;
static double took_us[CALLS_MAX];
static uint32_t calls;

static double clock_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void feed(struct watch_event event)
{
    event.seq = ++seq;
    event.now_ms = now_ms;
    watch_feed(&watch, &event);
    for (uint32_t i = 0; i < watch.action_count; i++)
        alerts += watch.action[i].act == WATCH_RAISE;
}

/* Half of the city lives in its middle. */
static double near(double middle)
{
    return middle + (draw_share(&draw) < 0.5 ? 0.08 : 0.4) * (draw_share(&draw) - 0.5);
}

static double call(void)
{
    uint32_t kind = draw_below(&draw, sizeof kinds / sizeof *kinds);
    const char *card = kinds[kind][0], *determinant = kinds[kind][1];
    struct watch_event placed = {.kind = WATCH_PLACED,
                                 .id = ++incident,
                                 .lat_e7 = (int32_t)(near(39.0) * 1e7),
                                 .lon_e7 = (int32_t)(near(106.4) * 1e7)};
    double began_us = clock_us();
    feed((struct watch_event){.kind = WATCH_OPENED, .id = incident});
    feed(placed);
    feed((struct watch_event){.kind = WATCH_DESCRIBED,
                              .id = incident,
                              .code = card,
                              .code_n = (uint32_t)strlen(card),
                              .patients = 1});
    feed((struct watch_event){.kind = WATCH_GRADED,
                              .id = incident,
                              .code = determinant,
                              .code_n = (uint32_t)strlen(determinant),
                              .grade = 3});
    return clock_us() - began_us;
}

static void answer_fits(void)
{
    struct watch_fit *fit;
    while ((fit = watch_fit_wanted(&watch))) {
        struct watch_event event = {.kind = WATCH_FITTED, .syndrome = watch_fit_syndrome(fit)};
        bool good = watch_fit_run(fit, &event.gumbel);
        watch_fit_free(fit);
        if (good)
            feed(event);
    }
}

static void minute(double per_day, bool timed)
{
    now_ms += MINUTE;
    feed((struct watch_event){.kind = WATCH_MINUTE});
    for (uint32_t n = draw_poisson(&draw, per_day / 1440); n > 0; n--) {
        double us = call();
        if (timed && calls < CALLS_MAX)
            took_us[calls++] = us;
    }
}

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static void print_quantiles(const char *what, double *us, uint32_t n)
{
    qsort(us, n, sizeof *us, by_size);
    printf("%s n=%" PRIu32 " p50=%.0f p99=%.0f p99.9=%.0f max=%.0f us\n", what, n, us[n / 2],
           us[(uint64_t)n * 99 / 100], us[(uint64_t)n * 999 / 1000], us[n - 1]);
}

/* What every call would cost if the scan of one syndrome began anew: 1,000 squares, 24 hours. */
static void full_recomputation(double per_day)
{
    enum { SIDE = 32, HOURS = 24 };
    static struct scan_place place[SIDE * SIDE];
    static uint32_t cases[SIDE * SIDE * HOURS];
    static double expected[SIDE * SIDE * HOURS];
    static double us[FULL_TIMES];
    const struct circle_limits limits = {.plane = true,
                                         .radius_max = policy.number.scan_radius_m};
    const struct scan_input in = {.model = SCAN_EXPECTATION, .slots = HOURS, .windows = HOURS,
                                  .cases_min = policy.number.scan_cases_min, .cases = cases,
                                  .expected = expected};
    struct circles circles;
    struct scan scan;
    struct scan_cluster best;
    double mean = per_day / (SIDE * SIDE * HOURS);
    for (uint32_t i = 0; i < SIDE * SIDE; i++) {
        place[i] = (struct scan_place){i % SIDE * 1000.0, i / SIDE * 1000.0};
        for (uint32_t h = 0; h < HOURS; h++) {
            cases[i * HOURS + h] = draw_poisson(&draw, mean);
            expected[i * HOURS + h] = mean;
        }
    }
    must(circles_make(&circles, place, SIDE * SIDE, &limits) == 0);
    struct scan_input with = in;
    with.circles = &circles;
    must(scan_make(&scan, &with) == 0);
    for (uint32_t i = 0; i < FULL_TIMES; i++) {
        double began_us = clock_us();
        scan_best(&scan, &best, 1);
        us[i] = clock_us() - began_us;
    }
    print_quantiles("full-scan-of-one-syndrome", us, FULL_TIMES);
    scan_close(&scan);
    circles_close(&circles);
}

int main(int argc, char **argv)
{
    double per_day = argc > 1 ? strtod(argv[1], NULL) : 24000;
    int burst_min = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 240;
    if (warnfile_load(SOURCE_DIR "/deploy/warn", 480, &policy, &complaints) < 0) {
        fputs(complaints.text, stderr);
        return 1;
    }
    policy.number.breach_on = 0; /* nobody arrives here */
    policy.number.forecast_known_weeks = 1;
    policy.number.scan_refit_days = 365;
    policy.number.scan_replicas = 99;
    must(watch_make(&watch, &policy) == 0);
    draw_seed(&draw, 1);
    for (int m = 0; m < 8 * 1440; m++)
        minute(per_day, false);
    answer_fits();
    uint64_t before = alerts;
    for (int m = 0; m < burst_min; m++)
        minute(5 * per_day, true);
    printf("calls_per_day=%.0f burst=5 minutes=%d alerts_raised=%" PRIu64 "\n", per_day, burst_min,
           alerts - before);
    print_quantiles("all-detectors-per-call", took_us, calls);
    full_recomputation(per_day);
    watch_close(&watch);
    return 0;
}
