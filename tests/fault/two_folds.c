#include "tests/fault/two_folds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/line/fold.h"
#include "dispatch/line/pipeline.h"
#include "dispatch/line/snapshot.h"
#include "dispatch/must.h"

static int fold_all(struct fold *fold, bool from_snapshot)
{
    if (from_snapshot && fold_snapshot(fold, UINT64_MAX) < 0)
        return -1;
    return fold_records(fold, UINT64_MAX);
}

static int digest_of(const struct config *config, struct journal_reader *reader, bool from_snapshot,
                     unsigned char digest[static SNAPSHOT_DIGEST], uint64_t *snapshot_seq,
                     char errmsg[static ERRMSG_MAX])
{
    struct limits limits;
    struct policy policy;
    struct core core;
    struct vault vault;
    struct fold fold;

    pipeline_limits(config, &limits);
    pipeline_policy(config, &policy);
    void *memory = malloc(core_bytes(&limits));
    must(memory && vault_init(&vault, reader, "", 4096) == 0);
    core_init(&core, memory, &limits, &policy);
    must(fold_init(&fold, &core, reader, &vault) == 0);
    int rc = fold_all(&fold, from_snapshot);
    if (rc < 0)
        snprintf(errmsg, ERRMSG_MAX, "%s", fold.errmsg);
    *snapshot_seq = fold.snapshot_seq;
    snapshot_digest(&core, digest);
    fold_close(&fold);
    vault_close(&vault);
    free(memory);
    return rc;
}

int two_folds(const struct config *config, const char *dir, uint64_t *snapshot_seq,
              char errmsg[static ERRMSG_MAX])
{
    unsigned char whole[SNAPSHOT_DIGEST], tail[SNAPSHOT_DIGEST];
    struct journal_reader *reader;

    if (journal_reader_open(&reader, dir, errmsg) < 0)
        return -1;
    int rc = digest_of(config, reader, false, whole, snapshot_seq, errmsg);
    if (rc == 0)
        rc = digest_of(config, reader, true, tail, snapshot_seq, errmsg);
    if (rc == 0 && memcmp(whole, tail, SNAPSHOT_DIGEST) != 0) {
        snprintf(errmsg, ERRMSG_MAX, "the journal does not fold to what its snapshot folds to");
        rc = -1;
    }
    journal_reader_close(reader);
    return rc;
}
