#include "dispatch/ctl/csv_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/csv.h"

static int fail(struct csv_table *t, uint32_t line, const char *why, const char *what)
{
    snprintf(t->errmsg, sizeof t->errmsg, "%s:%u: %s%s", t->path, line, why, what);
    return -1;
}

/* One line's fields, copied; NULL when they cannot be. */
static char **take_row(struct csv_table *t, char *line, uint32_t number, int *n)
{
    char *field[CSV_FIELDS_MAX], why[128];
    size_t length = strlen(line);
    if (length + 1 == CSV_LINE_MAX && line[length - 1] != '\n') {
        fail(t, number, "the line is too long", "");
        return NULL;
    }
    *n = csv_split(line, field, CSV_FIELDS_MAX, why, sizeof why);
    if (*n < 0) {
        fail(t, number, why, "");
        return NULL;
    }
    char **row = calloc((size_t)*n + 1, sizeof *row);
    for (int i = 0; row && i < *n; i++)
        if (!(row[i] = strdup(field[i]))) {
            fail(t, number, "out of memory", "");
            return row;
        }
    return row;
}

static int add_row(struct csv_table *t, char **row)
{
    if ((t->rows & (t->rows - 1)) == 0) { /* at every power of two */
        char ***more = realloc(t->cell, (t->rows ? t->rows * 2 : 1) * sizeof *more);
        if (!more)
            return -1;
        t->cell = more;
    }
    t->cell[t->rows++] = row;
    return 0;
}

static int take_line(struct csv_table *t, char *line, uint32_t number)
{
    int n;
    char **row = take_row(t, line, number, &n);
    if (!row)
        return t->errmsg[0] ? -1 : fail(t, number, "out of memory", "");
    if (!t->name) {
        t->name = row;
        t->columns = (uint32_t)n;
    } else if (add_row(t, row) < 0) {
        return fail(t, number, "out of memory", "");
    } else if ((uint32_t)n != t->columns) {
        return fail(t, number, "not as many fields as the header has", "");
    }
    return t->errmsg[0] ? -1 : 0;
}

int csv_table_read(struct csv_table *t, const char *path)
{
    char line[CSV_LINE_MAX];
    FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    *t = (struct csv_table){.path = path};
    if (!in)
        return fail(t, 0, strerror(errno), "");
    int result = 0;
    for (uint32_t number = 1; result == 0 && fgets(line, sizeof line, in); number++)
        if (line[0] != '\n' && line[0] != '\r')
            result = take_line(t, line, number);
    if (result == 0 && ferror(in))
        result = fail(t, 0, "cannot be read: ", strerror(errno));
    if (result == 0 && !t->name)
        result = fail(t, 1, "no header line", "");
    if (in != stdin)
        fclose(in);
    return result;
}

static void free_row(char **row, uint32_t columns)
{
    for (uint32_t i = 0; row && i < columns; i++)
        free(row[i]);
    free(row);
}

void csv_table_close(struct csv_table *t)
{
    for (uint32_t i = 0; i < t->rows; i++) {
        uint32_t n = 0;
        while (t->cell[i][n])
            n++;
        free_row(t->cell[i], n);
    }
    free_row(t->name, t->columns);
    free(t->cell);
    *t = (struct csv_table){0};
}

int csv_table_find(const struct csv_table *t, const char *name)
{
    for (uint32_t i = 0; i < t->columns; i++)
        if (strcmp(t->name[i], name) == 0)
            return (int)i;
    return -1;
}

int csv_table_column(struct csv_table *t, const char *name)
{
    int column = csv_table_find(t, name);
    if (column >= 0)
        return column;
    size_t at = (size_t)snprintf(t->errmsg, sizeof t->errmsg, "%s:1: no column '%s'; there are",
                                 t->path, name);
    for (uint32_t i = 0; i < t->columns && at < sizeof t->errmsg; i++)
        at += (size_t)snprintf(t->errmsg + at, sizeof t->errmsg - at, " %s", t->name[i]);
    return -1;
}

int csv_table_number(struct csv_table *t, uint32_t row, int column, double *value)
{
    if (csv_number(t->cell[row][column], value) == 0)
        return 0;
    return fail(t, row + 2, "not a number: ", t->cell[row][column]);
}
