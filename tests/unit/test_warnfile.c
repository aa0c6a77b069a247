/* warnfile: the shipped policy is good, and every mistake is named with file and line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/policy/warnfile.h"
#include "tests/lib/temp_dir.h"

static struct watch_policy policy;
static struct complaints complaints;
static char dir[TEMP_DIR_MAX];

static const char *const names[] = {"syndromes.yaml", "rules.yaml", "days.yaml", "detectors.yaml"};

/* Copies the shipped file, with one text in place of another. */
static void copy_file(const char *name, const char *was, const char *is)
{
    char path[TEMP_DIR_MAX + 32], *text = calloc(1, 64 * 1024);
    assert_non_null(text);
    snprintf(path, sizeof path, SOURCE_DIR "/deploy/warn/%s", name);
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    size_t n = fread(text, 1, 64 * 1024 - 1, in);
    fclose(in);
    assert_true(n > 0);
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    char *at = was ? strstr(text, was) : NULL;
    assert_true(!was || at);
    if (at) {
        fwrite(text, 1, (size_t)(at - text), out);
        fputs(is, out);
        fputs(at + strlen(was), out);
    } else {
        fputs(text, out);
    }
    fclose(out);
    free(text);
}

static void expect(const char *name, const char *was, const char *is, const char *complaint)
{
    memset(&complaints, 0, sizeof complaints);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        bool it = strcmp(names[i], name) == 0;
        copy_file(names[i], it ? was : NULL, is);
    }
    assert_int_equal(warnfile_load(dir, 480, &policy, &complaints), -1);
    if (!strstr(complaints.text, complaint))
        fail_msg("\"%s\" is not in:\n%s", complaint, complaints.text);
    assert_non_null(strstr(complaints.text, name));
}

static void test_shipped_is_good(void **state)
{
    (void)state;
    memset(&complaints, 0, sizeof complaints);
    int rc = warnfile_load(SOURCE_DIR "/deploy/warn", 480, &policy, &complaints);
    fputs(complaints.text, stderr);
    assert_int_equal(rc, 0);
    assert_string_equal(policy.syndrome[0].code, "all");
    assert_true(policy.rule_count >= 5 && policy.match_count > 5 && policy.day_count > 5);
    assert_true(policy.number.window_short_h == 1 && policy.number.level_red_h > 0);
    assert_int_equal(policy.day[0].day, 20089); /* 2025-01-01 */
}

static void test_mistakes_are_named(void **state)
{
    (void)state;
    expect("rules.yaml", "syndrome: gas\n", "syndrome: gaz\n", "no such syndrome: \"gaz\"");
    expect("rules.yaml", "level: orange", "level: purple", "purple");
    expect("rules.yaml", "    radius_m: 60\n", "", "either \"radius_m\" or \"sites\"");
    expect("rules.yaml", "[chemical_works, mine]", "[chemical_works, moon]", "\"moon\"");
    expect("syndromes.yaml", "scan: yes", "scan: maybe", ":9: ");
    expect("days.yaml", "2025-05-01", "2025-13-01", "2025-13-01");
    expect("detectors.yaml", "cusum: {on: 1", "cusum: {on: 2", "on");
    expect("detectors.yaml", "blue_h: 240", "blue_h: 24000", "blue < yellow");
    expect("detectors.yaml", "hold_off_min", "hold_of_min", "hold_of_min");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shipped_is_good),
        cmocka_unit_test(test_mistakes_are_named),
    };
    temp_dir_make(dir);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    temp_dir_remove(dir);
    return failed;
}
