#include "dispatch/travel/travel_cch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/log.h"
#include "dispatch/base/os.h"
#include "dispatch/must.h"
#include "geo/cch_file.h"
#include "geo/cch_order.h"

/* --- the hierarchy, made once --- */

static bool find_order(struct travel_cch *c, uint32_t *order)
{
    char errmsg[CCH_ERRMSG_MAX];

    c->order_was_kept = cch_file_load(c->order_path, c->road, order, errmsg) == 0;
    if (c->order_was_kept)
        return true;
    if (!cch_order(c->road, order, &c->stop, c->why))
        return false;
    if (cch_file_save(c->order_path, c->road, order, errmsg) < 0)
        log_warn("road-order-not-kept", "why=%s next_start=slower", errmsg);
    return true;
}

static void make(uv_work_t *work)
{
    struct travel_cch *c = work->data;
    uint64_t start_ns = os_mono_ns();
    uint32_t *order = calloc((size_t)c->road->node_n + 1, sizeof(*order));

    c->failed = true;
    snprintf(c->why, sizeof(c->why), "no memory");
    if (order && find_order(c, order))
        c->failed = cch_init(&c->cch, c->road, order, c->ratio_pct, c->why) < 0;
    free(order);
    c->took_ms = (os_mono_ns() - start_ns) / 1000000;
}

static bool closed(struct travel_cch *c)
{
    c->busy = false;
    if (c->idle_cb)
        c->idle_cb(c->context);
    return c->idle_cb != NULL;
}

static void made(uv_work_t *work, int status)
{
    struct travel_cch *c = work->data;

    c->ready = status == 0 && !c->failed;
    if (closed(c))
        return;
    if (c->ready)
        log_info("road-engine",
                 "engine=hierarchy road_arcs=%u arcs=%u depth=%u order=%s ms=%" PRIu64,
                 c->road->arc_n, c->cch.arc_n, c->cch.depth_max,
                 c->order_was_kept ? "kept" : "made", c->took_ms);
    else
        log_warn("road-engine", "engine=dijkstra why=%s", c->why);
}

void travel_cch_open(struct travel_cch *c, const struct config *config, const struct road *road,
                     const char *road_path, const struct speed_profile *profile, uv_loop_t *loop)
{
    memset(c, 0, sizeof(*c));
    c->road = road;
    c->profile = profile;
    c->loop = loop;
    c->ratio_pct = (uint32_t)config->recommend.hierarchy_ratio_pct;
    c->update_arcs = (uint32_t)config->recommend.hierarchy_update_arcs;
    snprintf(c->order_path, sizeof(c->order_path), "%s.order", road_path);
    snprintf(c->why, sizeof(c->why), "the hierarchy is being made");
    c->work.data = c;
    c->busy = true;
    must(uv_queue_work(loop, &c->work, make, made) == 0);
}

const char *travel_cch_engine(const struct travel_cch *c)
{
    return c->ready ? "hierarchy" : "dijkstra";
}

/* --- metrics --- */

static bool has_memory(struct travel_cch *c, struct travel_metric *m)
{
    if (m->made)
        return true;
    if (weights_init(&m->weights, c->road) < 0)
        return false;
    m->made = cch_metric_init(&m->metric, &c->cch) == 0;
    if (!m->made)
        weights_close(&m->weights);
    return m->made;
}

/* Of an hour it was not built for, without conditions: the next job tells them. */
static void build(uv_work_t *work)
{
    struct travel_cch *c = work->data;
    struct travel_metric *m = c->building;
    uint64_t start_ns = os_mono_ns();

    m->failed = !has_memory(c, m);
    if (m->failed)
        return;
    if (!m->built) {
        m->failed = weights_build(&m->weights, c->road, c->profile, m->hour, NULL, 0, 0) < 0;
        m->condition_seq = UINT64_MAX;
    }
    if (!m->failed)
        cch_metric_build(&m->metric, &m->weights);
    c->took_ms = (os_mono_ns() - start_ns) / 1000000;
}

static void built(uv_work_t *work, int status)
{
    struct travel_cch *c = work->data;
    struct travel_metric *m = c->building;

    c->building = NULL;
    m->ready = m->built = status == 0 && !m->failed;
    if (closed(c))
        return;
    if (m->ready)
        log_debug("road-metric", "hour=%u ms=%" PRIu64, m->hour, c->took_ms);
    else
        log_warn("road-metric", "hour=%u why=no_memory", m->hour);
}

static struct travel_metric *metric_of(struct travel_cch *c, uint32_t hour)
{
    for (int i = 0; i < TRAVEL_METRICS; i++) {
        if (c->metric[i].used && c->metric[i].hour == hour)
            return &c->metric[i];
    }
    return NULL;
}

/* The one that was of no use for longest, for another hour. */
static struct travel_metric *metric_anew(struct travel_cch *c, uint32_t hour)
{
    struct travel_metric *least = &c->metric[0];

    for (int i = 1; i < TRAVEL_METRICS; i++) {
        if (c->metric[i].used < least->used)
            least = &c->metric[i];
    }
    least->hour = hour;
    least->ready = least->built = false;
    return least;
}

/* True when this hour's is ready. */
static bool want(struct travel_cch *c, uint32_t hour)
{
    struct travel_metric *m = metric_of(c, hour);

    m = m ? m : metric_anew(c, hour);
    m->used = ++c->uses;
    if (m->ready || m->failed)
        return true;
    c->building = m;
    c->busy = true;
    must(uv_queue_work(c->loop, &c->work, build, built) == 0);
    return false;
}

void travel_cch_tick(struct travel_cch *c, uint32_t hour_of_week)
{
    uint32_t next = (hour_of_week + 1) % WEEK_HOURS;

    if (!c->ready || c->busy || c->idle_cb)
        return;
    if (want(c, speeds_hour_class(c->profile, hour_of_week)))
        want(c, speeds_hour_class(c->profile, next));
}

struct travel_metric *travel_cch_lend(struct travel_cch *c, uint32_t hour_of_week)
{
    struct travel_metric *m = metric_of(c, speeds_hour_class(c->profile, hour_of_week));

    return c->ready && m && m->ready ? m : NULL;
}

bool travel_metric_follow(struct travel_metric *m, const struct road *road,
                          const struct road_condition *conditions, size_t n, uint64_t condition_seq,
                          uint32_t update_arcs)
{
    if (m->condition_seq == condition_seq)
        return true;
    m->ready = false;
    if (weights_renew(&m->weights, road, conditions, n, 0) < 0)
        return false;
    m->condition_seq = condition_seq;
    m->ready = cch_metric_update(&m->metric, &m->weights, m->weights.changed, m->weights.changed_n,
                                 update_arcs);
    return m->ready;
}

/* --- the end --- */

void travel_cch_close(struct travel_cch *c, void (*idle_cb)(void *context), void *context)
{
    atomic_store(&c->stop, true);
    c->idle_cb = idle_cb;
    c->context = context;
    if (!c->busy)
        idle_cb(context);
}

void travel_cch_free(struct travel_cch *c)
{
    for (int i = 0; i < TRAVEL_METRICS; i++) {
        if (!c->metric[i].made)
            continue;
        weights_close(&c->metric[i].weights);
        cch_metric_close(&c->metric[i].metric);
    }
    if (c->ready)
        cch_close(&c->cch);
}
