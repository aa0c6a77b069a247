/* scan: the most unusual circle and recent time window among all of them.
 *
 * Cylinders: a circle of places (circle.h) and the last w slots. c cases inside, b expected:
 *
 *   SCAN_EXPECTATION  F   = c ln(c/b) + b - c                              (Neill 2005)
 *   SCAN_POISSON      LLR = c ln(c/b) + (C-c) ln((C-c)/(C-b)),  b sums to C (Kulldorff 1997)
 *   SCAN_PERMUTATION  the same with b = (cases of these places)(cases of these slots)/C
 *                                                             (Kulldorff et al. 2005)
 *   SCAN_BERNOULLI    cases among all calls: c ln(c/n) + (n-c) ln((n-c)/n) + the same outside
 *                     - C ln(C/N) - (N-C) ln((N-C)/N)         (Kulldorff and Nagarwalla 1995)
 *
 * where more cases than expected, otherwise 0. Of any shape (SCAN_EXPECTATION): instead of a whole
 * circle the most unusual set of its places, found without trying them all (subset.h; Neill 2012).
 * Purely spatial: one slot. Purely temporal: one
 * place. Owner: the caller; scan_close frees. Thread: one at a time. Start at scan_make, scan_best.
 */
#ifndef WARN_SCAN_H
#define WARN_SCAN_H

#include "dispatch/warn/circle.h"
#include "dispatch/warn/draw.h"
#include "dispatch/warn/subset.h"

enum scan_model { SCAN_EXPECTATION, SCAN_POISSON, SCAN_PERMUTATION, SCAN_BERNOULLI };

struct scan_input {
    enum scan_model model;
    const struct circles *circles;
    uint32_t slots;         /* of time, the last one is now */
    uint32_t windows;       /* the longest window, in slots; at most `slots` */
    uint32_t window_min;    /* the shortest; 0 means 1 */
    uint32_t cases_min;     /* fewer cases are no cluster */
    bool any_shape;         /* EXPECTATION only: the best set of places of the largest circles */
    const uint32_t *cases;  /* [place * slots + slot]; may change between calls of scan_best */
    const double *expected; /* the same shape. EXPECTATION: forecast. POISSON: any scale.
                               BERNOULLI: cases and controls. PERMUTATION: NULL */
};

struct scan_cluster {
    uint32_t centre, members; /* circle: the first `members` round the centre; else scan_places */
    uint32_t window;          /* the last slots */
    uint32_t cases;
    double expected, score, radius;
    uint64_t set; /* sum of the marks of its places: equal sets have equal sums */
};

struct scan {
    struct scan_input in;
    double total, population; /* all cases; BERNOULLI: all cases and controls */
    double *expected;         /* summed from now back: [place * windows + w] */
    uint32_t *cases;
    uint32_t *column; /* work: cases of a circle by window */
    double *base;
    struct subset_place *set; /* work: the places of a circle */
    uint32_t *place;          /* … of a cluster */
    bool *taken;              /* … of the clusters before it */
};

/* 0, or -1 when memory is short. What `in` points to stays the caller's and is read until close. */
int scan_make(struct scan *scan, const struct scan_input *in);
void scan_close(struct scan *scan);

/* The clusters of highest score, the first the highest, at most `max`. Each circle's centre gives
 * its best cylinder only. Ties: the lower centre first. Returns how many (score > 0). */
uint32_t scan_best(struct scan *scan, struct scan_cluster *best, uint32_t max);

/* The same, of all cylinders, those with the same places and window once. */
uint32_t scan_all(struct scan *scan, struct scan_cluster *best, uint32_t max);

/* Keeps, in order, those that share no place with a better one. Returns how many. */
uint32_t scan_apart(struct scan *scan, struct scan_cluster *cluster, uint32_t n);

/* The places of a cluster of the last scan_best or scan_all, cluster->members of them; borrowed
 * until the next call. */
const uint32_t *scan_places(struct scan *scan, const struct scan_cluster *cluster);

/* The highest score of one replica of the null hypothesis. EXPECTATION: each slot's total drawn
 * with variance phi times its mean, its cases falling over the places as expected. The others: as
 * published, given the margins. Negative when memory is short. */
double scan_replica(struct scan *scan, struct draw *draw, double phi);

#endif
