/* The outlook out of calls by the hour: what it expects, when it is too young, and that nothing but
 * such a report is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "dispatch/server/outlook.h"

enum { HOURS_MAX = 24 * 7 * 12, BUFFER = 65536 };

/* `hours` whole ones and one under way: six calls by day, two by night (UTC). */
static char *write_hours(int hours)
{
    static char text[BUFFER];
    int n = snprintf(text, sizeof(text),
                     "{\"from_ms\": 345600000, \"now_ms\": %lld, \"rule\": {\"weeks\": 52,"
                     " \"level_rate\": 0.02, \"dispersion_rate\": 0.001, \"phi_min\": 1,"
                     " \"band\": 0.9, \"source\": \"\"}, \"count\": [",
                     345600000 + hours * 3600000LL + 60000);
    for (int i = 0; i <= hours; i++)
        n += snprintf(text + n, sizeof(text) - (size_t)n, "%s%d", i ? "," : "",
                      i == hours ? 1 : i % 24 < 12 ? 6 : 2);
    snprintf(text + n, sizeof(text) - (size_t)n, "]}");
    return text;
}

static json_t *outlook_of(const char *hours)
{
    struct buffer out;
    buffer_init(&out, BUFFER);
    assert_int_equal(outlook_write(hours, strlen(hours), &out), 0);
    json_t *root = json_loadb((const char *)out.bytes, out.n, 0, NULL);
    assert_non_null(root);
    buffer_close(&out);
    return root;
}

static double at(const json_t *root, const char *row, size_t i)
{
    return json_number_value(json_array_get(json_object_get(root, row), i));
}

static void expects_what_came_at_these_hours(void **state)
{
    (void)state;
    json_t *root = outlook_of(write_hours(HOURS_MAX));
    assert_int_equal(json_array_size(json_object_get(root, "observed")), OUTLOOK_BACK_H + 1);
    assert_int_equal(json_array_size(json_object_get(root, "mean")), OUTLOOK_BACK_H + 1 + 24);
    for (size_t i = 0; i < OUTLOOK_BACK_H; i++)
        assert_true(at(root, "observed", i) == (i < 12 ? 6 : 2));
    assert_true(at(root, "observed", OUTLOOK_BACK_H) == 1); /* the hour under way */
    for (size_t i = 0; i < OUTLOOK_BACK_H + 1 + OUTLOOK_AHEAD_H; i++) {
        double usual = i % 24 < 12 ? 6 : 2;
        assert_float_equal(at(root, "mean", i), usual, 0.05);
        assert_true(at(root, "low", i) <= usual && at(root, "high", i) >= usual);
    }
    assert_true(at(root, "high", 3) > at(root, "mean", 3) + 2); /* Poisson's 0.95 of 6 is 10 */
    assert_int_equal(json_integer_value(json_object_get(root, "from_ms")),
                     345600000 + (HOURS_MAX - 24) * 3600000LL);
    json_decref(root);
}

static void too_young_expects_nothing(void **state)
{
    (void)state;
    json_t *root = outlook_of(write_hours(5));
    assert_true(json_is_null(json_array_get(json_object_get(root, "mean"), OUTLOOK_BACK_H + 1)));
    assert_true(json_is_null(json_array_get(json_object_get(root, "observed"), 3)));
    assert_true(at(root, "observed", 19) == 6); /* the first hour there is */
    assert_true(at(root, "observed", OUTLOOK_BACK_H) == 1);
    json_decref(root);
}

static void nothing_else_is_taken(void **state)
{
    static const char *const bad[] = {
        "", "[]", "{}", "{\"from_ms\":0,\"now_ms\":0,\"count\":[1]}",
        "{\"from_ms\":0,\"now_ms\":0,\"count\":[],\"rule\":{\"weeks\":52,\"level_rate\":0.02,"
        "\"dispersion_rate\":0.1,\"phi_min\":1,\"band\":0.9}}",
        "{\"from_ms\":0,\"now_ms\":0,\"count\":[1],\"rule\":{\"weeks\":0,\"level_rate\":0.02,"
        "\"dispersion_rate\":0.1,\"phi_min\":1,\"band\":0.9}}",
        "{\"from_ms\":0,\"now_ms\":0,\"count\":[1],\"rule\":{\"weeks\":52,\"level_rate\":0.02,"
        "\"dispersion_rate\":0.1,\"phi_min\":1,\"band\":1}}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct buffer out;
        buffer_init(&out, BUFFER);
        assert_int_equal(outlook_write(bad[i], strlen(bad[i]), &out), -1);
        assert_int_equal(out.n, 0);
        buffer_close(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expects_what_came_at_these_hours),
        cmocka_unit_test(too_young_expects_nothing),
        cmocka_unit_test(nothing_else_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
