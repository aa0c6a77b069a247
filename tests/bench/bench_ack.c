/* bench_ack: calls and what becomes of them, sent open loop to a running dispatchd; prints for each
 * command in which phase it was due and how long after that its durable answer came. No judgement.
 *
 *   bench_ack [--http] HOST:PORT TOKEN_FILE RATE SECONDS   one phase "run" after a second apart
 *   bench_ack [--http] HOST:PORT TOKEN_FILE RATE -         a line on standard input begins a phase
 *                                                          of that name, but "end" ends the run
 *
 * Output: "PHASE US" or "PHASE refused NAME", one line a command (quantiles.awk reads it). TCP: a
 * call rings, is answered and ends, a command each, from 16 connections. HTTP: rings, from 32. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"
#include "sim/session.h"
#include "tests/bench/http_desk.h"
#include "tests/bench/open_loop.h"

enum {
    DESKS = 16,
    SENT_MAX = 1024, /* remembered of one desk; more than may wait for an answer */
    CALLS_MAX = 65536,
    PHASES_MAX = 64,
    SAMPLES_MAX = 8000000,
};

struct sample {
    uint32_t us;
    uint8_t phase;
    uint8_t refusal;
};

struct sent {
    uint64_t due_ns;
    uint8_t phase, step; /* of the call: 0 rings, 1 is answered, 2 ends */
    uint64_t call;
};

struct desk {
    struct session session;
    struct sent sent[SENT_MAX];
};

static struct {
    uv_loop_t loop;
    struct open_loop open_loop;
    struct desk desk[DESKS];
    struct http_desk http;
    uint32_t next_desk, ready, waiting;
    bool by_http, begun;
    double rate;
    uint64_t seconds;            /* 0: phases come on standard input */
    struct sent call[CALLS_MAX]; /* what calls that were answered need next: a ring */
    uint32_t call_first, call_n;
    char phase[PHASES_MAX][48];
    uint8_t phase_n, now;
    struct sample *sample;
    uint32_t sample_n;
    uv_timer_t timer;
    uv_pipe_t phases;
    char word[48], read_buffer[256];
    size_t word_n;
} bench;

/* A name that came before goes on with that phase. */
static void begin_phase(const char *name)
{
    for (bench.now = 0; bench.now < bench.phase_n; bench.now++)
        if (strcmp(bench.phase[bench.now], name) == 0)
            return;
    must(bench.phase_n < PHASES_MAX);
    snprintf(bench.phase[bench.phase_n++], sizeof(bench.phase[0]), "%s", name);
}

static void note(const struct sent *sent, enum refusal refusal)
{
    must(bench.sample_n < SAMPLES_MAX);
    bench.sample[bench.sample_n++] = (struct sample){
        (uint32_t)((os_mono_ns() - sent->due_ns) / 1000), sent->phase, (uint8_t)refusal};
    bench.waiting--;
}

/* ---- over TCP ---- */

static void on_reply(void *user, const struct stream_reply *reply)
{
    struct desk *desk = user;
    struct sent sent = desk->sent[reply->number % SENT_MAX];

    note(&sent, reply->refusal);
    if (reply->refusal != REFUSE_NONE || sent.step == 2 || bench.call_n == CALLS_MAX)
        return;
    if (sent.step++ == 0)
        sent.call = reply->made;
    bench.call[(bench.call_first + bench.call_n++) % CALLS_MAX] = sent;
}

static struct command next_command(struct sent *sent)
{
    struct command command = {.kind = COMMAND_RING_CALL};

    if (bench.call_n == 0) {
        command.ring_call.number = TEXT("09520000000");
        return command;
    }
    *sent = bench.call[bench.call_first];
    bench.call_first = (bench.call_first + 1) % CALLS_MAX;
    bench.call_n--;
    if (sent->step == 1) {
        command.kind = COMMAND_ANSWER_CALL;
        command.answer_call.call.v = sent->call;
    } else {
        command.kind = COMMAND_END_CALL;
        command.end_call.call.v = sent->call;
    }
    return command;
}

static void send_by_tcp(uint64_t due_ns)
{
    struct desk *desk = &bench.desk[bench.next_desk++ % DESKS];
    struct sent sent = {0};
    struct command command = next_command(&sent);
    uint64_t number;

    sent.due_ns = due_ns;
    sent.phase = bench.now;
    if (session_send(&desk->session, &command, &number) < 0) {
        fprintf(stderr, "bench_ack: %s\n", desk->session.errmsg);
        exit(1);
    }
    desk->sent[number % SENT_MAX] = sent;
}

/* ---- over HTTP ---- */

static void on_http_reply(void *context, uint64_t due_ns, uint64_t tag, bool ok)
{
    struct sent sent = {.due_ns = due_ns, .phase = (uint8_t)tag};

    (void)context;
    note(&sent, ok ? REFUSE_NONE : REFUSE_BAD_VALUE);
}

/* ---- the run ---- */

static void on_due(void *context, uint64_t due_ns)
{
    (void)context;
    bench.waiting++;
    if (bench.by_http)
        http_desk_ring(&bench.http, due_ns, bench.now);
    else
        send_by_tcp(due_ns);
}

static void end_when_answered(uv_timer_t *timer)
{
    if (bench.waiting == 0)
        uv_stop(timer->loop);
}

static void end(void)
{
    open_loop_stop(&bench.open_loop);
    uv_timer_start(&bench.timer, end_when_answered, 0, 10);
}

static void on_seconds_passed(uv_timer_t *timer)
{
    (void)timer;
    end();
}

static void on_warm(uv_timer_t *timer)
{
    begin_phase("run");
    uv_timer_start(timer, on_seconds_passed, bench.seconds * 1000, 0);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)handle, (void)suggested;
    *buf = uv_buf_init(bench.read_buffer, sizeof(bench.read_buffer));
}

static void on_phases(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    for (ssize_t i = 0; i < n; i++) {
        if (buf->base[i] != '\n' && bench.word_n < sizeof(bench.word) - 1) {
            bench.word[bench.word_n++] = buf->base[i];
            continue;
        }
        bench.word[bench.word_n] = 0;
        bench.word_n = 0;
        if (strcmp(bench.word, "end") == 0)
            end();
        else
            begin_phase(bench.word);
    }
    if (n < 0)
        uv_read_stop(stream);
}

static void begin(void)
{
    bench.begun = true;
    begin_phase("warm-up");
    open_loop_start(&bench.open_loop, &bench.loop, bench.rate, on_due, NULL);
    if (bench.seconds) {
        uv_timer_start(&bench.timer, on_warm, 1000, 0);
        return;
    }
    must(uv_pipe_init(&bench.loop, &bench.phases, 0) == 0 && uv_pipe_open(&bench.phases, 0) == 0);
    must(uv_read_start((uv_stream_t *)&bench.phases, on_alloc, on_phases) == 0);
}

static void on_ready(void *user, const struct stream_welcome *welcome)
{
    (void)user, (void)welcome;
    if (++bench.ready == DESKS && !bench.begun)
        begin();
}

static void on_down(void *user, const char *why)
{
    (void)user;
    fprintf(stderr, "bench_ack: the connection is lost: %s\n", why);
    exit(1);
}

/* Numbers of this run never meet those of another: a client of its own for each desk. */
static uint64_t fresh_clients(void)
{
    uint64_t chance;

    os_random(&chance, sizeof(chance));
    return (chance & 0xffffffffff) | 0x10000000000;
}

static void open_desks(const struct session_config *config)
{
    struct session_events events = {.ready_cb = on_ready, .reply_cb = on_reply, .down_cb = on_down};
    struct session_config own = *config;

    for (uint64_t i = 0; i < DESKS; i++) {
        events.user = &bench.desk[i];
        own.client = config->client + i;
        must(session_init(&bench.desk[i].session, &bench.loop, &own, &events) == 0);
    }
}

static void print_samples(void)
{
    for (uint32_t i = 0; i < bench.sample_n; i++) {
        const struct sample *s = &bench.sample[i];
        if (s->refusal == REFUSE_NONE)
            printf("%s %u\n", bench.phase[s->phase], s->us);
        else
            printf("%s refused %s\n", bench.phase[s->phase], refusal_text[s->refusal].name);
    }
}

static void read_token(const char *path, char token[static SESSION_TOKEN_MAX])
{
    unsigned char *text;
    size_t size;

    must(os_read_file(path, SESSION_TOKEN_MAX - 1, &text, &size) == 0);
    snprintf(token, SESSION_TOKEN_MAX, "%.*s", (int)strcspn((char *)text, "\n"), (char *)text);
    free(text);
}

int main(int argc, char **argv)
{
    struct session_config config = {.client = fresh_clients()};

    bench.by_http = argc > 1 && strcmp(argv[1], "--http") == 0;
    argv += bench.by_http;
    if (argc - bench.by_http != 5 || session_address_parse(argv[1], &config.address) < 0) {
        fprintf(stderr, "bench_ack [--http] HOST:PORT TOKEN_FILE RATE SECONDS|-\n");
        return 64;
    }
    signal(SIGPIPE, SIG_IGN);
    read_token(argv[2], config.token);
    bench.rate = strtod(argv[3], NULL);
    bench.seconds = strtoul(argv[4], NULL, 10);
    bench.sample = calloc(SAMPLES_MAX, sizeof(*bench.sample));
    must(bench.sample && bench.rate > 0);
    wire_init();
    must(uv_loop_init(&bench.loop) == 0 && uv_timer_init(&bench.loop, &bench.timer) == 0);
    if (bench.by_http) {
        http_desk_open(&bench.http, &bench.loop, &config, on_http_reply, NULL);
        begin();
    } else {
        open_desks(&config);
    }
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    print_samples();
    return 0; /* all that was open ends with the process */
}
