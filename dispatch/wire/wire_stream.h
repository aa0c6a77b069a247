/* wire_stream: the frames between dispatchd and its clients (proto/stream.proto tells the order),
 * packed and unpacked for either side: consoles' server, dispatchctl, citysim.
 *
 * Owner, thread, units, errors: as wire.h; what an unpacked frame points to is in the arena.
 * A frame is one WebSocket binary message, or follows its 32-bit big-endian length over TCP. One
 * longer than WIRE_SERVER_FRAME_MAX is an error: send a snapshot and missed facts in pieces.
 * Start here if you add a frame: proto/stream.proto, a struct here, its row in wire_stream.c. */
#ifndef WIRE_WIRE_STREAM_H
#define WIRE_WIRE_STREAM_H

#include "dispatch/wire/wire.h"

/* What dispatchd can still do by itself. */
enum stream_mode {
    MODE_FULL,
    MODE_CROW_FLIGHT, /* travel times without roads */
    MODE_ADVICE_ONLY, /* nothing is accepted by itself */
    MODE_MANUAL,      /* no recommendation at all */
};
extern const struct schema_words stream_mode_words;

struct stream_hello {
    struct text token;
    struct text journal_id;
    uint64_t epoch;
    uint64_t last_seq;
    bool want_facts; /* a snapshot and facts; without it only replies */
    bool want_positions;
    struct text version;
};

struct stream_ping {
    uint64_t number;
};

/* A question that changes nothing; `what` is a word of the server's list. */
struct stream_query {
    uint64_t number;
    struct text what;
    struct text words;
    uint64_t id;
    int32_t lat_e7, lon_e7; /* both 0: nowhere */
};

/* Only from a gateway and with a driven clock; the heartbeat with `number` follows when all before
 * it is durable. */
struct stream_clock {
    int64_t now_ms;
    uint64_t number;
};

struct stream_welcome {
    struct actor actor;
    struct text name;
    struct text journal_id;
    uint64_t epoch;
    uint64_t seq;
    bool resumes; /* facts after the client's last_seq follow, no snapshot */
    struct text version;
    int64_t now_ms;
    enum stream_mode mode;
    uint32_t command_window; /* numbers from the oldest unanswered command to the newest */
};

/* `personal`: whether personal fields go out; on unpack always true. */
struct stream_snapshot {
    const struct wire_object *object;
    uint32_t count;
    bool last;
    bool personal;
};

struct stream_facts {
    uint64_t after_seq;
    uint64_t upto_seq;
    const struct record *record;
    uint32_t record_count;
    const struct wire_object *object; /* what has just become visible, as of upto_seq */
    uint32_t object_count;
    bool personal;
};

struct stream_position {
    struct unit_id unit;
    int32_t lat_e7, lon_e7;
    uint32_t speed_dkmh; /* 0.1 km/h; 65535 unknown */
    uint32_t course_deg; /* 65535 unknown */
    uint32_t age_s;
    uint32_t flags; /* enum fix_mark */
};

struct stream_positions {
    const struct stream_position *position;
    uint32_t count;
};

/* `name`, `zh` and `en` are left empty by the sender to have refusal.def's words. */
struct stream_reply {
    uint64_t client, number;
    uint64_t seq; /* 0: refused before it was journalled */
    enum refusal refusal;
    struct text name, zh, en;
    uint64_t made;
};

/* The answer to a query: JSON, or what was wrong with the question. */
struct stream_report {
    uint64_t number;
    struct text error;
    struct text json;
};

struct stream_degraded {
    enum stream_mode mode;
    bool redis_down;
    uint64_t redis_lag; /* records */
    bool postgres_down;
    uint64_t postgres_lag;
    bool positions_conflated; /* this client is slow: it gets fewer of them */
    bool disk_low;
    struct text zh, en;
};

struct stream_heartbeat {
    int64_t now_ms;
    uint64_t seq;
    uint64_t number; /* of the ping, or 0 */
};

struct stream_goodbye {
    uint32_t code; /* enum gate_close_code */
    struct text reason;
};

enum client_frame_kind {
    CLIENT_NONE,
    CLIENT_HELLO,
    CLIENT_COMMAND,
    CLIENT_PING,
    CLIENT_QUERY,
    CLIENT_CLOCK,
    CLIENT_FRAME_COUNT
};

struct client_frame {
    enum client_frame_kind kind;
    union {
        struct stream_hello hello;
        struct command command;
        struct stream_ping ping;
        struct stream_query query;
        struct stream_clock clock;
    };
};

enum server_frame_kind {
    SERVER_NONE,
    SERVER_WELCOME,
    SERVER_SNAPSHOT,
    SERVER_FACTS,
    SERVER_POSITIONS,
    SERVER_REPLY,
    SERVER_REPORT,
    SERVER_DEGRADED,
    SERVER_HEARTBEAT,
    SERVER_GOODBYE,
    SERVER_FRAME_COUNT
};

struct server_frame {
    enum server_frame_kind kind;
    uint64_t as_of_seq;
    union {
        struct stream_welcome welcome;
        struct stream_snapshot snapshot;
        struct stream_facts facts;
        struct stream_positions positions;
        struct stream_reply reply;
        struct stream_report report;
        struct stream_degraded degraded;
        struct stream_heartbeat heartbeat;
        struct stream_goodbye goodbye;
    };
};

int wire_client_frame_pack(struct wire_arena *arena, const struct client_frame *frame,
                           struct buffer *out);
int wire_client_frame_unpack(struct wire_arena *arena, const void *bytes, size_t n,
                             struct client_frame *frame);
int wire_server_frame_pack(struct wire_arena *arena, const struct server_frame *frame,
                           struct buffer *out);
int wire_server_frame_unpack(struct wire_arena *arena, const void *bytes, size_t n,
                             struct server_frame *frame);

#endif
