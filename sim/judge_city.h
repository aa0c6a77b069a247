/* judge_city: a city and its calls as the judge sees them, wherever they came from.
 *
 * judge_jemss reads a folder of the JEMSS simulator, judge_elaspy one of ELASPY's cases, judge_own
 * a city of our own. All give the same struct: places joined to a net of ways, stations, hospitals,
 * units, priorities with a target each, which travel mode a priority drives in at which time, whose
 * units may be taken for whom, where calls come from, and the calls themselves with everything
 * chance decides.
 *
 * Owner: the caller; judge_city_close. One thread. Units: ns since the simulation's zero.
 * Numbers count from 0 here, from 1 in files. Errors: -1, "file:line: …" in errmsg.
 * Start here: struct judge_city. */
#ifndef SIM_JUDGE_CITY_H
#define SIM_JUDGE_CITY_H

#include "dispatch/base/os.h"
#include "sim/ways.h"

enum { JUDGE_PRIORITIES = 3, JUDGE_SETS_MAX = 256, JUDGE_NOBODY = -1 };

#define JUDGE_SECOND ((int64_t)1000000000)
#define JUDGE_DAY (86400 * JUDGE_SECOND)

struct judge_place {
    double x, y, off_km; /* off the road, from the node it is joined to */
    uint32_t node;
};

struct judge_call {
    struct judge_place at;
    int64_t arrival_ns, delay_ns, scene_ns, handover_ns;
    uint32_t priority; /* 0: the most urgent */
    bool transport;
    int32_t hospital; /* told beforehand, or JUDGE_NOBODY */
};

/* From start_ns on this row holds. */
struct judge_timing {
    int64_t start_ns;
    uint32_t set;
};

/* Where calls of one raster come from. */
struct judge_cells {
    double *x, *y, *weight;
    uint32_t n;
    double weight_sum;
};

struct judge_city {
    struct ways ways;
    double off_km_ns[WAYS_MODES_MAX]; /* ns a km off the road takes */
    uint32_t mode_of[JUDGE_SETS_MAX][JUDGE_PRIORITIES];
    struct judge_timing *travel; /* by start */
    uint32_t travel_n;
    struct judge_place *station, *hospital;
    uint32_t station_n, hospital_n;
    uint32_t *unit_station; /* by unit */
    uint32_t unit_n;
    int64_t target_ns[JUDGE_PRIORITIES];
    uint32_t travels_as[JUDGE_PRIORITIES]; /* priority whose travel mode a response drives in */
    uint32_t transport_as, return_as;      /* likewise: to a hospital, to a station */
    bool may_take[JUDGE_PRIORITIES][JUDGE_PRIORITIES]; /* from a call of …, for a call of … */

    struct judge_cells *cells; /* by raster */
    uint32_t raster_n;
    uint32_t raster_of[JUDGE_SETS_MAX][JUDGE_PRIORITIES];
    double rate_of[JUDGE_SETS_MAX][JUDGE_PRIORITIES]; /* calls a day */
    struct judge_timing *demand; /* by start */
    uint32_t demand_n;
    int64_t cover_ns[JUDGE_PRIORITIES];

    struct judge_call *call;
    uint32_t call_n;
    int64_t start_ns;
    bool places_checked;  /* judge_check_places; false again with other calls */
    bool snaps_returning; /* ELASPY: a returning unit counts as at the nearest place */
    char errmsg[ERRMSG_MAX];
};

/* Travel mode of a response to this priority, or of a drive "as" this priority. */
uint32_t judge_mode(const struct judge_city *city, uint32_t priority, int64_t now_ns);
uint32_t judge_response_mode(const struct judge_city *city, uint32_t priority, int64_t now_ns);
/* The row of a timing that holds now. */
uint32_t judge_set(const struct judge_timing *timing, uint32_t n, int64_t now_ns);
/* The first set of travel and of demand at all times; -1 out of memory. */
int judge_always(struct judge_city *city);

static inline int64_t judge_off_ns(const struct judge_city *city, uint32_t mode, double km)
{
    return (int64_t)(km * city->off_km_ns[mode] + 0.5);
}

/* Joins a place to the nearest node. */
void judge_join(const struct judge_city *city, struct judge_place *place);

/* Keeps the first n units of the file; beyond them the file's stations are gone through again. */
int judge_set_units(struct judge_city *city, uint32_t n);
/* Other calls out of those of a file: as many days, each a day of the file drawn at random. */
int judge_redraw(struct judge_city *city, const struct judge_call *file, uint32_t n, uint64_t seed);
void judge_city_close(struct judge_city *city);

/* A JEMSS city folder; `demand` only when asked for (move-up needs it). */
int judge_jemss_load(struct judge_city *city, const char *dir, bool demand, const char *cache_dir);
int judge_jemss_calls(struct judge_city *city, const char *path);
bool judge_is_elaspy(const char *dir);
/* One of ELASPY's cases with the base list for so many units. */
int judge_elaspy_load(struct judge_city *city, const char *dir, uint32_t number, uint32_t units);

#endif
