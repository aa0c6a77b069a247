#include "dispatch/gate/gate_impl.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One request from its headers to the last byte of its answer. On an unread body the connection
 * is closed after the answer, so that what follows cannot be taken for another request. */
struct gate_exchange {
    uint64_t id;
    struct gate_impl *impl;
    struct lws *wsi;
    const struct gate_route *route;
    struct gate_exchange *next;
    uint64_t begun_ms, asked_ms; /* asked: when the handler was called; 0: not yet */
    bool close_after;
    char peer[GATE_PEER_MAX];
    char path[GATE_PATH_MAX];
    char query[1024];
    char token[256];
    char content_type[64];
    uint8_t *body;
    size_t body_len, body_wanted;
    int status; /* 0: not answered */
    uint32_t max_age_s; /* the browser may keep the answer; 0: no-store */
    char type[64];
    uint8_t *answer; /* LWS_PRE bytes of room first */
    size_t answer_len, answer_sent;
    bool headers_sent;
};

enum { HEADERS_BYTES = 1024, WRITE_BYTES = 16384 };

static const char *const security_headers[][2] = {
    {"x-content-type-options:", "nosniff"},
};

/* ---- life ---- */

static struct gate_exchange *exchange_new(struct gate_impl *impl, struct lws *wsi)
{
    struct gate_exchange *exchange = calloc(1, sizeof *exchange);
    if (!exchange) {
        return NULL;
    }
    exchange->id = ++impl->serial;
    exchange->impl = impl;
    exchange->wsi = wsi;
    exchange->begun_ms = uv_now(impl->loop);
    exchange->next = impl->exchanges;
    impl->exchanges = exchange;
    lws_set_opaque_user_data(wsi, exchange);
    return exchange;
}

void http_closed(struct gate_exchange *exchange)
{
    struct gate_exchange **at = &exchange->impl->exchanges;
    while (*at != exchange) {
        at = &(*at)->next;
    }
    *at = exchange->next;
    free(exchange->body);
    free(exchange->answer);
    free(exchange);
}

static struct gate_exchange *find(struct gate_impl *impl, uint64_t id)
{
    struct gate_exchange *exchange = impl->exchanges;
    while (exchange && exchange->id != id) {
        exchange = exchange->next;
    }
    return exchange;
}

/* ---- the answer ---- */

/* Each part of it has a time in which it must be taken. */
static void ask_to_write(struct gate_exchange *exchange)
{
    lws_set_timeout(exchange->wsi, PENDING_TIMEOUT_HTTP_CONTENT,
                    (int)(exchange->impl->config.answer_ms / 1000 + 1));
    lws_callback_on_writable(exchange->wsi);
}

static void answer(struct gate_exchange *exchange, int status, const char *type, const void *body,
                   size_t len)
{
    if (exchange->status) {
        return;
    }
    exchange->answer = malloc(LWS_PRE + len + 1);
    exchange->status = exchange->answer ? status : HTTP_STATUS_SERVICE_UNAVAILABLE;
    exchange->answer_len = exchange->answer ? len : 0;
    if (exchange->answer_len) {
        memcpy(exchange->answer + LWS_PRE, body, len);
    }
    snprintf(exchange->type, sizeof exchange->type, "%s",
             type ? type : "text/plain; charset=utf-8");
    metrics_add(exchange->impl->metrics, METRIC_HTTP_REQUESTS, 1);
    ask_to_write(exchange);
}

static const char *reason_text(int status)
{
    switch (status) {
    case 400:
        return "bad request\n";
    case 403:
        return "origin not allowed\n";
    case 404:
        return "not found\n";
    case 405:
        return "method not allowed\n";
    case 411:
        return "content-length needed\n";
    case 413:
        return "body too big\n";
    case 414:
        return "address too long\n";
    case 504:
        return "no answer in time\n";
    default:
        return "try again later\n";
    }
}

static void refuse(struct gate_exchange *exchange, int status)
{
    const char *text = reason_text(status);
    exchange->close_after = true;
    answer(exchange, status, NULL, text, strlen(text));
}

int http_refuse(struct gate_impl *impl, struct lws *wsi, int status)
{
    (void)impl;
    return lws_return_http_status(wsi, (unsigned)status, reason_text(status)) < 0 ? -1 : 1;
}

void gate_answer(struct gate *gate, uint64_t request_id, int status, const char *type,
                 const void *body, size_t len)
{
    struct gate_exchange *exchange = gate->impl ? find(gate->impl, request_id) : NULL;
    if (exchange) {
        answer(exchange, status, type, body, len);
    }
}

void gate_answer_kept(struct gate *gate, uint64_t request_id, const char *type, const void *body,
                      size_t len, uint32_t max_age_s)
{
    struct gate_exchange *exchange = gate->impl ? find(gate->impl, request_id) : NULL;
    if (exchange) {
        exchange->max_age_s = max_age_s;
        answer(exchange, HTTP_STATUS_OK, type, body, len);
    }
}

static int add_header(struct lws *wsi, const char *name, const char *value, uint8_t **at,
                      uint8_t *end)
{
    return lws_add_http_header_by_name(wsi, (const uint8_t *)name, (const uint8_t *)value,
                                       (int)strlen(value), at, end);
}

static int write_headers(struct gate_exchange *exchange)
{
    uint8_t bytes[LWS_PRE + HEADERS_BYTES];
    uint8_t *start = bytes + LWS_PRE;
    uint8_t *at = start;
    uint8_t *end = bytes + sizeof bytes - 1;
    struct lws *wsi = exchange->wsi;
    char kept[48] = "no-store";
    if (exchange->max_age_s) {
        snprintf(kept, sizeof kept, "private, max-age=%u, immutable", exchange->max_age_s);
    }
    if (lws_add_http_common_headers(wsi, (unsigned)exchange->status, exchange->type,
                                    exchange->answer_len, &at, end)) {
        return -1;
    }
    if (add_header(wsi, "cache-control:", kept, &at, end)) {
        return -1;
    }
    for (size_t i = 0; i < sizeof security_headers / sizeof security_headers[0]; i++) {
        if (add_header(wsi, security_headers[i][0], security_headers[i][1], &at, end)) {
            return -1;
        }
    }
    exchange->headers_sent = true;
    return lws_finalize_write_http_header(wsi, start, &at, end);
}

static int finish(struct gate_exchange *exchange)
{
    struct lws *wsi = exchange->wsi;
    bool close_after = exchange->close_after;
    lws_set_opaque_user_data(wsi, NULL);
    http_closed(exchange);
    return lws_http_transaction_completed(wsi) || close_after ? -1 : 0;
}

int http_writable(struct gate_exchange *exchange)
{
    if (!exchange->status) {
        return 0;
    }
    if (!exchange->headers_sent) {
        if (write_headers(exchange)) {
            return -1;
        }
        ask_to_write(exchange);
        return 0;
    }
    size_t left = exchange->answer_len - exchange->answer_sent;
    size_t now = left < WRITE_BYTES ? left : WRITE_BYTES;
    bool last = now == left;
    uint8_t *from = exchange->answer + LWS_PRE + exchange->answer_sent;
    if (now &&
        lws_write(exchange->wsi, from, now, last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0) {
        return -1;
    }
    exchange->answer_sent += now;
    if (last) {
        return finish(exchange);
    }
    ask_to_write(exchange);
    return 0;
}

/* ---- the request ---- */

static bool copy_header(struct lws *wsi, enum lws_token_indexes token, char *out, size_t size)
{
    out[0] = '\0';
    return lws_hdr_total_length(wsi, token) <= 0 || lws_hdr_copy(wsi, out, (int)size, token) >= 0;
}

/* libwebsockets keeps the arguments apart and decoded; joined by '&' here. */
static bool copy_query(struct lws *wsi, char *out, size_t size)
{
    size_t at = 0;
    out[0] = '\0';
    for (int i = 0; lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_URI_ARGS, i) > 0; i++) {
        if (i > 0) {
            out[at++] = '&';
        }
        int len =
            lws_hdr_copy_fragment(wsi, out + at, (int)(size - at), WSI_TOKEN_HTTP_URI_ARGS, i);
        if (len < 0 || at + (size_t)len + 2 > size) {
            return false;
        }
        at += (size_t)len;
    }
    return true;
}

/* "Bearer xyz" → "xyz" */
static void keep_token(char *header)
{
    static const char scheme[] = "bearer ";
    if (strncasecmp(header, scheme, sizeof scheme - 1) == 0) {
        memmove(header, header + sizeof scheme - 1, strlen(header) - (sizeof scheme - 1) + 1);
    } else {
        header[0] = '\0';
    }
}

/* HTTP status, or 0 with *len: digits only, and nothing that could be read in two ways. */
static int body_length(struct lws *wsi, uint32_t max, size_t *len)
{
    char digits[24];
    if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0) {
        return HTTP_STATUS_LENGTH_REQUIRED;
    }
    if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) <= 0) {
        return HTTP_STATUS_LENGTH_REQUIRED;
    }
    if (!copy_header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, digits, sizeof digits) ||
        strspn(digits, "0123456789") != strlen(digits)) {
        return HTTP_STATUS_BAD_REQUEST;
    }
    unsigned long long value = strtoull(digits, NULL, 10);
    if (value > max) {
        return HTTP_STATUS_REQ_ENTITY_TOO_LARGE;
    }
    *len = (size_t)value;
    return 0;
}

static bool path_matches(const char *prefix, const char *path)
{
    size_t len = strlen(prefix);
    return strncmp(prefix, path, len) == 0 &&
           (path[len] == '\0' || path[len] == '/' || prefix[len - 1] == '/');
}

/* The longest prefix with this method; *known tells whether any method has one. */
static const struct gate_route *find_route(const struct gate_impl *impl, int method,
                                           const char *path, bool *known)
{
    const struct gate_route *best = NULL;
    *known = false;
    for (uint32_t i = 0; i < impl->route_count; i++) {
        const struct gate_route *route = &impl->routes[i];
        if (!path_matches(route->path, path)) {
            continue;
        }
        *known = true;
        if ((int)route->method == method && (!best || strlen(route->path) > strlen(best->path))) {
            best = route;
        }
    }
    return best;
}

static int method_of(struct lws *wsi)
{
    char *uri;
    int len;
    switch (lws_http_get_uri_and_method(wsi, &uri, &len)) {
    case LWSHUMETH_GET:
        return GATE_GET;
    case LWSHUMETH_POST:
        return GATE_POST;
    default:
        return -1;
    }
}

static void ask_handler(struct gate_exchange *exchange)
{
    struct gate_request request = {
        .id = exchange->id,
        .method = exchange->route->method,
        .path = exchange->path,
        .query = exchange->query,
        .token = exchange->token,
        .peer = exchange->peer,
        .content_type = exchange->content_type,
        .body = exchange->body ? exchange->body : (const uint8_t *)"",
        .body_len = exchange->body_len,
    };
    exchange->asked_ms = uv_now(exchange->impl->loop);
    lws_set_timeout(exchange->wsi, NO_PENDING_TIMEOUT, 0); /* http_sweep keeps the time */
    exchange->route->handler_cb(exchange->route->user, &request);
}

static int read_headers(struct gate_exchange *exchange)
{
    struct lws *wsi = exchange->wsi;
    if (!copy_query(wsi, exchange->query, sizeof exchange->query)) {
        return HTTP_STATUS_REQ_URI_TOO_LONG;
    }
    if (!copy_header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, exchange->token, sizeof exchange->token) ||
        !copy_header(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, exchange->content_type,
                     sizeof exchange->content_type)) {
        return HTTP_STATUS_BAD_REQUEST;
    }
    keep_token(exchange->token);
    if (exchange->route->method == GATE_GET) {
        exchange->close_after = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0 ||
                                lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0;
        return 0;
    }
    return body_length(wsi, exchange->impl->config.body_bytes_max, &exchange->body_wanted);
}

static int refuse_new(struct gate_impl *impl, struct lws *wsi, int status)
{
    struct gate_exchange *exchange = exchange_new(impl, wsi);
    if (!exchange) {
        return -1;
    }
    refuse(exchange, status);
    return 0;
}

static int begin(struct gate_impl *impl, struct lws *wsi, const struct gate_route *route,
                 const char *path)
{
    struct gate_exchange *exchange = exchange_new(impl, wsi);
    if (!exchange) {
        return -1;
    }
    exchange->route = route;
    lws_peer(wsi, exchange->peer);
    snprintf(exchange->path, sizeof exchange->path, "%s", path);
    int status = read_headers(exchange);
    if (status == 0 && exchange->body_wanted) {
        exchange->body = malloc(exchange->body_wanted + 1);
        status = exchange->body ? 0 : HTTP_STATUS_SERVICE_UNAVAILABLE;
    }
    if (status) {
        refuse(exchange, status);
    } else if (exchange->body_wanted == 0) {
        ask_handler(exchange);
    }
    return 0;
}

int http_begun(struct gate_impl *impl, struct lws *wsi, const char *path)
{
    bool known;
    int method = method_of(wsi);
    if (impl->closing) {
        return -1;
    }
    if (strlen(path) >= GATE_PATH_MAX) {
        return refuse_new(impl, wsi, HTTP_STATUS_REQ_URI_TOO_LONG);
    }
    const struct gate_route *route = find_route(impl, method, path, &known);
    if (route) {
        return begin(impl, wsi, route, path);
    }
    if (known || method != GATE_GET) {
        return refuse_new(impl, wsi, HTTP_STATUS_METHOD_NOT_ALLOWED);
    }
    int served = files_serve(impl, wsi, path);
    return served == 1 ? refuse_new(impl, wsi, HTTP_STATUS_NOT_FOUND) : served;
}

int http_body(struct gate_exchange *exchange, const void *bytes, size_t len)
{
    if (exchange->status) {
        return 0; /* refused; the connection closes after the answer */
    }
    if (len > exchange->body_wanted - exchange->body_len) {
        return -1;
    }
    memcpy(exchange->body + exchange->body_len, bytes, len);
    exchange->body_len += len;
    return 0;
}

int http_body_complete(struct gate_exchange *exchange)
{
    if (!exchange->status && !exchange->asked_ms && exchange->body_wanted) {
        exchange->body[exchange->body_len] = '\0';
        ask_handler(exchange);
    }
    return 0;
}

/* A handler that does not answer, a body that does not come. */
void http_sweep(struct gate_impl *impl, uint64_t now_ms)
{
    struct gate_exchange *next;
    for (struct gate_exchange *exchange = impl->exchanges; exchange; exchange = next) {
        next = exchange->next; /* a kill frees the exchange */
        if (exchange->status) {
            continue;
        }
        if (exchange->asked_ms && now_ms >= exchange->asked_ms + impl->config.answer_ms) {
            refuse(exchange, HTTP_STATUS_GATEWAY_TIMEOUT);
        } else if (!exchange->asked_ms && now_ms >= exchange->begun_ms + impl->config.hello_ms) {
            lws_set_timeout(exchange->wsi, PENDING_TIMEOUT_HTTP_CONTENT, LWS_TO_KILL_SYNC);
        }
    }
}
