/* stream_console: the clients of the gate and what each may see of the line.
 *
 *   Hello ─► token checked ─► Welcome ─► Snapshot … | missing Facts ─► Facts as they become durable
 *
 * Each client has a cursor, nothing is queued for it but what the gate holds: a slow one first
 * loses positions, then its facts wait in the journal, and after slow_ms it is told 4008 and cut
 * off to come back and resume. A frame that shows the live state is held until that state is
 * durable. Facts of a role without a scope are packed once and shared. A crew or hospital always
 * begins with a snapshot, never resumes: what is its own may have changed since, and is little.
 * Owner: the server. Thread: the loop's. Errors: a client's own end with a reason.
 * Start here: stream_open; what a client may ask is in stream_client.c. */
#ifndef READERS_STREAM_CONSOLE_H
#define READERS_STREAM_CONSOLE_H

#include "dispatch/accounts/accounts.h"
#include "dispatch/gate/gate.h"
#include "dispatch/ingest/track.h"
#include "dispatch/line/pipeline.h"
#include "dispatch/readers/audience.h"
#include "dispatch/wire/wire_stream.h"

enum {
    STREAM_CHUNK = 128 * 1024,
    STREAM_RECORDS_MAX = 256,   /* of one frame */
    STREAM_FRAMES_MAX = 16,     /* to one client in one turn of the loop */
    STREAM_RESUME_MAX = 200000, /* records; who missed more gets a snapshot */
    STREAM_SHOWN_MAX = 256,
};

/* A snapshot for one audience, as frames that all its clients share. */
struct picture {
    uint32_t refs;
    uint64_t seq; /* it shows the state of this; sent once that is durable */
    int64_t made_ms;
    struct audience audience;
    uint32_t frame_count;
    struct frame *frame[];
};

/* One client that has said hello. */
struct console {
    struct stream *stream;
    struct gate_client *client;
    struct account account;
    struct actor actor;
    struct audience audience;
    bool greeted, want_facts, want_positions, slow, all_positions;
    bool locked; /* its seat: commands are refused */
    struct picture *picture; /* being sent; facts follow it */
    uint32_t picture_next;
    uint64_t cursor;
    struct frame *held; /* facts that show the live state: waits until held_seq is durable */
    uint64_t held_seq;
    int64_t slow_since_ms, checked_ms; /* monotonic */
    int64_t positions_ms;   /* the pipeline's time when positions were sent last */
    uint32_t requests;      /* this second */
    uint64_t clock_number;  /* of a clock frame that waits for its answer; 0: none */
    uint64_t shown[STREAM_SHOWN_MAX]; /* a hospital's: assignments it believes to be coming */
    uint32_t shown_next;
    struct console *next;
};

/* The last facts that were packed for a role. */
struct shared_facts {
    uint64_t after_seq, upto_seq;
    struct frame *frame;
};

/* What dispatchd says about its own condition. */
struct condition_report {
    enum stream_mode mode;
    bool redis_down, postgres_down, disk_low;
    uint64_t redis_lag, postgres_lag;
};

enum query_result {
    QUERY_ANSWERED,
    QUERY_REFUSED, /* out says why */
    QUERY_LATER,   /* stream_report follows */
};

struct stream {
    struct reader reader;
    struct pipeline *pipeline;
    struct track *track;
    struct accounts *accounts;
    struct gate *gate;
    struct metrics *metrics;
    uv_timer_t timer;
    struct console *first;
    struct picture *recent; /* the last one made for the desk */
    struct shared_facts shared[ROLE_MACHINE + 1];
    struct wire_arena in, out;
    struct buffer bytes;
    uint32_t slow_bytes, slow_ms, heartbeat_s, requests_per_s, beat;
    uint32_t denials; /* journalled this second */
    char journal_id[JOURNAL_ID_SIZE * 2 + 1];
    uint64_t epoch;
    struct condition_report condition;
    /* Before a command is submitted: zones of its place, travel times (server.c). */
    void (*prepare_cb)(void *context, struct command *command);
    /* The answer to a query: JSON, or why there is none, in `out`. */
    enum query_result (*query_cb)(void *context, const struct console *console,
                                  const struct stream_query *query, struct buffer *out);
    /* A driven clock was moved: true while what it brought is being worked out; then its driver is
     * answered by stream_answer_clocks. */
    bool (*clock_cb)(void *context);
    void *context;
};

int stream_open(struct stream *stream, const struct config *config, uv_loop_t *loop,
                struct pipeline *pipeline, struct track *track, struct accounts *accounts,
                struct metrics *metrics);
void stream_close(struct stream *stream); /* after the gate */
void stream_reload(struct stream *stream, const struct config *config);

void stream_answer_clocks(struct stream *stream);

/* A late answer to a query of this client; error "" when it is one. Nobody there: nothing. */
void stream_report(struct stream *stream, uint64_t client_id, uint64_t number, const char *error,
                   const struct buffer *json);

/* Every console of this token, at once. */
void stream_lock(struct stream *stream, const uint8_t token_hash[ACCOUNT_TOKEN_HASH],
                 bool locked);
/* Every console of the old token goes on with the fresh one. */
void stream_renew(struct stream *stream, const uint8_t old_hash[ACCOUNT_TOKEN_HASH],
                  const struct account *fresh);
/* Every session is checked again within a second: somebody's token has gone. */
void stream_check_sessions(struct stream *stream);

/* For gate_init. */
struct gate_events stream_gate_events(struct stream *stream);

/* Tells everyone when it differs from what was told last. */
void stream_tell_condition(struct stream *stream, const struct condition_report *report);

/* The actor that an account speaks as. */
struct actor stream_actor(const struct account *account);

#endif
