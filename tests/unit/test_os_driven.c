#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dispatch/base/log.h"
#include "dispatch/base/os.h"
#include "tests/lib/os_driven.h"

static void time_passes_only_as_told(void **state)
{
    (void)state;
    os_driven_start(1000000, 1);
    int64_t mono_ms = os_mono_ms();
    assert_int_equal(os_wall_ms(), 1000000);
    os_driven_pass(250);
    assert_int_equal(os_wall_ms(), 1000250);
    assert_int_equal(os_mono_ms() - mono_ms, 250);
    os_driven_jump_wall(-5000);
    assert_int_equal(os_wall_ms(), 995250);
    assert_int_equal(os_mono_ms() - mono_ms, 250);
    assert_int_equal(os_mono_ns(), (uint64_t)os_mono_ms() * 1000000);
}

static void a_seed_gives_the_same_dice(void **state)
{
    unsigned char a[13], b[13], c[13];

    (void)state;
    os_driven_start(0, 42);
    os_random(a, sizeof(a));
    os_driven_start(0, 42);
    os_random(b, sizeof(b));
    os_random(c, sizeof(c));
    assert_memory_equal(a, b, sizeof(a));
    assert_memory_not_equal(b, c, sizeof(b));
}

/* The rate limit of the log counts seconds of this clock. */
static void the_house_runs_on_it(void **state)
{
    struct log_counts before = log_counts(), after;

    (void)state;
    os_driven_start(0, 1);
    log_set_rate(1);
    log_info("tick", "n=%d", 1);
    log_info("tick", "n=%d", 2);
    os_driven_pass(1000);
    log_info("tick", "n=%d", 3);
    after = log_counts();
    assert_int_equal(after.suppressed - before.suppressed, 1);
    assert_int_equal(after.written + after.lost - before.written - before.lost, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_passes_only_as_told),
        cmocka_unit_test(a_seed_gives_the_same_dice),
        cmocka_unit_test(the_house_runs_on_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
