#include "dispatch/server/quality.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/log.h"
#include "dispatch/wire/wire_json.h"

enum { ASK_MS = 60000, AGAIN_MS = 5000 };

/* Only these two are PostGIS's to ask for. */
static bool read_command(struct quality *q, const json_t *row, struct command *command)
{
    char *text = json_dumps(row, JSON_COMPACT);
    wire_arena_reset(&q->arena);
    bool good = text && wire_json_command(&q->arena, text, strlen(text), command) == 0 &&
                (command->kind == COMMAND_SIGNAL_INDICATOR ||
                 command->kind == COMMAND_CLOSE_PERIOD);
    free(text);
    if (!good)
        log_error("quality-command", "why=\"%s\"", q->arena.errmsg);
    return good;
}

static void say(struct quality *q, const json_t *row, reply_cb replied_cb)
{
    struct command command;
    if (!read_command(q, row, &command)) {
        q->failed = true;
        return;
    }
    command.client = QUALITY_CLIENT;
    command.actor.role = ROLE_MACHINE;
    q->waiting++;
    pipeline_submit(q->pipeline, &command, replied_cb, q, command.number);
}

static void take_reply(struct quality *q, uint64_t number, const struct reply *reply)
{
    q->waiting--;
    q->failed |= reply->seq == 0; /* nothing of it is on record */
    if (reply->refusal != REFUSE_NONE)
        log_warn("quality-refused", "number=%" PRIu64 " why=%s", number,
                 refusal_text[reply->refusal].name);
}

static void on_closed(void *context, uint64_t tag, const struct reply *reply)
{
    struct quality *q = context;
    take_reply(q, tag, reply);
    log_info("quality-closed", "number=%" PRIu64 " seq=%" PRIu64, tag, reply->seq);
    q->ask_ms = pipeline_now_ms(q->pipeline) + AGAIN_MS; /* perhaps more is due */
}

/* The last command closes the period, once all before it are on record. */
static void close_period(struct quality *q)
{
    json_t *last = q->last;
    q->last = NULL;
    if (!q->failed)
        say(q, last, on_closed);
    json_decref(last);
}

static void on_reply(void *context, uint64_t tag, const struct reply *reply)
{
    struct quality *q = context;
    take_reply(q, tag, reply);
    if (q->waiting == 0 && q->last)
        close_period(q);
}

static void say_all(struct quality *q, const json_t *commands)
{
    size_t n = json_array_size(commands);
    q->failed = false;
    for (size_t i = 0; i + 1 < n; i++)
        say(q, json_array_get(commands, i), on_reply);
    q->last = json_incref(json_array_get(commands, n - 1));
    if (q->waiting == 0)
        close_period(q);
}

static void on_due(void *context, enum report_status status, const char *text, size_t n)
{
    struct quality *q = context;
    q->asking = false;
    if (status == REPORT_AWAY || status == REPORT_BUSY)
        q->ask_ms = pipeline_now_ms(q->pipeline) + AGAIN_MS;
    if (status != REPORT_DONE || !q->open)
        return;
    json_t *commands = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(commands))
        q->ask_ms = 0; /* figures are still being kept */
    else if (!json_is_array(commands))
        log_error("quality-answer", "n=%zu", n);
    else if (json_array_size(commands) > 0)
        say_all(q, commands);
    json_decref(commands);
}

void quality_second(struct quality *q)
{
    char ask[64];
    int64_t now_ms = pipeline_now_ms(q->pipeline);
    if (!q->open || q->asking || q->waiting || now_ms < q->ask_ms)
        return;
    q->asking = true;
    q->ask_ms = now_ms + ASK_MS;
    snprintf(ask, sizeof ask, "{\"seq\": %" PRIu64 "}", pipeline_seq(q->pipeline));
    report_begin(q->report, "due", ask, now_ms, on_due, q);
}

int quality_open(struct quality *q, struct report *report, struct pipeline *pipeline)
{
    *q = (struct quality){.report = report, .pipeline = pipeline};
    if (!report->opened)
        return 0;
    if (wire_arena_init(&q->arena, WIRE_ARENA) < 0) {
        snprintf(q->errmsg, sizeof q->errmsg, "no memory for quality control");
        return -1;
    }
    q->open = true;
    return 0;
}

void quality_close(struct quality *q)
{
    if (!q->open)
        return;
    q->open = false;
    json_decref(q->last);
    q->last = NULL;
    wire_arena_close(&q->arena);
}
