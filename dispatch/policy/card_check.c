/* Two enumerations per card.
 *
 * The walk: for every combination of age, vitals, sex and zones that rules can tell apart, every
 * way of answering the questions in the order in which the engine asks them (yes, no, unknown).
 * Shows dead ends and rules and questions that never come to bear.
 *
 * The grid: every combination of those and of all answers, asked or not, whatever the order, as
 * corrections may leave them; one grade byte each. Shows answers that lower the urgency.
 *
 * Vital signs that only the universal card reads are varied on that card alone: the grade is the
 * most urgent of both cards' rules, and the minimum of two monotone functions is monotone. */
#include "dispatch/policy/card_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DIMENSION_MAX = CARD_ANSWER_MAX + SUBJECT_NUMBER_COUNT + 1 + 32,
    VALUE_MAX = 24,
    UNGRADED = GRADE_COUNT + 1, /* on the grid: less urgent than any grade */
    COMBINATIONS_MAX = 32 * 1024 * 1024
};

/* Something that varies: a question's answer, a number, the sex, or whether in a kind of zone. */
struct dimension {
    enum card_subject subject;
    uint32_t what; /* SUBJECT_ANSWER: index of the question; SUBJECT_ZONE: the bit */
    uint8_t value_count, at;
    size_t stride;
    int16_t value[VALUE_MAX];
};

struct check {
    const struct card_set *set;
    const struct card *card;
    struct complaints *complaints;
    struct dimension dimensions[DIMENSION_MAX]; /* the questions first */
    size_t dimension_count;
    size_t question_count;
    struct card_answer answers[CARD_ANSWER_MAX];
    struct grade_input input;
    bool rule_decided[CARD_RULE_MAX];
    bool question_asked[CARD_QUESTION_MAX];
    bool dead_end_told;
};

static const char *text(const struct check *check, uint32_t offset)
{
    return card_text(check->set, offset);
}

static void tell(struct check *check, unsigned line, const char *what, const char *why)
{
    complain(check->complaints, text(check, check->card->file), line, "%s: %s", what, why);
}

static const struct card_question *find_question(const struct check *check, uint32_t id)
{
    return card_question_by_id(check->set, id);
}

struct line {
    size_t used;
    char text[512];
};

/* Adds "name=value" after a space; what does not fit is cut off. */
static void add_pair(struct line *line, const char *name, const char *value)
{
    size_t room = sizeof line->text - line->used;
    int length =
        snprintf(line->text + line->used, room, "%s%s=%s", line->used > 0 ? " " : "", name, value);
    line->used += length > 0 && (size_t)length < room ? (size_t)length : room - 1;
}

/* "conscious=yes breathing=unknown age=34": the case the complaint is about. */
static struct line describe(const struct check *check)
{
    static const char *const words[ANSWER_COUNT] = {"not asked", "no", "yes", "unknown"};
    static const char *const numbers[SUBJECT_NUMBER_COUNT] = {"age",      "heart_rate", "resp_rate",
                                                              "systolic", "spo2",       "gcs"};
    struct line line = {0};
    char number[16];
    for (uint32_t i = 0; i < check->input.answer_count; i++)
        if (check->answers[i].value != ANSWER_NOT_ASKED)
            add_pair(&line, text(check, find_question(check, check->answers[i].question_id)->key),
                     words[check->answers[i].value]);
    for (int i = 0; i < SUBJECT_NUMBER_COUNT; i++) {
        snprintf(number, sizeof number, "%d", check->input.number[i]);
        if (check->input.number[i] != GRADE_UNKNOWN)
            add_pair(&line, numbers[i], number);
    }
    if (check->input.sex != SEX_UNKNOWN)
        add_pair(&line, "sex", check->input.sex == SEX_FEMALE ? "female" : "male");
    for (int i = 0; i < ZONE_KIND_COUNT; i++)
        if (check->input.zones & KIND_BIT(i))
            add_pair(&line, "zone", zone_kind_table.rows[i].key);
    return line;
}

/* ---- dimensions ---- */

static struct dimension *add_dimension(struct check *check, enum card_subject subject,
                                       uint32_t what)
{
    struct dimension *dimension = &check->dimensions[check->dimension_count++];
    *dimension = (struct dimension){.subject = subject, .what = what};
    return dimension;
}

static void add_value(struct dimension *dimension, int16_t value)
{
    for (size_t i = 0; i < dimension->value_count; i++)
        if (dimension->value[i] == value)
            return;
    if (dimension->value_count < VALUE_MAX)
        dimension->value[dimension->value_count++] = value;
}

/* Values from clear to red, so that a step upwards on the grid is a step towards red. */
static void add_question_dimension(struct check *check, uint32_t question)
{
    uint8_t red = check->set->questions[question].red;
    struct dimension *dimension = add_dimension(check, SUBJECT_ANSWER, question);
    add_value(dimension, ANSWER_NOT_ASKED);
    add_value(dimension, red == ANSWER_YES ? ANSWER_NO : ANSWER_YES);
    add_value(dimension, ANSWER_UNKNOWN);
    add_value(dimension, red);
    check->question_count++;
}

static struct dimension *dimension_of(struct check *check, enum card_subject subject, uint32_t what)
{
    for (size_t i = 0; i < check->dimension_count; i++)
        if (check->dimensions[i].subject == subject && check->dimensions[i].what == what)
            return &check->dimensions[i];
    return add_dimension(check, subject, what);
}

/* The values a test can tell apart. */
static void add_test_values(struct check *check, const struct card_test *test)
{
    if (test->subject < SUBJECT_NUMBER_COUNT) {
        struct dimension *number = dimension_of(check, (enum card_subject)test->subject, 0);
        add_value(number, GRADE_UNKNOWN);
        add_value(number, 0);
        add_value(number, test->low);
        if (test->high < INT16_MAX)
            add_value(number, (int16_t)(test->high + 1));
    } else if (test->subject == SUBJECT_SEX) {
        struct dimension *sex = dimension_of(check, SUBJECT_SEX, 0);
        for (int16_t value = 0; value < SEX_COUNT; value++)
            add_value(sex, value);
    } else if (test->subject == SUBJECT_ZONE) {
        for (uint32_t bit = 1; bit != 0; bit <<= 1)
            if (test->zones & bit) {
                struct dimension *zone = dimension_of(check, SUBJECT_ZONE, bit);
                add_value(zone, 0);
                add_value(zone, 1);
            }
    }
}

static void add_clause_values(struct check *check, uint16_t first_clause, size_t count)
{
    for (size_t c = first_clause; c < (size_t)first_clause + count; c++)
        for (size_t t = 0; t < check->set->clauses[c].test_count; t++)
            add_test_values(check, &check->set->tests[check->set->clauses[c].first_test + t]);
}

static void add_card_questions(struct check *check, const struct card *card)
{
    for (uint32_t q = 0; q < card->question_count; q++)
        add_question_dimension(check, card->first_question + q);
}

/* false after a complaint: too many combinations. */
static bool set_up(struct check *check)
{
    const struct card *card = check->card, *universal = &check->set->cards[0];
    grade_input_init(&check->input);
    check->input.card_id = card->id;
    check->input.answers = check->answers;
    add_card_questions(check, universal);
    if (card != universal)
        add_card_questions(check, card);
    for (size_t q = 0; q < check->question_count; q++) {
        const struct card_question *question = &check->set->questions[check->dimensions[q].what];
        add_clause_values(check, question->ask_clause, question->ask_clauses);
    }
    for (size_t r = 0; r < card->rule_count; r++) {
        const struct card_rule *rule = &check->set->rules[card->first_rule + r];
        add_clause_values(check, rule->first_clause, rule->clause_count);
    }
    size_t combinations = 1;
    for (size_t i = 0; i < check->dimension_count; i++) {
        struct dimension *dimension = &check->dimensions[i];
        dimension->stride = combinations;
        combinations *= dimension->value_count;
        if (combinations > COMBINATIONS_MAX || dimension->value_count == VALUE_MAX) {
            tell(check, card->line, "the card reads too much to be checked",
                 "more than 32 million combinations; split it");
            return false;
        }
    }
    return true;
}

/* Puts the present value of every dimension but the questions' into the input. */
static void apply_circumstances(struct check *check)
{
    check->input.zones = 0;
    for (size_t i = check->question_count; i < check->dimension_count; i++) {
        const struct dimension *dimension = &check->dimensions[i];
        int16_t value = dimension->value[dimension->at];
        if (dimension->subject == SUBJECT_SEX)
            check->input.sex = (enum sex)value;
        else if (dimension->subject == SUBJECT_ZONE)
            check->input.zones |= value ? dimension->what : 0;
        else
            check->input.number[dimension->subject] = value;
    }
}

static void apply_answers(struct check *check)
{
    check->input.answer_count = (uint32_t)check->question_count;
    for (size_t i = 0; i < check->question_count; i++) {
        const struct dimension *dimension = &check->dimensions[i];
        check->answers[i].question_id = check->set->questions[dimension->what].id;
        check->answers[i].value = (uint8_t)dimension->value[dimension->at];
    }
}

/* The next combination of the dimensions from `first` on, like an odometer; false after the last.
 */
static bool turn(struct check *check, size_t first)
{
    for (size_t i = first; i < check->dimension_count; i++) {
        struct dimension *dimension = &check->dimensions[i];
        if (++dimension->at < dimension->value_count)
            return true;
        dimension->at = 0;
    }
    return false;
}

/* ---- the walk ---- */

static void tell_dead_end(struct check *check)
{
    if (check->dead_end_told || check->card->id == 0) /* the universal card grades nobody alone */
        return;
    struct line way = describe(check);
    tell(check, check->card->line, "dead end, all is asked and no rule fires", way.text);
    check->dead_end_told = true;
}

/* Every way through the questions, under the present circumstances. */
static void walk(struct check *check)
{
    struct card_answer *answers = check->answers;
    uint32_t depth = 0;
    for (;;) {
        struct grade_result result;
        check->input.answer_count = depth;
        grade_evaluate(check->set, &check->input, &result);
        if (result.rule != NULL)
            check->rule_decided[result.rule - check->set->rules] = true;
        if (result.next_question_id != 0) {
            check->question_asked[find_question(check, result.next_question_id) -
                                  check->set->questions] = true;
            answers[depth++] = (struct card_answer){result.next_question_id, ANSWER_NO};
            continue;
        }
        if (result.grade == 0)
            tell_dead_end(check);
        while (depth > 0 && answers[depth - 1].value == ANSWER_UNKNOWN)
            depth--;
        if (depth == 0)
            return;
        answers[depth - 1].value++;
    }
}

static bool is_read(const struct card_set *set, size_t question)
{
    for (size_t t = 0; t < set->test_count; t++)
        if (set->tests[t].subject == SUBJECT_ANSWER && set->tests[t].question == question)
            return true;
    return false;
}

static void check_walk(struct check *check)
{
    const struct card *card = check->card;
    do {
        apply_circumstances(check);
        walk(check);
    } while (turn(check, check->question_count));
    for (size_t r = card->first_rule; r < (size_t)card->first_rule + card->rule_count; r++)
        if (!check->rule_decided[r])
            tell(check, check->set->rules[r].line, "unreachable rule, it never decides",
                 text(check, check->set->rules[r].code));
    for (size_t q = card->first_question; q < (size_t)card->first_question + card->question_count;
         q++) {
        const struct card_question *question = &check->set->questions[q];
        if (!check->question_asked[q])
            tell(check, question->line, "question is never asked", text(check, question->key));
        if (!is_read(check->set, q))
            tell(check, question->line, "question no rule reads", text(check, question->key));
    }
}

/* ---- the grid ---- */

static void fill_grid(struct check *check, uint8_t *grid)
{
    size_t at = 0;
    do {
        struct grade_result result;
        apply_circumstances(check);
        apply_answers(check);
        grade_evaluate(check->set, &check->input, &result);
        grid[at++] = result.grade == 0 ? UNGRADED : result.grade;
    } while (turn(check, 0));
}

static void tell_lowered(struct check *check, const struct dimension *dimension, size_t at,
                         uint8_t before, uint8_t after)
{
    char why[700];
    const struct card_question *question = &check->set->questions[dimension->what];
    for (size_t i = 0; i < check->dimension_count; i++) {
        struct dimension *other = &check->dimensions[i];
        other->at = (uint8_t)(at / other->stride % other->value_count);
    }
    apply_circumstances(check);
    apply_answers(check);
    struct line way = describe(check);
    snprintf(why, sizeof why, "\"%s\": grade %u becomes %u%s with %s", text(check, question->key),
             before, after == UNGRADED ? 0 : after, after == UNGRADED ? " (none)" : "", way.text);
    tell(check, question->line, "an answer towards red makes it less urgent", why);
}

/* Every single step of one question towards red; by chaining, every change towards red. */
static void check_dimension(struct check *check, const uint8_t *grid, size_t combinations,
                            const struct dimension *dimension)
{
    for (size_t at = 0; at < combinations; at++) {
        if (at / dimension->stride % dimension->value_count == 0)
            continue;
        uint8_t before = grid[at - dimension->stride], after = grid[at];
        if (after > before) {
            tell_lowered(check, dimension, at, before, after);
            return;
        }
    }
}

static void check_grid(struct check *check)
{
    const struct dimension *last = &check->dimensions[check->dimension_count - 1];
    size_t combinations = last->stride * last->value_count;
    uint8_t *grid = malloc(combinations);
    if (grid == NULL) {
        tell(check, check->card->line, "cannot be checked", "out of memory");
        return;
    }
    for (size_t i = 0; i < check->dimension_count; i++)
        check->dimensions[i].at = 0;
    fill_grid(check, grid);
    for (size_t i = 0; i < check->question_count; i++)
        check_dimension(check, grid, combinations, &check->dimensions[i]);
    free(grid);
}

static void check_card(const struct card_set *set, const struct card *card,
                       struct complaints *complaints)
{
    struct check *check = calloc(1, sizeof *check);
    if (check == NULL) {
        complain(complaints, card_text(set, card->file), card->line, "out of memory");
        return;
    }
    check->set = set;
    check->card = card;
    check->complaints = complaints;
    if (card->rule_count == 0 || set->cards[0].question_count == 0)
        tell(check, card->line, "no rules or no universal questions", text(check, card->code));
    else if (set_up(check)) {
        check_walk(check);
        check_grid(check);
    }
    free(check);
}

/* ---- plans ---- */

static void check_coverage(const struct card_set *set, struct complaints *complaints)
{
    for (uint8_t grade = 1; grade <= GRADE_COUNT; grade++) {
        unsigned gaps = 0, hour_first = 0, surge_first = 0;
        for (uint8_t hour = 0; hour < 24; hour++)
            for (uint8_t surge = 0; surge <= PLAN_SURGE_MAX; surge++)
                if (plan_find(set, grade, 0, hour, surge) == NULL && gaps++ == 0) {
                    hour_first = hour;
                    surge_first = surge;
                }
        if (gaps > 0)
            complain(complaints, card_text(set, set->plan_file), 1,
                     "grade %u has no plan, first at hour %u, surge %u (outside any zone)", grade,
                     hour_first, surge_first);
    }
}

/* A plan's best chance is a place in one of its zones and in no other. */
static bool plan_is_used(const struct card_set *set, const struct plan *plan)
{
    uint32_t bit = plan->zones != 0 ? plan->zones & -plan->zones : 0;
    do {
        for (uint8_t grade = 1; grade <= GRADE_COUNT; grade++)
            for (uint8_t hour = 0; hour < 24; hour++)
                for (uint8_t surge = 0; surge <= PLAN_SURGE_MAX; surge++)
                    if (plan_find(set, grade, bit, hour, surge) == plan)
                        return true;
        bit = plan->zones & ~(bit | (bit - 1));
        bit &= -bit;
    } while (bit != 0);
    return false;
}

static void check_plans(const struct card_set *set, struct complaints *complaints)
{
    const char *file = card_text(set, set->plan_file);
    check_coverage(set, complaints);
    for (size_t i = 0; i < set->plan_count; i++) {
        const struct plan *plan = &set->plans[i];
        const char *code = card_text(set, plan->code);
        if (!plan_is_used(set, plan))
            complain(complaints, file, plan->line, "plan is never used: %s", code);
        if ((plan->grades & (1u << 1 | 1u << 2)) != 0 && plan->slot_count == 0)
            complain(complaints, file, plan->line, "plan sends nobody to grade 1 or 2: %s", code);
        if (plan->slot_count > 0 && plan->hospitals == 0)
            complain(complaints, file, plan->line, "plan names no kind of hospital: %s", code);
    }
}

int card_check(const struct card_set *set, struct complaints *complaints)
{
    unsigned count_before = complaints->count;
    for (size_t i = 0; i < set->card_count; i++)
        check_card(set, &set->cards[i], complaints);
    check_plans(set, complaints);
    return complaints->count == count_before ? 0 : -1;
}
