#include "dispatch/ingest/jt808_body.h"

#include <string.h>

#include "dispatch/ingest/bytes.h"
#include "dispatch/ingest/jt808_string.h"

int jt808_reply_read(const uint8_t *body, size_t n, struct jt808_reply *out)
{
    struct byte_reader r = byte_reader(body, n);
    struct jt808_reply reply = {.serial = bytes_u16(&r)};
    reply.msg_id = bytes_u16(&r);
    reply.result = bytes_u8(&r);
    if (r.bad)
        return JT808_MALFORMED;
    *out = reply;
    return 0;
}

static void string_take(struct byte_reader *r, size_t n, char *out, size_t size)
{
    const uint8_t *bytes = bytes_take(r, n);
    out[0] = '\0';
    if (bytes != NULL)
        jt808_string_read(bytes, n, out, size);
}

/* Field widths of the three layouts of 0x0100. */
struct register_layout {
    enum jt808_version version;
    size_t maker, model, terminal_id;
};
static const struct register_layout layout_2011 = {JT808_2011, 5, 8, 7};
static const struct register_layout layout_2013 = {JT808_2013, 5, 20, 7};
static const struct register_layout layout_2019 = {JT808_2019, 11, 30, 30};

static const struct register_layout *register_layout(const struct jt808_message *m)
{
    if (m->header.version == JT808_2019)
        return &layout_2019;
    /* A 2013 body is at least 37 bytes long; 2011 with the longest common plate stays below. */
    return m->body_len >= 2 + 2 + 5 + 20 + 7 + 1 ? &layout_2013 : &layout_2011;
}

int jt808_register_read(const struct jt808_message *m, struct jt808_register *out)
{
    const struct register_layout *layout = register_layout(m);
    struct byte_reader r = byte_reader(m->body, m->body_len);
    struct jt808_register reg = {.layout = layout->version};
    reg.province = bytes_u16(&r);
    reg.city = bytes_u16(&r);
    string_take(&r, layout->maker, reg.maker, sizeof reg.maker);
    string_take(&r, layout->model, reg.model, sizeof reg.model);
    string_take(&r, layout->terminal_id, reg.terminal_id, sizeof reg.terminal_id);
    reg.plate_colour = bytes_u8(&r);
    if (r.bad)
        return JT808_MALFORMED;
    string_take(&r, r.left, reg.plate, sizeof reg.plate);
    *out = reg;
    return 0;
}

int jt808_register_reply_read(const uint8_t *body, size_t n, struct jt808_register_reply *out)
{
    struct byte_reader r = byte_reader(body, n);
    struct jt808_register_reply reply = {.serial = bytes_u16(&r)};
    reply.result = bytes_u8(&r);
    if (r.bad)
        return JT808_MALFORMED;
    string_take(&r, r.left, reply.auth_code, sizeof reply.auth_code);
    *out = reply;
    return 0;
}

/* Length, code, IMEI[15], software[20]. */
static bool auth_2019(const struct jt808_message *m, struct jt808_auth *out)
{
    struct byte_reader r = byte_reader(m->body, m->body_len);
    string_take(&r, bytes_u8(&r), out->code, sizeof out->code);
    string_take(&r, 15, out->imei, sizeof out->imei);
    string_take(&r, 20, out->software, sizeof out->software);
    out->form = JT808_2019;
    return !r.bad && r.left == 0 && out->code[0] != '\0';
}

int jt808_auth_read(const struct jt808_message *m, struct jt808_auth *out)
{
    if (m->body_len == 0)
        return JT808_MALFORMED;
    struct jt808_auth auth = {0};
    if (m->header.version != JT808_2019 || !auth_2019(m, &auth)) {
        auth = (struct jt808_auth){.form = JT808_2013};
        jt808_string_read(m->body, m->body_len, auth.code, sizeof auth.code);
    }
    *out = auth;
    return 0;
}

static void item_u32(struct byte_reader item, uint32_t *out, struct jt808_items *items, uint8_t bit)
{
    uint32_t value = bytes_u32(&item);
    if (item.bad)
        return;
    *out = value;
    items->has |= bit;
}

static void item_u16(struct byte_reader item, uint16_t *out, struct jt808_items *items, uint8_t bit)
{
    uint16_t value = bytes_u16(&item);
    if (item.bad)
        return;
    *out = value;
    items->has |= bit;
}

static void item_u8(struct byte_reader item, uint8_t *out, struct jt808_items *items, uint8_t bit)
{
    uint8_t value = bytes_u8(&item);
    if (item.bad)
        return;
    *out = value;
    items->has |= bit;
}

/* An item of a wrong length is passed over: vendors do that, and the next item is still good. */
static void item_read(uint8_t id, struct byte_reader item, struct jt808_items *out)
{
    switch (id) {
    case 0x01:
        item_u32(item, &out->mileage_hm, out, JT808_MILEAGE);
        break;
    case 0x04:
        item_u16(item, &out->manual_alarm, out, JT808_MANUAL_ALARM);
        break;
    case 0x25:
        item_u32(item, &out->signals, out, JT808_SIGNALS);
        break;
    case 0x2A:
        item_u16(item, &out->io, out, JT808_IO);
        break;
    case 0x30:
        item_u8(item, &out->rssi, out, JT808_RSSI);
        break;
    case 0x31:
        item_u8(item, &out->satellites, out, JT808_SATELLITES);
        break;
    default:
        break;
    }
}

static bool items_read(struct byte_reader *r, struct jt808_items *out)
{
    while (r->left > 0) {
        uint8_t id = bytes_u8(r);
        uint8_t length = bytes_u8(r);
        const uint8_t *value = bytes_take(r, length);
        if (r->bad)
            return false;
        item_read(id, byte_reader(value, length), out);
    }
    return true;
}

int jt808_position_read(const uint8_t *body, size_t n, struct jt808_position *out)
{
    if (n < JT808_POSITION_MIN)
        return JT808_MALFORMED;
    struct byte_reader r = byte_reader(body, n);
    struct jt808_position p = {.alarm = bytes_u32(&r)};
    p.status = bytes_u32(&r);
    p.lat_e6 = (int64_t)bytes_u32(&r) * ((p.status & JT808_STATUS_SOUTH) != 0 ? -1 : 1);
    p.lon_e6 = (int64_t)bytes_u32(&r) * ((p.status & JT808_STATUS_WEST) != 0 ? -1 : 1);
    p.altitude_m = (int16_t)bytes_u16(&r);
    p.speed_dkmh = bytes_u16(&r);
    p.course_deg = bytes_u16(&r);
    p.at_ok = jt808_time_read(bytes_take(&r, 6), JT808_GMT8_S, &p.at_ms);
    p.items_ok = items_read(&r, &p.items);
    *out = p;
    return 0;
}

int jt808_position_answer_read(const uint8_t *body, size_t n, uint16_t *serial,
                               struct jt808_position *out)
{
    struct byte_reader r = byte_reader(body, n);
    uint16_t answered = bytes_u16(&r);
    if (r.bad || jt808_position_read(r.at, r.left, out) != 0)
        return JT808_MALFORMED;
    *serial = answered;
    return 0;
}

int jt808_batch_open(const uint8_t *body, size_t n, struct jt808_batch *out)
{
    struct byte_reader r = byte_reader(body, n);
    struct jt808_batch b = {.count = bytes_u16(&r)};
    b.reupload = bytes_u8(&r) == 1;
    if (r.bad)
        return JT808_MALFORMED;
    b.next = r.at;
    b.left = r.left;
    *out = b;
    return 0;
}

int jt808_batch_next(struct jt808_batch *b, struct jt808_position *out)
{
    if (b->seen == b->count)
        return b->left == 0 ? 0 : JT808_MALFORMED;
    struct byte_reader r = byte_reader(b->next, b->left);
    size_t length = bytes_u16(&r);
    const uint8_t *item = bytes_take(&r, length);
    if (r.bad || jt808_position_read(item, length, out) != 0)
        return JT808_MALFORMED;
    b->next = r.at;
    b->left = r.left;
    b->seen++;
    return 1;
}

int jt808_resend_read(const struct jt808_message *m, struct jt808_resend *out)
{
    struct byte_reader r = byte_reader(m->body, m->body_len);
    struct jt808_resend resend = {.serial = bytes_u16(&r)};
    resend.count = m->header.version == JT808_2019 ? bytes_u16(&r) : bytes_u8(&r);
    if (r.bad || resend.count > sizeof resend.index / sizeof resend.index[0] ||
        r.left != 2u * resend.count)
        return JT808_MALFORMED;
    for (size_t i = 0; i < resend.count; i++)
        resend.index[i] = bytes_u16(&r);
    *out = resend;
    return 0;
}

int jt808_text_read(const struct jt808_message *m, struct jt808_text *out)
{
    struct byte_reader r = byte_reader(m->body, m->body_len);
    struct jt808_text t = {.flags = bytes_u8(&r)};
    t.type = m->header.version == JT808_2019 ? bytes_u8(&r) : 0;
    if (r.bad)
        return JT808_MALFORMED;
    string_take(&r, r.left, t.text, sizeof t.text);
    *out = t;
    return 0;
}

int jt808_track_read(const uint8_t *body, size_t n, struct jt808_track *out)
{
    struct byte_reader r = byte_reader(body, n);
    struct jt808_track t = {.interval_s = bytes_u16(&r)};
    if (t.interval_s != 0 || r.left > 0) /* an end needs no validity [19] */
        t.validity_s = bytes_u32(&r);
    if (r.bad)
        return JT808_MALFORMED;
    *out = t;
    return 0;
}

int jt808_param_next(const uint8_t *body, size_t n, size_t *at, struct jt808_param *out)
{
    size_t from = *at == 0 ? 1 : *at; /* after the count */
    if (n == 0)
        return JT808_MALFORMED;
    if (from == n)
        return 0;
    struct byte_reader r = byte_reader(body + from, n - from);
    struct jt808_param p = {.id = bytes_u32(&r)};
    p.length = bytes_u8(&r);
    p.value = bytes_take(&r, p.length);
    if (r.bad)
        return JT808_MALFORMED;
    *at = n - r.left;
    *out = p;
    return 1;
}

int jt808_time_reply_read(const uint8_t *body, size_t n, int64_t *utc_ms)
{
    return n == 6 && jt808_time_read(body, 0, utc_ms) ? 0 : JT808_MALFORMED;
}

static int position_check(const struct jt808_message *m)
{
    struct jt808_position p;
    uint16_t serial;
    int error = m->header.msg_id == JT808_POSITION
                    ? jt808_position_read(m->body, m->body_len, &p)
                    : jt808_position_answer_read(m->body, m->body_len, &serial, &p);
    return error == 0 && p.items_ok ? 0 : JT808_MALFORMED;
}

static int batch_check(const struct jt808_message *m)
{
    struct jt808_batch batch;
    struct jt808_position p;
    int more = jt808_batch_open(m->body, m->body_len, &batch) == 0 ? 1 : JT808_MALFORMED;
    while (more == 1)
        more = jt808_batch_next(&batch, &p);
    return more;
}

static int params_check(const struct jt808_message *m)
{
    struct jt808_param p;
    size_t at = 0;
    int more = 1;
    size_t seen = 0;
    while ((more = jt808_param_next(m->body, m->body_len, &at, &p)) == 1)
        seen++;
    return more == 0 && seen == m->body[0] ? 0 : JT808_MALFORMED;
}

int jt808_body_check(const struct jt808_message *m)
{
    union {
        struct jt808_reply reply;
        struct jt808_register reg;
        struct jt808_register_reply reg_reply;
        struct jt808_auth auth;
        struct jt808_resend resend;
        struct jt808_text text;
        struct jt808_track track;
        int64_t utc_ms;
    } out;

    if (m->header.encryption != 0)
        return 0;
    switch (m->header.msg_id) {
    case JT808_REPLY:
    case JT808_PLATFORM_REPLY:
        return jt808_reply_read(m->body, m->body_len, &out.reply);
    case JT808_REGISTER:
        return jt808_register_read(m, &out.reg);
    case JT808_REGISTER_REPLY:
        return jt808_register_reply_read(m->body, m->body_len, &out.reg_reply);
    case JT808_AUTH:
        return jt808_auth_read(m, &out.auth);
    case JT808_POSITION:
    case JT808_POSITION_ANSWER:
        return position_check(m);
    case JT808_BATCH:
        return batch_check(m);
    case JT808_RESEND:
    case JT808_PLATFORM_RESEND:
        return jt808_resend_read(m, &out.resend);
    case JT808_TEXT:
        return jt808_text_read(m, &out.text);
    case JT808_TRACK:
        return jt808_track_read(m->body, m->body_len, &out.track);
    case JT808_SET_PARAMS:
        return params_check(m);
    case JT808_TIME_REPLY:
        return jt808_time_reply_read(m->body, m->body_len, &out.utc_ms);
    case JT808_EVENT:
    case JT808_PASSTHROUGH:
        return m->body_len >= 1 ? 0 : JT808_MALFORMED;
    default:
        return 0;
    }
}
