#include "geo/cch_search.h"

#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"

#define WORDS_A_LINE 16 /* of the cache */

int cch_search_init(struct cch_search *s, const struct cch *cch)
{
    *s = (struct cch_search){.cch = cch, .ms = malloc(cch_search_bytes(cch))};
    if (!s->ms)
        return -1;
    s->stamp = s->ms + cch->node_n + 1;
    s->stack = s->stamp + cch->node_n + 1;
    memset(s->stamp, 0xff, (size_t)cch->node_n * sizeof *s->stamp);
    return 0;
}

size_t cch_search_bytes(const struct cch *cch)
{
    return (2 * (size_t)cch->node_n + cch->depth_max + 3) * sizeof(uint32_t);
}

void cch_search_close(struct cch_search *s)
{
    free(s->ms);
    *s = (struct cch_search){0};
}

static void next_place(struct cch_search *s)
{
    if (s->place >= UINT32_MAX - 4) {
        memset(s->stamp, 0xff, (size_t)s->cch->node_n * sizeof *s->stamp);
        s->place = 0;
    }
    s->place += 2;
    s->known_n = 0;
}

/* Up to the root, or to where an earlier seed's way goes on. */
static void mark_way_up(struct cch_search *s, uint32_t r)
{
    for (; r != ROAD_NONE && s->stamp[r] != s->place; r = s->cch->parent[r]) {
        s->stamp[r] = s->place;
        s->ms[r] = ROAD_INF;
    }
}

/* Against the traffic: from a head down to r is what leads to the place. Returns the highest rank
 * that came nearer. */
static uint32_t pull_up(struct cch_search *s, uint32_t r)
{
    const struct cch *cch = s->cch;
    const uint32_t *down = s->metric->down;
    uint32_t here = s->ms[r], top = 0;

    for (uint32_t a = cch->up_first[r]; a < cch->up_first[r + 1]; a++) {
        uint32_t head = cch->up_head[a], ms = here + down[a];
        if (ms < s->ms[head]) {
            s->ms[head] = ms;
            top = head;
        }
    }
    return top;
}

void cch_search_open(struct cch_search *s, const struct cch_metric *metric)
{
    must(metric->cch == s->cch && metric->weights);
    s->metric = metric;
    next_place(s);
}

void cch_search_seed(struct cch_search *s, uint32_t node, uint32_t ms)
{
    must(s->metric && s->known_n == 0 && node < s->cch->node_n && ms < ROAD_INF);
    uint32_t seed = s->cch->rank[node], top = seed;

    mark_way_up(s, seed);
    if (ms >= s->ms[seed])
        return;
    s->ms[seed] = ms;
    for (uint32_t r = seed; r != ROAD_NONE && r <= top; r = s->cch->parent[r]) {
        uint32_t nearer = pull_up(s, r);
        top = nearer > top ? nearer : top;
    }
}

/* A way up lies here and there in memory: its arcs are sent for while it is still being found. */
static void send_for(const struct cch_search *s, uint32_t r)
{
    const struct cch *cch = s->cch;

    for (uint32_t a = cch->up_first[r]; a < cch->up_first[r + 1]; a += WORDS_A_LINE) {
        __builtin_prefetch(&cch->up_head[a]);
        __builtin_prefetch(&s->metric->up[a]);
    }
}

/* All heads up from r are final. */
static void finish(struct cch_search *s, uint32_t r)
{
    const uint32_t *up = s->metric->up, *head = s->cch->up_head;
    uint32_t ms = s->stamp[r] == s->place ? s->ms[r] : ROAD_INF;

    for (uint32_t a = s->cch->up_first[r]; a < s->cch->up_first[r + 1]; a++) {
        uint32_t way = up[a] + s->ms[head[a]];
        ms = way < ms ? way : ms;
    }
    s->ms[r] = ms;
    s->stamp[r] = s->place + 1;
    s->known_n++;
}

uint32_t cch_search_ms(struct cch_search *s, uint32_t node)
{
    must(s->metric && node < s->cch->node_n);
    uint32_t rank = s->cch->rank[node], n = 0;

    for (uint32_t r = rank; r != ROAD_NONE && s->stamp[r] != s->place + 1; r = s->cch->parent[r]) {
        send_for(s, r);
        s->stack[n++] = r;
    }
    while (n > 0)
        finish(s, s->stack[--n]);
    return s->ms[rank];
}
