#include "tests/lib/centre.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dispatch/base/log.h"
#include "dispatch/core/print.h"
#include "dispatch/must.h"

/* --- the centre --- */

static void take_path(char out[CONFIG_TEXT_MAX], const char *dir, const char *name)
{
    must(snprintf(out, CONFIG_TEXT_MAX, "%s%s", dir, name) < CONFIG_TEXT_MAX);
}

/* Universal questions only: checking every card takes longer than the tests. */
static void make_cards(struct centre *c)
{
    char path[CONFIG_TEXT_MAX];
    take_path(c->config.server.cards_dir, c->dir, "/cards");
    must(os_make_dirs(c->config.server.cards_dir) == 0);
    take_path(path, c->dir, "/cards/universal.yaml");
    must(symlink(SOURCE_DIR "/deploy/cards/universal.yaml", path) == 0);
}

static void small_tables(struct config *config)
{
    config->limits.calls = config->limits.incidents = config->limits.assignments = 2000;
    config->limits.units = config->limits.terminals = config->limits.clients = 500;
    config->limits.alerts = config->limits.tasks = config->limits.messages = 2000;
    config->limits.zones = config->limits.road_conditions = 100;
    config->limits.text_kib = 8192;
    config->journal.reserve = 1048576;
    config->journal.ballast = 0;
    config->journal.queue = 2 << 20;
}

void centre_make(struct centre *c)
{
    must(sodium_init() >= 0);
    wire_init();
    memset(c, 0, sizeof(*c));
    temp_dir_make(c->dir);
    config_defaults(&c->config);
    small_tables(&c->config);
    make_cards(c);
    take_path(c->config.server.data_dir, c->dir, "/data");
    take_path(c->config.server.plans_dir, SOURCE_DIR, "/deploy/plans");
    take_path(c->config.server.speeds_file, SOURCE_DIR, "/deploy/speeds.conf");
    take_path(c->config.server.buttons_file, SOURCE_DIR, "/deploy/buttons.conf");
    c->config.server.http.port = c->config.server.tcp.port = 0;
    c->config.server.jt808.port = c->config.server.osmand.port = 0;
    log_set_level(LOG_LEVEL_ERROR);
}

static void on_closed(struct server *server)
{
    struct centre *c = server->loop->data;
    c->closed = true;
}

void centre_start(struct centre *c)
{
    c->closed = false;
    must(uv_loop_init(&c->edge.loop) == 0);
    c->edge.loop.data = c;
    if (server_open(&c->server, &c->config, &c->edge.loop, on_closed) < 0)
        must_fail(c->server.errmsg, __FILE__, __LINE__);
    centre_until(c, c->server.serving || c->closed);
    if (c->server.failed)
        must_fail(c->server.errmsg, __FILE__, __LINE__);
}

void centre_stop(struct centre *c)
{
    server_close(&c->server);
    uv_run(&c->edge.loop, UV_RUN_DEFAULT);
    must(c->closed);
    must(uv_loop_close(&c->edge.loop) == 0);
}

void centre_remove(struct centre *c)
{
    temp_dir_remove(c->dir);
}

/* --- commands from inside --- */

struct waiting {
    struct reply reply;
    bool done;
};

static void on_reply(void *context, uint64_t tag, const struct reply *reply)
{
    struct waiting *waiting = context;
    (void)tag;
    waiting->reply = *reply;
    waiting->done = true;
}

static void parse(struct command *command, const char *line, char *store, size_t size)
{
    char why[256];
    memset(command, 0, sizeof(*command));
    if (command_parse(command, line, strlen(line), 0, store, size, why, sizeof(why)) < 0)
        must_fail(why, line, 0);
}

struct reply centre_do_as(struct centre *c, struct actor actor, uint64_t client, uint64_t number,
                          const char *line)
{
    char store[8192];
    struct command command;
    struct waiting waiting = {0};
    parse(&command, line, store, sizeof(store));
    command.actor = actor;
    command.client = client;
    command.number = number;
    pipeline_submit(&c->server.pipeline, &command, on_reply, &waiting, 0);
    centre_until(c, waiting.done);
    return waiting.reply;
}

struct reply centre_do(struct centre *c, enum role role, const char *line)
{
    struct actor actor = {{1}, role, 1, 0};
    return centre_do_as(c, actor, 900, ++c->number, line);
}

void centre_say(struct centre *c, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    bool city = strncmp(line, "define_", 7) == 0 || strncmp(line, "set_demand", 10) == 0;
    struct reply reply = centre_do(c, city ? ROLE_GATEWAY : ROLE_DISPATCHER, line);
    if (reply.refusal != REFUSE_NONE)
        must_fail(refusal_text[reply.refusal].name, line, 0);
}

void centre_town(struct centre *c)
{
    static const char *const town[] = {
        "define_station S1 code=S-1 name=west at=39.0190,106.3760",
        "define_station S2 code=S-2 name=east at=39.2190,106.7760",
        "define_hospital H1 code=H-1 name=first capabilities=3 beds=400 at=39.0250,106.3900",
        "define_hospital H2 code=H-2 name=second capabilities=1 beds=200 at=39.2200,106.7700",
        "define_unit U1 code=U-1 plate=p1 kind=ambulance S1 capabilities=15 crew=3",
        "define_unit U2 code=U-2 plate=p2 kind=ambulance S1 capabilities=1 crew=3",
        "define_unit U3 code=U-3 plate=p3 kind=ambulance S2 capabilities=15 crew=3",
        "define_unit U4 code=U-4 plate=p4 kind=ambulance S2 capabilities=1 crew=2",
        "define_terminal T1 phone=13300000001 U1",
        "set_duty U1 duty=on",
        "set_duty U2 duty=on",
        "set_duty U3 duty=on",
        "set_duty U4 duty=on",
    };
    for (size_t i = 0; i < sizeof(town) / sizeof(town[0]); i++)
        centre_say(c, "%s", town[i]);
}

void centre_begin(struct centre *c)
{
    centre_make(c);
    centre_start(c);
    centre_town(c);
}

void centre_end(struct centre *c)
{
    centre_stop(c);
    centre_remove(c);
}

int centre_http(struct centre *c, struct http_answer *answer, const char *method, const char *path,
                const char *bearer, const char *text)
{
    char request[8192];
    struct peer peer;
    int n = snprintf(request, sizeof(request),
                     "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n"
                     "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                     method, path, bearer, strlen(text), text);
    must(n < (int)sizeof(request));
    peer_open(&peer, &c->edge, gate_http_port(&c->server.gate));
    int status = peer_http(&peer, request, answer->head, sizeof(answer->head), answer->body,
                           sizeof(answer->body));
    peer_close(&peer);
    return status;
}

void centre_token(struct centre *c, enum account_role role, uint32_t scope,
                  char token[ACCOUNT_TOKEN_CHARS + 1])
{
    static const char password[] = "Bright-7-Kestrel-Over-Stone";
    struct accounts own;
    struct accounts_policy policy;
    struct account wanted = {.role = role, .scope_id = scope, .name = "someone", .seat = "3"}, got;
    char path[CONFIG_TEXT_MAX];
    uint32_t user;
    accounts_policy_defaults(&policy);
    policy.argon2_ops = crypto_pwhash_OPSLIMIT_MIN;
    policy.argon2_bytes = crypto_pwhash_MEMLIMIT_MIN;
    take_path(path, c->config.server.data_dir, "/accounts.db");
    snprintf(wanted.login, sizeof(wanted.login), "user-%" PRIu64, ++c->users);
    must(accounts_open(&own, path, &policy) == 0);
    must(accounts_add(&own, &wanted, password, os_wall_ms(), &user) == 0);
    must(accounts_sign_in(&own, wanted.login, password, os_wall_ms(), &got, token) == 0);
    accounts_close(&own);
}

/* --- a seat --- */

void seat_open(struct sitter *s, struct centre *c)
{
    memset(s, 0, sizeof(*s));
    s->centre = c;
    s->client = 10000 + ++c->users;
    s->raw = malloc(WIRE_SERVER_FRAME_MAX);
    must(s->raw && wire_arena_init(&s->in, WIRE_ARENA) == 0);
    must(wire_arena_init(&s->out, WIRE_CLIENT_ARENA) == 0);
    buffer_init(&s->bytes, WIRE_CLIENT_FRAME_MAX);
    buffer_init(&s->heard, 64 * 1024 * 1024);
    peer_open(&s->peer, &c->edge, gate_tcp_port(&c->server.gate));
}

void seat_close(struct sitter *s)
{
    peer_close(&s->peer);
    wire_arena_close(&s->in);
    wire_arena_close(&s->out);
    buffer_close(&s->bytes);
    buffer_close(&s->heard);
    free(s->raw);
}

void seat_say(struct sitter *s, const struct client_frame *frame)
{
    buffer_clear(&s->bytes);
    wire_arena_reset(&s->out);
    must(wire_client_frame_pack(&s->out, frame, &s->bytes) == 0);
    peer_send_frame(&s->peer, s->bytes.bytes, (uint32_t)s->bytes.n);
}

static void note_line(struct sitter *s, const char *mark, const char *line)
{
    buffer_add_text(&s->heard, mark);
    buffer_add_text(&s->heard, line);
    buffer_add_text(&s->heard, "\n");
}

static void note_objects(struct sitter *s, const char *mark, const struct wire_object *object,
                         uint32_t count)
{
    char line[16384];
    for (uint32_t i = 0; i < count; i++) {
        body_print(line, sizeof(line), object_schema(object[i].kind), object[i].body,
                   (struct print_how){.personal = true});
        note_line(s, mark, line);
    }
}

static void note_record(struct sitter *s, const struct record *record)
{
    char line[16384], mark[32];
    snprintf(mark, sizeof(mark), "%" PRIu64 " ", record->seq);
    for (uint32_t i = 0; i < record->fact_count; i++) {
        fact_print(line, sizeof(line), &record->fact[i], (struct print_how){.personal = true});
        note_line(s, mark, line);
    }
}

static void note_facts(struct sitter *s, const struct stream_facts *facts)
{
    must(s->cursor == facts->after_seq); /* no gap, nothing twice */
    for (uint32_t i = 0; i < facts->record_count; i++) {
        must(facts->record[i].seq > s->cursor && facts->record[i].seq <= facts->upto_seq);
        note_record(s, &facts->record[i]);
    }
    s->cursor = facts->upto_seq;
    note_objects(s, "+", facts->object, facts->object_count);
}

static void note(struct sitter *s)
{
    const struct server_frame *f = &s->frame;
    if (f->kind == SERVER_WELCOME) {
        s->welcome = f->welcome;
        s->epoch = f->welcome.epoch;
        must(f->welcome.journal_id.n < sizeof(s->journal_id));
        memcpy(s->journal_id, f->welcome.journal_id.p, f->welcome.journal_id.n);
    } else if (f->kind == SERVER_SNAPSHOT) {
        note_objects(s, "", f->snapshot.object, f->snapshot.count);
        s->cursor = f->as_of_seq;
    } else if (f->kind == SERVER_FACTS) {
        note_facts(s, &f->facts);
    } else if (f->kind == SERVER_POSITIONS) {
        for (uint32_t i = 0; i < f->positions.count; i++)
            buffer_print(&s->heard, "@U%" PRIu64 " %d,%d\n", f->positions.position[i].unit.v,
                         f->positions.position[i].lat_e7, f->positions.position[i].lon_e7);
    }
    must(!s->heard.full);
    /* Nothing leaves before the commit. */
    must(f->as_of_seq <= journal_durable_seq(s->centre->server.pipeline.journal));
}

bool seat_next(struct sitter *s)
{
    int n = s->ended ? 0 : peer_recv_frame(&s->peer, s->raw, WIRE_SERVER_FRAME_MAX);
    if (n <= 0) {
        s->code = s->ended ? s->code : -n;
        s->ended = true;
        return false;
    }
    wire_arena_reset(&s->in);
    must(wire_server_frame_unpack(&s->in, s->raw, (size_t)n, &s->frame) == 0);
    note(s);
    return true;
}

void seat_until(struct sitter *s, enum server_frame_kind kind)
{
    do
        must(seat_next(s));
    while (s->frame.kind != kind);
}

void seat_until_seq(struct sitter *s, uint64_t seq)
{
    while (s->cursor < seq)
        must(seat_next(s));
}

void seat_hello_again(struct sitter *s, bool resume)
{
    struct client_frame frame = {.kind = CLIENT_HELLO};
    frame.hello.token = (struct text){s->token, ACCOUNT_TOKEN_CHARS};
    frame.hello.want_facts = frame.hello.want_positions = true;
    if (resume) {
        frame.hello.last_seq = s->cursor;
        frame.hello.epoch = s->epoch;
        frame.hello.journal_id = (struct text){s->journal_id, (uint32_t)strlen(s->journal_id)};
    }
    seat_say(s, &frame);
    seat_until(s, SERVER_WELCOME);
}

void seat_hello(struct sitter *s, enum account_role role, uint32_t scope)
{
    centre_token(s->centre, role, scope, s->token);
    seat_hello_again(s, false);
}

void seat_sit(struct sitter *s, struct centre *c, enum account_role role, uint32_t scope)
{
    seat_open(s, c);
    seat_hello(s, role, scope);
    do
        seat_until(s, SERVER_SNAPSHOT);
    while (!s->frame.snapshot.last);
}

void seat_command(struct sitter *s, const char *line)
{
    char store[8192];
    struct client_frame frame = {.kind = CLIENT_COMMAND};
    parse(&frame.command, line, store, sizeof(store));
    frame.command.client = s->client;
    frame.command.number = ++s->number;
    seat_say(s, &frame);
}

struct stream_reply seat_do(struct sitter *s, const char *line)
{
    seat_command(s, line);
    do
        seat_until(s, SERVER_REPLY);
    while (s->frame.reply.number != s->number);
    return s->frame.reply;
}

const struct stream_report *seat_ask(struct sitter *s, struct stream_query query)
{
    struct client_frame frame = {.kind = CLIENT_QUERY, .query = query};
    frame.query.number = ++s->asked;
    seat_say(s, &frame);
    do
        seat_until(s, SERVER_REPORT);
    while (s->frame.report.number != s->asked);
    return &s->frame.report;
}

bool seat_heard(struct sitter *s, const char *text)
{
    return s->heard.n && memmem(s->heard.bytes, s->heard.n, text, strlen(text)) != NULL;
}
