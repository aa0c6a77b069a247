/* quality: at the end of a day, week or month the control charts of the indicators are looked
 * through, and what is out of control goes on record.
 *
 *   every minute ─► report `due` ─► commands ─► line ─► facts ─► detectors (warn.h) ─► an alert
 *
 * PostGIS says what is due: the oldest period that is over and that no fact period_closed has
 * closed, up to where its copy of the journal goes. Before that it keeps the figures of the periods
 * in the charts, a second's work an ask (control_keep). So nothing is kept here: after a restart,
 * or once PostGIS is back, what is missing is asked for again, and the keys (QUALITY_CLIENT, a
 * number made of the period) keep it from being said twice. What is out and what closes the period
 * are facts with the figures in them, so that a replay needs no database.
 * Owner: the server. Thread: the loop's. Errors: logged; a minute later it is asked again.
 * Start here: quality_second; the rules are rows of deploy/sql (control_rule and others). */
#ifndef SERVER_QUALITY_H
#define SERVER_QUALITY_H

#include "dispatch/line/pipeline.h"
#include "dispatch/server/report.h"

#define QUALITY_CLIENT (ID_MAX - 121)

struct quality {
    struct report *report;
    struct pipeline *pipeline;
    struct wire_arena arena;
    int64_t ask_ms;      /* when it is asked next */
    uint32_t waiting;    /* commands without an answer */
    struct json_t *last; /* the one that closes the period, while others wait; or NULL */
    bool open, asking, failed;
    char errmsg[ERRMSG_MAX];
};

int quality_open(struct quality *quality, struct report *report, struct pipeline *pipeline);
/* Answers that still come are not heard. Before the report and the pipeline close. */
void quality_close(struct quality *quality);

/* Once a second. */
void quality_second(struct quality *quality);

#endif
