/* The expectation-based Poisson scan (scan.h), for the circles that contain one new case only.
 *
 * The ground is a grid of squares; a circle is a square's neighbours up to some distance. What a
 * square expects is the city's forecast times the square's share, so that the expectation of a
 * circle and window is one multiplication. Cases are taken from the last hours to the minute. How
 * unlikely the best score is comes from a Gumbel null that is fitted at night (watch_fit.c). */
#include <math.h>
#include <stdlib.h>

#include "dispatch/warn/watch_impl.h"

/* --- the ground --- */

struct offset {
    int32_t x, y;
};

static uint32_t far(const struct offset *o)
{
    return (uint32_t)(o->x * o->x + o->y * o->y);
}

static int nearest_first(const void *left, const void *right)
{
    const struct offset *a = left, *b = right;
    if (far(a) != far(b))
        return far(a) < far(b) ? -1 : 1;
    if (a->y != b->y)
        return a->y < b->y ? -1 : 1;
    return (a->x > b->x) - (a->x < b->x);
}

static void make_offsets(struct watch_state *state)
{
    struct watch_ground *ground = &state->ground;
    const struct watch_numbers *n = &state->policy.number;
    struct offset offset[OFFSETS_MAX];
    double limit = (double)n->scan_radius_m / n->scan_cell_m;
    ground->reach = limit < REACH_MAX ? (int32_t)limit : REACH_MAX;
    for (int32_t y = -ground->reach; y <= ground->reach; y++)
        for (int32_t x = -ground->reach; x <= ground->reach; x++)
            if (x * x + y * y <= limit * limit)
                offset[ground->offsets++] = (struct offset){x, y};
    qsort(offset, ground->offsets, sizeof *offset, nearest_first);
    for (uint32_t i = 0; i < ground->offsets; i++) {
        ground->offset_x[i] = offset[i].x;
        ground->offset_y[i] = offset[i].y;
        ground->offset_far[i] = far(&offset[i]);
    }
}

int ground_make(struct watch_state *state)
{
    struct watch_ground *ground = &state->ground;
    make_offsets(state);
    for (uint32_t s = 0; s < state->policy.syndrome_count; s++) {
        if (!state->policy.syndrome[s].scanned)
            continue;
        ground->slots[s] = calloc((size_t)CELLS_MAX * SLOTS, sizeof *ground->slots[s]);
        if (!ground->slots[s])
            return -1;
    }
    return 0;
}

void ground_close(struct watch_state *state)
{
    for (uint32_t s = 0; s < WATCH_SYNDROMES_MAX; s++)
        free(state->ground.slots[s]);
}

/* --- counts by square, in slots of ten minutes --- */

static void empty_slot(struct watch_ground *ground, int64_t slot)
{
    for (uint32_t s = 0; s < WATCH_SYNDROMES_MAX; s++)
        for (uint32_t cell = 0; ground->slots[s] && cell < ground->cells; cell++)
            ground->slots[s][(size_t)cell * SLOTS + (size_t)(slot % SLOTS)] = 0;
}

void ground_pass(struct watch_state *state, int64_t now_ms)
{
    struct watch_ground *ground = &state->ground;
    int64_t slot = now_ms / (TENTH_MIN * MINUTE_MS);
    int64_t first = slot - ground->slot > SLOTS ? slot - SLOTS + 1 : ground->slot + 1;
    for (int64_t i = first; i <= slot; i++)
        empty_slot(ground, i);
    ground->slot = slot;
}

/* A case is counted in the slot in which it was reported. */
void ground_count(struct watch_state *state, struct watch_case *c, uint32_t syndrome, bool on)
{
    struct watch_ground *ground = &state->ground;
    bool is = c->grounded >> syndrome & 1u;
    if (!ground->slots[syndrome] || is == on || !c->placed || c->cell == NO_CELL)
        return;
    c->grounded ^= 1u << syndrome;
    int64_t slot = c->at_ms / (TENTH_MIN * MINUTE_MS);
    if (slot > ground->slot)
        slot = ground->slot;
    uint16_t *count = &ground->slots[syndrome][(size_t)c->cell * SLOTS + (size_t)(slot % SLOTS)];
    if (ground->slot - slot >= SLOTS || *count == (on ? UINT16_MAX : 0))
        return;
    *count = (uint16_t)(on ? *count + 1 : *count - 1);
}

static uint32_t hash_of(int32_t x, int32_t y)
{
    uint32_t h = (uint32_t)x * 0x9e3779b1u ^ (uint32_t)y * 0x85ebca77u;
    return (h ^ h >> 15) % CELL_HASH;
}

uint32_t ground_find(const struct watch_ground *ground, int32_t x, int32_t y)
{
    for (uint32_t at = hash_of(x, y); ground->hash[at]; at = (at + 1) % CELL_HASH) {
        const struct watch_cell *cell = &ground->cell[ground->hash[at] - 1];
        if (cell->x == x && cell->y == y)
            return ground->hash[at] - 1;
    }
    return NO_CELL;
}

static void index_cell(struct watch_ground *ground, uint32_t cell)
{
    uint32_t at = hash_of(ground->cell[cell].x, ground->cell[cell].y);
    while (ground->hash[at])
        at = (at + 1) % CELL_HASH;
    ground->hash[at] = cell + 1;
}

void ground_index(struct watch_ground *ground)
{
    memset(ground->hash, 0, sizeof ground->hash);
    for (uint32_t i = 0; i < ground->cells; i++)
        index_cell(ground, i);
}

/* Squares are those of the first place's latitude: over one city they stay square enough. */
static void anchor(struct watch_ground *ground, int32_t lat_e7)
{
    const double metres_per_e7 = 6367000 * 0.017453292519943295 / 1e7;
    ground->metres_per_e7_north = metres_per_e7;
    ground->metres_per_e7_east = metres_per_e7 * cos(lat_e7 / 1e7 * 0.017453292519943295);
    ground->anchored = true;
}

uint32_t ground_cell(struct watch_state *state, int32_t lat_e7, int32_t lon_e7)
{
    struct watch_ground *ground = &state->ground;
    double size = state->policy.number.scan_cell_m;
    if (!ground->anchored)
        anchor(ground, lat_e7);
    int32_t x = (int32_t)floor(lon_e7 * ground->metres_per_e7_east / size);
    int32_t y = (int32_t)floor(lat_e7 * ground->metres_per_e7_north / size);
    uint32_t found = ground_find(ground, x, y);
    if (found != NO_CELL || ground->cells == CELLS_MAX)
        return found;
    ground->cell[ground->cells] = (struct watch_cell){.x = x, .y = y};
    index_cell(ground, ground->cells);
    return ground->cells++;
}

/* Drawn towards the share of all incidents while the syndrome has few, and that towards even. */
double ground_share(const struct watch_state *state, uint32_t cell, uint32_t syndrome)
{
    const struct watch_ground *ground = &state->ground;
    const struct watch_cell *c = &ground->cell[cell];
    double prior = state->policy.number.scan_prior_cases;
    double all = forecast_share(c->count[0], (double)ground->count[0], 1, ground->cells, prior);
    return forecast_share(c->count[syndrome], (double)ground->count[syndrome], all, 1, prior);
}

/* --- the scan --- */

struct best {
    double score, expected;
    uint32_t cases, hours, centre; /* centre, last: rows of the offsets */
    uint32_t last;
};

static uint32_t box_side(const struct watch_ground *ground)
{
    return 4 * (uint32_t)ground->reach + 1;
}

/* Row of the box, of the square this far from the case's own. */
static uint32_t box_at(const struct watch_ground *ground, int32_t x, int32_t y)
{
    int32_t reach = 2 * ground->reach;
    return (uint32_t)(y + reach) * box_side(ground) + (uint32_t)(x + reach);
}

/* Counts of a square in the last 1, 2 … hours: of the running slot and the whole ones before it. */
static void sum_back(const struct watch_ground *ground, const uint16_t *slot, uint32_t hours,
                     uint32_t *sum)
{
    uint32_t all = 0, at = (uint32_t)(ground->slot % SLOTS);
    for (uint32_t h = 0; h < hours; h++) {
        for (uint32_t i = 0; i < 60 / TENTH_MIN; i++) {
            all += slot[at];
            at = at ? at - 1 : SLOTS - 1;
        }
        sum[h] = all;
    }
}

static void fill_box(struct watch_state *state, const struct watch_cell *own, uint32_t syndrome)
{
    struct watch_ground *ground = &state->ground;
    uint32_t hours = state->policy.number.scan_hours;
    int32_t reach = 2 * ground->reach;
    for (int32_t y = -reach; y <= reach; y++)
        for (int32_t x = -reach; x <= reach; x++) {
            uint32_t row = box_at(ground, x, y), cell = ground_find(ground, own->x + x, own->y + y);
            uint32_t *cases = ground->box_cases + (size_t)row * hours;
            ground->box_share[row] = cell == NO_CELL ? 0 : ground_share(state, cell, syndrome);
            if (cell == NO_CELL)
                memset(cases, 0, hours * sizeof *cases);
            else
                sum_back(ground, ground->slots[syndrome] + (size_t)cell * SLOTS, hours, cases);
        }
}

/* The whole city in the last 1, 2 … hours, and what its open alert says it has risen by. */
struct city {
    double cases[HOURS_MAX], expected[HOURS_MAX], rise;
};

/* What to expect in a circle: as much more than forecast as there is outside it, never less; a few
 * cases' worth of doubt keeps one caller elsewhere from being a rise. */
static double in_circle(const struct city *city, uint32_t h, double cases, double share,
                        double doubt)
{
    double inside = share * city->expected[h];
    double outside = fmax(0, city->cases[h] - cases) + doubt;
    return inside * fmax(city->rise, outside / (city->expected[h] - inside + doubt));
}

static void score_windows(const struct watch_state *state, const uint32_t *column, double share,
                          const struct city *city, struct best *found, struct best *best)
{
    const struct watch_numbers *n = &state->policy.number;
    for (uint32_t h = 0; h < n->scan_hours; h++) {
        double c = column[h], b = in_circle(city, h, c, share, n->scan_cases_min);
        if (column[h] < n->scan_cases_min || c <= b || b <= 0)
            continue;
        double score = c * log(c / b) + b - c;
        if (score <= best->score)
            continue;
        *best = *found;
        best->score = score;
        best->expected = b;
        best->cases = column[h];
        best->hours = h + 1;
    }
}

/* All circles round one square that contain the case's. */
static void scan_centre(const struct watch_state *state, uint32_t centre, const struct city *city,
                        struct best *best)
{
    const struct watch_ground *g = &state->ground;
    uint32_t hours = state->policy.number.scan_hours, column[HOURS_MAX] = {0};
    double share = 0;
    bool contains = false, gained = false;
    for (uint32_t i = 0; i < g->offsets; i++) {
        int32_t x = g->offset_x[centre] + g->offset_x[i], y = g->offset_y[centre] + g->offset_y[i];
        uint32_t row = box_at(g, x, y);
        const uint32_t *cases = g->box_cases + (size_t)row * hours;
        for (uint32_t h = 0; h < hours && cases[hours - 1]; h++)
            column[h] += cases[h];
        share += g->box_share[row];
        contains |= x == 0 && y == 0;
        gained |= cases[hours - 1] > 0;
        bool ends = i + 1 == g->offsets || g->offset_far[i + 1] != g->offset_far[i];
        if (!ends || !contains || !gained)
            continue;
        gained = false;
        score_windows(state, column, share, city,
                      &(struct best){.centre = centre, .last = i}, best);
    }
}

static struct city city_now(const struct watch_state *state, uint32_t syndrome)
{
    const struct watch_series *series = &state->series[syndrome];
    struct city city = {.rise = book_rise(state, syndrome)};
    int64_t running_min = state->minute % TENTH_MIN + 1, minute = state->minute;
    double cases = 0;
    for (uint32_t h = 0; h < state->policy.number.scan_hours; h++) {
        int64_t minutes = h * 60 + 60 - TENTH_MIN + running_min;
        for (; minute > state->minute - minutes; minute--)
            cases += series->minute[(minute + DAY_MINUTES) % DAY_MINUTES];
        city.cases[h] = cases;
        city.expected[h] = count_expected(state, syndrome, minutes).mean;
    }
    return city;
}

static struct best best_circle(struct watch_state *state, const struct watch_cell *own,
                               uint32_t syndrome)
{
    struct best best = {0};
    struct city city = city_now(state, syndrome);
    fill_box(state, own, syndrome);
    for (uint32_t centre = 0; centre < state->ground.offsets; centre++)
        scan_centre(state, centre, &city, &best);
    return best;
}

/* The cases of the circle, newest first. */
static void list_members(const struct watch_state *state, const struct watch_cell *own,
                         const struct best *best, struct watch_alert *found)
{
    const struct watch_ground *g = &state->ground;
    int32_t x = own->x + g->offset_x[best->centre], y = own->y + g->offset_y[best->centre];
    uint64_t at = 0;
    const struct watch_case *c;
    while (found->evidence_count < WATCH_EVIDENCE_MAX &&
           (c = roll_back(state, found->syndrome, found->from_ms + 1, &at, NULL))) {
        if (!c->placed || c->cell == NO_CELL)
            continue;
        struct offset o = {g->cell[c->cell].x - x, g->cell[c->cell].y - y};
        if (far(&o) <= g->offset_far[best->last])
            found->evidence[found->evidence_count++] = c->incident;
    }
}

static void draw_circle(const struct watch_state *state, const struct watch_cell *own,
                        const struct best *best, struct watch_alert *found)
{
    const struct watch_ground *g = &state->ground;
    double size = state->policy.number.scan_cell_m;
    double x = own->x + g->offset_x[best->centre] + 0.5;
    double y = own->y + g->offset_y[best->centre] + 0.5;
    found->has_place = true;
    found->lat_e7 = (int32_t)(y * size / g->metres_per_e7_north);
    found->lon_e7 = (int32_t)(x * size / g->metres_per_e7_east);
    found->radius_m = (uint32_t)((sqrt(g->offset_far[best->last]) + 0.7072) * size);
}

void scan_check(struct watch *watch, const struct watch_case *c, uint32_t syndrome)
{
    struct watch_state *state = watch->state;
    const struct watch_null *null = &state->null[syndrome];
    const struct watch_numbers *n = &state->policy.number;
    if (c->cell == NO_CELL || !null->known || !state->series[syndrome].mean[0].known)
        return;
    const struct watch_cell own = state->ground.cell[c->cell];
    struct best best = best_circle(state, &own, syndrome);
    if (best.score <= 0)
        return;
    double chance = gumbel_chance(&null->gumbel, best.score);
    struct watch_alert found = book_finding(state, WATCH_BY_SCAN, syndrome);
    double hours = 24 / (n->scan_looks_per_day * fmax(chance, 1e-12));
    found.by_chance_h = hours > 1e7 ? 10000000 : (uint32_t)hours;
    found.level = book_level(&state->policy, found.by_chance_h);
    if (found.level == WATCH_NONE)
        return;
    found.subject = WATCH_CIRCLE;
    found.from_ms = state->event->now_ms - best.hours * HOUR_MS;
    found.observed = best.cases;
    found.expected = best.expected;
    draw_circle(state, &own, &best, &found);
    list_members(state, &own, &best, &found);
    memcpy(found.plan, state->policy.syndrome[syndrome].plan, sizeof found.plan);
    snprintf(found.words, sizeof found.words, "%s", state->policy.syndrome[syndrome].code);
    book_report(watch, &found, n->episode_quiet_min * MINUTE_MS);
}
