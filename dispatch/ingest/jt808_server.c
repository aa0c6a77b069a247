#include "dispatch/ingest/jt808_server.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/ingest/jt808_session.h"

enum { CHECK_MS_MAX = 1000 };

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
    return s->port.number;
}

struct jt808_counters jt808_server_counters(const struct jt808_server *s)
{
    struct jt808_counters counters = s->counters;
    counters.connections = s->port.counters.connections;
    counters.sessions_full = s->port.counters.full;
    counters.accept_errors = s->port.counters.accept_errors;
    return counters;
}

static void server_free(struct jt808_server *s)
{
    sodium_memzero(s->config.secret, sizeof s->config.secret);
    free(s->links);
    free(s->downlinks);
    free(s);
}

static void on_port_closed(void *owner)
{
    struct jt808_server *s = owner;
    void (*closed_cb)(void *arg) = s->closed_cb;
    void *arg = s->closed_arg;
    server_free(s);
    if (closed_cb != NULL)
        closed_cb(arg);
}

static uint64_t check_period_ms(const struct jt808_config *c)
{
    uint64_t period = CHECK_MS_MAX;
    const uint32_t limits[] = {c->auth_ms, c->idle_ms, c->receipt_ms};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
        period = limits[i] / 4 < period ? limits[i] / 4 : period;
    return period > 0 ? period : 1;
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
    int error = tcp_port_open(&s->port, loop, c->host, c->port, c->sessions_max, check_period_ms(c),
                              &jt808_session_handlers, s);
    if (error == 0)
        return s;
    snprintf(errmsg, size, "jt808: cannot listen on %s:%u: %s", c->host, c->port,
             uv_strerror(error));
    jt808_server_close(s, NULL, NULL);
    return NULL;
}

void jt808_server_close(struct jt808_server *s, void (*closed_cb)(void *arg), void *arg)
{
    s->closed_cb = closed_cb;
    s->closed_arg = arg;
    jt808_server_answer(s);
    for (struct tcp_conn *c = s->port.conns; c != NULL; c = c->next)
        jt808_session_close((struct jt808_session *)c, JT808_LOST_SHUTDOWN);
    tcp_port_close(&s->port, on_port_closed);
}
