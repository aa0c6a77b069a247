/* wire_stream and wire_json: frames for either side, redaction, words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "dispatch/wire/wire_json.h"
#include "dispatch/wire/wire_stream.h"
#include "tests/lib/wire_scratch.h"

static void assert_text(struct text got, const char *expected)
{
    assert_int_equal(got.n, strlen(expected));
    assert_memory_equal(got.p, expected, got.n);
}

static struct client_frame client_trip(const struct client_frame *sent)
{
    struct client_frame got;
    buffer_clear(&out);
    assert_int_equal(wire_client_frame_pack(&arena, sent, &out), 0);
    assert_int_equal(wire_client_frame_unpack(&arena, out.bytes, out.n, &got), 0);
    assert_int_equal(got.kind, sent->kind);
    return got;
}

static struct server_frame server_trip(const struct server_frame *sent)
{
    struct server_frame got;
    buffer_clear(&out);
    assert_int_equal(wire_server_frame_pack(&arena, sent, &out), 0);
    assert_int_equal(wire_server_frame_unpack(&arena, out.bytes, out.n, &got), 0);
    assert_int_equal(got.kind, sent->kind);
    assert_int_equal(got.as_of_seq, sent->as_of_seq);
    return got;
}

/* What a client says. */

static void test_hello_ping_query(void **state)
{
    (void)state;
    const struct client_frame hello = {
        CLIENT_HELLO,
        .hello = {TEXT("tok"), TEXT("0102"), 3, 44, true, true, TEXT("ctl 0.1")}};
    struct client_frame got = client_trip(&hello);
    assert_text(got.hello.token, "tok");
    assert_text(got.hello.journal_id, "0102");
    assert_int_equal(got.hello.epoch, 3);
    assert_int_equal(got.hello.last_seq, 44);
    assert_true(got.hello.want_facts && got.hello.want_positions);
    assert_text(got.hello.version, "ctl 0.1");
    got = client_trip(&(struct client_frame){CLIENT_PING, .ping = {8}});
    assert_int_equal(got.ping.number, 8);
    got = client_trip(
        &(struct client_frame){CLIENT_QUERY, .query = {2, TEXT("places"), TEXT("朝阳"), 7}});
    assert_int_equal(got.query.number, 2);
    assert_text(got.query.what, "places");
    assert_text(got.query.words, "朝阳");
    assert_int_equal(got.query.id, 7);
}

static void test_a_command_in_a_frame(void **state)
{
    (void)state;
    struct client_frame sent = {.kind = CLIENT_COMMAND};
    sent.command = (struct command){COMMAND_ORDER_UNIT, .client = 6, .number = 1};
    random_body(&dice, command_schema(COMMAND_ORDER_UNIT), command_body_of(&sent.command), false);
    sent.command.actor.role = ROLE_SUPERVISOR;
    struct client_frame got = client_trip(&sent);
    assert_null(body_difference(command_schema(COMMAND_ORDER_UNIT), command_body(&sent.command),
                                command_body(&got.command), true));
    assert_int_equal(got.command.client, 6);
    assert_int_equal(got.command.actor.role, ROLE_NONE); /* nobody says who he is */
}

static void test_a_clients_frame_has_a_limit(void **state)
{
    (void)state;
    static unsigned char bytes[WIRE_CLIENT_FRAME_MAX + 1];
    struct client_frame got;
    assert_int_equal(wire_client_frame_unpack(&arena, bytes, sizeof(bytes), &got), -1);
    assert_says("ClientFrame of 65537 bytes is longer than 65536");
    assert_int_equal(wire_client_frame_unpack(&arena, "", 0, &got), -1);
    assert_says("ClientFrame is empty");
}

/* What the server says. */

static void test_welcome_report_degraded_heartbeat_goodbye(void **state)
{
    (void)state;
    struct server_frame got = server_trip(&(struct server_frame){
        SERVER_WELCOME,
        .as_of_seq = 9,
        .welcome = {{{3}, ROLE_CREW, 2, 17}, TEXT("车组"), TEXT("ab"), 1, 9, true, TEXT("0.1"),
                    1700000000000, MODE_CROW_FLIGHT}});
    assert_int_equal(got.welcome.actor.user.v, 3);
    assert_int_equal(got.welcome.actor.role, ROLE_CREW);
    assert_int_equal(got.welcome.actor.scope, 17);
    assert_text(got.welcome.name, "车组");
    assert_true(got.welcome.resumes);
    assert_int_equal(got.welcome.now_ms, 1700000000000);
    assert_int_equal(got.welcome.mode, MODE_CROW_FLIGHT);
    got = server_trip(&(struct server_frame){
        SERVER_REPORT, .report = {4, TEXT(""), TEXT("{\"units\":40}")}});
    assert_text(got.report.json, "{\"units\":40}");
    got = server_trip(&(struct server_frame){
        SERVER_DEGRADED,
        .degraded = {MODE_MANUAL, true, 7, false, 0, true, true, TEXT("磁盘"), TEXT("disk")}});
    assert_int_equal(got.degraded.mode, MODE_MANUAL);
    assert_int_equal(got.degraded.redis_lag, 7);
    assert_true(got.degraded.redis_down && got.degraded.disk_low);
    assert_true(got.degraded.positions_conflated && !got.degraded.postgres_down);
    got = server_trip(&(struct server_frame){SERVER_HEARTBEAT, .heartbeat = {-5, 3, 8}});
    assert_int_equal(got.heartbeat.now_ms, -5);
    assert_int_equal(got.heartbeat.number, 8);
    got = server_trip(&(struct server_frame){SERVER_GOODBYE, .goodbye = {4008, TEXT("slow")}});
    assert_int_equal(got.goodbye.code, 4008);
    assert_text(got.goodbye.reason, "slow");
}

static void test_a_reply_has_its_words(void **state)
{
    (void)state;
    struct server_frame got = server_trip(&(struct server_frame){
        SERVER_REPLY, .reply = {.client = 5, .number = 6, .refusal = REFUSE_NO_UNIT}});
    assert_int_equal(got.reply.refusal, REFUSE_NO_UNIT);
    assert_text(got.reply.name, "no_unit");
    assert_text(got.reply.zh, "没有这个急救单元");
    assert_text(got.reply.en, "no such unit");
    got = server_trip(&(struct server_frame){
        SERVER_REPLY, .reply = {.refusal = REFUSE_NO_UNIT, .en = TEXT("no unit U9"), .made = 3}});
    assert_text(got.reply.en, "no unit U9");
    assert_int_equal(got.reply.made, 3);
}

static void test_positions(void **state)
{
    (void)state;
    const struct stream_position sent[] = {
        {{1}, 390000000, 1063000000, 423, 359, 2, 0},
        {{2}, 390000100, 1062999900, 65535, 65535, 4000000000, 1 << 9},
        {{ID_MAX - 1}, INT32_MIN, INT32_MIN, 0, 0, 0, 0},
        {{4}, INT32_MAX, INT32_MAX, 0, 0, 0, 0},
    };
    struct server_frame got =
        server_trip(&(struct server_frame){SERVER_POSITIONS, .positions = {sent, 4}});
    assert_int_equal(got.positions.count, 4);
    assert_memory_equal(got.positions.position, sent, sizeof(sent));
    got = server_trip(&(struct server_frame){.kind = SERVER_POSITIONS});
    assert_int_equal(got.positions.count, 0);
}

static void test_positions_of_unequal_columns(void **state)
{
    (void)state;
    static const char bytes[] = "\x72\x07\x0a\x02\x01\x02\x12\x01\x04"; /* two units, one lat */
    struct server_frame got;
    assert_int_equal(wire_server_frame_unpack(&arena, bytes, sizeof(bytes) - 1, &got), -1);
    assert_says("positions: columns are not all of one length");
}

static struct fact note(void)
{
    return (struct fact){.kind = FACT_NOTE_ADDED,
                         .note_added = {{34}, {3}, TEXT("head wound")}};
}

static struct server_frame some_facts(const struct fact *fact, struct record *record,
                                      struct wire_object *object, struct call *call)
{
    *record = (struct record){.seq = 41, .fact = fact, .fact_count = 1};
    *call = (struct call){.call = {9}, .number = TEXT("13900001111"), .line = TEXT("3")};
    *object = (struct wire_object){OBJECT_CALL, call};
    return (struct server_frame){SERVER_FACTS,
                                 .as_of_seq = 42,
                                 .facts = {40, 42, record, 1, object, 1, true}};
}

static void test_facts_and_what_became_visible(void **state)
{
    (void)state;
    const struct fact fact = note();
    struct record record;
    struct wire_object object;
    struct call call;
    const struct server_frame sent = some_facts(&fact, &record, &object, &call);
    struct server_frame got = server_trip(&sent);
    assert_int_equal(got.facts.after_seq, 40);
    assert_int_equal(got.facts.upto_seq, 42);
    assert_int_equal(got.facts.record_count, 1);
    assert_int_equal(got.facts.record[0].seq, 41);
    assert_text(got.facts.record[0].fact[0].note_added.words, "head wound");
    assert_int_equal(got.facts.object_count, 1);
    assert_int_equal(got.facts.object[0].kind, OBJECT_CALL);
    assert_text(((const struct call *)got.facts.object[0].body)->number, "13900001111");
}

static void test_without_personal_nothing_of_it_leaves(void **state)
{
    (void)state;
    const struct fact fact = note();
    struct record record;
    struct wire_object object;
    struct call call;
    struct server_frame sent = some_facts(&fact, &record, &object, &call);
    sent.facts.personal = false;
    struct server_frame got = server_trip(&sent);
    assert_int_equal(got.facts.record[0].fact[0].note_added.words.n, 0);
    assert_int_equal(got.facts.record[0].fact[0].note_added.incident.v, 34);
    assert_null(memmem(out.bytes, out.n, "head wound", 10));
    assert_null(memmem(out.bytes, out.n, "13900001111", 11));
    sent = (struct server_frame){SERVER_SNAPSHOT, .snapshot = {&object, 1, true, false}};
    got = server_trip(&sent);
    assert_true(got.snapshot.last);
    assert_null(memmem(out.bytes, out.n, "13900001111", 11));
    assert_text(((const struct call *)got.snapshot.object[0].body)->line, "3");
}

static void test_a_snapshot_of_every_kind(void **state)
{
    (void)state;
    static union {
        uint64_t align;
        unsigned char bytes[4096];
    } bodies[OBJECT_KIND_COUNT];
    struct wire_object objects[OBJECT_KIND_COUNT - 1];
    for (enum object_kind kind = 1; kind < OBJECT_KIND_COUNT; kind++) {
        random_body(&dice, object_schema(kind), &bodies[kind], true);
        objects[kind - 1] = (struct wire_object){kind, &bodies[kind]};
    }
    struct server_frame got = server_trip(&(struct server_frame){
        SERVER_SNAPSHOT, .snapshot = {objects, OBJECT_KIND_COUNT - 1, false, true}});
    assert_int_equal(got.snapshot.count, OBJECT_KIND_COUNT - 1);
    for (uint32_t i = 0; i < got.snapshot.count; i++)
        assert_null(body_difference(object_schema(objects[i].kind), objects[i].body,
                                    got.snapshot.object[i].body, true));
}

/* JSON. */

static void assert_json(const char *expected)
{
    buffer_add(&out, "", 1);
    assert_false(out.full);
    assert_string_equal((const char *)out.bytes, expected);
    buffer_clear(&out);
}

static void test_json_of_facts(void **state)
{
    (void)state;
    const struct fact fact = note();
    wire_json_fact(&out, &fact, true);
    assert_json("{\"note_added\":{\"incident\":34,\"user\":3,\"words\":\"head wound\"}}");
    wire_json_fact(&out, &fact, false);
    assert_json("{\"note_added\":{\"incident\":34,\"user\":3,\"words\":\"[redacted]\"}}");
    const struct fact step = {.kind = FACT_STEP_REACHED,
                              .step_reached = {{7}, STEP_AT_SCENE, -1, REPORT_CREW, REASON_NONE}};
    wire_json_fact(&out, &step, false);
    assert_json("{\"step_reached\":{\"assignment\":7,\"step\":\"at_scene\",\"at_ms\":-1,"
                "\"source\":\"crew\",\"reason\":\"none\"}}");
}

static void test_json_of_a_record_and_an_object(void **state)
{
    (void)state;
    const uint32_t slots[] = {1, 4000000000};
    const struct fact fact = {.kind = FACT_RESPONSE_PLANNED,
                              .response_planned = {{2}, TEXT("a\"\\\n\x01"), {slots, 2}}};
    const struct record record = {.seq = 3,
                                  .now_ms = 4,
                                  .actor = {{5}, ROLE_MACHINE, 6, 7},
                                  .command = COMMAND_TICK,
                                  .refusal = REFUSE_BAD_ID,
                                  .fact = &fact,
                                  .fact_count = 1};
    wire_json_record(&out, &record, false);
    assert_json("{\"seq\":3,\"now_ms\":4,\"client\":0,\"number\":0,\"user\":5,"
                "\"role\":\"machine\",\"seat\":6,\"scope\":7,\"command\":\"tick\","
                "\"refusal\":\"bad_id\",\"made\":0,\"fact\":[{\"response_planned\":{"
                "\"incident\":2,\"plan\":\"a\\\"\\\\\\n\\u0001\","
                "\"slot_capabilities\":[1,4000000000]}}]}");
    const struct terminal terminal = {.terminal = {8}, .phone = TEXT("0139"), .lost = true};
    wire_json_object(&out, (struct wire_object){OBJECT_TERMINAL, &terminal}, false);
    assert_true(out.n > 0);
    assert_memory_equal(out.bytes, "{\"terminal\":{\"terminal\":8,\"phone\":\"0139\"", 39);
}

/* {"name": {…}} as the writer makes it, with the key in front. */
static void write_command(const struct command *command)
{
    buffer_clear(&out);
    buffer_print(&out, "{\"client\":%llu,\"number\":%llu,", (unsigned long long)command->client,
                 (unsigned long long)command->number);
    size_t brace = out.n;
    wire_json_body(&out, command_schema(command->kind), command_body(command), true);
    out.bytes[brace] = ' ';
}

static void test_every_command_through_json(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 50; round++) {
        for (enum command_kind kind = 1; kind < COMMAND_KIND_COUNT; kind++) {
            struct command sent = {.kind = kind, .client = 5, .number = 6};
            struct command got;
            wire_arena_reset(&arena);
            random_body(&dice, command_schema(kind), command_body_of(&sent), false);
            write_command(&sent);
            if (wire_json_command(&arena, (const char *)out.bytes, out.n, &got) < 0)
                fail_msg("%s: %.*s", arena.errmsg, (int)out.n, (const char *)out.bytes);
            assert_int_equal(got.kind, kind);
            assert_int_equal(got.client, 5);
            assert_null(body_difference(command_schema(kind), command_body(&sent),
                                        command_body(&got), true));
        }
    }
}

static void assert_json_refused(const char *json, const char *says)
{
    struct command command = {.client = 4711};
    assert_int_equal(wire_json_command(&arena, json, strlen(json), &command), -1);
    assert_says(says);
    assert_int_equal(command.client, 4711);
}

static void test_json_that_is_refused(void **state)
{
    (void)state;
    assert_json_refused("", "line 1 of the JSON:");
    assert_json_refused("[]", "a command must be an object");
    assert_json_refused("{}", "no command is named");
    assert_json_refused("{\"fly\":{}}", "there is no command fly");
    assert_json_refused("{\"tick\":{},\"sign_out\":{}}", "one command at a time");
    assert_json_refused("{\"tick\":{},\"tick\":{}}", "duplicate object key");
    assert_json_refused("{\"tick\":3}", "tick must be an object");
    assert_json_refused("{\"tick\":{\"now\":3}}", "tick has no member now");
    assert_json_refused("{\"answer_call\":{\"call\":1.5}}", "call must be a whole number from 0");
    assert_json_refused("{\"answer_call\":{\"call\":9007199254740992}}", "call must be a whole");
    assert_json_refused("{\"answer_call\":{\"call\":\"C1\"}}", "call must be a whole number");
    assert_json_refused("{\"client\":-1,\"tick\":{}}", "client must be a whole number from 0");
    assert_json_refused("{\"set_duty\":{\"duty\":\"asleep\"}}", "duty must be a word of duty");
    assert_json_refused("{\"set_duty\":{\"crew\":4294967296}}", "from 0 to 4294967295");
    assert_json_refused("{\"ring_call\":{\"lat_e7\":2147483648}}", "lat_e7 must be a whole number");
    assert_json_refused("{\"ring_call\":{\"has_place\":1}}", "has_place must be true or false");
    assert_json_refused("{\"ring_call\":{\"zone\":7}}", "zone must be a list");
    assert_json_refused("{\"ring_call\":{\"zone\":[-7]}}", "zone must be a whole number");
    assert_json_refused("{\"ring_call\":{\"line\":3}}", "line must be a text");
    assert_json_refused("{\"ring_call\":{\"line\":\"\\u0000\"}}", "line 1 of the JSON");
    assert_json_refused("{\"ring_call\":{\"line\":\"\xff\"}}", "line 1 of the JSON");
    assert_json_refused("{\"ring_call\":{\"zone\":[[[1]]]}}", "nests deeper than 4");
}

static void test_json_of_a_megabyte(void **state)
{
    (void)state;
    struct command command;
    for (size_t i = 0; i < WIRE_CLIENT_FRAME_MAX; i++)
        buffer_add(&out, "[", 1);
    assert_int_equal(wire_json_command(&arena, (const char *)out.bytes, out.n, &command), -1);
    assert_says("nests deeper than 4");
    buffer_add(&out, "[", 1);
    assert_int_equal(wire_json_command(&arena, (const char *)out.bytes, out.n, &command), -1);
    assert_says("command of 65537 bytes is longer than 65536");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_hello_ping_query, wire_scratch_begin),
        cmocka_unit_test_setup(test_a_command_in_a_frame, wire_scratch_begin),
        cmocka_unit_test_setup(test_a_clients_frame_has_a_limit, wire_scratch_begin),
        cmocka_unit_test_setup(test_welcome_report_degraded_heartbeat_goodbye, wire_scratch_begin),
        cmocka_unit_test_setup(test_a_reply_has_its_words, wire_scratch_begin),
        cmocka_unit_test_setup(test_positions, wire_scratch_begin),
        cmocka_unit_test_setup(test_positions_of_unequal_columns, wire_scratch_begin),
        cmocka_unit_test_setup(test_facts_and_what_became_visible, wire_scratch_begin),
        cmocka_unit_test_setup(test_without_personal_nothing_of_it_leaves, wire_scratch_begin),
        cmocka_unit_test_setup(test_a_snapshot_of_every_kind, wire_scratch_begin),
        cmocka_unit_test_setup(test_json_of_facts, wire_scratch_begin),
        cmocka_unit_test_setup(test_json_of_a_record_and_an_object, wire_scratch_begin),
        cmocka_unit_test_setup(test_every_command_through_json, wire_scratch_begin),
        cmocka_unit_test_setup(test_json_that_is_refused, wire_scratch_begin),
        cmocka_unit_test_setup(test_json_of_a_megabyte, wire_scratch_begin),
    };
    return cmocka_run_group_tests(tests, wire_scratch_open, wire_scratch_close);
}
