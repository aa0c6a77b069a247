#include "dispatch/travel_ways.h"

#include <stdlib.h>
#include <string.h>

#include "dispatch/travel_job.h"
#include "geo/eta.h"

enum { WAY_SCENES_MAX = 256, WAY_HOSPITALS_MAX = 128 };

void travel_ways_init(struct travel_ways *ways)
{
    memset(ways, 0, sizeof(*ways));
    for (int kind = 0; kind < WAY_KIND_COUNT; kind++)
        ways->set[kind].wanted = true; /* what was open before the restart is asked again */
}

static void empty_set(struct way_set *set)
{
    free(set->from);
    free(set->to);
    free(set->drive_s);
    free(set->source);
    *set = (struct way_set){.wanted = set->wanted, .gathered = set->gathered};
}

void travel_ways_close(struct travel_ways *ways)
{
    for (int kind = 0; kind < WAY_KIND_COUNT; kind++)
        empty_set(&ways->set[kind]);
    if (ways->has_field)
        field_close(&ways->field);
}

/* --- what is asked --- */

bool travel_ways_applied(struct travel_ways *ways, const struct record *record)
{
    bool asked = false;
    for (uint32_t i = 0; i < record->fact_count; i++) {
        switch (record->fact[i].kind) {
        case FACT_STEP_REACHED:
        case FACT_INCIDENT_PLACED:
        case FACT_INCIDENT_GRADED:
        case FACT_INCIDENT_REGRADED:
        case FACT_SCENE_GRADED:
        case FACT_VITALS_RECORDED:
        case FACT_HOSPITAL_DEFINED:
        case FACT_HOSPITAL_STATUS_SET:
        case FACT_HOSPITAL_CAPACITY_SET:
        case FACT_MASS_CASUALTY_DECLARED:
            ways->set[WAY_SCENE_HOSPITAL].wanted = asked = true;
            break;
        default:
            break;
        }
    }
    return asked;
}

static struct snap_query standing_at(int32_t lat_e7, int32_t lon_e7)
{
    return (struct snap_query){{lat_e7, lon_e7}, COURSE_UNKNOWN, 0};
}

/* Ends for `max` of each; false without memory. */
static bool make_ends(struct way_set *set, uint32_t from_max, uint32_t to_max)
{
    empty_set(set);
    set->from = calloc(from_max + 1, sizeof(*set->from));
    set->to = calloc(to_max + 1, sizeof(*set->to));
    return set->from && set->to;
}

static void gather_scenes(const struct state *state, struct way_set *set)
{
    EACH (state, INCIDENT, incident, it)
        if (set->from_n < WAY_SCENES_MAX && core_wants_hospital(state, it))
            set->from[set->from_n++] =
                (struct way_end){it->incident.v, standing_at(it->lat_e7, it->lon_e7)};
    EACH (state, HOSPITAL, hospital, it)
        if (set->to_n < WAY_HOSPITALS_MAX)
            set->to[set->to_n++] =
                (struct way_end){it->hospital.v, standing_at(it->lat_e7, it->lon_e7)};
}

static void make_results(struct way_set *set)
{
    size_t n = (size_t)set->from_n * set->to_n;
    set->drive_s = calloc(n + 1, sizeof(*set->drive_s));
    set->source = calloc(n + 1, sizeof(*set->source));
    if (!set->drive_s || !set->source)
        set->from_n = set->to_n = 0;
}

void travel_ways_gather(struct travel *t)
{
    struct way_set *set = &t->ways.set[WAY_SCENE_HOSPITAL];
    set->gathered = set->wanted || set->gathered; /* again, when the job before this one failed */
    set->wanted = false;
    if (set->gathered && make_ends(set, WAY_SCENES_MAX, WAY_HOSPITALS_MAX)) {
        gather_scenes(&t->pipeline->core.state, set);
        make_results(set);
    }
}

/* --- in the worker --- */

/* The field to this place; NULL: it stands off the roads. */
static struct field *field_to(struct travel_job *job, struct travel_ways *ways, struct point at)
{
    const struct travel *t = job->travel;
    struct snap target[2];
    size_t n = t->has_road ? grid_place(&t->grid, &t->snap, at, target) : 0;
    if (n == 0)
        return NULL;
    if (job->metric) {
        field_open_cch(&job->cch_field, &job->metric->metric, target, n);
        return &job->cch_field;
    }
    if (!ways->has_field)
        ways->has_field = field_init(&ways->field, &t->road) == 0;
    if (!ways->has_field)
        return NULL;
    field_open(&ways->field, &job->weights, target, n);
    return &ways->field;
}

struct snapped {
    struct snap snap[TRAVEL_SNAPS];
    size_t n;
};

static void time_one(const struct travel_job *job, struct way_set *set, uint32_t to, uint32_t from,
                     struct field *field, const struct snapped *snapped)
{
    size_t at = (size_t)to * set->from_n + from;
    uint32_t ms;
    if (field && snapped->n) {
        bool reached = field_eta_best(field, snapped->snap, snapped->n, &ms, NULL);
        set->drive_s[at] = reached ? (ms + 999) / 1000 : WAY_NEVER;
        set->source[at] = SOURCE_ROAD;
    } else {
        set->drive_s[at] = crow_eta_s(set->from[from].at.at, set->to[to].at.at,
                                      job->crow_factor_pct, job->crow_speed_kmh);
        set->source[at] = SOURCE_CROW;
    }
}

static void time_set(struct travel_job *job, struct travel_ways *ways, struct way_set *set)
{
    const struct travel *t = job->travel;
    struct snapped *snapped = calloc(set->from_n + 1, sizeof(*snapped));
    if (!snapped) {
        set->from_n = 0;
        return;
    }
    for (uint32_t i = 0; t->has_road && i < set->from_n; i++)
        snapped[i].n =
            (size_t)grid_snap(&t->grid, &t->snap, &set->from[i].at, snapped[i].snap, TRAVEL_SNAPS);
    for (uint32_t to = 0; to < set->to_n && set->from_n; to++) {
        struct field *field = field_to(job, ways, set->to[to].at.at);
        for (uint32_t from = 0; from < set->from_n; from++)
            time_one(job, set, to, from, field, &snapped[from]);
    }
    free(snapped);
}

void travel_ways_time(struct travel_job *job)
{
    struct travel_ways *ways = job->ways;
    for (int kind = 0; kind < WAY_KIND_COUNT; kind++)
        if (ways->set[kind].gathered)
            time_set(job, ways, &ways->set[kind]);
}

/* --- what the core is told --- */

/* The columns of one set, without what no road leads to. */
struct way_columns {
    uint64_t *from, *to;
    uint32_t *drive_s, *source, n;
};

static bool make_columns(struct way_columns *c, const struct way_set *set)
{
    size_t n = (size_t)set->from_n * set->to_n + 1;
    uint64_t *wide = calloc(n, 2 * sizeof(uint64_t) + 2 * sizeof(uint32_t));
    if (!wide)
        return false;
    uint32_t *narrow = (uint32_t *)(wide + 2 * n);
    *c = (struct way_columns){wide, wide + n, narrow, narrow + n, 0};
    for (uint32_t from = 0; from < set->from_n; from++)
        for (uint32_t to = 0; to < set->to_n; to++) {
            size_t at = (size_t)to * set->from_n + from;
            if (set->drive_s[at] == WAY_NEVER)
                continue;
            c->from[c->n] = set->from[from].id;
            c->to[c->n] = set->to[to].id;
            c->drive_s[c->n] = set->drive_s[at];
            c->source[c->n++] = set->source[at];
        }
    return true;
}

static void submit_hospitals(struct travel *t, const struct way_columns *c)
{
    struct command command = {.kind = COMMAND_PROPOSE_HOSPITALS};
    struct propose_hospitals *p = &command.propose_hospitals;
    p->weights_epoch = t->pipeline->core.state.head->weights_epoch;
    p->incident = (struct u64s){c->from, c->n};
    p->hospital = (struct u64s){c->to, c->n};
    p->drive_s = (struct u32s){c->drive_s, c->n};
    p->source = (struct u32s){c->source, c->n};
    pipeline_submit_own(t->pipeline, &command);
}

void travel_ways_submit(struct travel *t)
{
    struct way_set *set = &t->ways.set[WAY_SCENE_HOSPITAL];
    struct way_columns columns;
    if (!set->gathered)
        return;
    set->gathered = false;
    if (set->from_n && set->to_n && make_columns(&columns, set)) {
        submit_hospitals(t, &columns);
        free(columns.from); /* the block */
    }
    empty_set(set);
}
