/* listener: a connection that hears what a server sends to many, as cheaply as can be: for
 * generators that hold thousands. It says its greeting, cuts what comes into messages and hands
 * them on; sending is for small things only.
 *
 *   LISTENER_FRAMES     dispatchd's stream over TCP (32-bit length)
 *   LISTENER_WEBSOCKET  one message a binary frame; with `mqtt` the subprotocol and packets of it
 *   LISTENER_MQTT       MQTT packets over TCP
 *
 * Owner: the caller; listener_close. One thread with one epoll. Errors: listener_read is negative
 * when the connection is over; then close it. Start here: listener_open. */
#ifndef TESTS_BENCH_LISTENER_H
#define TESTS_BENCH_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum listener_way { LISTENER_FRAMES, LISTENER_WEBSOCKET, LISTENER_MQTT };

struct listener {
    int fd; /* -1: closed */
    enum listener_way way;
    bool mqtt;         /* over WebSocket */
    bool shaken;       /* WebSocket: the server's answer has been read */
    bool said_goodbye; /* the server did; `code` is why */
    uint32_t code;
    uint8_t *in; /* the beginning of a message */
    size_t in_n, in_room;
    void (*message_cb)(struct listener *listener, const uint8_t *bytes, size_t n);
    void *user;
};

/* Connects to 127.0.0.1:port and says the greeting (for MQTT: connects and subscribes to "bench").
 * The way, mqtt, message_cb and user are set by the caller. Negative: refused. */
int listener_open(struct listener *listener, int epoll, uint16_t port, const uint8_t *greeting,
                  size_t n);
/* Reads once and hands on what is whole. */
int listener_read(struct listener *listener);
/* One message in the way's own form. */
int listener_send(struct listener *listener, const uint8_t *bytes, size_t n);
int listener_publish(struct listener *listener, const uint8_t *payload, size_t n); /* MQTT */
void listener_close(struct listener *listener);

#endif
