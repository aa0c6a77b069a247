/* drive: driving times and road distances between many places of a road file (geo/cch), for what
 * plans ahead: the judge's own cities, the sites of stations.
 * Owner: the caller; drive_close. One thread. Units: ms, dm; an hour of the week as in speeds.h.
 * Errors: -1, errmsg. Start here: drive_times. */
#ifndef SIM_DRIVE_H
#define SIM_DRIVE_H

#include "dispatch/base/os.h"
#include "geo/cch_table.h"

#define DRIVE_NEVER ROAD_INF

struct drive {
    struct road road;
    struct grid grid;
    struct speeds speeds;
    struct weights weights;
    struct cch cch;
    struct cch_metric metric;
    char errmsg[ERRMSG_MAX];
};

struct drive_places {
    const struct point *at;
    uint32_t n;
};

/* On failure there is nothing to close. */
int drive_open(struct drive *drive, const char *road_path, const char *speeds_path);
void drive_close(struct drive *drive);

/* ms[j * from.n + i]: from place i to place j as this profile drives at that hour; DRIVE_NEVER:
 * no road leads there, or the place is farther than 2 km off the roads. */
int drive_times(struct drive *drive, const char *profile, uint32_t hour_of_week,
                struct drive_places from, struct drive_places to, uint32_t *ms);
/* The same in dm, by the shortest way it may drive. */
int drive_lengths(struct drive *drive, const char *profile, struct drive_places from,
                  struct drive_places to, uint32_t *dm);

#endif
