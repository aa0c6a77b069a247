/* coverage: the road network in squares, and how soon the nearest free unit is in each of them.
 *
 *   coverage_ask ──► kept, young enough ─────────────────────────────► done_cb
 *          └─► waits ─► travel's worker, between two proposals ─► JSON kept ─► done_cb
 *
 * A square stands where there is a street of the main network; it is spoken of by the street that
 * begins nearest to its middle. Free is what would be offered to an incident now; a unit whose fix
 * is lost is nowhere, and counted. Times are driving times by the weights in force, without the
 * time it takes to leave.
 *
 * The answer, also to the query `coverage` (id: a station whose units are thought away, or 0):
 *   {"as_of_ms", "source": "road", "target_s", "without": 0, "units": counted, "units_lost",
 *    "west_e7", "south_e7", "width_e7", "height_e7": the south-western square, and each one's size,
 *    "columns", "cell": [column + row * columns, …], "eta_s": [by cell; null: no way there],
 *    "low_milli": below which preparedness stands out, or 0,
 *    "zones": [{"zone", "cells", "within": no later than target_s, "median_s", "worst_s",
 *               "prepared_milli": preparedness.h; null: not known}, …]}
 * where zones are all that hold a square, of every kind, and a null among the times is the worst.
 * Owner: the server. Thread: the loop's. Errors: -1 with a text in errmsg; an ask that fails is
 * answered with a text too. Start here: coverage_open, coverage_ask. */
#ifndef TRAVEL_COVERAGE_H
#define TRAVEL_COVERAGE_H

#include "dispatch/travel/preparedness.h"
#include "dispatch/travel/travel.h"
#include "dispatch/travel/zones.h"
#include "dispatch/wire/buffer.h"

enum { COVERAGE_KEPT = 8, COVERAGE_ASKS_MAX = 256, COVERAGE_CELLS_MAX = 10000 };

/* answer or error is NULL; lent for the call. */
typedef void (*coverage_done_cb)(void *context, uint64_t client, uint64_t number,
                                 const struct buffer *answer, const char *error);

struct coverage_ask {
    uint64_t without, client, number;
};

struct coverage_kept {
    uint64_t without;
    int64_t as_of_ms; /* 0: nothing yet */
    struct buffer json;
};

/* A zone and a square of it. */
struct coverage_pair {
    uint64_t zone;
    uint32_t cell;
};

struct coverage {
    struct travel *travel;
    const struct config *config;
    int32_t west_e7, south_e7, width_e7, height_e7; /* of one square */
    uint32_t columns, rows, n;
    uint32_t *cell, *arc, *eta_s; /* by square */
    struct coverage_pair *pair;   /* by zone */
    uint32_t pair_n, pair_max;
    struct travel_cover cover; /* the one under way */
    struct preparedness preparedness; /* its rule is the server's to set */
    struct coverage_ask ask[COVERAGE_ASKS_MAX];
    uint32_t ask_n;
    struct coverage_kept kept[COVERAGE_KEPT];
    coverage_done_cb done_cb;
    void *context;
    char errmsg[ERRMSG_MAX];
};

/* Without a road file there is nothing to ask. zones is used now, travel as long as this lives. */
int coverage_open(struct coverage *coverage, const struct config *config, struct travel *travel,
                  struct zones *zones, coverage_done_cb done_cb, void *context);
void coverage_close(struct coverage *coverage); /* after travel */

/* done_cb comes now or later, once for each ask. */
void coverage_ask(struct coverage *coverage, struct coverage_ask ask);

#endif
