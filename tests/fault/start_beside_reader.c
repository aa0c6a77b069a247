/* A server that was killed starts again although somebody (a back-up) is in the middle of reading
 * the journal as it was before the last records, and what it then acknowledges the others see. */
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "dispatch/journal/journal.h"
#include "dispatch/must.h"
#include "tests/lib/temp_dir.h"

static char dir[TEMP_DIR_MAX];

struct server {
    uv_loop_t loop;
    struct journal *journal;
    uint64_t last_seq, durable_seq;
};

static void on_durable(void *ctx, uint64_t seq)
{
    ((struct server *)ctx)->durable_seq = seq;
}

static void start(struct server *server)
{
    struct journal_options options = {.dir = dir,
                                      .loop = &server->loop,
                                      .queue_bytes = 2 << 20,
                                      .on_durable_cb = on_durable,
                                      .ctx = server};
    char errmsg[ERRMSG_MAX] = "";

    *server = (struct server){0};
    must(uv_loop_init(&server->loop) == 0);
    if (journal_open(&server->journal, &options, errmsg) < 0) {
        fprintf(stderr, "did not start: %s\n", errmsg);
        _exit(1);
    }
    server->last_seq = journal_opened_at(server->journal).seq;
}

static void append(struct server *server)
{
    struct journal_record record = {.seq = ++server->last_seq,
                                    .at_ms = 1,
                                    .client = 1,
                                    .number = server->last_seq,
                                    .body = (const unsigned char *)"body",
                                    .size = 4};

    must(journal_append(server->journal, &record) == JOURNAL_APPENDED);
    while (server->durable_seq < server->last_seq)
        uv_run(&server->loop, UV_RUN_ONCE);
}

/* Appends a record for every byte it gets and says so. */
static _Noreturn void serve(int in, int out)
{
    struct server server;
    char byte;

    start(&server);
    while (read(in, &byte, 1) == 1) {
        append(&server);
        must(write(out, &byte, 1) == 1);
    }
    _exit(1);
}

static void ask(int to, int from)
{
    char byte = 'a';

    must(write(to, &byte, 1) == 1 && read(from, &byte, 1) == 1);
}

static sqlite3 *read_in_the_middle(void)
{
    char path[TEMP_DIR_MAX + 32];
    sqlite3 *db;

    snprintf(path, sizeof(path), "%s/journal.db", dir);
    must(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK);
    must(sqlite3_exec(db, "BEGIN; SELECT count(*) FROM ev", NULL, NULL, NULL) == SQLITE_OK);
    return db;
}

int main(void)
{
    struct server server;
    struct journal_reader *reader;
    struct journal_head head;
    char errmsg[ERRMSG_MAX];
    int to[2], from[2];

    temp_dir_make(dir);
    must(pipe(to) == 0 && pipe(from) == 0);
    pid_t child = fork();
    must(child >= 0);
    if (child == 0)
        serve(to[0], from[1]);
    ask(to[1], from[0]);
    sqlite3 *middle = read_in_the_middle();
    ask(to[1], from[0]);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    start(&server);
    must(server.last_seq == 2);
    append(&server);
    must(journal_reader_open(&reader, dir, errmsg) == 0);
    must(journal_read_head(reader, &head) == 0 && head.seq == 3);
    journal_reader_close(reader);
    sqlite3_close(middle);
    journal_close(server.journal, NULL, NULL);
    uv_run(&server.loop, UV_RUN_DEFAULT);
    uv_loop_close(&server.loop);
    temp_dir_remove(dir);
    return 0;
}
