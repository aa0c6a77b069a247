/* city_zones: the zones of a made city: districts, service areas, townships and sites.
 * Shapes are simple and convex: the cell of each seat among the seats of its district. They are
 * not the real borders. Used by city.c only; any thread; no errors (tables are sized for it). */
#ifndef SIM_CITY_ZONES_H
#define SIM_CITY_ZONES_H

#include "sim/city.h"

/* The demonstration city's. */
void city_zones_make(struct city *city, uint64_t seed, const struct road *road);
/* One service area for all, and a cell around every station. */
void city_zones_place(struct city *city, const struct road *road);

#endif
