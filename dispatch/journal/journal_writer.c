/* Two buffers: the loop fills one while the thread commits the other in slices of at most
 * BATCH_RECORDS or BATCH_BYTES; when it comes back it takes whatever has gathered. No delay timer:
 * under light load a record is a batch, under heavy load the batch grows by itself. */
#include "dispatch/journal/journal_writer.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dispatch/base/log.h"
#include "dispatch/must.h"

enum {
    BATCH_RECORDS = 512,
    BATCH_BYTES = 256 * 1024,
    DROP_ROWS = 256, /* once in DROP_PAUSE_NS: 22 million a day, at about a millisecond each time */
    DROP_PAUSE_NS = 1000000000,
};

static const char *const statements[JOURNAL_STATEMENT_COUNT] = {
    [JOURNAL_BEGIN] = "BEGIN IMMEDIATE",
    [JOURNAL_COMMIT] = "COMMIT",
    [JOURNAL_INSERT] = "INSERT INTO ev VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    /* A key is made once; only forgetting overwrites it, and nothing overwrites that. */
    [JOURNAL_PUT_KEY] = "INSERT INTO person VALUES(?1, ?2, ?3, ?4) ON CONFLICT(kind, id)"
                        " DO UPDATE SET key=excluded.key WHERE length(excluded.key)=0",
    [JOURNAL_PUT_SNAPSHOT] = "INSERT OR REPLACE INTO snap SELECT ?1, ?2, ?3, ?4"
                             " WHERE EXISTS(SELECT 1 FROM ev WHERE seq=?1 AND hash=?2)",
    [JOURNAL_TRIM_SNAPSHOTS] = "DELETE FROM snap WHERE seq NOT IN"
                               " (SELECT seq FROM snap ORDER BY seq DESC LIMIT ?1)",
    /* The sealed record itself stays, and whatever a snapshot stands on. */
    [JOURNAL_DROP] = "DELETE FROM ev WHERE seq < min(?1, (SELECT min(seq) FROM snap))"
                     " AND seq < (SELECT min(seq) FROM ev) + ?2",
};

int journal_writer_prepare(struct journal *journal, char errmsg[static ERRMSG_MAX])
{
    for (int i = 0; i < JOURNAL_STATEMENT_COUNT; i++) {
        if (sqlite3_prepare_v3(journal->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &journal->stmts[i], NULL) != SQLITE_OK) {
            journal_file_fail(errmsg, "%s: %s", journal->dir, sqlite3_errmsg(journal->db));
            return -1;
        }
    }
    return 0;
}

static _Noreturn void die(struct journal *journal, const char *doing)
{
    log_error("journal-failed", "doing=%s code=%d why=%s durable_seq=%llu", doing,
              sqlite3_extended_errcode(journal->db), sqlite3_errmsg(journal->db),
              (unsigned long long)atomic_load(&journal->durable_seq));
    abort();
}

/* Free space and ballast (writer thread; at open before there is one). */
void journal_writer_look_at_space(struct journal *journal)
{
    uint64_t bytes = 0;
    int rc = os_free_bytes(journal->dir, &bytes);

    if (rc < 0)
        log_warn("journal-space-unknown", "dir=%s why=%s", journal->dir, strerror(-rc));
    atomic_store(&journal->free_bytes, rc < 0 ? 0 : bytes);
}

int journal_writer_set_ballast(struct journal *journal)
{
    if (journal->options.ballast_bytes == 0)
        return 0;
    int rc = os_reserve_file(journal->ballast, journal->options.ballast_bytes);
    atomic_store(&journal->ballast_gone, rc < 0);
    return rc;
}

/* The disk is full: is there anything left to give? */
bool journal_writer_give_up_ballast(struct journal *journal)
{
    if (journal->options.ballast_bytes == 0 || atomic_exchange(&journal->ballast_gone, true))
        return false;
    if (unlink(journal->ballast) < 0)
        return false;
    log_error("journal-disk-full", "dir=%s ballast_bytes=%llu", journal->dir,
              (unsigned long long)journal->options.ballast_bytes);
    journal_writer_look_at_space(journal);
    return true;
}

static void restore_ballast(struct journal *journal)
{
    uint64_t wanted = journal->options.reserve_bytes + 2 * journal->options.ballast_bytes;

    if (!atomic_load(&journal->ballast_gone) || atomic_load(&journal->free_bytes) < wanted)
        return;
    if (journal_writer_set_ballast(journal) == 0)
        log_info("journal-ballast-back", "dir=%s", journal->dir);
}

/* Writing. These return SQLite codes; what cannot be repaired ends in die(). */
static int run(struct journal *journal, enum journal_statement statement)
{
    sqlite3_stmt *stmt = journal->stmts[statement];
    int rc = sqlite3_step(stmt);
    int reset = sqlite3_reset(stmt);

    sqlite3_clear_bindings(stmt);
    return rc == SQLITE_DONE ? SQLITE_OK : reset;
}

static int put_key(struct journal *journal, const struct journal_key *key, uint64_t seq)
{
    sqlite3_stmt *stmt = journal->stmts[JOURNAL_PUT_KEY];

    if (key->size == 0)
        journal->forgot = true;
    sqlite3_bind_int64(stmt, 1, key->kind);
    sqlite3_bind_int64(stmt, 2, (int64_t)key->id);
    sqlite3_bind_blob(stmt, 3, key->bytes, (int)key->size, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 4, (int64_t)seq);
    return run(journal, JOURNAL_PUT_KEY);
}

static int put_record(struct journal *journal, const struct journal_record *record,
                      const unsigned char hash[static JOURNAL_HASH_SIZE])
{
    sqlite3_stmt *stmt = journal->stmts[JOURNAL_INSERT];

    sqlite3_bind_int64(stmt, 1, (int64_t)record->seq);
    sqlite3_bind_int64(stmt, 2, record->at_ms);
    sqlite3_bind_int64(stmt, 3, (int64_t)record->client);
    sqlite3_bind_int64(stmt, 4, (int64_t)record->number);
    sqlite3_bind_blob64(stmt, 5, record->body, record->size, SQLITE_STATIC);
    sqlite3_bind_blob(stmt, 6, hash, JOURNAL_HASH_SIZE, SQLITE_STATIC);
    int rc = run(journal, JOURNAL_INSERT);
    for (size_t i = 0; i < record->key_count && rc == SQLITE_OK; i++)
        rc = put_key(journal, &record->keys[i], record->seq);
    return rc;
}

size_t journal_entry_size(size_t body, size_t key_count)
{
    size_t bytes = sizeof(struct journal_entry) + key_count * sizeof(struct journal_key) + body;
    return (bytes + 7) & ~(size_t)7;
}

static size_t entry_read(const unsigned char *at, struct journal_record *record)
{
    const struct journal_entry *entry = (const struct journal_entry *)(const void *)at;
    const unsigned char *keys = at + sizeof(*entry);

    *record = (struct journal_record){
        .seq = entry->seq,
        .at_ms = entry->at_ms,
        .client = entry->client,
        .number = entry->number,
        .body = keys + entry->key_count * sizeof(struct journal_key),
        .size = entry->size,
        .keys = (const struct journal_key *)(const void *)keys,
        .key_count = entry->key_count,
    };
    return journal_entry_size(entry->size, entry->key_count);
}

/* A slice of the buffer, which is one transaction. */
struct slice {
    size_t begin;
    size_t end;
    uint64_t records;
    uint64_t last_seq;
    unsigned char hash[JOURNAL_HASH_SIZE]; /* the chain's end once it is committed */
};

static struct slice next_slice(const struct journal_buffer *buffer, size_t begin)
{
    struct slice slice = {.begin = begin, .end = begin};

    while (slice.end < buffer->used && slice.records < BATCH_RECORDS) {
        struct journal_record record;
        size_t size = entry_read(buffer->bytes + slice.end, &record);
        if (slice.records > 0 && slice.end - begin + size > BATCH_BYTES)
            break;
        slice.end += size;
        slice.records++;
        slice.last_seq = record.seq;
    }
    return slice;
}

static int write_slice(struct journal *journal, struct slice *slice)
{
    size_t at = slice->begin;
    int rc = run(journal, JOURNAL_BEGIN);

    memcpy(slice->hash, journal->hash, JOURNAL_HASH_SIZE);
    while (rc == SQLITE_OK && at < slice->end) {
        struct journal_record record;
        unsigned char hash[JOURNAL_HASH_SIZE];
        at += entry_read(journal->writing.bytes + at, &record);
        journal_hash(slice->hash, &record, hash);
        memcpy(slice->hash, hash, JOURNAL_HASH_SIZE);
        rc = put_record(journal, &record, slice->hash);
    }
    return rc == SQLITE_OK ? run(journal, JOURNAL_COMMIT) : rc;
}

static void rollback(struct journal *journal)
{
    if (!sqlite3_get_autocommit(journal->db))
        sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
}

static void count_commit(struct journal *journal, const struct slice *slice, uint64_t took_ns)
{
    pthread_mutex_lock(&journal->lock);
    struct journal_stats *stats = &journal->stats;
    stats->commits++;
    stats->records += slice->records;
    stats->commit_ns_last = took_ns;
    stats->commit_ns_sum += took_ns;
    if (slice->records > stats->batch_max)
        stats->batch_max = slice->records;
    if (took_ns > stats->commit_ns_max)
        stats->commit_ns_max = took_ns;
    pthread_mutex_unlock(&journal->lock);
}

static void commit_slice(struct journal *journal, struct slice *slice)
{
    uint64_t began_ns = os_mono_ns();
    int rc;

    while ((rc = write_slice(journal, slice)) != SQLITE_OK) {
        if ((rc & 0xff) != SQLITE_FULL)
            die(journal, "commit");
        rollback(journal);
        if (!journal_writer_give_up_ballast(journal)) {
            log_error("journal-disk-full", "dir=%s ballast_bytes=0", journal->dir);
            abort();
        }
    }
    memcpy(journal->hash, slice->hash, JOURNAL_HASH_SIZE);
    count_commit(journal, slice, os_mono_ns() - began_ns);
    atomic_store(&journal->durable_seq, slice->last_seq);
    uv_async_send(&journal->committed);
}

static void commit_buffer(struct journal *journal)
{
    for (size_t at = 0; at < journal->writing.used;) {
        struct slice slice = next_slice(&journal->writing, at);
        commit_slice(journal, &slice);
        at = slice.end;
    }
    sodium_memzero(journal->writing.bytes, journal->writing.used); /* keys among them */
    journal->writing.used = 0;
    journal->writing.records = 0;
}

static int write_snapshot(struct journal *journal, const struct journal_pending_snapshot *snapshot)
{
    unsigned char digest[JOURNAL_HASH_SIZE];
    sqlite3_stmt *stmt = journal->stmts[JOURNAL_PUT_SNAPSHOT];
    int rc = run(journal, JOURNAL_BEGIN);

    if (rc != SQLITE_OK)
        return rc;
    journal_digest(snapshot->bytes, snapshot->size, digest);
    sqlite3_bind_int64(stmt, 1, (int64_t)snapshot->seq);
    sqlite3_bind_blob(stmt, 2, snapshot->hash, JOURNAL_HASH_SIZE, SQLITE_STATIC);
    sqlite3_bind_blob(stmt, 3, digest, JOURNAL_HASH_SIZE, SQLITE_STATIC);
    sqlite3_bind_blob64(stmt, 4, snapshot->bytes, snapshot->size, SQLITE_STATIC);
    rc = run(journal, JOURNAL_PUT_SNAPSHOT);
    must(rc != SQLITE_OK || sqlite3_changes(journal->db) == 1); /* folded from this very chain */
    sqlite3_bind_int(journal->stmts[JOURNAL_TRIM_SNAPSHOTS], 1, JOURNAL_SNAPSHOTS_KEPT);
    if (rc == SQLITE_OK)
        rc = run(journal, JOURNAL_TRIM_SNAPSHOTS);
    return rc == SQLITE_OK ? run(journal, JOURNAL_COMMIT) : rc;
}

/* A snapshot saves time, not facts: without space for it the server goes on. */
static void keep_snapshot(struct journal *journal, const struct journal_pending_snapshot *snapshot)
{
    int rc = write_snapshot(journal, snapshot);
    bool kept = rc == SQLITE_OK;

    if (!kept && (rc & 0xff) != SQLITE_FULL)
        die(journal, "snapshot");
    if (!kept) {
        rollback(journal);
        log_warn("journal-snapshot-skipped", "seq=%llu why=disk-full",
                 (unsigned long long)snapshot->seq);
    }
    pthread_mutex_lock(&journal->lock);
    if (kept)
        journal->stats.snapshot_seq = snapshot->seq;
    free(journal->snapshot.bytes);
    journal->snapshot = (struct journal_pending_snapshot){0};
    pthread_mutex_unlock(&journal->lock);
}

/* Empties the -wal file so that no deleted key is left in it; a reader in the middle of something
 * puts it off, and the next idle second tries again. */
static int wipe_forgotten(struct journal *journal)
{
    sqlite3 *db = journal->db;
    int rc = journal_file_meta_write(db, "open", JOURNAL_EMPTYING);

    if (rc != SQLITE_OK)
        return rc;
    sqlite3_busy_timeout(db, 0);
    rc = sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_busy_timeout(db, 5000);
    journal->forgot = rc != SQLITE_OK;
    if (rc == SQLITE_OK || (rc & 0xff) == SQLITE_BUSY)
        rc = journal_file_meta_write(db, "open", JOURNAL_OPEN);
    return rc;
}

/* A full disk puts it off too: it is tried again when there is space. */
static void keep_forgetting(struct journal *journal)
{
    int rc = wipe_forgotten(journal);

    if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_FULL)
        die(journal, "forget");
    if (rc != SQLITE_OK)
        journal->forgot = true;
}

/* What is sealed leaves this file, a little at a time. Like a snapshot it can wait for space. */
static void drop_sealed(struct journal *journal)
{
    uint64_t sealed_seq = atomic_load(&journal->sealed_seq), now_ns = os_mono_ns();

    if (sealed_seq == 0 || now_ns - journal->dropped_ns < DROP_PAUSE_NS)
        return;
    journal->dropped_ns = now_ns;
    sqlite3_bind_int64(journal->stmts[JOURNAL_DROP], 1, (int64_t)sealed_seq);
    sqlite3_bind_int64(journal->stmts[JOURNAL_DROP], 2, DROP_ROWS);
    int rc = run(journal, JOURNAL_DROP);
    if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_FULL)
        die(journal, "drop");
    if (rc == SQLITE_OK && sqlite3_changes(journal->db) == 0)
        atomic_compare_exchange_strong(&journal->sealed_seq, &sealed_seq, 0);
}

/* Waits until there is work or a second has passed, then takes it; false: close. */
static bool take_work(struct journal *journal, struct journal_pending_snapshot *snapshot)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec++;
    pthread_mutex_lock(&journal->lock);
    while (journal->filling.used == 0 && journal->snapshot.seq == 0 && !journal->closing) {
        if (pthread_cond_timedwait(&journal->wake, &journal->lock, &until) == ETIMEDOUT)
            break;
    }
    struct journal_buffer taken = journal->filling;
    journal->filling = journal->writing;
    journal->writing = taken;
    *snapshot = journal->snapshot;
    bool go_on = !journal->closing || taken.used > 0 || snapshot->seq > 0;
    pthread_mutex_unlock(&journal->lock);
    return go_on;
}

void journal_writer_close_file(struct journal *journal)
{
    for (int i = 0; i < JOURNAL_STATEMENT_COUNT; i++)
        sqlite3_finalize(journal->stmts[i]);
    sqlite3_close(journal->db);
    journal->db = NULL;
}

/* Unless the end is marked, the -wal file must stay: without it the next start is refused. */
static void mark_clean_end(struct journal *journal)
{
    sqlite3 *db = journal->db;

    if (journal_file_meta_write(db, "open", JOURNAL_CLOSED) == SQLITE_OK) {
        sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    } else {
        log_warn("journal-not-closed-clean", "why=%s", sqlite3_errmsg(db));
        sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    }
    journal_writer_close_file(journal);
}

void *journal_writer_run(void *ctx)
{
    struct journal *journal = ctx;
    struct journal_pending_snapshot snapshot;

    while (take_work(journal, &snapshot)) {
        commit_buffer(journal);
        if (snapshot.seq > 0)
            keep_snapshot(journal, &snapshot);
        if (journal->forgot)
            keep_forgetting(journal);
        drop_sealed(journal);
        journal_writer_look_at_space(journal);
        restore_ballast(journal);
    }
    mark_clean_end(journal);
    atomic_store(&journal->finished, true);
    uv_async_send(&journal->committed);
    return NULL;
}
