/* Our reverse Dijkstra (geo/field): settled until the eighth unit is known, and asked for all. */
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"
#include "geo/field.h"
#include "tests/bench/scene.h"

static struct field field;
static uint32_t *first_at, *next_at; /* units by the node they stand at; ROAD_NONE ends */

static int make_field(const struct scene *scene)
{
    if (field.road)
        return 0;
    must(field_init(&field, scene->road) == 0);
    first_at = malloc(scene->road->node_n * sizeof(*first_at));
    next_at = malloc(SCENE_UNITS_MAX * sizeof(*next_at));
    must(first_at && next_at);
    return 0;
}

static int stand_units(const struct scene *scene)
{
    memset(first_at, 0xff, scene->road->node_n * sizeof(*first_at));
    for (uint32_t i = scene->unit_n; i-- > 0;) {
        next_at[i] = first_at[scene->unit[i].node];
        first_at[scene->unit[i].node] = i;
    }
    return 0;
}

/* The node at the top of the heap is the next to be settled, and its time is final. */
static size_t field_nearest(const struct scene *scene, uint32_t incident, struct best *out)
{
    size_t n = 0;

    field_open(&field, scene->weights, &scene->incident[incident].to, 1);
    while (n < SCENE_BEST && field.heap_n > 0) {
        uint32_t node = field.heap[0], ms = field.ms[node];
        for (uint32_t unit = first_at[node]; unit != ROAD_NONE && n < SCENE_BEST;
             unit = next_at[unit])
            out[n++] = (struct best){unit, ms};
        field_settle(&field, ROAD_INF, 1);
    }
    return n;
}

static size_t field_nearest_of_all(const struct scene *scene, uint32_t incident, struct best *out)
{
    size_t n = 0;
    uint32_t ms;

    field_open(&field, scene->weights, &scene->incident[incident].to, 1);
    for (uint32_t i = 0; i < scene->unit_n; i++)
        if (field_eta(&field, &scene->unit[i].from, &ms))
            n = best_put(out, n, (struct best){i, ms});
    return n;
}

const struct engine engine_field = {"field, as far as 8", true, make_field, stand_units,
                                    field_nearest};
const struct engine engine_field_all = {"field, every unit's time", true, make_field, NULL,
                                        field_nearest_of_all};
