#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "dispatch/base/config.h"
#include "dispatch/base/os.h"
#include "tests/lib/temp_dir.h"

static char complaints[CONFIG_COMPLAINT_MAX];

static int parse(struct config *config, const char *text)
{
    return config_parse(config, "x.conf", text, complaints);
}

/* The text is refused with exactly these complaints, and the struct is left as it was. */
static void refused(const char *text, const char *expected)
{
    struct config config, before;

    config_defaults(&config);
    config.deadline.turnout_s = 77;
    before = config;
    assert_int_equal(parse(&config, text), -1);
    assert_string_equal(complaints, expected);
    assert_memory_equal(&config, &before, sizeof(config));
}

static void defaults_are_the_designs(void **state)
{
    struct config config;

    (void)state;
    assert_int_equal(parse(&config, ""), 0);
    assert_string_equal(config.server.http.host, "127.0.0.1");
    assert_int_equal(config.server.http.port, 8120);
    assert_int_equal(config.server.tcp.port, 8121);
    assert_int_equal(config.server.jt808.port, 8808);
    assert_int_equal(config.server.osmand.port, 5055);
    assert_string_equal(config.server.clock, "wall");
    assert_int_equal(config.deadline.ungraded_s, 60);
    assert_int_equal(config.deadline.unassigned_s, 90);
    assert_int_equal(config.deadline.turnout_s, 180);
    assert_int_equal(config.journal.ballast, 64 * 1024 * 1024);
    assert_string_equal(config.redis.address.host, "");
    assert_true(config.privacy.encrypt);
}

static void every_deadline_has_its_setting(void **state)
{
    struct config config;
    int count = 0;

    (void)state;
    config_defaults(&config);
#define DEADLINE(NAME, name, object, LEVEL, zh, en)                                                \
    assert_true(config.deadline.name##_s > 0);                                                     \
    count++;
#include "dispatch/core/deadline.def"
#undef DEADLINE
    assert_true(count >= 7);
}

static void values_of_every_type_are_read(void **state)
{
    struct config config;

    (void)state;
    assert_int_equal(parse(&config, "# a comment\n[server]\nhttp = [::1]:80\njt808 =\r\n"
                                    "clock = driven\n[journal]\nreserve = 2 GiB\nqueue=1048576\n"
                                    "[privacy]\nencrypt = off\n[gate]\norigins = a ; b # c\n"),
                     0);
    assert_string_equal(config.server.http.host, "::1");
    assert_int_equal(config.server.http.port, 80);
    assert_string_equal(config.server.jt808.host, "");
    assert_string_equal(config.server.clock, "driven");
    assert_true(config.journal.reserve == 2LL << 30);
    assert_true(config.journal.queue == 1048576);
    assert_false(config.privacy.encrypt);
    assert_string_equal(config.gate.origins, "a ; b # c");
}

static void every_complaint_names_file_and_line(void **state)
{
    (void)state;
    refused("[deadline]\n\nturnout_s = fast\n",
            "x.conf:3: [deadline] turnout_s: \"fast\" is not a whole number\n");
    refused("[deadline]\nturnout_s = 180s\n",
            "x.conf:2: [deadline] turnout_s: \"180s\" is not a whole number\n");
    refused("[deadline]\nturnout_s = -1\n",
            "x.conf:2: [deadline] turnout_s: \"-1\" is not from 0 to 86400 s\n");
    refused("[deadline]\nturnout_s = 99999999999999999999\n",
            "x.conf:2: [deadline] turnout_s: \"99999999999999999999\" is out of all range\n");
    refused("[deadline]\nturnout = 5\n",
            "x.conf:2: [deadline] turnout: there is no such setting\n");
    refused("[dedline]\nturnout_s = 5\n", "x.conf:2: there is no section [dedline]\n");
    refused("turnout_s = 5\n", "x.conf:1: there is no section []\n");
    refused("[deadline]\nturnout_s = 5\nturnout_s = 6\n",
            "x.conf:3: [deadline] turnout_s: was already set in line 2\n");
    refused("[server]\nclock = sun\n",
            "x.conf:2: [server] clock: \"sun\" is none of: wall driven\n");
    refused("[server]\nhttp = 8120\n", "x.conf:2: [server] http: \"8120\" is not host:port\n");
    refused("[server]\nhttp = ::1:80\n", "x.conf:2: [server] http: \"::1:80\" is not host:port; an "
                                         "IPv6 host stands in brackets\n");
    refused("[server]\nhttp = a:70000\n",
            "x.conf:2: [server] http: \"a:70000\" has no port from 0 to 65535\n");
    refused("[server]\nhttp = :80\n", "x.conf:2: [server] http: \":80\" has no usable host\n");
    refused("[server]\ndata_dir =\n",
            "x.conf:2: [server] data_dir: \"\" is not 1 to 400 bytes long\n");
    refused("[journal]\nreserve = 1 TB\n", "x.conf:2: [journal] reserve: \"1 TB\" is not a size: "
                                           "bytes, or a number with KiB, MiB or GiB\n");
    refused("[journal]\nreserve = 99999999999 GiB\n",
            "x.conf:2: [journal] reserve: \"99999999999 GiB\" is out of all range\n");
    refused("[privacy]\nencrypt = maybe\n",
            "x.conf:2: [privacy] encrypt: \"maybe\" is neither on nor off\n");
    refused("[deadline]\nwhat is this\n",
            "x.conf:2: is neither [section], nor name = value, nor # comment\n");
}

static void all_complaints_are_told_at_once(void **state)
{
    (void)state;
    refused("[deadline]\nturnout_s = x\ncallback_s = y\n",
            "x.conf:2: [deadline] turnout_s: \"x\" is not a whole number\n"
            "x.conf:3: [deadline] callback_s: \"y\" is not a whole number\n");
}

static void a_line_too_long_is_refused_not_cut(void **state)
{
    char text[4096] = "[gate]\norigins = ";

    (void)state;
    memset(text + strlen(text), 'a', 3000);
    struct config config;
    assert_int_equal(parse(&config, text), -1);
    assert_non_null(strstr(complaints, "x.conf:2: the line is longer than"));
}

static void many_complaints_end_in_an_ellipsis(void **state)
{
    static char text[64 * 1024] = "[deadline]\n";
    struct config config;
    size_t n = strlen(text);

    (void)state;
    for (int i = 0; i < 2000; i++) {
        memcpy(text + n, "nonsense = 1\n", 13);
        n += 13;
    }
    assert_int_equal(parse(&config, text), -1);
    assert_true(strlen(complaints) < CONFIG_COMPLAINT_MAX);
    assert_non_null(strstr(complaints, "…\n"));
}

static char *printed(const struct config *config)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    config_print(config, out);
    fclose(out);
    return text;
}

static void what_is_printed_reads_back_the_same(void **state)
{
    struct config config, back;

    (void)state;
    config_defaults(&config);
    config.journal.reserve = 12345;
    config.server.http = (struct config_addr){"fe80::1", 99};
    config.journal.reserve = 3 << 20;
    config.privacy.encrypt = false;
    char *text = printed(&config);
    assert_int_equal(parse(&back, text), 0);
    assert_memory_equal(&config, &back, sizeof(config));
    free(text);
}

static void deploy_dispatch_conf_is_the_table(void **state)
{
    struct config config;
    unsigned char *file;
    size_t size;

    (void)state;
    config_defaults(&config);
    char *text = printed(&config);
    assert_int_equal(os_read_file(SOURCE_DIR "/deploy/dispatch.conf", 1 << 20, &file, &size), 0);
    assert_string_equal((char *)file, text);
    free(file);
    free(text);
}

static void write_file(const char *path, const char *text)
{
    assert_int_equal(os_replace_file(path, text, strlen(text), 0600), 0);
}

static void reload_keeps_what_needs_a_restart_and_the_last_good(void **state)
{
    char dir[TEMP_DIR_MAX], path[TEMP_DIR_MAX + 16], notes[CONFIG_COMPLAINT_MAX];
    struct config config, before;

    (void)state;
    temp_dir_make(dir);
    snprintf(path, sizeof(path), "%s/d.conf", dir);
    config_defaults(&config);
    write_file(path, "[server]\nhttp = 0.0.0.0:80\n[deadline]\nturnout_s = 120\n");
    assert_int_equal(config_reload(&config, path, complaints, notes), 0);
    assert_int_equal(config.deadline.turnout_s, 120);
    assert_int_equal(config.server.http.port, 8120);
    assert_string_equal(notes, "[server] http: changes with the next start\n");

    before = config;
    write_file(path, "[deadline]\nturnout_s = soon\n");
    assert_int_equal(config_reload(&config, path, complaints, notes), -1);
    assert_non_null(strstr(complaints, "d.conf:2: [deadline] turnout_s"));
    assert_memory_equal(&config, &before, sizeof(config));
    temp_dir_remove(dir);
}

static void a_file_that_is_not_there_or_not_text_is_refused(void **state)
{
    char dir[TEMP_DIR_MAX], path[TEMP_DIR_MAX + 16];
    struct config config;

    (void)state;
    temp_dir_make(dir);
    snprintf(path, sizeof(path), "%s/d.conf", dir);
    assert_int_equal(config_load(&config, path, complaints), -1);
    assert_non_null(strstr(complaints, "d.conf: No such file"));
    assert_int_equal(os_replace_file(path, "[log]\0\n", 7, 0600), 0);
    assert_int_equal(config_load(&config, path, complaints), -1);
    assert_non_null(strstr(complaints, "is not a text file"));
    temp_dir_remove(dir);
}

static void words_are_found_whole(void **state)
{
    (void)state;
    assert_true(config_has_word("a bc d", "bc"));
    assert_true(config_has_word(" a", "a"));
    assert_false(config_has_word("abc", "b"));
    assert_false(config_has_word("abc", ""));
    assert_false(config_has_word("", "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_the_designs),
        cmocka_unit_test(every_deadline_has_its_setting),
        cmocka_unit_test(values_of_every_type_are_read),
        cmocka_unit_test(every_complaint_names_file_and_line),
        cmocka_unit_test(all_complaints_are_told_at_once),
        cmocka_unit_test(a_line_too_long_is_refused_not_cut),
        cmocka_unit_test(many_complaints_end_in_an_ellipsis),
        cmocka_unit_test(what_is_printed_reads_back_the_same),
        cmocka_unit_test(deploy_dispatch_conf_is_the_table),
        cmocka_unit_test(reload_keeps_what_needs_a_restart_and_the_last_good),
        cmocka_unit_test(a_file_that_is_not_there_or_not_text_is_refused),
        cmocka_unit_test(words_are_found_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
