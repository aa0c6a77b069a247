/* The gate by WebSocket: handshake, origin, fragments, sizes, closing. */
#include "tests/lib/edge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct gate_config config_of_tests(void)
{
    struct gate_config config;
    gate_config_defaults(&config);
    config.http_port = 0;
    config.origins[0] = "http://console.test";
    return config;
}

static int start(void **state)
{
    struct gate_config config = config_of_tests();
    struct edge *edge = test_malloc(sizeof *edge);
    edge_start(edge, &config);
    *state = edge;
    return 0;
}

static int stop(void **state)
{
    edge_stop(*state);
    test_free(*state);
    return 0;
}

static void upgrade(struct peer *peer, struct edge *edge)
{
    uint32_t before = edge->opened;
    peer_open(peer, edge, gate_http_port(&edge->gate));
    assert_int_equal(peer_upgrade(peer, "/ws", "http://console.test"), 101);
    edge_until(edge, edge->opened == before + 1);
}

static void frames_go_both_ways(void **state)
{
    struct edge *edge = *state;
    struct peer peer;
    uint8_t bytes[64];
    size_t len;
    upgrade(&peer, edge);
    assert_int_equal(edge->client[0]->way, GATE_WEBSOCKET);
    assert_int_equal(strncmp(edge->client[0]->peer, "127.0.0.1:", 10), 0);
    peer_ws_send(&peer, 2, true, "hello", 5);
    edge_until(edge, edge->frames == 1);
    assert_int_equal(edge->last_len, 5);
    assert_memory_equal(edge->last_frame, "hello", 5);
    struct frame *frame = frame_copy("welcome", 7);
    assert_int_equal(gate_send(edge->client[0], frame), 0);
    assert_int_equal(gate_pending_bytes(edge->client[0]), 7);
    frame_drop(&frame);
    assert_int_equal(peer_ws_recv(&peer, bytes, sizeof bytes, &len), 2);
    assert_int_equal(len, 7);
    assert_memory_equal(bytes, "welcome", 7);
    edge_until(edge, edge->drained > 0);
    assert_int_equal(gate_pending_bytes(edge->client[0]), 0);
    peer_close(&peer);
    edge_until(edge, edge->closed_count == 1);
    assert_int_equal(edge->last_code, GATE_CLOSE_LOST);
}

static void fragments_make_one_frame(void **state)
{
    struct edge *edge = *state;
    struct peer peer;
    uint8_t bytes[64];
    size_t len;
    upgrade(&peer, edge);
    peer_ws_send(&peer, 2, false, "frag", 4);
    peer_ws_send(&peer, 0, false, "", 0);
    peer_ws_send(&peer, 9, true, "ping", 4); /* may come between fragments */
    peer_ws_send(&peer, 0, false, "men", 3);
    peer_ws_send(&peer, 0, true, "ted", 3);
    edge_until(edge, edge->frames == 1);
    assert_int_equal(edge->last_len, 10);
    assert_memory_equal(edge->last_frame, "fragmented", 10);
    assert_int_equal(peer_ws_recv(&peer, bytes, sizeof bytes, &len), 10);
    assert_memory_equal(bytes, "ping", 4);
    peer_close(&peer);
}

static void largest_frame_passes_one_more_is_closed(void **state)
{
    struct edge *edge = *state;
    struct peer peer;
    uint8_t *bytes = test_calloc(1, 65537);
    upgrade(&peer, edge);
    peer_ws_send(&peer, 2, true, bytes, 65536);
    edge_until(edge, edge->frames == 1);
    assert_int_equal(edge->last_len, 65536);
    peer_ws_send(&peer, 2, true, bytes, 65537);
    assert_int_equal(peer_ws_close_code(&peer), GATE_CLOSE_TOO_BIG);
    edge_until(edge, edge->closed_count == 1);
    assert_int_equal(edge->frames, 1);
    assert_int_equal(edge->metrics.value[METRIC_BAD_FRAMES], 1);
    peer_close(&peer);
    test_free(bytes);
}

static void endless_fragments_are_closed(void **state)
{
    struct edge *edge = *state;
    struct peer peer;
    uint8_t bytes[1024] = {0};
    upgrade(&peer, edge);
    for (int i = 0; i < 65; i++) {
        peer_ws_send(&peer, i ? 0 : 2, false, bytes, sizeof bytes);
    }
    assert_int_equal(peer_ws_close_code(&peer), GATE_CLOSE_TOO_BIG);
    assert_int_equal(edge->frames, 0);
    peer_close(&peer);
}

static void text_and_empty_messages_are_closed(void **state)
{
    struct edge *edge = *state;
    struct peer peer;
    upgrade(&peer, edge);
    peer_ws_send(&peer, 1, true, "text", 4);
    assert_int_equal(peer_ws_close_code(&peer), GATE_CLOSE_NOT_BINARY);
    peer_close(&peer);
    upgrade(&peer, edge);
    peer_ws_send(&peer, 2, true, "", 0);
    assert_int_equal(peer_ws_close_code(&peer), GATE_CLOSE_PROTOCOL);
    peer_close(&peer);
    edge_until(edge, edge->closed_count == 2);
    assert_int_equal(edge->frames, 0);
}

static void close_codes_go_both_ways(void **state)
{
    struct edge *edge = *state;
    struct peer peer;
    const uint8_t code[] = {4100 >> 8, 4100 & 0xff, 'b', 'y', 'e'};
    upgrade(&peer, edge);
    peer_ws_send(&peer, 8, true, code, sizeof code);
    edge_until(edge, edge->closed_count == 1);
    assert_int_equal(edge->last_code, 4100);
    assert_int_equal(peer_ws_close_code(&peer), 4100);
    peer_close(&peer);

    upgrade(&peer, edge);
    gate_cut(edge->client[1], 4003, "signed out");
    assert_int_equal(edge->closed_count, 1); /* not from inside gate_cut */
    assert_int_equal(peer_ws_close_code(&peer), 4003);
    assert_int_equal(edge->closed_count, 2);
    assert_int_equal(edge->last_code, 4003);
    assert_string_equal(edge->last_reason, "signed out");
    peer_close(&peer);
}

static void a_proxy_on_this_machine_names_the_peer(void **state)
{
    struct edge *edge = *state;
    struct peer peer;
    peer_open(&peer, edge, gate_http_port(&edge->gate));
    assert_int_equal(
        peer_upgrade(&peer, "/ws", "http://console.test\r\nX-Forwarded-For: 10.9.8.7"), 101);
    edge_until(edge, edge->opened == 1);
    assert_string_equal(edge->client[0]->peer, "10.9.8.7");
    peer_close(&peer);
}

static int upgrade_for(struct peer *peer, struct edge *edge, const char *host)
{
    char origin[128];
    snprintf(origin, sizeof origin, "http://console.test\r\nX-Forwarded-For: %s", host);
    peer_open(peer, edge, gate_http_port(&edge->gate));
    return peer_upgrade(peer, "/ws", origin);
}

static void one_address_has_its_share(void **state)
{
    static struct edge edge;
    struct gate_config config = config_of_tests();
    struct peer peer[8];
    (void)state;
    config.clients_per_peer = 2;
    edge_start(&edge, &config);
    assert_int_equal(upgrade_for(&peer[0], &edge, "10.9.8.7"), 101);
    assert_int_equal(upgrade_for(&peer[1], &edge, "10.9.8.7"), 101);
    edge_until(&edge, edge.opened == 2);
    assert_int_equal(upgrade_for(&peer[2], &edge, "10.9.8.7"), 503);
    assert_int_equal(edge.metrics.value[METRIC_REFUSED_CONNECTIONS], 1);
    assert_int_equal(upgrade_for(&peer[3], &edge, "10.9.8.70"), 101);
    assert_int_equal(upgrade_for(&peer[4], &edge, "2001:db8::1"), 101);
    assert_int_equal(upgrade_for(&peer[5], &edge, "2001:db8::2"), 101);
    for (int i = 6; i < 8; i++) {
        upgrade(&peer[i], &edge); /* this machine itself */
    }
    peer_close(&peer[0]);
    edge_until(&edge, edge.closed_count == 1);
    assert_int_equal(upgrade_for(&peer[0], &edge, "10.9.8.7"), 101); /* room again */
    for (int i = 0; i < 8; i++) {
        peer_close(&peer[i]);
    }
    edge_stop(&edge);
}

static int refused(struct edge *edge, const char *path, const char *origin)
{
    struct peer peer;
    peer_open(&peer, edge, gate_http_port(&edge->gate));
    int status = peer_upgrade(&peer, path, origin);
    peer_close(&peer);
    return status;
}

static void unknown_origins_and_paths_are_refused(void **state)
{
    struct edge *edge = *state;
    char longest[300];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(refused(edge, "/ws", "http://evil.test"), 403);
    assert_int_equal(refused(edge, "/ws", "http://console.test.evil.test"), 403);
    assert_int_equal(refused(edge, "/ws", "null"), 403);
    assert_int_equal(refused(edge, "/ws", longest), 403);
    assert_int_equal(refused(edge, "/elsewhere", "http://console.test"), 404);
    assert_int_equal(edge->opened, 0);
    assert_int_equal(edge->metrics.value[METRIC_REFUSED_ORIGINS], 4);
    assert_int_equal(refused(edge, "/ws", NULL), 101); /* no browser */
}

static void lengths_that_lie_and_bad_opcodes_end(void **state)
{
    struct edge *edge = *state;
    struct peer peer;
    static const uint8_t huge[] = {0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff,
                                   0xff, 0xff, 0xff, 1,    2,    3,    4};
    upgrade(&peer, edge);
    peer_write(&peer, huge, sizeof huge);
    peer_ws_send(&peer, 2, true, "inside", 6);
    edge_until(edge, edge->closed_count == 1 || edge->client[0]);
    gate_cut(edge->client[0], GATE_CLOSE_POLICY, "enough");
    peer_wait_end(&peer);
    peer_close(&peer);
    assert_int_equal(edge->frames, 0);
    upgrade(&peer, edge);
    peer_ws_send(&peer, 5, true, "reserved", 8);
    peer_wait_end(&peer);
    peer_close(&peer);
    assert_int_equal(edge->frames, 0);
}

/* Whatever comes, others are served on. */
static void garbage_does_no_harm(void **state)
{
    struct edge *edge = *state;
    struct peer peer;
    srandom(4711);
    for (int round = 0; round < 200; round++) {
        uint8_t bytes[512];
        size_t len = (size_t)random() % sizeof bytes + 1;
        for (size_t i = 0; i < len; i++) {
            bytes[i] = (uint8_t)random();
        }
        if (round % 2) {
            bytes[0] = 0x82; /* looks like a message */
        }
        peer_open(&peer, edge, gate_http_port(&edge->gate));
        assert_int_equal(peer_upgrade(&peer, "/ws", NULL), 101);
        peer_write(&peer, bytes, len);
        for (int turn = 0; turn < 3; turn++) {
            edge_turn(edge);
        }
        peer_close(&peer);
    }
    edge_until(edge, edge->metrics.value[METRIC_CONNECTIONS] == 0);
    uint32_t before = edge->frames;
    upgrade(&peer, edge);
    peer_ws_send(&peer, 2, true, "fine", 4);
    edge_until(edge, edge->frames == before + 1);
    peer_close(&peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(frames_go_both_ways, start, stop),
        cmocka_unit_test_setup_teardown(fragments_make_one_frame, start, stop),
        cmocka_unit_test_setup_teardown(largest_frame_passes_one_more_is_closed, start, stop),
        cmocka_unit_test_setup_teardown(endless_fragments_are_closed, start, stop),
        cmocka_unit_test_setup_teardown(text_and_empty_messages_are_closed, start, stop),
        cmocka_unit_test_setup_teardown(close_codes_go_both_ways, start, stop),
        cmocka_unit_test_setup_teardown(a_proxy_on_this_machine_names_the_peer, start, stop),
        cmocka_unit_test(one_address_has_its_share),
        cmocka_unit_test_setup_teardown(unknown_origins_and_paths_are_refused, start, stop),
        cmocka_unit_test_setup_teardown(lengths_that_lie_and_bad_opcodes_end, start, stop),
        cmocka_unit_test_setup_teardown(garbage_does_no_harm, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
