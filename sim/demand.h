/* demand: who calls 120, when, from where and with what, drawn from a seed.
 * Arrivals are Poisson by hour of the week (thinning); places are crossings of the road within the
 * zones that have a calls_weight, so that every place can be driven to, with the caller some metres
 * off. The truth of a call (what it is, whether a unit is needed, which answers worry) is in struct
 * demand_call; what the centre may know of it is what the caller says.
 * No caller is real: numbers begin with 1000, which no telephone has.
 *
 * Owner: the caller; demand_close. One thread. Units in names; times ms since 1970 UTC.
 * Errors: negative, errmsg "file:line: …". Start here: deploy/city/demand.conf. */
#ifndef SIM_DEMAND_H
#define SIM_DEMAND_H

#include "dispatch/core/schema.h"
#include "sim/city.h"
#include "sim/dice.h"

enum { DEMAND_COMPLAINTS_MAX = 40, DEMAND_CARD_MAX = 32, DEMAND_WORDS_MAX = 64, NUMBER_MAX = 16 };

struct demand_complaint {
    char card[DEMAND_CARD_MAX], words[DEMAND_WORDS_MAX];
    double weight, red_percent, age_low, age_high;
};

struct demand_config {
    double calls_per_day, patience_s, talk_s;
    double silent_percent, duplicate_percent, repeat_percent, no_unit_percent;
    double withheld_percent, located_percent, location_m;
    double hours[2][24]; /* Monday to Friday, Saturday and Sunday */
    struct demand_complaint complaint[DEMAND_COMPLAINTS_MAX];
    size_t complaint_n;
};

int demand_config_load(struct demand_config *config, const char *path,
                       char errmsg[static ERRMSG_MAX]);

/* What a call is in truth. */
enum demand_sort {
    DEMAND_EMERGENCY, /* needs a unit */
    DEMAND_NO_UNIT,   /* a talk that ends without one */
    DEMAND_SILENT,
    DEMAND_DUPLICATE, /* another caller, the same event as the emergency before */
    DEMAND_REPEAT,    /* the same caller again */
};

struct demand_call {
    uint64_t id; /* 1, 2, … of this demand */
    enum demand_sort sort;
    uint64_t same_as; /* id of the first call of a duplicate or repeat */
    int64_t at_ms;
    char number[NUMBER_MAX]; /* "" when withheld */
    struct point at;         /* where help is needed */
    bool located;
    struct point told; /* where the network says the caller is */
    uint32_t uncertainty_m;
    const struct demand_complaint *complaint; /* NULL when silent */
    uint32_t age_years;
    bool female;
    int64_t patience_ms, talk_ms;
    uint64_t truth; /* seed of the answers */
};

struct demand {
    const struct demand_config *config;
    const struct road *road;
    struct dice dice;
    uint32_t *node; /* crossings, zone after zone */
    size_t *first;  /* by zone, into node */
    double *weight; /* by zone */
    uint64_t *id;   /* by zone, of the city */
    size_t zones;
    double rate_max; /* calls per ms in the busiest hour */
    int64_t at_ms;   /* of the last call */
    uint64_t last_id;
    struct demand_call last_emergency;
    int utc_offset_s;
    char errmsg[ERRMSG_MAX];
};

/* Calls after start_ms. Requires: config and road live as long. A city whose weighted zones hold no
 * crossing is an error. utc_offset_s: local time of the hours' table. */
int demand_init(struct demand *demand, const struct demand_config *config, const struct city *city,
                const struct road *road, uint64_t seed, int64_t start_ms, int utc_offset_s);
/* A set_demand for every zone: its calls of a week that need a unit, at that crossing of it that
 * lies nearest to the middle of them all. */
int demand_commands(const struct demand *demand,
                    int (*command_cb)(void *ctx, const struct command *c), void *ctx);
void demand_next(struct demand *demand, struct demand_call *call);
void demand_close(struct demand *demand);

/* The caller's true answer to one question: the worrying one or not, always the same. */
bool demand_answer_is_red(const struct demand_call *call, uint32_t question_id);
/* Calls per ms at that time. */
double demand_rate(const struct demand *demand, int64_t at_ms);

#endif
