#include "sim/demand.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geo/hash.h"
#include "sim/table.h"

#define DAY_MS 86400000.0

/* ---- the file ---- */

#define ROWS 10

struct loading {
    struct demand_config *config;
    struct table_row row[ROWS];
    bool hours_given[2];
};

static int take_hours(struct loading *l, char **word, int words, char *why)
{
    int kind = words < 2                         ? -1
               : strcmp(word[1], "mon-fri") == 0 ? 0
               : strcmp(word[1], "sat-sun") == 0 ? 1
                                                 : -1;
    if (kind < 0 || words != 26) {
        snprintf(why, ERRMSG_MAX / 2, "hours needs mon-fri or sat-sun, and 24 numbers");
        return -1;
    }
    for (int hour = 0; hour < 24; hour++)
        if (table_number(word[2 + hour], 0.001, 1000, &l->config->hours[kind][hour], why) < 0)
            return -1;
    l->hours_given[kind] = true;
    return 0;
}

static int take_complaint(struct loading *l, char **word, int words, char *why)
{
    struct demand_config *config = l->config;
    struct demand_complaint *c = &config->complaint[config->complaint_n];

    if (words != 7 || strlen(word[1]) >= DEMAND_CARD_MAX || strlen(word[6]) >= DEMAND_WORDS_MAX ||
        config->complaint_n == DEMAND_COMPLAINTS_MAX) {
        snprintf(why, ERRMSG_MAX / 2,
                 "complaint needs CARD WEIGHT RED_PERCENT AGE_LOW AGE_HIGH WORDS (at most %d rows)",
                 DEMAND_COMPLAINTS_MAX);
        return -1;
    }
    if (table_number(word[2], 0.001, 1e6, &c->weight, why) < 0 ||
        table_number(word[3], 0, 100, &c->red_percent, why) < 0 ||
        table_number(word[4], 0, 120, &c->age_low, why) < 0 ||
        table_number(word[5], c->age_low, 120, &c->age_high, why) < 0)
        return -1;
    memcpy(c->card, word[1], strlen(word[1]) + 1);
    memcpy(c->words, word[6], strlen(word[6]) + 1);
    config->complaint_n++;
    return 0;
}

static int take_line(void *ctx, char **word, int words, char *why)
{
    struct loading *l = ctx;
    if (strcmp(word[0], "hours") == 0)
        return take_hours(l, word, words, why);
    if (strcmp(word[0], "complaint") == 0)
        return take_complaint(l, word, words, why);
    return table_take(l->row, ROWS, word, words, why);
}

int demand_config_load(struct demand_config *config, const char *path,
                       char errmsg[static ERRMSG_MAX])
{
    struct loading l = {config,
                        {{"calls_per_day", &config->calls_per_day, 0.1, 1e6, false},
                         {"patience_s", &config->patience_s, 1, 3600, false},
                         {"talk_s", &config->talk_s, 1, 3600, false},
                         {"silent_percent", &config->silent_percent, 0, 100, false},
                         {"duplicate_percent", &config->duplicate_percent, 0, 100, false},
                         {"repeat_percent", &config->repeat_percent, 0, 100, false},
                         {"no_unit_percent", &config->no_unit_percent, 0, 100, false},
                         {"withheld_percent", &config->withheld_percent, 0, 100, false},
                         {"located_percent", &config->located_percent, 0, 100, false},
                         {"location_m", &config->location_m, 0, 10000, false}},
                        {false, false}};

    memset(config, 0, sizeof(*config));
    if (table_read(path, take_line, &l, errmsg) < 0 ||
        table_complete(l.row, ROWS, path, errmsg) < 0)
        return -1;
    double without_emergency = config->silent_percent + config->duplicate_percent +
                               config->repeat_percent + config->no_unit_percent;
    if (!l.hours_given[0] || !l.hours_given[1] || config->complaint_n == 0 ||
        without_emergency >= 100) {
        snprintf(errmsg, ERRMSG_MAX,
                 "%.200s: needs both hours tables, a complaint, and shares below 100 %% together",
                 path);
        return -1;
    }
    return 0;
}

/* ---- places ---- */

static bool usable(const struct road *road, uint32_t node)
{
    for (uint32_t a = road->first_out[node]; a < road->first_out[node + 1]; a++)
        if (road->arc[a].flags & ROAD_MAIN && road->arc[a].original == a)
            return true;
    return false;
}

/* The crossings of every weighted zone; a crossing in two zones counts in both. */
static int gather_places(struct demand *d, const struct city *city)
{
    size_t cap = 0, n = 0;

    d->first = calloc(city->zone_n + 1, sizeof(*d->first));
    d->weight = calloc(city->zone_n + 1, sizeof(*d->weight));
    d->id = calloc(city->zone_n + 1, sizeof(*d->id));
    if (!d->first || !d->weight || !d->id)
        return -1;
    for (size_t z = 0; z < city->zone_n; z++) {
        size_t start = n;
        for (uint32_t v = 0; city->zone[z].calls_weight > 0 && v < d->road->node_n; v++) {
            if (!city_zone_holds(&city->zone[z], d->road->node[v].at) || !usable(d->road, v))
                continue;
            if (n == cap) {
                cap = cap ? cap * 2 : 4096;
                uint32_t *more = realloc(d->node, cap * sizeof(*more));
                if (!more)
                    return -1;
                d->node = more;
            }
            d->node[n++] = v;
        }
        if (n == start)
            continue;
        d->first[d->zones] = start;
        d->id[d->zones] = city->zone[z].id;
        d->weight[d->zones++] = city->zone[z].calls_weight;
    }
    d->first[d->zones] = n;
    return 0;
}

static struct point off_by(struct dice *dice, struct point p, double deviation_m)
{
    struct plane plane = plane_at(p);
    return plane_point(&plane, dice_normal(dice, 0, deviation_m),
                       dice_normal(dice, 0, deviation_m));
}

static struct point draw_place(struct demand *d)
{
    size_t zone = dice_pick(&d->dice, d->weight, d->zones);
    size_t n = d->first[zone + 1] - d->first[zone];
    uint32_t node = d->node[d->first[zone] + dice_below(&d->dice, (uint32_t)n)];
    return off_by(&d->dice, d->road->node[node].at, 25);
}

/* ---- arrivals ---- */

/* Monday is day 0; 1970-01-01 was a Thursday. */
static double hour_weight(const struct demand *d, int64_t at_ms)
{
    int64_t hour = (at_ms / 1000 + d->utc_offset_s) / 3600;
    int weekday = (int)((hour / 24 + 3) % 7);
    return d->config->hours[weekday >= 5][hour % 24];
}

/* Mean of the table over a week. */
static double mean_weight(const struct demand_config *config)
{
    double sum = 0;
    for (int hour = 0; hour < 24; hour++)
        sum += 5 * config->hours[0][hour] + 2 * config->hours[1][hour];
    return sum / 168;
}

double demand_rate(const struct demand *d, int64_t at_ms)
{
    return d->config->calls_per_day / DAY_MS * hour_weight(d, at_ms) / mean_weight(d->config);
}

static void draw_arrival(struct demand *d)
{
    double at_ms = (double)d->at_ms;
    do {
        at_ms += dice_exponential(&d->dice, 1 / d->rate_max);
    } while (dice_unit(&d->dice) * d->rate_max > demand_rate(d, (int64_t)at_ms));
    d->at_ms = (int64_t)at_ms;
}

int demand_init(struct demand *d, const struct demand_config *config, const struct city *city,
                const struct road *road, uint64_t seed, int64_t start_ms, int utc_offset_s)
{
    double busiest = 0;

    memset(d, 0, sizeof(*d));
    d->config = config;
    d->road = road;
    d->dice = dice_make(seed, "demand");
    d->at_ms = start_ms;
    d->utc_offset_s = utc_offset_s;
    for (int hour = 0; hour < 24; hour++)
        busiest = fmax(busiest, fmax(config->hours[0][hour], config->hours[1][hour]));
    d->rate_max = config->calls_per_day / DAY_MS * busiest / mean_weight(config);
    if (gather_places(d, city) < 0 || d->zones == 0) {
        snprintf(d->errmsg, sizeof(d->errmsg),
                 "no zone with a calls_weight holds a crossing of the road");
        char kept[ERRMSG_MAX];
        memcpy(kept, d->errmsg, sizeof(kept));
        demand_close(d);
        memcpy(d->errmsg, kept, sizeof(kept));
        return -1;
    }
    return 0;
}

void demand_close(struct demand *d)
{
    free(d->node);
    free(d->first);
    free(d->weight);
    free(d->id);
    memset(d, 0, sizeof(*d));
}

/* ---- what the centre may know of it ---- */

static struct point middle_of(const struct demand *d, size_t zone)
{
    int64_t lat_e7 = 0, lon_e7 = 0, n = (int64_t)(d->first[zone + 1] - d->first[zone]);
    struct point middle, best = d->road->node[d->node[d->first[zone]]].at;
    for (size_t i = d->first[zone]; i < d->first[zone + 1]; i++) {
        lat_e7 += d->road->node[d->node[i]].at.lat_e7;
        lon_e7 += d->road->node[d->node[i]].at.lon_e7;
    }
    middle = (struct point){(int32_t)(lat_e7 / n), (int32_t)(lon_e7 / n)};
    for (size_t i = d->first[zone]; i < d->first[zone + 1]; i++) {
        struct point at = d->road->node[d->node[i]].at;
        if (point_dist_m(at, middle) < point_dist_m(best, middle))
            best = at;
    }
    return best;
}

int demand_commands(const struct demand *d, int (*command_cb)(void *ctx, const struct command *c),
                    void *ctx)
{
    const struct demand_config *c = d->config;
    double all = 0, units_percent = 100 - c->silent_percent - c->duplicate_percent -
                                    c->repeat_percent - c->no_unit_percent;
    int err = 0;

    for (size_t z = 0; z < d->zones; z++)
        all += d->weight[z];
    for (size_t z = 0; z < d->zones && err >= 0; z++) {
        struct point at = middle_of(d, z);
        double calls = 7 * c->calls_per_day * units_percent / 100 * d->weight[z] / all;
        struct command command = {.kind = COMMAND_SET_DEMAND};
        command.set_demand = (struct set_demand){.zone = {d->id[z]},
                                                 .lat_e7 = at.lat_e7,
                                                 .lon_e7 = at.lon_e7,
                                                 .calls_a_week = (uint32_t)(calls + 0.5)};
        err = command_cb(ctx, &command);
    }
    return err;
}

/* ---- one call ---- */

static enum demand_sort draw_sort(struct demand *d)
{
    const struct demand_config *c = d->config;
    double at = dice_unit(&d->dice) * 100;

    if ((at -= c->silent_percent) < 0)
        return DEMAND_SILENT;
    if ((at -= c->no_unit_percent) < 0)
        return DEMAND_NO_UNIT;
    if (d->last_emergency.id == 0)
        return DEMAND_EMERGENCY; /* nothing yet that others could call about */
    if ((at -= c->duplicate_percent) < 0)
        return DEMAND_DUPLICATE;
    return (at -= c->repeat_percent) < 0 ? DEMAND_REPEAT : DEMAND_EMERGENCY;
}

static const struct demand_complaint *draw_complaint(struct demand *d)
{
    double weight[DEMAND_COMPLAINTS_MAX];
    for (size_t i = 0; i < d->config->complaint_n; i++)
        weight[i] = d->config->complaint[i].weight;
    return &d->config->complaint[dice_pick(&d->dice, weight, d->config->complaint_n)];
}

static void draw_number(struct demand *d, char number[NUMBER_MAX])
{
    number[0] = 0;
    if (!dice_percent(&d->dice, d->config->withheld_percent))
        snprintf(number, NUMBER_MAX, "1000%07u", dice_below(&d->dice, 10000000));
}

static void draw_location(struct demand *d, struct demand_call *call)
{
    call->located = dice_percent(&d->dice, d->config->located_percent);
    double deviation_m = d->config->location_m * exp(dice_normal(&d->dice, 0, 0.8));
    call->told = off_by(&d->dice, call->at, deviation_m);
    call->uncertainty_m = (uint32_t)(deviation_m * 2) + 5;
}

static void draw_person(struct demand *d, struct demand_call *call)
{
    if (call->sort == DEMAND_SILENT)
        return;
    call->complaint = draw_complaint(d);
    call->age_years =
        (uint32_t)(call->complaint->age_low +
                   dice_unit(&d->dice) * (call->complaint->age_high - call->complaint->age_low));
    call->female = dice_percent(&d->dice, 49) || strcmp(call->complaint->card, "childbirth") == 0;
}

void demand_next(struct demand *d, struct demand_call *call)
{
    draw_arrival(d);
    enum demand_sort sort = draw_sort(d);
    bool again = sort == DEMAND_DUPLICATE || sort == DEMAND_REPEAT;

    *call = (struct demand_call){.truth = dice_u64(&d->dice)};
    if (again)
        *call = d->last_emergency;
    call->same_as = again ? d->last_emergency.id : 0;
    call->id = ++d->last_id;
    call->sort = sort;
    call->at_ms = d->at_ms;
    if (sort != DEMAND_REPEAT)
        draw_number(d, call->number);
    if (!again) {
        call->at = draw_place(d);
        draw_person(d, call);
    }
    draw_location(d, call);
    call->patience_ms = 5000 + (int64_t)dice_exponential(&d->dice, d->config->patience_s * 1000);
    call->talk_ms = 15000 + (int64_t)dice_exponential(&d->dice, d->config->talk_s * 1000);
    if (sort == DEMAND_EMERGENCY)
        d->last_emergency = *call;
}

bool demand_answer_is_red(const struct demand_call *call, uint32_t question_id)
{
    struct dice dice = {hash_bytes(call->truth, &question_id, sizeof(question_id))};
    double percent = call->complaint ? call->complaint->red_percent : 0;
    if (question_id < 100)
        percent /= 6; /* conscious, breathing: rarely the worst */
    return dice_percent(&dice, percent);
}
