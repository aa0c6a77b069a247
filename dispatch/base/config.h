/* config: every setting of dispatchd, as config.def lists them.
 * The caller owns `struct config`, a plain value that may be copied. Loop thread. Units are in the
 * names. Errors: every complaint of a file at once, each `file:line: [section] name: why`, and the
 * struct is left as it was.
 * To add a setting, add a row to config.def and run `dispatchd --print-config` into
 * deploy/dispatch.conf; tests/unit/test_config.c says so if you forget. */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { CONFIG_TEXT_MAX = 512, CONFIG_HOST_MAX = 128, CONFIG_COMPLAINT_MAX = 4096 };

/* "host:port"; an IPv6 host stands in brackets in the file, not here. Empty host: switched off. */
struct config_addr {
    char host[CONFIG_HOST_MAX];
    uint16_t port;
};

/* One C field per type of setting. SIZE is bytes, written with an optional KiB, MiB or GiB; a WORD
 * is one of those its row lists; a PATH is text that names a file ("" where none). */
#define CONFIG_INT(name) int32_t name;
#define CONFIG_SIZE(name) int64_t name;
#define CONFIG_BOOL(name) bool name;
#define CONFIG_ADDR(name) struct config_addr name;
#define CONFIG_TEXT(name) char name[CONFIG_TEXT_MAX];
#define CONFIG_PATH(name) char name[CONFIG_TEXT_MAX];
#define CONFIG_WORD(name) char name[CONFIG_TEXT_MAX];

struct config {
#define SECTION(section, en, zh) struct {
#define SETTING(section, name, TYPE, fallback, min, max, unit, when, en, zh, source)               \
    CONFIG_##TYPE(name)
#define SECTION_END(section)                                                                       \
    }                                                                                              \
    section;
#include "dispatch/base/config.def"
#undef SECTION
#undef SETTING
#undef SECTION_END
};

void config_defaults(struct config *config);

/* Read a file over the defaults. 0, or -1 with the complaints, one a line. */
int config_load(struct config *config, const char *path,
                char complaints[static CONFIG_COMPLAINT_MAX]);

/* The same from memory; `name` stands for the file in complaints. */
int config_parse(struct config *config, const char *name, const char *text,
                 char complaints[static CONFIG_COMPLAINT_MAX]);

/* Read the file again into a running server. Settings that need a restart keep their value and are
 * named in `notes` ("" when none). A bad file changes nothing: the last good one stays in force. */
int config_reload(struct config *config, const char *path,
                  char complaints[static CONFIG_COMPLAINT_MAX],
                  char notes[static CONFIG_COMPLAINT_MAX]);

/* The whole configuration as a file that config_load reads back to the same struct, every setting
 * explained in English and Chinese. Printed from the defaults it is deploy/dispatch.conf. */
void config_print(const struct config *config, FILE *out);

/* Allow lists ("a b c", separated by spaces): is `word` in it? */
bool config_has_word(const char *list, const char *word);

#endif
