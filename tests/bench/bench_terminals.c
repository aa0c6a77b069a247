/* bench_terminals PORT PID COUNT RATE SECONDS FIXES [single|batch]: terminals against a dispatchd.
 *
 * COUNT terminals (phones 200000000001 …, defined before) connect, register and authenticate; then
 * RATE fixes a second for SECONDS, FIXES of them at a time: as one 0x0704 (batch) or as so many
 * 0x0200 in one write (single). Open loop: an acknowledgement's time counts from when its message
 * was due. Each fix of a terminal lies one second after the one before, so that none is a repeat.
 * PID is the server's; its CPU and memory come from /proc, the generator's own are told apart.
 * Prints figures; ends with 1 when a fix was not acknowledged or a connection was lost. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "dispatch/base/os.h"
#include "dispatch/ingest/jt808_frame.h"
#include "dispatch/ingest/jt808_write.h"
#include "dispatch/must.h"
#include "tests/lib/latency.h"

enum {
    FIXES_MAX = 20,
    IN_FLIGHT = 256,  /* messages of one terminal that wait for their answer */
    CONNECTING = 200, /* terminals that register at once */
    WAIT_MS_MAX = 30000,
    KEEP_QUIET_MS = 1000, /* between connecting and sending, for the memory's measure */
};

enum stage { STAGE_REGISTER, STAGE_PROVE, STAGE_LINKED };

struct terminal {
    int fd;
    enum stage stage;
    struct jt808_peer peer;
    struct jt808_deframer deframer;
    int64_t fix_at_ms;
    uint32_t step;
    uint64_t due_ns[IN_FLIGHT]; /* by serial */
};

struct bench {
    uint16_t port;
    pid_t pid;
    uint32_t count, fixes;
    uint64_t rate, seconds;
    bool single;
    int epoll;
    struct terminal *terminal;
    uint32_t connecting, linked, lost;
    uint64_t messages, acked, refused, due_acks;
    struct latency latency;
};

static void die(const char *what)
{
    fprintf(stderr, "bench_terminals: %s: %s\n", what, strerror(errno));
    exit(2);
}

/* --- sending --- */

static void send_all(struct bench *b, struct terminal *t, const uint8_t *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = send(t->fd, bytes, n, MSG_NOSIGNAL);
        if (done < 0 && errno != EAGAIN) {
            b->lost++;
            return;
        }
        if (done > 0) {
            bytes += done;
            n -= (size_t)done;
        }
    }
}

static void send_one(struct bench *b, struct terminal *t, const uint8_t *wire, int n)
{
    must(n > 0);
    send_all(b, t, wire, (size_t)n);
}

static struct jt808_position next_position(struct terminal *t)
{
    t->fix_at_ms += 1000;
    t->step++;
    return (struct jt808_position){
        .status = JT808_STATUS_ACC | JT808_STATUS_FIXED,
        .lat_e6 = 38900000 + (int64_t)(t->step % 1000) * 90,
        .lon_e6 = 106500000 + t->peer.serial % 977 * 10,
        .at_ms = t->fix_at_ms,
        .at_ok = true,
        .items_ok = true,
        .altitude_m = 1100,
        .speed_dkmh = 360,
        .course_deg = (uint16_t)(t->step % 360),
    };
}

static void note_due(struct bench *b, struct terminal *t, uint64_t due_ns)
{
    t->due_ns[t->peer.serial % IN_FLIGHT] = due_ns;
    b->due_acks++;
}

static void send_fixes(struct bench *b, struct terminal *t, uint64_t due_ns)
{
    struct jt808_position position[FIXES_MAX];
    uint8_t wire[FIXES_MAX * JT808_WIRE_MAX];
    int n = 0;
    for (uint32_t i = 0; i < b->fixes; i++)
        position[i] = next_position(t);
    if (!b->single) {
        note_due(b, t, due_ns);
        n = jt808_write_batch(&t->peer, false, position, b->fixes, wire, sizeof(wire));
    }
    for (uint32_t i = 0; b->single && i < b->fixes; i++) {
        note_due(b, t, due_ns);
        n += jt808_write_position(&t->peer, &position[i], wire + n, sizeof(wire) - (size_t)n);
    }
    send_one(b, t, wire, n);
    b->messages++;
}

/* --- receiving --- */

static void take_registered(struct bench *b, struct terminal *t, const struct jt808_message *m)
{
    struct jt808_register_reply reply;
    struct jt808_auth auth = {.form = JT808_2013};
    uint8_t wire[JT808_WIRE_MAX];
    if (jt808_register_reply_read(m->body, m->body_len, &reply) != 0 || reply.result != 0) {
        fprintf(stderr, "terminal %s is not known to the server\n", t->peer.terminal);
        exit(2);
    }
    snprintf(auth.code, sizeof(auth.code), "%s", reply.auth_code);
    t->stage = STAGE_PROVE;
    send_one(b, t, wire, jt808_write_auth(&t->peer, &auth, wire, sizeof(wire)));
}

static void take_reply(struct bench *b, struct terminal *t, const struct jt808_message *m)
{
    struct jt808_reply reply;
    must(jt808_reply_read(m->body, m->body_len, &reply) == 0);
    if (t->stage == STAGE_PROVE) {
        must(reply.result == JT808_DONE);
        t->stage = STAGE_LINKED;
        b->linked++;
        b->connecting--;
        return;
    }
    b->acked++;
    b->refused += reply.result != JT808_DONE;
    latency_add(&b->latency, os_mono_ns() - t->due_ns[reply.serial % IN_FLIGHT]);
}

static void take(struct bench *b, struct terminal *t, const uint8_t *frame, size_t n)
{
    uint8_t room[JT808_FRAME_MAX];
    struct jt808_message m;
    must(jt808_frame_read(frame, n, room, &m) == 0);
    if (m.header.msg_id == JT808_REGISTER_REPLY)
        take_registered(b, t, &m);
    else if (m.header.msg_id == JT808_PLATFORM_REPLY)
        take_reply(b, t, &m);
}

static void receive(struct bench *b, struct terminal *t)
{
    static uint8_t in[65536];
    ssize_t n = recv(t->fd, in, sizeof(in), 0);
    if (n <= 0) {
        if (n == 0 || errno != EAGAIN) {
            b->lost++;
            epoll_ctl(b->epoll, EPOLL_CTL_DEL, t->fd, NULL);
        }
        return;
    }
    for (size_t at = 0; at < (size_t)n;) {
        const uint8_t *frame;
        size_t length;
        at += jt808_deframer_next(&t->deframer, in + at, (size_t)n - at, &frame, &length);
        if (frame)
            take(b, t, frame, length);
    }
}

static void turn(struct bench *b, int wait_ms)
{
    struct epoll_event event[256];
    int n = epoll_wait(b->epoll, event, 256, wait_ms);
    for (int i = 0; i < n; i++)
        receive(b, event[i].data.ptr);
}

/* --- connecting --- */

static void connect_one(struct bench *b, uint32_t index)
{
    struct terminal *t = &b->terminal[index];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(b->port)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = t};
    struct jt808_register reg = {.layout = JT808_2013, .plate = "bench"};
    uint8_t wire[JT808_WIRE_MAX];
    int one = 1;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    t->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (t->fd < 0 || connect(t->fd, (struct sockaddr *)&to, sizeof(to)) < 0)
        die("cannot connect");
    setsockopt(t->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    fcntl(t->fd, F_SETFL, O_NONBLOCK);
    if (epoll_ctl(b->epoll, EPOLL_CTL_ADD, t->fd, &event) < 0)
        die("epoll");
    jt808_deframer_init(&t->deframer);
    t->peer.version = JT808_2013;
    snprintf(t->peer.terminal, sizeof(t->peer.terminal), "%" PRIu64,
             UINT64_C(200000000001) + index);
    send_one(b, t, wire, jt808_write_register(&t->peer, &reg, wire, sizeof(wire)));
    b->connecting++;
}

static void connect_all(struct bench *b)
{
    uint64_t began_ns = os_mono_ns();
    for (uint32_t next = 0; b->linked < b->count && !b->lost;) {
        while (next < b->count && b->connecting < CONNECTING)
            connect_one(b, next++);
        turn(b, 100);
    }
    printf("connected=%u seconds=%.2f\n", b->linked, (double)(os_mono_ns() - began_ns) / 1e9);
}

/* --- measuring --- */

static void keep_quiet(struct bench *b)
{
    for (int64_t until_ms = os_mono_ms() + KEEP_QUIET_MS; os_mono_ms() < until_ms;)
        turn(b, 10);
}

static void send_schedule(struct bench *b)
{
    uint64_t total = b->rate * b->seconds / b->fixes, began_ns = os_mono_ns();
    double gap_ns = 1e9 * b->fixes / (double)b->rate;
    int64_t base_ms =
        os_wall_ms() / 1000 * 1000 - (int64_t)(total * b->fixes / b->count + b->fixes + 2) * 1000;
    for (uint32_t i = 0; i < b->count; i++)
        b->terminal[i].fix_at_ms = base_ms;
    for (uint64_t k = 0; k < total && !b->lost;) {
        uint64_t due_ns = began_ns + (uint64_t)((double)k * gap_ns);
        if (os_mono_ns() >= due_ns) {
            send_fixes(b, &b->terminal[k % b->count], due_ns);
            if (++k % 64 == 0)
                turn(b, 0);
        } else {
            turn(b, due_ns - os_mono_ns() > 1000000 ? 1 : 0);
        }
    }
    printf("sent_per_s=%.0f ",
           (double)(b->messages * b->fixes) * 1e9 / (double)(os_mono_ns() - began_ns));
}

static void await_answers(struct bench *b)
{
    int64_t until_ms = os_mono_ms() + WAIT_MS_MAX;
    while (b->acked < b->due_acks && !b->lost && os_mono_ms() < until_ms)
        turn(b, 100);
}

static void usage_of(pid_t pid, struct usage *usage)
{
    if (process_usage(pid, usage) < 0)
        die("no such process");
}

static void run(struct bench *b)
{
    struct usage alone, before, after, own_before, own_after;
    usage_of(b->pid, &alone);
    connect_all(b);
    keep_quiet(b);
    usage_of(b->pid, &before);
    usage_of(getpid(), &own_before);
    send_schedule(b);
    await_answers(b);
    usage_of(b->pid, &after);
    usage_of(getpid(), &own_after);
    double fixes = (double)(b->messages * b->fixes);
    printf("fixes=%.0f messages_acked=%" PRIu64 "/%" PRIu64 " refused=%" PRIu64 " lost=%u\n", fixes,
           b->acked, b->due_acks, b->refused, b->lost);
    printf("ack ");
    latency_print(&b->latency);
    printf("\nserver_cpu_us_per_fix=%.2f generator_cpu_us_per_fix=%.2f\n",
           (double)(after.cpu_us - before.cpu_us) / fixes,
           (double)(own_after.cpu_us - own_before.cpu_us) / fixes);
    printf("server_rss_kib alone=%" PRIu64 " connected=%" PRIu64 " after=%" PRIu64
           " per_terminal=%.1f descriptors=%u\n",
           alone.rss_kib, before.rss_kib, after.rss_kib,
           (double)(before.rss_kib - alone.rss_kib) / b->count, after.descriptors);
}

static uint64_t number(const char *text, uint64_t max)
{
    char *end;
    uint64_t value = strtoull(text, &end, 10);
    if (*end || value == 0 || value > max) {
        fprintf(stderr, "bench_terminals: \"%s\" is not a number up to %" PRIu64 "\n", text, max);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    static struct bench b;
    if (argc < 7) {
        fprintf(stderr,
                "usage: bench_terminals PORT PID COUNT RATE SECONDS FIXES [single|batch]\n");
        return 2;
    }
    b.port = (uint16_t)number(argv[1], UINT16_MAX);
    b.pid = (pid_t)number(argv[2], INT32_MAX);
    b.count = (uint32_t)number(argv[3], 60000);
    b.rate = number(argv[4], 10000000);
    b.seconds = number(argv[5], 86400);
    b.fixes = (uint32_t)number(argv[6], FIXES_MAX);
    b.single = argc > 7 && strcmp(argv[7], "single") == 0;
    b.terminal = calloc(b.count, sizeof(*b.terminal));
    b.epoll = epoll_create1(EPOLL_CLOEXEC);
    must(b.terminal && b.epoll >= 0);
    run(&b);
    return b.lost || b.refused || b.acked != b.due_acks;
}
