/* The loop thread's side of the journal: open with all its checks, append, close. The thread that
 * commits is journal_writer.c. */
#include "dispatch/journal/journal_writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dispatch/base/log.h"
#include "dispatch/must.h"

enum { START_BYTES = 1024 * 1024 }; /* a start on less is a start on a full disk */

static int damaged(const char *path, uint64_t seq, const char *why, char errmsg[static ERRMSG_MAX])
{
    journal_file_fail(errmsg,
                      "%.150s is damaged at seq %llu: %.120s. Nothing was changed. Put back the "
                      "last back-up: dispatchctl restore FILE; or keep what is whole before it: "
                      "dispatchctl cut %llu",
                      path, (unsigned long long)seq, why,
                      (unsigned long long)(seq > 0 ? seq - 1 : 0));
    return -1;
}

static int check_chain(const struct journal *journal, struct journal_reader *reader,
                       const char *path, char errmsg[static ERRMSG_MAX])
{
    struct journal_snapshot snapshot = {0};
    uint64_t bad_seq = 0;
    int rc;

    if (journal->options.verify_all) {
        rc = journal_verify_file(reader, &bad_seq);
    } else {
        if (journal_read_snapshot(reader, UINT64_MAX, &snapshot) < 0)
            return damaged(path, 0, journal_reader_errmsg(reader), errmsg);
        uint64_t after_seq = snapshot.seq;
        journal_snapshot_free(&snapshot);
        rc = after_seq > 0 ? journal_verify_chain(reader, after_seq, &bad_seq)
                           : journal_verify_file(reader, &bad_seq);
    }
    return rc < 0 ? damaged(path, bad_seq, journal_reader_errmsg(reader), errmsg) : 0;
}

/* The chain is whole; where does it end? */
static int find_end(struct journal *journal, const char *path, char errmsg[static ERRMSG_MAX])
{
    struct journal_reader *reader = NULL;
    int rc = -1;

    if (journal_reader_open_file(&reader, path, errmsg) < 0)
        return -1;
    if (check_chain(journal, reader, path, errmsg) < 0)
        goto out;
    if (journal_read_head(reader, &journal->opened_at) < 0) {
        damaged(path, 0, journal_reader_errmsg(reader), errmsg);
        goto out;
    }
    memcpy(journal->hash, journal->opened_at.hash, JOURNAL_HASH_SIZE);
    journal->appended_seq = journal->opened_at.seq;
    journal->announced_seq = journal->opened_at.seq;
    atomic_store(&journal->durable_seq, journal->opened_at.seq);
    rc = 0;
out:
    journal_reader_close(reader);
    return rc;
}

/* A server that ended badly leaves its -wal file; without it, what it acknowledged is gone. */
static int refuse_lost_wal(const char *path, char errmsg[static ERRMSG_MAX])
{
    journal_file_fail(errmsg,
                      "%.150s was not closed and its -wal file is gone: acknowledged records may "
                      "be missing. Nothing was changed. Put the -wal file back, or the last "
                      "back-up: dispatchctl restore FILE; or go on with what is here: dispatchctl "
                      "cut SEQ",
                      path);
    return -1;
}

static int check_end_of_last(struct journal *journal, const char *path, bool wal_is_empty,
                             char errmsg[static ERRMSG_MAX])
{
    int64_t open = JOURNAL_CLOSED;

    if (journal_file_meta_read(journal->db, "open", &open) < 0) {
        journal_file_fail(errmsg, "%s: %s", path, sqlite3_errmsg(journal->db));
        return -1;
    }
    journal->was_clean = open == JOURNAL_CLOSED;
    return open == JOURNAL_OPEN && wal_is_empty ? refuse_lost_wal(path, errmsg) : 0;
}

/* After a bad end the pages of the -wal file may never have reached the disk although the kernel
 * shows them; and after one failed flush it may take them for written, so that flushing again does
 * nothing. Writing them again, byte for byte, is what helps, and it must come before any of them is
 * copied into the file. */
static int rewrite_wal(sqlite3 *db)
{
    unsigned char part[4096];
    sqlite3_file *wal = NULL;
    sqlite3_int64 size = 0;
    int rc = sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal);

    must(rc == SQLITE_OK && wal && wal->pMethods); /* it was read before */
    rc = wal->pMethods->xFileSize(wal, &size);
    for (sqlite3_int64 at = 0; rc == SQLITE_OK && at < size; at += (int)sizeof(part)) {
        int n = size - at < (int)sizeof(part) ? (int)(size - at) : (int)sizeof(part);
        rc = wal->pMethods->xRead(wal, part, n, at);
        if (rc == SQLITE_OK)
            rc = wal->pMethods->xWrite(wal, part, n, at);
    }
    return rc == SQLITE_OK && size > 0 ? wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL) : rc;
}

/* The mark goes into the file itself, so that a -wal file that is lost is missed; a reader in the
 * middle of something may put that off, but not the start. */
static int mark_open(struct journal *journal, char errmsg[static ERRMSG_MAX])
{
    sqlite3 *db = journal->db;
    int rc = rewrite_wal(db);

    if (rc == SQLITE_OK)
        rc = journal_file_meta_write(db, "open", JOURNAL_OPEN);
    if (rc == SQLITE_OK)
        rc = sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if (rc == SQLITE_OK)
        return 0;
    journal_file_fail(errmsg, "%s: %s", journal->dir, sqlite3_errstr(rc));
    return -1;
}

/* Only when everything is found right may closing empty the -wal file. */
static int open_checked(struct journal *journal, const char *path, bool wal_is_empty,
                        char errmsg[static ERRMSG_MAX])
{
    if (journal_file_open_writer(&journal->db, path, errmsg) < 0)
        return -1;
    if (check_end_of_last(journal, path, wal_is_empty, errmsg) < 0 ||
        find_end(journal, path, errmsg) < 0 || journal_writer_prepare(journal, errmsg) < 0 ||
        mark_open(journal, errmsg) < 0)
        return -1;
    sqlite3_db_config(journal->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    return 0;
}

static int open_file(struct journal *journal, char errmsg[static ERRMSG_MAX])
{
    char path[PATH_MAX], wal[PATH_MAX + 8];
    struct stat st;

    if (journal_file_path(journal->dir, path, errmsg) < 0)
        return -1;
    snprintf(wal, sizeof(wal), "%s-wal", path);
    bool wal_is_empty = stat(wal, &st) < 0 || st.st_size == 0;
    if (open_checked(journal, path, wal_is_empty, errmsg) < 0)
        return -1;
    int rc = os_sync_dir(journal->dir);
    if (rc < 0)
        journal_file_fail(errmsg, "%s: cannot be flushed: %s", journal->dir, strerror(-rc));
    return rc < 0 ? -1 : 0;
}

static int lock_dir(struct journal *journal, char errmsg[static ERRMSG_MAX])
{
    char path[PATH_MAX + 16];
    int rc = os_make_dirs(journal->dir);

    snprintf(path, sizeof(path), "%s/journal.lock", journal->dir);
    if (rc == 0)
        rc = os_lock_file(path, &journal->lock_fd);
    if (rc == -EWOULDBLOCK)
        journal_file_fail(errmsg, "another server holds %s", path);
    else if (rc < 0)
        journal_file_fail(errmsg, "%s: %s", path, strerror(-rc));
    return rc < 0 ? -1 : 0;
}

static int make_buffers(struct journal *journal, char errmsg[static ERRMSG_MAX])
{
    size_t least = journal_entry_size(JOURNAL_BODY_MAX, JOURNAL_RECORD_KEYS_MAX);

    journal->buffer_bytes = journal->options.queue_bytes / 2;
    if (journal->buffer_bytes < least) {
        journal_file_fail(errmsg, "a queue of %llu bytes is too small: at least %zu",
                          (unsigned long long)journal->options.queue_bytes, 2 * least);
        return -1;
    }
    journal->filling.bytes = malloc(journal->buffer_bytes);
    journal->writing.bytes = malloc(journal->buffer_bytes);
    if (journal->filling.bytes && journal->writing.bytes)
        return 0;
    journal_file_fail(errmsg, "no memory for a queue of %llu bytes",
                      (unsigned long long)journal->options.queue_bytes);
    return -1;
}

static void release(struct journal *journal)
{
    if (journal->db)
        journal_writer_close_file(journal);
    if (journal->lock_fd >= 0)
        os_unlock_file(journal->lock_fd);
    free(journal->filling.bytes);
    free(journal->writing.bytes);
    free(journal->snapshot.bytes);
    free(journal);
}

static void async_closed(uv_handle_t *handle)
{
    struct journal *journal = handle->data;
    void (*closed_cb)(void *) = journal->closed_cb;
    void *ctx = journal->closed_ctx;

    pthread_cond_destroy(&journal->wake);
    pthread_mutex_destroy(&journal->lock);
    release(journal);
    if (closed_cb)
        closed_cb(ctx);
}

static void on_committed(uv_async_t *async)
{
    struct journal *journal = async->data;
    bool finished = atomic_load(&journal->finished);
    uint64_t seq = atomic_load(&journal->durable_seq);

    if (seq > journal->announced_seq) {
        journal->announced_seq = seq;
        journal->options.on_durable_cb(journal->options.ctx, seq);
    }
    if (finished && !uv_is_closing((uv_handle_t *)async)) {
        must(pthread_join(journal->thread, NULL) == 0);
        uv_close((uv_handle_t *)async, async_closed);
    }
}

static void start_thread(struct journal *journal)
{
    pthread_condattr_t monotonic;

    must(pthread_condattr_init(&monotonic) == 0);
    must(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
    must(pthread_cond_init(&journal->wake, &monotonic) == 0);
    pthread_condattr_destroy(&monotonic);
    must(pthread_mutex_init(&journal->lock, NULL) == 0);
    must(uv_async_init(journal->options.loop, &journal->committed, on_committed) == 0);
    journal->committed.data = journal;
    must(pthread_create(&journal->thread, NULL, journal_writer_run, journal) == 0);
}

/* On a full disk not even opening would succeed: SQLite and the rest of the server need some room.
 * What the ballast was kept for; the server then comes up to be read, and refuses commands. */
static bool relieve_full_disk(struct journal *journal)
{
    journal_writer_look_at_space(journal);
    return atomic_load(&journal->free_bytes) < START_BYTES &&
           journal_writer_give_up_ballast(journal);
}

static int open_file_with_room(struct journal *journal, char errmsg[static ERRMSG_MAX])
{
    bool relieved = relieve_full_disk(journal);
    if (open_file(journal, errmsg) < 0) {
        if (atomic_load(&journal->free_bytes) < START_BYTES)
            journal_file_fail(errmsg,
                              "%.300s: the disk is full (%llu bytes free) and there is no ballast "
                              "left to give up. Nothing is lost: free some space, then start again",
                              journal->dir, (unsigned long long)atomic_load(&journal->free_bytes));
        return -1;
    }
    if (!relieved && journal_writer_set_ballast(journal) < 0)
        log_error("journal-no-ballast", "dir=%s", journal->dir);
    return 0;
}

int journal_open(struct journal **out, const struct journal_options *options,
                 char errmsg[static ERRMSG_MAX])
{
    struct journal *journal = calloc(1, sizeof(*journal));

    if (!journal) {
        journal_file_fail(errmsg, "out of memory");
        return -1;
    }
    journal->options = *options;
    journal->lock_fd = -1;
    if (snprintf(journal->dir, sizeof(journal->dir), "%s", options->dir) >= PATH_MAX - 32) {
        journal_file_fail(errmsg, "the journal's directory name is too long");
        goto failed;
    }
    journal->options.dir = journal->dir;
    must(snprintf(journal->ballast, PATH_MAX, "%s/journal.ballast", journal->dir) < PATH_MAX);
    if (lock_dir(journal, errmsg) < 0 || make_buffers(journal, errmsg) < 0 ||
        open_file_with_room(journal, errmsg) < 0)
        goto failed;
    journal_writer_look_at_space(journal);
    start_thread(journal);
    *out = journal;
    return 0;
failed:
    release(journal);
    return -1;
}

void journal_close(struct journal *journal, void (*closed_cb)(void *ctx), void *ctx)
{
    journal->closed_cb = closed_cb;
    journal->closed_ctx = ctx;
    pthread_mutex_lock(&journal->lock);
    must(!journal->closing);
    journal->closing = true;
    pthread_cond_signal(&journal->wake);
    pthread_mutex_unlock(&journal->lock);
}

bool journal_was_clean(const struct journal *journal)
{
    return journal->was_clean;
}

struct journal_head journal_opened_at(const struct journal *journal)
{
    return journal->opened_at;
}

/* The loop thread's part of the queue. */
static bool fits(const struct journal *journal, size_t size, size_t key_count)
{
    return journal_entry_size(size, key_count) <= journal->buffer_bytes - journal->filling.used;
}

static void queue_put(struct journal *journal, const struct journal_record *record)
{
    unsigned char *at = journal->filling.bytes + journal->filling.used;
    size_t keys = record->key_count * sizeof(struct journal_key);
    struct journal_entry entry = {record->seq,    record->at_ms, record->client,
                                  record->number, record->size,  record->key_count};

    memcpy(at, &entry, sizeof(entry));
    if (keys > 0)
        memcpy(at + sizeof(entry), record->keys, keys);
    if (record->size > 0)
        memcpy(at + sizeof(entry) + keys, record->body, record->size);
    journal->filling.used += journal_entry_size(record->size, record->key_count);
    journal->filling.records++;
}

enum journal_append_result journal_append(struct journal *journal,
                                          const struct journal_record *record)
{
    enum journal_append_result result = JOURNAL_QUEUE_FULL;

    must(record->seq == journal->appended_seq + 1 && record->seq < (uint64_t)1 << 53);
    if (record->size > JOURNAL_BODY_MAX || record->key_count > JOURNAL_RECORD_KEYS_MAX)
        return JOURNAL_TOO_BIG;
    pthread_mutex_lock(&journal->lock);
    must(!journal->closing);
    if (fits(journal, record->size, record->key_count)) {
        queue_put(journal, record);
        journal->appended_seq = record->seq;
        pthread_cond_signal(&journal->wake);
        result = JOURNAL_APPENDED;
    }
    pthread_mutex_unlock(&journal->lock);
    return result;
}

/* The lock is no part of what `const` promises. */
static pthread_mutex_t *lock_of(const struct journal *journal)
{
    return (pthread_mutex_t *)&journal->lock;
}

bool journal_has_room(const struct journal *journal, size_t size, size_t key_count)
{
    if (size > JOURNAL_BODY_MAX || key_count > JOURNAL_RECORD_KEYS_MAX)
        return false;
    pthread_mutex_lock(lock_of(journal));
    bool room = fits(journal, size, key_count);
    pthread_mutex_unlock(lock_of(journal));
    return room;
}

bool journal_space_ok(const struct journal *journal)
{
    return !atomic_load(&journal->ballast_gone) &&
           atomic_load(&journal->free_bytes) >= journal->options.reserve_bytes;
}

void journal_drop(struct journal *journal, uint64_t sealed_seq)
{
    atomic_store(&journal->sealed_seq, sealed_seq);
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
    stats.free_bytes = atomic_load(&journal->free_bytes);
    stats.ballast_gone = atomic_load(&journal->ballast_gone);
    return stats;
}

int journal_put_snapshot(struct journal *journal, uint64_t seq,
                         const unsigned char hash[static JOURNAL_HASH_SIZE], const void *bytes,
                         size_t size)
{
    int rc = -1;

    must(seq > 0 && seq <= journal_durable_seq(journal));
    pthread_mutex_lock(&journal->lock);
    if (journal->snapshot.seq == 0 && !journal->closing) {
        unsigned char *copy = malloc(size + 1);
        if (copy) {
            memcpy(copy, bytes, size);
            journal->snapshot =
                (struct journal_pending_snapshot){.seq = seq, .bytes = copy, .size = size};
            memcpy(journal->snapshot.hash, hash, JOURNAL_HASH_SIZE);
            pthread_cond_signal(&journal->wake);
            rc = 0;
        }
    }
    pthread_mutex_unlock(&journal->lock);
    return rc;
}
