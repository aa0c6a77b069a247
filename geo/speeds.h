/* speeds: how fast which vehicle drives on which class of road at which hour, from a data file.
 * The caller owns the struct; after speeds_load it is read-only, any thread. km/h and percent;
 * an hour of the week is 0 (Monday 00:00-00:59, local time) to 167. The file's form is described
 * in its own first lines (deploy/speeds.conf); every complaint names file and line. */
#ifndef GEO_SPEEDS_H
#define GEO_SPEEDS_H

#include "geo/road.h"

#define SPEED_PROFILES_MAX 8
#define WEEK_HOURS 168

struct speed_profile {
    char name[32];
    uint32_t posted_percent; /* of the posted limit that is driven at most; 0: limits not used */
    uint32_t barrier_s;      /* to pass a gate */
    bool emergency;          /* may use ROAD_EMERGENCY arcs */
    bool any_turn;           /* need not mind forbidden turns */
    uint16_t kmh[ROAD_CLASSES];
    uint8_t percent[ROAD_CLASSES][WEEK_HOURS]; /* of kmh at that hour */
};

struct speeds {
    struct speed_profile profile[SPEED_PROFILES_MAX];
    uint32_t profile_n;
    char source[ROAD_TEXT_MAX]; /* where the figures come from */
    char errmsg[320];
};

/* -1 and errmsg: every profile must name every class and the file its source. */
int speeds_load(struct speeds *speeds, const char *path);
/* NULL when there is none of that name. */
const struct speed_profile *speeds_profile(const struct speeds *speeds, const char *name);

/* The first hour of the week at which everything is as fast as at this one: hours of one class have
 * the same weights. */
uint32_t speeds_hour_class(const struct speed_profile *profile, uint32_t hour_of_week);

#endif
