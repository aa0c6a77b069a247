/* session: one connection to dispatchd, as a console, a gateway or a tool has it: protobuf frames
 * over TCP (dispatch/wire/wire_stream.h).
 *
 *   session_init ─► connecting ─► ready_cb (welcome) ─► reply_cb, frame_cb … ─► down_cb ─┐
 *                      ▲────────────────── again after retry_ms, if it is not 0 ────────┘
 *
 * A command that was not answered when the connection broke is sent again under its old number on
 * the next one; the server gives the old answer, so nothing happens twice. It keeps the answers of
 * its command_window (Welcome), so no more are ever on their way; later ones wait here. Facts
 * resume after the last seq that arrived.
 *
 * Owner: the caller; memory is its own again inside the callback of session_close. Thread: the
 * loop's. Units: ms, bytes. Errors: negative, text in errmsg; a lost connection is no error but
 * down_cb. What callbacks get is lent for the call.
 * Start here: session_init; session_send. */
#ifndef SIM_SESSION_H
#define SIM_SESSION_H

#include <uv.h>

#include "dispatch/wire/wire_stream.h"

enum { SESSION_PENDING_MAX = 512, SESSION_HOST_MAX = 64, SESSION_TOKEN_MAX = 128 };

struct session_address {
    char host[SESSION_HOST_MAX]; /* an IPv4 address */
    int port;
};
/* "127.0.0.1:8121". -1 when it is none. */
int session_address_parse(const char *text, struct session_address *out);

struct session_config {
    struct session_address address;
    char token[SESSION_TOKEN_MAX];
    uint64_t client; /* idempotency: one for each run of each role, below ID_MAX, not 0 */
    bool want_facts;
    uint32_t retry_ms; /* 0: never again */
};

struct session_events {
    void *user;
    void (*ready_cb)(void *user, const struct stream_welcome *welcome);
    void (*reply_cb)(void *user, const struct stream_reply *reply);
    void (*frame_cb)(void *user, const struct server_frame *frame); /* all others; may be NULL */
    void (*down_cb)(void *user, const char *why);
};

/* A command that waits for its answer. */
struct session_pending {
    uint64_t number;
    unsigned char *bytes; /* the whole frame with its length */
    size_t n;
};

struct session {
    struct session_config config;
    struct session_events events;
    uv_loop_t *loop;
    uv_tcp_t tcp;
    uv_timer_t retry;
    uv_connect_t connect;
    bool up, ready, closing;
    bool open; /* the socket's handle is not closed yet */
    struct wire_arena in_arena, out_arena;
    struct buffer in, out; /* bytes read and not understood yet; a frame being packed */
    size_t out_bytes;      /* handed to the loop and not written yet */
    struct session_pending pending[SESSION_PENDING_MAX];
    uint32_t pending_first, pending_n;
    uint32_t sent_n, window; /* the first sent_n are on their way, at most `window` */
    uint64_t last_number;
    struct {
        char journal_id[64];
        uint64_t epoch, seq;
    } seen; /* where to resume */
    void (*closed_cb)(struct session *session);
    void *user; /* yours */
    char errmsg[ERRMSG_MAX];
};

/* Starts to connect. wire_init must have been called. */
int session_init(struct session *session, uv_loop_t *loop, const struct session_config *config,
                 const struct session_events *events);

/* Gives the command its key and sends it, now or when connected. *number comes back in the reply.
 * Negative: too many wait for an answer, or the command cannot be packed. */
int session_send(struct session *session, struct command *command, uint64_t *number);

/* Drives the clock of a server that runs with clock=driven. */
int session_clock(struct session *session, int64_t now_ms);

/* How many commands wait for their answer. */
uint32_t session_waiting(const struct session *session);

void session_close(struct session *session, void (*closed_cb)(struct session *session));

#endif
