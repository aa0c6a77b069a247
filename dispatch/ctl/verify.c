#include "dispatch/ctl/verify.h"

#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/ctl/verify_impl.h"
#include "dispatch/line/pipeline.h"

enum { LINES_MAX = 100, LOOK_EVERY_MS = 100, LOOKS_MAX = 50 };

void verify_differs(struct verify *v, const char *format, ...)
{
    va_list arguments;
    if (v->differences++ >= LINES_MAX)
        return;
    va_start(arguments, format);
    vfprintf(v->out, format, arguments);
    va_end(arguments);
    fputc('\n', v->out);
}

void verify_blind(struct verify *v, const char *format, ...)
{
    va_list arguments;
    v->blind = true;
    va_start(arguments, format);
    vfprintf(v->out, format, arguments);
    va_end(arguments);
    fputc('\n', v->out);
}

bool verify_wait(struct verify *v, uint64_t seq, uint64_t *last_seq, uint32_t *idle)
{
    *idle = seq == *last_seq ? *idle + 1 : 0;
    *last_seq = seq;
    if (seq >= v->head.seq || *idle > LOOKS_MAX)
        return false;
    poll(NULL, 0, LOOK_EVERY_MS);
    return true;
}

/* --- folding --- */

static bool fold_one(void *context, const struct record *record)
{
    struct verify *v = context;
    shadow_apply(&v->shadow, record);
    for (uint32_t i = 0; i < record->fact_count; i++)
        v->facts[record->fact[i].kind]++;
    if (v->record_cb)
        v->record_cb(v->record_context, record);
    return true;
}

static void not_asked(void *context, enum object_kind kind, const void *object)
{
    (void)context;
    (void)kind;
    (void)object;
}

int verify_fold(struct verify *v, uint64_t seq,
                void (*leaving_cb)(void *context, enum object_kind kind, const void *object),
                void *context)
{
    v->shadow.changed_cb = not_asked;
    v->shadow.leaving_cb = leaving_cb ? leaving_cb : not_asked;
    v->shadow.context = context;
    memset(v->facts, 0, sizeof(v->facts));
    if (shadow_begin(&v->shadow, 0) < 0)
        return -1;
    while (shadow_seq(&v->shadow) < seq) {
        uint64_t at = shadow_seq(&v->shadow), chunk = seq - at < 4096 ? seq - at : 4096;
        int64_t n = feed_read(&v->feed, at, chunk, fold_one, v);
        if (n < 0) {
            verify_blind(v, "journal: record %" PRIu64 ": %s", shadow_seq(&v->shadow) + 1,
                         v->feed.errmsg);
            return -1;
        }
        if (n == 0) {
            verify_differs(v, "the place after %" PRIu64 " is beyond the journal's end", seq);
            return -1;
        }
    }
    return 0;
}

/* --- the whole --- */

static int check_chain(struct verify *v)
{
    uint64_t bad_seq = 0;
    if (journal_read_head(v->journal, &v->head) < 0) {
        verify_blind(v, "journal: %s", journal_reader_errmsg(v->journal));
        return -1;
    }
    if (journal_verify_chain(v->journal, 0, &bad_seq) < 0) {
        verify_differs(v, "journal: the chain is broken at %" PRIu64 ": %s", bad_seq,
                       journal_reader_errmsg(v->journal));
        return -1;
    }
    fprintf(v->out, "journal: %" PRIu64 " records, the chain is whole\n", v->head.seq);
    return 0;
}

static int open_all(struct verify *v)
{
    const struct config *config = v->config;
    const char *dir = config->journal.dir[0] ? config->journal.dir : config->server.data_dir;
    char errmsg[ERRMSG_MAX];
    struct limits limits;
    struct policy policy;
    if (journal_reader_open(&v->journal, dir, errmsg) < 0) {
        verify_blind(v, "journal: %s", errmsg);
        return -1;
    }
    if (check_chain(v) < 0)
        return -1;
    pipeline_limits(config, &limits);
    pipeline_policy(config, &policy);
    if (feed_init(&v->feed, v->journal, NULL, ID_MAX) < 0 ||
        shadow_init(&v->shadow, &limits, &policy, v->journal) < 0) {
        verify_blind(v, "no memory to fold the journal: lower [limits]");
        return -1;
    }
    return 0;
}

static int sum_up(const struct verify *v)
{
    if (v->differences)
        fprintf(v->out, "verify: %" PRIu64 " differences\n", v->differences);
    else
        fprintf(v->out, v->blind ? "verify: not everything could be checked\n" : "verify: clean\n");
    return v->differences ? CTL_VERIFY_DIFFERS : v->blind ? CTL_VERIFY_BLIND : CTL_VERIFY_CLEAN;
}

int ctl_verify(const struct config *config, FILE *out)
{
    struct verify *v = calloc(1, sizeof(*v));
    if (!v) {
        fprintf(out, "verify: no memory\n");
        return CTL_VERIFY_BLIND;
    }
    v->config = config;
    v->out = out;
    if (open_all(v) == 0) {
        verify_postgis(v);
        verify_redis(v);
    }
    int verified = sum_up(v);
    shadow_close(&v->shadow);
    feed_close(&v->feed);
    if (v->journal)
        journal_reader_close(v->journal);
    free(v);
    return verified;
}
