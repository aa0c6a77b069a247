#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dispatch/base/os.h"
#include "tests/lib/temp_dir.h"

static char dir[TEMP_DIR_MAX];
static char path[TEMP_DIR_MAX + 32];

static int set_up(void **state)
{
    (void)state;
    temp_dir_make(dir);
    snprintf(path, sizeof(path), "%s/file", dir);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    temp_dir_remove(dir);
    return 0;
}

static void clocks_run_forward_and_agree(void **state)
{
    int64_t wall_ms = os_wall_ms(), mono_ms = os_mono_ms();
    uint64_t mono_ns = os_mono_ns();

    (void)state;
    assert_true(wall_ms > 1600000000000);
    assert_true(mono_ns / 1000000 >= (uint64_t)mono_ms);
    assert_true(os_mono_ns() >= mono_ns);
}

static void chance_differs(void **state)
{
    unsigned char a[32], b[32];

    (void)state;
    os_random(a, sizeof(a));
    os_random(b, sizeof(b));
    assert_memory_not_equal(a, b, sizeof(a));
}

static void a_replaced_file_is_read_back_with_its_mode(void **state)
{
    unsigned char *bytes;
    size_t size;
    struct stat st;

    (void)state;
    assert_int_equal(os_replace_file(path, "old", 3, 0600), 0);
    assert_int_equal(os_replace_file(path, "a\0b", 3, 0600), 0);
    assert_int_equal(os_read_file(path, 3, &bytes, &size), 0);
    assert_int_equal(size, 3);
    assert_memory_equal(bytes, "a\0b\0", 4);
    free(bytes);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(os_check_private(path), 0);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(os_check_private(path), -EPERM);
}

static void reading_says_what_is_wrong(void **state)
{
    unsigned char *bytes = NULL;
    size_t size;

    (void)state;
    assert_int_equal(os_read_file(path, 10, &bytes, &size), -ENOENT);
    assert_int_equal(os_read_file(dir, 10, &bytes, &size), -EISDIR);
    assert_int_equal(os_replace_file(path, "four", 4, 0600), 0);
    assert_int_equal(os_read_file(path, 3, &bytes, &size), -EFBIG);
    assert_int_equal(os_read_file("/dev/zero", 100, &bytes, &size), -EFBIG);
    assert_null(bytes);
}

static void a_replacement_that_fails_leaves_the_old_file(void **state)
{
    char in_nowhere[TEMP_DIR_MAX + 64], fresh[TEMP_DIR_MAX + 64];
    unsigned char *bytes;
    size_t size;

    (void)state;
    snprintf(in_nowhere, sizeof(in_nowhere), "%s/nowhere/file", dir);
    assert_int_equal(os_replace_file(in_nowhere, "x", 1, 0600), -ENOENT);
    assert_int_equal(os_replace_file(path, "old", 3, 0600), 0);
    snprintf(fresh, sizeof(fresh), "%s.new", path);
    assert_int_equal(mkdir(fresh, 0700), 0); /* in the way of the new file */
    assert_int_equal(os_replace_file(path, "new", 3, 0600), -EISDIR);
    assert_int_equal(os_read_file(path, 10, &bytes, &size), 0);
    assert_string_equal((char *)bytes, "old");
    free(bytes);
}

static void directories_are_made_with_their_parents(void **state)
{
    char deep[TEMP_DIR_MAX + 32];
    struct stat st;

    (void)state;
    snprintf(deep, sizeof(deep), "%s/a/b/c", dir);
    assert_int_equal(os_make_dirs(deep), 0);
    assert_int_equal(os_make_dirs(deep), 0);
    assert_int_equal(stat(deep, &st), 0);
    assert_true(S_ISDIR(st.st_mode));
    assert_int_equal(os_replace_file(path, "x", 1, 0600), 0);
    assert_int_equal(os_make_dirs(path), -ENOTDIR);
    assert_int_equal(os_make_dirs(""), -ENOENT);
}

static void reserved_space_is_really_taken(void **state)
{
    struct stat st;
    uint64_t bytes = 0;

    (void)state;
    assert_int_equal(os_reserve_file(path, 1 << 20), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 1 << 20);
    assert_true(st.st_blocks * 512 >= 1 << 20);
    assert_int_equal(os_free_bytes(dir, &bytes), 0);
    assert_true(bytes > 0);
    assert_int_equal(os_free_bytes("/nowhere/at/all", &bytes), -ENOENT);
}

/* Another process: 0 it got the lock, 1 it was told that somebody holds it. */
static int try_lock_elsewhere(void)
{
    int status, fd;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0)
        _exit(os_lock_file(path, &fd) == -EWOULDBLOCK ? 1 : 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_lock_has_one_holder(void **state)
{
    int fd = -1, again = -1;

    (void)state;
    assert_int_equal(os_lock_file(path, &fd), 0);
    assert_int_equal(os_lock_file(path, &again), -EWOULDBLOCK);
    assert_int_equal(try_lock_elsewhere(), 1);
    os_unlock_file(fd);
    assert_int_equal(try_lock_elsewhere(), 0);
}

static void test_ip(void **state)
{
    (void)state;
    assert_true(os_is_ip("127.0.0.1") && os_is_ip("::1"));
    assert_false(os_is_ip("localhost") || os_is_ip("127.0.0.1:80") || os_is_ip(""));
}

int main(void)
{
#define OS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ip),
        cmocka_unit_test(clocks_run_forward_and_agree),
        cmocka_unit_test(chance_differs),
        OS_TEST(a_replaced_file_is_read_back_with_its_mode),
        OS_TEST(reading_says_what_is_wrong),
        OS_TEST(a_replacement_that_fails_leaves_the_old_file),
        OS_TEST(directories_are_made_with_their_parents),
        OS_TEST(reserved_space_is_really_taken),
        OS_TEST(a_lock_has_one_holder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
