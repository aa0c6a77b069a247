/* import_osm: `dispatchctl import-osm`, an OpenStreetMap extract into PostGIS and a road file.
 * Runs osm2pgsql as a child, builds edges and gazetteer by SQL in one transaction, writes the road
 * file; a failure anywhere leaves the old roads in the database and the old file. Blocks for
 * seconds to minutes; main thread of a command-line program. Texts go to stdout and stderr. */
#ifndef CTL_IMPORT_OSM_H
#define CTL_IMPORT_OSM_H

/* argv[0] is "import-osm". Returns the exit code: 0, 1 failed, 2 wrong usage. */
int ctl_import_osm(int argc, char **argv);

#endif
