/* mirror_row: objects of the core as rows of PostGIS, by the tables of core/schema.h.
 *
 * A table of deploy/sql has the name of its object. Its columns are the object's fields: the first
 * is `id`, x_ms is x_at; an id, a time or a grade of 0 is null, a list is an array, an enum its
 * word. Not mirrored are fields about persons and the core's own book-keeping (mirror_row.c).
 * A row's values are kept as one piece of memory until they are sent: a byte 0 for null, or a
 * byte 1 and the text with its final zero.
 * Owner: the caller's buffers. Thread: any. Errors: a buffer that is full says so itself.
 * Start here if you add a field: a migration with its column, or its name among `inner_fields`. */
#ifndef READERS_MIRROR_ROW_H
#define READERS_MIRROR_ROW_H

#include "dispatch/core/schema.h"
#include "dispatch/wire/buffer.h"

enum { MIRROR_VALUES_MAX = 64 };

bool mirror_has_table(enum object_kind kind);

/* insert … on conflict (id) do update …, values $1, $2, … */
void mirror_row_upsert_sql(struct buffer *out, enum object_kind kind);

/* The names of the columns that differ from the same values, separated by commas; no row: none. */
void mirror_row_differs_sql(struct buffer *out, enum object_kind kind);

/* Appends the object's values; their number. */
int mirror_row_values(struct buffer *out, enum object_kind kind, const void *object);

void mirror_value_null(struct buffer *out);
void mirror_value_text(struct buffer *out, const char *text, size_t n);
__attribute__((format(printf, 2, 3))) void mirror_value_print(struct buffer *out,
                                                              const char *format, ...);

/* Points at each of `count` values; where the next one would begin. */
const unsigned char *mirror_values_at(const unsigned char *bytes, int count, const char **value);

#endif
