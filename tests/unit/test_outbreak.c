/* Outbreaks hidden among ordinary cases: as the file says, from a seed, and found by the rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sim/city_roads.h"
#include "sim/outbreak.h"
#include "tests/lib/temp_dir.h"

#define MONDAY_MS INT64_C(1767571200000)
#define DAY_MS INT64_C(86400000)

static struct city city;
static struct road road;
static struct demand_config demand_config;
static struct outbreak_config config;
static char errmsg[ERRMSG_MAX];

static int load(void **state)
{
    (void)state;
    return city_roads_make(1, &road, errmsg) < 0 ||
           demand_config_load(&demand_config, SOURCE_DIR "/deploy/city/demand.conf", errmsg) < 0 ||
           outbreak_config_load(&config, SOURCE_DIR "/deploy/city/outbreaks.conf", errmsg) < 0 ||
           (city_make(&city, 1, &road), 0);
}

static int unload(void **state)
{
    (void)state;
    road_close(&road);
    return 0;
}

static void make_cases(uint64_t seed, int days, struct outbreak_cases *cases)
{
    struct demand demand;
    struct dice dice = dice_make(seed, "outbreak");
    assert_int_equal(demand_init(&demand, &demand_config, &city, &road, seed, MONDAY_MS, 0), 0);
    assert_int_equal(
        outbreak_ordinary(cases, &config, &demand, &dice, MONDAY_MS + days * DAY_MS), 0);
    demand_close(&demand);
}

static size_t kind_named(const char *name)
{
    for (size_t i = 0; i < config.kind_n; i++)
        if (strcmp(config.kind[i].name, name) == 0)
            return i;
    fail_msg("no outbreak %s", name);
    return 0;
}

static void a_seed_gives_the_same_cases(void **state)
{
    struct outbreak_cases a = {0}, b = {0}, c = {0};
    (void)state;
    make_cases(5, 14, &a);
    make_cases(5, 14, &b);
    make_cases(6, 14, &c);
    assert_int_equal(a.n, b.n);
    for (size_t i = 0; i < a.n; i++) {
        assert_int_equal(a.row[i].at_ms, b.row[i].at_ms);
        assert_int_equal(a.row[i].at.lat_e7, b.row[i].at.lat_e7);
        assert_ptr_equal(a.row[i].determinant, b.row[i].determinant);
    }
    assert_true(a.n != c.n || a.row[0].at_ms != c.row[0].at_ms);
    /* About two thirds of the calls are cases of their own. */
    assert_in_range(a.n, 14 * 280 * 55 / 100, 14 * 280 * 75 / 100);
    outbreak_cases_close(&a);
    outbreak_cases_close(&b);
    outbreak_cases_close(&c);
}

static void a_cluster_is_as_the_file_says(void **state)
{
    size_t kind = kind_named("school-food");
    const struct outbreak_kind *k = &config.kind[kind];
    int64_t from_ms = MONDAY_MS + 2 * DAY_MS;
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct outbreak_cases cases = {0};
        struct dice dice = dice_make(seed, "place");
        uint32_t n = 0, at_school = 0;
        make_cases(seed, 1, &cases);
        assert_int_equal(outbreak_add(&cases, &config, kind, &city, &dice, from_ms, errmsg), 0);
        for (size_t i = 0; i < cases.n; i++) {
            const struct outbreak_case *c = &cases.row[i];
            assert_true(i == 0 || cases.row[i - 1].at_ms <= c->at_ms);
            if (c->kind != (int)kind)
                continue;
            n++;
            assert_true(c->at_ms >= from_ms && c->at_ms <= from_ms + (int64_t)k->minutes * 60000);
            for (size_t z = 0; z < city.zone_n; z++)
                at_school += city.zone[z].kind == ZONE_KIND_SCHOOL &&
                             city_zone_holds(&city.zone[z], c->at);
        }
        assert_in_range(n, k->cases_low, k->cases_high);
        assert_true(2 * at_school >= n); /* the radius may reach over the fence */
        outbreak_cases_close(&cases);
    }
}

static void a_rise_adds_its_percent_and_ends(void **state)
{
    size_t kind = kind_named("heat-wave");
    uint32_t ordinary = 0, added = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct outbreak_cases cases = {0};
        struct dice dice = dice_make(seed, "rise");
        int64_t from_ms = MONDAY_MS + 7 * DAY_MS, end_ms = from_ms + 6 * DAY_MS;
        make_cases(seed, 21, &cases);
        assert_int_equal(outbreak_add(&cases, &config, kind, &city, &dice, from_ms, errmsg), 0);
        for (size_t i = 0; i < cases.n; i++) {
            const struct outbreak_case *c = &cases.row[i];
            bool of_it = strncmp(c->card, "unconscious", 11) == 0;
            added += c->kind == (int)kind;
            if (c->kind == (int)kind)
                assert_true(c->at_ms >= from_ms && c->at_ms < end_ms + 3600000);
            else
                ordinary += of_it && c->at_ms >= from_ms + DAY_MS && c->at_ms < end_ms;
        }
        outbreak_cases_close(&cases);
    }
    /* 120 percent on five days and a ramp on the first: 1.32 of five days' worth. */
    assert_in_range(100 * added / ordinary, 110, 155);
}

static void a_place_the_city_has_none_of_is_an_error(void **state)
{
    static struct city empty;
    struct outbreak_cases cases = {0};
    struct dice dice = dice_make(1, "place");
    (void)state;
    assert_int_equal(outbreak_add(&cases, &config, kind_named("pile-up"), &empty, &dice, MONDAY_MS,
                                  errmsg),
                     -1);
    assert_non_null(strstr(errmsg, "motorway"));
}

static void mistakes_are_named_by_line(void **state)
{
    static const char *const bad[][2] = {
        {"cluster x gas dwelling 25 180 6 3 3\n", ":1:"},
        {"day_percent 8\nrise x gas 5\n", ":2:"},
        {"ordinary card det 9 1\n", ":1:"},
        {"fly 1\n", "fly"},
        {"rise x gas 5 1 50\n", "no case row"},
    };
    char dir[TEMP_DIR_MAX], path[TEMP_DIR_MAX + 16];
    struct outbreak_config read;
    (void)state;
    temp_dir_make(dir);
    snprintf(path, sizeof(path), "%s/o.conf", dir);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        FILE *file = fopen(path, "w");
        fputs(bad[i][0], file);
        fclose(file);
        assert_int_equal(outbreak_config_load(&read, path, errmsg), -1);
        assert_non_null(strstr(errmsg, bad[i][1]));
    }
    temp_dir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seed_gives_the_same_cases),
        cmocka_unit_test(a_cluster_is_as_the_file_says),
        cmocka_unit_test(a_rise_adds_its_percent_and_ends),
        cmocka_unit_test(a_place_the_city_has_none_of_is_an_error),
        cmocka_unit_test(mistakes_are_named_by_line),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
