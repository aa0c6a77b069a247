/* outbreak: cases as early warning meets them, ordinary ones by the hundred and hidden among them
 * gas in a building, food poisoning at a school, a pile-up, a slow rise, a heat wave.
 *
 *   outbreaks.conf ─► outbreak_config ─► outbreak_ordinary, outbreak_add ─► cases in time
 *
 * Ordinary cases are the emergencies of demand (sim/demand.h), thinned day by day so that days
 * scatter more than chance; everything from a seed, the same on every machine.
 * Owner: the caller; outbreak_cases_close. One thread. Times ms since 1970 UTC. Errors: -1, errmsg
 * ("file:line: …"). Start here: outbreaks.conf. */
#ifndef SIM_OUTBREAK_H
#define SIM_OUTBREAK_H

#include "sim/demand.h"

enum { OUTBREAK_KINDS_MAX = 16, OUTBREAK_ROWS_MAX = 64, OUTBREAK_WORD_MAX = 48 };

/* What a call is graded as. */
struct outbreak_row {
    char of[OUTBREAK_WORD_MAX]; /* a card, or the outbreak it belongs to */
    char card[OUTBREAK_WORD_MAX], determinant[OUTBREAK_WORD_MAX];
    double grade, weight;
};

struct outbreak_kind {
    char name[OUTBREAK_WORD_MAX], syndrome[OUTBREAK_WORD_MAX];
    bool rises; /* city-wide; else a cluster */
    char place[OUTBREAK_WORD_MAX];
    double radius_m, minutes, cases_low, cases_high, patients_high; /* a cluster */
    double days, ramp_days, percent;                                /* a rise */
};

struct outbreak_config {
    double day_percent;
    struct outbreak_row ordinary[OUTBREAK_ROWS_MAX], of_kind[OUTBREAK_ROWS_MAX];
    size_t ordinary_n, of_kind_n;
    struct outbreak_kind kind[OUTBREAK_KINDS_MAX];
    size_t kind_n;
};

int outbreak_config_load(struct outbreak_config *config, const char *path,
                         char errmsg[static ERRMSG_MAX]);

struct outbreak_case {
    int64_t at_ms;
    struct point at;
    const char *card, *determinant; /* of the configurations */
    uint32_t grade, patients;
    int kind; /* row of the configuration, -1: ordinary */
};

struct outbreak_cases {
    struct outbreak_case *row;
    size_t n, cap;
};

/* Ordinary cases from the demand's time until end_ms, in order. */
int outbreak_ordinary(struct outbreak_cases *cases, const struct outbreak_config *config,
                      struct demand *demand, struct dice *dice, int64_t end_ms);

/* One outbreak beginning at from_ms; in order again. What a rise adds follows what is ordinary in
 * `cases`. A place that the city has none of is an error. */
int outbreak_add(struct outbreak_cases *cases, const struct outbreak_config *config, size_t kind,
                 const struct city *city, struct dice *dice, int64_t from_ms,
                 char errmsg[static ERRMSG_MAX]);
void outbreak_cases_close(struct outbreak_cases *cases);

#endif
