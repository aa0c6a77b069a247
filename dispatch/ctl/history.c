/* facts, audit, replay, snapshot list: what the journal remembers. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/core/print.h"
#include "dispatch/ctl/archive.h"
#include "dispatch/ctl/concern.h"
#include "dispatch/ctl/fact_line.h"
#include "dispatch/ctl/view.h"
#include "dispatch/line/fold.h"
#include "dispatch/line/pipeline.h"
#include "dispatch/line/snapshot.h"

/* --- facts --- */

struct facts {
    struct fact_how how;
    enum fact_kind only; /* FACT_NONE: all */
    struct concern concern;
    unsigned count;
};

static void learn_record(void *context, const struct record *record)
{
    struct facts *facts = context;
    for (uint32_t i = 0; i < record->fact_count; i++)
        concern_learn(&facts->concern, &record->fact[i]);
}

static void print_record(void *context, const struct record *record)
{
    struct facts *facts = context;
    for (uint32_t i = 0; i < record->fact_count; i++) {
        const struct fact *fact = &record->fact[i];
        if (facts->only != FACT_NONE && fact->kind != facts->only)
            continue;
        if (facts->concern.incident && !concern_has(&facts->concern, fact))
            continue;
        fact_line(&facts->how, record, fact);
    }
}

static int take_kind(const struct ctl *ctl, enum fact_kind *kind)
{
    const char *text = ctl->option[OPTION_KIND];
    if (!text)
        return 0;
    *kind = fact_kind_of(text, strlen(text));
    return *kind != FACT_NONE ? 0 : ctl_fail(-1, "there is no fact \"%s\"", text);
}

/* Which ids are the incident's, told by the whole journal and not only by the wanted range. */
static int learn(struct archive *archive, struct facts *facts)
{
    const uint64_t from_seq = archive->from_seq, to_seq = archive->to_seq;
    archive->from_seq = 0;
    archive->to_seq = UINT64_MAX;
    int rc = archive_read(archive, learn_record, facts);
    archive->from_seq = from_seq;
    archive->to_seq = to_seq;
    return rc;
}

int facts_run(struct ctl *ctl)
{
    static struct facts facts;
    struct archive archive;
    const char *incident = ctl->option[OPTION_INCIDENT];
    facts.how = (struct fact_how){ctl, ctl->option[OPTION_JSON] != NULL,
                                  ctl->option[OPTION_PERSONAL] != NULL};
    if (take_kind(ctl, &facts.only) < 0 ||
        (incident && ctl_id(incident, LETTER_incident, &facts.concern.incident) < 0))
        return CTL_USAGE;
    int code = archive_open(&archive, ctl);
    if (code == CTL_OK && incident && learn(&archive, &facts) < 0)
        code = CTL_FAILED;
    if (code == CTL_OK && archive_read(&archive, print_record, &facts) < 0)
        code = CTL_FAILED;
    archive_close(&archive);
    return code;
}

/* --- audit --- */

struct audit {
    struct fact_how how;
    uint64_t user; /* 0: everybody */
    uint64_t commands, refused;
};

static void audit_record(void *context, const struct record *record)
{
    static char line[16 * 1024];
    struct audit *audit = context;
    char time[LOCAL_TIME_MAX], actor[ACTOR_TEXT_MAX];
    if (audit->user && record->actor.user.v != audit->user)
        return;
    audit->commands++;
    audit->refused += record->refusal != REFUSE_NONE;
    printf("%8" PRIu64 " %s %-16s %s", record->seq,
           ctl_local_time(audit->how.ctl, record->now_ms, time), actor_text(record->actor, actor),
           command_schema(record->command)->name);
    if (record->client)
        printf(" client %" PRIu64 "/%" PRIu64, record->client, record->number);
    if (record->refusal != REFUSE_NONE)
        printf(" REFUSED %s: %s / %s", refusal_text[record->refusal].name,
               refusal_text[record->refusal].zh, refusal_text[record->refusal].en);
    putchar('\n');
    for (uint32_t i = 0; i < record->fact_count; i++) {
        fact_print(line, sizeof(line), &record->fact[i],
                   (struct print_how){audit->how.personal, 0});
        printf("%8s > %s\n", "", line);
    }
}

int audit_run(struct ctl *ctl)
{
    struct audit audit = {{ctl, false, ctl->option[OPTION_PERSONAL] != NULL}, 0, 0, 0};
    struct archive archive;
    struct journal_head head;
    const char *user = ctl->option[OPTION_USER];
    if (user && ctl_id(user, LETTER_user, &audit.user) < 0)
        return CTL_USAGE;
    int code = archive_open(&archive, ctl);
    if (code == CTL_OK &&
        (archive_verify(&archive) < 0 || archive_read(&archive, audit_record, &audit) < 0))
        code = CTL_FAILED;
    if (code == CTL_OK && journal_read_head(archive.reader, &head) < 0)
        code = ctl_fail(CTL_FAILED, "%s", journal_reader_errmsg(archive.reader));
    if (code == CTL_OK)
        printf("日志链完好 chain whole up to record %" PRIu64 "; %" PRIu64
               " commands shown, %" PRIu64 " of them refused\n",
               head.seq, audit.commands, audit.refused);
    archive_close(&archive);
    return code;
}

/* --- replay --- */

struct replay {
    struct core core;
    void *memory;
    struct fold fold;
};

static int fold_all(struct replay *replay, struct archive *archive)
{
    struct limits limits;
    struct policy policy;
    pipeline_limits(&archive->ctl->config, &limits);
    pipeline_policy(&archive->ctl->config, &policy);
    replay->memory = malloc(core_bytes(&limits));
    if (!replay->memory)
        return ctl_fail(-1, "no memory for the tables: lower [limits]");
    core_init(&replay->core, replay->memory, &limits, &policy);
    int rc = fold_init(&replay->fold, &replay->core, archive->reader,
                       archive->personal ? &archive->vault : NULL);
    if (rc == 0)
        rc = fold_records(&replay->fold, archive->to_seq);
    if (rc < 0)
        ctl_fail(0, "%s", replay->fold.errmsg);
    fold_close(&replay->fold);
    return rc;
}

static void print_hex(const char *what, const unsigned char *bytes, size_t n)
{
    printf("%-15s ", what);
    for (size_t i = 0; i < n; i++)
        printf("%02x", bytes[i]);
    putchar('\n');
}

static void print_state(const struct replay *replay, const struct view *view)
{
    unsigned char digest[SNAPSHOT_DIGEST];
    char time[LOCAL_TIME_MAX];
    const struct head *head = replay->core.state.head;
    const char *broken = core_check(&replay->core);
    snapshot_digest(&replay->core, digest);
    if (!view->json) {
        printf("state           record %" PRIu64 " at %s, %" PRIu64 " folded\n", head->seq,
               ctl_local_time(view->ctl, view->now_ms, time), replay->fold.records);
        print_hex("chain", replay->fold.hash, sizeof(replay->fold.hash));
        print_hex("state digest", digest, sizeof(digest));
        printf("invariants      %s\n", *broken ? broken : "kept");
        view_counts(view);
    }
    view_calls(view);
    view_incidents(view);
    view_alerts(view);
    view_units(view);
}

int replay_run(struct ctl *ctl)
{
    static struct replay replay;
    struct archive archive;
    int code = archive_open(&archive, ctl);
    if (code == CTL_OK && fold_all(&replay, &archive) < 0)
        code = CTL_FAILED;
    if (code == CTL_OK) {
        const struct view view = {ctl, &replay.core.state, replay.core.state.head->now_ms,
                                  ctl->option[OPTION_JSON] != NULL, archive.personal};
        print_state(&replay, &view);
    }
    free(replay.memory);
    archive_close(&archive);
    return code;
}

/* --- snapshots --- */

int snapshot_list_run(struct ctl *ctl)
{
    struct archive archive;
    struct journal_snapshot snapshot;
    int code = archive_open(&archive, ctl);
    uint64_t seq_max = UINT64_MAX;
    while (code == CTL_OK && seq_max > 0) {
        if (journal_read_snapshot(archive.reader, seq_max, &snapshot) < 0)
            code = ctl_fail(CTL_FAILED, "%s", journal_reader_errmsg(archive.reader));
        else if (snapshot.seq)
            printf("record %" PRIu64 ", %zu bytes, whole\n", snapshot.seq, snapshot.size);
        seq_max = code == CTL_OK && snapshot.seq ? snapshot.seq - 1 : 0;
        if (code == CTL_OK)
            journal_snapshot_free(&snapshot);
    }
    archive_close(&archive);
    return code;
}
