#include "dispatch/opinion/opinion.h"

#include <string.h>

#include "dispatch/base/log.h"
#include "dispatch/base/os.h"
#include "dispatch/must.h"
#include "dispatch/opinion/opinion_scene.h"

/* --- what is asked --- */

static void ask(struct opinion *o, uint64_t incident)
{
    for (uint32_t i = 0; i < o->asked_n; i++)
        if (o->asked[i] == incident)
            return;
    if (o->asked_n == OPINION_ASKED_MAX) {
        metrics_add(o->pipeline->metrics, METRIC_OPINIONS_DROPPED, 1);
        memmove(o->asked, o->asked + 1, --o->asked_n * sizeof(*o->asked));
    }
    o->asked[o->asked_n++] = incident;
}

void opinion_applied(struct opinion *o, const struct record *record)
{
    for (uint32_t i = 0; o->on && i < record->fact_count; i++) {
        const struct fact *fact = &record->fact[i];
        if (fact->kind == FACT_RECOMMENDED)
            ask(o, fact->recommended.incident.v);
        else if (fact->kind == FACT_INCIDENT_GRADED)
            ask(o, fact->incident_graded.incident.v);
        else if (fact->kind == FACT_INCIDENT_REGRADED)
            ask(o, fact->incident_regraded.incident.v);
    }
}

static uint32_t grade_of(const struct opinion *o, uint64_t incident)
{
    const struct incident *it = state_incident(&o->pipeline->core.state, incident);
    return it && it->grade ? it->grade : UINT32_MAX;
}

/* The most urgent; of equals the one asked first. */
static uint64_t take_asked(struct opinion *o)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < o->asked_n; i++)
        if (grade_of(o, o->asked[i]) < grade_of(o, o->asked[best]))
            best = i;
    uint64_t incident = o->asked[best];
    o->asked_n--;
    memmove(o->asked + best, o->asked + best + 1, (o->asked_n - best) * sizeof(*o->asked));
    return incident;
}

/* --- its way --- */

static void end(struct opinion *o)
{
    scene_free(o->scene);
    o->scene = NULL;
}

/* The core refuses it when the recommendation has changed since. */
static void submit(struct opinion *o)
{
    const struct scene *scene = o->scene;
    struct command command = {.kind = COMMAND_GIVE_OPINION};
    struct give_opinion *c = &command.give_opinion;
    uint32_t n = scene->rollout.candidate_n, here_s[ROLLOUT_CANDIDATES_MAX];
    uint32_t next_s[ROLLOUT_CANDIDATES_MAX], error_s[ROLLOUT_CANDIDATES_MAX];
    for (uint32_t i = 0; i < n; i++) {
        here_s[i] = scene->cost[i].here_s;
        next_s[i] = scene->cost[i].next_s;
        error_s[i] = scene->cost[i].error_s;
    }
    c->incident.v = scene->incident;
    c->about_seq = scene->about_seq;
    c->grade = scene->grade;
    c->opinion_unit = (struct u64s){scene->candidate, n};
    c->opinion_here_s = (struct u32s){here_s, n};
    c->opinion_next_s = (struct u32s){next_s, n};
    c->opinion_error_s = (struct u32s){error_s, n};
    c->opinion_futures = scene->rollout.futures;
    c->opinion_horizon_s = (uint32_t)(scene->rollout.horizon_ms / 1000);
    pipeline_submit_own(o->pipeline, &command);
}

static void go_on(struct opinion *o)
{
    end(o);
    o->idle_cb(o->context);
}

static void play(void *self)
{
    struct opinion *o = self;
    os_stand_back();
    scene_play(o->scene);
    uv_async_send(&o->played);
}

static void on_closed(uv_handle_t *handle)
{
    struct opinion *o = handle->data;
    end(o);
    o->closed_cb(o->closed_context);
}

static void on_played(uv_async_t *played)
{
    struct opinion *o = played->data;
    must(uv_thread_join(&o->thread) == 0);
    o->playing = false;
    if (o->closing) {
        uv_close((uv_handle_t *)played, on_closed);
        return;
    }
    metrics_observe_us(o->pipeline->metrics, HIST_OPINION, o->scene->took_us);
    if (o->scene->played)
        submit(o);
    else
        metrics_add(o->pipeline->metrics, METRIC_OPINIONS_DROPPED, 1);
    go_on(o);
}

static void on_drives(void *context, const char *error)
{
    struct opinion *o = context;
    /* Travel has said an error where it matters; the next recommendation asks again. */
    atomic_store(&o->given_up, false);
    o->playing = !error && uv_thread_create(&o->thread, play, o) == 0;
    if (o->playing)
        return;
    metrics_add(o->pipeline->metrics, METRIC_OPINIONS_DROPPED, 1);
    go_on(o);
}

/* A scene is as large for one as for the other. */
static void drop_asked(struct opinion *o)
{
    metrics_add(o->pipeline->metrics, METRIC_OPINIONS_DROPPED, 1 + o->asked_n);
    o->asked_n = 0;
}

void opinion_next(struct opinion *o)
{
    bool too_large = false;
    while (!o->closing && !o->scene && o->asked_n && !too_large)
        o->scene = scene_make(o, take_asked(o), &too_large);
    if (too_large)
        drop_asked(o);
    if (!o->scene || o->scene->drives.waiting || o->playing)
        return;
    o->scene->drives.done_cb = on_drives;
    o->scene->drives.context = o;
    travel_drives(o->travel, &o->scene->drives);
}

bool opinion_busy(const struct opinion *o)
{
    return o->scene != NULL;
}

/* --- beginning and end --- */

void opinion_reload(struct opinion *o, const struct config *c)
{
    o->on = c->second_opinion.on;
    o->asked_n = o->on ? o->asked_n : 0;
    if (!o->on)
        atomic_store(&o->given_up, true);
    o->futures = (uint32_t)c->second_opinion.futures;
    o->horizon_s = (uint32_t)c->second_opinion.horizon_min * 60;
    o->candidates = (uint32_t)c->second_opinion.candidates;
    o->first_grade = (uint32_t)c->second_opinion.first_grade;
}

void opinion_open(struct opinion *o, const struct config *config, uv_loop_t *loop,
                  struct pipeline *pipeline, struct travel *travel)
{
    *o = (struct opinion){.pipeline = pipeline, .travel = travel};
    opinion_reload(o, config);
    must(uv_async_init(loop, &o->played, on_played) == 0);
    o->played.data = o;
}

void opinion_close(struct opinion *o, void (*closed_cb)(void *context), void *context)
{
    o->closing = true;
    atomic_store(&o->given_up, true);
    o->closed_cb = closed_cb;
    o->closed_context = context;
    if (!o->playing)
        uv_close((uv_handle_t *)&o->played, on_closed);
}
