/* The floor of the line: dispatch/journal/journal.h as one file that is appended to and flushed
 * with fdatasync by a thread that takes all that is queued. No chain, no table, no checkpoint, no
 * ballast, no checks, and nothing is ever read back, so it begins empty and takes no snapshots:
 * what any journal must cost at least. For bench_ack only (dispatchd_floor). */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "dispatch/journal/journal.h"
#include "dispatch/must.h"

struct queue {
    unsigned char *bytes;
    size_t used;
    uint64_t records, last_seq;
};

struct journal {
    struct journal_options options;
    uv_async_t committed;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct queue filling, writing;
    uint64_t announced_seq;
    _Atomic uint64_t durable_seq;
    struct journal_stats stats;
    bool closing;
    int fd;
    void (*closed_cb)(void *ctx);
    void *closed_ctx;
};

struct journal_reader {
    char errmsg[ERRMSG_MAX];
};

/* ---- the thread ---- */

static void append_and_flush(struct journal *journal)
{
    struct queue *queue = &journal->writing;
    uint64_t began_ns = os_mono_ns();

    for (size_t at = 0; at < queue->used;) {
        ssize_t n = write(journal->fd, queue->bytes + at, queue->used - at);
        must(n > 0);
        at += (size_t)n;
    }
    must(fdatasync(journal->fd) == 0);
    pthread_mutex_lock(&journal->lock);
    journal->stats.commits++;
    journal->stats.records += queue->records;
    journal->stats.commit_ns_last = os_mono_ns() - began_ns;
    pthread_mutex_unlock(&journal->lock);
    queue->used = queue->records = 0;
    atomic_store(&journal->durable_seq, queue->last_seq);
    uv_async_send(&journal->committed);
}

static bool take_work(struct journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    while (journal->filling.used == 0 && !journal->closing)
        pthread_cond_wait(&journal->wake, &journal->lock);
    struct queue taken = journal->filling;
    journal->filling = journal->writing;
    journal->writing = taken;
    pthread_mutex_unlock(&journal->lock);
    return taken.used > 0;
}

static void *run(void *ctx)
{
    struct journal *journal = ctx;

    while (take_work(journal))
        append_and_flush(journal);
    return NULL;
}

/* ---- the loop's side ---- */

static void on_committed(uv_async_t *async)
{
    struct journal *journal = async->data;
    uint64_t seq = atomic_load(&journal->durable_seq);

    if (seq > journal->announced_seq) {
        journal->announced_seq = seq;
        journal->options.on_durable_cb(journal->options.ctx, seq);
    }
}

int journal_open(struct journal **out, const struct journal_options *options,
                 char errmsg[static ERRMSG_MAX])
{
    struct journal *journal = calloc(1, sizeof(*journal));
    char path[PATH_MAX];

    must(journal && os_make_dirs(options->dir) == 0);
    must(snprintf(path, sizeof(path), "%s/journal.floor", options->dir) < PATH_MAX);
    journal->options = *options;
    journal->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (journal->fd < 0) {
        snprintf(errmsg, ERRMSG_MAX, "%.400s: it must be a new one", path);
        free(journal);
        return -1;
    }
    journal->filling.bytes = malloc(options->queue_bytes);
    journal->writing.bytes = malloc(options->queue_bytes);
    must(journal->filling.bytes && journal->writing.bytes);
    must(pthread_mutex_init(&journal->lock, NULL) == 0);
    must(pthread_cond_init(&journal->wake, NULL) == 0);
    must(uv_async_init(options->loop, &journal->committed, on_committed) == 0);
    journal->committed.data = journal;
    must(pthread_create(&journal->thread, NULL, run, journal) == 0);
    *out = journal;
    return 0;
}

static void on_closed(uv_handle_t *handle)
{
    struct journal *journal = handle->data;

    journal->closed_cb(journal->closed_ctx);
    free(journal->filling.bytes);
    free(journal->writing.bytes);
    free(journal);
}

void journal_close(struct journal *journal, void (*closed_cb)(void *ctx), void *ctx)
{
    journal->closed_cb = closed_cb;
    journal->closed_ctx = ctx;
    pthread_mutex_lock(&journal->lock);
    journal->closing = true;
    pthread_cond_signal(&journal->wake);
    pthread_mutex_unlock(&journal->lock);
    must(pthread_join(journal->thread, NULL) == 0);
    on_committed(&journal->committed);
    close(journal->fd);
    uv_close((uv_handle_t *)&journal->committed, on_closed);
}

static size_t entry_size(size_t body, size_t key_count)
{
    return sizeof(struct journal_record) + key_count * sizeof(struct journal_key) + body;
}

/* The lock is no part of what `const` promises. */
static pthread_mutex_t *lock_of(const struct journal *journal)
{
    return (pthread_mutex_t *)&journal->lock;
}

bool journal_has_room(const struct journal *journal, size_t size, size_t key_count)
{
    pthread_mutex_lock(lock_of(journal));
    bool room = journal->filling.used + entry_size(size, key_count) <= journal->options.queue_bytes;
    pthread_mutex_unlock(lock_of(journal));
    return room;
}

static void put(struct queue *queue, const void *bytes, size_t size)
{
    if (size > 0)
        memcpy(queue->bytes + queue->used, bytes, size);
    queue->used += size;
}

enum journal_append_result journal_append(struct journal *journal,
                                          const struct journal_record *record)
{
    if (!journal_has_room(journal, record->size, record->key_count))
        return JOURNAL_QUEUE_FULL;
    pthread_mutex_lock(&journal->lock);
    put(&journal->filling, record, sizeof(*record));
    put(&journal->filling, record->keys, record->key_count * sizeof(*record->keys));
    put(&journal->filling, record->body, record->size);
    journal->filling.records++;
    journal->filling.last_seq = record->seq;
    pthread_cond_signal(&journal->wake);
    pthread_mutex_unlock(&journal->lock);
    return JOURNAL_APPENDED;
}

uint64_t journal_durable_seq(const struct journal *journal)
{
    return atomic_load(&journal->durable_seq);
}

struct journal_stats journal_stats(const struct journal *journal)
{
    pthread_mutex_lock(lock_of(journal));
    struct journal_stats stats = journal->stats;
    stats.queued_records = journal->filling.records;
    stats.queued_bytes = journal->filling.used;
    pthread_mutex_unlock(lock_of(journal));
    return stats;
}

bool journal_was_clean(const struct journal *journal)
{
    return journal != NULL;
}

struct journal_head journal_opened_at(const struct journal *journal)
{
    (void)journal;
    return (struct journal_head){.epoch = 1};
}

bool journal_space_ok(const struct journal *journal)
{
    return journal != NULL;
}

/* ---- nothing is read back ---- */

int journal_put_snapshot(struct journal *journal, uint64_t seq,
                         const unsigned char hash[static JOURNAL_HASH_SIZE], const void *bytes,
                         size_t size)
{
    (void)journal, (void)seq, (void)hash, (void)bytes, (void)size;
    return -1;
}

int journal_seal(const char *dir, int64_t before_ms, uint64_t *sealed_seq,
                 char errmsg[static ERRMSG_MAX])
{
    (void)dir, (void)before_ms, (void)errmsg;
    *sealed_seq = 0;
    return 0;
}

void journal_drop(struct journal *journal, uint64_t sealed_seq)
{
    (void)journal, (void)sealed_seq;
}

int journal_reader_open(struct journal_reader **out, const char *dir,
                        char errmsg[static ERRMSG_MAX])
{
    (void)dir, (void)errmsg;
    *out = calloc(1, sizeof(**out));
    must(*out);
    return 0;
}

void journal_reader_close(struct journal_reader *reader)
{
    free(reader);
}

const char *journal_reader_errmsg(const struct journal_reader *reader)
{
    return reader->errmsg;
}

int journal_read_head(struct journal_reader *reader, struct journal_head *head)
{
    (void)reader;
    *head = (struct journal_head){.epoch = 1};
    return 0;
}

int journal_in_chain(struct journal_reader *reader, const struct journal_head *cursor)
{
    (void)reader, (void)cursor;
    return 0;
}

int64_t journal_read(struct journal_reader *reader, uint64_t after_seq, uint64_t max,
                     bool (*each_cb)(void *ctx, const struct journal_record *record,
                                     const unsigned char hash[static JOURNAL_HASH_SIZE]),
                     void *ctx)
{
    (void)reader, (void)after_seq, (void)max, (void)each_cb, (void)ctx;
    return 0;
}

int journal_read_snapshot(struct journal_reader *reader, uint64_t seq_max,
                          struct journal_snapshot *snapshot)
{
    (void)reader, (void)seq_max;
    *snapshot = (struct journal_snapshot){0};
    return 0;
}

void journal_snapshot_free(struct journal_snapshot *snapshot)
{
    free(snapshot->bytes);
}

int journal_read_key(struct journal_reader *reader, uint32_t kind, uint64_t id,
                     struct journal_key *key)
{
    (void)reader, (void)kind, (void)id, (void)key;
    return 0;
}
