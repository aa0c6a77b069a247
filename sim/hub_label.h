/* hub_label: the shortest driving time between any two nodes of a graph, in a few hundred ns.
 * Every node keeps a list of hubs with the time to each and another with the time from each, such
 * that some hub of both lists lies on a shortest path (Abraham et al. 2011; made by pruned searches
 * from the hubs in order of importance, Akiba et al. 2013; importance by how many shortest paths of
 * sampled trees a node covers, Delling et al. 2014). Exact whatever the order; a good order is
 * short lists. Beside the time each entry keeps the length of its path.
 *
 * Owner: the caller; hub_labels_close. Thread: any may ask, one makes. Units: ns, dm.
 * Errors: -1 (memory; a file that is missing, damaged or of another graph).
 * Start here: hub_labels_make, hub_time. */
#ifndef SIM_HUB_LABEL_H
#define SIM_HUB_LABEL_H

#include <stddef.h>
#include <stdint.h>

#define HUB_NEVER INT64_MAX

/* Arcs out of node v are first_out[v] … first_out[v + 1] - 1, likewise in. Times are positive. */
struct hub_graph {
    uint32_t node_n, arc_n;
    const uint32_t *first_out, *head;
    const uint32_t *first_in, *in_arc, *tail;
    const int64_t *ns;         /* by arc */
    const uint32_t *length_dm; /* by arc */
};

/* One direction: entries first[v] … first[v + 1] - 1 of node v, hubs upwards. */
struct hub_side {
    uint32_t *first, *hub, *dm;
    int64_t *ns;
    uint32_t n;
};

struct hub_labels {
    uint32_t node_n;
    uint64_t graph_hash;
    struct hub_side from, to; /* times from a node to its hubs; from its hubs to a node */
    void *map;                /* when it lies in a file */
    size_t map_bytes;
};

int hub_labels_make(struct hub_labels *labels, const struct hub_graph *graph);
void hub_labels_close(struct hub_labels *labels);

/* Time of the shortest path, HUB_NEVER without one; *dm (may be NULL) its length. */
int64_t hub_time(const struct hub_labels *labels, uint32_t from, uint32_t to, uint32_t *dm);

/* A place many start for: `slot` has node_n times, kept by the caller between the calls. */
void hub_spread(const struct hub_labels *labels, uint32_t to, int64_t *slot);
void hub_unspread(const struct hub_labels *labels, uint32_t to, int64_t *slot);
int64_t hub_time_spread(const struct hub_labels *labels, uint32_t from, const int64_t *slot);

uint64_t hub_graph_hash(const struct hub_graph *graph);
int hub_labels_save(const struct hub_labels *labels, const char *path);
int hub_labels_load(struct hub_labels *labels, const char *path, const struct hub_graph *graph);

#endif
