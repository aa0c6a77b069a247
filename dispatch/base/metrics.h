/* metrics: counts and times of the running server, shown as Prometheus text.
 *
 * What exists is one row in metrics.def; each row makes an enum METRIC_…, HIST_… or FAMILY_….
 * Owner: the caller owns both structs. Thread: the loop's only; other threads hand their figures
 * over with their results. Units: histograms take microseconds and show seconds.
 * Errors: metrics_render is NULL without memory.
 * Start here if you add a figure: write the row, then metrics_add(m, METRIC_YOURS, 1). */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum {
    METRIC_LABELS_MAX = 128,  /* per family */
    HIST_SUB_BITS = 4,        /* 16 steps in each power of two: a value is known to 6 % */
    HIST_SUBS = 1 << HIST_SUB_BITS,
    HIST_BUCKETS = HIST_SUBS * 38,
};

#define COUNTER(id, name, help) METRIC_##id,
#define GAUGE(id, name, help) METRIC_##id,
#define COUNTER_BY(id, name, label, help)
#define GAUGE_BY(id, name, label, help)
#define HISTOGRAM(id, name, help)
enum metric {
#include "dispatch/base/metrics.def"
    METRIC_COUNT
};
#undef COUNTER
#undef GAUGE
#define COUNTER(id, name, help)
#define GAUGE(id, name, help)
#undef COUNTER_BY
#undef GAUGE_BY
#define COUNTER_BY(id, name, label, help) FAMILY_##id,
#define GAUGE_BY(id, name, label, help) FAMILY_##id,
enum metric_family {
#include "dispatch/base/metrics.def"
    FAMILY_COUNT
};
#undef COUNTER_BY
#undef GAUGE_BY
#define COUNTER_BY(id, name, label, help)
#define GAUGE_BY(id, name, label, help)
#undef HISTOGRAM
#define HISTOGRAM(id, name, help) HIST_##id,
enum metric_histogram {
#include "dispatch/base/metrics.def"
    HIST_COUNT
};
#undef COUNTER
#undef GAUGE
#undef COUNTER_BY
#undef GAUGE_BY
#undef HISTOGRAM

struct histogram {
    uint64_t count;
    uint64_t sum_us;
    uint64_t bucket[HIST_BUCKETS];
};

struct metrics {
    int64_t value[METRIC_COUNT];
    int64_t labelled[FAMILY_COUNT][METRIC_LABELS_MAX];
    const char *const *labels[FAMILY_COUNT]; /* borrowed names */
    uint32_t label_count[FAMILY_COUNT];
    struct histogram histogram[HIST_COUNT];
};

void metrics_init(struct metrics *metrics);

static inline void metrics_add(struct metrics *metrics, enum metric id, int64_t n)
{
    metrics->value[id] += n;
}

static inline void metrics_set(struct metrics *metrics, enum metric id, int64_t value)
{
    metrics->value[id] = value;
}

/* Names of a family's values by index, borrowed for good; count at most METRIC_LABELS_MAX. */
void metrics_label(struct metrics *metrics, enum metric_family id, const char *const *names,
                   uint32_t count);
void metrics_add_by(struct metrics *metrics, enum metric_family id, uint32_t index, int64_t n);
void metrics_set_by(struct metrics *metrics, enum metric_family id, uint32_t index, int64_t value);

void metrics_observe_us(struct metrics *metrics, enum metric_histogram id, uint64_t us);

/* The value below which `permille` thousandths of the observations lie; 0 without any. */
uint64_t histogram_quantile_us(const struct histogram *histogram, uint32_t permille);

/* The whole page, NUL-terminated; the caller frees it. *len is written only on success. */
char *metrics_render(const struct metrics *metrics, size_t *len);

/* Observes HIST_LOOP_LAG by a timer of its own. */
struct lag_probe {
    uv_timer_t timer;
    struct metrics *metrics;
    uint64_t due_us;
    uint64_t last_us;         /* the latest lag, for the watchdog */
};

int lag_probe_init(struct lag_probe *probe, uv_loop_t *loop, struct metrics *metrics);

/* The memory is yours again in closed_cb, called with the timer handle. */
void lag_probe_close(struct lag_probe *probe, uv_close_cb closed_cb);

#endif
