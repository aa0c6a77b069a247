/* The recommendation at its limits: prices that must stay within what the solver takes, more slots
 * and units than one proposal holds, and the same answer however the travel times are ordered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/base/config.h"
#include "dispatch/line/pipeline.h"
#include "tests/lib/random_body.h"
#include "tests/lib/twin.h"

enum { INCIDENT_COUNT = 600, UNIT_COUNT = 40, OFFER_COUNT = INCIDENT_COUNT * 4 };

/* The numbers of the judge's own policy. */
enum {
#define OURS(name, value, what, source) OURS_##name = value,
#include "sim/ours.def"
#undef OURS
};

static const int64_t day_ms = 86400000;

static struct policy extreme_policy(void)
{
    struct policy policy = {.retention_ms = day_ms,
                            .text_max = 100,
                            .rows_max = 16,
                            .none_s = 360000,
                            .stale_age_s = 60,
                            .switch_s = 20,
                            .chute_s_station = 60};
    for (int grade = 0; grade <= GRADE_MAX; grade++) {
        policy.weight[grade] = 10000;
        policy.age_target_s[grade] = 1;
    }
    return policy;
}

static void submit(struct twin *twin, struct command command, int64_t now_ms)
{
    static const enum role roles[] = {ROLE_MACHINE, ROLE_DISPATCHER};
    command.actor.role =
        roles[command.kind == COMMAND_OPEN_INCIDENT || command.kind == COMMAND_SET_DUTY ||
              command.kind == COMMAND_REGRADE_INCIDENT];
    if (twin_decide(twin, &command, now_ms) < 0 || twin_apply(twin) < 0)
        fail_msg("%s", twin->errmsg);
    assert_int_equal(twin->record.refusal, REFUSE_NONE);
}

static void make(struct twin *twin, const struct policy *policy, uint32_t incidents, uint32_t units)
{
    struct limits limits = {.text_bytes = 4 * 1024 * 1024};
    for (enum object_kind kind = 1; kind < OBJECT_KIND_COUNT; kind++)
        limits.max[kind] = INCIDENT_COUNT;
    assert_int_equal(twin_init(twin, &limits, policy, NULL), 0);
    for (uint64_t id = 1; id <= units; id++) {
        submit(twin, (struct command){.kind = COMMAND_DEFINE_UNIT, .define_unit.unit = {id}}, 1000);
        submit(
            twin,
            (struct command){.kind = COMMAND_SET_DUTY, .set_duty = {.unit = {id}, .duty = DUTY_ON}},
            1000);
    }
    for (uint32_t i = 0; i < incidents; i++)
        submit(twin,
               (struct command){.kind = COMMAND_OPEN_INCIDENT, .open_incident.has_place = true},
               1000);
}

struct offers {
    uint64_t incident[OFFER_COUNT], unit[OFFER_COUNT];
    uint32_t eta_s[OFFER_COUNT], source[OFFER_COUNT], age_s[OFFER_COUNT];
};

static struct command propose(const struct offers *offers, uint32_t n)
{
    return (struct command){.kind = COMMAND_PROPOSE,
                            .propose = {.incident = {offers->incident, n},
                                        .unit = {offers->unit, n},
                                        .eta_s = {offers->eta_s, n},
                                        .source = {offers->source, n},
                                        .age_s = {offers->age_s, n}}};
}

static void set_offer(struct offers *offers, uint32_t i, uint64_t incident, uint64_t unit,
                      uint32_t eta_s)
{
    offers->incident[i] = incident;
    offers->unit[i] = unit;
    offers->eta_s[i] = eta_s;
    offers->source[i] = SOURCE_ROAD;
    offers->age_s[i] = 1;
}

/* The largest weights and waits that the configuration takes: assign_solve would abort above its
 * bound. Every unit goes somewhere, none twice. */
static void test_prices_stay_within_bounds(void **state)
{
    static struct offers offers;
    static struct dice dice = {.state = 5};
    struct policy policy = extreme_policy();
    bool used[UNIT_COUNT + 1] = {false};
    struct twin twin;
    uint32_t picks = 0;
    (void)state;
    make(&twin, &policy, INCIDENT_COUNT, UNIT_COUNT);
    for (uint32_t i = 0; i < OFFER_COUNT; i++)
        set_offer(&offers, i, 1 + i / 4, 1 + dice_roll(&dice) % UNIT_COUNT,
                  (uint32_t)(dice_roll(&dice) % 400000));
    submit(&twin, propose(&offers, OFFER_COUNT), 1000 + 30 * day_ms);
    assert_true(twin.record.fact_count > 0);
    for (uint32_t i = 0; i < twin.record.fact_count; i++) {
        const struct recommended *fact = &twin.record.fact[i].recommended;
        assert_int_equal(fact->slot_unit.n, 1);
        assert_true(fact->row_unit.n <= 4);
        uint64_t unit = fact->slot_unit.v[0];
        picks += unit != 0;
        assert_false(unit && used[unit]);
        used[unit] = true;
    }
    assert_int_equal(picks, UNIT_COUNT);
    twin_close(&twin);
}

static void test_nothing_is_worth_waiting_for(void **state)
{
    static struct offers offers;
    struct policy policy = extreme_policy();
    struct twin twin;
    (void)state;
    policy.none_s = 0;
    policy.rows_max = 0;
    make(&twin, &policy, 1, 1);
    set_offer(&offers, 0, 1, 1, 0);
    submit(&twin, propose(&offers, 1), 2000);
    assert_int_equal(twin.record.fact_count, 1);
    assert_int_equal(twin.record.fact[0].recommended.slot_unit.v[0], 0);
    assert_int_equal(twin.record.fact[0].recommended.slot_why.v[0], WHY_NONE_IN_REACH);
    twin_close(&twin);
}

static void shuffle(struct offers *offers, uint32_t n, struct dice *dice)
{
    for (uint32_t i = n - 1; i > 0; i--) {
        uint32_t k = (uint32_t)(dice_roll(dice) % (i + 1));
        uint64_t incident = offers->incident[i], unit = offers->unit[i];
        uint32_t eta_s = offers->eta_s[i];
        set_offer(offers, i, offers->incident[k], offers->unit[k], offers->eta_s[k]);
        set_offer(offers, k, incident, unit, eta_s);
    }
}

/* Many equal times, shuffled: picks and rows depend on the times alone. */
static void test_order_of_times_does_not_matter(void **state)
{
    enum { UNITS = 6, INCIDENTS = 4, N = UNITS * INCIDENTS };
    static struct offers offers;
    static struct dice dice = {.state = 11};
    struct policy policy = extreme_policy();
    struct fact first[INCIDENTS];
    struct twin twin;
    (void)state;
    policy.weight[0] = 1;
    make(&twin, &policy, INCIDENTS, UNITS);
    for (uint32_t i = 0; i < N; i++)
        set_offer(&offers, i, 1 + i / UNITS, 1 + i % UNITS, (uint32_t)(100 * (1 + i % 3)));
    for (int round = 0; round < 50; round++) {
        struct command command = propose(&offers, N);
        command.actor.role = ROLE_MACHINE;
        struct decision *decision = twin.decision;
        assert_int_equal(core_decide(&twin.core, &command, 2000, decision), REFUSE_NONE);
        assert_int_equal(decision->fact_count, INCIDENTS);
        for (uint32_t i = 0; i < INCIDENTS; i++) {
            const struct recommended *now = &decision->fact[i].recommended;
            const struct recommended *then = &first[i].recommended;
            static uint64_t slot_unit[INCIDENTS], row_unit[INCIDENTS][UNITS];
            if (round == 0) {
                first[i] = decision->fact[i];
                slot_unit[i] = now->slot_unit.v[0];
                memcpy(row_unit[i], now->row_unit.v, sizeof(row_unit[i]));
            }
            assert_int_equal(now->incident.v, then->incident.v);
            assert_int_equal(now->slot_unit.v[0], slot_unit[i]);
            assert_int_equal(now->row_unit.n, UNITS);
            assert_memory_equal(now->row_unit.v, row_unit[i], sizeof(row_unit[i]));
        }
        shuffle(&offers, N, &dice);
    }
    twin_close(&twin);
}

/* What was found on the judge's cities is what a server starts with. */
static void test_server_and_judge_have_one_policy(void **state)
{
    static struct config config;
    struct policy p;
    (void)state;
    config_defaults(&config);
    pipeline_policy(&config, &p);
    assert_int_equal(p.weight[1], OURS_weight_1);
    assert_int_equal(p.weight[2], OURS_weight_2);
    assert_int_equal(p.weight[3], OURS_weight_3);
    for (int grade = 0; grade <= 3; grade++)
        assert_int_equal(p.age_target_s[grade], OURS_age_target_s);
    assert_int_equal(p.late_s[1], OURS_late_1_s);
    assert_int_equal(p.late_s[2], OURS_late_s);
    assert_int_equal(p.change_s[1], OURS_switch_1_s);
    assert_int_equal(p.change_s[2], OURS_switch_s);
    assert_int_equal(p.turn_s, OURS_turn_s);
    assert_int_equal(p.none_s, OURS_none_s);
    assert_int_equal(p.freeze_s, OURS_freeze_s);
    assert_int_equal(p.divert_pause_s, OURS_divert_pause_s);
    assert_int_equal(p.unsure_1_s, OURS_unsure_1_s);
    assert_int_equal(p.starved_s, OURS_starved_s);
    assert_int_equal(p.scene_s, OURS_scene_s);
    assert_int_equal(p.transport_permille, OURS_transport_permille);
    assert_int_equal(p.to_hospital_s, OURS_to_hospital_s);
    assert_int_equal(p.handover_s + p.clear_s, OURS_handover_s);
    assert_int_equal(p.learned_calls, OURS_learned_calls);
    assert_int_equal(p.move.late_s, OURS_cover_s);
    assert_int_equal(p.move.far_times, OURS_far_times);
    assert_int_equal(p.move.scarce_permille, OURS_scarce_percent * 10);
    assert_int_equal(p.move.gone_permille, OURS_gone_percent * 10);
    assert_int_equal(p.move.none_s, OURS_none_free_s);
    assert_int_equal(p.move.stay_s, OURS_stay_s);
}

/* Of more zones than have room beside the stations those with the most calls count. */
static void test_units_stand_by_for_the_most_calls(void **state)
{
    static struct config config;
    static const uint64_t two[] = {2}, last[] = {INCIDENT_COUNT}, one[] = {1};
    static const uint32_t drive_s[] = {100}, source[] = {SOURCE_ROAD};
    struct policy policy;
    struct twin twin;
    (void)state;
    config_defaults(&config);
    pipeline_policy(&config, &policy);
    make(&twin, &policy, 0, 1);
    for (uint64_t id = 1; id <= INCIDENT_COUNT; id++) {
        submit(&twin,
               (struct command){.kind = COMMAND_DEFINE_STATION, .define_station.station = {id}},
               1000);
        submit(&twin,
               (struct command){.kind = COMMAND_DEFINE_ZONE,
                                .define_zone = {.zone = {id}, .kind_mask = 1}},
               1000);
        submit(
            &twin,
            (struct command){.kind = COMMAND_SET_DEMAND, .set_demand = {{id}, 1, 1, (uint32_t)id}},
            1000);
    }
    submit(
        &twin,
        (struct command){.kind = COMMAND_DEFINE_UNIT, .define_unit = {.unit = {1}, .station = {1}}},
        1000);
    submit(&twin,
           (struct command){.kind = COMMAND_PROPOSE_MOVES,
                            .propose_moves = {.reach_from = {two, 1},
                                              .reach_zone = {last, 1},
                                              .reach_s = {drive_s, 1},
                                              .unit = {one, 1},
                                              .to = {two, 1},
                                              .drive_s = {drive_s, 1},
                                              .source = {source, 1}}},
           2000);
    assert_int_equal(twin.record.fact_count, 1);
    assert_int_equal(twin.record.fact[0].move_advised.move_to.v, 2);
    assert_int_equal(twin.record.fact[0].move_advised.zone.v, INCIDENT_COUNT);
    twin_close(&twin);
}

/* Of more slots than one plan holds the most urgent are planned, and the rest keeps its offer. */
static void test_the_most_urgent_are_planned(void **state)
{
    static struct offers offers;
    struct policy policy = extreme_policy();
    struct twin twin;
    (void)state;
    make(&twin, &policy, INCIDENT_COUNT, 1);
    for (uint64_t id = 590; id <= INCIDENT_COUNT; id++) {
        struct command regrade = {.kind = COMMAND_REGRADE_INCIDENT,
                                  .regrade_incident = {{id}, 1, REASON_CLINICAL, {0}}};
        submit(&twin, regrade, 1000);
    }
    set_offer(&offers, 0, INCIDENT_COUNT, 1, 100);
    submit(&twin, propose(&offers, 1), 2000);
    const struct record *record = &twin.record;
    assert_int_equal(record->fact_count, DECISION_FACT_MAX);
    const struct recommended *last = &record->fact[record->fact_count - 1].recommended;
    assert_int_equal(last->incident.v, INCIDENT_COUNT);
    assert_int_equal(last->slot_unit.v[0], 1);
    assert_int_equal(record->fact[500].recommended.incident.v, 501);
    twin_close(&twin);
}

static int start(void **state)
{
    (void)state;
    wire_init();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prices_stay_within_bounds),
        cmocka_unit_test(test_nothing_is_worth_waiting_for),
        cmocka_unit_test(test_order_of_times_does_not_matter),
        cmocka_unit_test(test_server_and_judge_have_one_policy),
        cmocka_unit_test(test_units_stand_by_for_the_most_calls),
        cmocka_unit_test(test_the_most_urgent_are_planned),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
