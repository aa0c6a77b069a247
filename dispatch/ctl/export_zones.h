/* export_zones: PostGIS's areas as the GeoJSON file that dispatchd reads ([server] zones_file).
 * Blocks. All or nothing: the file is replaced whole. How many zones, or -1 with errmsg. */
#ifndef CTL_EXPORT_ZONES_H
#define CTL_EXPORT_ZONES_H

#include <stddef.h>

#include "dispatch/base/os.h"
#include "dispatch/wire/buffer.h"

int ctl_export_zones(const char *conninfo, const char *path, char errmsg[static ERRMSG_MAX]);

/* A Polygon or MultiPolygon of WKB (little-endian, two dimensions) as a GeoJSON geometry. -1 when
 * it is something else or cut off; then `out` holds a part of it. */
int wkb_to_geojson(const void *wkb, size_t size, struct buffer *out);

#endif
