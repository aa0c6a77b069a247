/* The road table as a graph, and its making from an OpenStreetMap extract. */
#include "dispatch/atlas/atlas.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/atlas/atlas_impl.h"
#include "geo/road_builder.h"

/* Any number, the same in every dispatchctl: it keeps two imports from running at once. */
#define IMPORT_LOCK "4120120"

struct road_reader {
    struct atlas *atlas;
    struct road_builder builder;
    struct point *line;
    size_t line_cap;
    int64_t edge_n;
};

static uint32_t little_endian32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static double little_endian_double(const unsigned char *p)
{
    uint64_t bits = little_endian32(p) | (uint64_t)little_endian32(p + 4) << 32;
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

/* A WKB LineString (NDR) into reader->line; its number of points, or negative. */
static int64_t read_line(struct road_reader *reader, const PGresult *row, int column)
{
    const unsigned char *wkb = (const unsigned char *)PQgetvalue(row, 0, column);
    size_t size = (size_t)PQgetlength(row, 0, column), n;

    if (size < 9 || wkb[0] != 1 || little_endian32(wkb + 1) != 2)
        return atlas_error(reader->atlas, "roads: a geometry is no line");
    n = little_endian32(wkb + 5);
    if (size != 9 + n * 16 || n < 2)
        return atlas_error(reader->atlas, "roads: a line is cut short");
    if (n > reader->line_cap) {
        struct point *line = realloc(reader->line, n * sizeof *line);
        if (!line)
            return atlas_error(reader->atlas, "roads: out of memory");
        reader->line = line;
        reader->line_cap = n;
    }
    for (size_t i = 0; i < n; i++) {
        double lon = little_endian_double(wkb + 9 + i * 16);
        double lat = little_endian_double(wkb + 17 + i * 16);
        if (point_from_deg(lat, lon, &reader->line[i]))
            return atlas_error(reader->atlas, "roads: %f,%f is no place on Earth", lat, lon);
    }
    return (int64_t)n;
}

/* Columns of EDGES_SQL. */
enum { ID, WAY, FROM, TO, CLASS, NAME, MAXSPEED, FIRST_FLAG };

static const unsigned edge_flag[] = {ROAD_ONEWAY,     ROAD_BRIDGE,  ROAD_TUNNEL,   ROAD_CARRIAGEWAY,
                                     ROAD_ROUNDABOUT, ROAD_BARRIER, ROAD_EMERGENCY};
#define EDGE_FLAGS ((int)(sizeof edge_flag / sizeof *edge_flag))
#define LINE (FIRST_FLAG + EDGE_FLAGS)

/* 63 characters are at most 252 bytes: the road file's limit. */
#define EDGES_SQL                                                                                  \
    "select id, way_id, from_node, to_node, class, left(coalesce(nullif(name, ''), ref), 63),"     \
    " coalesce(maxspeed_kmh, 0)::int, oneway, bridge, tunnel, carriageway, roundabout, barrier,"   \
    " emergency, st_asbinary(geom, 'NDR') from road_edge order by id"

static int edge_row(void *ctx, const PGresult *row)
{
    struct road_reader *reader = ctx;
    struct road_builder *b = &reader->builder;
    struct road_edge edge = {.way_id = field_int8(row, 0, WAY),
                             .maxspeed_kmh = (uint32_t)field_int4(row, 0, MAXSPEED),
                             .name = PQgetvalue(row, 0, NAME)};
    int64_t line_n = read_line(reader, row, LINE), from, to;

    if (line_n < 0)
        return -1;
    if (field_int8(row, 0, ID) != ++reader->edge_n)
        return atlas_error(reader->atlas, "roads: road_edge has gaps; run import-osm again");
    if (road_class_parse(PQgetvalue(row, 0, CLASS), &edge.class))
        return atlas_error(reader->atlas, "roads: way %lld: class %s is unknown",
                           (long long)edge.way_id, PQgetvalue(row, 0, CLASS));
    for (int i = 0; i < EDGE_FLAGS; i++)
        edge.flags |= field_bool(row, 0, FIRST_FLAG + i) ? edge_flag[i] : 0;
    edge.line = reader->line;
    edge.line_n = (size_t)line_n;
    from = road_builder_node(b, field_int8(row, 0, FROM), reader->line[0]);
    to = road_builder_node(b, field_int8(row, 0, TO), reader->line[line_n - 1]);
    if (from < 0 || to < 0)
        return atlas_error(reader->atlas, "roads: %s", b->errmsg);
    edge.from = (uint32_t)from;
    edge.to = (uint32_t)to;
    if (road_builder_edge(b, &edge) < 0)
        return atlas_error(reader->atlas, "roads: %s", b->errmsg);
    return 0;
}

/* "{12,13}" as PostgreSQL writes it; edges are numbered from 1. How many, or negative. */
static int read_edges(const char *text, uint32_t *edge, int max)
{
    int n = 0;

    for (text++; *text && *text != '}'; n++) {
        char *end;
        unsigned long number = strtoul(text, &end, 10);
        if (n == max || end == text || number == 0 || number > UINT32_MAX)
            return -1;
        edge[n] = (uint32_t)number - 1;
        text = *end == ',' ? end + 1 : end;
    }
    return n;
}

static int ban_row(void *ctx, const PGresult *row)
{
    struct road_reader *reader = ctx;
    struct road_builder *b = &reader->builder;
    uint32_t edge[ROAD_ROUTE_MAX];
    int n = read_edges(PQgetvalue(row, 0, 0), edge, ROAD_ROUTE_MAX);
    struct point at;
    int64_t via = -1;

    if (n < 0)
        return atlas_error(reader->atlas, "turn restrictions: %s is no list of at most %d edges",
                           PQgetvalue(row, 0, 0), ROAD_ROUTE_MAX);
    if (point_from_deg(field_float8(row, 0, 2), field_float8(row, 0, 3), &at) == 0)
        via = road_builder_node(b, field_int8(row, 0, 1), at);
    if (via < 0 || road_builder_forbid(b, edge, (size_t)n, (uint32_t)via))
        return atlas_error(reader->atlas, "turn restrictions: %s", b->errmsg);
    return 0;
}

static int read_road(struct road_reader *reader)
{
    int n = atlas_each(reader->atlas, "roads", EDGES_SQL, edge_row, reader);

    if (n == 0)
        return atlas_error(reader->atlas,
                           "roads: the table is empty; run dispatchctl import-osm FILE.osm.pbf");
    if (n < 0)
        return -1;
    return atlas_each(reader->atlas, "turn restrictions",
                      "select (b.from_edge || b.via_edges || b.to_edge)::text, b.via_node,"
                      " st_y(p), st_x(p)"
                      " from road_turn_ban b join road_edge e on e.id = b.from_edge,"
                      " lateral (select case when e.to_node = b.via_node then st_endpoint(e.geom)"
                      " else st_startpoint(e.geom) end as p) at"
                      " order by b.from_edge, b.via_node, b.via_edges, b.to_edge",
                      ban_row, reader);
}

static int road_label(struct atlas *atlas, struct road *road)
{
    PGresult *result = atlas_ask(atlas, "roads", "select source from road_import", 0, NULL);

    if (!result)
        return -1;
    snprintf(road->source, sizeof road->source, "%s",
             PQntuples(result) ? PQgetvalue(result, 0, 0) : "PostGIS");
    snprintf(road->label, sizeof road->label, "%s", road->source);
    snprintf(road->attribution, sizeof road->attribution, "© OpenStreetMap contributors, ODbL 1.0");
    PQclear(result);
    return 0;
}

int atlas_road(struct atlas *atlas, struct road *out)
{
    struct road_reader reader = {.atlas = atlas};
    struct road road;
    int rc = -1;

    if (road_builder_init(&reader.builder)) {
        atlas_error(atlas, "roads: %s", reader.builder.errmsg);
        goto out;
    }
    if (read_road(&reader) < 0)
        goto out;
    if (road_builder_finish(&reader.builder, &road)) {
        atlas_error(atlas, "roads: %s", reader.builder.errmsg);
        goto out;
    }
    if (road_label(atlas, &road)) {
        road_close(&road);
        goto out;
    }
    *out = road;
    rc = 0;
out:
    road_builder_close(&reader.builder);
    free(reader.line);
    return rc;
}

int atlas_import_begin(struct atlas *atlas)
{
    PGresult *result =
        atlas_ask(atlas, "import", "select pg_try_advisory_lock(" IMPORT_LOCK ")", 0, NULL);
    int locked;

    if (!result)
        return -1;
    locked = field_bool(result, 0, 0);
    PQclear(result);
    if (!locked)
        return atlas_error(atlas, "import: another import is running on this database");
    atlas->importing = true;
    return atlas_exec(atlas, "import",
                      "drop schema if exists osm_import cascade; create schema osm_import");
}

int atlas_import_build(struct atlas *atlas, const char *build_sql, const char *source,
                       struct atlas_import *out)
{
    const char *args[] = {source};
    PGresult *result;

    if (atlas_exec(atlas, "import", "begin") || atlas_exec(atlas, "import", build_sql))
        return -1;
    result = atlas_ask(atlas, "import",
                       "update road_import set source = $1"
                       " returning edges, turn_bans, places, unclear, via_ways, turns_by_hour,"
                       " streets_by_hour",
                       1, args);
    if (!result)
        return -1;
    *out = (struct atlas_import){
        .edges = field_int8(result, 0, 0),
        .turn_bans = field_int8(result, 0, 1),
        .places = field_int8(result, 0, 2),
        .unclear = field_int8(result, 0, 3),
        .via_ways = field_int8(result, 0, 4),
        .turns_by_hour = field_int8(result, 0, 5),
        .streets_by_hour = field_int8(result, 0, 6),
    };
    PQclear(result);
    return 0;
}

int atlas_import_commit(struct atlas *atlas)
{
    return atlas_exec(atlas, "import",
                      "drop schema osm_import cascade; commit; analyze road_edge;"
                      " analyze place");
}

void atlas_import_abandon(struct atlas *atlas)
{
    if (PQtransactionStatus(atlas->db) != PQTRANS_IDLE)
        PQclear(PQexec(atlas->db, "rollback"));
    PQclear(PQexec(atlas->db, "drop schema if exists osm_import cascade;"
                              " select pg_advisory_unlock(" IMPORT_LOCK ")"));
    atlas->importing = false;
}
