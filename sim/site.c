#include "sim/site.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/mexclp.h"
#include "sim/table.h"

enum { APART_M = 500 }; /* nearer than this two sites are one */

static int fail(struct site *site, const char *why)
{
    snprintf(site->errmsg, sizeof(site->errmsg), "%s", why);
    return -1;
}

/* ---- site.conf ---- */

#define ROWS 4

struct loading {
    struct table_row row[ROWS];
    struct site_norms *norms;
};

static int take_line(void *ctx, char **word, int words, char *why)
{
    struct loading *l = ctx;
    if (strcmp(word[0], "urban_word") == 0 && words == 2) {
        snprintf(l->norms->urban_word, sizeof(l->norms->urban_word), "%s", word[1]);
        return 0;
    }
    return table_take(l->row, ROWS, word, words, why);
}

static int load_norms(struct site *site)
{
    struct site_norms *n = &site->norms;
    struct loading l = {{{"urban_km", &n->urban_km, 0.1, 1000, false},
                         {"rural_km", &n->rural_km, 0.1, 1000, false},
                         {"candidates", &n->candidates, 1, 2000, false},
                         {"target_s", &n->target_s, 60, 36000, false}},
                        n};
    char path[1024];
    snprintf(path, sizeof(path), "%s/city/site.conf", site->options->deploy);
    if (table_read(path, take_line, &l, site->errmsg) < 0 ||
        table_complete(l.row, ROWS, path, site->errmsg) < 0)
        return -1;
    return n->urban_word[0] ? 0 : fail(site, "site.conf: urban_word is missing");
}

/* ---- where calls come from ---- */

static int32_t township_of(const struct city *city, struct point at)
{
    for (size_t z = 0; z < city->zone_n; z++)
        if (city->zone[z].kind == ZONE_KIND_TOWNSHIP && city_zone_holds(&city->zone[z], at))
            return (int32_t)z;
    return -1;
}

static int take_spots(struct site *site)
{
    const struct judge_city *judge = &site->judge[SITE_BEFORE];
    const struct judge_cells *cells = &judge->cells[0];
    double calls_day = 0;
    for (uint32_t p = 0; p < JUDGE_PRIORITIES; p++)
        calls_day += judge->rate_of[0][p];
    site->spot = malloc(cells->n * sizeof(*site->spot));
    site->calls_day = malloc(cells->n * sizeof(*site->calls_day));
    site->zone_of = malloc(cells->n * sizeof(*site->zone_of));
    if (!site->spot || !site->calls_day || !site->zone_of)
        return fail(site, "out of memory");
    for (uint32_t i = 0; i < cells->n; i++) {
        const struct judge_place place = {.x = cells->x[i], .y = cells->y[i]};
        site->spot[i] = judge_own_point(&site->own, &place);
        site->calls_day[i] = calls_day * cells->weight[i] / cells->weight_sum;
        site->zone_of[i] = township_of(&site->own.city, site->spot[i]);
    }
    site->spot_n = cells->n;
    return 0;
}

/* ---- sites ---- */

static void add_place(struct site *site, const char *name, struct point at, bool is_station)
{
    for (uint32_t i = 0; i < site->place_n && !is_station; i++)
        if (point_dist_m(site->place[i].at, at) < APART_M)
            return;
    struct site_place *place = &site->place[site->place_n++];
    *place = (struct site_place){.at = at, .is_station = is_station};
    snprintf(place->name, sizeof(place->name), "%s", name);
}

static void add_stations(struct site *site)
{
    const struct city *city = &site->own.city;
    for (size_t s = 0; s < city->station_n; s++) {
        add_place(site, city->station[s].name, city->station[s].at, true);
        for (size_t u = 0; u < city->unit_n; u++)
            site->place[s].units[SITE_BEFORE] += city->unit[u].station == city->station[s].id;
    }
}

/* The middle of each township's calls. */
static int add_middles(struct site *site)
{
    const struct city *city = &site->own.city;
    struct point *at = malloc(site->spot_n * sizeof(*at));
    double *weight = malloc(site->spot_n * sizeof(*weight));
    int err = at && weight ? 0 : -1;
    for (size_t z = 0; z < city->zone_n && err == 0; z++) {
        uint32_t n = 0;
        for (uint32_t i = 0; i < site->spot_n; i++) {
            if (site->zone_of[i] != (int32_t)z)
                continue;
            at[n] = site->spot[i];
            weight[n++] = site->calls_day[i];
        }
        struct spots middle = {0};
        if (n && (err = spots_make(&middle, at, weight, n, 1, 1e6)) == 0)
            add_place(site, city->zone[z].name, middle.at[0], false);
        spots_close(&middle);
    }
    free(at);
    free(weight);
    return err;
}

static const char *name_of_spot(const struct site *site, struct point at)
{
    int32_t zone = township_of(&site->own.city, at);
    return zone < 0 ? "" : site->own.city.zone[zone].name;
}

static int list_places(struct site *site)
{
    struct spots grid = {0};
    size_t room = site->own.city.station_n + site->own.city.zone_n + (size_t)site->norms.candidates;
    site->place = calloc(room, sizeof(*site->place));
    if (!site->place)
        return fail(site, "out of memory");
    add_stations(site);
    int err = add_middles(site);
    if (err == 0)
        err = spots_make(&grid, site->spot, site->calls_day, site->spot_n,
                         (uint32_t)site->norms.candidates, 1000);
    for (uint32_t i = 0; i < grid.n && err == 0; i++)
        add_place(site, name_of_spot(site, grid.at[i]), grid.at[i], false);
    spots_close(&grid);
    return err < 0 ? fail(site, "out of memory") : 0;
}

static int measure_ways(struct site *site)
{
    struct point *at = malloc(site->place_n * sizeof(*at));
    size_t cells = (size_t)site->place_n * site->spot_n;
    site->ms = malloc(cells * sizeof(*site->ms) + 1);
    site->dm = malloc(cells * sizeof(*site->dm) + 1);
    int err = at && site->ms && site->dm ? 0 : fail(site, "out of memory");
    for (uint32_t i = 0; i < site->place_n && err == 0; i++)
        at[i] = site->place[i].at;
    const struct drive_places from = {at, site->place_n}, to = {site->spot, site->spot_n};
    uint32_t hour = (uint32_t)site->own.rules.hour_of_week;
    if (err == 0 && (drive_times(&site->own.drive, "emergency", hour, from, to, site->ms) < 0 ||
                     drive_lengths(&site->own.drive, "emergency", from, to, site->dm) < 0))
        err = fail(site, site->own.drive.errmsg);
    free(at);
    return err;
}

/* ---- the plan ---- */

static uint32_t reach_ms(const struct site *site)
{
    return (uint32_t)(fmax(site->norms.target_s - site->own.rules.delay_s, 1) * 1000);
}

static bool reaches(const struct site *site, uint32_t place, uint32_t spot)
{
    return site->ms[(size_t)spot * site->place_n + place] <= reach_ms(site);
}

struct lists {
    uint32_t *first, *point, *least;
    uint8_t *is_open;
};

static int make_lists(const struct site *site, struct lists *l)
{
    uint32_t n = 0;
    l->first = malloc(((size_t)site->place_n + 1) * sizeof(*l->first));
    l->point = malloc((size_t)site->place_n * site->spot_n * sizeof(*l->point) + 1);
    l->least = malloc(site->place_n * sizeof(*l->least));
    l->is_open = malloc(site->place_n * sizeof(*l->is_open));
    if (!l->first || !l->point || !l->least || !l->is_open)
        return -1;
    for (uint32_t i = 0; i < site->place_n; i++) {
        l->first[i] = n;
        for (uint32_t j = 0; j < site->spot_n; j++)
            if (reaches(site, i, j))
                l->point[n++] = j;
        l->least[i] = site->place[i].units[SITE_BEFORE] > 0;
        l->is_open[i] = site->place[i].is_station;
    }
    l->first[site->place_n] = n;
    return 0;
}

static int place_units(struct site *site)
{
    struct lists l = {0};
    uint32_t *units = malloc(site->place_n * sizeof(*units)), kept = 0;
    uint32_t unit_n = site->options->units ? site->options->units : (uint32_t)site->own.city.unit_n;
    int err = units ? make_lists(site, &l) : -1;
    for (uint32_t i = 0; i < site->place_n && err == 0; i++)
        kept += l.least[i];
    if (err == 0 && kept > unit_n) {
        free(units);
        units = NULL;
        err = fail(site, "fewer units than stations that have one");
    } else if (err == 0) {
        const struct mexclp problem = {.site_n = site->place_n,
                                       .point_n = site->spot_n,
                                       .weight = site->calls_day,
                                       .first = l.first,
                                       .point = l.point,
                                       .busy = site->stats[SITE_BEFORE].busy,
                                       .unit_n = unit_n,
                                       .open_max = site->options->add,
                                       .least = l.least,
                                       .is_open = l.is_open};
        err = mexclp_solve(&problem, units);
    }
    for (uint32_t i = 0; i < site->place_n && err == 0; i++) {
        site->place[i].units[SITE_AFTER] = units[i];
        site->opened += units[i] > 0 && !site->place[i].is_station;
    }
    free(l.first);
    free(l.point);
    free(l.least);
    free(l.is_open);
    free(units);
    return err < 0 && !site->errmsg[0] ? fail(site, "out of memory") : err;
}

/* ---- by township ---- */

struct far {
    double km, calls;
};

static int by_km(const void *a, const void *b)
{
    double x = ((const struct far *)a)->km, y = ((const struct far *)b)->km;
    return x < y ? -1 : x > y;
}

static double nearest_km(const struct site *site, uint32_t spot, int when)
{
    uint32_t least = DRIVE_NEVER;
    for (uint32_t i = 0; i < site->place_n; i++) {
        uint32_t dm = site->dm[(size_t)spot * site->place_n + i];
        if (site->place[i].units[when] && dm < least)
            least = dm;
    }
    return least / 1e4;
}

static uint32_t units_in_reach(const struct site *site, uint32_t spot, int when)
{
    uint32_t units = 0;
    for (uint32_t i = 0; i < site->place_n; i++)
        if (site->place[i].units[when] && reaches(site, i, spot))
            units += site->place[i].units[when];
    return units;
}

static bool lies_in(const struct site *site, uint32_t spot, int32_t zone)
{
    return zone < 0 || site->zone_of[spot] == zone;
}

static void measure_town(const struct site *site, struct site_town *town, int32_t zone, int when,
                         struct far *far)
{
    double busy = site->stats[SITE_BEFORE].busy, calls = 0, below = 0;
    uint32_t n = 0;
    for (uint32_t j = 0; j < site->spot_n; j++) {
        if (!lies_in(site, j, zone))
            continue;
        uint32_t units = units_in_reach(site, j, when);
        double km = nearest_km(site, j, when), weight = site->calls_day[j];
        int32_t own_zone = site->zone_of[j];
        bool urban =
            own_zone >= 0 && strstr(site->own.city.zone[own_zone].name, site->norms.urban_word);
        calls += weight;
        town->mean_km[when] += weight * km;
        town->in_radius[when] +=
            weight * (km <= (urban ? site->norms.urban_km : site->norms.rural_km));
        town->in_reach[when] += weight * (units > 0);
        town->expected[when] += weight * (1 - pow(busy, units));
        far[n++] = (struct far){km, weight};
    }
    town->calls_day = calls;
    double scale = calls > 0 ? 1 / calls : 0;
    town->mean_km[when] *= scale;
    town->in_radius[when] *= scale;
    town->in_reach[when] *= scale;
    town->expected[when] *= scale;
    qsort(far, n, sizeof(*far), by_km);
    for (uint32_t i = 0; i < n && below < 0.95 * calls; i++) {
        below += far[i].calls;
        town->far_km[when] = far[i].km;
    }
}

static void add_town(struct site *site, const char *name, int32_t zone, struct far *far)
{
    struct site_town *town = &site->town[site->town_n];
    bool urban = zone >= 0 && strstr(name, site->norms.urban_word);
    *town = (struct site_town){.name = name, .urban = urban};
    town->norm_km = zone < 0 ? 0 : urban ? site->norms.urban_km : site->norms.rural_km;
    for (int when = 0; when < SITE_TIMES; when++)
        measure_town(site, town, zone, when, far);
    site->town_n += town->calls_day > 0;
}

static int measure_towns(struct site *site)
{
    const struct city *city = &site->own.city;
    struct far *far = malloc(site->spot_n * sizeof(*far));
    site->town = calloc(city->zone_n + 1, sizeof(*site->town));
    if (!far || !site->town) {
        free(far);
        return fail(site, "out of memory");
    }
    for (size_t z = 0; z < city->zone_n; z++)
        if (city->zone[z].kind == ZONE_KIND_TOWNSHIP)
            add_town(site, city->zone[z].name, (int32_t)z, far);
    add_town(site, "全域 all", -1, far);
    free(far);
    return 0;
}

/* ---- both played by the judge ---- */

static int play(struct site *site, int when)
{
    struct judge_city *city = &site->judge[when];
    struct judge_run run = {.city = city,
                            .policy = &policy_ours,
                            .window_to_ns = INT64_MAX,
                            .busy_fraction = site->stats[SITE_BEFORE].busy};
    if (judge_own_draw(&site->own, city, site->options->seed) < 0)
        return fail(site, city->errmsg);
    run.window_to_ns = (int64_t)(site->own.rules.days * (double)JUDGE_DAY);
    if (run.busy_fraction == 0) { /* before anything is known: the nearest goes */
        run.policy = &policy_closest;
        run.busy_fraction = 0.5;
    }
    int err = judge_run(&run);
    if (err == 0)
        err = judge_stats_make(&site->stats[when], &run);
    if (err < 0)
        fail(site, run.errmsg[0] ? run.errmsg : "out of memory");
    judge_run_close(&run);
    return err;
}

/* The city as planned: opened sites are stations, units stand where they were put. */
static int rebuild(struct site *site)
{
    struct city *city = &site->own.city;
    size_t stations = city->station_n;
    city->unit_n = 0;
    for (uint32_t i = 0; i < site->place_n; i++) {
        const struct site_place *place = &site->place[i];
        uint64_t id = place->is_station ? city->station[i].id : 0;
        if (!place->is_station && place->units[SITE_AFTER]) {
            if (city->station_n == CITY_STATIONS_MAX)
                return fail(site, "more stations than a city takes");
            id = 1000000 + i;
            city->station[city->station_n++] = (struct city_station){.id = id, .at = place->at};
        }
        for (uint32_t u = 0; u < place->units[SITE_AFTER] && city->unit_n < CITY_UNITS_MAX; u++)
            city->unit[city->unit_n++] = (struct city_unit){.station = id};
    }
    int err = judge_own_build(&site->own, &site->judge[SITE_AFTER], NULL);
    city->station_n = stations;
    return err < 0 ? fail(site, site->judge[SITE_AFTER].errmsg) : 0;
}

int site_plan(struct site *site, const struct site_options *options)
{
    *site = (struct site){.options = options};
    if (judge_own_open(&site->own, &site->judge[SITE_BEFORE], options->city, options->deploy,
                       NULL) < 0)
        return fail(site, site->judge[SITE_BEFORE].errmsg);
    if (load_norms(site) < 0 || take_spots(site) < 0 || list_places(site) < 0 ||
        measure_ways(site) < 0)
        return -1;
    if (play(site, SITE_BEFORE) < 0 || play(site, SITE_BEFORE) < 0) /* the first tells how busy */
        return -1;
    if (place_units(site) < 0 || measure_towns(site) < 0 || rebuild(site) < 0)
        return -1;
    return play(site, SITE_AFTER);
}

void site_close(struct site *site)
{
    for (int when = 0; when < SITE_TIMES; when++)
        judge_city_close(&site->judge[when]);
    judge_own_close(&site->own);
    free(site->spot);
    free(site->calls_day);
    free(site->zone_of);
    free(site->place);
    free(site->ms);
    free(site->dm);
    free(site->town);
}

int site_command(const struct site_options *options, char errmsg[static ERRMSG_MAX])
{
    struct site *site = calloc(1, sizeof(*site));
    if (!site) {
        snprintf(errmsg, ERRMSG_MAX, "out of memory");
        return -1;
    }
    int err = site_plan(site, options);
    if (err == 0)
        site_say(site, stdout);
    if (err == 0 && options->out)
        err = site_write(site, options->out);
    if (err < 0)
        snprintf(errmsg, ERRMSG_MAX, "%s", site->errmsg);
    site_close(site);
    free(site);
    return err;
}
