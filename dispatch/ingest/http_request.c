#include "dispatch/ingest/http_request.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

/* The next line without its end, or NULL if there is none yet. */
static const char *next_line(const char **at, const char *end, size_t *length)
{
    const char *line = *at;
    const char *lf = memchr(line, '\n', (size_t)(end - line));
    if (lf == NULL)
        return NULL;
    *length = (size_t)(lf - line);
    if (*length > 0 && line[*length - 1] == '\r')
        --*length;
    *at = lf + 1;
    return line;
}

/* METHOD SP target SP HTTP/1.x; the target may contain blanks, as sloppy clients send them. */
static int request_line(const char *line, size_t n, struct http_request *r)
{
    static const char version[] = " HTTP/1.";
    const char *blank = memchr(line, ' ', n);
    size_t tail = sizeof version; /* " HTTP/1." and one digit */
    if (blank == NULL || blank == line || blank - line > 15)
        return -400;
    if (n < tail + (size_t)(blank - line) + 1)
        return -400;
    if (memcmp(line + n - tail, version, sizeof version - 1) != 0)
        return memcmp(line + n - tail, " HTTP/", 6) == 0 ? -505 : -400;
    r->method = line;
    r->method_len = (size_t)(blank - line);
    r->target = blank + 1;
    r->target_len = n - tail - r->method_len - 1;
    r->keep_alive = line[n - 1] != '0';
    return memchr(line, '\0', n) != NULL ? -400 : 0;
}

static bool is_name(const char *name, size_t n, const char *wanted)
{
    return n == strlen(wanted) && strncasecmp(name, wanted, n) == 0;
}

static int content_length(const char *value, size_t n, size_t *length, bool *has_length)
{
    size_t result = 0;
    if (n == 0)
        return -400;
    for (size_t i = 0; i < n; i++) {
        if (value[i] < '0' || value[i] > '9')
            return -400;
        result = result * 10 + (size_t)(value[i] - '0');
        if (result > HTTP_BODY_MAX)
            return -413;
    }
    if (*has_length && *length != result)
        return -400;
    *length = result;
    *has_length = true;
    return 0;
}

static int header_line(const char *line, size_t n, struct http_request *r, bool *has_length)
{
    const char *colon = memchr(line, ':', n);
    if (colon == NULL || colon == line || line[0] == ' ' || line[0] == '\t')
        return -400;
    size_t name_len = (size_t)(colon - line);
    const char *value = colon + 1;
    size_t value_len = n - name_len - 1;
    while (value_len > 0 && (*value == ' ' || *value == '\t')) {
        value++;
        value_len--;
    }
    while (value_len > 0 && (value[value_len - 1] == ' ' || value[value_len - 1] == '\t'))
        value_len--;
    if (is_name(line, name_len, "Content-Length"))
        return content_length(value, value_len, &r->body_len, has_length);
    if (is_name(line, name_len, "Transfer-Encoding"))
        return -411;
    if (is_name(line, name_len, "Connection")) {
        if (is_name(value, value_len, "close"))
            r->keep_alive = false;
        else if (is_name(value, value_len, "keep-alive"))
            r->keep_alive = true;
    } else if (is_name(line, name_len, "Content-Type")) {
        r->content_type = value;
        r->content_type_len = value_len;
    }
    return 0;
}

ssize_t http_request_read(const char *bytes, size_t n, struct http_request *out)
{
    struct http_request r = {.content_type = "", .body = ""};
    const char *at = bytes, *end = bytes + n, *line;
    size_t length;
    bool first = true, has_length = false;
    while ((line = next_line(&at, end, &length)) != NULL) {
        if ((size_t)(at - bytes) > HTTP_HEAD_MAX)
            return -431;
        if (length == 0 && first) /* empty lines before a request are passed over */
            continue;
        if (length == 0)
            break;
        int error =
            first ? request_line(line, length, &r) : header_line(line, length, &r, &has_length);
        if (error != 0)
            return error;
        first = false;
    }
    if (line == NULL)
        return n > HTTP_HEAD_MAX ? -431 : 0;
    if ((size_t)(end - at) < r.body_len)
        return 0;
    r.body = at;
    *out = r;
    return (at - bytes) + (ssize_t)r.body_len;
}
