#include "sim/city.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"
#include "sim/city_roads.h"
#include "sim/city_zones.h"
#include "sim/dice.h"
#include "sim/township.h"

/* ---- finding things ---- */

const struct city_station *city_station(const struct city *city, uint64_t id)
{
    for (size_t i = 0; i < city->station_n; i++)
        if (city->station[i].id == id)
            return &city->station[i];
    return NULL;
}

const struct city_unit *city_unit(const struct city *city, uint64_t id)
{
    for (size_t i = 0; i < city->unit_n; i++)
        if (city->unit[i].id == id)
            return &city->unit[i];
    return NULL;
}

bool city_zone_holds(const struct city_zone *zone, struct point p)
{
    bool inside = false;

    for (size_t i = 0, j = zone->ring_n - 1; i < zone->ring_n; j = i++) {
        double yi = zone->ring[i].lat_e7, yj = zone->ring[j].lat_e7;
        double xi = zone->ring[i].lon_e7, xj = zone->ring[j].lon_e7;
        if ((yi > p.lat_e7) != (yj > p.lat_e7) &&
            p.lon_e7 < (xj - xi) * (p.lat_e7 - yi) / (yj - yi) + xi)
            inside = !inside;
    }
    return inside;
}

static bool main_node(const struct road *road, uint32_t node)
{
    for (uint32_t a = road->first_out[node]; a < road->first_out[node + 1]; a++)
        if (road->arc[a].flags & ROAD_MAIN && road->arc[a].original == a)
            return true;
    return false;
}

uint32_t city_near_node(const struct road *road, struct point p)
{
    uint32_t best = ROAD_NONE;
    double best_m = HUGE_VAL;

    for (uint32_t v = 0; v < road->node_n; v++) {
        double dist_m = point_dist_m(road->node[v].at, p);
        if (dist_m < best_m && main_node(road, v)) {
            best = v;
            best_m = dist_m;
        }
    }
    return best;
}

/* A kerb near p: the nearest crossing of the network. */
static struct point beside(const struct road *road, struct point p)
{
    uint32_t node = city_near_node(road, p);
    return node == ROAD_NONE ? p : road->node[node].at;
}

static struct point moved(struct point p, double east_m, double north_m)
{
    struct plane plane = plane_at(p);
    return plane_point(&plane, east_m, north_m);
}

/* ---- stations ---- */

static struct city_station *add_station(struct city *city, const char *code, const char *name,
                                        bool substation, struct point at)
{
    must(city->station_n < CITY_STATIONS_MAX);
    struct city_station *station = &city->station[city->station_n++];
    *station = (struct city_station){.id = city->station_n, .substation = substation, .at = at};
    snprintf(station->code, sizeof(station->code), "%s", code);
    snprintf(station->name, sizeof(station->name), "%s（演示数据）", name);
    return station;
}

/* ---- hospitals ---- */

#define HAS(kind) KIND_BIT(HOSPITAL_KIND_##kind)
static const struct {
    const char *name;
    uint32_t township, beds, kinds;
    double east_m, north_m;
} hospital_plan[] = {
    {"演示市第一医院", 640202003, 60,
     HAS(EMERGENCY) | HAS(CHEST_PAIN) | HAS(STROKE) | HAS(TRAUMA) | HAS(POISONING) |
         HAS(HYPERBARIC),
     300, -200},
    {"演示市第二医院", 640202002, 40, HAS(EMERGENCY) | HAS(BURNS) | HAS(TRAUMA), -400, 300},
    {"演示市妇幼医院", 640202004, 25, HAS(EMERGENCY) | HAS(MATERNITY) | HAS(CHILDREN), 200, 500},
    {"演示惠农区医院", 640205003, 40,
     HAS(EMERGENCY) | HAS(CHEST_PAIN) | HAS(STROKE) | HAS(TRAUMA) | HAS(POISONING), 100, 100},
    {"演示惠农中医院", 640205002, 20, HAS(EMERGENCY) | HAS(MATERNITY) | HAS(CHILDREN), -300, 200},
    {"演示平罗县医院", 640221100, 45,
     HAS(EMERGENCY) | HAS(CHEST_PAIN) | HAS(STROKE) | HAS(TRAUMA) | HAS(MATERNITY) | HAS(CHILDREN),
     500, -400},
};

static struct city_hospital *add_hospital(struct city *city, const char *name, uint32_t kinds,
                                          uint32_t beds, struct point at)
{
    must(city->hospital_n < CITY_HOSPITALS_MAX);
    struct city_hospital *h = &city->hospital[city->hospital_n++];
    *h = (struct city_hospital){.id = city->hospital_n, .kinds = kinds, .beds = beds, .at = at};
    snprintf(h->code, sizeof(h->code), "H%02zu", city->hospital_n);
    snprintf(h->name, sizeof(h->name), "%s（演示数据）", name);
    return h;
}

/* ---- units ---- */

#define CAN(capability) KIND_BIT(CAPABILITY_##capability)
/* Equipment by turn: every station has its first from the top. */
static const uint32_t equipment[] = {
    CAN(BASIC) | CAN(ADVANCED) | CAN(DOCTOR) | CAN(DEFIBRILLATOR) | CAN(VENTILATOR),
    CAN(BASIC) | CAN(DOCTOR) | CAN(DEFIBRILLATOR),
    CAN(BASIC) | CAN(ADVANCED) | CAN(DOCTOR) | CAN(DEFIBRILLATOR) | CAN(OBSTETRIC) | CAN(NEONATAL),
    CAN(BASIC) | CAN(DEFIBRILLATOR),
    CAN(BASIC) | CAN(ADVANCED) | CAN(DOCTOR) | CAN(DEFIBRILLATOR) | CAN(VENTILATOR) | CAN(COMMAND),
    CAN(BASIC) | CAN(DOCTOR) | CAN(DEFIBRILLATOR) | CAN(ISOLATION),
};

/* Sub-stations have one sturdy vehicle. */
static const uint32_t substation_equipment =
    CAN(BASIC) | CAN(DOCTOR) | CAN(DEFIBRILLATOR) | CAN(OFF_ROAD);

static void add_unit(struct city *city, const struct city_station *station, const char *prefix,
                     uint32_t number, uint32_t capabilities)
{
    must(city->unit_n < CITY_UNITS_MAX);
    struct city_unit *unit = &city->unit[city->unit_n++];
    size_t n = city->unit_n;

    *unit = (struct city_unit){.id = n,
                               .station = station->id,
                               .terminal = n,
                               .capabilities = capabilities,
                               .crew = capabilities & CAN(DOCTOR) ? 3 : 2};
    snprintf(unit->code, sizeof(unit->code), "%s-%02u", prefix, number);
    snprintf(unit->plate, sizeof(unit->plate), "宁B%04zu演", n);
    snprintf(unit->kind, sizeof(unit->kind), "%s",
             capabilities & CAN(ADVANCED) ? "ADVANCED" : "BASIC");
    snprintf(unit->phone, sizeof(unit->phone), "100640%06zu", n); /* no telephone has it */
}

/* ---- the demonstration city ---- */

static const struct {
    uint32_t township;
    const char *name;
    enum district district;
    uint32_t units;
} main_stations[] = {
    {640202003, "大武口急救中心站", DAWUKOU, 9},
    {640205003, "惠农急救站", HUINONG, 7},
    {640221100, "平罗急救站", PINGLUO, 6},
};

/* Where the sub-stations of the townships stand (DESIGN: 依托乡镇中心卫生院建立急救分站). */
static const uint32_t substations[] = {
    640202006, 640202007, 640202100, 640205100, 640205101, 640205102,
    640205200, 640205201, 640205202, 640221101, 640221102, 640221103,
    640221104, 640221105, 640221106, 640221202, 640221203, 640221204,
};

static const struct township *township_of(uint32_t code)
{
    int row = township_find(code);
    must(row >= 0);
    return &township_table[row];
}

static void make_main_stations(struct city *city, struct dice *dice, const struct road *road)
{
    for (size_t i = 0; i < sizeof(main_stations) / sizeof(main_stations[0]); i++) {
        const struct township *place = township_of(main_stations[i].township);
        struct point at = moved(place->at, dice_normal(dice, 0, 200), dice_normal(dice, 0, 200));
        char code[CITY_CODE_MAX];
        snprintf(code, sizeof(code), "S%02zu", i + 1);
        const struct city_station *station =
            add_station(city, code, main_stations[i].name, false, beside(road, at));
        for (uint32_t u = 0; u < main_stations[i].units; u++)
            add_unit(city, station, district_table[main_stations[i].district].short_name, u + 1,
                     equipment[u % (sizeof(equipment) / sizeof(equipment[0]))]);
    }
}

static void make_substations(struct city *city, struct dice *dice, const struct road *road)
{
    uint32_t number[DISTRICTS];

    for (int i = 0; i < DISTRICTS; i++)
        number[i] = main_stations[i].units;
    for (size_t i = 0; i < sizeof(substations) / sizeof(substations[0]); i++) {
        const struct township *place = township_of(substations[i]);
        struct point at = moved(place->at, dice_normal(dice, 0, 120), dice_normal(dice, 0, 120));
        char code[CITY_CODE_MAX], name[CITY_NAME_MAX];
        snprintf(code, sizeof(code), "S%u", substations[i]);
        snprintf(name, sizeof(name), "%s急救分站", place->name);
        add_unit(city, add_station(city, code, name, true, beside(road, at)),
                 district_table[place->district].short_name, ++number[place->district],
                 substation_equipment);
    }
}

void city_make(struct city *city, uint64_t seed, const struct road *road)
{
    struct dice dice = dice_make(seed, "city");

    memset(city, 0, sizeof(*city));
    make_main_stations(city, &dice, road);
    make_substations(city, &dice, road);
    for (size_t i = 0; i < sizeof(hospital_plan) / sizeof(hospital_plan[0]); i++) {
        struct point at = moved(township_of(hospital_plan[i].township)->at, hospital_plan[i].east_m,
                                hospital_plan[i].north_m);
        add_hospital(city, hospital_plan[i].name, hospital_plan[i].kinds, hospital_plan[i].beds,
                     beside(road, at));
    }
    city_zones_make(city, seed, road);
}

/* ---- any road file as the city ---- */

/* Main nodes spread out: each next one is the farthest of some candidates from those before. */
static void spread(struct dice *dice, const struct road *road, const uint32_t *node, size_t node_n,
                   struct point *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double best_m = -1;
        for (int tries = 0; tries < 40; tries++) {
            struct point p = road->node[node[dice_below(dice, (uint32_t)node_n)]].at;
            double near_m = HUGE_VAL;
            for (size_t j = 0; j < i; j++)
                near_m = fmin(near_m, point_dist_m(p, out[j]));
            if (near_m > best_m) {
                best_m = near_m;
                out[i] = p;
            }
            if (i == 0)
                break;
        }
    }
}

static uint32_t *main_nodes(const struct road *road, size_t *n)
{
    uint32_t *node = malloc((road->node_n + 1) * sizeof(*node));

    *n = 0;
    for (uint32_t v = 0; node && v < road->node_n; v++)
        if (main_node(road, v))
            node[(*n)++] = v;
    return node;
}

static void place_all(struct city *city, struct dice *dice, const struct road *road,
                      const uint32_t *node, size_t node_n, const struct city_size *size)
{
    struct point at[CITY_STATIONS_MAX];
    char code[CITY_CODE_MAX], name[CITY_NAME_MAX];

    spread(dice, road, node, node_n, at, size->stations);
    for (uint32_t i = 0; i < size->stations; i++) {
        snprintf(code, sizeof(code), "S%02u", i + 1);
        snprintf(name, sizeof(name), "演示急救站%u", i + 1);
        add_station(city, code, name, i > 0, at[i]);
    }
    for (uint32_t i = 0; i < size->units; i++)
        add_unit(city, &city->station[i % size->stations], "演示", i + 1,
                 equipment[(i / size->stations) % (sizeof(equipment) / sizeof(equipment[0]))]);
    spread(dice, road, node, node_n, at, size->hospitals);
    for (uint32_t i = 0; i < size->hospitals; i++) {
        snprintf(name, sizeof(name), "演示医院%u", i + 1);
        add_hospital(city, name, hospital_plan[i % 6].kinds, hospital_plan[i % 6].beds, at[i]);
    }
}

int city_place(struct city *city, uint64_t seed, const struct road *road,
               const struct city_size *size, char errmsg[static ERRMSG_MAX])
{
    struct dice dice = dice_make(seed, "place");
    size_t node_n;
    uint32_t *node = main_nodes(road, &node_n);

    if (!node || size->stations == 0 || size->stations > CITY_STATIONS_MAX / 2 ||
        size->hospitals == 0 || size->hospitals > CITY_HOSPITALS_MAX ||
        size->units > CITY_UNITS_MAX || node_n < size->stations + size->hospitals) {
        snprintf(errmsg, ERRMSG_MAX,
                 "cannot place %u stations (at most %d), %u hospitals (at most %d) and %u units "
                 "(at most %d) on a road with %zu connected crossings",
                 size->stations, CITY_STATIONS_MAX / 2, size->hospitals, CITY_HOSPITALS_MAX,
                 size->units, CITY_UNITS_MAX, node_n);
        free(node);
        return -1;
    }
    memset(city, 0, sizeof(*city));
    place_all(city, &dice, road, node, node_n, size);
    free(node);
    city_zones_place(city, road);
    return 0;
}
