#include "sim/judge_report.h"

#include <math.h>
#include <stdlib.h>

static const char *const colour[JUDGE_REPORT_POLICIES_MAX] = {
    "#888888", "#d08030", "#3070b0", "#60a050", "#c02060", "#7050a0", "#208080", "#000000"};

/* ---- what is kept of a run ---- */

/* Into the mean of the runs so far. */
static void take_curve(double *share, const double *s, uint32_t n, uint32_t runs)
{
    for (uint32_t i = 0, at = 0; i < JUDGE_REPORT_POINTS; i++) {
        while (at < n && s[at] <= i * JUDGE_REPORT_STEP_S)
            at++;
        share[i] += ((n ? (double)at / n : 0) - share[i]) / runs;
    }
}

int judge_report_take(struct judge_report_entry *entry, const struct judge_run *run)
{
    double *s = malloc((run->city->call_n + 1) * sizeof(*s));
    int err = s ? judge_stats_make(&entry->run[entry->run_n], run) : -1;
    entry->policy = run->policy->name;
    entry->run_n += err == 0;
    for (uint32_t p = 0; p < JUDGE_PRIORITIES && err == 0; p++) {
        uint32_t n = judge_stats_responses(run, (int)p, s, run->city->call_n);
        take_curve(entry->share[p], s, n, entry->run_n);
    }
    if (err == 0)
        entry->stats =
            entry->run_n > 1 ? judge_stats_join(entry->run, entry->run_n) : entry->run[0];
    free(s);
    return err;
}

/* ---- the page ---- */

enum { WIDTH = 640, HEIGHT = 300, LEFT = 50, TOP = 20 };

static double x_of(uint32_t point)
{
    return LEFT + (double)point * WIDTH / (JUDGE_REPORT_POINTS - 1);
}

static double y_of(double share)
{
    return TOP + HEIGHT * (1 - share);
}

static void draw_axes(FILE *out)
{
    for (int tenth = 0; tenth <= 10; tenth += 2)
        fprintf(out,
                "<line x1='%d' x2='%d' y1='%.1f' y2='%.1f' stroke='#ddd'/>"
                "<text x='%d' y='%.1f' text-anchor='end'>%d %%</text>\n",
                LEFT, LEFT + WIDTH, y_of(tenth / 10.0), y_of(tenth / 10.0), LEFT - 5,
                y_of(tenth / 10.0) + 4, tenth * 10);
    for (uint32_t i = 0; i < JUDGE_REPORT_POINTS; i += 20)
        fprintf(out, "<text x='%.1f' y='%d' text-anchor='middle'>%.0f min</text>\n", x_of(i),
                TOP + HEIGHT + 16, i * JUDGE_REPORT_STEP_S / 60);
}

static void draw_curves(FILE *out, const struct judge_report_entry *entry, int n, uint32_t p)
{
    fprintf(out, "<svg viewBox='0 0 %d %d' width='%d' font-size='11' font-family='sans-serif'>\n",
            LEFT + WIDTH + 150, TOP + HEIGHT + 30, LEFT + WIDTH + 150);
    draw_axes(out);
    for (int e = 0; e < n; e++) {
        fprintf(out, "<polyline fill='none' stroke-width='1.6' stroke='%s' points='", colour[e]);
        for (uint32_t i = 0; i < JUDGE_REPORT_POINTS; i++)
            fprintf(out, "%.1f,%.1f ", x_of(i), y_of(entry[e].share[p][i]));
        fprintf(out, "'/><text x='%d' y='%d' fill='%s'>%s</text>\n", LEFT + WIDTH + 10,
                TOP + 14 + 16 * e, colour[e], entry[e].policy);
    }
    fputs("</svg>\n", out);
}

/* The means with their intervals, a policy a line. */
static void draw_intervals(FILE *out, const struct judge_report_entry *entry, int n, uint32_t p)
{
    double low = INFINITY, high = -INFINITY;
    for (int e = 0; e < n; e++) {
        const struct judge_figures *f = &entry[e].stats.priority[p];
        low = fmin(low, f->mean_s - f->mean_half_s);
        high = fmax(high, f->mean_s + f->mean_half_s);
    }
    double scale = high > low ? WIDTH / (high - low) : 0;
    fprintf(out, "<svg viewBox='0 0 %d %d' width='%d' font-size='11' font-family='sans-serif'>\n",
            LEFT + WIDTH + 150, 16 * n + 24, LEFT + WIDTH + 150);
    for (int e = 0; e < n; e++) {
        const struct judge_figures *f = &entry[e].stats.priority[p];
        double x = LEFT + (f->mean_s - low) * scale, half = f->mean_half_s * scale;
        int y = 12 + 16 * e;
        fprintf(out,
                "<line x1='%.1f' x2='%.1f' y1='%d' y2='%d' stroke='%s' stroke-width='2'/>"
                "<circle cx='%.1f' cy='%d' r='4' fill='%s'/>"
                "<text x='%d' y='%d' fill='%s'>%s</text>\n",
                x - half, x + half, y, y, colour[e], x, y, colour[e], LEFT + WIDTH + 10, y + 4,
                colour[e], entry[e].policy);
    }
    fprintf(out,
            "<text x='%d' y='%d'>%.0f</text>"
            "<text x='%d' y='%d' text-anchor='end'>%.0f</text></svg>\n",
            LEFT, 16 * n + 20, low, LEFT + WIDTH, 16 * n + 20, high);
}

static void write_row(FILE *out, const struct judge_report_entry *e, uint32_t p)
{
    const struct judge_figures *f = &e->stats.priority[p];
    fprintf(out,
            "<tr><td>%s</td><td>%u</td><td>%.2f ± %.2f %%</td><td>%.1f ± %.1f s</td>"
            "<td>%.0f</td><td>%.0f</td><td>%.0f</td><td>%.0f</td></tr>\n",
            e->policy, f->calls, 100 * f->in_time, 100 * f->in_time_half, f->mean_s, f->mean_half_s,
            f->p50_s, f->p90_s, f->p99_s, f->max_s);
}

static void write_whole(FILE *out, const struct judge_report_entry *entry, int n)
{
    fputs("<h2>All calls</h2><table><tr><th>policy</th><th>mean s</th><th>P99 s</th><th>busy</th>"
          "<th>diversions</th><th>km</th><th>worst zone's P90 s</th></tr>\n",
          out);
    for (int e = 0; e < n; e++)
        fprintf(out,
                "<tr><td>%s</td><td>%.1f</td><td>%.0f</td><td>%.1f %%</td><td>%u</td><td>%.0f</td>"
                "<td>%.0f (station %u)</td></tr>\n",
                entry[e].policy, entry[e].stats.all.mean_s, entry[e].stats.all.p99_s,
                100 * entry[e].stats.busy, entry[e].stats.diversions, entry[e].stats.km,
                entry[e].stats.worst_zone_p90_s, entry[e].stats.worst_zone + 1);
    fputs("</table>\n", out);
}

static void write_escaped(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '<' || *text == '&')
            fprintf(out, "&#%d;", *text);
        else
            putc(*text, out);
    }
}

void judge_report_write(FILE *out, const struct judge_report_entry *entry, int n, const char *title)
{
    fputs("<!doctype html><meta charset='utf-8'><style>body{font:14px sans-serif;margin:2em}"
          "td,th{padding:2px 10px;text-align:right}</style>\n<title>citysim judge</title><h1>",
          out);
    write_escaped(out, title);
    if (entry[0].run_n > 1)
        fprintf(out, "</h1><p>± is the 95 %% confidence interval over %u seeds.</p>\n",
                entry[0].run_n);
    else
        fputs("</h1><p>± is the 95 % confidence interval over the days of the window.</p>\n", out);
    write_whole(out, entry, n);
    for (uint32_t p = 0; p < JUDGE_PRIORITIES; p++) {
        if (entry[0].stats.priority[p].calls == 0)
            continue;
        fprintf(out,
                "<h2>Priority %u</h2><table><tr><th>policy</th><th>calls</th><th>in time</th>"
                "<th>mean</th><th>P50</th><th>P90</th><th>P99</th><th>longest</th></tr>\n",
                p + 1);
        for (int e = 0; e < n; e++)
            write_row(out, &entry[e], p);
        fputs("</table>\n<p>Mean response time, s</p>\n", out);
        draw_intervals(out, entry, n, p);
        fputs("<p>Share of calls answered within</p>\n", out);
        draw_curves(out, entry, n, p);
    }
}
