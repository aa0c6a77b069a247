#include "geo/zone.h"

#include <geos_c.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"

#define NODE_CAPACITY 10 /* GEOS's own advice for STRtree */

struct zone {
    uint64_t id;
    GEOSGeometry *shape;
    const GEOSPreparedGeometry *prepared; /* keeps a reference to shape: destroyed before it */
};

static void keep_message(const char *message, void *set)
{
    struct zone_set *s = set;

    snprintf(s->errmsg, sizeof s->errmsg, "%s", message);
}

__attribute__((format(printf, 3, 4))) static int complain(struct zone_set *set, uint64_t id,
                                                          const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    snprintf(set->errmsg, sizeof set->errmsg, "zone %llu: %s", (unsigned long long)id, text);
    return -1;
}

int zone_set_init(struct zone_set *set)
{
    *set = (struct zone_set){.geos = GEOS_init_r()};
    if (!set->geos) {
        snprintf(set->errmsg, sizeof set->errmsg, "GEOS does not start: out of memory");
        return -1;
    }
    GEOSContext_setErrorMessageHandler_r(set->geos, keep_message, set);
    return 0;
}

/* Room for one more zone, so that nothing can fail once the shape is ours. */
static struct zone *zone_new(struct zone_set *set)
{
    if (set->zone_n == set->zone_cap) {
        size_t cap = set->zone_cap ? set->zone_cap * 2 : 64;
        struct zone **zones = realloc(set->zones, cap * sizeof *zones);
        if (!zones)
            return NULL;
        set->zones = zones;
        set->zone_cap = cap;
    }
    return calloc(1, sizeof(struct zone));
}

static bool on_earth(GEOSContextHandle_t geos, const GEOSGeometry *g)
{
    double west, south, east, north;

    return GEOSGeom_getXMin_r(geos, g, &west) && GEOSGeom_getYMin_r(geos, g, &south) &&
           GEOSGeom_getXMax_r(geos, g, &east) && GEOSGeom_getYMax_r(geos, g, &north) &&
           west >= -180.0 && east <= 180.0 && south >= -90.0 && north <= 90.0;
}

static bool is_area(GEOSContextHandle_t geos, const GEOSGeometry *g)
{
    int type = GEOSGeomTypeId_r(geos, g);

    return (type == GEOS_POLYGON || type == GEOS_MULTIPOLYGON) && !GEOSisEmpty_r(geos, g);
}

/* A repair may leave lines and points beside the areas: only areas are kept. Consumes g. */
static GEOSGeometry *areas_of(GEOSContextHandle_t geos, GEOSGeometry *g)
{
    GEOSGeometry *areas;

    if (GEOSGeomTypeId_r(geos, g) != GEOS_GEOMETRYCOLLECTION)
        return g;
    areas = GEOSBuffer_r(geos, g, 0.0, 8);
    GEOSGeom_destroy_r(geos, g);
    return areas;
}

/* Consumes *shape when it is invalid and puts the repaired one there. 0 sound, 1 repaired. */
static int repair(struct zone_set *set, uint64_t id, GEOSGeometry **shape)
{
    char *reason;
    GEOSGeometry *sound;
    char valid = GEOSisValid_r(set->geos, *shape);

    if (valid == 1)
        return 0;
    if (valid != 0)
        return complain(set, id, "cannot be checked: %s", set->errmsg);
    reason = GEOSisValidReason_r(set->geos, *shape);
    sound = GEOSMakeValid_r(set->geos, *shape);
    sound = sound ? areas_of(set->geos, sound) : NULL;
    complain(set, id, "invalid shape (%s)%s", reason ? reason : "no reason given",
             sound ? ", repaired" : ", beyond repair");
    GEOSFree_r(set->geos, reason);
    if (!sound)
        return -1;
    GEOSGeom_destroy_r(set->geos, *shape);
    *shape = sound;
    return 1;
}

static int check_shape(struct zone_set *set, uint64_t id, GEOSGeometry **shape)
{
    int repaired;

    if (!is_area(set->geos, *shape))
        return complain(set, id, "not a polygon, or empty");
    if (!on_earth(set->geos, *shape))
        return complain(set, id, "coordinates outside longitude +-180, latitude +-90");
    repaired = repair(set, id, shape);
    if (repaired > 0 && !is_area(set->geos, *shape))
        return complain(set, id, "has no area");
    return repaired;
}

/* Consumes shape, which may be NULL after a failed reading. */
static int add(struct zone_set *set, uint64_t id, GEOSGeometry *shape)
{
    struct zone *zone = NULL;
    int rc;

    must(!set->tree);
    if (!shape)
        return complain(set, id, "unreadable: %s", set->errmsg);
    rc = check_shape(set, id, &shape);
    if (rc < 0)
        goto out;
    zone = zone_new(set);
    if (!zone) {
        rc = complain(set, id, "out of memory");
        goto out;
    }
    *zone = (struct zone){id, shape, GEOSPrepare_r(set->geos, shape)};
    if (!zone->prepared) {
        rc = complain(set, id, "cannot be prepared: %s", set->errmsg);
        goto out;
    }
    set->zones[set->zone_n++] = zone;
    return rc;
out:
    free(zone);
    GEOSGeom_destroy_r(set->geos, shape);
    return rc;
}

int zone_set_add_wkb(struct zone_set *set, uint64_t id, const void *wkb, size_t size)
{
    GEOSWKBReader *reader = GEOSWKBReader_create_r(set->geos);
    GEOSGeometry *shape = NULL;

    set->errmsg[0] = '\0';
    if (reader) {
        shape = GEOSWKBReader_read_r(set->geos, reader, wkb, size);
        GEOSWKBReader_destroy_r(set->geos, reader);
    }
    return add(set, id, shape);
}

int zone_set_add_wkt(struct zone_set *set, uint64_t id, const char *wkt)
{
    GEOSWKTReader *reader = GEOSWKTReader_create_r(set->geos);
    GEOSGeometry *shape = NULL;

    set->errmsg[0] = '\0';
    if (reader) {
        shape = GEOSWKTReader_read_r(set->geos, reader, wkt);
        GEOSWKTReader_destroy_r(set->geos, reader);
    }
    return add(set, id, shape);
}

int zone_set_add_ring(struct zone_set *set, uint64_t id, const struct point *ring, size_t n)
{
    bool closed = n > 1 && point_equal(ring[0], ring[n - 1]);
    size_t coord_n = closed ? n : n + 1;
    GEOSCoordSequence *coords;
    GEOSGeometry *line;

    set->errmsg[0] = '\0';
    if (coord_n < 4 || n > UINT32_MAX / 2)
        return complain(set, id, "a ring needs at least three corners, here are %zu", n);
    coords = GEOSCoordSeq_create_r(set->geos, (unsigned)coord_n, 2);
    if (!coords)
        return complain(set, id, "out of memory");
    for (size_t i = 0; i < coord_n; i++)
        GEOSCoordSeq_setXY_r(set->geos, coords, (unsigned)i, ring[i % n].lon_e7 * 1e-7,
                             ring[i % n].lat_e7 * 1e-7);
    line = GEOSGeom_createLinearRing_r(set->geos, coords);
    return add(set, id, line ? GEOSGeom_createPolygon_r(set->geos, line, NULL, 0) : NULL);
}

/* Zones found by a query, insertion-sorted into the caller's array. */
struct found {
    struct zone_set *set;
    const GEOSGeometry *place;
    uint64_t *ids;
    size_t n, max;
    int total;
    bool failed;
};

static void keep_id(struct found *found, uint64_t id)
{
    size_t at = found->n;

    while (at > 0 && found->ids[at - 1] > id)
        at--;
    if (at > 0 && found->ids[at - 1] == id)
        return;
    found->total++;
    if (at == found->max)
        return;
    size_t kept = found->n < found->max ? found->n : found->max - 1;
    memmove(found->ids + at + 1, found->ids + at, (kept - at) * sizeof *found->ids);
    found->ids[at] = id;
    found->n = kept + 1;
}

static void try_zone(void *item, void *userdata)
{
    struct zone *zone = item;
    struct found *found = userdata;
    char in = GEOSPreparedCovers_r(found->set->geos, zone->prepared, found->place);

    if (in == 1)
        keep_id(found, zone->id);
    else if (in != 0)
        found->failed = true;
}

int zone_set_at(struct zone_set *set, struct point p, uint64_t *ids, size_t max)
{
    struct found found = {.set = set, .ids = ids, .max = max};
    GEOSGeometry *place;

    must(set->tree);
    place = GEOSGeom_createPointFromXY_r(set->geos, p.lon_e7 * 1e-7, p.lat_e7 * 1e-7);
    if (!place)
        return -1;
    found.place = place;
    GEOSSTRtree_query_r(set->geos, set->tree, place, try_zone, &found);
    GEOSGeom_destroy_r(set->geos, place);
    return found.failed ? -1 : found.total;
}

/* The first covers() on a prepared shape builds its index (up to 1 ms), the first query the tree.
 */
static int warm_up(struct zone_set *set)
{
    GEOSGeometry *place = GEOSGeom_createPointFromXY_r(set->geos, 0.0, 0.0);
    bool failed = !place;

    for (size_t i = 0; i < set->zone_n && !failed; i++) {
        double x, y;
        GEOSGeometry *inside = GEOSPointOnSurface_r(set->geos, set->zones[i]->shape);
        failed = !inside || !GEOSGeomGetX_r(set->geos, inside, &x) ||
                 !GEOSGeomGetY_r(set->geos, inside, &y) ||
                 GEOSPreparedCovers_r(set->geos, set->zones[i]->prepared, inside) == 2;
        GEOSGeom_destroy_r(set->geos, inside);
    }
    GEOSGeom_destroy_r(set->geos, place);
    return failed ? -1 : 0;
}

int zone_set_finish(struct zone_set *set)
{
    uint64_t none[1];

    must(!set->tree);
    set->tree = GEOSSTRtree_create_r(set->geos, NODE_CAPACITY);
    if (!set->tree)
        return -1;
    for (size_t i = 0; i < set->zone_n; i++)
        GEOSSTRtree_insert_r(set->geos, set->tree, set->zones[i]->shape, set->zones[i]);
    if (warm_up(set) || zone_set_at(set, (struct point){0, 0}, none, 1) < 0)
        return -1;
    return 0;
}

void zone_set_close(struct zone_set *set)
{
    if (set->tree)
        GEOSSTRtree_destroy_r(set->geos, set->tree);
    for (size_t i = 0; i < set->zone_n; i++) {
        GEOSPreparedGeom_destroy_r(set->geos, set->zones[i]->prepared);
        GEOSGeom_destroy_r(set->geos, set->zones[i]->shape);
        free(set->zones[i]);
    }
    free(set->zones);
    if (set->geos)
        GEOS_finish_r(set->geos);
    *set = (struct zone_set){0};
}
