/* server_impl: what server.c, server_http.c and server_ingest.c share. Only for them. */
#ifndef DISPATCH_SERVER_IMPL_H
#define DISPATCH_SERVER_IMPL_H

#include "dispatch/server.h"

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

/* A driven clock was moved: whether travel times for what it brought are still being worked out,
 * and their end. */
bool server_clock(void *context);
void server_travel_idle(void *context);

/* The modes and lags everyone is told. */
struct condition_report server_condition(const struct server *server);

/* A part of the server is closed; after the last one the pipeline follows. */
void server_part_closed(struct server *server);

/* HTTP (server_http.c). */
int server_routes(struct server *server);
bool server_query(void *context, const struct console *console, struct text what, uint64_t id,
                  struct buffer *json);

/* Terminals and phones (server_ingest.c). */
int server_ingest_open(struct server *server);
void server_unit_silent(void *context, uint64_t unit, bool silent, int64_t heard_ms);

#endif
