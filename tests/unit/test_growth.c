/* The disk's growth: how long it lasts, and when nothing can be said yet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dispatch/upkeep/growth.h"

enum { MINUTE_MS = 60000 };
#define MIB UINT64_C(1048576)

static void test_nothing_is_said_before_ten_minutes(void **state)
{
    struct growth growth = {0};
    (void)state;
    for (int minute = 0; minute < 10; minute++)
        assert_int_equal(
            growth_hours_left(&growth, minute * MINUTE_MS, (uint64_t)(1000 - minute) * MIB),
            GROWTH_HOURS_MAX);
    assert_int_equal(growth_hours_left(&growth, 10 * MINUTE_MS, 990 * MIB), 990 / 60);
}

static void test_a_steady_rate_is_told_by_the_hour(void **state)
{
    struct growth growth = {0};
    uint64_t room = 100000 * MIB;
    uint32_t hours = 0;
    (void)state;
    for (int minute = 0; minute < 300; minute++) {
        room -= 10 * MIB;
        hours = growth_hours_left(&growth, minute * MINUTE_MS, room);
    }
    assert_int_equal(hours, room / (600 * MIB));
}

static void test_an_old_rush_is_forgotten_after_an_hour(void **state)
{
    struct growth growth = {0};
    uint64_t room = 10000 * MIB;
    uint32_t hours = 0;
    (void)state;
    for (int minute = 0; minute < 30; minute++) {
        room -= 100 * MIB;
        hours = growth_hours_left(&growth, minute * MINUTE_MS, room);
    }
    assert_true(hours < 2);
    for (int minute = 30; minute < 95; minute++)
        hours = growth_hours_left(&growth, minute * MINUTE_MS, room);
    assert_int_equal(hours, GROWTH_HOURS_MAX);
}

static void test_space_that_comes_back_and_a_full_disk(void **state)
{
    struct growth growth = {0};
    (void)state;
    growth_hours_left(&growth, 0, 100 * MIB);
    assert_int_equal(growth_hours_left(&growth, 20 * MINUTE_MS, 200 * MIB), GROWTH_HOURS_MAX);
    assert_int_equal(growth_hours_left(&growth, 40 * MINUTE_MS, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_said_before_ten_minutes),
        cmocka_unit_test(test_a_steady_rate_is_told_by_the_hour),
        cmocka_unit_test(test_an_old_rush_is_forgotten_after_an_hour),
        cmocka_unit_test(test_space_that_comes_back_and_a_full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
