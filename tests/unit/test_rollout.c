/* rollout: the same seed gives the same bytes; taking the nearest unit out of a busy zone is found
 * to cost the calls to come more than it saves here; where nothing follows, the nearest is best. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/opinion/rollout.h"

enum { PLACES = 6, UNITS = 3, FROM = PLACES + UNITS };

/* A busy zone and a quiet one, a station in each, a hospital in the busy one, and the incident, a
 * little nearer to the busy one. Minutes along one road. */
static const uint32_t at_min[FROM] = {0, 24, 0, 24, 2, 11, 0, 24, 24};

struct scene {
    struct plan_rules rules;
    uint32_t calls_a_week[2], drive_s[PLACES * FROM];
    struct rollout_incident incident;
    struct rollout_unit unit[UNITS];
    struct rollout_slot slot;
    struct rollout rollout;
};

static void make_rules(struct plan_rules *rules)
{
    *rules = (struct plan_rules){.weight = {48, 256, 24, 8, 3, 1},
                                 .none_ms = 36000000,
                                 .freeze_ms = 90000,
                                 .divert_pause_ms = 600000,
                                 .red_first = true};
    for (int grade = 0; grade < PLAN_GRADES; grade++) {
        rules->age_target_ms[grade] = 1800000;
        rules->target_ms[grade] = 720000;
        rules->late_ms[grade] = 120000;
    }
}

/* One unit in the busy zone, two in the quiet one. */
static void make_scene(struct scene *s, uint32_t busy_a_week)
{
    memset(s, 0, sizeof(*s));
    make_rules(&s->rules);
    for (uint32_t to = 0; to < PLACES; to++)
        for (uint32_t from = 0; from < FROM; from++)
            s->drive_s[to * FROM + from] =
                60 * (at_min[to] > at_min[from] ? at_min[to] - at_min[from]
                                                : at_min[from] - at_min[to]);
    s->calls_a_week[0] = busy_a_week;
    s->calls_a_week[1] = 1;
    s->incident = (struct rollout_incident){.place = 5, .grade = 3};
    for (uint32_t u = 0; u < UNITS; u++)
        s->unit[u] = (struct rollout_unit){.capabilities = 1,
                                           .home = u ? 3 : 2,
                                           .from = PLACES + u,
                                           .to = ROLLOUT_NOWHERE};
    s->rollout = (struct rollout){.rules = &s->rules,
                                  .zone_n = 2,
                                  .station_n = 2,
                                  .hospital_n = 1,
                                  .incident_n = 1,
                                  .unit_n = UNITS,
                                  .slot_n = 1,
                                  .candidate_n = 2,
                                  .calls_a_week = s->calls_a_week,
                                  .drive_s = s->drive_s,
                                  .incident = &s->incident,
                                  .unit = s->unit,
                                  .slot = &s->slot,
                                  .candidate = {0, 1},
                                  .grade_share = {0, 1, 2, 3, 1, 0},
                                  .chute_station_ms = 60000,
                                  .chute_mobile_ms = 15000,
                                  .horizon_ms = 7200000,
                                  .scene_ms = 600000,
                                  .handover_ms = 540000,
                                  .clear_ms = 60000,
                                  .carried_permille = 700,
                                  .futures = 400,
                                  .seed = 21};
}

static void test_the_nearest_leaves_a_busy_zone_bare(void **state)
{
    struct scene s;
    struct rollout_cost cost[2];
    (void)state;
    make_scene(&s, 200);
    assert_true(rollout_play(&s.rollout, cost));
    assert_int_equal(cost[0].here_s, 11 * 60 + 60);
    assert_int_equal(cost[1].here_s, 13 * 60 + 60 + 120); /* and it is late */
    assert_int_equal(cost[0].error_s, 0);
    uint32_t first = cost[0].here_s + cost[0].next_s, second = cost[1].here_s + cost[1].next_s;
    assert_true(second + 2 * cost[1].error_s < first);
}

static void test_given_up_it_says_nothing(void **state)
{
    struct scene s;
    struct rollout_cost cost[2];
    const atomic_bool given_up = true;
    (void)state;
    make_scene(&s, 200);
    s.rollout.given_up = &given_up;
    assert_false(rollout_play(&s.rollout, cost));
}

static void test_where_nothing_follows_the_nearest_is_best(void **state)
{
    struct scene s;
    struct rollout_cost cost[2];
    (void)state;
    make_scene(&s, 0);
    assert_true(rollout_play(&s.rollout, cost));
    assert_true(cost[0].here_s + cost[0].next_s + 2 * cost[1].error_s <
                cost[1].here_s + cost[1].next_s);
}

static void test_the_same_seed_gives_the_same_bytes(void **state)
{
    struct scene s;
    struct rollout_cost cost[2], again[2], other[2];
    (void)state;
    make_scene(&s, 200);
    assert_true(rollout_play(&s.rollout, cost));
    assert_true(rollout_play(&s.rollout, again));
    assert_memory_equal(cost, again, sizeof(cost));
    s.rollout.seed++;
    assert_true(rollout_play(&s.rollout, other));
    assert_memory_not_equal(cost, other, sizeof(cost));
}

/* Twenty-five times the futures: a fifth of the error. */
static void test_the_error_falls_with_the_root(void **state)
{
    struct scene s;
    struct rollout_cost few[2], many[2];
    (void)state;
    make_scene(&s, 200);
    s.rollout.futures = 200;
    assert_true(rollout_play(&s.rollout, few));
    s.rollout.futures = 5000;
    assert_true(rollout_play(&s.rollout, many));
    assert_in_range(few[1].error_s, 3 * many[1].error_s, 8 * many[1].error_s);
}

/* A unit taken from another incident leaves it waiting; a busy one comes when it is free; one that
 * cannot get there, or no unit able to, costs what nobody does. */
static void test_units_on_their_way_busy_and_cut_off(void **state)
{
    struct scene s;
    struct rollout_cost cost[2];
    (void)state;
    make_scene(&s, 1);
    s.rollout.futures = 2;
    s.rollout.horizon_ms = 1;
    s.unit[0].to = 0;
    s.unit[1].free_in_ms = 300000;
    assert_true(rollout_play(&s.rollout, cost));
    assert_int_equal(cost[0].here_s, 11 * 60 + 15 + 0);
    assert_int_equal(cost[1].here_s, 300 + 13 * 60 + 15 + 120);
    assert_true(cost[0].next_s > cost[1].next_s);
    for (uint32_t to = 0; to < PLACES; to++)
        s.drive_s[to * FROM + PLACES + 1] = ROLLOUT_NEVER;
    assert_true(rollout_play(&s.rollout, cost));
    assert_true(cost[1].here_s > s.rules.none_ms / 1000);
}

/* More calls than units can serve: all are served in the end, none for ever. */
static void test_a_flood_ends(void **state)
{
    struct scene s;
    struct rollout_cost cost[2];
    (void)state;
    make_scene(&s, 100000);
    s.rollout.futures = 2;
    assert_true(rollout_play(&s.rollout, cost));
    assert_true(cost[0].next_s > 0 && cost[1].next_s > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_nearest_leaves_a_busy_zone_bare),
        cmocka_unit_test(test_given_up_it_says_nothing),
        cmocka_unit_test(test_where_nothing_follows_the_nearest_is_best),
        cmocka_unit_test(test_the_same_seed_gives_the_same_bytes),
        cmocka_unit_test(test_the_error_falls_with_the_root),
        cmocka_unit_test(test_units_on_their_way_busy_and_cut_off),
        cmocka_unit_test(test_a_flood_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
