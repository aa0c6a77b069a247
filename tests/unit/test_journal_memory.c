/* The journal without a disk keeps the promises of the one with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <uv.h>

#include "tests/lib/journal_memory.h"

static uint64_t durable_seq;
static char errmsg[ERRMSG_MAX];

static void on_durable(void *ctx, uint64_t seq)
{
    (void)ctx;
    durable_seq = seq;
}

static struct journal *start(uv_loop_t *loop)
{
    struct journal_options options = {
        .dir = "town", .loop = loop, .queue_bytes = 4096, .on_durable_cb = on_durable};
    struct journal *journal = NULL;

    assert_int_equal(journal_open(&journal, &options, errmsg), 0);
    return journal;
}

static int wipe(void **state)
{
    (void)state;
    durable_seq = 0;
    journal_memory_wipe();
    return 0;
}

static enum journal_append_result append(struct journal *journal, uint64_t seq)
{
    unsigned char body[100];
    struct journal_record record = {.seq = seq, .body = body, .size = sizeof(body)};

    memset(body, (int)seq, sizeof(body));
    return journal_append(journal, &record);
}

static struct journal_head head_now(void)
{
    struct journal_reader *reader;
    struct journal_head head;

    assert_int_equal(journal_reader_open(&reader, "town", errmsg), 0);
    assert_int_equal(journal_read_head(reader, &head), 0);
    assert_int_equal(journal_in_chain(reader, &head), 1);
    journal_reader_close(reader);
    return head;
}

static void only_what_was_durable_survives_a_crash(void **state)
{
    (void)state;
    struct journal *journal = start(NULL);
    append(journal, 1);
    append(journal, 2);
    assert_int_equal(head_now().seq, 0);
    journal_memory_flush(journal);
    assert_int_equal(durable_seq, 2);
    append(journal, 3);
    assert_int_equal(head_now().seq, 2);
    journal_memory_crash(journal);

    journal = start(NULL);
    assert_false(journal_was_clean(journal));
    assert_int_equal(journal_opened_at(journal).seq, 2);
    append(journal, 3);
    journal_close(journal, NULL, NULL);
    assert_int_equal(head_now().seq, 3);
    journal = start(NULL);
    assert_true(journal_was_clean(journal));
    journal_close(journal, NULL, NULL);
}

static void a_disk_that_does_not_answer_fills_the_queue(void **state)
{
    struct journal *journal = start(NULL);
    uint64_t seq = 1;

    (void)state;
    journal_memory_hold(journal, true);
    while (append(journal, seq) == JOURNAL_APPENDED) {
        seq++;
        journal_memory_flush(journal);
        assert_true(seq < 100);
    }
    assert_int_equal(durable_seq, 0);
    assert_false(journal_has_room(journal, 100, 0));
    journal_memory_hold(journal, false);
    assert_int_equal(durable_seq, seq - 1);
    assert_int_equal(append(journal, seq), JOURNAL_APPENDED);
    journal_memory_set_space(journal, false);
    assert_false(journal_space_ok(journal));
    journal_close(journal, NULL, NULL);
}

static void with_a_loop_the_next_turn_is_the_disk(void **state)
{
    uv_loop_t loop;

    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    struct journal *journal = start(&loop);
    append(journal, 1);
    assert_int_equal(durable_seq, 0);
    uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(durable_seq, 1);
    journal_close(journal, NULL, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void it_has_one_server_too(void **state)
{
    struct journal_options options = {.dir = "town", .on_durable_cb = on_durable};
    struct journal *journal = start(NULL), *second;

    (void)state;
    assert_int_equal(journal_open(&second, &options, errmsg), -1);
    assert_non_null(strstr(errmsg, "another server holds"));
    journal_close(journal, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(only_what_was_durable_survives_a_crash, wipe),
        cmocka_unit_test_teardown(a_disk_that_does_not_answer_fills_the_queue, wipe),
        cmocka_unit_test_teardown(with_a_loop_the_next_turn_is_the_disk, wipe),
        cmocka_unit_test_teardown(it_has_one_server_too, wipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
