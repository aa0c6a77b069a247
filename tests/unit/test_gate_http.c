/* The gate by HTTP: routes, bodies, late answers, odd requests, the console's files. */
#include "tests/lib/edge.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { BODY_MAX = 1024 * 1024 };

static struct edge edge;
static char dir[64];
static char head[8192];
static char body[2 * BODY_MAX];
static uint64_t late_id;
static size_t body_seen;

/* Says back what it was asked. */
static void echo(void *user, const struct gate_request *request)
{
    char text[4096];
    int len = snprintf(text, sizeof text, "%s|%s|%s|%s|%s|%.200s", (const char *)user,
                       request->path, request->query, request->token, request->content_type,
                       (const char *)request->body);
    body_seen = request->body_len;
    gate_answer(&edge.gate, request->id, 200, NULL, text, (size_t)len);
}

static void later(void *user, const struct gate_request *request)
{
    (void)user;
    late_id = request->id;
}

static void say_peer(void *user, const struct gate_request *request)
{
    (void)user;
    gate_answer(&edge.gate, request->id, 200, NULL, request->peer, strlen(request->peer));
}

static void large(void *user, const struct gate_request *request)
{
    char *bytes = malloc(BODY_MAX);
    (void)user;
    memset(bytes, 'x', BODY_MAX);
    gate_answer(&edge.gate, request->id, 200, "application/octet-stream", bytes, BODY_MAX);
    free(bytes);
}

static void put_file(const char *name, const char *text)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void make_console(void)
{
    char path[PATH_MAX];
    snprintf(dir, sizeof dir, "/tmp/gate-XXXXXX");
    assert_non_null(mkdtemp(dir));
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = {"console", "console/assets", "console-secrets"};
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    put_file("secret.txt", "secret");
    put_file("console-secrets/secret.txt", "secret");
    put_file("console/index.html", "<title>dispatch</title>");
    put_file("console/crew.html", "<title>crew</title>");
    put_file("console/.hidden.txt", "hidden");
    put_file("console/odd.exe", "odd");
    put_file("console/assets/worker.mjs", "export {}");
    snprintf(path, sizeof path, "%s/console/out.txt", dir);
    char target[PATH_MAX];
    snprintf(target, sizeof target, "%s/secret.txt", dir);
    assert_int_equal(symlink(target, path), 0);
}

static int start(void **state)
{
    static char console[PATH_MAX];
    struct gate_config config;
    (void)state;
    make_console();
    gate_config_defaults(&config);
    config.http_port = 0;
    config.answer_ms = 300;
    config.hello_ms = 600;
    snprintf(console, sizeof console, "%s/console", dir);
    config.console_dir = console;
    edge_start(&edge, &config);
    assert_int_equal(gate_route(&edge.gate, GATE_GET, "/api", echo, "api"), 0);
    assert_int_equal(gate_route(&edge.gate, GATE_GET, "/api/deep", echo, "deep"), 0);
    assert_int_equal(gate_route(&edge.gate, GATE_POST, "/api/post", echo, "post"), 0);
    assert_int_equal(gate_route(&edge.gate, GATE_GET, "/late", later, NULL), 0);
    assert_int_equal(gate_route(&edge.gate, GATE_GET, "/large", large, NULL), 0);
    assert_int_equal(gate_route(&edge.gate, GATE_GET, "/peer", say_peer, NULL), 0);
    late_id = body_seen = 0;
    return 0;
}

static void remove_tree(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", dir);
    assert_int_equal(system(command), 0);
}

static int stop(void **state)
{
    (void)state;
    edge_stop(&edge);
    remove_tree();
    return 0;
}

static int ask(const char *request)
{
    struct peer peer;
    peer_open(&peer, &edge, gate_http_port(&edge.gate));
    int status = peer_http(&peer, request, head, sizeof head, body, sizeof body);
    peer_close(&peer);
    return status;
}

static int get(const char *path)
{
    char request[4096];
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", path);
    return ask(request);
}

static void routes_answer(void **state)
{
    (void)state;
    assert_int_equal(get("/api?a=1&b=x%20y"), 200);
    assert_string_equal(body, "api|/api|a=1&b=x y|||");
}

static void the_longest_prefix_wins(void **state)
{
    (void)state;
    assert_int_equal(get("/api/deep/er"), 200);
    assert_string_equal(body, "deep|/api/deep/er||||");
    assert_int_equal(get("/api/deeper"), 200);
    assert_string_equal(body, "api|/api/deeper||||");
    assert_int_equal(get("/apiary"), 404);
    assert_int_equal(get("/api/post"), 200); /* GET /api has it */
    assert_int_equal(ask("POST /api HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"), 405);
    assert_int_equal(ask("DELETE /api HTTP/1.1\r\nHost: h\r\n\r\n"), 405);
}

static void posts_carry_body_token_and_type(void **state)
{
    (void)state;
    assert_int_equal(ask("POST /api/post HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer abc-123\r\n"
                         "Content-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}"),
                     200);
    assert_string_equal(body, "post|/api/post||abc-123|application/json|{\"a\":1}");
    assert_int_equal(ask("POST /api/post HTTP/1.1\r\nHost: h\r\nAuthorization: Basic abc\r\n"
                         "Content-Length: 0\r\n\r\n"),
                     200);
    assert_string_equal(body, "post|/api/post||||");
    assert_non_null(strstr(head, "cache-control: no-store"));
    assert_non_null(strstr(head, "x-content-type-options: nosniff"));
}

static void a_body_split_anywhere_arrives_whole(void **state)
{
    static const char request[] =
        "POST /api/post HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
    (void)state;
    for (size_t cut = 1; cut < sizeof request - 1; cut++) {
        struct peer peer;
        peer_open(&peer, &edge, gate_http_port(&edge.gate));
        peer_write(&peer, request, cut);
        edge_turn(&edge);
        assert_int_equal(peer_http(&peer, request + cut, head, sizeof head, body, sizeof body),
                         200);
        assert_string_equal(body, "post|/api/post||||hello");
        peer_close(&peer);
    }
}

static void one_connection_asks_many_times(void **state)
{
    struct peer peer;
    (void)state;
    peer_open(&peer, &edge, gate_http_port(&edge.gate));
    for (int i = 0; i < 5; i++) {
        assert_int_equal(peer_http(&peer, "GET /api HTTP/1.1\r\nHost: h\r\n\r\n", head, sizeof head,
                                   body, sizeof body),
                         200);
        assert_int_equal(peer_http(&peer,
                                   "POST /api/post HTTP/1.1\r\nHost: h\r\n"
                                   "Content-Length: 2\r\n\r\nab",
                                   head, sizeof head, body, sizeof body),
                         200);
        assert_string_equal(body, "post|/api/post||||ab");
    }
    peer_close(&peer);
    assert_int_equal(edge.metrics.value[METRIC_HTTP_REQUESTS], 10);
}

static void bodies_are_bounded(void **state)
{
    char request[256];
    struct peer peer;
    char *bytes = calloc(1, BODY_MAX + 1);
    (void)state;
    memset(bytes, 'b', BODY_MAX);
    peer_open(&peer, &edge, gate_http_port(&edge.gate));
    snprintf(request, sizeof request,
             "POST /api/post HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", BODY_MAX);
    peer_write(&peer, request, strlen(request));
    assert_int_equal(peer_http(&peer, bytes, head, sizeof head, body, sizeof body), 200);
    assert_int_equal(body_seen, BODY_MAX);
    peer_close(&peer);
    free(bytes);
    assert_int_equal(ask("POST /api/post HTTP/1.1\r\nHost: h\r\nContent-Length: 1048577\r\n\r\nx"),
                     413);
    assert_int_equal(ask("POST /api/post HTTP/1.1\r\nHost: h\r\nContent-Length: "
                         "99999999999999999999\r\n\r\nx"),
                     413);
}

/* What two servers in a row could read in two ways is refused, and the connection closed. */
static void ambiguous_bodies_are_refused(void **state)
{
    struct peer peer;
    (void)state;
    assert_int_equal(ask("POST /api/post HTTP/1.1\r\nHost: h\r\n\r\n"), 411);
    assert_int_equal(ask("POST /api/post HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n"
                         "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                     411);
    assert_int_equal(ask("POST /api/post HTTP/1.1\r\nHost: h\r\nContent-Length: +5\r\n\r\nhello"),
                     400);
    assert_int_equal(ask("POST /api/post HTTP/1.1\r\nHost: h\r\nContent-Length: 5x\r\n\r\nhello"),
                     400);
    assert_int_equal(ask("POST /api/post HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n"
                         "Content-Length: 2\r\n\r\nhello"),
                     400);
    peer_open(&peer, &edge, gate_http_port(&edge.gate));
    assert_int_equal(peer_http(&peer,
                               "GET /api HTTP/1.1\r\nHost: h\r\nContent-Length: 40\r\n\r\n"
                               "GET /large HTTP/1.1\r\nHost: h\r\n\r\n",
                               head, sizeof head, body, sizeof body),
                     200);
    peer_wait_end(&peer);
    assert_int_equal(peer.in_len, 0);
    peer_close(&peer);
}

static void late_answers_and_none(void **state)
{
    struct peer peer;
    static const char request[] = "GET /late HTTP/1.1\r\nHost: h\r\n\r\n";
    (void)state;
    peer_open(&peer, &edge, gate_http_port(&edge.gate));
    peer_write(&peer, request, sizeof request - 1);
    edge_until(&edge, late_id != 0);
    edge_turn(&edge);
    gate_answer(&edge.gate, late_id, 202, "application/json", "{}", 2);
    assert_int_equal(peer_http(&peer, "", head, sizeof head, body, sizeof body), 202);
    assert_string_equal(body, "{}");
    gate_answer(&edge.gate, late_id, 200, NULL, "again", 5); /* nobody is there */
    peer_close(&peer);
    assert_int_equal(get("/late"), 504);
    late_id = 0;
    peer_open(&peer, &edge, gate_http_port(&edge.gate));
    peer_write(&peer, request, sizeof request - 1);
    edge_until(&edge, late_id != 0);
    peer_close(&peer);
    edge_until(&edge, edge.metrics.value[METRIC_CONNECTIONS] == 0);
    gate_answer(&edge.gate, late_id, 200, NULL, "gone", 4);
}

static void a_body_that_does_not_come_ends(void **state)
{
    struct peer peer;
    static const char request[] =
        "POST /api/post HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nab";
    (void)state;
    peer_open(&peer, &edge, gate_http_port(&edge.gate));
    peer_write(&peer, request, sizeof request - 1);
    peer_wait_end(&peer);
    assert_int_equal(body_seen, 0);
    peer_close(&peer);
}

static void large_answers_arrive_whole(void **state)
{
    (void)state;
    assert_int_equal(get("/large"), 200);
    assert_int_equal(strspn(body, "x"), BODY_MAX);
}

static void a_proxy_on_this_machine_names_the_peer(void **state)
{
    static const char *const unnamed[] = {"", "X-Forwarded-For: 10.1.2.3, a b\r\n",
                                          "X-Forwarded-For: <script>\r\n"};
    char request[256];
    (void)state;
    assert_int_equal(ask("GET /peer HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 6.6.6.6, "
                         "10.1.2.3\r\n\r\n"),
                     200);
    assert_string_equal(body, "10.1.2.3");
    for (size_t i = 0; i < sizeof unnamed / sizeof unnamed[0]; i++) {
        snprintf(request, sizeof request, "GET /peer HTTP/1.1\r\nHost: h\r\n%s\r\n", unnamed[i]);
        assert_int_equal(ask(request), 200);
        assert_int_equal(strncmp(body, "127.0.0.1:", 10), 0);
    }
}

static void odd_requests_do_no_harm(void **state)
{
    static const char *const odd[] = {
        "GET ?x HTTP/1.1\r\nHost: h\r\n\r\n",
        "\r\n\r\n",
        "GET\r\n\r\n",
        "GET /api HTTP/9.9\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET /api HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n"
        "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01",
        "GET /%00 HTTP/1.1\r\n\r\n",
        "GET /% HTTP/1.1\r\n\r\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        struct peer peer;
        peer_open(&peer, &edge, gate_http_port(&edge.gate));
        peer_write(&peer, odd[i], strlen(odd[i]));
        for (int turn = 0; turn < 10; turn++) {
            edge_turn(&edge);
        }
        peer_read(&peer);
        assert_true(peer.in_len < 12 || memcmp(peer.in, "HTTP/1.1 101", 12) != 0);
        peer_close(&peer);
    }
    assert_int_equal(get("/api"), 200);
}

static void headers_and_addresses_are_bounded(void **state)
{
    char request[20000];
    int len = snprintf(request, sizeof request, "GET /api HTTP/1.1\r\nHost: h\r\nX-Long: ");
    (void)state;
    memset(request + len, 'a', sizeof request - (size_t)len);
    memcpy(request + sizeof request - 5, "\r\n\r\n", 5);
    int status = ask(request);
    assert_true(status != 200);
    len = snprintf(request, sizeof request, "GET /api/");
    memset(request + len, 'a', 600);
    snprintf(request + len + 600, 100, " HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_int_equal(ask(request), 414);
    assert_int_equal(get("/api"), 200);
}

static void console_files_are_served(void **state)
{
    (void)state;
    assert_int_equal(get("/"), 200);
    assert_string_equal(body, "<title>dispatch</title>");
    assert_non_null(strstr(head, "content-type: text/html; charset=utf-8"));
    assert_non_null(strstr(head, "content-security-policy: default-src 'none'; script-src 'self'"));
    assert_non_null(strstr(head, "frame-ancestors 'none'"));
    assert_non_null(strstr(head, "x-content-type-options: nosniff"));
    assert_non_null(strstr(head, "cache-control: no-cache"));
    assert_null(strstr(head, "unsafe"));
    assert_int_equal(get("/crew"), 200);
    assert_string_equal(body, "<title>crew</title>");
    assert_int_equal(get("/assets/worker.mjs"), 200);
    assert_non_null(strstr(head, "content-type: text/javascript"));
    assert_non_null(strstr(head, "immutable"));
}

static void nothing_else_is_served(void **state)
{
    static const char *const paths[] = {
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/../console-secrets/secret.txt",
        "/..\\secret.txt",
        "/.hidden.txt",
        "/%2ehidden.txt",
        "/out.txt",
        "/assets",
        "/assets/",
        "/odd.exe",
        "/missing",
        "//etc/passwd",
        "/index.html/",
        "/index.html/x",
    };
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        int status = get(paths[i]);
        if (status != 404 && status != 403 && status != 0) {
            print_error("%s gave %d: %s\n", paths[i], status, body);
            fail();
        }
        assert_null(strstr(body, "secret"));
    }
    assert_int_equal(get("/missing"), 404);
    assert_int_equal(get("/out.txt"), 404);
    assert_int_equal(get("/assets/"), 404);
}

#define T(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(routes_answer),
        T(the_longest_prefix_wins),
        T(posts_carry_body_token_and_type),
        T(a_body_split_anywhere_arrives_whole),
        T(one_connection_asks_many_times),
        T(bodies_are_bounded),
        T(ambiguous_bodies_are_refused),
        T(late_answers_and_none),
        T(a_body_that_does_not_come_ends),
        T(large_answers_arrive_whole),
        T(a_proxy_on_this_machine_names_the_peer),
        T(odd_requests_do_no_harm),
        T(headers_and_addresses_are_bounded),
        T(console_files_are_served),
        T(nothing_else_is_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
