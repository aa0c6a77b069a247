/* The journal on real files: what it acknowledged it keeps, what it cannot trust it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/lib/journal_server.h"

static void what_is_appended_is_read_back_after_a_restart(void **state)
{
    struct server server;

    (void)state;
    assert_int_equal(start(&server), 0);
    assert_true(journal_was_clean(server.journal));
    assert_int_equal(journal_opened_at(server.journal).seq, 0);
    append_all(&server, 3000);
    assert_int_equal(journal_durable_seq(server.journal), 3000);
    assert_int_equal(check_all(), 3000); /* beside the running server */
    struct journal_stats stats = journal_stats(server.journal);
    assert_int_equal(stats.records, 3000);
    assert_true(stats.commits >= 6 && stats.commits <= 3000 && stats.batch_max <= 512);
    stop(&server);

    assert_int_equal(start(&server), 0);
    assert_true(journal_was_clean(server.journal));
    assert_int_equal(journal_opened_at(server.journal).seq, 3000);
    assert_int_equal(journal_opened_at(server.journal).at_ms, 4000);
    append_all(&server, 10);
    stop(&server);
    assert_int_equal(check_all(), 3010);
}

static void the_chain_is_the_documented_one(void **state)
{
    unsigned char hash[JOURNAL_HASH_SIZE] = {0};
    struct journal_reader *reader;
    struct journal_head head;
    char body[256];

    (void)state;
    make_journal(2);
    for (uint64_t seq = 1; seq <= 2; seq++) {
        struct journal_record record = {.seq = seq,
                                        .at_ms = (int64_t)(1000 + seq),
                                        .client = 3,
                                        .number = 2 * seq,
                                        .body = (unsigned char *)body};
        unsigned char next[JOURNAL_HASH_SIZE];
        record.size = body_of(seq, body);
        journal_hash(hash, &record, next);
        memcpy(hash, next, sizeof(hash));
    }
    reader = reader_open();
    assert_int_equal(journal_read_head(reader, &head), 0);
    assert_memory_equal(head.hash, hash, sizeof(hash));
    journal_reader_close(reader);
}

static void a_second_server_is_refused(void **state)
{
    struct server first, second;

    (void)state;
    assert_int_equal(start(&first), 0);
    assert_int_equal(start(&second), -1);
    assert_non_null(strstr(errmsg, "another server holds"));
    append_all(&first, 5);
    stop(&first);
    assert_int_equal(start(&second), 0);
    stop(&second);
}

static void kill_9_loses_nothing_acknowledged(void **state)
{
    (void)state;
    for (int round = 0; round < 8; round++) {
        uint64_t acked = kill_one(3 + 11 * round);
        assert_true(check_all() >= acked);
        struct server server;
        assert_int_equal(start(&server), 0);
        assert_false(journal_was_clean(server.journal));
        assert_true(journal_opened_at(server.journal).seq >= acked);
        append_all(&server, 3);
        stop(&server);
    }
}

/* Put a snapshot and wait until it is kept. */
static void snapshot(struct server *server, uint64_t seq, const char *bytes)
{
    struct journal_reader *reader = reader_open();
    struct journal_head head;

    assert_int_equal(journal_read_head(reader, &head), 0);
    assert_int_equal(head.seq, seq);
    journal_reader_close(reader);
    while (journal_put_snapshot(server->journal, seq, head.hash, bytes, strlen(bytes)) < 0)
        sched_yield();
    while (journal_stats(server->journal).snapshot_seq != seq)
        sched_yield();
}

static void expect_snapshot(uint64_t seq_max, uint64_t seq, const char *bytes)
{
    struct journal_reader *reader = reader_open();
    struct journal_snapshot found;

    assert_int_equal(journal_read_snapshot(reader, seq_max, &found), 0);
    assert_int_equal(found.seq, seq);
    assert_int_equal(found.size, strlen(bytes));
    if (seq > 0)
        assert_memory_equal(found.bytes, bytes, found.size);
    journal_snapshot_free(&found);
    journal_reader_close(reader);
}

static void make_snapshots(void)
{
    struct server server;
    char text[32];

    assert_int_equal(start(&server), 0);
    for (int i = 1; i <= 5; i++) {
        append_all(&server, 10);
        snprintf(text, sizeof(text), "state at %d", 10 * i);
        snapshot(&server, (uint64_t)(10 * i), text);
    }
    stop(&server);
}

static void the_last_three_snapshots_are_kept(void **state)
{
    (void)state;
    make_snapshots();
    expect_snapshot(UINT64_MAX, 50, "state at 50");
    expect_snapshot(49, 40, "state at 40");
    expect_snapshot(30, 30, "state at 30");
    expect_snapshot(29, 0, "");
}

static void a_damaged_snapshot_is_passed_over(void **state)
{
    (void)state;
    make_snapshots();
    change("UPDATE snap SET body=x'00' WHERE seq=50");
    expect_snapshot(UINT64_MAX, 40, "state at 40");
    change("UPDATE snap SET hash=zeroblob(32) WHERE seq=40");
    expect_snapshot(UINT64_MAX, 30, "state at 30");
}

static void a_quick_start_checks_what_follows_the_snapshot(void **state)
{
    struct server server = {.ack_fd = -1};
    struct journal_options options = options_for(&server);

    (void)state;
    options.verify_all = false;
    make_snapshots();
    change("UPDATE ev SET number=0 WHERE seq=12");
    must(uv_loop_init(&server.loop) == 0);
    assert_int_equal(start_with(&server, &options), 0);
    append_all(&server, 5);
    stop(&server);
    refused_with("damaged at seq 12"); /* a full check sees it */
    change("UPDATE ev SET number=0 WHERE seq=53");
    must(uv_loop_init(&server.loop) == 0);
    assert_int_equal(start_with(&server, &options), -1);
    assert_non_null(strstr(errmsg, "damaged at seq 53"));
}

static void a_full_queue_is_an_answer(void **state)
{
    enum { HALF_HOLDS = QUEUE / 2 / (JOURNAL_BODY_MAX + 1) };
    struct server server;
    static unsigned char big[JOURNAL_BODY_MAX + 1];
    struct journal_record record = {.body = big, .size = JOURNAL_BODY_MAX};
    sqlite3 *db;
    int appended = 0;

    (void)state;
    assert_int_equal(start(&server), 0);
    assert_int_equal(sqlite3_open(db_path, &db), SQLITE_OK);
    /* Somebody holds the file, so nothing gets to the disk meanwhile. */
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_true(journal_has_room(server.journal, JOURNAL_BODY_MAX, 0));
    /* Until a half of the queue is with the writer, who waits, and the other half is full too. */
    while (journal_has_room(server.journal, JOURNAL_BODY_MAX, 0) || appended <= HALF_HOLDS) {
        record.seq = server.next_seq;
        if (journal_append(server.journal, &record) != JOURNAL_APPENDED)
            continue;
        server.next_seq++;
        appended++;
        assert_true(appended < 10);
    }
    record.seq = server.next_seq;
    assert_int_equal(journal_append(server.journal, &record), JOURNAL_QUEUE_FULL);
    assert_false(journal_has_room(server.journal, JOURNAL_BODY_MAX, 0));
    assert_true(journal_durable_seq(server.journal) == 0);
    assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    wait_durable(&server);
    assert_int_equal(journal_append(server.journal, &record), JOURNAL_APPENDED);
    server.next_seq++;
    record.seq++;
    record.size++;
    assert_int_equal(journal_append(server.journal, &record), JOURNAL_TOO_BIG);
    stop(&server);
}

static void a_queue_too_small_is_refused(void **state)
{
    struct server server = {.ack_fd = -1};
    struct journal_options options = options_for(&server);

    (void)state;
    options.queue_bytes = 1000;
    must(uv_loop_init(&server.loop) == 0);
    assert_int_equal(start_with(&server, &options), -1);
    assert_non_null(strstr(errmsg, "too small"));
}

static void little_space_is_seen_before_it_is_none(void **state)
{
    struct server server = {.ack_fd = -1};
    struct journal_options options = options_for(&server);

    (void)state;
    options.reserve_bytes = UINT64_MAX / 4;
    must(uv_loop_init(&server.loop) == 0);
    assert_int_equal(start_with(&server, &options), 0);
    assert_false(journal_space_ok(server.journal));
    append_all(&server, 5); /* what is appended all the same is kept */
    stop(&server);
    assert_int_equal(start(&server), 0);
    assert_true(journal_space_ok(server.journal));
    stop(&server);
}

/* On a disk of 6 MiB with 1 MiB of ballast: append until the journal gives up. Exit code 0 only if
 * the ballast went first and the server then said so. */
static _Noreturn void fill_disk(int ack_fd)
{
    struct server server = {.ack_fd = ack_fd};
    struct journal_options options = options_for(&server);
    struct rlimit no_core = {0, 0};
    bool told = false;

    setrlimit(RLIMIT_CORE, &no_core);
    options.ballast_bytes = 1 << 20;
    must(uv_loop_init(&server.loop) == 0);
    if (start_with(&server, &options) < 0 || !journal_space_ok(server.journal))
        _exit(10);
    for (;;) {
        append(&server);
        wait_durable(&server);
        if (journal_stats(server.journal).ballast_gone && !told) {
            told = !journal_space_ok(server.journal);
            uint64_t mark = 0; /* seen in the pipe by the one who waits */
            must(told && write(ack_fd, &mark, sizeof(mark)) == (ssize_t)sizeof(mark));
        }
    }
}

/* In a mount namespace of its own, so that nothing is left behind. */
static _Noreturn void run_on_small_disk(void)
{
    int ends[2], status;
    uint64_t seq, acked = 0, after_ballast = 0;
    bool ballast_went = false;

    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("tmpfs", dir, "tmpfs", 0, "size=6m") < 0)
        _exit(77);
    must(pipe(ends) == 0);
    pid_t child = fork();
    if (child == 0)
        fill_disk(ends[1]);
    close(ends[1]);
    while (read(ends[0], &seq, sizeof(seq)) == (ssize_t)sizeof(seq)) {
        ballast_went = ballast_went || seq == 0;
        after_ballast += ballast_went && seq > 0;
        acked = seq > 0 ? seq : acked;
    }
    must(waitpid(child, &status, 0) == child);
    must(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    must(ballast_went && after_ballast > 0);
    must(check_all() >= acked && acked > 100);
    _exit(0);
}

static void a_full_disk_costs_the_ballast_and_no_record(void **state)
{
    int status;
    pid_t child = fork();

    (void)state;
    assert_true(child >= 0);
    if (child == 0)
        run_on_small_disk();
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        print_message("SKIP: a small disk cannot be mounted here (needs CAP_SYS_ADMIN)\n");
        skip();
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* A disk that fails in another way: writes beyond 1 MiB are refused (EFBIG). */
static _Noreturn void serve_on_failing_disk(int ack_fd)
{
    struct rlimit files = {1 << 20, 1 << 20}, no_core = {0, 0};
    struct server server;

    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_CORE, &no_core);
    must(start(&server) == 0);
    server.ack_fd = ack_fd;
    must(setrlimit(RLIMIT_FSIZE, &files) == 0);
    for (;;) {
        append(&server);
        uv_run(&server.loop, UV_RUN_NOWAIT);
    }
}

static void an_io_error_ends_the_server_and_loses_nothing(void **state)
{
    uint64_t seq, acked = 0;
    int ends[2], status;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        serve_on_failing_disk(ends[1]);
    close(ends[1]);
    while (read(ends[0], &seq, sizeof(seq)) == (ssize_t)sizeof(seq))
        acked = seq;
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_true(acked > 100);
    assert_true(check_all() >= acked);
    struct server server;
    assert_int_equal(start(&server), 0);
    assert_true(journal_opened_at(server.journal).seq >= acked);
    append_all(&server, 10);
    stop(&server);
}

static void a_cursor_is_in_the_chain_or_not(void **state)
{
    struct journal_head cursor, other;

    (void)state;
    make_journal(10);
    struct journal_reader *reader = reader_open();
    assert_int_equal(journal_read_head(reader, &cursor), 0);
    assert_int_equal(cursor.epoch, 1);
    assert_int_equal(journal_in_chain(reader, &cursor), 1);
    other = cursor;
    other.seq = 0;
    memset(other.hash, 0, sizeof(other.hash));
    assert_int_equal(journal_in_chain(reader, &other), 1);
    other = cursor;
    other.seq = 9;
    assert_int_equal(journal_in_chain(reader, &other), 0);
    other = cursor;
    other.seq = 11;
    assert_int_equal(journal_in_chain(reader, &other), 0);
    other = cursor;
    other.epoch = 2;
    assert_int_equal(journal_in_chain(reader, &other), 0);
    other = cursor;
    other.journal_id[0] ^= 1;
    assert_int_equal(journal_in_chain(reader, &other), 0);
    journal_reader_close(reader);
}

static bool count_to_three(void *ctx, const struct journal_record *record,
                           const unsigned char hash[static JOURNAL_HASH_SIZE])
{
    (void)record;
    (void)hash;
    return ++*(int *)ctx < 3;
}

static void reading_goes_from_where_it_is_asked_as_far_as_it_is_asked(void **state)
{
    uint64_t next = 8;
    int count = 0;

    (void)state;
    make_journal(10);
    struct journal_reader *reader = reader_open();
    assert_int_equal(journal_read(reader, 7, 2, check_record, &next), 2);
    assert_int_equal(next, 10);
    assert_int_equal(journal_read(reader, 10, 5, check_record, &next), 0);
    assert_int_equal(journal_read(reader, 0, 10, count_to_three, &count), 3);
    assert_int_equal(count, 3);
    journal_reader_close(reader);
}

int main(void)
{
#define JOURNAL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        JOURNAL_TEST(what_is_appended_is_read_back_after_a_restart),
        JOURNAL_TEST(the_chain_is_the_documented_one),
        JOURNAL_TEST(a_second_server_is_refused),
        JOURNAL_TEST(kill_9_loses_nothing_acknowledged),
        JOURNAL_TEST(the_last_three_snapshots_are_kept),
        JOURNAL_TEST(a_damaged_snapshot_is_passed_over),
        JOURNAL_TEST(a_quick_start_checks_what_follows_the_snapshot),
        JOURNAL_TEST(a_full_queue_is_an_answer),
        JOURNAL_TEST(a_queue_too_small_is_refused),
        JOURNAL_TEST(little_space_is_seen_before_it_is_none),
        JOURNAL_TEST(a_full_disk_costs_the_ballast_and_no_record),
        JOURNAL_TEST(an_io_error_ends_the_server_and_loses_nothing),
        JOURNAL_TEST(a_cursor_is_in_the_chain_or_not),
        JOURNAL_TEST(reading_goes_from_where_it_is_asked_as_far_as_it_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
