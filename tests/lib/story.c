#include "tests/lib/story.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/config.h"
#include "dispatch/core/print.h"
#include "dispatch/core/step.h"
#include "dispatch/line/pipeline.h"
#include "dispatch/policy/cardfile.h"
#include "dispatch/wire/wire_json.h"
#include "dispatch/wire/wire_stream.h"
#include "tests/lib/twin.h"

enum { LINE_BYTES = 8192, TABLE_ROWS = 100, TEXT_BYTES = 512 * 1024 };

/* 10:00 in Beijing on 1 June 2026: what 00:00.000 stands for. */
static const int64_t zero_ms = INT64_C(1780279200000);

struct story {
    const char *path, *source_dir;
    int line_number;
    bool started; /* no header line any more */
    char policy[2048];
    struct config config;
    struct limits limits;
    struct card_set *cards;
    struct twin twin;
    int64_t now_ms;
    char store[LINE_BYTES * 2]; /* texts of the command */
    struct story_coverage *coverage;
    struct story_tape *tape; /* or NULL */
    struct buffer *out;
    struct buffer held; /* comments, until the clock has done what comes before them */
    char *errmsg;
};

__attribute__((format(printf, 2, 3))) static int fail(struct story *s, const char *format, ...)
{
    char what[ERRMSG_MAX - 120];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    snprintf(s->errmsg, ERRMSG_MAX, "%.100s:%d: %s", s->path, s->line_number, what);
    return -1;
}

/* --- header lines --- */

/* "deadline.callback_s=30" becomes lines of a configuration file. */
static int set_policy(struct story *s, const char *word)
{
    char complaints[CONFIG_COMPLAINT_MAX];
    const char *dot = strchr(word, '.');
    size_t n = strlen(s->policy);
    if (!dot)
        return fail(s, "policy wants section.setting=value, not \"%s\"", word);
    snprintf(s->policy + n, sizeof(s->policy) - n, "[%.*s]\n%s\n", (int)(dot - word), word,
             dot + 1);
    if (config_parse(&s->config, "policy", s->policy, complaints) < 0)
        return fail(s, "%.300s", complaints);
    return 0;
}

static int set_limit(struct story *s, const char *word)
{
    const char *equals = strchr(word, '=');
    size_t n = equals ? (size_t)(equals - word) : 0;
    for (enum object_kind kind = 1; equals && kind < OBJECT_KIND_COUNT; kind++) {
        const char *name = object_schema(kind)->name;
        if (strlen(name) != n || memcmp(name, word, n) != 0)
            continue;
        s->limits.max[kind] = (uint32_t)strtoul(equals + 1, NULL, 10);
        return 0;
    }
    if (n != 4 || memcmp(word, "text", n) != 0)
        return fail(s, "limits wants a table of object.def or text, and a number, not \"%s\"",
                    word);
    s->limits.text_bytes = strtoul(equals + 1, NULL, 10);
    return 0;
}

static int load_cards(struct story *s, const char *word)
{
    char cards[512], plans[512];
    struct complaints *complaints = calloc(1, sizeof(*complaints));
    int result = 0;
    if (strcmp(word, "on") != 0)
        return fail(s, "cards on, or leave it out");
    snprintf(cards, sizeof(cards), "%s/deploy/cards", s->source_dir);
    snprintf(plans, sizeof(plans), "%s/deploy/plans/response.yaml", s->source_dir);
    s->cards = calloc(1, sizeof(*s->cards));
    if (!complaints || !s->cards)
        result = fail(s, "out of memory");
    else if (cardfile_load(cards, plans, s->cards, complaints) < 0)
        result = fail(s, "cards: %.300s", complaints->text);
    free(complaints);
    return result;
}

static int header(struct story *s, char *line)
{
    char *save = NULL, *name = strtok_r(line, " ", &save), *word;
    int (*set)(struct story *, const char *) = strcmp(name, "policy") == 0   ? set_policy
                                               : strcmp(name, "limits") == 0 ? set_limit
                                               : strcmp(name, "cards") == 0  ? load_cards
                                                                             : NULL;
    if (!set)
        return fail(s, "neither a time nor policy, limits, cards: \"%s\"", name);
    if (s->started)
        return fail(s, "%s stands above the first command", name);
    while ((word = strtok_r(NULL, " ", &save)))
        if (set(s, word) < 0)
            return -1;
    return 0;
}

static int start(struct story *s)
{
    struct policy policy;
    if (s->started)
        return 0;
    s->started = true;
    pipeline_policy(&s->config, &policy);
    if (twin_init(&s->twin, &s->limits, &policy, s->cards) < 0)
        return fail(s, "%s", s->twin.errmsg);
    if (!s->cards)
        return 0;
    /* One short word instead of 64 digits in every line. */
    snprintf(s->twin.core.cards_hash, sizeof(s->twin.core.cards_hash), "demo");
    snprintf(s->twin.second.cards_hash, sizeof(s->twin.second.cards_hash), "demo");
    return 0;
}

/* --- one command --- */

static void cover(struct story *s, const struct record *record)
{
    struct story_coverage *c = s->coverage;
    c->refusal[record->refusal]++;
    if (record->refusal == REFUSE_NONE)
        c->command[record->command]++;
    for (uint32_t i = 0; i < record->fact_count; i++) {
        const struct fact *fact = &record->fact[i];
        const struct assignment *was = NULL;
        c->fact[fact->kind]++;
        if (fact->kind == FACT_STEP_REACHED)
            was = state_assignment(&s->twin.core.state, fact->step_reached.assignment.v);
        if (was)
            c->move[was->step][fact->step_reached.step]++;
        if (fact->kind == FACT_UNIT_ORDERED)
            c->move[STEP_RESERVED][STEP_ORDERED]++;
        for (enum deadline d = 0; fact->kind == FACT_ALERT_RAISED && d < DEADLINE_COUNT; d++)
            if (text_same(
                    fact->alert_raised.detector,
                    (struct text){deadline_text[d].name, (uint32_t)strlen(deadline_text[d].name)}))
                c->deadline[d]++;
    }
}

static void tell_answer(struct story *s)
{
    const struct record *record = &s->twin.record;
    const char *again = s->twin.repeated && record->refusal != REFUSE_OLD_NUMBER ? "again: " : "";
    if (record->refusal != REFUSE_NONE)
        buffer_print(s->out, "        > %srefused %s\n", again, refusal_text[record->refusal].name);
    else if (s->twin.repeated)
        buffer_print(s->out, "        > %saccepted seq=%" PRIu64 " made=%" PRIu64 "\n", again,
                     record->seq, record->made);
}

/* `when`: the time in front of each fact, or empty. */
static void tell_facts(struct story *s, const char *when)
{
    char line[LINE_BYTES];
    struct print_how how = {.personal = true, .zero_ms = zero_ms};
    for (uint32_t i = 0; i < s->twin.record.fact_count; i++) {
        fact_print(line, sizeof(line), &s->twin.record.fact[i], how);
        buffer_print(s->out, "        > %s%s%s\n", when, *when ? " " : "", line);
    }
}

/* --- what a console would have been told --- */

static int tape_record(struct story *s)
{
    const struct record *record = &s->twin.record;
    struct server_frame frame = {.kind = SERVER_FACTS, .as_of_seq = record->seq};
    struct buffer *out = s->tape ? &s->tape->frames : NULL;
    if (!out || s->twin.repeated || s->twin.silent)
        return 0;
    frame.facts = (struct stream_facts){.after_seq = record->seq - 1,
                                        .upto_seq = record->seq,
                                        .record = record,
                                        .record_count = 1,
                                        .personal = true};
    size_t at = out->n;
    buffer_add(out, "\0\0\0\0", 4);
    if (wire_server_frame_pack(&s->twin.arena, &frame, out) < 0)
        return fail(s, "the frame cannot be packed: %.400s", s->twin.arena.errmsg);
    for (size_t i = 0, n = out->n - at - 4; i < 4; i++)
        out->bytes[at + i] = (unsigned char)(n >> (24 - 8 * i));
    return 0;
}

static void tape_object(void *context, enum object_kind kind, const void *object)
{
    struct buffer *out = context;
    wire_json_object(out, (struct wire_object){kind, object}, true);
    buffer_add_text(out, "\n");
}

/* --- one command, from its decision to its effect --- */

static int submit(struct story *s, const struct command *command, const char *when)
{
    if (twin_decide(&s->twin, command, s->now_ms) < 0)
        return fail(s, "%s", s->twin.errmsg);
    cover(s, &s->twin.record);
    tell_answer(s);
    tell_facts(s, when);
    if (twin_apply(&s->twin) < 0)
        return fail(s, "%s", s->twin.errmsg);
    return tape_record(s);
}

/* What the clock does by itself up to and with `until_ms`. */
static int let_time_pass(struct story *s, int64_t until_ms)
{
    const struct command tick = {.kind = COMMAND_TICK, .actor = {.role = ROLE_MACHINE}};
    int64_t next_ms;
    char when[32];
    while ((next_ms = core_next_deadline_ms(&s->twin.core)) <= until_ms) {
        if (next_ms > s->now_ms)
            s->now_ms = next_ms;
        time_print(when, sizeof(when), s->now_ms, zero_ms);
        if (submit(s, &tick, when) < 0)
            return -1;
        if (s->twin.silent)
            return fail(s, "%s: a deadline is due and nothing comes of it", when);
    }
    s->now_ms = until_ms;
    return 0;
}

/* --- who gives it --- */

static int read_role(struct story *s, struct command *command, const char *word)
{
    int role = words_find(&role_words, word, strlen(word));
    if (role < 0)
        return fail(s,
                    "\"%s\" is neither a role, a user D1, of U1, seat=, client= nor number=", word);
    command->actor.role = (enum role)role;
    return 0;
}

/* "crew D7 of U3 seat=1 client=2 number=3" */
static int read_actor(struct story *s, struct command *command, char *text)
{
    char *save = NULL;
    command->actor.role = ROLE_DISPATCHER;
    for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        if (strncmp(word, "client=", 7) == 0)
            command->client = strtoull(word + 7, NULL, 10);
        else if (strncmp(word, "number=", 7) == 0)
            command->number = strtoull(word + 7, NULL, 10);
        else if (strncmp(word, "seat=", 5) == 0)
            command->actor.seat = (uint32_t)strtoul(word + 5, NULL, 10);
        else if (word[0] == 'D' && word[1] >= '0' && word[1] <= '9')
            command->actor.user.v = strtoull(word + 1, NULL, 10);
        else if ((word[0] == 'U' || word[0] == 'H') && word[1] >= '0' && word[1] <= '9')
            command->actor.scope = strtoull(word + 1, NULL, 10);
        else if (strcmp(word, "of") != 0 && read_role(s, command, word) < 0)
            return -1;
    }
    return 0;
}

static char *last_by(char *line)
{
    char *found = NULL;
    for (char *at = strstr(line, " by "); at; at = strstr(at + 1, " by "))
        found = at;
    return found;
}

/* --- lines --- */

/* "[h:]mm:ss.mmm " at the beginning of a line: what follows it, or NULL. */
static char *read_time(char *line, int64_t *ms)
{
    int h = 0, m, sec, milli, used = 0;
    if (sscanf(line, "%4d:%2d:%2d.%3d %n", &h, &m, &sec, &milli, &used) != 4 || used == 0) {
        h = 0;
        used = 0;
        if (sscanf(line, "%2d:%2d.%3d %n", &m, &sec, &milli, &used) != 3 || used == 0)
            return NULL;
    }
    *ms = zero_ms + ((h * 60 + m) * INT64_C(60) + sec) * 1000 + milli;
    return line + used;
}

static void release(struct story *s)
{
    buffer_add(s->out, s->held.bytes, s->held.n);
    buffer_clear(&s->held);
}

/* A command, after what the clock did before it. */
static int timed_line(struct story *s, const char *line, char *text, int64_t at_ms)
{
    struct command command = {0};
    char why[256];
    if (start(s) < 0)
        return -1;
    if (at_ms < s->now_ms)
        return fail(s, "the clock does not go back");
    if (let_time_pass(s, at_ms) < 0)
        return -1;
    release(s);
    buffer_print(s->out, "%s\n", line);
    if (strcmp(text, "wait") == 0)
        return 0;
    char *by = last_by(text);
    if (!by)
        return fail(s, "who says so? a command ends in \"by D1\" or another");
    *by = 0;
    if (read_actor(s, &command, by + 4) < 0)
        return -1;
    if (command_parse(&command, text, strlen(text), zero_ms, s->store, sizeof(s->store), why,
                      sizeof(why)) < 0)
        return fail(s, "%s", why);
    return submit(s, &command, "");
}

static int read_lines(struct story *s, FILE *file);

/* The lines of another file, told nowhere: what the story takes for granted. */
static int after(struct story *s, const char *name)
{
    char path[512];
    const char *slash = strrchr(s->path, '/');
    struct buffer *out = s->out, untold;
    int line_number = s->line_number;
    snprintf(path, sizeof(path), "%.*s%.99s", slash ? (int)(slash - s->path) + 1 : 0, s->path,
             name);
    FILE *file = fopen(path, "r");
    if (!file)
        return fail(s, "%.300s cannot be read", path);
    buffer_init(&untold, TEXT_BYTES);
    release(s);
    s->out = &untold;
    s->line_number = 0;
    int result = read_lines(s, file);
    s->out = out;
    s->line_number = line_number;
    buffer_close(&untold);
    fclose(file);
    return result;
}

static int story_line(struct story *s, const char *line)
{
    char copy[LINE_BYTES];
    int64_t at_ms;
    snprintf(copy, sizeof(copy), "%s", line);
    if (strncmp(line, "        >", 9) == 0)
        return 0;
    char *text = read_time(copy, &at_ms);
    if (text)
        return timed_line(s, line, text, at_ms);
    buffer_print(&s->held, "%s\n", line);
    if (line[0] == 0 || line[0] == '#')
        return 0;
    if (strncmp(line, "after ", 6) == 0 && !s->started)
        return after(s, line + 6);
    return header(s, copy);
}

static int read_lines(struct story *s, FILE *file)
{
    char line[LINE_BYTES];
    while (fgets(line, sizeof(line), file)) {
        size_t n = strlen(line);
        s->line_number++;
        if (n == 0 || line[n - 1] != '\n')
            return fail(s, "a line is too long or has no end");
        line[n - 1] = 0;
        if (story_line(s, line) < 0)
            return -1;
    }
    release(s);
    return s->out->full ? fail(s, "the story is too long") : 0;
}

int story_run(const char *path, const char *source_dir, struct story_coverage *coverage,
              struct story_tape *tape, struct buffer *out, char errmsg[static ERRMSG_MAX])
{
    struct story *s = calloc(1, sizeof(*s));
    FILE *file = fopen(path, "r");
    int result = -1;
    if (!s || !file) {
        snprintf(errmsg, ERRMSG_MAX, "%.400s cannot be read", path);
        goto out;
    }
    s->path = path;
    s->source_dir = source_dir;
    s->coverage = coverage;
    s->tape = tape;
    s->out = out;
    s->errmsg = errmsg;
    s->now_ms = zero_ms;
    buffer_init(&s->held, TEXT_BYTES);
    config_defaults(&s->config);
    for (enum object_kind kind = 1; kind < OBJECT_KIND_COUNT; kind++)
        s->limits.max[kind] = TABLE_ROWS;
    s->limits.text_bytes = TEXT_BYTES;
    result = read_lines(s, file);
    if (result == 0 && s->started && twin_restore(&s->twin) < 0)
        result = fail(s, "%s", s->twin.errmsg);
    if (result == 0 && s->started && tape)
        state_walk(&s->twin.core.state, tape_object, &tape->objects);
    if (s->started)
        twin_close(&s->twin);
    free(s->cards);
    buffer_close(&s->held);
out:
    if (file)
        fclose(file);
    free(s);
    return result;
}
