/* Coverage in travel's worker: one Dijkstra from all free units at once to everywhere, which no
 * hierarchy does; and a field of each place whose nearest units are asked for, which only a
 * hierarchy answers soon enough for the next offer. */
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

static bool is_left_out(const struct travel_cover *cover, const struct travel_unit *unit)
{
    return cover->without && unit->station == cover->without;
}

static bool is_known(const struct travel_job *job, uint32_t u)
{
    return job->unit[u].on_road && job->place[u].snap_n;
}

static void add_units(struct travel_job *job, struct travel_cover *cover)
{
    cover->units = cover->units_lost = 0;
    for (uint32_t u = 0; u < job->unit_count; u++) {
        const struct travel_place *place = &job->place[u];
        bool known = is_known(job, u);
        if (is_left_out(cover, &job->unit[u]))
            continue;
        cover->units += known;
        cover->units_lost += !known;
        for (uint32_t i = 0; known && i < place->snap_n; i++)
            field_add_source(&job->cover_field, &place->snap[i]);
    }
}

/* Among the soonest so far, which are in order. */
static void put_in(uint32_t *eta_s, uint32_t each, uint32_t own_s)
{
    for (uint32_t i = 0; i < each; i++)
        if (own_s < eta_s[i]) {
            uint32_t later_s = eta_s[i];
            eta_s[i] = own_s;
            own_s = later_s;
        }
}

static void near_one(struct travel_job *job, const struct travel_cover *cover, struct point at,
                     uint32_t *eta_s)
{
    const struct travel *t = job->travel;
    struct snap to[2];
    size_t n = grid_place(&t->grid, &t->snap, at, to);
    uint32_t ms;
    for (uint32_t i = 0; i < cover->near.each; i++)
        eta_s[i] = TRAVEL_NO_WAY;
    if (n == 0)
        return;
    field_open_cch(&job->cch_field, &job->metric->metric, to, n);
    for (uint32_t u = 0; u < job->unit_count; u++)
        if (!is_left_out(cover, &job->unit[u]) && is_known(job, u) &&
            field_eta_best(&job->cch_field, job->place[u].snap, job->place[u].snap_n, &ms, NULL))
            put_in(eta_s, cover->near.each, (ms + 999) / 1000);
}

static void find_near(struct travel_job *job, struct travel_cover *cover)
{
    struct travel_near *near = &cover->near;
    near->known = job->metric != NULL;
    for (uint32_t i = 0; near->known && i < near->n; i++)
        near_one(job, cover, near->at[i], &near->eta_s[(size_t)i * near->each]);
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
    }    find_near(job, cover);
}
