#include "dispatch/warn/subset.h"

#include <math.h>
#include <stdlib.h>

/* By cases / expected, the highest first, without dividing by an expectation of 0. */
static int by_excess(const void *left, const void *right)
{
    const struct subset_place *a = left, *b = right;
    double x = a->cases * b->expected, y = b->cases * a->expected;
    if (x != y)
        return x > y ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

struct subset_found subset_best(struct subset_place *place, uint32_t n)
{
    struct subset_found best = {0};
    uint32_t cases = 0;
    double expected = 0;
    qsort(place, n, sizeof *place, by_excess);
    for (uint32_t i = 0; i < n; i++) {
        cases += place[i].cases;
        expected += place[i].expected;
        if (!(cases > expected) || expected <= 0)
            continue;
        double score = cases * log(cases / expected) + expected - cases;
        if (score > best.score)
            best = (struct subset_found){i + 1, cases, expected, score};
    }
    return best;
}
