#include "sim/table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dispatch/base/csv.h"

enum { WHY_MAX = ERRMSG_MAX / 2 };

static int cut(char *line, char **word)
{
    int n = 0;
    char *rest = NULL;

    line[strcspn(line, "#\r\n")] = 0;
    for (char *w = strtok_r(line, " \t", &rest); w; w = strtok_r(NULL, " \t", &rest)) {
        if (n == TABLE_WORDS_MAX)
            return -1;
        word[n++] = w;
    }
    return n;
}

int table_read(const char *path, table_line_cb *line_cb, void *ctx, char errmsg[static ERRMSG_MAX])
{
    char line[TABLE_LINE_MAX], why[WHY_MAX] = "too many words";
    char *word[TABLE_WORDS_MAX];
    FILE *in = fopen(path, "r");
    int err = 0;

    if (!in) {
        snprintf(errmsg, ERRMSG_MAX, "%.200s: %s", path, strerror(errno));
        return -1;
    }
    for (unsigned number = 1; err == 0 && fgets(line, sizeof(line), in); number++) {
        int words = 0;
        if (strlen(line) + 1 == sizeof(line)) {
            snprintf(why, sizeof(why), "the line is longer than %d bytes", TABLE_LINE_MAX - 2);
            err = -1;
        } else {
            words = cut(line, word);
            err = words > 0 ? line_cb(ctx, word, words, why) : words;
        }
        if (err < 0)
            snprintf(errmsg, ERRMSG_MAX, "%.200s:%u: %s", path, number, why);
    }
    fclose(in);
    return err;
}

int table_number(const char *word, double low, double high, double *value, char *why)
{
    double v;
    if (csv_number(word, &v) < 0 || v < low || v > high) {
        snprintf(why, WHY_MAX, "\"%.40s\" is not a number from %g to %g", word, low, high);
        return -1;
    }
    *value = v;
    return 0;
}

int table_take(struct table_row *row, size_t rows, char **word, int words, char *why)
{
    for (size_t i = 0; i < rows; i++) {
        if (strcmp(word[0], row[i].name) != 0)
            continue;
        if (words != 2 || row[i].given) {
            snprintf(why, WHY_MAX, "%s needs one number, once", word[0]);
            return -1;
        }
        row[i].given = true;
        return table_number(word[1], row[i].low, row[i].high, row[i].value, why);
    }
    snprintf(why, WHY_MAX, "\"%.40s\" is not known here", word[0]);
    return -1;
}

struct rows {
    struct table_row *row;
    size_t n;
};

static int take_row(void *ctx, char **word, int words, char *why)
{
    struct rows *rows = ctx;
    return table_take(rows->row, rows->n, word, words, why);
}

int table_load(const char *path, struct table_row *row, size_t n, char errmsg[static ERRMSG_MAX])
{
    struct rows rows = {row, n};
    return table_read(path, take_row, &rows, errmsg) < 0 ? -1
                                                         : table_complete(row, n, path, errmsg);
}

int table_complete(const struct table_row *row, size_t rows, const char *path,
                   char errmsg[static ERRMSG_MAX])
{
    for (size_t i = 0; i < rows; i++) {
        if (!row[i].given) {
            snprintf(errmsg, ERRMSG_MAX, "%.200s: %s is missing", path, row[i].name);
            return -1;
        }
    }
    return 0;
}
