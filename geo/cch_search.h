/* cch_search: time from any node to one place, on a metric.
 * Opening walks from the place's nodes up to the root, against the traffic. Asking for a node walks
 * up from it to the first node that is known already, and works out the nodes between on the way
 * back: each by the least over its arcs up, whose heads are all known then. What one question
 * worked out serves the next (lazy RPHAST).
 * The owner inits once (8 bytes a node) and opens for each place; no malloc then, nothing is
 * cleared between two places. One thread at a time. Times in ms.
 *
 * B. Strasser, T. Zeitz: A Fast and Tight Heuristic for A* in Road Networks (SEA 2021). */
#ifndef GEO_CCH_SEARCH_H
#define GEO_CCH_SEARCH_H

#include "geo/cch_metric.h"

struct cch_search {
    const struct cch *cch;
    const struct cch_metric *metric; /* borrowed while open */
    uint32_t *ms;                    /* by rank */
    uint32_t *stamp;  /* by rank: place: seen from it; place + 1: final; else not met */
    uint32_t *stack;  /* ranks on the way up, no more than the tree is deep */
    uint32_t place;   /* even; two more for each place */
    uint32_t known_n; /* ranks worked out for this place */
};

int cch_search_init(struct cch_search *search, const struct cch *cch);
void cch_search_open(struct cch_search *search, const struct cch_metric *metric);
/* The place is ms (less than ROAD_INF) beyond this node of the road. All before the first question.
 */
void cch_search_seed(struct cch_search *search, uint32_t node, uint32_t ms);
/* By the road's node; ROAD_INF when no road leads there. */
uint32_t cch_search_ms(struct cch_search *search, uint32_t node);
size_t cch_search_bytes(const struct cch *cch);
void cch_search_close(struct cch_search *search);

#endif
