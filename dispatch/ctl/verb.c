/* do, call, answer, open, order, note, message, close: commands of the one grammar (core/print.h).
 * A verb is a command and the names of the fields that its bare arguments stand for; everything
 * else is written FIELD=VALUE as in the grammar. Start here: the table `verbs`. */
#include <inttypes.h>
#include <string.h>

#include "dispatch/core/print.h"
#include "dispatch/ctl/board.h"
#include "dispatch/wire/buffer.h"

enum { COMMAND_BYTES = 48 * 1024, BARE_MAX = 2 };

struct verb {
    const char *name, *command;
    const char *bare[BARE_MAX]; /* "words" takes all that is left */
};

static const struct verb verbs[] = {
    {"call", "ring_call", {"number", NULL}},
    {"answer", "answer_call", {"call", NULL}},
    {"open", "open_incident", {"call", NULL}},
    {"order", "order_unit", {"incident", "unit"}},
    {"note", "add_note", {"incident", "words"}},
    {"message", "send_message", {"unit", "words"}},
    {"close", "close_incident", {"incident", "outcome"}},
};

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

/* --- arguments into a line of the grammar --- */

static void add_value(struct buffer *line, const char *value)
{
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            buffer_add_text(line, "\\");
        buffer_add(line, value, 1);
    }
}

static void add_field(struct buffer *line, const char *name, size_t name_n, const char *value)
{
    buffer_add_text(line, " ");
    buffer_add(line, name, name_n);
    buffer_add_text(line, "=\"");
    add_value(line, value);
    buffer_add_text(line, "\"");
}

/* Whether the argument is FIELD=VALUE of this command. */
static bool is_field(const struct schema *schema, const char *argument)
{
    size_t n = strcspn(argument, "=");
    return argument[n] == '=' &&
           (schema_find(schema, argument, n) || (n == 2 && memcmp(argument, "at", 2) == 0));
}

/* The rest of the bare arguments as one text. */
static void add_words(struct buffer *line, const struct schema *schema, char **argv, int argc)
{
    bool first = true;
    buffer_add_text(line, " words=\"");
    for (int i = 0; i < argc; i++) {
        if (is_field(schema, argv[i]))
            continue;
        if (!first)
            buffer_add_text(line, " ");
        add_value(line, argv[i]);
        first = false;
    }
    buffer_add_text(line, "\"");
}

static int write_line(const struct ctl *ctl, const struct verb *verb, struct buffer *line)
{
    const struct schema *schema =
        command_schema(command_kind_of(verb->command, strlen(verb->command)));
    int bare = 0;
    bool words = false;
    buffer_add_text(line, verb->command);
    for (int i = 0; i < ctl->argc; i++) {
        const char *argument = ctl->argv[i];
        size_t n = strcspn(argument, "=");
        if (is_field(schema, argument)) {
            add_field(line, argument, n, argument + n + 1);
        } else if (words) {
            continue;
        } else if (bare == BARE_MAX || !verb->bare[bare]) {
            return ctl_fail(-1, "%s: what is \"%s\"?", verb->name, argument);
        } else if (strcmp(verb->bare[bare], "words") == 0) {
            add_words(line, schema, ctl->argv + i, ctl->argc - i);
            words = true;
        } else {
            add_field(line, verb->bare[bare], strlen(verb->bare[bare]), argument);
            bare++;
        }
    }
    return 0;
}

static int parse_line(const struct ctl *ctl, const struct buffer *line, struct command *command)
{
    static char store[COMMAND_BYTES] __attribute__((aligned(8)));
    char why[256];
    if (line->full)
        return ctl_fail(-1, "the command is too long");
    if (command_parse(command, (const char *)line->bytes, line->n,
                      ctl_midnight_ms(ctl, os_wall_ms()), store, sizeof(store), why,
                      sizeof(why)) < 0)
        return ctl_fail(-1, "%s", why);
    return 0;
}

/* --- sending --- */

/* The letter of what the command makes. */
static char made_letter(enum command_kind kind)
{
    switch (kind) {
    case COMMAND_RING_CALL:
        return LETTER_call;
    case COMMAND_OPEN_INCIDENT:
    case COMMAND_SPLIT_INCIDENT:
        return LETTER_incident;
    case COMMAND_ORDER_UNIT:
    case COMMAND_RESERVE_UNIT:
    case COMMAND_DIVERT_UNIT:
        return LETTER_assignment;
    case COMMAND_SEND_MESSAGE:
        return LETTER_message;
    case COMMAND_SET_ROAD_CONDITION:
        return LETTER_condition;
    case COMMAND_RAISE_ALERT:
        return LETTER_alert;
    case COMMAND_START_PLAN:
        return LETTER_plan_run;
    default:
        return '#';
    }
}

/* An order says at which record its giver looked: that of the snapshot taken just now. */
static int look_first(struct ctl *ctl, struct session *session, struct command *command)
{
    struct board board = {0};
    int code = board_open(&board, ctl, session);
    if (code == CTL_OK)
        command->order_unit.seen_seq = board.seq;
    board_close(&board);
    return code;
}

static int send_command(struct ctl *ctl, struct command *command)
{
    struct session session;
    struct stream_reply reply;
    bool looks = command->kind == COMMAND_ORDER_UNIT && command->order_unit.seen_seq == 0;
    int code = looks ? look_first(ctl, &session, command) : online_open(ctl, &session);
    if (code == CTL_OK)
        code = online_do(&session, command, &reply, NULL);
    if (code == CTL_OK) {
        printf("ok record %" PRIu64, reply.seq);
        if (reply.made)
            printf(" %c%" PRIu64, made_letter(command->kind), reply.made);
        putchar('\n');
    }
    session_close(&session);
    return code;
}

static int run_line(struct ctl *ctl, const struct verb *verb)
{
    struct command command = {0};
    struct buffer line;
    buffer_init(&line, COMMAND_BYTES / 2);
    int rc = 0;
    if (verb) {
        rc = write_line(ctl, verb, &line);
    } else {
        for (int i = 0; i < ctl->argc; i++)
            buffer_print(&line, "%s%s", i ? " " : "", ctl->argv[i]);
    }
    if (rc == 0)
        rc = parse_line(ctl, &line, &command);
    int code = rc < 0 ? CTL_USAGE : send_command(ctl, &command);
    buffer_close(&line);
    return code;
}

int do_run(struct ctl *ctl)
{
    return run_line(ctl, NULL);
}

int verb_run(struct ctl *ctl)
{
    return run_line(ctl, find_verb(ctl->subcommand->name));
}
