/* sheet_csv: tables in a CSV file, plain or gzipped, as the JEMSS simulator writes them.
 * One file holds one table or several: a line with the table's name in its first field, a line of
 * column names, then rows; a line of empty fields ends a table. Tables and columns may stand in any
 * order, unknown ones are passed over. A file that is one table without a name line is read with
 * the name NULL.
 *
 *   sheet_open(&csv, path);
 *   sheet_find(&csv, "arcs", names, column, 4);      column[i]: place of names[i], or -1
 *   while ((got = sheet_row(&csv)) > 0) sheet_number(&csv, column[0], 1, 9, &value);
 *
 * Owner: the caller; sheet_close. One thread. Errors: -1, "file:line: …" in errmsg. */
#ifndef SIM_SHEET_CSV_H
#define SIM_SHEET_CSV_H

#include <stdbool.h>
#include <stdint.h>

#include "dispatch/base/csv.h"
#include "dispatch/base/os.h"

enum { SHEET_FIELDS_MAX = 512 };

struct sheet_csv {
    void *file; /* gzFile, which also reads plain text */
    const char *path;
    long line;
    char text[CSV_LINE_MAX];
    char *field[SHEET_FIELDS_MAX];
    int fields;
    char errmsg[ERRMSG_MAX];
};

int sheet_open(struct sheet_csv *csv, const char *path);
void sheet_close(struct sheet_csv *csv);

/* Goes to the table and reads its header. A name that ends in '?' may be missing. */
int sheet_find(struct sheet_csv *csv, const char *table, const char *const *names, int *column,
               int columns);
/* 1: a row is in field[]; 0: the table ends here. */
int sheet_row(struct sheet_csv *csv);

/* -1 unless it is a number within [low, high]. */
int sheet_number(struct sheet_csv *csv, int column, double low, double high, double *value);
/* A whole number, "3" or "3.0". */
int sheet_count(struct sheet_csv *csv, int column, uint32_t low, uint32_t high, uint32_t *value);
const char *sheet_text(const struct sheet_csv *csv, int column); /* "" when there is none */

/* The complaint of this line; always -1. */
int sheet_fail(struct sheet_csv *csv, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
