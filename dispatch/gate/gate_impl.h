/* gate_impl: what the gate's own files share; nobody else includes it.
 *
 *   gate.c         clients: bounded queues, limits, farewells, the sweep; start and end
 *   gate_listen.c  listening sockets, accepting, descriptor shortage
 *   gate_tcp.c     frames after a 32-bit length, on libuv
 *   gate_lws.c     libwebsockets on the caller's loop; its callback, handed on to the next two
 *   gate_ws.c      WebSocket clients
 *   gate_http.c    requests to route handlers and their answers
 *   gate_files.c   the console's files
 *
 * A link (the private side of a client) goes OPEN → CLOSING → FAREWELL and is freed when its
 * socket is. close_cb has been called when it leaves CLOSING. Thread: the loop's only. */
#ifndef GATE_GATE_IMPL_H
#define GATE_GATE_IMPL_H

#include "dispatch/gate/gate.h"

#include <libwebsockets.h>

enum {
    SWEEP_MS = 100,
    WRITES_PER_TURN = 64, /* frames to one client before others have their turn */
    TCP_SCRATCH_BYTES = 65536,
    FAREWELL_BIT = 0x80, /* in the first byte of a TCP length word */
};

enum link_state { LINK_OPEN, LINK_CLOSING, LINK_FAREWELL };

struct gate_tcp {
    uv_tcp_t socket;
    uv_write_t write; /* one at a time, for what the kernel did not take at once */
    uint32_t writing; /* frames at the queue's head that the write holds */
    uint8_t farewell[4];
    uint8_t length_be[4]; /* of the frame coming in */
    uint32_t length_got;
    uint32_t wanted; /* bytes of that frame */
};

struct gate_link {
    struct gate_client client; /* first: what the rest of the program sees */
    struct gate_impl *impl;
    enum link_state state;
    int code;
    char reason[GATE_REASON_MAX];
    bool dirty;   /* in impl->dirty */
    bool greeted; /* a first frame has come */
    uint64_t opened_ms, heard_ms;
    uint64_t partial_ms; /* when the frame now coming in began; 0: none */
    uint64_t closing_ms;
    struct frame **queue; /* a ring of queue_frames_max */
    uint32_t head, count;
    size_t queued_bytes;
    uint8_t *in; /* the frame now coming in */
    size_t in_len, in_cap;
    struct lws *wsi; /* WebSocket; NULL once closed */
    bool said_farewell;
    size_t ws_skip; /* so much of the head frame has left; until the rest has, nothing is read */
    struct gate_tcp tcp; /* TCP */
};

struct gate_listener {
    struct gate_impl *impl;
    enum gate_way way; /* GATE_WEBSOCKET: HTTP */
    int fd;            /* -1: not used */
    int port;
    uv_poll_t poll;
};

struct gate_route {
    enum gate_method method;
    char path[GATE_PATH_MAX];
    gate_handler_cb handler_cb;
    void *user;
};

struct gate_exchange; /* gate_http.c: one HTTP request and its answer */

struct gate_impl {
    struct gate *gate; /* NULL once closed_cb has run or gate_init has failed */
    uv_loop_t *loop;
    struct gate_config config;
    struct gate_events events;
    struct metrics *metrics;
    gate_closed_cb closed_cb;
    struct gate_listener http, tcp;
    int spare_fd;              /* given up for a moment to shed a connection without descriptors */
    uint64_t handshakes_milli; /* token bucket, thousandths of a handshake */
    uint64_t swept_ms;
    uint32_t connections;
    uint32_t clients;
    uint64_t serial;          /* ids: serial << 16 | slot */
    struct gate_link **slots; /* clients_max */
    struct gate_link **dirty; /* links with something to write or tell; clients_max */
    struct gate_link **flushing;
    uint32_t dirty_count;
    struct gate_exchange *exchanges;
    struct gate_route routes[GATE_ROUTES_MAX];
    uint32_t route_count;
    struct lws_context *lws;
    struct lws_vhost *vhost;
    int lws_destroys;
    uv_idle_t flush; /* active only while somebody is dirty */
    uv_timer_t sweep;
    uint32_t handles; /* uv handles not yet closed */
    bool closing;
    uint8_t scratch[TCP_SCRATCH_BYTES];
};

/* gate.c */
struct gate_link *link_new(struct gate_impl *impl, enum gate_way way, const char *peer);
void link_free(struct gate_link *link);
bool gate_is_full_for(const struct gate_impl *impl, const char *peer);
void link_opened(struct gate_link *link);
void link_mark_dirty(struct gate_link *link);
struct frame *link_queued(const struct gate_link *link, uint32_t index);
void link_pop(struct gate_link *link); /* the head has left */
/* The first frames of the queue as buffers (2 × WRITES_PER_TURN of them), each with the head of the
 * client's way, without the first `skip` bytes; how many frames. */
uint32_t link_gather(const struct gate_link *link, size_t skip, uv_buf_t *bufs, unsigned *used);
/* Pops what has left whole; how much of the next has left. */
size_t link_pop_sent(struct gate_link *link, size_t sent);
void link_drained(struct gate_link *link);                               /* call after popping */
int link_take(struct gate_link *link, const uint8_t *bytes, size_t len); /* grows `in` */
void link_deliver(struct gate_link *link);                               /* `in` is a whole frame */
void link_cut(struct gate_link *link, int code, const char *reason);
void link_lost(struct gate_link *link, int code); /* its socket has gone: tells, at once */
void gate_handle_closed(struct gate_impl *impl);  /* frees impl after the last one */

/* gate_listen.c */
int listener_open(struct gate_listener *listener, struct gate_impl *impl, enum gate_way way,
                  int port);
void listener_close(struct gate_listener *listener);
void listener_refill(struct gate_impl *impl, uint64_t elapsed_ms);
int gate_reserve_descriptors(struct gate_impl *impl);
void connection_closed(struct gate_impl *impl);
void peer_name(int fd, char peer[GATE_PEER_MAX]);

/* gate_tcp.c */
void tcp_adopt(struct gate_impl *impl, int fd);
void tcp_flush(struct gate_link *link);
void tcp_say_farewell(struct gate_link *link);
void tcp_kill(struct gate_link *link);

/* gate_lws.c */
int lws_start(struct gate_impl *impl);
void lws_adopt(struct gate_impl *impl, int fd);
void lws_peer(struct lws *wsi, char peer[GATE_PEER_MAX]);

/* gate_ws.c */
int ws_confirm(struct gate_impl *impl, struct lws *wsi, const char *protocol);
int ws_established(struct gate_impl *impl, struct lws *wsi);
int ws_received(struct gate_link *link, const uint8_t *bytes, size_t len);
int ws_writable(struct gate_link *link);
int ws_peer_closes(struct gate_link *link, const uint8_t *bytes, size_t len);
void ws_closed(struct gate_link *link);
void ws_flush(struct gate_link *link);
void ws_kill(struct gate_link *link);

/* gate_http.c */
int http_begun(struct gate_impl *impl, struct lws *wsi, const char *path);
int http_body(struct gate_exchange *exchange, const void *bytes, size_t len);
int http_body_complete(struct gate_exchange *exchange);
int http_writable(struct gate_exchange *exchange);
void http_closed(struct gate_exchange *exchange);
void http_sweep(struct gate_impl *impl, uint64_t now_ms);
int http_refuse(struct gate_impl *impl, struct lws *wsi, int status);

/* gate_files.c: 0 on its way, 1 no such file, negative: close the connection. */
int files_serve(struct gate_impl *impl, struct lws *wsi, const char *path);

#endif
