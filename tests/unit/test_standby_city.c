/* standby_city: what a unit more would save and one less would cost is the difference of two
 * expected prices of the next call, counted out over who is busy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "sim/standby_city.h"

enum { NODES = 6, STATIONS = 3 };

#define FREE_S 5000.0
#define LATE_S 400.0
#define COVER_S 90.0

static const uint32_t station_at[STATIONS] = {0, 2, 5};
static const double weight[NODES] = {4, 1, 0.5, 2, 1, 1.5};
static struct judge_city city;

/* A straight road with a node every kilometre, a minute each; every node is a place of demand. */
static int make_city(void **state)
{
    struct ways *w = &city.ways;
    struct judge_cells *cells = calloc(1, sizeof(*cells));
    (void)state;
    *w = (struct ways){.is_table = true, .mode_n = 1, .node_n = NODES, .x_scale = 1, .y_scale = 1};
    w->x = calloc(NODES, sizeof(*w->x));
    w->y = calloc(NODES, sizeof(*w->y));
    w->access = calloc(NODES, sizeof(*w->access));
    w->ns[0] = calloc((size_t)NODES * NODES, sizeof(*w->ns[0]));
    cells->x = calloc(NODES, sizeof(*cells->x));
    cells->y = calloc(NODES, sizeof(*cells->y));
    cells->weight = calloc(NODES, sizeof(*cells->weight));
    for (int i = 0; i < NODES; i++) {
        w->x[i] = cells->x[i] = i;
        w->access[i] = true;
        cells->weight[i] = weight[i];
        cells->weight_sum += weight[i];
        for (int j = 0; j < NODES; j++)
            w->ns[0][i * NODES + j] = abs(i - j) * 60 * JUDGE_SECOND;
    }
    cells->n = NODES;
    if (ways_finish(w, NULL) < 0 || judge_always(&city) < 0)
        return -1;
    city.cells = cells;
    city.raster_n = 1;
    city.rate_of[0][0] = 100;
    city.cover_ns[0] = (int64_t)COVER_S * JUDGE_SECOND;
    city.station = calloc(STATIONS, sizeof(*city.station));
    city.station_n = STATIONS;
    for (int s = 0; s < STATIONS; s++) {
        city.station[s].x = station_at[s];
        judge_join(&city, &city.station[s]);
    }
    return 0;
}

static int close_city(void **state)
{
    (void)state;
    judge_city_close(&city);
    return 0;
}

static double drive_s(int node, int station)
{
    return 60.0 * abs(node - (int)station_at[station]);
}

static double far_times; /* a second of a drive beyond the cover time costs so much more */

static double price_s(int node, int station, double late_s)
{
    double s = drive_s(node, station);
    return s + (s > COVER_S ? late_s + far_times * (s - COVER_S) : 0);
}

/* Of a call from the node: each unit in turn, nearest first, with chance 1 - busy. */
static double wait_s(int node, const uint32_t *at, double busy, double late_s)
{
    bool asked[STATIONS] = {false};
    double wait = 0, left = 1, mean = 0;
    for (int i = 0; i < STATIONS; i++) {
        int nearest = -1;
        for (int s = 0; s < STATIONS; s++)
            if (!asked[s] && (nearest < 0 || drive_s(node, s) < drive_s(node, nearest)))
                nearest = s;
        asked[nearest] = true;
        mean += price_s(node, nearest, 0) / STATIONS;
        for (uint32_t n = 0; n < at[nearest]; n++) {
            wait += left * (1 - busy) * price_s(node, nearest, late_s);
            left *= busy;
        }
    }
    return wait + left * (FREE_S + late_s + mean);
}

static double standby_of(const uint32_t *at, double busy, double late_s)
{
    double sum = 0, all = 0;
    for (int i = 0; i < NODES; i++) {
        sum += weight[i] * wait_s(i, at, busy, late_s);
        all += weight[i];
    }
    return sum / all;
}

/* Milliseconds are cut off at every rank. */
static void assert_near(int64_t ms, double s)
{
    double off = (double)ms / 1000 - s;
    assert_true(off < 0.02 && off > -0.02);
}

static void check_stand(struct standby_city *standby, const uint32_t *stand, int64_t busy_permille,
                        double late_s)
{
    uint32_t at[STATIONS] = {stand[0], stand[1], stand[2]};
    double busy = (double)busy_permille / 1000, now_s = standby_of(at, busy, late_s);
    standby_city_see(standby, 0, at, busy_permille);
    for (int s = 0; s < STATIONS; s++) {
        at[s]++;
        assert_near(standby->gain_ms[s], now_s - standby_of(at, busy, late_s));
        at[s]--;
        if (at[s] == 0) {
            assert_int_equal(standby->loss_ms[s], 0);
            continue;
        }
        at[s]--;
        assert_near(standby->loss_ms[s], standby_of(at, busy, late_s) - now_s);
        at[s]++;
    }
}

static void gains_and_losses_are_differences_of_waits(void **state)
{
    static const uint32_t stands[][STATIONS] = {{0, 0, 0}, {1, 0, 0}, {0, 1, 1},
                                                {2, 0, 1}, {1, 1, 1}, {0, 3, 0}};
    static const int64_t busy_permille[] = {200, 500, 800};
    static const int64_t late_ms[] = {0, (int64_t)(LATE_S * 1000), (int64_t)(LATE_S * 1000)};
    static const int64_t far_permille[] = {0, 0, 2500};
    (void)state;
    for (size_t l = 0; l < 3; l++) {
        const struct standby_rules rules = {(int64_t)(FREE_S * 1000), late_ms[l], far_permille[l]};
        struct standby_city standby;
        far_times = (double)far_permille[l] / 1000;
        assert_int_equal(standby_city_make(&standby, &city, &rules), 0);
        assert_int_equal(standby.place_n, NODES);
        for (size_t i = 0; i < sizeof(stands) / sizeof(stands[0]); i++)
            for (size_t b = 0; b < sizeof(busy_permille) / sizeof(busy_permille[0]); b++)
                check_stand(&standby, stands[i], busy_permille[b], (double)late_ms[l] / 1000);
        standby_city_close(&standby);
    }
}

/* The answer to a question is not kept for another: units, busy share, hour of the demand. */
static void another_question_is_looked_at_anew(void **state)
{
    const struct standby_rules rules = {(int64_t)(FREE_S * 1000), 0, 0};
    const uint32_t one[STATIONS] = {1, 0, 0}, other[STATIONS] = {0, 0, 1};
    struct standby_city standby;
    (void)state;
    assert_int_equal(standby_city_make(&standby, &city, &rules), 0);
    standby_city_see(&standby, 0, one, 300);
    int64_t gain_ms = standby.gain_ms[1];
    standby_city_see(&standby, 0, other, 300);
    assert_int_not_equal(standby.gain_ms[1], gain_ms);
    standby_city_see(&standby, 0, one, 600);
    assert_int_not_equal(standby.gain_ms[1], gain_ms);
    standby_city_see(&standby, 0, one, 300);
    assert_int_equal(standby.gain_ms[1], gain_ms);
    standby_city_close(&standby);
}

/* With somebody nearly always free, who stands far away is never asked: nothing is lost. */
static void nobody_is_asked_behind_many(void **state)
{
    const uint32_t at[STATIONS] = {8, 1, 8};
    const struct standby_rules rules = {(int64_t)(FREE_S * 1000), 0, 0};
    struct standby_city standby;
    (void)state;
    assert_int_equal(standby_city_make(&standby, &city, &rules), 0);
    standby_city_see(&standby, 0, at, 100);
    assert_true(standby.loss_ms[0] < 10 && standby.loss_ms[2] < 10);
    assert_true(standby.loss_ms[1] > 1000);
    standby_city_close(&standby);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gains_and_losses_are_differences_of_waits),
        cmocka_unit_test(another_question_is_looked_at_anew),
        cmocka_unit_test(nobody_is_asked_behind_many),
    };
    return cmocka_run_group_tests(tests, make_city, close_city);
}
