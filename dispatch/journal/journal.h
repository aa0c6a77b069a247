/* journal: the only thing that remembers. Numbered records, durable in order, chained by hash.
 *
 * The writer belongs to the loop thread; a thread of its own commits everything queued as one
 * transaction, then `on_durable_cb` runs on the loop. Readers own a read-only connection each, may
 * be in any thread or process, and see durable records only. Times are wall milliseconds.
 *
 *   hash(n) = BLAKE2b-256(hash(n-1) | seq | at_ms | client | number | body)   hash(0) = 32 zeros
 *
 * Errors: -1 with a text for people in errmsg. A failing disk never comes back as an error: a full
 * one costs the ballast file and is retried, anything else is logged and aborts the process, so
 * that nothing is ever acknowledged from memory.
 * Files: journal.c open and append, journal_writer.c the thread, journal_read.c readers and checks,
 * journal_hash.c the chain, journal_file.c the SQLite file, journal_sealed.c the older days,
 * journal_repair.c back-up and repair.
 * tests/lib/journal_memory.c is the same header without a disk, for tests and simulator.
 * Start at `journal_open`. */
#ifndef JOURNAL_JOURNAL_H
#define JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dispatch/base/os.h"

enum {
    JOURNAL_HASH_SIZE = 32,
    JOURNAL_ID_SIZE = 16,
    JOURNAL_KEY_MAX = 72,          /* a wrapped key of the vault */
    JOURNAL_BODY_MAX = 256 * 1024, /* one record */
    JOURNAL_RECORD_KEYS_MAX = 64,  /* key changes in one record */
    JOURNAL_SNAPSHOTS_KEPT = 3,
};

struct uv_loop_s;
struct journal;
struct journal_reader;

/* A key of the vault, stored in the same transaction as its record. size 0: forgotten for good. */
struct journal_key {
    uint32_t kind;
    uint32_t size;
    uint64_t id;
    unsigned char bytes[JOURNAL_KEY_MAX];
};

/* One command's outcome. `client` and `number` are its idempotency key. Borrowed for the call. */
struct journal_record {
    uint64_t seq; /* contiguous from 1, given by the core */
    int64_t at_ms;
    uint64_t client;
    uint64_t number;
    const unsigned char *body;
    size_t size;
    const struct journal_key *keys; /* on append only */
    size_t key_count;
};

/* A place in a journal: its end, or a reader's cursor. A restore or a cut raises `epoch`. */
struct journal_head {
    unsigned char journal_id[JOURNAL_ID_SIZE];
    uint64_t epoch;
    uint64_t seq; /* 0: before the first record */
    int64_t at_ms;
    unsigned char hash[JOURNAL_HASH_SIZE];
};

struct journal_options {
    const char *dir;
    struct uv_loop_s *loop;
    uint64_t reserve_bytes; /* below this much free space journal_space_ok is false */
    uint64_t ballast_bytes; /* 0: none */
    uint64_t queue_bytes;   /* waiting for the disk; at least two largest records */
    bool verify_all;        /* the whole chain, not only since the last snapshot */
    void (*on_durable_cb)(void *ctx, uint64_t seq); /* everything up to seq is on disk */
    void *ctx;
};

struct journal_stats {
    uint64_t commits;
    uint64_t records;
    uint64_t batch_max;
    uint64_t commit_ns_last;
    uint64_t commit_ns_max;
    uint64_t commit_ns_sum;
    uint64_t queued_records;
    uint64_t queued_bytes;
    uint64_t free_bytes;
    uint64_t snapshot_seq;
    bool ballast_gone; /* the disk was full: alarm */
};

/* Open or create. Refuses a second server, a damaged chain (which seq, what to do), a file system
 * or SQLite that does not promise durability. */
int journal_open(struct journal **out, const struct journal_options *options,
                 char errmsg[static ERRMSG_MAX]);

/* Commit what is queued, mark a clean end, stop the thread; then `closed_cb` on the loop. */
void journal_close(struct journal *journal, void (*closed_cb)(void *ctx), void *ctx);

/* How the last server ended: true after journal_close and for a new journal. */
bool journal_was_clean(const struct journal *journal);
struct journal_head journal_opened_at(const struct journal *journal); /* the end found at open */

enum journal_append_result {
    JOURNAL_APPENDED = 0,
    JOURNAL_QUEUE_FULL = -1, /* say so to the client; nothing was kept */
    JOURNAL_TOO_BIG = -2,
};
/* Copy into the queue. `seq` must be the last appended one + 1. */
enum journal_append_result journal_append(struct journal *journal,
                                          const struct journal_record *record);
/* Would a record of this body size fit now? Ask before deciding. */
bool journal_has_room(const struct journal *journal, size_t size, size_t key_count);
bool journal_space_ok(const struct journal *journal);
uint64_t journal_durable_seq(const struct journal *journal); /* any thread */
struct journal_stats journal_stats(const struct journal *journal);

/* Queue a snapshot of the state after `seq`, which must be durable and chained to `hash`; the last
 * three are kept. Any thread; copied. -1 when the one before is still being written. */
int journal_put_snapshot(struct journal *journal, uint64_t seq,
                         const unsigned char hash[static JOURNAL_HASH_SIZE], const void *bytes,
                         size_t size);

/* Readers. One thread at a time each; short transactions that never hold the writer back. */
int journal_reader_open(struct journal_reader **out, const char *dir,
                        char errmsg[static ERRMSG_MAX]);
void journal_reader_close(struct journal_reader *reader);
const char *journal_reader_errmsg(const struct journal_reader *reader);

int journal_read_head(struct journal_reader *reader, struct journal_head *head);

/* Is the place of this cursor in this journal, with this hash, in this epoch? 1, 0 or -1. */
int journal_in_chain(struct journal_reader *reader, const struct journal_head *cursor);

/* Up to `max` records after `after_seq`, in order, borrowed for the call; `each_cb` returns false
 * to stop. The number delivered, or -1. */
int64_t journal_read(struct journal_reader *reader, uint64_t after_seq, uint64_t max,
                     bool (*each_cb)(void *ctx, const struct journal_record *record,
                                     const unsigned char hash[static JOURNAL_HASH_SIZE]),
                     void *ctx);

/* Recompute every hash from `after_seq` (0: the beginning) to the end. 0, or -1 with the first seq
 * that is missing or does not fit. */
int journal_verify_chain(struct journal_reader *reader, uint64_t after_seq, uint64_t *bad_seq);

/* The same for what the journal's own file holds, without the sealed ones before it. */
int journal_verify_file(struct journal_reader *reader, uint64_t *bad_seq);

/* The same for what hangs on a record of this hash. */
int journal_verify_from(struct journal_reader *reader, uint64_t after_seq,
                        const unsigned char hash[static JOURNAL_HASH_SIZE], uint64_t *bad_seq);

struct journal_snapshot {
    uint64_t seq; /* 0: there is none */
    unsigned char hash[JOURNAL_HASH_SIZE];
    unsigned char *bytes; /* yours: journal_snapshot_free */
    size_t size;
};
/* The newest one at or before `seq_max` whose bytes and place in the chain are whole. */
int journal_read_snapshot(struct journal_reader *reader, uint64_t seq_max,
                          struct journal_snapshot *snapshot);
void journal_snapshot_free(struct journal_snapshot *snapshot);

/* A key of the vault: 1 found (size 0: forgotten), 0 never made, -1 error. kind 0: the last made
 * that is not forgotten. */
int journal_read_key(struct journal_reader *reader, uint32_t kind, uint64_t id,
                     struct journal_key *key);

/* The chain's hash of one record, and the plain digest that guards a snapshot. */
void journal_hash(const unsigned char before[static JOURNAL_HASH_SIZE],
                  const struct journal_record *record,
                  unsigned char hash[static JOURNAL_HASH_SIZE]);
void journal_digest(const void *bytes, size_t size, unsigned char digest[static JOURNAL_HASH_SIZE]);

/* Rotation. Records of before `before_ms` that are not sealed yet go into a file of their own
 * beside the journal, verified and synced; *sealed_seq is the last record sealed, 0 when none is.
 * Slow: a worker's, beside a running server. Then journal_drop lets the journal's own file go of
 * what is sealed up to there, a few rows a second in the writer's pauses, none that a kept snapshot
 * stands on. Readers find sealed records by themselves while their files are there. */
int journal_seal(const char *dir, int64_t before_ms, uint64_t *sealed_seq,
                 char errmsg[static ERRMSG_MAX]);
void journal_drop(struct journal *journal, uint64_t sealed_seq);

/* Operators' commands. Back-up works beside a running server; the other two need it stopped. What
 * they replace is kept beside as journal.db.before-<ms>. */
int journal_backup(const char *dir, const char *path, char errmsg[static ERRMSG_MAX]);
int journal_restore(const char *dir, const char *path, char errmsg[static ERRMSG_MAX]);
int journal_cut(const char *dir, uint64_t after_seq, char errmsg[static ERRMSG_MAX]);

#endif
