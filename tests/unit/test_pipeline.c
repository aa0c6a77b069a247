/* pipeline: nothing leaves before the commit, a retry has the first answer, a full line refuses and
 * loses nothing. On the journal without a disk, whose commits the test holds and lets go. */
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

static const struct actor operator= {.user = {7}, .role = ROLE_OPERATOR};
static const struct actor dispatcher = {.user = {8}, .role = ROLE_DISPATCHER};

struct answers {
    struct reply last;
    uint64_t tag;
    uint32_t count;
};

struct line {
    struct random_day day;
    struct pipeline *pipeline;
};

static struct line line;

static void open_line(void)
{
    random_day_open(&line.day, 1);
    line.pipeline = &line.day.pipeline;
    random_day_settle(&line.day);
}

static int start(void **state)
{
    (void)state;
    random_day_make(&line.day, NULL);
    open_line();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    random_day_close(&line.day);
    journal_memory_wipe();
    return 0;
}

static void on_reply(void *context, uint64_t tag, const struct reply *reply)
{
    struct answers *answers = context;
    answers->last = *reply;
    answers->tag = tag;
    answers->count++;
}

static void say(struct actor actor, uint64_t client, uint64_t number, const char *text,
                struct answers *answers)
{
    uint64_t store[1024];
    char why[256];
    struct command command = {0};
    assert_int_equal(
        command_parse(&command, text, strlen(text), 0, store, sizeof(store), why, sizeof(why)), 0);
    command.actor = actor;
    command.client = client;
    command.number = number;
    pipeline_submit(line.pipeline, &command, answers ? on_reply : NULL, answers, number);
}

static void hold(bool held)
{
    journal_memory_hold(line.pipeline->journal, held);
}

static void let_go(void)
{
    hold(false);
    journal_memory_flush(line.pipeline->journal);
}

static void turn(int times)
{
    for (int i = 0; i < times; i++)
        uv_run(&line.day.loop, UV_RUN_NOWAIT);
}

/* A program that asks in vain without end is answered and counted, but does not fill the journal;
 * what it may do is still done, and others are not concerned. */
static void test_refusals_are_journalled_within_bounds(void **state)
{
    enum { TRIES = 100 };
    struct answers a = {0};
    (void)state;
    line.pipeline->refused.burst = 10;
    line.pipeline->refused.per_minute = 1;
    uint64_t seq = pipeline_seq(line.pipeline);
    for (uint64_t n = 1; n <= TRIES; n++) /* under ever new names, too */
        say(dispatcher, 100 + n % 7, n, "add_note I99 words=x", &a);
    random_day_until(&line.day, a.count >= TRIES);
    assert_int_equal(pipeline_seq(line.pipeline), seq + 10);
    assert_int_equal(a.last.refusal, REFUSE_TOO_MANY_REFUSED);
    assert_int_equal(a.last.seq, 0);
    assert_int_equal(line.pipeline->metrics->labelled[FAMILY_REFUSALS][REFUSE_TOO_MANY_REFUSED],
                     TRIES - 10);
    say(dispatcher, 107, 1, "open_incident words=here", &a);
    random_day_until(&line.day, a.count >= TRIES + 1);
    assert_int_equal(a.last.refusal, REFUSE_NONE);
    assert_int_equal(a.last.seq, seq + 11);
    say(operator, 108, 1, "add_note I99 words=x", &a);
    random_day_until(&line.day, a.count >= TRIES + 2);
    assert_int_equal(a.last.seq, seq + 12);
}

static void test_answers_wait_for_the_disk(void **state)
{
    struct answers first = {0}, refused = {0}, again = {0};
    (void)state;
    hold(true);
    say(dispatcher, 5, 1, "open_incident words=here", &first);
    say(dispatcher, 5, 2, "add_note I99 words=x", &refused);
    say(dispatcher, 5, 1, "open_incident words=here", &again);
    turn(20);
    assert_int_equal(first.count + refused.count + again.count, 0);
    assert_true(journal_durable_seq(line.pipeline->journal) < pipeline_seq(line.pipeline));
    let_go();
    assert_int_equal(first.count, 1);
    assert_int_equal(first.last.refusal, REFUSE_NONE);
    assert_int_equal(first.last.made, 1);
    assert_int_equal(first.tag, 1);
    assert_int_equal(refused.last.refusal, REFUSE_NO_INCIDENT);
    assert_int_equal(refused.last.seq, first.last.seq + 1); /* a person's refusal is a record too */
    assert_int_equal(again.last.seq, first.last.seq);
    assert_int_equal(again.last.made, 1);
    assert_int_equal(line.pipeline->core.state.table[OBJECT_INCIDENT].count, 1);
    assert_int_equal(line.day.metrics.value[METRIC_DUPLICATE_COMMANDS], 1);
    assert_int_equal(line.day.metrics.labelled[FAMILY_REFUSALS][REFUSE_NO_INCIDENT], 1);
}

static void test_same_answer_after_a_restart(void **state)
{
    struct answers first = {0}, refused = {0}, again = {0}, old = {0};
    (void)state;
    say(dispatcher, 5, 10, "open_incident words=here", &first);
    say(dispatcher, 5, 11, "order_unit I1 U99", &refused);
    random_day_close(&line.day);
    open_line();
    assert_true(line.pipeline->folded > 10);
    uint64_t seq = pipeline_seq(line.pipeline);
    say(dispatcher, 5, 10, "open_incident words=here", &again);
    assert_int_equal(again.last.seq, first.last.seq);
    assert_int_equal(again.last.made, first.last.made);
    say(dispatcher, 5, 11, "order_unit I1 U99", &again);
    assert_int_equal(again.last.seq, refused.last.seq);
    assert_int_equal(again.last.refusal, REFUSE_NO_UNIT);
    say(dispatcher, 5, 9, "open_incident words=late", &old); /* never answered, and too old now */
    assert_int_equal(old.last.refusal, REFUSE_OLD_NUMBER);
    assert_int_equal(pipeline_seq(line.pipeline), seq);
    assert_int_equal(line.pipeline->core.state.table[OBJECT_INCIDENT].count, 1);
}

/* What the house itself tries in vain leaves no record; what it does, does. */
static void test_the_houses_own(void **state)
{
    struct command command = {.kind = COMMAND_HEAR_TERMINAL};
    (void)state;
    uint64_t seq = pipeline_seq(line.pipeline);
    command.hear_terminal.terminal.v = 99;
    pipeline_submit_own(line.pipeline, &command);
    assert_int_equal(pipeline_seq(line.pipeline), seq);
    command = (struct command){.kind = COMMAND_RAISE_ALERT};
    command.raise_alert.detector = TEXT("test");
    command.raise_alert.level = LEVEL_RED;
    pipeline_submit_own(line.pipeline, &command);
    assert_int_equal(pipeline_seq(line.pipeline), seq + 1);
    assert_int_equal(line.day.metrics.labelled[FAMILY_REFUSALS][REFUSE_NO_TERMINAL], 1);
}

/* A terminal or a telephone exchange may hand over GBK: it is refused, not journalled to be
 * unreadable for ever. */
static void test_text_that_is_no_utf8(void **state)
{
    struct command command = {.kind = COMMAND_RAISE_ALERT};
    struct answers answers = {0};
    (void)state;
    uint64_t seq = pipeline_seq(line.pipeline);
    command.actor.role = ROLE_MACHINE;
    command.raise_alert.detector = TEXT("test");
    command.raise_alert.level = LEVEL_RED;
    command.raise_alert.words = TEXT("\xb4\xf3\xce\xe4\xbf\xda");
    pipeline_submit(line.pipeline, &command, on_reply, &answers, 0);
    assert_int_equal(answers.count, 1);
    assert_int_equal(answers.last.refusal, REFUSE_BAD_VALUE);
    command.client = 6;
    command.number = 1;
    pipeline_submit(line.pipeline, &command, on_reply, &answers, 0);
    assert_int_equal(answers.last.refusal, REFUSE_BAD_VALUE);
    assert_int_equal(pipeline_seq(line.pipeline), seq);
    command.client = ID_MAX; /* a key that nobody can have */
    pipeline_submit(line.pipeline, &command, on_reply, &answers, 0);
    assert_int_equal(answers.last.refusal, REFUSE_BAD_ID);
}

static void test_low_disk_refuses_and_is_read(void **state)
{
    struct answers first = {0}, low = {0}, again = {0};
    (void)state;
    say(dispatcher, 5, 1, "open_incident words=here", &first);
    journal_memory_set_space(line.pipeline->journal, false);
    random_day_until(&line.day, !line.pipeline->space_ok);
    uint64_t seq = pipeline_seq(line.pipeline);
    say(dispatcher, 5, 2, "open_incident words=there", &low);
    assert_int_equal(low.last.refusal, REFUSE_NO_SPACE);
    assert_int_equal(low.last.seq, 0);
    say(dispatcher, 5, 1, "open_incident words=here", &again); /* a retry still has its answer */
    assert_int_equal(again.last.seq, first.last.seq);
    assert_int_equal(again.last.refusal, REFUSE_NONE);
    assert_int_equal(pipeline_seq(line.pipeline), seq);
    journal_memory_set_space(line.pipeline->journal, true);
    random_day_until(&line.day, line.pipeline->space_ok);
    say(dispatcher, 5, 2, "open_incident words=there", &low); /* not remembered: it may try again */
    turn(3);
    assert_int_equal(low.last.refusal, REFUSE_NONE);
}

static void test_full_queue_refuses_and_loses_nothing(void **state)
{
    struct answers taken = {0}, refused = {0};
    char text[3000];
    (void)state;
    memset(text, 'x', sizeof(text));
    memcpy(text, "add_note I1 words=", 18);
    text[2900] = 0;
    say(dispatcher, 5, 1, "open_incident words=here", NULL);
    hold(true);
    uint64_t first = pipeline_seq(line.pipeline) + 1, number = 1;
    while (line.day.metrics.labelled[FAMILY_REFUSALS][REFUSE_FULL] == 0)
        say(dispatcher, 5, ++number, text, &taken);
    uint64_t last = pipeline_seq(line.pipeline);
    assert_int_equal(last - first + 1, number - 2); /* all but the first and the refused one */
    say(dispatcher, 5, number + 1, text, &refused);
    assert_int_equal(pipeline_seq(line.pipeline), last);
    assert_int_equal(taken.count, 0);
    let_go();
    assert_int_equal(taken.count, number - 1);
    assert_int_equal(refused.last.refusal, REFUSE_FULL);
    say(dispatcher, 5, number + 1, text, &refused);
    turn(3);
    assert_int_equal(refused.last.refusal, REFUSE_NONE);
    assert_int_equal(refused.last.seq, last + 1);
}

/* More answers wait than there is room for: the next command is refused at once, and no retry can
 * make it more. */
static void test_full_ring_of_answers(void **state)
{
    struct answers waiting = {0}, refused = {0};
    (void)state;
    hold(true);
    say(dispatcher, 5, 1, "open_incident words=here", &waiting);
    for (int i = 1; i < PIPELINE_PENDING_MAX; i++)
        say(dispatcher, 5, 1, "open_incident words=here", &waiting);
    assert_int_equal(waiting.count, 0);
    uint64_t seq = pipeline_seq(line.pipeline);
    say(dispatcher, 5, 2, "open_incident words=there", &refused);
    assert_int_equal(refused.count, 1);
    assert_int_equal(refused.last.refusal, REFUSE_FULL);
    say(dispatcher, 5, 1, "open_incident words=here", &refused);
    assert_int_equal(refused.count, 2);
    assert_int_equal(pipeline_when_durable(line.pipeline, on_reply, &refused, 0, 0), -1);
    assert_int_equal(pipeline_seq(line.pipeline), seq);
    let_go();
    assert_int_equal(waiting.count, PIPELINE_PENDING_MAX);
}

static void test_when_durable(void **state)
{
    struct answers answers = {0};
    (void)state;
    assert_int_equal(pipeline_when_durable(line.pipeline, on_reply, &answers, 3, 44), 0);
    assert_int_equal(answers.count, 1); /* everything is */
    assert_int_equal(answers.last.number, 44);
    hold(true);
    say(dispatcher, 5, 1, "open_incident words=here", NULL);
    assert_int_equal(pipeline_when_durable(line.pipeline, on_reply, &answers, 3, 45), 0);
    turn(5);
    assert_int_equal(answers.count, 1);
    let_go();
    assert_int_equal(answers.count, 2);
    assert_int_equal(answers.last.seq, pipeline_seq(line.pipeline));
}

/* Every deadline that a step of the driven clock passes comes before what follows it. */
static void test_driven_clock_passes_deadlines(void **state)
{
    char text[64];
    (void)state;
    for (uint64_t i = 1; i <= 40; i++) {
        snprintf(text, sizeof(text), "ring_call number=1390000%04d line=%d", (int)i, (int)i);
        say(dispatcher, 5, i, text, NULL);
    }
    int64_t now_ms = pipeline_now_ms(line.pipeline);
    pipeline_drive(line.pipeline, now_ms + 3600000);
    const struct state *core = &line.pipeline->core.state;
    assert_int_equal(core->table[OBJECT_ALERT].count, 40);
    assert_true(core_next_deadline_ms(&line.pipeline->core) > pipeline_now_ms(line.pipeline));
    pipeline_drive(line.pipeline, now_ms); /* never backward */
    assert_int_equal(pipeline_now_ms(line.pipeline), now_ms + 3600000);
}

static void test_policy_is_reloaded(void **state)
{
    (void)state;
    line.day.config.deadline.unanswered_s = 77;
    line.day.config.recommend.rows = 3;
    pipeline_reload(line.pipeline, &line.day.config);
    assert_int_equal(line.pipeline->core.policy.deadline_ms[DEADLINE_UNANSWERED], 77000);
    assert_int_equal(line.pipeline->core.policy.rows_max, 3);
}

/* Who operates may define; a dispatcher may not, and is told so every time the same. */
static void test_roles(void **state)
{
    struct answers answers = {0};
    (void)state;
    say(dispatcher, 5, 1, "define_station S9 code=S-9 name=x at=39.0,106.0", &answers);
    turn(3);
    assert_int_equal(answers.last.refusal, REFUSE_NOT_ALLOWED);
    say(operator, 6, 1, "define_station S9 code=S-9 name=x at=39.0,106.0", &answers);
    turn(3);
    assert_int_equal(answers.last.refusal, REFUSE_NONE);
    say(operator, 5, 1, "define_station S9 code=S-9 name=x at=39.0,106.0", &answers);
    assert_int_equal(answers.last.refusal, REFUSE_NOT_ALLOWED); /* that key was answered */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_answers_wait_for_the_disk, start, stop),
        cmocka_unit_test_setup_teardown(test_refusals_are_journalled_within_bounds, start, stop),
        cmocka_unit_test_setup_teardown(test_same_answer_after_a_restart, start, stop),
        cmocka_unit_test_setup_teardown(test_the_houses_own, start, stop),
        cmocka_unit_test_setup_teardown(test_text_that_is_no_utf8, start, stop),
        cmocka_unit_test_setup_teardown(test_low_disk_refuses_and_is_read, start, stop),
        cmocka_unit_test_setup_teardown(test_full_queue_refuses_and_loses_nothing, start, stop),
        cmocka_unit_test_setup_teardown(test_full_ring_of_answers, start, stop),
        cmocka_unit_test_setup_teardown(test_when_durable, start, stop),
        cmocka_unit_test_setup_teardown(test_driven_clock_passes_deadlines, start, stop),
        cmocka_unit_test_setup_teardown(test_policy_is_reloaded, start, stop),
        cmocka_unit_test_setup_teardown(test_roles, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
