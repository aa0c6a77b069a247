#include "dispatch/atlas/map.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dispatch/base/log.h"
#include "dispatch/base/os.h"
#include "dispatch/core/types.h"
#include "dispatch/wire/buffer.h"
#include "dispatch/wire/wire_json.h"

enum ask_kind { ASK_META, ASK_TILE, ASK_PLACES };

struct waiter {
    map_done_cb done_cb;
    void *context;
    uint64_t tag;
    struct waiter *next;
};

struct map_ask {
    enum ask_kind kind;
    uint32_t z, x, y;
    char words[MAP_WORDS_MAX + 1];
    int32_t lat_e7, lon_e7;
    struct waiter *waiter;
    struct buffer answer;
    bool answered;
    struct map_ask *next;
};

static void ask_more(struct map *map);

/* --- asks --- */

static bool add_waiter(struct map_ask *ask, map_done_cb done_cb, void *context, uint64_t tag)
{
    struct waiter *waiter = malloc(sizeof(*waiter));
    if (waiter) {
        *waiter = (struct waiter){done_cb, context, tag, ask->waiter};
        ask->waiter = waiter;
    }
    return waiter != NULL;
}

static void end_ask(struct map_ask *ask, enum map_status status)
{
    while (ask->waiter) {
        struct waiter *waiter = ask->waiter;
        ask->waiter = waiter->next;
        waiter->done_cb(waiter->context, waiter->tag, status, ask->answer.bytes, ask->answer.n);
        free(waiter);
    }
    buffer_close(&ask->answer);
    free(ask);
}

static void end_all(struct map_ask **list, uint32_t *count)
{
    while (*list) {
        struct map_ask *ask = *list;
        *list = ask->next;
        (*count)--;
        end_ask(ask, MAP_AWAY);
    }
}

static void put_last(struct map_ask **list, uint32_t *count, struct map_ask *ask)
{
    while (*list)
        list = &(*list)->next;
    ask->next = NULL;
    *list = ask;
    (*count)++;
}

static struct map_ask *same_tile(struct map_ask *list, const struct map_ask *wanted)
{
    for (; list; list = list->next)
        if (list->kind == ASK_TILE && list->z == wanted->z && list->x == wanted->x &&
            list->y == wanted->y)
            return list;
    return NULL;
}

/* Takes its place behind the others, or joins the one that asks for the same tile. */
static void begin_ask(struct map *map, const struct map_ask *wanted, map_done_cb done_cb,
                      void *context, uint64_t tag)
{
    struct map_ask *ask = NULL;
    enum map_status status = map->link.up ? MAP_BUSY : MAP_AWAY;
    if (wanted->kind == ASK_TILE && !(ask = same_tile(map->asked, wanted)))
        ask = same_tile(map->waiting, wanted);
    if (ask && add_waiter(ask, done_cb, context, tag))
        return;
    if (!ask && map->link.up && map->waiting_count < MAP_WAITING_MAX)
        ask = calloc(1, sizeof(*ask));
    else
        ask = NULL;
    if (!ask) {
        done_cb(context, tag, status, NULL, 0);
        return;
    }
    *ask = *wanted;
    buffer_init(&ask->answer, MAP_TILE_BYTES_MAX);
    if (!add_waiter(ask, done_cb, context, tag)) {
        free(ask);
        done_cb(context, tag, MAP_BUSY, NULL, 0);
        return;
    }
    put_last(&map->waiting, &map->waiting_count, ask);
    ask_more(map);
}

/* --- tiles on disk --- */

static void tile_path(const struct map *map, const struct map_ask *ask, char path[static 600])
{
    snprintf(path, 600, "%s/%s/%" PRIu32 "-%" PRIu32 "-%" PRIu32 ".pbf", map->dir, map->version,
             ask->z, ask->x, ask->y);
}

struct kept {
    int64_t when;
    uint64_t bytes;
    char name[64];
};

static int by_age(const void *a, const void *b)
{
    const struct kept *x = a, *y = b;
    return x->when < y->when ? -1 : x->when > y->when;
}

/* The tiles of the version in force, the oldest first; the caller's to free. */
static struct kept *list_kept(const struct map *map, size_t *n)
{
    char dir[600], path[700];
    struct kept *list = NULL;
    struct stat info;
    size_t room = 0;
    *n = 0;
    snprintf(dir, sizeof(dir), "%s/%s", map->dir, map->version);
    DIR *open = opendir(dir);
    for (const struct dirent *entry; open && (entry = readdir(open));) {
        if (*n == room) {
            struct kept *more = realloc(list, (room = room ? room * 2 : 1024) * sizeof(*more));
            if (!more)
                break;
            list = more;
        }
        snprintf(path, sizeof(path), "%s/%.63s", dir, entry->d_name);
        if (entry->d_name[0] == '.' || stat(path, &info) < 0)
            continue;
        list[*n] = (struct kept){.when = info.st_mtime, .bytes = (uint64_t)info.st_size};
        snprintf(list[(*n)++].name, sizeof(list->name), "%.63s", entry->d_name);
    }
    if (open)
        closedir(open);
    if (*n)
        qsort(list, *n, sizeof(*list), by_age);
    return list;
}

/* Counts what is kept; over the limit the oldest quarter of it goes. */
static void settle_disk(struct map *map)
{
    size_t n, i = 0;
    char path[700];
    struct kept *list = list_kept(map, &n);
    uint64_t limit = (uint64_t)map->config->map.tile_cache;
    map->kept_bytes = 0;
    for (size_t k = 0; k < n; k++)
        map->kept_bytes += list[k].bytes;
    for (bool over = map->kept_bytes > limit; over && i < n && map->kept_bytes > limit / 4 * 3;
         i++) {
        snprintf(path, sizeof(path), "%s/%s/%s", map->dir, map->version, list[i].name);
        if (unlink(path) == 0)
            map->kept_bytes -= list[i].bytes;
    }
    free(list);
}

static void keep_tile(struct map *map, const struct map_ask *ask)
{
    char path[600], fresh[620];
    tile_path(map, ask, path);
    snprintf(fresh, sizeof(fresh), "%s.new", path);
    FILE *file = map->version[0] ? fopen(fresh, "wb") : NULL;
    if (!file)
        return;
    bool whole = fwrite(ask->answer.bytes ? ask->answer.bytes : (unsigned char *)"", 1,
                        ask->answer.n, file) == ask->answer.n;
    if (fclose(file) != 0 || !whole || rename(fresh, path) < 0) {
        unlink(fresh); /* a tile is not worth a word: it is asked for again */
        return;
    }
    map->kept_bytes += ask->answer.n;
    if (map->kept_bytes > (uint64_t)map->config->map.tile_cache)
        settle_disk(map);
}

static bool read_kept(const struct map *map, const struct map_ask *ask, unsigned char **bytes,
                      size_t *n)
{
    char path[600];
    tile_path(map, ask, path);
    return map->version[0] && access(path, R_OK) == 0 &&
           os_read_file(path, MAP_TILE_BYTES_MAX, bytes, n) == 0;
}

/* Only what we made: files of a version that is no more. */
static void remove_version(struct map *map)
{
    char path[700];
    size_t n;
    struct kept *list = list_kept(map, &n);
    for (size_t i = 0; i < n; i++) {
        snprintf(path, sizeof(path), "%s/%s/%s", map->dir, map->version, list[i].name);
        unlink(path);
    }
    free(list);
    snprintf(path, sizeof(path), "%s/%s", map->dir, map->version);
    rmdir(path);
}

/* --- the description --- */

/* {"version" : "0123…", …}; false when it is no such thing. */
static bool read_version(const char *meta, char version[static MAP_VERSION_MAX + 1])
{
    const char *at = strstr(meta, "\"version\"");
    at = at ? strchr(at + 9, '"') : NULL;
    if (!at || strspn(at + 1, "0123456789abcdef") != MAP_VERSION_MAX)
        return false;
    memcpy(version, at + 1, MAP_VERSION_MAX);
    version[MAP_VERSION_MAX] = 0;
    return true;
}

static bool take_meta(struct map *map, const char *text, size_t n)
{
    char version[MAP_VERSION_MAX + 1], path[700], meta[MAP_META_MAX];
    if (n >= sizeof(meta))
        return false;
    memcpy(meta, text, n);
    meta[n] = 0;
    if (!read_version(meta, version))
        return false;
    if (map->version[0] && strcmp(map->version, version) != 0)
        remove_version(map);
    memcpy(map->version, version, sizeof(version));
    memcpy(map->meta, meta, n + 1);
    snprintf(path, sizeof(path), "%s/%s", map->dir, version);
    if (os_make_dirs(path) < 0)
        map->version[0] = 0; /* nothing is kept */
    else
        settle_disk(map);
    return true;
}

static void load_meta(struct map *map)
{
    char path[700];
    unsigned char *bytes = NULL;
    size_t n = 0;
    snprintf(path, sizeof(path), "%s/map.json", map->dir);
    if (access(path, R_OK) == 0 && os_read_file(path, MAP_META_MAX - 1, &bytes, &n) == 0)
        take_meta(map, (const char *)bytes, n);
    free(bytes);
}

static void new_meta(struct map *map, const char *text)
{
    char path[700];
    snprintf(path, sizeof(path), "%s/map.json", map->dir);
    if (!take_meta(map, text, strlen(text)))
        log_warn("map-unreadable", "bytes=%zu", strlen(text));
    else if (os_replace_file(path, text, strlen(text), 0640) < 0)
        log_warn("map-unkept", "file=%s", path);
}

/* --- the database's side --- */

static void ask_meta(struct map *map)
{
    struct map_ask *ask = calloc(1, sizeof(*ask));
    if (!ask)
        return;
    ask->kind = ASK_META;
    buffer_init(&ask->answer, MAP_META_MAX);
    ask->next = NULL;
    put_last(&map->asked, &map->asked_count, ask);
    mirror_link_send(&map->link, "meta", 0, NULL);
    mirror_link_sync(&map->link);
}

static void on_up(void *context)
{
    struct map *map = context;
    mirror_link_prepare(&map->link, "meta", "select map_meta()");
    mirror_link_prepare(&map->link, "tile", "select map_tile($1::int, $2::int, $3::int)");
    mirror_link_prepare(
        &map->link, "places",
        "select name, kind, round(st_y(point) * 1e7)::int,"
        " round(st_x(point) * 1e7)::int from place_find($1::text, case when $2 <> ''"
        " then st_setsrid(st_makepoint(nullif($3, '')::float8,"
        " nullif($2, '')::float8), 4326) end, $4::int)");
    ask_meta(map);
}

static void send_tile(struct map *map, const struct map_ask *ask)
{
    char z[12], x[12], y[12];
    const char *const value[] = {z, x, y};
    snprintf(z, sizeof(z), "%" PRIu32, ask->z);
    snprintf(x, sizeof(x), "%" PRIu32, ask->x);
    snprintf(y, sizeof(y), "%" PRIu32, ask->y);
    mirror_link_send(&map->link, "tile", 3, value);
}

static void send_places(struct map *map, const struct map_ask *ask)
{
    char lat[32] = "", lon[32] = "", most[12];
    const char *const value[] = {ask->words, lat, lon, most};
    if (ask->lat_e7 || ask->lon_e7) {
        snprintf(lat, sizeof(lat), "%.7f", ask->lat_e7 / 1e7);
        snprintf(lon, sizeof(lon), "%.7f", ask->lon_e7 / 1e7);
    }
    snprintf(most, sizeof(most), "%d", MAP_PLACES_MAX);
    mirror_link_send(&map->link, "places", 4, value);
}

static void ask_more(struct map *map)
{
    while (map->link.up && map->waiting &&
           map->asked_count < (uint32_t)map->config->map.tiles_at_once) {
        struct map_ask *ask = map->waiting;
        map->waiting = ask->next;
        map->waiting_count--;
        put_last(&map->asked, &map->asked_count, ask);
        if (ask->kind == ASK_TILE)
            send_tile(map, ask);
        else
            send_places(map, ask);
        mirror_link_sync(&map->link);
    }
}

/* bytea as text: \x0123… */
static void take_tile(struct map_ask *ask, const char *hex)
{
    size_t n = strlen(hex), size = n >= 2 ? n / 2 - 1 : 0;
    unsigned char *to = size ? buffer_extend(&ask->answer, size) : NULL;
    for (size_t i = 0; to && i < size; i++) {
        const char *two = hex + 2 + 2 * i;
        unsigned high = (unsigned)(two[0] <= '9' ? two[0] - '0' : two[0] - 'a' + 10);
        unsigned low = (unsigned)(two[1] <= '9' ? two[1] - '0' : two[1] - 'a' + 10);
        to[i] = (unsigned char)(high << 4 | low);
    }
    ask->answered = !ask->answer.full;
}

static void take_places(struct map_ask *ask, const PGresult *result)
{
    for (int i = 0; i < PQntuples(result); i++) {
        struct text name = {PQgetvalue(result, i, 0), (uint32_t)PQgetlength(result, i, 0)};
        struct text kind = {PQgetvalue(result, i, 1), (uint32_t)PQgetlength(result, i, 1)};
        buffer_add_text(&ask->answer, i ? ",{\"name\":" : "{\"name\":");
        wire_json_text(&ask->answer, name);
        buffer_add_text(&ask->answer, ",\"kind\":");
        wire_json_text(&ask->answer, kind);
        buffer_print(&ask->answer, ",\"lat_e7\":%s,\"lon_e7\":%s}", PQgetvalue(result, i, 2),
                     PQgetvalue(result, i, 3));
    }
    ask->answered = !ask->answer.full;
}

static void on_result(void *context, const PGresult *result)
{
    struct map *map = context;
    struct map_ask *ask = map->asked;
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_FATAL_ERROR)
        log_warn("map-refused", "why=%s", PQresultErrorMessage(result));
    if (!ask || status != PGRES_TUPLES_OK)
        return;
    if (ask->kind == ASK_PLACES)
        take_places(ask, result);
    else if (PQntuples(result) == 1 && ask->kind == ASK_TILE)
        take_tile(ask, PQgetvalue(result, 0, 0));
    else if (PQntuples(result) == 1)
        new_meta(map, PQgetvalue(result, 0, 0));
}

static void on_synced(void *context)
{
    struct map *map = context;
    struct map_ask *ask = map->asked;
    if (!ask)
        return;
    map->asked = ask->next;
    map->asked_count--;
    if (ask->kind == ASK_TILE && ask->answered)
        keep_tile(map, ask);
    end_ask(ask, ask->answered ? MAP_DONE : MAP_AWAY);
    ask_more(map);
}

static void on_down(void *context)
{
    struct map *map = context;
    end_all(&map->asked, &map->asked_count);
    end_all(&map->waiting, &map->waiting_count);
}

static void on_closed(void *context)
{
    struct map *map = context;
    end_all(&map->asked, &map->asked_count);
    end_all(&map->waiting, &map->waiting_count);
    map->closed_cb(map->context);
}

/* --- from outside --- */

void map_tick(struct map *map)
{
    if (map->link.up && ++map->ticks % 60 == 0)
        ask_meta(map);
}

void map_open(struct map *map, uv_loop_t *loop, const struct config *config)
{
    memset(map, 0, sizeof(*map));
    map->config = config;
    snprintf(map->dir, sizeof(map->dir), "%s/tiles", config->server.data_dir);
    if (os_make_dirs(map->dir) == 0)
        load_meta(map);
    if (!config->postgres.conninfo[0])
        return;
    map->opened = true;
    map->link = (struct mirror_link){.name = "mingdi-map",
                                     .conninfo = config->postgres.conninfo,
                                     .timeout_ms = (uint64_t)config->postgres.timeout_ms,
                                     .context = map,
                                     .up_cb = on_up,
                                     .result_cb = on_result,
                                     .synced_cb = on_synced,
                                     .down_cb = on_down,
                                     .closed_cb = on_closed};
    mirror_link_open(&map->link, loop);
}

void map_close(struct map *map, void (*closed_cb)(void *context), void *context)
{
    map->closed_cb = closed_cb;
    map->context = context;
    if (map->opened)
        mirror_link_close(&map->link);
    else
        closed_cb(context);
}

void map_tile(struct map *map, uint32_t z, uint32_t x, uint32_t y, map_done_cb done_cb,
              void *context, uint64_t tag)
{
    struct map_ask ask = {.kind = ASK_TILE, .z = z, .x = x, .y = y};
    unsigned char *bytes = NULL;
    size_t n = 0;
    if (z > MAP_ZOOM_MAX || x >> z || y >> z) {
        done_cb(context, tag, MAP_WRONG, NULL, 0);
    } else if (read_kept(map, &ask, &bytes, &n)) {
        done_cb(context, tag, MAP_DONE, bytes, n);
        free(bytes);
    } else {
        begin_ask(map, &ask, done_cb, context, tag);
    }
}

void map_places(struct map *map, const char *words, int32_t lat_e7, int32_t lon_e7,
                map_done_cb done_cb, void *context, uint64_t tag)
{
    struct map_ask ask = {.kind = ASK_PLACES, .lat_e7 = lat_e7, .lon_e7 = lon_e7};
    if (strlen(words) > MAP_WORDS_MAX) {
        done_cb(context, tag, MAP_WRONG, NULL, 0);
        return;
    }
    snprintf(ask.words, sizeof(ask.words), "%s", words);
    begin_ask(map, &ask, done_cb, context, tag);
}
