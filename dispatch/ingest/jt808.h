/* jt808: the words of JT/T 808-2013 and -2019 that every file of the codec shares.
 * Pure: no clock, no sockets, no allocation; any thread. All numbers are host order here.
 * Start here, then jt808_frame.h (bytes ↔ messages), jt808_body.h (bodies read),
 * jt808_write.h (messages built), jt808_fragment.h (long messages put together).
 * The server and the simulator speak with the same codec. */
#ifndef INGEST_JT808_H
#define INGEST_JT808_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    JT808_BODY_MAX = 1023,                     /* ten bits of length */
    JT808_FRAME_MAX = 21 + JT808_BODY_MAX + 1, /* largest header, body, checksum; unescaped */
    JT808_WIRE_MAX = 2 * JT808_FRAME_MAX + 2,  /* everything escaped, two flags */
    JT808_PHONE_MAX = 20,
    JT808_TEXT_MAX = 1020, /* bytes of GBK that fit a 0x8300 */
};

enum jt808_version { JT808_2011 = 2011, JT808_2013 = 2013, JT808_2019 = 2019 };

enum jt808_error {
    JT808_CHECKSUM = -1,
    JT808_LENGTH = -2,    /* the header's length is not the body's */
    JT808_MALFORMED = -3, /* no header fits, a wrong escape, or a body that cannot be read */
    JT808_FRAGMENT = -4,  /* a part of a longer message: hand it to jt808_fragment */
};
/* "checksum", "length", "malformed", "fragment"; "ok" for 0. */
const char *jt808_error_name(int error);

enum jt808_id {
    JT808_REPLY = 0x0001,
    JT808_HEARTBEAT = 0x0002,
    JT808_LOGOUT = 0x0003,
    JT808_TIME_QUERY = 0x0004,
    JT808_RESEND = 0x0005,
    JT808_REGISTER = 0x0100,
    JT808_AUTH = 0x0102,
    JT808_PARAMS = 0x0104,
    JT808_POSITION = 0x0200,
    JT808_POSITION_ANSWER = 0x0201,
    JT808_EVENT = 0x0301,
    JT808_BATCH = 0x0704,
    JT808_PASSTHROUGH = 0x0900,
    JT808_PLATFORM_REPLY = 0x8001,
    JT808_PLATFORM_RESEND = 0x8003,
    JT808_TIME_REPLY = 0x8004,
    JT808_REGISTER_REPLY = 0x8100,
    JT808_SET_PARAMS = 0x8103,
    JT808_QUERY_PARAMS = 0x8104,
    JT808_QUERY_POSITION = 0x8201,
    JT808_TRACK = 0x8202,
    JT808_CONFIRM_ALARM = 0x8203,
    JT808_TEXT = 0x8300,
};

enum jt808_result {
    JT808_DONE = 0,
    JT808_FAILED = 1,
    JT808_WRONG = 2,
    JT808_UNSUPPORTED = 3,
    JT808_ALARM_CONFIRMED = 4,
};

enum jt808_register_result {
    JT808_REGISTERED = 0,
    JT808_VEHICLE_TAKEN = 1,
    JT808_NO_VEHICLE = 2,
    JT808_TERMINAL_TAKEN = 3,
    JT808_NO_TERMINAL = 4,
};

struct jt808_header {
    uint16_t msg_id;
    uint16_t attributes;
    uint16_t body_len; /* as the header says */
    uint16_t serial;
    uint16_t total;     /* fragments; 0 when not fragmented */
    uint16_t index;     /* from 1; 0 when not fragmented */
    uint8_t encryption; /* 0 none, 1 RSA; other values are reserved */
    uint8_t revision;   /* protocol version byte; 0 in 2013 */
    bool fragmented;
    enum jt808_version version;         /* 2013 or 2019, by attribute bit 14 */
    char terminal[JT808_PHONE_MAX + 1]; /* all 12 or 20 digits; not always decimal in the wild */
};

struct jt808_message {
    struct jt808_header header;
    const uint8_t *body; /* a borrow of the buffer it was read from */
    size_t body_len;     /* may pass JT808_BODY_MAX once reassembled */
};

/* The same terminal sends 12 digits in one version and 20 in the other: its identity is the
 * number without leading zeros ("0" if nothing else is left). Returns a borrow of `terminal`. */
const char *jt808_phone(const char *terminal);

#endif
