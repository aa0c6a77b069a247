/* redis_loop: hiredis' asynchronous connection on a libuv loop.
 *
 * Ours, because the adapter that comes with hiredis 0.14 ignores errors of the poll, so that a
 * refused connection is never reported and its commands never end. hiredis 0.14 has no time-outs
 * for such connections either: the caller keeps a timer and ends with redisAsyncFree.
 * Owner: the context; it goes when hiredis lets go of the context. Thread: the loop's.
 * Errors: -1 without memory or when libuv does not take the socket; then free the context. */
#ifndef READERS_REDIS_LOOP_H
#define READERS_REDIS_LOOP_H

#include <hiredis/async.h>
#include <uv.h>

int redis_loop_attach(redisAsyncContext *context, uv_loop_t *loop);

#endif
