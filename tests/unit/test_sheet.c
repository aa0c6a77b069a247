/* The fallback board: what stands on it, and what must not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "dispatch/upkeep/sheet.h"

static struct state state;
static void *memory;
static struct buffer html, text;
static struct sheet_look look;

static int set_up(void **unused)
{
    struct limits limits = {.text_bytes = 64 * 1024};
    (void)unused;
    for (int kind = 0; kind < OBJECT_KIND_COUNT; kind++)
        limits.max[kind] = 16;
    memory = malloc(state_bytes(&limits));
    assert_non_null(memory);
    state_init(&state, memory, &limits);
    buffer_init(&html, 1024 * 1024);
    buffer_init(&text, 1024 * 1024);
    look = (struct sheet_look){"demo", INT64_C(1795305600000), INT64_C(1795305599000), 4711, 480,
                               true};
    return 0;
}

static int tear_down(void **unused)
{
    (void)unused;
    buffer_close(&html);
    buffer_close(&text);
    free(memory);
    return 0;
}

static void put(enum object_kind kind, const void *object)
{
    assert_true(state_restore(&state, kind, object));
}

static void write_both(void)
{
    sheet_write(&state, &look, SHEET_HTML, &html);
    sheet_write(&state, &look, SHEET_TEXT, &text);
    buffer_add(&html, "", 1);
    buffer_add(&text, "", 1);
    assert_false(html.full || text.full);
}

static bool both_say(const char *words)
{
    return strstr((char *)html.bytes, words) && strstr((char *)text.bytes, words);
}

static bool either_says(const char *words)
{
    return strstr((char *)html.bytes, words) || strstr((char *)text.bytes, words);
}

/* An incident on the Garden Road whose unit 石救01 arrived four minutes ago. */
static void put_one_incident(void)
{
    const struct station station = {.station.v = 1, .name = TEXT("大武口急救站")};
    const struct hospital hospital = {.hospital.v = 1,
                                      .name = TEXT("市第一医院"),
                                      .status = HOSPITAL_BUSY,
                                      .beds_free = 3,
                                      .handover_wait_s = 601,
                                      .status_ms = look.printed_ms - 60000};
    const struct unit unit = {.unit.v = 1,
                              .code = TEXT("石救01"),
                              .plate = TEXT("宁B12345"),
                              .station.v = 1,
                              .duty = DUTY_ON,
                              .assignment.v = 1};
    const struct call call = {
        .call.v = 1, .number = TEXT("13900000001"), .state = CALL_ANSWERED, .incident.v = 1};
    const struct incident incident = {.incident.v = 1,
                                      .call.v = 1,
                                      .state = INCIDENT_OPEN,
                                      .opened_ms = look.printed_ms - 3723000,
                                      .grade = 1,
                                      .words = TEXT("花园路<8>号 & 后院"),
                                      .complaint = TEXT("胸痛"),
                                      .patients = 2,
                                      .sex = SEX_FEMALE,
                                      .age_months = 600,
                                      .has_place = true,
                                      .lat_e7 = 390000000,
                                      .lon_e7 = 1063000000};
    const struct assignment assignment = {.assignment.v = 1,
                                          .incident.v = 1,
                                          .unit.v = 1,
                                          .hospital.v = 1,
                                          .step = STEP_AT_SCENE,
                                          .at_scene_ms = look.printed_ms - 247000};
    put(OBJECT_STATION, &station);
    put(OBJECT_HOSPITAL, &hospital);
    put(OBJECT_UNIT, &unit);
    put(OBJECT_CALL, &call);
    put(OBJECT_INCIDENT, &incident);
    put(OBJECT_ASSIGNMENT, &assignment);
}

static void test_says_how_old_it_is(void **unused)
{
    (void)unused;
    write_both();
    assert_true(both_say("打印于 printed 2026-11-22 08:00:00"));
    assert_true(both_say("数据截至 data up to seq 4711 (2026-11-22 07:59:59)"));
    assert_true(both_say("早于 2 分钟即系统已停"));
}

static void test_an_incident_with_its_unit_and_times(void **unused)
{
    (void)unused;
    put_one_incident();
    write_both();
    assert_true(both_say("1:02:03"));
    assert_true(both_say("2人 女 50岁"));
    assert_true(both_say("13900000001"));
    assert_true(both_say("39.00000,106.30000"));
    assert_true(both_say("石救01 到达现场 07:55:53 → 市第一医院"));
    assert_true(both_say("4:07"));
    assert_true(both_say("11 min"));
    assert_true(both_say("open incidents 1 · 值班车组 units on duty 1 · 待命 free 0"));
}

static void test_what_came_from_outside_is_no_markup(void **unused)
{
    (void)unused;
    put_one_incident();
    write_both();
    assert_non_null(strstr((char *)text.bytes, "花园路<8>号 & 后院"));
    assert_null(strstr((char *)html.bytes, "<8>"));
    assert_non_null(strstr((char *)html.bytes, "花园路&#60;8&#62;号 &#38; 后院"));
}

static void test_without_personal_data(void **unused)
{
    (void)unused;
    look.personal = false;
    put_one_incident();
    write_both();
    assert_false(either_says("花园路") || either_says("胸痛") || either_says("13900000001"));
    assert_false(either_says("39.00000"));
    assert_true(both_say("石救01") && both_say("[略]"));
}

static void test_not_graded_stands_first_and_closed_not_at_all(void **unused)
{
    struct incident incident = {.state = INCIDENT_OPEN};
    (void)unused;
    incident.incident.v = 7;
    incident.grade = 1;
    put(OBJECT_INCIDENT, &incident);
    incident.incident.v = 8;
    incident.grade = 0;
    put(OBJECT_INCIDENT, &incident);
    incident.incident.v = 9;
    incident.state = INCIDENT_CLOSED;
    put(OBJECT_INCIDENT, &incident);
    write_both();
    assert_true(strstr((char *)text.bytes, "I8") < strstr((char *)text.bytes, "I7"));
    assert_true(both_say("未派车 NO UNIT"));
    assert_false(either_says("I9"));
}

static void test_calls_and_call_backs(void **unused)
{
    const struct call ringing = {.call.v = 3,
                                 .state = CALL_RINGING,
                                 .number = TEXT("0952111"),
                                 .ringing_ms = look.printed_ms - 9000};
    const struct call abandoned = {.call.v = 4, .state = CALL_ABANDONED, .number = TEXT("0952222")};
    const struct task task = {.task.v = 5, .call.v = 4, .outcome = TASK_OPEN};
    (void)unused;
    put(OBJECT_CALL, &ringing);
    put(OBJECT_CALL, &abandoned);
    put(OBJECT_TASK, &task);
    write_both();
    assert_true(both_say("C3") && both_say("0:09") && both_say("0952111"));
    assert_true(both_say("K5") && both_say("回拨") && both_say("0952222"));
    assert_false(either_says("C4"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_says_how_old_it_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_incident_with_its_unit_and_times, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_what_came_from_outside_is_no_markup, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_without_personal_data, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_graded_stands_first_and_closed_not_at_all, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_calls_and_call_backs, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
