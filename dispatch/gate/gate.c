#include "dispatch/gate/gate.h"

#include "dispatch/gate/gate_impl.h"
#include "dispatch/must.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SLOT_BITS = 16, CLIENTS_MAX = 1 << SLOT_BITS };

void gate_config_defaults(struct gate_config *config)
{
    *config = (struct gate_config){
        .host = "127.0.0.1",
        .http_port = -1,
        .tcp_port = -1,
        .clients_max = 400,
        .connections_max = 800,
        .handshakes_per_s = 200,
        .frame_bytes_max = 64 * 1024,
        .body_bytes_max = 1024 * 1024,
        .queue_bytes_max = 256 * 1024,
        .queue_frames_max = 2000,
        .hello_ms = 5000,
        .idle_ms = 0,
        .farewell_ms = 5000,
        .answer_ms = 10000,
    };
}

/* ---- links: the private side of clients ---- */

static struct gate_link **free_slot(struct gate_impl *impl)
{
    for (uint32_t i = 0; i < impl->config.clients_max; i++) {
        if (!impl->slots[i]) {
            return &impl->slots[i];
        }
    }
    return NULL;
}

/* Characters of the peer without its port; a proxy names IPv6 addresses too, and no port. */
static size_t host_length(const char *peer)
{
    const char *first = strchr(peer, ':');
    return first && first == strrchr(peer, ':') ? (size_t)(first - peer) : strlen(peer);
}

static uint32_t clients_of_host(const struct gate_impl *impl, const char *peer)
{
    size_t host = host_length(peer);
    uint32_t clients = 0;
    for (uint32_t i = 0; i < impl->config.clients_max; i++) {
        const char *other = impl->slots[i] ? impl->slots[i]->client.peer : "";
        clients += host_length(other) == host && strncmp(other, peer, host) == 0;
    }
    return clients;
}

/* This machine is exempt: a proxy here names whom it speaks for (lws_peer). */
bool gate_is_full_for(const struct gate_impl *impl, const char *peer)
{
    uint32_t most = impl->config.clients_per_peer;
    return impl->closing || impl->clients >= impl->config.clients_max ||
           (most && strncmp(peer, "127.", 4) != 0 && clients_of_host(impl, peer) >= most);
}

struct gate_link *link_new(struct gate_impl *impl, enum gate_way way, const char *peer)
{
    struct gate_link **slot = gate_is_full_for(impl, peer) ? NULL : free_slot(impl);
    struct gate_link *link = slot ? calloc(1, sizeof *link) : NULL;
    if (!link) {
        return NULL;
    }
    link->queue = calloc(impl->config.queue_frames_max, sizeof *link->queue);
    if (!link->queue) {
        free(link);
        return NULL;
    }
    link->impl = impl;
    link->client.link = link;
    link->client.way = way;
    link->client.id = ++impl->serial << SLOT_BITS | (uint64_t)(slot - impl->slots);
    snprintf(link->client.peer, sizeof link->client.peer, "%s", peer);
    link->opened_ms = link->heard_ms = uv_now(impl->loop);
    *slot = link;
    metrics_set(impl->metrics, METRIC_CLIENTS, ++impl->clients);
    return link;
}

static void forget_dirty(struct gate_impl *impl, const struct gate_link *link)
{
    for (uint32_t i = 0; i < impl->dirty_count; i++) {
        if (impl->dirty[i] == link) {
            impl->dirty[i] = impl->dirty[--impl->dirty_count];
            return;
        }
    }
}

static void drop_queue(struct gate_link *link, uint32_t keep)
{
    while (link->count > keep) {
        uint32_t last = (link->head + link->count - 1) % link->impl->config.queue_frames_max;
        link->queued_bytes -= link->queue[last]->len;
        frame_drop(&link->queue[last]);
        link->count--;
    }
}

void link_free(struct gate_link *link)
{
    struct gate_impl *impl = link->impl;
    if (link->dirty) {
        forget_dirty(impl, link);
    }
    drop_queue(link, 0);
    impl->slots[link->client.id & (CLIENTS_MAX - 1)] = NULL;
    metrics_set(impl->metrics, METRIC_CLIENTS, --impl->clients);
    free(link->queue);
    free(link->in);
    free(link);
}

void link_opened(struct gate_link *link)
{
    link->impl->events.open_cb(link->impl->events.user, &link->client);
}

static void flush_turn(uv_idle_t *idle);

void link_mark_dirty(struct gate_link *link)
{
    struct gate_impl *impl = link->impl;
    if (!link->dirty) {
        link->dirty = true;
        impl->dirty[impl->dirty_count++] = link;
        uv_idle_start(&impl->flush, flush_turn);
    }
}

struct frame *link_queued(const struct gate_link *link, uint32_t index)
{
    must(index < link->count);
    return link->queue[(link->head + index) % link->impl->config.queue_frames_max];
}

void link_pop(struct gate_link *link)
{
    struct frame *frame = link_queued(link, 0);
    metrics_add(link->impl->metrics, METRIC_FRAMES_OUT, 1);
    metrics_add(link->impl->metrics, METRIC_BYTES_OUT, frame->len);
    link->queued_bytes -= frame->len;
    frame_drop(&link->queue[link->head]);
    link->head = (link->head + 1) % link->impl->config.queue_frames_max;
    link->count--;
}

static uint8_t *frame_head(const struct gate_link *link, struct frame *frame, size_t *len)
{
    bool tcp = link->client.way == GATE_TCP;
    *len = tcp ? sizeof frame->length_be : frame->ws_head_len;
    return tcp ? frame->length_be : frame->ws_head;
}

uint32_t link_gather(const struct gate_link *link, size_t skip, uv_buf_t *bufs, unsigned *used)
{
    uint32_t frames = link->count < WRITES_PER_TURN ? link->count : WRITES_PER_TURN;
    *used = 0;
    for (uint32_t i = 0; i < frames; i++) {
        struct frame *frame = link_queued(link, i);
        size_t head_len, body_skip;
        uint8_t *head = frame_head(link, frame, &head_len);
        if (skip < head_len) {
            bufs[(*used)++] = uv_buf_init((char *)head + skip, (unsigned)(head_len - skip));
        }
        body_skip = skip < head_len ? 0 : skip - head_len;
        bufs[(*used)++] =
            uv_buf_init((char *)frame->bytes + body_skip, frame->len - (unsigned)body_skip);
        skip = 0;
    }
    return frames;
}

size_t link_pop_sent(struct gate_link *link, size_t sent)
{
    while (link->count > 0) {
        size_t head_len;
        (void)frame_head(link, link_queued(link, 0), &head_len);
        size_t whole = head_len + link_queued(link, 0)->len;
        if (sent < whole) {
            break;
        }
        sent -= whole;
        link_pop(link);
    }
    return sent;
}

void link_drained(struct gate_link *link)
{
    if (link->count == 0 && link->state == LINK_OPEN) {
        link->impl->events.drained_cb(link->impl->events.user, &link->client);
    }
}

int link_take(struct gate_link *link, const uint8_t *bytes, size_t len)
{
    size_t need = link->in_len + len;
    must(need <= link->impl->config.frame_bytes_max);
    if (need > link->in_cap) {
        uint8_t *grown = realloc(link->in, need);
        if (!grown) {
            return -1;
        }
        link->in = grown;
        link->in_cap = need;
    }
    if (len) {
        memcpy(link->in + link->in_len, bytes, len);
    }
    link->in_len = need;
    return 0;
}

/* The memory is given back after each frame: an idle client holds none. */
void link_deliver(struct gate_link *link)
{
    struct gate_impl *impl = link->impl;
    uint8_t *bytes = link->in;
    size_t len = link->in_len;
    link->in = NULL;
    link->in_len = link->in_cap = 0;
    link->partial_ms = 0;
    link->greeted = true;
    metrics_add(impl->metrics, METRIC_FRAMES_IN, 1);
    metrics_add(impl->metrics, METRIC_BYTES_IN, (int64_t)len);
    impl->events.frame_cb(impl->events.user, &link->client, bytes, len);
    free(bytes);
}

/* ---- the end of a client ---- */

static void count_ending(struct metrics *metrics, int code)
{
    if (code == GATE_CLOSE_RESYNC) {
        metrics_add(metrics, METRIC_CUT_OFFS, 1);
    } else if (code == GATE_CLOSE_SILENT) {
        metrics_add(metrics, METRIC_SILENT_CLIENTS, 1);
    } else if (code == GATE_CLOSE_TOO_BIG || code == GATE_CLOSE_PROTOCOL ||
               code == GATE_CLOSE_NOT_BINARY) {
        metrics_add(metrics, METRIC_BAD_FRAMES, 1);
    }
}

void link_cut(struct gate_link *link, int code, const char *reason)
{
    if (link->state != LINK_OPEN) {
        return;
    }
    link->state = LINK_CLOSING;
    link->code = code;
    snprintf(link->reason, sizeof link->reason, "%s", reason);
    link->closing_ms = uv_now(link->impl->loop);
    drop_queue(link, link->client.way == GATE_TCP ? link->tcp.writing : link->ws_skip > 0);
    count_ending(link->impl->metrics, code);
    link_mark_dirty(link);
}

static void tell_closed(struct gate_link *link)
{
    link->state = LINK_FAREWELL;
    link->impl->events.close_cb(link->impl->events.user, &link->client, link->code, link->reason);
}

void link_lost(struct gate_link *link, int code)
{
    if (link->state == LINK_OPEN) {
        link->code = code;
        link->closing_ms = uv_now(link->impl->loop);
        snprintf(link->reason, sizeof link->reason, "%s",
                 code == GATE_CLOSE_LOST ? "connection lost" : "closed by the client");
    }
    if (link->state != LINK_FAREWELL) {
        tell_closed(link);
    }
}

static void flush_link(struct gate_link *link)
{
    bool tcp = link->client.way == GATE_TCP;
    if (link->state == LINK_CLOSING) {
        tell_closed(link);
        if (tcp) {
            tcp_say_farewell(link);
        } else {
            ws_flush(link);
        }
    } else if (link->state == LINK_OPEN) {
        if (tcp) {
            tcp_flush(link);
        } else {
            ws_flush(link);
        }
    }
}

/* Whoever becomes dirty meanwhile has the next turn: a fast client cannot hold the loop. Links
 * are freed only from their sockets' own close callbacks, so never inside this function. */
static void flush_turn(uv_idle_t *idle)
{
    struct gate_impl *impl = idle->data;
    uint32_t count = impl->dirty_count;
    struct gate_link **now = impl->dirty;
    impl->dirty = impl->flushing;
    impl->flushing = now;
    impl->dirty_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        now[i]->dirty = false;
        flush_link(now[i]);
    }
    if (impl->dirty_count == 0) {
        uv_idle_stop(idle);
    }
}

/* ---- time limits ---- */

static bool is_over(uint64_t now_ms, uint64_t since_ms, uint64_t limit_ms)
{
    return now_ms >= since_ms + limit_ms;
}

static void sweep_link(struct gate_link *link, uint64_t now_ms)
{
    const struct gate_config *config = &link->impl->config;
    if (link->state != LINK_OPEN) {
        if (is_over(now_ms, link->closing_ms, config->farewell_ms)) {
            (link->client.way == GATE_TCP ? tcp_kill : ws_kill)(link);
        }
    } else if (!link->greeted && is_over(now_ms, link->opened_ms, config->hello_ms)) {
        link_cut(link, GATE_CLOSE_SILENT, "no hello in time");
    } else if (link->partial_ms && is_over(now_ms, link->partial_ms, config->hello_ms)) {
        link_cut(link, GATE_CLOSE_SILENT, "frame not finished in time");
    } else if (config->idle_ms && is_over(now_ms, link->heard_ms, config->idle_ms)) {
        link_cut(link, GATE_CLOSE_SILENT, "nothing heard for too long");
    }
}

static void close_handle_cb(uv_handle_t *handle)
{
    gate_handle_closed(handle->data);
}

/* One step a sweep, after the last client: on a loop not its own libwebsockets closes its handles
 * at a first call, in the turns after it, and frees itself at a second; then our two handles. */
static void finish_closing(struct gate_impl *impl)
{
    if (impl->clients > 0) {
        return;
    }
    if (impl->lws && impl->lws_destroys < 2) {
        if (impl->lws_destroys == 0 || impl->connections == 0) {
            impl->lws_destroys++;
            lws_context_destroy(impl->lws);
        }
        return;
    }
    if (impl->connections == 0 && !uv_is_closing((uv_handle_t *)&impl->sweep)) {
        uv_close((uv_handle_t *)&impl->flush, close_handle_cb);
        uv_close((uv_handle_t *)&impl->sweep, close_handle_cb);
    }
}

static void sweep_turn(uv_timer_t *timer)
{
    struct gate_impl *impl = timer->data;
    uint64_t now_ms = uv_now(impl->loop);
    listener_refill(impl, now_ms - impl->swept_ms);
    impl->swept_ms = now_ms;
    for (uint32_t i = 0; i < impl->config.clients_max; i++) {
        if (impl->slots[i]) {
            sweep_link(impl->slots[i], now_ms);
        }
    }
    http_sweep(impl, now_ms);
    if (impl->closing) {
        finish_closing(impl);
    }
}

/* ---- start and end ---- */

static void free_impl(struct gate_impl *impl)
{
    if (impl->spare_fd >= 0) {
        close(impl->spare_fd);
    }
    free(impl->slots);
    free(impl->dirty);
    free(impl->flushing);
    free(impl);
}

void gate_handle_closed(struct gate_impl *impl)
{
    must(impl->handles > 0);
    if (--impl->handles > 0) {
        return;
    }
    struct gate *gate = impl->gate;
    gate_closed_cb closed_cb = impl->closed_cb;
    free_impl(impl);
    if (closed_cb) {
        gate->impl = NULL;
        closed_cb(gate);
    }
}

static void start_closing(struct gate_impl *impl)
{
    impl->closing = true;
    listener_close(&impl->http);
    listener_close(&impl->tcp);
    for (uint32_t i = 0; i < impl->config.clients_max; i++) {
        if (impl->slots[i]) {
            link_cut(impl->slots[i], GATE_CLOSE_GOING_AWAY, "the server stops");
        }
    }
}

void gate_close(struct gate *gate, gate_closed_cb closed_cb)
{
    must(gate->impl && !gate->impl->closing);
    gate->impl->closed_cb = closed_cb;
    start_closing(gate->impl);
}

static int check_config(struct gate *gate, const struct gate_config *config)
{
    const char *wrong = NULL;
    if (config->clients_max == 0 || config->clients_max > CLIENTS_MAX) {
        wrong = "clients_max must be 1 to 65536";
    } else if (config->connections_max < config->clients_max) {
        wrong = "connections_max must not be below clients_max";
    } else if (config->queue_frames_max == 0 || config->queue_bytes_max == 0) {
        wrong = "a client's queue needs room";
    } else if (config->frame_bytes_max == 0 || config->frame_bytes_max > INT32_MAX) {
        wrong = "frame_bytes_max is out of range";
    } else if (config->handshakes_per_s == 0) {
        wrong = "handshakes_per_s must not be 0";
    }
    if (wrong) {
        snprintf(gate->errmsg, sizeof gate->errmsg, "gate: %s", wrong);
    }
    return wrong ? -1 : 0;
}

static struct gate_impl *impl_new(uv_loop_t *loop, const struct gate_config *config,
                                  const struct gate_events *events, struct metrics *metrics)
{
    struct gate_impl *impl = calloc(1, sizeof *impl);
    if (!impl) {
        return NULL;
    }
    impl->loop = loop;
    impl->config = *config;
    impl->events = *events;
    impl->metrics = metrics;
    impl->spare_fd = impl->http.fd = impl->tcp.fd = -1;
    impl->slots = calloc(config->clients_max, sizeof(struct gate_link *));
    impl->dirty = calloc(config->clients_max, sizeof(struct gate_link *));
    impl->flushing = calloc(config->clients_max, sizeof(struct gate_link *));
    if (!impl->slots || !impl->dirty || !impl->flushing) {
        free_impl(impl);
        return NULL;
    }
    return impl;
}

static int start(struct gate_impl *impl)
{
    signal(SIGPIPE, SIG_IGN); /* a peer that left is an error of its write, not our end */
    uv_idle_init(impl->loop, &impl->flush);
    uv_timer_init(impl->loop, &impl->sweep);
    impl->flush.data = impl->sweep.data = impl;
    impl->handles = 2;
    impl->handshakes_milli = 1000; /* the rest with the sweeps */
    impl->swept_ms = uv_now(impl->loop);
    uv_timer_start(&impl->sweep, sweep_turn, SWEEP_MS, SWEEP_MS);
    if (gate_reserve_descriptors(impl) < 0) {
        return -1;
    }
    if (impl->config.http_port >= 0 &&
        (lws_start(impl) < 0 ||
         listener_open(&impl->http, impl, GATE_WEBSOCKET, impl->config.http_port) < 0)) {
        return -1;
    }
    if (impl->config.tcp_port >= 0 &&
        listener_open(&impl->tcp, impl, GATE_TCP, impl->config.tcp_port) < 0) {
        return -1;
    }
    return 0;
}

int gate_init(struct gate *gate, uv_loop_t *loop, const struct gate_config *config,
              const struct gate_events *events, struct metrics *metrics)
{
    must(events->open_cb && events->frame_cb && events->drained_cb && events->close_cb);
    gate->errmsg[0] = '\0';
    gate->impl = NULL;
    if (check_config(gate, config) < 0) {
        return -1;
    }
    struct gate_impl *impl = impl_new(loop, config, events, metrics);
    if (!impl) {
        snprintf(gate->errmsg, sizeof gate->errmsg, "gate: out of memory");
        return -1;
    }
    impl->gate = gate;
    if (start(impl) < 0) {
        impl->gate = NULL;
        start_closing(impl);
        return -1;
    }
    gate->impl = impl;
    return 0;
}

int gate_http_port(const struct gate *gate)
{
    return gate->impl->http.port;
}

int gate_tcp_port(const struct gate *gate)
{
    return gate->impl->tcp.port;
}

int gate_route(struct gate *gate, enum gate_method method, const char *path,
               gate_handler_cb handler_cb, void *user)
{
    struct gate_impl *impl = gate->impl;
    if (impl->route_count == GATE_ROUTES_MAX || strlen(path) >= GATE_PATH_MAX || path[0] != '/') {
        snprintf(gate->errmsg, sizeof gate->errmsg, "gate: no room for the route %.100s", path);
        return -1;
    }
    struct gate_route *route = &impl->routes[impl->route_count++];
    route->method = method;
    snprintf(route->path, sizeof route->path, "%s", path);
    route->handler_cb = handler_cb;
    route->user = user;
    return 0;
}

/* ---- what the rest of the program does with a client ---- */

int gate_send(struct gate_client *client, struct frame *frame)
{
    struct gate_link *link = client->link;
    const struct gate_config *config = &link->impl->config;
    if (link->state != LINK_OPEN) {
        return -1;
    }
    bool no_room = link->count > 0 && link->queued_bytes + frame->len > config->queue_bytes_max;
    if (no_room || link->count == config->queue_frames_max) {
        link_cut(link, GATE_CLOSE_RESYNC, "resync");
        return -1;
    }
    link->queue[(link->head + link->count) % config->queue_frames_max] = frame_keep(frame);
    link->count++;
    link->queued_bytes += frame->len;
    link_mark_dirty(link);
    return 0;
}

size_t gate_pending_bytes(const struct gate_client *client)
{
    return client->link->queued_bytes;
}

void gate_cut(struct gate_client *client, int code, const char *reason)
{
    link_cut(client->link, code, reason);
}

struct gate_client *gate_find(struct gate *gate, uint64_t client_id)
{
    uint64_t slot = client_id & (CLIENTS_MAX - 1);
    struct gate_impl *impl = gate->impl;
    if (!impl || slot >= impl->config.clients_max || !impl->slots[slot]) {
        return NULL;
    }
    struct gate_link *link = impl->slots[slot];
    return link->client.id == client_id && link->state == LINK_OPEN ? &link->client : NULL;
}
