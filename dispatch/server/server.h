/* server: dispatchd's parts and how they hang together.
 *
 *   gate ─► stream ─► pipeline ─► journal ─► feed ─► stream, notify, webhook, warn, copies
 *   jt808, osmand ─► track ─► spool          pipeline ─► travel ─► pipeline
 *
 * It opens everything in order, fills commands with what the core cannot know (zones, travel
 * times), turns ingest's callbacks into commands, answers HTTP, and closes everything in order.
 * Owner: main. Thread: the loop's. Errors: -1, text in errmsg.
 * Start here: server_open. */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "dispatch/atlas/map.h"
#include "dispatch/ingest/buttons.h"
#include "dispatch/ingest/osmand.h"
#include "dispatch/opinion/opinion.h"
#include "dispatch/policy/cardfile.h"
#include "dispatch/policy/plan_book.h"
#include "dispatch/readers/copies.h"
#include "dispatch/readers/notify.h"
#include "dispatch/readers/stream_console.h"
#include "dispatch/readers/warn.h"
#include "dispatch/readers/webhook.h"
#include "dispatch/server/health.h"
#include "dispatch/server/quality.h"
#include "dispatch/server/report.h"
#include "dispatch/travel/coverage.h"
#include "dispatch/travel/travel.h"
#include "dispatch/travel/zones.h"
#include "dispatch/upkeep/minute.h"

struct server_timeline; /* server_timeline.c */

struct server {
    const struct config *config;
    uv_loop_t *loop;
    struct metrics metrics;
    struct lag_probe lag;
    struct pipeline pipeline;
    struct track track;
    struct travel travel;
    struct coverage coverage;
    struct opinion opinion;
    struct zones zones;
    struct card_set *cards;
    struct plan_book *plans;
    uint32_t plan_due_s[PLAN_RUN_STEP_MAX], plan_role[PLAN_RUN_STEP_MAX]; /* of one start_plan */
    bool cards_loading, cards_again; /* a worker reads them; and once more after that */
    bool cards_refused;              /* the last reading left the cards in force as they were */
    struct accounts accounts;
    struct gate gate;
    struct stream stream;
    struct notify notify;
    struct copies copies;
    struct webhook webhook;
    struct cap cap; /* of the feed page */
    struct minute minute;
    struct warn warn;
    struct health health;
    int64_t minute_ms; /* when the next one is put on record */
    struct buttons buttons;
    struct map map;
    struct report report;
    struct report quality_report;
    struct quality quality;
    int foretelling; /* forecasts that workers are at (server_report.c) */
    struct server_timeline *timelines; /* the first is being read */
    uv_idle_t reading;
    struct jt808_server *jt808;
    struct osmand *osmand;
    struct wire_arena arena; /* of HTTP commands */
    uv_timer_t second;
    bool has_gate, has_webhook, serving, closing, table_alarm;
    uint64_t commits_seen; /* by the watchdog */
    bool failed;           /* the doors could not be opened: errmsg says why */
    char origins[CONFIG_TEXT_MAX];
    uv_work_t spool_sync;
    bool spool_syncing;
    int spool_fd, spool_error; /* of the sync under way: the worker's, and what it found */
    int waiting;               /* parts that still close */
    void (*closed_cb)(struct server *server);
    char errmsg[ERRMSG_MAX];
};

/* Returns when the journal is folded; serving begins when the BOOT record is durable. closed_cb
 * comes once after server_close, or by itself when the doors cannot be opened (`failed`). After an
 * error the process can only end: nothing is closed. */
int server_open(struct server *server, const struct config *config, uv_loop_t *loop,
                void (*closed_cb)(struct server *server));
void server_close(struct server *server); /* twice is harmless */

/* What the configuration may change at run time is put in force; the parts keep their own copies.
 * Question cards and plans follow when a worker has read them; those that cannot be used leave the
 * ones in force and are logged (cards_refused). */
void server_reload(struct server *server);

#endif
