/* field: driving time from everywhere to one place, or from the soonest of many to everywhere.
 * Two engines with the same answers to the millisecond. A reverse Dijkstra from the place
 * (field_init, field_open) needs nothing but weights and is settled only as far as the questions
 * reach; the other walks a contraction hierarchy (field_init_cch, field_open_cch: cch.h), in some
 * 20 us for any question, and needs a metric. Everything below the opening is common to both.
 *
 * The owner inits once (all memory: 12 bytes a node, 8 with a hierarchy), then opens for each new
 * place or new weights; opening and asking never allocate. One thread at a time for each field;
 * many fields may share road, weights and metric, which must live, unchanged, while it is open.
 * Times in ms. Unreachable is said, never 0; for the Dijkstra, finding that out settles the whole
 * network (about 10 ms for 150,000 arcs), so ask off the loop, or field_settle in slices first.
 *
 * A closure on the arc a unit stands on does not hold it there, and a closure on the arc of the
 * place does not keep crews from it (the crash usually is the closure); nobody drives through. */
#ifndef GEO_FIELD_H
#define GEO_FIELD_H

#include "geo/cch_search.h"
#include "geo/grid.h"
#include "geo/road.h"
#include "geo/weights.h"

#define FIELD_TARGETS_MAX 8

struct field {
    const struct road *road;
    const struct weights *weights; /* borrowed while open */
    struct snap target[FIELD_TARGETS_MAX];
    size_t target_n;
    uint32_t *ms;   /* by node; final once settled */
    uint32_t *slot; /* by node: place in heap, or one of the marks in field.c */
    uint32_t *heap; /* nodes by ms, four children each */
    uint32_t heap_n, settled_n;
    struct cch_search search; /* instead of the above, where search.cch is set */
    bool outward;             /* from places to everywhere: see field_open_outward */
};

size_t field_bytes(const struct road *road);
int field_init(struct field *f, const struct road *road);
/* target: usually what grid_place gave, 1 to FIELD_TARGETS_MAX snaps of the same place. */
void field_open(struct field *f, const struct weights *weights, const struct snap *target,
                size_t n);

int field_init_cch(struct field *f, const struct cch *cch);
void field_open_cch(struct field *f, const struct cch_metric *metric, const struct snap *target,
                    size_t n);

/* Time from a snap, false when no road leads there. *ms only on true. */
bool field_eta(struct field *f, const struct snap *from, uint32_t *ms);
/* The least over several snaps of one unit, and which of them (best may be NULL). */
bool field_eta_best(struct field *f, const struct snap *from, size_t n, uint32_t *ms, size_t *best);
/* Time from a node, ROAD_INF when no road leads there. */
uint32_t field_node_ms(struct field *f, uint32_t node);

/* The same as far as it costs next to nothing: a Dijkstra says ROAD_INF where it has not settled.
 */
uint32_t field_known_ms(struct field *f, uint32_t node);

/* The other way round, without a hierarchy: time to everywhere from the soonest of any number of
 * places, which are all added before the first question. */
void field_open_outward(struct field *f, const struct weights *weights);
void field_add_source(struct field *f, const struct snap *from);
/* Time to where this street (an original) begins, ROAD_INF when no road leads there. */
uint32_t field_arc_ms(struct field *f, uint32_t arc);

/* Work ahead of questions: settle what is within ms (ROAD_INF: everything), at most max_nodes.
 * True when done; with a hierarchy there is nothing to do. */
bool field_settle(struct field *f, uint32_t within_ms, uint32_t max_nodes);

void field_close(struct field *f);

#endif
