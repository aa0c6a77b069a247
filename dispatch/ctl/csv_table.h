/* csv_table: a whole CSV file with a header line, its columns found by name.
 *
 * For the batch tools (warn_*.c). Owner: the caller; csv_table_close frees. Thread: one. Errors: -1
 * and errmsg names the file and line. */
#ifndef CTL_CSV_TABLE_H
#define CTL_CSV_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct csv_table {
    const char *path;
    uint32_t columns, rows;
    char **name;
    char ***cell; /* [row][column] */
    char errmsg[512];
};

/* "-" reads standard input; a name ending in ".gz" is not unpacked (zcat FILE | … does). */
int csv_table_read(struct csv_table *table, const char *path);
void csv_table_close(struct csv_table *table);

/* The column's index, or -1 and errmsg lists those there are. */
int csv_table_column(struct csv_table *table, const char *name);
/* The same, without a complaint. */
int csv_table_find(const struct csv_table *table, const char *name);

/* The number at that place. 0, or -1. */
int csv_table_number(struct csv_table *table, uint32_t row, int column, double *value);

#endif
