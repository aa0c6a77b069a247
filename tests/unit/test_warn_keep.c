/* warn_keep: detectors that go on from what they kept say what those say that read it all; a file
 * that is damaged, of another policy or of another journal is not taken, and nothing is lost by it.
 * With the server's own reader too: over starts, and where the journal's first records are gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "dispatch/policy/warnfile.h"
#include "dispatch/readers/warn.h"
#include "tests/lib/random_day.h"
#include "tests/lib/temp_dir.h"

enum { SAID_MAX = 4096 };

static struct watch_policy policy;

/* A day with its journal, and the detectors on it. */
struct centre {
    char dir[TEMP_DIR_MAX];
    struct random_day day;
    struct warn *warn;
    int hours;
    bool warn_closed;
};

static struct centre centre[2];

static void turn(struct centre *c)
{
    uv_run(&c->day.loop, UV_RUN_ONCE);
}

static void read_all(struct centre *c)
{
    while (c->day.pipeline.feed.durable < pipeline_seq(&c->day.pipeline) ||
           warn_is_behind(c->warn))
        turn(c);
}

static void watch_it(struct centre *c)
{
    c->warn = calloc(1, sizeof(*c->warn));
    assert_non_null(c->warn);
    assert_int_equal(
        warn_open(c->warn, &c->day.loop, &c->day.config, &policy, &c->day.pipeline), 0);
    read_all(c);
}

static void on_closed(void *context)
{
    struct centre *c = context;
    c->warn_closed = true;
}

static void stop_watching(struct centre *c)
{
    c->warn_closed = false;
    warn_close(c->warn, on_closed, c);
    while (!c->warn_closed)
        turn(c);
    free(c->warn);
    c->warn = NULL;
}

/* Hours in which anything happens; in each many calls come from one place. */
static void pass_hours(struct centre *c, int hours)
{
    for (int h = 0; h < hours; h++) {
        char line[128];
        snprintf(line, sizeof(line), "open_incident patients=2 at=39.%02d,106.40 source=map",
                 c->hours++ * 5 % 100);
        random_day_pass(&c->day, 60);
        for (int i = 0; i < 7; i++) {
            random_day_pass(&c->day, 2);
            random_day_do(&c->day, line);
        }
        struct command minute = {.kind = COMMAND_PASS_MINUTE};
        pipeline_submit_own(&c->day.pipeline, &minute);
        read_all(c);
    }
}

static void open_centre(struct centre *c, uint64_t seed)
{
    temp_dir_make(c->dir);
    random_day_make(&c->day, c->dir);
    struct config *config = &c->day.config;
    config->limits.calls = config->limits.incidents = config->limits.assignments = 2000;
    random_day_open(&c->day, seed);
    watch_it(c);
    pass_hours(c, 6);
    stop_watching(c); /* with what it kept */
    watch_it(c);
    assert_true(c->warn->kept_seq > 100);
    pass_hours(c, 6);
}

static void close_centre(struct centre *c)
{
    if (c->warn)
        stop_watching(c);
    random_day_close(&c->day);
    temp_dir_remove(c->dir);
}

static int set_up(void **state)
{
    static struct complaints complaints;
    (void)state;
    assert_int_equal(warnfile_load(SOURCE_DIR "/deploy/warn", 480, &policy, &complaints), 0);
    open_centre(&centre[0], 1);
    open_centre(&centre[1], 2);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close_centre(&centre[0]);
    close_centre(&centre[1]);
    return 0;
}

/* --- detectors by themselves --- */

/* Detectors on a journal, and what they said. */
struct listener {
    struct warn_follow follow;
    struct journal_reader *journal;
    struct warn_pending pending;
    struct watch_action *said; /* [SAID_MAX] */
    uint32_t count;
};

static void on_action(void *context, const struct watch_action *action)
{
    struct listener *l = context;
    assert_true(l->count < SAID_MAX);
    l->said[l->count++] = *action;
}

static void open_listener(struct listener *l, const struct centre *c,
                          const struct watch_policy *with)
{
    struct limits limits;
    struct policy core_policy;
    char why[ERRMSG_MAX];
    memset(l, 0, sizeof(*l));
    pipeline_limits(&c->day.config, &limits);
    pipeline_policy(&c->day.config, &core_policy);
    assert_int_equal(journal_reader_open(&l->journal, c->dir, why), 0);
    assert_int_equal(warn_follow_open(&l->follow, &limits, &core_policy, with, l->journal), 0);
    l->said = calloc(SAID_MAX, sizeof(*l->said));
    l->pending.row = calloc(WARN_PENDING_MAX, sizeof(*l->pending.row));
    assert_non_null(l->said);
    assert_non_null(l->pending.row);
    l->follow.action_cb = on_action;
    l->follow.context = l;
}

static void close_listener(struct listener *l)
{
    warn_follow_close(&l->follow);
    journal_reader_close(l->journal);
    free(l->pending.row);
    free(l->said);
}

static void kept_path(const struct centre *c, char path[static TEMP_DIR_MAX + 16])
{
    snprintf(path, TEMP_DIR_MAX + 16, "%s/kept", c->dir);
}

static void expect_same(const struct watch_action *a, const struct watch_action *b)
{
    assert_int_equal(a->act, b->act);
    assert_int_equal(a->number, b->number);
    assert_int_equal(a->cause_seq, b->cause_seq);
    assert_int_equal(a->merged_into, b->merged_into);
    assert_int_equal(a->alert.key, b->alert.key);
    assert_int_equal(a->alert.detector, b->alert.detector);
    assert_int_equal(a->alert.level, b->alert.level);
    assert_true(a->alert.observed == b->alert.observed);
    assert_true(a->alert.expected == b->alert.expected);
    assert_int_equal(a->alert.evidence_count, b->alert.evidence_count);
    assert_memory_equal(a->alert.evidence, b->alert.evidence,
                        a->alert.evidence_count * sizeof(*a->alert.evidence));
    assert_string_equal(a->alert.words, b->alert.words);
}

/* Keeps what a listener knows after this record, with its last actions as not yet on record. */
static void keep_at(const struct centre *c, uint64_t seq, uint32_t *said)
{
    struct listener l;
    char path[TEMP_DIR_MAX + 16], why[ERRMSG_MAX];
    kept_path(c, path);
    open_listener(&l, c, &policy);
    assert_int_equal(warn_follow_read(&l.follow, seq), 0);
    for (uint32_t i = l.count > 3 ? l.count - 3 : 0; i < l.count; i++)
        l.pending.row[l.pending.last++] = l.said[i];
    assert_int_equal(warn_keep_put(&l.follow, &l.pending, path, why), 0);
    *said = l.count;
    close_listener(&l);
}

static void test_goes_on_as_if_it_had_read_it_all(void **state)
{
    const struct centre *c = &centre[0];
    struct listener all, rest;
    char path[TEMP_DIR_MAX + 16], why[ERRMSG_MAX];
    (void)state;
    kept_path(c, path);
    open_listener(&all, c, &policy);
    assert_int_equal(warn_follow_read(&all.follow, UINT64_MAX), 0);
    uint64_t last = warn_follow_seq(&all.follow);
    assert_true(all.count > 20);
    for (uint64_t seq = 3; seq < last; seq += last / 12) {
        uint32_t said = 0;
        keep_at(c, seq, &said);
        open_listener(&rest, c, &policy);
        assert_int_equal(warn_keep_get(&rest.follow, &rest.pending, path, why), 1);
        assert_int_equal(warn_follow_seq(&rest.follow), seq);
        assert_int_equal(rest.pending.last, said < 3 ? said : 3);
        for (uint32_t i = 0; i < rest.pending.last; i++)
            expect_same(&rest.pending.row[i], &all.said[said - rest.pending.last + i]);
        assert_int_equal(warn_follow_read(&rest.follow, UINT64_MAX), 0);
        assert_int_equal(said + rest.count, all.count);
        for (uint32_t i = 0; i < rest.count; i++)
            expect_same(&rest.said[i], &all.said[said + i]);
        close_listener(&rest);
    }
    close_listener(&all);
}

static void expect_refused(const struct centre *c, const struct watch_policy *with,
                           const char *path, const char *reason)
{
    struct listener l, all;
    char why[ERRMSG_MAX] = "";
    open_listener(&l, c, with);
    assert_int_equal(warn_keep_get(&l.follow, &l.pending, path, why), -1);
    if (!strstr(why, reason))
        fail_msg("\"%s\" is not in \"%s\"", reason, why);
    assert_int_equal(warn_follow_seq(&l.follow), 0);
    assert_int_equal(l.pending.last, 0);
    assert_int_equal(warn_follow_read(&l.follow, UINT64_MAX), 0); /* from the beginning */
    open_listener(&all, c, with);
    assert_int_equal(warn_follow_read(&all.follow, UINT64_MAX), 0);
    assert_int_equal(l.count, all.count);
    for (uint32_t i = 0; i < l.count; i++)
        expect_same(&l.said[i], &all.said[i]);
    close_listener(&l);
    close_listener(&all);
}

static void test_what_does_not_belong_is_refused(void **state)
{
    const struct centre *c = &centre[0];
    static struct watch_policy other;
    char path[TEMP_DIR_MAX + 16];
    unsigned char *bytes;
    uint32_t said;
    size_t n;
    (void)state;
    kept_path(c, path);
    keep_at(c, pipeline_seq(&c->day.pipeline) / 2, &said);
    other = policy;
    other.number.level_red_h++;
    expect_refused(c, &other, path, "the policy was another");
    expect_refused(&centre[1], &policy, path, "another journal");
    assert_int_equal(os_read_file(path, SIZE_MAX / 2, &bytes, &n), 0);
    for (size_t at = 0; at < n; at += n / 5 + 1) {
        bytes[at] ^= 0x10;
        assert_int_equal(os_replace_file(path, bytes, n, 0600), 0);
        expect_refused(c, &policy, path, at ? "damaged" : "no such file");
        bytes[at] ^= 0x10;
    }
    assert_int_equal(os_replace_file(path, bytes, n - 1, 0600), 0);
    expect_refused(c, &policy, path, "damaged");
    assert_int_equal(os_replace_file(path, bytes, 20, 0600), 0);
    expect_refused(c, &policy, path, "cut short");
    free(bytes);
}

/* --- the server's reader --- */

static uint64_t raised(const struct centre *c)
{
    uint64_t n = 0;
    EACH (&c->day.pipeline.core.state, ALERT, alert, it)
        n += it->key != 0;
    return n;
}

/* Started ten times, in turn from what it kept and from nothing: the journal grows by no alert. */
static void test_starts_raise_nothing_twice(void **state)
{
    struct centre *c = &centre[0];
    char path[TEMP_DIR_MAX + 32];
    (void)state;
    snprintf(path, sizeof(path), "%s/detectors.kept", c->dir);
    uint64_t before = raised(c), seq = pipeline_seq(&c->day.pipeline);
    assert_true(before > 5);
    for (int i = 0; i < 10; i++) {
        stop_watching(c);
        if (i % 2)
            assert_int_equal(remove(path), 0);
        watch_it(c);
        assert_true(c->warn->speaks);
    }
    assert_int_equal(raised(c), before);
    assert_int_equal(pipeline_seq(&c->day.pipeline), seq);
}

/* The old days were moved away: with what it kept it goes on all the same, without it begins at
 * the newest snapshot. */
static void test_first_records_gone(void **state)
{
    struct centre *c = &centre[1];
    char path[TEMP_DIR_MAX + 32];
    sqlite3 *db;
    (void)state;
    stop_watching(c);
    snprintf(path, sizeof(path), "%s/journal.db", c->dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "DELETE FROM ev WHERE seq < (SELECT min(seq) FROM snap)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_true(sqlite3_changes(db) > 100);
    sqlite3_close(db);
    watch_it(c);
    assert_true(c->warn->kept_seq > 0);
    assert_false(c->warn->failed);
    stop_watching(c);
    snprintf(path, sizeof(path), "%s/detectors.kept", c->dir);
    assert_int_equal(remove(path), 0);
    watch_it(c);
    assert_false(c->warn->failed);
    assert_true(c->warn->speaks);
    assert_int_equal(c->warn->pending.last, 0);
    pass_hours(c, 1);
    assert_true(c->warn->pending.last > 0);
    assert_int_equal(c->warn->pending.first, c->warn->pending.last);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goes_on_as_if_it_had_read_it_all),
        cmocka_unit_test(test_what_does_not_belong_is_refused),
        cmocka_unit_test(test_starts_raise_nothing_twice),
        cmocka_unit_test(test_first_records_gone),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
