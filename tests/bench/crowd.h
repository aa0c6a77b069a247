/* crowd: many consoles of one dispatchd, as connections that do nothing but listen; each knows
 * whether it is in (welcomed, and its picture whole) and where it would resume.
 *
 * Owner: the caller. One thread. Errors: a lost console is counted and, with `again`, comes back.
 * Needs wire_init. Start here: crowd_open, then crowd_turn for ever. */
#ifndef TESTS_BENCH_CROWD_H
#define TESTS_BENCH_CROWD_H

#include "dispatch/wire/wire_stream.h"
#include "tests/bench/listener.h"
#include "tests/lib/latency.h"

enum { CROWD_TOKEN_MAX = 128, CROWD_PENDING = 4096 };

struct console {
    struct listener listener; /* first */
    struct crowd *crowd;
    bool in, resumed;
    char journal_id[64];
    uint64_t epoch, seq;
    uint64_t retry_ns; /* not before */
};

struct crowd {
    char token[CROWD_TOKEN_MAX];
    uint16_t http, tcp;
    bool again; /* come back when lost */
    bool positions;
    int epoll;
    struct console *console;
    uint32_t count, in_count;
    uint64_t lost, goodbyes, refused; /* refused: the connection was not taken; tried again */
    uint64_t since_ns;                /* older marks are of another run */
    uint64_t heard, heard_bytes;      /* marks, and the messages they came in */
    struct latency latency;           /* of them, from when they were due */
    struct wire_arena arena;
    uint64_t client, number; /* of the first console's commands */
    uint64_t replies, refusals;
    struct latency reply_latency;
    uint64_t due_ns[CROWD_PENDING];                                          /* by number */
    void (*reply_cb)(struct crowd *crowd, const struct stream_reply *reply); /* may be NULL */
};

/* `tcp_count` consoles over TCP and the rest over WebSocket begin to connect. */
void crowd_open(struct crowd *crowd, uint32_t tcp_count, uint32_t count);
/* Waits at most so long for something to happen, and lets those lost come back. */
void crowd_turn(struct crowd *crowd, int wait_ms);
/* The command by the first console: a line of the commands' grammar. */
void crowd_say(struct crowd *crowd, const char *line, uint64_t due_ns);
void crowd_close(struct crowd *crowd);

/* A mark for when a message was due; whoever finds it among the bytes knows how late it is. */
enum { MARK_CHARS = 22 };
void mark_write(char text[static MARK_CHARS + 1], uint64_t due_ns);
/* All marks of a message into the latencies, but those of before `since_ns`; how many. */
uint32_t marks_take(const uint8_t *bytes, size_t n, uint64_t since_ns, struct latency *latency);

int crowd_read_token(struct crowd *crowd, const char *path);

#endif
