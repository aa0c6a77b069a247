/* dispatchd as a process: told to stop, killed in the middle of its work, and started on a journal
 * that somebody changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sodium.h>
#include <sqlite3.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dispatch/accounts/accounts.h"
#include "dispatch/journal/journal.h"
#include "dispatch/wire/wire_stream.h"
#include "tests/lib/temp_dir.h"

enum { CLIENT = 7, IN_FLIGHT = 12, ROUNDS = 20, NUMBERS_MAX = 4096 };

static char dir[TEMP_DIR_MAX], conf[TEMP_DIR_MAX + 16], data[TEMP_DIR_MAX + 16];
static char token[ACCOUNT_TOKEN_CHARS + 1];

struct child {
    pid_t pid;
    FILE *log;
    int tcp_port;
    char last[2048]; /* line of the log */
};

/* --- the process --- */

static void write_conf(const char *more)
{
    char text[4096];
    int n = snprintf(text, sizeof(text),
                     "[server]\ndata_dir = %s\nhttp = 127.0.0.1:0\ntcp = 127.0.0.1:0\n"
                     "jt808 = 127.0.0.1:0\nosmand = 127.0.0.1:0\ncards_dir = %s/cards\n"
                     "plans_dir = " SOURCE_DIR "/deploy/plans\n"
                     "speeds_file = " SOURCE_DIR "/deploy/speeds.conf\n"
                     "buttons_file = " SOURCE_DIR "/deploy/buttons.conf\n"
                     "[journal]\nreserve = 1MiB\nballast = 0\nsnapshot_records = 100\n"
                     "[limits]\nincidents = 5000\nassignments = 1000\n%s",
                     data, dir, more);
    assert_int_equal(os_replace_file(conf, text, (size_t)n, 0644), 0);
}

static void make_account(void)
{
    struct accounts accounts;
    struct accounts_policy policy;
    struct account wanted = {.login = "desk", .name = "desk", .role = ACCOUNT_DISPATCHER}, got;
    char path[TEMP_DIR_MAX + 32];
    uint32_t user;
    accounts_policy_defaults(&policy);
    policy.argon2_ops = crypto_pwhash_OPSLIMIT_MIN;
    policy.argon2_bytes = crypto_pwhash_MEMLIMIT_MIN;
    snprintf(path, sizeof(path), "%s/accounts.db", data);
    assert_int_equal(accounts_open(&accounts, path, &policy), 0);
    assert_int_equal(
        accounts_add(&accounts, &wanted, "Bright-7-Kestrel-Over-Stone", os_wall_ms(), &user), 0);
    assert_int_equal(accounts_sign_in(&accounts, "desk", "Bright-7-Kestrel-Over-Stone",
                                      os_wall_ms(), &got, token),
                     0);
    accounts_close(&accounts);
}

static int start(void **state)
{
    char path[TEMP_DIR_MAX + 32];
    (void)state;
    assert_true(sodium_init() >= 0);
    wire_init();
    temp_dir_make(dir);
    snprintf(conf, sizeof(conf), "%s/d.conf", dir);
    snprintf(data, sizeof(data), "%s/data", dir);
    snprintf(path, sizeof(path), "%s/cards", dir);
    assert_int_equal(os_make_dirs(path), 0);
    assert_int_equal(os_make_dirs(data), 0);
    snprintf(path, sizeof(path), "%s/cards/universal.yaml", dir);
    assert_int_equal(symlink(SOURCE_DIR "/deploy/cards/universal.yaml", path), 0);
    write_conf("");
    make_account();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    temp_dir_remove(dir);
    return 0;
}

static void spawn(struct child *child)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    child->pid = fork();
    assert_true(child->pid >= 0);
    if (child->pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        execl(DISPATCHD, DISPATCHD, "--config", conf, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    child->log = fdopen(ends[0], "r");
    assert_non_null(child->log);
}

/* Reads the log until this event; false at its end. */
static bool await_event(struct child *child, const char *event)
{
    while (fgets(child->last, sizeof(child->last), child->log))
        if (strstr(child->last, event))
            return true;
    return false;
}

static void await_serving(struct child *child)
{
    if (!await_event(child, "event=serving"))
        fail_msg("dispatchd did not come up");
    const char *port = strstr(child->last, " tcp=");
    assert_non_null(port);
    child->tcp_port = (int)strtol(port + 5, NULL, 10);
}

/* The exit code, or minus the signal. */
static int reap(struct child *child)
{
    int status;
    fclose(child->log);
    assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* --- a console that blocks --- */

struct console {
    int fd;
    struct wire_arena arena;
    struct buffer bytes;
};

static void send_frame(struct console *c, const struct client_frame *frame)
{
    buffer_clear(&c->bytes);
    wire_arena_reset(&c->arena);
    assert_int_equal(wire_client_frame_pack(&c->arena, frame, &c->bytes), 0);
    uint32_t length_be = htonl((uint32_t)c->bytes.n);
    (void)send(c->fd, &length_be, 4, MSG_NOSIGNAL);
    (void)send(c->fd, c->bytes.bytes, c->bytes.n, MSG_NOSIGNAL);
}

static bool receive(struct console *c, void *to, size_t n)
{
    return recv(c->fd, to, n, MSG_WAITALL) == (ssize_t)n;
}

static bool next_frame(struct console *c, struct server_frame *frame)
{
    static unsigned char bytes[WIRE_SERVER_FRAME_MAX];
    uint32_t length_be;
    if (!receive(c, &length_be, 4) || ntohl(length_be) > sizeof(bytes) ||
        !receive(c, bytes, ntohl(length_be)))
        return false;
    wire_arena_reset(&c->arena);
    assert_int_equal(wire_server_frame_unpack(&c->arena, bytes, ntohl(length_be), frame), 0);
    return true;
}

static void dial(struct console *c, int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct client_frame hello = {.kind = CLIENT_HELLO};
    memset(c, 0, sizeof(*c));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(wire_arena_init(&c->arena, WIRE_ARENA), 0);
    buffer_init(&c->bytes, WIRE_CLIENT_FRAME_MAX);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(c->fd, (struct sockaddr *)&to, sizeof(to)), 0);
    hello.hello.token = (struct text){token, ACCOUNT_TOKEN_CHARS};
    send_frame(c, &hello);
}

static void hang_up(struct console *c)
{
    close(c->fd);
    wire_arena_close(&c->arena);
    buffer_close(&c->bytes);
}

static void open_incident(struct console *c, uint64_t number)
{
    struct client_frame frame = {.kind = CLIENT_COMMAND};
    frame.command.kind = COMMAND_OPEN_INCIDENT;
    frame.command.client = CLIENT;
    frame.command.number = number;
    frame.command.open_incident.words = TEXT("here");
    send_frame(c, &frame);
}

/* --- tests --- */

static void test_told_to_stop(void **state)
{
    struct child child;
    struct console console;
    (void)state;
    spawn(&child);
    assert_true(await_event(&child, "event=journal-folded"));
    kill(child.pid, SIGTERM); /* before it serves */
    assert_int_equal(reap(&child), 0);
    spawn(&child);
    await_serving(&child);
    dial(&console, child.tcp_port);
    for (uint64_t n = 1; n <= IN_FLIGHT; n++) /* while it works */
        open_incident(&console, n);
    kill(child.pid, SIGHUP);
    assert_true(await_event(&child, "event=reloaded"));
    kill(child.pid, SIGTERM);
    assert_true(await_event(&child, "event=stopped seq="));
    assert_null(strstr(child.last, "seq=0"));
    assert_int_equal(reap(&child), 0);
    hang_up(&console);
}

struct ledger {
    uint64_t seq[NUMBERS_MAX], count[NUMBERS_MAX], acknowledged;
};

static bool count_record(void *context, const struct journal_record *record,
                         const unsigned char hash[static JOURNAL_HASH_SIZE])
{
    struct ledger *ledger = context;
    (void)hash;
    if (record->client != CLIENT)
        return true;
    assert_true(record->number < NUMBERS_MAX);
    ledger->count[record->number]++;
    if (record->number <= ledger->acknowledged)
        assert_int_equal(record->seq, ledger->seq[record->number]);
    return true;
}

/* Answers until so many have come, with IN_FLIGHT commands always under way. */
static void work(struct console *c, struct ledger *ledger, uint64_t answers)
{
    struct server_frame frame;
    uint64_t sent = ledger->acknowledged;
    for (uint64_t until = ledger->acknowledged + answers; ledger->acknowledged < until;) {
        while (sent < ledger->acknowledged + IN_FLIGHT)
            open_incident(c, ++sent);
        assert_true(next_frame(c, &frame));
        if (frame.kind != SERVER_REPLY)
            continue;
        assert_int_equal(frame.reply.refusal, REFUSE_NONE);
        assert_int_equal(frame.reply.number, ledger->acknowledged + 1);
        ledger->seq[++ledger->acknowledged] = frame.reply.seq;
    }
    while (sent < ledger->acknowledged + IN_FLIGHT)
        open_incident(c, ++sent);
}

/* kill -9 at any moment, twenty times: what was acknowledged is there, exactly once, and what was
 * not is asked for again and has one effect. */
static void test_killed_at_any_moment(void **state)
{
    static struct ledger ledger;
    struct journal_reader *reader;
    char errmsg[ERRMSG_MAX];
    uint32_t dice = 12345;
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct child child;
        struct console console;
        dice = dice * 1664525u + 1013904223u;
        spawn(&child);
        await_serving(&child);
        dial(&console, child.tcp_port);
        work(&console, &ledger, dice >> 26);
        kill(child.pid, SIGKILL);
        assert_int_equal(reap(&child), -SIGKILL);
        hang_up(&console);
    }
    assert_true(ledger.acknowledged > 300);
    assert_int_equal(journal_reader_open(&reader, data, errmsg), 0);
    assert_true(journal_read(reader, 0, UINT64_MAX, count_record, &ledger) > 0);
    uint64_t bad_seq;
    assert_int_equal(journal_verify_chain(reader, 0, &bad_seq), 0);
    journal_reader_close(reader);
    for (uint64_t n = 1; n <= ledger.acknowledged; n++)
        assert_int_equal(ledger.count[n], 1);
    for (uint64_t n = ledger.acknowledged + 1; n < NUMBERS_MAX; n++)
        assert_true(ledger.count[n] <= 1);
}

static void tamper(const char *sql)
{
    char path[TEMP_DIR_MAX + 32];
    sqlite3 *db;
    snprintf(path, sizeof(path), "%s/journal.db", data);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_changes(db), 1);
    sqlite3_close(db);
}

static void read_journal(unsigned char **bytes, size_t *n)
{
    char path[TEMP_DIR_MAX + 32];
    snprintf(path, sizeof(path), "%s/journal.db", data);
    assert_int_equal(os_read_file(path, 1 << 28, bytes, n), 0);
}

/* Somebody changed a record: said with its number and what to do, exit code 1, nothing touched. */
static void test_tampered_journal(void **state)
{
    struct child child;
    struct console console;
    struct ledger ledger = {0};
    unsigned char *before, *after;
    size_t before_n, after_n;
    (void)state;
    spawn(&child);
    await_serving(&child);
    dial(&console, child.tcp_port);
    work(&console, &ledger, 5);
    kill(child.pid, SIGTERM);
    assert_int_equal(reap(&child), 0);
    hang_up(&console);
    tamper("update ev set number = number + 1 where seq = 6");
    read_journal(&before, &before_n);
    spawn(&child);
    assert_true(await_event(&child, "dispatchd: "));
    assert_non_null(strstr(child.last, "seq 6"));
    assert_int_equal(reap(&child), 1);
    read_journal(&after, &after_n);
    assert_int_equal(before_n, after_n);
    assert_memory_equal(before, after, after_n);
    free(before);
    free(after);
}

static void test_bad_settings(void **state)
{
    struct child child;
    (void)state;
    write_conf("no_such_setting = 3\n");
    spawn(&child);
    assert_true(await_event(&child, "d.conf:"));
    assert_non_null(strstr(child.last, "no_such_setting"));
    assert_int_equal(reap(&child), 1);
}

/* Redis and PostgreSQL are not there: dispatch goes on. */
static void test_without_readers(void **state)
{
    struct child child;
    struct console console;
    struct ledger ledger = {0};
    (void)state;
    write_conf("[redis]\naddress = 127.0.0.1:1\n[postgres]\nconninfo = host=127.0.0.1 port=1\n");
    for (int i = 0; i < 2; i++) {
        spawn(&child);
        await_serving(&child);
        dial(&console, child.tcp_port);
        work(&console, &ledger, 20);
        kill(child.pid, SIGTERM);
        assert_int_equal(reap(&child), 0);
        hang_up(&console);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_told_to_stop, start, stop),
        cmocka_unit_test_setup_teardown(test_killed_at_any_moment, start, stop),
        cmocka_unit_test_setup_teardown(test_tampered_journal, start, stop),
        cmocka_unit_test_setup_teardown(test_bad_settings, start, stop),
        cmocka_unit_test_setup_teardown(test_without_readers, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
