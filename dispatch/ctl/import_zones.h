/* import_zones: `dispatchctl zones import`, areas from a GeoJSON file into PostGIS.
 * A FeatureCollection of polygons in WGS-84 with properties name and code (or adcode); the same
 * code of the same kind again replaces the zone. All or nothing. Blocks; main thread of a
 * command-line program. */
#ifndef CTL_IMPORT_ZONES_H
#define CTL_IMPORT_ZONES_H

/* argv[0] is "zones import". Returns the exit code: 0, 1 failed, 2 wrong usage. */
int ctl_import_zones(int argc, char **argv);

#endif
