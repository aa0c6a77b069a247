#include "dispatch/readers/redis_loop.h"

#include <stdlib.h>

struct redis_loop {
    uv_poll_t poll;
    redisAsyncContext *context; /* NULL once hiredis has let go */
    int events;
};

/* Each of the two may free the context, and then has called `cleanup` before. */
static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct redis_loop *loop = poll->data;
    if (status < 0) /* libuv has stopped watching: let the socket say what is wrong with it */
        events = loop->context->c.flags & REDIS_CONNECTED ? UV_READABLE : UV_WRITABLE;
    if (events & UV_READABLE)
        redisAsyncHandleRead(loop->context);
    if (loop->context && (events & UV_WRITABLE))
        redisAsyncHandleWrite(loop->context);
}

static void watch(struct redis_loop *loop, int events)
{
    if (events == loop->events)
        return;
    loop->events = events;
    if (events)
        uv_poll_start(&loop->poll, events, on_poll);
    else
        uv_poll_stop(&loop->poll);
}

static void add_read(void *data)
{
    struct redis_loop *loop = data;
    watch(loop, loop->events | UV_READABLE);
}

static void del_read(void *data)
{
    struct redis_loop *loop = data;
    watch(loop, loop->events & ~UV_READABLE);
}

static void add_write(void *data)
{
    struct redis_loop *loop = data;
    watch(loop, loop->events | UV_WRITABLE);
}

static void del_write(void *data)
{
    struct redis_loop *loop = data;
    watch(loop, loop->events & ~UV_WRITABLE);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void cleanup(void *data)
{
    struct redis_loop *loop = data;
    loop->context = NULL;
    uv_poll_stop(&loop->poll);
    uv_close((uv_handle_t *)&loop->poll, on_closed);
}

int redis_loop_attach(redisAsyncContext *context, uv_loop_t *uv_loop)
{
    struct redis_loop *loop = calloc(1, sizeof(*loop));
    if (!loop || uv_poll_init(uv_loop, &loop->poll, context->c.fd) < 0) {
        free(loop);
        return -1;
    }
    loop->poll.data = loop;
    loop->context = context;
    context->ev.data = loop;
    context->ev.addRead = add_read;
    context->ev.delRead = del_read;
    context->ev.addWrite = add_write;
    context->ev.delWrite = del_write;
    context->ev.cleanup = cleanup;
    return 0;
}
