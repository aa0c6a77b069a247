#include "sim/sheet_csv.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

int sheet_fail(struct sheet_csv *csv, const char *format, ...)
{
    char what[ERRMSG_MAX / 2];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    snprintf(csv->errmsg, sizeof(csv->errmsg), "%.200s:%ld: %s", csv->path, csv->line, what);
    return -1;
}

int sheet_open(struct sheet_csv *csv, const char *path)
{
    csv->path = path;
    csv->line = 0;
    csv->fields = 0;
    csv->file = gzopen(path, "rb");
    if (!csv->file)
        return sheet_fail(csv, "cannot be opened");
    gzbuffer(csv->file, 1 << 17);
    return 0;
}

void sheet_close(struct sheet_csv *csv)
{
    if (csv->file)
        gzclose(csv->file);
    csv->file = NULL;
}

/* 1, 0 at the end of the file. */
static int next_line(struct sheet_csv *csv)
{
    char why[128];
    csv->line++;
    if (!gzgets(csv->file, csv->text, sizeof(csv->text))) {
        int code;
        gzerror(csv->file, &code);
        if (code != Z_OK && code != Z_STREAM_END)
            return sheet_fail(csv, "damaged compression");
        csv->fields = 0;
        return 0;
    }
    size_t length = strlen(csv->text);
    if (length + 1 == sizeof(csv->text) && csv->text[length - 1] != '\n')
        return sheet_fail(csv, "line longer than %d bytes", CSV_LINE_MAX - 1);
    bool mark = csv->line == 1 && strncmp(csv->text, "\xEF\xBB\xBF", 3) == 0;
    csv->fields =
        csv_split(csv->text + (mark ? 3 : 0), csv->field, SHEET_FIELDS_MAX, why, sizeof(why));
    return csv->fields < 0 ? sheet_fail(csv, "%s", why) : 1;
}

static bool is_blank(const struct sheet_csv *csv)
{
    for (int i = 0; i < csv->fields; i++)
        if (csv->field[i][strspn(csv->field[i], " ")])
            return false;
    return true;
}

static int find_columns(struct sheet_csv *csv, const char *const *names, int *column, int columns)
{
    for (int i = 0; i < columns; i++) {
        size_t length = strlen(names[i]);
        bool optional = names[i][length - 1] == '?';
        length -= optional;
        column[i] = -1;
        for (int f = csv->fields - 1; f >= 0; f--)
            if (strlen(csv->field[f]) == length && strncmp(csv->field[f], names[i], length) == 0)
                column[i] = f;
        if (column[i] < 0 && !optional)
            return sheet_fail(csv, "column \"%s\" is missing", names[i]);
    }
    return 0;
}

int sheet_find(struct sheet_csv *csv, const char *table, const char *const *names, int *column,
               int columns)
{
    int got;
    gzrewind(csv->file);
    csv->line = 0;
    while (table && (got = next_line(csv)) > 0 && strcmp(csv->field[0], table) != 0)
        continue;
    if (table && got <= 0)
        return got < 0 ? -1 : sheet_fail(csv, "there is no table \"%s\"", table);
    got = next_line(csv);
    if (got <= 0)
        return got < 0 ? -1 : sheet_fail(csv, "no column names");
    return find_columns(csv, names, column, columns);
}

int sheet_row(struct sheet_csv *csv)
{
    int got = next_line(csv);
    return got > 0 && is_blank(csv) ? 0 : got;
}

const char *sheet_text(const struct sheet_csv *csv, int column)
{
    return column >= 0 && column < csv->fields ? csv->field[column] : "";
}

int sheet_number(struct sheet_csv *csv, int column, double low, double high, double *value)
{
    const char *text = sheet_text(csv, column);
    double number;
    if (csv_number(text, &number) < 0)
        return sheet_fail(csv, "field %d: \"%.40s\" is not a number", column + 1, text);
    if (!(number >= low && number <= high))
        return sheet_fail(csv, "field %d: %g is not between %g and %g", column + 1, number, low,
                          high);
    *value = number;
    return 0;
}

int sheet_count(struct sheet_csv *csv, int column, uint32_t low, uint32_t high, uint32_t *value)
{
    double number;
    if (sheet_number(csv, column, low, high, &number) < 0)
        return -1;
    if (number != floor(number))
        return sheet_fail(csv, "field %d: %g is not a whole number", column + 1, number);
    *value = (uint32_t)number;
    return 0;
}
