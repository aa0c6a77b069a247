/* Fields against textbook Dijkstras written here: one over nodes, one over streets with forbidden
 * turns, both on hundreds of random networks; and the special cases by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "geo/path.h"
#include "tests/lib/random_road.h"

#define NETWORKS 400
#define FAR (UINT64_C(1) << 40)

static struct speeds speeds;

static int load_speeds(void **state)
{
    (void)state;
    return speeds_load(&speeds, SOURCE_DIR "/deploy/speeds.conf");
}

static const struct speed_profile *emergency(void)
{
    return speeds_profile(&speeds, "emergency");
}

/* A network with random closures and slow-downs, and a field on it. */
struct world {
    struct random_road r;
    struct weights weights;
    struct field field;
};

static struct snap random_snap(struct world *w)
{
    for (;;) {
        uint32_t arc = random_arc(&w->r, random_below(&w->r, w->r.edge_n), random_below(&w->r, 2));
        if (arc == ROAD_NONE)
            continue;
        uint32_t length_dm = w->r.road.arc[arc].length_dm, kind = random_below(&w->r, 8);
        uint32_t along = kind == 0 ? 0 : kind == 1 ? length_dm : random_below(&w->r, length_dm);
        return (struct snap){.arc = arc, .along_dm = along};
    }
}

static void make_world(struct world *w, uint64_t seed, bool turns)
{
    struct road_condition conditions[12];
    size_t n;

    random_road_make(&w->r, seed, turns);
    n = random_below(&w->r, 12);
    for (size_t i = 0; i < n; i++)
        conditions[i] =
            (struct road_condition){random_snap(w).arc, random_below(&w->r, 2) ? 0 : 30};
    assert_int_equal(weights_init(&w->weights, &w->r.road), 0);
    assert_int_equal(weights_build(&w->weights, &w->r.road, emergency(),
                                   random_below(&w->r, WEEK_HOURS), conditions, n, seed),
                     0);
    assert_int_equal(field_init(&w->field, &w->r.road), 0);
}

static void close_world(struct world *w)
{
    field_close(&w->field);
    weights_close(&w->weights);
    road_close(&w->r.road);
}

/* One or both directions of the target's street. */
static size_t random_target(struct world *w, struct snap out[2])
{
    uint32_t twin;

    out[0] = random_snap(w);
    twin = w->r.road.arc[out[0].arc].twin;
    if (twin == ROAD_NONE || random_below(&w->r, 4) == 0)
        return 1;
    out[1] =
        (struct snap){.arc = twin, .along_dm = w->r.road.arc[twin].length_dm - out[0].along_dm};
    return 2;
}

/* ---- textbook: what the weights say of streets, then two plain Dijkstras ---- */

static uint64_t part_ms(const struct world *w, uint32_t arc, uint32_t dm)
{
    uint64_t ms = w->weights.ms[arc] == ROAD_INF ? w->weights.free_ms[arc] : w->weights.ms[arc];

    return ms * dm / w->r.road.arc[arc].length_dm;
}

static uint64_t whole_ms(const struct world *w, uint32_t arc)
{
    return w->weights.ms[arc] == ROAD_INF ? FAR : w->weights.ms[arc];
}

/* From node start to all nodes, by scanning: nodes are the network's own, edges random_road's. */
static void textbook_nodes(const struct world *w, uint32_t start, uint64_t *dist)
{
    bool done[64] = {false};

    for (uint32_t v = 0; v < w->r.node_n; v++)
        dist[v] = v == start ? 0 : FAR;
    for (uint32_t round = 0; round < w->r.node_n; round++) {
        uint32_t u = ROAD_NONE;
        for (uint32_t v = 0; v < w->r.node_n; v++)
            u = !done[v] && (u == ROAD_NONE || dist[v] < dist[u]) ? v : u;
        done[u] = true;
        for (uint32_t half = 0; half < w->r.edge_n * 2; half++) {
            uint32_t e = half / 2, arc = random_arc(&w->r, e, half & 1);
            uint32_t tail = half & 1 ? w->r.to[e] : w->r.from[e];
            uint32_t head = half & 1 ? w->r.from[e] : w->r.to[e];
            if (arc != ROAD_NONE && tail == u && dist[u] + whole_ms(w, arc) < dist[head])
                dist[head] = dist[u] + whole_ms(w, arc);
        }
    }
}

static bool turn_banned(const struct random_road *r, uint32_t from_half, uint32_t to_half)
{
    uint32_t via = from_half & 1 ? r->from[from_half / 2] : r->to[from_half / 2];
    uint32_t tail = to_half & 1 ? r->to[to_half / 2] : r->from[to_half / 2];

    for (uint32_t i = 0; i < r->turn_n; i++) {
        if (r->turn[i].from_edge == from_half / 2 && r->turn[i].to_edge == to_half / 2 &&
            r->turn[i].via == via && tail == via)
            return true;
    }
    return false;
}

/* May one go from half a to half b? Where a has a forbidden turn, turning round is only the last
 * resort. */
static bool may_turn(const struct random_road *r, uint32_t a, uint32_t b)
{
    uint32_t head = a & 1 ? r->from[a / 2] : r->to[a / 2];
    uint32_t tail = b & 1 ? r->to[b / 2] : r->from[b / 2];
    bool restricted = false, others = false;

    if (head != tail || random_arc(r, b / 2, b & 1) == ROAD_NONE || turn_banned(r, a, b))
        return false;
    for (uint32_t c = 0; c < r->edge_n * 2; c++) {
        uint32_t c_tail = c & 1 ? r->to[c / 2] : r->from[c / 2];
        if (c_tail != head || random_arc(r, c / 2, c & 1) == ROAD_NONE)
            continue;
        restricted |= turn_banned(r, a, c);
        others |= c != (a ^ 1) && !turn_banned(r, a, c);
    }
    return b != (a ^ 1) || !restricted || !others;
}

static uint32_t half_of(const struct world *w, uint32_t arc)
{
    const struct road_arc *a = &w->r.road.arc[arc];

    return (uint32_t)(a->way_id - 1) * 2 + (a->flags & ROAD_REVERSED ? 1 : 0);
}

/* Forward over streets: dist is the time to the end of a half; the target is entered by a turn. */
static uint64_t textbook_turns(const struct world *w, const struct snap *from,
                               const struct snap *target, size_t target_n)
{
    static uint64_t dist[RANDOM_EDGES_MAX * 2];
    static bool done[RANDOM_EDGES_MAX * 2];
    uint32_t halves = w->r.edge_n * 2;
    uint64_t best = FAR;

    for (size_t t = 0; t < target_n; t++) {
        if (target[t].arc == from->arc && target[t].along_dm >= from->along_dm)
            best = part_ms(w, from->arc, target[t].along_dm - from->along_dm);
    }
    for (uint32_t h = 0; h < halves; h++) {
        dist[h] = FAR;
        done[h] = false;
    }
    dist[half_of(w, from->arc)] =
        part_ms(w, from->arc, w->r.road.arc[from->arc].length_dm - from->along_dm);
    for (uint32_t round = 0; round < halves; round++) {
        uint32_t u = ROAD_NONE;
        for (uint32_t h = 0; h < halves; h++)
            u = !done[h] && dist[h] < FAR && (u == ROAD_NONE || dist[h] < dist[u]) ? h : u;
        if (u == ROAD_NONE)
            break;
        done[u] = true;
        for (size_t t = 0; t < target_n; t++) {
            uint64_t there = dist[u] + part_ms(w, target[t].arc, target[t].along_dm);
            if (there < best && may_turn(&w->r, u, half_of(w, target[t].arc)))
                best = there;
        }
        for (uint32_t h = 0; h < halves; h++) {
            uint32_t arc = random_arc(&w->r, h / 2, h & 1);
            if (arc != ROAD_NONE && !done[h] && dist[u] + whole_ms(w, arc) < dist[h] &&
                may_turn(&w->r, u, h))
                dist[h] = dist[u] + whole_ms(w, arc);
        }
    }
    return best;
}

/* ---- random networks ---- */

static void check_nodes(struct world *w)
{
    struct snap target[2];
    uint64_t dist[64];
    size_t n = random_target(w, target);

    field_open(&w->field, &w->weights, target, n);
    for (uint32_t v = 0; v < w->r.node_n; v++) {
        uint64_t want = FAR;
        textbook_nodes(w, v, dist);
        for (size_t t = 0; t < n; t++) {
            uint64_t there = dist[w->r.road.arc[target[t].arc].tail] +
                             part_ms(w, target[t].arc, target[t].along_dm);
            want = there < want ? there : want;
        }
        assert_int_equal(field_node_ms(&w->field, v), want < FAR ? want : ROAD_INF);
    }
}

static void node_times_equal_a_textbook_dijkstra(void **state)
{
    struct world w;

    (void)state;
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        make_world(&w, seed, false);
        check_nodes(&w);
        check_nodes(&w); /* the same memory opened again */
        close_world(&w);
    }
}

static uint64_t eta_of(struct world *w, const struct snap *from)
{
    uint32_t ms = 0;

    return field_eta(&w->field, from, &ms) ? ms : FAR;
}

static void unit_times_equal_a_textbook_dijkstra(bool turns, uint32_t *unreachable)
{
    struct world w;
    struct snap target[2];

    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        make_world(&w, seed, turns);
        size_t n = random_target(&w, target);
        field_open(&w.field, &w.weights, target, n);
        for (int i = 0; i < 12; i++) {
            struct snap from = random_snap(&w);
            if (i < 3) /* the same street, before and behind */
                from = (struct snap){
                    .arc = target[0].arc,
                    .along_dm = (uint32_t)((uint64_t)w.r.road.arc[target[0].arc].length_dm *
                                           (unsigned)i / 2)};
            uint64_t want = textbook_turns(&w, &from, target, n);
            assert_int_equal(eta_of(&w, &from), want);
            *unreachable += want == FAR;
        }
        close_world(&w);
    }
}

static void unit_times_without_restrictions(void **state)
{
    uint32_t unreachable = 0;

    (void)state;
    unit_times_equal_a_textbook_dijkstra(false, &unreachable);
    assert_true(unreachable > 100); /* islands and closures were met */
    assert_true(unreachable < NETWORKS * 12 * 3 / 4);
}

static void unit_times_with_forbidden_turns(void **state)
{
    uint32_t unreachable = 0;

    (void)state;
    unit_times_equal_a_textbook_dijkstra(true, &unreachable);
    assert_true(unreachable > 100);
    assert_true(unreachable < NETWORKS * 12 * 3 / 4);
}

/* A vehicle that need not mind forbidden turns drives as if there were none. */
static void ignored_turns_are_as_good_as_none(void **state)
{
    struct speed_profile free_to_turn = *emergency();
    uint32_t gained = 0;

    (void)state;
    free_to_turn.any_turn = true;
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        struct world with, without;
        make_world(&with, seed, true);
        make_world(&without, seed, false);
        for (int i = 0; i < 10; i++) {
            struct snap from = random_snap(&without), to = random_snap(&without);
            struct snap from_with = from, to_with = to;
            uint32_t free_ms = ROAD_INF, ms = ROAD_INF, want_ms = ROAD_INF;
            from_with.arc = random_arc(&with.r, half_of(&without, from.arc) / 2,
                                       half_of(&without, from.arc) & 1);
            to_with.arc =
                random_arc(&with.r, half_of(&without, to.arc) / 2, half_of(&without, to.arc) & 1);
            assert_int_equal(weights_build(&with.weights, &with.r.road, emergency(), 5, NULL, 0, 1),
                             0);
            field_open(&with.field, &with.weights, &to_with, 1);
            field_eta(&with.field, &from_with, &ms);
            assert_int_equal(
                weights_build(&with.weights, &with.r.road, &free_to_turn, 5, NULL, 0, 1), 0);
            field_open(&with.field, &with.weights, &to_with, 1);
            field_eta(&with.field, &from_with, &free_ms);
            assert_int_equal(
                weights_build(&without.weights, &without.r.road, emergency(), 5, NULL, 0, 1), 0);
            field_open(&without.field, &without.weights, &to, 1);
            field_eta(&without.field, &from, &want_ms);
            assert_int_equal(free_ms, want_ms);
            assert_true(free_ms <= ms);
            gained += free_ms < ms;
        }
        close_world(&with);
        close_world(&without);
    }
    assert_true(gained > 100);
}

/* ---- paths ---- */

static void check_path(struct world *w, const struct snap *from, const struct snap *target,
                       size_t n)
{
    static uint32_t arcs[1024];
    struct path path = {.arc = arcs, .arc_cap = w->r.road.node_n + 2};
    struct snap at;
    uint64_t sum = 0;
    bool ends_at_target = false;

    assert_true(path.arc_cap <= 1024);
    if (path_find(&path, &w->field, from) == PATH_UNREACHABLE) {
        assert_int_equal(eta_of(w, from), FAR);
        return;
    }
    assert_int_equal(path.total_ms, eta_of(w, from));
    assert_int_equal(arcs[0], from->arc);
    for (uint32_t i = 0; i < path.arc_n; i++) {
        uint32_t length = w->r.road.arc[arcs[i]].length_dm;
        uint32_t start = i == 0 ? path.from_dm : 0, end = i + 1 == path.arc_n ? path.to_dm : length;
        sum += part_ms(w, arcs[i], end - start);
        assert_int_equal(w->r.road.arc[arcs[i]].original, arcs[i]);
        if (i > 0)
            assert_true(may_turn(&w->r, half_of(w, arcs[i - 1]), half_of(w, arcs[i])));
        if (i > 0 && i + 1 < path.arc_n)
            assert_true(w->weights.ms[arcs[i]] < ROAD_INF);
    }
    assert_int_equal(sum, path.total_ms);
    for (size_t t = 0; t < n; t++)
        ends_at_target |= arcs[path.arc_n - 1] == target[t].arc && path.to_dm == target[t].along_dm;
    assert_true(ends_at_target);
    assert_true(path_at(&path, &w->r.road, &w->weights, path.total_ms, &at, NULL));
    assert_int_equal(at.arc, arcs[path.arc_n - 1]);
    assert_int_equal(at.along_dm, path.to_dm);
    path_at(&path, &w->r.road, &w->weights, path.total_ms / 2, &at, NULL);
    uint64_t left = eta_of(w, &at), half = path.total_ms - path.total_ms / 2;
    uint64_t dm_ms = part_ms(w, at.arc, 1) + 2; /* a place is a whole decimetre */
    assert_true(left + dm_ms >= half && left <= half + dm_ms);
}

static void paths_are_legal_and_as_long_as_said(void **state)
{
    struct world w;
    struct snap target[2];

    (void)state;
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        make_world(&w, seed + 5000, seed & 1);
        size_t n = random_target(&w, target);
        field_open(&w.field, &w.weights, target, n);
        for (int i = 0; i < 12; i++) {
            struct snap from = random_snap(&w);
            check_path(&w, &from, target, n);
        }
        close_world(&w);
    }
}

/* ---- by hand: a ring of one-ways a -> b -> c -> a, 1 km each, and a two-way spur b - d ---- */

struct ring {
    struct road road;
    struct weights weights;
    struct field field;
    uint32_t ab, bc, ca, bd, db;
};

static uint32_t arc_of(const struct road *road, int64_t way, bool back)
{
    uint32_t n;
    const uint32_t *arcs = road_way_arcs(road, way, &n);

    for (uint32_t i = 0; i < n; i++) {
        if (!(road->arc[arcs[i]].flags & ROAD_REVERSED) == !back)
            return arcs[i];
    }
    fail();
    return ROAD_NONE;
}

static void make_ring(struct ring *k, const struct road_condition *conditions, size_t n)
{
    struct plane plane = plane_at((struct point){384000000, 1062000000});
    const double xy[4][2] = {{0, 0}, {1000, 0}, {500, 866.025}, {2000, 0}};
    const uint32_t ends[4][2] = {{0, 1}, {1, 2}, {2, 0}, {1, 3}};
    struct road_builder b;

    assert_int_equal(road_builder_init(&b), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(road_builder_node(&b, i, plane_point(&plane, xy[i][0], xy[i][1])), i);
    for (int i = 0; i < 4; i++) {
        struct road_edge edge = {.way_id = i,
                                 .from = ends[i][0],
                                 .to = ends[i][1],
                                 .class = ROAD_TERTIARY,
                                 .flags = i < 3 ? ROAD_ONEWAY : 0};
        assert_int_equal(road_builder_edge(&b, &edge), i);
    }
    assert_int_equal(road_builder_finish(&b, &k->road), 0);
    road_builder_close(&b);
    k->ab = arc_of(&k->road, 0, false);
    k->bc = arc_of(&k->road, 1, false);
    k->ca = arc_of(&k->road, 2, false);
    k->bd = arc_of(&k->road, 3, false);
    k->db = arc_of(&k->road, 3, true);
    assert_int_equal(weights_init(&k->weights, &k->road), 0);
    assert_int_equal(weights_build(&k->weights, &k->road, emergency(), 3, conditions, n, 1), 0);
    assert_int_equal(field_init(&k->field, &k->road), 0);
}

static void close_ring(struct ring *k)
{
    field_close(&k->field);
    weights_close(&k->weights);
    road_close(&k->road);
}

static struct snap on(uint32_t arc, uint32_t along_dm)
{
    return (struct snap){.arc = arc, .along_dm = along_dm};
}

/* 1,000 m at 50 km/h are 72 s. */
static void assert_eta_s(struct ring *k, struct snap target, struct snap from, double want_s)
{
    uint32_t ms;

    field_open(&k->field, &k->weights, &target, 1);
    assert_true(field_eta(&k->field, &from, &ms));
    if (ms < want_s * 1000 - 150 || ms > want_s * 1000 + 150)
        fail_msg("%u ms, not %.1f s", ms, want_s);
}

static void same_street_in_both_orders(void **state)
{
    struct ring k;

    (void)state;
    make_ring(&k, NULL, 0);
    assert_eta_s(&k, on(k.ab, 8000), on(k.ab, 3000), 36);  /* ahead: straight on */
    assert_eta_s(&k, on(k.ab, 3000), on(k.ab, 8000), 180); /* behind on a one-way: round */
    assert_eta_s(&k, on(k.ab, 3000), on(k.ab, 3000), 0);
    assert_eta_s(&k, on(k.bd, 2000), on(k.bd, 8000), 14.4 + 72 + 14.4); /* turn at the end d */
    assert_eta_s(&k, on(k.ca, 10000), on(k.ab, 0), 216);
    close_ring(&k);
}

static void dual_carriageway_is_two_places(void **state)
{
    struct ring k;
    struct snap both[2];
    uint32_t ms, once;
    size_t best;

    (void)state;
    make_ring(&k, NULL, 0);
    both[0] = on(k.bd, 5000);
    both[1] = on(k.db, k.road.arc[k.db].length_dm - 5000);
    field_open(&k.field, &k.weights, both, 1);
    assert_true(field_eta(&k.field, &both[1], &once)); /* only the far side is the target */
    assert_in_range(once, 71700, 432300);
    field_open(&k.field, &k.weights, both, 2);
    assert_true(field_eta(&k.field, &both[1], &ms));
    assert_int_equal(ms, 0);
    struct snap units[2] = {on(k.ab, 0), on(k.bd, 0)};
    assert_true(field_eta_best(&k.field, units, 2, &ms, &best));
    assert_int_equal(best, 1);
    close_ring(&k);
}

static void closures_bar_the_way_but_hold_nobody(void **state)
{
    struct ring k;
    uint32_t ms = 7;
    struct road_condition bc_closed = {0, 0};

    (void)state;
    make_ring(&k, NULL, 0);
    bc_closed.arc = k.bc;
    assert_int_equal(weights_build(&k.weights, &k.road, emergency(), 3, &bc_closed, 1, 2), 0);
    struct snap a = on(k.ca, 5000), inside = on(k.bc, 5000), d = on(k.db, 5000);
    field_open(&k.field, &k.weights, &a, 1);
    assert_false(field_eta(&k.field, &d, &ms)); /* unreachable is said … */
    assert_int_equal(ms, 7);                    /* … and nothing written */
    assert_true(field_eta(&k.field, &inside, &ms));
    assert_in_range(ms, 71800, 72200);
    assert_eta_s(&k, inside, d, 72); /* the crash on the closed street is reached */
    close_ring(&k);
}

static void turning_round_costs_what_the_snap_says(void **state)
{
    struct ring k;
    struct snap target, from;
    uint32_t ms;

    (void)state;
    make_ring(&k, NULL, 0);
    target = on(k.ab, 8000);
    from = on(k.ab, 3000);
    from.turn_ms = 20000;
    field_open(&k.field, &k.weights, &target, 1);
    assert_true(field_eta(&k.field, &from, &ms));
    assert_in_range(ms, 55900, 56100);
    close_ring(&k);
}

static void settles_no_farther_than_asked(void **state)
{
    struct world w;
    struct snap target;

    (void)state;
    make_world(&w, 77, false);
    target = random_snap(&w);
    field_open(&w.field, &w.weights, &target, 1);
    assert_int_equal(w.field.settled_n, 0);
    assert_false(field_settle(&w.field, ROAD_INF, 1));
    assert_int_equal(w.field.settled_n, 1);
    assert_true(field_settle(&w.field, 0, 1000));
    assert_true(w.field.settled_n < w.r.road.node_n);
    assert_true(field_settle(&w.field, ROAD_INF, UINT32_MAX));
    assert_int_equal(w.field.heap_n, 0);
    close_world(&w);
}

/* Whoever is soonest at a place by a field of that place is who the outward field speaks of. */
static void outward_times_are_the_soonest_of_all(void **state)
{
    uint32_t reached = 0, unreached = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        struct world w;
        struct snap from[6];
        struct field outward;
        make_world(&w, seed, seed % 2);
        assert_int_equal(field_init(&outward, &w.r.road), 0);
        field_open_outward(&outward, &w.weights);
        for (int i = 0; i < 6; i++) {
            do
                from[i] = random_snap(&w);
            while (from[i].along_dm == 0); /* there a unit may leave by any street */
            from[i].turn_ms = random_below(&w.r, 2) * 20000;
            field_add_source(&outward, &from[i]);
        }
        for (int k = 0; k < 10; k++) {
            struct snap to = {.arc = random_snap(&w).arc};
            uint32_t ms = ROAD_INF;
            field_open(&w.field, &w.weights, &to, 1);
            field_eta_best(&w.field, from, 6, &ms, NULL);
            assert_int_equal(field_arc_ms(&outward, to.arc), ms);
            reached += ms < ROAD_INF;
            unreached += ms == ROAD_INF;
        }
        field_close(&outward);
        close_world(&w);
    }
    assert_true(reached > 100 && unreached > 10);
}

static void a_drawn_path_runs_along_the_streets(void **state)
{
    struct ring k;
    uint32_t arcs[8];
    struct path path = {.arc = arcs, .arc_cap = 8};
    struct point line[16];
    struct snap target, from, at;
    double course;

    (void)state;
    make_ring(&k, NULL, 0);
    target = on(k.bc, 5000);
    from = on(k.ca, 5000);
    field_open(&k.field, &k.weights, &target, 1);
    assert_int_equal(path_find(&path, &k.field, &from), PATH_FOUND);
    assert_int_equal(path.arc_n, 3);
    assert_int_equal(path_points(&path, &k.road, line, 16), 4);
    assert_true(point_equal(line[1], k.road.node[0].at));
    assert_true(point_equal(line[2], k.road.node[1].at));
    assert_int_equal(path_points(&path, &k.road, line, 2), 4);
    assert_false(path_at(&path, &k.road, &k.weights, 36000 + 18000, &at, &course));
    assert_int_equal(at.arc, k.ab);
    assert_in_range(at.along_dm, 2490, 2510);
    assert_in_range((int)(course + 0.5), 89, 91);
    path.arc_cap = 2;
    assert_int_equal(path_find(&path, &k.field, &from), PATH_TOO_LONG);
    close_ring(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(node_times_equal_a_textbook_dijkstra),
        cmocka_unit_test(unit_times_without_restrictions),
        cmocka_unit_test(unit_times_with_forbidden_turns),
        cmocka_unit_test(ignored_turns_are_as_good_as_none),
        cmocka_unit_test(paths_are_legal_and_as_long_as_said),
        cmocka_unit_test(same_street_in_both_orders),
        cmocka_unit_test(dual_carriageway_is_two_places),
        cmocka_unit_test(closures_bar_the_way_but_hold_nobody),
        cmocka_unit_test(turning_round_costs_what_the_snap_says),
        cmocka_unit_test(settles_no_farther_than_asked),
        cmocka_unit_test(outward_times_are_the_soonest_of_all),
        cmocka_unit_test(a_drawn_path_runs_along_the_streets),
    };

    return cmocka_run_group_tests(tests, load_speeds, NULL);
}
