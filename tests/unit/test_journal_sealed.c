/* Rotation: old records leave the journal's file for a sealed one, and nobody misses them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/lib/journal_server.h"

/* Record n is of time 1000 + n. */
static uint64_t seal_before(uint64_t seq)
{
    uint64_t sealed_seq = 0;
    assert_int_equal(journal_seal(dir, (int64_t)(1000 + seq), &sealed_seq, errmsg), 0);
    return sealed_seq;
}

static int64_t rows_in_file(void)
{
    sqlite3 *db;
    sqlite3_stmt *stmt;
    assert_int_equal(sqlite3_open_v2(db_path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM ev", -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    int64_t rows = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return rows;
}

/* A snapshot after the newest record: what is before it may go. */
static void put_snapshot(struct server *server)
{
    struct journal_head head = head_now();
    assert_int_equal(journal_put_snapshot(server->journal, head.seq, head.hash, "state", 5), 0);
    while (journal_stats(server->journal).snapshot_seq != head.seq)
        sched_yield();
}

static void drop_until(struct server *server, uint64_t sealed_seq, int64_t rows)
{
    journal_drop(server->journal, sealed_seq);
    while (rows_in_file() > rows)
        usleep(20000); /* the writer drops a few a second */
}

static void make_old_journal(struct server *server)
{
    assert_int_equal(start(server), 0);
    append_all(server, 400);
    put_snapshot(server);
}

static void sealed_records_are_read_like_the_others(void **state)
{
    struct server server;
    (void)state;
    make_old_journal(&server);
    assert_int_equal(seal_before(1), 0); /* none is so old */
    assert_int_equal(seal_before(101), 100);
    assert_int_equal(seal_before(101), 100); /* nothing is sealed twice */
    assert_int_equal(seal_before(301), 300);
    drop_until(&server, 300, 101);
    assert_int_equal(check_all(), 400); /* every record with its body, the whole chain */
    append_all(&server, 50);
    assert_int_equal(check_all(), 450);
    stop(&server);
    assert_int_equal(start(&server), 0);
    assert_int_equal(journal_opened_at(server.journal).seq, 450);
    append_all(&server, 1);
    stop(&server);
    assert_int_equal(check_all(), 451);
}

static bool count(void *ctx, const struct journal_record *record,
                  const unsigned char hash[static JOURNAL_HASH_SIZE])
{
    (void)record;
    (void)hash;
    return --*(int *)ctx > 0;
}

static void a_reader_stops_and_counts_across_files(void **state)
{
    struct server server;
    (void)state;
    make_old_journal(&server);
    seal_before(101);
    drop_until(&server, seal_before(201), 201);
    struct journal_reader *reader = reader_open();
    int stop_after = 120;
    assert_int_equal(journal_read(reader, 0, 400, count, &stop_after), 120);
    stop_after = 1000;
    assert_int_equal(journal_read(reader, 90, 200, count, &stop_after), 200);
    assert_int_equal(journal_read(reader, 50, 20, count, &stop_after), 20);
    assert_int_equal(journal_read(reader, 399, 20, count, &stop_after), 1);
    struct journal_head old = head_now();
    old.seq = 150; /* a cursor in a sealed file: not of that hash */
    assert_int_equal(journal_in_chain(reader, &old), 0);
    journal_reader_close(reader);
    stop(&server);
}

static void nothing_a_snapshot_stands_on_is_dropped(void **state)
{
    struct server server;
    (void)state;
    assert_int_equal(start(&server), 0);
    append_all(&server, 50);
    put_snapshot(&server); /* of record 50 */
    append_all(&server, 350);
    drop_until(&server, seal_before(301), 351);
    struct journal_reader *reader = reader_open();
    struct journal_snapshot snapshot;
    assert_int_equal(journal_read_snapshot(reader, UINT64_MAX, &snapshot), 0);
    assert_int_equal(snapshot.seq, 50);
    journal_snapshot_free(&snapshot);
    journal_reader_close(reader);
    stop(&server);
    assert_int_equal(start(&server), 0);
    stop(&server);
}

static void remove_sealed(void)
{
    char path[TEMP_DIR_MAX + 64];
    snprintf(path, sizeof(path), "%s/sealed/%016d-%016d.db", dir, 1, 200);
    assert_int_equal(unlink(path), 0);
}

static void a_file_moved_away_is_missed_only_by_who_asks_for_it(void **state)
{
    struct server server;
    uint64_t bad_seq = 0;
    (void)state;
    make_old_journal(&server);
    drop_until(&server, seal_before(201), 201);
    remove_sealed();
    struct journal_reader *reader = reader_open();
    assert_int_equal(journal_verify_file(reader, &bad_seq), 0);
    assert_int_equal(journal_verify_chain(reader, 300, &bad_seq), 0);
    assert_int_equal(journal_verify_chain(reader, 0, &bad_seq), -1);
    assert_int_equal(bad_seq, 1);
    assert_non_null(strstr(journal_reader_errmsg(reader), "nor in a sealed file"));
    journal_reader_close(reader);
    stop(&server);
    assert_int_equal(start(&server), 0); /* verify_all: what is here */
    stop(&server);
}

static void a_restore_sets_aside_what_is_sealed_beyond_it(void **state)
{
    struct server server;
    char copy[TEMP_DIR_MAX + 32];
    uint64_t sealed_seq = 0;
    (void)state;
    snprintf(copy, sizeof(copy), "%s/copy.db", dir);
    assert_int_equal(start(&server), 0);
    append_all(&server, 150);
    assert_int_equal(journal_backup(dir, copy, errmsg), 0);
    append_all(&server, 250);
    put_snapshot(&server);
    seal_before(101);
    drop_until(&server, seal_before(301), 101);
    stop(&server);
    assert_int_equal(journal_restore(dir, copy, errmsg), 0);
    assert_int_equal(start(&server), 0);
    assert_int_equal(journal_opened_at(server.journal).seq, 150);
    append_all(&server, 200); /* another history after 150 */
    assert_int_equal(journal_seal(dir, 1301, &sealed_seq, errmsg), 0);
    assert_int_equal(sealed_seq, 300);
    put_snapshot(&server);
    drop_until(&server, sealed_seq, 51);
    assert_int_equal(check_all(), 350);
    stop(&server);
}

static void a_sealed_file_of_another_history_stops_the_rotation(void **state)
{
    struct server server;
    char from[TEMP_DIR_MAX + 64], to[TEMP_DIR_MAX + 64];
    uint64_t sealed_seq = 0;
    (void)state;
    make_old_journal(&server);
    assert_int_equal(seal_before(201), 200);
    snprintf(from, sizeof(from), "%s/sealed/%016d-%016d.db", dir, 1, 200);
    snprintf(to, sizeof(to), "%s/sealed/%016d-%016d.db", dir, 1, 250);
    assert_int_equal(rename(from, to), 0);
    assert_int_equal(journal_seal(dir, 1301, &sealed_seq, errmsg), -1);
    assert_int_equal(check_all(), 400);
    stop(&server);
}

/* Seals and drops for ever, in a journal that grows. */
static _Noreturn void rotate_until_killed(int ready_fd)
{
    struct server server;
    uint64_t sealed_seq = 0;
    must(start(&server) == 0);
    append_all(&server, 40);
    must(write(ready_fd, &server.durable_seq, sizeof(server.durable_seq)) > 0);
    for (;;) {
        append_all(&server, 40);
        must(write(ready_fd, &server.durable_seq, sizeof(server.durable_seq)) > 0);
        put_snapshot(&server);
        must(journal_seal(dir, (int64_t)(1000 + server.next_seq - 20), &sealed_seq, errmsg) == 0);
        journal_drop(server.journal, sealed_seq);
    }
}

static void a_kill_in_a_rotation_loses_nothing(void **state)
{
    uint64_t acked = 0, head = 0, last = 0;
    (void)state;
    for (int round = 0; round < 12; round++) {
        int ends[2], status;
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            rotate_until_killed(ends[1]);
        close(ends[1]);
        for (int i = 0; i < 2 + round % 5; i++) /* then anywhere in what follows */
            assert_int_equal(read(ends[0], &acked, sizeof(acked)), sizeof(acked));
        usleep((useconds_t)(round * 700));
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        while (read(ends[0], &acked, sizeof(acked)) == (ssize_t)sizeof(acked))
            ;
        close(ends[0]);
        head = check_all();
        assert_true(head >= acked && head > last);
        last = head;
    }
    assert_true(rows_in_file() < (int64_t)head); /* something was dropped */
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(sealed_records_are_read_like_the_others),
        T(a_reader_stops_and_counts_across_files),
        T(nothing_a_snapshot_stands_on_is_dropped),
        T(a_file_moved_away_is_missed_only_by_who_asks_for_it),
        T(a_restore_sets_aside_what_is_sealed_beyond_it),
        T(a_kill_in_a_rotation_loses_nothing),
        T(a_sealed_file_of_another_history_stops_the_rotation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
