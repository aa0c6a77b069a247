#include "dispatch/base/config.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/os.h"
#include "dispatch/must.h"

enum { CONFIG_FILE_MAX = 1 << 20, CONFIG_LINE_MAX = 1024 };

enum type { TYPE_INT, TYPE_SIZE, TYPE_BOOL, TYPE_ADDR, TYPE_TEXT, TYPE_PATH, TYPE_WORD };
enum when { RELOAD, RESTART };

struct setting {
    const char *section;
    const char *name;
    enum type type;
    size_t offset;
    size_t size;
    const char *fallback;
    int64_t min;
    int64_t max;
    const char *unit;
    enum when when;
    const char *en;
    const char *zh;
    const char *source;
};

static const struct setting settings[] = {
#define SECTION(section, en, zh)
#define SECTION_END(section)
#define SETTING(section, name, TYPE, fallback, min, max, unit, when, en, zh, source)               \
    {#section,                                                                                     \
     #name,                                                                                        \
     TYPE_##TYPE,                                                                                  \
     offsetof(struct config, section.name),                                                        \
     sizeof(((struct config *)0)->section.name),                                                   \
     fallback,                                                                                     \
     min,                                                                                          \
     max,                                                                                          \
     unit,                                                                                         \
     when,                                                                                         \
     en,                                                                                           \
     zh,                                                                                           \
     source},
#include "dispatch/base/config.def"
#undef SECTION
#undef SECTION_END
#undef SETTING
};
enum { SETTING_COUNT = sizeof(settings) / sizeof(settings[0]) };

static const struct {
    const char *section;
    const char *en;
    const char *zh;
} sections[] = {
#define SECTION(section, en, zh) {#section, en, zh},
#define SECTION_END(section)
#define SETTING(section, name, TYPE, fallback, min, max, unit, when, en, zh, source)
#include "dispatch/base/config.def"
#undef SECTION
#undef SECTION_END
#undef SETTING
};
enum { SECTION_COUNT = sizeof(sections) / sizeof(sections[0]) };

/* Text that grows up to a fixed room; what does not fit ends in "…". */
struct notes {
    char *text;
    size_t used;
    bool full;
};

__attribute__((format(printf, 2, 3))) static void note(struct notes *notes, const char *format, ...)
{
    size_t room = CONFIG_COMPLAINT_MAX - 8 - notes->used;
    va_list args;

    if (notes->full)
        return;
    va_start(args, format);
    int n = vsnprintf(notes->text + notes->used, room, format, args);
    va_end(args);
    must(n >= 0);
    if ((size_t)n >= room) {
        memcpy(notes->text + notes->used, "…\n", sizeof("…\n"));
        notes->full = true;
        return;
    }
    notes->used += (size_t)n;
}

/* One parse: where we are in the file, and what was wrong so far. */
struct parse {
    struct config *config;
    const char *file;
    const char *text;
    int line;
    bool long_line;
    int line_of[SETTING_COUNT]; /* 0: not seen */
    struct notes complaints;
};

/* Values. Each reader returns NULL or what is wrong with the text. */
static const char *read_whole_number(const char *text, int64_t *out, const char **rest)
{
    char *end;

    errno = 0;
    long long v = strtoll(text, &end, 10);
    if (end == text)
        return "is not a whole number";
    if (errno == ERANGE)
        return "is out of all range";
    *out = v;
    *rest = end;
    return NULL;
}

static const char *read_int(const char *text, int64_t *out)
{
    const char *rest = "";
    const char *why = read_whole_number(text, out, &rest);

    if (!why && *rest)
        return "is not a whole number";
    return why;
}

static const char *read_size(const char *text, int64_t *out)
{
    static const struct {
        const char *word;
        int shift;
    } units[] = {{"", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}};
    const char *rest = "";
    int64_t v = 0;
    const char *why = read_whole_number(text, &v, &rest);

    if (why)
        return why;
    rest += strspn(rest, " ");
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(rest, units[i].word) != 0)
            continue;
        if (v < 0 || v > INT64_MAX >> units[i].shift)
            return "is out of all range";
        *out = v << units[i].shift;
        return NULL;
    }
    return "is not a size: bytes, or a number with KiB, MiB or GiB";
}

static const char *read_bool(const char *text, bool *out)
{
    static const char *const yes[] = {"on", "yes", "true", "1"};
    static const char *const no[] = {"off", "no", "false", "0"};

    for (size_t i = 0; i < 4; i++) {
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            *out = strcmp(text, yes[i]) == 0;
            return NULL;
        }
    }
    return "is neither on nor off";
}

static const char *read_addr(const char *text, struct config_addr *out)
{
    const char *colon = strrchr(text, ':');
    size_t host = colon ? (size_t)(colon - text) : 0;
    const char *why;
    int64_t port = 0;

    *out = (struct config_addr){.port = 0};
    if (!*text)
        return NULL;
    if (!colon)
        return "is not host:port";
    if (host >= 2 && text[0] == '[' && text[host - 1] == ']') {
        text++;
        host -= 2;
    } else if (memchr(text, ':', host)) {
        return "is not host:port; an IPv6 host stands in brackets";
    }
    if (host == 0 || host >= sizeof(out->host))
        return "has no usable host";
    why = read_int(colon + 1, &port);
    if (why || port < 0 || port > 65535)
        return "has no port from 0 to 65535";
    memcpy(out->host, text, host);
    out->port = (uint16_t)port;
    return NULL;
}

static void *field_of(struct config *config, const struct setting *setting)
{
    return (char *)config + setting->offset;
}

static const void *const_field_of(const struct config *config, const struct setting *setting)
{
    return (const char *)config + setting->offset;
}

static const char *store_number(const struct setting *s, const char *text, void *field,
                                char why[static 128])
{
    int64_t v = 0;
    const char *wrong = s->type == TYPE_INT ? read_int(text, &v) : read_size(text, &v);

    if (wrong)
        return wrong;
    if (v < s->min || v > s->max) {
        snprintf(why, 128, "is not from %lld to %lld %s", (long long)s->min, (long long)s->max,
                 s->unit);
        return why;
    }
    if (s->type == TYPE_INT)
        *(int32_t *)field = (int32_t)v;
    else
        *(int64_t *)field = v;
    return NULL;
}

static const char *store_text(const struct setting *s, const char *text, char *field,
                              char why[static 128])
{
    size_t n = strlen(text);

    if (s->type == TYPE_WORD && !config_has_word(s->unit, text)) {
        snprintf(why, 128, "is none of: %s", s->unit);
        return why;
    }
    if (s->type != TYPE_WORD && (n < (size_t)s->min || n > (size_t)s->max)) {
        snprintf(why, 128, "is not %lld to %lld bytes long", (long long)s->min, (long long)s->max);
        return why;
    }
    must(n < CONFIG_TEXT_MAX);
    memset(field, 0, CONFIG_TEXT_MAX);
    memcpy(field, text, n);
    return NULL;
}

static const char *store(struct config *config, const struct setting *s, const char *text,
                         char why[static 128])
{
    void *field = field_of(config, s);

    switch (s->type) {
    case TYPE_INT:
    case TYPE_SIZE:
        return store_number(s, text, field, why);
    case TYPE_BOOL:
        return read_bool(text, field);
    case TYPE_ADDR:
        return read_addr(text, field);
    default:
        return store_text(s, text, field, why);
    }
}

void config_defaults(struct config *config)
{
    char why[128];

    memset(config, 0, sizeof(*config));
    for (size_t i = 0; i < SETTING_COUNT; i++)
        must(store(config, &settings[i], settings[i].fallback, why) == NULL);
}

bool config_has_word(const char *list, const char *word)
{
    size_t n = strlen(word);

    while (n > 0 && *list) {
        list += strspn(list, " ");
        size_t m = strcspn(list, " ");
        if (m == n && memcmp(list, word, n) == 0)
            return true;
        list += m;
    }
    return false;
}

static int find_setting(const char *section, const char *name)
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        if (strcmp(settings[i].section, section) == 0 && strcmp(settings[i].name, name) == 0)
            return i;
    }
    return -1;
}

static bool is_section(const char *name)
{
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        if (strcmp(sections[i].section, name) == 0)
            return true;
    }
    return false;
}

/* inih: one `name = value`. Always 1: complaints are ours, so that all of them are told. */
static int take_value(void *user, const char *section, const char *name, const char *value)
{
    struct parse *parse = user;
    char buffer[128];
    int i = find_setting(section, name);

    if (i < 0 && !is_section(section)) {
        note(&parse->complaints, "%s:%d: there is no section [%s]\n", parse->file, parse->line,
             section);
        return 1;
    }
    if (i < 0) {
        note(&parse->complaints, "%s:%d: [%s] %s: there is no such setting\n", parse->file,
             parse->line, section, name);
        return 1;
    }
    if (parse->line_of[i] > 0) {
        note(&parse->complaints, "%s:%d: [%s] %s: was already set in line %d\n", parse->file,
             parse->line, section, name, parse->line_of[i]);
        return 1;
    }
    parse->line_of[i] = parse->line;
    const char *why = store(parse->config, &settings[i], value, buffer);
    if (why)
        note(&parse->complaints, "%s:%d: [%s] %s: \"%s\" %s\n", parse->file, parse->line, section,
             name, value, why);
    return 1;
}

/* inih: the next line. Counting here is what gives every complaint its line. */
static char *next_line(char *out, int room, void *stream)
{
    struct parse *parse = stream;
    size_t n = strcspn(parse->text, "\n");

    if (!*parse->text)
        return NULL;
    parse->line++;
    size_t kept = n;
    if (n > (size_t)room - 3) {
        note(&parse->complaints, "%s:%d: the line is longer than %d bytes\n", parse->file,
             parse->line, room - 3);
        kept = 0;
    }
    memcpy(out, parse->text, kept);
    out[kept] = '\n';
    out[kept + 1] = 0;
    parse->text += n + (parse->text[n] == '\n');
    return out;
}

static void set_up_inih(void)
{
    ini_max_line = CONFIG_LINE_MAX;
    ini_allow_multiline = false;
    ini_allow_inline_comments = false;
}

int config_parse(struct config *config, const char *name, const char *text,
                 char complaints[static CONFIG_COMPLAINT_MAX])
{
    struct config fresh;
    struct parse parse = {
        .config = &fresh, .file = name, .text = text, .complaints = {complaints, 0, false}};

    complaints[0] = 0;
    config_defaults(&fresh);
    set_up_inih();
    int bad_line = ini_parse_stream(next_line, &parse, take_value, &parse);
    if (bad_line > 0)
        note(&parse.complaints, "%s:%d: is neither [section], nor name = value, nor # comment\n",
             name, bad_line);
    if (complaints[0])
        return -1;
    *config = fresh;
    return 0;
}

int config_load(struct config *config, const char *path,
                char complaints[static CONFIG_COMPLAINT_MAX])
{
    unsigned char *text;
    size_t size;
    int rc = os_read_file(path, CONFIG_FILE_MAX, &text, &size);

    if (rc < 0) {
        snprintf(complaints, CONFIG_COMPLAINT_MAX, "%s: %s\n", path, strerror(-rc));
        return -1;
    }
    if (strlen((char *)text) != size) {
        snprintf(complaints, CONFIG_COMPLAINT_MAX, "%s: is not a text file\n", path);
        rc = -1;
    } else {
        rc = config_parse(config, path, (char *)text, complaints);
    }
    free(text);
    return rc;
}

int config_reload(struct config *config, const char *path,
                  char complaints[static CONFIG_COMPLAINT_MAX],
                  char notes_text[static CONFIG_COMPLAINT_MAX])
{
    struct notes notes = {notes_text, 0, false};
    struct config fresh;

    notes_text[0] = 0;
    if (config_load(&fresh, path, complaints) < 0)
        return -1;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *s = &settings[i];
        if (s->when == RELOAD || memcmp(field_of(config, s), field_of(&fresh, s), s->size) == 0)
            continue;
        memcpy(field_of(&fresh, s), field_of(config, s), s->size);
        note(&notes, "[%s] %s: changes with the next start\n", s->section, s->name);
    }
    *config = fresh;
    return 0;
}

static void print_size(int64_t bytes, FILE *out)
{
    static const char *const units[] = {"", "KiB", "MiB", "GiB"};
    int i = 0;

    while (i < 3 && bytes > 0 && bytes % 1024 == 0) {
        bytes /= 1024;
        i++;
    }
    fprintf(out, "%lld%s", (long long)bytes, units[i]);
}

static void print_addr(const struct config_addr *addr, FILE *out)
{
    bool v6 = strchr(addr->host, ':') != NULL;

    if (addr->host[0])
        fprintf(out, " %s%s%s:%u", v6 ? "[" : "", addr->host, v6 ? "]" : "", addr->port);
}

/* With a space before it, so that an empty one leaves none at the end of the line. */
static void print_value(const struct config *config, const struct setting *s, FILE *out)
{
    const void *field = const_field_of(config, s);

    switch (s->type) {
    case TYPE_INT:
        fprintf(out, " %d", *(const int32_t *)field);
        break;
    case TYPE_SIZE:
        fputc(' ', out);
        print_size(*(const int64_t *)field, out);
        break;
    case TYPE_BOOL:
        fputs(*(const bool *)field ? " on" : " off", out);
        break;
    case TYPE_ADDR:
        print_addr(field, out);
        break;
    default:
        fprintf(out, "%s%s", *(const char *)field ? " " : "", (const char *)field);
    }
}

/* "# 0 to 86400 s; read again on reload", so far as there is something to say. */
static void print_range(const struct setting *s, FILE *out)
{
    fputs("# ", out);
    if (s->type == TYPE_INT)
        fprintf(out, "%lld to %lld%s%s; ", (long long)s->min, (long long)s->max,
                *s->unit ? " " : "", s->unit);
    if (s->type == TYPE_SIZE) {
        print_size(s->min, out);
        fputs(" to ", out);
        print_size(s->max, out);
        fputs("; ", out);
    }
    if (s->type == TYPE_WORD)
        fprintf(out, "one of: %s; ", s->unit);
    fputs(s->when == RELOAD ? "read again on reload\n" : "needs a restart\n", out);
}

static void print_setting(const struct config *config, const struct setting *s, FILE *out)
{
    fprintf(out, "\n# %s\n# %s\n", s->en, s->zh);
    print_range(s, out);
    if (*s->source)
        fprintf(out, "# source: %s\n", s->source);
    fprintf(out, "%s =", s->name);
    print_value(config, s, out);
    fputc('\n', out);
}

void config_print(const struct config *config, FILE *out)
{
    fputs("# Settings of dispatchd, printed from dispatch/base/config.def.\n"
          "# dispatchd 的全部设置，由 dispatch/base/config.def 生成。\n",
          out);
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        fprintf(out, "\n# %s\n# %s\n[%s]\n", sections[i].en, sections[i].zh, sections[i].section);
        for (size_t k = 0; k < SETTING_COUNT; k++) {
            if (strcmp(settings[k].section, sections[i].section) == 0)
                print_setting(config, &settings[k], out);
        }
    }
}
