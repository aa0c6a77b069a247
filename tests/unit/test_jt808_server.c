/* jt808_server on a loopback port, spoken to by real sockets from the same loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/jt808_town.h"

static void test_session(void **state)
{
    struct town *t = *state;
    struct terminal c;
    uint8_t wire[JT808_WIRE_MAX];
    town_open(t);
    terminal_open(&c, t, "013900000001");
    assert_int_equal(terminal_send_empty(&c, JT808_HEARTBEAT),
                     JT808_FAILED); /* not before authentication */
    char code[256];
    assert_int_equal(terminal_enrol(&c, code), JT808_REGISTERED);
    assert_int_equal(strlen(code), 32);
    assert_int_equal(t->heard.linked, 0);
    assert_int_equal(terminal_authenticate(&c, code), JT808_DONE);
    assert_int_equal(t->heard.linked, 1);
    assert_true(jt808_server_linked(t->server, 1));
    assert_int_equal(terminal_send_empty(&c, JT808_HEARTBEAT), JT808_DONE);
    assert_int_equal(c.message.header.serial, 3); /* our own serial, running */
    assert_int_equal(terminal_send_empty(&c, 0x0702), JT808_UNSUPPORTED);

    struct jt808_position p = terminal_position(TOWN_NOW_MS - 2000);
    assert_int_equal(terminal_send_position(&c, &p), JT808_DONE);
    assert_int_equal(t->heard.fixes, 1);
    assert_int_equal(t->heard.fix.unit, 101);
    assert_int_equal(t->heard.fix.lat_e7, 390167890);
    assert_int_equal(t->heard.fix.at_ms, TOWN_NOW_MS - 2000);
    assert_int_equal(t->heard.fix.marks, 0);

    int64_t utc_ms;
    terminal_send(&c, wire, jt808_write_empty(&c.peer, JT808_TIME_QUERY, wire, sizeof wire));
    terminal_await(&c, JT808_TIME_REPLY);
    assert_int_equal(jt808_time_reply_read(c.message.body, c.message.body_len, &utc_ms), 0);
    assert_int_equal(utc_ms, TOWN_NOW_MS);
    assert_int_equal(terminal_send_empty(&c, JT808_LOGOUT), JT808_DONE);
    terminal_await_over(&c);
    assert_int_equal(t->heard.lost, 1);
    close(c.fd);
    town_close(t);
}

/* What one turn brings is settled once, answered in order, and not at all kept if that fails; what
 * is no position is not concerned. */
static void test_settled_before_answered(void **state)
{
    struct town *t = *state;
    struct terminal c;
    struct jt808_position p = terminal_position(TOWN_NOW_MS);
    uint8_t wire[4 * JT808_WIRE_MAX];
    town_open(t);
    terminal_link(&c, t, "13900000001");
    for (int error = 0; error >= -1; error--) {
        uint16_t serial = c.peer.serial;
        uint32_t settled = t->heard.settled;
        t->heard.settle_error = error;
        int n = jt808_write_position(&c.peer, &p, wire, sizeof wire);
        n += jt808_write_empty(&c.peer, JT808_HEARTBEAT, wire + n, sizeof wire - (size_t)n);
        n += jt808_write_position(&c.peer, &p, wire + n, sizeof wire - (size_t)n);
        terminal_send(&c, wire, n);
        uint8_t result = error == 0 ? JT808_DONE : JT808_FAILED;
        assert_int_equal(terminal_await_reply(&c, serial), result);
        assert_int_equal(t->heard.settled, settled + 1);
        assert_int_equal(terminal_await_reply(&c, (uint16_t)(serial + 1)), JT808_DONE);
        assert_int_equal(terminal_await_reply(&c, (uint16_t)(serial + 2)), result);
    }
    close(c.fd);
    town_close(t);
}

/* Until the server's kernel has all that was sent. */
static void await_arrival(const struct terminal *c)
{
    int unsent = 1;
    while (unsent > 0)
        assert_int_equal(ioctl(c->fd, SIOCOUTQ, &unsent), 0);
}

/* What two terminals say in one turn of the loop is settled once, and each hears its own answer. */
static void test_terminals_of_one_turn_are_settled_together(void **state)
{
    struct town *t = *state;
    struct terminal c[2];
    struct jt808_position p = terminal_position(TOWN_NOW_MS);
    uint8_t wire[JT808_WIRE_MAX];
    uint16_t serial[2];
    town_open(t);
    terminal_link(&c[0], t, "13900000001");
    terminal_link(&c[1], t, "13900000002");
    for (int error = 0; error >= -1; error--) {
        uint32_t settled = t->heard.settled;
        t->heard.settle_error = error;
        for (int i = 0; i < 2; i++) {
            serial[i] = c[i].peer.serial;
            terminal_send(&c[i], wire, jt808_write_position(&c[i].peer, &p, wire, sizeof wire));
            await_arrival(&c[i]);
        }
        for (int i = 0; i < 2; i++)
            assert_int_equal(terminal_await_reply(&c[i], serial[i]),
                             error == 0 ? JT808_DONE : JT808_FAILED);
        assert_int_equal(t->heard.settled, settled + 1);
    }
    close(c[0].fd);
    close(c[1].fd);
    town_close(t);
}

static void test_not_acknowledged_before_the_spool(void **state)
{
    struct town *t = *state;
    struct terminal c;
    town_open(t);
    terminal_link(&c, t, "13900000001");
    struct jt808_position p = terminal_position(TOWN_NOW_MS);
    t->heard.spool_error = -1;
    assert_int_equal(terminal_send_position(&c, &p), JT808_FAILED);
    assert_int_equal(t->heard.fixes, 0);
    t->heard.spool_error = 0;
    assert_int_equal(terminal_send_position(&c, &p), JT808_DONE);
    assert_int_equal(jt808_server_counters(t->server).fixes_refused, 1);
    close(c.fd);
    terminal_link(&c, t, "13900000009"); /* mounted nowhere */
    assert_int_equal(terminal_send_position(&c, &p), JT808_FAILED);
    close(c.fd);
    town_close(t);
}

static void test_marks_and_datum(void **state)
{
    struct town *t = *state;
    struct terminal c;
    uint8_t wire[JT808_WIRE_MAX];
    town_open(t);
    terminal_link(&c, t, "13900000002");
    struct jt808_position p = terminal_position(TOWN_NOW_MS);
    p.status = JT808_STATUS_GCJ02; /* and no lock */
    assert_int_equal(terminal_send_position(&c, &p), JT808_DONE);
    assert_int_equal(t->heard.fix.marks, FIX_FROM_GCJ02 | FIX_NO_LOCK);
    /* 409 m east, 95 m north at 106.4E 39.0N: about 0.0047 and 0.00086 degrees back. */
    assert_in_range(106376543 * 10 - t->heard.fix.lon_e7, 40000, 55000);
    assert_in_range(39016789 * 10 - t->heard.fix.lat_e7, 6000, 11000);
    p.lat_e6 = 116307629;
    p.status = JT808_STATUS_FIXED;
    assert_int_equal(terminal_send_position(&c, &p), JT808_DONE);
    assert_int_equal(t->heard.fix.marks, FIX_NO_PLACE);
    uint8_t body[30] = {0}; /* a time and an item that do not exist */
    body[7] = JT808_STATUS_FIXED;
    body[28] = 0x01;
    body[29] = 99;
    uint16_t serial = c.peer.serial;
    terminal_send(&c, wire, jt808_write_raw(&c.peer, JT808_POSITION, body, 30, wire, sizeof wire));
    assert_int_equal(terminal_await_reply(&c, serial), JT808_DONE);
    assert_int_equal(t->heard.fix.marks, FIX_NO_TIME | FIX_BAD_ITEMS);
    assert_int_equal(t->heard.fix.at_ms, TOWN_NOW_MS);
    close(c.fd);
    town_close(t);
}

static void test_alarm_edges_and_reupload(void **state)
{
    struct town *t = *state;
    struct terminal c;
    uint8_t wire[JT808_WIRE_MAX];
    town_open(t);
    terminal_link(&c, t, "13900000003");
    struct jt808_position p = terminal_position(TOWN_NOW_MS);
    p.alarm = JT808_ALARM_SOS;
    for (int i = 0; i < 3; i++, p.at_ms += 1000)
        assert_int_equal(terminal_send_position(&c, &p), JT808_DONE);
    assert_int_equal(t->heard.alarms, 1); /* an edge, not one per fix */
    assert_int_equal(t->heard.risen, JT808_ALARM_SOS);
    close(c.fd);
    terminal_link(&c, t, "13900000003"); /* the state outlives the connection */
    assert_int_equal(terminal_send_position(&c, &p), JT808_DONE);
    assert_int_equal(t->heard.alarms, 1);
    struct jt808_position old[2] = {terminal_position(TOWN_NOW_MS - 600000),
                                    terminal_position(TOWN_NOW_MS - 590000)};
    old[0].alarm = old[1].alarm = 1 << 29; /* a collision, in the tunnel */
    uint16_t serial = c.peer.serial;
    terminal_send(&c, wire, jt808_write_batch(&c.peer, true, old, 2, wire, sizeof wire));
    assert_int_equal(terminal_await_reply(&c, serial), JT808_DONE);
    assert_int_equal(t->heard.alarms, 2);
    assert_int_equal(t->heard.risen, 1 << 29);
    assert_int_equal(t->heard.alarm_at_ms, TOWN_NOW_MS - 600000);
    assert_int_equal(t->heard.fix.marks, FIX_REUPLOAD);
    p.alarm = 0;
    p.at_ms += 1000;
    assert_int_equal(terminal_send_position(&c, &p), JT808_DONE);
    assert_int_equal(t->heard.fallen, JT808_ALARM_SOS); /* history disturbed nothing */
    close(c.fd);
    town_close(t);
}

static void test_buttons(void **state)
{
    struct town *t = *state;
    struct terminal c;
    uint8_t wire[JT808_WIRE_MAX];
    static const char table[] = "event 2 = departed\npassthrough 0x41 text ARR = at_scene\n"
                                "io 3 = at_hospital\n";
    FILE *in = fmemopen((void *)(uintptr_t)table, strlen(table), "r");
    assert_int_equal(buttons_read(&t->buttons, in, "table"), 0);
    fclose(in);
    t->config.buttons = &t->buttons;
    town_open(t);
    terminal_link(&c, t, "13900000004");
    uint16_t serial = c.peer.serial;
    terminal_send(&c, wire, jt808_write_event(&c.peer, 2, wire, sizeof wire));
    assert_int_equal(terminal_await_reply(&c, serial), JT808_DONE);
    assert_int_equal(t->heard.status, BUTTON_DEPARTED);
    serial = c.peer.serial;
    terminal_send(
        &c, wire,
        jt808_write_passthrough(&c.peer, 0x41, (const uint8_t *)"ARR;1", 5, wire, sizeof wire));
    assert_int_equal(terminal_await_reply(&c, serial), JT808_DONE);
    assert_int_equal(t->heard.status, BUTTON_AT_SCENE);
    static const uint16_t io[] = {1 << 3, 0, 1 << 3,
                                  1 << 3}; /* pressed when first seen: no press */
    for (int i = 0; i < 4; i++) {
        struct jt808_position p = terminal_position(TOWN_NOW_MS + i);
        p.items = (struct jt808_items){.io = io[i], .has = JT808_IO};
        assert_int_equal(terminal_send_position(&c, &p), JT808_DONE);
    }
    assert_int_equal(t->heard.status, BUTTON_AT_HOSPITAL);
    assert_int_equal(t->heard.buttons, 3);
    close(c.fd);
    town_close(t);
}

static void answer(struct terminal *c, uint8_t result)
{
    uint8_t wire[JT808_WIRE_MAX];
    struct jt808_reply reply = {c->message.header.serial, c->message.header.msg_id, result};
    terminal_send(c, wire, jt808_write_reply(&c->peer, JT808_REPLY, &reply, wire, sizeof wire));
}

static void await_receipt(struct town *t, enum jt808_receipt receipt, uint32_t count)
{
    while (t->heard.receipts[receipt] < count)
        uv_run(&t->loop, UV_RUN_ONCE);
}

static void test_downlinks(void **state)
{
    struct town *t = *state;
    struct terminal c;
    struct jt808_text text;
    struct jt808_track track = {5, 600};
    const struct jt808_terminal to = {.id = 5, .unit = 105};
    town_open(t);
    assert_int_equal(jt808_server_send_text(t->server, &to, "大武口区朝阳街12号", 0, 71), 0);
    assert_int_equal(t->heard.receipts[JT808_RECEIPT_QUEUED], 1); /* not linked yet */
    assert_int_equal(jt808_server_send_text(t->server, &to, "x", 0, 71),
                     JT808_SEND_TOKEN); /* token in use */
    terminal_link(&c, t, "13900000005");
    terminal_await(&c, JT808_TEXT);
    assert_int_equal(jt808_text_read(&c.message, &text), 0);
    assert_string_equal(text.text, "大武口区朝阳街12号");
    close(c.fd); /* the link breaks before the receipt: it comes again */
    await_receipt(t, JT808_RECEIPT_QUEUED, 2);
    terminal_link(&c, t, "13900000005");
    terminal_await(&c, JT808_TEXT);
    answer(&c, JT808_DONE);
    await_receipt(t, JT808_RECEIPT_CONFIRMED, 1);
    assert_int_equal(t->heard.token, 71);
    assert_int_equal(jt808_server_set_rate(t->server, &to, &track, 0, 72), 0);
    terminal_await(&c, JT808_TRACK);
    answer(&c, JT808_UNSUPPORTED);
    await_receipt(t, JT808_RECEIPT_REFUSED, 1);
    assert_int_equal(t->heard.token, 72);
    assert_int_equal(jt808_server_send_text(t->server, &to, "never answered", 1, 73), 0);
    await_receipt(t, JT808_RECEIPT_EXPIRED, 1);
    assert_int_equal(t->heard.token, 73);
    assert_int_equal(t->heard.receipts[JT808_RECEIPT_SENT], 4);
    close(c.fd);
    town_close(t);
}

static void test_downlinks_refused(void **state)
{
    struct town *t = *state;
    const struct jt808_terminal to = {.id = 5, .unit = 105};
    char text[JT808_TEXT_MAX + 2] = "";
    t->config.downlinks_max = 1;
    town_open(t);
    memset(text, 'x', JT808_TEXT_MAX + 1);
    assert_int_equal(jt808_server_send_text(t->server, &to, text, 0, 1), JT808_SEND_TOO_LONG);
    text[JT808_TEXT_MAX] = '\0';
    assert_int_equal(jt808_server_send_text(t->server, &to, text, 0, 1), 0);
    assert_int_equal(jt808_server_send_text(t->server, &to, "y", 0, 2), JT808_SEND_FULL);
    town_close(t);
}

static void test_kick_and_unknown(void **state)
{
    struct town *t = *state;
    struct terminal old, fresh, stranger, liar;
    char code[256];
    town_open(t);
    terminal_link(&old, t, "13900000006");
    terminal_link(&fresh, t, "00000000013900000006"); /* the same number, written longer */
    terminal_await_over(&old);
    assert_int_equal(t->heard.reason, JT808_LOST_REPLACED);
    assert_true(jt808_server_linked(t->server, 6));
    assert_int_equal(terminal_send_empty(&fresh, JT808_HEARTBEAT), JT808_DONE);

    terminal_open(&stranger, t, "13911111111");
    assert_int_equal(terminal_enrol(&stranger, code), JT808_NO_TERMINAL);
    terminal_await_over(&stranger);
    assert_int_equal(jt808_server_counters(t->server).unknown_terminals, 1);

    terminal_open(&liar, t, "13900000007");
    for (int i = 0; i < 3; i++)
        assert_int_equal(terminal_authenticate(&liar, "0123456789abcdef0123456789abcdef"),
                         JT808_FAILED);
    terminal_await_over(&liar);
    assert_int_equal(jt808_server_counters(t->server).wrong_codes, 3);
    assert_false(jt808_server_linked(t->server, 7));

    snprintf(fresh.peer.terminal, sizeof fresh.peer.terminal, "13900000008"); /* as another */
    uint8_t wire[JT808_WIRE_MAX];
    terminal_send(&fresh, wire, jt808_write_empty(&fresh.peer, JT808_HEARTBEAT, wire, sizeof wire));
    terminal_await_over(&fresh);
    assert_int_equal(jt808_server_counters(t->server).identity_changed, 1);
    close(old.fd);
    close(fresh.fd);
    close(stranger.fd);
    close(liar.fd);
    town_close(t);
}

static void test_fragments_and_garbage(void **state)
{
    struct town *t = *state;
    struct terminal c;
    uint8_t wire[JT808_WIRE_MAX];
    town_open(t);
    terminal_link(&c, t, "13900000001");
    struct jt808_peer scratch = c.peer;
    struct jt808_position many[20];
    for (int i = 0; i < 20; i++)
        many[i] = terminal_position(TOWN_NOW_MS - 100000 + i * 1000);
    uint8_t room[JT808_FRAME_MAX];
    struct jt808_message m; /* one batch, sent in two halves */
    int length = jt808_write_batch(&scratch, true, many, 20, wire, sizeof wire);
    assert_int_equal(jt808_frame_read(wire + 1, (size_t)length - 2, room, &m), 0);
    for (uint16_t i = 1; i <= 2; i++) {
        size_t half = m.body_len / 2, n = i == 1 ? half : m.body_len - half;
        uint16_t serial = c.peer.serial;
        terminal_send(&c, wire,
                      jt808_write_fragment(&c.peer, JT808_BATCH, i, 2, m.body + (i - 1) * half, n,
                                           wire, sizeof wire));
        assert_int_equal(terminal_await_reply(&c, serial), JT808_DONE);
        assert_int_equal(t->heard.fixes, i == 1 ? 0 : 20);
    }
    for (uint32_t i = 0; i < t->config.bad_max; i++)
        terminal_send(&c, "\x7E garbage \x7E", 11);
    terminal_await_over(&c);
    assert_int_equal(t->heard.reason, JT808_LOST_GARBAGE);
    assert_true(jt808_server_counters(t->server).malformed >= t->config.bad_max);
    close(c.fd);
    town_close(t);
}

static void test_never_authenticates(void **state)
{
    struct town *t = *state;
    struct terminal drip;
    t->config.auth_ms = 40;
    town_open(t);
    terminal_open(&drip, t, "13900000001");
    while (!drip.over) { /* a byte at a time does not stretch the time to authenticate */
        (void)send(drip.fd, "\x7E", 1, MSG_NOSIGNAL);
        uv_run(&t->loop, UV_RUN_ONCE);
        (void)terminal_take(&drip);
    }
    assert_int_equal(jt808_server_counters(t->server).silent, 1);
    assert_int_equal(t->heard.lost, 0); /* it was never there */
    close(drip.fd);
    town_close(t);
}

static void test_silence(void **state)
{
    struct town *t = *state;
    struct terminal quiet;
    t->config.idle_ms = 40;
    town_open(t);
    terminal_link(&quiet, t, "13900000002");
    terminal_await_over(&quiet);
    assert_int_equal(t->heard.reason, JT808_LOST_SILENT);
    assert_int_equal(jt808_server_counters(t->server).silent, 1);
    close(quiet.fd);
    town_close(t);
}

/* A terminal that asks and never reads the answers is cut off; the others do not notice. */
static void test_slow_reader(void **state)
{
    struct town *t = *state;
    struct terminal slow, other;
    uint8_t wire[JT808_WIRE_MAX];
    t->config.write_max = 4096;
    town_open(t);
    terminal_link(&slow, t, "13900000001");
    terminal_link(&other, t, "13900000002");
    int n = jt808_write_empty(&slow.peer, JT808_HEARTBEAT, wire, sizeof wire);
    static uint8_t flood[1000 * 32];
    size_t size = 0, at = 0;
    for (; size + (size_t)n <= sizeof flood; size += (size_t)n)
        memcpy(flood + size, wire, (size_t)n);
    while (t->heard.lost == 0) {
        ssize_t sent = send(slow.fd, flood + at, size - at, MSG_NOSIGNAL | MSG_DONTWAIT);
        at = sent > 0 ? (at + (size_t)sent) % size : at;
        uv_run(&t->loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(t->heard.reason, JT808_LOST_SLOW);
    assert_int_equal(terminal_send_empty(&other, JT808_HEARTBEAT), JT808_DONE);
    close(slow.fd);
    close(other.fd);
    town_close(t);
}

/* No descriptor left: newcomers are turned away, the linked go on, and it heals. */
static void test_descriptors_exhausted(void **state)
{
    struct town *t = *state;
    struct terminal c, late;
    struct rlimit limit, tight;
    town_open(t);
    terminal_link(&c, t, "13900000001");
    terminal_open(&late, t, "13900000002"); /* connected, not yet accepted */
    int lowest = dup(0);
    close(lowest);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    tight = limit;
    tight.rlim_cur = (rlim_t)lowest;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    terminal_await_over(&late);
    assert_int_equal(terminal_send_empty(&c, JT808_HEARTBEAT), JT808_DONE);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    close(late.fd);
    terminal_link(&late, t, "13900000002");
    close(c.fd);
    close(late.fd);
    town_close(t);
}

static void test_too_many(void **state)
{
    struct town *t = *state;
    struct terminal c, more;
    t->config.sessions_max = 1;
    town_open(t);
    terminal_link(&c, t, "13900000001");
    terminal_open(&more, t, "13900000002");
    terminal_await_over(&more);
    assert_int_equal(jt808_server_counters(t->server).sessions_full, 1);
    assert_int_equal(terminal_send_empty(&c, JT808_HEARTBEAT), JT808_DONE);
    close(c.fd);
    close(more.fd);
    town_close(t);
}

static void test_port_in_use(void **state)
{
    struct town *t = *state;
    char errmsg[256] = "";
    struct jt808_config config;
    town_open(t);
    config = t->config;
    config.port = jt808_server_port(t->server);
    static const struct jt808_events none = {0};
    assert_null(jt808_server_open(&t->loop, &config, &none, errmsg, sizeof errmsg));
    assert_non_null(strstr(errmsg, "127.0.0.1"));
    town_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_session, town_setup),
        cmocka_unit_test_setup(test_settled_before_answered, town_setup),
        cmocka_unit_test_setup(test_terminals_of_one_turn_are_settled_together, town_setup),
        cmocka_unit_test_setup(test_not_acknowledged_before_the_spool, town_setup),
        cmocka_unit_test_setup(test_marks_and_datum, town_setup),
        cmocka_unit_test_setup(test_alarm_edges_and_reupload, town_setup),
        cmocka_unit_test_setup(test_buttons, town_setup),
        cmocka_unit_test_setup(test_downlinks, town_setup),
        cmocka_unit_test_setup(test_downlinks_refused, town_setup),
        cmocka_unit_test_setup(test_kick_and_unknown, town_setup),
        cmocka_unit_test_setup(test_fragments_and_garbage, town_setup),
        cmocka_unit_test_setup(test_never_authenticates, town_setup),
        cmocka_unit_test_setup(test_silence, town_setup),
        cmocka_unit_test_setup(test_slow_reader, town_setup),
        cmocka_unit_test_setup(test_descriptors_exhausted, town_setup),
        cmocka_unit_test_setup(test_too_many, town_setup),
        cmocka_unit_test_setup(test_port_in_use, town_setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
