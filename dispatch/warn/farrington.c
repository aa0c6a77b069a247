#include "dispatch/warn/farrington.h"

#include <math.h>
#include <string.h>

#include "dispatch/warn/tail.h"

enum { LEVELS = 10, TERMS_MAX = LEVELS + 1, WEEKS_MAX = 53 * 12, ROUNDS_MAX = 50 };

/* The weeks of the regression, and what is fitted. */
struct fit {
    uint32_t n, terms;
    double count[WEEKS_MAX], time[WEEKS_MAX], weight[WEEKS_MAX], mean[WEEKS_MAX];
    double lever[WEEKS_MAX];
    uint8_t level[WEEKS_MAX];
    double beta[TERMS_MAX], cover[TERMS_MAX][TERMS_MAX];
    double phi;
    bool trend;
};

uint32_t farrington_first(const struct farrington *f)
{
    return f->years * f->period + f->half_window;
}

/* The season of week `back` before now: level 0 round the same week of each year, then nine equal
 * parts of the rest. */
static uint8_t level_of(const struct farrington *f, uint32_t back)
{
    uint32_t phase = back % f->period, w = f->half_window;
    if (phase <= w || phase >= f->period - w)
        return 0;
    uint32_t rest = f->period - 2 * w - 1, from = f->period - w - 1 - phase;
    return (uint8_t)(1 + from * (LEVELS - 1) / rest);
}

static void gather(struct fit *fit, const struct farrington *f, const double *count, uint32_t t)
{
    uint32_t furthest = f->years * f->period + f->half_window;
    for (uint32_t back = furthest; back > f->exclude && fit->n < WEEKS_MAX; back--) {
        fit->count[fit->n] = count[t - back];
        fit->time[fit->n] = -(double)back / f->period;
        fit->level[fit->n] = level_of(f, back);
        fit->weight[fit->n++] = 1;
    }
}

static void row_of(const struct fit *fit, uint8_t level, double time, double row[TERMS_MAX])
{
    memset(row, 0, TERMS_MAX * sizeof *row);
    row[0] = 1;
    if (level)
        row[level] = 1;
    if (fit->trend)
        row[LEVELS] = time;
}

/* The inverse of a symmetric matrix in place by Gauss and Jordan; terms nobody has stay out. */
static void invert(double a[TERMS_MAX][TERMS_MAX], uint32_t n)
{
    for (uint32_t p = 0; p < n; p++) {
        double pivot = a[p][p];
        if (fabs(pivot) < 1e-12) {
            for (uint32_t i = 0; i < n; i++)
                a[p][i] = a[i][p] = 0;
            continue;
        }
        a[p][p] = 1;
        for (uint32_t i = 0; i < n; i++)
            a[p][i] /= pivot;
        for (uint32_t row = 0; row < n; row++) {
            double factor = row == p ? 0 : a[row][p];
            if (row != p)
                a[row][p] = 0;
            for (uint32_t i = 0; i < n; i++)
                a[row][i] -= factor * a[p][i];
        }
    }
}

static double predict(const struct fit *fit, const double row[TERMS_MAX])
{
    double sum = 0;
    for (uint32_t i = 0; i < TERMS_MAX; i++)
        sum += fit->beta[i] * row[i];
    return exp(fmin(sum, 30));
}

/* One step of iteratively reweighted least squares; how far the coefficients moved. */
static double step(struct fit *fit)
{
    double moment[TERMS_MAX] = {0}, row[TERMS_MAX];
    memset(fit->cover, 0, sizeof fit->cover);
    for (uint32_t k = 0; k < fit->n; k++) {
        double w = fit->weight[k] * fit->mean[k];
        double target = log(fit->mean[k]) + (fit->count[k] - fit->mean[k]) / fit->mean[k];
        row_of(fit, fit->level[k], fit->time[k], row);
        for (uint32_t i = 0; i < TERMS_MAX; i++) {
            moment[i] += w * row[i] * target;
            for (uint32_t j = 0; j < TERMS_MAX; j++)
                fit->cover[i][j] += w * row[i] * row[j];
        }
    }
    invert(fit->cover, TERMS_MAX);
    double moved = 0;
    for (uint32_t i = 0; i < TERMS_MAX; i++) {
        double beta = 0;
        for (uint32_t j = 0; j < TERMS_MAX; j++)
            beta += fit->cover[i][j] * moment[j];
        moved = fmax(moved, fabs(beta - fit->beta[i]));
        fit->beta[i] = beta;
    }
    return moved;
}

static bool regress(struct fit *fit)
{
    double row[TERMS_MAX], moved = 1;
    for (uint32_t k = 0; k < fit->n; k++)
        fit->mean[k] = fit->count[k] + 0.1;
    for (uint32_t round = 0; round < ROUNDS_MAX && moved > 1e-9; round++) {
        moved = step(fit);
        for (uint32_t k = 0; k < fit->n; k++) {
            row_of(fit, fit->level[k], fit->time[k], row);
            fit->mean[k] = fmax(predict(fit, row), 1e-10);
        }
    }
    fit->terms = 0;
    for (uint32_t i = 0; i < TERMS_MAX; i++)
        fit->terms += fit->cover[i][i] > 0;
    double chi = 0;
    for (uint32_t k = 0; k < fit->n; k++) {
        double off = fit->count[k] - fit->mean[k], at[TERMS_MAX];
        chi += fit->weight[k] * off * off / fit->mean[k];
        row_of(fit, fit->level[k], fit->time[k], at);
        double lever = 0;
        for (uint32_t i = 0; i < TERMS_MAX; i++)
            for (uint32_t j = 0; j < TERMS_MAX; j++)
                lever += at[i] * fit->cover[i][j] * at[j];
        fit->lever[k] = fmin(lever * fit->weight[k] * fit->mean[k], 0.999999);
    }
    fit->phi = fit->n > fit->terms ? fmax(1, chi / (fit->n - fit->terms)) : 1;
    return moved <= 1e-6;
}

/* Past weeks far above their mean count less (Anscombe residuals, standardised). */
static void weigh(struct fit *fit, double outlier)
{
    double sum = 0;
    for (uint32_t k = 0; k < fit->n; k++) {
        double off =
            1.5 * (pow(fit->count[k], 2.0 / 3) * pow(fit->mean[k], -1.0 / 6) - sqrt(fit->mean[k]));
        double residual = off / sqrt(fit->phi * (1 - fit->lever[k]));
        fit->weight[k] = residual > outlier ? 1 / (residual * residual) : 1;
        sum += fit->weight[k];
    }
    for (uint32_t k = 0; k < fit->n; k++)
        fit->weight[k] *= fit->n / sum;
}

static bool fit_twice(struct fit *fit, const struct farrington *f)
{
    if (!regress(fit))
        return false;
    weigh(fit, f->outlier);
    return regress(fit);
}

struct farrington_answer farrington_at(const struct farrington *f, const double *count, uint32_t t)
{
    struct fit fit = {.trend = f->years >= f->trend_years};
    struct farrington_answer answer = {0};
    double row[TERMS_MAX], recent = 0;
    if (t < farrington_first(f))
        return answer;
    gather(&fit, f, count, t);
    answer.known = fit_twice(&fit, f);
    row_of(&fit, 0, 0, row);
    answer.mean = predict(&fit, row);
    double highest = 0;
    for (uint32_t k = 0; k < fit.n; k++)
        highest = fmax(highest, fit.count[k]);
    if (fit.trend && (!answer.known || answer.mean > highest)) { /* a trend must not run away */
        struct fit flat = {.trend = false};
        gather(&flat, f, count, t);
        answer.known = fit_twice(&flat, f);
        fit = flat;
        row_of(&fit, 0, 0, row);
        answer.mean = predict(&fit, row);
    }
    answer.trend = fit.trend;
    answer.phi = fit.phi;
    answer.bound = count_quantile(answer.mean, answer.phi, 1 - f->alpha);
    for (uint32_t back = 0; back < f->weeks_min && back <= t; back++)
        recent += count[t - back];
    answer.alarm = answer.known && count[t] > answer.bound && recent >= f->cases_min;
    return answer;
}
