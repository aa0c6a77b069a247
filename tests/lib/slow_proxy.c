/* slow_proxy HOST:PORT TO_HOST:PORT DELAY_MS BYTES: hands bytes on both ways, at once; after
 * SIGUSR1 slowly: at most BYTES at a time, each piece DELAY_MS after it came, and nothing more is
 * read meanwhile, so whoever sends feels a network that is jammed. SIGUSR2: at once again.
 * Says "ready" on standard output; ends with SIGTERM. A pair of sockets goes with the first end of
 * either. For tests and measurements. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"
#include "sim/session.h"

enum { PIECE_MAX = 64 * 1024 };

struct pair;

/* One direction: reads from `from`, waits, writes to the other end. */
struct way {
    struct pair *pair;
    uv_tcp_t from;
    uv_timer_t wait;
    uv_write_t write;
    size_t n;
    char piece[PIECE_MAX];
};

struct pair {
    struct way way[2];
    uv_connect_t connect;
    int open_handles;
    bool closing;
};

static struct {
    uv_loop_t loop;
    uv_tcp_t listener;
    uv_signal_t slow, fast, end;
    struct session_address to;
    uint64_t delay_ms;
    size_t bytes;
    bool is_slow;
} proxy;

static void on_handle_closed(uv_handle_t *handle)
{
    struct way *way = handle->data;

    if (--way->pair->open_handles == 0)
        free(way->pair);
}

static void close_pair(struct pair *pair)
{
    if (pair->closing)
        return;
    pair->closing = true;
    for (int i = 0; i < 2; i++) {
        uv_close((uv_handle_t *)&pair->way[i].from, on_handle_closed);
        uv_close((uv_handle_t *)&pair->way[i].wait, on_handle_closed);
    }
}

static struct way *other(struct way *way)
{
    return &way->pair->way[way == &way->pair->way[0]];
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct way *way = handle->data;

    (void)suggested;
    *buf = uv_buf_init(way->piece, proxy.is_slow ? (unsigned)proxy.bytes : PIECE_MAX);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf);

static void on_written(uv_write_t *write, int status)
{
    struct way *way = write->data;

    if (status < 0 || uv_read_start((uv_stream_t *)&way->from, on_alloc, on_read) < 0)
        close_pair(way->pair);
}

static void hand_on(uv_timer_t *timer)
{
    struct way *way = timer->data;
    uv_buf_t buf = uv_buf_init(way->piece, (unsigned)way->n);

    way->write.data = way;
    if (uv_write(&way->write, (uv_stream_t *)&other(way)->from, &buf, 1, on_written) < 0)
        close_pair(way->pair);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct way *way = stream->data;

    (void)buf;
    if (n == 0)
        return;
    if (n < 0) {
        close_pair(way->pair);
        return;
    }
    way->n = (size_t)n;
    uv_read_stop(stream);
    if (proxy.is_slow)
        uv_timer_start(&way->wait, hand_on, proxy.delay_ms, 0);
    else
        hand_on(&way->wait);
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct pair *pair = connect->data;

    if (pair->closing)
        return;
    for (int i = 0; i < 2 && status == 0; i++)
        status = uv_read_start((uv_stream_t *)&pair->way[i].from, on_alloc, on_read);
    if (status < 0)
        close_pair(pair);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct pair *pair = calloc(1, sizeof(*pair));
    struct sockaddr_in to;

    must(status == 0 && pair && uv_ip4_addr(proxy.to.host, proxy.to.port, &to) == 0);
    for (int i = 0; i < 2; i++) {
        struct way *way = &pair->way[i];
        way->pair = pair;
        must(uv_tcp_init(&proxy.loop, &way->from) == 0);
        must(uv_timer_init(&proxy.loop, &way->wait) == 0);
        way->from.data = way->wait.data = way;
        pair->open_handles += 2;
    }
    pair->connect.data = pair;
    if (uv_accept(listener, (uv_stream_t *)&pair->way[0].from) < 0 ||
        uv_tcp_connect(&pair->connect, &pair->way[1].from, (const struct sockaddr *)&to,
                       on_connected) < 0)
        close_pair(pair);
}

static void on_signal(uv_signal_t *handle, int signum)
{
    if (signum == SIGTERM)
        uv_stop(handle->loop);
    proxy.is_slow = signum == SIGUSR1;
}

static void listen_at(const struct session_address *at)
{
    struct sockaddr_in in;

    must(uv_ip4_addr(at->host, at->port, &in) == 0);
    must(uv_tcp_init(&proxy.loop, &proxy.listener) == 0);
    int err = uv_tcp_bind(&proxy.listener, (const struct sockaddr *)&in, 0);
    if (err == 0)
        err = uv_listen((uv_stream_t *)&proxy.listener, 16, on_connection);
    if (err < 0) {
        fprintf(stderr, "slow_proxy: %s:%d: %s\n", at->host, at->port, uv_strerror(err));
        exit(1);
    }
}

static void watch_signal(uv_signal_t *handle, int signum)
{
    must(uv_signal_init(&proxy.loop, handle) == 0);
    must(uv_signal_start(handle, on_signal, signum) == 0);
}

int main(int argc, char **argv)
{
    struct session_address at;

    if (argc == 5) {
        proxy.delay_ms = strtoull(argv[3], NULL, 10);
        proxy.bytes = strtoull(argv[4], NULL, 10);
    }
    if (proxy.bytes < 1 || proxy.bytes > PIECE_MAX || session_address_parse(argv[1], &at) < 0 ||
        session_address_parse(argv[2], &proxy.to) < 0) {
        fprintf(stderr, "slow_proxy HOST:PORT TO_HOST:PORT DELAY_MS BYTES\n");
        return 64;
    }
    signal(SIGPIPE, SIG_IGN);
    must(uv_loop_init(&proxy.loop) == 0);
    listen_at(&at);
    watch_signal(&proxy.slow, SIGUSR1);
    watch_signal(&proxy.fast, SIGUSR2);
    watch_signal(&proxy.end, SIGTERM);
    printf("ready\n");
    fflush(stdout);
    uv_run(&proxy.loop, UV_RUN_DEFAULT);
    return 0; /* what is still open ends with the process */
}
