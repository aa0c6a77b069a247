/* opinion: a second opinion on what was just recommended, by rollouts (rollout.h) in a worker.
 *
 *   recommended, graded ─► asked ─► scene (a copy of what matters) ─► travel: drives between its
 *   places ─► thread: the futures ─► `give_opinion` ─► core: opinion_given, or refused as too late
 *
 * Nothing ever waits for it: an order may come before it, and then it is dropped. One at a time,
 * the most urgent first, and only where there is a choice: at least two units that could go, a
 * demand to draw calls from (`set_demand`), a grade that policy does not always give the nearest.
 * The seed is the seq of the recommendation: the same journal and positions, the same opinion.
 * The thread is one of its own and stands back behind all others, so the loop finds a processor.
 * Of a driven clock it is a part: whoever drives is answered after it, as after travel.
 * Owner: the server. Thread: the loop's, but for the futures. Units: seconds, ms.
 * Errors: none; what cannot be asked is not given, and counted. Start here: opinion_applied. */
#ifndef OPINION_OPINION_H
#define OPINION_OPINION_H

#include <stdatomic.h>

#include "dispatch/travel/travel.h"

enum { OPINION_ASKED_MAX = 64 };

struct scene; /* opinion_scene.h */

struct opinion {
    struct pipeline *pipeline;
    struct travel *travel;
    uv_thread_t thread; /* while playing */
    uv_async_t played;
    bool on, playing, closing;
    atomic_bool given_up; /* what is being played */
    uint32_t futures, horizon_s, candidates, first_grade;
    uint64_t asked[OPINION_ASKED_MAX]; /* incidents; the oldest gives way */
    uint32_t asked_n;
    struct scene *scene; /* the one under way, or NULL */
    void (*idle_cb)(void *context); /* it was given or dropped: what is next? */
    void *context;
    void (*closed_cb)(void *context);
    void *closed_context;
};

void opinion_open(struct opinion *opinion, const struct config *config, uv_loop_t *loop,
                  struct pipeline *pipeline, struct travel *travel);
/* What the configuration may change at run time. */
void opinion_reload(struct opinion *opinion, const struct config *config);
/* After travel is closed. closed_cb when the thread has ended: after the future at hand. */
void opinion_close(struct opinion *opinion, void (*closed_cb)(void *context), void *context);

/* A record was applied: what it recommends is asked about. */
void opinion_applied(struct opinion *opinion, const struct record *record);

/* When travel has nothing to do: begins the next. */
void opinion_next(struct opinion *opinion);

/* Whether one is under way. */
bool opinion_busy(const struct opinion *opinion);

#endif
