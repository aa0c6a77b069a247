/* csv: one line of comma-separated values (RFC 4180) cut into fields, in place.
 * Quoted fields may hold commas and doubled quotes, but no line breaks. The caller owns the line;
 * the fields point into it. Any thread. Errors: -1 and a text in `why`. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <stddef.h>
#include <stdint.h>

enum { CSV_FIELDS_MAX = 64, CSV_LINE_MAX = 8192 };

/* How many fields there are, at most max; line ends are cut off. */
int csv_split(char *line, char **field, int max, char *why, size_t why_size);

/* Writes one field, quoted when it needs to be. */
struct _IO_FILE;
void csv_put(struct _IO_FILE *out, const char *text);

/* "2016-12-31T00:01:04.250-08:00" or "…Z", or ms since 1970, to ms; "" to 0. -1 when it is none. */
int csv_time(const char *text, int64_t *ms);
/* A decimal number without anything after it. */
int csv_number(const char *text, double *value);

#endif
