#include "sim/outbreak.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/table.h"

#define DAY_MS INT64_C(86400000)

enum { OTHERWISE_GRADE = 3 };

/* ---- the file ---- */

static bool fits(char **word, int from, int to)
{
    for (int i = from; i < to; i++)
        if (strlen(word[i]) >= OUTBREAK_WORD_MAX)
            return false;
    return true;
}

static void copy(char to[OUTBREAK_WORD_MAX], const char *from)
{
    snprintf(to, OUTBREAK_WORD_MAX, "%s", from);
}

static int complain(char *why, const char *what)
{
    snprintf(why, ERRMSG_MAX / 2, "%s", what);
    return -1;
}

static int take_row(struct outbreak_row *rows, size_t *n, char **word, int words, bool of_card,
                    char *why)
{
    struct outbreak_row *row = &rows[*n];
    int at = of_card ? 2 : 3;

    if (words != at + 3 || *n == OUTBREAK_ROWS_MAX || !fits(word, 1, at + 1))
        return complain(why, of_card ? "ordinary needs CARD DETERMINANT GRADE WEIGHT"
                                     : "case needs NAME CARD DETERMINANT GRADE WEIGHT");
    if (table_number(word[at + 1], 1, 5, &row->grade, why) < 0 ||
        table_number(word[at + 2], 0.001, 1e6, &row->weight, why) < 0)
        return -1;
    copy(row->of, word[1]);
    copy(row->card, word[at - 1]);
    copy(row->determinant, word[at]);
    ++*n;
    return 0;
}

static struct outbreak_kind *new_kind(struct outbreak_config *config, char **word)
{
    struct outbreak_kind *kind = &config->kind[config->kind_n];
    if (config->kind_n == OUTBREAK_KINDS_MAX || !fits(word, 1, 4))
        return NULL;
    copy(kind->name, word[1]);
    copy(kind->syndrome, word[2]);
    config->kind_n++;
    return kind;
}

static int take_cluster(struct outbreak_config *config, char **word, int words, char *why)
{
    struct outbreak_kind *kind = words == 9 ? new_kind(config, word) : NULL;
    if (!kind)
        return complain(why, "cluster needs NAME SYNDROME PLACE RADIUS_M MINUTES CASES_LOW "
                             "CASES_HIGH PATIENTS_HIGH");
    copy(kind->place, word[3]);
    return table_number(word[4], 0, 5000, &kind->radius_m, why) < 0 ||
                   table_number(word[5], 1, 10080, &kind->minutes, why) < 0 ||
                   table_number(word[6], 1, 1000, &kind->cases_low, why) < 0 ||
                   table_number(word[7], kind->cases_low, 1000, &kind->cases_high, why) < 0 ||
                   table_number(word[8], 1, 100, &kind->patients_high, why) < 0
               ? -1
               : 0;
}

static int take_rise(struct outbreak_config *config, char **word, int words, char *why)
{
    struct outbreak_kind *kind = words == 6 ? new_kind(config, word) : NULL;
    if (!kind)
        return complain(why, "rise needs NAME SYNDROME DAYS RAMP_DAYS PERCENT");
    kind->rises = true;
    return table_number(word[3], 1, 366, &kind->days, why) < 0 ||
                   table_number(word[4], 0.01, kind->days, &kind->ramp_days, why) < 0 ||
                   table_number(word[5], 1, 10000, &kind->percent, why) < 0
               ? -1
               : 0;
}

static int take_line(void *ctx, char **word, int words, char *why)
{
    struct outbreak_config *config = ctx;
    if (strcmp(word[0], "ordinary") == 0)
        return take_row(config->ordinary, &config->ordinary_n, word, words, true, why);
    if (strcmp(word[0], "case") == 0)
        return take_row(config->of_kind, &config->of_kind_n, word, words, false, why);
    if (strcmp(word[0], "cluster") == 0)
        return take_cluster(config, word, words, why);
    if (strcmp(word[0], "rise") == 0)
        return take_rise(config, word, words, why);
    if (strcmp(word[0], "day_percent") == 0 && words == 2)
        return table_number(word[1], 0, 100, &config->day_percent, why);
    snprintf(why, ERRMSG_MAX / 2, "\"%.40s\" is not known here", word[0]);
    return -1;
}

static bool has_cases(const struct outbreak_config *config, const char *name)
{
    for (size_t i = 0; i < config->of_kind_n; i++)
        if (strcmp(config->of_kind[i].of, name) == 0)
            return true;
    return false;
}

int outbreak_config_load(struct outbreak_config *config, const char *path,
                         char errmsg[static ERRMSG_MAX])
{
    memset(config, 0, sizeof(*config));
    if (table_read(path, take_line, config, errmsg) < 0)
        return -1;
    for (size_t i = 0; i < config->kind_n; i++)
        if (!has_cases(config, config->kind[i].name)) {
            snprintf(errmsg, ERRMSG_MAX, "%.200s: no case row says what \"%s\" is", path,
                     config->kind[i].name);
            return -1;
        }
    return 0;
}

/* ---- cases ---- */

static struct outbreak_case *add(struct outbreak_cases *cases)
{
    if (cases->n == cases->cap) {
        size_t cap = cases->cap ? 2 * cases->cap : 4096;
        struct outbreak_case *more = realloc(cases->row, cap * sizeof(*more));
        if (!more)
            return NULL;
        cases->row = more;
        cases->cap = cap;
    }
    memset(&cases->row[cases->n], 0, sizeof(cases->row[0]));
    return &cases->row[cases->n++];
}

/* A row of these names by weight, or NULL when there is none. */
static const struct outbreak_row *draw_row(const struct outbreak_row *rows, size_t n,
                                           const char *of, struct dice *dice)
{
    double weight[OUTBREAK_ROWS_MAX], sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += weight[i] = strcmp(rows[i].of, of) == 0 ? rows[i].weight : 0;
    return sum > 0 ? &rows[dice_pick(dice, weight, n)] : NULL;
}

static void grade(struct outbreak_case *c, const struct outbreak_row *row, const char *card)
{
    c->card = row ? row->card : card;
    c->determinant = row ? row->determinant : card;
    c->grade = row ? (uint32_t)row->grade : OTHERWISE_GRADE;
    c->patients = 1;
}

/* Demand draws at the mean rate; days are made busier by taking some calls twice, at another
 * moment of the same hour, and quieter by leaving some out. */
static int take_call(struct outbreak_cases *cases, const struct outbreak_config *config,
                     const struct demand_call *call, double share, struct dice *dice)
{
    for (; dice_unit(dice) < share; share -= 1) {
        struct outbreak_case *c = add(cases);
        if (!c)
            return -1;
        const char *card = call->complaint->card;
        grade(c, draw_row(config->ordinary, config->ordinary_n, card, dice), card);
        c->at_ms = call->at_ms;
        c->at = call->at;
        c->kind = -1;
    }
    return 0;
}

static int in_time(const void *a, const void *b)
{
    const struct outbreak_case *left = a, *right = b;
    return (left->at_ms > right->at_ms) - (left->at_ms < right->at_ms);
}

int outbreak_ordinary(struct outbreak_cases *cases, const struct outbreak_config *config,
                      struct demand *demand, struct dice *dice, int64_t end_ms)
{
    struct demand_call call;
    int64_t day = INT64_MIN;
    double share = 1;

    for (demand_next(demand, &call); call.at_ms < end_ms; demand_next(demand, &call)) {
        if (call.at_ms / DAY_MS != day) {
            day = call.at_ms / DAY_MS;
            share = fmax(0, dice_normal(dice, 1, config->day_percent / 100));
        }
        if (call.sort == DEMAND_EMERGENCY && take_call(cases, config, &call, share, dice) < 0)
            return -1;
    }
    return 0;
}

/* ---- outbreaks ---- */

/* Somewhere in the place: where an ordinary case was, or the middle of a zone of that kind. */
static int draw_place(const struct outbreak_cases *cases, const struct outbreak_kind *kind,
                      const struct city *city, struct dice *dice, struct point *place,
                      char errmsg[static ERRMSG_MAX])
{
    const struct city_zone *found[CITY_ZONES_MAX];
    uint32_t n = 0;
    int wanted = kind_find(&zone_kind_table, kind->place);
    if (strcmp(kind->place, "dwelling") == 0 && cases->n > 0) {
        *place = cases->row[dice_below(dice, (uint32_t)cases->n)].at;
        return 0;
    }
    for (size_t z = 0; z < city->zone_n; z++)
        if ((int)city->zone[z].kind == wanted)
            found[n++] = &city->zone[z];
    if (n == 0) {
        snprintf(errmsg, ERRMSG_MAX, "%s: the city has no place \"%s\"", kind->name, kind->place);
        return -1;
    }
    const struct city_zone *zone = found[dice_below(dice, n)];
    int64_t lat = 0, lon = 0;
    for (size_t i = 0; i < zone->ring_n; i++) {
        lat += zone->ring[i].lat_e7;
        lon += zone->ring[i].lon_e7;
    }
    *place = (struct point){(int32_t)(lat / (int64_t)zone->ring_n),
                            (int32_t)(lon / (int64_t)zone->ring_n)};
    return 0;
}

static struct point near(struct dice *dice, struct point place, double radius_m)
{
    struct plane plane = plane_at(place);
    double angle = 2 * 3.14159265358979323846 * dice_unit(dice);
    double far_m = radius_m * sqrt(dice_unit(dice));
    return plane_point(&plane, far_m * cos(angle), far_m * sin(angle));
}

static int add_one(struct outbreak_cases *cases, const struct outbreak_config *config,
                   size_t kind, struct dice *dice, int64_t at_ms, struct point at)
{
    const struct outbreak_kind *k = &config->kind[kind];
    struct outbreak_case *c = add(cases);
    if (!c)
        return -1;
    grade(c, draw_row(config->of_kind, config->of_kind_n, k->name, dice), "");
    if (k->patients_high > 1)
        c->patients = (uint32_t)dice_between(dice, 1, (int)k->patients_high);
    c->at_ms = at_ms;
    c->at = at;
    c->kind = (int)kind;
    return 0;
}

static int add_cluster(struct outbreak_cases *cases, const struct outbreak_config *config,
                       size_t kind, struct point place, struct dice *dice, int64_t from_ms)
{
    const struct outbreak_kind *k = &config->kind[kind];
    int n = dice_between(dice, (int)k->cases_low, (int)k->cases_high);
    for (int i = 0; i < n; i++) {
        double after_ms = i == 0 ? 0 : dice_unit(dice) * k->minutes * 60000;
        if (add_one(cases, config, kind, dice, from_ms + (int64_t)after_ms,
                    near(dice, place, k->radius_m)) < 0)
            return -1;
    }
    return 0;
}

static bool is_like(const struct outbreak_config *config, const char *name,
                    const struct outbreak_case *c)
{
    for (size_t i = 0; i < config->of_kind_n; i++)
        if (strcmp(config->of_kind[i].of, name) == 0 &&
            strcmp(config->of_kind[i].card, c->card) == 0)
            return true;
    return false;
}

/* For every ordinary case of its cards another one, with the probability of that day. */
static int add_rise(struct outbreak_cases *cases, const struct outbreak_config *config,
                    size_t kind, struct dice *dice, int64_t from_ms)
{
    const struct outbreak_kind *k = &config->kind[kind];
    size_t ordinary = cases->n;
    for (size_t i = 0; i < ordinary; i++) {
        struct outbreak_case like = cases->row[i];
        double days = (double)(like.at_ms - from_ms) / (double)DAY_MS;
        if (like.kind >= 0 || days < 0 || days >= k->days || !is_like(config, k->name, &like))
            continue;
        double more = k->percent / 100 * fmin(1, days / k->ramp_days);
        for (; dice_unit(dice) < more; more -= 1)
            if (add_one(cases, config, kind, dice, like.at_ms + dice_between(dice, 0, 3599999),
                        like.at) < 0)
                return -1;
    }
    return 0;
}

int outbreak_add(struct outbreak_cases *cases, const struct outbreak_config *config, size_t kind,
                 const struct city *city, struct dice *dice, int64_t from_ms,
                 char errmsg[static ERRMSG_MAX])
{
    const struct outbreak_kind *k = &config->kind[kind];
    struct point place;
    int rc = 0;
    if (!k->rises && draw_place(cases, k, city, dice, &place, errmsg) < 0)
        return -1;
    rc = k->rises ? add_rise(cases, config, kind, dice, from_ms)
                  : add_cluster(cases, config, kind, place, dice, from_ms);
    if (rc < 0) {
        snprintf(errmsg, ERRMSG_MAX, "out of memory");
        return -1;
    }
    qsort(cases->row, cases->n, sizeof(cases->row[0]), in_time);
    return 0;
}

void outbreak_cases_close(struct outbreak_cases *cases)
{
    free(cases->row);
    memset(cases, 0, sizeof(*cases));
}
