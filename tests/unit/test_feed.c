/* feed: durable records in order, from memory or from the journal, the same to the reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/core/print.h"
#include "tests/lib/journal_memory.h"
#include "tests/lib/random_day.h"

static struct random_day day;

static int start(void **state)
{
    (void)state;
    random_day_make(&day, NULL);
    random_day_open(&day, 3);
    random_day_settle(&day);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    random_day_close(&day);
    journal_memory_wipe();
    return 0;
}

struct reading {
    uint64_t next, stop_at;
    struct buffer text;
};

static bool on_record(void *context, const struct record *record)
{
    struct reading *r = context;
    char line[8192];
    assert_int_equal(record->seq, r->next++);
    for (uint32_t i = 0; i < record->fact_count; i++) {
        fact_print(line, sizeof(line), &record->fact[i], (struct print_how){.personal = true});
        buffer_add_text(&r->text, line);
        buffer_add_text(&r->text, "\n");
    }
    return record->seq != r->stop_at;
}

static int64_t read_from(struct feed *feed, uint64_t after_seq, uint64_t max, uint64_t stop_at,
                         struct reading *r)
{
    *r = (struct reading){.next = after_seq + 1, .stop_at = stop_at};
    buffer_init(&r->text, 64 * 1024 * 1024);
    return feed_read(feed, after_seq, max, on_record, r);
}

static int64_t read_after(uint64_t after_seq, uint64_t max, uint64_t stop_at, struct reading *r)
{
    return read_from(&day.pipeline.feed, after_seq, max, stop_at, r);
}

static void on_wake(void *self, uint64_t durable_seq)
{
    *(uint64_t *)self = durable_seq;
}

/* The ring holds FEED_RING records; what was before comes from the journal, sealed there and in
 * clear here, and where one ends and the other begins nobody can see. */
static void test_ring_and_journal_are_one(void **state)
{
    struct reading all, part;
    (void)state;
    random_day_do(&day, "ring_call number=13912345678 line=1");
    while (pipeline_seq(&day.pipeline) < FEED_RING + 2000) {
        random_day_do(&day, "set_hospital_status H1 status=open beds_free=3");
        if (pipeline_seq(&day.pipeline) % 256 == 0)
            random_day_settle(&day);
    }
    random_day_settle(&day);
    struct feed *feed = &day.pipeline.feed;
    assert_true(feed->first > 1);
    assert_true(feed->last - feed->first + 1 <= FEED_RING);
    assert_true(feed->ring_bytes <= FEED_RING_BYTES);
    assert_int_equal(read_after(0, UINT64_MAX, 0, &all), feed->durable);
    assert_non_null(memmem(all.text.bytes, all.text.n, "number=13912345678", 18));
    assert_int_equal(read_after(feed->first - 5, 10, 0, &part), 10);
    buffer_close(&part.text);
    assert_int_equal(read_after(feed->first - 5, 100, feed->first + 1, &part), 6);
    buffer_close(&part.text);
    assert_int_equal(read_after(feed->durable, 100, 0, &part), 0);
    assert_int_equal(read_after(feed->durable + 50, 100, 0, &part), 0);
    buffer_close(&all.text);
}

/* As in another thread: told only how far the journal is, it reads all from there. */
static void test_a_feed_into_which_nobody_puts(void **state)
{
    struct reading part;
    struct feed second;
    uint64_t woken_seq = 0, after_seq = day.pipeline.feed.durable;
    struct reader one = {.name = "one", .self = &woken_seq, .wake_cb = on_wake};
    (void)state;
    assert_int_equal(feed_init(&second, day.pipeline.reader, &day.pipeline.vault, after_seq), 0);
    feed_join(&second, &one);
    random_day_do(&day, "ring_call number=13912345678 line=1");
    random_day_do(&day, "open_incident words=here");
    random_day_settle(&day);
    assert_int_equal(read_from(&second, after_seq, 100, 0, &part), 0);
    feed_durable(&second, after_seq + 1);
    assert_int_equal(woken_seq, after_seq + 1);
    assert_int_equal(read_from(&second, after_seq, 100, 0, &part), 1);
    assert_non_null(memmem(part.text.bytes, part.text.n, "number=13912345678", 18));
    buffer_close(&part.text);
    feed_durable(&second, day.pipeline.feed.durable);
    assert_int_equal(read_from(&second, after_seq, 100, 0, &part),
                     day.pipeline.feed.durable - after_seq);
    buffer_close(&part.text);
    feed_close(&second);
}

static void test_nothing_before_it_is_durable(void **state)
{
    struct reading part;
    struct feed *feed = &day.pipeline.feed;
    (void)state;
    uint64_t seq = feed->durable;
    journal_memory_hold(day.pipeline.journal, true);
    random_day_do(&day, "open_incident words=here");
    assert_int_equal(read_after(seq, 100, 0, &part), 0);
    journal_memory_hold(day.pipeline.journal, false);
    journal_memory_flush(day.pipeline.journal);
    assert_int_equal(read_after(seq, 100, 0, &part), 1);
    assert_non_null(memmem(part.text.bytes, part.text.n, "words=here", 10));
    buffer_close(&part.text);
}

static void test_readers_are_woken_until_they_leave(void **state)
{
    uint64_t one_seq = 0, two_seq = 0;
    struct reader one = {.name = "one", .self = &one_seq, .wake_cb = on_wake};
    struct reader two = {.name = "two", .self = &two_seq, .wake_cb = on_wake};
    struct reader never = {.name = "never"};
    struct feed *feed = &day.pipeline.feed;
    (void)state;
    feed_join(feed, &one);
    feed_join(feed, &two);
    random_day_do(&day, "open_incident words=here");
    random_day_settle(&day);
    assert_int_equal(one_seq, feed->durable);
    assert_int_equal(two_seq, feed->durable);
    feed_leave(feed, &one);
    feed_leave(feed, &never);
    random_day_do(&day, "open_incident words=there");
    random_day_settle(&day);
    assert_int_equal(one_seq, feed->durable - 1);
    assert_int_equal(two_seq, feed->durable);
    feed_leave(feed, &two);
    assert_int_equal(feed->reader_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ring_and_journal_are_one, start, stop),
        cmocka_unit_test_setup_teardown(test_a_feed_into_which_nobody_puts, start, stop),
        cmocka_unit_test_setup_teardown(test_nothing_before_it_is_durable, start, stop),
        cmocka_unit_test_setup_teardown(test_readers_are_woken_until_they_leave, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
