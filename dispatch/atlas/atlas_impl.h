/* What the files of atlas share: queries with checked answers, and libpq's binary numbers.
 * Nobody else includes this. */
#ifndef ATLAS_ATLAS_IMPL_H
#define ATLAS_ATLAS_IMPL_H

#include <libpq-fe.h>

#include "dispatch/atlas/atlas.h"

/* Writes errmsg and returns -1. */
int atlas_error(struct atlas *atlas, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Copies libpq's text, one line, behind what we were doing. Returns -1. */
int atlas_db_error(struct atlas *atlas, const char *doing);

/* Runs SQL without arguments, several statements allowed. */
int atlas_exec(struct atlas *atlas, const char *doing, const char *sql);
/* One statement with text arguments, answered in libpq's binary form; NULL and errmsg on error.
 * The caller's to PQclear. */
PGresult *atlas_ask(struct atlas *atlas, const char *doing, const char *sql, int arg_n,
                    const char *const *args);
/* The same, handing every row over alone (row 0 of result), so that a million rows need no memory.
 * A negative answer of the callback stops and is returned; otherwise how many rows. */
int atlas_each(struct atlas *atlas, const char *doing, const char *sql,
               int (*row_cb)(void *ctx, const PGresult *row), void *ctx);

/* Rolls an import back and gives its lock up before the connection goes. */
void atlas_import_abandon(struct atlas *atlas);

/* Binary fields of row `row`; null counts as 0. Requires: the SQL gives this very type. */
int64_t field_int8(const PGresult *result, int row, int column);
int32_t field_int4(const PGresult *result, int row, int column);
double field_float8(const PGresult *result, int row, int column);
static inline int field_bool(const PGresult *result, int row, int column)
{
    return !PQgetisnull(result, row, column) && PQgetvalue(result, row, column)[0] != 0;
}

#endif
