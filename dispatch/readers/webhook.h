/* webhook: the reader that tells alerts to another house, as CAP documents over HTTP.
 *
 *   POST <url>   Content-Type: application/cap+xml
 *                Idempotency-Key: <the document's identifier>
 *                Webhook-Timestamp: <seconds>
 *                Webhook-Signature: v1,<base64 of HMAC-SHA256(secret, "key.timestamp.body")>
 *
 * One document at a time, in the order of the journal; any 2xx is "told", everything else is tried
 * again, ever more slowly, until the document is older than [webhook] age_max_h. That it was told
 * is a fact (alert_told): the audit of what left the house, and where to go on after a restart. A
 * document whose answer was lost goes out again under the same key.
 *
 * Owner: the server. Thread: the loop's; never waits. Errors: webhook_open -1 with errmsg;
 * afterwards it only lags (reader.cursor, reader.down). Start here: webhook_open. */
#ifndef READERS_WEBHOOK_H
#define READERS_WEBHOOK_H

#include "dispatch/cap/cap.h"
#include "dispatch/line/pipeline.h"
#include "dispatch/readers/backoff.h"
#include "dispatch/readers/curl_loop.h"

enum { WEBHOOK_SECRET_MAX = 256, WEBHOOK_DOCUMENT_MAX = 64 * 1024 };

struct webhook {
    struct reader reader;
    const struct config *config; /* borrowed; [webhook], [cap] */
    struct pipeline *pipeline;
    struct metrics *metrics;
    struct cap cap;
    struct curl_loop curl;
    unsigned char secret[WEBHOOK_SECRET_MAX];
    size_t secret_size;
    /* The document being told: of fact `part` - 1 of the record after the cursor. */
    struct buffer body;
    char key[CAP_KEY_MAX];
    struct alert_id alert;
    int64_t sent_ms;
    uint32_t part;
    bool last; /* of that record */
    struct backoff backoff;
    uint64_t durable_seq, turn_ns;
    uv_timer_t again;
    bool closing;
    void (*closed_cb)(void *context);
    void *context;
    char errmsg[ERRMSG_MAX];
};

/* `config`, `pipeline` and `metrics` must outlive it. Joins the feed. */
int webhook_open(struct webhook *webhook, uv_loop_t *loop, const struct config *config,
                 struct pipeline *pipeline, struct metrics *metrics);
void webhook_close(struct webhook *webhook, void (*closed_cb)(void *context), void *context);

#endif
