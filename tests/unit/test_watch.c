/* watch: the live detectors together, fed as a journal or a simulation feeds them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dispatch/policy/warnfile.h"
#include "dispatch/warn/draw.h"
#include "dispatch/warn/watch.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define MONDAY INT64_C(1767571200000) /* 2026-01-05 00:00 UTC */

enum { LOG_MAX = 4096 };

/* What happened: every action of a run, in order. */
struct told {
    struct watch watch;
    uint64_t seq, incident;
    int64_t now_ms;
    struct watch_action *log;
    uint32_t logged;
    uint64_t fits;
    uint32_t grade; /* of the calls to come */
};

static struct watch_policy policy;

static void take(struct told *t)
{
    for (uint32_t i = 0; i < t->watch.action_count && t->logged < LOG_MAX; i++)
        t->log[t->logged++] = t->watch.action[i];
}

static void feed(struct told *t, struct watch_event event)
{
    event.seq = ++t->seq;
    event.now_ms = t->now_ms;
    watch_feed(&t->watch, &event);
    take(t);
}

static void answer_fits(struct told *t)
{
    struct watch_fit *fit;
    while ((fit = watch_fit_wanted(&t->watch))) {
        struct watch_event event = {.kind = WATCH_FITTED, .syndrome = watch_fit_syndrome(fit)};
        assert_true(watch_fit_run(fit, &event.gumbel));
        watch_fit_free(fit);
        feed(t, event);
        t->fits++;
    }
}

static void begin(struct told *t, const struct watch_policy *p)
{
    *t = (struct told){.now_ms = MONDAY, .grade = 3};
    t->log = calloc(LOG_MAX, sizeof *t->log);
    assert_non_null(t->log);
    assert_int_equal(watch_make(&t->watch, p), 0);
}

static void end(struct told *t)
{
    assert_int_equal(t->watch.dropped, 0);
    watch_close(&t->watch);
    free(t->log);
}

static void pass(struct told *t, int64_t to_ms)
{
    while (t->now_ms + MINUTE <= to_ms) {
        t->now_ms += MINUTE;
        feed(t, (struct watch_event){.kind = WATCH_MINUTE});
    }
    t->now_ms = to_ms;
}

/* An incident as the desk takes it: opened, placed, described, graded. */
static uint64_t call(struct told *t, const char *card, const char *determinant, double lat,
                     double lon, uint64_t site, uint32_t site_kinds)
{
    uint64_t id = ++t->incident;
    struct watch_event placed = {.kind = WATCH_PLACED,
                                 .id = id,
                                 .lat_e7 = (int32_t)(lat * 1e7),
                                 .lon_e7 = (int32_t)(lon * 1e7),
                                 .site_count = site ? 1 : 0,
                                 .site = {{site, site_kinds}}};
    feed(t, (struct watch_event){.kind = WATCH_OPENED, .id = id});
    feed(t, placed);
    feed(t, (struct watch_event){.kind = WATCH_DESCRIBED,
                                 .id = id,
                                 .code = card,
                                 .code_n = (uint32_t)strlen(card),
                                 .patients = 1});
    feed(t, (struct watch_event){.kind = WATCH_GRADED,
                                 .id = id,
                                 .code = determinant,
                                 .code_n = (uint32_t)strlen(determinant),
                                 .grade = t->grade});
    return id;
}

static const struct watch_action *find(const struct told *t, enum watch_act act,
                                       enum watch_detector detector)
{
    for (uint32_t i = 0; i < t->logged; i++)
        if (t->log[i].act == act && t->log[i].alert.detector == detector)
            return &t->log[i];
    return NULL;
}

static uint32_t count(const struct told *t, enum watch_act act)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->logged; i++)
        n += t->log[i].act == act;
    return n;
}

static void test_third_gas_call_raises_with_its_evidence(void **state)
{
    struct told t;
    (void)state;
    begin(&t, &policy);
    pass(&t, MONDAY + 10 * MINUTE);
    call(&t, "poisoning", "poisoning.3-gas", 39.02, 106.38, 0, 0);
    pass(&t, MONDAY + 15 * MINUTE);
    call(&t, "poisoning", "poisoning.3-gas", 39.0201, 106.3801, 0, 0);
    assert_int_equal(t.logged, 0);
    pass(&t, MONDAY + 20 * MINUTE);
    call(&t, "poisoning", "poisoning.1-inside-gas", 39.0201, 106.38, 0, 0);
    const struct watch_action *raised = find(&t, WATCH_RAISE, WATCH_BY_PLACE);
    assert_non_null(raised);
    assert_int_equal(count(&t, WATCH_RAISE), 1);
    const struct watch_alert *alert = watch_open_alert(&t.watch, raised->number);
    assert_non_null(alert);
    assert_int_equal(alert->level, WATCH_ORANGE);
    assert_string_equal(policy.syndrome[alert->syndrome].code, "gas");
    assert_string_equal(alert->plan, "gas-poisoning");
    assert_string_equal(alert->words, "household-gas");
    assert_int_equal(alert->evidence_count, 3);
    assert_true(alert->observed == 3 && alert->radius_m > 0 && alert->radius_m <= 60);

    /* The fourth joins; two hours without another end it. */
    uint64_t fourth = call(&t, "poisoning", "poisoning.3-gas", 39.0201, 106.38, 0, 0);
    assert_int_equal(count(&t, WATCH_RAISE), 1);
    assert_int_equal(t.log[t.logged - 1].act, WATCH_UPDATE);
    assert_int_equal(t.log[t.logged - 1].alert.evidence[3], fourth);
    pass(&t, t.now_ms + 2 * HOUR + MINUTE);
    assert_int_equal(t.log[t.logged - 1].act, WATCH_CLEAR);
    assert_int_equal(t.log[t.logged - 1].alert.key, raised->number);
    end(&t);
}

/* A duplicate is not a third patient; an incident far away neither. */
static void test_duplicates_and_far_ones_do_not_count(void **state)
{
    struct told t;
    (void)state;
    begin(&t, &policy);
    call(&t, "poisoning", "poisoning.3-gas", 39.02, 106.38, 0, 0);
    uint64_t second = call(&t, "poisoning", "poisoning.3-gas", 39.02, 106.38, 0, 0);
    feed(&t, (struct watch_event){.kind = WATCH_DROPPED, .id = second});
    call(&t, "poisoning", "poisoning.3-gas", 39.02, 106.38, 0, 0);
    call(&t, "poisoning", "poisoning.3-gas", 39.20, 106.78, 0, 0);
    assert_int_equal(t.logged, 0);
    end(&t);
}

/* Five pupils of one school in a day are the statutory five, however large the grounds. */
static void test_food_poisoning_in_a_school(void **state)
{
    struct told t;
    const uint32_t school = 1u << 4;
    (void)state;
    begin(&t, &policy);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(t.logged, 0);
        pass(&t, t.now_ms + 40 * MINUTE);
        call(&t, "abdominal", "abdominal.4-acute", 39.02 + i * 0.004, 106.38, 7, school);
    }
    const struct watch_action *raised = find(&t, WATCH_RAISE, WATCH_BY_PLACE);
    assert_non_null(raised);
    assert_string_equal(raised->alert.words, "site-food-5");
    assert_int_equal(raised->alert.subject, WATCH_ZONE);
    assert_int_equal(raised->alert.subject_id, 7);
    end(&t);
}

/* Somebody clears it: it does not come back at the same level within the hold-off. */
static void test_cleared_by_hand_holds_off(void **state)
{
    struct told t;
    (void)state;
    begin(&t, &policy);
    for (int i = 0; i < 3; i++)
        call(&t, "poisoning", "poisoning.3-gas", 39.02, 106.38, 0, 0);
    uint64_t key = find(&t, WATCH_RAISE, WATCH_BY_PLACE)->number;
    feed(&t, (struct watch_event){.kind = WATCH_OVER, .key = key});
    assert_null(watch_open_alert(&t.watch, key));
    call(&t, "poisoning", "poisoning.3-gas", 39.02, 106.38, 0, 0);
    assert_int_equal(count(&t, WATCH_RAISE), 1);
    pass(&t, t.now_ms + 5 * HOUR);
    call(&t, "poisoning", "poisoning.3-gas", 39.02, 106.38, 0, 0);
    assert_int_equal(count(&t, WATCH_RAISE), 2);
    end(&t);
}

/* Weeks of an ordinary city: breathing troubles all over it, and other complaints. */
static void background(struct told *t, struct draw *draw, int64_t to_ms, double per_hour)
{
    while (t->now_ms < to_ms) {
        pass(t, t->now_ms + HOUR);
        for (uint32_t n = draw_poisson(draw, per_hour); n > 0; n--) {
            bool breathing = draw_share(draw) < 0.2;
            call(t, breathing ? "breathing" : "seizure",
                 breathing ? "breathing.3-severe" : "seizure.5-over",
                 39.00 + 0.1 * draw_share(draw), 106.30 + 0.1 * draw_share(draw), 0, 0);
        }
        answer_fits(t);
    }
}

/* A city-wide rise is found by the window; one square's cluster by the scan. */
static void test_rise_and_cluster_are_found(void **state)
{
    struct told t;
    struct draw draw;
    struct watch_policy quick = policy;
    (void)state;
    quick.number.scan_replicas = 19;
    quick.number.scan_refit_days = 14;
    begin(&t, &quick);
    draw_seed(&draw, 7);
    background(&t, &draw, MONDAY + 5 * 168 * HOUR, 4);
    assert_true(t.fits > 0);
    uint32_t before = t.logged;
    for (int i = 0; i < 12; i++) {
        pass(&t, t.now_ms + 4 * MINUTE);
        call(&t, "breathing", "breathing.3-severe", 39.05, 106.35 + i * 1e-3, 0, 0);
    }
    const struct watch_action *found = NULL;
    for (uint32_t i = before; i < t.logged; i++)
        if (t.log[i].act == WATCH_RAISE && t.log[i].alert.detector == WATCH_BY_SCAN)
            found = &t.log[i];
    assert_non_null(found);
    assert_string_equal(quick.syndrome[found->alert.syndrome].code, "respiratory");
    assert_true(found->alert.observed > found->alert.expected);
    assert_true(found->alert.by_chance_h >= quick.number.level_blue_h);

    /* The cluster explains it: nothing is raised city-wide for these. */
    for (uint32_t i = before; i < t.logged; i++)
        assert_false(t.log[i].act == WATCH_RAISE && t.log[i].alert.detector == WATCH_BY_WINDOW &&
                     t.log[i].number > found->number);
    before = t.logged;
    pass(&t, t.now_ms + 24 * HOUR);
    for (int i = 0; i < 40; i++) {
        pass(&t, t.now_ms + 3 * MINUTE);
        call(&t, "breathing", "breathing.3-severe", 39.00 + 0.1 * draw_share(&draw),
             106.30 + 0.1 * draw_share(&draw), 0, 0);
    }
    found = NULL;
    for (uint32_t i = before; i < t.logged; i++)
        if (t.log[i].act == WATCH_RAISE && t.log[i].alert.detector == WATCH_BY_WINDOW)
            found = &t.log[i];
    assert_non_null(found);
    end(&t);
}

/* The alert with this key is open, or merged into one that lives on. */
static bool lives_on(const struct told *t, uint64_t key)
{
    for (uint32_t i = 0; i < t->logged; i++)
        if (t->log[i].act == WATCH_CLEAR && t->log[i].alert.key == key && t->log[i].merged_into)
            key = t->log[i].merged_into;
    return watch_open_alert(&t->watch, key);
}

/* Everything doubles everywhere: that is one cause, whatever is counted and wherever. */
static void test_a_rise_of_everything_is_one_alert(void **state)
{
    struct told t;
    struct draw draw;
    struct watch_policy quick = policy;
    (void)state;
    quick.number.scan_replicas = 19;
    quick.number.scan_refit_days = 14;
    quick.number.window_cases_min = 10;
    begin(&t, &quick);
    draw_seed(&draw, 11);
    background(&t, &draw, MONDAY + 5 * 168 * HOUR, 12);
    uint32_t before = t.logged, raised = 0, open = 0;
    background(&t, &draw, t.now_ms + 12 * HOUR, 40);
    for (uint32_t i = before; i < t.logged; i++) {
        raised += t.log[i].act == WATCH_RAISE;
        open += t.log[i].act == WATCH_RAISE && watch_open_alert(&t.watch, t.log[i].number);
        if (t.log[i].act == WATCH_CLEAR && t.log[i].merged_into)
            assert_true(lives_on(&t, t.log[i].merged_into));
    }
    assert_true(raised >= 1 && raised <= 4);
    assert_true(open >= 1 && open <= 2);
    end(&t);
}

/* Half as many again for three days, with one detector switched on. */
static void slow_rise(const struct watch_policy *only, enum watch_detector detector, bool found)
{
    struct told t;
    struct draw draw;
    begin(&t, only);
    draw_seed(&draw, 5);
    background(&t, &draw, MONDAY + 5 * 168 * HOUR, 8);
    uint32_t before = t.logged;
    background(&t, &draw, t.now_ms + 72 * HOUR, 14);
    uint32_t raised = 0;
    for (uint32_t i = before; i < t.logged; i++)
        raised += t.log[i].act == WATCH_RAISE && t.log[i].alert.detector == detector &&
                  t.log[i].alert.observed > t.log[i].alert.expected;
    assert_true(found ? raised > 0 : raised == 0);
    end(&t);
}

static void test_cusum_and_ears_find_a_slow_rise(void **state)
{
    struct watch_policy only = policy;
    (void)state;
    only.number.window_on = only.number.scan_on = 0;
    only.number.cusum_on = 1;
    only.number.ears_on = 0;
    slow_rise(&only, WATCH_BY_CUSUM, true);
    only.number.cusum_on = 0;
    slow_rise(&only, WATCH_BY_CUSUM, false);
    only.number.ears_on = 1;
    slow_rise(&only, WATCH_BY_EARS, true);
}

static bool same(const struct watch_action *a, const struct watch_action *b)
{
    return a->act == b->act && a->number == b->number && a->cause_seq == b->cause_seq &&
           a->merged_into == b->merged_into && a->alert.key == b->alert.key &&
           a->alert.level == b->alert.level && a->alert.observed == b->alert.observed &&
           a->alert.evidence_count == b->alert.evidence_count;
}

/* The same events, the same actions. */
static void test_again_from_zero(void **state)
{
    struct told t[2];
    (void)state;
    for (int run = 0; run < 2; run++) {
        struct draw draw;
        begin(&t[run], &policy);
        draw_seed(&draw, 3);
        for (int i = 0; i < 60; i++) {
            pass(&t[run], t[run].now_ms + 3 * MINUTE);
            call(&t[run], "road-traffic", "road-traffic.3-several",
                 39.02 + 0.002 * draw_share(&draw), 106.38 + 0.002 * draw_share(&draw), 0, 0);
        }
    }
    assert_true(t[0].logged > 3);
    assert_int_equal(t[0].logged, t[1].logged);
    for (uint32_t i = 0; i < t[0].logged; i++)
        assert_true(same(&t[0].log[i], &t[1].log[i]));
    end(&t[0]);
    end(&t[1]);
}

/* Two days of rises, a cluster and a night's fits. */
static void eventful(struct told *t, uint64_t seed)
{
    struct draw draw;
    draw_seed(&draw, seed);
    background(t, &draw, t->now_ms + 6 * HOUR, 14);
    for (int i = 0; i < 12; i++) {
        pass(t, t->now_ms + 4 * MINUTE);
        call(t, "breathing", "breathing.3-severe", 39.05, 106.35 + i * 1e-3, 0, 0);
        call(t, "poisoning", "poisoning.3-gas", 39.02, 106.31, 77, 1);
    }
    background(t, &draw, t->now_ms + 42 * HOUR, 4);
}

/* What has learned for five weeks goes on from its image as if it had never stopped, in the middle
 * of an alert too; what is not such an image is not taken. */
static void test_goes_on_from_an_image(void **state)
{
    struct told t[2];
    struct draw draw;
    struct watch_policy quick = policy;
    (void)state;
    quick.number.scan_replicas = 19;
    begin(&t[0], &quick);
    draw_seed(&draw, 13);
    background(&t[0], &draw, MONDAY + 5 * 168 * HOUR, 4);
    for (int round = 0; round < 2; round++) {
        size_t n = watch_image_bytes(&t[0].watch);
        unsigned char *image = malloc(n);
        assert_non_null(image);
        watch_image_keep(&t[0].watch, image, n);
        begin(&t[1], &quick);
        assert_int_equal(watch_image_take(&t[1].watch, image, n - 1), -1);
        end(&t[1]);
        begin(&t[1], &quick);
        assert_int_equal(watch_image_take(&t[1].watch, image, n), 0);
        t[1].seq = t[0].seq, t[1].incident = t[0].incident, t[1].now_ms = t[0].now_ms;
        t[0].logged = 0;
        t[0].fits = t[1].fits = 0;
        eventful(&t[0], 17 + (uint64_t)round);
        eventful(&t[1], 17 + (uint64_t)round);
        assert_true(t[0].fits > 0 && t[0].fits == t[1].fits);
        assert_true(find(&t[0], WATCH_RAISE, WATCH_BY_PLACE) && t[0].logged > 10);
        assert_int_equal(t[0].logged, t[1].logged);
        for (uint32_t i = 0; i < t[0].logged; i++)
            assert_true(same(&t[0].log[i], &t[1].log[i]));
        free(image);
        end(&t[1]);
    }
    end(&t[0]);
    begin(&t[0], &policy);
    unsigned char none[64] = {0};
    assert_int_equal(watch_image_take(&t[0].watch, none, sizeof none), -1);
    end(&t[0]);
}

/* Coverage: low for five minutes raises, and only above the higher mark it ends. */
static void test_coverage_has_hysteresis(void **state)
{
    static const uint32_t share[] = {700, 700, 700, 700, 700, 820, 840, 860};
    struct told t;
    (void)state;
    begin(&t, &policy);
    for (size_t i = 0; i < sizeof share / sizeof *share; i++) {
        struct watch_minute minute = {
            .covered_known = true, .covered_permille = share[i], .seats_on = 2};
        t.now_ms += MINUTE;
        feed(&t, (struct watch_event){.kind = WATCH_MINUTE, .minute = &minute});
        assert_int_equal(t.logged, i < 4 ? 0 : i < 7 ? 1 : 2);
    }
    assert_int_equal(t.log[0].alert.detector, WATCH_BY_COVERAGE);
    assert_int_equal(t.log[1].act, WATCH_CLEAR);
    end(&t);
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
    feed(t, (struct watch_event){.kind = WATCH_SIGNALLED,
                                 .code = indicator,
                                 .code_n = (uint32_t)strlen(indicator),
                                 .signal = signal});
}

static void close_day(struct told *t, const char *period)
{
    t->now_ms += 24 * HOUR;
    feed(t, (struct watch_event){
                .kind = WATCH_PERIOD, .code = period, .code_n = (uint32_t)strlen(period)});
}

/* An indicator that is out of control is one alert while it stays so, whatever group it is. */
static void test_a_control_chart(void **state)
{
    struct told t;
    (void)state;
    begin(&t, &policy);
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
    end(&t);
}

/* One late response is an alert about it; many are one alert. */
static void test_breaches(void **state)
{
    struct told t;
    (void)state;
    begin(&t, &policy);
    t.grade = 2;
    uint64_t first = call(&t, "stroke", "stroke.1-new-signs", 39.02, 106.38, 0, 0);
    feed(&t, (struct watch_event){.kind = WATCH_EXPECTED, .id = first, .seconds = 1200});
    pass(&t, t.now_ms + MINUTE);
    const struct watch_action *raised = find(&t, WATCH_RAISE, WATCH_BY_BREACH);
    assert_non_null(raised);
    assert_int_equal(raised->alert.subject_id, first);
    assert_int_equal(raised->alert.level, WATCH_YELLOW);
    pass(&t, t.now_ms + 16 * MINUTE);
    assert_int_equal(t.log[t.logged - 1].act, WATCH_UPDATE);
    assert_int_equal(t.log[t.logged - 1].alert.level, WATCH_ORANGE);
    for (int i = 0; i < 4; i++)
        call(&t, "stroke", "stroke.1-new-signs", 39.1 + i * 0.1, 106.38, 0, 0);
    pass(&t, t.now_ms + 17 * MINUTE);
    assert_int_equal(t.log[t.logged - 2].act, WATCH_RAISE);
    assert_int_equal(t.log[t.logged - 2].alert.subject, WATCH_CITY);
    assert_int_equal(t.log[t.logged - 1].act, WATCH_CLEAR);
    assert_int_equal(t.log[t.logged - 1].merged_into, t.log[t.logged - 2].number);
    end(&t);
}

static void test_lateness_of_a_station(void **state)
{
    struct told t;
    (void)state;
    begin(&t, &policy);
    t.grade = 2;
    for (int i = 0; i < 12; i++) {
        uint64_t id = call(&t, "stroke", "stroke.1-new-signs", 39.02 + i * 0.01, 106.38, 0, 0);
        pass(&t, t.now_ms + 16 * MINUTE);
        feed(&t, (struct watch_event){.kind = WATCH_ARRIVED, .id = id, .station = 3});
    }
    bool station = false, grade = false;
    for (uint32_t i = 0; i < t.logged; i++)
        if (t.log[i].act == WATCH_RAISE && t.log[i].alert.detector == WATCH_BY_LATENESS) {
            station |= t.log[i].alert.subject == WATCH_STATION && t.log[i].alert.subject_id == 3;
            grade |= t.log[i].alert.subject == WATCH_GRADE && t.log[i].alert.subject_id == 2;
        }
    assert_true(station && grade);
    end(&t);
}

static void test_hospital_load(void **state)
{
    struct told t;
    (void)state;
    begin(&t, &policy);
    for (uint64_t id = 1; id <= 3; id++)
        feed(&t, (struct watch_event){
                     .kind = WATCH_HANDOVER, .id = id, .hospital = 5, .began = true});
    pass(&t, t.now_ms + 29 * MINUTE);
    assert_int_equal(t.logged, 0);
    pass(&t, t.now_ms + 2 * MINUTE);
    assert_int_equal(t.log[0].alert.subject_id, 5);
    feed(&t, (struct watch_event){.kind = WATCH_HANDOVER, .id = 2, .hospital = 5});
    pass(&t, t.now_ms + MINUTE);
    assert_int_equal(t.logged, 2);
    assert_int_equal(t.log[1].act, WATCH_CLEAR);
    end(&t);
}

/* Raised after three minutes in a row, ended by the first good one. */
static void check_minutes(enum watch_detector detector, const struct watch_minute *bad,
                          const char *words)
{
    const struct watch_minute good = {.units_on = 40, .seats_on = 2};
    struct told t;
    begin(&t, &policy);
    for (int i = 0; i < 6; i++) {
        bool is_bad = i != 2; /* two bad minutes are not enough */
        t.now_ms += MINUTE;
        feed(&t, (struct watch_event){.kind = WATCH_MINUTE, .minute = is_bad ? bad : &good});
        assert_int_equal(t.logged, i < 5 ? 0 : 1);
    }
    assert_int_equal(t.log[0].act, WATCH_RAISE);
    assert_int_equal(t.log[0].alert.detector, detector);
    assert_string_equal(t.log[0].alert.words, words);
    t.now_ms += MINUTE;
    feed(&t, (struct watch_event){.kind = WATCH_MINUTE, .minute = &good});
    assert_int_equal(t.logged, 2);
    assert_int_equal(t.log[1].act, WATCH_CLEAR);
    end(&t);
}

static void test_units_silent_stuck_or_late(void **state)
{
    (void)state;
    check_minutes(WATCH_BY_UNITS,
                  &(struct watch_minute){.units_on = 40, .silent = 3, .seats_on = 2},
                  "silent=3 stuck=0 late=0 of 40");
    check_minutes(WATCH_BY_UNITS,
                  &(struct watch_minute){.units_on = 40, .stuck = 3, .seats_on = 2},
                  "silent=0 stuck=3 late=0 of 40");
    check_minutes(WATCH_BY_UNITS, &(struct watch_minute){.units_on = 40, .late = 6, .seats_on = 2},
                  "silent=0 stuck=0 late=6 of 40");
}

/* Nobody signed in, nobody whose page can sound, or many terminals lost. */
static void test_seats_and_terminals(void **state)
{
    (void)state;
    check_minutes(WATCH_BY_SEATS, &(struct watch_minute){.units_on = 40},
                  "seats=0 mute=0 terminals-lost=0");
    check_minutes(WATCH_BY_SEATS,
                  &(struct watch_minute){.units_on = 40, .seats_on = 2, .seats_mute = 2},
                  "seats=2 mute=2 terminals-lost=0");
    check_minutes(WATCH_BY_SEATS,
                  &(struct watch_minute){.units_on = 40, .seats_on = 2, .terminals_lost = 11},
                  "seats=2 mute=0 terminals-lost=11");
}

static int load(void **state)
{
    static struct complaints complaints;
    (void)state;
    if (warnfile_load(SOURCE_DIR "/deploy/warn", 480, &policy, &complaints) == 0)
        return 0;
    fputs(complaints.text, stderr);
    return -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_third_gas_call_raises_with_its_evidence),
        cmocka_unit_test(test_duplicates_and_far_ones_do_not_count),
        cmocka_unit_test(test_food_poisoning_in_a_school),
        cmocka_unit_test(test_cleared_by_hand_holds_off),
        cmocka_unit_test(test_rise_and_cluster_are_found),
        cmocka_unit_test(test_a_rise_of_everything_is_one_alert),
        cmocka_unit_test(test_cusum_and_ears_find_a_slow_rise),
        cmocka_unit_test(test_again_from_zero),
        cmocka_unit_test(test_goes_on_from_an_image),
        cmocka_unit_test(test_coverage_has_hysteresis),
        cmocka_unit_test(test_a_control_chart),
        cmocka_unit_test(test_breaches),
        cmocka_unit_test(test_lateness_of_a_station),
        cmocka_unit_test(test_hospital_load),
        cmocka_unit_test(test_units_silent_stuck_or_late),
        cmocka_unit_test(test_seats_and_terminals),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
