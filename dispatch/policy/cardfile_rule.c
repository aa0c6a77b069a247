/* Rules and the little language of their tests:
 *
 *   KEY red | clear | yes | no | unknown [or …]   an answer; red takes unknown too
 *   age | heart_rate | resp_rate | systolic | spo2 | gcs   < | <= | > | >= NUMBER [or unknown]
 *   sex female | male | unknown [or …]
 *   zone KIND [or KIND …]
 *   otherwise                                      nothing is left to ask
 *
 * "when" is a list of alternatives; an alternative is one test or a list of tests. */
#include "dispatch/policy/cardfile_build.h"

#include <stdio.h>
#include <string.h>

enum { WORD_MAX = 24, TEST_BYTES_MAX = 200, NUMBER_HIGHEST = 400 };

struct words {
    char buffer[TEST_BYTES_MAX];
    const char *word[WORD_MAX];
    size_t count;
};

static const char *const number_words[SUBJECT_NUMBER_COUNT] = {
    [SUBJECT_AGE_YEARS] = "age",       [SUBJECT_HEART_RATE] = "heart_rate",
    [SUBJECT_RESP_RATE] = "resp_rate", [SUBJECT_SYSTOLIC_MMHG] = "systolic",
    [SUBJECT_SPO2_PERCENT] = "spo2",   [SUBJECT_GCS] = "gcs",
};

static bool split(const char *text, struct words *words)
{
    size_t length = strlen(text);
    words->count = 0;
    if (length >= sizeof words->buffer)
        return false;
    memcpy(words->buffer, text, length + 1);
    for (char *at = words->buffer; *at != '\0';) {
        at += strspn(at, " ");
        if (*at == '\0')
            break;
        if (words->count == WORD_MAX)
            return false;
        words->word[words->count++] = at;
        at += strcspn(at, " ");
        if (*at != '\0')
            *at++ = '\0';
    }
    return words->count > 0;
}

/* Index of the question `key` among the universal ones and the card's, or -1. */
static int find_question(const struct card_set *set, const struct card *card, const char *key)
{
    for (int i = 0; i < set->question_count; i++) {
        bool universal = set->questions[i].id < CARD_ID_STEP;
        if ((universal || i >= card->first_question) &&
            strcmp(card_text(set, set->questions[i].key), key) == 0)
            return i;
    }
    return -1;
}

static uint32_t answer_bits(const struct card_question *question, const char *word)
{
    uint8_t clear = question->red == ANSWER_YES ? ANSWER_NO : ANSWER_YES;
    if (strcmp(word, "red") == 0)
        return 1u << question->red | 1u << ANSWER_UNKNOWN;
    if (strcmp(word, "clear") == 0)
        return 1u << clear;
    if (strcmp(word, "yes") == 0)
        return 1u << ANSWER_YES;
    if (strcmp(word, "no") == 0)
        return 1u << ANSWER_NO;
    return strcmp(word, "unknown") == 0 ? 1u << ANSWER_UNKNOWN : 0;
}

static uint32_t sex_bits(const char *word)
{
    if (strcmp(word, "female") == 0)
        return 1u << SEX_FEMALE;
    if (strcmp(word, "male") == 0)
        return 1u << SEX_MALE;
    return strcmp(word, "unknown") == 0 ? 1u << SEX_UNKNOWN : 0;
}

static uint32_t word_bits(const struct card_set *set, const struct card_test *test,
                          const char *word)
{
    if (test->subject == SUBJECT_ANSWER)
        return answer_bits(&set->questions[test->question], word);
    if (test->subject == SUBJECT_SEX)
        return sex_bits(word);
    int kind = kind_find(&zone_kind_table, word);
    return kind < 0 ? 0 : KIND_BIT(kind);
}

/* "SUBJECT value or value …" */
static bool parse_values(struct card_builder *builder, const yaml_node_t *node,
                         const struct words *words, struct card_test *test)
{
    uint32_t bits = 0;
    for (size_t i = 1; i < words->count; i++) {
        if (i % 2 == 0 && strcmp(words->word[i], "or") == 0)
            continue;
        uint32_t bit = i % 2 == 1 ? word_bits(builder->set, test, words->word[i]) : 0;
        if (bit == 0) {
            build_complain(builder, node, "\"%s\" cannot follow in a test of \"%s\"",
                           words->word[i], words->word[0]);
            return false;
        }
        bits |= bit;
    }
    if (words->count % 2 == 1) {
        build_complain(builder, node, "the test of \"%s\" is not finished", words->word[0]);
        return false;
    }
    if (test->subject == SUBJECT_ZONE)
        test->zones = bits;
    else
        test->accept = (uint8_t)bits;
    return true;
}

/* "SUBJECT < NUMBER [or unknown]" */
static bool parse_number_test(struct card_builder *builder, const yaml_node_t *node,
                              const struct words *words, struct card_test *test)
{
    long number;
    bool or_unknown = words->count == 5 && strcmp(words->word[3], "or") == 0 &&
                      strcmp(words->word[4], "unknown") == 0;
    const char *sign = words->count > 1 ? words->word[1] : "";
    bool below = sign[0] == '<', or_equal = sign[0] != '\0' && sign[1] == '=';
    if ((words->count != 3 && !or_unknown) || (!below && sign[0] != '>') ||
        sign[or_equal ? 2 : 1] != '\0' ||
        yamlfile_parse_number(words->word[2], 0, NUMBER_HIGHEST, &number) < 0) {
        build_complain(builder, node, "must be \"%s < NUMBER\" (or <=, >, >=) [or unknown]",
                       words->word[0]);
        return false;
    }
    long strict = or_equal ? 0 : 1;
    test->low = below ? 0 : (int16_t)(number + strict);
    test->high = below ? (int16_t)(number - strict) : INT16_MAX;
    test->accept = or_unknown;
    return true;
}

static int number_subject(const char *word)
{
    for (int i = 0; i < SUBJECT_NUMBER_COUNT; i++)
        if (strcmp(number_words[i], word) == 0)
            return i;
    return -1;
}

static bool parse_test(struct card_builder *builder, const struct card *card,
                       const yaml_node_t *node, struct card_test *test)
{
    struct words words;
    const char *text = yamlfile_scalar(&builder->file, node, "test");
    memset(test, 0, sizeof *test);
    if (text == NULL)
        return false;
    if (!split(text, &words)) {
        build_complain(builder, node, "this test is empty or too long");
        return false;
    }
    int number = number_subject(words.word[0]);
    if (number >= 0) {
        test->subject = (uint8_t)number;
        return parse_number_test(builder, node, &words, test);
    }
    if (strcmp(words.word[0], "otherwise") == 0 && words.count == 1) {
        test->subject = SUBJECT_ALL_ASKED;
        return true;
    }
    int question = find_question(builder->set, card, words.word[0]);
    bool sex = strcmp(words.word[0], "sex") == 0, zone = strcmp(words.word[0], "zone") == 0;
    if (!sex && !zone && question < 0) {
        build_complain(builder, node, "no question (asked before) is called \"%s\"", words.word[0]);
        return false;
    }
    test->subject = sex ? SUBJECT_SEX : zone ? SUBJECT_ZONE : SUBJECT_ANSWER;
    test->question = question < 0 ? 0 : (uint16_t)question;
    return parse_values(builder, node, &words, test);
}

static void add_test(struct card_builder *builder, const struct card *card, const yaml_node_t *node,
                     struct card_clause *clause)
{
    struct card_set *set = builder->set;
    if (!build_room(builder, node, set->test_count, CARD_TEST_MAX, "tests"))
        return;
    if (!parse_test(builder, card, node, &set->tests[set->test_count]))
        return;
    set->test_count++;
    clause->test_count++;
}

/* One test or a list of tests, all of which must hold. */
static void add_clause(struct card_builder *builder, const struct card *card,
                       const yaml_node_t *node)
{
    struct card_set *set = builder->set;
    if (!build_room(builder, node, set->clause_count, CARD_CLAUSE_MAX, "alternatives"))
        return;
    struct card_clause *clause = &set->clauses[set->clause_count++];
    *clause = (struct card_clause){.first_test = set->test_count};
    if (node->type != YAML_SEQUENCE_NODE) {
        add_test(builder, card, node, clause);
        return;
    }
    size_t count;
    const yaml_node_item_t *items = yamlfile_items(node, &count);
    for (size_t i = 0; i < count; i++)
        add_test(builder, card, yamlfile_item(&builder->file, items[i]), clause);
    if (count == 0)
        build_complain(builder, node, "an alternative without a test would always hold");
}

void build_ask(struct card_builder *builder, const struct card *card,
               struct card_question *question, const yaml_node_t *map)
{
    const struct card_set *set = builder->set;
    const yaml_node_t *node = yamlfile_get(&builder->file, map, "ask");
    if (node == NULL)
        return;
    question->ask_clause = set->clause_count;
    question->ask_clauses = 1;
    uint16_t first_test = set->test_count;
    add_clause(builder, card, node);
    for (size_t i = first_test; i < set->test_count; i++)
        if (set->tests[i].subject == SUBJECT_ALL_ASKED)
            build_complain(builder, node, "a question cannot be asked \"otherwise\"");
}

/* "3-severe" is the card's determinant 3; its full code is "chest-pain.3-severe". */
static void read_code(struct card_builder *builder, const struct card *card, const yaml_node_t *map,
                      struct card_rule *rule)
{
    char full[128];
    char digits[3] = {0};
    long number;
    const char *code = build_name(builder, map, "code", '-');
    if (code == NULL)
        return;
    size_t length = strspn(code, "0123456789");
    memcpy(digits, code, length < 3 ? length : 0);
    if (yamlfile_parse_number(digits, 1, CARD_ID_STEP - 1, &number) < 0 || code[length] != '-') {
        build_complain(builder, map, "\"code\" must begin with its number: \"1-%s\"", code);
        return;
    }
    rule->id = card->id * CARD_ID_STEP + (uint32_t)number;
    if (card_rule_by_id(builder->set, rule->id) != NULL)
        build_complain(builder, map, "determinant %ld is there twice", number);
    snprintf(full, sizeof full, "%s.%s", card_text(builder->set, card->code), code);
    rule->code = build_text(builder, full);
}

static void add_rule(struct card_builder *builder, struct card *card, const yaml_node_t *map)
{
    static const char *const keys[] = {"code",   "grade",     "zh",     "en", "when",
                                       "prefer", "hospitals", "advice", NULL};
    struct card_set *set = builder->set;
    struct card_rule rule = {.line = (uint16_t)yamlfile_line(map)};
    long grade = 0;
    size_t count;
    if (yamlfile_form(&builder->file, map, keys) < 0 ||
        !build_room(builder, map, set->rule_count, CARD_RULE_MAX, "rules"))
        return;
    read_code(builder, card, map, &rule);
    yamlfile_number(&builder->file, map, "grade", 1, GRADE_COUNT, &grade);
    rule.grade = (uint8_t)grade;
    rule.text = build_languages(builder, map);
    rule.advice = build_optional_languages(builder, map, "advice");
    rule.capabilities_preferred = build_kinds(builder, map, "prefer", &capability_table);
    rule.hospitals = build_kinds(builder, map, "hospitals", &hospital_kind_table);
    rule.first_clause = set->clause_count;
    const yaml_node_item_t *items = yamlfile_list(&builder->file, map, "when", 1, &count);
    for (size_t i = 0; i < count; i++)
        add_clause(builder, card, yamlfile_item(&builder->file, items[i]));
    rule.clause_count = (uint16_t)(set->clause_count - rule.first_clause);
    set->rules[set->rule_count++] = rule;
    card->rule_count++;
}

void build_rules(struct card_builder *builder, struct card *card, const yaml_node_t *root)
{
    size_t count;
    const yaml_node_item_t *items = yamlfile_list(&builder->file, root, "rules", 1, &count);
    card->first_rule = builder->set->rule_count;
    for (size_t i = 0; i < count; i++)
        add_rule(builder, card, yamlfile_item(&builder->file, items[i]));
}
