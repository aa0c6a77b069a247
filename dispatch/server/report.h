/* report: what the supervisor's page asks of PostGIS, answered without waiting.
 *
 *   ask ──► waits ──► one connection, one at a time ──► done_cb (a JSON document)
 *
 * Each report is a function of deploy/sql (report_NAME) of what was asked (a JSON object), the
 * server's time and its local clock. The connection can only read, and gives a report up after
 * [postgres] timeout_ms; but quality control has one of its own, on which finished figures are kept
 * and which waits for quality_timeout_ms. What waits is bounded.
 * Owner: the server; the memory is yours again in closed_cb. Thread: the loop's.
 * Errors: done_cb with a negative status, and for REPORT_REFUSED why.
 * Start here: report_open; a new report is its SQL function and a row in report.c. */
#ifndef SERVER_REPORT_H
#define SERVER_REPORT_H

#include "dispatch/base/config.h"
#include "dispatch/readers/mirror_link.h"

enum {
    REPORT_WAITING_MAX = 64, /* asks; more are refused */
    REPORT_ASK_MAX = 500,    /* bytes of the JSON object */
};

enum report_status {
    REPORT_AWAY = -1,    /* PostGIS does not answer */
    REPORT_BUSY = -2,    /* too many wait */
    REPORT_REFUSED = -3, /* no such report; the database would not: text says why */
    REPORT_DONE = 0,
};

/* Lent for the call. */
typedef void (*report_done_cb)(void *context, enum report_status status, const char *text,
                               size_t n);

enum report_use {
    REPORT_PAGES,   /* reads only */
    REPORT_QUALITY, /* keeps the figures it works out */
};

struct report_ask;

struct report {
    struct mirror_link link;
    const struct config *config;
    enum report_use use;
    bool opened;              /* there is a PostGIS to ask */
    bool ready;               /* the database knows the reports */
    bool asking;              /* the first is with the database */
    struct report_ask *first; /* in the order in which they came */
    uint32_t count;
    void (*closed_cb)(void *context);
    void *context;
};

void report_open(struct report *report, uv_loop_t *loop, const struct config *config,
                 enum report_use use);
void report_close(struct report *report, void (*closed_cb)(void *context), void *context);

/* `ask`: a JSON object, checked by the caller. done_cb comes now or later, once. */
void report_begin(struct report *report, const char *name, const char *ask, int64_t now_ms,
                  report_done_cb done_cb, void *context);

#endif
