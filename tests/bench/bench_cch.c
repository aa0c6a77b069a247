/* bench_cch ROAD_FILE SPEEDS_FILE: what the contraction hierarchy costs on a real network: one line
 * per figure. The answers of what is timed are compared with the Dijkstra; differences are counted
 * and make it fail. Nothing else is judged here. Times by the wall's clock and in processor time of
 * the thread: what other programs on the machine do is only in the first. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "dispatch/base/os.h"
#include "geo/cch_order.h"
#include "geo/cch_table.h"
#include "geo/load.h"
#include "geo/nearest.h"

enum { QUESTIONS = 2000, BUILDS = 40, CLOSURES = 2000, COMPARED = 40, BEST = 8, PLACES = 500 };

static struct road road;
static struct weights weights;
static struct cch cch;
static struct cch_metric metric;
static struct field field, plain;
static uint64_t dice = 1;
static uint32_t differing;
static double us[QUESTIONS], cpu_us[QUESTIONS];

static uint32_t below(uint32_t n)
{
    dice = dice * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(dice >> 33) % n;
}

static double now_us(void)
{
    return (double)os_mono_ns() / 1e3;
}

static double worked_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double started_us, started_cpu_us;

static void start_watch(void)
{
    started_us = now_us();
    started_cpu_us = worked_us();
}

static void stop_watch(uint32_t round)
{
    cpu_us[round] = worked_us() - started_cpu_us;
    us[round] = now_us() - started_us;
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

static void report(const char *what, size_t n)
{
    qsort(us, n, sizeof(*us), by_value);
    qsort(cpu_us, n, sizeof(*cpu_us), by_value);
    printf("%-40s p50 %9.1f us   p99 %9.1f us   max %9.1f us   n %zu\n", what, us[n / 2],
           us[n * 99 / 100], us[n - 1], n);
    printf("%40s p50 %9.1f us   p99 %9.1f us   max %9.1f us\n", "processor", cpu_us[n / 2],
           cpu_us[n * 99 / 100], cpu_us[n - 1]);
    fflush(stdout);
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

static int bench_make(void)
{
    char errmsg[CCH_ERRMSG_MAX];
    uint32_t *order = malloc(road.node_n * sizeof(*order));
    double start = now_us(), ordered;

    if (!order || !cch_order(&road, order, NULL, errmsg)) {
        fprintf(stderr, "%s\n", errmsg);
        return -1;
    }
    ordered = now_us();
    if (cch_init(&cch, &road, order, 1000, errmsg)) {
        fprintf(stderr, "%s\n", errmsg);
        return -1;
    }
    printf("order %.2f s, contraction %.1f ms: %u arcs become %u (%.2f), tree %u deep\n",
           (ordered - start) / 1e6, (now_us() - ordered) / 1e3, road.arc_n, cch.arc_n,
           (double)cch.arc_n / road.arc_n, cch.depth_max);
    printf("memory: hierarchy %.1f MiB, a metric %.1f MiB, a search %.1f MiB\n",
           (double)cch_bytes(&cch) / 1048576, (double)cch_metric_bytes(&cch) / 1048576,
           (double)cch_search_bytes(&cch) / 1048576);
    free(order);
    return 0;
}

static void bench_build(void)
{
    for (uint32_t i = 0; i < BUILDS; i++) {
        start_watch();
        cch_metric_build(&metric, &weights);
        stop_watch(i);
    }
    report("all weights of the hierarchy", BUILDS);
}

/* Until a question would see it: the weights, the hierarchy's, the field opened. */
static void bench_closures(uint32_t arcs, uint32_t percent, const char *what)
{
    static struct road_condition closed[128];
    uint32_t rounds = CLOSURES / arcs, opened = 0;

    for (uint32_t i = 0; i < rounds; i++) {
        struct snap target = random_snap();
        for (uint32_t k = 0; k < arcs; k++)
            closed[k] = (struct road_condition){random_snap().arc, percent};
        start_watch();
        weights_renew(&weights, &road, closed, arcs, i);
        cch_metric_update(&metric, &weights, weights.changed, weights.changed_n, UINT32_MAX);
        field_open_cch(&field, &metric, &target, 1);
        stop_watch(i);
        weights_renew(&weights, &road, NULL, 0, i);
        cch_metric_update(&metric, &weights, weights.changed, weights.changed_n, UINT32_MAX);
        opened += metric.changed_n;
    }
    report(what, rounds);
    printf("%-40s %.0f arcs follow on average\n", "", (double)opened / rounds);
}

/* All units by the plain field: the ms of the BEST soonest. */
static void compare(const struct snap *unit, uint32_t n, const struct snap *target,
                    const struct nearest_found *found, size_t found_n)
{
    field_open(&plain, &weights, target, 1);
    for (size_t i = 0; i < found_n; i++) {
        uint32_t ms, sooner = 0;
        differing += !field_eta(&plain, &unit[found[i].unit], &ms) || ms != found[i].ms;
        for (uint32_t u = 0; i + 1 == found_n && u < n; u++)
            sooner += field_eta(&plain, &unit[u], &ms) && ms < found[i].ms;
        differing += sooner > i;
    }
}

static void bench_nearest(uint32_t n)
{
    struct snap *unit = calloc(n, sizeof(*unit));
    struct nearest nearest;
    struct nearest_found found[BEST];
    uint64_t asked = 0;
    char what[64];

    if (!unit || nearest_init(&nearest, &cch, n))
        exit(1);
    for (uint32_t u = 0; u < n; u++) {
        unit[u] = random_snap();
        nearest_put(&nearest, u, &unit[u], 1);
    }
    for (uint32_t i = 0; i < QUESTIONS; i++) {
        struct snap target = random_snap();
        start_watch();
        field_open_cch(&field, &metric, &target, 1);
        size_t found_n = nearest_find(&nearest, &field, found, BEST, NULL, NULL);
        stop_watch(i);
        asked += nearest.asked_n;
        if (i < COMPARED)
            compare(unit, n, &target, found, found_n);
    }
    snprintf(what, sizeof(what), "8 best of %u", n);
    report(what, QUESTIONS);
    printf("%-40s %.0f units asked on average\n", "", (double)asked / QUESTIONS);
    nearest_close(&nearest);
    free(unit);
}

static void bench_all(uint32_t n)
{
    struct snap *unit = calloc(n, sizeof(*unit));
    uint32_t ms;
    char what[64];

    if (!unit)
        exit(1);
    for (uint32_t u = 0; u < n; u++)
        unit[u] = random_snap();
    for (uint32_t i = 0; i < QUESTIONS / 4; i++) {
        struct snap target = random_snap();
        start_watch();
        field_open_cch(&field, &metric, &target, 1);
        for (uint32_t u = 0; u < n; u++)
            field_eta(&field, &unit[u], &ms);
        stop_watch(i);
    }
    snprintf(what, sizeof(what), "a place, and the time of each of %u", n);
    report(what, QUESTIONS / 4);
    free(unit);
}

static void bench_one(void)
{
    for (uint32_t i = 0; i < QUESTIONS; i++) {
        struct snap target = random_snap(), from = random_snap();
        uint32_t ms;
        start_watch();
        field_open_cch(&field, &metric, &target, 1);
        field_eta(&field, &from, &ms);
        stop_watch(i);
    }
    report("from one place to another", QUESTIONS);
}

static void bench_table(void)
{
    static struct cch_place from[PLACES], to[PLACES];
    static uint32_t ms[PLACES * PLACES];
    struct cch_table table;

    for (uint32_t i = 0; i < PLACES; i++) {
        from[i] = (struct cch_place){.snap[0] = random_snap(), .snap_n = 1};
        to[i] = (struct cch_place){.snap[0] = random_snap(), .snap_n = 1};
    }
    double start = now_us();
    if (cch_table_init(&table, &metric, from, PLACES))
        exit(1);
    cch_table_times(&table, to, PLACES, ms);
    printf("%-40s %.1f ms\n", "a table of 500 by 500", (now_us() - start) / 1e3);
    for (uint32_t i = 0; i < 20; i++) {
        field_open(&plain, &weights, to[i].snap, 1);
        for (uint32_t k = 0; k < PLACES; k++) {
            uint32_t want = ROAD_INF;
            field_eta(&plain, &from[k].snap[0], &want);
            differing += ms[i * PLACES + k] != want;
        }
    }
    cch_table_close(&table);
}

int main(int argc, char **argv)
{
    static struct speeds speeds;
    char errmsg[ROAD_ERRMSG_MAX];

    if (argc != 3 || road_load(&road, argv[1], errmsg) < 0) {
        fprintf(stderr, "%s\n", argc != 3 ? "bench_cch ROAD_FILE SPEEDS_FILE" : errmsg);
        return 64;
    }
    if (speeds_load(&speeds, argv[2]) < 0 || weights_init(&weights, &road) < 0 ||
        weights_build(&weights, &road, speeds_profile(&speeds, "emergency"), 10, NULL, 0, 1) < 0)
        return 1;
    printf("%s: %u nodes, %u arcs\n", road.label, road.node_n, road.arc_n);
    if (bench_make() < 0 || cch_metric_init(&metric, &cch) || field_init_cch(&field, &cch) ||
        field_init(&plain, &road))
        return 1;
    bench_build();
    bench_closures(1, 0, "one closure, until a question sees it");
    bench_closures(100, 0, "100 closures");
    bench_one();
    for (uint32_t i = 0; i < 3; i++)
        bench_nearest((const uint32_t[]){200, 2000, 10000}[i]);
    for (uint32_t i = 0; i < 3; i++)
        bench_all((const uint32_t[]){200, 2000, 10000}[i]);
    bench_table();
    printf("answers that differ from the Dijkstra: %u\n", differing);
    return differing ? 1 : 0;
}
