#include "tests/bench/open_loop.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include "dispatch/base/os.h"
#include "dispatch/must.h"

static void wake_at_next(struct open_loop *l)
{
    struct itimerspec at = {
        .it_value = {(time_t)(l->next_ns / 1000000000), (long)(l->next_ns % 1000000000)}};

    must(timerfd_settime(l->timer_fd, TFD_TIMER_ABSTIME, &at, NULL) == 0);
}

static void on_time(uv_poll_t *poll, int status, int events)
{
    struct open_loop *l = poll->data;
    uint64_t times;

    (void)events;
    must(status == 0);
    if (read(l->timer_fd, &times, sizeof(times)) < 0)
        return; /* not yet */
    while (l->next_ns <= os_mono_ns()) {
        uint64_t due_ns = l->next_ns;
        l->next_ns += 1 + (uint64_t)dice_exponential(&l->dice, l->mean_ns);
        l->due_cb(l->context, due_ns);
    }
    wake_at_next(l);
}

void open_loop_start(struct open_loop *l, uv_loop_t *loop, double per_s, open_loop_cb due_cb,
                     void *context)
{
    *l = (struct open_loop){.dice = dice_make(1, "open loop"),
                            .mean_ns = 1e9 / per_s,
                            .next_ns = os_mono_ns() + 1000000,
                            .due_cb = due_cb,
                            .context = context};
    l->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    must(l->timer_fd >= 0 && uv_poll_init(loop, &l->poll, l->timer_fd) == 0);
    l->poll.data = l;
    must(uv_poll_start(&l->poll, UV_READABLE, on_time) == 0);
    wake_at_next(l);
}

static void on_closed(uv_handle_t *handle)
{
    struct open_loop *l = handle->data;

    close(l->timer_fd);
}

void open_loop_stop(struct open_loop *l)
{
    must(uv_poll_stop(&l->poll) == 0);
    uv_close((uv_handle_t *)&l->poll, on_closed);
}
