/* The judge on small towns: hub labels against a plain search, every policy's runs keep the rules
 * of the simulation, bad files are refused by name and line. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "sim/cover.h"
#include "sim/judge.h"
#include "sim/judge_run.h"
#include "sim/judge_stats.h"
#include "tests/lib/judge_town.h"
#include "tests/lib/temp_dir.h"

static char dir[TEMP_DIR_MAX];

static const struct judge_policy *const policies[] = {
    &policy_closest, &policy_closest_redisp, &policy_dmexclp, &policy_dmexclp_redisp, &policy_ours};
enum { POLICIES = 5, UNITS = 6, CALLS = 700 };

static void load(struct judge_city *city, const char *cache)
{
    char calls[TEMP_DIR_MAX + 16];
    snprintf(calls, sizeof(calls), "%s/calls.csv", dir);
    if (judge_jemss_load(city, dir, true, cache) < 0 || judge_jemss_calls(city, calls) < 0)
        fail_msg("%s", city->errmsg);
}

static void run(struct judge_city *city, const struct judge_policy *policy, struct judge_run *r)
{
    *r = (struct judge_run){.city = city,
                            .policy = policy,
                            .busy_fraction = 0.5,
                            .window_from_ns = 0,
                            .window_to_ns = INT64_MAX};
    if (judge_run(r) < 0)
        fail_msg("%s: %s", policy->name, r->errmsg);
}

/* Bellman-Ford, as long as anything gets shorter. */
static void search(const struct ways *w, uint32_t mode, uint32_t from, int64_t *dist)
{
    bool shorter = true;
    for (uint32_t v = 0; v < w->node_n; v++)
        dist[v] = v == from ? 0 : WAYS_NEVER;
    while (shorter) {
        shorter = false;
        for (uint32_t a = 0; a < w->arc_n; a++) {
            int64_t at = dist[w->tail[a]];
            if (at == WAYS_NEVER || at + w->ns[mode][a] >= dist[w->head[a]])
                continue;
            dist[w->head[a]] = at + w->ns[mode][a];
            shorter = true;
        }
    }
}

static void check_times(struct ways *w)
{
    int64_t *dist = malloc(w->node_n * sizeof(*dist));
    for (uint32_t mode = 0; mode < w->mode_n; mode++)
        for (uint32_t from = 0; from < w->node_n; from += 7) {
            search(w, mode, from, dist);
            for (uint32_t to = 0; to < w->node_n; to++) {
                assert_true(ways_ns(w, mode, from, to) == dist[to]);
                assert_true(hub_time(&w->labels[mode], from, to, NULL) == dist[to]);
            }
        }
    free(dist);
}

static void labels_know_every_shortest_way(void **state)
{
    (void)state;
    struct judge_city city;
    load(&city, NULL);
    check_times(&city.ways);
    judge_city_close(&city);
}

/* Walking node by node takes what the whole way takes, by tree and by labels. */
static void paths_add_up(void **state)
{
    (void)state;
    struct judge_city city;
    load(&city, NULL);
    struct ways *w = &city.ways;
    for (uint32_t from = 0; from < w->node_n; from += 5)
        for (int often = 0; often < 2; often++) {
            uint32_t node = from, to = (from * 31 + 17) % w->node_n;
            int64_t sum = 0, ns, whole = ways_ns(w, 0, from, to);
            for (; whole != WAYS_NEVER && node != to; sum += ns)
                node = ways_next(w, 0, node, to, whole - sum, often, &ns);
            assert_true(whole == WAYS_NEVER || sum == whole);
        }
    judge_city_close(&city);
}

static void labels_come_back_from_the_cache(void **state)
{
    (void)state;
    struct judge_city made, read;
    load(&made, dir);
    load(&read, dir);
    assert_non_null(read.ways.labels[0].map);
    check_times(&read.ways);
    judge_city_close(&made);
    judge_city_close(&read);
}

static void check_run(const struct judge_run *r)
{
    for (uint32_t c = 0; c < r->city->call_n; c++) {
        const struct judge_call *call = &r->city->call[c];
        const struct judge_outcome *o = &r->outcome[c];
        assert_true(o->served && o->unit >= 0 && (uint32_t)o->unit < r->city->unit_n);
        assert_true(o->dispatch_ns >= call->arrival_ns + call->delay_ns);
        assert_true(call->arrival_ns + o->response_ns >= o->dispatch_ns);
        assert_true((o->hospital >= 0) == call->transport);
        assert_true(call->hospital < 0 || !call->transport || o->hospital == call->hospital);
        assert_true(r->policy->diverts || o->diversions == 0);
    }
}

static void every_call_is_served_by_the_rules(void **state)
{
    (void)state;
    struct judge_city city;
    load(&city, NULL);
    for (int p = 0; p < POLICIES; p++) {
        struct judge_run r;
        run(&city, policies[p], &r);
        check_run(&r);
        judge_run_close(&r);
    }
    judge_city_close(&city);
}

/* Starvation: no incident waits longer under ours than the worst of the nearest-first rule allows
 * for, and priority 1 never longer than the worst of the others. */
static void ours_lets_nobody_starve(void **state)
{
    (void)state;
    struct judge_city city;
    struct judge_stats nearest, ours;
    struct judge_run r;
    load(&city, NULL);
    run(&city, &policy_closest_redisp, &r);
    assert_int_equal(judge_stats_make(&nearest, &r), 0);
    judge_run_close(&r);
    run(&city, &policy_ours, &r);
    assert_int_equal(judge_stats_make(&ours, &r), 0);
    judge_run_close(&r);
    assert_true(ours.all.max_s <= nearest.all.max_s * 1.5);
    assert_true(ours.priority[0].p99_s <= ours.priority[2].max_s);
    assert_true(ours.all.mean_s < nearest.all.mean_s);
    judge_city_close(&city);
}

static void the_same_seed_gives_the_same_run(void **state)
{
    (void)state;
    for (int p = 0; p < POLICIES; p++) {
        struct judge_city city[2];
        struct judge_run r[2];
        for (int i = 0; i < 2; i++) {
            load(&city[i], NULL);
            run(&city[i], policies[p], &r[i]);
        }
        for (uint32_t c = 0; c < city[0].call_n; c++) {
            assert_int_equal(r[0].outcome[c].unit, r[1].outcome[c].unit);
            assert_true(r[0].outcome[c].response_ns == r[1].outcome[c].response_ns);
        }
        for (int i = 0; i < 2; i++) {
            judge_run_close(&r[i]);
            judge_city_close(&city[i]);
        }
    }
}

/* What one more unit gains is what the last one is worth; a second at the same place is worth the
 * busy share of it; nothing is covered twice over beyond all there is. */
static void cover_counts_what_a_unit_adds(void **state)
{
    (void)state;
    struct judge_city city;
    struct cover cover;
    uint32_t at[8] = {0};
    double first[8], second[8];
    load(&city, NULL);
    assert_true(city.station_n <= 8);
    assert_int_equal(cover_make(&cover, &city), 0);
    cover_gains(&cover, &city, 0, at, 0.4, first);
    for (uint32_t s = 0; s < city.station_n; s++) {
        at[s] = 1;
        assert_true(first[s] >= 0 && first[s] <= 0.6);
        assert_true(fabs(cover_of_last(&cover, &city, 0, at, s, 0.4) - first[s]) < 1e-12);
        cover_gains(&cover, &city, 0, at, 0.4, second);
        assert_true(fabs(second[s] - 0.4 * first[s]) < 1e-12);
        at[s] = 0;
    }
    uint32_t best = cover_best_station(&cover, &city, 0, at, 0.4);
    for (uint32_t s = 0; s < city.station_n; s++)
        assert_true(first[s] <= first[best]);
    assert_true(first[best] > 0);
    cover_close(&cover);
    judge_city_close(&city);
}

static void units_are_taken_and_added(void **state)
{
    (void)state;
    struct judge_city city;
    load(&city, NULL);
    assert_int_equal(judge_set_units(&city, UNITS - 2), 0);
    assert_int_equal(city.unit_n, UNITS - 2);
    assert_int_equal(judge_set_units(&city, UNITS), 0);
    assert_int_equal(city.unit_station[UNITS - 2], city.unit_station[0]);
    assert_int_equal(judge_set_units(&city, 0), -1);
    judge_city_close(&city);
}

static void write_file(const char *name, const char *text)
{
    char path[TEMP_DIR_MAX + 32];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static void bad_files_are_refused_by_line(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text, *complaint;
    } bad[] = {
        {"stations_1.csv", "stations,\nindex,x,y\n1,3,4\n3,5,6\n", "stations_1.csv:4: index 3"},
        {"stations_1.csv", "stations,\nindex,x\n1,3\n", "column \"y\" is missing"},
        {"ambulances_1.csv", "ambulances,\nindex,stationIndex\n1,9\n", "9 is not between 1 and 5"},
        {"map_1.csv", "map,\nxScale,yScale\nwide,1\n", "\"wide\" is not a number"},
        {"arcs.csv", "miscData,\narcForm,numModes\nsideways,2\n", "neither directed"},
        {"travel_1.csv", "travelModes,\n", "no column names"},
        {"demand_cells.csv", "x,y,weight\n1,1,-3\n", "demand_cells.csv:2: field 3"},
        {"redispatch_lower.csv",
         "miscData,\nallowRedispatch,\n1\n,\nredispatchConditions,\n"
         "fromCallPriority,toCallPriority,allowRedispatch\nhighPriority,lowPriority,1\n",
         "only taken for a more urgent"},
        {"calls.csv",
         "miscData,\nstartTime\n0\n,\ncalls,\nindex,priority,x,y,arrivalTime,dispatchDelay,"
         "onSceneDuration,hospitalIndex,transport,handoverDuration\n1,1,2,2,0.5,0,0,-1,0,0\n"
         "2,1,2,2,0.4,0,0,-1,0,0\n",
         "calls.csv:8: calls must be in order"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct judge_city city;
        char calls[TEMP_DIR_MAX + 16];
        snprintf(calls, sizeof(calls), "%s/calls.csv", dir);
        assert_int_equal(judge_town_write(dir, 1, UNITS, 20), 0);
        write_file(bad[i].file, bad[i].text);
        int err = judge_jemss_load(&city, dir, true, NULL);
        if (err == 0)
            err = judge_jemss_calls(&city, calls);
        assert_int_equal(err, -1);
        if (!strstr(city.errmsg, bad[i].complaint))
            fail_msg("\"%s\" lacks \"%s\"", city.errmsg, bad[i].complaint);
        judge_city_close(&city);
    }
}

/* A file says every rush hour of the simulated days anew. */
static void timings_go_on_for_months(void **state)
{
    (void)state;
    enum { DAYS = 150 };
    char path[TEMP_DIR_MAX + 32];
    snprintf(path, sizeof(path), "%s/travel_1.csv", dir);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs("travelModes,,\ntravelModeIndex,offRoadSpeed,\n1,720,\n2,480,\n,,\ntravelSets,,\n"
          "travelSetIndex,priority,travelModeIndex\n1,highPriority,1\n1,medPriority,1\n"
          "1,lowPriority,1\n2,highPriority,2\n2,medPriority,2\n2,lowPriority,2\n,,\n"
          "travelSetsTiming,,\nstartTime,travelSetIndex,\n",
          out);
    for (int day = 0; day < DAYS; day++)
        fprintf(out, "%d,1,\n%d.25,2,\n%d.5,1,\n", day, day, day);
    fclose(out);
    struct judge_city city;
    load(&city, NULL);
    for (int64_t quarter = 0; quarter < 4 * (DAYS + 1); quarter++) {
        uint32_t mode = quarter < 4 * DAYS && quarter % 4 == 1;
        assert_int_equal(judge_mode(&city, 0, quarter * JUDGE_DAY / 4 + JUDGE_SECOND), mode);
        assert_int_equal(judge_mode(&city, 0, (quarter + 1) * JUDGE_DAY / 4 - JUDGE_SECOND), mode);
    }
    judge_city_close(&city);
}

/* A place with no way back is said before anybody drives there. */
static void a_place_without_a_way_back_is_refused(void **state)
{
    (void)state;
    struct judge_city city;
    load(&city, NULL);
    struct hub_side *side = &city.ways.labels[0].to;
    for (uint32_t i = 0; i < side->n; i++)
        side->ns[i] = WAYS_NEVER / 2;
    struct judge_run r = {.city = &city, .policy = &policy_closest};
    assert_int_equal(judge_run(&r), -1);
    assert_non_null(strstr(r.errmsg, "no road leads there"));
    judge_run_close(&r);
    judge_city_close(&city);
}

static void the_command_writes_what_it_says(void **state)
{
    (void)state;
    char errmsg[ERRMSG_MAX], out[TEMP_DIR_MAX + 16], calls[TEMP_DIR_MAX + 16];
    char report[TEMP_DIR_MAX + 16], line[256];
    struct judge_options options = {
        .city = dir, .calls = calls, .policy = "ours", .out = out, .from_day = 1};
    snprintf(out, sizeof(out), "%s/out.csv", dir);
    snprintf(calls, sizeof(calls), "%s/calls.csv", dir);
    snprintf(report, sizeof(report), "%s/report.html", dir);
    if (judge_command(&options, errmsg) < 0)
        fail_msg("%s", errmsg);
    FILE *in = fopen(out, "r");
    assert_non_null(in);
    assert_non_null(fgets(line, sizeof(line), in));
    assert_string_equal(line, "call,priority,arrival_s,dispatch_s,unit,response_s,queued_s,"
                              "diversions,hospital\n");
    int rows = 0;
    while (fgets(line, sizeof(line), in))
        rows++;
    fclose(in);
    assert_int_equal(rows, CALLS);
    options.policy = "closest,ours";
    options.out = NULL;
    options.report = report;
    assert_int_equal(judge_command(&options, errmsg), 0);
    assert_int_equal(access(report, R_OK), 0);
    options.policy = "farthest";
    assert_int_equal(judge_command(&options, errmsg), -1);
    assert_non_null(strstr(errmsg, "no policy \"farthest\""));
}

static int begin(void **state)
{
    (void)state;
    temp_dir_make(dir);
    return judge_town_write(dir, 1, UNITS, CALLS);
}

static int end(void **state)
{
    (void)state;
    temp_dir_remove(dir);
    return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(labels_know_every_shortest_way),  TEST(paths_add_up),
        TEST(labels_come_back_from_the_cache), TEST(every_call_is_served_by_the_rules),
        TEST(ours_lets_nobody_starve),         TEST(the_same_seed_gives_the_same_run),
        TEST(cover_counts_what_a_unit_adds),   TEST(units_are_taken_and_added),
        TEST(bad_files_are_refused_by_line),   TEST(timings_go_on_for_months),
        TEST(a_place_without_a_way_back_is_refused),
        TEST(the_command_writes_what_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
