#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/city.h"
#include "sim/city_roads.h"
#include "sim/crew.h"
#include "sim/demand.h"

#define DAY_MS INT64_C(86400000)
#define MONDAY_MS INT64_C(1577635200000) /* 2019-12-30T00:00 at UTC+8 */
#define LOCAL_S (8 * 3600)

static struct road road;
static struct city city;
static struct demand_config config;

static int make(void **state)
{
    char errmsg[ERRMSG_MAX];
    (void)state;
    if (city_roads_make(7, &road, errmsg) < 0 ||
        demand_config_load(&config, SOURCE_DIR "/deploy/city/demand.conf", errmsg) < 0) {
        print_error("%s\n", errmsg);
        return -1;
    }
    city_make(&city, 7, &road);
    return 0;
}

static int unmake(void **state)
{
    (void)state;
    road_close(&road);
    return 0;
}

static void start(struct demand *demand, uint64_t seed)
{
    assert_int_equal(demand_init(demand, &config, &city, &road, seed, MONDAY_MS, LOCAL_S), 0);
}

static void test_same_seed_same_calls(void **state)
{
    struct demand a, b, c;
    struct demand_call x, y, z;
    int different = 0;

    (void)state;
    start(&a, 5);
    start(&b, 5);
    start(&c, 6);
    for (int i = 0; i < 500; i++) {
        demand_next(&a, &x);
        demand_next(&b, &y);
        demand_next(&c, &z);
        assert_int_equal(x.at_ms, y.at_ms);
        assert_true(point_equal(x.at, y.at));
        assert_int_equal(x.sort, y.sort);
        assert_int_equal(x.truth, y.truth);
        assert_string_equal(x.number, y.number);
        different += x.at_ms != z.at_ms;
    }
    assert_true(different > 490);
    demand_close(&a);
    demand_close(&b);
    demand_close(&c);
}

/* Ten weeks: as many calls a day as asked, more by day than by night, the shares of each sort. */
static void test_shares(void **state)
{
    struct demand demand;
    struct demand_call call;
    int by_sort[5] = {0}, by_hour[24] = {0}, withheld = 0, located = 0, n = 0;

    (void)state;
    start(&demand, 11);
    for (demand_next(&demand, &call); call.at_ms < MONDAY_MS + 70 * DAY_MS;
         demand_next(&demand, &call)) {
        n++;
        by_sort[call.sort]++;
        by_hour[(call.at_ms / 1000 + LOCAL_S) / 3600 % 24]++;
        withheld += call.number[0] == 0;
        located += call.located;
        assert_true(call.number[0] == 0 || strncmp(call.number, "1000", 4) == 0);
    }
    double expected = config.calls_per_day * 70;
    assert_true(fabs(n - expected) < 4 * sqrt(expected));
    assert_true(by_hour[9] > 3 * by_hour[3]);
    assert_true(fabs(by_sort[DEMAND_SILENT] * 100.0 / n - config.silent_percent) < 1);
    assert_true(fabs(by_sort[DEMAND_NO_UNIT] * 100.0 / n - config.no_unit_percent) < 1.5);
    assert_true(fabs(by_sort[DEMAND_DUPLICATE] * 100.0 / n - config.duplicate_percent) < 1);
    assert_true(fabs(by_sort[DEMAND_REPEAT] * 100.0 / n - config.repeat_percent) < 1);
    assert_true(fabs(located * 100.0 / n - config.located_percent) < 2);
    assert_true(withheld > 0);
    demand_close(&demand);
}

/* Every caller can be driven to, comes from a weighted zone, and answers the same thing twice. */
static void test_calls(void **state)
{
    struct demand demand;
    struct demand_call call;
    uint64_t first = 0;

    (void)state;
    start(&demand, 3);
    for (int i = 0; i < 1000; i++) {
        demand_next(&demand, &call);
        uint32_t node = city_near_node(&road, call.at);
        assert_true(point_dist_m(road.node[node].at, call.at) < 150);
        if (call.sort == DEMAND_EMERGENCY)
            first = call.id;
        if (call.same_as)
            assert_int_equal(call.same_as, first);
        assert_true((call.complaint == NULL) == (call.sort == DEMAND_SILENT));
        for (uint32_t question = 101; question < 110; question++)
            assert_int_equal(demand_answer_is_red(&call, question),
                             demand_answer_is_red(&call, question));
    }
    demand_close(&demand);
}

static void test_refused_files(void **state)
{
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"calls_per_day many\n", ":1: \"many\" is not a number"},
        {"\ncalls_per_day 100 200\n", ":2: calls_per_day needs one number"},
        {"calls_per_day 100\ncalls_per_day 100\n", ":2: calls_per_day needs one number, once"},
        {"hours mon-fri 1 2 3\n", ":1: hours needs"},
        {"complaint chest-pain 1 2\n", ":1: complaint needs"},
        {"weather bad\n", ":1: \"weather\" is not known here"},
        {"calls_per_day 100\n", "patience_s is missing"},
    };
    char path[] = "/tmp/test_demand.XXXXXX", errmsg[ERRMSG_MAX];
    struct demand_config read;
    struct crew_config crew;
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        FILE *out = fopen(path, "w");
        assert_non_null(out);
        fputs(bad[i].text, out);
        fclose(out);
        assert_int_equal(demand_config_load(&read, path, errmsg), -1);
        if (!strstr(errmsg, bad[i].says))
            fail_msg("case %zu says \"%s\"", i, errmsg);
    }
    assert_int_equal(crew_config_load(&crew, path, errmsg), -1);
    assert_non_null(strstr(errmsg, "\"calls_per_day\" is not known here"));
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_seed_same_calls),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_refused_files),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
