/* yamlfile: one YAML document read strictly, every complaint with its file and line.
 *
 * Getters return the value, or complain and return NULL / -1; callers go on, so that one run shows
 * all that is wrong. Owner: the caller; what getters return lives until yamlfile_close(). Thread:
 * any. Errors: in the `complaints` given at yamlfile_open(). Bounded: files to YAMLFILE_BYTES_MAX,
 * and nothing here recurses. Start here: yamlfile_open(), yamlfile_root(), yamlfile_form(). */
#ifndef POLICY_YAMLFILE_H
#define POLICY_YAMLFILE_H

#include <stdint.h>
#include <yaml.h>

#include "dispatch/policy/complaints.h"

enum { YAMLFILE_BYTES_MAX = 256 * 1024 };

struct yamlfile {
    const char *path;
    struct complaints *complaints;
    yaml_document_t document;
    unsigned char *bytes; /* as read, for hashing */
    size_t byte_count;
};

/* 0, or -1 after a complaint (then there is nothing to close). `path` is borrowed till close. */
int yamlfile_open(struct yamlfile *file, const char *path, struct complaints *complaints);
void yamlfile_close(struct yamlfile *file);

yaml_node_t *yamlfile_root(struct yamlfile *file);
unsigned yamlfile_line(const yaml_node_t *node);

/* 0 if `node` is a mapping whose keys are all in `keys` (ends with NULL) and there once each. */
int yamlfile_form(struct yamlfile *file, const yaml_node_t *node, const char *const *keys);

/* The value of `key`, or NULL; never complains. */
yaml_node_t *yamlfile_get(struct yamlfile *file, const yaml_node_t *map, const char *key);

/* A scalar's text, never empty. */
const char *yamlfile_scalar(struct yamlfile *file, const yaml_node_t *node, const char *what);
const char *yamlfile_text(struct yamlfile *file, const yaml_node_t *map, const char *key);

/* 0 and *number in [low, high], or -1. */
int yamlfile_number(struct yamlfile *file, const yaml_node_t *map, const char *key, long low,
                    long high, long *number);

/* Items of the list under `key`: *count of them, [] allowed. NULL when there are none; a missing
 * key is complained of if `required`. */
const yaml_node_item_t *yamlfile_list(struct yamlfile *file, const yaml_node_t *map,
                                      const char *key, int required, size_t *count);
const yaml_node_item_t *yamlfile_items(const yaml_node_t *list, size_t *count);
yaml_node_t *yamlfile_item(struct yamlfile *file, yaml_node_item_t item);

/* Decimal digits only, whole text, in [low, high]; 0 or -1. Does not complain. */
int yamlfile_parse_number(const char *text, long low, long high, long *number);

#endif
