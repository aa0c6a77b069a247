/* cch_cut: few nodes that part a street network into two pieces of similar size (inertial flow).
 * Along each of four directions the first and the last quarter of the nodes are source and sink
 * of a flow in which a node carries one unit; what the largest flow fills is the smallest cut.
 * The thinnest cut for the size of its smaller piece wins. Deterministic: ties go by node number.
 * The owner inits it once for the largest graph; one thread; no malloc afterwards. */
#ifndef GEO_CCH_CUT_H
#define GEO_CCH_CUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Undirected, each edge in both lists; x, y anything that tells near from far. */
struct cch_graph {
    uint32_t node_n;
    uint32_t *first, *head; /* node_n + 1; neighbours */
    int32_t *x, *y;
};

enum cch_side { CCH_LEFT, CCH_RIGHT, CCH_CUT };

struct cch_cut {
    uint32_t *prev, *next; /* by node: the path of flow through it */
    uint32_t *level;       /* by state: 2 * node is before it, 2 * node + 1 behind it */
    uint32_t *at;          /* by node: how many ways on have been tried */
    uint32_t *queue;       /* by state */
    uint32_t *sorted;      /* nodes along the direction */
    uint32_t source_n;     /* the first so many of sorted, and of its end for the sink */
    uint8_t *is_sink, *side;
    int64_t *key;
};

int cch_cut_init(struct cch_cut *cut, uint32_t node_max);
/* Needs at least two nodes. side[] of each node; how many are cut, or -1 when every cut needs more
 * than cut_max. Left or right may be empty when something is cut. */
int64_t cch_cut_find(struct cch_cut *cut, const struct cch_graph *graph, uint32_t cut_max,
                     uint8_t *side);
void cch_cut_close(struct cch_cut *cut);

#endif
