/* surge: when the level rises and falls, and whom it holds back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dispatch/core/surge.h"

static const struct surge_rules rules = {.line_pct = {0, 30, 20, 10},
                                         .held_grade = {0, 5, 4, 3},
                                         .margin_pct = 5,
                                         .units_min = 10,
                                         .held_ms_max = 3600000};

static void rises_below_its_line(void **state)
{
    (void)state;
    assert_int_equal(surge_level(&rules, 0, 6, 20), 0);
    assert_int_equal(surge_level(&rules, 0, 5, 20), 1);
    assert_int_equal(surge_level(&rules, 0, 3, 20), 2);
    assert_int_equal(surge_level(&rules, 0, 1, 20), 3);
    assert_int_equal(surge_level(&rules, 0, 0, 20), 3);
}

static void falls_only_above_the_margin(void **state)
{
    (void)state;
    assert_int_equal(surge_level(&rules, 1, 6, 20), 1);
    assert_int_equal(surge_level(&rules, 1, 7, 20), 0);
    assert_int_equal(surge_level(&rules, 3, 2, 20), 3);
    assert_int_equal(surge_level(&rules, 3, 3, 20), 2);
    assert_int_equal(surge_level(&rules, 3, 20, 20), 0);
}

/* Whatever the count does, one unit more or less moves the level at most once. */
static void one_unit_does_not_make_it_flap(void **state)
{
    (void)state;
    for (uint32_t free_n = 0; free_n < 40; free_n++) {
        uint32_t level = surge_level(&rules, 0, free_n, 40);
        uint32_t up = surge_level(&rules, level, free_n + 1, 40);
        assert_int_equal(surge_level(&rules, up, free_n, 40), level);
        assert_int_equal(up, level);
    }
}

static void few_units_or_no_line_are_no_surge(void **state)
{
    (void)state;
    const struct surge_rules off = {.margin_pct = 5};
    assert_int_equal(surge_level(&rules, 3, 0, 9), 0);
    assert_int_equal(surge_level(&off, 2, 0, 100), 0);
    assert_int_equal(surge_level(&rules, 0, 0, 0), 0);
}

static void holds_the_less_urgent_for_a_while(void **state)
{
    (void)state;
    assert_false(surge_holds(&rules, 0, 5, 0));
    assert_true(surge_holds(&rules, 1, 5, 0));
    assert_false(surge_holds(&rules, 1, 4, 0));
    assert_true(surge_holds(&rules, 3, 3, 0));
    assert_false(surge_holds(&rules, 3, 2, 0));
    assert_false(surge_holds(&rules, 3, 0, 0));
    assert_true(surge_holds(&rules, 3, 5, 3599999));
    assert_false(surge_holds(&rules, 3, 5, 3600000));
    assert_false(surge_holds(&rules, 9, 5, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rises_below_its_line),
        cmocka_unit_test(falls_only_above_the_margin),
        cmocka_unit_test(one_unit_does_not_make_it_flap),
        cmocka_unit_test(few_units_or_no_line_are_no_surge),
        cmocka_unit_test(holds_the_less_urgent_for_a_while),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
