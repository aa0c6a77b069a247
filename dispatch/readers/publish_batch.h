/* publish_batch: what some records change in Redis, as commands for one script, and the words of
 * objects there.
 *
 *   <prefix>:current              the `keys` in force: <prefix>:{<journal_id>.<epoch>}:
 *   <keys>seq                     as of which record the rest is; "rebuild:…" while it is being
 * made <keys>units  <keys>unit:7     set of unit ids; hash per unit, fields as in core/object.def
 *   <keys>queue  <keys>incident:7 open incidents in order (not graded first, then grade, then age);
 *                                 hash of each
 *   <keys>positions               GEO set: latest positions of units (the one thing without a seq)
 *   <keys>facts  <keys>alerts     streams, ids <seq>-0: field `record`, JSON; alerts: with an alert
 *   channel <keys>alerts          the same JSON
 *
 * Fields about persons are left out of hashes and redacted in JSON.
 * Owner: publish_redis. Thread: any. Memory: grows to about PUBLISH_BATCH_BYTES and what one record
 * adds. Errors: `full` when there was no memory; then the batch is worth nothing. */
#ifndef READERS_PUBLISH_BATCH_H
#define READERS_PUBLISH_BATCH_H

#include "dispatch/core/schema.h"
#include "dispatch/wire/buffer.h"

enum { PUBLISH_BATCH_BYTES = 1024 * 1024, PUBLISH_KEYS_MAX = 192 };

struct publish_arg {
    size_t at, n;
};

struct publish_batch {
    uint64_t after_seq, upto_seq; /* equal: empty */
    struct buffer bytes;
    struct publish_arg *arg;
    size_t count, room;
    bool full;
};

void publish_batch_init(struct publish_batch *batch);
void publish_batch_close(struct publish_batch *batch);
void publish_batch_clear(struct publish_batch *batch, uint64_t after_seq);

/* One argument of a command. */
void publish_add(struct publish_batch *batch, const void *bytes, size_t n);
__attribute__((format(printf, 2, 3))) void publish_print(struct publish_batch *batch,
                                                         const char *format, ...);

/* Each command for the script is preceded by the number of its words. */
void publish_record(struct publish_batch *batch, const char *keys, const struct record *record,
                    int32_t stream_max);
void publish_object(struct publish_batch *batch, const char *keys, enum object_kind kind,
                    const void *object);

/* A field's value as it stands in a hash. */
void publish_field(struct buffer *out, const struct schema_field *field, const void *body);

/* The place of an open incident in the queue, lowest first. */
uint64_t publish_queue_score(const struct incident *incident);

#endif
