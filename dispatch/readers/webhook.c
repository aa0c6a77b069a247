#include "dispatch/readers/webhook.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/log.h"

enum { BATCH = 256 };

static int fail(struct webhook *w, const char *what, const char *of)
{
    snprintf(w->errmsg, sizeof(w->errmsg), "[webhook] %s: %.300s", what, of);
    return -1;
}

/* --- what is told --- */

static bool is_notice(enum fact_kind kind)
{
    return kind == FACT_ALERT_RAISED || kind == FACT_ALERT_UPDATED || kind == FACT_ALERT_CLEARED;
}

/* The alert as of this fact. The live state, which may be ahead, has what the fact does not repeat:
 * its detector, and of one that is cleared, which does not change any more, all but the verdict. */
static bool alert_of(const struct webhook *w, const struct record *record, const struct fact *fact,
                     struct alert *alert)
{
    uint64_t id = fact->kind == FACT_ALERT_RAISED    ? fact->alert_raised.alert.v
                  : fact->kind == FACT_ALERT_UPDATED ? fact->alert_updated.alert.v
                                                     : fact->alert_cleared.alert.v;
    const struct alert *live = state_alert(&w->pipeline->core.state, id);
    if (!live && fact->kind != FACT_ALERT_RAISED) {
        log_error("alert-untold", "alert=%" PRIu64 " seq=%" PRIu64 " why=archived", id,
                  record->seq);
        return false;
    }
    *alert = live ? *live : (struct alert){0};
    if (fact->kind == FACT_ALERT_RAISED) {
        alert->notice = 1;
        alert->before_ms = 0;
    }
    schema_copy(object_schema(OBJECT_ALERT), alert, fact_schema(fact->kind), fact_body(fact));
    alert->state = fact->kind == FACT_ALERT_CLEARED ? ALERT_CLEARED : ALERT_RAISED;
    alert->notice_ms = record->now_ms;
    return true;
}

static bool is_old(const struct webhook *w, int64_t ms)
{
    return ms < pipeline_now_ms(w->pipeline) - w->config->webhook.age_max_h * INT64_C(3600000);
}

/* Writes the document of this fact. false: there is none to tell. */
static bool prepare(struct webhook *w, const struct record *record, const struct fact *fact)
{
    struct alert alert;
    if (!is_notice(fact->kind) || is_old(w, record->now_ms) ||
        !alert_of(w, record, fact, &alert) || !cap_leaves(&w->cap, &alert))
        return false;
    struct cap_notice notice = cap_notice_of(&alert);
    buffer_clear(&w->body);
    if (cap_write(&w->cap, &notice, &w->body) < 0) {
        log_error("alert-untold", "alert=%" PRIu64 " seq=%" PRIu64 " why=memory", alert.alert.v,
                  record->seq);
        buffer_clear(&w->body);
        return false;
    }
    cap_identifier(&w->cap, alert.alert.v, alert.notice, w->key);
    w->alert = alert.alert;
    w->sent_ms = record->now_ms;
    return true;
}

static bool on_record(void *context, const struct record *record)
{
    struct webhook *w = context;
    while (w->part < record->fact_count) {
        const struct fact *fact = &record->fact[w->part++];
        if (!prepare(w, record, fact))
            continue;
        w->last = true;
        for (uint32_t i = w->part; i < record->fact_count; i++)
            w->last = w->last && !is_notice(record->fact[i].kind);
        return false;
    }
    w->part = 0;
    w->reader.cursor = record->seq;
    return !reader_turn_over(w->turn_ns);
}

/* --- telling it --- */

static void work(struct webhook *w);

static void on_again(uv_timer_t *timer)
{
    work(timer->data);
}

static void signature(const struct webhook *w, const char *signed_at, char *out, size_t max)
{
    crypto_auth_hmacsha256_state state;
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    char text[sodium_base64_ENCODED_LEN(sizeof(mac), sodium_base64_VARIANT_ORIGINAL)];
    crypto_auth_hmacsha256_init(&state, w->secret, w->secret_size);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)w->key, strlen(w->key));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)".", 1);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)signed_at, strlen(signed_at));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)".", 1);
    crypto_auth_hmacsha256_update(&state, w->body.bytes, w->body.n);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_bin2base64(text, sizeof(text), mac, sizeof(mac), sodium_base64_VARIANT_ORIGINAL);
    snprintf(out, max, "Webhook-Signature: v1,%s", text);
}

static int post(struct webhook *w)
{
    char key[CAP_KEY_MAX + 32], at[32], stamp[64], signed_by[128];
    const char *headers[] = {"Content-Type: application/cap+xml", key, stamp,
                             w->secret_size ? signed_by : NULL, NULL};
    snprintf(key, sizeof(key), "Idempotency-Key: %s", w->key);
    snprintf(at, sizeof(at), "%" PRId64, pipeline_wall_ms(w->pipeline) / 1000);
    snprintf(stamp, sizeof(stamp), "Webhook-Timestamp: %s", at);
    signature(w, at, signed_by, sizeof(signed_by));
    struct curl_post post = {w->config->webhook.url, headers, w->body.bytes, w->body.n,
                             w->config->webhook.timeout_ms};
    return curl_loop_post(&w->curl, &post);
}

/* The next fact; of the record when it was the last that it has to tell. */
static void go_on(struct webhook *w)
{
    buffer_clear(&w->body);
    memset(&w->backoff, 0, sizeof(w->backoff));
    w->reader.down = false;
}

static void told(struct webhook *w)
{
    struct command command = {.kind = COMMAND_TELL_ALERT};
    command.tell_alert.alert = w->alert;
    command.tell_alert.told_seq = w->reader.cursor + w->last;
    pipeline_submit_own(w->pipeline, &command);
    metrics_add(w->metrics, METRIC_ALERTS_TOLD, 1);
    log_info("alert-told", "key=%s", w->key);
    go_on(w);
}

static void failed(struct webhook *w, long status, const char *why)
{
    uint64_t wait_ms = backoff_ms(&w->backoff);
    metrics_add(w->metrics, METRIC_WEBHOOK_FAILURES, 1);
    w->reader.down = true;
    log_warn("webhook-failed", "key=%s status=%ld why=\"%s\" again_ms=%" PRIu64, w->key, status,
             why, wait_ms);
    if (is_old(w, w->sent_ms)) {
        log_error("alert-untold", "key=%s why=too-old", w->key);
        go_on(w);
    }
    uv_timer_start(&w->again, on_again, wait_ms, 0);
}

static void on_done(void *context, long status, const char *why)
{
    struct webhook *w = context;
    if (status >= 200 && status < 300)
        told(w);
    else
        failed(w, status, why);
    work(w);
}

static void find_next(struct webhook *w)
{
    w->turn_ns = os_mono_ns();
    while (w->body.n == 0 && w->reader.cursor < w->durable_seq) {
        if (feed_read(&w->pipeline->feed, w->reader.cursor, BATCH, on_record, w) <= 0) {
            failed(w, 0, w->pipeline->feed.errmsg);
            return;
        }
        if (w->body.n == 0 && reader_turn_over(w->turn_ns)) {
            uv_timer_start(&w->again, on_again, 1, 0);
            return;
        }
    }
}

static void work(struct webhook *w)
{
    if (w->closing || w->curl.asking || uv_is_active((uv_handle_t *)&w->again))
        return;
    if (w->body.n == 0)
        find_next(w);
    if (w->body.n && post(w) < 0)
        failed(w, 0, "no memory");
}

static void on_wake(void *self, uint64_t durable_seq)
{
    struct webhook *w = self;
    w->durable_seq = durable_seq;
    work(w);
}

/* --- life --- */

static int read_secret(struct webhook *w)
{
    const char *path = w->config->webhook.secret_file;
    unsigned char *bytes;
    size_t size;
    if (!*path)
        return 0;
    if (os_check_private(path) < 0)
        return fail(w, "secret_file is readable by others, or not there", path);
    if (os_read_file(path, WEBHOOK_SECRET_MAX, &bytes, &size) < 0)
        return fail(w, "secret_file cannot be read", path);
    while (size && (bytes[size - 1] == '\n' || bytes[size - 1] == '\r'))
        size--;
    memcpy(w->secret, bytes, size);
    w->secret_size = size;
    sodium_memzero(bytes, size);
    free(bytes);
    return size ? 0 : fail(w, "secret_file is empty", path);
}

/* From the first time on, not from the beginning of the journal. */
static void begin_here(struct webhook *w)
{
    struct command command = {.kind = COMMAND_TELL_ALERT};
    w->reader.cursor = pipeline_seq(w->pipeline);
    command.tell_alert.told_seq = w->reader.cursor;
    pipeline_submit_own(w->pipeline, &command);
}

int webhook_open(struct webhook *w, uv_loop_t *loop, const struct config *config,
                 struct pipeline *pipeline, struct metrics *metrics)
{
    struct journal_head head;
    const char *url = config->webhook.url;
    memset(w, 0, sizeof(*w));
    w->config = config;
    w->pipeline = pipeline;
    w->metrics = metrics;
    if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
        return fail(w, "url is neither http:// nor https://", url);
    if (read_secret(w) < 0)
        return -1;
    if (journal_read_head(pipeline->reader, &head) < 0)
        return fail(w, "the journal cannot be read", journal_reader_errmsg(pipeline->reader));
    if (curl_loop_open(&w->curl, loop, on_done, w) < 0)
        return fail(w, "no memory for", url);
    cap_init(&w->cap, config, &head);
    buffer_init(&w->body, WEBHOOK_DOCUMENT_MAX);
    uv_timer_init(loop, &w->again);
    w->again.data = w;
    w->reader = (struct reader){"webhook", w, on_wake, pipeline->core.state.head->told_seq, false};
    w->durable_seq = journal_durable_seq(pipeline->journal);
    if (w->reader.cursor == 0)
        begin_here(w);
    feed_join(&pipeline->feed, &w->reader);
    work(w);
    return 0;
}

static void on_closed(void *context)
{
    struct webhook *w = context;
    buffer_close(&w->body);
    sodium_memzero(w->secret, sizeof(w->secret));
    w->closed_cb(w->context);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct webhook *w = handle->data;
    curl_loop_close(&w->curl, on_closed, w);
}

void webhook_close(struct webhook *w, void (*closed_cb)(void *context), void *context)
{
    w->closing = true;
    w->closed_cb = closed_cb;
    w->context = context;
    feed_leave(&w->pipeline->feed, &w->reader);
    uv_close((uv_handle_t *)&w->again, on_timer_closed);
}
