#include "dispatch/policy/cardfile_build.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void build_complain(struct card_builder *builder, const yaml_node_t *node, const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    complain(builder->file.complaints, builder->file.path, yamlfile_line(node), "%s", message);
}

bool build_room(struct card_builder *builder, const yaml_node_t *node, size_t used, size_t limit,
                const char *what)
{
    if (used < limit)
        return true;
    build_complain(builder, node, "too many %s: at most %zu fit", what, limit);
    return false;
}

uint32_t build_text(struct card_builder *builder, const char *text)
{
    struct card_set *set = builder->set;
    if (text == NULL)
        return 0;
    size_t bytes = strlen(text) + 1;
    if (bytes > sizeof set->text - set->text_bytes) {
        build_complain(builder, yamlfile_root(&builder->file), "too much text: at most %zu bytes",
                       sizeof set->text);
        return 0;
    }
    uint32_t offset = set->text_bytes;
    memcpy(set->text + offset, text, bytes);
    set->text_bytes += (uint32_t)bytes;
    return offset;
}

uint32_t build_text_of(struct card_builder *builder, const yaml_node_t *map, const char *key)
{
    return build_text(builder, yamlfile_text(&builder->file, map, key));
}

uint32_t build_optional_text(struct card_builder *builder, const yaml_node_t *map, const char *key)
{
    const yaml_node_t *node = yamlfile_get(&builder->file, map, key);
    if (node == NULL || (node->type == YAML_SCALAR_NODE && node->data.scalar.length == 0))
        return 0;
    return build_text_of(builder, map, key);
}

/* Chinese characters are three or four bytes beginning with E3 or more; no Western letter is. */
static bool has_chinese(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text >= 0xE3)
            return true;
    return false;
}

struct card_text build_languages(struct card_builder *builder, const yaml_node_t *map)
{
    const char *zh = yamlfile_text(&builder->file, map, "zh");
    const char *en = yamlfile_text(&builder->file, map, "en");
    if (zh != NULL && !has_chinese(zh))
        build_complain(builder, map, "\"zh\" is not Chinese: \"%s\"", zh);
    if (en != NULL && has_chinese(en))
        build_complain(builder, map, "\"en\" is not English: \"%s\"", en);
    uint32_t zh_offset = build_text(builder, zh);
    return (struct card_text){.zh = zh_offset, .en = build_text(builder, en)};
}

struct card_text build_optional_languages(struct card_builder *builder, const yaml_node_t *map,
                                          const char *key)
{
    static const char *const keys[] = {"zh", "en", NULL};
    const yaml_node_t *node = yamlfile_get(&builder->file, map, key);
    if (node == NULL || yamlfile_form(&builder->file, node, keys) < 0)
        return (struct card_text){0};
    return build_languages(builder, node);
}

uint32_t build_kinds(struct card_builder *builder, const yaml_node_t *map, const char *key,
                     const struct kind_table *table)
{
    size_t count;
    const yaml_node_item_t *items = yamlfile_list(&builder->file, map, key, 0, &count);
    uint32_t bits = 0;
    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *node = yamlfile_item(&builder->file, items[i]);
        const char *word = yamlfile_scalar(&builder->file, node, key);
        int kind = word == NULL ? -1 : kind_find(table, word);
        if (kind >= 0)
            bits |= KIND_BIT(kind);
        else if (word != NULL)
            build_complain(builder, node, "unknown %s \"%s\"", table->what, word);
    }
    return bits;
}

const char *build_name(struct card_builder *builder, const yaml_node_t *map, const char *key,
                       char joint)
{
    char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789?";
    const char *name = yamlfile_text(&builder->file, map, key);
    allowed[sizeof allowed - 2] = joint;
    if (name == NULL)
        return NULL;
    size_t length = strlen(name);
    if (length <= 40 && strspn(name, allowed) == length)
        return name;
    build_complain(builder, yamlfile_get(&builder->file, map, key),
                   "\"%s\" must be at most 40 of a-z, 0-9 and %c, not \"%s\"", key, joint, name);
    return NULL;
}
