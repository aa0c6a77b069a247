/* The vault, on the journal that is linked: on disk, or in memory (test_vault_memory). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "dispatch/journal/vault.h"
#include "dispatch/must.h"
#include "tests/lib/temp_dir.h"

enum { PATIENT = 1, CALLER = 2, SEALED_MAX = 256 };

static char dir[TEMP_DIR_MAX];
static char key_path[TEMP_DIR_MAX + 32];
static uv_loop_t loop;
static struct journal *journal;
static struct journal_reader *reader;
static struct vault vault;
static uint64_t durable_seq;

static void on_durable(void *ctx, uint64_t seq)
{
    (void)ctx;
    durable_seq = seq;
}

static void start(const char *master_key_path, uint32_t entry_max)
{
    char errmsg[ERRMSG_MAX];
    struct journal_options options = {.dir = dir,
                                      .loop = &loop,
                                      .reserve_bytes = 1,
                                      .queue_bytes = 2 << 20,
                                      .on_durable_cb = on_durable};

    must(uv_loop_init(&loop) == 0);
    assert_int_equal(journal_open(&journal, &options, errmsg), 0);
    durable_seq = journal_opened_at(journal).seq;
    assert_int_equal(journal_reader_open(&reader, dir, errmsg), 0);
    if (vault_init(&vault, reader, master_key_path, entry_max) < 0)
        fail_msg("%s", vault.errmsg);
}

static void stop(void)
{
    vault_close(&vault);
    journal_reader_close(reader);
    journal_close(journal, NULL, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    must(uv_loop_close(&loop) == 0);
}

static void restart(const char *master_key_path, uint32_t entry_max)
{
    stop();
    start(master_key_path, entry_max);
}

static int set_up(void **state)
{
    (void)state;
    temp_dir_make(dir);
    snprintf(key_path, sizeof(key_path), "%s/master.key", dir);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    temp_dir_remove(dir);
    return 0;
}

static void append(uint64_t seq, const struct journal_key *keys, size_t key_count)
{
    struct journal_record record = {.seq = seq,
                                    .body = (const unsigned char *)"x",
                                    .size = 1,
                                    .keys = keys,
                                    .key_count = key_count};

    assert_int_equal(journal_append(journal, &record), JOURNAL_APPENDED);
    vault_appended(&vault, &record);
}

static void wait_durable(uint64_t seq)
{
    while (durable_seq < seq)
        uv_run(&loop, UV_RUN_ONCE);
}

struct sealed {
    struct vault_subject subject;
    uint64_t seq;
    unsigned char bytes[SEALED_MAX];
    size_t size;
};

/* Seal a text in record `seq`, append it, wait for the disk. */
static struct sealed keep(struct vault_subject subject, uint64_t seq, const char *text)
{
    struct sealed sealed = {.subject = subject, .seq = seq, .size = strlen(text) + VAULT_OVERHEAD};
    struct journal_key key;
    bool born;

    assert_int_equal(
        vault_seal(&vault, subject, seq, text, strlen(text), sealed.bytes, &key, &born), VAULT_OK);
    append(seq, &key, born);
    wait_durable(seq);
    return sealed;
}

static enum vault_result look(const struct sealed *sealed, char text[static SEALED_MAX])
{
    size_t size = 0;
    enum vault_result result = vault_unseal(&vault, sealed->subject, sealed->seq, sealed->bytes,
                                            sealed->size, text, &size);

    text[result == VAULT_OK ? size : 0] = 0;
    return result;
}

static void reads(const struct sealed *sealed, const char *expected)
{
    char text[SEALED_MAX];

    assert_int_equal(look(sealed, text), VAULT_OK);
    assert_string_equal(text, expected);
}

static void expect(const struct sealed *sealed, enum vault_result expected)
{
    char text[SEALED_MAX];

    assert_int_equal(look(sealed, text), expected);
}

static const struct vault_subject p1 = {PATIENT, 1};
static const struct vault_subject p2 = {PATIENT, 2};
static const struct vault_subject c1 = {CALLER, 1};

static void what_is_sealed_reads_back_also_after_a_restart(void **state)
{
    (void)state;
    start(NULL, 64);
    struct sealed a = keep(p1, 1, "王小明");
    struct sealed b = keep(p1, 2, "");
    struct sealed c = keep(c1, 3, "13800000000");
    assert_null(memmem(c.bytes, c.size, "138", 3));
    for (int i = 0; i < 2; i++) {
        reads(&a, "王小明");
        reads(&b, "");
        reads(&c, "13800000000");
        restart(NULL, 64);
    }
    stop();
}

static void a_sealing_belongs_to_its_subject_and_record(void **state)
{
    (void)state;
    start(NULL, 64);
    struct sealed a = keep(p1, 1, "secret");
    keep(p2, 2, "other");
    struct sealed wrong = a;
    wrong.seq = 2;
    expect(&wrong, VAULT_TAMPERED);
    wrong = a;
    wrong.subject = p2;
    expect(&wrong, VAULT_TAMPERED);
    wrong.subject = c1;
    expect(&wrong, VAULT_UNKNOWN);
    wrong = a;
    wrong.bytes[30] ^= 1;
    expect(&wrong, VAULT_TAMPERED);
    for (wrong = a; wrong.size > 0;) {
        wrong.size--;
        expect(&wrong, VAULT_TAMPERED);
    }
    stop();
}

static void a_key_goes_with_its_first_record_only(void **state)
{
    unsigned char out[SEALED_MAX];
    struct journal_key first, again;
    bool born = false;

    (void)state;
    start(NULL, 64);
    vault_seal(&vault, p1, 1, "a", 1, out, &first, &born);
    assert_true(born);
    vault_seal(&vault, p1, 1, "b", 1, out, &again, &born);
    assert_true(born); /* not appended yet: the same key once more */
    assert_memory_equal(first.bytes, again.bytes, VAULT_SECRET_SIZE);
    append(1, &first, 1);
    vault_seal(&vault, p1, 2, "c", 1, out, &again, &born);
    assert_false(born);
    stop();
}

static void a_record_given_up_leaves_no_trace(void **state)
{
    unsigned char out[SEALED_MAX];
    struct journal_key key;
    bool born;

    (void)state;
    start(NULL, 64);
    vault_seal(&vault, p1, 1, "never", 5, out, &key, &born);
    struct sealed other = keep(p2, 1, "instead");
    struct sealed kept = keep(p1, 2, "after all");
    restart(NULL, 64);
    reads(&other, "instead");
    reads(&kept, "after all");
    stop();
}

/* Are these bytes anywhere in the journal's files? The journal in memory has none. */
static bool files_hold(const unsigned char *bytes, size_t size)
{
    static const char *const endings[] = {"", "-wal"};
    bool found = false;

    for (int i = 0; i < 2; i++) {
        char path[TEMP_DIR_MAX + 32];
        unsigned char *file;
        size_t file_size;
        snprintf(path, sizeof(path), "%s/journal.db%s", dir, endings[i]);
        if (os_read_file(path, 1 << 24, &file, &file_size) < 0)
            continue;
        found = found || memmem(file, file_size, bytes, size);
        free(file);
    }
    return found;
}

static bool has_files(void)
{
    char path[TEMP_DIR_MAX + 32];

    snprintf(path, sizeof(path), "%s/journal.db", dir);
    return access(path, F_OK) == 0;
}

static void a_forgotten_person_is_gone_also_from_the_files(void **state)
{
    struct journal_key key, made;
    unsigned char out[SEALED_MAX];
    bool born;

    (void)state;
    start(NULL, 64);
    struct sealed a = keep(p1, 1, "forget me");
    struct sealed b = keep(p2, 2, "keep me");
    assert_int_equal(journal_read_key(reader, p1.kind, p1.id, &made), 1);
    assert_int_equal(files_hold(made.bytes, made.size), has_files());

    assert_int_equal(vault_forget(&vault, p1, 3, &key), VAULT_OK);
    reads(&a, "forget me"); /* said, not yet done */
    append(3, &key, 1);
    expect(&a, VAULT_FORGOTTEN);
    assert_int_equal(vault_seal(&vault, p1, 4, "x", 1, out, &key, &born), VAULT_FORGOTTEN);
    assert_int_equal(vault_forget(&vault, p1, 4, &key), VAULT_FORGOTTEN);
    wait_durable(3);
    while (files_hold(made.bytes, made.size))
        sched_yield(); /* the writer empties the -wal file when the commit is told */
    restart(NULL, 64);
    expect(&a, VAULT_FORGOTTEN);
    assert_int_equal(vault_seal(&vault, p1, 4, "x", 1, out, &key, &born), VAULT_FORGOTTEN);
    reads(&b, "keep me");
    assert_false(files_hold(made.bytes, made.size));
    stop();
}

/* Two vaults on one journal, as the line and the copies have them. */
static void another_vault_learns_who_is_forgotten(void **state)
{
    struct vault second;
    struct journal_key key;
    char text[SEALED_MAX];
    size_t size = 0;

    (void)state;
    start(NULL, 64);
    struct sealed a = keep(p1, 1, "forget me");
    assert_int_equal(vault_init(&second, reader, NULL, 64), 0);
    assert_int_equal(vault_unseal(&second, p1, 1, a.bytes, a.size, text, &size), VAULT_OK);
    assert_int_equal(vault_forget(&vault, p1, 2, &key), VAULT_OK);
    append(2, &key, 1);
    wait_durable(2);
    vault_drop(&second, p1);
    vault_drop(&second, p2); /* of whom it has heard nothing */
    assert_int_equal(vault_unseal(&second, p1, 1, a.bytes, a.size, text, &size), VAULT_FORGOTTEN);
    vault_close(&second);
    stop();
}

static void nobody_cannot_be_forgotten(void **state)
{
    struct journal_key key;

    (void)state;
    start(NULL, 64);
    assert_int_equal(vault_forget(&vault, p1, 1, &key), VAULT_UNKNOWN);
    stop();
}

static void more_people_than_memory_holds(void **state)
{
    static struct sealed all[300];
    char text[32];

    (void)state;
    start(NULL, 32);
    for (uint64_t i = 0; i < 300; i++) {
        snprintf(text, sizeof(text), "person %d", (int)i);
        all[i] = keep((struct vault_subject){PATIENT, i}, i + 1, text);
    }
    for (uint64_t i = 0; i < 300; i++) {
        snprintf(text, sizeof(text), "person %d", (int)i);
        reads(&all[i], text);
    }
    stop();
}

static void keys_that_wait_for_the_disk_are_not_dropped(void **state)
{
    unsigned char out[SEALED_MAX];
    struct journal_key key;
    bool born;
    uint64_t id = 0;

    (void)state;
    start(NULL, 16);
    while (vault_seal(&vault, (struct vault_subject){PATIENT, id}, 1, "x", 1, out, &key, &born) ==
           VAULT_OK)
        id++;
    assert_int_equal(id, 16);
    assert_string_equal(vault.errmsg, "too many new keys wait for the disk");
    append(1, &key, 1);
    wait_durable(1);
    keep((struct vault_subject){PATIENT, 99}, 2, "room again");
    stop();
}

static void write_key(int fill, size_t size, mode_t mode)
{
    unsigned char bytes[64];

    memset(bytes, fill, sizeof(bytes));
    assert_int_equal(os_replace_file(key_path, bytes, size, 0600), 0);
    assert_int_equal(chmod(key_path, mode), 0);
}

static void refuses_master(const char *path, const char *part)
{
    struct vault other;

    assert_int_equal(vault_init(&other, reader, path, 16), -1);
    if (!strstr(other.errmsg, part))
        fail_msg("\"%s\" does not say \"%s\"", other.errmsg, part);
    vault_close(&other);
}

static void a_master_key_wraps_the_keys(void **state)
{
    struct journal_key row;

    (void)state;
    start(NULL, 64);
    struct sealed bare = keep(p1, 1, "from before");
    write_key(7, 32, 0600);
    restart(key_path, 64);
    struct sealed a = keep(p2, 2, "wrapped");
    assert_int_equal(journal_read_key(reader, p2.kind, p2.id, &row), 1);
    assert_int_equal(row.size, JOURNAL_KEY_MAX);
    restart(key_path, 64);
    reads(&a, "wrapped");
    reads(&bare, "from before");

    refuses_master(NULL, "master_key_file is needed");
    write_key(8, 32, 0600);
    refuses_master(key_path, "does not fit the keys");
    write_key(7, 31, 0600);
    refuses_master(key_path, "has 31 bytes, not 32");
    write_key(7, 32, 0640);
    refuses_master(key_path, "others may read it");
    refuses_master("/nowhere/key", "No such file");
    stop();
}

int main(void)
{
#define VAULT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        VAULT_TEST(what_is_sealed_reads_back_also_after_a_restart),
        VAULT_TEST(a_sealing_belongs_to_its_subject_and_record),
        VAULT_TEST(a_key_goes_with_its_first_record_only),
        VAULT_TEST(a_record_given_up_leaves_no_trace),
        VAULT_TEST(a_forgotten_person_is_gone_also_from_the_files),
        VAULT_TEST(another_vault_learns_who_is_forgotten),
        VAULT_TEST(nobody_cannot_be_forgotten),
        VAULT_TEST(more_people_than_memory_holds),
        VAULT_TEST(keys_that_wait_for_the_disk_are_not_dropped),
        VAULT_TEST(a_master_key_wraps_the_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
