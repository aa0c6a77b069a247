/* bench_recommend ROAD_FILE SPEEDS_FILE: which 8 units are the nearest to a new call, of 200, 2,000
 * and 10,000: our engines and others on the same places in one run, each asked about the same calls
 * until its seconds are used up. Then how often the nearest as the crow flies is not the quickest
 * by road, and what that costs. MINGDI_DB and REDIS_ADDRESS (with_pg, with_redis) give the others.
 * Road engines must name the same time for the first: otherwise it says so and fails. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/os.h"
#include "dispatch/must.h"
#include "geo/load.h"
#include "sim/dice.h"
#include "tests/bench/scene.h"

enum { SECONDS_EACH = 4 };

static const struct engine *const engines[] = {
    &engine_cch,     &engine_field, &engine_field_all,
    &engine_postgis, &engine_redis, &engine_pgrouting,
};
enum { ENGINES = sizeof(engines) / sizeof(engines[0]) };

static const uint32_t sizes[] = {200, 2000, 10000};

static struct road road;
static struct weights weights;
static struct scene scene;
static double us[SCENE_INCIDENTS_MAX];
static struct best by_road[SCENE_INCIDENTS_MAX]; /* the first unit, as the first engine names it */
static double p50_of_ours;
static uint32_t wrong;

size_t best_put(struct best *best, size_t n, struct best one)
{
    size_t at = n;

    while (at > 0 && one.ms < best[at - 1].ms)
        at--;
    if (at == SCENE_BEST)
        return n;
    n += n < SCENE_BEST;
    memmove(best + at + 1, best + at, (n - at - 1) * sizeof(*best));
    best[at] = one;
    return n;
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

/* An arc of the main part that may be driven and is no copy: its ends are places. */
static uint32_t random_arc(struct dice *dice)
{
    for (;;) {
        uint32_t arc = dice_below(dice, road.arc_n);
        if (road.arc[arc].flags & ROAD_MAIN && weights.ms[arc] < ROAD_INF &&
            road.arc[arc].twin != ROAD_NONE && weights.ms[road.arc[arc].twin] < ROAD_INF)
            return arc;
    }
}

static void put_stand(struct dice *dice, struct stand *stand)
{
    uint32_t arc = random_arc(dice), back = road.arc[arc].twin;

    stand->node = road.arc[arc].head;
    stand->at = road.node[stand->node].at;
    stand->from = (struct snap){.arc = arc, .along_dm = road.arc[arc].length_dm, .at = stand->at};
    stand->to = (struct snap){.arc = back, .along_dm = 0, .at = stand->at};
}

static void put_stands(uint32_t units)
{
    struct dice dice = dice_make(units, "units");

    scene.unit_n = units;
    for (uint32_t i = 0; i < units; i++)
        put_stand(&dice, &scene.unit[i]);
    dice = dice_make(1, "incidents");
    scene.incident_n = SCENE_INCIDENTS_MAX;
    for (uint32_t i = 0; i < scene.incident_n; i++)
        put_stand(&dice, &scene.incident[i]);
}

/* ---- one engine ---- */

/* Of a unit that is there already pgRouting says nothing. */
static void compare(uint32_t incident, const struct best *best, size_t n)
{
    const struct best *first = &by_road[incident];

    if (n == 0 || first->ms == 0 || best[0].ms == first->ms)
        return;
    if (wrong++ < 3)
        printf("  DIFFERS: incident %u unit %u in %u ms, not unit %u in %u ms\n", incident,
               best[0].unit, best[0].ms, first->unit, first->ms);
}

/* What it costs to send the nearest as the crow flies. */
struct detour {
    uint32_t others, worst_ms;
    uint64_t sum_ms;
};

static void add_detour(struct detour *d, const struct engine *road_engine, uint32_t incident,
                       uint32_t unit)
{
    struct scene *alone = malloc(sizeof(*alone));
    struct best best[SCENE_BEST];

    must(alone);
    *alone = scene;
    alone->unit[0] = scene.unit[unit];
    alone->unit_n = 1;
    size_t n = road_engine->nearest_cb(alone, incident, best);
    uint32_t more_ms =
        n && best[0].ms > by_road[incident].ms ? best[0].ms - by_road[incident].ms : 0;
    free(alone);
    d->others += more_ms > 0;
    d->sum_ms += more_ms;
    if (more_ms > d->worst_ms)
        d->worst_ms = more_ms;
}

static void report(const struct engine *engine, uint32_t n)
{
    qsort(us, n, sizeof(*us), by_value);
    if (engine == engines[0])
        p50_of_ours = us[n / 2];
    printf("%6u units  %-26s n %5u  p50 %11.1f  p99 %11.1f  p99.9 %11.1f us  p50 x %.2f\n",
           scene.unit_n, engine->name, n, us[n / 2], us[n * 99 / 100], us[n * 999 / 1000],
           us[n / 2] / p50_of_ours);
    fflush(stdout);
}

static void ask(const struct engine *engine)
{
    static uint32_t first[SCENE_INCIDENTS_MAX];
    uint64_t until_ns = os_mono_ns() + SECONDS_EACH * UINT64_C(1000000000);
    struct detour detour = {0};
    uint32_t n = 0;

    while (n < scene.incident_n && os_mono_ns() < until_ns) {
        struct best best[SCENE_BEST];
        uint64_t began_ns = os_mono_ns();
        size_t found = engine->nearest_cb(&scene, n, best);
        us[n] = (double)(os_mono_ns() - began_ns) / 1000;
        must(found > 0);
        if (engine == engines[0])
            by_road[n] = best[0];
        else if (engine->by_road)
            compare(n, best, found);
        first[n++] = best[0].unit;
    }
    report(engine, n);
    if (engine != &engine_postgis)
        return;
    for (uint32_t i = 0; i < n && i < 300; i++)
        add_detour(&detour, &engine_field_all, i, first[i]);
    n = n < 300 ? n : 300;
    printf("%6u units  the nearest by crow-flight is not the quickest in %u of %u calls: %.1f s "
           "longer in the mean of these, %.1f s at worst\n",
           scene.unit_n, detour.others, n,
           detour.others ? (double)detour.sum_ms / 1000 / detour.others : 0.0,
           detour.worst_ms / 1000.0);
}

int main(int argc, char **argv)
{
    static struct speeds speeds;
    bool there[ENGINES];
    char errmsg[ROAD_ERRMSG_MAX];

    if (argc != 3 || road_load(&road, argv[1], errmsg) < 0) {
        fprintf(stderr, "%s\n", argc != 3 ? "bench_recommend ROAD_FILE SPEEDS_FILE" : errmsg);
        return 64;
    }
    if (speeds_load(&speeds, argv[2]) < 0 || weights_init(&weights, &road) < 0 ||
        weights_build(&weights, &road, speeds_profile(&speeds, "emergency"), 10, NULL, 0, 1) < 0) {
        fprintf(stderr, "%s%s\n", speeds.errmsg, weights.errmsg);
        return 1;
    }
    printf("%s: %u nodes, %u arcs\n", road.label, road.node_n, road.arc_n);
    scene.road = &road;
    scene.weights = &weights;
    for (int i = 0; i < ENGINES; i++)
        there[i] = !engines[i]->network_cb || engines[i]->network_cb(&scene) == 0;
    for (size_t size = 0; size < sizeof(sizes) / sizeof(sizes[0]); size++) {
        put_stands(sizes[size]);
        for (int i = 0; i < ENGINES; i++)
            if (there[i] && (!engines[i]->units_cb || engines[i]->units_cb(&scene) == 0))
                ask(engines[i]);
    }
    if (wrong)
        printf("%u answers differ\n", wrong);
    weights_close(&weights);
    road_close(&road);
    return wrong > 0;
}
