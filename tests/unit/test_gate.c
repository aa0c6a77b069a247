/* The gate by TCP and its limits: cut frames, lies, slow readers, fan-out, silence, descriptors. */
#include "tests/lib/edge.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { FANOUT_CLIENTS = 200, FANOUT_FRAMES = 300 };

static struct gate_config config_of_tests(void)
{
    struct gate_config config;
    gate_config_defaults(&config);
    config.http_port = 0;
    config.tcp_port = 0;
    config.handshakes_per_s = 10000;
    return config;
}

static void start(struct edge *edge)
{
    struct gate_config config = config_of_tests();
    edge_start(edge, &config);
}

static void come_in(struct peer *peer, struct edge *edge)
{
    uint32_t before = edge->opened;
    peer_open(peer, edge, gate_tcp_port(&edge->gate));
    edge_until(edge, edge->opened == before + 1);
}

static void send_text(struct gate_client *client, const char *text)
{
    struct frame *frame = frame_copy(text, strlen(text));
    assert_int_equal(gate_send(client, frame), 0);
    frame_drop(&frame);
}

static void frames_cut_at_every_byte_arrive_whole(void **state)
{
    static struct edge edge;
    static const uint8_t stream[] = {0, 0, 0, 3,   'o', 'n', 'e', 0,
                                     0, 0, 5, 't', 'h', 'r', 'e', 'e'};
    (void)state;
    start(&edge);
    for (size_t cut = 0; cut <= sizeof stream; cut++) {
        struct peer peer;
        uint32_t before = edge.frames;
        come_in(&peer, &edge);
        int64_t bytes_before = edge.metrics.value[METRIC_BYTES_IN];
        peer_write(&peer, stream, cut);
        uint32_t whole = cut < 7 ? 0 : cut < 16 ? 1 : 2;
        edge_until(&edge, edge.frames - before >= whole);
        edge_turn(&edge);
        assert_int_equal(edge.frames - before, whole);
        peer_write(&peer, stream + cut, sizeof stream - cut);
        edge_until(&edge, edge.frames == before + 2);
        assert_int_equal(edge.last_len, 5);
        assert_memory_equal(edge.last_frame, "three", 5);
        assert_int_equal(edge.metrics.value[METRIC_BYTES_IN] - bytes_before, 8);
        peer_close(&peer);
        edge_until(&edge, edge.closed_count == cut + 1);
        assert_int_equal(edge.last_code, GATE_CLOSE_NORMAL);
    }
    edge_stop(&edge);
}

static int farewell_to(struct edge *edge, const void *bytes, size_t len)
{
    struct peer peer;
    uint8_t frame[64];
    come_in(&peer, edge);
    peer_write(&peer, bytes, len);
    int got = peer_recv_frame(&peer, frame, sizeof frame);
    peer_wait_end(&peer);
    peer_close(&peer);
    return -got;
}

static void lengths_that_lie_are_told_and_closed(void **state)
{
    static struct edge edge;
    static const uint8_t empty[] = {0, 0, 0, 0};
    static const uint8_t big[] = {0, 1, 0, 1, 'x'}; /* 65537 */
    static const uint8_t huge[] = {0x7f, 0xff, 0xff, 0xff};
    static const uint8_t http[] = "GET / HTTP/1.1\r\n\r\n";
    static const uint8_t bye[] = {0x80, 0, 0x03, 0xe8};
    struct peer peer;
    (void)state;
    start(&edge);
    assert_int_equal(farewell_to(&edge, empty, sizeof empty), GATE_CLOSE_PROTOCOL);
    assert_int_equal(farewell_to(&edge, big, sizeof big), GATE_CLOSE_TOO_BIG);
    assert_int_equal(farewell_to(&edge, huge, sizeof huge), GATE_CLOSE_TOO_BIG);
    assert_int_equal(farewell_to(&edge, http, sizeof http - 1), GATE_CLOSE_TOO_BIG);
    assert_int_equal(farewell_to(&edge, bye, sizeof bye), GATE_CLOSE_NORMAL);
    assert_int_equal(edge.metrics.value[METRIC_BAD_FRAMES], 4);
    come_in(&peer, &edge);
    peer_write(&peer, big, 3);
    peer_close(&peer); /* in the middle of a length */
    edge_until(&edge, edge.closed_count == 6);
    assert_int_equal(edge.last_code, GATE_CLOSE_LOST);
    assert_int_equal(edge.frames, 0);
    edge_stop(&edge);
}

static void the_largest_frame_passes(void **state)
{
    static struct edge edge;
    static uint8_t bytes[65536];
    struct peer peer;
    (void)state;
    start(&edge);
    come_in(&peer, &edge);
    peer_send_frame(&peer, bytes, sizeof bytes);
    edge_until(&edge, edge.frames == 1);
    assert_int_equal(edge.last_len, sizeof bytes);
    peer_close(&peer);
    edge_stop(&edge);
}

static bool is_mine(const uint8_t *bytes, int len, uint32_t number)
{
    char text[32];
    int expected = snprintf(text, sizeof text, "fact %u", number);
    return len == expected && memcmp(bytes, text, (size_t)len) == 0;
}

/* One receives by WebSocket for each that receives by TCP; all share one encoding. */
static int receive(struct peer *peer, bool ws, uint8_t *bytes, size_t size)
{
    size_t len;
    if (!ws) {
        return peer_recv_frame(peer, bytes, size);
    }
    return peer_ws_recv(peer, bytes, size, &len) == 2 ? (int)len : 0;
}

static void two_hundred_receive_everything_in_order(void **state)
{
    static struct edge edge;
    static struct peer peers[FANOUT_CLIENTS];
    (void)state;
    start(&edge);
    for (uint32_t i = 0; i < FANOUT_CLIENTS; i++) {
        if (i % 2) {
            peer_open(&peers[i], &edge, gate_http_port(&edge.gate));
            assert_int_equal(peer_upgrade(&peers[i], "/ws", NULL), 101);
            edge_until(&edge, edge.opened == i + 1);
        } else {
            come_in(&peers[i], &edge);
        }
    }
    assert_int_equal(edge.metrics.value[METRIC_CLIENTS], FANOUT_CLIENTS);
    for (uint32_t n = 0; n < FANOUT_FRAMES; n++) {
        char text[32];
        snprintf(text, sizeof text, "fact %u", n);
        struct frame *frame = frame_copy(text, strlen(text));
        for (uint32_t i = 0; i < FANOUT_CLIENTS; i++) {
            assert_int_equal(gate_send(edge.client[i], frame), 0);
        }
        assert_int_equal(frame->refs, FANOUT_CLIENTS + 1);
        frame_drop(&frame);
        if (n % 7 == 0) {
            edge_turn(&edge);
        }
    }
    for (uint32_t i = 0; i < FANOUT_CLIENTS; i++) {
        for (uint32_t n = 0; n < FANOUT_FRAMES; n++) {
            uint8_t bytes[64];
            int len = receive(&peers[i], i % 2, bytes, sizeof bytes);
            assert_true(is_mine(bytes, len, n));
        }
        peer_close(&peers[i]);
    }
    assert_int_equal(edge.metrics.value[METRIC_FRAMES_OUT], FANOUT_CLIENTS * FANOUT_FRAMES);
    edge_stop(&edge);
}

static void send_until_cut(struct edge *edge, struct gate_client *slow, struct gate_client *quick,
                           struct peer *quick_peer)
{
    static uint8_t payload[16384];
    static uint8_t received[16384];
    struct frame *frame = frame_copy(payload, sizeof payload);
    uint32_t sent = 0;
    while (gate_send(slow, frame) == 0) {
        assert_true(gate_pending_bytes(slow) <= 256 * 1024);
        assert_int_equal(gate_send(quick, frame), 0);
        assert_int_equal(peer_recv_frame(quick_peer, received, sizeof received), sizeof payload);
        assert_true(++sent < 10000);
    }
    assert_int_equal(gate_pending_bytes(slow) <= sizeof payload * 64, 1);
    for (int i = 0; i < 50; i++) { /* the quick one goes on */
        assert_int_equal(gate_send(quick, frame), 0);
        assert_int_equal(peer_recv_frame(quick_peer, received, sizeof received), sizeof payload);
    }
    assert_int_equal(frame->refs <= 1 + 64, 1);
    frame_drop(&frame);
    edge_until(edge, edge->closed_count == 1);
    assert_int_equal(edge->last_code, GATE_CLOSE_RESYNC);
    assert_string_equal(edge->last_reason, "resync");
    assert_int_equal(edge->metrics.value[METRIC_CUT_OFFS], 1);
}

static void slow_websocket_reader_is_cut_off_others_go_on(void **state)
{
    static struct edge edge;
    struct gate_config config = config_of_tests();
    struct peer slow, quick;
    (void)state;
    config.farewell_ms = 60000;
    edge_start(&edge, &config);
    peer_open(&slow, &edge, gate_http_port(&edge.gate));
    assert_int_equal(peer_upgrade(&slow, "/ws", NULL), 101);
    edge_until(&edge, edge.opened == 1);
    come_in(&quick, &edge);
    send_until_cut(&edge, edge.client[0], edge.client[1], &quick);
    assert_int_equal(peer_ws_close_code(&slow), GATE_CLOSE_RESYNC); /* reads on: whole frames */
    peer_close(&slow);
    peer_close(&quick);
    edge_stop(&edge);
}

static void slow_tcp_reader_is_cut_off_others_go_on(void **state)
{
    static struct edge edge;
    static uint8_t bytes[16384];
    struct gate_config config = config_of_tests();
    struct peer slow, quick;
    int got;
    (void)state;
    config.farewell_ms = 60000;
    edge_start(&edge, &config);
    come_in(&slow, &edge);
    come_in(&quick, &edge);
    send_until_cut(&edge, edge.client[0], edge.client[1], &quick);
    do {
        got = peer_recv_frame(&slow, bytes, sizeof bytes);
    } while (got > 0);
    assert_int_equal(-got, GATE_CLOSE_RESYNC);
    peer_close(&slow);
    peer_close(&quick);
    edge_stop(&edge);
}

static void a_reader_that_never_reads_is_gone_after_its_farewell_time(void **state)
{
    static struct edge edge;
    struct gate_config config = config_of_tests();
    struct peer tcp, ws, quick;
    (void)state;
    config.farewell_ms = 200;
    edge_start(&edge, &config);
    come_in(&tcp, &edge);
    come_in(&quick, &edge);
    send_until_cut(&edge, edge.client[0], edge.client[1], &quick);
    edge_until(&edge, edge.metrics.value[METRIC_CLIENTS] == 1);
    peer_open(&ws, &edge, gate_http_port(&edge.gate));
    assert_int_equal(peer_upgrade(&ws, "/ws", NULL), 101);
    edge_until(&edge, edge.opened == 3);
    gate_cut(edge.client[2], GATE_CLOSE_POLICY, "no");
    edge_until(&edge, edge.metrics.value[METRIC_CLIENTS] == 1);
    peer_close(&tcp);
    peer_close(&ws);
    peer_close(&quick);
    edge_stop(&edge);
}

static void silent_and_trickling_clients_are_closed(void **state)
{
    static struct edge edge;
    struct gate_config config = config_of_tests();
    struct peer silent, trickle, ws, http;
    uint8_t bytes[16];
    (void)state;
    config.hello_ms = 300;
    edge_start(&edge, &config);
    come_in(&silent, &edge);
    come_in(&trickle, &edge);
    peer_send_frame(&trickle, "hello", 5);
    peer_write(&trickle, "\0\0\0\x09part", 8);
    peer_open(&ws, &edge, gate_http_port(&edge.gate));
    assert_int_equal(peer_upgrade(&ws, "/ws", NULL), 101);
    peer_open(&http, &edge, gate_http_port(&edge.gate));
    peer_write(&http, "GET /x HTT", 10);
    assert_int_equal(peer_recv_frame(&silent, bytes, sizeof bytes), -GATE_CLOSE_SILENT);
    assert_int_equal(peer_recv_frame(&trickle, bytes, sizeof bytes), -GATE_CLOSE_SILENT);
    assert_int_equal(peer_ws_close_code(&ws), GATE_CLOSE_SILENT);
    assert_int_equal(edge.metrics.value[METRIC_SILENT_CLIENTS], 3);
    peer_wait_end(&http); /* libwebsockets' own limit of 5 s */
    peer_close(&silent);
    peer_close(&trickle);
    peer_close(&ws);
    peer_close(&http);
    edge_stop(&edge);
}

static void idle_clients_are_closed_when_asked(void **state)
{
    static struct edge edge;
    struct gate_config config = config_of_tests();
    struct peer peer;
    uint8_t bytes[16];
    (void)state;
    config.idle_ms = 300;
    edge_start(&edge, &config);
    come_in(&peer, &edge);
    peer_send_frame(&peer, "hello", 5);
    assert_int_equal(peer_recv_frame(&peer, bytes, sizeof bytes), -GATE_CLOSE_SILENT);
    assert_int_equal(edge.frames, 1);
    peer_close(&peer);
    edge_stop(&edge);
}

static void the_client_after_the_last_is_turned_away(void **state)
{
    static struct edge edge;
    struct gate_config config = config_of_tests();
    struct peer first, second, third;
    uint8_t bytes[16];
    (void)state;
    config.clients_max = 1;
    edge_start(&edge, &config);
    come_in(&first, &edge);
    peer_open(&second, &edge, gate_tcp_port(&edge.gate));
    assert_int_equal(peer_recv_frame(&second, bytes, sizeof bytes), -GATE_CLOSE_TRY_LATER);
    peer_open(&third, &edge, gate_http_port(&edge.gate));
    assert_int_equal(peer_upgrade(&third, "/ws", NULL), 503);
    assert_int_equal(edge.metrics.value[METRIC_REFUSED_CONNECTIONS], 2);
    peer_close(&first);
    edge_until(&edge, edge.closed_count == 1);
    edge_until(&edge, edge.metrics.value[METRIC_CLIENTS] == 0);
    come_in(&first, &edge); /* room again */
    send_text(edge.client[1], "welcome");
    assert_int_equal(peer_recv_frame(&first, bytes, sizeof bytes), 7);
    peer_close(&first);
    peer_close(&second);
    peer_close(&third);
    edge_stop(&edge);
}

static void ids_are_never_used_again(void **state)
{
    static struct edge edge;
    struct peer peer;
    (void)state;
    start(&edge);
    come_in(&peer, &edge);
    uint64_t id = edge.client[0]->id;
    assert_ptr_equal(gate_find(&edge.gate, id), edge.client[0]);
    peer_close(&peer);
    edge_until(&edge, edge.metrics.value[METRIC_CLIENTS] == 0);
    assert_null(gate_find(&edge.gate, id));
    come_in(&peer, &edge);
    assert_int_not_equal(edge.client[1]->id, id);
    assert_null(gate_find(&edge.gate, id));
    assert_null(gate_find(&edge.gate, UINT64_MAX));
    peer_close(&peer);
    edge_stop(&edge);
}

/* More handshakes than the rate: they wait, nobody is refused. */
static void a_rush_of_handshakes_waits_its_turn(void **state)
{
    static struct edge edge;
    struct gate_config config = config_of_tests();
    struct peer peers[25];
    (void)state;
    config.handshakes_per_s = 10;
    edge_start(&edge, &config);
    for (int i = 0; i < 25; i++) {
        peer_open(&peers[i], &edge, gate_tcp_port(&edge.gate));
    }
    edge_until(&edge, edge.opened > 0);
    assert_in_range(edge.opened, 1, 2); /* what a sweep allows, not a second's worth at once */
    edge_until(&edge, edge.opened == 25);
    assert_int_equal(edge.metrics.value[METRIC_REFUSED_CONNECTIONS], 0);
    for (int i = 0; i < 25; i++) {
        peer_close(&peers[i]);
    }
    edge_stop(&edge);
}

static void without_descriptors_connections_are_shed_and_come_back(void **state)
{
    static struct edge edge;
    struct rlimit before, limit;
    struct peer first, second;
    (void)state;
    start(&edge);
    come_in(&first, &edge);
    peer_open(&second, &edge, gate_tcp_port(&edge.gate)); /* its own descriptor is taken now */
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    int next = open("/dev/null", O_RDONLY);
    close(next);
    limit = before;
    limit.rlim_cur = (rlim_t)next;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    edge_until(&edge, edge.metrics.value[METRIC_ACCEPT_ERRORS] == 1);
    peer_wait_end(&second);
    send_text(edge.client[0], "still here");
    assert_true(peer_wait(&first, 14));
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    peer_close(&second);
    come_in(&second, &edge);
    peer_close(&first);
    peer_close(&second);
    edge_stop(&edge);
}

static bool listens_on(int port, const char *address)
{
    char line[256], wanted[32], anywhere[32];
    bool found = false;
    snprintf(wanted, sizeof wanted, " %s:%04X ", address, port);
    snprintf(anywhere, sizeof anywhere, ":%04X 00000000:0000 0A", port);
    FILE *table = fopen("/proc/net/tcp", "r");
    assert_non_null(table);
    while (fgets(line, sizeof line, table)) {
        found |= strstr(line, wanted) && strstr(line, anywhere);
    }
    fclose(table);
    return found;
}

/* What the kernel says, not what was asked for: libwebsockets would have bound every address. */
static void only_loopback_is_bound(void **state)
{
    static struct edge edge;
    char line[256], port6[16];
    (void)state;
    start(&edge);
    int http = gate_http_port(&edge.gate);
    assert_true(listens_on(http, "0100007F"));
    assert_true(listens_on(gate_tcp_port(&edge.gate), "0100007F"));
    assert_false(listens_on(http, "00000000"));
    snprintf(port6, sizeof port6, ":%04X ", http);
    FILE *table = fopen("/proc/net/tcp6", "r");
    while (table && fgets(line, sizeof line, table)) {
        assert_false(strstr(line, port6) && strstr(line, " 0A "));
    }
    if (table) {
        fclose(table);
    }
    edge_stop(&edge);
}

static void ignore(void *user, struct gate_client *client)
{
    (void)user;
    (void)client;
}

static void ignore_frame(void *user, struct gate_client *client, const uint8_t *bytes, size_t len)
{
    (void)user;
    (void)client;
    (void)bytes;
    (void)len;
}

static void ignore_close(void *user, struct gate_client *client, int code, const char *reason)
{
    (void)user;
    (void)client;
    (void)code;
    (void)reason;
}

static void start_fails(const struct gate_config *config, const char *text)
{
    struct gate_events events = {NULL, ignore, ignore_frame, ignore, ignore_close};
    static struct metrics metrics;
    struct gate gate;
    uv_loop_t loop;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_true(gate_init(&gate, &loop, config, &events, &metrics) < 0);
    assert_non_null(strstr(gate.errmsg, text));
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void a_bad_start_says_why_and_leaves_nothing(void **state)
{
    static struct edge edge;
    struct gate_config config = config_of_tests();
    (void)state;
    start(&edge);
    config.tcp_port = gate_tcp_port(&edge.gate);
    start_fails(&config, "cannot listen on 127.0.0.1:");
    edge_stop(&edge);
    config = config_of_tests();
    config.host = "somewhere";
    start_fails(&config, "somewhere");
    config = config_of_tests();
    config.connections_max = 2000000000;
    start_fails(&config, "descriptors");
    config = config_of_tests();
    config.clients_max = 0;
    start_fails(&config, "clients_max");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_cut_at_every_byte_arrive_whole),
        cmocka_unit_test(lengths_that_lie_are_told_and_closed),
        cmocka_unit_test(the_largest_frame_passes),
        cmocka_unit_test(two_hundred_receive_everything_in_order),
        cmocka_unit_test(slow_websocket_reader_is_cut_off_others_go_on),
        cmocka_unit_test(slow_tcp_reader_is_cut_off_others_go_on),
        cmocka_unit_test(a_reader_that_never_reads_is_gone_after_its_farewell_time),
        cmocka_unit_test(silent_and_trickling_clients_are_closed),
        cmocka_unit_test(idle_clients_are_closed_when_asked),
        cmocka_unit_test(the_client_after_the_last_is_turned_away),
        cmocka_unit_test(ids_are_never_used_again),
        cmocka_unit_test(a_rush_of_handshakes_waits_its_turn),
        cmocka_unit_test(without_descriptors_connections_are_shed_and_come_back),
        cmocka_unit_test(only_loopback_is_bound),
        cmocka_unit_test(a_bad_start_says_why_and_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
