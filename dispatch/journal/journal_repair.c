/* Back-up, restore and cut. The last two build a new file from what is whole, with the next epoch,
 * and only then put it in the old one's place; the order of the renames is such that a crash in
 * between leaves either the old journal or one that refuses to open and says why. */
#include "dispatch/journal/journal_sealed.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct repair {
    char path[PATH_MAX];  /* the journal */
    char fresh[PATH_MAX]; /* what will replace it */
    int lock_fd;
    char *errmsg;
};

static int fail_errno(struct repair *repair, const char *path, int rc)
{
    journal_file_fail(repair->errmsg, "%s: %s", path, strerror(-rc));
    return -1;
}

static int fail_sqlite(struct repair *repair, sqlite3 *db)
{
    journal_file_fail(repair->errmsg, "%s: %s", repair->fresh, sqlite3_errmsg(db));
    return -1;
}

static int begin(struct repair *repair, const char *dir)
{
    char lock[PATH_MAX + 16];
    int rc;

    if (journal_file_path(dir, repair->path, repair->errmsg) < 0)
        return -1;
    snprintf(repair->fresh, sizeof(repair->fresh), "%.*s.new", PATH_MAX - 8, repair->path);
    snprintf(lock, sizeof(lock), "%s/journal.lock", dir);
    rc = os_make_dirs(dir);
    if (rc == 0)
        rc = os_lock_file(lock, &repair->lock_fd);
    if (rc == 0)
        return 0;
    if (rc == -EWOULDBLOCK)
        journal_file_fail(repair->errmsg, "a server holds %s: stop it first", lock);
    else
        fail_errno(repair, lock, rc);
    return -1;
}

/* Copy records, snapshots and keys up to a seq. A forgetting is copied whatever its seq. */
static int copy_rows(struct repair *repair, sqlite3 *db, const char *source, uint64_t upto_seq)
{
    static const char *const copies[] = {
        "INSERT INTO main.ev SELECT * FROM source.ev WHERE seq <= ?1 ORDER BY seq",
        "INSERT INTO main.snap SELECT * FROM source.snap WHERE seq <= ?1",
        "INSERT INTO main.person SELECT * FROM source.person WHERE seq <= ?1 OR length(key)=0",
        "REPLACE INTO main.meta SELECT * FROM source.meta WHERE k='journal_id' AND ?1 >= 0",
        "REPLACE INTO main.meta SELECT * FROM source.meta WHERE k='epoch' AND ?1 >= 0",
    };
    char *attach = sqlite3_mprintf("ATTACH %Q AS source", source);
    int rc = attach ? sqlite3_exec(db, attach, NULL, NULL, NULL) : SQLITE_NOMEM;

    sqlite3_free(attach);
    for (size_t i = 0; rc == SQLITE_OK && i < sizeof(copies) / sizeof(copies[0]); i++) {
        sqlite3_stmt *stmt = NULL;
        rc = sqlite3_prepare_v2(db, copies[i], -1, &stmt, NULL);
        if (rc != SQLITE_OK)
            break;
        sqlite3_bind_int64(stmt, 1, upto_seq > INT64_MAX ? INT64_MAX : (int64_t)upto_seq);
        sqlite3_step(stmt);
        rc = sqlite3_finalize(stmt);
    }
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, "DETACH source", NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : fail_sqlite(repair, db);
}

/* What the replaced file still tells: its epoch, and whom it had forgotten. A file too damaged to
 * say is passed over. */
static void heed_replaced(sqlite3 *db, const char *replaced)
{
    char *attach = sqlite3_mprintf("ATTACH %Q AS replaced", replaced);

    if (attach && access(replaced, R_OK) == 0 &&
        sqlite3_exec(db, attach, NULL, NULL, NULL) == SQLITE_OK) {
        sqlite3_exec(db,
                     "INSERT INTO main.person SELECT * FROM replaced.person WHERE length(key)=0"
                     " ON CONFLICT(kind, id) DO UPDATE SET key=excluded.key",
                     NULL, NULL, NULL);
        sqlite3_exec(db,
                     "UPDATE main.meta SET v=max(v, (SELECT v FROM replaced.meta WHERE k='epoch'))"
                     " WHERE k='epoch' AND (SELECT v FROM replaced.meta WHERE k='epoch') > v",
                     NULL, NULL, NULL);
        sqlite3_exec(db, "DETACH replaced", NULL, NULL, NULL);
    }
    sqlite3_free(attach);
}

static int finish_file(struct repair *repair, sqlite3 *db)
{
    if (sqlite3_exec(db, "UPDATE meta SET v=v+1 WHERE k='epoch'", NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) == SQLITE_OK)
        return 0;
    return fail_sqlite(repair, db);
}

static void remove_fresh(const struct repair *repair)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    char path[PATH_MAX + 8];

    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "%s%s", repair->fresh, endings[i]);
        unlink(path);
    }
}

static int build(struct repair *repair, const char *source, uint64_t upto_seq)
{
    sqlite3 *db = NULL;
    int rc;

    remove_fresh(repair);
    if (journal_file_open_writer(&db, repair->fresh, repair->errmsg) < 0)
        return -1;
    /* Reading the old journal must not change it, not even by emptying its -wal file. */
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, strcmp(source, repair->path) == 0,
                      NULL);
    rc = copy_rows(repair, db, source, upto_seq);
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (rc == 0)
        heed_replaced(db, repair->path);
    if (rc == 0)
        rc = finish_file(repair, db);
    sqlite3_close(db);
    return rc;
}

/* The copy is what will be served, so the copy is what is checked. */
static int check_fresh(struct repair *repair, uint64_t upto_seq, uint64_t *end_seq)
{
    struct journal_reader *reader = NULL;
    struct journal_head head = {0};
    uint64_t bad_seq = 0;
    int rc = -1;

    if (journal_reader_open_file(&reader, repair->fresh, repair->errmsg) < 0)
        return -1;
    if (journal_verify_file(reader, &bad_seq) < 0)
        journal_file_fail(repair->errmsg, "%s: nothing was changed", journal_reader_errmsg(reader));
    else if (journal_read_head(reader, &head) < 0)
        journal_file_fail(repair->errmsg, "%s", journal_reader_errmsg(reader));
    else if (upto_seq != UINT64_MAX && head.seq != upto_seq)
        journal_file_fail(repair->errmsg, "there are only %" PRIu64 " records: nothing was changed",
                          head.seq);
    else
        rc = 0;
    journal_reader_close(reader);
    *end_seq = head.seq;
    return rc;
}

static int keep_aside(const char *path, const char *ending, int64_t now_ms, bool link_only)
{
    char from[PATH_MAX + 8], to[PATH_MAX + 64];

    snprintf(from, sizeof(from), "%s%s", path, ending);
    snprintf(to, sizeof(to), "%s.before-%" PRId64 "%s", path, now_ms, ending);
    int rc = link_only ? link(from, to) : rename(from, to);
    return rc < 0 && errno != ENOENT ? -errno : 0;
}

/* First the -wal file goes, so that it can never be applied to the new journal. */
static int swap_in(struct repair *repair, const char *dir)
{
    int64_t now_ms = os_wall_ms();
    int rc = keep_aside(repair->path, "-wal", now_ms, false);

    if (rc == 0)
        rc = keep_aside(repair->path, "-shm", now_ms, false);
    if (rc == 0)
        rc = keep_aside(repair->path, "", now_ms, true);
    if (rc == 0 && rename(repair->fresh, repair->path) < 0)
        rc = -errno;
    if (rc == 0)
        rc = os_sync_dir(dir);
    return rc == 0 ? 0 : fail_errno(repair, repair->path, rc);
}

static int rebuild(const char *dir, const char *source, uint64_t upto_seq,
                   char errmsg[static ERRMSG_MAX])
{
    struct repair repair = {.lock_fd = -1, .errmsg = errmsg};
    uint64_t end_seq = 0;
    int rc = begin(&repair, dir);

    if (rc < 0)
        return -1;
    rc = build(&repair, source ? source : repair.path, upto_seq);
    if (rc == 0)
        rc = check_fresh(&repair, upto_seq, &end_seq);
    if (rc == 0)
        rc = swap_in(&repair, dir);
    if (rc == 0)
        rc = journal_sealed_set_aside(repair.path, end_seq, os_wall_ms(), errmsg);
    remove_fresh(&repair);
    os_unlock_file(repair.lock_fd);
    return rc;
}

int journal_restore(const char *dir, const char *path, char errmsg[static ERRMSG_MAX])
{
    if (access(path, R_OK) < 0) {
        journal_file_fail(errmsg, "%s: %s", path, strerror(errno));
        return -1;
    }
    return rebuild(dir, path, UINT64_MAX, errmsg);
}

int journal_cut(const char *dir, uint64_t after_seq, char errmsg[static ERRMSG_MAX])
{
    return rebuild(dir, NULL, after_seq, errmsg);
}

int journal_backup(const char *dir, const char *path, char errmsg[static ERRMSG_MAX])
{
    struct repair repair = {.errmsg = errmsg};
    sqlite3 *db = NULL;
    char *sql;
    int rc;

    if (journal_file_path(dir, repair.path, errmsg) < 0)
        return -1;
    if (access(path, F_OK) == 0) {
        journal_file_fail(errmsg, "%s exists and is not overwritten", path);
        return -1;
    }
    if (journal_file_open_reader(&db, repair.path, errmsg) < 0)
        return -1;
    sql = sqlite3_mprintf("VACUUM INTO %Q", path);
    rc = sql ? sqlite3_exec(db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;
    if (rc != SQLITE_OK)
        journal_file_fail(errmsg, "%s: %s", path, sqlite3_errmsg(db));
    sqlite3_free(sql);
    sqlite3_close(db);
    if (rc != SQLITE_OK)
        return -1;
    rc = os_sync_file(path);
    return rc < 0 ? fail_errno(&repair, path, rc) : 0;
}
