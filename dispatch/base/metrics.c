#include "dispatch/base/metrics.h"

#include "dispatch/must.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LAG_PROBE_MS = 50,
    SHOWN_FIRST_BIT = 6, /* histograms are shown from 64 µs … */
    SHOWN_LAST_BIT = 26, /* … to 67 s, a bound at each power of two */
};

enum kind { KIND_COUNTER, KIND_GAUGE };

struct described {
    enum kind kind;
    const char *name;
    const char *label;
    const char *help;
};

#define HISTOGRAM(id, name, help)
#define COUNTER_BY(id, name, label, help)
#define GAUGE_BY(id, name, label, help)
#define COUNTER(id, name, help) {KIND_COUNTER, "mingdi_" name, NULL, help},
#define GAUGE(id, name, help) {KIND_GAUGE, "mingdi_" name, NULL, help},
static const struct described metric_table[METRIC_COUNT] = {
#include "dispatch/base/metrics.def"
};
#undef COUNTER
#undef GAUGE
#undef COUNTER_BY
#undef GAUGE_BY
#define COUNTER(id, name, help)
#define GAUGE(id, name, help)
#define COUNTER_BY(id, name, label, help) {KIND_COUNTER, "mingdi_" name, label, help},
#define GAUGE_BY(id, name, label, help) {KIND_GAUGE, "mingdi_" name, label, help},
static const struct described family_table[FAMILY_COUNT] = {
#include "dispatch/base/metrics.def"
};
#undef COUNTER_BY
#undef GAUGE_BY
#undef HISTOGRAM
#define COUNTER_BY(id, name, label, help)
#define GAUGE_BY(id, name, label, help)
#define HISTOGRAM(id, name, help) {KIND_COUNTER, "mingdi_" name, NULL, help},
static const struct described histogram_table[HIST_COUNT] = {
#include "dispatch/base/metrics.def"
};

void metrics_init(struct metrics *metrics)
{
    memset(metrics, 0, sizeof *metrics);
}

void metrics_label(struct metrics *metrics, enum metric_family id, const char *const *names,
                   uint32_t count)
{
    must(count <= METRIC_LABELS_MAX);
    metrics->labels[id] = names;
    metrics->label_count[id] = count;
}

void metrics_add_by(struct metrics *metrics, enum metric_family id, uint32_t index, int64_t n)
{
    must(index < METRIC_LABELS_MAX);
    metrics->labelled[id][index] += n;
}

void metrics_set_by(struct metrics *metrics, enum metric_family id, uint32_t index, int64_t value)
{
    must(index < METRIC_LABELS_MAX);
    metrics->labelled[id][index] = value;
}

/* Values below 2 * HIST_SUBS have a bucket each; above, HIST_SUBS buckets per power of two. */
static uint32_t bucket_of(uint64_t us)
{
    if (us < 2 * HIST_SUBS) {
        return (uint32_t)us;
    }
    uint32_t bit = 63u - (uint32_t)__builtin_clzll(us);
    uint32_t step = (uint32_t)(us >> (bit - HIST_SUB_BITS)) - HIST_SUBS;
    uint32_t bucket = (bit - HIST_SUB_BITS + 1) * HIST_SUBS + step;
    return bucket < HIST_BUCKETS ? bucket : HIST_BUCKETS - 1;
}

/* The first value that lies above the bucket. */
static uint64_t bucket_end(uint32_t bucket)
{
    if (bucket < 2 * HIST_SUBS) {
        return bucket + 1u;
    }
    uint32_t shift = bucket / HIST_SUBS - 1;
    return (uint64_t)(bucket % HIST_SUBS + HIST_SUBS + 1) << shift;
}

void metrics_observe_us(struct metrics *metrics, enum metric_histogram id, uint64_t us)
{
    struct histogram *histogram = &metrics->histogram[id];
    histogram->count++;
    histogram->sum_us += us;
    histogram->bucket[bucket_of(us)]++;
}

uint64_t histogram_quantile_us(const struct histogram *histogram, uint32_t permille)
{
    must(permille <= 1000);
    uint64_t wanted = (histogram->count * permille + 999) / 1000;
    uint64_t seen = 0;
    for (uint32_t bucket = 0; bucket < HIST_BUCKETS && histogram->count; bucket++) {
        seen += histogram->bucket[bucket];
        if (seen >= wanted && seen > 0) {
            return bucket_end(bucket);
        }
    }
    return 0;
}

static void print_head(FILE *page, const struct described *row, const char *type)
{
    fprintf(page, "# HELP %s %s\n# TYPE %s %s\n", row->name, row->help, row->name, type);
}

static const char *type_of(const struct described *row)
{
    return row->kind == KIND_COUNTER ? "counter" : "gauge";
}

static void print_family(FILE *page, const struct metrics *metrics, uint32_t family)
{
    const struct described *row = &family_table[family];
    print_head(page, row, type_of(row));
    for (uint32_t i = 0; i < metrics->label_count[family]; i++) {
        fprintf(page, "%s{%s=\"%s\"} %" PRId64 "\n", row->name, row->label,
                metrics->labels[family][i], metrics->labelled[family][i]);
    }
}

static void print_seconds(FILE *page, uint64_t us)
{
    fprintf(page, "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
}

/* A bound of 2^n µs falls between two buckets, so the counts below it are exact. */
static void print_histogram(FILE *page, const struct described *row, const struct histogram *hist)
{
    print_head(page, row, "histogram");
    uint64_t below = 0;
    uint32_t bucket = 0;
    for (uint32_t bit = SHOWN_FIRST_BIT; bit <= SHOWN_LAST_BIT; bit++) {
        while (bucket < HIST_BUCKETS && bucket_end(bucket) <= (uint64_t)1 << bit) {
            below += hist->bucket[bucket++];
        }
        fprintf(page, "%s_bucket{le=\"", row->name);
        print_seconds(page, (uint64_t)1 << bit);
        fprintf(page, "\"} %" PRIu64 "\n", below);
    }
    fprintf(page, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum ", row->name, hist->count, row->name);
    print_seconds(page, hist->sum_us);
    fprintf(page, "\n%s_count %" PRIu64 "\n", row->name, hist->count);
}

char *metrics_render(const struct metrics *metrics, size_t *len)
{
    char *text = NULL;
    size_t size = 0;
    FILE *page = open_memstream(&text, &size);
    if (!page) {
        return NULL;
    }
    for (uint32_t i = 0; i < METRIC_COUNT; i++) {
        print_head(page, &metric_table[i], type_of(&metric_table[i]));
        fprintf(page, "%s %" PRId64 "\n", metric_table[i].name, metrics->value[i]);
    }
    for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
        print_family(page, metrics, i);
    }
    for (uint32_t i = 0; i < HIST_COUNT; i++) {
        print_histogram(page, &histogram_table[i], &metrics->histogram[i]);
    }
    if (fclose(page) != 0) {
        free(text);
        return NULL;
    }
    *len = size;
    return text;
}

static void probe_fired(uv_timer_t *timer)
{
    struct lag_probe *probe = timer->data;
    uint64_t now_us = uv_hrtime() / 1000;
    probe->last_us = now_us > probe->due_us ? now_us - probe->due_us : 0;
    metrics_observe_us(probe->metrics, HIST_LOOP_LAG, probe->last_us);
    uv_update_time(timer->loop);
    probe->due_us = uv_hrtime() / 1000 + LAG_PROBE_MS * 1000;
    uv_timer_start(timer, probe_fired, LAG_PROBE_MS, 0);
}

int lag_probe_init(struct lag_probe *probe, uv_loop_t *loop, struct metrics *metrics)
{
    probe->metrics = metrics;
    probe->last_us = 0;
    probe->timer.data = probe;
    int rc = uv_timer_init(loop, &probe->timer);
    if (rc < 0) {
        return rc;
    }
    probe->due_us = uv_hrtime() / 1000 + LAG_PROBE_MS * 1000;
    return uv_timer_start(&probe->timer, probe_fired, LAG_PROBE_MS, 0);
}

void lag_probe_close(struct lag_probe *probe, uv_close_cb closed_cb)
{
    uv_close((uv_handle_t *)&probe->timer, closed_cb);
}
