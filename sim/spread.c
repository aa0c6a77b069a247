#include "sim/spread.h"

#include <math.h>

void spread_add(struct spread *s, double value)
{
    double off = value - s->mean;
    s->n++;
    s->mean += off / s->n;
    s->square += off * (value - s->mean);
}

/* 97.5 % quantiles by degrees of freedom; beyond the table that of the normal distribution with
 * Cornish and Fisher's first correction. */
static double student(uint32_t freedom)
{
    static const double t[] = {12.706, 4.303, 3.182, 2.776, 2.571,
                               2.447,  2.365, 2.306, 2.262, 2.228};
    return freedom <= sizeof(t) / sizeof(t[0]) ? t[freedom - 1] : 1.96 + 2.372 / freedom;
}

double spread_half(const struct spread *s)
{
    return s->n < 2 ? 0 : student(s->n - 1) * sqrt(s->square / (s->n - 1) / s->n);
}
