/* os: what the house asks of the operating system, and nothing else asks for.
 * No owner, any thread. Times: wall milliseconds since 1970 UTC, monotonic milliseconds and
 * nanoseconds since some start. Errors: 0 or -errno; out-parameters only on success.
 * os_clock.c holds clock and chance, os.c files; tests and the simulator link their own
 * os_clock.c (tests/lib/os_driven.c), so that time passes and dice fall as the test says. */
#ifndef BASE_OS_H
#define BASE_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for the text of an error: `char errmsg[static ERRMSG_MAX]` is written only on error. */
enum { ERRMSG_MAX = 512 };

/* Clock and chance (os_clock.c). */
int64_t os_wall_ms(void);
int64_t os_mono_ms(void);
uint64_t os_mono_ns(void);
void os_random(void *out, size_t size);

/* Files (os.c). `os_read_file` allocates and adds a final zero that is not counted; free() it.
 * More than `size_max` is -EFBIG. */
int os_read_file(const char *path, size_t size_max, unsigned char **bytes, size_t *size);

/* All of the new content or all of the old one, whatever happens, and durable on return. */
int os_replace_file(const char *path, const void *bytes, size_t size, unsigned mode);

int os_sync_dir(const char *dir);
int os_sync_file(const char *path); /* and the directory it is in */
int os_make_dirs(const char *path); /* like mkdir -p, mode 0750 */
int os_free_bytes(const char *path, uint64_t *bytes);
int os_reserve_file(const char *path, uint64_t bytes); /* really allocated, not sparse */

/* 0 when only its owner may read it, -EPERM when others may. */
int os_check_private(const char *path);

/* One holder per file in the whole machine, let go when the process ends however it ends.
 * -EWOULDBLOCK when another holds it. */
int os_lock_file(const char *path, int *fd);
void os_unlock_file(int fd);

/* This thread gets the processor time that others leave, for as long as it lives. */
void os_stand_back(void);

/* An IP address, not a name: looking one up takes as long as it likes, and the loop would wait. */
bool os_is_ip(const char *host);

#endif
