/* The readable form and its parser: what is printed is read back the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/core/print.h"
#include "tests/lib/random_body.h"

enum { ROUNDS = 400 };

static const int64_t zero_ms = INT64_C(1780279200000);

static int parse(struct command *command, const char *line, char *store, size_t size, char why[200])
{
    return command_parse(command, line, strlen(line), zero_ms, store, size, why, 200);
}

/* What the grammar does not tell apart: a place that is not said to be one, a time long ago. */
static void make_printable(const struct schema *schema, void *body)
{
    const struct schema_field *has = schema_find(schema, "has_place", 9);
    const struct schema_field *lat = schema_find(schema, "lat_e7", 6);
    const struct schema_field *lon = schema_find(schema, "lon_e7", 6);
    if (has)
        field_set_number(has, body, 1);
    if (lat)
        field_set_number(lat, body, (uint64_t)INT64_C(-389000001));
    if (lon)
        field_set_number(lon, body, (uint64_t)INT64_C(1063760009));
    for (uint32_t i = 0; i < schema->count; i++) {
        const struct schema_field *field = &schema->field[i];
        if (field->type == FIELD_MS && field_number(field, body))
            field_set_number(field, body,
                             (uint64_t)(zero_ms + (int64_t)(field_number(field, body) % 30000000)));
        if (field->type != FIELD_U32S || !field->words)
            continue;
        const struct u32s *list = (const struct u32s *)(const void *)field_text(field, body);
        for (uint32_t k = 0; k < list->n; k++)
            ((uint32_t *)(uintptr_t)list->v)[k] %= field->words->count;
    }
}

static void test_round_trip(void **state)
{
    static struct dice dice = {.state = 7};
    static char line[64 * 1024], store[64 * 1024];
    char why[200] = "";
    (void)state;
    for (enum command_kind kind = 1; kind < COMMAND_KIND_COUNT; kind++)
        for (int i = 0; i < ROUNDS; i++) {
            const struct schema *schema = command_schema(kind);
            struct command command = {.kind = kind}, back = {.client = 9};
            random_body(&dice, schema, command_body_of(&command), false);
            make_printable(schema, command_body_of(&command));
            command_print(line, sizeof(line), &command,
                          (struct print_how){.personal = true, .zero_ms = zero_ms});
            if (parse(&back, line, store, sizeof(store), why) < 0)
                fail_msg("%s\n%s", why, line);
            const char *differs =
                body_difference(schema, command_body(&command), command_body(&back), true);
            if (differs || back.kind != kind || back.client != 9)
                fail_msg("%s differs\n%s", differs ? differs : "kind", line);
        }
}

static void prints(const char *line, const char *wanted, bool personal)
{
    struct command command = {0};
    char store[512], out[512], why[200] = "";
    if (parse(&command, line, store, sizeof(store), why) < 0)
        fail_msg("%s: %s", line, why);
    command_print(out, sizeof(out), &command,
                  (struct print_how){.personal = personal, .zero_ms = zero_ms});
    assert_string_equal(out, wanted);
}

static void test_grammar(void **state)
{
    (void)state;
    prints("close_incident I3 outcome=treated at_ms=-00:01.500",
           "close_incident I3 outcome=treated at_ms=-00:01.500", true);
    prints("close_incident incident=3 outcome=treated at_ms=1:00:00",
           "close_incident I3 outcome=treated at_ms=1:00:00.000", true);
    prints("link_duplicate first=I2 I3", "link_duplicate I3 first=I2", true);
    prints("add_note I1 words=\"a b=\\\"c\\\" \\\\\\n\"",
           "add_note I1 words=\"a b=\\\"c\\\" \\\\\\n\"", true);
    prints("add_note I1 words=朝阳街", "add_note I1 words=[redacted]", false);
    prints("define_station S1 at=0,0 substation", "define_station S1 substation", true);
    prints("ring_call at=0,0", "ring_call at=0.0000000,0.0000000", true);
    prints("ring_call zone=4,Z5", "ring_call zone=Z4,Z5", true);
    prints("propose unit=U1,- source=road,none", "propose unit=U1,- source=road,none", true);
    prints("boot clean", "boot clean", true);
}

static void refuses(const char *line, const char *because)
{
    struct command command = {.kind = COMMAND_TICK};
    char store[256], why[200] = "";
    assert_int_equal(parse(&command, line, store, sizeof(store), why), -1);
    if (!strstr(why, because))
        fail_msg("%s: \"%s\" says nothing of \"%s\"", line, why, because);
    assert_int_equal(command.kind, COMMAND_TICK); /* untouched */
}

static void test_complaints(void **state)
{
    (void)state;
    refuses("", "empty");
    refuses("   ", "empty");
    refuses("no_such_command", "no command");
    refuses("order_unit=3", "no command");
    refuses("order_unit X1", "does not take");
    refuses("order_unit I1 I2", "does not take");
    refuses("order_unit I99999999999999999999", "not an id");
    refuses("order_unit I1 colour=red", "no field");
    refuses("order_unit I1 eta_s=-1", "not a number");
    refuses("order_unit I1 eta_s=4294967296", "not a number");
    refuses("order_unit I1 eta_s=+4", "not a number");
    refuses("order_unit I1 source=bicycle", "travel_source");
    refuses("order_unit I1 at_ms=soon", "not a time");
    refuses("order_unit I1 at_ms=00:01.5", "not a time");
    refuses("order_unit I1 at=38.4", "at=");
    refuses("ring_call at=38.4", "lat,lon");
    refuses("ring_call at=38.4.1,106", "not lat,lon");
    refuses("ring_call at=38.4,181", "not lat,lon");
    refuses("ring_call number=\"13900001111", "no end");
    refuses("ring_call number=\"139\\", "ends in");
    refuses("ring_call number=\"\\xzz\"", "hexadecimal");
    refuses("propose eta_s=1,,2", "list of numbers");
    refuses("propose unit=U1,I2", "list of ids");
    refuses("propose source=road,river", "list of travel_source");
    char words[400] = "add_note I1 words=";
    memset(words + strlen(words), 'a', 300);
    refuses(words, "too long");
}

static void test_a_full_buffer_says_so(void **state)
{
    const struct fact fact = {.kind = FACT_NOTE_ADDED,
                              .note_added = {.incident = {1}, .words = TEXT("朝阳街十二号三单元")}};
    struct print_how how = {.personal = true};
    char whole[200], out[200];
    size_t n = fact_print(whole, sizeof(whole), &fact, how);
    (void)state;
    for (size_t size = 8; size <= n; size++) {
        size_t printed = fact_print(out, size, &fact, how);
        assert_true(printed < size);
        assert_int_equal(strlen(out), printed);
        assert_memory_equal(out + printed - 3, "…", 3);
        assert_memory_equal(out, whole, printed - 3);
    }
    assert_int_equal(fact_print(out, n + 1, &fact, how), n);
    assert_string_equal(out, whole);
}

static void time_is(int64_t ms, int64_t zero, const char *wanted)
{
    char out[40];
    time_print(out, sizeof(out), ms, zero);
    assert_string_equal(out, wanted);
}

static void test_times(void **state)
{
    (void)state;
    time_is(zero_ms + 61234, zero_ms, "01:01.234");
    time_is(zero_ms + 3600000, zero_ms, "1:00:00.000");
    time_is(0, 0, "1970-01-01T00:00:00.000Z");
    time_is(-1, 0, "1969-12-31T23:59:59.999Z");
    time_is(INT64_C(951782400000), 0, "2000-02-29T00:00:00.000Z");
    time_is(INT64_C(4107542399999), 0, "2100-02-28T23:59:59.999Z");
    time_is(zero_ms, 0, "2026-06-01T02:00:00.000Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_grammar),
        cmocka_unit_test(test_complaints), cmocka_unit_test(test_a_full_buffer_says_so),
        cmocka_unit_test(test_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
