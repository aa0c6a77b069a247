#include "dispatch/core/learned.h"

enum {
    SAMPLES_MAX = 400, /* then all halve: the last few hundred count */
    ERROR_PERMILLE_MAX = 10000,
    P90_PERMILLE = 1282, /* of a normal distribution, in sd */
    QUARTER_MS = 6 * 3600 * 1000,
};

static void learned_add(struct state *state, uint64_t measure, uint64_t value)
{
    struct learned *l = state_learned(state, measure);
    if (!l && state_room(state, OBJECT_LEARNED) == 0)
        return;
    if (!l)
        l = state_add(state, OBJECT_LEARNED, measure);
    if (l->n >= SAMPLES_MAX) {
        l->n /= 2;
        l->sum /= 2;
        l->squares /= 2;
    }
    l->n++;
    l->sum += value;
    l->squares += value * value;
}

/* Between two claimed times; a negative or absurd span teaches nothing. */
static void add_span(struct state *state, uint64_t measure, int64_t from_ms, int64_t to_ms)
{
    const int64_t most_ms = INT64_C(6) * 3600 * 1000;
    if (from_ms && to_ms >= from_ms && to_ms - from_ms <= most_ms)
        learned_add(state, measure, (uint64_t)(to_ms - from_ms) / 1000);
}

static uint64_t error_measure(enum travel_source source, int64_t at_ms)
{
    return LEARNED_ERROR + 4 * (uint64_t)source + (uint64_t)(at_ms / QUARTER_MS) % 4;
}

static void add_error(struct state *state, const struct assignment *a)
{
    if (!a->departed_ms || a->at_scene_ms < a->departed_ms || !a->eta_s || !a->source)
        return;
    int64_t permille = (a->at_scene_ms - a->departed_ms) / a->eta_s;
    permille = permille > ERROR_PERMILLE_MAX ? ERROR_PERMILLE_MAX : permille;
    learned_add(state, error_measure(a->source, a->departed_ms), (uint64_t)permille);
}

static void add_scene(struct state *state, const struct assignment *a, int64_t until_ms,
                      bool carried)
{
    int64_t from_ms = a->at_scene_ms ? a->at_scene_ms : a->at_patient_ms;
    if (!from_ms)
        return;
    add_span(state, LEARNED_SCENE, from_ms, until_ms);
    learned_add(state, LEARNED_CARRIED, carried ? 1000 : 0);
}

static void add_handover(struct state *state, const struct assignment *a, int64_t until_ms)
{
    add_span(state, LEARNED_HANDOVER, a->at_hospital_ms, until_ms);
    if (a->hospital.v)
        add_span(state, LEARNED_HOSPITAL + a->hospital.v, a->at_hospital_ms, until_ms);
}

static void add_end(struct state *state, const struct assignment *a, int64_t at_ms)
{
    if (a->handed_over_ms)
        add_span(state, LEARNED_CLEAR, a->handed_over_ms, at_ms);
    else if (a->at_hospital_ms)
        add_handover(state, a, at_ms);
    else if (!a->left_scene_ms)
        add_scene(state, a, at_ms, false);
}

void learned_step(struct state *state, struct assignment *a)
{
    switch (a->step) {
    case STEP_AT_SCENE:
        add_error(state, a);
        break;
    case STEP_LEFT_SCENE:
        add_scene(state, a, a->left_scene_ms, true);
        break;
    case STEP_AT_HOSPITAL:
        add_span(state, LEARNED_TO_HOSPITAL, a->left_scene_ms, a->at_hospital_ms);
        break;
    case STEP_HANDED_OVER:
        add_handover(state, a, a->handed_over_ms);
        break;
    case STEP_COMPLETED:
        add_end(state, a, a->completed_ms);
        break;
    case STEP_EMPTY_RUN:
        add_end(state, a, a->empty_run_ms);
        break;
    default:
        break;
    }
}

int64_t learned_mean(const struct core *core, uint64_t measure, int64_t otherwise)
{
    const struct learned *l = state_learned(&core->state, measure);
    int64_t prior = core->policy.learned_calls;
    if (!l || prior + l->n == 0)
        return otherwise;
    return (otherwise * prior + (int64_t)l->sum) / (prior + l->n);
}

static int64_t root(int64_t square)
{
    int64_t low = 0, high = 100000;
    while (low < high) {
        int64_t middle = low + (high - low + 1) / 2;
        if (middle * middle <= square)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

struct travel_error learned_error(const struct core *core, enum travel_source source, int64_t at_ms)
{
    const struct policy *p = &core->policy;
    enum travel_source known = source == SOURCE_ROAD ? SOURCE_ROAD : SOURCE_CROW;
    int64_t p90 = (int64_t)p->eta_p90_pct[known] * 10;
    int64_t sd = p90 > 1000 ? (p90 - 1000) * 1000 / P90_PERMILLE : 0;
    const struct learned *l = state_learned(&core->state, error_measure(known, at_ms));
    struct travel_error error = {1000, sd, p90};
    if (!l)
        return error;
    int64_t prior = p->learned_calls, n = prior + l->n;
    error.mean_permille = (1000 * prior + (int64_t)l->sum) / n;
    int64_t square = ((1000 * 1000 + sd * sd) * prior + (int64_t)l->squares) / n;
    int64_t variance = square - error.mean_permille * error.mean_permille;
    error.sd_permille = root(variance > 0 ? variance : 0);
    error.p90_permille = error.mean_permille + error.sd_permille * P90_PERMILLE / 1000;
    return error;
}
