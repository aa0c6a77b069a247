/* ctl: what every subcommand of dispatchctl gets, and how it ends.
 *
 * Owner: main.c owns struct ctl; strings are borrowed from argv and the environment. Thread: the
 * only one. Results go to standard output, complaints to standard error. Errors: a subcommand
 * returns an enum ctl_exit and has said why; helpers return 0 or -1, or an exit code, as they say.
 * Start here if you add a subcommand: a row in subcommand.def and the function it names. */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "dispatch/base/config.h"
#include "dispatch/core/types.h"

enum ctl_exit {
    CTL_OK = 0,
    CTL_FAILED = 1,
    CTL_USAGE = 2,
    CTL_REFUSED = 3,
    CTL_UNREACHABLE = 4,
};

enum ctl_option {
#define OPTION(NAME, name, argument, zh, en) OPTION_##NAME,
#include "dispatch/ctl/option.def"
#undef OPTION
    OPTION_KINDS
};

struct option_row {
    const char *name, *argument, *zh, *en;
};
extern const struct option_row option_row[OPTION_KINDS];

struct ctl;

struct subcommand {
    const char *name, *arguments;
    int least, most;  /* arguments; most -1: any number */
    uint64_t options; /* bits 1 << enum ctl_option */
    int (*run)(struct ctl *ctl);
    const char *zh, *en;
};
extern const struct subcommand subcommands[];
extern const size_t subcommand_count;

struct ctl {
    const struct subcommand *subcommand;
    const char *option[OPTION_KINDS]; /* NULL: not given; "" for a flag */
    int argc;                         /* arguments that are no options */
    char **argv;
    struct config config;
};

#define SUBCOMMAND(name, arguments, least, most, options, run, zh, en) int run(struct ctl *ctl);
#include "dispatch/ctl/subcommand.def"
#undef SUBCOMMAND

/* Takes argv apart: subcommand, options, arguments, settings. CTL_OK, or the code to end with;
 * *done says that help was asked for and given. */
int ctl_parse(struct ctl *ctl, int argc, char **argv, bool *done);
void ctl_help(FILE *out, const struct subcommand *subcommand);

/* "dispatchctl: …" on standard error. Returns `code`. */
__attribute__((format(printf, 2, 3))) int ctl_fail(int code, const char *format, ...);

/* The option, or the environment's variable, or NULL. */
const char *ctl_setting(const struct ctl *ctl, enum ctl_option option, const char *variable);

/* A whole number of an option; `value` keeps what it was when the option is not given. 0 or -1,
 * said. */
int ctl_number(const struct ctl *ctl, enum ctl_option option, uint64_t *value);

/* "I12" (or "12") as the id of that letter. 0 or -1, said. */
int ctl_id(const char *text, char letter, uint64_t *id);

const char *ctl_journal_dir(const struct ctl *ctl);

/* Asks on the terminal unless --yes. False: no, or nobody there to ask. */
bool ctl_confirm(const struct ctl *ctl, const char *question);

/* "2026-11-22 08:31:02.123" at the offset of the settings. */
enum { LOCAL_TIME_MAX = 32 };
const char *ctl_local_time(const struct ctl *ctl, int64_t ms, char out[static LOCAL_TIME_MAX]);
/* The other way: "2026-11-22", "2026-11-22T08:31" or with seconds. 0 or -1. */
int ctl_parse_time(const struct ctl *ctl, const char *text, int64_t *ms);
/* 00:00 of the local day that `ms` is in. */
int64_t ctl_midnight_ms(const struct ctl *ctl, int64_t ms);

#endif
