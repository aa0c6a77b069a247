/* cch_order: in which order a street network's nodes are contracted: least important first.
 *
 * Nested dissection: few nodes part the network in two (cch_cut.h); they come last, and each piece
 * is ordered the same way. A search for a place then only meets the cuts around it. Before that,
 * dead ends and nodes between two others go first, they cost nothing. Weights play no part: the
 * order stays good whatever is closed or slowed, and is kept on disk (cch_file.h).
 * Any thread; needs some 100 bytes a node while it runs; 3 s for 66,000 nodes.
 *
 * H. Bast et al. and A. George (nested dissection, 1973); as an order of a customizable
 * contraction hierarchy: J. Dibbelt, B. Strasser, D. Wagner (ACM JEA 21, 2016). */
#ifndef GEO_CCH_ORDER_H
#define GEO_CCH_ORDER_H

#include <stdatomic.h>

#include "geo/cch.h"

/* order[road->node_n]: nodes, first contracted first. False with a reason in errmsg when no narrow
 * cut is found (places that say nothing of nearness), without memory, or when stop (may be NULL)
 * became true. */
bool cch_order(const struct road *road, uint32_t *order, const atomic_bool *stop,
               char errmsg[CCH_ERRMSG_MAX]);

#endif
