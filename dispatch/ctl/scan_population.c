#include "dispatch/ctl/scan_population.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/ctl/ctl.h"
#include "dispatch/ctl/warn_option.h"

enum { COVARIATES_MAX = 8, COUNTS_MAX = 64 };

/* The two files, what they share, and the weight of each count year in the study's time. */
struct census {
    struct csv_table people, *cases;
    int place, year, population, case_count, case_year;
    int in_people[COVARIATES_MAX], in_cases[COVARIATES_MAX];
    int covariates;
    double counted[COUNTS_MAX], weight[COUNTS_MAX]; /* years, sorted, and days of weight */
    uint32_t counts;
    double from, to; /* days of the study since year 0 */
};

static double day_of(double year, bool july)
{
    double y = year - 1;
    bool leap = fmod(year, 4) == 0 && (fmod(year, 100) != 0 || fmod(year, 400) == 0);
    return 365 * y + floor(y / 4) - floor(y / 100) + floor(y / 400) + (july ? 181 + leap : 0);
}

static int find_columns(struct census *c)
{
    static const char *const own[] = {"place", "slot", "cases", "year", "population",
                                      "x",     "y",    "lon",   "lat"};
    c->place = csv_table_column(&c->people, "place");
    c->year = c->place < 0 ? -1 : csv_table_column(&c->people, "year");
    c->population = c->year < 0 ? -1 : csv_table_column(&c->people, "population");
    if (c->population < 0)
        return warn_table_fail(&c->people);
    c->case_count = csv_table_column(c->cases, "cases");
    c->case_year = c->case_count < 0 ? -1 : csv_table_column(c->cases, "year");
    if (c->case_year < 0)
        return warn_table_fail(c->cases);
    for (uint32_t i = 0; i < c->people.columns && c->covariates < COVARIATES_MAX; i++) {
        bool shared = csv_table_find(c->cases, c->people.name[i]) >= 0;
        for (size_t j = 0; j < sizeof own / sizeof own[0]; j++)
            shared &= strcmp(c->people.name[i], own[j]) != 0;
        if (!shared)
            continue;
        c->in_people[c->covariates] = (int)i;
        c->in_cases[c->covariates++] = csv_table_find(c->cases, c->people.name[i]);
    }
    return CTL_OK;
}

static int add_year(struct census *c, uint32_t row)
{
    double year;
    uint32_t at = 0;
    if (csv_table_number(&c->people, row, c->year, &year) < 0)
        return warn_table_fail(&c->people);
    while (at < c->counts && c->counted[at] < year)
        at++;
    if (at < c->counts && c->counted[at] == year)
        return CTL_OK;
    if (c->counts == COUNTS_MAX)
        return ctl_fail(CTL_FAILED, "%s: more than %d years", c->people.path, COUNTS_MAX);
    memmove(c->counted + at + 1, c->counted + at, (c->counts++ - at) * sizeof *c->counted);
    c->counted[at] = year;
    return CTL_OK;
}

/* The days of the study that a count stands for: half of each stretch beside it. */
static void weigh(struct census *c)
{
    for (uint32_t i = 0; i < c->counts; i++) {
        double at = day_of(c->counted[i], true);
        double before = i ? day_of(c->counted[i - 1], true) : at;
        double after = i + 1 < c->counts ? day_of(c->counted[i + 1], true) : at;
        c->weight[i] = (at - before) / 2 + (after - at) / 2;
        if (i == 0)
            c->weight[i] += fmax(0, at - c->from);
        if (i + 1 == c->counts)
            c->weight[i] += fmax(0, c->to - at);
    }
}

static int find_study(struct census *c)
{
    double year, first = INFINITY, last = -INFINITY;
    for (uint32_t row = 0; row < c->cases->rows; row++) {
        if (csv_table_number(c->cases, row, c->case_year, &year) < 0)
            return warn_table_fail(c->cases);
        first = fmin(first, year);
        last = fmax(last, year);
    }
    c->from = day_of(first, false);
    c->to = day_of(last + 1, false);
    weigh(c);
    return CTL_OK;
}

static bool same_stratum(const struct census *c, uint32_t person, char **other, const int *column)
{
    for (int i = 0; i < c->covariates; i++)
        if (strcmp(c->people.cell[person][c->in_people[i]], other[column[i]]) != 0)
            return false;
    return true;
}

/* Person-time of one line of the people; 0 for a line whose number is wrong, said before. */
static double time_of(struct census *c, uint32_t row)
{
    double year, population;
    if (csv_table_number(&c->people, row, c->year, &year) < 0 ||
        csv_table_number(&c->people, row, c->population, &population) < 0)
        return -1;
    for (uint32_t i = 0; i < c->counts; i++)
        if (c->counted[i] == year)
            return population * c->weight[i];
    return 0;
}

static int share_out(struct census *c, struct scan_numbers *n, double *time, const int *place)
{
    for (uint32_t row = 0; row < c->people.rows; row++) {
        double cases = 0, all = 0, one;
        bool done = false;
        for (uint32_t i = 0; i < row && !done; i++)
            done = same_stratum(c, i, c->people.cell[row], c->in_people);
        if (done)
            continue;
        for (uint32_t i = 0; i < c->cases->rows; i++)
            if (same_stratum(c, row, c->cases->cell[i], c->in_cases)) {
                if (csv_table_number(c->cases, i, c->case_count, &one) < 0)
                    return warn_table_fail(c->cases);
                cases += one;
            }
        for (uint32_t i = row; i < c->people.rows; i++)
            if (same_stratum(c, i, c->people.cell[row], c->in_people))
                all += time[i];
        for (uint32_t i = row; i < c->people.rows && all > 0; i++)
            if (same_stratum(c, i, c->people.cell[row], c->in_people))
                n->expected[place[i]] += cases * time[i] / all;
    }
    return CTL_OK;
}

static int expect(struct census *c, struct scan_numbers *n)
{
    double *time = calloc(c->people.rows + 1, sizeof *time);
    int *place = calloc(c->people.rows + 1, sizeof *place), code = CTL_OK;
    if (!time || !place)
        code = ctl_fail(CTL_FAILED, "out of memory");
    for (uint32_t row = 0; code == CTL_OK && row < c->people.rows; row++) {
        const char *name = c->people.cell[row][c->place];
        uint32_t at = 0;
        while (at < n->places && strcmp(n->name[at], name) != 0)
            at++;
        place[row] = (int)at;
        if (at == n->places)
            code = ctl_fail(CTL_FAILED, "%s:%u: no such place: %s", c->people.path, row + 2, name);
        else if ((time[row] = time_of(c, row)) < 0)
            code = warn_table_fail(&c->people);
    }
    if (code == CTL_OK)
        code = share_out(c, n, time, place);
    free(time);
    free(place);
    return code;
}

int scan_population_expect(struct scan_numbers *n, struct csv_table *cases, const char *path)
{
    struct census c = {.cases = cases};
    if (n->slots != 1)
        return ctl_fail(CTL_USAGE, "population= is for scans without time: no column slot");
    int code = csv_table_read(&c.people, path) < 0 ? warn_table_fail(&c.people) : find_columns(&c);
    for (uint32_t row = 0; code == CTL_OK && row < c.people.rows; row++)
        code = add_year(&c, row);
    if (code == CTL_OK)
        code = find_study(&c);
    if (code == CTL_OK)
        code = expect(&c, n);
    csv_table_close(&c.people);
    return code;
}
