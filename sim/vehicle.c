#include "sim/vehicle.h"

#include <stdlib.h>
#include <string.h>

int vehicle_put(struct vehicle *v, const struct streets *streets, struct point p)
{
    struct snap snap[2];

    if (grid_place(&streets->grid, &streets->snap, p, snap) == 0)
        return -1;
    v->at = snap[0];
    v->driving = false;
    return 0;
}

/* Driving time spent by now, in the road's own pace. */
static uint32_t elapsed_ms(const struct vehicle *v, int64_t now_ms)
{
    double ms = (double)(now_ms - v->start_ms) / v->pace;
    return ms <= 0 ? 0 : ms >= (double)ROAD_INF ? ROAD_INF : (uint32_t)ms;
}

void vehicle_stop(struct vehicle *v, const struct streets *streets, int64_t now_ms)
{
    struct snap here;

    if (!v->driving)
        return;
    path_at(&v->route, &streets->road, &streets->weights, elapsed_ms(v, now_ms), &here, NULL);
    v->at = here;
    v->driving = false;
}

static int keep_route(struct vehicle *v, const struct path *path)
{
    uint32_t *arc = malloc((path->arc_n + 1) * sizeof(*arc));
    if (!arc)
        return -1;
    memcpy(arc, path->arc, path->arc_n * sizeof(*arc));
    free(v->route.arc);
    v->route = *path;
    v->route.arc = arc;
    v->route.arc_cap = path->arc_n;
    return 0;
}

/* A standing vehicle may pull out in either direction of a two-way street. */
static bool best_start(struct vehicle *v, struct streets *streets)
{
    uint32_t twin = streets->road.arc[v->at.arc].twin;
    struct snap way[2] = {v->at, v->at};
    uint32_t ms;
    size_t best = 0;

    if (twin != ROAD_NONE) {
        way[1].arc = twin;
        way[1].along_dm =
            streets->road.arc[twin].length_dm - (v->at.along_dm < streets->road.arc[twin].length_dm
                                                     ? v->at.along_dm
                                                     : streets->road.arc[twin].length_dm);
    }
    if (!field_eta_best(&streets->field, way, twin != ROAD_NONE ? 2 : 1, &ms, &best))
        return false;
    v->at = way[best];
    v->at.turn_ms = 0;
    return true;
}

int vehicle_drive(struct vehicle *v, struct streets *streets, struct point p, int64_t now_ms,
                  double pace, uint32_t *ms)
{
    struct snap target[2];
    struct path path = {.arc = streets->arc, .arc_cap = streets->road.node_n + 2};

    vehicle_stop(v, streets, now_ms);
    size_t targets = grid_place(&streets->grid, &streets->snap, p, target);
    if (targets == 0)
        return -1;
    field_open(&streets->field, &streets->weights, target, targets);
    if (!best_start(v, streets) || path_find(&path, &streets->field, &v->at) != PATH_FOUND ||
        keep_route(v, &path) < 0)
        return -1;
    v->driving = true;
    v->start_ms = now_ms;
    v->pace = pace;
    *ms = (uint32_t)(path.total_ms * pace);
    return 0;
}

struct vehicle_fix vehicle_at(const struct vehicle *v, const struct streets *streets,
                              int64_t now_ms)
{
    struct vehicle_fix fix = {.at = v->at.at, .arrived = !v->driving};
    struct snap now, soon;
    double course_deg = 0;

    if (!v->driving)
        return fix;
    uint32_t ms = elapsed_ms(v, now_ms);
    fix.arrived = path_at(&v->route, &streets->road, &streets->weights, ms, &now, &course_deg);
    path_at(&v->route, &streets->road, &streets->weights, ms + 1000, &soon, NULL);
    fix.at = now.at;
    fix.course_deg = (uint32_t)course_deg % 360;
    fix.speed_kmh =
        fix.arrived ? 0 : (uint32_t)(point_dist_m(now.at, soon.at) * 3.6 / v->pace + 0.5);
    return fix;
}

void vehicle_close(struct vehicle *v)
{
    free(v->route.arc);
    memset(v, 0, sizeof(*v));
}
