/* zone: which areas a point lies in: service areas, townships, jurisdictions, sites.
 * The caller owns the struct. Add all shapes, finish once, then ask; nothing is added after that
 * (an STRtree does not grow). One set is used from ONE thread: GEOS prepared geometries may not be
 * shared, not even for reading (libgeos/geos#825); a second thread loads a second set.
 * Coordinates WGS-84, x = longitude, y = latitude, degrees. A border belongs to its zone.
 * Shapes: Polygon or MultiPolygon. Errors: negative, text in errmsg, the set stays usable. */
#ifndef GEO_ZONE_H
#define GEO_ZONE_H

#include <stddef.h>
#include <stdint.h>

#include "geo/point.h"

struct GEOSContextHandle_HS;
struct GEOSSTRtree_t;
struct zone;

struct zone_set {
    struct GEOSContextHandle_HS *geos;
    struct GEOSSTRtree_t *tree; /* items are struct zone *, alive until close */
    struct zone **zones;
    size_t zone_n, zone_cap;
    char errmsg[320];
};

int zone_set_init(struct zone_set *set);

/* 0 added; 1 added after repair of an invalid shape (errmsg says what was wrong); negative refused.
 * Ids are the caller's; the same id may own several shapes. A ring may be open or closed. */
int zone_set_add_wkb(struct zone_set *set, uint64_t id, const void *wkb, size_t size);
int zone_set_add_wkt(struct zone_set *set, uint64_t id, const char *wkt);
int zone_set_add_ring(struct zone_set *set, uint64_t id, const struct point *ring, size_t n);

/* Builds the tree and warms every prepared shape, so that the first call costs like the last. */
int zone_set_finish(struct zone_set *set);

/* Ids of the zones that hold p, ascending, each once, the lowest max of them. Returns how many are
 * written; more than max when not all fitted; negative on an error. Requires: finished. */
int zone_set_at(struct zone_set *set, struct point p, uint64_t *ids, size_t max);

void zone_set_close(struct zone_set *set);

#endif
