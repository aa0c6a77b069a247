/* health: which units are silent, stuck or late in a minute. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/server/health.h"
#include "tests/lib/temp_dir.h"

#define NOW INT64_C(1767571200000)

static struct health health;
static struct state state;
static struct track track;
static char dir[TEMP_DIR_MAX];
static struct pass_minute minute;
static const struct watch_numbers numbers = {.units_stuck_kmh = 5, .units_late_pct = 150};

static void on_silent(void *ctx, uint64_t unit, bool silent, int64_t heard_ms)
{
    (void)ctx;
    (void)unit;
    (void)silent;
    (void)heard_ms;
}

static void add_unit(uint64_t id, uint64_t assignment, enum step step, int64_t ordered_ms)
{
    struct unit *unit = state_add(&state, OBJECT_UNIT, id);
    unit->unit.v = id;
    unit->duty = DUTY_ON;
    unit->assignment.v = assignment;
    if (!assignment)
        return;
    struct assignment *a = state_add(&state, OBJECT_ASSIGNMENT, assignment);
    a->assignment.v = assignment;
    a->unit.v = id;
    a->step = step;
    a->eta_s = 300;
    a->ordered_ms = ordered_ms;
}

static void drive(uint64_t unit, uint16_t speed_dkmh, int64_t now_ms)
{
    struct fix fix = {.unit = unit,
                      .at_ms = now_ms,
                      .received_ms = now_ms,
                      .lat_e7 = 390000000,
                      .lon_e7 = 1064000000,
                      .speed_dkmh = speed_dkmh};
    assert_true(track_put(&track, &fix, now_ms, NULL) >= 0);
}

static void pass(int64_t now_ms)
{
    health_minute(&health, &state, &track, &numbers, now_ms, &minute);
}

static void test_a_minute(void **test)
{
    (void)test;
    add_unit(1, 0, STEP_NONE, 0);                         /* free */
    add_unit(2, 11, STEP_DEPARTED, NOW - 60000);          /* stands still */
    add_unit(3, 12, STEP_DEPARTED, NOW - 60000);          /* drives */
    add_unit(4, 13, STEP_ACKNOWLEDGED, NOW - 500 * 1000); /* 300 s were said */
    add_unit(5, 14, STEP_AT_SCENE, NOW - 5000 * 1000);    /* there */
    drive(2, 10, NOW);
    drive(3, 400, NOW);
    pass(NOW);
    assert_int_equal(minute.units_on, 5);
    assert_int_equal(minute.units_free, 1);
    assert_int_equal(minute.stuck_unit.n, 0); /* it may be a red light */
    assert_int_equal(minute.late_unit.n, 1);
    assert_int_equal(minute.late_unit.v[0], 4);
    drive(2, 0, NOW + 60000);
    drive(3, 400, NOW + 60000);
    pass(NOW + 60000);
    assert_int_equal(minute.stuck_unit.n, 1);
    assert_int_equal(minute.stuck_unit.v[0], 2);
    drive(2, 300, NOW + 120000);
    pass(NOW + 120000);
    assert_int_equal(minute.stuck_unit.n, 0);
}

static void add_zone(uint64_t id, enum zone_kind kind, uint32_t calls_a_week)
{
    struct zone_name *zone = state_add(&state, OBJECT_ZONE_NAME, id);
    zone->zone.v = id;
    zone->kind_mask = KIND_BIT(kind);
    zone->calls_a_week = calls_a_week;
}

static void test_every_square_alike_where_no_demand_is_known(void **test)
{
    (void)test;
    const struct health_zone found[] = {{7, 30, 12, 4200, true},
                                        {8, 10, 10, 0, false},
                                        {9, 40, 0, 9000, true},
                                        {99, 5, 5, 0, false}};
    add_zone(7, ZONE_KIND_TOWNSHIP, 0);
    add_zone(8, ZONE_KIND_TOWNSHIP, 0);
    add_zone(9, ZONE_KIND_SERVICE_AREA, 0); /* townships only, or their squares count twice */
    health_cover(&health, &state, found, 4);
    pass(NOW + 180000);
    assert_true(minute.covered_known && !minute.by_demand);
    assert_int_equal(minute.covered_permille, 550); /* 22 of 40 */
    assert_int_equal(minute.covered_zone.n, 2);
    assert_int_equal(minute.covered_zone.v[0], 7);
    assert_int_equal(minute.zone_permille.v[0], 400);
    assert_int_equal(minute.prepared_zone.n, 1); /* of townships, where it is known */
    assert_int_equal(minute.prepared_zone.v[0], 7);
    assert_int_equal(minute.prepared_milli.v[0], 4200);
}

static void test_a_township_weighs_as_much_as_its_calls(void **test)
{
    (void)test;
    const struct health_zone found[] = {
        {17, 30, 12, 0, false}, {18, 10, 10, 0, false}, {19, 500, 0, 0, false}};
    add_zone(17, ZONE_KIND_TOWNSHIP, 90);
    add_zone(18, ZONE_KIND_TOWNSHIP, 10);
    add_zone(19, ZONE_KIND_TOWNSHIP, 0); /* nobody calls from there */
    health_cover(&health, &state, found, 3);
    pass(NOW + 240000);
    assert_true(minute.covered_known && minute.by_demand);
    assert_int_equal(minute.covered_permille, 460); /* 90 * 0.4 + 10 * 1 of 100 */
    assert_int_equal(minute.covered_zone.n, 3);
}

static void test_no_square_is_nothing_known(void **test)
{
    (void)test;
    health_cover(&health, &state, NULL, 0);
    pass(NOW + 300000);
    assert_false(minute.covered_known || minute.by_demand);
}

static struct assignment *add_run(uint64_t id, uint64_t hospital, enum step step,
                                  int64_t at_hospital_ms)
{
    struct assignment *it = state_add(&state, OBJECT_ASSIGNMENT, id);
    it->assignment.v = id;
    it->hospital.v = hospital;
    it->step = step;
    it->at_hospital_ms = at_hospital_ms;
    return it;
}

static struct hospital *add_hospital(uint64_t id, uint32_t beds_free)
{
    struct hospital *it = state_add(&state, OBJECT_HOSPITAL, id);
    it->hospital.v = id;
    it->beds_free = beds_free;
    return it;
}

/* Who is on the way, and its share of the calls of an hour; only of those that told their beds. */
static void test_what_hospitals_have_to_expect(void **test)
{
    (void)test;
    const int64_t now_ms = NOW + 360000;
    add_hospital(1, 4)->status_ms = NOW;
    add_hospital(2, 9); /* never told */
    for (uint64_t i = 1; i <= 4; i++)
        ((struct incident *)state_add(&state, OBJECT_INCIDENT, i))->opened_ms = now_ms - 1000;
    ((struct incident *)state_add(&state, OBJECT_INCIDENT, 5))->opened_ms = now_ms - 100000000;
    add_run(101, 1, STEP_LEFT_SCENE, 0);
    add_run(102, 1, STEP_COMPLETED, now_ms - 7200000)->ended_ms = now_ms - 3600000;
    add_run(103, 1, STEP_COMPLETED, now_ms - 100000000)->ended_ms = now_ms - 90000000;
    add_run(104, 2, STEP_LEFT_SCENE, 0);
    health.calls_known = true;
    health.calls = 6; /* one arrival from four calls: 1.5 of them, beside the one on its way */
    pass(now_ms);
    assert_int_equal(minute.inflow_hospital.n, 1);
    assert_int_equal(minute.inflow_hospital.v[0], 1);
    assert_int_equal(minute.inflow_milli.v[0], 2500);
    assert_int_equal(minute.inflow_room.v[0], 4);
    health.calls_known = false; /* as in a mean hour of the day: one arrival in 24 */
    pass(now_ms + 60000);
    assert_int_equal(minute.inflow_milli.v[0], 1041);
}

static int start(void **test)
{
    struct limits limits = {.text_bytes = 4096};
    struct track_config config;
    (void)test;
    limits.max[OBJECT_UNIT] = limits.max[OBJECT_ASSIGNMENT] = 16;
    limits.max[OBJECT_ZONE_NAME] = limits.max[OBJECT_HOSPITAL] = limits.max[OBJECT_INCIDENT] = 8;
    limits.max[OBJECT_HEAD] = 1;
    void *memory = calloc(1, state_bytes(&limits));
    assert_non_null(memory);
    state_init(&state, memory, &limits);
    temp_dir_make(dir);
    track_config_default(&config);
    config.dir = dir;
    return track_open(&track, &config, NOW, on_silent, NULL);
}

static int stop(void **test)
{
    (void)test;
    track_close(&track);
    temp_dir_remove(dir);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_minute),
        cmocka_unit_test(test_every_square_alike_where_no_demand_is_known),
        cmocka_unit_test(test_a_township_weighs_as_much_as_its_calls),
        cmocka_unit_test(test_no_square_is_nothing_known),
        cmocka_unit_test(test_what_hospitals_have_to_expect),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
