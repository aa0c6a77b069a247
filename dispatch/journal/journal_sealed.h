/* journal_sealed: the journal's older days, each rotation a file of its own that is never written
 * again; only journal*.c include this.
 *
 *   DIR/journal.db              the newest records
 *   DIR/sealed/FROM-TO.db       those before, the same tables, mode 0400, verified when made
 *
 * FROM and TO are numbers of records, 16 digits. The file of the newest records keeps record TO,
 * so that its chain hangs on the sealed one. Sealed files may be moved away: then the records in
 * them are missed by whoever asks for them, and by nobody else.
 * Owner: the caller. Thread: any. Errors: 0 or -1 with errmsg. */
#ifndef JOURNAL_JOURNAL_SEALED_H
#define JOURNAL_JOURNAL_SEALED_H

#include "dispatch/journal/journal_file.h"

struct journal_sealed {
    uint64_t from, to;
};

/* The file that holds this record: 1, 0 when there is none, -1. `file` is the journal's. */
int journal_sealed_find(const char *file, uint64_t seq, struct journal_sealed *found,
                        char path[static PATH_MAX], char errmsg[static ERRMSG_MAX]);

/* Files with records after `seq`, which another journal is to write anew, are set aside as
 * NAME.before-<ms>. */
int journal_sealed_set_aside(const char *file, uint64_t seq, int64_t now_ms,
                             char errmsg[static ERRMSG_MAX]);

#endif
