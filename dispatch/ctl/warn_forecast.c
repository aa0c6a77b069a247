/* `dispatchctl warn window | forecast`: calls against what was to be expected of the hour or day.
 *
 * window:   in `at` (time of each call, in order), optionally `expected` (calls an hour); out at,
 *           hours, count, expected, chance.
 * forecast: in `t` (date or time, one line an hour or a day without a gap) and `count`; optionally
 *           `special` (kind of special day, 0 none). Out t, count, mean, low, high, same_last_week,
 *           recent_weeks (mean of the same slot of the last 4 weeks), medic (of the last 4 weeks of
 *           up to 5 years). On standard error how far each was off in the rows from from= up to and
 *           without to=: mape_percent, the mean of |guess - count| / count over the rows with a
 *           count (one without calls has no percentage), and rmse over all rows; and how many of
 *           these lay in the band. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/csv.h"
#include "dispatch/ctl/warn_option.h"
#include "dispatch/warn/forecast.h"
#include "dispatch/warn/tail.h"
#include "dispatch/warn/window.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])
enum { WINDOW_CALLS_MAX = 100000, YEARS = 5, RECENT_WEEKS = 4 };

static int time_of(const char *text, int64_t *ms)
{
    char whole[40];
    size_t n = strlen(text);
    if (n == 10 && text[4] == '-')
        snprintf(whole, sizeof whole, "%sT00:00:00Z", text);
    else if (n == 19 && text[4] == '-')
        snprintf(whole, sizeof whole, "%.10sT%.8sZ", text, text + 11);
    else
        snprintf(whole, sizeof whole, "%s", text);
    return csv_time(whole, ms);
}

static int row_time(struct csv_table *t, uint32_t row, int column, int64_t *ms)
{
    if (time_of(t->cell[row][column], ms) == 0 && *ms > 0)
        return CTL_OK;
    return ctl_fail(CTL_FAILED, "%s:%u: '%s' is neither a date nor a time", t->path, row + 2,
                    t->cell[row][column]);
}

struct window_order {
    double hours, expected, phi;
};

static int put_windows(struct csv_table *in, FILE *out, const struct window_order *o)
{
    struct window w;
    int at = csv_table_column(in, "at"), expected = csv_table_find(in, "expected");
    int code = CTL_OK;
    int64_t now_ms = 0, before_ms = 0;
    if (at < 0)
        return warn_table_fail(in);
    if (window_make(&w, (int64_t)(o->hours * 3600000), WINDOW_CALLS_MAX) < 0)
        return ctl_fail(CTL_FAILED, "out of memory");
    fputs("at,hours,count,expected,chance\n", out);
    for (uint32_t row = 0; code == CTL_OK && row < in->rows; row++, before_ms = now_ms) {
        double rate = o->expected;
        if ((code = row_time(in, row, at, &now_ms)) != CTL_OK)
            break;
        if (now_ms < before_ms)
            code = ctl_fail(CTL_FAILED, "%s:%u: the calls are not in order", in->path, row + 2);
        else if (expected >= 0 && csv_table_number(in, row, expected, &rate) < 0)
            code = warn_table_fail(in);
        if (code != CTL_OK)
            break;
        uint32_t count = window_add(&w, now_ms);
        csv_put(out, in->cell[row][at]);
        fprintf(out, ",%g,%u,%.9g,%.9g\n", o->hours, count, rate * o->hours,
                count_tail(rate * o->hours, o->phi, count));
    }
    window_close(&w);
    return code;
}

int warn_window_run(struct ctl *ctl)
{
    struct window_order order = {1, 0, 1};
    const struct warn_option options[] = {
        {"hours", .number = &order.hours, .least = 0.01, .most = 8784},
        {"expected", .number = &order.expected, .most = 1e6},
        {"phi", .number = &order.phi, .least = 1, .most = 1000},
    };
    struct csv_table in;
    FILE *out;
    int code = warn_options_take(ctl, options, COUNT_OF(options));
    if (code == CTL_OK)
        code = warn_files_open(ctl, &in, &out);
    return code == CTL_OK ? warn_files_close(&in, out, put_windows(&in, out, &order)) : code;
}

/* The series and the four answers that are compared. */
struct prophecy {
    struct csv_table *in;
    int t, count_column, special_column;
    double *count;
    uint32_t *special;
    struct forecast forecast;
    uint32_t period, ahead;
    double band;
    int64_t from_ms, to_ms;
    double percent[4], squares[4]; /* sums of errors */
    double counted, judged, in_band;
};

static double mean_of_weeks(const struct prophecy *p, uint32_t row, uint32_t years)
{
    double sum = 0, n = 0;
    for (uint32_t year = 0; year < years; year++)
        for (uint32_t week = 1; week <= RECENT_WEEKS; week++) {
            uint64_t back = ((uint64_t)year * 52 + week) * p->period;
            if (back < p->ahead + 1 || back > row)
                continue;
            sum += p->count[row - back];
            n++;
        }
    return n > 0 ? sum / n : NAN;
}

static void put_number(FILE *out, double value)
{
    if (isnan(value))
        putc(',', out);
    else
        fprintf(out, ",%.6g", value);
}

static void judge(struct prophecy *p, double count, const double guess[4], const double band[2])
{
    for (int i = 0; i < 4; i++)
        if (isnan(guess[i]))
            return;
    for (int i = 0; i < 4; i++) {
        double off = fabs(guess[i] - count);
        p->squares[i] += off * off;
        p->percent[i] += count > 0 ? 100 * off / count : 0;
    }
    p->judged++;
    p->counted += count > 0;
    p->in_band += band[0] <= count && count <= band[1];
}

/* Row `row` was forecast when only the rows before row - ahead were known. */
static int put_forecast(struct prophecy *p, uint32_t row, FILE *out)
{
    int64_t now_ms;
    if (row > p->ahead)
        forecast_add(&p->forecast, p->count[row - p->ahead - 1], p->special[row - p->ahead - 1]);
    struct expectation e = forecast_at(&p->forecast, p->ahead, p->special[row]);
    uint32_t week = p->period * (p->ahead / p->period + 1);
    double guess[4] = {e.known ? e.mean : NAN, row >= week ? p->count[row - week] : NAN,
                       mean_of_weeks(p, row, 1), mean_of_weeks(p, row, YEARS)};
    double band[2] = {NAN, NAN};
    for (int i = 0; e.known && i < 2; i++)
        band[i] = count_quantile(e.mean, e.phi, (i ? 1 + p->band : 1 - p->band) / 2);
    csv_put(out, p->in->cell[row][p->t]);
    fprintf(out, ",%.12g", p->count[row]);
    put_number(out, guess[0]);
    put_number(out, band[0]);
    put_number(out, band[1]);
    for (int i = 1; i < 4; i++)
        put_number(out, guess[i]);
    putc('\n', out);
    int code = row_time(p->in, row, p->t, &now_ms);
    if (code == CTL_OK && now_ms >= p->from_ms && now_ms < p->to_ms)
        judge(p, p->count[row], guess, band);
    return code;
}

static int read_prophecy(struct prophecy *p)
{
    struct csv_table *t = p->in;
    double special = 0;
    p->t = csv_table_column(t, "t");
    p->count_column = p->t < 0 ? -1 : csv_table_column(t, "count");
    p->special_column = csv_table_find(t, "special");
    if (p->count_column < 0)
        return warn_table_fail(t);
    p->count = calloc(t->rows + 1, sizeof *p->count);
    p->special = calloc(t->rows + 1, sizeof *p->special);
    if (!p->count || !p->special)
        return ctl_fail(CTL_FAILED, "out of memory");
    for (uint32_t row = 0; row < t->rows; row++) {
        if (csv_table_number(t, row, p->count_column, &p->count[row]) < 0 ||
            (p->special_column >= 0 && csv_table_number(t, row, p->special_column, &special) < 0))
            return warn_table_fail(t);
        if (p->count[row] < 0 || special < 0 || special >= FORECAST_SPECIAL_MAX)
            return ctl_fail(CTL_FAILED, "%s:%u: counts from 0, special days from 0 to %d", t->path,
                            row + 2, FORECAST_SPECIAL_MAX - 1);
        p->special[row] = (uint32_t)special;
    }
    return CTL_OK;
}

static void tell_errors(const struct prophecy *p)
{
    static const char *const whose[] = {"forecast", "same_last_week", "recent_weeks", "medic"};
    fputs("mape_percent", stderr);
    for (int i = 0; i < 4; i++)
        fprintf(stderr, " %s=%.3f", whose[i], p->percent[i] / p->counted);
    fprintf(stderr, " slots=%.0f\nrmse", p->counted);
    for (int i = 0; i < 4; i++)
        fprintf(stderr, " %s=%.3f", whose[i], sqrt(p->squares[i] / p->judged));
    fprintf(stderr, " slots=%.0f in_band_percent=%.1f phi=%.3f\n", p->judged,
            100 * p->in_band / p->judged, p->forecast.phi);
}

static int put_prophecy(struct prophecy *p, FILE *out, const struct forecast_policy *policy)
{
    int64_t first_ms = 0;
    int code = read_prophecy(p);
    if (code == CTL_OK && p->in->rows)
        code = row_time(p->in, 0, p->t, &first_ms);
    if (code != CTL_OK)
        return code;
    int64_t slot = first_ms / (policy->period == 7 ? 86400000 : 3600000);
    if (forecast_make(&p->forecast, policy, (uint32_t)(slot % policy->period)) < 0)
        return ctl_fail(CTL_FAILED, "out of memory");
    fputs("t,count,mean,low,high,same_last_week,recent_weeks,medic\n", out);
    for (uint32_t row = 0; code == CTL_OK && row < p->in->rows; row++)
        code = put_forecast(p, row, out);
    if (code == CTL_OK && p->counted > 0)
        tell_errors(p);
    return code;
}

int warn_forecast_run(struct ctl *ctl)
{
    const char *step = "hour", *from = NULL, *to = NULL;
    double ahead = 0;
    struct prophecy p = {.band = 0.95, .to_ms = INT64_MAX};
    struct forecast_policy policy = {.phi_min = 1};
    double weeks = 52;
    policy.dispersion_rate = 0.001;
    policy.neighbours = 100;
    policy.special_prior = 48;
    const struct warn_option options[] = {
        {"step", .word = &step, .words = "hour|day"},
        {"from", .word = &from},
        {"to", .word = &to},
        {"ahead", .number = &ahead, .most = 8784},
        {"weeks", .number = &weeks, .least = 1, .most = 520},
        {"level_rate", .number = &policy.level_rate, .most = 1},
        {"dispersion_rate", .number = &policy.dispersion_rate, .most = 1},
        {"neighbours", .number = &policy.neighbours, .most = 1e6},
        {"special_prior", .number = &policy.special_prior, .most = 1e6},
        {"band", .number = &p.band, .least = 0.5, .most = 0.9999},
    };
    int code = warn_options_take(ctl, options, COUNT_OF(options));
    if (code == CTL_OK && from && time_of(from, &p.from_ms) < 0)
        code = ctl_fail(CTL_USAGE, "from=%s is neither a date nor a time", from);
    if (code == CTL_OK && to && time_of(to, &p.to_ms) < 0)
        code = ctl_fail(CTL_USAGE, "to=%s is neither a date nor a time", to);
    if (code != CTL_OK)
        return code;
    bool by_day = strcmp(step, "day") == 0;
    policy.period = by_day ? 7 : 168;
    if (policy.level_rate <= 0) /* unless it is said */
        policy.level_rate = by_day ? 0.1 : 0.02;
    policy.weeks = (uint32_t)weeks;
    p.period = policy.period;
    p.ahead = (uint32_t)ahead;
    struct csv_table in;
    FILE *out;
    if ((code = warn_files_open(ctl, &in, &out)) != CTL_OK)
        return code;
    p.in = &in;
    code = put_prophecy(&p, out, &policy);
    forecast_close(&p.forecast);
    free(p.count);
    free(p.special);
    return warn_files_close(&in, out, code);
}
