#include "sim/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"

enum { FRAME_HEAD = 4 };
#define FAREWELL 0x80000000u

static void start(struct session *c);

int session_address_parse(const char *text, struct session_address *out)
{
    struct session_address address;
    struct sockaddr_in in;
    int used = 0;

    if (sscanf(text, "%63[0-9.]:%d%n", address.host, &address.port, &used) != 2 || text[used] ||
        address.port < 1 || address.port > 65535 ||
        uv_ip4_addr(address.host, address.port, &in) != 0)
        return -1;
    *out = address;
    return 0;
}

/* ---- writing ---- */

struct writing {
    uv_write_t request;
    struct session *session;
    size_t n;
    unsigned char bytes[];
};

static void on_written(uv_write_t *request, int status)
{
    struct writing *w = request->data;
    (void)status; /* a broken connection is told by the reader */
    w->session->out_bytes -= w->n;
    free(w);
}

static int write_bytes(struct session *c, const unsigned char *bytes, size_t n)
{
    struct writing *w = malloc(sizeof(*w) + n);
    if (!w) {
        snprintf(c->errmsg, sizeof(c->errmsg), "out of memory");
        return -1;
    }
    w->request.data = w;
    w->session = c;
    w->n = n;
    memcpy(w->bytes, bytes, n);
    uv_buf_t part = uv_buf_init((char *)w->bytes, (unsigned)n);
    int err = uv_write(&w->request, (uv_stream_t *)&c->tcp, &part, 1, on_written);
    if (err < 0) {
        free(w);
        snprintf(c->errmsg, sizeof(c->errmsg), "%s", uv_strerror(err));
        return -1;
    }
    c->out_bytes += n;
    return 0;
}

/* Packs a frame with its length into c->out. */
static int pack(struct session *c, const struct client_frame *frame)
{
    buffer_clear(&c->out);
    wire_arena_reset(&c->out_arena);
    unsigned char *head = buffer_extend(&c->out, FRAME_HEAD);
    if (!head || wire_client_frame_pack(&c->out_arena, frame, &c->out) < 0 || c->out.full) {
        snprintf(c->errmsg, sizeof(c->errmsg), "cannot pack: %.400s", c->out_arena.errmsg);
        return -1;
    }
    size_t n = c->out.n - FRAME_HEAD;
    for (int i = 0; i < FRAME_HEAD; i++)
        c->out.bytes[i] = (unsigned char)(n >> (8 * (3 - i)));
    return 0;
}

static int say(struct session *c, const struct client_frame *frame)
{
    return pack(c, frame) < 0 ? -1 : write_bytes(c, c->out.bytes, c->out.n);
}

static int say_hello(struct session *c)
{
    struct client_frame frame = {.kind = CLIENT_HELLO};
    frame.hello = (struct stream_hello){
        .token = {c->config.token, (uint32_t)strlen(c->config.token)},
        .journal_id = {c->seen.journal_id, (uint32_t)strlen(c->seen.journal_id)},
        .epoch = c->seen.epoch,
        .last_seq = c->seen.seq,
        .want_facts = c->config.want_facts,
        .version = TEXT("citysim"),
    };
    return say(c, &frame);
}

int session_clock(struct session *c, int64_t now_ms)
{
    struct client_frame frame = {.kind = CLIENT_CLOCK};
    frame.clock.now_ms = now_ms;
    return c->ready ? say(c, &frame) : 0;
}

static struct session_pending *pending_at(struct session *c, uint32_t i)
{
    return &c->pending[(c->pending_first + i) % SESSION_PENDING_MAX];
}

uint32_t session_waiting(const struct session *c)
{
    return c->pending_n;
}

/* A failure is no loss: everything is sent again on the next connection. */
static void send_more(struct session *c)
{
    for (; c->ready && c->sent_n < c->pending_n && c->sent_n < c->window; c->sent_n++)
        write_bytes(c, pending_at(c, c->sent_n)->bytes, pending_at(c, c->sent_n)->n);
}

int session_send(struct session *c, struct command *command, uint64_t *number)
{
    struct client_frame frame = {.kind = CLIENT_COMMAND};

    if (c->pending_n == SESSION_PENDING_MAX) {
        snprintf(c->errmsg, sizeof(c->errmsg), "%d commands wait for an answer",
                 SESSION_PENDING_MAX);
        return -1;
    }
    command->client = c->config.client;
    command->number = c->last_number + 1;
    frame.command = *command;
    if (pack(c, &frame) < 0)
        return -1;
    struct session_pending *pending = pending_at(c, c->pending_n);
    pending->bytes = malloc(c->out.n);
    if (!pending->bytes) {
        snprintf(c->errmsg, sizeof(c->errmsg), "out of memory");
        return -1;
    }
    memcpy(pending->bytes, c->out.bytes, c->out.n);
    pending->n = c->out.n;
    pending->number = *number = ++c->last_number;
    c->pending_n++;
    send_more(c);
    return 0;
}

/* ---- reading ---- */

static void forget_answered(struct session *c)
{
    while (c->pending_n && pending_at(c, 0)->bytes == NULL) {
        c->pending_first = (c->pending_first + 1) % SESSION_PENDING_MAX;
        c->pending_n--;
        c->sent_n--;
    }
}

/* False for an answer that came twice: to what was sent again after a break. */
static bool take_reply(struct session *c, const struct stream_reply *reply)
{
    for (uint32_t i = 0; i < c->pending_n; i++) {
        struct session_pending *pending = pending_at(c, i);
        if (pending->number != reply->number || !pending->bytes)
            continue;
        free(pending->bytes);
        pending->bytes = NULL;
        forget_answered(c);
        send_more(c);
        return true;
    }
    return false;
}

/* What was on its way when the last connection broke, then what has waited since. */
static void send_again(struct session *c, uint32_t window)
{
    c->window = window ? window : 1;
    for (uint32_t i = 0; i < c->sent_n; i++)
        if (pending_at(c, i)->bytes)
            write_bytes(c, pending_at(c, i)->bytes, pending_at(c, i)->n);
    send_more(c);
}

static void take_welcome(struct session *c, const struct stream_welcome *welcome)
{
    if (!welcome->resumes)
        c->seen.seq = 0;
    uint32_t n = welcome->journal_id.n < sizeof(c->seen.journal_id) ? welcome->journal_id.n : 0;
    if (n)
        memcpy(c->seen.journal_id, welcome->journal_id.p, n);
    c->seen.journal_id[n] = 0;
    c->seen.epoch = welcome->epoch;
    c->ready = true;
    send_again(c, welcome->command_window); /* before ready_cb, whose commands come after */
    c->events.ready_cb(c->events.user, welcome);
}

static void take_frame(struct session *c, const struct server_frame *frame)
{
    switch (frame->kind) {
    case SERVER_WELCOME:
        take_welcome(c, &frame->welcome);
        return;
    case SERVER_REPLY:
        if (take_reply(c, &frame->reply))
            c->events.reply_cb(c->events.user, &frame->reply);
        return;
    case SERVER_FACTS:
        c->seen.seq = frame->facts.upto_seq;
        break;
    case SERVER_SNAPSHOT:
        if (frame->snapshot.last)
            c->seen.seq = frame->as_of_seq;
        break;
    default:
        break;
    }
    if (c->events.frame_cb)
        c->events.frame_cb(c->events.user, frame);
}

static void break_off(struct session *c, const char *why);

/* One frame out of c->in at *at. False when there is no whole one, or no more is to be read. */
static bool take_next(struct session *c, size_t *at)
{
    struct server_frame frame;
    const unsigned char *p = c->in.bytes + *at;
    char why[64];

    if (c->in.n - *at < FRAME_HEAD)
        return false;
    uint32_t n = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    if (n & FAREWELL) {
        snprintf(why, sizeof(why), "the server said goodbye with code %u", n & 0xffff);
        break_off(c, why);
        return false;
    }
    if (n > WIRE_SERVER_FRAME_MAX) {
        break_off(c, "the server's frame is too long");
        return false;
    }
    if (c->in.n - *at - FRAME_HEAD < n)
        return false;
    *at += FRAME_HEAD + n;
    wire_arena_reset(&c->in_arena);
    if (wire_server_frame_unpack(&c->in_arena, p + FRAME_HEAD, n, &frame) < 0) {
        snprintf(c->errmsg, sizeof(c->errmsg), "%s", c->in_arena.errmsg);
        break_off(c, c->errmsg);
        return false;
    }
    take_frame(c, &frame);
    return c->up;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct session *c = handle->data;
    unsigned char *room = buffer_extend(&c->in, suggested);
    if (room)
        c->in.n -= suggested;
    *buf = uv_buf_init((char *)room, room ? (unsigned)suggested : 0);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct session *c = stream->data;
    size_t at = 0;

    (void)buf;
    if (n < 0) {
        break_off(c, uv_strerror((int)n));
        return;
    }
    c->in.n += (size_t)n;
    while (take_next(c, &at))
        ;
    if (!c->up)
        return;
    memmove(c->in.bytes, c->in.bytes + at, c->in.n - at);
    c->in.n -= at;
}

/* ---- the connection's life ---- */

static void on_retry(uv_timer_t *timer)
{
    start(timer->data);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct session *c = handle->data;
    for (uint32_t i = 0; i < c->pending_n; i++)
        free(pending_at(c, i)->bytes);
    buffer_close(&c->in);
    buffer_close(&c->out);
    wire_arena_close(&c->in_arena);
    wire_arena_close(&c->out_arena);
    if (c->closed_cb)
        c->closed_cb(c);
}

static void on_tcp_closed(uv_handle_t *handle)
{
    struct session *c = handle->data;
    c->open = false;
    if (c->closing)
        uv_close((uv_handle_t *)&c->retry, on_timer_closed);
    else if (c->config.retry_ms)
        uv_timer_start(&c->retry, on_retry, c->config.retry_ms, 0);
}

static void break_off(struct session *c, const char *why)
{
    if (!c->up)
        return;
    c->up = false;
    c->ready = false;
    uv_close((uv_handle_t *)&c->tcp, on_tcp_closed);
    c->events.down_cb(c->events.user, why);
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct session *c = connect->data;

    if (status == UV_ECANCELED || !c->up)
        return;
    if (status < 0) {
        break_off(c, uv_strerror(status));
        return;
    }
    buffer_clear(&c->in);
    uv_tcp_nodelay(&c->tcp, 1);
    if (uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) < 0 || say_hello(c) < 0)
        break_off(c, "cannot speak");
}

static void start(struct session *c)
{
    struct sockaddr_in to;

    must(uv_ip4_addr(c->config.address.host, c->config.address.port, &to) == 0);
    must(uv_tcp_init(c->loop, &c->tcp) == 0);
    c->tcp.data = c;
    c->connect.data = c;
    c->up = true;
    c->open = true;
    int err = uv_tcp_connect(&c->connect, &c->tcp, (const struct sockaddr *)&to, on_connected);
    if (err < 0)
        break_off(c, uv_strerror(err));
}

int session_init(struct session *c, uv_loop_t *loop, const struct session_config *config,
                 const struct session_events *events)
{
    memset(c, 0, sizeof(*c));
    c->config = *config;
    c->events = *events;
    c->loop = loop;
    buffer_init(&c->in, 2 * (WIRE_SERVER_FRAME_MAX + FRAME_HEAD));
    buffer_init(&c->out, WIRE_CLIENT_FRAME_MAX + FRAME_HEAD);
    if (wire_arena_init(&c->in_arena, WIRE_ARENA) < 0 ||
        wire_arena_init(&c->out_arena, WIRE_CLIENT_ARENA) < 0) {
        wire_arena_close(&c->in_arena);
        snprintf(c->errmsg, sizeof(c->errmsg), "out of memory");
        return -1;
    }
    must(uv_timer_init(loop, &c->retry) == 0);
    c->retry.data = c;
    start(c);
    return 0;
}

void session_close(struct session *c, void (*closed_cb)(struct session *session))
{
    bool up = c->up;

    c->closing = true;
    c->closed_cb = closed_cb;
    c->up = false;
    c->ready = false;
    if (up)
        uv_close((uv_handle_t *)&c->tcp, on_tcp_closed);
    else if (!c->open)
        uv_close((uv_handle_t *)&c->retry, on_timer_closed);
}
