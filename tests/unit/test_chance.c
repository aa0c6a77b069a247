/* Who is first, against sampled arrivals: the percentage is right within a few points. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dispatch/core/chance.h"
#include "tests/lib/random_body.h"

enum { SAMPLES = 20000 };

static double normal(struct dice *dice)
{
    double sum = 0;
    for (int i = 0; i < 12; i++)
        sum += (double)(dice_roll(dice) % 1000000) / 1e6;
    return sum - 6;
}

static double sampled_pct(struct dice *dice, const struct arrival *arrival, uint32_t n)
{
    int first = 0;
    for (int s = 0; s < SAMPLES; s++) {
        double best = 0;
        uint32_t who = 0;
        for (uint32_t i = 0; i < n; i++) {
            double at =
                (double)arrival[i].mean_ms + (double)arrival[i].sd_ms * normal(dice);
            if (i == 0 || at < best) {
                best = at;
                who = i;
            }
        }
        first += who == 0;
    }
    return 100.0 * first / SAMPLES;
}

static void test_agrees_with_sampling(void **state)
{
    struct dice dice = {.state = 3};
    (void)state;
    for (int round = 0; round < 60; round++) {
        struct arrival arrival[6];
        uint32_t n = 1 + (uint32_t)(dice_roll(&dice) % 6);
        for (uint32_t i = 0; i < n; i++)
            arrival[i] = (struct arrival){(int64_t)(100000 + dice_roll(&dice) % 900000),
                                          (int64_t)(1000 + dice_roll(&dice) % 300000)};
        double wanted = sampled_pct(&dice, arrival, n);
        double got = chance_first_pct(arrival, n);
        if (fabs(wanted - got) > 3)
            fail_msg("%u arrivals: sampled %.1f %%, told %.0f %%", n, wanted, got);
    }
}

static void test_the_ends(void **state)
{
    (void)state;
    const struct arrival certain[] = {{100, 0}, {200, 0}}, late[] = {{300, 0}, {200, 0}};
    const struct arrival same[] = {{200, 50}, {200, 50}};
    assert_int_equal(chance_first_pct(certain, 1), 100);
    assert_int_equal(chance_first_pct(certain, 2), 100);
    assert_int_equal(chance_first_pct(late, 2), 0);
    assert_int_equal(chance_first_pct(same, 2), 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_sampling),
        cmocka_unit_test(test_the_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
