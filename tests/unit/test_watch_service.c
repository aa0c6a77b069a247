/* watch: how the service itself does: coverage, lateness, hospitals, units, seats, charts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/warn/trial.h"
#include "tests/lib/told.h"

/* Coverage: low for five minutes raises, and only above the higher mark it ends. */
static void test_coverage_has_hysteresis(void **state)
{
    static const uint32_t share[] = {700, 700, 700, 700, 700, 820, 840, 860};
    struct told t;
    (void)state;
    told_begin(&t, &told_policy);
    for (size_t i = 0; i < sizeof share / sizeof *share; i++) {
        struct watch_minute minute = {
            .covered_known = true, .covered_permille = share[i], .seats_on = 2};
        t.now_ms += MINUTE;
        told_feed(&t, (struct watch_event){.kind = WATCH_MINUTE, .minute = &minute});
        assert_int_equal(t.logged, i < 4 ? 0 : i < 7 ? 1 : 2);
    }
    assert_int_equal(t.log[0].alert.detector, WATCH_BY_COVERAGE);
    assert_int_equal(t.log[1].act, WATCH_CLEAR);
    told_end(&t);
}

static void pass_prepared(struct told *t, const uint32_t *milli, uint32_t n)
{
    struct watch_minute minute = {.prepared_milli = milli, .prepared = n, .seats_on = 2};
    t->now_ms += MINUTE;
    told_feed(t, (struct watch_event){.kind = WATCH_MINUTE, .minute = &minute});
}

/* One zone low for five minutes raises; between the marks it goes on; above, it ends. */
static void test_preparedness_has_hysteresis(void **state)
{
    static const uint32_t one_low[] = {9000, 4900, 12000}, between[] = {9000, 6000, 12000};
    static const uint32_t most_low[] = {100, 4900, 12000}, good[] = {9000, 7000, 12000};
    struct told t;
    (void)state;
    told_begin(&t, &told_policy);
    for (int i = 0; i < 5; i++)
        pass_prepared(&t, one_low, 3);
    assert_int_equal(t.logged, 1);
    assert_int_equal(t.log[0].alert.detector, WATCH_BY_PREPAREDNESS);
    assert_int_equal(t.log[0].alert.level, WATCH_YELLOW);
    assert_string_equal(t.log[0].alert.words,
                        "1 个区域备勤度过低（共 3 个） / 1 of 3 zones ill prepared");
    pass_prepared(&t, between, 3);
    assert_int_equal(t.logged, 1);
    for (int i = 0; i < 5; i++)
        pass_prepared(&t, most_low, 3);
    assert_int_equal(t.logged, 2);
    assert_int_equal(t.log[1].alert.level, WATCH_ORANGE);
    pass_prepared(&t, NULL, 0); /* nothing is known: nothing is said */
    assert_int_equal(t.logged, 2);
    pass_prepared(&t, good, 3);
    assert_int_equal(t.log[2].act, WATCH_CLEAR);
    told_end(&t);
}

/* --- what other marks would have raised --- */

enum { TRIAL_MINUTES = 10 * 1440, TRIAL_ZONES = 5 };

static uint32_t wander(uint32_t at, uint32_t step, uint32_t most, uint64_t *dice)
{
    *dice = *dice * 6364136223846793005u + 1442695040888963407u;
    uint32_t up = (uint32_t)(*dice >> 33) % (2 * step + 1);
    uint32_t next = at + up > step ? at + up - step : 0;
    return next > most ? most : next;
}

static void count_raised(const struct told *t, enum watch_detector detector,
                         uint64_t n[WATCH_RED + 1])
{
    enum watch_level open = WATCH_NONE;
    for (uint32_t i = 0; i < t->logged; i++) {
        if (t->log[i].alert.detector != detector)
            continue;
        if (t->log[i].act == WATCH_RAISE || t->log[i].act == WATCH_UPDATE)
            open = t->log[i].alert.level;
        else
            n[open]++, open = WATCH_NONE;
    }
    n[open] += open != WATCH_NONE;
}

static void assert_as_raised(const struct told *t, enum watch_detector detector,
                             const struct trial *trial)
{
    uint64_t n[WATCH_RED + 1] = {0};
    count_raised(t, detector, n);
    assert_int_equal(trial_episodes(trial, WATCH_YELLOW), n[WATCH_YELLOW]);
    assert_int_equal(trial_episodes(trial, WATCH_ORANGE), n[WATCH_ORANGE]);
}

/* The same wandering days under other marks: the trial says what the detectors raise. */
static uint64_t try_marks(uint32_t enter_permille, uint32_t enter_milli, uint32_t zones)
{
    struct watch_policy policy = told_policy;
    struct watch_numbers *n = &policy.number;
    uint32_t share = 800, milli[TRIAL_ZONES] = {5000, 5000, 5000, 5000, 5000}, sorted[TRIAL_ZONES];
    uint32_t value, severe;
    uint64_t dice = 7;
    struct told t;
    n->coverage_enter_permille = enter_permille;
    n->coverage_leave_permille = enter_permille + 50;
    n->preparedness_enter_milli = enter_milli;
    n->preparedness_leave_milli = enter_milli + 2000;
    n->preparedness_zones = zones;
    int64_t hold_off_ms = n->episode_hold_off_min * MINUTE;
    struct trial cover = {.enter = enter_permille, .leave = n->coverage_leave_permille,
                          .minutes = n->coverage_minutes, .hold_off_ms = hold_off_ms};
    struct trial ready = {.enter = enter_milli, .leave = n->preparedness_leave_milli,
                          .minutes = n->preparedness_minutes, .hold_off_ms = hold_off_ms};
    told_begin(&t, &policy);
    for (int i = 0; i < TRIAL_MINUTES; i++) {
        share = wander(share, 40, 1000, &dice);
        for (int z = 0; z < TRIAL_ZONES; z++)
            sorted[z] = milli[z] = wander(milli[z], 300, 12000, &dice);
        struct watch_minute minute = {.covered_known = true, .covered_permille = share,
                                      .prepared_milli = milli, .prepared = TRIAL_ZONES,
                                      .seats_on = 2};
        t.now_ms += MINUTE;
        told_feed(&t, (struct watch_event){.kind = WATCH_MINUTE, .minute = &minute});
        trial_minute(&cover, t.now_ms, share, 2 * share);
        trial_prepared(sorted, TRIAL_ZONES, zones, &value, &severe);
        trial_minute(&ready, t.now_ms, value, severe);
    }
    assert_as_raised(&t, WATCH_BY_COVERAGE, &cover);
    assert_as_raised(&t, WATCH_BY_PREPAREDNESS, &ready);
    told_end(&t);
    return trial_episodes(&cover, WATCH_YELLOW) + trial_episodes(&cover, WATCH_ORANGE) +
           trial_episodes(&ready, WATCH_YELLOW) + trial_episodes(&ready, WATCH_ORANGE);
}

static void test_trial_says_what_is_raised(void **state)
{
    (void)state;
    assert_true(try_marks(800, 5000, 1) > 10);
    assert_true(try_marks(500, 1000, 2) > 10);
    assert_true(try_marks(250, 3000, 5) > 0);
    assert_int_equal(try_marks(0, 0, 1), 0);
}

static void signal_day(struct told *t, const char *indicator, enum watch_level level,
                       const char *words)
{
    struct watch_signal signal = {.period = "day",
                                  .period_n = 3,
                                  .words = words,
                                  .words_n = (uint32_t)strlen(words),
                                  .level = level,
                                  .value = 0.62,
                                  .centre = 0.95};
    told_feed(t, (struct watch_event){.kind = WATCH_SIGNALLED,
                                      .code = indicator,
                                      .code_n = (uint32_t)strlen(indicator),
                                      .signal = signal});
}

static void close_day(struct told *t, const char *period)
{
    t->now_ms += 24 * HOUR;
    told_feed(t, (struct watch_event){
                     .kind = WATCH_PERIOD, .code = period, .code_n = (uint32_t)strlen(period)});
}

/* An indicator that is out of control is one alert while it stays so, whatever group it is. */
static void test_a_control_chart(void **state)
{
    struct told t;
    (void)state;
    told_begin(&t, &told_policy);
    signal_day(&t, "turnout_3min", WATCH_BLUE, "S4");
    close_day(&t, "day");
    assert_int_equal(t.logged, 1);
    assert_int_equal(t.log[0].act, WATCH_RAISE);
    assert_int_equal(t.log[0].alert.detector, WATCH_BY_QUALITY);
    assert_string_equal(t.log[0].alert.words, "S4");
    signal_day(&t, "turnout_3min", WATCH_YELLOW, "city"); /* the next day too, and worse */
    signal_day(&t, "empty_run", WATCH_BLUE, "empty");
    close_day(&t, "day");
    assert_int_equal(t.logged, 3);
    assert_int_equal(t.log[1].act, WATCH_UPDATE);
    assert_int_equal(t.log[1].alert.level, WATCH_YELLOW);
    assert_string_equal(t.log[1].alert.words, "city");
    close_day(&t, "week"); /* says nothing of days */
    signal_day(&t, "empty_run", WATCH_BLUE, "empty");
    close_day(&t, "day");
    assert_int_equal(t.logged, 5);
    assert_int_equal(t.log[4].act, WATCH_CLEAR);
    assert_int_equal(t.log[4].alert.key, t.log[0].number);
    told_end(&t);
}

/* One late response is an alert about it; many are one alert. */
static void test_breaches(void **state)
{
    struct told t;
    (void)state;
    told_begin(&t, &told_policy);
    t.grade = 2;
    uint64_t first = told_call(&t, "stroke", "stroke.1-new-signs", 39.02, 106.38, 0, 0);
    told_feed(&t, (struct watch_event){.kind = WATCH_EXPECTED, .id = first, .seconds = 1200});
    told_pass(&t, t.now_ms + MINUTE);
    const struct watch_action *raised = told_find(&t, WATCH_RAISE, WATCH_BY_BREACH);
    assert_non_null(raised);
    assert_int_equal(raised->alert.subject_id, first);
    assert_int_equal(raised->alert.level, WATCH_YELLOW);
    told_pass(&t, t.now_ms + 16 * MINUTE);
    assert_int_equal(t.log[t.logged - 1].act, WATCH_UPDATE);
    assert_int_equal(t.log[t.logged - 1].alert.level, WATCH_ORANGE);
    for (int i = 0; i < 4; i++)
        told_call(&t, "stroke", "stroke.1-new-signs", 39.1 + i * 0.1, 106.38, 0, 0);
    told_pass(&t, t.now_ms + 17 * MINUTE);
    assert_int_equal(t.log[t.logged - 2].act, WATCH_RAISE);
    assert_int_equal(t.log[t.logged - 2].alert.subject, WATCH_CITY);
    assert_int_equal(t.log[t.logged - 1].act, WATCH_CLEAR);
    assert_int_equal(t.log[t.logged - 1].merged_into, t.log[t.logged - 2].number);
    told_end(&t);
}

static void test_lateness_of_a_station(void **state)
{
    struct told t;
    (void)state;
    told_begin(&t, &told_policy);
    t.grade = 2;
    for (int i = 0; i < 12; i++) {
        uint64_t id = told_call(&t, "stroke", "stroke.1-new-signs", 39.02 + i * 0.01, 106.38, 0, 0);
        told_pass(&t, t.now_ms + 16 * MINUTE);
        told_feed(&t, (struct watch_event){.kind = WATCH_ARRIVED, .id = id, .station = 3});
    }
    bool station = false, grade = false;
    for (uint32_t i = 0; i < t.logged; i++)
        if (t.log[i].act == WATCH_RAISE && t.log[i].alert.detector == WATCH_BY_LATENESS) {
            station |= t.log[i].alert.subject == WATCH_STATION && t.log[i].alert.subject_id == 3;
            grade |= t.log[i].alert.subject == WATCH_GRADE && t.log[i].alert.subject_id == 2;
        }
    assert_true(station && grade);
    told_end(&t);
}

static void test_hospital_load(void **state)
{
    struct told t;
    (void)state;
    told_begin(&t, &told_policy);
    for (uint64_t id = 1; id <= 3; id++)
        told_feed(&t, (struct watch_event){
                          .kind = WATCH_HANDOVER, .id = id, .hospital = 5, .began = true});
    told_pass(&t, t.now_ms + 29 * MINUTE);
    assert_int_equal(t.logged, 0);
    told_pass(&t, t.now_ms + 2 * MINUTE);
    assert_int_equal(t.log[0].alert.subject_id, 5);
    told_feed(&t, (struct watch_event){.kind = WATCH_HANDOVER, .id = 2, .hospital = 5});
    told_pass(&t, t.now_ms + MINUTE);
    assert_int_equal(t.logged, 2);
    assert_int_equal(t.log[1].act, WATCH_CLEAR);
    told_end(&t);
}

static void pass_inflow(struct told *t, uint32_t milli, uint32_t room)
{
    const uint64_t hospital = 5;
    struct watch_minute minute = {.inflow_hospital = &hospital,
                                  .inflow_milli = &milli,
                                  .inflow_room = &room,
                                  .inflow = 1,
                                  .seats_on = 2};
    t->now_ms += MINUTE;
    told_feed(t, (struct watch_event){.kind = WATCH_MINUTE, .minute = &minute});
}

/* More to come than beds are free, for five minutes. */
static void test_hospital_inflow(void **state)
{
    struct told t;
    (void)state;
    told_begin(&t, &told_policy);
    for (int i = 0; i < 4; i++)
        pass_inflow(&t, 3200, 3);
    pass_inflow(&t, 3000, 3); /* as many as beds: enough room */
    for (int i = 0; i < 4; i++)
        pass_inflow(&t, 3200, 3);
    assert_int_equal(t.logged, 0);
    pass_inflow(&t, 3200, 3);
    assert_int_equal(t.log[0].alert.detector, WATCH_BY_HOSPITAL);
    assert_int_equal(t.log[0].alert.subject_id, 5);
    assert_string_equal(t.log[0].alert.words, "60 分钟内预计送达 3.2 人，空床 3 / "
                                              "3.2 patients to expect in 60 min, 3 beds free");
    pass_inflow(&t, 900, 3);
    assert_int_equal(t.log[1].act, WATCH_CLEAR);
    told_end(&t);
}

/* Raised after three minutes in a row, ended by the first good one. */
static void check_minutes(enum watch_detector detector, const struct watch_minute *bad,
                          const char *words)
{
    const struct watch_minute good = {.units_on = 40, .seats_on = 2};
    struct told t;
    told_begin(&t, &told_policy);
    for (int i = 0; i < 6; i++) {
        bool is_bad = i != 2; /* two bad minutes are not enough */
        t.now_ms += MINUTE;
        told_feed(&t, (struct watch_event){.kind = WATCH_MINUTE, .minute = is_bad ? bad : &good});
        assert_int_equal(t.logged, i < 5 ? 0 : 1);
    }
    assert_int_equal(t.log[0].act, WATCH_RAISE);
    assert_int_equal(t.log[0].alert.detector, detector);
    assert_string_equal(t.log[0].alert.words, words);
    t.now_ms += MINUTE;
    told_feed(&t, (struct watch_event){.kind = WATCH_MINUTE, .minute = &good});
    assert_int_equal(t.logged, 2);
    assert_int_equal(t.log[1].act, WATCH_CLEAR);
    told_end(&t);
}

static void test_units_silent_stuck_or_late(void **state)
{
    (void)state;
    check_minutes(WATCH_BY_UNITS,
                  &(struct watch_minute){.units_on = 40, .silent = 3, .seats_on = 2},
                  "在班 40 车中失联 3、停滞 0、迟到 0 / of 40 units 3 silent, 0 stuck, 0 late");
    check_minutes(WATCH_BY_UNITS, &(struct watch_minute){.units_on = 40, .stuck = 3, .seats_on = 2},
                  "在班 40 车中失联 0、停滞 3、迟到 0 / of 40 units 0 silent, 3 stuck, 0 late");
    check_minutes(WATCH_BY_UNITS, &(struct watch_minute){.units_on = 40, .late = 6, .seats_on = 2},
                  "在班 40 车中失联 0、停滞 0、迟到 6 / of 40 units 0 silent, 0 stuck, 6 late");
}

/* Nobody signed in, nobody whose page can sound, or many terminals lost. */
static void test_seats_and_terminals(void **state)
{
    (void)state;
    check_minutes(WATCH_BY_SEATS, &(struct watch_minute){.units_on = 40},
                  "在席 0，其中不能响铃 0；终端失联 0 / 0 seats, 0 of them mute; 0 terminals lost");
    check_minutes(WATCH_BY_SEATS,
                  &(struct watch_minute){.units_on = 40, .seats_on = 2, .seats_mute = 2},
                  "在席 2，其中不能响铃 2；终端失联 0 / 2 seats, 2 of them mute; 0 terminals lost");
    check_minutes(
        WATCH_BY_SEATS, &(struct watch_minute){.units_on = 40, .seats_on = 2, .terminals_lost = 11},
        "在席 2，其中不能响铃 0；终端失联 11 / 2 seats, 0 of them mute; 11 terminals lost");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_coverage_has_hysteresis),
        cmocka_unit_test(test_preparedness_has_hysteresis),
        cmocka_unit_test(test_trial_says_what_is_raised),
        cmocka_unit_test(test_a_control_chart),
        cmocka_unit_test(test_breaches),
        cmocka_unit_test(test_lateness_of_a_station),
        cmocka_unit_test(test_hospital_load),
        cmocka_unit_test(test_hospital_inflow),
        cmocka_unit_test(test_units_silent_stuck_or_late),
        cmocka_unit_test(test_seats_and_terminals),
    };
    return cmocka_run_group_tests(tests, told_load, NULL);
}
