#include "sim/city_zones.h"

#include <math.h>
#include <stdio.h>

#include "dispatch/must.h"
#include "sim/city_roads.h"
#include "sim/dice.h"
#include "sim/township.h"

static struct city_zone *add_zone(struct city *city, enum zone_kind kind, const char *code,
                                  const char *name)
{
    must(city->zone_n < CITY_ZONES_MAX);
    struct city_zone *zone = &city->zone[city->zone_n++];
    *zone = (struct city_zone){.id = city->zone_n, .kind = kind};
    snprintf(zone->code, sizeof(zone->code), "%s", code);
    snprintf(zone->name, sizeof(zone->name), "%s（演示数据）", name);
    return zone;
}

static void set_ring(struct city_zone *zone, const struct point *ring, size_t n)
{
    must(n >= 3 && n <= CITY_RING_MAX);
    for (size_t i = 0; i < n; i++)
        zone->ring[i] = ring[i];
    zone->ring_n = n;
}

/* ---- cells ---- */

/* Below zero on the side of `a`, above on that of `b`: the line between the two. */
static double nearer(const struct plane *plane, struct point p, struct point a, struct point b)
{
    double px, py, ax, ay, bx, by;

    plane_xy(plane, p, &px, &py);
    plane_xy(plane, a, &ax, &ay);
    plane_xy(plane, b, &bx, &by);
    return hypot(px - ax, py - ay) * hypot(px - ax, py - ay) -
           hypot(px - bx, py - by) * hypot(px - bx, py - by);
}

static struct point between(struct point p, struct point q, double t)
{
    return (struct point){p.lat_e7 + (int32_t)lround(t * (q.lat_e7 - p.lat_e7)),
                          p.lon_e7 + (int32_t)lround(t * ((double)q.lon_e7 - p.lon_e7))};
}

/* What of a convex ring is nearer to `own` than to `other`. */
static size_t cut(const struct plane *plane, struct point *ring, size_t n, struct point own,
                  struct point other)
{
    struct point kept[CITY_RING_MAX];
    size_t kept_n = 0;

    for (size_t i = 0; i < n && kept_n + 2 <= CITY_RING_MAX; i++) {
        struct point p = ring[i], q = ring[(i + 1) % n];
        double dp = nearer(plane, p, own, other), dq = nearer(plane, q, own, other);
        if (dp <= 0)
            kept[kept_n++] = p;
        if ((dp < 0 && dq > 0) || (dp > 0 && dq < 0))
            kept[kept_n++] = between(p, q, dp / (dp - dq));
    }
    for (size_t i = 0; i < kept_n; i++)
        ring[i] = kept[i];
    return kept_n;
}

/* ---- sites ---- */

static void add_box(struct city *city, enum zone_kind kind, const char *name, struct point at,
                    double half_m, uint32_t grade_floor)
{
    struct plane plane = plane_at(at);
    char code[CITY_CODE_MAX];

    snprintf(code, sizeof(code), "SITE%02zu", city->zone_n + 1);
    struct city_zone *zone = add_zone(city, kind, code, name);
    const struct point ring[] = {
        plane_point(&plane, -half_m, -half_m), plane_point(&plane, half_m, -half_m),
        plane_point(&plane, half_m, half_m), plane_point(&plane, -half_m, half_m)};
    set_ring(zone, ring, 4);
    zone->grade_floor = grade_floor;
}

/* A strip between aside_m[0] and aside_m[1] right of a line. */
static void add_strip(struct city *city, enum zone_kind kind, const char *code, const char *name,
                      const struct point *line, size_t n, double near_m, double far_m)
{
    struct point ring[CITY_RING_MAX];

    must(n >= 2 && 2 * n <= CITY_RING_MAX);
    for (size_t i = 0; i < n; i++) {
        double course = point_course_deg(line[i ? i - 1 : 0], line[i + 1 < n ? i + 1 : n - 1]) *
                        0.017453292519943295;
        struct plane plane = plane_at(line[i]);
        ring[i] = plane_point(&plane, cos(course) * near_m, -sin(course) * near_m);
        ring[2 * n - 1 - i] = plane_point(&plane, cos(course) * far_m, -sin(course) * far_m);
    }
    set_ring(add_zone(city, kind, code, name), ring, 2 * n);
}

/* The two ends of the (straight) tunnel. */
static void find_tunnel(const struct road *road, struct point end[2])
{
    double length_m = -1;
    uint32_t first = ROAD_NONE;

    for (uint32_t a = 0; a < road->arc_n; a++) {
        if (!(road->arc[a].flags & ROAD_TUNNEL))
            continue;
        if (first == ROAD_NONE)
            first = road->arc[a].tail;
        double dist_m = point_dist_m(road->node[first].at, road->node[road->arc[a].head].at);
        if (dist_m > length_m) {
            length_m = dist_m;
            end[1] = road->node[road->arc[a].head].at;
        }
    }
    must(first != ROAD_NONE);
    end[0] = road->node[first].at;
    for (uint32_t a = 0; a < road->arc_n; a++)
        if (road->arc[a].flags & ROAD_TUNNEL &&
            point_dist_m(end[1], road->node[road->arc[a].tail].at) > point_dist_m(end[1], end[0]))
            end[0] = road->node[road->arc[a].tail].at;
}

static void add_ways(struct city *city, const struct road *road)
{
    struct point line[8], tunnel[2];
    size_t n = city_roads_motorway(line, 8);

    find_tunnel(road, tunnel);

    add_strip(city, ZONE_KIND_MOTORWAY, "MWN", "演示高速北行", line, n, 2, 60);
    add_strip(city, ZONE_KIND_MOTORWAY, "MWS", "演示高速南行", line, n, -60, -2);
    add_strip(city, ZONE_KIND_TUNNEL, "TUN1", "演示山口隧道", tunnel, 2, -60, 60);
}

static void add_sites(struct city *city, uint64_t seed, const struct road *road)
{
    static const struct {
        enum zone_kind kind;
        const char *name;
        uint32_t township, grade_floor;
        double half_m;
    } plan[] = {
        {ZONE_KIND_SCHOOL, "演示第一小学", 640202002, 0, 110},
        {ZONE_KIND_SCHOOL, "演示第一中学", 640202003, 0, 140},
        {ZONE_KIND_SCHOOL, "演示惠农中学", 640205003, 0, 130},
        {ZONE_KIND_SCHOOL, "演示平罗中学", 640221100, 0, 140},
        {ZONE_KIND_SCHOOL, "演示陶乐学校", 640221106, 0, 90},
        {ZONE_KIND_CHEMICAL_WORKS, "演示化工厂", 640202100, 2, 400},
        {ZONE_KIND_CHEMICAL_WORKS, "演示精细化工园", 640205100, 2, 500},
        {ZONE_KIND_MINE, "演示煤矿", 640202007, 2, 300},
        {ZONE_KIND_HIGH_RISE, "演示高层住宅", 640202001, 0, 80},
        {ZONE_KIND_CROWD, "演示汽车站", 640205006, 0, 120},
        {ZONE_KIND_CARE_HOME, "演示养老院", 640202004, 0, 70},
        {ZONE_KIND_CARE_HOME, "演示惠农养老院", 640205004, 0, 70},
    };
    struct dice dice = dice_make(seed, "sites");

    for (size_t i = 0; i < sizeof(plan) / sizeof(plan[0]); i++) {
        int row = township_find(plan[i].township);
        must(row >= 0);
        struct plane plane = plane_at(township_table[row].at);
        struct point at =
            plane_point(&plane, dice_normal(&dice, 0, 350), dice_normal(&dice, 0, 350));
        uint32_t node = city_near_node(road, at);
        add_box(city, plan[i].kind, plan[i].name, node == ROAD_NONE ? at : road->node[node].at,
                plan[i].half_m, plan[i].grade_floor);
    }
}

/* ---- all of them ---- */

static void add_township(struct city *city, int row)
{
    const struct township *own = &township_table[row];
    const struct district_row *district = &district_table[own->district];
    struct plane plane = plane_at(own->at);
    struct point ring[CITY_RING_MAX];
    size_t n = district->ring_n;
    char code[CITY_CODE_MAX];

    for (size_t i = 0; i < n; i++)
        ring[i] = district->ring[i];
    for (int i = 0; i < TOWNSHIPS; i++)
        if (i != row && township_table[i].district == own->district)
            n = cut(&plane, ring, n, own->at, township_table[i].at);
    snprintf(code, sizeof(code), "%u", own->code);
    struct city_zone *zone = add_zone(city, ZONE_KIND_TOWNSHIP, code, own->name);
    zone->calls_weight = own->weight;
    set_ring(zone, ring, n);
}

void city_zones_make(struct city *city, uint64_t seed, const struct road *road)
{
    for (int i = 0; i < 2 * DISTRICTS; i++) {
        const struct district_row *d = &district_table[i % DISTRICTS];
        char code[CITY_CODE_MAX];
        bool district = i < DISTRICTS;
        snprintf(code, sizeof(code), "%s%u", district ? "" : "SA", d->code);
        set_ring(
            add_zone(city, district ? ZONE_KIND_DISTRICT : ZONE_KIND_SERVICE_AREA, code, d->name),
            d->ring, d->ring_n);
    }
    for (int i = 0; i < TOWNSHIPS; i++)
        add_township(city, i);
    add_ways(city, road);
    add_sites(city, seed, road);
}

void city_zones_place(struct city *city, const struct road *road)
{
    struct point sw = road->south_west, ne = road->north_east;
    const struct point all[] = {sw, {sw.lat_e7, ne.lon_e7}, ne, {ne.lat_e7, sw.lon_e7}};
    struct plane plane = plane_at(sw);

    set_ring(add_zone(city, ZONE_KIND_SERVICE_AREA, "ALL", "演示服务区"), all, 4);
    for (size_t i = 0; i < city->station_n; i++) {
        const struct city_station *own = &city->station[i];
        struct point ring[CITY_RING_MAX] = {all[0], all[1], all[2], all[3]};
        size_t n = 4;
        char name[CITY_NAME_MAX];
        for (size_t j = 0; j < city->station_n; j++)
            if (j != i)
                n = cut(&plane, ring, n, own->at, city->station[j].at);
        if (n < 3)
            continue; /* two stations at one crossing share a cell */
        snprintf(name, sizeof(name), "演示分区%zu", i + 1);
        struct city_zone *zone = add_zone(city, ZONE_KIND_TOWNSHIP, own->code, name);
        zone->calls_weight = 1;
        set_ring(zone, ring, n);
    }
}
