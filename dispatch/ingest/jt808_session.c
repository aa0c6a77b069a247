#include "dispatch/ingest/jt808_session.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "geo/datum.h"

enum { WRONG_CODES_MAX = 3 };

struct pending_write {
    uv_write_t request;
    uint8_t bytes[];
};

static void on_closed(uv_handle_t *handle)
{
    struct jt808_session *session = handle->data;
    struct jt808_server *s = session->server;
    if (session->prev != NULL)
        session->prev->next = session->next;
    else
        s->sessions = session->next;
    if (session->next != NULL)
        session->next->prev = session->prev;
    s->session_count--;
    s->counters.skipped_bytes += session->deframer.skipped_bytes;
    s->counters.overlong_frames += session->deframer.overlong_frames;
    s->counters.fragments_dropped += session->fragments.dropped;
    jt808_fragment_close(&session->fragments);
    free(session);
    jt808_server_handle_closed(s);
}

void jt808_session_close(struct jt808_session *session, enum jt808_lost reason)
{
    struct jt808_server *s = session->server;
    struct jt808_link *link = session->link;
    if (session->closing)
        return;
    session->closing = true;
    uv_close((uv_handle_t *)&session->tcp, on_closed);
    if (link == NULL)
        return;
    session->link = NULL;
    link->session = NULL;
    jt808_downlink_unsent(s, link);
    s->events.lost_cb(s->events.ctx, &link->terminal, reason);
}

static void on_shut_down(uv_shutdown_t *request, int status)
{
    (void)status; /* closed either way */
    jt808_session_close(request->handle->data, JT808_LOST_CLOSED);
}

/* Reads no more, writes what is queued, closes. A peer that never reads is closed by the timer. */
static void session_finish(struct jt808_session *session)
{
    if (session->closing || session->finishing)
        return;
    session->finishing = true;
    uv_read_stop((uv_stream_t *)&session->tcp);
    if (uv_shutdown(&session->shutdown, (uv_stream_t *)&session->tcp, on_shut_down) != 0)
        jt808_session_close(session, JT808_LOST_CLOSED);
}

static void on_written(uv_write_t *request, int status)
{
    struct jt808_session *session = request->handle->data;
    free(request);
    if (status < 0 && status != UV_ECANCELED)
        jt808_session_close(session, JT808_LOST_CLOSED);
}

/* What the socket did not take at once, in a copy of its own. */
static void session_queue(struct jt808_session *session, const uint8_t *bytes, size_t n)
{
    struct pending_write *pending = malloc(sizeof *pending + n);
    if (pending == NULL) {
        jt808_session_close(session, JT808_LOST_SLOW);
        return;
    }
    memcpy(pending->bytes, bytes, n);
    uv_buf_t buf = uv_buf_init((char *)pending->bytes, (unsigned)n);
    if (uv_write(&pending->request, (uv_stream_t *)&session->tcp, &buf, 1, on_written) != 0) {
        free(pending);
        jt808_session_close(session, JT808_LOST_CLOSED);
    }
}

void jt808_session_send(struct jt808_session *session, const uint8_t *wire, int length)
{
    if (length <= 0 || session->closing || session->finishing)
        return;
    size_t n = (size_t)length;
    if (uv_stream_get_write_queue_size((uv_stream_t *)&session->tcp) + n >
        session->server->config.write_max) {
        session->server->counters.slow++;
        jt808_session_close(session, JT808_LOST_SLOW);
        return;
    }
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)wire, (unsigned)n);
    int done = uv_try_write((uv_stream_t *)&session->tcp, &buf, 1);
    size_t taken = done > 0 ? (size_t)done : 0;
    if (taken < n)
        session_queue(session, wire + taken, n - taken);
}

static void send_reply(struct jt808_session *session, const struct jt808_header *to, uint8_t result)
{
    uint8_t wire[JT808_WIRE_MAX];
    struct jt808_reply reply = {to->serial, to->msg_id, result};
    jt808_session_send(
        session, wire,
        jt808_write_reply(&session->peer, JT808_PLATFORM_REPLY, &reply, wire, sizeof wire));
}

static void send_register_reply(struct jt808_session *session, const struct jt808_header *to,
                                bool known)
{
    uint8_t wire[JT808_WIRE_MAX];
    struct jt808_register_reply reply = {.serial = to->serial,
                                         .result = known ? JT808_REGISTERED : JT808_NO_TERMINAL};
    if (known)
        jt808_server_auth_code(session->server->config.secret, session->phone, reply.auth_code);
    jt808_session_send(session, wire,
                       jt808_write_register_reply(&session->peer, &reply, wire, sizeof wire));
}

static bool find_terminal(struct jt808_session *session, struct jt808_terminal *out)
{
    struct jt808_server *s = session->server;
    if (s->events.find_cb(s->events.ctx, session->phone, out))
        return true;
    s->counters.unknown_terminals++;
    return false;
}

static void take_register(struct jt808_session *session, const struct jt808_message *m)
{
    struct jt808_terminal terminal;
    struct jt808_register reg;
    if (jt808_register_read(m, &reg) != 0) {
        session->server->counters.malformed++;
        send_reply(session, &m->header, JT808_WRONG);
        return;
    }
    bool known = find_terminal(session, &terminal);
    send_register_reply(session, &m->header, known);
    if (!known)
        session_finish(session);
}

static bool code_right(const struct jt808_session *session, const struct jt808_message *m)
{
    struct jt808_auth auth;
    char code[33];
    jt808_server_auth_code(session->server->config.secret, session->phone, code);
    return jt808_auth_read(m, &auth) == 0 && strlen(auth.code) == sizeof code - 1 &&
           sodium_memcmp(auth.code, code, sizeof code - 1) == 0;
}

/* LINKED, from here on; an older connection of the same terminal ends. */
static void session_link(struct jt808_session *session, struct jt808_link *link)
{
    struct jt808_server *s = session->server;
    if (link->session != NULL) {
        s->counters.replaced++;
        jt808_session_close(link->session, JT808_LOST_REPLACED);
    }
    link->session = session;
    session->link = link;
    s->events.linked_cb(s->events.ctx, &link->terminal);
    jt808_downlink_flush(s, link);
}

static void take_auth(struct jt808_session *session, const struct jt808_message *m)
{
    struct jt808_server *s = session->server;
    struct jt808_terminal terminal;
    bool known = find_terminal(session, &terminal);
    bool right = known && code_right(session, m);
    struct jt808_link *link = right ? jt808_server_link_take(s, &terminal) : NULL;
    send_reply(session, &m->header, link != NULL ? JT808_DONE : JT808_FAILED);
    s->counters.wrong_codes += known && !right;
    s->counters.terminals_full += right && link == NULL;
    if (link == NULL) {
        if (!known || ++session->wrong_codes == WRONG_CODES_MAX)
            session_finish(session);
    } else if (session->link == NULL && !session->closing) {
        session_link(session, link);
    }
}

static void press(struct jt808_session *session, enum button_status status, int64_t at_ms)
{
    struct jt808_server *s = session->server;
    if (session->link != NULL)
        s->events.button_cb(s->events.ctx, &session->link->terminal, status, at_ms);
}

/* Bits of one of the words that rose since the last fix; the first word seen raises nothing. */
static uint32_t word_risen(bool has, uint32_t now, bool *known, uint32_t *last)
{
    if (!has)
        return 0;
    uint32_t risen = *known ? now & ~*last : 0;
    *known = true;
    *last = now;
    return risen;
}

static void press_bits(struct jt808_session *session, struct jt808_edges *e,
                       const struct jt808_position *p, int64_t at_ms)
{
    const struct buttons *b = session->server->config.buttons;
    const struct jt808_items *items = &p->items;
    enum button_status status;
    uint32_t io = word_risen(items->has & JT808_IO, items->io, &e->io_known, &e->io);
    uint32_t signals =
        word_risen(items->has & JT808_SIGNALS, items->signals, &e->signals_known, &e->signals);
    if (b != NULL && buttons_bits(b, BUTTON_IO, io, &status))
        press(session, status, at_ms);
    if (b != NULL && buttons_bits(b, BUTTON_SIGNAL, signals, &status))
        press(session, status, at_ms);
}

/* Live fixes and those sent late have edges of their own: an SOS pressed in a tunnel is told when
 * it arrives, and does not disturb what is known about now. */
static void take_edges(struct jt808_session *session, const struct jt808_position *p, int64_t at_ms,
                       bool reupload)
{
    struct jt808_server *s = session->server;
    struct jt808_link *link = session->link;
    bool live = !reupload && (!link->live.known || at_ms >= link->live.at_ms);
    struct jt808_edges *e = live ? &link->live : &link->history;
    if (e->known && at_ms < e->at_ms)
        *e = (struct jt808_edges){0}; /* another stretch of history begins */
    uint32_t before = e->known ? e->alarm : 0;
    e->known = true;
    e->at_ms = at_ms;
    e->alarm = p->alarm;
    if (p->alarm != before)
        s->events.alarm_cb(s->events.ctx, &link->terminal, p->alarm & ~before, before & ~p->alarm,
                           at_ms);
    press_bits(session, e, p, at_ms);
}

static void fix_place(const struct jt808_position *p, struct fix *fix)
{
    struct point place;
    bool gcj02 = (p->status & JT808_STATUS_GCJ02) != 0;
    if (point_from_deg((double)p->lat_e6 / 1e6, (double)p->lon_e6 / 1e6, &place) != 0) {
        fix->marks |= FIX_NO_PLACE;
        return;
    }
    if (gcj02) {
        place = datum_to_wgs84(DATUM_GCJ02, place);
        fix->marks |= FIX_FROM_GCJ02;
    }
    fix->lat_e7 = place.lat_e7;
    fix->lon_e7 = place.lon_e7;
}

static struct fix fix_of(const struct jt808_position *p, uint64_t unit, bool reupload,
                         int64_t now_ms)
{
    struct fix fix = {
        .unit = unit,
        .at_ms = p->at_ok ? p->at_ms : now_ms,
        .received_ms = now_ms,
        .alarm = p->alarm,
        .status = p->status,
        .speed_dkmh = p->speed_dkmh,
        .course_deg = p->course_deg < 360 ? p->course_deg : UINT16_MAX,
        .altitude_m = p->altitude_m,
        .accuracy_m = UINT16_MAX,
        .source = FIX_JT808,
    };
    unsigned marks = (p->at_ok ? 0u : FIX_NO_TIME) | (reupload ? FIX_REUPLOAD : 0u) |
                     (p->items_ok ? 0u : FIX_BAD_ITEMS) |
                     ((p->status & JT808_STATUS_FIXED) != 0 ? 0u : FIX_NO_LOCK);
    fix.marks = (uint16_t)marks;
    fix_place(p, &fix);
    return fix;
}

/* True when the spool has it. */
static bool take_position(struct jt808_session *session, const struct jt808_position *p,
                          bool reupload)
{
    struct jt808_server *s = session->server;
    struct jt808_terminal terminal = session->link->terminal;
    struct fix fix = fix_of(p, terminal.unit, reupload, s->events.now_cb(s->events.ctx));
    s->counters.bad_items += !p->items_ok;
    if (terminal.unit == 0 || s->events.fix_cb(s->events.ctx, &terminal, &fix) != 0) {
        s->counters.fixes_refused++;
        return false;
    }
    s->counters.fixes++;
    if (session->link != NULL)
        take_edges(session, p, fix.at_ms, reupload);
    return true;
}

static uint8_t take_single(struct jt808_session *session, const struct jt808_message *m)
{
    struct jt808_position p;
    uint16_t serial;
    int error = m->header.msg_id == JT808_POSITION
                    ? jt808_position_read(m->body, m->body_len, &p)
                    : jt808_position_answer_read(m->body, m->body_len, &serial, &p);
    if (error != 0) {
        session->server->counters.malformed++;
        return JT808_WRONG;
    }
    return take_position(session, &p, false) ? JT808_DONE : JT808_FAILED;
}

static uint8_t take_batch(struct jt808_session *session, const struct jt808_message *m)
{
    struct jt808_batch batch;
    struct jt808_position p;
    bool kept = true;
    int more = jt808_batch_open(m->body, m->body_len, &batch);
    if (more == 0) {
        while (session->link != NULL && (more = jt808_batch_next(&batch, &p)) == 1)
            kept = take_position(session, &p, batch.reupload) && kept;
    }
    if (more < 0) {
        session->server->counters.malformed++;
        return JT808_WRONG;
    }
    return kept ? JT808_DONE : JT808_FAILED;
}

static uint8_t take_button(struct jt808_session *session, const struct jt808_message *m)
{
    struct jt808_server *s = session->server;
    const struct buttons *b = s->config.buttons;
    enum button_status status;
    if (m->body_len == 0)
        return JT808_WRONG;
    bool meant = b != NULL &&
                 (m->header.msg_id == JT808_EVENT
                      ? buttons_event(b, m->body[0], &status)
                      : buttons_passthrough(b, m->body[0], m->body + 1, m->body_len - 1, &status));
    if (meant)
        press(session, status, s->events.now_cb(s->events.ctx));
    return JT808_DONE;
}

static void take_reply(struct jt808_session *session, const struct jt808_message *m)
{
    struct jt808_reply reply;
    if (jt808_reply_read(m->body, m->body_len, &reply) == 0)
        jt808_downlink_answered(session->server, session->link, &reply);
    else
        session->server->counters.malformed++;
}

static void take_time_query(struct jt808_session *session)
{
    struct jt808_server *s = session->server;
    uint8_t wire[JT808_WIRE_MAX];
    jt808_session_send(
        session, wire,
        jt808_write_time_reply(&session->peer, s->events.now_cb(s->events.ctx), wire, sizeof wire));
}

/* Everything a linked terminal may say. */
static void take_linked(struct jt808_session *session, const struct jt808_message *m)
{
    struct jt808_server *s = session->server;
    struct jt808_terminal terminal = session->link->terminal;
    s->events.heard_cb(s->events.ctx, &terminal);
    switch (m->header.msg_id) {
    case JT808_REPLY:
        take_reply(session, m);
        break;
    case JT808_TIME_QUERY:
        take_time_query(session);
        break;
    case JT808_POSITION:
        send_reply(session, &m->header, take_single(session, m));
        break;
    case JT808_POSITION_ANSWER: /* an answer itself: not answered */
        (void)take_single(session, m);
        break;
    case JT808_BATCH:
        send_reply(session, &m->header, take_batch(session, m));
        break;
    case JT808_EVENT:
    case JT808_PASSTHROUGH:
        send_reply(session, &m->header, take_button(session, m));
        break;
    case JT808_HEARTBEAT:
        send_reply(session, &m->header, JT808_DONE);
        break;
    case JT808_LOGOUT:
        send_reply(session, &m->header, JT808_DONE);
        session_finish(session);
        break;
    default:
        s->counters.unsupported++;
        send_reply(session, &m->header, JT808_UNSUPPORTED);
    }
}

/* The first message names the terminal; a connection speaks for that one only. */
static bool same_identity(struct jt808_session *session, const struct jt808_header *h)
{
    const char *phone = jt808_phone(h->terminal);
    if (session->phone[0] == '\0')
        memcpy(session->phone, phone, strlen(phone) + 1);
    else if (strcmp(session->phone, phone) != 0)
        return false;
    memcpy(session->peer.terminal, h->terminal, sizeof h->terminal);
    session->peer.version = h->version;
    session->peer.revision = h->revision;
    return true;
}

static void take_message(struct jt808_session *session, const struct jt808_message *m)
{
    struct jt808_server *s = session->server;
    if (m->header.encryption != 0) {
        s->counters.unsupported++;
        send_reply(session, &m->header, JT808_UNSUPPORTED);
    } else if (m->header.msg_id == JT808_REGISTER) {
        take_register(session, m);
    } else if (m->header.msg_id == JT808_AUTH) {
        take_auth(session, m);
    } else if (session->link != NULL) {
        take_linked(session, m);
    } else {
        s->counters.unauthenticated++;
        send_reply(session, &m->header, JT808_FAILED);
    }
}

/* A part is answered by itself; the last one by what the whole message deserves. */
static void take_fragment(struct jt808_session *session, const struct jt808_message *part)
{
    struct jt808_message whole;
    if (session->link == NULL) {
        session->server->counters.unauthenticated++;
        send_reply(session, &part->header, JT808_FAILED);
        return;
    }
    int got = jt808_fragment_put(&session->fragments, part, (int64_t)uv_now(session->server->loop),
                                 &whole);
    if (got == 1)
        take_message(session, &whole);
    else
        send_reply(session, &part->header, got == 0 ? JT808_DONE : JT808_WRONG);
}

static void count_bad(struct jt808_session *session, int error)
{
    struct jt808_counters *c = &session->server->counters;
    c->bad_checksum += error == JT808_CHECKSUM;
    c->bad_length += error == JT808_LENGTH;
    c->malformed += error == JT808_MALFORMED;
    if (++session->bad_run >= session->server->config.bad_max)
        jt808_session_close(session, JT808_LOST_GARBAGE);
}

/* A bad frame is counted, not answered: whom would one answer? Its sender sends it again. */
static void take_frame(struct jt808_session *session, const uint8_t *frame, size_t n)
{
    uint8_t room[JT808_FRAME_MAX];
    struct jt808_message m;
    int error = jt808_frame_read(frame, n, room, &m);
    session->server->counters.frames++;
    if (error != 0 && error != JT808_FRAGMENT) {
        count_bad(session, error);
        return;
    }
    session->bad_run = 0;
    session->heard_at = uv_now(session->server->loop);
    if (!same_identity(session, &m.header)) {
        session->server->counters.identity_changed++;
        jt808_session_close(session, JT808_LOST_GARBAGE);
    } else if (error == JT808_FRAGMENT) {
        take_fragment(session, &m);
    } else {
        take_message(session, &m);
    }
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct jt808_session *session = stream->data;
    if (n < 0) {
        jt808_session_close(session, JT808_LOST_CLOSED);
        return;
    }
    const uint8_t *at = (const uint8_t *)buf->base;
    size_t left = (size_t)n;
    while (left > 0 && !session->closing && !session->finishing) {
        const uint8_t *frame;
        size_t frame_len;
        size_t taken = jt808_deframer_next(&session->deframer, at, left, &frame, &frame_len);
        at += taken;
        left -= taken;
        if (frame != NULL)
            take_frame(session, frame, frame_len);
    }
}

/* One buffer for all: libuv reads into it and calls on_read before the next session reads. */
static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct jt808_session *session = handle->data;
    (void)suggested;
    *buf = uv_buf_init((char *)session->server->inbuf, sizeof session->server->inbuf);
}

void jt808_session_start(struct jt808_session *session)
{
    jt808_deframer_init(&session->deframer);
    jt808_fragment_init(&session->fragments);
    session->opened_at = session->heard_at = uv_now(session->server->loop);
    int kernel_max = (int)session->server->config.write_max; /* what the kernel may hold, as well */
    (void)uv_send_buffer_size((uv_handle_t *)&session->tcp, &kernel_max);
    (void)uv_tcp_nodelay(&session->tcp, 1);
    (void)uv_tcp_keepalive(&session->tcp, 1, 60);
    if (uv_read_start((uv_stream_t *)&session->tcp, on_alloc, on_read) != 0)
        jt808_session_close(session, JT808_LOST_CLOSED);
}

/* Before authentication the time runs from the connection, so dripping bytes does not stretch it.
 */
void jt808_session_check(struct jt808_session *session)
{
    struct jt808_server *s = session->server;
    uint64_t now = uv_now(s->loop);
    bool waiting = session->link == NULL || session->finishing;
    uint64_t since = session->link == NULL ? session->opened_at : session->heard_at;
    jt808_fragment_expire(&session->fragments, (int64_t)now);
    if (session->closing || now - since <= (waiting ? s->config.auth_ms : s->config.idle_ms))
        return;
    s->counters.silent++;
    jt808_session_close(session, JT808_LOST_SILENT);
}
