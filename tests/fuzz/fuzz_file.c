#include "tests/fuzz/fuzz_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dispatch/must.h"
#include "tests/lib/temp_dir.h"

static char folder[TEMP_DIR_MAX];

static void fill(int fd, const void *bytes, size_t n)
{
    must(ftruncate(fd, 0) == 0);
    must(pwrite(fd, bytes, n, 0) == (ssize_t)n);
}

const char *fuzz_file(const void *bytes, size_t n)
{
    static int fd = -1;
    static char path[32];
    if (fd < 0) {
        fd = memfd_create("fuzz", MFD_CLOEXEC);
        must(fd >= 0);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    }
    fill(fd, bytes, n);
    return path;
}

static void remove_folder(void)
{
    temp_dir_remove(folder);
}

const char *fuzz_dir(void)
{
    if (!folder[0]) {
        if (access("/dev/shm", W_OK) == 0) /* no disk in it: many times faster */
            setenv("TMPDIR", "/dev/shm", 0);
        temp_dir_make(folder);
        must(atexit(remove_folder) == 0);
    }
    return folder;
}

void fuzz_dir_clear(void)
{
    char path[TEMP_DIR_MAX + 256];
    DIR *dir = opendir(fuzz_dir());
    must(dir);
    for (const struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_type != DT_REG)
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        must(unlink(path) == 0);
    }
    closedir(dir);
}

void fuzz_dir_sub(const char *name)
{
    char path[TEMP_DIR_MAX + 64];
    snprintf(path, sizeof(path), "%s/%s", fuzz_dir(), name);
    must(mkdir(path, 0700) == 0);
}

void fuzz_dir_put(const char *name, const void *bytes, size_t n)
{
    char path[TEMP_DIR_MAX + 64];
    snprintf(path, sizeof(path), "%s/%s", fuzz_dir(), name);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    must(fd >= 0);
    fill(fd, bytes, n);
    close(fd);
}

void fuzz_dir_copy(const char *name, const char *from)
{
    static char bytes[1 << 20];
    FILE *in = fopen(from, "rb");
    must(in);
    size_t n = fread(bytes, 1, sizeof(bytes), in);
    must(n < sizeof(bytes));
    fclose(in);
    fuzz_dir_put(name, bytes, n);
}
