#include "dispatch/ingest/jt808_session.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "geo/datum.h"

enum { WRONG_CODES_MAX = 3 };

static struct jt808_server *server_of(const struct jt808_session *session)
{
    return session->conn.port->owner;
}

void jt808_session_close(struct jt808_session *session, enum jt808_lost reason)
{
    struct jt808_server *s = server_of(session);
    struct jt808_link *link = session->link;
    tcp_conn_close(&session->conn);
    if (link == NULL)
        return;
    session->link = NULL;
    link->session = NULL;
    jt808_downlink_unsent(s, link);
    s->events.lost_cb(s->events.ctx, &link->terminal, reason);
}

static void write_wire(struct jt808_session *session, const uint8_t *wire, size_t length)
{
    struct jt808_server *s = server_of(session);
    if (tcp_conn_write(&session->conn, wire, length, s->config.write_max))
        return;
    s->counters.slow++;
    jt808_session_close(session, JT808_LOST_SLOW);
}

/* The answers of one session that stand together, in one write; how many. */
static uint32_t write_answers(const struct jt808_answer *answer, uint32_t count, bool kept)
{
    enum { REPLY_WIRE_MAX = 64 }; /* 2019: header 17, body 5, checksum; all of it escaped; flags */
    struct jt808_session *session = answer->session;
    uint8_t wire[JT808_ANSWERS * REPLY_WIRE_MAX];
    size_t length = 0;
    uint32_t done = 0;
    for (; done < count && answer[done].session == session; done++) {
        struct jt808_reply reply = answer[done].reply;
        if (!kept && answer[done].of_fix && reply.result == JT808_DONE)
            reply.result = JT808_FAILED;
        int n = jt808_write_reply(&session->peer, JT808_PLATFORM_REPLY, &reply, wire + length,
                                  sizeof wire - length);
        length += n > 0 ? (size_t)n : 0;
    }
    write_wire(session, wire, length);
    return done;
}

void jt808_server_answer(struct jt808_server *s)
{
    uint32_t count = s->answer_count;
    if (count == 0 && !s->unsettled)
        return;
    bool kept = s->events.settle_cb == NULL || s->events.settle_cb(s->events.ctx) == 0;
    s->answer_count = 0;
    s->unsettled = false;
    for (uint32_t i = 0; i < count;)
        i += write_answers(&s->answer[i], count - i, kept);
}

void jt808_session_send(struct jt808_session *session, const uint8_t *wire, int length)
{
    jt808_server_answer(server_of(session)); /* what came before goes out before */
    if (length > 0)
        write_wire(session, wire, (size_t)length);
}

static void finish(struct jt808_session *session)
{
    jt808_server_answer(server_of(session));
    tcp_conn_finish(&session->conn);
}

static void send_reply(struct jt808_session *session, const struct jt808_header *to, uint8_t result)
{
    struct jt808_server *s = server_of(session);
    bool of_fix = to->msg_id == JT808_POSITION || to->msg_id == JT808_BATCH;
    if (s->answer_count == JT808_ANSWERS)
        jt808_server_answer(s);
    s->answer[s->answer_count++] =
        (struct jt808_answer){session, {to->serial, to->msg_id, result}, of_fix};
}

static void send_register_reply(struct jt808_session *session, const struct jt808_header *to,
                                bool known)
{
    uint8_t wire[JT808_WIRE_MAX];
    struct jt808_register_reply reply = {.serial = to->serial,
                                         .result = known ? JT808_REGISTERED : JT808_NO_TERMINAL};
    if (known)
        jt808_server_auth_code(server_of(session)->config.secret, session->phone, reply.auth_code);
    jt808_session_send(session, wire,
                       jt808_write_register_reply(&session->peer, &reply, wire, sizeof wire));
}

static bool find_terminal(struct jt808_session *session, struct jt808_terminal *out)
{
    struct jt808_server *s = server_of(session);
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
        server_of(session)->counters.malformed++;
        send_reply(session, &m->header, JT808_WRONG);
        return;
    }
    bool known = find_terminal(session, &terminal);
    send_register_reply(session, &m->header, known);
    if (!known)
        finish(session);
}

static bool code_right(const struct jt808_session *session, const struct jt808_message *m)
{
    struct jt808_auth auth;
    char code[33];
    jt808_server_auth_code(server_of(session)->config.secret, session->phone, code);
    return jt808_auth_read(m, &auth) == 0 && strlen(auth.code) == sizeof code - 1 &&
           sodium_memcmp(auth.code, code, sizeof code - 1) == 0;
}

/* LINKED, from here on; an older connection of the same terminal ends. */
static void session_link(struct jt808_session *session, struct jt808_link *link)
{
    struct jt808_server *s = server_of(session);
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
    struct jt808_server *s = server_of(session);
    struct jt808_terminal terminal;
    bool known = find_terminal(session, &terminal);
    bool right = known && code_right(session, m);
    struct jt808_link *link = right ? jt808_server_link_take(s, &terminal) : NULL;
    send_reply(session, &m->header, link != NULL ? JT808_DONE : JT808_FAILED);
    s->counters.wrong_codes += known && !right;
    s->counters.terminals_full += right && link == NULL;
    if (link == NULL) {
        if (!known || ++session->wrong_codes == WRONG_CODES_MAX)
            finish(session);
    } else if (session->link == NULL && !session->conn.closing) {
        session_link(session, link);
    }
}

static void press(struct jt808_session *session, enum button_status status, int64_t at_ms)
{
    struct jt808_server *s = server_of(session);
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
    const struct buttons *b = server_of(session)->config.buttons;
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
    struct jt808_server *s = server_of(session);
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
    struct jt808_server *s = server_of(session);
    struct jt808_terminal terminal = session->link->terminal;
    struct fix fix = fix_of(p, terminal.unit, reupload, s->events.now_cb(s->events.ctx));
    s->counters.bad_items += !p->items_ok;
    if (terminal.unit == 0 || s->events.fix_cb(s->events.ctx, &terminal, &fix) != 0) {
        s->counters.fixes_refused++;
        return false;
    }
    s->counters.fixes++;
    s->unsettled = true;
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
        server_of(session)->counters.malformed++;
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
        server_of(session)->counters.malformed++;
        return JT808_WRONG;
    }
    return kept ? JT808_DONE : JT808_FAILED;
}

static uint8_t take_button(struct jt808_session *session, const struct jt808_message *m)
{
    struct jt808_server *s = server_of(session);
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
        jt808_downlink_answered(server_of(session), session->link, &reply);
    else
        server_of(session)->counters.malformed++;
}

static void take_time_query(struct jt808_session *session)
{
    struct jt808_server *s = server_of(session);
    uint8_t wire[JT808_WIRE_MAX];
    jt808_session_send(
        session, wire,
        jt808_write_time_reply(&session->peer, s->events.now_cb(s->events.ctx), wire, sizeof wire));
}

/* Everything a linked terminal may say. */
static void take_linked(struct jt808_session *session, const struct jt808_message *m)
{
    struct jt808_server *s = server_of(session);
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
        finish(session);
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
    struct jt808_server *s = server_of(session);
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

static int put_fragment(struct jt808_session *session, const struct jt808_message *part,
                        struct jt808_message *whole)
{
    if (session->fragments == NULL) {
        session->fragments = malloc(sizeof *session->fragments);
        if (session->fragments == NULL)
            return JT808_LENGTH;
        jt808_fragment_init(session->fragments);
    }
    return jt808_fragment_put(session->fragments, part, (int64_t)uv_now(session->conn.port->loop),
                              whole);
}

/* A part is answered by itself; the last one by what the whole message deserves. */
static void take_fragment(struct jt808_session *session, const struct jt808_message *part)
{
    struct jt808_message whole;
    if (session->link == NULL) {
        server_of(session)->counters.unauthenticated++;
        send_reply(session, &part->header, JT808_FAILED);
        return;
    }
    int got = put_fragment(session, part, &whole);
    if (got == 1)
        take_message(session, &whole);
    else
        send_reply(session, &part->header, got == 0 ? JT808_DONE : JT808_WRONG);
}

static void count_bad(struct jt808_session *session, int error)
{
    struct jt808_counters *c = &server_of(session)->counters;
    c->bad_checksum += error == JT808_CHECKSUM;
    c->bad_length += error == JT808_LENGTH;
    c->malformed += error == JT808_MALFORMED;
    if (++session->bad_run >= server_of(session)->config.bad_max)
        jt808_session_close(session, JT808_LOST_GARBAGE);
}

/* A bad frame is counted, not answered: whom would one answer? Its sender sends it again. */
static void take_frame(struct jt808_session *session, const uint8_t *frame, size_t n)
{
    uint8_t room[JT808_FRAME_MAX];
    struct jt808_message m;
    int error = jt808_frame_read(frame, n, room, &m);
    server_of(session)->counters.frames++;
    if (error != 0 && error != JT808_FRAGMENT) {
        count_bad(session, error);
        return;
    }
    session->bad_run = 0;
    session->heard_at = uv_now(session->conn.port->loop);
    if (!same_identity(session, &m.header)) {
        server_of(session)->counters.identity_changed++;
        jt808_session_close(session, JT808_LOST_GARBAGE);
    } else if (error == JT808_FRAGMENT) {
        take_fragment(session, &m);
    } else {
        take_message(session, &m);
    }
}

static void on_read(struct tcp_conn *c, const uint8_t *bytes, size_t n)
{
    struct jt808_session *session = (struct jt808_session *)c;
    while (n > 0 && !c->closing && !c->finishing) {
        const uint8_t *frame;
        size_t frame_len;
        size_t taken = jt808_deframer_next(&session->deframer, bytes, n, &frame, &frame_len);
        bytes += taken;
        n -= taken;
        if (frame != NULL)
            take_frame(session, frame, frame_len);
    }
}

static void on_opened(struct tcp_conn *c)
{
    struct jt808_session *session = (struct jt808_session *)c;
    jt808_deframer_init(&session->deframer);
    session->heard_at = c->opened_at;
    int kernel_max = (int)server_of(session)->config.write_max; /* what the kernel may hold, too */
    (void)uv_send_buffer_size((uv_handle_t *)&c->tcp, &kernel_max);
    (void)uv_tcp_nodelay(&c->tcp, 1);
    (void)uv_tcp_keepalive(&c->tcp, 1, 60);
}

static void on_ended(struct tcp_conn *c)
{
    jt808_session_close((struct jt808_session *)c, JT808_LOST_CLOSED);
}

/* Before authentication the time runs from the connection, so dripping bytes does not stretch it.
 */
static void on_check(struct tcp_conn *c)
{
    struct jt808_session *session = (struct jt808_session *)c;
    struct jt808_server *s = server_of(session);
    uint64_t now = uv_now(c->port->loop);
    bool waiting = session->link == NULL || c->finishing;
    uint64_t since = session->link == NULL ? c->opened_at : session->heard_at;
    if (session->fragments != NULL)
        jt808_fragment_expire(session->fragments, (int64_t)now);
    if (now - since <= (waiting ? s->config.auth_ms : s->config.idle_ms))
        return;
    s->counters.silent++;
    jt808_session_close(session, JT808_LOST_SILENT);
}

static void on_freed(struct tcp_conn *c)
{
    struct jt808_session *session = (struct jt808_session *)c;
    struct jt808_counters *counters = &server_of(session)->counters;
    counters->skipped_bytes += session->deframer.skipped_bytes;
    counters->overlong_frames += session->deframer.overlong_frames;
    if (session->fragments == NULL)
        return;
    counters->fragments_dropped += session->fragments->dropped;
    jt808_fragment_close(session->fragments);
    free(session->fragments);
}

static void on_turned(void *owner)
{
    jt808_server_answer(owner);
}

static void on_tick(void *owner)
{
    jt808_downlink_expire(owner);
}

const struct tcp_handlers jt808_session_handlers = {
    .conn_size = sizeof(struct jt808_session),
    .opened_cb = on_opened,
    .read_cb = on_read,
    .ended_cb = on_ended,
    .check_cb = on_check,
    .freed_cb = on_freed,
    .tick_cb = on_tick,
    .turned_cb = on_turned,
};
