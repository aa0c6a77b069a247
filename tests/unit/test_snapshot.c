/* fold and snapshot: a journal folds to the state it came from, from the beginning or from a
 * snapshot, and says what is wrong when it cannot. On a real journal. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "dispatch/base/log.h"
#include "dispatch/line/fold.h"
#include "dispatch/line/snapshot.h"
#include "tests/lib/random_day.h"
#include "tests/lib/temp_dir.h"

static char dir[TEMP_DIR_MAX];
static struct random_day day;

static int start(void **state)
{
    (void)state;
    temp_dir_make(dir);
    random_day_make(&day, dir);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    temp_dir_remove(dir);
    return 0;
}

/* A second core beside the day's, folding what it wrote. */
struct second {
    struct core core;
    void *memory;
    struct journal_reader *reader;
    struct vault vault;
    struct fold fold;
    char errmsg[ERRMSG_MAX];
};

static void make_core(struct core *core, void **memory, uint32_t incidents)
{
    struct limits limits;
    struct policy policy;
    pipeline_limits(&day.config, &limits);
    pipeline_policy(&day.config, &policy);
    if (incidents)
        limits.max[OBJECT_INCIDENT] = incidents;
    *memory = malloc(core_bytes(&limits));
    assert_non_null(*memory);
    core_init(core, *memory, &limits, &policy);
}

static void open_second(struct second *s, uint32_t incidents)
{
    make_core(&s->core, &s->memory, incidents);
    assert_int_equal(journal_reader_open(&s->reader, dir, s->errmsg), 0);
    assert_int_equal(vault_init(&s->vault, s->reader, NULL, 4096), 0);
    assert_int_equal(fold_init(&s->fold, &s->core, s->reader, &s->vault), 0);
}

static void close_second(struct second *s)
{
    fold_close(&s->fold);
    vault_close(&s->vault);
    journal_reader_close(s->reader);
    free(s->memory);
}

static void live_digest(unsigned char digest[static SNAPSHOT_DIGEST])
{
    snapshot_digest(&day.pipeline.core, digest);
}

static uint64_t snapshots_kept(void)
{
    return journal_stats(day.pipeline.journal).snapshot_seq;
}

/* Days of anything, with a snapshot every 100 records made by a worker while they go on. */
static void test_restart_gives_the_same_state(void **state)
{
    unsigned char before[SNAPSHOT_DIGEST], after[SNAPSHOT_DIGEST];
    (void)state;
    random_day_open(&day, 11);
    random_day_pass(&day, 1500);
    while (snapshots_kept() == 0) { /* a worker is on it */
        random_day_pass(&day, 5);
        uv_run(&day.loop, UV_RUN_ONCE);
    }
    random_day_pass(&day, 50);
    assert_int_equal(day.metrics.value[METRIC_STATE_DIFFERS], 0);
    assert_string_equal(core_check(&day.pipeline.core), "");
    uint64_t seq = pipeline_seq(&day.pipeline);
    live_digest(before);
    random_day_close(&day);

    struct second whole, short_way, half;
    open_second(&whole, 0); /* from the very beginning */
    assert_int_equal(fold_records(&whole.fold, seq / 2), 0);
    assert_int_equal(whole.core.state.head->seq, seq / 2);
    assert_int_equal(fold_records(&whole.fold, UINT64_MAX), 0);
    assert_int_equal(whole.fold.records, seq);
    assert_int_equal(whole.fold.snapshot_seq, 0);
    snapshot_digest(&whole.core, after);
    assert_memory_equal(before, after, sizeof(before));
    open_second(&short_way, 0); /* from the last snapshot */
    assert_int_equal(fold_snapshot(&short_way.fold, UINT64_MAX), 0);
    assert_true(short_way.fold.snapshot_seq > 0);
    assert_int_equal(fold_records(&short_way.fold, UINT64_MAX), 0);
    assert_true(short_way.fold.records < seq);
    snapshot_digest(&short_way.core, after);
    assert_memory_equal(before, after, sizeof(before));
    assert_memory_equal(short_way.fold.hash, whole.fold.hash, JOURNAL_HASH_SIZE);
    open_second(&half, 0); /* none is as old as that */
    assert_int_equal(fold_snapshot(&half.fold, 10), 0);
    assert_int_equal(half.fold.snapshot_seq, 0);
    close_second(&whole);
    close_second(&short_way);
    close_second(&half);

    random_day_open(&day, 11);
    assert_true(day.pipeline.folded < seq); /* it began with the snapshot, too */
    random_day_close(&day);
}

/* Personal data comes through a snapshot, and is not in its bytes. */
static void test_snapshot_is_sealed(void **state)
{
    struct second s;
    struct buffer bytes;
    struct personal personal;
    static const char secret[] = "北京路 77 号";
    (void)state;
    random_day_open(&day, 11);
    random_day_do(&day, "open_incident words=\"北京路 77 号\" at=39.02,106.38");
    uint64_t seq = pipeline_seq(&day.pipeline);
    random_day_close(&day);
    open_second(&s, 0);
    assert_int_equal(fold_records(&s.fold, seq), 0);
    buffer_init(&bytes, 1 << 24);
    personal_init(&personal, &s.vault);
    personal_begin(&personal, seq);
    assert_int_equal(snapshot_pack(&s.core, &s.fold.arena, &personal.wire, &bytes, s.errmsg), 0);
    assert_int_equal(personal.key_count, 0); /* every key was born with its record */
    assert_null(memmem(bytes.bytes, bytes.n, secret, sizeof(secret) - 1));
    struct core core;
    void *memory;
    make_core(&core, &memory, 0);
    personal_begin(&personal, seq);
    assert_int_equal(
        snapshot_unpack(&core, &s.fold.arena, &personal.wire, bytes.bytes, bytes.n, s.errmsg), 0);
    const struct incident *incident = state_incident(&core.state, 1);
    assert_true(text_same(incident->words, TEXT("北京路 77 号")));
    free(memory);

    make_core(&core, &memory, 0); /* cut short anywhere, it is refused with a text */
    for (size_t n = 1; n < bytes.n; n += 1 + bytes.n / 50) {
        s.errmsg[0] = 0;
        free(memory);
        make_core(&core, &memory, 0);
        personal_begin(&personal, seq);
        int result =
            snapshot_unpack(&core, &s.fold.arena, &personal.wire, bytes.bytes, n, s.errmsg);
        assert_true(result == 0 || s.errmsg[0]); /* 0: cut between two objects */
    }
    free(memory);
    buffer_close(&bytes);
    close_second(&s);
}

static void test_snapshot_larger_than_the_tables(void **state)
{
    struct second s;
    (void)state;
    random_day_open(&day, 11);
    for (int i = 0; i < 30; i++)
        random_day_do(&day, "open_incident words=here");
    while (snapshots_kept() == 0) {
        random_day_do(&day, "set_hospital_status H1 status=open beds_free=3");
        uv_run(&day.loop, UV_RUN_ONCE);
    }
    random_day_close(&day);
    open_second(&s, 5);
    assert_int_equal(fold_snapshot(&s.fold, UINT64_MAX), -1);
    assert_non_null(strstr(s.fold.errmsg, "raise [limits]"));
    close_second(&s);
}

/* Switched on over records in clear: no snapshot that would seal with a key nobody keeps. */
static void test_encryption_switched_on_later(void **state)
{
    (void)state;
    day.config.privacy.encrypt = false;
    random_day_open(&day, 11);
    random_day_do(&day, "open_incident words=\"in clear\"");
    random_day_close(&day);
    day.config.privacy.encrypt = true;
    random_day_open(&day, 11);
    random_day_do(&day, "open_incident words=sealed");
    log_set_level(LOG_LEVEL_ERROR + 1); /* it complains, rightly */
    uint64_t seq = pipeline_seq(&day.pipeline);
    while (pipeline_seq(&day.pipeline) < seq + 350) {
        random_day_do(&day, "set_hospital_status H1 status=open beds_free=3");
        uv_run(&day.loop, UV_RUN_ONCE);
    }
    random_day_close(&day);
    log_set_level(LOG_LEVEL_ERROR);
    random_day_open(&day, 11); /* and it comes back whole */
    assert_true(day.pipeline.folded >= seq);
    assert_true(text_same(state_incident(&day.pipeline.core.state, 1)->words, TEXT("in clear")));
    assert_true(text_same(state_incident(&day.pipeline.core.state, 2)->words, TEXT("sealed")));
    random_day_close(&day);
}

/* A record of a newer program, or of nobody: named, with what to do. */
static void test_unreadable_record(void **state)
{
    struct second s;
    struct journal *journal;
    char errmsg[ERRMSG_MAX];
    (void)state;
    random_day_open(&day, 11);
    uint64_t seq = pipeline_seq(&day.pipeline);
    random_day_until(&day, day.pipeline.feed.durable >= seq);
    journal = day.pipeline.journal;
    const struct journal_record bad = {.seq = seq + 1,
                                       .at_ms = day.now_ms,
                                       .body = (const unsigned char *)"\xff\xff\xff",
                                       .size = 3};
    assert_int_equal(journal_append(journal, &bad), JOURNAL_APPENDED);
    while (journal_durable_seq(journal) <= seq)
        uv_run(&day.loop, UV_RUN_NOWAIT);
    open_second(&s, 0);
    assert_int_equal(fold_records(&s.fold, UINT64_MAX), -1);
    snprintf(errmsg, sizeof(errmsg), "record %d of the journal cannot be read", (int)seq + 1);
    assert_non_null(strstr(s.fold.errmsg, errmsg));
    assert_non_null(strstr(s.fold.errmsg, "dispatchctl restore"));
    assert_int_equal(s.core.state.head->seq, seq);
    close_second(&s);
    random_day_close(&day);
}

/* --- a person who is forgotten --- */

/* Where a vault's entry has its key, after its subject (vault.c); what SQLite has in its pages does
 * not look so. */
enum { KEY_AT = 34, KEY_BYTES = 32, ID_AT = 8, PAGE_BYTES = 4096 };

static bool is_entry(const unsigned char *at, uint64_t incident, const unsigned char *turned)
{
    uint32_t kind;
    uint64_t id;
    memcpy(&kind, at, sizeof(kind));
    memcpy(&id, at + ID_AT, sizeof(id));
    for (int i = 0; i < KEY_BYTES; i++)
        if ((at[KEY_AT + i] ^ turned[i]) != 0xff)
            return false;
    return kind == LETTER_incident && id == incident;
}

/* How many vaults of this process hold this key, which is kept here turned round. */
static int vaults_with(uint64_t incident, const unsigned char *turned)
{
    enum { ENTRY = KEY_AT + KEY_BYTES };
    FILE *maps = fopen("/proc/self/maps", "r");
    int memory = open("/proc/self/mem", O_RDONLY), found = 0;
    char line[512], may[8];
    unsigned long from, to;
    assert_true(maps && memory >= 0);
    while (fgets(line, sizeof(line), maps)) {
        assert_int_equal(sscanf(line, "%lx-%lx %7s", &from, &to, may), 3);
        for (unsigned long at = from; may[1] == 'w' && at < to; at += PAGE_BYTES) {
            unsigned char page[PAGE_BYTES + ENTRY];
            ssize_t n = pread(memory, page, at + sizeof(page) <= to ? sizeof(page) : PAGE_BYTES,
                              (off_t)at);
            for (ssize_t i = 0; i + ENTRY <= n && i < PAGE_BYTES; i++)
                found += page[i] == LETTER_incident && is_entry(page + i, incident, turned);
            explicit_bzero(page, sizeof(page));
        }
    }
    fclose(maps);
    close(memory);
    return found;
}

static void read_turned(struct journal_reader *reader, uint64_t incident, unsigned char turned[32])
{
    struct journal_key key;
    assert_int_equal(journal_read_key(reader, LETTER_incident, incident, &key), 1);
    assert_int_equal(key.size, 32);
    for (int i = 0; i < 32; i++)
        turned[i] = (unsigned char)~key.bytes[i];
    explicit_bzero(&key, sizeof(key));
}

/* The second core's vault read his key for a snapshot; the journal says that he is forgotten. */
static void test_a_forgotten_key_leaves_every_vault(void **state)
{
    unsigned char sealed[64], turned[32];
    struct journal_key key;
    struct second s;
    bool born;
    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    print_message("SKIP: a sanitizer's own memory is too large to look through\n");
    skip();
#endif
    random_day_open(&day, 5);
    random_day_do(&day, "open_incident words=\"人民广场\" complaint=\"胸痛\" source=map");
    uint64_t incident = day.pipeline.core.state.head->last_incident;
    char line[64];
    snprintf(line, sizeof(line), "close_incident I%d outcome=advice", (int)incident);
    random_day_do(&day, line);
    random_day_pass(&day, 200);
    random_day_until(&day, snapshots_kept() > 0);
    random_day_settle(&day);
    open_second(&s, 0);
    assert_int_equal(fold_records(&s.fold, UINT64_MAX), 0);
    read_turned(s.reader, incident, turned);
    assert_int_equal(vaults_with(incident, turned), 3); /* the line's, the snapshots', ours */
    snprintf(line, sizeof(line), "forget_incident I%d cause=asked", (int)incident);
    random_day_do(&day, line);
    random_day_settle(&day);
    assert_int_equal(fold_records(&s.fold, UINT64_MAX), 0);
    assert_int_equal(vault_seal(&s.vault, (struct vault_subject){LETTER_incident, incident}, 1, "x",
                                1, sealed, &key, &born),
                     VAULT_FORGOTTEN);
    random_day_until(&day, vaults_with(incident, turned) == 0); /* a worker may have been at it */
    close_second(&s);
    random_day_close(&day);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_restart_gives_the_same_state, start, stop),
        cmocka_unit_test_setup_teardown(test_snapshot_is_sealed, start, stop),
        cmocka_unit_test_setup_teardown(test_a_forgotten_key_leaves_every_vault, start, stop),
        cmocka_unit_test_setup_teardown(test_snapshot_larger_than_the_tables, start, stop),
        cmocka_unit_test_setup_teardown(test_encryption_switched_on_later, start, stop),
        cmocka_unit_test_setup_teardown(test_unreadable_record, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
