/* disk: what a disk keeps of three files when the power goes.
 *
 * Each file has two images: `cache`, what the kernel shows, and `platter`, what a power cut leaves.
 * A write changes the cache and makes its sectors dirty; a sync copies dirty sectors to the
 * platter; meanwhile any of them may get there by itself. A sync that fails may still have written
 * some, and may call the rest clean, as Linux does: later syncs then pass them over.
 * `disk_cut` decides sector by sector, from the dice, what stays: all, nothing, a part of it torn
 * at any byte, or noise where the new bytes should have been.
 *
 * The struct lies in shared memory: processes that use the files die, the disk does not. Nobody
 * else may touch the files meanwhile. One thread at a time. Sizes and offsets in bytes. Running
 * over DISK_FILE_MAX is a bug of the test and aborts. */
#ifndef TESTS_FAULT_DISK_H
#define TESTS_FAULT_DISK_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DISK_SECTOR = 512, DISK_FILE_MAX = 12 << 20, DISK_FILES = 3 };

struct disk_file {
    char path[PATH_MAX];
    bool exists;      /* for the kernel */
    bool named;       /* its name is on the platter */
    size_t size;      /* for the kernel */
    size_t kept_size; /* on the platter */
    size_t used;      /* beyond it both images are zeros */
    unsigned char dirty[DISK_FILE_MAX / DISK_SECTOR];
    unsigned char cache[DISK_FILE_MAX];
    unsigned char platter[DISK_FILE_MAX];
};

struct disk {
    uint64_t dice;
    uint64_t cuts;
    struct disk_file file[DISK_FILES];
};

/* A number below `sides`. */
uint64_t dice_throw(uint64_t *dice, uint64_t sides);

/* One of the three, by the end of its name: ".db", ".db-wal", ".db-journal"; NULL: none of them. */
struct disk_file *disk_find(struct disk *disk, const char *path);

void disk_create(struct disk *disk, struct disk_file *file, const char *path);
void disk_delete(struct disk *disk, struct disk_file *file);
void disk_write(struct disk *disk, struct disk_file *file, const void *bytes, size_t n, size_t at);
void disk_truncate(struct disk *disk, struct disk_file *file, size_t size);
void disk_sync(struct disk_file *file);
void disk_sync_part(struct disk *disk, struct disk_file *file); /* interrupted */
void disk_sync_failed(struct disk *disk, struct disk_file *file);
void disk_sync_names(struct disk *disk); /* of the directory */

/* The power goes: rewrites the real files as they are when it is back. */
void disk_cut(struct disk *disk);

/* An empty disk, the real files removed. */
void disk_wipe(struct disk *disk);

#endif
