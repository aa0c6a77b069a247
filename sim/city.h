/* city: what a dispatch centre serves: stations, hospitals, units with their terminals, and zones.
 *
 *   city_make    the demonstration city on the roads of city_roads_make (three districts, 36
 * townships) city_place   any road file as the city: stations, hospitals and units put on it from a
 * seed city_save    DIR/city.txt and DIR/zones.geojson      (city_file.c; the form stands there)
 *   city_load    the same, read back and checked
 *
 * Everything made here is synthetic and says so in its name (演示数据).
 * Owner: the caller; plain data without pointers, about 250 KB: heap or static. Any thread.
 * Coordinates WGS-84 1e-7 degree. Errors: negative, text in errmsg ("file:line: …" when reading).
 * Start here: struct city; a new sort of thing also needs a define_… command (core/command.def). */
#ifndef SIM_CITY_H
#define SIM_CITY_H

#include "dispatch/base/os.h"
#include "dispatch/core/kind.h"
#include "geo/road.h"

enum {
    CITY_STATIONS_MAX = 128,
    CITY_HOSPITALS_MAX = 64,
    CITY_UNITS_MAX = 1000,
    CITY_ZONES_MAX = 256,
    CITY_RING_MAX = 24,
    CITY_CODE_MAX = 32,
    CITY_NAME_MAX = 96,
};

struct city_station {
    uint64_t id;
    char code[CITY_CODE_MAX], name[CITY_NAME_MAX];
    bool substation;
    struct point at;
};

struct city_hospital {
    uint64_t id;
    char code[CITY_CODE_MAX], name[CITY_NAME_MAX];
    uint32_t kinds; /* KIND_BIT(enum hospital_kind) */
    uint32_t beds;
    struct point at;
};

struct city_unit {
    uint64_t id, station, terminal;
    char code[CITY_CODE_MAX], plate[CITY_CODE_MAX], kind[CITY_CODE_MAX];
    char phone[21];        /* of its terminal, digits */
    uint32_t capabilities; /* KIND_BIT(enum capability) */
    uint32_t crew;
};

struct city_zone {
    uint64_t id;
    char code[CITY_CODE_MAX], name[CITY_NAME_MAX];
    enum zone_kind kind;
    uint32_t grade_floor; /* the place alone makes a call at least this urgent; 0: it does not */
    double calls_weight;  /* share of the calls, any unit; 0: calls do not come from it as such */
    struct point ring[CITY_RING_MAX];
    size_t ring_n;
};

struct city {
    struct city_station station[CITY_STATIONS_MAX];
    struct city_hospital hospital[CITY_HOSPITALS_MAX];
    struct city_unit unit[CITY_UNITS_MAX];
    struct city_zone zone[CITY_ZONES_MAX];
    size_t station_n, hospital_n, unit_n, zone_n;
};

/* Requires: the road of city_roads_make. */
void city_make(struct city *city, uint64_t seed, const struct road *road);

struct city_size {
    uint32_t stations, hospitals, units;
};
/* A road without enough main nodes for that many places is an error. */
int city_place(struct city *city, uint64_t seed, const struct road *road,
               const struct city_size *size, char errmsg[static ERRMSG_MAX]);

const struct city_station *city_station(const struct city *city, uint64_t id);
const struct city_unit *city_unit(const struct city *city, uint64_t id);
bool city_zone_holds(const struct city_zone *zone, struct point p);

/* The node of the main part nearest to p; ROAD_NONE when the road has none. */
uint32_t city_near_node(const struct road *road, struct point p);

int city_save(const struct city *city, const char *dir, char errmsg[static ERRMSG_MAX]);
int city_load(struct city *city, const char *dir, char errmsg[static ERRMSG_MAX]);

/* Every define_… command of the city in order of need; the struct is lent for the call. A negative
 * answer ends the walk and is returned. */
struct command;
int city_commands(const struct city *city, int (*command_cb)(void *ctx, const struct command *c),
                  void *ctx);

#endif
