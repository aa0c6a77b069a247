#include "dispatch/base/log.h"
#include "dispatch/gate/gate_impl.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* libwebsockets on the caller's loop. It never listens: sockets are accepted in gate_listen.c and
 * handed over, which keeps its silent choice of interface, its spinning without descriptors and
 * its unlimited accepting out of the house. Each connection's opaque pointer is its
 * struct gate_exchange while it speaks HTTP, its struct gate_link once it is a WebSocket. */

enum {
    HANDSHAKE_S = 5, /* libwebsockets counts in seconds */
    KEEPALIVE_S = 30,
    HEADER_BYTES = 8192,
    SERVICE_BYTES = 16384,
};

static struct gate_impl *impl_of(struct lws *wsi)
{
    return lws_context_user(lws_get_context(wsi));
}

/* Behind a proxy on this machine (deploy/nginx) the peer is whom the proxy names last. */
void lws_peer(struct lws *wsi, char peer[GATE_PEER_MAX])
{
    char forwarded[512];
    peer_name(lws_get_socket_fd(wsi), peer);
    if (strncmp(peer, "127.", 4) != 0 ||
        lws_hdr_copy(wsi, forwarded, sizeof forwarded, WSI_TOKEN_X_FORWARDED_FOR) <= 0) {
        return;
    }
    const char *last = strrchr(forwarded, ',');
    last = last ? last + 1 : forwarded;
    last += strspn(last, " ");
    size_t len = strspn(last, "0123456789abcdefABCDEF.:");
    if (len > 0 && last[len] == '\0') {
        snprintf(peer, GATE_PEER_MAX, "%s", last);
    }
}

static int http_event(struct gate_impl *impl, struct lws *wsi, enum lws_callback_reasons reason,
                      void *in, size_t len)
{
    struct gate_exchange *exchange = lws_get_opaque_user_data(wsi);
    switch (reason) {
    case LWS_CALLBACK_HTTP:
        return http_begun(impl, wsi, in);
    case LWS_CALLBACK_HTTP_BODY:
        return exchange ? http_body(exchange, in, len) : -1;
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return exchange ? http_body_complete(exchange) : 0;
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return exchange ? http_writable(exchange) : 0;
    case LWS_CALLBACK_HTTP_FILE_COMPLETION:
        return lws_http_transaction_completed(wsi) ? -1 : 0;
    default: /* LWS_CALLBACK_CLOSED_HTTP */
        if (exchange) {
            http_closed(exchange);
            lws_set_opaque_user_data(wsi, NULL);
        }
        return 0;
    }
}

static int ws_event(struct gate_impl *impl, struct lws *wsi, enum lws_callback_reasons reason,
                    void *in, size_t len)
{
    if (reason == LWS_CALLBACK_ESTABLISHED) {
        return ws_established(impl, wsi);
    }
    struct gate_link *link = lws_get_opaque_user_data(wsi);
    if (!link) {
        return -1;
    }
    switch (reason) {
    case LWS_CALLBACK_RECEIVE:
        return ws_received(link, in, len);
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return ws_writable(link);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        return ws_peer_closes(link, in, len);
    default: /* LWS_CALLBACK_CLOSED */
        lws_set_opaque_user_data(wsi, NULL);
        ws_closed(link);
        return 0;
    }
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len)
{
    (void)user;
    switch (reason) {
    case LWS_CALLBACK_HTTP:
    case LWS_CALLBACK_HTTP_BODY:
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
    case LWS_CALLBACK_HTTP_WRITEABLE:
    case LWS_CALLBACK_HTTP_FILE_COMPLETION:
    case LWS_CALLBACK_CLOSED_HTTP:
        return http_event(impl_of(wsi), wsi, reason, in, len);
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return ws_confirm(impl_of(wsi), wsi, in);
    case LWS_CALLBACK_ESTABLISHED:
    case LWS_CALLBACK_RECEIVE:
    case LWS_CALLBACK_SERVER_WRITEABLE:
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
    case LWS_CALLBACK_CLOSED:
        return ws_event(impl_of(wsi), wsi, reason, in, len);
    case LWS_CALLBACK_WSI_DESTROY:
        connection_closed(impl_of(wsi));
        return 0;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {
    {.name = "dispatch", .callback = on_event},
    {0},
};

static void on_log(int level, const char *line)
{
    (void)level;
    log_warn("gate-lws", "text=%.*s", (int)strcspn(line, "\n"), line);
}

/* libwebsockets unloads its part for libuv with the context, while handles of that part may still
 * be closing: their callbacks must stay where they are. */
static void keep_event_library(void)
{
    (void)dlopen("libwebsockets-evlib_uv.so", RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

int lws_start(struct gate_impl *impl)
{
    void *loops[] = {impl->loop};
    lws_set_log_level(LLL_ERR, on_log);
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_DISABLE_IPV6 |
                   LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
        .foreign_loops = loops,
        .user = impl,
        .gid = -1,
        .uid = -1,
        .timeout_secs = HANDSHAKE_S,
        .timeout_secs_ah_idle = HANDSHAKE_S,
        .keepalive_timeout = KEEPALIVE_S,
        .max_http_header_data = HEADER_BYTES,
        .pt_serv_buf_size = SERVICE_BYTES,
        .server_string = "mingdi",
    };
    impl->lws = lws_create_context(&info);
    impl->vhost = impl->lws ? lws_create_vhost(impl->lws, &info) : NULL;
    if (!impl->vhost) {
        snprintf(impl->gate->errmsg, sizeof impl->gate->errmsg,
                 "gate: libwebsockets does not start (is libwebsockets-evlib-uv installed?)");
        return -1;
    }
    keep_event_library();
    return 0;
}

/* On failure libwebsockets has closed the socket and told LWS_CALLBACK_WSI_DESTROY, if it came
 * that far; connections are few and the count is only a limit, so it is taken back here only when
 * no wsi was made. */
void lws_adopt(struct gate_impl *impl, int fd)
{
    uint32_t before = impl->connections;
    if (!lws_adopt_socket_vhost(impl->vhost, fd) && impl->connections == before) {
        connection_closed(impl);
    }
}
