#include "dispatch/ingest/osmand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/ingest/http_request.h"

enum {
    BACKLOG = 511,
    BUFFER_MAX = HTTP_HEAD_MAX + HTTP_BODY_MAX,
    BUFFER_STEP = 4096,
    REPLY_MAX = 512,
    UNREAD_MAX = 16 * 1024, /* answers a client may leave unread */
};

struct osmand_session {
    uv_tcp_t tcp;
    uv_shutdown_t shutdown;
    struct osmand *server;
    struct osmand_session *prev, *next;
    char *bytes;
    size_t length, room;
    uint64_t since_at; /* loop's ms: connected, or the last whole request */
    bool finishing, closing;
};

struct osmand {
    uv_loop_t *loop;
    uv_tcp_t listener;
    uv_timer_t timer;
    uint16_t port;
    uint32_t sessions_max, session_count, idle_ms;
    struct osmand_events events;
    struct osmand_counters counters;
    struct osmand_session *sessions;
    uint32_t handles;
    bool closing;
    void (*closed_cb)(void *arg);
    void *closed_arg;
};

struct osmand_write {
    uv_write_t request;
    char bytes[REPLY_MAX];
};

uint16_t osmand_port(const struct osmand *o)
{
    return o->port;
}

const struct osmand_counters *osmand_counters(const struct osmand *o)
{
    return &o->counters;
}

static void handle_gone(struct osmand *o)
{
    if (--o->handles > 0 || !o->closing)
        return;
    void (*closed_cb)(void *arg) = o->closed_cb;
    void *arg = o->closed_arg;
    free(o);
    if (closed_cb != NULL)
        closed_cb(arg);
}

static void on_handle_closed(uv_handle_t *handle)
{
    handle_gone(handle->data);
}

static void on_session_closed(uv_handle_t *handle)
{
    struct osmand_session *s = handle->data;
    struct osmand *o = s->server;
    if (s->prev != NULL)
        s->prev->next = s->next;
    else
        o->sessions = s->next;
    if (s->next != NULL)
        s->next->prev = s->prev;
    o->session_count--;
    free(s->bytes);
    free(s);
    handle_gone(o);
}

static void session_close(struct osmand_session *s)
{
    if (s->closing)
        return;
    s->closing = true;
    uv_close((uv_handle_t *)&s->tcp, on_session_closed);
}

static void on_shut_down(uv_shutdown_t *request, int status)
{
    (void)status;
    session_close(request->handle->data);
}

static void session_finish(struct osmand_session *s)
{
    if (s->closing || s->finishing)
        return;
    s->finishing = true;
    uv_read_stop((uv_stream_t *)&s->tcp);
    if (uv_shutdown(&s->shutdown, (uv_stream_t *)&s->tcp, on_shut_down) != 0)
        session_close(s);
}

static void on_written(uv_write_t *request, int status)
{
    struct osmand_session *s = request->handle->data;
    free(request);
    if (status < 0 && status != UV_ECANCELED)
        session_close(s);
}

static const char *status_text(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 404:
        return "Not Found";
    case 411:
        return "Length Required";
    case 413:
        return "Content Too Large";
    case 431:
        return "Request Header Fields Too Large";
    case 503:
        return "Service Unavailable";
    case 505:
        return "HTTP Version Not Supported";
    default:
        return "Bad Request";
    }
}

/* A body of at most a line, printable: it names what was wrong. */
static void reply(struct osmand_session *s, int status, const char *body, bool keep_alive)
{
    size_t unread = uv_stream_get_write_queue_size((uv_stream_t *)&s->tcp);
    struct osmand_write *w = unread > UNREAD_MAX ? NULL : malloc(sizeof *w);
    if (w == NULL) {
        session_close(s);
        return;
    }
    int n = snprintf(w->bytes, sizeof w->bytes,
                     "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
                     "Content-Length: %zu\r\n%s\r\n%s",
                     status, status_text(status), strlen(body),
                     keep_alive ? "" : "Connection: close\r\n", body);
    uv_buf_t buf = uv_buf_init(w->bytes, (unsigned)n);
    if (n >= (int)sizeof w->bytes ||
        uv_write(&w->request, (uv_stream_t *)&s->tcp, &buf, 1, on_written) != 0) {
        free(w);
        session_close(s);
    }
    if (!keep_alive)
        session_finish(s);
}

/* The status; `errmsg` says why if it is not 200. */
static int take_report(struct osmand *o, struct osmand_report *r, char *errmsg, size_t size)
{
    int64_t now_ms = o->events.now_cb(o->events.ctx);
    errmsg[0] = '\0';
    if (!o->events.find_cb(o->events.ctx, r->id, &r->fix.unit)) {
        o->counters.unknown++;
        snprintf(errmsg, size, "unknown id");
        return r->json ? 404 : 400;
    }
    r->fix.received_ms = now_ms;
    r->fix.at_ms = r->has_time ? r->fix.at_ms : now_ms;
    if (r->fix.alarm != 0)
        o->events.alarm_cb(o->events.ctx, r->fix.unit, r->fix.at_ms);
    if (!r->has_place) {
        o->events.heard_cb(o->events.ctx, r->fix.unit);
        return 200;
    }
    if (o->events.fix_cb(o->events.ctx, &r->fix) != 0) {
        o->counters.refused++;
        snprintf(errmsg, size, "not stored, send it again");
        return 503;
    }
    o->counters.fixes++;
    return 200;
}

static void copy_text(char *out, size_t size, const char *text, size_t n)
{
    n = n < size ? n : size - 1;
    memcpy(out, text, n);
    out[n] = '\0';
}

static void take_request(struct osmand_session *s, const struct http_request *q)
{
    struct osmand *o = s->server;
    struct osmand_report report;
    char target[HTTP_HEAD_MAX + 1], content_type[64], errmsg[160];
    copy_text(target, sizeof target, q->target, q->target_len);
    copy_text(content_type, sizeof content_type, q->content_type, q->content_type_len);
    o->counters.requests++;
    int status = 400;
    if (osmand_read(target, content_type, q->body, q->body_len, &report, errmsg, sizeof errmsg) ==
        0)
        status = take_report(o, &report, errmsg, sizeof errmsg);
    else
        o->counters.bad++;
    reply(s, status, errmsg, q->keep_alive);
}

/* Every whole request in the buffer; what is left moves to its front. */
static void take_bytes(struct osmand_session *s)
{
    size_t at = 0;
    while (!s->closing && !s->finishing) {
        struct http_request q;
        ssize_t taken = http_request_read(s->bytes + at, s->length - at, &q);
        if (taken < 0) {
            s->server->counters.bad++;
            reply(s, (int)-taken, "", false);
        }
        if (taken <= 0)
            break;
        take_request(s, &q);
        at += (size_t)taken;
        s->since_at = uv_now(s->server->loop);
    }
    memmove(s->bytes, s->bytes + at, s->length - at);
    s->length -= at;
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct osmand_session *s = stream->data;
    (void)buf;
    if (n < 0) {
        session_close(s);
        return;
    }
    s->length += (size_t)n;
    take_bytes(s);
}

/* At least a step of room behind what is there; none when the request is too long for any. */
static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct osmand_session *s = handle->data;
    (void)suggested;
    if (s->room - s->length < BUFFER_STEP && s->room < BUFFER_MAX + BUFFER_STEP) {
        size_t room = s->room * 2 < BUFFER_STEP * 2 ? BUFFER_STEP * 2 : s->room * 2;
        room = room < BUFFER_MAX + BUFFER_STEP ? room : BUFFER_MAX + BUFFER_STEP;
        char *bytes = realloc(s->bytes, room);
        if (bytes != NULL) {
            s->bytes = bytes;
            s->room = room;
        }
    }
    *buf = uv_buf_init(s->bytes + s->length, (unsigned)(s->room - s->length));
}

static void on_refused_closed(uv_handle_t *handle)
{
    struct osmand *o = handle->data;
    free(handle);
    handle_gone(o);
}

static void accept_and_refuse(struct osmand *o)
{
    uv_tcp_t *tcp = malloc(sizeof *tcp);
    o->counters.sessions_full++;
    if (tcp == NULL || uv_tcp_init(o->loop, tcp) != 0) {
        free(tcp);
        return;
    }
    tcp->data = o;
    o->handles++;
    (void)uv_accept((uv_stream_t *)&o->listener, (uv_stream_t *)tcp);
    uv_close((uv_handle_t *)tcp, on_refused_closed);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct osmand *o = listener->data;
    if (status < 0) {
        o->counters.accept_errors++;
        return;
    }
    o->counters.connections++;
    struct osmand_session *s = o->session_count < o->sessions_max ? calloc(1, sizeof *s) : NULL;
    if (s == NULL || uv_tcp_init(o->loop, &s->tcp) != 0) {
        free(s);
        accept_and_refuse(o);
        return;
    }
    s->server = o;
    s->tcp.data = s;
    s->since_at = uv_now(o->loop);
    s->next = o->sessions;
    if (o->sessions != NULL)
        o->sessions->prev = s;
    o->sessions = s;
    o->session_count++;
    o->handles++;
    if (uv_accept(listener, (uv_stream_t *)&s->tcp) != 0 ||
        uv_read_start((uv_stream_t *)&s->tcp, on_alloc, on_read) != 0)
        session_close(s);
}

/* The time for a request runs from the last whole one, so dripping bytes does not stretch it. */
static void on_timer(uv_timer_t *timer)
{
    struct osmand *o = timer->data;
    for (struct osmand_session *s = o->sessions, *next; s != NULL; s = next) {
        next = s->next;
        if (s->closing || uv_now(o->loop) - s->since_at <= o->idle_ms)
            continue;
        o->counters.idle++;
        session_close(s);
    }
}

static int listen_on(struct osmand *o, const char *host, uint16_t port)
{
    struct sockaddr_storage address = {0};
    int length = sizeof address;
    uint64_t period_ms = o->idle_ms / 4 < 1000 ? o->idle_ms / 4 + 1 : 1000;
    int error = uv_ip4_addr(host, port, (struct sockaddr_in *)&address);
    if (error != 0)
        error = uv_ip6_addr(host, port, (struct sockaddr_in6 *)&address);
    if (error == 0)
        error = uv_tcp_bind(&o->listener, (const struct sockaddr *)&address, 0);
    if (error == 0)
        error = uv_listen((uv_stream_t *)&o->listener, BACKLOG, on_connection);
    if (error == 0)
        error = uv_tcp_getsockname(&o->listener, (struct sockaddr *)&address, &length);
    if (error != 0)
        return error;
    o->port = ntohs(((struct sockaddr_in *)&address)->sin_port);
    return uv_timer_start(&o->timer, on_timer, period_ms, period_ms);
}

struct osmand *osmand_open(uv_loop_t *loop, const char *host, uint16_t port, uint32_t sessions_max,
                           uint32_t idle_ms, const struct osmand_events *events, char *errmsg,
                           size_t size)
{
    struct osmand *o = calloc(1, sizeof *o);
    int error = o == NULL ? UV_ENOMEM : uv_tcp_init(loop, &o->listener);
    if (error != 0) {
        free(o);
        snprintf(errmsg, size, "osmand: %s", uv_strerror(error));
        return NULL;
    }
    o->loop = loop;
    o->sessions_max = sessions_max;
    o->idle_ms = idle_ms;
    o->events = *events;
    (void)uv_timer_init(loop, &o->timer);
    o->listener.data = o->timer.data = o;
    o->handles = 2;
    error = listen_on(o, host, port);
    if (error == 0)
        return o;
    snprintf(errmsg, size, "osmand: cannot listen on %s:%u: %s", host, port, uv_strerror(error));
    osmand_close(o, NULL, NULL);
    return NULL;
}

void osmand_close(struct osmand *o, void (*closed_cb)(void *arg), void *arg)
{
    o->closing = true;
    o->closed_cb = closed_cb;
    o->closed_arg = arg;
    for (struct osmand_session *s = o->sessions; s != NULL; s = s->next)
        session_close(s);
    uv_close((uv_handle_t *)&o->listener, on_handle_closed);
    uv_close((uv_handle_t *)&o->timer, on_handle_closed);
}
