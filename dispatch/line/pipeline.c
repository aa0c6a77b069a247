#include "dispatch/line/pipeline.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/log.h"
#include "dispatch/line/pipeline_impl.h"
#include "dispatch/must.h"

/* --- time --- */

int64_t pipeline_wall_ms(const struct pipeline *p)
{
    return p->wall_zero_ms + (int64_t)((os_mono_ns() - p->mono_zero_ns) / 1000000);
}

int64_t pipeline_now_ms(const struct pipeline *p)
{
    int64_t now_ms = p->driven ? p->driven_ms : pipeline_wall_ms(p);
    int64_t last_ms = p->core.state.head->now_ms;
    return now_ms > last_ms ? now_ms : last_ms;
}

/* --- answers wait for the disk --- */

static void give_answers(struct pipeline *p)
{
    uint64_t durable = journal_durable_seq(p->journal);
    while (p->pending_first < p->pending_last) {
        struct pending pending = p->pending[p->pending_first % PIPELINE_PENDING_MAX];
        if (pending.wait_seq > durable)
            break;
        p->pending_first++; /* before the call: it may submit the next command */
        metrics_observe_us(p->metrics, HIST_COMMAND, (os_mono_ns() - pending.since_ns) / 1000);
        pending.replied_cb(pending.context, pending.tag, &pending.reply);
    }
}

static bool ring_is_full(const struct pipeline *p)
{
    return p->pending_last - p->pending_first == PIPELINE_PENDING_MAX;
}

static void wait_for(struct pipeline *p, uint64_t wait_seq, const struct reply *reply,
                     reply_cb replied_cb, void *context, uint64_t tag)
{
    if (!replied_cb)
        return;
    must(!ring_is_full(p));
    p->pending[p->pending_last++ % PIPELINE_PENDING_MAX] =
        (struct pending){wait_seq, *reply, replied_cb, context, tag, os_mono_ns()};
}

void pipeline_durable(void *context, uint64_t seq)
{
    struct pipeline *p = context;
    metrics_set(p->metrics, METRIC_JOURNAL_SEQ, (int64_t)seq);
    metrics_observe_us(p->metrics, HIST_COMMIT, journal_stats(p->journal).commit_ns_last / 1000);
    if (!p->open) {
        p->open = true;
        feed_durable(&p->feed, seq);
        p->opened_cb(p->context);
        return;
    }
    feed_durable(&p->feed, seq);
    give_answers(p);
    pipeline_maybe_snapshot(p, seq);
}

uint64_t pipeline_seq(const struct pipeline *p)
{
    return p->core.state.head->seq;
}

int pipeline_when_durable(struct pipeline *p, reply_cb replied_cb, void *context, uint64_t tag,
                          uint64_t number)
{
    struct reply reply = {.number = number, .seq = pipeline_seq(p)};
    if (ring_is_full(p))
        return -1;
    wait_for(p, reply.seq, &reply, replied_cb, context, tag);
    give_answers(p);
    return 0;
}

/* --- one command --- */

static bool forgets(const struct record *record)
{
    return record->fact_count > 0 && record->fact[0].kind == FACT_INCIDENT_FORGOTTEN;
}

/* The keys of the incident and its calls go with the record. */
static int forget(struct pipeline *p, const struct incident_forgotten *f)
{
    int rc = personal_forget(&p->personal, LETTER_incident, f->incident.v);
    for (uint32_t i = 0; rc == 0 && i < f->call.n; i++)
        rc = personal_forget(&p->personal, LETTER_call, f->call.v[i]);
    if (rc < 0)
        log_error("forget", "error=\"%s\"", p->vault.errmsg);
    return rc;
}

/* Packs the record twice: in clear for the readers, sealed for the journal. A record that cannot be
 * sealed now (too many new keys wait for the disk) may be later; what was forgotten stays so. */
static enum refusal pack(struct pipeline *p, const struct record *record)
{
    personal_begin(&p->personal, record->seq);
    buffer_clear(&p->sealed);
    buffer_clear(&p->clear);
    wire_arena_reset(&p->arena);
    if (wire_record_pack(&p->arena, record, NULL, &p->clear) < 0)
        return REFUSE_TOO_LONG;
    wire_arena_reset(&p->arena);
    const struct wire_vault *vault = p->encrypt ? &p->personal.wire : NULL;
    if (wire_record_pack(&p->arena, record, vault, &p->sealed) < 0 ||
        (forgets(record) && forget(p, &record->fact[0].incident_forgotten) < 0))
        return REFUSE_FULL;
    return p->personal.refused ? REFUSE_FORGOTTEN : REFUSE_NONE;
}

/* Into the journal, then into the state. REFUSE_NONE, or why neither happened. */
static enum refusal commit(struct pipeline *p, const struct record *record)
{
    enum refusal refusal = pack(p, record);
    if (refusal == REFUSE_FORGOTTEN)
        return refusal;
    if (refusal != REFUSE_NONE) {
        log_error("record-unpackable", "seq=%" PRIu64 " command=%s why=%s", record->seq,
                  command_schema(record->command)->name, p->arena.errmsg);
        return refusal;
    }
    struct journal_record stored = {record->seq,     record->now_ms,       record->client,
                                    record->number,  p->sealed.bytes,      p->sealed.n,
                                    p->personal.key, p->personal.key_count};
    if (journal_append(p->journal, &stored) != JOURNAL_APPENDED)
        return REFUSE_FULL;
    if (p->encrypt)
        vault_appended(&p->vault, &stored);
    personal_end(&p->personal);
    feed_put(&p->feed, record->seq, p->clear.bytes, p->clear.n);
    core_apply(&p->core, record);
    if (forgets(record)) {
        feed_empty(&p->feed);
        pipeline_snapshots_forget(p, record);
    }
    metrics_add(p->metrics, METRIC_FACTS, record->fact_count);
    if (p->applied_cb)
        p->applied_cb(p->context, record);
    return REFUSE_NONE;
}

/* What may be refused before it is decided, and therefore leaves no record. Commands made inside
 * the house are checked like those from the wire: only what passes can be read back. */
static enum refusal admit(struct pipeline *p, const struct command *command)
{
    char why[ERRMSG_MAX];
    if (command->client >= ID_MAX || command->number >= ID_MAX)
        return REFUSE_BAD_ID;
    if (wire_command_check(command, why) < 0) {
        log_warn("command-unclean", "why=%s", why);
        return REFUSE_BAD_VALUE;
    }
    if (command->kind == COMMAND_FORGET_INCIDENT && !p->encrypt)
        return REFUSE_NOT_SEALED;
    if (!p->space_ok && command->kind != COMMAND_BOOT)
        return REFUSE_NO_SPACE;
    if (!journal_has_room(p->journal, JOURNAL_BODY_MAX, JOURNAL_RECORD_KEYS_MAX))
        return REFUSE_FULL;
    return REFUSE_NONE;
}

/* A retry has the first answer, even when there is no room for anything new. */
static bool answer_again(struct pipeline *p, const struct command *command, struct reply *reply)
{
    struct record before;
    if (!core_answered(&p->core, command->client, command->number, &before))
        return false;
    metrics_add(p->metrics, METRIC_DUPLICATE_COMMANDS, 1);
    reply->seq = before.seq;
    reply->refusal = before.refusal;
    reply->made = before.made;
    return true;
}

static void count_refusal(struct pipeline *p, enum refusal refusal)
{
    if (refusal != REFUSE_NONE)
        metrics_add_by(p->metrics, FAMILY_REFUSALS, refusal, 1);
}

static bool is_silent(const struct command *command, const struct record *record)
{
    /* The house's own ticks and proposals that change nothing leave no trace. */
    return command->client == 0 && record->fact_count == 0;
}

/* What a client wants in vain is on record, but must not fill the journal. */
static bool too_many_refused(struct pipeline *p, const struct command *command,
                             enum refusal refusal, int64_t now_ms)
{
    return refusal != REFUSE_NONE && command->client != 0 &&
           !allowance_take(&p->refused, command->actor.user.v, now_ms);
}

static void decide(struct pipeline *p, const struct command *command, struct reply *reply)
{
    int64_t now_ms = pipeline_now_ms(p);
    uint64_t began_ns = os_mono_ns();
    enum refusal refusal = core_decide(&p->core, command, now_ms, p->decision);
    if (command->kind == COMMAND_PROPOSE)
        metrics_observe_us(p->metrics, HIST_PROPOSAL, (os_mono_ns() - began_ns) / 1000);
    struct record record = {.seq = pipeline_seq(p) + 1,
                            .now_ms = now_ms,
                            .client = command->client,
                            .number = command->number,
                            .actor = command->actor,
                            .command = command->kind,
                            .refusal = refusal,
                            .made = p->decision->made,
                            .fact = p->decision->fact,
                            .fact_count = p->decision->fact_count};
    reply->refusal = refusal;
    reply->made = record.made;
    if (is_silent(command, &record))
        return;
    if (too_many_refused(p, command, refusal, now_ms)) {
        reply->refusal = REFUSE_TOO_MANY_REFUSED;
        return;
    }
    enum refusal failed = commit(p, &record);
    if (failed != REFUSE_NONE) {
        reply->refusal = failed;
        reply->made = 0;
        return;
    }
    reply->seq = record.seq;
}

void pipeline_submit(struct pipeline *p, const struct command *command, reply_cb replied_cb,
                     void *context, uint64_t tag)
{
    struct reply reply = {.client = command->client, .number = command->number};
    metrics_add(p->metrics, METRIC_COMMANDS, 1);
    if (replied_cb && ring_is_full(p)) { /* says nothing of the state: it need not wait */
        reply.refusal = REFUSE_FULL;
        count_refusal(p, reply.refusal);
        replied_cb(context, tag, &reply);
        return;
    }
    if (!answer_again(p, command, &reply)) {
        reply.refusal = admit(p, command);
        if (reply.refusal == REFUSE_NONE)
            decide(p, command, &reply);
    }
    count_refusal(p, reply.refusal);
    /* A refusal, too, tells of a state that must be durable first. */
    wait_for(p, pipeline_seq(p), &reply, replied_cb, context, tag);
    if (journal_durable_seq(p->journal) >= pipeline_seq(p))
        give_answers(p);
}

void pipeline_submit_own(struct pipeline *p, struct command *command)
{
    command->client = 0;
    command->number = 0;
    command->actor = (struct actor){.role = ROLE_MACHINE};
    pipeline_submit(p, command, NULL, NULL, 0);
}

/* --- time passes --- */

/* Looked up once a record: it walks the tables, and the timer asks ten times a second. */
static int64_t next_deadline_ms(struct pipeline *p)
{
    if (p->deadline_seq != pipeline_seq(p)) {
        p->deadline_ms = core_next_deadline_ms(&p->core);
        p->deadline_seq = pipeline_seq(p);
    }
    return p->deadline_ms;
}

/* With the machine's clock the rest waits for the next tick; a driven clock may pass many deadlines
 * in one step, and all of them are due before anything that follows it. */
void pipeline_tick(struct pipeline *p)
{
    enum { TICKS_MAX = 16 };
    struct command tick = {.kind = COMMAND_TICK};
    for (int i = 0; i < TICKS_MAX || p->driven; i++) {
        if (next_deadline_ms(p) > pipeline_now_ms(p))
            break;
        uint64_t before = pipeline_seq(p);
        pipeline_submit_own(p, &tick);
        if (pipeline_seq(p) == before)
            break; /* nothing could be done about it now */
    }
}

void pipeline_drive(struct pipeline *p, int64_t now_ms)
{
    if (now_ms > p->driven_ms)
        p->driven_ms = now_ms;
    pipeline_tick(p);
}
