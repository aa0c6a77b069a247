/* table: a data file of lines of words, '#' starts a remark. Each line goes to a handler that knows
 * the first word. Any thread. Errors: -1, "file:line: what is wrong" in errmsg. */
#ifndef SIM_TABLE_H
#define SIM_TABLE_H

#include "dispatch/base/os.h"

enum { TABLE_WORDS_MAX = 64, TABLE_LINE_MAX = 1024 };

/* 0, or -1 with the reason in why (ERRMSG_MAX / 2 bytes). */
typedef int table_line_cb(void *ctx, char **word, int words, char *why);

int table_read(const char *path, table_line_cb *line_cb, void *ctx, char errmsg[static ERRMSG_MAX]);

/* A number within its range, or -1 and why. */
int table_number(const char *word, double low, double high, double *value, char *why);

/* A row for each number that a file must give. */
struct table_row {
    const char *name;
    double *value;
    double low, high;
    bool given;
};
/* The line "name value" of one of the rows: 0; -1 and why, also when it is of none. */
int table_take(struct table_row *row, size_t rows, char **word, int words, char *why);
/* A file of nothing but rows, each once. */
int table_load(const char *path, struct table_row *row, size_t rows,
               char errmsg[static ERRMSG_MAX]);
/* -1 and errmsg naming the first row that the file did not give. */
int table_complete(const struct table_row *row, size_t rows, const char *path,
                   char errmsg[static ERRMSG_MAX]);

#endif
