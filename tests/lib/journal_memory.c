#include "tests/lib/journal_memory.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "dispatch/must.h"

enum { STORES_MAX = 32 };

struct row {
    struct journal_record record; /* its body is ours, its keys are in the store */
    unsigned char hash[JOURNAL_HASH_SIZE];
};

/* One "directory". Rows beyond durable_seq are lost in a crash. */
struct store {
    char dir[256];
    bool locked;
    bool open;
    uint64_t durable_seq;
    struct journal_head place; /* id and epoch */
    struct row *rows;
    uint64_t row_count;
    struct journal_key *keys;
    uint64_t *key_seqs;
    uint64_t key_count;
    struct journal_snapshot snapshots[JOURNAL_SNAPSHOTS_KEPT];
};

struct journal {
    struct store *store;
    struct journal_options options;
    struct journal_head opened_at;
    struct journal_stats stats;
    bool was_clean;
    bool held;
    bool space_low;
    uv_async_t turn;
    void (*closed_cb)(void *ctx);
    void *closed_ctx;
};

struct journal_reader {
    struct store *store;
    char errmsg[ERRMSG_MAX];
};

static struct store stores[STORES_MAX];

static void *grown(void *array, uint64_t count, size_t item)
{
    if (count & (count - 1))
        return array;
    void *more = realloc(array, (count ? 2 * count : 1) * item);
    must(more);
    return more;
}

static struct store *store_of(const char *dir, bool make)
{
    for (int i = 0; i < STORES_MAX; i++) {
        if (strcmp(stores[i].dir, dir) == 0)
            return &stores[i];
        if (stores[i].dir[0] != 0 || !make)
            continue;
        snprintf(stores[i].dir, sizeof(stores[i].dir), "%s", dir);
        stores[i].place.epoch = 1;
        os_random(stores[i].place.journal_id, JOURNAL_ID_SIZE);
        return &stores[i];
    }
    must(!make);
    return NULL;
}

static struct journal_head head_of(const struct store *store)
{
    struct journal_head head = store->place;

    if (store->durable_seq > 0) {
        const struct row *row = &store->rows[store->durable_seq - 1];
        head.seq = row->record.seq;
        head.at_ms = row->record.at_ms;
        memcpy(head.hash, row->hash, JOURNAL_HASH_SIZE);
    }
    return head;
}

void journal_memory_flush(struct journal *journal)
{
    struct store *store = journal->store;

    if (journal->held || store->durable_seq == store->row_count)
        return;
    journal->stats.commits++;
    store->durable_seq = store->row_count;
    journal->options.on_durable_cb(journal->options.ctx, store->durable_seq);
}

static void on_turn(uv_async_t *turn)
{
    journal_memory_flush(turn->data);
}

int journal_open(struct journal **out, const struct journal_options *options,
                 char errmsg[static ERRMSG_MAX])
{
    struct store *store = store_of(options->dir, true);

    must(sodium_init() >= 0);
    if (store->locked) {
        snprintf(errmsg, ERRMSG_MAX, "another server holds %s/journal.lock", options->dir);
        return -1;
    }
    struct journal *journal = calloc(1, sizeof(*journal));
    must(journal);
    journal->store = store;
    journal->options = *options;
    journal->was_clean = !store->open;
    journal->opened_at = head_of(store);
    store->locked = store->open = true;
    if (options->loop) {
        must(uv_async_init(options->loop, &journal->turn, on_turn) == 0);
        journal->turn.data = journal;
    }
    *out = journal;
    return 0;
}

static void on_closed(uv_handle_t *handle)
{
    struct journal *journal = handle->data;
    void (*closed_cb)(void *) = journal->closed_cb;
    void *ctx = journal->closed_ctx;

    free(journal);
    if (closed_cb)
        closed_cb(ctx);
}

static void let_go(struct journal *journal)
{
    journal->store->locked = false;
    journal->turn.data = journal;
    if (journal->options.loop)
        uv_close((uv_handle_t *)&journal->turn, on_closed);
    else
        on_closed((uv_handle_t *)&journal->turn);
}

void journal_close(struct journal *journal, void (*closed_cb)(void *ctx), void *ctx)
{
    journal->held = false;
    journal_memory_flush(journal);
    journal->store->open = false;
    journal->closed_cb = closed_cb;
    journal->closed_ctx = ctx;
    let_go(journal);
}

static void drop_last_row(struct store *store)
{
    struct row *row = &store->rows[--store->row_count];

    while (store->key_count > 0 && store->key_seqs[store->key_count - 1] == row->record.seq)
        store->key_count--;
    free((void *)(uintptr_t)row->record.body);
}

void journal_memory_crash(struct journal *journal)
{
    struct store *store = journal->store;

    while (store->row_count > store->durable_seq)
        drop_last_row(store);
    let_go(journal);
}

void journal_memory_set_space(struct journal *journal, bool ok)
{
    journal->space_low = !ok;
}

void journal_memory_hold(struct journal *journal, bool hold)
{
    journal->held = hold;
    if (!hold)
        journal_memory_flush(journal);
}

void journal_memory_wipe(void)
{
    for (int i = 0; i < STORES_MAX; i++) {
        struct store *store = &stores[i];
        must(!store->locked);
        while (store->row_count > 0)
            drop_last_row(store);
        for (int k = 0; k < JOURNAL_SNAPSHOTS_KEPT; k++)
            journal_snapshot_free(&store->snapshots[k]);
        free(store->rows);
        free(store->keys);
        free(store->key_seqs);
        *store = (struct store){.dir = ""};
    }
}

bool journal_was_clean(const struct journal *journal)
{
    return journal->was_clean;
}

struct journal_head journal_opened_at(const struct journal *journal)
{
    return journal->opened_at;
}

static void keep_key(struct store *store, const struct journal_key *key, uint64_t seq)
{
    store->keys = grown(store->keys, store->key_count, sizeof(*store->keys));
    store->key_seqs = grown(store->key_seqs, store->key_count, sizeof(*store->key_seqs));
    store->keys[store->key_count] = *key;
    store->key_seqs[store->key_count++] = seq;
}

bool journal_has_room(const struct journal *journal, size_t size, size_t key_count)
{
    uint64_t waiting = 0;

    for (uint64_t i = journal->store->durable_seq; i < journal->store->row_count; i++)
        waiting += journal->store->rows[i].record.size;
    return size <= JOURNAL_BODY_MAX && key_count <= JOURNAL_RECORD_KEYS_MAX &&
           waiting + size <= journal->options.queue_bytes / 2;
}

enum journal_append_result journal_append(struct journal *journal,
                                          const struct journal_record *record)
{
    struct store *store = journal->store;
    static const unsigned char start[JOURNAL_HASH_SIZE];
    struct row row = {.record = *record};
    unsigned char *body = malloc(record->size + 1);

    must(body && record->seq == store->row_count + 1);
    if (record->size > JOURNAL_BODY_MAX || record->key_count > JOURNAL_RECORD_KEYS_MAX ||
        !journal_has_room(journal, record->size, record->key_count)) {
        free(body);
        return record->size > JOURNAL_BODY_MAX ? JOURNAL_TOO_BIG : JOURNAL_QUEUE_FULL;
    }
    if (record->size > 0)
        memcpy(body, record->body, record->size);
    row.record.body = body;
    journal_hash(store->row_count ? store->rows[store->row_count - 1].hash : start, record,
                 row.hash);
    for (size_t i = 0; i < record->key_count; i++)
        keep_key(store, &record->keys[i], record->seq);
    row.record.keys = NULL;
    row.record.key_count = 0;
    store->rows = grown(store->rows, store->row_count, sizeof(row));
    store->rows[store->row_count++] = row;
    journal->stats.records++;
    if (journal->options.loop)
        uv_async_send(&journal->turn);
    return JOURNAL_APPENDED;
}

bool journal_space_ok(const struct journal *journal)
{
    return !journal->space_low;
}

uint64_t journal_durable_seq(const struct journal *journal)
{
    return journal->store->durable_seq;
}

struct journal_stats journal_stats(const struct journal *journal)
{
    struct journal_stats stats = journal->stats;

    stats.queued_records = journal->store->row_count - journal->store->durable_seq;
    return stats;
}

int journal_put_snapshot(struct journal *journal, uint64_t seq,
                         const unsigned char hash[static JOURNAL_HASH_SIZE], const void *bytes,
                         size_t size)
{
    struct journal_snapshot *kept = journal->store->snapshots;
    struct journal_snapshot fresh = {.seq = seq, .bytes = malloc(size + 1), .size = size};

    must(fresh.bytes && seq > 0 && seq <= journal->store->durable_seq);
    must(memcmp(journal->store->rows[seq - 1].hash, hash, JOURNAL_HASH_SIZE) == 0);
    memcpy(fresh.hash, hash, JOURNAL_HASH_SIZE);
    memcpy(fresh.bytes, bytes, size);
    journal_snapshot_free(&kept[JOURNAL_SNAPSHOTS_KEPT - 1]);
    memmove(kept + 1, kept, (JOURNAL_SNAPSHOTS_KEPT - 1) * sizeof(*kept));
    kept[0] = fresh;
    journal->stats.snapshot_seq = seq;
    return 0;
}

int journal_reader_open(struct journal_reader **out, const char *dir,
                        char errmsg[static ERRMSG_MAX])
{
    struct store *store = store_of(dir, false);

    if (!store) {
        snprintf(errmsg, ERRMSG_MAX, "%s/journal.db: there is none", dir);
        return -1;
    }
    *out = calloc(1, sizeof(**out));
    must(*out);
    (*out)->store = store;
    return 0;
}

void journal_reader_close(struct journal_reader *reader)
{
    free(reader);
}

const char *journal_reader_errmsg(const struct journal_reader *reader)
{
    return reader->errmsg;
}

int journal_read_head(struct journal_reader *reader, struct journal_head *head)
{
    *head = head_of(reader->store);
    return 0;
}

int journal_in_chain(struct journal_reader *reader, const struct journal_head *cursor)
{
    static const unsigned char start[JOURNAL_HASH_SIZE];
    const struct store *store = reader->store;

    if (memcmp(store->place.journal_id, cursor->journal_id, JOURNAL_ID_SIZE) != 0 ||
        store->place.epoch != cursor->epoch || cursor->seq > store->durable_seq)
        return 0;
    return memcmp(cursor->seq ? store->rows[cursor->seq - 1].hash : start, cursor->hash,
                  JOURNAL_HASH_SIZE) == 0;
}

int64_t journal_read(struct journal_reader *reader, uint64_t after_seq, uint64_t max,
                     bool (*each_cb)(void *ctx, const struct journal_record *record,
                                     const unsigned char hash[static JOURNAL_HASH_SIZE]),
                     void *ctx)
{
    const struct store *store = reader->store;
    int64_t count = 0;

    for (uint64_t i = after_seq; i < store->durable_seq && (uint64_t)count < max; i++) {
        count++;
        if (!each_cb(ctx, &store->rows[i].record, store->rows[i].hash))
            break;
    }
    return count;
}

int journal_verify_chain(struct journal_reader *reader, uint64_t after_seq, uint64_t *bad_seq)
{
    const struct store *store = reader->store;
    unsigned char hash[JOURNAL_HASH_SIZE] = {0}, next[JOURNAL_HASH_SIZE];

    if (after_seq > 0)
        memcpy(hash, store->rows[after_seq - 1].hash, JOURNAL_HASH_SIZE);
    for (uint64_t i = after_seq; i < store->durable_seq; i++) {
        journal_hash(hash, &store->rows[i].record, next);
        if (memcmp(next, store->rows[i].hash, JOURNAL_HASH_SIZE) != 0) {
            *bad_seq = i + 1;
            return -1;
        }
        memcpy(hash, next, JOURNAL_HASH_SIZE);
    }
    return 0;
}

int journal_read_snapshot(struct journal_reader *reader, uint64_t seq_max,
                          struct journal_snapshot *snapshot)
{
    *snapshot = (struct journal_snapshot){0};
    for (int i = 0; i < JOURNAL_SNAPSHOTS_KEPT; i++) {
        const struct journal_snapshot *kept = &reader->store->snapshots[i];
        if (kept->seq == 0 || kept->seq > seq_max)
            continue;
        *snapshot = *kept;
        snapshot->bytes = malloc(kept->size + 1);
        must(snapshot->bytes);
        memcpy(snapshot->bytes, kept->bytes, kept->size);
        return 0;
    }
    return 0;
}

void journal_snapshot_free(struct journal_snapshot *snapshot)
{
    free(snapshot->bytes);
    *snapshot = (struct journal_snapshot){0};
}

/* The first change made a key, a later empty one forgot it. */
int journal_read_key(struct journal_reader *reader, uint32_t kind, uint64_t id,
                     struct journal_key *key)
{
    const struct store *store = reader->store;
    int found = 0;

    for (uint64_t i = 0; i < store->key_count && store->key_seqs[i] <= store->durable_seq; i++) {
        const struct journal_key *row = &store->keys[i];
        bool wanted = kind == 0 ? row->size > 0 : row->kind == kind && row->id == id;
        if (wanted && (kind == 0 || !found || row->size == 0)) {
            *key = *row;
            found = 1;
        }
    }
    return found;
}
