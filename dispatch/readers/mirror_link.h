/* mirror_link: one connection to PostgreSQL that never waits: dialled in a thread (mirror_dial.h),
 * then libpq in pipeline mode on uv_poll.
 *
 *   down ──time──► dialling ──► up ──(send … sync ► results … synced)*──► down
 *
 * Connecting, and every sync, must be answered within timeout_ms; else, and on any error of the
 * connection, it is closed, down_cb tells why, and it is tried again after a back-off.
 * A commit does not wait for PostgreSQL's disk, often the journal's own: a crash there loses whole
 * transactions from the end, each with its cursor, and the reader writes them again from there.
 * libpq looks up the names of hosts while the loop stands: conninfo has addresses or sockets.
 * Owner: the reader; the memory is yours again in closed_cb. Thread: the loop's.
 * Errors: those of a command come with its result, those of the connection by down_cb.
 * Start here: fill in the callbacks, mirror_link_open, prepare in up_cb. */
#ifndef READERS_MIRROR_LINK_H
#define READERS_MIRROR_LINK_H

#include <libpq-fe.h>
#include <uv.h>

#include "dispatch/readers/backoff.h"
#include "dispatch/readers/mirror_dial.h"

struct mirror_link {
    const char *name;     /* in logs and as application_name; a literal */
    const char *conninfo; /* borrowed */
    uint64_t timeout_ms;
    void *context;
    void (*up_cb)(void *context);
    void (*result_cb)(void *context, const PGresult *result); /* of each command, in order */
    void (*synced_cb)(void *context); /* everything sent before a sync is answered */
    void (*down_cb)(void *context);
    void (*closed_cb)(void *context);

    uv_loop_t *loop;
    struct mirror_dial *dial; /* NULL: not dialling */
    PGconn *conn;             /* NULL: down or dialling */
    uv_poll_t *poll; /* its own memory: it outlives the socket by a turn of the loop */
    uv_timer_t timer;
    struct backoff backoff;
    uint32_t syncs; /* sent and not yet answered */
    bool up, broken, closing;
};

/* -1 and why: the connection string cannot be read, or its host is a name, which libpq would look
 * up in the loop. Check before mirror_link_open. */
int mirror_link_check(const char *conninfo, char errmsg[static ERRMSG_MAX]);

void mirror_link_open(struct mirror_link *link, uv_loop_t *loop);
void mirror_link_close(struct mirror_link *link);

/* Gives this connection up; another follows. */
void mirror_link_drop(struct mirror_link *link, const char *why);

void mirror_link_prepare(struct mirror_link *link, const char *name, const char *sql);
void mirror_link_query(struct mirror_link *link, const char *sql);
void mirror_link_send(struct mirror_link *link, const char *prepared, int count,
                      const char *const *value);
void mirror_link_sync(struct mirror_link *link);

/* Whether the database refused what a row says, rather than was unable to work. */
bool mirror_link_refused(const PGresult *result);

#endif
