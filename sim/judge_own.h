/* judge_own: a city of our own before the judge: the folder of `citysim make` (city.txt,
 * zones.geojson, road.bin), calls either drawn from demand.conf (Poisson by hour of the week and
 * zone) or taken from a recording (replay_csv.h).
 *
 * Places are put together into spots (spots.h), driving times between all of them come from the
 * contraction hierarchy: mode 0 with siren, mode 1 without (priority 3, to hospital, home). A unit
 * under way counts as at the spot nearest to it.
 * A recording has no grades: every call of it counts as most urgent. Its own bases and units, when
 * it names them, replace those of city.txt; a call without a place, or that nobody reached, is left
 * out and counted.
 *
 * Owner: the caller, of the city too; judge_own_close. One thread. Errors: -1, city->errmsg.
 * Start here: judge_own_open, then judge_own_draw for each seed (drawn calls). */
#ifndef SIM_JUDGE_OWN_H
#define SIM_JUDGE_OWN_H

#include "sim/crew.h"
#include "sim/demand.h"
#include "sim/drive.h"
#include "sim/judge_city.h"
#include "sim/spots.h"

/* deploy/city/judge.conf */
struct judge_rules {
    double days, hour_of_week, delay_s, medium_percent, target_s[JUDGE_PRIORITIES];
    double off_road_kmh, spots_max, cell_m;
};

int judge_rules_load(struct judge_rules *rules, const char *path, char errmsg[static ERRMSG_MAX]);

struct judge_own {
    struct city city;
    struct drive drive;
    struct demand_config demand;
    struct crew_config crew;
    struct judge_rules rules;
    struct plane plane;
    bool is_open;
    uint32_t left_out; /* calls of the recording */
};

bool judge_is_own(const char *dir);

/* recording NULL: calls will be drawn. deploy_dir: speeds.conf, city/…. */
int judge_own_open(struct judge_own *own, struct judge_city *city, const char *dir,
                   const char *deploy_dir, const char *recording);
/* Again, from own->city as it is now. */
int judge_own_build(struct judge_own *own, struct judge_city *city, const char *recording);
/* New calls in place of those that are there. */
int judge_own_draw(const struct judge_own *own, struct judge_city *city, uint64_t seed);
void judge_own_close(struct judge_own *own);

/* A place on the judge's plane, not yet joined, and back. */
struct judge_place judge_own_place(const struct judge_own *own, struct point at);
struct point judge_own_point(const struct judge_own *own, const struct judge_place *place);
/* The calls of a recording; places[i] is where call i is. Bases and units of it replace the city's.
 */
int judge_own_replay(struct judge_own *own, struct judge_city *city, const char *path,
                     struct point **place);

#endif
