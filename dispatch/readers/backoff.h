/* backoff: how long to wait before trying again: doubling from 100 ms to 10 s, each time anywhere
 * between a half and the whole of it, so that readers of one dead server do not return in step.
 * A zeroed struct is ready; zero it again after success. Header only, any thread. */
#ifndef READERS_BACKOFF_H
#define READERS_BACKOFF_H

#include "dispatch/base/os.h"

enum { BACKOFF_MS_MIN = 100, BACKOFF_MS_MAX = 10000 };

struct backoff {
    uint32_t next_ms;
};

static inline uint64_t backoff_ms(struct backoff *backoff)
{
    uint32_t wait_ms = backoff->next_ms ? backoff->next_ms : BACKOFF_MS_MIN, chance;
    os_random(&chance, sizeof(chance));
    backoff->next_ms = wait_ms * 2 > BACKOFF_MS_MAX ? BACKOFF_MS_MAX : wait_ms * 2;
    return wait_ms / 2 + chance % (wait_ms / 2 + 1);
}

#endif
