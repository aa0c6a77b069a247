/* standby: what a unit more would save and one less would cost is the difference of two expected
 * waits, counted out over who is busy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "sim/standby.h"

enum { NODES = 6, STATIONS = 3 };

#define FREE_S 5000.0

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
    if (ways_finish(w, NULL) < 0)
        return -1;
    city.cells = cells;
    city.raster_n = city.travel_n = city.demand_n = 1;
    city.rate_of[0][0] = 100;
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

/* Of a call from the node: each unit in turn, nearest first, with chance 1 - busy. */
static double wait_s(int node, const uint32_t *at, double busy)
{
    bool asked[STATIONS] = {false};
    double wait = 0, left = 1, mean = 0;
    for (int i = 0; i < STATIONS; i++) {
        int nearest = -1;
        for (int s = 0; s < STATIONS; s++)
            if (!asked[s] && (nearest < 0 || drive_s(node, s) < drive_s(node, nearest)))
                nearest = s;
        asked[nearest] = true;
        mean += drive_s(node, nearest) / STATIONS;
        for (uint32_t n = 0; n < at[nearest]; n++) {
            wait += left * (1 - busy) * drive_s(node, nearest);
            left *= busy;
        }
    }
    return wait + left * (FREE_S + mean);
}

static double standby_of(const uint32_t *at, double busy)
{
    double sum = 0, all = 0;
    for (int i = 0; i < NODES; i++) {
        sum += weight[i] * wait_s(i, at, busy);
        all += weight[i];
    }
    return sum / all;
}

static void assert_near(double a, double b)
{
    assert_true(a - b < 1e-6 && b - a < 1e-6);
}

static void gains_and_losses_are_differences_of_waits(void **state)
{
    static const uint32_t stands[][STATIONS] = {{0, 0, 0}, {1, 0, 0}, {0, 1, 1},
                                                {2, 0, 1}, {1, 1, 1}, {0, 3, 0}};
    static const double busy[] = {0.2, 0.5, 0.8};
    struct standby standby;
    (void)state;
    assert_int_equal(standby_make(&standby, &city, FREE_S), 0);
    assert_int_equal(standby.place_n, NODES);
    for (size_t i = 0; i < sizeof(stands) / sizeof(stands[0]); i++)
        for (size_t b = 0; b < sizeof(busy) / sizeof(busy[0]); b++) {
            uint32_t at[STATIONS] = {stands[i][0], stands[i][1], stands[i][2]};
            double now_s = standby_of(at, busy[b]);
            standby_see(&standby, 0, at, busy[b]);
            for (int s = 0; s < STATIONS; s++) {
                at[s]++;
                assert_near(standby.gain_s[s], now_s - standby_of(at, busy[b]));
                at[s]--;
                if (at[s] == 0) {
                    assert_near(standby.loss_s[s], 0);
                    continue;
                }
                at[s]--;
                assert_near(standby.loss_s[s], standby_of(at, busy[b]) - now_s);
                at[s]++;
            }
        }
    standby_close(&standby);
}

/* With somebody nearly always free, who stands far away is never asked: nothing is lost. */
static void nobody_is_asked_behind_many(void **state)
{
    const uint32_t at[STATIONS] = {8, 1, 8};
    struct standby standby;
    (void)state;
    assert_int_equal(standby_make(&standby, &city, FREE_S), 0);
    standby_see(&standby, 0, at, 0.1);
    assert_true(standby.loss_s[0] < 0.01 && standby.loss_s[2] < 0.01);
    assert_true(standby.loss_s[1] > 1);
    standby_close(&standby);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gains_and_losses_are_differences_of_waits),
        cmocka_unit_test(nobody_is_asked_behind_many),
    };
    return cmocka_run_group_tests(tests, make_city, close_city);
}
