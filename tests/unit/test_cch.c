/* The contraction hierarchy against the reverse Dijkstra, on every node of random networks: small
 * odd ones with islands, loops and forbidden turns, and towns of some thousand nodes. Whatever
 * the order; after all weights are made new and after a few of them are; k nearest against asking
 * everybody; tables against fields; what cannot be ordered is refused; the file of the order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "geo/cch_file.h"
#include "geo/cch_order.h"
#include "geo/cch_table.h"
#include "geo/nearest.h"
#include "tests/lib/random_road.h"
#include "tests/lib/temp_dir.h"

#define NETWORKS 150
#define RATIO 400
#define WORK_MAX 1000000

static struct speeds speeds;

static int load_speeds(void **state)
{
    (void)state;
    return speeds_load(&speeds, SOURCE_DIR "/deploy/speeds.conf");
}

/* A network and both engines on it. */
struct world {
    struct random_road r; /* dice; its road is moved to `road` */
    struct road road;
    struct weights weights;
    struct cch cch;
    struct cch_metric metric;
    struct field plain, field;
};

static uint32_t below(struct world *w, uint32_t n)
{
    return random_below(&w->r, n);
}

static struct snap random_snap(struct world *w)
{
    uint32_t arc = w->road.arc[below(w, w->road.arc_n)].original,
             length = w->road.arc[arc].length_dm;
    uint32_t kind = below(w, 8);

    return (struct snap){.arc = arc,
                         .along_dm = kind == 0   ? 0
                                     : kind == 1 ? length
                                                 : below(w, length),
                         .turn_ms = kind == 2 ? 20000 : 0};
}

static void weigh_randomly(struct world *w)
{
    struct road_condition conditions[20];
    size_t n = below(w, 20);

    for (size_t i = 0; i < n; i++)
        conditions[i] = (struct road_condition){random_snap(w).arc, below(w, 2) ? 0 : 30};
    assert_int_equal(weights_build(&w->weights, &w->road,
                                   &speeds.profile[below(w, speeds.profile_n)],
                                   below(w, WEEK_HOURS), conditions, n, 1),
                     0);
}

static void open_engines(struct world *w, const uint32_t *order)
{
    char errmsg[CCH_ERRMSG_MAX];

    assert_int_equal(weights_init(&w->weights, &w->road), 0);
    weigh_randomly(w);
    if (cch_init(&w->cch, &w->road, order, 100000, errmsg))
        fail_msg("%s", errmsg);
    assert_int_equal(cch_metric_init(&w->metric, &w->cch), 0);
    cch_metric_build(&w->metric, &w->weights);
    assert_int_equal(field_init(&w->plain, &w->road), 0);
    assert_int_equal(field_init_cch(&w->field, &w->cch), 0);
}

static void open_ordered(struct world *w)
{
    char errmsg[CCH_ERRMSG_MAX];
    uint32_t *order = calloc(w->road.node_n, sizeof *order);

    if (!cch_order(&w->road, order, NULL, errmsg))
        fail_msg("%s", errmsg);
    open_engines(w, order);
    free(order);
}

static void make_odd(struct world *w, uint64_t seed)
{
    random_road_make(&w->r, seed, seed & 1);
    w->road = w->r.road;
    open_ordered(w);
}

/* A town: streets along a bent square lattice, some missing, some one-way, some long ones across.
 */
static void build_town(struct world *w, uint32_t side, uint32_t shortcuts)
{
    struct road_builder b;
    struct plane plane = plane_at((struct point){384000000, 1062000000});

    assert_int_equal(road_builder_init(&b), 0);
    for (uint32_t i = 0; i < side * side; i++) {
        double x = 100.0 * (i % side) + below(w, 60), y = 100.0 * (i / side) + below(w, 60);
        assert_int_equal(road_builder_node(&b, i, plane_point(&plane, x, y)), i);
    }
    for (uint32_t i = 0; i < side * side * 2 + shortcuts; i++) {
        bool across = i / 2 >= side * side;
        uint32_t from = across ? below(w, side * side) : i / 2;
        uint32_t to = across ? below(w, side * side) : i % 2 ? from + side : from + 1;
        if (to >= side * side || from == to || (!across && i % 2 == 0 && to % side == 0) ||
            (!across && below(w, 8) == 0))
            continue;
        struct road_edge edge = {.way_id = i,
                                 .from = from,
                                 .to = to,
                                 .class = (enum road_class)below(w, ROAD_CLASSES),
                                 .flags = below(w, 6) ? 0 : ROAD_ONEWAY};
        assert_true(road_builder_edge(&b, &edge) >= 0);
    }
    assert_int_equal(road_builder_finish(&b, &w->road), 0);
    road_builder_close(&b);
}

static void make_town(struct world *w, uint64_t seed, uint32_t side)
{
    w->r = (struct random_road){.dice = seed};
    build_town(w, side, side / 10);
    open_ordered(w);
}

static void close_world(struct world *w)
{
    field_close(&w->field);
    field_close(&w->plain);
    cch_metric_close(&w->metric);
    cch_close(&w->cch);
    weights_close(&w->weights);
    road_close(&w->road);
}

/* One place, in one or both directions of its street. */
static size_t random_target(struct world *w, struct snap out[2])
{
    uint32_t twin;

    out[0] = random_snap(w);
    twin = w->road.arc[out[0].arc].twin;
    if (twin == ROAD_NONE || below(w, 4) == 0)
        return 1;
    out[1] = (struct snap){.arc = twin, .along_dm = w->road.arc[twin].length_dm - out[0].along_dm};
    return 2;
}

static void open_both(struct world *w)
{
    struct snap target[2];
    size_t n = random_target(w, target);

    field_open(&w->plain, &w->weights, target, n);
    field_open_cch(&w->field, &w->metric, target, n);
}

static void check_all_nodes(struct world *w)
{
    open_both(w);
    for (uint32_t i = 0; i < 10; i++) { /* a few out of order, then all */
        uint32_t v = below(w, w->road.node_n);
        assert_int_equal(field_node_ms(&w->field, v), field_node_ms(&w->plain, v));
    }
    for (uint32_t v = 0; v < w->road.node_n; v++)
        assert_int_equal(field_node_ms(&w->field, v), field_node_ms(&w->plain, v));
    for (uint32_t i = 0; i < 50; i++) {
        struct snap from = random_snap(w);
        uint32_t ms = ROAD_INF, want_ms = ROAD_INF;
        assert_int_equal(field_eta(&w->field, &from, &ms), field_eta(&w->plain, &from, &want_ms));
        assert_int_equal(ms, want_ms);
    }
}

static void every_node_equals_dijkstra_on_odd_networks(void **state)
{
    struct world w;

    (void)state;
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        make_odd(&w, seed);
        for (int i = 0; i < 5; i++)
            check_all_nodes(&w);
        weigh_randomly(&w);
        cch_metric_build(&w.metric, &w.weights);
        check_all_nodes(&w);
        close_world(&w);
    }
}

static void every_node_equals_dijkstra_in_towns(void **state)
{
    struct world w;

    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        make_town(&w, seed, 20 + 10 * (uint32_t)seed);
        for (int i = 0; i < 10; i++)
            check_all_nodes(&w);
        assert_true(w.cch.arc_n < 4 * w.road.arc_n);
        close_world(&w);
    }
}

static void any_order_gives_the_same_times(void **state)
{
    struct world w;

    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        random_road_make(&w.r, seed, seed & 1);
        w.road = w.r.road;
        uint32_t *order = calloc(w.road.node_n, sizeof *order);
        for (uint32_t i = 0; i < w.road.node_n; i++) {
            uint32_t k = below(&w, i + 1);
            order[i] = order[k];
            order[k] = i;
        }
        open_engines(&w, order);
        check_all_nodes(&w);
        close_world(&w);
        free(order);
    }
}

/* ---- a few arcs ---- */

static void expect_same_metric(struct world *w)
{
    struct cch_metric fresh;

    assert_int_equal(cch_metric_init(&fresh, &w->cch), 0);
    cch_metric_build(&fresh, &w->weights);
    assert_memory_equal(w->metric.up, fresh.up, w->cch.arc_n * sizeof *fresh.up);
    assert_memory_equal(w->metric.down, fresh.down, w->cch.arc_n * sizeof *fresh.down);
    cch_metric_close(&fresh);
}

static size_t change_arcs(struct world *w, uint32_t arcs[8])
{
    size_t n = 1 + below(w, 8);

    for (size_t i = 0; i < n; i++) {
        uint32_t *ms = &w->weights.ms[arcs[i] = below(w, w->road.arc_n)], kind = below(w, 4);
        *ms = kind == 0 ? ROAD_INF : kind == 1 ? w->weights.free_ms[arcs[i]] : 1 + below(w, 90000);
    }
    return n;
}

static void an_update_equals_building_all(void **state)
{
    struct world w;
    uint32_t arcs[8];

    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        if (seed % 10)
            make_odd(&w, seed + 300);
        else
            make_town(&w, seed, 30);
        for (int i = 0; i < 40; i++) {
            assert_true(
                cch_metric_update(&w.metric, &w.weights, arcs, change_arcs(&w, arcs), WORK_MAX));
            expect_same_metric(&w);
        }
        check_all_nodes(&w);
        close_world(&w);
    }
}

/* Sets of closures one after another, all through: weights, their hash, the metric. */
static void renewed_weights_are_built_ones(void **state)
{
    struct world w;
    struct weights fresh;

    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        make_odd(&w, seed + 500);
        assert_int_equal(weights_init(&fresh, &w.road), 0);
        const struct speed_profile *profile = &speeds.profile[below(&w, speeds.profile_n)];
        assert_int_equal(weights_build(&w.weights, &w.road, profile, 8, NULL, 0, 1), 0);
        cch_metric_build(&w.metric, &w.weights);
        for (uint64_t epoch = 2; epoch < 20; epoch++) {
            struct road_condition conditions[9];
            size_t n = below(&w, 10);
            for (size_t i = 0; i < n; i++)
                conditions[i] = (struct road_condition){random_snap(&w).arc, below(&w, 101)};
            assert_int_equal(weights_renew(&w.weights, &w.road, conditions, n, epoch), 0);
            assert_int_equal(weights_build(&fresh, &w.road, profile, 8, conditions, n, epoch), 0);
            assert_memory_equal(w.weights.ms, fresh.ms, w.road.arc_n * sizeof *fresh.ms);
            assert_true(w.weights.hash == fresh.hash && w.weights.epoch == epoch);
            assert_true(cch_metric_update(&w.metric, &w.weights, w.weights.changed,
                                          w.weights.changed_n, WORK_MAX));
            expect_same_metric(&w);
        }
        weights_close(&fresh);
        close_world(&w);
    }
}

static void too_long_an_update_says_so(void **state)
{
    struct world w;
    uint32_t arcs[8];

    (void)state;
    make_town(&w, 3, 30);
    for (int i = 0; i < 20; i++) {
        if (cch_metric_update(&w.metric, &w.weights, arcs, change_arcs(&w, arcs), 3))
            continue;
        cch_metric_build(&w.metric, &w.weights);
        assert_true(
            cch_metric_update(&w.metric, &w.weights, arcs, change_arcs(&w, arcs), WORK_MAX));
        expect_same_metric(&w);
        check_all_nodes(&w);
    }
    assert_true(w.metric.changed_n < w.cch.arc_n);
    close_world(&w);
}

/* ---- nearest ---- */

#define UNITS 60

struct fleet {
    struct world w;
    struct nearest nearest;
    struct snap snap[UNITS][NEAREST_SNAPS_MAX];
    size_t snap_n[UNITS];
    bool any;
};

static bool wants_odd(void *context, uint32_t unit)
{
    (void)context;
    return unit % 2;
}

static void move(struct fleet *f, uint32_t unit)
{
    f->snap_n[unit] = below(&f->w, NEAREST_SNAPS_MAX + 1);
    for (size_t i = 0; i < f->snap_n[unit]; i++)
        f->snap[unit][i] = random_snap(&f->w);
    if (below(&f->w, 3) == 0 && f->snap_n[unit]) /* on the place's own street */
        f->snap[unit][0].arc = f->w.field.target[0].arc;
    if (f->snap_n[unit] &&
        f->snap[unit][0].along_dm > f->w.road.arc[f->snap[unit][0].arc].length_dm)
        f->snap[unit][0].along_dm = 0;
    nearest_put(&f->nearest, unit, f->snap[unit], f->snap_n[unit]);
}

/* The times of all wanted units, sorted by (ms, unit), by a plain field. */
static size_t ask_everybody(struct fleet *f, struct nearest_found all[UNITS])
{
    size_t n = 0;

    for (uint32_t u = 0; u < UNITS; u++) {
        uint32_t ms;
        if ((!f->any && u % 2 == 0) ||
            !field_eta_best(&f->w.plain, f->snap[u], f->snap_n[u], &ms, NULL))
            continue;
        size_t at = n++;
        for (; at > 0 && all[at - 1].ms > ms; at--)
            all[at] = all[at - 1];
        all[at] = (struct nearest_found){.unit = u, .ms = ms};
    }
    return n;
}

static void check_nearest(struct fleet *f)
{
    struct nearest_found all[UNITS], found[UNITS];
    size_t k = 1 + below(&f->w, 12), n, want_n;

    open_both(&f->w);
    for (uint32_t i = 0; i < 10; i++)
        move(f, below(&f->w, UNITS));
    f->any = below(&f->w, 2);
    want_n = ask_everybody(f, all);
    n = nearest_find(&f->nearest, &f->w.field, found, k, f->any ? NULL : wants_odd, NULL);
    assert_int_equal(n, want_n < k ? want_n : k);
    for (size_t i = 0; i < n; i++) {
        uint32_t ms;
        assert_int_equal(found[i].ms, all[i].ms);
        assert_int_equal(found[i].unit, all[i].unit);
        assert_true(field_eta(&f->w.plain, &found[i].from, &ms));
        assert_int_equal(ms, found[i].ms);
    }
}

static void the_nearest_are_those_of_asking_everybody(void **state)
{
    static struct fleet f;
    uint64_t asked = 0, all = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        if (seed % 8)
            make_odd(&f.w, seed + 700);
        else
            make_town(&f.w, seed, 40);
        memset(f.snap_n, 0, sizeof f.snap_n);
        assert_int_equal(nearest_init(&f.nearest, &f.w.cch, UNITS), 0);
        open_both(&f.w);
        for (uint32_t u = 0; u < UNITS; u++)
            move(&f, u);
        for (int i = 0; i < 30; i++) {
            check_nearest(&f);
            asked += seed % 8 ? 0 : f.nearest.asked_n;
            all += seed % 8 ? 0 : UNITS * NEAREST_SNAPS_MAX / 2;
        }
        nearest_close(&f.nearest);
        close_world(&f.w);
    }
    assert_true(asked < all * 3 / 4); /* the bound does spare questions */
}

/* ---- tables ---- */

static struct cch_place random_cch_place(struct world *w)
{
    struct cch_place place = {.snap_n = below(w, 5)};

    for (uint32_t i = 0; i < place.snap_n; i++)
        place.snap[i] = random_snap(w);
    return place;
}

static void check_table(struct world *w, uint32_t from_n, uint32_t to_n)
{
    struct cch_place from[40], to[40];
    uint32_t ms[40 * 40];
    struct cch_table table;

    for (uint32_t i = 0; i < from_n; i++)
        from[i] = random_cch_place(w);
    for (uint32_t i = 0; i < to_n; i++)
        to[i] = random_cch_place(w);
    assert_int_equal(cch_table_init(&table, &w->metric, from, from_n), 0);
    cch_table_times(&table, to, to_n, ms);
    for (uint32_t t = 0; t < to_n; t++) {
        if (to[t].snap_n)
            field_open(&w->plain, &w->weights, to[t].snap, to[t].snap_n);
        for (uint32_t f = 0; f < from_n; f++) {
            uint32_t want = ROAD_INF;
            if (to[t].snap_n)
                field_eta_best(&w->plain, from[f].snap, from[f].snap_n, &want, NULL);
            assert_int_equal(ms[t * from_n + f], want);
        }
    }
    cch_table_close(&table);
}

static void a_table_is_many_fields(void **state)
{
    struct world w;

    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        if (seed % 10)
            make_odd(&w, seed + 900);
        else
            make_town(&w, seed, 40);
        check_table(&w, below(&w, 40), below(&w, 40));
        check_table(&w, 40, 40);
        close_world(&w);
    }
}

/* ---- refused ---- */

static void what_has_no_narrow_cut_is_refused(void **state)
{
    struct world w = {.r.dice = 5};
    char errmsg[CCH_ERRMSG_MAX] = "";
    uint32_t *order = calloc(70 * 70, sizeof *order);

    (void)state;
    build_town(&w, 70, 20000); /* long streets from anywhere to anywhere */
    assert_false(cch_order(&w.road, order, NULL, errmsg));
    assert_non_null(strstr(errmsg, "not parted"));
    atomic_bool stop = true;
    assert_false(cch_order(&w.road, order, &stop, errmsg));
    assert_string_equal(errmsg, "broken off");
    free(order);
    road_close(&w.road);
}

static void too_many_arcs_are_refused(void **state)
{
    struct world w = {.r.dice = 6};
    struct cch cch;
    char errmsg[CCH_ERRMSG_MAX] = "";
    uint32_t *order = calloc(900, sizeof *order);

    (void)state;
    build_town(&w, 30, 0);
    for (uint32_t i = 0; i < 900; i++)
        order[i] = i * 7 % 900; /* an order that knows nothing of nearness */
    assert_int_equal(cch_init(&cch, &w.road, order, RATIO, errmsg), -1);
    assert_non_null(strstr(errmsg, "contracted"));
    order[3] = order[4];
    assert_int_equal(cch_init(&cch, &w.road, order, RATIO, errmsg), -1);
    assert_non_null(strstr(errmsg, "place 4"));
    assert_true(cch_order(&w.road, order, NULL, errmsg));
    assert_int_equal(cch_init(&cch, &w.road, order, RATIO, errmsg), 0);
    assert_true(cch_bytes(&cch) > w.road.node_n);
    cch_close(&cch);
    free(order);
    road_close(&w.road);
}

/* ---- the file ---- */

static void damage(const char *path, long at)
{
    FILE *file = fopen(path, "r+b");

    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    int byte = fgetc(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_true(fputc(byte ^ 1, file) != EOF);
    assert_int_equal(fclose(file), 0);
}

static void an_order_is_kept_for_its_own_network_only(void **state)
{
    struct world w = {.r.dice = 8};
    char dir[TEMP_DIR_MAX], path[TEMP_DIR_MAX + 16], errmsg[CCH_ERRMSG_MAX];
    uint32_t *order = calloc(400, sizeof *order), *back = calloc(400, sizeof *back);

    (void)state;
    temp_dir_make(dir);
    snprintf(path, sizeof path, "%s/order", dir);
    build_town(&w, 20, 4);
    assert_true(cch_order(&w.road, order, NULL, errmsg));
    assert_int_equal(cch_file_load(path, &w.road, back, errmsg), -1); /* none yet */
    assert_int_equal(cch_file_save(path, &w.road, order, errmsg), 0);
    assert_int_equal(cch_file_load(path, &w.road, back, errmsg), 0);
    assert_memory_equal(order, back, 400 * sizeof *order);
    w.road.hash++;
    assert_int_equal(cch_file_load(path, &w.road, back, errmsg), -1);
    assert_non_null(strstr(errmsg, "not the order of this network"));
    w.road.hash--;
    for (long at = 0; at < 32 + 400; at += 7) {
        damage(path, at);
        assert_int_equal(cch_file_load(path, &w.road, back, errmsg), -1);
        damage(path, at);
    }
    assert_int_equal(cch_file_load(path, &w.road, back, errmsg), 0);
    assert_int_equal(truncate(path, 100), 0);
    assert_int_equal(cch_file_load(path, &w.road, back, errmsg), -1);
    snprintf(path, sizeof path, "%s/no/order", dir);
    assert_int_equal(cch_file_save(path, &w.road, order, errmsg), -1);
    temp_dir_remove(dir);
    free(order);
    free(back);
    road_close(&w.road);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_node_equals_dijkstra_on_odd_networks),
        cmocka_unit_test(every_node_equals_dijkstra_in_towns),
        cmocka_unit_test(any_order_gives_the_same_times),
        cmocka_unit_test(an_update_equals_building_all),
        cmocka_unit_test(renewed_weights_are_built_ones),
        cmocka_unit_test(too_long_an_update_says_so),
        cmocka_unit_test(the_nearest_are_those_of_asking_everybody),
        cmocka_unit_test(a_table_is_many_fields),
        cmocka_unit_test(what_has_no_narrow_cut_is_refused),
        cmocka_unit_test(too_many_arcs_are_refused),
        cmocka_unit_test(an_order_is_kept_for_its_own_network_only),
    };

    return cmocka_run_group_tests(tests, load_speeds, NULL);
}
