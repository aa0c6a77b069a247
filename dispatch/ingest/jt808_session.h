/* jt808_session: one connection of a terminal; private to jt808_server.c, jt808_session.c and
 * jt808_downlink.c. Everything runs on the loop's thread. */
#ifndef INGEST_JT808_SESSION_H
#define INGEST_JT808_SESSION_H

#include "dispatch/ingest/jt808_fragment.h"
#include "dispatch/ingest/jt808_frame.h"
#include "dispatch/ingest/jt808_server.h"
#include "dispatch/ingest/jt808_write.h"
#include "dispatch/ingest/tcp_port.h"

/* The last words seen, to tell a new bit from an old one. */
struct jt808_edges {
    bool known;
    bool io_known, signals_known;
    int64_t at_ms;
    uint32_t alarm;
    uint32_t io;
    uint32_t signals;
};

/* One terminal that has been linked since start; outlives its connections. */
struct jt808_link {
    struct jt808_terminal terminal;
    struct jt808_session *session; /* NULL when not linked */
    struct jt808_edges live;
    struct jt808_edges history; /* of what is sent late, in the order it is sent */
};

struct jt808_session {
    struct tcp_conn conn;    /* first: the port knows us by it */
    struct jt808_link *link; /* NULL until authenticated */
    struct jt808_peer peer;
    char phone[JT808_PHONE_MAX + 1]; /* "" until a message said it */
    struct jt808_deframer deframer;
    struct jt808_fragment *fragments; /* NULL until a part came: few terminals send any */
    uint64_t heard_at;                /* loop's ms */
    uint32_t bad_run;
    uint32_t wrong_codes;
};

enum { JT808_ANSWERS = 64 };

/* A 0x8001 that waits for the end of the loop's turn that brought its message. */
struct jt808_answer {
    struct jt808_session *session; /* there until the turn is over, even when it was closed */
    struct jt808_reply reply;
    bool of_fix; /* its success depends on the spool */
};

enum jt808_downlink_kind { JT808_DOWNLINK_TEXT, JT808_DOWNLINK_TRACK };

struct jt808_downlink {
    bool used;
    bool sent;
    enum jt808_downlink_kind kind;
    struct jt808_terminal terminal;
    uint64_t token;
    uint64_t order;
    uint64_t expires_at; /* loop's ms */
    uint16_t serial;     /* valid if sent */
    struct jt808_track track;
    char text[JT808_TEXT_MAX * 3 + 1];
};

struct jt808_server {
    struct tcp_port port;
    struct jt808_config config;
    struct jt808_events events;
    struct jt808_counters counters; /* those of the port are added when they are asked for */
    struct jt808_link *links;
    uint32_t link_count;
    struct jt808_downlink *downlinks;
    uint64_t downlink_order;
    struct jt808_answer answer[JT808_ANSWERS]; /* in the order of the messages */
    uint32_t answer_count;
    bool unsettled; /* a fix was handed over since the last settle_cb */
    void (*closed_cb)(void *arg);
    void *closed_arg;
};

/* jt808_server.c */
struct jt808_link *jt808_server_link(struct jt808_server *s, uint64_t terminal_id);
/* The link, made if need be; NULL when terminals_max are known already. */
struct jt808_link *jt808_server_link_take(struct jt808_server *s, const struct jt808_terminal *t);

/* jt808_session.c: what the port calls, and what the server and its downlinks need. */
extern const struct tcp_handlers jt808_session_handlers;
void jt808_session_close(struct jt808_session *session, enum jt808_lost reason);
/* length ≤ 0 (a writer's refusal) sends nothing. */
void jt808_session_send(struct jt808_session *session, const uint8_t *wire, int length);

/* jt808_downlink.c */
void jt808_downlink_flush(struct jt808_server *s, struct jt808_link *link);
void jt808_downlink_unsent(struct jt808_server *s, const struct jt808_link *link);
void jt808_downlink_answered(struct jt808_server *s, const struct jt808_link *link,
                             const struct jt808_reply *reply);
void jt808_downlink_expire(struct jt808_server *s);

#endif
