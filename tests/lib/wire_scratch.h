/* wire_scratch: what every test of the wire works in: an arena, a buffer for what is packed, dice,
 * set up anew before each test. Header only, one of each a program. Start here: wire_scratch_open
 * and wire_scratch_close around the group, wire_scratch_begin each. */
#ifndef TESTS_LIB_WIRE_SCRATCH_H
#define TESTS_LIB_WIRE_SCRATCH_H

#include "dispatch/wire/wire.h"
#include "tests/lib/random_body.h"

static struct wire_arena arena;
static struct buffer out;
static struct dice dice;

static int wire_scratch_open(void **state)
{
    (void)state;
    wire_init();
    return wire_arena_init(&arena, WIRE_ARENA);
}

static int wire_scratch_close(void **state)
{
    (void)state;
    wire_arena_close(&arena);
    buffer_close(&out);
    return 0;
}

static int wire_scratch_begin(void **state)
{
    (void)state;
    wire_arena_reset(&arena);
    buffer_close(&out);
    buffer_init(&out, 4 * WIRE_SERVER_FRAME_MAX);
    dice.state = 120;
    arena.errmsg[0] = 0;
    return 0;
}

static void assert_says(const char *part)
{
    if (!strstr(arena.errmsg, part))
        fail_msg("\"%s\" does not say \"%s\"", arena.errmsg, part);
}

#endif
