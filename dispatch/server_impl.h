/* server_impl: what server.c, server_http.c and server_ingest.c share. Only for them. */
#ifndef DISPATCH_SERVER_IMPL_H
#define DISPATCH_SERVER_IMPL_H

#include "dispatch/server.h"

int server_fail(struct server *server, const char *format, ...)
    __attribute__((format(printf, 2, 3))); /* -1 */

/* Zones and travel times into a command from outside. */
void server_prepare(void *context, struct command *command);

/* The modes and lags everyone is told. */
struct condition_report server_condition(const struct server *server);

/* HTTP (server_http.c). */
int server_routes(struct server *server);
bool server_query(void *context, const struct console *console, struct text what, uint64_t id,
                  struct buffer *json);

/* Terminals and phones (server_ingest.c). */
int server_ingest_open(struct server *server);
void server_unit_silent(void *context, uint64_t unit, bool silent, int64_t heard_ms);

#endif
