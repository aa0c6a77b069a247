/* buttons: the table that ships, and what is wrong with others, said with file and line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/ingest/buttons.h"

static int read_text(struct buttons *b, const char *text)
{
    FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    int error = buttons_read(b, in, "b.conf");
    fclose(in);
    return error;
}

static void test_shipped(void **state)
{
    (void)state;
    struct buttons b;
    enum button_status status;
    if (buttons_load(&b, SOURCE_DIR "/deploy/buttons.conf") != 0)
        fail_msg("%s", b.errmsg);
    for (uint8_t event = 1; event <= BUTTON_STATUSES; event++) {
        assert_true(buttons_event(&b, event, &status));
        assert_int_equal(status, event - 1);
        assert_string_not_equal(button_status_name(status), "");
    }
    assert_false(buttons_event(&b, 0, &status));
}

static void test_kinds(void **state)
{
    (void)state;
    struct buttons b;
    enum button_status status;
    assert_int_equal(read_text(&b, "# head\n\npassthrough 0xF0 hex 0102 = departed # 出车\n"
                                   "signal 4 = at_scene\nio 4 = at_station\n"),
                     0);
    assert_int_equal(b.count, 3);
    assert_true(buttons_passthrough(&b, 0xF0, (const uint8_t *)"\1\2\3", 3, &status));
    assert_int_equal(status, BUTTON_DEPARTED);
    assert_false(buttons_passthrough(&b, 0xF0, (const uint8_t *)"\1", 1, &status));
    assert_false(buttons_passthrough(&b, 0xF1, (const uint8_t *)"\1\2\3", 3, &status));
    assert_true(buttons_bits(&b, BUTTON_SIGNAL, 1 << 4 | 1, &status));
    assert_int_equal(status, BUTTON_AT_SCENE);
    assert_true(buttons_bits(&b, BUTTON_IO, 1 << 4, &status));
    assert_int_equal(status, BUTTON_AT_STATION);
    assert_false(buttons_bits(&b, BUTTON_IO, 1 << 3, &status));
}

static void test_complaints(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"\nkey 1 = departed", "b.conf:2: "},
        {"event = departed", "b.conf:1: event"},
        {"event 256 = departed", "b.conf:1: event"},
        {"event -1 = departed", "b.conf:1: event"},
        {"event 1 departed", "b.conf:1: after"},
        {"event 1 = gone", "b.conf:1: no such status"},
        {"event 1 = departed now", "b.conf:1: something"},
        {"event 1 = departed\nevent 0x01 = at_scene", "b.conf:2: the same button"},
        {"io 16 = departed", "b.conf:1: io"},
        {"signal 32 = departed", "b.conf:1: io"},
        {"passthrough 1 = departed", "b.conf:1: after the type"},
        {"passthrough 1 hex 012 = departed", "b.conf:1: hex"},
        {"passthrough 1 text = departed", "b.conf:1: after the selector"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct buttons b;
        assert_int_equal(read_text(&b, bad[i][0]), -1);
        assert_int_equal(b.count, 0);
        if (strncmp(b.errmsg, bad[i][1], strlen(bad[i][1])) != 0)
            fail_msg("%s: \"%s\", wanted \"%s\"", bad[i][0], b.errmsg, bad[i][1]);
    }
    struct buttons b;
    assert_int_equal(buttons_load(&b, "/nonexistent/b.conf"), -1);
    assert_non_null(strstr(b.errmsg, "/nonexistent/b.conf"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shipped),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_complaints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
