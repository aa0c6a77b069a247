#include "sim/judge_own.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/judge_jemss.h"
#include "sim/table.h"

enum { MODE_SIREN, MODE_QUIET, MODES };
enum { MONDAY_MS = 4 * 86400000 }; /* 1970-01-05 */

static int fail(struct judge_city *city, const char *why)
{
    snprintf(city->errmsg, sizeof(city->errmsg), "%s", why);
    return -1;
}

/* ---- judge.conf ---- */

int judge_rules_load(struct judge_rules *r, const char *path, char errmsg[static ERRMSG_MAX])
{
    struct table_row row[] = {{"days", &r->days, 1, 3650, false},
                              {"hour_of_week", &r->hour_of_week, 0, WEEK_HOURS - 1, false},
                              {"delay_s", &r->delay_s, 0, 3600, false},
                              {"medium_percent", &r->medium_percent, 0, 100, false},
                              {"target_1_s", &r->target_s[0], 60, 36000, false},
                              {"target_2_s", &r->target_s[1], 60, 36000, false},
                              {"target_3_s", &r->target_s[2], 60, 36000, false},
                              {"off_road_kmh", &r->off_road_kmh, 1, 100, false},
                              {"spots_max", &r->spots_max, 10, 4000, false},
                              {"cell_m", &r->cell_m, 10, 10000, false}};
    memset(r, 0, sizeof(*r));
    return table_load(path, row, sizeof(row) / sizeof(row[0]), errmsg);
}

/* ---- places ---- */

bool judge_is_own(const char *dir)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/city.txt", dir);
    return access(path, R_OK) == 0;
}

struct judge_place judge_own_place(const struct judge_own *own, struct point at)
{
    double x_m, y_m;
    plane_xy(&own->plane, at, &x_m, &y_m);
    return (struct judge_place){.x = x_m / 1000, .y = y_m / 1000};
}

static int take_city(const struct judge_own *own, struct judge_city *city)
{
    const struct city *from = &own->city;
    city->station = calloc(from->station_n + 1, sizeof(*city->station));
    city->hospital = calloc(from->hospital_n + 1, sizeof(*city->hospital));
    city->unit_station = calloc(from->unit_n + 1, sizeof(*city->unit_station));
    if (!city->station || !city->hospital || !city->unit_station)
        return fail(city, "out of memory");
    for (size_t s = 0; s < from->station_n; s++)
        city->station[city->station_n++] = judge_own_place(own, from->station[s].at);
    for (size_t h = 0; h < from->hospital_n; h++)
        city->hospital[city->hospital_n++] = judge_own_place(own, from->hospital[h].at);
    for (size_t u = 0; u < from->unit_n; u++)
        for (uint32_t s = 0; s < from->station_n; s++)
            if (from->unit[u].station == from->station[s].id)
                city->unit_station[city->unit_n++] = s;
    if (city->station_n == 0 || city->hospital_n == 0 || city->unit_n == 0)
        return fail(city, "city.txt needs a station, a hospital and a unit at a station");
    return 0;
}

/* ---- driving times ---- */

struct point judge_own_point(const struct judge_own *own, const struct judge_place *place)
{
    return plane_point(&own->plane, place->x * 1000, place->y * 1000);
}

/* Stations and hospitals, then the spots: all of them places of the net. */
static struct point *list_points(const struct judge_own *own, const struct judge_city *city,
                                 const struct spots *spots, uint32_t *n)
{
    struct point *at =
        malloc(((size_t)city->station_n + city->hospital_n + spots->n) * sizeof(*at));
    *n = 0;
    for (uint32_t s = 0; s < city->station_n && at; s++)
        at[(*n)++] = judge_own_point(own, &city->station[s]);
    for (uint32_t h = 0; h < city->hospital_n && at; h++)
        at[(*n)++] = judge_own_point(own, &city->hospital[h]);
    for (uint32_t i = 0; i < spots->n && at; i++)
        at[(*n)++] = spots->at[i];
    return at;
}

/* Places that cannot be driven to from the first station, or from which it cannot be reached, are
 * left out of the net: what lies there counts at the nearest that can. */
static uint32_t list_reached(const uint32_t *const ms[MODES], uint32_t n, uint32_t *kept)
{
    uint32_t kept_n = 0;
    for (uint32_t i = 0; i < n; i++) {
        bool reached = true;
        for (int mode = 0; mode < MODES; mode++)
            reached = reached && ms[mode][(size_t)i * n] < DRIVE_NEVER && ms[mode][i] < DRIVE_NEVER;
        if (reached)
            kept[kept_n++] = i;
    }
    return kept_n;
}

static int fill_net(const struct judge_own *own, struct judge_city *city, const struct point *at,
                    const uint32_t *const ms[MODES], uint32_t n, const uint32_t *kept)
{
    struct ways *w = &city->ways;
    w->x = malloc((w->node_n + 1) * sizeof(*w->x));
    w->y = malloc((w->node_n + 1) * sizeof(*w->y));
    w->access = malloc((w->node_n + 1) * sizeof(*w->access));
    for (int mode = 0; mode < MODES; mode++)
        w->ns[mode] = malloc((size_t)w->node_n * w->node_n * sizeof(*w->ns[mode]) + 1);
    if (!w->x || !w->y || !w->access || !w->ns[MODE_SIREN] || !w->ns[MODE_QUIET])
        return -1;
    for (uint32_t i = 0; i < w->node_n; i++) {
        struct judge_place place = judge_own_place(own, at[kept[i]]);
        w->x[i] = place.x;
        w->y[i] = place.y;
        w->access[i] = true;
        for (uint32_t j = 0; j < w->node_n; j++)
            for (int mode = 0; mode < MODES; mode++) {
                uint32_t way_ms = ms[mode][(size_t)kept[j] * n + kept[i]];
                w->ns[mode][(size_t)i * w->node_n + j] =
                    way_ms < DRIVE_NEVER ? (int64_t)way_ms * 1000000 : WAYS_NEVER;
            }
    }
    return ways_finish(w, NULL);
}

static int make_net(struct judge_own *own, struct judge_city *city, const struct spots *spots)
{
    static const char *const profile[MODES] = {"emergency", "ordinary"};
    uint32_t n, *kept = NULL, *ms[MODES] = {NULL, NULL};
    struct point *at = list_points(own, city, spots, &n);
    int err = at ? 0 : fail(city, "out of memory");
    for (int mode = 0; mode < MODES && err == 0; mode++) {
        const struct drive_places all = {at, n};
        ms[mode] = malloc((size_t)n * n * sizeof(*ms[mode]));
        err = ms[mode] ? drive_times(&own->drive, profile[mode], (uint32_t)own->rules.hour_of_week,
                                     all, all, ms[mode])
                       : fail(city, "out of memory");
        if (err < 0 && ms[mode])
            fail(city, own->drive.errmsg);
    }
    kept = err == 0 ? malloc((size_t)n * sizeof(*kept)) : NULL;
    if (err == 0) {
        const uint32_t *const times[MODES] = {ms[MODE_SIREN], ms[MODE_QUIET]};
        city->ways = (struct ways){.is_table = true, .mode_n = MODES, .x_scale = 1, .y_scale = 1};
        city->ways.node_n = kept ? list_reached(times, n, kept) : 0;
        if (city->ways.node_n == 0)
            err = fail(city, "station 1 lies off the roads, or nowhere can be driven from it");
        else if (fill_net(own, city, at, times, n, kept) < 0)
            err = fail(city, "out of memory");
    }
    free(at);
    free(kept);
    for (int mode = 0; mode < MODES; mode++)
        free(ms[mode]);
    return err;
}

static void set_rules(const struct judge_own *own, struct judge_city *city)
{
    const struct judge_rules *rules = &own->rules;
    city->snaps_returning = true;
    city->transport_as = city->return_as = JUDGE_PRIORITIES - 1;
    for (uint32_t p = 0; p < JUDGE_PRIORITIES; p++) {
        city->mode_of[0][p] = p + 1 < JUDGE_PRIORITIES ? MODE_SIREN : MODE_QUIET;
        city->travels_as[p] = p;
        city->target_ns[p] = llround(rules->target_s[p] * 1e9);
        city->cover_ns[p] = llround(fmax(rules->target_s[p] - rules->delay_s, 1) * 1e9);
        city->may_take[p][0] = p > 0;
    }
    for (int mode = 0; mode < MODES; mode++)
        city->off_km_ns[mode] = 3600e9 / rules->off_road_kmh;
}

/* ---- demand ---- */

/* The spots as cells of one raster, the same for every priority. */
static int take_cells(const struct judge_own *own, struct judge_city *city,
                      const struct spots *spots)
{
    struct judge_cells *cells = calloc(1, sizeof(*cells));
    city->cells = cells;
    city->raster_n = 1;
    if (!cells || !(cells->x = malloc(spots->n * sizeof(*cells->x))) ||
        !(cells->y = malloc(spots->n * sizeof(*cells->y))) ||
        !(cells->weight = malloc(spots->n * sizeof(*cells->weight))))
        return fail(city, "out of memory");
    for (uint32_t i = 0; i < spots->n; i++) {
        struct judge_place place = judge_own_place(own, spots->at[i]);
        cells->x[i] = place.x;
        cells->y[i] = place.y;
        cells->weight[i] = spots->weight[i];
        cells->weight_sum += spots->weight[i];
    }
    cells->n = spots->n;
    return 0;
}

/* What of the calls is red, in the mean over the complaints. */
static double red_share(const struct demand_config *config)
{
    double red = 0, all = 0;
    for (size_t i = 0; i < config->complaint_n; i++) {
        red += config->complaint[i].weight * config->complaint[i].red_percent / 100;
        all += config->complaint[i].weight;
    }
    return red / all;
}

static void set_rates(const struct judge_own *own, struct judge_city *city)
{
    const struct demand_config *d = &own->demand;
    double red = red_share(d), medium = own->rules.medium_percent / 100;
    double units =
        100 - d->silent_percent - d->duplicate_percent - d->repeat_percent - d->no_unit_percent;
    double calls = d->calls_per_day * units / 100;
    city->rate_of[0][0] = calls * red;
    city->rate_of[0][1] = calls * (1 - red) * medium;
    city->rate_of[0][2] = calls * (1 - red) * (1 - medium);
}

/* Crossings of the weighted zones, a zone's weight spread over its own. */
static int demand_spots(struct judge_own *own, struct judge_city *city, struct spots *spots)
{
    struct demand d;
    if (demand_init(&d, &own->demand, &own->city, &own->drive.road, 0, MONDAY_MS, 0) < 0)
        return fail(city, d.errmsg);
    size_t n = d.first[d.zones];
    struct point *at = malloc(n * sizeof(*at));
    double *weight = malloc(n * sizeof(*weight));
    int err = at && weight ? 0 : -1;
    for (size_t z = 0; z < d.zones && err == 0; z++)
        for (size_t i = d.first[z]; i < d.first[z + 1]; i++) {
            at[i] = own->drive.road.node[d.node[i]].at;
            weight[i] = d.weight[z] / (double)(d.first[z + 1] - d.first[z]);
        }
    if (err == 0)
        err = spots_make(spots, at, weight, (uint32_t)n, (uint32_t)own->rules.spots_max,
                         own->rules.cell_m);
    free(at);
    free(weight);
    demand_close(&d);
    return err < 0 ? fail(city, "out of memory") : 0;
}

static uint32_t draw_priority(const struct judge_own *own, struct dice *dice,
                              const struct demand_call *call)
{
    if (dice_percent(dice, call->complaint->red_percent))
        return 0;
    return dice_percent(dice, own->rules.medium_percent) ? 1 : 2;
}

/* Times are spread as the crews of citysim live spread theirs. */
static int64_t draw_ns(struct dice *dice, double mean_s)
{
    return llround(1e9 * mean_s * fmin(fmax(dice_normal(dice, 1, 0.3), 0.3), 2));
}

static struct judge_call draw_call(const struct judge_own *own, struct judge_city *city,
                                   struct dice *dice, const struct demand_call *drawn)
{
    const struct crew_config *crew = &own->crew;
    struct judge_call call = {.at = judge_own_place(own, drawn->at),
                              .arrival_ns = (drawn->at_ms - MONDAY_MS) * 1000000,
                              .delay_ns = llround(own->rules.delay_s * 1e9),
                              .priority = draw_priority(own, dice, drawn),
                              .hospital = JUDGE_NOBODY};
    judge_join(city, &call.at);
    call.scene_ns = draw_ns(dice, crew->to_patient_s) + draw_ns(dice, crew->scene_s);
    call.transport = dice_percent(dice, crew->transport_percent);
    call.handover_ns = draw_ns(dice, crew->handover_s) + draw_ns(dice, crew->restock_s);
    return call;
}

int judge_own_draw(const struct judge_own *own, struct judge_city *city, uint64_t seed)
{
    struct dice dice = dice_make(seed, "judge");
    struct demand d;
    struct demand_call drawn;
    int64_t end_ms = MONDAY_MS + (int64_t)(own->rules.days * 86400000);
    city->call_n = 0;
    city->places_checked = false;
    free(city->call);
    city->call = NULL;
    if (demand_init(&d, &own->demand, &own->city, &own->drive.road, seed, MONDAY_MS, 0) < 0)
        return fail(city, d.errmsg);
    int err = 0;
    for (demand_next(&d, &drawn); drawn.at_ms < end_ms && err == 0; demand_next(&d, &drawn)) {
        if (drawn.sort != DEMAND_EMERGENCY)
            continue;
        city->call = jemss_grow(city->call, city->call_n, sizeof(*city->call));
        if (!city->call)
            err = fail(city, "out of memory");
        else
            city->call[city->call_n++] = draw_call(own, city, &dice, &drawn);
    }
    demand_close(&d);
    return err == 0 && city->call_n == 0 ? fail(city, "not one call was drawn") : err;
}

/* ---- all together ---- */

static int load_files(struct judge_own *own, struct judge_city *city, const char *dir,
                      const char *deploy_dir)
{
    char road[1024], speeds[1024], demand[1024], crew[1024], rules[1024];
    snprintf(road, sizeof(road), "%s/road.bin", dir);
    snprintf(speeds, sizeof(speeds), "%s/speeds.conf", deploy_dir);
    snprintf(demand, sizeof(demand), "%s/city/demand.conf", deploy_dir);
    snprintf(crew, sizeof(crew), "%s/city/crew.conf", deploy_dir);
    snprintf(rules, sizeof(rules), "%s/city/judge.conf", deploy_dir);
    if (city_load(&own->city, dir, city->errmsg) < 0 ||
        demand_config_load(&own->demand, demand, city->errmsg) < 0 ||
        crew_config_load(&own->crew, crew, city->errmsg) < 0 ||
        judge_rules_load(&own->rules, rules, city->errmsg) < 0)
        return -1;
    if (drive_open(&own->drive, road, speeds) < 0)
        return fail(city, own->drive.errmsg);
    own->is_open = true;
    own->plane = road_plane(&own->drive.road);
    return 0;
}

static int recorded_spots(struct judge_own *own, struct judge_city *city, const char *recording,
                          struct spots *spots)
{
    struct point *place = NULL;
    int err = judge_own_replay(own, city, recording, &place);
    for (uint32_t p = 0; p < JUDGE_PRIORITIES; p++)
        city->rate_of[0][p] = p == 0; /* all are of priority 1 */
    if (err == 0 && spots_make(spots, place, NULL, city->call_n, (uint32_t)own->rules.spots_max,
                               own->rules.cell_m) < 0)
        err = fail(city, "out of memory");
    free(place);
    return err;
}

static void join_all(struct judge_city *city)
{
    for (uint32_t s = 0; s < city->station_n; s++)
        judge_join(city, &city->station[s]);
    for (uint32_t h = 0; h < city->hospital_n; h++)
        judge_join(city, &city->hospital[h]);
    for (uint32_t c = 0; c < city->call_n; c++)
        judge_join(city, &city->call[c].at);
}

int judge_own_build(struct judge_own *own, struct judge_city *city, const char *recording)
{
    struct spots spots = {0};
    *city = (struct judge_city){0};
    int err = judge_always(city) < 0 ? fail(city, "out of memory") : take_city(own, city);
    if (err == 0) {
        set_rules(own, city);
        set_rates(own, city);
        err = recording ? recorded_spots(own, city, recording, &spots)
                        : demand_spots(own, city, &spots);
    }
    if (err == 0)
        err = make_net(own, city, &spots);
    if (err == 0)
        err = take_cells(own, city, &spots);
    if (err == 0)
        join_all(city);
    spots_close(&spots);
    return err;
}

int judge_own_open(struct judge_own *own, struct judge_city *city, const char *dir,
                   const char *deploy_dir, const char *recording)
{
    *own = (struct judge_own){0};
    *city = (struct judge_city){0};
    int err = load_files(own, city, dir, deploy_dir);
    return err == 0 ? judge_own_build(own, city, recording) : err;
}

void judge_own_close(struct judge_own *own)
{
    if (own->is_open)
        drive_close(&own->drive);
    own->is_open = false;
}
