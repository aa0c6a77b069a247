/* hub_order: which nodes of a graph are the best hubs, best first.
 * Shortest-path trees from a sample of nodes; again and again the node that covers most of what is
 * left of all trees is taken and what it covers is cut off. Deterministic. Owner: the caller gives
 * `order` (node_n). Errors: -1 out of memory. Start here: hub_order_find. */
#ifndef SIM_HUB_ORDER_H
#define SIM_HUB_ORDER_H

#include "sim/hub_label.h"

int hub_order_find(const struct hub_graph *graph, uint32_t *order);

#endif
