#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/base/csv.h"
#include "sim/replay_csv.h"

static int read_csv(struct replay_csv *csv, const char *text)
{
    FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    int err = replay_csv_read(csv, in, "t.csv");
    fclose(in);
    return err;
}

static void test_fields(void **state)
{
    char line[] = "a,\"b, \"\"c\"\"\",,\"\"\r\n", open[] = "\"a", after[] = "\"a\"b,c", why[100];
    char *field[8];

    (void)state;
    assert_int_equal(csv_split(line, field, 8, why, sizeof(why)), 4);
    assert_string_equal(field[0], "a");
    assert_string_equal(field[1], "b, \"c\"");
    assert_string_equal(field[2], "");
    assert_string_equal(field[3], "");
    assert_int_equal(csv_split(open, field, 8, why, sizeof(why)), -1);
    assert_int_equal(csv_split(after, field, 8, why, sizeof(why)), -1);
}

static void test_times(void **state)
{
    static const char *const wrong[] = {"2017-02-30T00:00:00Z",      "2017-01-01T00:00:00",  "-5",
                                        "2017-01-01 00:00:00Z",      "2017-01-01T25:00:00Z", "x",
                                        "2017-01-01T00:00:00+15:00", "2017-01-01T00:00:00.Z"};
    int64_t ms = -1;

    (void)state;
    assert_int_equal(csv_time("", &ms), 0);
    assert_int_equal(ms, 0);
    assert_int_equal(csv_time("2016-12-31T00:01:04-08:00", &ms), 0);
    assert_int_equal(ms, 1483171264000);
    assert_int_equal(csv_time("2016-12-31T08:01:04.250Z", &ms), 0);
    assert_int_equal(ms, 1483171264250);
    assert_int_equal(csv_time("1483171264000", &ms), 0);
    assert_int_equal(ms, 1483171264000);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(csv_time(wrong[i], &ms), -1);
    assert_int_equal(ms, 1483171264000);
}

/* Every bad input is named by file, line and what is wrong. */
static void test_refused_files(void **state)
{
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"", "t.csv:0: holds no rows"},
        {"call,received\n", "t.csv:1: holds no rows"},
        {"call\nx\n", "t.csv:1: the columns call and received"},
        {"call,received,speed\n", "t.csv:1: there is no column \"speed\""},
        {"call,received,call\n", "t.csv:1: column call stands there twice"},
        {"call,received\na\n", "t.csv:2: 1 fields, the header has 2"},
        {"call,received\na,noon\n", "t.csv:2: received=\"noon\" is not a time"},
        {"call,received\n,5\n", "t.csv:2: call and received must be there"},
        {"call,received,lat,lon\na,5,91,0\n", "t.csv:2: lat,lon"},
        {"call,received,lat,lon\na,5,1,\n", "t.csv:2: lat,lon"},
        {"call,received,kind\na,5,flood\n", "t.csv:2: kind=\"flood\""},
        {"call,received,outcome\na,5,fine\n", "t.csv:2: outcome=\"fine\""},
        {"call,received,outcome\na,5,duplicate\n", "t.csv:2: outcome=\"duplicate\""},
        {"call,received,unit\na,5,U\n", "t.csv:2: a unit without the time of its order"},
        {"call,received,ordered\na,5,6\n", "t.csv:2: a time point without a unit"},
        {"call,received\na,5\na,6\n", "t.csv:3: call a says something else in line 2"},
        {"call,received,unit,unit_kind,ordered\na,5,U,X,6\nb,5,U,Y,6\n",
         "t.csv:3: unit U is Y here and was X before"},
        {"call,received,unit,base,ordered\na,5,U,B,6\n", "t.csv:2: base B needs"},
        {"call,received\n\"a,5\n", "t.csv:2: field 1 has no closing quote"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct replay_csv csv;
        assert_int_equal(read_csv(&csv, bad[i].text), -1);
        if (strncmp(csv.errmsg, bad[i].says, strlen(bad[i].says)) != 0)
            fail_msg("case %zu says \"%s\"", i, csv.errmsg);
    }
}

static void test_order_of_entry(void **state)
{
    static const char text[] =
        "call,received,opened,unit,ordered,departed,at_hospital,left_scene,completed\n"
        "a,1000,3000,U,2000,1500,4000,5000,9000\n" /* ordered before it was opened */
        "b,9000,9000,U,9000,,,,9000\n";            /* as the other ends; no length */
    static const struct {
        int64_t ms;
        enum replay_event_kind kind;
        enum step step;
    } expected[] = {
        {1000, REPLAY_CALL, STEP_NONE},
        {3000, REPLAY_OPEN, STEP_NONE},
        {3000, REPLAY_ORDER, STEP_ORDERED},
        {3000, REPLAY_EARLY_STEP, STEP_DEPARTED},
        {4000, REPLAY_STEP, STEP_AT_HOSPITAL},
        {5000, REPLAY_STEP, STEP_LEFT_SCENE},
        {9000, REPLAY_STEP, STEP_COMPLETED},
        {9000, REPLAY_CALL, STEP_NONE},
        {9000, REPLAY_OPEN, STEP_NONE},
        {9000, REPLAY_ORDER, STEP_ORDERED},
        {9000, REPLAY_EARLY_STEP, STEP_COMPLETED},
    };
    struct replay_csv csv;

    (void)state;
    assert_int_equal(read_csv(&csv, text), 0);
    assert_int_equal(csv.event_n, sizeof(expected) / sizeof(expected[0]));
    for (size_t i = 0; i < csv.event_n; i++) {
        assert_int_equal(csv.event[i].enter_ms, expected[i].ms);
        assert_int_equal(csv.event[i].kind, expected[i].kind);
        assert_int_equal(csv.event[i].step, expected[i].step);
    }
    assert_int_equal(csv.counts.out_of_order, 1);
    assert_int_equal(csv.counts.overlaps, 0);
    assert_int_equal(csv.counts.unfinished, 0);
    replay_csv_close(&csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_refused_files),
        cmocka_unit_test(test_order_of_entry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
