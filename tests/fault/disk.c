#include "tests/fault/disk.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dispatch/must.h"

uint64_t dice_throw(uint64_t *dice, uint64_t sides)
{
    *dice += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t x = *dice;
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (x ^ (x >> 31)) % sides;
}

static bool chance(struct disk *disk, uint64_t one_in)
{
    return dice_throw(&disk->dice, one_in) == 0;
}

struct disk_file *disk_find(struct disk *disk, const char *path)
{
    static const char *const endings[DISK_FILES] = {".db", ".db-wal", ".db-journal"};

    for (int i = 0; i < DISK_FILES; i++) {
        size_t n = strlen(endings[i]), all = strlen(path);
        if (all >= n && strcmp(path + all - n, endings[i]) == 0)
            return &disk->file[i];
    }
    return NULL;
}

/* --- while there is power --- */

static void forget_platter(struct disk_file *file)
{
    memset(file->platter, 0, file->used);
    file->kept_size = 0;
    file->named = false;
}

void disk_create(struct disk *disk, struct disk_file *file, const char *path)
{
    if (file->exists)
        return;
    must(snprintf(file->path, PATH_MAX, "%s", path) < PATH_MAX);
    forget_platter(file); /* one of the same name that was deleted: that is settled now */
    file->exists = true;
    file->named = chance(disk, 2);
}

void disk_delete(struct disk *disk, struct disk_file *file)
{
    memset(file->cache, 0, file->used);
    memset(file->dirty, 0, sizeof(file->dirty));
    file->exists = false;
    file->size = 0;
    if (chance(disk, 2))
        forget_platter(file);
}

static void copy_sector(struct disk_file *file, size_t sector)
{
    memcpy(file->platter + sector * DISK_SECTOR, file->cache + sector * DISK_SECTOR, DISK_SECTOR);
    file->dirty[sector] = 0;
}

void disk_write(struct disk *disk, struct disk_file *file, const void *bytes, size_t n, size_t at)
{
    if (n == 0)
        return;
    must(file->exists && at + n <= DISK_FILE_MAX);
    for (size_t s = at / DISK_SECTOR; s <= (at + n - 1) / DISK_SECTOR; s++) {
        if (file->dirty[s] && chance(disk, 4))
            copy_sector(file, s); /* what is overwritten now got there before */
    }
    memcpy(file->cache + at, bytes, n);
    memset(file->dirty + at / DISK_SECTOR, 1, (at + n - 1) / DISK_SECTOR - at / DISK_SECTOR + 1);
    if (at + n > file->size)
        file->size = at + n;
    if (at + n > file->used)
        file->used = at + n;
}

void disk_truncate(struct disk *disk, struct disk_file *file, size_t size)
{
    size_t first = (size + DISK_SECTOR - 1) / DISK_SECTOR;

    if (size < file->size)
        memset(file->cache + size, 0, file->size - size);
    memset(file->dirty + first, 0, sizeof(file->dirty) - first);
    file->size = size;
    if (size < file->kept_size && chance(disk, 2)) {
        memset(file->platter + size, 0, file->kept_size - size);
        file->kept_size = size;
    }
}

void disk_sync(struct disk_file *file)
{
    for (size_t s = 0; s * DISK_SECTOR < file->size; s++) {
        if (file->dirty[s])
            copy_sector(file, s);
    }
    if (file->kept_size > file->size)
        memset(file->platter + file->size, 0, file->kept_size - file->size);
    file->kept_size = file->size;
}

void disk_sync_part(struct disk *disk, struct disk_file *file)
{
    for (size_t s = 0; s * DISK_SECTOR < file->size; s++) {
        if (file->dirty[s] && chance(disk, 2))
            copy_sector(file, s);
    }
    if (file->size > file->kept_size && chance(disk, 2))
        file->kept_size = file->size;
}

void disk_sync_failed(struct disk *disk, struct disk_file *file)
{
    disk_sync_part(disk, file);
    if (!chance(disk, 3))
        memset(file->dirty, 0, sizeof(file->dirty)); /* nobody will try again */
}

void disk_sync_names(struct disk *disk)
{
    for (int i = 0; i < DISK_FILES; i++) {
        struct disk_file *file = &disk->file[i];
        if (file->exists)
            file->named = true;
        else
            forget_platter(file);
    }
}

/* --- without --- */

/* What becomes of one dirty sector: `how` is this cut's temper. */
static void cut_sector(struct disk *disk, struct disk_file *file, size_t sector, uint64_t how)
{
    unsigned char *kept = file->platter + sector * DISK_SECTOR;
    const unsigned char *fresh = file->cache + sector * DISK_SECTOR;
    size_t at = (size_t)dice_throw(&disk->dice, DISK_SECTOR);

    switch (how < 2 ? how : dice_throw(&disk->dice, 5)) {
    case 0: /* lost */
        return;
    case 1: /* kept */
        memcpy(kept, fresh, DISK_SECTOR);
        return;
    case 2: /* torn */
        memcpy(kept, fresh, at);
        return;
    case 3:
        memcpy(kept + at, fresh + at, DISK_SECTOR - at);
        return;
    default: /* noise, but only where something was being written */
        for (size_t i = 0; i < DISK_SECTOR; i++) {
            if (kept[i] != fresh[i])
                kept[i] = (unsigned char)dice_throw(&disk->dice, 256);
        }
    }
}

static void write_back(const struct disk_file *file)
{
    if (!file->exists) {
        unlink(file->path);
        return;
    }
    int fd = open(file->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    must(fd >= 0 && pwrite(fd, file->cache, file->size, 0) == (ssize_t)file->size);
    close(fd);
}

/* The size, like the sectors, is the old one or the new one. */
static void cut_size(struct disk *disk, struct disk_file *file)
{
    if (file->size != file->kept_size && chance(disk, 2))
        file->kept_size = file->size;
    file->used = file->used > file->kept_size ? file->used : file->kept_size;
    memset(file->platter + file->kept_size, 0, file->used - file->kept_size);
}

static void cut_file(struct disk *disk, struct disk_file *file)
{
    uint64_t how = dice_throw(&disk->dice, 6);
    bool stays = file->exists == file->named ? file->named : chance(disk, 2);

    for (size_t s = 0; s * DISK_SECTOR < file->size; s++) {
        if (file->dirty[s])
            cut_sector(disk, file, s, how);
    }
    memset(file->dirty, 0, sizeof(file->dirty));
    if (!stays)
        forget_platter(file);
    else if (file->exists)
        cut_size(disk, file);
    file->exists = file->named = stays;
    file->size = file->kept_size;
    memcpy(file->cache, file->platter, file->used);
    write_back(file);
}

void disk_cut(struct disk *disk)
{
    disk->cuts++;
    for (int i = 0; i < DISK_FILES; i++) {
        if (disk->file[i].path[0])
            cut_file(disk, &disk->file[i]);
    }
}

void disk_wipe(struct disk *disk)
{
    for (int i = 0; i < DISK_FILES; i++) {
        struct disk_file *file = &disk->file[i];
        if (file->path[0])
            unlink(file->path);
        memset(file->cache, 0, file->used);
        memset(file->dirty, 0, sizeof(file->dirty));
        forget_platter(file);
        file->exists = false;
        file->size = file->used = 0;
    }
}
