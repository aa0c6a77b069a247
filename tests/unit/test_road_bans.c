/* Forbidden drives over several streets: on random networks every unit's time, by the Dijkstra and
 * by the hierarchy, is that of a search here which remembers the last streets and looks the
 * restrictions up as they were given; and by hand what such a restriction leaves free. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "geo/cch_order.h"
#include "geo/field.h"
#include "geo/load.h"
#include "geo/path.h"
#include "tests/lib/random_road.h"
#include "tests/lib/temp_dir.h"

#define NETWORKS 120
#define ROUTES_MAX 48
#define EDGES_MAX 4 /* of a route: three streets are remembered */
#define STATES_MAX (1u << 17)
#define NOTHING 1023u /* no street; halves are fewer */
#define FAR UINT64_MAX

struct route {
    uint32_t edge[EDGES_MAX], n, via;
};

/* Halves: 2e drives edge e, 2e + 1 drives it back. */
struct world {
    struct random_road r;
    struct route route[ROUTES_MAX];
    uint32_t route_n;
    struct weights weights;
    struct cch cch;
    struct cch_metric metric;
    struct field plain, field;
};

static struct speeds speeds;

static int load_speeds(void **state)
{
    (void)state;
    return speeds_load(&speeds, SOURCE_DIR "/deploy/speeds.conf");
}

static uint32_t tail_of(const struct random_road *r, uint32_t half)
{
    return half & 1 ? r->to[half / 2] : r->from[half / 2];
}

static uint32_t head_of(const struct random_road *r, uint32_t half)
{
    return tail_of(r, half ^ 1);
}

static bool exists(const struct random_road *r, uint32_t half)
{
    return !(half & 1) || !r->oneway[half / 2];
}

/* ---- networks ---- */

/* A drive of two to four streets from anywhere, if one goes on so far. */
static void random_route(struct world *w, struct road_builder *b)
{
    struct random_road *r = &w->r;
    struct route *route = &w->route[w->route_n];
    uint32_t half = random_below(r, r->edge_n * 2), want = 2 + random_below(r, EDGES_MAX - 1);

    if (!exists(r, half))
        return;
    *route = (struct route){.edge = {half / 2}, .n = 1, .via = head_of(r, half)};
    for (uint32_t tries = 0; tries < 200 && route->n < want; tries++) {
        uint32_t next = random_below(r, r->edge_n * 2);
        if (!exists(r, next) || tail_of(r, next) != head_of(r, half))
            continue;
        route->edge[route->n++] = next / 2;
        half = next;
    }
    if (route->n == want && road_builder_forbid(b, route->edge, want, route->via) == 0)
        w->route_n++;
}

static void take_turns(struct world *w)
{
    for (uint32_t i = 0; i < w->r.turn_n && w->route_n < ROUTES_MAX; i++)
        w->route[w->route_n++] =
            (struct route){.edge = {w->r.turn[i].from_edge, w->r.turn[i].to_edge},
                           .n = 2,
                           .via = w->r.turn[i].via};
}

static void open_world(struct world *w, const struct speed_profile *profile)
{
    char errmsg[CCH_ERRMSG_MAX];
    uint32_t *order = calloc(w->r.road.node_n, sizeof *order);

    assert_non_null(order);
    assert_int_equal(weights_init(&w->weights, &w->r.road), 0);
    assert_int_equal(weights_build(&w->weights, &w->r.road, profile, 10, NULL, 0, 1), 0);
    assert_true(cch_order(&w->r.road, order, NULL, errmsg));
    assert_int_equal(cch_init(&w->cch, &w->r.road, order, 100000, errmsg), 0);
    assert_int_equal(cch_metric_init(&w->metric, &w->cch), 0);
    cch_metric_build(&w->metric, &w->weights);
    assert_int_equal(field_init(&w->plain, &w->r.road), 0);
    assert_int_equal(field_init_cch(&w->field, &w->cch), 0);
    free(order);
}

static void make_world(struct world *w, uint64_t seed)
{
    struct road_builder b;

    random_network(&w->r, &b, seed);
    w->route_n = 0;
    if (seed % 2)
        random_turns(&w->r, &b);
    take_turns(w);
    for (int i = 0; i < 40 && w->route_n < ROUTES_MAX; i++)
        random_route(w, &b);
    assert_int_equal(road_builder_finish(&b, &w->r.road), 0);
    road_builder_close(&b);
    open_world(w, speeds_profile(&speeds, "emergency"));
}

static void close_world(struct world *w)
{
    field_close(&w->field);
    field_close(&w->plain);
    cch_metric_close(&w->metric);
    cch_close(&w->cch);
    weights_close(&w->weights);
    road_close(&w->r.road);
}

/* ---- the search that remembers ---- */

/* The last three halves, the newest first; NOTHING before the first. */
struct memory {
    uint32_t half[EDGES_MAX - 1];
};

static struct state {
    struct memory memory;
    uint64_t ms;
    bool used, waits;
} states[STATES_MAX];
static uint32_t waiting[STATES_MAX], waiting_first, waiting_n;

/* Would going on by this half complete a forbidden route? */
static bool completes(const struct world *w, const struct memory *m, uint32_t half)
{
    for (uint32_t i = 0; i < w->route_n; i++) {
        const struct route *route = &w->route[i];
        bool same = route->edge[route->n - 1] == half / 2 && m->half[route->n - 2] != NOTHING &&
                    head_of(&w->r, m->half[route->n - 2]) == route->via;
        for (uint32_t k = 0; same && k + 1 < route->n; k++)
            same = m->half[k] != NOTHING && m->half[k] / 2 == route->edge[route->n - 2 - k];
        if (same)
            return true;
    }
    return false;
}

static bool leads_on(const struct world *w, const struct memory *m, uint32_t half)
{
    return exists(&w->r, half) && tail_of(&w->r, half) == head_of(&w->r, m->half[0]);
}

/* Turning round is the last resort where something is forbidden. */
static bool may_go(const struct world *w, const struct memory *m, uint32_t half)
{
    bool restricted = false, others = false;

    if (!leads_on(w, m, half) || completes(w, m, half))
        return false;
    if (half != (m->half[0] ^ 1))
        return true;
    for (uint32_t c = 0; c < w->r.edge_n * 2; c++) {
        if (!leads_on(w, m, c))
            continue;
        restricted |= completes(w, m, c);
        others |= c != half && !completes(w, m, c);
    }
    return !restricted || !others;
}

static void reach(struct memory m, uint64_t ms)
{
    uint32_t at = (m.half[0] + m.half[1] * 1031 + m.half[2] * 1050307) % STATES_MAX;

    while (states[at].used && memcmp(&states[at].memory, &m, sizeof m) != 0)
        at = (at + 1) % STATES_MAX;
    if (states[at].used && states[at].ms <= ms)
        return;
    if (!states[at].waits)
        waiting[(waiting_first + waiting_n++) % STATES_MAX] = at;
    states[at] = (struct state){m, ms, true, true};
}

static uint64_t whole_ms(const struct world *w, uint32_t half)
{
    return w->weights.free_ms[random_arc(&w->r, half / 2, half & 1)];
}

static void go_on(const struct world *w, const struct state *s)
{
    for (uint32_t half = 0; half < w->r.edge_n * 2; half++) {
        if (leads_on(w, &s->memory, half) && may_go(w, &s->memory, half))
            reach((struct memory){{half, s->memory.half[0], s->memory.half[1]}},
                  s->ms + whole_ms(w, half));
    }
}

static uint32_t half_of(const struct world *w, uint32_t arc)
{
    const struct road_arc *a = &w->r.road.arc[arc];

    return (uint32_t)(a->way_id - 1) * 2 + (a->flags & ROAD_REVERSED ? 1 : 0);
}

/* All drives from a place to their ends. */
static void drive_everywhere(const struct world *w, const struct snap *from)
{
    const struct road_arc *arc = &w->r.road.arc[from->arc];

    memset(states, 0, sizeof states);
    waiting_first = waiting_n = 0;
    reach((struct memory){{half_of(w, from->arc), NOTHING, NOTHING}},
          weights_part_ms(&w->weights, &w->r.road, from->arc, arc->length_dm - from->along_dm));
    while (waiting_n > 0) {
        uint32_t at = waiting[waiting_first];
        waiting_first = (waiting_first + 1) % STATES_MAX;
        waiting_n--;
        states[at].waits = false;
        struct state now = states[at];
        go_on(w, &now);
    }
}

static uint64_t time_to(const struct world *w, const struct snap *from, const struct snap *to)
{
    const struct road *road = &w->r.road;
    uint64_t best = FAR, last = weights_part_ms(&w->weights, road, to->arc, to->along_dm);

    if (from->arc == to->arc && to->along_dm >= from->along_dm)
        return weights_part_ms(&w->weights, road, to->arc, to->along_dm - from->along_dm);
    for (uint32_t i = 0; i < STATES_MAX; i++) {
        if (states[i].used && states[i].ms + last < best &&
            may_go(w, &states[i].memory, half_of(w, to->arc)))
            best = states[i].ms + last;
    }
    return best;
}

/* ---- random networks ---- */

static struct snap random_snap(struct world *w)
{
    uint32_t arc = w->r.road.arc[random_below(&w->r, w->r.road.arc_n)].original;

    return (struct snap){.arc = arc, .along_dm = random_below(&w->r, w->r.road.arc[arc].length_dm)};
}

static uint64_t asked(struct field *field, const struct snap *from)
{
    uint32_t ms;

    return field_eta(field, from, &ms) ? ms : FAR;
}

static void check_unit(struct world *w, uint32_t *reached)
{
    struct snap from = random_snap(w);

    drive_everywhere(w, &from);
    for (int i = 0; i < 12; i++) {
        struct snap to = random_snap(w);
        uint64_t want = time_to(w, &from, &to);
        field_open(&w->plain, &w->weights, &to, 1);
        field_open_cch(&w->field, &w->metric, &to, 1);
        assert_true(asked(&w->plain, &from) == want);
        assert_true(asked(&w->field, &from) == want);
        *reached += want != FAR;
    }
}

static void times_are_those_of_a_search_that_remembers(void **state)
{
    static struct world w;
    uint32_t reached = 0, longer = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        make_world(&w, seed);
        for (uint32_t i = 0; i < w.route_n; i++)
            longer += w.route[i].n > 2;
        for (int i = 0; i < 3; i++)
            check_unit(&w, &reached);
        close_world(&w);
    }
    assert_true(longer > NETWORKS * 8 && reached > NETWORKS * 12);
}

/* ---- by hand ---- */

/*      x
 *      |
 *   a -p- c           0 a->p  1 p->c  2 p-q (via)  3 d-q  4 q->b  5 p-x
 *      |              A kilometre each, d-q two: from a to b directly are two from the middle of
 * the b -q--- d         streets, over x four, over d six.
 */
enum { A_P, P_C, VIA, D_Q, Q_B, P_X, STREETS };

struct square {
    struct world w;
    struct road_builder b;
};

static int make_square(void **state)
{
    static struct square s;
    static const int at[7][2] = {{0, 1}, {1, 1}, {2, 1}, {0, 0}, {1, 0}, {3, 0}, {1, 2}};
    static const uint32_t ends[STREETS][2] = {{0, 1}, {1, 2}, {1, 4}, {5, 4}, {4, 3}, {1, 6}};
    struct plane plane = plane_at((struct point){384000000, 1062000000});

    s = (struct square){.w = {.r = {.edge_n = STREETS}}};
    assert_int_equal(road_builder_init(&s.b), 0);
    for (int i = 0; i < 7; i++)
        road_builder_node(&s.b, 1 + i, plane_point(&plane, at[i][0] * 1000, at[i][1] * 1000));
    for (uint32_t e = 0; e < STREETS; e++) {
        struct road_edge edge = {.way_id = e + 1,
                                 .from = ends[e][0],
                                 .to = ends[e][1],
                                 .class = ROAD_PRIMARY,
                                 .flags = e == VIA || e == D_Q || e == P_X ? 0 : ROAD_ONEWAY};
        assert_int_equal(road_builder_edge(&s.b, &edge), e);
    }
    *state = &s;
    return 0;
}

static void finish_square(struct square *s)
{
    assert_int_equal(road_builder_finish(&s->b, &s->w.r.road), 0);
    road_builder_close(&s->b);
    open_world(&s->w, speeds_profile(&speeds, "emergency"));
}

static struct snap on(const struct square *s, uint32_t street, bool back)
{
    return (struct snap){.arc = random_arc(&s->w.r, street, back), .along_dm = 5000};
}

static uint64_t takes_ms(struct square *s, struct snap from, struct snap to)
{
    uint64_t plain;

    field_open(&s->w.plain, &s->w.weights, &to, 1);
    field_open_cch(&s->w.field, &s->w.metric, &to, 1);
    plain = asked(&s->w.plain, &from);
    assert_true(plain == asked(&s->w.field, &from));
    return plain;
}

/* In kilometres of these streets: 65 km/h, 55,385 ms each. */
static void expect_km(struct square *s, struct snap from, struct snap to, uint64_t km)
{
    uint64_t ms = takes_ms(s, from, to);

    assert_in_range(ms, km * 55000, km * 56000);
}

static void only_the_whole_drive_is_forbidden(void **state)
{
    struct square *s = *state;

    assert_int_equal(road_builder_forbid(&s->b, (uint32_t[]){A_P, VIA, Q_B}, 3, 1), 0);
    finish_square(s);
    expect_km(s, on(s, A_P, false), on(s, Q_B, false), 4); /* over x */
    expect_km(s, on(s, A_P, false), on(s, VIA, false), 1);
    expect_km(s, on(s, VIA, false), on(s, Q_B, false), 1); /* who stands there may */
    expect_km(s, on(s, P_X, true), on(s, Q_B, false), 2);  /* who comes from elsewhere, too */
    expect_km(s, on(s, D_Q, false), on(s, P_C, false), 3);
    close_world(&s->w);
}

static void a_path_does_not_drive_it(void **state)
{
    struct square *s = *state;
    uint32_t arcs[20];
    struct path path = {.arc = arcs, .arc_cap = 20};
    static const int64_t want[] = {A_P + 1, P_X + 1, P_X + 1, VIA + 1, Q_B + 1};

    assert_int_equal(road_builder_forbid(&s->b, (uint32_t[]){A_P, VIA, Q_B}, 3, 1), 0);
    finish_square(s);
    struct snap from = on(s, A_P, false), to = on(s, Q_B, false);
    field_open_cch(&s->w.field, &s->w.metric, &to, 1);
    assert_int_equal(path_find(&path, &s->w.field, &from), PATH_FOUND);
    assert_int_equal(path.arc_n, 5);
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(s->w.r.road.arc[path.arc[i]].way_id, want[i]);
    close_world(&s->w);
}

static void who_need_not_mind_drives_it(void **state)
{
    struct square *s = *state;
    struct speed_profile any_turn = *speeds_profile(&speeds, "emergency");

    any_turn.any_turn = true;
    assert_int_equal(road_builder_forbid(&s->b, (uint32_t[]){A_P, VIA, Q_B}, 3, 1), 0);
    finish_square(s);
    assert_int_equal(weights_build(&s->w.weights, &s->w.r.road, &any_turn, 10, NULL, 0, 2), 0);
    cch_metric_build(&s->w.metric, &s->w.weights);
    expect_km(s, on(s, A_P, false), on(s, Q_B, false), 2);
    close_world(&s->w);
}

/* The way over x is forbidden, too; and a turn where that begins. */
static void restrictions_overlap(void **state)
{
    struct square *s = *state;

    assert_int_equal(road_builder_forbid(&s->b, (uint32_t[]){A_P, VIA, Q_B}, 3, 1), 0);
    assert_int_equal(road_builder_forbid(&s->b, (uint32_t[]){P_X, VIA, Q_B}, 3, 1), 0);
    assert_int_equal(road_builder_forbid(&s->b, (uint32_t[]){P_X, P_C}, 2, 1), 0);
    finish_square(s);
    expect_km(s, on(s, A_P, false), on(s, P_C, false), 1);
    expect_km(s, on(s, A_P, false), on(s, Q_B, false), 6); /* over d */
    expect_km(s, on(s, P_X, true), on(s, Q_B, false), 6);
    expect_km(s, on(s, P_X, true), on(s, VIA, false), 1);
    expect_km(s, on(s, P_X, true), on(s, P_C, false), 7); /* turns round at d, not at p or q */
    close_world(&s->w);
}

static void the_file_keeps_it(void **state)
{
    struct square *s = *state;
    char dir[TEMP_DIR_MAX], path[TEMP_DIR_MAX + 16], errmsg[ROAD_ERRMSG_MAX];
    struct road back;

    assert_int_equal(road_builder_forbid(&s->b, (uint32_t[]){A_P, VIA, Q_B}, 3, 1), 0);
    finish_square(s);
    temp_dir_make(dir);
    snprintf(path, sizeof path, "%s/road", dir);
    if (road_save(&s->w.r.road, path, errmsg) || road_load(&back, path, errmsg))
        fail_msg("%s", errmsg);
    assert_true(back.hash == s->w.r.road.hash);
    assert_int_equal(back.arc_n, s->w.r.road.arc_n);
    road_close(&back);
    temp_dir_remove(dir);
    close_world(&s->w);
}

static void a_loop_in_the_middle_is_refused(void **state)
{
    struct square *s = *state;
    struct point line[3] = {s->b.node[1].at, s->b.node[6].at, s->b.node[1].at};
    struct road_edge loop = {.way_id = 9, .from = 1, .to = 1, .line = line, .line_n = 3};
    int64_t edge = road_builder_edge(&s->b, &loop);

    assert_true(edge > 0);
    assert_int_equal(road_builder_forbid(&s->b, (uint32_t[]){A_P, (uint32_t)edge, P_C}, 3, 1), -1);
    assert_non_null(strstr(s->b.errmsg, "ends where it begins"));
    assert_int_equal(road_builder_forbid(&s->b, (uint32_t[]){A_P, VIA, P_C}, 3, 1), -1);
    assert_non_null(strstr(s->b.errmsg, "do not meet"));
    road_builder_close(&s->b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_those_of_a_search_that_remembers),
        cmocka_unit_test_setup(only_the_whole_drive_is_forbidden, make_square),
        cmocka_unit_test_setup(a_path_does_not_drive_it, make_square),
        cmocka_unit_test_setup(who_need_not_mind_drives_it, make_square),
        cmocka_unit_test_setup(restrictions_overlap, make_square),
        cmocka_unit_test_setup(the_file_keeps_it, make_square),
        cmocka_unit_test_setup(a_loop_in_the_middle_is_refused, make_square),
    };

    return cmocka_run_group_tests(tests, load_speeds, NULL);
}
