#include "dispatch/readers/mirror_dial.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "dispatch/base/os.h"
#include "dispatch/must.h"

struct mirror_dial {
    PGconn *conn; /* the thread's until it has ended */
    int64_t until_ms;
    int stop_fd; /* readable: it is given up */
    bool given_up;
    uv_thread_t thread;
    uv_async_t ended;
    void *context;
    mirror_dial_done_cb done_cb;
};

/* --- the thread --- */

/* false: given up, or out of time. */
static bool wait_for_socket(const struct mirror_dial *dial, PostgresPollingStatusType status)
{
    short events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    struct pollfd fd[] = {{PQsocket(dial->conn), events, 0}, {dial->stop_fd, POLLIN, 0}};
    int64_t left_ms = dial->until_ms - os_mono_ms();
    return left_ms > 0 && poll(fd, 2, (int)left_ms) > 0 && !fd[1].revents;
}

static void run(void *context)
{
    struct mirror_dial *dial = context;
    PostgresPollingStatusType status =
        PQstatus(dial->conn) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (status != PGRES_POLLING_OK && status != PGRES_POLLING_FAILED &&
           wait_for_socket(dial, status))
        status = PQconnectPoll(dial->conn);
    must(uv_async_send(&dial->ended) == 0);
}

/* --- the loop --- */

static void free_dial(uv_handle_t *handle)
{
    struct mirror_dial *dial = handle->data;
    close(dial->stop_fd);
    free(dial);
}

static void on_ended(uv_async_t *async)
{
    struct mirror_dial *dial = async->data;
    must(uv_thread_join(&dial->thread) == 0);
    uv_close((uv_handle_t *)async, free_dial);
    if (dial->given_up)
        PQfinish(dial->conn);
    else
        dial->done_cb(dial->context, dial->conn);
}

struct mirror_dial *mirror_dial_begin(uv_loop_t *loop, PGconn *conn, uint64_t timeout_ms,
                                      void *context, mirror_dial_done_cb done_cb)
{
    struct mirror_dial *dial = malloc(sizeof(*dial));
    if (!dial)
        return NULL;
    *dial = (struct mirror_dial){.conn = conn,
                                 .until_ms = os_mono_ms() + (int64_t)timeout_ms,
                                 .stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
                                 .context = context,
                                 .done_cb = done_cb};
    dial->ended.data = dial;
    if (dial->stop_fd < 0 || uv_async_init(loop, &dial->ended, on_ended) < 0) {
        if (dial->stop_fd >= 0)
            close(dial->stop_fd);
        free(dial);
        return NULL;
    }
    if (uv_thread_create(&dial->thread, run, dial) < 0) {
        uv_close((uv_handle_t *)&dial->ended, free_dial);
        return NULL;
    }
    return dial;
}

void mirror_dial_give_up(struct mirror_dial *dial)
{
    dial->given_up = true;
    must(eventfd_write(dial->stop_fd, 1) == 0);
}
