#include "dispatch/ctl/archive.h"

#include <inttypes.h>
#include <string.h>

enum { CHUNK = 4096 };

/* --- a time as a place in the journal --- */

struct search {
    int64_t ms;
    uint64_t seq; /* the last record before ms */
};

static bool is_before(void *context, const struct journal_record *record,
                      const unsigned char hash[static JOURNAL_HASH_SIZE])
{
    struct search *search = context;
    (void)hash;
    if (record->at_ms >= search->ms)
        return false;
    search->seq = record->seq;
    return true;
}

static int last_before(struct archive *archive, int64_t ms, uint64_t *seq)
{
    struct search search = {ms, 0};
    for (uint64_t before = UINT64_MAX; before != search.seq;) {
        before = search.seq;
        if (journal_read(archive->reader, before, CHUNK, is_before, &search) < 0)
            return ctl_fail(-1, "%s", journal_reader_errmsg(archive->reader));
    }
    *seq = search.seq;
    return 0;
}

/* An option that is a record's number or a local time. `end`: the time is the end of the range. */
static int take_place(struct archive *archive, enum ctl_option option, bool end, uint64_t *seq)
{
    const char *text = archive->ctl->option[option];
    int64_t ms;
    if (!text)
        return 0;
    if (!strchr(text, '-'))
        return ctl_number(archive->ctl, option, seq);
    if (ctl_parse_time(archive->ctl, text, &ms) < 0)
        return ctl_fail(-1, "--%s %s is no record number and no time like 2026-11-22T08:30",
                        option_row[option].name, text);
    if (last_before(archive, end ? ms + 1 : ms, seq) < 0)
        return -1;
    *seq += !end;
    return 0;
}

/* --- open and close --- */

static int open_vault(struct archive *archive)
{
    const struct config *config = &archive->ctl->config;
    if (vault_init(&archive->vault, archive->reader, config->privacy.master_key_file,
                   (uint32_t)config->privacy.cache) < 0)
        return ctl_fail(-1, "%s", archive->vault.errmsg);
    archive->personal = true;
    return 0;
}

int archive_open(struct archive *archive, const struct ctl *ctl)
{
    char errmsg[ERRMSG_MAX];
    memset(archive, 0, sizeof(*archive));
    archive->ctl = ctl;
    archive->to_seq = UINT64_MAX;
    wire_init();
    if (wire_arena_init(&archive->arena, WIRE_ARENA) < 0)
        return ctl_fail(CTL_FAILED, "no memory");
    if (journal_reader_open(&archive->reader, ctl_journal_dir(ctl), errmsg) < 0)
        return ctl_fail(CTL_FAILED, "%s", errmsg);
    if (ctl->option[OPTION_PERSONAL] && open_vault(archive) < 0)
        return CTL_FAILED;
    personal_init(&archive->seals, archive->personal ? &archive->vault : NULL);
    if (take_place(archive, OPTION_FROM, false, &archive->from_seq) < 0 ||
        take_place(archive, OPTION_TO, true, &archive->to_seq) < 0)
        return CTL_USAGE;
    return CTL_OK;
}

void archive_close(struct archive *archive)
{
    if (archive->personal)
        vault_close(&archive->vault);
    if (archive->reader)
        journal_reader_close(archive->reader);
    wire_arena_close(&archive->arena);
}

/* --- reading --- */

struct reading {
    struct archive *archive;
    void (*record_cb)(void *context, const struct record *record);
    void *context;
    uint64_t seq;
    bool failed;
};

static bool read_one(void *context, const struct journal_record *stored,
                     const unsigned char hash[static JOURNAL_HASH_SIZE])
{
    struct reading *r = context;
    struct archive *a = r->archive;
    struct record record;
    (void)hash;
    if (stored->seq > a->to_seq)
        return false;
    r->seq = stored->seq;
    wire_arena_reset(&a->arena);
    personal_begin(&a->seals, stored->seq);
    if (wire_record_unpack(&a->arena, stored->body, stored->size,
                           a->personal ? &a->seals.wire : NULL, &record) < 0) {
        r->failed = true;
        ctl_fail(0, "record %" PRIu64 " is not understood: %s", stored->seq, a->arena.errmsg);
        return false;
    }
    r->record_cb(r->context, &record);
    return true;
}

int archive_read(struct archive *archive,
                 void (*record_cb)(void *context, const struct record *record), void *context)
{
    struct reading r = {archive, record_cb, context, 0, false};
    r.seq = archive->from_seq ? archive->from_seq - 1 : 0;
    for (;;) {
        int64_t n = journal_read(archive->reader, r.seq, CHUNK, read_one, &r);
        if (n < 0)
            return ctl_fail(-1, "%s", journal_reader_errmsg(archive->reader));
        if (r.failed)
            return -1;
        if (n < CHUNK || r.seq >= archive->to_seq)
            return 0;
    }
}

int archive_verify(struct archive *archive)
{
    uint64_t bad_seq = 0;
    if (journal_verify_chain(archive->reader, 0, &bad_seq) == 0)
        return 0;
    if (bad_seq)
        return ctl_fail(-1,
                        "the chain is broken at record %" PRIu64 ": somebody or something "
                        "changed the journal; compare with a backup",
                        bad_seq);
    return ctl_fail(-1, "%s", journal_reader_errmsg(archive->reader));
}
