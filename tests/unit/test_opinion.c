/* opinion: after a recommendation comes a second opinion, which knows what it would leave bare; an
 * order never waits for it, and one that comes too late is refused and counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/travel/travel_job.h"
#include "geo/load.h"
#include "sim/city_roads.h"
#include "tests/lib/centre.h"

static struct centre centre;

static void say(enum role role, const char *line)
{
    assert_int_equal(centre_do(&centre, role, line).refusal, REFUSE_NONE);
}

/* A busy town with one unit, a quiet one with two, some 19 km away. */
static void found_towns(uint32_t calls_a_week)
{
    char line[128];
    say(ROLE_OPERATOR, "define_zone Z1 code=Z-1 name=busy kind=township");
    say(ROLE_OPERATOR, "define_zone Z2 code=Z-2 name=quiet kind=township");
    say(ROLE_OPERATOR, "define_station S1 code=S-1 name=busy at=39.0190,106.3760");
    say(ROLE_OPERATOR, "define_station S2 code=S-2 name=quiet at=38.9100,106.5400");
    say(ROLE_OPERATOR, "define_hospital H1 code=H-1 name=h capabilities=1 beds=9 at=39.02,106.38");
    for (int i = 1; i <= 3; i++) {
        snprintf(line, sizeof(line),
                 "define_unit U%d code=U-%d plate=p%d kind=ambulance S%d capabilities=15 crew=3", i,
                 i, i, i == 1 ? 1 : 2);
        say(ROLE_OPERATOR, line);
        snprintf(line, sizeof(line), "set_duty U%d duty=on", i);
        say(ROLE_GATEWAY, line);
    }
    if (calls_a_week) {
        snprintf(line, sizeof(line), "set_demand Z1 at=39.0190,106.3760 calls_a_week=%u",
                 calls_a_week);
        say(ROLE_OPERATOR, line);
        say(ROLE_OPERATOR, "set_demand Z2 at=38.9100,106.5400 calls_a_week=1");
    }
}

static void start_with(uint32_t calls_a_week)
{
    centre.config.recommend.settle_ms = 0;
    centre_start(&centre);
    found_towns(calls_a_week);
}

static int make(void **state)
{
    (void)state;
    centre_make(&centre);
    return 0;
}

enum { ENDLESS = 1000000000 }; /* futures */

static int stop(void **state)
{
    (void)state;
    centre_stop(&centre);
    centre_remove(&centre);
    return 0;
}

/* Between the two, a little nearer to the busy one. */
static const char between[] = "38.9700,106.4500";

static const struct incident *incident(void)
{
    return state_incident(&centre.server.pipeline.core.state, 1);
}

static void open_incident(int grade, const char *at)
{
    char line[96];
    snprintf(line, sizeof(line), "open_incident words=x at=%s", at);
    say(ROLE_DISPATCHER, line);
    snprintf(line, sizeof(line), "regrade_incident I1 grade=%d reason=clinical words=x", grade);
    say(ROLE_SUPERVISOR, line);
    centre_until(&centre, incident()->slot_unit.n && incident()->slot_unit.v[0]);
}

static bool is_idle(void)
{
    const struct server *s = &centre.server;
    return !s->travel.busy && !s->travel.urgent && !s->travel.dirty && !s->opinion.asked_n &&
           !opinion_busy(&s->opinion);
}

static void test_it_knows_what_is_left_bare(void **state)
{
    (void)state;
    centre.config.recommend.weight_2 = 24;
    centre.config.recommend.weight_3 = 8;
    start_with(200);
    open_incident(3, between);
    centre_until(&centre, incident()->opinion_unit.n);
    assert_int_equal(incident()->slot_unit.v[0], 1);
    assert_int_equal(incident()->opinion_unit.n, 3);
    assert_int_equal(incident()->opinion_unit.v[0], 1);
    assert_int_not_equal(incident()->opinion_for.v, 1);
    assert_true(incident()->opinion_here_s.v[1] > incident()->opinion_here_s.v[0]);
    assert_true(incident()->opinion_next_s.v[1] < incident()->opinion_next_s.v[0]);
    assert_int_equal(incident()->opinion_futures, centre.config.second_opinion.futures);
    /* Of a more urgent grade the others weigh a third: 8 to 24. */
    uint32_t next_s = incident()->opinion_next_s.v[0];
    say(ROLE_SUPERVISOR, "regrade_incident I1 grade=2 reason=clinical words=x");
    centre_until(&centre, incident()->opinion_unit.n &&
                              incident()->opinion_next_s.v[0] < next_s / 2);
}

static void test_nobody_waits_for_it(void **state)
{
    struct opinion *opinion = &centre.server.opinion;
    (void)state;
    centre.config.second_opinion.futures = ENDLESS;
    start_with(200);
    open_incident(3, between);
    centre_until(&centre, opinion->playing);
    say(ROLE_DISPATCHER, "order_unit I1 U1");
    assert_true(opinion->playing); /* and the order is durable */
    centre.config.second_opinion.on = false;
    server_reload(&centre.server); /* given up */
    centre_until(&centre, is_idle());
    assert_int_equal(incident()->opinion_unit.n, 0);
}

/* Where there is nothing to foretell, for the most urgent, and when it is off. */
static void test_where_none_is_given(void **state)
{
    (void)state;
    start_with(0);
    open_incident(3, between);
    centre_until(&centre, is_idle());
    assert_int_equal(incident()->opinion_unit.n, 0);
    say(ROLE_OPERATOR, "set_demand Z1 at=39.0190,106.3760 calls_a_week=200");
    say(ROLE_SUPERVISOR, "regrade_incident I1 grade=1 reason=clinical words=x");
    centre_until(&centre, is_idle());
    assert_int_equal(incident()->opinion_unit.n, 0);
    centre.config.second_opinion.on = false;
    server_reload(&centre.server);
    say(ROLE_SUPERVISOR, "regrade_incident I1 grade=3 reason=clinical words=x");
    centre_until(&centre, is_idle());
    assert_int_equal(incident()->opinion_unit.n, 0);
    centre.config.second_opinion.on = true;
    server_reload(&centre.server);
    say(ROLE_SUPERVISOR, "regrade_incident I1 grade=2 reason=clinical words=x");
    centre_until(&centre, incident()->opinion_unit.n);
}

/* And this hour's weights. */
static bool has_hierarchy(void)
{
    struct travel *t = &centre.server.travel;
    return strcmp(travel_engine(t), "hierarchy") == 0 && !t->cch.busy && !t->busy &&
           travel_cch_lend(&t->cch, t->job->hour) != NULL;
}

/* By road, and stopped in the middle: it is given up, and its thread ends first. */
static void test_by_road_and_closed_meanwhile(void **state)
{
    char path[CONFIG_TEXT_MAX + 16], errmsg[ERRMSG_MAX];
    struct road road;
    (void)state;
    assert_int_equal(city_roads_make(7, &road, errmsg), 0);
    assert_int_equal(os_make_dirs(centre.config.server.data_dir), 0);
    snprintf(path, sizeof(path), "%s/road.bin", centre.config.server.data_dir);
    assert_int_equal(road_save(&road, path, errmsg), 0);
    road_close(&road);
    start_with(200);
    centre_until(&centre, has_hierarchy());
    open_incident(3, "39.0190,106.3760");
    centre_until(&centre, incident()->opinion_unit.n);
    assert_int_equal(incident()->row_source.v[0], SOURCE_ROAD);
    centre.config.second_opinion.futures = ENDLESS;
    server_reload(&centre.server);
    say(ROLE_SUPERVISOR, "regrade_incident I1 grade=2 reason=clinical words=x");
    centre_until(&centre, centre.server.opinion.playing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_it_knows_what_is_left_bare, make, stop),
        cmocka_unit_test_setup_teardown(test_nobody_waits_for_it, make, stop),
        cmocka_unit_test_setup_teardown(test_where_none_is_given, make, stop),
        cmocka_unit_test_setup_teardown(test_by_road_and_closed_meanwhile, make, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
