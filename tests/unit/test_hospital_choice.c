/* hospital_choice: waits out of handovers, and the order and words of the rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dispatch/core/hospital_choice.h"
#include "dispatch/core/kind.h"

enum { EMERGENCY = KIND_BIT(HOSPITAL_KIND_EMERGENCY), STROKE = KIND_BIT(HOSPITAL_KIND_STROKE) };

static const struct hospital_rules rules = {
    .handover_weight = 2, .bays = 2, .switch_s = 120, .report_ms = 3600000};

static uint32_t wait_s(uint32_t seen_n, uint32_t mean_s, uint32_t waiting_n, uint32_t reported_s)
{
    const struct handovers known = {900, seen_n, mean_s, waiting_n, reported_s};
    return hospital_wait_s(&rules, &known);
}

static void a_wait_begins_at_the_usual_and_follows(void **state)
{
    (void)state;
    assert_int_equal(wait_s(0, 0, 0, 0), 900);
    assert_int_equal(wait_s(4, 1800, 0, 0), (2 * 900 + 4 * 1800) / 6);
    assert_int_equal(wait_s(1000, 1800, 0, 0), (2 * 900 + 10 * 1800) / 12);
    assert_int_equal(wait_s(0, 0, 2, 0), 1800); /* two before us, two bays */
    assert_int_equal(wait_s(0, 0, 1, 0), 1350);
    assert_int_equal(wait_s(0, 0, 0, 2400), 2400);
    assert_int_equal(wait_s(0, 0, 3, 1000), 2250);
}

/* The mean of the first ten, then a tenth of the way with each. */
static void the_mean_follows(void **state)
{
    (void)state;
    uint32_t mean_s = 0;
    for (uint32_t n = 0; n < 10; n++)
        mean_s = hospital_mean_s(mean_s, n, n < 5 ? 600 : 1200);
    assert_in_range(mean_s, 895, 900);
    for (uint32_t n = 10; n < 60; n++)
        mean_s = hospital_mean_s(mean_s, n, 3000);
    assert_in_range(mean_s, 2900, 3000);
    assert_int_equal(hospital_mean_s(UINT32_MAX, 100, UINT32_MAX), UINT32_MAX);
}

static void odd_numbers_are_no_trouble(void **state)
{
    (void)state;
    const struct hospital_rules empty = {0};
    const struct handovers busy = {0, 0, 0, 7, 0};
    assert_int_equal(hospital_wait_s(&empty, &busy), 0);
    assert_int_equal(wait_s(9, UINT32_MAX, 1000000, 0), UINT32_MAX);
}

static struct hospital_way way(uint64_t id, uint32_t kinds, enum hospital_status status,
                               uint32_t drive_s, uint32_t wait_s)
{
    return (struct hospital_way){id, kinds, status, SOURCE_ROAD, drive_s, wait_s};
}

static void capability_and_status_before_minutes(void **state)
{
    (void)state;
    const struct hospital_way ways[] = {
        way(1, EMERGENCY, HOSPITAL_OPEN, 100, 0),           /* lacks */
        way(2, STROKE, HOSPITAL_DIVERT, 200, 0),            /* diverts */
        way(3, EMERGENCY | STROKE, HOSPITAL_BUSY, 900, 60), /* chosen */
        way(4, STROKE, HOSPITAL_CLOSED, 50, 0),             /* no row */
        way(5, STROKE, HOSPITAL_UNKNOWN, 900, 100),
    };
    struct hospital_row row[5];
    assert_int_equal(hospital_rank(ways, 5, STROKE, row, 5), 4);
    const uint32_t order[] = {2, 4, 1, 0};
    for (int i = 0; i < 4; i++)
        assert_int_equal(row[i].way, order[i]);
    assert_int_equal(row[0].why, CHOICE_NEARER_CLOSED);
    assert_int_equal(row[1].why, CHOICE_WAITS_LONGER);
    assert_int_equal(row[2].why, CHOICE_DIVERTS);
    assert_int_equal(row[3].why, CHOICE_LACKS);
}

static void a_long_wait_sends_further(void **state)
{
    (void)state;
    const struct hospital_way ways[] = {way(1, EMERGENCY, HOSPITAL_OPEN, 300, 3600),
                                        way(2, EMERGENCY, HOSPITAL_OPEN, 900, 600)};
    struct hospital_row row[2];
    assert_int_equal(hospital_rank(ways, 2, 0, row, 2), 2);
    assert_int_equal(row[0].way, 1);
    assert_int_equal(row[0].why, CHOICE_NEARER_WAITS);
    assert_int_equal(row[1].why, CHOICE_WAITS_LONGER);
}

static void who_is_all_there_is_says_what_is_wrong(void **state)
{
    (void)state;
    const struct hospital_way diverts = way(1, STROKE, HOSPITAL_DIVERT, 300, 0);
    const struct hospital_way closed = way(1, STROKE, HOSPITAL_CLOSED, 300, 0);
    struct hospital_row row[1];
    assert_int_equal(hospital_rank(&diverts, 1, STROKE, row, 1), 1);
    assert_int_equal(row[0].why, CHOICE_DIVERTS);
    assert_int_equal(hospital_rank(&diverts, 1, EMERGENCY, row, 1), 1);
    assert_int_equal(row[0].why, CHOICE_LACKS);
    assert_int_equal(hospital_rank(&closed, 1, 0, row, 1), 0);
}

/* The best `max` of many are those that all would give first; equal ones by id. */
static void few_rows_are_the_first_of_many(void **state)
{
    (void)state;
    struct hospital_way ways[40];
    struct hospital_row all[40], few[5];
    uint64_t dice = 5;
    for (uint32_t i = 0; i < 40; i++) {
        dice = dice * 6364136223846793005u + 1442695040888963407u;
        ways[i] = way(100 - i, (uint32_t)(dice >> 40) % 4, (enum hospital_status)(dice >> 50) % 5,
                      (uint32_t)(dice >> 33) % 4 * 100, (uint32_t)(dice >> 36) % 3 * 100);
    }
    uint32_t n = hospital_rank(ways, 40, STROKE, all, 40);
    assert_true(n > 5 && n < 40);
    assert_int_equal(hospital_rank(ways, 40, STROKE, few, 5), 5);
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(few[i].way, all[i].way);
    for (uint32_t i = 1; i < n; i++) {
        const struct hospital_way *a = &ways[all[i - 1].way], *b = &ways[all[i].way];
        if (all[i - 1].why == all[i].why && a->drive_s == b->drive_s && a->wait_s == b->wait_s &&
            a->kinds == b->kinds && a->status == b->status)
            assert_true(a->hospital < b->hospital);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wait_begins_at_the_usual_and_follows),
        cmocka_unit_test(the_mean_follows),
        cmocka_unit_test(odd_numbers_are_no_trouble),
        cmocka_unit_test(capability_and_status_before_minutes),
        cmocka_unit_test(a_long_wait_sends_further),
        cmocka_unit_test(who_is_all_there_is_says_what_is_wrong),
        cmocka_unit_test(few_rows_are_the_first_of_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
