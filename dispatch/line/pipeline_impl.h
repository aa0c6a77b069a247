/* pipeline_impl: what pipeline.c, pipeline_open.c and pipeline_snapshot.c share. Only for them. */
#ifndef LINE_PIPELINE_IMPL_H
#define LINE_PIPELINE_IMPL_H

#include "dispatch/line/pipeline.h"

/* The journal's word that everything up to seq is on disk. */
void pipeline_durable(void *context, uint64_t seq);

/* Every deadline that is due. */
void pipeline_tick(struct pipeline *pipeline);

int pipeline_snapshots_open(struct pipeline *pipeline, const struct config *config,
                            uv_loop_t *loop);
void pipeline_snapshots_reload(struct pipeline *pipeline, const struct config *config);
/* Starts a snapshot in a worker when one is due. */
void pipeline_maybe_snapshot(struct pipeline *pipeline, uint64_t durable_seq);
/* A record that forgets somebody: the second core's vault forgets too, at once or when its worker
 * ends. */
void pipeline_snapshots_forget(struct pipeline *pipeline, const struct record *record);
/* closed_cb once no worker runs. */
void pipeline_snapshots_close(struct pipeline *pipeline, void (*closed_cb)(struct pipeline *p));

#endif
