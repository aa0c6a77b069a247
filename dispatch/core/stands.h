/* stands (inside the core): where free units stand by, and what the next call costs as they do.
 *
 * Filled from the state and a propose_moves command: stations, zones that have calls and units are
 * numbered, the drives between stations and zones become prices for standby.h. A place is a zone
 * with calls, or, where there are more than there is room for, one of those with the most.
 * Owner: the decision's scratch. Thread: the core's. Units: ms of the mean call. Errors: none.
 * Start here: stands_gather, then stands_see after every change of `at`. */
#ifndef CORE_STANDS_H
#define CORE_STANDS_H

#include "dispatch/core/decide.h"

struct stands {
    const struct move_rules *rules;
    const struct propose_moves *command;
    const struct table *station;   /* a station's number is its place in this table */
    const struct zone_name **zone; /* by place */
    uint32_t place_n, *drive_s;    /* [place * station_n + station] */
    struct standby standby;
    struct standby_view view;
    int64_t *price_ms, *none_ms; /* of the view: of what was asked last */
    int64_t *spare_ms;           /* [2 * station_n], work */
    uint32_t *at;                /* free units by station */
    uint32_t pending;            /* advices that nobody has taken yet */
    int64_t *gain_ms, *loss_ms;  /* by station, as stands_see left them */
};

/* What the dispatcher is told of how units stand. */
struct stands_figures {
    int64_t drive_ms;          /* to the next call, in the mean */
    uint32_t covered_permille; /* of the calls: somebody is free within cover_s */
};

void stands_gather(struct deciding *d, struct stands *stands);

/* gain_ms and loss_ms of one unit more or less than stand there now, by drives and lateness. */
void stands_see(struct stands *stands);
struct stands_figures stands_figure(struct stands *stands);
/* The zone that one unit more at the station helps most; NULL: none. */
const struct zone_name *stands_zone(struct stands *stands, uint32_t station);

/* Where a free unit counts: where it was advised to go, where it was sent, its own station. */
uint64_t stands_at(const struct deciding *d, const struct unit *unit);
/* It was advised a moment ago, and nobody has done it. */
bool stands_pending(const struct deciding *d, const struct unit *unit);

/* The number of an id in a table whose rows begin with it; *at: a guess, then the number. */
bool stands_number(const struct table *table, uint64_t id, uint32_t *at);

size_t stands_bytes(const struct limits *limits); /* of scratch */

#endif
