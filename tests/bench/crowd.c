#include "tests/bench/crowd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "dispatch/core/print.h"
#include "dispatch/must.h"

#define RETRY_NS UINT64_C(100000000)

/* --- marks --- */

void mark_write(char text[static MARK_CHARS + 1], uint64_t due_ns)
{
    snprintf(text, MARK_CHARS + 1, "@=%019" PRIu64 "@", due_ns);
}

uint32_t marks_take(const uint8_t *bytes, size_t n, uint64_t since_ns, struct latency *latency)
{
    const uint8_t *end = bytes + n, *at = bytes;
    uint64_t now_ns = os_mono_ns();
    uint32_t marks = 0;
    while ((at = memmem(at, (size_t)(end - at), "@=", 2)) && end - at >= MARK_CHARS) {
        uint64_t due_ns = strtoull((const char *)at + 2, NULL, 10);
        at += MARK_CHARS;
        if (due_ns < since_ns)
            continue;
        latency_add(latency, now_ns - due_ns);
        marks++;
    }
    return marks;
}

/* --- what a console says --- */

static size_t pack(struct crowd *crowd, const struct client_frame *frame, uint8_t *out, size_t max)
{
    struct buffer bytes;
    buffer_init(&bytes, max);
    wire_arena_reset(&crowd->arena);
    must(wire_client_frame_pack(&crowd->arena, frame, &bytes) == 0);
    size_t n = bytes.n;
    memcpy(out, bytes.bytes, n);
    buffer_close(&bytes);
    return n;
}

static size_t hello(struct console *c, uint8_t *out, size_t max)
{
    const struct crowd *crowd = c->crowd;
    struct client_frame frame = {.kind = CLIENT_HELLO};
    frame.hello.token = (struct text){crowd->token, (uint32_t)strlen(crowd->token)};
    frame.hello.journal_id = (struct text){c->journal_id, (uint32_t)strlen(c->journal_id)};
    frame.hello.epoch = c->epoch;
    frame.hello.last_seq = c->seq;
    frame.hello.want_facts = true;
    frame.hello.want_positions = crowd->positions;
    return pack(c->crowd, &frame, out, max);
}

void crowd_say(struct crowd *crowd, const char *line, uint64_t due_ns)
{
    static char store[16384] __attribute__((aligned(8)));
    struct client_frame frame = {.kind = CLIENT_COMMAND};
    uint8_t bytes[8192];
    char why[256];
    if (command_parse(&frame.command, line, strlen(line), 0, store, sizeof(store), why,
                      sizeof(why)) < 0) {
        fprintf(stderr, "%s: %s\n", line, why);
        exit(2);
    }
    frame.command.client = crowd->client;
    frame.command.number = ++crowd->number;
    crowd->due_ns[crowd->number % CROWD_PENDING] = due_ns;
    listener_send(&crowd->console->listener, bytes, pack(crowd, &frame, bytes, sizeof(bytes)));
}

/* --- what it hears --- */

static void come_in(struct console *c)
{
    c->in = true;
    c->crowd->in_count++;
}

static void take_welcome(struct console *c, const struct stream_welcome *welcome)
{
    uint32_t n = welcome->journal_id.n;
    must(n < sizeof(c->journal_id));
    memcpy(c->journal_id, welcome->journal_id.p, n);
    c->journal_id[n] = 0;
    c->epoch = welcome->epoch;
    c->resumed = welcome->resumes;
    if (welcome->resumes && c->seq >= welcome->seq)
        come_in(c); /* it has everything */
}

static void take_reply(struct crowd *crowd, const struct stream_reply *reply)
{
    crowd->replies++;
    crowd->refusals += reply->refusal != REFUSE_NONE;
    latency_add(&crowd->reply_latency, os_mono_ns() - crowd->due_ns[reply->number % CROWD_PENDING]);
    if (crowd->reply_cb)
        crowd->reply_cb(crowd, reply);
}

static void take_whole(struct console *c, const uint8_t *bytes, size_t n)
{
    struct server_frame frame;
    wire_arena_reset(&c->crowd->arena);
    if (wire_server_frame_unpack(&c->crowd->arena, bytes, n, &frame) < 0) {
        fprintf(stderr, "%s\n", c->crowd->arena.errmsg);
        exit(2);
    }
    if (frame.kind == SERVER_WELCOME)
        take_welcome(c, &frame.welcome);
    if (frame.kind == SERVER_REPLY)
        take_reply(c->crowd, &frame.reply);
    bool last = frame.kind == SERVER_SNAPSHOT && frame.snapshot.last;
    if (last || frame.kind == SERVER_FACTS)
        c->seq = frame.kind == SERVER_FACTS ? frame.facts.upto_seq : frame.as_of_seq;
    if (!c->in && (last || (frame.kind == SERVER_FACTS && c->resumed)))
        come_in(c);
}

/* Facts, when already in: only where they end and the mark are of interest. True: they were. */
static bool take_facts(struct console *c, const uint8_t *bytes, size_t n)
{
    enum { TAG_AS_OF = 0x08, TAG_FACTS = 0x6a };
    uint64_t seq = 0;
    size_t at = 1;
    if (!c->in || n < 2 || bytes[0] != TAG_AS_OF)
        return false;
    for (unsigned shift = 0; at < n && shift < 63; shift += 7) {
        seq |= (uint64_t)(bytes[at] & 127) << shift;
        if ((bytes[at++] & 128) == 0)
            break;
    }
    if (at == n || bytes[at] != TAG_FACTS)
        return false;
    c->seq = seq;
    uint32_t marks = marks_take(bytes + at, n - at, c->crowd->since_ns, &c->crowd->latency);
    c->crowd->heard += marks;
    c->crowd->heard_bytes += marks ? n : 0;
    return true;
}

static void on_message(struct listener *listener, const uint8_t *bytes, size_t n)
{
    struct console *c = (struct console *)listener;
    bool interesting = !c->in || c == c->crowd->console;
    if (!take_facts(c, bytes, n) && interesting)
        take_whole(c, bytes, n);
}

/* --- life --- */

static void try_open(struct console *c)
{
    uint8_t bytes[512];
    size_t n = hello(c, bytes, sizeof(bytes));
    uint16_t port = c->listener.way == LISTENER_FRAMES ? c->crowd->tcp : c->crowd->http;
    if (listener_open(&c->listener, c->crowd->epoll, port, bytes, n) == 0)
        return;
    c->crowd->refused++;
    c->retry_ns = os_mono_ns() + RETRY_NS;
}

static void lose(struct console *c)
{
    c->crowd->lost++;
    c->crowd->goodbyes += c->listener.said_goodbye;
    c->crowd->in_count -= c->in;
    c->in = false;
    c->retry_ns = os_mono_ns() + RETRY_NS;
    listener_close(&c->listener);
}

static void reopen_lost(struct crowd *crowd)
{
    uint64_t now_ns = os_mono_ns();
    for (uint32_t i = 0; i < crowd->count; i++)
        if (crowd->console[i].listener.fd < 0 && now_ns >= crowd->console[i].retry_ns)
            try_open(&crowd->console[i]);
}

void crowd_turn(struct crowd *crowd, int wait_ms)
{
    struct epoll_event event[256];
    if (crowd->again)
        reopen_lost(crowd);
    int n = epoll_wait(crowd->epoll, event, 256, wait_ms);
    for (int i = 0; i < n; i++) {
        struct console *c = event[i].data.ptr;
        if (c->listener.fd >= 0 && listener_read(&c->listener) < 0)
            lose(c);
    }
}

void crowd_open(struct crowd *crowd, uint32_t tcp_count, uint32_t count)
{
    crowd->since_ns = os_mono_ns();
    crowd->epoll = epoll_create1(EPOLL_CLOEXEC);
    crowd->console = calloc(count, sizeof(*crowd->console));
    must(crowd->epoll >= 0 && crowd->console && wire_arena_init(&crowd->arena, WIRE_ARENA) == 0);
    crowd->count = count;
    os_random(&crowd->client, sizeof(crowd->client));
    crowd->client = crowd->client % (ID_MAX - 1) + 1;
    for (uint32_t i = 0; i < count; i++) {
        struct console *c = &crowd->console[i];
        c->crowd = crowd;
        c->listener.message_cb = on_message;
        c->listener.way = i < tcp_count ? LISTENER_FRAMES : LISTENER_WEBSOCKET;
        try_open(c);
    }
}

void crowd_close(struct crowd *crowd)
{
    for (uint32_t i = 0; i < crowd->count; i++)
        listener_close(&crowd->console[i].listener);
    free(crowd->console);
    wire_arena_close(&crowd->arena);
    close(crowd->epoll);
}

int crowd_read_token(struct crowd *crowd, const char *path)
{
    FILE *file = fopen(path, "re");
    bool read = file && fgets(crowd->token, sizeof(crowd->token), file);
    if (file)
        fclose(file);
    crowd->token[strcspn(crowd->token, "\r\n")] = 0;
    return read ? 0 : -1;
}
