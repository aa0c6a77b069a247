/* archive: the journal of a data directory, read beside a server that may be running.
 * Owner: the caller; archive_close in any case. Thread: one. Errors: -1, said.
 * Start here: archive_open, archive_read. */
#ifndef CTL_ARCHIVE_H
#define CTL_ARCHIVE_H

#include "dispatch/ctl/ctl.h"
#include "dispatch/journal/journal.h"
#include "dispatch/line/personal.h"

struct archive {
    const struct ctl *ctl;
    struct journal_reader *reader;
    struct vault vault; /* open only with --personal: then sealed data can be read */
    bool personal;
    struct personal seals;
    struct wire_arena arena;
    uint64_t from_seq, to_seq; /* --from and --to, times already looked up */
};

/* With --personal its keys too; reads --from and --to. An enum ctl_exit. */
int archive_open(struct archive *archive, const struct ctl *ctl);
void archive_close(struct archive *archive);

/* Every record of [from_seq, to_seq], borrowed for the call. */
int archive_read(struct archive *archive,
                 void (*record_cb)(void *context, const struct record *record), void *context);

/* The journal's chain from its beginning. */
int archive_verify(struct archive *archive);

#endif
