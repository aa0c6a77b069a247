/* Metrics: counts, labels, histograms and the page. */
#include "dispatch/base/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct metrics metrics;

static int start(void **state)
{
    (void)state;
    metrics_init(&metrics);
    return 0;
}

static void shows(const char *line)
{
    size_t len;
    char *page = metrics_render(&metrics, &len);
    assert_non_null(page);
    assert_int_equal(strlen(page), len);
    if (!strstr(page, line)) {
        print_error("%s\nis not in\n%s", line, page);
        fail();
    }
    free(page);
}

static void counters_and_gauges_are_shown(void **state)
{
    (void)state;
    metrics_add(&metrics, METRIC_FIXES, 3);
    metrics_add(&metrics, METRIC_FIXES, 4);
    metrics_set(&metrics, METRIC_CLIENTS, 12);
    shows("\n# TYPE mingdi_fixes_total counter\nmingdi_fixes_total 7\n");
    shows("\n# TYPE mingdi_gate_clients gauge\nmingdi_gate_clients 12\n");
}

static void families_are_shown_by_label(void **state)
{
    static const char *const reasons[] = {"unit-busy", "no-such-unit"};
    static const char *const readers[] = {"postgis"};
    (void)state;
    metrics_label(&metrics, FAMILY_REFUSALS, reasons, 2);
    metrics_label(&metrics, FAMILY_READER_LAG, readers, 1);
    metrics_add_by(&metrics, FAMILY_REFUSALS, 1, 5);
    metrics_set_by(&metrics, FAMILY_READER_LAG, 0, 42);
    shows("\nmingdi_refusals_total{reason=\"unit-busy\"} 0\n"
          "mingdi_refusals_total{reason=\"no-such-unit\"} 5\n");
    shows("\n# TYPE mingdi_reader_lag_seq gauge\nmingdi_reader_lag_seq{reader=\"postgis\"} 42\n");
}

static void histograms_are_cumulative(void **state)
{
    (void)state;
    metrics_observe_us(&metrics, HIST_COMMIT, 10);
    metrics_observe_us(&metrics, HIST_COMMIT, 100);
    metrics_observe_us(&metrics, HIST_COMMIT, 1000);
    metrics_observe_us(&metrics, HIST_COMMIT, 2000000);
    shows("\nmingdi_commit_seconds_bucket{le=\"0.000064\"} 1\n"
          "mingdi_commit_seconds_bucket{le=\"0.000128\"} 2\n");
    shows("\nmingdi_commit_seconds_bucket{le=\"0.001024\"} 3\n");
    shows("\nmingdi_commit_seconds_bucket{le=\"1.048576\"} 3\n"
          "mingdi_commit_seconds_bucket{le=\"2.097152\"} 4\n");
    shows("\nmingdi_commit_seconds_bucket{le=\"+Inf\"} 4\n"
          "mingdi_commit_seconds_sum 2.001110\nmingdi_commit_seconds_count 4\n");
}

/* Every value, from one microsecond to days, is known to a sixteenth. */
static void quantiles_are_near(void **state)
{
    (void)state;
    for (uint64_t us = 1; us < (uint64_t)1 << 38; us = us * 9 / 8 + 1) {
        metrics_init(&metrics);
        metrics_observe_us(&metrics, HIST_LOOP_LAG, us);
        uint64_t shown = histogram_quantile_us(&metrics.histogram[HIST_LOOP_LAG], 500);
        assert_in_range(shown, us + 1, us + us / 16 + 2);
    }
    metrics_init(&metrics);
    assert_int_equal(histogram_quantile_us(&metrics.histogram[HIST_LOOP_LAG], 990), 0);
    for (uint64_t us = 1; us <= 1000; us++) {
        metrics_observe_us(&metrics, HIST_LOOP_LAG, us);
    }
    assert_in_range(histogram_quantile_us(&metrics.histogram[HIST_LOOP_LAG], 500), 500, 533);
    assert_in_range(histogram_quantile_us(&metrics.histogram[HIST_LOOP_LAG], 990), 990, 1056);
    metrics_observe_us(&metrics, HIST_LOOP_LAG, UINT64_MAX);
    assert_int_equal(metrics.histogram[HIST_LOOP_LAG].count, 1001);
}

static void the_probe_sees_a_blocked_loop(void **state)
{
    uv_loop_t loop;
    struct lag_probe probe;
    const struct histogram *lag = &metrics.histogram[HIST_LOOP_LAG];
    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(lag_probe_init(&probe, &loop, &metrics), 0);
    while (lag->count == 0) {
        uv_run(&loop, UV_RUN_ONCE);
    }
    uint64_t until_us = uv_hrtime() / 1000 + 200000;
    while (uv_hrtime() / 1000 < until_us) {
    }
    while (lag->count < 2) {
        uv_run(&loop, UV_RUN_ONCE);
    }
    assert_true(histogram_quantile_us(lag, 1000) >= 100000);
    lag_probe_close(&probe, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(counters_and_gauges_are_shown, start),
        cmocka_unit_test_setup(families_are_shown_by_label, start),
        cmocka_unit_test_setup(histograms_are_cumulative, start),
        cmocka_unit_test_setup(quantiles_are_near, start),
        cmocka_unit_test_setup(the_probe_sees_a_blocked_loop, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
