#include "dispatch/readers/warn.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/log.h"
#include "dispatch/must.h"

enum { BATCH = 64 };

/* --- what the detectors asked for, until the journal has it --- */

static struct watch_action *head(struct warn *w)
{
    return &w->pending[w->first % WARN_PENDING_MAX];
}

static void pop(struct warn *w)
{
    w->first++;
    w->in_flight = false;
}

static void on_action(void *context, const struct watch_action *action)
{
    struct warn *w = context;
    if (w->last - w->first == WARN_PENDING_MAX) {
        w->lost++;
        log_warn("warn-lost", "number=%" PRIu64 " lost=%" PRIu64, action->number, w->lost);
        return;
    }
    w->pending[w->last++ % WARN_PENDING_MAX] = *action;
}

static bool on_record(void *context, const struct record *record)
{
    struct warn *w = context;
    warn_follow_record(&w->follow, record);
    w->reader.cursor = record->seq;
    while (record->client == WARN_CLIENT && w->first < w->last &&
           head(w)->number <= record->number)
        pop(w);
    return true;
}

/* --- saying it --- */

/* The journal's record of it takes it off the list; only what left no record is seen to here. */
static void on_reply(void *context, uint64_t tag, const struct reply *reply)
{
    struct warn *w = context;
    if (w->closing || w->first == w->last || head(w)->number != tag)
        return;
    bool later = reply->refusal == REFUSE_FULL || reply->refusal == REFUSE_NO_SPACE;
    if (reply->refusal != REFUSE_NONE)
        log_warn("warn-refused", "number=%" PRIu64 " why=%s", tag,
                 refusal_text[reply->refusal].name);
    if (reply->seq == 0 && later)
        w->in_flight = false; /* with the next record */
    else if (reply->seq <= w->reader.cursor)
        pop(w);
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
    while (!w->in_flight && w->first < w->last) {
        const struct watch_action *action = head(w);
        if (is_history(w, action) ||
            !warn_command(&w->follow, action, &w->lists, &command)) {
            pop(w);
            continue;
        }
        if (w->prepare_cb)
            w->prepare_cb(w->server, &command);
        w->in_flight = true;
        pipeline_submit(w->pipeline, &command, on_reply, w, action->number);
        return;
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
    struct command command = {.kind = COMMAND_FIT_WARNING};
    struct fit_warning *c = &command.fit_warning;
    c->detector = TEXT("scan");
    c->syndrome = (struct text){code, (uint32_t)strlen(code)};
    c->alpha_milli = (int32_t)lround(w->gumbel.alpha * 1000);
    c->beta_milli = (uint32_t)lround(fmax(w->gumbel.beta * 1000, 1));
    c->replicas = w->follow.policy.number.scan_replicas;
    pipeline_submit_own(w->pipeline, &command);
}

/* Once the timer and the worker have ended. */
static void finish_close(struct warn *w)
{
    if (!w->turn_closed || w->fit)
        return;
    warn_follow_close(&w->follow);
    free(w->pending);
    w->closed_cb(w->context);
}

static void on_fit_done(uv_work_t *work, int status)
{
    struct warn *w = work->data;
    if (!w->closing && status == 0 && w->fit_good)
        say_fit(w);
    else if (!w->closing)
        watch_fit_failed(&w->follow.watch, watch_fit_syndrome(w->fit));
    watch_fit_free(w->fit);
    w->fit = NULL;
    if (w->closing)
        finish_close(w);
}

static void start_fit(struct warn *w)
{
    if (w->fit || w->closing)
        return;
    w->fit = watch_fit_wanted(&w->follow.watch);
    if (!w->fit)
        return;
    w->work.data = w;
    if (uv_queue_work(w->turn.loop, &w->work, run_fit, on_fit_done) < 0) {
        watch_fit_free(w->fit);
        w->fit = NULL;
    }
}

/* --- reading --- */

static void on_turn(uv_timer_t *timer);

static void read_on(struct warn *w)
{
    struct feed *feed = &w->pipeline->feed;
    uint64_t began_ns = os_mono_ns();
    while (w->reader.cursor < feed->durable) {
        if (feed_read(feed, w->reader.cursor, BATCH, on_record, w) <= 0) {
            log_error("warn-read", "seq=%" PRIu64 " why=%s", w->reader.cursor, feed->errmsg);
            break;
        }
        if (reader_turn_over(began_ns) && w->reader.cursor < feed->durable) {
            uv_timer_start(&w->turn, on_turn, 0, 0);
            break;
        }
    }
    if (!w->speaks && w->reader.cursor >= w->caught_up_seq) {
        w->speaks = true;
        log_info("warn-follows", "seq=%" PRIu64 " left=%" PRIu64, w->reader.cursor,
                 w->last - w->first);
    }
    if (!w->speaks)
        return;
    speak(w);
    start_fit(w);
}

static void on_turn(uv_timer_t *timer)
{
    read_on(timer->data);
}

static void on_wake(void *self, uint64_t durable_seq)
{
    struct warn *w = self;
    (void)durable_seq;
    if (!uv_is_active((uv_handle_t *)&w->turn))
        read_on(w);
}

/* --- life --- */

int warn_open(struct warn *w, uv_loop_t *loop, const struct config *config,
              const struct watch_policy *policy, struct pipeline *pipeline)
{
    struct limits limits;
    struct policy core_policy;
    memset(w, 0, sizeof(*w));
    pipeline_limits(config, &limits);
    pipeline_policy(config, &core_policy);
    w->pipeline = pipeline;
    w->caught_up_seq = pipeline->feed.durable;
    if (warn_follow_open(&w->follow, &limits, &core_policy, policy, pipeline->feed.journal) < 0) {
        snprintf(w->errmsg, sizeof(w->errmsg), "%s", w->follow.errmsg);
        return -1;
    }
    w->pending = calloc(WARN_PENDING_MAX, sizeof(*w->pending));
    if (!w->pending) {
        warn_follow_close(&w->follow);
        snprintf(w->errmsg, sizeof(w->errmsg), "no memory for the detectors");
        return -1;
    }
    w->follow.action_cb = on_action;
    w->follow.context = w;
    must(uv_timer_init(loop, &w->turn) == 0);
    w->turn.data = w;
    w->reader = (struct reader){"warn", w, on_wake, 0, false};
    w->open = true;
    feed_join(&pipeline->feed, &w->reader);
    uv_timer_start(&w->turn, on_turn, 0, 0);
    return 0;
}

static void on_turn_closed(uv_handle_t *handle)
{
    struct warn *w = handle->data;
    w->turn_closed = true;
    finish_close(w);
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
    uv_timer_stop(&w->turn);
    uv_close((uv_handle_t *)&w->turn, on_turn_closed);
}
