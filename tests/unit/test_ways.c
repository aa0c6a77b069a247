/* travel_ways: what the core is told of the drives from a scene to the hospitals is what a unit
 * standing there would be told, by the hierarchy, by a Dijkstra and without roads; it is told when
 * a crew reaches its patient and when a hospital changes, and units are advised to move up where
 * there is demand to cover. On the demonstration city. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/lib/streets.h"

enum { HOSPITALS = 4 };

static struct centre centre;
static struct road road;
static struct point scene, hospital_at[HOSPITALS];

static void found_town(void)
{
    centre_say(&centre, "define_station S1 code=S-1 name=west at=39.0190,106.3760");
    for (int i = 1; i <= 3; i++) {
        centre_say(&centre,
                   "define_unit U%d code=U-%d plate=p%d kind=ambulance S1 capabilities=15 crew=3",
                   i, i, i);
        centre_say(&centre, "set_duty U%d duty=on", i);
    }
    for (int i = 0; i < HOSPITALS; i++)
        centre_say(&centre,
                   "define_hospital H%d code=H-%d name=h%d capabilities=1 beds=100 at=%.7f,%.7f",
                   i + 1, i + 1, i + 1, hospital_at[i].lat_e7 / 1e7, hospital_at[i].lon_e7 / 1e7);
}

static void start(bool with_road, int32_t hierarchy_ratio_pct)
{
    centre_make(&centre);
    centre.config.recommend.settle_ms = 0;
    centre.config.recommend.hierarchy_ratio_pct = hierarchy_ratio_pct;
    centre.config.move_up.cover_s = 120;
    centre.config.move_up.drive_s_max = 86400;
    if (with_road)
        streets_lay(&road, &centre);
    centre_start(&centre);
    if (with_road)
        centre_until(&centre, !centre.server.travel.cch.busy);
    found_town();
}

static int start_hierarchy(void **state)
{
    (void)state;
    start(true, 400);
    return 0;
}

static int start_dijkstra(void **state)
{
    (void)state;
    start(true, 100); /* every network contracts to more arcs than it has: refused */
    assert_string_equal(travel_engine(&centre.server.travel), "dijkstra");
    return 0;
}

static int start_crow(void **state)
{
    (void)state;
    start(false, 400);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    centre_end(&centre);
    return 0;
}

static const struct incident *incident(uint64_t id)
{
    return state_incident(&centre.server.pipeline.core.state, id);
}

/* A crew with its patient at the scene; everything closed but the hospitals asked for. */
static void reach_the_patient(void)
{
    centre_say(&centre, "open_incident words=x at=%.7f,%.7f", scene.lat_e7 / 1e7,
               scene.lon_e7 / 1e7);
    centre_say(&centre, "order_unit I1 U1");
    streets_settle(&centre);
    assert_int_equal(incident(1)->advised_hospital.n, 0);
    centre_say(&centre, "report_step A1 step=at_patient");
    centre_until(&centre, incident(1)->advised_hospital.n == HOSPITALS);
}

/* A unit at the scene, seen now, and an incident at the hospital's door. */
static uint32_t drive_of_a_unit_s(uint64_t hospital)
{
    const struct point *at = &hospital_at[hospital - 1];
    const struct travel_time *time;
    (void)streets_fix(&centre, 2, scene, 0); /* again and again, in one place */
    centre_say(&centre, "open_incident words=door at=%.7f,%.7f", at->lat_e7 / 1e7,
               at->lon_e7 / 1e7);
    uint64_t door = centre.server.pipeline.core.state.head->last_incident;
    streets_settle(&centre);
    time = travel_find(&centre.server.travel, door, 2);
    assert_non_null(time);
    return time->eta_s;
}

static void assert_drives(enum travel_source source)
{
    reach_the_patient();
    for (uint32_t i = 0; i < HOSPITALS; i++) {
        const struct incident *first = incident(1);
        uint64_t hospital = first->advised_hospital.v[i];
        uint32_t drive_s = first->advised_drive_s.v[i];
        assert_int_equal(first->advised_source.v[i], source);
        assert_true(drive_s > 0);
        assert_int_equal(drive_s, drive_of_a_unit_s(hospital));
    }
}

static void drives_are_a_units(void **state)
{
    (void)state;
    assert_drives(SOURCE_ROAD);
}

static void drives_are_the_crows(void **state)
{
    (void)state;
    assert_drives(SOURCE_CROW);
}

/* On diversion the first goes behind the others, at once and without anybody asking. */
static void a_hospital_that_diverts_is_news(void **state)
{
    (void)state;
    reach_the_patient();
    uint64_t first = incident(1)->advised_hospital.v[0];
    centre_say(&centre, "set_hospital_status H%d status=divert", (int)first);
    centre_until(&centre, incident(1)->advised_hospital.v[0] != first);
    assert_int_equal(incident(1)->advised_hospital.n, HOSPITALS);
    assert_int_equal(incident(1)->advised_hospital.v[HOSPITALS - 1], first);
    assert_int_equal(incident(1)->advised_why.v[HOSPITALS - 1], CHOICE_DIVERTS);
    centre_say(&centre, "set_hospital_status H%d status=closed", (int)first);
    centre_until(&centre, incident(1)->advised_hospital.n == HOSPITALS - 1);
}

/* What was advised is there after a restart, and goes on. */
static void a_restart_asks_again(void **state)
{
    (void)state;
    reach_the_patient();
    uint64_t first = incident(1)->advised_hospital.v[0];
    centre_stop(&centre);
    centre_start(&centre);
    assert_int_equal(incident(1)->advised_hospital.v[0], first);
    centre_say(&centre, "set_hospital_status H%d status=divert", (int)first);
    centre_until(&centre, incident(1)->advised_hospital.v[0] != first);
}

/* --- move-up --- */

static const struct unit *unit(uint64_t id)
{
    return state_unit(&centre.server.pipeline.core.state, id);
}

/* All calls come from where only S2 is, and all units stand at S1: one should stand by there. */
static void found_another_side(void)
{
    struct point west = {390190000, 1063760000}, east = west;
    for (uint32_t salt = 1; point_dist_m(west, east) < 10000; salt++)
        east = streets_node(&road, salt);
    centre_say(&centre, "define_station S2 code=S-2 name=east at=%.7f,%.7f", east.lat_e7 / 1e7,
               east.lon_e7 / 1e7);
    centre_say(&centre, "define_zone Z1 code=Z-1 name=east kind=township kind_mask=2");
    centre_say(&centre, "set_demand Z1 at=%.7f,%.7f calls_a_week=100", east.lat_e7 / 1e7,
               east.lon_e7 / 1e7);
}

static uint64_t advised_unit(void)
{
    for (uint64_t id = 1; id <= 3; id++)
        if (unit(id)->move_to.v)
            return id;
    return 0;
}

static void a_unit_is_advised_to_move_up(void **state)
{
    (void)state;
    found_another_side();
    centre_until(&centre, advised_unit() != 0);
    uint64_t mover = advised_unit();
    assert_int_equal(unit(mover)->move_to.v, 2);
    assert_in_range(unit(mover)->move_gain_permille, 719, 720); /* 1 - q of everything */
    struct reply sent = centre_do(&centre, ROLE_DISPATCHER,
                                  mover == 1   ? "move_unit U1 post=S2"
                                  : mover == 2 ? "move_unit U2 post=S2"
                                               : "move_unit U3 post=S2");
    assert_int_equal(sent.refusal, REFUSE_NONE);
    assert_int_equal(unit(mover)->post.v, 2);
    assert_int_equal(unit(mover)->move_to.v, 0);
    streets_settle(&centre);
    assert_int_equal(advised_unit(), 0); /* it is covered, and the hour's next is not due */
}

/* It comes from a task: then it is no extra move, and needs not wait for one. */
static void a_freed_unit_is_advised_at_once(void **state)
{
    (void)state;
    centre_say(&centre, "open_incident words=x at=%.7f,%.7f", scene.lat_e7 / 1e7,
               scene.lon_e7 / 1e7);
    centre_say(&centre, "order_unit I1 U1");
    centre_say(&centre, "report_step A1 step=at_scene");
    centre_say(&centre, "set_duty U2 duty=meal");
    centre_say(&centre, "set_duty U3 duty=meal");
    found_another_side();
    streets_settle(&centre);
    assert_int_equal(advised_unit(), 0);
    centre_say(&centre, "report_step A1 step=completed");
    centre_until(&centre, advised_unit() == 1);
    assert_int_equal(centre.server.pipeline.core.state.head->extra_move_ms, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(drives_are_a_units, start_hierarchy, stop),
        cmocka_unit_test_setup_teardown(drives_are_a_units, start_dijkstra, stop),
        cmocka_unit_test_setup_teardown(drives_are_the_crows, start_crow, stop),
        cmocka_unit_test_setup_teardown(a_hospital_that_diverts_is_news, start_hierarchy, stop),
        cmocka_unit_test_setup_teardown(a_restart_asks_again, start_dijkstra, stop),
        cmocka_unit_test_setup_teardown(a_unit_is_advised_to_move_up, start_dijkstra, stop),
        cmocka_unit_test_setup_teardown(a_freed_unit_is_advised_at_once, start_hierarchy, stop),
    };
    streets_make(&road);
    scene = streets_node(&road, 7);
    for (uint32_t i = 0; i < HOSPITALS; i++)
        hospital_at[i] = streets_node(&road, 100 + 37 * i);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    road_close(&road);
    return failed;
}
