#include "geo/eta.h"

#include <math.h>

#include "dispatch/must.h"

const char *eta_source_name(enum eta_source source)
{
    must(source == ETA_ROAD || source == ETA_CROW);
    return source == ETA_ROAD ? "road" : "crow";
}

uint32_t crow_eta_s(struct point from, struct point to, uint32_t detour_percent, uint32_t speed_kmh)
{
    must(speed_kmh > 0);
    double drive_m = point_haversine_m(from, to) * detour_percent / 100.0;
    double s = ceil(drive_m * 3.6 / speed_kmh);

    return s < UINT32_MAX ? (uint32_t)s : UINT32_MAX;
}
