#include "dispatch/readers/notify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/log.h"

/* A downlink's token says what its receipt is for. */
enum token_kind {
    TOKEN_ORDER = 1,
    TOKEN_MESSAGE = 2,
    TOKEN_END = 3,
    TOKEN_RATE = 4,
    TOKEN_POST = 5,
};

enum { TEXT_MAX = 900, BATCH = 256 };

static uint64_t token_of(enum token_kind kind, uint64_t id, uint32_t salt)
{
    return (uint64_t)kind << 60 | (uint64_t)(salt & 0x7f) << 53 | id;
}

static bool terminal_of(const struct notify *n, uint64_t unit, struct jt808_terminal *out)
{
    EACH (&n->pipeline->core.state, TERMINAL, terminal, it) {
        if (it->unit.v != unit)
            continue;
        *out = (struct jt808_terminal){it->terminal.v, unit};
        return true;
    }
    return false;
}

static void send_now(struct notify *n, uint64_t unit, const char *text, uint64_t token)
{
    struct jt808_terminal terminal;
    if (!n->terminals || !terminal_of(n, unit, &terminal))
        return;
    if (jt808_server_send_text(n->terminals, &terminal, text, n->order_life_ms, token) < 0) {
        n->unsent++;
        log_warn("downlink-refused", "terminal=%" PRIu64 " unit=%" PRIu64, terminal.id, unit);
    }
}

/* A text shows the live state, which may be ahead of the fact that called for it. */
struct late_text {
    struct notify *notify;
    uint64_t unit, token;
    char text[TEXT_MAX];
};

static void on_late(void *context, uint64_t tag, const struct reply *reply)
{
    struct late_text *late = context;
    (void)tag;
    (void)reply;
    send_now(late->notify, late->unit, late->text, late->token);
    free(late);
}

static void send_text(struct notify *n, uint64_t unit, const char *text, uint64_t token)
{
    struct late_text *late = malloc(sizeof(*late));
    if (late) {
        *late = (struct late_text){.notify = n, .unit = unit, .token = token};
        snprintf(late->text, sizeof(late->text), "%s", text);
    }
    if (late && pipeline_when_durable(n->pipeline, on_late, late, 0, 0) == 0)
        return;
    free(late);
    n->unsent++;
    log_warn("downlink-refused", "unit=%" PRIu64 " why=too-much-waits", unit);
}

/* The longest part of a text that is whole characters within `max` bytes. */
static int whole_chars(struct text text, uint32_t max)
{
    uint32_t n = text.n < max ? text.n : max;
    while (n > 0 && n < text.n && ((unsigned char)text.p[n] & 0xc0) == 0x80)
        n--;
    return (int)n;
}

/* Positions come more often while somebody waits for the unit. */
static void set_rate(struct notify *n, uint64_t unit, bool on_task)
{
    struct jt808_terminal terminal;
    uint32_t interval_s = on_task ? n->task_interval_s : n->idle_interval_s;
    struct jt808_track rate = {on_task ? (uint16_t)interval_s : 0, 3 * 3600};
    if (!n->terminals || !terminal_of(n, unit, &terminal))
        return;
    track_expect(n->track, unit, interval_s * 1000, pipeline_now_ms(n->pipeline));
    if (jt808_server_set_rate(n->terminals, &terminal, &rate, n->order_life_ms,
                              token_of(TOKEN_RATE, unit, (uint32_t)n->reader.cursor)) < 0)
        n->unsent++;
}

static void tell_order(struct notify *n, const struct assignment *assignment)
{
    const struct incident *incident =
        state_incident(&n->pipeline->core.state, assignment->incident.v);
    char text[TEXT_MAX];
    int at;
    if (!incident)
        return;
    at = snprintf(text, sizeof(text), "派车 A%" PRIu64 " 事件 I%" PRIu64 " %" PRIu32 " 级 ",
                  assignment->assignment.v, incident->incident.v, incident->grade);
    at += snprintf(text + at, sizeof(text) - (size_t)at, "%.*s %.*s ",
                   whole_chars(incident->words, 300), incident->words.p,
                   whole_chars(incident->complaint, 200), incident->complaint.p);
    if (incident->has_place)
        snprintf(text + at, sizeof(text) - (size_t)at, "%.6f,%.6f", incident->lat_e7 / 1e7,
                 incident->lon_e7 / 1e7);
    send_text(n, assignment->unit.v, text,
              token_of(TOKEN_ORDER, assignment->assignment.v, (uint32_t)n->reader.cursor));
    set_rate(n, assignment->unit.v, true);
}

static void tell_end(struct notify *n, const struct assignment *assignment, enum step step)
{
    char text[TEXT_MAX];
    if (step == STEP_CANCELLED || step == STEP_DIVERTED) {
        snprintf(text, sizeof(text), "%s A%" PRIu64 " 事件 I%" PRIu64,
                 step == STEP_CANCELLED ? "撤销派车" : "改派，停止执行", assignment->assignment.v,
                 assignment->incident.v);
        send_text(n, assignment->unit.v, text,
                  token_of(TOKEN_END, assignment->assignment.v, (uint32_t)n->reader.cursor));
    }
    set_rate(n, assignment->unit.v, false);
}

static void tell_message(struct notify *n, const struct message_sent *sent)
{
    char text[TEXT_MAX];
    if (sent->to_desk)
        return;
    snprintf(text, sizeof(text), "%.*s", whole_chars(sent->words, 800), sent->words.p);
    send_text(n, sent->unit.v, text, token_of(TOKEN_MESSAGE, sent->message.v, 0));
}

/* Where the crew is to stand by from now on. */
static void tell_post(struct notify *n, const struct unit_moved *moved)
{
    const struct station *post = state_station(&n->pipeline->core.state, moved->post.v);
    char text[TEXT_MAX];
    if (!post)
        return;
    snprintf(text, sizeof(text), "前往待命 S%" PRIu64 " %.*s %.6f,%.6f", post->station.v,
             whole_chars(post->name, 300), post->name.p, post->lat_e7 / 1e7, post->lon_e7 / 1e7);
    send_text(n, moved->unit.v, text,
              token_of(TOKEN_POST, moved->unit.v, (uint32_t)n->reader.cursor));
}

static void tell(struct notify *n, const struct fact *fact)
{
    const struct state *state = &n->pipeline->core.state;
    const struct assignment *assignment = NULL;
    switch (fact->kind) {
    case FACT_UNIT_ORDERED:
        assignment = state_assignment(state, fact->unit_ordered.assignment.v);
        if (assignment)
            tell_order(n, assignment);
        break;
    case FACT_STEP_REACHED:
        assignment = state_assignment(state, fact->step_reached.assignment.v);
        if (assignment && fact->step_reached.step >= STEP_COMPLETED)
            tell_end(n, assignment, fact->step_reached.step);
        break;
    case FACT_UNIT_MOVED:
        tell_post(n, &fact->unit_moved);
        break;
    case FACT_MESSAGE_SENT:
        tell_message(n, &fact->message_sent);
        break;
    default:
        break;
    }
}

static bool on_record(void *context, const struct record *record)
{
    struct notify *n = context;
    n->reader.cursor = record->seq;
    for (uint32_t i = 0; i < record->fact_count; i++)
        tell(n, &record->fact[i]);
    return true;
}

static void on_wake(void *self, uint64_t durable_seq)
{
    struct notify *n = self;
    while (n->reader.cursor < durable_seq)
        if (feed_read(&n->pipeline->feed, n->reader.cursor, BATCH, on_record, n) <= 0) {
            log_error("notify-read", "why=%s", n->pipeline->feed.errmsg);
            return;
        }
}

void notify_close(struct notify *n)
{
    if (n->pipeline)
        feed_leave(&n->pipeline->feed, &n->reader);
    n->terminals = NULL;
}

void notify_open(struct notify *n, const struct config *config, struct pipeline *pipeline,
                 struct jt808_server *terminals, struct track *track)
{
    memset(n, 0, sizeof(*n));
    n->reader = (struct reader){"notify", n, on_wake, pipeline_seq(pipeline), false};
    n->pipeline = pipeline;
    n->terminals = terminals;
    n->track = track;
    n->order_life_ms = (uint32_t)config->track.order_life_s * 1000;
    n->task_interval_s = (uint32_t)config->track.task_interval_s;
    n->idle_interval_s = (uint32_t)config->track.idle_interval_s;
    feed_join(&pipeline->feed, &n->reader);
    EACH (&pipeline->core.state, ASSIGNMENT, assignment, it)
        if (it->step == STEP_ORDERED)
            tell_order(n, it);
}

void notify_receipt(struct notify *n, uint64_t token, enum jt808_receipt receipt)
{
    uint64_t id = token & (ID_MAX - 1);
    struct command command = {0};
    if (receipt != JT808_RECEIPT_CONFIRMED)
        return;
    if (token >> 60 == TOKEN_ORDER) {
        command.kind = COMMAND_DELIVER_ORDER;
        command.deliver_order.assignment.v = id;
        pipeline_submit_own(n->pipeline, &command);
    } else if (token >> 60 == TOKEN_MESSAGE) {
        command.kind = COMMAND_DELIVER_MESSAGE;
        command.deliver_message.message.v = id;
        pipeline_submit_own(n->pipeline, &command);
    }
}
