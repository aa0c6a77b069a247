/* city_roads: the streets of the demonstration city, drawn from a seed.
 * Town grids with one-way pairs, county roads with villages along them, a motorway with separate
 * carriageways and interchanges, a river crossed by three bridges only, one tunnel. All synthetic
 * and labelled so (road.synthetic). Any thread; the road is the caller's to road_close.
 * Errors: negative, text in errmsg. Start here if you add a kind of road: county table in
 * city_roads.c. */
#ifndef SIM_CITY_ROADS_H
#define SIM_CITY_ROADS_H

#include "dispatch/base/os.h"
#include "geo/road.h"

#define CITY_TUNNEL_M 2400 /* length of the tunnel on the road to 石炭井 */

int city_roads_make(uint64_t seed, struct road *out, char errmsg[static ERRMSG_MAX]);

/* What the zones need to know of the plan: the motorway's line. Returns its points. */
size_t city_roads_motorway(struct point *out, size_t max);

#endif
