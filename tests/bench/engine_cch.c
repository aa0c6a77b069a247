/* Our contraction hierarchy (geo/cch, geo/nearest): the best eight of units in a grid. */
#include <stdlib.h>

#include "dispatch/must.h"
#include "geo/cch_order.h"
#include "geo/nearest.h"
#include "tests/bench/scene.h"

static struct cch cch;
static struct cch_metric metric;
static struct field field;
static struct nearest nearest;

static int make_hierarchy(const struct scene *scene)
{
    char errmsg[CCH_ERRMSG_MAX];
    uint32_t *order = malloc(scene->road->node_n * sizeof(*order));

    must(order && cch_order(scene->road, order, NULL, errmsg));
    must(cch_init(&cch, scene->road, order, 1000, errmsg) == 0);
    free(order);
    must(cch_metric_init(&metric, &cch) == 0 && field_init_cch(&field, &cch) == 0);
    cch_metric_build(&metric, scene->weights);
    return 0;
}

static int stand_units(const struct scene *scene)
{
    if (nearest.cch)
        nearest_close(&nearest);
    must(nearest_init(&nearest, &cch, scene->unit_n) == 0);
    for (uint32_t i = 0; i < scene->unit_n; i++)
        nearest_put(&nearest, i, &scene->unit[i].from, 1);
    return 0;
}

static size_t cch_nearest(const struct scene *scene, uint32_t incident, struct best *out)
{
    struct nearest_found found[SCENE_BEST];
    size_t n;

    field_open_cch(&field, &metric, &scene->incident[incident].to, 1);
    n = nearest_find(&nearest, &field, found, SCENE_BEST, NULL, NULL);
    for (size_t i = 0; i < n; i++)
        out[i] = (struct best){found[i].unit, found[i].ms};
    return n;
}

const struct engine engine_cch = {"hierarchy, best 8", true, make_hierarchy, stand_units,
                                  cch_nearest};
