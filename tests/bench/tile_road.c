/* tile_road IN OUT COLUMNS ROWS: a larger network of copies of one, side by side, joined by streets
 * between their nearest edges: a country to measure on, where there is only a town. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"
#include "geo/load.h"

enum { BANDS = 64, ID_STEP_BITS = 40 };

static struct road in, out;
static uint32_t columns, rows, joints;
static int32_t width_e7, height_e7;

static struct point moved(struct point at, uint32_t tile)
{
    at.lon_e7 += (int32_t)(tile % columns) * width_e7;
    at.lat_e7 += (int32_t)(tile / columns) * height_e7;
    return at;
}

static void copy_tile(uint32_t tile)
{
    uint32_t node = tile * in.node_n, arc = tile * in.arc_n, shape = tile * in.shape_n;

    for (uint32_t i = 0; i < in.node_n; i++) {
        out.node[node + i] = in.node[i];
        out.node[node + i].id += (int64_t)tile << ID_STEP_BITS;
        out.node[node + i].at = moved(in.node[i].at, tile);
    }
    for (uint32_t i = 0; i < in.shape_n; i++)
        out.shape[shape + i] = moved(in.shape[i], tile);
    for (uint32_t i = 0; i < in.arc_n; i++) {
        struct road_arc *copy = &out.arc[arc + i];
        *copy = in.arc[i];
        copy->way_id += (int64_t)tile << ID_STEP_BITS;
        copy->tail += node;
        copy->head += node;
        copy->shape_first += shape;
        copy->original += arc;
        if (copy->twin != ROAD_NONE)
            copy->twin += arc;
    }
}

/* Both directions of a straight street between two nodes. */
static void join(uint32_t a, uint32_t b)
{
    double dist_m = point_dist_m(out.node[a].at, out.node[b].at);
    struct road_arc *there = &out.arc[out.arc_n], *back = there + 1;

    must(dist_m < 190000);
    *there = (struct road_arc){
        .way_id = ((int64_t)1 << 50) + joints++,
        .tail = a,
        .head = b,
        .length_dm = 1 + (uint32_t)(dist_m * 10),
        .shape_first = out.shape_n,
        .shape_n = 2,
        .twin = out.arc_n + 1,
        .original = out.arc_n,
        .class = ROAD_PRIMARY,
    };
    *back = *there;
    back->tail = b;
    back->head = a;
    back->twin = out.arc_n;
    back->original = out.arc_n + 1;
    back->flags = ROAD_REVERSED;
    out.shape[out.shape_n++] = out.node[a].at;
    out.shape[out.shape_n++] = out.node[b].at;
    out.arc_n += 2;
}

/* In each band across the town, the node of the main part that lies farthest to one side. */
static void edge_nodes(bool by_lat, bool upper, uint32_t found[BANDS])
{
    for (int i = 0; i < BANDS; i++)
        found[i] = ROAD_NONE;
    for (uint32_t i = 0; i < in.arc_n; i++) {
        const struct road_arc *arc = &in.arc[i];
        struct point at = in.node[arc->tail].at;
        if (!(arc->flags & ROAD_MAIN) || arc->original != i || arc->twin == ROAD_NONE)
            continue;
        int64_t across =
            by_lat ? at.lon_e7 - in.south_west.lon_e7 : at.lat_e7 - in.south_west.lat_e7;
        uint32_t *best = &found[across * BANDS / ((by_lat ? width_e7 : height_e7) + 1)];
        struct point was = in.node[*best == ROAD_NONE ? arc->tail : *best].at;
        int32_t gain = by_lat ? at.lat_e7 - was.lat_e7 : at.lon_e7 - was.lon_e7;
        if (*best == ROAD_NONE || (upper ? gain > 0 : gain < 0))
            *best = arc->tail;
    }
}

static void join_tiles(bool by_lat)
{
    uint32_t upper[BANDS], lower[BANDS], step = by_lat ? columns : 1;

    edge_nodes(by_lat, true, upper);
    edge_nodes(by_lat, false, lower);
    for (uint32_t tile = 0; tile < columns * rows; tile++) {
        if (by_lat ? tile / columns + 1 == rows : tile % columns + 1 == columns)
            continue;
        for (int i = 0; i < BANDS; i++)
            if (upper[i] != ROAD_NONE && lower[i] != ROAD_NONE)
                join(tile * in.node_n + upper[i], (tile + step) * in.node_n + lower[i]);
    }
}

static int by_tail(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    if (out.arc[a].tail != out.arc[b].tail)
        return out.arc[a].tail < out.arc[b].tail ? -1 : 1;
    return (a > b) - (a < b);
}

/* Arcs are kept by tail, and name each other by their places. */
static void sort_arcs(void)
{
    uint32_t *order = malloc(out.arc_n * sizeof(*order)),
             *place = malloc(out.arc_n * sizeof(*place));
    struct road_arc *sorted = malloc(out.arc_n * sizeof(*sorted));

    must(order && place && sorted);
    for (uint32_t i = 0; i < out.arc_n; i++)
        order[i] = i;
    qsort(order, out.arc_n, sizeof(*order), by_tail);
    for (uint32_t i = 0; i < out.arc_n; i++)
        place[order[i]] = i;
    for (uint32_t i = 0; i < out.arc_n; i++) {
        sorted[i] = out.arc[order[i]];
        sorted[i].original = place[sorted[i].original];
        if (sorted[i].twin != ROAD_NONE)
            sorted[i].twin = place[sorted[i].twin];
    }
    free(out.arc);
    out.arc = sorted;
    free(order);
    free(place);
}

static void make_room(void)
{
    uint32_t tiles = columns * rows, joins = 2 * tiles * BANDS;

    out.node_n = in.node_n * tiles;
    out.arc_n = in.arc_n * tiles;
    out.shape_n = in.shape_n * tiles;
    out.names_n = in.names_n;
    out.node = malloc(out.node_n * sizeof(*out.node));
    out.arc = malloc((out.arc_n + 2 * joins) * sizeof(*out.arc));
    out.shape = malloc((out.shape_n + 2 * joins) * sizeof(*out.shape));
    out.names = malloc(in.names_n);
    must(out.node && out.arc && out.shape && out.names);
    memcpy(out.names, in.names, in.names_n);
}

int main(int argc, char **argv)
{
    char errmsg[ROAD_ERRMSG_MAX];

    columns = argc == 5 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0;
    rows = argc == 5 ? (uint32_t)strtoul(argv[4], NULL, 10) : 0;
    if (columns < 1 || rows < 1 || columns * rows > 64) {
        fprintf(stderr, "tile_road IN OUT COLUMNS ROWS, at most 64 tiles\n");
        return 64;
    }
    if (road_load(&in, argv[1], errmsg) < 0) {
        fprintf(stderr, "%s\n", errmsg);
        return 1;
    }
    width_e7 = in.north_east.lon_e7 - in.south_west.lon_e7;
    height_e7 = in.north_east.lat_e7 - in.south_west.lat_e7;
    make_room();
    for (uint32_t tile = 0; tile < columns * rows; tile++)
        copy_tile(tile);
    join_tiles(false);
    join_tiles(true);
    sort_arcs();
    out.synthetic = true;
    snprintf(out.label, sizeof(out.label), "%u x %u of %.200s", columns, rows, in.label);
    memcpy(out.source, in.source, sizeof(out.source));
    memcpy(out.attribution, in.attribution, sizeof(out.attribution));
    if (road_index(&out) < 0 || road_save(&out, argv[2], errmsg) < 0) {
        fprintf(stderr, "%s\n", errmsg);
        return 1;
    }
    printf("%s: %u nodes, %u arcs, %u streets between the tiles\n", out.label, out.node_n,
           out.arc_n, joints);
    road_close(&out);
    road_close(&in);
    return 0;
}
