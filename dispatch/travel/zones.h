/* zones: which zones the place of a command lies in, filled in before the core decides.
 *
 * The server's own prepared copy of the zones, read from a GeoJSON file (a FeatureCollection of
 * Polygons or MultiPolygons in WGS-84, `id` among the properties). PostGIS is where they are kept
 * and edited; `dispatchctl zones` writes the file.
 * Owner: the server. Thread: the loop's (GEOS prepared geometry is not shared). Errors: -1, text in
 * errmsg that names file and feature. Start here: zones_load, zones_fill. */
#ifndef TRAVEL_ZONES_H
#define TRAVEL_ZONES_H

#include "dispatch/base/os.h"
#include "dispatch/core/state.h"
#include "geo/zone.h"

enum { ZONES_AT_MAX = 32 };

struct zones {
    struct zone_set set;
    bool loaded;
    char hash[65];
    uint64_t at[ZONES_AT_MAX]; /* of the command being filled */
    char errmsg[ERRMSG_MAX];
};

/* A missing file is no error: then no place lies in any zone. */
int zones_load(struct zones *zones, const char *path);
void zones_close(struct zones *zones);

/* Sets command's `zone` list where it has a place; borrowed until the next call. */
void zones_fill(struct zones *zones, struct command *command);

/* The first zone of this kind (core/kind.def) that the place lies in; 0: none, or not defined. */
uint64_t zones_of_kind(struct zones *zones, const struct state *state, struct point at,
                       struct text kind);

#endif
