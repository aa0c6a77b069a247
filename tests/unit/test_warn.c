/* The detectors' arithmetic: known answers, and answers that another way gives. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/warn/chance.h"
#include "dispatch/warn/cusum.h"
#include "dispatch/warn/ears.h"
#include "dispatch/warn/farrington.h"
#include "dispatch/warn/forecast.h"
#include "dispatch/warn/lateness.h"
#include "dispatch/warn/scan.h"
#include "dispatch/warn/subset.h"
#include "dispatch/warn/tail.h"
#include "dispatch/warn/window.h"

static void near(double a, double b, double relative)
{
    if (fabs(a - b) > relative * fmax(1, fabs(b)))
        fail_msg("%.12g is not %.12g", a, b);
}

static void tails_are_those_of_the_tables(void **state)
{
    (void)state;
    near(normal_quantile(0.999), 3.0902323061678132, 1e-14);
    near(normal_quantile(0.025), -1.9599639845400545, 1e-14);
    near(poisson_tail(2, 3), 0.32332358381693654, 1e-13);
    near(count_tail(2, 2, 3), 0.3125, 1e-13);      /* P(NB(size 2, p 1/2) >= 3) = 5/16 */
    near(count_tail(10, 1, 60), 1.6957e-27, 1e-4); /* no digits lost far out */
    assert_int_equal(count_quantile(10, 1, 0.95), 15);
}

static void run_lengths_are_exact(void **state)
{
    struct cusum_design d = {.mean = 2.4, .phi = 1, .h = 10, .k = 3};
    (void)state;
    near(cusum_run_length(&d), 548.3623, 1e-6); /* a published table's */
    d = (struct cusum_design){.mean = 0.5, .phi = 1, .h = 1, .k = 0};
    near(cusum_run_length(&d), 1 / (1 - exp(-0.5)), 1e-12); /* the first count above 0 */
    near(cusum_find_h(0.5, 1, 0.8, 0.1, 500), 4.7, 1e-12);
    d.h = 1e9;
    assert_true(cusum_run_length(&d) < 0);
}

static void ears_sees_a_jump_and_c3_its_aftermath(void **state)
{
    double count[20];
    (void)state;
    for (int i = 0; i < 20; i++)
        count[i] = 4 + i % 2;
    count[15] = 12;
    struct ears ears = {EARS_C1, 7, 0.001, 0, 2};
    assert_true(ears_at(&ears, count, 15).alarm);
    assert_false(ears_at(&ears, count, 14).alarm);
    ears.method = EARS_C3;
    assert_true(ears_at(&ears, count, 16).alarm); /* C3 remembers two steps */
    assert_int_equal(ears_first(&ears), 11);
}

static void a_flat_baseline_alarms_at_anything_above(void **state)
{
    double count[10] = {3, 3, 3, 3, 3, 3, 3, 4};
    struct ears ears = {EARS_C1, 7, 0.001, 0, 2};
    (void)state;
    assert_true(isinf(ears_at(&ears, count, 7).score));
    assert_true(ears_at(&ears, count, 7).alarm);
}

/* Every circle and window by hand. */
static double best_by_hand(const uint32_t *cases, const double *expected, uint32_t places,
                           uint32_t slots)
{
    double best = 0;
    for (uint32_t a = 0; a < places; a++)
        for (uint32_t b = a; b < places; b++)
            for (uint32_t w = 1; w <= slots; w++) {
                double c = 0, e = 0;
                for (uint32_t p = a; p <= b; p++)
                    for (uint32_t s = slots - w; s < slots; s++) {
                        c += cases[p * slots + s];
                        e += expected[p * slots + s];
                    }
                double score = c > e ? c * log(c / e) + e - c : 0;
                best = fmax(best, score);
            }
    return best;
}

static void the_scan_finds_the_best_of_all(void **state)
{
    enum { PLACES = 7, SLOTS = 5 };
    struct scan_place place[PLACES];
    uint32_t cases[PLACES * SLOTS];
    double expected[PLACES * SLOTS];
    struct circles circles;
    struct scan scan;
    struct draw draw;
    (void)state;
    draw_seed(&draw, 7);
    for (uint32_t i = 0; i < PLACES; i++)
        place[i] = (struct scan_place){pow(2, i), 0}; /* circles round the first: all prefixes */
    struct circle_limits limits = {.plane = true};
    assert_int_equal(circles_make(&circles, place, PLACES, &limits), 0);
    struct scan_input input = {.model = SCAN_EXPECTATION,
                               .circles = &circles,
                               .slots = SLOTS,
                               .windows = SLOTS,
                               .cases = cases,
                               .expected = expected};
    for (int round = 0; round < 200; round++) {
        for (uint32_t i = 0; i < PLACES * SLOTS; i++) {
            expected[i] = 0.2 + draw_share(&draw);
            cases[i] = draw_poisson(&draw, expected[i]);
        }
        assert_int_equal(scan_make(&scan, &input), 0);
        struct scan_cluster best[3] = {0};
        uint32_t n = scan_all(&scan, best, 3);
        double all = best_by_hand(cases, expected, PLACES, SLOTS);
        assert_true(n == 0 || best[0].score <= all * (1 + 1e-12));
        struct scan_cluster one = {0};
        assert_int_equal(scan_best(&scan, &one, 1), n > 0);
        near(one.score, best[0].score, 1e-12);
        scan_close(&scan);
    }
    circles_close(&circles);
}

/* Every set of the places round one centre and every window by hand. */
static void the_scan_of_sets_finds_the_best_of_all(void **state)
{
    enum { PLACES = 7, SLOTS = 3 };
    struct scan_place place[PLACES];
    uint32_t cases[PLACES * SLOTS];
    double expected[PLACES * SLOTS];
    struct circles circles;
    struct scan scan;
    struct draw draw;
    (void)state;
    draw_seed(&draw, 9);
    for (uint32_t i = 0; i < PLACES; i++)
        place[i] = (struct scan_place){pow(2, i), 0};
    assert_int_equal(
        circles_make(&circles, place, PLACES, &(struct circle_limits){.plane = true}), 0);
    const struct scan_input input = {.model = SCAN_EXPECTATION,
                                     .circles = &circles,
                                     .slots = SLOTS,
                                     .windows = SLOTS,
                                     .any_shape = true,
                                     .cases = cases,
                                     .expected = expected};
    for (int round = 0; round < 50; round++) {
        double most = 0;
        for (uint32_t i = 0; i < PLACES * SLOTS; i++) {
            expected[i] = 0.2 + draw_share(&draw);
            cases[i] = draw_poisson(&draw, expected[i]);
        }
        for (uint32_t set = 1; set < 1u << PLACES; set++)
            for (uint32_t w = 1; w <= SLOTS; w++) {
                double c = 0, e = 0;
                for (uint32_t i = 0; i < PLACES * SLOTS; i++)
                    if (set >> i / SLOTS & 1u && i % SLOTS >= SLOTS - w) {
                        c += cases[i];
                        e += expected[i];
                    }
                most = fmax(most, c > e ? c * log(c / e) + e - c : 0);
            }
        struct scan_cluster best[2] = {0};
        assert_int_equal(scan_make(&scan, &input), 0);
        uint32_t n = scan_all(&scan, best, 2), sum = 0;
        near(best[0].score, most, 1e-12);
        assert_true(n > 0);
        const uint32_t *of = scan_places(&scan, &best[0]);
        for (uint32_t i = 0; i < best[0].members; i++)
            for (uint32_t slot = SLOTS - best[0].window; slot < SLOTS; slot++)
                sum += cases[of[i] * SLOTS + slot];
        assert_int_equal(sum, best[0].cases);
        assert_int_equal(scan_apart(&scan, best, 1), 1);
        assert_true(scan_replica(&scan, &draw, 1) >= 0);
        scan_close(&scan);
    }
    circles_close(&circles);
}

static void a_replica_is_as_likely_as_it_says(void **state)
{
    enum { N = 2000 };
    struct draw draw;
    double maximum[N], sum = 0;
    (void)state;
    draw_seed(&draw, 3);
    for (int i = 0; i < N; i++) /* Gumbel(2, 1.5) */
        sum += maximum[i] = 2 - 1.5 * log(-log(draw_share(&draw)));
    struct gumbel gumbel = gumbel_fit(maximum, N);
    near(gumbel.alpha, 2, 0.1);
    near(gumbel.beta, 1.5, 0.1);
    near(monte_carlo_chance(maximum, N, -100), 1, 1e-12);
    near(monte_carlo_chance(maximum, N, 1e9), 1.0 / (N + 1), 1e-12);
    assert_true(gumbel_chance(&gumbel, 20) < 1e-4);
    near(recurrence_days(0.25, 1), 4, 1e-12);
}

static void draws_have_their_mean_and_spread(void **state)
{
    struct draw draw;
    double sum = 0, squares = 0;
    (void)state;
    draw_seed(&draw, 11);
    for (int i = 0; i < 20000; i++) {
        double x = draw_negative_binomial(&draw, 40, 3);
        sum += x;
        squares += x * x;
    }
    double mean = sum / 20000;
    near(mean, 40, 0.02);
    near((squares / 20000 - mean * mean) / mean, 3, 0.1);
}

static void the_best_set_is_the_best_of_all_sets(void **state)
{
    struct draw draw;
    (void)state;
    draw_seed(&draw, 5);
    for (int round = 0; round < 200; round++) {
        struct subset_place place[8];
        double best = 0;
        for (uint32_t i = 0; i < 8; i++)
            place[i] = (struct subset_place){i, draw_poisson(&draw, 2), 0.5 + draw_share(&draw)};
        for (uint32_t set = 1; set < 256; set++) {
            double c = 0, e = 0;
            for (uint32_t i = 0; i < 8; i++)
                if (set >> i & 1u) {
                    c += place[i].cases;
                    e += place[i].expected;
                }
            best = fmax(best, c > e ? c * log(c / e) + e - c : 0);
        }
        near(subset_best(place, 8).score, best, 1e-12);
    }
}

static void windows_let_go_what_is_old(void **state)
{
    struct window window;
    (void)state;
    assert_int_equal(window_make(&window, 1000, 4), 0);
    assert_int_equal(window_add(&window, 100), 1);
    assert_int_equal(window_add(&window, 600), 2);
    assert_int_equal(window_count(&window, 1100), 1);
    assert_int_equal(window_count(&window, 1601), 0);
    for (int i = 0; i < 9; i++)
        window_add(&window, 2000);
    assert_int_equal(window_count(&window, 2000), 4);
    window_close(&window);
}

static void the_forecast_learns_the_week(void **state)
{
    const struct forecast_policy policy = {7, 52, 0.02, 0.001, 48, 1, 0};
    struct forecast forecast;
    (void)state;
    assert_int_equal(forecast_make(&forecast, &policy, 0), 0);
    assert_false(forecast_at(&forecast, 0, 0).known);
    for (int week = 0; week < 30; week++)
        for (int day = 0; day < 7; day++)
            forecast_add(&forecast, 100 + 10 * day, 0);
    for (uint32_t day = 0; day < 7; day++)
        near(forecast_at(&forecast, day, 0).mean, 100 + 10 * day, 0.001);
    near(forecast_share(30, 100, 1, 10, 50), 35.0 / 150, 1e-12);
    forecast_close(&forecast);
}

/* Three calls a week, all by day: the hours beside say that night is night and noon is noon, though
 * hardly any hour of the week has ever had a call. */
static void few_calls_lean_on_the_hours_beside(void **state)
{
    double off[2] = {0, 0};
    (void)state;
    for (int with = 0; with < 2; with++) {
        const struct forecast_policy policy = {168, 52, 0.002, 0.001, 48, 1, with ? 100 : 0};
        struct forecast forecast;
        struct draw draw;
        draw_seed(&draw, 4);
        assert_int_equal(forecast_make(&forecast, &policy, 0), 0);
        for (int hour = 0; hour < 52 * 168; hour++)
            forecast_add(&forecast, draw_poisson(&draw, hour % 24 < 8 ? 0 : 3 / 112.0), 0);
        for (uint32_t hour = 0; hour < 168; hour++) {
            double truth = hour % 24 < 8 ? 0 : 3 / 112.0;
            off[with] += fabs(forecast_at(&forecast, hour, 0).mean - truth) / (3 / 112.0) / 168;
        }
        forecast_close(&forecast);
    }
    assert_true(off[0] > 0.5 && off[1] < 0.6 * off[0]);
}

static void a_rare_season_is_no_alarm_and_an_outbreak_is(void **state)
{
    double count[6 * 52];
    struct farrington f = {4, 3, 52, 26, 0.01, 2.58, 3, 5, 4};
    struct draw draw;
    (void)state;
    draw_seed(&draw, 1);
    for (int t = 0; t < 6 * 52; t++)
        count[t] = draw_poisson(&draw, 20 + 15 * cos(2 * 3.14159265 * t / 52));
    uint32_t t = 5 * 52, alarms = 0;
    for (uint32_t i = 0; i < 40; i++)
        alarms += farrington_at(&f, count, t + i).alarm;
    assert_in_range(alarms, 0, 3);
    count[t + 26] = 40;
    assert_true(farrington_at(&f, count, t + 26).alarm); /* in the quiet season */
    assert_false(farrington_at(&f, count, 100).known);
}

static void lateness_is_found_and_its_run_length_known(void **state)
{
    struct lateness lateness = {0.1, 0.2, 3, 0};
    int n = 0;
    (void)state;
    while (!lateness_add(&lateness, true))
        n++;
    assert_int_equal(n, 4); /* five late ones in a row: 5 ln 2 > 3 */
    near(lateness.s, 0, 1e-12);
    near(lateness_run_length(&lateness, 0.1, 500), 654, 0.05); /* reference/warning.md 2.8 */
    struct share_interval range = wilson(0, 10, 1.96);
    near(range.low, 0, 1e-12);
    near(range.high, 0.2775, 0.001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tails_are_those_of_the_tables),
        cmocka_unit_test(run_lengths_are_exact),
        cmocka_unit_test(ears_sees_a_jump_and_c3_its_aftermath),
        cmocka_unit_test(a_flat_baseline_alarms_at_anything_above),
        cmocka_unit_test(the_scan_finds_the_best_of_all),
        cmocka_unit_test(the_scan_of_sets_finds_the_best_of_all),
        cmocka_unit_test(a_replica_is_as_likely_as_it_says),
        cmocka_unit_test(draws_have_their_mean_and_spread),
        cmocka_unit_test(the_best_set_is_the_best_of_all_sets),
        cmocka_unit_test(windows_let_go_what_is_old),
        cmocka_unit_test(the_forecast_learns_the_week),
        cmocka_unit_test(few_calls_lean_on_the_hours_beside),
        cmocka_unit_test(a_rare_season_is_no_alarm_and_an_outbreak_is),
        cmocka_unit_test(lateness_is_found_and_its_run_length_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
