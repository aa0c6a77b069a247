/* notify: an order reaches the vehicle's screen and its receipt comes back, over a real terminal
 * link; what a vehicle must not get twice or cut in the middle of a character, it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/device.h"
#include "tests/lib/centre.h"

static struct centre centre;
static struct device device;
static char last_text[2048];
static bool device_closed;

static void on_text(void *user, const char *utf8)
{
    (void)user;
    snprintf(last_text, sizeof(last_text), "%s", utf8);
}

static void open_device(void)
{
    struct device_config config = {.phone = "13300000001",
                                   .plate = "p1",
                                   .version = JT808_2019,
                                   .retry_ms = 20,
                                   .position_s = 10,
                                   .heartbeat_s = 30};
    const struct device_events events = {.text_cb = on_text};
    snprintf(config.platform.host, sizeof(config.platform.host), "127.0.0.1");
    config.platform.port = jt808_server_port(centre.server.jt808);
    last_text[0] = 0;
    assert_int_equal(device_init(&device, &centre.edge.loop, &config, &events), 0);
    centre_until(&centre, device.state == DEVICE_LINKED);
}

static void on_device_closed(struct device *t)
{
    (void)t;
    device_closed = true;
}

static void close_device(void)
{
    device_closed = false;
    device_close(&device, on_device_closed);
    centre_until(&centre, device_closed);
}

static int start(void **state)
{
    (void)state;
    centre_begin(&centre);
    open_device();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    close_device();
    centre_end(&centre);
    return 0;
}

static const struct assignment *assignment(uint64_t id)
{
    return state_assignment(&centre.server.pipeline.core.state, id);
}

static void test_order_and_its_end(void **state)
{
    (void)state;
    centre_say(&centre,
               "open_incident words=\"朝阳街 12 号\" complaint=\"胸痛\" at=39.0200,106.3800");
    centre_say(&centre, "order_unit I1 U1");
    centre_until(&centre, assignment(1)->delivered_ms);    /* the device's receipt, as a fact */
    assert_int_equal(assignment(1)->step, STEP_DELIVERED); /* not the crew's word */
    assert_non_null(strstr(last_text, "派车 A1 事件 I1"));
    assert_non_null(strstr(last_text, "朝阳街 12 号 胸痛"));
    assert_non_null(strstr(last_text, "39.020000,106.380000"));
    centre_until(&centre, device.track_s == (uint32_t)centre.config.track.task_interval_s);
    centre_say(&centre, "cancel_assignment A1 reason=caller_cancelled");
    centre_until(&centre, strstr(last_text, "撤销派车"));
    assert_non_null(strstr(last_text, "A1"));
    centre_until(&centre, device.track_s == 0);
}

static void test_message_and_its_receipt(void **state)
{
    (void)state;
    centre_say(&centre, "send_message U1 words=\"请从北门进\"");
    const struct state *core = &centre.server.pipeline.core.state;
    centre_until(&centre, state_message(core, 1)->delivered_ms);
    assert_string_equal(last_text, "请从北门进");
    /* What a crew writes to the desk does not come back to its screen. */
    last_text[0] = 0;
    struct actor crew = {{5}, ROLE_CREW, 0, 1};
    assert_int_equal(centre_do_as(&centre, crew, 77, 1, "send_message U1 words=busy").refusal,
                     REFUSE_NONE);
    centre_say(&centre, "send_message U1 words=last");
    centre_until(&centre, state_message(core, 3)->delivered_ms);
    assert_string_equal(last_text, "last");
    assert_int_equal(state_message(core, 2)->delivered_ms, 0);
}

static void test_where_to_stand_by(void **state)
{
    (void)state;
    centre_say(&centre, "move_unit U1 post=S2");
    centre_until(&centre, strstr(last_text, "前往待命 S2"));
    centre_say(&centre, "move_unit U1 post=S1");
    centre_until(&centre, strstr(last_text, "前往待命 S1"));
}

/* A long address is cut, but not inside a character: half of one would make the whole order
 * unreadable. */
static void test_long_words(void **state)
{
    char line[1600] = "open_incident words=\"x";
    (void)state;
    for (int i = 0; i < 300; i++)
        strncat(line, "街", sizeof(line) - strlen(line) - 1);
    strncat(line, "\" at=39.0200,106.3800", sizeof(line) - strlen(line) - 1);
    centre_say(&centre, line);
    centre_say(&centre, "order_unit I1 U1");
    centre_until(&centre, assignment(1)->delivered_ms);
    assert_non_null(strstr(last_text, "x街街街"));
    assert_non_null(strstr(last_text, "街  39.020000")); /* whole to the last character */
    assert_true(strlen(last_text) < 420);
}

/* Ordered while nobody could hear it: it waits, over a restart too, and comes once linked. */
static void test_order_survives_a_restart(void **state)
{
    (void)state;
    close_device();
    centre_say(&centre, "open_incident words=here at=39.0200,106.3800");
    centre_say(&centre, "order_unit I1 U1");
    assert_int_equal(assignment(1)->delivered_ms, 0);
    centre_stop(&centre);
    centre_start(&centre);
    open_device();
    centre_until(&centre, assignment(1)->delivered_ms);
    assert_non_null(strstr(last_text, "派车 A1"));
}

static uint32_t alerts_of(const char *detector)
{
    uint32_t n = 0;
    EACH (&centre.server.pipeline.core.state, ALERT, alert, it)
        n += text_same(it->detector, (struct text){detector, (uint32_t)strlen(detector)});
    return n;
}

static void send_fix(uint32_t alarm, int64_t after_s)
{
    uint64_t fixes = (uint64_t)centre.server.metrics.value[METRIC_FIXES];
    const struct jt808_position fix = {.alarm = alarm,
                                       .status = JT808_STATUS_FIXED,
                                       .lat_e6 = 39016789,
                                       .lon_e6 = 106376543,
                                       .at_ms = (os_wall_ms() / 1000 - 100 + after_s) * 1000};
    device_tick(&device, os_wall_ms());
    device_fix(&device, &fix);
    centre_until(&centre, (uint64_t)centre.server.metrics.value[METRIC_FIXES] > fixes);
}

/* One press of the button is one alert, however many fixes tell of it and however often the link
 * breaks meanwhile. */
static void test_sos_is_one_alert(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        send_fix(1, i);
    assert_int_equal(alerts_of("sos"), 1);
    close_device();
    open_device();
    send_fix(1, 6);
    assert_int_equal(alerts_of("sos"), 1);
    centre_say(&centre, "clear_alert W1 verdict=true_alert");
    send_fix(0, 7);
    send_fix(1, 8);
    assert_int_equal(alerts_of("sos"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order_and_its_end, start, stop),
        cmocka_unit_test_setup_teardown(test_message_and_its_receipt, start, stop),
        cmocka_unit_test_setup_teardown(test_where_to_stand_by, start, stop),
        cmocka_unit_test_setup_teardown(test_long_words, start, stop),
        cmocka_unit_test_setup_teardown(test_order_survives_a_restart, start, stop),
        cmocka_unit_test_setup_teardown(test_sos_is_one_alert, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
