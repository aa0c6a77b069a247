/* growth: how long the disk will last if it goes on filling as it did in the last hour.
 *
 * Owner: the caller; a zeroed struct is ready. Thread: its owner's. Units: bytes, ms, hours.
 * Errors: none. Start here: growth_hours_left, once a minute. */
#ifndef UPKEEP_GROWTH_H
#define UPKEEP_GROWTH_H

#include <stdint.h>

enum { GROWTH_SAMPLES = 61, GROWTH_SPAN_MS_MIN = 600000, GROWTH_HOURS_MAX = 100000 };

struct growth {
    struct {
        int64_t at_ms;
        uint64_t room_bytes;
    } sample[GROWTH_SAMPLES];
    uint32_t next, count;
};

/* Takes in that `room_bytes` may still be written, and says for how many hours they last;
 * GROWTH_HOURS_MAX while the disk does not fill, or before ten minutes have been seen. */
uint32_t growth_hours_left(struct growth *growth, int64_t mono_ms, uint64_t room_bytes);

#endif
