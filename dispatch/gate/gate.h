/* gate: people's way in and out. It moves bytes and knows nothing of messages or of the core.
 *
 *   browser ── HTTP ──────► route handlers, console's files
 *           └─ WebSocket ─┐
 *   tools ──── TCP ───────┴► struct gate_client: open, frame, drained, close
 *
 * WebSocket (path /ws, subprotocol none or "dispatch", one binary message = one frame) and TCP
 * (32-bit big-endian length, then the frame) are the same client to the rest. HTTP and WebSocket
 * share a port and are spoken by libwebsockets; accepting, limits, time-outs and queues are ours
 * and the same for both.
 *
 * Over TCP a length word with its top bit set is a farewell: its low 16 bits are the close code
 * that a WebSocket client would get, and the connection ends.
 *
 * A client's queue is bounded. gate_pending_bytes tells how full it is, so that the sender can
 * leave out what is soon stale; a client over its bound is told GATE_CLOSE_RESYNC and cut off.
 * Writes leave once per turn of the loop, whatever number of frames was sent in it.
 *
 * Owner: the caller owns struct gate until the callback of gate_close; the gate owns clients,
 * lent between open_cb and close_cb; later calls are reached by `id`, which is never used again.
 * Thread: the loop's only. Callbacks never run inside gate_send or gate_cut.
 * Units: milliseconds (of the loop's clock), bytes. Errors: negative, text in errmsg.
 * Start here: gate_init, gate_route for HTTP, struct gate_events for everything else. */
#ifndef GATE_GATE_H
#define GATE_GATE_H

#include "dispatch/base/metrics.h"
#include "dispatch/gate/frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum {
    GATE_PEER_MAX = 64,
    GATE_ROUTES_MAX = 32,
    GATE_PATH_MAX = 256,
    GATE_ORIGINS_MAX = 8,
    GATE_REASON_MAX = 64,
};

enum gate_way { GATE_WEBSOCKET, GATE_TCP };

enum gate_close_code {
    GATE_CLOSE_NORMAL = 1000,
    GATE_CLOSE_GOING_AWAY = 1001, /* the server stops */
    GATE_CLOSE_PROTOCOL = 1002,
    GATE_CLOSE_NOT_BINARY = 1003,
    GATE_CLOSE_LOST = 1006, /* never sent: the peer went without a word */
    GATE_CLOSE_POLICY = 1008,
    GATE_CLOSE_TOO_BIG = 1009,
    GATE_CLOSE_TRY_LATER = 1013, /* too many clients */
    GATE_CLOSE_RESYNC = 4008,    /* too slow: come back and resume by seq */
    GATE_CLOSE_SILENT = 4009,    /* no hello in time, or nothing heard for too long */
};

/* Where to listen, and how much anyone outside may cost us. */
struct gate_config {
    const char *host;        /* an IPv4 address; loopback unless the operator says so */
    int http_port;           /* 0: any free one, told by gate_http_port; -1: none */
    int tcp_port;            /* the same */
    const char *console_dir; /* the console's built files, or NULL */
    const char *origins[GATE_ORIGINS_MAX]; /* allowed; others are refused, none sent is allowed */
    uint32_t clients_max;                  /* WebSocket and TCP together */
    uint32_t clients_per_peer;             /* of one address but this machine's; 0: no limit */
    uint32_t connections_max;              /* sockets of any kind, HTTP included */
    uint32_t handshakes_per_s;             /* faster ones wait in the listen queue */
    uint32_t frame_bytes_max;              /* from a client */
    uint32_t body_bytes_max;               /* of an HTTP request */
    uint32_t queue_bytes_max;              /* to one client, waiting */
    uint32_t queue_frames_max;
    uint32_t hello_ms;    /* until the first frame, or the rest of a begun one or request */
    uint32_t idle_ms;     /* nothing heard from a client; 0: no limit */
    uint32_t farewell_ms; /* a closing client may take this long to read its farewell */
    uint32_t answer_ms;   /* a handler's late answer; then 504 */
};

struct gate;
struct gate_impl; /* gate_impl.h */
struct gate_link;

struct gate_client {
    uint64_t id;
    enum gate_way way;
    char peer[GATE_PEER_MAX]; /* "127.0.0.1:40112", or whom a proxy on this machine names */
    void *user;               /* yours */
    struct gate_link *link;   /* the gate's */
};

/* open: say nothing yet, the client speaks first. frame: bytes are lent for the call.
 * drained: what waited has left, more may be sent. close: forget the client; always called
 * once, in a later turn than the gate_send or gate_cut that caused it. */
struct gate_events {
    void *user;
    void (*open_cb)(void *user, struct gate_client *client);
    void (*frame_cb)(void *user, struct gate_client *client, const uint8_t *bytes, size_t len);
    void (*drained_cb)(void *user, struct gate_client *client);
    void (*close_cb)(void *user, struct gate_client *client, int code, const char *reason);
};

enum gate_method { GATE_GET, GATE_POST };

/* Lent for the handler's call, but for `id`. */
struct gate_request {
    uint64_t id;
    enum gate_method method;
    const char *path;  /* decoded, without the query */
    const char *query; /* decoded, "" if none */
    const char *token; /* of "Authorization: Bearer", "" if none */
    const char *peer;
    const char *content_type; /* "" if none */
    const uint8_t *body;      /* NUL-terminated after body_len, for text */
    size_t body_len;
};

/* Answers by gate_answer, now or later. */
typedef void (*gate_handler_cb)(void *user, const struct gate_request *request);
typedef void (*gate_closed_cb)(struct gate *gate);

struct gate {
    char errmsg[256];
    void *user; /* yours, for closed_cb */
    struct gate_impl *impl;
};

/* Sensible limits; host 127.0.0.1, no ports. */
void gate_config_defaults(struct gate_config *config);

/* Listens at once. The strings of config and the metrics are borrowed until gate_close is done.
 * On error nothing is left behind once the loop has closed the handles that were begun. */
int gate_init(struct gate *gate, uv_loop_t *loop, const struct gate_config *config,
              const struct gate_events *events, struct metrics *metrics);

/* Every client is told GATE_CLOSE_GOING_AWAY; closed_cb when the last handle is closed. */
void gate_close(struct gate *gate, gate_closed_cb closed_cb);

int gate_http_port(const struct gate *gate);
int gate_tcp_port(const struct gate *gate);

/* The longest matching prefix wins; "/api/x" matches itself and "/api/x/…". Register before the
 * loop runs. Error: table full, path too long. */
int gate_route(struct gate *gate, enum gate_method method, const char *path,
               gate_handler_cb handler_cb, void *user);

/* Copies the body. Unknown or abandoned request ids are ignored. type NULL: text/plain. */
void gate_answer(struct gate *gate, uint64_t request_id, int status, const char *type,
                 const void *body, size_t len);

/* The same with status 200, for what never changes under its address: browsers keep it so long. */
void gate_answer_kept(struct gate *gate, uint64_t request_id, const char *type, const void *body,
                      size_t len, uint32_t max_age_s);

/* Queues a reference to the frame. Negative: the client is, or just now was, cut off. */
int gate_send(struct gate_client *client, struct frame *frame);

/* Bytes queued and not yet taken by the kernel. */
size_t gate_pending_bytes(const struct gate_client *client);

/* Drops what waits, says the code and reason, ends the connection. Twice is harmless. */
void gate_cut(struct gate_client *client, int code, const char *reason);

/* The client with this id, or NULL when it has gone. */
struct gate_client *gate_find(struct gate *gate, uint64_t client_id);

#endif
