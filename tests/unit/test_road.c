/* Roads: what the builder takes and refuses, the main part, speeds, weights, snapping. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "geo/grid.h"
#include "geo/weights.h"
#include "tests/lib/random_road.h"

#define NETWORKS 300

static struct speeds speeds;

static int load_speeds(void **state)
{
    (void)state;
    if (speeds_load(&speeds, SOURCE_DIR "/deploy/speeds.conf") == 0)
        return 0;
    print_error("%s\n", speeds.errmsg);
    return -1;
}

/* ---- builder ---- */

static int open_builder(void **state)
{
    static struct road_builder b;
    struct point here = {384000000, 1062000000}, there = {384100000, 1062000000};

    *state = &b;
    assert_int_equal(road_builder_init(&b), 0);
    assert_int_equal(road_builder_node(&b, 100, here), 0);
    assert_int_equal(road_builder_node(&b, 200, there), 1);
    return 0;
}

static int close_builder(void **state)
{
    road_builder_close(*state);
    return 0;
}

static void assert_refused(struct road_builder *b, struct road_edge edge, const char *why)
{
    assert_int_equal(road_builder_edge(b, &edge), -1);
    if (!strstr(b->errmsg, why))
        fail_msg("'%s' does not say '%s'", b->errmsg, why);
}

static void builder_refuses_impossible_input(void **state)
{
    struct road_builder *b = *state;
    struct point line[3] = {b->node[0].at, {999999999, 0}, b->node[1].at};
    struct point loose[2] = {{385000000, 1062000000}, b->node[1].at};
    char name[300];
    struct road road;

    memset(name, 'x', sizeof name);
    name[299] = '\0';
    assert_int_equal(road_builder_finish(b, &road), -1);
    assert_refused(b, (struct road_edge){.to = 2}, "names a node that was not given");
    assert_refused(b, (struct road_edge){.to = 1, .class = ROAD_CLASSES}, "unknown class");
    assert_refused(b, (struct road_edge){.to = 1, .flags = ROAD_MAIN}, "unknown flags");
    assert_refused(b, (struct road_edge){.to = 1, .maxspeed_kmh = 251}, "251 km/h");
    assert_refused(b, (struct road_edge){.to = 1, .name = name}, "name longer");
    assert_refused(b, (struct road_edge){.to = 1, .line = line, .line_n = 1}, "2 to 65535");
    assert_refused(b, (struct road_edge){.to = 1, .line = line, .line_n = 3}, "out of range");
    assert_refused(b, (struct road_edge){.to = 1, .line = loose, .line_n = 2}, "does not join");
    assert_int_equal(road_builder_node(b, 100, (struct point){1, 1}), -1);
    assert_int_equal(road_builder_node(b, 300, (struct point){INT32_MAX, 1}), -1);
    assert_int_equal(road_builder_node(b, 200, b->node[1].at), 1);
    assert_int_equal(road_builder_node(b, 300, (struct point){420000000, 1062000000}), 2);
    assert_int_equal(road_builder_edge(b, &(struct road_edge){.to = 1}), 0);
    assert_refused(b, (struct road_edge){.from = 1, .to = 2, .line = NULL}, "without a crossing");
    assert_int_equal(road_builder_forbid(b, (uint32_t[]){0, 0}, 2, 2), -1);
    assert_non_null(strstr(b->errmsg, "do not meet"));
    assert_int_equal(road_builder_forbid(b, (uint32_t[]){0, 9}, 2, 1), -1);
    assert_non_null(strstr(b->errmsg, "not given"));
    assert_int_equal(road_builder_forbid(b, (uint32_t[]){0}, 1, 1), -1);
    assert_int_equal(road_builder_forbid(b, (uint32_t[ROAD_ROUTE_MAX + 1]){0}, 17, 1), -1);
    assert_non_null(strstr(b->errmsg, "17 edges"));
}

static void two_way_street_has_twins(void **state)
{
    struct road_builder *b = *state;
    struct point line[3] = {b->node[0].at, {384050000, 1062010000}, b->node[1].at};
    struct road road;
    uint32_t n;

    assert_int_equal(road_builder_edge(b, &(struct road_edge){.way_id = 5,
                                                              .to = 1,
                                                              .line = line,
                                                              .line_n = 3,
                                                              .name = "解放西街",
                                                              .class = ROAD_PRIMARY}),
                     0);
    assert_int_equal(road_builder_finish(b, &road), 0);
    const uint32_t *arcs = road_way_arcs(&road, 5, &n);
    assert_int_equal(n, 2);
    const struct road_arc *go = &road.arc[arcs[0]], *back = &road.arc[arcs[1]];
    assert_int_equal(go->twin, arcs[1]);
    assert_int_equal(back->twin, arcs[0]);
    assert_int_equal(go->head, back->tail);
    assert_int_equal(go->length_dm, 11255);
    assert_string_equal(road_name(&road, arcs[1]), "解放西街");
    assert_true(point_equal(road_arc_point(&road, arcs[0], 0), road_arc_point(&road, arcs[1], 2)));
    assert_null(road_way_arcs(&road, 6, &n));
    assert_int_equal(n, 0);
    road_close(&road);
}

static void a_place_along_a_bent_street(void **state)
{
    struct road_builder *b = *state;
    struct plane plane = plane_at(b->node[0].at);
    struct point line[3] = {b->node[0].at, plane_point(&plane, 300, 0),
                            plane_point(&plane, 300, 100)};
    struct road road;
    double course, x, y;

    assert_int_equal(road_builder_node(b, 300, line[2]), 2);
    assert_int_equal(
        road_builder_edge(
            b, &(struct road_edge){.to = 2, .line = line, .line_n = 3, .flags = ROAD_ONEWAY}),
        0);
    assert_int_equal(road_builder_finish(b, &road), 0);
    plane_xy(&plane, road_arc_along(&road, 0, 1500, &course), &x, &y);
    assert_true(fabs(x - 150) < 0.2 && fabs(y) < 0.2 && fabs(course - 90) < 0.2);
    plane_xy(&plane, road_arc_along(&road, 0, 3500, &course), &x, &y);
    assert_true(fabs(x - 300) < 0.2 && fabs(y - 50) < 0.2 && course < 0.2);
    assert_true(point_equal(road_arc_along(&road, 0, 4000, NULL), line[2]));
    assert_true(point_equal(road_arc_along(&road, 0, 0, NULL), line[0]));
    road_close(&road);
}

/* ---- the main part ---- */

static void flood(const struct road *road, bool forward, uint32_t start, bool *seen)
{
    bool grew = true;

    for (uint32_t v = 0; v < road->node_n; v++)
        seen[v] = v == start;
    while (grew) {
        grew = false;
        for (uint32_t i = 0; i < road->arc_n; i++) {
            uint32_t a = forward ? road->arc[i].tail : road->arc[i].head;
            uint32_t z = forward ? road->arc[i].head : road->arc[i].tail;
            bool goes = seen[a] && !(road->arc[i].flags & ROAD_BANNED);
            grew |= goes && !seen[z];
            seen[z] |= goes;
        }
    }
}

static bool any_tail(const struct road *road, uint32_t arc, const bool *in)
{
    bool any = false;

    for (uint32_t c = arc; c != ROAD_NONE; c = road->arc[c].next_copy)
        any |= in[road->arc[c].tail] && !(road->arc[c].flags & ROAD_BANNED);
    return any;
}

/* Exactly those originals are main that one can drive to from a main one, and from which back. */
static void check_main_arcs(const struct road *road)
{
    bool to[512], from[512];
    uint32_t one = 0;

    while (one < road->arc_n && !(road->arc[one].flags & ROAD_MAIN))
        one++;
    if (one == road->arc_n)
        return; /* nothing but dead ends */
    flood(road, true, road->arc[one].head, to);
    assert_true(any_tail(road, one, to));
    for (uint32_t i = 0; i < road->arc_n; i++) {
        flood(road, true, road->arc[i].head, from);
        bool main_arc =
            road->arc[i].original == i && any_tail(road, i, to) && any_tail(road, one, from);
        assert_int_equal(!!(road->arc[i].flags & ROAD_MAIN), main_arc);
    }
}

/* Largest set of nodes that reach each other, by flooding both ways from every node. */
static void main_part_is_the_largest_component(void **state)
{
    struct random_road r;
    bool to[512], from[512];

    (void)state;
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        random_road_make(&r, seed, seed & 1);
        uint32_t largest = 0;
        assert_true(r.road.node_n <= 512);
        for (uint32_t v = 0; v < r.road.node_n; v++) {
            uint32_t n = 0;
            flood(&r.road, true, v, to);
            flood(&r.road, false, v, from);
            for (uint32_t u = 0; u < r.road.node_n; u++)
                n += to[u] && from[u];
            largest = n > largest ? n : largest;
        }
        assert_int_equal(r.road.main_node_n, largest);
        check_main_arcs(&r.road);
        road_close(&r.road);
    }
}

static void a_very_long_street_does_not_exhaust_the_stack(void **state)
{
    struct road_builder b;
    struct road road;

    (void)state;
    assert_int_equal(road_builder_init(&b), 0);
    for (int32_t i = 0; i < 300000; i++)
        assert_int_equal(road_builder_node(&b, i, (struct point){384000000, 1000000000 + i * 100}),
                         i);
    for (uint32_t i = 0; i + 1 < 300000; i++)
        assert_true(road_builder_edge(&b, &(struct road_edge){.from = i, .to = i + 1}) >= 0);
    assert_int_equal(road_builder_finish(&b, &road), 0);
    assert_int_equal(road.main_node_n, 300000);
    road_builder_close(&b);
    road_close(&road);
}

/* ---- speeds and weights ---- */

static void assert_speeds_refused(const char *text, const char *why)
{
    char path[] = "/tmp/speeds-XXXXXX";
    struct speeds s;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    assert_int_equal(speeds_load(&s, path), -1);
    unlink(path);
    if (!strstr(s.errmsg, why))
        fail_msg("'%s' does not say '%s'", s.errmsg, why);
}

#define HEAD "source test\nprofile p posted=100 barrier_s=5 emergency=yes\n"

static void speeds_refuse_with_file_and_line(void **state)
{
    struct speeds s;

    (void)state;
    assert_speeds_refused("", "no source line");
    assert_speeds_refused("source test\n", "no profile");
    assert_speeds_refused(HEAD, "missing: speed 'p motorway'");
    assert_speeds_refused("\n\nspeed p motorway 90\n", ":3: no profile of that name above: 'p'");
    assert_speeds_refused(HEAD "speed p motorroad 90\n", ":3: unknown class of road 'motorroad'");
    assert_speeds_refused(HEAD "speed p motorway 0\n", ":3: speed of 1 to 200");
    assert_speeds_refused(HEAD "speed p motorway 9e1\n", ":3: speed of 1 to 200");
    assert_speeds_refused(HEAD "speed p motorway 90\nspeed p motorway 91\n",
                          ":4: speed given twice");
    assert_speeds_refused(HEAD "hours p all fri-mon 7-9 50\n", ":3: days like");
    assert_speeds_refused(HEAD "hours p all mon 9-7 50\n", ":3: hours like");
    assert_speeds_refused(HEAD "hours p all mon 0-25 50\n", ":3: hours like");
    assert_speeds_refused(HEAD "hours p all mon 7-9 0\n", ":3: 5 to 200 percent");
    assert_speeds_refused(HEAD "velocity\n", ":3: unknown word 'velocity'");
    assert_speeds_refused("profile p posted=x barrier_s=5 emergency=yes\n", ":1: posted=PERCENT");
    assert_speeds_refused("profile p posted=1 barrier_s=5 emergency=yes turns=no\n",
                          ":1: turns=obey");
    assert_speeds_refused(HEAD "profile p posted=1 barrier_s=5 emergency=no\n", "given twice");
    assert_int_equal(speeds_load(&s, "/nonexistent/speeds.conf"), -1);
    assert_non_null(strstr(s.errmsg, "cannot be opened"));
}

/* One street of 1,000 m (to the decimetre) with the given properties. */
static uint32_t street_ms(const struct speed_profile *profile, struct road_edge edge, uint32_t hour,
                          uint32_t percent)
{
    struct plane plane = plane_at((struct point){384000000, 1062000000});
    struct road_condition condition = {0, percent};
    struct road_builder b;
    struct road road;
    struct weights w;
    uint32_t ms;

    assert_int_equal(road_builder_init(&b), 0);
    edge.from = (uint32_t)road_builder_node(&b, 1, plane.origin);
    edge.to = (uint32_t)road_builder_node(&b, 2, plane_point(&plane, 0, 1000));
    edge.flags |= ROAD_ONEWAY;
    assert_int_equal(road_builder_edge(&b, &edge), 0);
    assert_int_equal(road_builder_finish(&b, &road), 0);
    assert_int_equal(weights_init(&w, &road), 0);
    assert_int_equal(weights_build(&w, &road, profile, hour, &condition, 1, 1), 0);
    ms = w.ms[0];
    weights_close(&w);
    road_close(&road);
    road_builder_close(&b);
    return ms;
}

static void weights_follow_the_speeds(void **state)
{
    const struct speed_profile *e = speeds_profile(&speeds, "emergency");
    const struct speed_profile *o = speeds_profile(&speeds, "ordinary");
    struct road_edge tertiary = {.class = ROAD_TERTIARY};

    (void)state;
    assert_non_null(e);
    assert_null(speeds_profile(&speeds, "bicycle"));
    assert_int_equal(street_ms(e, tertiary, 3, 100), 72000); /* 50 km/h, Monday at three */
    assert_int_equal(street_ms(e, tertiary, 7, 100), 84706); /* 85 % from seven, rounded up */
    assert_int_equal(street_ms(e, tertiary, 9, 100), 72000); /* to nine */
    assert_int_equal(street_ms(e, tertiary, 5 * 24 + 7, 100), 72000); /* not on Saturday */
    assert_int_equal(street_ms(e, tertiary, 3, 50), 144000);
    assert_int_equal(street_ms(e, tertiary, 3, 0), ROAD_INF);
    tertiary.maxspeed_kmh = 30;
    assert_int_equal(street_ms(e, tertiary, 3, 100), 100000); /* 30 x 120 % */
    tertiary.maxspeed_kmh = 100;
    assert_int_equal(street_ms(e, tertiary, 3, 100), 72000); /* a limit does not make it faster */
    tertiary.flags = ROAD_BARRIER;
    assert_int_equal(street_ms(e, tertiary, 3, 100), 87000);
    tertiary.flags = ROAD_EMERGENCY;
    assert_int_equal(street_ms(e, tertiary, 3, 100), 72000);
    assert_int_equal(street_ms(o, tertiary, 3, 100), ROAD_INF);
}

static void weights_are_checked_and_versioned(void **state)
{
    const struct speed_profile *e = speeds_profile(&speeds, "emergency");
    struct random_road r;
    struct weights w;
    uint64_t hash;

    (void)state;
    random_road_make(&r, 3, true);
    struct road_condition slow = {random_arc(&r, 0, false), 60}, slower = {slow.arc, 20};
    struct road_condition both[2] = {slower, slow}, bad[] = {{r.road.arc_n, 0}, {slow.arc, 101}};
    assert_int_equal(weights_init(&w, &r.road), 0);
    assert_int_equal(weights_build(&w, &r.road, e, 3, &slow, 1, 8), 0);
    hash = w.hash;
    assert_int_equal(weights_build(&w, &r.road, e, WEEK_HOURS, NULL, 0, 9), -1);
    assert_int_equal(weights_build(&w, &r.road, e, 3, &bad[0], 1, 9), -1);
    assert_int_equal(weights_build(&w, &r.road, e, 3, &bad[1], 1, 9), -1);
    assert_non_null(strstr(w.errmsg, "101 percent"));
    assert_int_equal(w.hash, hash);
    assert_int_equal(w.epoch, 8);
    assert_int_equal(weights_build(&w, &r.road, e, 3, both, 2, 10), 0);
    assert_true(w.hash != hash);
    assert_int_equal(w.ms[slow.arc], (uint64_t)w.free_ms[slow.arc] * 5); /* the slowest counts */
    assert_int_equal(weights_build(&w, &r.road, e, 3, &slow, 1, 11), 0);
    assert_int_equal(w.hash, hash);
    weights_close(&w);
    road_close(&r.road);
}

/* ---- snapping ---- */

static const struct snap_config near_config = {
    .far_m = 400, .heading_kmh_min = 8, .heading_penalty_m = 60, .turn_round_ms = 20000};

/* Distance to a segment on a plane at the point itself. */
static double segment_m(struct point p, struct point a, struct point b)
{
    struct plane plane = plane_at(p);
    double ax, ay, bx, by;

    plane_xy(&plane, a, &ax, &ay);
    plane_xy(&plane, b, &bx, &by);
    double dx = bx - ax, dy = by - ay, square = dx * dx + dy * dy;
    double t = square > 0 ? fmax(0, fmin(1, -(ax * dx + ay * dy) / square)) : 0;
    return hypot(ax + t * dx, ay + t * dy);
}

static double arc_m(const struct road *road, uint32_t arc, struct point p)
{
    double least = 1e9;

    for (uint32_t i = 0; i + 1 < road->arc[arc].shape_n; i++)
        least = fmin(least,
                     segment_m(p, road_arc_point(road, arc, i), road_arc_point(road, arc, i + 1)));
    return least;
}

static void snaps_equal_a_search_of_everything(void **state)
{
    struct random_road r;
    struct grid grid;
    struct snap snaps[SNAPS_MAX];
    uint32_t off = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        random_road_make(&r, seed, seed & 1);
        assert_int_equal(grid_init(&grid, &r.road), 0);
        for (int k = 0; k < 10; k++) {
            struct snap_query query = {random_place(&r), COURSE_UNKNOWN, 0};
            size_t n = grid_snap(&grid, &near_config, &query, snaps, SNAPS_MAX), within = 0;
            double least = 1e9;
            for (uint32_t i = 0; i < r.road.arc_n; i++) {
                if (!(r.road.arc[i].flags & ROAD_MAIN))
                    continue;
                double m = arc_m(&r.road, i, query.at);
                least = fmin(least, m);
                within += m < near_config.far_m - 1;
            }
            off += n == 0;
            assert_true(n >= (within < SNAPS_MAX ? within : SNAPS_MAX));
            assert_true(n == 0 ? least > near_config.far_m - 1 : fabs(snaps[0].dist_m - least) < 1);
            for (size_t i = 0; i < n; i++) {
                assert_true(r.road.arc[snaps[i].arc].flags & ROAD_MAIN);
                assert_true(fabs(snaps[i].dist_m - arc_m(&r.road, snaps[i].arc, query.at)) < 1.2);
                assert_true(fabs(point_dist_m(snaps[i].at, query.at) - snaps[i].dist_m) < 1.2);
                assert_true(i == 0 || snaps[i - 1].score_m <= snaps[i].score_m);
            }
        }
        grid_close(&grid);
        road_close(&r.road);
    }
    assert_true(off > 20);
}

/* Two carriageways 15 m apart, eastwards in the south, joined at both ends; an island north. */
static void make_motorway(struct road *road, struct plane *plane)
{
    static const double xy[8][2] = {{0, 0},   {2000, 0},  {2000, 15}, {0, 15},
                                    {0, 100}, {500, 100}, {0, -200},  {2000, -200}};
    static const uint32_t ends[6][3] = {{0, 1, 1}, {1, 2, 0}, {2, 3, 1},
                                        {3, 0, 0}, {4, 5, 0}, {6, 7, 0}};
    struct road_builder b;

    *plane = plane_at((struct point){384000000, 1062000000});
    assert_int_equal(road_builder_init(&b), 0);
    for (int i = 0; i < 8; i++)
        road_builder_node(&b, i, plane_point(plane, xy[i][0], xy[i][1]));
    for (int i = 0; i < 6; i++) {
        struct road_edge edge = {.way_id = i,
                                 .from = ends[i][0],
                                 .to = ends[i][1],
                                 .class = ROAD_MOTORWAY,
                                 .flags = ends[i][2] ? ROAD_ONEWAY : 0};
        assert_int_equal(road_builder_edge(&b, &edge), i);
    }
    assert_int_equal(road_builder_finish(&b, road), 0);
    road_builder_close(&b);
}

static int64_t way_at(const struct grid *grid, struct point at, int course, int kmh)
{
    struct snap_query query = {at, course, kmh};
    struct snap snaps[4];

    assert_true(grid_snap(grid, &near_config, &query, snaps, 4) >= 2);
    return grid->road->arc[snaps[0].arc].way_id;
}

static void course_chooses_the_carriageway(void **state)
{
    struct road road;
    struct plane plane;
    struct grid grid;

    (void)state;
    make_motorway(&road, &plane);
    assert_int_equal(grid_init(&grid, &road), 0);
    struct point south = plane_point(&plane, 1000, 4), north = plane_point(&plane, 1000, 11);
    assert_int_equal(way_at(&grid, south, COURSE_UNKNOWN, 90), 0);
    assert_int_equal(way_at(&grid, north, COURSE_UNKNOWN, 90), 2);
    assert_int_equal(way_at(&grid, north, 92, 90), 0); /* driving east, though 4 m off */
    assert_int_equal(way_at(&grid, south, 268, 90), 2);
    assert_int_equal(way_at(&grid, south, 268, 2), 0); /* standing: the course says nothing */
    grid_close(&grid);
    road_close(&road);
}

static void places_are_on_one_carriageway_or_both_directions(void **state)
{
    struct road road;
    struct plane plane;
    struct grid grid;
    struct snap snaps[2];

    (void)state;
    make_motorway(&road, &plane);
    assert_int_equal(grid_init(&grid, &road), 0);
    assert_int_equal(grid_place(&grid, &near_config, plane_point(&plane, 500, -10), snaps), 1);
    assert_int_equal(road.arc[snaps[0].arc].way_id, 0);
    assert_in_range(snaps[0].along_dm, 4990, 5010);
    assert_int_equal(grid_place(&grid, &near_config, plane_point(&plane, 2010, 7), snaps), 2);
    assert_int_equal(road.arc[snaps[0].arc].twin, snaps[1].arc);
    assert_int_equal(snaps[0].along_dm + snaps[1].along_dm, road.arc[snaps[0].arc].length_dm);
    /* the island is nearer, but nobody could leave it */
    assert_int_equal(grid_place(&grid, &near_config, plane_point(&plane, 250, 95), snaps), 1);
    assert_int_equal(road.arc[snaps[0].arc].way_id, 2);
    assert_int_equal(grid_place(&grid, &near_config, plane_point(&plane, 250, 420), snaps), 0);
    assert_int_equal(grid_place(&grid, &near_config, (struct point){0, 0}, snaps), 0);
    grid_close(&grid);
    road_close(&road);
}

static void driving_against_the_arc_costs_turning_round(void **state)
{
    struct road road;
    struct plane plane;
    struct grid grid;
    struct snap snaps[8];
    uint32_t against = 0;

    (void)state;
    make_motorway(&road, &plane);
    assert_int_equal(grid_init(&grid, &road), 0);
    struct snap_query north = {plane_point(&plane, 2003, 7), 0, 30};
    size_t n = grid_snap(&grid, &near_config, &north, snaps, 8);
    assert_int_equal(snaps[0].turn_ms, 0);
    assert_int_equal(road.arc[snaps[0].arc].head, 2);
    assert_int_equal(snaps[0].score_m, 3);
    for (size_t i = 1; i < n; i++) {
        if (snaps[i].arc != road.arc[snaps[0].arc].twin)
            continue;
        against++;
        assert_int_equal(snaps[i].score_m, 63);
        assert_int_equal(snaps[i].turn_ms, 20000);
    }
    assert_int_equal(against, 1);
    grid_close(&grid);
    road_close(&road);
}

#define builder_test(name) cmocka_unit_test_setup_teardown(name, open_builder, close_builder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        builder_test(builder_refuses_impossible_input),
        builder_test(two_way_street_has_twins),
        builder_test(a_place_along_a_bent_street),
        cmocka_unit_test(main_part_is_the_largest_component),
        cmocka_unit_test(a_very_long_street_does_not_exhaust_the_stack),
        cmocka_unit_test(speeds_refuse_with_file_and_line),
        cmocka_unit_test(weights_follow_the_speeds),
        cmocka_unit_test(weights_are_checked_and_versioned),
        cmocka_unit_test(snaps_equal_a_search_of_everything),
        cmocka_unit_test(course_chooses_the_carriageway),
        cmocka_unit_test(places_are_on_one_carriageway_or_both_directions),
        cmocka_unit_test(driving_against_the_arc_costs_turning_round),
    };

    return cmocka_run_group_tests(tests, load_speeds, NULL);
}
