#include "dispatch/ingest/osmand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/ingest/http_request.h"
#include "dispatch/ingest/tcp_port.h"
#include "dispatch/must.h"

enum {
    BUFFER_MAX = HTTP_HEAD_MAX + HTTP_BODY_MAX,
    BUFFER_STEP = 4096,
    REPLY_MAX = 512,
    UNREAD_MAX = 16 * 1024, /* answers a phone may leave unread */
    CHECK_MS_MAX = 1000,
};

struct osmand {
    struct tcp_port port;
    uint32_t idle_ms;
    struct osmand_events events;
    struct osmand_counters counters; /* those of the port are added when they are asked for */
    void (*closed_cb)(void *arg);
    void *closed_arg;
};

struct osmand_session {
    struct tcp_conn conn; /* first: the port knows us by it */
    char *bytes;          /* of requests that are not complete */
    size_t length, room;
    uint64_t since_at; /* loop's ms: connected, or the last whole request */
};

uint16_t osmand_port(const struct osmand *o)
{
    return o->port.number;
}

struct osmand_counters osmand_counters(const struct osmand *o)
{
    struct osmand_counters counters = o->counters;
    counters.connections = o->port.counters.connections;
    counters.sessions_full = o->port.counters.full;
    counters.accept_errors = o->port.counters.accept_errors;
    return counters;
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

/* `why`, if not empty, names what was wrong. */
static void reply(struct osmand_session *s, int status, const char *why, bool keep_alive)
{
    char bytes[REPLY_MAX];
    int n = snprintf(bytes, sizeof bytes,
                     "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
                     "Content-Length: %zu\r\n%s\r\n%s",
                     status, status_text(status), strlen(why),
                     keep_alive ? "" : "Connection: close\r\n", why);
    must(n > 0 && n < REPLY_MAX);
    if (!tcp_conn_write(&s->conn, bytes, (size_t)n, UNREAD_MAX))
        tcp_conn_close(&s->conn);
    else if (!keep_alive)
        tcp_conn_finish(&s->conn);
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
    struct osmand *o = s->conn.port->owner;
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
static void take_requests(struct osmand_session *s)
{
    struct osmand *o = s->conn.port->owner;
    size_t at = 0;
    while (!s->conn.closing && !s->conn.finishing) {
        struct http_request q;
        ssize_t taken = http_request_read(s->bytes + at, s->length - at, &q);
        if (taken < 0) {
            o->counters.bad++;
            reply(s, (int)-taken, "", false);
        }
        if (taken <= 0)
            break;
        take_request(s, &q);
        at += (size_t)taken;
        s->since_at = uv_now(o->port.loop);
    }
    memmove(s->bytes, s->bytes + at, s->length - at);
    s->length -= at;
}

/* Room for n bytes more; a request that is never complete was refused long before BUFFER_MAX. */
static bool make_room(struct osmand_session *s, size_t n)
{
    size_t room = s->room == 0 ? BUFFER_STEP : s->room;
    while (room < s->length + n)
        room *= 2;
    char *bytes = room == s->room ? s->bytes : realloc(s->bytes, room);
    if (bytes == NULL)
        return false;
    s->bytes = bytes;
    s->room = room;
    return true;
}

static void on_read(struct tcp_conn *c, const uint8_t *bytes, size_t n)
{
    struct osmand_session *s = (struct osmand_session *)c;
    must(s->length <= BUFFER_MAX);
    if (!make_room(s, n)) {
        tcp_conn_close(c);
        return;
    }
    memcpy(s->bytes + s->length, bytes, n);
    s->length += n;
    take_requests(s);
}

static void on_opened(struct tcp_conn *c)
{
    ((struct osmand_session *)c)->since_at = c->opened_at;
}

/* The time for a request runs from the last whole one, so dripping bytes does not stretch it. */
static void on_check(struct tcp_conn *c)
{
    struct osmand *o = c->port->owner;
    if (uv_now(c->port->loop) - ((struct osmand_session *)c)->since_at <= o->idle_ms)
        return;
    o->counters.idle++;
    tcp_conn_close(c);
}

static void on_freed(struct tcp_conn *c)
{
    free(((struct osmand_session *)c)->bytes);
}

static const struct tcp_handlers handlers = {
    .conn_size = sizeof(struct osmand_session),
    .opened_cb = on_opened,
    .read_cb = on_read,
    .ended_cb = tcp_conn_close,
    .check_cb = on_check,
    .freed_cb = on_freed,
};

static void on_port_closed(void *owner)
{
    struct osmand *o = owner;
    void (*closed_cb)(void *arg) = o->closed_cb;
    void *arg = o->closed_arg;
    free(o);
    if (closed_cb != NULL)
        closed_cb(arg);
}

struct osmand *osmand_open(uv_loop_t *loop, const char *host, uint16_t port, uint32_t sessions_max,
                           uint32_t idle_ms, const struct osmand_events *events, char *errmsg,
                           size_t size)
{
    struct osmand *o = calloc(1, sizeof *o);
    uint64_t period_ms = idle_ms / 4 < CHECK_MS_MAX ? idle_ms / 4 + 1 : CHECK_MS_MAX;
    if (o == NULL) {
        snprintf(errmsg, size, "osmand: no memory");
        return NULL;
    }
    o->idle_ms = idle_ms;
    o->events = *events;
    int error = tcp_port_open(&o->port, loop, host, port, sessions_max, period_ms, &handlers, o);
    if (error == 0)
        return o;
    snprintf(errmsg, size, "osmand: cannot listen on %s:%u: %s", host, port, uv_strerror(error));
    osmand_close(o, NULL, NULL);
    return NULL;
}

void osmand_close(struct osmand *o, void (*closed_cb)(void *arg), void *arg)
{
    o->closed_cb = closed_cb;
    o->closed_arg = arg;
    tcp_port_close(&o->port, on_port_closed);
}
