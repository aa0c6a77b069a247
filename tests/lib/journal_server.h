/* journal_server: a journal with its loop as a server has it, for the tests of journal.c: start,
 * append, stop, kill, change a file behind its back. Included by one test program each; cmocka's
 * header must stand before it. Owner: the test. Thread: its own. Errors: assertions. */
#ifndef TESTS_LIB_JOURNAL_SERVER_H
#define TESTS_LIB_JOURNAL_SERVER_H

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

#include "dispatch/journal/journal.h"
#include "dispatch/must.h"
#include "tests/lib/temp_dir.h"

enum { QUEUE = 2 << 20 };

static char dir[TEMP_DIR_MAX];
static char db_path[TEMP_DIR_MAX + 32];
static char errmsg[ERRMSG_MAX];

static inline int set_up(void **state)
{
    (void)state;
    temp_dir_make(dir);
    snprintf(db_path, sizeof(db_path), "%s/journal.db", dir);
    errmsg[0] = 0;
    return 0;
}

static inline int tear_down(void **state)
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

static inline void on_durable(void *ctx, uint64_t seq)
{
    struct server *server = ctx;

    must(seq > server->durable_seq && seq < server->next_seq);
    server->durable_seq = seq;
    if (server->ack_fd >= 0)
        must(write(server->ack_fd, &seq, sizeof(seq)) == (ssize_t)sizeof(seq));
}

static inline struct journal_options options_for(struct server *server)
{
    return (struct journal_options){.dir = dir,
                                    .loop = &server->loop,
                                    .reserve_bytes = 1,
                                    .queue_bytes = QUEUE,
                                    .verify_all = true,
                                    .on_durable_cb = on_durable,
                                    .ctx = server};
}

static inline int start_with(struct server *server, const struct journal_options *options)
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

static inline int start(struct server *server)
{
    *server = (struct server){.ack_fd = -1};
    must(uv_loop_init(&server->loop) == 0);
    struct journal_options options = options_for(server);
    return start_with(server, &options);
}

static inline void on_closed(void *ctx)
{
    ((struct server *)ctx)->closed = true;
}

static inline void stop(struct server *server)
{
    journal_close(server->journal, on_closed, server);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    must(server->closed);
    must(uv_loop_close(&server->loop) == 0);
}

static inline void wait_durable(struct server *server)
{
    while (server->durable_seq + 1 < server->next_seq)
        uv_run(&server->loop, UV_RUN_ONCE);
}

/* What record `seq` says in all these tests. */
static inline size_t body_of(uint64_t seq, char body[static 256])
{
    int n = snprintf(body, 256, "body-%08" PRIu64 "-", seq);
    size_t size = (size_t)n + seq % 200;

    memset(body + n, 'a' + (char)(seq % 26), seq % 200);
    return size;
}

static inline enum journal_append_result append(struct server *server)
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

static inline void append_all(struct server *server, int count)
{
    for (int i = 0; i < count; i++) {
        while (append(server) == JOURNAL_QUEUE_FULL)
            uv_run(&server->loop, UV_RUN_ONCE);
    }
    wait_durable(server);
}

/* A closed journal of `count` records. */
static inline void make_journal(int count)
{
    struct server server;

    assert_int_equal(start(&server), 0);
    append_all(&server, count);
    stop(&server);
}

static inline bool check_record(void *ctx, const struct journal_record *record,
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

static inline struct journal_reader *reader_open(void)
{
    struct journal_reader *reader = NULL;

    if (journal_reader_open(&reader, dir, errmsg) < 0)
        fail_msg("%s", errmsg);
    return reader;
}

static inline struct journal_head head_now(void)
{
    struct journal_reader *reader = reader_open();
    struct journal_head head;

    assert_int_equal(journal_read_head(reader, &head), 0);
    journal_reader_close(reader);
    return head;
}

/* Every record up to the head is there, right and chained; returns the head's seq. */
static inline uint64_t check_all(void)
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

static _Noreturn inline void serve_until_killed(int ack_fd)
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
static inline uint64_t kill_one(int more)
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

static inline void change(const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(db_path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static inline void refused_with(const char *part)
{
    struct server server;

    errmsg[0] = 0;
    assert_int_equal(start(&server), -1);
    if (!strstr(errmsg, part))
        fail_msg("\"%s\" does not say \"%s\"", errmsg, part);
}

#endif
