#include "dispatch/upkeep/rotation.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dispatch/base/log.h"
#include "dispatch/line/ring.h"

#define DAY_MS INT64_C(86400000)

void rotation_init(struct rotation *r, const struct config *config, struct pipeline *pipeline)
{
    memset(r, 0, sizeof(*r));
    r->config = config;
    r->pipeline = pipeline;
    r->day = INT64_MIN;
}

static void seal(uv_work_t *work)
{
    struct rotation *r = work->data;
    r->sealed = journal_seal(r->dir, r->before_ms, &r->sealed_seq, r->errmsg);
}

static void ring(struct rotation *r)
{
    log_error("rotation-failed", "dir=%s why=%s", r->dir, r->errmsg);
    ring_alarm(r->pipeline, ALARM_JOURNAL_ROTATION, 0);
}

static void on_sealed(uv_work_t *work, int status)
{
    struct rotation *r = work->data;
    r->working = false;
    if (r->idle_cb) {
        r->idle_cb(r->context);
        return;
    }
    if (status < 0 || r->sealed < 0)
        ring(r);
    else if (r->sealed_seq > 0)
        journal_drop(r->pipeline->journal, r->sealed_seq);
    log_info("rotation", "sealed_seq=%" PRIu64, r->sealed_seq);
}

void rotation_day(struct rotation *r)
{
    int64_t now_ms = pipeline_now_ms(r->pipeline);
    int64_t day = (now_ms + r->config->server.utc_offset_min * INT64_C(60000)) / DAY_MS;
    if (r->config->journal.keep_days == 0 || r->working || day == r->day)
        return;
    const char *dir =
        r->config->journal.dir[0] ? r->config->journal.dir : r->config->server.data_dir;
    snprintf(r->dir, sizeof(r->dir), "%s", dir);
    r->before_ms = now_ms - r->config->journal.keep_days * DAY_MS;
    r->work.data = r;
    r->working =
        uv_queue_work(r->pipeline->tick.loop, &r->work, seal, on_sealed) == 0;
    r->day = day;
}

void rotation_close(struct rotation *r, void (*idle_cb)(void *context), void *context)
{
    r->idle_cb = idle_cb;
    r->context = context;
    if (!r->working)
        idle_cb(context);
}
