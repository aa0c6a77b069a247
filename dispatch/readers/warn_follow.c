#include "dispatch/readers/warn_follow.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void hear(struct warn_follow *f, const struct record *record);

static void on_folded(void *context, const struct record *record,
                      const unsigned char hash[static JOURNAL_HASH_SIZE])
{
    struct warn_follow *f = context;
    (void)hash;
    if (!f->mute)
        hear(f, record);
}

static int failed(struct warn_follow *f, const char *why)
{
    snprintf(f->errmsg, sizeof(f->errmsg), "%s", why);
    return -1;
}

/* --- life --- */

int warn_follow_open(struct warn_follow *f, const struct limits *limits,
                     const struct policy *core_policy, const struct watch_policy *policy,
                     struct journal_reader *journal)
{
    memset(f, 0, sizeof(*f));
    f->policy = *policy;
    f->limits = *limits;
    f->core_policy = *core_policy;
    for (uint32_t i = 0; i < policy->rule_count; i++)
        f->site_kinds |= policy->rule[i].site_kinds;
    f->memory = malloc(core_bytes(limits));
    if (!f->memory || fold_init(&f->fold, &f->core, journal, NULL) < 0) {
        free(f->memory);
        return failed(f, "no memory for the detectors' tables: lower [limits]");
    }
    f->fold.record_cb = on_folded;
    f->fold.context = f;
    core_init(&f->core, f->memory, limits, core_policy);
    if (watch_make(&f->watch, policy) == 0)
        return 0;
    fold_close(&f->fold);
    free(f->memory);
    return failed(f, "no memory for the detectors");
}

void warn_follow_close(struct warn_follow *f)
{
    watch_close(&f->watch);
    fold_close(&f->fold);
    free(f->memory);
}

/* --- reading --- */

static void feed(struct warn_follow *f, const struct watch_event *event)
{
    watch_feed(&f->watch, event);
    for (uint32_t i = 0; i < f->watch.action_count; i++)
        f->action_cb(f->context, &f->watch.action[i]);
}

static void hear(struct warn_follow *f, const struct record *record)
{
    struct watch_event event[2];
    struct watch_minute minute;
    for (uint32_t i = 0; record->client != WARN_CLIENT && i < record->fact_count; i++) {
        uint32_t n = warn_event(f, record, &record->fact[i], event, &minute);
        for (uint32_t e = 0; e < n; e++)
            feed(f, &event[e]);
    }
    if (f->record_cb)
        f->record_cb(f->context, record);
}

void warn_follow_record(struct warn_follow *f, const struct record *record)
{
    core_apply(&f->core, record);
    hear(f, record);
}

int warn_follow_read(struct warn_follow *f, uint64_t upto_seq)
{
    return fold_records(&f->fold, upto_seq) < 0 ? failed(f, f->fold.errmsg) : 0;
}

int warn_follow_reset(struct warn_follow *f)
{
    core_init(&f->core, f->memory, &f->limits, &f->core_policy);
    memset(f->fold.hash, 0, sizeof(f->fold.hash));
    watch_close(&f->watch);
    return watch_make(&f->watch, &f->policy) < 0 ? failed(f, "no memory for the detectors") : 0;
}

int warn_follow_begin(struct warn_follow *f, uint64_t seq)
{
    f->mute = true;
    int rc = fold_snapshot(&f->fold, seq);
    if (rc == 0 && seq != UINT64_MAX)
        rc = fold_records(&f->fold, seq);
    f->mute = false;
    return rc < 0 ? failed(f, f->fold.errmsg) : 0;
}

/* --- what the detectors say, as commands --- */

static struct text text_of(const char *text)
{
    return (struct text){text, (uint32_t)strlen(text)};
}

static const struct alert *alert_of(const struct warn_follow *f, uint64_t key)
{
    EACH (&f->core.state, ALERT, alert, it)
        if (key && it->key == key)
            return it;
    return NULL;
}

/* A rule or a syndrome says what it is in both languages; the rest is said as it was. */
static struct text words_of(const struct watch_policy *policy, const struct watch_alert *alert,
                            struct warn_lists *lists)
{
    const char *zh = NULL, *en = NULL;
    for (uint32_t i = 0; i < policy->rule_count; i++)
        if (strcmp(policy->rule[i].code, alert->words) == 0) {
            zh = policy->rule[i].zh;
            en = policy->rule[i].en;
        }
    if (!zh && alert->syndrome < policy->syndrome_count) {
        zh = policy->syndrome[alert->syndrome].zh;
        en = policy->syndrome[alert->syndrome].en;
    }
    if (!zh)
        return text_of(alert->words);
    snprintf(lists->words, sizeof(lists->words), "%s / %s", zh, en);
    return text_of(lists->words);
}

static uint32_t milli(double value)
{
    return value <= 0 ? 0 : value >= 4e6 ? 4000000000u : (uint32_t)(value * 1000 + 0.5);
}

static struct u64s calls_of(const struct warn_follow *f, const struct watch_alert *alert,
                            struct warn_lists *lists)
{
    struct u64s calls = {lists->call, 0};
    for (uint32_t i = 0; i < alert->evidence_count; i++) {
        const struct incident *incident =
            state_incident(&f->core.state, alert->evidence[i]);
        if (incident && incident->call.v)
            lists->call[calls.n++] = incident->call.v;
    }
    return calls;
}

_Static_assert((int)WATCH_BLUE == (int)LEVEL_BLUE && (int)WATCH_RED == (int)LEVEL_RED,
               "the detectors' levels are the core's");

static void raise(const struct warn_follow *f, const struct watch_action *action,
                  struct warn_lists *lists, struct raise_alert *c)
{
    const struct watch_alert *alert = &action->alert;
    c->detector = text_of(watch_detector_name[alert->detector]);
    c->version = WATCH_VERSION;
    c->key = action->number;
    c->cause_seq = action->cause_seq;
    c->level = (enum level)alert->level;
    c->words = words_of(&f->policy, alert, lists);
    if (alert->syndrome < f->policy.syndrome_count)
        c->syndrome = text_of(f->policy.syndrome[alert->syndrome].code);
    c->incident.v = alert->subject == WATCH_INCIDENT ? alert->subject_id : 0;
    c->zone.v = alert->subject == WATCH_ZONE ? alert->subject_id : 0;
    c->hospital.v = alert->subject == WATCH_HOSPITAL ? alert->subject_id : 0;
    c->station.v = alert->subject == WATCH_STATION ? alert->subject_id : 0;
    c->evidence = (struct u64s){alert->evidence, alert->evidence_count};
    c->evidence_call = calls_of(f, alert, lists);
    c->has_place = alert->has_place;
    c->lat_e7 = alert->lat_e7;
    c->lon_e7 = alert->lon_e7;
    c->radius_m = alert->radius_m;
    c->from_ms = alert->from_ms;
    c->to_ms = alert->to_ms;
    c->observed_milli = milli(alert->observed);
    c->expected_milli = milli(alert->expected);
    c->by_chance_h = alert->by_chance_h;
    c->plan = text_of(alert->plan);
}

/* An update says the same in the fields that it has. */
static void update(const struct raise_alert *from, struct update_alert *to)
{
    const struct schema *raises = command_schema(COMMAND_RAISE_ALERT);
    const struct schema *updates = command_schema(COMMAND_UPDATE_ALERT);
    for (uint32_t i = 0; i < updates->count; i++) {
        const struct schema_field *field = &updates->field[i];
        const struct schema_field *same = schema_find(raises, field->name, strlen(field->name));
        if (same && field->type >= FIELD_TEXT)
            memcpy((char *)to + field->offset, (const char *)from + same->offset,
                   sizeof(struct text));
        else if (same)
            field_set_number(field, to, field_number(same, from));
    }
}

bool warn_command(const struct warn_follow *f, const struct watch_action *action,
                  struct warn_lists *lists, struct command *command)
{
    struct raise_alert raised = {0};
    const struct alert *alert = alert_of(f, action->alert.key);
    const struct alert *into = alert_of(f, action->merged_into);
    *command = (struct command){.client = WARN_CLIENT, .number = action->number};
    command->actor.role = ROLE_MACHINE;
    raise(f, action, lists, &raised);
    if (action->act == WATCH_RAISE) {
        command->kind = COMMAND_RAISE_ALERT;
        command->raise_alert = raised;
        return true;
    }
    if (!alert || alert->state == ALERT_CLEARED)
        return false;
    if (action->act == WATCH_UPDATE) {
        command->kind = COMMAND_UPDATE_ALERT;
        update(&raised, &command->update_alert);
        command->update_alert.alert = alert->alert;
        return true;
    }
    command->kind = COMMAND_CLEAR_ALERT;
    command->clear_alert.alert = alert->alert;
    command->clear_alert.verdict = VERDICT_RESOLVED;
    command->clear_alert.merged_into.v = into ? into->alert.v : 0;
    return true;
}
