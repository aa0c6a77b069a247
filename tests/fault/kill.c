/* kill <folder of programs> <dispatchd> <kill_at.so> [rounds] [seed]: a real dispatchd under load
 * is killed again and again, at random moments and between two steps of the line (kill_at.c).
 *
 * Desks send commands over TCP at a steady rate, several in flight each; a console follows the
 * facts. After every restart, and at the end:
 *   - every answered command is in the journal exactly once, with what was answered;
 *   - the last answered ones, sent again, get their first answer (seq, refusal, made);
 *   - the console goes on after its last seq: no gap, nothing twice;
 *   - the journal is the old one and more, its chain whole;
 * and at the end the whole journal folds to the state that the newest snapshot and its tail fold
 * to, and `dispatchctl verify` finds nothing. After a finding, KEEP=1 keeps journal and log. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dispatch/accounts/accounts.h"
#include "dispatch/journal/journal.h"
#include "dispatch/must.h"
#include "sim/session.h"
#include "tests/fault/disk.h"
#include "tests/fault/two_folds.h"
#include "tests/lib/temp_dir.h"

enum {
    DESKS = 6,
    IN_FLIGHT = 8, /* of one desk; the server knows the last 16 answers of each client */
    ANSWERS_KEPT = 16,
    FIRST_CLIENT = 1000,
    RATE_PER_S = 400,
    TICK_MS = 5,
    NUMBER_MAX = 40000,
    SEQ_MAX = 400000,
};

enum point { AT_RANDOM, AT_WRITE, AT_SYNC, AT_SYNCED, AT_REPLY, AT_TORN, POINTS };
static const char *const point_names[POINTS] = {"random", "write", "sync",
                                                "synced", "reply", "torn"};

struct told {
    uint64_t seq, made;
    enum refusal refusal;
};

/* One command and what became of it. */
struct sent {
    bool answered, journalled;
    struct told answer, record;
};

struct desk {
    struct session session;
    uint64_t client;
    struct sent sent[NUMBER_MAX];
};

struct test {
    uv_loop_t loop;
    uv_timer_t tick;
    const char *programs, *dispatchd, *kill_at;
    char dir[TEMP_DIR_MAX], data_dir[TEMP_DIR_MAX + 8], conf[TEMP_DIR_MAX + 32];
    int port;
    uint64_t dice;
    struct desk desk[DESKS];
    struct session console, again; /* `again` sends what was answered before */
    pid_t server;
    bool last_round;
    uint64_t kill_ns, began_ns, sent_in_round, retries, kills[POINTS], died_opening, answered;
    double served_s;
    uint64_t console_seq; /* 0: no snapshot yet */
    unsigned char seen[SEQ_MAX];
    struct journal_head cursor; /* checked so far */
    struct wire_arena arena;
};

static struct test test;

__attribute__((format(printf, 1, 2))) static _Noreturn void fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    fflush(NULL);
    if (test.server > 0 && kill(test.server, SIGKILL) == 0)
        waitpid(test.server, NULL, 0);
    if (getenv("KEEP"))
        printf("kept: %s\n", test.dir);
    else
        temp_dir_remove(test.dir);
    exit(1);
}

static uint64_t throw(uint64_t sides)
{
    return dice_throw(&test.dice, sides);
}

/* --- commands and answers --- */

/* The same for the same client and number, so that it can be said again. */
static struct command command_for(uint64_t client, uint64_t number)
{
    uint64_t dice = client << 32 | number;
    struct command command = {.kind = COMMAND_RING_CALL};

    switch (dice_throw(&dice, 5)) {
    case 0:
        command.kind = COMMAND_OPEN_INCIDENT;
        command.open_incident.words = TEXT("by the river");
        return command;
    case 1: /* of an incident that may not be there: a refusal is an answer, too */
        command.kind = COMMAND_ADD_NOTE;
        command.add_note.incident.v = 1 + dice_throw(&dice, number + 20);
        command.add_note.words = TEXT("a note");
        return command;
    default:
        command.ring_call.number = TEXT("09520000000");
        return command;
    }
}

static bool same_answer(const struct told *a, const struct told *b)
{
    return a->seq == b->seq && a->made == b->made && a->refusal == b->refusal;
}

static struct sent *sent_under(uint64_t client, uint64_t number)
{
    must(client >= FIRST_CLIENT && client < FIRST_CLIENT + DESKS && number < NUMBER_MAX);
    return &test.desk[client - FIRST_CLIENT].sent[number];
}

static void compare(const struct sent *sent, uint64_t client, uint64_t number)
{
    if (sent->answered && sent->journalled && !same_answer(&sent->answer, &sent->record))
        fail("command %" PRIu64 "/%" PRIu64 " was answered seq %" PRIu64 " refusal %d made %" PRIu64
             ", the journal has seq %" PRIu64 " refusal %d made %" PRIu64,
             client, number, sent->answer.seq, sent->answer.refusal, sent->answer.made,
             sent->record.seq, sent->record.refusal, sent->record.made);
}

static void on_reply(void *user, const struct stream_reply *reply)
{
    struct sent *sent = sent_under(reply->client, reply->number);

    (void)user;
    sent->answer = (struct told){reply->seq, reply->made, reply->refusal};
    sent->answered = true;
    test.answered++;
    if (reply->seq == 0)
        fail("command %" PRIu64 "/%" PRIu64 " was refused unseen: %d", reply->client, reply->number,
             reply->refusal);
    compare(sent, reply->client, reply->number);
}

static void on_reply_again(void *user, const struct stream_reply *reply)
{
    const struct sent *sent = sent_under(reply->client, reply->number);
    struct told answer = {reply->seq, reply->made, reply->refusal};

    (void)user;
    if (!same_answer(&answer, &sent->answer))
        fail("command %" PRIu64 "/%" PRIu64 " sent again: seq %" PRIu64 " refusal %d made %" PRIu64
             ", first seq %" PRIu64 " refusal %d made %" PRIu64,
             reply->client, reply->number, answer.seq, answer.refusal, answer.made,
             sent->answer.seq, sent->answer.refusal, sent->answer.made);
    test.retries++;
}

/* --- the console --- */

static void on_console_ready(void *user, const struct stream_welcome *welcome)
{
    (void)user;
    if (test.console_seq > 0 && !welcome->resumes)
        fail("the console could not resume after %" PRIu64, test.console_seq);
}

static void on_console_frame(void *user, const struct server_frame *frame)
{
    (void)user;
    if (frame->kind == SERVER_SNAPSHOT && frame->snapshot.last)
        test.console_seq = frame->as_of_seq;
    if (frame->kind != SERVER_FACTS)
        return;
    if (frame->facts.after_seq != test.console_seq)
        fail("the console was at %" PRIu64 " and got facts after %" PRIu64, test.console_seq,
             frame->facts.after_seq);
    for (uint32_t i = 0; i < frame->facts.record_count; i++) {
        uint64_t seq = frame->facts.record[i].seq;
        must(seq < SEQ_MAX);
        if (seq <= frame->facts.after_seq || seq > frame->facts.upto_seq || test.seen[seq]++)
            fail("the console got seq %" PRIu64 " twice or out of place", seq);
    }
    test.console_seq = frame->facts.upto_seq;
}

/* --- the journal --- */

static bool check_record(void *ctx, const struct journal_record *stored,
                         const unsigned char hash[static JOURNAL_HASH_SIZE])
{
    struct record record;

    (void)ctx;
    test.cursor.seq = stored->seq;
    memcpy(test.cursor.hash, hash, JOURNAL_HASH_SIZE);
    if (stored->client < FIRST_CLIENT || stored->client >= FIRST_CLIENT + DESKS)
        return true;
    struct sent *sent = sent_under(stored->client, stored->number);
    if (sent->journalled)
        fail("command %" PRIu64 "/%" PRIu64 " is in the journal twice: seq %" PRIu64
             " and %" PRIu64,
             stored->client, stored->number, sent->record.seq, stored->seq);
    wire_arena_reset(&test.arena);
    if (wire_record_unpack(&test.arena, stored->body, stored->size, NULL, &record) < 0)
        fail("seq %" PRIu64 ": %s", stored->seq, test.arena.errmsg);
    sent->journalled = true;
    sent->record = (struct told){stored->seq, record.made, record.refusal};
    compare(sent, stored->client, stored->number);
    return true;
}

static void check_journal(void)
{
    struct journal_reader *reader;
    struct journal_head head;
    char errmsg[ERRMSG_MAX];
    uint64_t bad_seq;

    if (journal_reader_open(&reader, test.data_dir, errmsg) < 0)
        fail("%s", errmsg);
    if (journal_read_head(reader, &head) < 0)
        fail("%s", journal_reader_errmsg(reader));
    if (test.cursor.seq == 0)
        test.cursor = (struct journal_head){.epoch = head.epoch};
    memcpy(test.cursor.journal_id, head.journal_id, JOURNAL_ID_SIZE);
    if (journal_in_chain(reader, &test.cursor) != 1)
        fail("what the journal said up to %" PRIu64 " is no longer there", test.cursor.seq);
    if (journal_read(reader, test.cursor.seq, UINT64_MAX, check_record, NULL) < 0 ||
        journal_verify_chain(reader, 0, &bad_seq) < 0)
        fail("%s", journal_reader_errmsg(reader));
    journal_reader_close(reader);
    for (int i = 0; i < DESKS; i++) {
        for (uint64_t n = 1; n <= test.desk[i].session.last_number; n++) {
            const struct sent *sent = &test.desk[i].sent[n];
            if (sent->answered && !sent->journalled)
                fail("lost: command %d/%" PRIu64 ", answered with seq %" PRIu64, FIRST_CLIENT + i,
                     n, sent->answer.seq);
        }
    }
}

/* --- the server --- */

static void exec_server(int log_fd, const char *kill_at)
{
    dup2(log_fd, STDERR_FILENO);
    dup2(log_fd, STDOUT_FILENO);
    if (kill_at) {
        setenv("LD_PRELOAD", test.kill_at, 1);
        setenv("KILL_AT", kill_at, 1);
    }
    execl(test.dispatchd, test.dispatchd, "--config", test.conf, (char *)NULL);
    _exit(127);
}

/* Reads its log until it serves; false: it ended before. */
static bool wait_serving(int fd)
{
    char text[65536];
    size_t used = 0;

    while (used < sizeof(text) - 1) {
        ssize_t n = read(fd, text + used, sizeof(text) - 1 - used);
        if (n <= 0)
            return false;
        used += (size_t)n;
        text[used] = 0;
        if (strstr(text, "event=serving"))
            return true;
        if (strstr(text, "dispatchd: "))
            fail("%s", text);
    }
    return false;
}

static bool start_server(enum point point)
{
    char kill_at[64];
    int ends[2];

    snprintf(kill_at, sizeof(kill_at), "%s:%" PRIu64, point_names[point],
             1 + throw(point == AT_WRITE ? 900 : 300));
    must(pipe2(ends, O_CLOEXEC) == 0);
    fflush(NULL);
    test.server = fork();
    must(test.server >= 0);
    if (test.server == 0)
        exec_server(ends[1], point == AT_RANDOM ? NULL : kill_at);
    close(ends[1]);
    bool serves = wait_serving(ends[0]);
    close(ends[0]); /* its log goes on into its file */
    return serves;
}

/* Reaps the server if it has ended; it may only have been killed. */
static bool has_ended(int options)
{
    int status;

    if (waitpid(test.server, &status, options) != test.server)
        return false;
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        fail("the server ended by itself: status %x", (unsigned)status);
    test.server = 0;
    return true;
}

/* --- a round --- */

static uint32_t waiting(void)
{
    uint32_t n = session_waiting(&test.again);

    for (int i = 0; i < DESKS; i++)
        n += session_waiting(&test.desk[i].session);
    return n;
}

static void send_load(uint64_t now_ns)
{
    uint64_t due = (now_ns - test.began_ns) * RATE_PER_S / 1000000000;
    uint64_t number;

    for (int i = 0; test.sent_in_round < due && i < 4 * DESKS; i++) {
        struct desk *desk = &test.desk[throw(DESKS)];
        if (session_waiting(&desk->session) >= IN_FLIGHT)
            continue;
        struct command command = command_for(desk->client, desk->session.last_number + 1);
        if (session_send(&desk->session, &command, &number) < 0)
            fail("%s", desk->session.errmsg);
        test.sent_in_round++;
    }
}

static void on_tick(uv_timer_t *timer)
{
    uint64_t now_ns = uv_hrtime();

    if (test.last_round) {
        if (waiting() == 0 && test.console_seq >= test.cursor.seq)
            uv_stop(timer->loop);
        return;
    }
    if (has_ended(WNOHANG)) {
        uv_stop(timer->loop);
        return;
    }
    if (session_waiting(&test.again) == 0)
        send_load(now_ns);
    if (now_ns >= test.kill_ns)
        kill(test.server, SIGKILL);
}

/* The answered commands that the server must still know, once more. */
static void send_again(void)
{
    uint64_t number;

    if (session_waiting(&test.again) > 0)
        return;
    for (int i = 0; i < DESKS; i++) {
        uint64_t last = test.desk[i].session.last_number;
        for (uint64_t n = last > ANSWERS_KEPT ? last - ANSWERS_KEPT + 1 : 1; n <= last; n++) {
            struct command command = command_for(test.desk[i].client, n);
            if (!test.desk[i].sent[n].answered)
                continue;
            test.again.config.client = test.desk[i].client;
            test.again.last_number = n - 1;
            if (session_send(&test.again, &command, &number) < 0)
                fail("%s", test.again.errmsg);
        }
    }
}

static void run_round(enum point point)
{
    bool serves = start_server(point);

    test.kills[point]++;
    if (!serves) {
        test.died_opening++;
        must(has_ended(0));
        return;
    }
    check_journal();
    send_again();
    test.began_ns = uv_hrtime();
    test.sent_in_round = 0;
    test.kill_ns = point == AT_RANDOM ? test.began_ns + (100 + throw(900)) * 1000000 : UINT64_MAX;
    uv_run(&test.loop, UV_RUN_DEFAULT);
    test.served_s += (double)(uv_hrtime() - test.began_ns) / 1e9;
}

/* --- the end --- */

static void check_folds(const struct config *config)
{
    uint64_t snapshot_seq;
    char errmsg[ERRMSG_MAX];

    if (two_folds(config, test.data_dir, &snapshot_seq, errmsg) < 0)
        fail("%s", errmsg);
    printf("folded: %" PRIu64 " records, and from the snapshot at %" PRIu64 ": the same state\n",
           test.cursor.seq, snapshot_seq);
}

static void check_log(void)
{
    char path[TEMP_DIR_MAX + 32];
    unsigned char *text;
    size_t size;

    snprintf(path, sizeof(path), "%s/server.log", test.dir);
    must(os_read_file(path, 1 << 28, &text, &size) == 0);
    if (strstr((char *)text, "event=state-differs") || strstr((char *)text, "level=error"))
        fail("there are errors in %s", path);
    free(text);
}

static void check_console(void)
{
    for (int i = 0; i < DESKS; i++) {
        for (uint64_t n = 1; n <= test.desk[i].session.last_number; n++) {
            const struct sent *sent = &test.desk[i].sent[n];
            bool is_call = command_for(test.desk[i].client, n).kind == COMMAND_RING_CALL;
            if (is_call && sent->record.refusal == REFUSE_NONE && !test.seen[sent->record.seq])
                fail("the console never saw the call of seq %" PRIu64, sent->record.seq);
        }
    }
}

static void check_with_ctl(void)
{
    char ctl[PATH_MAX];
    int status;

    snprintf(ctl, sizeof(ctl), "%s/dispatchctl", test.programs);
    fflush(NULL);
    pid_t child = fork();
    must(child >= 0);
    if (child == 0) {
        execl(ctl, ctl, "verify", "--config", test.conf, (char *)NULL);
        _exit(127);
    }
    must(waitpid(child, &status, 0) == child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail("dispatchctl verify: status %x", (unsigned)status);
}

static void on_closed(struct session *session)
{
    (void)session;
}

static void finish(const struct config *config)
{
    int status;

    if (!start_server(AT_RANDOM))
        fail("the server does not start");
    check_journal();
    send_again();
    test.last_round = true;
    uv_run(&test.loop, UV_RUN_DEFAULT);
    check_journal();
    for (int i = 0; i < DESKS; i++)
        session_close(&test.desk[i].session, on_closed);
    session_close(&test.console, on_closed);
    session_close(&test.again, on_closed);
    uv_close((uv_handle_t *)&test.tick, NULL);
    uv_run(&test.loop, UV_RUN_DEFAULT);
    kill(test.server, SIGTERM);
    must(waitpid(test.server, &status, 0) == test.server);
    test.server = 0;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail("the server did not stop well: status %x", (unsigned)status);
    check_journal();
    check_console();
    check_log();
    check_folds(config);
    check_with_ctl();
}

/* --- the beginning --- */

static int free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    must(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
         getsockname(fd, (struct sockaddr *)&at, &n) == 0);
    close(fd);
    return ntohs(at.sin_port);
}

static void write_conf(void)
{
    FILE *file = fopen(test.conf, "w");

    must(file != NULL);
    test.port = free_port();
    fprintf(file,
            "[server]\ndata_dir = %s\nhttp = 127.0.0.1:%d\ntcp = 127.0.0.1:%d\njt808 =\nosmand =\n"
            "cards_dir = %s/deploy/cards\nplans_dir = %s/deploy/plans\n"
            "speeds_file = %s/deploy/speeds.conf\nbuttons_file = %s/deploy/buttons.conf\n"
            "[log]\nfile = %s/server.log\n[limits]\ncalls = 60000\nincidents = 20000\n"
            "[deadline]\nunanswered_s = 0\nungraded_s = 0\nunassigned_s = 0\ncallback_s = 0\n"
            "[journal]\nreserve = 1MiB\nballast = 1MiB\nsnapshot_records = 100\nverify = all\n",
            test.data_dir, free_port(), test.port, SOURCE_DIR, SOURCE_DIR, SOURCE_DIR, SOURCE_DIR,
            test.dir);
    must(fclose(file) == 0);
}

static void make_token(char token[static ACCOUNT_TOKEN_CHARS + 1])
{
    static const char password[] = "bridge.Otter-71 lamp";
    struct account account = {.role = ACCOUNT_DISPATCHER, .login = "desk", .name = "Desk"};
    struct accounts_policy policy;
    struct accounts accounts;
    char path[TEMP_DIR_MAX + 32];
    uint32_t user_id;

    snprintf(path, sizeof(path), "%s/accounts.db", test.data_dir);
    accounts_policy_defaults(&policy);
    if (accounts_open(&accounts, path, &policy) < 0 ||
        accounts_add(&accounts, &account, password, os_wall_ms(), &user_id) != 0 ||
        accounts_sign_in(&accounts, "desk", password, os_wall_ms(), &account, token) != 0)
        fail("no account: %s", accounts.errmsg);
    accounts_close(&accounts);
}

static void on_ready(void *user, const struct stream_welcome *welcome)
{
    (void)user;
    (void)welcome;
}

static void on_down(void *user, const char *why)
{
    (void)user;
    (void)why;
}

static void open_sessions(const char *token)
{
    struct session_config config = {.address = {"127.0.0.1", test.port}, .retry_ms = 10};
    struct session_events desk = {.ready_cb = on_ready, .reply_cb = on_reply, .down_cb = on_down};
    struct session_events again = desk, console = desk;

    snprintf(config.token, sizeof(config.token), "%s", token);
    for (uint64_t i = 0; i < DESKS; i++) {
        config.client = test.desk[i].client = FIRST_CLIENT + i;
        must(session_init(&test.desk[i].session, &test.loop, &config, &desk) == 0);
    }
    again.reply_cb = on_reply_again;
    must(session_init(&test.again, &test.loop, &config, &again) == 0);
    config.want_facts = true;
    console.ready_cb = on_console_ready;
    console.frame_cb = on_console_frame;
    must(session_init(&test.console, &test.loop, &config, &console) == 0);
}

int main(int argc, char **argv)
{
    static struct config config;
    static char complaints[CONFIG_COMPLAINT_MAX];
    char token[ACCOUNT_TOKEN_CHARS + 1];

    must(argc > 3 && sodium_init() >= 0);
    signal(SIGPIPE, SIG_IGN);
    test.programs = argv[1];
    test.dispatchd = argv[2];
    test.kill_at = argv[3];
    uint64_t rounds = argc > 4 ? strtoull(argv[4], NULL, 10) : 10;
    test.dice = argc > 5 ? strtoull(argv[5], NULL, 10) : 1;
    temp_dir_make(test.dir);
    snprintf(test.data_dir, sizeof(test.data_dir), "%s/data", test.dir);
    snprintf(test.conf, sizeof(test.conf), "%s/dispatch.conf", test.dir);
    must(os_make_dirs(test.data_dir) == 0);
    wire_init();
    must(wire_arena_init(&test.arena, WIRE_ARENA) == 0);
    write_conf();
    config_defaults(&config);
    if (config_load(&config, test.conf, complaints) < 0)
        fail("%s", complaints);
    make_token(token);
    uv_loop_init(&test.loop);
    open_sessions(token);
    uv_timer_init(&test.loop, &test.tick);
    uv_timer_start(&test.tick, on_tick, TICK_MS, TICK_MS);
    for (uint64_t i = 0; i < rounds; i++)
        run_round((enum point)(i % POINTS));
    finish(&config);
    printf("kills=%" PRIu64, rounds);
    for (int i = 0; i < POINTS; i++)
        printf(" %s=%" PRIu64, point_names[i], test.kills[i]);
    printf(" while_opening=%" PRIu64 "\nanswered=%" PRIu64 " per_second=%.0f sent_again=%" PRIu64
           " records=%" PRIu64 "\n",
           test.died_opening, test.answered, (double)test.answered / test.served_s, test.retries,
           test.cursor.seq);
    wire_arena_close(&test.arena);
    temp_dir_remove(test.dir);
    return 0;
}
