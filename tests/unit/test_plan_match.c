/* The engine's rules on a few units and incidents: what it prefers, what it never does. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "dispatch/core/plan_match.h"

enum { SECOND = 1000, UNITS = 3, SLOTS = 2 };

static struct plan_rules rules;
static struct plan_match_slot slot[SLOTS];
static struct plan_unit unit[UNITS];
static int64_t way[SLOTS * UNITS];

static int begin(void **state)
{
    (void)state;
    rules = (struct plan_rules){.weight = {48, 64, 24, 8, 3, 1},
                                .turn_ms = 60 * SECOND,
                                .none_ms = 36000 * SECOND,
                                .freeze_ms = 90 * SECOND,
                                .divert_pause_ms = 600 * SECOND,
                                .unsure_ms = {[1] = 300 * SECOND},
                                .diverts = true};
    for (int g = 0; g < PLAN_GRADES; g++) {
        rules.age_target_ms[g] = 1800 * SECOND;
        rules.switch_ms[g] = 60 * SECOND;
    }
    for (int s = 0; s < SLOTS; s++)
        slot[s] = (struct plan_match_slot){
            .grade = 3, .since_taken_ms = PLAN_NEVER, .holder = PLAN_NOBODY};
    for (int u = 0; u < UNITS; u++)
        unit[u] = (struct plan_unit){.slot = PLAN_NOBODY};
    for (int i = 0; i < SLOTS * UNITS; i++)
        way[i] = PLAN_NEVER;
    return 0;
}

static void match(int slots, int units, int32_t *answer)
{
    const struct plan_problem problem = {&rules, slot, unit, way, slots, units};
    void *workspace = malloc(plan_match_bytes(slots, units));
    plan_match(&problem, workspace, answer);
    free(workspace);
}

/* Unit u is on its way to slot s: so long in all, so much left. */
static void on_its_way(int u, int s, int64_t drive_s, int64_t left_s)
{
    unit[u] =
        (struct plan_unit){.slot = s, .drive_ms = drive_s * SECOND, .left_ms = left_s * SECOND};
    slot[s].holder = u;
}

static void the_soon_free_competes(void **state)
{
    (void)state;
    int32_t answer[1];
    unit[0].free_in_ms = 100 * SECOND;
    way[0] = 60 * SECOND;
    way[1] = 400 * SECOND;
    match(1, 2, answer);
    assert_int_equal(answer[0], 0);
    unit[0].free_in_ms = 500 * SECOND;
    match(1, 2, answer);
    assert_int_equal(answer[0], 1);
}

static void the_more_urgent_takes_a_unit_on_its_way(void **state)
{
    (void)state;
    int32_t answer[2];
    on_its_way(0, 0, 600, 500);
    slot[1].grade = 1;
    way[0] = 500 * SECOND; /* slot 0: by its own unit, or by the other one */
    way[1] = 700 * SECOND;
    way[2] = 200 * SECOND; /* slot 1 */
    way[3] = 900 * SECOND;
    match(2, 2, answer);
    assert_int_equal(answer[0], 1);
    assert_int_equal(answer[1], 0);
}

/* A minute sooner is worth a turn that costs 59 s, not one of 61 s. */
static void grade_1_turns_a_unit_for_what_a_turn_costs_it(void **state)
{
    (void)state;
    int32_t answer[2];
    slot[0].grade = 1;
    on_its_way(0, 1, 500, 400);
    rules.switch_ms[3] = 0;
    way[0] = 200 * SECOND;
    way[1] = 260 * SECOND;
    way[2] = 400 * SECOND; /* slot 1: both units the same */
    way[3] = 400 * SECOND;
    match(2, 2, answer);
    assert_int_equal(answer[0], 0);
    rules.turn_1_ms = 59 * SECOND;
    match(2, 2, answer);
    assert_int_equal(answer[0], 0);
    rules.turn_1_ms = 61 * SECOND;
    match(2, 2, answer);
    assert_int_equal(answer[0], 1);
}

static void a_drive_near_its_end_is_not_touched(void **state)
{
    (void)state;
    const int64_t drive_s[] = {300, 1000}, left_s[] = {90, 250};
    for (int i = 0; i < 2; i++) {
        int32_t answer[2];
        begin(NULL);
        on_its_way(0, 0, drive_s[i], left_s[i]);
        slot[1].grade = 1;
        way[0] = left_s[i] * SECOND;
        way[1] = way[3] = 900 * SECOND;
        way[2] = 20 * SECOND;
        match(2, 2, answer);
        assert_int_equal(answer[0], 0);
        assert_int_equal(answer[1], 1);
        assert_false(plan_may_turn(&rules, drive_s[i] * SECOND, left_s[i] * SECOND));
        assert_true(plan_may_turn(&rules, drive_s[i] * SECOND, left_s[i] * SECOND + 1));
    }
}

static void an_incident_loses_its_unit_once_in_the_pause(void **state)
{
    (void)state;
    int32_t answer[2];
    on_its_way(0, 0, 600, 500);
    slot[0].grade = 3;
    slot[0].since_taken_ms = 599 * SECOND;
    slot[1].grade = 2;
    way[0] = 500 * SECOND;
    way[1] = 600 * SECOND;
    way[2] = 100 * SECOND;
    way[3] = 3000 * SECOND;
    match(2, 2, answer);
    assert_int_equal(answer[0], 0);
    slot[0].since_taken_ms = 600 * SECOND;
    match(2, 2, answer);
    assert_int_equal(answer[0], 1);
    assert_int_equal(answer[1], 0);
    slot[0].since_taken_ms = 0; /* grade 1 takes it all the same */
    slot[1].grade = 1;
    match(2, 2, answer);
    assert_int_equal(answer[1], 0);
    slot[0].grade = 1; /* but not from another of grade 1 */
    match(2, 2, answer);
    assert_int_equal(answer[0], 0);
}

/* A unit that is busy yet is a guess; grade 1 takes the one that can start unless the guess is much
 * better, the others need not. */
static void grade_1_trusts_a_busy_unit_less(void **state)
{
    (void)state;
    int32_t answer[1];
    slot[0].grade = 1;
    unit[1].free_in_ms = 60 * SECOND;
    way[0] = 400 * SECOND;
    way[1] = 50 * SECOND;
    match(1, 2, answer);
    assert_int_equal(answer[0], 0);
    way[0] = 411 * SECOND;
    match(1, 2, answer);
    assert_int_equal(answer[0], 1);
    slot[0].grade = 2;
    way[0] = 111 * SECOND;
    match(1, 2, answer);
    assert_int_equal(answer[0], 1);
}

static void another_unit_must_be_sooner_by_the_switch(void **state)
{
    (void)state;
    int32_t answer[1];
    on_its_way(0, 0, 600, 500);
    way[0] = 500 * SECOND;
    way[1] = 441 * SECOND;
    match(1, 2, answer);
    assert_int_equal(answer[0], 0);
    way[1] = 439 * SECOND;
    match(1, 2, answer);
    assert_int_equal(answer[0], 1);
    rules.diverts = false;
    match(1, 2, answer);
    assert_int_equal(answer[0], 0);
}

/* The longest wait weighs most within its grade, and never as much as the next more urgent one. */
static void waiting_counts_but_never_passes_a_more_urgent_one(void **state)
{
    (void)state;
    int32_t answer[2];
    slot[0].waited_ms = 3600 * SECOND;
    way[0] = 600 * SECOND; /* the only unit is nearer to slot 1 */
    way[1] = 300 * SECOND;
    match(2, 1, answer);
    assert_int_equal(answer[0], 0);
    assert_int_equal(answer[1], PLAN_NOBODY);
    slot[0].waited_ms = 1000000 * (int64_t)SECOND;
    slot[1].grade = 2;
    way[0] = way[1];
    match(2, 1, answer);
    assert_int_equal(answer[0], PLAN_NOBODY);
    assert_int_equal(answer[1], 0);
}

static void the_last_unit_is_spared_but_not_for_the_most_urgent(void **state)
{
    (void)state;
    int32_t answer[1];
    unit[0].price_ms = 200 * SECOND;
    way[0] = 300 * SECOND;
    way[1] = 400 * SECOND;
    match(1, 2, answer);
    assert_int_equal(answer[0], 1);
    slot[0].grade = 1;
    match(1, 2, answer);
    assert_int_equal(answer[0], 0);
}

static void in_time_is_worth_a_detour_of_another(void **state)
{
    (void)state;
    int32_t answer[2];
    for (int g = 0; g < PLAN_GRADES; g++) {
        rules.target_ms[g] = 480 * SECOND;
        rules.late_ms[g] = 120 * SECOND;
    }
    way[0] = 400 * SECOND; /* slot 0 is in time by unit 0 only; slot 1 is late anyway */
    way[1] = 500 * SECOND;
    way[2] = 520 * SECOND;
    way[3] = 640 * SECOND;
    match(2, 2, answer);
    assert_int_equal(answer[0], 0);
    assert_int_equal(answer[1], 1);
}

static void ties_go_to_the_lowest(void **state)
{
    (void)state;
    int32_t answer[2];
    for (int i = 0; i < SLOTS * UNITS; i++)
        way[i] = 300 * SECOND;
    match(2, 3, answer);
    assert_int_equal(answer[0], 0);
    assert_int_equal(answer[1], 1);
}

/* The largest waits and weights keep every price within what assign_solve takes. */
static void extremes_stay_in_range(void **state)
{
    (void)state;
    int32_t answer[1];
    slot[0].waited_ms = (int64_t)1 << 40;
    slot[0].grade = 1;
    rules.weight[1] = 10000;
    rules.none_ms = (int64_t)360000 * SECOND;
    rules.age_target_ms[1] = 1;
    way[0] = rules.none_ms - 1;
    match(1, 1, answer);
    assert_in_range(answer[0] + 1, 0, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_soon_free_competes, begin),
        cmocka_unit_test_setup(the_more_urgent_takes_a_unit_on_its_way, begin),
        cmocka_unit_test_setup(grade_1_turns_a_unit_for_what_a_turn_costs_it, begin),
        cmocka_unit_test_setup(a_drive_near_its_end_is_not_touched, begin),
        cmocka_unit_test_setup(an_incident_loses_its_unit_once_in_the_pause, begin),
        cmocka_unit_test_setup(grade_1_trusts_a_busy_unit_less, begin),
        cmocka_unit_test_setup(another_unit_must_be_sooner_by_the_switch, begin),
        cmocka_unit_test_setup(waiting_counts_but_never_passes_a_more_urgent_one, begin),
        cmocka_unit_test_setup(the_last_unit_is_spared_but_not_for_the_most_urgent, begin),
        cmocka_unit_test_setup(in_time_is_worth_a_detour_of_another, begin),
        cmocka_unit_test_setup(ties_go_to_the_lowest, begin),
        cmocka_unit_test_setup(extremes_stay_in_range, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
