#include "tests/lib/os_driven.h"

#include <string.h>

#include "dispatch/base/os.h"
#include "dispatch/must.h"

static struct {
    int64_t wall_ms;
    int64_t mono_ms;
    uint64_t dice;
} driven = {.wall_ms = 1767225600000, .mono_ms = 1, .dice = 1};

void os_driven_start(int64_t wall_ms, uint64_t seed)
{
    driven.wall_ms = wall_ms;
    driven.mono_ms = 1;
    driven.dice = seed;
}

void os_driven_pass(int64_t ms)
{
    must(ms >= 0);
    driven.wall_ms += ms;
    driven.mono_ms += ms;
}

void os_driven_jump_wall(int64_t ms)
{
    driven.wall_ms += ms;
}

int64_t os_wall_ms(void)
{
    return driven.wall_ms;
}

int64_t os_mono_ms(void)
{
    return driven.mono_ms;
}

uint64_t os_mono_ns(void)
{
    return (uint64_t)driven.mono_ms * 1000000;
}

/* splitmix64: full period, so no seed is a bad one. */
static uint64_t next_dice(void)
{
    uint64_t z = driven.dice += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void os_random(void *out, size_t size)
{
    unsigned char *at = out;

    while (size > 0) {
        uint64_t dice = next_dice();
        size_t n = size < sizeof(dice) ? size : sizeof(dice);
        memcpy(at, &dice, n);
        at += n;
        size -= n;
    }
}
