/* warn_marks: known days under every mark: how often each level, the highest mark that keeps its
 * part of the budget, and that nothing is made up where nothing is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/ctl/warn_marks.h"
#include "dispatch/policy/warnfile.h"

enum { DAYS = 60, DAY_MINUTES = 1440 };

static struct warn_marks marks;
static struct watch_policy policy;
static char said[8192];

/* Every day at noon the share falls to `dip` for ten minutes; one zone of three has a bad hour each
 * second day. */
static void pass_days(uint32_t dip)
{
    warn_marks_init(&marks, &policy.number);
    for (int64_t i = 0; i < DAYS * DAY_MINUTES; i++) {
        int64_t minute = i % DAY_MINUTES, day = i / DAY_MINUTES;
        uint32_t milli[] = {9000, 8000, day % 2 == 0 && minute < 60 ? 3000 : 7000};
        struct minute_passed fact = {
            .covered_known = true,
            .covered_permille = minute >= 720 && minute < 730 ? dip : 900,
            .prepared_milli = {milli, 3},
        };
        warn_marks_minute(&marks, i * 60000, &fact);
        assert_int_equal(milli[0], 9000); /* the fact is as it was */
    }
}

static void print(void)
{
    FILE *out = fmemopen(said, sizeof(said), "w");
    assert_non_null(out);
    warn_marks_print(&marks, DAYS, out);
    assert_int_equal(fclose(out), 0);
}

static void assert_said(const char *text)
{
    if (!strstr(said, text))
        fail_msg("not said: %s\n%s", text, said);
}

/* 60 dips in 60 days are 30 in 30; nine are allowed. A mark of 500 is not over 500. */
static void test_what_is_known(void **state)
{
    (void)state;
    pass_days(500);
    print();
    assert_said("each at most 9.0 yellow and 0.4 orange in 30 days, open 20 % of the time");
    assert_said("coverage: known in 86400 minutes");
    assert_said("        800       850     30.00      0.00      0.4 %  now\n");
    assert_said("too high: enter at most 500\n");
    assert_said("preparedness: known in 86400 minutes");
    assert_said("       5000      7000     15.00      0.00      1.9 %  now\n");
    assert_said("too high: enter at most 3000\n");
}

/* Half the mark is orange: dearer. */
static void test_orange(void **state)
{
    (void)state;
    pass_days(300);
    print();
    assert_said("        800       850      0.00     30.00");
    assert_said("        600       650     30.00      0.00");
    assert_said("too high: enter at most 300\n");
}

/* Above, one alert would be raised once and stand there for ever. */
static void test_kept(void **state)
{
    (void)state;
    pass_days(850);
    print();
    assert_said("        800       850      0.00      0.00      0.0 %  now\n");
    assert_said("kept: enter at most 850\n");
}

static void test_nothing_is_known(void **state)
{
    const struct minute_passed fact = {.covered_permille = 100};
    (void)state;
    warn_marks_init(&marks, &policy.number);
    for (int i = 0; i < 100; i++)
        warn_marks_minute(&marks, i * 60000, &fact);
    print();
    assert_said("coverage: in no minute of the journal was it known\n");
    assert_said("preparedness: in no minute of the journal was it known\n");
}

static int load(void **state)
{
    static struct complaints complaints;
    (void)state;
    return warnfile_load(SOURCE_DIR "/deploy/warn", 480, &policy, &complaints);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_known),
        cmocka_unit_test(test_orange),
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_nothing_is_known),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
