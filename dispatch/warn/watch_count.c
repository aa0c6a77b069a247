/* Counts of a syndrome over the whole city: three sliding windows at every case and every minute, a
 * CUSUM at every hour's end, EARS at every day's end.
 *
 * The CUSUM is that of the likelihood ratio of a rate raised by R, divided by the dispersion:
 *   S = max(0, S + (X ln R - mean (R - 1)) / phi)
 * Its mean time to a false alarm at h is at least e^h steps (Lorden 1971), so that e^S hours is
 * what "once in so many hours by chance" it may claim, for any mean by the hour. */
#include <math.h>

#include "dispatch/warn/ears.h"
#include "dispatch/warn/tail.h"
#include "dispatch/warn/watch_impl.h"

static const double hours_max = 1e7;

int count_make(struct watch_state *state)
{
    const struct watch_numbers *n = &state->policy.number;
    const struct forecast_policy policy = {
        .period = 168,
        .weeks = n->forecast_weeks,
        .level_rate = n->forecast_level_permille / 1000.0,
        .dispersion_rate = n->forecast_dispersion_permille / 1000.0,
        .special_prior = n->forecast_special_hours,
        .phi_min = 1,
    };
    for (uint32_t s = 0; s < state->policy.syndrome_count; s++)
        if (forecast_make(&state->series[s].forecast, &policy, 0) < 0)
            return -1;
    return 0;
}

void count_close(struct watch_state *state)
{
    for (uint32_t s = 0; s < WATCH_SYNDROMES_MAX; s++)
        forecast_close(&state->series[s].forecast);
}

/* --- time --- */

static int64_t local_day(const struct watch_state *state, int64_t ms)
{
    return (ms + state->policy.utc_offset_min * MINUTE_MS) / DAY_MS;
}

static uint32_t special_of(const struct watch_policy *policy, int64_t day)
{
    for (uint32_t i = 0; i < policy->day_count; i++)
        if (policy->day[i].day == day)
            return policy->day[i].kind;
    return 0;
}

static void expect_hour(const struct watch_state *state, struct watch_series *series)
{
    uint32_t special = special_of(&state->policy, local_day(state, state->hour * HOUR_MS));
    memmove(series->mean + 1, series->mean, (MEANS - 1) * sizeof *series->mean);
    series->mean[0] = forecast_at(&series->forecast, 0, special);
    if (series->forecast.kept < state->policy.number.forecast_known_weeks)
        series->mean[0].known = false;
}

/* The first hour: slots of the week begin on Monday 00:00 UTC. */
static void begin(struct watch_state *state, int64_t now_ms)
{
    state->minute = now_ms / MINUTE_MS;
    state->hour = now_ms / HOUR_MS;
    state->day = local_day(state, now_ms);
    for (uint32_t s = 0; s < state->policy.syndrome_count; s++) {
        state->series[s].forecast.slot = (uint32_t)((state->hour + 72) % 168);
        expect_hour(state, &state->series[s]);
    }
}

/* What leaves each window as minute m begins. */
static void turn_minute(const struct watch_state *state, struct watch_series *series, int64_t m)
{
    for (uint32_t w = 0; w < WINDOWS; w++)
        series->sum[w] -= series->minute[(m - state->window_min[w]) % DAY_MINUTES];
    series->minute[m % DAY_MINUTES] = 0;
}

static void pass_minutes(struct watch_state *state, int64_t minute)
{
    bool all = minute - state->minute >= DAY_MINUTES;
    for (uint32_t s = 0; s < state->policy.syndrome_count; s++) {
        struct watch_series *series = &state->series[s];
        if (all) {
            memset(series->minute, 0, sizeof series->minute);
            memset(series->sum, 0, sizeof series->sum);
        }
        for (int64_t m = state->minute + 1; !all && m <= minute; m++)
            turn_minute(state, series, m);
    }
    state->minute = minute;
}

/* --- what is unusual --- */

struct expectation count_expected(const struct watch_state *state, uint32_t syndrome,
                                  int64_t minutes)
{
    const struct watch_series *series = &state->series[syndrome];
    struct expectation sum = {0, series->mean[0].phi, series->mean[0].known};
    int64_t of_hour = state->minute % 60 + 1; /* that have passed */
    for (uint32_t i = 0; minutes > 0 && i < MEANS; i++, of_hour = 60) {
        int64_t part = minutes < of_hour ? minutes : of_hour;
        sum.mean += (double)part / 60 * series->mean[i].mean;
        sum.known &= series->mean[i].known;
        minutes -= part;
    }
    return sum;
}

static uint32_t capped(double hours)
{
    return hours >= hours_max ? (uint32_t)hours_max : hours > 0 ? (uint32_t)hours : 0;
}

uint32_t count_by_chance_h(const struct watch_state *state, uint32_t syndrome, uint32_t window,
                           double *expected)
{
    const struct watch_numbers *n = &state->policy.number;
    uint32_t count = state->series[syndrome].sum[window];
    struct expectation e = count_expected(state, syndrome, state->window_min[window]);
    *expected = e.mean;
    if (!e.known || count < n->window_cases_min || count <= e.mean + 2 * sqrt(e.phi * e.mean))
        return 0;
    double chance = count_tail(fmax(e.mean, 1e-6), e.phi, count);
    return capped(24 / (n->window_looks_per_day * fmax(chance, 1e-12)));
}

/* The newest cases that are not explained elsewhere. */
static void list_cases(const struct watch_state *state, struct watch_alert *found)
{
    uint64_t at = 0;
    struct watch_case *c;
    while (found->evidence_count < WATCH_EVIDENCE_MAX &&
           (c = roll_back(state, found->syndrome, found->from_ms, &at, NULL)))
        if (!(c->explained >> found->syndrome & 1u))
            found->evidence[found->evidence_count++] = c->incident;
}

static void report(struct watch *watch, struct watch_alert *found, int64_t quiet_ms)
{
    const struct watch_policy *policy = &watch->state->policy;
    found->level = book_level(policy, found->by_chance_h);
    if (found->level == WATCH_NONE)
        return;
    list_cases(watch->state, found);
    memcpy(found->plan, policy->syndrome[found->syndrome].plan, sizeof found->plan);
    snprintf(found->words, sizeof found->words, "%s", policy->syndrome[found->syndrome].code);
    book_report(watch, found, quiet_ms);
}

void count_check(struct watch *watch, uint32_t syndrome)
{
    struct watch_state *state = watch->state;
    if (!state->policy.number.window_on)
        return;
    struct watch_alert found = book_finding(state, WATCH_BY_WINDOW, syndrome);
    for (uint32_t w = 0; w < WINDOWS; w++) {
        double expected;
        uint32_t by_chance_h = count_by_chance_h(state, syndrome, w, &expected);
        if (by_chance_h <= found.by_chance_h)
            continue;
        found.by_chance_h = by_chance_h;
        found.observed = state->series[syndrome].sum[w];
        found.expected = expected;
        found.from_ms = state->event->now_ms - state->window_min[w] * MINUTE_MS;
    }
    if (found.by_chance_h)
        report(watch, &found, state->policy.number.episode_quiet_min * MINUTE_MS);
}

static void cusum_hour(struct watch *watch, uint32_t syndrome)
{
    struct watch_state *state = watch->state;
    struct watch_series *series = &state->series[syndrome];
    const struct watch_numbers *n = &state->policy.number;
    struct expectation e = series->mean[0];
    double raised = n->cusum_raised_permille / 1000.0, top = log(4.0 * n->level_red_h);
    if (!n->cusum_on || !e.known || e.mean <= 0)
        return;
    series->cusum += (series->hour_count * log(raised) - e.mean * (raised - 1)) / e.phi;
    series->cusum = fmin(fmax(series->cusum, 0), top);
    struct watch_alert found = book_finding(state, WATCH_BY_CUSUM, syndrome);
    found.by_chance_h = capped(exp(series->cusum));
    found.observed = series->sum[WINDOWS - 1];
    found.expected = count_expected(state, syndrome, state->window_min[WINDOWS - 1]).mean;
    found.from_ms = found.to_ms - state->window_min[WINDOWS - 1] * MINUTE_MS;
    report(watch, &found, 2 * HOUR_MS);
}

/* How often chance makes such a day. The normal limit takes a week's scatter for certain, and four
 * cases after a quiet week for a miracle: no day counts as rarer than the count itself allows,
 * given no more than the baseline's few (Poisson with a gamma mean: negative binomial). */
static double ears_chance(const struct ears *ears, const struct ears_answer *answer, double count)
{
    double normal = 0.5 * erfc(answer->score / sqrt(2));
    double mean = fmax(answer->mean, 0) + 0.5 / ears->baseline;
    return fmax(normal, count_tail(mean, 1 + 1.0 / ears->baseline, (uint32_t)count));
}

static void ears_day(struct watch *watch, uint32_t syndrome)
{
    struct watch_state *state = watch->state;
    struct watch_series *series = &state->series[syndrome];
    const struct watch_numbers *n = &state->policy.number;
    const struct ears ears = {.method = (enum ears_method)(n->ears_method - 1),
                              .baseline = n->ears_baseline_days,
                              .alpha = n->ears_alpha_ppm / 1e6,
                              .sd_min = n->ears_sd_min_milli / 1000.0,
                              .c3_alarm = n->ears_c3_alarm_milli / 1000.0};
    if (series->days == EARS_DAYS)
        memmove(series->day, series->day + 1, --series->days * sizeof *series->day);
    series->day[series->days++] = series->day_count;
    uint32_t t = series->days - 1;
    if (!n->ears_on || t < ears_first(&ears) || series->day[t] < n->ears_cases_min)
        return;
    struct ears_answer answer = ears_at(&ears, series->day, t);
    if (!answer.alarm)
        return;
    struct watch_alert found = book_finding(state, WATCH_BY_EARS, syndrome);
    found.by_chance_h = capped(24 / fmax(ears_chance(&ears, &answer, series->day[t]), 1e-7));
    found.observed = series->day[t];
    found.expected = answer.mean;
    found.from_ms = found.to_ms - DAY_MS;
    report(watch, &found, DAY_MS + HOUR_MS);
}

/* --- hours and days end --- */

static void end_hour(struct watch *watch, uint32_t syndrome)
{
    struct watch_state *state = watch->state;
    struct watch_series *series = &state->series[syndrome];
    uint32_t special = special_of(&state->policy, local_day(state, state->hour * HOUR_MS));
    if (state->policy.syndrome[syndrome].counted)
        cusum_hour(watch, syndrome);
    forecast_add(&series->forecast, series->hour_count, special);
    series->day_count += series->hour_count;
    series->hour_count = 0;
}

/* Nobody watched: what is usual is taken to have come, and no day is complete. */
static void skip_hour(struct watch_series *series)
{
    forecast_add(&series->forecast, forecast_at(&series->forecast, 0, 0).mean, 0);
    series->days = 0;
    series->day_count = 0;
}

static void pass_hours(struct watch *watch, int64_t hour)
{
    struct watch_state *state = watch->state;
    for (bool first = true; state->hour < hour; first = false) {
        int64_t day = local_day(state, (state->hour + 1) * HOUR_MS);
        for (uint32_t s = 0; s < state->policy.syndrome_count; s++) {
            if (first)
                end_hour(watch, s);
            else
                skip_hour(&state->series[s]);
            if (day != state->day && first && state->policy.syndrome[s].counted)
                ears_day(watch, s);
            if (day != state->day)
                state->series[s].day_count = 0;
        }
        state->hour++;
        state->day = day;
        for (uint32_t s = 0; s < state->policy.syndrome_count; s++)
            expect_hour(state, &state->series[s]);
    }
}

void count_pass(struct watch *watch, int64_t now_ms)
{
    struct watch_state *state = watch->state;
    int64_t minute = now_ms / MINUTE_MS;
    if (state->minute < 0)
        begin(state, now_ms);
    if (minute <= state->minute)
        return;
    pass_hours(watch, now_ms / HOUR_MS);
    pass_minutes(state, minute);
    for (uint32_t s = 0; s < state->policy.syndrome_count; s++)
        if (state->policy.syndrome[s].counted)
            count_check(watch, s);
}

void count_add(struct watch_state *state, uint32_t syndrome, int64_t at_ms, int by)
{
    struct watch_series *series = &state->series[syndrome];
    int64_t minute = at_ms / MINUTE_MS, ago = state->minute - minute;
    if (ago < 0)
        minute = state->minute, ago = 0;
    if (ago < 60 && (by > 0 || series->hour_count > 0))
        series->hour_count = (uint32_t)((int)series->hour_count + by);
    if (ago >= DAY_MINUTES)
        return;
    uint16_t *slot = &series->minute[minute % DAY_MINUTES];
    if ((by < 0 && *slot == 0) || (by > 0 && *slot == UINT16_MAX))
        return;
    *slot = (uint16_t)(*slot + by);
    for (uint32_t w = 0; w < WINDOWS; w++)
        if (ago < state->window_min[w])
            series->sum[w] = (uint32_t)((int)series->sum[w] + by);
}
