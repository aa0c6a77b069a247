/* atlas: roads, zones and places out of PostGIS.
 * The caller owns the struct; atlas_open, then anything, then atlas_close. Every call waits for
 * the database, so it belongs into a program's start, a worker thread or dispatchctl, never on the
 * event loop; one thread at a time. Coordinates WGS-84 in 1e-7 degree.
 * Errors: negative, text in errmsg; out-parameters are written only on success.
 * Start here if you add something that is kept in PostGIS and read by the server. */
#ifndef ATLAS_ATLAS_H
#define ATLAS_ATLAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo/point.h"
#include "geo/road.h"

struct pg_conn;

struct atlas {
    struct pg_conn *db;
    bool importing; /* holds the import lock */
    char errmsg[512];
};

/* conninfo as libpq takes it; "" means libpq's environment. */
int atlas_open(struct atlas *atlas, const char *conninfo);
void atlas_close(struct atlas *atlas);

/* "PostgreSQL 15.14, PostGIS 3.3.2, schema 008_mirror", for people. */
enum { ATLAS_VERSION_MAX = 200 };
int atlas_version(struct atlas *atlas, char out[static ATLAS_VERSION_MAX]);

/* The imported roads as a graph with its largest strongly connected part marked; the caller's to
 * road_close. An empty road table is an error that names the import command. */
int atlas_road(struct atlas *atlas, struct road *out);

/* The roads of a file, in place of those that are there, for maps and searches; all or nothing. How
 * many streets; 0: they are there already. Made-up roads do not replace imported ones. */
int atlas_store_road(struct atlas *atlas, const struct road *road);

/* Valid until the callback returns. kind is a key of core/kind.def. */
struct atlas_zone {
    uint64_t id;
    const char *code, *name, *kind;
    const void *wkb; /* MultiPolygon, as zone_set_add_wkb takes it */
    size_t wkb_size;
};

/* Every zone by ascending id. A negative answer of the callback ends the walk and is returned.
 * How many zones there are. */
int atlas_zones(struct atlas *atlas, int (*zone_cb)(void *ctx, const struct atlas_zone *zone),
                void *ctx);
/* Takes a GeoJSON FeatureCollection of polygons (properties name and code or adcode, WGS-84) in as
 * zones of one kind; all or nothing. source may be NULL. How many zones. */
int atlas_zones_import(struct atlas *atlas, const char *geojson, const char *kind,
                       const char *source);

#define PLACE_NAME_MAX 256
#define PLACE_KIND_MAX 32

struct atlas_place {
    uint64_t id;
    struct point at;
    char name[PLACE_NAME_MAX]; /* cut at a character when longer */
    char kind[PLACE_KIND_MAX];
};

/* Places by part of a name, pinyin initials ("szs") or milepost ("g6k1205"), the best first; near
 * (may be NULL) breaks ties. Writes at most max. How many. */
int atlas_places(struct atlas *atlas, const char *words, const struct point *near,
                 struct atlas_place *out, size_t max);

/* Import of OpenStreetMap, for ctl/import_osm: begin, let osm2pgsql fill the schema osm_import,
 * build, then commit. Until the commit everybody else sees the old roads; atlas_close without it
 * leaves them. Begin refuses while another import runs. */
struct atlas_import {
    int64_t edges, turn_bans, places;
    int64_t via_ways; /* turn restrictions that hold after driving along another way */
    /* Left out: turn restrictions that say nothing certain, or hold at some hours only; streets
     * that are closed to ordinary traffic, or open to it, at some hours only. */
    int64_t unclear, turns_by_hour, streets_by_hour;
};
int atlas_import_begin(struct atlas *atlas);
int atlas_import_build(struct atlas *atlas, const char *build_sql, const char *source,
                       struct atlas_import *out);
int atlas_import_commit(struct atlas *atlas);

#endif
