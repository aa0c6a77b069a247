/* mirror_dial: the way from PQconnectStart to a usable connection, in a thread of its own.
 *
 * Proving the password (SCRAM) costs 10 to 16 ms of processor at a stretch, for which a loop that
 * acknowledges commands must not stand still.
 * Owner: the loop's thread; the memory is its own and goes when the thread has ended. The
 * connection is the dial's until done_cb.
 * Errors: done_cb is handed a connection whose PQstatus is not CONNECTION_OK, with its text; a
 * connection that takes longer than timeout_ms has none.
 * Start here: mirror_dial_begin. */
#ifndef READERS_MIRROR_DIAL_H
#define READERS_MIRROR_DIAL_H

#include <libpq-fe.h>
#include <uv.h>

struct mirror_dial;
typedef void (*mirror_dial_done_cb)(void *context, PGconn *conn);

/* NULL: no thread could be had, and `conn` is still the caller's. */
struct mirror_dial *mirror_dial_begin(uv_loop_t *loop, PGconn *conn, uint64_t timeout_ms,
                                      void *context, mirror_dial_done_cb done_cb);

/* Closes the connection; done_cb does not come. Only before done_cb. */
void mirror_dial_give_up(struct mirror_dial *dial);

#endif
