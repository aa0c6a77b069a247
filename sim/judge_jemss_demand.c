/* Where calls come from and how often: the cells of the population rasters, the rates of the
 * demand modes, and the cover times that move-up counts with. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/judge_jemss.h"

enum { CELLS_MAX = 50000000 };

static int read_cells(struct judge_city *city, struct sheet_csv *csv)
{
    static const char *const names[] = {"x", "y", "weight"};
    struct judge_cells *cells = &city->cells[city->raster_n];
    int column[3], got;
    if (sheet_find(csv, NULL, names, column, 3) < 0)
        return -1;
    while ((got = sheet_row(csv)) > 0) {
        cells->x = jemss_grow(cells->x, cells->n, sizeof(*cells->x));
        cells->y = jemss_grow(cells->y, cells->n, sizeof(*cells->y));
        cells->weight = jemss_grow(cells->weight, cells->n, sizeof(*cells->weight));
        if (!cells->x || !cells->y || !cells->weight || cells->n == CELLS_MAX)
            return sheet_fail(csv, "out of memory");
        if (sheet_number(csv, column[0], -1e9, 1e9, &cells->x[cells->n]) < 0 ||
            sheet_number(csv, column[1], -1e9, 1e9, &cells->y[cells->n]) < 0 ||
            sheet_number(csv, column[2], 0, 1e12, &cells->weight[cells->n]) < 0)
            return -1;
        cells->weight_sum += cells->weight[cells->n++];
    }
    return got == 0 && !(cells->weight_sum > 0) ? sheet_fail(csv, "no cell has a weight") : got;
}

/* Raster 1 is demand_cells, the others demand_cells_2, demand_cells_3 … */
static int read_rasters(struct judge_city *city, const char *dir, uint32_t rasters)
{
    city->cells = calloc(rasters, sizeof(*city->cells));
    if (!city->cells) {
        snprintf(city->errmsg, sizeof(city->errmsg), "out of memory");
        return -1;
    }
    for (uint32_t r = 0; r < rasters; r++) {
        char name[64] = "demand_cells";
        if (r)
            snprintf(name, sizeof(name), "demand_cells_%u", r + 1);
        int err = jemss_read(city, dir, name, false, read_cells);
        city->raster_n = r + 1; /* what was begun is freed */
        if (err < 0)
            return -1;
    }
    return 0;
}

struct demand_mode {
    uint32_t raster, priority;
    double rate;
};

struct demand_modes {
    struct demand_mode mode[JUDGE_SETS_MAX * JUDGE_PRIORITIES];
    uint32_t n;
};

static int read_modes(struct sheet_csv *csv, struct demand_modes *modes, uint32_t rasters)
{
    static const char *const names[] = {"modeIndex", "rasterIndex", "priority", "arrivalRate"};
    int column[4], got;
    if (sheet_find(csv, "demandModes", names, column, 4) < 0)
        return -1;
    for (; (got = sheet_row(csv)) > 0; modes->n++) {
        struct demand_mode *mode = &modes->mode[modes->n];
        if (modes->n == JUDGE_SETS_MAX * JUDGE_PRIORITIES)
            return sheet_fail(csv, "too many demand modes");
        if (jemss_index(csv, column[0], modes->n) < 0 ||
            sheet_count(csv, column[1], 1, rasters, &mode->raster) < 0 ||
            jemss_priority(csv, column[2], &mode->priority) < 0 ||
            sheet_number(csv, column[3], 0, 1e9, &mode->rate) < 0)
            return -1;
        mode->raster--;
    }
    return got;
}

/* "[1; 2; 3]", "[1,2,3]" or "2". */
static int take_set(struct judge_city *city, struct sheet_csv *csv, const char *list, uint32_t set,
                    const struct demand_modes *modes)
{
    uint32_t seen = 0;
    for (const char *at = list + strcspn(list, "0123456789"); *at;
         at += strcspn(at, "0123456789")) {
        char *end;
        unsigned long number = strtoul(at, &end, 10);
        if (number < 1 || number > modes->n)
            return sheet_fail(csv, "there is no demand mode %.20s", at);
        const struct demand_mode *mode = &modes->mode[number - 1];
        if (seen >> mode->priority & 1u)
            return sheet_fail(csv, "set %u has two modes of one priority", set + 1);
        seen |= 1u << mode->priority;
        city->raster_of[set][mode->priority] = mode->raster;
        city->rate_of[set][mode->priority] = mode->rate;
        at = end;
    }
    return seen ? 0 : sheet_fail(csv, "\"%.40s\" names no demand mode", list);
}

static int read_sets(struct judge_city *city, struct sheet_csv *csv,
                     const struct demand_modes *modes, uint32_t *sets)
{
    static const char *const names[] = {"setIndex", "modeIndices"};
    int column[2], got;
    *sets = 0;
    if (sheet_find(csv, "demandSets", names, column, 2) < 0)
        return -1;
    for (; (got = sheet_row(csv)) > 0; ++*sets) {
        if (*sets == JUDGE_SETS_MAX)
            return sheet_fail(csv, "more than %d demand sets", JUDGE_SETS_MAX);
        if (jemss_index(csv, column[0], *sets) < 0 ||
            take_set(city, csv, sheet_text(csv, column[1]), *sets, modes) < 0)
            return -1;
    }
    return got;
}

static int count_rasters(struct sheet_csv *csv, uint32_t *rasters)
{
    static const char *const names[] = {"rasterIndex"};
    int column[1], got;
    *rasters = 0;
    if (sheet_find(csv, "demandRasters", names, column, 1) < 0)
        return -1;
    while ((got = sheet_row(csv)) > 0) {
        if (jemss_index(csv, column[0], *rasters) < 0)
            return -1;
        ++*rasters;
    }
    return got == 0 && *rasters == 0 ? sheet_fail(csv, "there are no rasters") : got;
}

static int read_demand(struct judge_city *city, struct sheet_csv *csv)
{
    struct demand_modes modes = {.n = 0};
    uint32_t rasters, sets;
    if (count_rasters(csv, &rasters) < 0 || read_modes(csv, &modes, rasters) < 0 ||
        read_sets(city, csv, &modes, &sets) < 0)
        return -1;
    city->raster_n = rasters;
    return jemss_timing(csv, "demandSetsTiming", "setIndex", sets, &city->demand, &city->demand_n);
}

static int read_coverage(struct judge_city *city, struct sheet_csv *csv)
{
    static const char *const names[] = {"demandPriority", "coverTime"};
    static const char *const points[] = {"rows", "cols"};
    int column[2], got;
    uint32_t seen = 0;
    if (sheet_find(csv, "coverTimes", names, column, 2) < 0)
        return -1;
    while ((got = sheet_row(csv)) > 0) {
        uint32_t priority;
        double days;
        if (jemss_priority(csv, column[0], &priority) < 0 ||
            sheet_number(csv, column[1], 0, 1e3, &days) < 0)
            return -1;
        city->cover_ns[priority] = jemss_ns(days);
        seen |= 1u << priority;
    }
    if (got < 0 || seen != (1u << JUDGE_PRIORITIES) - 1)
        return got < 0 ? -1 : sheet_fail(csv, "a priority has no cover time");
    if (sheet_find(csv, "demandRasterCellNumPoints", points, column, 2) < 0)
        return -1;
    if ((got = sheet_row(csv)) <= 0)
        return got < 0 ? -1 : sheet_fail(csv, "there is no row");
    double rows, cols;
    if (sheet_number(csv, column[0], 1, 1, &rows) < 0)
        return -1; /* demand_cells are points already */
    return sheet_number(csv, column[1], 1, 1, &cols);
}

int jemss_read_demand(struct judge_city *city, const char *dir)
{
    if (jemss_read(city, dir, "demand_coverage", false, read_coverage) < 0 ||
        jemss_read(city, dir, "demand", false, read_demand) < 0)
        return -1;
    uint32_t rasters = city->raster_n;
    city->raster_n = 0;
    return read_rasters(city, dir, rasters);
}
