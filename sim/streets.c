#include "sim/streets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geo/load.h"

static int fail(char *errmsg, const char *why)
{
    snprintf(errmsg, ERRMSG_MAX, "%s", why);
    return -1;
}

static int prepare(struct streets *s, const char *speeds_path, uint32_t hour_of_week, char *errmsg)
{
    const struct speed_profile *profile;

    if (speeds_load(&s->speeds, speeds_path) < 0)
        return fail(errmsg, s->speeds.errmsg);
    profile = speeds_profile(&s->speeds, "emergency");
    if (!profile)
        return fail(errmsg, "the speeds file has no profile \"emergency\"");
    if (grid_init(&s->grid, &s->road) < 0 || weights_init(&s->weights, &s->road) < 0 ||
        field_init(&s->field, &s->road) < 0)
        return fail(errmsg, "out of memory");
    if (weights_build(&s->weights, &s->road, profile, hour_of_week, NULL, 0, 1) < 0)
        return fail(errmsg, s->weights.errmsg);
    s->arc = malloc((s->road.node_n + 2) * sizeof(*s->arc));
    return s->arc ? 0 : fail(errmsg, "out of memory");
}

int streets_open(struct streets *s, const char *road_path, const char *speeds_path,
                 uint32_t hour_of_week, char errmsg[static ERRMSG_MAX])
{
    memset(s, 0, sizeof(*s));
    /* A vehicle stands at a kerb: its course is known by its route, so no heading is judged. */
    s->snap = (struct snap_config){.far_m = 2000, .heading_kmh_min = 1000};
    if (road_load(&s->road, road_path, errmsg) < 0)
        return -1;
    if (prepare(s, speeds_path, hour_of_week, errmsg) == 0)
        return 0;
    streets_close(s);
    return -1;
}

void streets_close(struct streets *s)
{
    free(s->arc);
    field_close(&s->field);
    weights_close(&s->weights);
    grid_close(&s->grid);
    road_close(&s->road);
    memset(s, 0, sizeof(*s));
}
