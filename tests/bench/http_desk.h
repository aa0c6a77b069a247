/* http_desk: rings calls over HTTP on connections that stay open, one request at a time on each;
 * what is due while all are busy waits, and its wait counts.
 * Owner: the caller, until the process ends. Thread: the loop's. Aborts on errors: it measures. */
#ifndef TESTS_BENCH_HTTP_DESK_H
#define TESTS_BENCH_HTTP_DESK_H

#include <uv.h>

#include "sim/session.h"

enum { HTTP_DESK_LINES = 32, HTTP_DESK_QUEUE = 65536 };

typedef void (*http_ring_cb)(void *context, uint64_t due_ns, uint64_t tag, bool ok);

struct http_desk;

struct http_ring {
    uint64_t due_ns, tag;
};

struct http_line {
    struct http_desk *desk;
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_write_t write;
    bool busy;
    struct http_ring ring;
    char out[512], in[4096];
    size_t in_n;
};

struct http_desk {
    struct session_config config;
    struct http_line line[HTTP_DESK_LINES];
    struct http_ring queue[HTTP_DESK_QUEUE];
    uint64_t first, last, number;
    http_ring_cb ring_cb;
    void *context;
};

void http_desk_open(struct http_desk *d, uv_loop_t *loop, const struct session_config *config,
                    http_ring_cb ring_cb, void *context);
void http_desk_ring(struct http_desk *d, uint64_t due_ns, uint64_t tag);

#endif
