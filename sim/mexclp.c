#include "sim/mexclp.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"

struct solving {
    const struct mexclp *problem;
    uint32_t *units;
    uint32_t *reach; /* by point: units that reach it */
    double *worth;   /* [k]: of one more unit where k are already, for a weight of 1 */
    uint32_t opened; /* sites with units that were not there */
};

/* Differences below this are rounding. */
static const double least_gain = 1e-9;

static void put(struct solving *s, uint32_t site, uint32_t units)
{
    const struct mexclp *p = s->problem;
    s->opened += !p->is_open[site] && s->units[site] == 0 && units > 0;
    s->units[site] += units;
    for (uint32_t i = p->first[site]; i < p->first[site + 1]; i++)
        s->reach[p->point[i]] += units;
}

static void take(struct solving *s, uint32_t site, uint32_t units)
{
    const struct mexclp *p = s->problem;
    s->units[site] -= units;
    s->opened -= !p->is_open[site] && s->units[site] == 0 && units > 0;
    for (uint32_t i = p->first[site]; i < p->first[site + 1]; i++)
        s->reach[p->point[i]] -= units;
}

/* What so many more units at the site would add. */
static double gain(const struct solving *s, uint32_t site, uint32_t units)
{
    const struct mexclp *p = s->problem;
    double sum = 0;
    for (uint32_t i = p->first[site]; i < p->first[site + 1]; i++)
        for (uint32_t k = 0; k < units; k++)
            sum += p->weight[p->point[i]] * s->worth[s->reach[p->point[i]] + k];
    return sum;
}

static bool may_have(const struct solving *s, uint32_t site)
{
    const struct mexclp *p = s->problem;
    return p->is_open[site] || s->units[site] > 0 || s->opened < p->open_max;
}

/* The lowest of the sites that gain most; site_n when none may have them. */
static uint32_t best_site(const struct solving *s, uint32_t units, double *best_gain)
{
    uint32_t best = s->problem->site_n;
    *best_gain = -1;
    for (uint32_t site = 0; site < s->problem->site_n; site++) {
        double gained = may_have(s, site) ? gain(s, site, units) : -1;
        if (gained > *best_gain + least_gain) {
            *best_gain = gained;
            best = site;
        }
    }
    return best;
}

/* Moves so many units of a site to where they gain most, if that is more than here. */
static bool exchange(struct solving *s, uint32_t site, uint32_t units)
{
    double gained;
    take(s, site, units);
    double here = gain(s, site, units);
    uint32_t to = best_site(s, units, &gained);
    bool moves = to < s->problem->site_n && gained > here + least_gain;
    put(s, moves ? to : site, units);
    return moves;
}

static void improve(struct solving *s)
{
    const struct mexclp *p = s->problem;
    for (bool moved = true; moved;) {
        moved = false;
        for (uint32_t site = 0; site < p->site_n; site++) {
            uint32_t spare = s->units[site] - p->least[site];
            if (s->units[site] > p->least[site] && exchange(s, site, 1))
                moved = true;
            else if (spare > 1 && exchange(s, site, spare))
                moved = true;
        }
    }
}

static int solving_open(struct solving *s, const struct mexclp *p, uint32_t *units)
{
    *s = (struct solving){.problem = p, .units = units};
    s->reach = calloc((size_t)p->point_n + 1, sizeof(*s->reach));
    s->worth = malloc(((size_t)p->unit_n + 1) * sizeof(*s->worth));
    if (!s->reach || !s->worth)
        return -1;
    s->worth[0] = 1 - p->busy;
    for (uint32_t k = 1; k <= p->unit_n; k++)
        s->worth[k] = s->worth[k - 1] * p->busy;
    return 0;
}

static void solving_close(struct solving *s)
{
    free(s->reach);
    free(s->worth);
}

int mexclp_solve(const struct mexclp *p, uint32_t *units)
{
    struct solving s;
    uint32_t placed = 0;
    int err = solving_open(&s, p, units);
    memset(units, 0, p->site_n * sizeof(*units));
    for (uint32_t site = 0; site < p->site_n && err == 0; site++) {
        put(&s, site, p->least[site]);
        placed += p->least[site];
    }
    must(placed <= p->unit_n);
    for (; placed < p->unit_n && err == 0; placed++) {
        double gained;
        uint32_t site = best_site(&s, 1, &gained);
        must(site < p->site_n);
        put(&s, site, 1);
    }
    if (err == 0)
        improve(&s);
    solving_close(&s);
    return err;
}

double mexclp_value(const struct mexclp *p, const uint32_t *units)
{
    struct solving s;
    double sum = -1;
    if (solving_open(&s, p, NULL) == 0) {
        for (uint32_t site = 0; site < p->site_n; site++)
            for (uint32_t i = p->first[site]; i < p->first[site + 1]; i++)
                s.reach[p->point[i]] += units[site];
        sum = 0;
        for (uint32_t j = 0; j < p->point_n; j++)
            for (uint32_t k = 0; k < s.reach[j]; k++)
                sum += p->weight[j] * s.worth[k];
    }
    solving_close(&s);
    return sum;
}
