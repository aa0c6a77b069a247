/* bench_restart: how long a server's start takes on a long journal. Prints figures, judges nothing.
 *   bench_restart [DIR [RECORDS]]   default: a directory of its own, 1,000,000 facts
 * Calls, incidents, orders and their steps are journalled first, one incident a minute, a day of
 * them in memory; then the journal is folded the three ways a start may do it: from the beginning,
 * from the last snapshot, and as pipeline_open does with its checks. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/line/fold.h"
#include "dispatch/line/snapshot.h"
#include "dispatch/must.h"
#include "tests/lib/random_day.h"
#include "tests/lib/temp_dir.h"

static struct random_day day;

static double seconds_since(uint64_t began_ns)
{
    return (double)(os_mono_ns() - began_ns) / 1e9;
}

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    char line[256];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    random_day_do(&day, line);
}

/* One incident from the ring to the end: 14 records. */
static void one_incident(uint64_t n)
{
    static const char *const step[] = {"acknowledged", "departed",    "at_scene",    "at_patient",
                                       "left_scene",   "at_hospital", "handed_over", "completed"};
    say("ring_call number=139%08d line=%d", (int)n % 100000000, (int)n % 30);
    say("answer_call C%" PRIu64, n);
    say("open_incident C%" PRIu64 " words=\"朝阳街 %d 号\" complaint=\"胸痛\" at=39.0190,106.3760",
        n, (int)n % 900);
    say("order_unit I%" PRIu64 " U%d H1", n, (int)n % 4 + 1);
    for (size_t i = 0; i < sizeof(step) / sizeof(step[0]); i++)
        say("report_step A%" PRIu64 " step=%s source=crew", n, step[i]);
    say("end_call C%" PRIu64, n);
    say("close_incident I%" PRIu64 " outcome=treated", n);
}

static void fill(int64_t facts)
{
    uint64_t began_ns = os_mono_ns();
    random_day_open(&day, 1);
    for (uint64_t n = 1; day.metrics.value[METRIC_FACTS] < facts; n++) {
        one_incident(n);
        day.now_ms += 60000;
        if (n % 20 == 0)
            pipeline_drive(&day.pipeline, day.now_ms);
        random_day_until(&day, pipeline_seq(&day.pipeline) - day.pipeline.feed.durable <= 5000);
    }
    printf("made %" PRId64 " facts in %" PRIu64 " records: %.1f s\n",
           day.metrics.value[METRIC_FACTS], pipeline_seq(&day.pipeline), seconds_since(began_ns));
    printf("open at the end: %u incidents, %u assignments, %u calls, %u alerts\n",
           day.pipeline.core.state.table[OBJECT_INCIDENT].count,
           day.pipeline.core.state.table[OBJECT_ASSIGNMENT].count,
           day.pipeline.core.state.table[OBJECT_CALL].count,
           day.pipeline.core.state.table[OBJECT_ALERT].count);
    began_ns = os_mono_ns();
    unsigned char digest[SNAPSHOT_DIGEST];
    snapshot_digest(&day.pipeline.core, digest);
    printf("digest of the live state (the loop's part of a snapshot): %.4f s\n",
           seconds_since(began_ns));
    random_day_close(&day);
}

static void fold_journal(bool with_snapshot)
{
    struct limits limits;
    struct policy policy;
    struct core core;
    struct fold fold;
    struct vault vault;
    struct journal_reader *reader;
    char errmsg[ERRMSG_MAX];
    pipeline_limits(&day.config, &limits);
    pipeline_policy(&day.config, &policy);
    void *memory = malloc(core_bytes(&limits));
    must(memory);
    uint64_t began_ns = os_mono_ns();
    core_init(&core, memory, &limits, &policy);
    must(journal_reader_open(&reader, day.config.server.data_dir, errmsg) == 0);
    must(vault_init(&vault, reader, NULL, (uint32_t)day.config.privacy.cache) == 0);
    must(fold_init(&fold, &core, reader, &vault) == 0);
    must(!with_snapshot || fold_snapshot(&fold, UINT64_MAX) == 0);
    must(fold_records(&fold, UINT64_MAX) == 0);
    printf("fold %s: %.2f s, %" PRIu64 " records after the snapshot of seq %" PRIu64 "\n",
           with_snapshot ? "from the snapshot  " : "from the beginning ", seconds_since(began_ns),
           fold.records, fold.snapshot_seq);
    fold_close(&fold);
    vault_close(&vault);
    journal_reader_close(reader);
    free(memory);
}

static void whole_start(const char *verify)
{
    snprintf(day.config.journal.verify, sizeof(day.config.journal.verify), "%s", verify);
    uint64_t began_ns = os_mono_ns();
    random_day_open(&day, 1);
    printf("start to BOOT durable, chain checked `%s`: %.2f s, %" PRIu64 " records folded\n",
           verify, seconds_since(began_ns), day.pipeline.folded);
    random_day_close(&day);
}

/* As large as a server's own, for a day of everything. */
static void city_tables(void)
{
    struct config city;
    config_defaults(&city);
    city.limits.claim_past_h = day.config.limits.claim_past_h;
    city.limits.text_kib = day.config.limits.text_kib;
    day.config.limits = city.limits;
}

int main(int argc, char **argv)
{
    char own[TEMP_DIR_MAX];
    int64_t facts = argc > 2 ? strtoll(argv[2], NULL, 10) : 1000000;
    if (argc < 2)
        temp_dir_make(own);
    random_day_make(&day, argc < 2 ? own : argv[1]);
    day.config.journal.snapshot_records = 50000;
    city_tables();
    fill(facts);
    fold_journal(false);
    fold_journal(true);
    whole_start("tail");
    whole_start("all");
    if (argc < 2)
        temp_dir_remove(own);
    return 0;
}
