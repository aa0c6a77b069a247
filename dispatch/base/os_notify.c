#include "dispatch/base/os_notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A path, or "@name" for a name without a file. 0 or -errno. */
static int notify_address(const char *name, struct sockaddr_un *to, socklen_t *size)
{
    size_t n = strlen(name);
    if ((*name != '/' && *name != '@') || n < 2 || n >= sizeof(to->sun_path))
        return -EINVAL;
    *to = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(to->sun_path, name, n);
    if (*name == '@')
        to->sun_path[0] = 0;
    *size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    return 0;
}

int os_notify(const char *state)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to;
    socklen_t size;
    int rc = name && *name ? notify_address(name, &to, &size) : 0;
    if (rc < 0 || !name || !*name)
        return rc;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&to, size) < 0)
        rc = -errno;
    close(fd);
    return rc;
}

/* WATCHDOG_PID: the manager means the process it started, not one that inherited its words. */
int64_t os_watchdog_ms(void)
{
    const char *us = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
    if (!us || (pid && strtol(pid, NULL, 10) != (long)getpid()))
        return 0;
    long long value = strtoll(us, NULL, 10);
    return value > 0 ? value / 1000 : 0;
}
