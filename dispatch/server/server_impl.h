/* server_impl: what server.c and the server_*.c beside it share. Only for them. */
#ifndef SERVER_SERVER_IMPL_H
#define SERVER_SERVER_IMPL_H

#include "dispatch/server/server.h"

struct json_t; /* jansson's */

int server_fail(struct server *server, const char *format, ...)
    __attribute__((format(printf, 2, 3))); /* -1 */

/* The parts in the order in which they are opened (server_open.c). */
int server_open_parts(struct server *server);
int server_open_doors(struct server *server);
/* The question cards in force become those of the configuration (server_cards.c). At once: -1
 * leaves them as they were. Or read by a worker while the loop goes on: cards_refused and errmsg
 * say how it ended once cards_loading is false. */
int server_load_cards(struct server *server);
void server_reload_cards(struct server *server);
/* Cards and zones in force as facts, where they are not yet. */
void server_activate(struct server *server);

/* Zones and travel times into a command from outside. */
void server_prepare(void *context, struct command *command);

/* A driven clock was moved: whether travel times, an opinion or alerts for what it brought are
 * still being worked out; and the end of any. */
bool server_clock(void *context);
void server_idle(void *context);

/* The modes and lags everyone is told. */
struct condition_report server_condition(const struct server *server);

/* A part of the server is closed; after the last one the pipeline follows. */
void server_part_closed(struct server *server);

/* Begins to bring the spool's last second onto the disk, unless that is under way. */
void server_sync_spool(struct server *server);

/* HTTP (server_http.c). */
int server_routes(struct server *server);
/* For the handlers in other files. The JSON is taken. server_authorised: the account behind the
 * request's token, or 401 is answered and false. */
void server_answer_json(struct server *server, uint64_t request, int status, struct json_t *json);
void server_answer_error(struct server *server, uint64_t request, int status, const char *code,
                         const char *en, const char *zh);
bool server_authorised(struct server *server, const struct gate_request *request,
                       struct account *account);
int server_session_routes(struct server *server); /* password, lock: server_session.c */

struct json_t *server_health(const struct server *server); /* the caller's */

/* Questions over the stream: server_query.c, cards and plans server_json.c, the life of an incident
 * out of the journal server_timeline.c, who is coming to a hospital server_arrivals.c. */
enum query_result server_query(void *context, const struct console *console,
                               const struct stream_query *query, struct buffer *out);
void server_cards_json(const struct card_set *cards, struct buffer *out);
bool server_card_json(const struct card_set *cards, struct text code, struct buffer *out);
bool server_plan_json(const struct card_set *cards, struct text code, struct buffer *out);
void server_words_json(struct buffer *out);
void server_arrivals(const struct server *server, uint64_t hospital, struct buffer *out);

/* Plans (server_plans.c). What a plan asks for into start_plan; the plan that an alert proposes
 * into an alert that names none. What is filled in lasts until the next command. */
void server_fill_plan(struct server *server, struct command *command);
void server_plans_json(const struct plan_book *book, struct buffer *out);

/* false: too many are being read. The answer goes to stream_report. */
bool server_timeline(struct server *server, const struct console *console, uint64_t number,
                     const struct incident *incident);
void server_timeline_close(struct server *server);

/* How soon the nearest free unit is anywhere (server_coverage.c). The answer goes to stream_report.
 */
int server_coverage_open(struct server *server);
void server_coverage(struct server *server, const struct console *console, uint64_t number,
                     uint64_t without);

/* A report of PostGIS (server_report.c). NULL: the answer goes to stream_report; else why not. */
const char *server_report(struct server *server, const struct console *console,
                          const struct stream_query *query);

/* Tiles and what the map is (server_map.c). */
int server_map_routes(struct server *server);

/* Alerts for other houses: a feed and CAP documents (server_alerts.c). */
int server_alert_routes(struct server *server);

/* Early warning (server_warn.c): when the doors are open; every second; what is covered or NULL. */
void server_warn_open(struct server *server);
void server_warn_second(struct server *server);
void server_warn_covered(struct server *server, const struct buffer *answer);

/* Terminals and phones (server_ingest.c). */
int server_ingest_open(struct server *server);
void server_unit_silent(void *context, uint64_t unit, bool silent, int64_t heard_ms);

#endif
