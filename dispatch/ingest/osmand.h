/* osmand: the port that phone apps (OsmAnd, Traccar Client) post their positions to.
 * osmand_read is pure. The server's owner is dispatchd's main loop, one thread; osmand_close is
 * asynchronous, the memory is yours again in its callback.
 * Both forms of the app are taken: parameters in URL or body, and JSON. The HTTP is tolerant
 * (`GET ?id=…` without a slash is what Traccar's own tools send) and bounded.
 * Answers: 200 when the spool has the fix, 400 unreadable or (query form) unknown id, 404 unknown
 * id (JSON form), 503 when the spool could not take it, 431/413 too big. */
#ifndef INGEST_OSMAND_H
#define INGEST_OSMAND_H

#include <uv.h>

#include "dispatch/ingest/fix.h"

enum { OSMAND_ID_MAX = 64 };

struct osmand_report {
    char id[OSMAND_ID_MAX];
    struct fix fix; /* unit and received_ms are the caller's to fill */
    bool has_place; /* false: keep the last location; only a sign of life */
    bool has_time;  /* false: at_ms is to be the time of receipt */
    bool json;      /* which form it was */
};

/* One whole request: target ("/?id=1", "?id=1"), content type and body as they came.
 * 0, or negative with errmsg; *out only on success. */
int osmand_read(const char *target, const char *content_type, const char *body, size_t n,
                struct osmand_report *out, char *errmsg, size_t size);

struct osmand_events {
    void *ctx;
    int64_t (*now_cb)(void *ctx);
    bool (*find_cb)(void *ctx, const char *id, uint64_t *unit);
    int (*fix_cb)(void *ctx, const struct fix *fix);           /* 0: the spool has it */
    void (*heard_cb)(void *ctx, uint64_t unit);                /* no place in the report */
    void (*alarm_cb)(void *ctx, uint64_t unit, int64_t at_ms); /* alarm=sos */
};

struct osmand_counters {
    uint64_t connections, sessions_full, accept_errors, requests, fixes, bad, unknown, refused;
    uint64_t idle;
};

struct osmand;
struct osmand *osmand_open(uv_loop_t *loop, const char *host, uint16_t port, uint32_t sessions_max,
                           uint32_t idle_ms, const struct osmand_events *events, char *errmsg,
                           size_t size);
void osmand_close(struct osmand *o, void (*closed_cb)(void *arg), void *arg);
uint16_t osmand_port(const struct osmand *o);
struct osmand_counters osmand_counters(const struct osmand *o);

#endif
