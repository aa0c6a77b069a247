#include "sim/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"

static void start(struct device *t);
static void break_off(struct device *t);

/* ---- writing ---- */

struct writing {
    uv_write_t request;
    uint8_t wire[JT808_WIRE_MAX];
};

static void on_written(uv_write_t *request, int status)
{
    (void)status; /* a broken link is told by the reader */
    free(request->data);
}

/* Writes a frame that a jt808_write_… function put into *w; n is what it returned. */
static void send_frame(struct device *t, struct writing *w, int n)
{
    must(n > 0); /* our own messages fit */
    uv_buf_t part = uv_buf_init((char *)w->wire, (unsigned)n);
    w->request.data = w;
    if (uv_write(&w->request, (uv_stream_t *)&t->tcp, &part, 1, on_written) < 0)
        free(w);
}

static struct writing *new_frame(void)
{
    struct writing *w = malloc(sizeof(*w));
    must(w); /* the simulator has nothing better to do without memory */
    return w;
}

static void say_register(struct device *t)
{
    struct writing *w = new_frame();
    struct jt808_register r = {.province = 64, .city = 200, .plate_colour = 2};
    snprintf(r.maker, sizeof(r.maker), "SIM");
    snprintf(r.model, sizeof(r.model), "citysim");
    snprintf(r.terminal_id, sizeof(r.terminal_id), "%.7s",
             t->config.phone + (strlen(t->config.phone) > 7 ? strlen(t->config.phone) - 7 : 0));
    snprintf(r.plate, sizeof(r.plate), "%s", t->config.plate);
    t->state = DEVICE_REGISTERING;
    send_frame(t, w, jt808_write_register(&t->peer, &r, w->wire, sizeof(w->wire)));
}

static void say_auth(struct device *t)
{
    struct writing *w = new_frame();
    struct jt808_auth a = {.form = t->config.version};
    snprintf(a.code, sizeof(a.code), "%s", t->auth_code);
    snprintf(a.imei, sizeof(a.imei), "000000000000000");
    snprintf(a.software, sizeof(a.software), "citysim");
    t->state = DEVICE_PROVING;
    send_frame(t, w, jt808_write_auth(&t->peer, &a, w->wire, sizeof(w->wire)));
}

static void say_heartbeat(struct device *t)
{
    struct writing *w = new_frame();
    send_frame(t, w, jt808_write_empty(&t->peer, JT808_HEARTBEAT, w->wire, sizeof(w->wire)));
}

static void say_receipt(struct device *t, const struct jt808_header *of, uint8_t result)
{
    struct writing *w = new_frame();
    struct jt808_reply reply = {.serial = of->serial, .msg_id = of->msg_id, .result = result};
    send_frame(t, w, jt808_write_reply(&t->peer, JT808_REPLY, &reply, w->wire, sizeof(w->wire)));
}

static void say_fix(struct device *t, const struct jt808_position *fix)
{
    struct writing *w = new_frame();
    t->sent[t->sent_next].serial = t->peer.serial;
    t->sent[t->sent_next].fix = *fix;
    t->sent_next = (t->sent_next + 1) % DEVICE_SENT;
    t->counts.fixes++;
    send_frame(t, w, jt808_write_position(&t->peer, fix, w->wire, sizeof(w->wire)));
}

static void say_press(struct device *t, uint8_t event)
{
    struct writing *w = new_frame();
    t->counts.presses++;
    send_frame(t, w, jt808_write_event(&t->peer, event, w->wire, sizeof(w->wire)));
}

static void say_batch(struct device *t, size_t n)
{
    struct writing *w = new_frame();
    send_frame(t, w, jt808_write_batch(&t->peer, true, t->backlog, n, w->wire, sizeof(w->wire)));
    t->counts.reuploads += n;
    memmove(t->backlog, t->backlog + n, (t->backlog_n - n) * sizeof(t->backlog[0]));
    t->backlog_n -= n;
}

/* ---- what waits ---- */

static bool heard(const struct device *t)
{
    return t->state == DEVICE_LINKED && t->up && !t->blind;
}

static void keep_fix(struct device *t, const struct jt808_position *fix)
{
    if (t->backlog_n == DEVICE_BACKLOG_MAX) {
        memmove(t->backlog, t->backlog + 1, (DEVICE_BACKLOG_MAX - 1) * sizeof(t->backlog[0]));
        t->backlog_n--;
        t->counts.dropped++;
    }
    t->backlog[t->backlog_n++] = *fix;
}

static void catch_up(struct device *t)
{
    while (heard(t) && t->backlog_n > 0)
        say_batch(t, t->backlog_n < DEVICE_BATCH ? t->backlog_n : DEVICE_BATCH);
    for (size_t i = 0; heard(t) && i < t->press_n; i++)
        say_press(t, t->press[i]);
    if (heard(t))
        t->press_n = 0;
}

void device_fix(struct device *t, const struct jt808_position *fix)
{
    if (heard(t))
        say_fix(t, fix);
    else
        keep_fix(t, fix);
}

void device_press(struct device *t, uint8_t event)
{
    if (heard(t))
        say_press(t, event);
    else if (t->press_n < DEVICE_PRESSES)
        t->press[t->press_n++] = event;
}

void device_set_blind(struct device *t, bool blind)
{
    t->blind = blind;
    catch_up(t);
}

static uint32_t interval_s(const struct device *t)
{
    return t->track_s && t->now_ms < t->track_until_ms ? t->track_s : t->position_s;
}

bool device_tick(struct device *t, int64_t now_ms)
{
    t->now_ms = now_ms;
    if (heard(t) && now_ms >= t->heartbeat_due_ms) {
        say_heartbeat(t);
        t->heartbeat_due_ms = now_ms + (int64_t)t->heartbeat_s * 1000;
    }
    if (now_ms < t->fix_due_ms)
        return false;
    t->fix_due_ms = now_ms + (int64_t)interval_s(t) * 1000;
    return true;
}

/* ---- what the platform says ---- */

static void take_register_reply(struct device *t, const struct jt808_message *m)
{
    struct jt808_register_reply reply;

    if (jt808_register_reply_read(m->body, m->body_len, &reply) < 0 ||
        reply.result != JT808_REGISTERED) {
        break_off(t); /* not known yet: the city may still be being defined */
        return;
    }
    snprintf(t->auth_code, sizeof(t->auth_code), "%s", reply.auth_code);
    say_auth(t);
}

static void take_linked(struct device *t)
{
    t->state = DEVICE_LINKED;
    t->counts.links++;
    t->heartbeat_due_ms = t->now_ms;
    if (t->events.linked_cb)
        t->events.linked_cb(t->events.user);
    catch_up(t);
}

static void take_reply(struct device *t, const struct jt808_message *m)
{
    struct jt808_reply reply;

    if (jt808_reply_read(m->body, m->body_len, &reply) < 0)
        return;
    if (t->state == DEVICE_PROVING && reply.msg_id == JT808_AUTH) {
        if (reply.result == JT808_DONE) {
            take_linked(t);
        } else {
            t->auth_code[0] = 0;
            say_register(t);
        }
        return;
    }
    for (size_t i = 0; i < DEVICE_SENT; i++)
        if (reply.msg_id == JT808_POSITION && reply.result != JT808_DONE &&
            t->sent[i].serial == reply.serial && t->sent[i].fix.at_ok)
            keep_fix(t, &t->sent[i].fix);
}

static void take_text(struct device *t, const struct jt808_message *m)
{
    struct jt808_text text;
    bool good = jt808_text_read(m, &text) == 0;

    say_receipt(t, &m->header, good ? JT808_DONE : JT808_WRONG);
    if (!good)
        return;
    t->counts.texts++;
    t->events.text_cb(t->events.user, text.text);
}

static void take_track(struct device *t, const struct jt808_message *m)
{
    struct jt808_track track;
    bool good = jt808_track_read(m->body, m->body_len, &track) == 0;

    say_receipt(t, &m->header, good ? JT808_DONE : JT808_WRONG);
    if (!good)
        return;
    t->track_s = track.interval_s;
    t->track_until_ms = t->now_ms + (int64_t)track.validity_s * 1000;
    t->fix_due_ms = t->now_ms;
}

static uint32_t big_endian(const struct jt808_param *p)
{
    uint32_t value = 0;
    for (int i = 0; i < p->length && i < 4; i++)
        value = value << 8 | p->value[i];
    return value;
}

static void take_params(struct device *t, const struct jt808_message *m)
{
    struct jt808_param param;
    size_t at = 0;
    int got;

    while ((got = jt808_param_next(m->body, m->body_len, &at, &param)) > 0) {
        uint32_t value = big_endian(&param);
        if (param.id == 0x0001 && value > 0)
            t->heartbeat_s = value;
        if (param.id == 0x0029 && value > 0)
            t->position_s = value;
    }
    say_receipt(t, &m->header, got < 0 ? JT808_WRONG : JT808_DONE);
}

static void take_message(struct device *t, const struct jt808_message *m)
{
    switch (m->header.msg_id) {
    case JT808_REGISTER_REPLY:
        if (t->state == DEVICE_REGISTERING)
            take_register_reply(t, m);
        break;
    case JT808_PLATFORM_REPLY:
        take_reply(t, m);
        break;
    case JT808_TEXT:
        take_text(t, m);
        break;
    case JT808_TRACK:
        take_track(t, m);
        break;
    case JT808_SET_PARAMS:
        take_params(t, m);
        break;
    default:
        say_receipt(t, &m->header, JT808_UNSUPPORTED);
        break;
    }
}

/* ---- the link's life ---- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct device *t = handle->data;
    (void)suggested;
    *buf = uv_buf_init(t->read, sizeof(t->read));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct device *t = stream->data;
    const uint8_t *at = (const uint8_t *)buf->base, *frame;
    uint8_t room[JT808_FRAME_MAX];
    struct jt808_message message;
    size_t frame_len;

    if (n < 0) {
        break_off(t);
        return;
    }
    for (size_t left = (size_t)n; left > 0 && t->up;) {
        size_t took = jt808_deframer_next(&t->deframer, at, left, &frame, &frame_len);
        at += took;
        left -= took;
        if (frame && jt808_frame_read(frame, frame_len, room, &message) == 0)
            take_message(t, &message);
    }
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct device *t = handle->data;
    if (t->closed_cb)
        t->closed_cb(t);
}

static void on_retry(uv_timer_t *timer)
{
    start(timer->data);
}

static void on_tcp_closed(uv_handle_t *handle)
{
    struct device *t = handle->data;
    t->open = false;
    if (t->closing)
        uv_close((uv_handle_t *)&t->retry, on_timer_closed);
    else
        uv_timer_start(&t->retry, on_retry, t->config.retry_ms, 0);
}

static void break_off(struct device *t)
{
    if (!t->up)
        return;
    t->up = false;
    t->counts.lost += t->state == DEVICE_LINKED;
    t->state = DEVICE_DOWN;
    uv_close((uv_handle_t *)&t->tcp, on_tcp_closed);
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct device *t = connect->data;

    if (status == UV_ECANCELED || !t->up)
        return;
    if (status < 0 || uv_read_start((uv_stream_t *)&t->tcp, on_alloc, on_read) < 0) {
        break_off(t);
        return;
    }
    jt808_deframer_init(&t->deframer);
    if (t->auth_code[0])
        say_auth(t);
    else
        say_register(t);
}

static void start(struct device *t)
{
    struct sockaddr_in to;

    must(uv_ip4_addr(t->config.platform.host, t->config.platform.port, &to) == 0);
    must(uv_tcp_init(t->loop, &t->tcp) == 0);
    t->tcp.data = t;
    t->connect.data = t;
    t->open = true;
    t->up = true;
    if (uv_tcp_connect(&t->connect, &t->tcp, (const struct sockaddr *)&to, on_connected) < 0)
        break_off(t);
}

int device_init(struct device *t, uv_loop_t *loop, const struct device_config *config,
                const struct device_events *events)
{
    memset(t, 0, sizeof(*t));
    t->config = *config;
    t->events = *events;
    t->loop = loop;
    t->position_s = config->position_s;
    t->heartbeat_s = config->heartbeat_s;
    t->peer.version = config->version;
    t->peer.revision = config->version == JT808_2019;
    memcpy(t->peer.terminal, config->phone, sizeof(t->peer.terminal));
    int err = uv_timer_init(loop, &t->retry);
    if (err < 0)
        return err;
    t->retry.data = t;
    start(t);
    return 0;
}

void device_close(struct device *t, void (*closed_cb)(struct device *t))
{
    t->closing = true;
    t->closed_cb = closed_cb;
    if (t->up)
        break_off(t);
    else if (!t->open)
        uv_close((uv_handle_t *)&t->retry, on_timer_closed);
}
