/* Simulated units against the real JT/T 808 server over real sockets, on a clock that the test
 * drives: from the order's text to the return to the station. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "dispatch/ingest/jt808_server.h"
#include "geo/load.h"
#include "sim/city_roads.h"
#include "sim/fleet.h"
#include "sim/township.h"

#define START_MS INT64_C(1790000000000)
#define STEP_MS 500
#define HOUR_MS INT64_C(3600000)

struct world {
    uv_loop_t loop;
    struct jt808_server *server;
    struct buttons buttons;
    struct fleet fleet;
    struct city city;
    struct streets streets;
    struct crew_config crews;
    int64_t now_ms;
    uint64_t watched; /* unit */
    enum button_status pressed[32];
    uint32_t pressed_n, fixes, reuploads, no_place, receipts;
    int64_t last_fix_ms, gap_ms;
    bool closed;
};

static int64_t now_cb(void *ctx)
{
    return ((struct world *)ctx)->now_ms;
}

static bool find_cb(void *ctx, const char *phone, struct jt808_terminal *out)
{
    const struct world *w = ctx;
    for (size_t i = 0; i < w->city.unit_n; i++) {
        if (strcmp(w->city.unit[i].phone, phone) != 0)
            continue;
        *out = (struct jt808_terminal){w->city.unit[i].terminal, w->city.unit[i].id};
        return true;
    }
    return false;
}

static int fix_cb(void *ctx, const struct jt808_terminal *t, const struct fix *fix)
{
    struct world *w = ctx;
    if (t->unit != w->watched)
        return 0;
    w->fixes++;
    w->reuploads += (fix->marks & FIX_REUPLOAD) != 0;
    w->no_place += (fix->marks & (FIX_NO_PLACE | FIX_NO_LOCK | FIX_NO_TIME)) != 0;
    if (w->last_fix_ms && fix->at_ms - w->last_fix_ms > w->gap_ms)
        w->gap_ms = fix->at_ms - w->last_fix_ms;
    w->last_fix_ms = fix->at_ms;
    return 0;
}

static void button_cb(void *ctx, const struct jt808_terminal *t, enum button_status status,
                      int64_t at_ms)
{
    struct world *w = ctx;
    (void)at_ms;
    if (t->unit == w->watched && w->pressed_n < 32)
        w->pressed[w->pressed_n++] = status;
}

static void alarm_cb(void *ctx, const struct jt808_terminal *t, uint32_t risen, uint32_t fallen,
                     int64_t at_ms)
{
    (void)ctx, (void)t, (void)risen, (void)fallen, (void)at_ms;
}

static void heard_cb(void *ctx, const struct jt808_terminal *t)
{
    (void)ctx, (void)t;
}

static void linked_cb(void *ctx, const struct jt808_terminal *t)
{
    (void)ctx, (void)t;
}

static void lost_cb(void *ctx, const struct jt808_terminal *t, enum jt808_lost reason)
{
    (void)ctx, (void)t, (void)reason;
}

static void receipt_cb(void *ctx, const struct jt808_terminal *t, uint64_t token,
                       enum jt808_receipt receipt)
{
    struct world *w = ctx;
    (void)t, (void)token;
    w->receipts += receipt == JT808_RECEIPT_CONFIRMED;
}

static void open_server(struct world *w)
{
    struct jt808_config config;
    const struct jt808_events events = {.ctx = w,
                                        .now_cb = now_cb,
                                        .find_cb = find_cb,
                                        .fix_cb = fix_cb,
                                        .button_cb = button_cb,
                                        .alarm_cb = alarm_cb,
                                        .linked_cb = linked_cb,
                                        .heard_cb = heard_cb,
                                        .lost_cb = lost_cb,
                                        .receipt_cb = receipt_cb};
    char errmsg[200];

    jt808_config_default(&config);
    config.host = "127.0.0.1";
    config.buttons = &w->buttons;
    assert_int_equal(buttons_load(&w->buttons, SOURCE_DIR "/deploy/buttons.conf"), 0);
    w->server = jt808_server_open(&w->loop, &config, &events, errmsg, sizeof(errmsg));
    assert_non_null(w->server);
}

static void open_city(struct world *w)
{
    char path[] = "/tmp/test_fleet.XXXXXX", errmsg[ERRMSG_MAX];
    struct road road;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(city_roads_make(7, &road, errmsg), 0);
    city_make(&w->city, 7, &road);
    assert_int_equal(road_save(&road, path, errmsg), 0);
    road_close(&road);
    if (streets_open(&w->streets, path, SOURCE_DIR "/deploy/speeds.conf", 10, errmsg) < 0 ||
        crew_config_load(&w->crews, SOURCE_DIR "/deploy/city/crew.conf", errmsg) < 0)
        fail_msg("%s", errmsg);
    unlink(path);
    w->crews.forget_percent = 0;
    w->crews.transport_percent = 100;
}

static int make(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    const struct fleet_events none = {0};
    struct fleet_config config = {.buttons_path = SOURCE_DIR "/deploy/buttons.conf", .seed = 7};

    *state = w;
    uv_loop_init(&w->loop);
    w->now_ms = START_MS;
    w->watched = 1;
    open_city(w);
    open_server(w);
    snprintf(config.jt808.host, sizeof(config.jt808.host), "127.0.0.1");
    config.jt808.port = jt808_server_port(w->server);
    if (fleet_init(&w->fleet, &w->loop, &config, &w->crews, &w->city, &w->streets, &none,
                   w->now_ms) < 0)
        fail_msg("%s", w->fleet.errmsg);
    while (fleet_linked(&w->fleet) < w->city.unit_n)
        uv_run(&w->loop, UV_RUN_ONCE);
    return 0;
}

static void fleet_closed(struct fleet *fleet)
{
    (void)fleet;
}

static void server_closed(void *arg)
{
    ((struct world *)arg)->closed = true;
}

static int unmake(void **state)
{
    struct world *w = *state;
    fleet_close(&w->fleet, fleet_closed);
    jt808_server_close(w->server, server_closed, w);
    uv_run(&w->loop, UV_RUN_DEFAULT);
    assert_true(w->closed);
    assert_int_equal(uv_loop_close(&w->loop), 0);
    streets_close(&w->streets);
    free(w);
    return 0;
}

/* Time passes for the fleet, and the sockets are served, until the crew is in this state. */
static void live_until(struct world *w, enum crew_state state)
{
    int64_t end_ms = w->now_ms + 6 * HOUR_MS;
    while (w->fleet.unit[0].crew.state != state && w->now_ms < end_ms) {
        w->now_ms += STEP_MS;
        fleet_tick(&w->fleet, w->now_ms);
        uv_run(&w->loop, UV_RUN_NOWAIT);
        uv_run(&w->loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(w->fleet.unit[0].crew.state, state);
}

/* What the device has sent arrives although no more time passes. */
static void settle(struct world *w, uint32_t presses)
{
    while (w->pressed_n < presses)
        uv_run(&w->loop, UV_RUN_ONCE);
}

static void order(struct world *w, const char *text)
{
    const struct jt808_terminal terminal = {w->city.unit[0].terminal, w->city.unit[0].id};
    uint64_t token = w->receipts + 1;
    assert_int_equal(jt808_server_send_text(w->server, &terminal, text, 0, token), 0);
    while (w->receipts < token)
        uv_run(&w->loop, UV_RUN_ONCE);
}

static void test_whole_life(void **state)
{
    static const enum button_status ladder[] = {
        BUTTON_ACKNOWLEDGED, BUTTON_DEPARTED,   BUTTON_AT_SCENE,
        BUTTON_AT_PATIENT,   BUTTON_LEFT_SCENE, BUTTON_AT_HOSPITAL,
        BUTTON_HANDED_OVER,  BUTTON_COMPLETED,  BUTTON_AT_STATION};
    struct world *w = *state;

    /* Through the tunnel to 石炭井: what happened inside must follow. */
    order(w, "派车 A12 事件 I7 2 级 演示地址 胸口疼 39.180000,106.330000");
    assert_int_equal(w->fleet.unit[0].crew.state, CREW_WAKING);
    assert_int_equal(w->fleet.unit[0].crew.order.assignment, 12);
    live_until(w, CREW_FREE);
    settle(w, 9);
    assert_int_equal(w->pressed_n, 9);
    for (size_t i = 0; i < 9; i++)
        assert_int_equal(w->pressed[i], ladder[i]);
    assert_true(w->now_ms - START_MS > HOUR_MS / 2);
    assert_int_equal(w->no_place, 0);
    assert_true(w->reuploads > 5);
    assert_true(w->gap_ms <= 2000 * (int64_t)w->crews.position_s);
    assert_int_equal(w->fleet.counts.lost_ways, 0);
    assert_int_equal(w->fleet.counts.handovers, 1);
    struct point home = w->city.station[0].at;
    struct vehicle_fix end = vehicle_at(&w->fleet.unit[0].vehicle, &w->streets, w->now_ms);
    assert_true(point_dist_m(home, end.at) < 30);
}

static void test_withdrawn(void **state)
{
    struct world *w = *state;

    order(w, "派车 A13 事件 I8 1 级 39.050000,106.400000");
    live_until(w, CREW_TO_SCENE);
    order(w, "撤销派车 A99 事件 I9"); /* of another */
    assert_int_equal(w->fleet.unit[0].crew.state, CREW_TO_SCENE);
    order(w, "撤销派车 A13 事件 I8");
    live_until(w, CREW_FREE);
    settle(w, 3);
    assert_int_equal(w->pressed_n, 3);
    assert_int_equal(w->pressed[1], BUTTON_DEPARTED);
    assert_int_equal(w->pressed[2], BUTTON_AT_STATION);
    order(w, "今晚有雨，注意安全"); /* a message is no order */
    assert_int_equal(w->fleet.unit[0].crew.state, CREW_FREE);
}

/* At a hundred percent the crew drives, and not a button is pressed: somebody else does it. */
static void test_silent_crew(void **state)
{
    struct world *w = *state;

    w->crews.forget_percent = 100;
    order(w, "派车 A14 事件 I9 1 级 39.050000,106.400000");
    live_until(w, CREW_TO_SCENE);
    live_until(w, CREW_FREE);
    assert_int_equal(w->pressed_n, 0);
}

static void test_order_text(void **state)
{
    struct crew_order order;
    bool has_place, cancel;

    (void)state;
    assert_true(fleet_read_order("A12 I7 38.4872000,106.2309000", &order, &has_place, &cancel));
    assert_true(has_place && !cancel);
    assert_int_equal(order.assignment, 12);
    assert_int_equal(order.incident, 7);
    assert_int_equal(order.scene.lat_e7, 384872000);
    assert_true(fleet_read_order("到 1,2 楼 I7", &order, &has_place, &cancel));
    assert_false(has_place);
    assert_false(fleet_read_order("KAI7 BUS9 1.5,300.5", &order, &has_place, &cancel));
    assert_false(fleet_read_order("", &order, &has_place, &cancel));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_whole_life, make, unmake),
        cmocka_unit_test_setup_teardown(test_withdrawn, make, unmake),
        cmocka_unit_test_setup_teardown(test_silent_crew, make, unmake),
        cmocka_unit_test(test_order_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
