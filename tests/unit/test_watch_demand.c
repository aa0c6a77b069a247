/* watch: calls a week by township, counted over complete weeks: which weeks, hours that nobody
 * watched, duplicates, corrected places, what is kept over a restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/lib/told.h"

#define WEEK (168 * HOUR)
#define THURSDAY INT64_C(1767830400000) /* 2026-01-08 00:00 UTC, where such a week begins */

static struct told told;
static struct watch_demand row[WATCH_DEMANDS_MAX];

static void begin(void)
{
    told_begin(&told, &told_policy);
    told.now_ms = THURSDAY;
}

/* So many weeks in which something is heard every hour. */
static void pass_weeks(int weeks)
{
    for (int hour = 0; hour < weeks * 168; hour++) {
        told_feed(&told, (struct watch_event){.kind = WATCH_MINUTE});
        told.now_ms += HOUR;
    }
}

static void place(uint64_t incident, uint64_t township, int32_t lat_e7)
{
    told_feed(&told, (struct watch_event){.kind = WATCH_PLACED,
                                          .id = incident,
                                          .lat_e7 = lat_e7,
                                          .lon_e7 = 1063700000,
                                          .township = township});
}

static uint64_t call(uint64_t township, int32_t lat_e7)
{
    uint64_t id = ++told.incident;
    told_feed(&told, (struct watch_event){.kind = WATCH_OPENED, .id = id, .at_ms = told.now_ms});
    place(id, township, lat_e7);
    return id;
}

static uint32_t ask(void)
{
    return watch_demand(&told.watch, row);
}

static void assert_demand(uint32_t i, uint64_t township, uint32_t calls_a_week, uint32_t weeks,
                          int32_t lat_e7)
{
    assert_int_equal(row[i].township, township);
    assert_int_equal(row[i].calls_a_week, calls_a_week);
    assert_int_equal(row[i].weeks, weeks);
    assert_int_equal(row[i].lat_e7, lat_e7);
}

/* Nothing before two weeks are over; then the mean of those that are, at the calls' middle. */
static void test_counts_complete_weeks(void **state)
{
    (void)state;
    begin();
    for (int week = 0; week < 2; week++) {
        for (int i = 0; i < 3 + 2 * week; i++)
            call(7, 390000000 + 1000 * week);
        pass_weeks(1);
        assert_int_equal(ask(), 0); /* the hour that begins the next week was not heard of */
    }
    call(7, 399999999); /* of the running week */
    assert_int_equal(ask(), 1);
    assert_demand(0, 7, 4, 2, 390000625); /* (3 * 0 + 5 * 1000) / 8 */
    pass_weeks(1);
    for (int week = 0; week < 9; week++)
        pass_weeks(1);
    assert_int_equal(ask(), 1); /* eight weeks without a call: there were some, there are none */
    assert_demand(0, 7, 0, 8, 0);
    told_end(&told);
}

/* A township's own hours are all hours: one in which nobody watched makes it no quieter. */
static void test_hours_that_nobody_watched(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < 30; i++)
        call(7, 390000000);
    pass_weeks(1);
    for (int hour = 0; hour < 84; hour++) { /* the second half of the next week is missing */
        told_feed(&told, (struct watch_event){.kind = WATCH_MINUTE});
        told.now_ms += HOUR;
        if (hour < 15)
            call(7, 390000000);
    }
    told.now_ms += WEEK / 2;
    pass_weeks(1);
    call(8, 390000000);
    assert_int_equal(ask(), 2);
    /* 45 calls in 168 + 85 + 168 hours; a call that comes with the clock counts its hour too */
    assert_demand(0, 7, 18, 3, 390000000);
    assert_demand(1, 8, 0, 3, 0);
    told.now_ms += 40 * WEEK; /* nobody watched for longer than is remembered */
    call(7, 390000000);
    assert_int_equal(ask(), 0);
    told_end(&told);
}

/* A duplicate was no call; a place that is corrected moves the call, weeks later too. */
static void test_corrections(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < 3; i++)
        call(7, 390000000);
    uint64_t moved = call(7, 391000000), twice = call(7, 392000000), nowhere = call(0, 390000000);
    pass_weeks(2);
    told_feed(&told, (struct watch_event){.kind = WATCH_DROPPED, .id = twice});
    told_feed(&told, (struct watch_event){.kind = WATCH_DROPPED, .id = twice});
    place(moved, 9, 391500000);
    place(nowhere, 9, 391500000);
    assert_int_equal(ask(), 2);
    assert_demand(0, 7, 2, 2, 390000000); /* 3 in two weeks */
    assert_demand(1, 9, 1, 2, 391500000);
    told_end(&told);
}

static void test_full_and_off(void **state)
{
    struct watch_policy off = told_policy;
    (void)state;
    begin();
    for (uint64_t township = 1; township <= WATCH_DEMANDS_MAX + 5; township++)
        call(township, 390000000);
    pass_weeks(2);
    call(1, 390000000);
    assert_int_equal(ask(), WATCH_DEMANDS_MAX);
    told_end(&told);
    off.number.demand_on = 0;
    told_begin(&told, &off);
    told.now_ms = THURSDAY;
    call(7, 390000000);
    pass_weeks(3);
    assert_int_equal(ask(), 0);
    told_end(&told);
}

static void test_outlasts_a_restart(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < 6; i++)
        call(7 + (uint64_t)i % 2, 390000000 + i);
    pass_weeks(2);
    call(7, 390000000);
    size_t n = watch_image_bytes(&told.watch);
    unsigned char *bytes = malloc(n);
    assert_non_null(bytes);
    watch_image_keep(&told.watch, bytes, n);
    watch_close(&told.watch);
    assert_int_equal(watch_make(&told.watch, &told_policy), 0);
    assert_int_equal(ask(), 0);
    assert_int_equal(watch_image_take(&told.watch, bytes, n), 0);
    free(bytes);
    assert_int_equal(ask(), 2);
    assert_demand(0, 7, 2, 2, 390000002);
    assert_demand(1, 8, 2, 2, 390000003);
    told_end(&told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_complete_weeks),
        cmocka_unit_test(test_hours_that_nobody_watched),
        cmocka_unit_test(test_corrections),
        cmocka_unit_test(test_full_and_off),
        cmocka_unit_test(test_outlasts_a_restart),
    };
    return cmocka_run_group_tests(tests, told_load, NULL);
}
