/* os_clock: the machine's clock and dice. Tests that say when it is link another file instead. */
#include "dispatch/base/os.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

#include "dispatch/must.h"

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;

    must(clock_gettime(clock, &now) == 0);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t os_wall_ms(void)
{
    return clock_ns(CLOCK_REALTIME) / 1000000;
}

int64_t os_mono_ms(void)
{
    return clock_ns(CLOCK_MONOTONIC) / 1000000;
}

uint64_t os_mono_ns(void)
{
    return (uint64_t)clock_ns(CLOCK_MONOTONIC);
}

void os_random(void *out, size_t size)
{
    unsigned char *at = out;

    while (size > 0) {
        ssize_t got = getrandom(at, size, 0);
        must(got > 0 || errno == EINTR);
        if (got > 0) {
            at += got;
            size -= (size_t)got;
        }
    }
}
