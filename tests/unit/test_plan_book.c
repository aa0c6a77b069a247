/* plan_book: the delivered plans are usable; each fault is named with its file and line; a failed
 * load leaves the book alone; the plan that fits an alert most closely is proposed; every plan that
 * the warning data names is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/core/schema.h"
#include "dispatch/policy/plan_book.h"
#include "tests/lib/temp_dir.h"

#define PLANS SOURCE_DIR "/deploy/plans"

static struct plan_book book;
static struct complaints complaints;
static char dir[TEMP_DIR_MAX];

static const char sound[] = "plan: one\n"
                            "edition: \"1\"\n"
                            "licence: CC0-1.0\n"
                            "source: own\n"
                            "zh: 一\n"
                            "en: One\n"
                            "triggers:\n"
                            "  - {syndrome: gas, level: yellow}\n"
                            "people:\n"
                            "  - {role: supervisor, zh: 主任, en: The supervisor}\n"
                            "steps:\n"
                            "  - {who: supervisor, due_min: 5, zh: 做, en: Do}\n";

static void put(const char *name, const char *text)
{
    char path[TEMP_DIR_MAX + 64];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static int load(const char *from)
{
    memset(&complaints, 0, sizeof(complaints));
    return plan_book_load(from, &book, &complaints);
}

static int setup(void **state)
{
    (void)state;
    temp_dir_make(dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    temp_dir_remove(dir);
    return 0;
}

static struct text text_of(const char *text)
{
    return (struct text){text, (uint32_t)strlen(text)};
}

static const char *proposed(const char *detector, const char *syndrome, enum level level)
{
    const struct plan_entry *plan =
        plan_book_propose(&book, text_of(detector), text_of(syndrome), level);
    return plan ? plan_text(&book, plan->code) : "";
}

static void test_delivered(void **state)
{
    (void)state;
    if (load(PLANS) < 0)
        fail_msg("%s", complaints.text);
    assert_true(book.count >= 7);
    assert_string_equal(proposed("place", "gas", LEVEL_YELLOW), "gas-poisoning");
    assert_string_equal(proposed("place", "gastro", LEVEL_ORANGE), "food-poisoning");
    assert_string_equal(proposed("scan", "traffic", LEVEL_RED), "road-mass-casualty");
    assert_string_equal(proposed("window", "collapse", LEVEL_YELLOW), "heat-wave");
    assert_string_equal(proposed("hospital", "", LEVEL_YELLOW), "hospital-overload");
    assert_string_equal(proposed("coverage", "", LEVEL_ORANGE), "coverage-gap");
    assert_string_equal(proposed("coverage", "", LEVEL_BLUE), "");
    assert_string_equal(proposed("seats", "", LEVEL_RED), "");
    const struct plan_entry *plan = plan_book_find(&book, TEXT("gas-poisoning"));
    assert_non_null(plan);
    assert_int_equal(plan->step[0].due_s, 120);
    assert_int_equal(plan->step[0].role, PLAN_ROLE_DISPATCHER);
    assert_null(plan_book_find(&book, TEXT("gas")));
}

/* "plan: code" in the files of the detectors, comments apart. */
static void find_named(const char *path)
{
    char line[1024];
    int found = 0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        const char *at = line[0] == '#' ? NULL : strstr(line, "plan: ");
        if (!at)
            continue;
        at += strlen("plan: ");
        size_t n = strcspn(at, ",} \n");
        if (!plan_book_find(&book, (struct text){at, (uint32_t)n}))
            fail_msg("%s names the plan \"%.*s\", which is not there", path, (int)n, at);
        found++;
    }
    fclose(file);
    assert_true(found > 0);
}

static void test_named_by_detectors(void **state)
{
    (void)state;
    assert_int_equal(load(PLANS), 0);
    find_named(SOURCE_DIR "/deploy/warn/syndromes.yaml");
    find_named(SOURCE_DIR "/deploy/warn/rules.yaml");
}

/* One line of the sound plan in place of another, and what must be said of it. */
static void test_faults(void **state)
{
    static const struct {
        const char *was, *is, *said;
    } fault[] = {
        {"plan: one", "plan: two", "one.yaml:1: \"plan\" must be the name of the file"},
        {"level: yellow", "level: pink", "one.yaml:8: \"level\" is no level: \"pink\""},
        {"{syndrome: gas, level: yellow}", "{level: yellow}",
         "one.yaml:8: a trigger names a detector or a syndrome"},
        {"role: supervisor", "role: boss", "one.yaml:10: \"role\" is no plan_role"},
        {"who: supervisor", "who: director", "is for the director, who is not among the people"},
        {"due_min: 5", "due_min: soon", "one.yaml:12: "},
        {"due_min: 5", "due_min: 99999999", "one.yaml:12: "},
        {", en: Do", "", "one.yaml:12: "},
        {"edition: \"1\"\n", "", "one.yaml:1: "},
        {"source: own", "source: own\nsauce: own", "one.yaml:5: "},
        {"  - {who: supervisor, due_min: 5, zh: 做, en: Do}\n", "  []\n", "a plan has steps"},
        {"zh: 一", "zh: [", "one.yaml:"},
    };
    static char text[4096];
    (void)state;
    for (size_t i = 0; i < sizeof(fault) / sizeof(*fault); i++) {
        const char *at = strstr(sound, fault[i].was);
        assert_non_null(at);
        snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - sound), sound, fault[i].is,
                 at + strlen(fault[i].was));
        put("one.yaml", sound);
        assert_int_equal(load(dir), 0);
        put("one.yaml", text);
        assert_int_equal(load(dir), -1);
        if (!strstr(complaints.text, fault[i].said))
            fail_msg("fault %zu: wanted \"%s\", got:\n%s", i, fault[i].said, complaints.text);
        assert_int_equal(book.count, 1); /* as it was */
    }
}

static void test_two_for_one_alert(void **state)
{
    static char other[sizeof(sound) + 8];
    (void)state;
    snprintf(other, sizeof(other), "plan: two%s", sound + strlen("plan: one"));
    put("one.yaml", sound);
    put("two.yaml", other);
    put("response.yaml", "not: a plan\n"); /* another table */
    assert_int_equal(load(dir), -1);
    assert_non_null(strstr(complaints.text, "two.yaml:1: trigger 1 is one of plan \"one\""));
}

static void test_no_directory(void **state)
{
    (void)state;
    assert_int_equal(load("/nowhere/at/all"), -1);
    assert_int_equal(complaints.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delivered),
        cmocka_unit_test(test_named_by_detectors),
        cmocka_unit_test_setup_teardown(test_faults, setup, teardown),
        cmocka_unit_test_setup_teardown(test_two_for_one_alert, setup, teardown),
        cmocka_unit_test(test_no_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
