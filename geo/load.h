/* load: the road network as one checked, versioned file, so the server starts without PostGIS.
 * The form of the file stands at the top of load.c. Every number in it is checked before use; a
 * damaged, cut or foreign file is refused with a text that says what to do. Any thread.
 * road_save writes beside the target, syncs and renames: a reader sees the old file or the new. */
#ifndef GEO_LOAD_H
#define GEO_LOAD_H

#include "geo/road.h"

#define ROAD_ERRMSG_MAX 320
#define ROAD_FILE_VERSION 2

/* 0, or negative and errmsg. road is untouched on failure, the caller's to road_close on success.
 */
int road_load(struct road *road, const char *path, char errmsg[ROAD_ERRMSG_MAX]);
int road_save(const struct road *road, const char *path, char errmsg[ROAD_ERRMSG_MAX]);

#endif
