/* Question cards, response plans and the words of masks as JSON, for consoles to keep by hash. */
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/server/server_impl.h"

static json_t *text_of(const struct card_set *set, uint32_t offset)
{
    return json_string(card_text(set, offset));
}

static json_t *both(const struct card_set *set, struct card_text text)
{
    return json_pack("{s:o, s:o}", "zh", text_of(set, text.zh), "en", text_of(set, text.en));
}

/* The answers that let a question be asked: [{"question": 101, "answer": ["yes", "unknown"]}]. */
static json_t *conditions(const struct card_set *set, const struct card_question *question)
{
    json_t *list = json_array();
    const struct card_clause *clause = &set->clauses[question->ask_clause];
    for (uint16_t i = 0; question->ask_clauses && i < clause->test_count; i++) {
        const struct card_test *test = &set->tests[clause->first_test + i];
        json_t *words = json_array();
        if (test->subject != SUBJECT_ANSWER) {
            json_decref(words);
            continue;
        }
        for (int word = 0; word < ANSWER_COUNT; word++)
            if (test->accept >> word & 1)
                json_array_append_new(words, json_string(words_name(&answer_words, word)));
        json_array_append_new(
            list, json_pack("{s:i, s:o}", "question", (int)test->question, "answer", words));
    }
    return list;
}

static json_t *questions(const struct card_set *set, const struct card *card)
{
    json_t *list = json_array();
    for (uint16_t i = 0; i < card->question_count; i++) {
        const struct card_question *it = &set->questions[card->first_question + i];
        json_array_append_new(
            list, json_pack("{s:i, s:o, s:o, s:o, s:s, s:o}", "question", (int)it->id, "key",
                            text_of(set, it->key), "zh", text_of(set, it->text.zh), "en",
                            text_of(set, it->text.en), "red", words_name(&answer_words, it->red),
                            "asked_if", conditions(set, it)));
    }
    return list;
}

static json_t *rules(const struct card_set *set, const struct card *card)
{
    json_t *list = json_array();
    for (uint16_t i = 0; i < card->rule_count; i++) {
        const struct card_rule *it = &set->rules[card->first_rule + i];
        json_array_append_new(
            list, json_pack("{s:o, s:i, s:o, s:o, s:o}", "determinant", text_of(set, it->code),
                            "grade", (int)it->grade, "zh", text_of(set, it->text.zh), "en",
                            text_of(set, it->text.en), "advice", both(set, it->advice)));
    }
    return list;
}

static json_t *card_json(const struct card_set *set, const struct card *card)
{
    return json_pack("{s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I}", "code",
                     text_of(set, card->code), "card", (int)card->id, "version",
                     text_of(set, card->version), "source", text_of(set, card->source), "licence",
                     text_of(set, card->licence), "approved_by", text_of(set, card->approved_by),
                     "name", both(set, card->name), "advice", both(set, card->advice), "questions",
                     questions(set, card), "rules", rules(set, card), "capabilities_preferred",
                     (json_int_t)card->capabilities_preferred, "hospitals",
                     (json_int_t)card->hospitals);
}

static json_t *slots(const struct plan *plan)
{
    json_t *list = json_array();
    for (uint8_t i = 0; i < plan->slot_count; i++)
        json_array_append_new(list, json_pack("{s:i, s:I, s:I}", "count", (int)plan->slots[i].count,
                                              "required", (json_int_t)plan->slots[i].required,
                                              "preferred", (json_int_t)plan->slots[i].preferred));
    return list;
}

static json_t *plan_json(const struct card_set *set, const struct plan *plan)
{
    json_t *grades = json_array(), *steps = json_array();
    for (int grade = 1; grade <= GRADE_COUNT; grade++)
        if (plan->grades >> grade & 1)
            json_array_append_new(grades, json_integer(grade));
    for (uint8_t i = 0; i < plan->step_count; i++)
        json_array_append_new(steps, json_pack("{s:i, s:o, s:o}", "number", i + 1, "zh",
                                               text_of(set, plan->steps[i].zh), "en",
                                               text_of(set, plan->steps[i].en)));
    return json_pack("{s:o, s:i, s:o, s:o, s:o, s:o, s:I, s:o}", "code", text_of(set, plan->code),
                     "plan", (int)plan->id, "zh", text_of(set, plan->text.zh), "en",
                     text_of(set, plan->text.en), "grades", grades, "slots", slots(plan),
                     "hospitals", (json_int_t)plan->hospitals, "steps", steps);
}

/* Without memory the buffer is left empty, which is no JSON. */
static void write_json(json_t *json, struct buffer *out)
{
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    buffer_add_text(out, text ? text : "");
    free(text);
    json_decref(json);
}

void server_cards_json(const struct card_set *set, struct buffer *out)
{
    char hash[2 * CARD_HASH_BYTES + 1];
    json_t *cards = json_array(), *plans = json_array();
    sodium_bin2hex(hash, sizeof(hash), set->hash, CARD_HASH_BYTES);
    for (uint16_t i = 0; i < set->card_count; i++)
        json_array_append_new(cards, card_json(set, &set->cards[i]));
    for (uint16_t i = 0; i < set->plan_count; i++)
        json_array_append_new(plans, plan_json(set, &set->plans[i]));
    write_json(json_pack("{s:s, s:b, s:o, s:o, s:o}", "hash", hash, "demonstration",
                         set->demonstration, "version", text_of(set, set->version), "cards", cards,
                         "plans", plans),
               out);
}

bool server_card_json(const struct card_set *set, struct text code, struct buffer *out)
{
    for (uint16_t i = 0; i < set->card_count; i++) {
        const char *own = card_text(set, set->cards[i].code);
        if (!text_same(code, (struct text){own, (uint32_t)strlen(own)}))
            continue;
        write_json(card_json(set, &set->cards[i]), out);
        return true;
    }
    return false;
}

bool server_plan_json(const struct card_set *set, struct text code, struct buffer *out)
{
    const struct plan *plan = plan_by_code(set, code.p, code.n);
    if (plan)
        write_json(plan_json(set, plan), out);
    return plan != NULL;
}

static json_t *kinds(const struct kind_table *table)
{
    json_t *list = json_array();
    for (int i = 0; i < table->count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "key", table->rows[i].key, "zh",
                                              table->rows[i].zh, "en", table->rows[i].en));
    return list;
}

void server_words_json(struct buffer *out)
{
    write_json(json_pack("{s:o, s:o, s:o}", "capability", kinds(&capability_table), "zone_kind",
                         kinds(&zone_kind_table), "hospital_kind", kinds(&hospital_kind_table)),
               out);
}
