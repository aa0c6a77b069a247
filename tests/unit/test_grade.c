/* grade: the rules of the engine, shown on the delivered cards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "dispatch/core/grade.h"
#include "dispatch/policy/cardfile.h"

static struct card_set set;

/* A call being graded: card and answers by name. */
struct dialogue {
    struct grade_input input;
    struct card_answer answers[CARD_ANSWER_MAX];
    struct grade_result result;
};

static int load_cards(void **state)
{
    (void)state;
    static struct complaints complaints;
    int status = cardfile_load(SOURCE_DIR "/deploy/cards", SOURCE_DIR "/deploy/plans/response.yaml",
                               &set, &complaints);
    fputs(complaints.text, stderr);
    return status;
}

static void grade(struct dialogue *dialogue)
{
    dialogue->input.answers = dialogue->answers;
    assert_int_equal(grade_evaluate(&set, &dialogue->input, &dialogue->result), 0);
}

static void start(struct dialogue *dialogue, const char *card)
{
    memset(dialogue, 0, sizeof *dialogue);
    grade_input_init(&dialogue->input);
    dialogue->input.card_id = card == NULL ? 0 : card_find(&set, card)->id;
    grade(dialogue);
}

static const char *key_of(uint32_t question_id)
{
    return question_id == 0 ? "" : card_text(&set, card_question_by_id(&set, question_id)->key);
}

/* The question must be the one the engine wants next. */
static void answer(struct dialogue *dialogue, const char *key, enum answer value)
{
    assert_string_equal(key_of(dialogue->result.next_question_id), key);
    dialogue->answers[dialogue->input.answer_count++] =
        (struct card_answer){dialogue->result.next_question_id, (uint8_t)value};
    grade(dialogue);
}

static void assert_graded(const struct dialogue *dialogue, uint8_t expected, const char *code)
{
    assert_int_equal(dialogue->result.grade, expected);
    assert_non_null(dialogue->result.rule);
    assert_string_equal(card_text(&set, dialogue->result.rule->code), code);
    assert_int_equal(dialogue->result.determinant_id, dialogue->result.rule->id);
}

static void awake(struct dialogue *dialogue, const char *card)
{
    start(dialogue, card);
    answer(dialogue, "conscious", ANSWER_YES);
}

static void universal_questions_come_first(void **state)
{
    (void)state;
    struct dialogue call;
    start(&call, "chest-pain");
    assert_int_equal(call.result.grade, 0);
    assert_null(call.result.rule);
    assert_false(call.result.provisional);
    answer(&call, "conscious", ANSWER_YES); /* breathing is asked only if not surely awake */
    assert_string_equal(key_of(call.result.next_question_id), "alert");
    start(&call, "chest-pain");
    answer(&call, "conscious", ANSWER_UNKNOWN);
    assert_string_equal(key_of(call.result.next_question_id), "breathing");
}

static void not_breathing_is_grade_1_before_any_complaint(void **state)
{
    (void)state;
    struct dialogue call;
    start(&call, NULL);
    answer(&call, "conscious", ANSWER_UNKNOWN);
    assert_graded(&call, 2, "universal.4-consciousness-unknown");
    assert_true(call.result.provisional);
    answer(&call, "breathing", ANSWER_NO);
    assert_graded(&call, 1, "universal.1-not-breathing");
    assert_false(call.result.provisional);
    assert_int_equal(call.result.next_question_id, 0);
}

static void without_a_complaint_a_grade_stays_provisional(void **state)
{
    (void)state;
    struct dialogue call;
    start(&call, NULL);
    answer(&call, "conscious", ANSWER_UNKNOWN);
    answer(&call, "breathing", ANSWER_YES);
    assert_int_equal(call.result.next_question_id, 0);
    assert_graded(&call, 2, "universal.4-consciousness-unknown");
    assert_true(call.result.provisional);
}

static void the_first_red_answer_grades_while_questions_go_on(void **state)
{
    (void)state;
    struct dialogue call;
    awake(&call, "chest-pain");
    answer(&call, "alert", ANSWER_YES);
    assert_int_equal(call.result.grade, 0);
    answer(&call, "short_of_breath", ANSWER_YES);
    assert_graded(&call, 2, "chest-pain.3-danger-sign");
    assert_true(call.result.provisional);
    answer(&call, "cold_sweat", ANSWER_YES);
    assert_graded(&call, 1, "chest-pain.2-shock-signs");
    assert_false(call.result.provisional);
}

static void unknown_counts_as_danger(void **state)
{
    (void)state;
    struct dialogue call;
    awake(&call, "chest-pain");
    answer(&call, "alert", ANSWER_YES);
    answer(&call, "short_of_breath", ANSWER_UNKNOWN);
    assert_graded(&call, 2, "chest-pain.3-danger-sign");
}

static void the_most_urgent_rule_wins_never_a_sum(void **state)
{
    (void)state;
    struct dialogue call;
    awake(&call, "fall-elderly");
    answer(&call, "before_fall", ANSWER_NO);
    answer(&call, "head_hit", ANSWER_YES);
    assert_graded(&call, 3, "fall-elderly.5-head");
    answer(&call, "thinner", ANSWER_NO);
    answer(&call, "cannot_stand", ANSWER_YES);
    answer(&call, "long_lie", ANSWER_NO);
    answer(&call, "pain", ANSWER_YES);
    /* Two rules of grade 3 and one of 4 fire: it stays 3, by the first of them. */
    assert_graded(&call, 3, "fall-elderly.4-hip");
    assert_false(call.result.provisional);
}

static void all_clear_ends_in_the_last_rule(void **state)
{
    (void)state;
    struct dialogue call;
    awake(&call, "road-traffic");
    while (call.result.next_question_id != 0) {
        assert_int_equal(call.result.grade, 0);
        answer(&call, key_of(call.result.next_question_id), ANSWER_NO);
    }
    assert_graded(&call, 5, "road-traffic.8-nobody-hurt");
    assert_false(call.result.provisional);
}

static void the_order_of_answers_does_not_matter(void **state)
{
    (void)state;
    struct dialogue call;
    awake(&call, "stroke");
    answer(&call, "face", ANSWER_NO);
    answer(&call, "arm", ANSWER_YES);
    answer(&call, "speech", ANSWER_NO);
    answer(&call, "worst_headache", ANSWER_NO);
    answer(&call, "within_day", ANSWER_YES);
    struct grade_result forwards = call.result;
    for (uint32_t i = 0, j = call.input.answer_count - 1; i < j; i++, j--) {
        struct card_answer moved = call.answers[i];
        call.answers[i] = call.answers[j];
        call.answers[j] = moved;
    }
    grade(&call);
    assert_int_equal(call.result.grade, 2);
    assert_int_equal(call.result.determinant_id, forwards.determinant_id);
    assert_int_equal(call.result.next_question_id, forwards.next_question_id);
}

static void a_corrected_answer_is_graded_anew(void **state)
{
    (void)state;
    struct dialogue call;
    awake(&call, "chest-pain");
    answer(&call, "alert", ANSWER_NO);
    assert_graded(&call, 1, "chest-pain.1-not-alert");
    call.answers[1].value = ANSWER_YES;
    grade(&call);
    assert_int_equal(call.result.grade, 0);
    assert_string_equal(key_of(call.result.next_question_id), "short_of_breath");
}

static void age_decides_and_an_unknown_age_is_no_comfort(void **state)
{
    (void)state;
    static const struct {
        int16_t age_years;
        uint8_t grade;
    } cases[] = {{GRADE_UNKNOWN, 2}, {34, 0}, {35, 2}, {80, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dialogue call;
        awake(&call, "chest-pain");
        call.input.number[SUBJECT_AGE_YEARS] = cases[i].age_years;
        answer(&call, "alert", ANSWER_YES);
        answer(&call, "short_of_breath", ANSWER_NO);
        answer(&call, "cold_sweat", ANSWER_NO);
        answer(&call, "lasting", ANSWER_YES);
        assert_int_equal(call.result.grade, cases[i].grade);
    }
}

static void sex_decides_what_is_asked(void **state)
{
    (void)state;
    static const char *const after_inside[SEX_COUNT] = {
        [SEX_UNKNOWN] = "pregnant", [SEX_FEMALE] = "pregnant", [SEX_MALE] = "thinner"};
    for (int sex = 0; sex < SEX_COUNT; sex++) {
        struct dialogue call;
        awake(&call, "bleeding");
        call.input.sex = (enum sex)sex;
        answer(&call, "spurting", ANSWER_NO);
        answer(&call, "faint", ANSWER_NO);
        answer(&call, "inside", ANSWER_NO);
        assert_string_equal(key_of(call.result.next_question_id), after_inside[sex]);
    }
}

static void an_extreme_vital_sign_raises_any_complaint(void **state)
{
    (void)state;
    struct dialogue call;
    awake(&call, "other");
    call.input.number[SUBJECT_SPO2_PERCENT] = 92;
    grade(&call);
    assert_int_equal(call.result.grade, 0);
    call.input.number[SUBJECT_SPO2_PERCENT] = 91;
    grade(&call);
    assert_graded(&call, 2, "universal.5-vital-sign-extreme");
    call.input.number[SUBJECT_GCS] = 8;
    grade(&call);
    assert_graded(&call, 1, "universal.3-coma-measured");
}

static void a_zone_takes_part_in_the_rules(void **state)
{
    (void)state;
    struct dialogue call;
    awake(&call, "road-traffic");
    for (int i = 0; i < 5; i++)
        answer(&call, key_of(call.result.next_question_id), ANSWER_NO);
    answer(&call, "anyone_hurt", ANSWER_YES);
    assert_graded(&call, 3, "road-traffic.7-hurt");
    call.input.zones = KIND_BIT(ZONE_KIND_TOWNSHIP) | KIND_BIT(ZONE_KIND_TUNNEL);
    grade(&call);
    assert_graded(&call, 2, "road-traffic.4-fast-road");
}

static void a_zone_floor_raises_but_never_lowers(void **state)
{
    (void)state;
    struct dialogue call;
    awake(&call, "road-traffic");
    call.input.floor_grade = 3;
    grade(&call);
    assert_int_equal(call.result.grade, 0); /* a place alone grades nobody */
    for (int i = 0; i < 6; i++)
        answer(&call, key_of(call.result.next_question_id), ANSWER_NO);
    assert_int_equal(call.result.grade, 3);
    assert_int_equal(call.result.clinical_grade, 5);
    call.answers[3].value = ANSWER_YES; /* heavy bleeding after all */
    grade(&call);
    assert_int_equal(call.result.grade, 1);
    assert_int_equal(call.result.clinical_grade, 1);
}

static void answers_to_other_cards_are_ignored(void **state)
{
    (void)state;
    struct dialogue call;
    awake(&call, "chest-pain");
    answer(&call, "alert", ANSWER_NO);
    call.input.card_id = card_find(&set, "other")->id;
    grade(&call);
    assert_int_equal(call.result.grade, 0);
    assert_string_equal(key_of(call.result.next_question_id), "with_patient");
    assert_true(card_asks(&set, call.input.card_id, call.answers[0].question_id));
    assert_false(card_asks(&set, call.input.card_id, call.answers[1].question_id));
}

static void an_unknown_card_is_refused(void **state)
{
    (void)state;
    struct grade_input input;
    struct grade_result result = {.grade = 77};
    grade_input_init(&input);
    input.card_id = 4711;
    assert_int_equal(grade_evaluate(&set, &input, &result), -1);
    assert_int_equal(result.grade, 77);
    assert_null(card_find(&set, "no-such-card"));
}

static void assert_plan(uint8_t grade_now, uint32_t zones, uint8_t hour, uint8_t surge,
                        const char *code)
{
    const struct plan *plan = plan_find(&set, grade_now, zones, hour, surge);
    assert_non_null(plan);
    assert_string_equal(card_text(&set, plan->code), code);
    assert_ptr_equal(plan_by_id(&set, plan->id), plan);
}

static void plans_follow_grade_zone_hour_and_surge(void **state)
{
    (void)state;
    assert_plan(1, 0, 12, 0, "life-threat");
    assert_plan(1, 0, 12, 2, "life-threat-surge");
    assert_plan(1, 0, 12, 200, "life-threat-surge");
    assert_plan(1, KIND_BIT(ZONE_KIND_TOWNSHIP), 12, 0, "life-threat");
    assert_plan(1, KIND_BIT(ZONE_KIND_TUNNEL), 12, 0, "fast-road-severe");
    assert_plan(3, KIND_BIT(ZONE_KIND_TUNNEL), 12, 0, "urgent");
    assert_plan(4, 0, 21, 2, "minor-surge");
    assert_plan(4, 0, 22, 2, "minor-night");
    assert_plan(4, 0, 5, 2, "minor-night");
    assert_plan(4, 0, 6, 2, "minor-surge");
    const struct plan *plan = plan_find(&set, 1, 0, 0, 0);
    assert_int_equal(plan->slot_count, 2);
    assert_int_equal(plan->slots[0].count, 1);
    assert_int_equal(plan->slots[0].required, KIND_BIT(CAPABILITY_ADVANCED));
}

static void give(struct dialogue *dialogue, const char *key, enum answer value)
{
    for (uint16_t i = 0; i < set.question_count; i++)
        if (strcmp(card_text(&set, set.questions[i].key), key) == 0 &&
            card_asks(&set, dialogue->input.card_id, set.questions[i].id))
            dialogue->answers[dialogue->input.answer_count++] =
                (struct card_answer){set.questions[i].id, (uint8_t)value};
}

static void assert_way(const struct dialogue *dialogue, const char *expected)
{
    uint32_t way[CARD_ANSWER_MAX];
    char keys[256] = "";
    uint32_t n = grade_way(&set, &dialogue->input, way);
    for (uint32_t i = 0; i < n; i++) {
        size_t at = strlen(keys);
        snprintf(keys + at, sizeof keys - at, "%s%s", i ? " " : "", key_of(way[i]));
    }
    assert_string_equal(keys, expected);
}

static void the_way_is_what_the_card_asks_for(void **state)
{
    (void)state;
    struct dialogue dialogue;
    start(&dialogue, "chest-pain");
    assert_way(&dialogue, "conscious alert short_of_breath cold_sweat lasting spreading "
                          "heart_history");
    give(&dialogue, "conscious", ANSWER_UNKNOWN); /* then the breathing is asked about */
    give(&dialogue, "breathing", ANSWER_YES);
    give(&dialogue, "cold_sweat", ANSWER_YES); /* those before it were gone past */
    assert_way(&dialogue, "conscious breathing alert short_of_breath cold_sweat lasting spreading "
                          "heart_history");
}

static void a_settled_grade_ends_the_way(void **state)
{
    (void)state;
    struct dialogue dialogue;
    start(&dialogue, "chest-pain");
    give(&dialogue, "conscious", ANSWER_YES);
    give(&dialogue, "alert", ANSWER_NO);
    give(&dialogue, "cold_sweat", ANSWER_YES); /* more than was asked for */
    assert_way(&dialogue, "conscious alert");
    dialogue.input.card_id = 99;
    assert_way(&dialogue, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(universal_questions_come_first),
        cmocka_unit_test(not_breathing_is_grade_1_before_any_complaint),
        cmocka_unit_test(without_a_complaint_a_grade_stays_provisional),
        cmocka_unit_test(the_first_red_answer_grades_while_questions_go_on),
        cmocka_unit_test(unknown_counts_as_danger),
        cmocka_unit_test(the_most_urgent_rule_wins_never_a_sum),
        cmocka_unit_test(all_clear_ends_in_the_last_rule),
        cmocka_unit_test(the_order_of_answers_does_not_matter),
        cmocka_unit_test(a_corrected_answer_is_graded_anew),
        cmocka_unit_test(age_decides_and_an_unknown_age_is_no_comfort),
        cmocka_unit_test(sex_decides_what_is_asked),
        cmocka_unit_test(an_extreme_vital_sign_raises_any_complaint),
        cmocka_unit_test(a_zone_takes_part_in_the_rules),
        cmocka_unit_test(a_zone_floor_raises_but_never_lowers),
        cmocka_unit_test(answers_to_other_cards_are_ignored),
        cmocka_unit_test(an_unknown_card_is_refused),
        cmocka_unit_test(the_way_is_what_the_card_asks_for),
        cmocka_unit_test(a_settled_grade_ends_the_way),
        cmocka_unit_test(plans_follow_grade_zone_hour_and_surge),
    };
    return cmocka_run_group_tests(tests, load_cards, NULL);
}
