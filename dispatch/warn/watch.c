#include <stdlib.h>

#include "dispatch/warn/watch_impl.h"

const char *const watch_detector_name[WATCH_DETECTORS] = {
#define DETECTOR(NAME, name, zh, en) #name,
#include "dispatch/warn/detector.def"
#undef DETECTOR
};

static int make_rolls(struct watch_state *state)
{
    state->cases = calloc(WATCH_CASES, sizeof *state->cases);
    for (uint32_t i = 0; i < state->policy.syndrome_count; i++) {
        state->roll[i].entry = calloc(WATCH_CASES, sizeof *state->roll[i].entry);
        if (!state->roll[i].entry)
            return -1;
    }
    return state->cases ? 0 : -1;
}

int watch_make(struct watch *watch, const struct watch_policy *policy)
{
    must(policy->syndrome_count > 0 && policy->syndrome_count <= WATCH_SYNDROMES_MAX);
    memset(watch, 0, sizeof *watch);
    struct watch_state *state = calloc(1, sizeof *state);
    if (!state)
        return -1;
    watch->state = state;
    state->policy = *policy;
    state->minute = state->hour = state->day = -1;
    state->window_min[0] = 60 * (int64_t)policy->number.window_short_h;
    state->window_min[1] = 60 * (int64_t)policy->number.window_middle_h;
    state->window_min[2] = 60 * (int64_t)policy->number.window_long_h;
    service_make(state);
    if (make_rolls(state) == 0 && count_make(state) == 0 && ground_make(state) == 0)
        return 0;
    watch_close(watch);
    return -1;
}

void watch_close(struct watch *watch)
{
    struct watch_state *state = watch->state;
    if (!state)
        return;
    for (uint32_t i = 0; i < WATCH_SYNDROMES_MAX; i++)
        free(state->roll[i].entry);
    count_close(state);
    ground_close(state);
    free(state->cases);
    free(state);
    watch->state = NULL;
}

static void fitted(struct watch_state *state, const struct watch_event *event)
{
    if (event->syndrome >= state->policy.syndrome_count || !(event->gumbel.beta > 0))
        return;
    state->null[event->syndrome] =
        (struct watch_null){event->gumbel, .known = true, .day = state->day};
}

void watch_feed(struct watch *watch, const struct watch_event *event)
{
    struct watch_state *state = watch->state;
    watch->action_count = 0;
    state->event = event;
    if (event->seq != state->seq)
        state->next_index = 0;
    state->seq = event->seq;
    count_pass(watch, event->now_ms);
    ground_pass(state, event->now_ms);
    demand_pass(state);
    switch (event->kind) {
    case WATCH_OPENED ... WATCH_ARRIVED:
        case_event(watch, event);
        break;
    case WATCH_FITTED:
        fitted(state, event);
        break;
    case WATCH_SIGNALLED:
    case WATCH_PERIOD:
        quality_event(watch, event);
        break;
    case WATCH_OVER:
        book_over(watch, event->key);
        break;
    default:
        break;
    }
    service_event(watch, event);
    book_pass(watch);
    state->event = NULL;
}

struct watch_outlook watch_ahead(const struct watch *watch, uint32_t syndrome, uint32_t ahead)
{
    const struct watch_state *state = watch->state;
    must(syndrome < state->policy.syndrome_count);
    struct expectation e = forecast_at(&state->series[syndrome].forecast, ahead, 0);
    return (struct watch_outlook){e.mean, e.phi, e.known};
}
