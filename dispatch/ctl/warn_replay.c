/* `dispatchctl warn replay`: the detectors once more over the journal, from its first record, held
 * against the alerts that the journal has. The same policy gives the same alerts, fact by fact. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/core/print.h"
#include "dispatch/ctl/warn_journal.h"

enum { SAID_MAX = 4096, SHOWN_MAX = 20 };

struct replaying {
    struct warn_journal journal;
    struct warn_lists lists;
    struct watch_action said[SAID_MAX]; /* and not yet found in the journal */
    uint64_t first, last, records;
    unsigned same, differ, missing, strange, shown;
};

static void on_action(void *context, const struct watch_action *action)
{
    struct replaying *r = context;
    if (r->last - r->first == SAID_MAX) {
        r->missing++;
        r->first++;
    }
    r->said[r->last++ % SAID_MAX] = *action;
}

static void show(struct replaying *r, const char *what, uint64_t number)
{
    if (r->shown++ < SHOWN_MAX)
        fprintf(stderr, "record %" PRIu64 ", action %u: %s\n", number >> 8,
                (unsigned)(number & 255), what);
}

static bool same_field(const struct schema_field *a, const void *in_a,
                       const struct schema_field *b, const void *in_b)
{
    size_t n = list_bytes(a, in_a);
    if (a->type < FIELD_TEXT)
        return field_number(a, in_a) == field_number(b, in_b);
    return n == list_bytes(b, in_b) &&
           (n == 0 || memcmp(field_text(a, in_a)->p, field_text(b, in_b)->p, n) == 0);
}

/* A plan that the detectors leave open is the server's to propose. */
static bool is_open(const struct schema_field *asked, const void *body)
{
    return strcmp(asked->name, "plan") == 0 && field_text(asked, body)->n == 0;
}

/* Everything that the command asked for stands in the fact. */
static const char *difference(const struct command *command, const struct fact *fact)
{
    const struct schema *asked = command_schema(command->kind);
    const struct schema *made = fact_schema(fact->kind);
    for (uint32_t i = 0; i < asked->count; i++) {
        const char *name = asked->field[i].name;
        const struct schema_field *same = schema_find(made, name, strlen(name));
        if (same && !is_open(&asked->field[i], command_body(command)) &&
            !same_field(&asked->field[i], command_body(command), same, fact_body(fact)))
            return name;
    }
    return NULL;
}

static void compare(struct replaying *r, const struct watch_action *action,
                    const struct record *record)
{
    struct command command;
    const char *field = "it should not be there";
    if (record->refusal == REFUSE_NONE && record->fact_count == 1) {
        if (warn_command(&r->journal.follow, action, &r->lists, &command))
            field = difference(&command, &record->fact[0]);
        if (field) {
            r->differ++;
            show(r, field, action->number);
            return;
        }
    }
    r->same++;
}

static void on_record(void *context, const struct record *record)
{
    struct replaying *r = context;
    if (record->client == WARN_CLIENT) {
        for (; r->first < r->last && r->said[r->first % SAID_MAX].number < record->number;
             r->first++) {
            r->missing++;
            show(r, "not in the journal", r->said[r->first % SAID_MAX].number);
        }
        if (r->first < r->last && r->said[r->first % SAID_MAX].number == record->number) {
            compare(r, &r->said[r->first++ % SAID_MAX], record);
        } else {
            r->strange++;
            show(r, "in the journal only", record->number);
        }
    }
    warn_follow_record(&r->journal.follow, record);
    r->records++;
}

static int tell(struct replaying *r)
{
    r->missing += (unsigned)(r->last - r->first);
    printf("%" PRIu64 " records, %u of the detectors' alert facts the same, %u different, "
           "%u not in the journal, %u in the journal only\n",
           r->records, r->same, r->differ, r->missing, r->strange);
    return r->differ + r->missing + r->strange ? CTL_FAILED : CTL_OK;
}

int warn_replay_run(struct ctl *ctl)
{
    struct replaying *r = calloc(1, sizeof *r);
    if (!r)
        return ctl_fail(CTL_FAILED, "out of memory");
    int code = warn_journal_run(ctl, &r->journal, on_action, on_record, r);
    if (code == CTL_OK)
        code = tell(r);
    free(r);
    return code;
}
