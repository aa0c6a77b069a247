/* journal_file: the SQLite file under the journal; only journal*.c include this.
 *
 *   ev(seq, at_ms, client, number, body, hash)   the records; rows are only ever added
 *   snap(seq, hash, digest, body)                the last three snapshots
 *   person(kind, id, key, seq)                   the vault's keys; an empty key is a forgotten
 * person meta(k, v)                                   format, journal_id, epoch, open
 *
 * WAL mode, synchronous=FULL and secure_delete, each read back. A file that says that a server was
 * running and has nothing in the -wal beside it has lost acknowledged records, and is refused.
 * The caller owns the connection; one thread at a time. Errors: 0 or -1 with errmsg. */
#ifndef JOURNAL_JOURNAL_FILE_H
#define JOURNAL_JOURNAL_FILE_H

#include <limits.h>
#include <sqlite3.h>

#include "dispatch/journal/journal.h"

enum { JOURNAL_FORMAT = 1 };

/* meta.open. */
enum journal_open_state {
    JOURNAL_CLOSED = 0,
    JOURNAL_OPEN = 1,     /* the -wal file is never empty now */
    JOURNAL_EMPTYING = 2, /* it is being emptied, so that a deleted key is not left in it */
};

int journal_file_path(const char *dir, char path[static PATH_MAX], char errmsg[static ERRMSG_MAX]);

/* Create where missing. Closing leaves the -wal file as it is, until told otherwise: whoever could
 * not read it to its end must not empty it. */
int journal_file_open_writer(sqlite3 **db, const char *path, char errmsg[static ERRMSG_MAX]);
int journal_file_open_reader(sqlite3 **db, const char *path, char errmsg[static ERRMSG_MAX]);

int journal_file_meta_read(sqlite3 *db, const char *key, int64_t *value);
int journal_file_meta_write(sqlite3 *db, const char *key, int64_t value); /* an SQLite code */

/* A reader of a file that is not in its place yet (a back-up). */
int journal_reader_open_file(struct journal_reader **out, const char *path,
                             char errmsg[static ERRMSG_MAX]);

__attribute__((format(printf, 2, 3))) void journal_file_fail(char errmsg[static ERRMSG_MAX],
                                                             const char *format, ...);

#endif
