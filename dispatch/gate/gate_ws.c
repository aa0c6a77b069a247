#include "dispatch/gate/gate_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { ORIGIN_MAX = 256 };

/* Browsers always send their origin; what sends none is no browser and no one's unwitting tool.
 * One too long to read is not on the list. */
static bool origin_is_allowed(const struct gate_config *config, struct lws *wsi)
{
    char origin[ORIGIN_MAX];
    if (lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) <= 0) {
        return true;
    }
    if (lws_hdr_copy(wsi, origin, sizeof origin, WSI_TOKEN_ORIGIN) <= 0) {
        return false;
    }
    for (int i = 0; i < GATE_ORIGINS_MAX && config->origins[i]; i++) {
        if (strcmp(origin, config->origins[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool path_is_ws(struct lws *wsi)
{
    char path[8];
    return lws_hdr_copy(wsi, path, sizeof path, WSI_TOKEN_GET_URI) > 0 && strcmp(path, "/ws") == 0;
}

/* 0 goes on, 1 answered with a refusal, negative hangs up. */
int ws_confirm(struct gate_impl *impl, struct lws *wsi, const char *protocol)
{
    char peer[GATE_PEER_MAX];
    if (strcasecmp(protocol, "websocket") != 0) {
        return -1;
    }
    if (!path_is_ws(wsi)) {
        return http_refuse(impl, wsi, HTTP_STATUS_NOT_FOUND);
    }
    if (!origin_is_allowed(&impl->config, wsi)) {
        metrics_add(impl->metrics, METRIC_REFUSED_ORIGINS, 1);
        return http_refuse(impl, wsi, HTTP_STATUS_FORBIDDEN);
    }
    lws_peer(wsi, peer);
    if (gate_is_full_for(impl, peer)) {
        metrics_add(impl->metrics, METRIC_REFUSED_CONNECTIONS, 1);
        return http_refuse(impl, wsi, HTTP_STATUS_SERVICE_UNAVAILABLE);
    }
    return 0;
}

int ws_established(struct gate_impl *impl, struct lws *wsi)
{
    char peer[GATE_PEER_MAX];
    lws_peer(wsi, peer);
    struct gate_link *link = link_new(impl, GATE_WEBSOCKET, peer);
    lws_set_opaque_user_data(wsi, link);
    if (!link) {
        return -1;
    }
    link->wsi = wsi;
    link_opened(link);
    return 0;
}

/* Frames are written here, all that wait in one call: libwebsockets takes one a turn and arms its
 * poll for each. It still writes pongs and its part of a close by itself, so while a frame of ours
 * has left in part nothing is read that it might answer, and while it holds a part of its own
 * nothing of ours is written. Negative: the connection is over. */
static int write_queued(struct gate_link *link)
{
    uv_buf_t bufs[2 * WRITES_PER_TURN];
    struct msghdr message = {.msg_iov = (struct iovec *)(void *)bufs};
    unsigned used;
    bool was_partial = link->ws_skip > 0;
    if (link->count == 0 || lws_partial_buffered(link->wsi)) {
        return 0;
    }
    (void)link_gather(link, link->ws_skip, bufs, &used);
    message.msg_iovlen = used;
    ssize_t sent = sendmsg(lws_get_socket_fd(link->wsi), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        return -1;
    }
    link->ws_skip = link_pop_sent(link, link->ws_skip + (sent < 0 ? 0 : (size_t)sent));
    if (was_partial != (link->ws_skip > 0)) {
        (void)lws_rx_flow_control(link->wsi, link->ws_skip == 0);
    }
    return 0;
}

/* A turn's worth; the rest when the kernel takes more. */
static int write_turn(struct gate_link *link)
{
    uint32_t before = link->count;
    if (write_queued(link) < 0) {
        return -1;
    }
    if (link->count > 0) {
        lws_callback_on_writable(link->wsi);
    } else if (before > 0) {
        link_drained(link);
    }
    return 0;
}

/* libwebsockets as Debian builds it (with _DEBUG, on libuv) closes without the close frame that
 * lws_close_reason prepared, so the frame is written here, when nothing of ours waits before it.
 * Then the other side's close, its end or the sweep is awaited: closing with bytes unread would
 * reset the connection and could take the frame with it. */
static int say_farewell(struct gate_link *link)
{
    uint8_t frame[4 + GATE_REASON_MAX] = {0x88};
    size_t len = strlen(link->reason);
    if (link->said_farewell) {
        return 0;
    }
    if (write_queued(link) < 0) { /* what was begun is ended */
        return -1;
    }
    if (link->count > 0 || lws_send_pipe_choked(link->wsi)) {
        lws_callback_on_writable(link->wsi);
        return 0;
    }
    frame[1] = (uint8_t)(2 + len);
    frame[2] = (uint8_t)(link->code >> 8);
    frame[3] = (uint8_t)link->code;
    memcpy(frame + 4, link->reason, len);
    link->said_farewell = true;
    ssize_t sent = send(lws_get_socket_fd(link->wsi), frame, 4 + len, MSG_NOSIGNAL);
    return sent == (ssize_t)(4 + len) ? 0 : -1;
}

/* A message may come in any number of fragments, a fragment in any number of reads. */
int ws_received(struct gate_link *link, const uint8_t *bytes, size_t len)
{
    link->heard_ms = uv_now(link->impl->loop);
    if (link->state != LINK_OPEN) {
        return 0;
    }
    if (!link->partial_ms) {
        link->partial_ms = link->heard_ms;
    }
    bool whole = lws_is_final_fragment(link->wsi);
    if (!lws_frame_is_binary(link->wsi)) {
        link_cut(link, GATE_CLOSE_NOT_BINARY, "binary messages only");
    } else if (len > link->impl->config.frame_bytes_max - link->in_len) {
        link_cut(link, GATE_CLOSE_TOO_BIG, "frame too big");
    } else if (link_take(link, bytes, len) < 0) {
        link_cut(link, GATE_CLOSE_TRY_LATER, "out of memory");
    } else if (whole && link->in_len == 0) {
        link_cut(link, GATE_CLOSE_PROTOCOL, "empty frame");
    } else if (whole) {
        link_deliver(link);
    }
    return 0;
}

/* Outside its callbacks libwebsockets closes a connection later only. */
static void close_soon(struct gate_link *link)
{
    lws_set_timeout(link->wsi, PENDING_TIMEOUT_KILLED_BY_PARENT, LWS_TO_KILL_ASYNC);
}

void ws_flush(struct gate_link *link)
{
    if (!link->wsi) {
        return;
    }
    if (link->state != LINK_OPEN) {
        lws_callback_on_writable(link->wsi);
    } else if (link->ws_skip == 0 && write_turn(link) < 0) {
        close_soon(link);
    }
}

int ws_writable(struct gate_link *link)
{
    if (link->state == LINK_FAREWELL) {
        return say_farewell(link);
    }
    if (link->state != LINK_OPEN) {
        return 0; /* the flush tells close_cb first, then asks again */
    }
    return write_turn(link);
}

/* 0: libwebsockets answers with the same; negative: it answers ours, the connection may end. */
int ws_peer_closes(struct gate_link *link, const uint8_t *bytes, size_t len)
{
    if (link->said_farewell) {
        return -1;
    }
    link_lost(link, len >= 2 ? bytes[0] << 8 | bytes[1] : GATE_CLOSE_NORMAL);
    return 0;
}

void ws_closed(struct gate_link *link)
{
    link->wsi = NULL;
    link_lost(link, GATE_CLOSE_LOST);
    link_free(link);
}

/* From the sweep only: inside its own callbacks libwebsockets must not lose the connection. */
void ws_kill(struct gate_link *link)
{
    if (link->wsi) {
        lws_set_timeout(link->wsi, PENDING_TIMEOUT_KILLED_BY_PARENT, LWS_TO_KILL_SYNC);
    }
}
