/* allowance: so many at once, then as fast as it refills, each user for itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "dispatch/line/allowance.h"

static int taken(struct allowance *allowance, uint64_t user, int64_t now_ms)
{
    int n = 0;
    while (n < 1000 && allowance_take(allowance, user, now_ms))
        n++;
    return n;
}

static void test_burst_and_refill(void **state)
{
    static struct allowance allowance = {.burst = 20, .per_minute = 60};
    (void)state;
    assert_int_equal(taken(&allowance, 3, 5000000), 20);
    assert_int_equal(taken(&allowance, 4, 5000000), 20);
    assert_int_equal(taken(&allowance, 3, 5000999), 0);
    assert_int_equal(taken(&allowance, 3, 5001000), 1);
    assert_int_equal(taken(&allowance, 3, 5011000), 10);
    assert_int_equal(taken(&allowance, 3, 9000000), 20); /* never more than the burst */
    assert_int_equal(taken(&allowance, 3 + ALLOWANCE_BUCKETS, 9000000), 0); /* the same bucket */
}

static void test_no_limit(void **state)
{
    static struct allowance allowance = {.per_minute = 1};
    (void)state;
    assert_int_equal(taken(&allowance, 3, 0), 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_burst_and_refill),
        cmocka_unit_test(test_no_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
