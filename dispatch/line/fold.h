/* fold: a journal into a core. The server at start, the snapshot's second core, `dispatchctl
 * verify` and `replay` all come to their state through here.
 *
 * Owner: the caller's core, reader, arena; `vault` NULL reads what is sealed as empty.
 * Thread: the core's. Errors: -1 with a text that names the seq and says what to do. */
#ifndef LINE_FOLD_H
#define LINE_FOLD_H

#include "dispatch/core/core.h"
#include "dispatch/line/personal.h"

struct fold {
    struct core *core;
    struct journal_reader *reader;
    struct personal personal;
    struct wire_arena arena;
    uint64_t records;  /* folded so far */
    uint64_t snapshot_seq; /* where it began; 0: at the beginning */
    /* Told of every record after it was applied; may be NULL. */
    void (*record_cb)(void *context, const struct record *record,
                      const unsigned char hash[static JOURNAL_HASH_SIZE]);
    void *context;
    unsigned char hash[JOURNAL_HASH_SIZE]; /* of the last record folded */
    char errmsg[ERRMSG_MAX];
};

int fold_init(struct fold *fold, struct core *core, struct journal_reader *reader,
              struct vault *vault);
void fold_close(struct fold *fold);

/* Begins with the newest snapshot at or before seq_max, if there is one. Requires: a fresh core. */
int fold_snapshot(struct fold *fold, uint64_t seq_max);

/* Applies records up to seq_max, UINT64_MAX: all that are durable. */
int fold_records(struct fold *fold, uint64_t seq_max);

#endif
