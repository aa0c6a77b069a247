/* travel_cch: the contraction hierarchy behind travel's fields, and who may touch it when.
 *
 *   start ─► worker: the order (from the file beside the roads, or made and kept), contraction
 *   hour  ─► worker: all weights of a metric; the next hour's ahead of time
 *   closure ─► the job itself: what follows from it, at most update_arcs arcs; else worker
 *
 * A metric belongs to the loop while it rests, to the job it is lent to, or to the worker that
 * builds it. While none is at hand - the hierarchy is being made, was refused, or a metric is being
 * built - travel's fields are Dijkstras on the same weights: slower, with the same answers.
 * Hours of one class (geo/speeds.h) share a metric. Only travel.c and travel_job.c include this.
 * Thread: the loop's, but for travel_metric_follow. Errors: none leave; `why` says what is in use.
 */
#ifndef TRAVEL_TRAVEL_CCH_H
#define TRAVEL_TRAVEL_CCH_H

#include <stdatomic.h>
#include <uv.h>

#include "dispatch/base/config.h"
#include "geo/cch_metric.h"
#include "geo/speeds.h"

enum { TRAVEL_METRICS = 3, TRAVEL_PATH_MAX = 1024 };

struct travel_metric {
    struct weights weights;
    struct cch_metric metric;
    uint32_t hour;           /* the class */
    uint64_t condition_seq;  /* of the road conditions that are in it */
    uint64_t used;           /* the least goes first */
    bool made, ready, built; /* has memory; may be lent; has ever been built for this hour */
    bool failed;             /* without memory */
};

struct travel_cch {
    const struct road *road;
    const struct speed_profile *profile;
    uv_loop_t *loop;
    uv_work_t work;
    struct cch cch;
    struct travel_metric metric[TRAVEL_METRICS];
    struct travel_metric *building;
    bool busy, ready, order_was_kept, failed;
    atomic_bool stop; /* breaks off the making of an order */
    uint32_t ratio_pct, update_arcs;
    uint64_t uses, took_ms;
    char order_path[TRAVEL_PATH_MAX];
    char why[CCH_ERRMSG_MAX];       /* that there is no hierarchy */
    void (*idle_cb)(void *context); /* after travel_cch_close */
    void *context;
};

/* Starts making the hierarchy of the roads in road_path. */
void travel_cch_open(struct travel_cch *c, const struct config *config, const struct road *road,
                     const char *road_path, const struct speed_profile *profile, uv_loop_t *loop);
/* While no job runs: starts building what this hour needs, or the next. */
void travel_cch_tick(struct travel_cch *c, uint32_t hour_of_week);
/* The metric of this hour for a job, or NULL. */
struct travel_metric *travel_cch_lend(struct travel_cch *c, uint32_t hour_of_week);
/* "hierarchy", or "dijkstra" and why. */
const char *travel_cch_engine(const struct travel_cch *c);
/* idle_cb once no worker touches it any more, at once where none does; then travel_cch_free. */
void travel_cch_close(struct travel_cch *c, void (*idle_cb)(void *context), void *context);
void travel_cch_free(struct travel_cch *c);

/* In the job: the metric under these conditions. False: not now, it has to be built. */
bool travel_metric_follow(struct travel_metric *m, const struct road *road,
                          const struct road_condition *conditions, size_t n, uint64_t condition_seq,
                          uint32_t update_arcs);

#endif
