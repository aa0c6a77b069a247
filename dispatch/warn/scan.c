#include "dispatch/warn/scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"

/* What collects the cylinders worth keeping. */
struct keeper {
    struct scan_cluster *best;
    uint32_t n, max;
    bool every; /* all cylinders; otherwise the best of each centre */
    struct scan_cluster own;
};

static double term(double count, double expected)
{
    return count > 0 ? count * log(count / expected) : 0;
}

static double score_of(const struct scan *s, double c, double b)
{
    double C = s->total, N = s->population;
    switch (s->in.model) {
    case SCAN_EXPECTATION:
        return c > b ? term(c, b) + b - c : 0;
    case SCAN_POISSON:
    case SCAN_PERMUTATION:
        return c > b ? term(c, b) + term(C - c, C - b) : 0;
    case SCAN_BERNOULLI:
        if (c * N <= C * b)
            return 0;
        return term(c, b) + term(b - c, b) + term(C - c, N - b) + term(N - b - (C - c), N - b) -
               term(C, N) - term(N - C, N);
    }
    return 0;
}

/* Sums from the last slot back, for every place. */
static void sum_cases(struct scan *s)
{
    uint32_t slots = s->in.slots, windows = s->in.windows;
    s->total = 0;
    for (uint32_t place = 0; place < s->in.circles->places; place++) {
        const uint32_t *row = s->in.cases + (size_t)place * slots;
        uint32_t *sums = s->cases + (size_t)place * windows, sum = 0;
        for (uint32_t back = 0; back < slots; back++) {
            sum += row[slots - 1 - back];
            if (back < windows)
                sums[back] = sum;
        }
        s->total += sum;
    }
}

static void sum_expected(struct scan *s)
{
    uint32_t slots = s->in.slots, windows = s->in.windows;
    double total = 0;
    for (uint32_t place = 0; place < s->in.circles->places; place++) {
        const double *row = s->in.expected + (size_t)place * slots;
        double *sums = s->expected + (size_t)place * windows, sum = 0;
        for (uint32_t back = 0; back < slots; back++) {
            sum += row[slots - 1 - back];
            if (back < windows)
                sums[back] = sum;
        }
        total += sum;
    }
    s->population = total;
    size_t cells = (size_t)s->in.circles->places * windows;
    for (size_t i = 0; s->in.model == SCAN_POISSON && total > 0 && i < cells; i++)
        s->expected[i] *= s->total / total;
}

/* Given the cases of each place and of each slot. */
static void expect_from_margins(struct scan *s)
{
    uint32_t slots = s->in.slots, places = s->in.circles->places;
    double by_window = 0;
    for (uint32_t back = 0; back < s->in.windows; back++) {
        for (uint32_t place = 0; place < places; place++)
            by_window += s->in.cases[(size_t)place * slots + slots - 1 - back];
        for (uint32_t place = 0; place < places; place++)
            s->expected[(size_t)place * s->in.windows + back] = by_window;
    }
    for (uint32_t place = 0; place < places; place++) {
        double own = 0;
        for (uint32_t slot = 0; slot < slots; slot++)
            own += s->in.cases[(size_t)place * slots + slot];
        for (uint32_t back = 0; back < s->in.windows; back++)
            s->expected[(size_t)place * s->in.windows + back] *= s->total > 0 ? own / s->total : 0;
    }
}

static void take_input(struct scan *s)
{
    sum_cases(s);
    if (s->in.model == SCAN_PERMUTATION)
        expect_from_margins(s);
    else
        sum_expected(s);
}

int scan_make(struct scan *s, const struct scan_input *in)
{
    must(in->slots > 0 && in->windows > 0 && in->windows <= in->slots);
    must(!in->any_shape || in->model == SCAN_EXPECTATION);
    size_t cells = (size_t)in->circles->places * in->windows;
    *s = (struct scan){.in = *in};
    if (s->in.window_min == 0)
        s->in.window_min = 1;
    s->expected = calloc(cells + 1, sizeof *s->expected);
    s->cases = calloc(cells + 1, sizeof *s->cases);
    s->column = calloc(in->windows, sizeof *s->column);
    s->base = calloc(in->windows, sizeof *s->base);
    s->set = calloc(in->circles->places + 1, sizeof *s->set);
    s->place = calloc(in->circles->places + 1, sizeof *s->place);
    s->taken = calloc(in->circles->places + 1, sizeof *s->taken);
    if (s->expected && s->cases && s->column && s->base && s->set && s->place && s->taken)
        return 0;
    scan_close(s);
    return -1;
}

void scan_close(struct scan *s)
{
    free(s->expected);
    free(s->cases);
    free(s->column);
    free(s->base);
    free(s->set);
    free(s->place);
    free(s->taken);
    *s = (struct scan){0};
}

/* Scores that differ by rounding only are equal; then the cluster of fewer places is the clearer.
 */
static bool is_better(const struct scan_cluster *a, const struct scan_cluster *b)
{
    double equal = 1e-12 * fabs(b->score);
    if (fabs(a->score - b->score) > equal)
        return a->score > b->score;
    return a->members < b->members;
}

/* Into the sorted list, behind its equals; a set that is there already stays once. */
static void keep(struct keeper *k, const struct scan_cluster *found)
{
    uint32_t at = k->n;
    for (uint32_t i = 0; i < k->n; i++)
        if (k->every && k->best[i].set == found->set && k->best[i].window == found->window)
            return;
    while (at > 0 && is_better(found, &k->best[at - 1]))
        at--;
    if (at == k->max)
        return;
    uint32_t moved = (k->n < k->max ? k->n : k->max - 1) - at;
    memmove(k->best + at + 1, k->best + at, moved * sizeof *k->best);
    k->best[at] = *found;
    k->n += k->n < k->max;
}

static void consider(struct keeper *k, const struct scan_cluster *found)
{
    if (!k->every) {
        if (is_better(found, &k->own))
            k->own = *found;
    } else if (k->n < k->max || is_better(found, &k->best[k->n - 1])) {
        keep(k, found);
    }
}

/* All cylinders round one centre. A circle that gained no case cannot beat the one before it, so
 * that only what gained one is scored, unless every cylinder is wanted. */
static void scan_centre(struct scan *s, uint32_t centre, struct keeper *k)
{
    const struct circles *c = s->in.circles;
    uint32_t windows = s->in.windows, low = s->in.cases_min;
    uint64_t set = 0;
    bool gained = false;
    memset(s->column, 0, windows * sizeof *s->column);
    for (uint32_t w = 0; w < windows; w++)
        s->base[w] = 0;
    for (uint32_t i = c->first[centre]; i < c->first[centre + 1]; i++) {
        const uint32_t *cases = s->cases + (size_t)c->member[i] * windows;
        const double *expected = s->expected + (size_t)c->member[i] * windows;
        for (uint32_t w = 0; w < windows; w++) {
            s->column[w] += cases[w];
            s->base[w] += expected[w];
        }
        gained |= cases[windows - 1] > 0;
        set += c->mark[c->member[i]];
        if (!c->ends[i] || !(gained || k->every))
            continue;
        gained = false;
        for (uint32_t w = s->in.window_min - 1; w < windows; w++) {
            if (s->column[w] < low)
                continue;
            double score = score_of(s, s->column[w], s->base[w]);
            if (score > 0)
                consider(k, &(struct scan_cluster){centre, i + 1 - c->first[centre], w + 1,
                                                   s->column[w], s->base[w], score, c->distance[i],
                                                   set});
        }
    }
}

/* The best set of the places round one centre, in the last `window` slots; they come first in
 * s->set. */
static struct subset_found best_set(struct scan *s, uint32_t centre, uint32_t window)
{
    const struct circles *c = s->in.circles;
    uint32_t n = 0;
    for (uint32_t i = c->first[centre]; i < c->first[centre + 1]; i++) {
        size_t at = (size_t)c->member[i] * s->in.windows + window - 1;
        if (s->cases[at])
            s->set[n++] = (struct subset_place){c->member[i], s->cases[at], s->expected[at]};
    }
    return subset_best(s->set, n);
}

static void scan_sets(struct scan *s, uint32_t centre, struct keeper *k)
{
    const struct circles *c = s->in.circles;
    for (uint32_t w = s->in.window_min; w <= s->in.windows; w++) {
        struct subset_found found = best_set(s, centre, w);
        uint64_t set = 0;
        if (found.score <= 0 || found.cases < s->in.cases_min)
            continue;
        for (uint32_t i = 0; i < found.n; i++)
            set += c->mark[s->set[i].place];
        consider(k, &(struct scan_cluster){centre, found.n, w, found.cases, found.expected,
                                           found.score, c->distance[c->first[centre + 1] - 1],
                                           set});
    }
}

static uint32_t scan_into(struct scan *s, struct keeper *k)
{
    take_input(s);
    for (uint32_t centre = 0; centre < s->in.circles->places; centre++) {
        k->own = (struct scan_cluster){0};
        if (s->in.any_shape)
            scan_sets(s, centre, k);
        else
            scan_centre(s, centre, k);
        if (!k->every && k->own.score > 0)
            keep(k, &k->own);
    }
    for (uint32_t i = 0; s->in.model == SCAN_BERNOULLI && i < k->n; i++)
        k->best[i].expected *= s->total / s->population;
    return k->n;
}

uint32_t scan_best(struct scan *s, struct scan_cluster *best, uint32_t max)
{
    return scan_into(s, &(struct keeper){.best = best, .max = max});
}

uint32_t scan_all(struct scan *s, struct scan_cluster *best, uint32_t max)
{
    return scan_into(s, &(struct keeper){.best = best, .max = max, .every = true});
}

const uint32_t *scan_places(struct scan *s, const struct scan_cluster *cluster)
{
    const struct circles *c = s->in.circles;
    if (!s->in.any_shape)
        return c->member + c->first[cluster->centre];
    best_set(s, cluster->centre, cluster->window);
    for (uint32_t i = 0; i < cluster->members; i++)
        s->place[i] = s->set[i].place;
    return s->place;
}

uint32_t scan_apart(struct scan *s, struct scan_cluster *cluster, uint32_t n)
{
    uint32_t kept = 0;
    memset(s->taken, 0, s->in.circles->places * sizeof *s->taken);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t *place = scan_places(s, &cluster[i]);
        bool apart = true;
        for (uint32_t j = 0; j < cluster[i].members; j++)
            apart &= !s->taken[place[j]];
        for (uint32_t j = 0; apart && j < cluster[i].members; j++)
            s->taken[place[j]] = true;
        if (apart)
            cluster[kept++] = cluster[i];
    }
    return kept;
}

/* Where one of the slot's cases falls: `at` of what is expected there lies before it. */
static uint32_t place_at(const struct scan *s, uint32_t slot, double at)
{
    uint32_t last = s->in.circles->places - 1;
    for (uint32_t place = 0; place < last; place++) {
        at -= s->in.expected[(size_t)place * s->in.slots + slot];
        if (at < 0)
            return place;
    }
    return last;
}

/* The city is busier or quieter by chance than forecast, all of it at once: each slot's total is
 * drawn with that scatter, and falls over the places in proportion to what is expected there. */
static void draw_expected(const struct scan *s, uint32_t *cases, struct draw *draw, double phi)
{
    memset(cases, 0, (size_t)s->in.circles->places * s->in.slots * sizeof(*cases));
    for (uint32_t slot = 0; slot < s->in.slots; slot++) {
        double total = 0;
        for (uint32_t place = 0; place < s->in.circles->places; place++)
            total += s->in.expected[(size_t)place * s->in.slots + slot];
        for (uint32_t n = draw_negative_binomial(draw, total, phi); n; n--) {
            uint32_t place = place_at(s, slot, draw_share(draw) * total);
            cases[(size_t)place * s->in.slots + slot]++;
        }
    }
}

/* All C cases over the cells in proportion to what was expected. */
static void draw_multinomial(const struct scan *s, uint32_t *cases, struct draw *draw)
{
    size_t cells = (size_t)s->in.circles->places * s->in.slots;
    double left = s->population;
    uint32_t count = (uint32_t)s->total;
    for (size_t i = 0; i < cells && count; i++) {
        double share = left > 0 ? fmin(1, s->in.expected[i] / left) : 0;
        cases[i] = i + 1 < cells ? draw_binomial(draw, count, share) : count;
        count -= cases[i];
        left -= s->in.expected[i];
    }
}

/* C of the N calls become cases, each as likely as any other. */
static void draw_labels(const struct scan *s, uint32_t *cases, struct draw *draw)
{
    size_t cells = (size_t)s->in.circles->places * s->in.slots;
    uint32_t all = (uint32_t)(s->population + 0.5), count = (uint32_t)s->total;
    for (size_t i = 0; i < cells; i++)
        for (uint32_t n = (uint32_t)s->in.expected[i]; n && all; n--, all--)
            if (draw_below(draw, all) < count) {
                cases[i]++;
                count--;
            }
}

/* The cases keep their places and exchange their slots. */
static bool draw_permutation(const struct scan *s, uint32_t *cases, struct draw *draw)
{
    uint32_t n = (uint32_t)s->total, slots = s->in.slots, at = 0;
    size_t cells = (size_t)s->in.circles->places * slots;
    uint32_t *slot = malloc((n + 1) * sizeof *slot), *place = malloc((n + 1) * sizeof *place);
    for (size_t i = 0; slot && place && i < cells; i++)
        for (uint32_t c = s->in.cases[i]; c; c--, at++) {
            slot[at] = (uint32_t)(i % slots);
            place[at] = (uint32_t)(i / slots);
        }
    for (uint32_t i = at; i > 1; i--) {
        uint32_t other = draw_below(draw, i), kept = slot[other];
        slot[other] = slot[i - 1];
        slot[i - 1] = kept;
    }
    for (uint32_t i = 0; i < at; i++)
        cases[(size_t)place[i] * slots + slot[i]]++;
    bool drawn = slot && place;
    free(slot);
    free(place);
    return drawn;
}

double scan_replica(struct scan *s, struct draw *draw, double phi)
{
    const uint32_t *real = s->in.cases;
    uint32_t *cases = calloc((size_t)s->in.circles->places * s->in.slots + 1, sizeof *cases);
    if (!cases)
        return -1;
    take_input(s);
    bool drawn = true;
    if (s->in.model == SCAN_EXPECTATION)
        draw_expected(s, cases, draw, phi);
    else if (s->in.model == SCAN_POISSON)
        draw_multinomial(s, cases, draw);
    else if (s->in.model == SCAN_BERNOULLI)
        draw_labels(s, cases, draw);
    else
        drawn = draw_permutation(s, cases, draw);
    struct scan_cluster best = {0};
    s->in.cases = cases;
    if (drawn)
        scan_best(s, &best, 1);
    s->in.cases = real;
    free(cases);
    return drawn ? best.score : -1;
}
