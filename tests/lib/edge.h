/* edge: a gate with its loop, and small clients that speak to it by hand, in one thread.
 *
 * Clients' sockets do not block: whoever waits turns the loop meanwhile, until what it waits for
 * has come. What the gate calls back is kept in `struct edge` for the test to look at.
 * Owner: the test. Errors fail the test at once. */
#ifndef TESTS_LIB_EDGE_H
#define TESTS_LIB_EDGE_H

#include "dispatch/gate/gate.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EDGE_CLIENTS_MAX = 512, EDGE_FRAME_KEPT = 256 };

struct edge {
    uv_loop_t loop;
    struct metrics metrics;
    struct gate gate;
    bool closed;
    struct gate_client *client[EDGE_CLIENTS_MAX]; /* in order of opening; NULL once closed */
    uint32_t opened, closed_count;
    uint32_t frames;
    uint8_t last_frame[EDGE_FRAME_KEPT];
    size_t last_len;
    uint32_t drained;
    int last_code;
    char last_reason[GATE_REASON_MAX];
};

void edge_start(struct edge *edge, const struct gate_config *config);
void edge_stop(struct edge *edge);
void edge_turn(struct edge *edge); /* one turn, waiting at most some milliseconds for events */

#define edge_until(edge, cond)                                                                     \
    do {                                                                                           \
        while (!(cond))                                                                            \
            edge_turn(edge);                                                                       \
    } while (0)

/* One connection by hand. */
struct peer {
    struct edge *edge;
    int fd;
    bool ended;  /* the other side has closed */
    uint8_t *in; /* received and not yet taken */
    size_t in_len, in_cap;
};

void peer_open(struct peer *peer, struct edge *edge, int port);
void peer_close(struct peer *peer);
void peer_write(struct peer *peer, const void *bytes, size_t len);
void peer_read(struct peer *peer);             /* what is there, without waiting */
bool peer_wait(struct peer *peer, size_t len); /* false: ended before */
void peer_wait_end(struct peer *peer);
void peer_take(struct peer *peer, void *bytes, size_t len);

/* TCP frames. Receive: payload length, or minus the code of a farewell, or 0 at the end. */
void peer_send_frame(struct peer *peer, const void *bytes, uint32_t len);
int peer_recv_frame(struct peer *peer, uint8_t *bytes, size_t size);

/* HTTP: sends the text, gives the status (0: closed without an answer); the head and the body
 * stay until the next call. */
int peer_http(struct peer *peer, const char *request, char *head, size_t head_size, char *body,
              size_t body_size);

/* WebSocket: gives the handshake's status; then masked frames by hand. Receive: opcode. */
int peer_upgrade(struct peer *peer, const char *path, const char *origin);
void peer_ws_send(struct peer *peer, int opcode, bool fin, const void *bytes, size_t len);
int peer_ws_recv(struct peer *peer, uint8_t *bytes, size_t size, size_t *len);

/* Receives until the close frame; its code, or 0 when the end came without one. */
int peer_ws_close_code(struct peer *peer);

#endif
