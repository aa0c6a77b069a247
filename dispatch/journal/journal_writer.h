/* journal_writer: the thread that makes records durable, and what it shares with the loop thread.
 * Only journal.c, which owns the struct, includes this. Each field says whose it is. Errors: a full
 * disk costs the ballast, anything else is logged and aborts. */
#ifndef JOURNAL_JOURNAL_WRITER_H
#define JOURNAL_JOURNAL_WRITER_H

#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

#include "dispatch/journal/journal_file.h"

enum journal_statement {
    JOURNAL_BEGIN,
    JOURNAL_COMMIT,
    JOURNAL_INSERT,
    JOURNAL_PUT_KEY,
    JOURNAL_PUT_SNAPSHOT,
    JOURNAL_TRIM_SNAPSHOTS,
    JOURNAL_DROP,
    JOURNAL_STATEMENT_COUNT
};

/* A record in a buffer: this, then its keys, then its body, padded to 8 bytes. */
struct journal_entry {
    uint64_t seq;
    int64_t at_ms;
    uint64_t client;
    uint64_t number;
    uint64_t size;
    uint64_t key_count;
};

struct journal_buffer {
    unsigned char *bytes;
    size_t used;
    uint64_t records;
};

struct journal_pending_snapshot {
    uint64_t seq; /* 0: none waits */
    unsigned char hash[JOURNAL_HASH_SIZE];
    unsigned char *bytes;
    size_t size;
};

struct journal {
    char dir[PATH_MAX];
    char ballast[PATH_MAX];
    int lock_fd;
    bool was_clean;
    struct journal_head opened_at;
    struct journal_options options; /* its dir is the field above */

    /* loop thread */
    uv_async_t committed;
    uint64_t announced_seq;
    void (*closed_cb)(void *ctx);
    void *closed_ctx;

    /* writer thread */
    pthread_t thread;
    sqlite3 *db;
    sqlite3_stmt *stmts[JOURNAL_STATEMENT_COUNT];
    struct journal_buffer writing;
    unsigned char hash[JOURNAL_HASH_SIZE];
    uint64_t dropped_ns; /* when rows were last dropped */
    bool forgot; /* old pages with a deleted key still lie in the -wal file */

    /* both, under the lock */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct journal_buffer filling;
    size_t buffer_bytes;
    uint64_t appended_seq;
    struct journal_pending_snapshot snapshot;
    bool closing;
    struct journal_stats stats;

    /* both, without it */
    atomic_uint_fast64_t durable_seq;
    atomic_uint_fast64_t sealed_seq; /* records before it may be dropped */
    atomic_uint_fast64_t free_bytes;
    atomic_bool ballast_gone;
    atomic_bool finished;
};

/* Bytes of a record in a buffer. */
size_t journal_entry_size(size_t body, size_t key_count);

int journal_writer_prepare(struct journal *journal, char errmsg[static ERRMSG_MAX]);
void journal_writer_close_file(struct journal *journal);
void journal_writer_look_at_space(struct journal *journal);
int journal_writer_set_ballast(struct journal *journal);
/* On a full disk: whether the ballast was still there to give. */
bool journal_writer_give_up_ballast(struct journal *journal);

/* The thread: until `closing` is set and the queue is empty. */
void *journal_writer_run(void *journal);

#endif
