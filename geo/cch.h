/* cch: a road's customizable contraction hierarchy: what of it does not depend on weights.
 *
 *   order      cch_order: least important node first           seconds, kept on disk (cch_file)
 *   contract   this file: arcs that every search needs         tens of ms
 *   metric     cch_metric: their weights, all or a few again   ms
 *   search     cch_search: time from anywhere to one place     us;  cch_table: many to many
 *
 * Contracting a node joins its higher neighbours to each other, so that from any node the way to
 * any other goes up and then down. All higher neighbours of a node lie on its way to the root of
 * the elimination tree (parent: the lowest of them), so a search needs no queue: it walks up.
 *
 *   rank   a node's place in the order; everything here is by rank but `rank` itself
 *   arc    between two ranks, numbered by its lower end; has a weight up and one down
 *
 * The owner inits and closes; immutable in between, any thread. The road must live as long.
 * J. Dibbelt, B. Strasser, D. Wagner: Customizable Contraction Hierarchies (ACM JEA 21, 2016). */
#ifndef GEO_CCH_H
#define GEO_CCH_H

#include "geo/road.h"

#define CCH_ERRMSG_MAX 160

struct cch {
    const struct road *road;
    uint32_t node_n, arc_n;
    uint32_t *rank;       /* by the road's node */
    uint32_t *parent;     /* ROAD_NONE: a root */
    uint32_t *up_first;   /* node_n + 1; arcs up from a rank, ascending by head */
    uint32_t *up_head;    /* arc_n */
    uint32_t *up_tail;    /* arc_n */
    uint32_t *down_first; /* node_n + 1; arcs down from a rank, ascending by tail */
    uint32_t *down_arc;   /* arc_n */
    uint32_t *down_tail;  /* arc_n: up_tail of those, side by side for whoever walks along them */
    uint32_t *arc_of; /* by the road's arc: 2 * arc + 1 when it drives down; ROAD_NONE: a loop */
    uint32_t *road_first; /* arc_n + 1; the road's arcs that lie on an arc */
    uint32_t *road_arc;
    struct plane plane;   /* of x_dm, y_dm, span_dm */
    int32_t *x_dm, *y_dm; /* by the road's node */
    uint32_t *span_dm;    /* by the road's arc: straight from tail to head, rounded up */
    uint32_t depth_max;   /* nodes on the longest way to a root */
};

/* order: from cch_order, any permutation of the nodes is right. Refused with a reason when there
 * are more arcs than ratio_percent of the road's. */
int cch_init(struct cch *cch, const struct road *road, const uint32_t *order,
             uint32_t ratio_percent, char errmsg[CCH_ERRMSG_MAX]);
size_t cch_bytes(const struct cch *cch);
void cch_close(struct cch *cch);

#endif
