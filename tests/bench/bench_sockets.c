/* bench_sockets fan|echo COUNT RATE SECONDS BYTES REPLY_BYTES: what the kernel alone costs.
 *
 * A server that does nothing but epoll, read and write, on COUNT loopback connections, beside the
 * same generator's work as bench_fanout and bench_terminals have. RATE messages of BYTES a second,
 * in turn over the connections; to each the server writes REPLY_BYTES: fan to every connection (the
 * floor of a delivery), echo to the one that spoke (the floor of a fix). Open loop. Prints the
 * server's CPU a write; ends with 1 when a write did not arrive. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dispatch/base/os.h"
#include "dispatch/must.h"
#include "tests/lib/latency.h"

enum { EVENTS = 256, BYTES_MAX = 65536, PATIENCE_MS = 20000, TURN_EVERY = 64 };

struct bench {
    bool fan;
    uint32_t count;
    uint64_t rate, seconds, bytes, reply_bytes;
    uint64_t heard_bytes;
    int epoll;
    int *fd; /* the server's or the generator's ends */
};

static uint8_t room[BYTES_MAX];

static void watch(struct bench *b, uint32_t index, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = index};
    int one = 1;
    must(fd >= 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    b->fd[index] = fd;
    must(epoll_ctl(b->epoll, EPOLL_CTL_ADD, fd, &event) == 0);
}

static void open_ends(struct bench *b)
{
    b->epoll = epoll_create1(EPOLL_CLOEXEC);
    b->fd = calloc(b->count, sizeof(*b->fd));
    must(b->epoll >= 0 && b->fd);
}

/* --- the server: until a connection ends --- */

static void answer(const struct bench *b, uint32_t index)
{
    uint32_t from = b->fan ? 0 : index, to = b->fan ? b->count : index + 1;
    for (uint32_t i = from; i < to; i++)
        must(send(b->fd[i], room, b->reply_bytes, MSG_NOSIGNAL) == (ssize_t)b->reply_bytes);
}

static void serve(struct bench *b, int listener)
{
    struct epoll_event event[EVENTS];
    open_ends(b);
    for (uint32_t i = 0; i < b->count; i++)
        watch(b, i, accept(listener, NULL, NULL));
    for (;;) {
        int n = epoll_wait(b->epoll, event, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            ssize_t got = recv(b->fd[event[i].data.u32], room, sizeof(room), 0);
            if (got <= 0)
                return;
            for (uint64_t k = 0; k < (uint64_t)got / b->bytes; k++)
                answer(b, event[i].data.u32);
        }
    }
}

/* --- the generator --- */

static void turn(struct bench *b, int wait_ms)
{
    struct epoll_event event[EVENTS];
    int n = epoll_wait(b->epoll, event, EVENTS, wait_ms);
    for (int i = 0; i < n; i++) {
        ssize_t got = recv(b->fd[event[i].data.u32], room, sizeof(room), 0);
        must(got > 0);
        b->heard_bytes += (uint64_t)got;
    }
}

static uint64_t run_schedule(struct bench *b)
{
    uint64_t began_ns = os_mono_ns(), total = b->rate * b->seconds, said = 0;
    uint64_t writes = total * (b->fan ? b->count : 1);
    while (said < total) {
        uint64_t due_ns = began_ns + said * 1000000000 / b->rate;
        if (os_mono_ns() < due_ns) {
            turn(b, due_ns - os_mono_ns() > 1000000 ? 1 : 0);
            continue;
        }
        must(send(b->fd[said % b->count], room, b->bytes, MSG_NOSIGNAL) == (ssize_t)b->bytes);
        if (++said % TURN_EVERY == 0)
            turn(b, 0);
    }
    int64_t until_ms = os_mono_ms() + PATIENCE_MS;
    while (b->heard_bytes < writes * b->reply_bytes && os_mono_ms() < until_ms)
        turn(b, 100);
    return writes;
}

static int measure(struct bench *b, const struct sockaddr_in *to, pid_t server)
{
    struct usage before, after;
    open_ends(b);
    for (uint32_t i = 0; i < b->count; i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        must(connect(fd, (const struct sockaddr *)to, sizeof(*to)) == 0);
        watch(b, i, fd);
    }
    must(process_usage(server, &before) == 0);
    uint64_t writes = run_schedule(b);
    must(process_usage(server, &after) == 0);
    printf("floor-%-4s connections=%u writes=%" PRIu64 " bytes=%" PRIu64
           " server_cpu_us=%.2f\n",
           b->fan ? "fan" : "echo", b->count, b->heard_bytes / b->reply_bytes, b->reply_bytes,
           (double)(after.cpu_us - before.cpu_us) / (double)writes);
    return b->heard_bytes == writes * b->reply_bytes ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t n = sizeof(at);
    uint64_t number[5];
    for (int i = 0; i < 5; i++) {
        number[i] = argc == 7 ? strtoull(argv[2 + i], NULL, 10) : 0;
        if (number[i] == 0 || number[i] > UINT32_MAX || (i >= 3 && number[i] > BYTES_MAX)) {
            fprintf(stderr, "usage: bench_sockets fan|echo COUNT RATE SECONDS BYTES REPLY_BYTES\n");
            return 2;
        }
    }
    struct bench b = {.fan = strcmp(argv[1], "fan") == 0,
                      .count = (uint32_t)number[0],
                      .rate = number[1],
                      .seconds = number[2],
                      .bytes = number[3],
                      .reply_bytes = number[4]};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(bind(listener, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(listener, 511) == 0 &&
         getsockname(listener, (struct sockaddr *)&at, &n) == 0);
    pid_t server = fork();
    must(server >= 0);
    if (server == 0) {
        serve(&b, listener);
        return 0;
    }
    int result = measure(&b, &at, server);
    for (uint32_t i = 0; i < b.count; i++)
        close(b.fd[i]);
    must(waitpid(server, NULL, 0) == server);
    return result;
}
