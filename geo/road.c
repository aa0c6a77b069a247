#include "geo/road.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"

static const char *const class_names[ROAD_CLASSES] = {
    "motorway",      "motorway_link",  "trunk",    "trunk_link",    "primary",      "primary_link",
    "secondary",     "secondary_link", "tertiary", "tertiary_link", "unclassified", "residential",
    "living_street", "service",        "track",    "pedestrian",    "ferry",
};

int road_class_parse(const char *name, enum road_class *out)
{
    for (int i = 0; i < ROAD_CLASSES; i++) {
        if (strcmp(name, class_names[i]) == 0) {
            *out = (enum road_class)i;
            return 0;
        }
    }
    return -1;
}

const char *road_class_name(enum road_class class)
{
    must((unsigned)class < ROAD_CLASSES);
    return class_names[class];
}

const char *road_name(const struct road *road, uint32_t arc)
{
    must(arc < road->arc_n);
    return road->names + road->arc[arc].name;
}

const uint32_t *road_way_arcs(const struct road *road, int64_t way_id, uint32_t *n)
{
    uint32_t low = 0, high = road->way_arc_n, end;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (road->arc[road->by_way[mid]].way_id < way_id)
            low = mid + 1;
        else
            high = mid;
    }
    for (end = low; end < road->way_arc_n && road->arc[road->by_way[end]].way_id == way_id;)
        end++;
    *n = end - low;
    return *n ? road->by_way + low : NULL;
}

struct point road_arc_point(const struct road *road, uint32_t arc, uint32_t i)
{
    must(arc < road->arc_n && i < road->arc[arc].shape_n);
    const struct road_arc *a = &road->arc[arc];

    if (a->flags & ROAD_REVERSED)
        i = a->shape_n - 1 - i;
    return road->shape[a->shape_first + i];
}

static struct point between(struct point a, struct point b, double part)
{
    return (struct point){a.lat_e7 + (int32_t)lround(((double)b.lat_e7 - a.lat_e7) * part),
                          a.lon_e7 + (int32_t)lround(((double)b.lon_e7 - a.lon_e7) * part)};
}

static double line_m(const struct road *road, uint32_t arc)
{
    double m = 0;

    for (uint32_t i = 0; i + 1 < road->arc[arc].shape_n; i++)
        m += point_dist_m(road_arc_point(road, arc, i), road_arc_point(road, arc, i + 1));
    return m;
}

struct point road_arc_along(const struct road *road, uint32_t arc, uint32_t along_dm,
                            double *course_deg)
{
    must(arc < road->arc_n);
    const struct road_arc *a = &road->arc[arc];
    double left = line_m(road, arc) * fmin(1.0, (double)along_dm / a->length_dm);
    struct point from = road_arc_point(road, arc, 0), to = from;
    double step = 0;

    for (uint32_t i = 1; i < a->shape_n; i++) {
        from = road_arc_point(road, arc, i - 1);
        to = road_arc_point(road, arc, i);
        step = point_dist_m(from, to);
        if (left <= step && step > 0)
            break;
        left -= i + 1 < a->shape_n ? step : 0;
    }
    if (course_deg)
        *course_deg = point_course_deg(from, to);
    return between(from, to, step > 0 ? fmin(1.0, left / step) : 0.0);
}

struct plane road_plane(const struct road *road)
{
    struct point sw = road->south_west, ne = road->north_east;

    return plane_at((struct point){(int32_t)(((int64_t)sw.lat_e7 + ne.lat_e7) / 2),
                                   (int32_t)(((int64_t)sw.lon_e7 + ne.lon_e7) / 2)});
}

void road_close(struct road *road)
{
    free(road->node);
    free(road->arc);
    free(road->shape);
    free(road->names);
    free(road->first_out);
    free(road->first_in);
    free(road->in_arc);
    free(road->by_way);
    *road = (struct road){0};
}
