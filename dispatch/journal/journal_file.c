#include "dispatch/journal/journal_file.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dispatch/must.h"

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS meta(k TEXT PRIMARY KEY, v ANY NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS ev(seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL,"
    " client INTEGER NOT NULL, number INTEGER NOT NULL, body BLOB NOT NULL,"
    " hash BLOB NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS snap(seq INTEGER PRIMARY KEY, hash BLOB NOT NULL,"
    " digest BLOB NOT NULL, body BLOB NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS person(kind INTEGER NOT NULL, id INTEGER NOT NULL,"
    " key BLOB NOT NULL, seq INTEGER NOT NULL, UNIQUE(kind, id)) STRICT;"
    "INSERT OR IGNORE INTO meta VALUES('format', 1), ('epoch', 1), ('open', 0),"
    " ('journal_id', randomblob(16));";

void journal_file_fail(char errmsg[static ERRMSG_MAX], const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(errmsg, ERRMSG_MAX, format, args);
    va_end(args);
}

int journal_file_path(const char *dir, char path[static PATH_MAX], char errmsg[static ERRMSG_MAX])
{
    if (snprintf(path, PATH_MAX, "%s/journal.db", dir) < PATH_MAX - 32)
        return 0;
    journal_file_fail(errmsg, "the journal's directory name is too long");
    return -1;
}

/* Run a pragma and compare its answer, for promises that must be kept. */
static int insist(sqlite3 *db, const char *set, const char *ask, const char *answer,
                  char errmsg[static ERRMSG_MAX])
{
    sqlite3_stmt *stmt = NULL;
    const char *got = "nothing";
    int rc = -1;

    if (sqlite3_exec(db, set, NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db, ask, -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_text(stmt, 0))
        got = (const char *)sqlite3_column_text(stmt, 0);
    if (strcmp(got, answer) == 0)
        rc = 0;
    else
        journal_file_fail(errmsg, "%s: \"%s\" gives %s, not %s: %s",
                          sqlite3_db_filename(db, "main"), ask, got, answer, sqlite3_errmsg(db));
    sqlite3_finalize(stmt);
    return rc;
}

static int insist_on_all(sqlite3 *db, char errmsg[static ERRMSG_MAX])
{
    static const char *const promises[][3] = {
        {"PRAGMA page_size=4096", "PRAGMA page_size", "4096"},
        {"PRAGMA journal_mode=WAL", "PRAGMA journal_mode", "wal"},
        {"PRAGMA synchronous=FULL", "PRAGMA synchronous", "2"},
        {"PRAGMA secure_delete=ON", "PRAGMA secure_delete", "1"},
        {"PRAGMA cell_size_check=ON", "PRAGMA cell_size_check", "1"},
        {"PRAGMA mmap_size=0", "PRAGMA locking_mode", "normal"},
    };

    for (size_t i = 0; i < sizeof(promises) / sizeof(promises[0]); i++) {
        if (insist(db, promises[i][0], promises[i][1], promises[i][2], errmsg) < 0)
            return -1;
    }
    return 0;
}

static int check_format(sqlite3 *db, const char *path, char errmsg[static ERRMSG_MAX])
{
    int64_t format = 0;

    if (journal_file_meta_read(db, "format", &format) < 0) {
        journal_file_fail(errmsg, "%s is not a journal: %s", path, sqlite3_errmsg(db));
        return -1;
    }
    if (format == JOURNAL_FORMAT)
        return 0;
    journal_file_fail(errmsg, "%s has format %lld, this program reads %d", path, (long long)format,
                      JOURNAL_FORMAT);
    return -1;
}

static int open_connection(sqlite3 **db, const char *path, int flags, const char *what,
                           char errmsg[static ERRMSG_MAX])
{
    int rc = sqlite3_open_v2(path, db, flags | SQLITE_OPEN_NOMUTEX, NULL);

    if (rc == SQLITE_OK) {
        sqlite3_extended_result_codes(*db, 1);
        sqlite3_busy_timeout(*db, 5000);
        return 0;
    }
    journal_file_fail(errmsg, "%s: cannot be opened for %s: %s", path, what, sqlite3_errstr(rc));
    sqlite3_close(*db);
    *db = NULL;
    return -1;
}

int journal_file_open_writer(sqlite3 **out, const char *path, char errmsg[static ERRMSG_MAX])
{
    sqlite3 *db = NULL;

    must(sodium_init() >= 0 && sqlite3_threadsafe() != 0);
    if (open_connection(&db, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "writing", errmsg))
        return -1;
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (insist_on_all(db, errmsg) < 0)
        goto failed;
    if (sqlite3_exec(db, schema, NULL, NULL, NULL) != SQLITE_OK) {
        journal_file_fail(errmsg, "%s: %s", path, sqlite3_errmsg(db));
        goto failed;
    }
    if (check_format(db, path, errmsg) < 0)
        goto failed;
    *out = db;
    return 0;
failed:
    sqlite3_close(db);
    return -1;
}

int journal_file_open_reader(sqlite3 **out, const char *path, char errmsg[static ERRMSG_MAX])
{
    sqlite3 *db = NULL;

    must(sodium_init() >= 0);
    if (open_connection(&db, path, SQLITE_OPEN_READONLY, "reading", errmsg) < 0)
        return -1;
    if (check_format(db, path, errmsg) < 0) {
        sqlite3_close(db);
        return -1;
    }
    *out = db;
    return 0;
}

int journal_file_meta_read(sqlite3 *db, const char *key, int64_t *value)
{
    sqlite3_stmt *stmt = NULL;
    int rc = -1;

    if (sqlite3_prepare_v2(db, "SELECT v FROM meta WHERE k=?1", -1, &stmt, NULL) == SQLITE_OK) {
        sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
        if (sqlite3_step(stmt) == SQLITE_ROW) {
            *value = sqlite3_column_int64(stmt, 0);
            rc = 0;
        }
    }
    sqlite3_finalize(stmt);
    return rc;
}

int journal_file_meta_write(sqlite3 *db, const char *key, int64_t value)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, "UPDATE meta SET v=?2 WHERE k=?1", -1, &stmt, NULL);

    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 2, value);
    sqlite3_step(stmt);
    return sqlite3_finalize(stmt);
}
