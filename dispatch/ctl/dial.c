#include "dispatch/ctl/dial.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dispatch/wire/buffer.h"

int address_parse(const char *text, struct address *address)
{
    const char *colon = strrchr(text, ':');
    const char *end = colon;
    if (!colon || colon == text)
        return -1;
    if (*text == '[' && end[-1] == ']') {
        text++;
        end--;
    }
    size_t host_n = (size_t)(end - text), port_n = strlen(colon + 1);
    if (host_n == 0 || host_n >= sizeof(address->host) || port_n == 0 || port_n > 5 ||
        strspn(colon + 1, "0123456789") != port_n)
        return -1;
    memcpy(address->host, text, host_n);
    address->host[host_n] = 0;
    memcpy(address->port, colon + 1, port_n + 1);
    return 0;
}

static int wait_for(int fd, short events, int wait_ms)
{
    struct pollfd poller = {fd, events, 0};
    int ready;
    do
        ready = poll(&poller, 1, wait_ms);
    while (ready < 0 && errno == EINTR);
    return ready;
}

int dial_wait(int fd, int wait_ms)
{
    return wait_for(fd, POLLIN, wait_ms);
}

/* Connects without waiting longer than DIAL_MS. 0 or an errno. */
static int connect_in_time(int fd, const struct addrinfo *to)
{
    int problem = 0, flags = fcntl(fd, F_GETFL);
    socklen_t n = sizeof(problem);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return errno;
    if (connect(fd, to->ai_addr, to->ai_addrlen) < 0) {
        if (errno != EINPROGRESS)
            return errno;
        if (wait_for(fd, POLLOUT, DIAL_MS) <= 0)
            return ETIMEDOUT;
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &n) < 0)
            return errno;
        if (problem)
            return problem;
    }
    return fcntl(fd, F_SETFL, flags) < 0 ? errno : 0;
}

static int dial_one(const struct addrinfo *to, int *problem)
{
    int on = 1;
    int fd = socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC, to->ai_protocol);
    if (fd < 0) {
        *problem = errno;
        return -1;
    }
    *problem = connect_in_time(fd, to);
    if (*problem) {
        close(fd);
        return -1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

int dial(const struct address *address, char errmsg[static ERRMSG_MAX])
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list;
    int fd = -1, problem = 0;
    int rc = getaddrinfo(address->host, address->port, &hints, &list);
    if (rc != 0) {
        snprintf(errmsg, ERRMSG_MAX, "%s: %s", address->host, gai_strerror(rc));
        return -1;
    }
    for (struct addrinfo *at = list; at && fd < 0; at = at->ai_next)
        fd = dial_one(at, &problem);
    freeaddrinfo(list);
    if (fd < 0)
        snprintf(errmsg, ERRMSG_MAX, "%s:%s: %s (is dispatchd running there?)", address->host,
                 address->port, strerror(problem));
    return fd;
}

/* --- HTTP --- */

static int send_all(int fd, const void *bytes, size_t n)
{
    const char *p = bytes;
    while (n > 0) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return -1;
        p += sent;
        n -= (size_t)sent;
    }
    return 0;
}

static int send_request(int fd, const struct address *address, const char *method, const char *path,
                        const char *token, const char *body)
{
    struct buffer out;
    buffer_init(&out, 256 * 1024);
    buffer_print(&out, "%s %s HTTP/1.1\r\nHost: %s:%s\r\nConnection: close\r\n", method, path,
                 address->host, address->port);
    if (token)
        buffer_print(&out, "Authorization: Bearer %s\r\n", token);
    if (body)
        buffer_print(&out, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
                     strlen(body));
    buffer_add_text(&out, "\r\n");
    buffer_add_text(&out, body ? body : "");
    int rc = out.full ? -1 : send_all(fd, out.bytes, out.n);
    buffer_close(&out);
    return rc;
}

/* Where the body begins and how long its header says it is (SIZE_MAX: until the end). */
static const char *find_body(const char *text, size_t *length)
{
    const char *end = strstr(text, "\r\n\r\n");
    *length = SIZE_MAX;
    if (!end)
        return NULL;
    for (const char *line = strstr(text, "\r\n"); line && line < end;
         line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, "content-length:", 15) == 0)
            *length = strtoull(line + 17, NULL, 10);
    return end + 4;
}

static bool is_whole(const struct buffer *in)
{
    size_t length;
    const char *text = (const char *)in->bytes;
    const char *body = find_body(text, &length);
    return body && length <= in->n && (size_t)(body - text) + length <= in->n;
}

/* Everything until the answer is whole or the server hangs up. */
static int read_answer(int fd, struct buffer *in)
{
    for (;;) {
        if (dial_wait(fd, HTTP_ANSWER_MS) <= 0)
            return -1;
        unsigned char *room = buffer_extend(in, 4096 + 1);
        if (!room)
            return -1;
        ssize_t n = recv(fd, room, 4096, 0);
        in->n -= 4096 + 1;
        if (n < 0)
            return -1;
        in->n += (size_t)n;
        in->bytes[in->n] = 0;
        if (n == 0 || is_whole(in))
            return 0;
    }
}

static int take_answer(const struct buffer *in, struct http_answer *answer)
{
    const char *text = (const char *)in->bytes;
    size_t length, got;
    int status;
    const char *body = in->n ? find_body(text, &length) : NULL;
    if (!body || sscanf(text, "HTTP/1.%*1[01] %3d", &status) != 1)
        return -1;
    got = in->n - (size_t)(body - text);
    if (length != SIZE_MAX && got < length)
        return -1;
    if (length < got)
        got = length;
    char *copy = malloc(got + 1);
    if (!copy)
        return -1;
    memcpy(copy, body, got);
    copy[got] = 0;
    *answer = (struct http_answer){status, copy, got};
    return 0;
}

int http_ask(const struct address *address, const char *method, const char *path, const char *token,
             const char *body, struct http_answer *answer, char errmsg[static ERRMSG_MAX])
{
    struct buffer in;
    int fd = dial(address, errmsg);
    if (fd < 0)
        return -1;
    buffer_init(&in, HTTP_BODY_MAX);
    int rc = send_request(fd, address, method, path, token, body);
    if (rc == 0)
        rc = read_answer(fd, &in);
    if (rc == 0)
        rc = take_answer(&in, answer);
    if (rc < 0)
        snprintf(errmsg, ERRMSG_MAX, "%s:%s: no whole HTTP answer to %s %s", address->host,
                 address->port, method, path);
    buffer_close(&in);
    close(fd);
    return rc;
}
