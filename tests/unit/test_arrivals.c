/* Who is on the way to a hospital: the drive is that of the offers, from where the unit was seen
 * last; each hospital hears of its own, and of nobody who has arrived. On the demonstration's
 * streets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "geo/eta.h"
#include "tests/lib/streets.h"

static struct centre centre;
static struct road road;
static struct point scene, door, on_the_way;
static struct sitter own, other, desk, crew;

static void settle(void)
{
    centre_until(&centre, !centre.server.travel.cch.busy);
    streets_settle(&centre);
}

/* The answer, or NULL: it was refused. */
static json_t *arrivals(struct sitter *seat, uint64_t hospital)
{
    const struct stream_report *report =
        seat_ask(seat, (struct stream_query){.what = TEXT("arrivals"), .id = hospital});
    if (report->error.n)
        return NULL;
    json_t *list = json_loadb(report->json.p, report->json.n, 0, NULL);
    assert_true(json_is_array(list));
    return list;
}

static json_int_t number_of(json_t *list, const char *field)
{
    assert_int_equal(json_array_size(list), 1);
    return json_integer_value(json_object_get(json_array_get(list, 0), field));
}

static void assert_source(json_t *list, const char *source)
{
    json_t *text = json_object_get(json_array_get(list, 0), "source");
    assert_string_equal(json_string_value(text), source);
}

static int start(void **state)
{
    (void)state;
    centre_make(&centre);
    centre.config.recommend.settle_ms = 0;
    streets_lay(&road, &centre);
    centre_start(&centre);
    centre_say(&centre, "define_station S1 code=S-1 name=west at=39.0190,106.3760");
    centre_say(&centre, "define_hospital H1 code=H-1 name=first beds=9 at=%.7f,%.7f",
               door.lat_e7 / 1e7, door.lon_e7 / 1e7);
    centre_say(&centre, "define_hospital H2 code=H-2 name=second beds=9 at=39.2200,106.7700");
    for (int i = 1; i <= 2; i++) {
        centre_say(&centre, "define_unit U%d code=U-%d plate=p%d kind=ambulance S1 crew=3", i, i,
                   i);
        centre_say(&centre, "set_duty U%d duty=on", i);
    }
    centre_say(&centre, "open_incident words=x at=%.7f,%.7f", scene.lat_e7 / 1e7,
               scene.lon_e7 / 1e7);
    centre_say(&centre, "order_unit I1 U1");
    centre_say(&centre, "report_step A1 step=at_scene source=dispatcher");
    centre_say(&centre, "redirect_unit A1 H1");
    seat_sit(&own, &centre, ACCOUNT_HOSPITAL, 1);
    seat_sit(&other, &centre, ACCOUNT_HOSPITAL, 2);
    seat_sit(&desk, &centre, ACCOUNT_DISPATCHER, 0);
    seat_sit(&crew, &centre, ACCOUNT_CREW, 1);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    seat_close(&own);
    seat_close(&other);
    seat_close(&desk);
    seat_close(&crew);
    centre_end(&centre);
    return 0;
}

/* --- tests --- */

/* Another unit in the same place is offered to a patient at the hospital's door: the same drive. */
static void test_drive_is_that_of_the_offers(void **state)
{
    (void)state;
    assert_int_equal(streets_fix(&centre, 1, on_the_way, 0), TRACK_LIVE);
    assert_int_equal(streets_fix(&centre, 2, on_the_way, 0), TRACK_LIVE);
    centre_say(&centre, "open_incident words=door at=%.7f,%.7f", door.lat_e7 / 1e7,
               door.lon_e7 / 1e7);
    centre_say(&centre, "report_step A1 step=left_scene source=dispatcher");
    settle();
    uint32_t eta_s = travel_find(&centre.server.travel, 2, 2)->eta_s;
    json_t *list = arrivals(&own, 0);
    assert_true(eta_s > 60);
    assert_source(list, "road");
    assert_int_equal(number_of(list, "assignment"), 1);
    assert_int_equal(number_of(list, "unit"), 1);
    assert_int_equal(number_of(list, "eta_s"), eta_s);
    assert_int_equal(number_of(list, "eta_p90_s"),
                     (int64_t)eta_s * centre.config.recommend.eta_p90_road_pct / 100);
    assert_true(number_of(list, "as_of_ms") >= number_of(list, "seen_ms"));
    json_decref(list);
}

static void test_who_may_ask(void **state)
{
    (void)state;
    assert_int_equal(streets_fix(&centre, 1, on_the_way, 0), TRACK_LIVE);
    settle();
    json_t *list = arrivals(&own, 1), *desks = arrivals(&desk, 1), *others = arrivals(&other, 0);
    assert_int_equal(number_of(desks, "eta_s"), number_of(list, "eta_s"));
    assert_int_equal(json_array_size(others), 0);
    assert_null(arrivals(&other, 1));
    assert_null(arrivals(&crew, 1));
    assert_null(arrivals(&desk, 0));
    assert_null(arrivals(&desk, 99));
    json_decref(list);
    json_decref(desks);
    json_decref(others);

    centre_say(&centre, "redirect_unit A1 H2");
    settle();
    list = arrivals(&own, 0);
    others = arrivals(&other, 0);
    assert_int_equal(json_array_size(list), 0);
    assert_int_equal(json_array_size(others), 1);
    json_decref(list);
    json_decref(others);
    centre_say(&centre, "report_step A1 step=at_hospital source=dispatcher");
    others = arrivals(&other, 0); /* at once, before any times are worked out again */
    assert_int_equal(json_array_size(others), 0);
    json_decref(others);
}

/* Without a fix since it came to the scene it counts from there; off the roads it is a guess. */
static void test_what_is_not_seen(void **state)
{
    struct point desert = {road.south_west.lat_e7 - 300000, road.south_west.lon_e7 - 300000};
    (void)state;
    assert_int_equal(streets_fix(&centre, 1, on_the_way, 3600 * 1000),
                     TRACK_LIVE); /* before it came to the scene */
    assert_int_equal(streets_fix(&centre, 2, scene, 0), TRACK_LIVE);
    centre_say(&centre, "open_incident words=door at=%.7f,%.7f", door.lat_e7 / 1e7,
               door.lon_e7 / 1e7);
    settle();
    const struct assignment *it = state_assignment(&centre.server.pipeline.core.state, 1);
    json_t *list = arrivals(&own, 0);
    assert_int_equal(number_of(list, "eta_s"), travel_find(&centre.server.travel, 2, 2)->eta_s);
    assert_int_equal(number_of(list, "seen_ms"), it->at_scene_ms);
    json_decref(list);

    assert_int_equal(streets_fix(&centre, 1, desert, 0), TRACK_LIVE);
    settle();
    list = arrivals(&own, 0);
    assert_source(list, "crow");
    assert_int_equal(number_of(list, "eta_s"), crow_eta_s(desert, door, 140, 40));
    json_decref(list);
}

static int make_streets(void **state)
{
    (void)state;
    streets_make(&road);
    scene = streets_node(&road, 1);
    door = streets_node(&road, 1001);
    on_the_way = streets_node(&road, 2);
    return 0;
}

static int drop_streets(void **state)
{
    (void)state;
    road_close(&road);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_drive_is_that_of_the_offers, start, stop),
        cmocka_unit_test_setup_teardown(test_who_may_ask, start, stop),
        cmocka_unit_test_setup_teardown(test_what_is_not_seen, start, stop),
    };
    return cmocka_run_group_tests(tests, make_streets, drop_streets);
}
