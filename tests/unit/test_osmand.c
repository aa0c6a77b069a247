/* osmand: what phones send, in both forms, through the parser and over real sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "dispatch/ingest/http_request.h"
#include "dispatch/ingest/osmand.h"

static const int64_t now_ms = 1790000000000;

/* --- reports ------------------------------------------------------------------------------- */

static int read_query(const char *target, struct osmand_report *r)
{
    char errmsg[160] = "";
    int error = osmand_read(target, "", "", 0, r, errmsg, sizeof errmsg);
    assert_true(error == 0 || errmsg[0] != '\0');
    return error;
}

static int read_json(const char *body, struct osmand_report *r)
{
    char errmsg[160] = "";
    int error = osmand_read("/", "application/json; charset=utf-8", body, strlen(body), r, errmsg,
                            sizeof errmsg);
    assert_true(error == 0 || errmsg[0] != '\0');
    return error;
}

static void test_query(void **state)
{
    (void)state;
    struct osmand_report r;
    assert_int_equal(read_query("?id=7&timestamp=1790000000&lat=39.0167&lon=106.3765&speed=10"
                                "&bearing=359.7&altitude=1100.4&accuracy=4.5&batt=80&hdop=1",
                                &r),
                     0);
    assert_string_equal(r.id, "7");
    assert_int_equal(r.fix.at_ms, 1790000000000);
    assert_int_equal(r.fix.lat_e7, 390167000);
    assert_int_equal(r.fix.lon_e7, 1063765000);
    assert_int_equal(r.fix.speed_dkmh, 185); /* 10 knots */
    assert_int_equal(r.fix.course_deg, 0);
    assert_int_equal(r.fix.altitude_m, 1100);
    assert_int_equal(r.fix.accuracy_m, 5);
    assert_int_equal(r.fix.marks, 0);
    assert_true(r.has_place && r.has_time && !r.json);

    assert_int_equal(read_query("/?deviceid=a%2Fb&timestamp=1790000000123&location=39.0,106.4"
                                "&heading=12&valid=false&alarm=sos&mock=true",
                                &r),
                     0);
    assert_string_equal(r.id, "a/b");
    assert_int_equal(r.fix.at_ms, 1790000000123);
    assert_int_equal(r.fix.lat_e7, 390000000);
    assert_int_equal(r.fix.alarm, 1);
    assert_int_equal(r.fix.marks, FIX_NO_LOCK | FIX_MOCK);
    assert_int_equal(r.fix.speed_dkmh, UINT16_MAX);

    assert_int_equal(read_query("/?id=7&timestamp=2026-09-21T14:13:20Z&lat=1&lon=2", &r), 0);
    assert_int_equal(r.fix.at_ms, 1790000000000);
    assert_int_equal(read_query("/?id=7&timestamp=2026-09-21+14:13:20&lat=1&lon=2", &r), 0);
    assert_int_equal(r.fix.at_ms, 1790000000000);
    assert_int_equal(read_query("/?id=7", &r), 0); /* keep the last location */
    assert_false(r.has_place || r.has_time);
    assert_int_equal(read_query("/?id=7&lat=139&lon=106", &r), 0); /* odd, kept, marked */
    assert_int_equal(r.fix.marks, FIX_NO_PLACE);

    char errmsg[160];
    static const char body[] = "id=9&lat=1&lon=2";
    assert_int_equal(osmand_read("/", "application/x-www-form-urlencoded", body, strlen(body), &r,
                                 errmsg, sizeof errmsg),
                     0);
    assert_string_equal(r.id, "9");
}

static void test_query_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "/",
        "/?",
        "/?lat=1&lon=2",
        "/?id=",
        "/?id=1&lat=1",
        "/?id=1&lon=1",
        "/?id=1&lat=x&lon=2",
        "/?id=1&lat=nan&lon=2",
        "/?id=1&lat=1&lon=",
        "/?id=1&location=1",
        "/?id=1&location=,",
        "/?id=1&timestamp=yesterday",
        "/?id=%zz",
        "/?id=1&timestamp=-5",
        "/?id=1&speed=fast",
        "/?id=%00",
        "/?id=1234567890123456789012345678901234567890123456789012345678901234",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct osmand_report r;
        if (read_query(bad[i], &r) == 0)
            fail_msg("taken: %s", bad[i]);
    }
}

static const char traccar_client[] =
    "{\"location\":{\"timestamp\":\"2026-09-21T14:13:20.000Z\",\"coords\":{\"latitude\":39.0167,"
    "\"longitude\":106.3765,\"accuracy\":5.3,\"speed\":10,\"heading\":-1,\"altitude\":1100},"
    "\"is_moving\":true,\"odometer\":12.3,\"event\":\"motionchange\",\"battery\":{\"level\":0.8,"
    "\"is_charging\":false},\"activity\":{\"type\":\"in_vehicle\"},\"mock\":false,\"extras\":{}},"
    "\"device_id\":\"crew-7\"}";

static void test_json(void **state)
{
    (void)state;
    struct osmand_report r;
    assert_int_equal(read_json(traccar_client, &r), 0);
    assert_string_equal(r.id, "crew-7");
    assert_int_equal(r.fix.at_ms, 1790000000000);
    assert_int_equal(r.fix.lat_e7, 390167000);
    assert_int_equal(r.fix.speed_dkmh, 360); /* 10 m/s */
    assert_int_equal(r.fix.course_deg, UINT16_MAX);
    assert_int_equal(r.fix.accuracy_m, 5);
    assert_true(r.json);
    assert_int_equal(read_json("{\"device_id\":\"1\"}", &r), 0);
    assert_false(r.has_place);
    assert_int_equal(read_json("{\"device_id\":\"1\",\"location\":{\"coords\":{\"latitude\":1,"
                               "\"longitude\":2},\"mock\":true,\"extras\":{\"alarm\":\"sos\"}}}",
                               &r),
                     0);
    assert_int_equal(r.fix.marks, FIX_MOCK);
    assert_int_equal(r.fix.alarm, 1);
    assert_false(r.has_time);
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "{\"location\":{}}",
        "{\"device_id\":7}",
        "{\"device_id\":\"1\",\"location\":7}",
        "{\"device_id\":\"1\",\"location\":{}}",
        "{\"device_id\":\"1\",\"location\":{\"coords\":{\"latitude\":1}}}",
        "{\"device_id\":\"1\",\"location\":{\"coords\":{\"latitude\":\"1\",\"longitude\":2}}}",
        "{\"device_id\":\"1\",\"location\":{\"timestamp\":\"x\",\"coords\":{\"latitude\":1,"
        "\"longitude\":2}}}",
        "{\"device_id\":\"1\",\"location\":{\"timestamp\":5,\"coords\":{\"latitude\":1,"
        "\"longitude\":2}}}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (read_json(bad[i], &r) == 0)
            fail_msg("taken: %s", bad[i]);
    }
}

/* --- requests ------------------------------------------------------------------------------ */

static ssize_t read_request(const char *bytes, struct http_request *q)
{
    return http_request_read(bytes, strlen(bytes), q);
}

static void test_requests(void **state)
{
    (void)state;
    struct http_request q;
    static const char get[] = "GET ?id=1 HTTP/1.1\r\nHost: x\r\n\r\n";
    for (size_t n = 0; n < sizeof get - 1; n++)
        assert_int_equal(http_request_read(get, n, &q), 0); /* not yet */
    assert_int_equal(read_request(get, &q), sizeof get - 1);
    assert_int_equal(q.target_len, 5);
    assert_true(q.keep_alive);
    static const char post[] =
        "\r\nPOST / HTTP/1.0\nContent-Type: a/b\nContent-Length: 3\n\nabcGET";
    assert_int_equal(read_request(post, &q), sizeof post - 1 - 3);
    assert_memory_equal(q.body, "abc", 3);
    assert_memory_equal(q.content_type, "a/b", 3);
    assert_false(q.keep_alive);
    static const struct {
        const char *bytes;
        int status;
    } bad[] = {
        {"\x16\x03\x01\n\n", -400}, /* TLS on the wrong port */
        {"GET /\r\n\r\n", -400},
        {"GET / HTTP/2.0\r\n\r\n", -505},
        {"GET / HTTP/1.1\r\nno colon\r\n\r\n", -400},
        {"GET / HTTP/1.1\r\n folded: x\r\n\r\n", -400},
        {"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", -400},
        {"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", -400},
        {"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", -413},
        {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", -411},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(read_request(bad[i].bytes, &q), bad[i].status);
    static char flood[HTTP_HEAD_MAX + 2];
    memset(flood, 'x', sizeof flood);
    assert_int_equal(http_request_read(flood, sizeof flood, &q), -431);
}

/* --- over sockets -------------------------------------------------------------------------- */

struct port {
    uv_loop_t loop;
    struct osmand *osmand;
    struct fix fix;
    uint32_t fixes, heard, alarms;
    int spool_error;
    bool closed;
};

static int64_t on_now(void *ctx)
{
    (void)ctx;
    return now_ms;
}

static bool on_find(void *ctx, const char *id, uint64_t *unit)
{
    (void)ctx;
    *unit = 107;
    return strcmp(id, "crew-7") == 0;
}

static int on_fix(void *ctx, const struct fix *fix)
{
    struct port *p = ctx;
    if (p->spool_error != 0)
        return p->spool_error;
    p->fix = *fix;
    p->fixes++;
    return 0;
}

static void on_heard(void *ctx, uint64_t unit)
{
    assert_int_equal(unit, 107);
    ((struct port *)ctx)->heard++;
}

static void on_alarm(void *ctx, uint64_t unit, int64_t at_ms)
{
    assert_int_equal(unit, 107);
    assert_true(at_ms > 0);
    ((struct port *)ctx)->alarms++;
}

static void port_open(struct port *p, uint32_t sessions_max, uint32_t idle_ms)
{
    char errmsg[256];
    *p = (struct port){0};
    const struct osmand_events events = {.ctx = p,
                                         .now_cb = on_now,
                                         .find_cb = on_find,
                                         .fix_cb = on_fix,
                                         .heard_cb = on_heard,
                                         .alarm_cb = on_alarm};
    assert_int_equal(uv_loop_init(&p->loop), 0);
    p->osmand = osmand_open(&p->loop, "127.0.0.1", 0, sessions_max, idle_ms, &events, errmsg,
                            sizeof errmsg);
    assert_non_null(p->osmand);
}

static void on_closed(void *arg)
{
    ((struct port *)arg)->closed = true;
}

static void port_close(struct port *p)
{
    osmand_close(p->osmand, on_closed, p);
    uv_run(&p->loop, UV_RUN_DEFAULT);
    assert_true(p->closed);
    assert_int_equal(uv_loop_close(&p->loop), 0);
}

static int phone_open(struct port *p)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(osmand_port(p->osmand)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* Turns the loop until the peer has answered; the status, or 0 if it closed. */
static int await_status(struct port *p, int fd)
{
    char in[1024];
    ssize_t n;
    while ((n = recv(fd, in, sizeof in - 1, MSG_DONTWAIT)) < 0 && errno == EAGAIN)
        uv_run(&p->loop, UV_RUN_ONCE);
    if (n <= 0)
        return 0;
    in[n] = '\0';
    assert_int_equal(strncmp(in, "HTTP/1.1 ", 9), 0);
    return (int)strtol(in + 9, NULL, 10);
}

static int ask(struct port *p, int fd, const char *request)
{
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    return await_status(p, fd);
}

static void test_server(void **state)
{
    (void)state;
    struct port p;
    char request[1024];
    port_open(&p, 8, 60000);
    int fd = phone_open(&p);
    assert_int_equal(ask(&p, fd, "GET ?id=crew-7&lat=39&lon=106.4 HTTP/1.1\r\n\r\n"), 200);
    assert_int_equal(p.fix.unit, 107);
    assert_int_equal(p.fix.at_ms, now_ms); /* not said: when it came */
    assert_int_equal(p.fix.received_ms, now_ms);
    assert_int_equal(p.fix.source, FIX_OSMAND);
    assert_int_equal(ask(&p, fd, "GET /?id=nobody&lat=39&lon=106.4 HTTP/1.1\r\n\r\n"), 400);
    assert_int_equal(ask(&p, fd, "GET /?id=crew-7 HTTP/1.1\r\n\r\n"), 200);
    assert_int_equal(p.heard, 1);
    assert_int_equal(ask(&p, fd, "GET /?id=crew-7&alarm=sos HTTP/1.1\r\n\r\n"), 200);
    assert_int_equal(p.alarms, 1);
    snprintf(request, sizeof request,
             "POST / HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
             strlen(traccar_client), traccar_client);
    assert_int_equal(ask(&p, fd, request), 200);
    assert_int_equal(p.fix.speed_dkmh, 360);
    assert_int_equal(ask(&p, fd,
                         "POST / HTTP/1.1\r\nContent-Type: application/json\r\n"
                         "Content-Length: 17\r\n\r\n{\"device_id\":\"x\"}"),
                     404);
    p.spool_error = -1;
    assert_int_equal(ask(&p, fd, "GET /?id=crew-7&lat=39&lon=106.4 HTTP/1.1\r\n\r\n"), 503);
    assert_int_equal(p.fixes, 2);
    assert_int_equal(ask(&p, fd, "nonsense\r\n\r\n"), 400);
    assert_int_equal(await_status(&p, fd), 0); /* closed after nonsense */
    close(fd);
    port_close(&p);
}

static void test_limits(void **state)
{
    (void)state;
    struct port p;
    port_open(&p, 1, 40);
    int drip = phone_open(&p);
    ssize_t n;
    char in[16];
    uv_run(&p.loop, UV_RUN_ONCE); /* accepted */
    int refused = phone_open(&p);
    assert_int_equal(await_status(&p, refused), 0);
    assert_int_equal(osmand_counters(p.osmand).sessions_full, 1);
    while ((n = recv(drip, in, sizeof in, MSG_DONTWAIT)) < 0 && errno == EAGAIN) {
        (void)send(drip, "G", 1, MSG_NOSIGNAL); /* a byte at a time does not stretch the time */
        uv_run(&p.loop, UV_RUN_ONCE);
    }
    assert_int_equal(osmand_counters(p.osmand).idle, 1);
    close(refused);
    close(drip);
    port_close(&p);
    port_open(&p, 1, 60000);
    int big = phone_open(&p);
    static char flood[HTTP_HEAD_MAX + 100];
    memset(flood, 'x', sizeof flood - 1);
    assert_int_equal(ask(&p, big, flood), 431);
    close(big);
    port_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_query),  cmocka_unit_test(test_query_refused),
        cmocka_unit_test(test_json),   cmocka_unit_test(test_requests),
        cmocka_unit_test(test_server), cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
