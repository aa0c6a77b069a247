/* kill_at: loaded into dispatchd before everything else (LD_PRELOAD), ends it by SIGKILL between
 * two steps of the line. KILL_AT="write:7" is the seventh time that
 *
 *   write   the journal is about to write to its -wal file: applied, and nothing or a part is there
 *   sync    it is about to flush it: all is written, nothing is promised
 *   synced  it has flushed it: committed, and nobody was told
 *   reply   something is about to be said to a client
 *   torn    the same, and half of it is said
 *
 * Nothing else changes. Any thread. */
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static bool is_wal(int fd)
{
    char link[64], path[PATH_MAX];

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof(path));
    return n > 4 && memcmp(path + n - 4, "-wal", 4) == 0;
}

static bool is_client(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* Is it now? */
static bool comes(const char *point)
{
    static unsigned long calls;
    const char *at = getenv("KILL_AT");
    size_t n = strlen(point);

    return at && strncmp(at, point, n) == 0 && at[n] == ':' &&
           __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) == strtoul(at + n + 1, NULL, 10);
}

static void die_at(const char *point)
{
    if (comes(point))
        kill(getpid(), SIGKILL);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
    if (is_wal(fd))
        die_at("write");
    return syscall(SYS_pwrite64, fd, bytes, n, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    return pwrite64(fd, bytes, n, at);
}

static int flush(int fd, long how)
{
    bool wal = is_wal(fd);

    if (wal)
        die_at("sync");
    int rc = (int)syscall(how, fd);
    if (wal)
        die_at("synced");
    return rc;
}

int fdatasync(int fd)
{
    return flush(fd, SYS_fdatasync);
}

int fsync(int fd)
{
    return flush(fd, SYS_fsync);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    if (is_client(fd)) {
        die_at("reply");
        if (comes("torn")) {
            syscall(SYS_write, fd, bytes, n / 2);
            kill(getpid(), SIGKILL);
        }
    }
    return syscall(SYS_write, fd, bytes, n);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    if (is_client(fd)) {
        die_at("reply");
        if (comes("torn")) {
            syscall(SYS_write, fd, parts[0].iov_base, parts[0].iov_len / 2);
            kill(getpid(), SIGKILL);
        }
    }
    return syscall(SYS_writev, fd, parts, count);
}
