#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "tests/lib/jt808_town.h"

/* --- the rest of the server, as far as jt808_server sees it ------------------------------------
 */

static int64_t on_now(void *ctx)
{
    (void)ctx;
    return TOWN_NOW_MS;
}

/* Terminals 13900000001 … 13900000009 are known; 9 is mounted nowhere. */
static bool on_find(void *ctx, const char *phone, struct jt808_terminal *out)
{
    (void)ctx;
    if (strlen(phone) != 11 || strncmp(phone, "1390000000", 10) != 0 || phone[10] == '0')
        return false;
    uint64_t n = (uint64_t)(phone[10] - '0');
    *out = (struct jt808_terminal){.id = n, .unit = n == 9 ? 0 : 100 + n};
    return true;
}

static void on_heard(void *ctx, const struct jt808_terminal *t)
{
    (void)t;
    ((struct heard *)ctx)->heard++;
}

static int on_fix(void *ctx, const struct jt808_terminal *t, const struct fix *fix)
{
    struct heard *h = ctx;
    assert_int_equal(fix->unit, t->unit);
    if (h->spool_error != 0)
        return h->spool_error;
    h->fix = *fix;
    h->fixes++;
    return 0;
}

static int on_settle(void *ctx)
{
    struct heard *h = ctx;
    h->settled++;
    return h->settle_error;
}

static void on_button(void *ctx, const struct jt808_terminal *t, enum button_status status,
                      int64_t at_ms)
{
    struct heard *h = ctx;
    (void)t;
    assert_true(at_ms > 0);
    h->status = status;
    h->buttons++;
}

static void on_alarm(void *ctx, const struct jt808_terminal *t, uint32_t risen, uint32_t fallen,
                     int64_t at_ms)
{
    struct heard *h = ctx;
    (void)t;
    h->risen = risen;
    h->fallen = fallen;
    h->alarm_at_ms = at_ms;
    h->alarms++;
}

static void on_linked(void *ctx, const struct jt808_terminal *t)
{
    (void)t;
    ((struct heard *)ctx)->linked++;
}

static void on_lost(void *ctx, const struct jt808_terminal *t, enum jt808_lost reason)
{
    struct heard *h = ctx;
    (void)t;
    h->reason = reason;
    h->lost++;
}

static void on_receipt(void *ctx, const struct jt808_terminal *t, uint64_t token,
                       enum jt808_receipt receipt)
{
    struct heard *h = ctx;
    (void)t;
    h->token = token;
    h->receipts[receipt]++;
}

/* --- the town ----------------------------------------------------------------------------------
 */

void town_open(struct town *t)
{
    static const struct jt808_events callbacks = {
        .now_cb = on_now,
        .find_cb = on_find,
        .heard_cb = on_heard,
        .fix_cb = on_fix,
        .settle_cb = on_settle,
        .button_cb = on_button,
        .alarm_cb = on_alarm,
        .linked_cb = on_linked,
        .lost_cb = on_lost,
        .receipt_cb = on_receipt,
    };
    struct jt808_events events = callbacks;
    char errmsg[256];
    events.ctx = &t->heard;
    assert_int_equal(uv_loop_init(&t->loop), 0);
    t->server = jt808_server_open(&t->loop, &t->config, &events, errmsg, sizeof errmsg);
    if (t->server == NULL)
        fail_msg("%s", errmsg);
}

int town_setup(void **state)
{
    static struct town town;
    town = (struct town){0};
    jt808_config_default(&town.config);
    town.config.host = "127.0.0.1";
    memset(town.config.secret, 7, sizeof town.config.secret);
    *state = &town;
    return 0;
}

static void on_closed(void *arg)
{
    ((struct town *)arg)->closed = true;
}

void town_close(struct town *t)
{
    jt808_server_close(t->server, on_closed, t);
    uv_run(&t->loop, UV_RUN_DEFAULT);
    assert_true(t->closed);
    assert_int_equal(uv_loop_close(&t->loop), 0); /* no handle was forgotten */
}

/* --- a terminal --------------------------------------------------------------------------------
 */

void terminal_open(struct terminal *c, struct town *t, const char *phone)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(jt808_server_port(t->server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    *c = (struct terminal){.town = t, .peer = {.version = JT808_2019, .revision = 1}};
    snprintf(c->peer.terminal, sizeof c->peer.terminal, "%s", phone);
    jt808_deframer_init(&c->deframer);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(c->fd >= 0);
    assert_int_equal(connect(c->fd, (struct sockaddr *)&address, sizeof address), 0);
}

void terminal_send(struct terminal *c, const void *bytes, int n)
{
    assert_true(n > 0);
    assert_int_equal(send(c->fd, bytes, (size_t)n, MSG_NOSIGNAL), n);
}

bool terminal_take(struct terminal *c)
{
    for (;;) {
        const uint8_t *frame = NULL;
        size_t length;
        if (c->in_at < c->in_len)
            c->in_at += jt808_deframer_next(&c->deframer, c->in + c->in_at, c->in_len - c->in_at,
                                            &frame, &length);
        if (frame != NULL) {
            assert_int_equal(jt808_frame_read(frame, length, c->room, &c->message), 0);
            return true;
        }
        ssize_t n = recv(c->fd, c->in, sizeof c->in, MSG_DONTWAIT);
        c->over = c->over || n == 0 || (n < 0 && errno == ECONNRESET);
        if (n <= 0)
            return false;
        c->in_at = 0;
        c->in_len = (size_t)n;
    }
}

void terminal_await(struct terminal *c, uint16_t id)
{
    while (!terminal_take(c)) {
        if (c->over)
            fail_msg("the server closed; 0x%04x was awaited", id);
        uv_run(&c->town->loop, UV_RUN_ONCE);
    }
    assert_int_equal(c->message.header.msg_id, id);
}

void terminal_await_over(struct terminal *c)
{
    while (!c->over) {
        if (!terminal_take(c) && !c->over)
            uv_run(&c->town->loop, UV_RUN_ONCE);
    }
}

uint8_t terminal_await_reply(struct terminal *c, uint16_t serial)
{
    struct jt808_reply reply;
    terminal_await(c, JT808_PLATFORM_REPLY);
    assert_int_equal(jt808_reply_read(c->message.body, c->message.body_len, &reply), 0);
    assert_int_equal(reply.serial, serial);
    return reply.result;
}

uint8_t terminal_authenticate(struct terminal *c, const char *code)
{
    uint8_t wire[JT808_WIRE_MAX];
    struct jt808_auth auth = {.form = c->peer.version};
    uint16_t serial = c->peer.serial;
    snprintf(auth.code, sizeof auth.code, "%s", code);
    terminal_send(c, wire, jt808_write_auth(&c->peer, &auth, wire, sizeof wire));
    return terminal_await_reply(c, serial);
}

uint8_t terminal_enrol(struct terminal *c, char code[256])
{
    uint8_t wire[JT808_WIRE_MAX];
    struct jt808_register reg = {.plate = "宁B12345"};
    struct jt808_register_reply reply;
    terminal_send(c, wire, jt808_write_register(&c->peer, &reg, wire, sizeof wire));
    terminal_await(c, JT808_REGISTER_REPLY);
    assert_int_equal(jt808_register_reply_read(c->message.body, c->message.body_len, &reply), 0);
    memcpy(code, reply.auth_code, sizeof reply.auth_code);
    return reply.result;
}

void terminal_link(struct terminal *c, struct town *t, const char *phone)
{
    char code[256];
    terminal_open(c, t, phone);
    assert_int_equal(terminal_enrol(c, code), JT808_REGISTERED);
    assert_int_equal(terminal_authenticate(c, code), JT808_DONE);
}

struct jt808_position terminal_position(int64_t at_ms)
{
    return (struct jt808_position){.status = JT808_STATUS_FIXED,
                                   .lat_e6 = 39016789,
                                   .lon_e6 = 106376543,
                                   .speed_dkmh = 300,
                                   .course_deg = 90,
                                   .at_ms = at_ms};
}

uint8_t terminal_send_position(struct terminal *c, const struct jt808_position *p)
{
    uint8_t wire[JT808_WIRE_MAX];
    uint16_t serial = c->peer.serial;
    terminal_send(c, wire, jt808_write_position(&c->peer, p, wire, sizeof wire));
    return terminal_await_reply(c, serial);
}

uint8_t terminal_send_empty(struct terminal *c, uint16_t id)
{
    uint8_t wire[JT808_WIRE_MAX];
    uint16_t serial = c->peer.serial;
    terminal_send(c, wire, jt808_write_empty(&c->peer, id, wire, sizeof wire));
    return terminal_await_reply(c, serial);
}
