#include "dispatch/ingest/jt808_server.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/ingest/jt808_session.h"

enum { BACKLOG = 511, CHECK_MS_MAX = 1000 };

_Static_assert(crypto_auth_KEYBYTES == 32, "the secret is a key of crypto_auth");

const char *jt808_lost_name(enum jt808_lost reason)
{
    static const char *const names[] = {"closed",  "silent", "replaced",
                                        "garbage", "slow",   "shutdown"};
    return names[reason];
}

const char *jt808_receipt_name(enum jt808_receipt receipt)
{
    static const char *const names[] = {"queued", "sent", "confirmed", "refused", "expired"};
    return names[receipt];
}

void jt808_config_default(struct jt808_config *c)
{
    *c = (struct jt808_config){
        .sessions_max = 4096,
        .terminals_max = 4096,
        .downlinks_max = 256,
        .auth_ms = 30 * 1000,
        .idle_ms = 180 * 1000,
        .receipt_ms = 120 * 1000,
        .write_max = 64 * 1024,
        .bad_max = 16,
    };
}

void jt808_server_auth_code(const uint8_t secret[32], const char *phone, char code[33])
{
    uint8_t mac[crypto_auth_BYTES];
    crypto_auth(mac, (const unsigned char *)phone, strlen(phone), secret);
    sodium_bin2hex(code, 33, mac, 16);
}

struct jt808_link *jt808_server_link(struct jt808_server *s, uint64_t terminal_id)
{
    for (uint32_t i = 0; i < s->link_count; i++) {
        if (s->links[i].terminal.id == terminal_id)
            return &s->links[i];
    }
    return NULL;
}

struct jt808_link *jt808_server_link_take(struct jt808_server *s, const struct jt808_terminal *t)
{
    struct jt808_link *link = jt808_server_link(s, t->id);
    if (link == NULL && s->link_count < s->config.terminals_max)
        link = &s->links[s->link_count++];
    if (link != NULL)
        link->terminal = *t;
    return link;
}

bool jt808_server_linked(const struct jt808_server *s, uint64_t terminal_id)
{
    for (uint32_t i = 0; i < s->link_count; i++) {
        if (s->links[i].terminal.id == terminal_id)
            return s->links[i].session != NULL;
    }
    return false;
}

uint16_t jt808_server_port(const struct jt808_server *s)
{
    return s->port;
}

const struct jt808_counters *jt808_server_counters(const struct jt808_server *s)
{
    return &s->counters;
}

static void server_free(struct jt808_server *s)
{
    sodium_memzero(s->config.secret, sizeof s->config.secret);
    free(s->links);
    free(s->downlinks);
    free(s);
}

void jt808_server_handle_closed(struct jt808_server *s)
{
    if (--s->handles > 0 || !s->closing)
        return;
    void (*closed_cb)(void *arg) = s->closed_cb;
    void *arg = s->closed_arg;
    server_free(s);
    if (closed_cb != NULL)
        closed_cb(arg);
}

static void handle_closed(uv_handle_t *handle)
{
    jt808_server_handle_closed(handle->data);
}

static void refused_closed(uv_handle_t *handle)
{
    struct jt808_server *s = handle->data;
    free(handle);
    jt808_server_handle_closed(s);
}

/* One connection too many: taken, so that it does not stay in the backlog, and closed. */
static void accept_and_refuse(struct jt808_server *s)
{
    uv_tcp_t *tcp = malloc(sizeof *tcp);
    s->counters.sessions_full++;
    if (tcp == NULL || uv_tcp_init(s->loop, tcp) != 0) {
        free(tcp);
        return;
    }
    tcp->data = s;
    s->handles++;
    (void)uv_accept((uv_stream_t *)&s->listener, (uv_stream_t *)tcp);
    uv_close((uv_handle_t *)tcp, refused_closed);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct jt808_server *s = listener->data;
    if (status < 0) { /* not for want of descriptors: then libuv drops the queue by itself */
        s->counters.accept_errors++;
        return;
    }
    s->counters.connections++;
    struct jt808_session *session =
        s->session_count < s->config.sessions_max ? calloc(1, sizeof *session) : NULL;
    if (session == NULL || uv_tcp_init(s->loop, &session->tcp) != 0) {
        free(session);
        accept_and_refuse(s);
        return;
    }
    session->server = s;
    session->tcp.data = session;
    session->next = s->sessions;
    if (s->sessions != NULL)
        s->sessions->prev = session;
    s->sessions = session;
    s->session_count++;
    s->handles++;
    if (uv_accept(listener, (uv_stream_t *)&session->tcp) != 0) {
        s->counters.accept_errors++;
        jt808_session_close(session, JT808_LOST_CLOSED);
        return;
    }
    jt808_session_start(session);
}

static void on_timer(uv_timer_t *timer)
{
    struct jt808_server *s = timer->data;
    for (struct jt808_session *session = s->sessions, *next; session != NULL; session = next) {
        next = session->next;
        jt808_session_check(session);
    }
    jt808_downlink_expire(s);
}

static uint64_t check_period_ms(const struct jt808_config *c)
{
    uint64_t period = CHECK_MS_MAX;
    const uint32_t limits[] = {c->auth_ms, c->idle_ms, c->receipt_ms};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
        period = limits[i] / 4 < period ? limits[i] / 4 : period;
    return period > 0 ? period : 1;
}

static int server_listen(struct jt808_server *s)
{
    struct sockaddr_storage address = {0};
    int length = sizeof address;
    int error = uv_ip4_addr(s->config.host, s->config.port, (struct sockaddr_in *)&address);
    if (error != 0)
        error = uv_ip6_addr(s->config.host, s->config.port, (struct sockaddr_in6 *)&address);
    if (error == 0)
        error = uv_tcp_bind(&s->listener, (const struct sockaddr *)&address, 0);
    if (error == 0)
        error = uv_listen((uv_stream_t *)&s->listener, BACKLOG, on_connection);
    if (error == 0)
        error = uv_tcp_getsockname(&s->listener, (struct sockaddr *)&address, &length);
    if (error != 0)
        return error;
    s->port = ntohs(((struct sockaddr_in *)&address)->sin_port); /* the same place in both */
    return uv_timer_start(&s->timer, on_timer, check_period_ms(&s->config),
                          check_period_ms(&s->config));
}

static struct jt808_server *server_new(const struct jt808_config *c,
                                       const struct jt808_events *events)
{
    struct jt808_server *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->config = *c;
    s->events = *events;
    s->links = calloc(c->terminals_max, sizeof *s->links);
    s->downlinks = calloc(c->downlinks_max, sizeof *s->downlinks);
    if (s->links != NULL && s->downlinks != NULL)
        return s;
    server_free(s);
    return NULL;
}

struct jt808_server *jt808_server_open(uv_loop_t *loop, const struct jt808_config *c,
                                       const struct jt808_events *events, char *errmsg, size_t size)
{
    struct jt808_server *s = sodium_init() < 0 ? NULL : server_new(c, events);
    if (s == NULL) {
        snprintf(errmsg, size, "jt808: no memory or no randomness");
        return NULL;
    }
    s->loop = loop;
    int error = uv_tcp_init(loop, &s->listener);
    if (error != 0) {
        server_free(s);
        snprintf(errmsg, size, "jt808: %s", uv_strerror(error));
        return NULL;
    }
    (void)uv_timer_init(loop, &s->timer);
    s->listener.data = s->timer.data = s;
    s->handles = 2;
    error = server_listen(s);
    if (error == 0)
        return s;
    snprintf(errmsg, size, "jt808: cannot listen on %s:%u: %s", c->host, c->port,
             uv_strerror(error));
    jt808_server_close(s, NULL, NULL);
    return NULL;
}

void jt808_server_close(struct jt808_server *s, void (*closed_cb)(void *arg), void *arg)
{
    s->closing = true;
    s->closed_cb = closed_cb;
    s->closed_arg = arg;
    for (struct jt808_session *session = s->sessions; session != NULL; session = session->next)
        jt808_session_close(session, JT808_LOST_SHUTDOWN);
    uv_close((uv_handle_t *)&s->listener, handle_closed);
    uv_close((uv_handle_t *)&s->timer, handle_closed);
}
