#include "dispatch/ingest/tcp_port.h"

#include <stdlib.h>
#include <string.h>

enum { BACKLOG = 511 };

struct pending_write {
    uv_write_t request;
    uint8_t bytes[];
};

static void handle_gone(struct tcp_port *p)
{
    if (--p->handles == 0 && p->closing)
        p->closed_cb(p->owner);
}

static void on_handle_closed(uv_handle_t *handle)
{
    handle_gone(handle->data);
}

/* --- a connection -------------------------------------------------------------------------- */

static void on_conn_closed(uv_handle_t *handle)
{
    struct tcp_conn *c = handle->data;
    struct tcp_port *p = c->port;
    if (c->prev != NULL)
        c->prev->next = c->next;
    else
        p->conns = c->next;
    if (c->next != NULL)
        c->next->prev = c->prev;
    p->conn_count--;
    p->handlers->freed_cb(c);
    free(c);
    handle_gone(p);
}

void tcp_conn_close(struct tcp_conn *c)
{
    if (c->closing)
        return;
    c->closing = true;
    uv_close((uv_handle_t *)&c->tcp, on_conn_closed);
}

static void conn_ended(struct tcp_conn *c)
{
    if (!c->closing)
        c->port->handlers->ended_cb(c);
}

static void on_shut_down(uv_shutdown_t *request, int status)
{
    (void)status; /* it ends either way */
    conn_ended(request->handle->data);
}

void tcp_conn_finish(struct tcp_conn *c)
{
    if (c->closing || c->finishing)
        return;
    c->finishing = true;
    uv_read_stop((uv_stream_t *)&c->tcp);
    if (uv_shutdown(&c->shutdown, (uv_stream_t *)&c->tcp, on_shut_down) != 0)
        conn_ended(c);
}

static void on_written(uv_write_t *request, int status)
{
    struct tcp_conn *c = request->handle->data;
    free(request);
    if (status < 0)
        conn_ended(c);
}

/* What the socket did not take at once, in a copy of its own. */
static bool conn_queue(struct tcp_conn *c, const uint8_t *bytes, size_t n)
{
    struct pending_write *pending = malloc(sizeof *pending + n);
    if (pending == NULL)
        return false;
    memcpy(pending->bytes, bytes, n);
    uv_buf_t buf = uv_buf_init((char *)pending->bytes, (unsigned)n);
    if (uv_write(&pending->request, (uv_stream_t *)&c->tcp, &buf, 1, on_written) == 0)
        return true;
    free(pending);
    return false;
}

bool tcp_conn_write(struct tcp_conn *c, const void *bytes, size_t n, size_t queue_max)
{
    if (c->closing || c->finishing)
        return true;
    if (uv_stream_get_write_queue_size((uv_stream_t *)&c->tcp) + n > queue_max)
        return false;
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)n);
    int done = uv_try_write((uv_stream_t *)&c->tcp, &buf, 1);
    size_t taken = done > 0 ? (size_t)done : 0;
    return taken == n || conn_queue(c, (const uint8_t *)bytes + taken, n - taken);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct tcp_conn *c = stream->data;
    if (n < 0)
        conn_ended(c);
    else if (n > 0)
        c->port->handlers->read_cb(c, (const uint8_t *)buf->base, (size_t)n);
}

/* One buffer for all: libuv reads into it and calls on_read before the next connection reads. */
static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct tcp_conn *c = handle->data;
    (void)suggested;
    *buf = uv_buf_init((char *)c->port->inbuf, sizeof c->port->inbuf);
}

/* --- the port ------------------------------------------------------------------------------ */

static void on_refused_closed(uv_handle_t *handle)
{
    struct tcp_port *p = handle->data;
    free(handle);
    handle_gone(p);
}

/* One connection too many: taken, so that it does not stay in the backlog, and closed. */
static void accept_and_refuse(struct tcp_port *p)
{
    uv_tcp_t *tcp = malloc(sizeof *tcp);
    p->counters.full++;
    if (tcp == NULL)
        return;
    (void)uv_tcp_init(p->loop, tcp);
    tcp->data = p;
    p->handles++;
    (void)uv_accept((uv_stream_t *)&p->listener, (uv_stream_t *)tcp);
    uv_close((uv_handle_t *)tcp, on_refused_closed);
}

static void port_add(struct tcp_port *p, struct tcp_conn *c)
{
    (void)uv_tcp_init(p->loop, &c->tcp); /* opens nothing yet: it cannot fail */
    c->tcp.data = c;
    c->port = p;
    c->opened_at = uv_now(p->loop);
    c->next = p->conns;
    if (p->conns != NULL)
        p->conns->prev = c;
    p->conns = c;
    p->conn_count++;
    p->handles++;
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct tcp_port *p = listener->data;
    if (status < 0) { /* not for want of descriptors: then libuv drops the queue by itself */
        p->counters.accept_errors++;
        return;
    }
    p->counters.connections++;
    struct tcp_conn *c = p->conn_count < p->conn_max ? calloc(1, p->handlers->conn_size) : NULL;
    if (c == NULL) {
        accept_and_refuse(p);
        return;
    }
    port_add(p, c);
    if (uv_accept(listener, (uv_stream_t *)&c->tcp) == 0)
        p->handlers->opened_cb(c);
    if (c->closing || uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) == 0)
        return;
    p->counters.accept_errors++;
    tcp_conn_close(c);
}

static void on_timer(uv_timer_t *timer)
{
    struct tcp_port *p = timer->data;
    for (struct tcp_conn *c = p->conns; c != NULL; c = c->next) { /* none is freed in here */
        if (!c->closing)
            p->handlers->check_cb(c);
    }
    if (p->handlers->tick_cb != NULL)
        p->handlers->tick_cb(p->owner);
}

static void on_turned(uv_check_t *check)
{
    struct tcp_port *p = check->data;
    if (p->handlers->turned_cb != NULL)
        p->handlers->turned_cb(p->owner);
}

int tcp_port_open(struct tcp_port *p, uv_loop_t *loop, const char *host, uint16_t number,
                  uint32_t conn_max, uint64_t period_ms, const struct tcp_handlers *handlers,
                  void *owner)
{
    struct sockaddr_storage address = {0};
    int length = sizeof address;
    *p = (struct tcp_port){
        .loop = loop, .owner = owner, .handlers = handlers, .conn_max = conn_max, .handles = 3};
    (void)uv_tcp_init(loop, &p->listener);
    (void)uv_timer_init(loop, &p->timer);
    (void)uv_check_init(loop, &p->turned);
    p->listener.data = p->timer.data = p->turned.data = p;
    int error = uv_ip4_addr(host, number, (struct sockaddr_in *)&address);
    if (error != 0)
        error = uv_ip6_addr(host, number, (struct sockaddr_in6 *)&address);
    if (error == 0)
        error = uv_tcp_bind(&p->listener, (const struct sockaddr *)&address, 0);
    if (error == 0)
        error = uv_listen((uv_stream_t *)&p->listener, BACKLOG, on_connection);
    if (error == 0)
        error = uv_tcp_getsockname(&p->listener, (struct sockaddr *)&address, &length);
    if (error != 0)
        return error;
    p->number = ntohs(((struct sockaddr_in *)&address)->sin_port); /* the same place in IPv6 */
    (void)uv_check_start(&p->turned, on_turned);
    return uv_timer_start(&p->timer, on_timer, period_ms, period_ms);
}

void tcp_port_close(struct tcp_port *p, void (*closed_cb)(void *owner))
{
    p->closing = true;
    p->closed_cb = closed_cb;
    for (struct tcp_conn *c = p->conns; c != NULL; c = c->next)
        tcp_conn_close(c);
    uv_close((uv_handle_t *)&p->listener, on_handle_closed);
    uv_close((uv_handle_t *)&p->timer, on_handle_closed);
    uv_close((uv_handle_t *)&p->turned, on_handle_closed);
}
