/* map: what the consoles' map asks of PostGIS, answered without waiting: tiles and places.
 *
 *   ask ──► tile on disk ──────────────────────────► done_cb
 *       └─► waits ──► one connection, in turn ──► done_cb, tile on disk
 *
 * Tiles are kept under DIR/VERSION/z-x-y.pbf, where the version changes with whatever they are made
 * of (map_version, deploy/sql/010_map.sql), so they never grow old and outlive PostGIS: the last
 * version's description is kept beside them and used until PostGIS answers. Equal tiles are asked
 * for once. The disk is bounded (the oldest go first), and so is what waits.
 * Owner: the server; the memory is yours again in closed_cb. Thread: the loop's; a kept tile is
 * read at once, it is a few tens of kilobytes. Errors: done_cb with a negative status.
 * Start here: map_open; a new question of PostGIS is a kind of ask and a prepared statement. */
#ifndef ATLAS_MAP_H
#define ATLAS_MAP_H

#include "dispatch/base/config.h"
#include "dispatch/readers/mirror_link.h"

enum {
    MAP_ZOOM_MAX = 18,
    MAP_WAITING_MAX = 512,  /* asks; more are refused */
    MAP_TILE_BYTES_MAX = 4 * 1024 * 1024,
    MAP_VERSION_MAX = 16,
    MAP_META_MAX = 1024,
    MAP_WORDS_MAX = 200,
    MAP_PLACES_MAX = 20,
};

enum map_status {
    MAP_AWAY = -1, /* PostGIS does not answer and nothing is kept */
    MAP_BUSY = -2, /* too many wait */
    MAP_WRONG = -3, /* no such tile; too many words */
    MAP_DONE = 0,
};

/* Lent for the call. A tile's bytes (none: an empty tile), or places as rows of a JSON array. */
typedef void (*map_done_cb)(void *context, uint64_t tag, enum map_status status,
                            const void *bytes, size_t n);

struct map_ask;

struct map {
    struct mirror_link link;
    const struct config *config;
    bool opened;                       /* there is a PostGIS to ask */
    char dir[CONFIG_TEXT_MAX + 32];
    char version[MAP_VERSION_MAX + 1]; /* "" until known */
    char meta[MAP_META_MAX];           /* JSON, "" until known */
    uint64_t kept_bytes;
    struct map_ask *asked, *waiting;   /* in the order in which they are answered, came */
    uint32_t asked_count, waiting_count, ticks;
    void (*closed_cb)(void *context);
    void *context;
};

/* Without a conninfo only what is kept is answered. */
void map_open(struct map *map, uv_loop_t *loop, const struct config *config);
void map_close(struct map *map, void (*closed_cb)(void *context), void *context);

/* Once a second: whether the map has changed is asked now and then. */
void map_tick(struct map *map);

/* done_cb comes now or later, once. */
void map_tile(struct map *map, uint32_t z, uint32_t x, uint32_t y, map_done_cb done_cb,
              void *context, uint64_t tag);
/* lat_e7 and lon_e7 both 0: near nowhere. */
void map_places(struct map *map, const char *words, int32_t lat_e7, int32_t lon_e7,
                map_done_cb done_cb, void *context, uint64_t tag);

#endif
