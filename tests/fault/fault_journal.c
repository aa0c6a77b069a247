/* fault_journal [faults] [seed]: the journal over a disk that fails, life after life.
 * fault_journal --broken sync|boot|reply: the same with one promise taken away; succeeds when the
 * loss is noticed.
 *
 * A life is a process: it opens the journal, compares all that is in it with what was ever
 * appended, commits its BOOT record, appends, and ends by the fault of its plan, by `kill -9` or
 * properly; then the power may go. What was acknowledged in any life must be there in every later
 * one, record by record and key by key; what was not may be there, but whole and as it was
 * appended last. The plan of every life comes from the seed; how threads interleave does not. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "dispatch/journal/journal.h"
#include "dispatch/must.h"
#include "tests/fault/broken.h"
#include "tests/fault/fault_vfs.h"
#include "tests/lib/temp_dir.h"

enum {
    SEQ_MAX = 1024, /* then a new journal is begun */
    LIFE_APPENDS_MAX = 400,
    JOURNAL_LIVES = 60, /* or after about so many lives: reading it all takes time */
    HISTORY = 10,       /* lives told of when there is a finding */
    BODY_MAX = 9000,
    KEY_EVERY = 11,   /* every so many records make a key … */
    FORGET_AFTER = 5, /* … and so many later it is forgotten */
    BROKEN_LIVES_MAX = 20000,
};

enum life_end { END_CLOSED = 0, END_REFUSED = 2, END_COMPLAINT = 3, END_DIED = FAULT_DIED };

/* Shared by all lives. */
struct world {
    struct disk disk;
    struct fault_plan plan;
    uint64_t dice;
    uint64_t acked;          /* acknowledged, in any life of this journal */
    uint64_t appended;       /* what may be there at most */
    uint32_t nonce[SEQ_MAX]; /* of the record appended last under this seq */
    uint64_t opened_at;      /* in this life */
    uint64_t acked_in_all;
    char complaint[ERRMSG_MAX + 64];
};

static struct world *world;
static char dir[TEMP_DIR_MAX], ballast[TEMP_DIR_MAX + 32];

static uint64_t throw(uint64_t sides)
{
    return dice_throw(&world->dice, sides);
}

__attribute__((format(printf, 1, 2))) static _Noreturn void complain(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(world->complaint, sizeof(world->complaint), format, args);
    va_end(args);
    _exit(END_COMPLAINT);
}

/* An error is what the plan wanted, or a finding. */
static _Noreturn void give_up(const char *doing, const char *why)
{
    if (__atomic_load_n(&world->plan.fired, __ATOMIC_RELAXED)) /* the writer's thread may set it */
        _exit(END_REFUSED);
    complain("without any fault, %s: %s", doing, why);
}

/* --- what record `seq` must say --- */

static struct journal_record expected(uint64_t seq, unsigned char body[static BODY_MAX])
{
    uint32_t nonce = world->nonce[seq];
    uint64_t dice = seq << 32 | nonce;
    size_t size = nonce % 16 ? nonce % 300 : 3000 + nonce % 6000;

    for (size_t i = 0; i < size; i++)
        body[i] = (unsigned char)(i % 8 ? body[i - 1] + 1u : dice_throw(&dice, 256));
    return (struct journal_record){.seq = seq,
                                   .at_ms = (int64_t)(1000 + seq),
                                   .client = nonce % 5 + 1,
                                   .number = 2 * seq + nonce % 2,
                                   .body = body,
                                   .size = size};
}

static struct journal_key key_of(uint64_t seq)
{
    struct journal_key key = {.kind = 1, .id = seq, .size = 32};

    memset(key.bytes, (int)(world->nonce[seq] % 255), 32);
    return key;
}

/* --- comparing --- */

struct comparison {
    uint64_t seq;
    unsigned char hash[JOURNAL_HASH_SIZE];
};

static bool compare_record(void *ctx, const struct journal_record *got,
                           const unsigned char stored[static JOURNAL_HASH_SIZE])
{
    static unsigned char body[BODY_MAX];
    struct comparison *at = ctx;
    unsigned char hash[JOURNAL_HASH_SIZE];

    if (got->seq != ++at->seq || got->seq > world->appended)
        complain("wrong: seq %" PRIu64 " where %" PRIu64 " should be, appended %" PRIu64, got->seq,
                 at->seq, world->appended);
    struct journal_record want = expected(at->seq, body);
    if (got->at_ms != want.at_ms || got->client != want.client || got->number != want.number ||
        got->size != want.size || (got->size && memcmp(got->body, want.body, want.size) != 0))
        complain("wrong: seq %" PRIu64 " does not say what was appended: at %" PRIi64 ", %" PRIu64
                 "/%" PRIu64 ", %zu bytes instead of %" PRIi64 ", %" PRIu64 "/%" PRIu64
                 ", %zu bytes",
                 at->seq, got->at_ms, got->client, got->number, got->size, want.at_ms, want.client,
                 want.number, want.size);
    journal_hash(at->hash, &want, hash);
    if (memcmp(hash, stored, JOURNAL_HASH_SIZE) != 0)
        complain("wrong: the chain is broken at seq %" PRIu64, at->seq);
    memcpy(at->hash, hash, JOURNAL_HASH_SIZE);
    return true;
}

/* A record and its change of a key are there together or not at all. */
static void compare_keys(struct journal_reader *reader, uint64_t head)
{
    for (uint64_t seq = KEY_EVERY; seq <= world->appended; seq += KEY_EVERY) {
        struct journal_key got = {0}, want = key_of(seq);
        int found = journal_read_key(reader, 1, seq, &got);
        if (found < 0)
            give_up("reading a key", journal_reader_errmsg(reader));
        bool forgotten = seq + FORGET_AFTER <= head;
        if (found != (seq <= head) || (found && got.size != (forgotten ? 0 : want.size)) ||
            memcmp(got.bytes, want.bytes, got.size) != 0)
            complain("wrong: the key made by %" PRIu64 " at %" PRIu64 ": found %d, size %u", seq,
                     head, found, got.size);
    }
}

static size_t snapshot_bytes(uint64_t seq, unsigned char bytes[static BODY_MAX])
{
    size_t size = 100 + (size_t)(seq * 37 % 8000);

    memset(bytes, (int)(seq % 251), size);
    return size;
}

static void compare_snapshot(struct journal_reader *reader, uint64_t head)
{
    static unsigned char bytes[BODY_MAX];
    struct journal_snapshot got;

    if (journal_read_snapshot(reader, UINT64_MAX, &got) < 0)
        give_up("reading a snapshot", journal_reader_errmsg(reader));
    if (got.seq == 0)
        return;
    size_t size = snapshot_bytes(got.seq, bytes);
    if (got.seq > head || got.size != size || memcmp(got.bytes, bytes, size) != 0)
        complain("wrong: the snapshot of %" PRIu64 " at %" PRIu64, got.seq, head);
    journal_snapshot_free(&got);
}

static void compare_all(struct journal_reader *reader, uint64_t opened_at)
{
    struct comparison at = {0};
    uint64_t bad_seq;

    if (journal_read(reader, 0, UINT64_MAX, compare_record, &at) < 0)
        give_up("reading", journal_reader_errmsg(reader));
    if (at.seq != opened_at)
        complain("wrong: opened at %" PRIu64 ", read %" PRIu64, opened_at, at.seq);
    if (at.seq < world->acked)
        complain("lost: acknowledged %" PRIu64 ", there are %" PRIu64, world->acked, at.seq);
    if (journal_verify_chain(reader, 0, &bad_seq) < 0)
        give_up("verifying", journal_reader_errmsg(reader));
    compare_keys(reader, at.seq);
    compare_snapshot(reader, at.seq);
}

/* --- a life --- */

struct server {
    uv_loop_t loop;
    struct journal *journal;
    struct journal_reader *reader;
    uint64_t last_seq;
};

static void acknowledge(uint64_t seq)
{
    if (seq > world->acked) {
        world->acked_in_all += seq - world->acked;
        world->acked = seq;
    }
}

static void on_durable(void *ctx, uint64_t seq)
{
    (void)ctx;
    acknowledge(seq);
}

static void wait_durable(struct server *server)
{
    while (journal_durable_seq(server->journal) < server->last_seq ||
           world->acked < server->last_seq)
        uv_run(&server->loop, UV_RUN_ONCE);
}

static void append(struct server *server)
{
    static unsigned char body[BODY_MAX];
    uint64_t seq = ++server->last_seq;
    struct journal_key key;

    must(seq < SEQ_MAX);
    world->nonce[seq] = (uint32_t) throw(UINT32_MAX);
    struct journal_record record = expected(seq, body);
    if (seq % KEY_EVERY == 0)
        key = key_of(seq);
    else if (seq > KEY_EVERY && seq % KEY_EVERY == FORGET_AFTER)
        key = (struct journal_key){.kind = 1, .id = seq - FORGET_AFTER};
    else
        key = (struct journal_key){0};
    record.keys = &key;
    record.key_count = key.kind > 0;
    world->appended = seq;
    while (journal_append(server->journal, &record) != JOURNAL_APPENDED)
        uv_run(&server->loop, UV_RUN_ONCE);
    if (broken == BROKEN_REPLY)
        acknowledge(seq);
}

static void put_snapshot(struct server *server)
{
    static unsigned char bytes[BODY_MAX];
    struct journal_head head;

    if (journal_read_head(server->reader, &head) < 0)
        give_up("reading the head", journal_reader_errmsg(server->reader));
    /* The reader may see a commit a moment before it is called durable. */
    if (head.seq > 0 && head.seq <= journal_durable_seq(server->journal))
        journal_put_snapshot(server->journal, head.seq, head.hash, bytes,
                             snapshot_bytes(head.seq, bytes));
}

static bool read_on(void *ctx, const struct journal_record *record,
                    const unsigned char hash[static JOURNAL_HASH_SIZE])
{
    (void)ctx;
    (void)record;
    (void)hash;
    return true;
}

static void serve(struct server *server)
{
    uint64_t batches = 1 + throw(8);

    for (uint64_t i = 0; i < batches; i++) {
        for (uint64_t n = 1 + (throw(8) ? throw(6) : throw(LIFE_APPENDS_MAX / 10)); n > 0; n--)
            append(server);
        if (throw(4) == 0 && journal_read(server->reader, world->acked / 2, 50, read_on, NULL) < 0)
            give_up("reading on", journal_reader_errmsg(server->reader));
        if (throw(4))
            wait_durable(server);
        if (throw(6) == 0)
            put_snapshot(server);
    }
}

static void open_all(struct server *server)
{
    struct journal_options options = {.dir = dir,
                                      .loop = &server->loop,
                                      .reserve_bytes = 1,
                                      .ballast_bytes = 1,
                                      .queue_bytes = 2 << 20,
                                      .verify_all = throw(2),
                                      .on_durable_cb = on_durable};
    char errmsg[ERRMSG_MAX];

    if (journal_open(&server->journal, &options, errmsg) < 0)
        give_up("opening", errmsg);
    if (journal_reader_open(&server->reader, dir, errmsg) < 0)
        give_up("opening a reader", errmsg);
    server->last_seq = world->opened_at = journal_opened_at(server->journal).seq;
}

static _Noreturn void live(bool armed_early)
{
    struct server server = {0};
    int quiet = open("/dev/null", O_WRONLY);

    dup2(quiet, STDERR_FILENO);
    must(uv_loop_init(&server.loop) == 0);
    fault_vfs_install(&world->disk, &world->plan, ballast);
    world->plan.armed = armed_early;
    open_all(&server);
    compare_all(server.reader, server.last_seq);
    world->appended = server.last_seq;
    world->plan.armed = true;
    if (broken == BROKEN_BOOT) {
        acknowledge(server.last_seq);
    } else {
        append(&server);
        wait_durable(&server);
    }
    serve(&server);
    if (throw(3))
        fault_die();
    journal_reader_close(server.reader);
    journal_close(server.journal, NULL, NULL);
    uv_run(&server.loop, UV_RUN_DEFAULT);
    acknowledge(server.last_seq);
    fault_die();
}

/* --- life after life --- */

static const char *const kind_names[FAULT_KINDS] = {"none", "die",      "read", "write",
                                                    "sync", "truncate", "full", "memory"};

struct tally {
    uint64_t lives, faults, refused, aborted;
    uint64_t by_kind[FAULT_KINDS];
    char history[HISTORY][160];
};

static void draw_plan(void)
{
    static const uint64_t bits[FAULT_KINDS] = {1, 9, 8, 8, 5, 2, 7, 13};
    enum fault_kind kind = (enum fault_kind) throw(FAULT_KINDS);

    world->plan = (struct fault_plan){.kind = kind,
                                      .at = 1 + throw(UINT64_C(1) << throw(bits[kind] + 1)),
                                      .lasting = throw(4) == 0};
}

static void begin_journal(void)
{
    char path[TEMP_DIR_MAX + 32];

    disk_wipe(&world->disk);
    snprintf(path, sizeof(path), "%s/journal.db-shm", dir);
    unlink(path);
    world->acked = 0;
    world->appended = 0;
}

/* How a life ended that was meant to end so; false: it is a finding. */
static bool judge(int status, struct tally *tally)
{
    tally->lives++;
    tally->by_kind[world->plan.kind] += world->plan.fired;
    tally->faults += world->plan.fired;
    if (WIFEXITED(status) && WEXITSTATUS(status) == END_REFUSED) {
        tally->refused++;
        return true;
    }
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && world->plan.fired) {
        tally->aborted++;
        return true;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == END_DIED)
        return true;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != END_COMPLAINT)
        snprintf(world->complaint, sizeof(world->complaint), "ended with status %x", status);
    return false;
}

static void remember(struct tally *tally, bool armed_early, int status, bool cut)
{
    const struct fault_plan *plan = &world->plan;

    snprintf(tally->history[tally->lives % HISTORY], sizeof(tally->history[0]),
             "%s at %" PRIu64 "%s%s, %s after %" PRIu64 " calls; opened at %" PRIu64
             ", appended %" PRIu64 ", acknowledged %" PRIu64 ", status %x%s",
             kind_names[plan->kind], plan->at, plan->lasting ? " and on" : "",
             armed_early ? " from the start" : "", plan->fired ? "came" : "did not come",
             plan->calls, world->opened_at, world->appended, world->acked, (unsigned)status,
             cut ? ", power cut" : "");
}

static void tell_history(const struct tally *tally)
{
    for (uint64_t i = tally->lives < HISTORY ? 1 : tally->lives - HISTORY + 1; i <= tally->lives;
         i++)
        printf("life %" PRIu64 ": %s\n", i, tally->history[i % HISTORY]);
    printf("%s\n", world->complaint);
}

static bool one_life(struct tally *tally)
{
    int status;

    if (world->appended > SEQ_MAX - LIFE_APPENDS_MAX - 1 || throw(JOURNAL_LIVES) == 0)
        begin_journal();
    draw_plan();
    broken_wal_pages = throw(3) ? 1 + (int) throw(40) : 1000;
    bool armed_early = throw(2);
    bool cut = throw(2);
    uint64_t dice = throw(UINT64_MAX);
    world->opened_at = 0;
    fflush(NULL);
    pid_t child = fork();
    must(child >= 0);
    if (child == 0)
        live(armed_early);
    must(waitpid(child, &status, 0) == child);
    world->dice = dice; /* whatever the threads of the child threw */
    bool good = judge(status, tally);
    remember(tally, armed_early, status, good && cut);
    if (good && cut) {
        disk_cut(&world->disk);
        tally->faults++;
    }
    return good;
}

static void report(const struct tally *tally, double took_s)
{
    printf("faults=%" PRIu64 " seconds=%.1f faults_per_second=%.0f lives=%" PRIu64
           " power_cuts=%" PRIu64,
           tally->faults, took_s, (double)tally->faults / took_s, tally->lives, world->disk.cuts);
    for (int kind = FAULT_DIE; kind < FAULT_KINDS; kind++)
        printf(" %s=%" PRIu64, kind_names[kind], tally->by_kind[kind]);
    printf("\nacknowledged=%" PRIu64 " aborted=%" PRIu64 " refused_to_open_or_read=%" PRIu64 "\n",
           world->acked_in_all, tally->aborted, tally->refused);
}

/* Until so many faults have come; false at the first finding. */
static bool run(uint64_t faults, uint64_t lives)
{
    struct tally tally = {0};
    uint64_t began_ns = uv_hrtime();
    bool good = true;

    while (good && tally.faults < faults && tally.lives < lives)
        good = one_life(&tally);
    report(&tally, (double)(uv_hrtime() - began_ns) / 1e9);
    if (!good)
        tell_history(&tally);
    return good;
}

/* Records that are gone, or a file that cannot be read any more. */
static bool is_loss(const char *complaint)
{
    return strncmp(complaint, "lost:", 5) == 0 || strstr(complaint, "malformed");
}

static int run_broken(const char *what)
{
    static const char *const names[BROKEN_COUNT] = {"nothing", "sync", "boot", "reply"};

    while (broken < BROKEN_COUNT && strcmp(names[broken], what) != 0)
        broken++;
    must(broken < BROKEN_COUNT);
    if (!run(UINT64_MAX, BROKEN_LIVES_MAX))
        return is_loss(world->complaint) ? 0 : 1;
    printf("the loss was not noticed\n");
    return 1;
}

int main(int argc, char **argv)
{
    const struct rlimit no_core = {0, 0};
    bool is_broken = argc > 2 && strcmp(argv[1], "--broken") == 0;

    setrlimit(RLIMIT_CORE, &no_core);
    world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(world != MAP_FAILED);
    world->dice = argc > 2 && !is_broken ? strtoull(argv[2], NULL, 10) : 1;
    world->disk.dice = world->dice + 1;
    temp_dir_make(dir);
    snprintf(ballast, sizeof(ballast), "%s/journal.ballast", dir);
    int rc = is_broken ? run_broken(argv[2])
             : run(argc > 1 ? strtoull(argv[1], NULL, 10) : 2000, UINT64_MAX) ? 0
                                                                              : 1;
    temp_dir_remove(dir);
    munmap(world, sizeof(*world));
    return rc;
}
