/* HTTP: health, metrics, signing in, what telephony tells, commands as JSON. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch/base/log.h"
#include "dispatch/ingest/caller.h"
#include "dispatch/server/server_impl.h"
#include "dispatch/wire/wire_json.h"

static const char *const as_json = "application/json; charset=utf-8";

void server_answer_json(struct server *s, uint64_t request, int status, json_t *json)
{
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    gate_answer(&s->gate, request, text ? status : 500, as_json, text ? text : "{}",
                text ? strlen(text) : 2);
    free(text);
    json_decref(json);
}

void server_answer_error(struct server *s, uint64_t request, int status, const char *code,
                         const char *en, const char *zh)
{
    server_answer_json(s, request, status,
                       json_pack("{s:s, s:s, s:s}", "error", code, "en", en, "zh", zh));
}

/* --- health and metrics --- */

json_t *server_health(const struct server *s)
{
    struct condition_report report = server_condition(s);
    struct journal_stats stats = journal_stats(s->pipeline.journal);
    const struct state *state = &s->pipeline.core.state;
    uint64_t durable = journal_durable_seq(s->pipeline.journal);
    json_int_t open = 0;
    const struct copies *c = &s->copies;
    EACH (state, INCIDENT, incident, it)
        open += it->state == INCIDENT_OPEN;
    return json_pack(
        "{s:s, s:s, s:I, s:I, s:s, s:s, s:s, s:I, s:I, s:b, s:{s:b, s:b, s:I}, s:{s:b, s:b, s:I}}",
        "version", MINGDI_VERSION, "mode", words_name(&stream_mode_words, report.mode), "seq",
        (json_int_t)durable, "now_ms", (json_int_t)pipeline_now_ms(&s->pipeline), "eta",
        s->travel.has_road ? "road" : "crow", "engine", travel_engine(&s->travel), "engine_why",
        travel_engine_why(&s->travel), "open_incidents", open, "queued",
        (json_int_t)stats.queued_records, "disk_low", report.disk_low, "redis", "configured",
        c->has_redis, "up", c->has_redis && !report.redis_down, "lag",
        (json_int_t)report.redis_lag, "postgres", "configured", c->has_postgres, "up",
        c->has_postgres && !report.postgres_down, "lag", (json_int_t)report.postgres_lag);
}

static void get_health(void *user, const struct gate_request *request)
{
    struct server *s = user;
    server_answer_json(s, request->id, s->serving ? 200 : 503, server_health(s));
}

static void get_metrics(void *user, const struct gate_request *request)
{
    struct server *s = user;
    size_t n = 0;
    char *text = metrics_render(&s->metrics, &n);
    gate_answer(&s->gate, request->id, text ? 200 : 500, "text/plain; version=0.0.4", text, n);
    free(text);
}

/* --- signing in and out --- */

struct signing {
    struct server *server;
    uint64_t request;
    uint32_t seat; /* 0: none */
    bool take;     /* though somebody sits there */
};

static int status_of_account(int refusal)
{
    return refusal < 0 ? 500 : refusal == ACCOUNT_REFUSE_SEAT_TAKEN ? 409 : 401;
}

/* The token is of use only at its seat. */
static int sit_down(const struct signing *signing, const struct account_sign_in *result)
{
    struct server *s = signing->server;
    int status = accounts_sit(&s->accounts, result->account.token_hash, signing->seat,
                              signing->take, pipeline_wall_ms(&s->pipeline));
    if (status != 0)
        accounts_revoke_token(&s->accounts, result->token);
    else if (signing->take)
        stream_check_sessions(&s->stream);
    return status;
}

static void on_signed_in(void *user, const struct account_sign_in *result)
{
    struct signing *signing = user;
    struct server *s = signing->server;
    int status = result->status;
    if (status == 0 && signing->seat)
        status = sit_down(signing, result);
    if (status == 0) {
        metrics_add(&s->metrics, METRIC_SIGN_INS, 1);
        server_answer_json(s, signing->request, 200,
                           json_pack("{s:s, s:i, s:s, s:s, s:i, s:i, s:I}", "token", result->token,
                                     "user", (int)result->account.user_id, "name",
                                     result->account.name, "role",
                                     account_role_name(result->account.role), "scope",
                                     (int)result->account.scope_id, "seat", (int)signing->seat,
                                     "expires_ms", (json_int_t)result->account.expires_ms));
    } else {
        enum account_refusal refusal = status > 0 ? (enum account_refusal)status : 0;
        metrics_add(&s->metrics, METRIC_SIGN_INS_REFUSED, 1);
        server_answer_error(s, signing->request, status_of_account(status),
                            refusal ? account_refusal_code(refusal) : "error",
                            refusal ? account_refusal_english(refusal) : "accounts cannot be read",
                            refusal ? account_refusal_chinese(refusal) : "账户库不可读");
    }
    free(signing);
    if (s->closing)
        server_part_closed(s);
}

static void post_sign_in(void *user, const struct gate_request *request)
{
    struct server *s = user;
    const char *login = NULL, *password = NULL;
    int seat = 0, take = 0;
    if (s->closing) {
        server_answer_error(s, request->id, 503, "closing", "the server stops", "服务正在停止");
        return;
    }
    json_t *body = json_loadb((const char *)request->body, request->body_len, 0, NULL);
    struct signing *signing = malloc(sizeof(*signing));
    int result = -1;
    if (signing &&
        json_unpack(body, "{s:s, s:s, s?i, s?b}", "login", &login, "password", &password, "seat",
                    &seat, "take", &take) == 0 &&
        seat >= 0) {
        *signing = (struct signing){s, request->id, (uint32_t)seat, take != 0};
        result = accounts_sign_in_start(&s->accounts, s->loop, login, password,
                                        pipeline_wall_ms(&s->pipeline), on_signed_in, signing);
    }
    json_decref(body);
    if (result == 0)
        return;
    free(signing);
    server_answer_error(s, request->id, result > 0 ? 429 : 400, "sign-in",
                        "send {\"login\":…,\"password\":…}, or try again later",
                        "请提交账号与口令，或稍后再试");
}

static void post_sign_out(void *user, const struct gate_request *request)
{
    struct server *s = user;
    accounts_revoke_token(&s->accounts, request->token);
    server_answer_json(s, request->id, 200, json_object());
}

/* The account behind the request's token, or 401 and false. */
bool server_authorised(struct server *s, const struct gate_request *request,
                       struct account *account)
{
    if (accounts_check_token(&s->accounts, request->token, pipeline_wall_ms(&s->pipeline),
                             account) == 0)
        return true;
    const struct refusal_text *text = &refusal_text[REFUSE_NOT_SIGNED_IN];
    metrics_add_by(&s->metrics, FAMILY_REFUSALS, REFUSE_NOT_SIGNED_IN, 1);
    server_answer_error(s, request->id, 401, text->name, text->en, text->zh);
    return false;
}

/* --- commands --- */

static int status_of(enum refusal refusal)
{
    if (refusal == REFUSE_FULL || refusal == REFUSE_NO_SPACE)
        return 503; /* the same command may succeed later */
    if (refusal == REFUSE_TOO_MANY_REFUSED)
        return 429;
    return refusal == REFUSE_NONE ? 200 : 409;
}

static void on_reply(void *context, uint64_t tag, const struct reply *reply)
{
    struct server *s = context;
    const struct refusal_text *text = &refusal_text[reply->refusal];
    server_answer_json(s, tag, status_of(reply->refusal),
                       json_pack("{s:I, s:I, s:I, s:s, s:s, s:s, s:I}", "client",
                                 (json_int_t)reply->client, "number", (json_int_t)reply->number,
                                 "seq", (json_int_t)reply->seq, "refusal", text->name, "en",
                                 text->en, "zh", text->zh, "made", (json_int_t)reply->made));
}

static void post_command(void *user, const struct gate_request *request)
{
    struct server *s = user;
    struct account account;
    struct command command;
    if (!server_authorised(s, request, &account))
        return;
    wire_arena_reset(&s->arena);
    if (wire_json_command(&s->arena, (const char *)request->body, request->body_len, &command) <
        0) {
        server_answer_error(s, request->id, 400, "command", s->arena.errmsg, "命令无法识别");
        return;
    }
    if (command.client == 0) { /* without a key a lost answer could act twice */
        server_answer_error(s, request->id, 400, "client", "client must not be 0",
                            "client 不能为 0");
        return;
    }
    command.actor = stream_actor(&account);
    if (account.locked) {
        struct reply reply = {
            .client = command.client, .number = command.number, .refusal = REFUSE_SEAT_LOCKED};
        on_reply(s, request->id, &reply);
        return;
    }
    server_prepare(s, &command);
    pipeline_submit(&s->pipeline, &command, on_reply, s, request->id);
}

/* --- telephony --- */

/* The newest call of this line that is not over. */
static uint64_t call_on_line(const struct server *s, const char *line)
{
    struct text text = {line, (uint32_t)strlen(line)};
    uint64_t found = 0;
    EACH (&s->pipeline.core.state, CALL, call, it)
        if ((it->state == CALL_RINGING || it->state == CALL_ANSWERED) && text_same(it->line, text))
            found = it->call.v;
    return found;
}

#define PUT_PLACE(to, event)                                                                       \
    do {                                                                                           \
        (to).has_place = (event)->has_location;                                                    \
        (to).lat_e7 = (event)->place.lat_e7;                                                       \
        (to).lon_e7 = (event)->place.lon_e7;                                                       \
        (to).uncertainty_m = (event)->accuracy_m == UINT32_MAX ? 0 : (event)->accuracy_m;          \
        (to).source = PLACE_CALLER;                                                                \
    } while (0)

static void command_of_event(const struct server *s, const struct caller_event *event,
                             struct command *command)
{
    struct call_id call = {call_on_line(s, event->line)};
    switch (event->kind) {
    case CALLER_RINGING:
        command->kind = COMMAND_RING_CALL;
        command->ring_call.number = (struct text){event->number, (uint32_t)strlen(event->number)};
        command->ring_call.line = (struct text){event->line, (uint32_t)strlen(event->line)};
        command->ring_call.at_ms = event->at_ms;
        PUT_PLACE(command->ring_call, event);
        break;
    case CALLER_LOCATION:
        command->kind = COMMAND_LOCATE_CALL;
        command->locate_call.call = call;
        PUT_PLACE(command->locate_call, event);
        break;
    case CALLER_ANSWERED:
        command->kind = COMMAND_ANSWER_CALL;
        command->answer_call.call = call;
        command->answer_call.at_ms = event->at_ms;
        break;
    case CALLER_ENDED:
        command->kind = COMMAND_END_CALL;
        command->end_call.call = call;
        command->end_call.at_ms = event->at_ms;
        break;
    case CALLER_SILENT:
        command->kind = COMMAND_REPORT_SILENT_CALL;
        command->report_silent_call.call = call;
        command->report_silent_call.at_ms = event->at_ms;
        break;
    }
}

static void submit_event(struct server *s, const struct gate_request *request,
                         const struct account *account, const struct caller_event *event)
{
    struct command command = {
        .actor = stream_actor(account), .client = event->client, .number = event->sequence};
    command_of_event(s, event, &command);
    server_prepare(s, &command);
    pipeline_submit(&s->pipeline, &command, on_reply, s, request->id);
}

static void post_call_event(void *user, const struct gate_request *request)
{
    struct server *s = user;
    struct account account;
    struct caller_event event;
    char why[ERRMSG_MAX];
    if (!server_authorised(s, request, &account))
        return;
    if (caller_read_json((const char *)request->body, request->body_len, &event, why, sizeof(why)) <
        0) {
        server_answer_error(s, request->id, 400, "call-event", why, "来电事件无法识别");
        return;
    }
    submit_event(s, request, &account, &event);
}

/* The call that this number is on. A withheld number is nobody's. */
static uint64_t call_of_number(const struct server *s, const char *number)
{
    struct text text = {number, (uint32_t)strlen(number)};
    uint64_t found = 0;
    EACH (&s->pipeline.core.state, CALL, call, it)
        if ((it->state == CALL_RINGING || it->state == CALL_ANSWERED) && text.n &&
            text_same(it->number, text))
            found = it->call.v;
    return found;
}

/* The sender of an AML message learns nothing of this: it is logged and counted. */
static void on_placed(void *context, uint64_t tag, const struct reply *reply)
{
    (void)context;
    (void)tag;
    if (reply->refusal != REFUSE_NONE)
        log_warn("aml-unused", "why=%s", refusal_text[reply->refusal].name);
}

/* AML: a location for the call from that number; always 2xx, as the standard wants. */
static void post_aml(void *user, const struct gate_request *request)
{
    struct server *s = user;
    struct account account;
    struct caller_event event;
    struct command command = {.kind = COMMAND_LOCATE_CALL};
    char why[ERRMSG_MAX];
    if (!server_authorised(s, request, &account))
        return;
    if (caller_read_aml_form((const char *)request->body, request->body_len, &event, why,
                             sizeof(why)) < 0) {
        log_warn("aml-unreadable", "peer=%s why=%s", request->peer, why);
        server_answer_json(s, request->id, 202, json_object());
        return;
    }
    command.actor = stream_actor(&account);
    command.locate_call.call.v = call_of_number(s, event.number);
    PUT_PLACE(command.locate_call, &event);
    server_prepare(s, &command);
    pipeline_submit(&s->pipeline, &command, on_placed, s, 0);
    server_answer_json(s, request->id, 202, json_object());
}

int server_routes(struct server *s)
{
    int bad = gate_route(&s->gate, GATE_GET, "/healthz", get_health, s);
    bad |= gate_route(&s->gate, GATE_GET, "/metrics", get_metrics, s);
    bad |= gate_route(&s->gate, GATE_POST, "/api/sign-in", post_sign_in, s);
    bad |= gate_route(&s->gate, GATE_POST, "/api/sign-out", post_sign_out, s);
    bad |= gate_route(&s->gate, GATE_POST, "/api/command", post_command, s);
    bad |= gate_route(&s->gate, GATE_POST, "/api/call-event", post_call_event, s);
    bad |= gate_route(&s->gate, GATE_POST, "/api/aml", post_aml, s);
    if (bad < 0)
        return server_fail(s, "%s", s->gate.errmsg);
    if (server_session_routes(s) < 0 || server_alert_routes(s) < 0)
        return -1;
    return server_map_routes(s);
}
