/* coverage: the query says of each square what a field of its place says of the soonest free unit;
 * zones sum up their squares; a station thought away, a closure, nobody left; who may not ask. On
 * the streets of the demonstration city. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "dispatch/travel/travel_job.h"
#include "tests/lib/streets.h"

enum { UNITS = 6, SAMPLE_EVERY = 29 };

static struct centre centre;
static struct road road;
static struct sitter desk;
static json_t *answer;
static char refusal[256];

/* In the middle of a street, where leaving it is no matter of choice. */
static struct snap_query stand(uint32_t salt)
{
    uint32_t arc = salt * 2654435761u % road.arc_n;
    while (!(road.arc[arc].flags & ROAD_MAIN) || road.arc[arc].length_dm < 500)
        arc = (arc + 1) % road.arc_n;
    return (struct snap_query){road_arc_along(&road, arc, road.arc[arc].length_dm / 2, NULL),
                               COURSE_UNKNOWN, 0};
}

static void found_town(void)
{
    centre_say(&centre, "define_station S1 code=S-1 name=west at=39.0190,106.3760");
    centre_say(&centre, "define_station S2 code=S-2 name=east at=39.0190,106.3860");
    for (unsigned i = 1; i <= UNITS; i++) {
        centre_say(&centre, "define_unit U%u code=U-%u plate=p%u kind=ambulance S%u crew=3", i, i,
                   i, i <= UNITS / 2 ? 1u : 2u);
        centre_say(&centre, "set_duty U%u duty=on", i);
        assert_int_equal(streets_fix(&centre, i, stand(i).at, 0), TRACK_LIVE);
    }
}

/* Zone 5 holds the western half of everything, zone 6 nothing. */
static void write_zones(void)
{
    char path[CONFIG_TEXT_MAX + 32], text[1024];
    double west = road.south_west.lon_e7 * 1e-7 - 0.1, east = road.north_east.lon_e7 * 1e-7;
    double half = (west + east) / 2;
    assert_int_equal(os_make_dirs(centre.config.server.data_dir), 0);
    snprintf(path, sizeof(path), "%s/zones.geojson", centre.config.server.data_dir);
    snprintf(text, sizeof(text),
             "{\"type\":\"FeatureCollection\",\"features\":["
             "{\"type\":\"Feature\",\"properties\":{\"id\":5},\"geometry\":{\"type\":\"Polygon\","
             "\"coordinates\":[[[%f,30],[%f,30],[%f,50],[%f,50],[%f,30]]]}},"
             "{\"type\":\"Feature\",\"properties\":{\"id\":6},\"geometry\":{\"type\":\"Polygon\","
             "\"coordinates\":[[[1,1],[2,1],[2,2],[1,1]]]}}]}",
             west, half, half, west, west);
    assert_int_equal(os_replace_file(path, text, strlen(text), 0640), 0);
}

static void make_centre(bool with_road)
{
    centre_make(&centre);
    centre.config.recommend.settle_ms = 0;
    centre.config.map.coverage_cells = 1500;
    centre.config.map.coverage_s = 0;
    if (with_road)
        streets_lay(&road, &centre);
    write_zones();
}

static int run_centre(void)
{
    centre_start(&centre);
    found_town();
    seat_sit(&desk, &centre, ACCOUNT_DISPATCHER, 0);
    return 0;
}

static int start(void **state)
{
    (void)state;
    make_centre(true);
    return run_centre();
}

static int start_without_road(void **state)
{
    (void)state;
    make_centre(false);
    return run_centre();
}

static int stop(void **state)
{
    (void)state;
    seat_close(&desk);
    centre_end(&centre);
    json_decref(answer);
    answer = NULL;
    return 0;
}

/* Into `answer`, or false and `refusal`. */
static bool ask(struct sitter *seat, uint64_t without)
{
    const struct stream_report *report =
        seat_ask(seat, (struct stream_query){.what = TEXT("coverage"), .id = without});
    snprintf(refusal, sizeof(refusal), "%.*s", (int)report->error.n, report->error.p);
    json_decref(answer);
    answer = json_loadb(report->json.p, report->json.n, 0, NULL);
    return report->error.n == 0 && answer;
}

static json_int_t get(const char *name)
{
    return json_integer_value(json_object_get(answer, name));
}

static bool eta_of(size_t i, uint32_t *eta_s)
{
    const json_t *eta = json_array_get(json_object_get(answer, "eta_s"), i);
    assert_true(json_is_null(eta) || json_is_integer(eta));
    *eta_s = (uint32_t)json_integer_value(eta);
    return json_is_integer(eta);
}

/* --- the oracle: a field of the place, and everybody asked --- */

static bool soonest(struct field *field, uint32_t arc, unsigned first, unsigned last,
                    uint32_t *eta_s)
{
    const struct travel *t = &centre.server.travel;
    const struct snap to = {.arc = arc};
    uint32_t best = ROAD_INF, ms;
    field_open(field, &t->job->weights, &to, 1);
    for (unsigned u = first; u <= last; u++) {
        struct snap snap[TRAVEL_SNAPS];
        struct snap_query at = stand(u);
        size_t n = grid_snap(&t->grid, &t->snap, &at, snap, TRAVEL_SNAPS);
        assert_true(n > 0);
        if (field_eta_best(field, snap, n, &ms, NULL) && ms < best)
            best = ms;
    }
    *eta_s = (best + 999) / 1000;
    return best < ROAD_INF;
}

static void assert_as_by_field(unsigned first, unsigned last)
{
    const struct coverage *c = &centre.server.coverage;
    struct field field;
    assert_int_equal(field_init(&field, &road), 0);
    assert_true(c->n > 300 && c->n <= 1500);
    assert_int_equal(json_array_size(json_object_get(answer, "eta_s")), c->n);
    for (uint32_t i = 0; i < c->n; i += SAMPLE_EVERY) {
        uint32_t told = 0, wanted = 0;
        bool way = soonest(&field, c->arc[i], first, last, &wanted);
        assert_int_equal(eta_of(i, &told), way);
        assert_int_equal(told, way ? wanted : 0);
    }
    field_close(&field);
}

/* The square is where its street begins. */
static void assert_squares(void)
{
    const struct coverage *c = &centre.server.coverage;
    for (uint32_t i = 0; i < c->n; i++) {
        json_int_t cell = json_integer_value(json_array_get(json_object_get(answer, "cell"), i));
        struct point at = road.node[road.arc[c->arc[i]].tail].at;
        json_int_t south = get("south_e7") + cell / get("columns") * get("height_e7");
        json_int_t west = get("west_e7") + cell % get("columns") * get("width_e7");
        assert_in_range(at.lat_e7, south, south + get("height_e7"));
        assert_in_range(at.lon_e7, west, west + get("width_e7"));
    }
}

static void assert_zone_sums_up(void)
{
    const struct coverage *c = &centre.server.coverage;
    const json_t *zones = json_object_get(answer, "zones"), *zone = json_array_get(zones, 0);
    json_int_t cells = 0, within = 0, worst = 0;
    double half_e7 = ((road.south_west.lon_e7 - 1e6) + road.north_east.lon_e7) / 2;
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t eta_s;
        if (road.node[road.arc[c->arc[i]].tail].at.lon_e7 > half_e7)
            continue;
        assert_true(eta_of(i, &eta_s));
        cells++;
        within += eta_s <= get("target_s");
        worst = eta_s > worst ? eta_s : worst;
    }
    assert_int_equal(json_array_size(zones), 1); /* nothing is said of a zone without streets */
    assert_int_equal(json_integer_value(json_object_get(zone, "zone")), 5);
    assert_int_equal(json_integer_value(json_object_get(zone, "cells")), cells);
    assert_int_equal(json_integer_value(json_object_get(zone, "within")), within);
    assert_int_equal(json_integer_value(json_object_get(zone, "worst_s")), worst);
    assert_in_range(json_integer_value(json_object_get(zone, "median_s")), 1, worst);
    assert_true(within > 0 && within < cells);
}

/* --- tests --- */

static void test_times_are_a_fields(void **state)
{
    (void)state;
    assert_true(ask(&desk, 0));
    assert_int_equal(get("units"), UNITS);
    assert_int_equal(get("units_lost"), 0);
    assert_int_equal(get("target_s"), 720);
    assert_string_equal(json_string_value(json_object_get(answer, "source")), "road");
    assert_as_by_field(1, UNITS);
    assert_squares();
    assert_zone_sums_up();
    assert_true(ask(&desk, 1)); /* without the western station's */
    assert_int_equal(get("without"), 1);
    assert_int_equal(get("units"), UNITS / 2);
    assert_as_by_field(UNITS / 2 + 1, UNITS);
}

static bool hierarchy_is_there(void)
{
    struct travel *t = &centre.server.travel;
    return strcmp(travel_engine(t), "hierarchy") == 0 && !t->cch.busy && !t->busy &&
           travel_cch_lend(&t->cch, t->job->hour) != NULL;
}

static const json_t *zone5(const char *name)
{
    return json_object_get(json_array_get(json_object_get(answer, "zones"), 0), name);
}

/* The oracle: every unit asked by a Dijkstra from the place, by the formula. */
static json_int_t prepared_milli(struct point at, unsigned first, unsigned last,
                                 double calls_an_hour)
{
    const struct travel *t = &centre.server.travel;
    struct snap to[2], snap[TRAVEL_SNAPS];
    double soonest_s = 1e9, second_s = 1e9;
    struct field field;
    assert_int_equal(field_init(&field, &road), 0);
    field_open(&field, &t->job->weights, to, grid_place(&t->grid, &t->snap, at, to));
    for (unsigned u = first; u <= last; u++) {
        struct snap_query from = stand(u);
        size_t n = grid_snap(&t->grid, &t->snap, &from, snap, TRAVEL_SNAPS);
        uint32_t ms;
        if (!field_eta_best(&field, snap, n, &ms, NULL))
            continue;
        double own_s = (ms + 999) / 1000;
        second_s = own_s < soonest_s ? soonest_s : own_s < second_s ? own_s : second_s;
        soonest_s = own_s < soonest_s ? own_s : soonest_s;
    }
    field_close(&field);
    return (json_int_t)(1000 * (3600 / soonest_s + 0.5 * 3600 / second_s) / calls_an_hour);
}

/* Two units count, the second half; with the station's units and without. */
static void test_preparedness_of_a_zone(void **state)
{
    struct point at = streets_node(&road, 77);
    (void)state;
    assert_true(ask(&desk, 0));
    assert_true(json_is_null(zone5("prepared_milli"))); /* nobody wants to know */
    centre.server.coverage.preparedness.rule = (struct preparedness_rule){2, 50, 5000};
    centre_say(&centre, "define_zone Z5 code=Z-5 name=west kind=township kind_mask=2");
    assert_true(ask(&desk, 0));
    assert_true(json_is_null(zone5("prepared_milli"))); /* nobody calls from there */
    centre_say(&centre, "set_demand Z5 at=%.7f,%.7f calls_a_week=84", at.lat_e7 / 1e7,
               at.lon_e7 / 1e7);
    centre_until(&centre, hierarchy_is_there());
    assert_true(ask(&desk, 0));
    assert_int_equal(get("low_milli"), 5000);
    assert_int_equal(json_integer_value(zone5("prepared_milli")),
                     prepared_milli(at, 1, UNITS, 0.5));
    assert_true(ask(&desk, 2)); /* without the eastern station's */
    assert_int_equal(json_integer_value(zone5("prepared_milli")),
                     prepared_milli(at, 1, UNITS / 2, 0.5));
    for (int i = 1; i <= UNITS; i++)
        centre_say(&centre, "set_duty U%d duty=off", i);
    assert_true(ask(&desk, 0));
    assert_true(json_is_integer(zone5("prepared_milli")));
    assert_int_equal(json_integer_value(zone5("prepared_milli")), 0);
}

/* --- a demand that nobody has set --- */

static const struct zone_name *zone_5(void)
{
    return state_zone_name(&centre.server.pipeline.core.state, 5);
}

/* One call from the western half in every hour of so many days, on a clock that is driven. */
static void pass_days(int days)
{
    int64_t from_ms = INT64_C(1767830400000); /* Thursday 2026-01-08 00:00 UTC */
    for (int64_t hour = 0; hour <= days * 24; hour++) {
        pipeline_drive(&centre.server.pipeline, from_ms + hour * 3600000);
        centre_say(&centre, "open_incident at=39.0190,106.3760 source=map zone=Z5");
        centre_say(&centre, "close_incident I%d outcome=advice", (int)hour + 1);
    }
    centre_until(&centre, !warn_is_behind(&centre.server.warn));
}

static void pass_minute(void)
{
    struct pipeline *line = &centre.server.pipeline;
    pipeline_drive(line, pipeline_now_ms(line) + 60000);
}

static int start_on_a_driven_clock(void **state)
{
    (void)state;
    make_centre(true);
    snprintf(centre.config.server.clock, CONFIG_TEXT_MAX, "driven");
    snprintf(centre.config.server.warn_dir, CONFIG_TEXT_MAX, "%s", SOURCE_DIR "/deploy/warn");
    return run_centre();
}

/* The journal's own calls, by the machine; an operator's word goes before them. */
static void test_preparedness_of_a_counted_zone(void **state)
{
    (void)state;
    centre_say(&centre, "define_zone Z5 code=Z-5 name=west kind=township kind_mask=2");
    pass_days(14);
    pass_minute();
    centre_until(&centre, zone_5()->demand_weeks == 2);
    assert_int_equal(zone_5()->calls_a_week, 168);
    assert_int_equal(zone_5()->lat_e7, 390190000);
    centre_until(&centre, hierarchy_is_there());
    assert_true(ask(&desk, 0));
    assert_true(json_is_integer(zone5("prepared_milli")));
    centre_say(&centre, "set_demand Z5 at=39.0190,106.3760 calls_a_week=84");
    uint64_t seq = pipeline_seq(&centre.server.pipeline);
    pass_minute();
    centre_until(&centre, pipeline_seq(&centre.server.pipeline) > seq); /* the minute */
    assert_int_equal(zone_5()->calls_a_week, 84);
    assert_int_equal(zone_5()->demand_weeks, 0);
}

static void test_follows_the_roads_and_the_units(void **state)
{
    (void)state;
    assert_true(ask(&desk, 0));
    struct point middle = stand(1).at;
    centre_say(&centre, "set_road_condition state=closed at=%.7f,%.7f radius_m=1500 cause=flood",
               middle.lat_e7 / 1e7, middle.lon_e7 / 1e7);
    assert_true(ask(&desk, 0));
    assert_as_by_field(1, UNITS); /* on the weights that are in force now */
    for (int i = 1; i <= UNITS; i++)
        centre_say(&centre, "set_duty U%d duty=off", i);
    assert_true(ask(&desk, 0));
    assert_int_equal(get("units"), 0);
    for (uint32_t i = 0, eta_s; i < centre.server.coverage.n; i++)
        assert_false(eta_of(i, &eta_s));
}

static void test_is_kept_for_a_while(void **state)
{
    (void)state;
    centre.config.map.coverage_s = 600;
    assert_true(ask(&desk, 0));
    json_int_t as_of_ms = get("as_of_ms");
    centre_say(&centre, "set_duty U1 duty=off");
    assert_true(ask(&desk, 0));
    assert_int_equal(get("as_of_ms"), as_of_ms);
    assert_int_equal(get("units"), UNITS);
    assert_true(ask(&desk, 2)); /* that is another question */
    assert_int_equal(get("units"), UNITS / 2 - 1);
    for (uint64_t i = 0; i < 2 * COVERAGE_KEPT; i++) /* more than are kept */
        assert_true(ask(&desk, i % 3));
}

static void test_who_gets_none(void **state)
{
    struct sitter crew;
    (void)state;
    assert_false(ask(&desk, 77));
    assert_string_equal(refusal, "no such station");
    seat_sit(&crew, &centre, ACCOUNT_CREW, 1);
    assert_false(ask(&crew, 0));
    seat_close(&crew);
}

static void test_without_roads(void **state)
{
    (void)state;
    assert_false(ask(&desk, 0));
    assert_non_null(strstr(refusal, "no road file"));
}

static int make_streets(void **state)
{
    (void)state;
    streets_make(&road);
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
        cmocka_unit_test_setup_teardown(test_times_are_a_fields, start, stop),
        cmocka_unit_test_setup_teardown(test_preparedness_of_a_zone, start, stop),
        cmocka_unit_test_setup_teardown(test_preparedness_of_a_counted_zone,
                                        start_on_a_driven_clock, stop),
        cmocka_unit_test_setup_teardown(test_follows_the_roads_and_the_units, start, stop),
        cmocka_unit_test_setup_teardown(test_is_kept_for_a_while, start, stop),
        cmocka_unit_test_setup_teardown(test_who_gets_none, start, stop),
        cmocka_unit_test_setup_teardown(test_without_roads, start_without_road, stop),
    };
    return cmocka_run_group_tests(tests, make_streets, drop_streets);
}
