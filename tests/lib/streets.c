#include "tests/lib/streets.h"

#include <stdio.h>

#include "dispatch/must.h"
#include "geo/load.h"
#include "sim/city_roads.h"

void streets_make(struct road *road)
{
    char errmsg[ERRMSG_MAX];
    if (city_roads_make(7, road, errmsg) < 0)
        must_fail(errmsg, __FILE__, __LINE__);
}

struct point streets_node(const struct road *road, uint32_t salt)
{
    uint32_t node = salt * 2654435761u % road->node_n;
    while (!(road->arc[road->first_out[node]].flags & ROAD_MAIN))
        node = (node + 1) % road->node_n;
    return road->node[node].at;
}

void streets_lay(const struct road *road, struct centre *c)
{
    char path[CONFIG_TEXT_MAX + 16], errmsg[ROAD_ERRMSG_MAX];
    must(os_make_dirs(c->config.server.data_dir) == 0);
    snprintf(path, sizeof(path), "%s/road.bin", c->config.server.data_dir);
    if (road_save(road, path, errmsg) < 0)
        must_fail(errmsg, __FILE__, __LINE__);
}

enum track_result streets_fix(struct centre *c, uint64_t unit, struct point at, int64_t age_ms)
{
    int64_t now_ms = pipeline_now_ms(&c->server.pipeline);
    struct fix fix = {.unit = unit,
                      .lat_e7 = at.lat_e7,
                      .lon_e7 = at.lon_e7,
                      .at_ms = now_ms - age_ms,
                      .received_ms = now_ms,
                      .speed_dkmh = UINT16_MAX,
                      .course_deg = UINT16_MAX};
    int result = track_put(&c->server.track, &fix, now_ms, NULL);
    must(result >= 0);
    travel_moved(&c->server.travel);
    return (enum track_result)result;
}

static bool is_idle(const struct travel *t)
{
    return !t->busy && !t->urgent && !t->dirty;
}

void streets_settle(struct centre *c)
{
    centre_until(c, is_idle(&c->server.travel));
}
