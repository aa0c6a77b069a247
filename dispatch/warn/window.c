#include "dispatch/warn/window.h"

#include <stdlib.h>

#include "dispatch/must.h"

int window_make(struct window *w, int64_t length_ms, uint32_t size)
{
    must(length_ms > 0 && size > 0);
    *w = (struct window){.length_ms = length_ms, .size = size};
    w->at_ms = calloc(size, sizeof *w->at_ms);
    return w->at_ms ? 0 : -1;
}

void window_close(struct window *w)
{
    free(w->at_ms);
    *w = (struct window){0};
}

uint32_t window_count(struct window *w, int64_t now_ms)
{
    while (w->n && w->at_ms[w->first] <= now_ms - w->length_ms) {
        w->first = (w->first + 1) % w->size;
        w->n--;
    }
    return w->n;
}

uint32_t window_add(struct window *w, int64_t now_ms)
{
    window_count(w, now_ms);
    if (w->n == w->size) {
        w->first = (w->first + 1) % w->size;
        w->n--;
    }
    w->at_ms[(w->first + w->n++) % w->size] = now_ms;
    return w->n;
}
