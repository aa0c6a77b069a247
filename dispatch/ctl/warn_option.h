/* warn_option: the NAME=VALUE arguments of `dispatchctl warn …`, and its files.
 *
 * Owner: borrowed from ctl's argv. Thread: one. Errors: an exit code of ctl.h other than CTL_OK,
 * and it has been said. */
#ifndef CTL_WARN_OPTION_H
#define CTL_WARN_OPTION_H

#include "dispatch/ctl/csv_table.h"
#include "dispatch/ctl/ctl.h"

struct warn_option {
    const char *name;
    double *number;    /* takes a number from least to most … */
    const char **word; /* … or one of the words, separated by |; NULL: any text */
    double least, most;
    const char *words;
};

/* Every argument must be one of the options. */
int warn_options_take(const struct ctl *ctl, const struct warn_option *option, size_t options);

/* The table of --in, the file of --out (standard output without it). */
int warn_files_open(const struct ctl *ctl, struct csv_table *in, FILE **out);
/* Writes out what is left; `code`, or CTL_FAILED when the disk refused. */
int warn_files_close(struct csv_table *in, FILE *out, int code);

/* What the table says went wrong. */
int warn_table_fail(const struct csv_table *table);

#endif
