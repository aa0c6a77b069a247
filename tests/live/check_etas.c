/* check_etas CONFIG: every travel time by road that a journal's recommendations tell equals what a
 * plain forward Dijkstra finds on the same road file, from the position the fact says it used.
 * Nothing of geo/field is used; weights are built again for the hour and must have the hash that
 * the journal activated. Exit 0 when all are equal and there are some, 1 otherwise. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/line/fold.h"
#include "dispatch/line/pipeline.h"
#include "geo/grid.h"
#include "geo/load.h"
#include "geo/weights.h"

#define FAR UINT32_MAX

struct checking {
    struct fold fold;
    struct core core;
    struct road road;
    struct grid grid;
    struct speeds speeds;
    struct weights weights;
    struct snap_config snap;
    uint32_t *ms;  /* by node */
    uint32_t *heap, heap_n, *place; /* binary heap of nodes by ms */
    uint32_t offset_min;
    uint64_t rows, differing, offers, unknown_weights;
    bool has_weights;
};

/* --- a textbook Dijkstra, forward, with a binary heap --- */

static void swap(struct checking *c, uint32_t a, uint32_t b)
{
    uint32_t node = c->heap[a];
    c->heap[a] = c->heap[b];
    c->heap[b] = node;
    c->place[c->heap[a]] = a;
    c->place[c->heap[b]] = b;
}

static void rise(struct checking *c, uint32_t at)
{
    while (at > 0 && c->ms[c->heap[at]] < c->ms[c->heap[(at - 1) / 2]]) {
        swap(c, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

static void sink(struct checking *c, uint32_t at)
{
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= c->heap_n)
            return;
        if (child + 1 < c->heap_n && c->ms[c->heap[child + 1]] < c->ms[c->heap[child]])
            child++;
        if (c->ms[c->heap[at]] <= c->ms[c->heap[child]])
            return;
        swap(c, at, child);
        at = child;
    }
}

static void offer(struct checking *c, uint32_t node, uint32_t ms)
{
    if (ms >= c->ms[node])
        return;
    if (c->ms[node] == FAR) {
        c->place[node] = c->heap_n;
        c->heap[c->heap_n++] = node;
    }
    c->ms[node] = ms;
    rise(c, c->place[node]);
}

static void settle_all(struct checking *c)
{
    while (c->heap_n) {
        uint32_t node = c->heap[0];
        swap(c, 0, --c->heap_n);
        sink(c, 0);
        for (uint32_t arc = c->road.first_out[node]; arc < c->road.first_out[node + 1]; arc++)
            if (c->weights.ms[arc] < ROAD_INF)
                offer(c, c->road.arc[arc].head, c->ms[node] + c->weights.ms[arc]);
    }
}

/* From the unit's place on its arc to every node. */
static void drive_from(struct checking *c, const struct snap *from)
{
    const struct road_arc *arc = &c->road.arc[from->arc];
    memset(c->ms, 0xff, c->road.node_n * sizeof(*c->ms));
    c->heap_n = 0;
    offer(c, arc->head,
          weights_part_ms(&c->weights, &c->road, from->arc, arc->length_dm - from->along_dm));
    settle_all(c);
}

/* And to the incident's place on its own, once that is known. */
static uint32_t drive_ms(const struct checking *c, const struct snap *from, const struct snap *to)
{
    const struct road *road = &c->road;
    uint32_t best = FAR;
    uint32_t last = weights_part_ms(&c->weights, road, to->arc, to->along_dm);
    for (uint32_t arc = to->arc; arc != ROAD_NONE; arc = road->arc[arc].next_copy) {
        uint32_t tail_ms = c->ms[road->arc[arc].tail];
        bool banned = road->arc[arc].flags & ROAD_BANNED && !c->weights.any_turn;
        if (!banned && tail_ms != FAR && tail_ms + last < best)
            best = tail_ms + last;
    }
    if (from->arc == to->arc && from->along_dm <= to->along_dm) {
        uint32_t direct = weights_part_ms(&c->weights, road, to->arc,
                                          to->along_dm - from->along_dm);
        best = direct < best ? direct : best;
    }
    return best == FAR ? FAR : best + from->turn_ms;
}

static uint32_t eta_s(struct checking *c, const struct snap_query *unit, struct point incident)
{
    struct snap from[SNAPS_MAX], to[2];
    size_t from_n = grid_snap(&c->grid, &c->snap, unit, from, 4);
    size_t to_n = grid_place(&c->grid, &c->snap, incident, to);
    uint32_t best = FAR;
    for (size_t i = 0; i < from_n; i++) {
        drive_from(c, &from[i]);
        for (size_t k = 0; k < to_n; k++) {
            uint32_t ms = drive_ms(c, &from[i], &to[k]);
            best = ms < best ? ms : best;
        }
    }
    return best == FAR ? FAR : (best + 999) / 1000;
}

/* --- the journal's facts --- */

static void on_weights(struct checking *c, const struct record *record, const struct text *hash)
{
    int64_t hour = (record->now_ms + (int64_t)c->offset_min * 60000) / 3600000 + 72;
    char built[17];
    for (int64_t h = hour; h >= hour - 1; h--) {
        if (weights_build(&c->weights, &c->road, speeds_profile(&c->speeds, "emergency"),
                          (uint32_t)(h % WEEK_HOURS), NULL, 0, 1) < 0)
            exit(2);
        snprintf(built, sizeof(built), "%016" PRIx64, c->weights.hash);
        c->has_weights = hash->n == 16 && memcmp(hash->p, built, 16) == 0;
        if (c->has_weights)
            return;
    }
    c->unknown_weights++;
}

static void on_recommended(struct checking *c, const struct recommended *f)
{
    const struct incident *incident = state_incident(&c->core.state, f->incident.v);
    c->offers += f->row_unit.n > 0;
    for (uint32_t i = 0; i < f->row_unit.n && incident; i++) {
        if (f->row_source.v[i] != SOURCE_ROAD || i >= f->row_lat90_e7.n)
            continue;
        uint32_t course = f->row_course_deg.v[i];
        struct snap_query unit = {
            .at = {(int32_t)((int64_t)f->row_lat90_e7.v[i] - 900000000),
                   (int32_t)((int64_t)f->row_lon180_e7.v[i] - 1800000000)},
            .course_deg = course == UINT16_MAX ? COURSE_UNKNOWN : (int)course,
            .speed_kmh = (int)f->row_speed_kmh.v[i]};
        uint32_t want_s = eta_s(c, &unit, (struct point){incident->lat_e7, incident->lon_e7});
        c->rows++;
        if (want_s == f->row_eta_s.v[i] && c->has_weights)
            continue;
        c->differing++;
        printf("I%" PRIu64 " U%" PRIu64 ": told %" PRIu32 " s, Dijkstra says %" PRIu32 " s%s\n",
               f->incident.v, f->row_unit.v[i], f->row_eta_s.v[i], want_s,
               c->has_weights ? "" : " (weights of another hash)");
    }
}

static void on_record(void *context, const struct record *record,
                      const unsigned char hash[static JOURNAL_HASH_SIZE])
{
    struct checking *c = context;
    (void)hash;
    for (uint32_t i = 0; i < record->fact_count; i++) {
        const struct fact *fact = &record->fact[i];
        if (fact->kind == FACT_WEIGHTS_ACTIVATED)
            on_weights(c, record, &fact->weights_activated.hash);
        if (fact->kind == FACT_RECOMMENDED)
            on_recommended(c, &fact->recommended);
    }
}

static int die(const char *what)
{
    fprintf(stderr, "check_etas: %s\n", what);
    return 2;
}

static int open_roads(struct checking *c, const struct config *config)
{
    char path[1024], errmsg[ROAD_ERRMSG_MAX];
    snprintf(path, sizeof(path), "%s/road.bin", config->server.data_dir);
    if (road_load(&c->road, path, errmsg) < 0)
        return die(errmsg);
    if (speeds_load(&c->speeds, config->server.speeds_file) < 0)
        return die(c->speeds.errmsg);
    if (grid_init(&c->grid, &c->road) < 0 || weights_init(&c->weights, &c->road) < 0)
        return die("no memory");
    c->snap = (struct snap_config){(uint32_t)config->recommend.snap_far_m,
                                   (uint32_t)config->recommend.heading_kmh,
                                   (uint32_t)config->recommend.heading_penalty_m,
                                   (uint32_t)config->recommend.turn_round_s * 1000};
    c->offset_min = (uint32_t)config->server.utc_offset_min;
    c->ms = malloc(c->road.node_n * sizeof(*c->ms));
    c->heap = malloc(c->road.node_n * sizeof(*c->heap));
    c->place = malloc(c->road.node_n * sizeof(*c->place));
    return c->ms && c->heap && c->place ? 0 : die("no memory");
}

int main(int argc, char **argv)
{
    static struct checking c;
    static struct config config;
    static char complaints[CONFIG_COMPLAINT_MAX];
    struct limits limits;
    struct policy policy;
    struct journal_reader *reader;
    char errmsg[ERRMSG_MAX];
    if (argc != 2 || sodium_init() < 0)
        return die("usage: check_etas CONFIG");
    wire_init();
    config_defaults(&config);
    if (config_load(&config, argv[1], complaints) < 0)
        return die(complaints);
    if (open_roads(&c, &config) != 0)
        return 2;
    pipeline_limits(&config, &limits);
    pipeline_policy(&config, &policy);
    core_init(&c.core, malloc(core_bytes(&limits)), &limits, &policy);
    if (journal_reader_open(&reader, config.server.data_dir, errmsg) < 0)
        return die(errmsg);
    if (fold_init(&c.fold, &c.core, reader, NULL) < 0)
        return die(c.fold.errmsg);
    c.fold.record_cb = on_record;
    c.fold.context = &c;
    if (fold_records(&c.fold, UINT64_MAX) < 0)
        return die(c.fold.errmsg);
    printf("recommendations %" PRIu64 ", travel times by road %" PRIu64 ", differing %" PRIu64
           ", weights not understood %" PRIu64 "\n",
           c.offers, c.rows, c.differing, c.unknown_weights);
    return c.rows && c.differing == 0 && c.unknown_weights == 0 ? 0 : 1;
}
