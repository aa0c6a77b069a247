#include "dispatch/journal/journal_sealed.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"

/* Records read in one transaction while a chain is verified. */
enum { VERIFY_CHUNK = 20000 };

enum query { READ, FIRST, HEAD, META, HASH_AT, SNAPSHOT, KEY, LAST_KEY, QUERY_COUNT };

static const char *const queries[QUERY_COUNT] = {
    [READ] = "SELECT seq, at_ms, client, number, body, hash FROM ev WHERE seq > ?1"
             " ORDER BY seq LIMIT ?2",
    [FIRST] = "SELECT seq FROM ev ORDER BY seq LIMIT 1",
    [HEAD] = "SELECT seq, at_ms, hash FROM ev ORDER BY seq DESC LIMIT 1",
    [META] = "SELECT (SELECT v FROM meta WHERE k='journal_id'),"
             " (SELECT v FROM meta WHERE k='epoch')",
    [HASH_AT] = "SELECT hash FROM ev WHERE seq=?1",
    [SNAPSHOT] = "SELECT snap.seq, snap.hash, snap.digest, snap.body FROM snap"
                 " JOIN ev ON ev.seq=snap.seq AND ev.hash=snap.hash"
                 " WHERE snap.seq <= ?1 ORDER BY snap.seq DESC",
    [KEY] = "SELECT kind, id, key FROM person WHERE kind=?1 AND id=?2",
    [LAST_KEY] = "SELECT kind, id, key FROM person WHERE length(key) > 0"
                 " ORDER BY rowid DESC LIMIT 1",
};

struct journal_reader {
    sqlite3 *db;
    sqlite3_stmt *stmts[QUERY_COUNT];
    struct journal_reader *sealed; /* of the sealed file asked last, or NULL */
    struct journal_sealed range;   /* what it holds */
    char errmsg[ERRMSG_MAX];
};

int journal_reader_open_file(struct journal_reader **out, const char *path,
                             char errmsg[static ERRMSG_MAX])
{
    struct journal_reader *reader = calloc(1, sizeof(*reader));

    if (!reader) {
        journal_file_fail(errmsg, "%s: out of memory", path);
        return -1;
    }
    if (journal_file_open_reader(&reader->db, path, errmsg) < 0)
        goto failed;
    for (int i = 0; i < QUERY_COUNT; i++) {
        if (sqlite3_prepare_v3(reader->db, queries[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &reader->stmts[i], NULL) != SQLITE_OK) {
            journal_file_fail(errmsg, "%s: %s", path, sqlite3_errmsg(reader->db));
            goto failed;
        }
    }
    *out = reader;
    return 0;
failed:
    journal_reader_close(reader);
    return -1;
}

int journal_reader_open(struct journal_reader **out, const char *dir,
                        char errmsg[static ERRMSG_MAX])
{
    char path[PATH_MAX];

    if (journal_file_path(dir, path, errmsg) < 0)
        return -1;
    return journal_reader_open_file(out, path, errmsg);
}

void journal_reader_close(struct journal_reader *reader)
{
    if (!reader)
        return;
    journal_reader_close(reader->sealed);
    for (int i = 0; i < QUERY_COUNT; i++)
        sqlite3_finalize(reader->stmts[i]);
    sqlite3_close(reader->db);
    free(reader);
}

const char *journal_reader_errmsg(const struct journal_reader *reader)
{
    return reader->errmsg;
}

static int failed(struct journal_reader *reader)
{
    journal_file_fail(reader->errmsg, "%s: %s", sqlite3_db_filename(reader->db, "main"),
                      sqlite3_errmsg(reader->db));
    return -1;
}

/* Every statement goes back to its start, so that no transaction stays open. */
static void done(struct journal_reader *reader, enum query query)
{
    sqlite3_reset(reader->stmts[query]);
    sqlite3_clear_bindings(reader->stmts[query]);
}

/* The reader of the sealed file with this record: 1, 0 when there is none, -1. */
static int seek_sealed(struct journal_reader *reader, uint64_t seq)
{
    char path[PATH_MAX];
    if (reader->sealed && reader->range.from <= seq && seq <= reader->range.to)
        return 1;
    journal_reader_close(reader->sealed);
    reader->sealed = NULL;
    int rc = journal_sealed_find(sqlite3_db_filename(reader->db, "main"), seq, &reader->range,
                                 path, reader->errmsg);
    if (rc == 1 && journal_reader_open_file(&reader->sealed, path, reader->errmsg) < 0)
        rc = -1;
    return rc;
}

/* One row of a statement: 1, 0 at the end, -1. */
static int step(struct journal_reader *reader, enum query query)
{
    int rc = sqlite3_step(reader->stmts[query]);

    if (rc == SQLITE_ROW)
        return 1;
    return rc == SQLITE_DONE ? 0 : failed(reader);
}

/* A blob of exactly this size; 0, or -1 when the column is something else. */
static int column_bytes(sqlite3_stmt *stmt, int column, void *out, int size)
{
    const void *bytes = sqlite3_column_blob(stmt, column);

    if (!bytes || sqlite3_column_bytes(stmt, column) != size)
        return -1;
    memcpy(out, bytes, (size_t)size);
    return 0;
}

static int read_meta(struct journal_reader *reader, struct journal_head *head)
{
    sqlite3_stmt *stmt = reader->stmts[META];
    int rc = step(reader, META);

    if (rc == 1) {
        head->epoch = (uint64_t)sqlite3_column_int64(stmt, 1);
        rc = column_bytes(stmt, 0, head->journal_id, JOURNAL_ID_SIZE);
        if (rc < 0)
            journal_file_fail(reader->errmsg, "the journal has no valid id");
    }
    done(reader, META);
    return rc;
}

static int read_last(struct journal_reader *reader, struct journal_head *head)
{
    sqlite3_stmt *stmt = reader->stmts[HEAD];
    int rc = step(reader, HEAD);

    if (rc == 1) {
        head->seq = (uint64_t)sqlite3_column_int64(stmt, 0);
        head->at_ms = sqlite3_column_int64(stmt, 1);
        rc = column_bytes(stmt, 2, head->hash, JOURNAL_HASH_SIZE);
        if (rc < 0)
            journal_file_fail(reader->errmsg, "seq %" PRIu64 " has no valid hash", head->seq);
    }
    done(reader, HEAD);
    return rc;
}

int journal_read_head(struct journal_reader *reader, struct journal_head *head)
{
    struct journal_head found = {0};

    if (sqlite3_exec(reader->db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
        return failed(reader);
    int rc = read_meta(reader, &found);
    if (rc >= 0)
        rc = read_last(reader, &found);
    sqlite3_exec(reader->db, "COMMIT", NULL, NULL, NULL);
    if (rc < 0)
        return -1;
    *head = found;
    return 0;
}

static int hash_in_file(struct journal_reader *reader, uint64_t seq,
                        unsigned char hash[static JOURNAL_HASH_SIZE])
{
    sqlite3_bind_int64(reader->stmts[HASH_AT], 1, (int64_t)seq);
    int rc = step(reader, HASH_AT);
    if (rc == 1 && column_bytes(reader->stmts[HASH_AT], 0, hash, JOURNAL_HASH_SIZE) < 0)
        rc = 0;
    done(reader, HASH_AT);
    return rc;
}

/* The hash of one record, 32 zeros for 0: 1, 0 when there is none, -1. */
static int hash_at(struct journal_reader *reader, uint64_t seq,
                   unsigned char hash[static JOURNAL_HASH_SIZE])
{
    if (seq == 0) {
        memset(hash, 0, JOURNAL_HASH_SIZE);
        return 1;
    }
    int rc = hash_in_file(reader, seq, hash);
    if (rc == 0 && (rc = seek_sealed(reader, seq)) == 1)
        rc = hash_in_file(reader->sealed, seq, hash);
    return rc;
}

int journal_in_chain(struct journal_reader *reader, const struct journal_head *cursor)
{
    struct journal_head head;
    unsigned char hash[JOURNAL_HASH_SIZE];

    if (journal_read_head(reader, &head) < 0)
        return -1;
    if (memcmp(head.journal_id, cursor->journal_id, JOURNAL_ID_SIZE) != 0 ||
        head.epoch != cursor->epoch || cursor->seq > head.seq)
        return 0;
    int rc = hash_at(reader, cursor->seq, hash);
    if (rc == 1 && memcmp(hash, cursor->hash, JOURNAL_HASH_SIZE) != 0)
        rc = 0;
    return rc;
}

/* The row under the statement; borrowed until the next step. NULL: its hash is no hash. */
static const unsigned char *row_record(sqlite3_stmt *stmt, struct journal_record *record)
{
    *record = (struct journal_record){
        .seq = (uint64_t)sqlite3_column_int64(stmt, 0),
        .at_ms = sqlite3_column_int64(stmt, 1),
        .client = (uint64_t)sqlite3_column_int64(stmt, 2),
        .number = (uint64_t)sqlite3_column_int64(stmt, 3),
        .body = sqlite3_column_blob(stmt, 4),
        .size = (size_t)sqlite3_column_bytes(stmt, 4),
    };
    const unsigned char *hash = sqlite3_column_blob(stmt, 5);
    return sqlite3_column_bytes(stmt, 5) == JOURNAL_HASH_SIZE ? hash : NULL;
}

/* One reading, and whether it was told to stop. */
struct reading {
    bool (*each_cb)(void *ctx, const struct journal_record *record,
                    const unsigned char hash[static JOURNAL_HASH_SIZE]);
    void *ctx;
    uint64_t expected; /* the next record */
    bool stopped, gap; /* gap: the file begins later */
};

static int read_row(struct journal_reader *reader, struct reading *reading)
{
    struct journal_record record;
    const unsigned char *hash = row_record(reader->stmts[READ], &record);
    if (record.seq == reading->expected && hash) {
        reading->expected++;
        reading->stopped = !reading->each_cb(reading->ctx, &record, hash);
        return 0;
    }
    reading->gap = hash && record.seq > reading->expected;
    journal_file_fail(reader->errmsg, "seq %" PRIu64 " is missing or has no hash",
                      reading->expected);
    return -1;
}

/* The records after `expected` - 1 that this file has, until told to stop: 0 or -1. */
static int read_file(struct journal_reader *reader, uint64_t max, struct reading *reading)
{
    sqlite3_stmt *stmt = reader->stmts[READ];
    int rc;

    sqlite3_bind_int64(stmt, 1, (int64_t)reading->expected - 1);
    sqlite3_bind_int64(stmt, 2, max > INT64_MAX ? INT64_MAX : (int64_t)max);
    while ((rc = step(reader, READ)) == 1 && (rc = read_row(reader, reading)) == 0) {
        if (reading->stopped)
            break;
    }
    done(reader, READ);
    return rc;
}

/* What the newest file no longer has lies in a sealed one, or nowhere. */
static int read_sealed(struct journal_reader *reader, uint64_t max, struct reading *reading)
{
    uint64_t expected = reading->expected;
    int rc = seek_sealed(reader, expected);

    if (rc == 0)
        journal_file_fail(reader->errmsg,
                          "seq %" PRIu64 " is missing: not in the journal, nor in a sealed file",
                          expected);
    if (rc != 1)
        return -1;
    reading->gap = false;
    rc = read_file(reader->sealed, max, reading);
    if (rc == 0 && reading->expected > expected)
        return 0;
    journal_file_fail(reader->errmsg, "the sealed file with seq %" PRIu64 ": %.300s", expected,
                      rc < 0 ? reader->sealed->errmsg : "it is not there");
    return -1;
}

int64_t journal_read(struct journal_reader *reader, uint64_t after_seq, uint64_t max,
                     bool (*each_cb)(void *ctx, const struct journal_record *record,
                                     const unsigned char hash[static JOURNAL_HASH_SIZE]),
                     void *ctx)
{
    struct reading reading = {.each_cb = each_cb, .ctx = ctx, .expected = after_seq + 1};

    for (;;) {
        uint64_t left = max - (reading.expected - 1 - after_seq);
        reading.gap = false;
        int rc = read_file(reader, left, &reading);
        if (rc < 0 && reading.gap)
            rc = read_sealed(reader, left, &reading);
        else if (rc == 0)
            break;
        if (rc < 0)
            return -1;
        if (reading.stopped || reading.expected - 1 - after_seq == max)
            break;
    }
    return (int64_t)(reading.expected - 1 - after_seq);
}

/* A walk along the chain: what the next record has to fit to. */
struct walk {
    unsigned char hash[JOURNAL_HASH_SIZE];
    uint64_t seq;
    bool broken;
};

static bool walk_on(void *ctx, const struct journal_record *record,
                    const unsigned char stored[static JOURNAL_HASH_SIZE])
{
    struct walk *walk = ctx;
    unsigned char computed[JOURNAL_HASH_SIZE];

    journal_hash(walk->hash, record, computed);
    walk->broken = memcmp(computed, stored, JOURNAL_HASH_SIZE) != 0;
    if (walk->broken)
        return false;
    memcpy(walk->hash, computed, JOURNAL_HASH_SIZE);
    walk->seq = record->seq;
    return true;
}

int journal_verify_from(struct journal_reader *reader, uint64_t after_seq,
                        const unsigned char hash[static JOURNAL_HASH_SIZE], uint64_t *bad_seq)
{
    struct walk walk = {.seq = after_seq};
    int64_t count;

    memcpy(walk.hash, hash, JOURNAL_HASH_SIZE);
    do {
        count = journal_read(reader, walk.seq, VERIFY_CHUNK, walk_on, &walk);
    } while (count == VERIFY_CHUNK && !walk.broken);
    if (walk.broken)
        journal_file_fail(reader->errmsg, "seq %" PRIu64 " does not fit its hash", walk.seq + 1);
    if (count < 0 || walk.broken) {
        *bad_seq = walk.seq + 1;
        return -1;
    }
    return 0;
}

int journal_verify_chain(struct journal_reader *reader, uint64_t after_seq, uint64_t *bad_seq)
{
    unsigned char hash[JOURNAL_HASH_SIZE];
    int found = hash_at(reader, after_seq, hash);

    if (found == 0)
        journal_file_fail(reader->errmsg, "seq %" PRIu64 " is missing or has no hash", after_seq);
    if (found != 1) {
        *bad_seq = after_seq;
        return -1;
    }
    return journal_verify_from(reader, after_seq, hash, bad_seq);
}

int journal_verify_file(struct journal_reader *reader, uint64_t *bad_seq)
{
    int rc = step(reader, FIRST);
    uint64_t first = rc == 1 ? (uint64_t)sqlite3_column_int64(reader->stmts[FIRST], 0) : 0;

    done(reader, FIRST);
    if (rc < 0) {
        *bad_seq = 0;
        return -1;
    }
    return journal_verify_chain(reader, first > 1 ? first : 0, bad_seq);
}

/* The row's snapshot if its bytes are what was written; false leaves `out` alone. */
static bool row_snapshot(sqlite3_stmt *stmt, struct journal_snapshot *out)
{
    const void *bytes = sqlite3_column_blob(stmt, 3);
    size_t size = (size_t)sqlite3_column_bytes(stmt, 3);
    unsigned char digest[JOURNAL_HASH_SIZE], stored[JOURNAL_HASH_SIZE];
    struct journal_snapshot snapshot = {.seq = (uint64_t)sqlite3_column_int64(stmt, 0),
                                        .size = size};

    journal_digest(bytes, size, digest);
    if (column_bytes(stmt, 1, snapshot.hash, JOURNAL_HASH_SIZE) < 0 ||
        column_bytes(stmt, 2, stored, JOURNAL_HASH_SIZE) < 0 ||
        memcmp(digest, stored, JOURNAL_HASH_SIZE) != 0)
        return false;
    snapshot.bytes = malloc(size + 1);
    if (!snapshot.bytes)
        return false;
    if (size > 0)
        memcpy(snapshot.bytes, bytes, size);
    *out = snapshot;
    return true;
}

int journal_read_snapshot(struct journal_reader *reader, uint64_t seq_max,
                          struct journal_snapshot *snapshot)
{
    int rc;

    *snapshot = (struct journal_snapshot){0};
    sqlite3_bind_int64(reader->stmts[SNAPSHOT], 1,
                       seq_max > INT64_MAX ? INT64_MAX : (int64_t)seq_max);
    do {
        rc = step(reader, SNAPSHOT);
    } while (rc == 1 && !row_snapshot(reader->stmts[SNAPSHOT], snapshot));
    done(reader, SNAPSHOT);
    return rc < 0 ? -1 : 0;
}

void journal_snapshot_free(struct journal_snapshot *snapshot)
{
    free(snapshot->bytes);
    *snapshot = (struct journal_snapshot){0};
}

int journal_read_key(struct journal_reader *reader, uint32_t kind, uint64_t id,
                     struct journal_key *key)
{
    enum query query = kind == 0 ? LAST_KEY : KEY;
    sqlite3_stmt *stmt = reader->stmts[query];

    if (kind != 0) {
        sqlite3_bind_int64(stmt, 1, kind);
        sqlite3_bind_int64(stmt, 2, (int64_t)id);
    }
    int rc = step(reader, query);
    if (rc == 1) {
        int size = sqlite3_column_bytes(stmt, 2);
        if (size > JOURNAL_KEY_MAX) {
            journal_file_fail(reader->errmsg, "a key in the table person is too long");
            rc = -1;
        } else {
            *key = (struct journal_key){.kind = (uint32_t)sqlite3_column_int64(stmt, 0),
                                        .id = (uint64_t)sqlite3_column_int64(stmt, 1),
                                        .size = (uint32_t)size};
            if (size > 0)
                memcpy(key->bytes, sqlite3_column_blob(stmt, 2), (size_t)size);
        }
    }
    done(reader, query);
    return rc;
}
