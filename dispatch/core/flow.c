#include "dispatch/core/flow.h"

#include <stdbool.h>

enum { VIA_NONE = -1 };

struct search {
    struct flow_arc *arc;
    int32_t arc_n, node_n;
    int64_t *far;
    int32_t *via; /* 2 * arc, or 2 * arc + 1 when it is taken back */
};

size_t flow_bytes(int32_t node_n)
{
    return (size_t)node_n * (sizeof(int64_t) + sizeof(int64_t)); /* `via` rounded up */
}

static bool shorten(struct search *s, int32_t from, int32_t to, int64_t cost, int32_t via)
{
    if (s->far[from] >= FLOW_FAR || s->far[from] + cost >= s->far[to])
        return false;
    s->far[to] = s->far[from] + cost;
    s->via[to] = via;
    return true;
}

/* One pass over all arcs, forward where there is room, back where something was sent. */
static bool relax(struct search *s)
{
    bool shorter = false;
    for (int32_t i = 0; i < s->arc_n; i++) {
        const struct flow_arc *a = &s->arc[i];
        if (a->sent < a->room)
            shorter |= shorten(s, a->from, a->to, a->cost + a->rise * a->sent, 2 * i);
        if (a->sent > 0)
            shorter |= shorten(s, a->to, a->from, -(a->cost + a->rise * (a->sent - 1)), 2 * i + 1);
    }
    return shorter;
}

/* Bellman and Ford: a path is found after as many passes as it has arcs. */
static bool find_path(struct search *s, int32_t from, int32_t to)
{
    for (int32_t n = 0; n < s->node_n; n++) {
        s->far[n] = FLOW_FAR;
        s->via[n] = VIA_NONE;
    }
    s->far[from] = 0;
    for (int32_t pass = 0; pass < s->node_n && relax(s); pass++)
        continue;
    return s->far[to] < FLOW_FAR;
}

static void send_one(struct search *s, int32_t from, int32_t to)
{
    for (int32_t at = to; at != from;) {
        struct flow_arc *a = &s->arc[s->via[at] / 2];
        bool back = s->via[at] % 2;
        a->sent += back ? -1 : 1;
        at = back ? a->to : a->from;
    }
}

int32_t flow_send(struct flow_arc *arc, int32_t arc_n, int32_t node_n, int32_t from, int32_t to,
                  int32_t want, void *workspace)
{
    struct search s = {arc, arc_n, node_n, workspace, NULL};
    int32_t sent = 0;
    s.via = (int32_t *)(void *)(s.far + node_n);
    for (; sent < want && find_path(&s, from, to); sent++)
        send_one(&s, from, to);
    return sent;
}
