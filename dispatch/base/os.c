#include "dispatch/base/os.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Until `size` bytes or the end; the number read or -errno. */
static ssize_t read_fully(int fd, unsigned char *bytes, size_t size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t got = read(fd, bytes + done, size - done);
        if (got == 0)
            break;
        if (got < 0 && errno != EINTR)
            return -errno;
        if (got > 0)
            done += (size_t)got;
    }
    return (ssize_t)done;
}

static int write_fully(int fd, const unsigned char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t put = write(fd, bytes, size);
        if (put < 0 && errno != EINTR)
            return -errno;
        if (put > 0) {
            bytes += put;
            size -= (size_t)put;
        }
    }
    return 0;
}

static int read_open_file(int fd, size_t size_max, unsigned char **bytes, size_t *size)
{
    struct stat st;
    unsigned char *buffer;
    ssize_t got;

    if (fstat(fd, &st) < 0)
        return -errno;
    if (S_ISDIR(st.st_mode))
        return -EISDIR;
    if ((uint64_t)st.st_size > size_max)
        return -EFBIG;
    /* One byte more than promised, to notice a file that grows or a device without a size. */
    size_t room = S_ISREG(st.st_mode) ? (size_t)st.st_size + 1 : size_max + 1;
    buffer = malloc(room + 1);
    if (!buffer)
        return -ENOMEM;
    got = read_fully(fd, buffer, room);
    if (got < 0 || (size_t)got > size_max) {
        free(buffer);
        return got < 0 ? (int)got : -EFBIG;
    }
    buffer[got] = 0;
    *bytes = buffer;
    *size = (size_t)got;
    return 0;
}

int os_read_file(const char *path, size_t size_max, unsigned char **bytes, size_t *size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    int rc = read_open_file(fd, size_max, bytes, size);
    close(fd);
    return rc;
}

int os_sync_dir(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    int rc = fsync(fd) < 0 ? -errno : 0;
    close(fd);
    return rc;
}

static int sync_parent(const char *path)
{
    char dir[PATH_MAX];
    const char *slash = strrchr(path, '/');

    if (!slash)
        return os_sync_dir(".");
    if (slash == path)
        return os_sync_dir("/");
    if ((size_t)(slash - path) >= sizeof(dir))
        return -ENAMETOOLONG;
    memcpy(dir, path, (size_t)(slash - path));
    dir[slash - path] = 0;
    return os_sync_dir(dir);
}

int os_sync_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    int rc = fsync(fd) < 0 ? -errno : 0;
    close(fd);
    return rc < 0 ? rc : sync_parent(path);
}

static int write_new_file(const char *path, const void *bytes, size_t size, unsigned mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, (mode_t)mode);

    if (fd < 0)
        return -errno;
    int rc = write_fully(fd, bytes, size);
    if (rc == 0 && fsync(fd) < 0)
        rc = -errno;
    if (close(fd) < 0 && rc == 0)
        rc = -errno;
    return rc;
}

int os_replace_file(const char *path, const void *bytes, size_t size, unsigned mode)
{
    char fresh[PATH_MAX];
    int rc;

    if (snprintf(fresh, sizeof(fresh), "%s.new", path) >= (int)sizeof(fresh))
        return -ENAMETOOLONG;
    rc = write_new_file(fresh, bytes, size, mode);
    if (rc == 0 && rename(fresh, path) < 0)
        rc = -errno;
    if (rc < 0) {
        unlink(fresh);
        return rc;
    }
    return sync_parent(path);
}

int os_make_dirs(const char *path)
{
    char part[PATH_MAX];
    size_t n = strlen(path);
    struct stat st;

    if (n == 0 || n >= sizeof(part))
        return n == 0 ? -ENOENT : -ENAMETOOLONG;
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != 0)
            continue;
        memcpy(part, path, i);
        part[i] = 0;
        if (mkdir(part, 0750) < 0 && errno != EEXIST)
            return -errno;
    }
    if (stat(path, &st) < 0)
        return -errno;
    return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int os_free_bytes(const char *path, uint64_t *bytes)
{
    struct statvfs st;

    if (statvfs(path, &st) < 0)
        return -errno;
    *bytes = (uint64_t)st.f_bavail * st.f_frsize;
    return 0;
}

int os_reserve_file(const char *path, uint64_t bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
    int rc;

    if (fd < 0)
        return -errno;
    rc = -posix_fallocate(fd, 0, (off_t)bytes);
    if (rc == 0 && fsync(fd) < 0)
        rc = -errno;
    close(fd);
    if (rc < 0)
        unlink(path);
    return rc;
}

int os_check_private(const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return -errno;
    return (st.st_mode & (S_IRWXG | S_IRWXO)) ? -EPERM : 0;
}

int os_lock_file(const char *path, int *fd)
{
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);

    if (lock < 0)
        return -errno;
    if (flock(lock, LOCK_EX | LOCK_NB) < 0) {
        int rc = -errno;
        close(lock);
        return rc;
    }
    *fd = lock;
    return 0;
}

void os_unlock_file(int fd)
{
    close(fd);
}

/* Of Linux: a thread's own. Where it is not granted the thread goes on as it was. */
void os_stand_back(void)
{
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), 19);
}

bool os_is_ip(const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}
