#include "sim/city_roads.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "dispatch/must.h"
#include "geo/road_builder.h"
#include "sim/dice.h"
#include "sim/township.h"

/* ---- the plan: which places are joined, by what ---- */

struct county_road {
    uint32_t from, to; /* township codes */
    enum road_class class;
    unsigned middle; /* flags of its middle piece: ROAD_BRIDGE, ROAD_TUNNEL, or 0 */
    const char *name;
};

static const struct county_road county_roads[] = {
    {640202001, 640202100, ROAD_TRUNK, 0, "演示国道甲线"},
    {640202100, 640221100, ROAD_TRUNK, 0, "演示国道甲线"},
    {640221100, 640221104, ROAD_TRUNK, 0, "演示国道甲线"},
    {640202001, 640205100, ROAD_PRIMARY, 0, "演示省道乙线"},
    {640205100, 640205102, ROAD_PRIMARY, 0, "演示省道乙线"},
    {640205102, 640205001, ROAD_PRIMARY, 0, "演示省道乙线"},
    {640221100, 640221101, ROAD_PRIMARY, 0, "演示省道丙线"},
    {640221101, 640205100, ROAD_PRIMARY, 0, "演示省道丙线"},
    {640202001, 640202006, ROAD_SECONDARY, ROAD_TUNNEL, "演示山口路"},
    {640202006, 640202007, ROAD_SECONDARY, 0, "演示矿区路"},
    {640202001, 640221105, ROAD_SECONDARY, 0, "演示崇岗路"},
    {640221105, 640221100, ROAD_SECONDARY, 0, "演示崇岗路"},
    {640221100, 640221200, ROAD_SECONDARY, 0, "演示县道一"},
    {640221200, 640221103, ROAD_SECONDARY, 0, "演示县道一"},
    {640221103, 640221201, ROAD_TERTIARY, 0, "演示县道二"},
    {640221201, 640221102, ROAD_TERTIARY, 0, "演示县道二"},
    {640221102, 640221101, ROAD_TERTIARY, 0, "演示县道二"},
    {640221101, 640205202, ROAD_TERTIARY, 0, "演示县道三"},
    {640205202, 640205200, ROAD_TERTIARY, 0, "演示县道三"},
    {640205200, 640205201, ROAD_TERTIARY, 0, "演示县道三"},
    {640205201, 640205101, ROAD_TERTIARY, 0, "演示县道三"},
    {640205101, 640205001, ROAD_TERTIARY, 0, "演示县道三"},
    {640205200, 640205100, ROAD_TERTIARY, 0, "演示县道四"},
    {640221104, 640221202, ROAD_TERTIARY, 0, "演示县道五"},
    {640221202, 640221203, ROAD_TERTIARY, 0, "演示县道五"},
    {640221203, 640221103, ROAD_TERTIARY, 0, "演示县道五"},
    {640221106, 640221204, ROAD_TERTIARY, 0, "演示河东路"},
    {640221204, 640221205, ROAD_TERTIARY, 0, "演示河东路"},
    {640221203, 640221106, ROAD_SECONDARY, ROAD_BRIDGE, "演示黄河一桥"},
    {640221201, 640221204, ROAD_SECONDARY, ROAD_BRIDGE, "演示黄河二桥"},
    {640205201, 640221205, ROAD_SECONDARY, ROAD_BRIDGE, "演示黄河三桥"},
};

#define DEG(lat, lon)                                                                              \
    {                                                                                              \
        (int32_t)((lat)*1e7 + 0.5), (int32_t)((lon)*1e7 + 0.5)                                     \
    }
static const struct point motorway_line[] = {
    DEG(38.780, 106.475), DEG(38.900, 106.505), DEG(39.000, 106.585),
    DEG(39.125, 106.655), DEG(39.275, 106.750),
};
#define MOTORWAY_POINTS (sizeof(motorway_line) / sizeof(motorway_line[0]))
#define MOTORWAY_STEP_M 800
#define MOTORWAY_HALF_GAP_M 14
static const uint32_t interchange_towns[] = {640221104, 640221100, 640205100, 640205001};
#define INTERCHANGES (sizeof(interchange_towns) / sizeof(interchange_towns[0]))

/* Size of a town's grid by its kind: columns, rows, spacing. */
static const struct {
    uint32_t columns, rows;
    double spacing_m;
} grid_shape[] = {
    [TOWN_CORE] = {44, 40, 150}, [TOWN_TOWN] = {14, 12, 130}, [TOWN_VILLAGE] = {9, 8, 120}};

/* ---- drawing ---- */

struct town {
    uint32_t first_node, columns, rows;
};

struct drawing {
    struct road_builder builder;
    struct dice dice;
    int64_t node_id, way_id;
    struct town town[TOWNSHIPS];
    char *errmsg;
};

static int fail(struct drawing *d)
{
    snprintf(d->errmsg, ERRMSG_MAX, "synthetic roads: %s", d->builder.errmsg);
    return -1;
}

static int64_t add_node(struct drawing *d, struct point at)
{
    return road_builder_node(&d->builder, ++d->node_id, at);
}

static int add_edge(struct drawing *d, int64_t from, int64_t to, enum road_class class,
                    unsigned flags, const char *name)
{
    struct road_edge edge = {.way_id = d->way_id,
                             .from = (uint32_t)from,
                             .to = (uint32_t)to,
                             .class = class,
                             .flags = flags,
                             .name = name};

    if (from < 0 || to < 0 || road_builder_edge(&d->builder, &edge) < 0)
        return fail(d);
    return 0;
}

static struct point node_at(const struct drawing *d, uint32_t node)
{
    return d->builder.node[node].at;
}

static struct point shift_m(struct point p, double east_m, double north_m)
{
    struct plane plane = plane_at(p);
    return plane_point(&plane, east_m, north_m);
}

/* Class and direction of line number i of n of a grid. */
static enum road_class line_class(uint32_t i, uint32_t n)
{
    if (i == n / 2)
        return ROAD_SECONDARY;
    if (i % 4 == 0)
        return ROAD_TERTIARY;
    return ROAD_RESIDENTIAL;
}

static int grid_line_edge(struct drawing *d, const struct town *town, uint32_t a, uint32_t b,
                          enum road_class class, unsigned flags, const char *name)
{
    if (class == ROAD_RESIDENTIAL && dice_percent(&d->dice, 9))
        return 0; /* blocks that no street cuts */
    if (class == ROAD_RESIDENTIAL && dice_percent(&d->dice, 2))
        flags |= ROAD_BARRIER;
    if (flags & ROAD_ONEWAY && flags & ROAD_REVERSED)
        return add_edge(d, town->first_node + b, town->first_node + a, class, ROAD_ONEWAY, name);
    return add_edge(d, town->first_node + a, town->first_node + b, class, flags, name);
}

/* In a core the streets beside a main street are one-way, in pairs. */
static unsigned oneway_of(uint32_t i, enum town_kind kind)
{
    if (kind != TOWN_CORE)
        return 0;
    return i % 8 == 3 ? ROAD_ONEWAY : i % 8 == 5 ? ROAD_ONEWAY | ROAD_REVERSED : 0;
}

static int grid_streets(struct drawing *d, const struct township *place, const struct town *town)
{
    char name[ROAD_TEXT_MAX];

    for (uint32_t i = 0; i < town->columns; i++) {
        snprintf(name, sizeof(name), "演示%s纵%u路", place->name, i + 1);
        d->way_id++;
        for (uint32_t j = 0; j + 1 < town->rows; j++)
            if (grid_line_edge(d, town, j * town->columns + i, (j + 1) * town->columns + i,
                               line_class(i, town->columns), oneway_of(i, place->kind), name) < 0)
                return -1;
    }
    for (uint32_t j = 0; j < town->rows; j++) {
        snprintf(name, sizeof(name), "演示%s横%u街", place->name, j + 1);
        d->way_id++;
        for (uint32_t i = 0; i + 1 < town->columns; i++)
            if (grid_line_edge(d, town, j * town->columns + i, j * town->columns + i + 1,
                               line_class(j, town->rows), oneway_of(j, place->kind), name) < 0)
                return -1;
    }
    return 0;
}

static int draw_town(struct drawing *d, int row)
{
    const struct township *place = &township_table[row];
    struct town *town = &d->town[row];
    double spacing_m = grid_shape[place->kind].spacing_m;

    town->columns = grid_shape[place->kind].columns;
    town->rows = grid_shape[place->kind].rows;
    if (place->kind == TOWN_CORE && place->district != DAWUKOU) {
        town->columns = town->columns * 2 / 3;
        town->rows = town->rows * 2 / 3;
    }
    for (uint32_t j = 0; j < town->rows; j++) {
        for (uint32_t i = 0; i < town->columns; i++) {
            double east_m = (i - (town->columns - 1) / 2.0) * spacing_m;
            double north_m = (j - (town->rows - 1) / 2.0) * spacing_m;
            int64_t node =
                add_node(d, shift_m(place->at, east_m + dice_normal(&d->dice, 0, spacing_m / 14),
                                    north_m + dice_normal(&d->dice, 0, spacing_m / 14)));
            if (node < 0)
                return fail(d);
            if (i == 0 && j == 0)
                town->first_node = (uint32_t)node;
        }
    }
    return grid_streets(d, place, town);
}

/* Where a road towards `to` leaves the town: the crossing of main streets nearest to it. */
static uint32_t town_gate(const struct drawing *d, int row, struct point to)
{
    const struct town *town = &d->town[row];
    uint32_t best = town->first_node;
    double best_m = HUGE_VAL;

    for (uint32_t j = 0; j < town->rows; j++) {
        for (uint32_t i = 0; i < town->columns; i++) {
            uint32_t node = town->first_node + j * town->columns + i;
            double dist_m = point_dist_m(node_at(d, node), to);
            bool main_street = i == town->columns / 2 || j == town->rows / 2;
            if (main_street && dist_m < best_m) {
                best = node;
                best_m = dist_m;
            }
        }
    }
    return best;
}

/* A few farm lanes beside a county road. */
static int draw_village(struct drawing *d, uint32_t at, double course)
{
    double side = dice_percent(&d->dice, 50) ? 1 : -1;
    int64_t before = at;
    int64_t lane[3];

    for (int i = 0; i < 3; i++) {
        double out_m = 110.0 * (i + 1) * side;
        lane[i] = add_node(d, shift_m(node_at(d, at), out_m * cos(course), -out_m * sin(course)));
        if (add_edge(d, before, lane[i], ROAD_UNCLASSIFIED, 0, "演示村道") < 0)
            return -1;
        before = lane[i];
    }
    for (int i = 0; i < 3; i++) {
        for (int way = -1; way <= 1; way += 2) {
            int64_t end =
                add_node(d, shift_m(node_at(d, (uint32_t)lane[i]), way * 120.0 * sin(course),
                                    way * 120.0 * cos(course)));
            if (add_edge(d, lane[i], end, ROAD_SERVICE, 0, "") < 0)
                return -1;
        }
    }
    return 0;
}

#define COUNTY_STEP_M 550

static int draw_county_road(struct drawing *d, const struct county_road *plan)
{
    int from = township_find(plan->from), to = township_find(plan->to);
    must(from >= 0 && to >= 0);
    uint32_t start = town_gate(d, from, township_table[to].at);
    uint32_t end = town_gate(d, to, township_table[from].at);
    struct plane plane = plane_at(node_at(d, start));
    double x_m, y_m, bend_m = dice_normal(&d->dice, 0, 500);
    plane_xy(&plane, node_at(d, end), &x_m, &y_m);
    double length_m = hypot(x_m, y_m), course = atan2(x_m, y_m);
    int n = (int)(length_m / COUNTY_STEP_M) + 1;
    int half = plan->middle == ROAD_TUNNEL ? (int)(CITY_TUNNEL_M / COUNTY_STEP_M / 2) : 1;
    int64_t before = start;

    if (plan->middle)
        bend_m = 0;
    d->way_id++;
    for (int i = 1; i <= n; i++) {
        double t = (double)i / n;
        double aside_m = bend_m * sin(t * 3.14159265) * fmin(1, length_m / 8000);
        int64_t node = i == n ? (int64_t)end
                              : add_node(d, plane_point(&plane, x_m * t + aside_m * cos(course),
                                                        y_m * t - aside_m * sin(course)));
        bool middle = plan->middle && i > n / 2 - half && i <= n / 2 + half + 1;
        if (add_edge(d, before, node, plan->class, middle ? plan->middle : 0, plan->name) < 0)
            return -1;
        if (i % 3 == 0 && i < n && !middle && draw_village(d, (uint32_t)node, course) < 0)
            return -1;
        before = node;
    }
    return 0;
}

/* ---- the motorway ---- */

#define CARRIAGEWAY_MAX 200

struct motorway {
    int64_t forth[CARRIAGEWAY_MAX], back[CARRIAGEWAY_MAX];
    int n;
};

/* The point dist_m along the line, and the course there in radians. */
static struct point motorway_at(double dist_m, double *course)
{
    size_t i = 0;
    double piece_m = point_dist_m(motorway_line[0], motorway_line[1]);

    while (dist_m > piece_m && i + 2 < MOTORWAY_POINTS) {
        dist_m -= piece_m;
        i++;
        piece_m = point_dist_m(motorway_line[i], motorway_line[i + 1]);
    }
    struct plane plane = plane_at(motorway_line[i]);
    double x_m, y_m;
    plane_xy(&plane, motorway_line[i + 1], &x_m, &y_m);
    *course = atan2(x_m, y_m);
    return plane_point(&plane, sin(*course) * dist_m, cos(*course) * dist_m);
}

static double motorway_length_m(void)
{
    double sum_m = 0;
    for (size_t i = 0; i + 1 < MOTORWAY_POINTS; i++)
        sum_m += point_dist_m(motorway_line[i], motorway_line[i + 1]);
    return sum_m;
}

static int draw_carriageways(struct drawing *d, struct motorway *m)
{
    const unsigned flags = ROAD_ONEWAY | ROAD_CARRIAGEWAY;

    m->n = (int)(motorway_length_m() / MOTORWAY_STEP_M) + 1;
    must(m->n <= CARRIAGEWAY_MAX);
    for (int i = 0; i < m->n; i++) {
        double course;
        struct point at = motorway_at(i * (double)MOTORWAY_STEP_M, &course);
        double east_m = cos(course) * MOTORWAY_HALF_GAP_M;
        double north_m = -sin(course) * MOTORWAY_HALF_GAP_M;
        m->forth[i] = add_node(d, shift_m(at, east_m, north_m));
        m->back[i] = add_node(d, shift_m(at, -east_m, -north_m));
    }
    d->way_id++;
    for (int i = 0; i + 1 < m->n; i++)
        if (add_edge(d, m->forth[i], m->forth[i + 1], ROAD_MOTORWAY, flags, "演示高速（北行）") < 0)
            return -1;
    d->way_id++;
    for (int i = m->n - 1; i > 0; i--)
        if (add_edge(d, m->back[i], m->back[i - 1], ROAD_MOTORWAY, flags, "演示高速（南行）") < 0)
            return -1;
    d->way_id++;
    for (int i = 9; i + 1 < m->n; i += 18) /* turn-rounds for emergency vehicles */
        if (add_edge(d, m->forth[i], m->back[i], ROAD_SERVICE, ROAD_EMERGENCY | ROAD_BARRIER,
                     "演示应急开口") < 0)
            return -1;
    return add_edge(d, m->back[0], m->forth[0], ROAD_MOTORWAY_LINK, flags, "演示高速匝道") < 0 ||
                   add_edge(d, m->forth[m->n - 1], m->back[m->n - 1], ROAD_MOTORWAY_LINK, flags,
                            "演示高速匝道") < 0
               ? -1
               : 0;
}

/* Four ramps between a town's road and the two carriageways. */
static int draw_interchange(struct drawing *d, const struct motorway *m, int row)
{
    const unsigned ramp = ROAD_ONEWAY | ROAD_CARRIAGEWAY;
    struct point town = township_table[row].at;
    int near = 0;

    for (int i = 1; i + 2 < m->n; i++)
        if (point_dist_m(node_at(d, (uint32_t)m->forth[i]), town) <
            point_dist_m(node_at(d, (uint32_t)m->forth[near]), town))
            near = i;
    struct point at = node_at(d, (uint32_t)m->forth[near]);
    struct plane plane = plane_at(at);
    double x_m, y_m;
    plane_xy(&plane, town, &x_m, &y_m);
    double scale = 420 / hypot(x_m, y_m);
    int64_t junction = add_node(d, plane_point(&plane, x_m * scale, y_m * scale));
    const struct {
        int64_t from, to;
    } ramps[] = {{m->forth[near], junction},
                 {junction, m->forth[near + 1]},
                 {m->back[near + 1], junction},
                 {junction, m->back[near]}};

    d->way_id++;
    for (size_t i = 0; i < sizeof(ramps) / sizeof(ramps[0]); i++)
        if (add_edge(d, ramps[i].from, ramps[i].to, ROAD_MOTORWAY_LINK, ramp, "演示高速匝道") < 0)
            return -1;
    if (junction < 0)
        return fail(d);
    return add_edge(d, junction, town_gate(d, row, node_at(d, (uint32_t)junction)), ROAD_PRIMARY, 0,
                    "演示高速连接线");
}

static int draw_motorway(struct drawing *d)
{
    struct motorway m;

    if (draw_carriageways(d, &m) < 0)
        return -1;
    for (size_t i = 0; i < INTERCHANGES; i++) {
        int row = township_find(interchange_towns[i]);
        must(row >= 0);
        if (draw_interchange(d, &m, row) < 0)
            return -1;
    }
    return 0;
}

/* ---- all of it ---- */

static int draw_city(struct drawing *d)
{
    for (int i = 0; i < TOWNSHIPS; i++)
        if (township_table[i].kind != TOWN_PART && draw_town(d, i) < 0)
            return -1;
    for (size_t i = 0; i < sizeof(county_roads) / sizeof(county_roads[0]); i++)
        if (draw_county_road(d, &county_roads[i]) < 0)
            return -1;
    return draw_motorway(d);
}

int city_roads_make(uint64_t seed, struct road *out, char errmsg[static ERRMSG_MAX])
{
    struct drawing d = {.dice = dice_make(seed, "roads"), .errmsg = errmsg};
    struct road road;
    int err;

    if (road_builder_init(&d.builder) < 0)
        return fail(&d);
    err = draw_city(&d);
    if (err == 0 && road_builder_finish(&d.builder, &road) < 0)
        err = fail(&d);
    road_builder_close(&d.builder);
    if (err < 0)
        return -1;
    road.synthetic = true;
    snprintf(road.label, sizeof(road.label), "演示数据 synthetic: three districts, seed %llu",
             (unsigned long long)seed);
    snprintf(road.source, sizeof(road.source), "citysim make: no real street is in it");
    snprintf(road.attribution, sizeof(road.attribution), "演示数据（合成路网）synthetic roads");
    *out = road;
    return 0;
}

size_t city_roads_motorway(struct point *out, size_t max)
{
    size_t n = MOTORWAY_POINTS < max ? MOTORWAY_POINTS : max;
    memcpy(out, motorway_line, n * sizeof(*out));
    return n;
}
