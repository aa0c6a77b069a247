#include "dispatch/gate/gate_impl.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void socket_closed(uv_handle_t *handle)
{
    struct gate_link *link = handle->data;
    connection_closed(link->impl);
    link_free(link);
}

void tcp_kill(struct gate_link *link)
{
    if (!uv_is_closing((uv_handle_t *)&link->tcp.socket)) {
        uv_close((uv_handle_t *)&link->tcp.socket, socket_closed);
    }
}

static void lose(struct gate_link *link, int code)
{
    link_lost(link, code);
    tcp_kill(link);
}

/* ---- in ---- */

static uint32_t big_endian(const uint8_t bytes[4])
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Takes what it can of the four bytes; -1 when they are complete and not a length we accept. */
static int take_length(struct gate_link *link, const uint8_t **bytes, size_t *len)
{
    struct gate_tcp *tcp = &link->tcp;
    while (tcp->length_got < 4 && *len > 0) {
        tcp->length_be[tcp->length_got++] = *(*bytes)++;
        --*len;
    }
    if (tcp->length_got < 4) {
        return 0;
    }
    tcp->wanted = big_endian(tcp->length_be);
    if (tcp->length_be[0] & FAREWELL_BIT) {
        link_cut(link, GATE_CLOSE_NORMAL, "closed by the client");
    } else if (tcp->wanted == 0) {
        link_cut(link, GATE_CLOSE_PROTOCOL, "empty frame");
    } else if (tcp->wanted > link->impl->config.frame_bytes_max) {
        link_cut(link, GATE_CLOSE_TOO_BIG, "frame too big");
    }
    return link->state == LINK_OPEN ? 0 : -1;
}

static void take_bytes(struct gate_link *link, const uint8_t **bytes, size_t *len)
{
    size_t missing = link->tcp.wanted - link->in_len;
    size_t taken = *len < missing ? *len : missing;
    if (link_take(link, *bytes, taken) < 0) {
        link_cut(link, GATE_CLOSE_TRY_LATER, "out of memory");
        return;
    }
    *bytes += taken;
    *len -= taken;
    if (taken == missing) {
        link->tcp.length_got = 0;
        link_deliver(link);
    }
}

static void feed(struct gate_link *link, const uint8_t *bytes, size_t len)
{
    link->heard_ms = uv_now(link->impl->loop);
    while (len > 0 && link->state == LINK_OPEN) {
        if (link->tcp.length_got < 4) {
            if (!link->partial_ms) {
                link->partial_ms = link->heard_ms;
            }
            if (take_length(link, &bytes, &len) < 0) {
                return;
            }
        } else {
            take_bytes(link, &bytes, &len);
        }
    }
}

static void lend_scratch(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct gate_link *link = handle->data;
    (void)suggested;
    *buf = uv_buf_init((char *)link->impl->scratch, sizeof link->impl->scratch);
}

static void has_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    struct gate_link *link = stream->data;
    if (len > 0) {
        feed(link, (const uint8_t *)buf->base, (size_t)len);
    } else if (len < 0) {
        bool at_boundary = len == UV_EOF && link->tcp.length_got == 0;
        lose(link, at_boundary ? GATE_CLOSE_NORMAL : GATE_CLOSE_LOST);
    }
}

/* ---- out ---- */

static void has_written(uv_write_t *write, int status)
{
    struct gate_link *link = write->data;
    if (status < 0) {
        link->tcp.writing = 0;
        if (status != UV_ECANCELED) {
            lose(link, GATE_CLOSE_LOST);
        }
        return;
    }
    for (; link->tcp.writing > 0; link->tcp.writing--) {
        link_pop(link);
    }
    if (link->state == LINK_FAREWELL) {
        tcp_say_farewell(link);
    } else if (link->count > 0) {
        link_mark_dirty(link);
    } else {
        link_drained(link);
    }
}

/* libuv holds the rest of what the kernel did not take; those frames stay queued until it has. */
static void write_rest(struct gate_link *link, size_t skip)
{
    uv_buf_t bufs[2 * WRITES_PER_TURN];
    unsigned used;
    link->tcp.writing = link_gather(link, skip, bufs, &used);
    if (uv_write(&link->tcp.write, (uv_stream_t *)&link->tcp.socket, bufs, used, has_written) < 0) {
        link->tcp.writing = 0;
        lose(link, GATE_CLOSE_LOST);
    }
}

void tcp_flush(struct gate_link *link)
{
    if (link->tcp.writing || link->count == 0 || uv_is_closing((uv_handle_t *)&link->tcp.socket)) {
        return;
    }
    uv_buf_t bufs[2 * WRITES_PER_TURN];
    unsigned used;
    uint32_t left = link->count - link_gather(link, 0, bufs, &used);
    int sent = uv_try_write((uv_stream_t *)&link->tcp.socket, bufs, used);
    if (sent < 0 && sent != UV_EAGAIN) {
        lose(link, GATE_CLOSE_LOST);
        return;
    }
    size_t skip = link_pop_sent(link, sent < 0 ? 0 : (size_t)sent);
    if (link->count > left || skip > 0) {
        write_rest(link, skip);
    } else if (link->count > 0) {
        link_mark_dirty(link);
    } else {
        link_drained(link);
    }
}

static void farewell_written(uv_write_t *write, int status)
{
    struct gate_link *link = write->data;
    int fd;
    if (status < 0 || uv_fileno((uv_handle_t *)&link->tcp.socket, &fd) < 0 ||
        shutdown(fd, SHUT_WR) < 0) {
        tcp_kill(link);
    }
}

/* Then waits for the other side's end (or the sweep): closing with bytes unread would reset the
 * connection and could take the farewell with it. */
void tcp_say_farewell(struct gate_link *link)
{
    if (link->tcp.writing || uv_is_closing((uv_handle_t *)&link->tcp.socket)) {
        return;
    }
    uint8_t *word = link->tcp.farewell;
    word[0] = FAREWELL_BIT;
    word[2] = (uint8_t)(link->code >> 8);
    word[3] = (uint8_t)link->code;
    uv_buf_t buf = uv_buf_init((char *)word, 4);
    if (uv_write(&link->tcp.write, (uv_stream_t *)&link->tcp.socket, &buf, 1, farewell_written) <
        0) {
        tcp_kill(link);
    }
}

/* ---- beginning ---- */

static void turn_away(struct gate_impl *impl, int fd)
{
    const uint8_t word[4] = {FAREWELL_BIT, 0, GATE_CLOSE_TRY_LATER >> 8,
                             GATE_CLOSE_TRY_LATER & 0xff};
    metrics_add(impl->metrics, METRIC_REFUSED_CONNECTIONS, 1);
    (void)!send(fd, word, sizeof word, MSG_NOSIGNAL);
    close(fd);
    connection_closed(impl);
}

void tcp_adopt(struct gate_impl *impl, int fd)
{
    char peer[GATE_PEER_MAX];
    peer_name(fd, peer);
    struct gate_link *link = link_new(impl, GATE_TCP, peer);
    if (!link) {
        turn_away(impl, fd);
        return;
    }
    uv_tcp_init(impl->loop, &link->tcp.socket);
    link->tcp.socket.data = link->tcp.write.data = link;
    if (uv_tcp_open(&link->tcp.socket, fd) < 0) {
        close(fd);
        link->state = LINK_FAREWELL; /* nobody has been told of it */
        tcp_kill(link);
        return;
    }
    link_opened(link);
    if (uv_read_start((uv_stream_t *)&link->tcp.socket, lend_scratch, has_read) < 0) {
        lose(link, GATE_CLOSE_LOST);
    }
}
