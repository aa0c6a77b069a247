/* eta: where a driving time comes from, and the guess when there is no road to measure it on.
 * Values only, any thread. Seconds, metres, km/h. Factor and speed come from the configuration. */
#ifndef GEO_ETA_H
#define GEO_ETA_H

#include "geo/point.h"

enum eta_source { ETA_ROAD, ETA_CROW };

const char *eta_source_name(enum eta_source source); /* "road", "crow" */

/* Crow-flight distance times detour_percent / 100 at speed_kmh (> 0), rounded up to whole s. */
uint32_t crow_eta_s(struct point from, struct point to, uint32_t detour_percent,
                    uint32_t speed_kmh);

#endif
