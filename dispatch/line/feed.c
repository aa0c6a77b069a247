#include "dispatch/line/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/must.h"

int feed_init(struct feed *feed, struct journal_reader *journal, struct vault *vault,
              uint64_t durable)
{
    memset(feed, 0, sizeof(*feed));
    feed->journal = journal;
    personal_init(&feed->personal, vault);
    feed->durable = durable;
    feed->first = durable + 1;
    feed->last = durable;
    if (wire_arena_init(&feed->arena, WIRE_ARENA) < 0) {
        snprintf(feed->errmsg, sizeof(feed->errmsg), "no memory for the feed");
        return -1;
    }
    return 0;
}

static void drop_first(struct feed *feed)
{
    struct feed_entry *entry = &feed->ring[feed->first % FEED_RING];
    feed->ring_bytes -= entry->n;
    free(entry->bytes);
    *entry = (struct feed_entry){0};
    feed->first++;
}

void feed_empty(struct feed *feed)
{
    while (feed->first <= feed->last)
        drop_first(feed);
}

void feed_close(struct feed *feed)
{
    feed_empty(feed);
    wire_arena_close(&feed->arena);
}

void feed_put(struct feed *feed, uint64_t seq, const void *bytes, size_t n)
{
    unsigned char *copy = malloc(n ? n : 1);
    must(seq == feed->last + 1);
    if (!copy) { /* readers take it from the journal instead */
        feed_empty(feed);
        feed->first = seq + 1;
        feed->last = seq;
        return;
    }
    memcpy(copy, bytes, n);
    while (feed->first <= feed->last &&
           (seq - feed->first >= FEED_RING || feed->ring_bytes + n > FEED_RING_BYTES))
        drop_first(feed);
    feed->ring[seq % FEED_RING] = (struct feed_entry){seq, copy, n};
    feed->ring_bytes += n;
    feed->last = seq;
}

void feed_durable(struct feed *feed, uint64_t seq)
{
    if (feed->last < seq) { /* nobody puts here: all of it is the journal's */
        feed_empty(feed);
        feed->first = seq + 1;
        feed->last = seq;
    }
    feed->durable = seq;
    for (uint32_t i = 0; i < feed->reader_count; i++)
        feed->reader[i]->wake_cb(feed->reader[i]->self, seq);
}

void feed_join(struct feed *feed, struct reader *reader)
{
    must(feed->reader_count < FEED_READERS_MAX);
    feed->reader[feed->reader_count++] = reader;
}

void feed_leave(struct feed *feed, const struct reader *reader)
{
    for (uint32_t i = 0; i < feed->reader_count; i++)
        if (feed->reader[i] == reader)
            feed->reader[i--] = feed->reader[--feed->reader_count];
}

/* One call of feed_read. */
struct reading {
    struct feed *feed;
    bool (*each_cb)(void *context, const struct record *record);
    void *context;
    int64_t delivered;
    bool stopped, failed;
};

static bool deliver(struct reading *r, const void *bytes, size_t n, const struct wire_vault *vault)
{
    struct record record;
    wire_arena_reset(&r->feed->arena);
    if (wire_record_unpack(&r->feed->arena, bytes, n, vault, &record) < 0) {
        snprintf(r->feed->errmsg, sizeof(r->feed->errmsg), "%s", r->feed->arena.errmsg);
        r->failed = true;
        return false;
    }
    if (vault)
        personal_drop(r->feed->personal.vault, &record);
    r->delivered++;
    r->stopped = !r->each_cb(r->context, &record);
    return !r->stopped;
}

static bool deliver_stored(void *context, const struct journal_record *record,
                           const unsigned char hash[static JOURNAL_HASH_SIZE])
{
    struct reading *r = context;
    (void)hash;
    if (record->seq > r->feed->durable)
        return false;
    personal_begin(&r->feed->personal, record->seq);
    return deliver(r, record->body, record->size,
                   r->feed->personal.vault ? &r->feed->personal.wire : NULL);
}

int64_t feed_read(struct feed *feed, uint64_t after_seq, uint64_t max,
                  bool (*each_cb)(void *context, const struct record *record), void *context)
{
    struct reading r = {feed, each_cb, context, 0, false, false};
    if (after_seq + 1 < feed->first && after_seq < feed->durable) {
        uint64_t stored = feed->first - 1 - after_seq;
        if (journal_read(feed->journal, after_seq, stored < max ? stored : max, deliver_stored,
                         &r) < 0) {
            snprintf(feed->errmsg, sizeof(feed->errmsg), "%s",
                     journal_reader_errmsg(feed->journal));
            return -1;
        }
    }
    uint64_t seq = after_seq + (uint64_t)r.delivered + 1;
    while (!r.stopped && !r.failed && (uint64_t)r.delivered < max && seq >= feed->first &&
           seq <= feed->last && seq <= feed->durable) {
        const struct feed_entry *entry = &feed->ring[seq % FEED_RING];
        if (!deliver(&r, entry->bytes, entry->n, NULL))
            break;
        seq++;
    }
    return r.failed ? -1 : r.delivered;
}
