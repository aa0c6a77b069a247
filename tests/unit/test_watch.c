/* watch: the live detectors together, fed as a journal or a simulation feeds them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/warn/draw.h"
#include "tests/lib/told.h"

static void test_third_gas_call_raises_with_its_evidence(void **state)
{
    struct told t;
    (void)state;
    told_begin(&t, &told_policy);
    told_pass(&t, MONDAY + 10 * MINUTE);
    told_call(&t, "poisoning", "poisoning.3-gas", 39.02, 106.38, 0, 0);
    told_pass(&t, MONDAY + 15 * MINUTE);
    told_call(&t, "poisoning", "poisoning.3-gas", 39.0201, 106.3801, 0, 0);
    assert_int_equal(t.logged, 0);
    told_pass(&t, MONDAY + 20 * MINUTE);
    told_call(&t, "poisoning", "poisoning.1-inside-gas", 39.0201, 106.38, 0, 0);
    const struct watch_action *raised = told_find(&t, WATCH_RAISE, WATCH_BY_PLACE);
    assert_non_null(raised);
    assert_int_equal(told_count(&t, WATCH_RAISE), 1);
    const struct watch_alert *alert = watch_open_alert(&t.watch, raised->number);
    assert_non_null(alert);
    assert_int_equal(alert->level, WATCH_ORANGE);
    assert_string_equal(told_policy.syndrome[alert->syndrome].code, "gas");
    assert_string_equal(alert->plan, "gas-poisoning");
    assert_string_equal(alert->words, "household-gas");
    assert_int_equal(alert->evidence_count, 3);
    assert_true(alert->observed == 3 && alert->radius_m > 0 && alert->radius_m <= 60);

    /* The fourth joins; two hours without another end it. */
    uint64_t fourth = told_call(&t, "poisoning", "poisoning.3-gas", 39.0201, 106.38, 0, 0);
    assert_int_equal(told_count(&t, WATCH_RAISE), 1);
    assert_int_equal(t.log[t.logged - 1].act, WATCH_UPDATE);
    assert_int_equal(t.log[t.logged - 1].alert.evidence[3], fourth);
    told_pass(&t, t.now_ms + 2 * HOUR + MINUTE);
    assert_int_equal(t.log[t.logged - 1].act, WATCH_CLEAR);
    assert_int_equal(t.log[t.logged - 1].alert.key, raised->number);
    told_end(&t);
}

/* A duplicate is not a third patient; an incident far away neither. */
static void test_duplicates_and_far_ones_do_not_count(void **state)
{
    struct told t;
    (void)state;
    told_begin(&t, &told_policy);
    told_call(&t, "poisoning", "poisoning.3-gas", 39.02, 106.38, 0, 0);
    uint64_t second = told_call(&t, "poisoning", "poisoning.3-gas", 39.02, 106.38, 0, 0);
    told_feed(&t, (struct watch_event){.kind = WATCH_DROPPED, .id = second});
    told_call(&t, "poisoning", "poisoning.3-gas", 39.02, 106.38, 0, 0);
    told_call(&t, "poisoning", "poisoning.3-gas", 39.20, 106.78, 0, 0);
    assert_int_equal(t.logged, 0);
    told_end(&t);
}

/* Five pupils of one school in a day are the statutory five, however large the grounds. */
static void test_food_poisoning_in_a_school(void **state)
{
    struct told t;
    const uint32_t school = 1u << 4;
    (void)state;
    told_begin(&t, &told_policy);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(t.logged, 0);
        told_pass(&t, t.now_ms + 40 * MINUTE);
        told_call(&t, "abdominal", "abdominal.4-acute", 39.02 + i * 0.004, 106.38, 7, school);
    }
    const struct watch_action *raised = told_find(&t, WATCH_RAISE, WATCH_BY_PLACE);
    assert_non_null(raised);
    assert_string_equal(raised->alert.words, "site-food-5");
    assert_int_equal(raised->alert.subject, WATCH_ZONE);
    assert_int_equal(raised->alert.subject_id, 7);
    told_end(&t);
}

/* Somebody clears it: it does not come back at the same level within the hold-off. */
static void test_cleared_by_hand_holds_off(void **state)
{
    struct told t;
    (void)state;
    told_begin(&t, &told_policy);
    for (int i = 0; i < 3; i++)
        told_call(&t, "poisoning", "poisoning.3-gas", 39.02, 106.38, 0, 0);
    uint64_t key = told_find(&t, WATCH_RAISE, WATCH_BY_PLACE)->number;
    told_feed(&t, (struct watch_event){.kind = WATCH_OVER, .key = key});
    assert_null(watch_open_alert(&t.watch, key));
    told_call(&t, "poisoning", "poisoning.3-gas", 39.02, 106.38, 0, 0);
    assert_int_equal(told_count(&t, WATCH_RAISE), 1);
    told_pass(&t, t.now_ms + 5 * HOUR);
    told_call(&t, "poisoning", "poisoning.3-gas", 39.02, 106.38, 0, 0);
    assert_int_equal(told_count(&t, WATCH_RAISE), 2);
    told_end(&t);
}

/* Weeks of an ordinary city: breathing troubles all over it, and other complaints. */
static void background(struct told *t, struct draw *draw, int64_t to_ms, double per_hour)
{
    while (t->now_ms < to_ms) {
        told_pass(t, t->now_ms + HOUR);
        for (uint32_t n = draw_poisson(draw, per_hour); n > 0; n--) {
            bool breathing = draw_share(draw) < 0.2;
            told_call(t, breathing ? "breathing" : "seizure",
                      breathing ? "breathing.3-severe" : "seizure.5-over",
                      39.00 + 0.1 * draw_share(draw), 106.30 + 0.1 * draw_share(draw), 0, 0);
        }
        told_fits(t);
    }
}

/* A city-wide rise is found by the window; one square's cluster by the scan. */
static void test_rise_and_cluster_are_found(void **state)
{
    struct told t;
    struct draw draw;
    struct watch_policy quick = told_policy;
    (void)state;
    quick.number.scan_replicas = 19;
    quick.number.scan_refit_days = 14;
    told_begin(&t, &quick);
    draw_seed(&draw, 7);
    background(&t, &draw, MONDAY + 5 * 168 * HOUR, 4);
    assert_true(t.fits > 0);
    uint32_t before = t.logged;
    for (int i = 0; i < 12; i++) {
        told_pass(&t, t.now_ms + 4 * MINUTE);
        told_call(&t, "breathing", "breathing.3-severe", 39.05, 106.35 + i * 1e-3, 0, 0);
    }
    const struct watch_action *found = NULL;
    for (uint32_t i = before; i < t.logged; i++)
        if (t.log[i].act == WATCH_RAISE && t.log[i].alert.detector == WATCH_BY_SCAN)
            found = &t.log[i];
    assert_non_null(found);
    assert_string_equal(quick.syndrome[found->alert.syndrome].code, "respiratory");
    assert_true(found->alert.observed > found->alert.expected);
    assert_true(found->alert.by_chance_h >= quick.number.level_blue_h);

    /* The cluster explains it: nothing is raised city-wide for these. */
    for (uint32_t i = before; i < t.logged; i++)
        assert_false(t.log[i].act == WATCH_RAISE && t.log[i].alert.detector == WATCH_BY_WINDOW &&
                     t.log[i].number > found->number);
    before = t.logged;
    told_pass(&t, t.now_ms + 24 * HOUR);
    for (int i = 0; i < 40; i++) {
        told_pass(&t, t.now_ms + 3 * MINUTE);
        told_call(&t, "breathing", "breathing.3-severe", 39.00 + 0.1 * draw_share(&draw),
                  106.30 + 0.1 * draw_share(&draw), 0, 0);
    }
    found = NULL;
    for (uint32_t i = before; i < t.logged; i++)
        if (t.log[i].act == WATCH_RAISE && t.log[i].alert.detector == WATCH_BY_WINDOW)
            found = &t.log[i];
    assert_non_null(found);
    told_end(&t);
}

/* The alert with this key is open, or merged into one that lives on. */
static bool lives_on(const struct told *t, uint64_t key)
{
    for (uint32_t i = 0; i < t->logged; i++)
        if (t->log[i].act == WATCH_CLEAR && t->log[i].alert.key == key && t->log[i].merged_into)
            key = t->log[i].merged_into;
    return watch_open_alert(&t->watch, key);
}

/* Everything doubles everywhere: that is one cause, whatever is counted and wherever. */
static void test_a_rise_of_everything_is_one_alert(void **state)
{
    struct told t;
    struct draw draw;
    struct watch_policy quick = told_policy;
    (void)state;
    quick.number.scan_replicas = 19;
    quick.number.scan_refit_days = 14;
    quick.number.window_cases_min = 10;
    told_begin(&t, &quick);
    draw_seed(&draw, 11);
    background(&t, &draw, MONDAY + 5 * 168 * HOUR, 12);
    uint32_t before = t.logged, raised = 0, open = 0;
    background(&t, &draw, t.now_ms + 12 * HOUR, 40);
    for (uint32_t i = before; i < t.logged; i++) {
        raised += t.log[i].act == WATCH_RAISE;
        open += t.log[i].act == WATCH_RAISE && watch_open_alert(&t.watch, t.log[i].number);
        if (t.log[i].act == WATCH_CLEAR && t.log[i].merged_into)
            assert_true(lives_on(&t, t.log[i].merged_into));
    }
    assert_true(raised >= 1 && raised <= 4);
    assert_true(open >= 1 && open <= 2);
    told_end(&t);
}

/* Half as many again for three days, with one detector switched on. */
static void slow_rise(const struct watch_policy *only, enum watch_detector detector, bool found)
{
    struct told t;
    struct draw draw;
    told_begin(&t, only);
    draw_seed(&draw, 5);
    background(&t, &draw, MONDAY + 5 * 168 * HOUR, 8);
    uint32_t before = t.logged;
    background(&t, &draw, t.now_ms + 72 * HOUR, 14);
    uint32_t raised = 0;
    for (uint32_t i = before; i < t.logged; i++)
        raised += t.log[i].act == WATCH_RAISE && t.log[i].alert.detector == detector &&
                  t.log[i].alert.observed > t.log[i].alert.expected;
    assert_true(found ? raised > 0 : raised == 0);
    told_end(&t);
}

static void test_cusum_and_ears_find_a_slow_rise(void **state)
{
    struct watch_policy only = told_policy;
    (void)state;
    only.number.window_on = only.number.scan_on = 0;
    only.number.cusum_on = 1;
    only.number.ears_on = 0;
    slow_rise(&only, WATCH_BY_CUSUM, true);
    only.number.cusum_on = 0;
    slow_rise(&only, WATCH_BY_CUSUM, false);
    only.number.ears_on = 1;
    slow_rise(&only, WATCH_BY_EARS, true);
}

static bool same(const struct watch_action *a, const struct watch_action *b)
{
    return a->act == b->act && a->number == b->number && a->cause_seq == b->cause_seq &&
           a->merged_into == b->merged_into && a->alert.key == b->alert.key &&
           a->alert.level == b->alert.level && a->alert.observed == b->alert.observed &&
           a->alert.evidence_count == b->alert.evidence_count;
}

/* The same events, the same actions. */
static void test_again_from_zero(void **state)
{
    struct told t[2];
    (void)state;
    for (int run = 0; run < 2; run++) {
        struct draw draw;
        told_begin(&t[run], &told_policy);
        draw_seed(&draw, 3);
        for (int i = 0; i < 60; i++) {
            told_pass(&t[run], t[run].now_ms + 3 * MINUTE);
            told_call(&t[run], "road-traffic", "road-traffic.3-several",
                      39.02 + 0.002 * draw_share(&draw), 106.38 + 0.002 * draw_share(&draw), 0, 0);
        }
    }
    assert_true(t[0].logged > 3);
    assert_int_equal(t[0].logged, t[1].logged);
    for (uint32_t i = 0; i < t[0].logged; i++)
        assert_true(same(&t[0].log[i], &t[1].log[i]));
    told_end(&t[0]);
    told_end(&t[1]);
}

/* Two days of rises, a cluster and a night's fits. */
static void eventful(struct told *t, uint64_t seed)
{
    struct draw draw;
    draw_seed(&draw, seed);
    background(t, &draw, t->now_ms + 6 * HOUR, 14);
    for (int i = 0; i < 12; i++) {
        told_pass(t, t->now_ms + 4 * MINUTE);
        told_call(t, "breathing", "breathing.3-severe", 39.05, 106.35 + i * 1e-3, 0, 0);
        told_call(t, "poisoning", "poisoning.3-gas", 39.02, 106.31, 77, 1);
    }
    background(t, &draw, t->now_ms + 42 * HOUR, 4);
}

/* What has learned for five weeks goes on from its image as if it had never stopped, in the middle
 * of an alert too; what is not such an image is not taken. */
static void test_goes_on_from_an_image(void **state)
{
    struct told t[2];
    struct draw draw;
    struct watch_policy quick = told_policy;
    (void)state;
    quick.number.scan_replicas = 19;
    told_begin(&t[0], &quick);
    draw_seed(&draw, 13);
    background(&t[0], &draw, MONDAY + 5 * 168 * HOUR, 4);
    for (int round = 0; round < 2; round++) {
        size_t n = watch_image_bytes(&t[0].watch);
        unsigned char *image = malloc(n);
        assert_non_null(image);
        watch_image_keep(&t[0].watch, image, n);
        told_begin(&t[1], &quick);
        assert_int_equal(watch_image_take(&t[1].watch, image, n - 1), -1);
        told_end(&t[1]);
        told_begin(&t[1], &quick);
        assert_int_equal(watch_image_take(&t[1].watch, image, n), 0);
        t[1].seq = t[0].seq, t[1].incident = t[0].incident, t[1].now_ms = t[0].now_ms;
        t[0].logged = 0;
        t[0].fits = t[1].fits = 0;
        eventful(&t[0], 17 + (uint64_t)round);
        eventful(&t[1], 17 + (uint64_t)round);
        assert_true(t[0].fits > 0 && t[0].fits == t[1].fits);
        assert_true(told_find(&t[0], WATCH_RAISE, WATCH_BY_PLACE) && t[0].logged > 10);
        assert_int_equal(t[0].logged, t[1].logged);
        for (uint32_t i = 0; i < t[0].logged; i++)
            assert_true(same(&t[0].log[i], &t[1].log[i]));
        free(image);
        told_end(&t[1]);
    }
    told_end(&t[0]);
    told_begin(&t[0], &told_policy);
    unsigned char none[64] = {0};
    assert_int_equal(watch_image_take(&t[0].watch, none, sizeof none), -1);
    told_end(&t[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_third_gas_call_raises_with_its_evidence),
        cmocka_unit_test(test_duplicates_and_far_ones_do_not_count),
        cmocka_unit_test(test_food_poisoning_in_a_school),
        cmocka_unit_test(test_cleared_by_hand_holds_off),
        cmocka_unit_test(test_rise_and_cluster_are_found),
        cmocka_unit_test(test_a_rise_of_everything_is_one_alert),
        cmocka_unit_test(test_cusum_and_ears_find_a_slow_rise),
        cmocka_unit_test(test_again_from_zero),
        cmocka_unit_test(test_goes_on_from_an_image),
    };
    return cmocka_run_group_tests(tests, told_load, NULL);
}
