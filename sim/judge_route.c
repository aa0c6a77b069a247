#include "sim/judge_route.h"

#include <math.h>

#include "dispatch/must.h"

void judge_route_stand(struct judge_route *route, const struct judge_place *place)
{
    *route = (struct judge_route){.from = place->node,
                                  .to = place->node,
                                  .node = place->node,
                                  .next = place->node,
                                  .start_ns = INT64_MIN,
                                  .from_ns = INT64_MIN,
                                  .to_ns = INT64_MIN,
                                  .end_ns = INT64_MIN,
                                  .end_off_km = place->off_km};
}

/* Walks until next is the node ahead. Requires: from_ns < now < to_ns. */
static void walk(struct ways *ways, struct judge_route *r, int64_t now_ns)
{
    while (r->next_ns <= now_ns) {
        int64_t ns;
        r->node = r->next;
        r->node_ns = r->next_ns;
        r->next = ways_next(ways, r->mode, r->node, r->to, r->to_ns - r->node_ns, r->often, &ns);
        r->next_ns += ns;
    }
}

/* ELASPY: the place nearest to where it would be on the straight line between its two ends. */
static uint32_t snapped(const struct ways *w, const struct judge_route *r, int64_t now_ns)
{
    double way = (double)(r->end_ns - r->start_ns);
    double part = way > 0 ? (double)(now_ns - r->start_ns) / way : 1;
    double x = w->x[r->from] + part * (w->x[r->to] - w->x[r->from]), km;
    double y = w->y[r->from] + part * (w->y[r->to] - w->y[r->from]);
    return ways_nearest(w, x, y, &km);
}

uint32_t judge_route_node(struct judge_city *city, struct judge_route *r, uint32_t mode,
                          int64_t now_ns, int64_t *lead_ns)
{
    *lead_ns = 0;
    if (r->end_ns <= now_ns) {
        *lead_ns = judge_off_ns(city, mode, r->end_off_km);
        return r->to;
    }
    if (city->snaps_returning)
        return snapped(&city->ways, r, now_ns);
    if (now_ns <= r->from_ns) {
        *lead_ns = r->from_ns - now_ns;
        return r->from;
    }
    if (now_ns >= r->to_ns) {
        *lead_ns = now_ns - r->to_ns;
        if (mode != r->mode)
            *lead_ns = llround((double)*lead_ns * city->off_km_ns[mode] / city->off_km_ns[r->mode]);
        return r->to;
    }
    walk(&city->ways, r, now_ns);
    *lead_ns = r->next_ns - now_ns;
    return r->next;
}

void judge_route_change(struct judge_city *city, struct judge_route *r, uint32_t mode,
                        int64_t now_ns, const struct judge_place *to, bool often)
{
    int64_t lead_ns;
    uint32_t from = judge_route_node(city, r, mode, now_ns, &lead_ns);
    int64_t way_ns = ways_ns(&city->ways, mode, from, to->node);
    must(way_ns != WAYS_NEVER); /* who asks for an eta first never sends anybody there */
    *r = (struct judge_route){.mode = mode,
                              .from = from,
                              .to = to->node,
                              .start_ns = now_ns,
                              .from_ns = now_ns + lead_ns,
                              .node = from,
                              .next = from,
                              .end_off_km = to->off_km,
                              .often = often};
    r->node_ns = r->next_ns = r->from_ns;
    r->to_ns = r->from_ns + way_ns;
    r->end_ns = r->to_ns + judge_off_ns(city, mode, to->off_km);
}

int64_t judge_route_driven_dm(const struct judge_city *city, const struct judge_route *r,
                              int64_t now_ns)
{
    if (r->end_ns == INT64_MIN || r->end_ns <= r->start_ns)
        return 0;
    double all = ways_dm(&city->ways, r->mode, r->from, r->to) + 1e4 * r->end_off_km;
    if (now_ns >= r->end_ns)
        return llround(all);
    return llround(all * (double)(now_ns - r->start_ns) / (double)(r->end_ns - r->start_ns));
}
