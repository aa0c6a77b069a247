#include "dispatch/ingest/jt808_write.h"

#include <string.h>

#include "dispatch/ingest/bytes.h"
#include "dispatch/ingest/jt808_frame.h"
#include "dispatch/ingest/jt808_string.h"

static int write_part(struct jt808_peer *p, uint16_t id, uint16_t index, uint16_t total,
                      const uint8_t *body, size_t n, uint8_t *wire, size_t size)
{
    struct jt808_header h = {
        .msg_id = id,
        .serial = p->serial,
        .total = total,
        .index = index,
        .revision = p->revision,
        .fragmented = total != 0,
        .version = p->version,
    };
    memcpy(h.terminal, p->terminal, sizeof h.terminal);
    int length = jt808_frame_write(&h, body, n, wire, size);
    if (length > 0)
        p->serial++;
    return length;
}

int jt808_write_raw(struct jt808_peer *p, uint16_t id, const uint8_t *body, size_t n, uint8_t *wire,
                    size_t size)
{
    return write_part(p, id, 0, 0, body, n, wire, size);
}

int jt808_write_fragment(struct jt808_peer *p, uint16_t id, uint16_t index, uint16_t total,
                         const uint8_t *part, size_t n, uint8_t *wire, size_t size)
{
    if (index == 0 || index > total)
        return JT808_MALFORMED;
    return write_part(p, id, index, total, part, n, wire, size);
}

/* Sends what the writer holds, unless it overflowed. */
static int write_body(struct jt808_peer *p, uint16_t id, const struct byte_writer *b, uint8_t *wire,
                      size_t size)
{
    return b->bad ? JT808_LENGTH : jt808_write_raw(p, id, b->start, b->length, wire, size);
}

/* GBK, in a field of `width` bytes padded with 00 on the right. */
static void put_field(struct byte_writer *b, const char *utf8, size_t width)
{
    uint8_t field[64] = {0};
    int n = jt808_string_write(utf8, field, width);
    b->bad = b->bad || n < 0;
    bytes_put(b, field, width);
}

/* GBK, as long as it is. */
static void put_string(struct byte_writer *b, const char *utf8)
{
    uint8_t gbk[JT808_BODY_MAX];
    int n = jt808_string_write(utf8, gbk, sizeof gbk);
    if (n < 0)
        b->bad = true;
    else
        bytes_put(b, gbk, (size_t)n);
}

int jt808_write_reply(struct jt808_peer *p, uint16_t id, const struct jt808_reply *reply,
                      uint8_t *wire, size_t size)
{
    uint8_t body[5];
    struct byte_writer b = byte_writer(body, sizeof body);
    bytes_put_u16(&b, reply->serial);
    bytes_put_u16(&b, reply->msg_id);
    bytes_put_u8(&b, reply->result);
    return write_body(p, id, &b, wire, size);
}

int jt808_write_register_reply(struct jt808_peer *p, const struct jt808_register_reply *reply,
                               uint8_t *wire, size_t size)
{
    uint8_t body[JT808_BODY_MAX];
    struct byte_writer b = byte_writer(body, sizeof body);
    bytes_put_u16(&b, reply->serial);
    bytes_put_u8(&b, reply->result);
    if (reply->result == JT808_REGISTERED)
        put_string(&b, reply->auth_code);
    return write_body(p, JT808_REGISTER_REPLY, &b, wire, size);
}

int jt808_write_time_reply(struct jt808_peer *p, int64_t utc_ms, uint8_t *wire, size_t size)
{
    uint8_t bcd[6];
    jt808_time_write(utc_ms, 0, bcd);
    return jt808_write_raw(p, JT808_TIME_REPLY, bcd, sizeof bcd, wire, size);
}

int jt808_write_resend(struct jt808_peer *p, uint16_t id, const struct jt808_resend *resend,
                       uint8_t *wire, size_t size)
{
    uint8_t body[JT808_BODY_MAX];
    struct byte_writer b = byte_writer(body, sizeof body);
    if (resend->count > sizeof resend->index / sizeof resend->index[0])
        return JT808_LENGTH;
    bytes_put_u16(&b, resend->serial);
    if (p->version == JT808_2019)
        bytes_put_u16(&b, resend->count);
    else
        bytes_put_u8(&b, (uint8_t)resend->count);
    for (size_t i = 0; i < resend->count; i++)
        bytes_put_u16(&b, resend->index[i]);
    return write_body(p, id, &b, wire, size);
}

int jt808_write_text(struct jt808_peer *p, uint8_t flags, uint8_t type, const char *utf8,
                     uint8_t *wire, size_t size)
{
    uint8_t body[2 + JT808_TEXT_MAX];
    struct byte_writer b = byte_writer(body, sizeof body);
    bytes_put_u8(&b, flags);
    if (p->version == JT808_2019)
        bytes_put_u8(&b, type);
    put_string(&b, utf8);
    return write_body(p, JT808_TEXT, &b, wire, size);
}

int jt808_write_track(struct jt808_peer *p, const struct jt808_track *track, uint8_t *wire,
                      size_t size)
{
    uint8_t body[6];
    struct byte_writer b = byte_writer(body, sizeof body);
    bytes_put_u16(&b, track->interval_s);
    bytes_put_u32(&b, track->validity_s);
    return write_body(p, JT808_TRACK, &b, wire, size);
}

int jt808_write_set_param(struct jt808_peer *p, uint32_t param_id, uint32_t value, uint8_t *wire,
                          size_t size)
{
    uint8_t body[10];
    struct byte_writer b = byte_writer(body, sizeof body);
    bytes_put_u8(&b, 1);
    bytes_put_u32(&b, param_id);
    bytes_put_u8(&b, 4);
    bytes_put_u32(&b, value);
    return write_body(p, JT808_SET_PARAMS, &b, wire, size);
}

int jt808_write_confirm_alarm(struct jt808_peer *p, uint16_t serial, uint32_t types, uint8_t *wire,
                              size_t size)
{
    uint8_t body[6];
    struct byte_writer b = byte_writer(body, sizeof body);
    bytes_put_u16(&b, serial);
    bytes_put_u32(&b, types);
    return write_body(p, JT808_CONFIRM_ALARM, &b, wire, size);
}

int jt808_write_register(struct jt808_peer *p, const struct jt808_register *r, uint8_t *wire,
                         size_t size)
{
    bool v2019 = p->version == JT808_2019;
    size_t model_width = v2019 ? 30 : r->layout == JT808_2011 ? 8 : 20;
    uint8_t body[JT808_BODY_MAX];
    struct byte_writer b = byte_writer(body, sizeof body);
    bytes_put_u16(&b, r->province);
    bytes_put_u16(&b, r->city);
    put_field(&b, r->maker, v2019 ? 11 : 5);
    put_field(&b, r->model, model_width);
    put_field(&b, r->terminal_id, v2019 ? 30 : 7);
    bytes_put_u8(&b, r->plate_colour);
    put_string(&b, r->plate);
    return write_body(p, JT808_REGISTER, &b, wire, size);
}

int jt808_write_auth(struct jt808_peer *p, const struct jt808_auth *a, uint8_t *wire, size_t size)
{
    uint8_t body[JT808_BODY_MAX];
    struct byte_writer b = byte_writer(body, sizeof body);
    if (a->form != JT808_2019) {
        put_string(&b, a->code);
        return write_body(p, JT808_AUTH, &b, wire, size);
    }
    size_t length = strlen(a->code);
    if (length > UINT8_MAX)
        return JT808_LENGTH;
    bytes_put_u8(&b, (uint8_t)length);
    bytes_put(&b, a->code, length);
    put_field(&b, a->imei, 15);
    put_field(&b, a->software, 20);
    return write_body(p, JT808_AUTH, &b, wire, size);
}

static void put_items(struct byte_writer *b, const struct jt808_items *items)
{
    if ((items->has & JT808_MILEAGE) != 0) {
        bytes_put_u16(b, 0x0104);
        bytes_put_u32(b, items->mileage_hm);
    }
    if ((items->has & JT808_MANUAL_ALARM) != 0) {
        bytes_put_u16(b, 0x0402);
        bytes_put_u16(b, items->manual_alarm);
    }
    if ((items->has & JT808_SIGNALS) != 0) {
        bytes_put_u16(b, 0x2504);
        bytes_put_u32(b, items->signals);
    }
    if ((items->has & JT808_IO) != 0) {
        bytes_put_u16(b, 0x2A02);
        bytes_put_u16(b, items->io);
    }
    if ((items->has & JT808_RSSI) != 0) {
        bytes_put_u16(b, 0x3001);
        bytes_put_u8(b, items->rssi);
    }
    if ((items->has & JT808_SATELLITES) != 0) {
        bytes_put_u16(b, 0x3101);
        bytes_put_u8(b, items->satellites);
    }
}

/* The sign bits of the status word follow the coordinates. */
static uint32_t status_with_signs(const struct jt808_position *pos)
{
    uint32_t signs = (uint32_t)(pos->lat_e6 < 0 ? JT808_STATUS_SOUTH : 0) |
                     (uint32_t)(pos->lon_e6 < 0 ? JT808_STATUS_WEST : 0);
    return (pos->status & ~(uint32_t)(JT808_STATUS_SOUTH | JT808_STATUS_WEST)) | signs;
}

static void put_position(struct byte_writer *b, const struct jt808_position *pos)
{
    uint8_t bcd[6];
    jt808_time_write(pos->at_ms, JT808_GMT8_S, bcd);
    bytes_put_u32(b, pos->alarm);
    bytes_put_u32(b, status_with_signs(pos));
    bytes_put_u32(b, (uint32_t)(pos->lat_e6 < 0 ? -pos->lat_e6 : pos->lat_e6));
    bytes_put_u32(b, (uint32_t)(pos->lon_e6 < 0 ? -pos->lon_e6 : pos->lon_e6));
    bytes_put_u16(b, (uint16_t)pos->altitude_m);
    bytes_put_u16(b, pos->speed_dkmh);
    bytes_put_u16(b, pos->course_deg);
    bytes_put(b, bcd, sizeof bcd);
    put_items(b, &pos->items);
}

int jt808_write_position(struct jt808_peer *p, const struct jt808_position *pos, uint8_t *wire,
                         size_t size)
{
    uint8_t body[JT808_BODY_MAX];
    struct byte_writer b = byte_writer(body, sizeof body);
    put_position(&b, pos);
    return write_body(p, JT808_POSITION, &b, wire, size);
}

int jt808_write_position_answer(struct jt808_peer *p, uint16_t serial,
                                const struct jt808_position *pos, uint8_t *wire, size_t size)
{
    uint8_t body[JT808_BODY_MAX];
    struct byte_writer b = byte_writer(body, sizeof body);
    bytes_put_u16(&b, serial);
    put_position(&b, pos);
    return write_body(p, JT808_POSITION_ANSWER, &b, wire, size);
}

int jt808_write_batch(struct jt808_peer *p, bool reupload, const struct jt808_position *positions,
                      size_t count, uint8_t *wire, size_t size)
{
    uint8_t body[JT808_BODY_MAX];
    struct byte_writer b = byte_writer(body, sizeof body);
    if (count > UINT16_MAX)
        return JT808_LENGTH;
    bytes_put_u16(&b, (uint16_t)count);
    bytes_put_u8(&b, reupload);
    for (size_t i = 0; i < count; i++) {
        uint8_t room[128];
        struct byte_writer item = byte_writer(room, sizeof room);
        put_position(&item, &positions[i]);
        bytes_put_u16(&b, (uint16_t)item.length);
        bytes_put(&b, room, item.length);
    }
    return write_body(p, JT808_BATCH, &b, wire, size);
}

int jt808_write_event(struct jt808_peer *p, uint8_t event, uint8_t *wire, size_t size)
{
    return jt808_write_raw(p, JT808_EVENT, &event, 1, wire, size);
}

int jt808_write_passthrough(struct jt808_peer *p, uint8_t type, const uint8_t *data, size_t n,
                            uint8_t *wire, size_t size)
{
    uint8_t body[JT808_BODY_MAX];
    struct byte_writer b = byte_writer(body, sizeof body);
    bytes_put_u8(&b, type);
    bytes_put(&b, data, n);
    return write_body(p, JT808_PASSTHROUGH, &b, wire, size);
}
