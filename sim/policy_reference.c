/* The published policies, by the reference's rules: the nearest unit that may be taken; without
 * one the call waits, most urgent first, then by arrival; move-up by DMEXCLP. */
#include <stdlib.h>

#include "sim/cover.h"
#include "sim/judge_run.h"

struct reference {
    uint32_t *queue; /* first to be served last */
    uint32_t queue_n, queue_cap;
    struct cover cover;
};

static bool is_candidate(const struct judge_run *run, const struct judge_unit *unit, uint32_t call)
{
    if (judge_is_roaming(unit))
        return true;
    return unit->state == JUDGE_TO_CALL && run->policy->diverts && !run->no_divert &&
           run->city
               ->may_take[run->city->call[unit->call].priority][run->city->call[call].priority];
}

static bool is_after(const struct judge_city *city, uint32_t a, uint32_t b)
{
    const struct judge_call *x = &city->call[a], *y = &city->call[b];
    if (x->priority != y->priority)
        return x->priority > y->priority;
    return x->arrival_ns > y->arrival_ns;
}

static void queue_call(struct judge_run *run, struct reference *r, uint32_t call)
{
    if (r->queue_n == r->queue_cap) {
        uint32_t cap = r->queue_cap ? r->queue_cap * 2 : 64;
        uint32_t *queue = realloc(r->queue, cap * sizeof(*queue));
        if (!queue) {
            run->failed = true;
            return;
        }
        r->queue = queue;
        r->queue_cap = cap;
    }
    uint32_t at = r->queue_n++;
    for (; at > 0 && is_after(run->city, call, r->queue[at - 1]); at--)
        r->queue[at] = r->queue[at - 1];
    r->queue[at] = call;
    judge_enqueue(run, call);
}

static void on_call(struct judge_run *run, uint32_t call)
{
    int64_t best_ns = WAYS_NEVER;
    uint32_t best = 0;
    for (uint32_t u = 0; u < run->city->unit_n; u++) {
        if (!is_candidate(run, &run->unit[u], call))
            continue;
        int64_t ns = judge_eta_ns(run, u, call);
        if (ns < best_ns) {
            best_ns = ns;
            best = u;
        }
    }
    if (best_ns == WAYS_NEVER)
        queue_call(run, run->mind, call);
    else
        judge_dispatch(run, best, call);
}

static uint32_t new_station(struct judge_run *run, const struct reference *r, uint32_t unit)
{
    uint32_t *at = calloc(run->city->station_n, sizeof(*at));
    if (!at) {
        run->failed = true;
        return run->unit[unit].station;
    }
    for (uint32_t u = 0; u < run->city->unit_n; u++)
        at[run->unit[u].station] += u != unit && judge_is_roaming(&run->unit[u]);
    uint32_t best = cover_best_station(&r->cover, run->city, run->now_ns, at, run->busy_fraction);
    free(at);
    return best;
}

static void on_free(struct judge_run *run, uint32_t unit)
{
    struct reference *r = run->mind;
    if (r->queue_n)
        judge_dispatch(run, unit, r->queue[--r->queue_n]);
    else if (run->policy->moves_up)
        judge_send(run, unit, new_station(run, r, unit));
    else
        judge_send(run, unit, run->unit[unit].station);
}

static int on_open(struct judge_run *run)
{
    struct reference *r = calloc(1, sizeof(*r));
    run->mind = r;
    if (!r)
        return -1;
    return run->policy->moves_up ? cover_make(&r->cover, run->city) : 0;
}

static void on_close(struct judge_run *run)
{
    struct reference *r = run->mind;
    if (!r)
        return;
    cover_close(&r->cover);
    free(r->queue);
    free(r);
}

#define REFERENCE(NAME, takes, moves)                                                              \
    const struct judge_policy policy_##NAME = {.name = #NAME,                                      \
                                               .diverts = takes,                                   \
                                               .moves_up = moves,                                  \
                                               .open_cb = on_open,                                 \
                                               .close_cb = on_close,                               \
                                               .call_cb = on_call,                                 \
                                               .free_cb = on_free}

REFERENCE(closest, false, false);
REFERENCE(closest_redisp, true, false);
REFERENCE(dmexclp, false, true);
REFERENCE(dmexclp_redisp, true, true);
