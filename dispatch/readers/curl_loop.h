/* curl_loop: libcurl's multi interface on a libuv loop, one request at a time.
 *
 * libcurl asks for sockets to be watched and for one timer; both are the loop's. Names are looked
 * up by libcurl's own thread, so the loop never waits. Only http and https, no redirects, no proxy.
 * Owner: the caller; curl_loop_close, and the memory is yours again in its callback. Thread: the
 * loop's. Units: ms. Errors: -1 without memory; a request's end comes by done_cb: the HTTP status,
 * or 0 and why there is none.
 * Start here: curl_loop_open, curl_loop_post. */
#ifndef READERS_CURL_LOOP_H
#define READERS_CURL_LOOP_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct curl_loop {
    uv_loop_t *loop;
    CURLM *multi;
    CURL *easy;
    struct curl_slist *headers;
    char why[CURL_ERROR_SIZE];
    uv_timer_t timer;
    bool asking, closing;
    uint32_t open; /* handles not closed yet */
    void (*done_cb)(void *context, long status, const char *why);
    void (*closed_cb)(void *context);
    void *context;
};

/* What to send; lent until done_cb. headers: "Name: value", ends with NULL. */
struct curl_post {
    const char *url;
    const char *const *headers;
    const void *body;
    size_t size;
    long timeout_ms;
};

int curl_loop_open(struct curl_loop *curl, uv_loop_t *loop,
                   void (*done_cb)(void *context, long status, const char *why), void *context);
void curl_loop_close(struct curl_loop *curl, void (*closed_cb)(void *context), void *context);

/* Requires: none is under way. done_cb comes later, never from within. */
int curl_loop_post(struct curl_loop *curl, const struct curl_post *post);

#endif
