#include "dispatch/policy/yamlfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64 };

static int read_bytes(struct yamlfile *file)
{
    FILE *stream = fopen(file->path, "rb");
    if (stream == NULL) {
        complain(file->complaints, file->path, 0, "cannot be read: %s", strerror(errno));
        return -1;
    }
    file->bytes = malloc(YAMLFILE_BYTES_MAX + 1);
    if (file->bytes != NULL)
        file->byte_count = fread(file->bytes, 1, YAMLFILE_BYTES_MAX + 1, stream);
    int failed = file->bytes == NULL || ferror(stream);
    fclose(stream);
    if (failed)
        complain(file->complaints, file->path, 0, "cannot be read: %s", strerror(errno));
    else if (file->byte_count > YAMLFILE_BYTES_MAX)
        complain(file->complaints, file->path, 0, "is longer than %d bytes", YAMLFILE_BYTES_MAX);
    else
        return 0;
    free(file->bytes);
    return -1;
}

/* Unclosed brackets cost libyaml quadratic time (three minutes for 200,000), so they are counted
 * before it sees them; quotes are not looked at, no honest file comes near the limit. */
static int check_depth(struct yamlfile *file)
{
    int depth = 0;
    unsigned line = 1;
    for (size_t i = 0; i < file->byte_count; i++) {
        unsigned char byte = file->bytes[i];
        depth += (byte == '[' || byte == '{') - (depth > 0 && (byte == ']' || byte == '}'));
        line += byte == '\n';
        if (depth > DEPTH_MAX) {
            complain(file->complaints, file->path, line, "more than %d open brackets", DEPTH_MAX);
            return -1;
        }
    }
    return 0;
}

static int parse_one(struct yamlfile *file, yaml_parser_t *parser, yaml_document_t *document)
{
    if (yaml_parser_load(parser, document))
        return 0;
    complain(file->complaints, file->path, (unsigned)parser->problem_mark.line + 1, "%s",
             parser->problem != NULL ? parser->problem : "is not YAML");
    return -1;
}

/* Exactly one document with something in it. */
static int parse(struct yamlfile *file, yaml_parser_t *parser)
{
    yaml_document_t rest;
    if (parse_one(file, parser, &file->document) < 0)
        return -1;
    if (yaml_document_get_root_node(&file->document) == NULL) {
        complain(file->complaints, file->path, 1, "is empty");
    } else if (parse_one(file, parser, &rest) == 0) {
        const yaml_node_t *second = yaml_document_get_root_node(&rest);
        unsigned line = second == NULL ? 0 : yamlfile_line(second);
        yaml_document_delete(&rest);
        if (second == NULL)
            return 0;
        complain(file->complaints, file->path, line, "holds a second document; one is allowed");
    }
    yaml_document_delete(&file->document);
    return -1;
}

int yamlfile_open(struct yamlfile *file, const char *path, struct complaints *complaints)
{
    yaml_parser_t parser;
    memset(file, 0, sizeof *file);
    file->path = path;
    file->complaints = complaints;
    if (read_bytes(file) < 0)
        return -1;
    int status = -1;
    if (check_depth(file) < 0) {
        free(file->bytes);
        return -1;
    }
    if (yaml_parser_initialize(&parser)) {
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&parser, file->bytes, file->byte_count);
        status = parse(file, &parser);
        yaml_parser_delete(&parser);
    } else {
        complain(complaints, path, 0, "cannot be parsed: out of memory");
    }
    if (status < 0)
        free(file->bytes);
    return status;
}

void yamlfile_close(struct yamlfile *file)
{
    yaml_document_delete(&file->document);
    free(file->bytes);
}

yaml_node_t *yamlfile_root(struct yamlfile *file)
{
    return yaml_document_get_root_node(&file->document);
}

unsigned yamlfile_line(const yaml_node_t *node)
{
    return (unsigned)node->start_mark.line + 1;
}

yaml_node_t *yamlfile_item(struct yamlfile *file, yaml_node_item_t item)
{
    return yaml_document_get_node(&file->document, item);
}

static const char *key_text(struct yamlfile *file, const yaml_node_pair_t *pair)
{
    const yaml_node_t *key = yamlfile_item(file, pair->key);
    return key->type == YAML_SCALAR_NODE ? (const char *)key->data.scalar.value : "(not a word)";
}

static int is_known(const char *const *keys, const char *key)
{
    while (*keys != NULL && strcmp(*keys, key) != 0)
        keys++;
    return *keys != NULL;
}

int yamlfile_form(struct yamlfile *file, const yaml_node_t *node, const char *const *keys)
{
    if (node->type != YAML_MAPPING_NODE) {
        complain(file->complaints, file->path, yamlfile_line(node), "must be \"key: value\" lines");
        return -1;
    }
    int status = 0;
    const yaml_node_pair_t *first = node->data.mapping.pairs.start;
    for (const yaml_node_pair_t *pair = first; pair < node->data.mapping.pairs.top; pair++) {
        const char *key = key_text(file, pair);
        unsigned line = yamlfile_line(yamlfile_item(file, pair->key));
        const yaml_node_pair_t *same = first;
        while (same < pair && strcmp(key_text(file, same), key) != 0)
            same++;
        if (is_known(keys, key) && same == pair)
            continue;
        complain(file->complaints, file->path, line, "%s key \"%s\"",
                 same < pair ? "repeated" : "unknown", key);
        status = -1;
    }
    return status;
}

yaml_node_t *yamlfile_get(struct yamlfile *file, const yaml_node_t *map, const char *key)
{
    if (map->type != YAML_MAPPING_NODE)
        return NULL;
    for (const yaml_node_pair_t *pair = map->data.mapping.pairs.start;
         pair < map->data.mapping.pairs.top; pair++)
        if (strcmp(key_text(file, pair), key) == 0)
            return yamlfile_item(file, pair->value);
    return NULL;
}

const char *yamlfile_scalar(struct yamlfile *file, const yaml_node_t *node, const char *what)
{
    if (node->type != YAML_SCALAR_NODE)
        complain(file->complaints, file->path, yamlfile_line(node), "\"%s\" must be a text", what);
    else if (node->data.scalar.length == 0)
        complain(file->complaints, file->path, yamlfile_line(node), "\"%s\" is empty", what);
    else if (strlen((const char *)node->data.scalar.value) != node->data.scalar.length)
        complain(file->complaints, file->path, yamlfile_line(node), "\"%s\" holds a zero byte",
                 what);
    else
        return (const char *)node->data.scalar.value;
    return NULL;
}

/* The value of a key that must be there. */
static yaml_node_t *need(struct yamlfile *file, const yaml_node_t *map, const char *key)
{
    yaml_node_t *node = yamlfile_get(file, map, key);
    if (node == NULL)
        complain(file->complaints, file->path, yamlfile_line(map), "\"%s\" is missing", key);
    return node;
}

const char *yamlfile_text(struct yamlfile *file, const yaml_node_t *map, const char *key)
{
    const yaml_node_t *node = need(file, map, key);
    return node == NULL ? NULL : yamlfile_scalar(file, node, key);
}

int yamlfile_parse_number(const char *text, long low, long high, long *number)
{
    size_t length = strlen(text);
    if (length == 0 || length > 9 || strspn(text, "0123456789") != length)
        return -1;
    long value = strtol(text, NULL, 10);
    if (value < low || value > high)
        return -1;
    *number = value;
    return 0;
}

int yamlfile_number(struct yamlfile *file, const yaml_node_t *map, const char *key, long low,
                    long high, long *number)
{
    const yaml_node_t *node = need(file, map, key);
    const char *text = node == NULL ? NULL : yamlfile_scalar(file, node, key);
    if (text == NULL)
        return -1;
    if (yamlfile_parse_number(text, low, high, number) == 0)
        return 0;
    complain(file->complaints, file->path, yamlfile_line(node),
             "\"%s\" must be a number from %ld to %ld, not \"%s\"", key, low, high, text);
    return -1;
}

const yaml_node_item_t *yamlfile_items(const yaml_node_t *list, size_t *count)
{
    *count = (size_t)(list->data.sequence.items.top - list->data.sequence.items.start);
    return list->data.sequence.items.start;
}

const yaml_node_item_t *yamlfile_list(struct yamlfile *file, const yaml_node_t *map,
                                      const char *key, int required, size_t *count)
{
    const yaml_node_t *node = required ? need(file, map, key) : yamlfile_get(file, map, key);
    *count = 0;
    if (node == NULL)
        return NULL;
    if (node->type == YAML_SEQUENCE_NODE)
        return yamlfile_items(node, count);
    complain(file->complaints, file->path, yamlfile_line(node), "\"%s\" must be a list", key);
    return NULL;
}
