/* wire: what bytes from outside may be, and what is said about them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <malloc.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/wire/wire_stream.h"
#include "tests/lib/wire_scratch.h"

static void assert_command_refused(const void *bytes, size_t n, const char *says)
{
    struct command command = {.client = 4711};
    assert_int_equal(wire_command_unpack(&arena, bytes, n, &command), -1);
    assert_says(says);
    assert_int_equal(command.client, 4711);
}
#define REFUSED(bytes, says) assert_command_refused(bytes, sizeof(bytes) - 1, says)

/* A record with every kind of fact that fits, about as bytes in the journal are. */
static void pack_some_record(void)
{
    struct fact facts[FACT_KIND_COUNT - 1];
    for (enum fact_kind kind = 1; kind < FACT_KIND_COUNT; kind++) {
        facts[kind - 1] = (struct fact){.kind = kind};
        random_body(&dice, fact_schema(kind), fact_body_of(&facts[kind - 1]), true);
    }
    const struct record record = {
        .seq = 5, .command = COMMAND_TICK, .fact = facts, .fact_count = FACT_KIND_COUNT - 1};
    assert_int_equal(wire_record_pack(&arena, &record, NULL, &out), 0);
}

static void test_cut_at_every_byte(void **state)
{
    (void)state;
    struct record record;
    uint32_t refused = 0;
    pack_some_record();
    for (size_t n = 0; n < out.n; n++) {
        unsigned char *exact = test_malloc(n + 1); /* so that a byte too far is found */
        memcpy(exact, out.bytes, n);
        wire_arena_reset(&arena);
        arena.errmsg[0] = 0;
        if (wire_record_unpack(&arena, exact, n, NULL, &record) < 0) {
            assert_true(arena.errmsg[0] != 0);
            refused++;
        } else { /* cut between two facts: the rest is a whole record */
            assert_true(record.fact_count < FACT_KIND_COUNT - 1);
        }
        test_free(exact);
    }
    assert_true(refused > out.n / 2);
}

/* Whatever is accepted can be packed again, and then reads as itself. */
static void test_corrupted_bytes(void **state)
{
    (void)state;
    struct buffer again;
    struct record record, same;
    uint32_t accepted = 0;
    buffer_init(&again, WIRE_RECORD_MAX);
    pack_some_record();
    for (uint32_t round = 0; round < 20000; round++) {
        size_t at = dice_roll(&dice) % out.n;
        unsigned char was = out.bytes[at];
        out.bytes[at] = (unsigned char)dice_roll(&dice);
        wire_arena_reset(&arena);
        buffer_clear(&again);
        if (wire_record_unpack(&arena, out.bytes, out.n, NULL, &record) == 0) {
            accepted++;
            assert_int_equal(wire_record_pack(&arena, &record, NULL, &again), 0);
            assert_int_equal(wire_record_unpack(&arena, again.bytes, again.n, NULL, &same), 0);
            assert_int_equal(same.fact_count, record.fact_count);
        }
        out.bytes[at] = was;
    }
    assert_true(accepted > 0 && accepted < 20000);
    buffer_close(&again);
}

static void repeat(const void *bytes, size_t n, size_t total)
{
    while (out.n + n <= total)
        buffer_add(&out, bytes, n);
    assert_false(out.full);
}

static void assert_stays_in_the_arena(int (*unpack)(void))
{
    struct mallinfo2 before = mallinfo2();
    assert_int_equal(unpack(), -1);
    struct mallinfo2 after = mallinfo2();
    assert_int_equal(after.uordblks, before.uordblks);
    assert_int_equal(after.hblkhd, before.hblkhd);
    assert_true(arena.used <= arena.size);
}

static int unpack_record(void)
{
    struct record record;
    return wire_record_unpack(&arena, out.bytes, out.n, NULL, &record);
}

static int unpack_server_frame(void)
{
    struct server_frame frame;
    return wire_server_frame_unpack(&arena, out.bytes, out.n, &frame);
}

static int unpack_client_frame(void)
{
    struct client_frame frame;
    return wire_client_frame_unpack(&arena, out.bytes, out.n, &frame);
}

static void test_two_megabytes_of_empty_facts(void **state)
{
    (void)state;
    repeat("\x62\x00", 2, 2 << 20);
    assert_stays_in_the_arena(unpack_record);
    assert_says("is longer than 262144");
    out.n = WIRE_RECORD_MAX;
    wire_arena_reset(&arena);
    assert_stays_in_the_arena(unpack_record);
    assert_says("unpacks to more than 8388608");
}

static void test_a_megabyte_of_empty_objects(void **state)
{
    (void)state;
    buffer_add(&out, "\x62\xfc\xff\x3f", 4); /* a snapshot of 1,048,572 bytes */
    repeat("\x0a\x00", 2, WIRE_SERVER_FRAME_MAX);
    assert_stays_in_the_arena(unpack_server_frame);
    assert_says("unpacks to more than");
}

static void test_unknown_fields_without_end(void **state)
{
    (void)state;
    repeat("\xa8\x3f\x01", 3, WIRE_CLIENT_FRAME_MAX);
    assert_stays_in_the_arena(unpack_client_frame);
    assert_says("does not know");
    struct wire_arena small;
    assert_int_equal(wire_arena_init(&small, 64 * 1024), 0);
    struct client_frame frame;
    assert_int_equal(wire_client_frame_unpack(&small, out.bytes, out.n, &frame), -1);
    assert_non_null(strstr(small.errmsg, "unpacks to more than 65536"));
    wire_arena_close(&small);
}

/* ring_call is number 6 + 10 = 16 of Command; its first field is the caller's number. */
static void test_texts(void **state)
{
    (void)state;
    REFUSED("\x82\x01\x04\x0a\x02\xc3\x28", "ring_call: number is not UTF-8");
    REFUSED("\x82\x01\x05\x0a\x03\xed\xa0\x80", "ring_call: number is not UTF-8"); /* surrogate */
    REFUSED("\x82\x01\x04\x0a\x02\xc0\xaf", "ring_call: number is not UTF-8");     /* overlong */
    REFUSED("\x82\x01\x06\x0a\x04\xf4\x90\x80\x80", "ring_call: number is not UTF-8");
    REFUSED("\x82\x01\x03\x0a\x01\xe4", "ring_call: number is not UTF-8"); /* cut */
    REFUSED("\x82\x01\x05\x0a\x03"
            "1\0002",
            "ring_call: number is not UTF-8 without zero bytes");
    REFUSED("\x82\x01\x04\x0a\x02\0001", "ring_call: number is not UTF-8 without zero bytes");
    struct command command;
    static const char fine[] = "\x82\x01\x06\x0a\x04\xf0\x9f\x9a\x91";
    assert_int_equal(wire_command_unpack(&arena, fine, sizeof(fine) - 1, &command), 0);
    assert_int_equal(command.ring_call.number.n, 4);
}

/* answer_call is number 8 + 10 = 18, correct_step 36 + 10 = 46. */
static void test_numbers(void **state)
{
    (void)state;
    struct command command;
    static const char last[] = "\x92\x01\x09\x08\xff\xff\xff\xff\xff\xff\xff\x0f";
    assert_int_equal(wire_command_unpack(&arena, last, sizeof(last) - 1, &command), 0);
    assert_int_equal(command.answer_call.call.v, ID_MAX - 1);
    REFUSED("\x92\x01\x09\x08\x80\x80\x80\x80\x80\x80\x80\x10",
            "answer_call: call is not below 2^53");
    REFUSED("\x92\x01\x0b\x10\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
            "answer_call: at_ms is not within 2^53");
    REFUSED("\x08\x80\x80\x80\x80\x80\x80\x80\x10\x92\x01\x00",
            "command: client is not below 2^53");
    REFUSED("\x82\x01\x0a\x62\x08\x80\x80\x80\x80\x80\x80\x80\x10",
            "ring_call: zone has a number that is not below 2^53");
    REFUSED("\xf2\x02\x02\x10\x10", "correct_step: step is a word that this version does not know");
}

static void test_what_is_not_known(void **state)
{
    (void)state;
    REFUSED("", "Command is empty");
    REFUSED("\x08\x05", "Command is empty");
    REFUSED("\xa2\x1f\x00", "Command has a field 500 that this version does not know");
    REFUSED("\x92\x01\x03\xf8\x3f\x01", "AnswerCall has a field 1023");
    REFUSED("\x92\x01\x02\x08", "4 bytes are not a protobuf Command");
    REFUSED("\x92\x01\x02\x0a\x00", "are not a protobuf Command"); /* a text where a number is */
    REFUSED("hello, world", "12 bytes are not a protobuf Command");
}

/* A command that was made inside, of a device's text, must pass the same checks. */
static void test_a_command_made_inside(void **state)
{
    (void)state;
    char errmsg[ERRMSG_MAX] = "";
    struct command command = {.kind = COMMAND_SEND_MESSAGE,
                              .send_message = {{3}, TEXT("\xca\xd5\xb5\xbd")}}; /* GBK */
    assert_int_equal(wire_command_check(&command, errmsg), -1);
    assert_string_equal(errmsg, "send_message: words is not UTF-8 without zero bytes");
    assert_int_equal(wire_command_pack(&arena, &command, &out), -1);
    assert_int_equal(out.n, 0);
    command.send_message.words = TEXT("\xe6\x94\xb6\xe5\x88\xb0");
    assert_int_equal(wire_command_check(&command, errmsg), 0);
    command.kind = COMMAND_KIND_COUNT;
    assert_int_equal(wire_command_check(&command, errmsg), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_cut_at_every_byte, wire_scratch_begin),
        cmocka_unit_test_setup(test_corrupted_bytes, wire_scratch_begin),
        cmocka_unit_test_setup(test_two_megabytes_of_empty_facts, wire_scratch_begin),
        cmocka_unit_test_setup(test_a_megabyte_of_empty_objects, wire_scratch_begin),
        cmocka_unit_test_setup(test_unknown_fields_without_end, wire_scratch_begin),
        cmocka_unit_test_setup(test_texts, wire_scratch_begin),
        cmocka_unit_test_setup(test_numbers, wire_scratch_begin),
        cmocka_unit_test_setup(test_what_is_not_known, wire_scratch_begin),
        cmocka_unit_test_setup(test_a_command_made_inside, wire_scratch_begin),
    };
    return cmocka_run_group_tests(tests, wire_scratch_open, wire_scratch_close);
}
