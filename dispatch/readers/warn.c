#include "dispatch/readers/warn.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/log.h"
#include "dispatch/must.h"

/* A worker reads so many at a time, so that what they cause is asked for meanwhile. */
enum { READ_RECORDS = 1000 };

/* --- what the detectors asked for, until the journal has it --- */

static const struct watch_action *head(const struct warn *w)
{
    return &w->pending.row[w->pending.first % WARN_PENDING_MAX];
}

static bool has_pending(const struct warn *w)
{
    return w->pending.first < w->pending.last;
}

static void on_action(void *context, const struct watch_action *action)
{
    struct warn *w = context;
    if (w->pending.last - w->pending.first == WARN_PENDING_MAX) {
        w->lost++;
        log_warn("warn-lost", "number=%" PRIu64 " lost=%" PRIu64, action->number, w->lost);
        return;
    }
    w->pending.row[w->pending.last++ % WARN_PENDING_MAX] = *action;
}

static void on_record(void *context, const struct record *record)
{
    struct warn *w = context;
    while (record->client == WARN_CLIENT && has_pending(w) && head(w)->number <= record->number)
        w->pending.first++;
}

/* --- the worker: reading --- */

/* Where the journal's first records are gone, nothing before its newest snapshot can be read. */
static int begin_anew(struct warn *w)
{
    if (warn_follow_read(&w->follow, 1) == 0)
        return 0;
    snprintf(w->errmsg, sizeof(w->errmsg), "%s", w->follow.errmsg);
    if (warn_follow_reset(&w->follow) < 0 || warn_follow_begin(&w->follow, UINT64_MAX) < 0)
        return -1;
    log_warn("warn-begins-anew", "seq=%" PRIu64 " why=\"%s\"", warn_follow_seq(&w->follow),
             w->errmsg);
    return 0;
}

static int begin(struct warn *w)
{
    int found = warn_keep_get(&w->follow, &w->pending, w->path, w->errmsg);
    if (found < 0)
        log_warn("warn-kept-refused", "why=\"%s\" instead=%s", w->errmsg, "the-journal-again");
    if (found == 1) {
        w->kept_seq = warn_follow_seq(&w->follow);
        log_info("warn-goes-on", "seq=%" PRIu64 " pending=%" PRIu64, w->kept_seq,
                 w->pending.last);
    }
    return found == 1 ? 0 : begin_anew(w);
}

static void keep(struct warn *w)
{
    char why[ERRMSG_MAX];
    uint64_t seq = warn_follow_seq(&w->follow);
    if (!w->begun || seq == w->kept_seq)
        return;
    w->kept_seq = seq;
    if (warn_keep_put(&w->follow, &w->pending, w->path, why) < 0)
        log_error("warn-not-kept", "seq=%" PRIu64 " why=\"%s\"", seq, why);
    else
        log_info("warn-kept", "seq=%" PRIu64, seq);
}

static void read_on(uv_work_t *work)
{
    struct warn *w = work->data;
    w->failed = !w->begun && begin(w) < 0;
    w->begun |= !w->failed;
    if (w->begun && warn_follow_seq(&w->follow) < w->upto_seq)
        w->failed = warn_follow_read(&w->follow, w->upto_seq) < 0;
    if (w->failed)
        log_error("warn-read", "seq=%" PRIu64 " why=\"%s\"", warn_follow_seq(&w->follow),
                  w->follow.errmsg);
    if (w->keeps)
        keep(w);
    if (w->fits)
        w->fit = watch_fit_wanted(&w->follow.watch);
}

/* --- saying it --- */

static void start(struct warn *w);

static bool is_later(const struct reply *reply)
{
    return reply->seq == 0 &&
           (reply->refusal == REFUSE_FULL || reply->refusal == REFUSE_NO_SPACE);
}

static void on_reply(void *context, uint64_t tag, const struct reply *reply)
{
    struct warn *w = context;
    if (w->closing || !w->in_flight || tag != w->asked)
        return;
    if (reply->refusal != REFUSE_NONE)
        log_warn("warn-refused", "number=%" PRIu64 " why=%s", tag,
                 refusal_text[reply->refusal].name);
    w->reply = *reply;
    w->replied = true;
    if (!w->busy && !is_later(reply)) /* else with the next record */
        start(w);
}

/* The journal's record takes it off the list; only what left no record is seen to here. */
static void settle(struct warn *w)
{
    if (w->in_flight && has_pending(w) && head(w)->number == w->asked) {
        if (!w->replied || w->reply.seq > warn_follow_seq(&w->follow))
            return;
        w->pending.first += !is_later(&w->reply);
    }
    w->in_flight = w->replied = false;
}

/* An alert of ten minutes ago is history: the detectors were changed, or nobody watched. */
static bool is_history(const struct warn *w, const struct watch_action *action)
{
    return action->act == WATCH_RAISE &&
           pipeline_now_ms(w->pipeline) - action->at_ms > WARN_LATE_MS;
}

static void speak(struct warn *w)
{
    struct command command;
    while (!w->in_flight && has_pending(w)) {
        const struct watch_action *action = head(w);
        if (is_history(w, action) ||
            !warn_command(&w->follow, action, &w->lists, &command)) {
            w->pending.first++;
            continue;
        }
        if (w->prepare_cb)
            w->prepare_cb(w->server, &command);
        w->in_flight = true;
        w->asked = action->number;
        pipeline_submit(w->pipeline, &command, on_reply, w, action->number);
    }
}

/* --- a night's fit --- */

static void run_fit(uv_work_t *work)
{
    struct warn *w = work->data;
    w->fit_good = watch_fit_run(w->fit, &w->gumbel);
}

static void say_fit(struct warn *w)
{
    uint32_t syndrome = watch_fit_syndrome(w->fit);
    const char *code = w->follow.policy.syndrome[syndrome].code;
    const char *detector = watch_detector_name[WATCH_BY_SCAN];
    struct command command = {.kind = COMMAND_FIT_WARNING};
    struct fit_warning *c = &command.fit_warning;
    c->detector = (struct text){detector, (uint32_t)strlen(detector)};
    c->syndrome = (struct text){code, (uint32_t)strlen(code)};
    c->alpha_milli = (int32_t)lround(w->gumbel.alpha * 1000);
    c->beta_milli = (uint32_t)lround(fmax(w->gumbel.beta * 1000, 1));
    c->replicas = w->follow.policy.number.scan_replicas;
    pipeline_submit_own(w->pipeline, &command);
}

static void end_fit(struct warn *w)
{
    if (w->fit_good)
        say_fit(w);
    else
        watch_fit_failed(&w->follow.watch, watch_fit_syndrome(w->fit));
    watch_fit_free(w->fit);
    w->fit = NULL;
    w->fitted = false;
}

static void turn(struct warn *w);

static void on_fit_done(uv_work_t *work, int status)
{
    struct warn *w = work->data;
    w->fit_good = w->fit_good && status == 0;
    w->fitting = false;
    w->fitted = true;
    turn(w);
}

static void start_fit(struct warn *w)
{
    w->fitting = true;
    w->fit_work.data = w;
    must(uv_queue_work(w->loop, &w->fit_work, run_fit, on_fit_done) == 0);
}

/* --- the loop: between two readings --- */

static void on_read(uv_work_t *work, int status)
{
    struct warn *w = work->data;
    (void)status;
    w->busy = false;
    w->reader.cursor = warn_follow_seq(&w->follow);
    turn(w);
}

static bool keeps_now(const struct warn *w)
{
    const struct config *c = w->config;
    uint64_t seq = warn_follow_seq(&w->follow);
    return w->closing || seq - w->kept_seq >= (uint64_t)c->journal.snapshot_records ||
           os_mono_ms() - w->kept_ms >= c->journal.snapshot_minutes * INT64_C(60000);
}

static void start(struct warn *w)
{
    uint64_t seq = warn_follow_seq(&w->follow), durable = w->pipeline->feed.durable;
    w->upto_seq = w->closing ? seq : durable - seq > READ_RECORDS ? seq + READ_RECORDS : durable;
    w->keeps = keeps_now(w);
    if (w->keeps)
        w->kept_ms = os_mono_ms();
    w->fits = w->speaks && !w->fit && !w->closing;
    w->busy = true;
    w->work.data = w;
    must(uv_queue_work(w->loop, &w->work, read_on, on_read) == 0);
}

static void close_now(struct warn *w)
{
    watch_fit_free(w->fit);
    warn_follow_close(&w->follow);
    journal_reader_close(w->journal);
    free(w->pending.row);
    w->closed_cb(w->context);
}

static void turn(struct warn *w)
{
    if (w->busy)
        return;
    if (w->closing) {
        if (w->begun && warn_follow_seq(&w->follow) != w->kept_seq)
            start(w);
        else if (!w->fitting)
            close_now(w);
        return;
    }
    settle(w);
    if (w->fitted)
        end_fit(w);
    if (!w->speaks && w->begun && warn_follow_seq(&w->follow) >= w->caught_up_seq) {
        w->speaks = true;
        log_info("warn-follows", "seq=%" PRIu64 " left=%" PRIu64, w->reader.cursor,
                 w->pending.last - w->pending.first);
    }
    if (w->speaks)
        speak(w);
    if (w->busy) /* an answer that was there at once has started it */
        return;
    if (w->fit && !w->fitting)
        start_fit(w);
    if (!w->failed && warn_follow_seq(&w->follow) < w->pipeline->feed.durable)
        start(w);
    else if (w->idle_cb)
        w->idle_cb(w->server);
}

static void on_wake(void *self, uint64_t durable_seq)
{
    struct warn *w = self;
    (void)durable_seq;
    if (w->busy)
        return;
    w->failed = false;
    turn(w);
}

bool warn_is_behind(const struct warn *w)
{
    return w->open && !w->closing &&
           (w->busy || w->in_flight ||
            (!w->failed && warn_follow_seq(&w->follow) < w->pipeline->feed.durable));
}

/* --- life --- */

static int open_follow(struct warn *w, const struct watch_policy *policy)
{
    const struct config *c = w->config;
    struct limits limits;
    struct policy core_policy;
    pipeline_limits(c, &limits);
    pipeline_policy(c, &core_policy);
    if (journal_reader_open(&w->journal, c->journal.dir[0] ? c->journal.dir : c->server.data_dir,
                            w->errmsg) < 0)
        return -1;
    if (warn_follow_open(&w->follow, &limits, &core_policy, policy, w->journal) == 0)
        return 0;
    snprintf(w->errmsg, sizeof(w->errmsg), "%s", w->follow.errmsg);
    journal_reader_close(w->journal);
    return -1;
}

int warn_open(struct warn *w, uv_loop_t *loop, const struct config *config,
              const struct watch_policy *policy, struct pipeline *pipeline)
{
    memset(w, 0, sizeof(*w));
    w->pipeline = pipeline;
    w->config = config;
    w->loop = loop;
    w->caught_up_seq = pipeline->feed.durable;
    w->kept_ms = os_mono_ms();
    snprintf(w->path, sizeof(w->path), "%s/detectors.kept", config->server.data_dir);
    w->pending.row = calloc(WARN_PENDING_MAX, sizeof(*w->pending.row));
    if (!w->pending.row) {
        snprintf(w->errmsg, sizeof(w->errmsg), "no memory for the detectors");
        return -1;
    }
    if (open_follow(w, policy) < 0) {
        free(w->pending.row);
        return -1;
    }
    w->follow.action_cb = on_action;
    w->follow.record_cb = on_record;
    w->follow.context = w;
    w->reader = (struct reader){"warn", w, on_wake, 0, false};
    w->open = true;
    feed_join(&pipeline->feed, &w->reader);
    turn(w);
    return 0;
}

void warn_close(struct warn *w, void (*closed_cb)(void *context), void *context)
{
    w->closing = true;
    w->closed_cb = closed_cb;
    w->context = context;
    if (!w->open) {
        closed_cb(context);
        return;
    }
    feed_leave(&w->pipeline->feed, &w->reader);
    turn(w);
}
