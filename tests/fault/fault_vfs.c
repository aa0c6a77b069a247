#include "tests/fault/fault_vfs.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "dispatch/must.h"

static struct disk *disk;
static struct fault_plan *plan;
static const char *ballast;
static sqlite3_vfs *real_vfs;
static sqlite3_vfs fault_vfs;
static sqlite3_mem_methods real_memory;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

_Noreturn void fault_die(void)
{
    pthread_mutex_lock(&lock);
    _exit(FAULT_DIED);
}

/* --- does it strike now? (under the lock, except for memory) --- */

static bool strikes(enum fault_kind kind)
{
    if (!plan || !plan->armed || plan->kind != kind)
        return false;
    uint64_t call = __atomic_add_fetch(&plan->calls, 1, __ATOMIC_RELAXED);
    bool now = call == plan->at || (plan->lasting && call > plan->at);
    if (now)
        __atomic_store_n(&plan->fired, true, __ATOMIC_RELAXED);
    return now;
}

static bool no_space(void)
{
    return (plan->lasting || access(ballast, F_OK) == 0) && strikes(FAULT_FULL);
}

static uint64_t throw(uint64_t sides)
{
    return dice_throw(&disk->dice, sides);
}

/* --- memory --- */

static void *memory_malloc(int n)
{
    return strikes(FAULT_MEMORY) ? NULL : real_memory.xMalloc(n);
}

static void *memory_realloc(void *old, int n)
{
    return strikes(FAULT_MEMORY) ? NULL : real_memory.xRealloc(old, n);
}

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__wrap_calloc(size_t count, size_t n);

void *__wrap_malloc(size_t n)
{
    return strikes(FAULT_MEMORY) ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t count, size_t n)
{
    return strikes(FAULT_MEMORY) ? NULL : __real_calloc(count, n);
}

/* --- one open file --- */

struct fault_file {
    sqlite3_file base;
    struct disk_file *kept; /* NULL: not one of the three */
    bool names_synced;      /* the first sync of a -wal or -journal also syncs the directory */
    sqlite3_file *real;
};

static struct fault_file *of(sqlite3_file *file)
{
    return (struct fault_file *)file;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
    return of(file)->real;
}

static int fault_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int fault_read(sqlite3_file *file, void *bytes, int n, sqlite3_int64 at)
{
    pthread_mutex_lock(&lock);
    bool fails = of(file)->kept && strikes(FAULT_READ);
    pthread_mutex_unlock(&lock);
    return fails ? SQLITE_IOERR_READ : real_of(file)->pMethods->xRead(real_of(file), bytes, n, at);
}

static int put(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at)
{
    int rc = n ? real_of(file)->pMethods->xWrite(real_of(file), bytes, n, at) : SQLITE_OK;

    if (rc == SQLITE_OK)
        disk_write(disk, of(file)->kept, bytes, (size_t)n, (size_t)at);
    return rc;
}

/* A write that fails or is interrupted may have begun. */
static int fault_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at)
{
    int rc = SQLITE_OK;

    if (!of(file)->kept)
        return real_of(file)->pMethods->xWrite(real_of(file), bytes, n, at);
    pthread_mutex_lock(&lock);
    bool dies = strikes(FAULT_DIE);
    if (dies || strikes(FAULT_WRITE))
        rc = SQLITE_IOERR_WRITE;
    else if (no_space())
        rc = SQLITE_FULL;
    int written = rc == SQLITE_OK ? n : (int) throw((uint64_t)n + 1);
    int put_rc = put(file, bytes, written, at);
    if (dies)
        _exit(FAULT_DIED);
    pthread_mutex_unlock(&lock);
    return rc == SQLITE_OK ? put_rc : rc;
}

static int fault_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    int rc = SQLITE_OK;

    pthread_mutex_lock(&lock);
    bool dies = of(file)->kept && strikes(FAULT_DIE);
    if (of(file)->kept && strikes(FAULT_TRUNCATE))
        rc = SQLITE_IOERR_TRUNCATE;
    if (rc == SQLITE_OK && !(dies && throw(2)))
        rc = real_of(file)->pMethods->xTruncate(real_of(file), size);
    if (rc == SQLITE_OK && of(file)->kept)
        disk_truncate(disk, of(file)->kept, (size_t)size);
    if (dies)
        _exit(FAULT_DIED);
    pthread_mutex_unlock(&lock);
    return rc;
}

/* The real disk is never waited for: nothing of this outlives the test. */
static int fault_sync(sqlite3_file *file, int flags)
{
    struct fault_file *f = of(file);
    int rc = SQLITE_OK;

    (void)flags;
    if (!f->kept)
        return SQLITE_OK;
    pthread_mutex_lock(&lock);
    bool dies = strikes(FAULT_DIE);
    if (dies && throw(2)) {
        disk_sync_part(disk, f->kept);
    } else if (strikes(FAULT_SYNC)) {
        disk_sync_failed(disk, f->kept);
        rc = SQLITE_IOERR_FSYNC;
    } else {
        disk_sync(f->kept);
        if (!f->names_synced)
            disk_sync_names(disk);
        f->names_synced = true;
    }
    if (dies)
        _exit(FAULT_DIED);
    pthread_mutex_unlock(&lock);
    return rc;
}

/* --- what passes through --- */

static int fault_file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int fault_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int fault_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int fault_check_lock(sqlite3_file *file, int *reserved)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), reserved);
}

static int fault_control(sqlite3_file *file, int what, void *with)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), what, with);
}

static int fault_sector_size(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int fault_characteristics(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int fault_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **at)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, at);
}

static int fault_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}

static void fault_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int fault_shm_unmap(sqlite3_file *file, int delete)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), delete);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = fault_close,
    .xRead = fault_read,
    .xWrite = fault_write,
    .xTruncate = fault_truncate,
    .xSync = fault_sync,
    .xFileSize = fault_file_size,
    .xLock = fault_lock,
    .xUnlock = fault_unlock,
    .xCheckReservedLock = fault_check_lock,
    .xFileControl = fault_control,
    .xSectorSize = fault_sector_size,
    .xDeviceCharacteristics = fault_characteristics,
    .xShmMap = fault_shm_map,
    .xShmLock = fault_shm_lock,
    .xShmBarrier = fault_shm_barrier,
    .xShmUnmap = fault_shm_unmap,
};

/* --- the VFS --- */

static int fault_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags,
                      int *out_flags)
{
    const int log_files = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL;
    struct fault_file *f = of(file);

    (void)vfs;
    *f = (struct fault_file){.real = (sqlite3_file *)(void *)(f + 1)};
    int rc = real_vfs->xOpen(real_vfs, path, f->real, flags, out_flags);
    if (rc != SQLITE_OK)
        return rc;
    f->base.pMethods = &methods;
    f->kept = path ? disk_find(disk, path) : NULL;
    f->names_synced = !(flags & SQLITE_OPEN_CREATE) || !(flags & log_files);
    pthread_mutex_lock(&lock);
    if (f->kept)
        disk_create(disk, f->kept, path);
    pthread_mutex_unlock(&lock);
    return SQLITE_OK;
}

static int fault_delete(sqlite3_vfs *vfs, const char *path, int sync_dir)
{
    struct disk_file *kept = disk_find(disk, path);

    (void)vfs;
    pthread_mutex_lock(&lock);
    bool dies = kept && strikes(FAULT_DIE);
    int rc = dies && throw(2) ? SQLITE_IOERR : real_vfs->xDelete(real_vfs, path, 0);
    if (rc == SQLITE_OK && kept)
        disk_delete(disk, kept);
    if (rc == SQLITE_OK && sync_dir)
        disk_sync_names(disk);
    if (dies)
        _exit(FAULT_DIED);
    pthread_mutex_unlock(&lock);
    return rc;
}

static void install_memory(void)
{
    must(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory) == SQLITE_OK);
    sqlite3_mem_methods memory = real_memory;
    memory.xMalloc = memory_malloc;
    memory.xRealloc = memory_realloc;
    must(sqlite3_config(SQLITE_CONFIG_MALLOC, &memory) == SQLITE_OK);
}

void fault_vfs_install(struct disk *with_disk, struct fault_plan *with_plan,
                       const char *with_ballast)
{
    disk = with_disk;
    plan = with_plan;
    ballast = with_ballast;
    install_memory();
    real_vfs = sqlite3_vfs_find(NULL);
    must(real_vfs != NULL);
    fault_vfs = *real_vfs;
    fault_vfs.zName = "fault";
    fault_vfs.szOsFile = (int)sizeof(struct fault_file) + real_vfs->szOsFile;
    fault_vfs.xOpen = fault_open;
    fault_vfs.xDelete = fault_delete;
    must(sqlite3_vfs_register(&fault_vfs, 1) == SQLITE_OK);
}

/* --- what the journal itself asks of the disk (link with --wrap) --- */

int __wrap_os_sync_dir(const char *dir);
int __wrap_os_reserve_file(const char *path, uint64_t bytes);

int __wrap_os_sync_dir(const char *dir)
{
    (void)dir;
    pthread_mutex_lock(&lock);
    disk_sync_names(disk);
    pthread_mutex_unlock(&lock);
    return 0;
}

/* That the ballast is there is all that counts. */
int __wrap_os_reserve_file(const char *path, uint64_t bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);

    (void)bytes;
    must(fd >= 0);
    close(fd);
    return 0;
}
