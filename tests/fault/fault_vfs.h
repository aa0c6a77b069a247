/* fault_vfs: SQLite's own VFS for this machine with a disk under it that fails on command.
 *
 * Files, locks and the shared memory of the WAL stay the real ones (so a reader in another process
 * sees what it would see); every write, truncation and sync is also told to a struct disk, which
 * knows what a power cut would leave. One fault is armed at a time: the `at`-th call of its kind
 * from then on fails, and with `lasting` all that follow. FAULT_DIE ends the process in the middle
 * of the `at`-th write, truncation, sync or deletion, as `kill -9` does. FAULT_MEMORY fails the
 * `at`-th allocation of SQLite and of the journal (link with --wrap=malloc,--wrap=calloc).
 *
 * Any thread. The plan lies in shared memory beside the disk, so that the parent sees whether the
 * fault came. Call fault_vfs_install before anything else of SQLite. */
#ifndef TESTS_FAULT_VFS_H
#define TESTS_FAULT_VFS_H

#include "tests/fault/disk.h"

enum fault_kind {
    FAULT_NONE,
    FAULT_DIE,
    FAULT_READ,
    FAULT_WRITE,
    FAULT_SYNC,
    FAULT_TRUNCATE,
    FAULT_FULL,
    FAULT_MEMORY,
    FAULT_KINDS
};

struct fault_plan {
    enum fault_kind kind;
    uint64_t at;
    bool lasting;
    bool armed;
    bool fired;
    uint64_t calls; /* of this kind, since it was armed */
};

enum { FAULT_DIED = 113 }; /* exit code of FAULT_DIE */

/* As the default VFS. While `ballast` exists a full disk is full; without it there is room again,
 * unless the fault is lasting. Both pointers are kept. */
void fault_vfs_install(struct disk *disk, struct fault_plan *plan, const char *ballast);

/* The process ends here and now, between two operations on the disk. */
_Noreturn void fault_die(void);

#endif
