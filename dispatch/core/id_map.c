#include "dispatch/core/id_map.h"

#include "dispatch/must.h"

static uint32_t bits_for(uint32_t most)
{
    uint32_t bits = 4;
    while (bits < 31 && (UINT32_C(1) << bits) < 2 * most)
        bits++;
    return bits;
}

size_t id_map_bytes(uint32_t most)
{
    return ((size_t)1 << bits_for(most)) * (sizeof(uint64_t) + sizeof(uint32_t)) + 16;
}

struct id_map id_map_make(struct deciding *d, uint32_t most)
{
    uint32_t bits = bits_for(most), places = UINT32_C(1) << bits;
    struct id_map map = {.mask = places - 1, .shift = 64 - bits, .room = most};
    map.id = scratch(d, places * sizeof(*map.id));
    map.number = scratch(d, places * sizeof(*map.number));
    memset(map.id, 0, places * sizeof(*map.id));
    return map;
}

/* Where the id is, or would go. */
static uint32_t place_of(const struct id_map *map, uint64_t id)
{
    uint32_t at = (uint32_t)(id * UINT64_C(0x9e3779b97f4a7c15) >> map->shift);
    while (map->id[at] && map->id[at] != id)
        at = (at + 1) & map->mask;
    return at;
}

uint32_t *id_map_put(struct id_map *map, uint64_t id)
{
    uint32_t at = place_of(map, id);
    must(id);
    if (map->id[at] == 0) {
        must(map->room-- > 0);
        map->id[at] = id;
        map->number[at] = 0;
    }
    return &map->number[at];
}

const uint32_t *id_map_find(const struct id_map *map, uint64_t id)
{
    uint32_t at = place_of(map, id);
    return id && map->id[at] ? &map->number[at] : NULL;
}
