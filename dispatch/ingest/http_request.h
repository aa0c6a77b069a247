/* http_request: one HTTP/1.x request cut out of a byte stream, tolerantly and with bounds.
 * Pure; any thread; everything in the struct borrows the bytes it was read from. Tolerant: a
 * target need not begin with a slash and lines may end in a bare LF. Strict where it matters for
 * framing: two different lengths, or a chunked body, are refused. For the phones' port only; the
 * consoles' HTTP is libwebsockets'. */
#ifndef INGEST_HTTP_REQUEST_H
#define INGEST_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { HTTP_HEAD_MAX = 8 * 1024, HTTP_BODY_MAX = 64 * 1024 };

struct http_request {
    const char *method, *target, *content_type, *body;
    size_t method_len, target_len, content_type_len, body_len;
    bool keep_alive;
};

/* How many bytes the request takes; 0 when it is not complete yet; −status (400, 411, 413, 431,
 * 505) when it never will be: answer that and close. */
ssize_t http_request_read(const char *bytes, size_t n, struct http_request *out);

#endif
