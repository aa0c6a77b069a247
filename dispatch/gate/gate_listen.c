#include "dispatch/base/log.h"
#include "dispatch/gate/gate_impl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BACKLOG = 512,
    ACCEPTS_PER_TURN = 64,
    SEND_BUFFER_BYTES = 128 * 1024, /* the kernel's share of what a slow client can hold up */
    DEAD_PEER_MS = 30000,
    KEEPALIVE_IDLE_S = 20,
    DESCRIPTORS_BESIDE = 128, /* what the rest of the program opens */
};

/* Refuses limits the system will not carry, rather than meeting EMFILE at the worst moment. */
int gate_reserve_descriptors(struct gate_impl *impl)
{
    struct rlimit limit;
    rlim_t need = impl->config.connections_max + DESCRIPTORS_BESIDE;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < need) {
        limit.rlim_cur = limit.rlim_max < need ? limit.rlim_max : need;
        setrlimit(RLIMIT_NOFILE, &limit);
        if (limit.rlim_cur < need) {
            snprintf(impl->gate->errmsg, sizeof impl->gate->errmsg,
                     "gate: connections_max %u needs %llu descriptors, the system allows %llu",
                     impl->config.connections_max, (unsigned long long)need,
                     (unsigned long long)limit.rlim_cur);
            return -1;
        }
    }
    impl->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return 0;
}

void peer_name(int fd, char peer[GATE_PEER_MAX])
{
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    char host[INET_ADDRSTRLEN] = "?";
    if (getpeername(fd, (struct sockaddr *)&address, &size) == 0) {
        inet_ntop(AF_INET, &address.sin_addr, host, sizeof host);
    }
    snprintf(peer, GATE_PEER_MAX, "%s:%u", host, ntohs(address.sin_port));
}

static void set_option(int fd, int level, int option, int value)
{
    if (setsockopt(fd, level, option, &value, sizeof value) < 0) {
        log_warn("gate-socket-option", "level=%d option=%d error=%s", level, option,
                 strerror(errno));
    }
}

static void tune(int fd)
{
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_BYTES);
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, DEAD_PEER_MS);
}

void connection_closed(struct gate_impl *impl)
{
    metrics_set(impl->metrics, METRIC_CONNECTIONS, --impl->connections);
}

static void admit(struct gate_listener *listener, int fd)
{
    struct gate_impl *impl = listener->impl;
    if (impl->connections >= impl->config.connections_max) {
        metrics_add(impl->metrics, METRIC_REFUSED_CONNECTIONS, 1);
        close(fd);
        return;
    }
    metrics_set(impl->metrics, METRIC_CONNECTIONS, ++impl->connections);
    tune(fd);
    if (listener->way == GATE_TCP) {
        tcp_adopt(impl, fd);
    } else {
        lws_adopt(impl, fd);
    }
}

/* Without descriptors the connection would stay readable for ever and the loop would spin. */
static void shed_one(struct gate_listener *listener)
{
    struct gate_impl *impl = listener->impl;
    metrics_add(impl->metrics, METRIC_ACCEPT_ERRORS, 1);
    if (impl->spare_fd >= 0) {
        close(impl->spare_fd);
    }
    int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0) {
        close(fd);
    }
    impl->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* False: nobody waits. */
static bool accept_one(struct gate_listener *listener)
{
    int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        admit(listener, fd);
        return true;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
        log_warn("gate-accept", "error=%s", strerror(errno));
        shed_one(listener);
        return false;
    }
    return errno == EINTR || errno == ECONNABORTED;
}

static void readable(uv_poll_t *poll, int status, int events)
{
    struct gate_listener *listener = poll->data;
    struct gate_impl *impl = listener->impl;
    (void)events;
    if (status < 0) {
        log_error("gate-listen", "port=%d error=%s", listener->port, uv_strerror(status));
        return;
    }
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        if (impl->handshakes_milli < 1000) {
            uv_poll_stop(poll); /* the others wait in the listen queue */
            return;
        }
        if (!accept_one(listener)) {
            return;
        }
        impl->handshakes_milli -= 1000;
    }
}

static void resume(struct gate_listener *listener)
{
    if (listener->fd >= 0 && !uv_is_active((uv_handle_t *)&listener->poll)) {
        uv_poll_start(&listener->poll, UV_READABLE, readable);
    }
}

void listener_refill(struct gate_impl *impl, uint64_t elapsed_ms)
{
    /* No more at once than between two sweeps: a crowd that comes back must not hold the loop. */
    uint64_t full = (uint64_t)impl->config.handshakes_per_s * SWEEP_MS;
    if (full < 1000) {
        full = 1000;
    }
    impl->handshakes_milli += elapsed_ms * impl->config.handshakes_per_s;
    if (impl->handshakes_milli > full) {
        impl->handshakes_milli = full;
    }
    resume(&impl->http);
    resume(&impl->tcp);
}

static int bind_and_listen(int fd, const char *host, int port, int *bound_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t size = sizeof address;
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1) {
        errno = EINVAL;
        return -1;
    }
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, BACKLOG) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) < 0) {
        return -1;
    }
    *bound_port = ntohs(address.sin_port);
    return 0;
}

int listener_open(struct gate_listener *listener, struct gate_impl *impl, enum gate_way way,
                  int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || port > UINT16_MAX ||
        bind_and_listen(fd, impl->config.host, port, &listener->port) < 0) {
        snprintf(impl->gate->errmsg, sizeof impl->gate->errmsg, "gate: cannot listen on %s:%d: %s",
                 impl->config.host, port, strerror(port > UINT16_MAX ? EINVAL : errno));
        goto out;
    }
    int rc = uv_poll_init(impl->loop, &listener->poll, fd);
    if (rc < 0) {
        snprintf(impl->gate->errmsg, sizeof impl->gate->errmsg, "gate: %s", uv_strerror(rc));
        goto out;
    }
    impl->handles++;
    listener->impl = impl;
    listener->way = way;
    listener->fd = fd;
    listener->poll.data = listener;
    return uv_poll_start(&listener->poll, UV_READABLE, readable);
out:
    if (fd >= 0) {
        close(fd);
    }
    return -1;
}

static void listener_closed(uv_handle_t *handle)
{
    struct gate_listener *listener = handle->data;
    gate_handle_closed(listener->impl);
}

void listener_close(struct gate_listener *listener)
{
    if (listener->fd >= 0) {
        uv_close((uv_handle_t *)&listener->poll, listener_closed);
        close(listener->fd);
        listener->fd = -1;
    }
}
