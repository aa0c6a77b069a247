/* cardfile and card_check: the delivered cards pass; each fault in cards_bad/ is named with its
 * file and line; a failed load leaves the set alone; damaged files never crash the loader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "dispatch/policy/card_check.h"
#include "dispatch/policy/cardfile.h"

#define CARDS SOURCE_DIR "/deploy/cards"
#define PLANS SOURCE_DIR "/deploy/plans/response.yaml"
#define BAD SOURCE_DIR "/tests/unit/cards_bad"
#define SOUND_PLANS BAD "/plans/sound.yaml"

enum { PATH_SIZE = 512, FILE_SIZE = 64 * 1024 };

static struct card_set set;
static struct complaints complaints;

static int load_and_check(const char *cards_dir, const char *plans)
{
    memset(&complaints, 0, sizeof complaints);
    if (cardfile_load(cards_dir, plans, &set, &complaints) < 0)
        return -1;
    return card_check(&set, &complaints);
}

static void path_in(char path[PATH_SIZE], const char *dir, const char *name)
{
    assert_true(snprintf(path, PATH_SIZE, "%s/%s", dir, name) < PATH_SIZE);
}

static void make_dir(char dir[PATH_SIZE])
{
    const char *base = getenv("TMPDIR");
    assert_true(snprintf(dir, PATH_SIZE, "%s/cards-XXXXXX", base ? base : "/tmp") < PATH_SIZE);
    assert_non_null(mkdtemp(dir));
}

static void remove_dir(const char *dir)
{
    char path[PATH_SIZE];
    DIR *stream = opendir(dir);
    assert_non_null(stream);
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        path_in(path, dir, entry->d_name);
        if (entry->d_name[0] != '.')
            unlink(path);
    }
    closedir(stream);
    assert_int_equal(rmdir(dir), 0);
}

static size_t read_file(const char *path, char *bytes)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t count = fread(bytes, 1, FILE_SIZE - 1, file);
    fclose(file);
    bytes[count] = '\0';
    return count;
}

static void write_file(const char *dir, const char *name, const char *bytes, size_t count)
{
    char path[PATH_SIZE];
    path_in(path, dir, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

static void copy_file(const char *from_dir, const char *name, const char *to_dir)
{
    static char bytes[FILE_SIZE];
    char path[PATH_SIZE];
    path_in(path, from_dir, name);
    write_file(to_dir, name, bytes, read_file(path, bytes));
}

/* The fault's own directory: the sound universal card and the faulty one. */
static int load_fault(const char *name, bool is_plan)
{
    char dir[PATH_SIZE], plans[PATH_SIZE];
    make_dir(dir);
    copy_file(BAD, "universal.yaml", dir);
    copy_file(BAD, is_plan ? "sound.yaml" : name, dir);
    path_in(plans, BAD "/plans", name);
    int status = load_and_check(dir, is_plan ? plans : SOUND_PLANS);
    remove_dir(dir);
    return status;
}

/* One line of the complaints is "…/NAME:LINE: TEXT", as the fault's first line expects. */
static void assert_expected(const char *dir, const char *name)
{
    static char bytes[FILE_SIZE], wanted[FILE_SIZE + PATH_SIZE];
    char path[PATH_SIZE];
    path_in(path, dir, name);
    read_file(path, bytes);
    assert_int_equal(strncmp(bytes, "# expect ", 9), 0);
    bytes[strcspn(bytes, "\n")] = '\0';
    snprintf(wanted, sizeof wanted, "/%s:%s", name, bytes + 9);
    if (strstr(complaints.text, wanted) == NULL)
        fail_msg("expected %s\nbut got: %s", wanted, complaints.text);
}

static int each_fault(const char *dir, bool is_plan)
{
    int faults = 0;
    DIR *stream = opendir(dir);
    assert_non_null(stream);
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        const char *name = entry->d_name;
        if (strstr(name, ".yaml") == NULL || strcmp(name, "universal.yaml") == 0 ||
            strcmp(name, "sound.yaml") == 0)
            continue;
        assert_int_equal(load_fault(name, is_plan), -1);
        assert_true(complaints.count > 0);
        assert_expected(dir, name);
        faults++;
    }
    closedir(stream);
    return faults;
}

static void the_delivered_cards_pass(void **state)
{
    (void)state;
    static const char *const codes[] = {"chest-pain", "breathing", "unconscious-arrest",
                                        "stroke",     "trauma",    "road-traffic",
                                        "bleeding",   "burns",     "poisoning",
                                        "childbirth", "child",     "fall-elderly",
                                        "abdominal",  "allergy",   "seizure",
                                        "other"};
    if (load_and_check(CARDS, PLANS) < 0)
        fail_msg("%s", complaints.text);
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        assert_non_null(card_find(&set, codes[i]));
    assert_true(set.demonstration); /* nobody has approved them */
    assert_string_equal(card_text(&set, set.cards[0].code), "universal");
    assert_true(card_text(&set, set.version)[0] != '\0');
}

static void the_sound_fixture_passes(void **state)
{
    (void)state;
    assert_int_equal(load_fault("sound.yaml", false), 0);
    assert_string_equal(complaints.text, "");
}

static void every_faulty_card_is_named_with_file_and_line(void **state)
{
    (void)state;
    assert_true(each_fault(BAD, false) >= 30);
}

static void every_faulty_plan_is_named_with_file_and_line(void **state)
{
    (void)state;
    assert_true(each_fault(BAD "/plans", true) >= 7);
}

static void missing_files_are_named(void **state)
{
    (void)state;
    char dir[PATH_SIZE];
    assert_int_equal(load_and_check("/nowhere", PLANS), -1);
    assert_non_null(strstr(complaints.text, "/nowhere:0: cannot be read"));
    assert_int_equal(load_and_check(CARDS, "/nowhere.yaml"), -1);
    assert_non_null(strstr(complaints.text, "/nowhere.yaml:0: cannot be read"));
    make_dir(dir);
    assert_int_equal(load_and_check(dir, PLANS), -1);
    assert_non_null(strstr(complaints.text, "holds no universal.yaml"));
    remove_dir(dir);
}

static void a_card_number_is_used_once(void **state)
{
    (void)state;
    static char bytes[FILE_SIZE];
    char dir[PATH_SIZE];
    make_dir(dir);
    copy_file(BAD, "universal.yaml", dir);
    copy_file(BAD, "sound.yaml", dir);
    read_file(BAD "/sound.yaml", bytes);
    memcpy(strstr(bytes, "card: sound"), "card: twice", strlen("card: twice"));
    write_file(dir, "twice.yaml", bytes, strlen(bytes));
    assert_int_equal(load_and_check(dir, SOUND_PLANS), -1);
    remove_dir(dir);
    assert_non_null(
        strstr(complaints.text, "/twice.yaml:2: card number 1 is also that of \"sound\""));
}

static void the_hash_follows_the_content_not_the_place(void **state)
{
    (void)state;
    static char bytes[FILE_SIZE];
    uint8_t hash[CARD_HASH_BYTES];
    char dir[PATH_SIZE];
    make_dir(dir);
    copy_file(BAD, "universal.yaml", dir);
    copy_file(BAD, "sound.yaml", dir);
    assert_int_equal(load_and_check(dir, SOUND_PLANS), 0);
    memcpy(hash, set.hash, sizeof hash);
    assert_int_equal(load_fault("sound.yaml", false), 0); /* another directory */
    assert_memory_equal(set.hash, hash, sizeof hash);
    size_t count = read_file(BAD "/sound.yaml", bytes);
    bytes[count] = '#';
    write_file(dir, "sound.yaml", bytes, count + 1);
    assert_int_equal(load_and_check(dir, SOUND_PLANS), 0);
    remove_dir(dir);
    assert_memory_not_equal(set.hash, hash, sizeof hash);
}

static void a_failed_load_leaves_the_set_alone(void **state)
{
    (void)state;
    static struct card_set before;
    memset(&complaints, 0, sizeof complaints);
    assert_int_equal(cardfile_load(CARDS, PLANS, &set, &complaints), 0);
    before = set;
    assert_int_equal(load_fault("no-english.yaml", false), -1);
    assert_memory_equal(&set, &before, sizeof set);
}

/* Bytes changed, cut or doubled: refused with a complaint or loaded, never a crash. */
static void damaged_files_are_refused_or_loaded(void **state)
{
    (void)state;
    static char good[FILE_SIZE], bytes[FILE_SIZE];
    char dir[PATH_SIZE];
    size_t length = read_file(CARDS "/burns.yaml", good);
    int refused = 0;
    make_dir(dir);
    copy_file(CARDS, "universal.yaml", dir);
    srand(1);
    for (int i = 0; i < 400; i++) {
        size_t count = rand() % 4 == 0 ? (size_t)rand() % length : length;
        memcpy(bytes, good, length);
        for (int n = rand() % 4; n >= 0; n--)
            bytes[(size_t)rand() % length] = "\0\n:{}[],-& *!|>'\"%@`#?~a9\xff\xe3"[rand() % 28];
        write_file(dir, "burns.yaml", bytes, count);
        memset(&complaints, 0, sizeof complaints);
        int status = cardfile_load(dir, PLANS, &set, &complaints);
        assert_true((status == 0) == (complaints.count == 0));
        refused += status < 0;
    }
    remove_dir(dir);
    assert_true(refused > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_delivered_cards_pass),
        cmocka_unit_test(the_sound_fixture_passes),
        cmocka_unit_test(every_faulty_card_is_named_with_file_and_line),
        cmocka_unit_test(every_faulty_plan_is_named_with_file_and_line),
        cmocka_unit_test(missing_files_are_named),
        cmocka_unit_test(a_card_number_is_used_once),
        cmocka_unit_test(the_hash_follows_the_content_not_the_place),
        cmocka_unit_test(a_failed_load_leaves_the_set_alone),
        cmocka_unit_test(damaged_files_are_refused_or_loaded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
