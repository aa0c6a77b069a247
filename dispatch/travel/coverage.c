#include "dispatch/travel/coverage.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELL_M_MIN = 500, ANSWER_BYTES_MAX = 512 * 1024 };
#define M_PER_E7 0.0111195 /* metres in 1e-7 degree of a meridian */

/* --- squares --- */

static double east_m_per_e7(const struct road *road)
{
    double middle_e7 = (road->south_west.lat_e7 + (double)road->north_east.lat_e7) / 2;
    return M_PER_E7 * cos(middle_e7 * 1e-7 * 3.14159265358979 / 180);
}

/* The smallest squares of which no more than cells_max cover the network. */
static void lay_grid(struct coverage *c, const struct road *road, uint32_t cells_max)
{
    double east = east_m_per_e7(road), side_m = CELL_M_MIN;
    double wide_m = (road->north_east.lon_e7 - (double)road->south_west.lon_e7) * east;
    double high_m = (road->north_east.lat_e7 - (double)road->south_west.lat_e7) * M_PER_E7;
    while ((floor(wide_m / side_m) + 1) * (floor(high_m / side_m) + 1) > cells_max)
        side_m *= 1.02;
    c->west_e7 = road->south_west.lon_e7;
    c->south_e7 = road->south_west.lat_e7;
    c->width_e7 = (int32_t)ceil(side_m / east);
    c->height_e7 = (int32_t)ceil(side_m / M_PER_E7);
    c->columns = (uint32_t)(wide_m / side_m) + 1;
    c->rows = (uint32_t)(high_m / side_m) + 1;
}

static uint32_t cell_of(const struct coverage *c, struct point at)
{
    uint32_t column = (uint32_t)((at.lon_e7 - (int64_t)c->west_e7) / c->width_e7);
    uint32_t row = (uint32_t)((at.lat_e7 - (int64_t)c->south_e7) / c->height_e7);
    return column + row * c->columns;
}

static double from_middle_m(const struct coverage *c, uint32_t cell, struct point at)
{
    struct point middle = {
        (int32_t)(c->south_e7 + (cell / c->columns + 0.5) * c->height_e7),
        (int32_t)(c->west_e7 + (cell % c->columns + 0.5) * c->width_e7),
    };
    return point_dist_m(at, middle);
}

static struct point begins_at(const struct road *road, uint32_t arc)
{
    return road->node[road->arc[arc].tail].at;
}

/* best: by cell of the whole grid, ROAD_NONE where there is no street. */
static void choose_streets(const struct coverage *c, const struct road *road, uint32_t *best)
{
    for (uint32_t i = 0; i < c->columns * c->rows; i++)
        best[i] = ROAD_NONE;
    for (uint32_t arc = 0; arc < road->arc_n; arc++) {
        if (road->arc[arc].original != arc || !(road->arc[arc].flags & ROAD_MAIN))
            continue;
        struct point at = begins_at(road, arc);
        uint32_t cell = cell_of(c, at);
        if (best[cell] == ROAD_NONE ||
            from_middle_m(c, cell, at) < from_middle_m(c, cell, begins_at(road, best[cell])))
            best[cell] = arc;
    }
}

static int make_cells(struct coverage *c, const struct road *road, uint32_t cells_max)
{
    lay_grid(c, road, cells_max);
    uint32_t all = c->columns * c->rows;
    uint32_t *best = calloc(all, sizeof(*best));
    bool made = best && (c->cell = calloc(all, 3 * sizeof(*c->cell)));
    if (made) {
        c->arc = c->cell + all;
        c->eta_s = c->arc + all;
        choose_streets(c, road, best);
        for (uint32_t i = 0; i < all; i++) {
            if (best[i] == ROAD_NONE)
                continue;
            c->cell[c->n] = i;
            c->arc[c->n++] = best[i];
        }
    }
    free(best);
    return made ? 0 : -1;
}

/* --- zones --- */

static int add_pair(struct coverage *c, uint64_t zone, uint32_t cell)
{
    if (c->pair_n == c->pair_max) {
        uint32_t max = c->pair_max ? c->pair_max * 2 : 1024;
        struct coverage_pair *more = realloc(c->pair, max * sizeof(*more));
        if (!more)
            return -1;
        c->pair = more;
        c->pair_max = max;
    }
    c->pair[c->pair_n++] = (struct coverage_pair){zone, cell};
    return 0;
}

static int by_zone(const void *a, const void *b)
{
    const struct coverage_pair *x = a, *y = b;
    if (x->zone != y->zone)
        return x->zone < y->zone ? -1 : 1;
    return x->cell < y->cell ? -1 : x->cell > y->cell;
}

static int find_zones(struct coverage *c, const struct road *road, struct zones *zones)
{
    uint64_t at[ZONES_AT_MAX];
    for (uint32_t i = 0; zones->loaded && i < c->n; i++) {
        int n = zone_set_at(&zones->set, begins_at(road, c->arc[i]), at, ZONES_AT_MAX);
        for (int k = 0; k < n && k < ZONES_AT_MAX; k++)
            if (add_pair(c, at[k], i) < 0)
                return -1;
    }
    if (c->pair_n)
        qsort(c->pair, c->pair_n, sizeof(*c->pair), by_zone);
    return 0;
}

/* --- the answer --- */

static void put_time(struct buffer *out, uint32_t eta_s)
{
    if (eta_s == TRAVEL_NO_WAY)
        buffer_add_text(out, "null");
    else
        buffer_print(out, "%" PRIu32, eta_s);
}

static void put_cells(const struct coverage *c, struct buffer *out)
{
    buffer_print(out, ",\"columns\":%" PRIu32 ",\"cell\":[", c->columns);
    for (uint32_t i = 0; i < c->n; i++)
        buffer_print(out, "%s%" PRIu32, i ? "," : "", c->cell[i]);
    buffer_add_text(out, "],\"eta_s\":[");
    for (uint32_t i = 0; i < c->n; i++) {
        buffer_add_text(out, i ? "," : "");
        put_time(out, c->eta_s[i]);
    }
    buffer_add_text(out, "]");
}

static int by_time(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void put_zone(const struct coverage *c, uint64_t zone, uint32_t *eta_s, uint32_t n,
                     struct buffer *out)
{
    uint32_t within = 0, milli, target_s = (uint32_t)c->config->map.coverage_target_s;
    qsort(eta_s, n, sizeof(*eta_s), by_time);
    while (within < n && eta_s[within] <= target_s)
        within++;
    buffer_print(out,
                 "{\"zone\":%" PRIu64 ",\"cells\":%" PRIu32 ",\"within\":%" PRIu32 ",\"median_s\":",
                 zone, n, within);
    put_time(out, eta_s[(n - 1) / 2]);
    buffer_add_text(out, ",\"worst_s\":");
    put_time(out, eta_s[n - 1]);
    if (preparedness_of(&c->preparedness, &c->cover.near, zone, &milli))
        buffer_print(out, ",\"prepared_milli\":%" PRIu32 "}", milli);
    else
        buffer_add_text(out, ",\"prepared_milli\":null}");
}

/* False without memory. */
static bool put_zones(const struct coverage *c, struct buffer *out)
{
    uint32_t *eta_s = calloc(c->n + 1, sizeof(*eta_s));
    buffer_add_text(out, ",\"zones\":[");
    for (uint32_t i = 0, n; eta_s && i < c->pair_n; i += n) {
        for (n = 0; i + n < c->pair_n && c->pair[i + n].zone == c->pair[i].zone; n++)
            eta_s[n] = c->eta_s[c->pair[i + n].cell];
        buffer_add_text(out, i ? "," : "");
        put_zone(c, c->pair[i].zone, eta_s, n, out);
    }
    buffer_add_text(out, "]");
    free(eta_s);
    return eta_s != NULL;
}

static bool write_answer(const struct coverage *c, struct buffer *out)
{
    const struct travel_cover *cover = &c->cover;
    buffer_clear(out);
    buffer_print(out,
                 "{\"as_of_ms\":%" PRId64 ",\"source\":\"road\",\"target_s\":%d"
                 ",\"without\":%" PRIu64 ",\"units\":%" PRIu32 ",\"units_lost\":%" PRIu32
                 ",\"low_milli\":%" PRIu32
                 ",\"west_e7\":%d,\"south_e7\":%d,\"width_e7\":%d,\"height_e7\":%d",
                 cover->as_of_ms, (int)c->config->map.coverage_target_s, cover->without,
                 cover->units, cover->units_lost, c->preparedness.rule.low_milli, c->west_e7,
                 c->south_e7, c->width_e7, c->height_e7);
    put_cells(c, out);
    bool whole = put_zones(c, out);
    buffer_add_text(out, "}");
    return whole && !out->full;
}

/* --- asks --- */

/* What was answered last without this station, or NULL. */
static struct coverage_kept *find_kept(struct coverage *c, uint64_t without)
{
    for (int i = 0; i < COVERAGE_KEPT; i++)
        if (c->kept[i].as_of_ms && c->kept[i].without == without)
            return &c->kept[i];
    return NULL;
}

/* Where the next answer goes: in place of the one before, else of the oldest. */
static struct coverage_kept *place_for(struct coverage *c, uint64_t without)
{
    struct coverage_kept *place = find_kept(c, without), *oldest = &c->kept[0];
    for (int i = 1; i < COVERAGE_KEPT; i++)
        if (c->kept[i].as_of_ms < oldest->as_of_ms)
            oldest = &c->kept[i];
    place = place ? place : oldest;
    place->without = without;
    return place;
}

/* Everyone who waits for this, out of the list before they are told: they may ask again. */
static void answer_all(struct coverage *c, uint64_t without, const struct buffer *answer,
                       const char *error)
{
    struct coverage_ask due[COVERAGE_ASKS_MAX];
    uint32_t n = 0, rest = 0;
    for (uint32_t i = 0; i < c->ask_n; i++) {
        if (c->ask[i].without == without)
            due[n++] = c->ask[i];
        else
            c->ask[rest++] = c->ask[i];
    }
    c->ask_n = rest;
    for (uint32_t i = 0; i < n; i++)
        c->done_cb(c->context, due[i].client, due[i].number, answer, error);
}

static void begin_next(struct coverage *c)
{
    if (c->ask_n == 0 || c->cover.waiting)
        return;
    c->cover.without = c->ask[0].without;
    preparedness_gather(&c->preparedness, &c->travel->pipeline->core.state, &c->cover.near);
    travel_cover(c->travel, &c->cover);
}

static void on_cover(void *context, const char *error)
{
    struct coverage *c = context;
    uint64_t without = c->cover.without;
    struct coverage_kept *kept = place_for(c, without);
    if (!error && !write_answer(c, &kept->json))
        error = "the answer is too long, or no memory";
    kept->as_of_ms = error ? 0 : c->cover.as_of_ms;
    answer_all(c, without, error ? NULL : &kept->json, error);
    begin_next(c);
}

static bool is_young(const struct coverage *c, const struct coverage_kept *kept)
{
    return pipeline_now_ms(c->travel->pipeline) - kept->as_of_ms <
           c->config->map.coverage_s * INT64_C(1000);
}

void coverage_ask(struct coverage *c, struct coverage_ask ask)
{
    const struct coverage_kept *kept = find_kept(c, ask.without);
    if (!c->travel->has_road) {
        c->done_cb(c->context, ask.client, ask.number, NULL, "no road file: coverage is unknown");
    } else if (kept && is_young(c, kept)) {
        c->done_cb(c->context, ask.client, ask.number, &kept->json, NULL);
    } else if (c->ask_n == COVERAGE_ASKS_MAX) {
        c->done_cb(c->context, ask.client, ask.number, NULL, "too many ask; try again");
    } else {
        c->ask[c->ask_n++] = ask;
        begin_next(c);
    }
}

/* --- beginning and end --- */

int coverage_open(struct coverage *c, const struct config *config, struct travel *travel,
                  struct zones *zones, coverage_done_cb done_cb, void *context)
{
    memset(c, 0, sizeof(*c));
    c->config = config;
    c->travel = travel;
    c->done_cb = done_cb;
    c->context = context;
    for (int i = 0; i < COVERAGE_KEPT; i++)
        buffer_init(&c->kept[i].json, ANSWER_BYTES_MAX);
    if (!travel->has_road)
        return 0;
    if (make_cells(c, &travel->road, (uint32_t)config->map.coverage_cells) < 0 ||
        find_zones(c, &travel->road, zones) < 0) {
        snprintf(c->errmsg, sizeof(c->errmsg), "no memory for coverage");
        return -1;
    }
    c->cover = (struct travel_cover){
        .arc = c->arc, .eta_s = c->eta_s, .n = c->n, .done_cb = on_cover, .context = c};
    return 0;
}

void coverage_close(struct coverage *c)
{
    for (int i = 0; i < COVERAGE_KEPT; i++)
        buffer_close(&c->kept[i].json);
    free(c->cell);
    free(c->pair);
}
