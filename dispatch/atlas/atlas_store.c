/* A road file into PostGIS, for maps and searches where the roads are not OpenStreetMap's. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/atlas/atlas_impl.h"

enum { ROW_MAX = 64 * 1024 };

/* One line of COPY; a row that does not fit leaves `full`. */
struct row {
    char text[ROW_MAX];
    size_t n;
    bool full;
};

__attribute__((format(printf, 2, 3))) static void put(struct row *row, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int n = vsnprintf(row->text + row->n, sizeof row->text - row->n, format, args);
    va_end(args);
    row->full = row->full || n < 0 || (size_t)n >= sizeof row->text - row->n;
    row->n += row->full ? 0 : (size_t)n;
}

/* What COPY takes for something else is left out of a name. */
static void put_name(struct row *row, const char *name)
{
    for (; *name; name++)
        put(row, "%c", strchr("\\\t\n\r", *name) ? ' ' : *name);
}

static void put_line(struct row *row, const struct road *road, uint32_t arc)
{
    put(row, "SRID=4326;LINESTRING(");
    for (uint32_t i = 0; i < road->arc[arc].shape_n; i++) {
        struct point at = road_arc_point(road, arc, i);
        put(row, "%s%.7f %.7f", i ? "," : "", at.lon_e7 / 1e7, at.lat_e7 / 1e7);
    }
    put(row, ")\n");
}

static char yes(unsigned flags, unsigned flag)
{
    return flags & flag ? 't' : 'f';
}

static void write_row(struct row *row, const struct road *road, uint32_t arc, int64_t id)
{
    const struct road_arc *it = &road->arc[arc];

    row->n = 0;
    row->full = false;
    put(row, "%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%s\t", id, it->way_id,
        road->node[it->tail].id, road->node[it->head].id,
        road_class_name((enum road_class)it->class));
    put_name(row, road_name(road, arc));
    put(row, "\t\t");
    if (it->maxspeed_kmh)
        put(row, "%u", it->maxspeed_kmh);
    else
        put(row, "\\N");
    put(row, "\t%c\t%c\t%c\t%c\t%c\t%c\t%c\t%.1f\t", it->twin == ROAD_NONE ? 't' : 'f',
        yes(it->flags, ROAD_EMERGENCY), yes(it->flags, ROAD_BARRIER),
        yes(it->flags, ROAD_CARRIAGEWAY), yes(it->flags, ROAD_ROUNDABOUT),
        yes(it->flags, ROAD_BRIDGE), yes(it->flags, ROAD_TUNNEL), it->length_dm / 10.0);
    put_line(row, road, arc);
}

/* Each street once: originals, and of a two-way street the arc that comes first. */
static int64_t copy_rows(struct atlas *atlas, const struct road *road, struct row *row)
{
    int64_t id = 0;

    for (uint32_t arc = 0; arc < road->arc_n; arc++) {
        const struct road_arc *it = &road->arc[arc];
        if (it->original != arc || (it->twin != ROAD_NONE && it->twin < arc))
            continue;
        write_row(row, road, arc, ++id);
        if (row->full)
            return atlas_error(atlas, "roads: a street of way %" PRId64 " is too long", it->way_id);
        if (PQputCopyData(atlas->db, row->text, (int)row->n) != 1)
            return atlas_db_error(atlas, "roads");
    }
    return id;
}

static int64_t copy_road(struct atlas *atlas, const struct road *road)
{
    PGresult *result = PQexec(atlas->db, "copy road_edge from stdin");
    struct row *row = malloc(sizeof *row);
    bool began = PQresultStatus(result) == PGRES_COPY_IN;
    int64_t edges = -1;

    PQclear(result);
    if (began && row)
        edges = copy_rows(atlas, road, row);
    else
        atlas_db_error(atlas, "roads");
    free(row);
    if (began && PQputCopyEnd(atlas->db, edges < 0 ? "given up" : NULL) != 1)
        edges = atlas_db_error(atlas, "roads");
    while (began && (result = PQgetResult(atlas->db))) {
        if (edges >= 0 && PQresultStatus(result) != PGRES_COMMAND_OK)
            edges = atlas_db_error(atlas, "roads");
        PQclear(result);
    }
    return edges;
}

static const char after_sql[] =
    "insert into place (id, name, initials, kind, osm, rank, point)"
    " select row_number() over (order by name), name, initials(name), 'street', '', 30,"
    "        st_closestpoint(st_collect(geom), st_centroid(st_collect(geom)))"
    " from road_edge where name <> '' group by name";

static int describe(struct atlas *atlas, const struct road *road, const char *source)
{
    const char *args[] = {source, road->synthetic ? "t" : "f", road->attribution};
    PGresult *result = atlas_ask(
        atlas, "roads",
        "insert into road_import (one, imported_at, source, edges, nodes, turn_bans, unclear,"
        " places, synthetic, attribution) select true, now(), $1, (select count(*) from road_edge),"
        " (select count(*) from (select from_node from road_edge union"
        "  select to_node from road_edge) n), 0, 0, (select count(*) from place), $2::boolean, $3"
        " returning 1",
        3, args);

    PQclear(result);
    return result ? 0 : -1;
}

/* 1 these roads are there; 2 OpenStreetMap's are, which made-up ones must not replace; 0 neither.
 */
static int what_is_there(struct atlas *atlas, const char *source)
{
    const char *args[] = {source};
    PGresult *result = atlas_ask(atlas, "roads",
                                 "select coalesce((select case when source = $1 then 1"
                                 " when not synthetic then 2 else 0 end from road_import), 0)",
                                 1, args);
    int answer = result ? field_int4(result, 0, 0) : -1;

    PQclear(result);
    return answer;
}

static int store(struct atlas *atlas, const struct road *road, const char *source)
{
    int64_t edges = -1;

    if (atlas_exec(atlas, "roads",
                   "begin; delete from road_turn_ban; delete from place; delete from road_edge;"
                   " delete from road_import") == 0)
        edges = copy_road(atlas, road);
    if (edges >= 0 && atlas_exec(atlas, "places", after_sql) == 0 &&
        describe(atlas, road, source) == 0 && atlas_exec(atlas, "roads", "commit") == 0)
        return (int)edges;
    PQclear(PQexec(atlas->db, "rollback"));
    return -1;
}

int atlas_store_road(struct atlas *atlas, const struct road *road)
{
    char source[ROAD_TEXT_MAX + 32];
    snprintf(source, sizeof source, "%s #%016" PRIx64, road->label, road->hash);
    int there = what_is_there(atlas, source);

    if (there < 0 || there == 1)
        return there < 0 ? -1 : 0;
    if (there == 2 && road->synthetic)
        return atlas_error(atlas, "imported roads are there; made-up ones do not replace them");
    return store(atlas, road, source);
}
