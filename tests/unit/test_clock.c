/* The machine's clock set ten days forward or back, under a running pipeline and between two: time
 * goes on by itself, never back and never standing still, deadlines pass once, and it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/journal_memory.h"
#include "tests/lib/os_driven.h"
#include "tests/lib/random_day.h"

#define START_MS INT64_C(1800000000000)
#define DAYS_MS (10 * INT64_C(86400000))

static struct random_day day;

static int start(void **state)
{
    (void)state;
    os_driven_start(START_MS, 1);
    random_day_make(&day, NULL);
    snprintf(day.config.server.clock, sizeof(day.config.server.clock), "wall");
    random_day_open(&day, 1);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    random_day_close(&day);
    journal_memory_wipe();
    return 0;
}

static int64_t now_ms(void)
{
    return pipeline_now_ms(&day.pipeline);
}

static int64_t last_ms(void) /* journalled */
{
    return day.pipeline.core.state.head->now_ms;
}

/* Everything that is due, as the pipeline's own timer does it. */
static void pass(int64_t ms)
{
    os_driven_pass(ms);
    day.metrics.value[METRIC_CLOCK_OFF] = INT64_MIN;
    random_day_until(&day, day.metrics.value[METRIC_CLOCK_OFF] != INT64_MIN);
}

static uint32_t alerts(void)
{
    return day.pipeline.core.state.table[OBJECT_ALERT].count;
}

static void set_under_a_running_pipeline(void **state)
{
    static const int64_t step[] = {DAYS_MS, -2 * DAYS_MS, DAYS_MS};
    int64_t off_ms = 0, before_ms = now_ms();
    (void)state;
    random_day_do(&day, "ring_call line=1");
    for (size_t i = 0; i < 3; i++) {
        uint64_t seq = pipeline_seq(&day.pipeline);
        os_driven_jump_wall(step[i]);
        off_ms += step[i];
        pass(100);
        before_ms += 100;
        assert_int_equal(now_ms(), before_ms);
        assert_int_equal(pipeline_wall_ms(&day.pipeline), before_ms);
        assert_int_equal(day.metrics.value[METRIC_CLOCK_OFF], off_ms / 1000);
        assert_int_equal(pipeline_seq(&day.pipeline), seq); /* nothing fell due by it */
        random_day_do(&day, "ring_call line=2");
        assert_int_equal(pipeline_seq(&day.pipeline), seq + 1);
    }
    assert_int_equal(alerts(), 0);
}

/* Without it the clock would stand still for ten days, and no deadline would pass. */
static void ten_days_back_between_two_starts(void **state)
{
    (void)state;
    int64_t before_ms = last_ms();
    random_day_close(&day);
    os_driven_jump_wall(-DAYS_MS);
    random_day_open(&day, 1);
    assert_true(now_ms() >= before_ms);
    random_day_do(&day, "ring_call line=1");
    assert_int_equal(alerts(), 0);
    before_ms = now_ms();
    pass(60000);
    assert_int_equal(now_ms(), before_ms + 60000);
    assert_int_equal(alerts(), 1); /* nobody answered */
}

static void ten_days_forward_between_two_starts(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        random_day_do(&day, "ring_call line=1");
    random_day_close(&day);
    os_driven_jump_wall(DAYS_MS);
    random_day_open(&day, 1);
    for (int i = 0; i < 20; i++)
        pass(100);
    assert_in_range(alerts(), 1, 10); /* of each call at most two, all at once, and no more */
    uint64_t seq = pipeline_seq(&day.pipeline);
    for (int i = 0; i < 20; i++)
        pass(100);
    assert_int_equal(pipeline_seq(&day.pipeline), seq);

    int64_t before_ms = last_ms(); /* and the mistake is mended */
    random_day_close(&day);
    os_driven_jump_wall(-DAYS_MS);
    random_day_open(&day, 1);
    pass(1000);
    assert_true(now_ms() >= before_ms + 1000);
    seq = pipeline_seq(&day.pipeline);
    random_day_do(&day, "ring_call line=3");
    assert_int_equal(pipeline_seq(&day.pipeline), seq + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(set_under_a_running_pipeline, start, stop),
        cmocka_unit_test_setup_teardown(ten_days_back_between_two_starts, start, stop),
        cmocka_unit_test_setup_teardown(ten_days_forward_between_two_starts, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
