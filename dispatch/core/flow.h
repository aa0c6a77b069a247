/* flow: the cheapest way to send a number of things through a net.
 *
 * An arc takes `room` things; the first costs `cost`, each further one `rise` more than the one
 * before, so that what is crowded becomes dear. Because prices only rise, sending one thing after
 * the other along the cheapest path, taking back what a better path asks for, is the cheapest for
 * all of them together. Among equally cheap paths the earlier arc wins: same in, same out.
 *
 * Owner: the caller, of the arcs and the workspace. Thread: any. Units: whatever the caller
 * compares; the sum along a path stays below FLOW_FAR. Errors: none.
 * Start here: flow_send. */
#ifndef CORE_FLOW_H
#define CORE_FLOW_H

#include <stddef.h>
#include <stdint.h>

#define FLOW_FAR (INT64_MAX / 4)

struct flow_arc {
    int32_t from, to, room;
    int32_t sent; /* so far; 0 to begin with */
    int64_t cost, rise;
};

/* How many of `want` found a way from `from` to `to`; what each arc took is in its `sent`. */
int32_t flow_send(struct flow_arc *arc, int32_t arc_n, int32_t node_n, int32_t from, int32_t to,
                  int32_t want, void *workspace);

/* Bytes of workspace, aligned as for int64_t. */
size_t flow_bytes(int32_t node_n);

#endif
