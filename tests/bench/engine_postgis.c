/* PostGIS: the nearest as the crow flies out of an index (<->, prepared), and pgRouting on our very
 * arcs and weights (pgr_dijkstraCost from the incident over the arcs turned round, which is how
 * many units to one place are asked for fastest). Places are metres on a plane, so <-> is right. */
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"
#include "tests/bench/scene.h"

static PGconn *conn;
static struct plane plane;
static char *nodes; /* the units' nodes as an array of PostgreSQL */

static int complain(const char *doing)
{
    fprintf(stderr, "PostGIS: %s: %s", doing, conn ? PQerrorMessage(conn) : "no MINGDI_DB\n");
    return -1;
}

static int run(const char *sql)
{
    PGresult *result = PQexec(conn, sql);
    bool ok =
        PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK;

    PQclear(result);
    return ok ? 0 : complain(sql);
}

static int prepare(const char *name, const char *sql)
{
    PGresult *result = PQprepare(conn, name, sql, 0, NULL);
    bool ok = PQresultStatus(result) == PGRES_COMMAND_OK;

    PQclear(result);
    return ok ? 0 : complain(sql);
}

static int connect_db(const struct scene *scene)
{
    if (conn)
        return 0;
    if (!getenv("MINGDI_DB"))
        return complain("connect");
    conn = PQconnectdb(getenv("MINGDI_DB"));
    plane = plane_at(scene->road->south_west);
    if (PQstatus(conn) != CONNECTION_OK)
        return complain("connect");
    return run("create temp table bench_unit (id int primary key, node int, at geometry);"
               "create index on bench_unit using gist (at)") < 0
               ? -1
               : prepare("nearest",
                         "select id from bench_unit"
                         " order by at <-> st_makepoint($1::float8, $2::float8) limit 8");
}

static int copy_end(const char *sql_after)
{
    if (PQputCopyEnd(conn, NULL) < 0)
        return complain("copy");
    for (PGresult *result; (result = PQgetResult(conn)); PQclear(result))
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            complain("copy");
    return run(sql_after);
}

__attribute__((format(printf, 1, 2))) static void copy_row(const char *format, ...)
{
    char row[256];
    va_list args;

    va_start(args, format);
    int n = vsnprintf(row, sizeof(row), format, args);
    va_end(args);
    must(n > 0 && (size_t)n < sizeof(row) && PQputCopyData(conn, row, n) == 1);
}

static void begin_copy(const char *sql)
{
    PGresult *result = PQexec(conn, sql);

    must(PQresultStatus(result) == PGRES_COPY_IN);
    PQclear(result);
}

static int put_units(const struct scene *scene)
{
    if (run("truncate bench_unit") < 0)
        return -1;
    begin_copy("copy bench_unit from stdin");
    for (uint32_t i = 0; i < scene->unit_n; i++) {
        double x_m, y_m;
        plane_xy(&plane, scene->unit[i].at, &x_m, &y_m);
        copy_row("%u\t%u\tPOINT(%.2f %.2f)\n", i, scene->unit[i].node, x_m, y_m);
    }
    return copy_end("analyze bench_unit");
}

static size_t take_units(PGresult *result, struct best *out, bool has_ms)
{
    size_t n = 0;

    must(PQresultStatus(result) == PGRES_TUPLES_OK);
    for (int i = 0; i < PQntuples(result); i++) {
        uint32_t ms = has_ms ? (uint32_t)strtoul(PQgetvalue(result, i, 1), NULL, 10) : 0;
        out[n++] = (struct best){(uint32_t)strtoul(PQgetvalue(result, i, 0), NULL, 10), ms};
    }
    PQclear(result);
    return n;
}

static size_t knn(const struct scene *scene, uint32_t incident, struct best *out)
{
    double x_m, y_m;
    char x[32], y[32];
    const char *const value[] = {x, y};

    plane_xy(&plane, scene->incident[incident].at, &x_m, &y_m);
    snprintf(x, sizeof(x), "%.2f", x_m);
    snprintf(y, sizeof(y), "%.2f", y_m);
    return take_units(PQexecPrepared(conn, "nearest", 2, value, NULL, NULL, 0), out, false);
}

/* ---- pgRouting ---- */

static int make_edges(const struct scene *scene)
{
    const struct road *road = scene->road;

    if (connect_db(scene) < 0 ||
        run("create temp table bench_edge (id int, source int, target int, cost int)") < 0)
        return -1;
    begin_copy("copy bench_edge from stdin");
    for (uint32_t arc = 0; arc < road->arc_n; arc++)
        if (scene->weights->ms[arc] < ROAD_INF)
            copy_row("%u\t%u\t%u\t%u\n", arc, road->arc[arc].tail, road->arc[arc].head,
                     scene->weights->ms[arc]);
    if (copy_end("analyze bench_edge") < 0)
        return -1;
    return prepare("routed",
                   "select u.id, c.agg_cost::bigint from pgr_dijkstraCost("
                   "'select id, target as source, source as target, cost from bench_edge',"
                   " $1::bigint, $2::bigint[], true) c join bench_unit u on u.node = c.end_vid"
                   " order by c.agg_cost, u.id limit 8");
}

static int put_routed_units(const struct scene *scene)
{
    size_t used = 1;

    free(nodes);
    nodes = malloc(scene->unit_n * 12 + 3);
    must(nodes);
    nodes[0] = '{';
    for (uint32_t i = 0; i < scene->unit_n; i++)
        used += (size_t)snprintf(nodes + used, 13, "%u%s", scene->unit[i].node,
                                 i + 1 < scene->unit_n ? "," : "");
    memcpy(nodes + used, "}", 2);
    return put_units(scene);
}

static size_t route(const struct scene *scene, uint32_t incident, struct best *out)
{
    char from[16];
    const char *const value[] = {from, nodes};

    snprintf(from, sizeof(from), "%u", scene->incident[incident].node);
    return take_units(PQexecPrepared(conn, "routed", 2, value, NULL, NULL, 0), out, true);
}

const struct engine engine_postgis = {"PostGIS <->, crow", false, connect_db, put_units, knn};
const struct engine engine_pgrouting = {"pgRouting, by road", true, make_edges, put_routed_units,
                                        route};
