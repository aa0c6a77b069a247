/* judge: `citysim judge`, one city and its calls served by one policy or by several, and what came
 * of it: a line a call, a summary, a report. See usage in main.c.
 * One thread. Errors: negative, errmsg. Start here: judge_command. */
#ifndef SIM_JUDGE_H
#define SIM_JUDGE_H

#include "dispatch/base/os.h"

enum { JUDGE_SEEDS_MAX = 100 };

struct judge_options {
    const char *city, *calls; /* calls NULL: drawn (a city of our own) */
    const char *deploy;       /* folder of speeds.conf and city/, for a city of our own */
    const char *policy;       /* one of judge_policies() */
    const char *out;          /* a line a call; NULL: none */
    const char *summary;      /* CSV; NULL: none */
    const char *report;       /* a page with plots, every policy beside the others; NULL: none */
    const char *cache;        /* folder of road times kept between runs; NULL: none */
    uint64_t seed;            /* of the first draw; a file of calls is its own first */
    uint32_t seeds;           /* how many draws; 0 counts as 1 */
    uint32_t units;           /* 0: as in the city */
    uint32_t elaspy_case;     /* which of ELASPY's cases */
    double busy;              /* q of move-up; 0: measured by closest_redisp on the same calls */
    double from_day, to_day;  /* statistics; to_day 0: the last whole day */
    bool no_divert;
};

/* Runs, writes, prints the summary and the speed. */
int judge_command(const struct judge_options *options, char errmsg[static ERRMSG_MAX]);
const char *judge_policies(void); /* "closest|closest_redisp|…" */

#endif
