#include "tests/bench/http_desk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"

static void on_written(uv_write_t *write, int status)
{
    (void)write;
    must(status == 0);
}

static void send_next(struct http_line *line)
{
    struct http_desk *d = line->desk;
    char body[128];

    if (line->busy || d->first == d->last)
        return;
    line->ring = d->queue[d->first++ % HTTP_DESK_QUEUE];
    line->busy = true;
    line->in_n = 0;
    int n = snprintf(body, sizeof(body),
                     "{\"client\":%" PRIu64 ",\"number\":%" PRIu64
                     ",\"ring_call\":{\"number\":\"09520000000\"}}",
                     d->config.client, ++d->number);
    n = snprintf(line->out, sizeof(line->out),
                 "POST /api/command HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\n"
                 "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                 d->config.token, n, body);
    must(n > 0 && (size_t)n < sizeof(line->out));
    uv_buf_t buf = uv_buf_init(line->out, (unsigned)n);
    must(uv_write(&line->write, (uv_stream_t *)&line->tcp, &buf, 1, on_written) == 0);
}

/* Headers and as much body as they say. */
static bool is_whole(const struct http_line *line)
{
    const char *end = strstr(line->in, "\r\n\r\n");
    const char *length = strcasestr(line->in, "content-length:");

    return end && length && length < end &&
           line->in_n >= (size_t)(end + 4 - line->in) + strtoul(length + 15, NULL, 10);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct http_line *line = handle->data;

    (void)suggested;
    *buf = uv_buf_init(line->in + line->in_n, (unsigned)(sizeof(line->in) - 1 - line->in_n));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct http_line *line = stream->data;

    (void)buf;
    if (n < 0) {
        fprintf(stderr, "http: the connection is lost: %s\n", uv_strerror((int)n));
        exit(1);
    }
    line->in_n += (size_t)n;
    line->in[line->in_n] = 0;
    if (!line->busy || !is_whole(line))
        return;
    line->busy = false;
    line->desk->ring_cb(line->desk->context, line->ring.due_ns, line->ring.tag,
                        strncmp(line->in, "HTTP/1.1 200", 12) == 0);
    send_next(line);
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct http_line *line = connect->data;

    must(status == 0 && uv_read_start((uv_stream_t *)&line->tcp, on_alloc, on_read) == 0);
    line->busy = false;
    send_next(line);
}

void http_desk_open(struct http_desk *d, uv_loop_t *loop, const struct session_config *config,
                    http_ring_cb ring_cb, void *context)
{
    struct sockaddr_in to;

    d->config = *config;
    d->ring_cb = ring_cb;
    d->context = context;
    must(uv_ip4_addr(config->address.host, config->address.port, &to) == 0);
    for (int i = 0; i < HTTP_DESK_LINES; i++) {
        struct http_line *line = &d->line[i];
        line->desk = d;
        line->busy = true;
        must(uv_tcp_init(loop, &line->tcp) == 0);
        line->tcp.data = line->connect.data = line;
        uv_tcp_nodelay(&line->tcp, 1);
        must(uv_tcp_connect(&line->connect, &line->tcp, (const struct sockaddr *)&to,
                            on_connected) == 0);
    }
}

void http_desk_ring(struct http_desk *d, uint64_t due_ns, uint64_t tag)
{
    must(d->last - d->first < HTTP_DESK_QUEUE);
    d->queue[d->last++ % HTTP_DESK_QUEUE] = (struct http_ring){due_ns, tag};
    for (int i = 0; i < HTTP_DESK_LINES; i++)
        send_next(&d->line[i]);
}
