/* dial: a TCP connection that is made or given up within a time, and one HTTP request over it.
 * Owner: the caller (descriptors and bodies). Thread: any. Units: ms. Errors: -1 with errmsg. */
#ifndef CTL_DIAL_H
#define CTL_DIAL_H

#include <stddef.h>

#include "dispatch/base/config.h"
#include "dispatch/base/os.h"

enum { DIAL_MS = 5000, HTTP_ANSWER_MS = 30000, HTTP_BODY_MAX = 16 * 1024 * 1024 };

struct address {
    char host[CONFIG_HOST_MAX];
    char port[8];
};

/* "127.0.0.1:8121", "[::1]:8121", "name:8121". -1 when it is none. */
int address_parse(const char *text, struct address *address);

/* A connected blocking socket, or -1. */
int dial(const struct address *address, char errmsg[static ERRMSG_MAX]);

/* 1 when it can be read, 0 when the time is up, -1. */
int dial_wait(int fd, int wait_ms);

struct http_answer {
    int status;
    char *body; /* free() it */
    size_t n;
};
/* `token` and `body` may be NULL; a body is sent as JSON. */
int http_ask(const struct address *address, const char *method, const char *path, const char *token,
             const char *body, struct http_answer *answer, char errmsg[static ERRMSG_MAX]);

#endif
