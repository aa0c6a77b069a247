/* Snapshots are written by a second core, never by the live one: a worker folds the journal with
 * its own reader and must reach the state the live core had, else no snapshot is kept and the
 * difference is an alarm. So every snapshot also proves that replay equals live. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/log.h"
#include "dispatch/line/fold.h"
#include "dispatch/line/pipeline_impl.h"
#include "dispatch/line/snapshot.h"

enum { SNAPSHOT_BYTES_MAX = 512 * 1024 * 1024 };

struct snapshotter {
    struct pipeline *pipeline;
    uv_loop_t *loop;
    uv_work_t work;
    struct core core; /* the second one: the worker's */
    void *core_memory;
    struct journal_reader *reader;
    struct vault vault;
    struct fold fold;
    struct buffer bytes;
    unsigned char live_digest[SNAPSHOT_DIGEST], own_digest[SNAPSHOT_DIGEST];
    uint64_t seq, last_seq;
    int64_t last_ms, every_ms;
    uint64_t every_records;
    bool busy, begun, failed;
    bool forgets; /* somebody was forgotten while the worker had the vault */
    void (*closed_cb)(struct pipeline *p);
    char errmsg[ERRMSG_MAX];
};

static int open_second_core(struct snapshotter *s, const struct config *config)
{
    struct limits limits;
    struct policy policy;
    const char *dir = config->journal.dir[0] ? config->journal.dir : config->server.data_dir;
    pipeline_limits(config, &limits);
    pipeline_policy(config, &policy);
    s->core_memory = malloc(core_bytes(&limits));
    if (!s->core_memory) {
        snprintf(s->errmsg, sizeof(s->errmsg), "no memory for the second core: lower [limits]");
        return -1;
    }
    core_init(&s->core, s->core_memory, &limits, &policy);
    if (journal_reader_open(&s->reader, dir, s->errmsg) < 0)
        return -1;
    if (vault_init(&s->vault, s->reader, config->privacy.master_key_file,
                   (uint32_t)config->privacy.cache) < 0) {
        snprintf(s->errmsg, sizeof(s->errmsg), "%s", s->vault.errmsg);
        return -1;
    }
    buffer_init(&s->bytes, SNAPSHOT_BYTES_MAX);
    return fold_init(&s->fold, &s->core, s->reader, &s->vault);
}

void pipeline_snapshots_reload(struct pipeline *p, const struct config *config)
{
    struct snapshotter *s = p->snapshotter;
    s->every_records = (uint64_t)config->journal.snapshot_records;
    s->every_ms = config->journal.snapshot_minutes * INT64_C(60000);
}

int pipeline_snapshots_open(struct pipeline *p, const struct config *config, uv_loop_t *loop)
{
    struct snapshotter *s = calloc(1, sizeof(*s));
    if (!s)
        abort();
    p->snapshotter = s;
    s->pipeline = p;
    s->loop = loop;
    pipeline_snapshots_reload(p, config);
    s->last_seq = pipeline_seq(p);
    s->last_ms = os_mono_ms();
    if (open_second_core(s, config) < 0) {
        snprintf(p->errmsg, sizeof(p->errmsg), "%s", s->errmsg);
        return -1;
    }
    return 0;
}

/* In the worker: it reads nothing of the live pipeline that ever changes. */
static void make_snapshot(uv_work_t *work)
{
    struct snapshotter *s = work->data;
    struct personal personal;
    s->failed = true;
    if (!s->begun && fold_snapshot(&s->fold, s->seq) < 0) {
        snprintf(s->errmsg, sizeof(s->errmsg), "%s", s->fold.errmsg);
        return;
    }
    s->begun = true;
    if (fold_records(&s->fold, s->seq) < 0) {
        snprintf(s->errmsg, sizeof(s->errmsg), "%s", s->fold.errmsg);
        return;
    }
    snapshot_digest(&s->core, s->own_digest);
    personal_init(&personal, &s->vault);
    personal_begin(&personal, s->seq);
    buffer_clear(&s->bytes);
    if (snapshot_pack(&s->core, &s->fold.arena, s->pipeline->encrypt ? &personal.wire : NULL,
                      &s->bytes, s->errmsg) < 0)
        return;
    /* Keys go into the journal with records only: a new one here would be lost. */
    s->failed = personal.key_count > 0;
    if (s->failed)
        snprintf(s->errmsg, sizeof(s->errmsg),
                 "[privacy] encrypt was switched on over records in clear: snapshots go on when "
                 "what they hold has been archived");
}

static void keep_snapshot(struct snapshotter *s)
{
    struct pipeline *p = s->pipeline;
    if (s->failed) {
        log_error("snapshot-failed", "seq=%" PRIu64 " why=%s", s->seq, s->errmsg);
    } else if (memcmp(s->live_digest, s->own_digest, SNAPSHOT_DIGEST) != 0) {
        log_error("state-differs", "seq=%" PRIu64 " what=%s", s->seq,
                  "the journal does not fold to the live state; run dispatchctl verify");
        metrics_add(p->metrics, METRIC_STATE_DIFFERS, 1);
    } else if (journal_put_snapshot(p->journal, s->seq, s->fold.hash, s->bytes.bytes, s->bytes.n) <
               0) {
        log_warn("snapshot-late", "seq=%" PRIu64, s->seq);
    } else {
        log_info("snapshot", "seq=%" PRIu64 " bytes=%zu", s->seq, s->bytes.n);
    }
}

void pipeline_snapshots_forget(struct pipeline *p, const struct record *record)
{
    struct snapshotter *s = p->snapshotter;
    if (s && s->busy)
        s->forgets = true;
    else if (s)
        personal_drop(&s->vault, record);
}

static void on_made(uv_work_t *work, int status)
{
    struct snapshotter *s = work->data;
    s->busy = false;
    if (s->forgets)
        vault_empty(&s->vault);
    s->forgets = false;
    if (status == 0)
        keep_snapshot(s);
    s->last_seq = s->seq;
    s->last_ms = os_mono_ms();
    if (s->closed_cb)
        pipeline_snapshots_close(s->pipeline, s->closed_cb);
}

void pipeline_maybe_snapshot(struct pipeline *p, uint64_t durable_seq)
{
    struct snapshotter *s = p->snapshotter;
    uint64_t since = s ? durable_seq - s->last_seq : 0;
    if (since == 0 || s->busy || s->closed_cb) /* no snapshotter: the pipeline closes */
        return;
    bool due = since >= s->every_records || os_mono_ms() - s->last_ms >= s->every_ms;
    if (!due || durable_seq != pipeline_seq(p)) /* only where the live state is the durable one */
        return;
    s->busy = true;
    s->seq = durable_seq;
    snapshot_digest(&p->core, s->live_digest);
    s->work.data = s;
    uv_queue_work(s->loop, &s->work, make_snapshot, on_made);
}

void pipeline_snapshots_close(struct pipeline *p, void (*closed_cb)(struct pipeline *p))
{
    struct snapshotter *s = p->snapshotter;
    s->closed_cb = closed_cb;
    if (s->busy)
        return;
    fold_close(&s->fold);
    vault_close(&s->vault);
    journal_reader_close(s->reader);
    buffer_close(&s->bytes);
    free(s->core_memory);
    free(s);
    p->snapshotter = NULL;
    closed_cb(p);
}
