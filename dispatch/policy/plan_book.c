#include "dispatch/policy/plan_book.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/core/schema.h"
#include "dispatch/policy/yamlfile.h"

enum { NAME_MAX_BYTES = 64, PATH_BYTES_MAX = 1024 };

static const char suffix[] = ".yaml", other_table[] = "response.yaml";

/* The plan being read, and where its texts go. */
struct builder {
    struct plan_book *book;
    struct plan_entry *plan;
    struct yamlfile file;
};

/* --- texts and words --- */

__attribute__((format(printf, 3, 4))) static void say(struct builder *b, const yaml_node_t *node,
                                                      const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    complain(b->file.complaints, b->file.path, yamlfile_line(node), "%s", text);
}

static uint32_t keep(struct builder *b, const yaml_node_t *node, const char *text)
{
    struct plan_book *book = b->book;
    size_t bytes = text ? strlen(text) + 1 : 0;
    if (bytes <= 1)
        return 0;
    if (bytes > sizeof(book->text) - book->text_bytes) {
        say(b, node, "too much text: at most %d bytes in all plans", PLAN_BOOK_TEXT_MAX);
        return 0;
    }
    uint32_t offset = book->text_bytes;
    memcpy(book->text + offset, text, bytes);
    book->text_bytes += (uint32_t)bytes;
    return offset;
}

/* The value of a key that must be there. */
static uint32_t text_of(struct builder *b, const yaml_node_t *map, const char *key)
{
    return keep(b, map, yamlfile_text(&b->file, map, key));
}

/* The value of a key that may be missing or empty. */
static uint32_t optional_text(struct builder *b, const yaml_node_t *map, const char *key)
{
    const yaml_node_t *node = yamlfile_get(&b->file, map, key);
    bool empty = !node || (node->type == YAML_SCALAR_NODE && node->data.scalar.length == 0);
    return empty ? 0 : text_of(b, map, key);
}

static struct plan_words both(struct builder *b, const yaml_node_t *map)
{
    uint32_t zh = text_of(b, map, "zh");
    return (struct plan_words){zh, text_of(b, map, "en")};
}

/* A word of a vocabulary, not its zero; 0 after a complaint. */
static int word_of(struct builder *b, const yaml_node_t *map, const char *key,
                   const struct schema_words *words)
{
    const char *word = yamlfile_text(&b->file, map, key);
    int value = word ? words_find(words, word, strlen(word)) : 0;
    if (value > 0)
        return value;
    if (word)
        say(b, map, "\"%s\" is no %s: \"%s\"", key, words->name, word);
    return 0;
}

static bool has_room(struct builder *b, const yaml_node_t *node, size_t used, size_t limit,
                     const char *what)
{
    if (used < limit)
        return true;
    say(b, node, "too many %s: at most %zu", what, limit);
    return false;
}

/* --- the parts of a plan --- */

static void add_trigger(struct builder *b, const yaml_node_t *map)
{
    static const char *const keys[] = {"detector", "syndrome", "level", NULL};
    struct plan_entry *plan = b->plan;
    if (yamlfile_form(&b->file, map, keys) < 0 ||
        !has_room(b, map, plan->trigger_count, PLAN_TRIGGER_MAX, "triggers"))
        return;
    struct plan_trigger *trigger = &plan->trigger[plan->trigger_count++];
    trigger->detector = optional_text(b, map, "detector");
    trigger->syndrome = optional_text(b, map, "syndrome");
    trigger->level = (enum level)word_of(b, map, "level", &level_words);
    if (!trigger->detector && !trigger->syndrome)
        say(b, map, "a trigger names a detector or a syndrome");
}

static void add_person(struct builder *b, const yaml_node_t *map)
{
    static const char *const keys[] = {"role", "zh", "en", NULL};
    struct plan_entry *plan = b->plan;
    if (yamlfile_form(&b->file, map, keys) < 0 ||
        !has_room(b, map, plan->people_count, PLAN_PEOPLE_MAX, "people"))
        return;
    struct plan_person *person = &plan->people[plan->people_count++];
    person->role = (enum plan_role)word_of(b, map, "role", &plan_role_words);
    person->words = both(b, map);
}

static void add_step(struct builder *b, const yaml_node_t *map)
{
    static const char *const keys[] = {"who", "due_min", "zh", "en", NULL};
    struct plan_entry *plan = b->plan;
    long due_min = 0;
    if (yamlfile_form(&b->file, map, keys) < 0 ||
        !has_room(b, map, plan->step_count, PLAN_RUN_STEP_MAX, "steps"))
        return;
    struct plan_task *step = &plan->step[plan->step_count++];
    step->role = (enum plan_role)word_of(b, map, "who", &plan_role_words);
    yamlfile_number(&b->file, map, "due_min", 0, PLAN_DUE_MIN_MAX, &due_min);
    step->due_s = (uint32_t)due_min * 60;
    step->words = both(b, map);
}

static void add_resource(struct builder *b, const yaml_node_t *map)
{
    static const char *const keys[] = {"zh", "en", NULL};
    struct plan_entry *plan = b->plan;
    if (yamlfile_form(&b->file, map, keys) == 0 &&
        has_room(b, map, plan->resource_count, PLAN_RESOURCE_MAX, "resources"))
        plan->resource[plan->resource_count++] = both(b, map);
}

static void add_message(struct builder *b, const yaml_node_t *map)
{
    static const char *const keys[] = {"to", "zh", "en", NULL};
    static const char *const to_keys[] = {"zh", "en", NULL};
    struct plan_entry *plan = b->plan;
    if (yamlfile_form(&b->file, map, keys) < 0 ||
        !has_room(b, map, plan->message_count, PLAN_MESSAGE_MAX, "messages"))
        return;
    struct plan_message *message = &plan->message[plan->message_count++];
    const yaml_node_t *to = yamlfile_get(&b->file, map, "to");
    if (!to)
        say(b, map, "a message says \"to\" whom");
    else if (yamlfile_form(&b->file, to, to_keys) == 0)
        message->to = both(b, to);
    message->words = both(b, map);
}

static void each(struct builder *b, const yaml_node_t *root, const char *key, int required,
                 void (*add)(struct builder *b, const yaml_node_t *map))
{
    size_t count;
    const yaml_node_item_t *items = yamlfile_list(&b->file, root, key, required, &count);
    for (size_t i = 0; i < count; i++)
        add(b, yamlfile_item(&b->file, items[i]));
}

/* --- what the parts say together --- */

static bool has_person(const struct plan_entry *plan, enum plan_role role)
{
    for (uint8_t i = 0; i < plan->people_count; i++)
        if (plan->people[i].role == role)
            return true;
    return false;
}

static void check_together(struct builder *b, const yaml_node_t *root)
{
    const struct plan_entry *plan = b->plan;
    if (plan->step_count == 0)
        say(b, root, "a plan has steps");
    for (uint8_t i = 0; i < plan->people_count; i++)
        for (uint8_t j = 0; j < i; j++)
            if (plan->people[i].role == plan->people[j].role)
                say(b, root, "\"%s\" is among the people twice",
                    words_name(&plan_role_words, (int)plan->people[i].role));
    for (uint8_t i = 0; i < plan->step_count; i++)
        if (plan->step[i].role && !has_person(plan, plan->step[i].role))
            say(b, root, "step %d is for the %s, who is not among the people", i + 1,
                words_name(&plan_role_words, (int)plan->step[i].role));
}

static bool same_trigger(const struct plan_book *book, const struct plan_trigger *x,
                         const struct plan_trigger *y)
{
    return x->level == y->level &&
           strcmp(plan_text(book, x->detector), plan_text(book, y->detector)) == 0 &&
           strcmp(plan_text(book, x->syndrome), plan_text(book, y->syndrome)) == 0;
}

/* Which of two plans answers an alert must not depend on their names. */
static void check_others(struct builder *b, const yaml_node_t *root)
{
    for (const struct plan_entry *other = b->book->plan; other < b->plan; other++)
        for (uint8_t i = 0; i < b->plan->trigger_count; i++)
            for (uint8_t j = 0; j < other->trigger_count; j++)
                if (same_trigger(b->book, &b->plan->trigger[i], &other->trigger[j]))
                    say(b, root, "trigger %d is one of plan \"%s\" as well", i + 1,
                        plan_text(b->book, other->code));
}

/* --- a file, a directory --- */

static void read_code(struct builder *b, const yaml_node_t *root, const char *name)
{
    const char *code = yamlfile_text(&b->file, root, "plan");
    size_t n = strlen(name) - strlen(suffix);
    if (code && (strlen(code) != n || strncmp(code, name, n) != 0))
        say(b, root, "\"plan\" must be the name of the file, \"%.*s\"", (int)n, name);
    b->plan->code = keep(b, root, code);
}

static void read_plan(struct builder *b, const char *name)
{
    static const char *const keys[] = {"plan",     "edition", "licence", "source", "approved_by",
                                       "zh",       "en",      "triggers", "people", "steps",
                                       "resources", "messages", NULL};
    const yaml_node_t *root = yamlfile_root(&b->file);
    if (yamlfile_form(&b->file, root, keys) < 0)
        return;
    read_code(b, root, name);
    b->plan->edition = text_of(b, root, "edition");
    yamlfile_text(&b->file, root, "licence");
    b->plan->source = text_of(b, root, "source");
    b->plan->approved_by = optional_text(b, root, "approved_by");
    b->plan->name = both(b, root);
    each(b, root, "triggers", 0, add_trigger);
    each(b, root, "people", 1, add_person);
    each(b, root, "steps", 1, add_step);
    each(b, root, "resources", 0, add_resource);
    each(b, root, "messages", 0, add_message);
    check_together(b, root);
    check_others(b, root);
}

struct names {
    size_t count;
    char name[PLAN_BOOK_MAX][NAME_MAX_BYTES];
};

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static bool is_plan(const char *name)
{
    size_t n = strlen(name);
    return name[0] != '.' && n > strlen(suffix) && strcmp(name + n - strlen(suffix), suffix) == 0 &&
           strcmp(name, other_table) != 0;
}

static int list_plans(const char *dir, struct names *names, struct complaints *complaints)
{
    DIR *stream = opendir(dir);
    unsigned before = complaints->count;
    if (!stream) {
        complain(complaints, dir, 0, "cannot be read: %s", strerror(errno));
        return -1;
    }
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        if (!is_plan(entry->d_name))
            continue;
        size_t bytes = strlen(entry->d_name) + 1;
        if (bytes > NAME_MAX_BYTES || names->count == PLAN_BOOK_MAX)
            complain(complaints, dir, 0, "\"%s\": too long a name, or more than %d plans",
                     entry->d_name, PLAN_BOOK_MAX);
        else
            memcpy(names->name[names->count++], entry->d_name, bytes);
    }
    closedir(stream);
    qsort(names->name, names->count, NAME_MAX_BYTES, by_name);
    return complaints->count == before ? 0 : -1;
}

static void load_one(struct plan_book *book, const char *dir, const char *name,
                     struct complaints *complaints)
{
    char path[PATH_BYTES_MAX];
    struct builder b = {.book = book, .plan = &book->plan[book->count]};
    if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= PATH_BYTES_MAX) {
        complain(complaints, dir, 0, "is too long a path");
        return;
    }
    if (yamlfile_open(&b.file, path, complaints) < 0)
        return;
    read_plan(&b, name);
    book->count++;
    yamlfile_close(&b.file);
}

int plan_book_load(const char *dir, struct plan_book *book, struct complaints *complaints)
{
    unsigned before = complaints->count;
    struct names *names = calloc(1, sizeof(*names));
    struct plan_book *made = calloc(1, sizeof(*made));
    if (!names || !made)
        complain(complaints, dir, 0, "cannot be loaded: out of memory");
    else if (list_plans(dir, names, complaints) == 0) {
        made->text_bytes = 1; /* offset 0 is the empty text */
        for (size_t i = 0; i < names->count; i++)
            load_one(made, dir, names->name[i], complaints);
    }
    bool loaded = complaints->count == before;
    if (loaded)
        *book = *made;
    free(names);
    free(made);
    return loaded ? 0 : -1;
}

/* --- looking up --- */

static bool is_text(const struct plan_book *book, uint32_t offset, struct text text)
{
    const char *own = plan_text(book, offset);
    return text_same(text, (struct text){own, (uint32_t)strlen(own)});
}

const struct plan_entry *plan_book_find(const struct plan_book *book, struct text code)
{
    for (uint32_t i = 0; i < book->count; i++)
        if (is_text(book, book->plan[i].code, code))
            return &book->plan[i];
    return NULL;
}

/* How closely the trigger fits; 0: it does not. */
static int closeness(const struct plan_book *book, const struct plan_trigger *trigger,
                     struct text detector, struct text syndrome, enum level level)
{
    if (level < trigger->level ||
        (trigger->detector && !is_text(book, trigger->detector, detector)) ||
        (trigger->syndrome && !is_text(book, trigger->syndrome, syndrome)))
        return 0;
    return 8 * ((trigger->detector != 0) + (trigger->syndrome != 0)) + (int)trigger->level;
}

const struct plan_entry *plan_book_propose(const struct plan_book *book, struct text detector,
                                           struct text syndrome, enum level level)
{
    const struct plan_entry *best = NULL;
    int best_fit = 0;
    for (uint32_t i = 0; i < book->count; i++)
        for (uint8_t j = 0; j < book->plan[i].trigger_count; j++) {
            int fit = closeness(book, &book->plan[i].trigger[j], detector, syndrome, level);
            if (fit > best_fit) {
                best_fit = fit;
                best = &book->plan[i];
            }
        }
    return best;
}
