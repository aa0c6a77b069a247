/* server: the way in over HTTP, phones, reload, and doors that cannot be opened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "dispatch/base/log.h"
#include "dispatch/server/server_impl.h"
#include "tests/lib/centre.h"

static struct centre centre;
static struct http_answer said;
static char token[ACCOUNT_TOKEN_CHARS + 1];

static int start(void **state)
{
    (void)state;
    centre_begin(&centre);
    centre_token(&centre, ACCOUNT_GATEWAY, 0, token);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    centre_end(&centre);
    return 0;
}

static int ask(const char *method, const char *path, const char *bearer, const char *text)
{
    return centre_http(&centre, &said, method, path, bearer, text);
}

static const struct state *core(void)
{
    return &centre.server.pipeline.core.state;
}

static void test_health_and_metrics(void **state)
{
    (void)state;
    assert_int_equal(ask("GET", "/healthz", "", ""), 200);
    assert_non_null(strstr(said.body, "\"mode\":\"crow_flight\""));
    assert_non_null(strstr(said.body, "\"redis\":{\"configured\":false"));
    assert_int_equal(centre_do(&centre, ROLE_DISPATCHER, "add_note I9 words=x").refusal,
                     REFUSE_NO_INCIDENT);
    centre_until(&centre, centre.server.metrics.histogram[HIST_LOOP_LAG].count > 0);
    assert_int_equal(ask("GET", "/metrics", "", ""), 200);
    assert_non_null(strstr(said.body, "refusals_total{reason=\"no_incident\"} 1"));
    assert_non_null(strstr(said.body, "loop_lag_seconds_count"));
    assert_null(strstr(said.body, "loop_lag_seconds_count 0\n"));
    assert_int_equal(ask("GET", "/api/nothing", "", ""), 404);
}

static void test_signing_in(void **state)
{
    const char *login = "{\"login\":\"user-1\",\"password\":\"Bright-7-Kestrel-Over-Stone\"}";
    char fresh[ACCOUNT_TOKEN_CHARS + 1];
    (void)state;
    assert_int_equal(ask("POST", "/api/sign-in", "", "{\"login\":\"user-1\"}"), 400);
    assert_int_equal(ask("POST", "/api/sign-in", "", "not json"), 400);
    assert_int_equal(ask("POST", "/api/sign-in", "", "{\"login\":\"user-1\",\"password\":\"no\"}"),
                     401);
    assert_non_null(strstr(said.body, "wrong-login-or-password"));
    assert_int_equal(ask("POST", "/api/sign-in", "", login), 200);
    const char *at = strstr(said.body, "\"token\":\"");
    assert_non_null(at);
    snprintf(fresh, sizeof(fresh), "%s", at + 9);
    assert_int_equal(ask("POST", "/api/command", fresh, "{}"), 400); /* known, but says nothing */
    assert_int_equal(ask("POST", "/api/renew", "", ""), 401);
    assert_int_equal(ask("POST", "/api/renew", fresh, ""), 200);
    at = strstr(said.body, "\"token\":\"");
    assert_non_null(at);
    assert_memory_not_equal(fresh, at + 9, ACCOUNT_TOKEN_CHARS);
    snprintf(fresh, sizeof(fresh), "%s", at + 9);
    assert_int_equal(ask("POST", "/api/sign-out", fresh, ""), 200);
    assert_int_equal(ask("POST", "/api/command", fresh, "{}"), 401);
    assert_int_equal(centre.server.metrics.value[METRIC_SIGN_INS], 1);
    assert_int_equal(centre.server.metrics.value[METRIC_SIGN_INS_REFUSED], 1);
}

static void test_commands(void **state)
{
    const char *ring = "{\"client\":3,\"number\":1,\"ring_call\":{\"number\":\"13900000001\","
                       "\"line\":\"7\"}}";
    (void)state;
    assert_int_equal(ask("POST", "/api/command", "", ring), 401);
    assert_non_null(strstr(said.body, "\"error\":\"not_signed_in\""));
    assert_int_equal(centre.server.metrics.labelled[FAMILY_REFUSALS][REFUSE_NOT_SIGNED_IN], 1);
    assert_int_equal(ask("POST", "/api/command", token, ring), 200);
    assert_non_null(strstr(said.body, "\"refusal\":\"none\""));
    assert_non_null(strstr(said.body, "\"made\":1"));
    assert_int_equal(ask("POST", "/api/command", token, ring), 200); /* again: the same */
    assert_int_equal(core()->table[OBJECT_CALL].count, 1);
    assert_int_equal(ask("POST", "/api/command", token,
                         "{\"client\":3,\"number\":2,\"answer_call\":"
                         "{\"call\":9}}"),
                     409);
    assert_non_null(strstr(said.body, "\"refusal\":\"no_call\""));
    assert_int_equal(ask("POST", "/api/command", token, "{\"client\":3,\"number\":3,\"fly\":{}}"),
                     400);
    assert_non_null(strstr(said.body, "fly"));
    assert_int_equal(ask("POST", "/api/command", token, "{\"ring_call\":{\"line\":\"7\"}}"), 400);
    assert_non_null(strstr(said.body, "\"error\":\"client\""));
    assert_int_equal(core()->table[OBJECT_CALL].count, 1);
}

static int event(const char *kind, const char *line, const char *more)
{
    char text[512];
    snprintf(text, sizeof(text), "{\"event\":\"%s\",\"line\":\"%s\",\"at\":%lld%s}", kind, line,
             (long long)os_wall_ms(), more);
    return ask("POST", "/api/call-event", token, text);
}

static void test_telephony(void **state)
{
    (void)state;
    assert_int_equal(event("answered", "5", ""), 409); /* nobody rings there */
    assert_non_null(strstr(said.body, "no_call"));
    assert_int_equal(event("ringing", "5", ",\"number\":\"13911112222\""), 200);
    assert_int_equal(event("ringing", "6", ""), 200); /* the number is withheld */
    assert_int_equal(event("answered", "5", ""), 200);
    assert_int_equal(state_call(core(), 1)->state, CALL_ANSWERED);
    assert_int_equal(state_call(core(), 2)->state, CALL_RINGING);
    assert_int_equal(event("flying", "5", ""), 400);
    assert_int_equal(ask("POST", "/api/call-event", "", "{}"), 401);
    assert_int_equal(event("location", "5",
                           ",\"location\":{\"lat\":39.02,\"lon\":106.38,"
                           "\"datum\":\"wgs84\",\"accuracy_m\":14}"),
                     200);
    assert_int_equal(state_call(core(), 1)->lat_e7, 390200000);
    assert_int_equal(state_call(core(), 1)->uncertainty_m, 14);
    assert_int_equal(event("location", "99",
                           ",\"location\":{\"lat\":39.02,\"lon\":106.38,"
                           "\"datum\":\"wgs84\"}"),
                     409);
    assert_int_equal(event("ended", "5", ""), 200);
    assert_int_equal(state_call(core(), 1)->state, CALL_ENDED);
}

/* A switch that had no answer says it again: the first answer, no second call. */
static void test_telephony_again(void **state)
{
    const char *key = ",\"client\":41,\"sequence\":7,\"number\":\"13911112222\"";
    const char *next = ",\"client\":41,\"sequence\":8";
    (void)state;
    assert_int_equal(event("ringing", "5", key), 200);
    assert_int_equal(event("ended", "5", next), 200);
    assert_int_equal(event("ringing", "5", key), 200);
    assert_non_null(strstr(said.body, "\"made\":1"));
    assert_int_equal(event("ended", "5", next), 200); /* not "no such call" */
    assert_int_equal(core()->table[OBJECT_CALL].count, 1);
    assert_int_equal(event("ringing", "5", ",\"client\":41"), 400);
    assert_non_null(strstr(said.body, "sequence"));
    assert_int_equal(event("ringing", "5", ",\"client\":41,\"sequence\":-1"), 400);
    assert_int_equal(event("ringing", "5", ""), 200); /* without a key each is a call of its own */
    assert_int_equal(core()->table[OBJECT_CALL].count, 2);
}

static int64_t refusals(enum refusal refusal)
{
    return centre.server.metrics.labelled[FAMILY_REFUSALS][refusal];
}

/* The standard wants 2xx whatever happens; an AML for nobody's call changes nothing and is seen in
 * the figures. */
static void test_aml(void **state)
{
    const char *form = "v=1&device_number=%2B8613911112222&location_latitude=39.03"
                       "&location_longitude=106.39&location_accuracy=20&location_time=1";
    (void)state;
    assert_int_equal(event("ringing", "6", ""), 200); /* withheld: nobody's location */
    assert_int_equal(ask("POST", "/api/aml", token, form), 202);
    assert_int_equal(refusals(REFUSE_NO_CALL), 1);
    assert_int_equal(ask("POST", "/api/aml", token,
                         "v=1&location_latitude=39.03"
                         "&location_longitude=106.39"),
                     202);
    assert_false(state_call(core(), 1)->has_place);
    assert_int_equal(event("ringing", "5", ",\"number\":\"+8613911112222\""), 200);
    assert_int_equal(ask("POST", "/api/aml", token, form), 202);
    assert_true(state_call(core(), 2)->has_place);
    assert_int_equal(state_call(core(), 2)->lat_e7, 390300000);
    assert_int_equal(ask("POST", "/api/aml", "", form), 401);
    assert_int_equal(ask("POST", "/api/aml", token, "location_latitude=x"), 202);
}

static void phone(const char *query)
{
    char request[512];
    struct peer peer;
    snprintf(request, sizeof(request), "GET /?%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
             query);
    peer_open(&peer, &centre.edge, osmand_port(centre.server.osmand));
    peer_http(&peer, request, said.head, sizeof(said.head), said.body, sizeof(said.body));
    peer_close(&peer);
}

static void test_phone_sos_is_one_alert(void **state)
{
    char query[160];
    (void)state;
    for (int i = 0; i < 4; i++) { /* with every fix while it lasts */
        snprintf(query, sizeof(query), "id=U-2&lat=39.02&lon=106.38&timestamp=%lld&alarm=sos",
                 (long long)(os_wall_ms() / 1000 - 60 + i));
        phone(query);
    }
    assert_int_equal(core()->table[OBJECT_ALERT].count, 1);
    assert_int_equal(state_alert(core(), 1)->unit.v, 2);
    assert_int_equal(
        centre_do(&centre, ROLE_DISPATCHER, "clear_alert W1 verdict=true_alert").refusal,
        REFUSE_NONE);
    snprintf(query, sizeof(query), "id=U-2&lat=39.02&lon=106.38&timestamp=%lld&alarm=sos",
             (long long)(os_wall_ms() / 1000 - 10));
    phone(query); /* still the same press */
    assert_int_equal(core()->table[OBJECT_ALERT].count, 1);
    assert_int_equal(track_get(&centre.server.track, 2)->live.lat_e7, 390200000);
    phone("id=nobody&lat=39.02&lon=106.38");
    assert_int_equal(centre.server.metrics.value[METRIC_FIXES_UNKNOWN], 1);
}

/* The worker is waited for; meanwhile the loop turns and answers. */
static bool reload(void)
{
    server_reload(&centre.server);
    server_reload(&centre.server); /* a second wish while the first is being read */
    assert_true(centre.server.cards_loading);
    assert_int_equal(ask("GET", "/healthz", "", ""), 200);
    centre_until(&centre, !centre.server.cards_loading);
    return !centre.server.cards_refused;
}

/* Every part takes what may change at run time; cards that cannot be used leave those in force. */
static void test_reload(void **state)
{
    struct config *c = &centre.config;
    char hash[72];
    (void)state;
    memcpy(hash, centre.server.pipeline.core.cards_hash, sizeof(hash));
    uint64_t epoch = core()->head->cards_epoch;
    c->deadline.unanswered_s = 33;
    c->recommend.settle_ms = 7;
    c->recommend.candidates = 12;
    c->track.speed_kmh_max = 150;
    c->gate.slow_s = 3;
    c->gate.requests_per_s = 9;
    c->gate.lockout_failures = 2;
    assert_true(reload());
    assert_int_equal(centre.server.pipeline.core.policy.deadline_ms[DEADLINE_UNANSWERED], 33000);
    assert_int_equal(centre.server.travel.settle_ms, 7);
    assert_int_equal(centre.server.travel.candidates, 12);
    assert_int_equal(centre.server.track.config.speed_max_kmh, 150);
    assert_int_equal(centre.server.stream.slow_ms, 3000);
    assert_int_equal(centre.server.stream.requests_per_s, 9);
    assert_int_equal(centre.server.accounts.policy.failures_max, 2);
    assert_int_equal(core()->head->cards_epoch, epoch); /* the same cards are no news */

    snprintf(c->server.plans_dir, CONFIG_TEXT_MAX, "%s", centre.dir); /* no plans there */
    assert_false(reload());
    assert_non_null(strstr(centre.server.errmsg, "response.yaml"));
    assert_memory_equal(centre.server.pipeline.core.cards_hash, hash, sizeof(hash));
    snprintf(c->server.plans_dir, CONFIG_TEXT_MAX, "%s", SOURCE_DIR "/deploy/plans");

    char path[CONFIG_TEXT_MAX + 32]; /* one card more: in force as a fact */
    snprintf(path, sizeof(path), "%s/other.yaml", c->server.cards_dir);
    assert_int_equal(symlink(SOURCE_DIR "/deploy/cards/other.yaml", path), 0);
    assert_true(reload());
    assert_int_equal(core()->head->cards_epoch, epoch + 1);
    server_reload(&centre.server); /* the end waits for the worker (teardown) */
    assert_memory_not_equal(centre.server.pipeline.core.cards_hash, hash, sizeof(hash));
}

static void on_closed(struct server *server)
{
    (void)server;
    centre.closed = true;
}

/* A door that is taken: said, and everything closed again with a clean journal. */
static void test_port_in_use(void **state)
{
    struct uv_loop_s loop;
    static struct server second;
    struct config config = centre.config;
    (void)state;
    snprintf(config.server.data_dir, CONFIG_TEXT_MAX, "%s/second", centre.dir);
    config.server.tcp.port = (uint16_t)gate_tcp_port(&centre.server.gate);
    centre.closed = false;
    assert_int_equal(uv_loop_init(&loop), 0);
    log_set_level(LOG_LEVEL_ERROR + 1);
    assert_int_equal(server_open(&second, &config, &loop, on_closed), 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(centre.closed && second.failed);
    assert_non_null(strstr(second.errmsg, "in use"));
    assert_int_equal(uv_loop_close(&loop), 0);
    /* Told to stop before the BOOT record is durable: it never opens. */
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(server_open(&second, &config, &loop, on_closed), 0);
    assert_true(journal_was_clean(second.pipeline.journal));
    server_close(&second);
    server_close(&second);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_false(second.has_gate);
    assert_int_equal(uv_loop_close(&loop), 0);
    log_set_level(LOG_LEVEL_ERROR);
}

static void test_capacity_alarm(void **state)
{
    char line[64];
    (void)state;
    for (int i = 2; i < 400; i++) {
        snprintf(line, sizeof(line), "define_terminal T%d phone=1%010d U1", i, i);
        assert_int_equal(centre_do(&centre, ROLE_GATEWAY, line).refusal, REFUSE_NONE);
    }
    centre_until(&centre, core()->table[OBJECT_ALERT].count > 0);
    assert_true(text_same(state_alert(core(), 1)->detector, TEXT("capacity")));
    assert_true(centre.server.metrics.value[METRIC_TABLES_PERCENT] > 70);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_health_and_metrics, start, stop),
        cmocka_unit_test_setup_teardown(test_signing_in, start, stop),
        cmocka_unit_test_setup_teardown(test_commands, start, stop),
        cmocka_unit_test_setup_teardown(test_telephony, start, stop),
        cmocka_unit_test_setup_teardown(test_telephony_again, start, stop),
        cmocka_unit_test_setup_teardown(test_aml, start, stop),
        cmocka_unit_test_setup_teardown(test_phone_sos_is_one_alert, start, stop),
        cmocka_unit_test_setup_teardown(test_reload, start, stop),
        cmocka_unit_test_setup_teardown(test_port_in_use, start, stop),
        cmocka_unit_test_setup_teardown(test_capacity_alarm, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
