/* cardfile_build: what the files of cardfile share while they fill a card_set. Internal to
 * cardfile*.c; owner and errors as in cardfile.h. Every build_… complains and goes on; the set is
 * thrown away if anybody complained. */
#ifndef POLICY_CARDFILE_BUILD_H
#define POLICY_CARDFILE_BUILD_H

#include "dispatch/core/grade.h"
#include "dispatch/policy/yamlfile.h"

struct card_builder {
    struct card_set *set;
    struct yamlfile file; /* the one being read */
};

/* Offset of a copy, or 0 (the empty text) when `text` is NULL or the pool is full. */
uint32_t build_text(struct card_builder *builder, const char *text);
uint32_t build_text_of(struct card_builder *builder, const yaml_node_t *map, const char *key);

/* The value of a key that may be missing or empty. */
uint32_t build_optional_text(struct card_builder *builder, const yaml_node_t *map, const char *key);

/* Both languages: keys zh and en of `map`; or of the mapping under `key`, if there is one. */
struct card_text build_languages(struct card_builder *builder, const yaml_node_t *map);
struct card_text build_optional_languages(struct card_builder *builder, const yaml_node_t *map,
                                          const char *key);

/* Bits of the kinds listed under `key`; 0 if it is missing. */
uint32_t build_kinds(struct card_builder *builder, const yaml_node_t *map, const char *key,
                     const struct kind_table *table);

/* Whether one more fits, complaining at `node` if not. */
bool build_room(struct card_builder *builder, const yaml_node_t *node, size_t used, size_t limit,
                const char *what);

/* A name of lower-case letters, digits and `joint`; NULL after a complaint. */
const char *build_name(struct card_builder *builder, const yaml_node_t *map, const char *key,
                       char joint);

__attribute__((format(printf, 3, 4))) void
build_complain(struct card_builder *builder, const yaml_node_t *node, const char *format, ...);

/* One file each: the card or the plans in builder->file. */
void build_card(struct card_builder *builder);
void build_plans(struct card_builder *builder);

/* The rules of `card`, whose questions are already there; and a question's "ask". */
void build_rules(struct card_builder *builder, struct card *card, const yaml_node_t *root);
void build_ask(struct card_builder *builder, const struct card *card,
               struct card_question *question, const yaml_node_t *map);

#endif
