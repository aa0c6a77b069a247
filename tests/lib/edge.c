#include "tests/lib/edge.h"

#include "dispatch/must.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- the gate and what it calls ---- */

static void opened(void *user, struct gate_client *client)
{
    struct edge *edge = user;
    must(edge->opened < EDGE_CLIENTS_MAX);
    client->user = (void *)(uintptr_t)edge->opened;
    edge->client[edge->opened++] = client;
}

static void framed(void *user, struct gate_client *client, const uint8_t *bytes, size_t len)
{
    struct edge *edge = user;
    (void)client;
    edge->frames++;
    edge->last_len = len;
    memcpy(edge->last_frame, bytes, len < EDGE_FRAME_KEPT ? len : EDGE_FRAME_KEPT);
}

static void drained(void *user, struct gate_client *client)
{
    (void)client;
    ((struct edge *)user)->drained++;
}

static void closed(void *user, struct gate_client *client, int code, const char *reason)
{
    struct edge *edge = user;
    must(edge->client[(uintptr_t)client->user] == client);
    edge->client[(uintptr_t)client->user] = NULL;
    edge->closed_count++;
    edge->last_code = code;
    snprintf(edge->last_reason, sizeof edge->last_reason, "%s", reason);
}

void edge_start(struct edge *edge, const struct gate_config *config)
{
    struct gate_events events = {edge, opened, framed, drained, closed};
    memset(edge, 0, sizeof *edge);
    must(uv_loop_init(&edge->loop) == 0);
    metrics_init(&edge->metrics);
    edge->gate.user = edge;
    if (gate_init(&edge->gate, &edge->loop, config, &events, &edge->metrics) < 0) {
        fprintf(stderr, "%s\n", edge->gate.errmsg);
        abort();
    }
}

static void gate_is_closed(struct gate *gate)
{
    ((struct edge *)gate->user)->closed = true;
}

void edge_stop(struct edge *edge)
{
    gate_close(&edge->gate, gate_is_closed);
    edge_until(edge, edge->closed);
    uv_run(&edge->loop, UV_RUN_DEFAULT);
    must(uv_loop_close(&edge->loop) == 0);
    must(edge->metrics.value[METRIC_CLIENTS] == 0);
    must(edge->metrics.value[METRIC_CONNECTIONS] == 0);
}

void edge_turn(struct edge *edge)
{
    struct pollfd events = {.fd = uv_backend_fd(&edge->loop), .events = POLLIN};
    if (uv_run(&edge->loop, UV_RUN_NOWAIT) == 0 || uv_backend_timeout(&edge->loop) != 0) {
        poll(&events, 1, 2);
    }
}

/* ---- one connection ---- */

void peer_open(struct peer *peer, struct edge *edge, int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    memset(peer, 0, sizeof *peer);
    peer->edge = edge;
    peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    must(peer->fd >= 0);
    int rc = connect(peer->fd, (struct sockaddr *)&address, sizeof address);
    must(rc == 0 || errno == EINPROGRESS);
}

void peer_close(struct peer *peer)
{
    if (peer->fd >= 0) {
        close(peer->fd);
    }
    peer->fd = -1;
    free(peer->in);
    peer->in = NULL;
}

/* A connection that has been reset takes nothing more; the test will see its end. */
void peer_write(struct peer *peer, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    while (len > 0) {
        ssize_t sent = send(peer->fd, at, len, MSG_NOSIGNAL);
        if (sent > 0) {
            at += sent;
            len -= (size_t)sent;
        } else if (errno == EAGAIN || errno == ENOTCONN || errno == EINPROGRESS) {
            edge_turn(peer->edge);
        } else {
            return;
        }
    }
}

void peer_read(struct peer *peer)
{
    for (;;) {
        if (peer->in_cap - peer->in_len < 65536) {
            peer->in_cap = peer->in_cap * 2 + 65536;
            peer->in = realloc(peer->in, peer->in_cap);
            must(peer->in);
        }
        ssize_t got = recv(peer->fd, peer->in + peer->in_len, peer->in_cap - peer->in_len, 0);
        if (got > 0) {
            peer->in_len += (size_t)got;
        } else {
            peer->ended |= got == 0 || (errno != EAGAIN && errno != ENOTCONN);
            return;
        }
    }
}

bool peer_wait(struct peer *peer, size_t len)
{
    for (;;) {
        peer_read(peer);
        if (peer->in_len >= len) {
            return true;
        }
        if (peer->ended) {
            return false;
        }
        edge_turn(peer->edge);
    }
}

void peer_wait_end(struct peer *peer)
{
    for (peer_read(peer); !peer->ended; peer_read(peer)) {
        edge_turn(peer->edge);
    }
}

void peer_take(struct peer *peer, void *bytes, size_t len)
{
    must(len <= peer->in_len);
    if (bytes) {
        memcpy(bytes, peer->in, len);
    }
    memmove(peer->in, peer->in + len, peer->in_len - len);
    peer->in_len -= len;
}

/* ---- TCP frames ---- */

void peer_send_frame(struct peer *peer, const void *bytes, uint32_t len)
{
    uint32_t length_be = htonl(len);
    peer_write(peer, &length_be, 4);
    peer_write(peer, bytes, len);
}

int peer_recv_frame(struct peer *peer, uint8_t *bytes, size_t size)
{
    uint32_t length_be;
    if (!peer_wait(peer, 4)) {
        return 0;
    }
    peer_take(peer, &length_be, 4);
    uint32_t len = ntohl(length_be);
    if (len & 0x80000000u) {
        return -(int)(len & 0xffff);
    }
    must(len <= size);
    if (!peer_wait(peer, len)) {
        return 0;
    }
    peer_take(peer, bytes, len);
    return (int)len;
}

/* ---- HTTP ---- */

static size_t head_length(struct peer *peer)
{
    for (size_t want = 1;; want = peer->in_len + 1) {
        if (!peer_wait(peer, want)) {
            return 0;
        }
        uint8_t *end = memmem(peer->in, peer->in_len, "\r\n\r\n", 4);
        if (end) {
            return (size_t)(end - peer->in) + 4;
        }
    }
}

static int take_head(struct peer *peer, char *head, size_t size)
{
    size_t len = head_length(peer);
    must(len < size);
    if (len == 0) {
        return 0;
    }
    peer_take(peer, head, len);
    head[len] = '\0';
    int status = 0;
    if (sscanf(head, "HTTP/1.%*d %d", &status) != 1) {
        fprintf(stderr, "not an answer: %s\n", head);
        abort();
    }
    return status;
}

int peer_http(struct peer *peer, const char *request, char *head, size_t head_size, char *body,
              size_t body_size)
{
    peer_write(peer, request, strlen(request));
    int status = take_head(peer, head, head_size);
    const char *length = status ? strcasestr(head, "content-length:") : NULL;
    size_t len = length ? strtoul(length + 15, NULL, 10) : 0;
    must(len < body_size);
    if (len && peer_wait(peer, len)) {
        peer_take(peer, body, len);
    } else {
        len = 0;
    }
    body[len] = '\0';
    return status;
}

/* ---- WebSocket ---- */

int peer_upgrade(struct peer *peer, const char *path, const char *origin)
{
    char request[512];
    char head[2048];
    snprintf(request, sizeof request,
             "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
             "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
             "Sec-WebSocket-Version: 13\r\n%s%s%s\r\n",
             path, origin ? "Origin: " : "", origin ? origin : "", origin ? "\r\n" : "");
    peer_write(peer, request, strlen(request));
    int status = take_head(peer, head, sizeof head);
    must(status != 101 || strstr(head, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    return status;
}

void peer_ws_send(struct peer *peer, int opcode, bool fin, const void *bytes, size_t len)
{
    static const uint8_t mask[4] = {0x5a, 0xc3, 0x17, 0x99};
    uint8_t *frame = malloc(len + 14);
    size_t at = 0;
    must(frame && len <= UINT32_MAX);
    frame[at++] = (uint8_t)((fin ? 0x80 : 0) | opcode);
    if (len < 126) {
        frame[at++] = (uint8_t)(0x80 | len);
    } else {
        frame[at++] = 0x80 | 127;
        for (int shift = 56; shift >= 0; shift -= 8) {
            frame[at++] = (uint8_t)((uint64_t)len >> shift);
        }
    }
    memcpy(frame + at, mask, 4);
    at += 4;
    for (size_t i = 0; i < len; i++) {
        frame[at + i] = ((const uint8_t *)bytes)[i] ^ mask[i % 4];
    }
    peer_write(peer, frame, at + len);
    free(frame);
}

static bool take_ws_length(struct peer *peer, uint64_t first, size_t *len)
{
    uint8_t more[8] = {0};
    size_t count = first == 126 ? 2 : first == 127 ? 8 : 0;
    if (!peer_wait(peer, count)) {
        return false;
    }
    peer_take(peer, more, count);
    *len = count ? 0 : (size_t)first;
    for (size_t i = 0; i < count; i++) {
        *len = *len << 8 | more[i];
    }
    return true;
}

int peer_ws_recv(struct peer *peer, uint8_t *bytes, size_t size, size_t *len)
{
    uint8_t head[2];
    if (!peer_wait(peer, 2)) {
        return -1;
    }
    peer_take(peer, head, 2);
    must((head[1] & 0x80) == 0 && (head[0] & 0x80)); /* unmasked, whole */
    if (!take_ws_length(peer, head[1], len) || !peer_wait(peer, *len)) {
        return -1;
    }
    must(*len <= size);
    peer_take(peer, bytes, *len);
    return head[0] & 0x0f;
}

int peer_ws_close_code(struct peer *peer)
{
    static uint8_t bytes[1 << 20];
    size_t len;
    for (;;) {
        int opcode = peer_ws_recv(peer, bytes, sizeof bytes, &len);
        if (opcode < 0) {
            return 0;
        }
        if (opcode == 8) {
            return len >= 2 ? bytes[0] << 8 | bytes[1] : 1005;
        }
    }
}
