/* What the service manager is told, over a socket of our own in its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "dispatch/base/os_notify.h"
#include "tests/lib/temp_dir.h"

static void test_without_a_manager_nothing_happens(void **state)
{
    (void)state;
    unsetenv("NOTIFY_SOCKET");
    assert_int_equal(os_notify("READY=1"), 0);
    setenv("NOTIFY_SOCKET", "", 1);
    assert_int_equal(os_notify("READY=1"), 0);
}

/* Binds `name` as a manager does ("@": without a file) and hears what os_notify says. */
static void hear(const char *name, socklen_t size_of_name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char heard[64] = "";
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    memcpy(address.sun_path, name, size_of_name);
    if (*name == '@')
        address.sun_path[0] = 0;
    assert_int_equal(bind(fd, (struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size_of_name)),
                     0);
    setenv("NOTIFY_SOCKET", name, 1);
    assert_int_equal(os_notify("READY=1\nSTATUS=serving"), 0);
    assert_int_equal(recv(fd, heard, sizeof(heard) - 1, MSG_DONTWAIT), 22);
    assert_string_equal(heard, "READY=1\nSTATUS=serving");
    close(fd);
}

static void test_says_it_to_a_path_and_to_a_name_without_a_file(void **state)
{
    char dir[TEMP_DIR_MAX], path[TEMP_DIR_MAX + 16], name[64];
    (void)state;
    temp_dir_make(dir);
    snprintf(path, sizeof(path), "%s/notify", dir);
    hear(path, (socklen_t)strlen(path));
    temp_dir_remove(dir);
    snprintf(name, sizeof(name), "@mingdi-test-%d", (int)getpid());
    hear(name, (socklen_t)strlen(name));
}

static void test_a_manager_that_is_gone_or_nonsense_is_an_error(void **state)
{
    char longest[200];
    (void)state;
    setenv("NOTIFY_SOCKET", "@mingdi-nobody-listens-here", 1);
    assert_int_equal(os_notify("READY=1"), -ECONNREFUSED);
    setenv("NOTIFY_SOCKET", "relative", 1);
    assert_int_equal(os_notify("READY=1"), -EINVAL);
    memset(longest, 'a', sizeof(longest) - 1);
    longest[0] = '/';
    longest[sizeof(longest) - 1] = 0;
    setenv("NOTIFY_SOCKET", longest, 1);
    assert_int_equal(os_notify("READY=1"), -EINVAL);
}

static void test_the_watchdog_means_this_process(void **state)
{
    char pid[24];
    (void)state;
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    assert_int_equal(os_watchdog_ms(), 0);
    setenv("WATCHDOG_USEC", "10000000", 1);
    assert_int_equal(os_watchdog_ms(), 10000);
    snprintf(pid, sizeof(pid), "%d", (int)getpid());
    setenv("WATCHDOG_PID", pid, 1);
    assert_int_equal(os_watchdog_ms(), 10000);
    setenv("WATCHDOG_PID", "1", 1);
    assert_int_equal(os_watchdog_ms(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_manager_nothing_happens),
        cmocka_unit_test(test_says_it_to_a_path_and_to_a_name_without_a_file),
        cmocka_unit_test(test_a_manager_that_is_gone_or_nonsense_is_an_error),
        cmocka_unit_test(test_the_watchdog_means_this_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
