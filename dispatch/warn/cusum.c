#include "dispatch/warn/cusum.h"

#include <math.h>
#include <stdlib.h>

#include "dispatch/warn/tail.h"

bool cusum_add(struct cusum *cusum, double count)
{
    cusum->s = fmax(0, cusum->s + count - cusum->k);
    if (cusum->s < cusum->h)
        return false;
    cusum->s = cusum->start;
    return true;
}

double cusum_reference(double mean, double raised)
{
    return (raised - mean) / log(raised / mean);
}

/* The number of states in a unit of S for which h and k are whole. */
static uint32_t states_per_unit(double h, double k)
{
    for (uint32_t n = 1; n < 64; n++)
        if (fabs(h * n - round(h * n)) < 1e-9 && fabs(k * n - round(k * n)) < 1e-9)
            return n;
    return 64;
}

/* The chain: q[from][to] between states, `out` the chance to alarm, `steps` the time a visit takes.
 */
struct chain {
    double *q, *out, *steps;
    uint32_t n;
};

static void fill_chain(struct chain *c, uint32_t unit, uint32_t k,
                       const struct cusum_design *design)
{
    for (uint32_t from = 0; from < c->n; from++) {
        uint32_t count = 0;
        for (;; count++) {
            int64_t to = (int64_t)from + (int64_t)count * unit - k;
            if (to >= (int64_t)c->n)
                break;
            c->q[from * c->n + (to > 0 ? (uint32_t)to : 0)] +=
                count_chance(design->mean, design->phi, count);
        }
        c->out[from] = count_tail(design->mean, design->phi, count);
        c->steps[from] = 1;
    }
}

/* One state after the other is left out, the last first, without a subtraction, so that no digit is
 * lost however rare the alarm is (Grassmann, Taksar and Heyman 1985). */
static void reduce(struct chain *c)
{
    for (uint32_t i = c->n; i-- > 0;) {
        double leaves = c->out[i];
        double *row = c->q + (size_t)i * c->n;
        for (uint32_t j = 0; j < i; j++)
            leaves += row[j];
        for (uint32_t j = 0; j < i; j++)
            row[j] /= leaves;
        c->out[i] /= leaves;
        c->steps[i] /= leaves;
        for (uint32_t from = 0; from < i; from++) {
            double *earlier = c->q + (size_t)from * c->n, via = earlier[i];
            for (uint32_t j = 0; j < i && via > 0; j++)
                earlier[j] += via * row[j];
            c->out[from] += via * c->out[i];
            c->steps[from] += via * c->steps[i];
        }
    }
}

/* The mean time from `start` to the alarm; the reduced rows lead only to earlier states. */
static double time_from(struct chain *c, uint32_t start)
{
    for (uint32_t i = 0; i <= start; i++)
        for (uint32_t j = 0; j < i; j++)
            c->steps[i] += c->q[(size_t)i * c->n + j] * c->steps[j];
    return c->steps[start];
}

double cusum_run_length(const struct cusum_design *design)
{
    uint32_t unit = states_per_unit(design->h, design->k);
    double states = round(design->h * unit);
    if (!(states >= 1 && states <= CUSUM_STATES_MAX && design->k >= 0 && design->mean >= 0))
        return -1;
    uint32_t n = (uint32_t)states, k = (uint32_t)round(design->k * unit);
    double start = round(design->start * unit);
    struct chain chain = {calloc((size_t)n * n, sizeof(double)), calloc(n, sizeof(double)),
                          calloc(n, sizeof(double)), n};
    double length = -1;
    if (chain.q && chain.out && chain.steps && start >= 0 && start < states) {
        fill_chain(&chain, unit, k, design);
        reduce(&chain);
        length = time_from(&chain, (uint32_t)start);
    }
    free(chain.q);
    free(chain.out);
    free(chain.steps);
    return length;
}

double cusum_find_h(double mean, double phi, double k, double step, double run_length)
{
    for (uint32_t i = 1;; i++) {
        struct cusum_design design = {.mean = mean, .phi = phi, .h = i * step, .k = k};
        double length = cusum_run_length(&design);
        if (length < 0)
            return 0;
        if (length >= run_length)
            return design.h;
    }
}
