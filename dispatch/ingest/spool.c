/* The file of a day, `fix-YYYYMMDD.spool`: a header record, then fix records, each SPOOL_RECORD
 * (64) bytes, little-endian, never changed once written. A torn record at the end (power cut) is
 * cut off when the file is opened for writing.
 *
 *   header  0 magic "MDFIX001" · 8 record size u32 · 12 day u32 (since 1970) · 16 zeros · 60 crc
 *   fix     0 unit u64 · 8 at_ms i64 · 16 received_ms i64 · 24 lat_e7 i32 · 28 lon_e7 i32
 *          32 alarm u32 · 36 status u32 · 40 speed_dkmh u16 · 42 course_deg u16
 *          44 altitude_m i16 · 46 accuracy_m u16 · 48 marks u16 · 50 source u8 · 51 zeros · 60 crc
 *   crc     CRC-32 (IEEE 802.3) of the bytes before it, u32
 *
 * A reader's offset counts bytes from the beginning of the file, so it is a multiple of 64. */
#include "dispatch/ingest/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "dispatch/must.h"

static const char magic[8] = {'M', 'D', 'F', 'I', 'X', '0', '0', '1'};
enum { CRC_AT = SPOOL_RECORD - 4, DAY_S = 86400 };

static int fail(char errmsg[256], const char *what, const char *path)
{
    snprintf(errmsg, 256, "spool: %s %.150s: %s", what, path, strerror(errno));
    return -1;
}

/* Four bits at a time: the table is one cache line. */
static uint32_t crc32_of(const uint8_t *bytes, size_t n)
{
    static const uint32_t table[16] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC,
                                       0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
                                       0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
                                       0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 0; i < n; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

static void put(uint8_t *at, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get(const uint8_t *at, size_t n)
{
    uint64_t value = 0;
    for (size_t i = n; i-- > 0;)
        value = value << 8 | at[i];
    return value;
}

static void record_seal(uint8_t r[SPOOL_RECORD])
{
    put(r + CRC_AT, crc32_of(r, CRC_AT), 4);
}

static bool record_whole(const uint8_t r[SPOOL_RECORD])
{
    return get(r + CRC_AT, 4) == crc32_of(r, CRC_AT);
}

static void fix_put(const struct fix *f, uint8_t r[SPOOL_RECORD])
{
    memset(r, 0, SPOOL_RECORD);
    put(r, f->unit, 8);
    put(r + 8, (uint64_t)f->at_ms, 8);
    put(r + 16, (uint64_t)f->received_ms, 8);
    put(r + 24, (uint32_t)f->lat_e7, 4);
    put(r + 28, (uint32_t)f->lon_e7, 4);
    put(r + 32, f->alarm, 4);
    put(r + 36, f->status, 4);
    put(r + 40, f->speed_dkmh, 2);
    put(r + 42, f->course_deg, 2);
    put(r + 44, (uint16_t)f->altitude_m, 2);
    put(r + 46, f->accuracy_m, 2);
    put(r + 48, f->marks, 2);
    put(r + 50, f->source, 1);
    record_seal(r);
}

static void fix_get(const uint8_t r[SPOOL_RECORD], struct fix *f)
{
    *f = (struct fix){
        .unit = get(r, 8),
        .at_ms = (int64_t)get(r + 8, 8),
        .received_ms = (int64_t)get(r + 16, 8),
        .lat_e7 = (int32_t)get(r + 24, 4),
        .lon_e7 = (int32_t)get(r + 28, 4),
        .alarm = (uint32_t)get(r + 32, 4),
        .status = (uint32_t)get(r + 36, 4),
        .speed_dkmh = (uint16_t)get(r + 40, 2),
        .course_deg = (uint16_t)get(r + 42, 2),
        .altitude_m = (int16_t)get(r + 44, 2),
        .accuracy_m = (uint16_t)get(r + 46, 2),
        .marks = (uint16_t)get(r + 48, 2),
        .source = (uint8_t)get(r + 50, 1),
    };
}

static void day_path(const char *dir, uint32_t day, char path[SPOOL_PATH_MAX])
{
    time_t s = (time_t)day * DAY_S;
    struct tm tm;
    gmtime_r(&s, &tm);
    snprintf(path, SPOOL_PATH_MAX, "%s/fix-%04d%02d%02d.spool", dir, tm.tm_year + 1900,
             tm.tm_mon + 1, tm.tm_mday);
}

/* The day of a file name, or false if it is none of ours. */
static bool day_of_name(const char *name, uint32_t *day)
{
    int year, month, mday, end = 0;
    if (sscanf(name, "fix-%4d%2d%2d.spool%n", &year, &month, &mday, &end) != 3 || end == 0 ||
        name[end] != '\0')
        return false;
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = mday};
    time_t s = timegm(&tm);
    if (s < 0)
        return false;
    *day = (uint32_t)(s / DAY_S);
    return true;
}

/* What the directory holds, seen from one day. */
struct day_list {
    bool any, before, after;
    uint32_t first, last;
    uint32_t next;          /* the earliest after `from`, if after */
    uint32_t prev;          /* the latest before `from`, if before */
    uint64_t bytes_without; /* in all files but from's */
};

static int days_list(const char *dir, uint32_t from, struct day_list *out, char errmsg[256])
{
    DIR *d = opendir(dir);
    if (d == NULL)
        return fail(errmsg, "cannot read", dir);
    *out = (struct day_list){0};
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        uint32_t day;
        struct stat st;
        if (!day_of_name(e->d_name, &day) || fstatat(dirfd(d), e->d_name, &st, 0) != 0)
            continue;
        if (!out->any || day < out->first)
            out->first = day;
        if (!out->any || day > out->last)
            out->last = day;
        if (day > from && (!out->after || day < out->next))
            out->next = day;
        if (day < from && (!out->before || day > out->prev))
            out->prev = day;
        out->after = out->after || day > from;
        out->before = out->before || day < from;
        out->bytes_without += day == from ? 0 : (uint64_t)st.st_size;
        out->any = true;
    }
    closedir(d);
    return 0;
}

static int write_all(int fd, const uint8_t *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, bytes, n);
        if (done < 0 && errno != EINTR)
            return -1;
        if (done > 0) {
            bytes += done;
            n -= (size_t)done;
        }
    }
    return 0;
}

static int header_write(int fd, uint32_t day)
{
    uint8_t r[SPOOL_RECORD] = {0};
    memcpy(r, magic, sizeof magic);
    put(r + 8, SPOOL_RECORD, 4);
    put(r + 12, day, 4);
    record_seal(r);
    return write_all(fd, r, sizeof r);
}

static int header_check(int fd, uint32_t day)
{
    uint8_t r[SPOOL_RECORD];
    if (pread(fd, r, sizeof r, 0) != sizeof r || !record_whole(r) ||
        memcmp(r, magic, sizeof magic) != 0 || get(r + 8, 4) != SPOOL_RECORD ||
        get(r + 12, 4) != day) {
        errno = EBADMSG;
        return -1;
    }
    return 0;
}

/* Cuts off a torn record, or writes the header of a new file. */
static int day_prepare(struct spool *s, int fd, uint32_t day)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return -1;
    uint64_t torn = (uint64_t)st.st_size % SPOOL_RECORD;
    if (torn != 0 && ftruncate(fd, st.st_size - (off_t)torn) != 0)
        return -1;
    s->torn_bytes += torn;
    s->day_bytes = (uint64_t)st.st_size - torn;
    if (s->day_bytes > 0)
        return header_check(fd, day);
    s->day_bytes = SPOOL_RECORD;
    return header_write(fd, day);
}

/* The file of a day ready for writing. One whose header is not ours is moved aside (counted), so
 * that new fixes have a place to go. */
static int day_fd(struct spool *s, uint32_t day, const char *path)
{
    for (int attempt = 0; attempt < 2; attempt++) {
        int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
        if (fd < 0)
            return fail(s->errmsg, "cannot open", path);
        if (day_prepare(s, fd, day) == 0)
            return fd;
        fail(s->errmsg, "cannot use", path);
        bool damaged = errno == EBADMSG;
        close(fd);
        char aside[SPOOL_PATH_MAX + 16];
        snprintf(aside, sizeof aside, "%s.damaged", path);
        if (!damaged || rename(path, aside) != 0)
            return -1;
        s->damaged_files++;
    }
    return -1;
}

/* Makes a new file's name as durable as its bytes. */
static int dir_sync(struct spool *s)
{
    int fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = fd < 0 ? -1 : fsync(fd);
    if (error != 0)
        fail(s->errmsg, "cannot sync", s->dir);
    if (fd >= 0)
        close(fd);
    return error;
}

static int day_open(struct spool *s, uint32_t day)
{
    char path[SPOOL_PATH_MAX];
    if (spool_sync(s) != 0)
        return -1;
    day_path(s->dir, day, path);
    int fd = day_fd(s, day, path);
    if (fd < 0)
        return -1;
    if (dir_sync(s) != 0) {
        close(fd);
        return -1;
    }
    if (s->fd >= 0)
        close(s->fd);
    s->fd = fd;
    s->day = day;
    s->dirty = true;
    return 0;
}

static size_t waiting_bytes(const struct spool *s)
{
    return (size_t)s->waiting_n * SPOOL_RECORD;
}

static bool over_limit(const struct spool *s, const struct day_list *days)
{
    bool too_old = days->before && s->day - days->first >= s->days_max;
    return too_old || s->day_bytes + s->other_bytes + waiting_bytes(s) > s->bytes_max;
}

static int oldest_remove(struct spool *s, const struct day_list *days)
{
    char path[SPOOL_PATH_MAX];
    if (!days->before) {
        snprintf(s->errmsg, sizeof s->errmsg,
                 "spool: one day has filled it (%llu bytes); raise its limit",
                 (unsigned long long)s->bytes_max);
        return -1;
    }
    day_path(s->dir, days->first, path);
    if (unlink(path) != 0)
        return fail(s->errmsg, "cannot remove", path);
    s->removed_days++;
    return 0;
}

/* Removes the oldest days until the limits are kept with what waits; the open day never goes.
 */
static int make_room(struct spool *s)
{
    for (;;) {
        struct day_list days;
        if (days_list(s->dir, s->day, &days, s->errmsg) != 0)
            return -1;
        s->other_bytes = days.bytes_without;
        if (!over_limit(s, &days))
            return 0;
        if (oldest_remove(s, &days) != 0)
            return -1;
    }
}

int spool_open(struct spool *s, const char *dir, uint64_t bytes_max, uint32_t days_max)
{
    struct day_list days;
    *s = (struct spool){.bytes_max = bytes_max, .days_max = days_max, .fd = -1};
    if (strlen(dir) >= sizeof s->dir) {
        errno = ENAMETOOLONG;
        return fail(s->errmsg, "cannot use", dir);
    }
    memcpy(s->dir, dir, strlen(dir) + 1);
    return days_list(dir, 0, &days, s->errmsg);
}

void spool_close(struct spool *s)
{
    if (s->fd < 0)
        return;
    (void)spool_sync(s);
    close(s->fd);
    s->fd = -1;
}

void spool_add(struct spool *s, const struct fix *fix)
{
    must(fix->received_ms >= 0 && s->waiting_n < SPOOL_WAITING);
    if (s->waiting_n == 0)
        s->waiting_day = (uint32_t)(fix->received_ms / 1000 / DAY_S);
    fix_put(fix, s->waiting + waiting_bytes(s));
    s->waiting_n++;
}

void spool_waiting(const struct spool *s, uint32_t index, struct fix *fix)
{
    must(index < s->waiting_n);
    fix_get(s->waiting + (size_t)index * SPOOL_RECORD, fix);
}

void spool_forget(struct spool *s)
{
    s->waiting_n = 0;
}

int spool_flush(struct spool *s)
{
    if (s->waiting_n == 0)
        return 0;
    bool new_day = s->fd < 0 || s->waiting_day > s->day;
    if (new_day && day_open(s, s->waiting_day) != 0)
        return -1;
    bool full = s->day_bytes + s->other_bytes + waiting_bytes(s) > s->bytes_max;
    if ((new_day || full) && make_room(s) != 0)
        return -1;
    if (write_all(s->fd, s->waiting, waiting_bytes(s)) != 0) {
        fail(s->errmsg, "cannot write into", s->dir);
        /* What was written of it must not stay in the file. */
        if (ftruncate(s->fd, (off_t)s->day_bytes) != 0)
            spool_close(s);
        return -1;
    }
    s->day_bytes += waiting_bytes(s);
    s->written += s->waiting_n;
    s->dirty = true;
    spool_forget(s);
    return 0;
}

int spool_append(struct spool *s, const struct fix *fix)
{
    spool_add(s, fix);
    int result = spool_flush(s);
    spool_forget(s);
    return result;
}

int spool_sync(struct spool *s)
{
    if (s->fd < 0 || !s->dirty)
        return 0;
    if (fdatasync(s->fd) != 0)
        return fail(s->errmsg, "cannot sync", s->dir);
    s->dirty = false;
    return 0;
}

int spool_sync_begin(struct spool *s)
{
    int fd = s->fd < 0 || !s->dirty ? -1 : fcntl(s->fd, F_DUPFD_CLOEXEC, 0);
    s->dirty = s->dirty && fd < 0;
    return fd;
}

int spool_sync_end(struct spool *s, int error)
{
    errno = error;
    s->dirty = s->dirty || error != 0;
    return error == 0 ? 0 : fail(s->errmsg, "cannot sync", s->dir);
}

void spool_reader_init(struct spool_reader *r, const char *dir)
{
    *r = (struct spool_reader){0};
    snprintf(r->dir, sizeof r->dir, "%s", dir);
}

/* The count of fixes put into `out`, having moved *offset; 0 at the end of what is whole. */
static int day_read(struct spool_reader *r, int fd, uint64_t *offset, struct fix *out, size_t max)
{
    size_t count = 0;
    uint8_t block[64 * SPOOL_RECORD];
    while (count < max) {
        size_t want = (max - count) * SPOOL_RECORD;
        ssize_t n = pread(fd, block, want < sizeof block ? want : sizeof block, (off_t)*offset);
        if (n < 0)
            return -1;
        size_t whole = (size_t)n / SPOOL_RECORD;
        if (whole == 0)
            break;
        for (size_t i = 0; i < whole; i++) {
            if (record_whole(block + i * SPOOL_RECORD))
                fix_get(block + i * SPOOL_RECORD, &out[count++]);
            else
                r->corrupt++;
        }
        *offset += whole * SPOOL_RECORD;
    }
    return (int)count;
}

/* A cursor to the first day there is, past its header, or where it was if its day still exists. */
static void cursor_settle(struct spool_reader *r, struct spool_cursor *c,
                          const struct day_list *days)
{
    if (c->day < days->first) {
        r->lost_days += c->day != 0;
        *c = (struct spool_cursor){.day = days->first};
    }
    if (c->offset < SPOOL_RECORD)
        c->offset = SPOOL_RECORD;
}

int spool_read(struct spool_reader *r, struct spool_cursor *c, struct fix *out, size_t max)
{
    struct spool_cursor at = *c;
    for (;;) {
        char path[SPOOL_PATH_MAX];
        struct day_list days;
        if (days_list(r->dir, at.day, &days, r->errmsg) != 0)
            return -1;
        if (!days.any)
            return 0;
        cursor_settle(r, &at, &days);
        day_path(r->dir, at.day, path);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 && errno != ENOENT)
            return fail(r->errmsg, "cannot open", path);
        int count = fd < 0 ? 0 : day_read(r, fd, &at.offset, out, max);
        if (fd >= 0)
            close(fd);
        if (count < 0)
            return fail(r->errmsg, "cannot read", path);
        if (count > 0 || max == 0) {
            *c = at;
            return count;
        }
        if (days_list(r->dir, at.day, &days, r->errmsg) != 0)
            return -1;
        if (!days.after) {
            *c = at;
            return 0;
        }
        at = (struct spool_cursor){.day = days.next, .offset = SPOOL_RECORD};
    }
}

/* Whole records (the header is one) in a day's file. */
static uint64_t day_records(const char *dir, uint32_t day)
{
    char path[SPOOL_PATH_MAX];
    struct stat st;
    day_path(dir, day, path);
    return stat(path, &st) == 0 ? (uint64_t)st.st_size / SPOOL_RECORD : 0;
}

static struct spool_cursor before_end(uint32_t day, uint64_t have, uint64_t records)
{
    uint64_t from = have > records ? have - records : 1;
    return (struct spool_cursor){day, from * SPOOL_RECORD};
}

bool spool_tail(struct spool_reader *r, uint64_t records, struct spool_cursor *out)
{
    struct day_list days;
    if (days_list(r->dir, UINT32_MAX, &days, r->errmsg) != 0 || !days.any)
        return false;
    uint32_t last = days.last;
    uint64_t have = day_records(r->dir, last);
    if (days_list(r->dir, last, &days, r->errmsg) != 0)
        return false;
    if (have > records || !days.before)
        *out = before_end(last, have, records);
    else
        *out = before_end(days.prev, day_records(r->dir, days.prev), records - have);
    return true;
}
