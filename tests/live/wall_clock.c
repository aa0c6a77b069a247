/* wall_clock: loaded into dispatchd before everything else (LD_PRELOAD), sets its wall clock. The
 * file WALL_CLOCK names holds the seconds to add, read anew each time; other clocks stay. Any
 * thread. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now)
{
    char text[32] = "";
    long rc = syscall(SYS_clock_gettime, clock, now);
    const char *path = getenv("WALL_CLOCK");
    int fd = clock == CLOCK_REALTIME && path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return (int)rc;
    if (read(fd, text, sizeof(text) - 1) > 0)
        now->tv_sec += strtol(text, NULL, 10);
    close(fd);
    return (int)rc;
}
