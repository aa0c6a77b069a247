/* The JT/T 808 codec: the standard's own vector, round trips, cuts, lies, fragments, mutations.
 * The public vectors are in test_jt808_vectors.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "dispatch/ingest/jt808_fragment.h"
#include "dispatch/ingest/jt808_frame.h"
#include "dispatch/ingest/jt808_string.h"
#include "dispatch/ingest/jt808_write.h"

/* --- helpers ------------------------------------------------------------------------------- */

static struct jt808_peer peer_of(enum jt808_version version)
{
    struct jt808_peer p = {.terminal = "13900001111", .version = version, .serial = 7};
    p.revision = version == JT808_2019;
    return p;
}

/* Reads back what a writer made. */
static struct jt808_message reread(const uint8_t *wire, int length, uint8_t *room)
{
    struct jt808_message m;
    assert_true(length > 2);
    assert_int_equal(wire[0], 0x7E);
    assert_int_equal(wire[length - 1], 0x7E);
    assert_int_equal(jt808_frame_read(wire + 1, (size_t)length - 2, room, &m), 0);
    assert_int_equal(jt808_body_check(&m), 0);
    return m;
}

static struct jt808_position sample_position(void)
{
    return (struct jt808_position){
        .alarm = JT808_ALARM_SOS,
        .status = JT808_STATUS_ACC | JT808_STATUS_FIXED | JT808_STATUS_WEST,
        .lat_e6 = 39016789,
        .lon_e6 = -106376543,
        .at_ms = 1790000000000,
        .altitude_m = -12,
        .speed_dkmh = 1234,
        .course_deg = 359,
        .at_ok = true,
        .items_ok = true,
        .items = {.mileage_hm = 123456,
                  .signals = 0x80000001,
                  .io = 0x0102,
                  .rssi = 31,
                  .satellites = 14,
                  .has = JT808_MILEAGE | JT808_SIGNALS | JT808_IO | JT808_RSSI | JT808_SATELLITES},
    };
}

static void assert_position_equal(const struct jt808_position *a, const struct jt808_position *b)
{
    assert_int_equal(a->alarm, b->alarm);
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->lat_e6, b->lat_e6);
    assert_int_equal(a->lon_e6, b->lon_e6);
    assert_int_equal(a->at_ms, b->at_ms);
    assert_int_equal(a->altitude_m, b->altitude_m);
    assert_int_equal(a->speed_dkmh, b->speed_dkmh);
    assert_int_equal(a->course_deg, b->course_deg);
    assert_true(b->at_ok && b->items_ok);
    assert_memory_equal(&a->items, &b->items, sizeof a->items);
}

/* --- frames -------------------------------------------------------------------------------- */

/* JT/T 808-2019 §4.4.2: 30 7E 08 7D 55 goes out as 7E 30 7D 02 08 7D 01 55 7E. The bytes stand
 * inside a message here, because a frame of ours always has header and checksum. */
static void test_standard_escape(void **state)
{
    (void)state;
    static const uint8_t plain[] = {0x30, 0x7E, 0x08, 0x7D, 0x55};
    static const uint8_t escaped[] = {0x30, 0x7D, 0x02, 0x08, 0x7D, 0x01, 0x55};
    uint8_t wire[JT808_WIRE_MAX], room[JT808_FRAME_MAX];
    struct jt808_peer p = peer_of(JT808_2013);
    int length = jt808_write_raw(&p, 0x0900, plain, sizeof plain, wire, sizeof wire);
    assert_int_equal(length, 1 + 12 + sizeof escaped + 1 + 1);
    assert_memory_equal(wire + 1 + 12, escaped, sizeof escaped);
    struct jt808_message m = reread(wire, length, room);
    assert_int_equal(m.body_len, sizeof plain);
    assert_memory_equal(m.body, plain, sizeof plain);
}

struct found {
    size_t frames;
    uint16_t serials[8];
};

static void feed(struct jt808_deframer *d, const uint8_t *bytes, size_t n, struct found *found)
{
    while (n > 0) {
        const uint8_t *frame;
        size_t length;
        size_t taken = jt808_deframer_next(d, bytes, n, &frame, &length);
        bytes += taken;
        n -= taken;
        uint8_t room[JT808_FRAME_MAX];
        struct jt808_message m;
        if (frame != NULL && jt808_frame_read(frame, length, room, &m) == 0) {
            assert_true(found->frames < 8);
            found->serials[found->frames++] = m.header.serial;
        }
    }
}

/* Rubbish, two frames that share a flag, a doubled flag, rubbish between: cut at every byte. */
static void test_cut_at_every_byte(void **state)
{
    (void)state;
    uint8_t stream[4 * JT808_WIRE_MAX] = "HELLO";
    size_t n = 5;
    struct jt808_peer p = peer_of(JT808_2019);
    struct jt808_position pos = sample_position();
    for (int i = 0; i < 3; i++) {
        int length = jt808_write_position(&p, &pos, stream + n, sizeof stream - n);
        assert_true(length > 0);
        n += (size_t)length - (i == 0 ? 1 : 0); /* the first shares its last flag */
        if (i == 1)
            n += (size_t)snprintf((char *)stream + n, 8, "~~abc~");
    }
    for (size_t cut = 0; cut <= n; cut++) {
        struct jt808_deframer d;
        struct found found = {0};
        jt808_deframer_init(&d);
        feed(&d, stream, cut, &found);
        feed(&d, stream + cut, n - cut, &found);
        assert_int_equal(found.frames, 3);
        assert_int_equal(found.serials[0], 7);
        assert_int_equal(found.serials[2], 9);
        assert_int_equal(d.skipped_bytes, 5);
    }
}

static void test_every_prefix_is_refused(void **state)
{
    (void)state;
    uint8_t wire[JT808_WIRE_MAX], room[JT808_FRAME_MAX];
    struct jt808_peer p = peer_of(JT808_2013);
    struct jt808_position pos = sample_position();
    struct jt808_message m;
    int length = jt808_write_position(&p, &pos, wire, sizeof wire);
    for (size_t n = 0; n + 2 < (size_t)length; n++)
        assert_true(jt808_frame_read(wire + 1, n, room, &m) < 0);
}

static void test_overlong_is_thrown_away(void **state)
{
    (void)state;
    struct jt808_deframer d;
    struct found found = {0};
    uint8_t wire[JT808_WIRE_MAX];
    static uint8_t flood[3 * JT808_WIRE_MAX];
    struct jt808_peer p = peer_of(JT808_2013);
    jt808_deframer_init(&d);
    memset(flood, 'x', sizeof flood);
    flood[0] = 0x7E;
    feed(&d, flood, sizeof flood, &found);
    int length = jt808_write_empty(&p, JT808_HEARTBEAT, wire, sizeof wire);
    feed(&d, wire, (size_t)length, &found);
    assert_int_equal(found.frames, 1);
    assert_int_equal(d.overlong_frames, 1);
}

static void test_largest_frame(void **state)
{
    (void)state;
    uint8_t body[JT808_BODY_MAX + 1], wire[JT808_WIRE_MAX], room[JT808_FRAME_MAX];
    struct jt808_peer p = peer_of(JT808_2019);
    memset(body, 0x7E, sizeof body);
    int length = jt808_write_fragment(&p, 0x0801, 1, 2, body, JT808_BODY_MAX, wire, sizeof wire);
    struct jt808_message m;
    assert_int_equal(jt808_frame_read(wire + 1, (size_t)length - 2, room, &m), JT808_FRAGMENT);
    assert_int_equal(m.body_len, JT808_BODY_MAX);
    assert_int_equal(jt808_write_raw(&p, 0x0801, body, sizeof body, wire, sizeof wire),
                     JT808_LENGTH);
    assert_int_equal(jt808_write_raw(&p, 0x0801, body, 100, wire, 100), JT808_LENGTH);
    assert_int_equal(p.serial, 8); /* a refused message uses up no serial */
    memcpy(p.terminal, "not-a-phone", 12);
    assert_int_equal(jt808_write_raw(&p, 0x0801, body, 1, wire, sizeof wire), JT808_MALFORMED);
}

/* --- bodies -------------------------------------------------------------------------------- */

static void round_trip_position(enum jt808_version version)
{
    uint8_t wire[JT808_WIRE_MAX], room[JT808_FRAME_MAX];
    struct jt808_peer p = peer_of(version);
    struct jt808_position pos = sample_position(), back;
    int length = jt808_write_position(&p, &pos, wire, sizeof wire);
    struct jt808_message m = reread(wire, length, room);
    assert_int_equal(m.header.version, version);
    assert_int_equal(m.header.serial, 7);
    assert_string_equal(jt808_phone(m.header.terminal), "13900001111");
    assert_int_equal(jt808_position_read(m.body, m.body_len, &back), 0);
    assert_position_equal(&pos, &back);
    uint16_t serial;
    length = jt808_write_position_answer(&p, 999, &pos, wire, sizeof wire);
    m = reread(wire, length, room);
    assert_int_equal(jt808_position_answer_read(m.body, m.body_len, &serial, &back), 0);
    assert_int_equal(serial, 999);
    assert_position_equal(&pos, &back);
}

static void round_trip_batch(enum jt808_version version)
{
    uint8_t wire[JT808_WIRE_MAX], room[JT808_FRAME_MAX];
    struct jt808_peer p = peer_of(version);
    struct jt808_position many[3], back;
    for (int i = 0; i < 3; i++) {
        many[i] = sample_position();
        many[i].at_ms += i * 1000;
        many[i].lat_e6 -= i * 39016789; /* north, equator, south */
        many[i].status |= many[i].lat_e6 < 0 ? JT808_STATUS_SOUTH : 0;
    }
    struct jt808_message m =
        reread(wire, jt808_write_batch(&p, true, many, 3, wire, sizeof wire), room);
    struct jt808_batch b;
    assert_int_equal(jt808_batch_open(m.body, m.body_len, &b), 0);
    assert_true(b.reupload);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(jt808_batch_next(&b, &back), 1);
        assert_position_equal(&many[i], &back);
    }
    assert_int_equal(jt808_batch_next(&b, &back), 0);
}

static void round_trip_session(enum jt808_version version)
{
    uint8_t wire[JT808_WIRE_MAX], room[JT808_FRAME_MAX];
    struct jt808_peer p = peer_of(version);
    struct jt808_register reg = {.province = 64,
                                 .city = 202,
                                 .maker = "MKR",
                                 .model = "型号1",
                                 .terminal_id = "T00001",
                                 .plate_colour = 1,
                                 .plate = "宁B·12345"},
                          reg_back;
    struct jt808_message m = reread(wire, jt808_write_register(&p, &reg, wire, sizeof wire), room);
    assert_int_equal(jt808_register_read(&m, &reg_back), 0);
    assert_int_equal(reg_back.layout, version);
    assert_string_equal(reg_back.plate, reg.plate);
    assert_string_equal(reg_back.model, reg.model);
    assert_string_equal(reg_back.terminal_id, reg.terminal_id);
    struct jt808_register_reply rr = {.serial = 7, .auth_code = "0123456789abcdef"}, rr_back;
    m = reread(wire, jt808_write_register_reply(&p, &rr, wire, sizeof wire), room);
    assert_int_equal(jt808_register_reply_read(m.body, m.body_len, &rr_back), 0);
    assert_string_equal(rr_back.auth_code, rr.auth_code);
    struct jt808_auth a = {.form = version,
                           .code = "0123456789abcdef",
                           .imei = "123456789012345",
                           .software = "v1"},
                      a_back;
    m = reread(wire, jt808_write_auth(&p, &a, wire, sizeof wire), room);
    assert_int_equal(jt808_auth_read(&m, &a_back), 0);
    assert_int_equal(a_back.form, version);
    assert_string_equal(a_back.code, a.code);
    struct jt808_reply reply = {65535, JT808_TEXT, JT808_FAILED}, reply_back;
    m = reread(wire, jt808_write_reply(&p, JT808_REPLY, &reply, wire, sizeof wire), room);
    assert_int_equal(jt808_reply_read(m.body, m.body_len, &reply_back), 0);
    assert_int_equal(reply_back.serial, 65535);
    assert_int_equal(reply_back.msg_id, JT808_TEXT);
    assert_int_equal(reply_back.result, JT808_FAILED);
}

static void round_trip_downlinks(enum jt808_version version)
{
    uint8_t wire[JT808_WIRE_MAX], room[JT808_FRAME_MAX];
    struct jt808_peer p = peer_of(version);
    struct jt808_text text;
    int length =
        jt808_write_text(&p, 5, 1, "大武口区朝阳街12号 \xF0\x9F\x9A\x91", wire, sizeof wire);
    struct jt808_message m = reread(wire, length, room);
    assert_int_equal(jt808_text_read(&m, &text), 0);
    assert_string_equal(text.text, "大武口区朝阳街12号 ?"); /* GBK has no ambulance */
    assert_int_equal(text.type, version == JT808_2019 ? 1 : 0);
    struct jt808_track track = {5, 600}, track_back;
    m = reread(wire, jt808_write_track(&p, &track, wire, sizeof wire), room);
    assert_int_equal(jt808_track_read(m.body, m.body_len, &track_back), 0);
    assert_int_equal(track_back.interval_s, 5);
    assert_int_equal(track_back.validity_s, 600);
    struct jt808_param param;
    size_t at = 0;
    m = reread(wire, jt808_write_set_param(&p, 0x29, 30, wire, sizeof wire), room);
    assert_int_equal(jt808_param_next(m.body, m.body_len, &at, &param), 1);
    assert_int_equal(param.id, 0x29);
    assert_int_equal(param.value[3], 30);
    assert_int_equal(jt808_param_next(m.body, m.body_len, &at, &param), 0);
    struct jt808_resend resend = {.serial = 9, .count = 2, .index = {1, 64}}, resend_back;
    m = reread(wire, jt808_write_resend(&p, JT808_PLATFORM_RESEND, &resend, wire, sizeof wire),
               room);
    assert_int_equal(jt808_resend_read(&m, &resend_back), 0);
    assert_int_equal(resend_back.index[1], 64);
    int64_t utc_ms;
    m = reread(wire, jt808_write_time_reply(&p, 1790000001000, wire, sizeof wire), room);
    assert_int_equal(jt808_time_reply_read(m.body, m.body_len, &utc_ms), 0);
    assert_int_equal(utc_ms, 1790000001000);
    m = reread(wire, jt808_write_confirm_alarm(&p, 3, 1, wire, sizeof wire), room);
    assert_int_equal(m.body_len, 6);
    m = reread(wire, jt808_write_event(&p, 3, wire, sizeof wire), room);
    assert_int_equal(m.body[0], 3);
    m = reread(wire, jt808_write_passthrough(&p, 0x41, (const uint8_t *)"AB", 2, wire, sizeof wire),
               room);
    assert_memory_equal(m.body, "AAB", 3);
}

static void test_round_trips(void **state)
{
    (void)state;
    static const enum jt808_version versions[] = {JT808_2013, JT808_2019};
    for (size_t i = 0; i < 2; i++) {
        round_trip_position(versions[i]);
        round_trip_batch(versions[i]);
        round_trip_session(versions[i]);
        round_trip_downlinks(versions[i]);
    }
}

static void test_auth_2013_body_with_2019_flag(void **state)
{
    (void)state;
    uint8_t wire[JT808_WIRE_MAX], room[JT808_FRAME_MAX];
    struct jt808_peer p = peer_of(JT808_2019);
    struct jt808_auth a = {.form = JT808_2013, .code = "0123456789abcdef"}, back;
    struct jt808_message m = reread(wire, jt808_write_auth(&p, &a, wire, sizeof wire), room);
    assert_int_equal(jt808_auth_read(&m, &back), 0);
    assert_int_equal(back.form, JT808_2013);
    assert_string_equal(back.code, a.code);
}

static void test_lengths_that_lie(void **state)
{
    (void)state;
    struct jt808_position pos;
    struct jt808_batch b;
    static const uint8_t zeros[64] = {0};
    assert_int_equal(jt808_position_read(zeros, 27, &pos), JT808_MALFORMED);
    static const uint8_t short_item[] = {0, 1, 0, 0, 27, 0};
    assert_int_equal(jt808_batch_open(short_item, sizeof short_item, &b), 0);
    assert_int_equal(jt808_batch_next(&b, &pos), JT808_MALFORMED);
    static const uint8_t many[] = {0xFF, 0xFF, 0};
    assert_int_equal(jt808_batch_open(many, sizeof many, &b), 0);
    assert_int_equal(jt808_batch_next(&b, &pos), JT808_MALFORMED);
    static const uint8_t trailing[] = {0, 0, 0, 9};
    assert_int_equal(jt808_batch_open(trailing, sizeof trailing, &b), 0);
    assert_int_equal(jt808_batch_next(&b, &pos), JT808_MALFORMED);
    uint8_t overrun[32] = {0};
    memcpy(overrun + 22, "\x26\x01\x01\x00\x00\x00", 6);
    overrun[28] = 0x01;
    overrun[29] = 200;
    assert_int_equal(jt808_position_read(overrun, sizeof overrun, &pos), 0);
    assert_true(pos.at_ok);
    assert_false(pos.items_ok);
}

static void test_times(void **state)
{
    (void)state;
    int64_t ms;
    static const uint8_t never[][6] = {{0x26, 0x13, 1, 0, 0, 0}, {0x26, 0x02, 0x29, 0, 0, 0},
                                       {0x26, 1, 0, 0, 0, 0},    {0x26, 1, 1, 0x24, 0, 0},
                                       {0x26, 1, 1, 0, 0x60, 0}, {0x2A, 1, 1, 0, 0, 0},
                                       {0, 0, 0, 0, 0, 0}};
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        assert_false(jt808_time_read(never[i], JT808_GMT8_S, &ms));
    for (int64_t s = 946684800; s < 4102444800; s += 86399 * 37) { /* 2000 … 2099 */
        uint8_t bcd[6];
        jt808_time_write(s * 1000, 0, bcd);
        assert_true(jt808_time_read(bcd, 0, &ms));
        assert_int_equal(ms, s * 1000);
        time_t t = s;
        struct tm tm;
        gmtime_r(&t, &tm);
        assert_int_equal((bcd[2] >> 4) * 10 + (bcd[2] & 15), tm.tm_mday);
    }
}

static void test_gbk(void **state)
{
    (void)state;
    char utf8[32];
    uint8_t gbk[32];
    jt808_string_read((const uint8_t *)"\0\0\xC4\xFE\x42 \xFF\0", 8, utf8, sizeof utf8);
    assert_string_equal(utf8, "宁B \xEF\xBF\xBD");
    jt808_string_read((const uint8_t *)"\xC4\xFE\xC4\xFE", 4, utf8, 5);
    assert_string_equal(utf8, "宁"); /* never half a character */
    assert_int_equal(jt808_string_write("宁B", gbk, 3), 3);
    assert_int_equal(jt808_string_write("宁B", gbk, 2), -1);
    assert_int_equal(jt808_string_write("\xFF\xFE", gbk, sizeof gbk), 1); /* no UTF-8: ? */
}

/* --- fragments ----------------------------------------------------------------------------- */

static int put_part(struct jt808_fragment *f, struct jt808_peer *p, uint16_t index, uint16_t total,
                    const char *part, int64_t now_ms, struct jt808_message *whole)
{
    uint8_t wire[JT808_WIRE_MAX], room[JT808_FRAME_MAX];
    struct jt808_message m;
    int length = jt808_write_fragment(p, JT808_PASSTHROUGH, index, total, (const uint8_t *)part,
                                      strlen(part), wire, sizeof wire);
    assert_int_equal(jt808_frame_read(wire + 1, (size_t)length - 2, room, &m), JT808_FRAGMENT);
    return jt808_fragment_put(f, &m, now_ms, whole);
}

static void test_fragments(void **state)
{
    (void)state;
    struct jt808_fragment f;
    struct jt808_message whole;
    jt808_fragment_init(&f);
    struct jt808_peer p = peer_of(JT808_2019);
    p.serial = 65535; /* serials wrap */
    struct jt808_peer first = p;
    assert_int_equal(put_part(&f, &p, 1, 3, "one,", 0, &whole), 0);
    assert_int_equal(put_part(&f, &first, 1, 3, "one,", 1, &whole), 0); /* sent twice */
    struct jt808_peer third = p;
    third.serial++;
    assert_int_equal(put_part(&f, &third, 3, 3, "three", 2, &whole), 0);
    assert_int_equal(put_part(&f, &p, 2, 3, "two,", 3, &whole), 1);
    assert_int_equal(whole.body_len, 13);
    assert_memory_equal(whole.body, "one,two,three", 13);
    assert_false(whole.header.fragmented);

    assert_int_equal(put_part(&f, &p, 1, 2, "late", 10, &whole), 0);
    jt808_fragment_expire(&f, 10 + JT808_FRAGMENT_AGE_MS + 1);
    assert_int_equal(f.dropped, 1);
    assert_int_equal(f.bytes, 0);
    assert_int_equal(put_part(&f, &p, 1, 65, "many", 0, &whole), JT808_MALFORMED);
    for (uint16_t i = 0; i <= JT808_FRAGMENT_OPEN; i++) { /* one message more than places */
        p.serial = (uint16_t)(1000 * i);
        assert_int_equal(put_part(&f, &p, 1, 2, "x", i, &whole), 0);
    }
    assert_int_equal(f.dropped, 2);
    jt808_fragment_close(&f);
    assert_int_equal(f.bytes, 0);
}

/* --- mutations ----------------------------------------------------------------------------- */

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Flips bytes of good bodies and sets the checksum right again, so that the damage reaches the
 * body readers; run under the sanitizers this is the small, always-on part of the fuzzer. */
static void test_mutated_bodies(void **state)
{
    (void)state;
    uint32_t seed = 2024;
    uint8_t body[JT808_BODY_MAX], wire[JT808_WIRE_MAX], room[JT808_FRAME_MAX];
    static const uint16_t ids[] = {JT808_REPLY,    JT808_REGISTER,       JT808_AUTH,
                                   JT808_POSITION, JT808_BATCH,          JT808_POSITION_ANSWER,
                                   JT808_TEXT,     JT808_SET_PARAMS,     JT808_RESEND,
                                   JT808_TRACK,    JT808_REGISTER_REPLY, JT808_TIME_REPLY};
    size_t refused = 0;
    for (int round = 0; round < 20000; round++) {
        struct jt808_peer p = peer_of(round % 2 == 0 ? JT808_2013 : JT808_2019);
        size_t n = next_random(&seed) % (round % 5 == 0 ? JT808_BODY_MAX : 80);
        for (size_t i = 0; i < n; i++)
            body[i] = (uint8_t)(next_random(&seed) % (round % 3 == 0 ? 256 : 4));
        int length = jt808_write_raw(&p, ids[next_random(&seed) % 12], body, n, wire, sizeof wire);
        struct jt808_message m;
        assert_int_equal(jt808_frame_read(wire + 1, (size_t)length - 2, room, &m), 0);
        refused += jt808_body_check(&m) != 0;
        wire[1 + next_random(&seed) % (uint32_t)(length - 2)] ^= 1; /* and a broken one */
        assert_true(jt808_frame_read(wire + 1, (size_t)length - 2, room, &m) != 0);
    }
    assert_true(refused > 1000 && refused < 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_standard_escape),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_every_prefix_is_refused),
        cmocka_unit_test(test_overlong_is_thrown_away),
        cmocka_unit_test(test_largest_frame),
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_auth_2013_body_with_2019_flag),
        cmocka_unit_test(test_lengths_that_lie),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_gbk),
        cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_mutated_bodies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
