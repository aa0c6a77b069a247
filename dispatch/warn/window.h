/* window: how many calls came in the last hour, six hours or day, asked at every call.
 *
 *   chance = P(X >= n),  X negative binomial with the forecast's mean of the window and phi
 *
 * The chance of one look is not a rate of alarms: thresholds come from replay (reference/warning.md
 * 2.2). Owner: the caller; window_close frees. Thread: one. Times in ms, never going back. */
#ifndef WARN_WINDOW_H
#define WARN_WINDOW_H

#include <stdint.h>

struct window {
    int64_t length_ms;
    int64_t *at_ms; /* of the calls in the window, a ring */
    uint32_t size, first, n;
};

/* `size`: calls it can hold; beyond them the oldest is let go. 0, or -1 when memory is short. */
int window_make(struct window *window, int64_t length_ms, uint32_t size);
void window_close(struct window *window);

/* Lets go what is older than the window at now_ms, adds a call at now_ms, returns how many. */
uint32_t window_add(struct window *window, int64_t now_ms);
uint32_t window_count(struct window *window, int64_t now_ms);

#endif
