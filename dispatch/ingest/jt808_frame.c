#include "dispatch/ingest/jt808_frame.h"

#include <string.h>

#include "dispatch/ingest/bytes.h"
#include "dispatch/ingest/jt808_string.h"

enum {
    FLAG = 0x7E,
    ESCAPE = 0x7D,
    LENGTH_BITS = 0x03FF,
    FRAGMENTED_BIT = 1 << 13,
    VERSION_BIT = 1 << 14,
    PHONE_BYTES_2013 = 6,
    PHONE_BYTES_2019 = 10,
};

const char *jt808_error_name(int error)
{
    switch (error) {
    case 0:
        return "ok";
    case JT808_CHECKSUM:
        return "checksum";
    case JT808_LENGTH:
        return "length";
    case JT808_FRAGMENT:
        return "fragment";
    default:
        return "malformed";
    }
}

const char *jt808_phone(const char *terminal)
{
    while (terminal[0] == '0' && terminal[1] != '\0')
        terminal++;
    return terminal;
}

void jt808_deframer_init(struct jt808_deframer *d)
{
    d->length = 0;
    d->open = false;
    d->overlong = false;
    d->skipped_bytes = 0;
    d->overlong_frames = 0;
}

/* A flag ends what is before it and opens what is after it, so frames that share one flag, doubled
 * flags and rubbish between frames all come back into step at the next flag. True: a frame. */
static bool deframer_flag(struct jt808_deframer *d)
{
    bool complete = d->open && d->length > 0 && !d->overlong;
    if (d->overlong)
        d->overlong_frames++;
    d->open = true;
    d->overlong = false;
    return complete;
}

static void deframer_bytes(struct jt808_deframer *d, const uint8_t *bytes, size_t n)
{
    size_t room = sizeof d->wire - d->length, kept = n < room ? n : room;
    if (!d->open) {
        d->skipped_bytes += n;
        return;
    }
    memcpy(d->wire + d->length, bytes, kept);
    d->length += kept;
    d->overlong = d->overlong || kept < n;
}

size_t jt808_deframer_next(struct jt808_deframer *d, const uint8_t *bytes, size_t n,
                           const uint8_t **frame, size_t *frame_len)
{
    *frame = NULL;
    *frame_len = 0;
    for (size_t at = 0; at < n;) {
        const uint8_t *flag = memchr(bytes + at, FLAG, n - at);
        size_t end = flag != NULL ? (size_t)(flag - bytes) : n;
        deframer_bytes(d, bytes + at, end - at);
        if (flag == NULL)
            return n;
        size_t length = d->length;
        bool complete = deframer_flag(d);
        d->length = 0;
        at = end + 1;
        if (complete) {
            *frame = d->wire;
            *frame_len = length;
            return at;
        }
    }
    return n;
}

/* The unescaped length, or JT808_MALFORMED. */
static int unescape(const uint8_t *frame, size_t n, uint8_t *room)
{
    size_t length = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t byte = frame[i];
        if (byte == ESCAPE) {
            if (++i == n || (frame[i] != 1 && frame[i] != 2))
                return JT808_MALFORMED;
            byte = frame[i] == 1 ? ESCAPE : FLAG;
        } else if (byte == FLAG) {
            return JT808_MALFORMED;
        }
        if (length == JT808_FRAME_MAX)
            return JT808_MALFORMED;
        room[length++] = byte;
    }
    return (int)length;
}

static uint8_t checksum(const uint8_t *bytes, size_t n)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum ^= bytes[i];
    return sum;
}

static int header_read(struct byte_reader *r, struct jt808_header *h)
{
    *h = (struct jt808_header){.msg_id = bytes_u16(r)};
    h->attributes = bytes_u16(r);
    bool v2019 = (h->attributes & VERSION_BIT) != 0;
    h->body_len = h->attributes & LENGTH_BITS;
    h->encryption = (h->attributes >> 10) & 7;
    h->fragmented = (h->attributes & FRAGMENTED_BIT) != 0;
    h->revision = v2019 ? bytes_u8(r) : 0;
    size_t phone_len = v2019 ? PHONE_BYTES_2019 : PHONE_BYTES_2013;
    const uint8_t *phone = bytes_take(r, phone_len);
    h->serial = bytes_u16(r);
    if (h->fragmented) {
        h->total = bytes_u16(r);
        h->index = bytes_u16(r);
    }
    if (r->bad)
        return JT808_MALFORMED;
    jt808_bcd_read(phone, phone_len, h->terminal);
    h->version = v2019 ? JT808_2019 : JT808_2013;
    return 0;
}

int jt808_frame_read(const uint8_t *frame, size_t n, uint8_t *room, struct jt808_message *out)
{
    *out = (struct jt808_message){0};
    int length = unescape(frame, n, room);
    if (length < 1)
        return JT808_MALFORMED;
    struct byte_reader r = byte_reader(room, (size_t)length - 1);
    struct jt808_header header;
    if (header_read(&r, &header) != 0)
        return JT808_MALFORMED;
    *out = (struct jt808_message){.header = header, .body = r.at, .body_len = r.left};
    if (checksum(room, (size_t)length) != 0)
        return JT808_CHECKSUM;
    if (r.left != header.body_len)
        return JT808_LENGTH;
    if (header.fragmented && (header.index == 0 || header.index > header.total))
        return JT808_MALFORMED;
    return header.fragmented ? JT808_FRAGMENT : 0;
}

static bool header_put(struct byte_writer *w, const struct jt808_header *h, size_t body_len)
{
    bool v2019 = h->version == JT808_2019;
    size_t phone_len = v2019 ? PHONE_BYTES_2019 : PHONE_BYTES_2013;
    uint8_t phone[PHONE_BYTES_2019];
    if (!jt808_bcd_write(h->terminal, phone, phone_len))
        return false;
    bytes_put_u16(w, h->msg_id);
    bytes_put_u16(w, (uint16_t)(body_len | (unsigned)(h->encryption & 7) << 10 |
                                (h->fragmented ? FRAGMENTED_BIT : 0) | (v2019 ? VERSION_BIT : 0)));
    if (v2019)
        bytes_put_u8(w, h->revision);
    bytes_put(w, phone, phone_len);
    bytes_put_u16(w, h->serial);
    if (h->fragmented) {
        bytes_put_u16(w, h->total);
        bytes_put_u16(w, h->index);
    }
    return true;
}

static void escaped_put(struct byte_writer *w, uint8_t byte)
{
    if (byte == FLAG || byte == ESCAPE) {
        bytes_put_u8(w, ESCAPE);
        bytes_put_u8(w, byte == ESCAPE ? 1 : 2);
    } else {
        bytes_put_u8(w, byte);
    }
}

int jt808_frame_write(const struct jt808_header *header, const uint8_t *body, size_t body_len,
                      uint8_t *wire, size_t size)
{
    uint8_t plain[JT808_FRAME_MAX];
    if (body_len > JT808_BODY_MAX)
        return JT808_LENGTH;
    struct byte_writer p = byte_writer(plain, sizeof plain);
    if (!header_put(&p, header, body_len))
        return JT808_MALFORMED;
    bytes_put(&p, body, body_len);
    bytes_put_u8(&p, checksum(plain, p.length));
    struct byte_writer w = byte_writer(wire, size);
    bytes_put_u8(&w, FLAG);
    for (size_t i = 0; i < p.length; i++)
        escaped_put(&w, plain[i]);
    bytes_put_u8(&w, FLAG);
    return w.bad ? JT808_LENGTH : (int)w.length;
}
