/* What a client says: hello, commands, the clock, pings, queries. */
#include <stdio.h>
#include <string.h>

#include "dispatch/base/log.h"
#include "dispatch/readers/stream_impl.h"

struct actor stream_actor(const struct account *account)
{
    static const enum role role[] = {
        [ACCOUNT_DISPATCHER] = ROLE_DISPATCHER,
        [ACCOUNT_SUPERVISOR] = ROLE_SUPERVISOR,
        [ACCOUNT_CREW] = ROLE_CREW,
        [ACCOUNT_HOSPITAL] = ROLE_HOSPITAL,
        [ACCOUNT_GATEWAY] = ROLE_GATEWAY,
        [ACCOUNT_OPERATOR] = ROLE_OPERATOR,
    };
    uint32_t seat = 0;
    for (const char *p = account->seat; *p >= '0' && *p <= '9' && seat < 100000; p++)
        seat = seat * 10 + (uint32_t)(*p - '0');
    return (struct actor){{account->user_id}, role[account->role], seat, account->scope_id};
}

/* --- hello --- */

static bool can_resume(const struct console *c, const struct stream_hello *hello)
{
    const struct stream *s = c->stream;
    uint64_t durable = journal_durable_seq(s->pipeline->journal);
    struct text journal_id = {s->journal_id, (uint32_t)strlen(s->journal_id)};
    return !stream_is_scoped(c->audience) && hello->last_seq && hello->last_seq <= durable &&
           hello->epoch == s->epoch && durable - hello->last_seq <= STREAM_RESUME_MAX &&
           text_same(hello->journal_id, journal_id);
}

static void welcome(struct console *c, bool resumes)
{
    struct stream *s = c->stream;
    struct server_frame frame = {.kind = SERVER_WELCOME};
    frame.as_of_seq = resumes ? c->cursor : 0;
    frame.welcome.actor = c->actor;
    frame.welcome.name = (struct text){c->account.name, (uint32_t)strlen(c->account.name)};
    frame.welcome.journal_id = (struct text){s->journal_id, (uint32_t)strlen(s->journal_id)};
    frame.welcome.epoch = s->epoch;
    frame.welcome.seq = journal_durable_seq(s->pipeline->journal);
    frame.welcome.resumes = resumes;
    frame.welcome.version = TEXT(MINGDI_VERSION);
    frame.welcome.now_ms = pipeline_now_ms(s->pipeline);
    frame.welcome.mode = s->condition.mode;
    frame.welcome.command_window = CLIENT_WINDOW;
    stream_send(c, &frame);
}

/* Access is a fact. The key is the house's own: signing in twice is two facts. */
static void journal_sign_in(struct console *c)
{
    struct command command = {.kind = COMMAND_SIGN_IN, .actor = c->actor};
    pipeline_submit(c->stream->pipeline, &command, NULL, NULL, 0);
}

static void journal_denial(struct console *c, const char *cause)
{
    struct command command = {.kind = COMMAND_DENY};
    if (c->stream->denials++ >= c->stream->requests_per_s)
        return; /* a flood is counted, but must not fill the journal */
    command.deny.cause = (struct text){cause, (uint32_t)strlen(cause)};
    command.deny.user = c->actor.user;
    pipeline_submit_own(c->stream->pipeline, &command);
}

static bool check_token(struct console *c, struct text token)
{
    char text[ACCOUNT_TOKEN_CHARS + 1] = {0};
    if (token.n != ACCOUNT_TOKEN_CHARS)
        return false;
    memcpy(text, token.p, token.n);
    return accounts_check_token(c->stream->accounts, text, pipeline_wall_ms(c->stream->pipeline),
                                &c->account) == 0;
}

static bool begin_picture(struct console *c)
{
    const struct core *core = &c->stream->pipeline->core;
    c->picture = picture_for(c->stream, c->audience);
    if (c->audience.role == ROLE_HOSPITAL)
        EACH (&core->state, ASSIGNMENT, assignment, it)
            if (it->hospital.v == c->audience.scope && !it->ended_ms)
                stream_note_shown(c, it->assignment.v);
    return c->picture != NULL;
}

static void on_hello(struct console *c, const struct stream_hello *hello)
{
    if (c->greeted || !check_token(c, hello->token)) {
        metrics_add(c->stream->metrics, METRIC_SIGN_INS_REFUSED, 1);
        journal_denial(c, c->greeted ? "a second hello" : "token");
        gate_cut(c->client, GATE_CLOSE_POLICY, "token is not valid: sign in again");
        return;
    }
    c->greeted = true;
    c->checked_ms = os_mono_ms();
    c->locked = c->account.locked;
    c->actor = stream_actor(&c->account);
    c->audience = (struct audience){c->actor.role, c->actor.scope};
    c->want_facts = hello->want_facts;
    c->want_positions = hello->want_positions;
    c->all_positions = true;
    bool resumes = hello->want_facts && can_resume(c, hello);
    if (resumes)
        c->cursor = hello->last_seq;
    welcome(c, resumes);
    stream_say_condition(c);
    journal_sign_in(c);
    if (c->want_facts && !resumes && !begin_picture(c)) {
        gate_cut(c->client, GATE_CLOSE_TRY_LATER, "no memory for a snapshot");
        return;
    }
    log_info("client-hello", "user=%u role=%s resumes=%d", c->account.user_id,
             words_name(&role_words, (int)c->actor.role), resumes);
    stream_feed(c);
}

/* --- commands --- */

/* The client may be gone by now: it is found by its id, which is never used again. */
static void on_reply(void *context, uint64_t tag, const struct reply *reply)
{
    struct stream *s = context;
    struct gate_client *client = gate_find(s->gate, tag);
    struct server_frame frame = {.kind = SERVER_REPLY};
    if (!client || !client->user)
        return;
    frame.as_of_seq = reply->seq;
    frame.reply.client = reply->client;
    frame.reply.number = reply->number;
    frame.reply.seq = reply->seq;
    frame.reply.refusal = reply->refusal;
    frame.reply.made = reply->made;
    stream_send(client->user, &frame);
}

static void on_command(struct console *c, struct command *command)
{
    struct stream *s = c->stream;
    command->actor = c->actor;
    if (command->client == 0) { /* without a key a lost reply could act twice */
        struct reply reply = {.number = command->number, .refusal = REFUSE_BAD_ID};
        on_reply(s, c->client->id, &reply);
        return;
    }
    if (c->locked) {
        struct reply reply = {
            .client = command->client, .number = command->number, .refusal = REFUSE_SEAT_LOCKED};
        on_reply(s, c->client->id, &reply);
        return;
    }
    s->prepare_cb(s->context, command);
    pipeline_submit(s->pipeline, command, on_reply, s, c->client->id);
}

/* A gateway speaks for thousands of devices. */
static bool asks_too_much(struct console *c)
{
    uint64_t limit =
        (uint64_t)c->stream->requests_per_s * (c->actor.role == ROLE_GATEWAY ? 1000 : 1);
    return ++c->requests > limit;
}

static void on_clock_durable(void *context, uint64_t tag, const struct reply *reply)
{
    struct stream *s = context;
    struct gate_client *client = gate_find(s->gate, tag);
    if (client && client->user)
        stream_heartbeat(client->user, reply->number);
}

static void answer_clock(struct console *c)
{
    struct stream *s = c->stream;
    uint64_t number = c->clock_number;
    c->clock_number = 0;
    if (number &&
        pipeline_when_durable(s->pipeline, on_clock_durable, s, c->client->id, number) < 0)
        gate_cut(c->client, GATE_CLOSE_TRY_LATER, "too much waits for the disk");
}

static void on_clock(struct console *c, const struct stream_clock *clock)
{
    struct stream *s = c->stream;
    if (!s->pipeline->driven || c->actor.role != ROLE_GATEWAY) {
        gate_cut(c->client, GATE_CLOSE_POLICY, "the clock is not yours to drive");
        return;
    }
    answer_clock(c); /* one that still waits */
    pipeline_drive(s->pipeline, clock->now_ms);
    c->clock_number = clock->number;
    if (!s->clock_cb(s->context))
        answer_clock(c);
}

void stream_answer_clocks(struct stream *s)
{
    for (struct console *c = s->first; c; c = c->next)
        answer_clock(c);
}

static void report(struct console *c, uint64_t number, const char *error,
                   const struct buffer *json)
{
    struct server_frame frame = {.kind = SERVER_REPORT};
    frame.report.number = number;
    if (error[0] || json->full)
        frame.report.error = error[0] ? (struct text){error, (uint32_t)strlen(error)}
                                      : TEXT("the answer is too long");
    else
        frame.report.json = (struct text){(const char *)json->bytes, (uint32_t)json->n};
    stream_send_when_durable(c, &frame);
}

void stream_report(struct stream *s, uint64_t client_id, uint64_t number, const char *error,
                   const struct buffer *json)
{
    const struct gate_client *client = gate_find(s->gate, client_id);
    if (client && client->user)
        report(client->user, number, error, json);
}

static void on_query(struct console *c, const struct stream_query *query)
{
    struct stream *s = c->stream;
    struct buffer out;
    buffer_init(&out, WIRE_SERVER_FRAME_MAX / 2);
    enum query_result result = s->query_cb(s->context, c, query, &out);
    if (result == QUERY_REFUSED)
        buffer_add(&out, "", 1);
    if (result != QUERY_LATER)
        report(c, query->number,
               result == QUERY_REFUSED ? out.full ? "no" : (const char *)out.bytes : "", &out);
    buffer_close(&out);
}

void stream_on_frame(void *user, struct gate_client *client, const uint8_t *bytes, size_t len)
{
    struct stream *s = user;
    struct console *c = client->user;
    struct client_frame frame;
    if (!c)
        return;
    wire_arena_reset(&s->in);
    if (wire_client_frame_unpack(&s->in, bytes, len, &frame) < 0) {
        metrics_add(s->metrics, METRIC_BAD_FRAMES, 1);
        log_warn("client-frame-bad", "peer=%s why=%s", client->peer, s->in.errmsg);
        gate_cut(client, GATE_CLOSE_PROTOCOL, "frame not understood");
        return;
    }
    if (frame.kind != CLIENT_HELLO && !c->greeted) {
        gate_cut(client, GATE_CLOSE_POLICY, "say hello first");
        return;
    }
    if (asks_too_much(c)) {
        gate_cut(client, GATE_CLOSE_POLICY, "too many messages a second");
        return;
    }
    switch (frame.kind) {
    case CLIENT_HELLO:
        on_hello(c, &frame.hello);
        break;
    case CLIENT_COMMAND:
        on_command(c, &frame.command);
        break;
    case CLIENT_PING:
        stream_heartbeat(c, frame.ping.number);
        break;
    case CLIENT_QUERY:
        on_query(c, &frame.query);
        break;
    case CLIENT_CLOCK:
        on_clock(c, &frame.clock);
        break;
    case CLIENT_NONE:
    case CLIENT_FRAME_COUNT:
        break;
    }
}
