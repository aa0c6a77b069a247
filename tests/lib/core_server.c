#include "tests/lib/core_server.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dispatch/must.h"

static const struct actor gateway = {.user = {7}, .role = ROLE_GATEWAY};

static void read_all(int fd, void *to, size_t n, bool *gone)
{
    for (size_t got = 0; got < n && !*gone;) {
        ssize_t more = read(fd, (char *)to + got, n - got);
        *gone = more <= 0;
        got += more > 0 ? (size_t)more : 0;
    }
}

static void say(struct core_server *s, int fd, const struct server_frame *frame)
{
    uint32_t n = 0;
    buffer_clear(&s->out);
    wire_arena_reset(&s->arena);
    buffer_add(&s->out, &n, sizeof(n));
    must(wire_server_frame_pack(&s->arena, frame, &s->out) == 0);
    n = htonl((uint32_t)(s->out.n - sizeof(n)));
    memcpy(s->out.bytes, &n, sizeof(n));
    must(write(fd, s->out.bytes, s->out.n) == (ssize_t)s->out.n);
}

static struct server_frame decide(struct core_server *s, struct command *command)
{
    struct server_frame frame = {.kind = SERVER_REPLY};
    struct record record = {.seq = s->core.state.head->seq + 1,
                            .now_ms = s->now_ms,
                            .client = command->client,
                            .number = command->number,
                            .actor = gateway,
                            .command = command->kind};

    command->actor = gateway;
    record.refusal = core_decide(&s->core, command, s->now_ms, s->decision);
    record.made = s->decision->made;
    record.fact = s->decision->fact;
    record.fact_count = s->decision->fact_count;
    core_apply(&s->core, &record);
    frame.as_of_seq = record.seq;
    frame.reply = (struct stream_reply){.client = record.client,
                                        .number = record.number,
                                        .seq = record.seq,
                                        .refusal = record.refusal,
                                        .made = record.made};
    return frame;
}

static void take(struct core_server *s, int fd, struct client_frame *frame)
{
    struct server_frame answer = {.kind = SERVER_WELCOME};

    switch (frame->kind) {
    case CLIENT_HELLO:
        answer.welcome.actor = gateway;
        break;
    case CLIENT_CLOCK:
        s->clocks++;
        s->backward += frame->clock.now_ms < s->now_ms;
        s->now_ms = frame->clock.now_ms;
        answer.kind = SERVER_HEARTBEAT;
        answer.heartbeat = (struct stream_heartbeat){s->now_ms, 0, frame->clock.number};
        break;
    case CLIENT_COMMAND:
        answer = decide(s, &frame->command);
        break;
    default:
        return;
    }
    say(s, fd, &answer);
}

static void *serve(void *user)
{
    struct core_server *s = user;
    static unsigned char bytes[WIRE_CLIENT_FRAME_MAX];
    int fd = accept(s->listener, NULL, NULL);
    bool gone = fd < 0;
    int one = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));

    while (!gone) {
        struct client_frame frame;
        uint32_t n = 0;
        read_all(fd, &n, sizeof(n), &gone);
        n = ntohl(n);
        must(n <= sizeof(bytes));
        read_all(fd, bytes, n, &gone);
        if (gone)
            break;
        wire_arena_reset(&s->arena);
        must(wire_client_frame_unpack(&s->arena, bytes, n, &frame) == 0);
        take(s, fd, &frame);
    }
    close(fd);
    return NULL;
}

static void make_core(struct core_server *s)
{
    const struct policy policy = {.retention_ms = INT64_C(86400000) * 30,
                                  .claim_past_ms = INT64_C(86400000),
                                  .claim_future_ms = 5000,
                                  .text_max = 2048,
                                  .rows_max = 5};
    struct limits limits = {.text_bytes = 32 * 1024 * 1024};

    for (int i = 0; i < OBJECT_KIND_COUNT; i++)
        limits.max[i] = 20000;
    s->memory = calloc(1, core_bytes(&limits));
    s->decision = calloc(1, sizeof(*s->decision));
    must(s->memory && s->decision);
    s->decision->scratch_size = decision_scratch_bytes(&limits);
    s->decision->scratch = malloc(s->decision->scratch_size);
    must(s->decision->scratch);
    core_init(&s->core, s->memory, &limits, &policy);
}

void core_server_start(struct core_server *s)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof(at);

    memset(s, 0, sizeof(*s));
    make_core(s);
    must(wire_arena_init(&s->arena, WIRE_ARENA) == 0);
    buffer_init(&s->out, WIRE_SERVER_FRAME_MAX + sizeof(uint32_t));
    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    must(bind(s->listener, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(s->listener, 1) == 0);
    must(getsockname(s->listener, (struct sockaddr *)&at, &n) == 0);
    s->port = ntohs(at.sin_port);
    must(pthread_create(&s->thread, NULL, serve, s) == 0);
}

void core_server_join(struct core_server *s)
{
    must(pthread_join(s->thread, NULL) == 0);
    close(s->listener);
}

void core_server_close(struct core_server *s)
{
    free(s->decision->scratch);
    free(s->decision);
    free(s->memory);
    wire_arena_close(&s->arena);
    buffer_close(&s->out);
}
