/* The files of a city.
 *
 * city.txt: one define_… command a line in the grammar of core/print.h, '#' starts a comment:
 *     define_station S1 code=S01 name=… at=39.0100000,106.3740000
 *     define_unit U1 code=大武口-01 plate=宁B0001演 kind=ADVANCED S1 capabilities=31 crew=3
 *     define_terminal T1 phone=100640000001 U1
 * Stations come before the units that stand at them. `dispatchctl define FILE` takes the same file.
 *
 * zones.geojson: a FeatureCollection of Polygons (WGS-84, longitude first, one ring each) with the
 * properties id (that of define_zone), code, name, kind (a key of core/kind.def), grade_floor and
 * calls_weight. Zones are in both files: names for the core, shapes for PostGIS and the simulator.
 */
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/core/print.h"
#include "sim/city.h"

enum { LINE_MAX_BYTES = 2048 };

__attribute__((format(printf, 2, 3))) static int fail(char *errmsg, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(errmsg, ERRMSG_MAX, format, args);
    va_end(args);
    return -1;
}

static struct text text_of(const char *string)
{
    return (struct text){string, (uint32_t)strlen(string)};
}

/* ---- the city as commands ---- */

static int each_station(const struct city *city,
                        int (*command_cb)(void *ctx, const struct command *c), void *ctx)
{
    int err = 0;
    for (size_t i = 0; i < city->station_n && err >= 0; i++) {
        const struct city_station *s = &city->station[i];
        struct command c = {.kind = COMMAND_DEFINE_STATION};
        c.define_station = (struct define_station){.station = {s->id},
                                                   .code = text_of(s->code),
                                                   .name = text_of(s->name),
                                                   .substation = s->substation,
                                                   .lat_e7 = s->at.lat_e7,
                                                   .lon_e7 = s->at.lon_e7};
        err = command_cb(ctx, &c);
    }
    return err;
}

static int each_hospital(const struct city *city,
                         int (*command_cb)(void *ctx, const struct command *c), void *ctx)
{
    int err = 0;
    for (size_t i = 0; i < city->hospital_n && err >= 0; i++) {
        const struct city_hospital *h = &city->hospital[i];
        struct command c = {.kind = COMMAND_DEFINE_HOSPITAL};
        c.define_hospital = (struct define_hospital){.hospital = {h->id},
                                                     .code = text_of(h->code),
                                                     .name = text_of(h->name),
                                                     .capabilities = h->kinds,
                                                     .beds = h->beds,
                                                     .lat_e7 = h->at.lat_e7,
                                                     .lon_e7 = h->at.lon_e7};
        err = command_cb(ctx, &c);
    }
    return err;
}

static int each_unit(const struct city *city, int (*command_cb)(void *ctx, const struct command *c),
                     void *ctx)
{
    int err = 0;
    for (size_t i = 0; i < city->unit_n && err >= 0; i++) {
        const struct city_unit *u = &city->unit[i];
        struct command c = {.kind = COMMAND_DEFINE_UNIT};
        c.define_unit = (struct define_unit){.unit = {u->id},
                                             .code = text_of(u->code),
                                             .plate = text_of(u->plate),
                                             .kind = text_of(u->kind),
                                             .station = {u->station},
                                             .capabilities = u->capabilities,
                                             .crew = u->crew};
        err = command_cb(ctx, &c);
    }
    for (size_t i = 0; i < city->unit_n && err >= 0; i++) {
        const struct city_unit *u = &city->unit[i];
        struct command c = {.kind = COMMAND_DEFINE_TERMINAL};
        if (u->terminal == 0)
            continue;
        c.define_terminal = (struct define_terminal){
            .terminal = {u->terminal}, .phone = text_of(u->phone), .unit = {u->id}};
        err = command_cb(ctx, &c);
    }
    return err;
}

static int each_zone(const struct city *city, int (*command_cb)(void *ctx, const struct command *c),
                     void *ctx)
{
    int err = 0;
    for (size_t i = 0; i < city->zone_n && err >= 0; i++) {
        const struct city_zone *z = &city->zone[i];
        struct command c = {.kind = COMMAND_DEFINE_ZONE};
        c.define_zone = (struct define_zone){.zone = {z->id},
                                             .code = text_of(z->code),
                                             .name = text_of(z->name),
                                             .kind = text_of(zone_kind_table.rows[z->kind].key),
                                             .kind_mask = KIND_BIT(z->kind),
                                             .grade_floor = z->grade_floor};
        err = command_cb(ctx, &c);
    }
    return err;
}

int city_commands(const struct city *city, int (*command_cb)(void *ctx, const struct command *c),
                  void *ctx)
{
    int err = each_station(city, command_cb, ctx);
    if (err >= 0)
        err = each_hospital(city, command_cb, ctx);
    if (err >= 0)
        err = each_zone(city, command_cb, ctx);
    return err < 0 ? err : each_unit(city, command_cb, ctx);
}

/* ---- writing ---- */

static int write_command(void *ctx, const struct command *command)
{
    char line[LINE_MAX_BYTES];
    size_t n = command_print(line, sizeof(line), command, (struct print_how){.personal = true});
    return fprintf(ctx, "%.*s\n", (int)n, line) < 0 ? -1 : 0;
}

static int save_text(const struct city *city, const char *path, char *errmsg)
{
    FILE *out = fopen(path, "w");
    int err;

    if (!out)
        return fail(errmsg, "%s: %s", path, strerror(errno));
    fprintf(out,
            "# 演示数据 synthetic: made by citysim; nothing here is a real place or vehicle.\n");
    err = city_commands(city, write_command, out);
    if (fclose(out) != 0 || err < 0)
        return fail(errmsg, "%s: cannot be written", path);
    return 0;
}

static json_t *ring_json(const struct city_zone *zone)
{
    json_t *ring = json_array();
    for (size_t i = 0; i <= zone->ring_n; i++) {
        struct point p = zone->ring[i % zone->ring_n];
        json_array_append_new(ring, json_pack("[f,f]", p.lon_e7 / 1e7, p.lat_e7 / 1e7));
    }
    return ring;
}

static json_t *zone_json(const struct city_zone *zone)
{
    return json_pack("{s:s, s:{s:I, s:s, s:s, s:s, s:i, s:f}, s:{s:s, s:[o]}}", "type", "Feature",
                     "properties", "id", (json_int_t)zone->id, "code", zone->code, "name",
                     zone->name, "kind", zone_kind_table.rows[zone->kind].key, "grade_floor",
                     (int)zone->grade_floor, "calls_weight", zone->calls_weight, "geometry", "type",
                     "Polygon", "coordinates", ring_json(zone));
}

static int save_zones(const struct city *city, const char *path, char *errmsg)
{
    json_t *features = json_array();
    json_t *root = json_pack("{s:s, s:s, s:o}", "type", "FeatureCollection", "note",
                             "演示数据 synthetic shapes, not real borders", "features", features);
    int err;

    for (size_t i = 0; i < city->zone_n; i++)
        json_array_append_new(features, zone_json(&city->zone[i]));
    err = root ? json_dump_file(root, path, JSON_REAL_PRECISION(10) | JSON_INDENT(1)) : -1;
    json_decref(root);
    return err < 0 ? fail(errmsg, "%s: cannot be written", path) : 0;
}

int city_save(const struct city *city, const char *dir, char errmsg[static ERRMSG_MAX])
{
    char path[512];

    snprintf(path, sizeof(path), "%s/city.txt", dir);
    if (save_text(city, path, errmsg) < 0)
        return -1;
    snprintf(path, sizeof(path), "%s/zones.geojson", dir);
    return save_zones(city, path, errmsg);
}

/* ---- reading ---- */

/* A text that fits, or says which does not. */
static int keep(char *out, size_t size, const char *what, struct text text, char *why)
{
    if (text.n == 0 || text.n >= size)
        return fail(why, "%s is empty or longer than %zu bytes", what, size - 1);
    memcpy(out, text.p, text.n);
    out[text.n] = 0;
    return 0;
}

static int read_station(struct city *city, const struct define_station *c, char *why)
{
    if (city->station_n == CITY_STATIONS_MAX)
        return fail(why, "more than %d stations", CITY_STATIONS_MAX);
    struct city_station *s = &city->station[city->station_n];
    *s = (struct city_station){
        .id = c->station.v, .substation = c->substation, .at = {c->lat_e7, c->lon_e7}};
    if (s->id == 0 || !point_valid(s->at))
        return fail(why, "a station needs an id and a place");
    if (keep(s->code, sizeof(s->code), "code", c->code, why) < 0 ||
        keep(s->name, sizeof(s->name), "name", c->name, why) < 0)
        return -1;
    city->station_n++;
    return 0;
}

static int read_hospital(struct city *city, const struct define_hospital *c, char *why)
{
    if (city->hospital_n == CITY_HOSPITALS_MAX)
        return fail(why, "more than %d hospitals", CITY_HOSPITALS_MAX);
    struct city_hospital *h = &city->hospital[city->hospital_n];
    *h = (struct city_hospital){.id = c->hospital.v,
                                .kinds = c->capabilities,
                                .beds = c->beds,
                                .at = {c->lat_e7, c->lon_e7}};
    if (h->id == 0 || !point_valid(h->at))
        return fail(why, "a hospital needs an id and a place");
    if (keep(h->code, sizeof(h->code), "code", c->code, why) < 0 ||
        keep(h->name, sizeof(h->name), "name", c->name, why) < 0)
        return -1;
    city->hospital_n++;
    return 0;
}

static int read_unit(struct city *city, const struct define_unit *c, char *why)
{
    if (city->unit_n == CITY_UNITS_MAX)
        return fail(why, "more than %d units", CITY_UNITS_MAX);
    if (c->unit.v == 0 || !city_station(city, c->station.v))
        return fail(why, "a unit needs an id and a station defined above it");
    if (city_unit(city, c->unit.v))
        return fail(why, "the unit is defined already");
    struct city_unit *u = &city->unit[city->unit_n];
    *u = (struct city_unit){
        .id = c->unit.v, .station = c->station.v, .capabilities = c->capabilities, .crew = c->crew};
    if (keep(u->code, sizeof(u->code), "code", c->code, why) < 0 ||
        keep(u->plate, sizeof(u->plate), "plate", c->plate, why) < 0 ||
        keep(u->kind, sizeof(u->kind), "kind", c->kind, why) < 0)
        return -1;
    city->unit_n++;
    return 0;
}

static int read_terminal(struct city *city, const struct define_terminal *c, char *why)
{
    if (c->terminal.v == 0)
        return fail(why, "a terminal needs an id");
    for (size_t i = 0; i < city->unit_n; i++) {
        struct city_unit *u = &city->unit[i];
        if (u->id != c->unit.v)
            continue;
        if (u->terminal != 0)
            return fail(why, "the unit has a terminal already");
        u->terminal = c->terminal.v;
        return keep(u->phone, sizeof(u->phone), "phone", c->phone, why);
    }
    return fail(why, "a terminal needs a unit defined above it");
}

static int read_command(struct city *city, const struct command *c, char *why)
{
    switch (c->kind) {
    case COMMAND_DEFINE_STATION:
        return read_station(city, &c->define_station, why);
    case COMMAND_DEFINE_HOSPITAL:
        return read_hospital(city, &c->define_hospital, why);
    case COMMAND_DEFINE_UNIT:
        return read_unit(city, &c->define_unit, why);
    case COMMAND_DEFINE_TERMINAL:
        return read_terminal(city, &c->define_terminal, why);
    case COMMAND_DEFINE_ZONE:
        return 0; /* zones are read with their shapes */
    default:
        return fail(why, "only define_… commands belong into a city");
    }
}

static int load_text(struct city *city, const char *path, char *errmsg)
{
    char line[LINE_MAX_BYTES], why[ERRMSG_MAX];
    uint64_t store[LINE_MAX_BYTES / 4];
    FILE *in = fopen(path, "r");
    int err = 0;

    if (!in)
        return fail(errmsg, "%s: %s", path, strerror(errno));
    for (unsigned number = 1; err == 0 && fgets(line, sizeof(line), in); number++) {
        struct command command = {0};
        size_t n = strcspn(line, "\r\n");
        if (n == 0 || line[0] == '#')
            continue;
        if (n + 1 == sizeof(line))
            err = fail(why, "line longer than %zu bytes", sizeof(line) - 2);
        else if (command_parse(&command, line, n, 0, store, sizeof(store), why, sizeof(why)) < 0)
            err = -1;
        else
            err = read_command(city, &command, why);
        if (err < 0)
            fail(errmsg, "%s:%u: %.300s", path, number, why);
    }
    fclose(in);
    if (err == 0 && (city->station_n == 0 || city->unit_n == 0))
        return fail(errmsg, "%s: a city needs a station and a unit", path);
    return err;
}

static int read_ring(struct city_zone *zone, json_t *geometry)
{
    json_t *ring = json_array_get(json_object_get(geometry, "coordinates"), 0);
    size_t n = json_array_size(ring);

    if (n < 4 || n - 1 > CITY_RING_MAX)
        return -1;
    for (size_t i = 0; i + 1 < n; i++) {
        json_t *pair = json_array_get(ring, i);
        if (!json_is_number(json_array_get(pair, 0)) || !json_is_number(json_array_get(pair, 1)) ||
            point_from_deg(json_number_value(json_array_get(pair, 1)),
                           json_number_value(json_array_get(pair, 0)), &zone->ring[i]) < 0)
            return -1;
    }
    zone->ring_n = n - 1;
    return 0;
}

static int read_zone(struct city *city, json_t *feature, char *why)
{
    const char *code, *name, *kind;
    json_t *geometry;
    json_int_t id;
    int floor_grade = 0, bit;
    double weight = 0;

    if (city->zone_n == CITY_ZONES_MAX)
        return fail(why, "more than %d zones", CITY_ZONES_MAX);
    struct city_zone *z = &city->zone[city->zone_n];
    if (json_unpack(feature, "{s:{s:I, s:s, s:s, s:s, s?i, s?F}, s:o}", "properties", "id", &id,
                    "code", &code, "name", &name, "kind", &kind, "grade_floor", &floor_grade,
                    "calls_weight", &weight, "geometry", &geometry) < 0)
        return fail(why, "needs id, code, name, kind and a geometry");
    bit = kind_find(&zone_kind_table, kind);
    if (id <= 0 || bit < 0 || floor_grade < 0 || floor_grade > 5 || !(weight >= 0))
        return fail(why, "id, kind, grade_floor or calls_weight is out of range");
    *z = (struct city_zone){.id = (uint64_t)id,
                            .kind = (enum zone_kind)bit,
                            .grade_floor = (uint32_t)floor_grade,
                            .calls_weight = weight};
    if (keep(z->code, sizeof(z->code), "code", text_of(code), why) < 0 ||
        keep(z->name, sizeof(z->name), "name", text_of(name), why) < 0)
        return -1;
    if (read_ring(z, geometry) < 0)
        return fail(why, "needs one ring of 3 to %d points", CITY_RING_MAX);
    city->zone_n++;
    return 0;
}

static int load_zones(struct city *city, const char *path, char *errmsg)
{
    char why[ERRMSG_MAX];
    json_error_t error;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    json_t *features = json_object_get(root, "features");
    int err = 0;

    if (!root)
        return fail(errmsg, "%s:%d: %s", path, error.line, error.text);
    if (!json_is_array(features))
        err = fail(errmsg, "%s: is no FeatureCollection", path);
    for (size_t i = 0; err == 0 && i < json_array_size(features); i++)
        if ((err = read_zone(city, json_array_get(features, i), why)) < 0)
            fail(errmsg, "%s: feature %zu: %.300s", path, i + 1, why);
    json_decref(root);
    return err;
}

int city_load(struct city *city, const char *dir, char errmsg[static ERRMSG_MAX])
{
    char path[512];

    memset(city, 0, sizeof(*city));
    snprintf(path, sizeof(path), "%s/city.txt", dir);
    if (load_text(city, path, errmsg) < 0)
        return -1;
    snprintf(path, sizeof(path), "%s/zones.geojson", dir);
    return load_zones(city, path, errmsg);
}
