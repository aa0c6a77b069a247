#include "tests/bench/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 256 * 1024, SEND_MAX = 8192, TOPIC_N = 5 };

static int send_bytes(struct listener *l, const uint8_t *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = send(l->fd, bytes, n, MSG_NOSIGNAL);
        if (done < 0 && errno != EAGAIN)
            return -1;
        if (done > 0) {
            bytes += done;
            n -= (size_t)done;
        }
    }
    return 0;
}

/* A masked binary frame with a mask of zeros, which the standard does not forbid. */
static int send_websocket(struct listener *l, const uint8_t *bytes, size_t n)
{
    uint8_t frame[SEND_MAX + 8] = {0x82, (uint8_t)(0x80 | (n < 126 ? n : 126))};
    size_t head = 2;
    if (n > SEND_MAX)
        return -1;
    if (n >= 126) {
        frame[2] = (uint8_t)(n >> 8);
        frame[3] = (uint8_t)n;
        head = 4;
    }
    memset(frame + head, 0, 4);
    memcpy(frame + head + 4, bytes, n);
    return send_bytes(l, frame, head + 4 + n);
}

int listener_send(struct listener *l, const uint8_t *bytes, size_t n)
{
    uint8_t length[4] = {(uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
    if (l->way == LISTENER_WEBSOCKET)
        return send_websocket(l, bytes, n);
    if (l->way == LISTENER_FRAMES && send_bytes(l, length, 4) < 0)
        return -1;
    return send_bytes(l, bytes, n);
}

int listener_publish(struct listener *l, const uint8_t *payload, size_t n)
{
    uint8_t packet[SEND_MAX] = {0x30};
    size_t left = 2 + TOPIC_N + n, at = 1;
    if (left + 5 > sizeof(packet))
        return -1;
    for (; left > 127; left >>= 7)
        packet[at++] = (uint8_t)(left | 0x80);
    packet[at++] = (uint8_t)left;
    memcpy(packet + at, "\0\5bench", 2 + TOPIC_N);
    memcpy(packet + at + 2 + TOPIC_N, payload, n);
    return listener_send(l, packet, at + 2 + TOPIC_N + n);
}

/* --- greeting --- */

static int say_mqtt(struct listener *l)
{
    static unsigned serial;
    char id[12];
    uint8_t hello[64] = {0x10, 0, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0};
    int n = snprintf(id, sizeof(id), "b%u", ++serial);
    hello[1] = (uint8_t)(10 + 2 + n);
    hello[13] = (uint8_t)n;
    memcpy(hello + 14, id, (size_t)n);
    uint8_t *subscribe = hello + 14 + n;
    memcpy(subscribe, "\x82\x0a\0\1\0\5bench\0", 12);
    return listener_send(l, hello, (size_t)(14 + n + 12));
}

static int say_websocket(struct listener *l, uint16_t port)
{
    char text[512];
    int n = snprintf(text, sizeof(text),
                     "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\n"
                     "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                     "Sec-WebSocket-Version: 13\r\n%s\r\n",
                     l->mqtt ? "/mqtt" : "/ws", port,
                     l->mqtt ? "Sec-WebSocket-Protocol: mqtt\r\n" : "");
    return send_bytes(l, (const uint8_t *)text, (size_t)n);
}

static int greet(struct listener *l, uint16_t port, const uint8_t *greeting, size_t n)
{
    if (l->way == LISTENER_WEBSOCKET && say_websocket(l, port) < 0)
        return -1;
    if (l->mqtt || l->way == LISTENER_MQTT)
        return say_mqtt(l);
    return listener_send(l, greeting, n);
}

int listener_open(struct listener *l, int epoll, uint16_t port, const uint8_t *greeting, size_t n)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = l};
    int one = 1;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    l->shaken = l->said_goodbye = false;
    l->in_n = 0;
    if (l->fd < 0 || connect(l->fd, (struct sockaddr *)&to, sizeof(to)) < 0 ||
        setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0 ||
        greet(l, port, greeting, n) < 0 || fcntl(l->fd, F_SETFL, O_NONBLOCK) < 0 ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, l->fd, &event) < 0) {
        listener_close(l);
        return -1;
    }
    return 0;
}

void listener_close(struct listener *l)
{
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
    free(l->in);
    l->in = NULL;
    l->in_n = l->in_room = 0;
}

/* --- cutting into messages: bytes used, 0 for an incomplete one, negative for the end --- */

static ssize_t take_frame(struct listener *l, const uint8_t *p, size_t n)
{
    if (n < 4)
        return 0;
    uint32_t length = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    if (length & 0x80000000u) {
        l->said_goodbye = true;
        l->code = length & 0xffff;
        return -1;
    }
    if (n < 4 + (size_t)length)
        return 0;
    l->message_cb(l, p + 4, length);
    return 4 + (ssize_t)length;
}

static ssize_t take_websocket(struct listener *l, const uint8_t *p, size_t n)
{
    if (!l->shaken) {
        const uint8_t *end = memmem(p, n, "\r\n\r\n", 4);
        l->shaken = end != NULL;
        if (end && memcmp(p, "HTTP/1.1 101", 12) != 0)
            return -1;
        return end ? end + 4 - p : 0;
    }
    size_t head = n < 2 ? 2 : p[1] == 127 ? 10 : p[1] == 126 ? 4 : 2, length = 0;
    if (n < head)
        return 0;
    if (head == 2)
        length = p[1];
    for (size_t i = 2; i < head; i++)
        length = length << 8 | p[i];
    if (n < head + length)
        return 0;
    if ((p[0] & 15) == 8) {
        l->said_goodbye = length >= 2;
        l->code = length >= 2 ? (uint32_t)p[head] << 8 | p[head + 1] : 0;
        return -1;
    }
    l->message_cb(l, p + head, length);
    return (ssize_t)(head + length);
}

static ssize_t take_mqtt(struct listener *l, const uint8_t *p, size_t n)
{
    size_t length = 0, at = 1;
    for (unsigned shift = 0; at < n && at < 5; shift += 7) {
        length |= (size_t)(p[at] & 127) << shift;
        if ((p[at++] & 128) == 0) {
            if (n < at + length)
                return 0;
            l->message_cb(l, p, at + length);
            return (ssize_t)(at + length);
        }
    }
    return 0;
}

static ssize_t take_one(struct listener *l, const uint8_t *p, size_t n)
{
    return l->way == LISTENER_FRAMES      ? take_frame(l, p, n)
           : l->way == LISTENER_WEBSOCKET ? take_websocket(l, p, n)
                                          : take_mqtt(l, p, n);
}

static int keep(struct listener *l, const uint8_t *bytes, size_t n)
{
    if (n > l->in_room) {
        uint8_t *grown = realloc(l->in, n);
        if (!grown)
            return -1;
        l->in = grown;
        l->in_room = n;
    }
    if (n)
        memmove(l->in, bytes, n);
    l->in_n = n;
    return 0;
}

int listener_read(struct listener *l)
{
    static uint8_t buffer[2 * 1024 * 1024 + READ_BYTES];
    size_t have = l->in_n, at = 0;
    if (have)
        memcpy(buffer, l->in, have);
    ssize_t n = recv(l->fd, buffer + have, READ_BYTES, 0);
    if (n <= 0)
        return n < 0 && errno == EAGAIN ? 0 : -1;
    have += (size_t)n;
    while (at < have) {
        ssize_t used = take_one(l, buffer + at, have - at);
        if (used < 0)
            return -1;
        if (used == 0)
            break;
        at += (size_t)used;
    }
    return have - at > 2 * 1024 * 1024 ? -1 : keep(l, buffer + at, have - at);
}
