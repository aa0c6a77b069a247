/* cch_metric: one set of weights on a contraction hierarchy: customization.
 * A weight up or down an arc is the shortest way between its ends that stays below them (its lower
 * triangles), so that a search going up and down finds exactly the road's shortest times.
 * The owner inits one for each set of weights in use; searches may share it, from any thread, while
 * nobody customizes or updates it. cch and weights must live as long. ms; ROAD_INF: no way.
 *
 * cch_metric_build makes all of it new: 20 ms for 180,000 road arcs. cch_metric_update makes new
 * only what follows from a few road arcs (a closure: tens of us), lowest first. */
#ifndef GEO_CCH_METRIC_H
#define GEO_CCH_METRIC_H

#include "geo/cch.h"
#include "geo/weights.h"

struct cch_metric {
    const struct cch *cch;
    const struct weights *weights;
    uint32_t *up, *down; /* by arc */
    /* Scratch: arcs whose weights are due (a heap of numbers); arcs of one rank by their other end,
     * in an update those up to `low`, in between none. */
    uint32_t *due, due_n;
    uint32_t *arc_to, low;
    uint8_t *is_due;
    /* No road arc gets further than far_dm (straight) in far_ms: see cch_metric_bound_ms. */
    uint32_t far_dm, far_ms;
    uint32_t changed_n; /* arcs that came out different at the last build or update */
};

/* -1 without memory. */
int cch_metric_init(struct cch_metric *metric, const struct cch *cch);
void cch_metric_build(struct cch_metric *metric, const struct weights *weights);
/* The same for weights that differ from those of the metric at no other than these n road arcs.
 * False when more than work_max arcs would follow: it is then no longer right and must be built. */
bool cch_metric_update(struct cch_metric *metric, const struct weights *weights,
                       const uint32_t *road_arc, size_t n, uint32_t work_max);
/* No way between two places so far apart (in cch->plane) takes less. */
uint32_t cch_metric_bound_ms(const struct cch_metric *metric, uint32_t dist_dm);
size_t cch_metric_bytes(const struct cch *cch);
void cch_metric_close(struct cch_metric *metric);

#endif
