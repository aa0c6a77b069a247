#include "dispatch/core/grade.h"

#include <stddef.h>
#include <string.h>

#include "dispatch/must.h"

/* A call while it is graded: the answers laid out by slot, universal questions first. */
struct reading {
    const struct card_set *set;
    const struct grade_input *input;
    const struct card *universal, *card; /* card is NULL before a complaint is chosen */
    uint32_t open_question_id;           /* 0: everything has been asked */
    uint8_t answers[CARD_ANSWER_MAX];
    bool passed[CARD_ANSWER_MAX]; /* open, but not asked any more */
};

void grade_input_init(struct grade_input *input)
{
    memset(input, 0, sizeof *input);
    for (int i = 0; i < SUBJECT_NUMBER_COUNT; i++)
        input->number[i] = GRADE_UNKNOWN;
}

const struct card *card_find(const struct card_set *set, const char *code)
{
    for (uint16_t i = 0; i < set->card_count; i++)
        if (strcmp(card_text(set, set->cards[i].code), code) == 0)
            return &set->cards[i];
    return NULL;
}

const struct card *card_by_id(const struct card_set *set, uint32_t card_id)
{
    for (uint16_t i = 0; i < set->card_count; i++)
        if (set->cards[i].id == card_id)
            return &set->cards[i];
    return NULL;
}

const struct card_question *card_question_by_id(const struct card_set *set, uint32_t question_id)
{
    for (uint16_t i = 0; i < set->question_count; i++)
        if (set->questions[i].id == question_id)
            return &set->questions[i];
    return NULL;
}

const struct card_rule *card_rule_by_id(const struct card_set *set, uint32_t determinant_id)
{
    for (uint16_t i = 0; i < set->rule_count; i++)
        if (set->rules[i].id == determinant_id)
            return &set->rules[i];
    return NULL;
}

bool card_asks(const struct card_set *set, uint32_t card_id, uint32_t question_id)
{
    uint32_t asking_id = question_id / CARD_ID_STEP;
    return (asking_id == 0 || asking_id == card_id) &&
           card_question_by_id(set, question_id) != NULL;
}

/* The place of a question in reading.answers. */
static size_t slot_of(const struct reading *reading, size_t question)
{
    size_t universal_count = reading->universal->question_count;
    if (question < universal_count)
        return question;
    return universal_count + question - reading->card->first_question;
}

static bool number_holds(const struct card_test *test, int16_t value)
{
    if (value == GRADE_UNKNOWN)
        return test->accept != 0;
    return test->low <= value && value <= test->high;
}

static bool test_holds(const struct reading *reading, const struct card_test *test)
{
    const struct grade_input *input = reading->input;
    switch ((enum card_subject)test->subject) {
    case SUBJECT_ANSWER:
        return test->accept >> reading->answers[slot_of(reading, test->question)] & 1;
    case SUBJECT_SEX:
        return test->accept >> input->sex & 1;
    case SUBJECT_ZONE:
        return (test->zones & input->zones) != 0;
    case SUBJECT_ALL_ASKED:
        return reading->open_question_id == 0;
    default:
        return number_holds(test, input->number[test->subject]);
    }
}

static bool clause_holds(const struct reading *reading, const struct card_clause *clause)
{
    for (size_t i = 0; i < clause->test_count; i++)
        if (!test_holds(reading, &reading->set->tests[clause->first_test + i]))
            return false;
    return true;
}

static bool rule_fires(const struct reading *reading, const struct card_rule *rule)
{
    for (size_t i = 0; i < rule->clause_count; i++)
        if (clause_holds(reading, &reading->set->clauses[rule->first_clause + i]))
            return true;
    return false;
}

/* The more urgent of `best` and the most urgent of the card's rules that fire; the first on ties.
 */
static const struct card_rule *most_urgent(const struct reading *reading, const struct card *card,
                                           const struct card_rule *best)
{
    for (size_t i = 0; i < card->rule_count; i++) {
        const struct card_rule *rule = &reading->set->rules[card->first_rule + i];
        if ((best == NULL || rule->grade < best->grade) && rule_fires(reading, rule))
            best = rule;
    }
    return best;
}

static uint32_t open_question_of(const struct reading *reading, const struct card *card)
{
    for (size_t i = 0; i < card->question_count; i++) {
        const struct card_question *question = &reading->set->questions[card->first_question + i];
        size_t slot = slot_of(reading, card->first_question + i);
        if (reading->answers[slot] != ANSWER_NOT_ASKED || reading->passed[slot])
            continue;
        if (question->ask_clauses == 0 ||
            clause_holds(reading, &reading->set->clauses[question->ask_clause]))
            return question->id;
    }
    return 0;
}

static void read_answers(struct reading *reading, const struct card *card)
{
    const struct grade_input *input = reading->input;
    must(reading->universal->question_count + card->question_count <= CARD_ANSWER_MAX);
    for (size_t q = 0; q < card->question_count; q++) {
        uint32_t id = reading->set->questions[card->first_question + q].id;
        for (uint32_t a = 0; a < input->answer_count; a++)
            if (input->answers[a].question_id == id)
                reading->answers[slot_of(reading, card->first_question + q)] =
                    input->answers[a].value & 3;
    }
}

static uint32_t open_question(const struct reading *reading)
{
    uint32_t id = open_question_of(reading, reading->universal);
    if (id == 0 && reading->card != NULL)
        id = open_question_of(reading, reading->card);
    return id;
}

/* Without answers. -1: no such card. */
static int begin_reading(const struct card_set *set, const struct grade_input *input,
                         struct reading *reading)
{
    *reading = (struct reading){.set = set, .input = input, .universal = card_by_id(set, 0)};
    if (reading->universal == NULL)
        return -1;
    return input->card_id != 0 && (reading->card = card_by_id(set, input->card_id)) == NULL ? -1
                                                                                            : 0;
}

static const struct card_rule *rule_of(struct reading *reading)
{
    reading->open_question_id = open_question(reading);
    const struct card_rule *rule = most_urgent(reading, reading->universal, NULL);
    return reading->card != NULL ? most_urgent(reading, reading->card, rule) : rule;
}

int grade_evaluate(const struct card_set *set, const struct grade_input *input,
                   struct grade_result *result)
{
    struct reading reading;
    if (begin_reading(set, input, &reading) < 0)
        return -1;
    read_answers(&reading, reading.universal);
    if (reading.card != NULL)
        read_answers(&reading, reading.card);
    const struct card_rule *rule = rule_of(&reading);

    uint8_t grade = rule != NULL ? rule->grade : 0;
    bool settled = grade == 1; /* no answer can make it more urgent */
    uint32_t next_id = settled ? 0 : reading.open_question_id;
    bool raised = grade != 0 && input->floor_grade != 0 && input->floor_grade < grade;
    *result = (struct grade_result){
        .grade = raised ? input->floor_grade : grade,
        .clinical_grade = grade,
        .provisional = grade != 0 && !settled && (next_id != 0 || reading.card == NULL),
        .determinant_id = rule != NULL ? rule->id : 0,
        .next_question_id = next_id,
        .rule = rule,
    };
    return 0;
}

static uint8_t answer_to(const struct grade_input *input, uint32_t question_id)
{
    uint8_t value = ANSWER_NOT_ASKED;
    for (uint32_t i = 0; i < input->answer_count; i++)
        if (input->answers[i].question_id == question_id)
            value = input->answers[i].value & 3;
    return value;
}

static size_t slot_of_id(const struct reading *reading, uint32_t question_id)
{
    const struct card_question *question = card_question_by_id(reading->set, question_id);
    return slot_of(reading, (size_t)(question - reading->set->questions));
}

uint32_t grade_way(const struct card_set *set, const struct grade_input *input,
                   uint32_t question_id[static CARD_ANSWER_MAX])
{
    struct reading reading;
    uint32_t n = 0;
    if (begin_reading(set, input, &reading) < 0)
        return 0;
    while (n < CARD_ANSWER_MAX) {
        const struct card_rule *rule = rule_of(&reading);
        uint32_t id = reading.open_question_id;
        if (id == 0 || (rule != NULL && rule->grade == 1))
            break;
        reading.answers[slot_of_id(&reading, id)] = answer_to(input, id);
        reading.passed[slot_of_id(&reading, id)] = true;
        question_id[n++] = id;
    }
    return n;
}

static bool hour_in(const struct plan *plan, uint8_t hour)
{
    if (plan->hour_from == plan->hour_to)
        return true;
    if (plan->hour_from < plan->hour_to)
        return plan->hour_from <= hour && hour < plan->hour_to;
    return hour >= plan->hour_from || hour < plan->hour_to;
}

const struct plan *plan_find(const struct card_set *set, uint8_t grade, uint32_t zones,
                             uint8_t hour, uint8_t surge)
{
    must(grade <= GRADE_COUNT && hour < 24);
    if (surge > PLAN_SURGE_MAX)
        surge = PLAN_SURGE_MAX;
    for (uint16_t i = 0; i < set->plan_count; i++) {
        const struct plan *plan = &set->plans[i];
        if ((plan->grades >> grade & 1) && (plan->zones == 0 || (plan->zones & zones) != 0) &&
            hour_in(plan, hour) && plan->surge_from <= surge && surge <= plan->surge_to)
            return plan;
    }
    return NULL;
}

const struct plan *plan_by_id(const struct card_set *set, uint32_t plan_id)
{
    for (uint16_t i = 0; i < set->plan_count; i++)
        if (set->plans[i].id == plan_id)
            return &set->plans[i];
    return NULL;
}

const struct plan *plan_by_code(const struct card_set *set, const char *code, uint32_t n)
{
    for (size_t i = 0; i < set->plan_count; i++) {
        const char *own = card_text(set, set->plans[i].code);
        if (strlen(own) == n && memcmp(own, code, n) == 0)
            return &set->plans[i];
    }
    return NULL;
}
