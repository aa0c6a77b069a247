/* The journal on real files: what it acknowledged it keeps, what it cannot trust it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "dispatch/journal.h"
#include "dispatch/must.h"
#include "tests/lib/temp_dir.h"

enum { QUEUE = 2 << 20 };

static char dir[TEMP_DIR_MAX];
static char db_path[TEMP_DIR_MAX + 32];
static char errmsg[ERRMSG_MAX];

static int set_up(void **state)
{
    (void)state;
    temp_dir_make(dir);
    snprintf(db_path, sizeof(db_path), "%s/journal.db", dir);
    errmsg[0] = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    temp_dir_remove(dir);
    return 0;
}

/* A server that only keeps a journal. */
struct server {
    uv_loop_t loop;
    struct journal *journal;
    uint64_t next_seq;
    uint64_t durable_seq;
    int ack_fd; /* -1, or where each durable seq is written */
    bool closed;
};

static void on_durable(void *ctx, uint64_t seq)
{
    struct server *server = ctx;

    must(seq > server->durable_seq && seq < server->next_seq);
    server->durable_seq = seq;
    if (server->ack_fd >= 0)
        must(write(server->ack_fd, &seq, sizeof(seq)) == (ssize_t)sizeof(seq));
}

static struct journal_options options_for(struct server *server)
{
    return (struct journal_options){.dir = dir,
                                    .loop = &server->loop,
                                    .reserve_bytes = 1,
                                    .queue_bytes = QUEUE,
                                    .verify_all = true,
                                    .on_durable_cb = on_durable,
                                    .ctx = server};
}

static int start_with(struct server *server, const struct journal_options *options)
{
    int rc = journal_open(&server->journal, options, errmsg);

    if (rc < 0) {
        uv_run(&server->loop, UV_RUN_DEFAULT);
        uv_loop_close(&server->loop);
        return rc;
    }
    server->durable_seq = journal_opened_at(server->journal).seq;
    server->next_seq = server->durable_seq + 1;
    return 0;
}

static int start(struct server *server)
{
    *server = (struct server){.ack_fd = -1};
    must(uv_loop_init(&server->loop) == 0);
    struct journal_options options = options_for(server);
    return start_with(server, &options);
}

static void on_closed(void *ctx)
{
    ((struct server *)ctx)->closed = true;
}

static void stop(struct server *server)
{
    journal_close(server->journal, on_closed, server);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    must(server->closed);
    must(uv_loop_close(&server->loop) == 0);
}

static void wait_durable(struct server *server)
{
    while (server->durable_seq + 1 < server->next_seq)
        uv_run(&server->loop, UV_RUN_ONCE);
}

/* What record `seq` says in all these tests. */
static size_t body_of(uint64_t seq, char body[static 256])
{
    int n = snprintf(body, 256, "body-%08" PRIu64 "-", seq);
    size_t size = (size_t)n + seq % 200;

    memset(body + n, 'a' + (char)(seq % 26), seq % 200);
    return size;
}

static enum journal_append_result append(struct server *server)
{
    char body[256];
    struct journal_record record = {.seq = server->next_seq,
                                    .at_ms = (int64_t)(1000 + server->next_seq),
                                    .client = server->next_seq % 7 ? 3 : UINT64_MAX,
                                    .number = server->next_seq * 2,
                                    .body = (unsigned char *)body,
                                    .size = body_of(server->next_seq, body)};
    enum journal_append_result result = journal_append(server->journal, &record);

    if (result == JOURNAL_APPENDED)
        server->next_seq++;
    return result;
}

static void append_all(struct server *server, int count)
{
    for (int i = 0; i < count; i++) {
        while (append(server) == JOURNAL_QUEUE_FULL)
            uv_run(&server->loop, UV_RUN_ONCE);
    }
    wait_durable(server);
}

/* A closed journal of `count` records. */
static void make_journal(int count)
{
    struct server server;

    assert_int_equal(start(&server), 0);
    append_all(&server, count);
    stop(&server);
}

static bool check_record(void *ctx, const struct journal_record *record,
                         const unsigned char hash[static JOURNAL_HASH_SIZE])
{
    char body[256];
    size_t size = body_of(record->seq, body);
    uint64_t *next = ctx;

    (void)hash;
    assert_int_equal(record->seq, (*next)++);
    assert_int_equal(record->at_ms, 1000 + record->seq);
    assert_true(record->client == (record->seq % 7 ? 3 : UINT64_MAX));
    assert_int_equal(record->number, record->seq * 2);
    assert_int_equal(record->size, size);
    assert_memory_equal(record->body, body, size);
    return true;
}

static struct journal_reader *reader_open(void)
{
    struct journal_reader *reader = NULL;

    if (journal_reader_open(&reader, dir, errmsg) < 0)
        fail_msg("%s", errmsg);
    return reader;
}

static struct journal_head head_now(void)
{
    struct journal_reader *reader = reader_open();
    struct journal_head head;

    assert_int_equal(journal_read_head(reader, &head), 0);
    journal_reader_close(reader);
    return head;
}

/* Every record up to the head is there, right and chained; returns the head's seq. */
static uint64_t check_all(void)
{
    struct journal_reader *reader = reader_open();
    struct journal_head head;
    uint64_t next = 1, bad_seq = 0;

    assert_int_equal(journal_read_head(reader, &head), 0);
    assert_int_equal(journal_read(reader, 0, UINT64_MAX, check_record, &next), head.seq);
    assert_int_equal(next, head.seq + 1);
    assert_int_equal(journal_verify_chain(reader, 0, &bad_seq), 0);
    journal_reader_close(reader);
    return head.seq;
}

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

static _Noreturn void serve_until_killed(int ack_fd)
{
    struct server server;

    must(start(&server) == 0);
    server.ack_fd = ack_fd;
    for (;;) {
        for (int i = 0; i < 5; i++)
            append(&server);
        uv_run(&server.loop, UV_RUN_NOWAIT);
    }
}

/* Run a server and kill it in mid-append once it has acknowledged `more` commits; the last seq that
 * it acknowledged. */
static uint64_t kill_one(int more)
{
    int ends[2], status;
    uint64_t acked = 0;

    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        serve_until_killed(ends[1]);
    close(ends[1]);
    for (int i = 0; i < more; i++)
        assert_int_equal(read(ends[0], &acked, sizeof(acked)), sizeof(acked));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    while (read(ends[0], &acked, sizeof(acked)) == (ssize_t)sizeof(acked))
        ;
    close(ends[0]);
    return acked;
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

static void change(const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(db_path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void refused_with(const char *part)
{
    struct server server;

    errmsg[0] = 0;
    assert_int_equal(start(&server), -1);
    if (!strstr(errmsg, part))
        fail_msg("\"%s\" does not say \"%s\"", errmsg, part);
}

static void changed_records_are_refused_with_their_seq(void **state)
{
    static const char *const changes[] = {
        "UPDATE ev SET body=CAST(replace(CAST(body AS TEXT), '7', '8') AS BLOB) WHERE seq=7",
        "UPDATE ev SET hash=zeroblob(32) WHERE seq=7",
        "UPDATE ev SET hash=zeroblob(31) WHERE seq=7",
        "UPDATE ev SET at_ms=at_ms+1 WHERE seq=7",
        "UPDATE ev SET client=client+1 WHERE seq=7",
        "UPDATE ev SET number=number+1 WHERE seq=7",
        "DELETE FROM ev WHERE seq=7",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        make_journal(20);
        change(changes[i]);
        refused_with("damaged at seq 7");
        refused_with("dispatchctl restore");
        refused_with("dispatchctl cut 6");
        tear_down(state);
        set_up(state);
    }
}

/* Change one byte of the file itself, in the middle of a record. */
static void flip_byte_after(const char *marker)
{
    unsigned char *bytes;
    size_t size;
    assert_int_equal(os_read_file(db_path, 1 << 24, &bytes, &size), 0);
    unsigned char *at = memmem(bytes, size, marker, strlen(marker));
    assert_non_null(at);
    at[strlen(marker) + 1] ^= 1;
    assert_int_equal(os_replace_file(db_path, bytes, size, 0600), 0);
    free(bytes);
}

static void a_flipped_byte_is_refused_with_its_seq(void **state)
{
    (void)state;
    make_journal(2000);
    flip_byte_after("body-00001234");
    refused_with("damaged at seq 1234");
}

static void a_truncated_file_is_refused(void **state)
{
    struct stat st;

    (void)state;
    make_journal(2000);
    assert_int_equal(stat(db_path, &st), 0);
    assert_int_equal(truncate(db_path, st.st_size / 2 / 4096 * 4096), 0);
    refused_with("journal.db");
    refused_with("malformed");
    assert_int_equal(truncate(db_path, 1000), 0);
    refused_with("journal.db");
}

static void what_is_no_journal_is_refused(void **state)
{
    static char text[8192];

    (void)state;
    memset(text, 'x', sizeof(text));
    assert_int_equal(os_replace_file(db_path, text, sizeof(text), 0600), 0);
    refused_with("not a database");
    assert_int_equal(unlink(db_path), 0);
    make_journal(1);
    change("UPDATE meta SET v=99 WHERE k='format'");
    refused_with("has format 99, this program reads 1");
}

static void a_lost_wal_file_is_refused(void **state)
{
    char wal[TEMP_DIR_MAX + 64];

    (void)state;
    kill_one(20);
    snprintf(wal, sizeof(wal), "%s-wal", db_path);
    assert_int_equal(unlink(wal), 0);
    refused_with("-wal file is gone");
    refused_with("-wal file is gone");     /* asking twice does not make it whole */
    assert_int_equal(head_now().epoch, 1); /* nor does reading, which makes an empty one */
    refused_with("-wal file is gone");
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
    for (;;) {
        record.seq = server.next_seq;
        if (journal_append(server.journal, &record) != JOURNAL_APPENDED)
            break;
        server.next_seq++;
        appended++;
        assert_true(appended < 10);
    }
    assert_true(appended >= 3);
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

static void a_back_up_of_a_running_server_is_restored_with_the_next_epoch(void **state)
{
    char copy[TEMP_DIR_MAX + 32];
    struct server server;

    (void)state;
    snprintf(copy, sizeof(copy), "%s/backup.db", dir);
    assert_int_equal(start(&server), 0);
    append_all(&server, 100);
    assert_int_equal(journal_backup(dir, copy, errmsg), 0);
    assert_int_equal(journal_backup(dir, copy, errmsg), -1);
    assert_non_null(strstr(errmsg, "exists"));
    struct journal_head at_backup = head_now();
    append_all(&server, 50);
    assert_int_equal(journal_restore(dir, copy, errmsg), -1);
    assert_non_null(strstr(errmsg, "stop it first"));
    stop(&server);

    flip_byte_after("body-00000120");
    refused_with("damaged at seq 120");
    if (journal_restore(dir, copy, errmsg) < 0)
        fail_msg("%s", errmsg);
    struct journal_head restored = head_now();
    assert_int_equal(restored.seq, 100);
    assert_int_equal(restored.epoch, at_backup.epoch + 1);
    assert_memory_equal(restored.journal_id, at_backup.journal_id, JOURNAL_ID_SIZE);
    assert_memory_equal(restored.hash, at_backup.hash, JOURNAL_HASH_SIZE);
    assert_int_equal(start(&server), 0);
    append_all(&server, 5);
    stop(&server);
    assert_int_equal(check_all(), 105);
}

static void append_key(struct server *server, const struct journal_key *key)
{
    struct journal_record record = {.seq = server->next_seq++, .keys = key, .key_count = 1};

    assert_int_equal(journal_append(server->journal, &record), JOURNAL_APPENDED);
    wait_durable(server);
}

/* Makes a key, forgets it, says when that is durable, and waits to be killed. */
static _Noreturn void serve_a_forgetting(int ack_fd)
{
    struct journal_key key = {.kind = 1, .id = 5, .size = 32};
    struct server server;

    must(start(&server) == 0);
    append_key(&server, &key);
    key.size = 0;
    server.ack_fd = ack_fd;
    append_key(&server, &key);
    for (;;)
        pause();
}

/* Its -wal file may be empty then, which is no lost one. */
static void a_server_killed_while_it_forgets_starts_again(void **state)
{
    int ends[2], status;
    uint64_t acked = 0;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        serve_a_forgetting(ends[1]);
    assert_int_equal(read(ends[0], &acked, sizeof(acked)), sizeof(acked));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    close(ends[0]);
    close(ends[1]);
    struct server server;
    if (start(&server) < 0)
        fail_msg("%s", errmsg);
    assert_int_equal(journal_opened_at(server.journal).seq, 2);
    stop(&server);
}

static void a_damaged_back_up_changes_nothing(void **state)
{
    char copy[TEMP_DIR_MAX + 32], original[sizeof(db_path)];

    (void)state;
    make_journal(50);
    snprintf(copy, sizeof(copy), "%s/backup.db", dir);
    assert_int_equal(journal_backup(dir, copy, errmsg), 0);
    memcpy(original, db_path, sizeof(original));
    memcpy(db_path, copy, sizeof(copy));
    flip_byte_after("body-00000030");
    memcpy(db_path, original, sizeof(original));
    assert_int_equal(journal_restore(dir, copy, errmsg), -1);
    assert_non_null(strstr(errmsg, "seq 30"));
    assert_int_equal(journal_restore(dir, "/nowhere.db", errmsg), -1);
    assert_int_equal(check_all(), 50);
    assert_int_equal(head_now().epoch, 1);
}

static void what_is_whole_before_the_damage_can_be_kept(void **state)
{
    struct server server;

    (void)state;
    make_journal(100);
    flip_byte_after("body-00000061");
    refused_with("dispatchctl cut 60");
    assert_int_equal(journal_cut(dir, 70, errmsg), -1);
    assert_non_null(strstr(errmsg, "seq 61"));
    assert_int_equal(journal_cut(dir, 200, errmsg), -1);
    if (journal_cut(dir, 60, errmsg) < 0)
        fail_msg("%s", errmsg);
    assert_int_equal(check_all(), 60);
    assert_int_equal(head_now().epoch, 2);
    assert_int_equal(start(&server), 0);
    append_all(&server, 1);
    stop(&server);
}

static void refusing_a_killed_servers_journal_changes_nothing(void **state)
{
    (void)state;
    make_journal(100);
    uint64_t acked = kill_one(20);
    uint64_t seq = head_now().seq;
    flip_byte_after("body-00000061");
    refused_with("damaged at seq 61");
    assert_int_equal(journal_cut(dir, 70, errmsg), -1);
    refused_with("damaged at seq 61");
    assert_true(seq >= acked);
    assert_int_equal(head_now().seq, seq);
    assert_int_equal(journal_cut(dir, 60, errmsg), 0);
    assert_int_equal(check_all(), 60);
}

static void a_lost_wal_file_can_be_lived_without(void **state)
{
    char wal[TEMP_DIR_MAX + 64];
    struct server server;

    (void)state;
    make_journal(30);
    kill_one(20);
    snprintf(wal, sizeof(wal), "%s-wal", db_path);
    assert_int_equal(unlink(wal), 0);
    refused_with("-wal file is gone");
    if (journal_cut(dir, 30, errmsg) < 0)
        fail_msg("%s", errmsg);
    assert_int_equal(start(&server), 0);
    assert_int_equal(journal_opened_at(server.journal).epoch, 2);
    stop(&server);
    assert_int_equal(check_all(), 30);
}

static void a_restore_brings_no_forgotten_person_back(void **state)
{
    struct journal_key key = {.kind = 1, .id = 5, .size = 32};
    struct journal_key other = {.kind = 1, .id = 6, .size = 32};
    struct journal_key gone = {.kind = 1, .id = 5}, found;
    char copy[TEMP_DIR_MAX + 32];
    struct server server;

    (void)state;
    snprintf(copy, sizeof(copy), "%s/backup.db", dir);
    assert_int_equal(start(&server), 0);
    append_key(&server, &key);
    append_key(&server, &other);
    assert_int_equal(journal_backup(dir, copy, errmsg), 0);
    append_key(&server, &gone);
    append_key(&server, &key); /* and it cannot be made again */
    stop(&server);
    assert_int_equal(journal_restore(dir, copy, errmsg), 0);
    struct journal_reader *reader = reader_open();
    assert_int_equal(journal_read_key(reader, 1, 5, &found), 1);
    assert_int_equal(found.size, 0);
    assert_int_equal(journal_read_key(reader, 1, 6, &found), 1);
    assert_int_equal(found.size, 32);
    assert_int_equal(journal_read_key(reader, 1, 7, &found), 0);
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
        JOURNAL_TEST(changed_records_are_refused_with_their_seq),
        JOURNAL_TEST(a_flipped_byte_is_refused_with_its_seq),
        JOURNAL_TEST(a_truncated_file_is_refused),
        JOURNAL_TEST(what_is_no_journal_is_refused),
        JOURNAL_TEST(a_lost_wal_file_is_refused),
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
        JOURNAL_TEST(a_back_up_of_a_running_server_is_restored_with_the_next_epoch),
        JOURNAL_TEST(a_restore_brings_no_forgotten_person_back),
        JOURNAL_TEST(a_server_killed_while_it_forgets_starts_again),
        JOURNAL_TEST(a_damaged_back_up_changes_nothing),
        JOURNAL_TEST(what_is_whole_before_the_damage_can_be_kept),
        JOURNAL_TEST(refusing_a_killed_servers_journal_changes_nothing),
        JOURNAL_TEST(a_lost_wal_file_can_be_lived_without),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
