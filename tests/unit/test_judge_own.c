/* A city of our own before the judge: driving times are the road engine's, drawn calls follow the
 * demand, a recording keeps its times, seeds give intervals. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "geo/field.h"
#include "geo/load.h"
#include "sim/city_roads.h"
#include "sim/drive.h"
#include "sim/judge.h"
#include "sim/judge_own.h"
#include "sim/judge_run.h"
#include "tests/lib/temp_dir.h"

static char dir[TEMP_DIR_MAX];
static struct judge_own own;
static struct judge_city city;

static int make_city(void **state)
{
    static struct city made;
    struct road road;
    char path[TEMP_DIR_MAX + 16], errmsg[ERRMSG_MAX];
    (void)state;
    temp_dir_make(dir);
    if (city_roads_make(640200, &road, errmsg) < 0)
        return -1;
    city_make(&made, 640200, &road);
    snprintf(path, sizeof(path), "%s/road.bin", dir);
    int err = city_save(&made, dir, errmsg) < 0 || road_save(&road, path, errmsg) < 0;
    road_close(&road);
    return err ? -1 : 0;
}

static int remove_city(void **state)
{
    (void)state;
    temp_dir_remove(dir);
    return 0;
}

static void open_city(const char *recording)
{
    if (judge_own_open(&own, &city, dir, SOURCE_DIR "/deploy", recording) < 0)
        fail_msg("%s", city.errmsg);
}

static void close_city(void)
{
    judge_own_close(&own);
    judge_city_close(&city);
}

/* Places are nodes of the net; off the road their way is the crow's. */
static void times_are_the_roads(void **state)
{
    struct dice dice = dice_make(5, "pairs");
    struct field field;
    struct weights weights;
    const struct snap_config config = {.far_m = 2000, .heading_kmh_min = 1000};
    (void)state;
    open_city(NULL);
    assert_int_equal(field_init(&field, &own.drive.road), 0);
    assert_int_equal(weights_init(&weights, &own.drive.road), 0);
    assert_int_equal(weights_build(&weights, &own.drive.road,
                                   speeds_profile(&own.drive.speeds, "emergency"),
                                   (uint32_t)own.rules.hour_of_week, NULL, 0, 1),
                     0);
    for (int to = 0; to < 12; to++) {
        struct snap snap[2];
        uint32_t b = dice_below(&dice, city.ways.node_n);
        struct judge_place at = {.x = city.ways.x[b], .y = city.ways.y[b]};
        size_t n = grid_place(&own.drive.grid, &config, judge_own_point(&own, &at), snap);
        field_open(&field, &weights, snap, n);
        for (int from = 0; from < 12; from++) {
            uint32_t a = dice_below(&dice, city.ways.node_n), ms;
            struct judge_place start = {.x = city.ways.x[a], .y = city.ways.y[a]};
            struct snap stands[2];
            n = grid_place(&own.drive.grid, &config, judge_own_point(&own, &start), stands);
            assert_true(field_eta_best(&field, stands, n, &ms, NULL));
            assert_int_equal(ways_ns(&city.ways, 0, a, b), (int64_t)ms * 1000000);
        }
    }
    field_close(&field);
    weights_close(&weights);
    close_city();
}

static void calls_follow_the_demand(void **state)
{
    uint32_t by_priority[JUDGE_PRIORITIES] = {0}, night = 0, day = 0;
    (void)state;
    open_city(NULL);
    assert_int_equal(judge_own_draw(&own, &city, 1), 0);
    double wanted = 0;
    for (int p = 0; p < JUDGE_PRIORITIES; p++)
        wanted += city.rate_of[0][p] * own.rules.days;
    assert_true(city.call_n > 0.94 * wanted && city.call_n < 1.06 * wanted);
    for (uint32_t c = 0; c < city.call_n; c++) {
        int64_t hour = city.call[c].arrival_ns / (3600 * JUDGE_SECOND) % 24;
        by_priority[city.call[c].priority]++;
        night += hour >= 1 && hour < 5;
        day += hour >= 8 && hour < 12;
        assert_true(c == 0 || city.call[c].arrival_ns >= city.call[c - 1].arrival_ns);
        assert_true(city.call[c].at.off_km * 1000 < 2 * 1600);
    }
    assert_true(day > 2 * night);
    for (int p = 0; p < JUDGE_PRIORITIES; p++) {
        double rate = city.rate_of[0][p] * own.rules.days;
        assert_true(by_priority[p] > 0.85 * rate && by_priority[p] < 1.15 * rate);
    }
    int64_t first_ns = city.call[0].arrival_ns;
    assert_int_equal(judge_own_draw(&own, &city, 2), 0);
    assert_true(city.call[0].arrival_ns != first_ns);
    assert_int_equal(judge_own_draw(&own, &city, 1), 0);
    assert_true(city.call[0].arrival_ns == first_ns);
    close_city();
}

static void write_recording(const char *path)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs("call,received,lat,lon,unit,ordered,departed,at_scene,left_scene,at_hospital,completed\n"
          "B,2024-05-01T10:00:00Z,39.0200,106.3600,U1,2024-05-01T10:01:00Z,2024-05-01T10:02:00Z,"
          "2024-05-01T10:08:00Z,2024-05-01T10:20:00Z,2024-05-01T10:30:00Z,2024-05-01T10:50:00Z\n"
          "B,2024-05-01T10:00:00Z,39.0200,106.3600,U2,2024-05-01T10:01:00Z,2024-05-01T10:03:00Z,"
          "2024-05-01T10:07:30Z,,,2024-05-01T10:17:30Z\n"
          "A,2024-05-01T09:00:00Z,39.0100,106.3700,U1,2024-05-01T09:01:00Z,2024-05-01T09:02:00Z,"
          "2024-05-01T09:08:00Z,2024-05-01T09:20:00Z,2024-05-01T09:30:00Z,2024-05-01T09:50:00Z\n"
          "N,2024-05-01T11:00:00Z,39.0100,106.3700,,,,,,,\n"
          "W,2024-05-01T11:00:00Z,,,U1,2024-05-01T11:01:00Z,,2024-05-01T11:08:00Z,,,\n",
          out);
    assert_int_equal(fclose(out), 0);
}

static void recording_keeps_its_times(void **state)
{
    char path[TEMP_DIR_MAX + 16];
    (void)state;
    snprintf(path, sizeof(path), "%s/recorded.csv", dir);
    write_recording(path);
    open_city(path);
    assert_int_equal(city.call_n, 2);
    assert_int_equal(own.left_out, 2);
    const struct judge_call *a = &city.call[0], *b = &city.call[1];
    assert_int_equal(a->arrival_ns, 9 * 3600 * JUDGE_SECOND);
    assert_int_equal(a->delay_ns, 120 * JUDGE_SECOND);
    assert_true(a->transport && !b->transport);
    assert_int_equal(a->scene_ns, 720 * JUDGE_SECOND);
    assert_int_equal(a->handover_ns, 1200 * JUDGE_SECOND);
    assert_int_equal(b->delay_ns, 180 * JUDGE_SECOND); /* U2 was there first */
    assert_int_equal(b->scene_ns, 600 * JUDGE_SECOND);
    struct judge_run run = {.city = &city, .policy = &policy_ours, .window_to_ns = INT64_MAX};
    run.busy_fraction = 0.5;
    assert_int_equal(judge_run(&run), 0);
    assert_true(run.outcome[0].response_ns > a->delay_ns);
    judge_run_close(&run);
    close_city();
}

/* Two seeds: twice the calls, an interval, every policy on the same ones. */
static void seeds_give_intervals(void **state)
{
    char errmsg[ERRMSG_MAX], summary[TEMP_DIR_MAX + 16], report[TEMP_DIR_MAX + 16], line[512];
    struct judge_options options = {.city = dir,
                                    .deploy = SOURCE_DIR "/deploy",
                                    .policy = "closest,ours",
                                    .summary = summary,
                                    .report = report,
                                    .seed = 3,
                                    .seeds = 2,
                                    .from_day = 1};
    uint32_t calls[2] = {0}, rows = 0;
    (void)state;
    snprintf(summary, sizeof(summary), "%s/summary.csv", dir);
    snprintf(report, sizeof(report), "%s/report.html", dir);
    if (judge_command(&options, errmsg) < 0)
        fail_msg("%s", errmsg);
    FILE *in = fopen(summary, "r");
    assert_non_null(in);
    while (fgets(line, sizeof(line), in)) {
        double half;
        const char *last = strrchr(line, ',');
        if (!strstr(line, ",all,"))
            continue;
        assert_int_equal(sscanf(strstr(line, ",all,"), ",all,%u,", &calls[rows++ % 2]), 1);
        assert_int_equal(sscanf(last, ",%lf", &half), 1);
        assert_true(half > 0);
    }
    fclose(in);
    assert_int_equal(rows, 2);
    assert_int_equal(calls[0], calls[1]);
    options.out = summary;
    options.policy = "ours";
    assert_true(judge_command(&options, errmsg) < 0);
    assert_non_null(strstr(errmsg, "one seed"));
}

/* Days of a file in another order: as many, each whole. */
static void days_drawn_again(void **state)
{
    struct judge_call file[300];
    struct judge_city other = {.start_ns = 0};
    (void)state;
    for (uint32_t c = 0; c < 300; c++)
        file[c] = (struct judge_call){.arrival_ns = (int64_t)(c / 30) * JUDGE_DAY +
                                                    (int64_t)(c % 30) * 600 * JUDGE_SECOND,
                                      .scene_ns = c / 30};
    assert_int_equal(judge_redraw(&other, file, 300, 4), 0);
    assert_int_equal(other.call_n, 300);
    for (uint32_t c = 0; c < 300; c++) {
        assert_int_equal(other.call[c].arrival_ns, file[c].arrival_ns);
        assert_int_equal(other.call[c].scene_ns, other.call[c / 30 * 30].scene_ns);
    }
    judge_city_close(&other);
}

static void refuses_bad_files(void **state)
{
    char errmsg[ERRMSG_MAX], path[TEMP_DIR_MAX + 16];
    struct judge_options options = {.city = dir, .deploy = dir, .policy = "ours", .from_day = 1};
    (void)state;
    assert_true(judge_command(&options, errmsg) < 0);
    assert_non_null(strstr(errmsg, "demand.conf"));
    options.deploy = SOURCE_DIR "/deploy";
    snprintf(path, sizeof(path), "%s/empty.csv", dir);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs("call,received\nX,2024-05-01T11:00:00Z\n", out);
    fclose(out);
    options.calls = path;
    assert_true(judge_command(&options, errmsg) < 0);
    assert_non_null(strstr(errmsg, "no call has a place"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_the_roads),       cmocka_unit_test(calls_follow_the_demand),
        cmocka_unit_test(recording_keeps_its_times), cmocka_unit_test(seeds_give_intervals),
        cmocka_unit_test(days_drawn_again),          cmocka_unit_test(refuses_bad_files),
    };
    return cmocka_run_group_tests(tests, make_city, remove_city);
}
