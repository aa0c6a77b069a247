/* store_roads: `dispatchctl roads store`, a road file into PostGIS, for the consoles' map and
 * search where the roads are not OpenStreetMap's (the demonstration city). Blocks; main thread of a
 * command-line program. */
#ifndef CTL_STORE_ROADS_H
#define CTL_STORE_ROADS_H

/* The exit code: 0, 1 failed (said on standard error). */
int ctl_store_roads(const char *file, const char *conninfo);

#endif
