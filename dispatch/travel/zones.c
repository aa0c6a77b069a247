#include "dispatch/travel/zones.h"

#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ZONES_FILE_MAX = 256 * 1024 * 1024, RING_POINTS_MAX = 100000 };

static int fail(struct zones *zones, const char *path, size_t feature, const char *what)
{
    snprintf(zones->errmsg, sizeof(zones->errmsg), "%.300s: feature %zu: %.150s", path, feature,
             what);
    return -1;
}

static bool point_of(const json_t *pair, struct point *point)
{
    const json_t *lon = json_array_get(pair, 0), *lat = json_array_get(pair, 1);
    if (!json_is_number(lon) || !json_is_number(lat))
        return false;
    double x = json_number_value(lon), y = json_number_value(lat);
    if (!(x >= -180 && x <= 180 && y >= -90 && y <= 90))
        return false;
    point->lon_e7 = (int32_t)(x * 1e7 + (x < 0 ? -0.5 : 0.5));
    point->lat_e7 = (int32_t)(y * 1e7 + (y < 0 ? -0.5 : 0.5));
    return true;
}

/* Zones have no holes: one would be a place that a rule silently does not reach. */
static int add_polygon(struct zones *zones, uint64_t id, const json_t *polygon)
{
    const json_t *ring = json_array_get(polygon, 0);
    size_t n = json_array_size(ring);
    if (n < 3 || n > RING_POINTS_MAX || json_array_size(polygon) != 1)
        return -1;
    struct point *points = malloc(n * sizeof(*points));
    bool good = points != NULL;
    for (size_t i = 0; i < n && good; i++)
        good = point_of(json_array_get(ring, i), &points[i]);
    int result = good ? zone_set_add_ring(&zones->set, id, points, n) : -1;
    free(points);
    return result;
}

static int add_feature(struct zones *zones, const char *path, size_t index, const json_t *feature)
{
    const json_t *id = json_object_get(json_object_get(feature, "properties"), "id");
    const json_t *geometry = json_object_get(feature, "geometry");
    const json_t *shape = json_object_get(geometry, "coordinates");
    const char *type = json_string_value(json_object_get(geometry, "type"));
    if (!json_is_integer(id) || json_integer_value(id) <= 0 ||
        (uint64_t)json_integer_value(id) >= ID_MAX)
        return fail(zones, path, index, "needs a property id above 0 and below 2^53");
    uint64_t zone = (uint64_t)json_integer_value(id);
    if (type && strcmp(type, "Polygon") == 0)
        return add_polygon(zones, zone, shape) < 0
                   ? fail(zones, path, index, "is no polygon of one ring in degrees")
                   : 0;
    if (!type || strcmp(type, "MultiPolygon") != 0)
        return fail(zones, path, index, "is neither Polygon nor MultiPolygon");
    for (size_t i = 0; i < json_array_size(shape); i++)
        if (add_polygon(zones, zone, json_array_get(shape, i)) < 0)
            return fail(zones, path, index, "has a part that is no polygon of one ring in degrees");
    return 0;
}

static void hash_file(struct zones *zones, const unsigned char *bytes, size_t n)
{
    unsigned char hash[32];
    crypto_generichash(hash, sizeof(hash), bytes, n, NULL, 0);
    sodium_bin2hex(zones->hash, sizeof(zones->hash), hash, sizeof(hash));
}

int zones_load(struct zones *zones, const char *path)
{
    unsigned char *bytes = NULL;
    size_t n = 0;
    json_error_t error;
    memset(zones, 0, sizeof(*zones));
    int result = os_read_file(path, ZONES_FILE_MAX, &bytes, &n);
    if (result == -ENOENT)
        return 0;
    if (result < 0)
        return fail(zones, path, 0, strerror(-result));
    json_t *root = json_loadb((const char *)bytes, n, 0, &error);
    hash_file(zones, bytes, n);
    free(bytes);
    const json_t *features = json_object_get(root, "features");
    if (!json_is_array(features) || zone_set_init(&zones->set) < 0) {
        json_decref(root);
        return fail(zones, path, 0, root ? "is no FeatureCollection" : error.text);
    }
    for (size_t i = 0; i < json_array_size(features) && result == 0; i++)
        result = add_feature(zones, path, i, json_array_get(features, i));
    json_decref(root);
    if (result == 0 && zone_set_finish(&zones->set) < 0)
        result = fail(zones, path, 0, zones->set.errmsg);
    zones->loaded = result == 0;
    if (result < 0)
        zone_set_close(&zones->set);
    return result;
}

void zones_close(struct zones *zones)
{
    if (zones->loaded)
        zone_set_close(&zones->set);
    zones->loaded = false;
}

void zones_fill(struct zones *zones, struct command *command)
{
    const struct schema *schema = command_schema(command->kind);
    void *body = command_body_of(command);
    const struct schema_field *list = schema_find(schema, "zone", 4);
    const struct schema_field *has = schema_find(schema, "has_place", 9);
    const struct schema_field *lat = schema_find(schema, "lat_e7", 6);
    const struct schema_field *lon = schema_find(schema, "lon_e7", 6);
    if (!list || list->type != FIELD_U64S || !has || !lat || !lon)
        return;
    struct u64s *zone = (struct u64s *)(void *)((char *)body + list->offset);
    *zone = (struct u64s){0}; /* never taken from outside */
    if (!zones->loaded || !field_number(has, body))
        return;
    struct point at = {(int32_t)field_number(lat, body), (int32_t)field_number(lon, body)};
    int n = zone_set_at(&zones->set, at, zones->at, ZONES_AT_MAX);
    if (n > 0)
        *zone = (struct u64s){zones->at, (uint32_t)(n < ZONES_AT_MAX ? n : ZONES_AT_MAX)};
}

uint64_t zones_of_kind(struct zones *zones, const struct state *state, struct point at,
                       struct text kind)
{
    uint64_t id[ZONES_AT_MAX];
    int n = zones->loaded ? zone_set_at(&zones->set, at, id, ZONES_AT_MAX) : 0;
    for (int i = 0; i < n && i < ZONES_AT_MAX; i++) {
        const struct zone_name *zone = state_zone_name(state, id[i]);
        if (zone && text_same(zone->kind, kind))
            return id[i];
    }
    return 0;
}
