/* Journals that were damaged, cut, backed up and restored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/lib/journal_server.h"

static void changed_records_are_refused_with_their_seq(void **state)
{
    static const char *const changes[] = {
        "UPDATE ev SET body=CAST(replace(CAST(body AS TEXT), '7', '8') AS BLOB) WHERE seq=7",
        "UPDATE ev SET hash=zeroblob(32) WHERE seq=7",
        "UPDATE ev SET hash=zeroblob(31) WHERE seq=7",
        "UPDATE ev SET at_ms=at_ms+1 WHERE seq=7",
        "UPDATE ev SET client=client+1 WHERE seq=7",
        "UPDATE ev SET number=number+1 WHERE seq=7",
        "DELETE FROM ev WHERE seq=7",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        make_journal(20);
        change(changes[i]);
        refused_with("damaged at seq 7");
        refused_with("dispatchctl restore");
        refused_with("dispatchctl cut 6");
        tear_down(state);
        set_up(state);
    }
}

/* Change one byte of the file itself, in the middle of a record. */
static void flip_byte_after(const char *marker)
{
    unsigned char *bytes;
    size_t size;
    assert_int_equal(os_read_file(db_path, 1 << 24, &bytes, &size), 0);
    unsigned char *at = memmem(bytes, size, marker, strlen(marker));
    assert_non_null(at);
    at[strlen(marker) + 1] ^= 1;
    assert_int_equal(os_replace_file(db_path, bytes, size, 0600), 0);
    free(bytes);
}

static void a_flipped_byte_is_refused_with_its_seq(void **state)
{
    (void)state;
    make_journal(2000);
    flip_byte_after("body-00001234");
    refused_with("damaged at seq 1234");
}

static void a_truncated_file_is_refused(void **state)
{
    struct stat st;

    (void)state;
    make_journal(2000);
    assert_int_equal(stat(db_path, &st), 0);
    assert_int_equal(truncate(db_path, st.st_size / 2 / 4096 * 4096), 0);
    refused_with("journal.db");
    refused_with("malformed");
    assert_int_equal(truncate(db_path, 1000), 0);
    refused_with("journal.db");
}

static void what_is_no_journal_is_refused(void **state)
{
    static char text[8192];

    (void)state;
    memset(text, 'x', sizeof(text));
    assert_int_equal(os_replace_file(db_path, text, sizeof(text), 0600), 0);
    refused_with("not a database");
    assert_int_equal(unlink(db_path), 0);
    make_journal(1);
    change("UPDATE meta SET v=99 WHERE k='format'");
    refused_with("has format 99, this program reads 1");
}

static void a_lost_wal_file_is_refused(void **state)
{
    char wal[TEMP_DIR_MAX + 64];

    (void)state;
    kill_one(20);
    snprintf(wal, sizeof(wal), "%s-wal", db_path);
    assert_int_equal(unlink(wal), 0);
    refused_with("-wal file is gone");
    refused_with("-wal file is gone");     /* asking twice does not make it whole */
    assert_int_equal(head_now().epoch, 1); /* nor does reading, which makes an empty one */
    refused_with("-wal file is gone");
}

static void a_back_up_of_a_running_server_is_restored_with_the_next_epoch(void **state)
{
    char copy[TEMP_DIR_MAX + 32];
    struct server server;

    (void)state;
    snprintf(copy, sizeof(copy), "%s/backup.db", dir);
    assert_int_equal(start(&server), 0);
    append_all(&server, 100);
    assert_int_equal(journal_backup(dir, copy, errmsg), 0);
    assert_int_equal(journal_backup(dir, copy, errmsg), -1);
    assert_non_null(strstr(errmsg, "exists"));
    struct journal_head at_backup = head_now();
    append_all(&server, 50);
    assert_int_equal(journal_restore(dir, copy, errmsg), -1);
    assert_non_null(strstr(errmsg, "stop it first"));
    stop(&server);

    flip_byte_after("body-00000120");
    refused_with("damaged at seq 120");
    if (journal_restore(dir, copy, errmsg) < 0)
        fail_msg("%s", errmsg);
    struct journal_head restored = head_now();
    assert_int_equal(restored.seq, 100);
    assert_int_equal(restored.epoch, at_backup.epoch + 1);
    assert_memory_equal(restored.journal_id, at_backup.journal_id, JOURNAL_ID_SIZE);
    assert_memory_equal(restored.hash, at_backup.hash, JOURNAL_HASH_SIZE);
    assert_int_equal(start(&server), 0);
    append_all(&server, 5);
    stop(&server);
    assert_int_equal(check_all(), 105);
}

static void append_key(struct server *server, const struct journal_key *key)
{
    struct journal_record record = {.seq = server->next_seq++, .keys = key, .key_count = 1};

    assert_int_equal(journal_append(server->journal, &record), JOURNAL_APPENDED);
    wait_durable(server);
}

/* Makes a key, forgets it, says when that is durable, and waits to be killed. */
static _Noreturn void serve_a_forgetting(int ack_fd)
{
    struct journal_key key = {.kind = 1, .id = 5, .size = 32};
    struct server server;

    must(start(&server) == 0);
    append_key(&server, &key);
    key.size = 0;
    server.ack_fd = ack_fd;
    append_key(&server, &key);
    for (;;)
        pause();
}

/* Its -wal file may be empty then, which is no lost one. */
static void a_server_killed_while_it_forgets_starts_again(void **state)
{
    int ends[2], status;
    uint64_t acked = 0;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        serve_a_forgetting(ends[1]);
    assert_int_equal(read(ends[0], &acked, sizeof(acked)), sizeof(acked));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    close(ends[0]);
    close(ends[1]);
    struct server server;
    if (start(&server) < 0)
        fail_msg("%s", errmsg);
    assert_int_equal(journal_opened_at(server.journal).seq, 2);
    stop(&server);
}

static void a_damaged_back_up_changes_nothing(void **state)
{
    char copy[TEMP_DIR_MAX + 32], original[sizeof(db_path)];

    (void)state;
    make_journal(50);
    snprintf(copy, sizeof(copy), "%s/backup.db", dir);
    assert_int_equal(journal_backup(dir, copy, errmsg), 0);
    memcpy(original, db_path, sizeof(original));
    memcpy(db_path, copy, sizeof(copy));
    flip_byte_after("body-00000030");
    memcpy(db_path, original, sizeof(original));
    assert_int_equal(journal_restore(dir, copy, errmsg), -1);
    assert_non_null(strstr(errmsg, "seq 30"));
    assert_int_equal(journal_restore(dir, "/nowhere.db", errmsg), -1);
    assert_int_equal(check_all(), 50);
    assert_int_equal(head_now().epoch, 1);
}

static void what_is_whole_before_the_damage_can_be_kept(void **state)
{
    struct server server;

    (void)state;
    make_journal(100);
    flip_byte_after("body-00000061");
    refused_with("dispatchctl cut 60");
    assert_int_equal(journal_cut(dir, 70, errmsg), -1);
    assert_non_null(strstr(errmsg, "seq 61"));
    assert_int_equal(journal_cut(dir, 200, errmsg), -1);
    if (journal_cut(dir, 60, errmsg) < 0)
        fail_msg("%s", errmsg);
    assert_int_equal(check_all(), 60);
    assert_int_equal(head_now().epoch, 2);
    assert_int_equal(start(&server), 0);
    append_all(&server, 1);
    stop(&server);
}

static void refusing_a_killed_servers_journal_changes_nothing(void **state)
{
    (void)state;
    make_journal(100);
    uint64_t acked = kill_one(20);
    uint64_t seq = head_now().seq;
    flip_byte_after("body-00000061");
    refused_with("damaged at seq 61");
    assert_int_equal(journal_cut(dir, 70, errmsg), -1);
    refused_with("damaged at seq 61");
    assert_true(seq >= acked);
    assert_int_equal(head_now().seq, seq);
    assert_int_equal(journal_cut(dir, 60, errmsg), 0);
    assert_int_equal(check_all(), 60);
}

static void a_lost_wal_file_can_be_lived_without(void **state)
{
    char wal[TEMP_DIR_MAX + 64];
    struct server server;

    (void)state;
    make_journal(30);
    kill_one(20);
    snprintf(wal, sizeof(wal), "%s-wal", db_path);
    assert_int_equal(unlink(wal), 0);
    refused_with("-wal file is gone");
    if (journal_cut(dir, 30, errmsg) < 0)
        fail_msg("%s", errmsg);
    assert_int_equal(start(&server), 0);
    assert_int_equal(journal_opened_at(server.journal).epoch, 2);
    stop(&server);
    assert_int_equal(check_all(), 30);
}

static void a_restore_brings_no_forgotten_person_back(void **state)
{
    struct journal_key key = {.kind = 1, .id = 5, .size = 32};
    struct journal_key other = {.kind = 1, .id = 6, .size = 32};
    struct journal_key gone = {.kind = 1, .id = 5}, found;
    char copy[TEMP_DIR_MAX + 32];
    struct server server;

    (void)state;
    snprintf(copy, sizeof(copy), "%s/backup.db", dir);
    assert_int_equal(start(&server), 0);
    append_key(&server, &key);
    append_key(&server, &other);
    assert_int_equal(journal_backup(dir, copy, errmsg), 0);
    append_key(&server, &gone);
    append_key(&server, &key); /* and it cannot be made again */
    stop(&server);
    assert_int_equal(journal_restore(dir, copy, errmsg), 0);
    struct journal_reader *reader = reader_open();
    assert_int_equal(journal_read_key(reader, 1, 5, &found), 1);
    assert_int_equal(found.size, 0);
    assert_int_equal(journal_read_key(reader, 1, 6, &found), 1);
    assert_int_equal(found.size, 32);
    assert_int_equal(journal_read_key(reader, 1, 7, &found), 0);
    journal_reader_close(reader);
}

int main(void)
{
#define JOURNAL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        JOURNAL_TEST(changed_records_are_refused_with_their_seq),
        JOURNAL_TEST(a_flipped_byte_is_refused_with_its_seq),
        JOURNAL_TEST(a_truncated_file_is_refused),
        JOURNAL_TEST(what_is_no_journal_is_refused),
        JOURNAL_TEST(a_lost_wal_file_is_refused),
        JOURNAL_TEST(a_back_up_of_a_running_server_is_restored_with_the_next_epoch),
        JOURNAL_TEST(a_restore_brings_no_forgotten_person_back),
        JOURNAL_TEST(a_server_killed_while_it_forgets_starts_again),
        JOURNAL_TEST(a_damaged_back_up_changes_nothing),
        JOURNAL_TEST(what_is_whole_before_the_damage_can_be_kept),
        JOURNAL_TEST(refusing_a_killed_servers_journal_changes_nothing),
        JOURNAL_TEST(a_lost_wal_file_can_be_lived_without),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
