/* webhook: through a receiver that cuts, fails, hangs, redirects and loses its answers, every
 * notice of every alert arrives, in order, under its own key and signed; a restart goes on where
 * the facts say it was; what must not leave does not; the feed page shows the same documents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <sodium.h>

#include "tests/lib/centre.h"
#include "tests/lib/receiver.h"

static struct centre centre;
static struct receiver receiver;
static const char secret[] = "a secret between two houses";

static void write_secret(void)
{
    char *path = centre.config.webhook.secret_file;
    assert_true(snprintf(path, CONFIG_TEXT_MAX, "%s/secret", centre.dir) < CONFIG_TEXT_MAX);
    assert_int_equal(os_replace_file(path, secret, strlen(secret), 0600), 0);
}

/* The receiver lives on the centre's loop, so the centre must run without a webhook first. */
static void listen_on(int port, const char *manner)
{
    receiver_open(&receiver, &centre.edge.loop, port, manner);
    snprintf(centre.config.webhook.url, sizeof(centre.config.webhook.url),
             "http://127.0.0.1:%d/cap", receiver.port);
}

static void start(const char *manner)
{
    centre_make(&centre);
    write_secret();
    /* Short only for who never answers: out of time is sent again, and taken twice. */
    centre.config.webhook.timeout_ms = strchr(manner, 'h') ? 1000 : 60000;
    centre_start(&centre);
    listen_on(0, manner);
    assert_int_equal(webhook_open(&centre.server.webhook, &centre.edge.loop, &centre.config,
                                  &centre.server.pipeline, &centre.server.metrics),
                     0);
    centre.server.has_webhook = true;
}

static void stop(void)
{
    receiver_close(&receiver);
    centre_stop(&centre);
    assert_int_equal(receiver.open, 0);
}

static void finish(void)
{
    stop();
    receiver_forget(&receiver);
    centre_remove(&centre);
}

static uint64_t told_seq(void)
{
    return centre.server.pipeline.core.state.head->told_seq;
}

/* Everything so far is told or has nothing to tell. */
static void until_told(uint32_t taken)
{
    centre_until(&centre, receiver.taken_count >= taken &&
                              centre.server.webhook.body.n == 0 &&
                              centre.server.webhook.reader.cursor ==
                                  journal_durable_seq(centre.server.pipeline.journal));
}

static void assert_done(enum role role, const char *line)
{
    assert_int_equal(centre_do(&centre, role, line).refusal, REFUSE_NONE);
}

static void raise_gas(void)
{
    assert_done(ROLE_MACHINE, "raise_alert detector=place level=orange syndrome=gas has_place "
                              "lat_e7=390193337 lon_e7=1063765551 radius_m=40 "
                              "observed_milli=3000 words=\"朝阳街 5 号 13900001111\"");
}

/* ".W1.2" at the end of the key. */
static bool is_notice(const struct taken *taken, const char *end)
{
    size_t n = strlen(taken->key), m = strlen(end);
    return n > m && strcmp(taken->key + n - m, end) == 0;
}

static void assert_signed(const struct taken *taken)
{
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    char text[64], wanted[80];
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret, strlen(secret));
    const char *parts[] = {taken->key, ".", taken->timestamp, ".", taken->body};
    for (int i = 0; i < 5; i++)
        crypto_auth_hmacsha256_update(&state, (const unsigned char *)parts[i], strlen(parts[i]));
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_bin2base64(text, sizeof(text), mac, sizeof(mac), sodium_base64_VARIANT_ORIGINAL);
    snprintf(wanted, sizeof(wanted), "v1,%s", text);
    assert_string_equal(taken->signature, wanted);
}

static void assert_sound(const struct taken *taken)
{
    char identifier[256];
    assert_string_equal(taken->type, "application/cap+xml");
    snprintf(identifier, sizeof(identifier), "<identifier>%s</identifier>", taken->key);
    assert_non_null(strstr(taken->body, identifier));
    assert_null(strstr(taken->body, "13900001111"));
    assert_null(strstr(taken->body, "朝阳街"));
    assert_signed(taken);
}

/* Cut, 500, no answer, redirected, taken with the answer lost, taken; then more of the kind. */
static void test_every_notice_through_trouble(void **state)
{
    static const char *const wanted[] = {".W1.1", ".W2.1", ".W1.2", ".W1.3"};
    (void)state;
    start("c5hrlo5oc");
    raise_gas();
    assert_done(ROLE_MACHINE, "raise_alert detector=coverage level=yellow");
    assert_done(ROLE_MACHINE, "update_alert W1 level=red syndrome=gas observed_milli=5000");
    assert_done(ROLE_SUPERVISOR, "clear_alert W1 verdict=true_alert");
    until_told(5);
    assert_int_equal(receiver.taken_count, 5); /* the first twice: its answer was lost */
    assert_string_equal(receiver.taken[0].key, receiver.taken[1].key);
    assert_string_equal(receiver.taken[0].body, receiver.taken[1].body);
    for (int i = 0; i < 4; i++) {
        assert_true(is_notice(&receiver.taken[i + 1], wanted[i]));
        assert_sound(&receiver.taken[i + 1]);
    }
    assert_non_null(strstr(receiver.taken[1].body, "<msgType>Alert<"));
    assert_non_null(strstr(receiver.taken[3].body, "<msgType>Update<"));
    assert_non_null(strstr(receiver.taken[3].body, receiver.taken[1].key)); /* refers to it */
    assert_non_null(strstr(receiver.taken[4].body, "<msgType>Cancel<"));
    assert_non_null(strstr(receiver.taken[4].body, receiver.taken[3].key));
    const struct alert *alert = state_alert(&centre.server.pipeline.core.state, 1);
    assert_true(alert->told_ms >= alert->cleared_ms);
    finish();
}

/* Below the level, a deadline of one object, nothing at all: none of it leaves. */
static void test_what_does_not_leave(void **state)
{
    (void)state;
    start("");
    assert_done(ROLE_MACHINE, "raise_alert detector=window level=blue syndrome=gas");
    until_told(0); /* judged by the level of its time */
    snprintf(centre.config.cap.level, sizeof(centre.config.cap.level), "blue");
    assert_done(ROLE_MACHINE, "raise_alert detector=window level=blue syndrome=fever");
    until_told(1);
    assert_int_equal(receiver.taken_count, 1);
    assert_true(is_notice(&receiver.taken[0], ".W2.1"));
    finish();
}

/* What the receiver did not take before the server stopped goes out when it starts again, what it
 * did take does not. */
static void test_restart(void **state)
{
    int port;
    (void)state;
    start("o5555555555");
    raise_gas();
    until_told(1);
    assert_done(ROLE_MACHINE, "raise_alert detector=hospital level=orange");
    centre_until(&centre, receiver.asked >= 3);
    assert_int_equal(receiver.taken_count, 1);
    uint64_t before = told_seq();
    port = receiver.port;
    stop();
    receiver_forget(&receiver);
    centre.config.webhook.url[0] = 0;
    centre_start(&centre);
    assert_int_equal(told_seq(), before);
    listen_on(port, "");
    assert_int_equal(webhook_open(&centre.server.webhook, &centre.edge.loop, &centre.config,
                                  &centre.server.pipeline, &centre.server.metrics),
                     0);
    centre.server.has_webhook = true;
    until_told(1);
    assert_int_equal(receiver.taken_count, 1);
    assert_true(is_notice(&receiver.taken[0], ".W2.1"));
    finish();
}

/* The first time it begins with what comes, not with what is long over. */
static void test_begins_here(void **state)
{
    (void)state;
    centre_make(&centre);
    centre_start(&centre);
    raise_gas();
    listen_on(0, "");
    assert_int_equal(webhook_open(&centre.server.webhook, &centre.edge.loop, &centre.config,
                                  &centre.server.pipeline, &centre.server.metrics),
                     0);
    centre.server.has_webhook = true;
    assert_done(ROLE_MACHINE, "raise_alert detector=coverage level=red");
    until_told(1);
    assert_int_equal(receiver.taken_count, 1);
    assert_true(is_notice(&receiver.taken[0], ".W2.1"));
    assert_string_equal(receiver.taken[0].signature, ""); /* no secret, no signature */
    finish();
}

static void test_bad_settings(void **state)
{
    static struct webhook webhook;
    (void)state;
    centre_make(&centre);
    centre_start(&centre);
    snprintf(centre.config.webhook.url, sizeof(centre.config.webhook.url), "file:///etc/passwd");
    assert_int_equal(webhook_open(&webhook, &centre.edge.loop, &centre.config,
                                  &centre.server.pipeline, &centre.server.metrics),
                     -1);
    assert_non_null(strstr(webhook.errmsg, "neither http:// nor https://"));
    write_secret();
    assert_int_equal(chmod(centre.config.webhook.secret_file, 0644), 0);
    snprintf(centre.config.webhook.url, sizeof(centre.config.webhook.url), "http://127.0.0.1:1/");
    assert_int_equal(webhook_open(&webhook, &centre.edge.loop, &centre.config,
                                  &centre.server.pipeline, &centre.server.metrics),
                     -1);
    assert_non_null(strstr(webhook.errmsg, "readable by others"));
    centre_stop(&centre);
    centre_remove(&centre);
}

/* --- the feed page --- */

static int get(const char *path, const char *token, char *body, size_t size)
{
    struct peer peer;
    char request[512], head[2048];
    snprintf(request, sizeof(request),
             "GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", path, token);
    peer_open(&peer, &centre.edge, gate_http_port(&centre.server.gate));
    int status = peer_http(&peer, request, head, sizeof(head), body, size);
    peer_close(&peer);
    return status;
}

static void test_feed(void **state)
{
    static char body[65536];
    char token[ACCOUNT_TOKEN_CHARS + 1];
    (void)state;
    centre_make(&centre);
    centre_start(&centre);
    raise_gas();
    assert_done(ROLE_MACHINE, "raise_alert detector=window level=blue syndrome=fever");
    centre_token(&centre, ACCOUNT_GATEWAY, 0, token);
    assert_int_equal(get("/alerts.atom", token, body, sizeof(body)), 200);
    assert_non_null(strstr(body, "href=\"alerts/W1.cap\""));
    assert_non_null(strstr(body, "疑似一氧化碳"));
    assert_null(strstr(body, "W2"));
    assert_null(strstr(body, "13900001111"));
    assert_int_equal(get("/alerts/W1.cap", token, body, sizeof(body)), 200);
    assert_non_null(strstr(body, "<circle>39.019,106.377 0.500</circle>"));
    assert_int_equal(get("/alerts/W2.cap", token, body, sizeof(body)), 404);
    assert_int_equal(get("/alerts/W1.cap.txt", token, body, sizeof(body)), 404);
    assert_int_equal(get("/alerts/W-1.cap", token, body, sizeof(body)), 404);
    assert_int_equal(get("/alerts.atom", "nobody", body, sizeof(body)), 401);
    centre_token(&centre, ACCOUNT_CREW, 1, token);
    assert_int_equal(get("/alerts.atom", token, body, sizeof(body)), 403);
    centre_stop(&centre);
    centre_remove(&centre);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_notice_through_trouble),
        cmocka_unit_test(test_what_does_not_leave),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_begins_here),
        cmocka_unit_test(test_bad_settings),
        cmocka_unit_test(test_feed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
