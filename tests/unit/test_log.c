#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "dispatch/base/log.h"
#include "dispatch/base/os.h"
#include "tests/lib/temp_dir.h"

static char dir[TEMP_DIR_MAX];
static char path[TEMP_DIR_MAX + 16];

static int set_up(void **state)
{
    (void)state;
    temp_dir_make(dir);
    snprintf(path, sizeof(path), "%s/log", dir);
    log_set_level(LOG_LEVEL_DEBUG);
    log_set_rate(0);
    return log_set_file(path);
}

static int tear_down(void **state)
{
    (void)state;
    log_set_file(NULL);
    temp_dir_remove(dir);
    return 0;
}

/* All lines so far without their first field, the time. */
static const char *lines(void)
{
    static char out[16384];
    unsigned char *bytes;
    size_t size, n = 0;

    assert_int_equal(os_read_file(path, sizeof(out) - 1, &bytes, &size), 0);
    for (char *at = (char *)bytes; *at;) {
        char *end = strchr(at, '\n');
        assert_non_null(end);
        assert_memory_equal(at, "ts=20", 5);
        assert_memory_equal(at + 26, "Z ", 2);
        memcpy(out + n, at + 28, (size_t)(end + 1 - at - 28));
        n += (size_t)(end + 1 - at - 28);
        at = end + 1;
    }
    out[n] = 0;
    free(bytes);
    return out;
}

static void a_line_has_level_event_and_fields(void **state)
{
    (void)state;
    log_info("journal-open", "seq=%llu clean=%d dir=%s", 12ull, 1, "/var/x");
    assert_string_equal(lines(), "level=info event=journal-open seq=12 clean=1 dir=/var/x\n");
}

static void values_from_outside_cannot_forge_fields_or_lines(void **state)
{
    (void)state;
    log_warn("bad", "who=%s n=%d", "a b=c level=\"x\"\nlevel=error event=fake\t\x01\\", 7);
    assert_string_equal(lines(), "level=warn event=bad who=\"a b=c level=\\\"x\\\"\\nlevel=error "
                                 "event=fake\\t\\x01\\\\\" n=7\n");
}

static void empty_null_and_utf8_values(void **state)
{
    const char *volatile none = NULL;

    (void)state;
    log_error("e", "a=%s b=%s c=%s", "", none, "鸣笛");
    assert_string_equal(lines(), "level=error event=e a=\"\" b=null c=鸣笛\n");
}

static void conversions_keep_their_width_and_type(void **state)
{
    (void)state;
    log_debug("n", "a=%5d b=%03u c=%lld d=%zu e=%.2f f=%.*s g=%x h=%ld%% i=%s:%d", 7, 9u,
              -9000000000LL, (size_t)8, 1.239, 3, "abcdef", 255u, 50L, "host", 80);
    assert_string_equal(lines(), "level=debug event=n a=\"    7\" b=009 c=-9000000000 d=8 e=1.24 "
                                 "f=abc g=ff h=50% i=host:80\n");
}

static void lines_below_the_level_are_not_written(void **state)
{
    (void)state;
    log_set_level(log_level_of("warn"));
    log_info("quiet", "a=%d", 1);
    log_warn("loud", "a=%d", 2);
    assert_string_equal(lines(), "level=warn event=loud a=2\n");
}

static void too_long_a_line_says_that_it_was_cut(void **state)
{
    static char big[2000];

    (void)state;
    memset(big, 'x', sizeof(big) - 1);
    log_info("long", "a=%s b=%s c=%s d=%s", big, big, big, big);
    const char *text = lines();
    assert_true(strlen(text) < 3200);
    assert_non_null(strstr(text, " truncated=true\n"));
    assert_int_equal(strchr(text, '\n')[1], 0);
}

/* Written, suppressed and told again must add up, wherever the second's border falls. */
static void one_event_cannot_flood_and_what_is_held_back_is_counted(void **state)
{
    struct log_counts before = log_counts();
    int64_t began_ms;

    (void)state;
    log_set_rate(5);
    for (int i = 0; i < 1000; i++)
        log_info("flood", "i=%d", i);
    log_info("other", "i=%d", 1);
    struct log_counts after = log_counts();
    uint64_t suppressed = after.suppressed - before.suppressed;
    assert_true(suppressed >= 900);
    assert_int_equal(after.written + after.lost - before.written - before.lost, 1001 - suppressed);
    assert_non_null(strstr(lines(), "event=other i=1"));

    began_ms = os_mono_ms();
    while (os_mono_ms() / 1000 == began_ms / 1000)
        ;
    log_info("flood", "i=%d", 1000);
    assert_non_null(strstr(lines(), " i=1000"));
    assert_non_null(strstr(lines(), " suppressed="));
}

static void a_full_pipe_loses_lines_and_never_blocks(void **state)
{
    int ends[2], saved = dup(STDERR_FILENO);
    struct log_counts before = log_counts();

    (void)state;
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    for (int i = 0; i < 5000; i++)
        log_info("pipe", "i=%d", i);
    dup2(saved, STDERR_FILENO);
    struct log_counts after = log_counts();
    assert_true(after.lost > before.lost);
    assert_true(after.written > before.written);
    close(ends[0]);
    close(ends[1]);
    close(saved);
}

int main(void)
{
#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        LOG_TEST(a_line_has_level_event_and_fields),
        LOG_TEST(values_from_outside_cannot_forge_fields_or_lines),
        LOG_TEST(empty_null_and_utf8_values),
        LOG_TEST(conversions_keep_their_width_and_type),
        LOG_TEST(lines_below_the_level_are_not_written),
        LOG_TEST(too_long_a_line_says_that_it_was_cut),
        LOG_TEST(one_event_cannot_flood_and_what_is_held_back_is_counted),
        LOG_TEST(a_full_pipe_loses_lines_and_never_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
