/* bench_journal: what the journal costs on this machine and disk. Prints figures, judges nothing.
 *   bench_journal [DIR [RECORDS]]   default: a directory of its own, 1,000,000 records of 200 bytes
 * Appends: as fast as the queue takes them, then one at a time (the latency of one commit, p50 and
 * p99). Then what a restart costs: open (verifies the chain), and reading everything back. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "dispatch/journal/journal.h"
#include "dispatch/must.h"
#include "tests/lib/temp_dir.h"

enum { BODY = 200, SINGLES = 2000 };

struct bench {
    uv_loop_t loop;
    struct journal *journal;
    uint64_t next_seq;
    uint64_t durable_seq;
    uint64_t bytes_read;
};

static void on_durable(void *ctx, uint64_t seq)
{
    ((struct bench *)ctx)->durable_seq = seq;
}

static double seconds_since(uint64_t began_ns)
{
    return (double)(os_mono_ns() - began_ns) / 1e9;
}

static void start(struct bench *bench, const char *dir, bool verify_all)
{
    char errmsg[ERRMSG_MAX];
    struct journal_options options = {.dir = dir,
                                      .loop = &bench->loop,
                                      .reserve_bytes = 1,
                                      .queue_bytes = 8 << 20,
                                      .verify_all = verify_all,
                                      .on_durable_cb = on_durable,
                                      .ctx = bench};

    must(uv_loop_init(&bench->loop) == 0);
    if (journal_open(&bench->journal, &options, errmsg) < 0) {
        fprintf(stderr, "%s\n", errmsg);
        exit(1);
    }
    bench->durable_seq = journal_opened_at(bench->journal).seq;
    bench->next_seq = bench->durable_seq + 1;
}

static void stop(struct bench *bench)
{
    journal_close(bench->journal, NULL, NULL);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    must(uv_loop_close(&bench->loop) == 0);
}

static bool append(struct bench *bench)
{
    unsigned char body[BODY];
    struct journal_record record = {.seq = bench->next_seq,
                                    .at_ms = (int64_t)bench->next_seq,
                                    .body = body,
                                    .size = sizeof(body)};

    memset(body, (int)(bench->next_seq & 0xff), sizeof(body));
    if (journal_append(bench->journal, &record) != JOURNAL_APPENDED)
        return false;
    bench->next_seq++;
    return true;
}

static void wait_for(struct bench *bench, uint64_t seq)
{
    while (bench->durable_seq < seq)
        uv_run(&bench->loop, UV_RUN_ONCE);
}

static void bench_bulk(struct bench *bench, uint64_t records)
{
    uint64_t began_ns = os_mono_ns();

    for (uint64_t i = 0; i < records; i++) {
        while (!append(bench))
            uv_run(&bench->loop, UV_RUN_ONCE);
    }
    wait_for(bench, records);
    double s = seconds_since(began_ns);
    struct journal_stats stats = journal_stats(bench->journal);
    printf("append records=%" PRIu64 " s=%.2f per_s=%.0f commits=%" PRIu64 " batch_max=%" PRIu64
           " commit_ms_max=%.1f\n",
           records, s, (double)records / s, stats.commits, stats.batch_max,
           (double)stats.commit_ns_max / 1e6);
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void bench_single(struct bench *bench)
{
    static uint64_t took_ns[SINGLES];

    for (int i = 0; i < SINGLES; i++) {
        uint64_t began_ns = os_mono_ns();
        must(append(bench));
        wait_for(bench, bench->next_seq - 1);
        took_ns[i] = os_mono_ns() - began_ns;
    }
    qsort(took_ns, SINGLES, sizeof(took_ns[0]), by_size);
    printf("single records=%d ack_us_p50=%.0f ack_us_p99=%.0f ack_us_max=%.0f\n", SINGLES,
           (double)took_ns[SINGLES / 2] / 1e3, (double)took_ns[SINGLES * 99 / 100] / 1e3,
           (double)took_ns[SINGLES - 1] / 1e3);
}

/* A snapshot of 8 MiB and what it costs the record behind it. */
static void bench_snapshot(struct bench *bench, const char *dir)
{
    static unsigned char state[8 << 20];
    struct journal_reader *reader;
    struct journal_head head;
    char errmsg[ERRMSG_MAX];
    uint64_t began_ns;

    must(journal_reader_open(&reader, dir, errmsg) == 0);
    must(journal_read_head(reader, &head) == 0);
    journal_reader_close(reader);
    began_ns = os_mono_ns();
    must(journal_put_snapshot(bench->journal, head.seq, head.hash, state, sizeof(state)) == 0);
    while (journal_stats(bench->journal).snapshot_seq != head.seq) {
        must(append(bench));
        wait_for(bench, bench->next_seq - 1);
    }
    printf("snapshot mib=8 ms=%.1f\n", seconds_since(began_ns) * 1e3);
}

static bool count_bytes(void *ctx, const struct journal_record *record,
                        const unsigned char hash[static JOURNAL_HASH_SIZE])
{
    (void)hash;
    ((struct bench *)ctx)->bytes_read += record->size;
    return true;
}

static void bench_restart(struct bench *bench, const char *dir)
{
    struct journal_reader *reader;
    char errmsg[ERRMSG_MAX];
    uint64_t began_ns = os_mono_ns();

    start(bench, dir, true);
    printf("open verify=all s=%.2f\n", seconds_since(began_ns));
    stop(bench);
    began_ns = os_mono_ns();
    start(bench, dir, false);
    printf("open verify=tail s=%.3f\n", seconds_since(began_ns));
    began_ns = os_mono_ns();
    must(journal_reader_open(&reader, dir, errmsg) == 0);
    int64_t count = journal_read(reader, 0, UINT64_MAX, count_bytes, bench);
    printf("read records=%" PRId64 " mib=%.0f s=%.2f\n", count, (double)bench->bytes_read / 1048576,
           seconds_since(began_ns));
    journal_reader_close(reader);
    stop(bench);
}

int main(int argc, char **argv)
{
    struct bench bench = {.bytes_read = 0};
    char dir[TEMP_DIR_MAX];
    uint64_t records = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;

    if (argc > 1)
        must(snprintf(dir, sizeof(dir), "%s", argv[1]) < TEMP_DIR_MAX);
    else
        temp_dir_make(dir);
    start(&bench, dir, false);
    if (bench.next_seq > 1) {
        fprintf(stderr, "%s: has a journal already\n", dir);
        return 1;
    }
    bench_bulk(&bench, records);
    bench_single(&bench);
    bench_snapshot(&bench, dir);
    stop(&bench);
    bench_restart(&bench, dir);
    if (argc < 2)
        temp_dir_remove(dir);
    return 0;
}
