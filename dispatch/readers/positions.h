/* positions: where the units are, handed from the loop to a thread that shows them elsewhere.
 *
 * Only the newest list is kept: one that was not taken gives way to the next. Nobody ever waits.
 * Owner: the caller; a zeroed struct is ready. Threads: positions_put the loop's (track is its
 * own), positions_take any one other, positions_close after both.
 * Errors: without memory a list is left out. Start here: positions_put once a second. */
#ifndef READERS_POSITIONS_H
#define READERS_POSITIONS_H

#include <stdatomic.h>

#include "dispatch/ingest/track.h"

struct position {
    uint64_t unit;
    int32_t lat_e7, lon_e7;
};

struct position_list {
    uint32_t count;
    struct position at[];
};

struct positions {
    _Atomic(struct position_list *) newest;
};

void positions_put(struct positions *positions, const struct track *track);
/* The list is the caller's to free; NULL: nothing new. */
struct position_list *positions_take(struct positions *positions);
void positions_close(struct positions *positions);

#endif
