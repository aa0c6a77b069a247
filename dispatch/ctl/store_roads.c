#include "dispatch/ctl/store_roads.h"

#include <stdio.h>

#include "dispatch/atlas/atlas.h"
#include "geo/load.h"

int ctl_store_roads(const char *file, const char *conninfo)
{
    char errmsg[ROAD_ERRMSG_MAX];
    struct atlas atlas;
    struct road road;

    if (road_load(&road, file, errmsg) < 0) {
        fprintf(stderr, "roads store: %s\n", errmsg);
        return 1;
    }
    int n = atlas_open(&atlas, conninfo);
    if (n == 0) {
        n = atlas_store_road(&atlas, &road);
        atlas_close(&atlas);
    }
    if (n < 0)
        fprintf(stderr, "roads store: %s\n", atlas.errmsg);
    else if (n == 0)
        printf("%s: these roads are in PostGIS already\n", file);
    else
        printf("%s: %d streets, %s\n", file, n, road.label);
    road_close(&road);
    return n < 0;
}
