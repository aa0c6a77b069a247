#include "dispatch/line/fold.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dispatch/line/snapshot.h"

int fold_init(struct fold *fold, struct core *core, struct journal_reader *reader,
              struct vault *vault)
{
    memset(fold, 0, sizeof(*fold));
    fold->core = core;
    fold->reader = reader;
    personal_init(&fold->personal, vault);
    if (wire_arena_init(&fold->arena, WIRE_ARENA) < 0) {
        snprintf(fold->errmsg, sizeof(fold->errmsg), "no memory to read the journal with");
        return -1;
    }
    return 0;
}

void fold_close(struct fold *fold)
{
    wire_arena_close(&fold->arena);
}

static const struct wire_vault *vault_of(struct fold *fold, uint64_t seq)
{
    personal_begin(&fold->personal, seq);
    return fold->personal.vault ? &fold->personal.wire : NULL;
}

int fold_snapshot(struct fold *fold, uint64_t seq_max)
{
    struct journal_snapshot snapshot;
    if (journal_read_snapshot(fold->reader, seq_max, &snapshot) < 0) {
        snprintf(fold->errmsg, sizeof(fold->errmsg), "%s", journal_reader_errmsg(fold->reader));
        return -1;
    }
    if (snapshot.seq == 0)
        return 0;
    int result = snapshot_unpack(fold->core, &fold->arena, vault_of(fold, snapshot.seq),
                                 snapshot.bytes, snapshot.size, fold->errmsg);
    if (result == 0 && fold->core->state.head->seq != snapshot.seq) {
        snprintf(fold->errmsg, sizeof(fold->errmsg),
                 "the snapshot of seq %" PRIu64 " holds the state of seq %" PRIu64, snapshot.seq,
                 fold->core->state.head->seq);
        result = -1;
    }
    memcpy(fold->hash, snapshot.hash, sizeof(fold->hash));
    fold->snapshot_seq = snapshot.seq;
    journal_snapshot_free(&snapshot);
    return result;
}

struct folding {
    struct fold *fold;
    uint64_t seq_max;
    bool failed;
};

static bool fold_one(void *context, const struct journal_record *stored,
                     const unsigned char hash[static JOURNAL_HASH_SIZE])
{
    struct folding *f = context;
    struct fold *fold = f->fold;
    struct record record;
    if (stored->seq > f->seq_max)
        return false;
    wire_arena_reset(&fold->arena);
    snprintf(fold->arena.errmsg, sizeof(fold->arena.errmsg), "it follows seq %" PRIu64,
             fold->core->state.head->seq);
    if (wire_record_unpack(&fold->arena, stored->body, stored->size, vault_of(fold, stored->seq),
                           &record) < 0 ||
        record.seq != stored->seq || record.seq != fold->core->state.head->seq + 1) {
        snprintf(fold->errmsg, sizeof(fold->errmsg),
                 "record %" PRIu64 " of the journal cannot be read (%.200s): this program may be "
                 "older than the one that wrote it; else restore a backup with "
                 "`dispatchctl restore`",
                 stored->seq, fold->arena.errmsg);
        f->failed = true;
        return false;
    }
    core_apply(fold->core, &record);
    if (fold->personal.vault)
        personal_drop(fold->personal.vault, &record);
    fold->records++;
    memcpy(fold->hash, hash, sizeof(fold->hash));
    if (fold->record_cb)
        fold->record_cb(fold->context, &record, hash);
    return true;
}

int fold_records(struct fold *fold, uint64_t seq_max)
{
    enum { CHUNK = 4096 };
    for (;;) {
        struct folding f = {fold, seq_max, false};
        int64_t n = journal_read(fold->reader, fold->core->state.head->seq, CHUNK, fold_one, &f);
        if (n < 0)
            snprintf(fold->errmsg, sizeof(fold->errmsg), "%s", journal_reader_errmsg(fold->reader));
        if (n < 0 || f.failed)
            return -1;
        if (n < CHUNK || fold->core->state.head->seq >= seq_max)
            return 0;
    }
}
