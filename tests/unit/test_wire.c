/* wire: every table there and back, and everything that bytes from outside may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/wire/wire_map.h"
#include "tests/lib/wire_scratch.h"

enum { ROUNDS = 200, FACTS = 3 };

static void assert_same(const struct schema *schema, const void *a, const void *b)
{
    const char *field = body_difference(schema, a, b, true);
    if (field)
        fail_msg("%s.%s differs after the round trip", schema->name, field);
}

/* A stand-in for the vault: bytes xor 0x5a behind the subject's id; I666 is forgotten. */
static int stub_seal(void *ctx, char letter, uint64_t id, const void *plain, size_t n,
                     struct buffer *sealed)
{
    (void)ctx;
    if (id == 666)
        return WIRE_FORGOTTEN;
    buffer_print(sealed, "%c%llu.", letter, (unsigned long long)id);
    for (size_t i = 0; i < n; i++)
        buffer_add(sealed, &(unsigned char){((const unsigned char *)plain)[i] ^ 0x5a}, 1);
    return WIRE_SEALED;
}

static int stub_open(void *ctx, char letter, uint64_t id, const void *sealed, size_t n,
                     struct buffer *plain)
{
    char key[32];
    if (ctx)
        return WIRE_FORGOTTEN;
    int k = snprintf(key, sizeof(key), "%c%llu.", letter, (unsigned long long)id);
    if (n < (size_t)k || memcmp(sealed, key, (size_t)k) != 0)
        return -1;
    for (size_t i = (size_t)k; i < n; i++)
        buffer_add(plain, &(unsigned char){((const unsigned char *)sealed)[i] ^ 0x5a}, 1);
    return WIRE_SEALED;
}

static const struct wire_vault vault = {NULL, stub_seal, stub_open};

static void random_fact(enum fact_kind kind, struct fact *fact, bool keep_lists)
{
    *fact = (struct fact){.kind = kind};
    random_body(&dice, fact_schema(kind), fact_body_of(fact), keep_lists);
}

static struct record one_fact(const struct fact *fact)
{
    return (struct record){.seq = 12,
                           .now_ms = 1700000000000,
                           .client = 5,
                           .number = 9,
                           .actor = {{3}, ROLE_DISPATCHER, 2, 0},
                           .command = COMMAND_OPEN_INCIDENT,
                           .made = 7,
                           .fact = fact,
                           .fact_count = 1};
}

/* Tables. */

static void test_a_disagreement_names_the_field(void **state)
{
    (void)state;
    struct wire_map map;
    char errmsg[ERRMSG_MAX] = "";
    static const struct schema_field odd[] = {{"incident", FIELD_TEXT, false, 0, 0, NULL}};
    const struct schema schema = {"duplicate_linked", "", odd, 1, sizeof(struct text)};
    const ProtobufCMessageDescriptor *linked = wire_facts.map[FACT_DUPLICATE_LINKED].message;
    assert_int_equal(wire_map_pair(&map, &schema, linked, errmsg), -1);
    assert_string_equal(errmsg, "field incident of duplicate_linked is of another type in message "
                                "DuplicateLinked of proto/");
    assert_int_equal(wire_map_pair(&map, fact_schema(FACT_INCIDENT_ARCHIVED), linked, errmsg), -1);
    assert_string_equal(
        errmsg, "field first of message DuplicateLinked in proto/ is not in incident_archived");
    assert_int_equal(wire_map_pair(&map, fact_schema(FACT_NOTE_ADDED), linked, errmsg), -1);
    assert_string_equal(errmsg,
                        "field user of note_added is missing in message DuplicateLinked of proto/");
}

static const struct schema *objects_one_off(uint32_t kind)
{
    return object_schema((enum object_kind)(kind % (OBJECT_KIND_COUNT - 1) + 1));
}

static void test_a_kind_in_the_wrong_place_is_found(void **state)
{
    (void)state;
    struct wire_map maps[OBJECT_KIND_COUNT];
    char errmsg[ERRMSG_MAX] = "";
    assert_int_equal(
        wire_map_pair_kinds(maps, OBJECT_KIND_COUNT, wire_objects.wrapper, objects_one_off, errmsg),
        -1);
    assert_non_null(strstr(errmsg, "station as number 11 where hospital belongs"));
}

/* Whoever has personal fields must say by its first field whose they are. */
static void test_personal_fields_have_a_subject(void **state)
{
    (void)state;
    uint32_t found = 0;
    for (enum fact_kind kind = 1; kind < FACT_KIND_COUNT; kind++) {
        const struct schema *schema = fact_schema(kind);
        for (uint32_t i = 0; i < schema->count; i++) {
            if (!schema->field[i].personal)
                continue;
            found++;
            assert_int_equal(schema->field[0].type, FIELD_ID);
            assert_non_null(strchr("CIMX", schema->field[0].letter));
        }
    }
    assert_true(found >= 6);
}

/* Round trips. */

static void test_every_command_there_and_back(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        for (enum command_kind kind = 1; kind < COMMAND_KIND_COUNT; kind++) {
            struct command sent = {.kind = kind, .client = 5, .number = 77};
            struct command got;
            random_body(&dice, command_schema(kind), command_body_of(&sent), false);
            wire_scratch_begin(NULL);
            dice.state += (uint64_t)round * 1000 + kind;
            assert_int_equal(wire_command_pack(&arena, &sent, &out), 0);
            assert_int_equal(wire_command_unpack(&arena, out.bytes, out.n, &got), 0);
            assert_int_equal(got.kind, kind);
            assert_int_equal(got.client, 5);
            assert_int_equal(got.number, 77);
            assert_same(command_schema(kind), command_body(&sent), command_body(&got));
        }
    }
}

static void test_every_fact_there_and_back(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        for (enum fact_kind kind = 1; kind < FACT_KIND_COUNT; kind++) {
            struct fact facts[FACTS];
            struct record sent, got;
            wire_scratch_begin(NULL);
            dice.state += (uint64_t)round * 1000 + kind;
            random_body(&dice, &wire_record_schema, &sent, false);
            for (uint32_t i = 0; i < FACTS; i++)
                random_fact(kind, &facts[i], true);
            sent.fact = facts;
            sent.fact_count = FACTS;
            assert_int_equal(wire_record_pack(&arena, &sent, round % 2 ? &vault : NULL, &out), 0);
            assert_int_equal(wire_record_unpack(&arena, out.bytes, out.n, &vault, &got), 0);
            assert_same(&wire_record_schema, &sent, &got);
            assert_int_equal(got.fact_count, FACTS);
            for (uint32_t i = 0; i < FACTS; i++) {
                assert_int_equal(got.fact[i].kind, kind);
                assert_same(fact_schema(kind), fact_body(&facts[i]), fact_body(&got.fact[i]));
            }
        }
    }
}

static void test_every_object_there_and_back(void **state)
{
    (void)state;
    union {
        uint64_t align;
        unsigned char bytes[4096];
    } body;
    for (int round = 0; round < ROUNDS; round++) {
        for (enum object_kind kind = 1; kind < OBJECT_KIND_COUNT; kind++) {
            const struct wire_object sent = {kind, &body};
            struct wire_object got;
            wire_scratch_begin(NULL);
            dice.state += (uint64_t)round * 1000 + kind;
            assert_true(object_schema(kind)->size <= sizeof(body));
            random_body(&dice, object_schema(kind), &body, false);
            assert_int_equal(wire_object_pack(&arena, sent, round % 2 ? &vault : NULL, &out), 0);
            assert_int_equal(wire_object_unpack(&arena, out.bytes, out.n, &vault, &got), 0);
            assert_int_equal(got.kind, kind);
            assert_same(object_schema(kind), sent.body, got.body);
        }
    }
}

/* Numbers in proto/ are stored: these bytes of the first version must be read for ever. */
static void test_the_first_versions_bytes_are_read(void **state)
{
    (void)state;
    static const char first[] =
        "\x08\x0c\x10\x80\xd0\x95\xff\xbc\x31\x18\x05\x20\x09\x28\x03\x30\x01\x38"
        "\x02\x48\x0c\x58\x07\x62\x0f\xc2\x02\x0c\x08\x22\x10\x03\x1a\x06\xe5\xa4"
        "\xb4\xe4\xbc\xa4";
    const struct fact note = {.kind = FACT_NOTE_ADDED,
                              .note_added = {{34}, {3}, TEXT("\xe5\xa4\xb4\xe4\xbc\xa4")}};
    const struct record sent = one_fact(&note);
    struct record got;
    assert_int_equal(wire_record_pack(&arena, &sent, NULL, &out), 0);
    assert_int_equal(out.n, sizeof(first) - 1);
    assert_memory_equal(out.bytes, first, out.n);
    assert_int_equal(wire_record_unpack(&arena, first, sizeof(first) - 1, NULL, &got), 0);
    assert_same(&wire_record_schema, &sent, &got);
    assert_same(fact_schema(FACT_NOTE_ADDED), fact_body(&note), fact_body(got.fact));
}

/* Personal data. */

static const struct fact placed = {
    .kind = FACT_INCIDENT_PLACED,
    .incident_placed = {.incident = {12}, .words = TEXT("Chaoyang 7-302"), .lat_e7 = 390000000}};

static void test_personal_data_is_sealed_beside_the_rest(void **state)
{
    (void)state;
    const struct record sent = one_fact(&placed);
    struct record got;
    assert_int_equal(wire_record_pack(&arena, &sent, &vault, &out), 0);
    assert_null(memmem(out.bytes, out.n, "Chaoyang", 8));
    assert_non_null(memmem(out.bytes, out.n, "I12.", 4)); /* the subject the vault was told */
    assert_int_equal(wire_record_unpack(&arena, out.bytes, out.n, &vault, &got), 0);
    assert_same(fact_schema(placed.kind), fact_body(&placed), fact_body(got.fact));
}

static void assert_only_public(const struct record *got)
{
    const char *field =
        body_difference(fact_schema(placed.kind), fact_body(&placed), fact_body(got->fact), false);
    if (field)
        fail_msg("%s", field);
}

static void test_what_is_closed_or_forgotten_is_empty(void **state)
{
    (void)state;
    const struct wire_vault forgetful = {&arena, stub_seal, stub_open};
    const struct record sent = one_fact(&placed);
    struct record got;
    assert_int_equal(wire_record_pack(&arena, &sent, &vault, &out), 0);
    assert_int_equal(wire_record_unpack(&arena, out.bytes, out.n, &forgetful, &got), 0);
    assert_only_public(&got);
    assert_int_equal(wire_record_unpack(&arena, out.bytes, out.n, NULL, &got), 0);
    assert_only_public(&got);
}

static void test_nothing_is_added_about_the_forgotten(void **state)
{
    (void)state;
    struct fact fact = placed;
    struct record got;
    fact.incident_placed.incident.v = 666;
    const struct record sent = one_fact(&fact);
    assert_int_equal(wire_record_pack(&arena, &sent, &vault, &out), 0);
    assert_int_equal(wire_record_unpack(&arena, out.bytes, out.n, &vault, &got), 0);
    assert_int_equal(got.fact->incident_placed.words.n, 0);
    assert_int_equal(got.fact->incident_placed.lat_e7, 390000000);
}

static void test_a_seal_of_another_subject_does_not_open(void **state)
{
    (void)state;
    const struct record sent = one_fact(&placed);
    struct record got = {.seq = 99};
    assert_int_equal(wire_record_pack(&arena, &sent, &vault, &out), 0);
    unsigned char *subject = memmem(out.bytes, out.n, "I12.", 4);
    assert_non_null(subject);
    subject[2] = '3';
    assert_int_equal(wire_record_unpack(&arena, out.bytes, out.n, &vault, &got), -1);
    assert_says("incident_placed: personal data of I12 cannot be opened");
    assert_int_equal(got.seq, 99); /* out-parameters only on success */
}

static int count_calls(void *ctx, char letter, uint64_t id, const void *plain, size_t n,
                       struct buffer *sealed)
{
    (void)letter, (void)id, (void)plain, (void)n, (void)sealed;
    *(int *)ctx += 1;
    return WIRE_SEALED;
}

static void test_nobody_gets_a_key_who_said_nothing(void **state)
{
    (void)state;
    int calls = 0;
    const struct wire_vault counting = {&calls, count_calls, stub_open};
    struct fact fact = placed;
    fact.incident_placed.words.n = 0;
    const struct record sent = one_fact(&fact);
    assert_int_equal(wire_record_pack(&arena, &sent, &counting, &out), 0);
    assert_int_equal(calls, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_disagreement_names_the_field, wire_scratch_begin),
        cmocka_unit_test_setup(test_a_kind_in_the_wrong_place_is_found, wire_scratch_begin),
        cmocka_unit_test_setup(test_personal_fields_have_a_subject, wire_scratch_begin),
        cmocka_unit_test_setup(test_every_command_there_and_back, wire_scratch_begin),
        cmocka_unit_test_setup(test_every_fact_there_and_back, wire_scratch_begin),
        cmocka_unit_test_setup(test_every_object_there_and_back, wire_scratch_begin),
        cmocka_unit_test_setup(test_the_first_versions_bytes_are_read, wire_scratch_begin),
        cmocka_unit_test_setup(test_personal_data_is_sealed_beside_the_rest, wire_scratch_begin),
        cmocka_unit_test_setup(test_what_is_closed_or_forgotten_is_empty, wire_scratch_begin),
        cmocka_unit_test_setup(test_nothing_is_added_about_the_forgotten, wire_scratch_begin),
        cmocka_unit_test_setup(test_a_seal_of_another_subject_does_not_open, wire_scratch_begin),
        cmocka_unit_test_setup(test_nobody_gets_a_key_who_said_nothing, wire_scratch_begin),
    };
    return cmocka_run_group_tests(tests, wire_scratch_open, wire_scratch_close);
}
