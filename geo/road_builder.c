#include "geo/road_builder.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"
#include "geo/hash.h"
#include "geo/road_split.h"

#define EDGE_M_MAX 200000.0
#define LINE_END_M_MAX 5.0
#define NODES_MAX (1u << 30)
#define NAME_MAX_BYTES 255

struct road_slot {
    uint64_t hash;
    uint32_t value;
    bool used;
};

__attribute__((format(printf, 2, 3))) static int refuse(struct road_builder *b, const char *format,
                                                        ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(b->errmsg, sizeof b->errmsg, format, args);
    va_end(args);
    return -1;
}

/* Memory for more items behind n; NULL (and the old memory still there) when there is none. */
static void *grown(void *items, size_t *cap, size_t n, size_t more, size_t size)
{
    size_t want = *cap ? *cap : 256;
    void *bigger;

    if (n + more <= *cap)
        return items;
    while (want < n + more)
        want *= 2;
    bigger = realloc(items, want * size);
    if (bigger)
        *cap = want;
    return bigger;
}

/* The slot of hash (and text, where names are compared), or the free one where it belongs. */
static struct road_slot *table_seek(const struct road_table *table, uint64_t hash,
                                    const char *names, const char *text)
{
    size_t i = hash & (table->slots - 1);

    for (;; i = (i + 1) & (table->slots - 1)) {
        struct road_slot *slot = &table->slot[i];
        if (!slot->used)
            return slot;
        if (slot->hash == hash && (!text || strcmp(names + slot->value, text) == 0))
            return slot;
    }
}

static int table_reserve(struct road_table *table)
{
    struct road_table bigger = {.slots = table->slots ? table->slots * 2 : 1024};

    if (table->used * 2 < table->slots)
        return 0;
    bigger.slot = calloc(bigger.slots, sizeof *bigger.slot);
    if (!bigger.slot)
        return -1;
    for (size_t i = 0; i < table->slots; i++) {
        size_t at = table->slot[i].hash & (bigger.slots - 1);
        if (!table->slot[i].used)
            continue;
        while (bigger.slot[at].used)
            at = (at + 1) & (bigger.slots - 1);
        bigger.slot[at] = table->slot[i];
    }
    bigger.used = table->used;
    free(table->slot);
    *table = bigger;
    return 0;
}

static void table_put(struct road_table *table, struct road_slot *slot, uint64_t hash,
                      uint32_t value)
{
    *slot = (struct road_slot){hash, value, true};
    table->used++;
}

/* One to one on 64 bits, so equal hashes are equal ids. */
static uint64_t hash_id(int64_t id)
{
    uint64_t x = (uint64_t)id;

    x = (x ^ (x >> 31)) * 0x9e3779b97f4a7c15u;
    return x ^ (x >> 29);
}

int road_builder_init(struct road_builder *b)
{
    *b = (struct road_builder){0};
    b->names = grown(NULL, &b->names_cap, 0, 1, 1);
    if (!b->names)
        return refuse(b, "out of memory");
    b->names[b->names_n++] = '\0';
    return 0;
}

int64_t road_builder_node(struct road_builder *b, int64_t id, struct point at)
{
    struct road_node *node;
    struct road_slot *slot;

    if (!point_valid(at))
        return refuse(b, "node %lld: coordinates out of range", (long long)id);
    if (table_reserve(&b->ids))
        return refuse(b, "out of memory");
    slot = table_seek(&b->ids, hash_id(id), NULL, NULL);
    if (slot->used) {
        if (!point_equal(b->node[slot->value].at, at))
            return refuse(b, "node %lld: given twice at different places", (long long)id);
        return slot->value;
    }
    if (b->node_n == NODES_MAX)
        return refuse(b, "too many nodes");
    node = grown(b->node, &b->node_cap, b->node_n, 1, sizeof *node);
    if (!node)
        return refuse(b, "out of memory");
    b->node = node;
    b->node[b->node_n] = (struct road_node){id, at};
    table_put(&b->ids, slot, hash_id(id), (uint32_t)b->node_n);
    return (int64_t)b->node_n++;
}

/* Offset of a name, 0 for none; each text is kept once. Negative when out of memory. */
static int64_t keep_name(struct road_builder *b, const char *name)
{
    size_t size = name ? strlen(name) + 1 : 1;
    uint64_t hash;
    struct road_slot *slot;
    char *names;

    if (size == 1)
        return 0;
    hash = hash_bytes(HASH_START, name, size);
    if (table_reserve(&b->texts))
        return -1;
    slot = table_seek(&b->texts, hash, b->names, name);
    if (slot->used)
        return slot->value;
    names = grown(b->names, &b->names_cap, b->names_n, size, 1);
    if (!names || b->names_n + size > UINT32_MAX)
        return -1;
    b->names = names;
    memcpy(b->names + b->names_n, name, size);
    table_put(&b->texts, slot, hash, (uint32_t)b->names_n);
    b->names_n += size;
    return slot->value;
}

static int check_line(struct road_builder *b, const struct road_edge *edge,
                      const struct point *line, size_t n)
{
    long long way = (long long)edge->way_id;

    if (n < 2 || n > UINT16_MAX)
        return refuse(b, "way %lld: a line needs 2 to 65535 points, here are %zu", way, n);
    for (size_t i = 0; i < n; i++) {
        if (!point_valid(line[i]))
            return refuse(b, "way %lld: point %zu of the line is out of range", way, i);
    }
    if (point_dist_m(line[0], b->node[edge->from].at) > LINE_END_M_MAX ||
        point_dist_m(line[n - 1], b->node[edge->to].at) > LINE_END_M_MAX)
        return refuse(b, "way %lld: the line does not join its nodes", way);
    return 0;
}

static int check_edge(struct road_builder *b, const struct road_edge *edge)
{
    long long way = (long long)edge->way_id;

    if (edge->from >= b->node_n || edge->to >= b->node_n)
        return refuse(b, "way %lld: names a node that was not given", way);
    if ((unsigned)edge->class >= ROAD_CLASSES)
        return refuse(b, "way %lld: unknown class %d", way, (int)edge->class);
    if (edge->flags & ~ROAD_FLAGS_GIVEN)
        return refuse(b, "way %lld: unknown flags 0x%x", way, edge->flags);
    if (edge->maxspeed_kmh > 250)
        return refuse(b, "way %lld: posted limit of %u km/h", way, edge->maxspeed_kmh);
    if (edge->name && strlen(edge->name) > NAME_MAX_BYTES)
        return refuse(b, "way %lld: name longer than %d bytes", way, NAME_MAX_BYTES);
    return 0;
}

static double line_length_m(const struct point *line, size_t n)
{
    double m = 0;

    for (size_t i = 0; i + 1 < n; i++)
        m += point_dist_m(line[i], line[i + 1]);
    return m;
}

/* Copies the line with its ends exactly on the nodes. */
static int keep_line(struct road_builder *b, const struct road_edge *edge, const struct point *line,
                     size_t n)
{
    struct point *shape = grown(b->shape, &b->shape_cap, b->shape_n, n, sizeof *shape);

    if (!shape || b->shape_n + n > UINT32_MAX)
        return -1;
    b->shape = shape;
    memcpy(shape + b->shape_n, line, n * sizeof *line);
    shape[b->shape_n] = b->node[edge->from].at;
    shape[b->shape_n + n - 1] = b->node[edge->to].at;
    b->shape_n += n;
    return 0;
}

int64_t road_builder_edge(struct road_builder *b, const struct road_edge *edge)
{
    struct road_builder_edge *edges;
    struct point straight[2];
    const struct point *line = edge->line ? edge->line : straight;
    size_t n = edge->line ? edge->line_n : 2;
    double length_m;
    int64_t name;

    if (check_edge(b, edge))
        return -1;
    straight[0] = b->node[edge->from].at;
    straight[1] = b->node[edge->to].at;
    if (check_line(b, edge, line, n))
        return -1;
    length_m = line_length_m(line, n);
    if (length_m > EDGE_M_MAX)
        return refuse(b, "way %lld: %.0f km without a crossing", (long long)edge->way_id,
                      length_m / 1000);
    edges = grown(b->edge, &b->edge_cap, b->edge_n, 1, sizeof *edges);
    if (edges)
        b->edge = edges;
    name = keep_name(b, edge->name);
    if (!edges || name < 0 || b->edge_n == NODES_MAX || keep_line(b, edge, line, n))
        return refuse(b, "out of memory");
    b->edge[b->edge_n] = (struct road_builder_edge){
        .way_id = edge->way_id,
        .from = edge->from,
        .to = edge->to,
        .length_dm = (uint32_t)fmax(1.0, round(length_m * 10)),
        .shape_first = (uint32_t)(b->shape_n - n),
        .shape_n = (uint32_t)n,
        .name = (uint32_t)name,
        .flags = (uint16_t)edge->flags,
        .class = (uint8_t)edge->class,
        .maxspeed_kmh = (uint8_t)edge->maxspeed_kmh,
    };
    return (int64_t)b->edge_n++;
}

static bool touches(const struct road_builder *b, uint32_t edge, uint32_t node)
{
    return b->edge[edge].from == node || b->edge[edge].to == node;
}

static int check_route(struct road_builder *b, const uint32_t *edge, size_t n, uint32_t via)
{
    uint32_t here = via;

    if (n < 2 || n > ROAD_ROUTE_MAX)
        return refuse(b, "turn restriction of %zu edges: 2 to %d wanted", n, ROAD_ROUTE_MAX);
    for (size_t i = 0; i < n; i++) {
        if (edge[i] >= b->edge_n)
            return refuse(b, "turn restriction names an edge that was not given");
        if (!touches(b, edge[i], here))
            return refuse(b, "turn restriction from way %lld to way %lld: they do not meet there",
                          (long long)b->edge[edge[0]].way_id, (long long)b->edge[edge[i]].way_id);
        if (i > 0 && i + 1 < n && b->edge[edge[i]].from == b->edge[edge[i]].to)
            return refuse(b, "turn restriction via way %lld: it ends where it begins",
                          (long long)b->edge[edge[i]].way_id);
        if (i > 0)
            here = b->edge[edge[i]].from == here ? b->edge[edge[i]].to : b->edge[edge[i]].from;
    }
    return 0;
}

int road_builder_forbid(struct road_builder *b, const uint32_t *edge, size_t n, uint32_t via)
{
    struct road_builder_route *routes;
    uint32_t *edges;

    if (check_route(b, edge, n, via))
        return -1;
    routes = grown(b->route, &b->route_cap, b->route_n, 1, sizeof *routes);
    b->route = routes ? routes : b->route;
    edges = grown(b->route_edge, &b->route_edge_cap, b->route_edge_n, n, sizeof *edges);
    b->route_edge = edges ? edges : b->route_edge;
    if (!routes || !edges || b->route_edge_n + n > NODES_MAX / 4)
        return refuse(b, "out of memory");
    memcpy(edges + b->route_edge_n, edge, n * sizeof *edge);
    routes[b->route_n++] = (struct road_builder_route){(uint32_t)b->route_edge_n, (uint32_t)n, via};
    b->route_edge_n += n;
    return 0;
}

int road_builder_finish(struct road_builder *b, struct road *out)
{
    struct road road = {0};

    if (b->edge_n == 0)
        return refuse(b, "no roads: nothing to build");
    if (road_split(b, &road)) {
        road_close(&road);
        return refuse(b, "out of memory");
    }
    road.shape = b->shape;
    road.shape_n = (uint32_t)b->shape_n;
    road.names = b->names;
    road.names_n = (uint32_t)b->names_n;
    b->shape = NULL;
    b->names = NULL;
    if (road_index(&road)) {
        road_close(&road);
        return refuse(b, "out of memory");
    }
    *out = road;
    return 0;
}

void road_builder_close(struct road_builder *b)
{
    free(b->node);
    free(b->edge);
    free(b->route);
    free(b->route_edge);
    free(b->shape);
    free(b->names);
    free(b->ids.slot);
    free(b->texts.slot);
    *b = (struct road_builder){0};
}
