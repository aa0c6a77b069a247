/* `dispatchctl warn ears | cusum | farrington`: one series, one answer a line.
 *
 * In: columns `t` (any text, handed on) and `observed`; cusum also `expected`, when the mean
 * changes. With a column `series` each of its values is a series of its own. Out: the same and the
 * answer. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/csv.h"
#include "dispatch/ctl/warn_option.h"
#include "dispatch/warn/cusum.h"
#include "dispatch/warn/ears.h"
#include "dispatch/warn/farrington.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* One run of rows that belong together. */
struct series {
    struct csv_table *table;
    int t, observed, expected, name;
    uint32_t first, n;
    double *count, *mean; /* mean: NULL without a column `expected` */
};

static int series_columns(struct series *s, struct csv_table *table)
{
    *s = (struct series){.table = table};
    s->t = csv_table_column(table, "t");
    s->observed = s->t < 0 ? -1 : csv_table_column(table, "observed");
    s->expected = csv_table_find(table, "expected");
    s->name = csv_table_find(table, "series");
    return s->observed < 0 ? warn_table_fail(table) : CTL_OK;
}

static bool is_same(const struct series *s, uint32_t a, uint32_t b)
{
    return s->name < 0 || strcmp(s->table->cell[a][s->name], s->table->cell[b][s->name]) == 0;
}

/* The next series; n = 0 at the end. */
static int series_next(struct series *s)
{
    struct csv_table *t = s->table;
    s->first += s->n;
    for (s->n = 0; s->first + s->n < t->rows && is_same(s, s->first, s->first + s->n);)
        s->n++;
    free(s->count);
    free(s->mean);
    s->count = calloc(s->n + 1, sizeof *s->count);
    s->mean = s->expected < 0 ? NULL : calloc(s->n + 1, sizeof *s->mean);
    if (!s->count || (s->expected >= 0 && !s->mean))
        return ctl_fail(CTL_FAILED, "out of memory");
    for (uint32_t i = 0; i < s->n; i++)
        if (csv_table_number(t, s->first + i, s->observed, &s->count[i]) < 0 ||
            (s->mean && csv_table_number(t, s->first + i, s->expected, &s->mean[i]) < 0))
            return warn_table_fail(t);
    return CTL_OK;
}

static void series_close(struct series *s)
{
    free(s->count);
    free(s->mean);
}

/* "series,t,observed", without the end of the line. */
static void put_row(const struct series *s, uint32_t i, FILE *out)
{
    char **row = s->table->cell[s->first + i];
    if (s->name >= 0) {
        csv_put(out, row[s->name]);
        putc(',', out);
    }
    csv_put(out, row[s->t]);
    fprintf(out, ",%.12g", s->count[i]);
}

static void put_header(const struct series *s, const char *answer, FILE *out)
{
    fprintf(out, "%st,observed,%s\n", s->name >= 0 ? "series," : "", answer);
}

typedef void series_answer(const struct series *series, const void *how, FILE *out);

static int for_each_series(struct ctl *ctl, const char *header, series_answer *answer,
                           const void *how)
{
    struct csv_table in;
    struct series series;
    FILE *out;
    int code = warn_files_open(ctl, &in, &out);
    if (code != CTL_OK)
        return code;
    code = series_columns(&series, &in);
    if (code == CTL_OK)
        put_header(&series, header, out);
    while (code == CTL_OK && (code = series_next(&series)) == CTL_OK && series.n)
        answer(&series, how, out);
    series_close(&series);
    return warn_files_close(&in, out, code);
}

static void answer_ears(const struct series *s, const void *how, FILE *out)
{
    const struct ears *ears = how;
    for (uint32_t i = ears_first(ears); i < s->n; i++) {
        struct ears_answer a = ears_at(ears, s->count, i);
        put_row(s, i, out);
        fprintf(out, ",%.12g,%.12g,%.12g,%.12g,%d\n", a.mean, a.sd, a.score, a.bound, a.alarm);
    }
}

int warn_ears_run(struct ctl *ctl)
{
    const char *method = "C1";
    double baseline = 7, alpha = 0.001, sd_min = 0, c3_alarm = 2;
    const struct warn_option options[] = {
        {"method", .word = &method, .words = "C1|C2|C3"},
        {"baseline", .number = &baseline, .least = 2, .most = 10000},
        {"alpha", .number = &alpha, .least = 1e-9, .most = 0.5},
        {"sd_min", .number = &sd_min, .most = 1e9},
        {"c3_alarm", .number = &c3_alarm, .most = 1e9},
    };
    int code = warn_options_take(ctl, options, COUNT_OF(options));
    if (code != CTL_OK)
        return code;
    struct ears ears = {.method = (enum ears_method)(method[1] - '1'),
                        .baseline = (uint32_t)baseline,
                        .alpha = alpha,
                        .sd_min = sd_min,
                        .c3_alarm = c3_alarm};
    return for_each_series(ctl, "mean,sd,score,bound,alarm", answer_ears, &ears);
}

/* With expected counts h and k are those of a mean of 1 and follow the mean (Rogerson 2004). */
static void answer_cusum(const struct series *s, const void *how, FILE *out)
{
    struct cusum cusum = *(const struct cusum *)how;
    for (uint32_t i = 0; i < s->n; i++) {
        double scale = s->mean ? s->mean[i] : 1;
        bool alarm = scale > 0 && cusum_add(&cusum, s->count[i] / scale);
        put_row(s, i, out);
        fprintf(out, ",%.12g,%.12g,%d\n", scale, alarm ? cusum.h : cusum.s, alarm);
    }
}

/* Columns h, k, theta instead of a series: the exact run length of each design. */
static int put_run_lengths(struct csv_table *in, FILE *out, double phi)
{
    int h = csv_table_find(in, "h"), k = csv_table_column(in, "k");
    int theta = k < 0 ? -1 : csv_table_column(in, "theta");
    if (theta < 0)
        return warn_table_fail(in);
    fputs("h,k,theta,arl,fir_arl\n", out);
    for (uint32_t row = 0; row < in->rows; row++) {
        struct cusum_design d = {.phi = phi};
        if (csv_table_number(in, row, h, &d.h) < 0 || csv_table_number(in, row, k, &d.k) < 0 ||
            csv_table_number(in, row, theta, &d.mean) < 0)
            return warn_table_fail(in);
        double arl = cusum_run_length(&d);
        d.start = floor(d.h / 2);
        double fir = cusum_run_length(&d);
        if (arl < 0 || fir < 0)
            return ctl_fail(CTL_FAILED, "%s:%u: h = %g, k = %g is no design this can answer",
                            in->path, row + 2, d.h, d.k);
        fprintf(out, "%.12g,%.12g,%.12g,%.12g,%.12g\n", d.h, d.k, d.mean, arl, fir);
    }
    return CTL_OK;
}

static int is_design_file(struct ctl *ctl, bool *yes)
{
    struct csv_table in;
    if (!ctl->option[OPTION_IN])
        return CTL_OK;
    if (csv_table_read(&in, ctl->option[OPTION_IN]) < 0) {
        int code = warn_table_fail(&in);
        csv_table_close(&in);
        return code;
    }
    *yes = csv_table_find(&in, "h") >= 0 && csv_table_find(&in, "observed") < 0;
    csv_table_close(&in);
    return CTL_OK;
}

int warn_cusum_run(struct ctl *ctl)
{
    double h = 0, k = 0, start = 0, phi = 1;
    bool designs = false;
    const struct warn_option options[] = {
        {"h", .number = &h, .most = 1e6},
        {"k", .number = &k, .most = 1e6},
        {"start", .number = &start, .most = 1e6},
        {"phi", .number = &phi, .least = 1, .most = 1000},
    };
    int code = warn_options_take(ctl, options, COUNT_OF(options));
    if (code == CTL_OK)
        code = is_design_file(ctl, &designs);
    if (code != CTL_OK)
        return code;
    if (designs) {
        struct csv_table in;
        FILE *out;
        code = warn_files_open(ctl, &in, &out);
        return code == CTL_OK ? warn_files_close(&in, out, put_run_lengths(&in, out, phi)) : code;
    }
    if (h <= 0 || start >= h)
        return ctl_fail(CTL_USAGE, "a series needs h= above 0 and above start=, and k=");
    struct cusum cusum = {.h = h, .k = k, .s = start, .start = start};
    return for_each_series(ctl, "expected,s,alarm", answer_cusum, &cusum);
}

static void answer_farrington(const struct series *s, const void *how, FILE *out)
{
    const struct farrington *farrington = how;
    for (uint32_t i = farrington_first(farrington); i < s->n; i++) {
        struct farrington_answer a = farrington_at(farrington, s->count, i);
        put_row(s, i, out);
        if (a.known)
            fprintf(out, ",%.9g,%.9g,%.9g,%d,%d\n", a.mean, a.phi, a.bound, a.trend, a.alarm);
        else
            fputs(",,,,,\n", out);
    }
}

int warn_farrington_run(struct ctl *ctl)
{
    double years = 5, half = 3, period = 52, exclude = 26, alpha = 0.01, outlier = 2.58;
    double trend_years = 3, cases_min = 5, weeks_min = 4;
    const struct warn_option options[] = {
        {"years", .number = &years, .least = 1, .most = 11},
        {"half_window", .number = &half, .most = 10},
        {"period", .number = &period, .least = 12, .most = 53},
        {"exclude", .number = &exclude, .most = 52},
        {"alpha", .number = &alpha, .least = 1e-9, .most = 0.5},
        {"outlier", .number = &outlier, .most = 100},
        {"trend_years", .number = &trend_years, .most = 100},
        {"cases_min", .number = &cases_min, .most = 1e6},
        {"weeks_min", .number = &weeks_min, .most = 53},
    };
    int code = warn_options_take(ctl, options, COUNT_OF(options));
    if (code != CTL_OK)
        return code;
    struct farrington f = {
        (uint32_t)years, (uint32_t)half, (uint32_t)period,    (uint32_t)exclude,  alpha,
        outlier,         trend_years,    (uint32_t)cases_min, (uint32_t)weeks_min};
    return for_each_series(ctl, "mean,phi,bound,trend,alarm", answer_farrington, &f);
}
