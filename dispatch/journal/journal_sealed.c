#include "dispatch/journal/journal_sealed.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NUMBER_DIGITS = 16, NAME_CHARS = 2 * NUMBER_DIGITS + 4 };

/* --- which files there are --- */

/* DIR/sealed of DIR/journal.db. */
static int dir_of(const char *file, char dir[static PATH_MAX], char errmsg[static ERRMSG_MAX])
{
    const char *slash = strrchr(file, '/');
    int n = slash ? (int)(slash - file) : 1;
    if (snprintf(dir, PATH_MAX, "%.*s/sealed", n, slash ? file : ".") < PATH_MAX - 64)
        return 0;
    journal_file_fail(errmsg, "the journal's directory name is too long");
    return -1;
}

static void path_of(const char *dir, const struct journal_sealed *sealed,
                    char path[static PATH_MAX])
{
    snprintf(path, PATH_MAX, "%.*s/%016" PRIu64 "-%016" PRIu64 ".db", PATH_MAX - 64, dir,
             sealed->from, sealed->to);
}

static bool read_number(const char *text, uint64_t *number)
{
    *number = 0;
    for (int i = 0; i < NUMBER_DIGITS; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *number = *number * 10 + (uint64_t)(text[i] - '0');
    }
    return true;
}

static bool read_name(const char *name, struct journal_sealed *sealed)
{
    return strlen(name) == NAME_CHARS && read_number(name, &sealed->from) &&
           name[NUMBER_DIGITS] == '-' && read_number(name + NUMBER_DIGITS + 1, &sealed->to) &&
           strcmp(name + 2 * NUMBER_DIGITS + 1, ".db") == 0 && sealed->from <= sealed->to;
}

/* Calls each_cb for every sealed file, in no order, until it says false. 0 or -1. */
static int each_file(const char *dir, bool (*each_cb)(void *ctx, const struct journal_sealed *),
                     void *ctx, char errmsg[static ERRMSG_MAX])
{
    struct journal_sealed sealed;
    struct dirent *entry;
    DIR *all = opendir(dir);
    if (!all && errno == ENOENT)
        return 0;
    if (!all) {
        journal_file_fail(errmsg, "%s: %s", dir, strerror(errno));
        return -1;
    }
    while ((entry = readdir(all)))
        if (read_name(entry->d_name, &sealed) && !each_cb(ctx, &sealed))
            break;
    closedir(all);
    return 0;
}

struct search {
    uint64_t seq;
    struct journal_sealed found;
    bool any;
};

static bool holds(void *ctx, const struct journal_sealed *sealed)
{
    struct search *search = ctx;
    if (sealed->from > search->seq || sealed->to < search->seq)
        return true;
    search->found = *sealed;
    search->any = true;
    return false;
}

int journal_sealed_find(const char *file, uint64_t seq, struct journal_sealed *found,
                        char path[static PATH_MAX], char errmsg[static ERRMSG_MAX])
{
    struct search search = {.seq = seq};
    char dir[PATH_MAX];
    if (dir_of(file, dir, errmsg) < 0 || each_file(dir, holds, &search, errmsg) < 0)
        return -1;
    if (!search.any)
        return 0;
    *found = search.found;
    path_of(dir, found, path);
    return 1;
}

static bool is_last(void *ctx, const struct journal_sealed *sealed)
{
    struct search *search = ctx;
    if (sealed->to > search->found.to)
        search->found = *sealed;
    return true;
}

/* The last record that is sealed; 0: none is. */
static int last_sealed(const char *dir, uint64_t *seq, char errmsg[static ERRMSG_MAX])
{
    struct search search = {0};
    if (each_file(dir, is_last, &search, errmsg) < 0)
        return -1;
    *seq = search.found.to;
    return 0;
}

struct aside {
    const char *dir;
    uint64_t seq;
    int64_t now_ms;
    int failed; /* errno */
};

static bool set_aside(void *ctx, const struct journal_sealed *sealed)
{
    struct aside *aside = ctx;
    char from[PATH_MAX], to[PATH_MAX + 32];
    if (sealed->to <= aside->seq)
        return true;
    path_of(aside->dir, sealed, from);
    snprintf(to, sizeof(to), "%s.before-%" PRId64, from, aside->now_ms);
    aside->failed = rename(from, to) < 0 ? errno : 0;
    return !aside->failed;
}

int journal_sealed_set_aside(const char *file, uint64_t seq, int64_t now_ms,
                             char errmsg[static ERRMSG_MAX])
{
    char dir[PATH_MAX];
    if (dir_of(file, dir, errmsg) < 0)
        return -1;
    struct aside aside = {.dir = dir, .seq = seq, .now_ms = now_ms};
    if (each_file(dir, set_aside, &aside, errmsg) < 0)
        return -1;
    if (!aside.failed)
        return 0;
    journal_file_fail(errmsg, "%s: %s", dir, strerror(aside.failed));
    return -1;
}

/* --- sealing --- */

/* One seal in the making. */
struct seal {
    char file[PATH_MAX], dir[PATH_MAX], fresh[PATH_MAX], path[PATH_MAX];
    struct journal_sealed range;
    char *errmsg;
};

static int fail_errno(const struct seal *seal, const char *path, int rc)
{
    journal_file_fail(seal->errmsg, "%s: %s", path, strerror(-rc));
    return -1;
}

/* The file is read from many places and written by nobody: no -wal beside it. */
static int copy_records(const struct seal *seal)
{
    static const char script[] = "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;"
                                 "ATTACH %Q AS live; BEGIN;"
                                 "INSERT INTO main.ev SELECT * FROM live.ev"
                                 " WHERE seq BETWEEN %llu AND %llu ORDER BY seq;"
                                 "REPLACE INTO main.meta SELECT * FROM live.meta"
                                 " WHERE k IN ('journal_id', 'epoch'); COMMIT; DETACH live;";
    sqlite3 *db = NULL;
    if (journal_file_open_writer(&db, seal->fresh, seal->errmsg) < 0)
        return -1;
    char *sql = sqlite3_mprintf(script, seal->file, (unsigned long long)seal->range.from,
                                (unsigned long long)seal->range.to);
    int rc = sql ? sqlite3_exec(db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;
    if (rc != SQLITE_OK)
        journal_file_fail(seal->errmsg, "%s: %s", seal->fresh, sqlite3_errmsg(db));
    sqlite3_free(sql);
    sqlite3_close(db);
    return rc == SQLITE_OK ? 0 : -1;
}

static bool keep_hash(void *ctx, const struct journal_record *record,
                      const unsigned char hash[static JOURNAL_HASH_SIZE])
{
    (void)record;
    memcpy(ctx, hash, JOURNAL_HASH_SIZE);
    return false;
}

/* The hash of one record, as the journal has it. */
static int hash_of(struct journal_reader *reader, uint64_t seq,
                   unsigned char hash[static JOURNAL_HASH_SIZE])
{
    memset(hash, 0, JOURNAL_HASH_SIZE);
    return seq == 0 || journal_read(reader, seq - 1, 1, keep_hash, hash) == 1 ? 0 : -1;
}

/* What was written is read again: a whole chain from the record before to the same hash. */
static int check_copy(const struct seal *seal, struct journal_reader *live)
{
    unsigned char before[JOURNAL_HASH_SIZE], end[JOURNAL_HASH_SIZE], copied[JOURNAL_HASH_SIZE];
    struct journal_reader *copy = NULL;
    uint64_t bad_seq = 0;
    int rc = -1;
    if (hash_of(live, seal->range.from - 1, before) < 0 ||
        hash_of(live, seal->range.to, end) < 0) {
        journal_file_fail(seal->errmsg, "%s", journal_reader_errmsg(live));
        return -1;
    }
    if (journal_reader_open_file(&copy, seal->fresh, seal->errmsg) < 0)
        return -1;
    if (journal_verify_from(copy, seal->range.from - 1, before, &bad_seq) < 0 ||
        hash_of(copy, seal->range.to, copied) < 0)
        journal_file_fail(seal->errmsg, "%s", journal_reader_errmsg(copy));
    else if (memcmp(copied, end, JOURNAL_HASH_SIZE) != 0)
        journal_file_fail(seal->errmsg, "%s ends otherwise than the journal", seal->fresh);
    else
        rc = 0;
    journal_reader_close(copy);
    return rc;
}

static int put_in_place(const struct seal *seal)
{
    int rc = chmod(seal->fresh, 0400) < 0 ? -errno : os_sync_file(seal->fresh);
    if (rc == 0 && rename(seal->fresh, seal->path) < 0)
        rc = -errno;
    if (rc == 0)
        rc = os_sync_dir(seal->dir);
    return rc < 0 ? fail_errno(seal, seal->path, rc) : 0;
}

static void remove_fresh(const struct seal *seal)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    char path[PATH_MAX + 16];
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        snprintf(path, sizeof(path), "%s%s", seal->fresh, endings[i]);
        unlink(path);
    }
}

static int make_file(struct seal *seal, struct journal_reader *live)
{
    path_of(seal->dir, &seal->range, seal->path);
    snprintf(seal->fresh, sizeof(seal->fresh), "%.*s/.new", PATH_MAX - 64, seal->dir);
    int rc = os_make_dirs(seal->dir);
    if (rc < 0)
        return fail_errno(seal, seal->dir, rc);
    remove_fresh(seal);
    rc = copy_records(seal);
    if (rc == 0)
        rc = check_copy(seal, live);
    if (rc == 0)
        rc = put_in_place(seal);
    if (rc < 0)
        remove_fresh(seal);
    return rc;
}

static bool take_at(void *ctx, const struct journal_record *record,
                    const unsigned char hash[static JOURNAL_HASH_SIZE])
{
    (void)hash;
    *(int64_t *)ctx = record->at_ms;
    return false;
}

/* Times never go back along the chain. INT64_MAX: it cannot be read. */
static int64_t at_of(struct journal_reader *reader, uint64_t seq)
{
    int64_t at_ms = INT64_MAX;
    return journal_read(reader, seq - 1, 1, take_at, &at_ms) == 1 ? at_ms : INT64_MAX;
}

/* The last record before `before_ms`, of those after `seq`; `seq` when there is none. */
static uint64_t last_before(struct journal_reader *reader, uint64_t seq, uint64_t end,
                            int64_t before_ms)
{
    while (seq < end) {
        uint64_t middle = end - (end - seq) / 2;
        if (at_of(reader, middle) < before_ms)
            seq = middle;
        else
            end = middle - 1;
    }
    return seq;
}

/* After a restore that was cut short a sealed file may tell another history: nothing may be dropped
 * for its sake. The journal always keeps the last record that is sealed. */
static int check_end(const struct seal *seal, struct journal_reader *live, uint64_t sealed_seq)
{
    unsigned char kept[JOURNAL_HASH_SIZE], sealed[JOURNAL_HASH_SIZE];
    struct journal_sealed range;
    struct journal_reader *reader = NULL;
    char path[PATH_MAX];
    if (journal_sealed_find(seal->file, sealed_seq, &range, path, seal->errmsg) != 1 ||
        journal_reader_open_file(&reader, path, seal->errmsg) < 0)
        return -1;
    int rc = hash_of(reader, sealed_seq, sealed);
    if (rc == 0)
        rc = hash_of(live, sealed_seq, kept);
    journal_reader_close(reader);
    if (rc == 0 && memcmp(kept, sealed, JOURNAL_HASH_SIZE) == 0)
        return 0;
    journal_file_fail(seal->errmsg,
                      "%.300s is not of this journal: set it aside (after a restore or a cut)",
                      path);
    return -1;
}

static int seal_rest(struct seal *seal, struct journal_reader *live, int64_t before_ms,
                     uint64_t *sealed_seq)
{
    struct journal_head head;
    if (last_sealed(seal->dir, sealed_seq, seal->errmsg) < 0)
        return -1;
    if (journal_read_head(live, &head) < 0) {
        journal_file_fail(seal->errmsg, "%s", journal_reader_errmsg(live));
        return -1;
    }
    if (*sealed_seq > 0 && check_end(seal, live, *sealed_seq) < 0)
        return -1;
    uint64_t last = last_before(live, *sealed_seq, head.seq, before_ms);
    if (last == *sealed_seq)
        return 0;
    seal->range = (struct journal_sealed){*sealed_seq + 1, last};
    if (make_file(seal, live) < 0)
        return -1;
    *sealed_seq = last;
    return 0;
}

int journal_seal(const char *dir, int64_t before_ms, uint64_t *sealed_seq,
                 char errmsg[static ERRMSG_MAX])
{
    struct seal seal = {.errmsg = errmsg};
    struct journal_reader *live = NULL;
    if (journal_file_path(dir, seal.file, errmsg) < 0 || dir_of(seal.file, seal.dir, errmsg) < 0 ||
        journal_reader_open(&live, dir, errmsg) < 0)
        return -1;
    int rc = seal_rest(&seal, live, before_ms, sealed_seq);
    journal_reader_close(live);
    return rc;
}
