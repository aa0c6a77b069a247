/* ways: how long it takes to get about a city, exact to the nanosecond, the same on every machine.
 *
 * Either a road network with a driving time for each arc and travel mode (JEMSS): times between
 * nodes come from hub labels, kept in a file between runs, and paths are walked node by node; or a
 * table of times between places (ELASPY), without paths.
 *
 * Owner: the caller; ways_close. One thread (it keeps work arrays). Units: ns, km, dm; x and y are
 * what the files say, scaled to km by x_scale and y_scale.
 * Errors: -1 out of memory. Start here: ways_ns; ways_next for where a unit on its way is. */
#ifndef SIM_WAYS_H
#define SIM_WAYS_H

#include <stdbool.h>

#include "sim/hub_label.h"

enum { WAYS_MODES_MAX = 8 };

#define WAYS_NEVER HUB_NEVER

struct ways_tree { /* to one place from every node */
    uint32_t *next; /* the first arc */
    int64_t *ns;
};

/* A time asked for lately: most are asked again a moment later. */
struct ways_memo {
    uint64_t pair; /* mode, from, to; 0: none */
    int64_t ns;
};

struct ways {
    uint32_t node_n, arc_n, mode_n;
    double *x, *y, x_scale, y_scale;
    bool *access; /* may be joined from off the road */
    uint32_t *first_out, *head, *tail, *first_in, *in_arc, *length_dm;
    int64_t *ns[WAYS_MODES_MAX]; /* by arc; of a table: [from * node_n + to] */
    bool is_table;
    struct hub_labels labels[WAYS_MODES_MAX];
    struct ways_tree *tree; /* [mode * node_n + node], made when asked for */
    struct ways_memo *memo; /* by hash of the pair */
    int64_t *slot;          /* hub_spread of spread_to */
    uint32_t spread_to, spread_mode;
    uint32_t *cell_first, *cell_node; /* nodes with access by cell */
    uint32_t cells_x, cells_y;
    double x_min, y_min, cell_x, cell_y;
};

/* node_n, arc_n, mode_n, x, y, access, head, tail, length_dm, ns are filled, arcs in order of tail.
 * cache_dir (NULL: none) keeps the labels; what cannot be read there is made again. */
int ways_finish(struct ways *ways, const char *cache_dir);
void ways_close(struct ways *ways);

/* The nearest node with access; *km how far it is. Requires: there is one (ways_finish). */
uint32_t ways_nearest(const struct ways *ways, double x, double y, double *km);
double ways_km(const struct ways *ways, double x0, double y0, double x1, double y1);

/* Driving time, WAYS_NEVER when there is no way. */
int64_t ways_ns(struct ways *ways, uint32_t mode, uint32_t from, uint32_t to);
/* The same, for questions whose places to go to change all the time. */
int64_t ways_from_ns(const struct ways *ways, uint32_t mode, uint32_t from, uint32_t to);
uint32_t ways_dm(const struct ways *ways, uint32_t mode, uint32_t from, uint32_t to);

/* The next node of a shortest path, and the time to it. Requires: node != to, left_ns: ways_ns of
 * them. `often`: many will ask for the way to this place (a station): it gets a tree. */
uint32_t ways_next(struct ways *ways, uint32_t mode, uint32_t node, uint32_t to, int64_t left_ns,
                   bool often, int64_t *ns);

#endif
