#include <string.h>

#include "dispatch/ingest/jt808_session.h"
#include "dispatch/ingest/jt808_string.h"

/* 0x8300 flags: urgent, on the display, read aloud. Urgent is bit 0 in 2013, value 2 of bits 0–1
 * in 2019; the 2019 type 2 is "service". */
enum {
    TEXT_FLAGS_2013 = 1 << 0 | 1 << 2 | 1 << 3,
    TEXT_FLAGS_2019 = 2 << 0 | 1 << 2 | 1 << 3,
    TEXT_TYPE_SERVICE = 2,
};

static void report(struct jt808_server *s, const struct jt808_downlink *d,
                   enum jt808_receipt receipt)
{
    struct jt808_terminal t = d->terminal;
    s->events.receipt_cb(s->events.ctx, &t, d->token, receipt);
}

/* Ends it; the place is free before the caller hears of it and may already use it again. */
static void finish(struct jt808_server *s, struct jt808_downlink *d, enum jt808_receipt receipt)
{
    d->used = false;
    report(s, d, receipt);
}

static int downlink_write(struct jt808_downlink *d, struct jt808_peer *peer, uint8_t *wire,
                          size_t size)
{
    if (d->kind == JT808_DOWNLINK_TRACK)
        return jt808_write_track(peer, &d->track, wire, size);
    uint8_t flags = peer->version == JT808_2019 ? TEXT_FLAGS_2019 : TEXT_FLAGS_2013;
    return jt808_write_text(peer, flags, TEXT_TYPE_SERVICE, d->text, wire, size);
}

static void downlink_send(struct jt808_server *s, struct jt808_link *link, struct jt808_downlink *d)
{
    uint8_t wire[JT808_WIRE_MAX];
    struct jt808_session *session = link->session;
    d->serial = session->peer.serial;
    int length = downlink_write(d, &session->peer, wire, sizeof wire);
    if (length <= 0) {
        finish(s, d, JT808_RECEIPT_REFUSED);
        return;
    }
    d->sent = true;
    report(s, d, JT808_RECEIPT_SENT);
    jt808_session_send(session, wire, length);
}

/* The oldest one for this terminal that has not been sent. */
static struct jt808_downlink *next_unsent(struct jt808_server *s, const struct jt808_link *link)
{
    struct jt808_downlink *oldest = NULL;
    for (uint32_t i = 0; i < s->config.downlinks_max; i++) {
        struct jt808_downlink *d = &s->downlinks[i];
        if (d->used && !d->sent && d->terminal.id == link->terminal.id &&
            (oldest == NULL || d->order < oldest->order))
            oldest = d;
    }
    return oldest;
}

void jt808_downlink_flush(struct jt808_server *s, struct jt808_link *link)
{
    struct jt808_downlink *d;
    while (link->session != NULL && (d = next_unsent(s, link)) != NULL)
        downlink_send(s, link, d);
}

void jt808_downlink_unsent(struct jt808_server *s, const struct jt808_link *link)
{
    for (uint32_t i = 0; i < s->config.downlinks_max; i++) {
        struct jt808_downlink *d = &s->downlinks[i];
        if (!d->used || !d->sent || d->terminal.id != link->terminal.id)
            continue;
        d->sent = false;
        report(s, d, JT808_RECEIPT_QUEUED);
    }
}

void jt808_downlink_answered(struct jt808_server *s, const struct jt808_link *link,
                             const struct jt808_reply *reply)
{
    for (uint32_t i = 0; i < s->config.downlinks_max; i++) {
        struct jt808_downlink *d = &s->downlinks[i];
        uint16_t id = d->kind == JT808_DOWNLINK_TEXT ? JT808_TEXT : JT808_TRACK;
        if (!d->used || !d->sent || d->terminal.id != link->terminal.id ||
            d->serial != reply->serial || reply->msg_id != id)
            continue;
        finish(s, d, reply->result == JT808_DONE ? JT808_RECEIPT_CONFIRMED : JT808_RECEIPT_REFUSED);
        return;
    }
}

void jt808_downlink_expire(struct jt808_server *s)
{
    for (uint32_t i = 0; i < s->config.downlinks_max; i++) {
        if (s->downlinks[i].used && uv_now(s->port.loop) >= s->downlinks[i].expires_at)
            finish(s, &s->downlinks[i], JT808_RECEIPT_EXPIRED);
    }
}

/* 0 and a free place, or an enum jt808_send_error. */
static int downlink_place(struct jt808_server *s, uint64_t token, struct jt808_downlink **out)
{
    struct jt808_downlink *vacant = NULL;
    for (uint32_t i = 0; i < s->config.downlinks_max; i++) {
        struct jt808_downlink *d = &s->downlinks[i];
        if (d->used && d->token == token)
            return JT808_SEND_TOKEN;
        if (!d->used && vacant == NULL)
            vacant = d;
    }
    if (vacant == NULL)
        return JT808_SEND_FULL;
    *out = vacant;
    return 0;
}

static void downlink_take(struct jt808_server *s, struct jt808_downlink *d,
                          const struct jt808_terminal *t, uint32_t life_ms, uint64_t token)
{
    d->used = true;
    d->sent = false;
    d->terminal = *t;
    d->token = token;
    d->order = s->downlink_order++;
    d->expires_at = uv_now(s->port.loop) + (life_ms != 0 ? life_ms : s->config.receipt_ms);
}

static void downlink_start(struct jt808_server *s, struct jt808_downlink *d)
{
    struct jt808_link *link = jt808_server_link(s, d->terminal.id);
    if (link != NULL && link->session != NULL)
        jt808_downlink_flush(s, link);
    else
        report(s, d, JT808_RECEIPT_QUEUED);
}

int jt808_server_send_text(struct jt808_server *s, const struct jt808_terminal *t, const char *utf8,
                           uint32_t life_ms, uint64_t token)
{
    uint8_t gbk[JT808_TEXT_MAX];
    struct jt808_downlink *d;
    size_t length = strlen(utf8);
    if (length > JT808_TEXT_MAX * 3 || jt808_string_write(utf8, gbk, sizeof gbk) < 0)
        return JT808_SEND_TOO_LONG;
    int error = downlink_place(s, token, &d);
    if (error != 0)
        return error;
    downlink_take(s, d, t, life_ms, token);
    d->kind = JT808_DOWNLINK_TEXT;
    memcpy(d->text, utf8, length + 1);
    downlink_start(s, d);
    return 0;
}

int jt808_server_set_rate(struct jt808_server *s, const struct jt808_terminal *t,
                          const struct jt808_track *track, uint32_t life_ms, uint64_t token)
{
    struct jt808_downlink *d;
    int error = downlink_place(s, token, &d);
    if (error != 0)
        return error;
    downlink_take(s, d, t, life_ms, token);
    d->kind = JT808_DOWNLINK_TRACK;
    d->track = *track;
    downlink_start(s, d);
    return 0;
}
