#include "dispatch/warn/circle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/warn/draw.h"

static const double earth_m = 6367000;

struct near {
    double distance;
    uint32_t place;
};

static double distance_between(const struct scan_place *a, const struct scan_place *b, bool plane)
{
    if (plane)
        return hypot(a->x - b->x, a->y - b->y);
    const double degree = 0.017453292519943295;
    double north = sin((a->y - b->y) * degree / 2), east = sin((a->x - b->x) * degree / 2);
    double h = north * north + cos(a->y * degree) * cos(b->y * degree) * east * east;
    return 2 * earth_m * asin(sqrt(fmin(1, h)));
}

static int by_distance(const void *left, const void *right)
{
    const struct near *a = left, *b = right;
    if (a->distance != b->distance)
        return a->distance < b->distance ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

/* Two distances that differ only by rounding. */
static bool as_far(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fmax(a, b);
}

static uint32_t end_of_group(const struct near *near, uint32_t from, uint32_t places, bool singly)
{
    uint32_t end = from + 1;
    while (!singly && end < places && as_far(near[end].distance, near[from].distance))
        end++;
    return end;
}

/* How many of the sorted neighbours belong to circles round the first. */
static uint32_t members_of(const struct near *near, uint32_t places,
                           const struct circle_limits *limits)
{
    double weight = 0;
    for (uint32_t i = 0; i < places;) {
        uint32_t end = end_of_group(near, i, places, limits->singly);
        for (uint32_t j = i; j < end && limits->weight; j++)
            weight += limits->weight[near[j].place];
        bool too_far = limits->radius_max > 0 && near[i].distance > limits->radius_max;
        bool too_many = limits->neighbours_max && end > limits->neighbours_max;
        if (too_far || too_many || (limits->weight && weight > limits->weight_max))
            return i;
        i = end;
    }
    return places;
}

static bool grow(struct circles *c, uint32_t members)
{
    uint32_t *member = realloc(c->member, members * sizeof *member);
    c->member = member ? member : c->member;
    double *distance = realloc(c->distance, members * sizeof *distance);
    c->distance = distance ? distance : c->distance;
    bool *ends = realloc(c->ends, members * sizeof *ends);
    c->ends = ends ? ends : c->ends;
    return member && distance && ends;
}

static bool add_centre(struct circles *c, struct near *near, uint32_t centre,
                       const struct circle_limits *limits)
{
    qsort(near, c->places, sizeof *near, by_distance);
    uint32_t n = members_of(near, c->places, limits), at = c->first[centre];
    c->first[centre + 1] = at + n;
    if (n && !grow(c, at + n))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        c->member[at + i] = near[i].place;
        c->distance[at + i] = near[i].distance;
        c->ends[at + i] = end_of_group(near, i, c->places, limits->singly) == i + 1;
    }
    return true;
}

int circles_make(struct circles *c, const struct scan_place *place, uint32_t places,
                 const struct circle_limits *limits)
{
    struct near *near = malloc((places + 1) * sizeof *near);
    *c = (struct circles){.places = places};
    c->first = calloc(places + 1, sizeof *c->first);
    c->mark = calloc(places + 1, sizeof *c->mark);
    bool made = near && c->first && c->mark;
    for (uint32_t centre = 0; made && centre < places; centre++) {
        for (uint32_t i = 0; i < places; i++)
            near[i] = (struct near){distance_between(&place[centre], &place[i], limits->plane), i};
        made = add_centre(c, near, centre, limits);
    }
    struct draw draw;
    draw_seed(&draw, places);
    for (uint32_t i = 0; made && i < places; i++)
        c->mark[i] = draw_next(&draw);
    free(near);
    if (!made)
        circles_close(c);
    return made ? 0 : -1;
}

void circles_close(struct circles *c)
{
    free(c->first);
    free(c->member);
    free(c->distance);
    free(c->ends);
    free(c->mark);
    *c = (struct circles){0};
}

static int by_value(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

uint32_t circles_distinct(const struct circles *c)
{
    uint32_t all = c->places ? c->first[c->places] : 0, sets = 0, distinct = 0;
    uint64_t *set = malloc((all + 1) * sizeof *set);
    for (uint32_t centre = 0; set && centre < c->places; centre++) {
        uint64_t sum = 0;
        for (uint32_t i = c->first[centre]; i < c->first[centre + 1]; i++) {
            sum += c->mark[c->member[i]];
            if (c->ends[i])
                set[sets++] = sum;
        }
    }
    if (set)
        qsort(set, sets, sizeof *set, by_value);
    for (uint32_t i = 0; i < sets; i++)
        distinct += i == 0 || set[i] != set[i - 1];
    free(set);
    return distinct;
}
