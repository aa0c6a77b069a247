/* The tables and the text area: order of ids, room, texts that move from half to half. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/core/state.h"
#include "tests/lib/random_body.h"

enum { UNIT_MAX = 20, TEXT_BYTES = 1000 };

static struct limits some_limits(void)
{
    struct limits limits = {.text_bytes = TEXT_BYTES};
    limits.max[OBJECT_UNIT] = UNIT_MAX;
    limits.max[OBJECT_INCIDENT] = UNIT_MAX;
    limits.max[OBJECT_CLIENT] = 2;
    return limits;
}

static int make(void **context)
{
    struct limits limits = some_limits();
    struct state *state = calloc(1, sizeof(*state) + state_bytes(&limits));
    if (!state)
        return -1;
    state_init(state, state + 1, &limits);
    *context = state;
    return 0;
}

static int unmake(void **context)
{
    free(*context);
    return 0;
}

static void test_kept_in_order_of_id(void **context)
{
    static const uint64_t ids[] = {9, 2, 7, 1, 8};
    static const uint64_t sorted[] = {1, 2, 7, 8, 9}, left[] = {1, 2, 8, 9};
    struct state *state = *context;
    const uint64_t *wanted = sorted;
    uint32_t n = 0;
    for (int i = 0; i < 5; i++)
        state_add(state, OBJECT_UNIT, ids[i]);
    EACH (state, UNIT, unit, it)
        assert_int_equal(it->unit.v, wanted[n++]);
    assert_int_equal(n, 5);
    state_remove(state, OBJECT_UNIT, 7);
    wanted = left;
    n = 0;
    EACH (state, UNIT, unit, it)
        assert_int_equal(it->unit.v, wanted[n++]);
    assert_null(state_unit(state, 7));
    assert_null(state_unit(state, 0));
    assert_int_equal(state_unit(state, 9)->unit.v, 9);
    assert_int_equal(state_room(state, OBJECT_UNIT), UNIT_MAX - 4);
    state_unit(state, 8)->crew = 5;
    state_remove(state, OBJECT_UNIT, 8);
    struct unit *again = state_add(state, OBJECT_UNIT, 8);
    assert_int_equal(again->crew, 0); /* a used slot is clean */
}

/* Against a model: what each unit's plate and each incident's zones should be. */
static void test_texts_survive_moving(void **context)
{
    static char plate[UNIT_MAX][48];
    static uint32_t plate_n[UNIT_MAX], zone_n[UNIT_MAX];
    static uint64_t zone[UNIT_MAX][4];
    static struct dice dice = {.state = 3};
    struct state *state = *context;
    int halves = 0;
    for (uint64_t id = 1; id <= UNIT_MAX; id++) {
        state_add(state, OBJECT_UNIT, id);
        state_add(state, OBJECT_INCIDENT, id);
    }
    for (int i = 0; i < 20000; i++) {
        uint64_t k = dice_roll(&dice) % UNIT_MAX;
        int half = state->in_use;
        struct unit *unit = state_unit(state, k + 1);
        struct incident *incident = state_incident(state, k + 1);
        if (state_text_room(state) >= 80) {
            plate_n[k] = (uint32_t)(dice_roll(&dice) % 48);
            memset(plate[k], 'a' + (int)(dice_roll(&dice) % 26), plate_n[k]);
            state_keep(state, &unit->plate, plate[k], plate_n[k], 1);
            zone_n[k] = (uint32_t)(dice_roll(&dice) % 5);
            for (uint32_t z = 0; z < zone_n[k]; z++)
                zone[k][z] = dice_roll(&dice);
            state_keep(state, &incident->zone, zone[k], zone_n[k], sizeof(uint64_t));
        } else {
            plate_n[k] = 0;
            state_keep(state, &unit->plate, NULL, 0, 1);
        }
        halves += state->in_use != half;
        for (uint64_t u = 0; u < UNIT_MAX; u++) {
            assert_int_equal(state_unit(state, u + 1)->plate.n, plate_n[u]);
            assert_memory_equal(plate_n[u] ? state_unit(state, u + 1)->plate.p : "", plate[u],
                                plate_n[u]);
            const struct u64s *list = &state_incident(state, u + 1)->zone;
            assert_int_equal(list->n, zone_n[u]);
            assert_true(zone_n[u] == 0 || memcmp(list->v, zone[u], zone_n[u] * 8) == 0);
        }
    }
    assert_true(halves > 100); /* it did move */
    for (uint64_t id = 1; id <= UNIT_MAX; id++) {
        state_remove(state, OBJECT_UNIT, id);
        state_remove(state, OBJECT_INCIDENT, id);
    }
    assert_int_equal(state_text_room(state), TEXT_BYTES); /* nothing leaked */
}

static void test_restore_refuses_what_does_not_fit(void **context)
{
    struct state *state = *context;
    struct unit unit = {.unit = {4}, .plate = TEXT("宁B12001")};
    assert_true(state_restore(state, OBJECT_UNIT, &unit));
    assert_memory_equal(state_unit(state, 4)->plate.p, "宁B12001", unit.plate.n);
    assert_false(state_restore(state, OBJECT_UNIT, &unit)); /* twice */
    unit.unit.v = 0;
    assert_false(state_restore(state, OBJECT_UNIT, &unit)); /* no id */
    unit.unit.v = 5;
    unit.plate.n = 1u << 30; /* refused before it is read */
    assert_false(state_restore(state, OBJECT_UNIT, &unit)); /* too much text */
    assert_null(state_unit(state, 5));
    struct station station = {.station = {1}};
    assert_false(state_restore(state, OBJECT_STATION, &station)); /* no room in the table */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kept_in_order_of_id, make, unmake),
        cmocka_unit_test_setup_teardown(test_texts_survive_moving, make, unmake),
        cmocka_unit_test_setup_teardown(test_restore_refuses_what_does_not_fit, make, unmake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
