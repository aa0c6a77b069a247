#include "dispatch/policy/cardfile_build.h"

#include <stdio.h>
#include <string.h>

static const char *const reserved_keys[] = {"age", "heart_rate", "resp_rate", "systolic",  "spo2",
                                            "gcs", "sex",        "zone",      "otherwise", NULL};

static bool is_reserved(const char *key)
{
    for (const char *const *reserved = reserved_keys; *reserved != NULL; reserved++)
        if (strcmp(*reserved, key) == 0)
            return true;
    return false;
}

/* The key is new among the universal questions and this card's. */
static void check_key(struct card_builder *builder, const struct card *card, const char *key,
                      const yaml_node_t *map)
{
    const struct card_set *set = builder->set;
    if (is_reserved(key))
        build_complain(builder, map, "a question cannot be called \"%s\"", key);
    for (size_t i = 0; i < set->question_count; i++)
        if ((set->questions[i].id < CARD_ID_STEP || i >= card->first_question) &&
            strcmp(card_text(set, set->questions[i].key), key) == 0)
            build_complain(builder, map, "question \"%s\" is there twice", key);
}

static uint8_t read_red(struct card_builder *builder, const yaml_node_t *map)
{
    const char *red = yamlfile_text(&builder->file, map, "red");
    if (red != NULL && strcmp(red, "yes") != 0 && strcmp(red, "no") != 0)
        build_complain(builder, map, "\"red\" must be yes or no, not \"%s\"", red);
    return red != NULL && strcmp(red, "no") == 0 ? ANSWER_NO : ANSWER_YES;
}

static void add_question(struct card_builder *builder, struct card *card, const yaml_node_t *map)
{
    static const char *const keys[] = {"key", "number", "red", "ask", "zh", "en", NULL};
    struct card_set *set = builder->set;
    struct card_question question = {.line = (uint16_t)yamlfile_line(map)};
    long number = 0;
    if (yamlfile_form(&builder->file, map, keys) < 0 ||
        !build_room(builder, map, set->question_count, CARD_QUESTION_MAX, "questions") ||
        !build_room(builder, map, card->question_count, CARD_OWN_QUESTION_MAX,
                    "questions on one card"))
        return;
    const char *key = build_name(builder, map, "key", '_');
    if (key != NULL)
        check_key(builder, card, key, map);
    question.key = build_text(builder, key);
    if (yamlfile_number(&builder->file, map, "number", 1, CARD_ID_STEP - 1, &number) == 0) {
        question.id = card->id * CARD_ID_STEP + (uint32_t)number;
        if (card_question_by_id(set, question.id) != NULL)
            build_complain(builder, map, "question number %ld is there twice", number);
    }
    question.red = read_red(builder, map);
    question.text = build_languages(builder, map);
    build_ask(builder, card, &question, map);
    set->questions[set->question_count++] = question;
    card->question_count++;
}

/* The file is called after the card. */
static void check_file_name(struct card_builder *builder, const char *code, const yaml_node_t *root)
{
    char expected[64];
    const char *slash = strrchr(builder->file.path, '/');
    const char *name = slash == NULL ? builder->file.path : slash + 1;
    snprintf(expected, sizeof expected, "%s.yaml", code);
    if (strcmp(name, expected) != 0)
        build_complain(builder, root, "card \"%s\" must be in a file called %s", code, expected);
}

static void read_head(struct card_builder *builder, struct card *card, const yaml_node_t *root)
{
    struct card_set *set = builder->set;
    long number = 0;
    const char *code = build_name(builder, root, "card", '-');
    if (code != NULL)
        check_file_name(builder, code, root);
    card->code = build_text(builder, code);
    bool universal = code != NULL && strcmp(code, "universal") == 0;
    if (yamlfile_number(&builder->file, root, "number", universal ? 0 : 1, universal ? 0 : 999,
                        &number) == 0) {
        const struct card *same = card_by_id(set, (uint32_t)number);
        if (same != NULL)
            build_complain(builder, root, "card number %ld is also that of \"%s\"", number,
                           card_text(set, same->code));
    }
    card->id = (uint32_t)number;
    card->file = build_text(builder, builder->file.path);
    card->version = build_text_of(builder, root, "version");
    card->licence = build_text_of(builder, root, "licence");
    card->source = build_text_of(builder, root, "source");
    card->approved_by = build_optional_text(builder, root, "approved_by");
    card->name = build_optional_languages(builder, root, "name");
    if (card->name.zh == 0)
        build_complain(builder, root, "\"name\" with zh and en is missing");
    card->advice = build_optional_languages(builder, root, "advice");
    card->capabilities_preferred = build_kinds(builder, root, "prefer", &capability_table);
    card->hospitals = build_kinds(builder, root, "hospitals", &hospital_kind_table);
    if (card->approved_by == 0)
        set->demonstration = true;
}

void build_card(struct card_builder *builder)
{
    static const char *const keys[] = {"card",        "number", "version", "licence", "source",
                                       "approved_by", "name",   "advice",  "prefer",  "hospitals",
                                       "questions",   "rules",  NULL};
    struct card_set *set = builder->set;
    const yaml_node_t *root = yamlfile_root(&builder->file);
    struct card card = {.line = (uint16_t)yamlfile_line(root),
                        .first_question = set->question_count};
    size_t count;
    if (yamlfile_form(&builder->file, root, keys) < 0 ||
        !build_room(builder, root, set->card_count, CARD_MAX, "cards"))
        return;
    read_head(builder, &card, root);
    const yaml_node_item_t *items = yamlfile_list(&builder->file, root, "questions", 1, &count);
    for (size_t i = 0; i < count; i++)
        add_question(builder, &card, yamlfile_item(&builder->file, items[i]));
    build_rules(builder, &card, root);
    set->cards[set->card_count++] = card;
}
