/* cch_table: driving times between many places and many places: coverage, relocation, sites.
 * What the sources can meet on their ways up is selected once and swept from the top for eight
 * destinations at a time (RPHAST): 500 x 500 in some 50 ms on 180,000 road arcs. The answers are
 * those of a field at each destination, to the millisecond.
 * The owner inits it for the sources and a metric, asks, and closes; the metric must not change in
 * between. One thread. Times in ms; ROAD_INF: no road leads there.
 *
 * D. Delling, A. Goldberg, R. Werneck: Faster Batched Shortest Paths in Road Networks (2011). */
#ifndef GEO_CCH_TABLE_H
#define GEO_CCH_TABLE_H

#include "geo/field.h"

#define CCH_LANES 8

/* A place as grid_place or grid_snap gives it; snap_n 0: off the network. */
struct cch_place {
    struct snap snap[4];
    uint32_t snap_n;
};

struct cch_table {
    const struct cch_metric *metric;
    const struct cch_place *from; /* borrowed */
    uint32_t from_n;
    struct cch_search search;
    uint32_t *rank;  /* selected, highest first */
    uint32_t *place; /* by rank: where in rank[]; ROAD_NONE: not selected */
    uint32_t *first; /* rank_n + 1; arcs up within the selection */
    uint32_t *head;  /* places */
    int32_t *up;
    int32_t (*ms)[CCH_LANES]; /* by place */
    uint32_t rank_n;
};

int cch_table_init(struct cch_table *table, const struct cch_metric *metric,
                   const struct cch_place *from, uint32_t from_n);
/* ms[to * from_n + from]. */
void cch_table_times(struct cch_table *table, const struct cch_place *to, uint32_t to_n,
                     uint32_t *ms);
void cch_table_close(struct cch_table *table);

#endif
