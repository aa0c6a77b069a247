/* jt808_town: a jt808_server on a loopback port, and terminals that speak to it over real sockets
 * from the same loop. For tests: what goes wrong is a failed assertion.
 * Owned by the test; one thread. Terminals 13900000001 … 9 are known (unit 101 … 108; 9 is mounted
 * nowhere). Everything waits for a condition by turning the loop; nothing sleeps. */
#ifndef TESTS_LIB_JT808_TOWN_H
#define TESTS_LIB_JT808_TOWN_H

#include "dispatch/ingest/jt808_frame.h"
#include "dispatch/ingest/jt808_server.h"
#include "dispatch/ingest/jt808_write.h"

#define TOWN_NOW_MS ((int64_t)1790000000000)

/* What the server told its callbacks, and what they shall answer. */
struct heard {
    uint32_t linked, lost, fixes, buttons, heard;
    enum jt808_lost reason;
    struct fix fix;
    int spool_error, settle_error;
    uint32_t settled;
    enum button_status status;
    uint32_t risen, fallen, alarms;
    int64_t alarm_at_ms;
    uint32_t receipts[5];
    uint64_t token;
};

struct town {
    uv_loop_t loop;
    struct jt808_server *server;
    struct jt808_config config;
    struct buttons buttons;
    struct heard heard;
    bool closed;
};

struct terminal {
    struct town *town;
    int fd;
    struct jt808_peer peer;
    struct jt808_deframer deframer;
    uint8_t in[4096];
    size_t in_at, in_len;
    bool over; /* the server closed */
    uint8_t room[JT808_FRAME_MAX];
    struct jt808_message message; /* the last one received */
};

/* A cmocka setup: *state becomes a town with default limits, not yet open. */
int town_setup(void **state);
void town_open(struct town *t);
/* Closes, and asserts that no handle was forgotten. */
void town_close(struct town *t);

void terminal_open(struct terminal *c, struct town *t, const char *phone);
void terminal_send(struct terminal *c, const void *bytes, int n);
/* True when a whole message has come; never waits. */
bool terminal_take(struct terminal *c);
/* Turns the loop until a message has come; its id must be `id`. */
void terminal_await(struct terminal *c, uint16_t id);
/* Until the server has closed the connection. */
void terminal_await_over(struct terminal *c);
/* The result of the 0x8001 that answers the message sent with `serial`. */
uint8_t terminal_await_reply(struct terminal *c, uint16_t serial);
/* Registers, and leaves the code in `code`; the result. */
uint8_t terminal_enrol(struct terminal *c, char code[256]);
uint8_t terminal_authenticate(struct terminal *c, const char *code);
/* All three. */
void terminal_link(struct terminal *c, struct town *t, const char *phone);
struct jt808_position terminal_position(int64_t at_ms);
/* These send and return the result of the answer. */
uint8_t terminal_send_position(struct terminal *c, const struct jt808_position *p);
uint8_t terminal_send_empty(struct terminal *c, uint16_t id);

#endif
