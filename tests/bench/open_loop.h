/* open_loop: work that is due at random moments of a steady mean rate (Poisson), whatever the
 * server does. A latency counted from when the work was due includes every wait, also the one
 * behind slower work: nothing is left out because the server was slow (no coordinated omission).
 *
 *   open_loop_start(&l, loop, per_s, due_cb, ctx);   due_cb for each piece, at its time or after
 *   open_loop_stop(&l);
 *
 * Owner: the caller. Thread: the loop's. Units: ns of os_mono_ns. Aborts on errors: a measurement
 * that cannot be made is none. A timerfd wakes it: uv's own timers are of whole milliseconds. */
#ifndef TESTS_BENCH_OPEN_LOOP_H
#define TESTS_BENCH_OPEN_LOOP_H

#include <uv.h>

#include "sim/dice.h"

typedef void (*open_loop_cb)(void *context, uint64_t due_ns);

struct open_loop {
    uv_poll_t poll;
    int timer_fd;
    struct dice dice;
    double mean_ns;
    uint64_t next_ns;
    open_loop_cb due_cb;
    void *context;
};

void open_loop_start(struct open_loop *l, uv_loop_t *loop, double per_s, open_loop_cb due_cb,
                     void *context);
void open_loop_stop(struct open_loop *l);

#endif
