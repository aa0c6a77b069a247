/* datum: into WGS-84 at the edge, and out of it for Chinese web maps.
 * Values only, any thread. Inside, everything is WGS-84; CGCS2000 (BeiDou, official maps) differs
 * by about a metre and is taken as equal, but keeps its name for the audit. GCJ-02 (Amap, Tencent,
 * most phones' maps in China) lies 240-490 m off in Ningxia; BD-09 is Baidu's.
 * Whether a coordinate is shifted is decided by the datum its source declares, never by position:
 * there is no "outside China" rectangle here.
 * GCJ-02 has no official publication; the formula is the community's, tested by their vectors. */
#ifndef GEO_DATUM_H
#define GEO_DATUM_H

#include "geo/point.h"

enum datum { DATUM_WGS84, DATUM_CGCS2000, DATUM_GCJ02, DATUM_BD09 };
#define DATUMS 4

/* "wgs84", "cgcs2000", "gcj02", "bd09". -1 when unknown. */
int datum_parse(const char *name, enum datum *out);
const char *datum_name(enum datum datum);

/* A shift off the Earth (near the poles) gives a point that point_valid refuses. */
struct point datum_to_wgs84(enum datum from, struct point p);
struct point datum_from_wgs84(enum datum to, struct point p);

/* The same in degrees, for sources that give more than 7 digits. Inverse within 0.01 mm. */
void datum_to_wgs84_deg(enum datum from, double *lat, double *lon);
void datum_from_wgs84_deg(enum datum to, double *lat, double *lon);

#endif
