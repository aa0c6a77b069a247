/* site: `citysim site`, where stations should stand and how many units each: expected covering on
 * the road network (mexclp.h), by township and for the county, before and after; the judge then
 * plays both with the same calls.
 *
 * Sites: the stations there are (each keeps a unit if it has one), the middle of every township's
 * calls (where its health centre would be), and a grid of other places. Norms:
 * deploy/city/site.conf.
 *
 *   site_plan    finds them                      site_write    the files of --out
 *
 * Owner: the caller; site_close. One thread. Units in names. Errors: -1, errmsg.
 * Start here: site_command. */
#ifndef SIM_SITE_H
#define SIM_SITE_H

#include <stdio.h>

#include "sim/judge_own.h"
#include "sim/judge_stats.h"

struct site_options {
    const char *city, *deploy, *out; /* out: a folder; NULL: only the screen */
    uint32_t add;                    /* stations to open at most */
    uint32_t units;                  /* to place; 0: as many as there are */
    uint64_t seed;                   /* of the calls that are played */
};

enum { SITE_BEFORE, SITE_AFTER, SITE_TIMES };

struct site_place {
    char name[CITY_NAME_MAX];
    struct point at;
    uint32_t units[SITE_TIMES];
    bool is_station; /* already there */
};

/* Of one township, or of the whole county. Shares are of its calls. */
struct site_town {
    const char *name;
    bool urban;
    double calls_day, norm_km;
    double mean_km[SITE_TIMES], far_km[SITE_TIMES];     /* by road to the nearest staffed station;
                                                           within far_km are 95 % */
    double in_radius[SITE_TIMES], in_reach[SITE_TIMES]; /* within the norm; within the target */
    double expected[SITE_TIMES];                        /* within it by a unit that is free */
};

struct site_norms {
    double urban_km, rural_km, candidates, target_s;
    char urban_word[CITY_NAME_MAX];
};

struct site {
    const struct site_options *options;
    struct judge_own own;
    struct judge_city judge[SITE_TIMES];
    struct judge_stats stats[SITE_TIMES];
    struct site_norms norms;
    struct point *spot; /* where calls come from */
    double *calls_day;  /* by spot */
    int32_t *zone_of;   /* by spot: township in own.city.zone, -1: none */
    uint32_t spot_n;
    struct site_place *place;
    uint32_t place_n;
    uint32_t *ms, *dm;      /* [spot * place_n + place] */
    struct site_town *town; /* the last one is the county */
    uint32_t town_n;
    uint32_t opened;
    char errmsg[ERRMSG_MAX];
};

int site_plan(struct site *site, const struct site_options *options);
void site_close(struct site *site);

/* sites.csv, townships.csv, sites.geojson, map.svg. */
int site_write(struct site *site, const char *dir);
/* The same in short, for people. */
void site_say(const struct site *site, FILE *out);

int site_command(const struct site_options *options, char errmsg[static ERRMSG_MAX]);

#endif
