#include "sim/drive.h"

#include <stdio.h>
#include <stdlib.h>

#include "geo/cch_order.h"
#include "geo/load.h"

enum { FAR_M = 2000, ARCS_RATIO_PERCENT = 1000 };

static int fail(struct drive *d, const char *why)
{
    snprintf(d->errmsg, sizeof(d->errmsg), "%s", why);
    return -1;
}

static int contract(struct drive *d)
{
    char why[CCH_ERRMSG_MAX] = "out of memory";
    uint32_t *order = malloc(((size_t)d->road.node_n + 1) * sizeof(*order));
    bool made = order && cch_order(&d->road, order, NULL, why) &&
                cch_init(&d->cch, &d->road, order, ARCS_RATIO_PERCENT, why) == 0;
    free(order);
    return made ? 0 : fail(d, why);
}

static int prepare(struct drive *d, const char *speeds_path)
{
    if (speeds_load(&d->speeds, speeds_path) < 0)
        return fail(d, d->speeds.errmsg);
    if (contract(d) < 0)
        return -1;
    if (grid_init(&d->grid, &d->road) < 0 || weights_init(&d->weights, &d->road) < 0 ||
        cch_metric_init(&d->metric, &d->cch) < 0)
        return fail(d, "out of memory");
    return 0;
}

int drive_open(struct drive *d, const char *road_path, const char *speeds_path)
{
    char why[ROAD_ERRMSG_MAX];
    *d = (struct drive){0};
    if (road_load(&d->road, road_path, why) < 0)
        return fail(d, why);
    int err = prepare(d, speeds_path);
    if (err < 0) {
        char kept[ERRMSG_MAX];
        snprintf(kept, sizeof(kept), "%s", d->errmsg);
        drive_close(d);
        err = fail(d, kept);
    }
    return err;
}

void drive_close(struct drive *d)
{
    cch_metric_close(&d->metric);
    cch_close(&d->cch);
    weights_close(&d->weights);
    grid_close(&d->grid);
    road_close(&d->road);
    *d = (struct drive){0};
}

static void find_places(const struct drive *d, struct drive_places places, struct cch_place *out)
{
    const struct snap_config config = {.far_m = FAR_M, .heading_kmh_min = 1000};
    for (uint32_t i = 0; i < places.n; i++)
        out[i].snap_n = (uint32_t)grid_place(&d->grid, &config, places.at[i], out[i].snap);
}

static int build(struct drive *d, const char *profile_name, uint32_t hour_of_week)
{
    const struct speed_profile *profile = speeds_profile(&d->speeds, profile_name);
    if (!profile) {
        snprintf(d->errmsg, sizeof(d->errmsg), "the speeds file has no profile \"%.32s\"",
                 profile_name);
        return -1;
    }
    if (weights_build(&d->weights, &d->road, profile, hour_of_week, NULL, 0, 1) < 0)
        return fail(d, d->weights.errmsg);
    return 0;
}

static int ask(struct drive *d, struct drive_places from, struct drive_places to, uint32_t *out)
{
    struct cch_place *a = calloc(from.n + 1, sizeof(*a)), *b = calloc(to.n + 1, sizeof(*b));
    struct cch_table table;
    int err = a && b ? 0 : -1;
    if (err == 0) {
        cch_metric_build(&d->metric, &d->weights);
        find_places(d, from, a);
        find_places(d, to, b);
        err = cch_table_init(&table, &d->metric, a, from.n);
    }
    if (err == 0) {
        cch_table_times(&table, b, to.n, out);
        cch_table_close(&table);
    }
    free(a);
    free(b);
    return err < 0 ? fail(d, "out of memory") : 0;
}

int drive_times(struct drive *d, const char *profile, uint32_t hour_of_week,
                struct drive_places from, struct drive_places to, uint32_t *ms)
{
    return build(d, profile, hour_of_week) < 0 ? -1 : ask(d, from, to, ms);
}

int drive_lengths(struct drive *d, const char *profile, struct drive_places from,
                  struct drive_places to, uint32_t *dm)
{
    if (build(d, profile, 0) < 0)
        return -1;
    for (uint32_t a = 0; a < d->road.arc_n; a++) {
        d->weights.free_ms[a] = d->road.arc[a].length_dm;
        if (d->weights.ms[a] < ROAD_INF)
            d->weights.ms[a] = d->weights.free_ms[a];
    }
    return ask(d, from, to, dm);
}
