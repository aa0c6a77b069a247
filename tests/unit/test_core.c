/* The core under commands nobody would think of: from a seed, thousands of them, plausible and not,
 * with small tables and little room for text. Nothing crashes, what must hold holds, a second core
 * that is told only the packed records agrees and decides alike, also after a snapshot; a retry
 * gets the answer that was given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/core/print.h"
#include "dispatch/policy/cardfile.h"
#include "tests/lib/random_body.h"
#include "tests/lib/twin.h"

enum { SEED_COUNT = 6, COMMAND_COUNT = 2500, CLIENT_COUNT = 4, LIST_MAX = 6 };

static struct card_set cards;

struct run {
    struct dice dice;
    struct twin twin;
    int64_t now_ms;
    uint64_t number[CLIENT_COUNT + 1];
    char text[64];
    uint64_t id_list[LIST_MAX];
    uint32_t u32_list[8][LIST_MAX];
    uint32_t list_count, accepted;
};

static uint64_t below(struct run *run, uint64_t end)
{
    return dice_roll(&run->dice) % end;
}

static bool one_in(struct run *run, uint64_t n)
{
    return below(run, n) == 0;
}

static enum object_kind kind_of_letter(char letter)
{
    for (enum object_kind kind = 1; kind < OBJECT_KIND_COUNT; kind++) {
        const struct schema_field *id = &object_schema(kind)->field[0];
        if (id->type == FIELD_ID && id->letter == letter)
            return kind;
    }
    return OBJECT_NONE;
}

/* Mostly of something that is there. */
static uint64_t some_id(struct run *run, char letter)
{
    const struct table *table = &run->twin.core.state.table[kind_of_letter(letter)];
    uint64_t id = below(run, 12);
    if (table->count && !one_in(run, 8))
        memcpy(&id, table_at(table, (uint32_t)below(run, table->count)), sizeof(id));
    return id;
}

static struct text some_text(struct run *run, const char *name)
{
    static const char *const codes[] = {"chest-pain", "trauma", "fall-elderly", "", "no-such"};
    static const char *const words[] = {"", "三单元没有电梯", "a", "line\nbreak", "北门 \"锁\"着"};
    const char *text = words[below(run, 5)];
    if (strcmp(name, "card") == 0) {
        text = codes[below(run, 5)];
    } else if (strcmp(name, "code") == 0 || strcmp(name, "phone") == 0) {
        snprintf(run->text, sizeof(run->text), "c-%u", (unsigned)below(run, 30));
        text = run->text;
    } else if (one_in(run, 20)) {
        text = "一段太长的文字，一段太长的文字，一段太长的文字，一段太长的文字，一段太长的文字，"
               "一段太长的文字，一段太长的文字，一段太长的文字，一段太长的文字，一段太长的文字";
    }
    return (struct text){text, (uint32_t)strlen(text)};
}

static uint64_t some_number(struct run *run, const struct schema_field *field)
{
    static const uint32_t question[] = {1, 2, 101, 102, 103, 104, 105, 106, 501, 506, 1201, 1206};
    switch (field->type) {
    case FIELD_ID:
        return some_id(run, field->letter);
    case FIELD_ENUM:
        return below(run, field->words->count);
    case FIELD_BOOL:
        return below(run, 2);
    case FIELD_MS:
        return one_in(run, 2) ? 0 : (uint64_t)run->now_ms + below(run, 40000) - 30000;
    case FIELD_U64:
        return one_in(run, 3) ? run->twin.core.state.head->seq - below(run, 6) : below(run, 3);
    case FIELD_I32:
        return 390000000 + below(run, 700000000);
    default:
        return strcmp(field->name, "question") == 0 ? question[below(run, 12)] : below(run, 7);
    }
}

static struct u64s some_ids(struct run *run, char letter, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        run->id_list[i] = some_id(run, letter);
    return (struct u64s){run->id_list, n};
}

static struct u32s some_u32s(struct run *run, const struct schema_field *field, uint32_t n)
{
    uint32_t *list = run->u32_list[run->list_count++ % 8];
    for (uint32_t i = 0; i < n; i++)
        list[i] =
            field->words ? (uint32_t)below(run, field->words->count) : (uint32_t)below(run, 900);
    return (struct u32s){list, n};
}

static void some_body(struct run *run, enum command_kind kind, void *body)
{
    const struct schema *schema = command_schema(kind);
    for (uint32_t i = 0; i < schema->count; i++) {
        const struct schema_field *field = &schema->field[i];
        void *at = (char *)body + field->offset;
        if (field->type == FIELD_TEXT)
            *(struct text *)at = some_text(run, field->name);
        else if (field->type == FIELD_U64S)
            *(struct u64s *)at = some_ids(run, field->letter, (uint32_t)below(run, LIST_MAX));
        else if (field->type == FIELD_U32S)
            *(struct u32s *)at = some_u32s(run, field, (uint32_t)below(run, LIST_MAX));
        else
            field_set_number(field, body, some_number(run, field));
    }
}

/* Every usable unit's time to one open incident. */
static void some_propose(struct run *run, struct propose *c)
{
    static uint64_t unit[LIST_MAX], incident[LIST_MAX];
    const struct schema *schema = command_schema(COMMAND_PROPOSE);
    uint64_t target = some_id(run, 'I');
    for (uint32_t i = 0; i < LIST_MAX; i++) {
        unit[i] = some_id(run, 'U');
        incident[i] = one_in(run, 3) ? some_id(run, 'I') : target;
    }
    c->weights_epoch = run->twin.core.state.head->weights_epoch;
    c->incident = (struct u64s){incident, LIST_MAX};
    c->unit = (struct u64s){unit, LIST_MAX};
    c->eta_s = some_u32s(run, schema_find(schema, "eta_s", 5), LIST_MAX);
    c->source = some_u32s(run, schema_find(schema, "source", 6), LIST_MAX);
    c->age_s = some_u32s(run, schema_find(schema, "age_s", 5), LIST_MAX);
}

static enum role some_role(struct run *run, const char *who)
{
    if (one_in(run, 6))
        return (enum role)below(run, ROLE_MACHINE + 1);
    if (strcmp(who, "MACHINE") == 0 || strcmp(who, "ALERTS") == 0)
        return ROLE_MACHINE;
    if (strcmp(who, "CITY") == 0 || strcmp(who, "CALLS") == 0 || strcmp(who, "DEVICE") == 0)
        return ROLE_GATEWAY;
    return one_in(run, 4) ? ROLE_SUPERVISOR : ROLE_DISPATCHER;
}

/* What happens often happens often here: an incident, an order, its steps. */
static enum command_kind some_kind(struct run *run)
{
    static const enum command_kind usual[] = {
        COMMAND_OPEN_INCIDENT,  COMMAND_ANSWER_QUESTION, COMMAND_CORRECT_ANSWER,
        COMMAND_ORDER_UNIT,     COMMAND_RESERVE_UNIT,    COMMAND_REPORT_STEP,
        COMMAND_SET_DUTY,       COMMAND_DEFINE_UNIT,     COMMAND_DIVERT_UNIT,
        COMMAND_CLOSE_INCIDENT, COMMAND_PROPOSE,         COMMAND_DESCRIBE_INCIDENT,
        COMMAND_CORRECT_STEP,   COMMAND_PLACE_INCIDENT,  COMMAND_CANCEL_ASSIGNMENT,
    };
    if (one_in(run, 2))
        return usual[below(run, sizeof(usual) / sizeof(usual[0]))];
    return (enum command_kind)(1 + below(run, COMMAND_KIND_COUNT - 1));
}

static struct command some_command(struct run *run)
{
    struct command command = {.kind = some_kind(run)};
    const struct schema *schema = command_schema(command.kind);
    bool wild = one_in(run, 16);
    if (wild)
        random_body(&run->dice, schema, command_body_of(&command), false);
    else
        some_body(run, command.kind, command_body_of(&command));
    if (command.kind == COMMAND_SET_DUTY && !one_in(run, 3))
        command.set_duty.duty = DUTY_ON;
    if (command.kind == COMMAND_PROPOSE && !wild)
        some_propose(run, &command.propose);
    command.actor.role = some_role(run, schema->who);
    command.actor.user.v = 1 + below(run, 3);
    command.actor.scope = 1 + below(run, 4);
    command.client = below(run, CLIENT_COUNT + 1);
    command.number = ++run->number[command.client];
    return command;
}

static void succeeds(struct run *run, int result, const struct command *command)
{
    char line[1024];
    if (result == 0)
        return;
    command_print(line, sizeof(line), command, (struct print_how){.personal = true});
    fail_msg("%s\n%s", run->twin.errmsg, line);
}

static void submit(struct run *run, const struct command *command)
{
    struct record answer;
    succeeds(run, twin_decide(&run->twin, command, run->now_ms), command);
    answer = run->twin.record;
    succeeds(run, twin_apply(&run->twin), command);
    run->accepted += answer.refusal == REFUSE_NONE;
    if (command->client == 0)
        return;
    assert_int_equal(twin_decide(&run->twin, command, run->now_ms), 0);
    assert_true(run->twin.repeated);
    assert_int_equal(run->twin.record.refusal, answer.refusal);
    assert_int_equal(run->twin.record.made, answer.made);
}

static void let_time_pass(struct run *run)
{
    const struct command tick = {.kind = COMMAND_TICK, .actor = {.role = ROLE_MACHINE}};
    run->now_ms += (int64_t)below(run, one_in(run, 200) ? 100000000 : 4000);
    while (core_next_deadline_ms(&run->twin.core) <= run->now_ms) {
        submit(run, &tick);
        assert_false(run->twin.silent); /* what is due can be done */
    }
}

static void text_is_counted(const struct state *state)
{
    size_t alive = 0;
    for (enum object_kind kind = 1; kind < OBJECT_KIND_COUNT; kind++)
        for (uint32_t i = 0; i < state->table[kind].count; i++)
            alive += schema_borrowed(state->table[kind].schema, state->table[kind].slot[i]);
    assert_int_equal(alive, state->alive);
    assert_true(alive <= state->used && state->used <= state->half_bytes);
}

/* Of each client the last CLIENT_WINDOW answers are kept; older numbers are told so. */
static void test_window_of_answers(void **state)
{
    struct twin twin;
    struct limits limits = {.text_bytes = 3000};
    struct policy policy = {.text_max = 200};
    struct command ring = {.kind = COMMAND_RING_CALL, .client = 5, .actor = {.role = ROLE_GATEWAY}};
    (void)state;
    for (enum object_kind kind = 1; kind < OBJECT_KIND_COUNT; kind++)
        limits.max[kind] = 2 * CLIENT_WINDOW;
    assert_int_equal(twin_init(&twin, &limits, &policy, &cards), 0);
    for (uint64_t n = 10; n < 10 + CLIENT_WINDOW + 1; n++) {
        ring.number = n;
        assert_int_equal(twin_decide(&twin, &ring, 1000), 0);
        assert_int_equal(twin_apply(&twin), 0);
    }
    ring.number = 10;
    assert_int_equal(twin_decide(&twin, &ring, 1000), 0);
    assert_true(twin.repeated && twin.record.refusal == REFUSE_OLD_NUMBER);
    for (uint64_t n = 11; n < 10 + CLIENT_WINDOW + 1; n++) {
        ring.number = n;
        assert_int_equal(twin_decide(&twin, &ring, 1000), 0);
        assert_true(twin.repeated && twin.record.refusal == REFUSE_NONE);
        assert_int_equal(twin.record.made, n - 9);
    }
    twin_close(&twin);
}

static void run_seed(uint64_t seed)
{
    static struct run run;
    struct limits limits = {.text_bytes = 3000};
    struct policy policy = {.retention_ms = 3600000,
                            .claim_future_ms = 5000,
                            .claim_past_ms = 3600000,
                            .shelve_max_ms = 3600000,
                            .text_max = 200,
                            .rows_max = 3,
                            .switch_s = 20,
                            .stale_age_s = 60,
                            .stale_penalty_s = 120,
                            .none_s = 36000,
                            .weight = {10000, 10000, 24, 8, 3, 1},
                            .age_target_s = {1, 480, 480, 1080, 3600, 7200}};
    for (enum deadline d = 0; d < DEADLINE_COUNT; d++)
        policy.deadline_ms[d] = 60000;
    for (enum object_kind kind = 1; kind < OBJECT_KIND_COUNT; kind++)
        limits.max[kind] = 7;
    limits.max[OBJECT_CLIENT] = 2;
    memset(&run, 0, sizeof(run));
    run.dice.state = seed;
    run.now_ms = INT64_C(1780279200000);
    assert_int_equal(twin_init(&run.twin, &limits, &policy, &cards), 0);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        struct command command = some_command(&run);
        char why[ERRMSG_MAX];
        if (wire_command_check(&command, why) == 0)
            submit(&run, &command);
        else /* kept out by the wire; the core must only survive it */
            core_decide(&run.twin.core, &command, run.now_ms, run.twin.decision);
        let_time_pass(&run);
        text_is_counted(&run.twin.core.state);
        if (i % 250 == 249)
            succeeds(&run, twin_restore(&run.twin), &command);
    }
    print_message("seed %d: %d of %d accepted\n", (int)seed, (int)run.accepted, COMMAND_COUNT);
    assert_true(run.accepted > COMMAND_COUNT / 10);
    twin_close(&run.twin);
}

static void test_random_commands(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEED_COUNT; seed++)
        run_seed(seed);
}

static void test_what_is_no_command(void **state)
{
    (void)state;
    static struct run run;
    struct limits limits = {.text_bytes = 3000};
    struct policy policy = {0};
    for (enum object_kind kind = 1; kind < OBJECT_KIND_COUNT; kind++)
        limits.max[kind] = 1;
    assert_int_equal(twin_init(&run.twin, &limits, &policy, NULL), 0);
    const struct command bad[] = {
        {.kind = COMMAND_NONE, .actor = {.role = ROLE_MACHINE}},
        {.kind = COMMAND_KIND_COUNT, .actor = {.role = ROLE_MACHINE}},
        {.kind = COMMAND_TICK, .actor = {.role = ROLE_MACHINE}, .client = ID_MAX},
        {.kind = COMMAND_TICK, .actor = {.role = ROLE_NONE}},
    };
    const enum refusal wanted[] = {REFUSE_BAD_COMMAND, REFUSE_BAD_COMMAND, REFUSE_BAD_ID,
                                   REFUSE_NOT_SIGNED_IN};
    for (int i = 0; i < 4; i++)
        assert_int_equal(core_decide(&run.twin.core, &bad[i], 1000, run.twin.decision), wanted[i]);
    twin_close(&run.twin);
}

static void tell(struct twin *twin, enum role role, const char *line)
{
    uint64_t store[64];
    char why[256];
    struct command command = {0};
    if (command_parse(&command, line, strlen(line), 0, store, sizeof(store), why, sizeof(why)) < 0)
        fail_msg("%s: %s", line, why);
    command.actor = (struct actor){.user = {1}, .role = role, .seat = 1};
    if (twin_decide(twin, &command, 1000) < 0 || twin_apply(twin) < 0)
        fail_msg("%s: %s", line, twin->errmsg);
    if (twin->record.refusal != REFUSE_NONE)
        fail_msg("%s: %s", line, refusal_text[twin->record.refusal].name);
}

/* No counter has a cap that calls could reach: past 40 million, and past 32 bits. */
static void test_counters_go_on(void **state)
{
    (void)state;
    static struct twin twin;
    struct limits limits = {.text_bytes = 3000};
    struct policy policy = {.text_max = 200};
    for (enum object_kind kind = 1; kind < OBJECT_KIND_COUNT; kind++)
        limits.max[kind] = 4;
    assert_int_equal(twin_init(&twin, &limits, &policy, &cards), 0);
    struct head *head[] = {twin.core.state.head, twin.second.state.head};
    for (int i = 0; i < 2; i++) {
        head[i]->last_call = 39999999;
        head[i]->last_incident = UINT32_MAX;
        head[i]->seq = UINT64_C(1) << 40;
    }
    tell(&twin, ROLE_DISPATCHER, "ring_call number=13900000001 line=1");
    tell(&twin, ROLE_DISPATCHER, "answer_call C40000000");
    tell(&twin, ROLE_DISPATCHER, "open_incident C40000000 words=here");
    assert_int_equal(twin_restore(&twin), 0);
    tell(&twin, ROLE_DISPATCHER, "add_note I4294967296 words=x");
    assert_int_equal(twin.record.seq, (UINT64_C(1) << 40) + 4);
    assert_non_null(state_incident(&twin.second.state, 4294967296));
    twin_close(&twin);
}

static int load_cards(void **state)
{
    static struct complaints complaints;
    (void)state;
    wire_init();
    return cardfile_load(SOURCE_DIR "/deploy/cards", SOURCE_DIR "/deploy/plans/response.yaml",
                         &cards, &complaints);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_no_command),
        cmocka_unit_test(test_counters_go_on),
        cmocka_unit_test(test_random_commands),
        cmocka_unit_test(test_window_of_answers),
    };
    return cmocka_run_group_tests(tests, load_cards, NULL);
}
