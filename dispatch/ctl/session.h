/* session: one connection to dispatchd that waits for its answers: protobuf frames over TCP.
 *
 *   session_open (hello, welcome) ─► session_receive … | session_command … ─► session_close
 *
 * Owner: the caller. Thread: one. Units: ms. Errors: enum session_end with a text in errmsg; what
 * a frame or reply points to is valid until the next call. Needs wire_init.
 * Start here: session_open. */
#ifndef CTL_SESSION_H
#define CTL_SESSION_H

#include "dispatch/ctl/dial.h"
#include "dispatch/wire/wire_stream.h"

enum { SESSION_ANSWER_MS = 30000, SESSION_JOURNAL_ID_MAX = 80 };

enum session_end {
    SESSION_LOST = -1,   /* not reached, or the connection broke */
    SESSION_TURNED = -2, /* the server says no to this client */
    SESSION_BROKEN = -3, /* what came or was to go is not understood */
};

struct session {
    int fd;
    uint64_t client, number; /* of the last command sent */
    struct wire_arena in_arena, out_arena;
    struct buffer in, out;
    size_t taken; /* bytes of `in` that are done with */
    char journal_id[SESSION_JOURNAL_ID_MAX];
    struct stream_welcome welcome; /* its texts are not kept */
    char version[32], name[80];
    char errmsg[ERRMSG_MAX];
};

/* 0 once the server has welcomed us; the session must be closed in any case. */
int session_open(struct session *session, const struct address *server,
                 const struct stream_hello *hello);
void session_close(struct session *session);

/* 1 with a frame, 0 when none came in time, or why there is none. */
int session_receive(struct session *session, struct server_frame *frame, int wait_ms);

int session_send(struct session *session, const struct client_frame *frame);

/* Sends the command under the next number and waits for its reply, passing over other frames. */
int session_command(struct session *session, struct command *command, struct stream_reply *reply);

#endif
