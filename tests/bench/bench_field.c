/* bench_field ROAD_FILE SPEEDS_FILE: what the geo library costs on a real network: one line per
 * figure, median and 99th percentile in microseconds. Nothing is asserted here. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "geo/load.h"
#include "geo/path.h"

#define ROUNDS 500

static struct road road;
static struct grid grid;
static const struct snap_config config = {.far_m = 1000};
static uint64_t dice = 1;

static uint32_t below(uint32_t n)
{
    dice = dice * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(dice >> 33) % n;
}

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

static void report(const char *what, double *us, size_t n)
{
    qsort(us, n, sizeof *us, by_value);
    printf("%-44s p50 %10.1f us   p99 %10.1f us   n %zu\n", what, us[n / 2], us[n * 99 / 100], n);
}

/* On a street, as units are. */
static struct snap random_snap(void)
{
    for (;;) {
        uint32_t arc = below(road.arc_n);
        if (road.arc[arc].flags & ROAD_MAIN)
            return (struct snap){.arc = arc, .along_dm = below(road.arc[arc].length_dm)};
    }
}

static void bench_snap(void)
{
    static double us[ROUNDS * 10];
    struct snap out[4];

    for (size_t i = 0; i < ROUNDS * 10; i++) {
        struct snap near = random_snap();
        struct point at = road_arc_along(&road, near.arc, near.along_dm, NULL);
        struct snap_query query = {
            {at.lat_e7 + (int32_t)below(1000), at.lon_e7}, COURSE_UNKNOWN, 0};
        double start = now_us();
        grid_snap(&grid, &config, &query, out, 4);
        us[i] = now_us() - start;
    }
    report("snap a fix, four candidates", us, ROUNDS * 10);
}

/* The nearest 8 need no more than the field as far as the eighth: settle until eight are known. */
static void bench_nearest(struct field *f, const struct weights *weights, uint32_t unit_n)
{
    static double us[ROUNDS];
    uint8_t *units_at = calloc(road.node_n, 1);
    char what[64];

    for (uint32_t i = 0; i < unit_n; i++)
        units_at[road.arc[random_snap().arc].head] = 1;
    for (size_t i = 0; i < ROUNDS; i++) {
        struct snap target = random_snap();
        double start = now_us();
        field_open(f, weights, &target, 1);
        for (uint32_t found = 0; found < 8 && f->heap_n > 0;) {
            found += units_at[f->heap[0]];
            field_settle(f, ROAD_INF, 1);
        }
        us[i] = now_us() - start;
    }
    free(units_at);
    snprintf(what, sizeof what, "open a field, as far as 8 of %u units", unit_n);
    report(what, us, ROUNDS);
}

static void bench_whole(struct field *f, const struct weights *weights)
{
    static double whole[ROUNDS / 5], ask[ROUNDS / 5], path_us[ROUNDS / 5];
    static uint32_t arcs[1 << 20];

    for (size_t i = 0; i < ROUNDS / 5; i++) {
        struct snap target = random_snap(), from[100];
        struct path path = {.arc = arcs, .arc_cap = 1 << 20};
        uint32_t ms;
        double start = now_us();
        field_open(f, weights, &target, 1);
        field_settle(f, ROAD_INF, UINT32_MAX);
        whole[i] = now_us() - start;
        for (int k = 0; k < 100; k++)
            from[k] = random_snap();
        start = now_us();
        for (int k = 0; k < 100; k++)
            field_eta(f, &from[k], &ms);
        ask[i] = (now_us() - start) / 100;
        start = now_us();
        path_find(&path, f, &from[0]);
        path_us[i] = now_us() - start;
    }
    report("open a field and settle everything", whole, ROUNDS / 5);
    report("ask a settled field", ask, ROUNDS / 5);
    report("find a path in it", path_us, ROUNDS / 5);
}

static void bench_weights(struct weights *weights, const struct speed_profile *profile)
{
    static double us[ROUNDS / 5];

    for (size_t i = 0; i < ROUNDS / 5; i++) {
        struct road_condition closed = {random_snap().arc, 0};
        double start = now_us();
        weights_build(weights, &road, profile, below(WEEK_HOURS), &closed, 1, i);
        us[i] = now_us() - start;
    }
    report("build all weights", us, ROUNDS / 5);
}

int main(int argc, char **argv)
{
    char errmsg[ROAD_ERRMSG_MAX];
    struct speeds speeds;
    struct weights weights;
    struct field field;
    double start = now_us();

    if (argc != 3) {
        fprintf(stderr, "usage: bench_field ROAD_FILE SPEEDS_FILE\n");
        return 2;
    }
    if (road_load(&road, argv[1], errmsg)) {
        fprintf(stderr, "%s\n", errmsg);
        return 1;
    }
    printf("%s: %u nodes, %u arcs, loaded in %.1f ms\n", road.label, road.node_n, road.arc_n,
           (now_us() - start) / 1e3);
    if (speeds_load(&speeds, argv[2])) {
        fprintf(stderr, "%s\n", speeds.errmsg);
        return 1;
    }
    if (weights_init(&weights, &road) || field_init(&field, &road) || grid_init(&grid, &road))
        return 1;
    bench_weights(&weights, &speeds.profile[0]);
    bench_snap();
    bench_nearest(&field, &weights, 20);
    bench_nearest(&field, &weights, 200);
    bench_nearest(&field, &weights, 2000);
    bench_whole(&field, &weights);
    grid_close(&grid);
    field_close(&field);
    weights_close(&weights);
    road_close(&road);
    return 0;
}
