#include "dispatch/travel/travel.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/log.h"
#include "dispatch/core/step.h"
#include "dispatch/must.h"
#include "dispatch/travel/travel_job.h"
#include "dispatch/travel/travel_offer.h"
#include "geo/load.h"

static void start_if_due(struct travel *t);

static const struct state *state_of(const struct travel *t)
{
    return &t->pipeline->core.state;
}

/* --- what the job needs to know --- */

static void add_condition(struct travel_job *job, const struct condition *condition, uint64_t way)
{
    if (job->condition_count == TRAVEL_CONDITIONS_MAX)
        return;
    /* slow_pct says how much longer it takes: 200 is half the speed. */
    uint32_t percent = condition->state == ROAD_CLOSED ? 0 : 10000 / condition->slow_pct;
    job->condition[job->condition_count++] = (struct travel_condition){
        way, {condition->lat_e7, condition->lon_e7}, condition->radius_m, percent};
}

/* Monday 00:00 local time is hour 0; 1970-01-01 was a Thursday. */
static uint32_t hour_of_week(const struct travel *t)
{
    int64_t local_ms = pipeline_now_ms(t->pipeline) + (int64_t)t->utc_offset_min * 60000;
    return (uint32_t)((local_ms / 3600000 + 72) % WEEK_HOURS);
}

static void gather_conditions(struct travel *t)
{
    struct travel_job *job = t->job;
    job->condition_count = 0;
    job->condition_seq = t->condition_seq;
    EACH (state_of(t), CONDITION, condition, it) {
        for (uint32_t i = 0; i < it->way.n; i++)
            add_condition(job, it, it->way.v[i]);
        if (it->radius_m)
            add_condition(job, it, 0);
    }
    job->hour = hour_of_week(t);
    job->crow_factor_pct = t->crow_factor_pct;
    job->crow_speed_kmh = t->crow_speed_kmh;
}

const char *travel_engine(const struct travel *t)
{
    return t->has_road ? travel_cch_engine(&t->cch) : "crow";
}

const char *travel_engine_why(const struct travel *t)
{
    if (!t->has_road)
        return "no road file";
    return t->cch.ready ? "" : t->cch.why;
}

/* --- what came out --- */

static void submit_weights(struct travel *t)
{
    struct command command = {.kind = COMMAND_ACTIVATE_WEIGHTS};
    char hash[17];
    if (!t->has_road || t->job->weights.epoch <= state_of(t)->head->weights_epoch)
        return;
    snprintf(hash, sizeof(hash), "%016" PRIx64, t->job->weights.hash);
    command.activate_weights.epoch = t->job->weights.epoch;
    command.activate_weights.hash = (struct text){hash, 16};
    pipeline_submit_own(t->pipeline, &command);
}

/* --- the job's turn --- */

static void run_job(uv_work_t *work)
{
    struct travel_job *job = ((struct travel *)work->data)->job;
    if (job->cover)
        travel_cover_run(job);
    else if (job->drives)
        travel_drives_run(job);
    else
        travel_job_run(job);
}

static void finish_close(struct travel *t);

static void take_result(struct travel *t)
{
    struct travel_job *job = t->job;
    metrics_observe_us(t->pipeline->metrics, HIST_FIELD, job->took_us);
    submit_weights(t);
    free(t->time);
    t->time = job->time;
    t->time_count = job->time_count;
    job->time = NULL;
    job->time_count = 0;
    job->time_max = 0;
    travel_trips_take(t);
    travel_offer_submit(t);
    travel_ways_submit(t);
}

/* NULL: it was answered. */
static const char *why_not(const struct travel *t, int status)
{
    const char *why = status < 0 ? "no worker" : t->job->errmsg;
    return why[0] ? why : NULL;
}

static void end_cover(struct travel *t, int status)
{
    struct travel_cover *cover = t->cover;
    t->cover = t->job->cover = NULL;
    cover->waiting = false;
    cover->done_cb(cover->context, why_not(t, status));
}

static void end_drives(struct travel *t, int status)
{
    struct travel_drives *drives = t->drives;
    t->drives = t->job->drives = NULL;
    drives->waiting = false;
    drives->done_cb(drives->context, why_not(t, status));
}

static void job_done(uv_work_t *work, int status)
{
    struct travel *t = work->data;
    struct travel_job *job = t->job;
    if (t->closing) {
        t->busy = false;
        finish_close(t);
        return;
    }
    /* Still busy: what is submitted here must not start the next job on these very columns. */
    if (job->cover) {
        end_cover(t, status);
    } else if (job->drives) {
        end_drives(t, status);
    } else if (status < 0 || job->errmsg[0]) {
        log_error("travel-failed", "why=%s", job->errmsg);
        t->dirty = true; /* again after settle_ms */
    } else {
        take_result(t);
    }
    t->busy = false;
    start_if_due(t);
    if (!t->busy && t->idle_cb)
        t->idle_cb(t->context);
}

static void queue_job(struct travel *t)
{
    t->work.data = t;
    uv_queue_work(t->loop, &t->work, run_job, job_done);
}

static void start(struct travel *t)
{
    t->busy = true;
    t->dirty = false;
    t->urgent = false;
    t->last_ms = pipeline_now_ms(t->pipeline);
    travel_offer_gather(t, false);
    travel_trips_gather(t);
    travel_ways_gather(t);
    gather_conditions(t);
    t->job->metric = t->has_road ? travel_cch_lend(&t->cch, t->job->hour) : NULL;
    queue_job(t);
}

static void start_cover(struct travel *t)
{
    t->busy = true;
    t->cover->as_of_ms = pipeline_now_ms(t->pipeline);
    t->job->cover = t->cover;
    travel_offer_gather(t, true);
    gather_conditions(t);
    t->job->metric = t->cover->near.n ? travel_cch_lend(&t->cch, t->job->hour) : NULL;
    queue_job(t);
}

static void start_drives(struct travel *t)
{
    t->busy = true;
    t->job->drives = t->drives;
    gather_conditions(t);
    t->job->metric = t->has_road ? travel_cch_lend(&t->cch, t->job->hour) : NULL;
    queue_job(t);
}

void travel_cover(struct travel *t, struct travel_cover *cover)
{
    must(t->has_road && !t->cover);
    cover->waiting = true;
    t->cover = cover;
    start_if_due(t);
}

void travel_drives(struct travel *t, struct travel_drives *drives)
{
    must(!t->drives);
    drives->waiting = true;
    t->drives = drives;
    start_if_due(t);
}

static void start_if_due(struct travel *t)
{
    if (t->busy || t->closing || !t->pipeline->open)
        return;
    if (t->has_road)
        travel_cch_tick(&t->cch, hour_of_week(t));
    if (t->urgent || (t->dirty && pipeline_now_ms(t->pipeline) - t->last_ms >= t->settle_ms))
        start(t);
    else if (t->cover)
        start_cover(t);
    else if (t->drives)
        start_drives(t);
}

bool travel_tick(struct travel *t)
{
    start_if_due(t);
    return t->busy;
}

static void on_timer(uv_timer_t *timer)
{
    start_if_due(timer->data);
}

void travel_moved(struct travel *t)
{
    t->dirty = true;
}

void travel_applied(struct travel *t, const struct record *record)
{
    t->urgent = travel_ways_applied(&t->ways, record) || t->urgent;
    for (uint32_t i = 0; i < record->fact_count; i++) {
        switch (record->fact[i].kind) {
        case FACT_ROAD_CONDITION_SET:
        case FACT_ROAD_CONDITION_CLEARED:
            t->condition_seq++;
            t->urgent = true;
            break;
        case FACT_INCIDENT_OPENED:
        case FACT_INCIDENT_PLACED:
        case FACT_INCIDENT_GRADED:
        case FACT_INCIDENT_REGRADED:
        case FACT_RESPONSE_PLANNED:
        case FACT_UNIT_RESERVED:
        case FACT_STEP_REACHED:
        case FACT_STEP_CORRECTED:
        case FACT_DUTY_SET:
        case FACT_UNIT_DEFINED:
        case FACT_INCIDENT_CLOSED:
        case FACT_SURGE_CHANGED:
            t->urgent = true;
            break;
        case FACT_HOSPITAL_CHOSEN:
            t->dirty = true;
            break;
        default:
            break;
        }
    }
    start_if_due(t);
}

const struct travel_time *travel_find(const struct travel *t, uint64_t incident, uint64_t unit)
{
    const struct travel_time key = {.incident = incident, .unit = unit};
    uint32_t low = 0, high = t->time_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct travel_time *time = &t->time[middle];
        if (time->incident < key.incident ||
            (time->incident == key.incident && time->unit < key.unit))
            low = middle + 1;
        else
            high = middle;
    }
    bool found =
        low < t->time_count && t->time[low].incident == incident && t->time[low].unit == unit;
    return found ? &t->time[low] : NULL;
}

/* --- beginning and end --- */

void travel_reload(struct travel *t, const struct config *c)
{
    t->settle_ms = (uint32_t)c->recommend.settle_ms;
    t->lost_fix_s = (uint32_t)c->recommend.lost_fix_s;
    t->candidates = (uint32_t)c->recommend.candidates;
    t->crow_factor_pct = (uint32_t)c->recommend.crow_factor_pct;
    t->crow_speed_kmh = (uint32_t)c->recommend.crow_speed_kmh;
    t->utc_offset_min = (uint32_t)c->server.utc_offset_min;
}

static void take_snap(struct travel *t, const struct config *c)
{
    t->snap = (struct snap_config){
        (uint32_t)c->recommend.snap_far_m, (uint32_t)c->recommend.heading_kmh,
        (uint32_t)c->recommend.heading_penalty_m, (uint32_t)c->recommend.turn_round_s * 1000};
}

static int load_roads(struct travel *t, const struct config *config)
{
    char path[1024];
    uint64_t unused;
    if (config->server.road_file[0])
        snprintf(path, sizeof(path), "%s", config->server.road_file);
    else
        snprintf(path, sizeof(path), "%s/road.bin", config->server.data_dir);
    if (os_free_bytes(path, &unused) < 0) {
        log_warn("road-missing", "path=%s eta=crow", path);
        return 0;
    }
    if (road_load(&t->road, path, t->errmsg) < 0)
        return -1;
    t->has_road = true;
    if (speeds_load(&t->speeds, config->server.speeds_file) < 0) {
        snprintf(t->errmsg, sizeof(t->errmsg), "%s", t->speeds.errmsg);
        return -1;
    }
    if (!speeds_profile(&t->speeds, "emergency") || grid_init(&t->grid, &t->road) < 0) {
        snprintf(t->errmsg, sizeof(t->errmsg), "%.300s: no profile `emergency`, or no memory",
                 config->server.speeds_file);
        return -1;
    }
    travel_cch_open(&t->cch, config, &t->road, path, speeds_profile(&t->speeds, "emergency"),
                    t->loop);
    log_info("road-loaded", "path=%s nodes=%u arcs=%u label=%s", path, t->road.node_n,
             t->road.arc_n, t->road.label);
    return 0;
}

int travel_open(struct travel *t, const struct config *config, uv_loop_t *loop,
                struct pipeline *pipeline, struct track *track)
{
    memset(t, 0, sizeof(*t));
    t->pipeline = pipeline;
    t->track = track;
    t->loop = loop;
    travel_reload(t, config);
    take_snap(t, config);
    if (load_roads(t, config) < 0)
        return -1;
    t->job = travel_job_new(t);
    t->trip = calloc(TRAVEL_UNITS_MAX, sizeof(*t->trip));
    t->stand = calloc(TRAVEL_UNITS_MAX, sizeof(*t->stand));
    if (!t->job || !t->trip || !t->stand) {
        snprintf(t->errmsg, sizeof(t->errmsg), "no memory for travel times");
        return -1;
    }
    travel_ways_init(&t->ways);
    t->job->ways = &t->ways;
    t->job->weights.epoch = state_of(t)->head->weights_epoch;
    t->urgent = true; /* what was open before the restart is proposed again */
    uv_timer_init(loop, &t->timer);
    t->timer.data = t;
    uv_timer_start(&t->timer, on_timer, 100, 100);
    return 0;
}

/* The timer's memory, the job's and the hierarchy's must all be free. */
static void finish_close(struct travel *t)
{
    if (t->busy || !t->timer_closed || !t->cch_closed)
        return;
    travel_job_free(t->job);
    travel_ways_close(&t->ways);
    if (t->has_road) {
        travel_cch_free(&t->cch);
        grid_close(&t->grid);
        road_close(&t->road);
    }
    free(t->time);
    free(t->trip);
    free(t->stand);
    t->closed_cb(t->closed_context);
}

static void on_cch_closed(void *context)
{
    struct travel *t = context;
    t->cch_closed = true;
    finish_close(t);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct travel *t = handle->data;
    t->timer_closed = true;
    finish_close(t);
}

void travel_close(struct travel *t, void (*closed_cb)(void *context), void *context)
{
    t->closing = true;
    t->closed_cb = closed_cb;
    t->closed_context = context;
    uv_close((uv_handle_t *)&t->timer, on_timer_closed);
    t->cch_closed = !t->has_road;
    if (t->has_road)
        travel_cch_close(&t->cch, on_cch_closed, t);
}
