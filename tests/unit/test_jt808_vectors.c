/* All 277 public JT/T 808 vectors through `dispatchctl jt808 decode`, each header and each
 * position compared with an independent decoder's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "dispatch/ctl/jt808_decode.h"
#include "dispatch/ingest/jt808_string.h"

static const char vectors_path[] = SHARED_DATA "/jt808/vectors.jsonl";

static const char *expected_error(const char *class)
{
    static const char *const answers[][2] = {
        {"good", NULL},
        {"good-fragment", "fragment"},
        {"bad-checksum", "checksum"},
        {"bad-length", "length"},
        {"bad-checksum+length", "checksum"},
        {"good-frame-bad-body", "malformed"},
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        if (strcmp(class, answers[i][0]) == 0)
            return answers[i][1];
    }
    fail_msg("unknown class %s", class);
    return NULL;
}

static void compare_header(const char *id, json_t *want, json_t *got)
{
    static const char *const texts[] = {"msg_id", "terminal"};
    for (size_t i = 0; i < 2; i++) {
        const char *w = json_string_value(json_object_get(want, texts[i]));
        const char *g = json_string_value(json_object_get(got, texts[i]));
        if (g == NULL || strcmp(w, g) != 0)
            fail_msg("%s: %s is %s, wanted %s", id, texts[i], g, w);
    }
    assert_int_equal(json_integer_value(json_object_get(want, "serial")),
                     json_integer_value(json_object_get(got, "serial")));
    assert_int_equal(json_integer_value(json_object_get(want, "body_len")),
                     json_integer_value(json_object_get(got, "body_len")));
    bool v2019 = json_is_true(json_object_get(want, "version_flag"));
    assert_int_equal(v2019 ? 2019 : 2013, json_integer_value(json_object_get(got, "version")));
    json_t *total = json_object_get(want, "total");
    assert_int_equal(json_integer_value(total), json_integer_value(json_object_get(got, "total")));
    assert_int_equal(json_integer_value(json_object_get(want, "index")),
                     json_integer_value(json_object_get(got, "index")));
}

static void assert_number(const char *id, json_t *want, json_t *got, const char *key)
{
    double w = json_number_value(json_object_get(want, key));
    double g = json_number_value(json_object_get(got, key));
    if (!json_is_number(json_object_get(got, key)) || w - g > 1e-9 || g - w > 1e-9)
        fail_msg("%s: %s is %.9f, wanted %.9f", id, key, g, w);
}

static time_t local_to_utc(const char *text, int offset_s, const char *format)
{
    struct tm tm = {0};
    assert_non_null(strptime(text, format, &tm));
    return timegm(&tm) - offset_s;
}

static void compare_position(const char *id, json_t *want, json_t *got)
{
    static const char *const numbers[] = {"lat",        "lon",   "altitude_m", "speed_kmh",
                                          "course_deg", "alarm", "status"};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        assert_number(id, want, got, numbers[i]);
    const char *local = json_string_value(json_object_get(want, "time"));
    const char *utc = json_string_value(json_object_get(got, "time"));
    assert_non_null(utc);
    assert_int_equal(local_to_utc(local, JT808_GMT8_S, "%Y-%m-%dT%H:%M:%S+08:00"),
                     local_to_utc(utc, 0, "%Y-%m-%dT%H:%M:%SZ"));
    assert_int_equal(json_is_true(json_object_get(want, "fix_valid")),
                     json_is_true(json_object_get(got, "fix_valid")));
}

/* How many positions of the vector were compared. */
static size_t compare_body(const char *id, json_t *want, json_t *got)
{
    json_t *list = json_object_get(got, "positions");
    json_t *items = json_object_get(want, "items");
    json_t *location = json_object_get(want, "location");
    if (items != NULL) {
        assert_int_equal(json_array_size(items), json_array_size(list));
        for (size_t i = 0; i < json_array_size(items); i++)
            compare_position(id, json_array_get(items, i), json_array_get(list, i));
        return json_array_size(items);
    }
    if (location == NULL && json_object_get(want, "lat_raw") != NULL)
        location = want;
    if (location == NULL)
        return 0;
    assert_int_equal(json_array_size(list), 1);
    compare_position(id, location, json_array_get(list, 0));
    return 1;
}

static void compare_plate(const char *id, json_t *want, json_t *got)
{
    const char *w = json_string_value(json_object_get(want, "plate"));
    const char *g = json_string_value(json_object_get(got, "plate"));
    if (w != NULL && (g == NULL || strcmp(w, g) != 0))
        fail_msg("%s: plate %s, wanted %s", id, g, w);
}

static json_t *decode_line(const char *hex)
{
    char *text = NULL;
    size_t size = 0;
    FILE *in = fmemopen((void *)(uintptr_t)hex, strlen(hex), "r");
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(ctl_jt808_decode(in, out), 0);
    fclose(in);
    fclose(out);
    json_t *o = json_loads(text, 0, NULL);
    assert_non_null(o);
    free(text);
    return o;
}

/* One vector; the number of positions compared. */
static size_t compare_vector(json_t *vector)
{
    const char *id = json_string_value(json_object_get(vector, "id"));
    const char *class = json_string_value(json_object_get(vector, "class"));
    json_t *decoded = json_object_get(vector, "decoded");
    json_t *got = decode_line(json_string_value(json_object_get(vector, "hex")));
    const char *want_error = expected_error(class);
    const char *error = json_string_value(json_object_get(got, "error"));
    if (json_is_true(json_object_get(got, "ok")) != (want_error == NULL) ||
        (want_error != NULL && (error == NULL || strcmp(error, want_error) != 0)))
        fail_msg("%s (%s): answered %s", id, class, error == NULL ? "ok" : error);
    compare_header(id, json_object_get(decoded, "header"), got);
    size_t positions = 0;
    json_t *body = json_object_get(decoded, "body");
    if (error == NULL || strcmp(error, "malformed") == 0)
        positions = compare_body(id, body, got);
    if (error == NULL)
        compare_plate(id, body, got);
    json_decref(got);
    return positions;
}

static void test_vectors(void **state)
{
    (void)state;
    FILE *in = fopen(vectors_path, "r");
    assert_non_null(in);
    char *line = NULL;
    size_t size = 0, frames = 0, positions = 0;
    while (getline(&line, &size, in) > 0) {
        json_t *vector = json_loads(line, JSON_ALLOW_NUL, NULL);
        assert_non_null(vector);
        positions += compare_vector(vector);
        frames++;
        json_decref(vector);
    }
    free(line);
    fclose(in);
    print_message("%zu frames, %zu positions compared\n", frames, positions);
    assert_int_equal(frames, 277);
    assert_int_equal(positions, 92);
}

static void test_decode_lines(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "xyz", "7e7e", "7e00027e", "7e0", "00", "7e7d7e", "7e0002000001234567890000047d037e"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_t *o = decode_line(bad[i]);
        assert_string_equal(json_string_value(json_object_get(o, "error")), "malformed");
        json_decref(o);
    }
    json_t *o = decode_line("0x7E 0002 0000 012345678900 000a 81 7E\r\n");
    assert_true(json_is_true(json_object_get(o, "ok")));
    json_decref(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_decode_lines),
    };
    if (access(vectors_path, R_OK) != 0) {
        printf("SKIP: %s is not there\n", vectors_path);
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
