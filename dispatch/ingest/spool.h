/* spool: every fix, appended to a file per day of receipt, for PostGIS and for restarts.
 * One writer (the main loop); any number of readers, in any thread, each with its own cursor.
 * "In the spool" means write(2) into the file has returned: it survives the death of the process
 * at once, and a power cut after the next spool_sync (the caller's timer, about once a second);
 * a terminal that was answered in that last second is the price of not syncing per fix.
 * The bytes of a file are described at the top of spool.c. Days are UTC.
 * Bounds: past days_max days or bytes_max the oldest days go, and are counted; a single day that
 * alone passes it is an error, so fixes are then not acknowledged rather than forgotten. */
#ifndef INGEST_SPOOL_H
#define INGEST_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dispatch/ingest/fix.h"

enum { SPOOL_RECORD = 64, SPOOL_DIR_MAX = 480, SPOOL_WAITING = 256 };
enum { SPOOL_PATH_MAX = SPOOL_DIR_MAX + 64 }; /* with a name of ours, whatever its day */

struct spool {
    char dir[SPOOL_DIR_MAX];
    uint64_t bytes_max;
    uint32_t days_max;
    int fd;       /* today's file, or −1 */
    uint32_t day; /* days since 1970; of fd */
    uint64_t day_bytes;
    uint64_t other_bytes; /* in the files of other days */
    uint64_t written, removed_days, torn_bytes;
    uint64_t damaged_files; /* moved aside as *.damaged */
    bool dirty;
    uint32_t waiting_n, waiting_day; /* added and not yet in the file */
    uint8_t waiting[SPOOL_WAITING * SPOOL_RECORD];
    char errmsg[256];
};

/* The directory must exist. Negative with errmsg on error. */
int spool_open(struct spool *s, const char *dir, uint64_t bytes_max, uint32_t days_max);
void spool_close(struct spool *s);
/* 0 when the file has it; negative with errmsg otherwise. The day is that of fix->received_ms. */
int spool_append(struct spool *s, const struct fix *fix);

/* The same for many at once: each is added to memory, at most SPOOL_WAITING of them, and a flush
 * writes them together. When it fails (negative, errmsg) none of them is in the file; they can
 * still be looked at, from 0 to waiting_n, until spool_forget. */
void spool_add(struct spool *s, const struct fix *fix);
int spool_flush(struct spool *s);
void spool_waiting(const struct spool *s, uint32_t index, struct fix *fix);
void spool_forget(struct spool *s);
/* fsync if anything was written since the last one. */
int spool_sync(struct spool *s);
/* The same in two halves, so that another thread does the waiting: a descriptor to be synced and
 * closed there, negative when there is nothing to sync; then how that went, 0 or an errno. */
int spool_sync_begin(struct spool *s);
int spool_sync_end(struct spool *s, int error);

/* Where a reader stands: after `offset` bytes of `day`'s file. {0, 0} is the very beginning. */
struct spool_cursor {
    uint32_t day;
    uint64_t offset;
};
struct spool_reader {
    char dir[SPOOL_DIR_MAX];
    uint64_t corrupt;   /* records whose checksum is wrong: passed over */
    uint64_t lost_days; /* jumps over days that were removed before they were read */
    char errmsg[256];
};
void spool_reader_init(struct spool_reader *r, const char *dir);
/* Up to max fixes after the cursor, which moves on past them (over the ends of days, too).
 * The count, 0 when there is nothing new, negative with errmsg on error (cursor unmoved). */
int spool_read(struct spool_reader *r, struct spool_cursor *c, struct fix *out, size_t max);
/* A cursor `records` before the end of the newest day, or in the day before it if that one is
 * shorter (or at its beginning). False: no file. */
bool spool_tail(struct spool_reader *r, uint64_t records, struct spool_cursor *out);

#endif
