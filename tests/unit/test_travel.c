/* travel: what the server tells the core of driving times is what a plain Dijkstra says of the same
 * streets; closures change it, and are in force before the offer that used them. On the streets of
 * the demonstration city; by the hierarchy, by a Dijkstra, and while one takes over from the other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "dispatch/travel/travel_job.h"
#include "geo/eta.h"
#include "tests/lib/streets.h"

enum { UNITS = 10, INCIDENTS = 4 };

static struct centre centre;
static struct road road;
static struct point unit_at[UNITS], incident_at[INCIDENTS];

/* --- the town --- */

static void found_town(void)
{
    centre_say(&centre, "define_station S1 code=S-1 name=west at=39.0190,106.3760");
    for (int i = 1; i <= UNITS; i++) {
        centre_say(&centre,
                   "define_unit U%d code=U-%d plate=p%d kind=ambulance S1 capabilities=15 crew=3",
                   i, i, i);
        centre_say(&centre, "set_duty U%d duty=on", i);
    }
}

static void make_config(bool with_road)
{
    centre_make(&centre);
    centre.config.recommend.settle_ms = 0;
    if (with_road)
        streets_lay(&road, &centre);
}

static int start(void **state)
{
    (void)state;
    make_config(true);
    centre_start(&centre);
    found_town();
    return 0;
}

/* As soon as the hierarchy and this hour's weights are there. */
static bool has_hierarchy(void)
{
    struct travel *t = &centre.server.travel;
    return strcmp(travel_engine(t), "hierarchy") == 0 && !t->cch.busy && !t->busy &&
           travel_cch_lend(&t->cch, t->job->hour) != NULL;
}

static int start_hierarchy(void **state)
{
    start(state);
    centre_until(&centre, has_hierarchy());
    return 0;
}

/* Every closure is worked in by a worker, and a Dijkstra serves meanwhile. */
static int start_rebuilding(void **state)
{
    make_config(true);
    centre.config.recommend.hierarchy_update_arcs = 0;
    centre_start(&centre);
    found_town();
    centre_until(&centre, has_hierarchy());
    (void)state;
    return 0;
}

/* Refused: a street network always contracts to more arcs than it has. */
static int start_dijkstra(void **state)
{
    (void)state;
    make_config(true);
    centre.config.recommend.hierarchy_ratio_pct = 100;
    centre_start(&centre);
    found_town();
    centre_until(&centre, !centre.server.travel.cch.busy);
    assert_string_equal(travel_engine(&centre.server.travel), "dijkstra");
    assert_non_null(strstr(centre.server.travel.cch.why, "contracted"));
    return 0;
}

static int stop(void **state)
{
    (void)state;
    centre_end(&centre);
    return 0;
}

static void open_incidents(void)
{
    for (uint32_t i = 0; i < INCIDENTS; i++)
        centre_say(&centre, "open_incident words=x at=%.7f,%.7f", incident_at[i].lat_e7 / 1e7,
                   incident_at[i].lon_e7 / 1e7);
}

/* --- the oracle --- */

struct oracle {
    struct weights weights;
    struct grid grid;
    struct snap_config snap;
    uint64_t *ms; /* by node: driving time to the place */
    struct snap target[2];
    size_t targets;
};

static void oracle_open(struct oracle *o, const struct road_condition *conditions, size_t n)
{
    const struct travel *t = &centre.server.travel;
    int64_t local_ms = pipeline_now_ms(&centre.server.pipeline) + 480 * INT64_C(60000);
    uint32_t hour = (uint32_t)((local_ms / 3600000 + 72) % 168);
    o->snap = t->snap;
    assert_int_equal(grid_init(&o->grid, &road), 0);
    assert_int_equal(weights_init(&o->weights, &road), 0);
    assert_int_equal(weights_build(&o->weights, &road, speeds_profile(&t->speeds, "emergency"),
                                   hour, conditions, n, 1),
                     0);
    o->ms = calloc(road.node_n, sizeof(*o->ms));
    assert_non_null(o->ms);
}

static void oracle_close(struct oracle *o)
{
    free(o->ms);
    grid_close(&o->grid);
    weights_close(&o->weights);
}

/* Textbook, without a heap: the nearest node that is not done, then all streets into it. */
static void oracle_aim(struct oracle *o, struct point at)
{
    bool *done = calloc(road.node_n, sizeof(*done));
    assert_non_null(done);
    for (uint32_t v = 0; v < road.node_n; v++)
        o->ms[v] = UINT64_MAX;
    o->targets = grid_place(&o->grid, &o->snap, at, o->target);
    assert_true(o->targets > 0);
    for (size_t i = 0; i < o->targets; i++) {
        const struct snap *t = &o->target[i];
        uint64_t ms = weights_part_ms(&o->weights, &road, t->arc, t->along_dm);
        if (ms < o->ms[road.arc[t->arc].tail])
            o->ms[road.arc[t->arc].tail] = ms;
    }
    for (;;) {
        uint32_t next = ROAD_NONE;
        for (uint32_t v = 0; v < road.node_n; v++)
            if (!done[v] && o->ms[v] != UINT64_MAX && (next == ROAD_NONE || o->ms[v] < o->ms[next]))
                next = v;
        if (next == ROAD_NONE)
            break;
        done[next] = true;
        for (uint32_t i = road.first_in[next]; i < road.first_in[next + 1]; i++) {
            uint32_t arc = road.in_arc[i];
            uint64_t ms = o->ms[next] + o->weights.ms[arc];
            if (o->weights.ms[arc] < ROAD_INF && ms < o->ms[road.arc[arc].tail])
                o->ms[road.arc[arc].tail] = ms;
        }
    }
    free(done);
}

static uint64_t time_from(const struct oracle *o, const struct snap *from)
{
    const struct road_arc *arc = &road.arc[from->arc];
    uint64_t best = UINT64_MAX;
    if (o->ms[arc->head] != UINT64_MAX)
        best = o->ms[arc->head] + from->turn_ms +
               weights_part_ms(&o->weights, &road, from->arc, arc->length_dm - from->along_dm);
    for (size_t i = 0; i < o->targets; i++) {
        const struct snap *to = &o->target[i];
        if (to->arc != from->arc || to->along_dm < from->along_dm)
            continue;
        uint64_t ms = from->turn_ms +
                      weights_part_ms(&o->weights, &road, from->arc, to->along_dm - from->along_dm);
        best = ms < best ? ms : best;
    }
    return best;
}

static uint32_t oracle_eta_s(const struct oracle *o, struct point at)
{
    const struct snap_query query = {at, COURSE_UNKNOWN, 0};
    struct snap snap[4];
    size_t n = grid_snap(&o->grid, &o->snap, &query, snap, 4);
    uint64_t best = UINT64_MAX;
    assert_true(n > 0);
    for (size_t i = 0; i < n; i++) {
        uint64_t ms = time_from(o, &snap[i]);
        best = ms < best ? ms : best;
    }
    assert_true(best < UINT64_MAX);
    return (uint32_t)((best + 999) / 1000);
}

static void assert_times(const struct road_condition *conditions, size_t n)
{
    struct oracle oracle;
    oracle_open(&oracle, conditions, n);
    for (uint32_t i = 0; i < INCIDENTS; i++) {
        oracle_aim(&oracle, incident_at[i]);
        for (uint32_t u = 0; u < UNITS; u++) {
            const struct travel_time *time = travel_find(&centre.server.travel, i + 1, u + 1);
            assert_non_null(time);
            assert_int_equal(time->source, SOURCE_ROAD);
            assert_int_equal(time->eta_s, oracle_eta_s(&oracle, unit_at[u]));
        }
    }
    oracle_close(&oracle);
}

/* A street in the middle of the way from unit 1 to incident 1: long and straight. */
static uint32_t street_on_the_way(void)
{
    struct oracle oracle;
    uint32_t best = ROAD_NONE;
    oracle_open(&oracle, NULL, 0);
    oracle_aim(&oracle, incident_at[0]);
    const struct snap_query query = {unit_at[0], COURSE_UNKNOWN, 0};
    struct snap snap;
    assert_true(grid_snap(&oracle.grid, &oracle.snap, &query, &snap, 1) == 1);
    uint32_t node = road.arc[snap.arc].head;
    while (node != road.arc[oracle.target[0].arc].tail) {
        uint32_t next = ROAD_NONE;
        for (uint32_t a = road.first_out[node]; a < road.first_out[node + 1]; a++)
            if (oracle.ms[node] == oracle.weights.ms[a] + oracle.ms[road.arc[a].head])
                next = a;
        if (next == ROAD_NONE) /* the other end of the target's street */
            break;
        if (best == ROAD_NONE || road.arc[next].length_dm > road.arc[best].length_dm)
            best = next;
        node = road.arc[next].head;
    }
    oracle_close(&oracle);
    assert_true(best != ROAD_NONE && road.arc[best].length_dm > 2000);
    return best;
}

/* --- tests --- */

static void test_times_are_dijkstras(void **state)
{
    (void)state;
    for (uint32_t u = 0; u < UNITS; u++)
        assert_int_equal(streets_fix(&centre, u + 1, unit_at[u], 0), TRACK_LIVE);
    open_incidents(); /* several new ones in one job */
    streets_settle(&centre);
    assert_times(NULL, 0);
    assert_true(centre.server.pipeline.core.state.head->weights_epoch > 0);
    centre_say(&centre, "place_incident I2 words=x at=%.7f,%.7f", incident_at[0].lat_e7 / 1e7,
               incident_at[0].lon_e7 / 1e7);
    streets_settle(&centre);
    for (uint64_t u = 1; u <= UNITS; u++)
        assert_int_equal(travel_find(&centre.server.travel, 2, u)->eta_s,
                         travel_find(&centre.server.travel, 1, u)->eta_s);
}

/* A busy unit counts from where it will be free, one on its way from where it is; one that is off
 * duty does not count. */
static void test_who_counts_from_where(void **state)
{
    struct oracle oracle;
    const struct travel *t = &centre.server.travel;
    (void)state;
    for (uint32_t u = 0; u < UNITS; u++)
        assert_int_equal(streets_fix(&centre, u + 1, unit_at[u], 0), TRACK_LIVE);
    open_incidents();
    centre_say(&centre, "define_hospital H1 code=H-1 name=general at=%.7f,%.7f",
               incident_at[1].lat_e7 / 1e7, incident_at[1].lon_e7 / 1e7);
    centre_say(&centre, "order_unit I1 U1");
    centre_say(&centre, "redirect_unit A1 H1");
    centre_say(&centre, "report_step A1 step=at_hospital");
    centre_say(&centre, "order_unit I2 U2");
    centre_say(&centre, "report_step A2 step=departed");
    centre_say(&centre, "set_duty U3 duty=off");
    streets_settle(&centre);
    oracle_open(&oracle, NULL, 0);
    oracle_aim(&oracle, incident_at[2]);
    assert_int_equal(travel_find(t, 3, 1)->eta_s, oracle_eta_s(&oracle, incident_at[1]));
    assert_int_equal(travel_find(t, 3, 2)->eta_s, oracle_eta_s(&oracle, unit_at[1]));
    assert_true(travel_find(t, 3, 1)->offered && travel_find(t, 2, 2)->offered);
    assert_null(travel_find(t, 3, 3));
    assert_null(travel_find(t, 1, 4)); /* served: nobody else is asked about */
    oracle_close(&oracle);
}

struct order {
    uint64_t epoch;
    uint32_t offers, activations;
};

static bool look(void *context, const struct record *record)
{
    struct order *order = context;
    for (uint32_t i = 0; i < record->fact_count; i++) {
        const struct fact *fact = &record->fact[i];
        if (fact->kind == FACT_WEIGHTS_ACTIVATED) {
            assert_true(fact->weights_activated.epoch > order->epoch);
            order->epoch = fact->weights_activated.epoch;
            order->activations++;
        } else if (fact->kind == FACT_RECOMMENDED) {
            assert_int_equal(fact->recommended.weights_epoch, order->epoch);
            order->offers++;
        }
    }
    return true;
}

static void test_closures(void **state)
{
    struct road_condition conditions[4096];
    struct order order = {0};
    size_t n = 0;
    uint32_t ways = 0;
    (void)state;
    for (uint32_t u = 0; u < UNITS; u++)
        assert_int_equal(streets_fix(&centre, u + 1, unit_at[u], 0), TRACK_LIVE);
    open_incidents();
    streets_settle(&centre);
    uint32_t before_s = travel_find(&centre.server.travel, 1, 1)->eta_s;
    uint32_t street = street_on_the_way();
    const uint32_t *arc = road_way_arcs(&road, road.arc[street].way_id, &ways);
    for (uint32_t i = 0; i < ways; i++)
        conditions[n++] = (struct road_condition){arc[i], 0};
    centre_say(&centre, "set_road_condition state=closed way=%lld lat_e7=1 lon_e7=1 cause=flood",
               (long long)road.arc[street].way_id);
    streets_settle(&centre);
    assert_true(travel_find(&centre.server.travel, 1, 1)->eta_s > before_s);
    assert_times(conditions, n);

    conditions[0].speed_percent = 25; /* the same condition, now only slow */
    for (size_t i = 1; i < n; i++)
        conditions[i].speed_percent = 25;
    centre_say(&centre, "set_road_condition R1 state=slow slow_pct=400 way=%lld lat_e7=1 lon_e7=1",
               (long long)road.arc[street].way_id);
    streets_settle(&centre);
    assert_times(conditions, n);
    centre_say(&centre, "clear_road_condition R1");
    streets_settle(&centre);
    assert_int_equal(travel_find(&centre.server.travel, 1, 1)->eta_s, before_s);

    struct feed *feed = &centre.server.pipeline.feed;
    centre_until(&centre, feed->durable == pipeline_seq(&centre.server.pipeline));
    assert_true(feed_read(feed, 0, UINT64_MAX, look, &order) > 0);
    assert_true(order.offers > 0 && order.activations >= 4);
}

/* The circle lies between two points of a straight street: neither end is within it. */
static void test_closure_by_circle(void **state)
{
    (void)state;
    for (uint32_t u = 0; u < UNITS; u++)
        assert_int_equal(streets_fix(&centre, u + 1, unit_at[u], 0), TRACK_LIVE);
    open_incidents();
    streets_settle(&centre);
    uint32_t before_s = travel_find(&centre.server.travel, 1, 1)->eta_s;
    uint32_t street = street_on_the_way(), longest = 0;
    double longest_m = 0;
    for (uint32_t i = 0; i + 1 < road.arc[street].shape_n; i++) {
        double m =
            point_dist_m(road_arc_point(&road, street, i), road_arc_point(&road, street, i + 1));
        if (m > longest_m) {
            longest_m = m;
            longest = i;
        }
    }
    struct point a = road_arc_point(&road, street, longest);
    struct point b = road_arc_point(&road, street, longest + 1);
    assert_true(longest_m > 40);
    centre_say(&centre, "set_road_condition state=closed at=%.7f,%.7f radius_m=15",
               (a.lat_e7 / 2 + b.lat_e7 / 2) / 1e7, (a.lon_e7 / 2 + b.lon_e7 / 2) / 1e7);
    streets_settle(&centre);
    assert_true(travel_find(&centre.server.travel, 1, 1)->eta_s > before_s);
}

/* Closures come and go while the hierarchy serves: it follows, and nothing else was asked. */
static void test_hierarchy_follows(void **state)
{
    struct travel *t = &centre.server.travel;
    (void)state;
    for (uint32_t u = 0; u < UNITS; u++)
        assert_int_equal(streets_fix(&centre, u + 1, unit_at[u], 0), TRACK_LIVE);
    open_incidents();
    streets_settle(&centre);
    assert_non_null(t->job->metric);
    for (uint64_t closure = 1; closure <= 6; closure++) {
        centre_say(&centre, "set_road_condition state=closed at=%.7f,%.7f radius_m=200",
                   unit_at[closure].lat_e7 / 1e7, unit_at[closure].lon_e7 / 1e7);
        streets_settle(&centre);
        assert_non_null(t->job->metric);
        assert_int_equal(t->job->metric->condition_seq, t->condition_seq);
        assert_true(t->job->metric->weights.hash == t->job->weights.hash);
    }
    for (uint64_t closure = 1; closure <= 6; closure++)
        centre_say(&centre, "clear_road_condition R%" PRIu64, closure);
    streets_settle(&centre);
    assert_times(NULL, 0);
    assert_non_null(t->job->metric);
}

/* The order is kept beside the roads; one that cannot be kept, or is damaged, is made again. */
static void test_order_is_kept(void **state)
{
    char path[CONFIG_TEXT_MAX + 32];
    struct travel *t = &centre.server.travel;
    (void)state;
    assert_false(t->cch.order_was_kept);
    snprintf(path, sizeof(path), "%s/road.bin.order", centre.config.server.data_dir);
    centre_stop(&centre);
    centre_start(&centre);
    centre_until(&centre, has_hierarchy());
    assert_true(t->cch.order_was_kept);
    centre_stop(&centre);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0); /* nothing can be written there */
    centre_start(&centre);
    centre_until(&centre, has_hierarchy());
    assert_false(t->cch.order_was_kept);
}

static void test_where_the_road_does_not_answer(void **state)
{
    struct point desert = {road.south_west.lat_e7 - 300000, road.south_west.lon_e7 - 300000};
    const struct travel_time *time;
    (void)state;
    assert_int_equal(streets_fix(&centre, 1, desert, 0), TRACK_LIVE); /* off the network */
    assert_int_equal(streets_fix(&centre, 2, unit_at[1], 3600 * 1000),
                     TRACK_LIVE); /* seen an hour ago */
    open_incidents();             /* U3 has no fix: it stands at its station */
    streets_settle(&centre);
    for (uint64_t u = 1; u <= 2; u++) {
        time = travel_find(&centre.server.travel, 1, u);
        assert_non_null(time);
        assert_int_equal(time->source, SOURCE_CROW);
        assert_int_equal(time->eta_s,
                         crow_eta_s(u == 1 ? desert : unit_at[1], incident_at[0], 140, 40));
    }
    time = travel_find(&centre.server.travel, 1, 3);
    assert_int_equal(time->source, SOURCE_ROAD);
    assert_int_equal(time->age_s, centre.config.recommend.lost_fix_s);
    assert_null(travel_find(&centre.server.travel, 1, 99));
    assert_null(travel_find(&centre.server.travel, 99, 1));
}

static int start_without_road(void **state)
{
    (void)state;
    make_config(false);
    centre_start(&centre);
    found_town();
    return 0;
}

static void test_no_road_file(void **state)
{
    (void)state;
    assert_false(centre.server.travel.has_road);
    assert_int_equal(streets_fix(&centre, 1, unit_at[0], 0), TRACK_LIVE);
    open_incidents();
    streets_settle(&centre);
    for (uint32_t i = 0; i < INCIDENTS; i++) {
        const struct travel_time *time = travel_find(&centre.server.travel, i + 1, 1);
        assert_int_equal(time->source, SOURCE_CROW);
        assert_int_equal(time->eta_s, crow_eta_s(unit_at[0], incident_at[i], 140, 40));
    }
    const struct incident *incident = state_incident(&centre.server.pipeline.core.state, 1);
    assert_true(incident->row_unit.n > 0);
    assert_int_equal(incident->row_source.v[0], SOURCE_CROW);
    centre.config.recommend.crow_speed_kmh = 80; /* reload takes effect */
    travel_reload(&centre.server.travel, &centre.config);
    travel_moved(&centre.server.travel);
    streets_settle(&centre);
    assert_int_equal(travel_find(&centre.server.travel, 1, 1)->eta_s,
                     crow_eta_s(unit_at[0], incident_at[0], 140, 80));
}

/* What was open before a restart is offered again, on weights of a later epoch. */
static void test_restart(void **state)
{
    (void)state;
    assert_int_equal(streets_fix(&centre, 1, unit_at[0], 0), TRACK_LIVE);
    open_incidents();
    streets_settle(&centre);
    uint64_t epoch = centre.server.pipeline.core.state.head->weights_epoch;
    uint32_t eta_s = travel_find(&centre.server.travel, 1, 1)->eta_s;
    centre_stop(&centre);
    centre_start(&centre);
    centre_until(&centre, travel_find(&centre.server.travel, 1, 1));
    assert_int_equal(travel_find(&centre.server.travel, 1, 1)->eta_s, eta_s);
    streets_settle(&centre);
    assert_true(centre.server.pipeline.core.state.head->weights_epoch > epoch);
}

static int make_streets(void **state)
{
    (void)state;
    streets_make(&road);
    for (uint32_t a = 0; a < road.arc_n; a++)
        assert_int_equal(road.arc[a].original, a); /* so that the oracle may be plain */
    for (uint32_t u = 0; u < UNITS; u++)
        unit_at[u] = streets_node(&road, u + 1);
    for (uint32_t i = 0; i < INCIDENTS; i++)
        incident_at[i] = streets_node(&road, i + 1000);
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
        cmocka_unit_test_setup_teardown(test_times_are_dijkstras, start_dijkstra, stop),
        cmocka_unit_test_setup_teardown(test_closures, start_dijkstra, stop),
        cmocka_unit_test_setup_teardown(test_closure_by_circle, start_dijkstra, stop),
        cmocka_unit_test_setup_teardown(test_who_counts_from_where, start_dijkstra, stop),
        cmocka_unit_test_setup_teardown(test_times_are_dijkstras, start_hierarchy, stop),
        cmocka_unit_test_setup_teardown(test_closures, start_hierarchy, stop),
        cmocka_unit_test_setup_teardown(test_closure_by_circle, start_hierarchy, stop),
        cmocka_unit_test_setup_teardown(test_closures, start_rebuilding, stop),
        cmocka_unit_test_setup_teardown(test_hierarchy_follows, start_hierarchy, stop),
        cmocka_unit_test_setup_teardown(test_order_is_kept, start_hierarchy, stop),
        cmocka_unit_test_setup_teardown(test_where_the_road_does_not_answer, start, stop),
        cmocka_unit_test_setup_teardown(test_no_road_file, start_without_road, stop),
        cmocka_unit_test_setup_teardown(test_restart, start, stop),
    };
    return cmocka_run_group_tests(tests, make_streets, drop_streets);
}
