/* Coverage in travel's worker: one Dijkstra from all free units at once to everywhere. */
#include <stdio.h>

#include "dispatch/must.h"
#include "dispatch/travel/travel_job.h"

static bool open_field(struct travel_job *job)
{
    const struct road *road = &job->travel->road;
    if (!job->cover_field.road && field_init(&job->cover_field, road) < 0) {
        snprintf(job->errmsg, sizeof(job->errmsg), "no memory for coverage");
        return false;
    }
    field_open_outward(&job->cover_field, &job->weights);
    return true;
}

static void add_units(struct travel_job *job, struct travel_cover *cover)
{
    cover->units = cover->units_lost = 0;
    for (uint32_t u = 0; u < job->unit_count; u++) {
        const struct travel_unit *unit = &job->unit[u];
        const struct travel_place *place = &job->place[u];
        bool known = unit->on_road && place->snap_n;
        if (cover->without && unit->station == cover->without)
            continue;
        cover->units += known;
        cover->units_lost += !known;
        for (uint32_t i = 0; known && i < place->snap_n; i++)
            field_add_source(&job->cover_field, &place->snap[i]);
    }
}

void travel_cover_run(struct travel_job *job)
{
    struct travel_cover *cover = job->cover;
    must(job->travel->has_road);
    if (!travel_job_prepare(job) || !open_field(job))
        return;
    add_units(job, cover);
    for (uint32_t i = 0; i < cover->n; i++) {
        uint32_t ms = field_arc_ms(&job->cover_field, cover->arc[i]);
        cover->eta_s[i] = ms >= ROAD_INF ? TRAVEL_NO_WAY : (ms + 999) / 1000;
    }
}
