/* jt808_write: messages built, the platform's and the terminal's (citysim speaks as one).
 * Pure; any thread. Every writer takes who speaks to or for whom (struct jt808_peer), puts one
 * whole wire frame into `wire` (size ≥ JT808_WIRE_MAX is always enough) and returns its length,
 * or an enum jt808_error when it does not fit. The peer's serial is used and then counted up. */
#ifndef INGEST_JT808_WRITE_H
#define INGEST_JT808_WRITE_H

#include "dispatch/ingest/jt808_body.h"

struct jt808_peer {
    char terminal[JT808_PHONE_MAX + 1];
    enum jt808_version version;
    uint8_t revision; /* 2019: protocol version byte, 1 unless the terminal says otherwise */
    uint16_t serial;  /* the next one to use */
};

/* Platform → terminal. */
int jt808_write_reply(struct jt808_peer *p, uint16_t id, const struct jt808_reply *reply,
                      uint8_t *wire, size_t size); /* id: JT808_PLATFORM_REPLY or JT808_REPLY */
int jt808_write_register_reply(struct jt808_peer *p, const struct jt808_register_reply *reply,
                               uint8_t *wire, size_t size);
int jt808_write_time_reply(struct jt808_peer *p, int64_t utc_ms, uint8_t *wire, size_t size);
int jt808_write_resend(struct jt808_peer *p, uint16_t id, const struct jt808_resend *resend,
                       uint8_t *wire, size_t size); /* id: JT808_PLATFORM_RESEND or JT808_RESEND */
/* UTF-8 in, GBK out; what GBK lacks becomes '?'; a text too long is JT808_LENGTH. */
int jt808_write_text(struct jt808_peer *p, uint8_t flags, uint8_t type, const char *utf8,
                     uint8_t *wire, size_t size);
int jt808_write_track(struct jt808_peer *p, const struct jt808_track *track, uint8_t *wire,
                      size_t size);
/* A u32 parameter: 0x0001 heartbeat s, 0x0027 sleep interval s, 0x0029 default interval s … */
int jt808_write_set_param(struct jt808_peer *p, uint32_t param_id, uint32_t value, uint8_t *wire,
                          size_t size);
int jt808_write_confirm_alarm(struct jt808_peer *p, uint16_t serial, uint32_t types, uint8_t *wire,
                              size_t size);

/* Terminal → platform. */
int jt808_write_register(struct jt808_peer *p, const struct jt808_register *r, uint8_t *wire,
                         size_t size); /* layout follows the peer's version, or 2011 if asked */
int jt808_write_auth(struct jt808_peer *p, const struct jt808_auth *a, uint8_t *wire, size_t size);
int jt808_write_position(struct jt808_peer *p, const struct jt808_position *pos, uint8_t *wire,
                         size_t size);
int jt808_write_position_answer(struct jt808_peer *p, uint16_t serial,
                                const struct jt808_position *pos, uint8_t *wire, size_t size);
int jt808_write_batch(struct jt808_peer *p, bool reupload, const struct jt808_position *positions,
                      size_t count, uint8_t *wire, size_t size);
int jt808_write_event(struct jt808_peer *p, uint8_t event, uint8_t *wire, size_t size);
int jt808_write_passthrough(struct jt808_peer *p, uint8_t type, const uint8_t *data, size_t n,
                            uint8_t *wire, size_t size);

/* Either way: a message of any id; empty ones are heartbeat, logout, time query, 0x8104, 0x8201. */
int jt808_write_raw(struct jt808_peer *p, uint16_t id, const uint8_t *body, size_t n, uint8_t *wire,
                    size_t size);
static inline int jt808_write_empty(struct jt808_peer *p, uint16_t id, uint8_t *wire, size_t size)
{
    return jt808_write_raw(p, id, NULL, 0, wire, size);
}

/* One part of a longer message: index from 1 of total; serials run on. */
int jt808_write_fragment(struct jt808_peer *p, uint16_t id, uint16_t index, uint16_t total,
                         const uint8_t *part, size_t n, uint8_t *wire, size_t size);

#endif
