/* allowance: how often each user may have something done: a bucket a user that fills with time.
 *
 * Users share the buckets by their id modulo ALLOWANCE_BUCKETS: nobody from outside can make the
 * table grow, and a stranger's flood can only narrow what one other in 1024 may do.
 * Owner: the caller; a zeroed struct with burst and per_minute set is ready. Thread: its owner's.
 * Units: ms of any clock that does not go back. Errors: none. Start here: allowance_take. */
#ifndef LINE_ALLOWANCE_H
#define LINE_ALLOWANCE_H

#include <stdbool.h>
#include <stdint.h>

enum { ALLOWANCE_BUCKETS = 1024 };

struct allowance {
    uint32_t burst, per_minute; /* at once; and refilled. burst 0: no limit */
    struct {
        int64_t full_ms; /* when the bucket is full again */
    } bucket[ALLOWANCE_BUCKETS];
};

/* Whether this user may once more, which is then taken from the bucket. */
bool allowance_take(struct allowance *allowance, uint64_t user, int64_t now_ms);

#endif
