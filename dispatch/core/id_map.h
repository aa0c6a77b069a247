/* id_map (inside the core): numbers by id, for the length of one decision.
 *
 * Open addressing in the decision's scratch, at most half full; ids are never 0. Owner: the caller.
 * Thread: the core's. Errors: none; more than `most` ids is a bug. Start here: id_map_make. */
#ifndef CORE_ID_MAP_H
#define CORE_ID_MAP_H

#include "dispatch/core/decide.h"

struct id_map {
    uint64_t *id;
    uint32_t *number;
    uint32_t mask, shift, room;
};

struct id_map id_map_make(struct deciding *d, uint32_t most);

/* The number of this id, 0 and remembered when it is new. */
uint32_t *id_map_put(struct id_map *map, uint64_t id);

/* NULL: not there. */
const uint32_t *id_map_find(const struct id_map *map, uint64_t id);

/* Bytes of scratch. */
size_t id_map_bytes(uint32_t most);

#endif
