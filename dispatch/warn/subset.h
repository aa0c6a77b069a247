/* subset: the most unusual set of places within a neighbourhood, of any shape.
 *
 * Within a circle the places sorted by cases over expected have the best set as a prefix (linear
 * time subset scanning, Neill 2012), for the expectation-based Poisson score of scan.h. Owner: the
 * caller's arrays. Thread: one. Errors: none. */
#ifndef WARN_SUBSET_H
#define WARN_SUBSET_H

#include <stdint.h>

struct subset_place {
    uint32_t place, cases;
    double expected;
};

struct subset_found {
    uint32_t n; /* the first n of the array, which has been sorted */
    uint32_t cases;
    double expected, score;
};

/* Sorts `place` and finds the best prefix. */
struct subset_found subset_best(struct subset_place *place, uint32_t n);

#endif
