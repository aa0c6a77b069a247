#include "tests/fault/broken.h"

#include "dispatch/journal/journal_file.h"
#include "dispatch/must.h"

enum broken broken;
int broken_wal_pages = 1000;

int __real_journal_file_open_writer(sqlite3 **db, const char *path, char errmsg[static ERRMSG_MAX]);
int __wrap_journal_file_open_writer(sqlite3 **db, const char *path, char errmsg[static ERRMSG_MAX]);
int __real_journal_file_meta_write(sqlite3 *db, const char *key, int64_t value);
int __wrap_journal_file_meta_write(sqlite3 *db, const char *key, int64_t value);
int __real_sqlite3_file_control(sqlite3 *db, const char *name, int what, void *with);
int __wrap_sqlite3_file_control(sqlite3 *db, const char *name, int what, void *with);
int __real_sqlite3_wal_checkpoint_v2(sqlite3 *db, const char *name, int mode, int *log, int *done);
int __wrap_sqlite3_wal_checkpoint_v2(sqlite3 *db, const char *name, int mode, int *log, int *done);

/* A -wal file with nothing in it to be written again. */
static int no_size(sqlite3_file *file, sqlite3_int64 *size)
{
    (void)file;
    *size = 0;
    return SQLITE_OK;
}

static const sqlite3_io_methods empty_methods = {.iVersion = 1, .xFileSize = no_size};
static sqlite3_file empty_file = {&empty_methods};

int __wrap_sqlite3_file_control(sqlite3 *db, const char *name, int what, void *with)
{
    if (broken != BROKEN_BOOT || what != SQLITE_FCNTL_JOURNAL_POINTER)
        return __real_sqlite3_file_control(db, name, what, with);
    *(sqlite3_file **)with = &empty_file;
    return SQLITE_OK;
}

int __wrap_journal_file_open_writer(sqlite3 **db, const char *path, char errmsg[static ERRMSG_MAX])
{
    int rc = __real_journal_file_open_writer(db, path, errmsg);

    if (rc < 0)
        return rc;
    sqlite3_wal_autocheckpoint(*db, broken_wal_pages);
    if (broken == BROKEN_SYNC)
        sqlite3_exec(*db, "PRAGMA synchronous=NORMAL", NULL, NULL, NULL);
    return 0;
}

int __wrap_journal_file_meta_write(sqlite3 *db, const char *key, int64_t value)
{
    if (broken == BROKEN_BOOT && value == JOURNAL_OPEN)
        return SQLITE_OK;
    return __real_journal_file_meta_write(db, key, value);
}

int __wrap_sqlite3_wal_checkpoint_v2(sqlite3 *db, const char *name, int mode, int *log, int *done)
{
    if (broken == BROKEN_BOOT && mode == SQLITE_CHECKPOINT_PASSIVE)
        return SQLITE_OK;
    return __real_sqlite3_wal_checkpoint_v2(db, name, mode, log, done);
}
