/* jt808_body: message bodies read into structs.
 * Pure; any thread. Each reader returns 0 or JT808_MALFORMED and writes *out only on success.
 * Strings come out as UTF-8, trimmed of the padding at both ends; times as UTC milliseconds.
 * New message: a struct and a reader here, a writer in jt808_write.h, a row in jt808_body_check. */
#ifndef INGEST_JT808_BODY_H
#define INGEST_JT808_BODY_H

#include "dispatch/ingest/jt808.h"

/* 0x0001 and 0x8001. */
struct jt808_reply {
    uint16_t serial; /* of the message that is answered */
    uint16_t msg_id; /* of the message that is answered */
    uint8_t result;  /* enum jt808_result */
};
int jt808_reply_read(const uint8_t *body, size_t n, struct jt808_reply *out);

/* 0x0100; the three layouts are told apart by version flag and length. */
struct jt808_register {
    enum jt808_version layout;
    uint16_t province; /* GB/T 2260 */
    uint16_t city;
    uint8_t plate_colour;
    char maker[12 * 3];
    char model[31 * 3];
    char terminal_id[31 * 3];
    char plate[64 * 3];
};
int jt808_register_read(const struct jt808_message *m, struct jt808_register *out);

/* 0x8100. */
struct jt808_register_reply {
    uint16_t serial;
    uint8_t result; /* enum jt808_register_result */
    char auth_code[256];
};
int jt808_register_reply_read(const uint8_t *body, size_t n, struct jt808_register_reply *out);

/* 0x0102: 2013 form (all of it the code) or 2019 form; terminals with the 2019 flag and the 2013
 * body exist. */
struct jt808_auth {
    enum jt808_version form;
    char code[JT808_BODY_MAX + 1];
    char imei[16];
    char software[20 * 3 + 1];
};
int jt808_auth_read(const struct jt808_message *m, struct jt808_auth *out);

/* The items after the 28 fixed bytes of a position that we use; `has` is a set of enum jt808_item.
 */
enum jt808_item {
    JT808_MILEAGE = 1 << 0,
    JT808_MANUAL_ALARM = 1 << 1,
    JT808_SIGNALS = 1 << 2,
    JT808_IO = 1 << 3,
    JT808_RSSI = 1 << 4,
    JT808_SATELLITES = 1 << 5,
};
struct jt808_items {
    uint32_t mileage_hm; /* 0.1 km */
    uint32_t signals;    /* item 0x25 */
    uint16_t manual_alarm;
    uint16_t io; /* item 0x2A */
    uint8_t rssi;
    uint8_t satellites;
    uint8_t has;
};

/* 0x0200, 0x0201 after its serial, and each item of 0x0704. */
struct jt808_position {
    uint32_t alarm;
    uint32_t status;
    int64_t lat_e6; /* sign from the status bits; may lie outside the globe: the wire allows it */
    int64_t lon_e6;
    int64_t at_ms; /* meaningful if at_ok */
    int16_t altitude_m;
    uint16_t speed_dkmh;
    uint16_t course_deg;
    bool at_ok;    /* the BCD time is a time that exists */
    bool items_ok; /* false: an item overran; the fixed part and the items before it are good */
    struct jt808_items items;
};
enum {
    JT808_STATUS_ACC = 1 << 0,
    JT808_STATUS_FIXED = 1 << 1,
    JT808_STATUS_SOUTH = 1 << 2,
    JT808_STATUS_WEST = 1 << 3,
    JT808_STATUS_GCJ02 = 1 << 5, /* coordinates through the secrecy plug-in */
    JT808_ALARM_SOS = 1 << 0,
    JT808_POSITION_MIN = 28,
};
/* Fails only below 28 bytes; see items_ok for the rest. */
int jt808_position_read(const uint8_t *body, size_t n, struct jt808_position *out);

/* 0x0201. */
int jt808_position_answer_read(const uint8_t *body, size_t n, uint16_t *serial,
                               struct jt808_position *out);

/* 0x0704, walked item by item. `left`, `next` and `seen` belong to jt808_batch_next. */
struct jt808_batch {
    uint16_t count;
    bool reupload; /* type 1: out of a blind area */
    const uint8_t *next;
    size_t left;
    uint16_t seen;
};
int jt808_batch_open(const uint8_t *body, size_t n, struct jt808_batch *out);
/* 1 and a position, 0 at the end, JT808_MALFORMED when the lengths lie. */
int jt808_batch_next(struct jt808_batch *b, struct jt808_position *out);

/* 0x8003 and 0x0005. */
struct jt808_resend {
    uint16_t serial; /* of the first fragment */
    uint16_t count;
    uint16_t index[255];
};
int jt808_resend_read(const struct jt808_message *m, struct jt808_resend *out);

/* 0x8300. */
struct jt808_text {
    uint8_t flags;
    uint8_t type; /* 2019 only; 0 in 2013 */
    char text[JT808_TEXT_MAX * 3 + 1];
};
int jt808_text_read(const struct jt808_message *m, struct jt808_text *out);

/* 0x8202. */
struct jt808_track {
    uint16_t interval_s; /* 0 ends the tracking */
    uint32_t validity_s;
};
int jt808_track_read(const uint8_t *body, size_t n, struct jt808_track *out);

/* 0x8103, one value at a time: *at is 0 at first; 1 and a value, 0 at the end, or malformed. */
struct jt808_param {
    uint32_t id;
    uint8_t length;
    const uint8_t *value;
};
int jt808_param_next(const uint8_t *body, size_t n, size_t *at, struct jt808_param *out);

/* 0x8004, in UTC unlike every other time. */
int jt808_time_reply_read(const uint8_t *body, size_t n, int64_t *utc_ms);

/* Whether the body of a whole message can be read by the standard. Unknown ids and encrypted
 * bodies pass. A 0x0200 or 0x0201 whose items overrun fails here, although jt808_position_read
 * still gives its fixed part; a batch judges the lengths of its items only. */
int jt808_body_check(const struct jt808_message *m);

#endif
