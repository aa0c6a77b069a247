#include "dispatch/readers/curl_loop.h"

#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"

/* A socket that libcurl wants watched. */
struct watched {
    uv_poll_t poll;
    struct curl_loop *curl;
    curl_socket_t socket;
};

static void handle_closed(struct curl_loop *curl)
{
    if (--curl->open == 0 && curl->closed_cb)
        curl->closed_cb(curl->context);
}

/* --- the end of a request --- */

static void let_go(struct curl_loop *curl)
{
    if (curl->asking)
        curl_multi_remove_handle(curl->multi, curl->easy);
    curl_slist_free_all(curl->headers);
    curl->headers = NULL;
    curl->asking = false;
}

static void tell_done(struct curl_loop *curl)
{
    int waiting;
    const CURLMsg *message;
    while (curl->asking && (message = curl_multi_info_read(curl->multi, &waiting)) != NULL) {
        long status = 0;
        CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE)
            continue;
        if (code == CURLE_OK)
            curl_easy_getinfo(curl->easy, CURLINFO_RESPONSE_CODE, &status);
        let_go(curl);
        curl->done_cb(curl->context, status,
                      status ? "" : curl->why[0] ? curl->why : curl_easy_strerror(code));
    }
}

static void act(struct curl_loop *curl, curl_socket_t socket, int events)
{
    int running;
    if (curl->closing)
        return;
    curl_multi_socket_action(curl->multi, socket, events, &running);
    tell_done(curl);
}

/* --- sockets --- */

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct watched *watched = poll->data;
    int what = status < 0 ? CURL_CSELECT_ERR : 0;
    if (events & UV_READABLE)
        what |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        what |= CURL_CSELECT_OUT;
    act(watched->curl, watched->socket, what);
}

static void on_unwatched(uv_handle_t *handle)
{
    struct watched *watched = handle->data;
    struct curl_loop *curl = watched->curl;
    free(watched);
    handle_closed(curl);
}

static struct watched *watch(struct curl_loop *curl, curl_socket_t socket)
{
    struct watched *watched = calloc(1, sizeof(*watched));
    if (!watched)
        return NULL;
    *watched = (struct watched){.curl = curl, .socket = socket};
    watched->poll.data = watched;
    if (uv_poll_init_socket(curl->loop, &watched->poll, socket) < 0) {
        free(watched);
        return NULL;
    }
    curl->open++;
    curl_multi_assign(curl->multi, socket, watched);
    return watched;
}

/* libcurl's word on one of its sockets. */
static int on_socket(CURL *easy, curl_socket_t socket, int action, void *context, void *assigned)
{
    struct curl_loop *curl = context;
    struct watched *watched = assigned;
    (void)easy;
    if (action == CURL_POLL_REMOVE) {
        if (watched)
            uv_close((uv_handle_t *)&watched->poll, on_unwatched);
        curl_multi_assign(curl->multi, socket, NULL);
        return 0;
    }
    if (!watched && !(watched = watch(curl, socket)))
        return -1;
    int events = (action & CURL_POLL_IN ? UV_READABLE : 0) |
                 (action & CURL_POLL_OUT ? UV_WRITABLE : 0);
    return uv_poll_start(&watched->poll, events, on_poll) < 0 ? -1 : 0;
}

/* --- the timer --- */

static void on_time(uv_timer_t *timer)
{
    act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timer(CURLM *multi, long timeout_ms, void *context)
{
    struct curl_loop *curl = context;
    (void)multi;
    if (curl->closing || timeout_ms < 0)
        uv_timer_stop(&curl->timer);
    else
        uv_timer_start(&curl->timer, on_time, (uint64_t)timeout_ms, 0);
    return 0;
}

/* --- asking --- */

/* What the other side says beside its status is of no use to us. */
static size_t swallow(char *bytes, size_t size, size_t n, void *context)
{
    (void)bytes;
    (void)context;
    return size * n;
}

static int set_headers(struct curl_loop *curl, const struct curl_post *post)
{
    for (int i = 0; post->headers[i]; i++) {
        struct curl_slist *more = curl_slist_append(curl->headers, post->headers[i]);
        if (!more)
            return -1;
        curl->headers = more;
    }
    return 0;
}

int curl_loop_post(struct curl_loop *curl, const struct curl_post *post)
{
    must(!curl->asking && !curl->closing);
    curl->why[0] = 0;
    if (set_headers(curl, post) < 0) {
        let_go(curl);
        return -1;
    }
    curl_easy_setopt(curl->easy, CURLOPT_URL, post->url);
    curl_easy_setopt(curl->easy, CURLOPT_HTTPHEADER, curl->headers);
    curl_easy_setopt(curl->easy, CURLOPT_POSTFIELDS, post->body);
    curl_easy_setopt(curl->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)post->size);
    curl_easy_setopt(curl->easy, CURLOPT_TIMEOUT_MS, post->timeout_ms);
    curl->asking = curl_multi_add_handle(curl->multi, curl->easy) == CURLM_OK;
    return curl->asking ? 0 : -1;
}

/* --- life --- */

static void on_timer_closed(uv_handle_t *handle)
{
    handle_closed(handle->data);
}

static void set_manners(struct curl_loop *curl)
{
    curl_easy_setopt(curl->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(curl->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl->easy, CURLOPT_PROXY, "");
    curl_easy_setopt(curl->easy, CURLOPT_USERAGENT, "dispatchd/" MINGDI_VERSION);
    curl_easy_setopt(curl->easy, CURLOPT_WRITEFUNCTION, swallow);
    curl_easy_setopt(curl->easy, CURLOPT_ERRORBUFFER, curl->why);
}

int curl_loop_open(struct curl_loop *curl, uv_loop_t *loop,
                   void (*done_cb)(void *context, long status, const char *why), void *context)
{
    *curl = (struct curl_loop){.loop = loop, .done_cb = done_cb, .context = context};
    curl->multi = curl_multi_init();
    curl->easy = curl_easy_init();
    if (!curl->multi || !curl->easy) {
        curl_easy_cleanup(curl->easy);
        curl_multi_cleanup(curl->multi);
        return -1;
    }
    set_manners(curl);
    curl_multi_setopt(curl->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(curl->multi, CURLMOPT_SOCKETDATA, curl);
    curl_multi_setopt(curl->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(curl->multi, CURLMOPT_TIMERDATA, curl);
    uv_timer_init(loop, &curl->timer);
    curl->timer.data = curl;
    curl->open = 1;
    return 0;
}

void curl_loop_close(struct curl_loop *curl, void (*closed_cb)(void *context), void *context)
{
    curl->closing = true;
    curl->closed_cb = closed_cb;
    curl->context = context;
    let_go(curl);
    curl_multi_cleanup(curl->multi); /* it lets go of its sockets by on_socket */
    curl_easy_cleanup(curl->easy);
    uv_close((uv_handle_t *)&curl->timer, on_timer_closed);
}
