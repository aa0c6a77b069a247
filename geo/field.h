/* field: driving time from everywhere to one place.
 * A reverse Dijkstra from the place, settled only as far as the questions reach. The owner calls
 * field_init once (all memory, 12 bytes a node), then field_open for each new place or new
 * weights; opening and asking never allocate. One thread at a time for each field; many fields
 * may share one road and one weights, which must live as long as the field is open on them.
 * Times in ms. Unreachable is said, never 0; finding that out settles the whole network (about
 * 10 ms for 150,000 arcs), so ask off the loop, or field_settle in slices first.
 *
 * A closure on the arc a unit stands on does not hold it there, and a closure on the arc of the
 * place does not keep crews from it (the crash usually is the closure); nobody drives through. */
#ifndef GEO_FIELD_H
#define GEO_FIELD_H

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
};

size_t field_bytes(const struct road *road);
int field_init(struct field *f, const struct road *road);
/* target: usually what grid_place gave, 1 to FIELD_TARGETS_MAX snaps of the same place. */
void field_open(struct field *f, const struct weights *weights, const struct snap *target,
                size_t n);

/* Time from a snap, false when no road leads there. *ms only on true. */
bool field_eta(struct field *f, const struct snap *from, uint32_t *ms);
/* The least over several snaps of one unit, and which of them (best may be NULL). */
bool field_eta_best(struct field *f, const struct snap *from, size_t n, uint32_t *ms, size_t *best);
/* Time from a node, ROAD_INF when no road leads there. */
uint32_t field_node_ms(struct field *f, uint32_t node);

/* The same as far as it is settled already: ROAD_INF when it is not. */
uint32_t field_known_ms(const struct field *f, uint32_t node);

/* Work ahead of questions: settle what is within ms (ROAD_INF: everything), at most max_nodes.
 * True when done. */
bool field_settle(struct field *f, uint32_t within_ms, uint32_t max_nodes);

void field_close(struct field *f);

#endif
