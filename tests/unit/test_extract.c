/* A real network, from the road file named by MINGDI_ROAD_FILE (dispatchctl import-osm makes one):
 * field values of every node equal a Bellman-Ford's, by Dijkstra and by the contraction hierarchy,
 * before and after roads are closed and opened; snapped units get the same, and paths add up.
 * Skipped, and says so, without the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "geo/cch_order.h"
#include "geo/load.h"
#include "geo/path.h"

#define TARGETS 12
#define UNITS 50

static struct road road;
static struct speeds speeds;
static struct weights weights;
static struct grid grid;
static struct cch cch;
static struct cch_metric metric;
static const struct snap_config config = {.far_m = 2000};
static uint64_t dice = 4711;

static uint32_t below(uint32_t n)
{
    dice = dice * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(dice >> 33) % n;
}

static int open_hierarchy(void)
{
    char errmsg[CCH_ERRMSG_MAX];
    uint32_t *order = malloc(road.node_n * sizeof *order);

    if (!order || !cch_order(&road, order, NULL, errmsg) ||
        cch_init(&cch, &road, order, 400, errmsg)) {
        print_error("%s\n", errmsg);
        return -1;
    }
    print_message("hierarchy: %u arcs, %u deep\n", cch.arc_n, cch.depth_max);
    free(order);
    if (cch_metric_init(&metric, &cch))
        return -1;
    cch_metric_build(&metric, &weights);
    return 0;
}

static int open_extract(void **state)
{
    char errmsg[ROAD_ERRMSG_MAX];
    struct road_condition closed[40];

    (void)state;
    if (road_load(&road, getenv("MINGDI_ROAD_FILE"), errmsg)) {
        print_error("%s\n", errmsg);
        return -1;
    }
    for (int i = 0; i < 40; i++)
        closed[i] = (struct road_condition){road.arc[below(road.arc_n)].original, i < 20 ? 0 : 25};
    print_message("%s: %u nodes, %u arcs, main part %u nodes\n", road.label, road.node_n,
                  road.arc_n, road.main_node_n);
    if (speeds_load(&speeds, SOURCE_DIR "/deploy/speeds.conf") || weights_init(&weights, &road) ||
        weights_build(&weights, &road, speeds_profile(&speeds, "emergency"), 8, closed, 40, 1))
        return -1;
    return grid_init(&grid, &road) ? -1 : open_hierarchy();
}

static int close_extract(void **state)
{
    (void)state;
    grid_close(&grid);
    cch_metric_close(&metric);
    cch_close(&cch);
    weights_close(&weights);
    road_close(&road);
    return 0;
}

/* Anywhere in the bounding box that is near a street. */
static size_t random_place(struct snap out[2])
{
    for (;;) {
        struct point at = {
            road.south_west.lat_e7 +
                (int32_t)below((uint32_t)(road.north_east.lat_e7 - road.south_west.lat_e7)),
            road.south_west.lon_e7 +
                (int32_t)below((uint32_t)(road.north_east.lon_e7 - road.south_west.lon_e7))};
        size_t n = grid_place(&grid, &config, at, out);
        if (n > 0)
            return n;
    }
}

static uint32_t part_ms(uint32_t arc, uint32_t dm)
{
    uint64_t ms = weights.ms[arc] < ROAD_INF ? weights.ms[arc] : weights.free_ms[arc];

    return (uint32_t)(ms * dm / road.arc[arc].length_dm);
}

/* All arcs, again and again, until nothing gets shorter. */
static void bellman_ford(const struct snap *target, size_t n, uint32_t *ms)
{
    bool shorter = true;

    for (uint32_t v = 0; v < road.node_n; v++)
        ms[v] = ROAD_INF;
    for (size_t t = 0; t < n; t++) {
        for (uint32_t i = 0; i < road.arc_n; i++) {
            uint32_t seed = part_ms(target[t].arc, target[t].along_dm);
            uint32_t *tail = &ms[road.arc[i].tail];
            bool banned = road.arc[i].flags & ROAD_BANNED && !weights.any_turn;
            if (road.arc[i].original == target[t].arc && !banned && seed < *tail)
                *tail = seed;
        }
    }
    while (shorter) {
        shorter = false;
        for (uint32_t i = 0; i < road.arc_n; i++) {
            uint32_t there = ms[road.arc[i].head] + weights.ms[i], *tail = &ms[road.arc[i].tail];
            shorter |= there < *tail;
            *tail = there < *tail ? there : *tail;
        }
    }
}

static void check_units(struct field *f, const uint32_t *want, const struct snap *target, size_t n,
                        uint32_t *reached)
{
    struct path path = {.arc = malloc((road.node_n + 2) * sizeof(uint32_t)),
                        .arc_cap = road.node_n + 2};

    for (int u = 0; u < UNITS; u++) {
        struct snap from[2];
        uint32_t ms = 0;
        random_place(from);
        bool same = n > 0 && (from[0].arc == target[0].arc || from[0].arc == target[n - 1].arc);
        uint64_t there = (uint64_t)want[road.arc[from[0].arc].head] +
                         part_ms(from[0].arc, road.arc[from[0].arc].length_dm - from[0].along_dm);
        bool reachable = field_eta(f, &from[0], &ms);
        if (!same)
            assert_int_equal(reachable ? ms : ROAD_INF, there < ROAD_INF ? there : ROAD_INF);
        assert_int_equal(path_find(&path, f, &from[0]), reachable ? PATH_FOUND : PATH_UNREACHABLE);
        assert_true(!reachable || path.total_ms == ms);
        *reached += reachable;
    }
    free(path.arc);
}

/* Other roads closed and slowed than before, worked in. */
static void close_others(uint64_t epoch)
{
    struct road_condition closed[40];

    for (int i = 0; i < 40; i++)
        closed[i] = (struct road_condition){road.arc[below(road.arc_n)].original, i < 20 ? 0 : 25};
    assert_int_equal(weights_renew(&weights, &road, closed, 40, epoch), 0);
    assert_true(
        cch_metric_update(&metric, &weights, weights.changed, weights.changed_n, UINT32_MAX));
}

static void every_node_equals_bellman_ford(void **state)
{
    uint32_t *want = malloc(road.node_n * sizeof *want), reached = 0;
    struct field field, by_hierarchy;

    (void)state;
    assert_int_equal(field_init(&field, &road), 0);
    assert_int_equal(field_init_cch(&by_hierarchy, &cch), 0);
    for (uint64_t t = 0; t < TARGETS; t++) {
        struct snap target[2];
        size_t n = random_place(target);
        bellman_ford(target, n, want);
        field_open(&field, &weights, target, n);
        check_units(&field, want, target, n, &reached);
        field_open_cch(&by_hierarchy, &metric, target, n);
        check_units(&by_hierarchy, want, target, n, &reached);
        for (uint32_t v = 0; v < road.node_n; v++) {
            uint32_t ms = want[v] < ROAD_INF ? want[v] : ROAD_INF;
            assert_int_equal(field_node_ms(&field, v), ms);
            assert_int_equal(field_node_ms(&by_hierarchy, v), ms);
        }
        close_others(t + 2);
    }
    assert_true(reached > 2 * TARGETS * UNITS * 9 / 10); /* the main part holds together */
    field_close(&by_hierarchy);
    field_close(&field);
    free(want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_node_equals_bellman_ford)};

    if (!getenv("MINGDI_ROAD_FILE")) {
        puts("SKIP: MINGDI_ROAD_FILE names no road file (dispatchctl import-osm makes one)");
        return 77;
    }
    return cmocka_run_group_tests(tests, open_extract, close_extract);
}
