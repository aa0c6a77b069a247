#include "tests/lib/receiver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dispatch/must.h"

struct caller {
    uv_tcp_t tcp;
    uv_write_t write;
    struct receiver *receiver;
    char manner;
    size_t n;
    char bytes[RECEIVER_BYTES_MAX];
};

static void on_closed(uv_handle_t *handle)
{
    struct caller *caller = handle->data;
    caller->receiver->open--;
    free(caller);
}

static void end(struct caller *caller)
{
    if (!uv_is_closing((uv_handle_t *)&caller->tcp))
        uv_close((uv_handle_t *)&caller->tcp, on_closed);
}

static void on_written(uv_write_t *write, int status)
{
    (void)status;
    end(write->data);
}

static void answer(struct caller *caller, const char *text)
{
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)text, (unsigned)strlen(text));
    caller->write.data = caller;
    must(uv_write(&caller->write, (uv_stream_t *)&caller->tcp, &buf, 1, on_written) == 0);
}

/* "" when the request has no such header. */
static void header(const char *head, const char *name, char *out, size_t max)
{
    size_t n = strlen(name);
    out[0] = 0;
    for (const char *line = strstr(head, "\r\n"); line && line[2] != '\r';
         line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, n) != 0 || line[2 + n] != ':')
            continue;
        const char *value = line + 2 + n + 1 + (line[2 + n + 1] == ' ');
        snprintf(out, max, "%.*s", (int)strcspn(value, "\r"), value);
        return;
    }
}

static void take(struct caller *caller, const char *body)
{
    struct receiver *r = caller->receiver;
    must(r->taken_count < RECEIVER_TAKEN_MAX);
    struct taken *taken = &r->taken[r->taken_count++];
    header(caller->bytes, "Idempotency-Key", taken->key, sizeof(taken->key));
    header(caller->bytes, "Content-Type", taken->type, sizeof(taken->type));
    header(caller->bytes, "Webhook-Timestamp", taken->timestamp, sizeof(taken->timestamp));
    header(caller->bytes, "Webhook-Signature", taken->signature, sizeof(taken->signature));
    taken->body = strdup(body);
    must(taken->body);
    if (r->taken_cb)
        r->taken_cb(taken);
}

static void behave(struct caller *caller, const char *body)
{
    switch (caller->manner) {
    case '5':
        answer(caller, "HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        break;
    case 'r':
        answer(caller, "HTTP/1.1 302 Elsewhere\r\nLocation: http://127.0.0.1:1/\r\n"
                       "Content-Length: 0\r\nConnection: close\r\n\r\n");
        break;
    case 'h':
        break;
    case 'l':
        take(caller, body);
        end(caller);
        break;
    default:
        take(caller, body);
        answer(caller, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
    struct caller *caller = handle->data;
    (void)size;
    *buf = uv_buf_init(caller->bytes + caller->n,
                       (unsigned)(sizeof(caller->bytes) - 1 - caller->n));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct caller *caller = stream->data;
    char length[32];
    (void)buf;
    if (n < 0 || caller->manner == 'c') {
        end(caller);
        return;
    }
    caller->n += (size_t)n;
    caller->bytes[caller->n] = 0;
    char *body = strstr(caller->bytes, "\r\n\r\n");
    if (!body)
        return;
    header(caller->bytes, "Content-Length", length, sizeof(length));
    if (strlen(body + 4) >= strtoul(length, NULL, 10))
        behave(caller, body + 4);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct receiver *r = listener->data;
    struct caller *caller = calloc(1, sizeof(*caller));
    must(status == 0 && caller);
    caller->receiver = r;
    caller->manner = *r->manner ? *r->manner++ : 'o';
    r->asked++;
    r->open++;
    must(uv_tcp_init(listener->loop, &caller->tcp) == 0);
    caller->tcp.data = caller;
    must(uv_accept(listener, (uv_stream_t *)&caller->tcp) == 0);
    must(uv_read_start((uv_stream_t *)&caller->tcp, on_alloc, on_read) == 0);
}

void receiver_open(struct receiver *r, uv_loop_t *loop, int port, const char *manner)
{
    struct sockaddr_storage name;
    struct sockaddr_in at;
    int size = sizeof(name);
    memset(r, 0, sizeof(*r));
    r->manner = manner;
    must(uv_ip4_addr("127.0.0.1", port, &at) == 0);
    must(uv_tcp_init(loop, &r->listener) == 0);
    r->listener.data = r;
    must(uv_tcp_bind(&r->listener, (struct sockaddr *)&at, 0) == 0);
    must(uv_listen((uv_stream_t *)&r->listener, 16, on_connection) == 0);
    must(uv_tcp_getsockname(&r->listener, (struct sockaddr *)&name, &size) == 0);
    r->port = ntohs(((struct sockaddr_in *)&name)->sin_port);
    r->open = 1;
}

static void on_listener_closed(uv_handle_t *handle)
{
    ((struct receiver *)handle->data)->open--;
}

void receiver_close(struct receiver *r)
{
    uv_close((uv_handle_t *)&r->listener, on_listener_closed);
}

void receiver_forget(struct receiver *r)
{
    for (uint32_t i = 0; i < r->taken_count; i++)
        free(r->taken[i].body);
    r->taken_count = 0;
}
