/* streets: everything needed to drive: the road file, its weights at one hour, and a field to find
 * routes with. The owner calls streets_close; one thread. Errors: negative, errmsg. */
#ifndef SIM_STREETS_H
#define SIM_STREETS_H

#include "dispatch/base/os.h"
#include "geo/path.h"

struct streets {
    struct road road;
    struct grid grid;
    struct weights weights;
    struct field field;
    uint32_t *arc; /* room for the longest route */
    struct speeds speeds;
    struct snap_config snap;
};

int streets_open(struct streets *streets, const char *road_path, const char *speeds_path,
                 uint32_t hour_of_week, char errmsg[static ERRMSG_MAX]);
void streets_close(struct streets *streets);

#endif
