/* grade: how urgent is this call? Cards (data) + answers in, grade 1 to 5 and determinant out.
 *
 * Universal questions come first, then the complaint's own. A rule is a list of alternatives, each
 * a list of tests; of all rules that fire the most urgent (lowest number) wins, never a sum. A
 * first red answer already grades, `provisional` while further questions may still raise it.
 * "Red" is the answer that worries; a rule that asks for red also takes `unknown`.
 * What the grade asks for is a second table: plan_find().
 *
 * Owner: the caller; a card_set is plain data without pointers, filled by cardfile_load() and then
 * only read. Thread: any. Errors: none but "no such card"; the cards were checked when loaded.
 * Ids: a question is card number * 100 + its number (universal: 1 to 99), a determinant likewise;
 * they are stable, and facts carry them. Grades: 1 most urgent to 5; 0 is "not graded yet".
 * Start here: struct grade_input, grade_evaluate(). A new subject of a test: enum card_subject,
 * test_holds() and the words of dispatch/policy/cardfile_rule.c. */
#ifndef CORE_GRADE_H
#define CORE_GRADE_H

#include <stdbool.h>
#include <stdint.h>

#include "dispatch/core/kind.h"
#include "dispatch/core/types.h"

enum {
    GRADE_COUNT = 5,
    GRADE_UNKNOWN = -1, /* an age or a vital sign nobody has told */
    CARD_MAX = 40,
    CARD_QUESTION_MAX = 400,
    CARD_RULE_MAX = 400,
    CARD_CLAUSE_MAX = 1000,
    CARD_TEST_MAX = 2000,
    CARD_TEXT_BYTES_MAX = 128 * 1024,
    CARD_OWN_QUESTION_MAX = 12, /* of one card */
    CARD_ANSWER_MAX = 24,       /* universal + one card's: what an incident may hold */
    CARD_ID_STEP = 100,
    PLAN_MAX = 64,
    PLAN_SLOT_MAX = 6,
    PLAN_STEP_MAX = 16, /* of its check-list */
    PLAN_SURGE_MAX = 3, /* surge levels 0 (ordinary) to 3 */
    CARD_HASH_BYTES = 32
};

enum { ANSWER_COUNT = ANSWER_UNKNOWN + 1, SEX_COUNT = SEX_MALE + 1 };

/* What a test looks at. Numbers (age and vitals) come first: they index grade_input.number. */
enum card_subject {
    SUBJECT_AGE_YEARS,
    SUBJECT_HEART_RATE,
    SUBJECT_RESP_RATE,
    SUBJECT_SYSTOLIC_MMHG,
    SUBJECT_SPO2_PERCENT,
    SUBJECT_GCS,
    SUBJECT_NUMBER_COUNT,
    SUBJECT_ANSWER = SUBJECT_NUMBER_COUNT,
    SUBJECT_SEX,
    SUBJECT_ZONE,
    SUBJECT_ALL_ASKED, /* no question is open: a rule's "otherwise" */
    SUBJECT_COUNT
};

/* Offset of a zero-terminated text in card_set.text; 0 is the empty text. */
struct card_text {
    uint32_t zh, en;
};

struct card_question {
    uint32_t id;
    uint32_t key; /* text offset: the short name rules use */
    struct card_text text;
    uint8_t red;          /* ANSWER_YES or ANSWER_NO */
    uint16_t ask_clause;  /* asked only if this clause holds ... */
    uint16_t ask_clauses; /* ... or always, when this is 0 (else 1) */
    uint16_t line;
};

struct card_test {
    uint8_t subject; /* enum card_subject */
    uint8_t accept;  /* bits 1 << enum answer, 1 << enum sex; numbers: 1 if unknown will do */
    uint16_t question;
    int16_t low, high; /* numbers: low <= x <= high */
    uint32_t zones;    /* any of these kinds */
};

/* A list of tests that must all hold. */
struct card_clause {
    uint16_t first_test, test_count;
};

/* A list of clauses of which one must hold. */
struct card_rule {
    uint32_t id;
    uint32_t code; /* text offset: "chest-pain.1-not-alert" */
    struct card_text text, advice;
    uint8_t grade;
    uint16_t first_clause, clause_count;
    uint32_t capabilities_preferred;
    uint32_t hospitals; /* hospital kinds wanted; 0: as the plan says */
    uint16_t line;
};

struct card {
    uint32_t id;
    uint32_t code, file, version, licence, source; /* text offsets */
    uint32_t approved_by;                          /* empty text: a demonstration, not for use */
    struct card_text name, advice;
    uint16_t first_question, question_count;
    uint16_t first_rule, rule_count;
    uint32_t capabilities_preferred;
    uint32_t hospitals;
    uint16_t line;
};

struct plan_slot {
    uint32_t required, preferred; /* capability bits */
    uint8_t count;                /* so many units of this sort */
};

struct plan {
    uint32_t id;
    uint32_t code; /* text offset */
    struct card_text text;
    uint8_t grades;             /* bits 1 << grade */
    uint8_t hour_from, hour_to; /* [from, to), may wrap midnight; equal: all day */
    uint8_t surge_from, surge_to;
    uint8_t slot_count;
    uint32_t zones;     /* any of these kinds; 0: anywhere */
    uint32_t hospitals; /* hospital kinds that will do */
    uint16_t line;
    struct plan_slot slots[PLAN_SLOT_MAX];
    uint8_t step_count;
    struct card_text steps[PLAN_STEP_MAX]; /* the check-list; a step's number is its place from 1 */
};

/* cards[0] is the universal card, with id 0; the others follow in order of id. */
struct card_set {
    uint8_t hash[CARD_HASH_BYTES]; /* of the source files, names and order included */
    bool demonstration;            /* at least one card no medical director has approved */
    uint32_t version;              /* text offset: of the universal card */
    uint32_t plan_file;            /* text offset */
    uint16_t card_count, question_count, rule_count, clause_count, test_count, plan_count;
    uint32_t text_bytes;
    struct card cards[CARD_MAX];
    struct card_question questions[CARD_QUESTION_MAX];
    struct card_rule rules[CARD_RULE_MAX];
    struct card_clause clauses[CARD_CLAUSE_MAX];
    struct card_test tests[CARD_TEST_MAX];
    struct plan plans[PLAN_MAX];
    char text[CARD_TEXT_BYTES_MAX];
};

struct card_answer {
    uint32_t question_id;
    uint8_t value; /* enum answer */
};

/* Set it up with grade_input_init(): zero is a heart rate, not an unknown one. */
struct grade_input {
    uint32_t card_id; /* 0: no complaint chosen yet, universal questions only */
    const struct card_answer *answers;
    uint32_t answer_count; /* answers to questions of other cards are ignored */
    int16_t number[SUBJECT_NUMBER_COUNT];
    enum sex sex;
    uint32_t zones;      /* bits of the zone kinds the place lies in */
    uint8_t floor_grade; /* the place alone makes it at least this urgent; 0: it does not */
};

struct grade_result {
    uint8_t grade;             /* 0: nothing has fired yet */
    uint8_t clinical_grade;    /* before floor_grade; differs if the zone raised it */
    bool provisional;          /* an open question (or the choice of a card) may still raise it */
    uint32_t determinant_id;   /* 0: none */
    uint32_t next_question_id; /* 0: nothing left to ask */
    const struct card_rule *rule; /* in the set; NULL: none */
};

void grade_input_init(struct grade_input *input);

/* 0, or -1 when the set has no card `input->card_id` (then *result is untouched). */
int grade_evaluate(const struct card_set *set, const struct grade_input *input,
                   struct grade_result *result);

/* The questions that the card's way asks for, in its order: each that is open when those before it
 * are answered as here, until the grade is settled. One that nobody answered is gone past, and
 * what hangs on its answer is not asked for. Returns how many; 0 when there is no such card. */
uint32_t grade_way(const struct card_set *set, const struct grade_input *input,
                   uint32_t question_id[static CARD_ANSWER_MAX]);

/* NULL when there is none. `code` is "chest-pain". */
const struct card *card_find(const struct card_set *set, const char *code);
const struct card *card_by_id(const struct card_set *set, uint32_t card_id);
const struct card_question *card_question_by_id(const struct card_set *set, uint32_t question_id);
const struct card_rule *card_rule_by_id(const struct card_set *set, uint32_t determinant_id);

/* Whether this card, or the universal one, asks this question. */
bool card_asks(const struct card_set *set, uint32_t card_id, uint32_t question_id);

static inline const char *card_text(const struct card_set *set, uint32_t offset)
{
    return set->text + offset;
}

/* The first plan of the file that covers this; NULL only for sets that card_check() refuses.
 * `hour` is local, 0 to 23; `surge` above PLAN_SURGE_MAX counts as PLAN_SURGE_MAX. */
const struct plan *plan_find(const struct card_set *set, uint8_t grade, uint32_t zones,
                             uint8_t hour, uint8_t surge);
const struct plan *plan_by_id(const struct card_set *set, uint32_t plan_id);
const struct plan *plan_by_code(const struct card_set *set, const char *code, uint32_t n);

#endif
