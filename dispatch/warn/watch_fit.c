/* What chance does: the null of the live scan, fitted by night, and the permutation scan that
 * confirms a cluster when it is raised. */
#include <math.h>
#include <stdlib.h>

#include "dispatch/warn/scan.h"
#include "dispatch/warn/watch_impl.h"

struct watch_fit {
    uint32_t syndrome, replicas, places, hours;
    uint64_t seed;
    double phi, radius_m;
    struct scan_place *place;
    uint32_t *cases; /* none: scan_make wants them */
    double *expected;
    uint32_t cases_min;
};

static struct scan_place middle_of(const struct watch_cell *cell, double size_m)
{
    return (struct scan_place){cell->x * size_m, cell->y * size_m};
}

static struct watch_fit *make_fit(const struct watch_state *state, uint32_t syndrome)
{
    const struct watch_numbers *n = &state->policy.number;
    const struct watch_ground *ground = &state->ground;
    struct watch_fit *fit = calloc(1, sizeof *fit);
    if (!fit)
        return NULL;
    fit->syndrome = syndrome;
    fit->replicas = n->scan_replicas;
    fit->places = ground->cells;
    fit->hours = n->scan_hours;
    fit->cases_min = n->scan_cases_min;
    fit->radius_m = n->scan_radius_m;
    fit->phi = state->series[syndrome].mean[0].phi;
    fit->seed = (uint64_t)state->day * WATCH_SYNDROMES_MAX + syndrome;
    fit->place = calloc(fit->places, sizeof *fit->place);
    fit->cases = calloc((size_t)fit->places * fit->hours, sizeof *fit->cases);
    fit->expected = calloc((size_t)fit->places * fit->hours, sizeof *fit->expected);
    if (!fit->place || !fit->cases || !fit->expected) {
        watch_fit_free(fit);
        return NULL;
    }
    for (uint32_t i = 0; i < fit->places; i++) {
        double share = ground_share(state, i, syndrome);
        fit->place[i] = middle_of(&ground->cell[i], n->scan_cell_m);
        for (uint32_t h = 0; h < fit->hours; h++)
            fit->expected[(size_t)i * fit->hours + h] =
                share * state->series[syndrome].mean[fit->hours - h].mean;
    }
    return fit;
}

struct watch_fit *watch_fit_wanted(struct watch *watch)
{
    struct watch_state *state = watch->state;
    const struct watch_policy *policy = &state->policy;
    for (uint32_t s = 0; s < policy->syndrome_count; s++) {
        struct watch_null *null = &state->null[s];
        bool due = !(null->known || null->asked) ||
                   state->day - null->day >= policy->number.scan_refit_days;
        if (!policy->number.scan_on || !policy->syndrome[s].scanned || !due ||
            state->ground.cells < 2 || !state->series[s].mean[MEANS - 1].known)
            continue;
        struct watch_fit *fit = make_fit(state, s);
        null->asked = true;
        null->day = state->day;
        if (fit)
            return fit;
    }
    return NULL;
}

uint32_t watch_fit_syndrome(const struct watch_fit *fit)
{
    return fit->syndrome;
}

void watch_fit_free(struct watch_fit *fit)
{
    if (!fit)
        return;
    free(fit->place);
    free(fit->cases);
    free(fit->expected);
    free(fit);
}

void watch_fit_failed(struct watch *watch, uint32_t syndrome)
{
    watch->state->null[syndrome].day = watch->state->day;
}

static bool fit_replicas(struct watch_fit *fit, struct scan *scan, struct gumbel *gumbel)
{
    struct draw draw;
    bool good = true;
    double *maximum = calloc(fit->replicas, sizeof *maximum);
    draw_seed(&draw, fit->seed);
    for (uint32_t i = 0; good && maximum && i < fit->replicas; i++) {
        maximum[i] = scan_replica(scan, &draw, fit->phi);
        good = maximum[i] >= 0;
    }
    if (maximum && good)
        *gumbel = gumbel_fit(maximum, fit->replicas);
    good = maximum && good && gumbel->beta > 0;
    free(maximum);
    return good;
}

bool watch_fit_run(struct watch_fit *fit, struct gumbel *gumbel)
{
    struct circles circles;
    struct scan scan;
    const struct circle_limits limits = {.plane = true, .radius_max = fit->radius_m};
    if (circles_make(&circles, fit->place, fit->places, &limits) < 0)
        return false;
    const struct scan_input in = {.model = SCAN_EXPECTATION,
                                  .circles = &circles,
                                  .slots = fit->hours,
                                  .windows = fit->hours,
                                  .cases_min = fit->cases_min,
                                  .cases = fit->cases,
                                  .expected = fit->expected};
    bool good = scan_make(&scan, &in) == 0;
    if (good) {
        good = fit_replicas(fit, &scan, gumbel);
        scan_close(&scan);
    }
    circles_close(&circles);
    return good;
}

/* --- the permutation scan --- */

struct permuted {
    struct scan_place *place;
    uint32_t *row, *cases, places, days;
};

/* Cases by square and by day back from now; squares without any are left out. */
static void tabulate(const struct watch_state *state, uint32_t syndrome, struct permuted *p)
{
    const struct watch_numbers *n = &state->policy.number;
    int64_t now_ms = state->event->now_ms, joined_ms;
    uint64_t at = 0;
    uint32_t taken = 0;
    const struct watch_case *c;
    while (taken < n->stp_cases_max &&
           (c = roll_back(state, syndrome, now_ms - n->stp_days * DAY_MS + 1, &at, &joined_ms))) {
        if (!c->placed || c->cell == NO_CELL)
            continue;
        if (p->row[c->cell] == 0) {
            p->place[p->places] = middle_of(&state->ground.cell[c->cell], n->scan_cell_m);
            p->row[c->cell] = ++p->places;
        }
        uint32_t day = p->days - 1 - (uint32_t)((now_ms - joined_ms) / DAY_MS);
        p->cases[(size_t)(p->row[c->cell] - 1) * p->days + day]++;
        taken++;
    }
}

static bool contains(const struct circles *circles, const struct scan_cluster *cluster,
                     uint32_t place)
{
    for (uint32_t i = 0; i < cluster->members; i++)
        if (circles->member[circles->first[cluster->centre] + i] == place)
            return true;
    return false;
}

/* The cluster's score against so many permutations; ends early once it is surely common. */
static bool is_rare(struct scan *scan, double score, uint32_t replicas, uint32_t permille,
                    uint64_t seed)
{
    struct draw draw;
    uint32_t above = 0, allowed = permille * (replicas + 1) / 1000;
    draw_seed(&draw, seed);
    for (uint32_t i = 0; i < replicas && above + 1 <= allowed; i++)
        above += scan_replica(scan, &draw, 1) >= score;
    return above + 1 <= allowed;
}

static bool permute(const struct watch_state *state, const struct permuted *p, uint32_t place)
{
    const struct watch_numbers *n = &state->policy.number;
    const struct circle_limits limits = {.plane = true, .radius_max = n->scan_radius_m};
    struct circles circles;
    struct scan scan;
    struct scan_cluster best;
    if (circles_make(&circles, p->place, p->places, &limits) < 0)
        return false;
    const struct scan_input in = {.model = SCAN_PERMUTATION,
                                  .circles = &circles,
                                  .slots = p->days,
                                  .windows = n->stp_window_days < p->days ? n->stp_window_days
                                                                          : p->days,
                                  .cases_min = n->scan_cases_min,
                                  .cases = p->cases};
    bool confirmed = false;
    if (scan_make(&scan, &in) == 0) {
        confirmed = scan_best(&scan, &best, 1) == 1 && contains(&circles, &best, place) &&
                    is_rare(&scan, best.score, n->stp_replicas, n->stp_confirm_permille,
                            state->event->seq);
        scan_close(&scan);
    }
    circles_close(&circles);
    return confirmed;
}

bool stp_confirms(const struct watch_state *state, uint32_t syndrome, uint32_t cell)
{
    struct permuted p = {.days = state->policy.number.stp_days};
    p.place = calloc(CELLS_MAX, sizeof *p.place);
    p.row = calloc(CELLS_MAX, sizeof *p.row);
    p.cases = calloc((size_t)CELLS_MAX * p.days, sizeof *p.cases);
    bool confirmed = false;
    if (p.place && p.row && p.cases && cell != NO_CELL) {
        tabulate(state, syndrome, &p);
        if (p.row[cell] && p.places > 1)
            confirmed = permute(state, &p, p.row[cell] - 1);
    }
    free(p.place);
    free(p.row);
    free(p.cases);
    return confirmed;
}
