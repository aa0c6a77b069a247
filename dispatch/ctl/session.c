#include "dispatch/ctl/session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dispatch/gate/gate.h"

enum { FRAME_HEAD = 4, READ_BYTES = 64 * 1024 };
#define FAREWELL 0x80000000u

__attribute__((format(printf, 3, 4))) static int fail(struct session *s, int end,
                                                      const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(s->errmsg, sizeof(s->errmsg), format, args);
    va_end(args);
    return end;
}

/* --- out --- */

int session_send(struct session *s, const struct client_frame *frame)
{
    buffer_clear(&s->out);
    wire_arena_reset(&s->out_arena);
    unsigned char *head = buffer_extend(&s->out, FRAME_HEAD);
    if (!head || wire_client_frame_pack(&s->out_arena, frame, &s->out) < 0)
        return fail(s, SESSION_BROKEN, "%s", s->out_arena.errmsg);
    size_t n = s->out.n - FRAME_HEAD;
    if (n > WIRE_CLIENT_FRAME_MAX)
        return fail(s, SESSION_BROKEN, "the command is too long");
    for (int i = 0; i < FRAME_HEAD; i++)
        s->out.bytes[i] = (unsigned char)(n >> (8 * (3 - i)));
    for (size_t at = 0; at < s->out.n;) {
        ssize_t sent = send(s->fd, s->out.bytes + at, s->out.n - at, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return fail(s, SESSION_LOST, "the connection broke: %s", strerror(errno));
        at += (size_t)sent;
    }
    return 0;
}

/* --- in --- */

static uint32_t head_of(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static const char *words_of(uint32_t code)
{
    switch (code) {
    case GATE_CLOSE_POLICY:
        return "not allowed: the token is not valid any more, or this is not this role's to do";
    case GATE_CLOSE_GOING_AWAY:
        return "it is stopping";
    case GATE_CLOSE_TRY_LATER:
        return "it has too many clients";
    case GATE_CLOSE_RESYNC:
        return "we were too slow";
    default:
        return "for a reason of its own";
    }
}

/* A close code as our end: is it this client that is not wanted? */
static int turned_away(struct session *s, uint32_t code)
{
    bool unwanted =
        code == GATE_CLOSE_POLICY || code == GATE_CLOSE_PROTOCOL || code == GATE_CLOSE_TOO_BIG;
    return fail(s, unwanted ? SESSION_TURNED : SESSION_LOST,
                "the server ended the session (%u): %s", code, words_of(code));
}

/* 1 with a frame out of what has been read, 0: more is needed, or an end. */
static int take_frame(struct session *s, struct server_frame *frame)
{
    size_t left = s->in.n - s->taken;
    const unsigned char *p = s->in.bytes + s->taken;
    if (left < FRAME_HEAD)
        return 0;
    uint32_t n = head_of(p);
    if (n & FAREWELL)
        return turned_away(s, n & 0xffff);
    if (n > WIRE_SERVER_FRAME_MAX)
        return fail(s, SESSION_BROKEN, "a frame of %u bytes: is this dispatchd's TCP port?", n);
    if (left - FRAME_HEAD < n)
        return 0;
    s->taken += FRAME_HEAD + n;
    wire_arena_reset(&s->in_arena);
    if (wire_server_frame_unpack(&s->in_arena, p + FRAME_HEAD, n, frame) < 0)
        return fail(s, SESSION_BROKEN, "a frame is not understood: %.400s", s->in_arena.errmsg);
    if (frame->kind == SERVER_GOODBYE)
        return turned_away(s, frame->goodbye.code);
    return 1;
}

static int read_more(struct session *s)
{
    if (s->taken) /* else there may be no bytes yet at all */
        memmove(s->in.bytes, s->in.bytes + s->taken, s->in.n - s->taken);
    s->in.n -= s->taken;
    s->taken = 0;
    unsigned char *room = buffer_extend(&s->in, READ_BYTES);
    if (!room)
        return fail(s, SESSION_BROKEN, "no memory for what the server sends");
    s->in.n -= READ_BYTES;
    ssize_t n = recv(s->fd, room, READ_BYTES, 0);
    if (n < 0 && errno == EINTR)
        return 0;
    if (n <= 0)
        return fail(s, SESSION_LOST, "the connection broke: %s",
                    n == 0 ? "the server hung up" : strerror(errno));
    s->in.n += (size_t)n;
    return 0;
}

int session_receive(struct session *s, struct server_frame *frame, int wait_ms)
{
    int64_t end_ms = os_mono_ms() + wait_ms;
    for (;;) {
        int got = take_frame(s, frame);
        if (got != 0)
            return got;
        int64_t left_ms = end_ms - os_mono_ms();
        if (left_ms < 0)
            return 0;
        int ready = dial_wait(s->fd, (int)left_ms);
        if (ready <= 0)
            return ready == 0 ? 0 : fail(s, SESSION_LOST, "poll: %s", strerror(errno));
        got = read_more(s);
        if (got < 0)
            return got;
    }
}

/* --- the hello and commands --- */

static void keep_text(char *out, size_t size, struct text text)
{
    snprintf(out, size, "%.*s", (int)text.n, text.n ? text.p : "");
}

static int await_welcome(struct session *s)
{
    struct server_frame frame;
    int got = session_receive(s, &frame, SESSION_ANSWER_MS);
    if (got < 0)
        return got;
    if (got == 0)
        return fail(s, SESSION_LOST, "no welcome in %d s", SESSION_ANSWER_MS / 1000);
    if (frame.kind != SERVER_WELCOME)
        return fail(s, SESSION_BROKEN, "the server's first frame is no welcome");
    s->welcome = frame.welcome;
    keep_text(s->journal_id, sizeof(s->journal_id), frame.welcome.journal_id);
    keep_text(s->version, sizeof(s->version), frame.welcome.version);
    keep_text(s->name, sizeof(s->name), frame.welcome.name);
    s->welcome.journal_id = s->welcome.version = s->welcome.name = (struct text){0};
    return 0;
}

int session_open(struct session *s, const struct address *server, const struct stream_hello *hello)
{
    memset(s, 0, sizeof(*s));
    s->fd = -1;
    buffer_init(&s->in, 2 * WIRE_SERVER_FRAME_MAX);
    buffer_init(&s->out, 2 * WIRE_CLIENT_FRAME_MAX);
    if (wire_arena_init(&s->in_arena, WIRE_ARENA) < 0 ||
        wire_arena_init(&s->out_arena, WIRE_CLIENT_ARENA) < 0)
        return fail(s, SESSION_BROKEN, "no memory");
    os_random(&s->client, sizeof(s->client));
    s->client = s->client % (ID_MAX - 1) + 1;
    s->fd = dial(server, s->errmsg);
    if (s->fd < 0)
        return SESSION_LOST;
    struct client_frame frame = {.kind = CLIENT_HELLO, .hello = *hello};
    int rc = session_send(s, &frame);
    return rc < 0 ? rc : await_welcome(s);
}

void session_close(struct session *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    buffer_close(&s->in);
    buffer_close(&s->out);
    wire_arena_close(&s->in_arena);
    wire_arena_close(&s->out_arena);
}

int session_command(struct session *s, struct command *command, struct stream_reply *reply)
{
    struct client_frame sent = {.kind = CLIENT_COMMAND};
    struct server_frame frame;
    command->client = s->client;
    command->number = ++s->number;
    sent.command = *command;
    int rc = session_send(s, &sent);
    while (rc == 0) {
        int got = session_receive(s, &frame, SESSION_ANSWER_MS);
        if (got < 0)
            rc = got;
        else if (got == 0)
            rc = fail(s, SESSION_LOST, "no answer in %d s", SESSION_ANSWER_MS / 1000);
        else if (frame.kind == SERVER_REPLY && frame.reply.number == s->number)
            break;
    }
    if (rc == SESSION_LOST) {
        size_t n = strlen(s->errmsg);
        snprintf(s->errmsg + n, sizeof(s->errmsg) - n,
                 "; whether it was done is not known: repeat it with --client %" PRIu64
                 " --number %" PRIu64,
                 s->client, s->number);
    }
    if (rc == 0)
        *reply = frame.reply;
    return rc;
}
