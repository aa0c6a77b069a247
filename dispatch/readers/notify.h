/* notify: what has been decided, told to the vehicle that must act on it.
 *
 * Reads facts like any reader, so nothing reaches a vehicle before it is durable: an order and its
 * cancellation as text on the terminal's screen, messages, a higher position rate while a unit is
 * on a task. The device's receipt comes back as deliver_order and deliver_message; it is not the
 * crew's acknowledgement. Orders that no device has confirmed are sent again after a restart.
 * Owner: the server. Thread: the loop's. Errors: counted and logged; an order that a full downlink
 * table refuses stays undelivered, and its deadline rings. Start here: notify_open. */
#ifndef READERS_NOTIFY_H
#define READERS_NOTIFY_H

#include "dispatch/ingest/jt808_server.h"
#include "dispatch/ingest/track.h"
#include "dispatch/line/pipeline.h"

struct notify {
    struct reader reader;
    struct pipeline *pipeline;
    struct jt808_server *terminals; /* NULL: none are connected this way */
    struct track *track;
    uint32_t order_life_ms, task_interval_s, idle_interval_s;
    uint64_t unsent;
};

void notify_open(struct notify *notify, const struct config *config, struct pipeline *pipeline,
                 struct jt808_server *terminals, struct track *track);

/* Before the terminals' server is closed: nothing is sent any more. A notify that was never opened
 * (zeroed) is no harm. */
void notify_close(struct notify *notify);

/* For jt808_events.receipt_cb. */
void notify_receipt(struct notify *notify, uint64_t token, enum jt808_receipt receipt);

#endif
