#include "tests/lib/twin.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/line/snapshot.h"

enum { SNAPSHOT_BYTES_MAX = 64 * 1024 * 1024 };

__attribute__((format(printf, 2, 3))) static int fail(struct twin *twin, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(twin->errmsg, sizeof(twin->errmsg), format, args);
    va_end(args);
    return -1;
}

int twin_init(struct twin *twin, const struct limits *limits, const struct policy *policy,
              const struct card_set *cards)
{
    memset(twin, 0, sizeof(*twin));
    buffer_init(&twin->packed, SNAPSHOT_BYTES_MAX);
    buffer_init(&twin->again, WIRE_RECORD_MAX);
    twin->limits = *limits;
    twin->memory = malloc(core_bytes(limits));
    twin->second_memory = malloc(core_bytes(limits));
    twin->decision = calloc(1, sizeof(*twin->decision));
    if (!twin->memory || !twin->second_memory || !twin->decision ||
        wire_arena_init(&twin->arena, WIRE_ARENA) < 0)
        return fail(twin, "out of memory");
    twin->decision->scratch_size = decision_scratch_bytes(limits);
    twin->decision->scratch = malloc(twin->decision->scratch_size);
    if (!twin->decision->scratch)
        return fail(twin, "out of memory");
    core_init(&twin->core, twin->memory, limits, policy);
    core_init(&twin->second, twin->second_memory, limits, policy);
    core_set_cards(&twin->core, cards);
    core_set_cards(&twin->second, cards);
    return 0;
}

void twin_close(struct twin *twin)
{
    if (twin->decision)
        free(twin->decision->scratch);
    free(twin->decision);
    free(twin->memory);
    free(twin->second_memory);
    wire_arena_close(&twin->arena);
    buffer_close(&twin->packed);
    buffer_close(&twin->again);
    memset(twin, 0, sizeof(*twin));
}

static struct record decide(struct twin *twin, const struct core *core,
                            const struct command *command, int64_t now_ms)
{
    struct record record = {.seq = core->state.head->seq + 1,
                            .now_ms = now_ms,
                            .client = command->client,
                            .number = command->number,
                            .actor = command->actor,
                            .command = command->kind};
    record.refusal = core_decide(core, command, now_ms, twin->decision);
    record.made = twin->decision->made;
    record.fact = twin->decision->fact;
    record.fact_count = twin->decision->fact_count;
    return record;
}

static int pack(struct twin *twin, const struct record *record, struct buffer *out)
{
    buffer_clear(out);
    wire_arena_reset(&twin->arena);
    if (wire_record_pack(&twin->arena, record, NULL, out) < 0)
        return fail(twin, "the record cannot be packed: %.400s", twin->arena.errmsg);
    return 0;
}

static int decide_by_both(struct twin *twin, const struct command *command, int64_t now_ms)
{
    struct record record = decide(twin, &twin->second, command, now_ms);
    if (record.refusal != REFUSE_NONE && (record.fact_count || record.made))
        return fail(twin, "a refusal leaves facts");
    if (pack(twin, &record, &twin->again) < 0)
        return -1;
    record = decide(twin, &twin->core, command, now_ms);
    if (pack(twin, &record, &twin->packed) < 0)
        return -1;
    if (twin->packed.n != twin->again.n ||
        memcmp(twin->packed.bytes, twin->again.bytes, twin->packed.n) != 0)
        return fail(twin, "%s decided by both cores, two answers",
                    command_schema(command->kind)->name);
    wire_arena_reset(&twin->arena);
    if (wire_record_unpack(&twin->arena, twin->packed.bytes, twin->packed.n, NULL, &twin->record) <
        0)
        return fail(twin, "the record cannot be unpacked: %.400s", twin->arena.errmsg);
    return 0;
}

int twin_decide(struct twin *twin, const struct command *command, int64_t now_ms)
{
    twin->repeated = twin->silent = false;
    twin->record = (struct record){.command = command->kind};
    if (core_answered(&twin->core, command->client, command->number, &twin->record)) {
        twin->repeated = true;
        return 0;
    }
    if (decide_by_both(twin, command, now_ms) < 0)
        return -1;
    twin->silent = command->client == 0 && twin->record.fact_count == 0;
    return 0;
}

static int compare(struct twin *twin)
{
    unsigned char first[SNAPSHOT_DIGEST], second[SNAPSHOT_DIGEST];
    snapshot_digest(&twin->core, first);
    snapshot_digest(&twin->second, second);
    if (memcmp(first, second, sizeof(first)) != 0)
        return fail(twin, "seq %" PRIu64 ": the second core differs", twin->core.state.head->seq);
    const char *broken = core_check(&twin->core);
    if (*broken)
        return fail(twin, "seq %" PRIu64 ": it does not hold that %s", twin->core.state.head->seq,
                    broken);
    return 0;
}

int twin_apply(struct twin *twin)
{
    if (twin->repeated || twin->silent)
        return 0;
    /* The first core applies what was decided, the second what was packed of it. */
    struct record decided = twin->record;
    decided.fact = twin->decision->fact;
    core_apply(&twin->core, &decided);
    core_apply(&twin->second, &twin->record);
    return compare(twin);
}

int twin_restore(struct twin *twin)
{
    struct core was = twin->second;
    buffer_clear(&twin->packed);
    wire_arena_reset(&twin->arena);
    if (snapshot_pack(&twin->core, &twin->arena, NULL, &twin->packed, twin->errmsg) < 0)
        return -1;
    core_init(&twin->second, twin->second_memory, &twin->limits, &was.policy);
    twin->second.cards = was.cards;
    memcpy(twin->second.cards_hash, was.cards_hash, sizeof(was.cards_hash));
    wire_arena_reset(&twin->arena);
    if (snapshot_unpack(&twin->second, &twin->arena, NULL, twin->packed.bytes, twin->packed.n,
                        twin->errmsg) < 0)
        return -1;
    return compare(twin);
}
