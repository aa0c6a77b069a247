#include "dispatch/atlas/atlas.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dispatch/atlas/atlas_impl.h"
#include "dispatch/must.h"

int atlas_error(struct atlas *atlas, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(atlas->errmsg, sizeof atlas->errmsg, format, args);
    va_end(args);
    return -1;
}

static void keep_db_text(struct atlas *atlas, const char *doing, const char *text)
{
    size_t n = 0;

    atlas_error(atlas, "%s: %s", doing, text);
    for (const char *p = atlas->errmsg; *p; p++)
        atlas->errmsg[n++] = *p == '\n' ? ' ' : *p;
    while (n > 0 && atlas->errmsg[n - 1] == ' ')
        n--;
    atlas->errmsg[n] = '\0';
}

int atlas_db_error(struct atlas *atlas, const char *doing)
{
    keep_db_text(atlas, doing, PQerrorMessage(atlas->db));
    return -1;
}

int atlas_open(struct atlas *atlas, const char *conninfo)
{
    *atlas = (struct atlas){0};
    atlas->db = PQconnectdb(conninfo);
    if (!atlas->db)
        return atlas_error(atlas, "PostGIS: out of memory");
    if (PQstatus(atlas->db) != CONNECTION_OK) {
        atlas_db_error(atlas, "PostGIS");
        atlas_close(atlas);
        return -1;
    }
    PQsetErrorContextVisibility(atlas->db, PQSHOW_CONTEXT_NEVER);
    if (atlas_exec(atlas, "PostGIS",
                   "set client_encoding = 'UTF8'; set client_min_messages = warning")) {
        atlas_close(atlas);
        return -1;
    }
    return 0;
}

void atlas_close(struct atlas *atlas)
{
    if (atlas->importing)
        atlas_import_abandon(atlas);
    PQfinish(atlas->db);
    atlas->db = NULL;
}

int atlas_exec(struct atlas *atlas, const char *doing, const char *sql)
{
    PGresult *result = PQexec(atlas->db, sql);
    ExecStatusType status = PQresultStatus(result);

    PQclear(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY)
        return 0;
    return atlas_db_error(atlas, doing);
}

PGresult *atlas_ask(struct atlas *atlas, const char *doing, const char *sql, int arg_n,
                    const char *const *args)
{
    PGresult *result = PQexecParams(atlas->db, sql, arg_n, NULL, args, NULL, NULL, 1);

    if (PQresultStatus(result) == PGRES_TUPLES_OK)
        return result;
    PQclear(result);
    atlas_db_error(atlas, doing);
    return NULL;
}

int atlas_each(struct atlas *atlas, const char *doing, const char *sql,
               int (*row_cb)(void *ctx, const PGresult *row), void *ctx)
{
    int rows = 0, rc = 0;
    PGresult *result;

    if (!PQsendQueryParams(atlas->db, sql, 0, NULL, NULL, NULL, NULL, 1) ||
        !PQsetSingleRowMode(atlas->db))
        return atlas_db_error(atlas, doing);
    while ((result = PQgetResult(atlas->db))) {
        ExecStatusType status = PQresultStatus(result);

        if (status == PGRES_SINGLE_TUPLE && rc == 0) {
            rc = row_cb(ctx, result);
            rows++;
        } else if (status == PGRES_FATAL_ERROR && rc == 0) {
            keep_db_text(atlas, doing, PQresultErrorMessage(result));
            rc = -1;
        }
        PQclear(result);
    }
    return rc < 0 ? rc : rows;
}

static uint64_t big_endian(const PGresult *result, int row, int column, int size)
{
    const unsigned char *p = (const unsigned char *)PQgetvalue(result, row, column);
    uint64_t value = 0;

    if (PQgetisnull(result, row, column))
        return 0;
    must(PQgetlength(result, row, column) == size);
    for (int i = 0; i < size; i++)
        value = value << 8 | p[i];
    return value;
}

int64_t field_int8(const PGresult *result, int row, int column)
{
    return (int64_t)big_endian(result, row, column, 8);
}

int32_t field_int4(const PGresult *result, int row, int column)
{
    return (int32_t)(uint32_t)big_endian(result, row, column, 4);
}

double field_float8(const PGresult *result, int row, int column)
{
    uint64_t bits = big_endian(result, row, column, 8);
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

struct zone_walk {
    int (*zone_cb)(void *ctx, const struct atlas_zone *zone);
    void *ctx;
};

static int zone_row(void *ctx, const PGresult *row)
{
    struct zone_walk *walk = ctx;
    struct atlas_zone zone = {
        .id = (uint64_t)field_int8(row, 0, 0),
        .code = PQgetvalue(row, 0, 1),
        .name = PQgetvalue(row, 0, 2),
        .kind = PQgetvalue(row, 0, 3),
        .wkb = PQgetvalue(row, 0, 4),
        .wkb_size = (size_t)PQgetlength(row, 0, 4),
    };

    return walk->zone_cb(walk->ctx, &zone);
}

int atlas_zones(struct atlas *atlas, int (*zone_cb)(void *ctx, const struct atlas_zone *zone),
                void *ctx)
{
    struct zone_walk walk = {zone_cb, ctx};

    atlas_error(atlas, "zones: refused by the caller");
    return atlas_each(atlas, "zones",
                      "select id, code, name, kind, st_asbinary(geom) from zone order by id",
                      zone_row, &walk);
}

int atlas_zones_import(struct atlas *atlas, const char *geojson, const char *kind,
                       const char *source)
{
    const char *args[] = {geojson, kind, source};
    PGresult *result = atlas_ask(atlas, "zones", "select zone_import($1::jsonb, $2, $3)", 3, args);
    int n;

    if (!result)
        return -1;
    n = field_int4(result, 0, 0);
    PQclear(result);
    return n;
}

/* A copy that ends with a whole UTF-8 character. */
static void copy_text(char *out, size_t size, const char *text)
{
    size_t n = strlen(text);

    if (n >= size) {
        n = size - 1;
        while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
            n--;
    }
    memcpy(out, text, n);
    out[n] = '\0';
}

static int place_row(const PGresult *result, int row, struct atlas_place *out)
{
    out->id = (uint64_t)field_int8(result, row, 0);
    copy_text(out->name, sizeof out->name, PQgetvalue(result, row, 1));
    copy_text(out->kind, sizeof out->kind, PQgetvalue(result, row, 2));
    return point_from_deg(field_float8(result, row, 3), field_float8(result, row, 4), &out->at);
}

int atlas_places(struct atlas *atlas, const char *words, const struct point *near,
                 struct atlas_place *out, size_t max)
{
    char lon[32], lat[32], limit[16];
    const char *args[] = {words, near ? lon : NULL, near ? lat : NULL, limit};
    PGresult *result;
    int n;

    if (near) {
        snprintf(lon, sizeof lon, "%.7f", near->lon_e7 / 1e7);
        snprintf(lat, sizeof lat, "%.7f", near->lat_e7 / 1e7);
    }
    snprintf(limit, sizeof limit, "%d", max > INT_MAX ? INT_MAX : (int)max);
    result = atlas_ask(atlas, "places",
                       "select id, name, kind, st_y(point), st_x(point) from place_search($1,"
                       " st_setsrid(st_makepoint($2::float8, $3::float8), 4326), $4::int)",
                       4, args);
    if (!result)
        return -1;
    n = PQntuples(result);
    for (int i = 0; i < n; i++) {
        if (place_row(result, i, &out[i])) {
            atlas_error(atlas, "places: %s lies nowhere on Earth", out[i].name);
            n = -1;
        }
    }
    PQclear(result);
    return n;
}
