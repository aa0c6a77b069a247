#include "geo/path.h"

#include <math.h>

#include "dispatch/must.h"

static bool append(struct path *path, const struct road *road, uint32_t arc)
{
    if (path->arc_n == path->arc_cap)
        return false;
    path->arc[path->arc_n++] = road->arc[arc].original;
    return true;
}

/* Among several targets ahead on the arc, the nearest; NULL when none is ahead. */
static const struct snap *target_ahead(const struct field *f, const struct snap *from)
{
    const struct snap *nearest = NULL;

    for (size_t i = 0; i < f->target_n; i++) {
        const struct snap *t = &f->target[i];
        if (t->arc == from->arc && t->along_dm >= from->along_dm &&
            (!nearest || t->along_dm < nearest->along_dm))
            nearest = t;
    }
    return nearest;
}

/* The target whose arc is entered at node in the time the field says, or NULL. */
static const struct snap *target_at(const struct field *f, uint32_t node, uint32_t ms)
{
    for (size_t i = 0; i < f->target_n; i++) {
        const struct snap *t = &f->target[i];
        if (weights_part_ms(f->weights, f->road, t->arc, t->along_dm) != ms)
            continue;
        for (uint32_t c = t->arc; c != ROAD_NONE; c = f->road->arc[c].next_copy) {
            if (f->road->arc[c].tail == node && weights_may_enter(f->weights, f->road, c))
                return t;
        }
    }
    return NULL;
}

/* The arc out of node that the field's time came by. Its head is nearer, hence settled already. */
static uint32_t next_arc(struct field *f, uint32_t node, uint32_t ms)
{
    for (uint32_t arc = f->road->first_out[node];; arc++) {
        must(arc < f->road->first_out[node + 1]); /* a settled node has a way on */
        uint32_t w = f->weights->ms[arc];
        if (w <= ms && field_known_ms(f, f->road->arc[arc].head) == ms - w)
            return arc;
    }
}

static enum path_result follow(struct path *path, struct field *f, uint32_t node)
{
    for (;;) {
        uint32_t ms = field_node_ms(f, node), arc;
        const struct snap *target = target_at(f, node, ms);
        if (target) {
            path->to_dm = target->along_dm;
            return append(path, f->road, target->arc) ? PATH_FOUND : PATH_TOO_LONG;
        }
        arc = next_arc(f, node, ms);
        if (!append(path, f->road, arc))
            return PATH_TOO_LONG;
        node = f->road->arc[arc].head;
    }
}

enum path_result path_find(struct path *path, struct field *f, const struct snap *from)
{
    const struct snap *ahead = target_ahead(f, from);

    if (!field_eta(f, from, &path->total_ms))
        return PATH_UNREACHABLE;
    path->arc_n = 0;
    path->from_dm = from->along_dm;
    path->turn_ms = from->turn_ms;
    if (!append(path, f->road, from->arc))
        return PATH_TOO_LONG;
    if (ahead) {
        path->to_dm = ahead->along_dm;
        return PATH_FOUND;
    }
    return follow(path, f, f->road->arc[from->arc].head);
}

static uint32_t start_dm(const struct path *path, uint32_t i)
{
    return i == 0 ? path->from_dm : 0;
}

static uint32_t end_dm(const struct path *path, const struct road *road, uint32_t i)
{
    return i + 1 == path->arc_n ? path->to_dm : road->arc[path->arc[i]].length_dm;
}

struct line {
    struct point *out, last;
    size_t n, max;
};

static void draw(struct line *line, struct point p)
{
    if (line->n > 0 && point_equal(line->last, p))
        return;
    if (line->n < line->max)
        line->out[line->n] = p;
    line->last = p;
    line->n++;
}

/* The points of an arc strictly between two places on it. */
static void draw_between(struct line *line, const struct road *road, uint32_t arc, uint32_t from_dm,
                         uint32_t to_dm)
{
    const struct road_arc *a = &road->arc[arc];
    double total = 0, before = 0;

    for (uint32_t i = 1; i < a->shape_n; i++)
        total += point_dist_m(road_arc_point(road, arc, i - 1), road_arc_point(road, arc, i));
    for (uint32_t i = 1; i + 1 < a->shape_n && total > 0; i++) {
        before += point_dist_m(road_arc_point(road, arc, i - 1), road_arc_point(road, arc, i));
        double dm = before / total * a->length_dm;
        if (dm > from_dm && dm < to_dm)
            draw(line, road_arc_point(road, arc, i));
    }
}

size_t path_points(const struct path *path, const struct road *road, struct point *out, size_t max)
{
    struct line line = {.out = out, .max = max};

    for (uint32_t i = 0; i < path->arc_n; i++) {
        uint32_t arc = path->arc[i], from = start_dm(path, i), to = end_dm(path, road, i);
        draw(&line, road_arc_along(road, arc, from, NULL));
        draw_between(&line, road, arc, from, to);
        draw(&line, road_arc_along(road, arc, to, NULL));
    }
    return line.n;
}

/* Whole arcs in between take their full weight, as in the field. */
static uint32_t stretch_ms(const struct path *path, const struct road *road,
                           const struct weights *weights, uint32_t i)
{
    return weights_part_ms(weights, road, path->arc[i], end_dm(path, road, i) - start_dm(path, i));
}

bool path_at(const struct path *path, const struct road *road, const struct weights *weights,
             uint32_t elapsed_ms, struct snap *at, double *course_deg)
{
    uint32_t left = elapsed_ms > path->turn_ms ? elapsed_ms - path->turn_ms : 0, i = 0, span = 0;

    must(path->arc_n > 0);
    for (; i < path->arc_n; i++) {
        span = stretch_ms(path, road, weights, i);
        if (left < span)
            break;
        left -= span;
    }
    bool arrived = i == path->arc_n;
    uint32_t which = arrived ? path->arc_n - 1 : i;
    uint32_t from = start_dm(path, which), to = end_dm(path, road, which);
    uint32_t done = arrived ? to - from : (uint32_t)((uint64_t)(to - from) * left / span);
    *at = (struct snap){.arc = path->arc[which], .along_dm = from + done};
    at->at = road_arc_along(road, at->arc, at->along_dm, course_deg);
    return arrived;
}
